#include "agent/core/job.h"

#include "agent/core/agent_private.h"
#include "crypto/base/secret.h"

static const char *const names[MCV_N_JOB_KINDS] = {
#define MCV_JOB_NAME(NAME, name) name,
    MCV_JOB_LIST(MCV_JOB_NAME)
#undef MCV_JOB_NAME
};

const char *mcv_job_name(enum mcv_job_kind kind)
{
    MCV_ASSERT(kind < MCV_N_JOB_KINDS);
    return names[kind];
}

/* ---- on a worker thread -------------------------------------------------------------------- */

static mcv_err build(struct mcv_job *job)
{
    struct mcv_writer w = mcv_writer_of(job->build.message, sizeof job->build.message);
    const mcv_err err = mcv_imsg_build_pck(&w, &job->pck, &job->build.spec, &job->rng);

    job->build.n_message = err ? 0 : mcv_wr_done(&w).n;
    return err;
}

static mcv_err verify(struct mcv_job *job)
{
    return mcv_imsg_verify(&job->imsg);
}

static mcv_err decapsulate(struct mcv_job *job)
{
    return mcv_imsg_decapsulate(&job->key, &job->imsg);
}

void mcv_job_run(struct mcv_job *job)
{
    static mcv_err (*const run[MCV_N_JOB_KINDS])(struct mcv_job *) = {
        [MCV_JOB_BUILD_PCK] = build,
        [MCV_JOB_VERIFY] = verify,
        [MCV_JOB_DECAPSULATE] = decapsulate,
    };

    MCV_ASSERT(job->kind < MCV_N_JOB_KINDS && run[job->kind] != NULL);
    job->err = run[job->kind](job);
}

/* ---- the pool ------------------------------------------------------------------------------ */

struct mcv_job *mcv_job_take(struct mcv_agent *a, enum mcv_job_kind kind, uint32_t token)
{
    struct mcv_scratch *s = a->scratch;
    uint16_t i = 0;

    while (i < s->n_jobs && s->job_state[i] != 0) i++;
    if (i == s->n_jobs) return NULL;
    s->job_state[i] = 1;
    struct mcv_job *job = &s->jobs[i];
    job->kind = kind;
    job->token = token;
    job->rng = a->job_rng;
    return job;
}

bool mcv_job_hand_out(struct mcv_agent *a, struct mcv_job *job)
{
    const struct mcv_out out = {.kind = MCV_OUT_JOB, .u.job = job};

    job->at_us = a->now.mono_us;
    return mcv_out_push(a, &out);
}

void mcv_job_free(struct mcv_agent *a, struct mcv_job *job)
{
    struct mcv_scratch *s = a->scratch;
    const size_t i = (size_t)(job - s->jobs);

    MCV_ASSERT(i < s->n_jobs && s->job_state[i] != 0);
    mcv_wipe(job, sizeof *job);
    s->job_state[i] = 0;
}
