/* One UDP socket on the loop: batches in, bursts out.
 *
 * Receiving takes up to MCV_UDP_BATCH messages per system call into buffers that all sockets of a
 * loop share, each message up to 64 kB: one datagram, or equal ones that the kernel has joined
 * (UDP_GRO). They are handed over one by one, where they lie. Sending puts packets into a queue
 * without a copy (burst.h); a burst leaves by the fastest path that the system takes:
 *   gso       one sendmsg with UDP_SEGMENT, which kernel or device cut into packets again
 *   sendmmsg  one system call for the burst
 *   plain     one sendto per packet
 * Which one is decided at start by a probe; a burst that the system does not take is sent again by
 * the next one. No allocation per packet. */
#ifndef MCV_AGENT_EDGE_UDP_H
#define MCV_AGENT_EDGE_UDP_H

#include "agent/edge/burst.h"
#include "agent/edge/sock.h"
#include "crypto/base/bytes.h"

#include <uv.h>

#define MCV_UDP_BATCH     16    /* messages of one system call */
#define MCV_UDP_MAX_BYTES 65536 /* of one message: no datagram is longer */

enum mcv_udp_path { MCV_UDP_PLAIN, MCV_UDP_MMSG, MCV_UDP_GSO };

/* "plain", "sendmmsg", "gso"; static. */
const char *mcv_udp_path_name(enum mcv_udp_path path);

/* How packets leave. */
struct mcv_udp_sending {
    enum mcv_udp_path path;  /* the fastest that may be used */
    bool is_gso_on_loopback; /* also on sockets with a loopback address: a capture there then shows
                              * a burst as one datagram */
    struct mcv_burst_limits limits;
};

/* What the system offers. */
struct mcv_udp_facts {
    enum mcv_udp_path path; /* the fastest that it takes, not more than was asked for */
    bool has_gro;
    bool has_multicast; /* a datagram to a group came back: the stack of this machine alone */
    int receive_bytes;  /* of a receive buffer, of MCV_SOCK_RECEIVE_BYTES that are asked for */
};

/* Tries it on the interface with multicast of TTL 0, which never leaves this machine.
 * own   an own address: its family is tried. path: the fastest to try. */
void mcv_udp_probe(struct mcv_udp_facts *out, const struct mcv_addr *own,
                   const struct mcv_netif *iface, enum mcv_udp_path path);

struct mcv_udp_batch; /* the shared buffers, and what waits to be sent */

/* marks  borrowed: how packets of each priority are marked. NULL: no memory. Sending: plain, until
 * set otherwise for the sockets that are opened from then on. */
struct mcv_udp_batch *mcv_udp_batch_new(const struct mcv_marks *marks);
void mcv_udp_batch_set_marks(struct mcv_udp_batch *batch, const struct mcv_marks *marks);
void mcv_udp_batch_set_sending(struct mcv_udp_batch *batch, const struct mcv_udp_sending *sending);
void mcv_udp_batch_free(struct mcv_udp_batch *batch);

/* after  called when what one system call brought is handed over; NULL: not called. */
void mcv_udp_batch_set_after(struct mcv_udp_batch *batch, void (*after)(void *ctx), void *ctx);

/* bytes are valid during the call, and until `after` has returned. The socket may be closed in it. */
typedef void mcv_udp_receive(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes);

struct mcv_udp {
    uv_poll_t poll;
    struct mcv_udp_batch *batch;
    mcv_udp_receive *receive;
    void *ctx;
    struct mcv_addr bound;
    uint64_t n_send_failed;
    uint64_t n_bursts[MCV_UDP_GSO + 1]; /* system calls that took something, by path */
    int fd;
    enum mcv_udp_path path;
    size_t max_segment_bytes; /* of UDP_SEGMENT: longer packets did not fit the interface */
    uint8_t pppp;             /* that the socket has now; 0: not set */
};

/* Starts to listen on fd, which the object owns from now on; also when this fails.
 * out  NULL unless MCV_OK; give it to mcv_udp_close. MCV_E_IO, MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_udp_start(struct mcv_udp **out, uv_loop_t *loop,
                                   struct mcv_udp_batch *batch, int fd,
                                   const struct mcv_addr *bound, mcv_udp_receive *receive,
                                   void *ctx);

/* Sends what waits and closes it; its memory is freed by the loop. NULL is allowed. */
void mcv_udp_close(struct mcv_udp *u);

/* Queues one datagram at this priority. bytes: borrowed until mcv_udp_flush. What the system does
 * not take is counted: the medium loses packets anyway. */
void mcv_udp_send(struct mcv_udp *u, const struct mcv_addr *to, uint8_t pppp,
                  struct mcv_bytes bytes);

/* Sends all that waits on the sockets of this batch. */
void mcv_udp_flush(struct mcv_udp_batch *batch);

/* ---- private to udp*.c --------------------------------------------------------------------- */

struct mcv_udp_batch {
    const struct mcv_marks *marks;
    struct mcv_udp_sending sending;
    struct mcv_burst_queue queue;
    void (*after)(void *ctx);
    void *after_ctx;
    struct mmsghdr messages[MCV_UDP_BATCH];
    size_t n_used; /* of them, by the last system call */
    struct iovec vectors[MCV_UDP_BATCH];
    struct sockaddr_storage from[MCV_UDP_BATCH];
    struct mcv_udp_control *control; /* of each message */
    uint8_t *bytes;                  /* MCV_UDP_BATCH x MCV_UDP_MAX_BYTES */
};

/* Octets of UDP_SEGMENT as a control message; its length. */
#define MCV_UDP_CONTROL_BYTES 64
size_t mcv_udp_segment_control(uint8_t out[static MCV_UDP_CONTROL_BYTES], uint16_t segment_bytes);

#endif
