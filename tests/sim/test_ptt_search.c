/* The safety search: whatever is lost or late, not more transmit than may for long, every request gets
 * an answer, and one arbitrates in the end. Spec: TS 24.581 7.1. */
#include "tests/support/cmocka.h"
#include "tests/support/situations.h"

#include <stdlib.h>

/* With MCV_SEARCH=full in the environment ten times as many, and each delivery late in turn. */
#define N_SEEDS      2000u
#define N_SEEDS_FULL 20000u

static bool is_full(void)
{
    const char *text = getenv("MCV_SEARCH");

    return text != NULL && strcmp(text, "full") == 0;
}

static void all_patterns(uint8_t n_agents, unsigned n_deliveries)
{
    unsigned n_failed = 0;
    uint64_t n_runs = 0;

    for (unsigned event = 0; event < SITUATIONS_N; event++) {
        const struct search_situation s = situation_of(event, n_agents);
        const unsigned n = is_full() ? situation_all_late(&s, n_deliveries, &n_runs, stderr)
                                     : situation_all_patterns(&s, n_deliveries, &n_runs, stderr);
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

static bool converse(uint64_t seed, bool is_told)
{
    struct search_case c;
    const struct search_situation situation = situation_random(&c, seed);
    struct search *s = search_open(&situation);
    const char *wrong = search_run(s, &c, NULL);

    if (wrong != NULL && is_told) search_explain(s, &c, wrong, stderr);
    search_close(s);
    return wrong == NULL;
}

/* MCV_SEARCH=2036 plays this one only. */
static void random_conversations(void **state)
{
    const char *text = getenv("MCV_SEARCH");
    const uint64_t only = text != NULL ? strtoull(text, NULL, 10) : 0;
    const uint64_t n_seeds = is_full() ? N_SEEDS_FULL : N_SEEDS;
    unsigned n_failed = 0;

    (void)state;
    for (uint64_t seed = 1; only == 0 && seed <= n_seeds; seed++) {
        n_failed += !converse(seed, n_failed == 0);
    }
    if (only != 0) n_failed += !converse(only, true);
    assert_int_equal(n_failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_participants),
        cmocka_unit_test(five_participants),
        cmocka_unit_test(random_conversations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
