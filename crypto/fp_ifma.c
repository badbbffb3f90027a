/* Two products at once, on pairs of elements. An element a + b i of F_p2 is the pair of a and
 * b, raw. */
#include "crypto/fp_ifma.h"
#include "crypto/vec8.h"

#define N  MCV_IFMA_LIMBS
#define V  5 /* vectors of a pair */
#define AT MCV_IFMA_AT

struct pair {
    mcv_v8 v[V];
};

#define FIRST_HALF  0x0f
#define SECOND_HALF 0xf0

MCV_INLINE void load_pair(struct pair *r, const uint64_t *p)
{
    for (size_t k = 0; k < V; k++) r->v[k] = mcv_v8_load(p + 8 * k);
}

MCV_INLINE void store_pair(uint64_t *p, const struct pair *a)
{
    for (size_t k = 0; k < V; k++) mcv_v8_store(p + 8 * k, a->v[k]);
}

MCV_INLINE void zip(struct pair *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    for (size_t k = 0; k < V; k++) r->v[k] = mcv_v8_load_halves(a->v + 4 * k, b->v + 4 * k);
}

MCV_INLINE void unzip(struct mcv_fp *a, struct mcv_fp *b, const struct pair *x)
{
    for (size_t k = 0; k < V; k++) mcv_v8_store_halves(a->v + 4 * k, b->v + 4 * k, x->v[k]);
}

/* Carries into lanes, one bit for each: a lane gives one to the next of its half if it is in
 * `over`, or if it is in `full` and gets one itself. An addition lets them run through. */
MCV_INLINE unsigned carries(unsigned over, unsigned full)
{
    over = over << 1 & 0xee;
    full &= 0x77;
    return (over + full) ^ full;
}

/* Raw becomes normal; what is above 2^1040 is lost. First each limb takes the carry of the one
 * before, then the five limbs of a lane are made normal in turn; a lane exceeds by one at most. */
MCV_INLINE void normalise(struct pair *x)
{
    const mcv_v8 low = mcv_v8_all(MCV_IFMA_LOW), one = mcv_v8_all(1);
    mcv_v8 c[V], full[V];

    for (size_t k = 0; k < V; k++) {
        c[k] = mcv_v8_carry(x->v[k]);
        x->v[k] = mcv_v8_and(x->v[k], low);
    }
    x->v[0] = mcv_v8_add(x->v[0], mcv_v8_up(c[V - 1]));
    for (size_t k = 1; k < V; k++) {
        x->v[k] = mcv_v8_add(x->v[k], c[k - 1]);
        x->v[k] = mcv_v8_add(x->v[k], mcv_v8_carry(x->v[k - 1]));
        x->v[k - 1] = mcv_v8_and(x->v[k - 1], low);
    }
    const unsigned over = mcv_v8_test(x->v[V - 1], mcv_v8_all(~MCV_IFMA_LOW));
    x->v[V - 1] = mcv_v8_and(x->v[V - 1], low);
    full[0] = x->v[0]; /* all ones up to limb k of the lane */
    for (size_t k = 1; k < V; k++) full[k] = mcv_v8_and(full[k - 1], x->v[k]);
    const unsigned in = carries(over, mcv_v8_equal(full[V - 1], low));
    for (size_t k = 0; k < V; k++) {
        const unsigned here = k == 0 ? in : in & mcv_v8_equal(full[k - 1], low);
        const mcv_v8 more = mcv_v8_add(x->v[k], one);
        x->v[k] = mcv_v8_and(mcv_v8_blend((mcv_m8)here, x->v[k], more), low);
    }
}

/* Left factors are normal; of the right ones, raw pairs in memory, each limb is made normal as it
 * is read: for each product its own, or for both that of a or of b in a + b i. */
enum right { EACH, A, B };

struct product {
    const struct pair *left;
    const uint64_t *right;
    enum right how;
    mcv_v8 limb, carry;
};

MCV_INLINE void next_limb(struct product *f, size_t i)
{
    const uint64_t *a = f->right + i % 5 * 8 + i / 5, *b = a + 4;
    mcv_v8 x = f->how == EACH ? mcv_v8_half_each(a, b) : mcv_v8_all(f->how == A ? *a : *b);

    x = mcv_v8_add(x, f->carry);
    f->carry = mcv_v8_carry(x);
    f->limb = mcv_v8_and(x, mcv_v8_all(MCV_IFMA_LOW));
}

/* r = sum of n products / R, raw. One round adds left * limb i of right + p m and shifts by a
 * limb. Latency counts: limb 0 of the sum is computed apart, in all lanes, so that no shuffle
 * lies between one m and the next; all other limbs have a round more of time. The low half of
 * p_0 m cancels that of limb 0, so that its carry is known without m: t is limb 0 + 2^52 - 1,
 * the carry t >> 52, and m = -(t + 1)/p_0 mod 2^52. */
