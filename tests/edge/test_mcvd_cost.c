/* What media cost the daemons, counted: packets that wait together cross each of them with a few system
 * calls, none of which belongs to one packet. */
#include "tests/edge/pair.h"
#include "tests/support/cmocka.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RIG       17
#define N_WARM    20
#define N_PACKETS 60
#define MAX_CALLS 30 /* a report or a timer may come between */
#define SKIPPED   77

struct fixture {
    struct mcv_pair p;
    unsigned n_sent, n_taken;
};

static int setup(void **state)
{
    static struct fixture f;

    mcv_pair_open(&f.p, RIG);
    mcv_pair_call(&f.p);
    for (unsigned i = 0; i < N_WARM; i++) {
        mcv_app_send(&f.p.app, f.n_sent++);
        (void)mcv_app_take(&f.p.app, f.n_taken++);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_pair_close(&f->p);
    return 0;
}

/* ---- one daemon, watched ------------------------------------------------------------------- */

/* The status of the next stop, asked for until it comes. */
static int interrupt(const struct mcv_device *d)
{
    const time_t until = time(NULL) + MCV_RIG_WAIT_S;
    const struct timespec moment = {.tv_nsec = 1000000};
    int status = 0;

    for (unsigned i = 0; waitpid(d->pid, &status, WNOHANG) != d->pid; i++) {
        assert_true(time(NULL) < until);
        if (i % 1000 == 0) assert_int_equal(ptrace(PTRACE_INTERRUPT, d->pid, 0, 0), 0);
        nanosleep(&moment, NULL);
    }
    assert_true(WIFSTOPPED(status));
    return status;
}

/* Its loop; the worker threads have nothing to do. */
static void hold(const struct mcv_device *d)
{
    if (ptrace(PTRACE_SEIZE, d->pid, 0, PTRACE_O_TRACESYSGOOD) != 0) {
        fprintf(stderr, "mcvd cannot be watched here (%s): needs CAP_SYS_PTRACE\n",
                strerror(errno));
        exit(SKIPPED); /* the daemons end with this process */
    }
    (void)interrupt(d);
}

static void let_go(const struct mcv_device *d)
{
    while (interrupt(d) >> 16 != PTRACE_EVENT_STOP)
        assert_int_equal(ptrace(PTRACE_SYSCALL, d->pid, 0, 0), 0);
    assert_int_equal(ptrace(PTRACE_DETACH, d->pid, 0, 0), 0);
}

struct cost {
    unsigned n_receive, n_send, n_wait; /* of their kinds */
    unsigned n_other;
    uint64_t other; /* number of the last of them */
};

static void count(struct cost *c, uint64_t number)
{
    switch (number) {
    case SYS_recvmmsg:
        c->n_receive++;
        break;
    case SYS_sendmmsg:
    case SYS_sendmsg:
    case SYS_sendto:
        c->n_send++;
        break;
    case SYS_epoll_pwait:
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
        c->n_wait++;
        break;
    default:
        c->n_other++;
        c->other = number;
    }
}

/* To the next stop of a system call, and one further; false: none within a moment. */
static bool step(struct cost *c, const struct mcv_device *d)
{
    struct __ptrace_syscall_info info;
    const struct timespec moment = {.tv_nsec = 1000000};
    int status = 0;

    if (waitpid(d->pid, &status, WNOHANG) != d->pid) {
        nanosleep(&moment, NULL);
        return false;
    }
    assert_true(WIFSTOPPED(status));
    if (WSTOPSIG(status) == (SIGTRAP | 0x80) &&
        ptrace(PTRACE_GET_SYSCALL_INFO, d->pid, sizeof info, &info) > 0 &&
        info.op == PTRACE_SYSCALL_INFO_ENTRY)
        count(c, info.entry.nr);
    assert_int_equal(ptrace(PTRACE_SYSCALL, d->pid, 0, 0), 0);
    return true;
}

static bool has_come(const struct mcv_app *app)
{
    struct pollfd p = {.fd = app->sink, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

/* Runs until the packets that wait for it have come out at the end. */
static struct cost run(struct fixture *f, const struct mcv_device *d)
{
    const time_t until = time(NULL) + MCV_RIG_WAIT_S;
    struct cost c = {0};

    assert_int_equal(ptrace(PTRACE_SYSCALL, d->pid, 0, 0), 0);
    while (f->n_taken < f->n_sent) {
        assert_true(time(NULL) < until);
        (void)step(&c, d);
        while (has_come(&f->p.app)) (void)mcv_app_take(&f->p.app, f->n_taken++);
    }
    let_go(d);
    return c;
}

static void send_all(struct fixture *f)
{
    for (unsigned i = 0; i < N_PACKETS; i++) mcv_app_send(&f->p.app, f->n_sent++);
}

/* recvmmsg takes 16 datagrams; what came with one leaves in bursts of 10 at most. */
static void check(const struct cost *c, const char *who)
{
    const unsigned n = c->n_receive + c->n_send + c->n_wait + c->n_other;

    print_message("%s: %u packets with %u recvmmsg, %u sends, %u waits, %u others (last %llu)\n",
                  who, N_PACKETS, c->n_receive, c->n_send, c->n_wait, c->n_other,
                  (unsigned long long)c->other);
    assert_in_range(c->n_receive, (N_PACKETS + 15) / 16, MAX_CALLS);
    assert_in_range(c->n_send, N_PACKETS / 10, MAX_CALLS);
    assert_true(n <= MAX_CALLS);
}

static void packets_of_an_application_cross_together(void **state)
{
    struct fixture *f = *state;

    hold(&f->p.alice);
    send_all(f);
    const struct cost c = run(f, &f->p.alice);
    check(&c, "local RTP to SRTP");
}

static long long n_sent_by(struct mcv_device *d)
{
    json_t *call = mcv_device_call(d);
    const json_t *media = json_object_get(call, "media");
    long long n = 0;

    for (size_t i = 0; i < json_array_size(media); i++)
        n += json_integer_value(json_object_get(json_array_get(media, i), "tx_packets"));
    json_decref(call);
    return n;
}

static void packets_from_the_network_cross_together(void **state)
{
    struct fixture *f = *state;
    const struct timespec pause = {.tv_nsec = 10000000};
    const time_t until = time(NULL) + MCV_RIG_WAIT_S;

    hold(&f->p.bob);
    send_all(f);
    while (n_sent_by(&f->p.alice) < (long long)f->n_sent) {
        assert_true(time(NULL) < until);
        nanosleep(&pause, NULL);
    }
    const struct cost c = run(f, &f->p.bob);
    check(&c, "SRTP to local RTP");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_of_an_application_cross_together),
        cmocka_unit_test(packets_from_the_network_cross_together),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
