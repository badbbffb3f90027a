/* The network of the world: sockets, flights, links. */
#include "sim/world_private.h"

#include "crypto/base/cache.h"
#include "proto/monp.h"

#include <stdlib.h>

/* Deliveries between two steps of mcv_agent_expect. */
#define EXPECT_APART 2

static const uint32_t class_bytes[MCV_N_FLIGHT_CLASSES] = {512, MCV_MAX_PACKET_BYTES,
                                                           MCV_MAX_MONP_BYTES};

/* ---- sockets ------------------------------------------------------------------------------- */

static void listen_at(struct mcv_world *w, const struct mcv_addr *addr, uint32_t agent,
                      uint32_t call, enum mcv_channel channel)
{
    const struct mcv_listener who = {.agent = agent, .call = call, .channel = (uint8_t)channel};

    if (mcv_ports_add(&w->ports, addr, &who) != MCV_OK) mcv_world_no_memory(w);
}

mcv_err mcv_world_listen_monp(struct mcv_world *w, uint32_t agent)
{
    const struct mcv_agent_config *c = mcv_world_node_at(w, agent)->config.config;

    for (size_t i = 0; i < c->n_own; i++) listen_at(w, &c->own[i], agent, 0, MCV_CH_MONP);
    for (size_t i = 0; i < c->n_groups; i++)
        listen_at(w, &c->groups[i].addr, agent, 0, MCV_CH_MONP);
    return w->is_out_of_memory ? MCV_E_IO : MCV_OK;
}

static void close_set(struct mcv_world *w, uint32_t agent, const struct mcv_out_sockets *s)
{
    for (int c = 0; c < MCV_N_CHANNELS; c++) {
        const struct mcv_addr addr = mcv_addr_with_port(s->addr, s->ports[c]);

        if (s->ports[c] != 0) mcv_ports_remove(&w->ports, &addr, agent, s->call);
    }
    if (w->params.transport == NULL) return;
    struct mcv_out_sockets closed = *s;
    closed.is_open = false;
    (void)w->params.transport->sockets(w->params.transport->ctx, agent, &closed);
}

void mcv_world_close_sockets(struct mcv_world *w, uint32_t agent)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    const struct mcv_agent_config *c = node->config.config;

    while (node->n_sockets > 0) close_set(w, agent, &node->sockets[--node->n_sockets]);
    for (size_t i = 0; i < c->n_own; i++) mcv_ports_remove(&w->ports, &c->own[i], agent, 0);
    for (size_t i = 0; i < c->n_groups; i++)
        mcv_ports_remove(&w->ports, &c->groups[i].addr, agent, 0);
}

static struct mcv_out_sockets *find_sockets(const struct mcv_node *node, uint32_t call)
{
    for (uint16_t i = 0; i < node->n_sockets; i++)
        if (node->sockets[i].call == call) return &node->sockets[i];
    return NULL;
}

static struct mcv_out_sockets *new_sockets(struct mcv_world *w, struct mcv_node *node)
{
    if (node->n_sockets == node->cap_sockets) {
        const uint16_t cap = node->cap_sockets > 0 ? (uint16_t)(2 * node->cap_sockets) : 1;
        struct mcv_out_sockets *sockets = mcv_world_grow(
            w, node->sockets, node->cap_sockets * sizeof *sockets, cap * sizeof *sockets);

        if (sockets == NULL) return NULL;
        node->sockets = sockets;
        node->cap_sockets = cap;
    }
    return &node->sockets[node->n_sockets++];
}

void mcv_world_set_sockets(struct mcv_world *w, uint32_t agent, const struct mcv_out_sockets *s)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    struct mcv_out_sockets *old = find_sockets(node, s->call);

    const struct mcv_world_transport *t = w->params.transport;

    if (old != NULL) {
        close_set(w, agent, old);
        *old = node->sockets[--node->n_sockets];
    }
    if (!s->is_open) return;
    if (t != NULL && !t->sockets(t->ctx, agent, s)) {
        mcv_agent_sockets_failed(node->agent, mcv_world_clock(w, node), s->call);
        return;
    }
    struct mcv_out_sockets *set = new_sockets(w, node);
    if (set == NULL) return;
    *set = *s;
    for (int c = 0; c < MCV_N_CHANNELS; c++) {
        const struct mcv_addr addr = mcv_addr_with_port(s->addr, s->ports[c]);

        if (s->ports[c] != 0) listen_at(w, &addr, agent, s->call, (enum mcv_channel)c);
    }
}

