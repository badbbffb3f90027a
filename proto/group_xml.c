#include "proto/group_xml.h"

#include "proto/addr_text.h"
#include "proto/kms_xml_tree.h"

#include <libxml/tree.h>
#include <stddef.h>
#include <string.h>

#define NS_LIST "urn:oma:xml:poc:list-service"
#define NS_INFO "urn:3gpp:ns:mcpttGroupInfo:1.0"
#define VALUE   64

static bool is_element(const xmlNode *n, const char *ns, const char *name)
{
    return n->type == XML_ELEMENT_NODE && n->ns != NULL && xmlStrEqual(n->ns->href, mcv_xml(ns)) &&
           xmlStrEqual(n->name, mcv_xml(name));
}

/* The next element in document order below `top`. */
static xmlNode *walk(const xmlNode *top, xmlNode *n)
{
    if (n->children != NULL) return n->children;
    while (n != top && n->next == NULL) n = n->parent;
    return n == top ? NULL : n->next;
}

static xmlNode *find(xmlNode *top, const char *ns, const char *name)
{
    for (xmlNode *n = top; n != NULL; n = walk(top, n))
        if (is_element(n, ns, name)) return n;
    return NULL;
}

/* ---- values: each false when the text is not of its type ----------------------------------- */

static bool set_pppp(void *out, const char *text)
{
    if (text[0] < '1' || text[0] > '8' || text[1] != '\0') return false;
    *(uint8_t *)out = (uint8_t)(text[0] - '0');
    return true;
}

static bool set_count(void *out, const char *text)
{
    uint64_t v;

    if (mcv_kmsxml_parse_uint(&v, text) != MCV_OK || v == 0 || v > 64) return false;
    *(uint32_t *)out = (uint32_t)v;
    return true;
}

