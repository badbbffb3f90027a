/* The call-type machine T0 .. T3. Spec: TS 24.281 9.3.3, with its twin TS 24.379 10.2.3. */
#include "agent/core/agent_private.h"
#include "agent/core/group_media.h"
#include "agent/core/group_steps.h"

static void tell(struct mcv_agent *a, struct mcv_group_call *g, bool is_unverified)
{
    struct mcv_event e = mcv_group_event_of(g, MCV_EVENT_GROUP_TYPE_CHANGED);

    e.user = mcv_group_last_user(g);
    e.is_unverified = is_unverified;
    mcv_out_event(a, &e);
}

/* Sets the type with its priorities; the timers of the type before stop. */
static void enter(struct mcv_agent *a, struct mcv_group_call *g, uint8_t type)
{
    const struct mcv_group_config *c = g->config;

    g->stored.call_type = type;
    mcv_group_stop(g, MCV_TFG13);
    mcv_group_stop(g, MCV_TFG14);
    if (type != MCV_CALL_BASIC_GROUP) {
        mcv_group_stop(g, MCV_TFG11);
        mcv_group_stop(g, MCV_TFG12);
    }
    if (type == MCV_CALL_EMERGENCY_GROUP) {
        mcv_group_start_until(a, g, MCV_TFG13, c->emergency_cancel_s, g->stored.change_s);
    }
    if (type == MCV_CALL_IMMINENT_PERIL_GROUP) {
        mcv_group_start_until(a, g, MCV_TFG14, c->peril_cancel_s, g->stored.change_s);
    }
    if (!g->media) return;
    g->media->pppp = mcv_group_pppp(&c->media, type);
    g->media->control_pppp = mcv_group_pppp(&c->signalling, type);
    mcv_transmission_retype(a, g->media, type);
}

/* Our user changed the type now. Two changes of one second keep their order; what others said of
 * our last one may be as late as a message can say. */
static void change_own(struct mcv_agent *a, struct mcv_group_call *g)
{
    const uint64_t now_s = (uint64_t)a->now.utc_s, last_s = g->stored.change_s;
    const bool is_ours = mcv_bytes_equal(mcv_group_last_user(g), a->config->user);

    g->stored.change_s = is_ours && last_s >= now_s ? last_s + 1 : now_s;
    if (g->stored.change_s > MCV_MONP_MAX_S) g->stored.change_s = MCV_MONP_MAX_S;
    mcv_group_set_last_user(g, a->config->user);
}

static void originate(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)in;
    if (mcv_alert_is_emergency(a) && g->config->may_emergency) {
        g->requested_type = MCV_CALL_EMERGENCY_GROUP;
    }
    g->stored.call_type = g->requested_type ? g->requested_type : MCV_CALL_BASIC_GROUP;
    g->stored.change_s = (uint64_t)a->now.utc_s;
    mcv_group_set_last_user(g, a->config->user);
}

static void establish(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)in;
    enter(a, g, g->stored.call_type);
}

static void copy_change(struct mcv_agent *a, struct mcv_group_call *g,
                        const struct mcv_group_input *in)
{
    (void)a;
    mcv_group_store_change(g, in->m);
}

static void announced(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    mcv_group_store_change(g, in->m);
    enter(a, g, in->m->call_type);
    tell(a, g, true);
}

/* Type, time and user were stored with the rest of the call; GROUP_MERGED says so. */
static void merged(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_group_input *in)
{
    (void)in;
    mcv_group_stop(g, MCV_TFG11);
    mcv_group_stop(g, MCV_TFG12);
    enter(a, g, g->stored.call_type);
}

static void raise_to(struct mcv_agent *a, struct mcv_group_call *g, uint8_t type)
{
    change_own(a, g);
    enter(a, g, type);
    mcv_group_send_announcement(a, g, false, false);
    tell(a, g, false);
}

static void raise_peril(struct mcv_agent *a, struct mcv_group_call *g,
                        const struct mcv_group_input *in)
{
    (void)in;
    raise_to(a, g, MCV_CALL_IMMINENT_PERIL_GROUP);
}

