/* Four users who do anything at any time over a bad network: what must hold whatever happens.
 * Spec: TS 24.281 10.3: every state has a timer or waits for the user; TS 33.180 8.3: a key of its
 * own for each call, gone when the call is. */
#include "agent/core/agent_private.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/duo.h"

enum { SEEDS = 64, STEPS = 100 };

/* One of his calls, if he has any. */
static void choose_call(struct duo *d, struct mcv_prng *g, enum duo_agent who)
{
    struct mcv_call_info info;
    const size_t i = mcv_prng_below(g, 2);

    if (mcv_agent_call_info(mcv_world_agent(d->w, who), i, &info)) d->call[who] = info.call;
}

static void act(struct duo *d, struct mcv_prng *g)
{
    static const enum mcv_command_type commands[] = {MCV_CMD_ACCEPT, MCV_CMD_REJECT,
                                                     MCV_CMD_RELEASE, MCV_CMD_RELEASE};
    const enum duo_agent who = (enum duo_agent)mcv_prng_below(g, DUO_N);
    const uint64_t what = mcv_prng_below(g, 9);

    if (what < 4) {
        const uint64_t other = (who + 1 + mcv_prng_below(g, DUO_N - 1)) % DUO_N;
        (void)duo_call(d, who, (enum duo_agent)other, what == 0);
    } else if (what < 8) {
        choose_call(d, g, who);
        (void)duo_command(d, who, commands[what - 4]);
    } else {
        mcv_world_set_keys(d->w, who, d->keys[who]);
    }
}

/* What an agent must be like between two inputs. */
static void check(const struct duo *d, enum duo_agent who)
{
    static const struct mcv_pck none;
    const struct mcv_agent *a = mcv_world_agent(d->w, who);

    assert_true(mcv_agent_wake_at(a) > a->now.mono_us);
    assert_int_equal(a->counters.n[MCV_N_OUTPUT_FULL], 0);
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        const struct mcv_private_call *c = a->privates[i];
        if (c == NULL) continue;
        const bool is_over = c->call == 0 || c->state == MCV_P1_IGNORING;
        const bool may_talk = c->state == MCV_P3_WAITING_RELEASE || c->state == MCV_P4_ONGOING ||
                              (c->state == MCV_P5_PENDING && c->is_answered);
        if (is_over) assert_true(!c->has_key && mcv_pck_equal(&c->pck, &none));
        if (c->media.is_open) assert_true(may_talk);
        if (c->state == MCV_P4_ONGOING) assert_true(c->media.is_open && c->media.is_protected);
        if (c->call != 0 && !c->is_preparing) assert_true(mcv_private_wake_at(a) != MCV_NEVER);
        for (uint16_t k = 0; k < i; k++) {
            const struct mcv_private_call *o = a->privates[k];
            if (c->call == 0 || o == NULL || o->call == 0) continue;
            assert_false(mcv_bytes_equal(mcv_bytes_of(c->peer, c->n_peer),
                                         mcv_bytes_of(o->peer, o->n_peer)));
        }
    }
}

static void check_end(const struct duo *d, enum duo_agent who)
{
    const struct mcv_agent *a = mcv_world_agent(d->w, who);
    const unsigned *n = d->n_events[who];
    struct mcv_call_info info;

    assert_false(mcv_agent_call_info(a, 0, &info));
    assert_true(mcv_agent_wake_at(a) == MCV_NEVER);
    for (uint16_t i = 0; i < a->limits.n_validations; i++) {
        assert_int_equal(a->validations[i].stage, MCV_VALIDATION_FREE);
    }
    /* Who calls and releases before anything was sent has no call.outgoing. */
    assert_true(n[MCV_EVENT_CALL_ENDED] >= n[MCV_EVENT_CALL_OUTGOING] + n[MCV_EVENT_CALL_INCOMING]);
    assert_true(n[MCV_EVENT_CALL_ESTABLISHED] <=
                n[MCV_EVENT_CALL_OUTGOING] + n[MCV_EVENT_CALL_INCOMING]);
}

static void walk(uint64_t seed, unsigned *n_established)
{
    struct duo d;
    struct mcv_prng g;

    duo_defaults_costed(&d);
    d.params.seed = seed;
    d.params.link = (struct mcv_link_model){.delay_us = 2000,
                                            .jitter_us = 20000,
                                            .loss_ppm = 100000,
                                            .duplicate_ppm = 20000,
                                            .late_ppm = 20000,
                                            .late_us = 300000};
    for (size_t i = 0; i < DUO_N; i++) d.config[i].timers.tfp5_s = 60;
    duo_open(&d);
    mcv_prng_init(&g, seed, 99);
    for (int step = 0; step < STEPS; step++) {
        act(&d, &g);
        duo_run_ms(&d, 1 + mcv_prng_below(&g, 300));
        for (size_t i = 0; i < DUO_N; i++) check(&d, (enum duo_agent)i);
    }
    duo_run_ms(&d, 90000);
    for (size_t i = 0; i < DUO_N; i++) {
        check_end(&d, (enum duo_agent)i);
        *n_established += d.n_events[i][MCV_EVENT_CALL_ESTABLISHED];
    }
    duo_close(&d);
}

static void anything_at_any_time(void **state)
{
    unsigned n_established = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) walk(seed, &n_established);
    assert_true(n_established > 10 * SEEDS); /* it was not all in vain */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_at_any_time),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    duo_forget_keys();
    return failed;
}
