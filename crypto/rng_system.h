/* The operating system's generator, through OpenSSL's DRBG. Thread-safe. */
#ifndef MCV_CRYPTO_RNG_SYSTEM_H
#define MCV_CRYPTO_RNG_SYSTEM_H

#include "crypto/base/rng.h"

extern const struct mcv_rng mcv_rng_system;

#endif
