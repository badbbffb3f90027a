/* Messages of SAKKE on one back-end: round trips, agreement with the oracle, what is refused and
 * accepted. */
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/sakke_fixture.h"
#include "tests/support/sakke_oracle.h"

#define N_ROUND_TRIPS 200
#define N_ORACLE      2

static void round_trips(void **state)
{
    (void)state;

    for (int i = 0; i < N_ROUND_TRIPS; i++) {
        const struct mcv_ssv ssv = random_ssv();
        const struct mcv_sed sed = encapsulate(i % 2 ? &alice : &bob, &ssv);
        expect_ssv(i % 2 ? &alice : &bob, octets(&sed), &ssv);
        if (i % 10 == 0)
            expect_open((i % 2 ? &bob : &alice)->key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH,
                        "the other user");
    }
}

static void small_tables_give_the_same(void **state)
{
    (void)state;

    for (int i = 0; i < N_ROUND_TRIPS / 20; i++) {
        const struct mcv_ssv ssv = random_ssv();
        const struct mcv_sed sed = encapsulate(&alice, &ssv);
        struct mcv_sed again;
        assert_int_equal(mcv_sakke_encapsulate(&again, NULL, small.pub, alice.id, &ssv), MCV_OK);
        assert_memory_equal(&again, &sed, sizeof sed);
        expect_ssv(&alice_small, octets(&sed), &ssv);
    }
    assert_true(mcv_sakke_public_size(MCV_SAKKE_TABLES_SMALL) + mcv_sakke_key_size(small.pub) <
                300000);
}

static void to_the_own_identifier(void **state)
{
    (void)state;

    for (int i = 0; i < N_ROUND_TRIPS / 20; i++) {
        const struct mcv_ssv ssv = random_ssv();
        const struct mcv_sed sed = encapsulate(&alice, &ssv);
        struct mcv_sed own;
        bool ambiguous;
        assert_int_equal(mcv_sakke_encapsulate_own(&own, &ambiguous, alice.key, &ssv), MCV_OK);
        assert_memory_equal(&own, &sed, sizeof sed);
        assert_int_equal(mcv_sakke_encapsulate_own(&own, NULL, alice_small.key, &ssv), MCV_OK);
        assert_memory_equal(&own, &sed, sizeof sed);
    }
}

static void agrees_with_the_oracle(void **state)
{
    (void)state;

    for (int i = 0; i < N_ORACLE; i++) {
        struct mcv_sakke_z z;
        struct mcv_rsk rsk;
        struct mcv_sed want;
        struct mcv_ssv ssv = random_ssv(), got;
        const struct mcv_sed sed = encapsulate(&alice, &ssv);
        oracle_z(&z, &full.secret);
        assert_memory_equal(&z, &full.z, sizeof z);
        oracle_issue(&rsk, &full.secret, alice.id);
        assert_memory_equal(&rsk, &alice.rsk, sizeof rsk);
        oracle_encapsulate(&want, &full.z, alice.id, &ssv);
        assert_memory_equal(&want, &sed, sizeof sed);
        assert_true(oracle_decapsulate(&got, &sed, &full.z, alice.id, &alice.rsk));
        assert_memory_equal(&got, &ssv, sizeof ssv);
    }
}

/* ---- Refused: points ---- */

/* R + 2^1024 - p .. would need an R below 2^1024 - p: such a coordinate plus p still has 128 octets. */
static bool add_p(uint8_t coordinate[128])
{
    BIGNUM *v = BN_bin2bn(coordinate, 128, NULL);

    assert_true(BN_add(v, v, oracle_p()));
    const bool fits = BN_num_bits(v) <= 1024;
    if (fits) assert_int_equal(BN_bn2binpad(v, coordinate, 128), 128);
    BN_free(v);
    return fits;
}

static void coordinates_that_are_not_canonical(void **state)
{
    (void)state;
    int done[2] = {0, 0};

    while (done[0] == 0 || done[1] == 0) { /* two of five coordinates are small enough */
        const struct mcv_ssv ssv = random_ssv();
        for (int k = 0; k < 2; k++) {
            struct mcv_sed sed = encapsulate(&alice, &ssv);
            if (!add_p(sed.b + 1 + 128 * k)) continue;
            done[k]++;
            expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_MALFORMED, "x or y + p");
        }
    }
}

static void set_point(struct mcv_sed *sed, const struct oracle_point *a)
{
    assert_true(oracle_on_curve(a));
    oracle_encode(sed->b, a);
}

