/* How mcvd starts, and how it does not: one clear line, exit status 1, nothing half-started. And what
 * it keeps from others while it runs. Spec: TS 33.180 5.11 (keys on the device). */
#include "agent/store/records.h"
#include "tests/edge/rig.h"
#include "tests/support/cmocka.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The address and thread sanitizers turn mlock into nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MCV_CAN_LOCK 0
#elif defined(__has_feature)
#define MCV_CAN_LOCK (!__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer))
#else
#define MCV_CAN_LOCK 1
#endif

#define RIG   2
#define GROUP "sip:group@rig.example"

static int setup(void **state)
{
    static struct mcv_rig rig;

    mcv_rig_open(&rig, RIG);
    *state = &rig;
    return 0;
}

static int teardown(void **state)
{
    mcv_rig_close(*state);
    return 0;
}

/* ---- what it refuses ------------------------------------------------------------------------ */

/* Replaces the first `from` in the file. */
static void edit(const char *path, const char *from, const char *to)
{
    char before[8192], after[8192];
    const size_t n = mcv_tmpfile_read(path, (uint8_t *)before, sizeof before - 1);

    before[n] = '\0';
    const char *at = strstr(before, from);
    assert_non_null(at);
    snprintf(after, sizeof after, "%.*s%s%s", (int)(at - before), before, to, at + strlen(from));
    mcv_tmpfile_write(path, after, strlen(after), 0600);
}

static size_t n_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) n += *text == '\n';
    return n;
}

static const struct {
    const char *why;
    const char *from, *to;  /* in the configuration */
    unsigned line;          /* that the complaint names */
    const char *says, *and; /* in the complaint */
} refused[] = {
    {"an interface that is not there", "interface: lo", "interface: mcv-none0", 5, "mcv-none0",
     "no such interface"},
    {"an address of another machine", "addresses: [127.77.2.9]", "addresses: [192.0.2.9]", 5,
     "192.0.2.9", "not an address"},
    {"an unknown key", "log_level: debug", "log_levle: debug", 4, "log_levle", "log_level"},
    {"a number out of range", "TFP1_ms: 2000", "TFP1_ms: 1", 8, "TFP1_ms", "1"},
    {"a value of another type", "CFP1_count: 10", "CFP1_count: ten", 8, "ten", "CFP1_count"},
    {"a secret that is not there", "/key}", "/no-key}", 6, "no-key", "key_file"},
    {"a secret that others may read", "/key}", "/open-key}", 6, "open-key", "600"},
    {"a user to become that does not exist", "log_level: debug", "run_as: mcv-nobody", 4,
     "mcv-nobody", "no such user"},
    {"a path that is too long for a socket", "/victim.sock",
     "/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
     "1234567890123456789",
     3, "control_socket", "too long"},
};

static void expect_refusal(struct mcv_device *d, unsigned line, const char *says, const char *and)
{
    char text[4096], place[340];

    mcv_device_launch(d, NULL);
    assert_int_equal(mcv_device_wait_exit(d), 1);
    const size_t n = mcv_tmpfile_read(d->errors, (uint8_t *)text, sizeof text - 1);
    text[n] = '\0';
    snprintf(place, sizeof place, "%s:%u", d->config, line);
    if (n_lines(text) != 1 || strstr(text, place) == NULL || strstr(text, says) == NULL ||
        strstr(text, and) == NULL)
        fail_msg("expected one line with \"%s\", \"%s\" and \"%s\", got: %s", place, says, and,
                 text);
    assert_int_equal(access(d->socket, F_OK), -1);
}

static void refusals_are_one_line_with_file_line_and_value(void **state)
{
    struct mcv_rig *rig = *state;
    const uint8_t key[MCV_SEAL_KEY_BYTES] = {1};

    mcv_tmpfile_write(mcv_tmpdir_file(&rig->dir, "open-key"), key, sizeof key, 0644);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct mcv_device d;
        print_message("%s\n", refused[i].why);
        mcv_device_init(&d, rig, "victim", 9, "");
        edit(d.config, refused[i].from, refused[i].to);
        expect_refusal(&d, refused[i].line, refused[i].says, refused[i].and);
    }
}

static void a_port_in_use_is_refused(void **state)
{
    struct mcv_device d;
    const int other = mcv_rig_udp("127.77.2.9", 8809);

    mcv_device_init(&d, *state, "victim", 9, "");
    expect_refusal(&d, 5, "127.77.2.9", "in use");
    close(other);
    mcv_device_start(&d); /* and that was all that was wrong */
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);
}

