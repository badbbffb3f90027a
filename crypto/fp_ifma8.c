/* Eight products at once: limb j of all lanes is one vector. */
#include "crypto/fp_ifma.h"
#include "crypto/vec8.h"

#define N MCV_IFMA_LIMBS
#define L MCV_FP_LANES

MCV_INLINE mcv_v8 limb(const struct mcv_fp8 *a, size_t i)
{
    return mcv_v8_load(a->v + i * L);
}

/* The next limb of a sum, made normal. */
MCV_INLINE void put(struct mcv_fp8 *r, size_t i, mcv_v8 raw, mcv_v8 *carry)
{
    raw = mcv_v8_add(raw, *carry);
    *carry = mcv_v8_carry(raw);
    mcv_v8_store(r->v + i * L, mcv_v8_and(raw, mcv_v8_all(MCV_IFMA_LOW)));
}

void mcv_ifma_add8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    mcv_v8 carry = mcv_v8_all(0);

    for (size_t i = 0; i < N; i++) put(r, i, mcv_v8_add(limb(a, i), limb(b, i)), &carry);
}

void mcv_ifma_sub8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    mcv_v8 carry = mcv_v8_all(0);

    for (size_t i = 0; i < N; i++) {
        const mcv_v8 d = mcv_v8_sub(mcv_v8_all(mcv_ifma_four_p[i]), limb(b, i));
        put(r, i, mcv_v8_add(limb(a, i), d), &carry);
    }
}

/* r = sum of n products a b / R. One round adds a b_i + p m and shifts by a limb; the low half
 * of p_0 m cancels that of limb 0, so the carry of limb 0 is known without m. */
MCV_INLINE void dot(struct mcv_fp8 *r, const struct mcv_fp8 *const *a,
                    const struct mcv_fp8 *const *b, size_t n)
{
    const mcv_v8 zero = mcv_v8_all(0), low = mcv_v8_all(MCV_IFMA_LOW);
    const mcv_v8 inverse = mcv_v8_all(MCV_IFMA_MINUS_1_OVER_P);
    mcv_v8 acc[N + 1];

    MCV_UNROLL for (size_t j = 0; j <= N; j++) acc[j] = zero;
    for (size_t i = 0; i < N; i++) {
        for (size_t e = 0; e < n; e++) {
            const mcv_v8 bi = limb(b[e], i);
            MCV_UNROLL for (size_t j = 0; j < N; j++)
            {
                const mcv_v8 aj = limb(a[e], j);
                acc[j] = mcv_v8_madd_lo(acc[j], aj, bi);
                acc[j + 1] = mcv_v8_madd_hi(acc[j + 1], aj, bi);
            }
        }
        const mcv_v8 m = mcv_v8_madd_lo(zero, acc[0], inverse);
        acc[1] = mcv_v8_add(acc[1], mcv_v8_carry(mcv_v8_add(acc[0], low)));
        MCV_UNROLL for (size_t j = 0; j < N; j++)
        {
            const mcv_v8 pj = mcv_v8_all(mcv_ifma_p[j]);
            acc[j] = j == 0 ? zero : mcv_v8_madd_lo(acc[j], pj, m);
            acc[j + 1] = mcv_v8_madd_hi(acc[j + 1], pj, m);
        }
        MCV_UNROLL for (size_t j = 0; j < N; j++) acc[j] = acc[j + 1];
        acc[N] = zero;
    }
    mcv_v8 carry = zero;
    MCV_UNROLL for (size_t j = 0; j < N; j++) put(r, j, acc[j], &carry);
}

void mcv_ifma_mul8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    dot(r, &a, &b, 1);
}

void mcv_ifma_dot8(struct mcv_fp8 *r, const struct mcv_fp8 *const *a,
                   const struct mcv_fp8 *const *b, size_t n)
{
    switch (n) {
    case 1:
        dot(r, a, b, 1);
        break;
    case 2:
        dot(r, a, b, 2);
        break;
    case 3:
        dot(r, a, b, 3);
        break;
    default:
        dot(r, a, b, 4);
        break;
    }
}

void mcv_ifma_get8(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane)
{
    for (size_t i = 0; i < N; i++) r->v[MCV_IFMA_AT(i)] = a->v[i * L + lane];
}

void mcv_ifma_set8(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a)
{
    for (size_t i = 0; i < N; i++) r->v[i * L + lane] = a->v[MCV_IFMA_AT(i)];
}

