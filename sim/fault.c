#include "sim/fault.h"

#include "agent/core/agent.h"
#include "proto/monp.h"

uint8_t mcv_fault_monp_type(struct mcv_bytes datagram)
{
    return datagram.n >= 2 && datagram.p[0] == MCV_MONP_CARRIER ? datagram.p[1] : MCV_ANY_TYPE;
}

static bool is_like(const struct mcv_fault *f, uint32_t from, uint32_t to, uint8_t channel,
                    struct mcv_bytes datagram)
{
    if (f->from != MCV_ANY_AGENT && f->from != from) return false;
    if (f->to != MCV_ANY_AGENT && f->to != to) return false;
    if (f->channel != MCV_ANY_CHANNEL && f->channel != channel) return false;
    if (f->monp_type == MCV_ANY_TYPE) return true;
    return channel == MCV_CH_MONP && mcv_fault_monp_type(datagram) == f->monp_type;
}

bool mcv_fault_hits(struct mcv_fault *f, uint32_t from, uint32_t to, uint8_t channel,
                    struct mcv_bytes datagram)
{
    if (!is_like(f, from, to, channel, datagram)) return false;
    const uint64_t i = f->n_matched++;
    const bool is_hit = f->mask == MCV_FAULT_EVERY || (i < 64 && (f->mask >> i & 1) != 0);

    f->n_hit += is_hit;
    return is_hit;
}
