/* Key sets are issued: one, or many on all cores. */
#include "crypto/kms_issue.h"

#include "agent/cli/crew.h"
#include "agent/cli/kms.h"
#include "crypto/keys.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define PART 32 /* orders that a thread takes at a time */

/* The master secrets out of the file, while they are used. */
struct masters {
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    struct mcv_z_secret z_secret;
    struct mcv_kms_masters all;
};

static mcv_err masters_open(struct masters *m, struct mcv_kms *kms)
{
    const Mcv__KmsFile *f = kms->file;

    *m = (struct masters){.all = {0}};
    mcv_err err = mcv_pb_exact(m->ksak.b, sizeof m->ksak.b, &f->ksak);
    if (err == MCV_OK) err = mcv_pb_exact(m->kpak.b, sizeof m->kpak.b, &f->kpak);
    if (err == MCV_OK) err = mcv_pb_exact(m->z_secret.b, sizeof m->z_secret.b, &f->z_secret);
    if (err == MCV_OK) err = mcv_kms_need_public(kms);
    m->all = (struct mcv_kms_masters){&m->ksak, &m->kpak, &m->z_secret, kms->pub};
    return err;
}

static void masters_wipe(struct masters *m)
{
    mcv_ksak_wipe(&m->ksak);
    mcv_z_secret_wipe(&m->z_secret);
}

/* One key set to be. */
struct order {
    const char *user;
    uint64_t period_no;
    struct mcv_uid uid;
};

static mcv_err order_of(struct order *o, const struct mcv_kms *kms, const char *user,
                        uint64_t period_no)
{
    const struct mcv_key_period period = mcv_kms_period(kms);

    *o = (struct order){.user = user, .period_no = period_no};
    return mcv_uid_derive(&o->uid, mcv_bytes_str(user), mcv_bytes_str(kms->file->uri), &period,
                          period_no);
}

bool mcv_kms_is_whole(const Mcv__IssuedKeySet *k)
{
    return k->uid.len == 32 && k->ssk.len == 32 && k->pvt.len == 65 && k->rsk.len == 257;
}

/* NULL: no memory. */
static Mcv__IssuedKeySet *make_key_set(struct mcv_arena *a, const struct order *o,
                                       const struct mcv_issued_keys *keys)
{
    Mcv__IssuedKeySet *k = mcv_arena_alloc(a, sizeof *k);

    if (k == NULL) return NULL;
    mcv__issued_key_set__init(k);
    k->user_uri = mcv_arena_text(a, mcv_bytes_str(o->user));
    k->period_no = o->period_no;
    k->uid = mcv_arena_bytes(a, o->uid.b, sizeof o->uid.b);
    k->ssk = mcv_arena_bytes(a, keys->ssk.b, sizeof keys->ssk.b);
    k->pvt = mcv_arena_bytes(a, keys->pvt.b, sizeof keys->pvt.b);
    k->rsk = mcv_arena_bytes(a, keys->rsk.b, sizeof keys->rsk.b);
    return k->user_uri != NULL && mcv_kms_is_whole(k) ? k : NULL;
}

static void keys_wipe(struct mcv_issued_keys *keys)
{
    mcv_ssk_wipe(&keys->ssk);
    mcv_rsk_wipe(&keys->rsk);
}

/* ---- One --------------------------------------------------------------------------------- */

static mcv_err issue_keys(struct mcv_issued_keys *keys, struct mcv_kms *kms, const struct order *o)
{
    const struct mcv_bytes id = mcv_bytes_of(o->uid.b, sizeof o->uid.b);
    struct masters m;

    mcv_err err = masters_open(&m, kms);
    if (err == MCV_OK) err = mcv_kms_issue_many(keys, &m.all, &id, 1, kms->rng);
    masters_wipe(&m);
    return err;
}

mcv_err mcv_kms_issue(struct mcv_kms *kms, bool *is_new, const char *user, uint64_t period_no,
                      struct mcv_why *why)
{
    struct mcv_issued_keys keys = {0};
    struct order o;

