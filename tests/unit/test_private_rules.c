/* The machine of a private call, P0 .. P5: every row of its table by name, and every empty slot.
 * Spec: TS 24.281 10.3.2.4, with its twin TS 24.379 11.2.2.4. Calls are not protected here. */
#include "agent/core/private_machine.h"

#include "tests/support/bob.h"
#include "tests/support/cmocka.h"

/* ---- the table ----------------------------------------------------------------------------- */

static const struct {
    const char *why;
    step *go, *happens;
    const char *want; /* transitions, messages, sockets and events, in order */
} rows[] = {
    /* originating */
    {"P0, user calls, automatic", step_to_p0, step_call_auto, "P0>P2 tx:SETUP ev:call.outgoing"},
    {"P0, user calls, manual", step_to_p0, step_call_manual, "P0>P2 tx:SETUP ev:call.outgoing"},
    {"P1, user calls", step_to_p1_out, step_call_auto, "P1>P0 P0>P2 tx:SETUP ev:call.outgoing"},
    {"P2, TFP1, CFP1 below its limit", step_to_p2_auto, step_ms_40, "P2>P2 tx:SETUP"},
    {"P2, TFP1 twice", step_to_p2_auto, step_ms_80, "P2>P2 tx:SETUP P2>P2 tx:SETUP"},
    {"P2, TFP1, limit, automatic", step_to_p2_last, step_ms_40, "P2>P1 ev:call.ended/no_response"},
    {"P2, TFP1, limit, manual", step_to_p2_manual, step_s_1, "P2>P2 tx:SETUP P2>P2 tx:SETUP P2>P2"},
    {"P2, TFP2", step_to_p2_answer, step_s_30, "P2>P1 ev:call.ended/no_answer"},
    {"P2, RINGING", step_to_p2_manual, step_ringing, "P2>P2 ev:call.ringing"},
    {"P2, ACCEPT", step_to_p2_auto, step_accept, "P2>P4 tx:ACCEPT-ACK open ev:call.established"},
    {"P2, ACCEPT while TFP2 runs", step_to_p2_answer, step_accept,
     "P2>P4 tx:ACCEPT-ACK open ev:call.established"},
    {"P2, REJECT", step_to_p2_auto, step_reject, "P2>P1 ev:call.ended/rejected_by_peer"},
    {"P2, user releases", step_to_p2_auto, step_user_release, "P2>P3 tx:RELEASE"},
    {"P2, keys are destroyed", step_to_p2_auto, step_zeroize,
     "P2>P1 tx:RELEASE ev:call.ended/keys_destroyed ev:keys.destroyed"},
    {"P4, ACCEPT again", step_to_p4_out, step_accept, "P4>P4 tx:ACCEPT-ACK"},

    /* terminating */
    {"P0, SETUP REQUEST, automatic", step_to_p0, step_setup_auto,
     "P0>P5 ev:call.incoming open tx:ACCEPT"},
    {"P0, SETUP REQUEST, manual", step_to_p0, step_setup_manual,
     "P0>P5 tx:RINGING ev:call.incoming"},
    {"P0, SETUP REQUEST, no media", step_to_p0, step_setup_no_media,
     "P0>P1 tx:REJECT ev:call.ended/media_failure"},
    {"P1, SETUP REQUEST of another call", step_to_p1_out, step_setup_auto,
     "P1>P0 P0>P5 ev:call.incoming open tx:ACCEPT"},
    {"P1, SETUP REQUEST of the ended call", step_to_p1_in, step_setup_again, "P1>P1"},
    {"P5, user accepts", step_to_p5_ringing, step_user_accept, "P5>P5 open tx:ACCEPT"},
    {"P5, user rejects", step_to_p5_ringing, step_user_reject,
     "P5>P1 tx:REJECT ev:call.ended/rejected"},
    {"P5, user releases before he accepted", step_to_p5_ringing, step_user_release,
     "P5>P1 tx:REJECT ev:call.ended/rejected"},
    {"P5, user releases after he accepted", step_to_p5_accepted, step_user_release,
     "P5>P3 tx:RELEASE"},
    {"P5, TFP2", step_to_p5_ringing, step_s_30, "P5>P1 tx:REJECT ev:call.ended/no_answer"},
    {"P5, TFP4, CFP4 below its limit", step_to_p5_accepted, step_ms_40, "P5>P5 tx:ACCEPT"},
    {"P5, TFP4, limit", step_to_p5_last, step_ms_40, "P5>P1 close ev:call.ended/not_confirmed"},
    {"P5, ACCEPT ACK", step_to_p5_accepted, step_accept_ack, "P5>P4 ev:call.established"},
    {"P5, RELEASE while ringing", step_to_p5_ringing, step_release,
     "P5>P1 tx:RELEASE-ACK ev:call.ended/released_by_peer"},
    {"P5, RELEASE after ACCEPT", step_to_p5_accepted, step_release,
     "P5>P1 tx:RELEASE-ACK close ev:call.ended/released_by_peer"},
    {"P5, SETUP REQUEST again while ringing", step_to_p5_ringing, step_setup_again,
     "P5>P5 tx:RINGING"},
    {"P5, SETUP REQUEST again after ACCEPT", step_to_p5_accepted, step_setup_again, "P5>P5"},
    {"P5, sockets fail", step_to_p5_accepted, step_sockets_fail, "P5>P3 tx:RELEASE"},
    {"P5, keys are destroyed while ringing", step_to_p5_ringing, step_zeroize,
     "P5>P1 tx:REJECT ev:call.ended/keys_destroyed ev:keys.destroyed"},
    {"P5, keys are destroyed after ACCEPT", step_to_p5_accepted, step_zeroize,
     "P5>P1 tx:RELEASE close ev:call.ended/keys_destroyed ev:keys.destroyed"},

    /* release */
    {"P4, user releases", step_to_p4_out, step_user_release, "P4>P3 tx:RELEASE"},
    {"P4, RELEASE", step_to_p4_in, step_release,
     "P4>P1 tx:RELEASE-ACK close ev:call.ended/released_by_peer"},
    {"P4, nothing heard of the peer", step_to_p4_in, step_s_30, "P4>P3 tx:RELEASE"},
    {"P4, sockets fail", step_to_p4_out, step_sockets_fail, "P4>P3 tx:RELEASE"},
    {"P4, keys are destroyed", step_to_p4_out, step_zeroize,
     "P4>P1 tx:RELEASE close ev:call.ended/keys_destroyed ev:keys.destroyed"},
    {"P3, TFP3, CFP3 below its limit", step_to_p3, step_ms_40, "P3>P3 tx:RELEASE"},
    {"P3, TFP3, limit", step_to_p3_last, step_ms_40, "P3>P1 ev:call.ended/released"},
    {"P3, RELEASE ACK", step_to_p3, step_release_ack, "P3>P1 ev:call.ended/released"},
    {"P3, RELEASE: both release", step_to_p3, step_release, "P3>P3 tx:RELEASE-ACK"},
    {"P3, keys are destroyed", step_to_p3, step_zeroize,
     "P3>P1 ev:call.ended/keys_destroyed ev:keys.destroyed"},
    {"P1, RELEASE of the ended call", step_to_p1_in, step_release, "P1>P1 tx:RELEASE-ACK"},
    {"P1, TFP7", step_to_p1_out, step_s_1, "P1>P0"},
};

