/* A new configuration while calls are in progress. */
#include "agent/core/agent_private.h"
#include "agent/core/alert_list.h"
#include "agent/core/broadcast_steps.h"
#include "agent/core/fan_out.h"
#include "agent/core/group_media.h"
#include "agent/core/group_steps.h"

/* ---- what does not change while an agent lives ----------------------------------------------- */

static bool is_same_agent(const struct mcv_agent_config *a, const struct mcv_agent_config *b)
{
    if (!mcv_bytes_equal(a->user, b->user) || a->n_own != b->n_own) return false;
    for (size_t i = 0; i < a->n_own; i++) {
        if (!mcv_addr_equal(&a->own[i], &b->own[i]) || a->own[i].scope != b->own[i].scope) {
            return false;
        }
    }
    return a->srtp == b->srtp && a->group_cs_id == b->group_cs_id &&
           a->media_port == b->media_port && a->replay_skew_s == b->replay_skew_s;
}

static bool is_same_format(const struct mcv_format *a, const struct mcv_format *b)
{
    return a->pt == b->pt && a->clock_hz == b->clock_hz && a->channels == b->channels &&
           mcv_bytes_equal(a->name, b->name) && mcv_bytes_equal(a->fmtp, b->fmtp);
}

static bool has_same_formats(const struct mcv_agent_config *a, const struct mcv_agent_config *b)
{
    for (size_t m = 0; m < MCV_N_MEDIA; m++) {
        if (a->formats[m].n != b->formats[m].n) return false;
        for (size_t i = 0; i < a->formats[m].n; i++) {
            if (!is_same_format(&a->formats[m].f[i], &b->formats[m].f[i])) return false;
        }
    }
    return true;
}

/* ---- what calls in progress need ------------------------------------------------------------- */

static bool has_calls(const struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_private_calls; i++) {
        if (a->privates[i] != NULL && a->privates[i]->call != 0) return true;
    }
    for (size_t i = 0; i < a->limits.n_validations; i++) {
        if (a->validations[i].stage != MCV_VALIDATION_FREE) return true;
    }
    return mcv_group_count(a) + mcv_broadcast_count(a) > 0;
}

static const struct mcv_group_config *find(const struct mcv_agent_config *config,
                                           struct mcv_bytes group)
{
    for (size_t i = 0; i < config->n_groups; i++) {
        if (mcv_bytes_equal(config->groups[i].group, group)) return &config->groups[i];
    }
    return NULL;
}

/* The group as its calls know it. */
static const struct mcv_group_config *find_same(const struct mcv_agent_config *config,
                                                const struct mcv_group_config *old)
{
    const struct mcv_group_config *c = find(config, old->group);

    if (!c || !mcv_addr_equal(&c->addr, &old->addr) || c->addr.scope != old->addr.scope ||
        c->protect_media != old->protect_media || c->protect_control != old->protect_control) {
        return NULL;
    }
    return c;
}

/* NULL too when the session has ports that others have now. */
static const struct mcv_group_config *find_for(const struct mcv_agent *a,
                                               const struct mcv_agent_config *config,
                                               const struct mcv_group_config *old,
                                               const struct mcv_call_sdp *sdp)
{
    const struct mcv_group_config *c = find_same(config, old);

    return c != NULL && mcv_fan_out_takes(config, &a->limits, c, sdp) ? c : NULL;
}

static bool keeps_calls(const struct mcv_agent *a, const struct mcv_agent_config *config)
{
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        const struct mcv_group_call *g = &a->groups[i];
        if (!mcv_group_takes_place(g)) continue;
        if (!find_for(a, config, g->config, &g->stored.sdp)) return false;
    }
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        const struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (!mcv_broadcast_takes_place(b)) continue;
        if (!find_for(a, config, b->config, &b->sdp)) return false;
    }
    return !mcv_alert_is_emergency(a) || find_same(config, a->alerts.config);
}

/* ---- the change ------------------------------------------------------------------------------- */

static struct mcv_group_call *vacant(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        if (!a->groups[i].config) return &a->groups[i];
    }
    return NULL; /* mcv_agent_config_check: there are not more groups than slots */
}

