/* Parts of one block of memory, one behind the other, each aligned as malloc does. The same walk
 * gives the size and the places. Private to agent/core. */
#ifndef MCV_AGENT_CORE_LAYOUT_H
#define MCV_AGENT_CORE_LAYOUT_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t mcv_layout_align(size_t n)
{
    return (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

/* The offset of a part of n octets; *at moves behind it. */
static inline size_t mcv_layout_add(size_t *at, size_t n)
{
    const size_t here = *at;

    *at = here + mcv_layout_align(n);
    return here;
}

static inline void *mcv_layout_at(void *mem, size_t offset)
{
    return (uint8_t *)mem + offset;
}

#endif