static void points_that_are_none(void **state)
{
    (void)state;
    const struct mcv_ssv ssv = random_ssv();
    const struct mcv_sed good = encapsulate(&alice, &ssv);
    static const uint8_t forms[] = {0, 1, 2, 3, 5, 6, 7, 0x44, 0xff};
    struct mcv_sed sed = good;

    sed.b[200] ^= 1;
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_MALFORMED, "off the curve");
    for (size_t i = 0; i < sizeof forms; i++) {
        sed = good;
        sed.b[0] = forms[i];
        expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_MALFORMED, "form of a point");
    }
    memset(sed.b, 0, 257);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_MALFORMED, "infinity, 00");
    sed.b[0] = 4;
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_MALFORMED, "y = 0: (0, 0)");
    memset(sed.b + 1, 0xff, 256);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_MALFORMED, "all ones");
}

/* On the curve but not of order q: R + (0, 0) of order 2q, and (s, y) of order 4. TEST differs. */
static void points_outside_the_subgroup(void **state)
{
    (void)state;
    const struct mcv_ssv ssv = random_ssv();
    struct mcv_sed sed = encapsulate(&alice, &ssv);
    struct oracle_point r = oracle_decode(sed.b), two = {BN_new(), BN_new()}, four;
    struct oracle_point sum = oracle_add(&r, &two);
    BN_CTX *bn = BN_CTX_new();
    BIGNUM *minus_3 = BN_dup(oracle_p());

    set_point(&sed, &sum);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "R of order 2q");
    /* x^2 = -3, y^2 = x^3 - 3x = -6x: one of the two x has a y; doubled it is (0, 0) */
    assert_true(BN_sub_word(minus_3, 3));
    four.x = BN_mod_sqrt(NULL, minus_3, oracle_p(), bn);
    four.y = NULL;
    for (int i = 0; i < 2 && four.y == NULL; i++) {
        BIGNUM *t = BN_dup(four.x);
        assert_true(BN_mul_word(t, 6) && BN_sub(t, oracle_p(), t) &&
                    BN_nnmod(t, t, oracle_p(), bn));
        four.y = BN_mod_sqrt(NULL, t, oracle_p(), bn);
        if (four.y == NULL) assert_true(BN_sub(four.x, oracle_p(), four.x));
        BN_free(t);
    }
    set_point(&sed, &four);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "R of order 4");
    oracle_free(&sum);
    sum = oracle_add(&r, &four);
    set_point(&sed, &sum);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "R of order 4q");
    oracle_free(&r);
    oracle_free(&two);
    oracle_free(&four);
    oracle_free(&sum);
    BN_free(minus_3);
    BN_CTX_free(bn);
}

static void changed_on_the_way(void **state)
{
    (void)state;
    const struct mcv_ssv ssv = random_ssv();
    const struct mcv_sed good = encapsulate(&alice, &ssv);
    struct oracle_point r = oracle_decode(good.b), base = oracle_base(),
                        sum = oracle_add(&r, &base);

    for (size_t at = 257; at < sizeof good.b; at++) {
        struct mcv_sed sed = good;
        sed.b[at] ^= (uint8_t)(1u << at % 8);
        expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "H");
    }
    struct mcv_sed sed = good;
    set_point(&sed, &sum);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "another R");
    BN_sub(r.y, oracle_p(), r.y);
    set_point(&sed, &r);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "-R");
    sed = good;
    memset(sed.b + 257, 0, 16);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "H all zero is a form");
    oracle_free(&r);
    oracle_free(&base);
    oracle_free(&sum);
}

static void lengths(void **state)
{
    (void)state;
    const struct mcv_ssv ssv = random_ssv();
    const struct mcv_sed sed = encapsulate(&alice, &ssv);
    uint8_t longer[300] = {0};

    memcpy(longer, sed.b, sizeof sed.b);
    for (size_t n = 0; n <= sizeof longer; n++) {
        const bool is_full = n == MCV_SAKKE_SED_BYTES;
        const bool is_short = n >= MCV_SAKKE_SED_MIN_BYTES && n < MCV_SAKKE_SED_BYTES;
        if (n > 0 && n < 250) n = 250; /* all of these are refused before any arithmetic */
        expect_open(alice.key, mcv_bytes_of(longer, n), MCV_SAKKE_STRICT,
                    is_full ? MCV_OK : MCV_E_MALFORMED, "strict length");
        expect_open(alice.key, mcv_bytes_of(longer, n), MCV_SAKKE_LENIENT,
                    is_full ? MCV_OK : (is_short ? MCV_E_AUTH : MCV_E_MALFORMED), "length");
    }
}

