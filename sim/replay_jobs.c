#include "sim/replay_jobs.h"

#include <string.h>

/* ---- results ------------------------------------------------------------------------------- */

static mcv_err copy_field(uint8_t *out, size_t cap, const ProtobufCBinaryData *field)
{
    if (field->len > cap) return MCV_E_MALFORMED;
    if (field->len > 0) memcpy(out, field->data, field->len);
    return MCV_OK;
}

static mcv_err fill_key(struct mcv_imsg_key *k, const Mcv__RecordJob *r)
{
    if (r->n_rand > sizeof k->rand || r->key_type >= MCV_N_KEY_TYPES) return MCV_E_MALFORMED;
    *k = (struct mcv_imsg_key){.type = (enum mcv_key_type)r->key_type,
                               .key_id = r->key_id,
                               .csb_id = r->csb_id,
                               .is_revoked = r->revoked,
                               .n_rand = r->n_rand,
                               .t_utc_s = r->t_utc_s,
                               .n_params = r->params.len};
    mcv_err err = copy_field(k->key.b, sizeof k->key.b, &r->key);
    if (err == MCV_OK) err = copy_field(k->rand, sizeof k->rand, &r->rand);
    return err == MCV_OK ? copy_field(k->params, sizeof k->params, &r->params) : err;
}

static mcv_err fill_build(struct mcv_job *job, const Mcv__RecordJob *r)
{
    if (r->n_message > sizeof job->build.message) return MCV_E_MALFORMED;
    memset(job->build.message, 0, r->n_message);
    job->build.n_message = r->n_message;
    const mcv_err err = copy_field(job->build.message, r->n_message, &r->message);
    return err == MCV_OK ? copy_field(job->pck.b, sizeof job->pck.b, &r->pck) : err;
}

static mcv_err fill(struct mcv_job *job, const Mcv__RecordJob *r)
{
    mcv_err err = r->err < 0 || r->err >= MCV_N_ERRS ? MCV_E_MALFORMED : MCV_OK;

    if (err == MCV_OK && job->kind == MCV_JOB_DECAPSULATE) err = fill_key(&job->key, r);
    if (err == MCV_OK && job->kind == MCV_JOB_BUILD_PCK) err = fill_build(job, r);
    job->err = err != MCV_OK ? err : (mcv_err)r->err;
    return err;
}

static bool is_of(const Mcv__RecordJob *r, const struct mcv_job *job)
{
    return r->token == job->token && r->kind == (uint32_t)job->kind;
}

/* ---- jobs that are out --------------------------------------------------------------------- */

void mcv_replay_jobs_learn(struct mcv_replay_jobs *j, const Mcv__RecordFrame *frame)
{
    if (frame->what_case != MCV__RECORD_FRAME__WHAT_JOB) return;
    if (frame->job->kind < MCV_N_JOB_KINDS) j->n_recorded[frame->job->kind]++;
}

void mcv_replay_jobs_add(struct mcv_replay_jobs *j, struct mcv_job *job)
{
    MCV_ASSERT(j->n_out < MCV_REPLAY_MAX_JOBS);
    j->out[j->n_out++] = job;
    j->n_handed_out[job->kind]++;
}

static struct mcv_job *remove_at(struct mcv_replay_jobs *j, size_t i)
{
    struct mcv_job *job = j->out[i];

    j->out[i] = j->out[--j->n_out];
    return job;
}

struct mcv_job *mcv_replay_jobs_any(struct mcv_replay_jobs *j)
{
    return j->n_out > 0 ? remove_at(j, j->n_out - 1) : NULL;
}

mcv_err mcv_replay_jobs_take(struct mcv_replay_jobs *j, struct mcv_job **job,
                             const Mcv__RecordJob *result)
{
    *job = NULL;
    for (size_t i = 0; i < j->n_out && *job == NULL; i++)
        if (is_of(result, j->out[i])) *job = remove_at(j, i);
    return *job != NULL ? fill(*job, result) : MCV_OK;
}

/* ---- jobs at other times than the record has them ------------------------------------------ */

mcv_err mcv_replay_jobs_keep(struct mcv_replay_jobs *j, struct mcv_arena *arena,
                             const Mcv__RecordJob *result)
{
    const size_t n = mcv__record_job__get_packed_size(result);
    struct mcv_replay_early *early = mcv_arena_alloc(arena, sizeof *early);
    uint8_t *packed = mcv_arena_alloc(arena, n + 1);

    if (early == NULL || packed == NULL) return MCV_E_FULL;
    mcv__record_job__pack(result, packed);
    *early = (struct mcv_replay_early){.next = j->early,
                                       .result = mcv__record_job__unpack(&arena->pb, n, packed)};
    if (early->result == NULL) return MCV_E_FULL;
    j->early = early;
    return MCV_OK;
}

static const Mcv__RecordJob *take_early(struct mcv_replay_jobs *j, const struct mcv_job *job)
{
    for (struct mcv_replay_early **at = &j->early; *at != NULL; at = &(*at)->next) {
        const Mcv__RecordJob *r = (*at)->result;
        if (!is_of(r, job)) continue;
        *at = (*at)->next;
        return r;
    }
    return NULL;
}

/* A write that the record never saw. */
static bool is_new_write(const struct mcv_replay_jobs *j, const struct mcv_job *job)
{
    const bool is_write = job->kind == MCV_JOB_CLAIM_SSRC || job->kind == MCV_JOB_SAVE_ACCEPTED;

    return is_write && j->n_handed_out[job->kind] > j->n_recorded[job->kind];
}

mcv_err mcv_replay_jobs_ready(struct mcv_replay_jobs *j, struct mcv_job **job)
{
    *job = NULL;
    for (size_t i = 0; i < j->n_out; i++) {
        const Mcv__RecordJob *early = take_early(j, j->out[i]);
        if (early == NULL && !is_new_write(j, j->out[i])) continue;
        *job = remove_at(j, i);
        if (early != NULL) return fill(*job, early);
        (*job)->err = MCV_OK;
        return MCV_OK;
    }
    return MCV_OK;
}
