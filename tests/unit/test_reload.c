/* A new configuration while calls are in progress. Spec: TS 24.484, TS 24.481. */
#include "agent/core/group_call.h"

#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

/* The configuration of the agent, to be changed and set. */
struct next {
    struct mcv_agent_config config;
    struct mcv_group_config groups[3];
    struct mcv_peer_config peers[2];
};

static void copy(struct next *n, const struct lone *l)
{
    *n = (struct next){.config = l->config};
    memcpy(n->groups, l->groups, sizeof l->groups);
    memcpy(n->peers, l->peers, sizeof l->peers);
    n->config.groups = n->groups;
    n->config.peers = n->peers;
}

static mcv_err set(struct lone *l, const struct next *n)
{
    const char *why = NULL;
    const mcv_err err = lone_set_config(l, &n->config, &why);

    assert_true((err == MCV_OK) == (why == NULL));
    return err;
}

static void announced(struct lone *l)
{
    const struct mcv_monp m = lone_announcement();

    (void)lone_hear(l, &m);
}

static void groups_come_and_go(void **state)
{
    (void)state;
    struct lone l;
    struct next n;
    lone_defaults(&l);
    l.limits.n_groups = 3;
    lone_open(&l);
    copy(&n, &l);
    n.groups[2] = n.groups[1];
    n.groups[2].group = mcv_bytes_str("sip:g3@mc.example");
    n.groups[2].addr.b[3] = 3;
    n.groups[1] = n.groups[2]; /* g2 goes, g3 comes */
    assert_int_equal(set(&l, &n), MCV_OK);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, LONE_OTHER), MCV_E_NOT_FOUND);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_START, "sip:g3@mc.example"), MCV_OK);
    assert_int_equal(l.last_to.b[3], 3);
    lone_close(&l);
}

static void a_call_goes_on(void **state)
{
    (void)state;
    struct lone l;
    struct next n;
    lone_defaults(&l);
    lone_open(&l);
    announced(&l);
    const uint32_t call = lone_call(&l).call;
    copy(&n, &l);
    n.groups[0] = l.groups[1]; /* another order, other rights and priorities */
    n.groups[1] = l.groups[0];
    n.groups[1].may_emergency = false;
    n.groups[1].signalling.basic = 7;
    (void)lone_take(&l);
    assert_int_equal(set(&l, &n), MCV_OK);
    memset(l.groups, 0xa5, sizeof l.groups); /* the old one is gone */
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_call(&l).call, call);
    assert_int_equal(lone_call(&l).state, MCV_S3_ONGOING);
    assert_int_equal(lone_command(&l, MCV_CMD_GROUP_EMERGENCY, LONE_GROUP), MCV_E_POLICY);
    lone_run_ms(&l, 14000);
    assert_int_equal(l.n_sent[MCV_MONP_GROUP_CALL_ANNOUNCEMENT], 1);
    assert_int_equal(l.last_pppp, 7);
    assert_true(mcv_bytes_equal(l.last.group, mcv_bytes_str(LONE_GROUP)));
    lone_close(&l);
}

/* ---- what is refused, and changes nothing ----------------------------------------------------- */

static void no_group(struct next *n)
{
    n->config.groups++;
    n->config.n_groups = 1;
}

static void other_address(struct next *n)
{
    n->groups[0].addr.b[3] = 9;
}

static void other_protection(struct next *n)
{
    n->groups[0].protect_control = true;
}

static void other_formats(struct next *n)
{
    n->config.formats[MCV_AUDIO].f[0].pt = 100;
}

static void other_user(struct next *n)
{
    n->config.user = mcv_bytes_str(LONE_CAROL);
}

static void other_own(struct next *n)
{
    n->config.own[0].b[3]++;
}

static void other_backend(struct next *n)
{
    n->config.srtp = NULL;
}

/* Without multicast the ports of g1's call, 60000 to 60004, are at our own address. */
static void ports_of_another(struct next *n)
{
    static struct mcv_addr members[1];

    members[0] = n->peers[0].addr;
    n->groups[0].fan_out = n->groups[1].fan_out = (struct mcv_fan_out){.to = members, .n = 1};
    n->groups[1].media_port = 59990;
}

static void nothing(struct lone *l)
{
    (void)l;
}

static void probing(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP), MCV_OK);
}

static void left(struct lone *l)
{
    announced(l);
    assert_int_equal(lone_command(l, MCV_CMD_GROUP_LEAVE, LONE_GROUP), MCV_OK);
}

static void broadcasting(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_BROADCAST_START, LONE_GROUP), MCV_OK);
}

static void broadcast(struct lone *l)
{
    struct mcv_monp m = lone_announcement();

    m.type = MCV_MONP_GROUP_CALL_BROADCAST;
    m.call_type = MCV_CALL_BROADCAST_GROUP;
    assert_int_equal(lone_hear(l, &m), MCV_OK);
}

static void in_emergency(struct lone *l)
{
    assert_int_equal(lone_command(l, MCV_CMD_ALERT_RAISE, LONE_GROUP), MCV_OK);
}

