/* Packets that wait to be sent, cut into bursts that leave with one system call each.
 *
 * A burst has packets of one socket and one priority in the order in which they came, and not more than
 * `max_pkts`: a radio is not handed more in one piece. They have one destination where UDP_SEGMENT is
 * to be used; a single packet to several receivers, and all packets where it is not, leave together. No packet waits for
 * others to come: the queue is sent when its turn of the loop ends, when it is full, and when the
 * oldest packet in it is `max_age_us` old. Nothing here touches a socket. */
#ifndef MCV_AGENT_EDGE_BURST_H
#define MCV_AGENT_EDGE_BURST_H

#include "crypto/base/bytes.h"
#include "proto/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_BURST_MAX_PKTS  64    /* of a burst and of the queue; Linux takes no more segments */
#define MCV_BURST_MAX_BYTES 64000 /* of a burst: below the largest UDP datagram */

struct mcv_burst_limits {
    uint16_t max_pkts; /* 1 .. MCV_BURST_MAX_PKTS */
    uint32_t max_age_us;
};

/* 10 packets, 2 ms. */
extern const struct mcv_burst_limits mcv_burst_limits_default;

struct mcv_burst_packet {
    void *socket; /* NULL: it is in a burst already */
    struct mcv_addr to;
    uint8_t pppp;
    bool
        is_equal; /* a burst that begins with it has one size, and only its last may be shorter: what
                    * UDP_SEGMENT needs */
    struct mcv_bytes bytes; /* borrowed until it is sent */
};

struct mcv_burst_queue {
    struct mcv_burst_packet packets[MCV_BURST_MAX_PKTS];
    size_t n, n_taken; /* taken: by mcv_burst_next, from the front without a gap */
    uint64_t since_us; /* when the first one came */
};

/* Must it be sent before something is added at this time? */
bool mcv_burst_is_due(const struct mcv_burst_queue *q, const struct mcv_burst_limits *limits,
                      uint64_t now_us);

/* The queue is not full (MCV_ASSERT). */
void mcv_burst_add(struct mcv_burst_queue *q, const struct mcv_burst_packet *packet,
                   uint64_t now_us);

struct mcv_burst {
    void *socket;
    uint8_t pppp;
    bool is_one_flow; /* one destination */
    size_t n;
    struct mcv_bytes packets[MCV_BURST_MAX_PKTS];
    const struct mcv_addr *to[MCV_BURST_MAX_PKTS]; /* in the queue */
};

/* Takes the next burst out of the queue; false: nothing is left, and the queue is empty. */
bool mcv_burst_next(struct mcv_burst *out, struct mcv_burst_queue *q,
                    const struct mcv_burst_limits *limits);

#endif
