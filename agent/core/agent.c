#include "agent/core/agent_private.h"
#include "agent/core/layout.h"
#include "crypto/base/secret.h"
#include "crypto/srtp_past.h"

/* ---- creation ------------------------------------------------------------------------------ */

/* What packets of a group's media touch is side by side. */
enum part {
    PART_AGENT,
    PART_GROUP_MEDIA,
    PART_GROUP_PARTS,
    PART_TRANSMISSIONS,
    PART_TRANSMISSION_PARTS,
    PART_PRIVATES,
    PART_ROOMS,
    PART_GROUPS,
    PART_BROADCASTS,
    PART_ALERTS,
    PART_PUSHES,
    PART_VALIDATIONS,
    PART_REPLAY,
    PART_SSRCS,
    PART_PAST,
    PART_PEERS,
    PART_ADMISSION,
    N_PARTS
};

static size_t places(size_t at[N_PARTS], const struct mcv_limits *l)
{
    size_t n = 0;

    at[PART_AGENT] = mcv_layout_add(&n, sizeof(struct mcv_agent));
    at[PART_GROUP_MEDIA] = mcv_layout_add(&n, l->n_group_calls * sizeof(struct mcv_media));
    at[PART_GROUP_PARTS] = mcv_layout_add(&n, mcv_group_size(l));
    at[PART_TRANSMISSIONS] = mcv_layout_add(&n, l->n_group_calls * sizeof(struct mcv_transmission));
    at[PART_TRANSMISSION_PARTS] = mcv_layout_add(&n, l->n_group_calls *
                                                         mcv_transmission_size(l, false));
    at[PART_PRIVATES] = mcv_layout_add(&n, l->n_private_calls * sizeof(struct mcv_private_call *));
    at[PART_ROOMS] = mcv_layout_add(&n,
                                    l->shares_rooms ? 0 : l->n_private_calls * mcv_room_size(l));
    at[PART_GROUPS] = mcv_layout_add(&n, l->n_groups * sizeof(struct mcv_group_call));
    at[PART_BROADCASTS] = mcv_layout_add(&n, l->n_broadcasts * sizeof(struct mcv_broadcast_call));
    at[PART_ALERTS] = mcv_layout_add(&n, l->n_alerts * sizeof(struct mcv_alert_entry));
    at[PART_PUSHES] = mcv_layout_add(&n, l->n_pushes * sizeof(struct mcv_push));
    at[PART_VALIDATIONS] = mcv_layout_add(&n, l->n_validations * sizeof(struct mcv_validation));
    at[PART_REPLAY] = mcv_layout_add(&n, l->n_replay * sizeof(struct mcv_replay_entry));
    at[PART_SSRCS] = mcv_layout_add(&n, l->n_ssrcs * sizeof(struct mcv_ssrc_use));
    at[PART_PAST] = mcv_layout_add(
        &n, l->n_past_streams != 0 ? mcv_srtp_past_size(l->n_past_streams) : 0);
    at[PART_PEERS] = mcv_layout_add(&n, mcv_peers_size(l));
    at[PART_ADMISSION] = mcv_layout_add(&n, mcv_admission_size(l));
    return n;
}

size_t mcv_agent_size(const struct mcv_limits *limits)
{
    size_t at[N_PARTS];

    return places(at, limits);
}

static void init_tables(struct mcv_agent *a, const size_t at[N_PARTS], int64_t refuse_until_s)
{
    const struct mcv_limits *l = &a->limits;

    a->privates = mcv_layout_at(a, at[PART_PRIVATES]);
    a->groups = mcv_layout_at(a, at[PART_GROUPS]);
    a->group_media = mcv_layout_at(a, at[PART_GROUP_MEDIA]);
    a->broadcasts = mcv_layout_at(a, at[PART_BROADCASTS]);
    a->pushes = mcv_layout_at(a, at[PART_PUSHES]);
    a->validations = mcv_layout_at(a, at[PART_VALIDATIONS]);
    mcv_replay_init(&a->replay, mcv_layout_at(a, at[PART_REPLAY]), l->n_replay,
                    a->config->replay_skew_s, refuse_until_s);
    mcv_ssrc_record_init(&a->ssrcs.used, mcv_layout_at(a, at[PART_SSRCS]), l->n_ssrcs);
    if (l->n_past_streams != 0)
        a->past = mcv_srtp_past_init(mcv_layout_at(a, at[PART_PAST]), l->n_past_streams);
    mcv_peers_init(&a->peers, mcv_layout_at(a, at[PART_PEERS]), l);
    mcv_admission_init(&a->admission, mcv_layout_at(a, at[PART_ADMISSION]), l);
}

