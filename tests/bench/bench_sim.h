/* The subjects of the part "sim", one file each. Private to tests/bench. */
#ifndef MCV_TESTS_BENCH_BENCH_SIM_H
#define MCV_TESTS_BENCH_BENCH_SIM_H

#include "tests/bench/bench.h"

/* The safety search of transmission control with 20 000 random conversations; stops the program when
 * one fails (sim_safety.c). Spec: TS 24.581 7.1. */
void mcv_bench_safety(struct mcv_bench *b);

/* False claims of arbitration against packet loss and T201, a row for each pair (sim_arbitration.c).
 * Spec: TS 24.581 7.1, TS 24.380 7.2.3 */
void mcv_bench_false_arbitration(struct mcv_bench *b);

/* A thousand agents who open every packet of one real multicast socket (sim_live.c). */
void mcv_bench_live(struct mcv_bench *b);

/* 10 000 users in two processes beside one, elapsed time of the whole run (sim_ranks.c). Left out, and
 * said so, without MPI. */
void mcv_bench_ranks(struct mcv_bench *b);

#endif
