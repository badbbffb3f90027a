#include "agent/core/validation.h"

#include "agent/core/agent_private.h"
#include "crypto/key_table.h"
#include "proto/base64.h"

static struct mcv_bytes caller_of(const struct mcv_setup *s)
{
    return mcv_bytes_of(s->caller, s->n_caller);
}

/* ---- which are under way ------------------------------------------------------------------- */

/* A free one within the bounds; NULL: none. */
static struct mcv_validation *take(struct mcv_agent *a, const struct mcv_addr *source)
{
    const uint16_t n_at_once = a->config->admission.n_at_once;
    struct mcv_validation *found = NULL;
    uint16_t n = 0, n_of_source = 0;

    for (uint16_t i = 0; i < a->limits.n_validations; i++) {
        struct mcv_validation *v = &a->validations[i];
        if (v->stage == MCV_VALIDATION_FREE) {
            found = v;
            continue;
        }
        n++;
        if (mcv_addr_same_host(&v->setup.addr, source)) n_of_source++;
    }
    return n < n_at_once && n_of_source < (n_at_once + 1) / 2 ? found : NULL;
}

struct mcv_validation *mcv_validation_find(const struct mcv_agent *a, const struct mcv_addr *from,
                                           struct mcv_bytes caller, uint16_t call_id)
{
    for (uint16_t i = 0; i < a->limits.n_validations; i++) {
        struct mcv_validation *v = &a->validations[i];
        if (v->stage == MCV_VALIDATION_FREE || v->setup.call_id != call_id) continue;
        if (!mcv_addr_same_host(&v->setup.addr, from)) continue;
        if (mcv_bytes_equal(caller_of(&v->setup), caller)) return v;
    }
    return NULL;
}

static struct mcv_validation *by_token(struct mcv_agent *a, uint32_t token)
{
    for (uint16_t i = 0; i < a->limits.n_validations; i++) {
        struct mcv_validation *v = &a->validations[i];
        if (v->stage != MCV_VALIDATION_FREE && v->token == token) return v;
    }
    return NULL;
}

/* The same message, or the same content signed again, came as another call or from elsewhere. */
static bool is_under_way(const struct mcv_agent *a, const struct mcv_replay_id *id)
{
    for (uint16_t i = 0; i < a->limits.n_validations; i++) {
        const struct mcv_validation *v = &a->validations[i];
        if (v->stage == MCV_VALIDATION_FREE) continue;
        if (memcmp(v->replay_id.message, id->message, sizeof id->message) == 0) return true;
        if (memcmp(v->replay_id.content, id->content, sizeof id->content) == 0) return true;
    }
    return false;
}

void mcv_validation_cancel(struct mcv_validation *v)
{
    if (v->stage != MCV_VALIDATION_FREE) v->stage = MCV_VALIDATION_CANCELLED;
}

void mcv_validation_cancel_all(struct mcv_agent *a)
{
    for (uint16_t i = 0; i < a->limits.n_validations; i++)
        mcv_validation_cancel(&a->validations[i]);
}

/* ---- start: everything cheap --------------------------------------------------------------- */

/* What a failure before the signature counts as. */
static mcv_err refused(struct mcv_agent *a, mcv_err err)
{
    static const struct {
        mcv_err err;
        enum mcv_counter counter;
    } rows[] = {
        {MCV_E_NOT_FOR_US, MCV_N_IMSG_NOT_FOR_US},
        {MCV_E_POLICY, MCV_N_IMSG_UNTRUSTED},
        {MCV_E_UNKNOWN_KEY, MCV_N_IMSG_TIME},
        {MCV_E_EXPIRED, MCV_N_IMSG_TIME},
        {MCV_E_TIME, MCV_N_IMSG_TIME},
        {MCV_E_REPLAY, MCV_N_IMSG_REPLAY},
        {MCV_E_FULL, MCV_N_IMSG_CACHE_FULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].err == err) return mcv_drop(a, rows[i].counter, err);
    }
    return mcv_drop(a, MCV_N_IMSG_MALFORMED, err);
}

/* Spec: TS 33.180 E.1.2, RFC 3830 5.4: all that comes before the signature. */
static mcv_err resolve(struct mcv_agent *a, struct mcv_imsg_job *job, const struct mcv_setup *setup,
                       struct mcv_bytes key_mgmt)
{
    const struct mcv_imsg_context context = {.trust = &a->keys->trust,
                                             .replay = &a->replay,
                                             .call_id = setup->call_id,
                                             .utc_s = a->latest_s,
                                             .as = MCV_IMSG_AS_RESPONDER};
    uint8_t octets[MCV_MIKEY_MAX_BYTES];
    struct mcv_imsg imsg;
    size_t n = 0;

