#include "agent/edge/net.h"

#include "agent/edge/log.h"
#include "agent/edge/multicast.h"
#include "agent/edge/netwatch.h"

#include <stdlib.h>
#include <string.h>

struct endpoint {
    struct mcv_net *net;
    struct mcv_udp *udp; /* NULL: a free slot */
    enum mcv_channel channel;
    uint32_t call;      /* 0: MONP */
    struct mcv_addr at; /* own or group address with its port */
    bool is_group;
    bool is_lost; /* to be opened again when the interface allows it; udp is NULL */
};

struct mcv_net {
    struct mcv_net_params p;
    struct mcv_netif iface;
    unsigned agent_scope; /* what the agent takes for the scope: the first index of the interface */
    bool is_up;           /* the interface was there and up when we last looked */
    size_t n_own_there;   /* own addresses that it had then */
    struct mcv_netwatch *watch;
    struct mcv_multicast *multicast;
    struct endpoint *endpoints;
    size_t n_endpoints;
    size_t last_sent; /* endpoint of the last packet: most often that of the next one too */
    uint64_t n_send_failed, n_dropped; /* of sockets that are closed */
};

static bool is_own(const struct mcv_net *net, const struct mcv_addr *from)
{
    const struct mcv_agent_config *c = &net->p.config->agent;

    for (size_t i = 0; i < c->n_own; i++)
        if (mcv_addr_same_host(&c->own[i], from)) return true;
    return false;
}

/* Link-local addresses are those of the interface. */
static void set_scope(struct mcv_addr *a, unsigned index)
{
    const bool is_link_local = a->family == MCV_IPV6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
    const bool is_group = a->family == MCV_IPV6 && a->b[0] == 0xff;

    a->scope = is_link_local || is_group ? index : 0;
}

static bool is_rtp(enum mcv_channel channel)
{
    return channel == MCV_CH_AUDIO_RTP || channel == MCV_CH_VIDEO_RTP;
}

static void on_datagram(void *ctx, const struct mcv_addr *sender, struct mcv_bytes bytes)
{
    const struct endpoint *e = ctx;
    struct mcv_addr at = *sender;
    const struct mcv_addr *from = &at;

    set_scope(&at, e->net->agent_scope);
    if (e->is_group && is_own(e->net, from)) return;
    if (e->is_group)
        mcv_multicast_heard(e->net->multicast, from, e->call, is_rtp(e->channel));
    else
        mcv_multicast_unicast(e->net->multicast, from);
    const struct mcv_datagram d = {
        .channel = e->channel, .call = e->call, .from = *from, .to = e->at, .bytes = bytes};
    e->net->p.receive(e->net->p.ctx, &d);
}

static struct endpoint *free_endpoint(struct mcv_net *net)
{
    for (size_t i = 0; i < net->n_endpoints; i++)
        if (net->endpoints[i].udp == NULL && !net->endpoints[i].is_lost) return &net->endpoints[i];
    return NULL;
}

static const struct mcv_addr *own_of(const struct mcv_net *net, uint8_t family)
{
    const struct mcv_agent_config *c = &net->p.config->agent;

    for (size_t i = 0; i < c->n_own; i++)
        if (c->own[i].family == family) return &c->own[i];
    return NULL;
}

/* Opens the socket of an endpoint that is filled in. */
static mcv_err open_socket(struct endpoint *e, struct mcv_why *why)
{
    struct mcv_net *net = e->net;
    const struct mcv_addr *own = own_of(net, e->at.family);
    struct mcv_addr at = e->at;
    int fd = -1;

    set_scope(&at, net->iface.index);
    if (e->is_group && own == NULL)
        return mcv_why_set(why, MCV_E_CONFIG, "there is no own address of the group's family");
    const mcv_err err = e->is_group ? mcv_sock_group(&fd, &at, own, &net->iface, why)
                                    : mcv_sock_unicast(&fd, &at, &net->iface, why);
    if (err != MCV_OK) return err;
    if (mcv_udp_start(&e->udp, net->p.loop, net->p.batch, fd, &at, on_datagram, e) != MCV_OK)
        return mcv_why_set(why, MCV_E_IO, "the loop does not take the socket");
    return MCV_OK;
}

/* Without the interface the socket waits for its return. */
static mcv_err open_one(struct mcv_net *net, enum mcv_channel channel, uint32_t call,
                        const struct mcv_addr *at, bool is_group, struct mcv_why *why)
{
    struct endpoint *e = free_endpoint(net);

    if (e == NULL) return mcv_why_set(why, MCV_E_FULL, "too many sockets");
    *e = (struct endpoint){
        .net = net, .channel = channel, .call = call, .at = *at, .is_group = is_group};
    if (net->is_up) return open_socket(e, why);
    e->is_lost = true;
    return MCV_OK;
}