static bool set_bool(void *out, const char *text)
{
    const bool is_true = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;

    *(bool *)out = is_true;
    return is_true || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool set_addr(void *out, const char *text)
{
    struct mcv_addr *a = out;

    return mcv_addr_parse(a, mcv_bytes_str(text)) == MCV_OK && mcv_addr_is_multicast(a);
}

static bool set_approach(void *out, const char *text)
{
    *(enum mcv_group_approach *)out = strcmp(text, "self") == 0 ? MCV_APPROACH_SELF
                                                                : MCV_APPROACH_SINGLE;
    return strcmp(text, "self") == 0 || strcmp(text, "single") == 0;
}

/* xs:duration of days, hours, minutes and whole seconds: "PT1H30M", "P1DT5S". Years and months have
 * no fixed length. */
static bool set_duration(void *out, const char *text)
{
    static const struct {
        char unit;
        bool is_time;
        uint64_t s;
    } units[] = {{'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}};
    uint64_t total = 0;
    bool is_time = false;
    size_t next = 0;

    if (*text++ != 'P' || *text == '\0') return false;
    while (*text != '\0') {
        if (*text == 'T' && !is_time) {
            is_time = true;
            if (*++text == '\0') return false;
        }
        uint64_t v = 0;
        const char *from = text;
        for (; *text >= '0' && *text <= '9' && v < UINT32_MAX; text++)
            v = v * 10 + (unsigned)(*text - '0');
        while (next < 4 && (units[next].unit != *text || units[next].is_time != is_time)) next++;
        if (text == from || next == 4) return false;
        total += v * units[next++].s;
        text++;
    }
    *(uint32_t *)out = (uint32_t)total;
    return total > 0 && total <= UINT32_MAX;
}

/* ---- the document -------------------------------------------------------------------------- */

struct element {
    const char *name;
    size_t offset;
    bool (*set)(void *out, const char *text);
};

#define ROW(name, field, set)                                                                      \
    {                                                                                              \
        name, offsetof(struct mcv_group_xml, field), set                                           \
    }
#define PROSE "mcvideo-off-network-ProSe-"
#define OFF   "mcvideo-off-network-"

/* Spec: TS 24.481 7.2. */
static const struct element elements[] = {
    ROW("off-network-IP-multicast-address", addr, set_addr),
    ROW(PROSE "signalling-PPPP", signalling.basic, set_pppp),
    ROW(PROSE "emergency-call-signalling-PPPP", signalling.emergency, set_pppp),
    ROW(PROSE "imminent-peril-call-signalling-PPPP", signalling.imminent_peril, set_pppp),
    ROW(PROSE "media-PPPP", media.basic, set_pppp),
    ROW(PROSE "emergency-call-media-PPPP", media.emergency, set_pppp),
    ROW(PROSE "imminent-peril-call-media-PPPP", media.imminent_peril, set_pppp),
    ROW(OFF "in-progress-emergency-state-cancellation-timeout", emergency_cancel_s, set_duration),
    ROW(OFF "in-progress-imminent-peril-state-cancellation-timeout", peril_cancel_s, set_duration),
    ROW(OFF "maximum-duration", max_duration_s, set_duration),
    ROW(OFF "arbitration-approach", approach, set_approach),
    ROW(OFF "maximum-simultaneous-transmissions", max_transmissions, set_count),
    ROW("mcvideo-protect-media", protect_media, set_bool),
    ROW("mcvideo-protect-transmission-control", protect_control, set_bool),
};

#define N_ELEMENTS (sizeof elements / sizeof elements[0])

static mcv_err read_elements(struct mcv_group_xml *g, const char **what, xmlNode *service)
{
    bool seen[N_ELEMENTS] = {false};
    char text[VALUE];

    for (xmlNode *n = service; n != NULL; n = walk(service, n)) {
        for (size_t i = 0; i < N_ELEMENTS; i++) {
            if (!is_element(n, NS_INFO, elements[i].name)) continue;
            *what = elements[i].name;
            if (seen[i] || mcv_kmsxml_copy_text(text, sizeof text, n) != MCV_OK ||
                !elements[i].set((uint8_t *)g + elements[i].offset, text))
                return MCV_E_MALFORMED;
            seen[i] = true;
        }
    }
    *what = elements[0].name;
    return seen[0] ? MCV_OK : MCV_E_MALFORMED;
}

static mcv_err copy_attribute(char *out, size_t cap, xmlNode *n, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(n, mcv_xml(name));
    const size_t len = value != NULL ? strlen((const char *)value) : 0;
    const bool fits = len > 0 && len < cap;

    if (fits) memcpy(out, value, len + 1);
    xmlFree(value);
    return fits ? MCV_OK : MCV_E_MALFORMED;
}

static mcv_err read_service(struct mcv_group_xml *g, const char **what, xmlNode *service)
{
    xmlNode *name = find(service, NS_LIST, "display-name");

    g->protect_media = g->protect_control = true;
    *what = "list-service uri";
    mcv_err err = copy_attribute(g->group, sizeof g->group, service, "uri");
    if (err == MCV_OK && name != NULL && xmlChildElementCount(name) == 0 &&
        name->children != NULL) {
        *what = "display-name";
        err = mcv_kmsxml_copy_text(g->name, sizeof g->name, name);
    }
    return err == MCV_OK ? read_elements(g, what, service) : err;
}

static mcv_err open_service(xmlDoc **doc, xmlNode **service, struct mcv_bytes xml)
{
    const mcv_err err = mcv_kmsxml_parse(doc, xml);

    if (err != MCV_OK) return err;
    *service = find(xmlDocGetRootElement(*doc), NS_LIST, "list-service");
    if (*service != NULL) return MCV_OK;
    xmlFreeDoc(*doc);
    return MCV_E_UNSUPPORTED;
}

mcv_err mcv_group_xml_decode(struct mcv_group_xml *out, const char **what, struct mcv_bytes xml)
{
    struct mcv_group_xml g = {0};
    const char *where = "document";
    xmlNode *service;
    xmlDoc *doc;

    *out = (struct mcv_group_xml){0};
    mcv_err err = open_service(&doc, &service, xml);
    if (err == MCV_OK) {
        err = read_service(&g, &where, service);
        xmlFreeDoc(doc);
    }
    if (err == MCV_OK) *out = g;
    if (what != NULL) *what = err == MCV_OK ? NULL : where;
    return err;
}

mcv_err mcv_group_xml_members(struct mcv_bytes xml, bool (*member)(void *ctx, const char *uri),
                              void *ctx)
{
    char uri[MCV_GROUP_XML_TEXT_BYTES];
    xmlNode *service;
    xmlDoc *doc;

    mcv_err err = open_service(&doc, &service, xml);
    if (err != MCV_OK) return err;
    bool goes_on = true;
    for (xmlNode *n = service; goes_on && n != NULL && err == MCV_OK; n = walk(service, n)) {
        if (!is_element(n, NS_LIST, "entry")) continue;
        err = copy_attribute(uri, sizeof uri, n, "uri");
        if (err == MCV_OK) goes_on = member(ctx, uri);
    }
    xmlFreeDoc(doc);
    return err;
}
