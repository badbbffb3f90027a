#include "proto/kms_xml.h"

#include "crypto/base/secret.h"
#include "proto/kms_xml_tree.h"

#include <stdio.h>

#define NS_XSI "http://www.w3.org/2001/XMLSchema-instance"

void mcv_kms_key_set_wipe(struct mcv_kms_key_set *set)
{
    mcv_wipe(set, sizeof *set);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void read_optional_time(struct mcv_kmsxml_fields *f, const char *name, int64_t *out)
{
    if (mcv_kmsxml_has(f, name)) mcv_kmsxml_rd_time(f, name, out);
}

static void read_optional_bool(struct mcv_kmsxml_fields *f, const char *name, bool *out)
{
    if (mcv_kmsxml_has(f, name)) mcv_kmsxml_rd_bool(f, name, out);
}

static void read_domains(struct mcv_kmsxml_fields *f, struct mcv_kms_cert *c)
{
    if (!mcv_kmsxml_has(f, "KmsDomainList")) return;
    xmlNode *list = mcv_kmsxml_child(f, "KmsDomainList");
    for (xmlNode *d = mcv_kmsxml_next(list->children, "KmsDomain"); d != NULL;
         d = mcv_kmsxml_next(d->next, "KmsDomain")) {
        if (c->n_domains == MCV_KMS_MAX_DOMAINS) {
            mcv_kmsxml_fail(f, MCV_E_MALFORMED, "KmsDomainList");
            return;
        }
        mcv_kmsxml_text_of(f, d, "KmsDomain", c->domains[c->n_domains], MCV_KMS_URI_BYTES);
        c->n_domains++;
    }
}

static void read_role(struct mcv_kmsxml_fields *f, struct mcv_kms_cert *c)
{
    xmlChar *role = xmlGetNoNsProp(f->node, mcv_xml("Role"));

    if (role != NULL && xmlStrEqual(role, mcv_xml("External")))
        c->is_external = true;
    else if (role == NULL || !xmlStrEqual(role, mcv_xml("Root")))
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, "Role");
    xmlFree(role);
}

static mcv_err read_cert(struct mcv_kms_cert *out, const char **what, xmlNode *node)
{
    struct mcv_kmsxml_fields f = {.node = node};
    struct mcv_kms_cert c = {0};
    uint64_t format = 0, parameter_set = 1;

    read_role(&f, &c);
    mcv_kmsxml_rd_text(&f, "KmsUri", c.kms_uri, sizeof c.kms_uri);
    read_optional_time(&f, "ValidFrom", &c.valid_from_s);
    read_optional_time(&f, "ValidTo", &c.valid_to_s);
    read_optional_bool(&f, "Revoked", &c.is_revoked);
    mcv_kmsxml_rd_uint(&f, "UserIdFormat", &format);
    mcv_kmsxml_rd_uint(&f, "UserKeyPeriod", &c.period.period_s);
    mcv_kmsxml_rd_uint(&f, "UserKeyOffset", &c.period.offset_s);
    mcv_kmsxml_rd_hex(&f, "PubEncKey", c.z.b, sizeof c.z.b);
    mcv_kmsxml_rd_hex(&f, "PubAuthKey", c.kpak.b, sizeof c.kpak.b);
    if (mcv_kmsxml_has(&f, "ParameterSet")) mcv_kmsxml_rd_uint(&f, "ParameterSet", &parameter_set);
    read_domains(&f, &c);
    if (format != 2) mcv_kmsxml_fail(&f, MCV_E_UNSUPPORTED, "UserIdFormat");
    if (parameter_set != 1) mcv_kmsxml_fail(&f, MCV_E_UNSUPPORTED, "ParameterSet");
    *what = f.what;
    if (f.err == MCV_OK) *out = c;
    return f.err;
}

/* xsi:type of a key: missing in practice, "KeyContentType", or an encrypted form. */
static void check_key_type(struct mcv_kmsxml_fields *f, const char *name)
{
    xmlNode *node = mcv_kmsxml_child(f, name);
    if (node == NULL) return;
    xmlChar *type = xmlGetNsProp(node, mcv_xml("type"), mcv_xml(NS_XSI));
    const xmlChar *local = type != NULL ? xmlStrchr(type, ':') : NULL;

    local = local != NULL ? local + 1 : type;
    if (local != NULL && !xmlStrEqual(local, mcv_xml("KeyContentType")))
        mcv_kmsxml_fail(f, MCV_E_UNSUPPORTED, name);
    xmlFree(type);
}

static void read_keys(struct mcv_kmsxml_fields *f, struct mcv_kms_key_set *s)
{
    static const char *const names[] = {"UserDecryptKey", "UserSigningKeySSK", "UserPubTokenPVT"};
    uint8_t *const keys[] = {s->rsk.b, s->ssk.b, s->pvt.b};
    const size_t sizes[] = {sizeof s->rsk.b, sizeof s->ssk.b, sizeof s->pvt.b};

    for (size_t i = 0; i < 3; i++) {
        check_key_type(f, names[i]);
        mcv_kmsxml_rd_hex(f, names[i], keys[i], sizes[i]);
    }
}