static void init_transmissions(struct mcv_agent *a, void *mem)
{
    uint8_t *p = mem;

    for (uint16_t i = 0; i < a->limits.n_group_calls; i++) {
        mcv_transmission_init(&a->transmissions[i], p, &a->limits, false);
        a->group_media[i].transmission = &a->transmissions[i];
        p += mcv_transmission_size(&a->limits, false);
    }
}

struct mcv_agent *mcv_agent_init(void *mem, const struct mcv_limits *limits,
                                 const struct mcv_agent_params *params, struct mcv_now now)
{
    size_t at[N_PARTS];
    const size_t n = places(at, limits);
    struct mcv_agent *a = mem;

    MCV_ASSERT(params->config != NULL && params->keys != NULL && params->scratch != NULL);
    MCV_ASSERT(!limits->shares_rooms || params->rooms != NULL);
    memset(mem, 0, n);
    a->limits = *limits;
    a->config = params->config;
    a->keys = params->keys;
    a->scratch = params->scratch;
    if (limits->shares_rooms) a->rooms = params->rooms;
    a->rng = params->rng;
    a->job_rng = params->job_rng;
    a->now = now;
    a->latest_s = now.utc_s;
    init_tables(a, at, params->refuse_until_s);
    mcv_private_init(a, mcv_layout_at(mem, at[PART_ROOMS]));
    mcv_group_init(a, mcv_layout_at(mem, at[PART_GROUP_PARTS]));
    a->transmissions = mcv_layout_at(mem, at[PART_TRANSMISSIONS]);
    init_transmissions(a, mcv_layout_at(mem, at[PART_TRANSMISSION_PARTS]));
    mcv_broadcast_init(a);
    mcv_alert_init(a, mcv_layout_at(mem, at[PART_ALERTS]));
    mcv_push_init(a);
    mcv_key_watch_reset(a);
    return a;
}

void mcv_agent_wipe(struct mcv_agent *a)
{
    const struct mcv_limits limits = a->limits;

    mcv_private_wipe(a);
    mcv_broadcast_wipe(a);
    mcv_group_wipe(a);
    a->scratch->n_queued =
        0; /* nobody polls for the ends of calls: the next agent must not find them */
    mcv_out_reset(a);
    mcv_wipe(a, mcv_agent_size(&limits));
}

mcv_err mcv_agent_ssrc_load(struct mcv_agent *a, uint32_t gmk_id, uint32_t guk_id, uint32_t ssrc)
{
    const struct mcv_srtp_mki mki = mcv_srtp_mki_group(gmk_id, guk_id);

    if (mcv_keyring_find_gmk(a->keys, gmk_id) == NULL) return MCV_OK; /* see own_ssrcs.h */
    const mcv_err err = mcv_ssrc_record_claim(&a->ssrcs.used, &mki, ssrc);
    return err == MCV_E_REPLAY ? MCV_OK : err; /* listed twice */
}

/* ---- what every input begins with ---------------------------------------------------------- */

void mcv_agent_replan(struct mcv_agent *a)
{
    a->rest_us = 0;
}

/* A wall clock that is set back makes no expired key valid again. */
static void set_now(struct mcv_agent *a, struct mcv_now now)
{
    MCV_ASSERT(now.mono_us >= a->now.mono_us);
    a->now = now;
    if (now.utc_s <= a->latest_s) return;
    a->latest_s = now.utc_s;
    mcv_agent_replan(a); /* some deadlines are of this clock */
}

/* Packets of media move transmission control, and what else they move says so (mcv_agent_replan). */
static void begin_media(struct mcv_agent *a, struct mcv_now now)
{
    set_now(a, now);
    a->wake_us = 0;
    if (a->scratch->n_queued == 0) mcv_out_reset(a);
}

void mcv_agent_begin(struct mcv_agent *a, struct mcv_now now)
{
    begin_media(a, now);
    mcv_agent_replan(a);
}

/* ---- datagrams ----------------------------------------------------------------------------- */

typedef mcv_err monp_handler(struct mcv_agent *a, const struct mcv_datagram *d,
                             const struct mcv_monp *m);

