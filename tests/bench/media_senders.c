#include "tests/bench/bench_media.h"
#include "tests/support/srtp_fixture.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define N_SENDERS 1000
#define BATCH     1000
#define SSRC      0x11223344u

/* Packets of n senders in turn; the same number of packets, so that only the table differs. */
struct crowd {
    unsigned n;
    struct mcv_srtp_tx tx[N_SENDERS];
    struct mcv_srtp_rx *rx;
    struct fix_sealed packets[BATCH];
    uint16_t seq;
};

static struct crowd one = {.n = 1}, many = {.n = N_SENDERS};

static void prepare(void *ctx, unsigned n)
{
    struct crowd *c = ctx;

    for (unsigned i = 0; i < n; i++) {
        if (i % c->n == 0) c->seq++;
        mcv_bench_check(fix_seal(&c->packets[i], &c->tx[i % c->n], c->seq) == MCV_OK, "seal");
    }
}

static void run(void *ctx, unsigned n)
{
    struct crowd *c = ctx;
    static uint8_t out[FIX_MAX_PACKET];
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;

    for (unsigned i = 0; i < n; i++) {
        const struct mcv_srtp_packet p = fix_parse(c->packets[i].bytes);
        mcv_bench_check(mcv_srtp_rx_open(c->rx, &origin, &plain, out, sizeof out, &p) == MCV_OK,
                        "open");
    }
}

static void open_crowd(struct crowd *c, const struct mcv_srtp_backend *backend)
{
    c->rx = fix_group_rx(backend, (struct mcv_srtp_rx_limits){2, N_SENDERS, N_SENDERS}, 1);
    for (unsigned i = 0; i < c->n; i++) {
        char user[32];
        snprintf(user, sizeof user, "sip:u%u@example.org", i);
        fix_group_tx(&c->tx[i], backend, user, SSRC, 1);
    }
}

static void close_crowd(struct crowd *c)
{
    for (unsigned i = 0; i < c->n; i++) mcv_srtp_tx_wipe(&c->tx[i]);
    fix_rx_free(c->rx);
}

/* Memory of one known sender with one stream, as the allocator sees it; then with SRTCP too. */
static void sender_memory(struct mcv_bench *b, const struct mcv_srtp_backend *backend)
{
    static const uint8_t rtcp[8] = {0x80, 0xc9, 0, 1, 0x11, 0x22, 0x33, 0x44};
    static struct mcv_srtp_tx tx[N_SENDERS];
    struct fix_sealed s;
    size_t at[3], n_tx = 0;

    at[0] = mallinfo2().uordblks;
    struct mcv_srtp_rx *rx = fix_group_rx(backend,
                                          (struct mcv_srtp_rx_limits){2, N_SENDERS, N_SENDERS}, 1);
    for (int part = 0; part < 2; part++) {
        for (int i = 0; i < N_SENDERS; i++) {
            const size_t before = mallinfo2().uordblks;
            char user[32];
            snprintf(user, sizeof user, "sip:u%d@example.org", i);
            if (part == 0) fix_group_tx(&tx[i], backend, user, SSRC, 1);
            mcv_bench_check((part == 0
                                 ? fix_seal(&s, &tx[i], 1)
                                 : fix_seal_rtcp(&s, &tx[i], mcv_bytes_of(rtcp, 8))) == MCV_OK,
                            "seal");
            n_tx += mallinfo2().uordblks - before;
            mcv_bench_check((part == 0 ? fix_open(rx, &s) : fix_open_rtcp(rx, s.bytes)) == MCV_OK,
                            "open");
        }
        at[part + 1] = mallinfo2().uordblks - n_tx;
    }
    mcv_bench_value(b, "srtp_sender_memory", (double)(at[1] - at[0]) / N_SENDERS, "bytes");
    mcv_bench_value(b, "srtp_sender_memory_with_rtcp", (double)(at[2] - at[0]) / N_SENDERS,
                    "bytes");
    for (int i = 0; i < N_SENDERS; i++) mcv_srtp_tx_wipe(&tx[i]);
    fix_rx_free(rx);
}

void mcv_bench_senders(struct mcv_bench *b)
{
    const struct mcv_srtp_backend *backend = fix_backend("openssl");
    const struct mcv_bench_side ours = {prepare, run, &many}, single = {prepare, run, &one};

    open_crowd(&one, backend);
    open_crowd(&many, backend);
    mcv_bench_compare(b, "srtp_open_1000_senders", BATCH, &ours, "one sender", &single);
    close_crowd(&one);
    close_crowd(&many);
    sender_memory(b, backend);
}
