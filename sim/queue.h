/* What happens next: one heap of a simulation, keyed (time, order).
 *
 * The order of two items of one instant is given by whoever pushes them, from what does not depend
 * on how the simulation is run: kind, agent and the agent's own count. So the same world split over
 * several processes takes the same steps. No two items may have the same key. One thread. */
#ifndef MCV_SIM_QUEUE_H
#define MCV_SIM_QUEUE_H

#include "crypto/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_queue_item {
    uint64_t at_us;
    uint64_t order; /* see mcv_queue_order */
    void *what;     /* the owner's */
    uint32_t who;   /* the owner's */
    uint8_t kind;   /* the owner's */
};

struct mcv_queue {
    struct mcv_queue_item *items;
    size_t n, cap;
};

#define MCV_QUEUE_WHO_BITS   24
#define MCV_QUEUE_COUNT_BITS 34

/* kind < 64 before who < 2^24 before count (its low 34 bits). */
static inline uint64_t mcv_queue_order(unsigned kind, uint32_t who, uint64_t count)
{
    return (uint64_t)kind << (MCV_QUEUE_WHO_BITS + MCV_QUEUE_COUNT_BITS) |
           (uint64_t)who << MCV_QUEUE_COUNT_BITS |
           (count & ((UINT64_C(1) << MCV_QUEUE_COUNT_BITS) - 1));
}

/* A zero queue is empty. MCV_E_IO: no memory; nothing changed. */
MCV_MUST_USE mcv_err mcv_queue_push(struct mcv_queue *q, const struct mcv_queue_item *item);

/* The earliest; false: empty. */
bool mcv_queue_pop(struct mcv_queue *q, struct mcv_queue_item *out);

/* NULL: empty. Valid until the next call. */
const struct mcv_queue_item *mcv_queue_first(const struct mcv_queue *q);

/* Frees the heap; what the items point to is the owner's. */
void mcv_queue_wipe(struct mcv_queue *q);

#endif
