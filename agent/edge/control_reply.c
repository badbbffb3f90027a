#include "agent/edge/control_reply.h"

#include "agent/edge/log.h"
#include "agent/edge/printable.h"
#include "proto/monp.h"

#include <inttypes.h>
#include <stdio.h>

char *mcv_reply_word(struct mcv_arena *a, const char *text)
{
    return mcv_arena_text(a, mcv_bytes_str(text));
}

char *mcv_reply_text(struct mcv_arena *a, struct mcv_bytes text)
{
    char out[MCV_PRINTABLE_BYTES(MCV_MAX_ALERT_TEXT_BYTES)];

    mcv_printable(out, sizeof out, text);
    return mcv_reply_word(a, out);
}

static const char *medium_name(unsigned medium)
{
    return medium == MCV_AUDIO ? "audio" : "video";
}

static const char *call_type_name(uint8_t call_type)
{
    static const char *const names[] = {
        [MCV_CALL_BASIC_GROUP] = "basic",
        [MCV_CALL_BROADCAST_GROUP] = "broadcast",
        [MCV_CALL_EMERGENCY_GROUP] = "emergency",
        [MCV_CALL_IMMINENT_PERIL_GROUP] = "imminent_peril",
        [MCV_CALL_PRIVATE] = "private",
        [MCV_CALL_EMERGENCY_PRIVATE] = "emergency_private",
    };
    const size_t n = sizeof names / sizeof names[0];

    return call_type < n && names[call_type] != NULL ? names[call_type] : "";
}

/* ---- status -------------------------------------------------------------------------------- */

static char *format_name(struct mcv_arena *a, const struct mcv_format *f)
{
    char text[300];

    snprintf(text, sizeof text, "%s/%" PRIu32, mcv_log_text(f->name), f->clock_hz);
    return mcv_reply_word(a, text);
}

static mcv_err add_media(Mcv__ControlCall *out, struct mcv_arena *a, const struct mcv_daemon *d,
                         const struct mcv_call_info *info)
{
    const struct mcv_edge_config *config = mcv_daemon_config(d);
    mcv_err err = MCV_OK;

    for (unsigned m = 0; err == MCV_OK && m < MCV_N_MEDIA; m++) {
        const enum mcv_medium medium = (enum mcv_medium)m;
        if (!info->has_medium[m]) continue;
        Mcv__ControlMedium *p = mcv_arena_alloc(a, sizeof *p);
        if (p == NULL) return MCV_E_FULL;
        mcv__control_medium__init(p);
        p->medium = mcv_reply_word(a, medium_name(m));
        p->format = format_name(a, &info->format[m]);
        p->local_in = mcv_local_port(config, info->slot, medium, MCV_LOCAL_IN);
        p->local_out = mcv_local_port(config, info->slot, medium, MCV_LOCAL_OUT);
        p->tx_ssrc = info->tx_ssrc[m];
        p->tx_packets = info->tx_pkts[m];
        p->rx_packets = info->rx_pkts[m];
        err = p->medium != NULL && p->format != NULL
                  ? mcv_arena_append(a, &out->media, &out->n_media, p)
                  : MCV_E_FULL;
    }
    return err;
}

static Mcv__ControlStream *stream_of(struct mcv_arena *a, const struct mcv_reception *r)
{
    Mcv__ControlStream *p = mcv_arena_alloc(a, sizeof *p);

    if (p == NULL) return NULL;
    mcv__control_stream__init(p);
    p->received = r->n_received;
    p->lost = r->n_lost;
    p->jitter_us = r->jitter_us;
    p->has_lip_sync = r->has_lip_sync;
    p->lip_sync_us = r->lip_sync_us;
    return p;
}

/* Those of one call, behind what is in the list. */
static mcv_err add_streams(Mcv__ControlStream ***list, size_t *n, uint32_t call,
                           struct mcv_arena *a, const struct mcv_daemon *d)
{
    struct mcv_stream_info s;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && mcv_agent_stream_info(mcv_daemon_agent(d), call, i, &s);
         i++) {
        Mcv__ControlStream *p = stream_of(a, &s.reception);
        if (p == NULL) return MCV_E_FULL;
        p->call = call;
        p->user = mcv_reply_text(a, s.user);
        p->ssrc = s.ssrc;
        p->guk_id = s.guk_id;
        p->medium = mcv_reply_word(a, medium_name(s.medium));
        err = p->user != NULL && p->medium != NULL ? mcv_arena_append(a, list, n, p) : MCV_E_FULL;
    }
    return err;
}

