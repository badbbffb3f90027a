/* From the press of a button to permission, through two agents of a group on loopback: the control socket,
 * the machine, and where somebody arbitrates the way to him and back. Default timers. */
#include "crypto/base/bytes.h"
#include "proto/schema/control.pb-c.h"
#include "tests/bench/bench_media.h"
#include "tests/edge/rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define RIG       33
#define TEAM      "sip:team@rig.example"
#define N_ROUNDS  200u
#define N_PRESSES 2u    /* of the second one in a round */
#define BOUND_us  120e3 /* C201 times T201: nobody answers. Spec: TS 24.380 7.2.3 */
#define LIMIT_us  5e3   /* what our own part may take */

/* A device and two connections to its control socket. */
struct user {
    struct mcv_device device;
    int commands, events;
};

static struct mcv_rig rig;
static struct user alice, bob;

/* ---- the control socket -------------------------------------------------------------------- */

static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = MCV_RIG_WAIT_S};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%.*s", (int)sizeof to.sun_path - 1, path);
    mcv_bench_check(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
                        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0,
                    "the control socket");
    return fd;
}

static void ask(int fd, Mcv__ControlVerb verb)
{
    Mcv__ControlRequest r;
    uint8_t octets[64];

    mcv__control_request__init(&r);
    r.version = 1;
    r.verb = verb;
    const size_t n = mcv__control_request__get_packed_size(&r);
    mcv_bench_check(n <= sizeof octets - 4, "a request");
    mcv_store_be32(octets, (uint32_t)n);
    mcv__control_request__pack(&r, octets + 4);
    mcv_bench_check(send(fd, octets, 4 + n, MSG_NOSIGNAL) == (ssize_t)(4 + n), "a request");
}

static Mcv__ControlReply *answer(int fd)
{
    uint8_t length[4], body[4096];

    mcv_bench_check(recv(fd, length, sizeof length, MSG_WAITALL) == sizeof length, "an answer");
    const uint32_t n = mcv_load_be32(length);
    mcv_bench_check(n <= sizeof body && recv(fd, body, n, MSG_WAITALL) == (ssize_t)n, "an answer");
    Mcv__ControlReply *reply = mcv__control_reply__unpack(NULL, n, body);
    mcv_bench_check(reply != NULL && reply->error[0] == '\0', "an answer");
    return reply;
}

static void command(int fd, Mcv__ControlVerb verb)
{
    ask(fd, verb);
    mcv__control_reply__free_unpacked(answer(fd), NULL);
}

static void wait_for(const struct user *u, const char *event)
{
    for (bool is_there = false; !is_there;) {
        Mcv__ControlReply *reply = answer(u->events);
        is_there = reply->event != NULL && strcmp(reply->event->name, event) == 0;
        mcv__control_reply__free_unpacked(reply, NULL);
    }
}

static void wait_for_silence(void)
{
    wait_for(&alice, "ptt.idle");
    wait_for(&bob, "ptt.idle");
}

/* ---- the call ------------------------------------------------------------------------------ */

static void start_user(struct user *u, const char *name, unsigned index)
{
    static const char more[] = "transmission: {ptt: manual, maximum_simultaneous: 2}\n"
                               "groups:\n"
                               "  - {id: \"" TEAM "\", address: 239.77.33.1, media_port: 42000}\n";

    mcv_device_init(&u->device, &rig, name, index, more);
    mcv_device_start(&u->device);
    mcv_device_import(&u->device); /* issues the keys of a member */
    const char *user = u->device.uri;
    mcv_bench_check(mcv_kms_group_add_users(&rig.kms, TEAM, &user, 1, NULL) == MCV_OK, "a member");
    mcv_device_import(&u->device);
    u->commands = connect_to(u->device.socket);
    u->events = connect_to(u->device.socket);
    command(u->events, MCV__CONTROL_VERB__EVENTS);
}

static void start_call(void)
{
    const struct mcv_kms_validity always = {0};

    mcv_rig_open(&rig, RIG);
    mcv_bench_check(mcv_kms_group_create(&rig.kms, TEAM, "team", &always, NULL) == MCV_OK,
                    "a group");
    start_user(&alice, "alice", 1);
    start_user(&bob, "bob", 2);
    json_decref(mcv_device_ctl(&alice.device, NULL, "group", "start", TEAM, NULL));
    wait_for(&bob, "group.joined");
    wait_for_silence(); /* who starts a call has permission, and here nothing to say */
}

static void stop_user(struct user *u)
{
    close(u->commands);
    close(u->events);
    (void)mcv_device_stop(&u->device, SIGTERM);
}

/* ---- measured ------------------------------------------------------------------------------ */

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double press_us(const struct user *u)
{
    const double from_us = now_us();

    command(u->commands, MCV__CONTROL_VERB__PTT_PRESS);
    wait_for(u, "ptt.granted");
    return now_us() - from_us;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void tell(struct mcv_bench *b, const char *situation, double *us, unsigned n,
                 double bound_us)
{
    qsort(us, n, sizeof *us, by_value);
    const double p50_us = us[n / 2] - bound_us, p99_us = us[n * 99 / 100] - bound_us;
    mcv_bench_target_fields(b, "access_time_overhead", p99_us, "us", "limit", LIMIT_us,
                            "\"situation\":\"%s\",\"bound_us\":%.0f,\"p50\":%.1f,\"p99\":%.1f,"
                            "\"presses\":%u,",
                            situation, bound_us, p50_us, p99_us, n);
}

void mcv_bench_access(struct mcv_bench *b)
{
    static double alone_us[N_ROUNDS], second_us[N_ROUNDS * N_PRESSES];

    mcv_bench_unpin();
    start_call();
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        alone_us[i] = press_us(&alice); /* nobody answers: she arbitrates */
        for (unsigned k = 0; k < N_PRESSES; k++) {
            second_us[i * N_PRESSES + k] = press_us(&bob);
            command(bob.commands, MCV__CONTROL_VERB__PTT_RELEASE);
        }
        command(alice.commands, MCV__CONTROL_VERB__PTT_RELEASE);
        wait_for_silence();
    }
    tell(b, "nobody arbitrates", alone_us, N_ROUNDS, BOUND_us);
    tell(b, "the arbitrator grants", second_us, N_ROUNDS * N_PRESSES, 0);
    stop_user(&alice);
    stop_user(&bob);
    mcv_rig_close(&rig);
}
