/* What local applications send: held, let through, started with a picture that can be decoded.
 * Spec: TS 24.581 7 (media only with permission), RFC 6184 5. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

/* Packet rooms that a flush leaves to what else an input sends. */
#define ROOMS_LEFT 6u
#define FLUSH_MS   1u

static void count_lost(struct mcv_agent *a, enum mcv_counter counter, unsigned n)
{
    while (n-- > 0) mcv_count(a, counter);
}

/* ---- out ----------------------------------------------------------------------------------- */

static void want_idr(struct mcv_agent *a, struct mcv_transmission *t)
{
    if (t->has_said_idr) return;
    t->has_said_idr = true;
    mcv_ptt_tell(a, t, &(struct mcv_event){.type = MCV_EVENT_PTT_IDR_WANTED, .medium = MCV_VIDEO});
}

/* Video waits for a picture that receivers can decode; its encoder is asked for one. */
static bool may_leave(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_held *p)
{
    if (p->medium != MCV_VIDEO || t->is_video_started) return true;
    if (p->is_start || a->now.mono_us >= t->video_until_us) {
        t->is_video_started = true;
        return true;
    }
    want_idr(a, t);
    mcv_count(a, MCV_N_LOCAL_BEFORE_IDR);
    return false;
}

static bool has_rooms(const struct mcv_agent *a)
{
    return a->scratch->n_packets_used + ROOMS_LEFT <= a->scratch->n_packets;
}

static void end_when_empty(struct mcv_agent *a, struct mcv_transmission *t)
{
    static const struct mcv_ptt_input no_input;

    if (!t->is_ending || t->gate.n_held > 0) return;
    t->is_ending = false;
    (void)mcv_ptt_step(a, t, MCV_PTT_UNPRESS, &no_input);
}

void mcv_ptt_flush(struct mcv_agent *a, struct mcv_transmission *t)
{
    const uint64_t hold_us = a->config->timers.hold_ms * UINT64_C(1000);
    struct mcv_held p;

    if (a->now.mono_us > hold_us) {
        count_lost(a, MCV_N_LOCAL_EXPIRED,
                   mcv_media_gate_expire(&t->gate, a->now.mono_us - hold_us));
    }
    if (!mcv_ptt_may_transmit(t)) return;
    while (mcv_media_gate_first(&t->gate, &p)) {
        if (!has_rooms(a) || !mcv_media_is_ready(t->media, p.medium)) {
            mcv_ptt_start(a, t, MCV_PT_FLUSH, FLUSH_MS);
            return;
        }
        if (may_leave(a, t, &p)) {
            mcv_ptt_start_limit(a, t);
            (void)mcv_media_local(a, t->media, p.medium, p.rtp);
        }
        mcv_media_gate_remove_first(&t->gate);
    }
    end_when_empty(a, t);
}

void mcv_ptt_open_gate(struct mcv_agent *a, struct mcv_transmission *t)
{
    const uint16_t n_held = t->gate.n_held;
    const bool has_start = mcv_media_gate_start_video(&t->gate);
    const unsigned n_lost = (unsigned)(n_held - t->gate.n_held);

    t->is_video_started = t->has_said_idr = false;
    t->video_until_us = mcv_ptt_after(a, a->config->timers.idr_wait_ms);
    count_lost(a, MCV_N_LOCAL_BEFORE_IDR, n_lost);
    if (n_lost > 0 && !has_start) want_idr(a, t);
    mcv_ptt_start(a, t, MCV_PT_FLUSH, 0); /* when the step is done */
}

/* ---- in ------------------------------------------------------------------------------------ */

void mcv_ptt_want(struct mcv_agent *a, struct mcv_transmission *t)
{
    static const struct mcv_ptt_input no_input;
    const bool is_waiting = t->state == MCV_O_START_STOP || t->state == MCV_O_SILENCE ||
                            t->state == MCV_O_NO_PERMISSION ||
                            (t->state == MCV_O_PENDING_GRANTED && mcv_ptt_has_room(t));

    if (!t->is_wanted || !is_waiting || t->is_start_due || t->is_blocked) return;
    if (mcv_ptt_runs(t, MCV_PT_RETRY) || !mcv_ptt_can_send(t)) return;
    (void)mcv_ptt_step(a, t, MCV_PTT_PRESS, &no_input);
}

/* Local media are a wish, or keep one alive. */
static void note_wish(struct mcv_agent *a, struct mcv_transmission *t)
{
    const struct mcv_timers *limits = &a->config->timers;

    if (t->config->mode == MCV_PTT_MANUAL) {
        if (mcv_ptt_may_transmit(t)) mcv_ptt_start(a, t, MCV_PT_QUIET, limits->t203_ms);
        return;
    }
    if (!t->is_wanted) {
        t->is_wanted = true;
        t->pressed_at_us = a->now.mono_us;
        t->pressed = (struct mcv_ptt_press){0};
        t->wanted_rank = mcv_ptt_own_rank(a, t);
    }
    mcv_ptt_start(a, t, MCV_PT_QUIET, limits->ptt_silence_ms);
}

static bool is_wanted(const struct mcv_transmission *t, enum mcv_medium medium)
{
    const bool is_selected = medium == MCV_AUDIO || t->is_video_wanted ||
                             t->config->mode == MCV_PTT_AUTO || !mcv_media_has(t->media, MCV_AUDIO);

    return t->is_wanted && is_selected;
}

mcv_err mcv_transmission_local(struct mcv_agent *a, struct mcv_transmission *t,
                               enum mcv_medium medium, struct mcv_bytes rtp)
{
    struct mcv_local_rtp packet;

    if (t->media == NULL || t->is_blocked || t->config->is_receive_only) {
        return mcv_drop(a, MCV_N_LOCAL_IGNORED, MCV_E_POLICY);
    }
    const mcv_err err = mcv_media_check_local(a, t->media, medium, rtp, &packet);
    if (err) return err;
    note_wish(a, t);
    if (!is_wanted(t, medium)) return mcv_drop(a, MCV_N_LOCAL_NO_PERMISSION, MCV_E_POLICY);
    const struct mcv_held p = {
        .at_us = a->now.mono_us, .medium = medium, .is_start = packet.is_start, .rtp = rtp};
    const bool is_open = mcv_ptt_may_transmit(t) && mcv_media_is_ready(t->media, medium);
    if (is_open && t->gate.n_held == 0) {
        if (!may_leave(a, t, &p)) return MCV_OK;
        mcv_ptt_start_limit(a, t);
        return mcv_media_send_local(a, t->media, medium, &packet);
    }
    if (!is_open) mcv_count(a, MCV_N_LOCAL_HELD);
    count_lost(a, MCV_N_LOCAL_EXPIRED, mcv_media_gate_put(&t->gate, &p));
    mcv_ptt_want(a, t);
    mcv_ptt_flush(a, t);
    return MCV_OK;
}
