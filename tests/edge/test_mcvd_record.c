/* Flight records of two daemons in a private and a group call: played back, searched for keys, damaged.
 *
 * alice's record is redacted, bob's is full and sealed: his says what must not be in hers.
 * Spec: TS 33.180 5.11 (keys are kept sealed). */
#include "agent/record/recorder.h"
#include "agent/store/files.h"
#include "sim/replay.h"
#include "tests/edge/app.h"
#include "tests/support/cmocka.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RIG       26
#define TEAM      "sip:team@rig.example"
#define N_PACKETS 30

struct fixture {
    struct mcv_rig rig;
    struct mcv_device alice, bob;
    char records[2][320], key[320], out[320];
};

enum { REDACTED, FULL };

static void make_device(struct fixture *f, struct mcv_device *d, const char *name, unsigned index)
{
    static const char more[] = "peers:\n"
                               "  - {user: \"sip:alice@rig.example\", address: 127.77.26.1}\n"
                               "  - {user: \"sip:bob@rig.example\", address: 127.77.26.2}\n"
                               "groups:\n"
                               "  - {id: \"" TEAM "\", address: 239.77.26.1, media_port: 42000}\n";

    mcv_device_init(d, &f->rig, name, index, more);
    snprintf(f->records[index - 1], sizeof f->records[0], "%s/%s.rec", f->rig.dir.path, name);
    d->options[0] = "--record";
    d->options[1] = f->records[index - 1];
    if (index - 1 == FULL) d->options[2] = "--record-secrets";
    mcv_device_start(d);
    mcv_device_import(d); /* issues the keys of a member */
    const char *user = d->uri;
    assert_int_equal(mcv_kms_group_add_users(&f->rig.kms, TEAM, &user, 1, NULL), MCV_OK);
    mcv_device_import(d); /* with the group's key */
}

static void carry_media(struct fixture *f)
{
    struct mcv_app app;

    mcv_app_open(&app, &f->alice, &f->bob);
    for (unsigned i = 0; i < N_PACKETS; i++) {
        mcv_app_send(&app, i);
        (void)mcv_app_take(&app, i);
    }
    mcv_app_close(&app);
}

static void ok(struct mcv_device *d, const char *a, const char *b, const char *c)
{
    int status = 1;

    json_decref(mcv_device_ctl(d, &status, a, b, c, NULL));
    assert_int_equal(status, 0);
}

static void end_call(struct mcv_device *d)
{
    json_t *call = mcv_device_call(d);
    char handle[16];

    snprintf(handle, sizeof handle, "%d", (int)json_integer_value(json_object_get(call, "call")));
    json_decref(call);
    ok(d, "release", handle, NULL);
}

/* The ended private call is listed for a second. */
static void wait_for_group(struct mcv_device *d)
{
    for (bool is_there = false; !is_there;) {
        json_t *call = mcv_device_call(d);
        const char *kind = json_string_value(json_object_get(call, "kind"));
        is_there = kind != NULL && strcmp(kind, "group") == 0;
        json_decref(call);
        if (!is_there) usleep(20000);
    }
}

/* A private call, a configuration read again, a group call: all with media. */
static void converse(struct fixture *f)
{
    ok(&f->alice, "call", f->bob.uri, NULL);
    json_decref(mcv_device_wait(&f->alice, "call.established"));
    json_decref(mcv_device_wait(&f->bob, "call.established"));
    carry_media(f);
    end_call(&f->alice);
    json_decref(mcv_device_wait(&f->bob, "call.ended"));
    ok(&f->bob, "reload", NULL, NULL);
    ok(&f->alice, "group", "start", TEAM);
    json_decref(mcv_device_wait(&f->bob, "group.joined"));
    wait_for_group(&f->alice);
    wait_for_group(&f->bob);
    carry_media(f);
}

