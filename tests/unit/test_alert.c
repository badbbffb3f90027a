/* Emergency alerts, E1, E2, and the list of others in emergency. Spec: TS 24.281 11.3. */
#include "agent/core/alert.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

/* ---- our own alert: every state, everything that can happen ----------------------------------- */

static void raise_alert(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_ALERT_RAISE, LONE_GROUP);
}

static void cancel(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_ALERT_CANCEL, "");
}

/* Bob or carol ends it for our user. */
static void cancelled_by(struct lone *l, const char *sender, const struct mcv_addr *from)
{
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL);

    m.originator = mcv_bytes_str(LONE_ALICE);
    m.sender = mcv_bytes_str(sender);
    (void)lone_hear_at(l, &m, from, &l->group);
}

static void cancelled_by_bob(struct lone *l)
{
    cancelled_by(l, LONE_BOB, &l->bob);
}

static void cancelled_by_carol(struct lone *l)
{
    cancelled_by(l, LONE_CAROL, &l->carol);
}

static void cancelled_by_carol_as_bob(struct lone *l)
{
    cancelled_by(l, LONE_BOB, &l->carol);
}

static void heard_ack(struct lone *l)
{
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT_ACK);

    m.originator = mcv_bytes_str(LONE_ALICE);
    (void)lone_hear(l, &m);
}

static void heard_cancel_ack(struct lone *l)
{
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK);

    m.originator = mcv_bytes_str(LONE_ALICE);
    (void)lone_hear(l, &m);
}

static void tfe2(struct lone *l)
{
    lone_run_ms(l, 5000);
}

static void zeroize(struct lone *l)
{
    (void)lone_full_command(l, &(struct mcv_command){.type = MCV_CMD_ZEROIZE});
}

static void (*const acts[])(struct lone *l) = {
    raise_alert,
    cancel,
    cancelled_by_bob,
    cancelled_by_carol,
    cancelled_by_carol_as_bob,
    heard_ack,
    heard_cancel_ack,
    tfe2,
    zeroize,
};

static const struct {
    const char *why;
    enum mcv_alert_state state;
    void (*act)(struct lone *l);
    const char *log;
} rows[] = {
    {"11.3.3.1", MCV_E1_NO_EMERGENCY, raise_alert, "E1>E2 tx:ALERT ev:alert.raised"},
    {"only the end of keys", MCV_E1_NO_EMERGENCY, zeroize, "ev:keys.destroyed"},
    {"11.3.3.2 TFE2", MCV_E2_EMERGENCY, tfe2, "E2>E2 tx:ALERT"},
    {"11.3.3.5", MCV_E2_EMERGENCY, cancel, "E2>E1 tx:CANCEL ev:alert.ended/released"},
    {"11.3.3.6 somebody cancels for us", MCV_E2_EMERGENCY, cancelled_by_bob,
     "E2>E1 ev:alert.ended/released_by_peer"},
    {"her address is not known", MCV_E2_EMERGENCY, cancelled_by_carol,
     "E2>E1 ev:alert.ended/released_by_peer?"},
    {"informative", MCV_E2_EMERGENCY, heard_ack, "ev:alert.acknowledged?"},
    {"keys destroyed", MCV_E2_EMERGENCY, zeroize,
     "E2>E1 ev:alert.ended/keys_destroyed ev:keys.destroyed"},
};

static const char *expected(size_t state, void (*act)(struct lone *l))
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].state == state && rows[i].act == act) return rows[i].log;
    }
    return "";
}

static void every_state_meets_everything(void **state)
{
    (void)state;
    size_t n_hit = 0;
    for (size_t s = 0; s < MCV_N_ALERT_STATES; s++) {
        for (size_t e = 0; e < sizeof acts / sizeof *acts; e++) {
            struct lone l;
            lone_defaults(&l);
            lone_open(&l);
            if (s == MCV_E2_EMERGENCY) raise_alert(&l);
            (void)lone_take(&l);
            acts[e](&l);
            assert_string_equal(lone_take(&l), expected(s, acts[e]));
            n_hit += *expected(s, acts[e]) != 0;
            lone_close(&l);
        }
    }
    assert_int_equal(n_hit, sizeof rows / sizeof *rows);
}

