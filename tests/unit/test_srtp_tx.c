/* What a sender guarantees: no nonce twice, one SRTCP index, limits; on both back-ends. */
#include "crypto/srtp.h"
#include "crypto/ssrc_record.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/srtp_fixture.h"

#include <stdlib.h>

static const char alice[] = "sip:alice@example.org";
static const struct mcv_srtp_rx_limits roomy = {2, 8, 16};
static const uint8_t rtcp_of_7[] = {0x80, 0xcc, 0, 2, 0, 0, 0, 7, 'M', 'C', 'V', '0'};

/* Spec: TS 33.180 7.4; one index for reports and control messages of an SSRC. */
static void rtcp_counts_once_per_ssrc(void **state)
{
    const struct mcv_bytes rtcp = mcv_bytes_of(rtcp_of_7, sizeof rtcp_of_7);
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, 1);
    struct mcv_srtp_tx tx;
    struct fix_sealed s[3];

    fix_group_tx(&tx, *state, alice, 7, 1);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(fix_seal_rtcp(&s[i], &tx, rtcp), MCV_OK);
        assert_int_equal(mcv_load_be32(s[i].b + sizeof rtcp_of_7 + 16), 0x80000001u + i);
    }
    assert_int_equal(fix_open_rtcp(rx, s[1].bytes), MCV_OK);
    assert_int_equal(fix_open_rtcp(rx, s[1].bytes), MCV_E_REPLAY);
    assert_int_equal(fix_open_rtcp(rx, s[0].bytes), MCV_OK);
    s[2].b[sizeof rtcp_of_7 + 16] = 0; /* E = 0 */
    assert_int_equal(fix_open_rtcp(rx, s[2].bytes), MCV_E_POLICY);
    s[2].b[sizeof rtcp_of_7 + 16] = 0x80;
    assert_int_equal(fix_open_rtcp(rx, s[2].bytes), MCV_OK);

    assert_int_equal(fix_seal_rtcp(&s[0], &tx, mcv_bytes_of(rtcp_of_7, 7)), MCV_E_MISUSE);
    tx.ssrc = 8;
    assert_int_equal(fix_seal_rtcp(&s[0], &tx, rtcp), MCV_E_MISUSE);
    tx.ssrc = 7;
    tx.next_rtcp_index = 0x80000000u;
    assert_int_equal(fix_seal_rtcp(&s[0], &tx, rtcp), MCV_E_EXPIRED);
    assert_int_equal(s[0].bytes.n, 0);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void sender_refuses_repeats_and_limits(void **state)
{
    static const struct {
        const char *why;
        uint16_t seq;
        mcv_err want;
    } rows[] = {
        {"the first SEQ is free", 40000, MCV_OK},
        {"the same again", 40000, MCV_E_REPLAY},
        {"one before", 39999, MCV_E_REPLAY},
        {"half the circle ahead counts as behind", (uint16_t)(40000 + 32768), MCV_E_REPLAY},
        {"the farthest step ahead", (uint16_t)(40000 + 32767), MCV_OK},
        {"the first SEQ in the next round", 40000 - 16384, MCV_OK},
        {"the same in that round", 40000 - 16384, MCV_E_REPLAY},
        {"forward", 40000, MCV_OK},
    };
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    fix_group_tx(&tx, *state, alice, 1, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].why);
        assert_int_equal(fix_seal(&s, &tx, rows[i].seq), rows[i].want);
    }
    struct fix_rtp rtp;
    fix_rtp(&rtp, 1, 41000, 0, 10);
    assert_int_equal(mcv_srtp_tx_seal(&tx, &s.bytes, s.b, 22 + 27, &rtp.packet), MCV_E_SPACE);
    assert_int_equal(mcv_srtp_tx_seal(&tx, &s.bytes, s.b, 22 + 28, &rtp.packet), MCV_OK);
    rtp.packet.ssrc = 2;
    assert_int_equal(mcv_srtp_tx_seal(&tx, &s.bytes, s.b, sizeof s.b, &rtp.packet), MCV_E_MISUSE);
    rtp.packet = (struct mcv_srtp_packet){
        .bytes = rtp.packet.bytes, .header_bytes = 11, .ssrc = 1, .seq = 42000};
    assert_int_equal(mcv_srtp_tx_seal(&tx, &s.bytes, s.b, sizeof s.b, &rtp.packet), MCV_E_MISUSE);
    tx.next_index = (uint64_t)1 << 48; /* the last index of all is spent */
    assert_int_equal(fix_seal(&s, &tx, 0), MCV_E_EXPIRED);
    mcv_srtp_tx_wipe(&tx);
}