static void every_row_does_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lone l;
        bob_open(&l);
        rows[i].go(&l);
        (void)lone_take(&l);
        rows[i].happens(&l);
        const char *got = lone_take(&l);
        if (strcmp(got, rows[i].want) != 0) fail_msg("%s: %s", rows[i].why, got);
        lone_close(&l);
    }
}

static void a_call_has_a_maximum_duration(void **state)
{
    (void)state;
    struct lone l;

    bob_defaults(&l);
    l.config.peer_lost_s = 0;
    lone_open(&l);
    step_to_p4_in(&l);
    (void)lone_take(&l);
    lone_run_ms(&l, 254999);
    assert_string_equal(lone_take(&l), "");
    lone_run_ms(&l, 1);
    assert_string_equal(lone_take(&l), "P4>P1 close ev:call.ended/max_duration");
    lone_close(&l);
}

static const struct {
    const char *name;
    step *go;
    enum mcv_private_state state;
    unsigned allowed; /* commands, as bits */
} states[] = {
    {"P1, our call", step_to_p1_out, MCV_P1_IGNORING, 0},
    {"P1, his call", step_to_p1_in, MCV_P1_IGNORING, 0},
    {"P2", step_to_p2_auto, MCV_P2_WAITING_CALL, 1u << MCV_CMD_RELEASE},
    {"P3", step_to_p3, MCV_P3_WAITING_RELEASE, 0},
    {"P4, our call", step_to_p4_out, MCV_P4_ONGOING, 1u << MCV_CMD_RELEASE},
    {"P4, his call", step_to_p4_in, MCV_P4_ONGOING, 1u << MCV_CMD_RELEASE},
    {"P5, ringing", step_to_p5_ringing, MCV_P5_PENDING,
     1u << MCV_CMD_ACCEPT | 1u << MCV_CMD_REJECT | 1u << MCV_CMD_RELEASE},
    {"P5, accepted", step_to_p5_accepted, MCV_P5_PENDING, 1u << MCV_CMD_RELEASE},
};

