/* What a live run cost, what failed, and which resource was used up first. Plain data: reports of
 * several processes add up to one. */
#ifndef MCV_SIM_LIVE_REPORT_H
#define MCV_SIM_LIVE_REPORT_H

#include "sim/histogram.h"
#include "sim/kpi.h"
#include "sim/ranks.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Resources, causes before their consequences. X(NAME, "name", "what it means") */
#define MCV_LIVE_RESOURCE_LIST(X)                                                                  \
    X(CORE, "core", "the loop of the agents always had work, or other processes had its core")     \
    X(THREADS, "threads", "public-key jobs waited for a thread")                                   \
    X(QUEUE, "receive_queue", "receive queues of sockets overflowed")                              \
    X(SEND, "send", "the system did not take packets")                                             \
    X(SOCKETS, "sockets", "sockets could not be opened")                                           \
    X(TIMERS, "timers", "timers were late although the core was free")

enum mcv_live_resource {
#define MCV_LIVE_RESOURCE_CODE(NAME, name, text) MCV_LIVE_##NAME,
    MCV_LIVE_RESOURCE_LIST(MCV_LIVE_RESOURCE_CODE)
#undef MCV_LIVE_RESOURCE_CODE
        MCV_LIVE_N_RESOURCES
};

struct mcv_live_resource_row {
    const char *name, *text;
};

extern const struct mcv_live_resource_row mcv_live_resource_rows[MCV_LIVE_N_RESOURCES];

#define MCV_LIVE_NEVER UINT64_MAX

struct mcv_live_report {
    uint8_t tier;
    bool is_cut; /* shorter than the scenario: what it expects was not judged */
    bool is_interrupted;
    uint32_t n_launchers, n_agents;
    uint64_t wall_us;             /* of the launcher that took longest */
    uint64_t cpu_us, loop_cpu_us; /* of everything, and of the loops alone */
    uint64_t loop_wait_us;        /* loops were ready to run, and other processes had their cores */
    uint32_t busiest_ppm;         /* time that a loop had work, in its busiest tenth of a second */
    uint64_t n_sent, n_delivered; /* datagrams; delivered: into an agent */
    uint64_t n_jobs;              /* with public keys */
    uint64_t n_queue_lost;        /* datagrams that a receive queue had no room for */
    uint64_t n_send_failed;       /* datagrams that the system did not take */
    uint64_t n_sockets_failed;    /* times that sockets could not be opened */
    uint64_t n_air,
        n_air_lost;            /* datagrams on the way to a namespace; dropped, as it was told to */
    struct mcv_histogram late; /* of timers */
    struct mcv_histogram job_wait;           /* from handing out to the start on a thread */
    uint64_t first_us[MCV_LIVE_N_RESOURCES]; /* when it was first used up; MCV_LIVE_NEVER */
};

void mcv_live_report_init(struct mcv_live_report *r);

/* Adds what another process reports of the same scenario. */
void mcv_live_report_merge(struct mcv_live_report *r, const struct mcv_live_report *other);

/* Called by all processes: the first one gets the reports of the others added to its own.
 * false: no memory. */
bool mcv_live_report_collect(struct mcv_live_report *r, struct mcv_ranks *ranks);

/* What was used up first; MCV_LIVE_N_RESOURCES: nothing. */
enum mcv_live_resource mcv_live_report_first(const struct mcv_live_report *r);

/* k  of the same run: set-up times. */
void mcv_live_report_print(const struct mcv_live_report *r, const struct mcv_kpis *k, FILE *to);

/* Owned by the caller; NULL: no memory. */
json_t *mcv_live_report_json(const struct mcv_live_report *r);

#endif
