#include "agent/core/broadcast_call.h"

#include "agent/core/agent_private.h"
#include "agent/core/broadcast_steps.h"

struct broadcast_rule {
    enum mcv_broadcast_state next;
    mcv_broadcast_action *action; /* NULL: counted and ignored */
};

/* Clauses of TS 24.281. */
static const struct broadcast_rule rules[MCV_N_BROADCAST_STATES][MCV_N_BROADCAST_EVENTS] =
    {
        [MCV_B1_START_STOP] =
            {
                [MCV_B_START] = {MCV_B2_ONGOING, mcv_broadcast_originate}, /* 9.4.2.4.1 */
                [MCV_B_HEARD] = {MCV_B2_ONGOING, mcv_broadcast_join},      /* 9.4.2.4.2 */
                [MCV_B_HEARD_ASK] = {MCV_B3_PENDING, mcv_broadcast_ask},   /* 9.4.2.4.2 */
            },
        [MCV_B2_ONGOING] =
            {
                [MCV_B_TFB2] = {MCV_B2_ONGOING, mcv_broadcast_repeat},          /* 9.4.2.4.4 */
                [MCV_B_TFB1] = {MCV_B1_START_STOP, mcv_broadcast_expire},       /* 9.4.2.4.3 */
                [MCV_B_RELEASE_OWN] = {MCV_B1_START_STOP, mcv_broadcast_end},   /* 9.4.2.4.3 */
                [MCV_B_RELEASE] = {MCV_B4_IGNORING, mcv_broadcast_leave},       /* 9.4.2.4.3 */
                [MCV_B_END] = {MCV_B1_START_STOP, mcv_broadcast_ended},         /* 9.4.2.4.3 */
                [MCV_B_MEDIA_FAILED] = {MCV_B4_IGNORING, mcv_broadcast_failed}, /* as released */
                [MCV_B_MEDIA_FAILED_OWN] = {MCV_B1_START_STOP, mcv_broadcast_failed_own},
                [MCV_B_STOPPED] = {MCV_B1_START_STOP, mcv_broadcast_stop},
            },
        [MCV_B3_PENDING] =
            {
                [MCV_B_ACCEPT] = {MCV_B2_ONGOING, mcv_broadcast_accept},   /* 9.4.2.4.2 */
                [MCV_B_REJECT] = {MCV_B4_IGNORING, mcv_broadcast_reject},  /* 9.4.2.4.2 */
                [MCV_B_RELEASE] = {MCV_B4_IGNORING, mcv_broadcast_reject}, /* as rejected */
                [MCV_B_TFB3] = {MCV_B4_IGNORING, mcv_broadcast_no_answer}, /* 9.4.2.4.2 */
                [MCV_B_END] = {MCV_B1_START_STOP, mcv_broadcast_ended},    /* stops alerting */
                [MCV_B_STOPPED] = {MCV_B1_START_STOP, mcv_broadcast_stop},
            },
        [MCV_B4_IGNORING] =
            {
                [MCV_B_HEARD] = {MCV_B4_IGNORING, mcv_broadcast_keep},     /* 9.4.2.4.3 */
                [MCV_B_HEARD_ASK] = {MCV_B4_IGNORING, mcv_broadcast_keep}, /* 9.4.2.4.3 */
                [MCV_B_END] = {MCV_B1_START_STOP, mcv_broadcast_forget},   /* 9.4.2.4.3 */
                [MCV_B_TFB1] = {MCV_B1_START_STOP, mcv_broadcast_forget},  /* 9.4.2.4.3 */
                [MCV_B_STOPPED] = {MCV_B1_START_STOP, mcv_broadcast_forget},
            },
};

static const struct mcv_broadcast_input no_message;

bool mcv_broadcast_handles(const struct mcv_broadcast_call *b, enum mcv_broadcast_event event)
{
    return rules[b->state][event].action != NULL;
}

bool mcv_broadcast_step(struct mcv_agent *a, struct mcv_broadcast_call *b,
                        enum mcv_broadcast_event event, const struct mcv_broadcast_input *in)
{
    const struct broadcast_rule *rule = &rules[b->state][event];
    const uint8_t from = b->state;

