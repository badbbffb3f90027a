/* Private calls: whoever has permission decides, and there is one who can ask.
 * Spec: TS 24.380 7.2.3 with the messages of TS 24.581 9.2. */
#include "agent/core/transmission_steps.h"

/* The other party asks while we are silent. */
void mcv_ptt_private_grant(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    const struct mcv_waiting w = mcv_ptt_waiting_of(a, t, in);

    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx);
    mcv_ptt_clear_arb(t);
    (void)mcv_ptt_grant(a, t, &w, false);
}

/* While we transmit. */
void mcv_ptt_private_arbitrate(struct mcv_agent *a, struct mcv_transmission *t,
                               const struct mcv_ptt_input *in)
{
    const struct mcv_waiting w = mcv_ptt_waiting_of(a, t, in);
    const struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    mcv_queue_forget(&t->queue);
    const bool is_granted = in->tx != NULL && in->tx->phase != MCV_PHASE_PROVISIONAL;
    if (is_granted && mcv_transmitters_load(&t->tx) <= mcv_ptt_n_max(t)) {
        mcv_ptt_send_granted(a, t, in->tx);
        return;
    }
    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx); /* he asks: his Release was lost */
    if (mcv_ptt_has_room(t)) {
        (void)mcv_ptt_grant(a, t, &w, false);
    } else if (me != NULL && w.rank > me->rank) {
        mcv_ptt_yield(a, t);
        (void)mcv_ptt_grant(a, t, &w, false);
        mcv_ptt_enter(t, MCV_O_PENDING_GRANTED);
    } else {
        mcv_ptt_queue_or_reject(a, t, &w);
    }
}

void mcv_ptt_private_end(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_end_transmission(a, t);
    if (t->queue.n > 0) {
        mcv_ptt_serve(a, t);
        mcv_ptt_enter(t, MCV_O_PENDING_GRANTED);
    } else {
        mcv_ptt_send_release(a, t);
    }
}

void mcv_ptt_private_too_long(struct mcv_agent *a, struct mcv_transmission *t,
                              const struct mcv_ptt_input *in)
{
    if (t->queue.n == 0) {
        mcv_ptt_too_long(a, t, in);
        return;
    }
    mcv_ptt_tell_too_long(a, t);
    mcv_ptt_private_end(a, t, in);
}

/* Both took the role at once: one gives way when one only may transmit. */
void mcv_ptt_private_meet(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
    if (mcv_transmitters_load(&t->tx) <= mcv_ptt_n_max(t)) return;
    if (!mcv_ptt_other_wins(t, mcv_ptt_class(in->m->indicator), in->m->ssrc)) {
        mcv_ptt_claim_paced(a, t, 100);
        return;
    }
    mcv_ptt_yield(a, t);
    mcv_ptt_send_release(a, t);
    mcv_queue_forget(&t->queue);
    mcv_ptt_set_arb(a, t, in);
    mcv_ptt_enter(t, MCV_O_NO_PERMISSION);
}

void mcv_ptt_private_rtp(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    mcv_ptt_note_rtp(a, t, in);
    struct mcv_transmitter *tx = mcv_ptt_find(a, t, in->from);
    if (tx == NULL) return;
    if (mcv_transmitters_load(&t->tx) <= mcv_ptt_n_max(t)) {
        tx->phase = MCV_PHASE_ACTIVE;
    } else {
        mcv_ptt_claim_paced(a, t, 1000);
    }
}

/* What we granted is used: the other one decides now. */
void mcv_ptt_private_taken_up(struct mcv_agent *a, struct mcv_transmission *t,
                              const struct mcv_ptt_input *in)
{
    mcv_ptt_set_member(a, t, &t->arb.who, in->from, t->peer);
    t->arb.is_known = true;
    t->arb.ssrc = in->tx->control_ssrc;
    t->arb.call_class = t->call_class;
    mcv_ptt_start(a, t, MCV_PT_203_ARB, a->config->timers.t203_ms);
}

void mcv_ptt_private_not_taken_up(struct mcv_agent *a, struct mcv_transmission *t,
                                  const struct mcv_ptt_input *in)
{
    mcv_ptt_not_taken_up(a, t, in);
    if (in->tx->phase == MCV_PHASE_NONE) mcv_ptt_enter_idle(a, t);
}

void mcv_ptt_private_not_accepted(struct mcv_agent *a, struct mcv_transmission *t,
                                  const struct mcv_ptt_input *in)
{
    mcv_ptt_drop(a, t, in->tx);
    mcv_ptt_send_release(a, t);
}

/* Both may transmit, and what was granted to the other one is not used yet. */
void mcv_ptt_private_press(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    if (!mcv_ptt_has_room(t)) return;
    mcv_ptt_enter(t, MCV_O_ARBITRATOR);
    mcv_ptt_claim(a, t, in);
}
