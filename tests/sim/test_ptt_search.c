/* The safety search: whatever is lost or late, not more transmit than may for long, every request gets
 * an answer, and one arbitrates in the end. Spec: TS 24.581 7.1. */
#include "tests/support/cmocka.h"
#include "tests/support/situations.h"

#include <stdlib.h>

#define N_SEEDS 2000u

/* In the environment: "each_late", each delivery late in turn; a number, this conversation only. */
static const char *variant(void)
{
    const char *text = getenv("MCV_SEARCH");

    return text != NULL ? text : "";
}

static void all_patterns(uint8_t n_agents, unsigned n_deliveries)
{
    const bool is_each_late = strcmp(variant(), "each_late") == 0;
    unsigned n_failed = 0;
    uint64_t n_runs = 0;

    for (unsigned event = 0; event < SITUATIONS_N; event++) {
        const struct search_situation s = situation_of(event, n_agents);
        const unsigned n = situation_all_patterns(&s, n_deliveries, is_each_late, &n_runs, stderr);
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

static void converse(enum search_call call)
{
    const uint64_t only = strtoull(variant(), NULL, 10);
    unsigned n_failed = 0;

    for (uint64_t seed = 1; only == 0 && seed <= N_SEEDS; seed++) {
        n_failed += !situation_converse(seed, call, n_failed == 0 ? stderr : NULL);
    }
    if (only != 0) n_failed += !situation_converse(only, call, stderr);
    assert_int_equal(n_failed, 0);
}

static void random_conversations(void **state)
{
    (void)state;
    converse(SEARCH_SINGLE);
}

static void random_conversations_without_arbitrator(void **state)
{
    (void)state;
    converse(SEARCH_SELF);
}

static void random_private_calls(void **state)
{
    (void)state;
    converse(SEARCH_PRIVATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_participants),
        cmocka_unit_test(five_participants),
        cmocka_unit_test(random_conversations),
        cmocka_unit_test(random_conversations_without_arbitrator),
        cmocka_unit_test(random_private_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
