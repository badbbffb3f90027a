/* The world itself: time, sockets, radio, power, partitions, and that it repeats itself. */
#include "proto/monp.h"
#include "sim/world_private.h"
#include "tests/support/cmocka.h"
#include "tests/support/stage.h"

#define ALICE 0u
#define BOB   1u
#define CAROL 2u

#define TRACE UINT64_C(0x9412e6536a58cde1)

static void play_a_while(struct stage *s)
{
    stage_call(s, ALICE, BOB, false);
    stage_wait(s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    stage_talk(s, ALICE, MCV_KIND_PRIVATE, 20, 20 * STAGE_MS, 1);
    stage_command(s, ALICE, MCV_CMD_RELEASE);
    stage_command(s, CAROL, MCV_CMD_GROUP_START);
    stage_wait(s, BOB, MCV_EVENT_GROUP_JOINED);
    stage_talk(s, CAROL, MCV_KIND_GROUP, 20, 20 * STAGE_MS, 1);
    stage_run(s, 20 * STAGE_S);
}

static uint64_t hash_of(enum stage_crypto crypto, uint64_t seed, uint32_t loss_ppm)
{
    struct stage s;

    stage_open_with(&s, 3, crypto,
                    &(struct stage_options){.seed = seed,
                                            .link = {.delay_us = 2000,
                                                     .jitter_us = 500,
                                                     .loss_ppm = loss_ppm,
                                                     .duplicate_ppm = loss_ppm}});
    stage_start(&s);
    play_a_while(&s);
    const uint64_t hash = mcv_world_trace_hash(s.w);
    stage_close(&s);
    return hash;
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    (void)state;
    const uint64_t first = hash_of(STAGE_COSTED, 1, 20000);

    assert_true(first == hash_of(STAGE_COSTED, 1, 20000));
    assert_true(first != hash_of(STAGE_COSTED, 2, 20000));
    assert_true(first != hash_of(STAGE_COSTED, 1, 0));
}

/* Whatever the machine, its word and byte order, its compiler and its libraries: this test runs on all of
 * them. Who changes what agents do changes the number; see that it is the same one everywhere. */
static void every_machine_has_this_trace(void **state)
{
    (void)state;
    const uint64_t hash = hash_of(STAGE_COSTED, 7, 50000);

    if (hash != TRACE) fail_msg("%016llx", (unsigned long long)hash);
}

static void costed_crypto_gives_the_trace_of_real_crypto(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        assert_true(hash_of(STAGE_COSTED, seed, 20000) == hash_of(STAGE_REAL, seed, 20000));
}

/* ---- time ---------------------------------------------------------------------------------- */

struct diary {
    struct mcv_world *w;
    unsigned n;
    uint64_t at_us[4];
    unsigned who[4];
};

struct entry {
    struct diary *diary;
    unsigned who;
};

static void write_down(struct mcv_world *w, void *ctx)
{
    const struct entry *e = ctx;

    assert_true(e->diary->n < 4);
    e->diary->at_us[e->diary->n] = mcv_world_now_us(w);
    e->diary->who[e->diary->n++] = e->who;
}

static void acts_come_in_time_and_in_order(void **state)
{
    (void)state;
    struct stage s;
    struct diary d = {0};
    struct entry e[4];

    stage_open(&s, 1, STAGE_COSTED);
    stage_start(&s);
    for (unsigned i = 0; i < 4; i++) e[i] = (struct entry){.diary = &d, .who = i};
    assert_int_equal(mcv_world_at(s.w, 500, write_down, &e[0]), MCV_OK);
    assert_int_equal(mcv_world_at(s.w, 100, write_down, &e[1]), MCV_OK);
    assert_int_equal(mcv_world_at(s.w, 500, write_down, &e[2]), MCV_OK);
    assert_int_equal(mcv_world_at(s.w, 501, write_down, &e[3]), MCV_OK);
    assert_int_equal(mcv_world_run(s.w, 500), MCV_WORLD_REACHED);
    assert_int_equal(d.n, 3);
    assert_int_equal(d.who[0], 1);
    assert_int_equal(d.who[1], 0);
    assert_int_equal(d.who[2], 2);
    assert_int_equal(d.at_us[2], 500);
    assert_int_equal(mcv_world_now_us(s.w), 500);
    assert_int_equal(mcv_world_run(s.w, STAGE_S), MCV_WORLD_REACHED);
    assert_int_equal(d.at_us[3], 501);
    stage_close(&s);
}

/* Wakes that wake nobody: the world ends instead of turning on the spot for ever. */
static void a_stall_ends_the_run(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 1, STAGE_COSTED);
    stage_start(&s);
    for (uint64_t i = 0; i < MCV_WORLD_STALL_STEPS - 1; i++)
        mcv_world_push(s.w, MCV_STEP_WAKE, 0, ALICE, 1000000 + i, NULL);
    assert_int_equal(mcv_world_run(s.w, 1), MCV_WORLD_REACHED);
    for (uint64_t i = 0; i <= MCV_WORLD_STALL_STEPS; i++)
        mcv_world_push(s.w, MCV_STEP_WAKE, 1, ALICE, 2000000 + i, NULL);
    assert_int_equal(mcv_world_run(s.w, 2), MCV_WORLD_STALLED);
    stage_close(&s);
}

