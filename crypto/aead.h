/* AES-128-GCM with a 16-octet tag on a reused, keyed context of OpenSSL or, when built with MCV_IPSEC_MB
 * and where the CPU runs it, of Intel's ipsec-mb: the same octets, a third of the time. MCV_AEAD=openssl or
 * ipsec_mb chooses for tests.
 *
 * Spec: NIST SP 800-38D; RFC 5116 AEAD_AES_128_GCM with a 12-octet IV, and the
 * 16-octet IV of TS 33.180 E.6. An IV must never repeat under one key: that is
 * the caller's duty. One thread per object. */
#ifndef MCV_CRYPTO_AEAD_H
#define MCV_CRYPTO_AEAD_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/keys.h"

#include <stddef.h>
#include <stdint.h>

#define MCV_AEAD_TAG_BYTES 16

enum mcv_aead_use { MCV_AEAD_SEAL, MCV_AEAD_OPEN };

/* ctx is the library's, about 1.2 kB, wiped when freed; NULL: no key. */
struct mcv_aead {
    void *ctx;
    uint8_t iv_bytes;
    uint8_t use;
};

/* The library in use, chosen with the first call: "openssl" or "ipsec_mb"; static. NULL: MCV_AEAD names one
 * that is not there. */
const char *mcv_aead_backend(void);

/* Keys the object for one direction; mcv_aead_wipe releases it. About 1 us.
 * key       16 octets, not retained outside the library's context.
 * iv_bytes  12 or 16.
 * MCV_E_CONFIG: MCV_AEAD names a library that is not there. MCV_E_CRYPTO: the library failed. The object
 * then holds no key and needs no wipe. */
MCV_MUST_USE mcv_err mcv_aead_init(struct mcv_aead *a, const uint8_t key[static MCV_KEY_BYTES],
                                   enum mcv_aead_use use, size_t iv_bytes);

/* Also for an object of zeros. */
void mcv_aead_wipe(struct mcv_aead *a);

/* out = ciphertext | tag: plain.n + 16 octets, not overlapping plain (or exactly plain.p).
 * iv    of the length given to init.
 * MCV_E_CRYPTO: the library failed; out is zero. */
MCV_MUST_USE mcv_err mcv_aead_seal(struct mcv_aead *a, uint8_t *out, const uint8_t *iv,
                                   struct mcv_bytes aad, struct mcv_bytes plain);

/* out = plaintext: sealed.n - 16 octets, zero unless MCV_OK; sealed is not changed.
 * sealed  ciphertext | tag, peer bytes.
 * MCV_E_TRUNCATED: shorter than a tag. MCV_E_AUTH: the tag differs. */
MCV_MUST_USE mcv_err mcv_aead_open(struct mcv_aead *a, uint8_t *out, const uint8_t *iv,
                                   struct mcv_bytes aad, struct mcv_bytes sealed);

#endif
