#include "agent/cli/kms.h"

#include "crypto/keys.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

Mcv__Group *mcv_kms_group(const struct mcv_kms *kms, const char *group)
{
    for (size_t i = 0; i < kms->file->n_groups; i++)
        if (strcmp(kms->file->groups[i]->group_uri, group) == 0) return kms->file->groups[i];
    return NULL;
}

static mcv_err find(Mcv__Group **out, const struct mcv_kms *kms, const char *group,
                    struct mcv_why *why)
{
    *out = mcv_kms_group(kms, group);
    return *out != NULL ? MCV_OK : mcv_why_set(why, MCV_E_NOT_FOUND, "%s: no such group", group);
}

static bool gmk_id_is_taken(const struct mcv_kms *kms, uint32_t gmk_id)
{
    for (size_t i = 0; i < kms->file->n_groups; i++)
        for (size_t j = 0; j < kms->file->groups[i]->n_keys; j++)
            if (kms->file->groups[i]->keys[j]->gmk_id == gmk_id) return true;
    return false;
}

/* Fresh GMK, GMK-ID and RAND. Spec: TS 33.180 5.7.1, E.2: RAND is the same for all members. */
static mcv_err draw_key(struct mcv_kms *kms, Mcv__GroupKey *k)
{
    struct mcv_gmk gmk = {0};
    uint8_t rand[MCV_RAND_MIN_BYTES];

    mcv_err err = mcv_rng_bytes(kms->rng, gmk.b, sizeof gmk.b);
    if (err == MCV_OK) err = mcv_rng_bytes(kms->rng, rand, sizeof rand);
    do {
        if (err == MCV_OK) err = mcv_key_id_make(&k->gmk_id, MCV_KEY_GMK, kms->rng);
    } while (err == MCV_OK && gmk_id_is_taken(kms, k->gmk_id));
    if (err == MCV_OK) {
        k->gmk = mcv_arena_bytes(&kms->arena, gmk.b, sizeof gmk.b);
        k->rand = mcv_arena_bytes(&kms->arena, rand, sizeof rand);
        if (k->gmk.len != sizeof gmk.b || k->rand.len != sizeof rand) err = MCV_E_FULL;
    }
    mcv_gmk_wipe(&gmk);
    return err;
}

static mcv_err add_key(struct mcv_kms *kms, Mcv__Group *g, const struct mcv_kms_validity *v,
                       struct mcv_why *why)
{
    if (v->activation_s < 0 || v->expiry_s < 0 ||
        (v->expiry_s != 0 && v->expiry_s <= v->activation_s))
        return mcv_why_set(why, MCV_E_MALFORMED, "%s: the key would expire before its activation",
                           g->group_uri);
    Mcv__GroupKey *k = mcv_arena_alloc(&kms->arena, sizeof *k);
    mcv_err err = k != NULL ? MCV_OK : MCV_E_FULL;
    if (err == MCV_OK) {
        mcv__group_key__init(k);
        k->activation_s = v->activation_s;
        k->expiry_s = v->expiry_s;
        err = draw_key(kms, k);
    }
    if (err == MCV_OK) err = mcv_arena_append(&kms->arena, &g->keys, &g->n_keys, k);
    return err == MCV_OK ? MCV_OK
                         : mcv_why_set(why, err, "%s: cannot make a group key: %s", g->group_uri,
                                       mcv_err_text(err));
}