static monp_handler *const monp_handlers[MCV_MONP_N_TYPES] = {
#define ROW(type) [MCV_MONP_##type - MCV_MONP_TYPE_FIRST]
    ROW(GROUP_CALL_PROBE) = mcv_group_receive,
    ROW(GROUP_CALL_ANNOUNCEMENT) = mcv_group_receive,
    ROW(GROUP_CALL_ACCEPT) = mcv_group_receive,
    ROW(GROUP_CALL_EMERGENCY_END) = mcv_group_receive,
    ROW(GROUP_CALL_IMMINENT_PERIL_END) = mcv_group_receive,
    ROW(GROUP_CALL_BROADCAST) = mcv_broadcast_receive,
    ROW(GROUP_CALL_BROADCAST_END) = mcv_broadcast_receive,
    ROW(PRIVATE_CALL_SETUP_REQUEST) = mcv_private_receive,
    ROW(PRIVATE_CALL_RINGING) = mcv_private_receive,
    ROW(PRIVATE_CALL_ACCEPT) = mcv_private_receive,
    ROW(PRIVATE_CALL_REJECT) = mcv_private_receive,
    ROW(PRIVATE_CALL_RELEASE) = mcv_private_receive,
    ROW(PRIVATE_CALL_RELEASE_ACK) = mcv_private_receive,
    ROW(PRIVATE_CALL_ACCEPT_ACK) = mcv_private_receive,
    ROW(GROUP_EMERGENCY_ALERT) = mcv_alert_receive,
    ROW(GROUP_EMERGENCY_ALERT_ACK) = mcv_alert_receive,
    ROW(GROUP_EMERGENCY_ALERT_CANCEL) = mcv_alert_receive,
    ROW(GROUP_EMERGENCY_ALERT_CANCEL_ACK) = mcv_alert_receive,
    ROW(PRIVATE_REMOTE_VIDEO_PUSH_REQUEST) = mcv_push_receive,
    ROW(GROUP_REMOTE_VIDEO_PUSH_REQUEST) = mcv_push_receive,
    ROW(VIDEO_PUSH_TRYING_RESPONSE) = mcv_push_receive,
    ROW(NOTIFY_VIDEO_PUSH) = mcv_push_receive,
#undef ROW
};

static bool is_own(const struct mcv_agent *a, const struct mcv_addr *from)
{
    for (size_t i = 0; i < a->config->n_own; i++) {
        if (mcv_addr_equal(&a->config->own[i], from)) return true;
    }
    return false;
}

