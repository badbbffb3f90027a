#include "tests/edge/rig.h"

#include "crypto/rng_system.h"
#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KMS_URI   "kms.rig.example"
#define GMS_URI   "sip:gms@rig.example"
#define MAX_WORDS 12

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

/* ---- the KMS ------------------------------------------------------------------------------- */

/* Waits for other runs of the same test, such as those of another build tree. */
static int take_number(unsigned number)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX}; /* abstract: gone with its process */
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const double until_s = now_s() + 4 * MCV_RIG_WAIT_S;

    assert_true(fd >= 0);
    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "mcv-rig-%u", number);
    while (bind(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        assert_true(now_s() < until_s);
        pause_ms(100);
    }
    return fd;
}

void mcv_rig_open(struct mcv_rig *rig, unsigned number)
{
    const struct mcv_kms_params params = {
        .uri = KMS_URI, .gms_uri = GMS_URI, .period = {.period_s = 30 * 86400}};
    uint8_t key[MCV_SEAL_KEY_BYTES];

    *rig = (struct mcv_rig){.number = number, .taken = take_number(number)};
    mcv_tmpdir_make(&rig->dir);
    memset(key, (int)number, sizeof key);
    mcv_tmpfile_write(mcv_tmpdir_file(&rig->dir, "key"), key, sizeof key, 0600);
    assert_int_equal(mcv_seal_secret_load(&rig->secret, MCV_SEAL_KEY_FILE,
                                          mcv_tmpdir_file(&rig->dir, "key"), NULL),
                     MCV_OK);
    assert_int_equal(mcv_kms_create(&rig->kms, mcv_tmpdir_file(&rig->dir, "kms"), &rig->secret,
                                    &params, &mcv_rng_system, NULL),
                     MCV_OK);
}

void mcv_rig_close(struct mcv_rig *rig)
{
    mcv_kms_close(&rig->kms);
    mcv_tmpdir_remove(&rig->dir);
    close(rig->taken);
}

/* ---- a device ------------------------------------------------------------------------------ */

void mcv_device_configure(const struct mcv_device *d, const char *more)
{
    FILE *f = fopen(d->config, "w");

    assert_non_null(f);
    fprintf(f,
            "user: %s\n"
            "gms: " GMS_URI "\n"
            "control_socket: %s\n"
            "log_level: debug\n"
            "network: {interface: lo, addresses: [%s]}\n"
            "store: {dir: %s, key_file: %s}\n"
            "media: {local: {address: %s, port: 5000}}\n"
            "timers: {%sTFP1_ms: 2000, CFP1_count: 10, PUSH_REQUEST_ms: 2000, HOLD_ms: 10000}\n"
            "%s",
            d->uri, d->socket, d->address, d->store, mcv_tmpdir_file(&d->rig->dir, "key"), d->local,
            d->rig->timers != NULL ? d->rig->timers : "", more);
    assert_int_equal(fclose(f), 0);
}

void mcv_device_init(struct mcv_device *d, struct mcv_rig *rig, const char *name, unsigned index,
                     const char *more)
{
    *d = (struct mcv_device){.rig = rig, .index = index, .events = -1};
    snprintf(d->uri, sizeof d->uri, "sip:%s@rig.example", name);
    snprintf(d->address, sizeof d->address, "127.77.%u.%u", rig->number, index);
    snprintf(d->local, sizeof d->local, "127.77.%u.%u", rig->number, 100 + index);
    snprintf(d->store, sizeof d->store, "%s/%s", rig->dir.path, name);
    snprintf(d->config, sizeof d->config, "%s/%s.yaml", rig->dir.path, name);
    snprintf(d->socket, sizeof d->socket, "%s/%s.sock", rig->dir.path, name);
    snprintf(d->errors, sizeof d->errors, "%s/%s.log", rig->dir.path, name);
    mcv_device_configure(d, more);
}

const char *mcv_device_as_peer(const struct mcv_device *d)
{
    static char line[160];

    snprintf(line, sizeof line, "  - {user: \"%s\", address: %s}\n", d->uri, d->address);
    return line;
}

/* ---- processes ------------------------------------------------------------------------------ */

static void become(const char *program, char *const words[])
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", MCV_BIN_DIR, program);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no daemon behind */
    execv(path, words);
    _exit(127);
}

static int exit_status(pid_t pid)
{
    const double until_s = now_s() + MCV_RIG_WAIT_S;
    int status = 0;
    pid_t done;

    while ((done = waitpid(pid, &status, WNOHANG)) == 0 && now_s() < until_s) pause_ms(10);
    if (done == 0) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        fail_msg("a process did not end");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int mcv_rig_run(const char *out, char *const words[])
{
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0) return exit_status(pid);
    const int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDOUT_FILENO);
    become(words[0], words);
    return 0;
}

void mcv_device_launch(struct mcv_device *d, const char *const environment[])
{
    static char name[] = "mcvd", option[] = "--config";
    char *words[4 + sizeof d->options / sizeof *d->options] = {name, option, d->config};

    for (size_t i = 0; i < sizeof d->options / sizeof *d->options; i++)
        words[3 + i] = (char *)(uintptr_t)d->options[i];

    d->pid = fork();
    assert_true(d->pid >= 0);
    if (d->pid > 0) return;
    const int fd = open(d->errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDERR_FILENO);
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i += 2)
        setenv(environment[i], environment[i + 1], 1);
    become("mcvd", words);
}

int mcv_device_wait_exit(struct mcv_device *d)
{
    const int status = exit_status(d->pid);

    d->pid = 0;
    return status;
}

