#include "agent/edge/multicast.h"

#include "agent/edge/log.h"
#include "agent/edge/queries.h"

#include <stdlib.h>

#define US_PER_MS 1000u
#define US_PER_S  1000000u

struct mcv_multicast {
    uv_timer_t timer;
    const struct mcv_edge_config *config;
    struct mcv_netif iface;
    struct mcv_queries *queries; /* NULL: not permitted */
    struct mcv_evidence evidence;
    enum mcv_evidence_fault told; /* of what the log has told last */
};

static uint64_t now_us(const struct mcv_multicast *m)
{
    return uv_now(m->timer.loop) * US_PER_MS;
}

static const struct mcv_peer_config *peer_at(const struct mcv_multicast *m,
                                             const struct mcv_addr *host)
{
    const struct mcv_agent_config *c = &m->config->agent;

    for (size_t i = 0; i < c->n_peers; i++)
        if (mcv_addr_same_host(&c->peers[i].addr, host)) return &c->peers[i];
    return NULL;
}

/* ---- told ---------------------------------------------------------------------------------- */

const char *mcv_multicast_text(enum mcv_evidence_fault fault)
{
    static const char *const texts[] = {
        [MCV_EVIDENCE_NONE] = "",
        [MCV_EVIDENCE_PEER] =
            "a member is heard by unicast and not by multicast: the network filters "
            "it, or only he has a fan_out",
        [MCV_EVIDENCE_NO_IGMP_QUERY] =
            "no IGMP query comes: switches that snoop forget our groups; the "
            "network needs an IGMP querier",
        [MCV_EVIDENCE_NO_MLD_QUERY] =
            "no MLD query comes: switches that snoop forget our IPv6 groups; "
            "the network needs an MLD querier",
    };

    return texts[fault];
}

static void tell(struct mcv_multicast *m)
{
    const struct mcv_multicast_info info = mcv_multicast_info(m);

    if (info.fault == m->told) return;
    m->told = info.fault;
    if (info.fault == MCV_EVIDENCE_NONE)
        mcv_log_notice("multicast comes again");
    else if (info.fault == MCV_EVIDENCE_PEER)
        mcv_log_warning("multicast user=%s: %s", mcv_log_text(info.user),
                        mcv_multicast_text(info.fault));
    else
        mcv_log_warning("multicast: %s", mcv_multicast_text(info.fault));
}

static bool is_used(const struct mcv_multicast *m)
{
    const struct mcv_agent_config *c = &m->config->agent;

    for (size_t i = 0; i < c->n_groups; i++)
        if (c->groups[i].fan_out.n == 0) return true;
    return false;
}

struct mcv_multicast_info mcv_multicast_info(const struct mcv_multicast *m)
{
    struct mcv_multicast_info info = {.hears_queries = m->queries != NULL};
    uint64_t since_us = 0;

    info.fault = mcv_evidence_fault(&m->evidence, &since_us);
    info.state = m->evidence.was_heard ? MCV_MULTICAST_HEARD : MCV_MULTICAST_UNPROVEN;
    if (!is_used(m)) info.state = MCV_MULTICAST_UNUSED;
    if (info.fault == MCV_EVIDENCE_NONE) return info;
    info.state = MCV_MULTICAST_FILTERED;
    info.for_s = (now_us(m) - since_us) / US_PER_S;
    if (info.fault != MCV_EVIDENCE_PEER) return info;
    const struct mcv_peer_config *peer = peer_at(m, &m->evidence.silent);
    if (peer != NULL) info.user = peer->user;
    return info;
}

/* ---- time ---------------------------------------------------------------------------------- */

static void arm(struct mcv_multicast *m);

static void on_timer(uv_timer_t *timer)
{
    struct mcv_multicast *m = timer->data;

    mcv_evidence_run(&m->evidence, now_us(m));
    tell(m);
    arm(m);
}

static void arm(struct mcv_multicast *m)
{
    const uint64_t at_us = mcv_evidence_wake_at(&m->evidence), us = now_us(m);

    if (at_us == UINT64_MAX) {
        uv_timer_stop(&m->timer);
        return;
    }
    uv_timer_start(&m->timer, on_timer, at_us > us ? (at_us - us + US_PER_MS - 1) / US_PER_MS : 0,
                   0);
}

/* ---- queries ------------------------------------------------------------------------------- */

