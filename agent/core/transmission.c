/* Transmission control of a call: begun, stepped, timed and ended. */
#include "agent/core/transmission.h"

#include "agent/core/layout.h"
#include "agent/core/transmission_steps.h"

/* More steps than any one moment can need: a machine that turns on the spot is a fault of ours. */
#define MAX_STEPS_AT_ONCE 256

/* Joiners learn the port from the announcement of the call, which may come after our first Granted. */
#define ANNOUNCE_AGAIN_MS  400u
#define N_FIRST_ANNOUNCE   2
#define N_FURTHER_ANNOUNCE 1

static const struct mcv_ptt_input no_input;

/* ---- memory -------------------------------------------------------------------------------- */

enum part { PART_TX, PART_QUEUE, PART_GATE, N_PARTS };

/* In a private call there are two who can transmit, and one who can wait. */
static uint16_t n_transmitters(const struct mcv_limits *l, bool is_private)
{
    return is_private ? 2 : l->n_transmitters;
}

static uint16_t n_queued(const struct mcv_limits *l, bool is_private)
{
    return is_private ? 1 : l->n_queued;
}

static size_t places(size_t at[N_PARTS], const struct mcv_limits *l, bool is_private)
{
    size_t n = 0;

    at[PART_TX] = mcv_layout_add(&n,
                                 n_transmitters(l, is_private) * sizeof(struct mcv_transmitter));
    at[PART_QUEUE] = mcv_layout_add(&n, n_queued(l, is_private) * sizeof(struct mcv_waiting));
    at[PART_GATE] = mcv_layout_add(&n, l->n_hold_bytes);
    return n;
}

size_t mcv_transmission_size(const struct mcv_limits *limits, bool is_private)
{
    size_t at[N_PARTS];

    return places(at, limits, is_private);
}

void mcv_transmission_init(struct mcv_transmission *t, void *mem, const struct mcv_limits *limits,
                           bool is_private)
{
    size_t at[N_PARTS];

    (void)places(at, limits, is_private);
    *t = (struct mcv_transmission){.mem = mem, .is_for_private = is_private};
    mcv_transmitters_init(&t->tx, mcv_layout_at(mem, at[PART_TX]),
                          n_transmitters(limits, is_private));
    mcv_queue_init(&t->queue, mcv_layout_at(mem, at[PART_QUEUE]), n_queued(limits, is_private));
    mcv_media_gate_init(&t->gate, mcv_layout_at(mem, at[PART_GATE]), limits->n_hold_bytes);
    for (int i = 0; i < MCV_N_PTT_TIMERS; i++) t->timer_at_us[i] = MCV_NEVER;
}

/* ---- helpers ------------------------------------------------------------------------------- */

uint64_t mcv_ptt_after(const struct mcv_agent *a, uint32_t ms)
{
    return a->now.mono_us + ms * UINT64_C(1000);
}

void mcv_ptt_start(struct mcv_agent *a, struct mcv_transmission *t, enum mcv_ptt_timer timer,
                   uint32_t in_ms)
{
    t->timer_at_us[timer] = mcv_ptt_after(a, in_ms);
}

void mcv_ptt_stop(struct mcv_transmission *t, enum mcv_ptt_timer timer)
{
    t->timer_at_us[timer] = MCV_NEVER;
}

bool mcv_ptt_runs(const struct mcv_transmission *t, enum mcv_ptt_timer timer)
{
    return t->timer_at_us[timer] != MCV_NEVER;
}

/* In a broadcast its originator alone transmits. Spec: TS 23.281 7.1.2.4 */
uint16_t mcv_ptt_n_max(const struct mcv_transmission *t)
{
    if (t->is_broadcast) return 1;
    return t->config->n_max > 0 ? t->config->n_max : 1;
}

bool mcv_ptt_has_room(const struct mcv_transmission *t)
{
    return mcv_transmitters_load(&t->tx) < mcv_ptt_n_max(t);
}

bool mcv_ptt_may_transmit(const struct mcv_transmission *t)
{
    return t->state == MCV_O_PERMISSION || t->state == MCV_O_ARBITRATOR;
}

uint8_t mcv_ptt_class(uint16_t indicator)
{
    if ((indicator & MCV_TC_EMERGENCY_CALL) != 0) return 2;
    return (indicator & MCV_TC_IMMINENT_PERIL) != 0 ? 1 : 0;
}

