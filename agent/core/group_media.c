#include "agent/core/group_media.h"

#include "agent/core/agent_private.h"

bool mcv_group_media_has_room(const struct mcv_agent *a)
{
    return mcv_group_count(a) + mcv_broadcast_count(a) < a->limits.n_group_calls;
}

uint8_t mcv_group_pppp(const struct mcv_pppp *pppp, uint8_t call_type)
{
    if (call_type == MCV_CALL_EMERGENCY_GROUP) return pppp->emergency;
    return call_type == MCV_CALL_IMMINENT_PERIL_GROUP ? pppp->imminent_peril : pppp->basic;
}

static struct mcv_media *first_free(struct mcv_agent *a, uint16_t *slot)
{
    for (uint16_t i = 0; i < a->limits.n_group_calls; i++) {
        *slot = (uint16_t)(a->limits.n_private_calls + i);
        if (!a->group_media[i].is_open) return &a->group_media[i];
    }
    return NULL;
}

/* Where the sockets of its calls are: at the group's address, or at our own. */
static struct mcv_addr socket_addr(const struct mcv_agent *a, const struct mcv_group_config *config)
{
    const struct mcv_addr *own = mcv_agent_own(a, config->addr.family);

    return mcv_addr_with_port(config->fan_out.n > 0 ? *own : config->addr, 0);
}

void mcv_group_media_follow(struct mcv_agent *a, struct mcv_media *m,
                            const struct mcv_group_config *config)
{
    const struct mcv_addr own = socket_addr(a, config);

    m->group = config->group;
    m->fan_out = config->fan_out;
    mcv_media_readdress(a, m, &own);
}

struct mcv_media *mcv_group_media_open(struct mcv_agent *a, enum mcv_end *why,
                                       const struct mcv_group_config *config, uint32_t call,
                                       const struct mcv_call_sdp *sdp)
{
    const struct mcv_media_keys keys = {
        .is_protected = config->protect_media,
        .is_control_protected = config->protect_control,
        .is_group = true,
        .group = config->group,
    };
    const struct mcv_addr own = socket_addr(a, config);
    const struct mcv_addr addr = mcv_addr_with_port(config->addr, 0);
    uint16_t slot = 0;
    struct mcv_media *media = first_free(a, &slot);

    *why = MCV_END_MEDIA_FAILURE;
    if (!media) return NULL;
    const mcv_err err = mcv_media_open(a, media, call, slot, &keys, sdp, &own, &addr, sdp->ports);
    if (!err) {
        media->fan_out = config->fan_out;
        return media;
    }
    if (err == MCV_E_UNKNOWN_KEY || err == MCV_E_EXPIRED) {
        *why = MCV_END_SECURITY;
        mcv_count(a, MCV_N_GROUP_NO_KEY);
    }
    return NULL;
}
