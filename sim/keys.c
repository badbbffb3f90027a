#include "sim/keys.h"

#include "crypto/eccsi.h"
#include "crypto/sakke.h"
#include "sim/pool.h"
#include "sim/prng.h"

#include <stdlib.h>
#include <string.h>

/* Streams of the generator: one per domain, user and group. */
enum stream { STREAM_KMS = 1, STREAM_USER, STREAM_GROUP };

/* Arrays grow by doubling; old ones stay in the pool until close. */
struct list {
    void *items;
    size_t n, cap;
};

struct domain {
    struct mcv_bytes uri;
    struct mcv_key_period period;
    struct mcv_prng prng;
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    struct mcv_z_secret z_secret;
    struct mcv_sakke_public *sakke;
    struct list trusted;             /* size_t: itself first */
    const struct mcv_imsg_kms *view; /* of `trusted`; NULL: to be made */
};

struct group_key {
    uint32_t gmk_id;
    struct mcv_gmk gmk;
    uint8_t rand[MCV_RAND_MIN_BYTES];
    int64_t activation_s, expiry_s;
    bool is_revoked;
};

struct group {
    struct mcv_bytes uri;
    struct mcv_prng prng;
    struct list keys; /* struct group_key * */
};

struct user {
    struct mcv_bytes uri;
    size_t kms;
    const struct mcv_imsg_own *own;
    size_t n_own;
    struct list groups; /* struct group * */
};

struct mcv_sim_keys {
    struct mcv_pool pool;
    uint64_t seed;
    int64_t utc_s;
    unsigned periods_around;
    struct list domains, users, groups; /* struct domain *, ... */
    bool has_real;                      /* somebody has real identity keys */
    max_align_t stand_in[1];            /* see MCV_SIM_IDENTITY_COSTED */
};

static mcv_err append(struct mcv_sim_keys *keys, struct list *list, const void *item,
                      size_t n_bytes)
{
    if (list->n == list->cap) {
        const size_t cap = list->cap > 0 ? 2 * list->cap : 1;
        void *items = mcv_pool_alloc(&keys->pool, cap * n_bytes);

        if (items == NULL) return MCV_E_IO;
        if (list->n > 0) memcpy(items, list->items, list->n * n_bytes);
        list->items = items;
        list->cap = cap;
    }
    memcpy((uint8_t *)list->items + list->n * n_bytes, item, n_bytes);
    list->n++;
    return MCV_OK;
}

static void *pointer_at(const struct list *list, size_t i)
{
    MCV_ASSERT(i < list->n);
    return ((void **)list->items)[i];
}

static struct domain *domain_at(const struct mcv_sim_keys *keys, size_t i)
{
    return pointer_at(&keys->domains, i);
}

static struct user *user_at(const struct mcv_sim_keys *keys, size_t i)
{
    return pointer_at(&keys->users, i);
}

static struct group *group_at(const struct mcv_sim_keys *keys, size_t i)
{
    return pointer_at(&keys->groups, i);
}

static void start_stream(struct mcv_prng *g, const struct mcv_sim_keys *keys, enum stream kind,
                         size_t i)
{
    mcv_prng_init(g, keys->seed, (uint64_t)kind << 56 | i);
}

mcv_err mcv_sim_keys_open(struct mcv_sim_keys **out, uint64_t seed, int64_t utc_s,
                          unsigned periods_around)
{
    struct mcv_sim_keys *keys = calloc(1, sizeof *keys);

    *out = keys;
    if (keys == NULL) return MCV_E_IO;
    keys->seed = seed;
    keys->utc_s = utc_s;
    keys->periods_around = periods_around;
    return MCV_OK;
}

void mcv_sim_keys_close(struct mcv_sim_keys *keys)
{
    if (keys == NULL) return;
    mcv_pool_wipe(&keys->pool);
    free(keys);
}

/* ---- domains ------------------------------------------------------------------------------- */

/* The key pairs of a domain, when somebody needs them: they follow from the domain's stream. */
static mcv_err make_domain(struct mcv_sim_keys *keys, struct domain *d)
{
    const struct mcv_rng rng = mcv_prng_rng(&d->prng);
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_SMALL);
    struct mcv_sakke_z z;

    if (d->sakke != NULL) return MCV_OK;
    void *mem = mcv_pool_alloc(&keys->pool, n);
    if (mem == NULL) return MCV_E_IO;
    mcv_err err = mcv_eccsi_kms_generate(&d->ksak, &d->kpak, &rng);
    if (err == MCV_OK) err = mcv_sakke_kms_generate(&d->z_secret, &z, &rng);
    if (err == MCV_OK) err = mcv_sakke_public_init(&d->sakke, mem, n, MCV_SAKKE_TABLES_SMALL, &z);
    return err;
}

