#include "agent/edge/net.h"

#include "agent/edge/log.h"

#include <stdlib.h>
#include <string.h>

struct endpoint {
    struct mcv_net *net;
    struct mcv_udp *udp; /* NULL: a free slot */
    enum mcv_channel channel;
    uint32_t call;      /* 0: MONP */
    struct mcv_addr at; /* own or group address with its port */
    bool is_group;
};

struct mcv_net {
    struct mcv_net_params p;
    struct mcv_netif iface;
    struct endpoint *endpoints;
    size_t n_endpoints;
    uint64_t n_send_failed; /* of sockets that are closed */
};

static bool is_own(const struct mcv_net *net, const struct mcv_addr *from)
{
    const struct mcv_agent_config *c = &net->p.config->agent;

    for (size_t i = 0; i < c->n_own; i++)
        if (mcv_addr_same_host(&c->own[i], from)) return true;
    return false;
}

static void on_datagram(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes)
{
    const struct endpoint *e = ctx;

    if (e->is_group && is_own(e->net, from)) return;
    const struct mcv_datagram d = {
        .channel = e->channel, .call = e->call, .from = *from, .to = e->at, .bytes = bytes};
    e->net->p.receive(e->net->p.ctx, &d);
}

static struct endpoint *free_endpoint(struct mcv_net *net)
{
    for (size_t i = 0; i < net->n_endpoints; i++)
        if (net->endpoints[i].udp == NULL) return &net->endpoints[i];
    return NULL;
}

static const struct mcv_addr *own_of(const struct mcv_net *net, uint8_t family)
{
    const struct mcv_agent_config *c = &net->p.config->agent;

    for (size_t i = 0; i < c->n_own; i++)
        if (c->own[i].family == family) return &c->own[i];
    return NULL;
}

static mcv_err open_one(struct mcv_net *net, enum mcv_channel channel, uint32_t call,
                        const struct mcv_addr *at, bool is_group, struct mcv_why *why)
{
    struct endpoint *e = free_endpoint(net);
    const struct mcv_addr *own = own_of(net, at->family);
    int fd = -1;

    if (e == NULL) return mcv_why_set(why, MCV_E_FULL, "too many sockets");
    if (is_group && own == NULL)
        return mcv_why_set(why, MCV_E_CONFIG, "there is no own address of the group's family");
    const mcv_err err = is_group ? mcv_sock_group(&fd, at, own, &net->iface, why)
                                 : mcv_sock_unicast(&fd, at, &net->iface, why);
    if (err != MCV_OK) return err;
    *e = (struct endpoint){
        .net = net, .channel = channel, .call = call, .at = *at, .is_group = is_group};
    if (mcv_udp_start(&e->udp, net->p.loop, net->p.batch, fd, at, on_datagram, e) != MCV_OK)
        return mcv_why_set(why, MCV_E_IO, "the loop does not take the socket");
    return MCV_OK;
}

static void close_one(struct mcv_net *net, struct endpoint *e)
{
    if (e->udp == NULL) return;
    net->n_send_failed += e->udp->n_send_failed;
    mcv_udp_close(e->udp);
    e->udp = NULL;
}

void mcv_net_call_close(struct mcv_net *net, uint32_t call)
{
    for (size_t i = 0; i < net->n_endpoints; i++)
        if (net->endpoints[i].udp != NULL && net->endpoints[i].call == call)
            close_one(net, &net->endpoints[i]);
}

/* Link-local addresses are those of the interface. */
static void set_scope(struct mcv_addr *a, unsigned index)
{
    const bool is_link_local = a->family == MCV_IPV6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
    const bool is_group = a->family == MCV_IPV6 && a->b[0] == 0xff;

    a->scope = is_link_local || is_group ? index : 0;
}

void mcv_net_set_scopes(const struct mcv_net *net, struct mcv_edge_config *config)
{
    for (size_t i = 0; i < config->agent.n_own; i++)
        set_scope(&config->agent.own[i], net->iface.index);
    for (size_t i = 0; i < config->agent.n_peers; i++)
        set_scope(&config->peers[i].addr, net->iface.index);
}

static mcv_err open_own(struct mcv_net *net, struct mcv_yaml_why *why)
{
    struct mcv_edge_config *c = net->p.config;
    const char *const *texts = c->file.network.addresses.items;
    struct mcv_why w = {0};

    mcv_net_set_scopes(net, c);
    for (size_t i = 0; i < c->agent.n_own; i++) {
        if (!mcv_netif_has(&net->iface, &c->agent.own[i]))
            return mcv_yaml_refuse(c->doc, why, &texts[i],
                                   "is not an address of interface %s; `ip addr` lists them",
                                   c->file.network.interface);
        if (open_one(net, MCV_CH_MONP, 0, &c->agent.own[i], false, &w) != MCV_OK)
            return mcv_yaml_refuse(c->doc, why, &texts[i], "cannot be used: %s", w.text);
    }
    return MCV_OK;
}

static struct endpoint *find_group(const struct mcv_net *net, const struct mcv_addr *group)
{
    for (size_t i = 0; i < net->n_endpoints; i++) {
        struct endpoint *e = &net->endpoints[i];
        if (e->udp != NULL && e->call == 0 && e->is_group && mcv_addr_equal(&e->at, group))
            return e;
    }
    return NULL;
}

