/* Jobs of a replay: the record has what came of them. Private to sim/replay*.
 *
 * Where something was changed a job may be handed out later than the record ends it, or never have been:
 * a result that comes too early is kept for the job of its kind and token, and writes that the record
 * knows nothing of succeed. Work with keys that it knows nothing of is not done. */
#ifndef MCV_SIM_REPLAY_JOBS_H
#define MCV_SIM_REPLAY_JOBS_H

#include "agent/core/agent.h"
#include "agent/store/arena.h"
#include "proto/schema/record.pb-c.h"

#define MCV_REPLAY_MAX_JOBS UINT8_MAX /* more than any agent hands out */

struct mcv_replay_early {
    struct mcv_replay_early *next;
    const Mcv__RecordJob *result;
};

struct mcv_replay_jobs {
    struct mcv_job *out[MCV_REPLAY_MAX_JOBS];
    size_t n_out;
    uint64_t n_handed_out[MCV_N_JOB_KINDS], n_recorded[MCV_N_JOB_KINDS];
    struct mcv_replay_early *early; /* the last one first */
};

/* Before the replay, with every frame. */
void mcv_replay_jobs_learn(struct mcv_replay_jobs *j, const Mcv__RecordFrame *frame);

/* The agent handed it out. */
void mcv_replay_jobs_add(struct mcv_replay_jobs *j, struct mcv_job *job);

/* The job that this result is of, with it: to be given back to the agent.
 * *job  NULL: it is not out. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_replay_jobs_take(struct mcv_replay_jobs *j, struct mcv_job **job,
                                          const Mcv__RecordJob *result);

/* Keeps a result whose job is not out. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_replay_jobs_keep(struct mcv_replay_jobs *j, struct mcv_arena *arena,
                                          const Mcv__RecordJob *result);

/* A job that is out and need not wait, with its result. *job  NULL: there is none. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_replay_jobs_ready(struct mcv_replay_jobs *j, struct mcv_job **job);

/* Any job that is out; NULL: none. */
struct mcv_job *mcv_replay_jobs_any(struct mcv_replay_jobs *j);

#endif
