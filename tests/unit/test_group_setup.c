/* How a group call is set up, joined and refused. Spec: TS 24.281 9.3.2.4. */
#include "agent/core/group_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

#define JOIN "open T0>T2 ev:group.joined"

static void announced(struct lone *l)
{
    const struct mcv_monp m = lone_announcement();

    (void)lone_hear(l, &m);
}

static void start(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_OK);
}

static void leave(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_LEAVE, LONE_GROUP), MCV_OK);
}

/* ---- set-up ----------------------------------------------------------------------------------- */

static void own_call_is_announced_after_tfg1(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    start(&l);
    (void)lone_take(&l);
    lone_run_ms(&l, 149);
    assert_string_equal(lone_take(&l), "S2>S2 tx:PROBE S2>S2 tx:PROBE S2>S2 tx:PROBE");
    lone_run_ms(&l, 1);
    assert_string_equal(lone_take(&l), "S2>S3 open T0>T2 tx:ANNOUNCEMENT+confirm ev:group.started");

    const struct mcv_monp *m = &l.last;
    assert_int_equal(m->call_type, MCV_CALL_BASIC_GROUP);
    assert_int_equal(m->refresh_interval_ms, 10000);
    assert_int_equal(m->call_start_s, LONE_UTC_S);
    assert_int_equal(m->last_change_s, LONE_UTC_S);
    assert_true(mcv_bytes_equal(m->originator, mcv_bytes_str(LONE_ALICE)));
    assert_true(mcv_bytes_equal(m->last_user, mcv_bytes_str(LONE_ALICE)));
    assert_true(mcv_bytes_equal(m->group, mcv_bytes_str(LONE_GROUP)));
    assert_true(mcv_addr_equal(&l.last_to, &l.group));
    assert_int_equal(l.last_pppp, 5);
    assert_int_equal(lone_call(&l).setup.total_us, 150000);
    assert_true(lone_call(&l).is_outgoing && lone_call(&l).is_established);
    lone_close(&l);
}

static void confirm_mode_is_a_wish(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.groups[0].wants_confirm = false;
    lone_open(&l);
    start(&l);
    lone_run_ms(&l, 150);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], 1);
    assert_false(l.last.has_confirm_mode);
    lone_close(&l);
}

/* A peer that sends Confirm mode indication as decimal 80: a TLV that ends early, unless the
 * configuration says otherwise. Spec: TS 24.281 17.1.3 */
static void decimal_identifiers_when_configured(void **state)
{
    (void)state;
    for (int iei = MCV_MONP_IEI_HEX; iei <= MCV_MONP_IEI_HEX_OR_DECIMAL; iei++) {
        const struct mcv_monp m = lone_announcement();
        uint8_t octets[MCV_MAX_MONP_BYTES];
        struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
        struct lone l;

        lone_defaults(&l);
        l.config.monp_iei = (enum mcv_monp_iei)iei;
        lone_open(&l);
        mcv_monp_encode(&w, &m);
        mcv_wr_u8(&w, 80);
        const struct mcv_datagram d = {
            .channel = MCV_CH_MONP, .from = l.carol, .to = l.group, .bytes = mcv_wr_done(&w)};
        const bool is_read = iei == MCV_MONP_IEI_HEX_OR_DECIMAL;
        assert_int_equal(lone_hear_octets(&l, &d), is_read ? MCV_OK : MCV_E_TRUNCATED);
        assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ACCEPT], is_read);
        assert_int_equal(lone_count(&l, MCV_N_MONP_MALFORMED), !is_read);
        lone_close(&l);
    }
}

static void call_identifiers_differ(void **state)
{
    (void)state;
    uint16_t ids[8];
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct lone l;
        lone_defaults(&l);
        l.seed = seed;
        lone_open(&l);
        start(&l);
        lone_run_ms(&l, 150);
        ids[seed] = l.last.call_id;
        for (uint64_t i = 0; i < seed; i++) assert_int_not_equal(ids[i], ids[seed]);
        lone_close(&l);
    }
}

static void a_left_call_that_was_heard_is_joined_at_once(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    announced(&l);
    leave(&l);
    lone_run_ms(&l, 29000);
    announced(&l); /* TFG5 starts again */
    lone_run_ms(&l, 29000);
    assert_int_equal(lone_call(&l).state, MCV_S6_IGNORING);
    (void)lone_take(&l);
    start(&l);
    assert_string_equal(lone_take(&l), "S6>S3 " JOIN);
    lone_close(&l);
}

