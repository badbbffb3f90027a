/* The arbitrator decides: granted, queued, rejected, revoked.
 * Spec: TS 24.581 7.1, TS 24.380 7.2.3; TS 23.281 7.7.2. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

/* To one who transmits without permission and does not hear it. */
#define TELL_EVERY_US 1000000u

struct mcv_waiting mcv_ptt_waiting_of(const struct mcv_agent *a, const struct mcv_transmission *t,
                                      const struct mcv_ptt_input *in)
{
    struct mcv_waiting w = {.ssrc = in->m->ssrc,
                            .rank = mcv_ptt_rank_of(t, in->m->indicator, in->m->priority)};

    mcv_ptt_set_member(a, t, &w.who, in->from, in->m->user_id);
    return w;
}

void mcv_ptt_claim_paced(struct mcv_agent *a, struct mcv_transmission *t, uint32_t every_ms)
{
    if (t->state != MCV_O_ARBITRATOR) return;
    if (mcv_pace_take(&t->claims, a->now.mono_us, every_ms * UINT64_C(1000), 1)) {
        mcv_ptt_send_taken(a, t);
    }
}

/* ---- granted ------------------------------------------------------------------------------- */

/* The one that he uses already, or a fresh one. */
static uint32_t video_ssrc_for(const struct mcv_agent *a, const struct mcv_transmission *t,
                               const struct mcv_member *who)
{
    uint32_t ssrc = mcv_media_rx_ssrc(t->media, MCV_VIDEO, &who->mki);

    if (!mcv_media_has(t->media, MCV_VIDEO)) return 0;
    if (ssrc == 0 && mcv_rng_u32(&a->rng, &ssrc)) return 0;
    return ssrc;
}

struct mcv_transmitter *mcv_ptt_grant(struct mcv_agent *a, struct mcv_transmission *t,
                                      const struct mcv_waiting *w, bool was_queued)
{
    struct mcv_transmitter *tx = mcv_transmitters_add(&t->tx, MCV_PHASE_GRANTED, a->now.mono_us);

    if (tx == NULL) {
        mcv_count(a, MCV_N_TC_FULL);
        return NULL;
    }
    tx->was_queued = was_queued;
    tx->rank = w->rank;
    tx->who = w->who;
    tx->control_ssrc = tx->ssrc[MCV_AUDIO] = w->ssrc;
    tx->ssrc[MCV_VIDEO] = video_ssrc_for(a, t, &w->who);
    tx->n_sent = 1;
    tx->resend_at_us = mcv_ptt_after(a, a->config->timers.t205_ms);
    mcv_ptt_send_granted(a, t, tx);
    return tx;
}

void mcv_ptt_serve(struct mcv_agent *a, struct mcv_transmission *t)
{
    while (t->queue.n > 0 && mcv_ptt_has_room(t)) {
        const struct mcv_waiting w = t->queue.w[0];
        mcv_queue_remove(&t->queue, 0);
        if (mcv_ptt_grant(a, t, &w, true) == NULL) return;
    }
}

void mcv_ptt_grant_again(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    in->tx->n_sent++;
    in->tx->resend_at_us = mcv_ptt_after(a, a->config->timers.t205_ms);
    mcv_ptt_send_granted(a, t, in->tx);
}

/* He no longer transmits, if he did: those who wait come next. */
void mcv_ptt_free_slot(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    if (in->tx == NULL) return;
    mcv_ptt_drop(a, t, in->tx);
    mcv_ptt_serve(a, t);
    mcv_ptt_check_delegate(a, t);
}

/* The user of one who was queued may still have to accept. */
void mcv_ptt_not_taken_up(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    if (in->tx->was_queued) {
        in->tx->accept_at_us = mcv_ptt_after(a, a->config->timers.t233_s * 1000);
    } else {
        mcv_ptt_free_slot(a, t, in);
    }
}

/* ---- revoked ------------------------------------------------------------------------------- */

