/* How often a thing may happen: a bucket of `burst` tokens, one more every `every_us`. It bounds what
 * unauthenticated messages can make us do. Private to agent/core. */
#ifndef MCV_AGENT_CORE_PACE_H
#define MCV_AGENT_CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct mcv_pace {
    uint64_t full_at_us; /* when all tokens are back; zero: they are */
};

/* Takes a token; false: there is none. burst >= 1. */
static inline bool mcv_pace_take(struct mcv_pace *p, uint64_t now_us, uint64_t every_us,
                                 uint32_t burst)
{
    const uint64_t full_at_us = p->full_at_us > now_us ? p->full_at_us : now_us;

    if (full_at_us - now_us > (burst - 1) * every_us) return false;
    p->full_at_us = full_at_us + every_us;
    return true;
}

#endif
