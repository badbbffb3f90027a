/* What virtual time and live load have to show: too long for the tests. */
#include "tests/bench/bench_sim.h"

/* Each runs alone with --only NAME. */
static const struct {
    const char *name;
    void (*run)(struct mcv_bench *b);
} parts[] = {
    {"safety", mcv_bench_safety},   {"false_arbitration", mcv_bench_false_arbitration},
    {"live", mcv_bench_live},       {"ranks", mcv_bench_ranks},
    {"virtual", mcv_bench_virtual}, {"ns3", mcv_bench_ns3},
};

int main(int argc, char **argv)
{
    struct mcv_bench b;

    mcv_bench_start(&b, argc, argv);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (mcv_bench_runs(&b, parts[i].name)) parts[i].run(&b);
    }
    mcv_bench_finish(&b);
    return 0;
}
