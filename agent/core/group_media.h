/* Media for the calls of a group, group calls and broadcasts, from one pool. Private to agent/core.
 *
 * Spec: TS 24.281 9.3.2.1 (MaxCallNc4), TS 33.180 8.2: where protection is configured and no usable
 * GMK is held, media are neither sent nor taken in clear, so the call is not entered. */
#ifndef MCV_AGENT_CORE_GROUP_MEDIA_H
#define MCV_AGENT_CORE_GROUP_MEDIA_H

#include "agent/core/media.h"

/* Can another call be set up? */
bool mcv_group_media_has_room(const struct mcv_agent *a);

/* NULL: not possible, and *why says what to tell the user (counted). */
struct mcv_media *mcv_group_media_open(struct mcv_agent *a, enum mcv_end *why,
                                       const struct mcv_group_config *config, uint32_t call,
                                       const struct mcv_call_sdp *sdp);

/* A running call takes over a new configuration of its group: who the members are that it is sent to,
 * and with or without multicast. */
void mcv_group_media_follow(struct mcv_agent *a, struct mcv_media *m,
                            const struct mcv_group_config *config);

uint8_t mcv_group_pppp(const struct mcv_pppp *pppp, uint8_t call_type);

#endif