void mcv_ptt_revoke(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx,
                    uint16_t cause)
{
    tx->phase = MCV_PHASE_REVOKING;
    tx->cause = cause;
    tx->n_sent = 1;
    tx->accept_at_us = MCV_NEVER;
    tx->resend_at_us = mcv_ptt_after(a, a->config->timers.ta2_ms);
    mcv_ptt_send_revoked(a, t, tx, cause);
}

void mcv_ptt_revoke_again(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    in->tx->n_sent++;
    in->tx->resend_at_us = mcv_ptt_after(a, a->config->timers.ta2_ms);
    mcv_ptt_send_revoked(a, t, in->tx, in->tx->cause);
}

static uint16_t n_staying(const struct mcv_transmission *t)
{
    const struct mcv_transmitter *tx = NULL;
    uint16_t n = 0;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL)
        if (tx->phase != MCV_PHASE_REVOKING) n++;
    return n;
}

/* Our own transmission gives way to others. */
void mcv_ptt_yield(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_tell_revoked(a, t, (struct mcv_bytes){0}, MCV_TC_REVOKED_PREEMPTED);
    mcv_ptt_end_transmission(a, t);
    mcv_ptt_forget_wish(a, t);
}

void mcv_ptt_shed(struct mcv_agent *a, struct mcv_transmission *t)
{
    while (n_staying(t) > mcv_ptt_n_max(t)) {
        struct mcv_transmitter *weakest = mcv_transmitters_weakest(&t->tx, false);
        const struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);
        if (weakest == NULL) return;
        if (me == NULL || me->rank >= weakest->rank) {
            mcv_ptt_revoke(a, t, weakest, MCV_TC_REVOKED_PREEMPTED);
            continue;
        }
        mcv_ptt_yield(a, t);
        mcv_ptt_hand_over(a, t);
    }
}

/* ---- asked --------------------------------------------------------------------------------- */

void mcv_ptt_queue_or_reject(struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_waiting *w)
{
    const bool has_queue = t->media->sdp.has_queueing && t->queue.n < t->config->n_queue;
    const uint16_t position = has_queue ? mcv_queue_put(&t->queue, w) : 0;

    if (position > 0) {
        mcv_ptt_send_position(a, t, w, (uint8_t)position);
    } else {
        mcv_ptt_send_rejected(a, t, mcv_member_uri(&w->who), MCV_TC_REJECTED_LIMIT_REACHED);
    }
}

/* Spec: TS 24.581 7.1: a client may ask that a current transmitter is pre-empted. */
static void preempt(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_waiting *w,
                    struct mcv_transmitter *weakest)
{
    if (weakest->is_me) {
        mcv_ptt_yield(a, t);
        (void)mcv_ptt_grant(a, t, w, false);
        mcv_ptt_hand_over(a, t);
        return;
    }
    mcv_queue_put_first(&t->queue, w);
    mcv_ptt_send_position(a, t, w, 1);
    mcv_ptt_revoke(a, t, weakest, MCV_TC_REVOKED_PREEMPTED);
}

static void decide(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_waiting *w)
{
    struct mcv_transmitter *weakest = mcv_transmitters_weakest(&t->tx, true);
    const bool outranks = weakest != NULL && w->rank > weakest->rank && t->queue.n_max > 0;

    if (t->is_broadcast) {
        mcv_ptt_send_rejected(a, t, mcv_member_uri(&w->who), MCV_TC_REJECTED_RECEIVE_ONLY);
    } else if (mcv_ptt_has_room(t)) {
        if (mcv_ptt_grant(a, t, w, false) != NULL) return;
        mcv_ptt_send_rejected(a, t, mcv_member_uri(&w->who), MCV_TC_REJECTED_NO_RESOURCES);
    } else if (outranks) {
        preempt(a, t, w, weakest);
    } else {
        mcv_ptt_queue_or_reject(a, t, w);
    }
}

