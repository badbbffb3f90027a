/* Groups on bearers without multicast: what is for the group goes to each of its members by unicast,
 * the same octets to all. Private to agent/core.
 *
 * The multicast address stays the name of the group, in session descriptions too. Nothing is passed
 * on: a member who is not in the list does not hear us, and cannot be heard. Only datagrams of the
 * members count for the group, or everybody who can route to us could speak in it. */
#ifndef MCV_AGENT_CORE_FAN_OUT_H
#define MCV_AGENT_CORE_FAN_OUT_H

#include "agent/core/agent.h"
#include "agent/core/call_sdp.h"

bool mcv_fan_out_has(const struct mcv_fan_out *f, const struct mcv_addr *host);

/* Did a MONP message come the way that messages of this group come? */
bool mcv_fan_out_is_to_group(const struct mcv_group_config *group, const struct mcv_datagram *d);

/* Without multicast the ports of groups and of private calls are at one address, our own. Are these n
 * ports those of nobody else: of MONP, of private calls, of another such group? */
bool mcv_fan_out_may_have(const struct mcv_agent_config *config, const struct mcv_limits *limits,
                          const struct mcv_group_config *group, uint32_t first, uint32_t n);

/* Who begins a call chooses its ports. Can a call of this group, with or without multicast, have those
 * of its session? Never those below 1024: sockets there would fail, and end the call that we have. */
bool mcv_fan_out_takes(const struct mcv_agent_config *config, const struct mcv_limits *limits,
                       const struct mcv_group_config *group, const struct mcv_call_sdp *sdp);

#endif
