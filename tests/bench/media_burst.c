#include "agent/edge/udp.h"
#include "tests/bench/bench_media.h"
#include "tests/support/srtp_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAYLOAD 1200
#define BURST   10
#define N       200 /* packets of a batch: whole bursts */
#define PORT    18830

/* One sender and one receiver in a group of their own on loopback. */
struct side {
    uv_loop_t loop;
    struct mcv_addr group;
    uint8_t packets[N][FIX_MAX_PACKET], sealed[N][FIX_MAX_PACKET];
    uint16_t seq;
    unsigned n_heard;
    /* ours */
    struct mcv_udp_batch *batch;
    struct mcv_udp *udp_tx, *udp_rx;
    struct mcv_srtp_tx tx;
    struct mcv_srtp_rx *rx;
    /* libsrtp2 and libuv */
    uv_udp_t uv_tx, uv_rx;
    srtp_t lib_tx, lib_rx;
    struct sockaddr_storage to;
};

enum { SENDING, RECEIVING, N_JOBS };
static struct side ours[N_JOBS], theirs[N_JOBS];

static void make(struct side *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct fix_rtp rtp;
        fix_rtp(&rtp, MCV_BENCH_SSRC, s->seq++, 0, PAYLOAD);
        memcpy(s->packets[i], rtp.b, rtp.packet.bytes.n);
    }
}

static void open_sockets(struct side *s, int fds[2], uint8_t host)
{
    const struct mcv_addr tx = {.family = MCV_IPV4, .b = {127, 31, 9, host}};
    const struct mcv_addr rx = {.family = MCV_IPV4, .b = {127, 31, 10, host}};
    struct mcv_netif lo;
    struct mcv_why why;

    s->group = (struct mcv_addr){.family = MCV_IPV4, .b = {239, 31, 9, host}, .port = PORT};
    mcv_bench_check(mcv_netif_find(&lo, "lo", &why) == MCV_OK &&
                        mcv_sock_unicast(&fds[0], &tx, &lo, &why) == MCV_OK &&
                        mcv_sock_group(&fds[1], &s->group, &rx, &lo, &why) == MCV_OK &&
                        uv_loop_init(&s->loop) == 0,
                    "sockets");
}

/* ---- ours ---------------------------------------------------------------------------------- */

static void our_receive(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes)
{
    static uint8_t out[FIX_MAX_PACKET];
    struct side *s = ctx;
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;

    (void)from;
    s->n_heard++;
    if (s == &ours[SENDING]) return; /* only emptied there */
    const struct mcv_srtp_packet p = fix_parse(bytes);
    mcv_bench_check(mcv_srtp_rx_open(s->rx, &origin, &plain, out, sizeof out, &p) == MCV_OK,
                    "open");
}

static void our_open(struct side *s, uint8_t host)
{
    const struct mcv_udp_sending sending = {
        .path = MCV_UDP_GSO, .is_gso_on_loopback = true, .limits = mcv_burst_limits_default};
    const struct mcv_srtp_backend *backend = fix_backend("openssl");
    struct mcv_addr own = {.family = MCV_IPV4, .b = {127, 31, 9, host}};
    int fds[2];

    open_sockets(s, fds, host);
    s->batch = mcv_udp_batch_new(&mcv_marks_default);
    mcv_bench_check(s->batch != NULL, "memory");
    mcv_udp_batch_set_sending(s->batch, &sending);
    mcv_bench_check(
        mcv_udp_start(&s->udp_tx, &s->loop, s->batch, fds[0], &own, our_receive, s) == MCV_OK &&
            mcv_udp_start(&s->udp_rx, &s->loop, s->batch, fds[1], &s->group, our_receive, s) ==
                MCV_OK,
        "udp");
    fix_group_tx(&s->tx, backend, "sip:alice@example.org", MCV_BENCH_SSRC, 1);
    s->rx = fix_group_rx(backend, (struct mcv_srtp_rx_limits){2, 64, 128}, 1);
}

