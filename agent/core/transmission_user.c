/* What our user does, and what is decided about him. Spec: TS 24.581 7, TS 24.380 7.2.3.
 * An action that asks again restarts its counter at 1: a limit n means n transmissions. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

static const struct mcv_event rejected = {.type = MCV_EVENT_PTT_REJECTED};

void mcv_ptt_nothing(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    (void)a;
    (void)t;
    (void)in;
}

/* ---- begun --------------------------------------------------------------------------------- */

/* The longest time that we may transmit from now on; 0: no limit. */
static uint32_t longest_s(const struct mcv_agent *a, const struct mcv_transmission *t)
{
    const struct mcv_timers *limits = &a->config->timers;
    uint32_t s = limits->t206_s == 0 ? 0 : limits->t206_s + limits->t207_s;

    if (t->duration_s != UINT16_MAX && (s == 0 || t->duration_s < s)) s = t->duration_s;
    return s;
}

void mcv_ptt_start_limit(struct mcv_agent *a, struct mcv_transmission *t)
{
    const uint32_t s = longest_s(a, t), warning_s = a->config->timers.t207_s;

    if (s == 0 || mcv_ptt_runs(t, MCV_PT_206) || mcv_ptt_runs(t, MCV_PT_207)) return;
    mcv_ptt_start(a, t, MCV_PT_206, (s > warning_s ? s - warning_s : 0) * 1000);
}

static struct mcv_transmitter *add_me(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    if (me == NULL) me = mcv_transmitters_add(&t->tx, MCV_PHASE_ACTIVE, a->now.mono_us);
    if (me == NULL) return NULL;
    me->is_me = true;
    me->rank = t->wanted_rank;
    me->control_ssrc = mcv_media_control_ssrc(t->media);
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        me->ssrc[i] = mcv_media_tx_ssrc(t->media, (enum mcv_medium)i);
    }
    return me;
}

/* A table that is full of others: the one who was silent longest gives way to us. */
static void make_room(struct mcv_transmission *t)
{
    struct mcv_transmitter *tx = NULL, *oldest = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (oldest == NULL || tx->silent_at_us < oldest->silent_at_us) oldest = tx;
    }
    if (oldest != NULL) mcv_transmitters_remove(&t->tx, oldest);
}

void mcv_ptt_begin_transmission(struct mcv_agent *a, struct mcv_transmission *t,
                                struct mcv_bytes by)
{
    if (add_me(a, t) == NULL) {
        make_room(t);
        (void)add_me(a, t);
    }
    t->is_ending = false;
    mcv_ptt_start(a, t, MCV_PT_QUIET, a->config->timers.t203_ms);
    mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_GRANTED, by);
    mcv_ptt_open_gate(a, t);
}

void mcv_ptt_end_transmission(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    (void)a;
    if (me != NULL) mcv_transmitters_remove(&t->tx, me);
    mcv_ptt_stop(t, MCV_PT_206);
    mcv_ptt_stop(t, MCV_PT_207);
    mcv_ptt_stop(t, MCV_PT_A1);
    if (t->config->mode == MCV_PTT_MANUAL) mcv_ptt_stop(t, MCV_PT_QUIET);
    t->is_first_grant = false;
    t->is_ending = false;
}

void mcv_ptt_forget_wish(struct mcv_agent *a, struct mcv_transmission *t)
{
    if (t->config->mode == MCV_PTT_MANUAL) {
        t->is_wanted = false;
        mcv_media_gate_forget(&t->gate);
    } else if (t->is_wanted) {
        mcv_ptt_start(a, t, MCV_PT_RETRY, a->config->timers.ptt_retry_ms);
    }
}

void mcv_ptt_originate(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_clear_arb(t);
    t->duration_s = UINT16_MAX;
    mcv_ptt_begin_transmission(a, t, (struct mcv_bytes){0});
    mcv_ptt_start_limit(a, t); /* who never talks does not keep it */
    mcv_ptt_send_granted(a, t, mcv_transmitters_me(&t->tx));
    mcv_ptt_start(a, t, MCV_PT_ANNOUNCE, MCV_PTT_ANNOUNCE_MS);
}

