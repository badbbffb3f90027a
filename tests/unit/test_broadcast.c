/* Broadcast group calls, B1 .. B4. Spec: TS 24.281 9.4. */
#include "agent/core/broadcast_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

/* ---- every state, everything that can happen -------------------------------------------------- */

static void to_b1(struct lone *l)
{
    (void)l;
}

static void to_b2_own(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_BROADCAST_START, LONE_GROUP), MCV_OK);
}

static void heard(struct lone *l)
{
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);

    (void)lone_hear(l, &m);
}

static void to_b4(struct lone *l)
{
    heard(l);
    assert_int_equal(lone_call_command(l, MCV_CMD_RELEASE), MCV_OK);
}

enum place { B1, B1_ASK, B2_OWN, B2, B3, B4, N_PLACES };

static const struct {
    enum mcv_broadcast_state state;
    bool needs_user_ack;
    void (*go)(struct lone *l);
} places[N_PLACES] = {
    [B1] = {MCV_B1_START_STOP, false, to_b1},      [B1_ASK] = {MCV_B1_START_STOP, true, to_b1},
    [B2_OWN] = {MCV_B2_ONGOING, false, to_b2_own}, [B2] = {MCV_B2_ONGOING, false, heard},
    [B3] = {MCV_B3_PENDING, true, heard},          [B4] = {MCV_B4_IGNORING, false, to_b4},
};

static void start(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_BROADCAST_START, LONE_GROUP);
}

static void end(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_BROADCAST_END, LONE_GROUP);
}

static void release(struct lone *l)
{
    (void)lone_call_command(l, MCV_CMD_RELEASE);
}

static void accept(struct lone *l)
{
    (void)lone_call_command(l, MCV_CMD_ACCEPT);
}

static void reject(struct lone *l)
{
    (void)lone_call_command(l, MCV_CMD_REJECT);
}

static void heard_end(struct lone *l)
{
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST_END);

    (void)lone_hear(l, &m);
}

static void next_timer(struct lone *l)
{
    for (int i = 0; i < 4000 && l->n_log == 0; i++) lone_run_ms(l, 100);
}

static void sockets_failed(struct lone *l)
{
    lone_break_sockets(l);
}

static void zeroize(struct lone *l)
{
    (void)lone_full_command(l, &(struct mcv_command){.type = MCV_CMD_ZEROIZE});
}

static void (*const acts[])(struct lone *l) = {
    start, end, release, accept, reject, heard, heard_end, next_timer, sockets_failed, zeroize,
};

#define BEGIN "B1>B2 open ev:broadcast.started tx:BROADCAST"

/* What follows; a pair that is not here: nothing. */
static const struct {
    const char *why;
    enum place place;
    void (*act)(struct lone *l);
    const char *log;
} rows[] = {
    {"9.4.2.4.1 our user starts", B1, start, BEGIN},
    {"9.4.2.4.2 a member listens", B1, heard, "B1>B2 open ev:broadcast.joined"},
    {"no call, only the end of keys", B1, zeroize, "ev:keys.destroyed"},
    {"our user is not asked for his own", B1_ASK, start, BEGIN},
    {"9.4.2.4.2 the user is asked", B1_ASK, heard, "B1>B3 ev:broadcast.incoming"},
    {"no call, only the end of keys", B1_ASK, zeroize, "ev:keys.destroyed"},

    {"TFB2", B2_OWN, next_timer, "B2>B2 tx:BROADCAST"},
    {"our user ends it", B2_OWN, end, "B2>B1 tx:BROADCAST-END close ev:broadcast.ended/released"},
    {"our user ends it", B2_OWN, release,
     "B2>B1 tx:BROADCAST-END close ev:broadcast.ended/released"},
    {"another call beside ours", B2_OWN, heard, "B1>B2 open ev:broadcast.joined"},
    {"no sockets: it was announced", B2_OWN, sockets_failed,
     "B2>B1 tx:BROADCAST-END close ev:broadcast.ended/media_failure"},
    {"keys destroyed", B2_OWN, zeroize,
     "B2>B1 close ev:broadcast.ended/keys_destroyed ev:keys.destroyed"},

    {"ours beside it", B2, start, BEGIN},
    {"a listener has enough", B2, release, "B2>B4 close ev:broadcast.ended/released"},
    {"9.4.2.4.3 END", B2, heard_end, "B2>B1 close ev:broadcast.ended/released_by_peer?"},
    {"TFB1", B2, next_timer, "B2>B1 close ev:broadcast.ended/max_duration"},
    {"no sockets", B2, sockets_failed, "B2>B4 close ev:broadcast.ended/media_failure"},
    {"keys destroyed", B2, zeroize,
     "B2>B1 close ev:broadcast.ended/keys_destroyed ev:keys.destroyed"},

    {"ours beside it", B3, start, BEGIN},
    {"the user accepts", B3, accept, "B3>B2 open ev:broadcast.joined"},
    {"the user rejects", B3, reject, "B3>B4 ev:broadcast.ended/rejected"},
    {"the user rejects", B3, release, "B3>B4 ev:broadcast.ended/rejected"},
    {"TFB3", B3, next_timer, "B3>B4 ev:broadcast.ended/no_answer"},
    {"END stops alerting", B3, heard_end, "B3>B1 ev:broadcast.ended/released_by_peer?"},
    {"keys destroyed", B3, zeroize, "B3>B1 ev:broadcast.ended/keys_destroyed ev:keys.destroyed"},

    {"ours beside it", B4, start, BEGIN},
    {"still ignored", B4, heard, "B4>B4"},
    {"END", B4, heard_end, "B4>B1"},
    {"TFB1", B4, next_timer, "B4>B1"},
    {"keys destroyed", B4, zeroize, "B4>B1 ev:keys.destroyed"},
};

