#include "agent/core/group_call.h"

#include "agent/core/agent_private.h"
#include "agent/core/group_steps.h"
#include "agent/core/layout.h"

struct group_rule {
    enum mcv_group_state next;
    mcv_group_action *action; /* NULL: counted and ignored */
};

/* Clauses of TS 24.281. An action that cannot go on makes a step of its own (MEDIA_FAILED). */
static const struct group_rule rules[MCV_N_GROUP_STATES][MCV_N_GROUP_EVENTS] =
    {
        [MCV_S1_START_STOP] =
            {
                [MCV_G_START] = {MCV_S2_WAITING_ANNOUNCEMENT, mcv_group_probe}, /* 9.3.2.4.2 */
                [MCV_G_ANNOUNCED] = {MCV_S3_ONGOING, mcv_group_join},           /* 9.3.2.4.4 */
                [MCV_G_ANNOUNCED_ASK] = {MCV_S4_PENDING, mcv_group_ask},        /* 9.3.2.4.4 */
                [MCV_G_ANNOUNCED_ASK_CONFIRM] = {MCV_S5_PENDING_CONFIRM, mcv_group_ask},
            },
        [MCV_S2_WAITING_ANNOUNCEMENT] =
            {
                [MCV_G_TFG3] = {MCV_S2_WAITING_ANNOUNCEMENT, mcv_group_probe_again}, /* 9.3.2.4.2 */
                [MCV_G_TFG1] = {MCV_S3_ONGOING, mcv_group_announce_own},             /* 9.3.2.4.3 */
                [MCV_G_ANNOUNCED] = {MCV_S3_ONGOING, mcv_group_join_answer},         /* 9.3.2.4.2 */
                [MCV_G_LEAVE] = {MCV_S7_RELEASED, mcv_group_cancel_probe},           /* 9.3.2.4.5 */
                [MCV_G_STOPPED] = {MCV_S1_START_STOP, mcv_group_stop_all},
            },
        [MCV_S3_ONGOING] =
            {
                [MCV_G_PROBE] = {MCV_S3_ONGOING, mcv_group_answer_probe},         /* 9.3.2.4.1 */
                [MCV_G_TFG2] = {MCV_S3_ONGOING, mcv_group_announce_again},        /* 9.3.2.4.1 */
                [MCV_G_ANNOUNCED_EQUAL] = {MCV_S3_ONGOING, mcv_group_suppress},   /* 9.3.2.4.1 */
                [MCV_G_ANNOUNCED_CHANGED] = {MCV_S3_ONGOING, mcv_group_change},   /* 9.3.3.4 */
                [MCV_G_ANNOUNCED_BETTER] = {MCV_S3_ONGOING, mcv_group_merge},     /* 9.3.2.4.6 */
                [MCV_G_TYPE_END] = {MCV_S3_ONGOING, mcv_group_end_type},          /* 9.3.3.4 */
                [MCV_G_MEMBER] = {MCV_S3_ONGOING, mcv_group_note_member},         /* 9.3.2.4.3 */
                [MCV_G_LEAVE] = {MCV_S6_IGNORING, mcv_group_leave},               /* 9.3.2.4.5 */
                [MCV_G_TFG6] = {MCV_S6_IGNORING, mcv_group_expire},               /* 9.3.2.4.5 */
                [MCV_G_MEDIA_FAILED] = {MCV_S6_IGNORING, mcv_group_media_failed}, /* as released */
                [MCV_G_STOPPED] = {MCV_S1_START_STOP, mcv_group_stop_all},
            },
        [MCV_S4_PENDING] =
            {
                [MCV_G_ACCEPT] = {MCV_S3_ONGOING, mcv_group_accept}, /* 9.3.2.4.4 */
                [MCV_G_REJECT] = {MCV_S6_IGNORING, mcv_group_reject},
                [MCV_G_LEAVE] = {MCV_S6_IGNORING, mcv_group_leave},
                [MCV_G_TFG4] = {MCV_S6_IGNORING, mcv_group_no_answer},
                [MCV_G_STOPPED] = {MCV_S1_START_STOP, mcv_group_stop_all},
            },
        [MCV_S5_PENDING_CONFIRM] =
            {
                [MCV_G_ACCEPT] = {MCV_S3_ONGOING, mcv_group_accept_confirm}, /* 9.3.2.4.4 */
                [MCV_G_REJECT] = {MCV_S6_IGNORING, mcv_group_reject},
                [MCV_G_LEAVE] = {MCV_S6_IGNORING, mcv_group_leave},
                [MCV_G_TFG4] = {MCV_S6_IGNORING, mcv_group_no_answer},
                [MCV_G_STOPPED] = {MCV_S1_START_STOP, mcv_group_stop_all},
            },
        [MCV_S6_IGNORING] =
            {
                [MCV_G_ANNOUNCED] = {MCV_S6_IGNORING, mcv_group_keep},          /* 9.3.2.4.5 */
                [MCV_G_START_HEARD] = {MCV_S3_ONGOING, mcv_group_join_again},   /* 9.3.2.4.5 */
                [MCV_G_START] = {MCV_S2_WAITING_ANNOUNCEMENT, mcv_group_probe}, /* it may be over */
                [MCV_G_TFG5] = {MCV_S1_START_STOP, mcv_group_forget},           /* 9.3.2.4.5 */
                [MCV_G_STOPPED] = {MCV_S1_START_STOP, mcv_group_forget},
            },
        [MCV_S7_RELEASED] =
            {
                [MCV_G_ANNOUNCED] = {MCV_S6_IGNORING, mcv_group_keep_after_probe}, /* 9.3.2.4.5 */
                [MCV_G_START] = {MCV_S2_WAITING_ANNOUNCEMENT, mcv_group_probe},    /* 9.3.2.4.5 */
                [MCV_G_TFG1] = {MCV_S1_START_STOP, mcv_group_forget},              /* 9.3.2.4.5 */
                [MCV_G_STOPPED] = {MCV_S1_START_STOP, mcv_group_forget},
            },
};

