/* Which messages are for a group that has no multicast: those of its members, sent to us. */
#include "agent/core/fan_out.h"

#include "agent/core/group_call.h"
#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

static struct mcv_addr members[1];

static void begin(struct lone *l)
{
    lone_defaults(l);
    members[0] = l->peers[0].addr;
    l->groups[0].fan_out = (struct mcv_fan_out){.to = members, .n = 1};
    l->groups[0].media_port = 43000;
    lone_open(l);
}

static void only_members_are_heard(void **state)
{
    const struct mcv_monp m = lone_announcement();
    struct lone l;

    (void)state;
    begin(&l);
    const struct {
        const struct mcv_addr *from, *to;
    } wrong[] = {
        {&l.carol, &l.alice}, /* not a member */
        {&l.bob, &l.group},   /* by multicast */
        {&l.bob, &l.other},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(lone_hear_at(&l, &m, wrong[i].from, wrong[i].to), MCV_E_NOT_FOR_US);
        assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_ADDRESS), i + 1);
    }
    assert_int_equal(lone_hear_at(&l, &m, &l.bob, &l.alice), MCV_OK);
    assert_int_equal(l.n_events[MCV_EVENT_GROUP_JOINED], 1);
    lone_close(&l);
}

/* Another group of the same device goes on with multicast. */
static void of_this_group_alone(void **state)
{
    struct mcv_monp m = lone_announcement();
    struct lone l;

    (void)state;
    begin(&l);
    m.group = mcv_bytes_str(LONE_OTHER);
    assert_int_equal(lone_hear_at(&l, &m, &l.bob, &l.alice), MCV_E_NOT_FOR_US);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_ADDRESS), 1);
    lone_close(&l);
}

/* Who begins a call chooses its ports: not those that somebody else has at our address. */
static void ports_of_others_are_not_taken(void **state)
{
    static const struct {
        const char *why;
        uint16_t private_port, monp_port, other_port; /* other: of the second group */
        bool is_other_fan_out;
        mcv_err err;
    } rows[] = {
        {"all are free", 50000, 8809, 45000, true, MCV_OK},
        {"of private calls", 60002, 8809, 45000, true, MCV_E_POLICY},
        {"of MONP", 50000, 60004, 45000, true, MCV_E_POLICY},
        {"of another group without multicast", 50000, 8809, 59986, true, MCV_E_POLICY},
        {"of a group with multicast, at its address", 50000, 8809, 60000, false, MCV_OK},
    };
    static const uint8_t types[] = {MCV_MONP_GROUP_CALL_ANNOUNCEMENT,
                                    MCV_MONP_GROUP_CALL_BROADCAST};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const size_t row = i / 2;
        struct mcv_monp m = lone_announcement(); /* 60000 to 60004 */
        struct lone l;
        m.type = types[i % 2];
        if (m.type == MCV_MONP_GROUP_CALL_BROADCAST) m.call_type = MCV_CALL_BROADCAST_GROUP;
        lone_defaults(&l);
        members[0] = l.peers[0].addr;
        l.groups[0].fan_out = (struct mcv_fan_out){.to = members, .n = 1};
        l.groups[0].media_port = 43000;
        l.config.media_port = rows[row].private_port;
        l.config.own[0].port = rows[row].monp_port;
        l.groups[1].media_port = rows[row].other_port;
        if (rows[row].is_other_fan_out) l.groups[1].fan_out = l.groups[0].fan_out;
        lone_open(&l);
        if (lone_hear_at(&l, &m, &l.bob, &l.alice) != rows[row].err) fail_msg("%s", rows[row].why);
        assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_PORTS), rows[row].err != MCV_OK);
        lone_close(&l);
    }
}

/* Nor one for two sockets. */
static void each_socket_has_its_port(void **state)
{
    static const struct {
        const char *why, *old, *text;
        bool is_broadcast;
        mcv_err want;
    } rows[] = {
        {"audio and video", "60002", "60000", false, MCV_E_POLICY},
        {"RTP and transmission control", "60004", "60002", false, MCV_E_POLICY},
        {"of a broadcast", "60002", "60000", true, MCV_E_POLICY},
        {"a port of the system", "60000", "00600", true, MCV_E_POLICY},
        {"others", "60002", "60006", false, MCV_OK},
        {"others of a broadcast", "60002", "60006", true, MCV_OK},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_monp m = rows[i].is_broadcast ? lone_message(MCV_MONP_GROUP_CALL_BROADCAST)
                                                 : lone_announcement();
        struct lone l;

        begin(&l);
        m.sdp = lone_sdp_with(rows[i].old, rows[i].text);
        const mcv_err err = lone_hear_at(&l, &m, &l.bob, &l.alice);
        if (err != rows[i].want) fail_msg("%s: %s", rows[i].why, mcv_err_name(err));
        assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_PORTS), rows[i].want != MCV_OK);
        lone_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_members_are_heard),
        cmocka_unit_test(of_this_group_alone),
        cmocka_unit_test(ports_of_others_are_not_taken),
        cmocka_unit_test(each_socket_has_its_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
