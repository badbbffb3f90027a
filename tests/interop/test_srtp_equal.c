/* Our SRTP and libsrtp2 give the same octets, and each opens what the other sealed. */
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/srtp_fixture.h"

enum { OURS, THEIRS, N_SIDES };

static const struct mcv_srtp_backend *sides[N_SIDES];
static const char alice[] = "sip:alice@example.org";

static void rtp_is_equal(void **state)
{
    (void)state;
    struct mcv_srtp_tx tx[N_SIDES];
    struct mcv_srtp_rx *rx[N_SIDES];
    struct mcv_prng g;
    uint16_t seq = 65000; /* the roll-over is passed */

    mcv_prng_init(&g, 11, 0);
    for (int i = 0; i < N_SIDES; i++) {
        fix_group_tx(&tx[i], sides[i], alice, 0x89abcdef, 1);
        rx[i] = fix_group_rx(sides[i], (struct mcv_srtp_rx_limits){1, 1, 1}, 1);
    }
    for (int round = 0; round < 1500; round++) {
        uint8_t out[N_SIDES][FIX_MAX_PACKET], back[FIX_MAX_PACKET];
        struct mcv_bytes sealed[N_SIDES], plain;
        struct mcv_srtp_origin origin;
        struct fix_rtp rtp;

        seq = (uint16_t)(seq + 1 + mcv_prng_below(&g, round % 50 == 0 ? 30000 : 3));
        fix_rtp(&rtp, 0x89abcdef, seq, (unsigned)mcv_prng_below(&g, 16),
                (size_t)mcv_prng_below(&g, 1400));
        for (int i = 0; i < N_SIDES; i++) {
            assert_int_equal(
                mcv_srtp_tx_seal(&tx[i], &sealed[i], out[i], sizeof out[i], &rtp.packet), MCV_OK);
        }
        assert_true(mcv_bytes_equal(sealed[OURS], sealed[THEIRS]));
        for (int i = 0; i < N_SIDES; i++) {
            const struct mcv_srtp_packet packet = fix_parse(sealed[1 - i]);
            assert_int_equal(mcv_srtp_rx_open(rx[i], &origin, &plain, back, sizeof back, &packet),
                             MCV_OK);
            assert_true(mcv_bytes_equal(plain, rtp.packet.bytes));
        }
    }
    for (int i = 0; i < N_SIDES; i++) {
        mcv_srtp_tx_wipe(&tx[i]);
        fix_rx_free(rx[i]);
    }
}

static void rtcp_is_equal(void **state)
{
    (void)state;
    struct mcv_srtp_tx tx[N_SIDES];
    struct mcv_srtp_rx *rx[N_SIDES];
    struct fix_sealed sealed[N_SIDES];

    for (int i = 0; i < N_SIDES; i++) {
        fix_private_tx(&tx[i], sides[i], 3, 0x01020304);
        rx[i] = fix_private_rx(sides[i], 3);
    }
    for (size_t n = 8; n < 300; n += 4) {
        uint8_t rtcp[300] = {0x80, 0xc8, 0, 0, 1, 2, 3, 4};
        mcv_store_be16(rtcp + 2, (uint16_t)(n / 4 - 1));
        for (size_t i = 8; i < n; i++) rtcp[i] = (uint8_t)(i * n);
        for (int i = 0; i < N_SIDES; i++) {
            assert_int_equal(fix_seal_rtcp(&sealed[i], &tx[i], mcv_bytes_of(rtcp, n)), MCV_OK);
        }
        assert_true(mcv_bytes_equal(sealed[OURS].bytes, sealed[THEIRS].bytes));
        for (int i = 0; i < N_SIDES; i++) {
            assert_int_equal(fix_open_rtcp(rx[i], sealed[1 - i].bytes), MCV_OK);
        }
    }
    for (int i = 0; i < N_SIDES; i++) {
        mcv_srtp_tx_wipe(&tx[i]);
        fix_rx_free(rx[i]);
    }
}

/* The same reordered, repeated, lost and forged packets get the same answers. */
static void verdicts_are_equal(void **state)
{
    enum { N = 300 };
    (void)state;
    static struct fix_sealed s[N];
    struct mcv_srtp_rx *rx[N_SIDES];
    struct mcv_srtp_tx tx;
    struct mcv_prng g;

    mcv_prng_init(&g, 5, 0);
    fix_group_tx(&tx, sides[OURS], alice, 1, 1);
    for (int i = 0; i < N; i++) {
        assert_int_equal(fix_seal(&s[i], &tx, (uint16_t)(65000 + 7 * i)), MCV_OK);
    }
    for (int i = 0; i < N_SIDES; i++) {
        rx[i] = fix_group_rx(sides[i], (struct mcv_srtp_rx_limits){1, 2, 2}, 1);
    }
    unsigned n_of[MCV_N_ERRS] = {0};
    for (int step = 0; step < 6000; step++) {
        const int near = step / 20 + (int)mcv_prng_below(&g, 40) - 30;
        struct fix_sealed p = s[near < 0 ? 0 : near >= N ? N - 1 : near];
        p.bytes.p = p.b;
        if (mcv_prng_below(&g, 5) == 0) {
            p.b[12 + mcv_prng_below(&g, p.bytes.n - 12)] ^= (uint8_t)(1 + mcv_prng_below(&g, 255));
        }
        const mcv_err ours = fix_open(rx[OURS], &p);
        assert_int_equal(ours, fix_open(rx[THEIRS], &p));
        n_of[ours]++;
    }
    assert_true(n_of[MCV_OK] > 100 && n_of[MCV_E_AUTH] > 100 && n_of[MCV_E_REPLAY] > 100);
    mcv_srtp_tx_wipe(&tx);
    for (int i = 0; i < N_SIDES; i++) fix_rx_free(rx[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rtp_is_equal),
        cmocka_unit_test(rtcp_is_equal),
        cmocka_unit_test(verdicts_are_equal),
    };

    sides[OURS] = fix_backend("openssl");
    sides[THEIRS] = fix_backend("libsrtp2");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
