/* The curve of SAKKE, E: y^2 = x^3 - 3x over F_p. Private to crypto/.
 * Spec: RFC 6508 2, RFC 6509 Appendix A.
 *
 * Group arithmetic runs on an isomorphic twisted Edwards curve. With
 * s = sqrt(-3) and c = sqrt(-1/2):
 *   u = x/s, v = y/s^(3/2)            v^2 = u^3 + u
 *   X = u/(c v), Y = (u - 1)/(u + 1)  -X^2 + Y^2 = 1 + X^2 Y^2
 * Its formulas are not complete, but points of odd order meet no exception;
 * for other points the result has Z = 0 or is not that of the group. */
#ifndef MCV_CRYPTO_EC_H
#define MCV_CRYPTO_EC_H

#include "crypto/base/bytes.h"
#include "crypto/fp.h"
#include "crypto/zq.h"

#define MCV_POINT_BYTES 257

/* Affine, on E, never infinity. */
struct mcv_ec_affine {
    struct mcv_fp x, y;
};

/* Edwards, extended: X = x/z, Y = y/z, t = x y/z. */
struct mcv_ec_point {
    struct mcv_fp x, y, z, t;
};

/* 1 if the octets are 04 | x | y, canonical, on E and y != 0; else 0. */
mcv_limb mcv_ec_decode(const struct mcv_field *f, struct mcv_ec_affine *r, const uint8_t *b);

/* P. Spec: RFC 6509 Appendix A */
void mcv_ec_base(const struct mcv_field *f, struct mcv_ec_affine *r);

/* Zero octets after 04 for infinity. One inversion. */
void mcv_ec_encode(const struct mcv_field *f, uint8_t b[MCV_POINT_BYTES],
                   const struct mcv_ec_point *a);

void mcv_ec_from_affine(const struct mcv_field *f, struct mcv_ec_point *r,
                        const struct mcv_ec_affine *a);

/* As encode, before the inversion: x = xn/d, y = yn/d. */
void mcv_ec_to_fractions(const struct mcv_field *f, struct mcv_fp *xn, struct mcv_fp *yn,
                         struct mcv_fp *d, const struct mcv_ec_point *a);

void mcv_ec_neutral(const struct mcv_field *f, struct mcv_ec_point *r);
void mcv_ec_double(const struct mcv_field *f, struct mcv_ec_point *r, const struct mcv_ec_point *a);
void mcv_ec_add(const struct mcv_field *f, struct mcv_ec_point *r, const struct mcv_ec_point *a,
                const struct mcv_ec_point *b);

/* [k]a by doubling and adding at every bit. Some ms. */
void mcv_ec_mul(const struct mcv_field *f, struct mcv_ec_point *r, const mcv_limb *k,
                const struct mcv_ec_point *a);

/* 1 if a is the affine point b, else 0; no inversion. */
mcv_limb mcv_ec_equals(const struct mcv_field *f, const struct mcv_ec_point *a,
                       const struct mcv_ec_affine *b);

/* 1 if [q]a = infinity, else 0. Some ms. */
mcv_limb mcv_ec_has_order_q(const struct mcv_field *f, const struct mcv_ec_affine *a);

#endif
