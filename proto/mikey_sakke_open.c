/* I_MESSAGEs are opened, step by step. Spec: TS 33.180 E.1.2, RFC 3830 5.4, RFC 6509 3. */
#include "proto/mikey_sakke.h"

#define UID_BYTES 32

/* One end of a message: who it is, in clear or as UID, and whose KMS serves it. */
struct end {
    struct mcv_bytes uri; /* n 0: hidden */
    struct mcv_bytes uid; /* n 0: in clear */
    struct mcv_bytes kms_uri;
};

enum which_end { INITIATOR, RESPONDER };

static struct end end_of(const struct mcv_mikey_msg *m, enum which_end which)
{
    static const enum mcv_mikey_role roles[][3] = {
        [INITIATOR] = {MCV_ROLE_INITIATOR, MCV_ROLE_INITIATOR_UID, MCV_ROLE_INITIATOR_KMS},
        [RESPONDER] = {MCV_ROLE_RESPONDER, MCV_ROLE_RESPONDER_UID, MCV_ROLE_RESPONDER_KMS},
    };

    return (struct end){.uri = m->ids[roles[which][0]].data,
                        .uid = m->ids[roles[which][1]].data,
                        .kms_uri = m->ids[roles[which][2]].data};
}

static struct mcv_mikey_profile default_profile(enum mcv_key_type type)
{
    return type == MCV_KEY_GMK ? MCV_PROFILE_GROUP : MCV_PROFILE_PRIVATE;
}

/* ---- step 1 -------------------------------------------------------------------------------- */

static mcv_err check_end(const struct end *e)
{
    if ((e->uri.n == 0) == (e->uid.n == 0)) return MCV_E_MALFORMED; /* none, or both */
    if (e->uid.n != 0 && e->uid.n != UID_BYTES) return MCV_E_MALFORMED;
    if (e->kms_uri.n == 0) return MCV_E_MALFORMED;
    return e->uri.n > MCV_IMSG_MAX_URI_BYTES || e->kms_uri.n > MCV_IMSG_MAX_URI_BYTES
               ? MCV_E_MALFORMED
               : MCV_OK;
}

static mcv_err check_ids(const struct mcv_mikey_msg *m)
{
    static const enum mcv_mikey_role uris[] = {MCV_ROLE_INITIATOR, MCV_ROLE_RESPONDER,
                                               MCV_ROLE_INITIATOR_KMS, MCV_ROLE_RESPONDER_KMS};
    const struct end initiator = end_of(m, INITIATOR), responder = end_of(m, RESPONDER);

    mcv_err err = check_end(&initiator);
    if (err == MCV_OK) err = check_end(&responder);
    for (size_t i = 0; i < sizeof uris / sizeof uris[0] && err == MCV_OK; i++)
        if (m->ids[uris[i]].data.n > 0 && m->ids[uris[i]].type != MCV_ID_URI)
            err = MCV_E_UNSUPPORTED;
    return err;
}

static mcv_err check_policies(const struct mcv_mikey_msg *m)
{
    struct mcv_mikey_profile p;
    mcv_err err = mcv_mikey_profile_for(&p, m, 0, MCV_PROFILE_PRIVATE); /* of the empty map */

    for (size_t i = 0; i < m->n_cs && err == MCV_OK; i++)
        err = mcv_mikey_profile_for(&p, m, m->cs[i].cs_id, MCV_PROFILE_PRIVATE);
    for (size_t i = 0; i < m->n_sp && err == MCV_OK; i++)
        err = mcv_mikey_profile_of(&p, m->sp[i].params);
    return err;
}

static mcv_err check_extensions(const struct mcv_mikey_msg *m)
{
    const struct mcv_mikey_ext *to_self = mcv_mikey_find_ext(m, MCV_EXT_SAKKE_TO_SELF);
    const struct mcv_mikey_ext *params = mcv_mikey_find_ext(m, MCV_EXT_KEY_PARAMS);
    struct mcv_protected_payload payload;
    struct mcv_bytes sed;
    mcv_err err = MCV_OK;

    if (to_self != NULL) err = mcv_mikey_to_self_decode(&sed, to_self->data);
    if (err == MCV_OK && params != NULL) err = mcv_protected_payload_decode(&payload, params->data);
    return err;
}