static void two_daemons_do_not_share_a_store_or_a_socket(void **state)
{
    struct mcv_device first, second;

    mcv_device_init(&first, *state, "first", 3, "");
    mcv_device_start(&first);
    mcv_device_init(&second, *state, "first", 4, "");
    snprintf(second.errors, sizeof second.errors, "%s/second.log", second.rig->dir.path);
    edit(second.config, "/first.sock", "/second.sock");
    snprintf(second.socket, sizeof second.socket, "%s/second.sock", second.rig->dir.path);
    expect_refusal(&second, 6, "first", "another");
    mcv_device_init(&second, *state, "second", 4, "");
    edit(second.config, "/second.sock", "/first.sock");
    expect_refusal(&second, 3, "first.sock", "another mcvd");
    assert_int_equal(mcv_device_stop(&first, SIGTERM), 0);
}

/* ---- what it keeps ---------------------------------------------------------------------------- */

/* The number after "name:" in a file of /proc. */
static long proc_number(pid_t pid, const char *file, const char *name)
{
    char path[64], line[256];
    long value = -1;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) value = strtol(line + strlen(name), NULL, 10);
    fclose(f);
    return value;
}

/* The files of a process in /proc belong to root when it cannot be dumped, otherwise to its user. */
static uid_t proc_owner(pid_t pid)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    assert_int_equal(stat(path, &st), 0);
    return st.st_uid;
}

static void give_to(const char *path, const struct passwd *pw)
{
    if (pw != NULL) assert_int_equal(chown(path, pw->pw_uid, pw->pw_gid), 0);
}

/* As root, the daemon becomes another user; otherwise it stays what it is. */
static void keys_are_locked_and_cannot_be_dumped(void **state)
{
    struct mcv_rig *rig = *state;
    const struct passwd *pw = geteuid() == 0 ? getpwnam("nobody") : NULL;
    /* the leak check of a sanitizer wants to look into the process, and cannot */
    static const char *const environment[] = {"ASAN_OPTIONS", "detect_leaks=0", NULL};
    struct mcv_device d;
    int status = 1;

    mcv_device_init(&d, rig, "keeper", 5, pw != NULL ? "run_as: nobody\n" : "");
    give_to(rig->dir.path, pw);
    give_to(mcv_tmpdir_file(&rig->dir, "key"), pw);
    mcv_device_launch(&d, environment);
    for (int i = 0; i < 1000 && status != 0; i++) {
        usleep(20000);
        json_decref(mcv_device_ctl(&d, &status, "status", NULL));
    }
    assert_int_equal(status, 0);
    assert_int_equal(proc_number(d.pid, "limits", "Max core file size"), 0);
    if (MCV_CAN_LOCK) assert_true(proc_number(d.pid, "status", "VmLck:") > 0);
    if (pw != NULL) assert_int_equal(proc_number(d.pid, "status", "Uid:"), pw->pw_uid);
    if (pw != NULL) assert_int_equal(proc_number(d.pid, "status", "CapEff:"), 0);
    assert_int_equal(proc_owner(d.pid), 0);
    assert_int_equal(proc_number(d.pid, "status", "NoNewPrivs:"), 1);
    assert_int_equal(kill(d.pid, SIGTERM), 0);
    assert_int_equal(mcv_device_wait_exit(&d), 0);
}

