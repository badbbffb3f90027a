/* Emergency private calls: type, priority, location.
 * Spec: TS 24.281 17.1.5, 17.2.11, 17.2.12 (the message), 10.3; 11.3 (emergency state). The type is
 * that of the set-up: MCVideo has no upgrade of a private call. */
#include "tests/support/bob.h"
#include "tests/support/cmocka.h"

/* ---- priorities and types ------------------------------------------------------------------ */

static void an_emergency_call_has_its_type_and_priority(void **state)
{
    const struct mcv_command k = {
        .type = MCV_CMD_CALL, .target = mcv_bytes_str(LONE_BOB), .is_emergency = true};
    (void)state;
    struct lone l;

    bob_open(&l);
    assert_int_equal(lone_full_command(&l, &k), MCV_OK);
    assert_int_equal(l.last.call_type, MCV_CALL_EMERGENCY_PRIVATE);
    assert_int_equal(l.last_pppp, l.config.private_signalling.emergency);
    step_reject(&l);
    step_call_auto(&l);
    assert_int_equal(l.last.call_type, MCV_CALL_PRIVATE);
    assert_int_equal(l.last_pppp, l.config.private_signalling.basic);
    lone_close(&l);
}

/* TS 24.281 17.1.5: User location, in emergency calls only. */
static void an_emergency_call_says_where(void **state)
{
    static const char where[] = "LOC";
    const struct mcv_command here = {.type = MCV_CMD_LOCATION, .location = mcv_bytes_str(where)};
    const struct mcv_command k = {
        .type = MCV_CMD_CALL, .target = mcv_bytes_str(LONE_BOB), .is_emergency = true};
    (void)state;
    struct lone l;

    bob_open(&l);
    assert_int_equal(lone_full_command(&l, &here), MCV_OK);
    step_call_auto(&l);
    assert_int_equal(l.last.location.n, 0);
    step_reject(&l);
    assert_int_equal(lone_full_command(&l, &k), MCV_OK);
    assert_true(mcv_bytes_equal(l.last.location, here.location));
    lone_close(&l);

    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 0x7777, false);
    m.commencement_mode = MCV_COMMENCEMENT_MANUAL;
    m.location = here.location;
    bob_open(&l);
    (void)bob_sends(&l, &m); /* not an emergency: it is not told */
    assert_int_equal(l.last_event.type, MCV_EVENT_CALL_INCOMING);
    assert_int_equal(l.last_event.location.n, 0);
    step_user_reject(&l);
    m.call_id++;
    m.call_type = MCV_CALL_EMERGENCY_PRIVATE;
    (void)bob_sends(&l, &m);
    assert_int_equal(l.last_event.type, MCV_EVENT_CALL_INCOMING);
    assert_int_equal(l.last_event.location.n, 3);
    lone_close(&l);
}

/* TS 24.281 11.3: who has raised an alert makes emergency calls. */
static void who_is_in_emergency_makes_emergency_calls(void **state)
{
    (void)state;
    for (int is_permitted = 0; is_permitted <= 1; is_permitted++) {
        struct lone l;
        bob_defaults(&l);
        l.config.may_call_emergency = is_permitted;
        lone_open(&l);
        assert_int_equal(lone_command(&l, MCV_CMD_ALERT_RAISE, LONE_GROUP), MCV_OK);
        step_call_auto(&l);
        assert_int_equal(l.last.call_type,
                         is_permitted ? MCV_CALL_EMERGENCY_PRIVATE : MCV_CALL_PRIVATE);
        lone_close(&l);
    }
}

static void an_emergency_call_is_answered_with_its_priority(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 0x7777, false);

    bob_open(&l);
    m.call_type = MCV_CALL_EMERGENCY_PRIVATE;
    (void)bob_sends(&l, &m);
    assert_int_equal(l.last.type, MCV_MONP_PRIVATE_CALL_ACCEPT);
    assert_int_equal(l.last_pppp, l.config.private_signalling.emergency);
    assert_int_equal(lone_call(&l).call_type, MCV_CALL_EMERGENCY_PRIVATE);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_emergency_call_has_its_type_and_priority),
        cmocka_unit_test(an_emergency_call_says_where),
        cmocka_unit_test(who_is_in_emergency_makes_emergency_calls),
        cmocka_unit_test(an_emergency_call_is_answered_with_its_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
