/* Others in emergency: who is listed, who is acknowledged, who is believed. Spec: TS 24.281 11.3.3. */
#include "agent/core/alert.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

#include <stdio.h>

static mcv_err heard(struct lone *l, const char *user, const struct mcv_addr *from)
{
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT);

    m.originator = mcv_bytes_str(user);
    m.location = mcv_bytes_str("here");
    return lone_hear_at(l, &m, from, &l->group);
}

static mcv_err heard_cancel(struct lone *l, const char *user, const char *sender,
                            const struct mcv_addr *from)
{
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL);

    m.originator = mcv_bytes_str(user);
    m.sender = mcv_bytes_str(sender);
    return lone_hear_at(l, &m, from, &l->group);
}

static size_t n_listed(const struct lone *l)
{
    struct mcv_alert_info info;
    size_t n = 0;

    while (mcv_agent_alert_info(l->a, n, &info)) n++;
    return n;
}

static void an_alert_is_told_once_and_acknowledged_late(void **state)
{
    (void)state;
    uint64_t most_us = 0, least_us = UINT64_MAX;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct lone l;
        struct mcv_alert_info info;
        lone_defaults(&l);
        l.seed = seed;
        lone_open(&l);
        assert_int_equal(heard(&l, LONE_BOB, &l.bob), MCV_OK);
        lone_run_ms(&l, 101);
        assert_string_equal(lone_take(&l), "ev:alert.received tx:ALERT-ACK");
        assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_BOB)));
        assert_true(mcv_bytes_equal(l.last.sender, mcv_bytes_str(LONE_ALICE)));
        if (l.last_at_us > most_us) most_us = l.last_at_us;
        if (l.last_at_us < least_us) least_us = l.last_at_us;
        assert_int_equal(heard(&l, LONE_BOB, &l.bob), MCV_OK); /* again: its TFE1 starts anew */
        lone_run_ms(&l, 200);
        assert_string_equal(lone_take(&l), "");
        assert_true(mcv_agent_alert_info(l.a, 0, &info));
        assert_true(info.is_verified && !info.is_own);
        assert_true(mcv_bytes_equal(info.location, mcv_bytes_str("here")));
        assert_true(mcv_bytes_equal(info.organization, mcv_bytes_str("Police")));
        lone_close(&l);
    }
    assert_in_range(most_us, 90000, 100000);
    assert_in_range(least_us, 0, 10000);
}

static void an_alert_ends_with_tfe1(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    (void)heard(&l, LONE_BOB, &l.bob);
    lone_run_ms(&l, 29999);
    (void)heard(&l, LONE_BOB, &l.bob);
    lone_run_ms(&l, 29999);
    assert_int_equal(n_listed(&l), 1);
    (void)lone_take(&l);
    lone_run_ms(&l, 1);
    assert_string_equal(lone_take(&l), "ev:alert.ended/expired");
    assert_int_equal(n_listed(&l), 0);
    lone_close(&l);
}

static void cancels_that_count_and_cancels_that_do_not(void **state)
{
    static const struct {
        const char *why;
        const char *user, *sender;
        bool is_from_bob;
        mcv_err err;
        const char *log;
    } cases[] = {
        {"bob for himself", LONE_BOB, LONE_BOB, true, MCV_OK,
         "ev:alert.ended/released_by_peer tx:CANCEL-ACK"},
        {"carol for bob: named by who is in emergency, not by who sends", LONE_BOB, LONE_CAROL,
         false, MCV_OK, "ev:alert.ended/released_by_peer? tx:CANCEL-ACK"},
        {"carol's host with bob's name", LONE_BOB, LONE_BOB, false, MCV_E_POLICY, ""},
        {"of a user who is not in emergency", LONE_CAROL, LONE_CAROL, false, MCV_E_POLICY, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        lone_defaults(&l);
        lone_open(&l);
        (void)heard(&l, LONE_BOB, &l.bob);
        lone_run_ms(&l, 101);
        (void)lone_take(&l);
        assert_int_equal(heard_cancel(&l, cases[i].user, cases[i].sender,
                                      cases[i].is_from_bob ? &l.bob : &l.carol),
                         cases[i].err);
        assert_int_equal(n_listed(&l), cases[i].err ? 1 : 0);
        lone_run_ms(&l, 101);
        assert_string_equal(lone_take(&l), cases[i].log);
        lone_close(&l);
    }
}

static void a_cancel_before_the_ack_answers_once(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    (void)heard(&l, LONE_BOB, &l.bob);
    (void)heard_cancel(&l, LONE_BOB, LONE_BOB, &l.bob);
    (void)lone_take(&l);
    lone_run_ms(&l, 101);
    assert_string_equal(lone_take(&l), "tx:CANCEL-ACK");
    lone_close(&l);
}

static void our_user_cancels_for_another(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.config.may_cancel_alert = true;
    lone_open(&l);
    (void)heard(&l, LONE_BOB, &l.bob);
    lone_run_ms(&l, 101);
    (void)lone_take(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_CANCEL, LONE_CAROL), MCV_E_NOT_FOUND);
    assert_int_equal(lone_command(&l, MCV_CMD_ALERT_CANCEL, LONE_BOB), MCV_OK);
    assert_string_equal(lone_take(&l), "tx:CANCEL ev:alert.ended/released");
    assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_BOB)));
    assert_true(mcv_bytes_equal(l.last.sender, mcv_bytes_str(LONE_ALICE)));
    assert_int_equal(n_listed(&l), 0);
    lone_close(&l);
}

