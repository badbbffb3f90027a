/* What the basic machine of a group call does. Spec: TS 24.281 9.3.2.4. */
#include "agent/core/agent_private.h"
#include "agent/core/group_media.h"
#include "agent/core/group_steps.h"

/* Limits on what others can make us do in one group, all in tokens and microseconds: a merge or a
 * change of type costs sockets or an event, a member an event. What is left out comes again with
 * the next periodic announcement. */
enum {
    CHANGE_BURST = 16,
    CHANGE_EVERY_US = 250000,
    MEMBER_BURST = 64,
    MEMBER_EVERY_US = 50000,
};

/* A refresh interval below this is not followed: it would make us flood the group. */
#define MIN_REFRESH_MS 1000u

#define US_PER_S UINT64_C(1000000)

static const struct mcv_group_input no_message;

struct mcv_event mcv_group_event_of(const struct mcv_group_call *g, enum mcv_event_type type)
{
    return (struct mcv_event){
        .type = type,
        .call = g->call,
        .call_id = g->stored.call_id,
        .call_type = g->stored.call_type,
        .group = g->config->group,
        .user = mcv_group_originator(g),
        .is_outgoing = g->is_outgoing,
    };
}

static void tell(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_event_type type,
                 enum mcv_end end)
{
    struct mcv_event e = mcv_group_event_of(g, type);

    e.reason = end;
    e.setup.total_us = g->setup_us;
    mcv_out_event(a, &e);
}

/* 0 .. max_us, fresh each time; 0 when the generator fails. */
static uint64_t random_us(struct mcv_agent *a, uint64_t max_us)
{
    uint32_t out = 0;

    if (mcv_rng_below(&a->rng, &out, (uint32_t)max_us + 1)) return 0;
    return out;
}

/* Spec: TS 24.281 9.3.2.4.1.1: refresh interval x (2/3 + 2/3 X), X in 0 .. 1. */
static void start_periodic(struct mcv_agent *a, struct mcv_group_call *g)
{
    const uint64_t ms = g->stored.refresh_ms < MIN_REFRESH_MS ? MIN_REFRESH_MS
                                                              : g->stored.refresh_ms;
    const uint64_t two_thirds_us = ms * 2000 / 3;

    mcv_group_start(a, g, MCV_TFG2, two_thirds_us + random_us(a, two_thirds_us));
}

static void begin(struct mcv_agent *a, struct mcv_group_call *g)
{
    g->call = mcv_agent_handle(a);
    g->started_at_us = a->now.mono_us;
    g->setup_us = 0;
    g->is_outgoing = false;
}

static void start_transmission(struct mcv_agent *a, struct mcv_group_call *g)
{
    const bool is_self = g->config->ptt.arbitration == MCV_ARBITRATION_SELF;

    mcv_transmission_start(
        a, g->media,
        &(struct mcv_ptt_call){.role = g->is_outgoing ? MCV_ROLE_ORIGINATOR : MCV_ROLE_JOINER,
                               .approach = is_self ? MCV_APPROACH_SELF : MCV_APPROACH_SINGLE,
                               .call_type = g->stored.call_type,
                               .config = &g->config->ptt});
}

/* S3 was entered: media, transmission control, call type, TFG6, TFG2. false: it could not be, and S3
 * was left again. */
static bool take_part(struct mcv_agent *a, struct mcv_group_call *g)
{
    struct mcv_group_input in = {.end = MCV_END_NONE};

    g->media = mcv_group_media_open(a, &in.end, g->config, g->call, &g->stored.sdp);
    if (!g->media) {
        mcv_group_step(a, g, MCV_G_MEDIA_FAILED, &in);
        return false;
    }
    g->setup_us = a->now.mono_us - g->started_at_us;
    g->is_probe_answer_due = false;
    start_transmission(a, g);
    mcv_type_step(
        a, g, (enum mcv_type_event)(MCV_T_ESTABLISHED_BASIC + mcv_group_rank(g->stored.call_type)),
        &no_message);
    mcv_group_start_until(a, g, MCV_TFG6, g->config->max_duration_s, g->stored.start_s);
    start_periodic(a, g);
    return true;
}

