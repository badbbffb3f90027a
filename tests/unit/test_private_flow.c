/* Whole private calls with keys, and what becomes of them when messages are lost, doubled or late.
 * Spec: TS 24.281 10.3, TS 36.579-6 7.2 (a late ACCEPT), TS 33.180 8.3.3 (repeated I_MESSAGEs). */
#include "agent/core/private_call.h"
#include "proto/monp.h"
#include "sim/fault.h"
#include "tests/support/cmocka.h"
#include "tests/support/duo.h"

#include <stdio.h>

enum flow { AUTOMATIC, MANUAL, REJECTED, REJECTED_AT_ONCE };

static void release(struct duo *d)
{
    if (duo_state(d, DUO_ALICE) != MCV_P4_ONGOING) return;
    assert_int_equal(duo_command(d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
}

/* alice calls bob; he accepts or rejects after 100 ms, when no SETUP REQUEST comes any more, or at
 * once, when two are to come; alice releases after a second, and what was set up only then five
 * seconds later. */
static void play(struct duo *d, enum flow flow)
{
    assert_int_equal(duo_call(d, DUO_ALICE, DUO_BOB, flow != AUTOMATIC), MCV_OK);
    if (flow != AUTOMATIC &&
        mcv_world_wait(d->w, DUO_BOB, MCV_EVENT_CALL_INCOMING, 4000000) != NULL) {
        if (flow != REJECTED_AT_ONCE) duo_run_ms(d, 100);
        (void)duo_command(d, DUO_BOB, flow == MANUAL ? MCV_CMD_ACCEPT : MCV_CMD_REJECT);
    }
    duo_run_ms(d, 1000);
    release(d);
    duo_run_ms(d, 5000);
    release(d);
    duo_run_ms(d, 10000);
}

/* "established, released": what an agent was told; nothing is left of the call. */
static void outcome(const struct duo *d, enum duo_agent who, char *out, size_t cap)
{
    const unsigned *n = d->n_events[who];
    const unsigned n_begun = n[MCV_EVENT_CALL_OUTGOING] + n[MCV_EVENT_CALL_INCOMING];
    struct mcv_call_info info;

    if (n_begun != n[MCV_EVENT_CALL_ENDED]) {
        snprintf(out, cap, "%u begun, %u ended", n_begun, n[MCV_EVENT_CALL_ENDED]);
        return;
    }
    assert_false(mcv_agent_call_info(mcv_world_agent(d->w, who), 0, &info));
    assert_true(mcv_agent_wake_at(mcv_world_agent(d->w, who)) == MCV_NEVER);
    snprintf(out, cap, "%s%s",
             n[MCV_EVENT_CALL_ESTABLISHED] == 0   ? ""
             : n[MCV_EVENT_CALL_ESTABLISHED] == 1 ? "established, "
                                                  : "established twice, ",
             n_begun == 0 ? "nothing" : mcv_end_name(d->end[who]));
}

static bool is_as_expected(const struct duo *d, const char *why, const char *alice, const char *bob)
{
    char a[64], b[64];

    outcome(d, DUO_ALICE, a, sizeof a);
    outcome(d, DUO_BOB, b, sizeof b);
    if (strcmp(a, alice) == 0 && strcmp(b, bob) == 0) return true;
    print_error("%s: %s | %s\n", why, a, b);
    return false;
}

#define OUT     "established, released"
#define IN      "established, released_by_peer"
#define FIRST   MCV_FAULT_FIRST
#define EVERY   MCV_FAULT_EVERY
#define SETUP   MCV_MONP_PRIVATE_CALL_SETUP_REQUEST
#define RINGING MCV_MONP_PRIVATE_CALL_RINGING
#define ACCEPT  MCV_MONP_PRIVATE_CALL_ACCEPT
#define ACK     MCV_MONP_PRIVATE_CALL_ACCEPT_ACK
#define REJECT  MCV_MONP_PRIVATE_CALL_REJECT
#define RELEASE MCV_MONP_PRIVATE_CALL_RELEASE
#define REL_ACK MCV_MONP_PRIVATE_CALL_RELEASE_ACK

enum { DROP = MCV_FAULT_DROP, TWICE = MCV_FAULT_DUPLICATE, LATE = MCV_FAULT_DELAY };

static const struct {
    const char *why;
    enum flow flow;
    uint8_t type;
    uint64_t mask;
    int action;
    uint64_t ms;
    const char *alice, *bob;
} rows[] = {
    {"automatic", AUTOMATIC, 0, 0, DROP, 0, OUT, IN},
    {"automatic, first SETUP lost", AUTOMATIC, SETUP, FIRST, DROP, 0, OUT, IN},
    {"automatic, every SETUP lost", AUTOMATIC, SETUP, EVERY, DROP, 0, "no_response", "nothing"},
    {"automatic, SETUP twice", AUTOMATIC, SETUP, EVERY, TWICE, 1, OUT, IN},
    {"automatic, SETUP twice, one much later", AUTOMATIC, SETUP, FIRST, TWICE, 500, OUT, IN},
    {"automatic, first SETUP behind the second", AUTOMATIC, SETUP, FIRST, LATE, 50, OUT, IN},
    {"automatic, every SETUP 2 s late", AUTOMATIC, SETUP, EVERY, LATE, 2000, "no_response",
     "not_confirmed"},
    {"automatic, first ACCEPT lost", AUTOMATIC, ACCEPT, FIRST, DROP, 0, OUT, IN},
    {"automatic, every ACCEPT lost", AUTOMATIC, ACCEPT, EVERY, DROP, 0, "no_response",
     "not_confirmed"},
    {"automatic, ACCEPT twice", AUTOMATIC, ACCEPT, EVERY, TWICE, 1, OUT, IN},
    {"automatic, first ACCEPT behind the second", AUTOMATIC, ACCEPT, FIRST, LATE, 50, OUT, IN},
    {"automatic, every ACCEPT 2 s late", AUTOMATIC, ACCEPT, EVERY, LATE, 2000, "no_response",
     "not_confirmed"},
    {"automatic, first ACCEPT ACK lost", AUTOMATIC, ACK, FIRST, DROP, 0, OUT, IN},
    {"automatic, every ACCEPT ACK lost, no media", AUTOMATIC, ACK, EVERY, DROP, 0, OUT,
     "not_confirmed"},
    {"automatic, first ACCEPT ACK behind the second ACCEPT", AUTOMATIC, ACK, FIRST, LATE, 50, OUT,
     IN},
    {"automatic, ACCEPT ACK twice", AUTOMATIC, ACK, EVERY, TWICE, 1, OUT, IN},
    {"automatic, every ACCEPT ACK 2 s late", AUTOMATIC, ACK, EVERY, LATE, 2000, OUT,
     "not_confirmed"},

    {"manual", MANUAL, 0, 0, DROP, 0, OUT, IN},
    {"manual, first SETUP lost", MANUAL, SETUP, FIRST, DROP, 0, OUT, IN},
    {"manual, every SETUP lost", MANUAL, SETUP, EVERY, DROP, 0, "no_answer", "nothing"},
    {"manual, SETUP twice", MANUAL, SETUP, EVERY, TWICE, 1, OUT, IN},
    {"manual, first SETUP behind the second", MANUAL, SETUP, FIRST, LATE, 50, OUT, IN},
    {"manual, every SETUP 2 s late", MANUAL, SETUP, EVERY, LATE, 2000, OUT, IN},
    {"manual, first RINGING lost", MANUAL, RINGING, FIRST, DROP, 0, OUT, IN},
    {"manual, every RINGING lost", MANUAL, RINGING, EVERY, DROP, 0, OUT, IN},
    {"manual, first two RINGING lost", MANUAL, RINGING, 3, DROP, 0, OUT, IN},
    {"manual, RINGING twice", MANUAL, RINGING, EVERY, TWICE, 1, OUT, IN},
    {"manual, RINGING twice, once after ACCEPT", MANUAL, RINGING, EVERY, TWICE, 500, OUT, IN},
    {"manual, first RINGING behind the second", MANUAL, RINGING, FIRST, LATE, 50, OUT, IN},
    {"manual, second RINGING behind the third", MANUAL, RINGING, 2, LATE, 50, OUT, IN},
    {"manual, every RINGING behind ACCEPT", MANUAL, RINGING, EVERY, LATE, 200, OUT, IN},
    {"manual, every RINGING 2 s late", MANUAL, RINGING, EVERY, LATE, 2000, OUT, IN},
    {"manual, first ACCEPT lost", MANUAL, ACCEPT, FIRST, DROP, 0, OUT, IN},
    {"manual, every ACCEPT lost", MANUAL, ACCEPT, EVERY, DROP, 0, "no_answer", "not_confirmed"},
    {"manual, ACCEPT twice", MANUAL, ACCEPT, EVERY, TWICE, 1, OUT, IN},
    {"manual, every ACCEPT 2 s late", MANUAL, ACCEPT, EVERY, LATE, 2000, OUT, "not_confirmed"},
    {"manual, first ACCEPT ACK lost", MANUAL, ACK, FIRST, DROP, 0, OUT, IN},
    {"manual, every ACCEPT ACK lost, no media", MANUAL, ACK, EVERY, DROP, 0, OUT, "not_confirmed"},

    {"rejected", REJECTED, 0, 0, DROP, 0, "rejected_by_peer", "rejected"},
    {"rejected, REJECT lost: it is sent once", REJECTED, REJECT, FIRST, DROP, 0, "no_answer",
     "rejected"},
    {"rejected, every REJECT lost", REJECTED, REJECT, EVERY, DROP, 0, "no_answer", "rejected"},
    {"rejected, REJECT twice", REJECTED, REJECT, EVERY, TWICE, 1, "rejected_by_peer", "rejected"},
    {"rejected, REJECT twice, once 2 s later", REJECTED, REJECT, EVERY, TWICE, 2000,
     "rejected_by_peer", "rejected"},
    {"rejected, REJECT 2 s late", REJECTED, REJECT, EVERY, LATE, 2000, "rejected_by_peer",
     "rejected"},
    {"rejected, RINGING behind REJECT", REJECTED, RINGING, EVERY, LATE, 200, "rejected_by_peer",
     "rejected"},
    {"rejected at once, REJECT behind another SETUP", REJECTED_AT_ONCE, REJECT, EVERY, LATE, 50,
     "rejected_by_peer", "rejected"},
    {"rejected at once, REJECT lost: a SETUP of that call is ignored", REJECTED_AT_ONCE, REJECT,
     EVERY, DROP, 0, "no_answer", "rejected"},
    {"rejected at once, a SETUP again after REJECT", REJECTED_AT_ONCE, SETUP, FIRST, TWICE, 500,
     "rejected_by_peer", "rejected"},
    {"rejected at once, a SETUP again after TFP7: it has the I_MESSAGE of before", REJECTED_AT_ONCE,
     SETUP, FIRST, TWICE, 2000, "rejected_by_peer", "rejected"},

    {"first RELEASE lost", AUTOMATIC, RELEASE, FIRST, DROP, 0, OUT, IN},
    {"every RELEASE lost", AUTOMATIC, RELEASE, EVERY, DROP, 0, OUT, "established, max_duration"},
    {"RELEASE twice", AUTOMATIC, RELEASE, EVERY, TWICE, 1, OUT, IN},
    {"first RELEASE behind the second", AUTOMATIC, RELEASE, FIRST, LATE, 50, OUT, IN},
    {"every RELEASE 2 s late", AUTOMATIC, RELEASE, EVERY, LATE, 2000, OUT, IN},
    {"first RELEASE ACK lost", AUTOMATIC, REL_ACK, FIRST, DROP, 0, OUT, IN},
    {"every RELEASE ACK lost", AUTOMATIC, REL_ACK, EVERY, DROP, 0, OUT, IN},
    {"RELEASE ACK twice", AUTOMATIC, REL_ACK, EVERY, TWICE, 1, OUT, IN},
    {"first RELEASE ACK behind the second RELEASE", AUTOMATIC, REL_ACK, FIRST, LATE, 50, OUT, IN},
    {"every RELEASE ACK 2 s late", AUTOMATIC, REL_ACK, EVERY, LATE, 2000, OUT, IN},
};

static void every_message_lost_doubled_or_late(void **state)
{
    size_t n_wrong = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct duo d;
        struct mcv_fault fault = {.from = MCV_ANY_AGENT,
                                  .to = MCV_ANY_AGENT,
                                  .channel = MCV_CH_MONP,
                                  .monp_type = rows[i].type,
                                  .mask = rows[i].mask,
                                  .action = (enum mcv_fault_action)rows[i].action,
                                  .delay_us = rows[i].ms * 1000};
        duo_defaults_costed(&d);
        d.config[DUO_BOB].timers.tfp5_s = 10; /* ends what nobody released */
        duo_open(&d);
        if (rows[i].type != 0) assert_int_equal(mcv_world_add_fault(d.w, &fault), MCV_OK);
        play(&d, rows[i].flow);
        if (rows[i].type != 0) assert_true(fault.n_hit > 0);
        if (!is_as_expected(&d, rows[i].why, rows[i].alice, rows[i].bob)) n_wrong++;
        duo_close(&d);
    }
    assert_int_equal(n_wrong, 0);
}

/* ---- media ------------------------------------------------------------------------------------ */

/* TS 24.379 11.2.2.4: media of the caller stand for the ACCEPT ACK. */
static void media_stand_for_an_accept_ack(void **state)
{
    (void)state;
    struct duo d;
    struct mcv_fault fault = {.from = MCV_ANY_AGENT,
                              .to = MCV_ANY_AGENT,
                              .channel = MCV_CH_MONP,
                              .monp_type = ACK,
                              .mask = EVERY};

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(mcv_world_add_fault(d.w, &fault), MCV_OK);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 60);
    assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P4_ONGOING);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P5_PENDING);
    duo_speak(&d, DUO_ALICE, 1);
    duo_run_ms(&d, 10);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_RTP_RECEIVED), 1);
    duo_close(&d);
}

