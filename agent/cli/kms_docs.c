/* The documents that a KMS hands out. Spec: TS 33.180 Annex D. */
#include "agent/cli/kms.h"

#include "agent/cli/kms_gmk.h"
#include "proto/kms_xml.h"
#include "proto/schema/bundle.pb-c.h"

#include <inttypes.h>
#include <string.h>

#define BUNDLE_VERSION 1
#define MAX_DOC_BYTES  (256u << 10)
#define MAX_SETS       32
#define MAX_TRUSTED    15 /* what a device store takes, besides the home KMS */

static mcv_err copy_text(char out[MCV_KMS_URI_BYTES], const char *text)
{
    const size_t n = strlen(text);

    if (n >= MCV_KMS_URI_BYTES) return MCV_E_SPACE;
    memcpy(out, text, n + 1);
    return MCV_OK;
}

static mcv_err own_cert(struct mcv_kms_cert *c, const struct mcv_kms *kms)
{
    *c = (struct mcv_kms_cert){.period = mcv_kms_period(kms)};
    mcv_err err = copy_text(c->kms_uri, kms->file->uri);
    if (err == MCV_OK) err = mcv_pb_exact(c->z.b, sizeof c->z.b, &kms->file->z);
    if (err == MCV_OK) err = mcv_pb_exact(c->kpak.b, sizeof c->kpak.b, &kms->file->kpak);
    return err;
}

static mcv_err trusted_cert(struct mcv_kms_cert *c, const Mcv__TrustedCert *t)
{
    *c = (struct mcv_kms_cert){
        .is_external = true,
        .is_revoked = t->revoked,
        .valid_from_s = t->valid_from_s,
        .valid_to_s = t->valid_to_s,
        .period = {.period_s = t->period_s, .offset_s = t->offset_s},
    };
    mcv_err err = copy_text(c->kms_uri, t->kms_uri);
    if (err == MCV_OK) err = mcv_pb_exact(c->z.b, sizeof c->z.b, &t->z);
    if (err == MCV_OK) err = mcv_pb_exact(c->kpak.b, sizeof c->kpak.b, &t->kpak);
    return err;
}

/* ---- certificates ---------------------------------------------------------------------------- */

mcv_err mcv_kms_cert_export(const struct mcv_kms *kms, const char *path, struct mcv_why *why)
{
    struct mcv_kms_cert c;
    uint8_t text[8192];
    struct mcv_writer w = mcv_writer_of(text, sizeof text);

    mcv_err err = own_cert(&c, kms);
    if (err == MCV_OK) {
        mcv_kms_init_encode(&w, &c);
        err = w.err;
    }
    if (err != MCV_OK) return mcv_why_set(why, err, "%s: %s", path, mcv_err_text(err));
    return mcv_file_replace(path, mcv_wr_done(&w), MCV_FILE_PUBLIC, why);
}

static Mcv__TrustedCert *find_trusted(const struct mcv_kms *kms, const char *uri)
{
    for (size_t i = 0; i < kms->file->n_trusted; i++)
        if (strcmp(kms->file->trusted[i]->kms_uri, uri) == 0) return kms->file->trusted[i];
    return NULL;
}

static mcv_err read_cert(struct mcv_kms_cert *c, const char *path, struct mcv_why *why)
{
    uint8_t *p = NULL;
    size_t n = 0;
    const char *what = NULL;

    mcv_err err = mcv_file_read(&p, &n, path, MCV_KMS_XML_MAX_BYTES, MCV_FILE_PUBLIC, why);
    if (err != MCV_OK) return err;
    err = mcv_kms_init_decode(c, &what, mcv_bytes_of(p, n));
    mcv_keymem_free(p, n);
    return err == MCV_OK ? MCV_OK
                         : mcv_why_set(why, err, "%s: %s: %s", path, what, mcv_err_text(err));
}