/* A group that is not in the file yet. */
static mcv_err make(Mcv__Group **out, struct mcv_kms *kms, const char *group, const char *name,
                    const struct mcv_kms_validity *v, struct mcv_why *why)
{
    const mcv_err err = mcv_kms_check_uri(group, why);

    *out = NULL;
    if (err != MCV_OK) return err;
    if (kms->file->gms_uri[0] == '\0')
        return mcv_why_set(why, MCV_E_POLICY, "%s has no group manager: it was made without --gms",
                           kms->file->uri);
    if (mcv_kms_group(kms, group) != NULL)
        return mcv_why_set(why, MCV_E_POLICY, "%s: there is such a group already", group);
    Mcv__Group *g = mcv_arena_alloc(&kms->arena, sizeof *g);
    if (g == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    mcv__group__init(g);
    g->group_uri = mcv_arena_text(&kms->arena, mcv_bytes_str(group));
    g->name = mcv_arena_text(&kms->arena, mcv_bytes_str(name != NULL ? name : ""));
    if (g->group_uri == NULL || g->name == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    *out = g;
    return add_key(kms, g, v, why);
}

static mcv_err append(struct mcv_kms *kms, Mcv__Group *g, struct mcv_why *why)
{
    const mcv_err err = mcv_arena_append(&kms->arena, &kms->file->groups, &kms->file->n_groups, g);

    return err == MCV_OK ? MCV_OK : mcv_why_set(why, err, "no memory");
}

mcv_err mcv_kms_group_create(struct mcv_kms *kms, const char *group, const char *name,
                             const struct mcv_kms_validity *v, struct mcv_why *why)
{
    Mcv__Group *g;
    const mcv_err err = make(&g, kms, group, name, v, why);

    return err == MCV_OK ? append(kms, g, why) : err;
}

static size_t member_at(const Mcv__Group *g, const char *user)
{
    size_t i = 0;

    while (i < g->n_members && strcmp(g->members[i], user) != 0) i++;
    return i;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void no_free(void *text)
{
    (void)text;
}

/* 1: it was not there, 0: it was, -1: no memory. */
static int put(void **tree, const char *text)
{
    const char *const *found = tsearch(text, tree, by_text);

    return found == NULL ? -1 : *found == text;
}

/* Who shall be a member. */
struct joining {
    const char *const *users;
    size_t n;
    size_t *n_unknown; /* counts users without keys; NULL: they are refused */
};

/* Those who are not members yet, as members; their number in *n_new. */
static mcv_err list_new(struct mcv_kms *kms, const Mcv__Group *g, void **list, size_t *n_new,
                        const struct joining *j, struct mcv_why *why)
{
    void *issued = NULL, *members = NULL;
    mcv_err err = MCV_OK;

    for (size_t i = 0; i < kms->file->n_key_sets && err == MCV_OK; i++)
        if (put(&issued, kms->file->key_sets[i]->user_uri) < 0) err = MCV_E_FULL;
    for (size_t i = 0; i < g->n_members && err == MCV_OK; i++)
        if (put(&members, g->members[i]) < 0) err = MCV_E_FULL;
    for (size_t i = 0; i < j->n && err == MCV_OK; i++) {
        const char *user = j->users[i];
        if (tfind(user, &issued, by_text) == NULL) {
            if (j->n_unknown == NULL)
                err = mcv_why_set(why, MCV_E_NOT_FOUND,
                                  "%s: has no keys here; use: mcvkms issue %s", user, user);
            else
                ++*j->n_unknown;
            continue;
        }
        const int is_new = put(&members, user);
        if (is_new == 0) continue;
        list[*n_new] = mcv_arena_text(&kms->arena, mcv_bytes_str(user));
        if (is_new < 0 || list[(*n_new)++] == NULL) err = MCV_E_FULL;
    }
    tdestroy(issued, no_free);
    tdestroy(members, no_free);
    return err == MCV_E_FULL ? mcv_why_set(why, err, "no memory") : err;
}

/* All of them or none. */
static mcv_err add_members(struct mcv_kms *kms, Mcv__Group *g, const struct joining *j,
                           struct mcv_why *why)
{
    size_t n_new = 0;
    void **list = calloc(j->n + 1, sizeof *list);

    if (list == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    mcv_err err = list_new(kms, g, list, &n_new, j, why);
    if (err == MCV_OK &&
        mcv_arena_append_many(&kms->arena, &g->members, &g->n_members, list, n_new) != MCV_OK)
        err = mcv_why_set(why, MCV_E_FULL, "no memory");
    free(list);
    return err;
}

mcv_err mcv_kms_group_add_users(struct mcv_kms *kms, const char *group, const char *const *users,
                                size_t n, struct mcv_why *why)
{
    const struct joining joining = {.users = users, .n = n};
    Mcv__Group *g;
    const mcv_err err = find(&g, kms, group, why);

    return err == MCV_OK ? add_members(kms, g, &joining, why) : err;
}

mcv_err mcv_kms_group_take(struct mcv_kms *kms, bool *is_new, size_t *n_unknown,
                           const struct mcv_kms_group_content *c, struct mcv_why *why)
{
    const struct joining joining = {.users = c->users, .n = c->n_users, .n_unknown = n_unknown};
    const ProtobufCBinaryData document = mcv_arena_bytes(&kms->arena, c->document.p, c->document.n);
    Mcv__Group *g = mcv_kms_group(kms, c->group);
    mcv_err err = document.len == c->document.n ? MCV_OK
                                                : mcv_why_set(why, MCV_E_FULL, "no memory");

    *is_new = g == NULL;
    *n_unknown = 0;
    if (err == MCV_OK && *is_new) err = make(&g, kms, c->group, c->name, &c->validity, why);
    if (err == MCV_OK) err = add_members(kms, g, &joining, why);
    if (err == MCV_OK && *is_new) err = append(kms, g, why);
    if (err == MCV_OK) g->document = document;
    return err;
}

mcv_err mcv_kms_group_remove(struct mcv_kms *kms, const char *group, const char *user,
                             struct mcv_why *why)
{
    Mcv__Group *g;
    const mcv_err err = find(&g, kms, group, why);

    if (err != MCV_OK) return err;
    const size_t at = member_at(g, user);
    if (at == g->n_members)
        return mcv_why_set(why, MCV_E_NOT_FOUND, "%s: is not a member of %s", user, group);
    memmove(&g->members[at], &g->members[at + 1], (g->n_members - at - 1) * sizeof *g->members);
    g->n_members--;
    return MCV_OK;
}

mcv_err mcv_kms_group_roll(struct mcv_kms *kms, const char *group, const struct mcv_kms_validity *v,
                           struct mcv_why *why)
{
    Mcv__Group *g;
    const mcv_err err = find(&g, kms, group, why);

    return err == MCV_OK ? add_key(kms, g, v, why) : err;
}

mcv_err mcv_kms_group_revoke(struct mcv_kms *kms, const char *group, uint32_t gmk_id,
                             struct mcv_why *why)
{
    Mcv__Group *g;
    bool found = false;
    const mcv_err err = find(&g, kms, group, why);

    if (err != MCV_OK) return err;
    for (size_t i = 0; i < g->n_keys; i++) {
        if (gmk_id != MCV_NO_KEY_ID && g->keys[i]->gmk_id != gmk_id) continue;
        g->keys[i]->revoked = true;
        found = true;
    }
    return found ? MCV_OK
                 : mcv_why_set(why, MCV_E_NOT_FOUND, "%s: has no GMK-ID %08x", group,
                               (unsigned)gmk_id);
}
