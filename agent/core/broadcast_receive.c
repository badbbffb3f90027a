/* Messages and commands of broadcast group calls: which call they are for. */
#include "agent/core/agent_private.h"
#include "agent/core/broadcast_steps.h"
#include "agent/core/fan_out.h"
#include "agent/core/group_media.h"

static const struct mcv_broadcast_input no_message;

/* One call: group, identifier, and who calls. */
static struct mcv_broadcast_call *find(struct mcv_agent *a, const struct mcv_group_config *c,
                                       const struct mcv_monp *m)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (b->state != MCV_B1_START_STOP && b->config == c && b->call_id == m->call_id &&
            mcv_bytes_equal(mcv_bytes_of(b->originator, b->n_originator), m->originator)) {
            return b;
        }
    }
    return NULL;
}

/* A free slot, or that of the call that is ignored for the longest time; NULL: none, or too many of
 * this source. from  NULL: our own user. */
static struct mcv_broadcast_call *slot_for(struct mcv_agent *a, const struct mcv_addr *from)
{
    struct mcv_broadcast_call *best = NULL;
    size_t n_of_source = 0;

    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (b->state == MCV_B1_START_STOP) {
            if (!best || best->state != MCV_B1_START_STOP) best = b;
            continue;
        }
        n_of_source += from && mcv_addr_same_host(&b->source, from);
        if (b->state != MCV_B4_IGNORING || (best && best->state == MCV_B1_START_STOP)) continue;
        if (!best || b->timer_at_us[MCV_TFB1] < best->timer_at_us[MCV_TFB1]) best = b;
    }
    return n_of_source < (a->limits.n_broadcasts + 1u) / 2u ? best : NULL;
}

static void begin(struct mcv_agent *a, struct mcv_broadcast_call *b,
                  const struct mcv_group_config *c)
{
    mcv_broadcast_clear(b);
    b->config = c;
    b->call = mcv_agent_handle(a);
    b->started_at_us = a->now.mono_us;
}

static mcv_err heard(struct mcv_agent *a, const struct mcv_group_config *c,
                     const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_broadcast_call *b = find(a, c, m);
    struct mcv_call_sdp sdp;
    const struct mcv_broadcast_input in = {.m = m, .sdp = &sdp, .from = &d->from};

    if (mcv_bytes_equal(m->originator, a->config->user)) {
        return mcv_drop(a, MCV_N_MONP_OWN, MCV_E_NOT_FOR_US);
    }
    if (m->call_type != MCV_CALL_BROADCAST_GROUP || m->originator.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    mcv_err err = mcv_call_sdp_read(&sdp, NULL, m->sdp, a->config);
    if (err) return mcv_drop(a, MCV_N_MONP_BAD_SDP, err);
    if (!mcv_addr_same_host(&sdp.addr, &c->addr)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_ADDRESS, MCV_E_POLICY);
    }
    if (!mcv_fan_out_takes(a->config, &a->limits, c, &sdp)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_PORTS, MCV_E_POLICY);
    }
    if (!b) {
        b = mcv_group_media_has_room(a) ? slot_for(a, &d->from) : NULL;
        if (!b) return mcv_drop(a, MCV_N_GROUP_LIMIT, MCV_E_FULL);
        begin(a, b, c);
    }
    return mcv_broadcast_step(a, b, c->needs_user_ack ? MCV_B_HEARD_ASK : MCV_B_HEARD, &in)
               ? MCV_OK
               : MCV_E_POLICY;
}

static mcv_err ended(struct mcv_agent *a, const struct mcv_group_config *c,
                     const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_broadcast_call *b = find(a, c, m);
    struct mcv_addr addr;
    const bool is_known = mcv_peers_find(&addr, &a->peers, a->config, m->originator);
    const struct mcv_broadcast_input in = {.m = m, .is_unverified = !is_known};

    if (!b) return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOR_US);
    if (b->is_outgoing || (is_known && !mcv_addr_same_host(&addr, &d->from))) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_POLICY);
    }
    return mcv_broadcast_step(a, b, MCV_B_END, &in) ? MCV_OK : MCV_E_POLICY;
}