static mcv_err check_foreign(const struct mcv_kms *kms, const struct mcv_kms_cert *c,
                             const char *path, int64_t utc_s, struct mcv_why *why)
{
    const char *wrong = NULL;

    if (strcmp(c->kms_uri, kms->file->uri) == 0)
        wrong = "is our own certificate";
    else if (c->is_external || c->is_revoked)
        wrong = "is not a valid certificate in the role Root";
    else if ((c->valid_from_s != 0 && utc_s < c->valid_from_s) ||
             (c->valid_to_s != 0 && utc_s > c->valid_to_s))
        wrong = "is not valid at this time";
    else if (!mcv_key_period_is_valid(&c->period))
        wrong = "has no usable key period";
    else if (mcv_sakke_z_check(&c->z) != MCV_OK || mcv_eccsi_kpak_check(&c->kpak) != MCV_OK)
        wrong = "has a public key that is not a point";
    return wrong == NULL ? MCV_OK
                         : mcv_why_set(why, MCV_E_POLICY, "%s: %s %s", path, c->kms_uri, wrong);
}

mcv_err mcv_kms_cert_trust(struct mcv_kms *kms, const char **kms_uri, const char *path,
                           int64_t utc_s, struct mcv_why *why)
{
    struct mcv_arena *a = &kms->arena;
    struct mcv_kms_cert c;

    if (kms_uri != NULL) *kms_uri = NULL;
    mcv_err err = read_cert(&c, path, why);
    if (err == MCV_OK) err = check_foreign(kms, &c, path, utc_s, why);
    if (err != MCV_OK) return err;
    Mcv__TrustedCert *t = find_trusted(kms, c.kms_uri);
    const bool is_new = t == NULL;
    if (is_new && kms->file->n_trusted == MAX_TRUSTED)
        return mcv_why_set(why, MCV_E_FULL, "more than %d foreign KMSs", MAX_TRUSTED);
    if (is_new) t = mcv_arena_alloc(a, sizeof *t);
    if (t == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    mcv__trusted_cert__init(t);
    t->kms_uri = mcv_arena_text(a, mcv_bytes_str(c.kms_uri));
    t->period_s = c.period.period_s;
    t->offset_s = c.period.offset_s;
    t->valid_from_s = c.valid_from_s;
    t->valid_to_s = c.valid_to_s;
    t->kpak = mcv_arena_bytes(a, c.kpak.b, sizeof c.kpak.b);
    t->z = mcv_arena_bytes(a, c.z.b, sizeof c.z.b);
    if (t->kms_uri == NULL || t->kpak.len == 0 || t->z.len == 0) err = MCV_E_FULL;
    if (err == MCV_OK && is_new)
        err = mcv_arena_append(a, &kms->file->trusted, &kms->file->n_trusted, t);
    if (err != MCV_OK) return mcv_why_set(why, err, "no memory");
    kms->file->cache_num++;
    if (kms_uri != NULL) *kms_uri = t->kms_uri;
    return MCV_OK;
}

mcv_err mcv_kms_cert_revoke(struct mcv_kms *kms, const char *kms_uri, struct mcv_why *why)
{
    Mcv__TrustedCert *t = find_trusted(kms, kms_uri);

    if (t == NULL) return mcv_why_set(why, MCV_E_NOT_FOUND, "%s: no such KMS is trusted", kms_uri);
    t->revoked = true;
    kms->file->cache_num++;
    return MCV_OK;
}

/* ---- bundles ----------------------------------------------------------------------------------- */

/* Everything that goes into one bundle; its arena is wiped with the keys in it. */
struct draft {
    struct mcv_kms *kms;
    struct mcv_kms_bundle_report *report;
    struct mcv_arena arena;
    Mcv__Bundle bundle;
    const char *user;
    int64_t utc_s;
};

/* Room for a document, and the writer's octets as a field. */
static mcv_err take_document(ProtobufCBinaryData *field, const struct mcv_writer *w)
{
    const struct mcv_bytes doc = mcv_wr_done(w);

    if (w->err != MCV_OK) return w->err;
    field->data = w->p;
    field->len = doc.n;
    return MCV_OK;
}

static mcv_err document_writer(struct mcv_writer *w, struct draft *d)
{
    uint8_t *p = mcv_arena_alloc(&d->arena, MAX_DOC_BYTES);

    *w = mcv_writer_of(p, p != NULL ? MAX_DOC_BYTES : 0);
    return p != NULL ? MCV_OK : MCV_E_FULL;
}

static mcv_err draft_certs(struct draft *d)
{
    struct mcv_kms_cert own, trusted[MAX_TRUSTED];
    struct mcv_writer init, cache;
    const size_t n = d->kms->file->n_trusted;

    if (n > MAX_TRUSTED) return MCV_E_FULL;
    mcv_err err = own_cert(&own, d->kms);
    for (size_t i = 0; err == MCV_OK && i < n; i++)
        err = trusted_cert(&trusted[i], d->kms->file->trusted[i]);
    if (err == MCV_OK) err = document_writer(&init, d);
    if (err == MCV_OK) err = document_writer(&cache, d);
    if (err != MCV_OK) return err;
    mcv_kms_init_encode(&init, &own);
    mcv_kms_cert_cache_encode(&cache, trusted, n, d->kms->file->cache_num);
    err = take_document(&d->bundle.kms_init, &init);
    if (err == MCV_OK) err = take_document(&d->bundle.kms_cert_cache, &cache);
    d->report->certs = (unsigned)n;
    return err;
}

static mcv_err copy_set(struct mcv_kms_key_set *out, const struct mcv_kms *kms,
                        const Mcv__IssuedKeySet *k)
{
    out->period_no = k->period_no;
    mcv_err err = copy_text(out->kms_uri, kms->file->uri);
    if (err == MCV_OK) err = copy_text(out->user_uri, k->user_uri);
    if (err == MCV_OK) err = mcv_pb_exact(out->uid.b, sizeof out->uid.b, &k->uid);
    if (err == MCV_OK) err = mcv_pb_exact(out->ssk.b, sizeof out->ssk.b, &k->ssk);
    if (err == MCV_OK) err = mcv_pb_exact(out->pvt.b, sizeof out->pvt.b, &k->pvt);
    if (err == MCV_OK) err = mcv_pb_exact(out->rsk.b, sizeof out->rsk.b, &k->rsk);
    return err;
}

/* The periods from the previous one on: a device off the network cannot fetch the next. */
static mcv_err draft_sets(struct draft *d, uint64_t now)
{
    struct mcv_kms_key_set *sets = mcv_arena_alloc(&d->arena, MAX_SETS * sizeof *sets);
    struct mcv_writer w;
    size_t n = 0;

    mcv_err err = sets != NULL ? document_writer(&w, d) : MCV_E_FULL;
    for (size_t i = 0; err == MCV_OK && i < d->kms->file->n_key_sets; i++) {
        const Mcv__IssuedKeySet *k = d->kms->file->key_sets[i];
        if (strcmp(k->user_uri, d->user) != 0 || k->period_no + 1 < now) continue;
        err = n < MAX_SETS ? copy_set(&sets[n], d->kms, k) : MCV_E_FULL;
        n++;
    }
    if (err != MCV_OK) return err;
    mcv_kms_key_prov_encode(&w, sets, n);
    d->report->key_sets = (unsigned)n;
    return take_document(&d->bundle.kms_key_prov, &w);
}

static bool is_member(const Mcv__Group *g, const char *user)
{
    for (size_t i = 0; i < g->n_members; i++)
        if (strcmp(g->members[i], user) == 0) return true;
    return false;
}

static mcv_err add_message(struct draft *d, const struct mcv_kms_gmk_sender *sender,
                           const Mcv__Group *g, const Mcv__GroupKey *k)
{
    ProtobufCBinaryData *fields = d->bundle.gmk_messages;
    const size_t n = d->bundle.n_gmk_messages;
    ProtobufCBinaryData *grown = mcv_arena_alloc(&d->arena, (n + 1) * sizeof *grown);
    uint8_t *p = mcv_arena_alloc(&d->arena, MCV_KMS_GMK_MAX_BYTES);
    struct mcv_writer w = mcv_writer_of(p, MCV_KMS_GMK_MAX_BYTES);

    if (grown == NULL || p == NULL) return MCV_E_FULL;
    mcv_err err = mcv_kms_gmk_write(&w, sender, d->user, g, k);
    if (err != MCV_OK) return err;
    if (n > 0) memcpy(grown, fields, n * sizeof *grown);
    err = take_document(&grown[n], &w);
    d->bundle.gmk_messages = grown;
    d->bundle.n_gmk_messages = n + 1;
    d->report->gmks = (unsigned)n + 1;
    return err;
}

static mcv_err add_document(struct draft *d, const Mcv__Group *g)
{
    const size_t n = d->bundle.n_group_documents;
    ProtobufCBinaryData *grown = mcv_arena_alloc(&d->arena, (n + 1) * sizeof *grown);

    if (grown == NULL) return MCV_E_FULL;
    if (n > 0) memcpy(grown, d->bundle.group_documents, n * sizeof *grown);
    grown[n] = g->document;
    d->bundle.group_documents = grown;
    d->bundle.n_group_documents = n + 1;
    return MCV_OK;
}

static mcv_err draft_documents(struct draft *d)
{
    const Mcv__KmsFile *f = d->kms->file;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && i < f->n_groups; i++)
        if (is_member(f->groups[i], d->user) && f->groups[i]->document.len > 0)
            err = add_document(d, f->groups[i]);
    return err;
}

