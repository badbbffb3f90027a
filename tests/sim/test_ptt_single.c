/* The single arbitrator: granted, refused, queued, pre-empted, handed over, lost.
 * Spec: TS 24.581 7.1 with TS 24.380 7.2.3; TS 23.281 7.7.2.9. Messages are those of TS 24.581 9.2. */
#include "agent/core/transmission.h"
#include "tests/support/cmocka.h"
#include "tests/support/talk.h"

enum { A, B, C, D };

#define STATES  TALK_STATES
#define SILENCE MCV_O_SILENCE
#define NONE    MCV_O_NO_PERMISSION
#define ASKS    MCV_O_PENDING_REQUEST
#define HAS     MCV_O_PERMISSION
#define ARB     MCV_O_ARBITRATOR
#define HANDS   MCV_O_PENDING_GRANTED
#define QUEUED  MCV_O_QUEUED

/* TS 24.380 C.2.1: the originator begins with a Granted about himself, which is said again. */
static void the_originator_has_permission_from_the_start(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 1);
    talk_open(&s);
    assert_int_equal(party_command(&s.p, A, MCV_CMD_GROUP_START), MCV_OK);
    talk_run_ms(&s, 1000);
    talk_expect_log(&s, "announced", "0:Granted(0) 0:Granted(0) 0:Granted(0)");
    talk_expect_states(&s, "begun", STATES(ARB, NONE, NONE));
    assert_true(mcv_bytes_equal(talk_info(&s, B).arbitrator, s.p.members[A].config.user));
    assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_TAKEN), 1);

    talk_run_ms(&s, 4000); /* who never talks does not keep it */
    talk_expect_log(&s, "given back", "0:Granted(0) 0:Granted(0) 0:Granted(0) 0:Release");
    talk_expect_states(&s, "given back", STATES(SILENCE, SILENCE, SILENCE));
    assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_IDLE), 1);
    talk_close(&s);
}

static void refused_and_pre_empted(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 4, 1);
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 200);
    talk_expect_log(&s, "the limit is reached", "1:Request 0:Rejected#1(1)");
    talk_expect_states(&s, "refused", STATES(ARB, NONE, NONE, NONE));
    assert_int_equal(talk_last_event(&s, B, MCV_EVENT_PTT_REJECTED)->cause, 1);
    assert_int_equal(s.heard[C][B], 0);
    s.is_sending[B] = false;

    talk_forget(&s);
    talk_press_as(&s, D, 0, true); /* an emergency: the only transmitter is the arbitrator */
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "pre-empted", "3:Request 0:Granted(3) 0:Hands(3) 3:Taken");
    talk_expect_states(&s, "pre-empted", STATES(NONE, NONE, NONE, ARB));
    assert_int_equal(talk_last_event(&s, A, MCV_EVENT_PTT_REVOKED)->cause, 4);
    assert_true(s.heard[A][D] > 20 && s.heard[B][D] > 20);
    talk_close(&s);
}

static void a_third_one_is_pre_empted(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 4, 2);
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 300);
    talk_expect_log(&s, "room for two", "1:Request 0:Granted(1)");
    talk_expect_states(&s, "both", STATES(ARB, HAS, NONE, NONE));
    assert_true(s.heard[C][A] > 10 && s.heard[C][B] > 10);

    talk_forget(&s);
    talk_press_as(&s, D, 3, false); /* not by equality: B came last, but A has the same rank */
    talk_run_ms(&s, 300);
    talk_expect_log(&s, "the weakest goes",
                    "3:Request 0:Position(3,1) 0:Revoked#4(1) 1:Release 0:Granted(3)");
    talk_expect_states(&s, "pre-empted", STATES(ARB, NONE, NONE, HAS));
    assert_int_equal(talk_last_event(&s, B, MCV_EVENT_PTT_REVOKED)->cause, 4);
    assert_true(mcv_bytes_equal(talk_last_event(&s, B, MCV_EVENT_PTT_REVOKED)->user,
                                s.p.members[A].config.user));

    talk_forget(&s);
    talk_press_as(&s, C, 0, false);
    talk_run_ms(&s, 300);
    talk_expect_log(&s, "equal is not more", "2:Request 0:Rejected#1(2)");
    talk_close(&s);
}

