#include "sim/cast.h"

#include "proto/monp.h"
#include "sim/pool.h"

#include <stdlib.h>

#define GROUP_MEDIA_PORT 40000
#define FIRST_USER       0x0a000001u /* 10.0.0.1 */
#define FIRST_GROUP      0xefc00000u /* 239.192.0.0 */

static const struct mcv_key_period period = {.period_s = 2592000, .offset_s = 0};

struct indexes {
    uint32_t *i;
    size_t n, cap;
};

struct cast_user {
    struct mcv_agent_config config;
    struct mcv_world_node node;
    struct indexes groups, contacts;
};

struct cast_group {
    struct mcv_group_config config;
    size_t keys; /* in mcv_sim_keys */
    struct indexes members;
};

struct mcv_cast {
    struct mcv_world_params params;
    struct mcv_sim_keys *keys;
    struct mcv_world *world;
    struct mcv_pool pool;
    struct cast_user **users;
    size_t n_users, cap_users;
    struct cast_group **groups;
    size_t n_groups, cap_groups;
    uint32_t first_user, first_group; /* IPv4 */
};

mcv_err mcv_cast_open(struct mcv_cast **out, const struct mcv_world_params *params,
                      unsigned periods_around)
{
    struct mcv_cast *cast = calloc(1, sizeof *cast);

    *out = cast;
    if (cast == NULL) return MCV_E_IO;
    cast->params = *params;
    mcv_cast_set_addresses(cast, FIRST_USER, FIRST_GROUP);
    const mcv_err err = mcv_sim_keys_open(&cast->keys, params->seed, params->utc_s, periods_around);
    if (err == MCV_OK) return MCV_OK;
    mcv_cast_close(cast);
    *out = NULL;
    return err;
}

void mcv_cast_close(struct mcv_cast *cast)
{
    if (cast == NULL) return;
    mcv_world_close(cast->world);
    mcv_sim_keys_close(cast->keys);
    for (size_t i = 0; i < cast->n_groups; i++) free(cast->groups[i]->members.i);
    for (size_t i = 0; i < cast->n_users; i++) {
        free(cast->users[i]->groups.i);
        free(cast->users[i]->contacts.i);
    }
    free(cast->users);
    free(cast->groups);
    mcv_pool_wipe(&cast->pool);
    free(cast);
}

static bool has_index(const struct indexes *list, uint32_t i)
{
    for (size_t k = 0; k < list->n; k++)
        if (list->i[k] == i) return true;
    return false;
}

static mcv_err add_index(struct indexes *list, uint32_t i)
{
    if (list->n == list->cap) {
        const size_t cap = list->cap > 0 ? 2 * list->cap : 1;
        uint32_t *p = realloc(list->i, cap * sizeof *p);

        if (p == NULL) return MCV_E_IO;
        list->i = p;
        list->cap = cap;
    }
    list->i[list->n++] = i;
    return MCV_OK;
}

/* Room for one pointer more. */
static mcv_err make_room(void *array, size_t n, size_t *cap)
{
    if (n < *cap) return MCV_OK;
    const size_t next = *cap > 0 ? 2 * *cap : 16;
    void *old;

    memcpy(&old, array, sizeof old);
    void *p = realloc(old, next * sizeof(void *));
    if (p == NULL) return MCV_E_IO;
    memcpy(array, &p, sizeof p);
    *cap = next;
    return MCV_OK;
}

void mcv_cast_set_addresses(struct mcv_cast *cast, uint32_t first_user, uint32_t first_group)
{
    cast->first_user = first_user;
    cast->first_group = first_group;
}

static struct mcv_addr monp_addr(uint32_t ipv4)
{
    struct mcv_addr addr = {.family = MCV_IPV4, .port = MCV_MONP_PORT};

    mcv_store_be32(addr.b, ipv4);
    return addr;
}

mcv_err mcv_cast_add_kms(struct mcv_cast *cast, size_t *kms, const char *uri)
{
    return mcv_sim_keys_add_kms(cast->keys, kms, uri, &period);
}

mcv_err mcv_cast_trust(struct mcv_cast *cast, size_t kms, size_t other)
{
    return mcv_sim_keys_trust(cast->keys, kms, other);
}

mcv_err mcv_cast_add_user(struct mcv_cast *cast, uint32_t *user, const char *uri, size_t kms,
                          enum mcv_sim_identity identity)
{
    struct cast_user *u = mcv_pool_alloc(&cast->pool, sizeof *u);
    size_t i;

    if (u == NULL || make_room(&cast->users, cast->n_users, &cast->cap_users) != MCV_OK)
        return MCV_E_IO;
    const mcv_err err = mcv_sim_keys_add_user(cast->keys, &i, uri, kms, identity);
    if (err != MCV_OK) return err;
    MCV_ASSERT(i == cast->n_users);
    u->config = mcv_agent_config_default();
    u->config.user = mcv_sim_keys_user_uri(cast->keys, i);
    u->config.own[0] = monp_addr(cast->first_user + (uint32_t)i);
    u->config.n_own = 1;
    u->config.admission.n_at_once = cast->params.limits->n_validations < 2 ? 1 : 2;
    u->node.config = &u->config;
    cast->users[cast->n_users++] = u;
    *user = (uint32_t)i;
    return MCV_OK;
}

