#include "agent/edge/jobs.h"

#include <stdlib.h>

struct mcv_jobs {
    uv_loop_t *loop;
    struct mcv_store *store;
    mcv_jobs_done *done;
    void *ctx;
    unsigned n;
    uint64_t n_queued[MCV_N_JOB_KINDS];
};

struct work {
    uv_work_t work;
    struct mcv_jobs *jobs;
    struct mcv_job *job;
    const struct mcv_store_keys *keys; /* held while it runs */
};

struct mcv_jobs *mcv_jobs_new(uv_loop_t *loop, struct mcv_store *store, mcv_jobs_done *done,
                              void *ctx)
{
    struct mcv_jobs *jobs = calloc(1, sizeof *jobs);

    if (jobs != NULL)
        *jobs = (struct mcv_jobs){.loop = loop, .store = store, .done = done, .ctx = ctx};
    return jobs;
}

void mcv_jobs_free(struct mcv_jobs *jobs)
{
    MCV_ASSERT(jobs == NULL || jobs->n == 0);
    free(jobs);
}

static void on_work(uv_work_t *work)
{
    struct work *w = work->data;

    mcv_job_run(w->job);
}

static void on_done(uv_work_t *work, int status)
{
    struct work *w = work->data;
    struct mcv_jobs *jobs = w->jobs;

    if (status != 0) w->job->err = MCV_E_BUSY; /* cancelled: the loop ends */
    mcv_store_keys_release(w->keys);
    jobs->n--;
    jobs->done(jobs->ctx, w->job);
    free(w);
}

void mcv_jobs_run(struct mcv_jobs *jobs, struct mcv_job *job)
{
    struct work *w = calloc(1, sizeof *w);

    jobs->n_queued[job->kind]++;
    if (w == NULL) { /* rare enough to be slow once */
        mcv_job_run(job);
        jobs->done(jobs->ctx, job);
        return;
    }
    *w = (struct work){.jobs = jobs, .job = job, .keys = mcv_store_keys_hold(jobs->store)};
    w->work.data = w;
    jobs->n++;
    if (uv_queue_work(jobs->loop, &w->work, on_work, on_done) != 0) {
        mcv_job_run(job);
        on_done(&w->work, 0);
    }
}

unsigned mcv_jobs_n(const struct mcv_jobs *jobs)
{
    return jobs->n;
}

uint64_t mcv_jobs_n_queued(const struct mcv_jobs *jobs, enum mcv_job_kind kind)
{
    return jobs->n_queued[kind];
}
