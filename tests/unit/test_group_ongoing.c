/* In a group call: announcements, probes, duration, merge. Spec: TS 24.281 9.3.2.4. */
#include "agent/core/group_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

static void announced(struct lone *l)
{
    const struct mcv_monp m = lone_announcement();

    (void)lone_hear(l, &m);
}

static void start(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_OK);
}

static void probed(struct lone *l)
{
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_PROBE);

    (void)lone_hear(l, &m);
}

/* ---- in the call ------------------------------------------------------------------------------ */

/* Refresh interval x (2/3 + 2/3 X). */
static void periodic_announcements_keep_their_interval(void **state)
{
    (void)state;
    struct lone l;
    uint64_t last_us = 0, least_us = UINT64_MAX, most_us = 0;
    lone_defaults(&l);
    l.groups[0].max_duration_s = 0;
    lone_open(&l);
    announced(&l);
    l.is_quiet = true;
    for (int i = 0; i < 400; i++) {
        const unsigned n = l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT];
        while (l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT] == n) lone_run_ms(&l, 5);
        const uint64_t gap_us = l.last_at_us - last_us;
        if (gap_us < least_us) least_us = gap_us;
        if (gap_us > most_us) most_us = gap_us;
        last_us = l.last_at_us;
    }
    assert_in_range(least_us, 6666666, 6800000);
    assert_in_range(most_us, 13200000, 13333334);
    lone_close(&l);
}

static void a_tiny_refresh_interval_is_not_followed(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    m.refresh_interval_ms = 0;
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    l.is_quiet = true;
    lone_run_ms(&l, 60000);
    assert_in_range(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], 30, 90);
    assert_int_equal(l.last.refresh_interval_ms, 0); /* announced as it was stored */
    lone_close(&l);
}

/* X/12 s: before the TFG1 of who asks. Two probes, one answer. */
static void a_probe_is_answered_once_and_soon(void **state)
{
    (void)state;
    uint64_t most_us = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct lone l;
        lone_defaults(&l);
        l.seed = seed;
        lone_open(&l);
        announced(&l);
        probed(&l);
        probed(&l);
        (void)lone_take(&l);
        lone_run_ms(&l, 84);
        assert_string_equal(lone_take(&l), "S3>S3 tx:ANNOUNCEMENT+probe");
        if (l.last_at_us > most_us) most_us = l.last_at_us;
        lone_run_ms(&l, 6000);
        assert_string_equal(lone_take(&l), "");
        lone_close(&l);
    }
    assert_in_range(most_us, 75000, 83334);
}

static void the_answer_of_another_member_is_enough(void **state)
{
    static const struct {
        const char *why;
        bool has_probe_response;
        unsigned n_sent;
    } cases[] = {
        {"it answers the probe: ours is not needed", true, 0},
        {"a periodic one does not answer the probe", false, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_monp m = lone_announcement();
        lone_defaults(&l);
        lone_open(&l);
        (void)lone_hear(&l, &m);
        probed(&l);
        m.has_probe_response = cases[i].has_probe_response;
        (void)lone_hear(&l, &m);
        lone_run_ms(&l, 100);
        assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], cases[i].n_sent);
        lone_close(&l);
    }
}

static void members_who_hear_the_call_do_not_announce_it(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    announced(&l);
    for (int i = 0; i < 100; i++) {
        lone_run_ms(&l, 6600);
        announced(&l);
    }
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], 0);
    lone_close(&l);
}

static void a_call_is_announced_again_as_it_was(void **state)
{
    (void)state;
    struct lone l;
    const struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    lone_run_ms(&l, 14000);
    assert_int_equal(l.last.type, MCV_MONP_GROUP_CALL_ANNOUNCEMENT);
    assert_int_equal(l.last.call_id, m.call_id);
    assert_int_equal(l.last.call_start_s, m.call_start_s);
    assert_int_equal(l.last.last_change_s, m.last_change_s);
    assert_true(mcv_bytes_equal(l.last.originator, m.originator));
    assert_true(mcv_bytes_equal(l.last.last_user, m.last_user));
    assert_true(mcv_bytes_equal(l.last.sdp, m.sdp)); /* octet by octet */
    lone_close(&l);
}

