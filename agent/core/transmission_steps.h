/* What the files of transmission control share: events, actions, messages, helpers.
 * Private to transmission_*.c. */
#ifndef MCV_AGENT_CORE_TRANSMISSION_STEPS_H
#define MCV_AGENT_CORE_TRANSMISSION_STEPS_H

#include "agent/core/agent_private.h"
#include "agent/core/transmission.h"

/* ---- events -------------------------------------------------------------------------------- */

/* X(NAME). _ME: our user is the one concerned; _OTHER: somebody else. */
#define MCV_PTT_EVENT_LIST(X)                                                                      \
    X(ORIGINATE)                                                                                   \
    X(JOIN)                                                                                        \
    X(LISTEN)                                                                                      \
    X(PRESS)                                                                                       \
    X(UNPRESS)                                                                                     \
    X(ASK)     /* our user asks for his position */                                                \
    X(REQUEST) /* Transmission Request */                                                          \
    X(RELEASE) /* Transmission Release */                                                          \
    X(GRANTED_ME)                                                                                  \
    X(GRANTED_OTHER)                                                                               \
    X(REJECTED)  /* ours */                                                                        \
    X(REVOKED)   /* ours */                                                                        \
    X(TAKEN)     /* Arbitration Taken */                                                           \
    X(HANDED_ME) /* Arbitration Release that names us */                                           \
    X(HANDED_OTHER)                                                                                \
    X(HANDED_NOBODY)                                                                               \
    X(POSITION_REQUEST)                                                                            \
    X(POSITION)  /* Queue Position Info, ours */                                                   \
    X(RTP_NEW)   /* of somebody who has no permission as far as we know */                         \
    X(RTP_FIRST) /* the first one of somebody who was granted */                                   \
    X(RTP_ARB)   /* of the arbitrator */                                                           \
    X(T201)                                                                                        \
    X(T201_ROOM)  /* the last one; fewer transmit than may */                                      \
    X(T201_FORCE) /* the last one; too many, no arbitrator, and we outrank one */                  \
    X(T201_FULL)  /* the last one; as many as may */                                               \
    X(GIVE_UP)                                                                                     \
    X(T203)     /* of a transmitter */                                                             \
    X(T203_ARB) /* of the arbitrator */                                                            \
    X(T204)                                                                                        \
    X(T204_LAST)                                                                                   \
    X(T205_TX) /* Granted */                                                                       \
    X(T205_TX_LAST)                                                                                \
    X(T205) /* hand-over */                                                                        \
    X(T205_LAST)                                                                                   \
    X(T206)                                                                                        \
    X(T207)                                                                                        \
    X(T230)                                                                                        \
    X(T233)    /* our user */                                                                      \
    X(T233_TX) /* the user of somebody who was queued with us */                                   \
    X(TA1)                                                                                         \
    X(TA2)                                                                                         \
    X(TA2_LAST)                                                                                    \
    X(ANNOUNCE)                                                                                    \
    X(POLL) /* queued for long (ours) */

enum mcv_ptt_event {
#define MCV_PTT_EVENT_CODE(NAME) MCV_PTT_##NAME,
    MCV_PTT_EVENT_LIST(MCV_PTT_EVENT_CODE)
#undef MCV_PTT_EVENT_CODE
        MCV_N_PTT_EVENTS
};

/* What comes with an event; never NULL. */
struct mcv_ptt_input {
    const struct mcv_tc *m;            /* a message */
    const struct mcv_ptt_source *from; /* its sender, or that of RTP */
    struct mcv_bytes user;             /* RTP: who that is, when known */
    enum mcv_medium medium;            /* RTP */
    struct mcv_transmitter *tx;        /* whose timer, whose RTP; NULL: not in the table */
};

typedef void mcv_ptt_action(struct mcv_agent *a, struct mcv_transmission *t,
                            const struct mcv_ptt_input *in);

/* Pseudo states of the tables. IDLE: O: silence when nobody transmits or arbitrates, else O: has no
 * permission; decided after the action. KEEP: the same one. An action may choose another state. */
#define MCV_O_IDLE MCV_N_O_STATES
#define MCV_O_KEEP (MCV_N_O_STATES + 1)

struct mcv_ptt_rule {
    uint8_t next;
    mcv_ptt_action *action; /* NULL: counted and ignored */
};

typedef const struct mcv_ptt_rule mcv_ptt_table[MCV_N_O_STATES][MCV_N_PTT_EVENTS];
extern mcv_ptt_table mcv_ptt_single, mcv_ptt_private, mcv_ptt_self;

