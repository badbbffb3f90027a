/* The kernels of the field of SAKKE against BIGNUM, at values that carry far. */
#include "crypto/fp.h"
#include "sim/prng.h"
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/sakke_oracle.h"

#define MAX_VALUES 64

static struct mcv_field f;
static BN_CTX *bn;
static BIGNUM *values[MAX_VALUES]; /* below p */
static size_t n_values;

static void add_value(BIGNUM *v)
{
    assert_true(n_values < MAX_VALUES && v != NULL && BN_nnmod(v, v, oracle_p(), bn));
    values[n_values++] = v;
}

/* 2^high - 2^low, itself and as the residue inside a kernel whose R is 2^1024, 2^1040 or 2^1044. */
static void add_ones(int high, int low)
{
    static const int r_bits[] = {0, 1024, 1040, 1044};

    for (size_t i = 0; i < sizeof r_bits / sizeof r_bits[0]; i++) {
        BIGNUM *v = BN_new(), *t = BN_new(), *r = BN_new();
        assert_true(BN_set_bit(v, high) && BN_set_bit(t, low) && BN_sub(v, v, t));
        assert_true(BN_set_bit(r, r_bits[i]) && BN_mod_inverse(r, r, oracle_p(), bn) != NULL &&
                    BN_mod_mul(v, v, r, oracle_p(), bn));
        add_value(v);
        BN_free(t);
        BN_free(r);
    }
}

static int open_all(void **state)
{
    (void)state;
    struct mcv_prng prng;
    const struct mcv_rng rng = mcv_prng_rng(&prng);

    mcv_prng_init(&prng, 6508, 1);
    oracle_open();
    bn = BN_CTX_new();
    assert_int_equal(mcv_field_init(&f), MCV_OK);
    backend_ran(f.k->name);
    for (BN_ULONG w = 0; w < 3; w++) {
        BIGNUM *small = BN_new(), *large = BN_dup(oracle_p());
        assert_true(BN_set_word(small, w) && BN_sub_word(large, w + 1));
        add_value(small);
        add_value(large);
    }
    add_ones(1023, 0);
    add_ones(1000, 0);
    add_ones(1023, 52);
    add_ones(988, 104);
    add_ones(520, 64);
    add_ones(260, 208);
    for (int i = 0; i < 10; i++) {
        uint8_t be[128];
        assert_int_equal(mcv_rng_bytes(&rng, be, sizeof be), MCV_OK);
        add_value(BN_bin2bn(be, sizeof be, NULL));
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_values; i++) BN_free(values[i]);
    BN_CTX_free(bn);
    oracle_close();
    return 0;
}

static struct mcv_fp element(const BIGNUM *v)
{
    struct mcv_fp r;
    uint8_t be[128];

    assert_int_equal(BN_bn2binpad(v, be, sizeof be), 128);
    assert_int_equal(mcv_fp_decode(&f, &r, be), 1);
    return r;
}

/* Frees want. */
static void expect(const struct mcv_fp *got, BIGNUM *want)
{
    uint8_t g[128], w[128];

    mcv_fp_encode(&f, g, got);
    assert_true(BN_nnmod(want, want, oracle_p(), bn));
    assert_int_equal(BN_bn2binpad(want, w, sizeof w), 128);
    assert_memory_equal(g, w, sizeof g);
    BN_free(want);
}

/* a b + c d, any of the pairs NULL: left out; new */
static BIGNUM *dot(const BIGNUM *a, const BIGNUM *b, const BIGNUM *c, const BIGNUM *d)
{
    BIGNUM *r = BN_new(), *t = BN_new();

    assert_true(BN_mul(r, a, b, bn));
    if (c != NULL) assert_true(BN_mul(t, c, d, bn) && BN_add(r, r, t));
    BN_free(t);
    return r;
}

static BIGNUM *sum(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *r = BN_new();

    assert_true(BN_add(r, a, b));
    return r;
}

static BIGNUM *difference(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *r = BN_new();

    assert_true(BN_sub(r, a, b));
    return r;
}

static void one_and_two_at_a_time(void **state)
{
    (void)state;

    for (size_t i = 0; i < n_values; i++) {
        for (size_t j = 0; j < n_values; j++) {
            const struct mcv_fp a = element(values[i]), b = element(values[j]);
            struct mcv_fp r, s;
            f.k->add(&r, &a, &b);
            expect(&r, sum(values[i], values[j]));
            f.k->sub(&r, &a, &b);
            expect(&r, difference(values[i], values[j]));
            f.k->mul(&r, &a, &b);
            expect(&r, dot(values[i], values[j], NULL, NULL));
            f.k->mul2(&r, &a, &b, &s, &b, &b);
            expect(&r, dot(values[i], values[j], NULL, NULL));
            expect(&s, dot(values[j], values[j], NULL, NULL));
        }
    }
}

