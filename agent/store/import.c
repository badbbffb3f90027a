/* What a bundle adds to a store. Spec: TS 33.180 Annex D and the checks on installation. */
#include "agent/store/store_private.h"

#include "proto/group_xml.h"
#include "proto/kms_xml.h"
#include "proto/schema/bundle.pb-c.h"

#include <inttypes.h>
#include <string.h>

#define BUNDLE_VERSION 1

struct merge {
    struct mcv_store_keys *keys;
    struct mcv_store_report *report;
    const struct mcv_store *store;
    int64_t utc_s;
    struct mcv_why *why;
};

/* ---- certificates -------------------------------------------------------------------------- */

/* Spec: TS 33.180 D.3.2: what can be judged of a certificate alone. */
static mcv_err check_cert(const struct merge *m, const struct mcv_kms_cert *c)
{
    if (!mcv_key_period_is_valid(&c->period))
        return mcv_why_set(m->why, MCV_E_MALFORMED,
                           "certificate of %s: UserKeyPeriod must be above 0 and UserKeyOffset "
                           "below it",
                           c->kms_uri);
    if (mcv_sakke_z_check(&c->z) != MCV_OK)
        return mcv_why_set(m->why, MCV_E_MALFORMED, "certificate of %s: PubEncKey is not a point",
                           c->kms_uri);
    if (mcv_eccsi_kpak_check(&c->kpak) != MCV_OK)
        return mcv_why_set(m->why, MCV_E_MALFORMED, "certificate of %s: PubAuthKey is not a point",
                           c->kms_uri);
    if (c->is_revoked) return MCV_OK; /* a revocation has no end */
    if (c->valid_from_s != 0 && m->utc_s < c->valid_from_s)
        return mcv_why_set(m->why, MCV_E_TIME, "certificate of %s: not valid yet", c->kms_uri);
    if (c->valid_to_s != 0 && m->utc_s > c->valid_to_s)
        return mcv_why_set(m->why, MCV_E_EXPIRED, "certificate of %s: expired", c->kms_uri);
    return MCV_OK;
}

static mcv_err check_home(const struct merge *m, const struct mcv_kms_cert *c)
{
    const Mcv__StoredCert *home = mcv_store_home(m->keys->file);

    if (c->is_external)
        return mcv_why_set(m->why, MCV_E_POLICY, "KmsInit: %s is not in the role Root", c->kms_uri);
    if (c->is_revoked)
        return mcv_why_set(m->why, MCV_E_EXPIRED, "KmsInit: %s is revoked", c->kms_uri);
    if (m->store->kms_uri[0] != '\0' && strcmp(m->store->kms_uri, c->kms_uri) != 0)
        return mcv_why_set(m->why, MCV_E_POLICY, "KmsInit: %s is not the configured KMS %s",
                           c->kms_uri, m->store->kms_uri);
    if (home == NULL) return MCV_OK;
    if (strcmp(home->kms_uri, c->kms_uri) != 0)
        return mcv_why_set(m->why, MCV_E_POLICY, "KmsInit: the home KMS is %s, not %s",
                           home->kms_uri, c->kms_uri);
    if (!mcv_bytes_equal(mcv_pb_bytes(&home->z), mcv_bytes_of(c->z.b, sizeof c->z.b)) ||
        !mcv_bytes_equal(mcv_pb_bytes(&home->kpak), mcv_bytes_of(c->kpak.b, sizeof c->kpak.b)) ||
        home->period_s != c->period.period_s || home->offset_s != c->period.offset_s)
        return mcv_why_set(m->why, MCV_E_POLICY,
                           "KmsInit: %s has other public keys or another key period than before: "
                           "zeroize the device first",
                           c->kms_uri);
    return MCV_OK;
}

