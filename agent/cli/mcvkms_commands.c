/* The commands of mcvkms, one function each. */
#include "agent/cli/mcvkms.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_CHARS  40
#define MIN_TO_SAY 1000 /* shorter batches are done before anybody wonders */

/* A bar on a terminal; elsewhere a line for each tenth. */
struct progress {
    const char *what;
    bool is_terminal;
    unsigned tenths;
};

static void say_progress(void *ctx, size_t n, size_t of)
{
    struct progress *p = ctx;
    const unsigned tenths = (unsigned)(of > 0 ? n * 10 / of : 10);

    if (of < MIN_TO_SAY) return;
    if (p->is_terminal) {
        const int filled = (int)(n * BAR_CHARS / of);
        fprintf(stderr, "\r%s [%.*s%.*s] %zu of %zu%s", p->what, filled,
                "########################################", BAR_CHARS - filled,
                "----------------------------------------", n, of, n == of ? "\n" : "");
    } else if (tenths != p->tenths) {
        fprintf(stderr, "%s %zu of %zu\n", p->what, n, of);
    }
    p->tenths = tenths;
}

static void say_failed(void *ctx, const char *user, mcv_err err)
{
    (void)ctx;
    fprintf(stderr, "mcvkms: %s: %s\n", user, mcv_err_text(err));
}

static struct mcv_kms_watch watch_of(struct progress *p, const char *what)
{
    *p = (struct progress){.what = what, .is_terminal = isatty(STDERR_FILENO) != 0};
    return (struct mcv_kms_watch){.progress = say_progress, .failed = say_failed, .ctx = p};
}

/* Some users got nothing: what the others got is kept, and the command fails. */
static mcv_err keep_the_rest(struct mcv_kms *kms, const struct mcv_kms_batch_report *r,
                             struct mcv_why *why)
{
    if (r->n_failed == 0) return MCV_OK;
    const mcv_err err = mcv_kms_save(kms, why);
    return err == MCV_OK ? mcv_why_set(why, MCV_E_POLICY, "%u failed, see above; %u done",
                                       r->n_failed, r->n_done)
                         : err;
}

static mcv_err cmd_issue(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    struct mcv_kms_batch_report r;
    struct progress p;
    const struct mcv_kms_watch watch = watch_of(&p, "issued");
    uint64_t now;

    mcv_err err = mcv_kms_period_no(&now, kms, time(NULL), why);
    if (err != MCV_OK) return err;
    const uint64_t first = now > 0 ? now - 1 : 0;
    err = mcv_kms_issue_users(kms, &r, (const char *const *)a->operands, (size_t)a->n_operands,
                              first, (unsigned)(now + a->ahead - first) + 1, &watch, why);
    if (err != MCV_OK) return err;
    printf("%u key sets issued for %d users, periods %" PRIu64 " to %" PRIu64 "\n", r.n_done,
           a->n_operands - (int)r.n_failed, first, now + a->ahead);
    return keep_the_rest(kms, &r, why);
}

static mcv_err cmd_group_create(struct mcv_kms *kms, const struct mcvkms_args *a,
                                struct mcv_why *why)
{
    const char *group = a->operands[0];

    return mcv_kms_group_create(kms, group, a->name != NULL ? a->name : group, &a->validity, why);
}

static mcv_err add_document(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    struct mcv_kms_document_report r;

    if (a->n_operands > 0)
        return mcv_why_set(why, MCV_E_CONFIG,
                           "group add --document: the document names the group "
                           "and its members, nothing else does");
    const mcv_err err = mcv_kms_group_document(kms, &r, a->document, &a->validity, why);
    if (err == MCV_OK)
        printf("%s %s: %zu members, %zu entries without keys here\n", r.group,
               r.is_new ? "made" : "updated", r.n_members, r.n_unknown);
    return err;
}

static mcv_err cmd_group_add(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    if (a->document != NULL) return add_document(kms, a, why);
    if (a->n_operands < 2)
        return mcv_why_set(why, MCV_E_CONFIG, "group add: a group and users, or --document FILE");
    return mcv_kms_group_add_users(kms, a->operands[0], (const char *const *)a->operands + 1,
                                   (size_t)a->n_operands - 1, why);
}

static mcv_err cmd_group_remove(struct mcv_kms *kms, const struct mcvkms_args *a,
                                struct mcv_why *why)
{
    mcv_err err = MCV_OK;

    for (int i = 1; err == MCV_OK && i < a->n_operands; i++)
        err = mcv_kms_group_remove(kms, a->operands[0], a->operands[i], why);
    return err;
}