static void inverse(void **state)
{
    (void)state;
    struct mcv_fp r, a;

    for (size_t i = 0; i < n_values; i++) {
        BIGNUM *want = BN_new();
        a = element(values[i]);
        mcv_fp_inv(&f, &r, &a);
        if (!BN_is_zero(values[i]))
            assert_non_null(BN_mod_inverse(want, values[i], oracle_p(), bn));
        expect(&r, want);
        assert_int_equal(mcv_fp_is_zero(&f, &a), BN_is_zero(values[i]));
    }
}

static void integers_of_p_and_more_are_no_elements(void **state)
{
    (void)state;
    struct mcv_fp r;
    uint8_t be[128];
    BIGNUM *v = BN_dup(oracle_p());

    assert_int_equal(BN_bn2binpad(v, be, sizeof be), 128);
    assert_int_equal(mcv_fp_decode(&f, &r, be), 0);
    memset(be, 0xff, sizeof be);
    assert_int_equal(mcv_fp_decode(&f, &r, be), 0);
    assert_true(BN_sub_word(v, 1));
    assert_int_equal(BN_bn2binpad(v, be, sizeof be), 128);
    assert_int_equal(mcv_fp_decode(&f, &r, be), 1);
    BN_free(v);
}

/* x = a + b i, y = c + d i; checks r = x y, x^2, x^4 y */
static void check_fp2(const BIGNUM *a, const BIGNUM *b, const BIGNUM *c, const BIGNUM *d)
{
    const struct mcv_fp fa = element(a), fb = element(b), fc = element(c), fd = element(d);
    BIGNUM *minus_b = difference(oracle_p(), b), *minus_d = difference(oracle_p(), d);
    struct mcv_fp2 x, y, r;
    struct mcv_fp real, imaginary;

    f.k->fp2_set(&x, &fa, &fb);
    f.k->fp2_set(&y, &fc, &fd);
    f.k->fp2_mul(&r, &x, &y);
    f.k->fp2_get(&real, &imaginary, &r);
    expect(&real, dot(a, c, b, minus_d));
    expect(&imaginary, dot(a, d, b, c));
    f.k->fp2_sqr(&r, &x);
    f.k->fp2_get(&real, &imaginary, &r);
    expect(&real, dot(a, a, b, minus_b));
    expect(&imaginary, dot(a, b, a, b));
    f.k->fp2_sqr(&r, &r);
    f.k->fp2_mul(&r, &r, &y);
    f.k->fp2_step(&x, &y);
    struct mcv_fp real2, imaginary2;
    f.k->fp2_get(&real, &imaginary, &r);
    f.k->fp2_get(&real2, &imaginary2, &x);
    f.k->sub(&real, &real, &real2);
    f.k->sub(&imaginary, &imaginary, &imaginary2);
    assert_int_equal(mcv_fp_is_zero(&f, &real) & mcv_fp_is_zero(&f, &imaginary), 1);
    BN_free(minus_b);
    BN_free(minus_d);
}

static void extension(void **state)
{
    (void)state;

    for (size_t i = 0; i < n_values; i++)
        for (size_t j = 0; j < n_values; j++)
            check_fp2(values[i], values[j], values[(i + 1) % n_values], values[(i * j) % n_values]);
}

/* ---- Eight at once ---- */

#define L MCV_FP_LANES

/* lane l is value first + step l */
static struct mcv_fp8 lanes(const BIGNUM *v[L], size_t first, size_t step)
{
    struct mcv_fp8 r;

    for (size_t l = 0; l < L; l++) {
        v[l] = values[(first + step * l) % n_values];
        const struct mcv_fp e = element(v[l]);
        f.k->set8(&r, l, &e);
    }
    return r;
}

static struct mcv_fp lane(const struct mcv_fp8 *a, size_t l)
{
    struct mcv_fp r;

    f.k->get8(&r, a, l);
    return r;
}