const struct mcv_ptt_rule *mcv_ptt_rule_of(const struct mcv_transmission *t,
                                           enum mcv_ptt_event event);
bool mcv_ptt_step(struct mcv_agent *a, struct mcv_transmission *t, enum mcv_ptt_event event,
                  const struct mcv_ptt_input *in);
bool mcv_ptt_handles(const struct mcv_transmission *t, enum mcv_ptt_event event);

/* Another state than that of the rule. */
void mcv_ptt_enter(struct mcv_transmission *t, enum mcv_transmission_state state);

/* O: silence or O: has no permission, whichever is right. */
void mcv_ptt_enter_idle(struct mcv_agent *a, struct mcv_transmission *t);

/* When our first Granted is said again. */
#define MCV_PTT_ANNOUNCE_MS 100u
/* Media and messages take different ways: so long media of somebody may come after his Release. */
#define MCV_PTT_GONE_MS 200u
/* While others transmit too, the arbitrator says now and then that he is one: two who do not know of
 * each other would stay two, because each takes the other for one whom he granted. */
#define MCV_PTT_REMIND_MS 2000u

/* ---- helpers (transmission.c) --------------------------------------------------------------- */

void mcv_ptt_start(struct mcv_agent *a, struct mcv_transmission *t, enum mcv_ptt_timer timer,
                   uint32_t in_ms);
void mcv_ptt_stop(struct mcv_transmission *t, enum mcv_ptt_timer timer);
bool mcv_ptt_runs(const struct mcv_transmission *t, enum mcv_ptt_timer timer);
uint64_t mcv_ptt_after(const struct mcv_agent *a, uint32_t ms);

uint16_t mcv_ptt_n_max(const struct mcv_transmission *t);
bool mcv_ptt_has_room(const struct mcv_transmission *t);
bool mcv_ptt_may_transmit(const struct mcv_transmission *t);

/* The rank of somebody in this call: never below the type of the call. */
uint16_t mcv_ptt_rank_of(const struct mcv_transmission *t, uint16_t indicator, uint8_t priority);
uint8_t mcv_ptt_class(uint16_t indicator);

void mcv_ptt_tell(struct mcv_agent *a, const struct mcv_transmission *t,
                  const struct mcv_event *event);
void mcv_ptt_tell_of(struct mcv_agent *a, const struct mcv_transmission *t,
                     enum mcv_event_type type, struct mcv_bytes user);

/* ---- who (transmission_who.c) ---------------------------------------------------------------- */

/* Does the packet say that it is of this user, and is that so? Where nothing is protected the word
 * counts. Spec: TS 33.180 5.2.3 */
bool mcv_ptt_is_user(const struct mcv_agent *a, const struct mcv_transmission *t,
                     struct mcv_bytes uri, const struct mcv_ptt_source *from);

/* The same member? What is learnt of his packets is noted. */
bool mcv_ptt_is_member(const struct mcv_agent *a, const struct mcv_transmission *t,
                       struct mcv_member *m, const struct mcv_ptt_source *from);

/* Two members: one and the same, as far as is known of both? */
bool mcv_ptt_is_same(const struct mcv_member *x, const struct mcv_member *y);

/* A member known by his packets; uri may be empty. */
void mcv_ptt_set_member(const struct mcv_agent *a, const struct mcv_transmission *t,
                        struct mcv_member *m, const struct mcv_ptt_source *from,
                        struct mcv_bytes uri);

/* A member who was named by somebody else. */
void mcv_ptt_name_member(const struct mcv_agent *a, const struct mcv_transmission *t,
                         struct mcv_member *m, const struct mcv_ptt_source *namer,
                         struct mcv_bytes uri);

/* Somebody else in the table; NULL: none. */
struct mcv_transmitter *mcv_ptt_find(const struct mcv_agent *a, struct mcv_transmission *t,
                                     const struct mcv_ptt_source *from);
struct mcv_transmitter *mcv_ptt_find_named(const struct mcv_agent *a, struct mcv_transmission *t,
                                           const struct mcv_ptt_source *namer,
                                           struct mcv_bytes uri);
bool mcv_ptt_is_arb(const struct mcv_agent *a, struct mcv_transmission *t,
                    const struct mcv_ptt_source *from);
bool mcv_ptt_is_me(const struct mcv_agent *a, struct mcv_bytes uri);
/* In the queue; q->n: not there. */
uint16_t mcv_ptt_find_queued(const struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_ptt_source *from);

