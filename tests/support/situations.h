/* The start events of the safety search. */
#ifndef MCV_TESTS_SUPPORT_SITUATIONS_H
#define MCV_TESTS_SUPPORT_SITUATIONS_H

#include "tests/support/search.h"

#define SITUATIONS_N 6

/* With three or five participants. */
struct search_situation situation_of(unsigned event, uint8_t n_agents);

/* All loss patterns of the first n_deliveries of control messages, each in time and with one delivery
 * late: every one that arrives in turn by 50, 100 and 4500 ms; or (is_each_late false) one of them by one
 * of these, which follow from the pattern. How many failed; the first is explained on out. n_runs
 * counts on. */
unsigned situation_all_patterns(const struct search_situation *situation, unsigned n_deliveries,
                                bool is_each_late, uint64_t *n_runs, FILE *out);

/* Random presses, losses, partitions, and one who dies or leaves, of three to six participants, or of
 * the two of a private call; everything follows from the seed. false: it failed, which is explained on
 * out; NULL: nowhere. */
bool situation_converse(uint64_t seed, enum search_call call, FILE *out);

#endif
