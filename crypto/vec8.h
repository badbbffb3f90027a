/* Eight lanes of 64 bits, in the few operations that fp_ifma needs: AVX-512F and
 * IFMA, or plain C with the same results and the same flow of data, with which
 * tools that do not know the instructions (valgrind, sanitizers, other machines)
 * run the same code. Private to crypto/. No operation depends on a value in time. */
#ifndef MCV_CRYPTO_VEC8_H
#define MCV_CRYPTO_VEC8_H

#include "crypto/mp.h"

typedef uint8_t mcv_m8; /* a bit for each lane */

#if defined(MCV_VEC8_EMULATED)

#define MCV_VEC8_IS "-emulated"

typedef struct {
    uint64_t l[8];
} mcv_v8;

#define MCV_V8_EACH(expression)                                                                    \
    mcv_v8 r;                                                                                      \
    for (size_t i = 0; i < 8; i++) r.l[i] = (expression);                                          \
    return r

#define MCV_V8_LOW52 ((UINT64_C(1) << 52) - 1u)

MCV_INLINE mcv_v8 mcv_v8_load(const uint64_t *p)
{
    MCV_V8_EACH(p[i]);
}

MCV_INLINE void mcv_v8_store(uint64_t *p, mcv_v8 a)
{
    for (size_t i = 0; i < 8; i++) p[i] = a.l[i];
}

MCV_INLINE mcv_v8 mcv_v8_all(uint64_t x)
{
    MCV_V8_EACH(x);
}

MCV_INLINE mcv_v8 mcv_v8_load_halves(const uint64_t *p, const uint64_t *q)
{
    MCV_V8_EACH(i < 4 ? p[i] : q[i - 4]);
}

MCV_INLINE void mcv_v8_store_halves(uint64_t *p, uint64_t *q, mcv_v8 a)
{
    for (size_t i = 0; i < 4; i++) p[i] = a.l[i];
    for (size_t i = 0; i < 4; i++) q[i] = a.l[i + 4];
}

MCV_INLINE mcv_v8 mcv_v8_half_each(const uint64_t *p, const uint64_t *q)
{
    MCV_V8_EACH(i < 4 ? *p : *q);
}

MCV_INLINE mcv_v8 mcv_v8_swap_halves(mcv_v8 a)
{
    MCV_V8_EACH(a.l[i ^ 4u]);
}

MCV_INLINE mcv_v8 mcv_v8_firsts(mcv_v8 a)
{
    MCV_V8_EACH(a.l[i & 4u]);
}

MCV_INLINE mcv_v8 mcv_v8_down(mcv_v8 a)
{
    MCV_V8_EACH(i % 4 == 3 ? 0 : a.l[i + 1]);
}

MCV_INLINE mcv_v8 mcv_v8_up(mcv_v8 a)
{
    MCV_V8_EACH(i % 4 == 0 ? 0 : a.l[i - 1]);
}

MCV_INLINE mcv_v8 mcv_v8_add(mcv_v8 a, mcv_v8 b)
{
    MCV_V8_EACH(a.l[i] + b.l[i]);
}

MCV_INLINE mcv_v8 mcv_v8_keep(mcv_v8 a)
{
    return a;
}

MCV_INLINE mcv_v8 mcv_v8_sub(mcv_v8 a, mcv_v8 b)
{
    MCV_V8_EACH(a.l[i] - b.l[i]);
}

MCV_INLINE mcv_v8 mcv_v8_and(mcv_v8 a, mcv_v8 b)
{
    MCV_V8_EACH(a.l[i] & b.l[i]);
}

MCV_INLINE mcv_v8 mcv_v8_carry(mcv_v8 a)
{
    MCV_V8_EACH(a.l[i] >> 52);
}

MCV_INLINE mcv_v8 mcv_v8_madd_lo(mcv_v8 c, mcv_v8 a, mcv_v8 b)
{
    MCV_V8_EACH(c.l[i] + ((uint64_t)((mcv_dlimb)(a.l[i] & MCV_V8_LOW52) * (b.l[i] & MCV_V8_LOW52)) &
                          MCV_V8_LOW52));
}

MCV_INLINE mcv_v8 mcv_v8_madd_hi(mcv_v8 c, mcv_v8 a, mcv_v8 b)
{
    MCV_V8_EACH(c.l[i] +
                (uint64_t)((mcv_dlimb)(a.l[i] & MCV_V8_LOW52) * (b.l[i] & MCV_V8_LOW52) >> 52));
}

MCV_INLINE mcv_v8 mcv_v8_pick(mcv_v8 a, mcv_v8 b, mcv_v8 index)
{
    uint64_t both[16];

    mcv_v8_store(both, a);
    mcv_v8_store(both + 8, b);
    mcv_v8 r = {{0}};
    for (size_t i = 0; i < 8; i++) /* reads all: the index may be secret */
        for (size_t e = 0; e < 16; e++) {
            const mcv_limb d = (index.l[i] & 15u) ^ e;
            r.l[i] |= both[e] & mcv_mp_mask(((d - 1u) & ~d) >> 63);
        }
    return r;
}

MCV_INLINE mcv_v8 mcv_v8_blend(mcv_m8 from_b, mcv_v8 a, mcv_v8 b)
{
    MCV_V8_EACH(a.l[i] ^ ((a.l[i] ^ b.l[i]) & mcv_mp_mask((mcv_limb)from_b >> i & 1u)));
}