static mcv_err draft_gmks(struct draft *d)
{
    struct mcv_kms_gmk_sender sender = {0};
    const Mcv__KmsFile *f = d->kms->file;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && i < f->n_groups; i++) {
        const Mcv__Group *g = f->groups[i];
        if (!is_member(g, d->user)) continue;
        if (!sender.is_ready) err = mcv_kms_gmk_sender_begin(&sender, d->kms, d->utc_s);
        for (size_t j = 0; err == MCV_OK && j < g->n_keys; j++) {
            const Mcv__GroupKey *k = g->keys[j];
            if (mcv_kms_gmk_is_sent(&sender, k)) err = add_message(d, &sender, g, k);
        }
    }
    mcv_kms_gmk_sender_wipe(&sender);
    return err;
}

static mcv_err seal(const struct draft *d, const char *path, const struct mcv_seal_secret *secret,
                    struct mcv_why *why)
{
    uint8_t *packed = NULL;
    size_t n = 0;

    mcv_err err = mcv_pb_pack(&packed, &n, &d->bundle.base);
    if (err != MCV_OK) return mcv_why_set(why, err, "no memory");
    err = mcv_sealed_write(path, MCV_SEALED_BUNDLE, mcv_bytes_of(packed, n), secret, d->kms->rng,
                           why);
    mcv_keymem_free(packed, n);
    return err;
}

