/* Crowds in virtual time: groups of 100 peers, voice of 50 packets/s in bursts, each group's floor busy
 * 10 % of the time, a delivery and a draw for loss per receiver, costed crypto. */
#include "tests/bench/bench_sim.h"

#include "sim/play.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DURATION_S      120u
#define N_RUNS          3
#define SEED            7u /* with which about 50 000 deliveries come in a virtual second */
#define MAX_PEER_BYTES  16384.0
#define MAX_COST_FACTOR 2.0
#define GROUP_PEERS     100u

static const char scenario[] = "name: crowd\n"
                               "duration: %us\n"
                               "crypto: costed\n"
                               "limits: sim\n"
                               "network: {delay: 2ms, loss: 1%%}\n"
                               "groups: [{name: team, count: %u, peers: %u}]\n"
                               "load: {from: 1s, groups_start: true, busy: 10%%}\n";

/* The crowd is in its calls, and as many talk as at any time. */
#define SETTLED_US 20000000u

struct settled {
    struct mcv_play *play;
    double cpu_s;
    uint64_t at_us, n_deliveries, n_events;
};

static double cpu_s(void)
{
    struct timespec t;

    mcv_bench_check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0, "no clock of this thread");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_bytes(void)
{
    char line[100];
    char *rest;
    FILE *f = fopen("/proc/self/statm", "r");

    mcv_bench_check(f != NULL && fgets(line, sizeof line, f) != NULL, "no /proc");
    fclose(f);
    (void)strtoul(line, &rest, 10); /* all pages; then those that are resident */
    return (double)strtoul(rest, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

static uint64_t n_events(const struct mcv_world_totals *t)
{
    return t->n_steps + t->n_delivered + t->n_lost;
}

static void note_progress(void *ctx, uint64_t now_us, uint64_t end_us)
{
    struct settled *s = ctx;

    (void)end_us;
    if (now_us < SETTLED_US || s->at_us != 0) return;
    const struct mcv_world_totals *t = mcv_world_totals(mcv_play_world(s->play));
    s->at_us = now_us;
    s->cpu_s = cpu_s();
    s->n_deliveries = t->n_delivered;
    s->n_events = n_events(t);
}

static void open_scenario(struct mcv_scenario_file *file, uint32_t n_peers, unsigned duration_s)
{
    char path[] = "/tmp/mcv-crowd-XXXXXX";
    struct mcv_yaml_why why = {{0}};
    const int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

    mcv_bench_check(f != NULL, "no temporary file");
    fprintf(f, scenario, duration_s, n_peers / GROUP_PEERS, GROUP_PEERS);
    mcv_bench_check(fclose(f) == 0, "no temporary file");
    const mcv_err err = mcv_scenario_open(file, path, 0, &why);
    unlink(path);
    mcv_bench_check(err == MCV_OK, why.text);
}

struct mcv_crowd mcv_crowd_measure(uint32_t n_peers, unsigned duration_s)
{
    struct mcv_scenario_file file;
    struct mcv_yaml_why why = {{0}};
    struct settled s = {0};
    const struct mcv_play_options options = {.seed = SEED, .progress = note_progress, .ctx = &s};
    struct mcv_crowd c = {0};

    open_scenario(&file, n_peers, duration_s);
    (void)malloc_trim(0); /* what an earlier run left */
    const double before_bytes = resident_bytes(), before_s = cpu_s();
    mcv_bench_check(mcv_play_open(&s.play, &file, &options, &why) == MCV_OK, why.text);
    c.open_s = cpu_s() - before_s;
    c.peer_bytes = (resident_bytes() - before_bytes) / n_peers;
    mcv_bench_check(mcv_play_run(s.play) == MCV_WORLD_REACHED, "the crowd did not come to the end");
    const struct mcv_world_totals *t = mcv_world_totals(mcv_play_world(s.play));
    c.cpu_s = cpu_s() - s.cpu_s;
    c.virtual_s = (double)(file.s.duration_us - s.at_us) / 1e6;
    c.n_deliveries = (double)(t->n_delivered - s.n_deliveries);
    c.n_events = (double)(n_events(t) - s.n_events);
    mcv_play_close(s.play);
    mcv_scenario_close(&file);
    return c;
}

/* Of several runs the one with the median of the time. */
static struct mcv_crowd measure_often(uint32_t n_peers, unsigned duration_s)
{
    struct mcv_crowd runs[N_RUNS];
    double times[N_RUNS];
    size_t i = 0;

    for (size_t k = 0; k < N_RUNS; k++) {
        runs[k] = mcv_crowd_measure(n_peers, duration_s);
        times[k] = runs[k].cpu_s;
    }
    const double median = mcv_bench_median(times, N_RUNS);
    while (runs[i].cpu_s < median || runs[i].cpu_s > median) i++;
    return runs[i];
}

void mcv_bench_virtual(struct mcv_bench *b)
{
    /* as many events of each crowd: a tenth of a second of CPU time says little */
    const struct mcv_crowd few = measure_often(1000, 10 * DURATION_S);
    const struct mcv_crowd c = measure_often(10000, DURATION_S);
    const struct mcv_crowd many = mcv_crowd_measure(100000, DURATION_S / 2);

    mcv_bench_target(b, "virtual_10000_peers", c.cpu_s / c.virtual_s * 1e3, "ms/virtual_s",
                     "realtime", 1e3);
    mcv_bench_value(b, "virtual_10000_deliveries", c.n_deliveries / c.virtual_s, "1/virtual_s");
    mcv_bench_value(b, "virtual_10000_start", c.open_s, "s");
    mcv_bench_target(b, "virtual_peer_memory", c.peer_bytes, "bytes", "limit", MAX_PEER_BYTES);
    mcv_bench_target(b, "virtual_event_100000_peers", many.cpu_s / many.n_events * 1e9, "ns",
                     "twice_1000_peers", MAX_COST_FACTOR * few.cpu_s / few.n_events * 1e9);
}
