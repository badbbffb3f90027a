/* Tier 1: a socket for each address and port that somebody listens on, whoever they are. What comes
 * is handed to all of them in this process. An agent sends from its own address: from the socket
 * that listens there, or from one that is opened for it. */
#include "sim/live_private.h"

#include "agent/edge/sock.h"

#include <search.h>
#include <stdlib.h>

#define MAX_HEARD 64 /* datagrams at a time */

struct shared;

struct spot {
    struct mcv_addr at; /* first: what the tree compares */
    struct shared *owner;
    struct mcv_udp *udp;
    uint32_t n_users;
};

struct sums {
    uint64_t n_queue_lost, n_send_failed;
};

struct shared {
    struct mcv_live *live;
    struct mcv_netif iface;
    void *spots;                             /* tree of struct spot */
    struct spot *last;                       /* that sent: most often the next one too */
    const struct mcv_agent_config **configs; /* by agent; NULL: off */
    struct sums closed; /* of sockets that are closed, and packets without one */
    struct mcv_addr heard_at;
    struct mcv_received heard[MAX_HEARD];
    size_t n_heard;
};

static int compare(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;

    if (x->at.port != y->at.port) return x->at.port < y->at.port ? -1 : 1;
    return memcmp(x->at.b, y->at.b, 4);
}

static struct spot *find(const struct shared *s, const struct mcv_addr *at)
{
    const struct spot key = {.at = *at};
    struct spot *const *found = tfind(&key, &s->spots, compare);

    return found != NULL ? *found : NULL;
}

/* What one system call brought is handed to the first member, then to the next one, ...: each finds
 * what it needs in the cache for all packets but the first. */
static void hand_over(void *ctx)
{
    struct shared *s = ctx;
    const size_t n = s->n_heard;

    s->n_heard = 0;
    if (n == 0) return;
    mcv_live_clock(s->live);
    mcv_world_received(s->live->world, &s->heard_at, s->heard, n);
}

static void on_datagram(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes)
{
    const struct spot *spot = ctx;
    struct shared *s = spot->owner;

    s->heard_at = spot->at; /* one system call reads one socket */
    s->heard[s->n_heard++] = (struct mcv_received){.from = *from, .bytes = bytes};
    if (s->n_heard == MAX_HEARD) hand_over(s);
}

static bool start(struct spot *spot, bool is_group, struct mcv_why *why)
{
    struct mcv_live *live = spot->owner->live;
    const struct mcv_addr any = {.family = MCV_IPV4};
    int fd;

    const mcv_err err = is_group ? mcv_sock_group(&fd, &spot->at, &any, &spot->owner->iface, why)
                                 : mcv_sock_unicast(&fd, &spot->at, &spot->owner->iface, why);
    if (err != MCV_OK) return false;
    if (mcv_udp_start(&spot->udp, &live->loop, live->batch, fd, &spot->at, on_datagram, spot) ==
        MCV_OK)
        return true;
    (void)mcv_why_set(why, MCV_E_IO, "the loop does not take the socket");
    return false;
}

/* NULL: it cannot be opened. */
static struct spot *open_spot(struct shared *s, const struct mcv_addr *at, bool is_group,
                              struct mcv_why *why)
{
    struct spot *spot = find(s, at);

    if (spot != NULL) return spot;
    spot = calloc(1, sizeof *spot);
    if (spot == NULL) return NULL;
    *spot = (struct spot){.at = *at, .owner = s};
    if (start(spot, is_group, why) && tsearch(spot, &s->spots, compare) != NULL) return spot;
    mcv_udp_close(spot->udp);
    free(spot);
    return NULL;
}

static void count(struct sums *sums, const struct spot *spot)
{
    sums->n_queue_lost += mcv_sock_n_dropped(spot->udp->fd);
    sums->n_send_failed += spot->udp->n_send_failed;
}

static void close_spot(struct shared *s, struct spot *spot)
{
    if (s->last == spot) s->last = NULL;
    count(&s->closed, spot);
    tdelete(spot, &s->spots, compare);
    mcv_udp_close(spot->udp);
    free(spot);
}

static bool join(struct shared *s, const struct mcv_addr *at, bool is_group, struct mcv_why *why)
{
    struct spot *spot = open_spot(s, at, is_group, why);

    if (spot != NULL) spot->n_users++;
    return spot != NULL;
}