uint16_t mcv_ptt_rank_of(const struct mcv_transmission *t, uint16_t indicator, uint8_t priority)
{
    const uint8_t own = mcv_ptt_class(indicator);

    return mcv_ptt_rank(own > t->call_class ? own : t->call_class, priority);
}

void mcv_ptt_tell(struct mcv_agent *a, const struct mcv_transmission *t,
                  const struct mcv_event *event)
{
    struct mcv_event e = *event;

    e.call = t->media->call;
    e.group = t->media->group;
    mcv_out_event(a, &e);
}

void mcv_ptt_tell_of(struct mcv_agent *a, const struct mcv_transmission *t,
                     enum mcv_event_type type, struct mcv_bytes user)
{
    mcv_ptt_tell(a, t, &(struct mcv_event){.type = type, .user = user});
}

/* ---- the way into the tables --------------------------------------------------------------- */

const struct mcv_ptt_rule *mcv_ptt_rule_of(const struct mcv_transmission *t,
                                           enum mcv_ptt_event event)
{
    static mcv_ptt_table *const tables[] = {[MCV_APPROACH_SINGLE] = &mcv_ptt_single,
                                            [MCV_APPROACH_SELF] = &mcv_ptt_self,
                                            [MCV_APPROACH_PRIVATE] = &mcv_ptt_private};

    return &(*tables[t->approach])[t->state][event];
}

bool mcv_ptt_handles(const struct mcv_transmission *t, enum mcv_ptt_event event)
{
    return mcv_ptt_rule_of(t, event)->action != NULL;
}

void mcv_ptt_enter(struct mcv_transmission *t, enum mcv_transmission_state state)
{
    t->state = (uint8_t)state;
    t->has_entered = true;
}

void mcv_ptt_enter_idle(struct mcv_agent *a, struct mcv_transmission *t)
{
    if (mcv_transmitters_load(&t->tx) > 0 || t->arb.is_known) {
        mcv_ptt_enter(t, MCV_O_NO_PERMISSION);
        return;
    }
    mcv_ptt_enter(t, MCV_O_SILENCE);
    t->cand.is_known = false;
    t->timer_at_us[MCV_PT_230] = mcv_ptt_after(a, a->config->timers.t230_s * 1000u);
    mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_IDLE, (struct mcv_bytes){0});
}

/* Timers that mean something in a state; the others stop when it is entered. */
#define TIMER(t) (UINT32_C(1) << MCV_PT_##t)
static const uint32_t timers_of[MCV_N_O_STATES] = {
    [MCV_O_START_STOP] = TIMER(RETRY) | TIMER(QUIET),
    [MCV_O_SILENCE] = TIMER(230) | TIMER(RETRY) | TIMER(QUIET),
    [MCV_O_NO_PERMISSION] = TIMER(203_ARB) | TIMER(RETRY) | TIMER(QUIET),
    [MCV_O_PENDING_REQUEST] = TIMER(201) | TIMER(GIVE_UP) | TIMER(203_ARB) | TIMER(QUIET) |
                              TIMER(A1), /* self arbitration */
    [MCV_O_PERMISSION] = TIMER(203_ARB) | TIMER(206) | TIMER(207) | TIMER(A1) | TIMER(QUIET) |
                         TIMER(FLUSH),
    [MCV_O_ARBITRATOR] = TIMER(206) | TIMER(207) | TIMER(ANNOUNCE) | TIMER(QUIET) | TIMER(FLUSH),
    [MCV_O_PENDING_GRANTED] = TIMER(205) | TIMER(233) | TIMER(RETRY) | TIMER(QUIET),
    [MCV_O_QUEUED] = TIMER(203_ARB) | TIMER(204) | TIMER(233) | TIMER(POLL) | TIMER(QUIET),
};
#undef TIMER

static void stop_others(struct mcv_transmission *t)
{
    for (int i = 0; i < MCV_N_PTT_TIMERS; i++) {
        if ((timers_of[t->state] >> i & 1) == 0) t->timer_at_us[i] = MCV_NEVER;
    }
}

