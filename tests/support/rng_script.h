/* A generator that gives the octets it was told, for known answers. */
#ifndef MCV_TESTS_SUPPORT_RNG_SCRIPT_H
#define MCV_TESTS_SUPPORT_RNG_SCRIPT_H

#include "crypto/base/rng.h"

struct mcv_rng_script {
    const uint8_t *p;
    size_t n;
};

/* Fails with MCV_E_CRYPTO when less is left than is asked for. `s` must outlive it. */
struct mcv_rng mcv_rng_script(struct mcv_rng_script *s);

#endif