static void raise_emergency(struct mcv_agent *a, struct mcv_group_call *g,
                            const struct mcv_group_input *in)
{
    (void)in;
    raise_to(a, g, MCV_CALL_EMERGENCY_GROUP);
}

/* END is sent now and again until CFG11 or CFG12. */
static void cancel(struct mcv_agent *a, struct mcv_group_call *g, uint8_t end,
                   enum mcv_group_timer timer, uint32_t resend_s)
{
    change_own(a, g);
    enter(a, g, MCV_CALL_BASIC_GROUP);
    mcv_group_send_end(a, g, end);
    g->n_end_sent = 1;
    mcv_group_start(a, g, timer, resend_s * UINT64_C(1000000));
    tell(a, g, false);
}

static void cancel_emergency(struct mcv_agent *a, struct mcv_group_call *g,
                             const struct mcv_group_input *in)
{
    (void)in;
    cancel(a, g, MCV_MONP_GROUP_CALL_EMERGENCY_END, MCV_TFG11, a->config->timers.tfg11_s);
}

static void cancel_peril(struct mcv_agent *a, struct mcv_group_call *g,
                         const struct mcv_group_input *in)
{
    (void)in;
    cancel(a, g, MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END, MCV_TFG12, a->config->timers.tfg12_s);
}

static void resend_emergency_end(struct mcv_agent *a, struct mcv_group_call *g,
                                 const struct mcv_group_input *in)
{
    (void)in;
    if (g->n_end_sent >= a->config->timers.cfg11_count) return;
    g->n_end_sent++;
    mcv_group_send_end(a, g, MCV_MONP_GROUP_CALL_EMERGENCY_END);
    mcv_group_start(a, g, MCV_TFG11, a->config->timers.tfg11_s * UINT64_C(1000000));
}

static void resend_peril_end(struct mcv_agent *a, struct mcv_group_call *g,
                             const struct mcv_group_input *in)
{
    (void)in;
    if (g->n_end_sent >= a->config->timers.cfg12_count) return;
    g->n_end_sent++;
    mcv_group_send_end(a, g, MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END);
    mcv_group_start(a, g, MCV_TFG12, a->config->timers.tfg12_s * UINT64_C(1000000));
}

static void ended_by_message(struct mcv_agent *a, struct mcv_group_call *g,
                             const struct mcv_group_input *in)
{
    mcv_group_store_change(g, in->m);
    enter(a, g, MCV_CALL_BASIC_GROUP);
    tell(a, g, in->is_unverified);
}

/* No message: every member has the same timer. Spec: TS 24.281 9.3.3.4 */
static void downgrade(struct mcv_agent *a, struct mcv_group_call *g,
                      const struct mcv_group_input *in)
{
    (void)in;
    g->stored.change_s = (uint64_t)a->now.utc_s;
    mcv_group_set_last_user(g, mcv_group_originator(g));
    enter(a, g, MCV_CALL_BASIC_GROUP);
    tell(a, g, false);
}

static void clear(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_group_input *in)
{
    (void)a;
    (void)in;
    mcv_group_stop(g, MCV_TFG11);
    mcv_group_stop(g, MCV_TFG12);
    mcv_group_stop(g, MCV_TFG13);
    mcv_group_stop(g, MCV_TFG14);
}

struct type_rule {
    enum mcv_type_state next;
    mcv_group_action *action; /* NULL: counted and ignored */
};

