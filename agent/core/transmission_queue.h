/* Requests that wait for permission, with the arbitrator: by rank, then by arrival.
 * Private to agent/core. Spec: TS 24.581 7 and 9.2.3.5. */
#ifndef MCV_AGENT_CORE_TRANSMISSION_QUEUE_H
#define MCV_AGENT_CORE_TRANSMISSION_QUEUE_H

#include "agent/core/transmission_tx.h"

struct mcv_waiting {
    uint32_t ssrc; /* of his messages */
    uint16_t rank;
    struct mcv_member who;
};

struct mcv_queue {
    struct mcv_waiting *w; /* the first one is next */
    uint16_t n, n_max;
};

void mcv_queue_init(struct mcv_queue *q, void *mem, uint16_t n_max);
void mcv_queue_forget(struct mcv_queue *q);

/* Behind all of the same or a higher rank. The position, 1 is next; 0: full. */
uint16_t mcv_queue_put(struct mcv_queue *q, const struct mcv_waiting *w);

/* In front of all; the last one gives way when it is full. */
void mcv_queue_put_first(struct mcv_queue *q, const struct mcv_waiting *w);

void mcv_queue_remove(struct mcv_queue *q, uint16_t i);

#endif
