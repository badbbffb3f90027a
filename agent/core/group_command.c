/* What our user wants of a group call, and what he is told about it. */
#include "agent/core/agent_private.h"
#include "agent/core/group_media.h"
#include "agent/core/group_steps.h"

static const struct mcv_group_input no_message;

struct mcv_group_call *mcv_group_find(const struct mcv_agent *a, uint32_t call)
{
    if (call == 0) return NULL;
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        if (a->groups[i].call == call) return &a->groups[i];
    }
    return NULL;
}

struct mcv_group_call *mcv_group_by_id(const struct mcv_agent *a, struct mcv_bytes group)
{
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        const struct mcv_group_config *c = a->groups[i].config;
        if (c && mcv_bytes_equal(c->group, group)) return &a->groups[i];
    }
    return NULL;
}

bool mcv_group_takes_place(const struct mcv_group_call *g)
{
    return g->state >= MCV_S2_WAITING_ANNOUNCEMENT && g->state <= MCV_S5_PENDING_CONFIRM;
}

size_t mcv_group_count(const struct mcv_agent *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->limits.n_groups; i++) n += mcv_group_takes_place(&a->groups[i]);
    return n;
}

static mcv_err step(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_group_event event,
                    const char **why)
{
    if (!mcv_group_handles(g, event)) {
        return mcv_refuse(why, "the state of the group call does not allow it", MCV_E_BUSY);
    }
    mcv_group_step(a, g, event, &no_message);
    return MCV_OK;
}

/* The least of them that other users began or may go on without us: a broadcast, then a basic call. */
static void give_up_a_call(struct mcv_agent *a)
{
    if (mcv_broadcast_give_way(a)) return;
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        struct mcv_group_call *g = &a->groups[i];
        if (!mcv_group_takes_place(g) || g->stored.call_type != MCV_CALL_BASIC_GROUP) continue;
        mcv_group_step(a, g, MCV_G_LEAVE, &no_message);
        return;
    }
}

/* Calls are joined without asking, also those that a stranger announced to fill every place: an
 * emergency of our user takes one of them. */
static bool has_room(struct mcv_agent *a, const struct mcv_group_call *g)
{
    const bool is_emergency = g->requested_type == MCV_CALL_EMERGENCY_GROUP ||
                              (mcv_alert_is_emergency(a) && g->config->may_emergency);

    if (is_emergency && !mcv_group_media_has_room(a)) give_up_a_call(a);
    return mcv_group_media_has_room(a);
}

static mcv_err start(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    const struct mcv_group_config *c = g->config;

    if (mcv_group_handles(g, MCV_G_ACCEPT)) return step(a, g, MCV_G_ACCEPT, why);
    if (mcv_group_takes_place(g)) {
        return mcv_refuse(why, "there is a call of this group already", MCV_E_BUSY);
    }
    if (c->protect_media && !mcv_keyring_gmk_to_send(a->keys, c->group, a->latest_s)) {
        return mcv_refuse(why, "no usable group key", MCV_E_UNKNOWN_KEY);
    }
    if (!has_room(a, g)) return mcv_refuse(why, "limit of simultaneous group calls", MCV_E_FULL);
    const bool is_heard = g->state == MCV_S6_IGNORING && g->is_heard;
    return step(a, g, is_heard ? MCV_G_START_HEARD : MCV_G_START, why);
}

static mcv_err start_plain(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    g->requested_type = 0;
    return start(a, g, why);
}

static mcv_err leave(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    return step(a, g, MCV_G_LEAVE, why);
}

static mcv_err accept(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    return step(a, g, MCV_G_ACCEPT, why);
}

static mcv_err reject(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    return step(a, g, MCV_G_REJECT, why);
}

/* Before the call is set up this is a wish, in the call a change. */
static mcv_err want_type(struct mcv_agent *a, struct mcv_group_call *g, uint8_t type,
                         enum mcv_type_event event, const char **why)
{
    if (g->state == MCV_S3_ONGOING) {
        if (!mcv_type_handles(g, event)) {
            return mcv_refuse(why, "the call is of this type or a higher one", MCV_E_BUSY);
        }
        mcv_type_step(a, g, event, &no_message);
        return MCV_OK;
    }
    g->requested_type = type;
    if (g->state == MCV_S2_WAITING_ANNOUNCEMENT) {
        mcv_type_step(a, g, MCV_T_ORIGINATE, &no_message);
        return MCV_OK;
    }
    mcv_err err = start(a, g, why);
    if (err) g->requested_type = 0;
    return err;
}

static mcv_err emergency(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    if (!g->config->may_emergency) {
        return mcv_refuse(why, "not authorised for emergency calls of this group", MCV_E_POLICY);
    }
    return want_type(a, g, MCV_CALL_EMERGENCY_GROUP, MCV_T_RAISE_EMERGENCY, why);
}