static void only_the_owner_gets_at_socket_and_store(void **state)
{
    struct mcv_device d;
    char keys[340];
    struct stat st;

    mcv_device_init(&d, *state, "owner", 6, "");
    mcv_device_start(&d);
    mcv_device_import(&d);
    snprintf(keys, sizeof keys, "%s/keys", d.store);
    assert_int_equal(stat(d.socket, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(d.store, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(keys, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);
    assert_int_equal(access(d.socket, F_OK), -1); /* it takes its socket with it */
}

/* ---- and how it forgets ------------------------------------------------------------------------ */

static int n_keys(struct mcv_device *d)
{
    json_t *status = mcv_device_ctl(d, NULL, "status", NULL);
    const json_t *keys = json_object_get(status, "keys");
    const int n = (int)(json_integer_value(json_object_get(keys, "key_sets")) +
                        json_integer_value(json_object_get(keys, "certificates")));

    assert_non_null(keys);
    json_decref(status);
    return n;
}

static void zeroize_destroys_every_key(void **state)
{
    struct mcv_device d;
    char keys[340];
    int status = 1;

    mcv_device_init(&d, *state, "forgetful", 7, "peers:\n  - {user: a, address: 127.77.2.8}\n");
    mcv_device_start(&d);
    mcv_device_import(&d);
    snprintf(keys, sizeof keys, "%s/keys", d.store);
    assert_true(n_keys(&d) > 0);
    assert_int_equal(access(keys, F_OK), 0);
    json_decref(mcv_device_ctl(&d, &status, "zeroize", NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(&d, "keys.destroyed"));
    assert_int_equal(n_keys(&d), 0);
    assert_int_equal(access(keys, F_OK), -1);
    json_t *answer = mcv_device_ctl(&d, &status, "call", "a", NULL);
    assert_int_equal(status, 1);
    assert_string_equal(json_string_value(json_object_get(answer, "error")), "MCV_E_UNKNOWN_KEY");
    json_decref(answer);
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);
    mcv_device_start(&d);
    assert_int_equal(n_keys(&d), 0);
    mcv_device_import(&d); /* a new life */
    assert_true(n_keys(&d) > 0);
    assert_int_equal(mcv_device_stop(&d, SIGINT), 0);
}

static void only_a_key_that_is_there_is_revoked(void **state)
{
    struct mcv_device d;
    int status = 0;

    mcv_device_init(&d, *state, "cautious", 10, "");
    mcv_device_start(&d);
    mcv_device_import(&d);
    json_t *answer = mcv_device_ctl(&d, &status, "key", "revoke", "0dF9bc39", NULL);
    assert_int_equal(status, 1);
    assert_string_equal(json_string_value(json_object_get(answer, "error")), "MCV_E_NOT_FOUND");
    json_decref(answer);
    json_decref(mcv_device_ctl(&d, &status, "key", "revoke", "0x0df9bc", NULL));
    assert_int_equal(status, 2); /* not a key identifier */
    assert_true(n_keys(&d) > 0);
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);
}

static void keys_survive_a_restart(void **state)
{
    struct mcv_device d;

    mcv_device_init(&d, *state, "lasting", 8, "");
    mcv_device_start(&d);
    mcv_device_import(&d);
    const int n = n_keys(&d);
    assert_int_equal(mcv_device_stop(&d, SIGKILL), 128 + SIGKILL);
    mcv_device_start(&d); /* the socket that was left behind is no obstacle */
    assert_int_equal(n_keys(&d), n);
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);
}

/* A device whose limits were made smaller has used more SSRCs than it has room for now. */
static void used_ssrcs_do_not_keep_it_from_starting(void **state)
{
    static const char more[] = "limits: {preset: small}\n"
                               "groups:\n"
                               "  - {id: \"" GROUP "\", address: 239.77.2.1, media_port: 42000}\n";
    struct mcv_rig *rig = *state;
    const struct mcv_kms_validity always = {0};
    struct mcv_device d;
    struct mcv_ssrc_log log;
    char path[340], errors[16384];
    int status = 1;

    mcv_device_init(&d, rig, "talker", 11, more);
    assert_int_equal(mcv_kms_group_create(&rig->kms, GROUP, "group", &always, NULL), MCV_OK);
    mcv_device_start(&d);
    mcv_device_import(&d);
    const char *user = d.uri;
    assert_int_equal(mcv_kms_group_add_users(&rig->kms, GROUP, &user, 1, NULL), MCV_OK);
    mcv_device_import(&d);
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);

    snprintf(path, sizeof path, "%s/ssrc", d.store);
    assert_int_equal(mcv_ssrc_log_open(&log, path, NULL), MCV_OK);
    struct mcv_ssrc_log_use use = {.gmk_id = mcv_kms_group(&rig->kms, GROUP)->keys[0]->gmk_id};
    for (use.ssrc = 1; use.ssrc <= 500; use.ssrc++)
        assert_int_equal(mcv_ssrc_log_add(&log, &use), MCV_OK);
    mcv_ssrc_log_close(&log);

    mcv_device_start(&d);
    json_decref(mcv_device_ctl(&d, &status, "group", "start", GROUP, NULL));
    assert_int_equal(status, 0);
    assert_int_equal(mcv_device_stop(&d, SIGTERM), 0);
    errors[mcv_tmpfile_read(d.errors, (uint8_t *)errors, sizeof errors - 1)] = '\0';
    assert_non_null(strstr(errors, "116 SSRCs")); /* 512 places, a quarter of them always free */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_are_one_line_with_file_line_and_value),
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(two_daemons_do_not_share_a_store_or_a_socket),
        cmocka_unit_test(only_the_owner_gets_at_socket_and_store),
        cmocka_unit_test(zeroize_destroys_every_key),
        cmocka_unit_test(only_a_key_that_is_there_is_revoked),
        cmocka_unit_test(keys_survive_a_restart),
        cmocka_unit_test(used_ssrcs_do_not_keep_it_from_starting),
        cmocka_unit_test(keys_are_locked_and_cannot_be_dumped), /* last: it gives files away */
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
