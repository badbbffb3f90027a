#include "agent/cli/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define MAX_HELPERS 63

struct shift {
    const struct mcv_crew *crew;
    atomic_size_t next, done;
};

static size_t n_cores(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

/* Takes parts until none is left. */
static void work(struct shift *s, void (*progress)(void *ctx, size_t n_done, size_t n_items))
{
    const struct mcv_crew *c = s->crew;
    size_t first;

    while ((first = atomic_fetch_add(&s->next, c->step)) < c->n_items) {
        const size_t n = c->n_items - first < c->step ? c->n_items - first : c->step;
        c->work(c->ctx, first, n);
        const size_t done = atomic_fetch_add(&s->done, n) + n;
        if (progress != NULL) progress(c->ctx, done, c->n_items);
    }
}

static void *help(void *shift)
{
    work(shift, NULL);
    return NULL;
}

void mcv_crew_run(const struct mcv_crew *crew)
{
    struct shift shift = {.crew = crew};
    pthread_t helpers[MAX_HELPERS];
    size_t n = 0;

    const size_t n_parts = (crew->n_items + crew->step - 1) / crew->step;
    for (size_t i = 1; i < n_cores() && i < n_parts && n < MAX_HELPERS; i++)
        if (pthread_create(&helpers[n], NULL, help, &shift) == 0) n++;
    work(&shift, crew->progress);
    for (size_t i = 0; i < n; i++) (void)pthread_join(helpers[i], NULL);
    if (crew->progress != NULL) crew->progress(crew->ctx, crew->n_items, crew->n_items);
}