MCV_INLINE void dot(struct pair *r, struct product *f, size_t n)
{
    const mcv_v8 zero = mcv_v8_all(0), low = mcv_v8_all(MCV_IFMA_LOW);
    const mcv_v8 inverse = mcv_v8_all(MCV_IFMA_MINUS_1_OVER_P);
    const mcv_v8 p0 = mcv_v8_all(mcv_ifma_p[0]), p1 = mcv_v8_all(mcv_ifma_p[1]);
    mcv_v8 acc[V], ab[V], t;

    for (size_t k = 0; k < V; k++) acc[k] = zero;
    for (size_t e = 0; e < n; e++) {
        f[e].carry = zero;
        next_limb(&f[e], 0);
        for (size_t k = 0; k < V; k++) acc[k] = mcv_v8_madd_lo(acc[k], f[e].left->v[k], f[e].limb);
    }
    t = mcv_v8_add(mcv_v8_firsts(acc[0]), low);
    for (size_t i = 0; i < N; i++) {
        const mcv_v8 m = mcv_v8_madd_lo(inverse, t, inverse);
        for (size_t k = 0; k < V; k++) ab[k] = zero;
        for (size_t e = 0; e < n; e++) {
            for (size_t k = 0; k < V; k++)
                ab[k] = mcv_v8_madd_hi(ab[k], f[e].left->v[k], f[e].limb);
            if (i + 1 == N) continue;
            next_limb(&f[e], i + 1);
            for (size_t k = 0; k < V; k++)
                ab[k] = mcv_v8_madd_lo(ab[k], f[e].left->v[k], f[e].limb);
        }
        mcv_v8 rest = mcv_v8_add(mcv_v8_carry(t), mcv_v8_firsts(ab[0]));
        if (i + 1 < N) rest = mcv_v8_add(rest, low);
        rest = mcv_v8_add(mcv_v8_keep(rest), mcv_v8_firsts(acc[1])); /* comes late */
        t = mcv_v8_add(mcv_v8_madd_lo(zero, p1, m), mcv_v8_madd_hi(zero, p0, m));
        t = mcv_v8_add(mcv_v8_keep(t), mcv_v8_keep(rest));
        const mcv_v8 around = mcv_v8_down(acc[0]);
        for (size_t k = 0; k < V; k++) {
            ab[k] = mcv_v8_madd_lo(ab[k], mcv_v8_load(mcv_ifma_p_next_pair + 8 * k), m);
            ab[k] = mcv_v8_madd_hi(ab[k], mcv_v8_load(mcv_ifma_p_pair + 8 * k), m);
            acc[k] = mcv_v8_add(k + 1 < V ? acc[k + 1] : around, ab[k]);
        }
    }
    for (size_t k = 0; k < V; k++) r->v[k] = acc[k];
    r->v[0] = mcv_v8_blend(0x11, acc[0], t);
}

/* ---- Elements ---- */

static void mul2(struct mcv_fp *r0, const struct mcv_fp *a0, const struct mcv_fp *b0,
                 struct mcv_fp *r1, const struct mcv_fp *a1, const struct mcv_fp *b1)
{
    struct pair a, b, r;
    uint64_t right[8 * V];
    struct product f = {.left = &a, .right = right, .how = EACH};

    zip(&a, a0, a1);
    zip(&b, b0, b1);
    store_pair(right, &b);
    dot(&r, &f, 1);
    normalise(&r);
    unzip(r0, r1, &r);
}

static void mul(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    struct mcv_fp unused;

    mul2(r, a, b, &unused, a, b);
}

static void add(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    uint64_t c = 0;

    for (size_t i = 0; i < N; i++) {
        c += a->v[AT(i)] + b->v[AT(i)];
        r->v[AT(i)] = c & MCV_IFMA_LOW;
        c >>= MCV_IFMA_BITS;
    }
}

static void sub(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    uint64_t c = 0;

    for (size_t i = 0; i < N; i++) {
        c += a->v[AT(i)] + mcv_ifma_four_p[i] - b->v[AT(i)];
        r->v[AT(i)] = c & MCV_IFMA_LOW;
        c >>= MCV_IFMA_BITS;
    }
}

static void load(struct mcv_fp *r, const mcv_limb *a)
{
    for (size_t i = 0; i < N; i++) {
        const size_t at = i * MCV_IFMA_BITS / 64, off = i * MCV_IFMA_BITS % 64;
        uint64_t w = a[at] >> off;
        if (off > 64 - MCV_IFMA_BITS && at + 1 < MCV_SAKKE_LIMBS) w |= a[at + 1] << (64 - off);
        r->v[AT(i)] = w & MCV_IFMA_LOW;
    }
    mul(r, r, &mcv_ifma_r2);
}