static void follow(struct mcv_device *d)
{
    static char name[] = "mcvctl", socket_option[] = "--socket", json[] = "--json",
                events[] = "events";
    char *words[] = {name, socket_option, d->socket, json, events, NULL};
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    d->events_pid = fork();
    assert_true(d->events_pid >= 0);
    if (d->events_pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(STDERR_FILENO);
        become("mcvctl", words);
    }
    close(ends[1]);
    d->events = ends[0];
    d->n_line = 0;
    while (mcv_device_counter(d, "control_clients") < 2) pause_ms(10);
}

void mcv_device_start(struct mcv_device *d)
{
    const double until_s = now_s() + MCV_RIG_WAIT_S;
    int status = 1;

    mcv_device_launch(d, NULL);
    while (status != 0) {
        assert_true(now_s() < until_s);
        assert_int_equal(waitpid(d->pid, NULL, WNOHANG), 0);
        json_decref(mcv_device_ctl(d, &status, "status", NULL));
        if (status != 0) pause_ms(20);
    }
    follow(d);
}

int mcv_device_stop(struct mcv_device *d, int signal_number)
{
    assert_int_equal(kill(d->pid, signal_number), 0);
    const int status = mcv_device_wait_exit(d);
    close(d->events); /* there may be more than anybody has read */
    d->events = -1;
    (void)exit_status(d->events_pid); /* it ends with the connection */
    return status;
}

/* ---- mcvctl --------------------------------------------------------------------------------- */

static size_t read_all(int fd, char *out, size_t cap)
{
    size_t n = 0;
    ssize_t got;

    while (n < cap && (got = read(fd, out + n, cap - n)) > 0) n += (size_t)got;
    return n;
}

json_t *mcv_device_ctl(struct mcv_device *d, int *status, ...)
{
    static char name[] = "mcvctl", socket_option[] = "--socket", json[] = "--json";
    char *words[MAX_WORDS] = {name, socket_option, d->socket, json};
    static char out[1 << 16];
    size_t n_words = 4;
    int ends[2];
    va_list more;

    va_start(more, status);
    for (char *w = va_arg(more, char *); w != NULL; w = va_arg(more, char *)) {
        assert_true(n_words < MAX_WORDS - 1);
        words[n_words++] = w;
    }
    va_end(more);
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(STDERR_FILENO);
        become("mcvctl", words);
    }
    close(ends[1]);
    const size_t n = read_all(ends[0], out, sizeof out);
    close(ends[0]);
    const int exited = exit_status(pid);
    if (status != NULL) *status = exited;
    return n > 0 ? json_loadb(out, n, 0, NULL) : NULL;
}

/* A line of events, or false at the end of the connection. */
static bool take_line(struct mcv_device *d, char *out, size_t cap, double until_s)
{
    for (;;) {
        char *end = memchr(d->line, '\n', d->n_line);
        if (end != NULL) {
            const size_t n = (size_t)(end - d->line);
            assert_true(n < cap);
            memcpy(out, d->line, n);
            out[n] = '\0';
            d->n_line -= n + 1;
            memmove(d->line, end + 1, d->n_line);
            return true;
        }
        struct pollfd p = {.fd = d->events, .events = POLLIN};
        const double left_s = until_s - now_s();
        if (left_s <= 0 || poll(&p, 1, (int)(left_s * 1000) + 1) <= 0) return false;
        const ssize_t got = read(d->events, d->line + d->n_line, sizeof d->line - d->n_line);
        if (got <= 0) return false;
        d->n_line += (size_t)got;
    }
}

json_t *mcv_device_wait(struct mcv_device *d, const char *event)
{
    const double until_s = now_s() + MCV_RIG_WAIT_S;
    char line[sizeof d->line];

    while (take_line(d, line, sizeof line, until_s)) {
        json_t *e = json_loads(line, 0, NULL);
        assert_non_null(e);
        if (strcmp(json_string_value(json_object_get(e, "event")), event) == 0) return e;
        json_decref(e);
    }
    fail_msg("%s: no event %s", d->uri, event);
    return NULL;
}

long long mcv_device_counter(struct mcv_device *d, const char *name)
{
    json_t *stats = mcv_device_ctl(d, NULL, "stats", NULL);
    const json_t *value = json_object_get(stats, name);

    assert_true(json_is_integer(value));
    const long long n = json_integer_value(value);
    json_decref(stats);
    return n;
}

json_t *mcv_device_call(struct mcv_device *d)
{
    json_t *status = mcv_device_ctl(d, NULL, "status", NULL);
    json_t *call = json_incref(json_array_get(json_object_get(status, "calls"), 0));

    json_decref(status);
    return call;
}

/* ---- keys ----------------------------------------------------------------------------------- */

void mcv_device_import(struct mcv_device *d)
{
    struct mcv_kms_bundle_report report;
    char bundle[340];
    uint64_t period = 0;
    int status = 1;

    snprintf(bundle, sizeof bundle, "%s.bundle", d->store);
    assert_int_equal(mcv_kms_period_no(&period, &d->rig->kms, time(NULL), NULL), MCV_OK);
    assert_int_equal(mcv_kms_issue(&d->rig->kms, NULL, d->uri, period, NULL), MCV_OK);
    assert_int_equal(
        mcv_kms_bundle(&d->rig->kms, &report, bundle, d->uri, &d->rig->secret, time(NULL), NULL),
        MCV_OK);
    json_decref(mcv_device_ctl(d, &status, "import", bundle, "--key-file",
                               mcv_tmpdir_file(&d->rig->dir, "key"), NULL));
    assert_int_equal(status, 0);
}

/* ---- sockets -------------------------------------------------------------------------------- */

int mcv_rig_udp(const char *address, unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval patience = {.tv_sec = MCV_RIG_WAIT_S};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    return fd;
}
