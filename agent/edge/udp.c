#include "agent/edge/udp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Batches taken in one turn of the loop, so that timers and other sockets get theirs. */
#define BATCHES_PER_TURN 4

struct mcv_udp_batch {
    const struct mcv_marks *marks;
    struct mmsghdr messages[MCV_UDP_BATCH];
    struct iovec vectors[MCV_UDP_BATCH];
    struct sockaddr_storage from[MCV_UDP_BATCH];
    uint8_t bytes[MCV_UDP_BATCH][MCV_UDP_MAX_BYTES];
};

struct mcv_udp_batch *mcv_udp_batch_new(const struct mcv_marks *marks)
{
    struct mcv_udp_batch *b = calloc(1, sizeof *b);

    if (b == NULL) return NULL;
    b->marks = marks;
    for (size_t i = 0; i < MCV_UDP_BATCH; i++) {
        b->vectors[i] = (struct iovec){.iov_base = b->bytes[i], .iov_len = MCV_UDP_MAX_BYTES};
        b->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &b->from[i], .msg_iov = &b->vectors[i], .msg_iovlen = 1};
    }
    return b;
}

void mcv_udp_batch_set_marks(struct mcv_udp_batch *batch, const struct mcv_marks *marks)
{
    batch->marks = marks;
}

void mcv_udp_batch_free(struct mcv_udp_batch *batch)
{
    free(batch);
}

static int take_batch(struct mcv_udp *u)
{
    struct mcv_udp_batch *b = u->batch;

    for (size_t i = 0; i < MCV_UDP_BATCH; i++)
        b->messages[i].msg_hdr.msg_namelen = sizeof b->from[i];
    return recvmmsg(u->fd, b->messages, MCV_UDP_BATCH, MSG_DONTWAIT, NULL);
}

/* A receiver may close the socket (its memory stays until the loop turns): then the rest of the
 * batch is nobody's. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct mcv_udp *u = poll->data;
    struct mcv_udp_batch *b = u->batch;

    if (status < 0 || (events & UV_READABLE) == 0) return;
    for (unsigned turn = 0; turn < BATCHES_PER_TURN; turn++) {
        const int n = take_batch(u);
        for (int i = 0; i < n && u->fd >= 0; i++) {
            const struct mcv_addr from = mcv_sock_addr_of(&b->from[i]);
            u->receive(u->ctx, &from, mcv_bytes_of(b->bytes[i], b->messages[i].msg_len));
        }
        if (n < MCV_UDP_BATCH || u->fd < 0) return;
    }
}

mcv_err mcv_udp_start(struct mcv_udp **out, uv_loop_t *loop, struct mcv_udp_batch *batch, int fd,
                      const struct mcv_addr *bound, mcv_udp_receive *receive, void *ctx)
{
    struct mcv_udp *u = calloc(1, sizeof *u);

    *out = NULL;
    if (u == NULL || uv_poll_init(loop, &u->poll, fd) != 0) {
        free(u);
        close(fd);
        return MCV_E_IO;
    }
    u->poll.data = u;
    u->batch = batch;
    u->receive = receive;
    u->ctx = ctx;
    u->bound = *bound;
    u->fd = fd;
    if (uv_poll_start(&u->poll, UV_READABLE, on_readable) != 0) {
        mcv_udp_close(u);
        return MCV_E_IO;
    }
    *out = u;
    return MCV_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void mcv_udp_close(struct mcv_udp *u)
{
    if (u == NULL) return;
    uv_poll_stop(&u->poll);
    close(u->fd);
    u->fd = -1;
    uv_close((uv_handle_t *)&u->poll, on_closed);
}

mcv_err mcv_udp_send(struct mcv_udp *u, const struct mcv_addr *to, uint8_t pppp,
                     struct mcv_bytes bytes)
{
    struct sockaddr_storage sa;
    const socklen_t n = mcv_sock_addr(&sa, to);

    if (pppp != u->pppp) {
        mcv_sock_priority(u->fd, u->bound.family, u->batch->marks, pppp);
        u->pppp = pppp;
    }
    if (sendto(u->fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&sa,
               n) == (ssize_t)bytes.n)
        return MCV_OK;
    u->n_send_failed++;
    return MCV_E_IO;
}
