#include "agent/cli/kms_gmk.h"

#include "crypto/base/secret.h"
#include "proto/key_params.h"
#include "proto/mikey_sakke.h"

#include <string.h>

/* The key set of the GMS as the builder of messages sees it. */
static mcv_err own_of(struct mcv_imsg_own *out, const struct mcv_kms_gmk_sender *sender,
                      const Mcv__IssuedKeySet *set)
{
    *out = (struct mcv_imsg_own){.uri = mcv_bytes_str(sender->kms->file->gms_uri),
                                 .kms_uri = mcv_bytes_str(sender->kms->file->uri),
                                 .period_no = set->period_no,
                                 .eccsi = &sender->key};
    return mcv_pb_exact(out->uid.b, sizeof out->uid.b, &set->uid);
}

static mcv_err install_key(struct mcv_kms_gmk_sender *sender, const Mcv__IssuedKeySet *set)
{
    struct mcv_kpak kpak;
    struct mcv_pvt pvt;
    struct mcv_ssk ssk = {0};

    mcv_err err = mcv_pb_exact(kpak.b, sizeof kpak.b, &sender->kms->file->kpak);
    if (err == MCV_OK) err = mcv_pb_exact(pvt.b, sizeof pvt.b, &set->pvt);
    if (err == MCV_OK) err = mcv_pb_exact(ssk.b, sizeof ssk.b, &set->ssk);
    if (err == MCV_OK)
        err = mcv_eccsi_key_install(&sender->key, &kpak, mcv_pb_bytes(&set->uid), &ssk, &pvt);
    mcv_ssk_wipe(&ssk);
    return err;
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
    sender->is_ready = err == MCV_OK;
    return err;
}

void mcv_kms_gmk_sender_wipe(struct mcv_kms_gmk_sender *sender)
{
    mcv_eccsi_key_wipe(&sender->key);
    sender->is_ready = false;
}

static struct mcv_key_params params_of(const Mcv__Group *group, const Mcv__GroupKey *key)
{
    struct mcv_key_params p = {.type = MCV_KEY_GMK,
                               .status = key->revoked ? 0 : MCV_KEY_STATUS_VALID,
                               .activation_s = (uint64_t)key->activation_s,
                               .expiry_s = (uint64_t)key->expiry_s,
                               .text = mcv_bytes_str(group->name),
                               .n_groups = 1};

    p.groups[0] = mcv_bytes_str(group->group_uri);
    return p;
}

mcv_err mcv_kms_gmk_write(struct mcv_writer *w, const struct mcv_kms_gmk_sender *sender,
                          const char *user, const Mcv__Group *group, const Mcv__GroupKey *key)
{
    const struct mcv_kms *kms = sender->kms;
    const Mcv__IssuedKeySet *set = NULL;
    const struct mcv_key_params params = params_of(group, key);
    struct mcv_ssv gmk = {0};
    struct mcv_imsg_own from;
    struct mcv_kpak kpak;

    mcv_err err = sender_set(&set, sender->kms, sender->utc_s);
    if (err == MCV_OK) err = own_of(&from, sender, set);
    if (err == MCV_OK) err = mcv_pb_exact(kpak.b, sizeof kpak.b, &kms->file->kpak);
    if (err == MCV_OK) err = mcv_pb_exact(gmk.b, sizeof gmk.b, &key->gmk);
    if (err == MCV_OK) {
        const struct mcv_imsg_kms home = {.uri = mcv_bytes_str(kms->file->uri),
                                          .period = mcv_kms_period(kms),
                                          .kpak = &kpak,
                                          .sakke = kms->pub};
        /* The profile of a group key goes without saying: the empty map. */
        const struct mcv_imsg_spec spec = {.type = MCV_KEY_GMK,
                                           .key_id = key->gmk_id,
                                           .rand = mcv_pb_bytes(&key->rand),
                                           .utc_s = sender->utc_s,
                                           .from = &from,
                                           .from_kms = &home,
                                           .to = mcv_bytes_str(user),
                                           .to_kms = &home,
                                           .params = &params};
        err = mcv_imsg_build(w, NULL, &spec, &gmk, kms->rng);
    }
    mcv_ssv_wipe(&gmk);
    return err;
}
