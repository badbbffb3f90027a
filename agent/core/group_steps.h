/* What the files of the group machines share: events, actions, messages and the merge test.
 * Private to group_*.c and call_type.c. */
#ifndef MCV_AGENT_CORE_GROUP_STEPS_H
#define MCV_AGENT_CORE_GROUP_STEPS_H

#include "agent/core/group_call.h"

/* Events of the basic machine. An announcement is one of several, by what it says (group_merge.c). */
enum mcv_group_event {
    MCV_G_START,         /* our user starts a call, or wants to take part */
    MCV_G_START_HEARD,   /* S6: the same, and the call that was left has been heard since */
    MCV_G_LEAVE,         /* our user releases */
    MCV_G_ACCEPT,        /* our user accepts */
    MCV_G_REJECT,        /* our user rejects */
    MCV_G_PROBE,         /* GROUP CALL PROBE */
    MCV_G_MEMBER,        /* GROUP CALL ACCEPT for the call */
    MCV_G_ANNOUNCED,     /* GROUP CALL ANNOUNCEMENT: of a call to take part in */
    MCV_G_ANNOUNCED_ASK, /* the same, the user has to be asked, no Confirm mode indication */
    MCV_G_ANNOUNCED_ASK_CONFIRM, /* the same with the indication */
    MCV_G_ANNOUNCED_EQUAL,       /* S3: of our call, as we would announce it */
    MCV_G_ANNOUNCED_CHANGED,     /* S3: of our call, its type or who changed it differs */
    MCV_G_ANNOUNCED_BETTER,      /* S3: of another call, which we have to take over */
    MCV_G_ANNOUNCED_WORSE,       /* S3: of another call, which has to take over ours */
    MCV_G_TYPE_END,              /* EMERGENCY END or IMMINENT PERIL END of the call */
    MCV_G_TFG1,
    MCV_G_TFG2,
    MCV_G_TFG3,
    MCV_G_TFG4,
    MCV_G_TFG5,
    MCV_G_TFG6,
    MCV_G_MEDIA_FAILED, /* no key, no sockets */
    MCV_G_STOPPED,      /* keys destroyed, group removed */
    MCV_N_GROUP_EVENTS,
};

/* Events of the call-type machine. Of each three the order is that of the ranks. */
enum mcv_type_event {
    MCV_T_ORIGINATE,         /* the probe is sent, or the user changed his wish while it is */
    MCV_T_ESTABLISHED_BASIC, /* S3 was entered with this type */
    MCV_T_ESTABLISHED_PERIL,
    MCV_T_ESTABLISHED_EMERGENCY,
    MCV_T_ANNOUNCED_SAME, /* of our call: same type, another time or user */
    MCV_T_ANNOUNCED_BASIC,
    MCV_T_ANNOUNCED_PERIL,
    MCV_T_ANNOUNCED_EMERGENCY,
    MCV_T_MERGED_BASIC, /* a call of this type was taken over */
    MCV_T_MERGED_PERIL,
    MCV_T_MERGED_EMERGENCY,
    MCV_T_RAISE_PERIL, /* our user */
    MCV_T_RAISE_EMERGENCY,
    MCV_T_CANCEL_PERIL,
    MCV_T_CANCEL_EMERGENCY,
    MCV_T_PERIL_END, /* GROUP CALL IMMINENT PERIL END */
    MCV_T_EMERGENCY_END,
    MCV_T_TFG11,
    MCV_T_TFG12,
    MCV_T_TFG13,
    MCV_T_TFG14,
    MCV_T_ENDED, /* S3 was left */
    MCV_N_TYPE_EVENTS,
};

/* What comes with an event; never NULL. */
struct mcv_group_input {
    const struct mcv_monp *m;       /* NULL: no message */
    const struct mcv_call_sdp *sdp; /* of an announcement */
    enum mcv_end end;               /* MEDIA_FAILED, STOPPED: why */
    bool is_unverified;             /* END: the address of its user is not known */
};

typedef void mcv_group_action(struct mcv_agent *a, struct mcv_group_call *g,
                              const struct mcv_group_input *in);