/* ---- messages (transmission_messages.c) ------------------------------------------------------ */

bool mcv_ptt_can_send(const struct mcv_transmission *t);
void mcv_ptt_send_request(struct mcv_agent *a, struct mcv_transmission *t);
void mcv_ptt_send_release(struct mcv_agent *a, struct mcv_transmission *t);
void mcv_ptt_send_granted(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_transmitter *tx);
void mcv_ptt_send_rejected(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_bytes user,
                           uint16_t cause);
void mcv_ptt_send_revoked(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_transmitter *tx, uint16_t cause);
/* A new message, or the last one again. */
void mcv_ptt_send_taken(struct mcv_agent *a, struct mcv_transmission *t);
void mcv_ptt_send_handed(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_transmitter *delegate);
void mcv_ptt_send_position_request(struct mcv_agent *a, struct mcv_transmission *t);
void mcv_ptt_send_position(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_waiting *w, uint8_t position);

/* ---- participants (transmission_user.c, transmission_others.c) ------------------------------- */

mcv_ptt_action mcv_ptt_nothing, mcv_ptt_originate, mcv_ptt_begin_silence, mcv_ptt_begin_listening,
    mcv_ptt_inactive, mcv_ptt_request, mcv_ptt_request_again, mcv_ptt_claim, mcv_ptt_limit_reached,
    mcv_ptt_granted, mcv_ptt_granted_by_hand, mcv_ptt_rejected, mcv_ptt_queued, mcv_ptt_give_up,
    mcv_ptt_no_answer, mcv_ptt_yield_request, mcv_ptt_arb_lives, mcv_ptt_ask_candidate,
    mcv_ptt_give_back, mcv_ptt_warn, mcv_ptt_end_permission, mcv_ptt_too_long, mcv_ptt_revoked,
    mcv_ptt_regranted, mcv_ptt_ask_position, mcv_ptt_ask_position_again, mcv_ptt_poll,
    mcv_ptt_position_lost, mcv_ptt_position, mcv_ptt_served, mcv_ptt_served_by_hand, mcv_ptt_accept,
    mcv_ptt_decline;

mcv_ptt_action mcv_ptt_note_granted, mcv_ptt_note_granted_pending, mcv_ptt_note_taken,
    mcv_ptt_note_taken_keep, mcv_ptt_note_taken_pending, mcv_ptt_note_taken_queued,
    mcv_ptt_note_handed, mcv_ptt_note_handed_nobody, mcv_ptt_note_release, mcv_ptt_note_rtp,
    mcv_ptt_note_silent, mcv_ptt_note_arb_silent;

/* Our user has permission now: he is in the table, the gate opens. */
void mcv_ptt_begin_transmission(struct mcv_agent *a, struct mcv_transmission *t,
                                struct mcv_bytes by);
/* T206, unless it runs: with the first RTP that leaves. */
void mcv_ptt_start_limit(struct mcv_agent *a, struct mcv_transmission *t);
/* No longer. Nothing is sent. */
void mcv_ptt_end_transmission(struct mcv_agent *a, struct mcv_transmission *t);
/* The wish is over: the user asks again when he wants to; what he sends by itself asks later. */
void mcv_ptt_forget_wish(struct mcv_agent *a, struct mcv_transmission *t);

void mcv_ptt_set_arb(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in);
void mcv_ptt_clear_arb(struct mcv_transmission *t);
/* The transmitter of a Granted or Arbitration Taken, new or known; NULL: no room. */
struct mcv_transmitter *mcv_ptt_note_transmitter(struct mcv_agent *a, struct mcv_transmission *t,
                                                 const struct mcv_ptt_input *in,
                                                 struct mcv_bytes user);
/* He said that he stops; tx may be NULL. */
void mcv_ptt_note_gone(const struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_transmitter *tx);
void mcv_ptt_drop(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx);
/* Everybody learns that he transmits. */
void mcv_ptt_tell_taken(struct mcv_agent *a, struct mcv_transmission *t,
                        struct mcv_transmitter *tx);

/* ---- the arbitrator (transmission_arbiter.c, transmission_hand.c) ---------------------------- */

