#include "agent/yaml/yaml.h"

#include "agent/yaml/yaml_value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#define MAX_DEPTH 16

/* Where a field came from. */
struct place {
    const void *at;
    size_t bytes; /* maps and list items: their extent, for fields that are not in the file */
    size_t line;
    const char *key, *value; /* value NULL: a map or list */
};

struct mcv_yaml {
    yaml_document_t doc;
    bool has_doc;
    char *path;
    struct place *places;
    size_t n_places, cap_places;
    void **blocks; /* list items */
    size_t n_blocks, cap_blocks;
};

/* Grows an array by one; NULL: no memory. */
static void *grow(void *array, size_t n, size_t *cap, size_t item_bytes)
{
    if (n < *cap) return array;
    const size_t want = *cap == 0 ? 32 : *cap * 2;
    void *p = realloc(array, want * item_bytes);
    if (p != NULL) *cap = want;
    return p;
}

static mcv_err refuse_at(const struct mcv_yaml *y, struct mcv_yaml_why *why, size_t line,
                         const char *key, const char *value, const char *what)
{
    if (why == NULL) return MCV_E_CONFIG;
    size_t n = (size_t)snprintf(why->text, sizeof why->text, "%.300s:%zu: ", y->path, line);
    if (key != NULL) n += (size_t)snprintf(why->text + n, sizeof why->text - n, "%.60s: ", key);
    if (value != NULL && *value != '\0')
        n += (size_t)snprintf(why->text + n, sizeof why->text - n, "\"%.80s\" ", value);
    snprintf(why->text + n, sizeof why->text - n, "%s", what);
    return MCV_E_CONFIG;
}

static mcv_err note(struct mcv_yaml *y, const struct place *p)
{
    struct place *grown = grow(y->places, y->n_places, &y->cap_places, sizeof *grown);

    if (grown == NULL) return MCV_E_FULL;
    y->places = grown;
    y->places[y->n_places++] = *p;
    return MCV_OK;
}

static void *new_block(struct mcv_yaml *y, size_t n, size_t item_bytes)
{
    void **grown = grow(y->blocks, y->n_blocks, &y->cap_blocks, sizeof *grown);

    if (grown == NULL) return NULL;
    y->blocks = grown;
    void *block = calloc(n, item_bytes);
    if (block != NULL) y->blocks[y->n_blocks++] = block;
    return block;
}

static const char *scalar_text(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static size_t line_of(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

static mcv_err read_map(struct mcv_yaml *y, const yaml_node_t *node, const char *key,
                        const struct mcv_yaml_schema *schema, void *into, unsigned depth,
                        struct mcv_yaml_why *why);

static mcv_err read_list(struct mcv_yaml *y, const yaml_node_t *node,
                         const struct mcv_yaml_field *f, void *into, unsigned depth,
                         struct mcv_yaml_why *why)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return refuse_at(y, why, line_of(node), f->key, scalar_text(node), "expected a list");
    const size_t n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (n < f->min || (f->max != 0 && n > f->max))
        return refuse_at(y, why, line_of(node), f->key, NULL, "too few or too many items");

    const bool is_text = f->type == MCV_YAML_TEXTS;
    const size_t item_bytes = is_text ? sizeof(const char *) : f->sub->struct_bytes;
    struct mcv_yaml_list *list = into;
    uint8_t *items = n == 0 ? NULL : new_block(y, n, item_bytes);
    if (n > 0 && items == NULL) return MCV_E_FULL;
    *list = (struct mcv_yaml_list){.items = items, .n = n};
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *item = yaml_document_get_node(&y->doc,
                                                         node->data.sequence.items.start[i]);
        void *at = items + i * item_bytes;
        const char *text = scalar_text(item);
        if (!is_text) {
            if (f->sub->init != NULL) f->sub->init(at);
            const mcv_err err = read_map(y, item, f->key, f->sub, at, depth + 1, why);
            if (err != MCV_OK) return err;
            continue;
        }
        if (text == NULL || *text == '\0')
            return refuse_at(y, why, line_of(item), f->key, text, "expected a text");
        *(const char **)at = text;
        const mcv_err err = note(y, &(struct place){at, item_bytes, line_of(item), f->key, text});
        if (err != MCV_OK) return err;
    }
    return MCV_OK;
}

static mcv_err read_field(struct mcv_yaml *y, const yaml_node_t *node,
                          const struct mcv_yaml_field *f, void *into, unsigned depth,
                          struct mcv_yaml_why *why)
{
    void *at = (uint8_t *)into + f->offset;
    const char *text = scalar_text(node);
    char buf[256];

    mcv_err err = note(y, &(struct place){at, 1, line_of(node), f->key, text});
    if (err != MCV_OK) return err;
    if (f->type == MCV_YAML_MAP) return read_map(y, node, f->key, f->sub, at, depth + 1, why);
    if (f->type == MCV_YAML_LIST || f->type == MCV_YAML_TEXTS)
        return read_list(y, node, f, at, depth, why);
    if (text == NULL)
        return refuse_at(y, why, line_of(node), f->key, NULL, "expected a single value");
    const char *expected = mcv_yaml_value(at, f, text, buf, sizeof buf);
    return expected == NULL ? MCV_OK : refuse_at(y, why, line_of(node), f->key, text, expected);
}

