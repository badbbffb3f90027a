/* Deterministic generator for simulations and tests: xoshiro256** with a
 * splitmix64 seed. One stream per link and per agent, so that adding an agent
 * shifts nobody else. NOT for keys of a real device. */
#ifndef MCV_SIM_PRNG_H
#define MCV_SIM_PRNG_H

#include "crypto/base/rng.h"

struct mcv_prng {
    uint64_t s[4];
};

/* Same seed and stream: same sequence on every machine. */
void mcv_prng_init(struct mcv_prng *g, uint64_t seed, uint64_t stream);

uint64_t mcv_prng_u64(struct mcv_prng *g);

/* Uniform in 0 .. bound-1; 0 for bound 0. */
uint64_t mcv_prng_below(struct mcv_prng *g, uint64_t bound);

/* Exponentially distributed with this mean (at most 2^58), in whole numbers; the same on every
 * machine, which a logarithm of libm is not. */
uint64_t mcv_prng_exponential(struct mcv_prng *g, uint64_t mean);

/* The n-th draw of a stream that needs no memory: a hash of both. */
uint64_t mcv_prng_mix(uint64_t stream, uint64_t n);

/* The generator as an input of the core; `g` must outlive it. Never fails. */
struct mcv_rng mcv_prng_rng(struct mcv_prng *g);

#endif
