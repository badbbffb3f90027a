#include "crypto/aead.h"

#include "crypto/aead_backend.h"
#include "crypto/base/secret.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)INT_MAX - MCV_AEAD_TAG_BYTES) /* EVP counts in int */

/* Fastest first. */
static const struct mcv_aead_backend *const backends[] = {
#if defined(MCV_HAVE_IPSEC_MB)
    &mcv_aead_ipsec_mb,
#endif
    &mcv_aead_openssl,
};

static const struct mcv_aead_backend *choose(const char *name)
{
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        if (name != NULL && strcmp(name, backends[i]->name) != 0) continue;
        if (backends[i]->runs_here()) return backends[i];
    }
    return NULL;
}

/* The choice of the first call; NULL: what MCV_AEAD names is not there. */
static const struct mcv_aead_backend *backend(void)
{
    static _Atomic(const struct mcv_aead_backend *) chosen;
    const struct mcv_aead_backend *b = atomic_load_explicit(&chosen, memory_order_relaxed);

    if (b != NULL) return b;
    b = choose(getenv("MCV_AEAD"));
    atomic_store_explicit(&chosen, b, memory_order_relaxed);
    return b;
}

const char *mcv_aead_backend(void)
{
    return backend() != NULL ? backend()->name : NULL;
}

mcv_err mcv_aead_init(struct mcv_aead *a, const uint8_t key[static MCV_KEY_BYTES],
                      enum mcv_aead_use use, size_t iv_bytes)
{
    MCV_ASSERT(iv_bytes == 12 || iv_bytes == 16);
    *a = (struct mcv_aead){.iv_bytes = (uint8_t)iv_bytes, .use = (uint8_t)use};
    if (backend() == NULL) return MCV_E_CONFIG;
    a->ctx = backend()->make(key, use == MCV_AEAD_SEAL, iv_bytes);
    return a->ctx != NULL ? MCV_OK : MCV_E_CRYPTO;
}

void mcv_aead_wipe(struct mcv_aead *a)
{
    if (a->ctx != NULL) backend()->wipe(a->ctx);
    mcv_wipe(a, sizeof *a);
}

mcv_err mcv_aead_seal(struct mcv_aead *a, uint8_t *out, const uint8_t *iv, struct mcv_bytes aad,
                      struct mcv_bytes plain)
{
    MCV_ASSERT(a->ctx != NULL && a->use == MCV_AEAD_SEAL);
    MCV_ASSERT(plain.n <= MAX_BYTES && aad.n <= MAX_BYTES);
    const mcv_err err = backend()->seal(a->ctx, &(struct mcv_aead_job){.out = out,
                                                                       .iv = iv,
                                                                       .iv_bytes = a->iv_bytes,
                                                                       .aad = aad,
                                                                       .in = plain,
                                                                       .tag = out + plain.n});

    if (err != MCV_OK) mcv_wipe(out, plain.n + MCV_AEAD_TAG_BYTES);
    return err;
}

mcv_err mcv_aead_open(struct mcv_aead *a, uint8_t *out, const uint8_t *iv, struct mcv_bytes aad,
                      struct mcv_bytes sealed)
{
    MCV_ASSERT(a->ctx != NULL && a->use == MCV_AEAD_OPEN);
    MCV_ASSERT(sealed.n <= MAX_BYTES && aad.n <= MAX_BYTES);
    if (sealed.n < MCV_AEAD_TAG_BYTES) return MCV_E_TRUNCATED;
    const struct mcv_bytes in = mcv_bytes_of(sealed.p, sealed.n - MCV_AEAD_TAG_BYTES);
    uint8_t
        tag[MCV_AEAD_TAG_BYTES]; /* a copy: libraries take no const pointer, out may be sealed.p */

    memcpy(tag, sealed.p + in.n, sizeof tag);
    const mcv_err err = backend()->open(
        a->ctx,
        &(struct mcv_aead_job){
            .out = out, .iv = iv, .iv_bytes = a->iv_bytes, .aad = aad, .in = in, .tag = tag});
    if (err != MCV_OK) mcv_wipe(out, in.n);
    return err;
}
