/* The kernel for every machine: R = 2^1024, elements always below p. Eight
 * elements are eight in a row. */
#include "crypto/fp.h"

#include <string.h>

#define N MCV_SAKKE_LIMBS
#define P mcv_sakke_p

/* r = (a[0] b[0] + ... ) / R mod p for up to 4 products. One row is the limb i of
 * every b, then one Montgomery step; the sum stays below (0.6 n + 1) p. */
MCV_INLINE void dot(struct mcv_fp *r, const mcv_limb *const *a, const mcv_limb *const *b, size_t n)
{
    mcv_limb t[N + 1] = {0};

    for (size_t i = 0; i < N; i++) {
        mcv_limb over = 0; /* what does not fit in t, for three products or more */
        for (size_t k = 1; k < n; k++) {
            mcv_dlimb c = 0;
            for (size_t j = 0; j < N; j++) {
                c = (mcv_dlimb)a[k][j] * b[k][i] + t[j] + (mcv_limb)(c >> MCV_LIMB_BITS);
                t[j] = (mcv_limb)c;
            }
            c = (mcv_dlimb)t[N] + (mcv_limb)(c >> MCV_LIMB_BITS);
            t[N] = (mcv_limb)c;
            over += (mcv_limb)(c >> MCV_LIMB_BITS);
        }
        mcv_mp_mont_row(t, a[0], b[0][i], P, MCV_SAKKE_MINUS_1_OVER_P, N);
        t[N] += over;
    }
    /* t < 1.6 p for one product, 2.2 p for two, 3.4 p for four */
    for (size_t k = n < 2 ? 1 : n / 2 + 1; k > 0; k--) {
        mcv_limb d[N];
        const mcv_limb borrow = mcv_mp_sub(d, t, P, N);
        const mcv_limb fits = borrow & mcv_mp_is_zero(t + N, 1); /* t < P already */
        t[N] -= borrow ^ fits;
        mcv_mp_cmov(t, d, mcv_mp_mask(fits ^ 1u), N);
    }
    memcpy(r->v, t, N * sizeof t[0]);
}

static void load(struct mcv_fp *r, const mcv_limb *a)
{
    memset(r, 0, sizeof *r);
    mcv_mp_mont_mul(r->v, a, mcv_sakke_r2, P, MCV_SAKKE_MINUS_1_OVER_P, N);
}

static void store(mcv_limb *r, const struct mcv_fp *a)
{
    static const mcv_limb one[N] = {1};

    mcv_mp_mont_mul(r, a->v, one, P, MCV_SAKKE_MINUS_1_OVER_P, N);
}

static void add(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    const mcv_limb carry = mcv_mp_add(r->v, a->v, b->v, N);

    mcv_mp_reduce_once(r->v, carry, P, N);
}

static void sub(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    const mcv_limb borrow = mcv_mp_mask(mcv_mp_sub(r->v, a->v, b->v, N));
    mcv_limb p[N];

    for (size_t i = 0; i < N; i++) p[i] = P[i] & borrow;
    mcv_mp_add(r->v, r->v, p, N);
}

static void mul(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    mcv_mp_mont_mul(r->v, a->v, b->v, P, MCV_SAKKE_MINUS_1_OVER_P, N);
}

static void mul2(struct mcv_fp *r0, const struct mcv_fp *a0, const struct mcv_fp *b0,
                 struct mcv_fp *r1, const struct mcv_fp *a1, const struct mcv_fp *b1)
{
    struct mcv_fp t;

    mul(&t, a0, b0);
    mul(r1, a1, b1);
    memcpy(r0->v, t.v, N * sizeof t.v[0]);
}

#define REAL(x)      ((x)->v)
#define IMAGINARY(x) ((x)->v + N)

static void fp2_set(struct mcv_fp2 *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    memcpy(REAL(r), a->v, N * sizeof r->v[0]);
    memcpy(IMAGINARY(r), b->v, N * sizeof r->v[0]);
}

static void fp2_get(struct mcv_fp *a, struct mcv_fp *b, const struct mcv_fp2 *x)
{
    memcpy(a->v, REAL(x), N * sizeof x->v[0]);
    memcpy(b->v, IMAGINARY(x), N * sizeof x->v[0]);
}

/* (a + b i)^2 = (a + b)(a - b) + 2ab i */
static void fp2_sqr(struct mcv_fp2 *r, const struct mcv_fp2 *x)
{
    struct mcv_fp a, b, sum, difference;

    fp2_get(&a, &b, x);
    add(&sum, &a, &b);
    sub(&difference, &a, &b);
    add(&a, &a, &a);
    mul(&b, &a, &b);
    mul(&a, &sum, &difference);
    fp2_set(r, &a, &b);
}

