/* Groups on bearers without multicast: what is for the group goes to each of its members by unicast,
 * the same octets to all. Private to agent/core.
 *
 * The multicast address stays the name of the group, in session descriptions too. Nothing is passed
 * on: a member who is not in the list does not hear us, and cannot be heard. Only datagrams of the
 * members count for the group, or everybody who can route to us could speak in it. */
#ifndef MCV_AGENT_CORE_FAN_OUT_H
#define MCV_AGENT_CORE_FAN_OUT_H

#include "agent/core/agent.h"

bool mcv_fan_out_has(const struct mcv_fan_out *f, const struct mcv_addr *host);

/* Did a MONP message come the way that messages of this group come? */
bool mcv_fan_out_is_to_group(const struct mcv_group_config *group, const struct mcv_datagram *d);

#endif
