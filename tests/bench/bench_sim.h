/* The subjects of the part "sim", one file each. Private to tests/bench. */
#ifndef MCV_TESTS_BENCH_BENCH_SIM_H
#define MCV_TESTS_BENCH_BENCH_SIM_H

#include "tests/bench/bench.h"

#include <stdint.h>

/* The safety search of transmission control with 20 000 random conversations of each kind of call; stops
 * the program when one fails (sim_safety.c). Spec: TS 24.581 7.1. */
void mcv_bench_safety(struct mcv_bench *b);

/* False claims of arbitration against packet loss and T201, a row for each pair (sim_arbitration.c).
 * Spec: TS 24.581 7.1, TS 24.380 7.2.3 */
void mcv_bench_false_arbitration(struct mcv_bench *b);

/* A thousand agents who open every packet of one real multicast socket (sim_live.c). */
void mcv_bench_live(struct mcv_bench *b);

/* 10 000 users in two processes beside one, elapsed time of the whole run (sim_ranks.c). Left out, and
 * said so, without MPI. */
void mcv_bench_ranks(struct mcv_bench *b);

/* A crowd in virtual time (sim_virtual.c). */
struct mcv_crowd {
    double open_s;           /* CPU time until it stands there */
    double peer_bytes;       /* resident, at rest */
    double cpu_s, virtual_s; /* from the 20th second on */
    double n_deliveries;     /* in that time, to one receiver each */
    double n_events;         /* with what was lost, and the steps */
};

/* Groups of 100. duration_s above 20. */
struct mcv_crowd mcv_crowd_measure(uint32_t n_peers, unsigned duration_s);

/* Rows virtual_..: 10 000 peers against real time, their memory, and what an event costs among 1 000
 * and 100 000. Half a minute, 2 GB. */
void mcv_bench_virtual(struct mcv_bench *b);

/* Rows ns3_same_load..: beside ns-3 (sim_ns3.c); skipped where it is not installed. */
void mcv_bench_ns3(struct mcv_bench *b);

#endif
