/* One C type per secret, so that two secrets cannot be swapped and none is
 * compared or wiped with a function that leaks or is optimised away. */
#ifndef MCV_CRYPTO_BASE_SECRET_H
#define MCV_CRYPTO_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets n octets to zero; the compiler cannot drop it. */
void mcv_wipe(void *p, size_t n);

/* Compares in a time that depends on n alone. */
bool mcv_ct_equal(const void *a, const void *b, size_t n);

/* A source file may define a secret of its own and need only one of its functions. */
#if defined(__GNUC__)
#define MCV_UNUSED __attribute__((unused))
#else
#define MCV_UNUSED
#endif

/* struct mcv_<name> { uint8_t b[octets]; } with mcv_<name>_wipe and
 * mcv_<name>_equal. Pass it by pointer; never print it, never put it in a union. */
#define MCV_SECRET(name, octets)                                                                   \
    struct mcv_##name {                                                                            \
        uint8_t b[octets];                                                                         \
    };                                                                                             \
    MCV_UNUSED static inline void mcv_##name##_wipe(struct mcv_##name *s)                          \
    {                                                                                              \
        mcv_wipe(s->b, sizeof s->b);                                                               \
    }                                                                                              \
    MCV_UNUSED static inline bool mcv_##name##_equal(const struct mcv_##name *a,                   \
                                                     const struct mcv_##name *b)                   \
    {                                                                                              \
        return mcv_ct_equal(a->b, b->b, sizeof a->b);                                              \
    }

#endif
