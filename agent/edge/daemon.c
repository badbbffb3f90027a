#include "agent/edge/daemon.h"

#include "agent/edge/clock.h"
#include "agent/edge/daemon_private.h"
#include "agent/edge/log.h"
#include "agent/store/files.h"
#include "agent/store/harden.h"
#include "crypto/rng_system.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SAVE_EVERY_MS    (60u * 60u * 1000u)
#define STOP_PATIENCE_MS 500u

struct mcv_now mcv_daemon_now(const struct mcv_daemon *d)
{
    return mcv_clock_now(d->utc_floor_s);
}

const struct mcv_agent *mcv_daemon_agent(const struct mcv_daemon *d)
{
    return d->agent;
}

const struct mcv_edge_config *mcv_daemon_config(const struct mcv_daemon *d)
{
    return d->config;
}

const struct mcv_store_keys *mcv_daemon_keys(const struct mcv_daemon *d)
{
    return d->keys;
}

struct mcv_daemon_stats mcv_daemon_stats(const struct mcv_daemon *d)
{
    return (struct mcv_daemon_stats){
        .n_send_failed = mcv_net_n_send_failed(d->net),
        .n_local_foreign = mcv_local_n_foreign(d->local),
        .n_built = mcv_jobs_n_queued(d->jobs, MCV_JOB_BUILD_PCK),
        .n_verified = mcv_jobs_n_queued(d->jobs, MCV_JOB_VERIFY),
        .n_decapsulated = mcv_jobs_n_queued(d->jobs, MCV_JOB_DECAPSULATE),
        .n_jobs = mcv_jobs_n(d->jobs),
        .n_clients = mcv_control_n_clients(d->control),
        .udp = d->udp,
        .started_s = d->started_s,
        .network = mcv_net_state(d->net),
        .multicast = mcv_multicast_info(mcv_net_multicast(d->net)),
    };
}

/* ---- inputs -------------------------------------------------------------------------------- */

static void on_job(void *ctx, struct mcv_job *job)
{
    struct mcv_daemon *d = ctx;

    mcv_daemon_give_job(d, job);
    mcv_daemon_pump(d);
}

static void on_save(uv_timer_t *timer)
{
    struct mcv_daemon *d = timer->data;

    if (mcv_store_time_save(d->store, mcv_daemon_now(d).utc_s) != MCV_OK)
        mcv_log_warning("the time could not be saved in the store");
}

/* ---- the end ------------------------------------------------------------------------------- */

static void release_calls(struct mcv_daemon *d)
{
    struct mcv_call_info info;
    const char *why;

    for (size_t i = 0; mcv_agent_call_info(d->agent, i, &info); i++) {
        const struct mcv_command release = {.type = MCV_CMD_RELEASE, .call = info.call};
        const mcv_err err = mcv_daemon_give_command(d, &release, NULL, &why);
        if (err != MCV_OK) mcv_log_debug("call=%" PRIu32 " not released: %s", info.call, why);
    }
    mcv_daemon_pump(d);
}

