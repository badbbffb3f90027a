/* Video push and remote video push: the machine V0 .. V5, one per push. Private to agent/core.
 *
 * Spec: TS 24.281 13.3, messages 17.1.20 to 17.1.23; flows of TS 23.281 7.4.3. To push is to call
 * somebody who only receives, or to broadcast to a group: media, keys and the end are those of that
 * call. A machine stands for what goes on beside it: a request of ours to another device, a request
 * that ours follows, or the owner of the video who is told. States, timers and counters are ours: the
 * procedures of stage 3 give none.
 * Messages cannot be authenticated: a request is followed only when the address of its user is known
 * and it came from there. */
#ifndef MCV_AGENT_CORE_PUSH_H
#define MCV_AGENT_CORE_PUSH_H

#include "agent/core/agent.h"
#include "proto/monp.h"

enum mcv_push_state {
    MCV_V0_START_STOP,
    MCV_V1_WAITING_TRYING, /* our request is sent */
    MCV_V2_WAITING_RESULT, /* the source works on it */
    MCV_V3_SETTING_UP,     /* we push: the call is being set up */
    MCV_V4_PUSHING,        /* we push: the call goes on */
    MCV_V5_IGNORING,       /* over; repetitions are known */
    MCV_N_PUSH_STATES,
};

struct mcv_push {
    uint32_t push; /* handle; 0: the slot is free */
    uint32_t call; /* we push: the call that carries it */
    uint8_t state;
    bool is_source;   /* we push; false: we asked for it */
    bool is_asked;    /* we push because the peer asked; false: he is told whose video it is */
    bool is_to_group; /* recipient */
    uint16_t call_id; /* on the wire */
    uint8_t n_sent;   /* requests */
    uint8_t n_peer, n_recipient, n_video;
    uint8_t peer[MCV_MAX_URI_BYTES]; /* whom we asked; who asked us, or is told */
    uint8_t recipient[MCV_MAX_URI_BYTES];
    uint8_t video[MCV_MAX_ALERT_TEXT_BYTES]; /* which video; n 0: not said */
    struct mcv_addr addr;                    /* of the peer, MONP */
    uint64_t at_us;                          /* the timer of the state; MCV_NEVER: none */
};

void mcv_push_init(struct mcv_agent *a); /* a->pushes, limits.n_pushes */

/* A message 0x93 .. 0x96. */
mcv_err mcv_push_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                         const struct mcv_monp *m);
mcv_err mcv_push_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                         const char **why);

/* What became of a call, whether it carries a push or not. */
void mcv_push_call_established(struct mcv_agent *a, uint32_t call);
void mcv_push_call_ended(struct mcv_agent *a, uint32_t call, enum mcv_end end);

void mcv_push_run(struct mcv_agent *a);
uint64_t mcv_push_wake_at(const struct mcv_agent *a);
void mcv_push_end_all(struct mcv_agent *a);

#endif
