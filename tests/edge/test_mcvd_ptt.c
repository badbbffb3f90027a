/* Push to talk by hand in a group call of three daemons: what mcvctl says and shows on each side when
 * somebody asks, waits, is rejected, pre-empted, handed the arbitration, or loses the arbitrator.
 * Spec: TS 24.581 7 (single arbitrator), 9.2.6.2, 9.2.10.2 (causes); TS 23.281 7.7.2.9.2. */
#include "tests/edge/app.h"
#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RIG       21
#define TEAM      "sip:team@rig.example"
#define SELF      "sip:self@rig.example" /* every member decides for himself */
#define ARBITRATE "O: has permission (arbitrator)"
#define LISTEN    "O: has no permission"
#define NO_IDR    0x61 /* a picture that refers to others. RFC 6184 1.3 */

enum who { ALICE, BOB, CAROL, N };

struct fixture {
    struct mcv_rig rig;
    struct mcv_device d[N];
    struct mcv_device *alice, *bob, *carol;
};

static const char *const names[N] = {"alice", "bob", "carol"};

/* The rest of a configuration; transmission: keys of the section, for all three the same. */
static const char *more(const char *transmission)
{
    static char text[1024];
    size_t n = (size_t)snprintf(text, sizeof text, "transmission: {ptt: manual, %s}\npeers:\n",
                                transmission);

    for (unsigned i = 0; i < N; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "  - {user: \"sip:%s@rig.example\", address: 127.77.%u.%u}\n",
                              names[i], RIG, i + 1);
    snprintf(text + n, sizeof text - n,
             "groups:\n  - {id: \"" TEAM "\", address: 239.77.%u.1, media_port: 42000}\n"
             "  - {id: \"" SELF "\", address: 239.77.%u.2, media_port: 43000,\n"
             "     transmission: {arbitration_approach: self, maximum_simultaneous: 1}}\n",
             RIG, RIG);
    return text;
}

static int setup(void **state)
{
    static struct fixture f = {.alice = &f.d[ALICE], .bob = &f.d[BOB], .carol = &f.d[CAROL]};
    const struct mcv_kms_validity always = {0};

    mcv_rig_open(&f.rig, RIG);
    f.rig.timers = "T201_ms: 1000, T203_ms: 60000, T204_ms: 1000, T205_ms: 1000, "
                   "IDR_WAIT_ms: 60000, ";
    assert_int_equal(mcv_kms_group_create(&f.rig.kms, TEAM, "team", &always, NULL), MCV_OK);
    assert_int_equal(mcv_kms_group_create(&f.rig.kms, SELF, "self", &always, NULL), MCV_OK);
    for (unsigned i = 0; i < N; i++) {
        mcv_device_init(&f.d[i], &f.rig, names[i], i + 1, more("queue: 4"));
        mcv_device_start(&f.d[i]);
        mcv_device_import(&f.d[i]); /* issues the keys of a member */
        const char *user = f.d[i].uri;
        assert_int_equal(mcv_kms_group_add_users(&f.rig.kms, TEAM, &user, 1, NULL), MCV_OK);
        assert_int_equal(mcv_kms_group_add_users(&f.rig.kms, SELF, &user, 1, NULL), MCV_OK);
        mcv_device_import(&f.d[i]); /* with the groups' keys */
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < N; i++) {
        if (f->d[i].pid != 0) assert_int_equal(mcv_device_stop(&f->d[i], SIGTERM), 0);
    }
    mcv_rig_close(&f->rig);
    return 0;
}

/* ---- what is said and shown ----------------------------------------------------------------- */

static void assert_text(const json_t *of, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(of, key));

    if (got == NULL || strcmp(got, want) != 0)
        fail_msg("%s is \"%s\", not \"%s\"", key, got != NULL ? got : "(nothing)", want);
}

/* The next event of this name; by this user, or by nobody. */
static json_t *expect(struct mcv_device *d, const char *event, const struct mcv_device *by)
{
    json_t *e = mcv_device_wait(d, event);

    assert_text(e, "user", by != NULL ? by->uri : "");
    assert_true(json_integer_value(json_object_get(e, "call")) > 0);
    assert_true(json_integer_value(json_object_get(e, "call_id")) > 0);
    return e;
}

