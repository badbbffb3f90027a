/* Scenario files: each verb, fault and property of the network does what sim/scenarios/README.md says,
 * as far as the users notice. */
#include "sim/play.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>

/* What the rows have in common: alice, bob and carol are in a group; dave is asked, and answers. */
#define HEAD                                                                                       \
    "name: x\nduration: 40s\ncrypto: costed\nlimits: device\n"                                     \
    "users: [{name: alice}, {name: bob}, {name: carol}, {name: dave, answers: 2s}]\n"              \
    "groups: [{name: team, members: [alice, bob, carol]}]\n"
#define CALL  "script:\n  - {at: 1s, do: call, user: alice, to: bob}\n"
#define RING  "script:\n  - {at: 1s, do: call, user: alice, to: bob, manual: yes}\n"
#define GROUP "script:\n  - {at: 1s, do: start, user: alice, group: team}\n"

struct row {
    const char *why, *rest;
};

struct played {
    struct mcv_scenario_file file;
    struct mcv_play *play;
};

static void play(struct played *p, const char *why, const char *rest)
{
    const struct mcv_play_options options = {.seed = 1};
    struct mcv_yaml_why what = {{0}};
    struct mcv_tmpdir dir;
    char text[4096];

    mcv_tmpdir_make(&dir);
    const char *path = mcv_tmpdir_file(&dir, "s.yaml");
    const int n = snprintf(text, sizeof text, "%s%s", HEAD, rest);
    assert_in_range(n, 1, sizeof text - 1);
    mcv_tmpfile_write(path, text, (size_t)n, 0600);
    if (mcv_scenario_open(&p->file, path, 0, &what) != MCV_OK) fail_msg("%s: %s", why, what.text);
    if (mcv_play_open(&p->play, &p->file, &options, &what) != MCV_OK)
        fail_msg("%s: %s", why, what.text);
    mcv_tmpdir_remove(&dir);
    assert_int_equal(mcv_play_run(p->play), MCV_WORLD_REACHED);
}

static void end(struct played *p)
{
    mcv_play_close(p->play);
    mcv_scenario_close(&p->file);
}

static void expect_all(const struct row *row)
{
    struct mcv_verdict verdict;
    struct played p;

    play(&p, row->why, row->rest);
    assert_true(p.file.s.expects.n > 0);
    for (size_t i = 0; mcv_play_verdict(p.play, i, &verdict); i++)
        if (!verdict.is_met) fail_msg("%s: %s (%s)", row->why, verdict.text, verdict.detail);
    end(&p);
}

static void verbs_of_private_calls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"call, release", CALL
         "  - {at: 5s, do: release, user: bob}\n"
         "expect:\n  - {user: alice, event: call.established, min: 1, max: 1, by: 1.1s}\n"
         "  - {user: alice, event: call.ended, reason: released_by_peer, min: 1, after: 5s}\n"},
        {"call for a time",
         "script: [{at: 1s, do: call, user: alice, to: bob, for: 3s}]\n"
         "expect: [{user: bob, event: call.ended, min: 1, after: 4s, by: 4.1s}]\n"},
        {"accept",
         RING "  - {at: 3s, do: accept, user: bob}\n"
              "expect: [{user: alice, event: call.established, min: 1, after: 3s, by: 3.1s}]\n"},
        {"reject",
         RING "  - {at: 3s, do: reject, user: bob}\n"
              "expect:\n  - {user: alice, event: call.ended, reason: rejected_by_peer, min: 1}\n"
              "  - {total: calls_failed, min: 1, max: 1}\n"},
        {"answers",
         "script: [{at: 1s, do: call, user: alice, to: dave, manual: yes}]\n"
         "expect: [{user: alice, event: call.established, min: 1, after: 3s, by: 3.1s}]\n"},
        {"talk and video",
         CALL "  - {at: 2s, do: talk, user: alice, for: 1s}\n"
              "  - {at: 5s, do: video, user: bob, for: 1s}\n"
              "audio: {every: 100ms, bytes: 40}\nvideo: {every: 50ms, bytes: 900}\n"
              "expect:\n  - {total: voice_heard, min: 9, max: 10}\n"
              "  - {total: video_seen, min: 17, max: 20}\n"},
        {"spread",
         "script: [{at: 1s, spread: 10s, do: call, user: \"alice\", to: bob}]\n"
         "expect: [{user: alice, event: call.outgoing, min: 1, max: 1, after: 1.1s, by: 11s}]\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) expect_all(&rows[i]);
}

