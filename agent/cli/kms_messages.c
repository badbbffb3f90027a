/* A group's keys for all of its members at once. Spec: TS 33.180 5.7.1. */
#include "agent/cli/crew.h"
#include "agent/cli/kms_gmk.h"
#include "crypto/keys.h"
#include "proto/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART           16 /* members that a thread takes at a time */
#define MAX_LINE_BYTES (MCV_KMS_URI_MAX_BYTES + 10 + MCV_BASE64_CHARS(MCV_KMS_GMK_MAX_BYTES) + 1)

/* A line of the file, malloc'ed. */
struct text {
    char *p;
    size_t n;
};

struct batch {
    struct mcv_kms_gmk_sender sender;
    const Mcv__Group *group;
    const struct mcv_kms_watch *watch;
    const Mcv__GroupKey *key; /* the one that is being written */
    size_t n_keys;
    size_t n_before;   /* messages of the keys before */
    mcv_err *outcomes; /* n_members for each key, as are the lines */
    struct text *lines;
};

static bool is_wanted(const struct batch *b, const Mcv__GroupKey *k, uint32_t gmk_id)
{
    return gmk_id == MCV_NO_KEY_ID ? mcv_kms_gmk_is_sent(&b->sender, k) : k->gmk_id == gmk_id;
}

/* "user gmk-id message" */
static mcv_err write_line(struct text *line, const char *user, uint32_t gmk_id,
                          struct mcv_bytes message)
{
    uint8_t b[MAX_LINE_BYTES];
    char id[11];
    struct mcv_writer w = mcv_writer_of(b, sizeof b);

    snprintf(id, sizeof id, " %08x ", (unsigned)gmk_id);
    mcv_wr_bytes(&w, mcv_bytes_str(user));
    mcv_wr_bytes(&w, mcv_bytes_str(id));
    mcv_base64_encode(&w, message);
    mcv_wr_u8(&w, '\n');
    if (w.err != MCV_OK) return w.err;
    line->p = malloc(w.n);
    if (line->p == NULL) return MCV_E_FULL;
    memcpy(line->p, b, w.n);
    line->n = w.n;
    return MCV_OK;
}

/* A part of the members, in any thread. */
static void write_part(void *ctx, size_t first, size_t n)
{
    struct batch *b = ctx;
    char *const *users = b->group->members + first;
    struct text *lines = b->lines + b->n_before + first;
    mcv_err *outcomes = b->outcomes + b->n_before + first;
    uint8_t message[PART][MCV_KMS_GMK_MAX_BYTES];
    struct mcv_writer w[PART];
    struct mcv_bytes to[PART] = {{0}};

    for (size_t i = 0; i < n; i++) {
        w[i] = mcv_writer_of(message[i], sizeof message[i]);
        to[i] = mcv_bytes_str(users[i]);
    }
    mcv_kms_gmk_write_many(w, outcomes, &b->sender, to, n, b->group, b->key);
    for (size_t i = 0; i < n; i++)
        if (outcomes[i] == MCV_OK)
            outcomes[i] = write_line(&lines[i], users[i], b->key->gmk_id, mcv_wr_done(&w[i]));
}

static void show_progress(void *ctx, size_t n_done, size_t n)
{
    const struct batch *b = ctx;

    b->watch->progress(b->watch->ctx, b->n_before + n_done, b->n_keys * n);
}

static mcv_err batch_open(struct batch *b, uint32_t gmk_id)
{
    for (size_t j = 0; j < b->group->n_keys; j++)
        b->n_keys += is_wanted(b, b->group->keys[j], gmk_id);
    if (b->n_keys == 0) return MCV_E_NOT_FOUND;
    b->outcomes = calloc(b->n_keys * b->group->n_members + 1, sizeof *b->outcomes);
    b->lines = calloc(b->n_keys * b->group->n_members + 1, sizeof *b->lines);
    return b->outcomes != NULL && b->lines != NULL ? MCV_OK : MCV_E_FULL;
}

static void batch_close(struct batch *b)
{
    for (size_t i = 0; b->lines != NULL && i < b->n_before; i++) free(b->lines[i].p);
    free(b->lines);
    free(b->outcomes);
    mcv_kms_gmk_sender_wipe(&b->sender);
}

static void write_all(struct batch *b, uint32_t gmk_id)
{
    const struct mcv_crew crew = {
        .n_items = b->group->n_members,
        .step = PART,
        .work = write_part,
        .progress = b->watch->progress != NULL ? show_progress : NULL,
        .ctx = b,
    };

    for (size_t j = 0; j < b->group->n_keys; j++) {
        b->key = b->group->keys[j];
        if (!is_wanted(b, b->key, gmk_id)) continue;
        mcv_crew_run(&crew);
        b->n_before += b->group->n_members;
    }
}

static void tell_failures(const struct batch *b, struct mcv_kms_batch_report *report)
{
    for (size_t i = 0; i < b->n_before; i++) {
        report->n_done += b->outcomes[i] == MCV_OK;
        report->n_failed += b->outcomes[i] != MCV_OK;
        if (b->outcomes[i] != MCV_OK && b->watch->failed != NULL)
            b->watch->failed(b->watch->ctx, b->group->members[i % b->group->n_members],
                             b->outcomes[i]);
    }
}

static mcv_err put_file(const struct batch *b, const char *path, struct mcv_why *why)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n_before; i++) n += b->lines[i].n;
    uint8_t *all = malloc(n + 1), *at = all;
    if (all == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    for (size_t i = 0; i < b->n_before; i++) {
        if (b->lines[i].n > 0) memcpy(at, b->lines[i].p, b->lines[i].n);
        at += b->lines[i].n;
    }
    const mcv_err err = mcv_file_replace(path, mcv_bytes_of(all, n), MCV_FILE_PRIVATE, why);
    free(all);
    return err;
}

mcv_err mcv_kms_group_messages(struct mcv_kms *kms, struct mcv_kms_batch_report *report,
                               const char *path, const char *group, uint32_t gmk_id, int64_t utc_s,
                               const struct mcv_kms_watch *watch, struct mcv_why *why)
{
    struct batch b = {.group = mcv_kms_group(kms, group), .watch = watch};

    *report = (struct mcv_kms_batch_report){0};
    if (b.group == NULL) return mcv_why_set(why, MCV_E_NOT_FOUND, "%s: no such group", group);
    mcv_err err = mcv_kms_gmk_sender_begin(&b.sender, kms, utc_s);
    if (err == MCV_OK) err = batch_open(&b, gmk_id);
    if (err == MCV_OK) write_all(&b, gmk_id);
    if (err == MCV_OK) tell_failures(&b, report);
    err = err == MCV_OK
              ? put_file(&b, path, why)
              : mcv_why_set(why, err, "%s: cannot write messages: %s", group, mcv_err_text(err));
    batch_close(&b);
    return err;
}