static void expect_cause(struct mcv_device *d, const char *event, const struct mcv_device *by,
                         int cause, const char *why)
{
    json_t *e = expect(d, event, by);

    assert_int_equal(json_integer_value(json_object_get(e, "cause")), cause);
    assert_text(e, "why", why);
    json_decref(e);
}

static void expect_place(struct mcv_device *d, const struct mcv_device *by, int position)
{
    json_t *e = expect(d, "ptt.queued", by);

    assert_int_equal(json_integer_value(json_object_get(e, "position")), position);
    json_decref(e);
}

static void expect_all(struct fixture *f, const char *event, const struct mcv_device *by)
{
    for (unsigned i = 0; i < N; i++) {
        if (&f->d[i] != by) json_decref(expect(&f->d[i], event, by));
    }
}

/* The words of a command; those that are not there are NULL. */
struct words {
    const char *w[5];
};

static json_t *say(struct mcv_device *d, const struct words *of, int *status)
{
    return mcv_device_ctl(d, status, of->w[0], of->w[1], of->w[2], of->w[3], of->w[4], NULL);
}

#define ACT(d, ...)           run(d, NULL, &(struct words){{__VA_ARGS__}})
#define REFUSED(d, text, ...) run(d, text, &(struct words){{__VA_ARGS__}})

/* text  NULL: it is done; otherwise it is refused with these words. */
static void run(struct mcv_device *d, const char *text, const struct words *words)
{
    int status = -1;
    json_t *answer = say(d, words, &status);

    if (text != NULL) assert_text(answer, "text", text);
    if (status != (text != NULL)) fail_msg("%s %s: %d", words->w[0], words->w[1], status);
    json_decref(answer);
}

static json_t *ptt_of(struct mcv_device *d)
{
    json_t *call = mcv_device_call(d);
    json_t *ptt = json_incref(json_object_get(call, "ptt"));

    json_decref(call);
    return ptt;
}

/* Until status says so. */
static json_t *wait_state(struct mcv_device *d, const char *state, const struct mcv_device *arbiter)
{
    for (unsigned i = 0; i < MCV_RIG_WAIT_S * 100; i++) {
        json_t *ptt = ptt_of(d);
        const char *is = json_string_value(json_object_get(ptt, "state"));
        const char *by = json_string_value(json_object_get(ptt, "arbitrator"));
        if (is != NULL && strcmp(is, state) == 0 &&
            strcmp(by, arbiter != NULL ? arbiter->uri : "") == 0)
            return ptt;
        json_decref(ptt);
        usleep(10000);
    }
    fail_msg("%s does not come into the state %s", d->uri, state);
    return NULL;
}

static size_t wait_queue(struct mcv_device *d, size_t n)
{
    size_t is = SIZE_MAX;

    for (unsigned i = 0; i < MCV_RIG_WAIT_S * 100 && is != n; i++) {
        json_t *ptt = ptt_of(d);
        is = json_array_size(json_object_get(ptt, "queue"));
        json_decref(ptt);
        if (is != n) usleep(10000);
    }
    return is;
}

static void assert_transmitter(const json_t *ptt, const struct mcv_device *who, const char *rank,
                               bool is_own)
{
    const json_t *all = json_object_get(ptt, "transmitters");
    const json_t *t;
    size_t i;

    json_array_foreach(all, i, t)
    {
        if (strcmp(json_string_value(json_object_get(t, "user")), who->uri) != 0) continue;
        assert_text(t, "class", rank);
        assert_int_equal(json_is_true(json_object_get(t, "own")), is_own);
        return;
    }
    fail_msg("%s does not transmit", who->uri);
}

/* ---- the play ------------------------------------------------------------------------------- */

static void nothing_to_press(void **state)
{
    struct fixture *f = *state;

    REFUSED(f->alice, "there is no call with media", "ptt", "press");
    REFUSED(f->alice, "there is no such call with media", "ptt", "press", "--call=99");
}

