/* Video push and remote video push between three daemons, by mcvctl alone.
 * Spec: TS 24.281 13.3, TS 23.281 7.4.3. */
#include "tests/edge/rig.h"
#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RIG 9

struct fixture {
    struct mcv_rig rig;
    struct mcv_device alice, bob, carol;
};

static int setup(void **state)
{
    static struct fixture f;
    struct mcv_device *const all[] = {&f.alice, &f.bob, &f.carol};
    static const char *const names[] = {"alice", "bob", "carol"};
    char more[2000] = "peers:\n";

    mcv_rig_open(&f.rig, RIG);
    for (unsigned i = 0; i < 3; i++) { /* once without peers, for the lines of the others */
        struct mcv_device d;
        mcv_device_init(&d, &f.rig, names[i], i + 1, "");
        snprintf(more + strlen(more), sizeof more - strlen(more), "%s", mcv_device_as_peer(&d));
    }
    for (unsigned i = 0; i < 3; i++) {
        mcv_device_init(all[i], &f.rig, names[i], i + 1, more);
        mcv_device_start(all[i]);
        mcv_device_import(all[i]);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(mcv_device_stop(&f->alice, SIGTERM), 0);
    assert_int_equal(mcv_device_stop(&f->bob, SIGTERM), 0);
    assert_int_equal(mcv_device_stop(&f->carol, SIGTERM), 0);
    mcv_rig_close(&f->rig);
    return 0;
}

static bool is_text(const json_t *of, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(of, key));

    return got != NULL && strcmp(got, want) == 0;
}

static void release_call(struct mcv_device *d, struct mcv_device *other)
{
    json_t *call = mcv_device_call(d);
    char handle[16];
    int status = 1;

    snprintf(handle, sizeof handle, "%d", (int)json_integer_value(json_object_get(call, "call")));
    json_decref(call);
    json_decref(mcv_device_ctl(d, &status, "release", handle, NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(other, "call.ended"));
    json_decref(mcv_device_wait(d, "call.ended"));
    while ((call = mcv_device_call(d)) != NULL) { /* P1 */
        json_decref(call);
        usleep(100000);
    }
}

/* alice has bob show his video to carol. */
static void a_third_device_pushes_on_request(void **state)
{
    struct fixture *f = *state;
    int status = 1;

    json_decref(mcv_device_ctl(&f->alice, &status, "push", "request", f->bob.uri, f->carol.uri,
                               "--video", "roof", NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(&f->alice, "push.requested"));
    json_t *asked = mcv_device_wait(&f->bob, "push.asked");
    assert_true(is_text(asked, "user", f->alice.uri));
    assert_true(is_text(asked, "recipient", f->carol.uri));
    json_decref(asked);
    json_t *incoming = mcv_device_wait(&f->carol, "call.incoming");
    assert_true(json_is_true(json_object_get(incoming, "push")));
    json_decref(incoming);
    json_decref(mcv_device_wait(&f->carol, "call.established"));
    json_t *done = mcv_device_wait(&f->alice, "push.done");
    assert_true(is_text(done, "user", f->bob.uri));
    json_decref(done);
    json_decref(mcv_device_wait(&f->bob, "push.done"));

    json_t *answer = mcv_device_ctl(&f->bob, &status, "status", NULL);
    const json_t *push = json_array_get(json_object_get(answer, "pushes"), 0);
    assert_true(is_text(push, "state", "V4") && is_text(push, "user", f->alice.uri));
    assert_true(json_is_true(json_object_get(push, "asked")));
    json_decref(answer);
    json_t *call = mcv_device_call(&f->carol);
    assert_true(is_text(call, "state", "P4") && json_is_true(json_object_get(call, "push")));
    json_decref(call);
    release_call(&f->bob, &f->carol);
}

/* bob shows alice's video to carol: alice is told. */
static void the_owner_is_told(void **state)
{
    struct fixture *f = *state;
    int status = 1;

    json_decref(mcv_device_ctl(&f->bob, &status, "push", "start", f->carol.uri, "--source",
                               f->alice.uri, NULL));
    assert_int_equal(status, 0);
    json_t *told = mcv_device_wait(&f->alice, "push.notified");
    assert_true(is_text(told, "user", f->bob.uri) && is_text(told, "recipient", f->carol.uri));
    assert_false(json_is_true(json_object_get(told, "unverified")));
    json_decref(told);
    json_decref(mcv_device_wait(&f->carol, "call.established"));
    release_call(&f->bob, &f->carol);
}

static void what_cannot_be_is_said(void **state)
{
    struct fixture *f = *state;
    int status = 0;

    json_decref(
        mcv_device_ctl(&f->alice, &status, "push", "start", "sip:nobody@rig.example", NULL));
    assert_int_equal(status, 1);
    json_decref(mcv_device_ctl(&f->alice, &status, "push", "cancel", "999", NULL));
    assert_int_equal(status, 1);
    json_decref(mcv_device_ctl(&f->alice, &status, "push", "request", f->bob.uri, NULL));
    assert_int_equal(status, 2);
    json_decref(mcv_device_ctl(&f->alice, &status, "push", "request-group", f->bob.uri,
                               "sip:none@rig.example", NULL));
    assert_int_equal(status, 0);
    json_t *failed = mcv_device_wait(&f->alice, "push.failed");
    assert_true(is_text(failed, "reason", "peer_failed"));
    assert_true(is_text(failed, "group", "sip:none@rig.example"));
    json_decref(failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_device_pushes_on_request),
        cmocka_unit_test(the_owner_is_told),
        cmocka_unit_test(what_cannot_be_is_said),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
