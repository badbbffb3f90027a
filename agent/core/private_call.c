/* The machine P0 .. P5: its slots, timers and the way in. The table is in private_rules.c. */
#include "agent/core/layout.h"
#include "agent/core/private_machine.h"

/* ---- slots --------------------------------------------------------------------------------- */

static size_t media_bytes(const struct mcv_limits *limits)
{
    return mcv_layout_align(mcv_media_size(limits, false));
}

size_t mcv_private_size(const struct mcv_limits *limits)
{
    return media_bytes(limits) + mcv_layout_align(limits->n_resend_bytes);
}

static void stop_timers(struct mcv_private_call *c)
{
    c->resend_at_us = c->answer_at_us = c->end_at_us = MCV_NEVER;
    c->heard_at_us = 0;
}

void mcv_private_init(struct mcv_agent *a, void *mem)
{
    MCV_ASSERT(a->limits.n_resend_bytes > 2 * MCV_MAX_URI_BYTES + 16);
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        struct mcv_private_call *c = &a->privates[i];
        void *parts = mcv_layout_at(mem, i * mcv_private_size(&a->limits));
        c->slot = i;
        c->monp = mcv_layout_at(parts, media_bytes(&a->limits));
        stop_timers(c);
        mcv_media_init(a, &c->media, parts, false);
    }
}

static void forget_key(struct mcv_private_call *c)
{
    mcv_pck_wipe(&c->pck);
    mcv_wipe(c->rand, sizeof c->rand);
    c->has_key = false;
    c->pck_id = MCV_NO_KEY_ID;
    c->n_rand = 0;
}

void mcv_private_wipe(struct mcv_agent *a)
{
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        mcv_media_close(a, &a->privates[i].media);
        forget_key(&a->privates[i]);
    }
}

struct mcv_private_call *mcv_private_find(const struct mcv_agent *a, uint32_t call)
{
    for (uint16_t i = 0; call != 0 && i < a->limits.n_private_calls; i++) {
        if (a->privates[i].call == call) return &a->privates[i];
    }
    return NULL;
}

struct mcv_private_call *mcv_private_of_peer(struct mcv_agent *a, struct mcv_bytes peer)
{
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        struct mcv_private_call *c = &a->privates[i];
        if (c->call != 0 && mcv_bytes_equal(mcv_private_peer(c), peer)) return c;
    }
    return NULL;
}

static bool is_better(const struct mcv_private_call *c, const struct mcv_private_call *than)
{
    if (than == NULL) return true;
    if (than->call == 0) return false;
    return c->call == 0 || c->end_at_us < than->end_at_us;
}

/* His own, or the first free one, or the one in P1 that is forgotten soonest. */
static struct mcv_private_call *usable(const struct mcv_agent *a, struct mcv_bytes peer)
{
    struct mcv_private_call *found = NULL;

    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        struct mcv_private_call *c = &a->privates[i];
        const bool is_his = c->call != 0 && mcv_bytes_equal(mcv_private_peer(c), peer);
        const bool is_usable = c->call == 0 || c->state == MCV_P1_IGNORING;
        if (is_his) return is_usable ? c : NULL;
        if (is_usable && is_better(c, found)) found = c;
    }
    return found;
}

bool mcv_private_has_room(const struct mcv_agent *a, struct mcv_bytes peer)
{
    return usable(a, peer) != NULL;
}

struct mcv_private_call *mcv_private_take(struct mcv_agent *a, struct mcv_bytes peer,
                                          const struct mcv_addr *addr)
{
    struct mcv_private_call *c = usable(a, peer);

    if (c == NULL || peer.n > sizeof c->peer) return NULL;
    if (c->call != 0) (void)mcv_private_fire(a, c, MCV_PE_NEW_CALL, NULL);
    c->call = mcv_agent_handle(a);
    c->n_peer = (uint16_t)peer.n;
    memcpy(c->peer, peer.p, peer.n);
    c->addr = *addr;
    c->started_at_us = a->now.mono_us;
    return c;
}

void mcv_private_give_back(struct mcv_agent *a, struct mcv_private_call *c)
{
    mcv_media_close(a, &c->media);
    forget_key(c);
    stop_timers(c);
    c->call = 0;
    c->state = MCV_P0_START_STOP;
    c->is_preparing = c->is_outgoing = c->is_manual = c->is_push = false;
    c->is_ringing = c->is_answered = false;
    c->has_replay_id = false;
    c->setup = (struct mcv_setup_times){0};
    c->end = MCV_END_NONE;
}

