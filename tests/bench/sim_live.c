/* Row `live_decrypt_per_peer_1000`: a thousand agents on one real multicast socket, each opens each
 * packet with its own SRTP context. More packets are sent than one core can open. */
#include "sim/live.h"
#include "tests/bench/bench_sim.h"

#include <stdio.h>

#define SECONDS   6
#define TARGET_NS (1e9 / 1.5e6) /* 1.5 million deliveries a second on one core */
#define N_RUNS    5

static const char scenario[] = MCV_TEST_DIR "/bench/fan_out_1000.yaml";

/* What was opened, by the agents' own counters. */
static uint64_t n_opened(const struct mcv_play *play)
{
    const struct mcv_world *w = mcv_play_world(play);
    uint64_t n = 0;

    for (uint32_t i = 0; i < mcv_world_n_agents(w); i++)
        n += mcv_agent_counters(mcv_world_agent(w, i))->n[MCV_N_RTP_RECEIVED];
    return n;
}

/* CPU time of the loop for a delivery, nanoseconds; all of the run counts. */
static double run_once(const struct mcv_scenario_file *file)
{
    const struct mcv_live_options options = {
        .tier = MCV_LIVE_SHARED, .play = {.seed = file->s.seed}, .seconds = SECONDS};
    struct mcv_yaml_why why;
    struct mcv_live *live;

    mcv_bench_check(mcv_live_open(&live, file, &options, &why) == MCV_OK, "the live run opens");
    mcv_bench_check(mcv_live_run(live) == MCV_WORLD_REACHED, "the live run comes to its end");
    const struct mcv_live_report *r = mcv_live_report(live);
    const uint64_t n = n_opened(mcv_live_play(live));
    mcv_bench_check(n >= 100000 && n <= r->n_delivered, "packets are opened");
    const double ns = (double)r->loop_cpu_us * 1e3 / (double)n;
    mcv_live_close(live);
    return ns;
}

void mcv_bench_live(struct mcv_bench *b)
{
    struct mcv_scenario_file file;
    struct mcv_yaml_why why;
    double ns[N_RUNS];

    mcv_bench_check(mcv_scenario_open(&file, scenario, 0, &why) == MCV_OK, "fan_out_1000.yaml");
    for (unsigned i = 0; i < N_RUNS; i++) ns[i] = run_once(&file);
    mcv_scenario_close(&file);
    mcv_bench_target(b, "live_decrypt_per_peer_1000", mcv_bench_median(ns, N_RUNS), "ns",
                     "target_1.5M", TARGET_NS);
}
