/* The kernel for CPUs with AVX-512 IFMA: 20 limbs of 52 bits, R = 2^1040.
 * Private to the files fp_ifma*.c.
 *
 * A product of a and b is below p + ab/R: the 16 bits of R above p make it tight
 * without a comparison. A difference is a - b + 4p. An element is "normal" if all
 * its limbs have 52 bits, as left factors and all of struct mcv_fp and mcv_fp8
 * have; "raw" limbs have up to 60 bits. The multiplier reads 52 bits.
 *
 * struct mcv_fp is five vectors of four lanes: limb 5s + k is lane s of vector k,
 * so that a shift by one limb moves whole vectors and the lanes of one only. Two
 * elements side by side, a pair, are five vectors of eight lanes. */
#ifndef MCV_CRYPTO_FP_IFMA_H
#define MCV_CRYPTO_FP_IFMA_H

#include "crypto/fp.h"

#define MCV_IFMA_LIMBS          20
#define MCV_IFMA_BITS           52
#define MCV_IFMA_LOW            ((UINT64_C(1) << MCV_IFMA_BITS) - 1u)
#define MCV_IFMA_MINUS_1_OVER_P UINT64_C(0x420077c8f2f3d)

/* Where limb i of an element is in struct mcv_fp. */
#define MCV_IFMA_AT(i) ((i) % 5 * 4 + (i) / 5)

/* In memory, so that the multiplier reads them there: a compiler that knows the values builds
 * them from immediates. 4p has limbs that are not less than raw ones, so that no limb of a
 * difference is negative. */
extern const uint64_t mcv_ifma_p[MCV_IFMA_LIMBS];
extern const uint64_t mcv_ifma_four_p[MCV_IFMA_LIMBS];
extern const struct mcv_fp mcv_ifma_r2; /* R^2 mod p */
/* The same element twice as a pair: p; p without limb 0, limb i + 1 as limb i; 4p. */
extern const uint64_t mcv_ifma_p_pair[2 * MCV_IFMA_LIMBS];
extern const uint64_t mcv_ifma_p_next_pair[2 * MCV_IFMA_LIMBS];
extern const uint64_t mcv_ifma_four_p_pair[2 * MCV_IFMA_LIMBS];

/* fp_ifma8.c */
mcv_fp8_op mcv_ifma_add8, mcv_ifma_sub8, mcv_ifma_mul8;
void mcv_ifma_dot8(struct mcv_fp8 *r, const struct mcv_fp8 *const *a,
                   const struct mcv_fp8 *const *b, size_t n);
void mcv_ifma_get8(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane);
void mcv_ifma_set8(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a);
void mcv_ifma_cswap8(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[MCV_FP_LANES]);
void mcv_ifma_cneg8(struct mcv_fp8 *a, const mcv_limb mask[MCV_FP_LANES]);
void mcv_ifma_table_set(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a);
void mcv_ifma_table_get(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                        size_t stride, const uint8_t index[MCV_FP_LANES]);
void mcv_ifma_fp2_set8(struct mcv_fp2 r[MCV_FP_LANES], const struct mcv_fp8 *a,
                       const struct mcv_fp8 *b);

#endif
