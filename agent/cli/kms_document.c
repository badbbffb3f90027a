/* Groups from documents of a group management server. Spec: TS 24.481. */
#include "agent/cli/kms.h"
#include "proto/group_xml.h"

#include <stdlib.h>
#include <string.h>

/* The entries of a document's list, one after the other. */
struct entries {
    char **uris;
    size_t n, cap;
    bool is_full; /* no memory */
};

static bool keep_entry(void *ctx, const char *uri)
{
    struct entries *e = ctx;

    if (e->n == e->cap) {
        const size_t cap = e->cap > 0 ? 2 * e->cap : 64;
        char **grown = realloc(e->uris, cap * sizeof *grown);
        e->is_full = grown == NULL;
        if (e->is_full) return false;
        e->uris = grown;
        e->cap = cap;
    }
    e->uris[e->n] = strdup(uri);
    e->is_full = e->uris[e->n] == NULL;
    e->n += e->is_full ? 0 : 1;
    return !e->is_full;
}

static void free_entries(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++) free(e->uris[i]);
    free(e->uris);
}

static mcv_err take_group(struct mcv_kms *kms, struct mcv_kms_document_report *report,
                          const struct mcv_group_xml *g, struct mcv_bytes xml,
                          const struct mcv_kms_validity *v, struct mcv_why *why)
{
    struct entries e = {0};
    mcv_err err = mcv_group_xml_members(xml, keep_entry, &e);

    memcpy(report->group, g->group, sizeof report->group);
    if (err != MCV_OK) {
        (void)mcv_why_set(why, err, "an entry of the list has no uri");
    } else if (e.is_full) {
        err = mcv_why_set(why, MCV_E_FULL, "no memory");
    } else {
        const struct mcv_kms_group_content content = {
            .group = g->group,
            .name = g->name,
            .document = xml,
            .users = (const char *const *)e.uris,
            .n_users = e.n,
            .validity = *v,
        };
        err = mcv_kms_group_take(kms, &report->is_new, &report->n_unknown, &content, why);
        report->n_members = e.n - report->n_unknown;
    }
    free_entries(&e);
    return err;
}

mcv_err mcv_kms_group_document(struct mcv_kms *kms, struct mcv_kms_document_report *report,
                               const char *path, const struct mcv_kms_validity *v,
                               struct mcv_why *why)
{
    struct mcv_group_xml g;
    const char *what = NULL;
    uint8_t *xml = NULL;
    size_t n = 0;

    *report = (struct mcv_kms_document_report){0};
    mcv_err err = mcv_file_read(&xml, &n, path, 1u << 20, MCV_FILE_PUBLIC, why);
    if (err != MCV_OK) return err;
    err = mcv_group_xml_decode(&g, &what, mcv_bytes_of(xml, n));
    if (err != MCV_OK)
        (void)mcv_why_set(why, err, "%s: %s: %s", path, what, mcv_err_text(err));
    else
        err = take_group(kms, report, &g, mcv_bytes_of(xml, n), v, why);
    mcv_keymem_free(xml, n);
    return err;
}
