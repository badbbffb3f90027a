#include "sim/prng.h"

#define MAX_MEAN (UINT64_C(1) << 58)

static uint64_t splitmix(uint64_t *x)
{
    *x += 0x9e3779b97f4a7c15u;
    uint64_t z = *x;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t v, unsigned n)
{
    return v << n | v >> (64u - n);
}

void mcv_prng_init(struct mcv_prng *g, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed;

    x ^= splitmix(&stream);
    for (int i = 0; i < 4; i++) g->s[i] = splitmix(&x);
}

uint64_t mcv_prng_u64(struct mcv_prng *g)
{
    uint64_t *s = g->s;
    const uint64_t out = rotl(s[1] * 5u, 7) * 9u;
    const uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

uint64_t mcv_prng_below(struct mcv_prng *g, uint64_t bound)
{
    if (bound == 0) return 0;
    const uint64_t reject_below = (uint64_t)(0u - bound) % bound;
    uint64_t v;

    do {
        v = mcv_prng_u64(g);
    } while (v < reject_below);
    return v % bound;
}

/* -log2(v / 2^64) with 24 bits after the point; v > 0. Bits by squaring the mantissa. */
static uint64_t minus_log2(uint64_t v)
{
    uint64_t whole = 1, fraction = 0;

    while ((v & UINT64_C(1) << 63) == 0) {
        v <<= 1;
        whole++;
    }
    uint64_t m = v >> 32; /* 1.x with 31 bits after the point */
    for (int i = 0; i < 24; i++) {
        m = m * m >> 31;
        const uint64_t bit = m >> 32;
        m >>= bit;
        fraction = fraction << 1 | bit;
    }
    return (whole << 24) - fraction;
}

uint64_t mcv_prng_exponential(struct mcv_prng *g, uint64_t mean)
{
    const uint64_t ln_2 = 2977044472; /* with 32 bits after the point */
    const uint64_t minus_ln = minus_log2(mcv_prng_u64(g) | 1) * ln_2 >> 32; /* below 2^30 */
    const uint64_t m = mean < MAX_MEAN ? mean : MAX_MEAN;

    return (m >> 24) * minus_ln + ((m & 0xffffff) * minus_ln >> 24);
}

uint64_t mcv_prng_mix(uint64_t stream, uint64_t n)
{
    uint64_t x = n;

    x = stream ^ splitmix(&x);
    return splitmix(&x);
}

static mcv_err fill(void *ctx, uint8_t *out, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++) {
        if (i % 8 == 0) word = mcv_prng_u64(ctx);
        out[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
    return MCV_OK;
}

struct mcv_rng mcv_prng_rng(struct mcv_prng *g)
{
    return (struct mcv_rng){.fill = fill, .ctx = g};
}
