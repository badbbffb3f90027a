#include "crypto/base/secret.h"

#include <string.h>

/* The empty asm claims to read the memory, so the stores before it stay. */
void mcv_wipe(void *p, size_t n)
{
    if (n == 0) return;
    memset(p, 0, n);
#if defined(__GNUC__)
    __asm__ __volatile__("" : : "r"(p) : "memory");
#else
    volatile uint8_t *v = p;
    for (size_t i = 0; i < n; i++) v[i] = 0;
#endif
}

bool mcv_ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    unsigned diff = 0;

    for (size_t i = 0; i < n; i++) diff |= (unsigned)(x[i] ^ y[i]);
    return diff == 0;
}