/* The call that runs may be of a lower type than our user asked for. */
static void join_call(struct mcv_agent *a, struct mcv_group_call *g, bool has_confirm)
{
    const uint8_t wanted = g->requested_type;

    g->requested_type = 0;
    if (!take_part(a, g)) return;
    if (has_confirm) mcv_group_send_accept(a, g);
    tell(a, g, MCV_EVENT_GROUP_JOINED, MCV_END_NONE);
    if (wanted == 0 || mcv_group_rank(wanted) <= mcv_group_rank(g->stored.call_type)) return;
    mcv_type_step(a, g,
                  wanted == MCV_CALL_EMERGENCY_GROUP ? MCV_T_RAISE_EMERGENCY : MCV_T_RAISE_PERIL,
                  &no_message);
}

void mcv_group_probe(struct mcv_agent *a, struct mcv_group_call *g,
                     const struct mcv_group_input *in)
{
    mcv_group_stop(g, MCV_TFG5);
    begin(a, g);
    g->stored = (struct mcv_group_stored){0};
    mcv_type_step(a, g, MCV_T_ORIGINATE, in);
    tell(a, g, MCV_EVENT_GROUP_PROBING, MCV_END_NONE);
    mcv_group_start(a, g, MCV_TFG1, a->config->timers.tfg1_ms * UINT64_C(1000));
    mcv_group_probe_again(a, g, in);
}

void mcv_group_probe_again(struct mcv_agent *a, struct mcv_group_call *g,
                           const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_send_probe(a, g);
    mcv_group_start(a, g, MCV_TFG3, a->config->timers.tfg3_ms * UINT64_C(1000));
}

/* Identity, time and body of a call of our own. */
static mcv_err make_call(struct mcv_agent *a, struct mcv_group_call *g)
{
    uint16_t call_id;
    mcv_err err = mcv_agent_draw_call_id(a, &call_id);

    if (!err) err = mcv_group_store_own_sdp(a, g);
    if (err) return err;
    g->stored.call_id = call_id;
    g->stored.refresh_ms = (uint16_t)a->config->timers.refresh_ms;
    g->stored.start_s = (uint64_t)a->now.utc_s;
    mcv_group_set_originator(g, a->config->user);
    return MCV_OK;
}

void mcv_group_announce_own(struct mcv_agent *a, struct mcv_group_call *g,
                            const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_stop(g, MCV_TFG3);
    g->requested_type = 0;
    g->is_outgoing = true;
    if (make_call(a, g)) {
        mcv_group_step(a, g, MCV_G_MEDIA_FAILED,
                       &(struct mcv_group_input){.end = MCV_END_MEDIA_FAILURE});
        return;
    }
    if (!take_part(a, g)) return;
    mcv_group_send_announcement(a, g, g->config->wants_confirm, false);
    tell(a, g, MCV_EVENT_GROUP_STARTED, MCV_END_NONE);
}

void mcv_group_join_answer(struct mcv_agent *a, struct mcv_group_call *g,
                           const struct mcv_group_input *in)
{
    mcv_group_stop(g, MCV_TFG3);
    mcv_group_stop(g, MCV_TFG1);
    mcv_group_store(g, in);
    join_call(a, g, false);
}

void mcv_group_join(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_group_input *in)
{
    begin(a, g);
    mcv_group_store(g, in);
    join_call(a, g, in->m->has_confirm_mode);
}

void mcv_group_join_again(struct mcv_agent *a, struct mcv_group_call *g,
                          const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_stop(g, MCV_TFG5);
    begin(a, g);
    join_call(a, g, false);
}

void mcv_group_ask(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_group_input *in)
{
    begin(a, g);
    mcv_group_store(g, in);
    mcv_group_start(a, g, MCV_TFG4, a->config->timers.tfg4_s * US_PER_S);
    tell(a, g, MCV_EVENT_GROUP_INCOMING, MCV_END_NONE);
}

