/* The subjects of the part "media", one file each. Private to tests/bench. */
#ifndef MCV_TESTS_BENCH_BENCH_MEDIA_H
#define MCV_TESTS_BENCH_BENCH_MEDIA_H

#include "tests/bench/bench.h"

/* (libsrtp2 is started.) Bursts of ten packets of 1200 octets through real sockets on loopback, sealed and opened, against
 * libsrtp2 with libuv's own UDP (media_burst.c). */
void mcv_bench_bursts(struct mcv_bench *b);

/* Many known senders of a group, and what one costs in memory (media_senders.c). */
void mcv_bench_senders(struct mcv_bench *b);

#endif
