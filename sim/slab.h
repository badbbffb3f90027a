/* Pieces of one size, for thousands of agents: laid side by side in large pages where the system has
 * them, because a world that goes through all of them misses the cache and the page table at each.
 * Pieces are not given back one by one. One thread. */
#ifndef MCV_SIM_SLAB_H
#define MCV_SIM_SLAB_H

#include <stddef.h>

struct mcv_slab {
    size_t piece_bytes;
    struct mcv_slab_block *newest;
    size_t n_bytes; /* that pieces take */
};

void mcv_slab_init(struct mcv_slab *slab, size_t piece_bytes);

/* Zero, aligned to 64 octets; NULL: no memory. */
void *mcv_slab_take(struct mcv_slab *slab);

/* Wipes every piece and gives all memory back. */
void mcv_slab_wipe(struct mcv_slab *slab);

#endif
