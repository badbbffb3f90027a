/* Private calls of one agent: reasons, repetitions, commands, sources, limits.
 * Spec: TS 24.281 10.3, with its twin TS 24.379 11.2. Calls are not protected here. */
#include "agent/core/private_machine.h"

#include "tests/support/bob.h"
#include "tests/support/cmocka.h"

/* ---- reasons ------------------------------------------------------------------------------- */

static void a_reject_says_why(void **state)
{
    static const struct {
        enum mcv_reason reason;
        enum mcv_end end;
    } reasons[] = {
        {MCV_REASON_REJECT, MCV_END_REMOTE_REJECT},
        {MCV_REASON_MEDIA_FAILURE, MCV_END_REMOTE_MEDIA},
        {MCV_REASON_BUSY, MCV_END_REMOTE_BUSY},
        {MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE, MCV_END_REMOTE_SECURITY},
        {MCV_REASON_FAILED, MCV_END_REMOTE_FAILED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct lone l;
        bob_open(&l);
        step_call_auto(&l);
        struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_REJECT, lone_call(&l).call_id, true);
        m.reason = (uint8_t)reasons[i].reason;
        (void)bob_sends(&l, &m);
        assert_int_equal(l.last_event.type, MCV_EVENT_CALL_ENDED);
        assert_int_equal(l.last_event.reason, reasons[i].end);
        lone_close(&l);
    }
}

static void our_rejects_say_why(void **state)
{
    static const struct {
        step *go, *happens;
        enum mcv_reason reason;
    } cases[] = {
        {step_to_p5_ringing, step_user_reject, MCV_REASON_REJECT},
        {step_to_p5_ringing, step_s_30, MCV_REASON_FAILED},
        {step_to_p0, step_setup_no_media, MCV_REASON_MEDIA_FAILURE},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        bob_open(&l);
        cases[i].go(&l);
        cases[i].happens(&l);
        assert_int_equal(l.last.type, MCV_MONP_PRIVATE_CALL_REJECT);
        assert_int_equal(l.last.reason, cases[i].reason);
        lone_close(&l);
    }
}

/* ---- what is sent again -------------------------------------------------------------------- */

static void repeated_messages_are_the_same_octets(void **state)
{
    static const struct {
        step *go;
        enum mcv_monp_type type;
    } cases[] = {
        {step_to_p2_auto, MCV_MONP_PRIVATE_CALL_SETUP_REQUEST},
        {step_to_p5_accepted, MCV_MONP_PRIVATE_CALL_ACCEPT},
        {step_to_p3, MCV_MONP_PRIVATE_CALL_RELEASE},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        uint8_t first[MCV_MAX_MONP_BYTES];
        bob_open(&l);
        cases[i].go(&l);
        assert_int_equal(l.last.type, cases[i].type);
        const size_t n = l.n_last;
        memcpy(first, l.last_bytes, n);
        for (unsigned k = 2; k <= 3; k++) {
            lone_run_ms(&l, 40);
            assert_int_equal(l.n_sent[cases[i].type], k);
            assert_int_equal(l.n_last, n);
            assert_memory_equal(l.last_bytes, first, n);
        }
        lone_run_ms(&l, 40); /* a limit of 3 is 3 transmissions in all */
        assert_int_equal(l.n_sent[cases[i].type], 3);
        lone_close(&l);
    }
}

static void counters_come_from_the_configuration(void **state)
{
    (void)state;
    struct lone l;

    bob_defaults(&l);
    l.config.timers.tfp1_ms = 100;
    l.config.timers.cfp1_count = 5;
    lone_open(&l);
    step_call_auto(&l);
    lone_run_ms(&l, 499);
    assert_int_equal(l.n_sent[MCV_MONP_PRIVATE_CALL_SETUP_REQUEST], 5);
    assert_int_equal(lone_call(&l).state, MCV_P2_WAITING_CALL);
    lone_run_ms(&l, 1);
    assert_int_equal(lone_call(&l).state, MCV_P1_IGNORING);
    lone_close(&l);
}

