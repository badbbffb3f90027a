#include "agent/store/store_private.h"

#include "crypto/base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mcv_store_import {
    struct mcv_store *store;
    char bundle_path[MCV_PATH_BYTES]; /* empty: revoke gmk_id */
    uint32_t gmk_id;
    struct mcv_seal_secret secret;
    int64_t utc_s;
    struct mcv_store_keys *before; /* held */
    struct mcv_store_keys *after;  /* NULL until run succeeded */
    struct mcv_store_report report;
    struct mcv_why why;
    mcv_err err;
};

static mcv_err copy_uri(char out[MCV_STORE_MAX_URI_BYTES + 1], const char *uri, struct mcv_why *why)
{
    const size_t n = uri != NULL ? strlen(uri) : 0;

    if (n > MCV_STORE_MAX_URI_BYTES)
        return mcv_why_set(why, MCV_E_CONFIG, "'%.40s...': longer than %d octets", uri,
                           MCV_STORE_MAX_URI_BYTES);
    if (n > 0) memcpy(out, uri, n);
    out[n] = '\0';
    return MCV_OK;
}

static mcv_err copy_options(struct mcv_store *s, const struct mcv_store_options *options,
                            struct mcv_why *why)
{
    s->options = *options;
    s->options.owner = (struct mcv_store_owner){
        .user_uri = s->user_uri, .gms_uri = s->gms_uri, .kms_uri = s->kms_uri};
    mcv_err err = copy_uri(s->user_uri, options->owner.user_uri, why);
    if (err == MCV_OK) err = copy_uri(s->gms_uri, options->owner.gms_uri, why);
    if (err == MCV_OK) err = copy_uri(s->kms_uri, options->owner.kms_uri, why);
    if (err == MCV_OK && s->user_uri[0] == '\0')
        err = mcv_why_set(why, MCV_E_CONFIG, "a store needs its user");
    return err;
}

static mcv_err make_paths(struct mcv_store *s, const char *dir, struct mcv_why *why)
{
    if (mcv_path_join(s->dir, sizeof s->dir, dir, ".") != MCV_OK ||
        mcv_path_join(s->keys_path, sizeof s->keys_path, dir, "keys") != MCV_OK)
        return mcv_why_set(why, MCV_E_CONFIG, "%.200s: path too long", dir);
    return MCV_OK;
}

static mcv_err open_records(struct mcv_store *s, struct mcv_why *why)
{
    char path[MCV_PATH_BYTES + 8];

    mcv_err err = mcv_path_join(path, sizeof path, s->dir, "ssrc");
    if (err == MCV_OK) err = mcv_ssrc_log_open(&s->ssrc, path, why);
    if (err == MCV_OK) err = mcv_path_join(path, sizeof path, s->dir, "clock");
    if (err == MCV_OK) err = mcv_clock_log_open(&s->clock, path, why);
    if (err != MCV_OK) return err;
    const int64_t time_s = s->clock.latest[MCV_CLOCK_TIME];
    const int64_t accepted_s = s->clock.latest[MCV_CLOCK_ACCEPTED];
    s->refuse_until_s = accepted_s > time_s ? accepted_s : time_s;
    return MCV_OK;
}

static mcv_err read_keys(struct mcv_store *s, struct mcv_why *why)
{
    uint8_t *content = NULL;
    size_t n = 0;

    mcv_err err = mcv_sealed_read(&content, &n, s->keys_path, MCV_SEALED_STORE, &s->secret, why);
    if (err == MCV_E_NOT_FOUND) err = MCV_OK; /* a new store */
    if (err == MCV_OK)
        err = mcv_store_keys_new(&s->keys, mcv_bytes_of(content, n), &s->options, why);
    mcv_sealed_free(content, n);
    if (err == MCV_OK) err = mcv_store_keys_install(s->keys, why);
    return err;
}

