/* The kernel for x86-64 with BMI2, ADX and AVX2. Private to the files fp_adx*.c.
 *
 * One element is 16 words, R = 2^1024, always below p. Eight elements are 36 vectors of eight limbs
 * of 29 bits, R = 2^1044: a product of a and b is below p + ab/R, so that the 20 bits above p make
 * it tight without a comparison, and a difference is a - b + 8p. Limbs of sums may have a little
 * more than 29 bits ("weak", see fp_adx8.c). */
#ifndef MCV_CRYPTO_FP_ADX_H
#define MCV_CRYPTO_FP_ADX_H

#include "crypto/fp.h"

/* fp_adx.c: r = a b / 2^1024 mod p, 16 words below p */
void mcv_adx_mul(mcv_limb *r, const mcv_limb *a, const mcv_limb *b);

/* fp_adx8.c */
mcv_fp8_op mcv_adx_add8, mcv_adx_sub8, mcv_adx_mul8;
void mcv_adx_dot8(struct mcv_fp8 *r, const struct mcv_fp8 *const *a, const struct mcv_fp8 *const *b,
                  size_t n);
void mcv_adx_get8(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane);
void mcv_adx_set8(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a);
void mcv_adx_cswap8(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[MCV_FP_LANES]);
void mcv_adx_cneg8(struct mcv_fp8 *a, const mcv_limb mask[MCV_FP_LANES]);
void mcv_adx_table_set(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a);
void mcv_adx_table_get(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                       size_t stride, const uint8_t index[MCV_FP_LANES]);

#endif