/* Does the table say anything for it in the present state? */
bool mcv_group_handles(const struct mcv_group_call *g, enum mcv_group_event event);
bool mcv_type_handles(const struct mcv_group_call *g, enum mcv_type_event event);

/* One step of the machine; false: nothing to do in the present state (counted). */
bool mcv_group_step(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_group_event event,
                    const struct mcv_group_input *in);
bool mcv_type_step(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_type_event event,
                   const struct mcv_group_input *in);

/* ---- timers --------------------------------------------------------------------------------- */

void mcv_group_start(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_group_timer timer,
                     uint64_t in_us);
void mcv_group_stop(struct mcv_group_call *g, enum mcv_group_timer timer);
/* X - (Y - Z) seconds, Y being now; X 0: for ever. */
int64_t mcv_group_left_s(const struct mcv_agent *a, uint32_t x_s, uint64_t z_s);
/* As long as that; past is now; X 0 stops it. */
void mcv_group_start_until(struct mcv_agent *a, struct mcv_group_call *g,
                           enum mcv_group_timer timer, uint32_t x_s, uint64_t z_s);

/* ---- actions of the basic machine (group_actions.c) ------------------------------------------ */

mcv_group_action mcv_group_probe, mcv_group_probe_again, mcv_group_announce_own,
    mcv_group_join_answer, mcv_group_join, mcv_group_join_again, mcv_group_ask, mcv_group_accept,
    mcv_group_accept_confirm, mcv_group_reject, mcv_group_no_answer, mcv_group_cancel_probe,
    mcv_group_leave, mcv_group_note_member, mcv_group_answer_probe, mcv_group_announce_again,
    mcv_group_suppress, mcv_group_change, mcv_group_merge, mcv_group_expire, mcv_group_keep,
    mcv_group_keep_after_probe, mcv_group_forget, mcv_group_media_failed, mcv_group_stop_all,
    mcv_group_end_type;

/* ---- messages (group_message.c) -------------------------------------------------------------- */

struct mcv_bytes mcv_group_originator(const struct mcv_group_call *g);
struct mcv_bytes mcv_group_last_user(const struct mcv_group_call *g);
void mcv_group_set_originator(struct mcv_group_call *g, struct mcv_bytes user);
void mcv_group_set_last_user(struct mcv_group_call *g, struct mcv_bytes user);

/* Takes over everything that an announcement says. */
void mcv_group_store(struct mcv_group_call *g, const struct mcv_group_input *in);
/* Time and user of the last change of the call type only. */
void mcv_group_store_change(struct mcv_group_call *g, const struct mcv_monp *m);
/* The body of a call of our own. */
mcv_err mcv_group_store_own_sdp(struct mcv_agent *a, struct mcv_group_call *g);

void mcv_group_send_probe(struct mcv_agent *a, struct mcv_group_call *g);
void mcv_group_send_announcement(struct mcv_agent *a, struct mcv_group_call *g, bool has_confirm,
                                 bool has_probe_response);
void mcv_group_send_accept(struct mcv_agent *a, struct mcv_group_call *g);
/* END of an emergency or of imminent peril: `type` is the message type. */
void mcv_group_send_end(struct mcv_agent *a, struct mcv_group_call *g, uint8_t type);

/* ---- comparing (group_merge.c) --------------------------------------------------------------- */

/* BASIC 0, IMMINENT PERIL 1, EMERGENCY 2. */
unsigned mcv_group_rank(uint8_t call_type);

/* Which event an announcement is in the present state. */
enum mcv_group_event mcv_group_classify(const struct mcv_group_call *g, const struct mcv_monp *m);

/* What an announcement of our call means for its type; MCV_N_TYPE_EVENTS: nothing. */
enum mcv_type_event mcv_group_classify_change(const struct mcv_group_call *g,
                                              const struct mcv_monp *m);

/* Leaves the call when no key of the group is left. */
void mcv_group_check_keys(struct mcv_agent *a, struct mcv_group_call *g);

/* ---- the rest ------------------------------------------------------------------------------- */

/* An event for the user with what is known of the call. */
struct mcv_event mcv_group_event_of(const struct mcv_group_call *g, enum mcv_event_type type);

#endif
