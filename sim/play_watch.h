/* Who may transmit and who arbitrates, as it is noted. Private to sim/play*.c. */
#ifndef MCV_SIM_PLAY_WATCH_H
#define MCV_SIM_PLAY_WATCH_H

#include "sim/radio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mcv_watch_what {
    MCV_WATCH_HOLD,  /* may transmit in the call of the group; is_arbitrator */
    MCV_WATCH_LEAVE, /* no longer in this call, or (MCV_NOBODY) in any */
    MCV_WATCH_SIDE,  /* of a partition */
    MCV_WATCH_MOVE,
};

/* Plain data: it travels between processes of one program. */
struct mcv_watch_note {
    uint64_t at_us, number; /* number: of its process */
    uint64_t for_us;
    uint32_t user, call, group;
    struct mcv_point point;
    uint16_t side;
    uint8_t what; /* enum mcv_watch_what */
    bool is_arbitrator;
};

/* Somebody who may transmit in a group call. */
struct mcv_holder {
    struct mcv_holder *next;
    uint32_t user, call;
    bool is_arbitrator;
};

struct mcv_watch_group {
    struct mcv_holder *holders;
    uint64_t too_many_us, two_arbitrators_us; /* since when, + 1; 0: not now */
    bool is_touched;
};

struct mcv_watch {
    struct mcv_watch_note *notes;
    size_t n, cap;
    uint64_t n_noted;
    struct mcv_watch_group *groups;
    uint32_t *touched; /* groups to look at when the instant is over */
    size_t n_touched;
    uint16_t *sides;  /* by user */
    uint8_t *n_holds; /* by user: group calls in which he may transmit */
    struct mcv_holder *free_holders;
    struct mcv_radio *radio; /* one of its own: it is asked later than that of the world */
};

#endif