static mcv_err check_external(const struct merge *m, const struct mcv_kms_cert *c)
{
    const Mcv__StoredCert *old = mcv_store_find_cert(m->keys->file, c->kms_uri);

    if (!c->is_external)
        return mcv_why_set(m->why, MCV_E_POLICY, "KmsCertCache: %s is not in the role External",
                           c->kms_uri);
    if (old != NULL && old->is_home)
        return mcv_why_set(m->why, MCV_E_POLICY, "KmsCertCache: %s is the home KMS", c->kms_uri);
    return MCV_OK;
}

static mcv_err fill_cert(struct mcv_arena *a, Mcv__StoredCert *rec, const struct mcv_kms_cert *c)
{
    mcv_err err = MCV_OK;

    mcv__stored_cert__init(rec);
    rec->kms_uri = mcv_arena_text(a, mcv_bytes_str(c->kms_uri));
    rec->is_home = !c->is_external;
    rec->revoked = c->is_revoked;
    rec->valid_from_s = c->valid_from_s;
    rec->valid_to_s = c->valid_to_s;
    rec->period_s = c->period.period_s;
    rec->offset_s = c->period.offset_s;
    rec->z = mcv_arena_bytes(a, c->z.b, sizeof c->z.b);
    rec->kpak = mcv_arena_bytes(a, c->kpak.b, sizeof c->kpak.b);
    for (size_t i = 0; err == MCV_OK && i < c->n_domains; i++)
        err = mcv_arena_append(a, &rec->domains, &rec->n_domains,
                               mcv_arena_text(a, mcv_bytes_str(c->domains[i])));
    return rec->kms_uri != NULL && rec->z.len != 0 && rec->kpak.len != 0 ? err : MCV_E_FULL;
}

static mcv_err put_cert(const struct merge *m, const struct mcv_kms_cert *c)
{
    Mcv__StoreFile *f = m->keys->file;
    Mcv__StoredCert *rec = mcv_store_find_cert(f, c->kms_uri);
    const bool is_new = rec == NULL;

    if (is_new && f->n_certs == MCV_STORE_MAX_CERTS)
        return mcv_why_set(m->why, MCV_E_FULL, "more than %d KMS certificates",
                           MCV_STORE_MAX_CERTS);
    if (is_new) rec = mcv_arena_alloc(&m->keys->arena, sizeof *rec);
    mcv_err err = rec != NULL ? fill_cert(&m->keys->arena, rec, c) : MCV_E_FULL;
    if (err == MCV_OK && is_new)
        err = mcv_arena_append(&m->keys->arena, &f->certs, &f->n_certs, rec);
    if (err != MCV_OK) return mcv_why_set(m->why, err, "no room in the store");
    m->report->certs++;
    return MCV_OK;
}

static mcv_err merge_home(const struct merge *m, struct mcv_bytes xml)
{
    struct mcv_kms_cert c;
    const char *what = NULL;

    if (xml.n == 0 && mcv_store_home(m->keys->file) != NULL) return MCV_OK;
    mcv_err err = mcv_kms_init_decode(&c, &what, xml);
    if (err != MCV_OK) return mcv_why_set(m->why, err, "KmsInit: %s: %s", what, mcv_err_text(err));
    err = check_home(m, &c);
    if (err == MCV_OK) err = check_cert(m, &c);
    return err == MCV_OK ? put_cert(m, &c) : err;
}

/* What was revoked comes back with a newer cache alone: an old bundle may be imported again. */
static bool stays_revoked(const struct merge *m, const struct mcv_kms_cert *c, uint64_t cache_num)
{
    const Mcv__StoredCert *old = mcv_store_find_cert(m->keys->file, c->kms_uri);

    return old != NULL && old->revoked && !c->is_revoked && cache_num <= m->keys->file->cache_num;
}