/* TS 23.281 7.7.2.9.2: who stops and arbitrates names one who transmits. */
static void an_arbitrator_who_stops_names_a_transmitter(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 500);
    talk_forget(&s);
    talk_release(&s, A);
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "one Taken", "0:Hands(1) 1:Taken");
    talk_expect_states(&s, "handed over", STATES(NONE, ARB, NONE));
    assert_true(s.longest_gap_us[C][B] <= 25 * TALK_MS); /* nobody hears a gap */
    assert_true(mcv_bytes_equal(talk_info(&s, A).arbitrator, s.p.members[B].config.user));

    talk_forget(&s);
    talk_release(&s, B); /* TS 23.281 7.7.2.9.1: nobody else transmits */
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "the end", "1:Release");
    talk_expect_states(&s, "silence", STATES(SILENCE, SILENCE, SILENCE));
    talk_close(&s);
}

static void a_deaf_delegate_is_passed_over(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 4, 3);
    talk_begin(&s);
    talk_press_as(&s, B, 2, false);
    talk_press_as(&s, C, 1, false);
    talk_run_ms(&s, 500);
    talk_expect_states(&s, "three transmit", STATES(ARB, HAS, HAS, NONE));
    s.is_deaf[B] = true;
    talk_forget(&s);
    talk_release(&s, A);
    talk_run_ms(&s, 1000);
    talk_expect_log(&s, "C205, then the next one",
                    "0:Hands(1) 0:Hands(1) 0:Hands(1) 0:Hands(1) 0:Hands(2) 2:Taken");
    talk_expect_states(&s, "handed over", STATES(NONE, HAS, ARB, NONE));
    talk_close(&s);
}

static void nobody_takes_over(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 500);
    s.is_deaf[B] = true;
    talk_forget(&s);
    talk_release(&s, A);
    talk_run_ms(&s, 1000);
    talk_expect_log(&s, "C205, then it ends",
                    "0:Hands(1) 0:Hands(1) 0:Hands(1) 0:Hands(1) 0:Release");
    talk_expect_states(&s, "B goes on", STATES(NONE, HAS, NONE));
    talk_run_ms(&s, 4500); /* T203: B has not heard anything of an arbitrator, and claims */
    talk_expect_states(&s, "B arbitrates", STATES(NONE, ARB, NONE));
    talk_close(&s);
}

/* The arbitrator is unplugged. */
static void an_arbitrator_who_vanishes(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 4, 3);
    talk_begin(&s);
    talk_press(&s, B);
    talk_press(&s, C);
    talk_run_ms(&s, 500);
    talk_forget(&s);
    assert_int_equal(mcv_world_power(s.p.world, A, false), MCV_OK);
    talk_run_ms(&s, 5000);
    assert_int_equal(s.n_messages[MCV_TC_ARBITRATION_TAKEN], 1); /* transmitters race: one claim */
    assert_int_equal(talk_n_arbitrators(&s), 1);
    assert_int_equal(talk_n_transmitting(&s), 2);

    /* the claim is that of the larger SSRC */
    const bool is_b = talk_state(&s, B) == ARB;
    assert_true((party_call(&s.p, B).tx_ssrc[MCV_AUDIO] > party_call(&s.p, C).tx_ssrc[MCV_AUDIO]) ==
                is_b);
    talk_close(&s);
}

/* The same before T203 has run out: there is room for a second one, so that he takes over. */
static void a_request_finds_the_arbitrator_gone(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    talk_begin(&s);
    assert_int_equal(mcv_world_power(s.p.world, A, false), MCV_OK);
    talk_press(&s, C);
    talk_run_ms(&s, 200);
    talk_expect_log(&s, "C201 requests", "2:Request 2:Request 2:Request 2:Taken");
    talk_expect_states(&s, "arbitrates", STATES(0, NONE, ARB));
    talk_close(&s);
}

static void nobody_answers_a_request(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 1);
    talk_begin(&s);
    assert_int_equal(mcv_world_power(s.p.world, A, false), MCV_OK);
    talk_run_ms(&s, 4500);
    talk_expect_states(&s, "T203", STATES(0, SILENCE, SILENCE));
    talk_forget(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 119);
    talk_expect_states(&s, "asks", STATES(0, ASKS, SILENCE));
    talk_run_ms(&s, 3);
    talk_expect_log(&s, "three times 40 ms", "1:Request 1:Request 1:Request 1:Taken");
    talk_expect_states(&s, "arbitrates", STATES(0, ARB, NONE));
    talk_run_ms(&s, 500);
    assert_true(s.heard[C][B] > 20); /* what was said meanwhile too: 120 ms of it */
    talk_close(&s);
}