/* Clauses of TS 24.281. Which announcements count at all: mcv_group_classify_change. */
static const struct type_rule rules[MCV_N_TYPE_STATES][MCV_N_TYPE_EVENTS] =
    {
        [MCV_T0_WAITING] =
            {
                [MCV_T_ORIGINATE] = {MCV_T0_WAITING, originate},       /* 9.3.3.4.1 */
                [MCV_T_ESTABLISHED_BASIC] = {MCV_T2_BASIC, establish}, /* 9.3.3.4.1 */
                [MCV_T_ESTABLISHED_PERIL] = {MCV_T3_IMMINENT_PERIL, establish},
                [MCV_T_ESTABLISHED_EMERGENCY] = {MCV_T1_EMERGENCY, establish},
                [MCV_T_ENDED] = {MCV_T0_WAITING, clear},
            },
        [MCV_T1_EMERGENCY] =
            {
                [MCV_T_ANNOUNCED_SAME] = {MCV_T1_EMERGENCY, copy_change},
                [MCV_T_ANNOUNCED_BASIC] = {MCV_T2_BASIC, announced},
                [MCV_T_ANNOUNCED_PERIL] = {MCV_T3_IMMINENT_PERIL, announced},
                [MCV_T_MERGED_EMERGENCY] = {MCV_T1_EMERGENCY, merged},
                [MCV_T_CANCEL_EMERGENCY] = {MCV_T2_BASIC, cancel_emergency},
                [MCV_T_EMERGENCY_END] = {MCV_T2_BASIC, ended_by_message},
                [MCV_T_TFG13] = {MCV_T2_BASIC, downgrade},
                [MCV_T_ENDED] = {MCV_T0_WAITING, clear},
            },
        [MCV_T2_BASIC] =
            {
                [MCV_T_ANNOUNCED_SAME] = {MCV_T2_BASIC, copy_change},
                [MCV_T_ANNOUNCED_PERIL] = {MCV_T3_IMMINENT_PERIL, announced},
                [MCV_T_ANNOUNCED_EMERGENCY] = {MCV_T1_EMERGENCY, announced},
                [MCV_T_MERGED_BASIC] = {MCV_T2_BASIC, merged},
                [MCV_T_MERGED_PERIL] = {MCV_T3_IMMINENT_PERIL, merged},
                [MCV_T_MERGED_EMERGENCY] = {MCV_T1_EMERGENCY, merged},
                [MCV_T_RAISE_PERIL] = {MCV_T3_IMMINENT_PERIL, raise_peril},
                [MCV_T_RAISE_EMERGENCY] = {MCV_T1_EMERGENCY, raise_emergency},
                [MCV_T_TFG11] = {MCV_T2_BASIC, resend_emergency_end},
                [MCV_T_TFG12] = {MCV_T2_BASIC, resend_peril_end},
                [MCV_T_ENDED] = {MCV_T0_WAITING, clear},
            },
        [MCV_T3_IMMINENT_PERIL] =
            {
                [MCV_T_ANNOUNCED_SAME] = {MCV_T3_IMMINENT_PERIL, copy_change},
                [MCV_T_ANNOUNCED_BASIC] = {MCV_T2_BASIC, announced},
                [MCV_T_ANNOUNCED_EMERGENCY] = {MCV_T1_EMERGENCY, announced},
                [MCV_T_MERGED_PERIL] = {MCV_T3_IMMINENT_PERIL, merged},
                [MCV_T_MERGED_EMERGENCY] = {MCV_T1_EMERGENCY, merged},
                [MCV_T_RAISE_EMERGENCY] = {MCV_T1_EMERGENCY, raise_emergency},
                [MCV_T_CANCEL_PERIL] = {MCV_T2_BASIC, cancel_peril},
                [MCV_T_PERIL_END] = {MCV_T2_BASIC, ended_by_message},
                [MCV_T_TFG14] = {MCV_T2_BASIC, downgrade},
                [MCV_T_ENDED] = {MCV_T0_WAITING, clear},
            },
};

bool mcv_type_handles(const struct mcv_group_call *g, enum mcv_type_event event)
{
    return rules[g->type_state][event].action != NULL;
}

bool mcv_type_step(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_type_event event,
                   const struct mcv_group_input *in)
{
    const struct type_rule *rule = &rules[g->type_state][event];
    const uint8_t from = g->type_state;

    if (!rule->action) {
        mcv_count(a, in->m ? MCV_N_MONP_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    g->type_state = (uint8_t)rule->next;
    mcv_out_trace(a, MCV_MACHINE_CALL_TYPE, g->call, from, g->type_state, (uint8_t)event);
    rule->action(a, g, in);
    return true;
}
