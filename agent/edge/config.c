#include "agent/edge/config.h"

#include "proto/addr_text.h"
#include "proto/monp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL_PORTS_PER_SLOT 8u

static struct mcv_pppp pppp_of(const struct mcv_config_pppp *p)
{
    return (struct mcv_pppp){.basic = (uint8_t)p->basic,
                             .imminent_peril = (uint8_t)p->imminent_peril,
                             .emergency = (uint8_t)p->emergency};
}

static struct mcv_bytes text_or_empty(const char *text)
{
    return text != NULL ? mcv_bytes_str(text) : (struct mcv_bytes){0};
}

static mcv_err take_addresses(struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    const struct mcv_yaml_list *list = &c->file.network.addresses;
    const char *const *texts = list->items;

    for (size_t i = 0; i < list->n; i++) {
        struct mcv_addr *a = &c->agent.own[i];
        if (mcv_addr_parse(a, mcv_bytes_str(texts[i])) != MCV_OK)
            return mcv_yaml_refuse(c->doc, why, &texts[i], "expected an IPv4 or IPv6 address");
        if (mcv_addr_is_multicast(a))
            return mcv_yaml_refuse(c->doc, why, &texts[i],
                                   "is a multicast address; expected one "
                                   "of this device");
        if (i == 1 && a->family == c->agent.own[0].family)
            return mcv_yaml_refuse(c->doc, why, &texts[i],
                                   "is a second address of one family; "
                                   "expected one IPv4 and one IPv6");
        a->port = (uint16_t)c->file.network.monp_port;
    }
    c->agent.n_own = list->n;
    return MCV_OK;
}

static mcv_err take_formats(struct mcv_edge_config *c, enum mcv_medium medium,
                            struct mcv_yaml_why *why)
{
    const struct mcv_yaml_list *list = medium == MCV_AUDIO ? &c->file.media.audio
                                                           : &c->file.media.video;
    const struct mcv_config_format *items = list->items;
    struct mcv_formats *out = &c->agent.formats[medium];

    if (list->n == 0) return MCV_OK; /* keeps the default */
    *out = (struct mcv_formats){.n = list->n};
    for (size_t i = 0; i < list->n; i++) {
        for (size_t k = 0; k < i; k++)
            if (items[k].pt == items[i].pt)
                return mcv_yaml_refuse(c->doc, why, &items[i].pt, "is there already");
        out->f[i] = (struct mcv_format){.pt = (uint8_t)items[i].pt,
                                        .name = mcv_bytes_str(items[i].name),
                                        .clock_hz = items[i].clock_hz,
                                        .channels = (uint8_t)items[i].channels,
                                        .fmtp = text_or_empty(items[i].fmtp)};
    }
    return MCV_OK;
}

static mcv_err take_peers(struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    const struct mcv_config_peer *items = c->file.peers.items;
    const size_t n = c->file.peers.n;

    c->peers = calloc(n + 1, sizeof *c->peers);
    if (c->peers == NULL) return MCV_E_FULL;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(items[k].user, items[i].user) == 0)
                return mcv_yaml_refuse(c->doc, why, &items[i].user, "is there already");
        if (mcv_addr_is_multicast(&items[i].addr))
            return mcv_yaml_refuse(c->doc, why, &items[i].addr, "is a multicast address");
        c->peers[i] = (struct mcv_peer_config){.user = mcv_bytes_str(items[i].user),
                                               .addr = items[i].addr,
                                               .kms_uri = text_or_empty(items[i].kms)};
        if (c->peers[i].addr.port == 0) c->peers[i].addr.port = MCV_MONP_PORT;
    }
    c->agent.peers = c->peers;
    c->agent.n_peers = n;
    return MCV_OK;
}

