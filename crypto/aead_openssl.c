/* On a reused EVP context, which costs 1.2 kB. */
#include "crypto/aead_backend.h"

#include <openssl/evp.h>

static bool always(void)
{
    return true;
}

static void *make(const uint8_t key[static MCV_KEY_BYTES], bool is_seal, size_t iv_bytes)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    const bool ok = ctx != NULL &&
                    EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, NULL, NULL, is_seal) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_bytes, NULL) == 1 &&
                    EVP_CipherInit_ex(ctx, NULL, NULL, key, NULL, is_seal) == 1;

    if (ok) return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

static void wipe(void *ctx)
{
    EVP_CIPHER_CTX_free(ctx);
}

/* IV, AAD and the data itself; what remains is the tag. */
static bool run(EVP_CIPHER_CTX *ctx, const struct mcv_aead_job *job)
{
    int n = 0;

    if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, job->iv, -1) != 1) return false;
    if (job->aad.n > 0 && EVP_CipherUpdate(ctx, NULL, &n, job->aad.p, (int)job->aad.n) != 1)
        return false;
    return job->in.n == 0 || EVP_CipherUpdate(ctx, job->out, &n, job->in.p, (int)job->in.n) == 1;
}

static mcv_err seal(void *ctx, const struct mcv_aead_job *job)
{
    int n = 0;
    const bool ok = run(ctx, job) && EVP_CipherFinal_ex(ctx, job->tag, &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, MCV_AEAD_TAG_BYTES, job->tag) ==
                        1;

    return ok ? MCV_OK : MCV_E_CRYPTO;
}

static mcv_err open(void *ctx, const struct mcv_aead_job *job)
{
    uint8_t none[1]; /* Final writes nothing for GCM, but wants a place */
    int n = 0;

    if (!run(ctx, job) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, MCV_AEAD_TAG_BYTES, job->tag) != 1)
        return MCV_E_CRYPTO;
    return EVP_CipherFinal_ex(ctx, none, &n) == 1 ? MCV_OK : MCV_E_AUTH;
}

const struct mcv_aead_backend mcv_aead_openssl = {
    .name = "openssl",
    .runs_here = always,
    .make = make,
    .wipe = wipe,
    .seal = seal,
    .open = open,
};