static const struct {
    const char *name;
    enum mcv_machine machine;
} kinds[] = {
    [MCV_KIND_PRIVATE] = {"private", MCV_MACHINE_PRIVATE},
    [MCV_KIND_GROUP] = {"group", MCV_MACHINE_GROUP},
    [MCV_KIND_BROADCAST] = {"broadcast", MCV_MACHINE_BROADCAST},
};

static void add_type_state(Mcv__ControlCall *p, struct mcv_arena *a,
                           const struct mcv_call_info *info)
{
    if (info->kind != MCV_KIND_GROUP) return;
    p->type_state = mcv_reply_word(a, mcv_state_name(MCV_MACHINE_CALL_TYPE, info->type_state));
    p->type_state_text = mcv_reply_word(a, mcv_state_text(MCV_MACHINE_CALL_TYPE, info->type_state));
}

static mcv_err fill_call(Mcv__ControlCall *p, struct mcv_arena *a, const struct mcv_daemon *d,
                         const struct mcv_call_info *info)
{
    const enum mcv_machine machine = kinds[info->kind].machine;

    mcv__control_call__init(p);
    p->call = info->call;
    p->kind = mcv_reply_word(a, kinds[info->kind].name);
    p->state = mcv_reply_word(a, mcv_state_name(machine, info->state));
    p->state_text = mcv_reply_word(a, mcv_state_text(machine, info->state));
    add_type_state(p, a, info);
    p->call_id = info->call_id;
    p->user = mcv_reply_text(a, info->user);
    p->group = mcv_reply_text(a, info->group);
    p->call_type = mcv_reply_word(a, call_type_name(info->call_type));
    p->outgoing = info->is_outgoing;
    p->manual = info->is_manual;
    p->push = info->is_push;
    p->established = info->is_established;
    p->protected_ = info->is_protected;
    p->key_id = info->key_id;
    const bool is_whole = p->kind != NULL && p->state != NULL && p->state_text != NULL &&
                          p->user != NULL && p->group != NULL && p->call_type != NULL &&
                          p->type_state != NULL && p->type_state_text != NULL;
    mcv_err err = is_whole ? add_media(p, a, d, info) : MCV_E_FULL;
    if (err == MCV_OK && info->has_ptt) err = mcv_reply_ptt(p, a, d, info);
    return err == MCV_OK ? add_streams(&p->streams, &p->n_streams, p->call, a, d) : err;
}

static mcv_err add_calls(Mcv__ControlStatus *status, struct mcv_arena *a,
                         const struct mcv_daemon *d)
{
    struct mcv_call_info info;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && mcv_agent_call_info(mcv_daemon_agent(d), i, &info); i++) {
        Mcv__ControlCall *p = mcv_arena_alloc(a, sizeof *p);
        err = p != NULL ? fill_call(p, a, d, &info) : MCV_E_FULL;
        if (err == MCV_OK) err = mcv_arena_append(a, &status->calls, &status->n_calls, p);
    }
    return err;
}

static mcv_err add_alerts(Mcv__ControlStatus *status, struct mcv_arena *a,
                          const struct mcv_daemon *d)
{
    struct mcv_alert_info info;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && mcv_agent_alert_info(mcv_daemon_agent(d), i, &info); i++) {
        Mcv__ControlAlert *p = mcv_arena_alloc(a, sizeof *p);
        if (p == NULL) return MCV_E_FULL;
        mcv__control_alert__init(p);
        p->user = mcv_reply_text(a, info.user);
        p->group = mcv_reply_text(a, info.group);
        p->organization = mcv_reply_text(a, info.organization);
        p->location = mcv_reply_text(a, info.location);
        p->own = info.is_own;
        p->verified = info.is_verified;
        const bool is_whole = p->user != NULL && p->group != NULL && p->organization != NULL &&
                              p->location != NULL;
        err = is_whole ? mcv_arena_append(a, &status->alerts, &status->n_alerts, p) : MCV_E_FULL;
    }
    return err;
}

