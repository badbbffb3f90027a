/* A bounded allocator for protobuf-c: one block of key memory, freed and wiped as a whole.
 *
 * What is unpacked into it, and whatever is added to those messages, lives until the arena is
 * wiped. A hostile message cannot take more than the block. One thread per arena. */
#ifndef MCV_AGENT_STORE_ARENA_H
#define MCV_AGENT_STORE_ARENA_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct mcv_arena {
    uint8_t *p;
    size_t cap, used;
    ProtobufCAllocator pb; /* hand &arena->pb to protobuf-c */
};

/* lock  mlock the block. The arena must not move afterwards.
 * MCV_E_IO: no memory, or it cannot be locked. */
MCV_MUST_USE mcv_err mcv_arena_init(struct mcv_arena *arena, size_t cap, bool lock);

/* Wipes what was taken and begins anew. */
void mcv_arena_reset(struct mcv_arena *arena);

/* Wipes and frees; a zero arena is allowed. */
void mcv_arena_wipe(struct mcv_arena *arena);

/* n octets, zero, aligned for any type; NULL when the block is full. */
void *mcv_arena_alloc(struct mcv_arena *arena, size_t n);

/* Copies; NULL, or a field without data, when the block is full. */
char *mcv_arena_text(struct mcv_arena *arena, struct mcv_bytes text);
ProtobufCBinaryData mcv_arena_bytes(struct mcv_arena *arena, const void *p, size_t n);

/* Appends to a repeated field (a copy of the array: many items better at once).
 * MCV_E_FULL: the block is full; nothing changed. */
MCV_MUST_USE mcv_err mcv_arena_append(struct mcv_arena *arena, void *array_field, size_t *n_field,
                                      void *item);

/* The same for n items, with one copy. */
MCV_MUST_USE mcv_err mcv_arena_append_many(struct mcv_arena *arena, void *array_field,
                                           size_t *n_field, void *const *items, size_t n);

/* Packs a message into key memory: mcv_keymem_free it. MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_pb_pack(uint8_t **out, size_t *n, const ProtobufCMessage *message);

/* A bytes field that must have exactly n octets, copied out. MCV_E_MALFORMED otherwise. */
MCV_MUST_USE mcv_err mcv_pb_exact(uint8_t *out, size_t n, const ProtobufCBinaryData *field);

static inline struct mcv_bytes mcv_pb_bytes(const ProtobufCBinaryData *field)
{
    return mcv_bytes_of(field->data, field->len);
}

#endif