static mcv_err read_key_set(struct mcv_kms_key_set *out, const char **what, xmlNode *node)
{
    struct mcv_kmsxml_fields f = {.node = node};

    mcv_kmsxml_rd_text(&f, "KmsUri", out->kms_uri, sizeof out->kms_uri);
    mcv_kmsxml_rd_text(&f, "UserUri", out->user_uri, sizeof out->user_uri);
    mcv_kmsxml_rd_uid(&f, "UserID", out->uid.b);
    read_optional_time(&f, "ValidFrom", &out->valid_from_s);
    read_optional_time(&f, "ValidTo", &out->valid_to_s);
    mcv_kmsxml_rd_uint(&f, "KeyPeriodNo", &out->period_no);
    read_optional_bool(&f, "Revoked", &out->is_revoked);
    read_keys(&f, out);
    *what = f.what;
    return f.err;
}

/* KmsCertificate itself, or inside SignedKmsCertificate. */
static xmlNode *cert_of(xmlNode *n)
{
    return xmlStrEqual(n->name, mcv_xml("SignedKmsCertificate"))
               ? mcv_kmsxml_next(n->children, "KmsCertificate")
               : n;
}

static mcv_err read_certs(struct mcv_kms_cert *out, size_t cap, size_t *n, const char **what,
                          xmlNode *message)
{
    mcv_err err = MCV_OK;

    for (xmlNode *e = mcv_kmsxml_next(message->children, NULL); e != NULL && err == MCV_OK;
         e = mcv_kmsxml_next(e->next, NULL)) {
        if (!xmlStrEqual(e->name, mcv_xml("KmsCertificate")) &&
            !xmlStrEqual(e->name, mcv_xml("SignedKmsCertificate")))
            continue;
        *what = "KmsCertificate";
        if (cert_of(e) == NULL) return MCV_E_MALFORMED;
        if (*n == cap) return MCV_E_FULL;
        err = read_cert(&out[*n], what, cert_of(e));
        if (err == MCV_OK) *n += 1;
    }
    return err;
}

mcv_err mcv_kms_init_decode(struct mcv_kms_cert *out, const char **what, struct mcv_bytes xml)
{
    const char *at = "document";
    xmlNode *message = NULL;
    xmlDoc *doc = NULL;
    size_t n = 0;

    *out = (struct mcv_kms_cert){0};
    mcv_err err = mcv_kmsxml_open(&doc, &message, "KmsInit", xml);
    if (err == MCV_OK) err = read_certs(out, 1, &n, &at, message);
    if (err == MCV_E_FULL) err = MCV_E_MALFORMED; /* exactly one */
    if (err == MCV_OK && n != 1) {
        err = MCV_E_MALFORMED;
        at = "KmsCertificate";
    }
    if (err != MCV_OK) *out = (struct mcv_kms_cert){0};
    xmlFreeDoc(doc);
    if (what != NULL) *what = err != MCV_OK ? at : NULL;
    return err;
}

static mcv_err read_cache_num(uint64_t *out, xmlNode *message)
{
    xmlChar *text = xmlGetNoNsProp(message, mcv_xml("CacheNum"));
    const mcv_err err = text != NULL ? mcv_kmsxml_parse_uint(out, (const char *)text) : MCV_OK;

    xmlFree(text);
    return err;
}

mcv_err mcv_kms_cert_cache_decode(struct mcv_kms_cert *out, size_t cap, size_t *n,
                                  uint64_t *cache_num, const char **what, struct mcv_bytes xml)
{
    const char *at = "document";
    xmlNode *message = NULL;
    xmlDoc *doc = NULL;
    uint64_t num = 0;

    *n = 0;
    mcv_err err = mcv_kmsxml_open(&doc, &message, "KmsCertCache", xml);
    if (err == MCV_OK) err = read_certs(out, cap, n, &at, message);
    if (err == MCV_OK) {
        at = "CacheNum";
        err = read_cache_num(&num, message);
    }
    if (err != MCV_OK) *n = 0;
    xmlFreeDoc(doc);
    if (cache_num != NULL) *cache_num = err == MCV_OK ? num : 0;
    if (what != NULL) *what = err != MCV_OK ? at : NULL;
    return err;
}

mcv_err mcv_kms_key_prov_decode(struct mcv_kms_key_set *out, size_t cap, size_t *n,
                                const char **what, struct mcv_bytes xml)
{
    const char *at = "document";
    xmlNode *message = NULL;
    xmlDoc *doc = NULL;

    *n = 0;
    mcv_wipe(out, cap * sizeof *out);
    mcv_err err = mcv_kmsxml_open(&doc, &message, "KmsKeyProv", xml);
    xmlNode *e = err == MCV_OK ? mcv_kmsxml_next(message->children, "KmsKeySet") : NULL;
    for (; err == MCV_OK && e != NULL; e = mcv_kmsxml_next(e->next, "KmsKeySet")) {
        at = "KmsKeySet";
        err = *n < cap ? read_key_set(&out[*n], &at, e) : MCV_E_FULL;
        if (err == MCV_OK) *n += 1;
    }
    if (err != MCV_OK) {
        *n = 0;
        mcv_wipe(out, cap * sizeof *out);
    }
    xmlFreeDoc(doc);
    if (what != NULL) *what = err != MCV_OK ? at : NULL;
    return err;
}

