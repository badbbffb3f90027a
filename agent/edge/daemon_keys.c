/* Keys of the daemon: taken from the store, imported, destroyed. */
#include "agent/edge/daemon_private.h"
#include "agent/edge/log.h"

#include <stdlib.h>

struct mcv_daemon_import {
    uv_work_t work;
    struct mcv_daemon *daemon;
    struct mcv_store_import *import;
    mcv_daemon_imported *done;
    void *ctx;
};

void mcv_daemon_take_keys(struct mcv_daemon *d)
{
    const struct mcv_store_keys *old = d->keys;

    d->keys = mcv_store_keys_hold(d->store);
    const struct mcv_now now = mcv_daemon_now(d);
    mcv_recorder_keys(d->recorder, now, mcv_store_keyring(d->keys));
    mcv_agent_set_keys(d->agent, now, mcv_store_keyring(d->keys));
    mcv_daemon_pump(d);
    if (old != NULL) mcv_store_keys_release(old); /* jobs hold theirs themselves */
}

/* New groups are there at once; a failure is logged, and the keys stay. */
static void take_documents(struct mcv_daemon *d, const struct mcv_store_report *report)
{
    struct mcv_yaml_why why;

    if (report->documents > 0 && mcv_daemon_reload(d, &why) != MCV_OK)
        mcv_log_warning("groups of the bundle are not in use yet reason=\"%s\"", why.text);
}

static void on_work(uv_work_t *work)
{
    const struct mcv_daemon_import *i = work->data;

    mcv_store_import_run(i->import);
}

static void on_done(uv_work_t *work, int status)
{
    struct mcv_daemon_import *i = work->data;
    struct mcv_daemon *d = i->daemon;
    struct mcv_store_report report = {0};
    struct mcv_why why = {0};

    (void)status; /* an import that did not run says so itself */
    const mcv_err err = mcv_store_import_end(i->import, &report, &why);
    d->import = NULL;
    if (err == MCV_OK) {
        mcv_log_notice("keys changed certificates=%u key_sets=%u group_keys=%u revoked=%u",
                       report.certs, report.key_sets, report.gmks, report.gmks_revoked);
        mcv_daemon_take_keys(d);
        take_documents(d, &report);
    } else {
        mcv_log_warning("keys unchanged reason=\"%s\"", why.text);
    }
    i->done(i->ctx, err, &report, &why);
    free(i);
    mcv_daemon_check_stop(d);
}

/* What to take, or which GMK to revoke. */
struct change {
    const char *bundle_path; /* NULL: revoke */
    const struct mcv_seal_secret *secret;
    uint32_t gmk_id;
};

static mcv_err begin(struct mcv_store_import **out, struct mcv_daemon *d, const struct change *c)
{
    const int64_t utc_s = mcv_daemon_now(d).utc_s;

    if (c->bundle_path == NULL) return mcv_store_revoke_begin(out, d->store, c->gmk_id, utc_s);
    return mcv_store_import_begin(out, d->store, c->bundle_path, c->secret, utc_s);
}

static mcv_err change_keys(struct mcv_daemon *d, const struct change *change,
                           mcv_daemon_imported *done, void *ctx)
{
    if (d->import != NULL || d->is_stopping) return MCV_E_BUSY;
    struct mcv_daemon_import *i = calloc(1, sizeof *i);
    if (i == NULL) return MCV_E_FULL;
    *i = (struct mcv_daemon_import){.daemon = d, .done = done, .ctx = ctx};
    i->work.data = i;
    mcv_err err = begin(&i->import, d, change);
    if (err == MCV_OK && uv_queue_work(&d->loop, &i->work, on_work, on_done) != 0) {
        const mcv_err not_run = mcv_store_import_end(i->import, NULL, NULL);
        err = not_run == MCV_E_MISUSE ? MCV_E_FULL : not_run;
    }
    if (err == MCV_OK)
        d->import = i;
    else
        free(i);
    return err;
}

mcv_err mcv_daemon_import(struct mcv_daemon *d, const char *bundle_path,
                          const struct mcv_seal_secret *secret, mcv_daemon_imported *done,
                          void *ctx)
{
    const struct change change = {.bundle_path = bundle_path, .secret = secret};

    return change_keys(d, &change, done, ctx);
}

mcv_err mcv_daemon_revoke(struct mcv_daemon *d, uint32_t gmk_id, mcv_daemon_imported *done,
                          void *ctx)
{
    const struct change change = {.gmk_id = gmk_id};

    return change_keys(d, &change, done, ctx);
}

static mcv_err zeroize(struct mcv_daemon *d, const struct mcv_command *command, const char **why)
{
    struct mcv_why text = {0};

    if (d->import != NULL) {
        *why = "a bundle is being imported; try again when it is done";
        return MCV_E_BUSY;
    }
    mcv_err err = mcv_daemon_give_command(d, command, NULL, why);
    mcv_daemon_pump(d);
    const mcv_err stored = mcv_store_zeroize(d->store, &text);
    mcv_daemon_take_keys(d);
    if (stored != MCV_OK) {
        mcv_log_error("keys are out of memory but not all off the disk: %s", text.text);
        *why = "the keys are out of memory, but a file could not be destroyed: see the log";
        return stored;
    }
    mcv_log_notice("all keys destroyed");
    return err;
}

mcv_err mcv_daemon_command(struct mcv_daemon *d, const struct mcv_command *command, uint32_t *call,
                           const char **why)
{
    *why = NULL;
    if (command->type == MCV_CMD_ZEROIZE) {
        if (call != NULL) *call = 0;
        return zeroize(d, command, why);
    }
    const mcv_err err = mcv_daemon_give_command(d, command, call, why);
    mcv_daemon_pump(d);
    return err;
}