mcv_err mcv_store_open(struct mcv_store **out, const char *dir,
                       const struct mcv_seal_secret *secret,
                       const struct mcv_store_options *options, int64_t utc_s, struct mcv_why *why)
{
    struct mcv_store *s = mcv_keymem_alloc(sizeof *s, options->lock_memory);

    *out = NULL;
    (void)utc_s;
    if (s == NULL)
        return mcv_why_set(why, MCV_E_CONFIG,
                           "no memory for keys, or it cannot be locked: raise the memlock limit");
    s->lock_fd = s->ssrc.fd = s->clock.fd = -1;
    s->secret = *secret;
    mcv_err err = copy_options(s, options, why);
    if (err == MCV_OK) err = make_paths(s, dir, why);
    if (err == MCV_OK) err = mcv_dir_private(dir, why);
    if (err == MCV_OK) err = mcv_dir_lock(&s->lock_fd, dir, why);
    if (err == MCV_OK) err = open_records(s, why);
    if (err == MCV_OK) err = read_keys(s, why);
    if (err == MCV_OK)
        *out = s;
    else
        mcv_store_close(s);
    return err;
}

static void drop_hold(struct mcv_store_keys *keys)
{
    if (keys != NULL && --keys->holders == 0) mcv_store_keys_free(keys);
}

void mcv_store_close(struct mcv_store *store)
{
    if (store == NULL) return;
    drop_hold(store->keys);
    mcv_ssrc_log_close(&store->ssrc);
    mcv_clock_log_close(&store->clock);
    if (store->lock_fd >= 0) (void)close(store->lock_fd);
    mcv_keymem_free(store, sizeof *store);
}

const struct mcv_store_keys *mcv_store_keys_hold(struct mcv_store *store)
{
    store->keys->holders++;
    return store->keys;
}

void mcv_store_keys_release(const struct mcv_store_keys *keys)
{
    struct mcv_store_keys *own;

    /* const for the holder alone: the object is ours */
    memcpy(&own, &keys, sizeof own);
    drop_hold(own);
}

/* ---- import ---------------------------------------------------------------------------- */

static mcv_err begin(struct mcv_store_import **out, struct mcv_store *store, int64_t utc_s)
{
    struct mcv_store_import *im;

    *out = NULL;
    if (store->is_importing) return MCV_E_BUSY;
    im = mcv_keymem_alloc(sizeof *im, store->options.lock_memory);
    if (im == NULL) return MCV_E_CONFIG;
    im->store = store;
    /* A clock that went back does not make expired keys valid again. */
    const int64_t latest_s = mcv_store_latest_time(store);
    im->utc_s = utc_s > latest_s ? utc_s : latest_s;
    im->err = MCV_E_MISUSE;
    im->before = store->keys;
    im->before->holders++;
    store->is_importing = true;
    *out = im;
    return MCV_OK;
}

mcv_err mcv_store_import_begin(struct mcv_store_import **out, struct mcv_store *store,
                               const char *bundle_path, const struct mcv_seal_secret *secret,
                               int64_t utc_s)
{
    const size_t n = strlen(bundle_path);

    *out = NULL;
    if (store->is_importing) return MCV_E_BUSY;
    if (n == 0 || n >= MCV_PATH_BYTES) return MCV_E_CONFIG;
    const mcv_err err = begin(out, store, utc_s);
    if (err != MCV_OK) return err;
    memcpy((*out)->bundle_path, bundle_path, n + 1);
    (*out)->secret = *secret;
    return MCV_OK;
}

mcv_err mcv_store_revoke_begin(struct mcv_store_import **out, struct mcv_store *store,
                               uint32_t gmk_id, int64_t utc_s)
{
    const mcv_err err = begin(out, store, utc_s);

    if (err == MCV_OK) (*out)->gmk_id = gmk_id;
    return err;
}

/* A set with the same records; nothing of it is installed. */
static mcv_err copy_records(struct mcv_store_keys **out, const struct mcv_store_keys *from,
                            const struct mcv_store *store, struct mcv_why *why)
{
    uint8_t *packed = NULL;
    size_t n = 0;

    *out = NULL;
    mcv_err err = mcv_pb_pack(&packed, &n, &from->file->base);
    if (err != MCV_OK) return mcv_why_set(why, err, "no memory");
    err = mcv_store_keys_new(out, mcv_bytes_of(packed, n), &store->options, why);
    mcv_keymem_free(packed, n);
    return err;
}

static mcv_err write_keys(const struct mcv_store_keys *keys, const struct mcv_store *store,
                          struct mcv_why *why)
{
    uint8_t *packed = NULL;
    size_t n = 0;

    mcv_err err = mcv_pb_pack(&packed, &n, &keys->file->base);
    if (err != MCV_OK) return mcv_why_set(why, err, "no memory");
    err = mcv_sealed_write(store->keys_path, MCV_SEALED_STORE, mcv_bytes_of(packed, n),
                           &store->secret, store->options.rng, why);
    mcv_keymem_free(packed, n);
    return err;
}

