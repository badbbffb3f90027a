/* Group calls: the basic machine S1 .. S7 and the call-type machine T0 .. T3, one of each per
 * configured group. Private to agent/core.
 *
 * Spec: TS 24.281 9.3, with its twin TS 24.379 10.2. */
#ifndef MCV_AGENT_CORE_GROUP_CALL_H
#define MCV_AGENT_CORE_GROUP_CALL_H

#include "agent/core/agent.h"
#include "agent/core/media.h"
#include "agent/core/pace.h"
#include "proto/monp.h"

enum mcv_group_state {
    MCV_S1_START_STOP,
    MCV_S2_WAITING_ANNOUNCEMENT, /* waiting for call announcement */
    MCV_S3_ONGOING,              /* part of ongoing call */
    MCV_S4_PENDING,              /* pending user action without confirm indication */
    MCV_S5_PENDING_CONFIRM,      /* pending user action with confirm indication */
    MCV_S6_IGNORING,             /* ignoring incoming call announcements */
    MCV_S7_RELEASED,             /* waiting for call announcement after call release */
    MCV_N_GROUP_STATES,
};

enum mcv_type_state {
    MCV_T0_WAITING,        /* waiting for the call to be established */
    MCV_T1_EMERGENCY,      /* in-progress emergency group call */
    MCV_T2_BASIC,          /* in-progress basic group call */
    MCV_T3_IMMINENT_PERIL, /* in-progress imminent peril group call */
    MCV_N_TYPE_STATES,
};

/* TS 24.281 9.3.2.4, 9.3.3.4. */
enum mcv_group_timer {
    MCV_TFG1,  /* wait for call announcement */
    MCV_TFG2,  /* call announcement */
    MCV_TFG3,  /* call probe retransmission */
    MCV_TFG4,  /* waiting for the user */
    MCV_TFG5,  /* not present incoming call announcements */
    MCV_TFG6,  /* max duration */
    MCV_TFG11, /* emergency end retransmission */
    MCV_TFG12, /* imminent peril end retransmission */
    MCV_TFG13, /* implicit downgrade of an emergency */
    MCV_TFG14, /* implicit downgrade of imminent peril */
    MCV_N_GROUP_TIMERS,
};

/* What an announcement says of a call; texts are copied. */
struct mcv_group_stored {
    uint16_t call_id;
    uint16_t refresh_ms;
    uint64_t start_s;  /* call start time */
    uint64_t change_s; /* last call type change time */
    uint8_t call_type; /* enum mcv_call_type; 0: nothing is stored */
    uint8_t n_originator, n_last_user;
    uint8_t originator[MCV_MAX_URI_BYTES];
    uint8_t last_user[MCV_MAX_URI_BYTES];
    struct mcv_call_sdp sdp;
    uint16_t n_sdp_text; /* of sdp_text of the call */
};

struct mcv_group_call {
    const struct mcv_group_config *config; /* which group; NULL: the slot is free */
    uint32_t call;                         /* handle; 0: no call (S1) */
    uint8_t state, type_state;
    uint8_t requested_type;   /* what our user asked for; 0: nothing but to take part */
    bool is_probe_answer_due; /* probe response value */
    bool is_outgoing;         /* we announced it first */
    bool is_heard;            /* S6: an announcement came since we left */
    uint8_t n_end_sent;       /* CFG11, CFG12 */
    struct mcv_group_stored stored;
    uint8_t *sdp_text; /* the announced body as it came, n_sdp_bytes: announced again */
    uint64_t timer_at_us[MCV_N_GROUP_TIMERS]; /* MCV_NEVER: not running */
    uint64_t started_at_us;                   /* of the command, or of the announcement */
    uint64_t setup_us;                        /* from there to S3 */
    struct mcv_pace changes;                  /* by others: merges, call types, ends */
    struct mcv_pace members;                  /* notices of GROUP CALL ACCEPT */
    int64_t told_expiry_s;                    /* of its keys; 0: not told */
    struct mcv_media *media; /* NULL: not in S3; from the agent's pool of n_group_calls */
};

/* Octets behind the arrays: announced bodies of n_groups, media of n_group_calls. */
size_t mcv_group_size(const struct mcv_limits *limits);
void mcv_group_init(struct mcv_agent *a, void *mem); /* a->groups, a->group_media */
void mcv_group_wipe(struct mcv_agent *a);

/* A message 0x81 .. 0x85 on the address of the group. */
mcv_err mcv_group_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                          const struct mcv_monp *m);
mcv_err mcv_group_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                          const char **why);
void mcv_group_sockets_failed(struct mcv_agent *a, uint32_t call);
void mcv_group_rekey(struct mcv_agent *a); /* the keyring changed */
void mcv_group_run(struct mcv_agent *a);
uint64_t mcv_group_wake_at(const struct mcv_agent *a); /* without its media */
void mcv_group_end_all(struct mcv_agent *a, enum mcv_end end);

/* Is it in a state that holds a place of limits.n_group_calls? How many are? */
bool mcv_group_takes_place(const struct mcv_group_call *g);
size_t mcv_group_count(const struct mcv_agent *a);

/* NULL: not a group of ours. */
struct mcv_group_call *mcv_group_by_id(const struct mcv_agent *a, struct mcv_bytes group);

/* NULL: no such call. */
struct mcv_group_call *mcv_group_find(const struct mcv_agent *a, uint32_t call);
void mcv_group_info(const struct mcv_group_call *g, struct mcv_call_info *out);

#endif
