#include "agent/edge/udp.h"

#include "agent/edge/gro.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Batches taken in one turn of the loop, so that timers and other sockets get theirs. */
#define BATCHES_PER_TURN 4

/* Room for the control message of UDP_GRO, an int. */
struct mcv_udp_control {
    _Alignas(struct cmsghdr) uint8_t b[CMSG_SPACE(sizeof(int))];
};

static void make_room(struct mcv_udp_batch *b, size_t i)
{
    b->messages[i].msg_hdr.msg_namelen = sizeof b->from[i];
    b->messages[i].msg_hdr.msg_controllen = sizeof b->control[i].b;
}

struct mcv_udp_batch *mcv_udp_batch_new(const struct mcv_marks *marks)
{
    struct mcv_udp_batch *b = calloc(1, sizeof *b);

    if (b == NULL) return NULL;
    b->marks = marks;
    b->sending.limits = mcv_burst_limits_default;
    b->control = calloc(MCV_UDP_BATCH, sizeof *b->control);
    b->bytes = calloc(MCV_UDP_BATCH, MCV_UDP_MAX_BYTES); /* pages come when they are written */
    if (b->control == NULL || b->bytes == NULL) {
        mcv_udp_batch_free(b);
        return NULL;
    }
    for (size_t i = 0; i < MCV_UDP_BATCH; i++) {
        b->vectors[i] = (struct iovec){.iov_base = b->bytes + i * MCV_UDP_MAX_BYTES,
                                       .iov_len = MCV_UDP_MAX_BYTES};
        b->messages[i].msg_hdr = (struct msghdr){.msg_name = &b->from[i],
                                                 .msg_iov = &b->vectors[i],
                                                 .msg_iovlen = 1,
                                                 .msg_control = b->control[i].b};
        make_room(b, i);
    }
    return b;
}

void mcv_udp_batch_set_marks(struct mcv_udp_batch *batch, const struct mcv_marks *marks)
{
    batch->marks = marks;
}

void mcv_udp_batch_set_sending(struct mcv_udp_batch *batch, const struct mcv_udp_sending *sending)
{
    batch->sending = *sending;
}

void mcv_udp_batch_set_after(struct mcv_udp_batch *batch, void (*after)(void *ctx), void *ctx)
{
    batch->after = after;
    batch->after_ctx = ctx;
}

void mcv_udp_batch_free(struct mcv_udp_batch *batch)
{
    if (batch == NULL) return;
    free(batch->control);
    free(batch->bytes);
    free(batch);
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* The system has written into the messages that it used: most often one, and the others are left alone,
 * also by the caches. */
static int take_batch(struct mcv_udp *u)
{
    struct mcv_udp_batch *b = u->batch;

    while (b->n_used > 0) make_room(b, --b->n_used);
    const int n = recvmmsg(u->fd, b->messages, MCV_UDP_BATCH, MSG_DONTWAIT, NULL);
    if (n > 0) b->n_used = (size_t)n;
    return n;
}

/* 0: the message is one datagram. */
static size_t segment_of(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        int n = 0;
        if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO) continue;
        memcpy(&n, CMSG_DATA(c), sizeof n);
        return n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static void hand_over(struct mcv_udp *u, size_t i)
{
    struct mcv_udp_batch *b = u->batch;
    const struct mcv_addr from = mcv_sock_addr_of(&b->from[i]);
    const uint8_t *bytes = b->bytes + i * MCV_UDP_MAX_BYTES;
    struct mcv_gro g = mcv_gro_of(mcv_bytes_of(bytes, b->messages[i].msg_len),
                                  segment_of(&b->messages[i].msg_hdr));
    struct mcv_bytes datagram;

    while (u->fd >= 0 && mcv_gro_next(&g, &datagram)) u->receive(u->ctx, &from, datagram);
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
        for (int i = 0; i < n; i++) hand_over(u, (size_t)i);
        if (n > 0 && b->after != NULL) b->after(b->after_ctx);
        if (n < MCV_UDP_BATCH || u->fd < 0) return;
    }
}

/* ---- opened and closed --------------------------------------------------------------------- */

static bool is_loopback(const struct mcv_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->family == MCV_IPV4 ? a->b[0] == 127 : memcmp(a->b, one, sizeof one) == 0;
}

static enum mcv_udp_path path_for(const struct mcv_udp_sending *s, const struct mcv_addr *bound)
{
    if (s->path == MCV_UDP_GSO && !s->is_gso_on_loopback && is_loopback(bound)) return MCV_UDP_MMSG;
    return s->path;
}

mcv_err mcv_udp_start(struct mcv_udp **out, uv_loop_t *loop, struct mcv_udp_batch *batch, int fd,
                      const struct mcv_addr *bound, mcv_udp_receive *receive, void *ctx)
{
    struct mcv_udp *u = calloc(1, sizeof *u);
    const int on = 1;

    *out = NULL;
    if (u == NULL || uv_poll_init(loop, &u->poll, fd) != 0) {
        free(u);
        close(fd);
        return MCV_E_IO;
    }
    (void)setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on); /* without it one by one */
    u->poll.data = u;
    u->batch = batch;
    u->receive = receive;
    u->ctx = ctx;
    u->bound = *bound;
    u->fd = fd;
    u->path = path_for(&batch->sending, bound);
    u->max_segment_bytes = UINT16_MAX;
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
    mcv_udp_flush(u->batch);
    uv_poll_stop(&u->poll);
    close(u->fd);
    u->fd = -1;
    uv_close((uv_handle_t *)&u->poll, on_closed);
}
