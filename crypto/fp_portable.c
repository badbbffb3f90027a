/* The kernel for every machine. */
#include "crypto/fp.h"

#include <string.h>

#define N MCV_SAKKE_LIMBS
#define P mcv_sakke_p

MCV_INLINE mcv_limb add_words(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    return mcv_mp_add(r, a, b, N);
}

MCV_INLINE mcv_limb sub_words(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    return mcv_mp_sub(r, a, b, N);
}

MCV_INLINE void choose_words(mcv_limb *r, mcv_limb mask, const mcv_limb *a, const mcv_limb *b)
{
    for (size_t i = 0; i < N; i++) r[i] = b[i] ^ (mask & (a[i] ^ b[i]));
}

/* t += a b, N + 1 words; the carry out. */
MCV_INLINE mcv_limb add_row(mcv_limb *t, const mcv_limb *a, mcv_limb b)
{
    mcv_dlimb c = 0;

    for (size_t j = 0; j < N; j++) {
        c = (mcv_dlimb)a[j] * b + t[j] + (mcv_limb)(c >> MCV_LIMB_BITS);
        t[j] = (mcv_limb)c;
    }
    c = (mcv_dlimb)t[N] + (mcv_limb)(c >> MCV_LIMB_BITS);
    t[N] = (mcv_limb)c;
    return (mcv_limb)(c >> MCV_LIMB_BITS);
}

/* One row is the word i of every b, then one Montgomery step. */
static void dot(mcv_limb *r, const mcv_limb *const *a, const mcv_limb *const *b, size_t n)
{
    mcv_limb t[N + 1] = {0}, less[N];

    for (size_t i = 0; i < N; i++) {
        mcv_limb over = 0; /* what does not fit in t, for three products or more */
        for (size_t k = 1; k < n; k++) over += add_row(t, a[k], b[k][i]);
        mcv_mp_mont_row(t, a[0], b[0][i], P, MCV_SAKKE_MINUS_1_OVER_P, N);
        t[N] += over;
    }
    /* t < (0.6 n + 1) p: 1.6 p for one product, 2.2 p for two, 3.4 p for four */
    for (size_t k = n < 2 ? 1 : n / 2 + 1; k > 0; k--) {
        const mcv_limb borrow = mcv_mp_sub(less, t, P, N);
        const mcv_limb is_less = borrow & mcv_mp_is_zero(t + N, 1);
        t[N] -= borrow ^ is_less;
        choose_words(t, mcv_mp_mask(is_less), t, less);
    }
    memcpy(r, t, N * sizeof t[0]);
}

#include "crypto/fp_words.inc"
#include "crypto/fp_words8.inc"

const struct mcv_fp_kernel mcv_fp_portable = {
    .name = "portable",
    MCV_FP_WORDS_ONE,
    MCV_FP_WORDS_EIGHT,
};