static mcv_err run_bundle(struct mcv_store_import *im, struct mcv_store_keys **keys)
{
    uint8_t *bundle = NULL;
    size_t n = 0;

    mcv_err err = mcv_sealed_read(&bundle, &n, im->bundle_path, MCV_SEALED_BUNDLE, &im->secret,
                                  &im->why);
    if (err == MCV_OK) err = copy_records(keys, im->before, im->store, &im->why);
    if (err == MCV_OK)
        err = mcv_store_merge(*keys, &im->report, mcv_bytes_of(bundle, n), im->store, im->utc_s,
                              &im->why);
    mcv_sealed_free(bundle, n);
    return err;
}

static mcv_err run_revocation(struct mcv_store_import *im, struct mcv_store_keys **keys)
{
    mcv_err err = copy_records(keys, im->before, im->store, &im->why);

    if (err == MCV_OK) err = mcv_store_revoke_gmk(*keys, &im->report, im->gmk_id, &im->why);
    if (err == MCV_OK) err = mcv_store_keys_install(*keys, &im->why);
    return err;
}

void mcv_store_import_run(struct mcv_store_import *im)
{
    struct mcv_store_keys *keys = NULL;

    mcv_err err = im->bundle_path[0] != '\0' ? run_bundle(im, &keys) : run_revocation(im, &keys);
    if (err == MCV_OK) err = write_keys(keys, im->store, &im->why);
    if (err == MCV_OK)
        im->after = keys;
    else
        mcv_store_keys_free(keys);
    im->err = err;
}

mcv_err mcv_store_import_end(struct mcv_store_import *im, struct mcv_store_report *report,
                             struct mcv_why *why)
{
    struct mcv_store *store = im->store;
    const mcv_err err = im->err;

    if (report != NULL) *report = (struct mcv_store_report){0};
    if (err == MCV_OK) {
        drop_hold(store->keys);
        store->keys = im->after;
        if (report != NULL) *report = im->report;
    } else if (err == MCV_E_MISUSE) {
        (void)mcv_why_set(why, err, "the import was not run");
    } else if (why != NULL) {
        *why = im->why;
    }
    store->is_importing = false;
    drop_hold(im->before);
    mcv_keymem_free(im, sizeof *im);
    return err;
}

mcv_err mcv_store_import(struct mcv_store *store, const char *bundle_path,
                         const struct mcv_seal_secret *secret, int64_t utc_s,
                         struct mcv_store_report *report, struct mcv_why *why)
{
    struct mcv_store_import *im;
    const mcv_err err = mcv_store_import_begin(&im, store, bundle_path, secret, utc_s);

    if (err != MCV_OK) return mcv_why_set(why, err, "cannot import: %s", mcv_err_text(err));
    mcv_store_import_run(im);
    return mcv_store_import_end(im, report, why);
}

/* ---- zeroize ----------------------------------------------------------------------------- */

mcv_err mcv_store_zeroize(struct mcv_store *store, struct mcv_why *why)
{
    char tmp[MCV_PATH_BYTES + 8];
    struct mcv_store_keys *empty = NULL;
    struct mcv_why second = {0};

    if (store->is_importing) return mcv_why_set(why, MCV_E_BUSY, "an import is under way");
    mcv_err err = mcv_store_keys_new(&empty, (struct mcv_bytes){0}, &store->options, why);
    if (err == MCV_OK) {
        drop_hold(store->keys);
        store->keys = empty;
    }
    /* The files go even when memory is short. */
    memcpy(tmp, store->keys_path, strlen(store->keys_path) + 1);
    memcpy(tmp + strlen(tmp), ".tmp", sizeof ".tmp");
    const mcv_err err1 = mcv_file_destroy(store->keys_path, &second);
    const mcv_err err2 = mcv_file_destroy(tmp, &second);
    const mcv_err err3 = mcv_dir_sync(store->dir, &second);
    if (err1 == MCV_OK && err2 == MCV_OK && err3 == MCV_OK) return err;
    if (why != NULL) *why = second;
    return MCV_E_IO;
}

/* ---- records ----------------------------------------------------------------------------- */

