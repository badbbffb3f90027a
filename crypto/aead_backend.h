/* The libraries behind aead.h. Private to crypto/aead*.c. */
#ifndef MCV_CRYPTO_AEAD_BACKEND_H
#define MCV_CRYPTO_AEAD_BACKEND_H

#include "crypto/aead.h"

#include <stdbool.h>

/* What is read and where it goes; tag: 16 octets, written when sealing, compared when opening. */
struct mcv_aead_job {
    uint8_t *out;
    const uint8_t *iv;
    size_t iv_bytes;
    struct mcv_bytes aad, in;
    uint8_t *tag;
};

struct mcv_aead_backend {
    const char *name;
    bool (*runs_here)(void);
    /* A keyed context; NULL: the library failed. */
    void *(*make)(const uint8_t key[static MCV_KEY_BYTES], bool is_seal, size_t iv_bytes);
    void (*wipe)(void *ctx); /* NULL is allowed */
    mcv_err (*seal)(void *ctx, const struct mcv_aead_job *job);
    mcv_err (*open)(void *ctx, const struct mcv_aead_job *job);
};

extern const struct mcv_aead_backend mcv_aead_openssl;
extern const struct mcv_aead_backend mcv_aead_ipsec_mb; /* with MCV_HAVE_IPSEC_MB */

#endif