static void the_originator_transmits_and_arbitrates(void **state)
{
    struct fixture *f = *state;

    ACT(f->alice, "group", "start", TEAM);
    json_decref(expect(f->alice, "ptt.granted", NULL));
    expect_all(f, "ptt.taken", f->alice);

    json_t *ptt = wait_state(f->alice, ARBITRATE, NULL);
    assert_text(ptt, "mode", "manual");
    assert_text(ptt, "approach", "single");
    assert_true(json_is_true(json_object_get(ptt, "arbitrating")));
    assert_true(json_is_true(json_object_get(ptt, "may_transmit")));
    assert_int_equal(json_integer_value(json_object_get(ptt, "maximum_simultaneous")), 1);
    assert_transmitter(ptt, f->alice, "normal", true);
    json_decref(ptt);
    ptt = wait_state(f->bob, LISTEN, f->alice);
    assert_false(json_is_true(json_object_get(ptt, "arbitrating")));
    assert_transmitter(ptt, f->alice, "normal", false);
    json_decref(ptt);
}

/* By rank, then by arrival; asked anew; given up. */
static void who_asks_waits_in_the_queue(void **state)
{
    struct fixture *f = *state;

    ACT(f->alice, "ptt", "press", "--priority", "5"); /* nobody here outranks that */
    ACT(f->bob, "ptt", "press");
    expect_place(f->bob, f->alice, 1);
    ACT(f->carol, "ptt", "press", "--priority", "3");
    expect_place(f->carol, f->alice, 1);
    for (unsigned i = 0; i < 2; i++) { /* who asks is told, also when nothing has changed */
        ACT(f->bob, "ptt", "position");
        expect_place(f->bob, f->alice, 2);
    }

    json_t *ptt = ptt_of(f->alice);
    const json_t *first = json_array_get(json_object_get(ptt, "queue"), 0);
    assert_text(first, "user", f->carol->uri);
    assert_int_equal(json_integer_value(json_object_get(first, "position")), 1);
    assert_int_equal(json_integer_value(json_object_get(first, "priority")), 3);
    assert_text(json_array_get(json_object_get(ptt, "queue"), 1), "user", f->bob->uri);
    json_decref(ptt);
    ptt = wait_state(f->bob, "O: queued", f->alice);
    assert_int_equal(json_integer_value(json_object_get(ptt, "position")), 2);
    json_decref(ptt);

    ACT(f->bob, "ptt", "release");
    assert_int_equal(wait_queue(f->alice, 1), 1);
    REFUSED(f->bob, "not in the queue", "ptt", "position");
}

/* The arbitrator stops: who waits is served, and arbitrates from now on. */
static void the_first_of_the_queue_follows(void **state)
{
    struct fixture *f = *state;

    ACT(f->alice, "ptt", "release");
    json_decref(expect(f->carol, "ptt.granted", f->alice));
    expect_all(f, "ptt.taken", f->carol);
    json_decref(wait_state(f->carol, ARBITRATE, NULL));
    json_decref(wait_state(f->alice, LISTEN, f->carol));
    json_decref(wait_state(f->bob, LISTEN, f->carol));
}

static void an_emergency_pre_empts_the_arbitrator(void **state)
{
    struct fixture *f = *state;

    ACT(f->alice, "ptt", "press", "--emergency");
    expect_cause(f->carol, "ptt.revoked", NULL, 4, "Media Burst pre-empted");
    json_decref(expect(f->alice, "ptt.granted", f->carol));
    expect_all(f, "ptt.taken", f->alice);
    json_t *ptt = wait_state(f->alice, ARBITRATE, NULL);
    assert_transmitter(ptt, f->alice, "emergency", true);
    json_decref(ptt);
    json_decref(wait_state(f->carol, LISTEN, f->alice));
}

static void without_a_queue_it_is_rejected(void **state)
{
    struct fixture *f = *state;

    mcv_device_configure(f->alice, more("queue: 0"));
    ACT(f->alice, "reload");
    ACT(f->bob, "ptt", "press");
    expect_cause(f->bob, "ptt.rejected", f->alice, 1, "Transmission limit reached");
    json_decref(wait_state(f->bob, LISTEN, f->alice));
}