void mcv_group_accept(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_stop(g, MCV_TFG4);
    join_call(a, g, false);
}

void mcv_group_accept_confirm(struct mcv_agent *a, struct mcv_group_call *g,
                              const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_stop(g, MCV_TFG4);
    join_call(a, g, true);
}

static void close_call(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_end end)
{
    for (int t = 0; t < MCV_N_GROUP_TIMERS; t++) mcv_group_stop(g, (enum mcv_group_timer)t);
    if (g->media) mcv_media_close(a, g->media);
    g->media = NULL;
    g->is_probe_answer_due = false;
    g->requested_type = 0;
    mcv_type_step(a, g, MCV_T_ENDED, &no_message);
    tell(a, g, MCV_EVENT_GROUP_LEFT, end);
}

/* To S6: no message says that a member left. */
static void ignore_call(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_end end)
{
    close_call(a, g, end);
    g->is_heard = false;
    mcv_group_start(a, g, MCV_TFG5, a->config->timers.tfg5_s * US_PER_S);
}

void mcv_group_reject(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)in;
    ignore_call(a, g, MCV_END_LOCAL_REJECT);
}

void mcv_group_no_answer(struct mcv_agent *a, struct mcv_group_call *g,
                         const struct mcv_group_input *in)
{
    (void)in;
    ignore_call(a, g, MCV_END_NO_ANSWER);
}

void mcv_group_leave(struct mcv_agent *a, struct mcv_group_call *g,
                     const struct mcv_group_input *in)
{
    (void)in;
    ignore_call(a, g, MCV_END_LOCAL_RELEASE);
}

void mcv_group_expire(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)in;
    ignore_call(a, g, MCV_END_MAX_DURATION);
}

void mcv_group_media_failed(struct mcv_agent *a, struct mcv_group_call *g,
                            const struct mcv_group_input *in)
{
    ignore_call(a, g, in->end);
}

/* TFG1 goes on: an answer that is under way is not presented. */
void mcv_group_cancel_probe(struct mcv_agent *a, struct mcv_group_call *g,
                            const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_stop(g, MCV_TFG3);
    g->requested_type = 0;
    tell(a, g, MCV_EVENT_GROUP_LEFT, MCV_END_LOCAL_RELEASE);
}

void mcv_group_note_member(struct mcv_agent *a, struct mcv_group_call *g,
                           const struct mcv_group_input *in)
{
    struct mcv_event e = mcv_group_event_of(g, MCV_EVENT_GROUP_MEMBER);

    if (!mcv_pace_take(&g->members, a->now.mono_us, MEMBER_EVERY_US, MEMBER_BURST)) {
        mcv_count(a, MCV_N_MONP_PACED);
        return;
    }
    e.user = in->m->sender;
    e.is_unverified = true;
    mcv_out_event(a, &e);
}

/* Spec: TS 24.281 9.3.2.4.1.1: X/12 s, X in 0 .. 1, so that the answer is before the TFG1 of who
 * asks. */
void mcv_group_answer_probe(struct mcv_agent *a, struct mcv_group_call *g,
                            const struct mcv_group_input *in)
{
    (void)in;
    if (g->is_probe_answer_due) return;
    g->is_probe_answer_due = true;
    mcv_group_start(a, g, MCV_TFG2, random_us(a, US_PER_S / 12));
}

void mcv_group_announce_again(struct mcv_agent *a, struct mcv_group_call *g,
                              const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_send_announcement(a, g, false, g->is_probe_answer_due);
    if (g->is_probe_answer_due) mcv_transmission_announced(a, g->media);
    g->is_probe_answer_due = false;
    start_periodic(a, g);
}

