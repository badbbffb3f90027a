#include "tests/support/rng_script.h"

#include <string.h>

static mcv_err fill(void *ctx, uint8_t *out, size_t n)
{
    struct mcv_rng_script *s = ctx;

    if (n > s->n) return MCV_E_CRYPTO;
    memcpy(out, s->p, n);
    s->p += n;
    s->n -= n;
    return MCV_OK;
}

struct mcv_rng mcv_rng_script(struct mcv_rng_script *s)
{
    return (struct mcv_rng){.fill = fill, .ctx = s};
}
