#include "sim/live_jobs.h"

#include <stdlib.h>

struct work {
    uv_work_t work;
    struct work *next, **at; /* of those that are out */
    struct mcv_live_jobs *jobs;
    struct mcv_job *job; /* NULL: recalled */
    uint32_t agent;
    uint64_t given_ns, taken_ns;
    uv_sem_t done;
};

struct mcv_live_jobs {
    uv_loop_t *loop;
    mcv_live_jobs_done *done;
    void *ctx;
    struct work *out;
};

struct mcv_live_jobs *mcv_live_jobs_new(uv_loop_t *loop, mcv_live_jobs_done *done, void *ctx)
{
    struct mcv_live_jobs *jobs = calloc(1, sizeof *jobs);

    if (jobs != NULL) *jobs = (struct mcv_live_jobs){.loop = loop, .done = done, .ctx = ctx};
    return jobs;
}

void mcv_live_jobs_free(struct mcv_live_jobs *jobs)
{
    MCV_ASSERT(jobs == NULL || jobs->out == NULL);
    free(jobs);
}

static void on_work(uv_work_t *work)
{
    struct work *w = work->data;

    w->taken_ns = uv_hrtime();
    mcv_job_run(w->job);
    uv_sem_post(&w->done);
}

static void on_done(uv_work_t *work, int status)
{
    struct work *w = work->data;
    const struct work it = *w;

    (void)status; /* cancelled: it was recalled */
    *w->at = w->next;
    if (w->next != NULL) w->next->at = w->at;
    uv_sem_destroy(&w->done);
    free(w);
    if (it.job != NULL)
        it.jobs->done(it.jobs->ctx, it.agent, it.job, (it.taken_ns - it.given_ns) / 1000);
}

bool mcv_live_jobs_run(struct mcv_live_jobs *jobs, uint32_t agent, struct mcv_job *job)
{
    struct work *w = calloc(1, sizeof *w);

    if (w == NULL) return false;
    *w = (struct work){.next = jobs->out,
                       .at = &jobs->out,
                       .jobs = jobs,
                       .job = job,
                       .agent = agent,
                       .given_ns = uv_hrtime()};
    w->work.data = w;
    if (uv_sem_init(&w->done, 0) != 0) {
        free(w);
        return false;
    }
    if (w->next != NULL) w->next->at = &w->next;
    jobs->out = w;
    (void)uv_queue_work(jobs->loop, &w->work, on_work, on_done); /* fails without a function only */
    return true;
}

void mcv_live_jobs_recall(struct mcv_live_jobs *jobs, struct mcv_job *job)
{
    struct work *w = jobs->out;

    while (w != NULL && w->job != job) w = w->next;
    if (w == NULL) return;
    if (uv_cancel((uv_req_t *)&w->work) != 0) uv_sem_wait(&w->done);
    w->job = NULL;
}
