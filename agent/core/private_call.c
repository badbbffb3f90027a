/* The machine P0 .. P5: its slots, timers and the way in. The table is in private_rules.c. */
#include "agent/core/layout.h"
#include "agent/core/private_machine.h"

/* ---- slots --------------------------------------------------------------------------------- */

enum part { PART_CALL, PART_MEDIA, PART_TRANSMISSION, PART_TRANSMISSION_PARTS, PART_MONP, N_PARTS };

static size_t places(size_t at[N_PARTS], const struct mcv_limits *l)
{
    size_t n = 0;

    at[PART_CALL] = mcv_layout_add(&n, sizeof(struct mcv_private_call));
    at[PART_MEDIA] = mcv_layout_add(&n, mcv_media_size(l, false));
    at[PART_TRANSMISSION] = mcv_layout_add(&n, sizeof(struct mcv_transmission));
    at[PART_TRANSMISSION_PARTS] = mcv_layout_add(&n, mcv_transmission_size(l, true));
    at[PART_MONP] = mcv_layout_add(&n, l->n_resend_bytes);
    return n;
}

size_t mcv_room_size(const struct mcv_limits *limits)
{
    size_t at[N_PARTS];

    return places(at, limits);
}

void mcv_rooms_add(struct mcv_rooms *rooms, void *mem)
{
    struct mcv_private_call *c = mem;

    c->next = rooms->first;
    rooms->first = c;
    rooms->n_free++;
}

static void stop_timers(struct mcv_private_call *c)
{
    c->resend_at_us = c->answer_at_us = c->end_at_us = MCV_NEVER;
    c->heard_at_us = 0;
}

static struct mcv_private_call *furnish(struct mcv_agent *a, void *room, uint16_t slot)
{
    size_t at[N_PARTS];
    const size_t n = places(at, &a->limits);
    struct mcv_private_call *c = room;
    struct mcv_transmission *t = mcv_layout_at(room, at[PART_TRANSMISSION]);

    memset(room, 0, n);
    c->slot = slot;
    c->monp = mcv_layout_at(room, at[PART_MONP]);
    stop_timers(c);
    mcv_media_init(a, &c->media, mcv_layout_at(room, at[PART_MEDIA]), false);
    mcv_transmission_init(t, mcv_layout_at(room, at[PART_TRANSMISSION_PARTS]), &a->limits, true);
    c->media.transmission = t;
    return c;
}

void mcv_private_init(struct mcv_agent *a, void *mem)
{
    MCV_ASSERT(a->limits.n_resend_bytes > 2 * MCV_MAX_URI_BYTES + 16);
    for (uint16_t i = 0; i < a->limits.n_private_calls && a->rooms == NULL; i++)
        a->privates[i] = furnish(a, mcv_layout_at(mem, i * mcv_room_size(&a->limits)), i);
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
        if (a->privates[i] == NULL) continue;
        mcv_media_close(a, &a->privates[i]->media);
        forget_key(a->privates[i]);
        a->privates[i]->call = 0;
    }
    a->has_empty_room = true;
    mcv_private_return_rooms(a);
}

void mcv_private_return_rooms(struct mcv_agent *a)
{
    if (!a->has_empty_room) return;
    a->has_empty_room = false;
    for (uint16_t i = 0; a->rooms != NULL && i < a->limits.n_private_calls; i++) {
        if (a->privates[i] == NULL || a->privates[i]->call != 0) continue;
        mcv_wipe(a->privates[i], mcv_room_size(&a->limits));
        mcv_rooms_add(a->rooms, a->privates[i]);
        a->privates[i] = NULL;
    }
}

/* The call of this slot; it gets a room. NULL: there is none. */
static struct mcv_private_call *occupy(struct mcv_agent *a, uint16_t slot)
{
    struct mcv_private_call *room;

    if (a->privates[slot] != NULL || a->rooms == NULL) return a->privates[slot];
    room = a->rooms->first;
    if (room == NULL) return NULL;
    a->rooms->first = room->next;
    a->rooms->n_free--;
    a->privates[slot] = furnish(a, room, slot);
    a->has_empty_room = true; /* until the call has begun */
    return a->privates[slot];
}

struct mcv_private_call *mcv_private_find(const struct mcv_agent *a, uint32_t call)
{
    for (uint16_t i = 0; call != 0 && i < a->limits.n_private_calls; i++) {
        if (a->privates[i] != NULL && a->privates[i]->call == call) return a->privates[i];
    }
    return NULL;
}

struct mcv_private_call *mcv_private_of_peer(struct mcv_agent *a, struct mcv_bytes peer)
{
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        struct mcv_private_call *c = a->privates[i];
        if (c != NULL && c->call != 0 && mcv_bytes_equal(mcv_private_peer(c), peer)) return c;
    }
    return NULL;
}

/* Of two slots that could be taken: a free one, or the call that is forgotten sooner. */
static bool is_better(const struct mcv_private_call *c, const struct mcv_private_call *than)
{
    if (than == NULL || than->call == 0) return false;
    return c == NULL || c->call == 0 || c->end_at_us < than->end_at_us;
}

#define NO_SLOT UINT16_MAX

/* His own, or the first free one, or the one in P1 that is forgotten soonest. */
static uint16_t usable(const struct mcv_agent *a, struct mcv_bytes peer)
{
    uint16_t found = NO_SLOT;

    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        const struct mcv_private_call *c = a->privates[i];
        const bool is_free = c == NULL || c->call == 0;
        const bool is_his = !is_free && mcv_bytes_equal(mcv_private_peer(c), peer);
        const bool is_usable = is_free ? c != NULL || a->rooms->first != NULL
                                       : c->state == MCV_P1_IGNORING;
        if (is_his) return is_usable ? i : NO_SLOT;
        if (is_usable && (found == NO_SLOT || is_better(c, a->privates[found]))) found = i;
    }
    return found;
}

bool mcv_private_has_room(const struct mcv_agent *a, struct mcv_bytes peer)
{
    return usable(a, peer) != NO_SLOT;
}

struct mcv_private_call *mcv_private_take(struct mcv_agent *a, struct mcv_bytes peer,
                                          const struct mcv_addr *addr)
{
    const uint16_t slot = usable(a, peer);
    struct mcv_private_call *c = slot != NO_SLOT ? occupy(a, slot) : NULL;

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
    a->has_empty_room = true;
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
        struct mcv_private_call *c = a->privates[i];
        if (c == NULL || c->call == 0 || c->state == MCV_P1_IGNORING) continue;
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
