/* The table of the private call machine and its actions.
 *
 * Spec: TS 24.281 10.3.2.4 and its twin TS 24.379 11.2.2.4. */
#include "agent/core/private_machine.h"

static uint64_t after_ms(const struct mcv_agent *a, uint32_t ms)
{
    return a->now.mono_us + (uint64_t)ms * 1000u;
}

static uint64_t after_s(const struct mcv_agent *a, uint32_t s)
{
    return a->now.mono_us + (uint64_t)s * 1000000u;
}

static void nothing(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)a;
    (void)c;
    (void)m;
}

/* ---- the caller ---------------------------------------------------------------------------- */

static void send_setup(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    c->is_preparing = false;
    c->n_sent = 1;
    c->sent_at_us = a->now.mono_us;
    c->resend_at_us = after_ms(a, a->config->timers.tfp1_ms);
    mcv_private_send_written(a, c);
    mcv_private_tell(a, c, MCV_EVENT_CALL_OUTGOING);
}

static void send_setup_again(struct mcv_agent *a, struct mcv_private_call *c,
                             const struct mcv_monp *m)
{
    (void)m;
    c->n_sent++;
    c->resend_at_us = after_ms(a, a->config->timers.tfp1_ms);
    mcv_private_send_written(a, c);
}

static void wait_for_answer(struct mcv_agent *a, struct mcv_private_call *c,
                            const struct mcv_monp *m)
{
    (void)m;
    c->answer_at_us = after_s(a, a->config->timers.tfp2_s);
}

static void tell_ringing(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    if (!c->is_ringing) mcv_private_tell(a, c, MCV_EVENT_CALL_RINGING);
    c->is_ringing = true;
}

/* The answer says what of our offer is used. */
static mcv_err use_answer(struct mcv_agent *a, struct mcv_private_call *c, struct mcv_bytes answer)
{
    const struct mcv_addr own = c->own_sdp.addr;
    const mcv_err err = mcv_call_sdp_read(&c->peer_sdp, NULL, answer, a->config);

    if (err) return err;
    mcv_call_sdp_answer(&c->own_sdp, &c->peer_sdp, a->config, &own, mcv_private_port(a, c));
    return mcv_private_open_media(a, c);
}

static void answered(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    c->resend_at_us = c->answer_at_us = MCV_NEVER;
    c->end_at_us = after_s(a, a->config->timers.tfp5_s);
    c->setup.total_us = a->now.mono_us - c->started_at_us;
    c->setup.network_us = a->now.mono_us - c->sent_at_us;
    c->heard_at_us = a->now.mono_us;
    mcv_private_send(a, c, MCV_MONP_PRIVATE_CALL_ACCEPT_ACK);
    if (use_answer(a, c, m->sdp)) {
        (void)mcv_private_fire(a, c, MCV_PE_MEDIA_FAILED, NULL);
    } else {
        mcv_private_tell(a, c, MCV_EVENT_CALL_ESTABLISHED);
    }
}

static void ack_accept(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_send(a, c, MCV_MONP_PRIVATE_CALL_ACCEPT_ACK);
}

enum mcv_end mcv_private_end_of_reason(uint8_t reason)
{
    static const uint8_t ends[] = {
        [MCV_REASON_REJECT] = MCV_END_REMOTE_REJECT,
        [MCV_REASON_MEDIA_FAILURE] = MCV_END_REMOTE_MEDIA,
        [MCV_REASON_BUSY] = MCV_END_REMOTE_BUSY,
        [MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE] = MCV_END_REMOTE_SECURITY,
    };

    return reason < sizeof ends ? (enum mcv_end)ends[reason] : MCV_END_REMOTE_FAILED;
}

static void note_reason(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)a;
    c->end = (uint8_t)mcv_private_end_of_reason(m->reason);
}

/* The attempt is over before anything was sent, or gives way to the call of the peer. */
static void drop_attempt(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_tell(a, c, MCV_EVENT_CALL_ENDED);
    mcv_private_give_back(a, c);
}

/* ---- the callee ---------------------------------------------------------------------------- */

static void ring(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    c->answer_at_us = after_s(a, a->config->timers.tfp2_s);
    mcv_private_send(a, c, MCV_MONP_PRIVATE_CALL_RINGING);
    mcv_private_tell_incoming(a, c, m->location);
}

static mcv_err prepare_answer(struct mcv_agent *a, struct mcv_private_call *c)
{
    const struct mcv_addr *own = mcv_agent_own(a, c->peer_sdp.addr.family);

    if (own == NULL) return MCV_E_NOT_FOUND;
    mcv_call_sdp_answer(&c->own_sdp, &c->peer_sdp, a->config, own, mcv_private_port(a, c));
    const mcv_err err = mcv_private_write_accept(a, c);
    return err ? err : mcv_private_open_media(a, c);
}