static mcv_err merge_externals(const struct merge *m, struct mcv_bytes xml)
{
    struct mcv_kms_cert c[MCV_STORE_MAX_CERTS];
    const char *what = NULL;
    uint64_t cache_num = 0;
    size_t n = 0;

    if (xml.n == 0) return MCV_OK;
    mcv_err err = mcv_kms_cert_cache_decode(c, MCV_STORE_MAX_CERTS, &n, &cache_num, &what, xml);
    if (err != MCV_OK)
        return mcv_why_set(m->why, err, "KmsCertCache: %s: %s", what, mcv_err_text(err));
    for (size_t i = 0; err == MCV_OK && i < n; i++) {
        if (stays_revoked(m, &c[i], cache_num)) continue;
        err = check_external(m, &c[i]);
        if (err == MCV_OK) err = check_cert(m, &c[i]);
        if (err == MCV_OK) err = put_cert(m, &c[i]);
    }
    if (err == MCV_OK && cache_num > m->keys->file->cache_num) m->keys->file->cache_num = cache_num;
    return err;
}

/* ---- key sets -------------------------------------------------------------------------------- */

static mcv_err period_now(uint64_t *out, const Mcv__StoredCert *home, int64_t utc_s)
{
    const struct mcv_key_period k = {.period_s = home->period_s, .offset_s = home->offset_s};

    return mcv_key_period_at(out, &k, mcv_ntp_of_utc(utc_s));
}

/* Spec: TS 33.180 D.3.3, F.2.1: the identity of a key set is recomputed, never believed. */
static mcv_err check_set_identity(const struct merge *m, const struct mcv_kms_key_set *s,
                                  const Mcv__StoredCert *home)
{
    const struct mcv_key_period k = {.period_s = home->period_s, .offset_s = home->offset_s};
    struct mcv_uid uid;

    if (strcmp(s->kms_uri, home->kms_uri) != 0)
        return mcv_why_set(m->why, MCV_E_POLICY, "KmsKeySet: issued by %s, not by the home KMS %s",
                           s->kms_uri, home->kms_uri);
    if (strcmp(s->user_uri, m->keys->file->user_uri) != 0)
        return mcv_why_set(m->why, MCV_E_NOT_FOR_US, "KmsKeySet: for %s, not for %s", s->user_uri,
                           m->keys->file->user_uri);
    const mcv_err err = mcv_uid_derive(&uid, mcv_bytes_str(s->user_uri), mcv_bytes_str(s->kms_uri),
                                       &k, s->period_no);
    if (err != MCV_OK) return mcv_why_set(m->why, err, "KmsKeySet: no UID");
    if (memcmp(uid.b, s->uid.b, sizeof uid.b) != 0)
        return mcv_why_set(m->why, MCV_E_MALFORMED,
                           "KmsKeySet: UserID is not that of %s in period %" PRIu64, s->user_uri,
                           s->period_no);
    return MCV_OK;
}

static size_t find_set(const Mcv__StoreFile *f, const char *kms_uri, uint64_t period_no)
{
    size_t i = 0;

    while (i < f->n_key_sets && (f->key_sets[i]->period_no != period_no ||
                                 strcmp(f->key_sets[i]->kms_uri, kms_uri) != 0))
        i++;
    return i;
}

static void drop_set(const struct merge *m, size_t at)
{
    Mcv__StoreFile *f = m->keys->file;

    if (at >= f->n_key_sets) return;
    memmove(&f->key_sets[at], &f->key_sets[at + 1], (f->n_key_sets - at - 1) * sizeof *f->key_sets);
    f->n_key_sets--;
    m->report->dropped++;
}

static mcv_err fill_set(struct mcv_arena *a, Mcv__StoredKeySet *rec,
                        const struct mcv_kms_key_set *s)
{
    mcv__stored_key_set__init(rec);
    rec->kms_uri = mcv_arena_text(a, mcv_bytes_str(s->kms_uri));
    rec->period_no = s->period_no;
    rec->valid_from_s = s->valid_from_s;
    rec->valid_to_s = s->valid_to_s;
    rec->rsk = mcv_arena_bytes(a, s->rsk.b, sizeof s->rsk.b);
    rec->ssk = mcv_arena_bytes(a, s->ssk.b, sizeof s->ssk.b);
    rec->pvt = mcv_arena_bytes(a, s->pvt.b, sizeof s->pvt.b);
    return rec->kms_uri != NULL && rec->rsk.len != 0 && rec->ssk.len != 0 && rec->pvt.len != 0
               ? MCV_OK
               : MCV_E_FULL;
}

