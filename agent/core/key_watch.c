#include "agent/core/key_watch.h"

#include "agent/core/agent_private.h"

/* The clock of the wall may be set: deadlines of the other one look at it this often. */
#define LOOK_EVERY_S 60

uint64_t mcv_key_look_at(const struct mcv_agent *a, int64_t at_s)
{
    const int64_t left_s = at_s - a->latest_s;

    if (at_s == INT64_MAX) return MCV_NEVER;
    return a->now.mono_us + (uint64_t)(left_s < LOOK_EVERY_S ? left_s : LOOK_EVERY_S) * 1000000u;
}

static bool needs_key(const struct mcv_group_config *c)
{
    return c != NULL && (c->protect_media || c->protect_control);
}

static const struct mcv_keyring_gmk *last_key(const struct mcv_agent *a,
                                              const struct mcv_group_config *c)
{
    return needs_key(c) ? mcv_keyring_last_gmk(a->keys, c->group, a->latest_s) : NULL;
}

static bool is_expiring(const struct mcv_agent *a, const struct mcv_keyring_gmk *key)
{
    return key->expiry_s != 0 && key->expiry_s - a->latest_s <= (int64_t)a->config->key_warning_s;
}

/* Once for each end of the keys of a group. */
static void look(struct mcv_agent *a, struct mcv_group_call *g)
{
    const struct mcv_keyring_gmk *key = last_key(a, g->config);

    if (key == NULL || !is_expiring(a, key) || g->told_expiry_s == key->expiry_s) return;
    g->told_expiry_s = key->expiry_s;
    mcv_out_event(a, &(struct mcv_event){.type = MCV_EVENT_KEY_EXPIRING,
                                         .group = g->config->group,
                                         .key_id = key->gmk_id,
                                         .left_s = key->expiry_s - a->latest_s});
}

static int64_t next_change(const struct mcv_agent *a)
{
    int64_t best_s = INT64_MAX;

    if (a->config->key_warning_s == 0) return best_s;
    for (size_t i = 0; i < a->limits.n_groups; i++) {
        const struct mcv_group_config *c = a->groups[i].config;
        if (!needs_key(c)) continue;
        const int64_t at_s = mcv_keyring_next_change(a->keys, c->group, a->latest_s,
                                                     a->config->key_warning_s);
        if (at_s < best_s) best_s = at_s;
    }
    return best_s;
}

static void plan(struct mcv_agent *a, int64_t at_s)
{
    a->key_watch.at_s = at_s;
    a->key_watch.at_us = mcv_key_look_at(a, at_s);
}

void mcv_key_watch_reset(struct mcv_agent *a)
{
    plan(a, next_change(a) == INT64_MAX ? INT64_MAX : a->latest_s);
}

void mcv_key_watch_run(struct mcv_agent *a)
{
    if (mcv_key_watch_wake_at(a) > a->now.mono_us) return;
    for (size_t i = 0; i < a->limits.n_groups; i++) look(a, &a->groups[i]);
    plan(a, next_change(a));
}

uint64_t mcv_key_watch_wake_at(const struct mcv_agent *a)
{
    return a->latest_s >= a->key_watch.at_s ? a->now.mono_us : a->key_watch.at_us;
}

bool mcv_agent_group_key_info(const struct mcv_agent *a, size_t i, struct mcv_group_key_info *out)
{
    *out = (struct mcv_group_key_info){0};
    for (size_t k = 0; k < a->config->n_groups; k++) {
        const struct mcv_group_config *c = &a->config->groups[k];
        if (!needs_key(c) || i-- != 0) continue;
        const struct mcv_keyring_gmk *key = last_key(a, c);
        out->group = c->group;
        if (key == NULL) return true;
        out->has_key = true;
        out->key_id = key->gmk_id;
        out->until_s = key->expiry_s;
        out->left_s = key->expiry_s != 0 ? key->expiry_s - a->latest_s : 0;
        out->is_expiring = is_expiring(a, key);
        return true;
    }
    return false;
}
