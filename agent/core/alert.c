#include "agent/core/alert.h"

#include "agent/core/agent_private.h"
#include "agent/core/alert_list.h"
#include "agent/core/fan_out.h"

#define US_PER_S UINT64_C(1000000)

/* Where no organization is configured: the element has at least one octet. */
#define NO_ORGANIZATION "-"

enum { NOTICE_BURST = 32, NOTICE_EVERY_US = 100000 };

enum alert_event {
    E_RAISE,        /* our user */
    E_CANCEL,       /* our user */
    E_CANCELLED_BY, /* GROUP EMERGENCY ALERT CANCEL of our alert */
    E_TFE2,
    E_STOPPED, /* keys destroyed, group removed */
    N_ALERT_EVENTS,
};

struct alert_input {
    const struct mcv_group_config *config; /* RAISE: which group */
    const struct mcv_monp *m;              /* CANCELLED_BY */
    bool is_unverified;
};

typedef void alert_action(struct mcv_agent *a, const struct alert_input *in);

/* ---- messages ------------------------------------------------------------------------------- */

void mcv_alert_send(struct mcv_agent *a, const struct mcv_group_config *config, uint8_t type,
                    struct mcv_bytes originator)
{
    const struct mcv_monp m = {
        .type = type,
        .group = config->group,
        .originator = originator,
        .sender = a->config->user,
    };

    mcv_agent_send_to_group(a, &m, config, config->signalling.emergency);
}

static struct mcv_bytes own_location(const struct mcv_agent *a)
{
    return mcv_bytes_of(a->alerts.location, a->alerts.n_location);
}

static void send_alert(struct mcv_agent *a)
{
    const struct mcv_group_config *c = a->alerts.config;
    const struct mcv_bytes name = a->config->organization;
    const struct mcv_monp m = {
        .type = MCV_MONP_GROUP_EMERGENCY_ALERT,
        .group = c->group,
        .originator = a->config->user,
        .organization = name.n > 0 ? name : mcv_bytes_str(NO_ORGANIZATION),
        .location = own_location(a),
    };

    mcv_agent_send_to_group(a, &m, c, c->signalling.emergency);
    a->alerts.resend_at_us = a->now.mono_us + a->config->timers.tfe2_s * US_PER_S;
}

/* ---- our own alert -------------------------------------------------------------------------- */

static void tell_own(struct mcv_agent *a, enum mcv_event_type type, const struct alert_input *in,
                     enum mcv_end end)
{
    mcv_out_event(a, &(struct mcv_event){
                         .type = type,
                         .user = a->config->user,
                         .group = a->alerts.config->group,
                         .location = own_location(a),
                         .is_outgoing = true,
                         .is_unverified = in->is_unverified,
                         .reason = end,
                     });
}

static void raise(struct mcv_agent *a, const struct alert_input *in)
{
    a->alerts.config = in->config;
    send_alert(a);
    tell_own(a, MCV_EVENT_ALERT_RAISED, in, MCV_END_NONE);
}

static void resend(struct mcv_agent *a, const struct alert_input *in)
{
    (void)in;
    send_alert(a);
}

static void finish(struct mcv_agent *a, const struct alert_input *in, enum mcv_end end)
{
    tell_own(a, MCV_EVENT_ALERT_ENDED, in, end);
    a->alerts.resend_at_us = MCV_NEVER;
    a->alerts.config = NULL;
}

static void cancel(struct mcv_agent *a, const struct alert_input *in)
{
    mcv_alert_send(a, a->alerts.config, MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL, a->config->user);
    finish(a, in, MCV_END_LOCAL_RELEASE);
}

static void cancelled_by(struct mcv_agent *a, const struct alert_input *in)
{
    a->alerts.own_ack_config = a->alerts.config;
    mcv_alert_ack_later(a, &a->alerts.own_ack, MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK);
    finish(a, in, MCV_END_REMOTE_RELEASE);
}

static void stop(struct mcv_agent *a, const struct alert_input *in)
{
    finish(a, in, MCV_END_KEYS_DESTROYED);
}

/* Clauses of TS 24.281. */
static const struct {
    enum mcv_alert_state next;
    alert_action *action; /* NULL: counted and ignored */
} rules[MCV_N_ALERT_STATES][N_ALERT_EVENTS] = {
    [MCV_E1_NO_EMERGENCY] =
        {
            [E_RAISE] = {MCV_E2_EMERGENCY, raise}, /* 11.3.3.1 */
        },
    [MCV_E2_EMERGENCY] =
        {
            [E_TFE2] = {MCV_E2_EMERGENCY, resend},                  /* 11.3.3.2 */
            [E_CANCEL] = {MCV_E1_NO_EMERGENCY, cancel},             /* 11.3.3.5 */
            [E_CANCELLED_BY] = {MCV_E1_NO_EMERGENCY, cancelled_by}, /* 11.3.3.6 */
            [E_STOPPED] = {MCV_E1_NO_EMERGENCY, stop},
        },
};

