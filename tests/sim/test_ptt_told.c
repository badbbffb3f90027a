/* What our user is told of the transmissions of others and of his own: names, ranks, times.
 * Spec: TS 24.581 7.1 with TS 24.380 7.2.3; TS 24.581 9.2.3.2 (Transmission Priority). */
#include "agent/core/transmission.h"
#include "tests/support/cmocka.h"
#include "tests/support/talk.h"

enum { A, B, C };

static bool is_of(const struct talk *s, uint32_t told, enum mcv_event_type type, uint32_t user)
{
    const struct mcv_event *e = talk_last_event(s, told, type);

    return e != NULL && mcv_bytes_equal(e->user, s->p.members[user].config.user);
}

/* RTP comes before a message that says whose it is, and nobody here is a contact. */
static void a_name_that_comes_later_is_told(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    for (size_t i = 0; i < 3; i++) s.p.members[i].config.n_peers = 0;
    s.is_deaf[C] = true;
    talk_begin(&s);
    assert_int_equal(talk_n_events(&s, C, MCV_EVENT_PTT_TAKEN), 1);
    assert_int_equal(talk_last_event(&s, C, MCV_EVENT_PTT_TAKEN)->user.n, 0);
    s.is_deaf[C] = false;
    talk_press(&s, B); /* with two transmitters the arbitrator says now and then who he is */
    talk_run_ms(&s, 5000);
    assert_int_equal(talk_n_events(&s, C, MCV_EVENT_PTT_TAKEN), 3);
    assert_true(is_of(&s, C, MCV_EVENT_PTT_TAKEN, A));
    const struct mcv_event *taken = talk_last_event(&s, C, MCV_EVENT_PTT_TAKEN);
    assert_int_equal(taken->call_id, party_call(&s.p, C).call_id);
    assert_true(taken->call_id != 0);
    talk_release(&s, A);
    talk_run_ms(&s, 500);
    assert_true(is_of(&s, C, MCV_EVENT_PTT_RELEASED, A));
    assert_int_equal(talk_n_events(&s, C, MCV_EVENT_PTT_RELEASED), 1);
    talk_close(&s);
}

/* TS 24.380 7.2.3 (queued, T203): an arbitrator who no longer transmits dies, and whom he named. */
static void who_waits_asks_when_the_arbitrator_is_gone(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 1);
    for (size_t i = 0; i < 3; i++) s.p.members[i].group.ptt.n_queue = 2;
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 200);
    talk_press(&s, C);
    talk_run_ms(&s, 200);
    assert_int_equal(mcv_world_power(s.p.world, B, false), MCV_OK);
    talk_release(&s, A);   /* B is served, and does not hear it; C waits with A */
    talk_run_ms(&s, 1000); /* who was served has until T233 */
    assert_int_equal(talk_command(&s, C, MCV_CMD_PTT_POSITION, ""), MCV_OK);
    talk_run_ms(&s, 100);
    assert_int_equal(talk_state(&s, A), MCV_O_PENDING_GRANTED);
    assert_int_equal(talk_state(&s, C), MCV_O_QUEUED);
    assert_int_equal(mcv_world_power(s.p.world, A, false), MCV_OK);
    talk_run_ms(&s, 6000);
    assert_int_equal(talk_state(&s, C), MCV_O_ARBITRATOR);
    assert_int_equal(talk_n_events(&s, C, MCV_EVENT_PTT_REJECTED), 0);
    talk_close(&s);
}

/* ... and of one who transmits, whenever that is: our own question about the place does not end it. */
static void who_waits_outlives_the_arbitrator(void **state)
{
    static const uint16_t rows_ms[] = {200, 1500, 3000, 3900, 4100, 7900, 8100};

    (void)state;
    for (size_t i = 0; i < sizeof rows_ms / sizeof *rows_ms; i++) {
        struct talk s;
        talk_defaults(&s, 3, 1);
        for (size_t k = 0; k < 3; k++) s.p.members[k].group.ptt.n_queue = 2;
        talk_begin(&s);
        talk_press(&s, B);
        talk_run_ms(&s, rows_ms[i]);
        assert_int_equal(talk_state(&s, B), MCV_O_QUEUED);
        assert_int_equal(mcv_world_power(s.p.world, A, false), MCV_OK);
        talk_run_ms(&s, 5000);
        assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_REJECTED), 0);
        assert_int_equal(talk_state(&s, B), MCV_O_ARBITRATOR);
        talk_close(&s);
    }
}

