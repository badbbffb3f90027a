/* Powers of a fixed base by a comb, in constant time: [k]B on the curve and g^k
 * in PF_p. Private to crypto/.
 *
 * k, made odd by adding q, is the sum of 1056/w digits d_i 2^(w i), d_i odd in
 * -(2^w - 1) .. 2^w - 1: no digit is zero, so every digit costs one addition.
 * Table j holds the 2^(w-1) odd multiples of 2^(w V j) B and serves V digits.
 * The eight lanes add 8 digits per round; the lanes are joined at the end:
 * digit v of every table counts 2^(w v). */
#ifndef MCV_CRYPTO_COMB_H
#define MCV_CRYPTO_COMB_H

#include "crypto/ec.h"

#define MCV_COMB_BITS       1056
#define MCV_COMB_MAX_DIGITS (MCV_COMB_BITS / 4)

struct mcv_comb_shape {
    size_t window;   /* w, bits of a digit */
    size_t digits;   /* V, digits of a table: 4 or 8 */
    size_t n_tables; /* w V n_tables = 1056 */
};

extern const struct mcv_comb_shape mcv_comb_full;  /* 676 kB a base, 225 kB for g */
extern const struct mcv_comb_shape mcv_comb_small; /* 127 kB a base, 42 kB for g */

/* Tables in the caller's memory. */
struct mcv_comb {
    const struct mcv_comb_shape *shape;
    mcv_limb *mem; /* aligned to 64 octets */
};

/* Limbs that the tables of a point, or of g, take. */
size_t mcv_comb_point_limbs(const struct mcv_comb_shape *shape);
size_t mcv_comb_g_limbs(const struct mcv_comb_shape *shape);

/* Some ms. base: a public point of order q. */
void mcv_comb_point_build(const struct mcv_field *f, struct mcv_comb *c,
                          const struct mcv_ec_point *base);
void mcv_comb_g_build(const struct mcv_field *f, struct mcv_comb *c, const struct mcv_fp *g);

/* r = [k[0]]B_0 + ... + [k[n-1]]B_(n-1); all combs of one shape, n >= 1. */
void mcv_comb_point_mul(const struct mcv_field *f, struct mcv_ec_point *r,
                        const struct mcv_comb *const *c, const struct mcv_zq *k, size_t n);

/* r = (1 + g i)^k, up to a factor in F_p. */
void mcv_comb_g_pow(const struct mcv_field *f, struct mcv_fp2 *r, const struct mcv_comb *c,
                    const struct mcv_zq *k);

#endif
