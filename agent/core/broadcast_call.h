/* Broadcast group calls: the machine B1 .. B4, one per call. Private to agent/core.
 *
 * Spec: TS 24.281 9.4, with its twin TS 24.379 10.3. Only the originator transmits.
 * Calls come from messages that anybody can send: the table is bounded, one source holds at most
 * half of it (rounded up), and of the calls that our user ignores the oldest gives way. */
#ifndef MCV_AGENT_CORE_BROADCAST_CALL_H
#define MCV_AGENT_CORE_BROADCAST_CALL_H

#include "agent/core/agent.h"
#include "agent/core/media.h"
#include "proto/monp.h"

enum mcv_broadcast_state {
    MCV_B1_START_STOP,
    MCV_B2_ONGOING,  /* in-progress broadcast group call */
    MCV_B3_PENDING,  /* pending user action */
    MCV_B4_IGNORING, /* ignoring same call ID */
    MCV_N_BROADCAST_STATES,
};

/* TS 24.281 9.4.2. */
enum mcv_broadcast_timer {
    MCV_TFB1, /* max duration */
    MCV_TFB2, /* broadcast retransmission */
    MCV_TFB3, /* waiting for the user */
    MCV_N_BROADCAST_TIMERS,
};

struct mcv_broadcast_call {
    const struct mcv_group_config *config; /* NULL: the slot is free (B1) */
    uint32_t call;                         /* handle */
    uint8_t state;
    bool is_outgoing;
    uint16_t call_id;
    uint8_t n_originator;
    uint8_t originator[MCV_MAX_URI_BYTES];
    struct mcv_addr source; /* where it was heard; family NONE: our own */
    struct mcv_call_sdp sdp;
    uint64_t timer_at_us[MCV_N_BROADCAST_TIMERS];
    uint64_t started_at_us, setup_us;
    struct mcv_media *media; /* from the pool of group calls */
};

void mcv_broadcast_init(struct mcv_agent *a); /* a->broadcasts, limits.n_broadcasts */
void mcv_broadcast_wipe(struct mcv_agent *a);

/* BROADCAST or BROADCAST END on the address of the group. */
mcv_err mcv_broadcast_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                              const struct mcv_monp *m);
mcv_err mcv_broadcast_command(struct mcv_agent *a, const struct mcv_command *command,
                              uint32_t *call, const char **why);
void mcv_broadcast_sockets_failed(struct mcv_agent *a, uint32_t call);
void mcv_broadcast_rekey(struct mcv_agent *a);
void mcv_broadcast_run(struct mcv_agent *a);
uint64_t mcv_broadcast_wake_at(const struct mcv_agent *a); /* without its media */
void mcv_broadcast_end_all(struct mcv_agent *a, enum mcv_end end);

/* Is it in a state that holds a place of limits.n_group_calls? How many are? */
bool mcv_broadcast_takes_place(const struct mcv_broadcast_call *b);
size_t mcv_broadcast_count(const struct mcv_agent *a);

/* Leaves one of somebody else's, as if our user did; false: there is none. */
bool mcv_broadcast_give_way(struct mcv_agent *a);

/* NULL: no such call. */
struct mcv_broadcast_call *mcv_broadcast_find(const struct mcv_agent *a, uint32_t call);
void mcv_broadcast_info(const struct mcv_broadcast_call *b, struct mcv_call_info *out);

#endif