    if (mcv_base64_decode(octets, sizeof octets, &n, key_mgmt) ||
        mcv_imsg_parse(&imsg, mcv_bytes_of(octets, n), MCV_KEY_PCK)) {
        return mcv_drop(a, MCV_N_IMSG_MALFORMED, MCV_E_MALFORMED);
    }
    mcv_err err = mcv_imsg_resolve(job, NULL, &imsg, &context);
    if (!err && is_under_way(a, &job->replay_id)) err = MCV_E_REPLAY;
    return err ? refused(a, err) : MCV_OK;
}

mcv_err mcv_validation_start(struct mcv_agent *a, const struct mcv_setup *setup,
                             struct mcv_bytes key_mgmt)
{
    struct mcv_validation *v = take(a, &setup->addr);
    if (v == NULL) return mcv_drop(a, MCV_N_SETUP_BUSY, MCV_E_BUSY);

    const uint32_t token = mcv_agent_handle(a);
    struct mcv_job *job = mcv_job_take(a, MCV_JOB_VERIFY, token);
    if (job == NULL) return mcv_drop(a, MCV_N_SETUP_BUSY, MCV_E_BUSY);

    mcv_err err = resolve(a, &job->imsg, setup, key_mgmt);
    const struct mcv_replay_id id = job->imsg.replay_id;
    if (!err && !mcv_job_hand_out(a, job)) err = MCV_E_BUSY;
    if (err) {
        mcv_job_free(a, job);
        return err;
    }
    *v = (struct mcv_validation){
        .stage = MCV_VALIDATION_VERIFY, .token = token, .replay_id = id, .setup = *setup};
    return MCV_OK;
}

/* ---- the worker is done -------------------------------------------------------------------- */

static void end(struct mcv_agent *a, struct mcv_validation *v, struct mcv_job *job)
{
    v->stage = MCV_VALIDATION_FREE;
    mcv_job_free(a, job);
}

static void refuse(struct mcv_agent *a, struct mcv_validation *v, struct mcv_job *job,
                   enum mcv_counter counter)
{
    mcv_count(a, counter);
    mcv_private_refuse(a, &v->setup, MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE);
    end(a, v, job);
}

static void verified(struct mcv_agent *a, struct mcv_validation *v, struct mcv_job *job)
{
    v->setup.times.verify_us = a->now.mono_us - job->at_us;
    if (job->err) {
        refuse(a, v, job, MCV_N_IMSG_SIGNATURE);
        return;
    }
    if (mcv_imsg_authorise(&job->imsg, caller_of(&v->setup))) {
        refuse(a, v, job, MCV_N_IMSG_IDENTITY);
        return;
    }
    v->stage = MCV_VALIDATION_DECAPSULATE;
    job->kind = MCV_JOB_DECAPSULATE;
    if (!mcv_job_hand_out(a, job)) end(a, v, job);
}

/* So that it cannot be replayed after a crash either; the call does not wait for the disk. */
static void save_accepted(struct mcv_agent *a, int64_t t_utc_s)
{
    struct mcv_job *job = mcv_job_take(a, MCV_JOB_SAVE_ACCEPTED, 0);

    if (job == NULL) {
        mcv_count(a, MCV_N_STORE_FAILED);
        return;
    }
    job->t_utc_s = t_utc_s;
    if (!mcv_job_hand_out(a, job)) mcv_job_free(a, job);
}

static void decapsulated(struct mcv_agent *a, struct mcv_validation *v, struct mcv_job *job)
{
    const struct mcv_mikey_profile profile = mcv_imsg_profile(
        &job->imsg, mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_INITIATOR));
    const struct mcv_private_key key = {
        .key = &job->key, .replay_id = &v->replay_id, .roc_every = profile.roc_rate};

    v->setup.times.decapsulate_us = a->now.mono_us - job->at_us;
    if (job->err) {
        refuse(a, v, job, MCV_N_IMSG_DECAPSULATION);
        return;
    }
    const mcv_err err = mcv_imsg_accept(&a->replay, &job->imsg, v->setup.call_id, a->latest_s);
    if (err) {
        refuse(a, v, job, err == MCV_E_FULL ? MCV_N_IMSG_CACHE_FULL : MCV_N_IMSG_REPLAY);
        return;
    }
    save_accepted(a, job->imsg.t_utc_s);
    mcv_private_verified(a, &v->setup, &key);
    end(a, v, job);
}

void mcv_validation_job_done(struct mcv_agent *a, struct mcv_job *job)
{
    struct mcv_validation *v = by_token(a, job->token);

    MCV_ASSERT(v != NULL);
    if (v->stage == MCV_VALIDATION_CANCELLED) {
        end(a, v, job);
    } else if (job->kind == MCV_JOB_VERIFY) {
        verified(a, v, job);
    } else {
        decapsulated(a, v, job);
    }
}