/* TS 36.579-6 7.2.1: the caller has given up. */
static void a_late_accept_is_ignored(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    step_call_auto(&l);
    lone_run_ms(&l, 120);
    (void)lone_take(&l);
    step_accept(&l);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_count(&l, MCV_N_MONP_IGNORED), 1);
    lone_close(&l);
}

static void a_call_id_is_forgotten_after_tfp7(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    step_to_p1_in(&l);
    lone_run_ms(&l, 999);
    step_setup_auto(&l); /* the same call id */
    assert_int_equal(lone_count(&l, MCV_N_SETUP_REPEATED), 1);
    lone_run_ms(&l, 1);
    (void)lone_take(&l);
    step_setup_auto(&l);
    assert_string_equal(lone_take(&l), "P0>P5 ev:call.incoming open tx:ACCEPT");
    lone_close(&l);
}

/* ---- commands ------------------------------------------------------------------------------ */

static void commands_that_cannot_be_done(void **state)
{
    static const struct {
        const char *why;
        step *go;
        struct mcv_command k;
        const char *target;
        mcv_err want;
    } cases[] = {
        {"nobody", step_to_p0, {.type = MCV_CMD_CALL}, "", MCV_E_NOT_FOUND},
        {"ourselves", step_to_p0, {.type = MCV_CMD_CALL}, LONE_ALICE, MCV_E_POLICY},
        {"no address", step_to_p0, {.type = MCV_CMD_CALL}, LONE_CAROL, MCV_E_NOT_FOUND},
        {"called already", step_to_p2_auto, {.type = MCV_CMD_CALL}, LONE_BOB, MCV_E_BUSY},
        {"in a call", step_to_p4_in, {.type = MCV_CMD_CALL}, LONE_BOB, MCV_E_BUSY},
        {"no such call", step_to_p0, {.type = MCV_CMD_ACCEPT, .call = 99}, "", MCV_E_NOT_FOUND},
        {"our own call", step_to_p2_auto, {.type = MCV_CMD_ACCEPT}, "", MCV_E_BUSY},
        {"accepted already", step_to_p5_accepted, {.type = MCV_CMD_ACCEPT}, "", MCV_E_BUSY},
        {"cannot be rejected any more",
         step_to_p5_accepted,
         {.type = MCV_CMD_REJECT},
         "",
         MCV_E_BUSY},
        {"ended already", step_to_p1_in, {.type = MCV_CMD_RELEASE}, "", MCV_E_BUSY},
        {"being released", step_to_p3, {.type = MCV_CMD_RELEASE}, "", MCV_E_BUSY},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_command k = cases[i].k;
        bob_open(&l);
        cases[i].go(&l);
        (void)lone_take(&l);
        k.target = mcv_bytes_str(cases[i].target);
        if (k.call == 0) k.call = l.call;
        if (lone_full_command(&l, &k) != cases[i].want || strcmp(lone_take(&l), "") != 0) {
            fail_msg("%s", cases[i].why);
        }
        lone_close(&l);
    }
}

static void leaves_of_the_profile_are_obeyed(void **state)
{
    static const struct {
        const char *why;
        bool may_call, may_auto, may_manual, may_emergency, is_manual, is_emergency;
        mcv_err want;
    } cases[] = {
        {"private calls", false, true, true, true, false, false, MCV_E_POLICY},
        {"automatic commencement", true, false, true, true, false, false, MCV_E_POLICY},
        {"manual is another leaf", true, false, true, true, true, false, MCV_OK},
        {"manual commencement", true, true, false, true, true, false, MCV_E_POLICY},
        {"emergency", true, true, true, false, false, true, MCV_E_POLICY},
        {"no emergency", true, true, true, false, false, false, MCV_OK},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        const struct mcv_command k = {.type = MCV_CMD_CALL,
                                      .target = mcv_bytes_str(LONE_BOB),
                                      .is_manual = cases[i].is_manual,
                                      .is_emergency = cases[i].is_emergency};
        bob_defaults(&l);
        l.config.may_call = cases[i].may_call;
        l.config.may_auto = cases[i].may_auto;
        l.config.may_manual = cases[i].may_manual;
        l.config.may_call_emergency = cases[i].may_emergency;
        lone_open(&l);
        if (lone_full_command(&l, &k) != cases[i].want) fail_msg("%s", cases[i].why);
        lone_close(&l);
    }
}