static mcv_err put_set(const struct merge *m, const struct mcv_kms_key_set *s)
{
    Mcv__StoreFile *f = m->keys->file;
    struct mcv_arena *a = &m->keys->arena;
    const size_t at = find_set(f, s->kms_uri, s->period_no);
    Mcv__StoredKeySet *rec = at < f->n_key_sets ? f->key_sets[at] : mcv_arena_alloc(a, sizeof *rec);

    if (at == MCV_STORE_MAX_KEY_SETS)
        return mcv_why_set(m->why, MCV_E_FULL, "more than %d key sets", MCV_STORE_MAX_KEY_SETS);
    mcv_err err = rec != NULL ? fill_set(a, rec, s) : MCV_E_FULL;
    if (err == MCV_OK && at == f->n_key_sets)
        err = mcv_arena_append(a, &f->key_sets, &f->n_key_sets, rec);
    if (err != MCV_OK) return mcv_why_set(m->why, err, "no room in the store");
    m->report->key_sets++;
    return MCV_OK;
}

static mcv_err merge_set(const struct merge *m, const struct mcv_kms_key_set *s,
                         const Mcv__StoredCert *home, uint64_t now)
{
    const mcv_err err = check_set_identity(m, s, home);

    if (err != MCV_OK) return err;
    if (s->period_no > now + MCV_STORE_MAX_KEY_SETS)
        return mcv_why_set(m->why, MCV_E_TIME,
                           "KmsKeySet: period %" PRIu64 " is too far ahead of %" PRIu64,
                           s->period_no, now);
    if (s->is_revoked) {
        drop_set(m, find_set(m->keys->file, s->kms_uri, s->period_no));
        return MCV_OK;
    }
    if (s->valid_to_s != 0 && m->utc_s > s->valid_to_s)
        return mcv_why_set(m->why, MCV_E_EXPIRED, "KmsKeySet: expired for period %" PRIu64,
                           s->period_no);
    return put_set(m, s);
}

static mcv_err merge_sets(const struct merge *m, struct mcv_bytes xml)
{
    struct mcv_kms_key_set *s;
    const Mcv__StoredCert *home = mcv_store_home(m->keys->file);
    const size_t bytes = MCV_STORE_MAX_KEY_SETS * sizeof *s;
    const char *what = NULL;
    size_t n = 0;
    uint64_t now = 0;

    mcv_err err = period_now(&now, home, m->utc_s);
    if (err != MCV_OK) return mcv_why_set(m->why, err, "no key period at this time");
    s = mcv_keymem_alloc(bytes, m->keys->lock);
    if (s == NULL) return mcv_why_set(m->why, MCV_E_CONFIG, "no memory for keys");
    if (xml.n > 0) err = mcv_kms_key_prov_decode(s, MCV_STORE_MAX_KEY_SETS, &n, &what, xml);
    if (err != MCV_OK)
        (void)mcv_why_set(m->why, err, "KmsKeyProv: %s: %s", what, mcv_err_text(err));
    for (size_t i = 0; err == MCV_OK && i < n; i++) err = merge_set(m, &s[i], home, now);
    mcv_keymem_free(s, bytes);
    /* The previous period stays for messages that come late. Spec: TS 33.180 5.3 */
    for (size_t i = m->keys->file->n_key_sets; err == MCV_OK && i > 0; i--)
        if (m->keys->file->key_sets[i - 1]->period_no + 1 < now) drop_set(m, i - 1);
    return err;
}

/* ---- group documents ------------------------------------------------------------------------- */

static Mcv__StoredDocument *find_document(const Mcv__StoreFile *f, const char *group)
{
    for (size_t i = 0; i < f->n_documents; i++)
        if (strcmp(f->documents[i]->group_uri, group) == 0) return f->documents[i];
    return NULL;
}