static void verbs_of_groups(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"start, leave", GROUP "  - {at: 5s, do: leave, user: bob, group: team}\n"
                               "expect:\n  - {user: bob, event: group.joined, min: 1, max: 1}\n"
                               "  - {user: bob, event: group.left, min: 1, after: 5s}\n"
                               "  - {user: carol, event: group.left, max: 0}\n"},
        {"emergency, peril, normal",
         GROUP "  - {at: 3s, do: peril, user: bob, group: team}\n"
               "  - {at: 6s, do: emergency, user: bob, group: team}\n"
               "  - {at: 9s, do: normal, user: bob, group: team}\n"
               "expect:\n  - {user: \"*\", event: group.type_changed, max: 3}\n"
               "  - {user: alice, event: group.type_changed, min: 1, max: 1, after: 3s, by: 4s}\n"
               "  - {user: carol, event: group.type_changed, min: 1, max: 1, after: 6s, by: 7s}\n"
               "  - {user: carol, event: group.type_changed, min: 1, max: 1, after: 9s, by: 10s}\n"
               "  - {total: emergencies, min: 2, max: 2}\n"},
        {"broadcast, broadcast_end",
         "script:\n  - {at: 1s, do: broadcast, user: alice, group: team}\n"
         "  - {at: 8s, do: broadcast_end, user: alice, group: team}\n"
         "expect:\n  - {user: alice, event: broadcast.started, min: 1}\n"
         "  - {user: bob, event: broadcast.joined, min: 1, max: 1, by: 2s}\n"
         "  - {user: carol, event: broadcast.ended, min: 1, after: 8s, by: 9s}\n"},
        {"alert, alert_cancel",
         "script:\n  - {at: 1s, do: alert, user: alice, group: team}\n"
         "  - {at: 9s, do: alert_cancel, user: alice}\n"
         "expect:\n  - {user: bob, event: alert.received, min: 1, max: 1, by: 2s}\n"
         "  - {user: bob, event: alert.ended, min: 1, after: 9s, by: 10s}\n"},
        {"off, on: forgets the call, and joins it anew",
         GROUP "  - {at: 5s, do: \"off\", user: bob}\n  - {at: 9s, do: \"on\", user: bob}\n"
               "expect:\n  - {user: bob, event: group.joined, min: 1, max: 1, after: 9s}\n"
               "  - {user: bob, event: group.joined, min: 1, max: 1, by: 5s}\n"},
        {"suspend, resume: hears nothing in between",
         GROUP "  - {at: 5s, do: suspend, user: bob}\n  - {at: 12s, do: resume, user: bob}\n"
               "  - {at: 6s, do: talk, user: alice, group: team, for: 5s}\n"
               "  - {at: 20s, do: talk, user: alice, group: team, for: 1s}\n"
               "expect:\n  - {user: bob, counter: rtp_received, min: 44, max: 50}\n"
               "  - {user: carol, counter: rtp_received, min: 288, max: 300}\n"},
        {"zeroize", GROUP "  - {at: 5s, do: zeroize, user: bob}\n"
                          "expect:\n  - {user: bob, event: keys.destroyed, min: 1, max: 1}\n"
                          "  - {user: bob, event: group.left, reason: keys_destroyed, min: 1}\n"},
        {"roll, revoke", GROUP
         "  - {at: 5s, do: roll, group: team, after: 3s}\n  - {at: 12s, do: revoke, group: team}\n"
         "  - {at: 20s, do: talk, user: bob, group: team, for: 1s}\n"
         "expect:\n  - {user: alice, event: keys.changed, min: 2, max: 2}\n"
         "  - {total: voice_heard, min: 88, max: 88}\n"},
        {"a request in emergency and one with priority take the turn",
         GROUP "  - {at: 9s, do: talk, user: bob, group: team, for: 9s}\n"
               "  - {at: 11s, do: talk, user: carol, group: team, for: 1s, emergency: yes}\n"
               "expect: [{user: bob, event: ptt.revoked, min: 1, max: 1}]\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) expect_all(&rows[i]);
}

