/* Played scenarios: users who press and release the button, what is measured of it, what must not be. */
#include "sim/play.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>

struct played {
    struct mcv_scenario_file file;
    struct mcv_play *play;
};

/* The text after a common beginning: three members of one group, whose call alice starts at 1 s; her
 * permission that comes with it ends at 5.15 s, when she has not spoken. */
static void play(struct played *p, const char *head, const char *rest, uint64_t seed)
{
    const struct mcv_play_options options = {.seed = seed, .max_samples = 1000};
    struct mcv_yaml_why why = {{0}};
    struct mcv_tmpdir dir;
    char text[4096];

    mcv_tmpdir_make(&dir);
    const char *path = mcv_tmpdir_file(&dir, "s.yaml");
    const int n = snprintf(text, sizeof text,
                           "name: x\n%s\n"
                           "users:\n  - {name: alice}\n  - {name: bob}\n  - {name: carol}\n%s\n",
                           head, rest);
    assert_in_range(n, 1, sizeof text - 1);
    mcv_tmpfile_write(path, text, (size_t)n, 0600);
    if (mcv_scenario_open(&p->file, path, 0, &why) != MCV_OK) fail_msg("%s", why.text);
    if (mcv_play_open(&p->play, &p->file, &options, &why) != MCV_OK) fail_msg("%s", why.text);
    mcv_tmpdir_remove(&dir);
    assert_int_equal(mcv_play_run(p->play), MCV_WORLD_REACHED);
}

static void end(struct played *p)
{
    mcv_play_close(p->play);
    mcv_scenario_close(&p->file);
}

static uint64_t total(const struct played *p, enum mcv_total_id id)
{
    return mcv_play_kpis(p->play)->totals[id];
}

static const struct mcv_histogram *times(const struct played *p, enum mcv_kpi_id id)
{
    return &mcv_play_kpis(p->play)->times[id];
}

#define SMALL   "duration: 40s\ncrypto: costed\nlimits: small"
#define HEAD    "duration: 40s\ncrypto: costed\nlimits: sim"
#define TEAM    "groups: [{name: team, members: [alice, bob, carol]}]\n"
#define STARTED "script:\n  - {at: 1s, do: start, user: alice, group: team}\n"

/* Nobody arbitrates: three Transmission Requests, 40 ms apart (T201, C201), then he does himself. */
static void access_time_is_from_press_to_permission(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD, TEAM STARTED "  - {at: 10s, do: talk, user: bob, group: team, for: 2s}\n", 1);
    assert_int_equal(times(&p, MCV_KPI_ACCESS)->n, 1);
    assert_int_equal(times(&p, MCV_KPI_ACCESS)->max_us, 120000);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 1);
    assert_int_equal(total(&p, MCV_TOTAL_VOICE_SENT), (2000 - 120) / 20); /* only with permission */
    assert_int_equal(total(&p, MCV_TOTAL_VOICE_HEARD), 2 * (2000 - 120) / 20);
    assert_int_equal(times(&p, MCV_KPI_MOUTH_TO_EAR)->max_us, 2000);
    end(&p);
}

/* Applications that know no button: they speak at once, and the agent holds what they say. */
static void with_auto_nothing_is_lost(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD "\nptt: auto",
         TEAM STARTED "  - {at: 10s, do: talk, user: bob, group: team, for: 2s}\n", 1);
    assert_int_equal(times(&p, MCV_KPI_ACCESS)->max_us, 120000);
    assert_int_equal(total(&p, MCV_TOTAL_VOICE_SENT), 100);
    assert_int_equal(total(&p, MCV_TOTAL_VOICE_HEARD), 200);
    assert_in_range(times(&p, MCV_KPI_MOUTH_TO_EAR)->max_us, 120000, 125000);
    end(&p);
}

/* KPI 2: until who starts a call may speak in it; the wait for an answer to the probe is in it. */
static void end_to_end_access_is_until_the_caller_may_speak(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD, TEAM STARTED "  - {at: 20s, do: call, user: bob, to: carol, for: 2s}\n", 1);
    assert_int_equal(times(&p, MCV_KPI_END_TO_END)->n, 2);
    assert_int_equal(times(&p, MCV_KPI_END_TO_END)->max_us, 150000);
    end(&p);
}

