/* SHA-256 and HMAC-SHA-256 over a list of pieces (OpenSSL EVP).
 *
 * Spec: FIPS 180-4, RFC 2104. No state between calls. Every function can return
 * MCV_E_CRYPTO (OpenSSL failed: out of memory); the output is then zero. */
#ifndef MCV_CRYPTO_HASH_H
#define MCV_CRYPTO_HASH_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

#include <stddef.h>
#include <stdint.h>

#define MCV_SHA256_BYTES 32

/* out = SHA-256( parts[0] | parts[1] | ... ). */
MCV_MUST_USE mcv_err mcv_sha256(uint8_t out[static MCV_SHA256_BYTES], const struct mcv_bytes *parts,
                                size_t n_parts);

/* out = HMAC-SHA-256( key, parts[0] | parts[1] | ... ); the caller wipes out. About 1 us.
 * key   1 octet or more, borrowed for the call. */
MCV_MUST_USE mcv_err mcv_hmac_sha256(uint8_t out[static MCV_SHA256_BYTES], struct mcv_bytes key,
                                     const struct mcv_bytes *parts, size_t n_parts);

#endif
