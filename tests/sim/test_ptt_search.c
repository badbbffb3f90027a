/* The safety search, all patterns of the first deliveries: whatever is lost or late, not more transmit than
 * may for long, every request gets an answer, and one arbitrates in the end. Spec: TS 24.581 7.1. */
#include "tests/support/cmocka.h"
#include "tests/support/situations.h"

#include <stdlib.h>

/* In the environment: each delivery late in turn. */
static bool is_each_late(void)
{
    const char *text = getenv("MCV_SEARCH");

    return text != NULL && strcmp(text, "each_late") == 0;
}

static void all_patterns(uint8_t n_agents, unsigned n_deliveries)
{
    unsigned n_failed = 0;
    uint64_t n_runs = 0;

    for (unsigned event = 0; event < SITUATIONS_N; event++) {
        const struct search_situation s = situation_of(event, n_agents);
        const unsigned n = situation_all_patterns(&s, n_deliveries, is_each_late(), &n_runs,
                                                  stderr);
        if (n > 0) print_message("%s: %u failed\n", s.name, n);
        n_failed += n;
    }
    print_message("%u participants: %llu runs\n", n_agents, (unsigned long long)n_runs);
    assert_int_equal(n_failed, 0);
}

static void three_participants(void **state)
{
    (void)state;
    all_patterns(3, 12);
}

static void five_participants(void **state)
{
    (void)state;
    all_patterns(5, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_participants),
        cmocka_unit_test(five_participants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
