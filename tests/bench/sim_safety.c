#include "tests/bench/bench_sim.h"
#include "tests/support/situations.h"

#define N_SEEDS 20000u

static void search_in(struct mcv_bench *b, const char *name, enum search_call call)
{
    unsigned n_failed = 0;

    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        n_failed += !situation_converse(seed, call, n_failed == 0 ? stderr : NULL);
    }
    mcv_bench_fields(b, "safety_search", n_failed, "failed",
                     "\"call\":\"%s\",\"conversations\":%u,", name, N_SEEDS);
    mcv_bench_check(n_failed == 0, "the safety search failed");
}

void mcv_bench_safety(struct mcv_bench *b)
{
    search_in(b, "single arbitrator", SEARCH_SINGLE);
    search_in(b, "self arbitration", SEARCH_SELF);
    search_in(b, "private", SEARCH_PRIVATE);
}
