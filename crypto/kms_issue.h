/* What a KMS issues to many users at once: both key pairs of each.
 *
 * Spec: TS 33.180 5.3; RFC 6507 5.1.1, RFC 6508 6.1.1. No thread is started: the caller
 * gives each of its threads a range, the same `pub` and masters, and a generator of its own. */
#ifndef MCV_CRYPTO_KMS_ISSUE_H
#define MCV_CRYPTO_KMS_ISSUE_H

#include "crypto/eccsi.h"
#include "crypto/sakke.h"

/* The master secrets of a KMS; borrowed. pub is made of the Z of z_secret. */
struct mcv_kms_masters {
    const struct mcv_ksak *ksak;
    const struct mcv_kpak *kpak;
    const struct mcv_z_secret *z_secret;
    const struct mcv_sakke_public *pub;
};

/* The keys of one identifier. ssk and rsk are secret: the owner wipes them. */
struct mcv_issued_keys {
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;
    struct mcv_rsk rsk;
};

/* The keys of ids[0 .. n-1]. 0.1 ms to 1 ms each.
 * out   n of them, zero unless MCV_OK.
 * Errors as of mcv_eccsi_issue and mcv_sakke_issue, for any of the identifiers. */
MCV_MUST_USE mcv_err mcv_kms_issue_many(struct mcv_issued_keys *out,
                                        const struct mcv_kms_masters *masters,
                                        const struct mcv_bytes *ids, size_t n,
                                        const struct mcv_rng *rng);

#endif
