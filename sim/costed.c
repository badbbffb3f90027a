#include "sim/costed.h"

#include "proto/mikey.h"
#include "sim/prng.h"

#define POLICY_NO 0

/* The places of a costed SED: 04 | PCK(16) | digest of PCK and receiver(8) | 0 ... */
#define SED_KEY    1
#define SED_DIGEST (SED_KEY + MCV_KEY_BYTES)

static uint64_t digest(uint64_t d, struct mcv_bytes b)
{
    d = mcv_prng_mix(d, b.n);
    for (size_t i = 0; i < b.n; i += 8) {
        uint64_t word = 0;

        for (size_t k = i; k < b.n && k < i + 8; k++) word = word << 8 | b.p[k];
        d = mcv_prng_mix(d, word);
    }
    return d;
}

static void store_be64(uint8_t *p, uint64_t v)
{
    mcv_store_be32(p, (uint32_t)(v >> 32));
    mcv_store_be32(p + 4, (uint32_t)v);
}

static bool has_be64(const uint8_t *p, uint64_t v)
{
    return mcv_load_be32(p) == (uint32_t)(v >> 32) && mcv_load_be32(p + 4) == (uint32_t)v;
}

static uint64_t sed_digest(const uint8_t *key, struct mcv_bytes receiver)
{
    return digest(digest(1, mcv_bytes_of(key, MCV_KEY_BYTES)), receiver);
}

static uint64_t signature_digest(const struct mcv_uid *initiator, struct mcv_bytes covered)
{
    return digest(digest(2, mcv_bytes_of(initiator->b, sizeof initiator->b)), covered);
}

/* ---- building ------------------------------------------------------------------------------ */

static void put_ids(struct mcv_mikey_msg *m, const struct mcv_imsg_spec *s,
                    const struct mcv_uid *to_uid)
{
    const struct mcv_bytes from = mcv_bytes_of(s->from->uid.b, sizeof s->from->uid.b);
    const struct mcv_bytes to = mcv_bytes_of(to_uid->b, sizeof to_uid->b);
    const struct {
        enum mcv_mikey_role role;
        struct mcv_bytes data;
    } ids[] = {
        {s->hide_initiator ? MCV_ROLE_INITIATOR_UID : MCV_ROLE_INITIATOR,
         s->hide_initiator ? from : s->from->uri},
        {s->hide_responder ? MCV_ROLE_RESPONDER_UID : MCV_ROLE_RESPONDER,
         s->hide_responder ? to : s->to},
        {MCV_ROLE_INITIATOR_KMS, s->from_kms->uri},
        {MCV_ROLE_RESPONDER_KMS, s->to_kms->uri},
    };

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        m->ids[ids[i].role] = (struct mcv_mikey_id){MCV_ID_URI, ids[i].data};
}

static void put_sessions(struct mcv_mikey_msg *m, const struct mcv_imsg_spec *s,
                         const uint8_t mki[static 4])
{
    m->map = s->n_cs > 0 ? MCV_MAP_GENERIC_ID : MCV_MAP_EMPTY;
    m->n_cs = s->n_cs;
    for (size_t i = 0; i < s->n_cs; i++)
        m->cs[i] = (struct mcv_mikey_cs){.cs_id = s->cs_ids[i],
                                         .n_policies = 1,
                                         .policies = {POLICY_NO},
                                         .spi = mcv_bytes_of(mki, 4)};
    if (s->n_cs == 0) return;
    m->n_sp = 1;
    m->sp[0] = (struct mcv_mikey_sp){POLICY_NO, mcv_mikey_params_of(s->profile)};
}

static mcv_err find_uid(struct mcv_uid *out, const struct mcv_imsg_spec *s)
{
    uint64_t period_no;
    const mcv_err err = mcv_key_period_at(&period_no, &s->to_kms->period, mcv_ntp_of_utc(s->utc_s));

    return err == MCV_OK ? mcv_uid_derive(out, s->to, s->to_kms->uri, &s->to_kms->period, period_no)
                         : err;
}

