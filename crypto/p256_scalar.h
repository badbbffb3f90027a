/* Scalars modulo the order q of P-256, in constant time. Private to crypto/.
 * Spec: RFC 6507 4.1 (q), FIPS 186-4 D.1.2.3. BIGNUM is not used for them: its
 * time depends on the values. */
#ifndef MCV_CRYPTO_P256_SCALAR_H
#define MCV_CRYPTO_P256_SCALAR_H

#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/mp.h"

#include <stdbool.h>

#define MCV_P256_LIMBS MCV_LIMBS(256)

/* 0 .. q-1. May be secret: the owner wipes it. */
struct mcv_p256_scalar {
    mcv_limb v[MCV_P256_LIMBS];
};

/* True if the octets are an integer in 1 .. q-1; r is zero otherwise. */
bool mcv_p256_scalar_decode(struct mcv_p256_scalar *r, const uint8_t be[32]);

/* Any 256-bit integer, reduced mod q: a hash value. */
void mcv_p256_scalar_reduce(struct mcv_p256_scalar *r, const uint8_t be[32]);

void mcv_p256_scalar_encode(uint8_t be[32], const struct mcv_p256_scalar *a);

/* Uniform in 1 .. q-1 by rejection: 32 octets of rng per try. MCV_E_CRYPTO if rng fails. */
MCV_MUST_USE mcv_err mcv_p256_scalar_random(struct mcv_p256_scalar *r, const struct mcv_rng *rng);

/* r may be a or b. */
void mcv_p256_scalar_add(struct mcv_p256_scalar *r, const struct mcv_p256_scalar *a,
                         const struct mcv_p256_scalar *b);
void mcv_p256_scalar_mul(struct mcv_p256_scalar *r, const struct mcv_p256_scalar *a,
                         const struct mcv_p256_scalar *b);

/* 1/a; 0 for 0. */
void mcv_p256_scalar_inv(struct mcv_p256_scalar *r, const struct mcv_p256_scalar *a);

bool mcv_p256_scalar_is_zero(const struct mcv_p256_scalar *a);

#endif