static mcv_err add_push(Mcv__ControlStatus *status, struct mcv_arena *a,
                        const struct mcv_push_info *info)
{
    Mcv__ControlPush *p = mcv_arena_alloc(a, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__control_push__init(p);
    p->push = info->push;
    p->call = info->call;
    p->state = mcv_reply_word(a, mcv_state_name(MCV_MACHINE_PUSH, info->state));
    p->state_text = mcv_reply_word(a, mcv_state_text(MCV_MACHINE_PUSH, info->state));
    p->call_id = info->call_id;
    p->source = info->is_source;
    p->asked = info->is_asked;
    p->user = mcv_reply_text(a, info->user);
    p->recipient = mcv_reply_text(a, info->recipient);
    p->group = mcv_reply_text(a, info->group);
    const bool is_whole = p->state != NULL && p->state_text != NULL && p->user != NULL &&
                          p->recipient != NULL && p->group != NULL;
    return is_whole ? mcv_arena_append(a, &status->pushes, &status->n_pushes, p) : MCV_E_FULL;
}

static mcv_err add_pushes(Mcv__ControlStatus *status, struct mcv_arena *a,
                          const struct mcv_daemon *d)
{
    struct mcv_push_info info;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && mcv_agent_push_info(mcv_daemon_agent(d), i, &info); i++)
        err = add_push(status, a, &info);
    return err;
}

static mcv_err add_group_keys(Mcv__ControlKeys *keys, struct mcv_arena *a,
                              const struct mcv_daemon *d)
{
    struct mcv_group_key_info info;
    mcv_err err = MCV_OK;

    for (size_t i = 0; !err && mcv_agent_group_key_info(mcv_daemon_agent(d), i, &info); i++) {
        Mcv__ControlGroupKey *p = mcv_arena_alloc(a, sizeof *p);
        if (p == NULL) return MCV_E_FULL;
        mcv__control_group_key__init(p);
        p->group = mcv_reply_text(a, info.group);
        p->has_key = info.has_key;
        p->key_id = info.key_id;
        p->valid_until_s = info.until_s;
        p->left_s = info.left_s;
        p->expiring = info.is_expiring;
        err = p->group != NULL ? mcv_arena_append(a, &keys->groups, &keys->n_groups, p)
                               : MCV_E_FULL;
    }
    return err;
}

static Mcv__ControlKeys *keys_of(struct mcv_arena *a, const struct mcv_daemon *d)
{
    const struct mcv_store_keys *keys = mcv_daemon_keys(d);
    Mcv__ControlKeys *p = mcv_arena_alloc(a, sizeof *p);

    if (p == NULL) return NULL;
    mcv__control_keys__init(p);
    p->home_kms = mcv_reply_text(a, mcv_store_keyring(keys)->home_kms_uri);
    p->certificates = (uint32_t)mcv_store_n_certs(keys);
    p->key_sets = (uint32_t)mcv_store_n_key_sets(keys);
    p->group_keys = (uint32_t)mcv_store_n_gmks(keys);
    for (size_t i = 0; i < mcv_store_n_key_sets(keys); i++) {
        const int64_t until_s = mcv_store_key_set_at(keys, i).until_s;
        if (until_s > p->valid_until_s) p->valid_until_s = until_s;
    }
    return p->home_kms != NULL && add_group_keys(p, a, d) == MCV_OK ? p : NULL;
}

static const char *const network_names[] = {
    [MCV_NET_UP] = "up",
    [MCV_NET_DOWN] = "down",
    [MCV_NET_NO_ADDRESS] = "no_address",
};

static const char *const multicast_names[] = {
    [MCV_MULTICAST_UNUSED] = "unused",
    [MCV_MULTICAST_UNPROVEN] = "unproven",
    [MCV_MULTICAST_HEARD] = "heard",
    [MCV_MULTICAST_FILTERED] = "filtered",
};

static const char *const fault_names[] = {
    [MCV_EVIDENCE_NONE] = "",
    [MCV_EVIDENCE_PEER] = "peer",
    [MCV_EVIDENCE_NO_IGMP_QUERY] = "no_igmp_query",
    [MCV_EVIDENCE_NO_MLD_QUERY] = "no_mld_query",
};

