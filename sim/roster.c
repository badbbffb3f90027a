#include "sim/roster.h"

#include "sim/queue.h"
#include "sim/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies of an entry: a count of 0 is one without a number. */
static uint32_t copies(uint32_t count)
{
    return count > 0 ? count : 1;
}

static const char *name_of(struct mcv_pool *pool, const char *name, uint32_t count, uint32_t i)
{
    const size_t n = strlen(name) + 12;
    char *text = mcv_pool_alloc(pool, n);

    if (text == NULL) return NULL;
    if (count > 0)
        snprintf(text, n, "%s-%u", name, (unsigned)i + 1);
    else
        snprintf(text, n, "%s", name);
    return text;
}

/* How many peers a group of this entry has when there are `peers` in all. */
static uint32_t share(const struct mcv_scenario_group *g, uint32_t peers, uint64_t in_file)
{
    return peers > 0 ? (uint32_t)((uint64_t)g->peers * peers / in_file) : g->peers;
}

static mcv_err add_users(struct mcv_roster *r, const struct mcv_scenario *s)
{
    const struct mcv_scenario_user *entries = s->users.items;

    for (size_t i = 0; i < s->users.n; i++)
        for (uint32_t k = 0; k < copies(entries[i].count); k++) {
            struct mcv_roster_user *u = &r->users[r->n_users++];

            u->name = name_of(&r->pool, entries[i].name, entries[i].count, k);
            u->entry = &entries[i];
            u->group = MCV_NOBODY;
            if (u->name == NULL) return MCV_E_IO;
        }
    return MCV_OK;
}

static mcv_err add_group(struct mcv_roster *r, const struct mcv_scenario_group *entry, uint32_t k,
                         uint32_t n_peers)
{
    struct mcv_roster_group *g = &r->groups[r->n_groups];

    g->name = name_of(&r->pool, entry->name, entry->count, k);
    g->entry = entry;
    g->first_peer = r->n_users;
    g->n_peers = n_peers;
    if (g->name == NULL) return MCV_E_IO;
    for (uint32_t i = 0; i < n_peers; i++) {
        struct mcv_roster_user *u = &r->users[r->n_users++];

        u->name = name_of(&r->pool, g->name, n_peers, i);
        u->group = r->n_groups;
        if (u->name == NULL) return MCV_E_IO;
    }
    r->n_groups++;
    return MCV_OK;
}

mcv_err mcv_roster_init(struct mcv_roster *r, const struct mcv_scenario *s, uint32_t peers)
{
    const struct mcv_scenario_user *users = s->users.items;
    const struct mcv_scenario_group *groups = s->groups.items;
    uint64_t n_users = 0, n_groups = 0, in_file = 0, n_peers = 0;

    *r = (struct mcv_roster){0};
    for (size_t i = 0; i < s->users.n; i++) n_users += copies(users[i].count);
    for (size_t i = 0; i < s->groups.n; i++) {
        n_groups += copies(groups[i].count);
        in_file += (uint64_t)copies(groups[i].count) * groups[i].peers;
    }
    if (peers > 0 && in_file == 0) return MCV_E_NOT_FOUND;
    for (size_t i = 0; i < s->groups.n; i++) {
        if (peers > 0 && groups[i].peers > 0 && share(&groups[i], peers, in_file) == 0)
            return MCV_E_CONFIG;
        if (groups[i].peers > 0)
            n_peers += (uint64_t)copies(groups[i].count) * share(&groups[i], peers, in_file);
    }
    if (n_users + n_peers >= UINT64_C(1) << MCV_QUEUE_WHO_BITS || n_groups > UINT16_MAX)
        return MCV_E_FULL;
    r->users = mcv_pool_alloc(&r->pool, (n_users + n_peers + 1) * sizeof *r->users);
    r->groups = mcv_pool_alloc(&r->pool, (n_groups + 1) * sizeof *r->groups);
    if (r->users == NULL || r->groups == NULL) return MCV_E_IO;
    mcv_err err = add_users(r, s);
    for (size_t i = 0; i < s->groups.n; i++)
        for (uint32_t k = 0; k < copies(groups[i].count) && err == MCV_OK; k++)
            err = add_group(r, &groups[i], k,
                            groups[i].peers > 0 ? share(&groups[i], peers, in_file) : 0);
    return err;
}

void mcv_roster_wipe(struct mcv_roster *r)
{
    mcv_pool_wipe(&r->pool);
    *r = (struct mcv_roster){0};
}

static int compare_names(const void *a, const void *b)
{
    const char *const *x = *(const char *const *const *)a, *const *y = *(
                                                               const char *const *const *)b;
    const int order = strcmp(*x, *y);

    return order != 0 ? order : (x > y) - (x < y);
}

/* The last of n items, which begin with their name, that has the name of another. */
static mcv_err find_twin(uint32_t *twin, const void *items, uint32_t n, size_t item_bytes)
{
    const char *const **names = malloc(((size_t)n + 1) * sizeof *names);

    *twin = MCV_NOBODY;
    if (names == NULL) return MCV_E_IO;
    for (uint32_t i = 0; i < n; i++)
        names[i] = (const char *const *)(const void *)((const uint8_t *)items + i * item_bytes);
    qsort(names, n, sizeof *names, compare_names);
    for (uint32_t i = 1; i < n; i++)
        if (strcmp(*names[i - 1], *names[i]) == 0)
            *twin = (uint32_t)((size_t)((const uint8_t *)names[i] - (const uint8_t *)items) /
                               item_bytes);
    free(names);
    return MCV_OK;
}

mcv_err mcv_roster_twins(const struct mcv_roster *r, uint32_t *user, uint32_t *group)
{
    const mcv_err err = find_twin(user, r->users, r->n_users, sizeof *r->users);

    return err == MCV_OK ? find_twin(group, r->groups, r->n_groups, sizeof *r->groups) : err;
}

bool mcv_roster_matches(const char *pattern, const char *name)
{
    const size_t n = strlen(pattern);

    return n > 0 && pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0
                                          : strcmp(pattern, name) == 0;
}

uint32_t mcv_roster_next(const struct mcv_roster *r, const char *pattern, uint32_t from)
{
    for (uint32_t i = from; i < r->n_users; i++)
        if (mcv_roster_matches(pattern, r->users[i].name)) return i;
    return MCV_NOBODY;
}

uint32_t mcv_roster_next_group(const struct mcv_roster *r, const char *pattern, uint32_t from)
{
    for (uint32_t i = from; i < r->n_groups; i++)
        if (mcv_roster_matches(pattern, r->groups[i].name)) return i;
    return MCV_NOBODY;
}

uint32_t mcv_roster_user(const struct mcv_roster *r, const char *name)
{
    for (uint32_t i = 0; i < r->n_users; i++)
        if (strcmp(r->users[i].name, name) == 0) return i;
    return MCV_NOBODY;
}

uint32_t mcv_roster_group(const struct mcv_roster *r, const char *name)
{
    for (uint32_t i = 0; i < r->n_groups; i++)
        if (strcmp(r->groups[i].name, name) == 0) return i;
    return MCV_NOBODY;
}