static void a_released_probe_is_over_with_tfg1(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    start(&l);
    lone_run_ms(&l, 100);
    leave(&l);
    (void)lone_take(&l);
    lone_run_ms(&l, 49);
    assert_string_equal(lone_take(&l), "");
    lone_run_ms(&l, 1);
    assert_string_equal(lone_take(&l), "S7>S1");
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_PROBE], 3);
    lone_close(&l);
}

static void limit_of_calls_holds_for_both_ways(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.limits.n_group_calls = 1;
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_OTHER), MCV_OK);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_E_FULL);
    announced(&l);
    assert_int_equal(lone_count(&l, MCV_N_GROUP_LIMIT), 1);
    lone_run_ms(&l, 150);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_LEAVE, LONE_OTHER), MCV_OK);
    (void)lone_take(&l);
    announced(&l);
    assert_string_equal(lone_take(&l), "S1>S3 " JOIN);
    lone_close(&l);
}

static void without_a_group_key_there_is_no_call(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.groups[0].protect_media = true;
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_E_UNKNOWN_KEY);
    announced(&l);
    assert_string_equal(lone_take(&l), "S1>S3 S3>S6 T0>T0 ev:group.left/security");
    assert_int_equal(lone_count(&l, MCV_N_GROUP_NO_KEY), 1);
    announced(&l);
    assert_string_equal(lone_take(&l), "S6>S6");
    lone_close(&l);
}

/* ---- bad input -------------------------------------------------------------------------------- */

static void messages_that_are_not_for_the_group(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_E_NOT_FOR_US); /* unicast */
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.other), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_ADDRESS), 2);
    assert_int_equal(lone_hear_at(&l, &m, &l.alice, &l.group), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_OWN), 1);
    m.group = mcv_bytes_str("sip:g3@mc.example");
    assert_int_equal(lone_hear(&l, &m), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_NOT_FOR_US), 1);
    m.group = mcv_bytes_str(LONE_OTHER); /* c= is the address of LONE_GROUP */
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.other), MCV_E_POLICY);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_ADDRESS), 3);
    assert_string_equal(lone_take(&l), "");
    lone_close(&l);
}

static void announcements_that_cannot_be_used(void **state)
{
    static char long_uri[300];
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    lone_open(&l);
    m.call_type = MCV_CALL_PRIVATE;
    assert_int_equal(lone_hear(&l, &m), MCV_E_MALFORMED);
    m.call_type = MCV_CALL_BROADCAST_GROUP;
    assert_int_equal(lone_hear(&l, &m), MCV_E_MALFORMED);
    m = lone_announcement();
    memset(long_uri, 'x', sizeof long_uri);
    m.originator = mcv_bytes_of(long_uri, 256);
    assert_int_equal(lone_hear(&l, &m), MCV_E_MALFORMED);
    m = lone_announcement();
    m.last_user = mcv_bytes_of(long_uri, 256);
    assert_int_equal(lone_hear(&l, &m), MCV_E_MALFORMED);
    assert_int_equal(lone_count(&l, MCV_N_MONP_MALFORMED), 4);
    m = lone_announcement();
    m.sdp = mcv_bytes_str("v=0\r\n");
    assert_int_not_equal(lone_hear(&l, &m), MCV_OK);
    assert_int_equal(lone_count(&l, MCV_N_MONP_BAD_SDP), 1);
    assert_string_equal(lone_take(&l), "");
    lone_close(&l);
}

/* A forged announcement of an older call, to which all members would go and fail. */
static void ports_of_the_system(void **state)
{
    static const char *const used[] = {"60000", "60001", "60002", "60003", "60004"};
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    (void)lone_take(&l);
    m.call_id++;
    m.call_start_s--;
    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        m.sdp = lone_sdp_with(used[i], "01023");
        assert_int_equal(lone_hear(&l, &m), MCV_E_POLICY);
        assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_PORTS), i + 1);
    }
    assert_string_equal(lone_take(&l), "");
    m.sdp = lone_sdp_with("60004", "01024");
    assert_int_equal(lone_hear(&l, &m), MCV_OK);
    assert_int_equal(l.n_events[MCV_EVENT_GROUP_MERGED], 1);
    lone_close(&l);
}