/* What is not in the table changes nothing and is counted. */
static void every_empty_slot_is_ignored(void **state)
{
    static const struct {
        step *happens;
        enum mcv_private_event event;
        enum mcv_counter counter;
    } events[] = {
        {step_setup_again, MCV_PE_SETUP_AGAIN, MCV_N_MONP_IGNORED},
        {step_ringing, MCV_PE_RINGING, MCV_N_MONP_IGNORED},
        {step_accept, MCV_PE_ACCEPT, MCV_N_MONP_IGNORED},
        {step_reject, MCV_PE_REJECT, MCV_N_MONP_IGNORED},
        {step_release, MCV_PE_RELEASE, MCV_N_MONP_IGNORED},
        {step_release_ack, MCV_PE_RELEASE_ACK, MCV_N_MONP_IGNORED},
        {step_accept_ack, MCV_PE_ACCEPT_ACK, MCV_N_MONP_IGNORED},
        {step_sockets_fail, MCV_PE_MEDIA_FAILED, MCV_N_EVENT_IGNORED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        for (size_t k = 0; k < sizeof events / sizeof *events; k++) {
            struct lone l;
            if (mcv_private_rules[states[i].state][events[k].event].action != NULL) continue;
            bob_open(&l);
            states[i].go(&l);
            (void)lone_take(&l);
            assert_int_equal(lone_call(&l).state, states[i].state);
            events[k].happens(&l);
            if (strcmp(lone_take(&l), "") != 0 || lone_call(&l).state != states[i].state ||
                lone_count(&l, events[k].counter) != 1) {
                fail_msg("%s, %s", states[i].name, mcv_private_event_name(events[k].event));
            }
            lone_close(&l);
        }
    }
}

/* Who commands is told. */
static void commands_that_the_state_does_not_allow(void **state)
{
    static const enum mcv_command_type commands[] = {MCV_CMD_ACCEPT, MCV_CMD_REJECT,
                                                     MCV_CMD_RELEASE};
    (void)state;

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        for (size_t k = 0; k < sizeof commands / sizeof *commands; k++) {
            struct lone l;
            if ((states[i].allowed & 1u << commands[k]) != 0) continue;
            bob_open(&l);
            states[i].go(&l);
            (void)lone_take(&l);
            const mcv_err err = lone_call_command(&l, commands[k]);
            if (err != MCV_E_BUSY || strcmp(lone_take(&l), "") != 0 ||
                lone_call(&l).state != states[i].state) {
                fail_msg("%s, command %d", states[i].name, (int)commands[k]);
            }
            lone_close(&l);
        }
    }
}

/* Of an ACCEPT that was not sent. */
static void an_accept_ack_while_ringing_is_ignored(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    step_to_p5_ringing(&l);
    (void)lone_take(&l);
    step_accept_ack(&l);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_count(&l, MCV_N_MONP_IGNORED), 1);
    lone_close(&l);
}

/* ---- deadlines ----------------------------------------------------------------------------- */

static void the_agent_wakes_when_it_must(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    assert_true(mcv_agent_wake_at(l.a) == MCV_NEVER);
    lone_run_ms(&l, 7);
    step_call_auto(&l);
    assert_int_equal(mcv_agent_wake_at(l.a), 47000);
    lone_run_ms(&l, 40);
    assert_int_equal(mcv_agent_wake_at(l.a), 87000);
    step_accept(&l);
    lone_run_ms(&l, 1);
    step_release(&l);
    assert_int_equal(mcv_agent_wake_at(l.a), 48000 + 1000000); /* TFP7 */
    lone_run_ms(&l, 1000);
    assert_true(mcv_agent_wake_at(l.a) == MCV_NEVER);
    lone_close(&l);
}

/* A device that slept: late timers run once, and nothing runs twice. */
static void timers_that_are_late_run_once(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_out out;

    bob_open(&l);
    step_call_auto(&l);
    (void)lone_take(&l);
    l.now.mono_us += 3600u * 1000000u;
    unsigned n_packets = 0;
    while (mcv_agent_poll(l.a, &out, l.now)) n_packets += out.kind == MCV_OUT_PACKET;
    assert_int_equal(n_packets, 1);
    assert_int_equal(mcv_agent_wake_at(l.a), l.now.mono_us + 40000);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_does_what_it_says),
        cmocka_unit_test(a_call_has_a_maximum_duration),
        cmocka_unit_test(every_empty_slot_is_ignored),
        cmocka_unit_test(commands_that_the_state_does_not_allow),
        cmocka_unit_test(an_accept_ack_while_ringing_is_ignored),
        cmocka_unit_test(the_agent_wakes_when_it_must),
        cmocka_unit_test(timers_that_are_late_run_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