static bool step(struct mcv_agent *a, enum alert_event event, const struct alert_input *in)
{
    const uint8_t from = a->alerts.state;

    if (!rules[from][event].action) {
        mcv_count(a, in->m ? MCV_N_MONP_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    a->alerts.state = (uint8_t)rules[from][event].next;
    mcv_out_trace(a, MCV_MACHINE_ALERT, 0, from, a->alerts.state, (uint8_t)event);
    rules[from][event].action(a, in);
    return true;
}

bool mcv_alert_is_emergency(const struct mcv_agent *a)
{
    return a->alerts.state == MCV_E2_EMERGENCY;
}

bool mcv_agent_alert_info(const struct mcv_agent *a, size_t i, struct mcv_alert_info *out)
{
    const bool is_own = mcv_alert_is_emergency(a);

    if (!is_own || i > 0) return mcv_alert_list_info(a, i - is_own, out);
    *out = (struct mcv_alert_info){
        .is_own = true,
        .is_verified = true,
        .user = a->config->user,
        .group = a->alerts.config->group,
        .organization = a->config->organization,
        .location = own_location(a),
    };
    return true;
}

void mcv_alert_end_all(struct mcv_agent *a)
{
    if (a->alerts.state == MCV_E2_EMERGENCY) step(a, E_STOPPED, &(struct alert_input){0});
    mcv_alert_list_clear(a);
}

/* ---- received ------------------------------------------------------------------------------- */

static mcv_err heard(struct mcv_agent *a, const struct mcv_group_config *c,
                     const struct mcv_datagram *d, const struct mcv_monp *m)
{
    if (mcv_bytes_equal(m->originator, a->config->user)) {
        return mcv_drop(a, MCV_N_MONP_OWN, MCV_E_NOT_FOR_US);
    }
    return mcv_alert_list_heard(a, c, d, m);
}

/* Who sends it is looked at, not whose alert it ends: an authorised user may cancel for him. */
static mcv_err cancel_heard(struct mcv_agent *a, const struct mcv_group_config *c,
                            const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_addr addr;
    const bool is_known = mcv_peers_find(&addr, &a->peers, a->config, m->sender);
    const struct alert_input in = {.m = m, .is_unverified = !is_known};

    if (is_known && !mcv_addr_same_host(&addr, &d->from)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_POLICY);
    }
    if (!mcv_bytes_equal(m->originator, a->config->user)) {
        return mcv_alert_list_cancelled(a, c, m, !is_known);
    }
    if (a->alerts.state == MCV_E2_EMERGENCY && a->alerts.config != c) {
        return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_POLICY);
    }
    return step(a, E_CANCELLED_BY, &in) ? MCV_OK : MCV_E_POLICY;
}

/* Informative: who has seen our alert, or the end of it. */
static mcv_err ack_heard(struct mcv_agent *a, const struct mcv_group_config *c,
                         const struct mcv_datagram *d, const struct mcv_monp *m)
{
    (void)d;
    if (m->type == MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK ||
        a->alerts.state != MCV_E2_EMERGENCY || a->alerts.config != c ||
        !mcv_bytes_equal(m->originator, a->config->user)) {
        return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_POLICY);
    }
    if (!mcv_pace_take(&a->alerts.notices, a->now.mono_us, NOTICE_EVERY_US, NOTICE_BURST)) {
        return mcv_drop(a, MCV_N_MONP_PACED, MCV_E_POLICY);
    }
    mcv_out_event(a, &(struct mcv_event){
                         .type = MCV_EVENT_ALERT_ACKNOWLEDGED,
                         .user = m->sender,
                         .group = c->group,
                         .is_outgoing = true,
                         .is_unverified = true,
                     });
    return MCV_OK;
}