static void accept_call(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    c->answer_at_us = MCV_NEVER;
    if (prepare_answer(a, c)) {
        (void)mcv_private_fire(a, c, MCV_PE_MEDIA_REFUSED, NULL);
        return;
    }
    c->is_answered = true;
    c->n_sent = 1;
    c->resend_at_us = after_ms(a, a->config->timers.tfp4_ms);
    mcv_private_send_written(a, c);
}

static void accept_at_once(struct mcv_agent *a, struct mcv_private_call *c,
                           const struct mcv_monp *m)
{
    mcv_private_tell_incoming(a, c, m->location);
    accept_call(a, c, m);
}

static void send_accept_again(struct mcv_agent *a, struct mcv_private_call *c,
                              const struct mcv_monp *m)
{
    (void)m;
    c->n_sent++;
    c->resend_at_us = after_ms(a, a->config->timers.tfp4_ms);
    mcv_private_send_written(a, c);
}

static void confirmed(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    c->resend_at_us = MCV_NEVER;
    c->end_at_us = after_s(a, a->config->timers.tfp5_s);
    c->heard_at_us = a->now.mono_us;
    c->setup.total_us = a->now.mono_us - c->started_at_us;
    if (c->has_replay_id) mcv_replay_close(&a->replay, &c->replay_id);
    c->has_replay_id = false;
    mcv_private_tell(a, c, MCV_EVENT_CALL_ESTABLISHED);
}

static void setup_again(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_count(a, MCV_N_SETUP_REPEATED);
    if (c->state == MCV_P5_PENDING && !c->is_answered) {
        mcv_private_send(a, c, MCV_MONP_PRIVATE_CALL_RINGING); /* the first was lost */
    }
}

static void reject_user(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_send_reject(a, c, MCV_REASON_REJECT);
}

static void reject_unanswered(struct mcv_agent *a, struct mcv_private_call *c,
                              const struct mcv_monp *m)
{
    (void)m;
    mcv_private_send_reject(a, c, MCV_REASON_FAILED);
}

static void reject_media(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_send_reject(a, c, MCV_REASON_MEDIA_FAILURE);
}

/* ---- release ------------------------------------------------------------------------------- */

/* Media stays until the peer has heard of it. */
static void send_release(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    c->answer_at_us = c->end_at_us = MCV_NEVER;
    c->n_sent = 1;
    c->resend_at_us = after_ms(a, a->config->timers.tfp3_ms);
    mcv_private_write_release(a, c);
    mcv_private_send_written(a, c);
}

static void send_release_again(struct mcv_agent *a, struct mcv_private_call *c,
                               const struct mcv_monp *m)
{
    (void)m;
    c->n_sent++;
    c->resend_at_us = after_ms(a, a->config->timers.tfp3_ms);
    mcv_private_send_written(a, c);
}

static void ack_release(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_send(a, c, MCV_MONP_PRIVATE_CALL_RELEASE_ACK);
}

/* One RELEASE, and no waiting for its acknowledgement. */
static void release_once(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_send(a, c, MCV_MONP_PRIVATE_CALL_RELEASE);
}

static void refuse_once(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    if (c->is_answered) {
        release_once(a, c, m);
    } else {
        reject_unanswered(a, c, m);
    }
}

/* ---- ignoring ------------------------------------------------------------------------------ */

static void forget(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_private_give_back(a, c);
}

/* The slot is needed: the call identifier is ignored in the table of those without a machine. */
static void make_room(struct mcv_agent *a, struct mcv_private_call *c, const struct mcv_monp *m)
{
    (void)m;
    mcv_admission_ignore(&a->admission, &c->addr, mcv_private_peer(c), c->call_id, c->end_at_us);
    mcv_private_give_back(a, c);
}

#define P0        MCV_P0_START_STOP
#define P1        MCV_P1_IGNORING
#define P2        MCV_P2_WAITING_CALL
#define P3        MCV_P3_WAITING_RELEASE
#define P4        MCV_P4_ONGOING
#define P5        MCV_P5_PENDING
#define ON(event) [MCV_PE_##event]

