#include "crypto/rng_system.h"

#include <limits.h>
#include <openssl/rand.h>

static mcv_err fill(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    if (n > INT_MAX) return MCV_E_CRYPTO;
    return RAND_priv_bytes(out, (int)n) == 1 ? MCV_OK : MCV_E_CRYPTO;
}

const struct mcv_rng mcv_rng_system = {.fill = fill, .ctx = NULL};