static bool has_open_call(const struct mcv_daemon *d)
{
    struct mcv_call_info info;

    for (size_t i = 0; mcv_agent_call_info(d->agent, i, &info); i++)
        if (info.is_established) return true;
    return false;
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
    (void)ctx;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

/* Sockets, timers and clients go; jobs under way come back before the loop ends. */
static void end_loop(struct mcv_daemon *d)
{
    mcv_control_close(d->control);
    mcv_net_close(d->net);
    mcv_local_free(d->local);
    d->control = NULL;
    d->net = NULL;
    d->local = NULL;
    close_handle((uv_handle_t *)&d->wake, NULL);
    close_handle((uv_handle_t *)&d->save, NULL);
    close_handle((uv_handle_t *)&d->give_up, NULL);
    for (size_t i = 0; i < MCV_DAEMON_N_SIGNALS; i++)
        close_handle((uv_handle_t *)&d->signals[i], NULL);
}

void mcv_daemon_check_stop(struct mcv_daemon *d)
{
    if (d->is_stopping && d->net != NULL && d->import == NULL && mcv_jobs_n(d->jobs) == 0 &&
        (!has_open_call(d) || !uv_is_active((uv_handle_t *)&d->give_up)))
        end_loop(d);
}

static void on_give_up(uv_timer_t *timer)
{
    mcv_daemon_check_stop(timer->data);
}

void mcv_daemon_stop(struct mcv_daemon *d)
{
    if (d->is_stopping) return;
    mcv_log_notice("stopping");
    d->is_stopping = true;
    uv_timer_start(&d->give_up, on_give_up, STOP_PATIENCE_MS, 0);
    release_calls(d);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct mcv_yaml_why why;

    if (number != SIGHUP)
        mcv_daemon_stop(handle->data);
    else
        (void)(mcv_daemon_reload(handle->data, &why) == MCV_OK); /* logged there */
}

/* ---- opening ------------------------------------------------------------------------------- */

static mcv_err open_loop(struct mcv_daemon *d)
{
    if (uv_loop_init(&d->loop) != 0) return MCV_E_FULL;
    d->is_loop_open = true;
    uv_timer_init(&d->loop, &d->wake);
    uv_timer_init(&d->loop, &d->save);
    uv_timer_init(&d->loop, &d->give_up);
    d->wake.data = d->save.data = d->give_up.data = d;
    for (size_t i = 0; i < MCV_DAEMON_N_SIGNALS; i++) {
        uv_signal_init(&d->loop, &d->signals[i]);
        d->signals[i].data = d;
    }
    d->batch = mcv_udp_batch_new(&d->config->marks);
    if (d->batch == NULL) return MCV_E_FULL;
    mcv_udp_batch_set_after(d->batch, mcv_daemon_after_batch, d);
    return MCV_OK;
}

static mcv_err open_sockets(struct mcv_daemon *d, struct mcv_yaml_why *why)
{
    const struct mcv_net_params net = {.loop = &d->loop,
                                       .batch = d->batch,
                                       .config = d->config,
                                       .receive = mcv_daemon_on_network,
                                       .ctx = d};
    const struct mcv_local_params local = {.loop = &d->loop,
                                           .batch = d->batch,
                                           .config = d->config,
                                           .receive = mcv_daemon_on_local,
                                           .ctx = d};

    const mcv_err err = mcv_net_open(&d->net, &net, why);
    if (err != MCV_OK) return err;
    d->local = mcv_local_new(&local);
    return d->local != NULL ? MCV_OK : MCV_E_FULL;
}

mcv_err mcv_daemon_read_secret(struct mcv_daemon *d, struct mcv_yaml_why *why)
{
    const struct mcv_config_store *s = &d->config->file.store;
    const bool is_key = s->key_file != NULL;
    struct mcv_why w = {0};

    const mcv_err err = mcv_seal_secret_load(&d->secret,
                                             is_key ? MCV_SEAL_KEY_FILE : MCV_SEAL_PASSPHRASE,
                                             is_key ? s->key_file : s->passphrase_file, &w);
    if (err == MCV_OK) return MCV_OK;
    return mcv_yaml_refuse(d->config->doc, why, is_key ? &s->key_file : &s->passphrase_file, "%s",
                           w.text);
}

static mcv_err open_store(struct mcv_daemon *d, struct mcv_yaml_why *why)
{
    const struct mcv_config_file *f = &d->config->file;
    const struct mcv_store_options options = {
        .owner = {.user_uri = f->user, .gms_uri = f->gms, .kms_uri = f->kms},
        .rng = &d->rng,
        .lock_memory = true,
        .tables = (enum mcv_sakke_tables)f->store.tables,
    };
    struct mcv_why w = {0};

    mcv_err err = mcv_daemon_read_secret(d, why);
    if (err != MCV_OK) return err;
    err = mcv_store_open(&d->store, f->store.dir, &d->secret, &options, mcv_daemon_now(d).utc_s,
                         &w);
    mcv_seal_secret_wipe(&d->secret);
    if (err != MCV_OK) return mcv_yaml_refuse(d->config->doc, why, &f->store.dir, "%s", w.text);
    d->utc_floor_s = mcv_store_latest_time(d->store);
    d->keys = mcv_store_keys_hold(d->store);
    return MCV_OK;
}

/* What does not fit is on disk and refused there; its keys have been used up for sending by our limits,
 * and are good for receiving. */
static void load_ssrcs(struct mcv_daemon *d)
{
    size_t n_left = 0;

    for (size_t i = 0; i < mcv_store_n_ssrcs(d->store); i++) {
        uint32_t gmk_id, guk_id, ssrc;
        mcv_store_ssrc_at(d->store, i, &gmk_id, &guk_id, &ssrc);
        if (mcv_keyring_find_gmk(mcv_store_keyring(d->keys), gmk_id) == NULL) continue;
        if (mcv_agent_ssrc_load(d->agent, gmk_id, guk_id, ssrc) == MCV_OK)
            mcv_recorder_ssrc(d->recorder, gmk_id, guk_id, ssrc);
        else
            n_left++;
    }
    if (n_left > 0)
        mcv_log_warning("%zu SSRCs of group keys more than limits.preset has room for: groups are "
                        "heard, and nothing is sent to them until their keys change",
                        n_left);
}

static mcv_err open_agent(struct mcv_daemon *d)
{
    const struct mcv_limits *limits = &d->limits;

    d->limits = d->config->limits;
    d->agent_bytes = mcv_agent_size(limits);
    d->scratch_bytes = mcv_scratch_size(limits);
    d->agent_mem = mcv_keymem_alloc(d->agent_bytes, true);
    d->scratch_mem = mcv_keymem_alloc(d->scratch_bytes, true);
    d->jobs = mcv_jobs_new(&d->loop, d->store, on_job, d);
    if (d->agent_mem == NULL || d->scratch_mem == NULL || d->jobs == NULL) return MCV_E_FULL;
    const struct mcv_agent_params params = {
        .config = &d->config->agent,
        .keys = mcv_store_keyring(d->keys),
        .scratch = mcv_scratch_init(d->scratch_mem, limits),
        .rng = mcv_recorder_rng(d->recorder, d->rng),
        .job_rng = d->rng,
        .refuse_until_s = mcv_store_refuse_until(d->store),
    };
    const struct mcv_now now = mcv_daemon_now(d);
    mcv_daemon_record_start(d, now);
    d->agent = mcv_agent_init(d->agent_mem, limits, &params, now);
    load_ssrcs(d);
    return MCV_OK;
}

static mcv_err start(struct mcv_daemon *d, struct mcv_yaml_why *why)
{
    static const int numbers[MCV_DAEMON_N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    const struct mcv_config_file *f = &d->config->file;
    struct mcv_why w = {0};

    if (mcv_control_open(&d->control, &d->loop, f->control_socket, d, &w) != MCV_OK)
        return mcv_yaml_refuse(d->config->doc, why, &f->control_socket, "%s", w.text);
    for (size_t i = 0; i < MCV_DAEMON_N_SIGNALS; i++)
        if (uv_signal_start(&d->signals[i], on_signal, numbers[i]) != 0) return MCV_E_IO;
    uv_timer_start(&d->save, on_save, SAVE_EVERY_MS, SAVE_EVERY_MS);
    d->started_s = mcv_daemon_now(d).utc_s;
    return MCV_OK;
}

static mcv_err open_all(struct mcv_daemon *d, const struct mcv_daemon_record *record,
                        struct mcv_yaml_why *why)
{
    const struct mcv_config_file *f = &d->config->file;
    struct mcv_why w = {0};

    mcv_err err = open_loop(d);
    if (err == MCV_OK) err = open_sockets(d, why);
    if (err == MCV_OK && mcv_harden_drop(f->run_as, &w) != MCV_OK)
        err = mcv_yaml_refuse(d->config->doc, why, &f->run_as, "%s", w.text);
    if (err == MCV_OK) err = open_store(d, why);
    if (err == MCV_OK) err = mcv_daemon_add_documents(d, d->config, why);
    if (err == MCV_OK) err = mcv_net_add_groups(d->net, d->config, why);
    if (err == MCV_OK && record != NULL) err = mcv_daemon_open_record(d, record, why);
    if (err == MCV_OK) err = open_agent(d);
    if (err == MCV_OK) err = start(d, why);
    if (err == MCV_OK) mcv_daemon_probe_udp(d); /* with the rights that remain */
    return err;
}

mcv_err mcv_daemon_open(struct mcv_daemon **out, struct mcv_edge_config *config,
                        const struct mcv_daemon_record *record, struct mcv_yaml_why *why)
{
    struct mcv_daemon *d = calloc(1, sizeof *d);

    *out = NULL;
    why->text[0] = '\0';
    if (d == NULL) return MCV_E_FULL;
    d->config = config;
    d->rng = mcv_rng_system;
    mcv_log_level_set((enum mcv_log_level)config->file.log_level);
    const mcv_err err = open_all(d, record, why);
    if (err != MCV_OK && why->text[0] == '\0')
        snprintf(why->text, sizeof why->text,
                 "not started: %s (memory, or the memlock limit: see `ulimit -l`)",
                 mcv_err_text(err));
    if (err == MCV_OK) {
        *out = d;
        return MCV_OK;
    }
    d->config = NULL; /* the caller keeps it */
    mcv_daemon_close(d);
    return err;
}

void mcv_daemon_run(struct mcv_daemon *d)
{
    mcv_log_notice("started user=%s interface=%s", d->config->file.user,
                   d->config->file.network.interface);
    mcv_daemon_pump(d);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    if (mcv_store_time_save(d->store, mcv_daemon_now(d).utc_s) != MCV_OK)
        mcv_log_warning("the time could not be saved in the store");
    mcv_log_notice("stopped");
}

void mcv_daemon_close(struct mcv_daemon *d)
{
    if (d == NULL) return;
    if (d->is_loop_open) {
        end_loop(d);
        uv_run(&d->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&d->loop);
    }
    mcv_jobs_free(d->jobs);
    if (d->agent != NULL) mcv_agent_wipe(d->agent);
    mcv_daemon_close_record(d);
    mcv_keymem_free(d->agent_mem, d->agent_bytes);
    mcv_keymem_free(d->scratch_mem, d->scratch_bytes);
    if (d->keys != NULL) mcv_store_keys_release(d->keys);
    mcv_store_close(d->store);
    mcv_udp_batch_free(d->batch);
    mcv_seal_secret_wipe(&d->secret);
    if (d->config != NULL) mcv_edge_config_close(d->config);
    free(d->config);
    free(d);
}