/* A header that replaces the one in front of the payload gives the octets of a whole packet, from
 * elsewhere or from where the output begins. */
static void header_apart_from_the_packet(void **state)
{
    struct fix_rtp rtp, local;
    struct mcv_srtp_tx tx;
    struct fix_sealed want, got;

    for (int in_place = 0; in_place < 2; in_place++) {
        fix_rtp(&rtp, 7, 100, 2, 50);
        local = rtp;
        memset(local.b, 0x55, rtp.packet.header_bytes);
        fix_group_tx(&tx, *state, alice, 7, 1);
        assert_int_equal(mcv_srtp_tx_seal(&tx, &want.bytes, want.b, sizeof want.b, &rtp.packet),
                         MCV_OK);
        mcv_srtp_tx_wipe(&tx);

        fix_group_tx(&tx, *state, alice, 7, 1);
        local.packet.bytes.p = local.b;
        local.packet.header = in_place ? got.b : rtp.b;
        memcpy(got.b, rtp.b, in_place ? rtp.packet.header_bytes : 0);
        assert_int_equal(mcv_srtp_tx_seal(&tx, &got.bytes, got.b, sizeof got.b, &local.packet),
                         MCV_OK);
        assert_int_equal(got.bytes.n, want.bytes.n);
        assert_memory_equal(got.b, want.b, want.bytes.n);
        mcv_srtp_tx_wipe(&tx);
    }
}

/* Spec: RFC 3711 3.3.1, 3.4: neither ROC nor SRTCP index starts anew with a new key. */
static void a_stream_goes_on_with_a_new_key(void **state)
{
    const struct mcv_bytes rtcp = mcv_bytes_of(rtcp_of_7, sizeof rtcp_of_7);
    struct mcv_srtp_tx old, fresh;
    struct fix_sealed s;

    fix_group_tx(&old, *state, alice, 7, 1);
    assert_int_equal(fix_seal(&s, &old, 65000), MCV_OK);
    assert_int_equal(fix_seal(&s, &old, 10), MCV_OK); /* ROC 1 */
    for (int i = 0; i < 3; i++) assert_int_equal(fix_seal_rtcp(&s, &old, rtcp), MCV_OK);

    fix_group_tx(&fresh, *state, "sip:another@example.org", 7, 1);
    mcv_srtp_tx_continue(&fresh, &old);
    mcv_srtp_tx_wipe(&old);
    assert_int_equal(fix_seal(&s, &fresh, 10), MCV_E_REPLAY);
    assert_int_equal(fix_seal(&s, &fresh, 11), MCV_OK);
    assert_int_equal(mcv_load_be32(s.b + s.bytes.n - 4), 1);
    assert_int_equal(fix_seal_rtcp(&s, &fresh, rtcp), MCV_OK);
    assert_int_equal(mcv_load_be32(s.b + sizeof rtcp_of_7 + 16), 0x80000004u);
    assert_int_equal(fix_seal_rtcp(&s, &fresh, rtcp), MCV_OK);
    assert_int_equal(mcv_load_be32(s.b + sizeof rtcp_of_7 + 16), 0x80000005u);

    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, 1);
    struct mcv_srtp_origin origin;
    assert_int_equal(fix_open_rtcp(rx, s.bytes), MCV_OK);
    assert_int_equal(fix_seal(&s, &fresh, 12), MCV_OK);
    assert_int_equal(fix_open_into(&origin, rx, s.bytes), MCV_OK);
    assert_int_equal(origin.index, 0x1000c);
    fix_rx_free(rx);
    mcv_srtp_tx_wipe(&fresh);
}

