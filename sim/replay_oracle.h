/* What a record says in place of randomness and of keys. Private to sim/replay*. */
#ifndef MCV_SIM_REPLAY_ORACLE_H
#define MCV_SIM_REPLAY_ORACLE_H

#include "agent/store/arena.h"
#include "crypto/srtp_backend.h"
#include "proto/schema/record.pb-c.h"
#include "sim/prng.h"

struct mcv_replay_salt {
    struct mcv_replay_salt *next;
    uint32_t gmk_id, salt;
    mcv_err err;
    struct mcv_bytes user;
};

struct mcv_replay_choice {
    struct mcv_replay_choice *next;
    uint64_t frame; /* its number */
    uint32_t value, bound;
};

struct mcv_replay_oracle {
    struct mcv_srtp_backend srtp; /* first: answers with verdicts */
    struct mcv_prng prng;         /* what is not in the record */
    struct mcv_replay_salt *salts;
    struct mcv_replay_choice *choices, **last_choice; /* not yet made, in order */
    uint64_t n_frames, number;                        /* of the one under way; 1 is the first */
    const Mcv__RecordFrame *frame;                    /* under way; NULL: none */
    size_t n_draws, n_verdicts;                       /* used of it */
    uint64_t n_beyond; /* asked for something that the record does not have */
};

void mcv_replay_oracle_init(struct mcv_replay_oracle *o);

/* Takes the salts and choices of the next frame; arena: where they are kept. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_replay_oracle_learn(struct mcv_replay_oracle *o, struct mcv_arena *arena,
                                             const Mcv__RecordFrame *frame);

/* From now on the next frame answers, which is this one. A choice is that of the frame; with changes it
 * may be made before or after its frame: then the first of the same bound that was not made yet. */
void mcv_replay_oracle_turn(struct mcv_replay_oracle *o, const Mcv__RecordFrame *frame);

/* It is over. */
void mcv_replay_oracle_pause(struct mcv_replay_oracle *o);

struct mcv_rng mcv_replay_oracle_rng(struct mcv_replay_oracle *o);

#endif
