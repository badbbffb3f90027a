/* Slow public-key work on the threads of the loop, so that media never waits for a pairing.
 *
 * A job holds the keys that it uses: an import or zeroize meanwhile does not take them away. */
#ifndef MCV_AGENT_EDGE_JOBS_H
#define MCV_AGENT_EDGE_JOBS_H

#include "agent/core/job.h"
#include "agent/store/store.h"

#include <uv.h>

typedef void mcv_jobs_done(void *ctx, struct mcv_job *job);

struct mcv_jobs;

/* NULL: no memory. done runs on the loop. */
struct mcv_jobs *mcv_jobs_new(uv_loop_t *loop, struct mcv_store *store, mcv_jobs_done *done,
                              void *ctx);

/* No job may be under way. NULL is allowed. */
void mcv_jobs_free(struct mcv_jobs *jobs);

/* Queues a job of the kinds that mcv_job_run does; it comes back through done, always. */
void mcv_jobs_run(struct mcv_jobs *jobs, struct mcv_job *job);

/* Jobs under way. */
unsigned mcv_jobs_n(const struct mcv_jobs *jobs);

/* Jobs of a kind that were queued since the start. */
uint64_t mcv_jobs_n_queued(const struct mcv_jobs *jobs, enum mcv_job_kind kind);

#endif
