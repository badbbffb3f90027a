/* What can be shown of a run afterwards: who was in which call and spoke when, where everybody was,
 * and how much was sent. Bounded: what comes later than the bounds is counted only. */
#ifndef MCV_SIM_STORY_H
#define MCV_SIM_STORY_H

#include "crypto/base/err.h"
#include "sim/radio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_STORY_MAX_BEATS  50000
#define MCV_STORY_MAX_PLACED 1000 /* users whose way is kept */

/* X(NAME, "word in the report") */
#define MCV_BEAT_LIST(X)                                                                           \
    X(ON, "on")                                                                                    \
    X(OFF, "off")                                                                                  \
    X(TALK, "talk")                                                                                \
    X(VIDEO, "video")                                                                              \
    X(SILENT, "silent")                                                                            \
    X(PRESS, "press")     /* the button */                                                         \
    X(RELEASE, "release") /* of a button that was pressed in vain */                               \
    X(QUEUED, "queued")                                                                            \
    X(REFUSED, "refused") /* he may not speak, or no longer */                                     \
    X(ARBITRATOR, "arbitrator")                                                                    \
    X(NO_ARBITRATOR, "no_arbitrator")                                                              \
    X(IN_CALL, "in_call") /* private; other: the peer, when known */                               \
    X(OUT_CALL, "out_call")                                                                        \
    X(IN_GROUP, "in_group") /* other: the group */                                                 \
    X(OUT_GROUP, "out_group")                                                                      \
    X(TYPE, "type") /* other: enum mcv_call_type */                                                \
    X(SIDE, "side") /* other: partition */

enum mcv_beat_what {
#define MCV_BEAT_CODE(NAME, word) MCV_BEAT_##NAME,
    MCV_BEAT_LIST(MCV_BEAT_CODE)
#undef MCV_BEAT_CODE
        MCV_N_BEATS
};

const char *mcv_beat_name(enum mcv_beat_what what);

struct mcv_beat {
    uint64_t at_us;
    uint32_t user, other;
    uint8_t what;
};

/* Sums at one time. */
struct mcv_story_sums {
    uint64_t at_us, n_sent, n_delivered, n_lost, n_bytes, air_us, job_us;
};

struct mcv_story {
    struct mcv_beat *beats;
    size_t n_beats, cap_beats;
    uint64_t n_left_out;
    struct mcv_story_sums *sums;
    struct mcv_point *places; /* n_placed for each entry of sums; NULL: no area */
    size_t n_sums, cap_sums, n_placed;
};

/* n_sums: how often mcv_story_add_sums will be called. n_placed: users with places; 0: no area.
 * MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_story_init(struct mcv_story *story, size_t n_sums, size_t n_placed);
void mcv_story_wipe(struct mcv_story *story);

void mcv_story_beat(struct mcv_story *story, uint64_t at_us, uint32_t user, enum mcv_beat_what what,
                    uint32_t other);

/* radio: where everybody is now; NULL: no area. */
void mcv_story_add_sums(struct mcv_story *story, const struct mcv_story_sums *sums,
                        struct mcv_radio *radio);

#endif