/* Dave cannot be reached; carol calls bob, who has just called somebody else. */
static void calls_that_fail_are_no_times_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script;
        unsigned tried, made, failed, end_to_end;
    } rows[] = {
        {"nobody answers; much later he may speak in a group",
         "  - {at: 10s, do: call, user: bob, to: dave}\n"
         "  - {at: 30s, do: talk, user: bob, group: team, for: 2s}\n",
         1, 0, 1, 1},
        {"he is called and left again while his own call rings",
         "  - {at: 10s, do: call, user: bob, to: erin, manual: yes, for: 4s}\n"
         "  - {at: 10.5s, do: call, user: carol, to: bob, for: 500ms}\n",
         2, 2, 0, 2},
        {"he asks for two at once, and one answers",
         "  - {at: 10s, do: call, user: bob, to: erin, manual: yes, for: 1s}\n"
         "  - {at: 10.5s, do: call, user: bob, to: dave}\n",
         2, 1, 1, 1},
        {"his device goes off while it rings",
         "  - {at: 10s, do: call, user: bob, to: erin, manual: yes}\n"
         "  - {at: 11s, do: \"off\", user: bob}\n",
         1, 0, 1, 1},
        {"he calls himself", "  - {at: 10s, do: call, user: bob, to: bob}\n", 1, 0, 1, 1},
    };
    char rest[700];
    struct played p;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(rest, sizeof rest,
                 "  - {name: dave, \"off\": yes}\n  - {name: erin, answers: 3s}\n%s%s",
                 TEAM STARTED, rows[i].script);
        play(&p, SMALL, rest, 1);
        if (total(&p, MCV_TOTAL_CALLS_TRIED) != rows[i].tried ||
            total(&p, MCV_TOTAL_CALLS_MADE) != rows[i].made ||
            total(&p, MCV_TOTAL_CALLS_FAILED) != rows[i].failed ||
            times(&p, MCV_KPI_END_TO_END)->n != rows[i].end_to_end)
            fail_msg("%s: %u tried, %u made, %u failed, %u times", rows[i].why,
                     (unsigned)total(&p, MCV_TOTAL_CALLS_TRIED),
                     (unsigned)total(&p, MCV_TOTAL_CALLS_MADE),
                     (unsigned)total(&p, MCV_TOTAL_CALLS_FAILED),
                     (unsigned)times(&p, MCV_KPI_END_TO_END)->n);
        assert_true(times(&p, MCV_KPI_END_TO_END)->max_us <= 150000);
        end(&p);
    }
}

/* KPI 4: bob turns to a call in which alice speaks; carol, to whom nobody speaks then, is not measured,
 * and neither are dave, who joined by himself, and what is heard in another group. */
static void late_entry_is_until_the_call_is_heard(void **state)
{
    (void)state;
    struct played p;

    play(&p, SMALL,
         "  - {name: dave}\n"
         "groups: [{name: team, members: [alice, bob, carol, dave]}, {name: other, members: [bob, "
         "dave]}]\n" STARTED "  - {at: 0s, do: \"off\", user: bob}\n"
         "  - {at: 1s, do: \"off\", user: carol}\n"
         "  - {at: 10s, do: talk, user: alice, group: team, for: 8s}\n"
         "  - {at: 12s, do: \"on\", user: bob}\n"
         "  - {at: 12s, do: start, user: bob, group: team}\n"
         "  - {at: 14s, do: start, user: bob, group: other}\n"
         "  - {at: 20s, do: \"on\", user: carol}\n"
         "  - {at: 20s, do: start, user: carol, group: team}\n"
         "  - {at: 25s, do: talk, user: alice, group: team, for: 2s}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_GROUP_MADE), 4);
    assert_int_equal(times(&p, MCV_KPI_LATE_ENTRY)->n, 1);
    assert_in_range(times(&p, MCV_KPI_LATE_ENTRY)->max_us, 4000, 350000);
    end(&p);
}

static void a_key_that_is_not_there_cannot_be_revoked(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD,
         TEAM STARTED "  - {at: 5s, do: revoke, group: team}\n"
                      "  - {at: 6s, do: revoke, group: team}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_REFUSED), 1);
    end(&p);
}

static void who_waits_is_queued_and_served_and_measured_apart(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD,
         TEAM STARTED "  - {at: 10s, do: talk, user: bob, group: team, for: 4s}\n"
                      "  - {at: 11s, do: talk, user: carol, group: team, for: 6s}\n"
                      "  - {at: 12s, do: talk, user: alice, group: team, for: 1s}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_PRESSED), 3);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_QUEUED), 2);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 2);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GIVEN_UP), 1); /* alice, at 13 s */
    assert_int_equal(times(&p, MCV_KPI_ACCESS)->n, 1);
    assert_int_equal(times(&p, MCV_KPI_QUEUE)->n, 1);
    assert_in_range(times(&p, MCV_KPI_QUEUE)->max_us, 3000000, 3010000);
    assert_int_equal(total(&p, MCV_TOTAL_DOUBLE_GRANTS), 0);
    end(&p);
}

static void without_a_queue_requests_are_rejected(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD,
         "groups: [{name: team, members: [alice, bob, carol], queue: 0}]\n" STARTED
         "  - {at: 10s, do: talk, user: bob, group: team, for: 4s}\n"
         "  - {at: 11s, do: talk, user: carol, group: team, for: 6s}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_REJECTED), 1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 1);
    assert_int_equal(total(&p, MCV_TOTAL_BURSTS), 1);
    end(&p);
}

/* The last packets of speech come after the Release: they are no new transmission, for which others
 * would have to wait until T203. */
static void media_that_come_after_the_release_hold_nobody_up(void **state)
{
    (void)state;
    static const char *const approaches[] = {"single", "self"};
    char rest[700];
    struct played p;

    for (int i = 0; i < 2; i++) {
        snprintf(rest, sizeof rest,
                 "groups: [{name: team, members: [alice, bob, carol], arbitration: %s}]\n"
                 "faults: [{channel: audio, do: delay, by: 50ms}]\n%s"
                 "  - {at: 10s, do: talk, user: bob, group: team, for: 2s}\n"
                 "  - {at: 12.5s, do: talk, user: carol, group: team, for: 2s}\n",
                 approaches[i], STARTED);
        play(&p, HEAD, rest, 1);
        assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 2);
        assert_int_equal(total(&p, MCV_TOTAL_PTT_QUEUED), 0);
        assert_int_equal(total(&p, MCV_TOTAL_VOICE_HEARD), 2 * total(&p, MCV_TOTAL_VOICE_SENT));
        end(&p);
    }
}