mcv_err mcv_sim_keys_add_kms(struct mcv_sim_keys *keys, size_t *kms, const char *uri,
                             const struct mcv_key_period *period)
{
    struct domain *d = mcv_pool_alloc(&keys->pool, sizeof *d);
    const size_t at = keys->domains.n;

    if (!mcv_key_period_is_valid(period)) return MCV_E_MALFORMED;
    if (d == NULL) return MCV_E_IO;
    d->uri = mcv_pool_copy(&keys->pool, mcv_bytes_str(uri));
    d->period = *period;
    if (d->uri.p == NULL) return MCV_E_IO;
    start_stream(&d->prng, keys, STREAM_KMS, at);
    mcv_err err = append(keys, &d->trusted, &at, sizeof at);
    if (err == MCV_OK) err = append(keys, &keys->domains, &d, sizeof d);
    if (err == MCV_OK) *kms = at;
    return err;
}

mcv_err mcv_sim_keys_trust(struct mcv_sim_keys *keys, size_t kms, size_t other)
{
    struct domain *d = domain_at(keys, kms);
    const size_t *trusted = d->trusted.items;

    MCV_ASSERT(other < keys->domains.n);
    for (size_t i = 0; i < d->trusted.n; i++)
        if (trusted[i] == other) return MCV_OK;
    d->view = NULL;
    return append(keys, &d->trusted, &other, sizeof other);
}

static mcv_err make_view(struct mcv_sim_keys *keys, struct domain *d)
{
    const size_t *trusted = d->trusted.items;
    struct mcv_imsg_kms *view = mcv_pool_alloc(&keys->pool, d->trusted.n * sizeof *view);

    if (view == NULL) return MCV_E_IO;
    for (size_t i = 0; i < d->trusted.n; i++) {
        struct domain *t = domain_at(keys, trusted[i]);
        const mcv_err err = keys->has_real ? make_domain(keys, t) : MCV_OK;

        if (err != MCV_OK) return err;
        view[i] = (struct mcv_imsg_kms){.uri = t->uri,
                                        .period = t->period,
                                        .kpak = &t->kpak,
                                        .sakke = keys->has_real ? t->sakke
                                                                : (void *)keys->stand_in};
    }
    d->view = view;
    return MCV_OK;
}

/* ---- users --------------------------------------------------------------------------------- */

static mcv_err issue_eccsi(struct mcv_sim_keys *keys, struct mcv_imsg_own *own,
                           const struct domain *d, const struct mcv_rng *rng)
{
    const struct mcv_bytes id = mcv_bytes_of(own->uid.b, sizeof own->uid.b);
    struct mcv_eccsi_key *key = mcv_pool_alloc(&keys->pool, sizeof *key);
    struct mcv_ssk ssk = {0};
    struct mcv_pvt pvt;

    if (key == NULL) return MCV_E_IO;
    mcv_err err = mcv_eccsi_issue(&ssk, &pvt, &d->ksak, &d->kpak, id, rng);
    if (err == MCV_OK) err = mcv_eccsi_key_install(key, &d->kpak, id, &ssk, &pvt);
    mcv_ssk_wipe(&ssk);
    own->eccsi = err == MCV_OK ? key : NULL;
    return err;
}

static mcv_err issue_sakke(struct mcv_sim_keys *keys, struct mcv_imsg_own *own,
                           const struct domain *d)
{
    const struct mcv_bytes id = mcv_bytes_of(own->uid.b, sizeof own->uid.b);
    const size_t n = mcv_sakke_key_size(d->sakke);
    void *mem = mcv_pool_alloc(&keys->pool, n);
    struct mcv_sakke_key *key = NULL;
    struct mcv_rsk rsk = {0};

    if (mem == NULL) return MCV_E_IO;
    mcv_err err = mcv_sakke_issue(&rsk, d->sakke, &d->z_secret, id);
    if (err == MCV_OK) err = mcv_sakke_key_install(&key, mem, n, d->sakke, id, &rsk);
    mcv_rsk_wipe(&rsk);
    own->sakke = key;
    return err;
}

static mcv_err issue(struct mcv_sim_keys *keys, struct mcv_imsg_own *own, const struct domain *d,
                     const struct mcv_rng *rng)
{
    const mcv_err err = issue_eccsi(keys, own, d, rng);

    return err == MCV_OK ? issue_sakke(keys, own, d) : err;
}

/* Pointers that only have to be there: nothing reads what they point to. */
static mcv_err stand_in(struct mcv_sim_keys *keys, struct mcv_imsg_own *own)
{
    own->eccsi = (void *)keys->stand_in;
    own->sakke = (void *)keys->stand_in;
    return MCV_OK;
}