mcv_err mcv_cast_add_group(struct mcv_cast *cast, size_t *group, const char *uri)
{
    struct cast_group *g = mcv_pool_alloc(&cast->pool, sizeof *g);

    if (g == NULL || make_room(&cast->groups, cast->n_groups, &cast->cap_groups) != MCV_OK)
        return MCV_E_IO;
    mcv_err err = mcv_sim_keys_add_group(cast->keys, &g->keys, uri);
    if (err == MCV_OK) err = mcv_sim_keys_add_gmk(cast->keys, NULL, g->keys, 0, 0);
    if (err != MCV_OK) return err;
    g->config = (struct mcv_group_config){
        .group = mcv_sim_keys_group_uri(cast->keys, g->keys),
        .addr = monp_addr(cast->first_group + (uint32_t)cast->n_groups),
        .media_port = GROUP_MEDIA_PORT,
        .protect_media = true,
        .protect_control = true,
        .max_duration_s = 3600,
        .emergency_cancel_s = 600,
        .peril_cancel_s = 600,
        .may_emergency = true,
        .may_peril = true,
        .may_cancel = true,
        .may_broadcast = true,
        .signalling = {.basic = 3, .imminent_peril = 2, .emergency = 1},
        .media = {.basic = 4, .imminent_peril = 2, .emergency = 1},
        .ptt = {.n_max = 1, .n_queue = cast->params.limits->n_queued}};
    *group = cast->n_groups;
    cast->groups[cast->n_groups++] = g;
    return MCV_OK;
}

mcv_err mcv_cast_add_member(struct mcv_cast *cast, size_t group, uint32_t user, bool has_keys)
{
    MCV_ASSERT(group < cast->n_groups && user < cast->n_users);
    struct cast_user *u = cast->users[user];
    struct cast_group *g = cast->groups[group];
    mcv_err err = MCV_OK;

    if (has_index(&u->groups, (uint32_t)group)) return MCV_OK;
    if (has_keys) err = mcv_sim_keys_add_member(cast->keys, g->keys, user);
    if (err == MCV_OK) err = add_index(&g->members, user);
    return err == MCV_OK ? add_index(&u->groups, (uint32_t)group) : err;
}

/* In the order of their numbers: thousands of users may know each other. */
mcv_err mcv_cast_add_contact(struct mcv_cast *cast, uint32_t user, uint32_t other)
{
    MCV_ASSERT(other < cast->n_users && user < cast->n_users);
    struct indexes *contacts = &cast->users[user]->contacts;
    size_t from = 0, to = contacts->n;

    while (from < to) {
        const size_t middle = (from + to) / 2;

        if (contacts->i[middle] < other)
            from = middle + 1;
        else
            to = middle;
    }
    if (to < contacts->n && contacts->i[to] == other) return MCV_OK;
    const mcv_err err = add_index(contacts, other);
    if (err != MCV_OK) return err;
    memmove(contacts->i + to + 1, contacts->i + to, (contacts->n - 1 - to) * sizeof *contacts->i);
    contacts->i[to] = other;
    return MCV_OK;
}

struct mcv_agent_config *mcv_cast_config(struct mcv_cast *cast, uint32_t user)
{
    MCV_ASSERT(user < cast->n_users);
    return &cast->users[user]->config;
}

struct mcv_group_config *mcv_cast_group_config(struct mcv_cast *cast, size_t group)
{
    MCV_ASSERT(group < cast->n_groups);
    return &cast->groups[group]->config;
}

struct mcv_world_node *mcv_cast_node(struct mcv_cast *cast, uint32_t user)
{
    MCV_ASSERT(user < cast->n_users);
    return &cast->users[user]->node;
}

/* ---- start --------------------------------------------------------------------------------- */

/* Members of one group only share its configuration. */
static mcv_err set_groups(struct mcv_cast *cast, struct cast_user *u)
{
    const size_t n = u->groups.n;

    u->config.n_groups = n;
    if (n == 1) u->config.groups = &cast->groups[u->groups.i[0]]->config;
    if (n < 2) return MCV_OK;
    struct mcv_group_config *groups = mcv_pool_alloc(&cast->pool, n * sizeof *groups);
    if (groups == NULL) return MCV_E_IO;
    for (size_t i = 0; i < n; i++) groups[i] = cast->groups[u->groups.i[i]]->config;
    u->config.groups = groups;
    return MCV_OK;
}