    if (is_new != NULL) *is_new = false;
    mcv_err err = mcv_kms_check_uri(user, why);
    if (err != MCV_OK) return err;
    if (mcv_kms_key_set(kms, user, period_no) != NULL) return MCV_OK;
    err = order_of(&o, kms, user, period_no);
    if (err == MCV_OK) err = issue_keys(&keys, kms, &o);
    if (err == MCV_OK)
        err = mcv_arena_append(&kms->arena, &kms->file->key_sets, &kms->file->n_key_sets,
                               make_key_set(&kms->arena, &o, &keys));
    keys_wipe(&keys);
    if (err != MCV_OK)
        return mcv_why_set(why, err, "%s: cannot issue keys: %s", user, mcv_err_text(err));
    if (is_new != NULL) *is_new = true;
    return MCV_OK;
}

/* ---- Many -------------------------------------------------------------------------------- */

/* What names a key set. */
struct name {
    const char *user;
    uint64_t period_no;
};

static int by_name(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    const int order = strcmp(x->user, y->user);

    if (order != 0) return order;
    return (x->period_no > y->period_no) - (x->period_no < y->period_no);
}

struct batch {
    struct mcv_kms *kms;
    const struct mcv_kms_watch *watch;
    struct masters masters;
    void *known; /* tree of names */
    struct name *names;
    size_t n_names, n_orders;
    struct order *orders; /* by user, then by period */
    struct mcv_issued_keys *keys;
    mcv_err *outcomes; /* of orders */
    void **sets;
    size_t n_sets;
};

static void no_free(void *name)
{
    (void)name;
}

static void batch_close(struct batch *b)
{
    masters_wipe(&b->masters);
    tdestroy(b->known, no_free);
    mcv_keymem_free(b->keys, b->n_orders * sizeof *b->keys);
    free(b->names);
    free(b->orders);
    free(b->outcomes);
    free(b->sets);
}

/* MCV_E_REPLAY: the name is known already. */
static mcv_err know(struct batch *b, const char *user, uint64_t period_no)
{
    struct name *name = &b->names[b->n_names++];

    *name = (struct name){user, period_no};
    const struct name *const *found = tsearch(name, &b->known, by_name);
    if (found == NULL) return MCV_E_FULL;
    return *found == name ? MCV_OK : MCV_E_REPLAY;
}

static mcv_err batch_open(struct batch *b, struct mcv_kms *kms, size_t n_most)
{
    const Mcv__KmsFile *f = kms->file;

    b->kms = kms;
    b->names = calloc(f->n_key_sets + n_most + 1, sizeof *b->names);
    b->orders = calloc(n_most + 1, sizeof *b->orders);
    b->outcomes = calloc(n_most + 1, sizeof *b->outcomes);
    b->sets = calloc(n_most + 1, sizeof *b->sets);
    if (b->names == NULL || b->orders == NULL || b->outcomes == NULL || b->sets == NULL)
        return MCV_E_FULL;
    for (size_t i = 0; i < f->n_key_sets; i++)
        if (know(b, f->key_sets[i]->user_uri, f->key_sets[i]->period_no) == MCV_E_FULL)
            return MCV_E_FULL;
    return masters_open(&b->masters, kms);
}

/* The orders of one user for the periods that it has no keys for. */
static mcv_err order_for(struct batch *b, const char *user, uint64_t first, unsigned n_periods)
{
    const size_t n_before = b->n_orders;
    mcv_err err = mcv_kms_check_uri(user, NULL);

    for (unsigned p = 0; err == MCV_OK && p < n_periods; p++) {
        err = know(b, user, first + p);
        if (err == MCV_OK) err = order_of(&b->orders[b->n_orders++], b->kms, user, first + p);
        if (err == MCV_E_REPLAY) err = MCV_OK;
    }
    if (err != MCV_OK) b->n_orders = n_before;
    return err;
}