/* A new limit counts for the call that runs; an emergency takes the place of the weakest one. */
static void two_at_once_and_a_third_in_emergency(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < N; i++) {
        mcv_device_configure(&f->d[i], more("queue: 0, maximum_simultaneous: 2"));
        ACT(&f->d[i], "reload");
    }
    ACT(f->bob, "ptt", "press");
    json_decref(expect(f->bob, "ptt.granted", f->alice));
    json_decref(expect(f->carol, "ptt.taken", f->bob));
    json_t *ptt = wait_state(f->bob, "O: has permission", f->alice);
    assert_int_equal(json_array_size(json_object_get(ptt, "transmitters")), 2);
    json_decref(ptt);

    ACT(f->carol, "ptt", "press");
    expect_cause(f->carol, "ptt.rejected", f->alice, 1, "Transmission limit reached");
    ACT(f->carol, "ptt", "press", "--emergency");
    expect_place(f->carol, f->alice, 1);
    expect_cause(f->bob, "ptt.revoked", f->alice, 4, "Media Burst pre-empted");
    json_decref(expect(f->carol, "ptt.granted", f->alice));
    ptt = wait_state(f->bob, LISTEN, f->alice);
    assert_transmitter(ptt, f->carol, "emergency", false);
    json_decref(ptt);
}

static void an_arbitrator_who_leaves_names_another(void **state)
{
    struct fixture *f = *state;

    ACT(f->alice, "group", "leave", TEAM);
    json_decref(expect(f->bob, "ptt.released", f->alice));
    json_decref(wait_state(f->carol, ARBITRATE, NULL));
    json_decref(wait_state(f->bob, LISTEN, f->carol));
}

/* Nobody answers any more: after C201 requests he arbitrates himself. */
static void an_arbitrator_who_dies_is_followed(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(mcv_device_stop(f->carol, SIGKILL), 128 + SIGKILL);
    ACT(f->bob, "ptt", "press", "--video");
    json_decref(expect(f->bob, "ptt.granted", NULL));
    json_t *ptt = wait_state(f->bob, ARBITRATE, NULL);
    assert_true(json_is_true(json_object_get(ptt, "arbitrating")));
    json_decref(ptt);
}

/* ---- media ---------------------------------------------------------------------------------- */

/* Video begins with a picture that can be decoded: the application is asked for one. */
static void the_encoder_is_asked_for_a_picture(void **state)
{
    struct fixture *f = *state;
    struct mcv_app app;

    ACT(f->alice, "group", "join", TEAM);
    json_decref(mcv_device_wait(f->alice, "group.joined"));
    json_decref(wait_state(f->alice, LISTEN, f->bob));
    mcv_app_open(&app, f->bob, f->alice);
    mcv_app_send_nal(&app, 1, NO_IDR);
    json_t *wanted = expect(f->bob, "ptt.idr_wanted", NULL);
    assert_text(wanted, "medium", "video");
    json_decref(wanted);
    mcv_app_send(&app, 1);
    (void)mcv_app_take(&app, 1);
    assert_true(mcv_device_counter(f->bob, "local_before_idr") > 0);

    ACT(f->alice, "ptt", "hide", f->bob->uri);
    mcv_app_send(&app, 2);
    while (mcv_device_counter(f->alice, "rtp_not_shown") == 0) usleep(10000);
    json_t *ptt = ptt_of(f->alice);
    const json_t *t = json_array_get(json_object_get(ptt, "transmitters"), 0);
    assert_text(t, "user", f->bob->uri);
    assert_true(json_is_false(json_object_get(t, "shown")));
    json_decref(ptt);
    ACT(f->alice, "ptt", "show", f->bob->uri);
    mcv_app_send(&app, 3);
    (void)mcv_app_take(&app, 3);
    REFUSED(f->alice, "he does not transmit", "ptt", "show", "sip:nobody@rig.example");
    mcv_app_close(&app);
}