/* TS 24.380 7.2.3: of two who ask at once the higher rank goes first, then the larger SSRC. */
static void two_ask_at_once(void **state)
{
    static const struct {
        const char *why;
        uint8_t priority_b, priority_c;
    } rows[] = {
        {"equal: the larger SSRC", 1, 1},
        {"the higher priority", 2, 1},
        {"the higher priority", 1, 2},
    };
    unsigned n_won[2] = {0, 0}; /* by B, by C, when equal */

    (void)state;
    for (size_t k = 0; k < 6 * sizeof rows / sizeof *rows; k++) {
        const size_t i = k % (sizeof rows / sizeof *rows);
        struct talk s;
        talk_defaults(&s, 3, 1);
        s.p.params.seed = k; /* other SSRCs */
        talk_begin(&s);
        talk_release(&s, A);
        talk_run_ms(&s, 500);
        talk_expect_states(&s, rows[i].why, STATES(SILENCE, SILENCE, SILENCE));
        talk_press_as(&s, B, rows[i].priority_b, false);
        talk_press_as(&s, C, rows[i].priority_c, false);
        talk_run_ms(&s, 1000);
        const uint32_t b = party_call(&s.p, B).tx_ssrc[MCV_AUDIO];
        const uint32_t c = party_call(&s.p, C).tx_ssrc[MCV_AUDIO];
        const bool is_equal = rows[i].priority_b == rows[i].priority_c;
        const bool is_b = is_equal ? b > c : rows[i].priority_b > rows[i].priority_c;
        talk_expect_states(&s, rows[i].why,
                           is_b ? STATES(NONE, ARB, NONE) : STATES(NONE, NONE, ARB));
        assert_int_equal(s.n_messages[MCV_TC_ARBITRATION_TAKEN], 1);
        n_won[is_b ? 0 : 1] += is_equal;
        talk_close(&s);
    }
    assert_true(n_won[0] > 0 && n_won[1] > 0);
}

static void two_islands_merge(void **state)
{
    static const struct {
        const char *why;
        uint16_t n_max;
        unsigned n_transmitting;
    } rows[] = {
        {"room for both", 2, 2},
        {"room for one", 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk s;
        talk_defaults(&s, 4, rows[i].n_max);
        talk_begin(&s);
        mcv_world_set_partition(s.p.world, C, 1);
        mcv_world_set_partition(s.p.world, D, 1);
        talk_run_ms(&s, 5000);
        talk_press(&s, C);
        talk_run_ms(&s, 1000);
        talk_expect_states(&s, "two islands", STATES(ARB, NONE, ARB, NONE));
        mcv_world_set_partition(s.p.world, C, 0);
        mcv_world_set_partition(s.p.world, D, 0);
        talk_run_ms(&s, 3000);
        if (talk_n_arbitrators(&s) != 1) fail_msg("%s: %s", rows[i].why, s.log);
        assert_int_equal(talk_n_transmitting(&s), rows[i].n_transmitting);
        /* the larger SSRC arbitrates */
        const bool is_a = party_call(&s.p, A).tx_ssrc[MCV_AUDIO] >
                          party_call(&s.p, C).tx_ssrc[MCV_AUDIO];
        assert_int_equal(talk_state(&s, is_a ? A : C), ARB);
        talk_close(&s);
    }
}

/* ---- the queue ----------------------------------------------------------------------------- */

static void begin_with_queue(struct talk *s, size_t n, uint16_t n_queue)
{
    talk_defaults(s, n, 1);
    for (size_t i = 0; i < n; i++) s->p.members[i].group.ptt.n_queue = n_queue;
    talk_begin(s);
}

static void the_queue_goes_by_arrival(void **state)
{
    (void)state;
    struct talk s;

    begin_with_queue(&s, 5, 3);
    for (uint32_t i = B; i < 5; i++) {
        talk_press(&s, i);
        talk_run_ms(&s, 100);
    }
    talk_expect_log(&s, "three wait, the fourth is refused",
                    "1:Request 0:Position(1,1) 2:Request 0:Position(2,2) 3:Request "
                    "0:Position(3,3) 4:Request 0:Rejected#1(4)");
    talk_expect_states(&s, "queued", STATES(ARB, QUEUED, QUEUED, QUEUED, NONE));
    assert_int_equal(talk_last_event(&s, C, MCV_EVENT_PTT_QUEUED)->position, 2);
    assert_int_equal(talk_info(&s, C).position, 2);
    s.is_sending[4] = false;

    talk_forget(&s);
    talk_release(&s, C); /* gives up */
    talk_run_ms(&s, 100);
    assert_int_equal(talk_command(&s, D, MCV_CMD_PTT_POSITION, ""), MCV_OK);
    talk_run_ms(&s, 100);
    talk_expect_log(&s, "one less", "2:Release 3:PositionRequest 0:Position(3,2)");
    assert_int_equal(talk_info(&s, D).position, 2);

    talk_forget(&s);
    talk_release(&s, A); /* to the head: he transmits and arbitrates; who waits asks there */
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "the next one",
                    "0:Granted(1) 0:Hands(1) 1:Taken 3:Request 1:Position(3,1)");
    talk_expect_states(&s, "served", STATES(NONE, ARB, NONE, QUEUED, NONE));

    talk_forget(&s);
    talk_release(&s, B);
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "the last one", "1:Granted(3) 1:Hands(3) 3:Taken");
    talk_expect_states(&s, "served", STATES(NONE, NONE, NONE, ARB, NONE));
    talk_close(&s);
}