static void a_silent_call_goes_on(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 240000);
    assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P4_ONGOING);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    assert_true(duo_count(&d, DUO_BOB, MCV_N_RTCP_RECEIVED) > 40);
    duo_close(&d);
}

static void a_peer_that_vanished_is_noticed(void **state)
{
    static const struct {
        const char *why;
        uint32_t peer_lost_s;
        unsigned after_s;
        bool is_over;
    } cases[] = {
        {"the default", 30, 22, false},
        {"the default", 30, 40, true},
        {"shorter", 8, 17, true},
        {"never", 0, 200, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct duo d;
        duo_defaults(&d);
        d.config[DUO_ALICE].peer_lost_s = cases[i].peer_lost_s;
        duo_open(&d);
        assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
        duo_run_ms(&d, 20000);
        assert_int_equal(mcv_world_power(d.w, DUO_BOB, false), MCV_OK);
        duo_run_ms(&d, cases[i].after_s * 1000);
        if ((duo_state(&d, DUO_ALICE) != MCV_P4_ONGOING) != cases[i].is_over ||
            (d.end[DUO_ALICE] == MCV_END_PEER_LOST) != cases[i].is_over) {
            fail_msg("%s: %u s", cases[i].why, cases[i].after_s);
        }
        duo_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_lost_doubled_or_late),
        cmocka_unit_test(media_stand_for_an_accept_ack),
        cmocka_unit_test(a_silent_call_goes_on),
        cmocka_unit_test(a_peer_that_vanished_is_noticed),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    duo_forget_keys();
    return failed;
}
