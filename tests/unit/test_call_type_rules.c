/* What a change of the call type sends, stores and needs. Spec: TS 24.281 9.3.3. */
#include "agent/core/group_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

enum {
    BASIC = MCV_CALL_BASIC_GROUP,
    PERIL = MCV_CALL_IMMINENT_PERIL_GROUP,
    EMERGENCY = MCV_CALL_EMERGENCY_GROUP,
};

static void join(struct lone *l, uint8_t type)
{
    struct mcv_monp m = lone_announcement();

    m.call_type = type;
    (void)lone_hear(l, &m);
}

static void command(struct lone *l, enum mcv_command_type type)
{
    assert_int_equal(lone_command(l, type, LONE_GROUP), MCV_OK);
}

/* ---- what is sent and stored ------------------------------------------------------------------ */

static void a_raise_is_announced_with_its_priority(void **state)
{
    static const struct {
        const char *why;
        enum mcv_command_type command;
        uint8_t type, pppp;
    } cases[] = {
        {"imminent peril", MCV_CMD_GROUP_PERIL, PERIL, 3},
        {"emergency", MCV_CMD_GROUP_EMERGENCY, EMERGENCY, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        lone_defaults(&l);
        lone_open(&l);
        join(&l, BASIC);
        lone_run_ms(&l, 3000);
        assert_int_equal(lone_command(&l, cases[i].command, LONE_GROUP), MCV_OK);
        assert_int_equal(l.last.call_type, cases[i].type);
        assert_int_equal(l.last.last_change_s, LONE_UTC_S + 3);
        assert_true(mcv_bytes_equal(l.last.last_user, mcv_bytes_str(LONE_ALICE)));
        assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_CAROL)));
        assert_int_equal(l.last_pppp, cases[i].pppp);
        assert_false(l.last.has_confirm_mode || l.last.has_probe_response);
        assert_int_equal(l.last_event.call_type, cases[i].type);
        lone_close(&l);
    }
}

static void a_cancel_is_sent_cfg_times(void **state)
{
    static const struct {
        const char *why;
        uint8_t type;
        enum mcv_monp_type end;
    } cases[] = {
        {"TFG11, CFG11", EMERGENCY, MCV_MONP_GROUP_CALL_EMERGENCY_END},
        {"TFG12, CFG12", PERIL, MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        lone_defaults(&l);
        lone_open(&l);
        join(&l, cases[i].type);
        command(&l, MCV_CMD_GROUP_NORMAL);
        for (unsigned n = 1; n <= 5; n++) {
            assert_int_equal(l.n_sent[cases[i].end], n);
            assert_int_equal(l.last_pppp, 5);
            lone_run_ms(&l, 999);
            assert_int_equal(l.n_sent[cases[i].end], n);
            lone_run_ms(&l, 1);
        }
        lone_run_ms(&l, 5000);
        assert_int_equal(l.n_sent[cases[i].end], 5);
        assert_int_equal(lone_count(&l, MCV_N_EVENT_IGNORED), 0);
        lone_close(&l);
    }
}

static void a_new_emergency_stops_the_old_end(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    join(&l, EMERGENCY);
    command(&l, MCV_CMD_GROUP_NORMAL);
    const uint64_t cancelled_s = l.last.last_change_s;
    command(&l, MCV_CMD_GROUP_EMERGENCY);
    assert_int_equal(l.last.last_change_s, cancelled_s + 1); /* one second, two changes: in order */
    lone_run_ms(&l, 5000);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_EMERGENCY_END], 1);
    lone_close(&l);
}

/* TFG13, TFG14: X - (Y - Z) with Z the last change of the type. */
static void emergency_and_peril_do_not_last(void **state)
{
    static const struct {
        const char *why;
        uint8_t type;
        uint64_t changed_s_ago, left_ms;
    } cases[] = {
        {"TFG13 from now", EMERGENCY, 0, 600000},
        {"TFG13 from five minutes ago", EMERGENCY, 300, 300000},
        {"TFG13 is over", EMERGENCY, 601, 0},
        {"TFG14 from now", PERIL, 0, 300000},
        {"TFG14 from four minutes ago", PERIL, 240, 60000},
        {"TFG14 is over", PERIL, 300, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_monp m = lone_announcement();
        m.call_type = cases[i].type;
        m.last_change_s = LONE_UTC_S - cases[i].changed_s_ago;
        m.last_user = mcv_bytes_str(LONE_BOB);
        lone_defaults(&l);
        lone_open(&l);
        l.is_quiet = true;
        (void)lone_hear(&l, &m);
        if (cases[i].left_ms > 0) {
            lone_run_ms(&l, cases[i].left_ms - 1);
            assert_int_equal(lone_call(&l).call_type, cases[i].type);
            lone_run_ms(&l, 1);
        }
        assert_int_equal(lone_call(&l).type_state, MCV_T2_BASIC);
        assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_EMERGENCY_END], 0);
        assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END], 0);
        while (l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT] == 0 || l.last.call_type != BASIC) {
            lone_run_ms(&l, 100);
        }
        assert_int_equal(l.last.last_change_s, LONE_UTC_S + (int64_t)cases[i].left_ms / 1000);
        assert_true(mcv_bytes_equal(l.last.last_user, mcv_bytes_str(LONE_CAROL))); /* originator */
        lone_close(&l);
    }
}

