/* Reading and building the small XML trees of kms_xml.c and group_xml.c. Private to them. */
#ifndef MCV_PROTO_KMS_XML_TREE_H
#define MCV_PROTO_KMS_XML_TREE_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>

/* libxml2's own BAD_CAST drops const. */
static inline const xmlChar *mcv_xml(const char *text)
{
    return (const xmlChar *)text;
}

/* Parses a document without DOCTYPE of at most MCV_KMS_XML_MAX_BYTES. doc is NULL unless MCV_OK;
 * xmlFreeDoc it. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_kmsxml_parse(xmlDoc **doc, struct mcv_bytes xml);

/* The text of an element without the space around it, 1 .. cap-1 octets, terminated.
 * MCV_E_MALFORMED: another length, or an element inside it. */
MCV_MUST_USE mcv_err mcv_kmsxml_copy_text(char *out, size_t cap, xmlNode *n);

/* Parses and finds the message with this name. doc is NULL unless MCV_OK; xmlFreeDoc it. */
MCV_MUST_USE mcv_err mcv_kmsxml_open(xmlDoc **doc, xmlNode **message, const char *name,
                                     struct mcv_bytes xml);

/* The first element of our namespace from n on; name NULL: with any name. */
xmlNode *mcv_kmsxml_next(xmlNode *n, const char *name);

/* The children of one element, with the first error and where it was. */
struct mcv_kmsxml_fields {
    xmlNode *node;
    mcv_err err;
    const char *what;
};

void mcv_kmsxml_fail(struct mcv_kmsxml_fields *f, mcv_err err, const char *what);
bool mcv_kmsxml_has(const struct mcv_kmsxml_fields *f, const char *name);

/* The only child with this name; NULL and an error when there is none or a second one. */
xmlNode *mcv_kmsxml_child(struct mcv_kmsxml_fields *f, const char *name);

/* Each reads the child with this name; the output stays as it was after an error. White space
 * around a value is dropped. Texts have 1 .. cap-1 octets and are terminated. */
void mcv_kmsxml_rd_text(struct mcv_kmsxml_fields *f, const char *name, char *out, size_t cap);
void mcv_kmsxml_text_of(struct mcv_kmsxml_fields *f, xmlNode *n, const char *name, char *out,
                        size_t cap);
void mcv_kmsxml_rd_uint(struct mcv_kmsxml_fields *f, const char *name, uint64_t *out);
void mcv_kmsxml_rd_bool(struct mcv_kmsxml_fields *f, const char *name, bool *out);
void mcv_kmsxml_rd_time(struct mcv_kmsxml_fields *f, const char *name, int64_t *utc_s);
void mcv_kmsxml_rd_hex(struct mcv_kmsxml_fields *f, const char *name, uint8_t *out, size_t n);
void mcv_kmsxml_rd_uid(struct mcv_kmsxml_fields *f, const char *name, uint8_t out[32]);

/* Decimal, at most 19 digits. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_kmsxml_parse_uint(uint64_t *out, const char *text);

/* xsd:dateTime from 1970 to 9000; without a zone it is UTC. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_kmsxml_parse_time(int64_t *utc_s, const char *text);

/* A document under construction; NULL nodes are passed through until the end. */
struct mcv_kmsxml_builder {
    xmlDoc *doc;
    xmlNode *root;
    xmlNs *xsi;
    mcv_err err;
};

void mcv_kmsxml_builder_begin(struct mcv_kmsxml_builder *b, const char *root);
xmlNode *mcv_kmsxml_add(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                        const char *text);
void mcv_kmsxml_add_uint(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                         uint64_t v);
void mcv_kmsxml_add_time(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                         int64_t utc_s);
xmlNode *mcv_kmsxml_add_hex(struct mcv_kmsxml_builder *b, xmlNode *parent, const char *name,
                            const uint8_t *p, size_t n);
void mcv_kmsxml_set(struct mcv_kmsxml_builder *b, xmlNode *n, const char *name, const char *value);
void mcv_kmsxml_set_xsi_type(struct mcv_kmsxml_builder *b, xmlNode *n, const char *type);

/* Serialises into w, and frees. */
void mcv_kmsxml_builder_end(struct mcv_kmsxml_builder *b, struct mcv_writer *w);

#endif