mcv_err mcv_imsg_parse(struct mcv_imsg *out, struct mcv_bytes in, enum mcv_key_type want)
{
    struct mcv_imsg m = {.octets = in, .type = want};

    *out = (struct mcv_imsg){0};
    mcv_err err = mcv_mikey_decode(&m.msg, in);
    if (err != MCV_OK) return err;
    if (mcv_key_id_type(m.msg.csb_id) != want) return MCV_E_POLICY;
    if (!m.msg.has_t || m.msg.rand.n == 0 || m.msg.sed.n == 0) return MCV_E_MALFORMED;
    err = check_ids(&m.msg);
    if (err == MCV_OK) err = check_policies(&m.msg);
    if (err == MCV_OK) err = check_extensions(&m.msg);
    if (err == MCV_OK) *out = m;
    return err;
}

/* ---- steps 2 to 6 -------------------------------------------------------------------------- */

/* A hidden identity is recognised by its UID in the period of T. Spec: TS 33.180 E.7. */
static mcv_err is_named(bool *is, const struct end *e, struct mcv_bytes uri,
                        const struct mcv_key_period *period, uint64_t period_no)
{
    struct mcv_uid uid;

    *is = mcv_bytes_equal(e->uri, uri);
    if (e->uid.n == 0) return MCV_OK;
    const mcv_err err = mcv_uid_derive(&uid, uri, e->kms_uri, period, period_no);
    *is = err == MCV_OK && mcv_bytes_equal(e->uid, mcv_bytes_of(uid.b, sizeof uid.b));
    return err;
}

static mcv_err find_receiver(const struct mcv_imsg_own **out, const struct mcv_imsg_trust *trust,
                             const struct end *e, uint64_t ntp_s, int64_t utc_s)
{
    const struct mcv_imsg_kms *kms = mcv_imsg_find_kms(trust, e->kms_uri);
    mcv_err miss = MCV_E_NOT_FOR_US;
    uint64_t period_no;

    if (kms == NULL) return MCV_E_NOT_FOR_US;
    mcv_err err = mcv_key_period_at(&period_no, &kms->period, ntp_s);
    for (size_t i = 0; i < trust->n_own && err == MCV_OK; i++) {
        const struct mcv_imsg_own *own = &trust->own[i];
        bool is_ours = false;
        if (!mcv_bytes_equal(own->kms_uri, kms->uri)) continue;
        err = is_named(&is_ours, e, own->uri, &kms->period, period_no);
        if (!is_ours) continue;
        miss = MCV_E_UNKNOWN_KEY;
        if (own->period_no != period_no || own->sakke == NULL) continue;
        *out = own;
        return mcv_imsg_own_is_usable(own, utc_s) && mcv_imsg_kms_is_usable(kms, utc_s)
                   ? MCV_OK
                   : MCV_E_EXPIRED;
    }
    return err != MCV_OK ? err : miss;
}

/* Is there a key for us in it, and can its identifier be found? */
static bool has_our_part(const struct mcv_imsg *m, enum mcv_imsg_as as)
{
    if (as == MCV_IMSG_AS_RESPONDER) return true;
    return mcv_mikey_find_ext(&m->msg, MCV_EXT_SAKKE_TO_SELF) != NULL &&
           (m->type != MCV_KEY_GMK || m->msg.ids[MCV_ROLE_RESPONDER].data.n > 0);
}

static mcv_err take_receiver(struct mcv_imsg_job *job, const struct mcv_imsg *m,
                             const struct mcv_imsg_context *context, uint64_t ntp_s)
{
    const struct end e = end_of(&m->msg,
                                context->as == MCV_IMSG_AS_RESPONDER ? RESPONDER : INITIATOR);
    const struct mcv_imsg_own *own = NULL;

    mcv_err err = find_receiver(&own, context->trust, &e, ntp_s, context->utc_s);
    if (err != MCV_OK) return err;
    MCV_ASSERT(own->uri.n <= sizeof job->own_uri);
    if (!has_our_part(m, context->as)) return MCV_E_UNKNOWN_KEY;
    job->n_own_uri = own->uri.n;
    memcpy(job->own_uri, own->uri.p, own->uri.n);
    job->own_key = own->sakke;
    return MCV_OK;
}