/* A job takes the time of the table; two of one agent follow each other. */
static void jobs_cost_virtual_time(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    stage_call(&s, ALICE, BOB, false);
    const struct mcv_event *done = stage_wait(&s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
    assert_int_equal(done->setup.build_us, mcv_world_costs_default.us[MCV_JOB_BUILD_PCK]);
    const uint64_t crypto_us = mcv_world_costs_default.us[MCV_JOB_VERIFY] +
                               mcv_world_costs_default.us[MCV_JOB_DECAPSULATE];
    assert_true(done->setup.network_us >= 2 * 2000 + crypto_us);
    assert_true(done->setup.network_us <= 2 * 2000 + crypto_us + 2000);
    stage_close(&s);
}

/* ---- radio --------------------------------------------------------------------------------- */

static uint64_t setup_us(const struct mcv_radio_model *radio)
{
    struct stage s;

    stage_open_with(
        &s, 2, STAGE_COSTED,
        &(struct stage_options){.seed = 1, .link = {.delay_us = 2000}, .radio = *radio});
    stage_start(&s);
    stage_call(&s, ALICE, BOB, false);
    const uint64_t us = stage_wait(&s, ALICE, MCV_EVENT_CALL_ESTABLISHED)->setup.network_us;
    stage_close(&s);
    return us;
}

static void a_slow_radio_and_its_period_delay(void **state)
{
    (void)state;
    const uint64_t plain_us = setup_us(&(struct mcv_radio_model){0});
    const uint64_t slow_us = setup_us(&(struct mcv_radio_model){.rate_bps = 1000000});

    /* some 1200 octets of SETUP REQUEST and some 500 of ACCEPT take 8 us each */
    assert_in_range(slow_us - plain_us, 1000 * 8, 2600 * 8);
    /* both directions wait for a multiple of 40 ms */
    const uint64_t periods_us = setup_us(&(struct mcv_radio_model){.period_us = 40000});
    assert_in_range(periods_us, 40000, 90000);
}

/* While a node sends it hears nothing. */
static void half_duplex_radios_are_deaf_while_they_send(void **state)
{
    (void)state;
    uint64_t heard[2];

    for (int is_half = 0; is_half < 2; is_half++) {
        struct stage s;

        stage_open_with(
            &s, 2, STAGE_COSTED,
            &(struct stage_options){.seed = 1,
                                    .link = {.delay_us = 100},
                                    .radio = {.rate_bps = 100000, .is_half_duplex = is_half != 0}});
        stage_start(&s);
        stage_command(&s, ALICE, MCV_CMD_GROUP_START);
        stage_wait(&s, BOB, MCV_EVENT_GROUP_JOINED);
        stage_run(&s, STAGE_S);
        for (int i = 0; i < 50; i++) { /* both at once */
            stage_talk(&s, ALICE, MCV_KIND_GROUP, 1, 1, 1);
            stage_talk(&s, BOB, MCV_KIND_GROUP, 1, 20 * STAGE_MS, 2);
        }
        stage_run(&s, STAGE_S);
        heard[is_half] = s.heard[ALICE][MCV_AUDIO] + s.heard[BOB][MCV_AUDIO];
        stage_close(&s);
    }
    assert_int_equal(heard[0], 100);
    assert_true(heard[1] < 10);
}

/* ---- faults of nodes ----------------------------------------------------------------------- */

static void partitions_part(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    mcv_world_set_partition(s.w, BOB, 1);
    stage_call(&s, ALICE, BOB, false);
    assert_int_equal(stage_wait(&s, ALICE, MCV_EVENT_CALL_ENDED)->reason, MCV_END_NO_RESPONSE);
    mcv_world_set_partition(s.w, ALICE, 1);
    stage_call(&s, ALICE, BOB, false);
    stage_wait(&s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
    stage_close(&s);
}

static void a_device_that_restarts_keeps_what_it_must(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_call_info before, after;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    stage_command(&s, ALICE, MCV_CMD_GROUP_START);
    stage_wait(&s, BOB, MCV_EVENT_GROUP_JOINED);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 5, 20 * STAGE_MS, 1);
    assert_true(stage_info(&s, ALICE, MCV_KIND_GROUP, &before));
    assert_int_equal(mcv_world_power(s.w, ALICE, false), MCV_OK);
    assert_null(mcv_world_agent(s.w, ALICE));
    stage_run(&s, STAGE_S);
    assert_int_equal(stage_try(&s, ALICE, MCV_CMD_GROUP_START), MCV_E_BUSY);
    assert_int_equal(mcv_world_power(s.w, ALICE, true), MCV_OK);
    stage_command(&s, ALICE, MCV_CMD_GROUP_START);
    stage_wait(&s, ALICE, MCV_EVENT_GROUP_JOINED);
    stage_run(&s, 20 * STAGE_MS); /* a new SSRC is recorded */
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 5, 20 * STAGE_MS, 2);
    assert_true(stage_info(&s, ALICE, MCV_KIND_GROUP, &after));
    assert_int_not_equal(before.tx_ssrc[MCV_AUDIO], after.tx_ssrc[MCV_AUDIO]);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 10);
    stage_close(&s);
}