static mcv_err receive_monp(struct mcv_agent *a, const struct mcv_datagram *d)
{
    struct mcv_monp m;

    if (is_own(a, &d->from)) return mcv_drop(a, MCV_N_MONP_OWN, MCV_E_NOT_FOR_US);
    if (d->bytes.n > MCV_MAX_MONP_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    const mcv_err err = mcv_monp_decode(&m, d->bytes, a->config->monp_iei);
    if (err) return mcv_drop(a, MCV_N_MONP_MALFORMED, err);
    mcv_count(a, MCV_N_MONP_RECEIVED);
    return monp_handlers[m.type - MCV_MONP_TYPE_FIRST](a, d, &m);
}

static mcv_err receive_media(struct mcv_agent *a, const struct mcv_datagram *d)
{
    struct mcv_media *m = mcv_agent_media_of(a, d->call);
    bool is_authentic = false;

    if (m == NULL) return mcv_drop(a, MCV_N_RTP_NO_CALL, MCV_E_NOT_FOUND);
    const bool is_private_media = !m->is_group && d->channel != MCV_CH_CONTROL;
    const mcv_err err = mcv_media_receive(a, m, d, &is_authentic);
    if (!m->is_group) mcv_agent_replan(a);
    if (is_authentic && is_private_media) mcv_private_media_heard(a, d->call);
    return err;
}

mcv_err mcv_agent_receive(struct mcv_agent *a, struct mcv_now now, const struct mcv_datagram *d)
{
    MCV_ASSERT(d->channel < MCV_N_CHANNELS);
    begin_media(a, now);
    if (d->channel != MCV_CH_MONP) return receive_media(a, d);
    mcv_agent_replan(a);
    return receive_monp(a, d);
}

bool mcv_agent_has_room(const struct mcv_agent *a)
{
    return mcv_out_has_room(a->scratch);
}

mcv_err mcv_agent_local(struct mcv_agent *a, struct mcv_now now, uint16_t slot,
                        enum mcv_medium medium, struct mcv_bytes rtp)
{
    MCV_ASSERT(medium < MCV_N_MEDIA);
    begin_media(a, now);
    struct mcv_media *m = mcv_agent_media_in(a, slot);
    if (m == NULL) return mcv_drop(a, MCV_N_RTP_NO_CALL, MCV_E_NOT_FOUND);
    if (!m->is_group) mcv_agent_replan(a);
    return mcv_transmission_local(a, m->transmission, medium, rtp);
}

/* ---- what came back ------------------------------------------------------------------------ */

static void claimed(struct mcv_agent *a, struct mcv_job *job)
{
    struct mcv_media *m = mcv_agent_media_of(a, job->token);

    mcv_media_claimed(a, m, job);
    mcv_job_free(a, job);
    if (m != NULL) mcv_transmission_run(a, m->transmission);
}

static void saved(struct mcv_agent *a, struct mcv_job *job)
{
    if (job->err) mcv_count(a, MCV_N_STORE_FAILED);
    mcv_job_free(a, job);
}

void mcv_agent_job_done(struct mcv_agent *a, struct mcv_now now, struct mcv_job *job)
{
    static void (*const done[MCV_N_JOB_KINDS])(struct mcv_agent *, struct mcv_job *) = {
        [MCV_JOB_BUILD_PCK] = mcv_private_job_done,
        [MCV_JOB_VERIFY] = mcv_validation_job_done,
        [MCV_JOB_DECAPSULATE] = mcv_validation_job_done,
        [MCV_JOB_CLAIM_SSRC] = claimed,
        [MCV_JOB_SAVE_ACCEPTED] = saved,
    };

    MCV_ASSERT(job->kind < MCV_N_JOB_KINDS);
    mcv_agent_begin(a, now);
    done[job->kind](a, job);
}

void mcv_agent_sockets_failed(struct mcv_agent *a, struct mcv_now now, uint32_t call)
{
    mcv_agent_begin(a, now);
    if (mcv_private_find(a, call) != NULL) {
        mcv_private_sockets_failed(a, call);
    } else if (mcv_broadcast_find(a, call) != NULL) {
        mcv_broadcast_sockets_failed(a, call);
    } else {
        mcv_group_sockets_failed(a, call);
    }
}

void mcv_agent_set_keys(struct mcv_agent *a, struct mcv_now now, const struct mcv_keyring *keys)
{
    const struct mcv_event event = {.type = MCV_EVENT_KEYS_CHANGED};

    MCV_ASSERT(keys != NULL);
    mcv_agent_begin(a, now);
    a->keys = keys;
    mcv_validation_cancel_all(a);
    mcv_own_ssrcs_follow_keys(a);
    mcv_group_rekey(a);
    mcv_broadcast_rekey(a);
    mcv_out_event(a, &event);
    mcv_key_watch_reset(a);
}

/* ---- outputs ------------------------------------------------------------------------------- */

static void run_timers(struct mcv_agent *a)
{
    mcv_private_run(a);
    mcv_group_run(a);
    mcv_broadcast_run(a);
    mcv_alert_run(a);
    mcv_push_run(a);
    mcv_key_watch_run(a);
}

static uint64_t rest_at(const struct mcv_agent *a)
{
    const uint64_t all_us[] = {mcv_private_wake_at(a),   mcv_group_wake_at(a),
                               mcv_broadcast_wake_at(a), mcv_alert_wake_at(a),
                               mcv_push_wake_at(a),      mcv_key_watch_wake_at(a)};
    uint64_t at_us = MCV_NEVER;

    for (size_t i = 0; i < sizeof all_us / sizeof *all_us; i++)
        at_us = mcv_earlier(at_us, all_us[i]);
    for (size_t i = 0; i < a->limits.n_group_calls; i++)
        at_us = mcv_earlier(at_us, mcv_media_wake_at(&a->group_media[i]));
    return at_us;
}

static uint64_t group_transmissions_at(const struct mcv_agent *a)
{
    uint64_t at_us = MCV_NEVER;

    for (size_t i = 0; i < a->limits.n_group_calls; i++)
        at_us = mcv_earlier(at_us, mcv_transmission_wake_at(&a->transmissions[i]));
    return at_us;
}

static void plan_wake(struct mcv_agent *a)
{
    if (a->rest_us == 0) a->rest_us = rest_at(a);
#ifndef NDEBUG
    MCV_ASSERT(a->rest_us == rest_at(a)); /* who moves a timer calls mcv_agent_replan */
#endif
    a->wake_us = mcv_earlier(a->rest_us, group_transmissions_at(a));
}

uint64_t mcv_agent_wake_at(const struct mcv_agent *a)
{
    if (a->wake_us != 0) return a->wake_us;
    return mcv_earlier(rest_at(a), group_transmissions_at(a));
}

bool mcv_agent_poll(struct mcv_agent *a, struct mcv_out *out, struct mcv_now now)
{
    struct mcv_scratch *s = a->scratch;
    const bool has_moved = now.mono_us != a->now.mono_us;

    set_now(a, now);
    if (s->n_queued == 0 && a->wake_us == 0) plan_wake(a);
    if (s->n_queued == 0 && a->wake_us <= now.mono_us) {
        if (has_moved) mcv_out_reset(a); /* time passed: an input of its own */
        run_timers(a);
        a->wake_us = a->rest_us = 0;
    }
    if (s->n_queued == 0) {
        mcv_private_return_rooms(a);
        return false;
    }
    *out = s->queue[s->head];
    s->head = (uint16_t)((s->head + 1u) % s->n_queue);
    s->n_queued--;
    return true;
}

bool mcv_agent_has_output(const struct mcv_agent *a)
{
    return a->scratch->n_queued > 0;
}

/* ---- for the machines ---------------------------------------------------------------------- */

static void push_monp(struct mcv_agent *a, const struct mcv_out_packet *packet)
{
    const struct mcv_out out = {.kind = MCV_OUT_PACKET, .u.packet = *packet};

    if (mcv_out_push(a, &out)) mcv_count(a, MCV_N_MONP_SENT);
}

static void encode_monp(struct mcv_agent *a, const struct mcv_monp *m,
                        struct mcv_out_packet *packet)
{
    uint8_t *room = mcv_out_monp_room(a);
    if (room == NULL) return;

    struct mcv_writer w = mcv_writer_of(room, MCV_MAX_MONP_BYTES);
    mcv_monp_encode(&w, m);
    MCV_ASSERT(w.err == MCV_OK || w.err == MCV_E_SPACE);
    packet->bytes = mcv_wr_done(&w);
    if (w.err == MCV_OK) push_monp(a, packet);
}

void mcv_agent_send_monp(struct mcv_agent *a, const struct mcv_monp *m, const struct mcv_addr *to,
                         uint8_t pppp)
{
    struct mcv_out_packet packet = {.channel = MCV_CH_MONP, .to = *to, .pppp = pppp};

    encode_monp(a, m, &packet);
}

void mcv_agent_send_to_group(struct mcv_agent *a, const struct mcv_monp *m,
                             const struct mcv_group_config *group, uint8_t pppp)
{
    struct mcv_out_packet packet = {.channel = MCV_CH_MONP,
                                    .to = group->addr,
                                    .is_multicast = group->fan_out.n == 0,
                                    .fan_out = group->fan_out,
                                    .pppp = pppp};

    encode_monp(a, m, &packet);
}

void mcv_agent_send_monp_again(struct mcv_agent *a, struct mcv_bytes octets,
                               const struct mcv_addr *to, uint8_t pppp)
{
    push_monp(a, &(struct mcv_out_packet){
                     .channel = MCV_CH_MONP, .to = *to, .pppp = pppp, .bytes = octets});
}

uint32_t mcv_agent_handle(struct mcv_agent *a)
{
    if (++a->next_handle == 0) a->next_handle = 1;
    return a->next_handle;
}

mcv_err mcv_agent_draw_call_id(struct mcv_agent *a, uint16_t *call_id)
{
    uint32_t value = 0;
    const mcv_err err = mcv_rng_below(&a->rng, &value, 0x10000u);

    *call_id = (uint16_t)value;
    return err;
}

struct mcv_media *mcv_agent_media_of(struct mcv_agent *a, uint32_t call)
{
    for (size_t i = 0; i < a->limits.n_group_calls; i++) {
        if (a->group_media[i].is_open && a->group_media[i].call == call) return &a->group_media[i];
    }
    struct mcv_private_call *c = mcv_private_find(a, call);
    return c != NULL && c->media.is_open ? &c->media : NULL;
}

struct mcv_media *mcv_agent_media_in(struct mcv_agent *a, uint16_t slot)
{
    const uint32_t n = a->limits.n_private_calls;
    struct mcv_media *m = NULL;

    if (slot < n) {
        m = a->privates[slot] != NULL ? &a->privates[slot]->media : NULL;
    } else if (slot - n < a->limits.n_group_calls) {
        m = &a->group_media[slot - n];
    }
    return m != NULL && m->is_open ? m : NULL;
}

const struct mcv_addr *mcv_agent_own(const struct mcv_agent *a, uint8_t family)
{
    for (size_t i = 0; i < a->config->n_own; i++) {
        if (a->config->own[i].family == family) return &a->config->own[i];
    }
    return NULL;
}