/* A part of the orders, in any thread. Where one fails, each gets an outcome of its own. */
static void issue_part(void *ctx, size_t first, size_t n)
{
    struct batch *b = ctx;
    struct mcv_bytes ids[PART] = {{0}};

    for (size_t i = 0; i < n; i++)
        ids[i] = mcv_bytes_of(b->orders[first + i].uid.b, sizeof b->orders[first + i].uid.b);
    mcv_err err = mcv_kms_issue_many(b->keys + first, &b->masters.all, ids, n, b->kms->rng);
    for (size_t i = 0; err != MCV_OK && i < n; i++)
        b->outcomes[first + i] = mcv_kms_issue_many(b->keys + first + i, &b->masters.all, ids + i,
                                                    1, b->kms->rng);
}

static void show_progress(void *ctx, size_t n_done, size_t n)
{
    const struct batch *b = ctx;

    b->watch->progress(b->watch->ctx, n_done, n);
}

static mcv_err issue_all(struct batch *b)
{
    const struct mcv_crew crew = {
        .n_items = b->n_orders,
        .step = PART,
        .work = issue_part,
        .progress = b->watch->progress != NULL ? show_progress : NULL,
        .ctx = b,
    };

    b->keys = mcv_keymem_alloc(b->n_orders * sizeof *b->keys, false);
    if (b->keys == NULL) return MCV_E_FULL;
    mcv_crew_run(&crew);
    return MCV_OK;
}

/* The sets of the user whose orders begin at `from`, all or none; where the next user's begin. */
static size_t take_user(struct batch *b, mcv_err *err, size_t from)
{
    const size_t n_before = b->n_sets;
    size_t to = from;

    *err = MCV_OK;
    for (; to < b->n_orders && strcmp(b->orders[to].user, b->orders[from].user) == 0; to++) {
        if (*err == MCV_OK) *err = b->outcomes[to];
        if (*err != MCV_OK) continue;
        b->sets[b->n_sets] = make_key_set(&b->kms->arena, &b->orders[to], &b->keys[to]);
        if (b->sets[b->n_sets++] == NULL) *err = MCV_E_FULL;
    }
    if (*err != MCV_OK) b->n_sets = n_before;
    return to;
}

static void fail(const struct batch *b, struct mcv_kms_batch_report *report, const char *user,
                 mcv_err err)
{
    report->n_failed++;
    if (b->watch->failed != NULL) b->watch->failed(b->watch->ctx, user, err);
}

mcv_err mcv_kms_issue_users(struct mcv_kms *kms, struct mcv_kms_batch_report *report,
                            const char *const *users, size_t n, uint64_t first_period,
                            unsigned n_periods, const struct mcv_kms_watch *watch,
                            struct mcv_why *why)
{
    struct batch b = {.watch = watch};
    mcv_err user_err = MCV_OK;

    *report = (struct mcv_kms_batch_report){0};
    mcv_err err = batch_open(&b, kms, n * n_periods);
    for (size_t i = 0; err == MCV_OK && i < n; i++) {
        user_err = order_for(&b, users[i], first_period, n_periods);
        if (user_err != MCV_OK) fail(&b, report, users[i], user_err);
    }
    if (err == MCV_OK) err = issue_all(&b);
    for (size_t at = 0; err == MCV_OK && at < b.n_orders;) {
        const char *user = b.orders[at].user;
        at = take_user(&b, &user_err, at);
        if (user_err != MCV_OK) fail(&b, report, user, user_err);
    }
    if (err == MCV_OK)
        err = mcv_arena_append_many(&kms->arena, &kms->file->key_sets, &kms->file->n_key_sets,
                                    b.sets, b.n_sets);
    report->n_done = (unsigned)b.n_sets;
    batch_close(&b);
    return err == MCV_OK ? MCV_OK
                         : mcv_why_set(why, err, "cannot issue keys: %s", mcv_err_text(err));
}