static mcv_err put_document(const struct merge *m, const char *group, struct mcv_bytes xml)
{
    Mcv__StoreFile *f = m->keys->file;
    struct mcv_arena *a = &m->keys->arena;
    Mcv__StoredDocument *rec = find_document(f, group);
    const bool is_new = rec == NULL;

    if (is_new && f->n_documents == MCV_STORE_MAX_DOCUMENTS) return MCV_E_FULL;
    if (is_new) rec = mcv_arena_alloc(a, sizeof *rec);
    if (rec == NULL) return MCV_E_FULL;
    mcv__stored_document__init(rec);
    rec->group_uri = mcv_arena_text(a, mcv_bytes_str(group));
    rec->xml = mcv_arena_bytes(a, xml.p, xml.n);
    if (rec->group_uri == NULL || rec->xml.len != xml.n) return MCV_E_FULL;
    return is_new ? mcv_arena_append(a, &f->documents, &f->n_documents, rec) : MCV_OK;
}

static mcv_err merge_document(const struct merge *m, struct mcv_bytes xml)
{
    struct mcv_group_xml g;
    const char *what;

    mcv_err err = mcv_group_xml_decode(&g, &what, xml);
    if (err != MCV_OK)
        return mcv_why_set(m->why, err, "group document: %s: %s", what, mcv_err_text(err));
    err = put_document(m, g.group, xml);
    if (err != MCV_OK) return mcv_why_set(m->why, err, "group document of %s: no room", g.group);
    m->report->documents++;
    return MCV_OK;
}

/* ---- the bundle ------------------------------------------------------------------------------ */

static mcv_err merge_bundle(const struct merge *m, const Mcv__Bundle *b)
{
    if (b->version != BUNDLE_VERSION)
        return mcv_why_set(m->why, MCV_E_UNSUPPORTED, "the bundle has version %u, not %d",
                           (unsigned)b->version, BUNDLE_VERSION);
    if (strcmp(b->user_uri, m->keys->file->user_uri) != 0)
        return mcv_why_set(m->why, MCV_E_NOT_FOR_US, "the bundle is for %s, not for %s",
                           b->user_uri, m->keys->file->user_uri);
    mcv_err err = merge_home(m, mcv_pb_bytes(&b->kms_init));
    if (err == MCV_OK) err = merge_externals(m, mcv_pb_bytes(&b->kms_cert_cache));
    if (err == MCV_OK) err = merge_sets(m, mcv_pb_bytes(&b->kms_key_prov));
    /* From here on the keys work: group keys come encapsulated to them. */
    if (err == MCV_OK) err = mcv_store_keys_install(m->keys, m->why);
    for (size_t i = 0; err == MCV_OK && i < b->n_gmk_messages; i++)
        err = mcv_store_take_gmk(m->keys, m->report, mcv_pb_bytes(&b->gmk_messages[i]), m->store,
                                 m->utc_s, m->why);
    for (size_t i = 0; err == MCV_OK && i < b->n_group_documents; i++)
        err = merge_document(m, mcv_pb_bytes(&b->group_documents[i]));
    if (err == MCV_OK) err = mcv_store_keys_view(m->keys);
    return err;
}

mcv_err mcv_store_merge(struct mcv_store_keys *keys, struct mcv_store_report *report,
                        struct mcv_bytes bundle, const struct mcv_store *store, int64_t utc_s,
                        struct mcv_why *why)
{
    const struct merge m = {
        .keys = keys, .report = report, .store = store, .utc_s = utc_s, .why = why};
    struct mcv_arena arena;

    mcv_err err = mcv_arena_init(&arena, (256u << 10) + 4 * bundle.n, keys->lock);
    if (err != MCV_OK) return mcv_why_set(why, MCV_E_CONFIG, "no memory for keys");
    const Mcv__Bundle *b = mcv__bundle__unpack(&arena.pb, bundle.n, bundle.p);
    err = b != NULL ? merge_bundle(&m, b)
                    : mcv_why_set(why, MCV_E_MALFORMED, "the bundle's content is malformed");
    mcv_arena_wipe(&arena);
    return err;
}
