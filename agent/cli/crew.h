/* Work on a range of items, on every core that this process may use. Private to the KMS. */
#ifndef MCV_AGENT_CLI_CREW_H
#define MCV_AGENT_CLI_CREW_H

#include <stddef.h>

/* Parts of a range are independent of each other: their results land where the item stands. */
struct mcv_crew {
    size_t n_items, step; /* items of a part; the last one may be shorter */
    /* Any thread. */
    void (*work)(void *ctx, size_t first, size_t n);
    /* Now and then, with what is done; the caller's thread. May be NULL. */
    void (*progress)(void *ctx, size_t n_done, size_t n_items);
    void *ctx;
};

/* Returns when all is done. The caller's thread works too; with one core, or where no thread can
 * be started, it does everything. */
void mcv_crew_run(const struct mcv_crew *crew);

#endif