static Mcv__ControlMulticast *multicast_of(struct mcv_arena *a, const struct mcv_daemon_stats *s)
{
    Mcv__ControlMulticast *p = mcv_arena_alloc(a, sizeof *p);

    if (p == NULL) return NULL;
    mcv__control_multicast__init(p);
    p->state = mcv_reply_word(a, multicast_names[s->multicast.state]);
    p->fault = mcv_reply_word(a, fault_names[s->multicast.fault]);
    p->text = mcv_reply_word(a, mcv_multicast_text(s->multicast.fault));
    p->user = mcv_reply_text(a, s->multicast.user);
    p->for_s = s->multicast.for_s;
    p->hears_queries = s->multicast.hears_queries;
    p->probe = s->udp.has_multicast;
    return p->state != NULL && p->fault != NULL && p->text != NULL && p->user != NULL ? p : NULL;
}

static Mcv__ControlPath *path_of(struct mcv_arena *a, const struct mcv_daemon *d)
{
    const struct mcv_config_media *m = &mcv_daemon_config(d)->file.media;
    const struct mcv_udp_facts udp = mcv_daemon_stats(d).udp;
    Mcv__ControlPath *p = mcv_arena_alloc(a, sizeof *p);

    if (p == NULL) return NULL;
    mcv__control_path__init(p);
    p->sends = mcv_reply_word(a, mcv_udp_path_name(udp.path));
    p->receives = mcv_reply_word(a, udp.has_gro ? "gro" : "recvmmsg");
    p->burst_packets = m->burst_pkts;
    p->burst_us = (uint32_t)m->burst_time_us;
    p->receive_bytes = (uint32_t)udp.receive_bytes;
    return p->sends != NULL && p->receives != NULL ? p : NULL;
}

mcv_err mcv_reply_status(Mcv__ControlReply *reply, struct mcv_arena *arena,
                         const struct mcv_daemon *d)
{
    const struct mcv_edge_config *config = mcv_daemon_config(d);
    Mcv__ControlStatus *s = mcv_arena_alloc(arena, sizeof *s);
    mcv_err err = MCV_OK;

    if (s == NULL) return MCV_E_FULL;
    mcv__control_status__init(s);
    reply->status = s;
    s->version = mcv_reply_word(arena, MCV_VERSION);
    s->user = mcv_reply_word(arena, config->file.user);
    s->interface = mcv_reply_word(arena, config->file.network.interface);
    s->started_s = mcv_daemon_stats(d).started_s;
    s->network = mcv_reply_word(arena, network_names[mcv_daemon_stats(d).network]);
    s->keys = keys_of(arena, d);
    s->path = path_of(arena, d);
    const struct mcv_daemon_stats stats = mcv_daemon_stats(d);
    s->multicast = multicast_of(arena, &stats);
    if (s->version == NULL || s->user == NULL || s->interface == NULL || s->network == NULL ||
        s->keys == NULL || s->path == NULL || s->multicast == NULL)
        return MCV_E_FULL;
    for (size_t i = 0; err == MCV_OK && i < config->agent.n_groups; i++)
        err = mcv_arena_append(arena, &s->groups, &s->n_groups,
                               mcv_reply_text(arena, config->agent.groups[i].group));
    if (err == MCV_OK) err = add_calls(s, arena, d);
    if (err == MCV_OK) err = add_alerts(s, arena, d);
    return err == MCV_OK ? add_pushes(s, arena, d) : err;
}

/* ---- counters ------------------------------------------------------------------------------ */

