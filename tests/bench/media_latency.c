/* One-way latency of media through two agents of a group on loopback, an application on each side,
 * against the same chain with two forwarders in their place that only receive and send. */
#include "agent/edge/sock.h"
#include "tests/bench/bench_media.h"
#include "tests/edge/app.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RIG       31
#define TEAM      "sip:team@rig.example"
#define N_PACKETS 1500
#define N_WARM    50
#define PAUSE_us  1000 /* between packets everybody sleeps, as between those of an encoder */

struct chain {
    struct mcv_app app;
    double us[N_PACKETS];
};

static struct chain agents, forwarders;

/* ---- agents -------------------------------------------------------------------------------- */

static void start_agents(struct mcv_rig *rig, struct mcv_device d[static 2])
{
    static const char *const names[] = {"alice", "bob"};
    static const char more[] = "groups:\n"
                               "  - {id: \"" TEAM "\", address: 239.77.31.1, media_port: 42000}\n";
    const struct mcv_kms_validity always = {0};

    mcv_rig_open(rig, RIG);
    mcv_bench_check(mcv_kms_group_create(&rig->kms, TEAM, "team", &always, NULL) == MCV_OK,
                    "a group");
    for (unsigned i = 0; i < 2; i++) {
        mcv_device_init(&d[i], rig, names[i], i + 1, more);
        mcv_device_start(&d[i]);
        mcv_device_import(&d[i]); /* issues the keys of a member */
        const char *user = d[i].uri;
        mcv_bench_check(mcv_kms_group_add_users(&rig->kms, TEAM, &user, 1, NULL) == MCV_OK,
                        "a member");
        mcv_device_import(&d[i]);
    }
    json_decref(mcv_device_ctl(&d[0], NULL, "group", "start", TEAM, NULL));
    json_decref(mcv_device_wait(&d[0], "group.started"));
    json_decref(mcv_device_wait(&d[1], "group.joined"));
    mcv_app_open(&agents.app, &d[0], &d[1]);
}

/* ---- forwarders ---------------------------------------------------------------------------- */

/* A member of the group as an agent is: it hears the group, also what it sends itself. */
struct forwarder {
    int local, air;
    bool is_sender; /* from local to the group; otherwise from the group to local */
    struct sockaddr_in to;
};

static void watch(int epoll, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) _exit(1);
}

/* What comes in at one side leaves at the other at once, for ever. */
static void forward(const struct forwarder *f)
{
    const int in = f->is_sender ? f->local : f->air, out = f->is_sender ? f->air : f->local;
    const int epoll = epoll_create1(0);
    struct epoll_event e;
    uint8_t packet[2048];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    watch(epoll, f->local);
    watch(epoll, f->air);
    for (;;) {
        if (epoll_wait(epoll, &e, 1, -1) < 1) continue;
        const ssize_t n = recv(e.data.fd, packet, sizeof packet, MSG_DONTWAIT);
        if (n > 0 && e.data.fd == in)
            (void)sendto(out, packet, (size_t)n, 0, (const struct sockaddr *)&f->to, sizeof f->to);
    }
}

static pid_t start_forwarder(const struct forwarder *f)
{
    const pid_t pid = fork();

    mcv_bench_check(pid >= 0, "fork");
    if (pid == 0) forward(f);
    close(f->local);
    close(f->air);
    return pid;
}

static struct sockaddr_in at(const char *address, uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

    mcv_bench_check(inet_pton(AF_INET, address, &a.sin_addr) == 1, "an address");
    return a;
}

static void start_forwarders(pid_t pids[static 2])
{
    const struct mcv_addr group = {.family = MCV_IPV4, .b = {239, 77, 31, 2}, .port = 42000};
    const struct mcv_addr own = {.family = MCV_IPV4, .b = {127, 77, 31, 11}};
    const struct mcv_addr other = {.family = MCV_IPV4, .b = {127, 77, 31, 12}};
    struct forwarder first = {.is_sender = true, .to = at("239.77.31.2", 42000)};
    struct forwarder second = {.to = at("127.77.31.14", 7000)};
    struct mcv_netif lo;

    first.local = mcv_rig_udp("127.77.31.11", 5000);
    second.local = mcv_rig_udp("127.77.31.12", 5000);
    mcv_bench_check(mcv_netif_find(&lo, "lo", NULL) == MCV_OK &&
                        mcv_sock_group(&first.air, &group, &own, &lo, NULL) == MCV_OK &&
                        mcv_sock_group(&second.air, &group, &other, &lo, NULL) == MCV_OK,
                    "sockets");
    forwarders.app = (struct mcv_app){.source = mcv_rig_udp("127.77.31.13", 7000),
                                      .sink = mcv_rig_udp("127.77.31.14", 7000),
                                      .local_in = at("127.77.31.11", 5000)};
    pids[0] = start_forwarder(&first);
    pids[1] = start_forwarder(&second);
}

/* ---- packets ------------------------------------------------------------------------------- */

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double one_way_us(const struct chain *c, unsigned i)
{
    const struct timespec pause = {.tv_nsec = PAUSE_us * 1000};
    uint8_t packet[2048];

    nanosleep(&pause, NULL);
    const double from_us = now_us();
    mcv_app_send(&c->app, i);
    mcv_bench_check(recv(c->app.sink, packet, sizeof packet, 0) > APP_PAYLOAD_BYTES, "a packet");
    return now_us() - from_us;
}

static double median_us(struct chain *c)
{
    return mcv_bench_median(c->us, N_PACKETS);
}

void mcv_bench_latency(struct mcv_bench *b)
{
    static struct mcv_rig rig;
    static struct mcv_device d[2];
    pid_t pids[2];

    mcv_bench_unpin();
    start_agents(&rig, d);
    start_forwarders(pids);
    for (unsigned i = 0; i < N_WARM + N_PACKETS; i++) { /* who goes first alternates */
        struct chain *const chains[] = {&agents, &forwarders};
        for (unsigned k = 0; k < 2; k++) {
            struct chain *c = chains[(i + k) % 2];
            const double us = one_way_us(c, i);
            if (i >= N_WARM) c->us[i - N_WARM] = us;
        }
    }
    mcv_bench_target(b, "one_way_latency", median_us(&agents), "us", "epoll_forwarders",
                     median_us(&forwarders));
    for (unsigned i = 0; i < 2; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
        (void)mcv_device_stop(&d[i], SIGTERM);
    }
    mcv_app_close(&agents.app);
    mcv_app_close(&forwarders.app);
    mcv_rig_close(&rig);
}