static void leave(struct shared *s, const struct mcv_addr *at)
{
    struct spot *spot = find(s, at);

    if (spot != NULL && spot->n_users > 0 && --spot->n_users == 0) close_spot(s, spot);
}

/* ---- as the world asks for it -------------------------------------------------------------- */

static void close_monp(struct shared *s, uint32_t agent)
{
    const struct mcv_agent_config *c = s->configs[agent];

    for (size_t i = 0; i < c->n_own; i++) leave(s, &c->own[i]);
    for (size_t i = 0; i < c->n_groups; i++) leave(s, &c->groups[i].addr);
    s->configs[agent] = NULL;
}

static bool power(void *ctx, uint32_t agent, const struct mcv_agent_config *config,
                  struct mcv_why *why)
{
    struct shared *s = ctx;
    bool is_good = true;

    if (config == NULL) {
        if (s->configs[agent] != NULL) close_monp(s, agent);
        return true;
    }
    s->configs[agent] = config;
    for (size_t i = 0; i < config->n_own && is_good; i++)
        is_good = join(s, &config->own[i], false, why);
    for (size_t i = 0; i < config->n_groups && is_good; i++)
        is_good = join(s, &config->groups[i].addr, true, why);
    return is_good;
}

static void close_channels(struct shared *s, const struct mcv_out_sockets *o, int n)
{
    for (int c = 0; c < n; c++) {
        const struct mcv_addr at = mcv_addr_with_port(o->addr, o->ports[c]);

        if (o->ports[c] != 0) leave(s, &at);
    }
}

static bool call(void *ctx, uint32_t agent, const struct mcv_out_sockets *o, struct mcv_why *why)
{
    struct shared *s = ctx;

    (void)agent;
    for (int c = 0; c < MCV_N_CHANNELS && o->is_open; c++) {
        const struct mcv_addr at = mcv_addr_with_port(o->addr, o->ports[c]);

        if (o->ports[c] == 0 || join(s, &at, o->is_multicast, why)) continue;
        close_channels(s, o, c);
        return false;
    }
    if (!o->is_open) close_channels(s, o, MCV_N_CHANNELS);
    return true;
}

static void carry(void *ctx, uint32_t agent, const struct mcv_addr *source,
                  const struct mcv_out_packet *p)
{
    struct shared *s = ctx;
    struct spot *spot = s->last;

    (void)agent;
    if (spot == NULL || !mcv_addr_equal(&spot->at, source))
        spot = open_spot(s, source, false, mcv_live_why_of(s->live));
    s->last = spot;
    if (spot != NULL) {
        mcv_udp_send(spot->udp, &p->to, p->pppp, p->bytes);
        return;
    }
    s->closed.n_send_failed++;
    mcv_live_used_up(s->live, MCV_LIVE_SOCKETS);
}

static void add_up(const void *node, VISIT which, void *ctx)
{
    struct spot *const *spot = node;

    if (which == postorder || which == leaf) count(ctx, *spot);
}

static void failures(void *ctx, uint64_t *n_queue_lost, uint64_t *n_send_failed)
{
    struct shared *s = ctx;
    struct sums sums = s->closed;

    twalk_r(s->spots, add_up, &sums);
    *n_queue_lost = sums.n_queue_lost;
    *n_send_failed = sums.n_send_failed;
}

static void close_all(void *ctx)
{
    struct shared *s = ctx;

    if (s == NULL) return;
    while (s->spots != NULL) close_spot(s, *(struct spot **)s->spots); /* the root comes first */
    free(s->configs);
    free(s);
}

static mcv_err open_none(void **out, struct mcv_live *live)
{
    struct shared *s = calloc(1, sizeof *s);

    *out = s;
    if (s == NULL) return MCV_E_IO;
    s->live = live;
    s->configs = calloc(live->n_agents, sizeof(struct mcv_agent_config *));
    if (s->configs == NULL) return MCV_E_IO;
    mcv_udp_batch_set_after(live->batch, hand_over, s);
    return mcv_netif_find(&s->iface, "lo", &live->why);
}

const struct mcv_live_sockets mcv_live_shared = {.open = open_none,
                                                 .close = close_all,
                                                 .power = power,
                                                 .call = call,
                                                 .send = carry,
                                                 .failures = failures};