static void our_send(void *ctx, unsigned n)
{
    struct side *s = ctx;
    struct mcv_bytes sealed;

    for (unsigned i = 0; i < n; i++) {
        const struct mcv_srtp_packet p = fix_parse(mcv_bytes_of(s->packets[i], 12 + PAYLOAD));
        mcv_bench_check(
            mcv_srtp_tx_seal(&s->tx, &sealed, s->sealed[i], FIX_MAX_PACKET, &p) == MCV_OK, "seal");
        mcv_udp_send(s->udp_tx, &s->group, 5, sealed);
        if (i % BURST == BURST - 1) mcv_udp_flush(s->batch);
    }
}

static void our_hear(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (s->n_heard = 0; s->n_heard < n;) uv_run(&s->loop, UV_RUN_NOWAIT);
}

/* What the last batch left in the receiver is taken out, and the next packets are made. */
static void our_prepare_send(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (unsigned i = 0; i < 4; i++) uv_run(&s->loop, UV_RUN_NOWAIT);
    make(s, n);
}

static void our_prepare_hear(void *ctx, unsigned n)
{
    make(ctx, n);
    our_send(ctx, n);
}

/* ---- libsrtp2 and libuv, as their users join them ------------------------------------------ */

static void their_room(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
    static char room[65536];

    (void)h;
    (void)hint;
    *buf = uv_buf_init(room, sizeof room);
}

static void their_receive(uv_udp_t *u, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
                          unsigned flags)
{
    struct side *s = u->data;
    int len = (int)n;

    (void)flags;
    if (from == NULL) return; /* nothing left */
    s->n_heard++;
    if (s == &theirs[SENDING]) return;
    mcv_bench_check(srtp_unprotect_mki(s->lib_rx, buf->base, &len, 1) == srtp_err_status_ok,
                    "srtp_unprotect_mki");
}

static void their_open(struct side *s, uint8_t host)
{
    int fds[2];

    open_sockets(s, fds, host);
    mcv_bench_check(uv_udp_init(&s->loop, &s->uv_tx) == 0 &&
                        uv_udp_init(&s->loop, &s->uv_rx) == 0 &&
                        uv_udp_open(&s->uv_tx, fds[0]) == 0 && uv_udp_open(&s->uv_rx, fds[1]) == 0,
                    "uv_udp_open");
    s->uv_rx.data = s;
    mcv_bench_check(uv_udp_recv_start(&s->uv_rx, their_room, their_receive) == 0, "uv_udp_recv");
    (void)mcv_sock_addr(&s->to, &s->group);
    s->lib_tx = mcv_bench_lib_session();
    s->lib_rx = mcv_bench_lib_session();
}

static void their_send(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (unsigned i = 0; i < n; i++) {
        int len = 12 + PAYLOAD;
        mcv_bench_check(srtp_protect_mki(s->lib_tx, s->packets[i], &len, 1, 0) ==
                            srtp_err_status_ok,
                        "srtp_protect_mki");
        const uv_buf_t buf = uv_buf_init((char *)s->packets[i], (unsigned)len);
        mcv_bench_check(uv_udp_try_send(&s->uv_tx, &buf, 1, (const struct sockaddr *)&s->to) == len,
                        "uv_udp_try_send");
    }
}

static void their_prepare_hear(void *ctx, unsigned n)
{
    make(ctx, n);
    their_send(ctx, n);
}

void mcv_bench_bursts(struct mcv_bench *b)
{
    const struct mcv_bench_side our_tx = {our_prepare_send, our_send, &ours[SENDING]};
    const struct mcv_bench_side our_rx = {our_prepare_hear, our_hear, &ours[RECEIVING]};
    const struct mcv_bench_side their_tx = {our_prepare_send, their_send, &theirs[SENDING]};
    const struct mcv_bench_side their_rx = {their_prepare_hear, our_hear, &theirs[RECEIVING]};

    for (uint8_t i = 0; i < N_JOBS; i++) {
        our_open(&ours[i], (uint8_t)(10 + i));
        their_open(&theirs[i], (uint8_t)(20 + i));
    }
    mcv_bench_compare(b, "protect_send_burst10", N, &our_tx, "libsrtp2+uv", &their_tx);
    mcv_bench_compare(b, "receive_open_burst10", N, &our_rx, "libsrtp2+uv", &their_rx);
}