    if (!rule->action) {
        mcv_count(a, in->m ? MCV_N_MONP_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    b->state = (uint8_t)rule->next;
    mcv_out_trace(a, MCV_MACHINE_BROADCAST, b->call, from, b->state, (uint8_t)event);
    rule->action(a, b, in);
    return true;
}

/* ---- the table ------------------------------------------------------------------------------ */

void mcv_broadcast_clear(struct mcv_broadcast_call *b)
{
    *b = (struct mcv_broadcast_call){0};
    for (int t = 0; t < MCV_N_BROADCAST_TIMERS; t++) b->timer_at_us[t] = MCV_NEVER;
}

void mcv_broadcast_init(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) mcv_broadcast_clear(&a->broadcasts[i]);
}

void mcv_broadcast_wipe(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        if (a->broadcasts[i].media) mcv_media_close(a, a->broadcasts[i].media);
        mcv_broadcast_clear(&a->broadcasts[i]);
    }
}

bool mcv_broadcast_takes_place(const struct mcv_broadcast_call *b)
{
    return b->state == MCV_B2_ONGOING || b->state == MCV_B3_PENDING;
}

size_t mcv_broadcast_count(const struct mcv_agent *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        n += mcv_broadcast_takes_place(&a->broadcasts[i]);
    }
    return n;
}

struct mcv_broadcast_call *mcv_broadcast_find(const struct mcv_agent *a, uint32_t call)
{
    if (call == 0) return NULL;
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        if (a->broadcasts[i].call == call) return &a->broadcasts[i];
    }
    return NULL;
}

static void media_failed(struct mcv_agent *a, struct mcv_broadcast_call *b, enum mcv_end end)
{
    const struct mcv_broadcast_input in = {.end = end};

    mcv_broadcast_step(a, b, b->is_outgoing ? MCV_B_MEDIA_FAILED_OWN : MCV_B_MEDIA_FAILED, &in);
}

void mcv_broadcast_sockets_failed(struct mcv_agent *a, uint32_t call)
{
    struct mcv_broadcast_call *b = mcv_broadcast_find(a, call);

    if (b) media_failed(a, b, MCV_END_MEDIA_FAILURE);
}

/* The call is over when no key of the group is left. */
static void check_keys(struct mcv_agent *a, struct mcv_broadcast_call *b)
{
    if (b->media && b->media->is_keyless) media_failed(a, b, MCV_END_SECURITY);
}

void mcv_broadcast_rekey(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        if (a->broadcasts[i].media) mcv_media_rekey(a, a->broadcasts[i].media);
        check_keys(a, &a->broadcasts[i]);
    }
}

void mcv_broadcast_end_all(struct mcv_agent *a, enum mcv_end end)
{
    const struct mcv_broadcast_input in = {.end = end};

    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (b->state != MCV_B1_START_STOP) mcv_broadcast_step(a, b, MCV_B_STOPPED, &in);
    }
}

void mcv_broadcast_info(const struct mcv_broadcast_call *b, struct mcv_call_info *out)
{
    *out = (struct mcv_call_info){
        .call = b->call,
        .call_id = b->call_id,
        .kind = MCV_KIND_BROADCAST,
        .state = b->state,
        .call_type = MCV_CALL_BROADCAST_GROUP,
        .is_outgoing = b->is_outgoing,
        .is_established = b->state == MCV_B2_ONGOING,
        .user = mcv_bytes_of(b->originator, b->n_originator),
        .group = b->config->group,
        .setup.total_us = b->setup_us,
    };
}

/* ---- timers --------------------------------------------------------------------------------- */

static const enum mcv_broadcast_event expiries[MCV_N_BROADCAST_TIMERS] = {
    [MCV_TFB1] = MCV_B_TFB1,
    [MCV_TFB2] = MCV_B_TFB2,
    [MCV_TFB3] = MCV_B_TFB3,
};

static void run_timers(struct mcv_agent *a, struct mcv_broadcast_call *b)
{
    for (int t = 0; t < MCV_N_BROADCAST_TIMERS; t++) {
        if (b->timer_at_us[t] > a->now.mono_us) continue;
        b->timer_at_us[t] = MCV_NEVER;
        mcv_broadcast_step(a, b, expiries[t], &no_message);
    }
}

void mcv_broadcast_run(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        run_timers(a, &a->broadcasts[i]);
        if (a->broadcasts[i].media) mcv_media_run(a, a->broadcasts[i].media);
        check_keys(a, &a->broadcasts[i]);
    }
}

uint64_t mcv_broadcast_wake_at(const struct mcv_agent *a)
{
    uint64_t at_us = MCV_NEVER;

    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        const struct mcv_broadcast_call *b = &a->broadcasts[i];
        for (int t = 0; t < MCV_N_BROADCAST_TIMERS; t++) {
            if (b->timer_at_us[t] < at_us) at_us = b->timer_at_us[t];
        }
    }
    return at_us;
}