static mcv_err peril(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    if (!g->config->may_peril) {
        return mcv_refuse(why, "not authorised for imminent peril calls of this group",
                          MCV_E_POLICY);
    }
    return want_type(a, g, MCV_CALL_IMMINENT_PERIL_GROUP, MCV_T_RAISE_PERIL, why);
}

/* Spec: TS 24.281 9.3.3.4: who changed the type last, or an authorised user. */
static mcv_err normal(struct mcv_agent *a, struct mcv_group_call *g, const char **why)
{
    const bool is_ours = mcv_bytes_equal(mcv_group_last_user(g), a->config->user);
    const enum mcv_type_event event = g->type_state == MCV_T1_EMERGENCY ? MCV_T_CANCEL_EMERGENCY
                                                                        : MCV_T_CANCEL_PERIL;

    if (g->state == MCV_S2_WAITING_ANNOUNCEMENT) {
        g->requested_type = 0;
        mcv_type_step(a, g, MCV_T_ORIGINATE, &no_message);
        return MCV_OK;
    }
    if (!mcv_type_handles(g, event)) {
        return mcv_refuse(why, "no emergency or imminent peril call of this group", MCV_E_BUSY);
    }
    if (!is_ours && !g->config->may_cancel) {
        return mcv_refuse(why, "not authorised to cancel what another user declared", MCV_E_POLICY);
    }
    mcv_type_step(a, g, event, &no_message);
    return MCV_OK;
}

typedef mcv_err command_action(struct mcv_agent *a, struct mcv_group_call *g, const char **why);

static const struct {
    command_action *action; /* NULL: not for group calls */
    bool is_by_group;       /* the target names the group; otherwise the handle counts */
} commands[] = {
    [MCV_CMD_GROUP_START] = {start_plain, true},
    [MCV_CMD_GROUP_LEAVE] = {leave, true},
    [MCV_CMD_GROUP_EMERGENCY] = {emergency, true},
    [MCV_CMD_GROUP_PERIL] = {peril, true},
    [MCV_CMD_GROUP_NORMAL] = {normal, true},
    [MCV_CMD_RELEASE] = {leave, false},
    [MCV_CMD_ACCEPT] = {accept, false},
    [MCV_CMD_REJECT] = {reject, false},
};

mcv_err mcv_group_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                          const char **why)
{
    const size_t type = (size_t)command->type;
    struct mcv_group_call *g;

    MCV_ASSERT(type < sizeof commands / sizeof commands[0] && commands[type].action);
    g = commands[type].is_by_group ? mcv_group_by_id(a, command->target)
                                   : mcv_group_find(a, command->call);
    if (!g) {
        return mcv_refuse(why, commands[type].is_by_group ? "no such group" : "no such call",
                          MCV_E_NOT_FOUND);
    }
    mcv_err err = commands[type].action(a, g, why);
    *call = g->call;
    return err;
}

void mcv_group_sockets_failed(struct mcv_agent *a, uint32_t call)
{
    struct mcv_group_call *g = mcv_group_find(a, call);
    const struct mcv_group_input in = {.end = MCV_END_MEDIA_FAILURE};

    if (g) mcv_group_step(a, g, MCV_G_MEDIA_FAILED, &in);
}

void mcv_group_check_keys(struct mcv_agent *a, struct mcv_group_call *g)
{
    const struct mcv_group_input in = {.end = MCV_END_SECURITY};

    if (g->media && g->media->is_keyless) mcv_group_step(a, g, MCV_G_MEDIA_FAILED, &in);
}

void mcv_group_rekey(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        if (a->groups[i].media) mcv_media_rekey(a, a->groups[i].media);
        mcv_group_check_keys(a, &a->groups[i]);
    }
}

void mcv_group_end_all(struct mcv_agent *a, enum mcv_end end)
{
    const struct mcv_group_input in = {.end = end};

    for (size_t i = 0; i < a->limits.n_groups; i++) {
        struct mcv_group_call *g = &a->groups[i];
        if (g->state != MCV_S1_START_STOP) mcv_group_step(a, g, MCV_G_STOPPED, &in);
    }
}

void mcv_group_info(const struct mcv_group_call *g, struct mcv_call_info *out)
{
    *out = (struct mcv_call_info){
        .call = g->call,
        .call_id = g->stored.call_id,
        .kind = MCV_KIND_GROUP,
        .state = g->state,
        .type_state = g->type_state,
        .call_type = g->stored.call_type,
        .start_s = g->stored.start_s,
        .change_s = g->stored.change_s,
        .is_outgoing = g->is_outgoing,
        .is_established = g->state == MCV_S3_ONGOING,
        .user = mcv_group_originator(g),
        .group = g->config->group,
        .setup.total_us = g->setup_us,
    };
}