/* By hand means by hand: what applications send asks for nothing. */
static void media_without_a_press_goes_nowhere(void **state)
{
    struct fixture *f = *state;
    struct mcv_app app;

    ACT(f->bob, "ptt", "release");
    json_decref(expect(f->alice, "ptt.released", f->bob));
    json_decref(expect(f->alice, "ptt.idle", NULL));
    json_decref(wait_state(f->alice, "O: silence", NULL));
    json_decref(wait_state(f->bob, LISTEN, NULL)); /* carol's time, T203, is not over there */
    mcv_app_open(&app, f->bob, f->alice);
    mcv_app_send(&app, 1);
    while (mcv_device_counter(f->bob, "local_no_permission") == 0) usleep(10000);
    json_decref(wait_state(f->bob, LISTEN, NULL));
    mcv_app_close(&app);
}

/* TS 24.581 7.1: whether there is room each member decides alone; a transmitter is asked to yield. */
static void members_decide_for_themselves(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = ALICE; i <= BOB; i++) ACT(&f->d[i], "group", "leave", TEAM);
    ACT(f->alice, "group", "start", SELF);
    json_decref(expect(f->alice, "ptt.granted", NULL));
    json_decref(mcv_device_wait(f->bob, "group.joined"));
    ACT(f->alice, "ptt",
        "release"); /* who joins late does not hear that she had permission at first */
    ACT(f->alice, "ptt", "press");
    json_decref(expect(f->bob, "ptt.taken", f->alice));
    json_t *ptt = wait_state(f->alice, "O: has permission", NULL);
    assert_text(ptt, "approach", "self");
    assert_true(json_is_false(json_object_get(ptt, "arbitrating")));
    json_decref(ptt);

    ACT(f->bob, "ptt", "press");
    json_t *e = expect(f->bob, "ptt.rejected", NULL);
    assert_null(json_object_get(e, "cause")); /* no message said so */
    assert_text(e, "why", "limit of transmissions reached");
    json_decref(e);
    ACT(f->bob, "ptt", "press", "--emergency");
    expect_cause(f->alice, "ptt.revoked", NULL, 4, "Media Burst pre-empted");
    json_decref(expect(f->bob, "ptt.granted", NULL));
    json_decref(expect(f->alice, "ptt.taken", f->bob));
    json_decref(wait_state(f->bob, "O: has permission", NULL));
}

static void what_cannot_be_is_said(void **state)
{
    struct fixture *f = *state;

    mcv_device_configure(f->bob, more("receive_only: true"));
    ACT(f->bob, "reload");
    REFUSED(f->bob, "our user only receives in this call", "ptt", "press");
    ACT(f->alice, "call", f->bob->uri);
    json_decref(mcv_device_wait(f->alice, "call.established"));
    REFUSED(f->alice, "there are several calls; --call names one", "ptt", "press");
}

static void wrong_command_lines(void **state)
{
    static const struct words rows[] = {
        {{"ptt", "press", "now"}},
        {{"ptt", "press", "--priority=256"}},
        {{"ptt", "press", "--priority=-1"}},
        {{"ptt", "press", "--call=0"}},
        {{"ptt", "press", "--call=x"}},
        {{"ptt", "press", "--manual"}},
        {{"ptt", "release", "--video"}},
        {{"ptt", "release", "--priority=1"}},
        {{"ptt", "show"}},
        {{"ptt", "show", "sip:a", "sip:b"}},
        {{"ptt", "talk"}},
        {{"ptt"}},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int status = -1;
        json_decref(say(f->alice, &rows[i], &status));
        if (status != 2) fail_msg("row %zu: %d", i, status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_press),
        cmocka_unit_test(the_originator_transmits_and_arbitrates),
        cmocka_unit_test(who_asks_waits_in_the_queue),
        cmocka_unit_test(the_first_of_the_queue_follows),
        cmocka_unit_test(an_emergency_pre_empts_the_arbitrator),
        cmocka_unit_test(without_a_queue_it_is_rejected),
        cmocka_unit_test(two_at_once_and_a_third_in_emergency),
        cmocka_unit_test(an_arbitrator_who_leaves_names_another),
        cmocka_unit_test(an_arbitrator_who_dies_is_followed),
        cmocka_unit_test(the_encoder_is_asked_for_a_picture),
        cmocka_unit_test(media_without_a_press_goes_nowhere),
        cmocka_unit_test(members_decide_for_themselves),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(wrong_command_lines),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