static const char *expected(size_t place, void (*act)(struct lone *l))
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].place == place && rows[i].act == act) return rows[i].log;
    }
    return "";
}

static void every_state_meets_everything(void **state)
{
    (void)state;
    size_t n_hit = 0;
    for (size_t p = 0; p < N_PLACES; p++) {
        for (size_t e = 0; e < sizeof acts / sizeof *acts; e++) {
            struct lone l;
            lone_defaults(&l);
            l.groups[0].needs_user_ack = places[p].needs_user_ack;
            lone_open(&l);
            places[p].go(&l);
            assert_int_equal(lone_call(&l).state, places[p].state);
            (void)lone_take(&l);
            acts[e](&l);
            assert_string_equal(lone_take(&l), expected(p, acts[e]));
            n_hit += *expected(p, acts[e]) != 0;
            lone_close(&l);
        }
    }
    assert_int_equal(n_hit, sizeof rows / sizeof *rows);
}

/* ---- what is sent ----------------------------------------------------------------------------- */

static void it_is_repeated_until_it_ends(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    to_b2_own(&l);
    const uint16_t call_id = l.last.call_id;
    assert_int_equal(l.last.call_type, MCV_CALL_BROADCAST_GROUP);
    assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_ALICE)));
    assert_true(mcv_bytes_equal(l.last.group, mcv_bytes_str(LONE_GROUP)));
    assert_int_equal(l.last_pppp, 5);
    uint8_t first[sizeof l.last_bytes];
    const size_t n_first = l.n_last;
    memcpy(first, l.last_bytes, n_first);
    lone_run_ms(&l, 299999); /* TFB1 300 s, TFB2 3 s */
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_BROADCAST], 100);
    assert_int_equal(l.n_last, n_first);
    assert_memory_equal(l.last_bytes, first, n_first);
    (void)lone_take(&l);
    lone_run_ms(&l, 1);
    assert_string_equal(lone_take(&l), "B2>B1 close ev:broadcast.ended/max_duration");
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_BROADCAST_END], 0);
    to_b2_own(&l);
    assert_int_not_equal(l.last.call_id, call_id);
    end(&l);
    assert_int_equal(l.last.type, MCV_MONP_GROUP_CALL_BROADCAST_END);
    assert_true(mcv_bytes_equal(l.last.originator, mcv_bytes_str(LONE_ALICE)));
    lone_close(&l);
}

static void a_listener_repeats_nothing(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    heard(&l);
    lone_run_ms(&l, 60000);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_BROADCAST], 0);
    lone_close(&l);
}

static void a_repeat_starts_tfb1_of_an_ignored_call(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    lone_open(&l);
    to_b4(&l);
    for (int i = 0; i < 200; i++) {
        lone_run_ms(&l, 3000);
        heard(&l);
        assert_int_equal(lone_call(&l).state, MCV_B4_IGNORING);
    }
    lone_close(&l);
}

static void what_the_user_may_not_do(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.groups[1].may_broadcast = false;
    l.limits.n_group_calls = 1;
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_BROADCAST_START, LONE_OTHER), MCV_E_POLICY);
    assert_int_equal(lone_command(&l, MCV_CMD_BROADCAST_START, "sip:g3@mc.example"),
                     MCV_E_NOT_FOUND);
    assert_int_equal(lone_command(&l, MCV_CMD_BROADCAST_END, LONE_GROUP), MCV_E_NOT_FOUND);
    to_b2_own(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_BROADCAST_START, LONE_GROUP), MCV_E_BUSY);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_OTHER), MCV_E_FULL);
    lone_close(&l);
}

static void without_a_group_key_there_is_no_call(void **state)
{
    (void)state;
    struct lone l;
    lone_defaults(&l);
    l.groups[0].protect_media = true;
    lone_open(&l);
    assert_int_equal(lone_command(&l, MCV_CMD_BROADCAST_START, LONE_GROUP), MCV_E_UNKNOWN_KEY);
    heard(&l);
    assert_string_equal(lone_take(&l), "B1>B2 B2>B4 ev:broadcast.ended/security");
    heard(&l);
    assert_string_equal(lone_take(&l), "B4>B4");
    lone_close(&l);
}

