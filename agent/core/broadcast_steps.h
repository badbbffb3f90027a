/* What the files of the broadcast machine share. Private to broadcast_*.c. */
#ifndef MCV_AGENT_CORE_BROADCAST_STEPS_H
#define MCV_AGENT_CORE_BROADCAST_STEPS_H

#include "agent/core/broadcast_call.h"

enum mcv_broadcast_event {
    MCV_B_START,       /* our user starts one */
    MCV_B_HEARD,       /* GROUP CALL BROADCAST */
    MCV_B_HEARD_ASK,   /* the same, and the user has to be asked */
    MCV_B_ACCEPT,      /* our user */
    MCV_B_REJECT,      /* our user */
    MCV_B_RELEASE,     /* our user does not want to hear more */
    MCV_B_RELEASE_OWN, /* our user ends his own broadcast */
    MCV_B_END,         /* GROUP CALL BROADCAST END of somebody else's */
    MCV_B_TFB1,
    MCV_B_TFB2,
    MCV_B_TFB3,
    MCV_B_MEDIA_FAILED,     /* of a call of somebody else: no key, no sockets */
    MCV_B_MEDIA_FAILED_OWN, /* of our own */
    MCV_B_STOPPED,          /* keys destroyed, group removed */
    MCV_N_BROADCAST_EVENTS,
};

/* What comes with an event; never NULL. */
struct mcv_broadcast_input {
    const struct mcv_monp *m;       /* NULL: no message */
    const struct mcv_call_sdp *sdp; /* of a BROADCAST */
    const struct mcv_addr *from;    /* of a message */
    enum mcv_end end;               /* MEDIA_FAILED, STOPPED: why */
    bool is_unverified;             /* END: the address of its user is not known */
};

typedef void mcv_broadcast_action(struct mcv_agent *a, struct mcv_broadcast_call *b,
                                  const struct mcv_broadcast_input *in);

bool mcv_broadcast_handles(const struct mcv_broadcast_call *b, enum mcv_broadcast_event event);

/* One step; false: nothing to do in the present state (counted). */
bool mcv_broadcast_step(struct mcv_agent *a, struct mcv_broadcast_call *b,
                        enum mcv_broadcast_event event, const struct mcv_broadcast_input *in);

/* Frees the slot. */
void mcv_broadcast_clear(struct mcv_broadcast_call *b);

mcv_broadcast_action mcv_broadcast_originate, mcv_broadcast_join, mcv_broadcast_ask,
    mcv_broadcast_repeat, mcv_broadcast_expire, mcv_broadcast_end, mcv_broadcast_leave,
    mcv_broadcast_ended, mcv_broadcast_failed, mcv_broadcast_failed_own, mcv_broadcast_stop,
    mcv_broadcast_accept, mcv_broadcast_reject, mcv_broadcast_no_answer, mcv_broadcast_keep,
    mcv_broadcast_forget;

#endif