static void faults_hit_what_they_name(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"drop every request",
         CALL "faults: [{message: PRIVATE CALL SETUP REQUEST, do: drop}]\n"
              "expect: [{user: alice, event: call.ended, reason: no_response, min: 1}]\n"},
        {"drop the first two: the third, two times TFP1 later, arrives",
         CALL "timers: {TFP1_ms: 200}\n"
              "faults: [{message: PRIVATE CALL SETUP REQUEST, from: alice, to: bob,"
              " which: [{n: 1}, {n: 2}], do: drop}]\n"
              "expect: [{user: alice, event: call.established, min: 1, after: 1.4s, by: 1.5s}]\n"},
        {"delay",
         CALL "timers: {TFP1_ms: 500}\n"
              "faults: [{message: PRIVATE CALL ACCEPT, do: delay, by: 300ms}]\n"
              "expect: [{user: alice, event: call.established, min: 1, after: 1.3s, by: 1.4s}]\n"},
        {"duplicate", CALL "  - {at: 2s, do: talk, user: alice, for: 1s}\n"
                           "faults: [{channel: audio, do: duplicate, by: 5ms}]\n"
                           "expect:\n  - {user: bob, counter: rtp_received, min: 44, max: 50}\n"
                           "  - {user: bob, counter: rtp_replay, min: 44, max: 50}\n"},
        {"flip", CALL "  - {at: 2s, do: talk, user: alice, for: 1s}\n"
                      "faults: [{channel: audio, which: [{n: 5}], do: flip, bit: 200}]\n"
                      "expect: [{user: bob, counter: rtp_auth, min: 1, max: 1}]\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) expect_all(&rows[i]);
}

#define SPEECH GROUP "  - {at: 9s, do: talk, user: bob, group: team, for: 20s}\n"

#define BOTH                                                                                       \
    CALL "  - {at: 9s, do: talk, user: alice, for: 20s}\n"                                         \
         "  - {at: 9s, do: talk, user: bob, for: 20s}\n"