static void eight_at_a_time(void **state)
{
    (void)state;
    const BIGNUM *va[L], *vb[L];
    struct mcv_fp8 r, s;

    for (size_t i = 0; i < n_values; i++) {
        for (size_t j = 0; j < n_values; j += 3) {
            const struct mcv_fp8 a = lanes(va, i, 1), b = lanes(vb, j, 5);
            f.k->mul8(&r, &a, &b);
            f.k->add8(&s, &a, &b);
            for (size_t l = 0; l < L; l++) {
                const struct mcv_fp x = lane(&r, l), y = lane(&s, l);
                expect(&x, dot(va[l], vb[l], NULL, NULL));
                expect(&y, sum(va[l], vb[l]));
            }
            f.k->sub8(&s, &a, &b);
            for (size_t l = 0; l < L; l++) {
                const struct mcv_fp y = lane(&s, l);
                expect(&y, difference(va[l], vb[l]));
            }
        }
    }
}

static void sums_of_products(void **state)
{
    (void)state;
    const BIGNUM *v[8][L];
    struct mcv_fp8 x[8], r;

    for (size_t i = 0; i < n_values; i++) {
        for (size_t k = 0; k < 8; k++) x[k] = lanes(v[k], i + 7 * k, k + 1);
        for (size_t n = 1; n <= 4; n++) {
            const struct mcv_fp8 *const a[] = {&x[0], &x[1], &x[2], &x[3]};
            const struct mcv_fp8 *const b[] = {&x[4], &x[5], &x[6], &x[7]};
            f.k->dot8(&r, a, b, n);
            for (size_t l = 0; l < L; l++) {
                BIGNUM *want = BN_new();
                for (size_t k = 0; k < n; k++) {
                    BIGNUM *t = dot(v[k][l], v[4 + k][l], NULL, NULL);
                    assert_true(BN_add(want, want, t));
                    BN_free(t);
                }
                const struct mcv_fp got = lane(&r, l);
                expect(&got, want);
            }
        }
    }
}

static void elements_of_f_p2_from_lanes(void **state)
{
    (void)state;
    const BIGNUM *va[L], *vb[L];
    const struct mcv_fp8 a = lanes(va, 3, 7), b = lanes(vb, 11, 5);
    struct mcv_fp2 r[L];
    struct mcv_fp x, y;

    f.k->fp2_set8(r, &a, &b);
    for (size_t l = 0; l < L; l++) {
        f.k->fp2_get(&x, &y, &r[l]);
        expect(&x, BN_dup(va[l]));
        expect(&y, BN_dup(vb[l]));
    }
}

static void lanes_under_a_mask(void **state)
{
    (void)state;
    static const mcv_limb all = (mcv_limb)-1;
    const mcv_limb mask[L] = {0, all, all, 0, 0, 0, all, 0};
    const BIGNUM *va[L], *vb[L];

    for (size_t i = 0; i < n_values; i++) {
        struct mcv_fp8 a = lanes(va, i, 1), b = lanes(vb, i, 9);
        f.k->cswap8(&a, &b, mask);
        for (size_t l = 0; l < L; l++) {
            const struct mcv_fp x = lane(&a, l), y = lane(&b, l);
            expect(&x, BN_dup(mask[l] ? vb[l] : va[l]));
            expect(&y, BN_dup(mask[l] ? va[l] : vb[l]));
        }
        a = lanes(va, i, 1);
        f.k->cneg8(&a, mask);
        for (size_t l = 0; l < L; l++) {
            const struct mcv_fp x = lane(&a, l);
            expect(&x, mask[l] ? difference(oracle_p(), va[l]) : BN_dup(va[l]));
        }
    }
}

static void eight_inverses(void **state)
{
    (void)state;
    const BIGNUM *v[L];

    for (size_t i = 0; i < n_values; i++) {
        const struct mcv_fp8 a = lanes(v, i, 1);
        struct mcv_fp8 r;
        int has_zero = 0;
        for (size_t l = 0; l < L; l++) has_zero |= BN_is_zero(v[l]);
        mcv_fp8_inv(&f, &r, &a);
        for (size_t l = 0; l < L; l++) {
            BIGNUM *want = BN_new();
            const struct mcv_fp got = lane(&r, l);
            if (!has_zero) assert_non_null(BN_mod_inverse(want, v[l], oracle_p(), bn));
            expect(&got, want);
        }
    }
}