/* TFG6: X - (Y - Z). */
static void maximum_duration_counts_from_the_call_start(void **state)
{
    static const struct {
        const char *why;
        uint64_t started_s_ago;
        uint64_t left_ms;
    } cases[] = {
        {"started now", 0, 3600000},
        {"started ten minutes ago", 600, 3000000},
        {"started three seconds from now: their clock is ahead", (uint64_t)-3, 3603000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_monp m = lone_announcement();
        m.call_start_s = LONE_UTC_S - cases[i].started_s_ago;
        lone_defaults(&l);
        lone_open(&l);
        l.is_quiet = true;
        (void)lone_hear(&l, &m);
        lone_run_ms(&l, cases[i].left_ms - 1);
        assert_int_equal(lone_call(&l).state, MCV_S3_ONGOING);
        lone_run_ms(&l, 1);
        assert_int_equal(lone_call(&l).state, MCV_S6_IGNORING);
        assert_int_equal(l.last_event.type, MCV_EVENT_GROUP_LEFT);
        assert_int_equal(l.last_event.reason, MCV_END_MAX_DURATION);
        lone_close(&l);
    }
}

/* Else whoever announces an old call could end every new one: it is the better one. */
static void a_call_that_is_over_is_not_taken(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    m.call_start_s = LONE_UTC_S - 3600;
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(lone_hear(&l, &m), MCV_E_TIME);
    start(&l);
    assert_int_equal(lone_hear(&l, &m), MCV_E_TIME);
    lone_run_ms(&l, 150);
    assert_int_equal(lone_hear(&l, &m), MCV_E_TIME);
    assert_int_equal(lone_count(&l, MCV_N_MONP_OVER), 3);
    assert_true(lone_call(&l).is_outgoing);
    lone_close(&l);
}

/* ---- merge ------------------------------------------------------------------------------------ */

static void the_better_call_is_taken_over(void **state)
{
    enum {
        BASIC = MCV_CALL_BASIC_GROUP,
        PERIL = MCV_CALL_IMMINENT_PERIL_GROUP,
        EMERGENCY = MCV_CALL_EMERGENCY_GROUP
    };
    static const struct {
        const char *why;
        uint8_t own_type, type;
        int start_s, id;
        const char *user;
        bool is_taken;
    } cases[] = {
        {"a) emergency before basic", BASIC, EMERGENCY, 100, 1, LONE_BOB, true},
        {"a) imminent peril before basic", BASIC, PERIL, 100, 1, LONE_BOB, true},
        {"b) emergency before imminent peril", PERIL, EMERGENCY, 100, 1, LONE_BOB, true},
        {"c) earlier, one type", BASIC, BASIC, -1, 1, LONE_BOB, true},
        {"d) lower identifier", BASIC, BASIC, 0, -1, LONE_BOB, true},
        {"later", BASIC, BASIC, 1, -1, LONE_BOB, false},
        {"higher identifier", BASIC, BASIC, 0, 1, LONE_BOB, false},
        {"lower type, however early", EMERGENCY, BASIC, -100, -1, LONE_BOB, false},
        {"lower type, however early", EMERGENCY, PERIL, -100, -1, LONE_BOB, false},
        {"lower type, however early", PERIL, BASIC, -100, -1, LONE_BOB, false},
        {"all equal but the originator", BASIC, BASIC, 0, 0, LONE_BOB, false},
        {"one identifier, one user, another call", BASIC, BASIC, -1, 0, LONE_CAROL, true},
        {"one identifier, one user, another call", BASIC, BASIC, 1, 0, LONE_CAROL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_monp own = lone_announcement(), other = lone_announcement();
        own.call_type = cases[i].own_type;
        other.call_type = cases[i].type;
        other.call_start_s = (uint64_t)((int64_t)own.call_start_s + cases[i].start_s);
        other.call_id = (uint16_t)(own.call_id + cases[i].id);
        other.originator = mcv_bytes_str(cases[i].user);
        other.refresh_interval_ms = 20000;
        lone_defaults(&l);
        lone_open(&l);
        (void)lone_hear(&l, &own);
        lone_run_ms(&l, 100);
        (void)lone_hear(&l, &other);
        const struct mcv_call_info info = lone_call(&l);
        assert_int_equal(info.call_id, cases[i].is_taken ? other.call_id : own.call_id);
        assert_int_equal(info.call_type, cases[i].is_taken ? other.call_type : own.call_type);
        assert_int_equal(l.n_events[MCV_EVENT_GROUP_MERGED], cases[i].is_taken);
        l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT] = 0;
        lone_run_ms(&l, 13334); /* TFG2 started again with the interval of the other call */
        assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT] > 0 || cases[i].is_taken, 1);
        lone_close(&l);
    }
}

static void our_own_call_gives_way_too(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    start(&l);
    lone_run_ms(&l, 150);
    (void)lone_take(&l);
    announced(&l);
    assert_int_equal(l.n_events[MCV_EVENT_GROUP_MERGED], 1);
    assert_false(lone_call(&l).is_outgoing);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periodic_announcements_keep_their_interval),
        cmocka_unit_test(a_tiny_refresh_interval_is_not_followed),
        cmocka_unit_test(a_probe_is_answered_once_and_soon),
        cmocka_unit_test(the_answer_of_another_member_is_enough),
        cmocka_unit_test(members_who_hear_the_call_do_not_announce_it),
        cmocka_unit_test(a_call_is_announced_again_as_it_was),
        cmocka_unit_test(maximum_duration_counts_from_the_call_start),
        cmocka_unit_test(a_call_that_is_over_is_not_taken),
        cmocka_unit_test(the_better_call_is_taken_over),
        cmocka_unit_test(our_own_call_gives_way_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