/* lanes of which a bit of mask is set */
MCV_INLINE mcv_m8 mcv_v8_test(mcv_v8 a, mcv_v8 mask)
{
    mcv_limb m = 0;

    for (size_t i = 0; i < 8; i++) {
        const mcv_limb d = a.l[i] & mask.l[i];
        m |= ((d | (0u - d)) >> 63) << i;
    }
    return (mcv_m8)m;
}

MCV_INLINE mcv_m8 mcv_v8_equal(mcv_v8 a, mcv_v8 b)
{
    mcv_limb m = 0;

    for (size_t i = 0; i < 8; i++) {
        const mcv_limb d = a.l[i] ^ b.l[i];
        m |= (((d | (0u - d)) >> 63) ^ 1u) << i;
    }
    return (mcv_m8)m;
}

#else

#include <immintrin.h>

#define MCV_VEC8_IS ""

typedef __m512i mcv_v8;

MCV_INLINE mcv_v8 mcv_v8_load(const uint64_t *p)
{
    return _mm512_loadu_si512(p);
}

MCV_INLINE void mcv_v8_store(uint64_t *p, mcv_v8 a)
{
    _mm512_storeu_si512(p, a);
}

MCV_INLINE mcv_v8 mcv_v8_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

/* four lanes of p, then four of q */
MCV_INLINE mcv_v8 mcv_v8_load_halves(const uint64_t *p, const uint64_t *q)
{
    const void *at_p = p, *at_q = q;

    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256(at_p)),
                              _mm256_loadu_si256(at_q), 1);
}

MCV_INLINE void mcv_v8_store_halves(uint64_t *p, uint64_t *q, mcv_v8 a)
{
    void *at_p = p, *at_q = q;

    _mm256_storeu_si256(at_p, _mm512_castsi512_si256(a));
    _mm256_storeu_si256(at_q, _mm512_extracti64x4_epi64(a, 1));
}

/* four lanes of *p, then four of *q */
MCV_INLINE mcv_v8 mcv_v8_half_each(const uint64_t *p, const uint64_t *q)
{
    return _mm512_mask_set1_epi64(mcv_v8_all(*p), 0xf0, (long long)*q);
}

MCV_INLINE mcv_v8 mcv_v8_swap_halves(mcv_v8 a)
{
    return _mm512_shuffle_i64x2(a, a, 0x4e);
}

/* the first lane of a half in all of it */
MCV_INLINE mcv_v8 mcv_v8_firsts(mcv_v8 a)
{
    return _mm512_permutex_epi64(a, 0);
}

/* lanes 1, 2, 3 of each half, then 0 */
MCV_INLINE mcv_v8 mcv_v8_down(mcv_v8 a)
{
    return _mm512_maskz_permutex_epi64(0x77, a, 0x39);
}

/* 0, then lanes 0, 1, 2 of each half */
MCV_INLINE mcv_v8 mcv_v8_up(mcv_v8 a)
{
    return _mm512_maskz_permutex_epi64(0xee, a, 0x90);
}

MCV_INLINE mcv_v8 mcv_v8_add(mcv_v8 a, mcv_v8 b)
{
    return _mm512_add_epi64(a, b);
}

/* a, in a sum whose order is not the compiler's to change */
MCV_INLINE mcv_v8 mcv_v8_keep(mcv_v8 a)
{
    __asm__("" : "+v"(a));
    return a;
}

MCV_INLINE mcv_v8 mcv_v8_sub(mcv_v8 a, mcv_v8 b)
{
    return _mm512_sub_epi64(a, b);
}

MCV_INLINE mcv_v8 mcv_v8_and(mcv_v8 a, mcv_v8 b)
{
    return _mm512_and_si512(a, b);
}

/* what is above the low 52 bits */
MCV_INLINE mcv_v8 mcv_v8_carry(mcv_v8 a)
{
    return _mm512_srli_epi64(a, 52);
}

/* c + the low 52 bits of the product of the low 52 bits of a and b */
MCV_INLINE mcv_v8 mcv_v8_madd_lo(mcv_v8 c, mcv_v8 a, mcv_v8 b)
{
    return _mm512_madd52lo_epu64(c, a, b);
}

/* c + the high 52 bits of it */
MCV_INLINE mcv_v8 mcv_v8_madd_hi(mcv_v8 c, mcv_v8 a, mcv_v8 b)
{
    return _mm512_madd52hi_epu64(c, a, b);
}

/* lane i is lane index[i] of a and b in a row: 0 .. 15 */
MCV_INLINE mcv_v8 mcv_v8_pick(mcv_v8 a, mcv_v8 b, mcv_v8 index)
{
    return _mm512_permutex2var_epi64(a, index, b);
}

MCV_INLINE mcv_v8 mcv_v8_blend(mcv_m8 from_b, mcv_v8 a, mcv_v8 b)
{
    return _mm512_mask_blend_epi64(from_b, a, b);
}

/* lanes of which a bit of mask is set */
MCV_INLINE mcv_m8 mcv_v8_test(mcv_v8 a, mcv_v8 mask)
{
    return _mm512_test_epi64_mask(a, mask);
}

MCV_INLINE mcv_m8 mcv_v8_equal(mcv_v8 a, mcv_v8 b)
{
    return _mm512_cmpeq_epi64_mask(a, b);
}

#endif
#endif
