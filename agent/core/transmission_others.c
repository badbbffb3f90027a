/* What others do: who transmits, who arbitrates. Spec: TS 24.581 7, TS 24.380 7.2.3. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

/* ---- the arbitrator ------------------------------------------------------------------------ */

/* The sender of a message is the arbitrator. */
void mcv_ptt_set_arb(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_ptt_input *in)
{
    const bool names_sender = in->m->type == MCV_TC_ARBITRATION_TAKEN ||
                              in->m->type == MCV_TC_ARBITRATION_RELEASE ||
                              in->m->type == MCV_TC_QUEUE_POSITION_INFO ||
                              (in->m->type == MCV_TC_GRANTED && in->m->audio_ssrc == in->m->ssrc);
    struct mcv_bytes user = names_sender ? in->m->user_id : (struct mcv_bytes){0};
    const bool is_same = mcv_ptt_is_arb(a, t, in->from);

    if (user.n == 0 && in->tx != NULL) user = mcv_member_uri(&in->tx->who);
    if (!is_same || user.n > 0) mcv_ptt_set_member(a, t, &t->arb.who, in->from, user);
    t->arb.is_known = true;
    t->arb.ssrc = in->m->ssrc;
    t->arb.call_class = mcv_ptt_class(in->m->indicator);
    if (!is_same) t->cand.is_known = false;
    mcv_ptt_start(a, t, MCV_PT_203_ARB, a->config->timers.t203_ms);
}

void mcv_ptt_clear_arb(struct mcv_transmission *t)
{
    t->arb.is_known = false;
    t->cand.is_known = false;
    mcv_ptt_stop(t, MCV_PT_203_ARB);
}

/* Transmitters race for the role of one who is gone: those with larger SSRCs come first. */
static void start_claim(struct mcv_agent *a, struct mcv_transmission *t)
{
    const struct mcv_transmitter *tx = NULL;
    uint32_t n_before = 1;

    if (t->state != MCV_O_PERMISSION || t->approach != MCV_APPROACH_SINGLE) return;
    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        n_before += tx->phase == MCV_PHASE_ACTIVE && tx->control_ssrc > t->own_ssrc;
    }
    mcv_ptt_start(a, t, MCV_PT_A1, a->config->timers.ta1_ms * n_before);
}

static void lose_arb(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_clear_arb(t);
    start_claim(a, t);
}

/* In O: queued without an arbitrator there is no queue either. */
static void ask_anew_if_queued(struct mcv_agent *a, struct mcv_transmission *t,
                               const struct mcv_ptt_input *in)
{
    if (t->state != MCV_O_QUEUED || t->arb.is_known) return;
    mcv_ptt_enter(t, MCV_O_PENDING_REQUEST);
    mcv_ptt_request(a, t, in);
}

void mcv_ptt_note_arb_silent(struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_ptt_input *in)
{
    lose_arb(a, t);
    ask_anew_if_queued(a, t, in);
}

/* ---- transmitters -------------------------------------------------------------------------- */

void mcv_ptt_tell_taken(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx)
{
    if (tx->is_told) return;
    tx->is_told = true;
    mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_TAKEN, mcv_member_uri(&tx->who));
}

void mcv_ptt_note_gone(const struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_transmitter *tx)
{
    if (tx == NULL) return;
    memcpy(t->gone.ssrc, tx->ssrc, sizeof t->gone.ssrc);
    t->gone.until_us = mcv_ptt_after(a, MCV_PTT_GONE_MS);
    t->gone.is_shown = tx->is_shown;
}

static bool is_gone(const struct mcv_agent *a, const struct mcv_transmission *t, uint32_t ssrc,
                    enum mcv_medium medium)
{
    return t->gone.ssrc[medium] == ssrc && a->now.mono_us < t->gone.until_us;
}

void mcv_ptt_drop(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx)
{
    if (tx->is_told) mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_RELEASED, mcv_member_uri(&tx->who));
    mcv_transmitters_remove(&t->tx, tx);
}

static struct mcv_transmitter *add(struct mcv_agent *a, struct mcv_transmission *t,
                                   enum mcv_ptt_phase phase)
{
    struct mcv_transmitter *tx = mcv_transmitters_add(&t->tx, phase, a->now.mono_us);

    if (tx == NULL) mcv_count(a, MCV_N_TC_FULL);
    return tx;
}

/* SSRCs and rank of a Granted or Arbitration Taken. */
static void note_message(const struct mcv_transmission *t, struct mcv_transmitter *tx,
                         const struct mcv_tc *m)
{
    tx->control_ssrc = tx->ssrc[MCV_AUDIO] = m->audio_ssrc;
    if ((m->has & MCV_TC_HAS(VIDEO_SSRC)) != 0) tx->ssrc[MCV_VIDEO] = m->video_ssrc;
    if (m->type == MCV_TC_GRANTED) tx->rank = mcv_ptt_rank_of(t, m->indicator, m->priority);
}

