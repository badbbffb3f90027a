/* Group call, call types, broadcast and emergency alert between two daemons, by mcvctl alone: each
 * action, the events that both sides print, the states that status names.
 * Spec: TS 24.281 9.3, 9.4, 11.3; TS 33.180 5.7.1 (a group key that expires). */
#include "tests/edge/rig.h"
#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RIG    13
#define TEAM   "sip:team@rig.example"
#define SHORT  "sip:short@rig.example" /* its key does not last */
#define LIFE_S 20
#define TEAM_S 36000 /* ten hours: within the default of key_warning */

enum who { ALICE, BOB, N };

struct fixture {
    struct mcv_rig rig;
    struct mcv_device d[N];
};

static int setup(void **state)
{
    static const char *const names[N] = {"alice", "bob"};
    static const char more[] = "peers:\n"
                               "  - {user: \"sip:alice@rig.example\", address: 127.77.13.1}\n"
                               "  - {user: \"sip:bob@rig.example\", address: 127.77.13.2}\n"
                               "groups:\n"
                               "  - {id: \"" TEAM
                               "\", address: 239.77.13.1, media_port: 42000, may_cancel: true}\n"
                               "  - {id: \"" SHORT "\", address: 239.77.13.2, media_port: 43000}\n";
    static struct fixture f;
    const struct mcv_kms_validity v = {.expiry_s = time(NULL) + TEAM_S};

    mcv_rig_open(&f.rig, RIG);
    assert_int_equal(mcv_kms_group_create(&f.rig.kms, TEAM, "team", &v, NULL), MCV_OK);
    for (unsigned i = 0; i < N; i++) {
        mcv_device_init(&f.d[i], &f.rig, names[i], i + 1, more);
        mcv_device_start(&f.d[i]);
        mcv_device_import(&f.d[i]); /* issues the keys of a member */
        const char *user = f.d[i].uri;
        assert_int_equal(mcv_kms_group_add_users(&f.rig.kms, TEAM, &user, 1, NULL), MCV_OK);
        mcv_device_import(&f.d[i]); /* with the group's key */
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < N; i++) assert_int_equal(mcv_device_stop(&f->d[i], SIGTERM), 0);
    mcv_rig_close(&f->rig);
    return 0;
}

/* What stands in status afterwards: of the call of this kind, or of the alert. */
struct expected {
    const char *kind, *state, *type_state, *call_type; /* kind NULL: nothing is looked at */
};

static const struct {
    enum who who;
    const char *words[4];
    const char *own, *other; /* events of who acts, and of the other one; NULL: none */
    struct expected seen;    /* by the other one */
} rows[] = {
    {ALICE,
     {"group", "start", TEAM},
     "group.started",
     "group.joined",
     {"group", "S3", "T2", "basic"}},
    {BOB,
     {"group", "emergency", TEAM},
     "group.type_changed",
     "group.type_changed",
     {"group", "S3", "T1", "emergency"}},
    {BOB,
     {"group", "normal", TEAM},
     "group.type_changed",
     "group.type_changed",
     {"group", "S3", "T2", "basic"}},
    {ALICE,
     {"group", "peril", TEAM},
     "group.type_changed",
     "group.type_changed",
     {"group", "S3", "T3", "imminent_peril"}},
    {ALICE,
     {"group", "normal", TEAM},
     "group.type_changed",
     "group.type_changed",
     {"group", "S3", "T2", "basic"}},
    {BOB,
     {"broadcast", "start", TEAM},
     "broadcast.started",
     "broadcast.joined",
     {"broadcast", "B2", NULL, "broadcast"}},
    {BOB, {"broadcast", "end", TEAM}, "broadcast.ended", "broadcast.ended", {0}},
    {BOB, {"location", "by the pond"}, NULL, NULL, {0}},
    {BOB, {"alert", "raise", TEAM}, "alert.raised", "alert.received", {"alert", NULL, NULL, NULL}},
    {BOB, {"alert", "cancel"}, "alert.ended", "alert.ended", {0}},
    {BOB, {"group", "leave", TEAM}, "group.left", NULL, {"group", "S3", "T2", "basic"}},
    {BOB, {"group", "join", TEAM}, "group.joined", NULL, {"group", "S3", "T2", "basic"}},
};

static bool is_text(const json_t *of, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(of, key));

    return want == NULL || (got != NULL && strcmp(got, want) == 0);
}

static bool is_call(const json_t *call, const struct expected *e)
{
    return is_text(call, "kind", e->kind) && is_text(call, "state", e->state) &&
           is_text(call, "type_state", e->type_state) && is_text(call, "call_type", e->call_type) &&
           is_text(call, "group", TEAM);
}

static bool is_seen(const json_t *status, const struct expected *e)
{
    const json_t *calls = json_object_get(status, "calls");
    const json_t *alert = json_array_get(json_object_get(status, "alerts"), 0);

    if (strcmp(e->kind, "alert") == 0)
        return is_text(alert, "location", "by the pond") &&
               json_is_true(json_object_get(alert, "verified"));
    for (size_t i = 0; i < json_array_size(calls); i++)
        if (is_call(json_array_get(calls, i), e)) return true;
    return false;
}

static void expect_event(struct mcv_device *d, const char *name)
{
    if (name == NULL) return;
    json_t *e = mcv_device_wait(d, name);
    assert_true(is_text(e, "group", TEAM));
    if (strncmp(name, "alert.", 6) == 0) {
        assert_true(is_text(e, "user", "sip:bob@rig.example"));
        assert_true(json_is_false(json_object_get(e, "unverified")));
    }
    json_decref(e);
}

