/* The subjects of the part "media", one file each. Private to tests/bench. */
#ifndef MCV_TESTS_BENCH_BENCH_MEDIA_H
#define MCV_TESTS_BENCH_BENCH_MEDIA_H

#include "tests/bench/bench.h"

#define MCV_BENCH_SSRC 0x11223344u

#ifdef MCV_HAVE_LIBSRTP2
#include <srtp2/srtp.h>

/* A session of libsrtp2 for one stream with the policy of a group: AEAD_AES_128_GCM, MKI of 8 octets. */
srtp_t mcv_bench_lib_session(void);
#endif

/* (libsrtp2 is started.) Bursts of ten packets of 1200 octets through real sockets on loopback,
 * sealed and opened, against libsrtp2 with libuv's own UDP (media_burst.c). */
void mcv_bench_bursts(struct mcv_bench *b);

/* Many known senders of a group, and what one costs in memory (media_senders.c). */
void mcv_bench_senders(struct mcv_bench *b);

/* From one application through two agents to another (media_latency.c). Runs on all CPUs. */
void mcv_bench_latency(struct mcv_bench *b);

/* From the press of a button to permission (media_access.c). Runs on all CPUs. Spec: TS 24.581 7 */
void mcv_bench_access(struct mcv_bench *b);

/* An agent without a call, for a minute or for as long as other subjects take (media_idle.c). */
void mcv_bench_idle_begin(void);
void mcv_bench_idle_end(struct mcv_bench *b);

#endif