mcv_ptt_action mcv_ptt_arbitrate, mcv_ptt_free_slot, mcv_ptt_tell_position, mcv_ptt_release_heard,
    mcv_ptt_rtp_without_grant, mcv_ptt_grant_again, mcv_ptt_not_taken_up, mcv_ptt_revoke_again,
    mcv_ptt_other_arbiter, mcv_ptt_claim_again, mcv_ptt_announce_again, mcv_ptt_end_arbiter,
    mcv_ptt_too_long_arbiter;
mcv_ptt_action mcv_ptt_hand_again, mcv_ptt_hand_anew, mcv_ptt_hand_next, mcv_ptt_handed_over,
    mcv_ptt_cancel_hand_over;

/* Who asks. */
struct mcv_waiting mcv_ptt_waiting_of(const struct mcv_agent *a, const struct mcv_transmission *t,
                                      const struct mcv_ptt_input *in);
void mcv_ptt_queue_or_reject(struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_waiting *w);
/* Our user learns that he must not go on. by: who decided, or empty. */
void mcv_ptt_tell_revoked(struct mcv_agent *a, const struct mcv_transmission *t,
                          struct mcv_bytes by, uint16_t cause);
/* It has lasted too long: what applications go on to send asks anew. */
void mcv_ptt_tell_too_long(struct mcv_agent *a, struct mcv_transmission *t);
/* Our own transmission gives way to others. */
void mcv_ptt_yield(struct mcv_agent *a, struct mcv_transmission *t);
struct mcv_transmitter *mcv_ptt_grant(struct mcv_agent *a, struct mcv_transmission *t,
                                      const struct mcv_waiting *w, bool was_queued);
/* Those who wait, as long as there is room. */
void mcv_ptt_serve(struct mcv_agent *a, struct mcv_transmission *t);
void mcv_ptt_revoke(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx,
                    uint16_t cause);
/* More transmit than may: the weakest have to go. */
void mcv_ptt_shed(struct mcv_agent *a, struct mcv_transmission *t);
/* Names the next arbitrator; to O: pending granted, or there is nobody and it ends. */
void mcv_ptt_hand_over(struct mcv_agent *a, struct mcv_transmission *t);
/* We arbitrate no longer: whoever is in the table is somebody who transmits, until T203. */
void mcv_ptt_stop_deciding(struct mcv_agent *a, struct mcv_transmission *t);
/* Somebody left the table; he may have been named. */
void mcv_ptt_check_delegate(struct mcv_agent *a, struct mcv_transmission *t);
/* Arbitration Taken, unless it was sent just now. */
void mcv_ptt_claim_paced(struct mcv_agent *a, struct mcv_transmission *t, uint32_t every_ms);

/* ---- two arbitrators (transmission_meeting.c) ------------------------------------------------ */

/* Does the other one win? Spec: TS 24.581 7.1: one arbitrates for all in range. */
bool mcv_ptt_other_wins(const struct mcv_transmission *t, uint8_t call_class, uint32_t ssrc);
mcv_ptt_action mcv_ptt_meet;

/* ---- private calls, self arbitration --------------------------------------------------------- */

mcv_ptt_action mcv_ptt_private_grant, mcv_ptt_private_arbitrate, mcv_ptt_private_end,
    mcv_ptt_private_too_long, mcv_ptt_private_meet, mcv_ptt_private_taken_up,
    mcv_ptt_private_not_taken_up, mcv_ptt_private_not_accepted, mcv_ptt_private_press,
    mcv_ptt_private_rtp;
mcv_ptt_action mcv_ptt_self_press, mcv_ptt_self_begin, mcv_ptt_self_asked, mcv_ptt_self_taken,
    mcv_ptt_self_rtp, mcv_ptt_self_release, mcv_ptt_self_silent, mcv_ptt_self_check,
    mcv_ptt_self_delayed;

/* What our user asks with, as he pressed: limited by mc_priority of the call; more in an emergency of
 * his. */
uint16_t mcv_ptt_own_rank(const struct mcv_agent *a, const struct mcv_transmission *t);
/* The class of the call changed: what he asked for follows. */
void mcv_ptt_follow_class(struct mcv_agent *a, struct mcv_transmission *t);

/* ---- local media (transmission_local.c) ------------------------------------------------------ */

/* Permission came: what is held leaves. */
void mcv_ptt_open_gate(struct mcv_agent *a, struct mcv_transmission *t);
void mcv_ptt_flush(struct mcv_agent *a, struct mcv_transmission *t);
/* Our user wants to transmit, and there is nothing in the way: PRESS. */
void mcv_ptt_want(struct mcv_agent *a, struct mcv_transmission *t);

#endif