static void power_may_fail_at_any_time(void **state)
{
    (void)state;
    for (uint64_t at_us = 0; at_us < 20000; at_us += 500) {
        struct stage s;

        stage_open(&s, 2, STAGE_COSTED);
        stage_start(&s);
        stage_call(&s, ALICE, BOB, false);
        stage_run(&s, at_us);
        for (uint32_t u = ALICE; u <= BOB; u++) {
            assert_int_equal(mcv_world_power(s.w, u, false), MCV_OK);
            stage_run(&s, 100);
            assert_int_equal(mcv_world_power(s.w, u, true), MCV_OK);
        }
        stage_run(&s, 5 * STAGE_S);
        /* T of the new call must be after what was accepted before */
        stage_call(&s, ALICE, BOB, false);
        stage_wait(&s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
        stage_close(&s);
    }
}

static void a_suspended_device_goes_on_where_it_was(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    mcv_world_suspend(s.w, BOB, true);
    stage_call(&s, ALICE, BOB, false);
    stage_wait(&s, ALICE, MCV_EVENT_CALL_ENDED);
    mcv_world_suspend(s.w, BOB, false);
    stage_call(&s, ALICE, BOB, false);
    stage_run(&s, 7 * STAGE_MS); /* his job is out */
    mcv_world_suspend(s.w, BOB, true);
    stage_run(&s, 30 * STAGE_MS);
    assert_int_equal(stage_count(&s, BOB, MCV_EVENT_CALL_INCOMING), 0);
    mcv_world_suspend(s.w, BOB, false);
    stage_wait(&s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    stage_close(&s);
}

static void sockets_that_fail_end_the_call(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_call_info info;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    stage_call(&s, ALICE, BOB, false);
    stage_wait(&s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    assert_true(stage_info(&s, BOB, MCV_KIND_PRIVATE, &info));
    mcv_world_break_sockets(s.w, BOB, info.call);
    assert_int_equal(stage_wait(&s, BOB, MCV_EVENT_CALL_ENDED)->reason, MCV_END_MEDIA_FAILURE);
    stage_wait(&s, ALICE, MCV_EVENT_CALL_ENDED);
    stage_close(&s);
}

static void links_between_two_are_set_alone(void **state)
{
    (void)state;
    struct stage s;
    const struct mcv_link_model dead = {.loss_ppm = MCV_PPM};

    stage_open(&s, 3, STAGE_COSTED);
    stage_start(&s);
    assert_int_equal(mcv_world_set_link(s.w, ALICE, BOB, &dead), MCV_OK);
    stage_call(&s, ALICE, BOB, false);
    stage_wait(&s, ALICE, MCV_EVENT_CALL_ENDED);
    assert_int_equal(stage_counter(&s, BOB, MCV_N_MONP_RECEIVED), 0);
    stage_call(&s, ALICE, CAROL, false);
    stage_wait(&s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
    mcv_world_link(s.w, CAROL, ALICE)->loss_mask = 0x7; /* three RELEASE ACKs, all that come */
    stage_command(&s, ALICE, MCV_CMD_RELEASE);
    stage_wait(&s, CAROL, MCV_EVENT_CALL_ENDED);
    assert_int_equal(stage_counter(&s, CAROL, MCV_N_MONP_RECEIVED) >= 3, 1);
    stage_close(&s);
}

static void what_is_said_of_a_run(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 3, STAGE_COSTED);
    stage_start(&s);
    play_a_while(&s);
    const struct mcv_world_totals *t = mcv_world_totals(s.w);
    uint64_t n_sent = 0, n_received = 0;
    for (uint32_t u = 0; u < 3; u++) {
        n_sent += mcv_world_load(s.w, u)->n_sent;
        n_received += mcv_world_load(s.w, u)->n_received;
    }
    assert_int_equal(t->n_sent, n_sent);
    assert_int_equal(t->n_delivered, n_received);
    assert_int_equal(t->n_jobs[MCV_JOB_BUILD_PCK], 1);
    assert_int_equal(t->n_jobs[MCV_JOB_DECAPSULATE], 1);
    assert_true(t->job_us >= 10400);
    stage_close(&s);
}

/* An agent has the memory of a private call while it has one, and it holds no key afterwards. */
static void rooms_of_calls_that_are_over_are_free(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 3, STAGE_COSTED);
    stage_start(&s);
    const size_t n_before = s.w->rooms.n_free;
    const size_t n_bytes = s.w->room_slab.n_bytes;
    stage_call(&s, ALICE, BOB, false);
    stage_wait(&s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    const size_t n_rooms = s.w->room_slab.n_bytes / s.w->room_slab.piece_bytes;
    assert_true(s.w->room_slab.n_bytes > n_bytes);
    assert_int_equal(n_rooms - s.w->rooms.n_free, 2);
    stage_command(&s, ALICE, MCV_CMD_RELEASE);
    stage_run(&s, 20 * STAGE_S);
    assert_int_equal(s.w->rooms.n_free, n_rooms);
    assert_true(s.w->rooms.n_free >= n_before);

    const size_t head = sizeof(void *); /* of the list of free rooms */
    static const uint8_t zero[1024];
    const uint8_t *room = (const uint8_t *)s.w->rooms.first;
    for (size_t i = head; i < s.w->room_slab.piece_bytes; i += sizeof zero) {
        const size_t left = s.w->room_slab.piece_bytes - i;
        assert_memory_equal(room + i, zero, left < sizeof zero ? left : sizeof zero);
    }
    stage_call(&s, BOB, CAROL, false);
    stage_wait(&s, CAROL, MCV_EVENT_CALL_ESTABLISHED);
    assert_int_equal(n_rooms, s.w->room_slab.n_bytes / s.w->room_slab.piece_bytes);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
        cmocka_unit_test(every_machine_has_this_trace),
        cmocka_unit_test(costed_crypto_gives_the_trace_of_real_crypto),
        cmocka_unit_test(acts_come_in_time_and_in_order),
        cmocka_unit_test(a_stall_ends_the_run),
        cmocka_unit_test(jobs_cost_virtual_time),
        cmocka_unit_test(a_slow_radio_and_its_period_delay),
        cmocka_unit_test(half_duplex_radios_are_deaf_while_they_send),
        cmocka_unit_test(partitions_part),
        cmocka_unit_test(a_device_that_restarts_keeps_what_it_must),
        cmocka_unit_test(power_may_fail_at_any_time),
        cmocka_unit_test(a_suspended_device_goes_on_where_it_was),
        cmocka_unit_test(sockets_that_fail_end_the_call),
        cmocka_unit_test(links_between_two_are_set_alone),
        cmocka_unit_test(what_is_said_of_a_run),
        cmocka_unit_test(rooms_of_calls_that_are_over_are_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
