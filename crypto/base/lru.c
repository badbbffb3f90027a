#include "crypto/base/lru.h"

#include "crypto/base/err.h"

/* A power of two, at least the capacity: chains of one entry on average. */
static uint32_t n_buckets(uint16_t capacity)
{
    uint32_t n = 1;

    while (n < capacity) n <<= 1;
    return n;
}

size_t mcv_lru_size(uint16_t capacity)
{
    return capacity * sizeof(struct mcv_lru_link) + n_buckets(capacity) * sizeof(uint16_t);
}

void mcv_lru_init(struct mcv_lru *t, void *mem, uint16_t capacity)
{
    MCV_ASSERT(capacity > 0 && capacity < MCV_LRU_NIL);
    *t = (struct mcv_lru){
        .links = mem,
        .bucket_mask = n_buckets(capacity) - 1,
        .capacity = capacity,
        .newest = MCV_LRU_NIL,
        .oldest = MCV_LRU_NIL,
    };
    t->buckets = (uint16_t *)(void *)(t->links + capacity);
    for (uint32_t i = 0; i <= t->bucket_mask; i++) t->buckets[i] = MCV_LRU_NIL;
    for (uint16_t i = 0; i < capacity; i++) {
        t->links[i] = (struct mcv_lru_link){.chain_next = (uint16_t)(i + 1)};
    }
    t->links[capacity - 1].chain_next = MCV_LRU_NIL;
}

static void list_add(struct mcv_lru *t, uint16_t slot)
{
    t->links[slot].newer = MCV_LRU_NIL;
    t->links[slot].older = t->newest;
    if (t->newest != MCV_LRU_NIL) t->links[t->newest].newer = slot;
    t->newest = slot;
    if (t->oldest == MCV_LRU_NIL) t->oldest = slot;
}

static void list_remove(struct mcv_lru *t, uint16_t slot)
{
    const struct mcv_lru_link *l = &t->links[slot];

    *(l->newer == MCV_LRU_NIL ? &t->newest : &t->links[l->newer].older) = l->older;
    *(l->older == MCV_LRU_NIL ? &t->oldest : &t->links[l->older].newer) = l->newer;
}

uint16_t mcv_lru_take(struct mcv_lru *t, uint32_t hash)
{
    const uint16_t slot = t->free;

    if (t->n_used == t->capacity) return MCV_LRU_NIL;
    uint16_t *bucket = &t->buckets[hash & t->bucket_mask];
    t->free = t->links[slot].chain_next;
    t->links[slot].hash = hash;
    t->links[slot].chain_next = *bucket;
    *bucket = slot;
    list_add(t, slot);
    t->n_used++;
    return slot;
}

void mcv_lru_release(struct mcv_lru *t, uint16_t slot)
{
    uint16_t *at = &t->buckets[t->links[slot].hash & t->bucket_mask];

    while (*at != slot) at = &t->links[*at].chain_next;
    *at = t->links[slot].chain_next;
    list_remove(t, slot);
    t->links[slot].chain_next = t->free;
    t->free = slot;
    t->n_used--;
}

void mcv_lru_touch(struct mcv_lru *t, uint16_t slot)
{
    if (t->newest == slot) return;
    list_remove(t, slot);
    list_add(t, slot);
}

uint16_t mcv_lru_newest(const struct mcv_lru *t)
{
    return t->newest;
}

uint16_t mcv_lru_oldest(const struct mcv_lru *t)
{
    return t->oldest;
}

/* Slots of one bucket may have other hashes: skip those. */
static uint16_t match(const struct mcv_lru *t, uint16_t slot, uint32_t hash)
{
    while (slot != MCV_LRU_NIL && t->links[slot].hash != hash) slot = t->links[slot].chain_next;
    return slot;
}

uint16_t mcv_lru_first(const struct mcv_lru *t, uint32_t hash)
{
    return match(t, t->buckets[hash & t->bucket_mask], hash);
}

uint16_t mcv_lru_next(const struct mcv_lru *t, uint16_t slot)
{
    return match(t, t->links[slot].chain_next, t->links[slot].hash);
}
