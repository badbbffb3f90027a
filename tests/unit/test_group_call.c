/* The basic machine of a group call, S1 .. S7. Spec: TS 24.281 9.3.2.4. */
#include "agent/core/group_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

/* ---- every state, everything that can happen -------------------------------------------------- */

static void to_s1(struct lone *l)
{
    (void)l;
}

static void to_s2(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_OK);
}

static void announced(struct lone *l)
{
    const struct mcv_monp m = lone_announcement();

    (void)lone_hear(l, &m);
}

static void announced_confirm(struct lone *l)
{
    struct mcv_monp m = lone_announcement();

    m.has_confirm_mode = true;
    (void)lone_hear(l, &m);
}

static void to_s6(struct lone *l)
{
    announced(l);
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_LEAVE, LONE_GROUP), MCV_OK);
}

static void to_s7(struct lone *l)
{
    to_s2(l);
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_LEAVE, LONE_GROUP), MCV_OK);
}

static const struct {
    enum mcv_group_state state;
    bool needs_user_ack;
    void (*go)(struct lone *l);
} states[] = {
    {MCV_S1_START_STOP, false, to_s1},
    {MCV_S2_WAITING_ANNOUNCEMENT, false, to_s2},
    {MCV_S3_ONGOING, false, announced},
    {MCV_S4_PENDING, true, announced},
    {MCV_S5_PENDING_CONFIRM, true, announced_confirm},
    {MCV_S6_IGNORING, false, to_s6},
    {MCV_S7_RELEASED, false, to_s7},
};

static void start(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP);
}

static void leave(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_LEAVE, LONE_GROUP);
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

static void probed(struct lone *l)
{
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_PROBE);

    (void)lone_hear(l, &m);
}

static void member(struct lone *l)
{
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_ACCEPT);

    (void)lone_hear(l, &m);
}

static void changed(struct lone *l)
{
    struct mcv_monp m = lone_announcement();

    m.call_type = MCV_CALL_EMERGENCY_GROUP;
    m.last_change_s++;
    (void)lone_hear(l, &m);
}

static void better(struct lone *l)
{
    struct mcv_monp m = lone_announcement();

    m.call_id++;
    m.call_start_s--;
    m.originator = mcv_bytes_str(LONE_BOB);
    (void)lone_hear(l, &m);
}

static void worse(struct lone *l)
{
    struct mcv_monp m = lone_announcement();

    m.call_id++;
    (void)lone_hear(l, &m);
}

static void emergency_end(struct lone *l)
{
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_EMERGENCY_END);

    (void)lone_hear(l, &m);
}

static void next_timer(struct lone *l)
{
    for (int i = 0; i < 4000 && l->n_log == 0; i++) lone_run_ms(l, 10);
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
    start,  leave,   release, accept, reject,        announced,  announced_confirm, probed,
    member, changed, better,  worse,  emergency_end, next_timer, sockets_failed,    zeroize,
};

#define JOIN    "open T0>T2 ev:group.joined"
#define JOIN_T1 "open T0>T1 ev:group.joined"
#define PROBING "T0>T0 ev:group.probing tx:PROBE"
#define DESTROY " ev:keys.destroyed"

