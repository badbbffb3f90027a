/* The inside of an agent, for the machines of agent/core. */
#ifndef MCV_AGENT_CORE_AGENT_PRIVATE_H
#define MCV_AGENT_CORE_AGENT_PRIVATE_H

#include "agent/core/admission.h"
#include "agent/core/agent.h"
#include "agent/core/alert.h"
#include "agent/core/broadcast_call.h"
#include "agent/core/group_call.h"
#include "agent/core/key_watch.h"
#include "agent/core/out.h"
#include "agent/core/own_ssrcs.h"
#include "agent/core/peers.h"
#include "agent/core/private_call.h"
#include "agent/core/push.h"
#include "agent/core/transmission.h"
#include "agent/core/validation.h"
#include "proto/monp.h"
#include "proto/replay.h"

/* What a packet of media touches comes first: a world of thousands of agents waits for memory. */
struct mcv_agent {
    const struct mcv_agent_config *config;
    const struct mcv_keyring *keys;
    struct mcv_scratch *scratch;
    struct mcv_now now; /* of the present input */
    int64_t latest_s;   /* trusted time, by which keys are judged: the latest UTC of any input */
    uint64_t wake_us;   /* found when the last input was polled; 0: not known */
    uint64_t rest_us;   /* the same without transmission control of groups, which every packet of
                         * their media moves; 0: not known */
    struct mcv_media *group_media;          /* limits.n_group_calls; a slot of the group's call */
    struct mcv_transmission *transmissions; /* one for each of the group media */
    bool has_empty_room; /* a private call is over: see mcv_private_return_rooms */
    struct mcv_limits limits;
    struct mcv_rng rng, job_rng;
    uint32_t next_handle; /* of calls; never 0 */
    struct mcv_counters counters;

    struct mcv_replay replay;
    struct mcv_key_watch key_watch;
    struct mcv_own_ssrcs ssrcs;
    struct mcv_srtp_past *past;            /* of group calls; NULL: nothing is kept */
    struct mcv_peers peers;                /* addresses: configured and learnt */
    struct mcv_admission admission;        /* token buckets; ignored calls of strangers */
    struct mcv_validation *validations;    /* SETUP REQUESTs under verification */
    struct mcv_private_call **privates;    /* limits.n_private_calls; NULL: it has no room */
    struct mcv_rooms *rooms;               /* NULL: every call has its own */
    struct mcv_group_call *groups;         /* limits.n_groups, one per configured group */
    struct mcv_broadcast_call *broadcasts; /* limits.n_broadcasts */
    struct mcv_alerts alerts;
    struct mcv_push *pushes;                 /* limits.n_pushes */
    struct mcv_pace push_asks, push_notices; /* by others */
};

static inline void mcv_count(struct mcv_agent *a, enum mcv_counter counter)
{
    a->counters.n[counter]++;
}

/* Counts and returns err: a dropped packet is one line. */
static inline mcv_err mcv_drop(struct mcv_agent *a, enum mcv_counter counter, mcv_err err)
{
    mcv_count(a, counter);
    return err;
}

/* Says why a command is refused: static text; why may be NULL. */
static inline mcv_err mcv_refuse(const char **why, const char *text, mcv_err err)
{
    if (why != NULL) *why = text;
    return err;
}

/* What every input begins with: time moves, old outputs are forgotten. */
void mcv_agent_begin(struct mcv_agent *a, struct mcv_now now);

/* A timer may have moved that is not of transmission control of a group. Inputs which are not
 * packets of media say so by themselves. */
void mcv_agent_replan(struct mcv_agent *a);

/* Encodes and queues one MONP message. */
void mcv_agent_send_monp(struct mcv_agent *a, const struct mcv_monp *m, const struct mcv_addr *to,
                         uint8_t pppp);
/* The same to a group, by multicast or to each of its members. */
void mcv_agent_send_to_group(struct mcv_agent *a, const struct mcv_monp *m,
                             const struct mcv_group_config *group, uint8_t pppp);
/* Queues octets that were sent before, again. */
void mcv_agent_send_monp_again(struct mcv_agent *a, struct mcv_bytes octets,
                               const struct mcv_addr *to, uint8_t pppp);

/* A fresh call handle. */
uint32_t mcv_agent_handle(struct mcv_agent *a);

/* A call identifier for the wire, 0 when it fails. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_agent_draw_call_id(struct mcv_agent *a, uint16_t *call_id);

/* The media of a call with this handle, or in this slot; NULL: none. */
struct mcv_media *mcv_agent_media_of(struct mcv_agent *a, uint32_t call);
struct mcv_media *mcv_agent_media_in(struct mcv_agent *a, uint16_t slot);

/* The identifier of a call on the wire; 0: there is no such call. */
uint16_t mcv_agent_call_id(const struct mcv_agent *a, uint32_t call);

/* Own address of this family (MONP port); NULL: none. */
const struct mcv_addr *mcv_agent_own(const struct mcv_agent *a, uint8_t family);

#endif