struct mcv_transmitter *mcv_ptt_note_transmitter(struct mcv_agent *a, struct mcv_transmission *t,
                                                 const struct mcv_ptt_input *in,
                                                 struct mcv_bytes user)
{
    const bool is_sender = in->m->audio_ssrc == in->m->ssrc;
    struct mcv_transmitter *tx = mcv_ptt_find_named(a, t, in->from, user);

    if (tx == NULL && is_sender) tx = in->tx;
    if (tx == NULL) {
        tx = add(a, t, MCV_PHASE_GRANTED);
        if (tx != NULL) tx->rank = mcv_ptt_rank_of(t, 0, 0);
    }
    if (tx == NULL) return NULL;
    if (tx->phase == MCV_PHASE_PROVISIONAL) tx->phase = MCV_PHASE_ACTIVE;
    if (tx->who.n_uri == 0) tx->is_told = false; /* our user heard of somebody without a name */
    if (is_sender) {
        mcv_ptt_set_member(a, t, &tx->who, in->from, user);
    } else if (tx->who.n_uri == 0) {
        mcv_ptt_name_member(a, t, &tx->who, in->from, user);
    }
    note_message(t, tx, in->m);
    tx->silent_at_us = mcv_ptt_after(a, a->config->timers.t203_ms);
    mcv_ptt_tell_taken(a, t, tx);
    return tx;
}

/* Granted to somebody else. */
void mcv_ptt_note_granted(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    const bool is_own_grant = in->m->audio_ssrc == in->m->ssrc;

    if (!t->arb.is_known || is_own_grant || mcv_ptt_is_arb(a, t, in->from)) {
        mcv_ptt_set_arb(a, t, in);
        mcv_ptt_stop(t, MCV_PT_A1);
    }
    t->is_blocked = t->is_broadcast;
    (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
}

/* Somebody was faster: what is asked is asked anew. */
void mcv_ptt_note_granted_pending(struct mcv_agent *a, struct mcv_transmission *t,
                                  const struct mcv_ptt_input *in)
{
    mcv_ptt_note_granted(a, t, in);
    t->c201 = 1;
    mcv_ptt_start(a, t, MCV_PT_201, a->config->timers.t201_ms);
}

/* Arbitration Taken. */
void mcv_ptt_note_taken(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
    mcv_ptt_set_arb(a, t, in);
    t->cand.is_known = false;
    mcv_ptt_stop(t, MCV_PT_A1);
    t->is_blocked = !in->m->may_request;
}

/* Of two live ones the same wins for all. */
void mcv_ptt_note_taken_keep(struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_ptt_input *in)
{
    const uint8_t call_class = mcv_ptt_class(in->m->indicator);
    const bool is_expected = !t->arb.is_known || mcv_ptt_is_arb(a, t, in->from) ||
                             (t->cand.is_known && t->cand.ssrc == in->m->ssrc);
    const bool is_stronger = call_class > t->arb.call_class ||
                             (call_class == t->arb.call_class && in->m->ssrc > t->arb.ssrc);

    if (is_expected || is_stronger) {
        mcv_ptt_note_taken(a, t, in);
    } else {
        (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
    }
}

void mcv_ptt_note_taken_pending(struct mcv_agent *a, struct mcv_transmission *t,
                                const struct mcv_ptt_input *in)
{
    mcv_ptt_note_taken(a, t, in);
    t->c201 = 1;
    mcv_ptt_start(a, t, MCV_PT_201, a->config->timers.t201_ms);
}

/* A new arbitrator has an empty queue. */
void mcv_ptt_note_taken_queued(struct mcv_agent *a, struct mcv_transmission *t,
                               const struct mcv_ptt_input *in)
{
    const bool is_new = !mcv_ptt_is_arb(a, t, in->from);

    mcv_ptt_note_taken(a, t, in);
    if (!is_new) return;
    mcv_ptt_enter(t, MCV_O_PENDING_REQUEST);
    mcv_ptt_request(a, t, in);
}

/* Arbitration Release with a delegate: who sends it no longer transmits, but arbitrates until the
 * delegate has answered. */
void mcv_ptt_note_handed(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    mcv_ptt_note_gone(a, t, in->tx);
    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx);
    if (t->arb.is_known && !mcv_ptt_is_arb(a, t, in->from)) return; /* late: it was taken over */
    mcv_ptt_set_arb(a, t, in);
    t->cand.is_known = true;
    t->cand.ssrc = (in->m->has & MCV_TC_HAS(AUDIO_SSRC)) != 0 ? in->m->audio_ssrc : 0;
}

void mcv_ptt_note_handed_nobody(struct mcv_agent *a, struct mcv_transmission *t,
                                const struct mcv_ptt_input *in)
{
    mcv_ptt_note_gone(a, t, in->tx);
    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx);
    lose_arb(a, t);
    ask_anew_if_queued(a, t, in);
}

void mcv_ptt_note_release(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    mcv_ptt_note_gone(a, t, in->tx);
    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx);
    if (mcv_ptt_is_arb(a, t, in->from)) lose_arb(a, t);
    ask_anew_if_queued(a, t, in);
}

