/* Datagrams that the kernel has joined into one message, taken apart. Spec: udp(7), UDP_GRO. */
#ifndef MCV_AGENT_EDGE_GRO_H
#define MCV_AGENT_EDGE_GRO_H

#include "crypto/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* What is left of a message. An empty message is one empty datagram. */
struct mcv_gro {
    struct mcv_bytes left;
    size_t segment_bytes; /* of each datagram but the last; 0: the message is one datagram */
    bool is_done;
};

static inline struct mcv_gro mcv_gro_of(struct mcv_bytes message, size_t segment_bytes)
{
    return (struct mcv_gro){.left = message, .segment_bytes = segment_bytes};
}

/* The next datagram, in place; false: there is none. */
static inline bool mcv_gro_next(struct mcv_gro *g, struct mcv_bytes *datagram)
{
    const size_t n = g->segment_bytes == 0 || g->segment_bytes > g->left.n ? g->left.n
                                                                           : g->segment_bytes;

    if (g->is_done) return false;
    *datagram = mcv_bytes_of(g->left.p, n);
    g->is_done = n == g->left.n;
    if (!g->is_done) g->left = mcv_bytes_of(g->left.p + n, g->left.n - n);
    return true;
}

#endif