void mcv_ptt_begin_silence(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_start(a, t, MCV_PT_230, a->config->timers.t230_s * 1000);
}

void mcv_ptt_begin_listening(struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_ptt_input *in)
{
    (void)in;
    t->is_blocked = t->is_broadcast;
    mcv_ptt_start(a, t, MCV_PT_203_ARB, a->config->timers.t203_ms);
}

void mcv_ptt_inactive(struct mcv_agent *a, struct mcv_transmission *t,
                      const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_INACTIVE, (struct mcv_bytes){0});
}

/* ---- asked --------------------------------------------------------------------------------- */

static void ask(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_send_request(a, t);
    t->c201 = 1;
    mcv_ptt_start(a, t, MCV_PT_201, a->config->timers.t201_ms);
}

void mcv_ptt_request(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    (void)in;
    ask(a, t);
    mcv_ptt_start(a, t, MCV_PT_GIVE_UP, a->config->timers.ta3_ms);
}

void mcv_ptt_request_again(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_send_request(a, t);
    t->c201++;
    mcv_ptt_start(a, t, MCV_PT_201, a->config->timers.t201_ms);
}

/* Nobody arbitrates here: we do. */
void mcv_ptt_claim(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    const bool is_new = mcv_transmitters_me(&t->tx) == NULL;

    (void)in;
    mcv_ptt_clear_arb(t);
    t->seq++;
    if (is_new) t->duration_s = UINT16_MAX;
    mcv_ptt_send_taken(a, t);
    mcv_queue_forget(&t->queue);
    mcv_ptt_start(a, t, MCV_PT_ANNOUNCE, MCV_PTT_REMIND_MS);
    if (!is_new) return;
    mcv_ptt_begin_transmission(a, t, (struct mcv_bytes){0});
    mcv_ptt_shed(a, t);
}

static void refuse(struct mcv_agent *a, struct mcv_transmission *t, const char *why)
{
    struct mcv_event e = rejected;

    e.why = why;
    mcv_ptt_tell(a, t, &e);
    mcv_ptt_forget_wish(a, t);
}

void mcv_ptt_limit_reached(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    (void)in;
    refuse(a, t,
           t->approach == MCV_APPROACH_SELF ? "limit of transmissions reached"
                                            : "limit of transmissions reached, no arbitrator");
}

void mcv_ptt_no_answer(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    (void)in;
    refuse(a, t, "no answer");
}

/* Two who ask at once and hear each other: one goes first. Spec: TS 24.380 7.2.3.5.7 */
void mcv_ptt_yield_request(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    const uint16_t rank = mcv_ptt_rank_of(t, in->m->indicator, in->m->priority);
    const bool is_before = rank > t->wanted_rank ||
                           (rank == t->wanted_rank && in->m->ssrc > t->own_ssrc);

    if (t->arb.is_known || !is_before) return;
    t->c201 = 1;
    mcv_ptt_start(a, t, MCV_PT_201, a->config->timers.t201_ms);
}

void mcv_ptt_arb_lives(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    (void)a;
    (void)in;
    t->c201 = 1;
}

void mcv_ptt_ask_candidate(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    mcv_ptt_note_handed(a, t, in);
    t->c201 = 1;
    mcv_ptt_start(a, t, MCV_PT_201, a->config->timers.t201_ms);
}

void mcv_ptt_give_up(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_send_release(a, t);
    mcv_media_gate_forget(&t->gate);
}

/* Granted, and we do not want to any more: he need not wait for our media. */
void mcv_ptt_give_back(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    (void)in;
    if (mcv_ptt_can_send(t)) mcv_ptt_send_release(a, t);
}

/* ---- answered ------------------------------------------------------------------------------ */