/* ---- sending ------------------------------------------------------------------------------- */

static struct mcv_flight *new_flight(struct mcv_world *w, size_t n)
{
    uint8_t c = 0;

    while (c < MCV_N_FLIGHT_CLASSES && class_bytes[c] < n) c++;
    MCV_ASSERT(c < MCV_N_FLIGHT_CLASSES);
    struct mcv_flight *f = w->free_flights[c];
    if (f != NULL) {
        w->free_flights[c] = f->next;
    } else {
        f = malloc(sizeof *f + class_bytes[c]);
        if (f == NULL) return NULL;
        w->n_bytes += sizeof *f + class_bytes[c];
    }
    *f = (struct mcv_flight){.size_class = c, .n_refs = 1, .n = (uint32_t)n};
    return f;
}

static void release(struct mcv_world *w, struct mcv_flight *f)
{
    if (--f->n_refs > 0) return;
    f->next = w->free_flights[f->size_class];
    w->free_flights[f->size_class] = f;
}

bool mcv_world_source_of(struct mcv_addr *out, const struct mcv_node *node,
                         const struct mcv_out_packet *p)
{
    const struct mcv_agent_config *c = node->config.config;
    const struct mcv_out_sockets *s = p->call != 0 ? find_sockets(node, p->call) : NULL;

    for (size_t i = 0; i < c->n_own; i++)
        if (c->own[i].family == p->to.family) *out = c->own[i];
    if (p->call == 0) return true;
    if (s == NULL || s->ports[p->channel] == 0) return false;
    out->port = s->ports[p->channel];
    return true;
}

static void tell_others(struct mcv_world *w, const struct mcv_flight *f)
{
    const struct mcv_world_flight flight = {.from = f->from,
                                            .number = f->number,
                                            .left_us = f->left_us,
                                            .air_us = f->air_us,
                                            .source = f->source,
                                            .to = f->to,
                                            .is_multicast = f->is_multicast,
                                            .bytes = mcv_bytes_of(f->bytes, f->n)};

    w->params.division->send(w->params.division->ctx, &flight);
}

void mcv_world_send(struct mcv_world *w, uint32_t agent, const struct mcv_out_packet *p)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    struct mcv_flight *f = w->params.transport == NULL ? new_flight(w, p->bytes.n) : NULL;

    if (w->params.transport != NULL) {
        mcv_world_send_really(w, agent, p);
        return;
    }
    if (f == NULL) {
        mcv_world_no_memory(w);
        return;
    }
    f->from = agent;
    f->number = node->n_flights++;
    f->to = p->to;
    f->is_multicast = p->is_multicast;
    memcpy(f->bytes, p->bytes.p, p->bytes.n);
    if (!mcv_world_source_of(&f->source, node, p)) {
        w->totals.n_wrong_socket++;
        release(w, f);
        return;
    }
    mcv_world_transmit(w, node, f);
    node->load.n_sent++;
    node->load.n_sent_bytes += f->n;
    node->load.air_us += f->air_us;
    w->totals.n_sent++;
    w->totals.n_sent_bytes += f->n;
    w->totals.air_us += f->air_us;
    if (w->params.division != NULL) tell_others(w, f);
    mcv_world_push(w, MCV_STEP_REACH, f->left_us + w->lookahead_us, agent, f->number, f);
}

mcv_err mcv_world_import(struct mcv_world *w, const struct mcv_world_flight *flight)
{
    struct mcv_flight *f = new_flight(w, flight->bytes.n);

    MCV_ASSERT(flight->from < w->n_nodes && flight->left_us + w->lookahead_us >= w->now_us);
    if (f == NULL) return MCV_E_IO;
    f->from = flight->from;
    f->number = flight->number;
    f->left_us = flight->left_us;
    f->air_us = flight->air_us;
    f->source = flight->source;
    f->to = flight->to;
    f->is_multicast = flight->is_multicast;
    memcpy(f->bytes, flight->bytes.p, flight->bytes.n);
    mcv_world_push(w, MCV_STEP_REACH, f->left_us + w->lookahead_us, f->from, f->number, f);
    return w->is_out_of_memory ? MCV_E_IO : MCV_OK;
}