void mcv_group_suppress(struct mcv_agent *a, struct mcv_group_call *g,
                        const struct mcv_group_input *in)
{
    if (in->m->has_probe_response) mcv_transmission_announced(a, g->media);
    if (g->is_probe_answer_due && !in->m->has_probe_response) return;
    g->is_probe_answer_due = false;
    start_periodic(a, g);
}

static bool may_change(struct mcv_agent *a, struct mcv_group_call *g)
{
    if (mcv_pace_take(&g->changes, a->now.mono_us, CHANGE_EVERY_US, CHANGE_BURST)) return true;
    mcv_count(a, MCV_N_MONP_PACED);
    return false;
}

void mcv_group_change(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    const enum mcv_type_event event = mcv_group_classify_change(g, in->m);

    if (event == MCV_N_TYPE_EVENTS) {
        mcv_count(a, MCV_N_MONP_IGNORED);
        return;
    }
    if (event != MCV_T_ANNOUNCED_SAME && !may_change(a, g)) return;
    mcv_type_step(a, g, event, in);
}

void mcv_group_end_type(struct mcv_agent *a, struct mcv_group_call *g,
                        const struct mcv_group_input *in)
{
    if (!may_change(a, g)) return;
    mcv_type_step(a, g,
                  in->m->type == MCV_MONP_GROUP_CALL_EMERGENCY_END ? MCV_T_EMERGENCY_END
                                                                   : MCV_T_PERIL_END,
                  in);
}

/* Sockets move, keys and streams stay: both calls are of the same group. */
void mcv_group_merge(struct mcv_agent *a, struct mcv_group_call *g,
                     const struct mcv_group_input *in)
{
    if (!may_change(a, g)) return;
    mcv_group_store(g, in);
    g->is_outgoing = false;
    g->is_probe_answer_due = false;
    mcv_media_move(a, g->media, &g->stored.sdp, g->stored.sdp.ports);
    mcv_transmission_announced(a, g->media);
    mcv_group_start_until(a, g, MCV_TFG6, g->config->max_duration_s, g->stored.start_s);
    start_periodic(a, g);
    mcv_type_step(
        a, g, (enum mcv_type_event)(MCV_T_MERGED_BASIC + mcv_group_rank(g->stored.call_type)), in);
    tell(a, g, MCV_EVENT_GROUP_MERGED, MCV_END_NONE);
}

/* The user does not see the call, but hears of an emergency in it. */
void mcv_group_keep(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_group_input *in)
{
    const bool is_raised = g->stored.call_type != MCV_CALL_EMERGENCY_GROUP &&
                           in->m->call_type == MCV_CALL_EMERGENCY_GROUP;
    struct mcv_event e;

    mcv_group_store(g, in);
    g->is_heard = true;
    g->is_outgoing = false;
    mcv_group_start(a, g, MCV_TFG5, a->config->timers.tfg5_s * US_PER_S);
    if (!is_raised || !may_change(a, g)) return;
    e = mcv_group_event_of(g, MCV_EVENT_GROUP_TYPE_CHANGED);
    e.user = mcv_group_last_user(g);
    e.is_unverified = true;
    mcv_out_event(a, &e);
}

void mcv_group_keep_after_probe(struct mcv_agent *a, struct mcv_group_call *g,
                                const struct mcv_group_input *in)
{
    mcv_group_stop(g, MCV_TFG1);
    mcv_group_store(g, in);
    g->is_heard = true;
    mcv_group_start(a, g, MCV_TFG5, a->config->timers.tfg5_s * US_PER_S);
}

void mcv_group_forget(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)a;
    (void)in;
    for (int t = 0; t < MCV_N_GROUP_TIMERS; t++) mcv_group_stop(g, (enum mcv_group_timer)t);
    g->stored = (struct mcv_group_stored){0};
    g->call = 0;
    g->is_heard = g->is_outgoing = false;
}

void mcv_group_stop_all(struct mcv_agent *a, struct mcv_group_call *g,
                        const struct mcv_group_input *in)
{
    close_call(a, g, in->end);
    mcv_group_forget(a, g, in);
}