/* "spec": TS 24.379 11.2.2.4 and 24.281 10.3.2.4 have this row; "ours": they say nothing. */
const struct mcv_private_rule mcv_private_rules[MCV_N_PRIVATE_STATES][MCV_N_PRIVATE_EVENTS] = {
    [P0] =
        {
            ON(OFFER_READY) = {send_setup, P2, 0},                     /* spec, originating */
            ON(PREPARE_FAILED) = {drop_attempt, P0, MCV_END_SECURITY}, /* ours: nothing sent yet */
            ON(USER_RELEASE) = {drop_attempt, P0, MCV_END_LOCAL_RELEASE},   /* ours: as above */
            ON(GLARE) = {drop_attempt, P0, MCV_END_GLARE},                  /* ours: as in P2 */
            ON(ABORT) = {drop_attempt, P0, 0},                              /* ours */
            ON(SETUP_AUTO) = {accept_at_once, P5, 0},                       /* spec, terminating */
            ON(SETUP_MANUAL) = {ring, P5, 0},                               /* spec, terminating */
            ON(SETUP_NO_MEDIA) = {reject_media, P1, MCV_END_MEDIA_FAILURE}, /* spec, terminating */
        },
    [P1] =
        {
            ON(SETUP_AGAIN) = {setup_again, P1, 0}, /* spec: ignored */
            ON(RELEASE) = {ack_release, P1, 0},     /* spec, release: our RELEASE ACK was lost */
            ON(TFP7) = {forget, P0, 0},             /* spec, release */
            ON(NEW_CALL) = {make_room, P0, 0},      /* spec, both sides: stop TFP7 */
        },
    [P2] =
        {
            ON(TFP1) = {send_setup_again, P2, 0},                     /* spec, originating */
            ON(TFP1_LIMIT_AUTO) = {nothing, P1, MCV_END_NO_RESPONSE}, /* spec, originating */
            ON(TFP1_LIMIT_MANUAL) = {wait_for_answer, P2, 0},         /* spec, originating */
            ON(TFP2) = {nothing, P1, MCV_END_NO_ANSWER},              /* spec, originating */
            ON(RINGING) = {tell_ringing, P2, 0},                      /* spec: no timer changes */
            ON(REJECT) = {note_reason, P1, 0},                        /* spec, originating */
            ON(ACCEPT) = {answered, P4, 0},                           /* spec, originating */
            ON(USER_RELEASE) = {send_release, P3, MCV_END_LOCAL_RELEASE}, /* spec, originating */
            ON(GLARE) = {drop_attempt,
                         P0, MCV_END_GLARE},   /* ours: the larger MCVideo ID gives way */
            ON(ABORT) = {release_once, P1, 0}, /* ours */
        },
    [P3] =
        {
            ON(TFP3) = {send_release_again, P3, 0}, /* spec, release */
            ON(TFP3_LIMIT) = {nothing, P1, 0},      /* spec, release */
            ON(RELEASE_ACK) = {nothing, P1, 0},     /* spec, release */
            ON(RELEASE) = {ack_release, P3, 0},     /* ours: both release */
            ON(ABORT) = {nothing, P1, 0},           /* ours */
        },
    [P4] =
        {
            ON(ACCEPT) = {ack_accept, P4, 0}, /* ours: ACCEPT ACK was lost */
            ON(USER_RELEASE) = {send_release, P3, MCV_END_LOCAL_RELEASE}, /* spec, release */
            ON(RELEASE) = {ack_release, P1, MCV_END_REMOTE_RELEASE},      /* spec, release */
            ON(TFP5) = {nothing, P1, MCV_END_MAX_DURATION},        /* spec, release: no message */
            ON(PEER_LOST) = {send_release, P3, MCV_END_PEER_LOST}, /* ours */
            ON(MEDIA_FAILED) = {send_release, P3, MCV_END_MEDIA_FAILURE}, /* ours */
            ON(ABORT) = {release_once, P1, 0},                            /* ours */
        },
    [P5] =
        {
            ON(USER_ACCEPT) = {accept_call, P5, 0},                    /* spec, terminating */
            ON(USER_REJECT) = {reject_user, P1, MCV_END_LOCAL_REJECT}, /* spec, terminating */
            ON(TFP2) = {reject_unanswered, P1, MCV_END_NO_ANSWER},     /* spec, terminating */
            ON(TFP4) = {send_accept_again, P5, 0},                     /* spec, terminating */
            ON(TFP4_LIMIT) = {nothing, P1, MCV_END_NOT_CONFIRMED},     /* spec, terminating */
            ON(ACCEPT_ACK) = {confirmed, P4, 0},                       /* spec, terminating */
            ON(MEDIA) = {confirmed, P4, 0},                            /* spec, terminating */
            ON(RELEASE) = {ack_release, P1, MCV_END_REMOTE_RELEASE},   /* spec, release */
            ON(SETUP_AGAIN) = {setup_again, P5, 0},                    /* ours: RINGING was lost */
            ON(USER_RELEASE) = {send_release, P3, MCV_END_LOCAL_RELEASE},  /* ours: after ACCEPT */
            ON(MEDIA_REFUSED) = {reject_media, P1, MCV_END_MEDIA_FAILURE}, /* spec, terminating */
            ON(MEDIA_FAILED) = {send_release, P3, MCV_END_MEDIA_FAILURE},  /* ours: after ACCEPT */
            ON(ABORT) = {refuse_once, P1, 0},                              /* ours */
        },
};
