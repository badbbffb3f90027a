/* A KMS with 10 000 users: their key sets, and the messages of their group's key. */
#ifndef MCV_TESTS_BENCH_BATCH_H
#define MCV_TESTS_BENCH_BATCH_H

#include "tests/bench/bench.h"

/* Wall-clock time on all cores, and CPU time of all threads. */
void mcv_bench_batch(struct mcv_bench *b);

#endif