/* What the file does not say here, it says for all calls. Numbers of a private call are its own. */
static void inherit(const struct mcv_edge_config *c, struct mcv_config_transmission *to,
                    bool is_private)
{
    const struct mcv_config_transmission *from = &c->file.transmission;

#define INHERIT(field)                                                                             \
    if (!mcv_yaml_has_value(c->doc, &to->field)) to->field = from->field
    INHERIT(mode);
    INHERIT(priority.basic);
    INHERIT(priority.imminent_peril);
    INHERIT(priority.emergency);
    INHERIT(is_receive_only);
    INHERIT(asks_when_served);
    INHERIT(reception);
    INHERIT(n_shown);
    if (is_private) return;
    INHERIT(arbitration);
    INHERIT(n_max);
    INHERIT(n_queue);
#undef INHERIT
}

static struct mcv_ptt_config ptt_of(const struct mcv_config_transmission *t)
{
    return (struct mcv_ptt_config){
        .arbitration = (enum mcv_arbitration)t->arbitration,
        .mode = (enum mcv_ptt_mode)t->mode,
        .n_max = (uint16_t)t->n_max,
        .n_queue = (uint16_t)t->n_queue,
        .n_shown = (uint16_t)t->n_shown,
        .priority = {.basic = (uint8_t)t->priority.basic,
                     .imminent_peril = (uint8_t)t->priority.imminent_peril,
                     .emergency = (uint8_t)t->priority.emergency},
        .is_receive_only = t->is_receive_only,
        .asks_when_served = t->asks_when_served,
        .is_shown_manually = t->reception == MCV_RECEPTION_MANUAL,
    };
}

static struct mcv_group_config group_of(const struct mcv_edge_config *c,
                                        const struct mcv_config_group *g)
{
    struct mcv_addr addr = g->addr;

    if (addr.port == 0) addr.port = MCV_MONP_PORT;
    return (struct mcv_group_config){
        .group = mcv_bytes_str(g->id),
        .addr = addr,
        .media_port = (uint16_t)(g->media_port != 0 ? g->media_port : c->file.network.media_port),
        .protect_media = g->protect_media,
        .protect_control = g->protect_control,
        .needs_user_ack = g->needs_user_ack,
        .wants_confirm = g->wants_confirm,
        .may_emergency = g->may_emergency,
        .may_peril = g->may_peril,
        .may_cancel = g->may_cancel,
        .may_broadcast = g->may_broadcast,
        .max_duration_s = (uint32_t)(g->max_duration_us / 1000000u),
        .emergency_cancel_s = (uint32_t)(g->emergency_cancel_us / 1000000u),
        .peril_cancel_s = (uint32_t)(g->peril_cancel_us / 1000000u),
        .signalling = pppp_of(&g->signalling),
        .media = pppp_of(&g->media),
        .ptt = ptt_of(&g->transmission),
    };
}

static const struct mcv_peer_config *peer_of(const struct mcv_edge_config *c, const char *user)
{
    for (size_t i = 0; i < c->agent.n_peers; i++)
        if (mcv_bytes_equal(c->peers[i].user, mcv_bytes_str(user))) return &c->peers[i];
    return NULL;
}

/* Our own user may stand in the list: then all members can have the same one. */
static mcv_err take_fan_out(struct mcv_edge_config *c, const struct mcv_config_group *item,
                            struct mcv_group_config *g, struct mcv_yaml_why *why)
{
    const char *const *users = item->fan_out.items;
    struct mcv_addr *to = c->fan_out + c->n_fan_out;
    uint16_t n = 0;

    for (size_t i = 0; i < item->fan_out.n; i++) {
        const struct mcv_peer_config *p = peer_of(c, users[i]);
        if (strcmp(users[i], c->file.user) == 0) continue;
        if (p == NULL || p->addr.family != g->addr.family)
            return mcv_yaml_refuse(c->doc, why, &users[i],
                                   "expected a user of `peers` with an %s address",
                                   g->addr.family == MCV_IPV6 ? "IPv6" : "IPv4");
        to[n++] = p->addr;
    }
    if (item->fan_out.n > 0 && n == 0)
        return mcv_yaml_refuse(c->doc, why, &item->fan_out, "needs a user beside ourselves");
    g->fan_out = (struct mcv_fan_out){.to = to, .n = n};
    c->n_fan_out += n;
    return MCV_OK;
}

