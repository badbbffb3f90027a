#include "sim/live_private.h"

#include "agent/edge/log.h"
#include "agent/edge/sock.h"
#include "proto/monp.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Of 127.x.0.0/16, whose x is not used by another run: 239.192.0.0 + 1024 x are its groups. */
#define LOOPBACK    0x7f000000u
#define FIRST_GROUP 0xefc00000u
#define NETNS_USER  0x0a000001u /* 10.0.0.1, in namespaces of our own */
#define TURN_US     10000u      /* of a turn of the loop for what is due */
#define N_BASES     254u
#define MARK_HOST   0xfffeu /* who holds it has the base */

/* ---- time ---------------------------------------------------------------------------------- */

uint64_t mcv_live_now_us(const struct mcv_live *live)
{
    return uv_hrtime() / 1000 - live->started_us;
}

void mcv_live_end(struct mcv_live *live, enum mcv_world_stop stop)
{
    if (live->stop == MCV_WORLD_REACHED) live->stop = stop;
    uv_stop(&live->loop);
}

void mcv_live_clock(struct mcv_live *live)
{
    const uint64_t now_us = mcv_live_now_us(live);

    mcv_world_set_now(live->world, now_us < live->stage.end_us ? now_us : live->stage.end_us);
}

static bool is_turn_over(void *ctx)
{
    const struct mcv_live *live = ctx;

    return mcv_live_now_us(live) >= live->turn_end_us;
}

/* Runs what is due, for a part of the time only: sockets and signals get theirs too. */
static void run_due(struct mcv_live *live)
{
    mcv_live_clock(live);
    const uint64_t now_us = mcv_world_now_us(live->world);
    const uint64_t due_us = mcv_world_next_at(live->world);

    if (due_us < now_us) {
        mcv_histogram_add(&live->report.late, now_us - due_us);
        if (now_us - due_us > live->latest_us) live->latest_us = now_us - due_us;
    }
    live->turn_end_us = mcv_live_now_us(live) + TURN_US;
    const enum mcv_world_stop stop = mcv_world_run_until(live->world, is_turn_over, live, now_us);
    const bool is_over = now_us >= live->stage.end_us;
    if (is_over || (stop != MCV_WORLD_REACHED && stop != MCV_WORLD_FOUND))
        mcv_live_end(live, stop == MCV_WORLD_FOUND ? MCV_WORLD_REACHED : stop);
}

