/* Group keys of a bundle: signed I_MESSAGEs of the group management server.
 * Spec: TS 33.180 5.7.1, E.2, E.6; the order of the steps is that of proto/mikey_sakke.h. */
#include "agent/store/store_private.h"
#include "crypto/key_table.h"
#include "proto/mikey_sakke.h"

#include <inttypes.h>
#include <string.h>

static mcv_err refuse(struct mcv_why *why, mcv_err err, const char *step)
{
    return mcv_why_set(why, err, "group key message: %s: %s", step, mcv_err_text(err));
}

/* T and repetition are not judged here: the key parameters say when the key is used, and a newer T
 * wins (put_gmk). */
static mcv_err open_message(struct mcv_imsg_key *key, struct mcv_imsg_job *job,
                            const struct mcv_store_keys *keys, const struct mcv_store *store,
                            struct mcv_bytes message, int64_t utc_s, struct mcv_why *why)
{
    const struct mcv_imsg_context context = {.trust = &keys->ring.trust,
                                             .call_id = MCV_REPLAY_NO_CALL,
                                             .utc_s = utc_s,
                                             .as = MCV_IMSG_AS_RESPONDER};
    struct mcv_imsg m;

    mcv_err err = mcv_imsg_parse(&m, message, MCV_KEY_GMK);
    if (err != MCV_OK) return refuse(why, err, "does not parse");
    err = mcv_imsg_resolve(job, NULL, &m, &context);
    if (err != MCV_OK) return refuse(why, err, "addressee, KMS or key period");
    err = mcv_imsg_verify(job);
    if (err != MCV_OK) return refuse(why, err, "signature");
    err = mcv_imsg_authorise(job, mcv_bytes_str(store->gms_uri));
    if (err != MCV_OK)
        return mcv_why_set(why, MCV_E_POLICY,
                           "group key message: not signed by the group management server %s",
                           store->gms_uri);
    err = mcv_imsg_decapsulate(key, job);
    return err == MCV_OK ? MCV_OK : refuse(why, err, "the key does not open");
}

static Mcv__StoredGmk *find_gmk(const Mcv__StoreFile *f, uint32_t gmk_id)
{
    for (size_t i = 0; i < f->n_gmks; i++)
        if (f->gmks[i]->gmk_id == gmk_id) return f->gmks[i];
    return NULL;
}

/* What a message says of its key. */
struct message {
    struct mcv_imsg_key key;
    struct mcv_key_params params; /* borrow from key */
    uint16_t roc_every;           /* R of RCCm3; 0: no RCCm3 */
};

static mcv_err fill_gmk(struct mcv_arena *a, Mcv__StoredGmk *rec, const struct message *m)
{
    const struct mcv_imsg_key *key = &m->key;
    const struct mcv_key_params *p = &m->params;
    mcv_err err = MCV_OK;

    mcv__stored_gmk__init(rec);
    rec->gmk_id = key->key_id;
    rec->guk_id = key->csb_id;
    rec->revoked = key->is_revoked;
    rec->t_ntp = mcv_ntp_of_utc(key->t_utc_s);
    /* Spec: TS 33.180 E.6.4: 0 means from the time in T on. */
    rec->activation_s = p->activation_s != 0 ? (int64_t)p->activation_s : key->t_utc_s;
    rec->expiry_s = (int64_t)p->expiry_s;
    rec->roc_every = m->roc_every;
    rec->no_roc = m->roc_every == MCV_SRTP_ROC_NONE;
    rec->rand = mcv_arena_bytes(a, key->rand, key->n_rand);
    if (!key->is_revoked) rec->gmk = mcv_arena_bytes(a, key->key.b, sizeof key->key.b);
    for (size_t i = 0; err == MCV_OK && i < p->n_groups; i++)
        err = mcv_arena_append(a, &rec->group_ids, &rec->n_group_ids,
                               mcv_arena_text(a, p->groups[i]));
    const bool is_whole = rec->rand.len == key->n_rand &&
                          (key->is_revoked || rec->gmk.len == sizeof key->key.b);
    return is_whole ? err : MCV_E_FULL;
}

/* Spec: TS 33.180 5.2.3: a newer message for the same GMK-ID replaces the older one. A GMK that was
 * revoked never comes back; of one second, the revocation is the newer message. */
static bool is_older(const struct mcv_imsg_key *key, const Mcv__StoredGmk *rec)
{
    const uint64_t t_ntp = mcv_ntp_of_utc(key->t_utc_s);

    return rec->revoked || (key->is_revoked ? t_ntp < rec->t_ntp : t_ntp <= rec->t_ntp);
}

static mcv_err put_gmk(struct mcv_store_keys *keys, struct mcv_store_report *report,
                       const struct message *m)
{
    const struct mcv_imsg_key *key = &m->key;
    Mcv__StoreFile *f = keys->file;
    Mcv__StoredGmk *rec = find_gmk(f, key->key_id);
    const bool is_new = rec == NULL;

    if (!is_new && is_older(key, rec)) {
        report->gmks_older++;
        return MCV_OK;
    }
    if (is_new && f->n_gmks == MCV_STORE_MAX_GMKS) return MCV_E_FULL;
    if (is_new) rec = mcv_arena_alloc(&keys->arena, sizeof *rec);
    mcv_err err = rec != NULL ? fill_gmk(&keys->arena, rec, m) : MCV_E_FULL;
    if (err == MCV_OK && is_new) err = mcv_arena_append(&keys->arena, &f->gmks, &f->n_gmks, rec);
    if (err != MCV_OK) return err;
    report->gmks += key->is_revoked ? 0 : 1;
    report->gmks_revoked += key->is_revoked ? 1 : 0;
    return MCV_OK;
}

mcv_err mcv_store_take_gmk(struct mcv_store_keys *keys, struct mcv_store_report *report,
                           struct mcv_bytes message, const struct mcv_store *store, int64_t utc_s,
                           struct mcv_why *why)
{
    const uint8_t cs_id = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_GROUP);
    struct message m = {0};
    struct mcv_imsg_job job;

    if (store->gms_uri[0] == '\0')
        return mcv_why_set(why, MCV_E_POLICY,
                           "group key message: no group management server is configured (gms)");
    mcv_err err = open_message(&m.key, &job, keys, store, message, utc_s, why);
    if (err == MCV_OK && mcv_imsg_key_params(&m.params, &m.key) != MCV_OK)
        err = mcv_why_set(why, MCV_E_MALFORMED,
                          "group key message: without key parameters nobody knows its group");
    if (err == MCV_OK) {
        m.roc_every = mcv_imsg_profile(&job, cs_id).roc_rate;
        err = put_gmk(keys, report, &m);
        if (err != MCV_OK) (void)mcv_why_set(why, err, "group key: %s", mcv_err_text(err));
    }
    mcv_imsg_key_wipe(&m.key);
    return err;
}

mcv_err mcv_store_revoke_gmk(struct mcv_store_keys *keys, struct mcv_store_report *report,
                             uint32_t gmk_id, struct mcv_why *why)
{
    Mcv__StoredGmk *rec = find_gmk(keys->file, gmk_id);

    if (rec == NULL)
        return mcv_why_set(why, MCV_E_NOT_FOUND, "there is no group key %08" PRIx32, gmk_id);
    report->gmks_revoked += rec->revoked ? 0 : 1;
    mcv_wipe(rec->gmk.data, rec->gmk.len);
    rec->gmk.len = 0;
    rec->revoked = true;
    return MCV_OK;
}