bool mcv_ptt_step(struct mcv_agent *a, struct mcv_transmission *t, enum mcv_ptt_event event,
                  const struct mcv_ptt_input *in)
{
    const struct mcv_ptt_rule *rule = mcv_ptt_rule_of(t, event);
    const uint8_t from = t->state;

    if (rule->action == NULL) {
        mcv_count(a, in->m != NULL ? MCV_N_TC_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    t->has_entered = false;
    if (rule->next < MCV_N_O_STATES) t->state = rule->next;
    rule->action(a, t, in);
    if (rule->next == MCV_O_IDLE && !t->has_entered) mcv_ptt_enter_idle(a, t);
    stop_others(t);
    mcv_out_trace(a, MCV_MACHINE_TRANSMISSION, t->media->call, from, t->state, (uint8_t)event);
    return true;
}

/* ---- time ---------------------------------------------------------------------------------- */

/* Nobody has answered the last Transmission Request. */
static enum mcv_ptt_event last_request_event(const struct mcv_transmission *t)
{
    const struct mcv_transmitter *weakest = mcv_transmitters_weakest(&t->tx, false);
    const bool is_emergency = t->wanted_rank >> 8 == 2;

    if (mcv_ptt_has_room(t)) return MCV_PTT_T201_ROOM;
    if (!t->arb.is_known && is_emergency && weakest != NULL && weakest->rank < t->wanted_rank) {
        return MCV_PTT_T201_FORCE;
    }
    return MCV_PTT_T201_FULL;
}

/* Local media have stopped: the wish is over. */
static void quiet(struct mcv_agent *a, struct mcv_transmission *t)
{
    const bool is_told = mcv_ptt_may_transmit(t) && t->config->mode == MCV_PTT_MANUAL;

    t->is_wanted = false;
    if (is_told) mcv_ptt_tell_of(a, t, MCV_EVENT_PTT_RELEASED, a->config->user);
    if (mcv_ptt_handles(t, MCV_PTT_UNPRESS)) (void)mcv_ptt_step(a, t, MCV_PTT_UNPRESS, &no_input);
    mcv_media_gate_forget(&t->gate);
}

static enum mcv_ptt_event event_of(const struct mcv_agent *a, const struct mcv_transmission *t,
                                   enum mcv_ptt_timer timer)
{
    static const uint8_t events[MCV_N_PTT_TIMERS] = {
        [MCV_PT_201] = MCV_PTT_T201,   [MCV_PT_GIVE_UP] = MCV_PTT_GIVE_UP,
        [MCV_PT_204] = MCV_PTT_T204,   [MCV_PT_203_ARB] = MCV_PTT_T203_ARB,
        [MCV_PT_205] = MCV_PTT_T205,   [MCV_PT_206] = MCV_PTT_T206,
        [MCV_PT_207] = MCV_PTT_T207,   [MCV_PT_230] = MCV_PTT_T230,
        [MCV_PT_233] = MCV_PTT_T233,   [MCV_PT_A1] = MCV_PTT_TA1,
        [MCV_PT_POLL] = MCV_PTT_POLL,  [MCV_PT_ANNOUNCE] = MCV_PTT_ANNOUNCE,
        [MCV_PT_RETRY] = MCV_PTT_JOIN, [MCV_PT_FLUSH] = MCV_PTT_JOIN,
        [MCV_PT_QUIET] = MCV_PTT_JOIN,
    };
    const struct mcv_timers *limits = &a->config->timers;

    if (timer == MCV_PT_201 && t->c201 >= limits->c201_count) return last_request_event(t);
    if (timer == MCV_PT_204 && t->c204 >= limits->c204_count) return MCV_PTT_T204_LAST;
    if (timer == MCV_PT_205 && t->c205 >= limits->c205_count) return MCV_PTT_T205_LAST;
    return (enum mcv_ptt_event)events[timer];
}

static void expire(struct mcv_agent *a, struct mcv_transmission *t, enum mcv_ptt_timer timer)
{
    mcv_ptt_stop(t, timer);
    if (timer == MCV_PT_QUIET) {
        quiet(a, t);
    } else if (timer == MCV_PT_FLUSH) {
        mcv_ptt_flush(a, t);
    } else if (timer != MCV_PT_RETRY) { /* see mcv_ptt_want */
        (void)mcv_ptt_step(a, t, event_of(a, t, timer), &no_input);
    }
}

static void expire_tx(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_transmitter *tx)
{
    const struct mcv_ptt_input in = {.tx = tx};
    const bool is_last = tx->n_sent >= a->config->timers.c205_count;
    const uint64_t now_us = a->now.mono_us;

    if (tx->silent_at_us <= now_us) {
        tx->silent_at_us = MCV_NEVER;
        (void)mcv_ptt_step(a, t, MCV_PTT_T203, &in);
    } else if (tx->accept_at_us <= now_us) {
        tx->accept_at_us = MCV_NEVER;
        (void)mcv_ptt_step(a, t, MCV_PTT_T233_TX, &in);
    } else if (tx->resend_at_us <= now_us) {
        tx->resend_at_us = MCV_NEVER;
        if (tx->phase == MCV_PHASE_REVOKING) {
            (void)mcv_ptt_step(a, t, is_last ? MCV_PTT_TA2_LAST : MCV_PTT_TA2, &in);
        } else {
            (void)mcv_ptt_step(a, t, is_last ? MCV_PTT_T205_TX_LAST : MCV_PTT_T205_TX, &in);
        }
    }
}

static uint64_t tx_at(const struct mcv_transmitter *tx)
{
    return mcv_earlier(tx->silent_at_us, mcv_earlier(tx->accept_at_us, tx->resend_at_us));
}

/* What is due first; *timer or *tx. */
static uint64_t first_due(const struct mcv_transmission *t, int *timer, struct mcv_transmitter **tx)
{
    struct mcv_transmitter *other = NULL;
    uint64_t at_us = MCV_NEVER;

    *timer = -1;
    *tx = NULL;
    for (int i = 0; i < MCV_N_PTT_TIMERS; i++) {
        if (t->timer_at_us[i] >= at_us) continue;
        at_us = t->timer_at_us[i];
        *timer = i;
    }
    while ((other = mcv_transmitters_next(&t->tx, other)) != NULL) {
        if (tx_at(other) >= at_us) continue;
        at_us = tx_at(other);
        *tx = other;
    }
    return at_us;
}

uint64_t mcv_transmission_wake_at(const struct mcv_transmission *t)
{
    struct mcv_transmitter *tx;
    int timer;

    return t->media == NULL ? MCV_NEVER : first_due(t, &timer, &tx);
}

/* Others know us by the SSRC of our messages: it changes with a key that has seen it before, or
 * after a collision. */
static void follow_ssrc(struct mcv_agent *a, struct mcv_transmission *t)
{
    const uint32_t ssrc = mcv_media_control_ssrc(t->media);
    struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    if (ssrc == t->own_ssrc || ssrc == 0) return;
    t->own_ssrc = ssrc;
    if (me == NULL) return;
    me->control_ssrc = ssrc;
    if (t->state == MCV_O_ARBITRATOR) mcv_ptt_send_taken(a, t);
}

void mcv_transmission_run(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_transmitter *tx;
    int timer, n = 0;

    if (t->media == NULL) return;
    follow_ssrc(a, t);
    if (t->is_start_due && mcv_ptt_can_send(t)) {
        t->is_start_due = false;
        (void)mcv_ptt_step(a, t, MCV_PTT_ORIGINATE, &no_input);
    }
    while (first_due(t, &timer, &tx) <= a->now.mono_us) {
        MCV_ASSERT(n++ < MAX_STEPS_AT_ONCE);
        if (tx != NULL) {
            expire_tx(a, t, tx);
        } else {
            expire(a, t, (enum mcv_ptt_timer)timer);
        }
    }
    mcv_ptt_want(a, t);
    mcv_ptt_flush(a, t);
}

/* ---- begun and ended ----------------------------------------------------------------------- */

static uint8_t class_of_type(uint8_t call_type)
{
    const bool is_emergency = call_type == MCV_CALL_EMERGENCY_GROUP ||
                              call_type == MCV_CALL_EMERGENCY_PRIVATE;

    if (is_emergency) return 2;
    return call_type == MCV_CALL_IMMINENT_PERIL_GROUP ? 1 : 0;
}

void mcv_transmission_start(struct mcv_agent *a, struct mcv_media *m,
                            const struct mcv_ptt_call *call)
{
    struct mcv_transmission *t = m->transmission;

    MCV_ASSERT(t != NULL && t->media == NULL);
    t->media = m;
    t->config = call->config;
    t->approach = call->approach;
    t->peer = call->peer;
    t->is_broadcast = call->is_broadcast;
    t->is_originator = call->role == MCV_ROLE_ORIGINATOR;
    t->call_class = class_of_type(call->call_type);
    t->wanted_rank = mcv_ptt_own_rank(a, t);
    if (t->is_originator && !t->config->is_receive_only) {
        t->is_start_due = true; /* when there is an SSRC */
        t->is_first_grant = true;
        t->n_announce = N_FIRST_ANNOUNCE;
        mcv_transmission_run(a, t);
        return;
    }
    (void)mcv_ptt_step(a, t, call->role == MCV_ROLE_LISTENER ? MCV_PTT_LISTEN : MCV_PTT_JOIN,
                       &no_input);
}

/* Once: there is no time to wait for an answer. */
static void say_goodbye(struct mcv_agent *a, struct mcv_transmission *t)
{
    const struct mcv_transmitter *delegate = mcv_transmitters_delegate(&t->tx);
    const bool is_arbiter = t->state == MCV_O_ARBITRATOR || t->state == MCV_O_PENDING_GRANTED;
    const bool is_silent = t->state == MCV_O_START_STOP || t->state == MCV_O_SILENCE ||
                           t->state == MCV_O_NO_PERMISSION;

    if (is_silent || !mcv_ptt_can_send(t)) return;
    if (is_arbiter && delegate != NULL && t->approach == MCV_APPROACH_SINGLE) {
        t->seq++;
        mcv_ptt_send_handed(a, t, delegate);
    } else {
        mcv_ptt_send_release(a, t);
    }
}

void mcv_transmission_stop(struct mcv_agent *a, struct mcv_transmission *t)
{
    if (t->media == NULL) return;
    say_goodbye(a, t);
    mcv_out_trace(a, MCV_MACHINE_TRANSMISSION, t->media->call, t->state, MCV_O_START_STOP,
                  MCV_N_PTT_EVENTS);
    mcv_transmission_init(t, t->mem, &a->limits, t->is_for_private);
}

void mcv_transmission_retype(struct mcv_agent *a, struct mcv_media *m, uint8_t call_type)
{
    struct mcv_transmission *t = m->transmission;
    const uint8_t call_class = class_of_type(call_type);
    const bool is_raised = call_class > t->call_class;
    struct mcv_transmitter *tx = NULL;

    if (t->media == NULL || call_class == t->call_class) return;
    t->call_class = call_class;
    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        const bool is_below = tx->rank >> 8 < call_class;
        if (is_raised == is_below) tx->rank = mcv_ptt_rank(call_class, (uint8_t)tx->rank);
    }
    for (uint16_t i = 0; i < t->queue.n; i++) {
        struct mcv_waiting *w = &t->queue.w[i];
        if (is_raised == (w->rank >> 8 < call_class)) {
            w->rank = mcv_ptt_rank(call_class, (uint8_t)w->rank);
        }
    }
    mcv_ptt_follow_class(a, t);
}

void mcv_transmission_announced(struct mcv_agent *a, struct mcv_media *m)
{
    struct mcv_transmission *t = m->transmission;

    if (t->media == NULL || t->state != MCV_O_ARBITRATOR) return;
    if (t->n_announce < N_FURTHER_ANNOUNCE) t->n_announce = N_FURTHER_ANNOUNCE;
    mcv_ptt_start(a, t, MCV_PT_ANNOUNCE, MCV_PTT_ANNOUNCE_MS);
}

void mcv_ptt_announce_again(struct mcv_agent *a, struct mcv_transmission *t,
                            const struct mcv_ptt_input *in)
{
    const bool reminds = mcv_transmitters_load(&t->tx) > 1 && t->approach == MCV_APPROACH_SINGLE;

    (void)in;
    if (t->n_announce > 0 && t->is_first_grant) {
        mcv_ptt_send_granted(a, t, mcv_transmitters_me(&t->tx));
    } else if (t->n_announce > 0 || reminds) {
        mcv_ptt_send_taken(a, t);
    }
    if (t->n_announce > 0) t->n_announce--;
    mcv_ptt_start(a, t, MCV_PT_ANNOUNCE, t->n_announce > 0 ? ANNOUNCE_AGAIN_MS : MCV_PTT_REMIND_MS);
}
