/* The inside of the private call machine: events, and what its files share. Private to
 * agent/core/private_*.c. */
#ifndef MCV_AGENT_CORE_PRIVATE_MACHINE_H
#define MCV_AGENT_CORE_PRIVATE_MACHINE_H

#include "agent/core/agent_private.h"

/* X(NAME): what can happen to a call. Names of messages: received with its call identifier. */
#define MCV_PRIVATE_EVENT_LIST(X)                                                                  \
    X(OFFER_READY)    /* the SETUP REQUEST is written */                                           \
    X(PREPARE_FAILED) /* it could not be */                                                        \
    X(SETUP_AUTO)     /* a SETUP REQUEST passed its checks: automatic commencement */              \
    X(SETUP_MANUAL)   /* ... manual commencement */                                                \
    X(SETUP_NO_MEDIA) /* ... but no media session can be established from it */                    \
    X(SETUP_AGAIN)    /* the SETUP REQUEST of this call, again */                                  \
    X(RINGING)                                                                                     \
    X(ACCEPT)                                                                                      \
    X(REJECT)                                                                                      \
    X(RELEASE)                                                                                     \
    X(RELEASE_ACK)                                                                                 \
    X(ACCEPT_ACK)                                                                                  \
    X(MEDIA) /* authentic media of the peer */                                                     \
    X(USER_ACCEPT)                                                                                 \
    X(USER_REJECT)                                                                                 \
    X(USER_RELEASE)                                                                                \
    X(TFP1)            /* expired below CFP1 */                                                    \
    X(TFP1_LIMIT_AUTO) /* expired, CFP1 exhausted, automatic commencement */                       \
    X(TFP1_LIMIT_MANUAL)                                                                           \
    X(TFP2)                                                                                        \
    X(TFP3)                                                                                        \
    X(TFP3_LIMIT)                                                                                  \
    X(TFP4)                                                                                        \
    X(TFP4_LIMIT)                                                                                  \
    X(TFP5)                                                                                        \
    X(TFP7)                                                                                        \
    X(PEER_LOST)     /* nothing authentic came for too long */                                     \
    X(MEDIA_REFUSED) /* media could not be set up; ACCEPT was not sent */                          \
    X(MEDIA_FAILED)  /* media could not be set up, or sockets failed, after ACCEPT */              \
    X(GLARE)         /* the peer calls too, verified, and we give way */                           \
    X(NEW_CALL)      /* the slot is needed for another call */                                     \
    X(ABORT)         /* keys are destroyed */

enum mcv_private_event {
#define MCV_PRIVATE_EVENT_CODE(NAME) MCV_PE_##NAME,
    MCV_PRIVATE_EVENT_LIST(MCV_PRIVATE_EVENT_CODE)
#undef MCV_PRIVATE_EVENT_CODE
        MCV_N_PRIVATE_EVENTS
};

typedef void mcv_private_action(struct mcv_agent *a, struct mcv_private_call *c,
                                const struct mcv_monp *m);

/* Spec: the clauses stand at the rows in private_call.c. */
struct mcv_private_rule {
    mcv_private_action *action; /* NULL: an empty slot, ignored and counted */
    uint8_t next;               /* enum mcv_private_state */
    uint8_t end; /* enum mcv_end: what the user is told at the end; NONE: as before */
};

extern const struct mcv_private_rule mcv_private_rules[MCV_N_PRIVATE_STATES][MCV_N_PRIVATE_EVENTS];

/* m: the message of the event; NULL: none; of SETUP_AUTO and SETUP_MANUAL its location alone.
 * false: ignored. */
bool mcv_private_fire(struct mcv_agent *a, struct mcv_private_call *c, enum mcv_private_event event,
                      const struct mcv_monp *m);

/* "TFP1"; static. */
const char *mcv_private_event_name(enum mcv_private_event event);

static inline struct mcv_bytes mcv_private_peer(const struct mcv_private_call *c)
{
    return mcv_bytes_of(c->peer, c->n_peer);
}

/* A call to this peer is being prepared (P0), or waits for its response (P2). */
static inline bool mcv_private_is_calling(const struct mcv_private_call *c)
{
    return c->is_preparing || c->state == MCV_P2_WAITING_CALL;
}

/* The machine of this peer; NULL: none. */
struct mcv_private_call *mcv_private_of_peer(struct mcv_agent *a, struct mcv_bytes peer);

/* May another call with this peer begin? Its own machine in P1, a free one, or the one that has been
 * in P1 for longest. */
bool mcv_private_has_room(const struct mcv_agent *a, struct mcv_bytes peer);

/* That machine, in P0 with a handle and its peer. NULL: all are in calls. */
struct mcv_private_call *mcv_private_take(struct mcv_agent *a, struct mcv_bytes peer,
                                          const struct mcv_addr *addr);

/* Back to P0: the slot is free. Its texts stay until the next input. */
void mcv_private_give_back(struct mcv_agent *a, struct mcv_private_call *c);

void mcv_private_tell(struct mcv_agent *a, const struct mcv_private_call *c,
                      enum mcv_event_type type);

/* CALL_INCOMING, with the location of an emergency call. */
void mcv_private_tell_incoming(struct mcv_agent *a, const struct mcv_private_call *c,
                               struct mcv_bytes location);

uint8_t mcv_private_pppp(const struct mcv_pppp *p, uint8_t call_type);

/* The first media port of the slot. */
uint16_t mcv_private_port(const struct mcv_agent *a, const struct mcv_private_call *c);

/* A unicast address of a family of ours. */
bool mcv_private_can_send_to(const struct mcv_agent *a, const struct mcv_addr *addr);

/* Media with the formats and ports of own_sdp and peer_sdp. As mcv_media_open. */
MCV_MUST_USE mcv_err mcv_private_open_media(struct mcv_agent *a, struct mcv_private_call *c);

/* ---- messages (private_message.c) ---------------------------------------------------------- */

/* Sent once, or again as an answer: not stored. */
void mcv_private_send(struct mcv_agent *a, const struct mcv_private_call *c,
                      enum mcv_monp_type type);
void mcv_private_send_reject(struct mcv_agent *a, const struct mcv_private_call *c,
                             enum mcv_reason reason);

/* Writes what will be repeated. key_mgmt: the I_MESSAGE; empty: none.
 * MCV_E_SPACE: more than a call can hold. */
MCV_MUST_USE mcv_err mcv_private_write_setup(struct mcv_agent *a, struct mcv_private_call *c,
                                             struct mcv_bytes key_mgmt);
MCV_MUST_USE mcv_err mcv_private_write_accept(struct mcv_agent *a, struct mcv_private_call *c);
void mcv_private_write_release(struct mcv_agent *a, struct mcv_private_call *c);

/* Sends what was written, once more. */
void mcv_private_send_written(struct mcv_agent *a, const struct mcv_private_call *c);

/* ---- parts of the interface ---------------------------------------------------------------- */

/* A SETUP REQUEST for us (private_setup.c). */
mcv_err mcv_private_setup(struct mcv_agent *a, const struct mcv_datagram *d,
                          const struct mcv_monp *m);

#endif
