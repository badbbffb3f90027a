/* ECCSI: certificateless signatures bound to an identifier, on P-256 with SHA-256.
 *
 * Spec: RFC 6507 with the profile of RFC 6509 (N = 32); TS 33.180 E.1.2.
 * All points are uncompressed: 04 | x(32) | y(32); other forms are refused.
 * An identifier is the octets as they are (the 32-octet UID of TS 33.180 F.2.1).
 * Scalars mod the group order are our own fixed-limb code; [k]G and sums of
 * points are OpenSSL's. No function's time depends on an SSK, a KSAK or a nonce.
 * No state between calls but OpenSSL's description of the curve; const objects may
 * be shared by threads.
 * Every function can return MCV_E_CRYPTO (OpenSSL failed: out of memory); its
 * outputs are then zero. */
#ifndef MCV_CRYPTO_ECCSI_H
#define MCV_CRYPTO_ECCSI_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/base/secret.h"

#include <stdint.h>

#define MCV_ECCSI_SIG_BYTES 129 /* r(32) | s(32) | PVT(65). Spec: RFC 6507 5.2.1 */

/* KMS public authentication key. */
struct mcv_kpak {
    uint8_t b[65];
};

/* Public validation token of one identifier. */
struct mcv_pvt {
    uint8_t b[65];
};

struct mcv_eccsi_sig {
    uint8_t b[MCV_ECCSI_SIG_BYTES];
};

MCV_SECRET(ssk, 32)  /* secret signing key of one identifier, 1 .. q-1 */
MCV_SECRET(ksak, 32) /* KMS secret authentication key, 1 .. q-1 */

/* An own signing key that passed the validation of RFC 6507 5.1.2. Secret:
 * wipe it. Only mcv_eccsi_key_install makes one. */
struct mcv_eccsi_key {
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;
    uint8_t hs[32]; /* SHA-256( G | KPAK | ID | PVT ) */
};

void mcv_eccsi_key_wipe(struct mcv_eccsi_key *key);

/* Validates a received SSK and PVT for `id`. Spec: RFC 6507 5.1.2. About 0.1 ms.
 * key   out, zero unless MCV_OK.
 * MCV_E_MALFORMED: KPAK or PVT is not a point of the curve, or SSK is not in 1 .. q-1.
 * MCV_E_AUTH: the SSK does not belong to this identifier, PVT and KPAK. */
MCV_MUST_USE mcv_err mcv_eccsi_key_install(struct mcv_eccsi_key *key, const struct mcv_kpak *kpak,
                                           struct mcv_bytes id, const struct mcv_ssk *ssk,
                                           const struct mcv_pvt *pvt);

/* Signs msg. Spec: RFC 6507 5.2.1.
 * sig   out, zero unless MCV_OK.
 * rng   gives the nonce: 32 octets big endian per try, tried again unless 1 .. q-1
 *       (so a scripted generator can give j for a known-answer test). */
MCV_MUST_USE mcv_err mcv_eccsi_sign(struct mcv_eccsi_sig *sig, const struct mcv_eccsi_key *key,
                                    struct mcv_bytes msg, const struct mcv_rng *rng);

/* Checks that `id`, served by the KMS of kpak, signed msg. Spec: RFC 6507 5.2.2. About 0.1 ms.
 * sig   peer bytes, borrowed for the call.
 * MCV_E_MALFORMED: not 129 octets, PVT or KPAK not a point of the curve, r or s out of range.
 * MCV_E_AUTH: not signed by that identifier. */
MCV_MUST_USE mcv_err mcv_eccsi_verify(const struct mcv_kpak *kpak, struct mcv_bytes id,
                                      struct mcv_bytes msg, struct mcv_bytes sig);

/* What is kept of a sender: Y of RFC 6507 5.2.2 step 3 for its KMS, identifier and PVT, which hs
 * names. Public; zero: nothing yet. A sender with a new PVT takes the place of the old one. */
struct mcv_eccsi_sender {
    uint8_t hs[32];
    uint8_t y[65];
};

/* The same for a sender that is heard again: the first time a little slower, then faster by a
 * third. sender is changed only by MCV_OK; NULL is mcv_eccsi_verify. */
MCV_MUST_USE mcv_err mcv_eccsi_verify_from(struct mcv_eccsi_sender *sender,
                                           const struct mcv_kpak *kpak, struct mcv_bytes id,
                                           struct mcv_bytes msg, struct mcv_bytes sig);

/* KMS side. Spec: RFC 6507 4.2: a key pair; outputs zero unless MCV_OK.
 * rng gives KSAK in the manner of mcv_eccsi_sign. */
MCV_MUST_USE mcv_err mcv_eccsi_kms_generate(struct mcv_ksak *ksak, struct mcv_kpak *kpak,
                                            const struct mcv_rng *rng);

/* MCV_E_MALFORMED unless kpak is a point of the curve, in the only accepted form. */
MCV_MUST_USE mcv_err mcv_eccsi_kpak_check(const struct mcv_kpak *kpak);

/* KMS side. Spec: RFC 6507 5.1.1: the keys of one identifier; outputs zero unless MCV_OK.
 * rng gives v in the manner of mcv_eccsi_sign; v is erased.
 * MCV_E_MALFORMED: KSAK is not in 1 .. q-1. */
MCV_MUST_USE mcv_err mcv_eccsi_issue(struct mcv_ssk *ssk, struct mcv_pvt *pvt,
                                     const struct mcv_ksak *ksak, const struct mcv_kpak *kpak,
                                     struct mcv_bytes id, const struct mcv_rng *rng);

#endif