static size_t find_field(const struct mcv_yaml_schema *schema, const char *key)
{
    size_t i = 0;

    while (i < schema->n_fields && strcmp(schema->fields[i].key, key) != 0) i++;
    return i;
}

/* Octets that two keys share at their beginnings and ends: the less is mistyped, the more. */
static size_t likeness(const char *a, const char *b)
{
    const size_t n_a = strlen(a), n_b = strlen(b), n = n_a < n_b ? n_a : n_b;
    size_t front = 0, back = 0;

    while (front < n && a[front] == b[front]) front++;
    while (front + back < n && a[n_a - 1 - back] == b[n_b - 1 - back]) back++;
    return front + back;
}

static mcv_err refuse_unknown(const struct mcv_yaml *y, size_t line, const char *key,
                              const char *text, const struct mcv_yaml_schema *schema,
                              struct mcv_yaml_why *why)
{
    char words[160] = "unknown key";
    size_t best = strlen(key) / 2;

    for (size_t i = 0; i < schema->n_fields; i++) {
        const size_t like = likeness(key, schema->fields[i].key);
        if (like <= best) continue;
        best = like;
        snprintf(words, sizeof words, "unknown key; did you mean %s?", schema->fields[i].key);
    }
    return refuse_at(y, why, line, key, text, words);
}

static mcv_err read_pair(struct mcv_yaml *y, const yaml_node_pair_t *pair,
                         const struct mcv_yaml_schema *schema, bool *seen, void *into,
                         unsigned depth, struct mcv_yaml_why *why)
{
    const yaml_node_t *key_node = yaml_document_get_node(&y->doc, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&y->doc, pair->value);
    const char *key = scalar_text(key_node);

    if (key == NULL) return refuse_at(y, why, line_of(key_node), NULL, NULL, "expected a key");
    const size_t i = find_field(schema, key);
    if (i == schema->n_fields)
        return refuse_unknown(y, line_of(key_node), key, scalar_text(value), schema, why);
    if (seen[i]) return refuse_at(y, why, line_of(key_node), key, NULL, "is there already");
    seen[i] = true;
    return read_field(y, value, &schema->fields[i], into, depth, why);
}

static mcv_err read_map(struct mcv_yaml *y, const yaml_node_t *node, const char *key,
                        const struct mcv_yaml_schema *schema, void *into, unsigned depth,
                        struct mcv_yaml_why *why)
{
    if (depth > MAX_DEPTH) return refuse_at(y, why, line_of(node), key, NULL, "nested too deep");
    if (node->type != YAML_MAPPING_NODE)
        return refuse_at(y, why, line_of(node), key, scalar_text(node), "expected nested keys");
    mcv_err err = note(y, &(struct place){into, schema->struct_bytes, line_of(node), key, NULL});
    bool *seen = calloc(schema->n_fields + 1, sizeof *seen);
    if (seen == NULL) err = MCV_E_FULL;
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; err == MCV_OK && pair < node->data.mapping.pairs.top; pair++)
        err = read_pair(y, pair, schema, seen, into, depth, why);
    for (size_t i = 0; err == MCV_OK && i < schema->n_fields; i++)
        if (schema->fields[i].is_required && !seen[i])
            err = refuse_at(y, why, line_of(node), schema->fields[i].key, NULL,
                            "is missing and has no default");
    free(seen);
    return err;
}

static mcv_err refuse_parser(struct mcv_yaml *y, const yaml_parser_t *p, struct mcv_yaml_why *why)
{
    return refuse_at(y, why, p->problem_mark.line + 1, NULL, NULL,
                     p->problem != NULL ? p->problem : "not YAML");
}

/* Aliases would let a small file describe a huge tree. */
static mcv_err scan(struct mcv_yaml *y, FILE *f, struct mcv_yaml_why *why)
{
    yaml_parser_t parser;
    mcv_err err = MCV_OK;
    unsigned n_documents = 0;

    if (yaml_parser_initialize(&parser) == 0) return MCV_E_FULL;
    yaml_parser_set_input_file(&parser, f);
    for (bool is_end = false; !is_end && err == MCV_OK;) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            err = refuse_parser(y, &parser, why);
            break;
        }
        is_end = event.type == YAML_STREAM_END_EVENT;
        const size_t line = event.start_mark.line + 1;
        if (event.type == YAML_ALIAS_EVENT)
            err = refuse_at(y, why, line, NULL, NULL, "aliases are not allowed");
        if (event.type == YAML_DOCUMENT_START_EVENT && ++n_documents > 1)
            err = refuse_at(y, why, line, NULL, NULL, "a second document");
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return err;
}