/* Groups whose memberships a switch may forget; those of 224.0.0.0/24 it never does.
 * Spec: RFC 4541 2.1.2 */
static bool has_snooped_group(const struct mcv_multicast *m, uint8_t family)
{
    const struct mcv_agent_config *c = &m->config->agent;

    for (size_t i = 0; i < c->n_groups; i++) {
        const struct mcv_addr *a = &c->groups[i].addr;
        const bool is_flooded = family == MCV_IPV4 && a->b[0] == 224 && a->b[1] == 0 &&
                                a->b[2] == 0;
        if (c->groups[i].fan_out.n == 0 && a->family == family && !is_flooded) return true;
    }
    return false;
}

static bool is_snooping(const struct mcv_multicast *m, size_t i)
{
    const struct mcv_config_network *n = &m->config->file.network;

    if (n->snooping != MCV_SNOOPING_AUTO) return n->snooping == MCV_SNOOPING_YES;
    return m->evidence.queries[i].was_seen || mcv_queries_bridge_snoops(n->interface);
}

static void watch(struct mcv_multicast *m)
{
    static const uint8_t families[MCV_EVIDENCE_N_V] = {MCV_IPV4, MCV_IPV6};

    for (size_t i = 0; i < MCV_EVIDENCE_N_V; i++)
        mcv_evidence_watch(&m->evidence, now_us(m), families[i],
                           m->queries != NULL && m->iface.index != 0 && !m->iface.is_loopback &&
                               has_snooped_group(m, families[i]) && is_snooping(m, i));
    arm(m);
}

static void on_query(void *ctx, uint8_t family, unsigned index)
{
    struct mcv_multicast *m = ctx;

    if (index != m->iface.index) return;
    mcv_evidence_query(&m->evidence, now_us(m), family);
    tell(m);
    watch(m);
}

/* ---- datagrams ----------------------------------------------------------------------------- */

void mcv_multicast_heard(struct mcv_multicast *m, const struct mcv_addr *from, uint32_t call,
                         bool is_media)
{
    mcv_evidence_group(&m->evidence, now_us(m), from, call, is_media);
    if (m->told == MCV_EVIDENCE_PEER) tell(m);
}

void mcv_multicast_unicast(struct mcv_multicast *m, const struct mcv_addr *from)
{
    if (!mcv_evidence_unicast(&m->evidence, now_us(m), from) || peer_at(m, from) == NULL) return;
    mcv_evidence_find(&m->evidence, from);
    tell(m);
}

void mcv_multicast_astray(struct mcv_multicast *m, const struct mcv_addr *from)
{
    mcv_evidence_astray(&m->evidence, now_us(m), from);
}

void mcv_multicast_call_over(struct mcv_multicast *m, uint32_t call)
{
    mcv_evidence_call_over(&m->evidence, call);
}

/* ---- opened and closed --------------------------------------------------------------------- */

void mcv_multicast_begin(struct mcv_multicast *m, const struct mcv_netif *iface)
{
    m->iface = iface != NULL ? *iface : (struct mcv_netif){0};
    mcv_evidence_init(&m->evidence, m->config->file.network.query_timeout_us);
    m->told = MCV_EVIDENCE_NONE;
    watch(m);
}

void mcv_multicast_configure(struct mcv_multicast *m, const struct mcv_edge_config *config)
{
    m->config = config;
    m->evidence.query_us = config->file.network.query_timeout_us;
    watch(m);
}

struct mcv_multicast *mcv_multicast_new(uv_loop_t *loop, const struct mcv_edge_config *config)
{
    struct mcv_multicast *m = calloc(1, sizeof *m);

    if (m == NULL) return NULL;
    m->config = config;
    uv_timer_init(loop, &m->timer);
    m->timer.data = m;
    if (config->file.network.snooping != MCV_SNOOPING_NO &&
        mcv_queries_open(&m->queries, loop, on_query, m) != MCV_OK)
        mcv_log_info(
            "queries of IGMP and MLD cannot be heard without CAP_NET_RAW: a network without a "
            "querier is not told");
    return m;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void mcv_multicast_free(struct mcv_multicast *m)
{
    if (m == NULL) return;
    mcv_queries_close(m->queries);
    uv_timer_stop(&m->timer);
    uv_close((uv_handle_t *)&m->timer, on_closed);
}