static void alerts_repeat_with_a_fresh_location(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(lone_full_command(&l,
                                       &(struct mcv_command){
                                           .type = MCV_CMD_ALERT_RAISE,
                                           .target = mcv_bytes_str(LONE_GROUP),
                                           .location = mcv_bytes_str("LOC"),
                                       }),
                     MCV_OK);
    assert_true(mcv_bytes_equal(l.last.location, mcv_bytes_str("LOC")));
    assert_true(mcv_bytes_equal(l.last.organization, mcv_bytes_str("Fire")));
    assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_ALICE)));
    assert_true(mcv_addr_equal(&l.last_to, &l.group));
    assert_int_equal(l.last_pppp, 1);
    /* Spec: TS 24.281 17.1.14: the octets of this message */
    static const char octets[] = "\x16\x8f\x00\x11" LONE_GROUP "\x00\x14" LONE_ALICE "\x00\x04"
                                 "Fire"
                                 "\x78\x00\x03"
                                 "LOC";
    assert_int_equal(l.n_last, sizeof octets - 1);
    assert_memory_equal(l.last_bytes, octets, sizeof octets - 1);
    assert_int_equal(lone_full_command(&l,
                                       &(struct mcv_command){
                                           .type = MCV_CMD_LOCATION,
                                           .location = mcv_bytes_str("elsewhere"),
                                       }),
                     MCV_OK);
    lone_run_ms(&l, 50000);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_EMERGENCY_ALERT], 11);
    assert_true(mcv_bytes_equal(l.last.location, mcv_bytes_str("elsewhere")));
    cancel(&l);
    lone_run_ms(&l, 50000);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_EMERGENCY_ALERT], 11);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL], 1);
    lone_close(&l);
}

static void without_an_organization_the_element_is_there(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.config.organization = (struct mcv_bytes){0};
    lone_open(&l);
    raise_alert(&l);
    assert_true(mcv_bytes_equal(l.last.organization, mcv_bytes_str("-")));
    assert_int_equal(l.last.location.n, 0);
    lone_close(&l);
}

static void our_cancel_by_others_is_acknowledged(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    raise_alert(&l);
    cancelled_by_bob(&l);
    lone_run_ms(&l, 101);
    assert_int_equal(l.last.type, MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK);
    assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_ALICE)));
    assert_true(mcv_bytes_equal(l.last.sender, mcv_bytes_str(LONE_ALICE)));
    lone_run_ms(&l, 60000);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_EMERGENCY_ALERT], 1);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK], 1);
    lone_close(&l);
}

/* Every call that our user starts while he is in emergency. Spec: TS 23.281 7.1.3.8 */
static void in_emergency_calls_are_emergency_calls(void **state)
{
    static const struct {
        const char *why;
        bool may_emergency;
        uint8_t type;
    } cases[] = {
        {"authorised", true, MCV_CALL_EMERGENCY_GROUP},
        {"not authorised", false, MCV_CALL_BASIC_GROUP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        lone_defaults(&l);
        l.groups[1].may_emergency = cases[i].may_emergency;
        lone_open(&l);
        raise_alert(&l);
        assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_OTHER), MCV_OK);
        lone_run_ms(&l, 150);
        assert_int_equal(l.last.type, MCV_MONP_GROUP_CALL_ANNOUNCEMENT);
        assert_int_equal(l.last.call_type, cases[i].type);
        lone_close(&l);
    }
}

static void what_the_user_may_not_do(void **state)
{
    (void)state;
    struct lone l;
    static uint8_t far_away[300];
    lone_defaults(&l);
    l.config.may_alert = false;
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_RAISE, LONE_GROUP), MCV_E_POLICY);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_RAISE, "sip:g3@mc.example"), MCV_E_NOT_FOUND);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_CANCEL, ""), MCV_E_BUSY);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_CANCEL, LONE_BOB), MCV_E_POLICY);
    assert_int_equal(lone_full_command(&l,
                                       &(struct mcv_command){
                                           .type = MCV_CMD_LOCATION,
                                           .location = mcv_bytes_of(far_away, 256),
                                       }),
                     MCV_E_SPACE);
    lone_close(&l);
    lone_defaults(&l);
    lone_open(&l);
    raise_alert(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_RAISE, LONE_OTHER), MCV_E_BUSY);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_meets_everything),
        cmocka_unit_test(alerts_repeat_with_a_fresh_location),
        cmocka_unit_test(without_an_organization_the_element_is_there),
        cmocka_unit_test(our_cancel_by_others_is_acknowledged),
        cmocka_unit_test(in_emergency_calls_are_emergency_calls),
        cmocka_unit_test(what_the_user_may_not_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
