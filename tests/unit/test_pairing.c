/* The pairing and the combs of SAKKE on one back-end. Spec: RFC 6508 3.2 */
#include "crypto/comb.h"
#include "crypto/pairing.h"
#include "sim/prng.h"
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/sakke_oracle.h"

#include <stdlib.h>

#define N_ROUNDS 4

static struct mcv_field f;
static struct mcv_prng prng;
static struct mcv_rng rng;
static struct mcv_ec_affine base;

static int open_all(void **state)
{
    (void)state;
    oracle_open();
    mcv_prng_init(&prng, 6508, 3);
    rng = mcv_prng_rng(&prng);
    assert_int_equal(mcv_field_init(&f), MCV_OK);
    backend_ran(f.k->name);
    mcv_ec_base(&f, &base);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    oracle_close();
    return 0;
}

static struct mcv_zq random_scalar(void)
{
    uint8_t be[128];
    struct mcv_zq k;

    assert_int_equal(mcv_rng_bytes(&rng, be, sizeof be), MCV_OK);
    mcv_zq_reduce(&k, be);
    return k;
}

/* [k]P, by doubling and adding */
static struct mcv_ec_affine multiple(const struct mcv_zq *k)
{
    struct mcv_ec_point p;
    struct mcv_ec_affine r;
    uint8_t b[MCV_POINT_BYTES];

    mcv_ec_from_affine(&f, &p, &base);
    mcv_ec_mul(&f, &p, k->v, &p);
    mcv_ec_encode(&f, b, &p);
    assert_int_equal(mcv_ec_decode(&f, &r, b), 1);
    return r;
}

static void represent(uint8_t w[128], const struct mcv_fp2 *x)
{
    struct mcv_fp a, b;

    f.k->fp2_get(&a, &b, x);
    mcv_fp_inv(&f, &a, &a);
    f.k->mul(&a, &a, &b);
    mcv_fp_encode(&f, w, &a);
}

static struct mcv_fp8 *line_memory(void)
{
    struct mcv_fp8 *mem = aligned_alloc(64, mcv_lines_elements() * sizeof *mem);

    assert_non_null(mem);
    return mem;
}

static void pair_fixed(uint8_t w[128], const struct mcv_ec_affine *at,
                       const struct mcv_ec_affine *k)
{
    struct mcv_fp8 *mem = line_memory();
    struct mcv_lines lines;
    struct mcv_fp2 r;

    mcv_lines_build(&f, &lines, mem, k);
    mcv_pairing_fixed(&f, &r, &lines, at);
    represent(w, &r);
    free(mem);
}

static void pair(uint8_t w[128], const struct mcv_ec_affine *at, const struct mcv_ec_affine *k)
{
    struct mcv_fp2 r;

    mcv_pairing(&f, &r, k, at);
    represent(w, &r);
}

static void g_pow(uint8_t w[128], const struct mcv_zq *k)
{
    struct mcv_comb c = {.shape = &mcv_comb_full};
    struct mcv_fp2 r;
    struct mcv_fp g;

    c.mem = aligned_alloc(64, mcv_comb_g_limbs(c.shape) * sizeof *c.mem);
    f.k->load(&g, mcv_sakke_g);
    mcv_comb_g_build(&f, &c, &g);
    mcv_comb_g_pow(&f, &r, &c, k);
    represent(w, &r);
    free(c.mem);
}

static void pairing_of_p_with_itself_is_g(void **state)
{
    (void)state;
    uint8_t w[128], g[128];

    assert_int_equal(BN_bn2binpad(oracle_g(), g, sizeof g), 128);
    pair(w, &base, &base);
    assert_memory_equal(w, g, sizeof g);
    pair_fixed(w, &base, &base);
    assert_memory_equal(w, g, sizeof g);
}

/* <[a]P, [b]P> = g^(ab) */
static void bilinear(void **state)
{
    (void)state;

    for (int i = 0; i < N_ROUNDS; i++) {
        const struct mcv_zq a = random_scalar(), b = random_scalar();
        const struct mcv_ec_affine ap = multiple(&a), bp = multiple(&b);
        struct mcv_zq ab;
        uint8_t want[128], w[128];
        mcv_zq_mul(&ab, &a, &b);
        g_pow(want, &ab);
        pair_fixed(w, &ap, &bp);
        assert_memory_equal(w, want, sizeof w);
        pair_fixed(w, &bp, &ap);
        assert_memory_equal(w, want, sizeof w);
        pair(w, &ap, &bp);
        assert_memory_equal(w, want, sizeof w);
    }
}