static mcv_err take_initiator(struct mcv_imsg_job *job, const struct mcv_imsg *m,
                              const struct mcv_imsg_context *context, uint64_t ntp_s)
{
    const struct end e = end_of(&m->msg, INITIATOR);
    const struct mcv_imsg_kms *kms = mcv_imsg_find_kms(context->trust, e.kms_uri);

    if (kms == NULL || kms->kpak == NULL || !mcv_imsg_kms_is_usable(kms, context->utc_s))
        return MCV_E_POLICY;
    job->initiator_kpak = *kms->kpak;
    job->initiator_period = kms->period;
    const mcv_err err = mcv_key_period_at(&job->initiator_period_no, &kms->period, ntp_s);
    if (err != MCV_OK) return err;
    if (e.uid.n == 0)
        return mcv_uid_derive(&job->initiator_uid, e.uri, e.kms_uri, &kms->period,
                              job->initiator_period_no);
    memcpy(job->initiator_uid.b, e.uid.p, UID_BYTES);
    return MCV_OK;
}

static mcv_err check_replay(struct mcv_imsg_job *job, enum mcv_replay_verdict *verdict,
                            const struct mcv_imsg *m, const struct mcv_imsg_context *context)
{
    static const mcv_err errors[] = {[MCV_REPLAY_NEW] = MCV_OK,
                                     [MCV_REPLAY_AGAIN] = MCV_E_REPLAY,
                                     [MCV_REPLAY_SEEN] = MCV_E_REPLAY,
                                     [MCV_REPLAY_FULL] = MCV_E_FULL};

    mcv_err err = mcv_replay_id_of(&job->replay_id, m->octets, &job->initiator_uid, m->msg.t,
                                   m->msg.csb_id, m->msg.rand);
    if (err != MCV_OK || context->replay == NULL) return err;
    err = mcv_replay_check_time(context->replay, job->t_utc_s, context->utc_s);
    if (err != MCV_OK) return err;
    *verdict = mcv_replay_find(context->replay, &job->replay_id, context->call_id, context->utc_s);
    return errors[*verdict];
}

mcv_err mcv_imsg_resolve(struct mcv_imsg_job *job, enum mcv_replay_verdict *verdict,
                         const struct mcv_imsg *m, const struct mcv_imsg_context *context)
{
    const uint64_t ntp_s = mcv_ntp_unwrap((uint32_t)(m->msg.t >> 32), context->utc_s);
    enum mcv_replay_verdict found = MCV_REPLAY_NEW;

    *job = (struct mcv_imsg_job){.n_octets = m->octets.n,
                                 .type = m->type,
                                 .as = context->as,
                                 .sakke_mode = context->sakke_mode,
                                 .accept_short_coverage = context->accept_short_coverage,
                                 .t_utc_s = (int64_t)ntp_s - (int64_t)MCV_NTP_UNIX_OFFSET_S};
    MCV_ASSERT(m->octets.n <= sizeof job->octets);
    memcpy(job->octets, m->octets.p, m->octets.n);
    mcv_err err = take_receiver(job, m, context, ntp_s);
    if (err == MCV_OK) err = take_initiator(job, m, context, ntp_s);
    if (err == MCV_OK) err = check_replay(job, &found, m, context);
    if (err != MCV_OK) *job = (struct mcv_imsg_job){0};
    if (verdict != NULL) *verdict = found;
    return err;
}

/* ---- steps 7 to 11 ------------------------------------------------------------------------- */

static struct mcv_mikey_msg message_of(const struct mcv_imsg_job *job)
{
    struct mcv_mikey_msg m;

    /* it decoded when the job was made */
    MCV_ASSERT(mcv_mikey_decode(&m, mcv_bytes_of(job->octets, job->n_octets)) == MCV_OK);
    return m;
}

mcv_err mcv_imsg_verify(const struct mcv_imsg_job *job)
{
    const struct mcv_mikey_msg m = message_of(job);
    const struct mcv_bytes id = mcv_bytes_of(job->initiator_uid.b, UID_BYTES);
    const struct mcv_bytes without_head = mcv_bytes_of(m.covered.p, m.covered.n - 2);

    const mcv_err err = mcv_eccsi_verify(&job->initiator_kpak, id, m.covered, m.signature);
    if (err != MCV_E_AUTH || !job->accept_short_coverage) return err;
    return mcv_eccsi_verify(&job->initiator_kpak, id, without_head, m.signature);
}

mcv_err mcv_imsg_authorise(const struct mcv_imsg_job *job, struct mcv_bytes uri)
{
    const struct mcv_mikey_msg m = message_of(job);
    const struct end e = end_of(&m, INITIATOR);
    bool is = false;

    if (uri.n == 0 || uri.n > MCV_IMSG_MAX_URI_BYTES) return MCV_E_POLICY;
    const mcv_err err = is_named(&is, &e, uri, &job->initiator_period, job->initiator_period_no);
    if (err != MCV_OK) return err;
    return is ? MCV_OK : MCV_E_POLICY;
}