static void what_may_change_when(void **state)
{
    static const struct {
        const char *why;
        void (*go)(struct lone *l);
        void (*change)(struct next *n);
        mcv_err err;
    } cases[] = {
        {"in a call: its group stays", announced, no_group, MCV_E_BUSY},
        {"in a call: its address stays", announced, other_address, MCV_E_BUSY},
        {"in a call: its protection stays", announced, other_protection, MCV_E_BUSY},
        {"in a call: the formats stay", announced, other_formats, MCV_E_BUSY},
        {"in a call: nobody else gets its ports", announced, ports_of_another, MCV_E_BUSY},
        {"a broadcast: nobody else gets its ports", broadcast, ports_of_another, MCV_E_BUSY},
        {"probing: the group stays", probing, no_group, MCV_E_BUSY},
        {"a broadcast: the group stays", broadcasting, no_group, MCV_E_BUSY},
        {"our alert: the group stays", in_emergency, no_group, MCV_E_BUSY},
        {"no call: groups go", nothing, no_group, MCV_OK},
        {"no call: addresses change", nothing, other_address, MCV_OK},
        {"no call: protection changes", nothing, other_protection, MCV_OK},
        {"no call: formats change", nothing, other_formats, MCV_OK},
        {"no call: ports change", nothing, ports_of_another, MCV_OK},
        {"a left call does not count", left, no_group, MCV_OK},
        {"a left call does not count", left, other_formats, MCV_OK},
        {"another user is another agent", nothing, other_user, MCV_E_CONFIG},
        {"another address is another agent", nothing, other_own, MCV_E_CONFIG},
        {"another back-end is another agent", nothing, other_backend, MCV_E_CONFIG},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct next n;
        lone_defaults(&l);
        lone_open(&l);
        cases[i].go(&l);
        const struct mcv_call_info before = lone_call(&l);
        copy(&n, &l);
        cases[i].change(&n);
        assert_int_equal(set(&l, &n), cases[i].err);
        if (cases[i].err) {
            assert_int_equal(lone_call(&l).call, before.call);
            assert_int_equal(lone_call(&l).state, before.state);
        } else {
            memset(l.groups, 0xa5, sizeof l.groups);
            lone_run_ms(&l, 40000); /* nothing of the old one is used */
            assert_int_equal(lone_call(&l).state, MCV_S1_START_STOP);
        }
        lone_close(&l);
    }
}

static void a_left_call_is_forgotten_with_its_formats_or_ports(void **state)
{
    static void (*const changes[])(struct next * n) = {other_formats, ports_of_another};

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct lone l;
        struct next n;
        lone_defaults(&l);
        lone_open(&l);
        left(&l);
        announced(&l); /* heard since */
        copy(&n, &l);
        changes[i](&n);
        (void)lone_take(&l);
        assert_int_equal(set(&l, &n), MCV_OK);
        assert_string_equal(lone_take(&l), "S6>S1");
        lone_close(&l);
    }
}

static void alerts_of_a_group_that_goes_end(void **state)
{
    (void)state;
    struct lone l;
    struct next n;
    struct mcv_alert_info info;
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT);
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    copy(&n, &l);
    (void)lone_take(&l);
    assert_int_equal(set(&l, &n), MCV_OK);
    assert_true(mcv_agent_alert_info(l.a, 0, &info));
    no_group(&n);
    assert_int_equal(set(&l, &n), MCV_OK);
    assert_string_equal(lone_take(&l), "ev:alert.ended/removed");
    assert_false(mcv_agent_alert_info(l.a, 0, &info));
    lone_run_ms(&l, 40000);
    assert_string_equal(lone_take(&l), "");
    lone_close(&l);
}

static void an_ignored_broadcast_of_a_group_that_goes_is_forgotten(void **state)
{
    (void)state;
    struct lone l;
    struct next n;
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_CALL_BROADCAST);
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    assert_int_equal(lone_call_command(&l, MCV_CMD_RELEASE), MCV_OK);
    copy(&n, &l);
    no_group(&n);
    (void)lone_take(&l);
    assert_int_equal(set(&l, &n), MCV_OK);
    assert_string_equal(lone_take(&l), "B4>B1");
    lone_close(&l);
}

static void a_new_peer_makes_his_alert_a_verified_one(void **state)
{
    (void)state;
    struct lone l;
    struct next n;
    struct mcv_alert_info info;
    const struct mcv_monp m = lone_message(MCV_MONP_GROUP_EMERGENCY_ALERT);
    lone_defaults(&l);
    lone_open(&l);
    (void)lone_hear(&l, &m);
    assert_true(mcv_agent_alert_info(l.a, 0, &info) && !info.is_verified);
    copy(&n, &l);
    n.peers[1] = (struct mcv_peer_config){.user = mcv_bytes_str(LONE_CAROL), .addr = l.carol};
    n.config.n_peers = 2;
    assert_int_equal(set(&l, &n), MCV_OK);
    (void)lone_hear(&l, &m);
    assert_true(mcv_agent_alert_info(l.a, 0, &info) && info.is_verified);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_come_and_go),
        cmocka_unit_test(a_call_goes_on),
        cmocka_unit_test(what_may_change_when),
        cmocka_unit_test(a_left_call_is_forgotten_with_its_formats_or_ports),
        cmocka_unit_test(alerts_of_a_group_that_goes_end),
        cmocka_unit_test(an_ignored_broadcast_of_a_group_that_goes_is_forgotten),
        cmocka_unit_test(a_new_peer_makes_his_alert_a_verified_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