/* The loop's own timers count in milliseconds: too coarse for packets of 20 ms. */
static void arm(struct mcv_live *live)
{
    const uint64_t next_us = mcv_world_next_at(live->world);
    const uint64_t at_us = next_us < live->stage.end_us ? next_us : live->stage.end_us;
    const uint64_t clock_us = at_us + live->started_us;
    const struct itimerspec at = {.it_value = {.tv_sec = (time_t)(clock_us / 1000000),
                                               .tv_nsec = (long)(clock_us % 1000000) * 1000}};

    if (at_us == live->armed_us) return;
    live->armed_us = at_us;
    (void)timerfd_settime(live->wake_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct mcv_live *live = prepare->data;

    run_due(live);
    arm(live);
}

static void on_wake(uv_poll_t *poll, int status, int events)
{
    struct mcv_live *live = poll->data;
    uint64_t n;

    (void)status;
    (void)events;
    if (read(live->wake_fd, &n, sizeof n) == (ssize_t)sizeof n) live->armed_us = MCV_NEVER;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct mcv_live *live = handle->data;

    (void)number;
    live->report.is_interrupted = true;
    mcv_live_end(live, MCV_WORLD_REACHED);
}

/* ---- what the world asks for --------------------------------------------------------------- */

struct mcv_why *mcv_live_why_of(struct mcv_live *live)
{
    return live->report.n_sockets_failed > 0 ? &live->later : &live->why;
}

static bool power(void *ctx, uint32_t agent, const struct mcv_agent_config *config)
{
    struct mcv_live *live = ctx;

    if (live->sockets->power(live->sockets_ctx, agent, config, mcv_live_why_of(live))) return true;
    mcv_live_used_up(live, MCV_LIVE_SOCKETS);
    return false;
}

static bool call(void *ctx, uint32_t agent, const struct mcv_out_sockets *s)
{
    struct mcv_live *live = ctx;

    if (live->sockets->call(live->sockets_ctx, agent, s, mcv_live_why_of(live))) return true;
    mcv_live_used_up(live, MCV_LIVE_SOCKETS);
    return false;
}

static void carry(void *ctx, uint32_t agent, const struct mcv_addr *source,
                  const struct mcv_out_packet *packet)
{
    struct mcv_live *live = ctx;

    live->sockets->send(live->sockets_ctx, agent, source, packet);
}

static void flush(void *ctx)
{
    struct mcv_live *live = ctx;

    mcv_udp_flush(live->batch);
}

static void give(void *ctx, uint32_t agent, struct mcv_job *job)
{
    struct mcv_live *live = ctx;

    live->report.n_jobs++;
    if (!mcv_live_jobs_run(live->jobs, agent, job)) mcv_live_end(live, MCV_WORLD_NO_MEMORY);
}

static void recall(void *ctx, uint32_t agent, struct mcv_job *job)
{
    struct mcv_live *live = ctx;

    (void)agent;
    mcv_live_jobs_recall(live->jobs, job);
}

static void on_job(void *ctx, uint32_t agent, struct mcv_job *job, uint64_t wait_us)
{
    struct mcv_live *live = ctx;

    mcv_histogram_add(&live->report.job_wait, wait_us);
    if (wait_us > live->slowest_job_us) live->slowest_job_us = wait_us;
    mcv_live_clock(live);
    mcv_world_job_back(live->world, agent, job);
}

/* ---- opened -------------------------------------------------------------------------------- */

/* Several runs share the loopback of a machine: each takes addresses that no other has. */
static mcv_err take_base(struct mcv_live *live, struct mcv_yaml_why *why)
{
    struct mcv_netif lo;
    mcv_err err = mcv_netif_find(&lo, "lo", &live->why);

    for (uint32_t x = 1; x <= N_BASES && err == MCV_OK && live->base_fd < 0; x++) {
        struct mcv_addr mark = {.family = MCV_IPV4, .port = MCV_MONP_PORT};

        mcv_store_be32(mark.b, LOOPBACK | x << 16 | MARK_HOST);
        live->stage.first_user = LOOPBACK | x << 16 | 1;
        live->stage.first_group = FIRST_GROUP + x * MCV_LIVE_MAX_GROUPS;
        err = mcv_sock_unicast(&live->base_fd, &mark, &lo, &live->why);
        if (err == MCV_E_BUSY && x < N_BASES) err = MCV_OK;
    }
    if (err == MCV_OK) return MCV_OK;
    return mcv_yaml_refuse(NULL, why, NULL, "no addresses on loopback: %.180s", live->why.text);
}

static mcv_err open_netns(struct mcv_live *live, struct mcv_yaml_why *why)
{
    live->stage.first_user = NETNS_USER;
    live->stage.first_group = FIRST_GROUP;
    const mcv_err err = mcv_live_netns_open(&live->netns, live->n_agents, NETNS_USER,
                                            live->file->s.link.loss_ppm, &live->why);

    if (err == MCV_OK) return MCV_OK;
    return mcv_yaml_refuse(NULL, why, NULL, "tier 3: %.200s", live->why.text);
}

static mcv_err open_loop(struct mcv_live *live)
{
    if (uv_loop_init(&live->loop) != 0) return MCV_E_IO;
    live->is_loop_open = true;
    live->wake_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    live->batch = mcv_udp_batch_new(&mcv_marks_default);
    live->jobs = mcv_live_jobs_new(&live->loop, on_job, live);
    if (live->wake_fd < 0 || live->batch == NULL || live->jobs == NULL) return MCV_E_IO;
    uv_prepare_init(&live->loop, &live->prepare);
    uv_timer_init(&live->loop, &live->meter);
    uv_signal_init(&live->loop, &live->signals[0]);
    uv_signal_init(&live->loop, &live->signals[1]);
    uv_poll_init(&live->loop, &live->wake, live->wake_fd);
    live->prepare.data = live->meter.data = live->wake.data = live;
    live->signals[0].data = live->signals[1].data = live;
    live->has_handles = true;
    return MCV_OK;
}

/* As the daemon, on loopback and elsewhere. */
static void choose_path(struct mcv_live *live)
{
    const struct mcv_udp_sending sending = {.path = live->netns != NULL ? MCV_UDP_GSO
                                                                        : MCV_UDP_MMSG,
                                            .limits = mcv_burst_limits_default};

    mcv_udp_batch_set_sending(live->batch, &sending);
}

static mcv_err open_play(struct mcv_live *live, struct mcv_yaml_why *why)
{
    live->transport = (struct mcv_world_transport){.ctx = live,
                                                   .send = carry,
                                                   .flush = flush,
                                                   .sockets = call,
                                                   .power = power,
                                                   .give = give,
                                                   .recall = recall};
    live->stage.transport = &live->transport;
    live->options.play.stage = &live->stage;
    live->options.play.ranks = NULL; /* every process plays all of it */
    const mcv_err err = mcv_play_open(&live->play, live->file, &live->options.play, why);
    if (err == MCV_OK) {
        live->world = mcv_play_world(live->play);
        return MCV_OK;
    }
    if (live->why.text[0] != '\0')
        return mcv_yaml_refuse(NULL, why, NULL, "sockets cannot be opened: %.180s", live->why.text);
    return err;
}

static mcv_err open_all(struct mcv_live *live, struct mcv_yaml_why *why)
{
    mcv_err err = mcv_live_check(live->file, &live->options, why);

    if (err == MCV_OK) err = mcv_live_make_room(live->file, &live->options, why);
    if (err == MCV_OK) mcv_live_hold_files(live, true);
    const bool has_netns = live->options.tier == MCV_LIVE_NETNS;
    if (err == MCV_OK) err = has_netns ? open_netns(live, why) : take_base(live, why);
    if (err == MCV_OK) err = open_loop(live);
    if (err == MCV_OK) choose_path(live);
    if (err == MCV_OK) err = live->sockets->open(&live->sockets_ctx, live);
    return err == MCV_OK ? open_play(live, why) : err;
}

mcv_err mcv_live_open(struct mcv_live **out, const struct mcv_scenario_file *file,
                      const struct mcv_live_options *options, struct mcv_yaml_why *why)
{
    struct mcv_live *live = calloc(1, sizeof *live);

    *out = NULL;
    why->text[0] = '\0';
    if (live == NULL) return MCV_E_IO;
    live->file = file;
    live->options = *options;
    live->n_agents = file->roster.n_users;
    live->limits = mcv_scenario_limits(&file->s);
    live->sockets = options->tier == MCV_LIVE_SHARED ? &mcv_live_shared : &mcv_live_own;
    live->stage.end_us = options->seconds > 0 ? options->seconds * UINT64_C(1000000)
                                              : file->s.duration_us;
    live->wake_fd = live->base_fd = live->schedstat_fd = -1;
    mcv_live_report_init(&live->report);
    live->report.tier = (uint8_t)options->tier;
    live->report.n_agents = live->n_agents;
    mcv_log_level_set(MCV_LOG_ERROR);
    const mcv_err err = open_all(live, why);
    if (err == MCV_OK) {
        *out = live;
        return MCV_OK;
    }
    if (why->text[0] == '\0') snprintf(why->text, sizeof why->text, "%s", mcv_err_text(err));
    mcv_live_close(live);
    return err;
}

/* ---- run and closed ------------------------------------------------------------------------ */

enum mcv_world_stop mcv_live_run(struct mcv_live *live)
{
    static const int numbers[] = {SIGINT, SIGTERM};

    for (size_t i = 0; i < 2; i++) uv_signal_start(&live->signals[i], on_signal, numbers[i]);
    live->started_us = uv_hrtime() / 1000;
    live->armed_us = MCV_NEVER;
    uv_poll_start(&live->wake, UV_READABLE, on_wake);
    uv_prepare_start(&live->prepare, on_prepare);
    mcv_live_meter_start(live);
    uv_run(&live->loop, UV_RUN_DEFAULT);
    mcv_live_hold_files(live, false);
    mcv_live_meter_stop(live);
    return live->stop;
}

enum mcv_world_stop mcv_live_collect(struct mcv_live *live, struct mcv_ranks *ranks)
{
    uint64_t best, worst;

    if (mcv_ranks_n(ranks) == 1) return live->stop;
    if (!mcv_play_add_up(live->play, ranks)) live->stop = MCV_WORLD_NO_MEMORY;
    if (!mcv_live_report_collect(&live->report, ranks)) live->stop = MCV_WORLD_NO_MEMORY;
    best = worst = live->stop;
    mcv_ranks_min_max(ranks, &best, &worst);
    return (enum mcv_world_stop)worst;
}

static void close_handles(struct mcv_live *live)
{
    if (!live->has_handles) return;
    uv_close((uv_handle_t *)&live->prepare, NULL);
    uv_close((uv_handle_t *)&live->meter, NULL);
    uv_close((uv_handle_t *)&live->wake, NULL);
    for (size_t i = 0; i < 2; i++) uv_close((uv_handle_t *)&live->signals[i], NULL);
}

void mcv_live_close(struct mcv_live *live)
{
    if (live == NULL) return;
    mcv_live_hold_files(live, false);
    mcv_play_close(live->play);
    live->sockets->close(live->sockets_ctx);
    close_handles(live);
    if (live->is_loop_open) {
        uv_run(&live->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&live->loop);
    }
    mcv_live_jobs_free(live->jobs);
    mcv_udp_batch_free(live->batch);
    mcv_live_netns_close(live->netns);
    if (live->schedstat_fd >= 0) close(live->schedstat_fd);
    if (live->wake_fd >= 0) close(live->wake_fd);
    if (live->base_fd >= 0) close(live->base_fd);
    free(live);
}

const struct mcv_play *mcv_live_play(const struct mcv_live *live)
{
    return live->play;
}

const struct mcv_live_report *mcv_live_report(const struct mcv_live *live)
{
    return &live->report;
}

const char *mcv_live_why(const struct mcv_live *live)
{
    return live->report.n_sockets_failed > 0 ? live->why.text : "";
}
