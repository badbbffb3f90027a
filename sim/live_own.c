/* Tiers 2 and 3: every agent has the network part of mcvd to itself (agent/edge/net.h), on loopback or
 * in its network namespace. */
#include "sim/live_private.h"

#include "agent/edge/net.h"

#include <stdlib.h>

struct seat {
    struct mcv_live *live;
    uint32_t agent;
    struct mcv_net *net; /* NULL: off */
    struct mcv_edge_config *config;
};

struct own {
    struct mcv_live *live;
    struct seat *seats;
    uint64_t n_queue_lost, n_send_failed; /* of agents that are off */
};

static void on_datagram(void *ctx, const struct mcv_datagram *d)
{
    struct seat *seat = ctx;
    struct mcv_live *live = seat->live;

    mcv_live_clock(live);
    mcv_world_received_by(live->world, seat->agent, d);
}

static void free_config(struct mcv_edge_config *c)
{
    if (c == NULL) return;
    free(c->groups);
    free(c);
}

/* What mcv_net looks at of a configuration that is of no file. */
static struct mcv_edge_config *new_config(const struct mcv_live *live,
                                          const struct mcv_agent_config *agent)
{
    struct mcv_edge_config *c = calloc(1, sizeof *c);

    if (c == NULL) return NULL;
    c->agent = *agent;
    c->agent.n_peers = 0; /* their scopes are of IPv6 */
    c->limits = *live->limits;
    c->file.network.interface = live->netns != NULL ? MCV_LIVE_NETNS_INTERFACE : "lo";
    c->file.network.snooping = MCV_SNOOPING_NO; /* no querier is here: not two sockets more */
    c->groups = calloc(agent->n_groups + 1, sizeof *c->groups);
    if (c->groups == NULL) {
        free_config(c);
        return NULL;
    }
    if (agent->n_groups > 0) memcpy(c->groups, agent->groups, agent->n_groups * sizeof *c->groups);
    c->agent.groups = c->groups;
    return c;
}

static mcv_err open_net(struct seat *seat, struct mcv_why *why)
{
    const struct mcv_net_params params = {.loop = &seat->live->loop,
                                          .batch = seat->live->batch,
                                          .config = seat->config,
                                          .receive = on_datagram,
                                          .ctx = seat,
                                          .is_fixed = true};
    struct mcv_yaml_why w = {0};

    mcv_live_netns_enter(seat->live->netns, seat->agent);
    const mcv_err err = mcv_net_open(&seat->net, &params, &w);
    mcv_live_netns_leave(seat->live->netns);
    if (err != MCV_OK) (void)mcv_why_set(why, err, "%.180s", w.text);
    return err;
}

static void switch_off(struct own *own, struct seat *seat)
{
    if (seat->net == NULL) return;
    own->n_queue_lost += mcv_net_n_dropped(seat->net);
    own->n_send_failed += mcv_net_n_send_failed(seat->net);
    mcv_net_close(seat->net);
    seat->net = NULL;
    free_config(seat->config);
    seat->config = NULL;
}

static bool power(void *ctx, uint32_t agent, const struct mcv_agent_config *config,
                  struct mcv_why *why)
{
    struct own *own = ctx;
    struct seat *seat = &own->seats[agent];

    if (config == NULL) {
        switch_off(own, seat);
        return true;
    }
    seat->live = own->live;
    seat->agent = agent;
    seat->config = new_config(own->live, config);
    if (seat->config != NULL && open_net(seat, why) == MCV_OK) return true;
    free_config(seat->config);
    seat->config = NULL;
    return false;
}

static bool call(void *ctx, uint32_t agent, const struct mcv_out_sockets *s, struct mcv_why *why)
{
    struct own *own = ctx;

    mcv_live_netns_enter(own->live->netns, agent);
    const mcv_err err = mcv_net_call(own->seats[agent].net, s, why);
    mcv_live_netns_leave(own->live->netns);
    return err == MCV_OK;
}

static void carry(void *ctx, uint32_t agent, const struct mcv_addr *source,
                  const struct mcv_out_packet *p)
{
    struct own *own = ctx;

    (void)source;
    if (mcv_net_send(own->seats[agent].net, p) != MCV_OK) own->n_send_failed++;
}

static void failures(void *ctx, uint64_t *n_queue_lost, uint64_t *n_send_failed)
{
    const struct own *own = ctx;

    *n_queue_lost = own->n_queue_lost;
    *n_send_failed = own->n_send_failed;
    for (uint32_t i = 0; i < own->live->n_agents; i++) {
        if (own->seats[i].net == NULL) continue;
        *n_queue_lost += mcv_net_n_dropped(own->seats[i].net);
        *n_send_failed += mcv_net_n_send_failed(own->seats[i].net);
    }
}

static void close_all(void *ctx)
{
    struct own *own = ctx;

    if (own == NULL) return;
    for (uint32_t i = 0; own->seats != NULL && i < own->live->n_agents; i++)
        switch_off(own, &own->seats[i]);
    free(own->seats);
    free(own);
}

static mcv_err open_none(void **out, struct mcv_live *live)
{
    struct own *own = calloc(1, sizeof *own);

    *out = own;
    if (own == NULL) return MCV_E_IO;
    own->live = live;
    own->seats = calloc(live->n_agents, sizeof *own->seats);
    return own->seats != NULL ? MCV_OK : MCV_E_IO;
}

const struct mcv_live_sockets mcv_live_own = {.open = open_none,
                                              .close = close_all,
                                              .power = power,
                                              .call = call,
                                              .send = carry,
                                              .failures = failures};