/* ---- writing ----------------------------------------------------------------------------- */

static void write_cert(struct mcv_kmsxml_builder *b, xmlNode *parent, const struct mcv_kms_cert *c)
{
    xmlNode *n = mcv_kmsxml_add(b, parent, "KmsCertificate", "");
    xmlNode *domains = NULL;

    mcv_kmsxml_set(b, n, "Version", "1.1.0");
    mcv_kmsxml_set(b, n, "Role", c->is_external ? "External" : "Root");
    (void)mcv_kmsxml_add(b, n, "KmsUri", c->kms_uri);
    if (c->valid_from_s != 0) mcv_kmsxml_add_time(b, n, "ValidFrom", c->valid_from_s);
    if (c->valid_to_s != 0) mcv_kmsxml_add_time(b, n, "ValidTo", c->valid_to_s);
    if (c->is_revoked) (void)mcv_kmsxml_add(b, n, "Revoked", "true");
    (void)mcv_kmsxml_add(b, n, "UserIdFormat", "2");
    mcv_kmsxml_add_uint(b, n, "UserKeyPeriod", c->period.period_s);
    mcv_kmsxml_add_uint(b, n, "UserKeyOffset", c->period.offset_s);
    (void)mcv_kmsxml_add_hex(b, n, "PubEncKey", c->z.b, sizeof c->z.b);
    (void)mcv_kmsxml_add_hex(b, n, "PubAuthKey", c->kpak.b, sizeof c->kpak.b);
    mcv_kmsxml_add_uint(b, n, "ParameterSet", 1);
    if (c->n_domains > 0) domains = mcv_kmsxml_add(b, n, "KmsDomainList", "");
    for (size_t i = 0; i < c->n_domains; i++)
        (void)mcv_kmsxml_add(b, domains, "KmsDomain", c->domains[i]);
}

static void write_key_set(struct mcv_kmsxml_builder *b, xmlNode *parent,
                          const struct mcv_kms_key_set *s)
{
    xmlNode *n = mcv_kmsxml_add(b, parent, "KmsKeySet", "");
    xmlNode *keys[3];

    mcv_kmsxml_set(b, n, "Version", "1.1.0");
    (void)mcv_kmsxml_add(b, n, "KmsUri", s->kms_uri);
    (void)mcv_kmsxml_add(b, n, "UserUri", s->user_uri);
    (void)mcv_kmsxml_add_hex(b, n, "UserID", s->uid.b, sizeof s->uid.b);
    if (s->valid_from_s != 0) mcv_kmsxml_add_time(b, n, "ValidFrom", s->valid_from_s);
    if (s->valid_to_s != 0) mcv_kmsxml_add_time(b, n, "ValidTo", s->valid_to_s);
    mcv_kmsxml_add_uint(b, n, "KeyPeriodNo", s->period_no);
    if (s->is_revoked) (void)mcv_kmsxml_add(b, n, "Revoked", "true");
    keys[0] = mcv_kmsxml_add_hex(b, n, "UserDecryptKey", s->rsk.b, sizeof s->rsk.b);
    keys[1] = mcv_kmsxml_add_hex(b, n, "UserSigningKeySSK", s->ssk.b, sizeof s->ssk.b);
    keys[2] = mcv_kmsxml_add_hex(b, n, "UserPubTokenPVT", s->pvt.b, sizeof s->pvt.b);
    for (size_t i = 0; i < 3; i++) mcv_kmsxml_set_xsi_type(b, keys[i], "KeyContentType");
}

void mcv_kms_init_encode(struct mcv_writer *w, const struct mcv_kms_cert *cert)
{
    struct mcv_kmsxml_builder b;

    mcv_kmsxml_builder_begin(&b, "KmsInit");
    write_cert(&b, b.root, cert);
    mcv_kmsxml_builder_end(&b, w);
}

void mcv_kms_cert_cache_encode(struct mcv_writer *w, const struct mcv_kms_cert *certs, size_t n,
                               uint64_t cache_num)
{
    struct mcv_kmsxml_builder b;
    char num[24];

    (void)snprintf(num, sizeof num, "%llu", (unsigned long long)cache_num);
    mcv_kmsxml_builder_begin(&b, "KmsCertCache");
    mcv_kmsxml_set(&b, b.root, "CacheNum", num);
    for (size_t i = 0; i < n; i++) write_cert(&b, b.root, &certs[i]);
    mcv_kmsxml_builder_end(&b, w);
}

void mcv_kms_key_prov_encode(struct mcv_writer *w, const struct mcv_kms_key_set *sets, size_t n)
{
    struct mcv_kmsxml_builder b;

    mcv_kmsxml_builder_begin(&b, "KmsKeyProv");
    for (size_t i = 0; i < n; i++) write_key_set(&b, b.root, &sets[i]);
    mcv_kmsxml_builder_end(&b, w);
}