/* ---- the way into the table ---------------------------------------------------------------- */

static struct mcv_event event_of(const struct mcv_private_call *c, enum mcv_event_type type)
{
    return (struct mcv_event){.type = type,
                              .call = c->call,
                              .call_id = c->call_id,
                              .user = mcv_private_peer(c),
                              .is_manual = c->is_manual,
                              .is_outgoing = c->is_outgoing,
                              .is_push = c->is_push,
                              .call_type = c->call_type,
                              .reason = (enum mcv_end)c->end,
                              .key_id = c->has_key ? c->pck_id : MCV_NO_KEY_ID,
                              .setup = c->setup};
}

void mcv_private_tell(struct mcv_agent *a, const struct mcv_private_call *c,
                      enum mcv_event_type type)
{
    const struct mcv_event event = event_of(c, type);

    mcv_out_event(a, &event);
    if (type == MCV_EVENT_CALL_ESTABLISHED) mcv_push_call_established(a, c->call);
    if (type == MCV_EVENT_CALL_ENDED) mcv_push_call_ended(a, c->call, event.reason);
}

void mcv_private_tell_incoming(struct mcv_agent *a, const struct mcv_private_call *c,
                               struct mcv_bytes location)
{
    struct mcv_event event = event_of(c, MCV_EVENT_CALL_INCOMING);

    event.location = location;
    mcv_out_event(a, &event);
}

/* The call is over: media and key go, its call identifier is ignored for TFP7. */
static void enter_ignoring(struct mcv_agent *a, struct mcv_private_call *c)
{
    mcv_media_close(a, &c->media);
    if (c->has_replay_id) mcv_replay_close(&a->replay, &c->replay_id);
    c->has_replay_id = false;
    mcv_private_tell(a, c, MCV_EVENT_CALL_ENDED);
    forget_key(c);
    stop_timers(c);
    c->end_at_us = a->now.mono_us + (uint64_t)a->config->timers.tfp7_s * 1000000u;
}

bool mcv_private_fire(struct mcv_agent *a, struct mcv_private_call *c, enum mcv_private_event event,
                      const struct mcv_monp *m)
{
    const uint8_t from = c->state;
    const struct mcv_private_rule *rule = &mcv_private_rules[from][event];

    if (rule->action == NULL) {
        mcv_count(a, m != NULL ? MCV_N_MONP_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    if (rule->end != MCV_END_NONE) c->end = rule->end;
    c->state = rule->next;
    mcv_out_trace(a, MCV_MACHINE_PRIVATE, c->call, from, rule->next, (uint8_t)event);
    rule->action(a, c, m);
    if (rule->next == MCV_P1_IGNORING && from != MCV_P1_IGNORING) enter_ignoring(a, c);
    return true;
}

const char *mcv_private_event_name(enum mcv_private_event event)
{
    static const char *const names[MCV_N_PRIVATE_EVENTS] = {
#define MCV_PRIVATE_EVENT_NAME(NAME) #NAME,
        MCV_PRIVATE_EVENT_LIST(MCV_PRIVATE_EVENT_NAME)
#undef MCV_PRIVATE_EVENT_NAME
    };

    MCV_ASSERT(event < MCV_N_PRIVATE_EVENTS);
    return names[event];
}

/* ---- messages ------------------------------------------------------------------------------ */

/* A RELEASE of a call without a machine: one being verified, or one in the table of ignored calls. */
static mcv_err release_stranger(struct mcv_agent *a, const struct mcv_datagram *d,
                                const struct mcv_monp *m, struct mcv_bytes peer)
{
    struct mcv_validation *v = mcv_validation_find(a, &d->from, peer, m->call_id);
    const uint64_t until_us = a->now.mono_us + (uint64_t)a->config->timers.tfp7_s * 1000000u;

    if (v != NULL) {
        mcv_validation_cancel(v);
        mcv_admission_ignore(&a->admission, &d->from, peer, m->call_id, until_us);
    } else if (!mcv_admission_is_ignored(&a->admission, &d->from, peer, m->call_id,
                                         a->now.mono_us)) {
        return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOUND);
    }
    const struct mcv_monp ack = {.type = MCV_MONP_PRIVATE_CALL_RELEASE_ACK,
                                 .call_id = m->call_id,
                                 .caller = m->caller,
                                 .callee = m->callee};
    const struct mcv_addr to = mcv_peers_answer_addr(a->config, peer, &d->from);
    mcv_agent_send_monp(a, &ack, &to, a->config->private_signalling.basic);
    return MCV_OK;
}

static mcv_err receive_in_call(struct mcv_agent *a, const struct mcv_datagram *d,
                               const struct mcv_monp *m, struct mcv_private_call *c)
{
    static const uint8_t events[] = {
#define ROW(type) [MCV_MONP_PRIVATE_CALL_##type - MCV_MONP_PRIVATE_CALL_RINGING]
        ROW(RINGING) = MCV_PE_RINGING,         ROW(ACCEPT) = MCV_PE_ACCEPT,
        ROW(REJECT) = MCV_PE_REJECT,           ROW(RELEASE) = MCV_PE_RELEASE,
        ROW(RELEASE_ACK) = MCV_PE_RELEASE_ACK, ROW(ACCEPT_ACK) = MCV_PE_ACCEPT_ACK,
#undef ROW
    };

    if (!mcv_addr_same_host(&c->addr, &d->from)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_AUTH);
    }
    const uint8_t event = events[m->type - MCV_MONP_PRIVATE_CALL_RINGING];
    if (event == MCV_PE_ACCEPT_ACK && c->state == MCV_P5_PENDING && !c->is_answered) {
        return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_POLICY); /* of an ACCEPT that was not sent */
    }
    return mcv_private_fire(a, c, (enum mcv_private_event)event, m) ? MCV_OK : MCV_E_POLICY;
}

