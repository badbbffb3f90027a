/* Memory that will be needed soon. Thousands of objects in one process wait for it; nothing else does. */
#ifndef MCV_CRYPTO_BASE_CACHE_H
#define MCV_CRYPTO_BASE_CACHE_H

#include <stddef.h>

#define MCV_CACHE_LINE_BYTES 64u

/* Asks for n octets from p on. A hint: nothing changes, and p may be anything. */
static inline void mcv_cache_expect(const void *p, size_t n)
{
#if defined(__GNUC__)
    for (size_t i = 0; i < n; i += MCV_CACHE_LINE_BYTES)
        __builtin_prefetch((const char *)p + i, 1, 2);
#else
    (void)p, (void)n;
#endif
}

#endif
