/* Slow public-key work and durable writes, handed out by the agent and given back to it.
 *
 * The owner takes a job from mcv_agent_poll and runs it: mcv_job_run for cryptography, on any
 * thread; a store write for the other kinds. Then it gives the job back with mcv_agent_job_done on
 * the agent's thread. A job is owned by whoever runs it between the two; the agent does not touch
 * it. The keyring that was set when the job was handed out must live until the job is back. */
#ifndef MCV_AGENT_CORE_JOB_H
#define MCV_AGENT_CORE_JOB_H

#include "agent/core/limits.h"
#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/keys.h"
#include "proto/mikey_sakke.h"

#include <stdint.h>

/* X(NAME, "name") */
#define MCV_JOB_LIST(X)                                                                            \
    X(BUILD_PCK, "build_pck")         /* encapsulate and sign: mcv_job_run */                      \
    X(VERIFY, "verify")               /* ECCSI: mcv_job_run */                                     \
    X(DECAPSULATE, "decapsulate")     /* SAKKE: mcv_job_run */                                     \
    X(CLAIM_SSRC, "claim_ssrc")       /* durable: mcv_store_ssrc_claim; sets err */                \
    X(SAVE_ACCEPTED, "save_accepted") /* durable: mcv_store_accepted_save; sets err */

enum mcv_job_kind {
#define MCV_JOB_CODE(NAME, name) MCV_JOB_##NAME,
    MCV_JOB_LIST(MCV_JOB_CODE)
#undef MCV_JOB_CODE
        MCV_N_JOB_KINDS
};

const char *mcv_job_name(enum mcv_job_kind kind);

/* BUILD_PCK: everything it needs is in it or borrowed from the keyring. */
struct mcv_job_build {
    struct mcv_imsg_spec spec; /* spec.rand and spec.to point into this struct */
    uint8_t rand[MCV_MIKEY_RAND_BYTES];
    uint8_t to[MCV_MAX_URI_BYTES];
    size_t n_message;
    uint8_t message[MCV_MIKEY_MAX_BYTES];
};

struct mcv_job {
    enum mcv_job_kind kind;
    mcv_err err;        /* the outcome; written by whoever runs it */
    uint32_t token;     /* of the agent */
    uint64_t at_us;     /* when it was handed out */
    struct mcv_rng rng; /* for BUILD_PCK; usable on any thread */
    struct mcv_job_build build;
    struct mcv_imsg_job imsg;      /* VERIFY, DECAPSULATE */
    struct mcv_imsg_key key;       /* DECAPSULATE; secret */
    struct mcv_pck pck;            /* BUILD_PCK; secret */
    uint32_t gmk_id, guk_id, ssrc; /* CLAIM_SSRC */
    int64_t t_utc_s;               /* SAVE_ACCEPTED */
};

/* Runs BUILD_PCK, VERIFY or DECAPSULATE and sets job->err. 0.1 ms to 10 ms. Any thread. */
void mcv_job_run(struct mcv_job *job);

#endif