static void the_queue_goes_by_rank_first(void **state)
{
    (void)state;
    struct talk s;

    begin_with_queue(&s, 4, 3);
    talk_press_as(&s, A, 4, false); /* nobody outranks A */
    talk_press_as(&s, B, 1, false);
    talk_run_ms(&s, 100);
    talk_press_as(&s, C, 3, false);
    talk_run_ms(&s, 100);
    talk_press_as(&s, D, 3, false);
    talk_run_ms(&s, 100);
    talk_expect_log(&s, "higher ranks go in front",
                    "1:Request 0:Position(1,1) 2:Request 0:Position(2,1) 3:Request "
                    "0:Position(3,2)");
    talk_forget(&s);
    talk_press_as(&s, B, 4, false); /* asks for more while he waits */
    talk_run_ms(&s, 100);
    talk_expect_log(&s, "the rank of one who waits is raised", "1:Request 0:Position(1,1)");
    talk_close(&s);
}

/* The arbitrator dies: his queue is gone, who waited asks anew. */
static void a_queue_dies_with_its_arbitrator(void **state)
{
    (void)state;
    struct talk s;

    begin_with_queue(&s, 3, 2);
    talk_press(&s, B);
    talk_run_ms(&s, 200);
    talk_expect_states(&s, "queued", STATES(ARB, QUEUED, NONE));
    assert_int_equal(mcv_world_power(s.p.world, A, false), MCV_OK);
    talk_run_ms(&s, 5000);
    talk_expect_states(&s, "B arbitrates", STATES(0, ARB, NONE));
    talk_close(&s);
}

/* T233: with another press; else the slot goes back. */
static void who_was_queued_accepts(void **state)
{
    static const struct {
        const char *why;
        bool accepts;
    } rows[] = {{"pressed again", true}, {"not in time", false}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk s;
        talk_defaults(&s, 3, 1);
        for (size_t k = 0; k < 3; k++) {
            s.p.members[k].group.ptt.n_queue = 2;
            s.p.members[k].group.ptt.asks_when_served = true;
        }
        talk_begin(&s);
        talk_press(&s, B);
        s.is_sending[B] = false;
        talk_run_ms(&s, 200);
        talk_release(&s, A);
        talk_run_ms(&s, 500);
        assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_SERVED), 1);
        talk_expect_states(&s, rows[i].why, STATES(HANDS, QUEUED, NONE));
        if (rows[i].accepts) talk_press(&s, B);
        talk_run_ms(&s, 3500);
        if (rows[i].accepts) {
            talk_expect_states(&s, rows[i].why, STATES(NONE, ARB, NONE));
        } else {
            talk_expect_states(&s, rows[i].why, STATES(SILENCE, SILENCE, SILENCE));
        }
        talk_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_originator_has_permission_from_the_start),
        cmocka_unit_test(refused_and_pre_empted),
        cmocka_unit_test(a_third_one_is_pre_empted),
        cmocka_unit_test(an_arbitrator_who_stops_names_a_transmitter),
        cmocka_unit_test(a_deaf_delegate_is_passed_over),
        cmocka_unit_test(nobody_takes_over),
        cmocka_unit_test(an_arbitrator_who_vanishes),
        cmocka_unit_test(a_request_finds_the_arbitrator_gone),
        cmocka_unit_test(nobody_answers_a_request),
        cmocka_unit_test(two_ask_at_once),
        cmocka_unit_test(two_islands_merge),
        cmocka_unit_test(the_queue_goes_by_arrival),
        cmocka_unit_test(the_queue_goes_by_rank_first),
        cmocka_unit_test(a_queue_dies_with_its_arbitrator),
        cmocka_unit_test(who_was_queued_accepts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