/* What follows; a pair that is not here: nothing, and it is counted or refused. */
static const struct {
    const char *why;
    enum mcv_group_state state;
    void (*act)(struct lone *l);
    const char *log;
} rows[] = {
    {"nothing runs: the group is asked", MCV_S1_START_STOP, start, "S1>S2 " PROBING},
    {"9.3.2.4.4 a member joins", MCV_S1_START_STOP, announced, "S1>S3 " JOIN},
    {"and confirms when asked to", MCV_S1_START_STOP, announced_confirm,
     "S1>S3 open T0>T2 tx:ACCEPT ev:group.joined"},
    {"an emergency call", MCV_S1_START_STOP, changed, "S1>S3 " JOIN_T1},
    {"any call of the group", MCV_S1_START_STOP, better, "S1>S3 " JOIN},
    {"any call of the group", MCV_S1_START_STOP, worse, "S1>S3 " JOIN},
    {"no call, only the end of keys", MCV_S1_START_STOP, zeroize, "ev:keys.destroyed"},

    {"TFG3", MCV_S2_WAITING_ANNOUNCEMENT, next_timer, "S2>S2 tx:PROBE"},
    {"9.3.2.4.2 an answer", MCV_S2_WAITING_ANNOUNCEMENT, announced, "S2>S3 " JOIN},
    {"an answer is not confirmed", MCV_S2_WAITING_ANNOUNCEMENT, announced_confirm, "S2>S3 " JOIN},
    {"of an emergency call", MCV_S2_WAITING_ANNOUNCEMENT, changed, "S2>S3 " JOIN_T1},
    {"any call of the group", MCV_S2_WAITING_ANNOUNCEMENT, better, "S2>S3 " JOIN},
    {"any call of the group", MCV_S2_WAITING_ANNOUNCEMENT, worse, "S2>S3 " JOIN},
    {"the user gives up", MCV_S2_WAITING_ANNOUNCEMENT, leave, "S2>S7 ev:group.left/released"},
    {"the user gives up", MCV_S2_WAITING_ANNOUNCEMENT, release, "S2>S7 ev:group.left/released"},
    {"keys destroyed", MCV_S2_WAITING_ANNOUNCEMENT, zeroize,
     "S2>S1 T0>T0 ev:group.left/keys_destroyed" DESTROY},

    {"an answer becomes due", MCV_S3_ONGOING, probed, "S3>S3"},
    {"TFG2", MCV_S3_ONGOING, next_timer, "S3>S3 tx:ANNOUNCEMENT"},
    {"as we would announce it", MCV_S3_ONGOING, announced, "S3>S3"},
    {"confirmation is for who is not in the call", MCV_S3_ONGOING, announced_confirm, "S3>S3"},
    {"9.3.3.4 the call type changed", MCV_S3_ONGOING, changed,
     "S3>S3 T2>T1 ev:group.type_changed?"},
    {"merge", MCV_S3_ONGOING, better, "S3>S3 open T2>T2 ev:group.merged"},
    {"a member confirms", MCV_S3_ONGOING, member, "S3>S3 ev:group.member?"},
    {"the user leaves, silently", MCV_S3_ONGOING, leave,
     "S3>S6 close T2>T0 ev:group.left/released"},
    {"the user leaves, silently", MCV_S3_ONGOING, release,
     "S3>S6 close T2>T0 ev:group.left/released"},
    {"no sockets", MCV_S3_ONGOING, sockets_failed, "S3>S6 close T2>T0 ev:group.left/media_failure"},
    {"keys destroyed", MCV_S3_ONGOING, zeroize,
     "S3>S1 close T2>T0 ev:group.left/keys_destroyed" DESTROY},

    {"the user accepts", MCV_S4_PENDING, accept, "S4>S3 " JOIN},
    {"to start is to accept", MCV_S4_PENDING, start, "S4>S3 " JOIN},
    {"the user rejects", MCV_S4_PENDING, reject, "S4>S6 T0>T0 ev:group.left/rejected"},
    {"the user releases", MCV_S4_PENDING, leave, "S4>S6 T0>T0 ev:group.left/released"},
    {"the user releases", MCV_S4_PENDING, release, "S4>S6 T0>T0 ev:group.left/released"},
    {"TFG4", MCV_S4_PENDING, next_timer, "S4>S6 T0>T0 ev:group.left/no_answer"},
    {"keys destroyed", MCV_S4_PENDING, zeroize, "S4>S1 T0>T0 ev:group.left/keys_destroyed" DESTROY},

    {"the user accepts: confirmed", MCV_S5_PENDING_CONFIRM, accept,
     "S5>S3 open T0>T2 tx:ACCEPT ev:group.joined"},
    {"to start is to accept", MCV_S5_PENDING_CONFIRM, start,
     "S5>S3 open T0>T2 tx:ACCEPT ev:group.joined"},
    {"the user rejects", MCV_S5_PENDING_CONFIRM, reject, "S5>S6 T0>T0 ev:group.left/rejected"},
    {"the user releases", MCV_S5_PENDING_CONFIRM, leave, "S5>S6 T0>T0 ev:group.left/released"},
    {"the user releases", MCV_S5_PENDING_CONFIRM, release, "S5>S6 T0>T0 ev:group.left/released"},
    {"TFG4", MCV_S5_PENDING_CONFIRM, next_timer, "S5>S6 T0>T0 ev:group.left/no_answer"},
    {"keys destroyed", MCV_S5_PENDING_CONFIRM, zeroize,
     "S5>S1 T0>T0 ev:group.left/keys_destroyed" DESTROY},

    {"stored, not presented", MCV_S6_IGNORING, announced, "S6>S6"},
    {"stored, not presented", MCV_S6_IGNORING, announced_confirm, "S6>S6"},
    {"stored, not presented", MCV_S6_IGNORING, better, "S6>S6"},
    {"stored, not presented", MCV_S6_IGNORING, worse, "S6>S6"},
    {"the user hears of an emergency", MCV_S6_IGNORING, changed, "S6>S6 ev:group.type_changed?"},
    {"not heard since: the group is asked", MCV_S6_IGNORING, start, "S6>S2 " PROBING},
    {"TFG5", MCV_S6_IGNORING, next_timer, "S6>S1"},
    {"keys destroyed", MCV_S6_IGNORING, zeroize, "S6>S1 ev:keys.destroyed"},

    {"an answer that comes late", MCV_S7_RELEASED, announced, "S7>S6"},
    {"an answer that comes late", MCV_S7_RELEASED, announced_confirm, "S7>S6"},
    {"an answer that comes late", MCV_S7_RELEASED, changed, "S7>S6"},
    {"an answer that comes late", MCV_S7_RELEASED, better, "S7>S6"},
    {"an answer that comes late", MCV_S7_RELEASED, worse, "S7>S6"},
    {"the user changes his mind", MCV_S7_RELEASED, start, "S7>S2 " PROBING},
    {"TFG1", MCV_S7_RELEASED, next_timer, "S7>S1"},
    {"keys destroyed", MCV_S7_RELEASED, zeroize, "S7>S1 ev:keys.destroyed"},
};

static const char *expected(enum mcv_group_state state, void (*act)(struct lone *l))
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
    for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
        for (size_t e = 0; e < sizeof acts / sizeof *acts; e++) {
            struct lone l;
            lone_defaults(&l);
            l.groups[0].needs_user_ack = states[s].needs_user_ack;
            lone_open(&l);
            states[s].go(&l);
            lone_run_ms(&l, 1);
            assert_int_equal(lone_call(&l).state, states[s].state);
            (void)lone_take(&l);
            acts[e](&l);
            assert_string_equal(lone_take(&l), expected(states[s].state, acts[e]));
            n_hit += *expected(states[s].state, acts[e]) != 0;
            lone_close(&l);
        }
    }
    assert_int_equal(n_hit, sizeof rows / sizeof *rows);
}

static void what_is_ignored_is_counted(void **state)
{
    static void (*const messages[])(struct lone * l) = {probed, member, emergency_end};
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct lone l;
        lone_defaults(&l);
        lone_open(&l);
        messages[i](&l);
        assert_int_equal(lone_count(&l, MCV_N_MONP_IGNORED), 1);
        lone_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_meets_everything),
        cmocka_unit_test(what_is_ignored_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
