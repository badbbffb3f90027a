/* Scenario files: what they make, and the line that each wrong one gets. */
#include "sim/scenario.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>

#define AREA "area: {width_m: 100, height_m: 100, range_m: 50}\n"
#define GOOD "name: x\nduration: 10s\nusers: [{name: alice}, {name: bob}]\n"

static mcv_err open_text(struct mcv_scenario_file *f, struct mcv_yaml_why *why, const char *text,
                         uint32_t peers)
{
    struct mcv_tmpdir dir;

    mcv_tmpdir_make(&dir);
    const char *path = mcv_tmpdir_file(&dir, "s.yaml");
    mcv_tmpfile_write(path, text, strlen(text), 0600);
    const mcv_err err = mcv_scenario_open(f, path, peers, why);
    mcv_tmpdir_remove(&dir);
    return err;
}

static void wrong_files_are_refused_with_line_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"duration: 1s\n", "name"},
        {"name: x\n", "duration"},
        {"name: x\nduration: 1s\n", "users"},
        {GOOD "network: {loss: 120%}\n", "s.yaml:4: loss: \"120%\""},
        {GOOD "network: {loss: -1%}\n", "s.yaml:4: loss:"},
        {GOOD "network: {to_bad: 1%}\n", "s.yaml:4: network:"},
        {GOOD "network:\n  dealy: 1ms\n", "s.yaml:5: dealy"},
        {GOOD "users2: []\n", "s.yaml:4: users2"},
        {"name: x\nduration: 0s\nusers: [{name: a}]\n", "s.yaml:2: duration:"},
        {"name: x\nduration: 1s\nusers: [{name: a, count: 0}]\n", "s.yaml:3: count: \"0\""},
        {"name: x\nduration: 1s\nusers:\n - {name: a}\n - {name: a}\n", "s.yaml:5: name: \"a\""},
        {"name: x\nduration: 1s\nusers: [{name: a, kms: k}]\n", "s.yaml:3: kms: \"k\" no such KMS"},
        {GOOD "groups: [{name: t, peers: 0}]\n", "s.yaml:4: peers: \"0\""},
        {GOOD "groups: [{name: t, members: [bob], transmissions: 17}]\n",
         "s.yaml:4: transmissions: \"17\""},
        {GOOD "limits: sim\ngroups: [{name: t, members: [bob], queue: 3}]\n",
         "s.yaml:5: queue: \"3\" is more than the limits hold"},
        {GOOD "groups: [{name: t, members: [bob], arbitration: both}]\n",
         "s.yaml:4: arbitration: \"both\" expected single or self"},
        {GOOD "ptt: never\n", "s.yaml:4: ptt: \"never\" expected auto or manual"},
        {GOOD "script: [{at: 1s, do: talk, user: bob, for: 1s, priority: 256}]\n",
         "s.yaml:4: priority: \"256\""},
        {GOOD "groups: [{name: t}]\n", "s.yaml:4: name: \"t\" a group needs"},
        {GOOD "groups: [{name: t, members: [carol]}]\n",
         "s.yaml:4: members: \"carol\" no such user"},
        {GOOD "script: [{at: 1s, do: dance}]\n", "s.yaml:4: do: \"dance\""},
        {GOOD "script: [{at: 1s, do: call, user: alice}]\n",
         "s.yaml:4: do: \"call\" needs a key \"to\""},
        {GOOD "script: [{at: 1s, do: call, user: alice, to: eve}]\n", "to: \"eve\" no such user"},
        {GOOD "script: [{at: 1s, do: start, user: alice, group: t}]\n",
         "s.yaml:4: group: \"t\" no such group"},
        {GOOD "script: [{at: 11s, do: release, user: alice}]\n",
         "s.yaml:4: at: \"11s\" is after the end"},
        {GOOD "script: [{at: 1s, do: talk, user: alice}]\n", "needs a key \"for\""},
        {GOOD "faults: [{message: CALL ME}]\n", "s.yaml:4: message: \"CALL ME\" no such message"},
        {GOOD "expect: [{user: alice}]\n", "an expectation has one of"},
        {GOOD "expect: [{user: alice, event: call.done}]\n", "event: \"call.done\" no such event"},
        {GOOD "expect: [{event: call.ended}]\n", "needs a key \"user\""},
        {GOOD "expect: [{user: bob, counter: x}]\n", "counter: \"x\" no such counter"},
        {GOOD "expect: [{kpi: access}]\n", "needs a key \"limit\""},
        {GOOD "expect: [{total: lost, min: 2, max: 1}]\n", "s.yaml:4: min: \"2\" is above max"},
        {GOOD "load: {busy: 10%}\n", "s.yaml:4: busy: \"10%\" needs a group"},
        {"name: x\nduration: 1s\nusers:\n - {name: a, count: 2}\n - {name: a-2}\n",
         "s.yaml:5: name: \"a-2\" two users are called a-2"},
        {"name: x\nduration: 1s\nusers: [{name: t-1}]\ngroups: [{name: t, peers: 2}]\n",
         "s.yaml:4: name: \"t\" two users are called t-1"},
        {GOOD "groups: [{name: t, count: 2, peers: 2}, {name: t-1, members: [bob]}]\n",
         "two groups are called t-1"},
        {"name: x\nduration: 1s\nusers: [{name: \"a*\"}]\n", "s.yaml:3: name: \"a*\" a name has"},
        {GOOD "groups: [{name: \"a,b\", peers: 2}]\n", "s.yaml:4: name: \"a,b\" a name has"},
        {"name: x\nduration: 1s\nlimits: small\nusers: [{name: a, count: 130}]\n",
         "s.yaml:4: users: 130 users who know each other"},
        {"name: x\nduration: 1s\nusers: [{name: a, place: {x_m: 1, y_m: 1}}]\n",
         "s.yaml:3: x_m: \"1\" needs an area"},
        {GOOD AREA "groups: [{name: t, peers: 2, place: {x_m: 101, y_m: 1}}]\n",
         "s.yaml:5: x_m: \"101\" is outside the area"},
        {GOOD AREA "script: [{at: 1s, do: move, user: bob, place: {x_m: 1, y_m: 101}}]\n",
         "s.yaml:5: x_m: \"1\" is outside the area"},
        {GOOD "script: [{at: 1s, do: move, user: bob, place: {x_m: 1, y_m: 1}}]\n",
         "s.yaml:4: do: \"move\" needs a key \"place\", and an area"},
        {GOOD "radio: {half_duplex: yes}\n", "s.yaml:4: half_duplex: \"yes\" needs a rate_kbps"},
        {GOOD "load: {groups_start: yes}\n", "s.yaml:4: groups_start: \"yes\" needs a group"},
        {GOOD "load: {emergency_every: 5s}\n", "emergency_every: \"5s\" needs a group"},
        {GOOD "load: {late: 5%}\n", "late: \"5%\" needs a group with peers"},
        {GOOD "load: {churn_on: 5s, churn_off: 1s}\n", "churn_on: \"5s\" needs a group with peers"},
        {GOOD "load: {private_every: 5s, from: 5s, until: 5s}\n",
         "until: \"5s\" is not after from"},
        {GOOD "expect: [{user: bob, event: call.ended}]\n", "needs a key \"min\" or \"max\""},
        {GOOD "expect: [{total: lost}]\n", "needs a key \"min\" or \"max\""},
        {GOOD "expect: [{user: bob, total: lost, min: 1}]\n",
         "user: \"bob\" is for events and counters"},
        {GOOD "expect: [{user: bob, kpi: access, limit: 1s}]\n", "is for events and counters"},
        {GOOD "expect: [{total: lost, min: 1, by: 2s}]\n", "reason, after and by are for events"},
        {GOOD "expect: [{user: bob, counter: setup_busy, min: 1, after: 2s}]\n", "are for events"},
        {GOOD "expect: [{total: lost, min: 1, at: 50%}]\n", "at and limit are for a KPI"},
        {GOOD "crypto: cheap\n", "s.yaml:4: crypto: \"cheap\" expected real or costed"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_scenario_file f;
        struct mcv_yaml_why why = {{0}};

        assert_int_equal(open_text(&f, &why, rows[i].text, 0), MCV_E_CONFIG);
        if (strstr(why.text, rows[i].want) == NULL)
            fail_msg("row %zu: \"%s\" lacks \"%s\"", i, why.text, rows[i].want);
        mcv_scenario_close(&f);
    }
}

