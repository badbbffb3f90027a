/* Content of bundles and store files: unpacked inside a bounded block, whatever they say. */
#include "agent/store/arena.h"
#include "agent/store/files.h"
#include "proto/schema/bundle.pb-c.h"
#include "proto/schema/store.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_arena arena;
    uint8_t *packed = NULL;
    size_t n_packed = 0;

    if (mcv_arena_init(&arena, 4096 + 4 * n, false) != MCV_OK) return 0;
    const Mcv__Bundle *bundle = mcv__bundle__unpack(&arena.pb, n, data);
    MCV_ASSERT(arena.used <= arena.cap);
    if (bundle != NULL) MCV_ASSERT(mcv_pb_pack(&packed, &n_packed, &bundle->base) == MCV_OK);
    mcv_keymem_free(packed, n_packed);
    mcv_arena_wipe(&arena);

    if (mcv_arena_init(&arena, 4096 + 4 * n, false) != MCV_OK) return 0;
    const Mcv__StoreFile *store = mcv__store_file__unpack(&arena.pb, n, data);
    MCV_ASSERT(arena.used <= arena.cap);
    for (size_t i = 0; store != NULL && i < store->n_gmks; i++)
        MCV_ASSERT(store->gmks[i]->gmk.len <= n);
    mcv_arena_wipe(&arena);
    return 0;
}