/* ---- arriving ------------------------------------------------------------------------------ */

static void lose(struct mcv_world *w)
{
    w->totals.n_lost++;
}

/* false: the owner's tap holds it back. */
static bool change(struct mcv_world *w, const struct mcv_flight *f, const struct mcv_listener *who,
                   bool is_corrupt, uint32_t bit, struct mcv_bytes *bytes)
{
    struct mcv_world_packet packet = {.from = f->from,
                                      .to = who->agent,
                                      .at_us = w->now_us,
                                      .channel = who->channel,
                                      .source = f->source,
                                      .destination = f->to,
                                      .bytes = w->copy,
                                      .n = f->n};

    memcpy(w->copy, f->bytes, f->n);
    if (is_corrupt && f->n > 0) w->copy[bit / 8 % f->n] ^= (uint8_t)(1u << bit % 8);
    if (w->params.hooks.tap != NULL && !w->params.hooks.tap(w->params.hooks.ctx, &packet))
        return false;
    *bytes = mcv_bytes_of(w->copy, packet.n);
    return true;
}

static void deliver(struct mcv_world *w, const struct mcv_flight *f, const struct mcv_listener *who,
                    bool is_corrupt, uint32_t bit)
{
    struct mcv_node *node = mcv_world_node_at(w, who->agent);
    struct mcv_datagram d = {.channel = who->channel,
                             .call = who->call,
                             .from = f->source,
                             .to = f->to,
                             .bytes = mcv_bytes_of(f->bytes, f->n)};

    if (node->agent == NULL || node->is_suspended ||
        (who->call != 0 && find_sockets(node, who->call) == NULL)) {
        lose(w);
        return;
    }
    if ((is_corrupt || w->params.hooks.tap != NULL) &&
        !change(w, f, who, is_corrupt, bit, &d.bytes)) {
        lose(w);
        return;
    }
    w->totals.n_delivered++;
    node->load.n_received++;
    w->n_outputs++;
    mcv_node_note(node, w->now_us << 3 | 7);
    mcv_node_note(node, (uint64_t)f->n << 8 | who->channel);
    (void)mcv_agent_receive(node->agent, mcv_world_clock(w, node), &d);
    mcv_world_drain(w, who->agent);
}

static void deliver_later(struct mcv_world *w, struct mcv_flight *f, const struct mcv_listener *who,
                          uint64_t at_us, bool is_corrupt, uint32_t bit)
{
    struct mcv_arrival *a = w->free_arrivals;

    if (at_us <= w->now_us) {
        deliver(w, f, who, is_corrupt, bit);
        return;
    }
    if (a != NULL) {
        w->free_arrivals = a->next;
    } else if ((a = calloc(1, sizeof *a)) == NULL) {
        mcv_world_no_memory(w);
        return;
    }
    *a = (struct mcv_arrival){.flight = f, .who = *who, .is_corrupt = is_corrupt, .bit = bit};
    f->n_refs++;
    mcv_world_push(w, MCV_STEP_ARRIVE, at_us, who->agent,
                   mcv_world_node_at(w, who->agent)->n_steps++, a);
}

void mcv_world_arrive(struct mcv_world *w, struct mcv_arrival *a)
{
    const struct mcv_arrival it = *a;

    a->next = w->free_arrivals;
    w->free_arrivals = a;
    deliver(w, it.flight, &it.who, it.is_corrupt, it.bit);
    release(w, it.flight);
}

static void drop(struct mcv_link_fate *fate, const struct mcv_fault *fault)
{
    (void)fault;
    fate->n_copies = 0;
}

static void duplicate(struct mcv_link_fate *fate, const struct mcv_fault *fault)
{
    if (fate->n_copies == 0) return;
    fate->at_us[1] = fate->at_us[0] + fault->delay_us;
    fate->n_copies = 2;
}

static void delay(struct mcv_link_fate *fate, const struct mcv_fault *fault)
{
    for (unsigned i = 0; i < fate->n_copies; i++) fate->at_us[i] += fault->delay_us;
}