static bool is_used(const struct endpoint *e)
{
    return e->udp != NULL || e->is_lost;
}

static void close_one(struct mcv_net *net, struct endpoint *e)
{
    e->is_lost = false;
    if (e->udp == NULL) return;
    net->n_send_failed += e->udp->n_send_failed;
    net->n_dropped += mcv_sock_n_dropped(e->udp->fd);
    mcv_udp_close(e->udp);
    e->udp = NULL;
}

void mcv_net_call_close(struct mcv_net *net, uint32_t call)
{
    mcv_multicast_call_over(net->multicast, call);
    for (size_t i = 0; i < net->n_endpoints; i++)
        if (is_used(&net->endpoints[i]) && net->endpoints[i].call == call)
            close_one(net, &net->endpoints[i]);
}

void mcv_net_set_scopes(const struct mcv_net *net, struct mcv_edge_config *config)
{
    for (size_t i = 0; i < config->agent.n_own; i++)
        set_scope(&config->agent.own[i], net->agent_scope);
    for (size_t i = 0; i < config->agent.n_peers; i++)
        set_scope(&config->peers[i].addr, net->agent_scope);
    for (size_t i = 0; i < config->n_fan_out; i++) set_scope(&config->fan_out[i], net->agent_scope);
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
        if (is_used(e) && e->call == 0 && e->is_group && mcv_addr_equal(&e->at, group)) return e;
    }
    return NULL;
}

static bool is_by_multicast(const struct mcv_group_config *g)
{
    return g->fan_out.n == 0;
}

static bool has_group(const struct mcv_edge_config *c, const struct mcv_addr *group)
{
    for (size_t i = 0; i < c->agent.n_groups; i++)
        if (is_by_multicast(&c->groups[i]) && mcv_addr_equal(&c->groups[i].addr, group))
            return true;
    return false;
}