static mcv_err make_own(struct mcv_sim_keys *keys, struct mcv_imsg_own *own, struct domain *d,
                        enum mcv_sim_identity identity, struct mcv_prng *prng)
{
    const struct mcv_rng rng = mcv_prng_rng(prng);
    const mcv_err err = mcv_uid_derive(&own->uid, own->uri, own->kms_uri, &d->period,
                                       own->period_no);

    if (err != MCV_OK) return err;
    return identity == MCV_SIM_IDENTITY_REAL ? issue(keys, own, d, &rng) : stand_in(keys, own);
}

/* From now on the views of all domains need real keys. */
static mcv_err make_real(struct mcv_sim_keys *keys, struct domain *d)
{
    if (!keys->has_real)
        for (size_t i = 0; i < keys->domains.n; i++) domain_at(keys, i)->view = NULL;
    keys->has_real = true;
    return make_domain(keys, d);
}

static mcv_err make_identity(struct mcv_sim_keys *keys, struct user *u, size_t at,
                             enum mcv_sim_identity identity)
{
    struct domain *d = domain_at(keys, u->kms);
    const unsigned n = 2 * keys->periods_around + 1;
    struct mcv_imsg_own *own = mcv_pool_alloc(&keys->pool, n * sizeof *own);
    struct mcv_prng prng;
    uint64_t present;
    mcv_err err = mcv_key_period_at(&present, &d->period, mcv_ntp_of_utc(keys->utc_s));

    if (own == NULL) return MCV_E_IO;
    if (err == MCV_OK && present < keys->periods_around) err = MCV_E_MALFORMED;
    start_stream(&prng, keys, STREAM_USER, at);
    if (err == MCV_OK && identity == MCV_SIM_IDENTITY_REAL) err = make_real(keys, d);
    for (unsigned i = 0; i < n && err == MCV_OK; i++) {
        own[i] = (struct mcv_imsg_own){
            .uri = u->uri, .kms_uri = d->uri, .period_no = present - keys->periods_around + i};
        err = make_own(keys, &own[i], d, identity, &prng);
    }
    u->own = own;
    u->n_own = n;
    return err;
}

mcv_err mcv_sim_keys_add_user(struct mcv_sim_keys *keys, size_t *user, const char *uri, size_t kms,
                              enum mcv_sim_identity identity)
{
    struct user *u = mcv_pool_alloc(&keys->pool, sizeof *u);
    const size_t at = keys->users.n;
    mcv_err err = MCV_OK;

    if (u == NULL) return MCV_E_IO;
    u->uri = mcv_pool_copy(&keys->pool, mcv_bytes_str(uri));
    u->kms = kms;
    if (u->uri.p == NULL) return MCV_E_IO;
    if (identity != MCV_SIM_IDENTITY_NONE) err = make_identity(keys, u, at, identity);
    if (err == MCV_OK) err = append(keys, &keys->users, &u, sizeof u);
    if (err == MCV_OK) *user = at;
    return err;
}

/* ---- groups -------------------------------------------------------------------------------- */

mcv_err mcv_sim_keys_add_group(struct mcv_sim_keys *keys, size_t *group, const char *uri)
{
    struct group *g = mcv_pool_alloc(&keys->pool, sizeof *g);
    const size_t at = keys->groups.n;

    if (g == NULL) return MCV_E_IO;
    g->uri = mcv_pool_copy(&keys->pool, mcv_bytes_str(uri));
    if (g->uri.p == NULL) return MCV_E_IO;
    start_stream(&g->prng, keys, STREAM_GROUP, at);
    *group = at;
    return append(keys, &keys->groups, &g, sizeof g);
}

mcv_err mcv_sim_keys_add_gmk(struct mcv_sim_keys *keys, uint32_t *gmk_id, size_t group,
                             int64_t activation_s, int64_t expiry_s)
{
    struct group *g = group_at(keys, group);
    struct group_key *k = mcv_pool_alloc(&keys->pool, sizeof *k);
    const struct mcv_rng rng = mcv_prng_rng(&g->prng);

    if (k == NULL) return MCV_E_IO;
    k->activation_s = activation_s;
    k->expiry_s = expiry_s;
    mcv_err err = mcv_key_id_make(&k->gmk_id, MCV_KEY_GMK, &rng);
    if (err == MCV_OK) err = mcv_rng_bytes(&rng, k->gmk.b, sizeof k->gmk.b);
    if (err == MCV_OK) err = mcv_rng_bytes(&rng, k->rand, sizeof k->rand);
    if (err == MCV_OK) err = append(keys, &g->keys, &k, sizeof k);
    if (err == MCV_OK && gmk_id != NULL) *gmk_id = k->gmk_id;
    return err;
}

