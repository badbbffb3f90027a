/* Inside of the objects of sakke.h. Private to crypto/. */
#ifndef MCV_CRYPTO_SAKKE_OBJECT_H
#define MCV_CRYPTO_SAKKE_OBJECT_H

#include "crypto/comb.h"
#include "crypto/pairing.h"
#include "crypto/sakke.h"

struct mcv_sakke_public {
    struct mcv_field f;
    enum mcv_sakke_tables tables;
    struct mcv_comb p, z, g;
};

struct mcv_sakke_key {
    const struct mcv_sakke_public *pub;
    uint8_t id[MCV_SAKKE_ID_MAX_BYTES];
    size_t id_bytes;
    struct mcv_zq id_scalar;
    struct mcv_ec_affine rsk;
    struct mcv_lines lines; /* full tables: the Miller functions of the RSK */
    struct mcv_comb own;    /* full tables: of [id]P + Z */
    size_t wipe_bytes;      /* this object and its tables */
};

/* r = the identifier as an integer mod q; MCV_E_MALFORMED if it is empty or too long. */
MCV_MUST_USE mcv_err mcv_sakke_id_scalar(struct mcv_zq *r, struct mcv_bytes id);

/* r = HashToIntegerRange(ssv | id, q). Spec: RFC 6508 5.1 */
MCV_MUST_USE mcv_err mcv_sakke_hash_r(struct mcv_zq *r, const struct mcv_ssv *ssv,
                                      struct mcv_bytes id);

/* out = in ^ HashToIntegerRange(w, 2^128). Spec: RFC 6508 5.1, 6.2 */
MCV_MUST_USE mcv_err mcv_sakke_mask(uint8_t out[16], const uint8_t in[16], struct mcv_bytes w);

/* An encapsulation before its inversions; all secret but the R of it. */
struct mcv_sakke_sending {
    struct mcv_zq k[2]; /* r b, r */
    struct mcv_ec_point r;
    struct mcv_fp2 g; /* g^r */
};

/* MCV_E_MALFORMED: the identifier; MCV_E_CRYPTO: the hash. */
MCV_MUST_USE mcv_err mcv_sakke_begin(struct mcv_sakke_sending *s,
                                     const struct mcv_sakke_public *pub, struct mcv_bytes id,
                                     const struct mcv_ssv *ssv);

/* H of a SED from w. ambiguous may be NULL. */
MCV_MUST_USE mcv_err mcv_sakke_seal(struct mcv_sed *sed, bool *ambiguous, const struct mcv_ssv *ssv,
                                    const uint8_t w[128]);

/* Overwrites what the arithmetic left on the stack below the caller. */
void mcv_sakke_burn_stack(void);

#endif