static void a_member_of_another_call_is_not_told(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_ACCEPT);
    lone_defaults(&l);
    lone_open(&l);
    announced(&l);
    (void)lone_take(&l);
    m.call_id++;
    assert_int_equal(lone_hear(&l, &m), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_UNKNOWN_CALL), 1);
    assert_string_equal(lone_take(&l), "");
    lone_close(&l);
}

/* 10 000 distinct calls a second, each better than the one before: what the user sees and the
 * sockets do is bounded, and the call keeps its timers. */
static void an_announcement_storm_is_paced(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    l.groups[0].max_duration_s = 200000;
    lone_open(&l);
    (void)lone_hear(&l, &m);
    l.is_quiet = true;
    for (unsigned i = 0; i < 100000; i++) {
        m.call_id = (uint16_t)i;
        m.call_start_s--;
        (void)lone_hear(&l, &m);
        if (i % 10 == 9) lone_run_ms(&l, 1);
    }
    assert_in_range(l.n_events[MCV_EVENT_GROUP_MERGED], 16, 60); /* 16 at once, four a second */
    assert_int_equal(lone_count(&l, MCV_N_MONP_PACED) + l.n_events[MCV_EVENT_GROUP_MERGED], 100000);
    assert_int_equal(lone_count(&l, MCV_N_OUTPUT_FULL), 0);
    l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT] = 0;
    lone_run_ms(&l, 13334);
    assert_in_range(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], 1, 2);
    lone_close(&l);
}

/* Calls that have to give way to ours, as many a second: ours is announced when it is due. */
static void a_storm_of_worse_calls_delays_nothing(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_announcement();
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    l.is_quiet = true;
    m.call_start_s++;
    for (unsigned i = 0; i < 140000 && l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT] == 0; i++) {
        m.call_id = (uint16_t)(0x8001 + i % 10000);
        (void)lone_hear(&l, &m);
        if (i % 10 == 9) lone_run_ms(&l, 1);
    }
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], 1);
    assert_in_range(l.last_at_us, 6666000, 13334000); /* TFG2 */
    assert_int_equal(l.n_events[MCV_EVENT_GROUP_MERGED], 0);
    assert_int_equal(lone_count(&l, MCV_N_OUTPUT_FULL), 0);
    lone_close(&l);
}

static void a_storm_of_members_is_paced(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_ACCEPT);
    lone_defaults(&l);
    lone_open(&l);
    announced(&l);
    l.is_quiet = true;
    for (unsigned i = 0; i < 10000; i++) {
        (void)lone_hear(&l, &m);
        if (i % 10 == 9) lone_run_ms(&l, 1);
    }
    assert_in_range(l.n_events[MCV_EVENT_GROUP_MEMBER], 64, 90);
    lone_close(&l);
}

static void commands_that_cannot_be_done(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, "sip:g3@mc.example"), MCV_E_NOT_FOUND);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_LEAVE, LONE_GROUP), MCV_E_BUSY);
    assert_int_equal(lone_call_command(&l, MCV_CMD_RELEASE), MCV_E_NOT_FOUND);
    start(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_E_BUSY);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_call_is_announced_after_tfg1),
        cmocka_unit_test(confirm_mode_is_a_wish),
        cmocka_unit_test(decimal_identifiers_when_configured),
        cmocka_unit_test(call_identifiers_differ),
        cmocka_unit_test(a_left_call_that_was_heard_is_joined_at_once),
        cmocka_unit_test(a_released_probe_is_over_with_tfg1),
        cmocka_unit_test(limit_of_calls_holds_for_both_ways),
        cmocka_unit_test(without_a_group_key_there_is_no_call),
        cmocka_unit_test(messages_that_are_not_for_the_group),
        cmocka_unit_test(announcements_that_cannot_be_used),
        cmocka_unit_test(ports_of_the_system),
        cmocka_unit_test(a_member_of_another_call_is_not_told),
        cmocka_unit_test(an_announcement_storm_is_paced),
        cmocka_unit_test(a_storm_of_worse_calls_delays_nothing),
        cmocka_unit_test(a_storm_of_members_is_paced),
        cmocka_unit_test(commands_that_cannot_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