static mcv_err set_contacts(struct mcv_cast *cast, struct cast_user *u)
{
    const size_t n = u->contacts.n;
    struct mcv_peer_config *peers = mcv_pool_alloc(&cast->pool, (n + 1) * sizeof *peers);

    if (peers == NULL) return MCV_E_IO;
    for (size_t i = 0; i < n; i++) {
        const uint32_t other = u->contacts.i[i];

        peers[i] = (struct mcv_peer_config){
            .user = cast->users[other]->config.user,
            .addr = cast->users[other]->config.own[0],
            .kms_uri = mcv_sim_keys_kms_uri(cast->keys, mcv_sim_keys_user_kms(cast->keys, other))};
    }
    u->config.peers = peers;
    u->config.n_peers = n;
    return MCV_OK;
}

static mcv_err start_user(struct mcv_cast *cast, uint32_t user, const char **why)
{
    struct cast_user *u = cast->users[user];
    uint32_t agent;
    mcv_err err = set_groups(cast, u);

    if (err == MCV_OK && u->contacts.n > 0) err = set_contacts(cast, u);
    if (err == MCV_OK) err = mcv_sim_keys_ring(cast->keys, &u->node.keys, user);
    return err == MCV_OK ? mcv_world_add(cast->world, &agent, &u->node, why) : err;
}

mcv_err mcv_cast_start(struct mcv_cast *cast, const char **why)
{
    if (why != NULL) *why = NULL;
    mcv_err err = mcv_world_open(&cast->world, &cast->params);

    for (size_t i = 0; i < cast->n_users && err == MCV_OK; i++)
        err = start_user(cast, (uint32_t)i, why);
    return err;
}

struct mcv_world *mcv_cast_world(const struct mcv_cast *cast)
{
    return cast->world;
}

struct mcv_sim_keys *mcv_cast_keys(const struct mcv_cast *cast)
{
    return cast->keys;
}

size_t mcv_cast_n_users(const struct mcv_cast *cast)
{
    return cast->n_users;
}

size_t mcv_cast_n_groups(const struct mcv_cast *cast)
{
    return cast->n_groups;
}

struct mcv_bytes mcv_cast_user_uri(const struct mcv_cast *cast, uint32_t user)
{
    MCV_ASSERT(user < cast->n_users);
    return cast->users[user]->config.user;
}

struct mcv_bytes mcv_cast_group_uri(const struct mcv_cast *cast, size_t group)
{
    MCV_ASSERT(group < cast->n_groups);
    return cast->groups[group]->config.group;
}

static uint32_t index_at(const struct mcv_addr *addr, uint32_t first, size_t n)
{
    const uint32_t i = mcv_load_be32(addr->b) - first;

    return addr->family == MCV_IPV4 && i < n ? i : UINT32_MAX;
}

uint32_t mcv_cast_user_at(const struct mcv_cast *cast, const struct mcv_addr *addr)
{
    return index_at(addr, cast->first_user, cast->n_users);
}

uint32_t mcv_cast_group_at(const struct mcv_cast *cast, const struct mcv_addr *addr)
{
    return index_at(addr, cast->first_group, cast->n_groups);
}

const uint32_t *mcv_cast_members(const struct mcv_cast *cast, size_t group, size_t *n)
{
    MCV_ASSERT(group < cast->n_groups);
    *n = cast->groups[group]->members.n;
    return cast->groups[group]->members.i;
}

const uint32_t *mcv_cast_groups(const struct mcv_cast *cast, uint32_t user, size_t *n)
{
    MCV_ASSERT(user < cast->n_users);
    *n = cast->users[user]->groups.n;
    return cast->users[user]->groups.i;
}

mcv_err mcv_cast_renew_keys(struct mcv_cast *cast, uint32_t user)
{
    struct mcv_world_node *node = mcv_cast_node(cast, user);
    const mcv_err err = mcv_sim_keys_ring(cast->keys, &node->keys, user);

    if (err == MCV_OK && cast->world != NULL) mcv_world_set_keys(cast->world, user, node->keys);
    return err;
}

static mcv_err renew_group(struct mcv_cast *cast, size_t group)
{
    const struct indexes *members = &cast->groups[group]->members;
    mcv_err err = MCV_OK;

    for (size_t i = 0; i < members->n && err == MCV_OK; i++)
        err = mcv_cast_renew_keys(cast, members->i[i]);
    return err;
}

mcv_err mcv_cast_roll(struct mcv_cast *cast, size_t group, int64_t activation_s)
{
    MCV_ASSERT(group < cast->n_groups);
    const mcv_err err = mcv_sim_keys_add_gmk(cast->keys, NULL, cast->groups[group]->keys,
                                             activation_s, 0);

    return err == MCV_OK ? renew_group(cast, group) : err;
}

mcv_err mcv_cast_revoke(struct mcv_cast *cast, size_t group)
{
    MCV_ASSERT(group < cast->n_groups);
    const size_t keys = cast->groups[group]->keys;
    const mcv_err err = mcv_sim_keys_revoke_gmk(cast->keys, keys,
                                                mcv_sim_keys_oldest_gmk(cast->keys, keys));

    return err == MCV_OK ? renew_group(cast, group) : err;
}

size_t mcv_cast_bytes(const struct mcv_cast *cast)
{
    return cast->pool.n_bytes + mcv_sim_keys_bytes(cast->keys);
}