static void emergency_stops_who_speaks(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD,
         TEAM STARTED
         "  - {at: 10s, do: talk, user: bob, group: team, for: 9s}\n"
         "  - {at: 12s, do: talk, user: carol, group: team, for: 2s, emergency: yes}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_REVOKED), 1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 2);
    assert_int_equal(total(&p, MCV_TOTAL_DOUBLE_GRANTS), 0);
    end(&p);
}

static void several_may_transmit_at_once_where_the_group_says_so(void **state)
{
    (void)state;
    static const char *const approaches[] = {"single", "self"};
    char group[600];
    struct played p;

    for (int i = 0; i < 2; i++) {
        snprintf(group, sizeof group,
                 "groups: [{name: team, members: [alice, bob, carol], transmissions: 2,"
                 " arbitration: %s}]\n%s"
                 "  - {at: 10s, do: talk, user: bob, group: team, for: 4s}\n"
                 "  - {at: 11s, do: talk, user: carol, group: team, for: 2s}\n",
                 approaches[i], STARTED);
        play(&p, HEAD, group, 1);
        assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 2);
        assert_int_equal(total(&p, MCV_TOTAL_PTT_QUEUED), 0);
        assert_int_equal(total(&p, MCV_TOTAL_DOUBLE_GRANTS), 0);
        assert_int_equal(total(&p, MCV_TOTAL_WRONG_ARBITRATORS), 0);
        end(&p);
    }
}

/* Two who did not hear each other speak and arbitrate; when they meet that is wrong, for a while. */
static void two_arbitrators_who_meet_are_counted(void **state)
{
    (void)state;
    struct played p;

    play(&p, HEAD,
         TEAM STARTED "  - {at: 8s, do: partition, user: bob, side: 1}\n"
                      "  - {at: 10s, do: talk, user: bob, group: team, for: 20s}\n"
                      "  - {at: 10s, do: talk, user: carol, group: team, for: 20s}\n"
                      "  - {at: 15s, do: heal}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 2);
    assert_int_equal(total(&p, MCV_TOTAL_WRONG_ARBITRATORS), 1);
    assert_int_equal(total(&p, MCV_TOTAL_DOUBLE_GRANTS), 1);
    assert_in_range(total(&p, MCV_TOTAL_DOUBLE_GRANTS_MS), 1, 1000);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_REVOKED), 1);
    end(&p);
}