static void counts_are_written_out(void **state)
{
    (void)state;
    struct mcv_scenario_file f;
    struct mcv_yaml_why why = {{0}};
    const char *text =
        "name: x\nduration: 1s\nusers: [{name: car, count: 2}, {name: eve}]\n"
        "groups: [{name: team, count: 2, peers: 3}, {name: all, members: [\"car-*\"]}]\n";

    assert_int_equal(open_text(&f, &why, text, 0), MCV_OK);
    assert_int_equal(f.roster.n_users, 2 + 1 + 6);
    assert_int_equal(f.roster.n_groups, 3);
    assert_int_equal(mcv_roster_user(&f.roster, "car-2"), 1);
    assert_int_equal(mcv_roster_user(&f.roster, "eve"), 2);
    assert_int_equal(mcv_roster_user(&f.roster, "team-2-1"), 6);
    assert_int_equal(f.roster.users[6].group, 1);
    assert_int_equal(mcv_roster_user(&f.roster, "car"), MCV_NOBODY);
    assert_int_equal(mcv_roster_next(&f.roster, "team-*", 0), 3);
    assert_int_equal(mcv_roster_next(&f.roster, "team-*", 9), MCV_NOBODY);
    assert_int_equal(mcv_roster_group(&f.roster, "all"), 2);
    mcv_scenario_close(&f);
}

static void peers_are_shared_in_the_ratio_of_the_file(void **state)
{
    (void)state;
    struct mcv_scenario_file f;
    struct mcv_yaml_why why = {{0}};
    const char *text = "name: x\nduration: 1s\n"
                       "groups: [{name: a, count: 2, peers: 10}, {name: b, peers: 20}]\n";

    assert_int_equal(open_text(&f, &why, text, 400), MCV_OK);
    assert_int_equal(f.roster.n_users, 400);
    assert_int_equal(f.roster.groups[0].n_peers, 100);
    assert_int_equal(f.roster.groups[2].n_peers, 200);
    mcv_scenario_close(&f);
    assert_int_equal(open_text(&f, &why, text, 3), MCV_E_CONFIG);
    assert_non_null(strstr(why.text, "fewer peers than groups"));
    mcv_scenario_close(&f);
    assert_int_equal(open_text(&f, &why, GOOD, 400), MCV_E_CONFIG);
    assert_non_null(strstr(why.text, "no group has peers"));
    mcv_scenario_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_refused_with_line_and_key),
        cmocka_unit_test(counts_are_written_out),
        cmocka_unit_test(peers_are_shared_in_the_ratio_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
