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
    b->to[b->n] = &p->to;
    b->packets[b->n++] = p->bytes;
    p->socket = NULL;
}

/* Of the same size and to the same receiver, the last may be shorter: for UDP_SEGMENT. A packet of this
 * flow that does not fit ends the burst, one of another flow does not. */
static void take_equal(struct mcv_burst *b, struct mcv_burst_queue *q, size_t max_pkts)
{
    const size_t size = b->packets[0].n;
    size_t total = size;

    for (size_t i = q->n_taken + 1; i < q->n && b->n < max_pkts && size > 0; i++) {
        struct mcv_burst_packet *p = &q->packets[i];
        if (p->socket != b->socket || p->pppp != b->pppp || !mcv_addr_equal(&p->to, b->to[0]))
            continue;
        total += p->bytes.n;
        if (total > MCV_BURST_MAX_BYTES || p->bytes.n > size) break;
        take(b, p);
        if (p->bytes.n < size) break;
    }
}

static bool is_to_nobody_of(const struct mcv_burst *b, const struct mcv_burst_packet *p)
{
    for (size_t i = 0; i < b->n; i++)
        if (mcv_addr_equal(b->to[i], &p->to)) return false;
    return true;
}

/* To any receivers; of packets that could use UDP_SEGMENT only the first to each. */
static void take_any(struct mcv_burst *b, struct mcv_burst_queue *q, size_t max_pkts)
{
    for (size_t i = q->n_taken + 1; i < q->n && b->n < max_pkts; i++) {
        struct mcv_burst_packet *p = &q->packets[i];
        if (p->socket != b->socket || p->pppp != b->pppp) continue;
        if (p->is_equal && !is_to_nobody_of(b, p)) continue;
        if (!mcv_addr_equal(&p->to, b->to[0])) b->is_one_flow = false;
        take(b, p);
    }
}

/* The queue begins with a packet that is not taken. */
bool mcv_burst_next(struct mcv_burst *out, struct mcv_burst_queue *q,
                    const struct mcv_burst_limits *limits)
{
    while (q->n_taken < q->n && q->packets[q->n_taken].socket == NULL) q->n_taken++;
    if (q->n_taken == q->n) {
        q->n = q->n_taken = 0;
        return false;
    }
    struct mcv_burst_packet *first = &q->packets[q->n_taken];
    const bool is_equal = first->is_equal;

    out->socket = first->socket;
    out->pppp = first->pppp;
    out->is_one_flow = true;
    out->n = 0;
    take(out, first);
    if (is_equal) take_equal(out, q, limits->max_pkts);
    if (out->n == 1) take_any(out, q, limits->max_pkts);
    return true;
}