/* T203 of a transmitter. */
void mcv_ptt_note_silent(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    const bool is_arb = t->arb.is_known && mcv_ptt_is_same(&t->arb.who, &in->tx->who);

    mcv_ptt_drop(a, t, in->tx);
    if (is_arb) lose_arb(a, t);
    ask_anew_if_queued(a, t, in);
}

/* ---- media --------------------------------------------------------------------------------- */

static bool is_shown_to_all(const struct mcv_transmission *t, const struct mcv_transmitter *tx)
{
    return t->is_broadcast || tx->rank >> 8 > 0 || !t->config->is_shown_manually;
}

/* Spec: TS 23.281 A.2-1 (Nc5). Those that are shown stay; of others the highest ranks come first. */
static void choose(struct mcv_transmission *t, struct mcv_transmitter *tx)
{
    const uint16_t n_max = t->config->n_shown;
    struct mcv_transmitter *other = NULL, *least = NULL;
    uint16_t n = 0;

    tx->is_shown = false;
    if (tx->choice == MCV_CHOICE_HIDE) return;
    if (tx->choice != MCV_CHOICE_SHOW && !is_shown_to_all(t, tx)) return;
    while ((other = mcv_transmitters_next(&t->tx, other)) != NULL) {
        if (!other->is_shown || other->is_me) continue;
        n++;
        if (least == NULL || other->rank < least->rank) least = other;
    }
    if (n_max == 0 || n < n_max) {
        tx->is_shown = true;
    } else if (tx->choice == MCV_CHOICE_SHOW || tx->rank > least->rank) {
        least->is_shown = false;
        tx->is_shown = true;
    }
}

/* RTP of somebody who was not known to transmit. */
void mcv_ptt_note_rtp(struct mcv_agent *a, struct mcv_transmission *t,
                      const struct mcv_ptt_input *in)
{
    struct mcv_transmitter *tx = in->tx != NULL ? in->tx : add(a, t, MCV_PHASE_PROVISIONAL);

    if (tx == NULL) return;
    if (in->tx == NULL) {
        mcv_ptt_set_member(a, t, &tx->who, in->from, in->user);
        tx->rank = mcv_ptt_rank_of(t, 0, 0);
        if (in->medium == MCV_AUDIO) tx->control_ssrc = in->from->ssrc;
    }
    tx->ssrc[in->medium] = in->from->ssrc;
    tx->silent_at_us = mcv_ptt_after(a, a->config->timers.t203_ms);
    mcv_ptt_tell_taken(a, t, tx);
}

static void hear_known(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx,
                       const struct mcv_ptt_input *in)
{
    const bool is_first = tx->phase == MCV_PHASE_GRANTED;

    tx->silent_at_us = mcv_ptt_after(a, a->config->timers.t203_ms);
    tx->ssrc[in->medium] = in->from->ssrc;
    if (in->medium == MCV_AUDIO) tx->control_ssrc = in->from->ssrc;
    if (!is_first) return;
    tx->phase = MCV_PHASE_ACTIVE;
    tx->resend_at_us = tx->accept_at_us = MCV_NEVER;
    mcv_ptt_tell_taken(a, t, tx);
    if (mcv_ptt_handles(t, MCV_PTT_RTP_FIRST)) (void)mcv_ptt_step(a, t, MCV_PTT_RTP_FIRST, in);
}

/* Heard already, and an arbitrator still has to say that he must not. */
static bool is_unsettled(const struct mcv_transmission *t, const struct mcv_transmitter *tx)
{
    return tx->phase == MCV_PHASE_PROVISIONAL &&
           (t->state == MCV_O_ARBITRATOR || t->state == MCV_O_PENDING_GRANTED);
}

bool mcv_transmission_hear(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_source *from, enum mcv_medium medium,
                           struct mcv_bytes user)
{
    if (t->media == NULL) return true;
    struct mcv_transmitter *tx = mcv_ptt_find(a, t, from);
    const struct mcv_ptt_input in = {.from = from, .medium = medium, .tx = tx, .user = user};

    if (tx == NULL && is_gone(a, t, from->ssrc, medium)) return t->gone.is_shown;
    if (tx != NULL) hear_known(a, t, tx, &in);
    if (tx == NULL || is_unsettled(t, tx)) {
        (void)mcv_ptt_step(a, t, MCV_PTT_RTP_NEW, &in);
        tx = mcv_ptt_find(a, t, from);
    }
    if (mcv_ptt_is_arb(a, t, from)) {
        if (mcv_ptt_runs(t, MCV_PT_203_ARB)) {
            mcv_ptt_start(a, t, MCV_PT_203_ARB, a->config->timers.t203_ms);
        }
        if (mcv_ptt_handles(t, MCV_PTT_RTP_ARB)) (void)mcv_ptt_step(a, t, MCV_PTT_RTP_ARB, &in);
    }
    if (tx == NULL) return false;
    if (!tx->is_shown) choose(t, tx);
    if (!tx->is_shown) mcv_count(a, MCV_N_RTP_NOT_SHOWN);
    return tx->is_shown;
}