void mcv_imsg_key_wipe(struct mcv_imsg_key *key)
{
    mcv_wipe(key, sizeof *key);
}

mcv_err mcv_imsg_key_params(struct mcv_key_params *out, const struct mcv_imsg_key *key)
{
    *out = (struct mcv_key_params){0};
    if (key->n_params == 0) return MCV_E_NOT_FOUND;
    return mcv_key_params_decode(out, mcv_bytes_of(key->params, key->n_params));
}

static mcv_err open_sed(struct mcv_ssv *ssv, const struct mcv_imsg_job *job,
                        const struct mcv_mikey_msg *m)
{
    struct mcv_bytes sed = m->sed;

    if (job->as == MCV_IMSG_AS_INITIATOR) {
        const struct mcv_mikey_ext *ext = mcv_mikey_find_ext(m, MCV_EXT_SAKKE_TO_SELF);
        const mcv_err err = mcv_mikey_to_self_decode(&sed, ext->data);
        if (err != MCV_OK) return err;
    }
    return mcv_sakke_decapsulate(ssv, job->own_key, sed, job->sakke_mode);
}

/* Spec: TS 33.180 E.6. */
static mcv_err open_params(struct mcv_imsg_key *key, const struct mcv_mikey_msg *m)
{
    const struct mcv_mikey_ext *ext = mcv_mikey_find_ext(m, MCV_EXT_KEY_PARAMS);
    struct mcv_key_params p;

    if (ext == NULL) return MCV_OK;
    mcv_err err = mcv_key_params_open(key->params, &key->n_params, ext->data, key->key.b,
                                      m->csb_id);
    if (err == MCV_OK) err = mcv_imsg_key_params(&p, key);
    if (err == MCV_OK && p.type != key->type) err = MCV_E_MALFORMED;
    key->is_revoked = err == MCV_OK && mcv_key_params_is_revoked(&p);
    return err;
}

/* Spec: TS 33.180 5.2.3: the salt is that of the member to whom the message is addressed. */
static mcv_err find_key_id(struct mcv_imsg_key *key, const struct mcv_imsg_job *job,
                           const struct mcv_mikey_msg *m)
{
    const struct mcv_bytes in_clear = m->ids[MCV_ROLE_RESPONDER].data;
    const struct mcv_bytes own = mcv_bytes_of(job->own_uri, job->n_own_uri);
    struct mcv_gmk gmk;
    uint32_t salt;

    key->csb_id = key->key_id = m->csb_id;
    if (key->type != MCV_KEY_GMK) return MCV_OK;
    memcpy(gmk.b, key->key.b, sizeof gmk.b);
    const mcv_err err = mcv_user_salt(&salt, &gmk, in_clear.n > 0 ? in_clear : own);
    mcv_gmk_wipe(&gmk);
    key->key_id = mcv_gmk_id_of(m->csb_id, salt);
    return err;
}

mcv_err mcv_imsg_decapsulate(struct mcv_imsg_key *out, const struct mcv_imsg_job *job)
{
    const struct mcv_mikey_msg m = message_of(job);

    *out = (struct mcv_imsg_key){.type = job->type, .t_utc_s = job->t_utc_s};
    mcv_err err = open_sed(&out->key, job, &m);
    if (err == MCV_OK) err = open_params(out, &m);
    if (err == MCV_OK) err = find_key_id(out, job, &m);
    if (err != MCV_OK) {
        mcv_imsg_key_wipe(out);
        return err == MCV_E_CRYPTO ? MCV_E_CRYPTO : MCV_E_AUTH;
    }
    out->n_rand = m.rand.n;
    memcpy(out->rand, m.rand.p, m.rand.n);
    if (out->is_revoked) mcv_ssv_wipe(&out->key);
    return MCV_OK;
}

struct mcv_mikey_profile mcv_imsg_profile(const struct mcv_imsg_job *job, uint8_t cs_id)
{
    const struct mcv_mikey_msg m = message_of(job);
    struct mcv_mikey_profile p;

    MCV_ASSERT(mcv_mikey_profile_for(&p, &m, cs_id, default_profile(job->type)) == MCV_OK);
    return p;
}

mcv_err mcv_imsg_accept(struct mcv_replay *replay, const struct mcv_imsg_job *job, uint32_t call_id,
                        int64_t utc_s)
{
    return mcv_replay_add(replay, &job->replay_id, call_id, job->t_utc_s, utc_s);
}