static void without_keys_a_secure_call_is_not_tried(void **state)
{
    (void)state;
    struct lone l;

    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_CALL, LONE_BOB), MCV_E_UNKNOWN_KEY);
    assert_string_equal(lone_take(&l), "");
    lone_close(&l);
}

/* ---- whose message is it ------------------------------------------------------------------- */

static void messages_that_are_not_of_the_call(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    step_to_p4_out(&l);
    const uint16_t call_id = lone_call(&l).call_id;
    (void)lone_take(&l);

    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_RELEASE, call_id, true);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_E_AUTH);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_SOURCE), 1);

    assert_int_equal(lone_hear_at(&l, &m, &l.bob, &l.group), MCV_E_NOT_FOR_US); /* multicast */
    m.caller = m.callee;
    assert_int_equal(bob_sends(&l, &m), MCV_E_NOT_FOR_US); /* neither is alice */
    m.caller = m.callee = mcv_bytes_str(LONE_ALICE);
    assert_int_equal(bob_sends(&l, &m), MCV_E_NOT_FOR_US); /* both are */
    assert_int_equal(lone_count(&l, MCV_N_MONP_NOT_FOR_US), 3);

    m = bob_says(MCV_MONP_PRIVATE_CALL_RELEASE, (uint16_t)(call_id + 1), true);
    assert_int_equal(bob_sends(&l, &m), MCV_E_NOT_FOUND); /* another call */
    m = bob_says(MCV_MONP_PRIVATE_CALL_RELEASE, call_id, false);
    assert_int_equal(bob_sends(&l, &m), MCV_E_NOT_FOUND); /* the roles are swapped */
    assert_int_equal(lone_count(&l, MCV_N_MONP_UNKNOWN_CALL), 2);

    m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 1, false);
    m.call_type = MCV_CALL_BASIC_GROUP;
    assert_int_equal(bob_sends(&l, &m), MCV_E_MALFORMED);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_call(&l).state, MCV_P4_ONGOING);
    lone_close(&l);
}

static void the_source_port_does_not_count(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    step_to_p4_in(&l);
    (void)lone_take(&l);
    const struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_RELEASE, 0x7777, false);
    const struct mcv_addr from = mcv_addr_with_port(l.bob, 40000);
    (void)lone_hear_at(&l, &m, &from, &l.alice);
    assert_string_equal(lone_take(&l), "P4>P1 tx:RELEASE-ACK close ev:call.ended/released_by_peer");
    assert_true(mcv_addr_equal(&l.last_to, &l.bob)); /* and is not where the answer goes */
    lone_close(&l);
}

/* ---- limits -------------------------------------------------------------------------------- */

static struct mcv_monp setup_of(const char *caller, uint16_t call_id)
{
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, call_id, false);

    m.caller = mcv_bytes_str(caller);
    return m;
}

static void above_the_limit_callers_hear_busy(void **state)
{
    (void)state;
    struct lone l;

    bob_defaults(&l);
    l.limits.n_private_calls = 1;
    lone_open(&l);
    step_to_p4_in(&l);
    (void)lone_take(&l);
    const struct mcv_monp m = setup_of(LONE_CAROL, 5);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_E_FULL);
    assert_string_equal(lone_take(&l), "tx:REJECT");
    assert_int_equal(l.last.reason, MCV_REASON_BUSY);
    (void)lone_hear_at(&l, &m, &l.carol, &l.alice); /* ignored for TFP7: one REJECT only */
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_count(&l, MCV_N_SETUP_REPEATED), 1);

    const struct mcv_monp r = {.type = MCV_MONP_PRIVATE_CALL_RELEASE,
                               .call_id = 5,
                               .caller = mcv_bytes_str(LONE_CAROL),
                               .callee = mcv_bytes_str(LONE_ALICE)};
    (void)lone_hear_at(&l, &r, &l.carol, &l.alice); /* but a RELEASE is acknowledged */
    assert_string_equal(lone_take(&l), "tx:RELEASE-ACK");
    lone_close(&l);
}

