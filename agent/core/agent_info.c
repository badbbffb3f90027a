#include "agent/core/agent_private.h"

/* What the media say about a call that has some. */
static void add_media(const struct mcv_agent *a, const struct mcv_media *m,
                      struct mcv_call_info *out)
{
    if (m == NULL || !m->is_open) return;
    out->slot = m->slot;
    out->has_ptt = m->transmission->media != NULL;
    if (out->has_ptt) mcv_transmission_info(m->transmission, &out->ptt);
    out->is_protected = m->is_protected;
    if (m->is_group) out->key_id = m->tx_mki.key_id;
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        out->has_medium[i] = m->sdp.medium[i].is_used;
        if (!out->has_medium[i]) continue;
        out->format[i] = a->config->formats[i].f[m->sdp.medium[i].config_index[0]];
        out->format[i].pt = m->sdp.medium[i].pt[0];
        out->tx_ssrc[i] = m->tx[i].now.ssrc;
        out->tx_pkts[i] = m->tx[i].n_pkts;
        out->rx_pkts[i] = m->rx_pkts[i];
    }
}

static const struct mcv_private_call *nth_private(const struct mcv_agent *a, size_t *i)
{
    for (uint16_t k = 0; k < a->limits.n_private_calls; k++) {
        if (a->privates[k] == NULL || a->privates[k]->call == 0) continue;
        if ((*i)-- == 0) return a->privates[k];
    }
    return NULL;
}

static const struct mcv_group_call *nth_group(const struct mcv_agent *a, size_t *i)
{
    for (uint16_t k = 0; k < a->limits.n_groups; k++) {
        if (a->groups[k].call == 0) continue;
        if ((*i)-- == 0) return &a->groups[k];
    }
    return NULL;
}

static const struct mcv_broadcast_call *nth_broadcast(const struct mcv_agent *a, size_t i)
{
    for (uint16_t k = 0; k < a->limits.n_broadcasts; k++) {
        if (a->broadcasts[k].call == 0) continue;
        if (i-- == 0) return &a->broadcasts[k];
    }
    return NULL;
}

bool mcv_agent_call_info(const struct mcv_agent *a, size_t i, struct mcv_call_info *out)
{
    *out = (struct mcv_call_info){0};
    const struct mcv_private_call *c = nth_private(a, &i);
    if (c != NULL) {
        mcv_private_info(c, out);
        add_media(a, &c->media, out);
        return true;
    }
    const struct mcv_group_call *g = nth_group(a, &i);
    if (g != NULL) {
        mcv_group_info(g, out);
        out->key_id = MCV_NO_KEY_ID;
        add_media(a, g->media, out);
        return true;
    }
    const struct mcv_broadcast_call *b = nth_broadcast(a, i);
    if (b == NULL) return false;
    mcv_broadcast_info(b, out);
    out->key_id = MCV_NO_KEY_ID;
    add_media(a, b->media, out);
    return true;
}

static const struct mcv_media *media_of(const struct mcv_agent *a, uint32_t call)
{
    const struct mcv_private_call *c = mcv_private_find(a, call);
    if (c != NULL) return &c->media;
    const struct mcv_group_call *g = mcv_group_find(a, call);
    if (g != NULL) return g->media;
    const struct mcv_broadcast_call *b = mcv_broadcast_find(a, call);
    return b == NULL ? NULL : b->media;
}

bool mcv_agent_stream_info(const struct mcv_agent *a, uint32_t call, size_t i,
                           struct mcv_stream_info *out)
{
    const struct mcv_media *m = media_of(a, call);

    *out = (struct mcv_stream_info){0};
    if (m == NULL || !m->is_open) return false;
    for (uint16_t k = 0; k < m->n_streams; k++) {
        const struct mcv_media_rx *rx = &m->streams[k];
        if (rx->ssrc == 0 || i-- != 0) continue;
        *out = (struct mcv_stream_info){.user = mcv_media_user_of(a, m, rx),
                                        .ssrc = rx->ssrc,
                                        .guk_id = rx->guk_id,
                                        .medium = rx->medium,
                                        .reception = mcv_media_reception(m, rx)};
        return true;
    }
    return false;
}

/* Transmission control of a call; NULL: it does not run. */
static const struct mcv_transmission *transmission_of(const struct mcv_agent *a, uint32_t call)
{
    const struct mcv_media *m = media_of(a, call);

    return m == NULL || m->transmission->media == NULL ? NULL : m->transmission;
}

bool mcv_agent_transmitter_info(const struct mcv_agent *a, uint32_t call, size_t i,
                                struct mcv_transmitter_info *out)
{
    static const char *const phases[] = {[MCV_PHASE_PROVISIONAL] = "unknown",
                                         [MCV_PHASE_GRANTED] = "granted",
                                         [MCV_PHASE_ACTIVE] = "active",
                                         [MCV_PHASE_REVOKING] = "revoking"};
    const struct mcv_transmission *t = transmission_of(a, call);
    const struct mcv_transmitter *tx = NULL;

    *out = (struct mcv_transmitter_info){0};
    while (t != NULL && (tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (i-- != 0) continue;
        *out = (struct mcv_transmitter_info){.user = tx->is_me ? a->config->user
                                                               : mcv_member_uri(&tx->who),
                                             .is_own = tx->is_me,
                                             .is_shown = tx->is_shown,
                                             .phase = phases[tx->phase],
                                             .call_class = (uint8_t)(tx->rank >> 8),
                                             .priority = (uint8_t)tx->rank};
        memcpy(out->ssrc, tx->ssrc, sizeof out->ssrc);
        return true;
    }
    return false;
}

bool mcv_agent_queued_info(const struct mcv_agent *a, uint32_t call, size_t i,
                           struct mcv_queued_info *out)
{
    const struct mcv_transmission *t = transmission_of(a, call);

    *out = (struct mcv_queued_info){0};
    if (t == NULL || i >= t->queue.n) return false;
    *out = (struct mcv_queued_info){.user = mcv_member_uri(&t->queue.w[i].who),
                                    .call_class = (uint8_t)(t->queue.w[i].rank >> 8),
                                    .priority = (uint8_t)t->queue.w[i].rank};
    return true;
}

uint16_t mcv_agent_call_id(const struct mcv_agent *a, uint32_t call)
{
    const struct mcv_private_call *c = mcv_private_find(a, call);
    if (c != NULL) return c->call_id;
    const struct mcv_group_call *g = mcv_group_find(a, call);
    if (g != NULL) return g->stored.call_id;
    const struct mcv_broadcast_call *b = mcv_broadcast_find(a, call);
    return b != NULL ? b->call_id : 0;
}

const struct mcv_counters *mcv_agent_counters(const struct mcv_agent *a)
{
    return &a->counters;
}