static mcv_err write_message(struct mcv_job *job, const struct mcv_mikey_msg *m)
{
    struct mcv_writer w = mcv_writer_of(job->build.message, sizeof job->build.message);
    uint8_t signature[MCV_ECCSI_SIG_BYTES] = {0};

    mcv_mikey_encode(&w, m);
    if (w.err != MCV_OK) return w.err;
    store_be64(signature, signature_digest(&job->build.spec.from->uid, mcv_wr_done(&w)));
    mcv_wr_bytes(&w, mcv_bytes_of(signature, sizeof signature));
    job->build.n_message = w.err == MCV_OK ? mcv_wr_done(&w).n : 0;
    return w.err;
}

static mcv_err build(struct mcv_job *job)
{
    const struct mcv_imsg_spec *s = &job->build.spec;
    struct mcv_mikey_msg m = {.csb_id = s->key_id,
                              .has_t = true,
                              .t = mcv_ntp_of_utc(s->utc_s) << 32 | s->fraction,
                              .rand = s->rand};
    uint8_t sed[MCV_SAKKE_SED_BYTES] = {0x04}, mki[4];
    struct mcv_uid to_uid;
    mcv_err err = find_uid(&to_uid, s);

    job->build.n_message = 0;
    if (err == MCV_OK) err = mcv_rng_bytes(&job->rng, job->pck.b, sizeof job->pck.b);
    if (err != MCV_OK) return err;
    memcpy(sed + SED_KEY, job->pck.b, sizeof job->pck.b);
    store_be64(sed + SED_DIGEST, sed_digest(job->pck.b, s->to));
    m.sed = mcv_bytes_of(sed, sizeof sed);
    mcv_store_be32(mki, s->key_id);
    put_ids(&m, s, &to_uid);
    put_sessions(&m, s, mki);
    return write_message(job, &m);
}

/* ---- opening ------------------------------------------------------------------------------- */

static mcv_err verify(struct mcv_job *job)
{
    const struct mcv_imsg_job *imsg = &job->imsg;
    struct mcv_mikey_msg m;
    const mcv_err err = mcv_mikey_decode(&m, mcv_bytes_of(imsg->octets, imsg->n_octets));

    if (err != MCV_OK) return err;
    return has_be64(m.signature.p, signature_digest(&imsg->initiator_uid, m.covered)) ? MCV_OK
                                                                                      : MCV_E_AUTH;
}

static mcv_err decapsulate(struct mcv_job *job)
{
    const struct mcv_imsg_job *imsg = &job->imsg;
    struct mcv_imsg_key *key = &job->key;
    struct mcv_mikey_msg m;
    const mcv_err err = mcv_mikey_decode(&m, mcv_bytes_of(imsg->octets, imsg->n_octets));

    *key = (struct mcv_imsg_key){.type = imsg->type, .t_utc_s = imsg->t_utc_s};
    if (err != MCV_OK || m.sed.n != MCV_SAKKE_SED_BYTES) return MCV_E_AUTH;
    const uint8_t *ssv = m.sed.p + SED_KEY;
    if (!has_be64(m.sed.p + SED_DIGEST,
                  sed_digest(ssv, mcv_bytes_of(imsg->own_uri, imsg->n_own_uri))))
        return MCV_E_AUTH;
    memcpy(key->key.b, ssv, sizeof key->key.b);
    key->key_id = key->csb_id = m.csb_id;
    key->n_rand = m.rand.n;
    memcpy(key->rand, m.rand.p, m.rand.n);
    return MCV_OK;
}

void mcv_costed_run(struct mcv_job *job)
{
    static mcv_err (*const run[MCV_N_JOB_KINDS])(struct mcv_job *) = {
        [MCV_JOB_BUILD_PCK] = build,
        [MCV_JOB_VERIFY] = verify,
        [MCV_JOB_DECAPSULATE] = decapsulate,
    };

    MCV_ASSERT(job->kind < MCV_N_JOB_KINDS && run[job->kind] != NULL);
    job->err = run[job->kind](job);
}