/* SSRCs of a Granted: the audio SSRC is that of our request; the video SSRC was chosen for us. */
static void take_ssrcs(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_tc *m)
{
    if ((m->has & MCV_TC_HAS(VIDEO_SSRC)) == 0) return;
    (void)mcv_media_assign(a, t->media, MCV_VIDEO, m->video_ssrc);
}

void mcv_ptt_granted(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    mcv_ptt_set_arb(a, t, in);
    t->duration_s = in->m->duration_s;
    take_ssrcs(a, t, in->m);
    mcv_ptt_begin_transmission(a, t, mcv_member_uri(&t->arb.who));
}

/* We are named as the next arbitrator: the Granted that came before it was lost. */
void mcv_ptt_granted_by_hand(struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_ptt_input *in)
{
    mcv_ptt_note_handed(a, t, in);
    mcv_ptt_claim(a, t, in);
}

void mcv_ptt_regranted(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    mcv_ptt_set_arb(a, t, in);
    mcv_ptt_stop(t, MCV_PT_A1);
}

void mcv_ptt_rejected(struct mcv_agent *a, struct mcv_transmission *t,
                      const struct mcv_ptt_input *in)
{
    struct mcv_event e = rejected;

    mcv_ptt_set_arb(a, t, in);
    e.user = mcv_member_uri(&t->arb.who);
    e.cause = in->m->cause;
    e.why = mcv_tc_cause_text(MCV_TC_REJECTED, in->m->cause);
    mcv_ptt_tell(a, t, &e);
    mcv_ptt_forget_wish(a, t);
}

/* ---- the end of our transmission ------------------------------------------------------------ */

void mcv_ptt_warn(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_start(a, t, MCV_PT_207, a->config->timers.t207_s * 1000);
    mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_WARNING, (struct mcv_bytes){0});
}

void mcv_ptt_end_permission(struct mcv_agent *a, struct mcv_transmission *t,
                            const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_end_transmission(a, t);
    mcv_ptt_send_release(a, t);
}

void mcv_ptt_tell_revoked(struct mcv_agent *a, const struct mcv_transmission *t,
                          struct mcv_bytes by, uint16_t cause)
{
    const struct mcv_event e = {.type = MCV_EVENT_PTT_REVOKED,
                                .user = by,
                                .cause = cause,
                                .why = mcv_tc_cause_text(MCV_TC_REVOKED, cause)};

    mcv_ptt_tell(a, t, &e);
}

/* At once: others who wait come first. */
void mcv_ptt_tell_too_long(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_tell_revoked(a, t, (struct mcv_bytes){0}, MCV_TC_REVOKED_TOO_LONG);
    if (t->config->mode == MCV_PTT_MANUAL) t->is_wanted = false;
}

void mcv_ptt_too_long(struct mcv_agent *a, struct mcv_transmission *t,
                      const struct mcv_ptt_input *in)
{
    mcv_ptt_tell_too_long(a, t);
    mcv_ptt_end_permission(a, t, in);
}

#define CAUSE_QUEUE 7 /* Spec: TS 24.581 9.2.10.2: Queue the transmission */

void mcv_ptt_revoked(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    mcv_ptt_set_arb(a, t, in);
    mcv_ptt_tell_revoked(a, t, mcv_member_uri(&t->arb.who), in->m->cause);
    mcv_ptt_end_permission(a, t, in);
    if (in->m->cause == CAUSE_QUEUE) {
        mcv_ptt_enter(t, MCV_O_QUEUED);
        t->position = MCV_TC_POSITION_UNKNOWN;
        mcv_ptt_ask_position(a, t, in);
    } else {
        mcv_ptt_forget_wish(a, t);
    }
}

/* ---- queued -------------------------------------------------------------------------------- */

static void start_poll(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_start(a, t, MCV_PT_POLL, a->config->timers.t203_ms);
}