static const struct mcv_group_input no_message;

bool mcv_group_handles(const struct mcv_group_call *g, enum mcv_group_event event)
{
    return rules[g->state][event].action != NULL;
}

bool mcv_group_step(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_group_event event,
                    const struct mcv_group_input *in)
{
    const struct group_rule *rule = &rules[g->state][event];
    const uint8_t from = g->state;

    if (!rule->action) {
        mcv_count(a, in->m ? MCV_N_MONP_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    g->state = (uint8_t)rule->next;
    mcv_out_trace(a, MCV_MACHINE_GROUP, g->call, from, g->state, (uint8_t)event);
    rule->action(a, g, in);
    return true;
}

/* ---- memory --------------------------------------------------------------------------------- */

size_t mcv_group_size(const struct mcv_limits *limits)
{
    return (size_t)limits->n_group_calls * mcv_layout_align(mcv_media_size(limits, true)) +
           (size_t)limits->n_groups * limits->n_sdp_bytes;
}

void mcv_group_init(struct mcv_agent *a, void *mem)
{
    const size_t n_media_bytes = mcv_layout_align(mcv_media_size(&a->limits, true));
    uint8_t *p = mem;

    for (size_t i = 0; i < a->limits.n_group_calls; i++, p += n_media_bytes) {
        mcv_media_init(a, &a->group_media[i], p, true);
    }
    for (size_t i = 0; i < a->limits.n_groups; i++, p += a->limits.n_sdp_bytes) {
        struct mcv_group_call *g = &a->groups[i];
        *g = (struct mcv_group_call){.sdp_text = p};
        if (i < a->config->n_groups) g->config = &a->config->groups[i];
        for (int t = 0; t < MCV_N_GROUP_TIMERS; t++) mcv_group_stop(g, (enum mcv_group_timer)t);
    }
}

void mcv_group_wipe(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_group_calls; i++) {
        if (a->group_media[i].is_open) mcv_media_close(a, &a->group_media[i]);
    }
    for (size_t i = 0; i < a->limits.n_groups; i++) a->groups[i].media = NULL;
}

/* ---- timers --------------------------------------------------------------------------------- */

void mcv_group_start(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_group_timer timer,
                     uint64_t in_us)
{
    g->timer_at_us[timer] = a->now.mono_us + in_us;
}

void mcv_group_stop(struct mcv_group_call *g, enum mcv_group_timer timer)
{
    g->timer_at_us[timer] = MCV_NEVER;
}

int64_t mcv_group_left_s(const struct mcv_agent *a, uint32_t x_s, uint64_t z_s)
{
    if (x_s == 0) return INT64_MAX;
    return (int64_t)x_s - (a->now.utc_s - (int64_t)z_s); /* z has 40 bits */
}

void mcv_group_start_until(struct mcv_agent *a, struct mcv_group_call *g,
                           enum mcv_group_timer timer, uint32_t x_s, uint64_t z_s)
{
    const int64_t left_s = mcv_group_left_s(a, x_s, z_s);

    mcv_group_stop(g, timer);
    if (x_s == 0) return;
    mcv_group_start(a, g, timer, left_s > 0 ? (uint64_t)left_s * 1000000u : 0);
}

/* The event of each timer, of the one machine or the other. */
static const struct {
    bool is_type;
    uint8_t event;
} expiries[MCV_N_GROUP_TIMERS] = {
    [MCV_TFG1] = {false, MCV_G_TFG1},  [MCV_TFG2] = {false, MCV_G_TFG2},
    [MCV_TFG3] = {false, MCV_G_TFG3},  [MCV_TFG4] = {false, MCV_G_TFG4},
    [MCV_TFG5] = {false, MCV_G_TFG5},  [MCV_TFG6] = {false, MCV_G_TFG6},
    [MCV_TFG11] = {true, MCV_T_TFG11}, [MCV_TFG12] = {true, MCV_T_TFG12},
    [MCV_TFG13] = {true, MCV_T_TFG13}, [MCV_TFG14] = {true, MCV_T_TFG14},
};

static enum mcv_group_timer first_timer(const struct mcv_group_call *g)
{
    enum mcv_group_timer first = MCV_TFG1;

    for (int t = MCV_TFG1 + 1; t < MCV_N_GROUP_TIMERS; t++) {
        if (g->timer_at_us[t] < g->timer_at_us[first]) first = (enum mcv_group_timer)t;
    }
    return first;
}

static void run_timers(struct mcv_agent *a, struct mcv_group_call *g)
{
    for (;;) {
        const enum mcv_group_timer t = first_timer(g);
        if (g->timer_at_us[t] > a->now.mono_us) return;
        mcv_group_stop(g, t);
        if (expiries[t].is_type) {
            mcv_type_step(a, g, (enum mcv_type_event)expiries[t].event, &no_message);
        } else {
            mcv_group_step(a, g, (enum mcv_group_event)expiries[t].event, &no_message);
        }
    }
}

void mcv_group_run(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        if (a->groups[i].config) run_timers(a, &a->groups[i]);
        if (a->groups[i].media) mcv_media_run(a, a->groups[i].media);
        mcv_group_check_keys(a, &a->groups[i]);
    }
}

uint64_t mcv_group_wake_at(const struct mcv_agent *a)
{
    uint64_t at_us = MCV_NEVER;

    for (size_t i = 0; i < a->limits.n_groups; i++) {
        const struct mcv_group_call *g = &a->groups[i];
        if (g->state == MCV_S1_START_STOP) continue;
        const uint64_t timer_us = g->timer_at_us[first_timer(g)];
        if (timer_us < at_us) at_us = timer_us;
    }
    return at_us;
}