static mcv_err take_fan_outs(struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    const struct mcv_config_group *items = c->file.groups.items;
    mcv_err err = MCV_OK;
    size_t n = 0;

    for (size_t i = 0; i < c->file.groups.n; i++) n += items[i].fan_out.n;
    c->fan_out = calloc(n + 1, sizeof *c->fan_out);
    if (c->fan_out == NULL) return MCV_E_FULL;
    for (size_t i = 0; err == MCV_OK && i < c->file.groups.n; i++)
        err = take_fan_out(c, &items[i], &c->groups[i], why);
    return err;
}

static mcv_err take_groups(struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    struct mcv_config_group *items = c->file.groups.items;
    const size_t n = c->file.groups.n;

    c->groups = calloc(n + 1, sizeof *c->groups);
    if (c->groups == NULL) return MCV_E_FULL;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(items[k].id, items[i].id) == 0)
                return mcv_yaml_refuse(c->doc, why, &items[i].id, "is there already");
        if (!mcv_addr_is_multicast(&items[i].addr))
            return mcv_yaml_refuse(c->doc, why, &items[i].addr,
                                   "is not a multicast address (224.0.0.0/4 or ff00::/8)");
        inherit(c, &items[i].transmission, false);
        c->groups[i] = group_of(c, &items[i]);
        if (c->groups[i].media_port % 2 != 0)
            return mcv_yaml_refuse(c->doc, why, &items[i].media_port, "expected an even port");
    }
    c->agent.groups = c->groups;
    c->agent.n_groups = n;
    return MCV_OK;
}

static void take_security(struct mcv_edge_config *c)
{
    const struct mcv_config_security *s = &c->file.security;

    c->agent.needs_security = s->is_required;
    c->agent.hide_identity = s->hide_identity;
    c->agent.may_call = s->may_call;
    c->agent.may_auto = s->may_auto;
    c->agent.may_manual = s->may_manual;
    c->agent.may_call_emergency = s->may_call_emergency;
    c->agent.may_alert = s->may_alert;
    c->agent.may_cancel_alert = s->may_cancel_alert;
    c->agent.glare_rule = s->glare_rule;
    c->agent.group_cs_id = (uint8_t)s->group_cs_id;
    c->agent.peer_lost_s = (uint32_t)(s->peer_lost_us / 1000000u);
    c->agent.key_warning_s = (uint32_t)(s->key_warning_us / 1000000u);
    c->agent.replay_skew_s = (uint32_t)(s->replay_skew_us / 1000000u);
    c->agent.admission = (struct mcv_admission_config){
        .n_at_once = (uint16_t)s->verify_at_once,
        .burst = (uint16_t)s->verify_burst,
        .per_minute = (uint16_t)s->verify_per_minute};
}

/* As many transmit and wait as are configured to. */
static void make_room_for_transmission(struct mcv_edge_config *c)
{
    for (size_t i = 0; i < c->agent.n_groups; i++) {
        const struct mcv_ptt_config *ptt = &c->groups[i].ptt;
        if (ptt->n_max > c->limits.n_transmitters) c->limits.n_transmitters = ptt->n_max;
        if (ptt->n_queue > c->limits.n_queued) c->limits.n_queued = ptt->n_queue;
    }
}

static void take_limits(struct mcv_edge_config *c)
{
    const struct mcv_config_limits *l = &c->file.limits;

    c->limits = l->preset == 0 ? mcv_limits_device : mcv_limits_small;
    if (l->private_calls != 0) c->limits.n_private_calls = (uint16_t)l->private_calls;
    if (l->group_calls != 0) c->limits.n_group_calls = (uint16_t)l->group_calls;
    if (l->hold_bytes != 0) c->limits.n_hold_bytes = l->hold_bytes;
    make_room_for_transmission(c);
    if (c->agent.n_groups > c->limits.n_groups) c->limits.n_groups = (uint16_t)c->agent.n_groups;
    if (c->agent.n_peers > c->limits.n_peers) c->limits.n_peers = (uint16_t)c->agent.n_peers;
    if (c->agent.admission.n_at_once > c->limits.n_validations)
        c->limits.n_validations = c->agent.admission.n_at_once;
}