/* Does the arbitrator still know of us? Without an answer it is T203 that says whether he is gone. */
void mcv_ptt_poll(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_send_position_request(a, t);
    start_poll(a, t);
}

static void tell_position(struct mcv_agent *a, struct mcv_transmission *t)
{
    t->is_place_asked = false;
    const struct mcv_event e = {
        .type = MCV_EVENT_PTT_QUEUED, .user = mcv_member_uri(&t->arb.who), .position = t->position};

    mcv_ptt_tell(a, t, &e);
}

void mcv_ptt_queued(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    mcv_ptt_set_arb(a, t, in);
    t->position = in->m->queued[0].position;
    if (t->position == MCV_TC_POSITION_NOT_QUEUED) {
        mcv_ptt_enter(t, MCV_O_PENDING_REQUEST); /* of an older request: ours is under way */
        return;
    }
    tell_position(a, t);
    start_poll(a, t);
}

void mcv_ptt_ask_position(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_stop(t, MCV_PT_POLL);
    mcv_ptt_send_position_request(a, t);
    t->c204 = 1;
    mcv_ptt_start(a, t, MCV_PT_204, a->config->timers.t204_ms);
}

void mcv_ptt_ask_position_again(struct mcv_agent *a, struct mcv_transmission *t,
                                const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_send_position_request(a, t);
    t->c204++;
    mcv_ptt_start(a, t, MCV_PT_204, a->config->timers.t204_ms);
}

void mcv_ptt_position_lost(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    (void)in;
    refuse(a, t, "no answer about the queue");
}

void mcv_ptt_position(struct mcv_agent *a, struct mcv_transmission *t,
                      const struct mcv_ptt_input *in)
{
    const uint8_t before = t->position;

    mcv_ptt_set_arb(a, t, in);
    mcv_ptt_stop(t, MCV_PT_204);
    t->position = in->m->queued[0].position;
    if (t->position == MCV_TC_POSITION_NOT_QUEUED) {
        refuse(a, t, "no longer in the queue");
        mcv_ptt_enter_idle(a, t);
        return;
    }
    if (t->position != before || t->is_place_asked) tell_position(a, t);
    start_poll(a, t);
}

/* With a button that is still held, or media that still flow, there is nobody to ask. */
static void serve_me(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    if (!t->config->asks_when_served) {
        mcv_ptt_accept(a, t, in);
        return;
    }
    if (mcv_ptt_runs(t, MCV_PT_233)) return;
    mcv_ptt_start(a, t, MCV_PT_233, a->config->timers.t233_s * 1000);
    mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_SERVED, mcv_member_uri(&t->arb.who));
}

void mcv_ptt_served(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    mcv_ptt_set_arb(a, t, in);
    t->duration_s = in->m->duration_s;
    take_ssrcs(a, t, in->m);
    serve_me(a, t, in);
}

/* The arbitrator leaves and names us: we answer when we transmit. */
void mcv_ptt_served_by_hand(struct mcv_agent *a, struct mcv_transmission *t,
                            const struct mcv_ptt_input *in)
{
    mcv_ptt_note_handed(a, t, in);
    t->cand.is_known = true;
    t->cand.ssrc = t->own_ssrc;
    if (!mcv_ptt_runs(t, MCV_PT_233)) t->duration_s = UINT16_MAX;
    serve_me(a, t, in);
}

void mcv_ptt_accept(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    const bool follows = t->cand.is_known && t->cand.ssrc == t->own_ssrc;

    if (follows) {
        mcv_ptt_enter(t, MCV_O_ARBITRATOR);
        mcv_ptt_claim(a, t, in);
        return;
    }
    mcv_ptt_enter(t, t->approach == MCV_APPROACH_PRIVATE ? MCV_O_ARBITRATOR : MCV_O_PERMISSION);
    mcv_ptt_begin_transmission(a, t, mcv_member_uri(&t->arb.who));
}

void mcv_ptt_decline(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_send_release(a, t);
    refuse(a, t, "not accepted in time");
}