static int setup(void **state)
{
    static struct fixture f;
    const struct mcv_kms_validity always = {0};

    mcv_rig_open(&f.rig, RIG);
    snprintf(f.key, sizeof f.key, "%s/key", f.rig.dir.path);
    snprintf(f.out, sizeof f.out, "%s/out", f.rig.dir.path);
    assert_int_equal(mcv_kms_group_create(&f.rig.kms, TEAM, "team", &always, NULL), MCV_OK);
    make_device(&f, &f.alice, "alice", 1);
    make_device(&f, &f.bob, "bob", 2);
    converse(&f);
    assert_int_equal(mcv_device_stop(&f.alice, SIGTERM), 0);
    assert_int_equal(mcv_device_stop(&f.bob, SIGTERM), 0);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_rig_close(&f->rig);
    return 0;
}

/* ---- played back --------------------------------------------------------------------------- */

static int play(struct fixture *f, const char *path, const char *option, const char *value)
{
    char program[] = "mcvsim", verb[] = "replay";
    char *words[] = {
        program, verb, (char *)(uintptr_t)path, (char *)(uintptr_t)option, (char *)(uintptr_t)value,
        NULL};

    return mcv_rig_run(f->out, words);
}

static bool is_printed(const struct fixture *f, const char *text)
{
    static char content[1 << 20];
    FILE *out = fopen(f->out, "r");

    assert_non_null(out);
    const size_t n = fread(content, 1, sizeof content - 1, out);
    fclose(out);
    content[n] = '\0';
    const bool is_there = strstr(content, text) != NULL;
    if (!is_there) print_message("%.4000s\n", content);
    return is_there;
}

static void a_redacted_record_gives_the_same_states_events_and_messages(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(play(f, f->records[REDACTED], NULL, NULL), 0);
    assert_true(is_printed(f, "the same as recorded; the record ended: stopped"));
    assert_true(is_printed(f, "sends MONP PRIVATE CALL SETUP REQUEST"));
    assert_true(is_printed(f, "event call.established call=1 user=sip:bob@rig.example"));
    assert_true(is_printed(f, "event group.started"));
    assert_true(is_printed(f, "event ptt.granted"));
    assert_true(is_printed(f, "sends transmission control Transmission Granted call="));
}

static void a_full_record_gives_the_same_octets(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(play(f, f->records[FULL], "--key-file", f->key), 0);
    assert_true(is_printed(f, "the same as recorded; the record ended: stopped"));
    assert_true(is_printed(f, "event media.started"));
    assert_true(is_printed(f, "event group.joined"));
}

