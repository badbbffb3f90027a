#include "agent/core/transmission_queue.h"

#include "crypto/base/err.h"

#include <string.h>

void mcv_queue_init(struct mcv_queue *q, void *mem, uint16_t n_max)
{
    *q = (struct mcv_queue){.w = mem, .n_max = n_max};
}

void mcv_queue_forget(struct mcv_queue *q)
{
    q->n = 0;
}

static void insert(struct mcv_queue *q, uint16_t at, const struct mcv_waiting *w)
{
    memmove(q->w + at + 1, q->w + at, (size_t)(q->n - at) * sizeof *q->w);
    q->w[at] = *w;
    q->n++;
}

uint16_t mcv_queue_put(struct mcv_queue *q, const struct mcv_waiting *w)
{
    uint16_t at = q->n;

    if (q->n == q->n_max) return 0;
    while (at > 0 && q->w[at - 1].rank < w->rank) at--;
    insert(q, at, w);
    return (uint16_t)(at + 1);
}

void mcv_queue_put_first(struct mcv_queue *q, const struct mcv_waiting *w)
{
    MCV_ASSERT(q->n_max > 0);
    if (q->n == q->n_max) q->n--;
    insert(q, 0, w);
}

void mcv_queue_remove(struct mcv_queue *q, uint16_t i)
{
    MCV_ASSERT(i < q->n);
    q->n--;
    memmove(q->w + i, q->w + i + 1, (size_t)(q->n - i) * sizeof *q->w);
}
