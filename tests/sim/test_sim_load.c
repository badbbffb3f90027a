/* What random users do: how long and how often, against the means that a scenario gives. One seed each:
 * the bounds are some three deviations wide. */
#include "proto/monp.h"
#include "sim/play.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>

#define S        UINT64_C(1000000)
#define MAX_SPAN 20000

struct played {
    struct mcv_scenario_file file;
    struct mcv_play *play;
};

static void play(struct played *p, const char *text)
{
    const struct mcv_play_options options = {.seed = 1, .max_samples = 100000, .keeps_story = true};
    struct mcv_yaml_why why = {{0}};
    struct mcv_tmpdir dir;

    mcv_tmpdir_make(&dir);
    const char *path = mcv_tmpdir_file(&dir, "s.yaml");
    mcv_tmpfile_write(path, text, strlen(text), 0600);
    if (mcv_scenario_open(&p->file, path, 0, &why) != MCV_OK) fail_msg("%s", why.text);
    if (mcv_play_open(&p->play, &p->file, &options, &why) != MCV_OK) fail_msg("%s", why.text);
    mcv_tmpdir_remove(&dir);
    assert_int_equal(mcv_play_run(p->play), MCV_WORLD_REACHED);
    assert_int_equal(mcv_play_story(p->play)->n_left_out, 0);
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

/* ---- times --------------------------------------------------------------------------------- */

struct spans {
    uint64_t us[MAX_SPAN];
    size_t n;
};

static void add(struct spans *s, uint64_t us)
{
    assert_true(s->n < MAX_SPAN);
    s->us[s->n++] = us;
}

static uint64_t mean_us(const struct spans *s)
{
    uint64_t sum = 0;

    assert_true(s->n > 0);
    for (size_t i = 0; i < s->n; i++) sum += s->us[i];
    return sum / s->n;
}

/* Exponentially distributed: half of them are below ln 2 of the mean, and 5 % above three times. */
static void assert_exponential(const struct spans *s, uint64_t want_us, unsigned percent)
{
    const uint64_t mean = mean_us(s);
    size_t n_short = 0, n_long = 0;

    assert_in_range(mean, want_us * (100 - percent) / 100, want_us * (100 + percent) / 100);
    for (size_t i = 0; i < s->n; i++) {
        n_short += s->us[i] < mean * 693 / 1000;
        n_long += s->us[i] > 3 * mean;
    }
    assert_in_range(n_short * 100 / s->n, 50 - percent, 50 + percent);
    assert_in_range(n_long * 100 / s->n, 2, 8);
}

/* From each `from` to the next `to` of the same user. */
static void take(struct spans *s, const struct played *p, enum mcv_beat_what from,
                 enum mcv_beat_what to)
{
    const struct mcv_story *story = mcv_play_story(p->play);
    uint64_t since_us[200] = {0};

    s->n = 0;
    for (size_t i = 0; i < story->n_beats; i++) {
        const struct mcv_beat *b = &story->beats[i];

        assert_true(b->user < 200);
        if (b->what == to && since_us[b->user] != 0) {
            add(s, b->at_us - since_us[b->user]);
            since_us[b->user] = 0;
        }
        if (b->what == from) since_us[b->user] = b->at_us;
    }
}

static size_t count_beats(const struct played *p, enum mcv_beat_what what)
{
    const struct mcv_story *story = mcv_play_story(p->play);
    size_t n = 0;

    for (size_t i = 0; i < story->n_beats; i++) n += story->beats[i].what == what;
    return n;
}

/* ---- push to talk -------------------------------------------------------------------------- */

/* Twenty groups for most of an hour; a packet a second is enough to see who talks. */
#define TALK                                                                                       \
    "name: x\nduration: 3500s\ncrypto: costed\nlimits: sim\nptt: auto\n"                           \
    "audio: {every: 1s, bytes: 61}\nvideo: {every: 1s, bytes: 61}\n"                               \
    "groups: [{name: team, count: 20, peers: 3}]\n"

static void bursts_last_as_public_safety_logs_say(void **state)
{
    (void)state;
    static struct spans bursts;
    struct played p;
    uint64_t talked_us = 0;

    play(&p, TALK "load: {groups_start: yes, busy: 40%}\n");
    take(&bursts, &p, MCV_BEAT_TALK, MCV_BEAT_SILENT);
    assert_true(bursts.n > 4000);
    assert_exponential(&bursts, 4690000, 4);
    for (size_t i = 0; i < bursts.n; i++) talked_us += bursts.us[i];
    assert_in_range(talked_us / (20 * 3500 * S / 1000), 370, 430); /* per mille of the time */
    end(&p);
}

/* A session lasts 8.58 s: 1 of 1 - 1 / (1 + 4.69 / 8.58) / (1 + 0.5 / 8.58), 2.57 bursts begin in it.
 * Pauses have a mean of 0.5 s, and sessions are minutes apart. */
static void sessions_have_two_or_three_bursts(void **state)
{
    (void)state;
    struct played p;
    uint64_t silent_us[20] = {0};
    size_t n_bursts = 0, n_sessions = 0;

    play(&p, TALK "load: {groups_start: yes, busy: 3%}\n");
    const struct mcv_story *story = mcv_play_story(p.play);
    for (size_t i = 0; i < story->n_beats; i++) {
        const struct mcv_beat *b = &story->beats[i];
        uint64_t *group_silent_us = &silent_us[mcv_play_home_group(p.play, b->user)];

        if (b->what == MCV_BEAT_TALK) {
            n_bursts++;
            n_sessions += *group_silent_us == 0 || b->at_us > *group_silent_us + 6 * S;
        }
        if (b->what == MCV_BEAT_SILENT) *group_silent_us = b->at_us;
    }
    assert_true(n_sessions > 120);
    assert_in_range(n_bursts * 100 / n_sessions, 225, 290);
    end(&p);
}

static void video_and_interruptions_have_their_share(void **state)
{
    (void)state;
    struct played p;

    play(&p, TALK "load: {groups_start: yes, busy: 40%, video: 20%}\n");
    const size_t n_video = count_beats(&p, MCV_BEAT_VIDEO), n_talk = count_beats(&p, MCV_BEAT_TALK);
    assert_in_range(n_video * 1000 / (n_video + n_talk), 180, 220);
    end(&p);
    /* who breaks in presses too; now and then it is he who talks already */
    play(&p, TALK "load: {groups_start: yes, busy: 40%, interrupts: 30%}\n");
    const uint64_t n_pressed = total(&p, MCV_TOTAL_PTT_PRESSED) + total(&p, MCV_TOTAL_REFUSED);
    end(&p);
    assert_in_range(n_pressed * 1000 / (n_video + n_talk), 1230, 1370);
}

/* ---- calls --------------------------------------------------------------------------------- */

static void private_calls_arrive_and_last(void **state)
{
    (void)state;
    static struct spans gaps, holds;
    struct played p;
    uint64_t last_us = 0;

    play(&p, "name: x\nduration: 10000s\ncrypto: costed\nlimits: small\n"
             "users: [{name: u, count: 60}]\n"
             "load: {private_calls: 900, private_every: 10s, private_hold: 4s}\n");
    const struct mcv_kpis *k = mcv_play_kpis(p.play);
    for (size_t i = 0; i < k->n_samples; i++) {
        if (k->samples[i].kpi != MCV_KPI_PRIVATE_SETUP) continue;
        const uint64_t at_us = k->samples[i].at_us - k->samples[i].value_us;

        if (last_us != 0) add(&gaps, at_us - last_us);
        last_us = at_us;
    }
    assert_int_equal(total(&p, MCV_TOTAL_CALLS_TRIED), 900);
    assert_in_range(total(&p, MCV_TOTAL_CALLS_MADE), 870, 900); /* the others were in a call */
    assert_int_equal(total(&p, MCV_TOTAL_CALLS_MADE) + total(&p, MCV_TOTAL_CALLS_FAILED), 900);
    assert_exponential(&gaps, 10 * S, 10);
    take(&holds, &p, MCV_BEAT_IN_CALL, MCV_BEAT_OUT_CALL);
    assert_exponential(&holds, 4 * S, 10);
    end(&p);
}

/* ---- video --------------------------------------------------------------------------------- */

/* T206 and T207 let nobody show more than half a minute. */
#define SHOW                                                                                       \
    "name: x\nduration: 130s\ncrypto: costed\nlimits: small\nptt: auto\n"                          \
    "groups: [{name: team, peers: 2}]\n"                                                           \
    "script:\n  - {at: 1s, do: start, user: team-1, group: team}\n"                                \
    "  - {at: 3s, do: video, user: team-1, group: team, for: 20s}\n"                               \
    "  - {at: 28s, do: video, user: team-1, group: team, for: 20s}\n"                              \
    "  - {at: 53s, do: video, user: team-1, group: team, for: 20s}\n"                              \
    "  - {at: 78s, do: video, user: team-1, group: team, for: 20s}\n"                              \
    "  - {at: 103s, do: video, user: team-1, group: team, for: 20s}\n"

/* Octets that a packet of video takes on the way, with all around it. */
static uint64_t video_bytes(const char *video, uint64_t *n_sent)
{
    char text[700];
    struct played p;

    snprintf(text, sizeof text, SHOW "video: %s\n", video);
    play(&p, text);
    *n_sent = total(&p, MCV_TOTAL_VIDEO_SENT);
    assert_int_equal(total(&p, MCV_TOTAL_VIDEO_SEEN), *n_sent);
    const uint64_t bytes = total(&p, MCV_TOTAL_BYTES);
    end(&p);
    return bytes;
}

static void sizes_and_gaps_of_video_follow_their_distribution(void **state)
{
    (void)state;
    uint64_t n_plain, n_sizes, n_gaps;
    const uint64_t plain = video_bytes("{every: 25ms, bytes: 200}", &n_plain);
    const uint64_t sizes = video_bytes(
        "{every: 25ms, sizes: [{bytes: 200, weight: 3}, {bytes: 1000, weight: 1}]}", &n_sizes);

    assert_int_equal(n_plain, 100 * S / 25000);
    assert_int_equal(n_sizes, n_plain);
    assert_in_range((sizes - plain) / n_plain, 180, 220); /* a quarter of 800 more */
    (void)video_bytes("{bytes: 200, gaps: [{gap: 10ms, weight: 1}, {gap: 30ms, weight: 3}]}",
                      &n_gaps);
    assert_in_range(n_gaps, 3900, 4100); /* 25 ms on average */
}

/* ---- coming and going ---------------------------------------------------------------------- */

static void late_comers_come_within_their_time(void **state)
{
    (void)state;
    struct played p;
    struct spans came = {.n = 0};

    play(&p, "name: x\nduration: 150s\ncrypto: costed\nlimits: sim\n"
             "groups: [{name: team, count: 10, peers: 20}]\n"
             "load: {groups_start: yes, from: 5s, late: 40%, late_within: 100s}\n");
    const struct mcv_story *story = mcv_play_story(p.play);
    for (size_t i = 0; i < story->n_beats; i++)
        if (story->beats[i].what == MCV_BEAT_ON) add(&came, story->beats[i].at_us);
    assert_in_range(came.n, 59, 93); /* of 190: the first of a group is there */
    for (size_t i = 0; i < came.n; i++) assert_in_range(came.us[i], 6 * S, 106 * S);
    assert_in_range(mean_us(&came), 46 * S, 66 * S);
    assert_int_equal(total(&p, MCV_TOTAL_GROUP_MADE), 10 + came.n);
    end(&p);
}

static void who_churns_is_on_and_off_for_his_times(void **state)
{
    (void)state;
    static struct spans on, off;
    struct played p;

    play(&p, "name: x\nduration: 3000s\ncrypto: costed\nlimits: sim\n"
             "groups: [{name: team, peers: 60}]\n"
             "load: {groups_start: yes, churn_on: 60s, churn_off: 20s}\n");
    take(&on, &p, MCV_BEAT_ON, MCV_BEAT_OFF);
    take(&off, &p, MCV_BEAT_OFF, MCV_BEAT_ON);
    assert_true(on.n > 1500);
    assert_exponential(&on, 60 * S, 8);
    assert_exponential(&off, 20 * S, 8);
    end(&p);
}

static void emergencies_come_and_end(void **state)
{
    (void)state;
    struct played p;
    size_t n_raised = 0, n_back = 0;

    play(&p, "name: x\nduration: 3500s\ncrypto: costed\nlimits: small\n"
             "groups: [{name: team, peers: 5}]\n"
             "load: {groups_start: yes, emergency_every: 30s}\n");
    const struct mcv_story *story = mcv_play_story(p.play);
    for (size_t i = 0; i < story->n_beats; i++) {
        const struct mcv_beat *b = &story->beats[i];

        if (b->what != MCV_BEAT_TYPE || b->user != 0) continue;
        n_raised += b->other == MCV_CALL_EMERGENCY_GROUP;
        n_back += b->other == MCV_CALL_BASIC_GROUP;
    }
    assert_in_range(total(&p, MCV_TOTAL_EMERGENCIES), 50, 90); /* every 30 s, and 20 s long */
    assert_int_equal(n_raised, total(&p, MCV_TOTAL_EMERGENCIES));
    assert_in_range(n_back, n_raised - 1, n_raised);
    end(&p);
}

/* ---- places -------------------------------------------------------------------------------- */

static uint64_t apart_mm(struct mcv_point a, struct mcv_point b)
{
    const int64_t x = a.x_mm - b.x_mm, y = a.y_mm - b.y_mm;
    uint64_t d = 0;

    while ((d + 1) * (d + 1) <= (uint64_t)(x * x + y * y)) d++;
    return d;
}

/* Six who walk at 1 to 2 m/s and hardly rest; alice stands, and so do the peers of a group. */
static void people_stand_and_walk_as_the_file_says(void **state)
{
    (void)state;
    struct played p;
    uint64_t walked_mm = 0;

    play(&p, "name: x\nduration: 400s\ncrypto: costed\nlimits: small\n"
             "area: {width_m: 500, height_m: 300, range_m: 50, slowest_cm_s: 100,"
             " fastest_cm_s: 200, rests: 1s}\n"
             "users: [{name: alice, place: {x_m: 7, y_m: 9}}, {name: bob, count: 6}]\n"
             "groups: [{name: team, peers: 2, place: {x_m: 500, y_m: 300}}]\n");
    const struct mcv_story *story = mcv_play_story(p.play);
    assert_int_equal(story->n_placed, 9);
    for (size_t i = 0; i < story->n_sums; i++) {
        const struct mcv_point *now = story->places + i * 9, *before = now - 9;

        assert_true(now[0].x_mm == 7000 && now[0].y_mm == 9000);
        assert_true(now[8].x_mm == 500000 && now[8].y_mm == 300000);
        for (int u = 1; u < 7; u++) {
            const uint64_t mm = i > 0 ? apart_mm(now[u], before[u]) : 0; /* in a second */

            assert_in_range(now[u].x_mm, 0, 500000);
            assert_in_range(now[u].y_mm, 0, 300000);
            assert_true(mm <= 2010);
            walked_mm += mm;
        }
    }
    assert_in_range(walked_mm / 6 / 400, 1100, 1900);
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_last_as_public_safety_logs_say),
        cmocka_unit_test(sessions_have_two_or_three_bursts),
        cmocka_unit_test(video_and_interruptions_have_their_share),
        cmocka_unit_test(private_calls_arrive_and_last),
        cmocka_unit_test(sizes_and_gaps_of_video_follow_their_distribution),
        cmocka_unit_test(late_comers_come_within_their_time),
        cmocka_unit_test(who_churns_is_on_and_off_for_his_times),
        cmocka_unit_test(emergencies_come_and_end),
        cmocka_unit_test(people_stand_and_walk_as_the_file_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