static void take_marks(struct mcv_edge_config *c)
{
    const struct mcv_config_mark *items = c->file.network.marks.items;

    c->marks = mcv_marks_default;
    for (size_t i = 0; i < c->file.network.marks.n; i++)
        c->marks.of[i] = (struct mcv_mark){.dscp = (uint8_t)items[i].dscp,
                                           .priority = (uint8_t)items[i].priority};
}

static mcv_err take_secret(const struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    const struct mcv_config_store *s = &c->file.store;

    if ((s->passphrase_file == NULL) != (s->key_file == NULL)) return MCV_OK;
    return mcv_yaml_refuse(c->doc, why, &s->dir,
                           "needs one of passphrase_file and key_file beside it");
}

static mcv_err take_srtp(struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    const mcv_err err = mcv_srtp_backend_find(&c->agent.srtp, c->file.media.srtp);

    if (err == MCV_E_NOT_FOUND)
        return mcv_yaml_refuse(c->doc, why, &c->file.media.srtp,
                               "is not in this build; expected openssl or libsrtp2");
    if (err != MCV_OK)
        return mcv_yaml_refuse(c->doc, why, &c->file.media.srtp, "does not start: %s",
                               mcv_err_text(err));
    return MCV_OK;
}

static mcv_err take_all(struct mcv_edge_config *c, struct mcv_yaml_why *why)
{
    const char *what = NULL;

    c->agent = mcv_agent_config_default();
    c->agent.user = mcv_bytes_str(c->file.user);
    c->agent.organization = text_or_empty(c->file.organization);
    c->agent.monp_iei = (enum mcv_monp_iei)c->file.network.monp_iei;
    c->agent.media_port = (uint16_t)c->file.network.media_port;
    c->agent.max_priority = (uint8_t)c->file.media.mc_priority;
    c->agent.rtcp_interval_ms = (uint32_t)(c->file.media.rtcp_interval_us / 1000u);
    c->agent.private_signalling = pppp_of(&c->file.signalling);
    c->agent.private_media = pppp_of(&c->file.media.pppp);
    inherit(c, &c->file.private_transmission, true);
    c->agent.private_ptt = ptt_of(&c->file.private_transmission);
    c->agent.timers = c->file.timers;
    c->agent.push = (struct mcv_push_config){.is_enabled = c->file.push.is_enabled,
                                             .on_request = c->file.push.on_request,
                                             .notifies_source = c->file.push.notifies_source};
    take_security(c);
    take_marks(c);
    mcv_err err = take_addresses(c, why);
    if (err == MCV_OK) err = take_formats(c, MCV_AUDIO, why);
    if (err == MCV_OK) err = take_formats(c, MCV_VIDEO, why);
    if (err == MCV_OK) err = take_peers(c, why);
    if (err == MCV_OK) err = take_groups(c, why);
    if (err == MCV_OK) err = take_fan_outs(c, why);
    if (err == MCV_OK) err = take_secret(c, why);
    if (err == MCV_OK) err = take_srtp(c, why);
    take_limits(c);
    if (err == MCV_OK && mcv_agent_config_check(&c->agent, &c->limits, &what) != MCV_OK)
        err = mcv_yaml_refuse(c->doc, why, NULL, "%s", what);
    return err;
}

static void begin(struct mcv_edge_config *config, const char *path)
{
    *config = (struct mcv_edge_config){.path = path};
    mcv_config_defaults(&config->file);
}

static mcv_err finish(struct mcv_edge_config *config, mcv_err err, struct mcv_yaml_why *why)
{
    if (err == MCV_OK) err = take_all(config, why);
    if (err == MCV_E_FULL) snprintf(why->text, sizeof why->text, "%s: out of memory", config->path);
    return err;
}

mcv_err mcv_edge_config_read(struct mcv_edge_config *config, const char *path,
                             struct mcv_yaml_why *why)
{
    begin(config, path);
    return finish(config, mcv_yaml_read(&config->doc, path, &mcv_config_schema, &config->file, why),
                  why);
}