static mcv_err add_counter(Mcv__ControlReply *reply, struct mcv_arena *a, const char *name,
                           const char *text, uint64_t value)
{
    Mcv__ControlCounter *p = mcv_arena_alloc(a, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__control_counter__init(p);
    p->name = mcv_reply_word(a, name);
    p->text = mcv_reply_word(a, text);
    p->value = value;
    return p->name != NULL && p->text != NULL
               ? mcv_arena_append(a, &reply->counters, &reply->n_counters, p)
               : MCV_E_FULL;
}

mcv_err mcv_reply_stats(Mcv__ControlReply *reply, struct mcv_arena *arena,
                        const struct mcv_daemon *d)
{
    const struct mcv_counters *counters = mcv_agent_counters(mcv_daemon_agent(d));
    const struct mcv_daemon_stats stats = mcv_daemon_stats(d);
    const struct {
        const char *name, *text;
        uint64_t value;
    } edge[] = {
        {"send_failed", "datagrams that the system did not take", stats.n_send_failed},
        {"local_foreign", "local media not from the configured address", stats.n_local_foreign},
        {"jobs_build_pck", "I_MESSAGEs made for our calls", stats.n_built},
        {"jobs_verify", "signatures of I_MESSAGEs looked at", stats.n_verified},
        {"jobs_decapsulate", "keys of I_MESSAGEs decapsulated", stats.n_decapsulated},
        {"jobs_under_way", "signatures, pairings and imports that run now", stats.n_jobs},
        {"control_clients", "connections of mcvctl now", stats.n_clients},
    };
    struct mcv_call_info call;
    mcv_err err = MCV_OK;

    for (unsigned i = 0; err == MCV_OK && i < MCV_N_COUNTERS; i++)
        err = add_counter(reply, arena, mcv_counter_name((enum mcv_counter)i),
                          mcv_counter_text((enum mcv_counter)i), counters->n[i]);
    for (size_t i = 0; err == MCV_OK && i < sizeof edge / sizeof edge[0]; i++)
        err = add_counter(reply, arena, edge[i].name, edge[i].text, edge[i].value);
    for (size_t i = 0; err == MCV_OK && mcv_agent_call_info(mcv_daemon_agent(d), i, &call); i++)
        err = add_streams(&reply->streams, &reply->n_streams, call.call, arena, d);
    return err;
}

/* ---- events and imports -------------------------------------------------------------------- */

mcv_err mcv_reply_event(Mcv__ControlReply *reply, struct mcv_arena *arena,
                        const struct mcv_event *event, int64_t utc_s)
{
    const bool has_medium = event->ssrc != 0 || event->type == MCV_EVENT_PTT_IDR_WANTED;
    Mcv__ControlEvent *p = mcv_arena_alloc(arena, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__control_event__init(p);
    reply->event = p;
    p->name = mcv_reply_word(arena, mcv_event_name(event->type));
    p->utc_s = utc_s;
    p->call = event->call;
    p->call_id = event->call_id;
    p->user = mcv_reply_text(arena, event->user);
    p->group = mcv_reply_text(arena, event->group);
    p->manual = event->is_manual;
    p->outgoing = event->is_outgoing;
    p->push = event->is_push;
    p->recipient = mcv_reply_text(arena, event->recipient);
    p->reason = mcv_reply_word(arena,
                               event->reason != MCV_END_NONE ? mcv_end_name(event->reason) : "");
    p->key_id = event->key_id;
    p->left_s = event->left_s;
    p->ssrc = event->ssrc;
    p->medium = mcv_reply_word(arena, has_medium ? medium_name(event->medium) : "");
    p->total_us = event->setup.total_us;
    p->build_us = event->setup.build_us;
    p->network_us = event->setup.network_us;
    p->verify_us = event->setup.verify_us;
    p->decapsulate_us = event->setup.decapsulate_us;
    p->organization = mcv_reply_text(arena, event->organization);
    p->location = mcv_reply_text(arena, event->location);
    p->unverified = event->is_unverified;
    p->cause = event->cause;
    p->why = mcv_reply_word(arena, event->why != NULL ? event->why : "");
    p->position = event->position;
    p->call_type = mcv_reply_word(arena, call_type_name(event->call_type));
    const bool has_stream = event->type == MCV_EVENT_MEDIA_REPORT ||
                            event->type == MCV_EVENT_MEDIA_ENDED;
    if (has_stream) p->stream = stream_of(arena, &event->reception);
    const bool is_whole = p->name != NULL && p->user != NULL && p->group != NULL &&
                          (p->stream != NULL || !has_stream) && p->reason != NULL &&
                          p->medium != NULL && p->organization != NULL && p->location != NULL &&
                          p->call_type != NULL && p->recipient != NULL && p->why != NULL;
    return is_whole ? MCV_OK : MCV_E_FULL;
}

mcv_err mcv_reply_import(Mcv__ControlReply *reply, struct mcv_arena *arena,
                         const struct mcv_store_report *report)
{
    Mcv__ControlImport *p = mcv_arena_alloc(arena, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__control_import__init(p);
    reply->import = p;
    p->certificates = report->certs;
    p->key_sets = report->key_sets;
    p->group_keys = report->gmks;
    p->group_keys_older = report->gmks_older;
    p->group_keys_revoked = report->gmks_revoked;
    p->dropped = report->dropped;
    return MCV_OK;
}
