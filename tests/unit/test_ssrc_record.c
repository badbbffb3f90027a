#include "crypto/ssrc_record.h"

#include "sim/prng.h"
#include "tests/support/cmocka.h"

static void an_ssrc_is_used_once_per_key(void **state)
{
    (void)state;
    const struct mcv_srtp_mki a = mcv_srtp_mki_group(1, 2), b = mcv_srtp_mki_group(1, 3);
    const struct mcv_srtp_mki p = mcv_srtp_mki_private(0x10000001);
    struct mcv_ssrc_use slots[16];
    struct mcv_ssrc_record r;

    mcv_ssrc_record_init(&r, slots, 16);
    assert_int_equal(mcv_ssrc_record_claim(&r, &a, 7), MCV_OK);
    assert_int_equal(mcv_ssrc_record_claim(&r, &a, 7), MCV_E_REPLAY);
    assert_int_equal(mcv_ssrc_record_claim(&r, &b, 7), MCV_OK);
    assert_int_equal(mcv_ssrc_record_claim(&r, &p, 7), MCV_OK);
    assert_true(mcv_ssrc_record_has(&r, &p, 7));
    assert_false(mcv_ssrc_record_has(&r, &p, 8));
}

static mcv_err six_bits(void *ctx, uint8_t *out, size_t n)
{
    memset(out, 0, n);
    out[n - 1] = (uint8_t)mcv_prng_below(ctx, 64);
    return MCV_OK;
}

static void drawn_ssrcs_differ_and_the_record_fills(void **state)
{
    (void)state;
    const struct mcv_srtp_mki key = mcv_srtp_mki_group(1, 2);
    struct mcv_ssrc_use slots[16];
    struct mcv_ssrc_record r;
    struct mcv_prng g;
    bool is_seen[64] = {false};
    uint32_t ssrc;

    mcv_prng_init(&g, 1, 0);
    const struct mcv_rng poor = {.fill = six_bits, .ctx = &g};
    mcv_ssrc_record_init(&r, slots, 16);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(mcv_ssrc_record_draw(&r, &ssrc, &key, &poor), MCV_OK);
        assert_true(ssrc != 0 && ssrc < 64 && !is_seen[ssrc]);
        is_seen[ssrc] = true;
    }
    assert_int_equal(mcv_ssrc_record_draw(&r, &ssrc, &key, &poor), MCV_E_FULL);
    assert_int_equal(ssrc, 0);
}

/* Against a plain array: removal from open addressing must not lose an entry. */
static void forgetting_a_key_keeps_the_others(void **state)
{
    enum { KEYS = 5, SSRCS = 40 };
    (void)state;
    struct mcv_ssrc_use slots[64];
    struct mcv_ssrc_record r;
    struct mcv_prng g;
    bool is_in[KEYS][SSRCS] = {{false}};
    size_t n = 0;

    mcv_prng_init(&g, 9, 0);
    mcv_ssrc_record_init(&r, slots, 64);
    for (int step = 0; step < 5000; step++) {
        const uint32_t k = (uint32_t)mcv_prng_below(&g, KEYS);
        const uint32_t s = (uint32_t)mcv_prng_below(&g, SSRCS);
        const struct mcv_srtp_mki mki = mcv_srtp_mki_group(k, 1);

        if (mcv_prng_below(&g, 30) == 0) {
            mcv_ssrc_record_forget(&r, k);
            for (int i = 0; i < SSRCS; i++) n -= is_in[k][i];
            memset(is_in[k], 0, sizeof is_in[k]);
        } else {
            const mcv_err err = mcv_ssrc_record_claim(&r, &mki, s);
            const mcv_err want = is_in[k][s] ? MCV_E_REPLAY : n == 48 ? MCV_E_FULL : MCV_OK;
            assert_int_equal(err, want);
            n += err == MCV_OK;
            if (err == MCV_OK) is_in[k][s] = true;
        }
        size_t at = 0, walked = 0;
        for (const struct mcv_ssrc_use *u; (u = mcv_ssrc_record_next(&r, &at)) != NULL; walked++) {
            assert_true(is_in[u->key_id][u->ssrc]);
        }
        assert_int_equal(walked, n);
        assert_int_equal(mcv_ssrc_record_has(&r, &mki, s), is_in[k][s]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ssrc_is_used_once_per_key),
        cmocka_unit_test(drawn_ssrcs_differ_and_the_record_fills),
        cmocka_unit_test(forgetting_a_key_keeps_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