static void store(mcv_limb *r, const struct mcv_fp *a)
{
    static const struct mcv_fp one = {{1}};
    struct mcv_fp t;

    mul(&t, a, &one);
    for (size_t i = 0; i < MCV_SAKKE_LIMBS; i++) {
        const size_t at = i * 64 / MCV_IFMA_BITS, off = i * 64 % MCV_IFMA_BITS;
        r[i] = t.v[AT(at)] >> off | t.v[AT(at + 1)] << (MCV_IFMA_BITS - off);
        if (off > 2 * MCV_IFMA_BITS - 64) r[i] |= t.v[AT(at + 2)] << (2 * MCV_IFMA_BITS - off);
    }
    mcv_mp_reduce_once(r, 0, mcv_sakke_p, MCV_SAKKE_LIMBS); /* at most p */
}

/* ---- F_p2 ---- */

static void fp2_set(struct mcv_fp2 *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    struct pair x;

    zip(&x, a, b);
    store_pair(r->v, &x);
}

static void fp2_get(struct mcv_fp *a, struct mcv_fp *b, const struct mcv_fp2 *x)
{
    struct pair t;

    load_pair(&t, x->v);
    normalise(&t);
    unzip(a, b, &t);
}

/* (a + b i)^2 = (a + b)(a - b) + 2a b i */
MCV_INLINE void square(struct pair *r, const struct pair *x)
{
    struct pair left;
    uint64_t right[8 * V];
    struct product f = {.left = &left, .right = right, .how = EACH};

    for (size_t k = 0; k < V; k++) {
        const mcv_v8 y = mcv_v8_swap_halves(x->v[k]); /* b, a */
        const mcv_v8 four_p = mcv_v8_load(mcv_ifma_four_p_pair + 8 * k);
        const mcv_v8 difference = mcv_v8_add(x->v[k], mcv_v8_sub(four_p, y));
        left.v[k] = mcv_v8_add(y, mcv_v8_blend(SECOND_HALF, x->v[k], y));            /* b + a, 2a */
        mcv_v8_store(right + 8 * k, mcv_v8_blend(SECOND_HALF, difference, x->v[k])); /* a - b, b */
    }
    normalise(&left);
    dot(r, &f, 1);
}

/* (c + d i)(a + b i) = c a + d (-b) + (c b + d a) i: left are a + b i and -b + a i. */
MCV_INLINE void times(struct pair *r, const struct pair *x, const struct pair *y)
{
    struct pair turned;
    uint64_t right[8 * V];
    struct product f[2] = {{.left = y, .right = right, .how = A},
                           {.left = &turned, .right = right, .how = B}};

    store_pair(right, x);
    for (size_t k = 0; k < V; k++) {
        const mcv_v8 z = mcv_v8_swap_halves(y->v[k]); /* b, a */
        const mcv_v8 minus = mcv_v8_sub(mcv_v8_load(mcv_ifma_four_p_pair + 8 * k), z);
        turned.v[k] = mcv_v8_blend(FIRST_HALF, z, minus);
    }
    normalise(&turned);
    dot(r, f, 2);
}

static void fp2_sqr(struct mcv_fp2 *r, const struct mcv_fp2 *a)
{
    struct pair x;

    load_pair(&x, a->v);
    square(&x, &x);
    store_pair(r->v, &x);
}

static void fp2_mul(struct mcv_fp2 *r, const struct mcv_fp2 *a, const struct mcv_fp2 *b)
{
    struct pair x, y;

    load_pair(&x, a->v);
    load_pair(&y, b->v);
    normalise(&y);
    times(&x, &x, &y);
    store_pair(r->v, &x);
}

static void fp2_step(struct mcv_fp2 *r, const struct mcv_fp2 *a)
{
    struct pair x, y;

    load_pair(&x, r->v);
    load_pair(&y, a->v);
    normalise(&y);
    square(&x, &x);
    square(&x, &x);
    times(&x, &x, &y);
    store_pair(r->v, &x);
}

const struct mcv_fp_kernel mcv_fp_ifma = {
    .name = "ifma" MCV_VEC8_IS,
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
    .fp2_set8 = mcv_ifma_fp2_set8,
    .add8 = mcv_ifma_add8,
    .sub8 = mcv_ifma_sub8,
    .mul8 = mcv_ifma_mul8,
    .dot8 = mcv_ifma_dot8,
    .get8 = mcv_ifma_get8,
    .set8 = mcv_ifma_set8,
    .cswap8 = mcv_ifma_cswap8,
    .cneg8 = mcv_ifma_cneg8,
    .table_set = mcv_ifma_table_set,
    .table_get = mcv_ifma_table_get,
};