/* Tables of n entries, one for each group of lanes. */
static void check_table(size_t n, size_t n_lanes)
{
    static alignas(64) mcv_limb table[2 * 32 * MCV_FP_WORDS];
    const size_t stride = n * MCV_FP_WORDS;
    uint8_t index[L];

    for (size_t t = 0; t < L / n_lanes; t++)
        for (size_t e = 0; e < n; e++) {
            const struct mcv_fp x = element(values[(t * 5 + e) % n_values]);
            f.k->table_set(table + t * stride, n, e, &x);
        }
    for (size_t e = 0; e < n; e++) {
        struct mcv_fp8 r;
        for (size_t l = 0; l < L; l++) index[l] = (uint8_t)((e + 3 * l) % n);
        f.k->table_get(&r, table, n, n_lanes, stride, index);
        for (size_t l = 0; l < L; l++) {
            const struct mcv_fp x = lane(&r, l);
            expect(&x, BN_dup(values[(l / n_lanes * 5 + index[l]) % n_values]));
        }
    }
}

static void look_up_tables(void **state)
{
    (void)state;
    check_table(32, 4);
    check_table(8, 8);
}

/* The rules of crypto/fp.h: elements up to 512p, and what is subtracted below 4p. */
static void far_from_reduced(void **state)
{
    (void)state;

    for (size_t i = 0; i < n_values; i++) {
        const BIGNUM *v = values[i], *w = values[(i + 9) % n_values];
        struct mcv_fp a = element(v), b = element(w), big = a, three = b, r, one = f.one;
        BIGNUM *times = BN_new(), *want;
        f.k->mul(&b, &b, &one); /* tight */
        f.k->add(&three, &b, &b);
        f.k->add(&three, &three, &b);
        f.k->mul(&big, &a, &one);
        for (int d = 0; d < 8; d++) f.k->add(&big, &big, &big);
        assert_true(BN_set_word(times, 256) && BN_mul(times, times, v, bn));
        f.k->mul(&r, &big, &three);
        want = dot(times, w, times, w);
        assert_true(BN_mul_word(want, 3) && BN_rshift1(want, want));
        expect(&r, want);
        f.k->sub(&r, &big, &three);
        want = difference(times, w);
        assert_true(BN_sub(want, want, w) && BN_sub(want, want, w));
        expect(&r, want);
        BN_free(times);
    }
}

/* r = 2^times a */
static void double8(struct mcv_fp8 *r, const struct mcv_fp8 *a, int times)
{
    *r = *a;
    for (int i = 0; i < times; i++) f.k->add8(r, r, r);
}

/* The same in lanes: sums and differences that were not made tight go into sums of products. */
static void lanes_far_from_reduced(void **state)
{
    (void)state;
    const BIGNUM *va[L], *vb[L];
    struct mcv_fp8 one, r, s, big, minus;

    mcv_fp8_set_all(&f, &one, &f.one);
    for (size_t i = 0; i < n_values; i++) {
        const struct mcv_fp8 a = lanes(va, i, 1), b = lanes(vb, i, 7);
        f.k->mul8(&r, &a, &one); /* tight */
        f.k->mul8(&s, &b, &one);
        double8(&big, &r, 5);
        f.k->sub8(&minus, &big, &s);
        const struct mcv_fp8 *const x[] = {&minus, &big, &minus, &minus};
        const struct mcv_fp8 *const y[] = {&minus, &minus, &big, &minus};
        f.k->dot8(&r, x, y, 4);
        for (size_t l = 0; l < L; l++) { /* 2 m^2 + 2 m big = 2 m (m + big), m = 32 a - b */
            BIGNUM *big_v = BN_dup(va[l]), *m = BN_new(), *t = BN_new();
            assert_true(BN_lshift(big_v, big_v, 5) && BN_sub(m, big_v, vb[l]) &&
                        BN_add(t, m, big_v) && BN_mul(t, t, m, bn) && BN_lshift1(t, t));
            const struct mcv_fp got = lane(&r, l);
            expect(&got, t);
            BN_free(big_v);
            BN_free(m);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_and_two_at_a_time),
        cmocka_unit_test(inverse),
        cmocka_unit_test(integers_of_p_and_more_are_no_elements),
        cmocka_unit_test(extension),
        cmocka_unit_test(eight_at_a_time),
        cmocka_unit_test(sums_of_products),
        cmocka_unit_test(elements_of_f_p2_from_lanes),
        cmocka_unit_test(lanes_under_a_mask),
        cmocka_unit_test(eight_inverses),
        cmocka_unit_test(look_up_tables),
        cmocka_unit_test(far_from_reduced),
        cmocka_unit_test(lanes_far_from_reduced),
    };
    backend_or_skip();
    return cmocka_run_group_tests(tests, open_all, close_all);
}
