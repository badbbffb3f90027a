/* A flight record played back: the shipped core takes the recorded inputs again at their times.
 *
 * Without changes the outputs are compared with the recorded ones, turn by turn, and when the next timer
 * is due: bit for bit for a full record; for a redacted one states, timers, events, message types, sizes
 * and destinations. With changes (packets lost, other timers) it tells what would have happened: choices,
 * verdicts and results of jobs are those of the record as far as it goes, a timer that the change does
 * not touch runs when it ran, others when they are due, and nothing is compared. What others would have
 * answered is not known: their packets come as they came. */
#ifndef MCV_SIM_REPLAY_H
#define MCV_SIM_REPLAY_H

#include "agent/core/agent.h"
#include "sim/replay_file.h"

#define MCV_REPLAY_MAX_SETS 16

struct mcv_replay_changes {
    uint32_t loss_ppm; /* of received datagrams */
    uint64_t seed;     /* which of them */
    size_t n_timers;
    const struct mcv_timer_row *timers[MCV_REPLAY_MAX_SETS];
    uint32_t values[MCV_REPLAY_MAX_SETS];
};

static inline bool mcv_replay_is_changed(const struct mcv_replay_changes *c)
{
    return c->loss_ppm > 0 || c->n_timers > 0;
}

struct mcv_replay_counts {
    uint64_t n_inputs, n_dropped, n_outputs;
    uint64_t events[MCV_N_EVENTS];
    uint64_t monp[256]; /* messages sent, by type */
    uint64_t media;     /* packets sent on other channels */
    uint64_t local;     /* packets for applications */
    uint64_t n_beyond;  /* choices, verdicts and jobs that the record does not have */
};

struct mcv_replay_result {
    struct mcv_replay_counts counts;
    bool is_same;               /* as recorded; false too when it was not compared */
    bool is_whole;              /* the record has its end */
    uint64_t first_us, last_us; /* monotonic time of its first and last frame */
    uint64_t differs_at_us;     /* the first turn that differs */
    char why_ended[128];
};

/* What is told while it plays; both may be NULL. Texts are from a file: print them escaped. */
struct mcv_replay_listener {
    void (*input)(void *ctx, uint64_t at_us, const Mcv__RecordFrame *frame, bool is_dropped);
    void (*output)(void *ctx, uint64_t at_us, const struct mcv_out *out);
    void *ctx;
};

/* Plays the file from its beginning.
 * MCV_E_TRUNCATED: the file ends within a frame; the result is that of the frames before.
 * MCV_E_MALFORMED, MCV_E_UNSUPPORTED: damaged, or of another version. MCV_E_CONFIG: its configuration
 * cannot be used here. MCV_E_FULL: no memory. */
MCV_MUST_USE mcv_err mcv_replay_run(struct mcv_replay_result *result, struct mcv_replay_file *file,
                                    const struct mcv_replay_changes *changes,
                                    const struct mcv_replay_listener *listener,
                                    struct mcv_why *why);

#endif