/* A bit of every lane that has a mask of all ones. */
MCV_INLINE mcv_m8 lanes_of(const mcv_limb mask[L])
{
    unsigned m = 0;

    for (size_t l = 0; l < L; l++) m |= (unsigned)(mask[l] & 1u) << l;
    return (mcv_m8)m;
}

void mcv_ifma_cswap8(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[L])
{
    const mcv_m8 m = lanes_of(mask);

    for (size_t i = 0; i < N; i++) {
        const mcv_v8 x = limb(a, i), y = limb(b, i);
        mcv_v8_store(a->v + i * L, mcv_v8_blend(m, x, y));
        mcv_v8_store(b->v + i * L, mcv_v8_blend(m, y, x));
    }
}

void mcv_ifma_cneg8(struct mcv_fp8 *a, const mcv_limb mask[L])
{
    const mcv_m8 m = lanes_of(mask);
    mcv_v8 carry = mcv_v8_all(0);

    for (size_t i = 0; i < N; i++) {
        const mcv_v8 x = limb(a, i);
        put(a, i, mcv_v8_blend(m, x, mcv_v8_sub(mcv_v8_all(mcv_ifma_four_p[i]), x)), &carry);
    }
}

/* Limb i of all entries is in a row. */
void mcv_ifma_table_set(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a)
{
    for (size_t i = 0; i < N; i++) table[i * n + at] = a->v[MCV_IFMA_AT(i)];
}

/* One limb of a table at the index of each lane: n is 8 or 32. */
MCV_INLINE mcv_v8 look_up(const mcv_limb *row, size_t n, mcv_v8 index, mcv_m8 upper)
{
    const mcv_v8 first = mcv_v8_load(row);

    if (n == 8) return mcv_v8_pick(first, first, index);
    return mcv_v8_blend(upper, mcv_v8_pick(first, mcv_v8_load(row + 8), index),
                        mcv_v8_pick(mcv_v8_load(row + 16), mcv_v8_load(row + 24), index));
}

MCV_INLINE void look_up_all(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                            size_t stride, const uint8_t index[L])
{
    uint64_t wide[L];

    for (size_t l = 0; l < L; l++) wide[l] = index[l];
    const mcv_v8 at = mcv_v8_load(wide);
    const mcv_m8 upper = mcv_v8_test(at, mcv_v8_all(16));
    for (size_t i = 0; i < N; i++) {
        mcv_v8 x = look_up(table + i * n, n, at, upper);
        if (lanes < L) x = mcv_v8_blend(0xf0, x, look_up(table + stride + i * n, n, at, upper));
        mcv_v8_store(r->v + i * L, x);
    }
}

void mcv_ifma_table_get(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                        size_t stride, const uint8_t index[L])
{
    if (n == 32)
        look_up_all(r, table, 32, lanes, stride, index);
    else
        look_up_all(r, table, 8, lanes, stride, index);
}

/* Rows become columns. */
MCV_INLINE void transpose(mcv_v8 r[L], const mcv_v8 x[L])
{
    static const uint64_t at[][L] = {
        {0, 8, 2, 10, 4, 12, 6, 14}, {1, 9, 3, 11, 5, 13, 7, 15}, /* pairs of lanes */
        {0, 1, 8, 9, 4, 5, 12, 13},  {2, 3, 10, 11, 6, 7, 14, 15},
        {0, 1, 2, 3, 8, 9, 10, 11},  {4, 5, 6, 7, 12, 13, 14, 15},
    };
    mcv_v8 s[L], t[L];

    for (size_t i = 0; i < L; i++) /* 1: rows 2i, 2i+1 */
        s[i] = mcv_v8_pick(x[i & ~(size_t)1], x[i | 1], mcv_v8_load(at[i % 2]));
    for (size_t i = 0; i < L; i++) /* 2: rows i, i+2 of four */
        t[i] = mcv_v8_pick(s[i & ~(size_t)2], s[i | 2], mcv_v8_load(at[2 + (i >> 1) % 2]));
    for (size_t i = 0; i < L; i++) /* 4: rows i, i+4 */
        r[i] = mcv_v8_pick(t[i & ~(size_t)4], t[i | 4], mcv_v8_load(at[4 + (i >> 2) % 2]));
}

void mcv_ifma_fp2_set8(struct mcv_fp2 r[L], const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    mcv_v8 x[L], y[L];

    for (size_t k = 0; k < 5; k++) {
        for (size_t i = 0; i < 4; i++) {
            x[i] = limb(a, 5 * i + k);
            x[4 + i] = limb(b, 5 * i + k);
        }
        transpose(y, x);
        for (size_t l = 0; l < L; l++) mcv_v8_store(r[l].v + k * L, y[l]);
    }
}
