/* Little-endian arrays of limbs: the arithmetic under the fields and scalars.
 * Private to crypto/. Every loop runs over all limbs, no branch and no index
 * depends on a value; n is a constant of the caller, so that the compiler
 * unrolls. A limb is 64 bits where the compiler has a 128-bit product, else 32. */
#ifndef MCV_CRYPTO_MP_H
#define MCV_CRYPTO_MP_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SIZEOF_INT128__)
#define MCV_LIMB_BITS 64
typedef uint64_t mcv_limb;
__extension__ typedef unsigned __int128 mcv_dlimb;
#define MCV_LIMB2(hi, lo) UINT64_C(0x##hi##lo)
#else
#define MCV_LIMB_BITS     32
typedef uint32_t mcv_limb;
typedef uint64_t mcv_dlimb;
#define MCV_LIMB2(hi, lo) UINT32_C(0x##lo), UINT32_C(0x##hi)
#endif

#define MCV_LIMBS(bits) ((bits) / MCV_LIMB_BITS)

#if defined(__GNUC__)
#define MCV_INLINE static inline __attribute__((always_inline))
#else
#define MCV_INLINE static inline
#endif

/* Before a loop over the limbs of an array that shall live in registers. */
#if defined(__clang__)
#define MCV_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define MCV_UNROLL _Pragma("GCC unroll 32")
#else
#define MCV_UNROLL
#endif

/* All ones if bit is 1, zero if it is 0. The empty asm keeps the compiler from
 * turning the mask back into a branch. */
MCV_INLINE mcv_limb mcv_mp_mask(mcv_limb bit)
{
    mcv_limb m = (mcv_limb)0 - bit;
#if defined(__GNUC__)
    __asm__("" : "+r"(m));
#endif
    return m;
}

/* r = a + b; the carry out. */
MCV_INLINE mcv_limb mcv_mp_add(mcv_limb *r, const mcv_limb *a, const mcv_limb *b, size_t n)
{
    mcv_limb carry = 0;

    for (size_t i = 0; i < n; i++) {
        const mcv_dlimb t = (mcv_dlimb)a[i] + b[i] + carry;
        r[i] = (mcv_limb)t;
        carry = (mcv_limb)(t >> MCV_LIMB_BITS);
    }
    return carry;
}

/* r = a - b; the borrow out. */
MCV_INLINE mcv_limb mcv_mp_sub(mcv_limb *r, const mcv_limb *a, const mcv_limb *b, size_t n)
{
    mcv_limb borrow = 0;

    for (size_t i = 0; i < n; i++) {
        const mcv_dlimb t = (mcv_dlimb)a[i] - b[i] - borrow;
        r[i] = (mcv_limb)t;
        borrow = (mcv_limb)(t >> MCV_LIMB_BITS) & 1u;
    }
    return borrow;
}

/* r = mask ? a : r */
MCV_INLINE void mcv_mp_cmov(mcv_limb *r, const mcv_limb *a, mcv_limb mask, size_t n)
{
    for (size_t i = 0; i < n; i++) r[i] ^= mask & (r[i] ^ a[i]);
}

/* 1 if a is 0, else 0. */
MCV_INLINE mcv_limb mcv_mp_is_zero(const mcv_limb *a, size_t n)
{
    mcv_limb any = 0;

    for (size_t i = 0; i < n; i++) any |= a[i];
    return 1u ^ ((any | ((mcv_limb)0 - any)) >> (MCV_LIMB_BITS - 1));
}

/* 1 if a < b, else 0. */
MCV_INLINE mcv_limb mcv_mp_less(const mcv_limb *a, const mcv_limb *b, size_t n)
{
    mcv_limb borrow = 0;

    for (size_t i = 0; i < n; i++) {
        const mcv_dlimb t = (mcv_dlimb)a[i] - b[i] - borrow;
        borrow = (mcv_limb)(t >> MCV_LIMB_BITS) & 1u;
    }
    return borrow;
}

/* (high:a) < 2m becomes the same value mod m, below m. */
MCV_INLINE void mcv_mp_reduce_once(mcv_limb *a, mcv_limb high, const mcv_limb *m, size_t n)
{
    mcv_limb borrow = 0;

    for (size_t i = 0; i < n; i++) {
        const mcv_dlimb t = (mcv_dlimb)a[i] - m[i] - borrow;
        borrow = (mcv_limb)(t >> MCV_LIMB_BITS) & 1u;
    }
    const mcv_limb mask = mcv_mp_mask(high | (borrow ^ 1u));
    borrow = 0;
    for (size_t i = 0; i < n; i++) {
        const mcv_dlimb t = (mcv_dlimb)a[i] - (m[i] & mask) - borrow;
        a[i] = (mcv_limb)t;
        borrow = (mcv_limb)(t >> MCV_LIMB_BITS) & 1u;
    }
}

/* One row of a Montgomery product: (t + a*b + u*m) / 2^w, u such that the
 * division is exact; t has n + 1 limbs. The two carry chains are independent. */
MCV_INLINE void mcv_mp_mont_row(mcv_limb *t, const mcv_limb *a, mcv_limb b, const mcv_limb *m,
                                mcv_limb m_inv, size_t n)
{
    mcv_dlimb ab = (mcv_dlimb)a[0] * b + t[0];
    const mcv_limb u = (mcv_limb)ab * m_inv;
    mcv_dlimb um = (mcv_dlimb)u * m[0] + (mcv_limb)ab;

    for (size_t j = 1; j < n; j++) {
        ab = (mcv_dlimb)a[j] * b + t[j] + (mcv_limb)(ab >> MCV_LIMB_BITS);
        um = (mcv_dlimb)u * m[j] + (mcv_limb)ab + (mcv_limb)(um >> MCV_LIMB_BITS);
        t[j - 1] = (mcv_limb)um;
    }
    const mcv_dlimb top = (mcv_dlimb)t[n] + (mcv_limb)(ab >> MCV_LIMB_BITS) +
                          (mcv_limb)(um >> MCV_LIMB_BITS);
    t[n - 1] = (mcv_limb)top;
    t[n] = (mcv_limb)(top >> MCV_LIMB_BITS);
}

/* r = a * b / 2^(w n) mod m, below m; a * b < m * 2^(w n), m_inv = -1/m mod 2^w.
 * r may be a or b. n is at most 32. */
MCV_INLINE void mcv_mp_mont_mul(mcv_limb *r, const mcv_limb *a, const mcv_limb *b,
                                const mcv_limb *m, mcv_limb m_inv, size_t n)
{
    mcv_limb t[33] = {0};

    for (size_t i = 0; i < n; i++) mcv_mp_mont_row(t, a, b[i], m, m_inv, n);
    mcv_mp_reduce_once(t, t[n], m, n);
    for (size_t i = 0; i < n; i++) r[i] = t[i];
}

/* From and to n limbs of big-endian octets. */
MCV_INLINE void mcv_mp_load(mcv_limb *r, const uint8_t *be, size_t n)
{
    const size_t w = sizeof(mcv_limb);

    for (size_t i = 0; i < n; i++) {
        mcv_limb v = 0;
        for (size_t k = 0; k < w; k++) v = (mcv_limb)(v << 8) | be[(n - 1 - i) * w + k];
        r[i] = v;
    }
}

MCV_INLINE void mcv_mp_store(uint8_t *be, const mcv_limb *a, size_t n)
{
    const size_t w = sizeof(mcv_limb);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < w; k++)
            be[(n - 1 - i) * w + k] = (uint8_t)(a[i] >> (8 * (w - 1 - k)));
}

#endif
