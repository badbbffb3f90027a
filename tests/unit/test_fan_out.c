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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_members_are_heard),
        cmocka_unit_test(of_this_group_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