mcv_err mcv_store_ssrc_claim(struct mcv_store *store, uint32_t gmk_id, uint32_t guk_id,
                             uint32_t ssrc)
{
    const struct mcv_ssrc_log_use use = {.gmk_id = gmk_id, .guk_id = guk_id, .ssrc = ssrc};

    return mcv_ssrc_log_add(&store->ssrc, &use);
}

bool mcv_store_ssrc_is_used(const struct mcv_store *store, uint32_t gmk_id, uint32_t guk_id,
                            uint32_t ssrc)
{
    const struct mcv_ssrc_log_use use = {.gmk_id = gmk_id, .guk_id = guk_id, .ssrc = ssrc};

    return mcv_ssrc_log_has(&store->ssrc, &use);
}

size_t mcv_store_n_ssrcs(const struct mcv_store *store)
{
    return store->ssrc.n;
}

void mcv_store_ssrc_at(const struct mcv_store *store, size_t i, uint32_t *gmk_id, uint32_t *guk_id,
                       uint32_t *ssrc)
{
    MCV_ASSERT(i < store->ssrc.n);
    *gmk_id = store->ssrc.uses[i].gmk_id;
    *guk_id = store->ssrc.uses[i].guk_id;
    *ssrc = store->ssrc.uses[i].ssrc;
}

int64_t mcv_store_refuse_until(const struct mcv_store *store)
{
    return store->refuse_until_s;
}

int64_t mcv_store_latest_time(const struct mcv_store *store)
{
    return store->clock.latest[MCV_CLOCK_TIME];
}

mcv_err mcv_store_time_save(struct mcv_store *store, int64_t utc_s)
{
    return mcv_clock_log_add(&store->clock, MCV_CLOCK_TIME, utc_s);
}

mcv_err mcv_store_accepted_save(struct mcv_store *store, int64_t t_s)
{
    return mcv_clock_log_add(&store->clock, MCV_CLOCK_ACCEPTED, t_s);
}

/* ---- what is in it ------------------------------------------------------------------------ */

size_t mcv_store_n_certs(const struct mcv_store_keys *keys)
{
    return keys->file->n_certs;
}

size_t mcv_store_n_key_sets(const struct mcv_store_keys *keys)
{
    return keys->file->n_key_sets;
}

size_t mcv_store_n_gmks(const struct mcv_store_keys *keys)
{
    return keys->file->n_gmks;
}

struct mcv_store_cert_info mcv_store_cert_at(const struct mcv_store_keys *keys, size_t i)
{
    MCV_ASSERT(i < keys->file->n_certs);
    const Mcv__StoredCert *c = keys->file->certs[i];
    return (struct mcv_store_cert_info){
        .kms_uri = c->kms_uri,
        .is_home = c->is_home,
        .is_revoked = c->revoked,
        .valid_from_s = c->valid_from_s,
        .valid_to_s = c->valid_to_s,
        .period_s = c->period_s,
        .offset_s = c->offset_s,
    };
}

struct mcv_store_key_set_info mcv_store_key_set_at(const struct mcv_store_keys *keys, size_t i)
{
    MCV_ASSERT(i < keys->n_sets);
    const struct mcv_store_set *s = &keys->sets[i];
    const struct mcv_key_period *k = &s->cert->period;
    return (struct mcv_store_key_set_info){
        .user_uri = keys->file->user_uri,
        .kms_uri = s->rec->kms_uri,
        .period_no = s->rec->period_no,
        .from_s = (int64_t)mcv_key_period_start_ntp_s(k, s->rec->period_no) - MCV_NTP_UNIX_OFFSET_S,
        .until_s = (int64_t)mcv_key_period_start_ntp_s(k, s->rec->period_no + 1) -
                   MCV_NTP_UNIX_OFFSET_S,
    };
}

struct mcv_store_gmk_info mcv_store_gmk_at(const struct mcv_store_keys *keys, size_t i)
{
    MCV_ASSERT(i < keys->file->n_gmks);
    const Mcv__StoredGmk *g = keys->file->gmks[i];
    return (struct mcv_store_gmk_info){
        .gmk_id = g->gmk_id,
        .guk_id = g->guk_id,
        .activation_s = g->activation_s,
        .expiry_s = g->expiry_s,
        .is_revoked = g->revoked,
        .n_groups = g->n_group_ids,
        .group_ids = (const char *const *)g->group_ids,
    };
}
