/* The same load in ns-3, where it is installed (ns3_ptt.cc): UDP multicast there, whole agents here. */
#include "tests/bench/bench_sim.h"

#include <stdio.h>
#include <stdlib.h>

#define N_PEERS    10000u
#define DURATION_S 50u
#define SETTLE_S   20u
#define N_RUNS     3

#ifdef MCV_NS3_PTT
struct theirs {
    double n_deliveries, n_events, cpu_s, node_bytes;
};

static struct theirs run_ns3(void)
{
    struct theirs t;
    char command[4200], line[200];
    char *at = line;

    snprintf(command, sizeof command, "%s %u %u %u", MCV_NS3_PTT, N_PEERS, DURATION_S, SETTLE_S);
    FILE *f = popen(command, "r");
    mcv_bench_check(f != NULL && fgets(line, sizeof line, f) != NULL, "ns3_ptt failed");
    mcv_bench_check(pclose(f) == 0, "ns3_ptt failed");
    t.n_deliveries = strtod(at, &at);
    t.n_events = strtod(at, &at);
    t.cpu_s = strtod(at, &at);
    t.node_bytes = strtod(at, &at);
    return t;
}

/* An event is a delivery to one receiver in both; ns-3 has one of its own for each. */
void mcv_bench_ns3(struct mcv_bench *b)
{
    double ours_ns[N_RUNS], theirs_ns[N_RUNS], ours_bytes = 0, theirs_bytes = 0;

    for (int i = 0; i < N_RUNS; i++) {
        const struct mcv_crowd c = mcv_crowd_measure(N_PEERS, DURATION_S);
        const struct theirs t = run_ns3();

        ours_ns[i] = c.cpu_s / c.n_deliveries * 1e9;
        theirs_ns[i] = t.cpu_s / t.n_deliveries * 1e9;
        if (c.peer_bytes > ours_bytes) ours_bytes = c.peer_bytes;
        theirs_bytes = t.node_bytes;
    }
    const double ours = mcv_bench_median(ours_ns, N_RUNS);
    const double theirs = mcv_bench_median(theirs_ns, N_RUNS);
    mcv_bench_target(b, "ns3_same_load", ours, "ns", "ns3", theirs);
    mcv_bench_target(b, "ns3_same_load_memory", ours_bytes, "bytes", "ns3", theirs_bytes);
    mcv_bench_value(b, "ns3_same_load_events", 1e9 / ours, "1/s");
    mcv_bench_value(b, "ns3_same_load_events_ns3", 1e9 / theirs, "1/s");
}
#else
void mcv_bench_ns3(struct mcv_bench *b)
{
    (void)b;
    fputs("ns3_same_load: skipped, libns3-dev was not installed when this was built\n", stderr);
}
#endif
