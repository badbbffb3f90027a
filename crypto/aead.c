#include "crypto/aead.h"

#include "crypto/base/secret.h"

#include <limits.h>
#include <openssl/evp.h>

#define MAX_BYTES ((size_t)INT_MAX - MCV_AEAD_TAG_BYTES) /* EVP counts in int */

mcv_err mcv_aead_init(struct mcv_aead *a, const uint8_t key[static MCV_KEY_BYTES],
                      enum mcv_aead_use use, size_t iv_bytes)
{
    MCV_ASSERT(iv_bytes == 12 || iv_bytes == 16);
    *a = (struct mcv_aead){.iv_bytes = (uint8_t)iv_bytes, .use = (uint8_t)use};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    const int is_seal = use == MCV_AEAD_SEAL;
    const bool ok = ctx != NULL &&
                    EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, NULL, NULL, is_seal) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_bytes, NULL) == 1 &&
                    EVP_CipherInit_ex(ctx, NULL, NULL, key, NULL, is_seal) == 1;

    if (!ok) {
        EVP_CIPHER_CTX_free(ctx);
        return MCV_E_CRYPTO;
    }
    a->ctx = ctx;
    return MCV_OK;
}

void mcv_aead_wipe(struct mcv_aead *a)
{
    EVP_CIPHER_CTX_free(a->ctx);
    mcv_wipe(a, sizeof *a);
}

/* IV, AAD and the data itself; what remains is the tag. */
static bool run(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *iv, struct mcv_bytes aad,
                struct mcv_bytes in)
{
    int n = 0;

    if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, iv, -1) != 1) return false;
    if (aad.n > 0 && EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.n) != 1) return false;
    return in.n == 0 || EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1;
}

mcv_err mcv_aead_seal(struct mcv_aead *a, uint8_t *out, const uint8_t *iv, struct mcv_bytes aad,
                      struct mcv_bytes plain)
{
    MCV_ASSERT(a->ctx != NULL && a->use == MCV_AEAD_SEAL);
    MCV_ASSERT(plain.n <= MAX_BYTES && aad.n <= MAX_BYTES);
    uint8_t *tag = out + plain.n;
    int n = 0;
    const bool ok = run(a->ctx, out, iv, aad, plain) && EVP_CipherFinal_ex(a->ctx, tag, &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, MCV_AEAD_TAG_BYTES, tag) ==
                        1;

    if (!ok) mcv_wipe(out, plain.n + MCV_AEAD_TAG_BYTES);
    return ok ? MCV_OK : MCV_E_CRYPTO;
}

mcv_err mcv_aead_open(struct mcv_aead *a, uint8_t *out, const uint8_t *iv, struct mcv_bytes aad,
                      struct mcv_bytes sealed)
{
    MCV_ASSERT(a->ctx != NULL && a->use == MCV_AEAD_OPEN);
    MCV_ASSERT(sealed.n <= MAX_BYTES && aad.n <= MAX_BYTES);
    if (sealed.n < MCV_AEAD_TAG_BYTES) return MCV_E_TRUNCATED;
    const struct mcv_bytes in = mcv_bytes_of(sealed.p, sealed.n - MCV_AEAD_TAG_BYTES);
    uint8_t tag[MCV_AEAD_TAG_BYTES]; /* a copy: the control call takes no const pointer */
    int n = 0;
    mcv_err err = MCV_E_CRYPTO;

    memcpy(tag, sealed.p + in.n, sizeof tag);
    if (run(a->ctx, out, iv, aad, in) &&
        EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, MCV_AEAD_TAG_BYTES, tag) == 1) {
        uint8_t none[1]; /* Final writes nothing for GCM, but wants a place */
        err = EVP_CipherFinal_ex(a->ctx, none, &n) == 1 ? MCV_OK : MCV_E_AUTH;
    }
    if (err != MCV_OK) mcv_wipe(out, in.n);
    return err;
}
