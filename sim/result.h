/* The outcome of a run: a table for people, results.json and samples.csv for programs. */
#ifndef MCV_SIM_RESULT_H
#define MCV_SIM_RESULT_H

#include "sim/live_report.h"
#include "sim/play.h"

#include <jansson.h>
#include <stdio.h>

struct mcv_result {
    const struct mcv_scenario_file *file;
    const char *path; /* of the scenario */
    const struct mcv_play *play;
    uint64_t seed;
    enum mcv_world_stop stop;
    uint64_t wall_us; /* how long the run took */
    bool is_ok;
    const struct mcv_live_report *live; /* NULL: in virtual time */
};

void mcv_result_print(const struct mcv_result *r, FILE *to);

/* Owned by the caller. The allocator of jansson does not return without memory (see sim/main.c). */
json_t *mcv_result_json(const struct mcv_result *r);

/* The folder is made when it is not there; its parent must be. false: errno. Before the run, which takes
 * longer. */
bool mcv_result_make_dir(const char *dir);

/* DIR/results.json, DIR/samples.csv and DIR/report.html. false: errno. */
bool mcv_result_write(const struct mcv_result *r, const char *dir);

#endif
