/* Randomness is an input too: the owner of an object hands it a generator. */
#ifndef MCV_CRYPTO_BASE_RNG_H
#define MCV_CRYPTO_BASE_RNG_H

#include "crypto/base/err.h"

#include <stddef.h>
#include <stdint.h>

struct mcv_rng {
    /* Fills n octets or returns MCV_E_CRYPTO. Keys are drawn from it: outside
     * tests and simulations it must be the system's generator (crypto/rng_system.h). */
    mcv_err (*fill)(void *ctx, uint8_t *out, size_t n);
    void *ctx;
    /* Chooses what others may know; see below. NULL: from fill. bound 0: 2^32. */
    mcv_err (*choose)(void *ctx, uint32_t *out, uint32_t bound);
};

/* n random octets, for all that is secret; on failure the output is zero. */
MCV_MUST_USE mcv_err mcv_rng_bytes(const struct mcv_rng *rng, uint8_t *out, size_t n);

/* For identifiers that are sent in clear and for times to wait alone: what they give may be recorded. */
MCV_MUST_USE mcv_err mcv_rng_u32(const struct mcv_rng *rng, uint32_t *out);

/* The same; uniform in 0 .. bound-1, without bias; bound > 0. */
MCV_MUST_USE mcv_err mcv_rng_below(const struct mcv_rng *rng, uint32_t *out, uint32_t bound);

#endif