/* What becomes of a thousand packets of voice to two listeners. */
static void the_network_is_that_of_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *why, *rest;
        struct {
            uint64_t least, most;
        } half_us, all_us, lost; /* half of the times, all of them; datagrams */
    } rows[] = {
        {"a delay", SPEECH "network: {delay: 10ms}\n", {10000, 10000}, {10000, 10000}, {0, 0}},
        {"jitter",
         SPEECH "network: {delay: 10ms, jitter: 30ms}\n",
         {23000, 27000},
         {39000, 40000},
         {0, 0}},
        {"uniform loss", SPEECH "network: {loss: 20%}\n", {2000, 2000}, {2000, 2000}, {340, 480}},
        {"bursts of loss, one packet in eleven",
         SPEECH "network: {to_bad: 1%, to_good: 10%, bad_loss: 100%}\n",
         {2000, 2000},
         {2000, 2000},
         {90, 300}},
        {"packets that are overtaken",
         SPEECH "network: {late: 10%, late_by: 70ms}\n",
         {2000, 2000},
         {72000, 72000},
         {0, 0}},
        {"a rate of each link: 135 octets take 43 ms at 25 kbit/s, and queue",
         SPEECH "network: {rate_kbps: 25}\n",
         {5000000, 8000000},
         {11000000, 13000000},
         {0, 0}},
        {"a rate of the sender",
         SPEECH "radio: {rate_kbps: 25}\n",
         {5000000, 8000000},
         {11000000, 13000000},
         {0, 0}},
        {"a sidelink period of 40 ms: each second packet waits for 20 ms",
         SPEECH "radio: {period: 40ms}\n",
         {2000, 22000},
         {22000, 22000},
         {0, 0}},
        {"a radio of each: 2.4 to 2.9 ms on the way",
         SPEECH "radio: {rate_kbps: 2000}\n",
         {2400, 2500},
         {2400, 2900},
         {0, 0}},
        {"full duplex", BOTH "radio: {rate_kbps: 2000}\n", {2400, 2500}, {2400, 3000}, {0, 0}},
        {"half duplex: who sends is deaf, and both send at the same instants",
         BOTH "radio: {rate_kbps: 2000, half_duplex: yes}\n",
         {0, 2500},
         {0, 3000},
         {1900, 2100}},
        {"the same, with a delay of several packets",
         BOTH "radio: {rate_kbps: 2000, half_duplex: yes}\nnetwork: {delay: 50ms}\n",
         {0, 51000},
         {0, 51000},
         {1900, 2100}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct played p;

        play(&p, rows[i].why, rows[i].rest);
        const struct mcv_kpis *k = mcv_play_kpis(p.play);
        const struct mcv_histogram *h = &k->times[MCV_KPI_MOUTH_TO_EAR];
        const uint64_t half_us = mcv_histogram_quantile(h, 500000),
                       lost = k->totals[MCV_TOTAL_LOST];

        if (half_us < rows[i].half_us.least || half_us > rows[i].half_us.most * 33 / 32 ||
            h->max_us < rows[i].all_us.least || h->max_us > rows[i].all_us.most ||
            lost < rows[i].lost.least || lost > rows[i].lost.most)
            fail_msg("%s: %u us, %u us, %u lost", rows[i].why, (unsigned)half_us,
                     (unsigned)h->max_us, (unsigned)lost);
        end(&p);
    }
}

static void flipped_bits_are_found(void **state)
{
    (void)state;
    static const struct row row = {
        "one packet in ten",
        SPEECH "network: {corrupt: 10%}\n"
               "expect:\n  - {user: carol, counter: rtp_auth, min: 50, max: 150}\n"
               "  - {total: wrong_media, max: 0}\n"};

    expect_all(&row);
}

/* To build, verify and open an I_MESSAGE takes 4, 0.4 and 6 ms in the table of the world; an octet takes
 * 8 us at 1 Mbit/s. */
static void what_it_costs_is_counted_for_each_peer(void **state)
{
    (void)state;
    struct played p;

    play(&p, "costs", CALL "radio: {rate_kbps: 1000}\n");
    const struct mcv_kpis *k = mcv_play_kpis(p.play);
    const uint64_t bytes = k->totals[MCV_TOTAL_BYTES];

    assert_int_equal(k->totals[MCV_TOTAL_CRYPTO_MS], 10);
    assert_int_equal(k->loads[MCV_LOAD_CRYPTO].n, 4);
    assert_int_equal(k->loads[MCV_LOAD_CRYPTO].sum_us, 10400);
    assert_int_equal(k->loads[MCV_LOAD_CRYPTO].max_us, 6400);
    assert_true(bytes > 1000);
    assert_int_equal(k->totals[MCV_TOTAL_AIR_MS], bytes * 8 / 1000);
    assert_int_equal(k->loads[MCV_LOAD_AIR].sum_us, bytes * 8);
    assert_int_equal(k->loads[MCV_LOAD_BYTES].sum_us, bytes);
    assert_int_equal(k->loads[MCV_LOAD_SENT].sum_us, k->totals[MCV_TOTAL_PACKETS]);
    assert_int_equal(k->loads[MCV_LOAD_RECEIVED].sum_us, k->totals[MCV_TOTAL_DELIVERIES]);
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_of_private_calls),
        cmocka_unit_test(verbs_of_groups),
        cmocka_unit_test(faults_hit_what_they_name),
        cmocka_unit_test(the_network_is_that_of_the_file),
        cmocka_unit_test(flipped_bits_are_found),
        cmocka_unit_test(what_it_costs_is_counted_for_each_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