/* ---- bad input -------------------------------------------------------------------------------- */

static void messages_that_do_not_count(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    lone_defaults(&l);
    lone_open(&l);
    m.originator = mcv_bytes_str(LONE_ALICE);
    assert_int_equal(lone_hear(&l, &m), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_OWN), 1);
    m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    m.call_type = MCV_CALL_BASIC_GROUP;
    assert_int_equal(lone_hear(&l, &m), MCV_E_MALFORMED);
    m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.alice), MCV_E_NOT_FOR_US);
    m.group = mcv_bytes_str(LONE_OTHER);
    assert_int_equal(lone_hear_at(&l, &m, &l.carol, &l.other), MCV_E_POLICY); /* c= */
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_ADDRESS), 2);
    m.group = mcv_bytes_str("sip:g3@mc.example");
    assert_int_equal(lone_hear(&l, &m), MCV_E_NOT_FOR_US);
    assert_string_equal(lone_take(&l), "");
    lone_close(&l);
}

static void an_end_must_come_from_who_calls(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    struct mcv_monp e = lone_message(MCV_MONP_GROUP_CALL_BROADCAST_END);
    lone_defaults(&l);
    lone_open(&l);
    m.originator = e.originator = mcv_bytes_str(LONE_BOB);
    (void)lone_hear_at(&l, &m, &l.bob, &l.group);
    (void)lone_take(&l);
    assert_int_equal(lone_hear(&l, &e), MCV_E_POLICY); /* carol's host, bob's name */
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_SOURCE), 1);
    e.originator = mcv_bytes_str(LONE_CAROL);
    assert_int_equal(lone_hear(&l, &e), MCV_E_NOT_FOR_US); /* no such call of hers */
    e.originator = mcv_bytes_str(LONE_BOB);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_hear_at(&l, &e, &l.bob, &l.group), MCV_OK);
    assert_string_equal(lone_take(&l), "B2>B1 close ev:broadcast.ended/released_by_peer");
    lone_close(&l);
}

static void nobody_ends_our_broadcast(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp e = lone_message(MCV_MONP_GROUP_CALL_BROADCAST_END);
    lone_defaults(&l);
    lone_open(&l);
    to_b2_own(&l);
    e.call_id = l.last.call_id;
    e.originator = mcv_bytes_str(LONE_ALICE);
    assert_int_equal(lone_hear(&l, &e), MCV_E_POLICY);
    assert_int_equal(lone_call(&l).state, MCV_B2_ONGOING);
    lone_close(&l);
}

/* One host announces calls without end; another host still gets through. */
static void one_source_has_a_share(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    lone_defaults(&l);
    l.limits.n_group_calls = 4;
    lone_open(&l);
    l.is_quiet = true;
    for (unsigned i = 0; i < 10000; i++) {
        m.call_id = (uint16_t)i;
        (void)lone_hear(&l, &m);
    }
    assert_int_equal(l.n_events[MCV_EVENT_BROADCAST_JOINED], 2);
    assert_int_equal(lone_count(&l, MCV_N_GROUP_LIMIT), 9998);
    m.originator = mcv_bytes_str(LONE_BOB);
    assert_int_equal(lone_hear_at(&l, &m, &l.bob, &l.group), MCV_OK);
    assert_int_equal(l.n_events[MCV_EVENT_BROADCAST_JOINED], 3);
    lone_close(&l);
}

static void the_oldest_ignored_call_gives_way(void **state)
{
    (void)state;
    struct lone l;
    struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    lone_defaults(&l);
    lone_open(&l);
    for (uint8_t i = 0; i < 5; i++) { /* one more than the table holds, from five hosts */
        struct mcv_addr from = l.carol;
        from.b[3] = (uint8_t)(100 + i);
        m.call_id = i;
        assert_int_equal(lone_hear_at(&l, &m, &from, &l.group), MCV_OK);
        assert_int_equal(lone_call_command(&l, MCV_CMD_RELEASE), MCV_OK);
        lone_run_ms(&l, 1000);
    }
    (void)lone_take(&l);
    m.call_id = 4;
    (void)lone_hear(&l, &m);
    assert_string_equal(lone_take(&l), "B4>B4");
    m.call_id = 0;
    (void)lone_hear(&l, &m);
    assert_string_equal(lone_take(&l), "B1>B2 open ev:broadcast.joined");
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_meets_everything),
        cmocka_unit_test(it_is_repeated_until_it_ends),
        cmocka_unit_test(a_listener_repeats_nothing),
        cmocka_unit_test(a_repeat_starts_tfb1_of_an_ignored_call),
        cmocka_unit_test(what_the_user_may_not_do),
        cmocka_unit_test(without_a_group_key_there_is_no_call),
        cmocka_unit_test(messages_that_do_not_count),
        cmocka_unit_test(an_end_must_come_from_who_calls),
        cmocka_unit_test(nobody_ends_our_broadcast),
        cmocka_unit_test(one_source_has_a_share),
        cmocka_unit_test(the_oldest_ignored_call_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
