/* The start events of the safety search. */
#ifndef MCV_TESTS_SUPPORT_SITUATIONS_H
#define MCV_TESTS_SUPPORT_SITUATIONS_H

#include "tests/support/search.h"

#define SITUATIONS_N 5

/* With three or five participants. */
struct search_situation situation_of(unsigned event, uint8_t n_agents);

/* Random presses, losses, partitions and deaths; everything follows from the seed. */
struct search_situation situation_random(struct search_case *c, uint64_t seed);

/* The loss pattern with each lateness: none, 50, 100 and 4500 ms. Which delivery is late follows from
 * the pattern, so that all patterns together have them all. How many failed; the first is explained
 * on out. */
unsigned situation_all_patterns(const struct search_situation *situation, unsigned n_deliveries,
                                uint64_t *n_runs, FILE *out);

/* Every delivery late in turn, with every pattern: n_deliveries times as many. */
unsigned situation_all_late(const struct search_situation *situation, unsigned n_deliveries,
                            uint64_t *n_runs, FILE *out);

#endif
