#include "agent/edge/burst.h"

#include "crypto/base/err.h"

const struct mcv_burst_limits mcv_burst_limits_default = {.max_pkts = 10, .max_age_us = 2000};

bool mcv_burst_is_due(const struct mcv_burst_queue *q, const struct mcv_burst_limits *limits,
                      uint64_t now_us)
{
    return q->n == MCV_BURST_MAX_PKTS || (q->n > 0 && now_us - q->since_us >= limits->max_age_us);
}

void mcv_burst_add(struct mcv_burst_queue *q, const struct mcv_burst_packet *packet,
                   uint64_t now_us)
{
    MCV_ASSERT(q->n < MCV_BURST_MAX_PKTS && packet->socket != NULL);
    if (q->n == 0) q->since_us = now_us;
    q->packets[q->n++] = *packet;
}

static void take(struct mcv_burst *b, struct mcv_burst_packet *p)
{
    b->packets[b->n++] = p->bytes;
    p->socket = NULL;
}

/* The queue begins with a packet that is not taken; another flow between two packets of one does
 * not end a burst, a packet of the same flow that does not fit ends it. */
bool mcv_burst_next(struct mcv_burst *out, struct mcv_burst_queue *q,
                    const struct mcv_burst_limits *limits)
{
    while (q->n_taken < q->n && q->packets[q->n_taken].socket == NULL) q->n_taken++;
    if (q->n_taken == q->n) {
        q->n = q->n_taken = 0;
        return false;
    }
    struct mcv_burst_packet *first = &q->packets[q->n_taken];
    const size_t size = first->bytes.n;
    const bool is_equal = first->is_equal;
    size_t total = size;

    out->socket = first->socket;
    out->to = &first->to;
    out->pppp = first->pppp;
    out->n = 0;
    take(out, first);
    for (size_t i = q->n_taken + 1; i < q->n && out->n < limits->max_pkts; i++) {
        struct mcv_burst_packet *p = &q->packets[i];
        if (p->socket != out->socket || p->pppp != out->pppp || !mcv_addr_equal(&p->to, out->to))
            continue;
        total += p->bytes.n;
        if (total > MCV_BURST_MAX_BYTES || (is_equal && (size == 0 || p->bytes.n > size))) break;
        take(out, p);
        if (is_equal && p->bytes.n < size) break;
    }
    return true;
}
