#include "agent/core/fan_out.h"

bool mcv_fan_out_has(const struct mcv_fan_out *f, const struct mcv_addr *host)
{
    for (uint16_t i = 0; i < f->n; i++) {
        if (mcv_addr_same_host(&f->to[i], host)) return true;
    }
    return false;
}

bool mcv_fan_out_is_to_group(const struct mcv_group_config *group, const struct mcv_datagram *d)
{
    if (group->fan_out.n == 0) return mcv_addr_same_host(&d->to, &group->addr);
    return !mcv_addr_is_multicast(&d->to) && mcv_fan_out_has(&group->fan_out, &d->from);
}

static bool overlap(uint32_t first, uint32_t n, uint32_t other, uint32_t n_other)
{
    return first < other + n_other && other < first + n;
}

bool mcv_fan_out_may_have(const struct mcv_agent_config *config, const struct mcv_limits *limits,
                          const struct mcv_group_config *group, uint32_t first, uint32_t n)
{
    const uint32_t n_private = (uint32_t)limits->n_private_calls * MCV_PRIVATE_PORTS;

    if (overlap(first, n, config->media_port, n_private)) return false;
    for (size_t i = 0; i < config->n_own; i++) {
        const struct mcv_addr *own = &config->own[i];
        if (own->family == group->addr.family && overlap(first, n, own->port, 1)) return false;
    }
    for (size_t i = 0; i < config->n_groups; i++) {
        const struct mcv_group_config *other = &config->groups[i];
        if (other == group || other->fan_out.n == 0) continue;
        if (overlap(first, n, other->media_port, MCV_GROUP_PORTS)) return false;
    }
    return true;
}

static bool is_there_twice(const struct mcv_call_sdp *sdp, size_t channel)
{
    for (size_t i = 0; i < channel; i++)
        if (sdp->ports[i] == sdp->ports[channel]) return true;
    return false;
}

bool mcv_fan_out_takes(const struct mcv_agent_config *config, const struct mcv_limits *limits,
                       const struct mcv_group_config *group, const struct mcv_call_sdp *sdp)
{
    for (size_t i = 0; i < MCV_N_CHANNELS; i++) {
        const uint16_t port = sdp->ports[i];
        if (port == 0) continue;
        if (port < MCV_FIRST_PORT) return false;
        if (group->fan_out.n == 0) continue;
        if (is_there_twice(sdp, i)) return false;
        if (!mcv_fan_out_may_have(config, limits, group, port, 1)) return false;
    }
    return true;
}
