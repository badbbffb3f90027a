#include "agent/store/arena.h"

#include "agent/store/files.h"
#include "crypto/base/secret.h"

#include <stdalign.h>
#include <string.h>

static void *pb_alloc(void *ctx, size_t n)
{
    return mcv_arena_alloc(ctx, n);
}

static void pb_free(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

mcv_err mcv_arena_init(struct mcv_arena *arena, size_t cap, bool lock)
{
    *arena = (struct mcv_arena){.cap = cap};
    arena->p = mcv_keymem_alloc(cap, lock);
    if (arena->p == NULL) return MCV_E_IO;
    arena->pb = (ProtobufCAllocator){.alloc = pb_alloc, .free = pb_free, .allocator_data = arena};
    return MCV_OK;
}

void mcv_arena_reset(struct mcv_arena *arena)
{
    mcv_wipe(arena->p, arena->used);
    arena->used = 0;
}

void mcv_arena_wipe(struct mcv_arena *arena)
{
    mcv_keymem_free_used(arena->p, arena->cap, arena->used);
    *arena = (struct mcv_arena){0};
}

void *mcv_arena_alloc(struct mcv_arena *arena, size_t n)
{
    const size_t align = alignof(max_align_t);

    if (arena->cap - arena->used < align || n > arena->cap - arena->used - align) return NULL;
    const size_t at = (arena->used + align - 1) / align * align;
    arena->used = at + n;
    return arena->p + at;
}

char *mcv_arena_text(struct mcv_arena *arena, struct mcv_bytes text)
{
    char *copy = mcv_arena_alloc(arena, text.n + 1);

    if (copy != NULL && text.n > 0) memcpy(copy, text.p, text.n);
    return copy;
}

ProtobufCBinaryData mcv_arena_bytes(struct mcv_arena *arena, const void *p, size_t n)
{
    ProtobufCBinaryData field = {.len = 0, .data = mcv_arena_alloc(arena, n)};

    if (field.data == NULL) return field;
    if (n > 0) memcpy(field.data, p, n);
    field.len = n;
    return field;
}

mcv_err mcv_arena_append_many(struct mcv_arena *arena, void *array_field, size_t *n_field,
                              void *const *items, size_t n)
{
    void **old, **grown = mcv_arena_alloc(arena, (*n_field + n) * sizeof *grown);

    if (grown == NULL) return MCV_E_FULL;
    memcpy(&old, array_field, sizeof old); /* the field is T **: read it as what it is */
    if (*n_field > 0) memcpy(grown, old, *n_field * sizeof *grown);
    if (n > 0) memcpy(grown + *n_field, items, n * sizeof *grown);
    memcpy(array_field, &grown, sizeof grown);
    *n_field += n;
    return MCV_OK;
}

mcv_err mcv_arena_append(struct mcv_arena *arena, void *array_field, size_t *n_field, void *item)
{
    return item != NULL ? mcv_arena_append_many(arena, array_field, n_field, &item, 1) : MCV_E_FULL;
}

mcv_err mcv_pb_pack(uint8_t **out, size_t *n, const ProtobufCMessage *message)
{
    *n = protobuf_c_message_get_packed_size(message);
    *out = mcv_keymem_alloc(*n, false);
    if (*out == NULL) return MCV_E_IO;
    MCV_ASSERT(protobuf_c_message_pack(message, *out) == *n);
    return MCV_OK;
}

mcv_err mcv_pb_exact(uint8_t *out, size_t n, const ProtobufCBinaryData *field)
{
    if (field->len != n) return MCV_E_MALFORMED;
    memcpy(out, field->data, n);
    return MCV_OK;
}
