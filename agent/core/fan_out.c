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
