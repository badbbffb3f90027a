#include "proto/kms_xml_tree.h"

#include "crypto/base/secret.h"
#include "proto/kms_xml.h"

#include <libxml/parser.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS      "urn:3gpp:ns:mcsecKMSInterface:1.0"
#define NS_XSI  "http://www.w3.org/2001/XMLSchema-instance"
#define MAX_HEX 514 /* digits of the longest value: a point of SAKKE */

/* ---- memory of libxml2: wiped when freed --------------------------------------------------- */

static void wiping_free(void *p)
{
    if (p != NULL) mcv_wipe(p, malloc_usable_size(p));
    free(p);
}

static void *wiping_realloc(void *p, size_t n)
{
    void *grown = malloc(n);

    if (grown == NULL || p == NULL) return grown;
    const size_t old = malloc_usable_size(p);
    memcpy(grown, p, old < n ? old : n);
    wiping_free(p);
    return grown;
}

static char *wiping_strdup(const char *text)
{
    return strdup(text);
}

static void set_up(void)
{
    (void)xmlMemSetup(wiping_free, malloc, wiping_realloc, wiping_strdup);
    xmlInitParser();
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- reading ----------------------------------------------------------------------------- */

xmlNode *mcv_kmsxml_next(xmlNode *n, const char *name)
{
    for (; n != NULL; n = n->next)
        if (n->type == XML_ELEMENT_NODE && n->ns != NULL && xmlStrEqual(n->ns->href, mcv_xml(NS)) &&
            (name == NULL || xmlStrEqual(n->name, mcv_xml(name))))
            return n;
    return NULL;
}

/* Down through the envelopes of Annex D to the message. */
static xmlNode *find_message(xmlNode *root, const char *name)
{
    static const char *const envelopes[] = {"SignedKmsResponse", "KmsResponse", "KmsMessage"};
    xmlNode *n = mcv_kmsxml_next(root, NULL);

    for (size_t i = 0; n != NULL && i < sizeof envelopes / sizeof envelopes[0]; i++)
        if (xmlStrEqual(n->name, mcv_xml(envelopes[i])))
            n = i + 1 < sizeof envelopes / sizeof envelopes[0]
                    ? mcv_kmsxml_next(n->children, envelopes[i + 1])
                    : mcv_kmsxml_next(n->children, name);
    return mcv_kmsxml_next(n, name) == n ? n : NULL;
}

mcv_err mcv_kmsxml_parse(xmlDoc **doc, struct mcv_bytes xml)
{
    *doc = NULL;
    if (xml.n == 0 || xml.n > MCV_KMS_XML_MAX_BYTES) return MCV_E_MALFORMED;
    (void)pthread_once(&once, set_up);
    xmlDoc *d = xmlReadMemory((const char *)xml.p, (int)xml.n, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                  XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    if (d == NULL) return MCV_E_MALFORMED;
    /* No document of ours has a DOCTYPE, and so none has entities. */
    if (d->intSubset != NULL || d->extSubset != NULL) {
        xmlFreeDoc(d);
        return MCV_E_MALFORMED;
    }
    *doc = d;
    return MCV_OK;
}

mcv_err mcv_kmsxml_open(xmlDoc **doc, xmlNode **message, const char *name, struct mcv_bytes xml)
{
    const mcv_err err = mcv_kmsxml_parse(doc, xml);

    if (err != MCV_OK) return err;
    *message = find_message(xmlDocGetRootElement(*doc), name);
    if (*message != NULL) return MCV_OK;
    xmlFreeDoc(*doc);
    *doc = NULL;
    return MCV_E_UNSUPPORTED;
}

void mcv_kmsxml_fail(struct mcv_kmsxml_fields *f, mcv_err err, const char *what)
{
    if (f->err != MCV_OK) return;
    f->err = err;
    f->what = what;
}

bool mcv_kmsxml_has(const struct mcv_kmsxml_fields *f, const char *name)
{
    return mcv_kmsxml_next(f->node->children, name) != NULL;
}

xmlNode *mcv_kmsxml_child(struct mcv_kmsxml_fields *f, const char *name)
{
    xmlNode *n = mcv_kmsxml_next(f->node->children, name);

    if (n != NULL && mcv_kmsxml_next(n->next, name) == NULL) return n;
    mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text of a node without the space around it; an element inside it is an error. */
mcv_err mcv_kmsxml_copy_text(char *out, size_t cap, xmlNode *n)
{
    xmlChar *all = xmlChildElementCount(n) == 0 ? xmlNodeGetContent(n) : NULL;
    const char *from = (const char *)all;
    mcv_err err = MCV_E_MALFORMED;

    if (from != NULL) {
        while (is_space(*from)) from++;
        size_t len = strlen(from);
        while (len > 0 && is_space(from[len - 1])) len--;
        if (len > 0 && len < cap) {
            memcpy(out, from, len);
            out[len] = '\0';
            err = MCV_OK;
        }
    }
    xmlFree(all);
    return err;
}

void mcv_kmsxml_text_of(struct mcv_kmsxml_fields *f, xmlNode *n, const char *name, char *out,
                        size_t cap)
{
    if (n != NULL && mcv_kmsxml_copy_text(out, cap, n) != MCV_OK)
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
}

void mcv_kmsxml_rd_text(struct mcv_kmsxml_fields *f, const char *name, char *out, size_t cap)
{
    mcv_kmsxml_text_of(f, mcv_kmsxml_child(f, name), name, out, cap);
}

mcv_err mcv_kmsxml_parse_uint(uint64_t *out, const char *text)
{
    uint64_t v = 0;
    const size_t n = strlen(text);

    if (n == 0 || n > 19 || strspn(text, "0123456789") != n) return MCV_E_MALFORMED;
    for (size_t i = 0; i < n; i++) v = 10 * v + (uint64_t)(text[i] - '0');
    *out = v;
    return MCV_OK;
}

/* A number of exactly n digits in lo .. hi. */
static bool take_number(int64_t *out, const char **at, size_t n, int64_t lo, int64_t hi)
{
    int64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9') return false;
        v = 10 * v + ((*at)[i] - '0');
    }
    *at += n;
    *out = v;
    return v >= lo && v <= hi;
}

static bool take_char(const char **at, char c)
{
    if (**at != c) return false;
    *at += 1;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; the year begins in March here. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month > 2 ? year : year - 1;
    const int64_t m = month > 2 ? month - 3 : month + 9;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int64_t days_in(int64_t year, int64_t month)
{
    return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

/* "Z", "+hh:mm", "-hh:mm" or nothing. */
static bool take_zone(int64_t *offset_s, const char **at)
{
    int64_t hours, minutes;

    *offset_s = 0;
    if (**at == '\0' || take_char(at, 'Z')) return **at == '\0';
    const int sign = **at == '-' ? -1 : 1;
    if (!take_char(at, '+') && !take_char(at, '-')) return false;
    if (!take_number(&hours, at, 2, 0, 14) || !take_char(at, ':') ||
        !take_number(&minutes, at, 2, 0, 59))
        return false;
    *offset_s = sign * (3600 * hours + 60 * minutes);
    return **at == '\0';
}

mcv_err mcv_kmsxml_parse_time(int64_t *utc_s, const char *text)
{
    const char *at = text;
    int64_t year, month, day, hour, minute, second, zone_s;

    if (!take_number(&year, &at, 4, 1970, 9000) || !take_char(&at, '-') ||
        !take_number(&month, &at, 2, 1, 12) || !take_char(&at, '-') ||
        !take_number(&day, &at, 2, 1, 31) || !take_char(&at, 'T') ||
        !take_number(&hour, &at, 2, 0, 23) || !take_char(&at, ':') ||
        !take_number(&minute, &at, 2, 0, 59) || !take_char(&at, ':') ||
        !take_number(&second, &at, 2, 0, 59))
        return MCV_E_MALFORMED;
    if (day > days_in(year, month)) return MCV_E_MALFORMED;
    if (take_char(&at, '.')) {
        const size_t n = strspn(at, "0123456789");
        if (n == 0) return MCV_E_MALFORMED;
        at += n; /* whole seconds decide */
    }
    if (!take_zone(&zone_s, &at)) return MCV_E_MALFORMED;
    const int64_t v = 86400 * days_of(year, month, day) + 3600 * hour + 60 * minute + second -
                      zone_s;
    if (v <= 0) return MCV_E_MALFORMED; /* 0 stands for no bound */
    *utc_s = v;
    return MCV_OK;
}

void mcv_kmsxml_rd_uint(struct mcv_kmsxml_fields *f, const char *name, uint64_t *out)
{
    char text[32] = "";

    mcv_kmsxml_rd_text(f, name, text, sizeof text);
    if (f->err == MCV_OK && mcv_kmsxml_parse_uint(out, text) != MCV_OK)
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
}

void mcv_kmsxml_rd_bool(struct mcv_kmsxml_fields *f, const char *name, bool *out)
{
    char text[8] = "";

    mcv_kmsxml_rd_text(f, name, text, sizeof text);
    if (f->err != MCV_OK) return;
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        *out = true;
    else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        *out = false;
    else
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
}

void mcv_kmsxml_rd_time(struct mcv_kmsxml_fields *f, const char *name, int64_t *utc_s)
{
    char text[48] = "";

    mcv_kmsxml_rd_text(f, name, text, sizeof text);
    if (f->err == MCV_OK && mcv_kmsxml_parse_time(utc_s, text) != MCV_OK)
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
}

/* Digits of keys too: without a table look-up by a secret. 255 unless a digit. */
static unsigned digit_of(char c)
{
    const unsigned u = (unsigned char)c;
    const unsigned number = u - '0', letter = (u | 0x20u) - 'a';
    const unsigned is_number = 0u - (unsigned)(number < 10),
                   is_letter = 0u - (unsigned)(letter < 6);

    return (number & is_number) | ((letter + 10) & is_letter) | (255u & ~(is_number | is_letter));
}

static mcv_err parse_hex(uint8_t *out, size_t n, const char *text)
{
    unsigned bad = 0;

    if (strlen(text) != 2 * n) return MCV_E_MALFORMED;
    for (size_t i = 0; i < n; i++) {
        const unsigned high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        bad |= (high | low) & 0xf0u;
        out[i] = (uint8_t)(high << 4 | (low & 0xfu));
    }
    if (bad != 0) mcv_wipe(out, n);
    return bad == 0 ? MCV_OK : MCV_E_MALFORMED;
}

void mcv_kmsxml_rd_hex(struct mcv_kmsxml_fields *f, const char *name, uint8_t *out, size_t n)
{
    char text[MAX_HEX + 1] = "";

    mcv_kmsxml_rd_text(f, name, text, sizeof text);
    if (f->err == MCV_OK && parse_hex(out, n, text) != MCV_OK)
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
    mcv_wipe(text, sizeof text);
}

/* 44 characters for 32 octets: a public value. */
static mcv_err parse_base64_uid(uint8_t out[32], const char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t got[33];

    if (strlen(text) != 44 || text[43] != '=') return MCV_E_MALFORMED;
    for (size_t i = 0; i < 44; i += 4) {
        uint32_t v = 0;
        for (size_t j = 0; j < 4; j++) {
            const char *at = text[i + j] != '\0' ? strchr(alphabet, text[i + j]) : NULL;
            if (i + j == 43) at = alphabet;
            if (at == NULL) return MCV_E_MALFORMED;
            v = v << 6 | (uint32_t)(at - alphabet);
        }
        got[i / 4 * 3] = (uint8_t)(v >> 16);
        got[i / 4 * 3 + 1] = (uint8_t)(v >> 8);
        got[i / 4 * 3 + 2] = (uint8_t)v;
    }
    if (got[32] != 0) return MCV_E_MALFORMED; /* bits that no octet has */
    memcpy(out, got, 32);
    return MCV_OK;
}

void mcv_kmsxml_rd_uid(struct mcv_kmsxml_fields *f, const char *name, uint8_t out[32])
{
    char text[72] = "";

    mcv_kmsxml_rd_text(f, name, text, sizeof text);
    if (f->err != MCV_OK) return;
    if (parse_hex(out, 32, text) != MCV_OK && parse_base64_uid(out, text) != MCV_OK)
        mcv_kmsxml_fail(f, MCV_E_MALFORMED, name);
}

/* ---- building ------------------------------------------------------------------------------ */

static void no_memory(struct mcv_kmsxml_builder *b, const void *p)
{
    if (p == NULL && b->err == MCV_OK) b->err = MCV_E_CRYPTO;
}

void mcv_kmsxml_builder_begin(struct mcv_kmsxml_builder *b, const char *root)
{
    (void)pthread_once(&once, set_up);
    *b = (struct mcv_kmsxml_builder){.doc = xmlNewDoc(mcv_xml("1.0"))};
    b->root = b->doc != NULL ? xmlNewDocNode(b->doc, NULL, mcv_xml(root), NULL) : NULL;
    no_memory(b, b->root);
    if (b->root == NULL) return;
    (void)xmlDocSetRootElement(b->doc, b->root);
    xmlNs *ns = xmlNewNs(b->root, mcv_xml(NS), NULL);
    b->xsi = xmlNewNs(b->root, mcv_xml(NS_XSI), mcv_xml("xsi"));
    no_memory(b, ns);
    no_memory(b, b->xsi);
    xmlSetNs(b->root, ns);
    mcv_kmsxml_set(b, b->root, "Version", "1.0.0");
}

xmlNode *mcv_kmsxml_add(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                        const char *text)
{
    if (b->err != MCV_OK) return NULL;
    if (xmlCheckUTF8(mcv_xml(text)) == 0) {
        b->err = MCV_E_MALFORMED;
        return NULL;
    }
    xmlNode *n = xmlNewTextChild(parent, b->root->ns, mcv_xml(name),
                                 text[0] != '\0' ? mcv_xml(text) : NULL);
    no_memory(b, n);
    return n;
}

void mcv_kmsxml_add_uint(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                         uint64_t v)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    (void)mcv_kmsxml_add(b, parent, name, text);
}

/* What mcv_kmsxml_parse_time gives: after 1970, before the year 9002. */
void mcv_kmsxml_add_time(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                         int64_t utc_s)
{
    char text[48];
    int64_t days = utc_s / 86400, year = 1970, month = 1;
    const int64_t rest = utc_s % 86400;

    while (days_of(year + 1, 1, 1) <= days && year < 9999) year++;
    while (month < 12 && days_of(year, month + 1, 1) <= days) month++;
    days -= days_of(year, month, 1);
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year, (int)month,
                   (int)days + 1, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    (void)mcv_kmsxml_add(b, parent, name, text);
}

xmlNode *mcv_kmsxml_add_hex(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                            const uint8_t *p, size_t n)
{
    char text[MAX_HEX + 1];

    MCV_ASSERT(2 * n < sizeof text);
    for (size_t i = 0; i < n; i++)
        for (unsigned half = 0; half < 2; half++) {
            const unsigned v = half == 0 ? p[i] >> 4 : p[i] & 0xfu;
            text[2 * i + half] = (char)('0' + v + (('a' - '0' - 10) & (0u - (unsigned)(v > 9))));
        }
    text[2 * n] = '\0';
    xmlNode *node = mcv_kmsxml_add(b, parent, name, text);
    mcv_wipe(text, sizeof text);
    return node;
}

void mcv_kmsxml_set(struct mcv_kmsxml_builder *b, xmlNode *n, const char *name, const char *value)
{
    if (b->err == MCV_OK) no_memory(b, xmlNewProp(n, mcv_xml(name), mcv_xml(value)));
}

void mcv_kmsxml_set_xsi_type(struct mcv_kmsxml_builder *b, xmlNode *n, const char *type)
{
    if (b->err == MCV_OK) no_memory(b, xmlNewNsProp(n, b->xsi, mcv_xml("type"), mcv_xml(type)));
}

void mcv_kmsxml_builder_end(struct mcv_kmsxml_builder *b, struct mcv_writer *w)
{
    xmlChar *text = NULL;
    int n = 0;

    if (b->err == MCV_OK) {
        xmlDocDumpFormatMemoryEnc(b->doc, &text, &n, "UTF-8", 1);
        no_memory(b, text);
    }
    if (b->err == MCV_OK)
        mcv_wr_bytes(w, mcv_bytes_of(text, (size_t)n));
    else
        mcv_wr_fail(w, b->err);
    xmlFree(text);
    xmlFreeDoc(b->doc);
    *b = (struct mcv_kmsxml_builder){0};
}
