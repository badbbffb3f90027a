/* The call-type machine, T0 .. T3. Spec: TS 24.281 9.3.3. */
#include "agent/core/group_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

enum {
    BASIC = MCV_CALL_BASIC_GROUP,
    PERIL = MCV_CALL_IMMINENT_PERIL_GROUP,
    EMERGENCY = MCV_CALL_EMERGENCY_GROUP,
};

/* ---- every state, everything that can happen -------------------------------------------------- */

static void join(struct lone *l, uint8_t type)
{
    struct mcv_monp m = lone_announcement();

    m.call_type = type;
    (void)lone_hear(l, &m);
}

static void to_t0(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_OK);
}

static void to_t1(struct lone *l)
{
    join(l, EMERGENCY);
}

static void to_t2(struct lone *l)
{
    join(l, BASIC);
}

static void to_t3(struct lone *l)
{
    join(l, PERIL);
}

static void (*const states[MCV_N_TYPE_STATES])(struct lone *l) = {to_t0, to_t1, to_t2, to_t3};

static void emergency(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_EMERGENCY, LONE_GROUP);
}

static void peril(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_PERIL, LONE_GROUP);
}

static void normal(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_NORMAL, LONE_GROUP);
}

/* An announcement of the call by who changed it last, or by somebody else. */
static void hear_type(struct lone *l, uint8_t type, const char *last_user, int change_s)
{
    struct mcv_monp m = lone_announcement();

    m.call_type = type;
    m.last_user = mcv_bytes_str(last_user);
    m.last_change_s = (uint64_t)((int64_t)m.last_change_s + change_s);
    (void)lone_hear(l, &m);
}

static void same_basic(struct lone *l)
{
    hear_type(l, BASIC, LONE_CAROL, 1);
}

static void same_peril(struct lone *l)
{
    hear_type(l, PERIL, LONE_CAROL, 1);
}

static void same_emergency(struct lone *l)
{
    hear_type(l, EMERGENCY, LONE_CAROL, 1);
}

static void same_old(struct lone *l)
{
    hear_type(l, EMERGENCY, LONE_CAROL, -1);
}

static void other_basic(struct lone *l)
{
    hear_type(l, BASIC, LONE_BOB, -1);
}

static void other_peril(struct lone *l)
{
    hear_type(l, PERIL, LONE_BOB, -1);
}

static void other_emergency(struct lone *l)
{
    hear_type(l, EMERGENCY, LONE_BOB, -1);
}

/* Another, older call of this type. */
static void merge(struct lone *l, uint8_t type)
{
    struct mcv_monp m = lone_announcement();

    m.call_type = type;
    m.call_id++;
    m.call_start_s--;
    (void)lone_hear(l, &m);
}

static void merge_basic(struct lone *l)
{
    merge(l, BASIC);
}

static void merge_peril(struct lone *l)
{
    merge(l, PERIL);
}

static void merge_emergency(struct lone *l)
{
    merge(l, EMERGENCY);
}

static void hear_end(struct lone *l, enum mcv_monp_type type)
{
    const struct mcv_monp m = lone_message(type);

    (void)lone_hear(l, &m);
}

static void emergency_end(struct lone *l)
{
    hear_end(l, MCV_MONP_GROUP_CALL_EMERGENCY_END);
}

static void peril_end(struct lone *l)
{
    hear_end(l, MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END);
}

static void leave(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_LEAVE, LONE_GROUP);
}

static void (*const acts[])(struct lone *l) = {
    emergency,       peril,         normal,      same_basic,      same_peril,  same_emergency,
    same_old,        other_basic,   other_peril, other_emergency, merge_basic, merge_peril,
    merge_emergency, emergency_end, peril_end,   leave,
};

#define TOLD   " ev:group.type_changed"
#define HEARD  " ev:group.type_changed?"
#define MERGED " ev:group.merged"

