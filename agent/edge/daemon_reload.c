/* The configuration file, read again while the daemon runs. */
#include "agent/edge/daemon_private.h"
#include "agent/edge/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Sockets, store and control socket stay what they are: the first key that changes them. */
static const void *needs_restart(const struct mcv_config_file *now,
                                 const struct mcv_config_file *next)
{
    const struct {
        const char *now, *next;
        const void *at;
    } texts[] = {
        {now->gms, next->gms, &next->gms},
        {now->kms, next->kms, &next->kms},
        {now->run_as, next->run_as, &next->run_as},
        {now->control_socket, next->control_socket, &next->control_socket},
        {now->network.interface, next->network.interface, &next->network.interface},
        {now->store.dir, next->store.dir, &next->store.dir},
        {now->store.key_file, next->store.key_file, &next->store.key_file},
        {now->store.passphrase_file, next->store.passphrase_file, &next->store.passphrase_file},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!is_same_text(texts[i].now, texts[i].next)) return texts[i].at;
    if (!mcv_addr_equal(&now->media.local.addr, &next->media.local.addr) ||
        now->media.local.port != next->media.local.port)
        return &next->media.local;
    if (now->media.gso != next->media.gso) return &next->media.gso;
    if (now->network.snooping != next->network.snooping) return &next->network.snooping;
    if (memcmp(&now->limits, &next->limits, sizeof now->limits) != 0) return &next->limits;
    return NULL;
}

static mcv_err check(const struct mcv_daemon *d, const struct mcv_edge_config *next,
                     struct mcv_yaml_why *why)
{
    const void *at = needs_restart(&d->config->file, &next->file);
    const char *what = NULL;

    if (at != NULL) return mcv_yaml_refuse(next->doc, why, at, "changes only with a restart");
    if (mcv_agent_config_check(&next->agent, &d->limits, &what) != MCV_OK)
        return mcv_yaml_refuse(next->doc, why, &next->file,
                               "%s (limits change only with a restart)", what);
    return MCV_OK;
}

/* The agent decides; sockets are there before it does, and go after it did. */
static mcv_err apply(struct mcv_daemon *d, struct mcv_edge_config *next, struct mcv_yaml_why *why)
{
    const char *what = NULL;

    mcv_net_set_scopes(d->net, next);
    mcv_err err = check(d, next, why);
    if (err == MCV_OK) err = mcv_net_add_groups(d->net, next, why);
    if (err != MCV_OK) return err;
    next->agent.srtp = mcv_recorder_srtp(d->recorder, next->agent.srtp);
    const struct mcv_now now = mcv_daemon_now(d);
    mcv_daemon_record_config(d, now, next);
    err = mcv_agent_set_config(d->agent, now, &next->agent, &what);
    if (err != MCV_OK) {
        mcv_net_drop_groups(d->net, d->config);
        (void)mcv_yaml_refuse(next->doc, why, &next->file.groups, "%s", what);
        return err;
    }
    mcv_daemon_pump(d); /* its outputs may still point into the old one */
    mcv_net_drop_groups(d->net, next);
    mcv_local_set_config(d->local, next);
    mcv_udp_batch_set_marks(d->batch, &next->marks);
    mcv_daemon_set_sending(d, next);
    mcv_log_level_set((enum mcv_log_level)next->file.log_level);
    return MCV_OK;
}

mcv_err mcv_daemon_add_documents(const struct mcv_daemon *d, struct mcv_edge_config *config,
                                 struct mcv_yaml_why *why)
{
    const size_t n = mcv_store_n_documents(d->keys);
    struct mcv_bytes *all = calloc(n + 1, sizeof *all);

    if (all == NULL) return MCV_E_FULL;
    for (size_t i = 0; i < n; i++) all[i] = mcv_store_document_at(d->keys, i);
    const mcv_err err = mcv_edge_config_add_documents(config, all, n, why);
    free(all);
    return err;
}

mcv_err mcv_daemon_reload(struct mcv_daemon *d, struct mcv_yaml_why *why)
{
    struct mcv_edge_config *next = calloc(1, sizeof *next), *old = d->config;

    why->text[0] = '\0';
    if (next == NULL) return MCV_E_FULL;
    mcv_err err = mcv_edge_config_read(next, old->path, why);
    if (err == MCV_OK) err = mcv_daemon_add_documents(d, next, why);
    if (err == MCV_OK) err = apply(d, next, why);
    if (err == MCV_OK) {
        d->config = next;
        next = old;
        mcv_log_notice("configuration read again groups=%zu peers=%zu", d->config->agent.n_groups,
                       d->config->agent.n_peers);
    } else {
        mcv_log_warning("configuration unchanged reason=\"%s\"", why->text);
    }
    mcv_edge_config_close(next);
    free(next);
    return err;
}
