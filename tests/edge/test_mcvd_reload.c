/* A configuration read again while a call is under way: groups, peers and keys come and go, the call
 * does not notice, and a file that cannot be used changes nothing and says why.
 * Spec: TS 24.484, TS 24.481 (what is configured), TS 33.180 10.2 (a revoked key). */
#include "tests/edge/pair.h"
#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RIG  12
#define TEAM "sip:team@rig.example"

struct fixture {
    struct mcv_pair p;
    unsigned n_sent;
    uint16_t next_seq;
    uint32_t ssrc;
};

static int setup(void **state)
{
    static struct fixture f;

    mcv_pair_open(&f.p, RIG);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_pair_close(&f->p);
    return 0;
}

/* ---- the call ------------------------------------------------------------------------------- */

static void send_some(struct fixture *f)
{
    for (unsigned i = 0; i < 5; i++) mcv_app_send(&f->p.app, f->n_sent++);
}

/* All that was sent and not yet taken, in one unbroken stream. */
static void take_all(struct fixture *f, unsigned n_taken)
{
    for (unsigned i = n_taken; i < f->n_sent; i++) {
        const struct mcv_rtp h = mcv_app_take(&f->p.app, i);
        if (i == 0) f->ssrc = h.ssrc;
        if (i > 0) assert_int_equal(h.seq, f->next_seq);
        assert_int_equal(h.ssrc, f->ssrc);
        f->next_seq = (uint16_t)(h.seq + 1);
    }
}

static json_int_t number_of_call(struct mcv_device *d, const char *key)
{
    json_t *call = mcv_device_call(d);

    assert_non_null(call);
    const json_int_t n = json_integer_value(json_object_get(call, key));
    json_decref(call);
    return n;
}

static void a_call_is_under_way(void **state)
{
    struct fixture *f = *state;

    mcv_pair_call(&f->p);
    send_some(f);
    take_all(f, 0);
}

/* ---- reading it again ----------------------------------------------------------------------- */

/* How many lines of the log say this. */
static unsigned n_logged(const struct mcv_device *d, const char *text)
{
    static char log[1 << 20];
    unsigned n = 0;

    log[mcv_tmpfile_read(d->errors, (uint8_t *)log, sizeof log - 1)] = '\0';
    for (const char *at = log; (at = strstr(at, text)) != NULL; at++) n++;
    return n;
}

enum how { BY_MCVCTL, BY_SIGNAL };

/* says  NULL: it is taken; otherwise it is not, and this is in the reason. */
static void read_again(struct mcv_device *d, enum how how, const char *says)
{
    const char *outcome = says != NULL ? "configuration unchanged" : "configuration read again";
    const unsigned n_before = n_logged(d, outcome);
    int status = -1;

    if (how == BY_SIGNAL) {
        assert_int_equal(kill(d->pid, SIGHUP), 0);
    } else {
        json_t *reply = mcv_device_ctl(d, &status, "reload", NULL);
        const char *text = json_string_value(json_object_get(reply, "text"));
        assert_int_equal(status, says != NULL ? 1 : 0);
        if (says != NULL && (text == NULL || strstr(text, says) == NULL))
            fail_msg("reply \"%s\" lacks \"%s\"", text != NULL ? text : "", says);
        json_decref(reply);
    }
    for (unsigned i = 0; n_logged(d, outcome) == n_before; i++) {
        assert_true(i < MCV_RIG_WAIT_S * 100);
        usleep(10000);
    }
    if (says != NULL) assert_true(n_logged(d, says) > 0);
}

static size_t n_groups(struct mcv_device *d)
{
    json_t *status = mcv_device_ctl(d, NULL, "status", NULL);
    const size_t n = json_array_size(json_object_get(status, "groups"));

    json_decref(status);
    return n;
}

/* What mcvctl says to a command. */
static int refused(struct mcv_device *d, const char *first, const char *second, const char *target)
{
    int status = -1;

    if (second == NULL)
        json_decref(mcv_device_ctl(d, &status, first, target, NULL));
    else
        json_decref(mcv_device_ctl(d, &status, first, second, target, NULL));
    return status;
}

#define BOB  "peers:\n  - {user: \"sip:bob@rig.example\", address: 127.77.12.2}\n"
#define ERIN "  - {user: \"sip:erin@rig.example\", address: 127.77.12.5}\n"
#define GROUP                                                                                      \
    "groups:\n  - {id: \"" TEAM "\", address: 239.77.12.1, media_port: 42000, "                    \
    "user_acknowledgement: false}\n"

static const struct {
    const char *why, *more, *says; /* NULL: taken */
    enum how how;
    size_t n_groups; /* afterwards */
} rows[] = {
    {"a group comes", BOB GROUP, NULL, BY_MCVCTL, 1},
    {"a peer comes", BOB ERIN GROUP, NULL, BY_SIGNAL, 1},
    {"no YAML", BOB ERIN GROUP "groups: [", "alice.yaml:", BY_MCVCTL, 1},
    {"no YAML", BOB ERIN GROUP "}", "alice.yaml:", BY_SIGNAL, 1},
    {"an unknown key", BOB ERIN GROUP "oops: 1\n", "oops", BY_MCVCTL, 1},
    {"a value out of range", BOB ERIN GROUP "security: {verify_at_once: 99}\n", "verify_at_once",
     BY_SIGNAL, 1},
    {"a group at an address of one machine",
     BOB "groups:\n  - {id: \"sip:x@rig.example\", address: 10.0.0.1, media_port: 42000}\n",
     "10.0.0.1", BY_MCVCTL, 1},
    {"what needs a restart", BOB ERIN GROUP "limits: {private_calls: 3}\n",
     "changes only with a restart", BY_MCVCTL, 1},
    {"what needs a restart", BOB ERIN GROUP "kms: other.example\n", "changes only with a restart",
     BY_SIGNAL, 1},
    {"group and peer go", BOB, NULL, BY_MCVCTL, 0},
    {"and come back", BOB ERIN GROUP, NULL, BY_SIGNAL, 1},
    {"the peer of the call goes", GROUP, NULL, BY_MCVCTL, 1},
    {"and comes back", BOB GROUP, NULL, BY_MCVCTL, 1},
};

