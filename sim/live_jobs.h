/* Public-key work of all agents in the threads of the loop. */
#ifndef MCV_SIM_LIVE_JOBS_H
#define MCV_SIM_LIVE_JOBS_H

#include "agent/core/job.h"

#include <uv.h>

struct mcv_live_jobs;

/* On the loop. wait_us: from mcv_live_jobs_run until a thread took it. */
typedef void mcv_live_jobs_done(void *ctx, uint32_t agent, struct mcv_job *job, uint64_t wait_us);

/* NULL: no memory. */
struct mcv_live_jobs *mcv_live_jobs_new(uv_loop_t *loop, mcv_live_jobs_done *done, void *ctx);
void mcv_live_jobs_free(struct mcv_live_jobs *jobs); /* when none is out; NULL is allowed */

/* false: no memory; nothing was begun. */
MCV_MUST_USE bool mcv_live_jobs_run(struct mcv_live_jobs *jobs, uint32_t agent,
                                    struct mcv_job *job);

/* Returns when no thread works on it any more; it does not come back. */
void mcv_live_jobs_recall(struct mcv_live_jobs *jobs, struct mcv_job *job);

#endif