static mcv_err load(struct mcv_yaml *y, FILE *f, struct mcv_yaml_why *why)
{
    yaml_parser_t parser;

    mcv_err err = scan(y, f, why);
    if (err != MCV_OK) return err;
    rewind(f);
    if (yaml_parser_initialize(&parser) == 0) return MCV_E_FULL;
    yaml_parser_set_input_file(&parser, f);
    y->has_doc = yaml_parser_load(&parser, &y->doc) != 0;
    if (!y->has_doc) err = refuse_parser(y, &parser, why);
    yaml_parser_delete(&parser);
    return err;
}

static mcv_err open_file(FILE **f, const char *path, struct mcv_yaml_why *why)
{
    *f = fopen(path, "re");
    const char *what = *f == NULL ? strerror(errno) : NULL;
    struct stat st;
    if (what == NULL && (fstat(fileno(*f), &st) != 0 || !S_ISREG(st.st_mode)))
        what = "not a regular file";
    if (what == NULL && st.st_size > (off_t)MCV_YAML_MAX_BYTES) what = "larger than 1 MiB";
    if (what == NULL) return MCV_OK;
    if (why != NULL) snprintf(why->text, sizeof why->text, "%s: %s", path, what);
    return MCV_E_IO;
}

/* f  closed in any case; NULL: no memory for it. */
static mcv_err read_stream(struct mcv_yaml **out, FILE *f, const char *name,
                           const struct mcv_yaml_schema *schema, void *into,
                           struct mcv_yaml_why *why)
{
    struct mcv_yaml *y = calloc(1, sizeof *y);
    const bool has_memory = y != NULL && f != NULL && (y->path = strdup(name)) != NULL;

    mcv_err err = has_memory ? load(y, f, why) : MCV_E_FULL;
    if (err == MCV_OK) {
        const yaml_node_t *root = yaml_document_get_root_node(&y->doc);
        err = root != NULL ? read_map(y, root, NULL, schema, into, 0, why)
                           : refuse_at(y, why, 1, NULL, NULL, "the file is empty");
    }
    if (f != NULL) fclose(f);
    if (err == MCV_E_FULL && why != NULL)
        snprintf(why->text, sizeof why->text, "%s: out of memory", name);
    if (err == MCV_OK)
        *out = y;
    else
        mcv_yaml_close(y);
    return err;
}

mcv_err mcv_yaml_read(struct mcv_yaml **out, const char *path, const struct mcv_yaml_schema *schema,
                      void *into, struct mcv_yaml_why *why)
{
    FILE *f;

    *out = NULL;
    if (why != NULL) why->text[0] = '\0';
    const mcv_err err = open_file(&f, path, why);
    if (err == MCV_OK) return read_stream(out, f, path, schema, into, why);
    if (f != NULL) fclose(f);
    return err;
}

mcv_err mcv_yaml_read_text(struct mcv_yaml **out, const char *name, const char *text, size_t n,
                           const struct mcv_yaml_schema *schema, void *into,
                           struct mcv_yaml_why *why)
{
    *out = NULL;
    if (why != NULL) why->text[0] = '\0';
    FILE *f = fmemopen((void *)(uintptr_t)text, n, "r");
    return read_stream(out, f, name, schema, into, why);
}

void mcv_yaml_close(struct mcv_yaml *y)
{
    if (y == NULL) return;
    if (y->has_doc) yaml_document_delete(&y->doc);
    for (size_t i = 0; i < y->n_blocks; i++) free(y->blocks[i]);
    free(y->blocks);
    free(y->places);
    free(y->path);
    free(y);
}

/* The field itself, or else the smallest map around the address. */
static const struct place *find_place(const struct mcv_yaml *y, const void *at)
{
    const struct place *best = NULL;

    for (size_t i = 0; i < y->n_places; i++) {
        const struct place *p = &y->places[i];
        const uintptr_t from = (uintptr_t)p->at, x = (uintptr_t)at;
        if (p->at == at && p->value != NULL) return p;
        if (x < from || x >= from + p->bytes) continue;
        if (best == NULL || p->bytes < best->bytes) best = p;
    }
    return best;
}

mcv_err mcv_yaml_refuse(const struct mcv_yaml *doc, struct mcv_yaml_why *why, const void *at,
                        const char *format, ...)
{
    const struct place *p = doc != NULL ? find_place(doc, at) : NULL;
    char text[384];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (doc == NULL && why != NULL) snprintf(why->text, sizeof why->text, "%s", text);
    if (doc == NULL) return MCV_E_CONFIG;
    return refuse_at(doc, why, p != NULL ? p->line : 1, p != NULL ? p->key : NULL,
                     p != NULL ? p->value : NULL, text);
}

bool mcv_yaml_has(const struct mcv_yaml *doc, const void *at)
{
    for (size_t i = 0; i < doc->n_places; i++)
        if (doc->places[i].at == at && doc->places[i].key != NULL) return true;
    return false;
}

bool mcv_yaml_has_value(const struct mcv_yaml *doc, const void *at)
{
    for (size_t i = 0; i < doc->n_places; i++)
        if (doc->places[i].at == at && doc->places[i].value != NULL) return true;
    return false;
}