/* ---- Accepted ---- */

static void ssv_all_zero(void **state)
{
    (void)state;
    static const struct mcv_ssv zero;
    const struct mcv_sed sed = encapsulate(&alice, &zero);

    expect_ssv(&alice, octets(&sed), &zero);
}

/* An SSV to alice whose w (or H) begins with octet 00; w is set. One in 256. */
static struct mcv_ssv find_zero(uint8_t w[128], struct mcv_sed *sed, bool in_w)
{
    for (;;) {
        const struct mcv_ssv ssv = random_ssv();
        bool ambiguous;
        assert_int_equal(mcv_sakke_encapsulate(sed, &ambiguous, full.pub, alice.id, &ssv), MCV_OK);
        assert_true(ambiguous || sed->b[257] != 0);
        if (!ambiguous || (sed->b[257] != 0) != in_w) continue;
        if (!in_w) return ssv;
        oracle_w(w, alice.id, &ssv);
        assert_int_equal(w[0], 0); /* that is what made it ambiguous */
        return ssv;
    }
}

static void leading_zeros_of_w(void **state)
{
    (void)state;
    uint8_t w[128];
    struct mcv_sed sed;
    const struct mcv_ssv ssv = find_zero(w, &sed, true);
    size_t n = 0;

    expect_ssv(&alice, octets(&sed), &ssv);
    expect_ssv(&alice_small, octets(&sed), &ssv);
    /* a sender that hashes w without its leading zeros */
    while (w[n] == 0) n++;
    oracle_mask(sed.b + 257, ssv.b, mcv_bytes_of(w + n, sizeof w - n));
    expect_ssv(&alice, octets(&sed), &ssv);
    expect_ssv(&alice_small, octets(&sed), &ssv);
    expect_open(alice.key, octets(&sed), MCV_SAKKE_STRICT, MCV_E_AUTH, "w stripped, strict");
    sed.b[270] ^= 1;
    expect_open(alice.key, octets(&sed), MCV_SAKKE_LENIENT, MCV_E_AUTH, "w stripped, changed");
}

static void leading_zeros_of_h(void **state)
{
    (void)state;
    uint8_t w[128];
    struct mcv_sed sed;
    const struct mcv_ssv ssv = find_zero(w, &sed, false);

    expect_ssv(&alice, octets(&sed), &ssv);
    size_t n = 0;
    while (sed.b[257 + n] == 0) n++;
    memmove(sed.b + 257, sed.b + 257 + n, 16 - n); /* a sender that drops them */
    const struct mcv_bytes cut = mcv_bytes_of(sed.b, sizeof sed.b - n);
    expect_ssv(&alice, cut, &ssv);
    expect_open(alice.key, cut, MCV_SAKKE_STRICT, MCV_E_MALFORMED, "H cut, strict");
}

static void is_ambiguous_one_time_in_128(void **state)
{
    (void)state;
    int n = 0;

    for (int i = 0; i < 1000; i++) {
        const struct mcv_ssv ssv = random_ssv();
        struct mcv_sed sed;
        bool ambiguous;
        assert_int_equal(mcv_sakke_encapsulate(&sed, &ambiguous, full.pub, alice.id, &ssv), MCV_OK);
        n += ambiguous;
    }
    assert_in_range(n, 1, 25); /* 7.8 expected */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(small_tables_give_the_same),
        cmocka_unit_test(to_the_own_identifier),
        cmocka_unit_test(agrees_with_the_oracle),
        cmocka_unit_test(coordinates_that_are_not_canonical),
        cmocka_unit_test(points_that_are_none),
        cmocka_unit_test(points_outside_the_subgroup),
        cmocka_unit_test(changed_on_the_way),
        cmocka_unit_test(lengths),
        cmocka_unit_test(ssv_all_zero),
        cmocka_unit_test(leading_zeros_of_w),
        cmocka_unit_test(leading_zeros_of_h),
        cmocka_unit_test(is_ambiguous_one_time_in_128),
    };
    backend_or_skip();
    return cmocka_run_group_tests(tests, sakke_open_all, sakke_close_all);
}