/* What follows; a pair that is not here: nothing but (for an announcement) a step of S3. */
static const struct {
    const char *why;
    enum mcv_type_state state;
    void (*act)(struct lone *l);
    const char *log;
} rows[] = {
    {"the wish counts when TFG1 expires", MCV_T0_WAITING, emergency, "T0>T0"},
    {"the wish counts when TFG1 expires", MCV_T0_WAITING, peril, "T0>T0"},
    {"the wish is taken back", MCV_T0_WAITING, normal, "T0>T0"},
    {"answer to the probe: basic", MCV_T0_WAITING, same_basic, "S2>S3 open T0>T2 ev:group.joined"},
    {"imminent peril", MCV_T0_WAITING, same_peril, "S2>S3 open T0>T3 ev:group.joined"},
    {"emergency", MCV_T0_WAITING, same_emergency, "S2>S3 open T0>T1 ev:group.joined"},
    {"emergency", MCV_T0_WAITING, same_old, "S2>S3 open T0>T1 ev:group.joined"},
    {"basic", MCV_T0_WAITING, other_basic, "S2>S3 open T0>T2 ev:group.joined"},
    {"imminent peril", MCV_T0_WAITING, other_peril, "S2>S3 open T0>T3 ev:group.joined"},
    {"emergency", MCV_T0_WAITING, other_emergency, "S2>S3 open T0>T1 ev:group.joined"},
    {"basic", MCV_T0_WAITING, merge_basic, "S2>S3 open T0>T2 ev:group.joined"},
    {"imminent peril", MCV_T0_WAITING, merge_peril, "S2>S3 open T0>T3 ev:group.joined"},
    {"emergency", MCV_T0_WAITING, merge_emergency, "S2>S3 open T0>T1 ev:group.joined"},
    {"no call, nothing to clear", MCV_T0_WAITING, leave, "S2>S7 ev:group.left/released"},

    {"our user cancels", MCV_T1_EMERGENCY, normal, "T1>T2 tx:EMERGENCY-END" TOLD},
    {"who changed it last lowers it", MCV_T1_EMERGENCY, same_basic, "S3>S3 T1>T2" HEARD},
    {"who changed it last lowers it", MCV_T1_EMERGENCY, same_peril, "S3>S3 T1>T3" HEARD},
    {"the time is copied", MCV_T1_EMERGENCY, same_emergency, "S3>S3 T1>T1"},
    {"time and user are copied", MCV_T1_EMERGENCY, other_emergency, "S3>S3 T1>T1"},
    {"merge", MCV_T1_EMERGENCY, merge_emergency, "S3>S3 open T1>T1" MERGED},
    {"EMERGENCY END", MCV_T1_EMERGENCY, emergency_end, "S3>S3 T1>T2" HEARD},
    {"the call ends", MCV_T1_EMERGENCY, leave, "S3>S6 close T1>T0 ev:group.left/released"},

    {"our user raises", MCV_T2_BASIC, emergency, "T2>T1 tx:ANNOUNCEMENT" TOLD},
    {"our user raises", MCV_T2_BASIC, peril, "T2>T3 tx:ANNOUNCEMENT" TOLD},
    {"the time is copied", MCV_T2_BASIC, same_basic, "S3>S3 T2>T2"},
    {"raised", MCV_T2_BASIC, same_peril, "S3>S3 T2>T3" HEARD},
    {"raised", MCV_T2_BASIC, same_emergency, "S3>S3 T2>T1" HEARD},
    {"time and user are copied", MCV_T2_BASIC, other_basic, "S3>S3 T2>T2"},
    {"somebody else may raise", MCV_T2_BASIC, other_peril, "S3>S3 T2>T3" HEARD},
    {"somebody else may raise", MCV_T2_BASIC, other_emergency, "S3>S3 T2>T1" HEARD},
    {"merge", MCV_T2_BASIC, merge_basic, "S3>S3 open T2>T2" MERGED},
    {"merge", MCV_T2_BASIC, merge_peril, "S3>S3 open T2>T3" MERGED},
    {"merge", MCV_T2_BASIC, merge_emergency, "S3>S3 open T2>T1" MERGED},
    {"the call ends", MCV_T2_BASIC, leave, "S3>S6 close T2>T0 ev:group.left/released"},

    {"our user raises", MCV_T3_IMMINENT_PERIL, emergency, "T3>T1 tx:ANNOUNCEMENT" TOLD},
    {"our user cancels", MCV_T3_IMMINENT_PERIL, normal, "T3>T2 tx:PERIL-END" TOLD},
    {"who changed it last lowers it", MCV_T3_IMMINENT_PERIL, same_basic, "S3>S3 T3>T2" HEARD},
    {"the time is copied", MCV_T3_IMMINENT_PERIL, same_peril, "S3>S3 T3>T3"},
    {"raised", MCV_T3_IMMINENT_PERIL, same_emergency, "S3>S3 T3>T1" HEARD},
    {"time and user are copied", MCV_T3_IMMINENT_PERIL, other_peril, "S3>S3 T3>T3"},
    {"somebody else may raise", MCV_T3_IMMINENT_PERIL, other_emergency, "S3>S3 T3>T1" HEARD},
    {"merge", MCV_T3_IMMINENT_PERIL, merge_peril, "S3>S3 open T3>T3" MERGED},
    {"merge", MCV_T3_IMMINENT_PERIL, merge_emergency, "S3>S3 open T3>T1" MERGED},
    {"IMMINENT PERIL END", MCV_T3_IMMINENT_PERIL, peril_end, "S3>S3 T3>T2" HEARD},
    {"the call ends", MCV_T3_IMMINENT_PERIL, leave, "S3>S6 close T3>T0 ev:group.left/released"},
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
    for (size_t s = 0; s < MCV_N_TYPE_STATES; s++) {
        for (size_t e = 0; e < sizeof acts / sizeof *acts; e++) {
            struct lone l;
            const char *want = expected(s, acts[e]);
            lone_defaults(&l);
            lone_open(&l);
            states[s](&l);
            assert_int_equal(lone_call(&l).type_state, s);
            (void)lone_take(&l);
            acts[e](&l);
            const char *log = lone_take(&l);
            if (strcmp(log, "S3>S3") == 0 && *want == 0) log = ""; /* looked at, not taken */
            assert_string_equal(log, want);
            n_hit += *want != 0;
            lone_close(&l);
        }
    }
    assert_int_equal(n_hit, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_meets_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