/* Closes the sockets of groups that `keep` does not have. */
static void close_groups(struct mcv_net *net, const struct mcv_edge_config *keep)
{
    for (size_t i = 0; i < net->n_endpoints; i++) {
        struct endpoint *e = &net->endpoints[i];
        if (is_used(e) && e->call == 0 && e->is_group && !has_group(keep, &e->at))
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
        set_scope(at, net->agent_scope);
        if (!is_by_multicast(&next->groups[i])) continue;
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
    mcv_multicast_configure(net->multicast, next);
}

/* ---- the interface goes and comes ---------------------------------------------------------- */

static void reopen(struct mcv_net *net, struct endpoint *e)
{
    struct mcv_why why = {0};

    close_one(net, e);
    e->is_lost = open_socket(e, &why) != MCV_OK;
    if (e->is_lost) mcv_log_debug("socket waits for its address reason=\"%s\"", why.text);
}

static size_t n_own_there(const struct mcv_net *net)
{
    const struct mcv_agent_config *c = &net->p.config->agent;
    size_t n = 0;

    for (size_t i = 0; i < c->n_own; i++) n += mcv_netif_has(&net->iface, &c->own[i]);
    return n;
}

/* Memberships die with an interface, and addresses of link-local scope name its index: all sockets
 * are opened again when it comes back or gets an address back. */
static void on_change(void *ctx)
{
    struct mcv_net *net = ctx;
    const char *name = net->p.config->file.network.interface;
    const bool was_up = net->is_up;
    struct mcv_netif now;
    struct mcv_why why = {0};

    net->is_up = mcv_netif_find(&now, name, &why) == MCV_OK;
    if (!net->is_up) {
        net->n_own_there = 0;
        if (was_up) mcv_multicast_begin(net->multicast, NULL);
        if (was_up) mcv_log_warning("interface=%s lost reason=\"%s\"", name, why.text);
        return;
    }
    const bool is_other = now.index != net->iface.index;
    const size_t n_before = net->n_own_there;
    net->iface = now;
    net->n_own_there = n_own_there(net);
    const bool is_back = is_other || !was_up || net->n_own_there > n_before;
    if (is_back) mcv_multicast_begin(net->multicast, &now);
    for (size_t i = 0; i < net->n_endpoints; i++)
        if (is_used(&net->endpoints[i]) && (is_back || net->endpoints[i].is_lost))
            reopen(net, &net->endpoints[i]);
    if (is_back || net->n_own_there != n_before)
        mcv_log_notice("interface=%s up addresses=%zu of %zu", name, net->n_own_there,
                       net->p.config->agent.n_own);
}

enum mcv_net_state mcv_net_state(const struct mcv_net *net)
{
    if (!net->is_up) return MCV_NET_DOWN;
    return net->n_own_there < net->p.config->agent.n_own ? MCV_NET_NO_ADDRESS : MCV_NET_UP;
}

static void start_watch(struct mcv_net *net)
{
    net->n_own_there = n_own_there(net);
    if (mcv_netwatch_open(&net->watch, net->p.loop, on_change, net) == MCV_OK) return;
    mcv_log_warning("changes of interfaces cannot be seen; restart after one");
}

const struct mcv_multicast *mcv_net_multicast(const struct mcv_net *net)
{
    return net->multicast;
}

void mcv_net_astray(struct mcv_net *net, const struct mcv_addr *from)
{
    mcv_multicast_astray(net->multicast, from);
}

const struct mcv_netif *mcv_net_interface(const struct mcv_net *net)
{
    return &net->iface;
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
    net->multicast = mcv_multicast_new(net->p.loop, c);
    mcv_err err = net->endpoints != NULL && net->multicast != NULL ? MCV_OK : MCV_E_FULL;
    if (err == MCV_OK && mcv_netif_find(&net->iface, c->file.network.interface, &w) != MCV_OK)
        err = mcv_yaml_refuse(c->doc, why, &c->file.network.interface, "%s", w.text);
    net->agent_scope = net->iface.index;
    net->is_up = err == MCV_OK;
    if (err == MCV_OK) mcv_multicast_begin(net->multicast, &net->iface);
    if (err == MCV_OK) err = open_own(net, why);
    if (err == MCV_OK) err = mcv_net_add_groups(net, c, why);
    if (err == MCV_OK && !net->p.is_fixed) start_watch(net);
    if (err == MCV_OK)
        *out = net;
    else
        mcv_net_close(net);
    return err;
}

void mcv_net_close(struct mcv_net *net)
{
    if (net == NULL) return;
    mcv_netwatch_close(net->watch);
    mcv_multicast_free(net->multicast);
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

/* MONP to a group leaves by that group's socket, and media of a call by its only one. */
static bool is_for(const struct endpoint *e, const struct mcv_out_packet *p)
{
    if (e->udp == NULL || e->channel != p->channel || e->call != p->call) return false;
    if (e->at.family != p->to.family) return false;
    if (p->channel != MCV_CH_MONP) return true;
    return p->is_multicast == e->is_group && (!e->is_group || mcv_addr_same_host(&e->at, &p->to));
}

static struct endpoint *find_endpoint(struct mcv_net *net, const struct mcv_out_packet *p)
{
    struct endpoint *last = &net->endpoints[net->last_sent];

    if (is_for(last, p)) return last;
    for (size_t i = 0; i < net->n_endpoints; i++) {
        if (!is_for(&net->endpoints[i], p)) continue;
        net->last_sent = i;
        return &net->endpoints[i];
    }
    return NULL;
}

static void send_to(const struct mcv_net *net, struct endpoint *e,
                    const struct mcv_out_packet *packet, struct mcv_addr to)
{
    set_scope(&to, net->iface.index);
    mcv_udp_send(e->udp, &to, packet->pppp, packet->bytes);
}

mcv_err mcv_net_send(struct mcv_net *net, const struct mcv_out_packet *packet)
{
    struct endpoint *e = find_endpoint(net, packet);
    const bool has_own_port = packet->channel == MCV_CH_MONP;

    if (e == NULL) return MCV_E_NOT_FOUND;
    if (packet->fan_out.n == 0) send_to(net, e, packet, packet->to);
    for (uint16_t i = 0; i < packet->fan_out.n; i++) {
        const struct mcv_addr to = packet->fan_out.to[i];
        send_to(net, e, packet, has_own_port ? to : mcv_addr_with_port(to, packet->to.port));
    }
    return MCV_OK;
}

uint64_t mcv_net_n_send_failed(const struct mcv_net *net)
{
    uint64_t n = net->n_send_failed;

    for (size_t i = 0; i < net->n_endpoints; i++)
        if (net->endpoints[i].udp != NULL) n += net->endpoints[i].udp->n_send_failed;
    return n;
}

uint64_t mcv_net_n_dropped(const struct mcv_net *net)
{
    uint64_t n = net->n_dropped;

    for (size_t i = 0; i < net->n_endpoints; i++)
        if (net->endpoints[i].udp != NULL) n += mcv_sock_n_dropped(net->endpoints[i].udp->fd);
    return n;
}
