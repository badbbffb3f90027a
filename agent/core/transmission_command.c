/* Commands of our user about transmission control, and what he is told of it. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

static const struct mcv_ptt_input no_input;

static uint8_t configured_priority(const struct mcv_ptt_priority *p, uint8_t call_class)
{
    const uint8_t of_class[] = {p->basic, p->imminent_peril, p->emergency};

    return of_class[call_class];
}

uint16_t mcv_ptt_own_rank(const struct mcv_agent *a, const struct mcv_transmission *t)
{
    const bool raises = t->pressed.is_emergency || mcv_alert_is_emergency(a);
    const uint16_t indicator = raises ? MCV_TC_EMERGENCY_CALL : 0;
    const uint8_t call_class = (uint8_t)(mcv_ptt_rank_of(t, indicator, 0) >> 8);
    const uint8_t limit = t->media->sdp.priority;
    uint8_t priority = configured_priority(&t->config->priority, call_class);

    if (t->pressed.has_priority) priority = t->pressed.priority;
    return mcv_ptt_rank(call_class, priority < limit ? priority : limit);
}

/* ---- press and release ----------------------------------------------------------------------- */

/* Our transmission has the rank of the last press; who arbitrates notes that of a request. */
static void raise_own(struct mcv_agent *a, struct mcv_transmission *t, bool is_raised)
{
    struct mcv_transmitter *me = mcv_transmitters_me(&t->tx);

    if (me != NULL) me->rank = t->wanted_rank;
    if (is_raised && t->state == MCV_O_PERMISSION && t->approach == MCV_APPROACH_SINGLE) {
        mcv_ptt_send_request(a, t);
    }
}

void mcv_ptt_follow_class(struct mcv_agent *a, struct mcv_transmission *t)
{
    const uint8_t told = (uint8_t)t->wanted_rank;

    t->wanted_rank = mcv_ptt_own_rank(a, t);
    if ((uint8_t)t->wanted_rank <= told) return; /* the class others know by themselves */
    if (mcv_ptt_may_transmit(t)) {
        raise_own(a, t, true);
    } else if (t->state == MCV_O_QUEUED && !mcv_ptt_runs(t, MCV_PT_233)) {
        mcv_ptt_send_request(a, t);
    }
}

static void press_in_state(struct mcv_agent *a, struct mcv_transmission *t, bool is_raised)
{
    if (mcv_ptt_may_transmit(t)) {
        raise_own(a, t, is_raised);
        mcv_ptt_start(a, t, MCV_PT_QUIET, a->config->timers.t203_ms);
    } else if (t->state == MCV_O_QUEUED && mcv_ptt_runs(t, MCV_PT_233)) {
        (void)mcv_ptt_step(a, t, MCV_PTT_PRESS, &no_input);
    } else if (t->state == MCV_O_QUEUED && is_raised) {
        mcv_ptt_send_request(a, t); /* the arbitrator notes the rank of one who waits */
    } else {
        mcv_ptt_stop(t, MCV_PT_RETRY);
        mcv_ptt_want(a, t);
    }
    mcv_ptt_flush(a, t);
}

static mcv_err press(struct mcv_agent *a, struct mcv_transmission *t,
                     const struct mcv_command *command, const char **why)
{
    if (t->config->is_receive_only || t->media->is_listening) {
        return mcv_refuse(why, "our user only receives in this call", MCV_E_POLICY);
    }
    if (t->is_blocked) {
        return mcv_refuse(why, "only the originator of a broadcast transmits", MCV_E_POLICY);
    }
    const uint16_t before = t->wanted_rank;
    t->pressed = (struct mcv_ptt_press){.is_emergency = command->is_emergency,
                                        .has_priority = command->has_priority,
                                        .priority = command->priority};
    t->wanted_rank = mcv_ptt_own_rank(a, t);
    if (!t->is_wanted) t->pressed_at_us = a->now.mono_us;
    t->is_video_wanted = (t->is_wanted && t->is_video_wanted) || command->is_video;
    t->is_wanted = true;
    t->is_ending = false;
    press_in_state(a, t, t->wanted_rank > before);
    return MCV_OK;
}

