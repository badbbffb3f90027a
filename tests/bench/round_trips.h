/* 10 000 random round trips of SAKKE: a hundred random receivers get a hundred random SSVs each. */
#ifndef MCV_TESTS_BENCH_ROUND_TRIPS_H
#define MCV_TESTS_BENCH_ROUND_TRIPS_H

#include "tests/bench/bench.h"

/* On the back-end that MCV_FP names: the row round_trips_10000 is their CPU time. Stops the program at
 * the first that fails. */
void mcv_bench_round_trips(struct mcv_bench *b);

#endif