static void the_call_does_not_notice(void **state)
{
    struct fixture *f = *state;
    const json_int_t handle = number_of_call(&f->p.alice, "call");
    const json_int_t call_id = number_of_call(&f->p.alice, "call_id");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const unsigned n_taken = f->n_sent;
        print_message("%s\n", rows[i].why);
        mcv_device_configure(&f->p.alice, rows[i].more);
        send_some(f);
        read_again(&f->p.alice, rows[i].how, rows[i].says);
        send_some(f);
        take_all(f, n_taken);
        assert_int_equal(number_of_call(&f->p.alice, "call"), handle);
        assert_int_equal(number_of_call(&f->p.alice, "call_id"), call_id);
        assert_int_equal(number_of_call(&f->p.bob, "call_id"), call_id);
        assert_int_equal(n_groups(&f->p.alice), rows[i].n_groups);
    }
}

static void a_file_that_is_gone_changes_nothing(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(unlink(f->p.alice.config), 0);
    read_again(&f->p.alice, BY_MCVCTL, "alice.yaml");
    read_again(&f->p.alice, BY_SIGNAL, "alice.yaml");
    assert_int_equal(n_groups(&f->p.alice), 1);
    mcv_device_configure(&f->p.alice, BOB GROUP);
}

/* ---- what came and went is used ------------------------------------------------------------- */

static void a_peer_is_called_as_long_as_he_is_known(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(refused(&f->p.alice, "call", NULL, "sip:erin@rig.example"), 1);
    mcv_device_configure(&f->p.alice, BOB ERIN GROUP);
    read_again(&f->p.alice, BY_MCVCTL, NULL);
    assert_int_equal(refused(&f->p.alice, "call", NULL, "sip:erin@rig.example"), 0);
    json_decref(mcv_device_wait(&f->p.alice, "call.outgoing"));
}

/* New keys come with a bundle; those of the call go on. */
static void keys_and_a_group_come_in_the_call(void **state)
{
    struct fixture *f = *state;
    struct mcv_device *const both[] = {&f->p.alice, &f->p.bob};
    const struct mcv_kms_validity always = {0};
    const unsigned n_taken = f->n_sent;

    assert_int_equal(mcv_kms_group_create(&f->p.rig.kms, TEAM, "team", &always, NULL), MCV_OK);
    mcv_device_configure(&f->p.bob, GROUP);
    read_again(&f->p.bob, BY_SIGNAL, NULL);
    assert_int_equal(refused(&f->p.alice, "group", "start", TEAM), 1); /* no key yet */
    for (size_t i = 0; i < 2; i++) {
        const char *const user = both[i]->uri;
        assert_int_equal(mcv_kms_group_add_users(&f->p.rig.kms, TEAM, &user, 1, NULL), MCV_OK);
        send_some(f);
        mcv_device_import(both[i]);
        send_some(f);
    }
    assert_int_equal(refused(&f->p.alice, "group", "start", TEAM), 0);
    json_decref(mcv_device_wait(&f->p.alice, "group.started"));
    json_decref(mcv_device_wait(&f->p.bob, "group.joined"));
    take_all(f, n_taken);
}

/* A group with a call is not taken away; its key is, and with it the group call, not the private one. */
static void a_group_in_use_stays_and_its_key_goes(void **state)
{
    struct fixture *f = *state;
    const unsigned n_taken = f->n_sent;
    char id[16];

    mcv_device_configure(&f->p.alice, BOB);
    read_again(&f->p.alice, BY_MCVCTL, "in progress");
    assert_int_equal(n_groups(&f->p.alice), 1);
    send_some(f);
    snprintf(id, sizeof id, "%08x", (unsigned)mcv_kms_group(&f->p.rig.kms, TEAM)->keys[0]->gmk_id);
    assert_int_equal(refused(&f->p.alice, "key", "revoke", id), 0);
    send_some(f);
    take_all(f, n_taken);
    json_t *left = mcv_device_wait(&f->p.alice, "group.left");
    assert_string_equal(json_string_value(json_object_get(left, "reason")), "security");
    json_decref(left);
    assert_int_equal(refused(&f->p.alice, "group", "start", TEAM), 1); /* no key any more */
    read_again(&f->p.alice, BY_MCVCTL, NULL);
    assert_int_equal(n_groups(&f->p.alice), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_under_way),
        cmocka_unit_test(the_call_does_not_notice),
        cmocka_unit_test(a_file_that_is_gone_changes_nothing),
        cmocka_unit_test(a_peer_is_called_as_long_as_he_is_known),
        cmocka_unit_test(keys_and_a_group_come_in_the_call),
        cmocka_unit_test(a_group_in_use_stays_and_its_key_goes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
