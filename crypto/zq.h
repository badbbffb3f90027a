/* Scalars modulo q, the order of P in SAKKE, in constant time. Private to crypto/.
 * Spec: RFC 6509 Appendix A. */
#ifndef MCV_CRYPTO_ZQ_H
#define MCV_CRYPTO_ZQ_H

#include "crypto/sakke_const.h"

/* 0 .. q-1. May be secret: the owner wipes it. */
struct mcv_zq {
    mcv_limb v[MCV_SAKKE_LIMBS];
};

/* 1 if the octets are an integer in 2 .. q-1, else 0 and r is 0. */
mcv_limb mcv_zq_decode_secret(struct mcv_zq *r, const uint8_t be[128]);

/* Any 1024-bit integer, reduced. */
void mcv_zq_reduce(struct mcv_zq *r, const uint8_t be[128]);

void mcv_zq_add(struct mcv_zq *r, const struct mcv_zq *a, const struct mcv_zq *b);
void mcv_zq_mul(struct mcv_zq *r, const struct mcv_zq *a, const struct mcv_zq *b);

/* 1/a; 0 for 0. About 10 us. */
void mcv_zq_inv(struct mcv_zq *r, const struct mcv_zq *a);

/* 1 if a is 0, else 0. */
mcv_limb mcv_zq_is_zero(const struct mcv_zq *a);

#endif
