/* The safety search fails when two arbitrators that meet both stay. Spec: TS 24.581 7.1. */
#include "tests/support/cmocka.h"
#include "tests/support/situations.h"

#include <stdlib.h>

static void patterns_of_losses_find_it(void **state)
{
    const struct search_situation s = situation_of(1, 3); /* two press at once */
    uint64_t n_runs = 0;
    char *trace = NULL;
    size_t n_trace = 0;

    (void)state;
    FILE *out = open_memstream(&trace, &n_trace);
    assert_non_null(out);
    assert_true(situation_all_patterns(&s, 12, false, &n_runs, out) > 0);
    fclose(out);
    assert_non_null(strstr(trace, "two press at once, 3 participants"));
    assert_non_null(strstr(trace, "LOST"));
    assert_non_null(strstr(trace, "is in O: has permission (arbitrator)"));
    free(trace);
}

static void random_conversations_find_it(void **state)
{
    unsigned n_failed = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++)
        n_failed += !situation_converse(seed, SEARCH_SINGLE, NULL);
    assert_true(n_failed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_of_losses_find_it),
        cmocka_unit_test(random_conversations_find_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