void mcv_ptt_arbitrate(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_input *in)
{
    const struct mcv_waiting w = mcv_ptt_waiting_of(a, t, in);
    const uint16_t i = mcv_ptt_find_queued(a, t, in->from);
    const bool is_over = mcv_transmitters_load(&t->tx) > mcv_ptt_n_max(t);
    const bool has_permission = in->tx != NULL && !is_over &&
                                (in->tx->phase == MCV_PHASE_GRANTED ||
                                 in->tx->phase == MCV_PHASE_ACTIVE);

    if (has_permission) {
        in->tx->rank = w.rank;
        in->tx->who = w.who;
        in->tx->control_ssrc = w.ssrc;
        mcv_ptt_send_granted(a, t, in->tx);
        return;
    }
    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx); /* he asks: he does not transmit */
    if (i < t->queue.n) {
        const bool is_raised = w.rank > t->queue.w[i].rank;
        if (!is_raised) {
            t->queue.w[i].ssrc = w.ssrc;
            mcv_ptt_send_position(a, t, &t->queue.w[i], (uint8_t)(i + 1));
            mcv_ptt_serve(a, t);
            return;
        }
        mcv_queue_remove(&t->queue, i);
    }
    decide(a, t, &w);
    mcv_ptt_serve(a, t);
    mcv_ptt_check_delegate(a, t);
}

void mcv_ptt_tell_position(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    const struct mcv_waiting w = mcv_ptt_waiting_of(a, t, in);
    const uint16_t i = mcv_ptt_find_queued(a, t, in->from);

    if (i < t->queue.n) {
        mcv_ptt_send_position(a, t, &t->queue.w[i], (uint8_t)(i + 1));
    } else if (in->tx != NULL && in->tx->phase == MCV_PHASE_GRANTED) {
        mcv_ptt_send_granted(a, t, in->tx); /* he has not heard of it */
    } else {
        mcv_ptt_send_position(a, t, &w, MCV_TC_POSITION_NOT_QUEUED);
    }
}

/* ---- others -------------------------------------------------------------------------------- */

void mcv_ptt_release_heard(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    const uint16_t i = mcv_ptt_find_queued(a, t, in->from);

    if (i < t->queue.n) mcv_queue_remove(&t->queue, i);
    mcv_ptt_note_gone(a, t, in->tx);
    mcv_ptt_free_slot(a, t, in);
}

/* One who transmits though we did not grant it: he came from elsewhere, or did not hear us. There
 * may be another arbitrator: he has to hear of us. */
void mcv_ptt_rtp_without_grant(struct mcv_agent *a, struct mcv_transmission *t,
                               const struct mcv_ptt_input *in)
{
    mcv_ptt_note_rtp(a, t, in);
    struct mcv_transmitter *tx = mcv_ptt_find(a, t, in->from);
    if (tx == NULL) return;
    mcv_ptt_claim_paced(a, t, 1000);
    if (mcv_transmitters_load(&t->tx) <= mcv_ptt_n_max(t)) {
        tx->phase = MCV_PHASE_ACTIVE;
        if (tx->who.n_uri > 0 && tx->control_ssrc != 0) mcv_ptt_send_granted(a, t, tx);
    } else if (tx->told_at_us == 0 || a->now.mono_us - tx->told_at_us >= TELL_EVERY_US) {
        tx->told_at_us = a->now.mono_us;
        mcv_ptt_send_revoked(a, t, tx, MCV_TC_REVOKED_NO_PERMISSION);
    }
}

/* Somebody else decides too: he has to hear of us. */
void mcv_ptt_other_arbiter(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_input *in)
{
    if (!mcv_ptt_is_me(a, in->m->user_id)) {
        (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
    }
    mcv_ptt_claim_paced(a, t, 1000);
    mcv_ptt_shed(a, t);
}

/* The Arbitration Release that made us arbitrator, once more: so is our answer. */
void mcv_ptt_claim_again(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    mcv_ptt_free_slot(a, t, in);
    mcv_ptt_send_taken(a, t);
}