mcv_err mcv_sim_keys_revoke_gmk(struct mcv_sim_keys *keys, size_t group, uint32_t gmk_id)
{
    const struct group *g = group_at(keys, group);

    for (size_t i = 0; i < g->keys.n; i++) {
        struct group_key *k = pointer_at(&g->keys, i);

        if (k->gmk_id != gmk_id) continue;
        k->is_revoked = true;
        return MCV_OK;
    }
    return MCV_E_NOT_FOUND;
}

uint32_t mcv_sim_keys_oldest_gmk(const struct mcv_sim_keys *keys, size_t group)
{
    const struct group *g = group_at(keys, group);

    for (size_t i = 0; i < g->keys.n; i++) {
        const struct group_key *k = pointer_at(&g->keys, i);

        if (!k->is_revoked) return k->gmk_id;
    }
    return MCV_NO_KEY_ID;
}

mcv_err mcv_sim_keys_add_member(struct mcv_sim_keys *keys, size_t group, size_t user)
{
    struct group *g = group_at(keys, group);
    struct user *u = user_at(keys, user);

    for (size_t i = 0; i < u->groups.n; i++)
        if (pointer_at(&u->groups, i) == g) return MCV_OK;
    return append(keys, &u->groups, &g, sizeof g);
}

/* ---- keyrings ------------------------------------------------------------------------------ */

static mcv_err fill_gmk(struct mcv_keyring_gmk *out, const struct group_key *k,
                        const struct group *g, const struct user *u)
{
    uint32_t salt;
    const mcv_err err = mcv_user_salt(&salt, &k->gmk, u->uri);

    *out = (struct mcv_keyring_gmk){.gmk_id = k->gmk_id,
                                    .guk_id = mcv_guk_id_of(k->gmk_id, salt),
                                    .gmk = k->is_revoked ? NULL : &k->gmk,
                                    .rand = mcv_bytes_of(k->rand, sizeof k->rand),
                                    .activation_s = k->activation_s,
                                    .expiry_s = k->expiry_s,
                                    .is_revoked = k->is_revoked,
                                    .group_ids = &g->uri,
                                    .n_groups = 1};
    return err;
}

static size_t count_gmks(const struct user *u)
{
    size_t n = 0;

    for (size_t i = 0; i < u->groups.n; i++)
        n += ((const struct group *)pointer_at(&u->groups, i))->keys.n;
    return n;
}

static mcv_err fill_gmks(struct mcv_keyring_gmk *out, const struct user *u)
{
    for (size_t i = 0; i < u->groups.n; i++) {
        const struct group *g = pointer_at(&u->groups, i);

        for (size_t j = 0; j < g->keys.n; j++) {
            const mcv_err err = fill_gmk(out++, pointer_at(&g->keys, j), g, u);

            if (err != MCV_OK) return err;
        }
    }
    return MCV_OK;
}

mcv_err mcv_sim_keys_ring(struct mcv_sim_keys *keys, const struct mcv_keyring **out, size_t user)
{
    const struct user *u = user_at(keys, user);
    struct domain *d = domain_at(keys, u->kms);
    const size_t n_gmks = count_gmks(u);
    struct mcv_keyring *ring = mcv_pool_alloc(&keys->pool, sizeof *ring);
    struct mcv_keyring_gmk *gmks = mcv_pool_alloc(&keys->pool, (n_gmks + 1) * sizeof *gmks);
    mcv_err err = d->view != NULL ? MCV_OK : make_view(keys, d);

    *out = NULL;
    if (ring == NULL || gmks == NULL) return MCV_E_IO;
    if (err == MCV_OK) err = fill_gmks(gmks, u);
    if (err != MCV_OK) return err;
    *ring = (struct mcv_keyring){
        .trust = {.kms = d->view, .n_kms = d->trusted.n, .own = u->own, .n_own = u->n_own},
        .home_kms_uri = d->uri,
        .gmks = gmks,
        .n_gmks = n_gmks};
    *out = ring;
    return MCV_OK;
}

struct mcv_bytes mcv_sim_keys_user_uri(const struct mcv_sim_keys *keys, size_t user)
{
    return user_at(keys, user)->uri;
}

struct mcv_bytes mcv_sim_keys_group_uri(const struct mcv_sim_keys *keys, size_t group)
{
    return group_at(keys, group)->uri;
}

struct mcv_bytes mcv_sim_keys_kms_uri(const struct mcv_sim_keys *keys, size_t kms)
{
    return domain_at(keys, kms)->uri;
}

size_t mcv_sim_keys_user_kms(const struct mcv_sim_keys *keys, size_t user)
{
    return user_at(keys, user)->kms;
}

size_t mcv_sim_keys_bytes(const struct mcv_sim_keys *keys)
{
    return keys->pool.n_bytes;
}
