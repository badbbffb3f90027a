#include "crypto/base/rng.h"

#include "crypto/base/bytes.h"
#include "crypto/base/secret.h"

mcv_err mcv_rng_bytes(const struct mcv_rng *rng, uint8_t *out, size_t n)
{
    mcv_err err = rng->fill(rng->ctx, out, n);

    if (err != MCV_OK) mcv_wipe(out, n);
    return err;
}

static mcv_err choose(const struct mcv_rng *rng, uint32_t *out, uint32_t bound)
{
    const mcv_err err = rng->choose(rng->ctx, out, bound);

    if (err != MCV_OK) *out = 0;
    return err;
}

mcv_err mcv_rng_u32(const struct mcv_rng *rng, uint32_t *out)
{
    uint8_t b[4];

    if (rng->choose != NULL) return choose(rng, out, 0);
    mcv_err err = mcv_rng_bytes(rng, b, sizeof b);

    *out = err == MCV_OK ? mcv_load_be32(b) : 0;
    return err;
}

mcv_err mcv_rng_below(const struct mcv_rng *rng, uint32_t *out, uint32_t bound)
{
    MCV_ASSERT(bound > 0);
    /* 2^32 mod bound values at the low end would be drawn once too often. */
    const uint32_t reject_below = (uint32_t)(0u - bound) % bound;
    uint32_t v;

    if (rng->choose != NULL) return choose(rng, out, bound);
    *out = 0;
    do {
        mcv_err err = mcv_rng_u32(rng, &v);
        if (err != MCV_OK) return err;
    } while (v < reject_below);
    *out = v % bound;
    return MCV_OK;
}
