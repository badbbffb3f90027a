/* The flight record of a daemon. */
#include "agent/edge/daemon_private.h"
#include "agent/edge/log.h"
#include "agent/store/files.h"

#include <stdlib.h>

static void on_ended(void *ctx, const char *why)
{
    (void)ctx;
    mcv_log_warning("the flight record ends here reason=\"%s\"", why);
}

mcv_err mcv_daemon_open_record(struct mcv_daemon *d, const struct mcv_daemon_record *record,
                               struct mcv_yaml_why *why)
{
    struct mcv_why w = {0};
    mcv_err err = record->has_secrets ? mcv_daemon_read_secret(d, why) : MCV_OK;

    if (err != MCV_OK) return err;
    const struct mcv_recorder_params params = {.path = record->path,
                                               .has_secrets = record->has_secrets,
                                               .max_bytes = record->max_bytes,
                                               .secret = &d->secret,
                                               .rng = d->rng,
                                               .srtp = d->config->agent.srtp,
                                               .ended = on_ended};
    err = mcv_recorder_open(&d->recorder, &params, &w);
    mcv_seal_secret_wipe(&d->secret);
    if (err != MCV_OK) {
        snprintf(why->text, sizeof why->text, "no flight record: %s", w.text);
        return err;
    }
    d->config->agent.srtp = mcv_recorder_srtp(d->recorder, d->config->agent.srtp);
    mcv_log_notice("flight record file=%s secrets=%s", record->path,
                   record->has_secrets ? "yes, sealed" : "no");
    return MCV_OK;
}

/* What a configuration came from; *text is key memory. */
struct origin {
    uint8_t *text;
    size_t n_text, n_documents;
    struct mcv_bytes *documents;
};

static mcv_err find_origin(struct origin *o, const struct mcv_daemon *d, const char *path)
{
    *o = (struct origin){.n_documents = mcv_store_n_documents(d->keys)};
    o->documents = calloc(o->n_documents + 1, sizeof *o->documents);
    if (o->documents == NULL) return MCV_E_FULL;
    for (size_t i = 0; i < o->n_documents; i++) o->documents[i] = mcv_store_document_at(d->keys, i);
    return mcv_file_read(&o->text, &o->n_text, path, MCV_YAML_MAX_BYTES, MCV_FILE_PUBLIC, NULL);
}

static void free_origin(struct origin *o)
{
    mcv_keymem_free(o->text, o->n_text);
    free(o->documents);
}

static void record(struct mcv_daemon *d, struct mcv_now now, const struct mcv_edge_config *config,
                   bool is_start)
{
    struct origin o;

    if (d->recorder == NULL) return;
    if (find_origin(&o, d, config->path) != MCV_OK)
        mcv_log_warning("the flight record lacks the configuration, which cannot be read again");
    const struct mcv_record_config recorded = {.text = mcv_bytes_of(o.text, o.n_text),
                                               .documents = o.documents,
                                               .n_documents = o.documents ? o.n_documents : 0,
                                               .agent = &config->agent};
    if (is_start)
        mcv_recorder_start(d->recorder, now, &recorded, mcv_store_keyring(d->keys),
                           mcv_store_refuse_until(d->store));
    else
        mcv_recorder_config(d->recorder, now, &recorded);
    free_origin(&o);
}

void mcv_daemon_record_start(struct mcv_daemon *d, struct mcv_now now)
{
    record(d, now, d->config, true);
}

void mcv_daemon_record_config(struct mcv_daemon *d, struct mcv_now now,
                              const struct mcv_edge_config *config)
{
    record(d, now, config, false);
}

void mcv_daemon_close_record(struct mcv_daemon *d)
{
    struct mcv_why why = {0};

    if (mcv_recorder_close(d->recorder, mcv_daemon_now(d), &why) != MCV_OK)
        mcv_log_error("the flight record is lost reason=\"%s\"", why.text);
    d->recorder = NULL;
}