/* ---- our user's wish -------------------------------------------------------------------------- */

static void the_wished_type_is_announced(void **state)
{
    static const struct {
        const char *why;
        enum mcv_command_type command;
        uint8_t type, pppp;
        const char *log;
    } cases[] = {
        {"basic", MCV_CMD_GROUP_START, BASIC, 5, "T0>T2"},
        {"imminent peril", MCV_CMD_GROUP_PERIL, PERIL, 3, "T0>T3"},
        {"emergency", MCV_CMD_GROUP_EMERGENCY, EMERGENCY, 1, "T0>T1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        lone_defaults(&l);
        lone_open(&l);
        assert_int_equal(lone_command(&l, cases[i].command, LONE_GROUP), MCV_OK);
        assert_int_equal(l.last_pppp, cases[i].pppp); /* of the PROBE already */
        lone_run_ms(&l, 150);
        assert_int_equal(l.last.call_type, cases[i].type);
        assert_int_equal(l.last_pppp, cases[i].pppp);
        assert_non_null(strstr(lone_take(&l), cases[i].log));
        lone_close(&l);
    }
}

static void a_joined_basic_call_is_raised_at_once(void **state)
{
    static const struct {
        const char *why;
        enum mcv_command_type command;
        uint8_t running;
        const char *log;
    } cases[] = {
        {"emergency wished, basic runs", MCV_CMD_GROUP_EMERGENCY, BASIC,
         "S2>S3 open T0>T2 ev:group.joined T2>T1 tx:ANNOUNCEMENT ev:group.type_changed"},
        {"emergency wished, imminent peril runs", MCV_CMD_GROUP_EMERGENCY, PERIL,
         "S2>S3 open T0>T3 ev:group.joined T3>T1 tx:ANNOUNCEMENT ev:group.type_changed"},
        {"imminent peril wished, basic runs", MCV_CMD_GROUP_PERIL, BASIC,
         "S2>S3 open T0>T2 ev:group.joined T2>T3 tx:ANNOUNCEMENT ev:group.type_changed"},
        {"imminent peril wished, emergency runs", MCV_CMD_GROUP_PERIL, EMERGENCY,
         "S2>S3 open T0>T1 ev:group.joined"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        lone_defaults(&l);
        lone_open(&l);
        assert_int_equal(lone_command(&l, cases[i].command, LONE_GROUP), MCV_OK);
        (void)lone_take(&l);
        join(&l, cases[i].running);
        assert_string_equal(lone_take(&l), cases[i].log);
        lone_close(&l);
    }
}

static void what_the_user_may_not_do(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.groups[0].may_emergency = l.groups[0].may_peril = l.groups[0].may_cancel = false;
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_EMERGENCY, LONE_GROUP), MCV_E_POLICY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_PERIL, LONE_GROUP), MCV_E_POLICY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_NORMAL, LONE_GROUP), MCV_E_BUSY);
    join(&l, EMERGENCY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_EMERGENCY, LONE_GROUP), MCV_E_POLICY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_NORMAL, LONE_GROUP), MCV_E_POLICY);
    assert_int_equal(lone_call(&l).type_state, MCV_T1_EMERGENCY);
    lone_close(&l);
}

static void who_raised_it_may_lower_it(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.groups[0].may_cancel = false;
    lone_open(&l);
    join(&l, BASIC);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_EMERGENCY, LONE_GROUP), MCV_OK);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_EMERGENCY, LONE_GROUP), MCV_E_BUSY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_PERIL, LONE_GROUP), MCV_E_BUSY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_NORMAL, LONE_GROUP), MCV_OK);
    lone_close(&l);
}

/* ---- END of somebody else --------------------------------------------------------------------- */

static void ends_that_count_and_ends_that_do_not(void **state)
{
    enum { FROM_BOB, FROM_CAROL };
    static const struct {
        const char *why;
        const char *user;
        int from, change_s, id;
        mcv_err err;
        bool is_ended, is_unverified;
        int counter; /* -1: none */
    } cases[] = {
        {"bob, from his address", LONE_BOB, FROM_BOB, 1, 0, MCV_OK, true, false, -1},
        {"bob, his clock is behind", LONE_BOB, FROM_BOB, -5, 0, MCV_OK, true, false, -1},
        {"carol, whose address nobody knows", LONE_CAROL, FROM_CAROL, 1, 0, MCV_OK, true, true, -1},
        {"bob, from another address", LONE_BOB, FROM_CAROL, 1, 0, MCV_E_POLICY, false, false,
         MCV_N_MONP_WRONG_SOURCE},
        {"another call", LONE_BOB, FROM_BOB, 1, 1, MCV_E_NOT_FOR_US, false, false,
         MCV_N_MONP_UNKNOWN_CALL},
        {"carol's older END, late", LONE_CAROL, FROM_CAROL, -1, 0, MCV_E_POLICY, false, false,
         MCV_N_MONP_IGNORED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_EMERGENCY_END);
        m.last_user = mcv_bytes_str(cases[i].user);
        m.last_change_s = (uint64_t)((int64_t)m.last_change_s + cases[i].change_s);
        m.call_id = (uint16_t)(m.call_id + cases[i].id);
        lone_defaults(&l);
        lone_open(&l);
        join(&l, EMERGENCY);
        assert_int_equal(
            lone_hear_at(&l, &m, cases[i].from == FROM_BOB ? &l.bob : &l.carol, &l.group),
            cases[i].err);
        assert_int_equal(lone_call(&l).call_type == BASIC, cases[i].is_ended);
        assert_int_equal(l.last_event.is_unverified, cases[i].is_unverified);
        if (cases[i].counter >= 0) {
            assert_int_equal(lone_count(&l, (enum mcv_counter)cases[i].counter), 1);
        }
        lone_close(&l);
    }
}