mcv_err mcv_edge_config_read_text(struct mcv_edge_config *config, const char *name,
                                  struct mcv_bytes text, struct mcv_yaml_why *why)
{
    begin(config, name);
    return finish(config,
                  mcv_yaml_read_text(&config->doc, name, (const char *)text.p, text.n,
                                     &mcv_config_schema, &config->file, why),
                  why);
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

static void take_pppp(struct mcv_config_pppp *p, const struct mcv_group_xml_pppp *x)
{
    p->basic = or_default(x->basic, p->basic);
    p->imminent_peril = or_default(x->imminent_peril, p->imminent_peril);
    p->emergency = or_default(x->emergency, p->emergency);
}

/* What the document leaves out is as in a file that leaves it out. */
static struct mcv_group_config group_of_document(const struct mcv_edge_config *c,
                                                 const struct mcv_group_xml *x)
{
    struct mcv_config_group g;

    mcv_config_group_defaults(&g);
    g.transmission = c->file.transmission;
    g.transmission.arbitration = x->approach == MCV_APPROACH_SELF ? MCV_ARBITRATION_SELF
                                                                  : MCV_ARBITRATION_SINGLE;
    g.transmission.n_max = or_default(x->max_transmissions, g.transmission.n_max);
    g.id = x->group;
    g.addr = x->addr;
    g.protect_media = x->protect_media;
    g.protect_control = x->protect_control;
    take_pppp(&g.signalling, &x->signalling);
    take_pppp(&g.media, &x->media);
    if (x->max_duration_s != 0) g.max_duration_us = 1000000ull * x->max_duration_s;
    if (x->emergency_cancel_s != 0) g.emergency_cancel_us = 1000000ull * x->emergency_cancel_s;
    if (x->peril_cancel_s != 0) g.peril_cancel_us = 1000000ull * x->peril_cancel_s;
    return group_of(c, &g);
}

static bool has_group(const struct mcv_edge_config *c, const char *id)
{
    for (size_t i = 0; i < c->agent.n_groups; i++)
        if (mcv_bytes_equal(c->groups[i].group, mcv_bytes_str(id))) return true;
    return false;
}

mcv_err mcv_edge_config_add_documents(struct mcv_edge_config *config,
                                      const struct mcv_bytes *documents, size_t n,
                                      struct mcv_yaml_why *why)
{
    struct mcv_group_config *grown = realloc(config->groups,
                                             (config->agent.n_groups + n + 1) * sizeof *grown);
    const char *what = NULL;

    if (grown == NULL) return MCV_E_FULL;
    config->groups = grown;
    config->agent.groups = grown;
    config->documents = calloc(n + 1, sizeof *config->documents);
    if (config->documents == NULL) return MCV_E_FULL;
    for (size_t i = 0; i < n; i++) {
        struct mcv_group_xml *x = &config->documents[i];
        if (mcv_group_xml_decode(x, &what, documents[i]) != MCV_OK)
            return mcv_yaml_refuse(config->doc, why, &config->file.groups,
                                   "a stored group document is wrong: %s", what);
        if (!has_group(config, x->group))
            config->groups[config->agent.n_groups++] = group_of_document(config, x);
    }
    if (config->agent.n_groups > config->limits.n_groups)
        config->limits.n_groups = (uint16_t)config->agent.n_groups;
    make_room_for_transmission(config);
    if (mcv_agent_config_check(&config->agent, &config->limits, &what) != MCV_OK)
        return mcv_yaml_refuse(config->doc, why, &config->file.groups,
                               "with the imported group documents: %s", what);
    return MCV_OK;
}

void mcv_edge_config_close(struct mcv_edge_config *config)
{
    mcv_yaml_close(config->doc);
    free(config->peers);
    free(config->groups);
    free(config->fan_out);
    free(config->documents);
    *config = (struct mcv_edge_config){0};
}

uint16_t mcv_local_port(const struct mcv_edge_config *config, uint16_t slot, enum mcv_medium medium,
                        enum mcv_local_use use)
{
    const uint32_t base = config->file.media.local.port + LOCAL_PORTS_PER_SLOT * slot;

    return (uint16_t)(base + (use == MCV_LOCAL_OUT ? 4u : 0u) + (medium == MCV_VIDEO ? 2u : 0u));
}