/* (a + b i)(c + d i) = (ac - bd) + (ad + bc) i */
static void fp2_mul(struct mcv_fp2 *r, const struct mcv_fp2 *x, const struct mcv_fp2 *y)
{
    static const struct mcv_fp zero;
    struct mcv_fp c, d, minus_d, a;

    fp2_get(&c, &d, y);
    sub(&minus_d, &zero, &d);
    const mcv_limb *const left[] = {REAL(x), IMAGINARY(x)};
    const mcv_limb *const real[] = {c.v, minus_d.v};
    const mcv_limb *const imaginary[] = {d.v, c.v};
    dot(&a, left, real, 2);
    dot(&d, left, imaginary, 2);
    fp2_set(r, &a, &d);
}

static void fp2_step(struct mcv_fp2 *r, const struct mcv_fp2 *a)
{
    fp2_sqr(r, r);
    fp2_sqr(r, r);
    fp2_mul(r, r, a);
}

#define LANE(x, l) ((x)->v + (l)*N)

static void get8(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane)
{
    memcpy(r->v, LANE(a, lane), N * sizeof r->v[0]);
}

static void set8(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a)
{
    memcpy(LANE(r, lane), a->v, N * sizeof a->v[0]);
}

static void fp2_set8(struct mcv_fp2 r[MCV_FP_LANES], const struct mcv_fp8 *a,
                     const struct mcv_fp8 *b)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        memcpy(REAL(&r[l]), LANE(a, l), N * sizeof r->v[0]);
        memcpy(IMAGINARY(&r[l]), LANE(b, l), N * sizeof r->v[0]);
    }
}

MCV_INLINE void each_lane(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b,
                          mcv_fp_op *op)
{
    struct mcv_fp x, y;

    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        get8(&x, a, l);
        get8(&y, b, l);
        op(&x, &x, &y);
        set8(r, l, &x);
    }
}

static void add8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    each_lane(r, a, b, add);
}

static void sub8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    each_lane(r, a, b, sub);
}

static void mul8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    each_lane(r, a, b, mul);
}

static void dot8(struct mcv_fp8 *r, const struct mcv_fp8 *const *a, const struct mcv_fp8 *const *b,
                 size_t n)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        const mcv_limb *x[4], *y[4];
        struct mcv_fp t;
        for (size_t k = 0; k < n; k++) {
            x[k] = LANE(a[k], l);
            y[k] = LANE(b[k], l);
        }
        dot(&t, x, y, n);
        set8(r, l, &t);
    }
}

static void cswap8(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[MCV_FP_LANES])
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        mcv_limb *x = LANE(a, l), *y = LANE(b, l);
        for (size_t i = 0; i < N; i++) {
            const mcv_limb d = mask[l] & (x[i] ^ y[i]);
            x[i] ^= d;
            y[i] ^= d;
        }
    }
}

static void cneg8(struct mcv_fp8 *a, const mcv_limb mask[MCV_FP_LANES])
{
    static const struct mcv_fp zero;
    struct mcv_fp x, minus;

    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        get8(&x, a, l);
        sub(&minus, &zero, &x);
        mcv_mp_cmov(x.v, minus.v, mask[l], N);
        set8(a, l, &x);
    }
}

static void table_set(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a)
{
    (void)n;
    memcpy(table + at * N, a->v, N * sizeof a->v[0]);
}

static void table_get(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                      size_t stride, const uint8_t index[MCV_FP_LANES])
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        const mcv_limb *entry = table + l / lanes * stride;
        mcv_limb acc[N] = {0};
        for (size_t e = 0; e < n; e++) {
            const mcv_limb d = (mcv_limb)(index[l] ^ e);
            const mcv_limb hit = mcv_mp_mask(((d - 1u) & ~d) >> (MCV_LIMB_BITS - 1));
            for (size_t i = 0; i < N; i++) acc[i] |= entry[e * N + i] & hit;
        }
        memcpy(LANE(r, l), acc, sizeof acc);
    }
}

const struct mcv_fp_kernel mcv_fp_portable = {
    .name = "portable",
    .load = load,
    .store = store,
    .add = add,
    .sub = sub,
    .mul = mul,
    .mul2 = mul2,
    .fp2_set = fp2_set,
    .fp2_get = fp2_get,
    .fp2_sqr = fp2_sqr,
    .fp2_mul = fp2_mul,
    .fp2_step = fp2_step,
    .fp2_set8 = fp2_set8,
    .add8 = add8,
    .sub8 = sub8,
    .mul8 = mul8,
    .dot8 = dot8,
    .get8 = get8,
    .set8 = set8,
    .cswap8 = cswap8,
    .cneg8 = cneg8,
    .table_set = table_set,
    .table_get = table_get,
};