static bool has_group(const struct mcv_edge_config *c, const struct mcv_addr *group)
{
    for (size_t i = 0; i < c->agent.n_groups; i++)
        if (mcv_addr_equal(&c->groups[i].addr, group)) return true;
    return false;
}

/* Closes the sockets of groups that `keep` does not have. */
static void close_groups(struct mcv_net *net, const struct mcv_edge_config *keep)
{
    for (size_t i = 0; i < net->n_endpoints; i++) {
        struct endpoint *e = &net->endpoints[i];
        if (e->udp != NULL && e->call == 0 && e->is_group && !has_group(keep, &e->at))
            close_one(net, e);
    }
}

mcv_err mcv_net_add_groups(struct mcv_net *net, struct mcv_edge_config *next,
                           struct mcv_yaml_why *why)
{
    const struct mcv_config_group *items = next->file.groups.items;
    struct mcv_why w = {0};

    for (size_t i = 0; i < next->agent.n_groups; i++) {
        struct mcv_addr *at = &next->groups[i].addr;
        set_scope(at, net->iface.index);
        if (find_group(net, at) != NULL) continue; /* several groups may share an address */
        if (open_one(net, MCV_CH_MONP, 0, at, true, &w) == MCV_OK) continue;
        if (next != net->p.config) close_groups(net, net->p.config);
        const void *from = i < next->file.groups.n ? (const void *)&items[i].addr
                                                   : &next->file.groups;
        return mcv_yaml_refuse(next->doc, why, from, "address of %.100s cannot be used: %s",
                               mcv_log_text(next->groups[i].group), w.text);
    }
    return MCV_OK;
}

void mcv_net_drop_groups(struct mcv_net *net, struct mcv_edge_config *next)
{
    close_groups(net, next);
    net->p.config = next;
}

mcv_err mcv_net_open(struct mcv_net **out, const struct mcv_net_params *params,
                     struct mcv_yaml_why *why)
{
    struct mcv_edge_config *c = params->config;
    struct mcv_net *net = calloc(1, sizeof *net);
    struct mcv_why w = {0};

    *out = NULL;
    if (net == NULL) return MCV_E_FULL;
    net->p = *params;
    net->n_endpoints = c->agent.n_own + c->limits.n_groups + MCV_NET_SPARE_GROUPS +
                       (size_t)(c->limits.n_private_calls + c->limits.n_group_calls) *
                           MCV_N_CHANNELS;
    net->endpoints = calloc(net->n_endpoints, sizeof *net->endpoints);
    mcv_err err = net->endpoints != NULL ? MCV_OK : MCV_E_FULL;
    if (err == MCV_OK && mcv_netif_find(&net->iface, c->file.network.interface, &w) != MCV_OK)
        err = mcv_yaml_refuse(c->doc, why, &c->file.network.interface, "%s", w.text);
    if (err == MCV_OK) err = open_own(net, why);
    if (err == MCV_OK) err = mcv_net_add_groups(net, c, why);
    if (err == MCV_OK)
        *out = net;
    else
        mcv_net_close(net);
    return err;
}

void mcv_net_close(struct mcv_net *net)
{
    if (net == NULL) return;
    for (size_t i = 0; net->endpoints != NULL && i < net->n_endpoints; i++)
        close_one(net, &net->endpoints[i]);
    free(net->endpoints);
    free(net);
}

mcv_err mcv_net_call(struct mcv_net *net, const struct mcv_out_sockets *s, struct mcv_why *why)
{
    mcv_err err = MCV_OK;

    mcv_net_call_close(net, s->call);
    if (!s->is_open) return MCV_OK;
    for (unsigned ch = 0; ch < MCV_N_CHANNELS && err == MCV_OK; ch++) {
        const struct mcv_addr at = mcv_addr_with_port(s->addr, s->ports[ch]);
        if (s->ports[ch] != 0)
            err = open_one(net, (enum mcv_channel)ch, s->call, &at, s->is_multicast, why);
    }
    if (err != MCV_OK) mcv_net_call_close(net, s->call);
    return err;
}

static struct endpoint *find_endpoint(const struct mcv_net *net, const struct mcv_out_packet *p)
{
    for (size_t i = 0; i < net->n_endpoints; i++) {
        struct endpoint *e = &net->endpoints[i];
        if (e->udp == NULL || e->channel != p->channel || e->call != p->call) continue;
        if (e->at.family != p->to.family) continue;
        /* MONP to a group leaves by that group's socket, and media of a call by its only one. */
        if (p->channel == MCV_CH_MONP && (p->is_multicast != e->is_group ||
                                          (e->is_group && !mcv_addr_same_host(&e->at, &p->to))))
            continue;
        return e;
    }
    return NULL;
}

mcv_err mcv_net_send(struct mcv_net *net, const struct mcv_out_packet *packet)
{
    struct endpoint *e = find_endpoint(net, packet);

    if (e == NULL) return MCV_E_NOT_FOUND;
    return mcv_udp_send(e->udp, &packet->to, packet->pppp, packet->bytes);
}

uint64_t mcv_net_n_send_failed(const struct mcv_net *net)
{
    uint64_t n = net->n_send_failed;

    for (size_t i = 0; i < net->n_endpoints; i++)
        if (net->endpoints[i].udp != NULL) n += net->endpoints[i].udp->n_send_failed;
    return n;
}
