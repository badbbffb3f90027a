/* One UDP socket on the loop: batches in, single datagrams out.
 *
 * Receiving takes up to MCV_UDP_BATCH datagrams per system call into buffers that all sockets of a
 * loop share, and hands them over one by one. No allocation per packet. */
#ifndef MCV_AGENT_EDGE_UDP_H
#define MCV_AGENT_EDGE_UDP_H

#include "agent/edge/sock.h"
#include "crypto/base/bytes.h"

#include <uv.h>

#define MCV_UDP_BATCH 16
#define MCV_UDP_MAX_BYTES                                                                          \
    9216 /* a MONP message of 8 kB; longer datagrams are cut and do not decode */

struct mcv_udp_batch; /* the shared buffers */

/* marks  borrowed: how packets of each priority are marked. NULL: no memory. */
struct mcv_udp_batch *mcv_udp_batch_new(const struct mcv_marks *marks);
void mcv_udp_batch_set_marks(struct mcv_udp_batch *batch, const struct mcv_marks *marks);
void mcv_udp_batch_free(struct mcv_udp_batch *batch);

/* bytes are valid during the call. The socket may be closed in it. */
typedef void mcv_udp_receive(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes);

struct mcv_udp {
    uv_poll_t poll;
    struct mcv_udp_batch *batch;
    mcv_udp_receive *receive;
    void *ctx;
    struct mcv_addr bound;
    uint64_t n_send_failed;
    int fd;
    uint8_t pppp; /* that the socket has now; 0: not set */
};

/* Starts to listen on fd, which the object owns from now on; also when this fails.
 * out  NULL unless MCV_OK; give it to mcv_udp_close. MCV_E_IO, MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_udp_start(struct mcv_udp **out, uv_loop_t *loop,
                                   struct mcv_udp_batch *batch, int fd,
                                   const struct mcv_addr *bound, mcv_udp_receive *receive,
                                   void *ctx);

/* Closes it; its memory is freed by the loop. NULL is allowed. */
void mcv_udp_close(struct mcv_udp *u);

/* Sends one datagram at this priority. MCV_E_IO: the system did not take it (counted): the medium
 * loses packets anyway. */
mcv_err mcv_udp_send(struct mcv_udp *u, const struct mcv_addr *to, uint8_t pppp,
                     struct mcv_bytes bytes);

#endif
