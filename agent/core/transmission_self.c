/* Self arbitration: every client decides for itself, by what it hears.
 *
 * Spec: TS 24.581 7.1 (approach "self"): whether there is room each client decides alone; a client
 * that wants to pre-empt asks the transmitting clients. Messages and timers are ours, the
 * specification has none: Arbitration Taken and a Granted about itself announce a transmission with
 * its SSRCs and its rank; of those that transmit the lowest rank gives way, then the smaller SSRC. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

/* Who starts within this time of each other has not heard of the other. */
#define SIMULTANEOUS_US 200000u
/* More than may have been heard for so long: it does not end by itself. */
#define OVERLOAD_MS 1000u

static bool is_below(const struct mcv_transmitter *x, const struct mcv_transmitter *y)
{
    return x->rank != y->rank ? x->rank < y->rank : x->control_ssrc < y->control_ssrc;
}

/* How many of those that began after this time are below us. */
static uint16_t n_below_me(const struct mcv_transmission *t, const struct mcv_transmitter *me,
                           uint64_t since_us)
{
    const struct mcv_transmitter *tx = NULL;
    uint16_t n = 0;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (!tx->is_me && tx->since_us >= since_us) n += is_below(tx, me);
    }
    return n;
}

/* Are we one of those that are too many? */
static bool is_too_much(const struct mcv_transmission *t, uint64_t since_us)
{
    const struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);
    const uint16_t load = mcv_transmitters_load(&t->tx), n_max = mcv_ptt_n_max(t);

    return me != NULL && load > n_max && n_below_me(t, me, since_us) < load - n_max;
}

static void stop(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_yield(a, t);
    mcv_ptt_send_release(a, t);
    mcv_ptt_enter_idle(a, t);
}

/* More than may: everybody says his SSRCs and his rank, since of some only media may be known, and
 * judges later. */
static void judge_later(struct mcv_agent *a, struct mcv_transmission *t)
{
    mcv_ptt_send_taken(a, t);
    mcv_ptt_send_granted(a, t, mcv_transmitters_me(&t->tx));
    mcv_ptt_start(a, t, MCV_PT_A1, OVERLOAD_MS);
}

/* Somebody was heard whom we had not counted. */
static void check(struct mcv_agent *a, struct mcv_transmission *t)
{
    const struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    if (me == NULL || mcv_transmitters_load(&t->tx) <= mcv_ptt_n_max(t)) return;
    const bool is_fresh = a->now.mono_us - me->since_us <= SIMULTANEOUS_US;
    const uint64_t since_us = me->since_us > SIMULTANEOUS_US ? me->since_us - SIMULTANEOUS_US : 0;
    if (is_fresh && is_too_much(t, since_us)) {
        stop(a, t);
    } else if (!mcv_ptt_runs(t, MCV_PT_A1)) {
        judge_later(a, t);
    }
}

/* It has lasted: everybody counts, also those that came from elsewhere. */
void mcv_ptt_self_check(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    (void)in;
    if (is_too_much(t, 0)) {
        stop(a, t);
    } else if (mcv_transmitters_load(&t->tx) > mcv_ptt_n_max(t)) {
        judge_later(a, t);
    }
}

/* ---- begun --------------------------------------------------------------------------------- */

void mcv_ptt_self_begin(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    (void)in;
    mcv_ptt_clear_arb(t);
    mcv_ptt_enter(t, MCV_O_PERMISSION);
    t->duration_s = UINT16_MAX;
    t->seq++;
    mcv_ptt_send_taken(a, t);
    mcv_ptt_begin_transmission(a, t, (struct mcv_bytes){0});
    const struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);
    if (me != NULL) mcv_ptt_send_granted(a, t, me);
}

static uint32_t random_ms(const struct mcv_agent *a, uint32_t max_ms)
{
    uint32_t ms = 0;

    return mcv_rng_below(&a->rng, &ms, max_ms + 1) ? 0 : ms;
}

/* Room: soon, if there still is then. None: those that transmit are asked, if we outrank one. */
void mcv_ptt_self_press(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    const struct mcv_transmitter *weakest = mcv_transmitters_weakest(&t->tx, false);

    mcv_ptt_start(a, t, MCV_PT_GIVE_UP, a->config->timers.ta3_ms);
    if (mcv_ptt_has_room(t)) {
        mcv_ptt_start(a, t, MCV_PT_A1, random_ms(a, a->config->timers.ta1_ms));
    } else if (weakest != NULL && t->wanted_rank > weakest->rank) {
        mcv_ptt_request(a, t, in);
    } else {
        mcv_ptt_limit_reached(a, t, in);
        mcv_ptt_enter_idle(a, t);
    }
}

void mcv_ptt_self_delayed(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    if (mcv_ptt_has_room(t)) {
        mcv_ptt_self_begin(a, t, in);
    } else {
        mcv_ptt_self_press(a, t, in);
    }
}

/* ---- others -------------------------------------------------------------------------------- */

/* Only the one that has to go answers. */
void mcv_ptt_self_asked(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    const struct mcv_waiting w = mcv_ptt_waiting_of(a, t, in);
    const struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx); /* he asks: he does not transmit */
    if (me == NULL || mcv_ptt_has_room(t) || w.rank <= me->rank || n_below_me(t, me, 0) > 0) return;
    mcv_ptt_yield(a, t);
    struct mcv_transmitter *tx = mcv_ptt_grant(a, t, &w, false);
    if (tx != NULL) {
        tx->resend_at_us = MCV_NEVER; /* it was said; from now on he is on his own */
        tx->silent_at_us = mcv_ptt_after(a, a->config->timers.t203_ms);
    }
    mcv_ptt_send_release(a, t);
    mcv_ptt_enter(t, MCV_O_NO_PERMISSION);
}

/* A slot may have become free for us who ask for one. */
static void begin_if_free(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    const bool asks = t->state == MCV_O_PENDING_REQUEST && mcv_ptt_runs(t, MCV_PT_201);

    if (asks && mcv_ptt_has_room(t)) mcv_ptt_self_begin(a, t, in);
}

void mcv_ptt_self_release(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_ptt_input *in)
{
    mcv_ptt_note_gone(a, t, in->tx);
    if (in->tx != NULL) mcv_ptt_drop(a, t, in->tx);
    begin_if_free(a, t, in);
}

void mcv_ptt_self_silent(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_ptt_input *in)
{
    mcv_ptt_drop(a, t, in->tx);
    begin_if_free(a, t, in);
}

/* Arbitration Taken of its sender; Granted about its sender, or about one who pre-empts him. */
void mcv_ptt_self_taken(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_ptt_input *in)
{
    (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
    check(a, t);
}

void mcv_ptt_self_rtp(struct mcv_agent *a, struct mcv_transmission *t,
                      const struct mcv_ptt_input *in)
{
    mcv_ptt_note_rtp(a, t, in);
    check(a, t);
}