mcv_err mcv_kms_bundle(struct mcv_kms *kms, struct mcv_kms_bundle_report *report, const char *path,
                       const char *user, const struct mcv_seal_secret *secret, int64_t utc_s,
                       struct mcv_why *why)
{
    struct draft d = {.kms = kms, .report = report, .user = user, .utc_s = utc_s};
    uint64_t now = 0;

    *report = (struct mcv_kms_bundle_report){0};
    mcv_err err = mcv_kms_period_no(&now, kms, utc_s, why);
    if (err != MCV_OK) return err;
    if (mcv_kms_key_set(kms, user, now) == NULL)
        return mcv_why_set(why, MCV_E_NOT_FOUND,
                           "%s: has no keys here for period %" PRIu64 "; use: mcvkms issue", user,
                           now);
    err = mcv_arena_init(&d.arena, 16u << 20, false);
    if (err != MCV_OK) return mcv_why_set(why, err, "no memory");
    mcv__bundle__init(&d.bundle);
    d.bundle.version = BUNDLE_VERSION;
    d.bundle.user_uri = mcv_arena_text(&d.arena, mcv_bytes_str(user));
    err = d.bundle.user_uri != NULL ? draft_certs(&d) : MCV_E_FULL;
    if (err == MCV_OK) err = draft_sets(&d, now);
    if (err == MCV_OK) err = draft_gmks(&d);
    if (err == MCV_OK) err = draft_documents(&d);
    err = err == MCV_OK
              ? seal(&d, path, secret, why)
              : mcv_why_set(why, err, "%s: cannot make the bundle: %s", user, mcv_err_text(err));
    mcv_arena_wipe(&d.arena);
    return err;
}
