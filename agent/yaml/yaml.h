/* A YAML file read into C structs by one table, with the line of everything in it.
 *
 * The table says which keys there are, what they hold and within which bounds. An unknown key, a key
 * twice, a missing one, a wrong type or a value out of range ends the reading with one line:
 *   FILE:LINE: key: "value" what is wrong; what is expected
 * Anchors and aliases are refused (a file stays as large as it looks), and so is a second document.
 * Values go to the offsets of the table; what is not in the file keeps what the caller put there.
 * Texts and lists live until mcv_yaml_close. Not thread-bound. */
#ifndef MCV_AGENT_YAML_YAML_H
#define MCV_AGENT_YAML_YAML_H

#include "crypto/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_YAML_MAX_BYTES (1u << 20)

enum mcv_yaml_type {
    MCV_YAML_TEXT,     /* const char *, terminated; not empty */
    MCV_YAML_U32,      /* uint32_t within min .. max */
    MCV_YAML_I64,      /* int64_t */
    MCV_YAML_BOOL,     /* bool: true, false, yes, no, on, off */
    MCV_YAML_NAME,     /* int: index into `names` */
    MCV_YAML_DURATION, /* uint64_t, microseconds, within min .. max: "40ms", "1.5s", "2min" */
    MCV_YAML_RATIO,    /* uint32_t, parts per million, within min .. max: "5%", "0.05" */
    MCV_YAML_CUSTOM,   /* whatever `parse` makes of the text */
    MCV_YAML_MAP,      /* a struct described by `sub` */
    MCV_YAML_LIST,     /* struct mcv_yaml_list of structs described by `sub` */
    MCV_YAML_TEXTS,    /* struct mcv_yaml_list of const char * */
};

struct mcv_yaml_schema;

struct mcv_yaml_field {
    const char *key;
    enum mcv_yaml_type type;
    size_t offset;
    bool is_required;
    uint64_t min, max; /* U32, DURATION, RATIO; LIST and TEXTS: number of items (0, 0: any) */
    const char *const *names; /* NAME: ends with NULL */
    /* CUSTOM: NULL, or a static text that says what is expected. */
    const char *(*parse)(void *out, const char *text);
    const struct mcv_yaml_schema *sub;
};

/* Fields are found in order; `init` fills in the defaults of a list item, may be NULL. */
struct mcv_yaml_schema {
    const struct mcv_yaml_field *fields;
    size_t n_fields;
    size_t struct_bytes;
    void (*init)(void *item);
};

struct mcv_yaml_list {
    void *items;
    size_t n;
};

struct mcv_yaml;

/* Where and what is wrong, one line without a line end. */
struct mcv_yaml_why {
    char text[768];
};

/* Reads a file.
 * out   NULL unless MCV_OK; close it after the last use of what it read.
 * into  the struct of `schema`, with defaults.
 * MCV_E_IO: cannot be read. MCV_E_CONFIG: not YAML, or not as the table says. */
MCV_MUST_USE mcv_err mcv_yaml_read(struct mcv_yaml **out, const char *path,
                                   const struct mcv_yaml_schema *schema, void *into,
                                   struct mcv_yaml_why *why);

/* The same for the content of a file that is called `name`. */
MCV_MUST_USE mcv_err mcv_yaml_read_text(struct mcv_yaml **out, const char *name, const char *text,
                                        size_t n, const struct mcv_yaml_schema *schema, void *into,
                                        struct mcv_yaml_why *why);

void mcv_yaml_close(struct mcv_yaml *doc);

/* For checks that the table cannot say: writes "FILE:LINE: key: "value" " and the text into why and
 * returns MCV_E_CONFIG. `at` is the address of the field in the struct that was read; a field that
 * is not in the file gives the line of the map that it belongs to; NULL: the file as a whole.
 * doc  NULL: the values are of no file, and the reason alone is said. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
mcv_err
mcv_yaml_refuse(const struct mcv_yaml *doc, struct mcv_yaml_why *why, const void *at,
                const char *format, ...);

/* Is the field at this address given in the file? A map has the address of its first field: it is
 * there, or one of both. */
bool mcv_yaml_has(const struct mcv_yaml *doc, const void *at);

/* Is a single value given for the field at this address? */
bool mcv_yaml_has_value(const struct mcv_yaml *doc, const void *at);

#endif
