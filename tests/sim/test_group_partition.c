/* Two halves of a group, each with a call of its own, find into one call when they hear each other.
 * Spec: TS 24.281 9.3.2.4 (merge), 9.3.3.4 (call type). */
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/party.h"

#include "proto/monp.h"

#include <stdio.h>

enum { HEAL_MS = 60000, N_SEEDS = 1000 };

static const enum mcv_command_type starts[] = {MCV_CMD_GROUP_START, MCV_CMD_GROUP_START,
                                               MCV_CMD_GROUP_PERIL, MCV_CMD_GROUP_EMERGENCY};
static const enum mcv_command_type changes[] = {MCV_CMD_GROUP_EMERGENCY, MCV_CMD_GROUP_PERIL,
                                                MCV_CMD_GROUP_NORMAL};

/* Somebody of this side (0 or 1); members 0 and 1 are on different sides. */
static uint32_t somebody(const struct party *p, const uint16_t *side, uint16_t of,
                         struct mcv_prng *g)
{
    uint32_t i;

    do i = (uint32_t)mcv_prng_below(g, p->n);
    while (side[i] != of);
    return i;
}

/* Starts a call on each side, changes types, lets late members start too. */
static void live_apart(struct party *p, const uint16_t *side, struct mcv_prng *g)
{
    for (uint64_t ms = 0; ms < HEAL_MS; ms += 5000) {
        party_run_to_ms(p, ms + mcv_prng_below(g, 5000));
        for (uint16_t s = 0; s < 2; s++) {
            const uint32_t who = somebody(p, side, s, g);
            const enum mcv_command_type type = ms == 0 ? starts[mcv_prng_below(g, 4)]
                                               : mcv_prng_below(g, 4)
                                                   ? MCV_CMD_GROUP_START
                                                   : changes[mcv_prng_below(g, 3)];
            const mcv_err err = party_command(p, who, type);
            assert_true(err == MCV_OK || (ms > 0 && err == MCV_E_BUSY));
        }
    }
    party_run_to_ms(p, HEAL_MS);
}

static bool ends_in_one_call(size_t n, uint64_t seed)
{
    struct party p;
    struct mcv_prng g;
    uint16_t side[PARTY_MAX];
    bool is_one;

    party_defaults(&p, n);
    p.params.seed = seed;
    p.params.link.jitter_us = 3000;
    mcv_prng_init(&g, seed, 1);
    for (uint32_t i = 0; i < n; i++) {
        side[i] = i < 2 ? (uint16_t)i : (uint16_t)mcv_prng_below(&g, 2);
        p.members[i].node.utc_skew_us = (int64_t)mcv_prng_below(&g, 2000000) - 1000000;
    }
    party_open(&p);
    for (uint32_t i = 0; i < n; i++) mcv_world_set_partition(p.world, i, side[i]);
    live_apart(&p, side, &g);
    assert_int_not_equal(party_call(&p, 0).call, 0);
    assert_false(party_agrees(&p)); /* there is something to merge */
    for (uint32_t i = 0; i < n; i++) mcv_world_set_partition(p.world, i, 0);
    party_run_to_ms(&p, HEAL_MS + 45000); /* three periodic announcements */
    is_one = party_agrees(&p);
    for (uint32_t i = 0; i < n && !is_one; i++) {
        const struct mcv_call_info c = party_call(&p, i);
        printf("seed %u side %u: S%u T%u id %u start %u type %u\n", (unsigned)seed, side[i],
               c.state + 1u, c.type_state, c.call_id, (unsigned)c.start_s, c.call_type);
    }
    party_close(&p);
    return is_one;
}

static void all_seeds(size_t n)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) assert_true(ends_in_one_call(n, seed));
}

static void two_agents(void **state)
{
    (void)state;
    all_seeds(2);
}

static void three_agents(void **state)
{
    (void)state;
    all_seeds(3);
}

static void twenty_agents(void **state)
{
    (void)state;
    all_seeds(20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_agents),
        cmocka_unit_test(three_agents),
        cmocka_unit_test(twenty_agents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