/* Forged types that change ten thousand times a second. */
static void a_storm_of_types_is_paced(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    lone_open(&l);
    join(&l, BASIC);
    l.is_quiet = true;
    for (int i = 0; i < 10000; i++) {
        m.call_type = i % 2 ? BASIC : EMERGENCY;
        m.last_change_s++;
        (void)lone_hear(&l, &m);
        if (i % 10 == 9) lone_run_ms(&l, 1);
    }
    assert_in_range(l.n_events[MCV_EVENT_GROUP_TYPE_CHANGED], 16, 24);
    lone_close(&l);
}

/* Others have filled the places: a broadcast or a basic call gives way to an emergency of our user, and to
 * nothing else. */
static void an_emergency_finds_room(void **state)
{
    static const struct {
        const char *why;
        bool is_broadcast;
        uint8_t type; /* of the call that is there */
        enum mcv_command_type command;
        mcv_err err;
    } rows[] = {
        {"a broadcast", true, BASIC, MCV_CMD_GROUP_EMERGENCY, MCV_OK},
        {"a basic call", false, BASIC, MCV_CMD_GROUP_EMERGENCY, MCV_OK},
        {"a call in peril", false, PERIL, MCV_CMD_GROUP_EMERGENCY, MCV_E_FULL},
        {"an emergency", false, EMERGENCY, MCV_CMD_GROUP_EMERGENCY, MCV_E_FULL},
        {"not for peril", true, BASIC, MCV_CMD_GROUP_PERIL, MCV_E_FULL},
        {"nor a basic call", false, BASIC, MCV_CMD_GROUP_START, MCV_E_FULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lone l;
        struct mcv_monp m = rows[i].is_broadcast ? lone_message(MCV_MONP_GROUP_CALL_BROADCAST)
                                                 : lone_announcement();
        if (!rows[i].is_broadcast) m.call_type = rows[i].type;
        lone_defaults(&l);
        l.limits.n_group_calls = 1;
        lone_open(&l);
        assert_int_equal(lone_hear(&l, &m), MCV_OK);
        (void)lone_take(&l);
        const mcv_err err = lone_command(&l, rows[i].command, LONE_OTHER);
        if (err != rows[i].err) fail_msg("%s: %s", rows[i].why, mcv_err_name(err));
        if (err) assert_string_equal(lone_take(&l), "");
        lone_run_ms(&l, 1000);
        assert_int_equal(l.n_events[MCV_EVENT_GROUP_STARTED], !err);
        if (!err) assert_int_equal(l.last.call_type, EMERGENCY);
        lone_close(&l);
    }
}

/* Forged: our user is said to have changed the type when time ends. No later second can be told. */
static void a_change_at_the_end_of_time(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    m.last_user = mcv_bytes_str(LONE_ALICE);
    m.last_change_s = MCV_MONP_MAX_S;
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    command(&l, MCV_CMD_GROUP_EMERGENCY);
    assert_int_equal(l.last.type, MCV_MONP_GROUP_CALL_ANNOUNCEMENT);
    assert_int_equal(l.last.call_type, EMERGENCY);
    assert_int_equal(l.last.last_change_s, MCV_MONP_MAX_S);
    command(&l, MCV_CMD_GROUP_NORMAL);
    assert_int_equal(l.last.type, MCV_MONP_GROUP_CALL_EMERGENCY_END);
    assert_int_equal(l.last.last_change_s, MCV_MONP_MAX_S);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raise_is_announced_with_its_priority),
        cmocka_unit_test(a_cancel_is_sent_cfg_times),
        cmocka_unit_test(a_new_emergency_stops_the_old_end),
        cmocka_unit_test(emergency_and_peril_do_not_last),
        cmocka_unit_test(the_wished_type_is_announced),
        cmocka_unit_test(a_joined_basic_call_is_raised_at_once),
        cmocka_unit_test(what_the_user_may_not_do),
        cmocka_unit_test(who_raised_it_may_lower_it),
        cmocka_unit_test(ends_that_count_and_ends_that_do_not),
        cmocka_unit_test(a_storm_of_types_is_paced),
        cmocka_unit_test(an_emergency_finds_room),
        cmocka_unit_test(a_change_at_the_end_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
