/* SAKKE as RFC 6508 writes it, on OpenSSL's BIGNUM and affine points: slow, not constant-time, and
 * sharing no arithmetic with crypto/. Spec: RFC 6508 3.2, 5.1, 6.1, 6.2; RFC 6509 Appendix A.
 * A call takes up to half a second. Fails the test if OpenSSL fails. */
#ifndef MCV_TESTS_SUPPORT_SAKKE_ORACLE_H
#define MCV_TESTS_SUPPORT_SAKKE_ORACLE_H

#include "crypto/base/bytes.h"
#include "crypto/sakke.h"

#include <openssl/bn.h>
#include <stdbool.h>

/* An affine point; infinity has none of the two. */
struct oracle_point {
    BIGNUM *x, *y; /* NULL: infinity */
};

void oracle_open(void);
void oracle_close(void);

/* p, q and g; borrowed. */
const BIGNUM *oracle_p(void);
const BIGNUM *oracle_q(void);
const BIGNUM *oracle_g(void);

/* The caller frees what it gets. */
struct oracle_point oracle_base(void);
struct oracle_point oracle_decode(const uint8_t b[257]); /* not checked */
void oracle_encode(uint8_t b[257], const struct oracle_point *a);
void oracle_free(struct oracle_point *a);
bool oracle_on_curve(const struct oracle_point *a);
struct oracle_point oracle_add(const struct oracle_point *a, const struct oracle_point *b);
struct oracle_point oracle_mul(const BIGNUM *k, const struct oracle_point *a);

/* <A, Q> as 128 octets. */
void oracle_pair(uint8_t w[128], const struct oracle_point *a, const struct oracle_point *q);

void oracle_z(struct mcv_sakke_z *z, const struct mcv_z_secret *z_secret);
void oracle_issue(struct mcv_rsk *rsk, const struct mcv_z_secret *z_secret, struct mcv_bytes id);

void oracle_encapsulate(struct mcv_sed *sed, const struct mcv_sakke_z *z, struct mcv_bytes id,
                        const struct mcv_ssv *ssv);

/* g^r for an SSV and an identifier as 128 octets. */
void oracle_w(uint8_t w[128], struct mcv_bytes id, const struct mcv_ssv *ssv);

/* out = in ^ HashToIntegerRange(w, 2^128) */
void oracle_mask(uint8_t out[16], const uint8_t in[16], struct mcv_bytes w);

/* False if TEST differs. */
bool oracle_decapsulate(struct mcv_ssv *ssv, const struct mcv_sed *sed, const struct mcv_sakke_z *z,
                        struct mcv_bytes id, const struct mcv_rsk *rsk);

#endif