static void flip(struct mcv_link_fate *fate, const struct mcv_fault *fault)
{
    fate->is_corrupt = true;
    fate->corrupt_draw = fault->bit;
}

static void (*const fault_actions[])(struct mcv_link_fate *, const struct mcv_fault *) = {
    [MCV_FAULT_DROP] = drop,
    [MCV_FAULT_DUPLICATE] = duplicate,
    [MCV_FAULT_DELAY] = delay,
    [MCV_FAULT_FLIP] = flip,
};

static void reach_one(struct mcv_world *w, struct mcv_flight *f, const struct mcv_listener *who)
{
    const struct mcv_node *node = mcv_world_node_at(w, who->agent);
    struct mcv_link_fate fate;

    mcv_world_submit(w, &fate, f, who->agent);
    if (node->partition != mcv_world_node_at(w, f->from)->partition ||
        mcv_world_is_deaf(w, node, f))
        fate.n_copies = 0;
    for (size_t i = 0; i < w->n_faults; i++)
        if (mcv_fault_hits(w->faults[i], f->from, who->agent, who->channel,
                           mcv_bytes_of(f->bytes, f->n)))
            fault_actions[w->faults[i]->action](&fate, w->faults[i]);
    if (fate.n_copies == 0) lose(w);
    for (unsigned i = 0; i < fate.n_copies; i++)
        deliver_later(w, f, who, fate.at_us[i], fate.is_corrupt, (uint32_t)fate.corrupt_draw);
}

size_t mcv_world_find_receivers(struct mcv_world *w, const struct mcv_addr *to)
{
    size_t n;
    const struct mcv_listener *who = mcv_ports_at(&w->ports, to, &n);

    if (n > w->cap_receivers) {
        struct mcv_listener *copy = mcv_world_grow(w, w->receivers, w->cap_receivers * sizeof *copy,
                                                   2 * n * sizeof *copy);

        if (copy == NULL) return 0;
        w->receivers = copy;
        w->cap_receivers = 2 * n;
    }
    if (n > 0) memcpy(w->receivers, who, n * sizeof *who);
    return n;
}

void mcv_world_expect(const struct mcv_world *w, size_t i, size_t n)
{
    for (unsigned step = 0; step < MCV_AGENT_N_EXPECT; step++) {
        const size_t at = i + (MCV_AGENT_N_EXPECT - step) * EXPECT_APART;
        if (at >= n) continue;
        struct mcv_node *node = w->nodes[w->receivers[at].agent];
        if (step == 0) mcv_cache_expect(node, offsetof(struct mcv_node, config));
        if (step == 0 || node->agent != NULL) mcv_agent_expect(mcv_node_memory(node), step);
    }
}

void mcv_world_reach(struct mcv_world *w, struct mcv_flight *f)
{
    const size_t n = mcv_world_find_receivers(w, &f->to);

    if (n == 0) w->totals.n_unheard++;
    for (size_t i = 0; i < n; i++) {
        mcv_world_expect(w, i, n);
        if (w->receivers[i].agent != f->from) reach_one(w, f, &w->receivers[i]);
    }
    release(w, f);
}

/* Flights are in the queue until they reached everybody, and so are late copies. */
void mcv_world_discard(struct mcv_world *w, const struct mcv_queue_item *item)
{
    if (item->kind == MCV_STEP_REACH) {
        release(w, item->what);
    } else if (item->kind == MCV_STEP_ARRIVE) {
        struct mcv_arrival *a = item->what;

        release(w, a->flight);
        free(a);
    } else if (item->kind == MCV_STEP_ACT) {
        free(item->what);
    }
}

void mcv_world_net_wipe(struct mcv_world *w)
{
    struct mcv_queue_item item;

    while (mcv_queue_pop(&w->queue, &item)) mcv_world_discard(w, &item);
    for (int c = 0; c < MCV_N_FLIGHT_CLASSES; c++)
        for (struct mcv_flight *f = w->free_flights[c]; f != NULL; f = w->free_flights[c]) {
            w->free_flights[c] = f->next;
            free(f);
        }
    for (struct mcv_arrival *a = w->free_arrivals; a != NULL; a = w->free_arrivals) {
        w->free_arrivals = a->next;
        free(a);
    }
    free(w->receivers);
    free(w->links.slots);
    mcv_ports_wipe(&w->ports);
}