static void agrees_with_the_oracle(void **state)
{
    (void)state;
    const struct mcv_zq a = random_scalar(), b = random_scalar();
    const struct mcv_ec_affine points[] = {multiple(&a), multiple(&b)};
    struct oracle_point p[2];
    uint8_t w[128], want[128], enc[2][257];

    for (int i = 0; i < 2; i++) {
        struct mcv_ec_point e;
        mcv_ec_from_affine(&f, &e, &points[i]);
        mcv_ec_encode(&f, enc[i], &e);
        p[i] = oracle_decode(enc[i]);
    }
    oracle_pair(want, &p[0], &p[1]);
    pair_fixed(w, &points[0], &points[1]);
    assert_memory_equal(w, want, sizeof w);
    oracle_free(&p[0]);
    oracle_free(&p[1]);
}

/* ---- Combs ---- */

static void check_comb(const struct mcv_comb *c, const struct mcv_zq *k)
{
    BIGNUM *bn = BN_new();
    uint8_t be[128], got[257], want[257] = {4};
    struct oracle_point b = oracle_base(), r;
    struct mcv_ec_point p;

    mcv_mp_store(be, k->v, MCV_SAKKE_LIMBS);
    assert_non_null(BN_bin2bn(be, sizeof be, bn));
    r = oracle_mul(bn, &b);
    if (r.x != NULL) oracle_encode(want, &r);
    mcv_comb_point_mul(&f, &p, &c, k, 1);
    mcv_ec_encode(&f, got, &p);
    assert_memory_equal(got, want, sizeof got);
    oracle_free(&b);
    oracle_free(&r);
    BN_free(bn);
}

static struct mcv_zq near_q(mcv_limb below)
{
    struct mcv_zq k;

    memcpy(k.v, mcv_sakke_q, sizeof k.v);
    k.v[0] -= below; /* q is odd and does not end with zeros */
    return k;
}

static void scalars_at_the_ends(const struct mcv_comb_shape *shape)
{
    struct mcv_comb c = {.shape = shape};
    struct mcv_ec_point p;
    const struct mcv_zq scalars[] = {{{0}},  {{1}},     {{2}},     {{3}},          {{32}},
                                     {{64}}, near_q(1), near_q(2), random_scalar()};

    c.mem = aligned_alloc(64, mcv_comb_point_limbs(shape) * sizeof *c.mem);
    mcv_ec_from_affine(&f, &p, &base);
    mcv_comb_point_build(&f, &c, &p);
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++) check_comb(&c, &scalars[i]);
    free(c.mem);
}

static void full_combs(void **state)
{
    (void)state;
    scalars_at_the_ends(&mcv_comb_full);
}

static void small_combs(void **state)
{
    (void)state;
    scalars_at_the_ends(&mcv_comb_small);
}

static void order_of_points(void **state)
{
    (void)state;
    struct oracle_point b = oracle_base(), two = {BN_new(), BN_new()}, sum = oracle_add(&b, &two);
    uint8_t enc[257];
    struct mcv_ec_affine other;

    oracle_encode(enc, &sum); /* P + (0, 0) */
    assert_int_equal(mcv_ec_decode(&f, &other, enc), 1);
    assert_int_equal(mcv_ec_has_order_q(&f, &base), 1);
    assert_int_equal(mcv_ec_has_order_q(&f, &other), 0);
    oracle_free(&b);
    oracle_free(&two);
    oracle_free(&sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairing_of_p_with_itself_is_g),
        cmocka_unit_test(bilinear),
        cmocka_unit_test(agrees_with_the_oracle),
        cmocka_unit_test(full_combs),
        cmocka_unit_test(small_combs),
        cmocka_unit_test(order_of_points),
    };
    backend_or_skip();
    return cmocka_run_group_tests(tests, open_all, close_all);
}