mcv_err mcv_broadcast_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                              const struct mcv_monp *m)
{
    const struct mcv_group_call *g = mcv_group_by_id(a, m->group);

    if (!g) return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    if (!mcv_fan_out_is_to_group(g->config, d)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_ADDRESS, MCV_E_NOT_FOR_US);
    }
    return m->type == MCV_MONP_GROUP_CALL_BROADCAST ? heard(a, g->config, d, m)
                                                    : ended(a, g->config, d, m);
}

/* ---- our user ------------------------------------------------------------------------------- */

static mcv_err start(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                     const char **why)
{
    const struct mcv_group_call *g = mcv_group_by_id(a, command->target);
    struct mcv_broadcast_call *b;

    if (!g) return mcv_refuse(why, "no such group", MCV_E_NOT_FOUND);
    const struct mcv_group_config *c = g->config;
    if (!c->may_broadcast) {
        return mcv_refuse(why, "not authorised for broadcast calls of this group", MCV_E_POLICY);
    }
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        if (a->broadcasts[i].is_outgoing && a->broadcasts[i].state != MCV_B1_START_STOP &&
            a->broadcasts[i].config == c) {
            return mcv_refuse(why, "there is a broadcast of ours in this group", MCV_E_BUSY);
        }
    }
    b = mcv_group_media_has_room(a) ? slot_for(a, NULL) : NULL;
    if (!b) return mcv_refuse(why, "limit of simultaneous group calls", MCV_E_FULL);
    if (c->protect_media && !mcv_keyring_gmk_to_send(a->keys, c->group, a->latest_s)) {
        return mcv_refuse(why, "no usable group key", MCV_E_UNKNOWN_KEY);
    }
    begin(a, b, c);
    *call = b->call;
    mcv_broadcast_step(a, b, MCV_B_START, &no_message);
    return MCV_OK;
}

bool mcv_broadcast_give_way(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (!mcv_broadcast_takes_place(b) || b->is_outgoing) continue;
        return mcv_broadcast_step(a, b, MCV_B_RELEASE, &no_message);
    }
    return false;
}

static struct mcv_broadcast_call *own_of(struct mcv_agent *a, struct mcv_bytes group)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (b->state == MCV_B2_ONGOING && b->is_outgoing &&
            mcv_bytes_equal(b->config->group, group)) {
            return b;
        }
    }
    return NULL;
}

mcv_err mcv_broadcast_command(struct mcv_agent *a, const struct mcv_command *command,
                              uint32_t *call, const char **why)
{
    static const enum mcv_broadcast_event events[] = {
        [MCV_CMD_ACCEPT] = MCV_B_ACCEPT,
        [MCV_CMD_REJECT] = MCV_B_REJECT,
        [MCV_CMD_RELEASE] = MCV_B_RELEASE,
        [MCV_CMD_BROADCAST_END] = MCV_B_RELEASE_OWN,
    };
    struct mcv_broadcast_call *b;

    if (command->type == MCV_CMD_BROADCAST_START) return start(a, command, call, why);
    b = command->type == MCV_CMD_BROADCAST_END ? own_of(a, command->target)
                                               : mcv_broadcast_find(a, command->call);
    if (!b) return mcv_refuse(why, "no such broadcast", MCV_E_NOT_FOUND);
    *call = b->call;
    enum mcv_broadcast_event event = events[command->type];
    if (event == MCV_B_RELEASE && b->is_outgoing) event = MCV_B_RELEASE_OWN;
    if (!mcv_broadcast_handles(b, event)) {
        return mcv_refuse(why, "the state of the broadcast does not allow it", MCV_E_BUSY);
    }
    mcv_broadcast_step(a, b, event, &no_message);
    return MCV_OK;
}
