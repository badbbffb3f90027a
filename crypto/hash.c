#include "crypto/hash.h"

#include "crypto/base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

mcv_err mcv_sha256(uint8_t out[static MCV_SHA256_BYTES], const struct mcv_bytes *parts,
                   size_t n_parts)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; ok && i < n_parts; i++) {
        ok = parts[i].n == 0 || EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    if (!ok) mcv_wipe(out, MCV_SHA256_BYTES);
    EVP_MD_CTX_free(ctx);
    return ok ? MCV_OK : MCV_E_CRYPTO;
}

static bool hmac_run(EVP_MAC_CTX *ctx, uint8_t *out, struct mcv_bytes key,
                     const struct mcv_bytes *parts, size_t n_parts)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    size_t n = 0;
    bool ok = EVP_MAC_init(ctx, key.p, key.n, params) == 1;

    for (size_t i = 0; ok && i < n_parts; i++) {
        ok = parts[i].n == 0 || EVP_MAC_update(ctx, parts[i].p, parts[i].n) == 1;
    }
    return ok && EVP_MAC_final(ctx, out, &n, MCV_SHA256_BYTES) == 1 && n == MCV_SHA256_BYTES;
}

mcv_err mcv_hmac_sha256(uint8_t out[static MCV_SHA256_BYTES], struct mcv_bytes key,
                        const struct mcv_bytes *parts, size_t n_parts)
{
    MCV_ASSERT(key.n > 0);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    const bool ok = ctx != NULL && hmac_run(ctx, out, key, parts, n_parts);

    if (!ok) mcv_wipe(out, MCV_SHA256_BYTES);
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return ok ? MCV_OK : MCV_E_CRYPTO;
}
