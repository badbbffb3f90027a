/* Packets of a transport in place of the virtual network. */
#include "sim/world_private.h"

void mcv_world_send_really(struct mcv_world *w, uint32_t agent, const struct mcv_out_packet *p)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    struct mcv_addr source;

    if (!mcv_world_source_of(&source, node, p)) {
        w->totals.n_wrong_socket++;
        return;
    }
    node->load.n_sent++;
    node->load.n_sent_bytes += p->bytes.n;
    w->totals.n_sent++;
    w->totals.n_sent_bytes += p->bytes.n;
    w->params.transport->send(w->params.transport->ctx, agent, &source, p);
}

/* ---- received ------------------------------------------------------------------------------ */

static bool is_own(const struct mcv_node *node, const struct mcv_addr *from)
{
    const struct mcv_agent_config *c = node->config.config;

    for (size_t i = 0; i < c->n_own; i++)
        if (mcv_addr_same_host(&c->own[i], from)) return true;
    return false;
}

static bool is_media(uint8_t channel)
{
    return channel != MCV_CH_MONP && channel != MCV_CH_CONTROL;
}

static void feed(struct mcv_world *w, struct mcv_node *node, const struct mcv_datagram *d)
{
    w->totals.n_delivered++;
    node->load.n_received++;
    (void)mcv_agent_receive(node->agent, mcv_world_clock(w, node), d); /* the agent counts */
}

void mcv_world_received_by(struct mcv_world *w, uint32_t agent, const struct mcv_datagram *d)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL || node->is_suspended) return;
    feed(w, node, d);
    mcv_world_drain(w, agent);
}

/* Packets of media are fed as the daemon does it: several before their outputs are taken. */
static void receive_all(struct mcv_world *w, const struct mcv_listener *who,
                        const struct mcv_addr *to, const struct mcv_received *all, size_t n)
{
    struct mcv_node *node = mcv_world_node_at(w, who->agent);
    struct mcv_datagram d = {.channel = who->channel, .call = who->call, .to = *to};
    bool is_fed = false;

    for (size_t i = 0; i < n && node->agent != NULL && !node->is_suspended; i++) {
        if (is_own(node, &all[i].from)) continue;
        d.from = all[i].from;
        d.bytes = all[i].bytes;
        feed(w, node, &d);
        is_fed = is_media(who->channel) && mcv_agent_has_room(node->agent);
        if (!is_fed) mcv_world_drain(w, who->agent);
    }
    if (is_fed) mcv_world_drain(w, who->agent);
}

void mcv_world_received(struct mcv_world *w, const struct mcv_addr *to,
                        const struct mcv_received *all, size_t n)
{
    const size_t n_receivers = mcv_world_find_receivers(w, to);

    if (n_receivers == 0) w->totals.n_unheard += n;
    for (size_t i = 0; i < n_receivers; i++) {
        const struct mcv_listener who = w->receivers[i];

        mcv_world_expect(w, i, n_receivers);
        receive_all(w, &who, to, all, n);
    }
}