static void an_ended_call_makes_room_and_stays_ignored(void **state)
{
    (void)state;
    struct lone l;

    bob_defaults(&l);
    l.limits.n_private_calls = 1;
    lone_open(&l);
    step_to_p1_in(&l);
    (void)lone_take(&l);
    const struct mcv_monp m = setup_of(LONE_CAROL, 5);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_OK);
    assert_string_equal(lone_take(&l), "P1>P0 P0>P5 ev:call.incoming open tx:ACCEPT");
    step_setup_auto(&l); /* bob's, again: he is not called busy */
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_count(&l, MCV_N_SETUP_REPEATED), 1);
    lone_close(&l);
}

static void two_peers_have_a_machine_each(void **state)
{
    (void)state;
    struct lone l;

    bob_open(&l);
    step_to_p4_in(&l);
    const struct mcv_monp m = setup_of(LONE_CAROL, 0x7777); /* the same call id */
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_OK);
    (void)lone_take(&l);
    step_release(&l); /* bob's: the first call of the list */
    assert_string_equal(lone_take(&l), "P4>P1 tx:RELEASE-ACK close ev:call.ended/released_by_peer");
    struct mcv_call_info second;
    assert_true(mcv_agent_call_info(l.a, 1, &second));
    assert_int_equal(second.state, MCV_P5_PENDING);
    assert_int_equal(second.slot, 1);
    assert_false(mcv_agent_call_info(l.a, 2, &second));
    lone_close(&l);
}

/* ---- glare --------------------------------------------------------------------------------- */

static void open_glare(struct lone *l, const char *own, bool has_rule)
{
    bob_defaults(l);
    l->config.user = mcv_bytes_str(own);
    l->config.glare_rule = has_rule;
    lone_open(l);
    step_call_auto(l);
    (void)lone_take(l);
}

static void glare(struct lone *l, const char *own)
{
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 0x7777, false);

    m.callee = mcv_bytes_str(own);
    (void)bob_sends(l, &m);
}

static void of_two_calls_that_cross_one_succeeds(void **state)
{
    static const struct {
        const char *why, *own;
        bool has_rule;
        const char *want;
    } cases[] = {
        {"our MCVideo ID is the larger one", "sip:zoe@mc.example", true,
         "P2>P0 ev:call.ended/glare P0>P5 ev:call.incoming open tx:ACCEPT"},
        {"our MCVideo ID is the smaller one", LONE_ALICE, true, ""},
        {"bob's is the beginning of ours", LONE_BOB ".org", true,
         "P2>P0 ev:call.ended/glare P0>P5 ev:call.incoming open tx:ACCEPT"},
        {"the rule is off", "sip:zoe@mc.example", false, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        open_glare(&l, cases[i].own, cases[i].has_rule);
        glare(&l, cases[i].own);
        if (strcmp(lone_take(&l), cases[i].want) != 0) fail_msg("%s", cases[i].why);
        lone_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reject_says_why),
        cmocka_unit_test(our_rejects_say_why),
        cmocka_unit_test(repeated_messages_are_the_same_octets),
        cmocka_unit_test(counters_come_from_the_configuration),
        cmocka_unit_test(a_late_accept_is_ignored),
        cmocka_unit_test(a_call_id_is_forgotten_after_tfp7),
        cmocka_unit_test(commands_that_cannot_be_done),
        cmocka_unit_test(leaves_of_the_profile_are_obeyed),
        cmocka_unit_test(without_keys_a_secure_call_is_not_tried),
        cmocka_unit_test(messages_that_are_not_of_the_call),
        cmocka_unit_test(the_source_port_does_not_count),
        cmocka_unit_test(above_the_limit_callers_hear_busy),
        cmocka_unit_test(an_ended_call_makes_room_and_stays_ignored),
        cmocka_unit_test(two_peers_have_a_machine_each),
        cmocka_unit_test(of_two_calls_that_cross_one_succeeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