static void change_groups(struct mcv_agent *a, const struct mcv_agent_config *config)
{
    static const struct mcv_group_input no_message;
    const bool forgets = !has_same_formats(a->config,
                                           config); /* what was stored in S6 names them */

    for (size_t i = 0; i < a->limits.n_groups; i++) {
        struct mcv_group_call *g = &a->groups[i];
        if (!g->config) continue;
        const struct mcv_group_config *c = find_same(config, g->config);
        const bool stays = find_for(a, config, g->config, &g->stored.sdp) != NULL && !forgets;
        if (!mcv_group_takes_place(g) && g->state != MCV_S1_START_STOP && !stays) {
            mcv_group_step(a, g, MCV_G_STOPPED, &no_message);
        }
        g->config = c;
        if (!c) g->told_expiry_s = 0;
    }
    for (size_t i = 0; i < config->n_groups; i++) {
        if (mcv_group_by_id(a, config->groups[i].group)) continue;
        struct mcv_group_call *g = vacant(a);
        MCV_ASSERT(g);
        g->config = &config->groups[i];
    }
}

static void change_broadcasts(struct mcv_agent *a, const struct mcv_agent_config *config)
{
    for (size_t i = 0; i < a->limits.n_broadcasts; i++) {
        struct mcv_broadcast_call *b = &a->broadcasts[i];
        if (b->state == MCV_B1_START_STOP) continue;
        const struct mcv_group_config *c = find_same(config, b->config);
        if (c) {
            b->config = c;
        } else {
            mcv_broadcast_step(a, b, MCV_B_STOPPED, &(struct mcv_broadcast_input){0});
        }
    }
}

static void change_alerts(struct mcv_agent *a, const struct mcv_agent_config *config)
{
    struct mcv_alerts *s = &a->alerts;

    if (s->config) s->config = find_same(config, s->config);
    if (s->own_ack_config) s->own_ack_config = find_same(config, s->own_ack_config);
    if (!s->own_ack_config) s->own_ack.at_us = MCV_NEVER;
    for (size_t i = 0; i < a->limits.n_alerts; i++) {
        struct mcv_alert_entry *e = &s->entries[i];
        if (e->config) mcv_alert_list_move(a, e, find_same(config, e->config));
    }
}

static uint16_t peer_index(const struct mcv_agent_config *config, struct mcv_bytes user)
{
    for (size_t i = 0; i < config->n_peers; i++) {
        if (mcv_bytes_equal(config->peers[i].user, user)) return (uint16_t)i;
    }
    return MCV_MEDIA_NOBODY;
}

static void change_media(struct mcv_agent *a, const struct mcv_agent_config *config)
{
    for (size_t i = 0; i < a->limits.n_group_calls; i++) {
        struct mcv_media *m = &a->group_media[i];
        if (!m->is_open) continue;
        const struct mcv_group_config *c = find(config, m->group);
        mcv_group_media_follow(a, m, c);
        m->transmission->config = &c->ptt;
        for (size_t k = 0; k < m->n_streams; k++) {
            struct mcv_media_rx *rx = &m->streams[k];
            if (rx->ssrc == 0 || rx->peer == MCV_MEDIA_NOBODY) continue;
            rx->peer = peer_index(config, a->config->peers[rx->peer].user);
        }
    }
}

static void change_private(struct mcv_agent *a, const struct mcv_agent_config *config)
{
    for (size_t i = 0; i < a->limits.n_private_calls; i++) {
        if (a->privates[i] != NULL)
            a->privates[i]->media.transmission->config = &config->private_ptt;
    }
}

mcv_err mcv_agent_set_config(struct mcv_agent *a, struct mcv_now now,
                             const struct mcv_agent_config *config, const char **why)
{
    mcv_agent_begin(a, now);
    if (why) *why = NULL;
    if (!is_same_agent(a->config, config)) {
        return mcv_refuse(why, "own identity, addresses, ports and SRTP back-end need a restart",
                          MCV_E_CONFIG);
    }
    if (has_calls(a) && !has_same_formats(a->config, config)) {
        return mcv_refuse(why, "payload formats do not change while there are calls", MCV_E_BUSY);
    }
    if (!keeps_calls(a, config)) {
        return mcv_refuse(why, "a group with a call or an alert in progress would change or go",
                          MCV_E_BUSY);
    }
    change_media(a, config);
    change_private(a, config);
    change_groups(a, config);
    change_broadcasts(a, config);
    change_alerts(a, config);
    a->config = config;
    mcv_key_watch_reset(a);
    return MCV_OK;
}
