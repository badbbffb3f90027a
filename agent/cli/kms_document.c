/* Groups from documents of a group management server. Spec: TS 24.481. */
#include "agent/cli/kms.h"
#include "proto/group_xml.h"

#include <string.h>

struct members {
    struct mcv_kms *kms;
    struct mcv_kms_document_report *report;
    mcv_err err;
    struct mcv_why *why;
};

static bool add_member(void *ctx, const char *uri)
{
    struct members *m = ctx;

    if (!mcv_kms_has_user(m->kms, uri)) {
        m->report->n_unknown++;
        return true;
    }
    m->err = mcv_kms_group_add(m->kms, m->report->group, uri, m->why);
    m->report->n_members += m->err == MCV_OK ? 1 : 0;
    return m->err == MCV_OK;
}

static mcv_err take_group(struct mcv_kms *kms, struct mcv_kms_document_report *report,
                          const struct mcv_group_xml *g, struct mcv_bytes xml,
                          const struct mcv_kms_validity *v, struct mcv_why *why)
{
    struct members m = {.kms = kms, .report = report, .why = why};
    mcv_err err = MCV_OK;

    memcpy(report->group, g->group, sizeof report->group);
    report->is_new = mcv_kms_group(kms, g->group) == NULL;
    if (report->is_new) err = mcv_kms_group_create(kms, g->group, g->name, v, why);
    if (err != MCV_OK) return err;
    Mcv__Group *group = mcv_kms_group(kms, g->group);
    group->document = mcv_arena_bytes(&kms->arena, xml.p, xml.n);
    if (group->document.len != xml.n) return mcv_why_set(why, MCV_E_FULL, "no memory");
    err = mcv_group_xml_members(xml, add_member, &m);
    return err == MCV_OK ? m.err : mcv_why_set(why, err, "an entry of the list has no uri");
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