/* What mcvctl says to a person. */
static bool is_said(struct mcv_device *d, const char *text)
{
    char name[] = "mcvctl", option[] = "--socket", verb[] = "status", out[340];
    char *words[] = {name, option, d->socket, verb, NULL};
    static char said[1 << 16];

    snprintf(out, sizeof out, "%s.status", d->store);
    assert_int_equal(mcv_rig_run(out, words), 0);
    said[mcv_tmpfile_read(out, (uint8_t *)said, sizeof said - 1)] = '\0';
    if (strstr(said, text) == NULL) print_message("%s", said);
    return strstr(said, text) != NULL;
}

/* The team's ends in hours; the other group has none yet. */
static void a_key_that_ends_soon_is_told(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < N; i++) {
        json_t *e = mcv_device_wait(&f->d[i], "key.expiring");
        assert_true(is_text(e, "group", TEAM));
        assert_in_range(json_integer_value(json_object_get(e, "left_s")), 1, TEAM_S);
        json_t *status = mcv_device_ctl(&f->d[i], NULL, "status", NULL);
        const json_t *groups = json_object_get(json_object_get(status, "keys"), "groups");
        const json_t *team = json_array_get(groups, 0), *other = json_array_get(groups, 1);
        assert_int_equal(json_array_size(groups), 2);
        assert_true(is_text(team, "group", TEAM) && is_text(other, "group", SHORT));
        assert_true(is_text(team, "key_id", json_string_value(json_object_get(e, "key_id"))));
        assert_true(json_is_true(json_object_get(team, "expiring")));
        assert_in_range(json_integer_value(json_object_get(team, "left_s")), 1, TEAM_S);
        assert_true(json_is_null(json_object_get(other, "key_id")));
        assert_true(json_is_null(json_object_get(other, "left_s")));
        json_decref(status);
        json_decref(e);
        assert_true(is_said(&f->d[i], "group " TEAM ": has a key for 9 h "));
        assert_true(is_said(&f->d[i], ", EXPIRES SOON\n"));
        assert_true(is_said(&f->d[i], "group " SHORT ": NO KEY\n"));
    }
}

static void each_action_is_done_told_and_shown(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const *w = rows[i].words;
        struct mcv_device *own = &f->d[rows[i].who], *other = &f->d[1 - rows[i].who];
        int status = -1;
        print_message("%s: %s %s\n", own->uri, w[0], w[1]);
        json_decref(mcv_device_ctl(own, &status, w[0], w[1], w[2], NULL));
        assert_int_equal(status, 0);
        expect_event(own, rows[i].own);
        expect_event(other, rows[i].other);
        if (rows[i].seen.kind == NULL) continue;
        json_t *now = mcv_device_ctl(other, NULL, "status", NULL);
        assert_true(is_seen(now, &rows[i].seen));
        json_decref(now);
    }
}

/* An alert that was seen is told to who raised it. */
static void who_raises_an_alert_hears_who_saw_it(void **state)
{
    struct fixture *f = *state;
    int status = -1;

    json_decref(mcv_device_ctl(&f->d[BOB], &status, "alert", "raise", TEAM, NULL));
    assert_int_equal(status, 0);
    json_t *e = mcv_device_wait(&f->d[BOB], "alert.acknowledged");
    assert_true(is_text(e, "user", f->d[ALICE].uri));
    json_decref(e);
}

static void give_short_key(struct fixture *f, int64_t expiry_s)
{
    const struct mcv_kms_validity v = {.expiry_s = expiry_s};
    const char *const users[] = {f->d[ALICE].uri, f->d[BOB].uri};

    assert_int_equal(mcv_kms_group_create(&f->rig.kms, SHORT, "short", &v, NULL), MCV_OK);
    assert_int_equal(mcv_kms_group_add_users(&f->rig.kms, SHORT, users, N, NULL), MCV_OK);
    for (unsigned i = 0; i < N; i++) mcv_device_import(&f->d[i]);
}

/* Both leave in the last two seconds of the only key, as far as the machine runs in time. */
static void a_call_is_left_with_its_last_key(void **state)
{
    struct fixture *f = *state;
    const int64_t expiry_s = time(NULL) + LIFE_S;
    int status = -1;

    give_short_key(f, expiry_s);
    json_decref(mcv_device_ctl(&f->d[ALICE], &status, "group", "start", SHORT, NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(&f->d[BOB], "group.joined"));
    for (unsigned i = 0; i < N; i++) {
        json_t *e = mcv_device_wait(&f->d[i], "group.left");
        assert_true(is_text(e, "group", SHORT) && is_text(e, "reason", "security"));
        assert_in_range(json_integer_value(json_object_get(e, "utc_s")), expiry_s - 2,
                        expiry_s + LIFE_S);
        json_decref(e);
    }
    while (time(NULL) < expiry_s) usleep(100000);
    json_decref(mcv_device_ctl(&f->d[ALICE], &status, "group", "start", SHORT, NULL));
    assert_int_equal(status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_ends_soon_is_told),
        cmocka_unit_test(each_action_is_done_told_and_shown),
        cmocka_unit_test(who_raises_an_alert_hears_who_saw_it),
        cmocka_unit_test(a_call_is_left_with_its_last_key),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
