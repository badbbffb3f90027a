/* The inside of a live run. Private to sim/live*.c. */
#ifndef MCV_SIM_LIVE_PRIVATE_H
#define MCV_SIM_LIVE_PRIVATE_H

#include "agent/edge/udp.h"
#include "sim/live.h"
#include "sim/live_jobs.h"
#include "sim/live_netns.h"

/* What a tier does with the sockets of its agents. ctx: of open. */
struct mcv_live_sockets {
    mcv_err (*open)(void **ctx, struct mcv_live *live);
    /* Calls nobody any more; memory is freed by the loop. */
    void (*close)(void *ctx);
    bool (*power)(void *ctx, uint32_t agent, const struct mcv_agent_config *config,
                  struct mcv_why *why);
    bool (*call)(void *ctx, uint32_t agent, const struct mcv_out_sockets *s, struct mcv_why *why);
    void (*send)(void *ctx, uint32_t agent, const struct mcv_addr *source,
                 const struct mcv_out_packet *packet);
    /* Since the start, of closed ones too. */
    void (*failures)(void *ctx, uint64_t *n_queue_lost, uint64_t *n_send_failed);
};

extern const struct mcv_live_sockets mcv_live_shared, mcv_live_own;

struct mcv_live {
    const struct mcv_scenario_file *file;
    struct mcv_live_options options;
    struct mcv_play_stage stage;
    struct mcv_world_transport transport;
    struct mcv_play *play;
    struct mcv_world *world; /* of the play; NULL while it is made */
    const struct mcv_limits *limits;
    uint32_t n_agents;
    const struct mcv_live_sockets *sockets;
    void *sockets_ctx;
    struct mcv_live_jobs *jobs;
    struct mcv_live_netns *netns; /* NULL: tiers 1 and 2 */
    struct mcv_live_report report;
    enum mcv_world_stop stop;
    struct mcv_why why, later; /* of the first sockets that could not be opened, and of others */

    uv_loop_t loop;
    struct mcv_udp_batch *batch;
    uv_prepare_t prepare;
    uv_timer_t meter;
    uv_poll_t wake;
    uv_signal_t signals[2];
    int wake_fd, base_fd;
    bool is_loop_open, has_handles, holds_files;
    uint64_t started_us; /* on the clock of the loop */
    uint64_t turn_end_us;
    uint64_t armed_us; /* what wake_fd is set to, on the world's clock; MCV_NEVER: nothing */

    int schedstat_fd;                               /* -1: not known */
    uint64_t loop_cpu_us, loop_wait_us, all_cpu_us; /* when it started */
    uint64_t met_us, met_wanted_us, met_waited_us;  /* when the meter was last looked at */
    uint64_t latest_us, slowest_job_us;             /* worst since then */
    unsigned n_looks;
    uint64_t note_every_us, n_notes; /* see mcv_play_note */
};

/* Addresses of one run. */
#define MCV_LIVE_MAX_GROUPS 1024
#define MCV_LIVE_MAX_AGENTS 65000

/* Time of the world: microseconds since the start. */
uint64_t mcv_live_now_us(const struct mcv_live *live);

/* Sets the clock of the world; before every input. What is due comes with the next turn of the loop. */
void mcv_live_clock(struct mcv_live *live);

void mcv_live_end(struct mcv_live *live, enum mcv_world_stop stop);

/* Where to say why sockets cannot be opened: the first reason is kept. */
struct mcv_why *mcv_live_why_of(struct mcv_live *live);

/* live_meter.c */
void mcv_live_meter_start(struct mcv_live *live);
void mcv_live_meter_stop(struct mcv_live *live); /* the last look, and the sums */
void mcv_live_used_up(struct mcv_live *live, enum mcv_live_resource resource);

/* live_check.c: refuses what cannot be played, and tells what is passed over. */
MCV_MUST_USE mcv_err mcv_live_check(const struct mcv_scenario_file *file,
                                    const struct mcv_live_options *options,
                                    struct mcv_yaml_why *why);

/* Raises the limit of open files to what this can take at most, as far as that is permitted, and tells
 * when it may not do. MCV_E_CONFIG: it cannot begin; why. */
MCV_MUST_USE mcv_err mcv_live_make_room(const struct mcv_scenario_file *file,
                                        const struct mcv_live_options *options,
                                        struct mcv_yaml_why *why);

/* Lowers the limit for the run, and raises it again after it: agents that use up all files leave some
 * for its results. */
void mcv_live_hold_files(struct mcv_live *live, bool is_held);

#endif
