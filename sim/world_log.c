/* What happened in a world: events, totals, trace hash. */
#include "sim/world_private.h"

void mcv_world_log(struct mcv_world *w, uint32_t agent, const struct mcv_event *event)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->n_events == node->cap_events) {
        const size_t cap = node->cap_events > 0 ? 2 * node->cap_events : 8;
        struct mcv_world_event **events = mcv_world_grow(
            w, node->events, node->cap_events * sizeof *events, cap * sizeof *events);

        if (events == NULL) return;
        node->events = events;
        node->cap_events = cap;
    }
    struct mcv_world_event *it = mcv_pool_alloc(&w->pool, sizeof *it);
    if (it == NULL) {
        mcv_world_no_memory(w);
        return;
    }
    node->events[node->n_events++] = it;
    *it = (struct mcv_world_event){.at_us = w->now_us, .e = *event};
    struct mcv_bytes *const texts[] = {&it->e.user, &it->e.group, &it->e.organization,
                                       &it->e.location};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = mcv_pool_copy(&w->pool, *texts[i]);
        if (texts[i]->p == NULL) mcv_world_no_memory(w);
    }
}

const struct mcv_world_event *mcv_world_event(const struct mcv_world *w, uint32_t agent, size_t i)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    return i < node->n_events ? node->events[i] : NULL;
}

struct wanted {
    struct mcv_node *node;
    enum mcv_event_type type;
    size_t found; /* index + 1 */
};

static bool has_come(void *ctx)
{
    struct wanted *wanted = ctx;
    struct mcv_node *node = wanted->node;

    while (node->waited_to < node->n_events)
        if (node->events[node->waited_to++]->e.type == wanted->type) {
            wanted->found = node->waited_to;
            return true;
        }
    return false;
}

const struct mcv_world_event *mcv_world_wait(struct mcv_world *w, uint32_t agent,
                                             enum mcv_event_type type, uint64_t within_us)
{
    struct wanted wanted = {.node = mcv_world_node_at(w, agent), .type = type};
    const size_t from = wanted.node->waited_to;

    if (mcv_world_run_until(w, has_come, &wanted, w->now_us + within_us) == MCV_WORLD_FOUND)
        return wanted.node->events[wanted.found - 1];
    wanted.node->waited_to = from; /* what did not come is not passed over */
    return NULL;
}

const struct mcv_world_totals *mcv_world_totals(const struct mcv_world *w)
{
    return &w->totals;
}

const struct mcv_world_load *mcv_world_load(const struct mcv_world *w, uint32_t agent)
{
    return &mcv_world_node_at(w, agent)->load;
}

uint64_t mcv_world_trace_hash(const struct mcv_world *w)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < w->n_nodes; i++)
        if (!w->nodes[i]->is_elsewhere) sum += mcv_prng_mix(w->nodes[i]->hash, i);
    return sum;
}

size_t mcv_world_bytes(const struct mcv_world *w)
{
    return w->n_bytes + w->slab.n_bytes + w->room_slab.n_bytes + w->pool.n_bytes +
           w->queue.cap * sizeof *w->queue.items;
}
