#include "agent/cli/kms_gmk.h"

#include "crypto/base/secret.h"
#include "proto/key_params.h"

#include <string.h>

static mcv_err install_key(struct mcv_kms_gmk_sender *sender, const Mcv__IssuedKeySet *set)
{
    struct mcv_pvt pvt;
    struct mcv_ssk ssk = {0};

    mcv_err err = mcv_pb_exact(sender->kpak.b, sizeof sender->kpak.b, &sender->kms->file->kpak);
    if (err == MCV_OK) err = mcv_pb_exact(pvt.b, sizeof pvt.b, &set->pvt);
    if (err == MCV_OK) err = mcv_pb_exact(ssk.b, sizeof ssk.b, &set->ssk);
    if (err == MCV_OK)
        err = mcv_eccsi_key_install(&sender->key, &sender->kpak, mcv_pb_bytes(&set->uid), &ssk,
                                    &pvt);
    mcv_ssk_wipe(&ssk);
    return err;
}

/* The key set of the GMS and the KMS, as the builder of messages sees them. */
static mcv_err describe(struct mcv_kms_gmk_sender *sender, const Mcv__IssuedKeySet *set)
{
    const struct mcv_kms *kms = sender->kms;

    sender->own = (struct mcv_imsg_own){.uri = mcv_bytes_str(kms->file->gms_uri),
                                        .kms_uri = mcv_bytes_str(kms->file->uri),
                                        .period_no = set->period_no,
                                        .eccsi = &sender->key};
    sender->home = (struct mcv_imsg_kms){.uri = mcv_bytes_str(kms->file->uri),
                                         .period = mcv_kms_period(kms),
                                         .kpak = &sender->kpak,
                                         .sakke = kms->pub};
    return mcv_pb_exact(sender->own.uid.b, sizeof sender->own.uid.b, &set->uid);
}

static mcv_err sender_set(const Mcv__IssuedKeySet **set, struct mcv_kms *kms, int64_t utc_s)
{
    uint64_t period_no;

    mcv_err err = mcv_kms_period_no(&period_no, kms, utc_s, NULL);
    if (err == MCV_OK) err = mcv_kms_issue(kms, NULL, kms->file->gms_uri, period_no, NULL);
    *set = err == MCV_OK ? mcv_kms_key_set(kms, kms->file->gms_uri, period_no) : NULL;
    return err;
}

mcv_err mcv_kms_gmk_sender_begin(struct mcv_kms_gmk_sender *sender, struct mcv_kms *kms,
                                 int64_t utc_s)
{
    const Mcv__IssuedKeySet *set = NULL;

    *sender = (struct mcv_kms_gmk_sender){.kms = kms, .utc_s = utc_s};
    mcv_err err = sender_set(&set, kms, utc_s);
    if (err == MCV_OK) err = install_key(sender, set);
    if (err == MCV_OK) err = mcv_kms_need_public(kms);
    if (err == MCV_OK) err = describe(sender, set);
    sender->is_ready = err == MCV_OK;
    return err;
}

void mcv_kms_gmk_sender_wipe(struct mcv_kms_gmk_sender *sender)
{
    mcv_eccsi_key_wipe(&sender->key);
    sender->is_ready = false;
}

bool mcv_kms_gmk_is_sent(const struct mcv_kms_gmk_sender *sender, const Mcv__GroupKey *key)
{
    return key->expiry_s == 0 || key->expiry_s > sender->utc_s;
}

/* What the messages of one key have in common. Secret: wipe gmk. */
struct letter {
    struct mcv_ssv gmk;
    struct mcv_key_params params;
    struct mcv_imsg_spec spec;
};

static void letter_begin(struct letter *l, const struct mcv_kms_gmk_sender *sender,
                         const Mcv__Group *group, const Mcv__GroupKey *key)
{
    *l = (struct letter){.params = {.type = MCV_KEY_GMK,
                                    .status = key->revoked ? 0 : MCV_KEY_STATUS_VALID,
                                    .activation_s = (uint64_t)key->activation_s,
                                    .expiry_s = (uint64_t)key->expiry_s,
                                    .text = mcv_bytes_str(group->name),
                                    .n_groups = 1}};
    l->params.groups[0] = mcv_bytes_str(group->group_uri);
    /* The profile of a group key goes without saying: the empty map. */
    l->spec = (struct mcv_imsg_spec){.type = MCV_KEY_GMK,
                                     .key_id = key->gmk_id,
                                     .rand = mcv_pb_bytes(&key->rand),
                                     .utc_s = sender->utc_s,
                                     .from = &sender->own,
                                     .from_kms = &sender->home,
                                     .to_kms = &sender->home,
                                     .params = &l->params};
    MCV_ASSERT(key->gmk.len == sizeof l->gmk.b);
    memcpy(l->gmk.b, key->gmk.data, sizeof l->gmk.b);
}

mcv_err mcv_kms_gmk_write(struct mcv_writer *w, const struct mcv_kms_gmk_sender *sender,
                          const char *user, const Mcv__Group *group, const Mcv__GroupKey *key)
{
    struct letter l;

    letter_begin(&l, sender, group, key);
    l.spec.to = mcv_bytes_str(user);
    const mcv_err err = mcv_imsg_build(w, NULL, &l.spec, &l.gmk, sender->kms->rng);
    mcv_ssv_wipe(&l.gmk);
    return err;
}

void mcv_kms_gmk_write_many(struct mcv_writer *w, mcv_err *outcomes,
                            const struct mcv_kms_gmk_sender *sender, const struct mcv_bytes *users,
                            size_t n, const Mcv__Group *group, const Mcv__GroupKey *key)
{
    struct letter l;

    letter_begin(&l, sender, group, key);
    mcv_imsg_build_many(w, outcomes, &l.spec, users, n, &l.gmk, sender->kms->rng);
    mcv_ssv_wipe(&l.gmk);
}
