/* The air that a node sends on: its rate, its period, and who is deaf meanwhile. */
#include "sim/world_private.h"

#include "proto/monp.h"

#include <stdlib.h>

static uint64_t air_us(const struct mcv_radio_model *r, size_t n_bytes)
{
    return r->rate_bps > 0 ? n_bytes * UINT64_C(8000000) / r->rate_bps : 0;
}

/* Nobody asks for what was over before this time: the longest datagram that is not yet heard. */
static uint64_t oldest_us(const struct mcv_world *w)
{
    const uint64_t before_us = w->lookahead_us + air_us(&w->params.radio, MCV_MAX_MONP_BYTES);

    return w->now_us > before_us ? w->now_us - before_us : 0;
}

static void forget_old(const struct mcv_world *w, struct mcv_node *node)
{
    const uint64_t oldest = oldest_us(w);
    uint32_t n_old = 0;

    while (n_old < node->n_sent && node->sent[n_old].to_us < oldest) n_old++;
    if (n_old <= node->n_sent / 2) return;
    node->n_sent -= n_old;
    memmove(node->sent, node->sent + n_old, node->n_sent * sizeof *node->sent);
}

static void note(struct mcv_world *w, struct mcv_node *node, uint64_t from_us, uint64_t to_us)
{
    if (node->n_sent > 0 && node->sent[node->n_sent - 1].to_us == from_us) {
        node->sent[node->n_sent - 1].to_us = to_us;
        return;
    }
    forget_old(w, node);
    if (node->n_sent == node->cap_sent) {
        const uint32_t cap = node->cap_sent > 0 ? 2 * node->cap_sent : 4;
        struct mcv_node_span *sent = mcv_world_grow(w, node->sent, node->cap_sent * sizeof *sent,
                                                    cap * sizeof *sent);

        if (sent == NULL) return;
        node->sent = sent;
        node->cap_sent = cap;
    }
    node->sent[node->n_sent++] = (struct mcv_node_span){.from_us = from_us, .to_us = to_us};
}

void mcv_world_transmit(struct mcv_world *w, struct mcv_node *node, struct mcv_flight *f)
{
    const struct mcv_radio_model *r = &w->params.radio;
    uint64_t start_us = w->now_us;

    if (r->period_us > 0) start_us = (start_us + r->period_us - 1) / r->period_us * r->period_us;
    if (r->rate_bps > 0 && node->sending_to_us > start_us) start_us = node->sending_to_us;
    f->air_us = air_us(r, f->n);
    f->left_us = start_us + f->air_us;
    node->sending_to_us = f->left_us;
    if (r->is_half_duplex && f->air_us > 0) note(w, node, start_us, f->left_us);
}

/* A delay is not of the air: what is sent at one time is heard at that time, however late it arrives. */
bool mcv_world_is_deaf(const struct mcv_world *w, const struct mcv_node *receiver,
                       const struct mcv_flight *f)
{
    if (!w->params.radio.is_half_duplex) return false;
    for (uint32_t i = receiver->n_sent; i > 0; i--) {
        const struct mcv_node_span *s = &receiver->sent[i - 1];

        if (s->to_us <= f->left_us - f->air_us) return false; /* and all before it */
        if (s->from_us < f->left_us) return true;
    }
    return false;
}
