/* Transmissions that last too long, and what ends by itself: T203, T206, T207, T230.
 * Spec: TS 24.581 7.1 with TS 24.380 7.2.3. */
#include "agent/core/agent_private.h"
#include "tests/support/cmocka.h"
#include "tests/support/talk.h"

enum { A, B, C };

#define STATES  TALK_STATES
#define STOP    MCV_O_START_STOP
#define SILENCE MCV_O_SILENCE
#define NONE    MCV_O_NO_PERMISSION
#define HAS     MCV_O_PERMISSION
#define ARB     MCV_O_ARBITRATOR

static void the_longest_time(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    for (size_t i = 0; i < 3; i++) s.p.members[i].config.timers.t206_s = 5;
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 4500);
    assert_int_equal(talk_n_events(&s, A, MCV_EVENT_PTT_WARNING), 1); /* T206 from the start on */
    talk_forget(&s);
    talk_run_ms(&s, 3000); /* T207: A has sent for 8 s */
    talk_expect_log(&s, "the arbitrator's time is over", "0:Taken 0:Hands(1) 1:Taken");
    assert_int_equal(talk_last_event(&s, A, MCV_EVENT_PTT_REVOKED)->cause, 2);
    s.is_sending[A] = false;
    talk_forget(&s);
    talk_run_ms(&s, 1500);
    talk_expect_log(&s, "B's too", "1:Release");
    talk_close(&s);
}

/* When the machine of this member, who has one group call, does something next. */
static uint64_t due_us(const struct talk *s, uint32_t who)
{
    const struct mcv_agent *a = mcv_world_agent(s->p.world, who);

    return mcv_transmission_wake_at(&a->transmissions[0]);
}

/* From a transmission that ends, in one way or the other, to Start-stop: nothing is due there. */
static void silence_ends_in_start_stop(void **state)
{
    static const struct {
        const char *why;
        enum mcv_arbitration arbitration;
        bool vanishes; /* T203; else he releases */
    } rows[] = {
        {"released", MCV_ARBITRATION_SINGLE, false},
        {"vanished", MCV_ARBITRATION_SINGLE, true},
        {"self arbitration, released", MCV_ARBITRATION_SELF, false},
        {"self arbitration, vanished", MCV_ARBITRATION_SELF, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk s;
        talk_defaults(&s, 3, 1);
        for (size_t k = 0; k < 3; k++) {
            s.p.members[k].config.timers.t230_s = 20;
            s.p.members[k].group.ptt.arbitration = rows[i].arbitration;
        }
        talk_begin(&s);
        talk_expect_states(&s, rows[i].why,
                           rows[i].arbitration == MCV_ARBITRATION_SELF ? STATES(HAS, NONE, NONE)
                                                                       : STATES(ARB, NONE, NONE));
        if (rows[i].vanishes) {
            mcv_world_set_partition(s.p.world, A, 1);
            talk_run_ms(&s, 3900);
            assert_int_equal(talk_state(&s, B), NONE);
        }
        talk_release(&s, A);
        talk_run_ms(&s, 500);
        talk_expect_states(&s, rows[i].why, STATES(SILENCE, SILENCE, SILENCE));
        talk_run_ms(&s, 18500);
        talk_expect_states(&s, rows[i].why, STATES(SILENCE, SILENCE, SILENCE));
        talk_run_ms(&s, 1500);
        talk_expect_states(&s, rows[i].why, STATES(STOP, STOP, STOP));
        for (uint32_t k = A; k <= C; k++) {
            assert_int_equal(due_us(&s, k), MCV_NEVER);
            assert_int_equal(talk_n_events(&s, k, MCV_EVENT_PTT_INACTIVE), 1);
            assert_true(party_call(&s.p, k).is_established); /* the call goes on */
        }
        talk_press(&s, C); /* as in O: silence */
        talk_run_ms(&s, 500);
        assert_int_equal(talk_n_transmitting(&s), 1);
        talk_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_time),
        cmocka_unit_test(silence_ends_in_start_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