struct nonce {
    uint32_t ssrc;
    uint64_t index;
};

static int nonce_order(const void *a, const void *b)
{
    const struct nonce *x = a, *y = b;

    if (x->ssrc != y->ssrc) return x->ssrc < y->ssrc ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* A generator with 6 bits of randomness, so that SSRCs are drawn twice. */
static mcv_err poor_fill(void *ctx, uint8_t *out, size_t n)
{
    memset(out, 0, n);
    out[n - 1] = (uint8_t)mcv_prng_below(ctx, 64);
    return MCV_OK;
}

/* Property: no (key, SSRC, ROC, SEQ) is used twice, over restarts of the application with equal SEQ
 * and of the whole stream with the record kept. The receiver reports the index that was used. */
static void no_nonce_repeats_over_restarts(void **state)
{
    enum { N = 4000 };
    struct mcv_srtp_rx *rx = fix_group_rx(*state, (struct mcv_srtp_rx_limits){1, 1, 64}, 1);
    struct mcv_ssrc_use slots[128];
    struct nonce *used = calloc(N, sizeof *used);
    struct mcv_srtp_tx tx = {0};
    struct mcv_ssrc_record record;
    struct mcv_prng g;
    size_t n = 0;

    assert_non_null(used);
    mcv_prng_init(&g, 7, 0);
    const struct mcv_rng poor = {.fill = poor_fill, .ctx = &g};
    mcv_ssrc_record_init(&record, slots, 128);
    uint16_t seq = 0;
    for (size_t i = 0; i < N; i++) {
        struct mcv_srtp_origin origin;
        struct fix_sealed s;
        const uint64_t dice = mcv_prng_below(&g, 200);

        if (dice == 0 || i == 0) { /* a new stream begins at the SEQ of all the others */
            struct mcv_srtp_tx who;
            uint32_t ssrc;
            fix_group_tx(&who, *state, alice, 0, 1);
            const mcv_err err = mcv_ssrc_record_draw(&record, &ssrc, &who.cipher.mki, &poor);
            mcv_srtp_tx_wipe(&who);
            if (err == MCV_OK) {
                mcv_srtp_tx_wipe(&tx);
                fix_group_tx(&tx, *state, alice, ssrc, 1);
            }
            seq = 65400;
        }
        if (dice == 1) seq = 65400; /* the application restarts under the same stream */
        if (fix_seal(&s, &tx, seq++) != MCV_OK) continue;
        assert_int_equal(fix_open_into(&origin, rx, s.bytes), MCV_OK);
        used[n++] = (struct nonce){origin.ssrc, origin.index};
    }
    assert_true(n > N / 4 && record.n_used > 5);
    qsort(used, n, sizeof *used, nonce_order);
    for (size_t i = 1; i < n; i++) assert_int_not_equal(nonce_order(&used[i - 1], &used[i]), 0);
    free(used);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static int run_backend(const char *name)
{
    const struct mcv_srtp_backend *backend;

    mcv_err err = mcv_srtp_backend_find(&backend, name);
    if (err == MCV_E_NOT_FOUND) return 0; /* not in this build */
    if (err != MCV_OK || strcmp(mcv_srtp_backend_name(backend), name) != 0) return 1;
    void *state = (void *)(uintptr_t)backend; /* cmocka's state is not const */
#define ROW(f) cmocka_unit_test_prestate(f, state)
    const struct CMUnitTest tests[] = {
        ROW(rtcp_counts_once_per_ssrc),      ROW(sender_refuses_repeats_and_limits),
        ROW(header_apart_from_the_packet),   ROW(a_stream_goes_on_with_a_new_key),
        ROW(no_nonce_repeats_over_restarts),
    };
    print_message("back-end %s\n", name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_backend("openssl") + run_backend("libsrtp2");
}