static mcv_err cmd_group_roll(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    struct mcv_kms_validity validity = a->validity;

    /* Of several keys the one that was activated last is sent with: a new one needs an instant. */
    if (validity.activation_s == 0) validity.activation_s = time(NULL);
    return mcv_kms_group_roll(kms, a->operands[0], &validity, why);
}

static mcv_err cmd_group_revoke(struct mcv_kms *kms, const struct mcvkms_args *a,
                                struct mcv_why *why)
{
    return mcv_kms_group_revoke(kms, a->operands[0], a->gmk_id, why);
}

static mcv_err cmd_group_messages(struct mcv_kms *kms, const struct mcvkms_args *a,
                                  struct mcv_why *why)
{
    struct mcv_kms_batch_report r;
    struct progress p;
    const struct mcv_kms_watch watch = watch_of(&p, "written");

    if (a->out == NULL)
        return mcv_why_set(why, MCV_E_CONFIG, "group messages: --out FILE is needed");
    const mcv_err err = mcv_kms_group_messages(kms, &r, a->out, a->operands[0], a->gmk_id,
                                               time(NULL), &watch, why);
    if (err != MCV_OK) return err;
    printf("%s: %u messages\n", a->out, r.n_done);
    return keep_the_rest(kms, &r, why);
}

static mcv_err cmd_cert_export(struct mcv_kms *kms, const struct mcvkms_args *a,
                               struct mcv_why *why)
{
    return mcv_kms_cert_export(kms, a->operands[0], why);
}

static mcv_err cmd_cert_trust(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    const char *kms_uri = NULL;

    const mcv_err err = mcv_kms_cert_trust(kms, &kms_uri, a->operands[0], time(NULL), why);
    if (err == MCV_OK) printf("%s is trusted; bundles made from now on say so\n", kms_uri);
    return err;
}

static mcv_err cmd_cert_revoke(struct mcv_kms *kms, const struct mcvkms_args *a,
                               struct mcv_why *why)
{
    return mcv_kms_cert_revoke(kms, a->operands[0], why);
}

static mcv_err cmd_bundle(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    struct mcv_kms_bundle_report r;
    struct mcv_seal_secret secret = {0};

    if (a->out == NULL) return mcv_why_set(why, MCV_E_CONFIG, "bundle: --out FILE is needed");
    mcv_err err = mcvkms_secret(&secret, a->device_passphrase_file, a->device_key_file, "device-",
                                why);
    if (err == MCV_OK)
        err = mcv_kms_bundle(kms, &r, a->out, a->operands[0], &secret, time(NULL), why);
    mcv_seal_secret_wipe(&secret);
    if (err == MCV_OK)
        printf("%s: %u key sets, %u foreign certificates, %u group keys\n", a->out, r.key_sets,
               r.certs, r.gmks);
    return err;
}

static mcv_err cmd_show(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    return mcvkms_show(kms, a->is_json, why);
}

static mcv_err cmd_export(struct mcv_kms *kms, const struct mcvkms_args *a, struct mcv_why *why)
{
    if (!a->is_reveal)
        return mcv_why_set(why, MCV_E_POLICY,
                           "export writes every secret of this KMS in clear; say --reveal-secrets "
                           "if that is what you want");
    return mcvkms_export(kms, a->out, a->is_append, why);
}

static const struct mcvkms_command commands[] = {
    {"issue", 1, INT_MAX, true, cmd_issue},
    {"group create", 1, 1, true, cmd_group_create},
    {"group add", 0, INT_MAX, true, cmd_group_add},
    {"group remove", 2, INT_MAX, true, cmd_group_remove},
    {"group roll", 1, 1, true, cmd_group_roll},
    {"group revoke", 1, 1, true, cmd_group_revoke},
    {"group messages", 1, 1, true, cmd_group_messages}, /* as bundle */
    {"cert export", 1, 1, false, cmd_cert_export},
    {"cert trust", 1, 1, true, cmd_cert_trust},
    {"cert revoke", 1, 1, true, cmd_cert_revoke},
    {"bundle", 1, 1, true, cmd_bundle}, /* it may issue the key set of the group manager */
    {"show", 0, 0, false, cmd_show},
    {"export", 0, 0, false, cmd_export},
};

const struct mcvkms_command *mcvkms_find(const char *first, const char *second)
{
    char both[64];

    snprintf(both, sizeof both, "%s %s", first, second);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, first) == 0 || strcmp(commands[i].name, both) == 0)
            return &commands[i];
    return NULL;
}