static void messages_that_do_not_count(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT);
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(heard(&l, LONE_ALICE, &l.carol), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_ADDRESS), 1);
    m.group = mcv_bytes_str("sip:g3@mc.example");
    assert_int_equal(lone_hear(&l, &m), MCV_E_NOT_FOR_US);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(n_listed(&l), 0);
    lone_close(&l);
}

/* ---- forged ones ------------------------------------------------------------------------------ */

static void fill_with_strangers(struct lone *l)
{
    for (unsigned i = 0; i < 64; i++) {
        char user[32];
        struct mcv_addr from = l->carol;
        snprintf(user, sizeof user, "sip:x%u@mc.example", i);
        from.b[3] = (uint8_t)(100 + i); /* each from a host of its own */
        (void)heard(l, user, &from);
        lone_run_ms(l, 400);
        for (unsigned k = 0; k < i; k++) { /* and the older ones repeat theirs */
            snprintf(user, sizeof user, "sip:x%u@mc.example", k);
            from.b[3] = (uint8_t)(100 + k);
            (void)heard(l, user, &from);
        }
    }
}

static void forged_alerts_do_not_displace_verified_ones(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_alert_info info;
    lone_defaults(&l);
    lone_open(&l);
    l.is_quiet = true;
    (void)heard(&l, LONE_BOB, &l.bob);
    for (int i = 0; i < 3; i++) {
        fill_with_strangers(&l);
        (void)heard(&l, LONE_BOB, &l.bob);
    }
    assert_int_equal(n_listed(&l), l.limits.n_alerts);
    assert_true(mcv_agent_alert_info(l.a, 0, &info));
    assert_true(info.is_verified && mcv_bytes_equal(info.user, mcv_bytes_str(LONE_BOB)));
    assert_true(lone_count(&l, MCV_N_ALERT_FULL) > 0);
    lone_close(&l);
}

static void a_device_lists_64(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_alert_info info;
    lone_defaults(&l);
    l.limits = mcv_limits_device;
    lone_open(&l);
    l.is_quiet = true;
    (void)heard(&l, LONE_BOB, &l.bob);
    fill_with_strangers(&l); /* 64 of them */
    assert_int_equal(n_listed(&l), 64);
    assert_true(mcv_agent_alert_info(l.a, 0, &info) && info.is_verified);
    assert_true(lone_count(&l, MCV_N_ALERT_FULL) > 0);
    lone_close(&l);
}

static void a_verified_alert_finds_a_place(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    l.is_quiet = true;
    fill_with_strangers(&l);
    assert_int_equal(n_listed(&l), l.limits.n_alerts);
    l.n_events[MCV_EVENT_ALERT_RECEIVED] = 0;
    assert_int_equal(heard(&l, LONE_BOB, &l.bob), MCV_OK);
    assert_int_equal(l.n_events[MCV_EVENT_ALERT_RECEIVED], 1);
    assert_false(l.last_event.is_unverified);
    lone_close(&l);
}

static void one_source_has_a_share(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    l.is_quiet = true;
    for (unsigned i = 0; i < 10000; i++) {
        char user[32];
        snprintf(user, sizeof user, "sip:x%u@mc.example", i);
        (void)heard(&l, user, &l.carol);
        if (i % 10 == 9) lone_run_ms(&l, 1);
    }
    assert_int_equal(n_listed(&l), 4);
    assert_in_range(l.n_events[MCV_EVENT_ALERT_RECEIVED], 16, 20); /* 16 at once, two a second */
    lone_close(&l);
}

static void a_verified_alert_is_not_taken_over(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(heard(&l, LONE_BOB, &l.bob), MCV_OK);
    assert_int_equal(heard(&l, LONE_BOB, &l.carol), MCV_E_POLICY);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_SOURCE), 1);
    lone_close(&l);
}

static void an_alert_from_an_unexpected_host_is_told_as_such(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_alert_info info;
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(heard(&l, LONE_BOB, &l.carol), MCV_OK);
    assert_string_equal(lone_take(&l), "ev:alert.received?");
    assert_int_equal(heard(&l, LONE_BOB, &l.bob), MCV_OK); /* he himself */
    assert_true(mcv_agent_alert_info(l.a, 0, &info) && info.is_verified);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_is_told_once_and_acknowledged_late),
        cmocka_unit_test(an_alert_ends_with_tfe1),
        cmocka_unit_test(cancels_that_count_and_cancels_that_do_not),
        cmocka_unit_test(a_cancel_before_the_ack_answers_once),
        cmocka_unit_test(our_user_cancels_for_another),
        cmocka_unit_test(messages_that_do_not_count),
        cmocka_unit_test(forged_alerts_do_not_displace_verified_ones),
        cmocka_unit_test(a_device_lists_64),
        cmocka_unit_test(a_verified_alert_finds_a_place),
        cmocka_unit_test(one_source_has_a_share),
        cmocka_unit_test(a_verified_alert_is_not_taken_over),
        cmocka_unit_test(an_alert_from_an_unexpected_host_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
