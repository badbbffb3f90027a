/* The shipped agent under live load: a scenario with its agents on real sockets, in real time, with
 * real cryptography, in one process.
 *
 * Agents share one event loop, as many of mcvd would share a core; public-key work runs in threads.
 * Addresses are 127.x.y.z (tiers 1 and 2) or of network namespaces that exist only for the run
 * (tier 3): nothing leaves the machine, and nothing is left of it however the process ends. */
#ifndef MCV_SIM_LIVE_H
#define MCV_SIM_LIVE_H

#include "sim/live_report.h"
#include "sim/play.h"

enum mcv_live_tier {
    MCV_LIVE_SHARED = 1, /* one socket per group, its packets are handed to every member */
    MCV_LIVE_OWN,        /* every agent has the sockets that mcvd has */
    MCV_LIVE_NETNS,      /* and a network namespace, in which packets are lost */
};

#define MCV_LIVE_MAX_S 86400

struct mcv_live_options {
    enum mcv_live_tier tier;
    struct mcv_play_options play; /* stage: set by live */
    uint32_t seconds;             /* 0: the duration of the scenario */
    /* Told before the run: keys of the scenario that mean nothing here, and limits that may be met. */
    void (*notice)(void *ctx, const char *text);
    void *ctx;
};

struct mcv_live;

/* file  retained. MCV_E_CONFIG: why; the scenario cannot be played live, there are too many agents,
 * or namespaces are not permitted. MCV_E_IO: no memory, or no sockets: why too. */
MCV_MUST_USE mcv_err mcv_live_open(struct mcv_live **out, const struct mcv_scenario_file *file,
                                   const struct mcv_live_options *options,
                                   struct mcv_yaml_why *why);
void mcv_live_close(struct mcv_live *live); /* NULL is allowed */

/* To the end, or until SIGINT or SIGTERM. MCV_WORLD_REACHED: also after a signal, see the report. */
enum mcv_world_stop mcv_live_run(struct mcv_live *live);

/* After the run, called by all processes, each of which has run it: report and play are of all of them
 * in the first one. Returns the worst end of all. */
enum mcv_world_stop mcv_live_collect(struct mcv_live *live, struct mcv_ranks *ranks);

const struct mcv_play *mcv_live_play(const struct mcv_live *live);
const struct mcv_live_report *mcv_live_report(const struct mcv_live *live);

/* Why the first sockets that could not be opened were not; empty: none. */
const char *mcv_live_why(const struct mcv_live *live);

#endif
