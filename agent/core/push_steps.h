/* What the files of the push machine share. Private to push*.c. */
#ifndef MCV_AGENT_CORE_PUSH_STEPS_H
#define MCV_AGENT_CORE_PUSH_STEPS_H

#include "agent/core/push.h"

enum mcv_push_event {
    MCV_V_REQUEST,     /* our user asks another device to push */
    MCV_V_ASKED,       /* REMOTE VIDEO PUSH REQUEST for our device */
    MCV_V_AGAIN,       /* the same request once more */
    MCV_V_BORROWED,    /* our user pushes the video of somebody else */
    MCV_V_TRYING,      /* VIDEO PUSH TRYING RESPONSE */
    MCV_V_SUCCESS,     /* NOTIFY VIDEO PUSH */
    MCV_V_FAILURE,     /* the same */
    MCV_V_ESTABLISHED, /* the call is set up */
    MCV_V_FAILED,      /* it could not be */
    MCV_V_ENDED,       /* it is over */
    MCV_V_CANCEL,      /* our user does not wait any longer */
    MCV_V_RESEND,      /* PUSH_REQUEST expired */
    MCV_V_RESEND_LIMIT,
    MCV_V_NO_RESULT, /* PUSH_RESULT expired */
    MCV_V_FORGET,    /* PUSH_REPEAT expired */
    MCV_V_STOPPED,   /* keys destroyed, or the slot is needed */
    MCV_N_PUSH_EVENTS,
};

/* What comes with an event; never NULL. */
struct mcv_push_input {
    const struct mcv_monp *m; /* NULL: no message */
    enum mcv_end end;         /* FAILED, STOPPED: why */
};

typedef void mcv_push_action(struct mcv_agent *a, struct mcv_push *p,
                             const struct mcv_push_input *in);

/* One step; false: nothing to do in the present state (counted). */
bool mcv_push_step(struct mcv_agent *a, struct mcv_push *p, enum mcv_push_event event,
                   const struct mcv_push_input *in);

/* A machine in V0 with a handle and its peer; NULL: all are in use, or half of them for this peer. */
struct mcv_push *mcv_push_take(struct mcv_agent *a, struct mcv_bytes peer,
                               const struct mcv_addr *addr);

void mcv_push_set_recipient(struct mcv_push *p, struct mcv_bytes recipient, bool is_group);

static inline struct mcv_bytes mcv_push_peer(const struct mcv_push *p)
{
    return mcv_bytes_of(p->peer, p->n_peer);
}

static inline struct mcv_bytes mcv_push_recipient(const struct mcv_push *p)
{
    return mcv_bytes_of(p->recipient, p->n_recipient);
}

/* NOTIFY VIDEO PUSH to a user; reason  0 .. 4 with a failure. */
void mcv_push_notify(struct mcv_agent *a, const struct mcv_push *p, enum mcv_push_result result,
                     enum mcv_reason reason);

/* Why a command that was to start the call failed. */
enum mcv_end mcv_push_end_of(mcv_err err);

mcv_push_action mcv_push_send_request, mcv_push_send_again, mcv_push_no_response, mcv_push_trying,
    mcv_push_done, mcv_push_refused, mcv_push_no_result, mcv_push_cancel, mcv_push_follow,
    mcv_push_send_trying, mcv_push_tell_result, mcv_push_tell_failure, mcv_push_ignore,
    mcv_push_nothing, mcv_push_abort, mcv_push_stop;

#endif
