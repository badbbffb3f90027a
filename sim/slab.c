#include "sim/slab.h"

#include "crypto/base/secret.h"

#include <stdalign.h>
#include <stdint.h>
#include <sys/mman.h>

#define LINE_BYTES  64u
#define BLOCK_BYTES (4u << 20) /* of small worlds: pages that are not touched cost nothing */

struct mcv_slab_block {
    alignas(LINE_BYTES) struct mcv_slab_block *older;
    size_t n_bytes, used;
};

void mcv_slab_init(struct mcv_slab *slab, size_t piece_bytes)
{
    *slab = (struct mcv_slab){.piece_bytes = (piece_bytes + LINE_BYTES - 1) / LINE_BYTES *
                                             LINE_BYTES};
}

static struct mcv_slab_block *add_block(struct mcv_slab *slab)
{
    const size_t want = sizeof(struct mcv_slab_block) + slab->piece_bytes;
    const size_t n = want > BLOCK_BYTES ? want : BLOCK_BYTES;
    struct mcv_slab_block *b = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                    -1, 0);

    if (b == MAP_FAILED) return NULL;
    /* from the second block on: a handful of agents does not fill a large page */
    if (slab->newest != NULL) (void)madvise(b, n, MADV_HUGEPAGE); /* only a hint */
    *b = (struct mcv_slab_block){.older = slab->newest, .n_bytes = n, .used = sizeof *b};
    slab->newest = b;
    return b;
}

void *mcv_slab_take(struct mcv_slab *slab)
{
    struct mcv_slab_block *b = slab->newest;

    if (b == NULL || b->n_bytes - b->used < slab->piece_bytes) b = add_block(slab);
    if (b == NULL) return NULL;
    void *p = (uint8_t *)b + b->used;
    b->used += slab->piece_bytes;
    slab->n_bytes += slab->piece_bytes;
    return p;
}

void mcv_slab_wipe(struct mcv_slab *slab)
{
    while (slab->newest != NULL) {
        struct mcv_slab_block *b = slab->newest;

        slab->newest = b->older;
        mcv_wipe((uint8_t *)b + sizeof *b, b->used - sizeof *b);
        (void)munmap(b, b->n_bytes);
    }
    slab->n_bytes = 0;
}
