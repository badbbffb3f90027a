/* A play that is divided over processes. Private to sim/play*.c. With one process, everything here does
 * what is to be done without any. */
#ifndef MCV_SIM_PLAY_RANKS_H
#define MCV_SIM_PLAY_RANKS_H

#include "sim/play.h"

/* Does this process run the agent of the user? */
bool mcv_play_is_here(const struct mcv_play *p, uint32_t user);

/* Before the cast starts, and after. */
MCV_MUST_USE mcv_err mcv_play_check_division(const struct mcv_play *p, struct mcv_yaml_why *why);
MCV_MUST_USE mcv_err mcv_play_divide(struct mcv_play *p);
void mcv_play_find_members(struct mcv_play *p);

/* The worlds of all processes to this time. */
enum mcv_world_stop mcv_play_advance(struct mcv_play *p, uint64_t until_us);

/* Notes of who transmits, to the first process. */
void mcv_play_collect_notes(struct mcv_play *p);

/* Of all processes. */
void mcv_play_sum_totals(struct mcv_play *p, struct mcv_world_totals *totals);

/* At the end: everybody has totals, times, counts and trace of all; the first process samples and story
 * too. With one process, its own. */
void mcv_play_merge(struct mcv_play *p);

#endif
