/* Slots of a fixed table: hash chains and the order of last use, in the caller's memory.
 *
 * It keeps numbers of slots 0 .. capacity-1; what a slot holds is the owner's array. The owner
 * walks a chain and compares its own keys. No allocation, one thread. */
#ifndef MCV_CRYPTO_BASE_LRU_H
#define MCV_CRYPTO_BASE_LRU_H

#include <stddef.h>
#include <stdint.h>

#define MCV_LRU_NIL 0xffffu

struct mcv_lru_link {
    uint32_t hash;
    uint16_t chain_next; /* in the hash chain, or in the free list */
    uint16_t older, newer;
};

struct mcv_lru {
    struct mcv_lru_link *links;
    uint16_t *buckets;
    uint32_t bucket_mask;
    uint16_t capacity, n_used;
    uint16_t free, newest, oldest;
};

/* Octets of memory for a table; capacity 1 .. 65534. */
size_t mcv_lru_size(uint16_t capacity);

/* mem  mcv_lru_size octets, aligned for uint32_t; the caller's. */
void mcv_lru_init(struct mcv_lru *t, void *mem, uint16_t capacity);

/* A free slot, now the newest, or MCV_LRU_NIL when the table is full. */
uint16_t mcv_lru_take(struct mcv_lru *t, uint32_t hash);

void mcv_lru_release(struct mcv_lru *t, uint16_t slot);

/* Marks a slot as the newest. */
void mcv_lru_touch(struct mcv_lru *t, uint16_t slot);

/* The slot that was marked last: mostly the one that is looked for. MCV_LRU_NIL when the table is empty. */
uint16_t mcv_lru_newest(const struct mcv_lru *t);

/* The slot to give way; MCV_LRU_NIL when the table is empty. */
uint16_t mcv_lru_oldest(const struct mcv_lru *t);

/* Candidates for a hash, one by one; MCV_LRU_NIL at the end. */
uint16_t mcv_lru_first(const struct mcv_lru *t, uint32_t hash);
uint16_t mcv_lru_next(const struct mcv_lru *t, uint16_t slot);

#endif
