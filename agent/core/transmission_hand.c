/* The arbitrator stops to transmit: another one takes over.
 * Spec: TS 23.281 7.7.2.9.1, 7.7.2.9.2; TS 24.581 9.2.9. */
#include "agent/core/transmission_steps.h"

static struct mcv_transmitter *delegate_now(const struct mcv_transmission *t)
{
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (tx->phase == MCV_PHASE_REVOKING) continue;
        if (tx->was_named && tx->control_ssrc == t->cand.ssrc) return tx;
    }
    return NULL;
}

static void name(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *delegate)
{
    delegate->was_named = true;
    t->cand.is_known = true;
    t->cand.ssrc = delegate->control_ssrc;
    t->seq++;
    t->c205 = 1;
    mcv_ptt_start(a, t, MCV_PT_205, a->config->timers.t205_ms);
    mcv_ptt_send_handed(a, t, delegate);
}

void mcv_ptt_stop_deciding(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (tx->is_me) continue;
        if (tx->phase == MCV_PHASE_REVOKING) tx->phase = MCV_PHASE_ACTIVE;
        tx->resend_at_us = tx->accept_at_us = MCV_NEVER;
        if (tx->silent_at_us == MCV_NEVER) {
            tx->silent_at_us = mcv_ptt_after(a, a->config->timers.t203_ms);
        }
    }
}

/* Nobody is left who could follow. */
static void finish(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_send_release(a, t);
    mcv_queue_forget(&t->queue);
    mcv_ptt_stop_deciding(a, t);
    mcv_ptt_clear_arb(t);
    mcv_ptt_enter_idle(a, t);
}

void mcv_ptt_hand_over(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_serve(a, t);
    struct mcv_transmitter *delegate = mcv_transmitters_delegate(&t->tx);
    if (delegate == NULL) {
        finish(a, t);
        return;
    }
    mcv_ptt_enter(t, MCV_O_PENDING_GRANTED);
    name(a, t, delegate);
}

static void forget_names(struct mcv_transmission *t)
{
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) tx->was_named = false;
}

void mcv_ptt_end_arbiter(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    (void)in;
    forget_names(t);
    mcv_ptt_end_transmission(a, t);
    mcv_ptt_hand_over(a, t);
}

void mcv_ptt_too_long_arbiter(struct mcv_agent *a, struct mcv_transmission *t,
                              const struct mcv_ptt_input *in)
{
    mcv_ptt_tell_too_long(a, t);
    mcv_ptt_end_arbiter(a, t, in);
}

void mcv_ptt_hand_again(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    const struct mcv_transmitter *delegate = delegate_now(t);

    (void)in;
    if (delegate == NULL) {
        mcv_ptt_hand_over(a, t);
        return;
    }
    t->c205++;
    mcv_ptt_start(a, t, MCV_PT_205, a->config->timers.t205_ms);
    mcv_ptt_send_handed(a, t, delegate);
}

/* He has accepted what we granted, but not heard that he is to arbitrate. */
void mcv_ptt_hand_anew(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    if (in->tx != delegate_now(t) || mcv_ptt_runs(t, MCV_PT_205)) return;
    t->c205 = 0;
    mcv_ptt_hand_again(a, t, in);
}

/* One who came out of the queue has until T233 to accept: his timers go on. */
void mcv_ptt_hand_next(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    const struct mcv_transmitter *delegate = delegate_now(t);
    const bool may_accept = delegate != NULL && delegate->phase == MCV_PHASE_GRANTED &&
                            delegate->was_queued;

    (void)in;
    if (!may_accept) mcv_ptt_hand_over(a, t);
}

void mcv_ptt_check_delegate(struct mcv_agent *a, struct mcv_transmission *t)
{
    if (t->state == MCV_O_PENDING_GRANTED && delegate_now(t) == NULL) mcv_ptt_hand_over(a, t);
}

/* Arbitration Taken: whoever it is. What waited with us asks there. */
void mcv_ptt_handed_over(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    mcv_queue_forget(&t->queue);
    forget_names(t);
    mcv_ptt_note_taken(a, t, in);
    mcv_ptt_stop_deciding(a, t);
}

/* Our user wants to go on, and there is room. */
void mcv_ptt_cancel_hand_over(struct mcv_agent *a, struct mcv_transmission *t,
                              const struct mcv_ptt_input *in)
{
    if (!mcv_ptt_has_room(t)) return;
    forget_names(t);
    mcv_ptt_enter(t, MCV_O_ARBITRATOR);
    mcv_ptt_claim(a, t, in);
}