/* Spec: TS 24.379 11.2.2.2: one of caller and callee is our user, the other selects the machine. */
mcv_err mcv_private_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                            const struct mcv_monp *m)
{
    const bool is_caller = mcv_bytes_equal(m->caller, a->config->user);
    const bool is_callee = mcv_bytes_equal(m->callee, a->config->user);
    const bool is_setup = m->type == MCV_MONP_PRIVATE_CALL_SETUP_REQUEST;
    const struct mcv_bytes peer = is_caller ? m->callee : m->caller;

    if (mcv_addr_is_multicast(&d->to) || is_caller == is_callee || (is_setup && is_caller)) {
        return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    }
    if (peer.n > MCV_MAX_URI_BYTES) return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    if (is_setup) return mcv_private_setup(a, d, m);

    struct mcv_private_call *c = mcv_private_of_peer(a, peer);
    if (c != NULL && c->call_id == m->call_id && c->is_outgoing == is_caller && !c->is_preparing) {
        return receive_in_call(a, d, m, c);
    }
    if (m->type == MCV_MONP_PRIVATE_CALL_RELEASE) return release_stranger(a, d, m, peer);
    return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOUND);
}

void mcv_private_media_heard(struct mcv_agent *a, uint32_t call)
{
    struct mcv_private_call *c = mcv_private_find(a, call);

    if (c == NULL) return;
    c->heard_at_us = a->now.mono_us;
    if (c->state == MCV_P5_PENDING) (void)mcv_private_fire(a, c, MCV_PE_MEDIA, NULL);
}

void mcv_private_sockets_failed(struct mcv_agent *a, uint32_t call)
{
    struct mcv_private_call *c = mcv_private_find(a, call);

    if (c != NULL) (void)mcv_private_fire(a, c, MCV_PE_MEDIA_FAILED, NULL);
}

void mcv_private_end_all(struct mcv_agent *a, enum mcv_end end)
{
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        struct mcv_private_call *c = &a->privates[i];
        if (c->call == 0 || c->state == MCV_P1_IGNORING) continue;
        c->end = (uint8_t)end;
        (void)mcv_private_fire(a, c, MCV_PE_ABORT, NULL);
    }
}

void mcv_private_info(const struct mcv_private_call *c, struct mcv_call_info *out)
{
    out->call = c->call;
    out->call_id = c->call_id;
    out->slot = c->slot;
    out->kind = MCV_KIND_PRIVATE;
    out->state = c->state;
    out->call_type = c->call_type;
    out->is_outgoing = c->is_outgoing;
    out->is_manual = c->is_manual;
    out->is_push = c->is_push;
    out->is_established = c->state == MCV_P4_ONGOING;
    out->is_protected = c->has_key;
    out->user = mcv_private_peer(c);
    out->key_id = c->has_key ? c->pck_id : MCV_NO_KEY_ID;
    out->setup = c->setup;
}
