/* Memory of one simulation: many small pieces that are wiped and freed together. One thread. */
#ifndef MCV_SIM_POOL_H
#define MCV_SIM_POOL_H

#include "crypto/base/bytes.h"

#include <stddef.h>

struct mcv_pool {
    struct mcv_pool_block *newest;
    size_t n_bytes; /* taken from the system */
};

/* Wipes and frees every piece; a zero pool is allowed, and can be used again. */
void mcv_pool_wipe(struct mcv_pool *pool);

/* n octets, zero, aligned for any type; NULL: no memory. */
void *mcv_pool_alloc(struct mcv_pool *pool, size_t n);

/* A copy; p is NULL when there is no memory. */
struct mcv_bytes mcv_pool_copy(struct mcv_pool *pool, struct mcv_bytes text);

#endif