/* What is held leaves first. */
static mcv_err unpress(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_command *command, const char **why)
{
    (void)command;
    (void)why;
    t->is_wanted = t->is_video_wanted = false;
    mcv_ptt_stop(t, MCV_PT_RETRY);
    mcv_ptt_flush(a, t);
    if (mcv_ptt_may_transmit(t) && t->gate.n_held > 0) {
        t->is_ending = true;
    } else if (mcv_ptt_handles(t, MCV_PTT_UNPRESS)) {
        (void)mcv_ptt_step(a, t, MCV_PTT_UNPRESS, &no_input);
    }
    return MCV_OK;
}

static mcv_err position(struct mcv_agent *a, struct mcv_transmission *t,
                        const struct mcv_command *command, const char **why)
{
    (void)command;
    if (!mcv_ptt_handles(t, MCV_PTT_ASK)) return mcv_refuse(why, "not in the queue", MCV_E_BUSY);
    t->is_place_asked = true;
    (void)mcv_ptt_step(a, t, MCV_PTT_ASK, &no_input);
    return MCV_OK;
}

/* ---- choice of what is shown ----------------------------------------------------------------- */

static mcv_err choose(struct mcv_transmission *t, const struct mcv_command *command,
                      enum mcv_ptt_choice choice, const char **why)
{
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (tx->is_me) continue;
        if (!mcv_bytes_equal(mcv_member_uri(&tx->who), command->target)) continue;
        tx->choice = (uint8_t)choice;
        if (choice == MCV_CHOICE_HIDE) tx->is_shown = false;
        return MCV_OK;
    }
    return mcv_refuse(why, "he does not transmit", MCV_E_NOT_FOUND);
}

static mcv_err show(struct mcv_agent *a, struct mcv_transmission *t,
                    const struct mcv_command *command, const char **why)
{
    (void)a;
    return choose(t, command, MCV_CHOICE_SHOW, why);
}

static mcv_err hide(struct mcv_agent *a, struct mcv_transmission *t,
                    const struct mcv_command *command, const char **why)
{
    (void)a;
    return choose(t, command, MCV_CHOICE_HIDE, why);
}

/* ---- the way in ------------------------------------------------------------------------------ */

static mcv_err (*const commands[])(struct mcv_agent *, struct mcv_transmission *,
                                   const struct mcv_command *, const char **) = {
    [MCV_CMD_PTT_PRESS] = press, [MCV_CMD_PTT_RELEASE] = unpress, [MCV_CMD_PTT_POSITION] = position,
    [MCV_CMD_SHOW] = show,       [MCV_CMD_HIDE] = hide,
};

mcv_err mcv_transmission_command(struct mcv_agent *a, const struct mcv_command *command,
                                 uint32_t *call, const char **why)
{
    struct mcv_media *m = mcv_agent_media_of(a, command->call);

    MCV_ASSERT((size_t)command->type < sizeof commands / sizeof *commands);
    if (m == NULL || m->transmission->media == NULL) {
        return mcv_refuse(why, "there is no such call with media", MCV_E_NOT_FOUND);
    }
    *call = m->call;
    return commands[command->type](a, m->transmission, command, why);
}

/* ---- told ------------------------------------------------------------------------------------ */

void mcv_transmission_info(const struct mcv_transmission *t, struct mcv_ptt_info *out)
{
    static const char *const approaches[] = {[MCV_APPROACH_SINGLE] = "single",
                                             [MCV_APPROACH_SELF] = "self",
                                             [MCV_APPROACH_PRIVATE] = "private"};
    const bool arbitrates = t->approach == MCV_APPROACH_SINGLE &&
                            (t->state == MCV_O_ARBITRATOR || t->state == MCV_O_PENDING_GRANTED);

    *out = (struct mcv_ptt_info){
        .state = t->state,
        .approach = approaches[t->approach],
        .mode = t->config->mode,
        .may_transmit = mcv_ptt_may_transmit(t),
        .is_arbitrator = arbitrates,
        .is_wanted = t->is_wanted,
        .position = t->state == MCV_O_QUEUED ? t->position : 0,
        .n_max = mcv_ptt_n_max(t),
        .n_transmitters = mcv_transmitters_load(&t->tx),
        .n_queued = t->queue.n,
    };
    if (!arbitrates && t->arb.is_known) out->arbitrator = mcv_member_uri(&t->arb.who);
}
