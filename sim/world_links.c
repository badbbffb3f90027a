/* Links between two agents. */
#include "sim/world_private.h"

#include <stdlib.h>

static struct mcv_link_slot *link_slot(const struct mcv_links *links, uint64_t key)
{
    size_t i = (size_t)mcv_prng_mix(key, 0) & (links->n_slots - 1);

    while (links->slots[i].link.model != NULL && links->slots[i].key != key)
        i = (i + 1) & (links->n_slots - 1);
    return &links->slots[i];
}

static bool make_link_room(struct mcv_world *w)
{
    struct mcv_links *links = &w->links;
    struct mcv_links next = {.n_slots = links->n_slots > 0 ? 2 * links->n_slots : 64,
                             .n_used = links->n_used};

    if (links->n_slots > 0 && links->n_used < links->n_slots / 2) return true;
    next.slots = calloc(next.n_slots, sizeof *next.slots);
    if (next.slots == NULL) return false;
    for (size_t i = 0; i < links->n_slots; i++)
        if (links->slots[i].link.model != NULL)
            *link_slot(&next, links->slots[i].key) = links->slots[i];
    w->n_bytes += (next.n_slots - links->n_slots) * sizeof *next.slots;
    free(links->slots);
    *links = next;
    return true;
}

struct mcv_link *mcv_world_link(struct mcv_world *w, uint32_t from, uint32_t to)
{
    const uint64_t key = (uint64_t)from << 32 | to;

    if (!make_link_room(w)) return NULL;
    struct mcv_link_slot *slot = link_slot(&w->links, key);
    if (slot->link.model == NULL) {
        slot->key = key;
        mcv_link_init(&slot->link, &w->params.link, w->params.seed, from, to);
        w->links.n_used++;
    }
    return &slot->link;
}

mcv_err mcv_world_set_link(struct mcv_world *w, uint32_t from, uint32_t to,
                           const struct mcv_link_model *model)
{
    struct mcv_link_model *copy = mcv_pool_alloc(&w->pool, sizeof *copy);
    struct mcv_link *link = mcv_world_link(w, from, to);

    if (copy == NULL || link == NULL) return MCV_E_IO;
    *copy = *model;
    link->model = copy;
    if (model->delay_us < w->lookahead_us) w->lookahead_us = model->delay_us;
    return MCV_OK;
}

/* A link that was never set and keeps nothing between packets is made anew for each: its draws
 * follow from the number of the packet. */
void mcv_world_submit(struct mcv_world *w, struct mcv_link_fate *fate,
                      const struct mcv_flight *flight, uint32_t to)
{
    const uint64_t key = (uint64_t)flight->from << 32 | to;
    struct mcv_link *link = NULL;
    struct mcv_link fresh;

    if (w->links.n_slots > 0) link = &link_slot(&w->links, key)->link;
    if (link == NULL || link->model == NULL) {
        if (mcv_link_has_state(&w->params.link)) {
            link = mcv_world_link(w, flight->from, to);
            if (link == NULL) mcv_world_no_memory(w);
        } else {
            link = NULL;
        }
    }
    if (link == NULL) {
        mcv_link_init(&fresh, &w->params.link, w->params.seed, flight->from, to);
        link = &fresh;
    }
    link->n_packets = flight->number;
    const uint32_t far_ppm = w->params.hooks.far_ppm != NULL
                                 ? w->params.hooks.far_ppm(w->params.hooks.ctx, flight->from, to,
                                                           w->now_us)
                                 : 0;
    mcv_link_submit(link, fate, flight->left_us, flight->n, far_ppm);
}
