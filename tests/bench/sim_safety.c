#include "tests/bench/bench_sim.h"
#include "tests/support/situations.h"

#define N_SEEDS 20000u

static void search_in(struct mcv_bench *b, const char *approach, bool is_self)
{
    unsigned n_failed = 0;

    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        n_failed += !situation_converse(seed, is_self, n_failed == 0 ? stderr : NULL);
    }
    mcv_bench_fields(b, "safety_search", n_failed, "failed",
                     "\"approach\":\"%s\",\"conversations\":%u,", approach, N_SEEDS);
    mcv_bench_check(n_failed == 0, "the safety search failed");
}

void mcv_bench_safety(struct mcv_bench *b)
{
    search_in(b, "single", false);
    search_in(b, "self", true);
}