static void a_full_record_is_sealed(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(play(f, f->records[FULL], NULL, NULL), 2);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static bool holds(const struct mcv_replay_file *file, const void *key, size_t n)
{
    return memmem(file->content, file->n, key, n) != NULL;
}

static void open_both(struct fixture *f, struct mcv_replay_file files[2])
{
    assert_int_equal(mcv_replay_file_open(&files[REDACTED], f->records[REDACTED], NULL, NULL),
                     MCV_OK);
    assert_int_equal(mcv_replay_file_open(&files[FULL], f->records[FULL], &f->rig.secret, NULL),
                     MCV_OK);
}

/* The PCK that bob decapsulated. */
static void find_pck(struct mcv_replay_file *file, uint8_t pck[static MCV_KEY_BYTES])
{
    Mcv__RecordFrame *frame;

    while (mcv_replay_file_next(file, &frame) == MCV_OK && frame != NULL) {
        if (frame->what_case != MCV__RECORD_FRAME__WHAT_JOB || frame->job->key.len == 0) continue;
        assert_int_equal(frame->job->key.len, MCV_KEY_BYTES);
        memcpy(pck, frame->job->key.data, MCV_KEY_BYTES);
        return;
    }
    fail_msg("no decapsulated key in the full record");
}

static void no_key_is_in_a_redacted_record(void **state)
{
    struct fixture *f = *state;
    struct mcv_replay_file files[2];
    uint8_t pck[MCV_KEY_BYTES];

    open_both(f, files);
    find_pck(&files[FULL], pck);
    assert_true(holds(&files[FULL], pck, sizeof pck));
    assert_false(holds(&files[REDACTED], pck, sizeof pck));
    const Mcv__Group *group = mcv_kms_group(&f->rig.kms, TEAM);
    assert_true(group->n_keys > 0);
    for (size_t i = 0; i < group->n_keys; i++) {
        assert_true(holds(&files[FULL], group->keys[i]->gmk.data, group->keys[i]->gmk.len));
        assert_false(holds(&files[REDACTED], group->keys[i]->gmk.data, group->keys[i]->gmk.len));
    }
    for (size_t i = 0; i < f->rig.kms.file->n_key_sets; i++) {
        const Mcv__IssuedKeySet *k = f->rig.kms.file->key_sets[i];
        assert_false(holds(&files[REDACTED], k->ssk.data, k->ssk.len));
        assert_false(holds(&files[REDACTED], k->rsk.data + 1, 32)); /* of its x */
        assert_false(holds(&files[FULL], k->ssk.data, k->ssk.len)); /* only jobs need them */
        assert_false(holds(&files[FULL], k->rsk.data + 1, 32));
    }
    mcv_replay_file_close(&files[REDACTED]);
    mcv_replay_file_close(&files[FULL]);
}

/* ---- what would have happened -------------------------------------------------------------- */

static void changes_tell_what_would_have_happened(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(play(f, f->records[REDACTED], "--set", "loss=100"), 0);
    assert_true(is_printed(f, "call.established                                  1          0"));
    assert_true(is_printed(f, "without the change: "));
    assert_int_equal(play(f, f->records[REDACTED], "--set", "CFP1_count=1"), 0);
    assert_int_equal(play(f, f->records[REDACTED], "--set", "CFP1_count=0"), 2); /* range */
    assert_int_equal(play(f, f->records[REDACTED], "--set", "CFP9_count=1"), 2);
    assert_int_equal(play(f, f->records[REDACTED], "--set", "loss=120"), 2);
}

/* ---- damage -------------------------------------------------------------------------------- */

static void write_file(const char *path, const uint8_t *p, size_t n)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(p, 1, n, out), n);
    fclose(out);
}

static void a_damaged_record_is_told(void **state)
{
    struct fixture *f = *state;
    struct mcv_replay_file whole;
    char path[340];

    snprintf(path, sizeof path, "%s/damaged", f->rig.dir.path);
    assert_int_equal(mcv_replay_file_open(&whole, f->records[REDACTED], NULL, NULL), MCV_OK);
    write_file(path, whole.content, whole.n - 3); /* killed while it wrote */
    assert_int_equal(play(f, path, "--quiet", NULL), 3);
    assert_true(is_printed(f, "the same as recorded; the record has no end"));
    whole.content[MCV_RECORD_MAGIC_BYTES + 4] ^= 0xff; /* of the first frame */
    write_file(path, whole.content, whole.n);
    assert_int_equal(play(f, path, "--quiet", NULL), 3);
    write_file(path, whole.content, 5);
    assert_int_equal(play(f, path, "--quiet", NULL), 2);
    mcv_replay_file_close(&whole);
}

static void an_existing_file_is_not_overwritten(void **state)
{
    struct fixture *f = *state;

    mcv_device_launch(&f->alice, NULL);
    assert_int_equal(mcv_device_wait_exit(&f->alice), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_redacted_record_gives_the_same_states_events_and_messages),
        cmocka_unit_test(a_full_record_gives_the_same_octets),
        cmocka_unit_test(a_full_record_is_sealed),
        cmocka_unit_test(no_key_is_in_a_redacted_record),
        cmocka_unit_test(changes_tell_what_would_have_happened),
        cmocka_unit_test(a_damaged_record_is_told),
        cmocka_unit_test(an_existing_file_is_not_overwritten),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