/* Everybody hears only who is near: two may arbitrate, that is what the specification says. */
static void two_arbitrators_out_of_range_are_right(void **state)
{
    (void)state;
    struct played p;

    play(&p,
         HEAD "\narea: {width_m: 9000, height_m: 100, sure_m: 400, range_m: 500,"
              " slowest_cm_s: 1, fastest_cm_s: 1, rests: 1000s}",
         "groups: [{name: team, members: [alice, bob, carol]}]\n"
         "script:\n  - {at: 0s, do: move, user: alice, place: {x_m: 0, y_m: 0}}\n"
         "  - {at: 0s, do: move, user: bob, place: {x_m: 8000, y_m: 0}}\n"
         "  - {at: 0s, do: move, user: carol, place: {x_m: 100, y_m: 0}}\n"
         "  - {at: 1s, do: start, user: alice, group: team}\n"
         "  - {at: 2s, do: start, user: bob, group: team}\n"
         "  - {at: 10s, do: talk, user: alice, group: team, for: 9s}\n"
         "  - {at: 10s, do: talk, user: bob, group: team, for: 9s}\n",
         1);
    assert_int_equal(total(&p, MCV_TOTAL_PTT_GRANTED), 2);
    assert_int_equal(total(&p, MCV_TOTAL_WRONG_ARBITRATORS), 0);
    assert_int_equal(total(&p, MCV_TOTAL_DOUBLE_GRANTS), 0);
    end(&p);
}

/* Power goes, the call is left: what was said ends with it. */
static void who_leaves_speaks_no_longer(void **state)
{
    (void)state;
    static const char *const ways[] = {"{at: 12s, do: \"off\", user: bob}",
                                       "{at: 12s, do: leave, user: bob, group: team}"};
    char rest[600];
    struct played p;

    for (int i = 0; i < 2; i++) {
        snprintf(rest, sizeof rest,
                 TEAM STARTED "  - {at: 10s, do: talk, user: bob, group: team, for: 9s}\n  - %s\n",
                 ways[i]);
        play(&p, HEAD, rest, 1);
        assert_int_equal(total(&p, MCV_TOTAL_VOICE_SENT), (2000 - 120) / 20);
        end(&p);
    }
}

#define LOAD                                                                                       \
    "network: {delay: 2ms, jitter: 2ms, loss: 2%, duplicate: 1%}\n"                                \
    "groups: [{name: team, members: [alice, bob, carol]}, {name: other, count: 2, peers: 5}]\n"    \
    "load: {from: 1s, groups_start: true, busy: 60%, video: 20%, interrupts: 40%, late: 20%, "     \
    "churn_on: 20s, churn_off: 3s, emergency_every: 10s, private_calls: 6, private_every: 4s}"

static uint64_t hash_of(const char *crypto, uint64_t seed, uint64_t *n_asked)
{
    char head[100];
    struct played p;

    snprintf(head, sizeof head, "duration: 40s\ncrypto: %s\nlimits: small", crypto);
    play(&p, head, LOAD, seed);
    const uint64_t hash = mcv_world_trace_hash(mcv_play_world(p.play));
    *n_asked = total(&p, MCV_TOTAL_PTT_PRESSED);
    assert_true(total(&p, MCV_TOTAL_PTT_GRANTED) > 0);
    assert_true(total(&p, MCV_TOTAL_CALLS_MADE) > 0);
    end(&p);
    return hash;
}

/* With transmission control, calls, emergencies and churn, over a network that loses and repeats. */
static void costed_crypto_gives_the_trace_of_real_crypto(void **state)
{
    (void)state;
    uint64_t n_real, n_costed, first = 0;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        const uint64_t hash = hash_of("real", seed, &n_real);

        assert_true(hash == hash_of("costed", seed, &n_costed));
        assert_int_equal(n_real, n_costed);
        assert_true(n_real > 5);
        assert_true(hash != first);
        first = hash;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(access_time_is_from_press_to_permission),
        cmocka_unit_test(with_auto_nothing_is_lost),
        cmocka_unit_test(end_to_end_access_is_until_the_caller_may_speak),
        cmocka_unit_test(calls_that_fail_are_no_times_of_others),
        cmocka_unit_test(late_entry_is_until_the_call_is_heard),
        cmocka_unit_test(a_key_that_is_not_there_cannot_be_revoked),
        cmocka_unit_test(who_waits_is_queued_and_served_and_measured_apart),
        cmocka_unit_test(without_a_queue_requests_are_rejected),
        cmocka_unit_test(media_that_come_after_the_release_hold_nobody_up),
        cmocka_unit_test(emergency_stops_who_speaks),
        cmocka_unit_test(several_may_transmit_at_once_where_the_group_says_so),
        cmocka_unit_test(two_arbitrators_who_meet_are_counted),
        cmocka_unit_test(two_arbitrators_out_of_range_are_right),
        cmocka_unit_test(who_leaves_speaks_no_longer),
        cmocka_unit_test(costed_crypto_gives_the_trace_of_real_crypto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
