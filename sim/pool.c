#include "sim/pool.h"

#include "crypto/base/secret.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_BYTES (64u << 10)

struct mcv_pool_block {
    struct mcv_pool_block *older;
    size_t cap, used;
    alignas(max_align_t) unsigned char p[];
};

void mcv_pool_wipe(struct mcv_pool *pool)
{
    while (pool->newest != NULL) {
        struct mcv_pool_block *b = pool->newest;

        pool->newest = b->older;
        mcv_wipe(b->p, b->used);
        free(b);
    }
    pool->n_bytes = 0;
}

/* A large piece gets a block of its own, behind the one that is being filled. */
static struct mcv_pool_block *add_block(struct mcv_pool *pool, size_t n)
{
    const bool is_large = n > BLOCK_BYTES / 4;
    const size_t cap = is_large ? n : BLOCK_BYTES;
    struct mcv_pool_block *b = calloc(1, sizeof *b + cap);

    if (b == NULL) return NULL;
    b->cap = cap;
    pool->n_bytes += sizeof *b + cap;
    if (is_large && pool->newest != NULL) {
        b->older = pool->newest->older;
        pool->newest->older = b;
    } else {
        b->older = pool->newest;
        pool->newest = b;
    }
    return b;
}

void *mcv_pool_alloc(struct mcv_pool *pool, size_t n)
{
    const size_t align = alignof(max_align_t);
    struct mcv_pool_block *b = pool->newest;

    if (n > SIZE_MAX / 2) return NULL;
    n = (n + align - 1) / align * align;
    if (b == NULL || b->cap - b->used < n) b = add_block(pool, n);
    if (b == NULL) return NULL;
    void *p = b->p + b->used;
    b->used += n;
    return p;
}

struct mcv_bytes mcv_pool_copy(struct mcv_pool *pool, struct mcv_bytes text)
{
    void *p = mcv_pool_alloc(pool, text.n > 0 ? text.n : 1);

    if (p == NULL) return mcv_bytes_of(NULL, 0);
    if (text.n > 0) memcpy(p, text.p, text.n);
    return mcv_bytes_of(p, text.n);
}
