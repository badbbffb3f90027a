/* The Tate pairing of SAKKE with a fixed argument K, the RSK. Private to crypto/.
 * Spec: RFC 6508 3.2; <R, K> = <K, R>, so that the Miller function is that of K.
 *
 * q - 1 is written in base 4 with digits -1, 0, 1, 2. A step T -> 4T + dK
 * multiplies f^4 by one function A(x) + y B(x), the product of two tangents, and
 * the chord (and for d = 2 the tangent at K), without the verticals, which
 * are in F_p. It is evaluated at (-x_R, i y_R) and divided by y_R:
 * A(-x_R)/y_R + B(-x_R) i. B has the leading coefficient 1. */
#ifndef MCV_CRYPTO_PAIRING_H
#define MCV_CRYPTO_PAIRING_H

#include "crypto/ec.h"

#define MCV_LINE_FORMS 3 /* of (A, B): degrees (2,1) d = 0, (3,1) d = +-1, (3,2) d = 2 */

/* All secret if K is. */
struct mcv_lines {
    struct mcv_fp8 *form[MCV_LINE_FORMS]; /* eight steps of one form at a time */
    struct mcv_fp alpha, beta, gamma;     /* the tangent at K: alpha y + beta x + gamma */
};

/* Elements (of eight lanes) of memory for a table. */
size_t mcv_lines_elements(void);

/* Builds the table of K in mem, aligned to 64. Some ms. For a K that is not of order q
 * the table is of no use: the pairing with it is not that of another point but noise. */
void mcv_lines_build(const struct mcv_field *f, struct mcv_lines *lines, struct mcv_fp8 *mem,
                     const struct mcv_ec_affine *k);

/* r = <R, K> as an element of F_p2 up to a factor in F_p. R is public, y_R not 0. */
void mcv_pairing_fixed(const struct mcv_field *f, struct mcv_fp2 *r, const struct mcv_lines *lines,
                       const struct mcv_ec_affine *at);

/* The same without a table. About five times slower. */
void mcv_pairing(const struct mcv_field *f, struct mcv_fp2 *r, const struct mcv_ec_affine *k,
                 const struct mcv_ec_affine *at);

#endif