mcv_err mcv_alert_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                          const struct mcv_monp *m)
{
    typedef mcv_err receiver(struct mcv_agent *, const struct mcv_group_config *,
                             const struct mcv_datagram *, const struct mcv_monp *);
    static receiver *const receivers[] = {heard, ack_heard, cancel_heard, ack_heard};
    const struct mcv_group_call *g = mcv_group_by_id(a, m->group);
    const size_t kind = (size_t)m->type - MCV_MONP_GROUP_EMERGENCY_ALERT;

    MCV_ASSERT(kind < sizeof receivers / sizeof receivers[0]);
    if (!g) return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    if (!mcv_fan_out_is_to_group(g->config, d)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_ADDRESS, MCV_E_NOT_FOR_US);
    }
    if (m->originator.n > MCV_MAX_URI_BYTES || m->sender.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    return receivers[kind](a, g->config, d, m);
}

/* ---- our user ------------------------------------------------------------------------------- */

static mcv_err set_location(struct mcv_agent *a, struct mcv_bytes location, const char **why)
{
    if (location.n > sizeof a->alerts.location) {
        return mcv_refuse(why, "the location is too long", MCV_E_SPACE);
    }
    if (location.n > 0) memcpy(a->alerts.location, location.p, location.n);
    a->alerts.n_location = (uint8_t)location.n;
    return MCV_OK;
}

static mcv_err want_raise(struct mcv_agent *a, const struct mcv_command *command, const char **why)
{
    const struct mcv_group_call *g = mcv_group_by_id(a, command->target);

    if (!g) return mcv_refuse(why, "no such group", MCV_E_NOT_FOUND);
    if (!a->config->may_alert) {
        return mcv_refuse(why, "not authorised for emergency alerts", MCV_E_POLICY);
    }
    if (a->alerts.state == MCV_E2_EMERGENCY) {
        return mcv_refuse(why, "there is an alert of ours", MCV_E_BUSY);
    }
    if (command->location.n > 0) {
        mcv_err err = set_location(a, command->location, why);
        if (err) return err;
    }
    step(a, E_RAISE, &(struct alert_input){.config = g->config});
    return MCV_OK;
}

/* The target names whose alert: nobody and our own user are the same. */
static mcv_err want_cancel(struct mcv_agent *a, const struct mcv_command *command, const char **why)
{
    const bool is_own = command->target.n == 0 || mcv_bytes_equal(command->target, a->config->user);

    if (!is_own) {
        if (!a->config->may_cancel_alert) {
            return mcv_refuse(why, "not authorised to cancel alerts of others", MCV_E_POLICY);
        }
        if (mcv_alert_list_cancel(a, command->target)) return MCV_OK;
        return mcv_refuse(why, "no alert of this user", MCV_E_NOT_FOUND);
    }
    if (a->alerts.state != MCV_E2_EMERGENCY) {
        return mcv_refuse(why, "there is no alert of ours", MCV_E_BUSY);
    }
    step(a, E_CANCEL, &(struct alert_input){0});
    return MCV_OK;
}

static mcv_err want_location(struct mcv_agent *a, const struct mcv_command *command,
                             const char **why)
{
    return set_location(a, command->location, why);
}

mcv_err mcv_alert_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                          const char **why)
{
    typedef mcv_err action(struct mcv_agent *, const struct mcv_command *, const char **);
    static action *const actions[] = {
        [MCV_CMD_ALERT_RAISE] = want_raise,
        [MCV_CMD_ALERT_CANCEL] = want_cancel,
        [MCV_CMD_LOCATION] = want_location,
    };

    *call = 0;
    return actions[command->type](a, command, why);
}

/* ---- timers --------------------------------------------------------------------------------- */

void mcv_alert_init(struct mcv_agent *a, void *mem)
{
    a->alerts = (struct mcv_alerts){
        .resend_at_us = MCV_NEVER,
        .own_ack.at_us = MCV_NEVER,
        .entries = mem,
    };
    mcv_alert_list_clear(a);
}

void mcv_alert_run(struct mcv_agent *a)
{
    struct mcv_alerts *s = &a->alerts;

    if (s->resend_at_us <= a->now.mono_us) {
        s->resend_at_us = MCV_NEVER;
        step(a, E_TFE2, &(struct alert_input){0});
    }
    if (s->own_ack.at_us <= a->now.mono_us) {
        s->own_ack.at_us = MCV_NEVER;
        mcv_alert_send(a, s->own_ack_config, s->own_ack.type, a->config->user);
    }
    mcv_alert_list_run(a);
}

uint64_t mcv_alert_wake_at(const struct mcv_agent *a)
{
    const uint64_t list_us = mcv_alert_list_wake_at(a);
    uint64_t at_us = a->alerts.resend_at_us;

    if (a->alerts.own_ack.at_us < at_us) at_us = a->alerts.own_ack.at_us;
    return list_us < at_us ? list_us : at_us;
}