static void priorities_follow_the_class(void **state)
{
    static const struct {
        const char *why;
        enum mcv_command_type before; /* by B; PRESS: nothing */
        bool is_emergency;
        uint8_t call_class, priority;
    } rows[] = {
        {"basic", MCV_CMD_PTT_PRESS, false, 0, 1},
        {"imminent peril", MCV_CMD_GROUP_PERIL, false, 1, 2},
        {"emergency call", MCV_CMD_GROUP_EMERGENCY, false, 2, 5}, /* mc_priority limits it */
        {"emergency of the user", MCV_CMD_PTT_PRESS, true, 2, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_transmitter_info info = {0};
        struct talk s;
        talk_defaults(&s, 2, 2);
        s.p.members[B].group.ptt.priority = (struct mcv_ptt_priority){1, 2, 9};
        talk_begin(&s);
        if (rows[i].before != MCV_CMD_PTT_PRESS)
            assert_int_equal(party_command(&s.p, B, rows[i].before), MCV_OK);
        talk_run_ms(&s, 500);
        const struct mcv_command press = {.type = MCV_CMD_PTT_PRESS,
                                          .call = party_call(&s.p, B).call,
                                          .is_emergency = rows[i].is_emergency};
        assert_int_equal(mcv_world_command(s.p.world, B, &press, NULL, NULL), MCV_OK);
        talk_run_ms(&s, 200);
        const struct mcv_agent *a = mcv_world_agent(s.p.world, A);
        const uint32_t call = party_call(&s.p, A).call;
        for (size_t k = 0; mcv_agent_transmitter_info(a, call, k, &info) && info.is_own; k++)
            continue;
        assert_true(mcv_bytes_equal(info.user, s.p.members[B].config.user));
        if (info.call_class != rows[i].call_class || info.priority != rows[i].priority)
            fail_msg("%s: %u, %u", rows[i].why, info.call_class, info.priority);
        talk_close(&s);
    }
}

/* What B asked for before the type of the call changed, as A who arbitrates knows it afterwards. */
static void a_rank_follows_the_call(void **state)
{
    static const struct {
        const char *why;
        uint16_t n_max; /* 1: B waits, 2: he transmits */
        bool has_priority, is_lost;
        enum mcv_command_type change; /* by A */
        uint8_t call_class, priority;
    } rows[] = {
        {"raised while he transmits", 2, false, false, MCV_CMD_GROUP_EMERGENCY, 2, 5},
        {"raised while he waits", 1, false, false, MCV_CMD_GROUP_EMERGENCY, 2, 5},
        {"raised to imminent peril", 1, false, false, MCV_CMD_GROUP_PERIL, 1, 2},
        {"raised while he asks", 2, false, true, MCV_CMD_GROUP_EMERGENCY, 2, 5},
        {"the user said which priority", 1, true, false, MCV_CMD_GROUP_EMERGENCY, 2, 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_transmitter_info tx = {0};
        struct mcv_queued_info queued = {0};
        struct talk s;
        talk_defaults(&s, 2, rows[i].n_max);
        for (size_t k = 0; k < 2; k++) s.p.members[k].group.ptt.n_queue = 2;
        s.p.members[B].group.ptt.priority = (struct mcv_ptt_priority){1, 2, 9};
        talk_begin(&s);
        talk_press_as(&s, A, 5, false); /* nobody outranks A */
        s.is_deaf[A] = rows[i].is_lost;
        const struct mcv_command press = {.type = MCV_CMD_PTT_PRESS,
                                          .call = party_call(&s.p, B).call,
                                          .has_priority = rows[i].has_priority,
                                          .priority = 3};
        assert_int_equal(mcv_world_command(s.p.world, B, &press, NULL, NULL), MCV_OK);
        s.is_sending[B] = true;
        talk_run_ms(&s, rows[i].is_lost ? 10 : 200);
        assert_int_equal(party_command(&s.p, A, rows[i].change), MCV_OK);
        talk_run_ms(&s, 10);
        s.is_deaf[A] = false;
        talk_run_ms(&s, 200);
        const struct mcv_agent *a = mcv_world_agent(s.p.world, A);
        const uint32_t call = party_call(&s.p, A).call;
        const bool waits = mcv_agent_queued_info(a, call, 0, &queued);
        assert_int_equal(waits, rows[i].n_max == 1);
        for (size_t k = 0; mcv_agent_transmitter_info(a, call, k, &tx) && tx.is_own; k++) continue;
        const uint8_t call_class = waits ? queued.call_class : tx.call_class;
        const uint8_t priority = waits ? queued.priority : tx.priority;
        if (call_class != rows[i].call_class || priority != rows[i].priority)
            fail_msg("%s: %u, %u; %s", rows[i].why, call_class, priority, s.log);
        talk_close(&s);
    }
}

static unsigned n_below; /* requests that say less than the type of the call */

static bool nobody_hears(struct talk *s, uint32_t from, uint32_t to, const struct mcv_tc *m)
{
    (void)s;
    (void)from;
    (void)to;
    n_below += m->type == MCV_TC_REQUEST && (m->indicator & MCV_TC_EMERGENCY_CALL) == 0;
    return true;
}

/* TS 24.581 9.2.3.11: what is repeated says the type that the call has then. */
static void a_repeated_request_says_the_type(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 2, 1);
    talk_begin(&s);
    s.loses = nobody_hears;
    talk_press(&s, B);
    talk_run_ms(&s, 20);
    assert_int_equal(party_command(&s.p, B, MCV_CMD_GROUP_EMERGENCY), MCV_OK);
    talk_forget(&s);
    n_below = 0;
    talk_run_ms(&s, 70);
    assert_true(s.n_messages[MCV_TC_REQUEST] > 0);
    assert_int_equal(n_below, 0);
    talk_close(&s);
}

/* TS 24.380 7.2.3 (has permission): T206 begins with the first RTP. */
static void the_longest_time_begins_with_media(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 2, 2);
    s.p.members[B].config.timers.t206_s = 3;
    talk_begin(&s);
    talk_press(&s, B);
    s.is_sending[B] = false;
    talk_run_ms(&s, 2000);
    s.is_sending[B] = true;
    talk_run_ms(&s, 2900);
    assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_WARNING), 0);
    talk_run_ms(&s, 200);
    assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_WARNING), 1);
    talk_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_comes_later_is_told),
        cmocka_unit_test(who_waits_asks_when_the_arbitrator_is_gone),
        cmocka_unit_test(who_waits_outlives_the_arbitrator),
        cmocka_unit_test(priorities_follow_the_class),
        cmocka_unit_test(a_rank_follows_the_call),
        cmocka_unit_test(a_repeated_request_says_the_type),
        cmocka_unit_test(the_longest_time_begins_with_media),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
