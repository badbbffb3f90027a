/* The safety search, random conversations: with losses, partitions, somebody who dies or leaves, not more
 * transmit than may for long, every request gets an answer, and one arbitrates in the end.
 * Spec: TS 24.581 7.1. */
#include "tests/support/cmocka.h"
#include "tests/support/situations.h"

#include <stdlib.h>

#define N_SEEDS 2000u

/* In the environment: this conversation only; 0: all. */
static uint64_t only_seed(void)
{
    const char *text = getenv("MCV_SEARCH");

    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static void converse(enum search_call call)
{
    const uint64_t only = only_seed();
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
        cmocka_unit_test(random_conversations),
        cmocka_unit_test(random_conversations_without_arbitrator),
        cmocka_unit_test(random_private_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
