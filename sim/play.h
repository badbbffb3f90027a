/* A scenario on stage: cast and world are made of it, its script and its random load are carried
 * out, what happens is measured and compared with what was expected. One thread. */
#ifndef MCV_SIM_PLAY_H
#define MCV_SIM_PLAY_H

#include "sim/cast.h"
#include "sim/kpi.h"
#include "sim/ranks.h"
#include "sim/scenario.h"
#include "sim/story.h"

struct mcv_play;

/* Real sockets in place of the virtual network (sim/live.h). All crypto is real then, and time is
 * what mcv_world_run is given. */
struct mcv_play_stage {
    const struct mcv_world_transport *transport;
    uint32_t first_user, first_group; /* see mcv_cast_set_addresses */
    uint64_t end_us;                  /* in place of the duration of the scenario */
};

struct mcv_play_options {
    uint64_t seed;
    size_t max_samples;                 /* kept for the list of samples */
    bool keeps_story;                   /* for a report */
    const struct mcv_play_stage *stage; /* NULL: the virtual network */
    struct mcv_ranks *ranks;            /* processes that share the users; NULL: this one alone */
    /* Now and then during the run; may be NULL. */
    void (*progress)(void *ctx, uint64_t now_us, uint64_t end_us);
    void *ctx;
};

/* file  retained. MCV_E_IO: no memory. MCV_E_CONFIG, MCV_E_CRYPTO: why. */
MCV_MUST_USE mcv_err mcv_play_open(struct mcv_play **out, const struct mcv_scenario_file *file,
                                   const struct mcv_play_options *options,
                                   struct mcv_yaml_why *why);
void mcv_play_close(struct mcv_play *p);

/* To the end of the scenario. MCV_WORLD_REACHED: it came there. */
enum mcv_world_stop mcv_play_run(struct mcv_play *p);

/* In place of mcv_play_run, when somebody else runs the world: notes what happened until now and tells
 * the progress; at the beginning, MCV_PLAY_SLICES times on the way, and at the end. false: memory
 * lacked, the run says nothing. */
#define MCV_PLAY_SLICES 400
bool mcv_play_note(struct mcv_play *p);

/* After the last note: KPIs and verdicts are complete. */
void mcv_play_finish(struct mcv_play *p);

/* After that, when each of these processes has played all of it (not: a part, see the options): KPIs and
 * verdicts are those of all, samples too in the first process; the story stays that of this process.
 * Called by all processes. false: memory lacked. */
bool mcv_play_add_up(struct mcv_play *p, struct mcv_ranks *ranks);

const struct mcv_cast *mcv_play_cast(const struct mcv_play *p);
struct mcv_world *mcv_play_world(const struct mcv_play *p);
const struct mcv_kpis *mcv_play_kpis(const struct mcv_play *p);

/* Empty unless the options asked for it. */
const struct mcv_story *mcv_play_story(const struct mcv_play *p);

/* The first group of a user; MCV_NOBODY: none. */
uint32_t mcv_play_home_group(const struct mcv_play *p, uint32_t user);

/* Was he off when the play began? */
bool mcv_play_was_off(const struct mcv_play *p, uint32_t user);

/* One expectation of the file and what came of it. */
struct mcv_verdict {
    bool is_met;
    bool is_met_here; /* by this process, where each plays all of it; else as is_met */
    char text[160];   /* "alice call.established: 1 .. by 2s" */
    char detail[160]; /* what was found */
};

/* i = 0, 1, ... until false; after the run. */
bool mcv_play_verdict(const struct mcv_play *p, size_t i, struct mcv_verdict *out);

/* Every expectation, and with judge_kpis the limits of TS 22.179. */
bool mcv_play_is_met(const struct mcv_play *p);

/* What each agent is doing, one line each, into `line` until it returns false: for a run that ended
 * early. Empty for an agent of another process. */
bool mcv_play_describe(const struct mcv_play *p, uint32_t agent, char line[static 200]);

size_t mcv_play_bytes(const struct mcv_play *p);

/* Of all processes, after the end. */
uint64_t mcv_play_trace(const struct mcv_play *p);
size_t mcv_play_all_bytes(const struct mcv_play *p);

/* How the processes that share the users got on. */
struct mcv_play_division {
    unsigned n_processes;
    uint64_t n_windows, n_crossed; /* crossed: datagrams, once for each process that they went to */
};
struct mcv_play_division mcv_play_division(const struct mcv_play *p);

#endif
