/* Packets through real sockets: each way in which they leave and arrive, and what happens where the
 * kernel refuses one. Each refusal is a real one: of a seccomp filter, of an interface with a small
 * MTU, of rights that are missing. Spec: udp(7) UDP_SEGMENT and UDP_GRO, socket(7) SO_RCVBUFFORCE, RFC 1112 4 (TTL of the probe). */
#include "agent/edge/udp.h"
#include "tests/support/allocs.h"
#include "tests/support/cmocka.h"
#include "tests/support/netns.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GROUP_PORT 18820
#define MAX_HEARD  128

struct heard {
    size_t n, sizes[MAX_HEARD];
    uint8_t first[MAX_HEARD];
    unsigned n_batches;
};

struct pair {
    uv_loop_t loop;
    struct mcv_udp_batch *batch;
    struct mcv_udp *tx, *rx;
    struct mcv_addr group;
    struct heard heard;
};

static uint8_t octets[MCV_BURST_MAX_PKTS][65507];

static void on_datagram(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes)
{
    struct heard *h = ctx;

    (void)from;
    assert_true(h->n < MAX_HEARD);
    h->sizes[h->n] = bytes.n;
    h->first[h->n++] = bytes.n > 0 ? bytes.p[0] : 0;
}

static void on_own(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes)
{
    (void)ctx;
    (void)from;
    (void)bytes;
}

static void after_batch(void *ctx)
{
    struct heard *h = ctx;

    h->n_batches++;
}

static struct mcv_udp *open_udp(struct pair *p, uint8_t host, mcv_udp_receive *receive)
{
    const struct mcv_addr own = {.family = MCV_IPV4, .b = {127, 31, 4, host}};
    struct mcv_netif lo;
    struct mcv_why why;
    struct mcv_udp *u;
    int fd;

    assert_int_equal(mcv_netif_find(&lo, "lo", &why), MCV_OK);
    assert_int_equal(mcv_sock_group(&fd, &p->group, &own, &lo, &why), MCV_OK);
    assert_int_equal(mcv_udp_start(&u, &p->loop, p->batch, fd, &p->group, receive, &p->heard),
                     MCV_OK);
    return u;
}

/* How many system calls a burst costs shall not depend on the speed of the machine. */
static const struct mcv_burst_limits any_age = {.max_pkts = 10, .max_age_us = 60000000};

static void open_pair(struct pair *p, enum mcv_udp_path path)
{
    const struct mcv_udp_sending sending = {.path = path, .limits = any_age};

    memset(p, 0, sizeof *p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->batch = mcv_udp_batch_new(&mcv_marks_default);
    assert_non_null(p->batch);
    mcv_udp_batch_set_sending(p->batch, &sending);
    mcv_udp_batch_set_after(p->batch, after_batch, &p->heard);
    p->group = (struct mcv_addr){
        .family = MCV_IPV4, .b = {239, 31, 4, (uint8_t)(path + 1)}, .port = GROUP_PORT};
    p->tx = open_udp(p, 1, on_own);
    p->rx = open_udp(p, 2, on_datagram);
}

static void close_pair(struct pair *p)
{
    mcv_udp_close(p->tx);
    mcv_udp_close(p->rx);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&p->loop), 0);
    mcv_udp_batch_free(p->batch);
}

/* The queue borrows: what is sent is what the packet is when its burst leaves. */
static void queue(struct pair *p, size_t i, size_t n)
{
    mcv_udp_send(p->tx, &p->group, 5, mcv_bytes_of(octets[i], n));
    octets[i][0] = (uint8_t)(i + 1);
}

/* Loopback delivers before the system call returns: one turn of the loop finds everything. */
static void assert_heard(struct pair *p, const size_t *sizes, size_t n)
{
    uv_run(&p->loop, UV_RUN_NOWAIT);
    assert_int_equal(p->heard.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(p->heard.sizes[i], sizes[i]);
        if (sizes[i] > 0) assert_int_equal(p->heard.first[i], i + 1);
    }
    p->heard = (struct heard){0};
}

static void send_sizes(struct pair *p, const size_t *sizes, size_t n)
{
    for (size_t i = 0; i < n; i++) queue(p, i, sizes[i]);
    mcv_udp_flush(p->batch);
}

static const size_t equal[10] = {1200, 1200, 1200, 1200, 1200, 1200, 1200, 1200, 1200, 1200};
static const size_t many[25] = {900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900,
                                900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900};
static const size_t unequal[6] = {1200, 1200, 1200, 800, 1200, 1200};

/* Burst by burst: equal, many, unequal. */
static const struct {
    enum mcv_udp_path path;
    uint64_t equal, many, unequal; /* system calls */
} costs[] = {
    {MCV_UDP_GSO, 1, 3, 2},
    {MCV_UDP_MMSG, 1, 3, 1},
    {MCV_UDP_PLAIN, 10, 25, 6},
};

static void assert_bursts(struct pair *p, enum mcv_udp_path path, uint64_t n)
{
    assert_int_equal(p->tx->n_bursts[path], n);
    assert_int_equal(p->tx->n_send_failed, 0);
    for (unsigned i = 0; i <= MCV_UDP_GSO; i++) p->tx->n_bursts[i] = 0;
}

static void each_path_sends_each_packet_once(void **state)
{
    struct pair p;

    (void)state;
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        open_pair(&p, costs[i].path);
        const bool is_counted = allocs_begin();
        send_sizes(&p, equal, 10);
        assert_bursts(&p, costs[i].path, costs[i].equal);
        assert_heard(&p, equal, 10);
        send_sizes(&p, many, 25);
        assert_bursts(&p, costs[i].path, costs[i].many);
        assert_heard(&p, many, 25);
        send_sizes(&p, unequal, 6);
        assert_bursts(&p, costs[i].path, costs[i].unequal);
        assert_heard(&p, unequal, 6);
        if (is_counted) assert_int_equal(allocs_end(), 0);
        close_pair(&p);
    }
}

/* Three messages of the kernel, one system call. */
static void joined_datagrams_arrive_one_by_one(void **state)
{
    struct pair p;

    (void)state;
    open_pair(&p, MCV_UDP_GSO);
    send_sizes(&p, many, 25);
    uv_run(&p.loop, UV_RUN_NOWAIT);
    assert_int_equal(p.heard.n, 25);
    assert_int_equal(p.heard.n_batches, 2); /* one of each socket in the group */
    close_pair(&p);
}

static void what_is_old_leaves_when_the_next_one_comes(void **state)
{
    const struct mcv_udp_sending sending = {.path = MCV_UDP_MMSG,
                                            .limits = mcv_burst_limits_default};
    const struct timespec pause = {.tv_nsec = 3000000};
    const size_t sizes[] = {500, 500};
    struct pair p;

    (void)state;
    open_pair(&p, MCV_UDP_MMSG);
    mcv_udp_batch_set_sending(p.batch, &sending);
    queue(&p, 0, 500);
    nanosleep(&pause, NULL);
    assert_int_equal(p.tx->n_bursts[MCV_UDP_PLAIN], 0);
    queue(&p, 1, 500);
    assert_int_equal(p.tx->n_bursts[MCV_UDP_PLAIN], 1);
    mcv_udp_flush(p.batch);
    assert_int_equal(p.tx->n_bursts[MCV_UDP_PLAIN], 2);
    assert_heard(&p, sizes, 2);
    close_pair(&p);
}

/* A BYE is queued before the sockets of its call close. */
static void what_waits_leaves_before_a_socket_closes(void **state)
{
    const size_t sizes[] = {100};
    struct pair p;

    (void)state;
    open_pair(&p, MCV_UDP_MMSG);
    queue(&p, 0, 100);
    mcv_udp_close(p.tx);
    p.tx = NULL;
    assert_heard(&p, sizes, 1);
    close_pair(&p);
}

static void datagrams_of_every_size_arrive_whole(void **state)
{
    const size_t sizes[] = {0, 1, 9217, 65507, 0};
    struct pair p;

    (void)state;
    open_pair(&p, MCV_UDP_GSO);
    send_sizes(&p, sizes, 5);
    assert_heard(&p, sizes, 5);
    close_pair(&p);
}

/* A socket for an application on this device: a capture on loopback shows its packets singly. */
static void loopback_addresses_have_no_gso(void **state)
{
    const struct mcv_udp_sending normal = {.path = MCV_UDP_GSO, .limits = any_age};
    const struct mcv_udp_sending forced = {
        .path = MCV_UDP_GSO, .is_gso_on_loopback = true, .limits = any_age};
    const struct mcv_addr at = {.family = MCV_IPV4, .b = {127, 31, 4, 9}, .port = GROUP_PORT};
    struct pair p;

    (void)state;
    open_pair(&p, MCV_UDP_GSO);
    for (int is_forced = 0; is_forced < 2; is_forced++) {
        struct mcv_why why;
        struct mcv_udp *u;
        int fd;
        mcv_udp_batch_set_sending(p.batch, is_forced ? &forced : &normal);
        assert_int_equal(mcv_sock_local(&fd, &at, &why), MCV_OK);
        assert_int_equal(mcv_udp_start(&u, &p.loop, p.batch, fd, &at, on_own, NULL), MCV_OK);
        assert_int_equal(u->path, is_forced ? MCV_UDP_GSO : MCV_UDP_MMSG);
        mcv_udp_close(u);
    }
    close_pair(&p);
}

/* ---- refusals ------------------------------------------------------------------------------ */

/* The system call fails so from now on, where its third argument is `arg` (any: -1). */
struct refusal {
    long number;
    int arg;
    int error;
};

static void refuse(const struct refusal *r)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->arg, 0, r->arg == -1 ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)r->error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* In a process of its own, which the refusals do not outlive. */
static void in_child(void (*run)(const void *arg), const void *arg)
{
    int status = 1;
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        run(arg);
        _exit(0); /* an assertion that fails ends the process with another status */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct refusal no_segment = {SYS_setsockopt, UDP_SEGMENT, ENOPROTOOPT};
static const struct refusal no_sendmsg = {SYS_sendmsg, -1, EIO};
static const struct refusal no_sendmmsg = {SYS_sendmmsg, -1, ENOSYS};
static const struct refusal no_gro = {SYS_setsockopt, UDP_GRO, ENOPROTOOPT};

static struct mcv_udp_facts probe(enum mcv_udp_path path)
{
    const struct mcv_addr own = {.family = MCV_IPV4, .b = {127, 31, 4, 1}};
    struct mcv_udp_facts facts;
    struct mcv_netif lo;
    struct mcv_why why;

    assert_int_equal(mcv_netif_find(&lo, "lo", &why), MCV_OK);
    mcv_udp_probe(&facts, &own, &lo, path);
    return facts;
}

struct probe_row {
    const char *why;
    enum mcv_udp_path asked, want;
    bool has_no_gro;
    const struct refusal *refusals[2];
};

static const struct probe_row probes[] = {
    {"this kernel has all", MCV_UDP_GSO, MCV_UDP_GSO, false, {NULL}},
    {"gso: off", MCV_UDP_MMSG, MCV_UDP_MMSG, false, {NULL}},
    {"plain is what was asked for", MCV_UDP_PLAIN, MCV_UDP_PLAIN, false, {NULL}},
    {"Linux before 4.18: no UDP_SEGMENT", MCV_UDP_GSO, MCV_UDP_MMSG, false, {&no_segment}},
    {"a device without checksums before Linux 6.11",
     MCV_UDP_GSO,
     MCV_UDP_MMSG,
     false,
     {&no_sendmsg}},
    {"neither", MCV_UDP_GSO, MCV_UDP_PLAIN, false, {&no_segment, &no_sendmmsg}},
    {"Linux before 5.0: no UDP_GRO", MCV_UDP_GSO, MCV_UDP_GSO, true, {&no_gro}},
};

static void run_probe(const void *arg)
{
    const struct probe_row *row = arg;

    for (size_t i = 0; i < 2 && row->refusals[i] != NULL; i++) refuse(row->refusals[i]);
    const struct mcv_udp_facts facts = probe(row->asked);
    if (facts.path != row->want || facts.has_gro == row->has_no_gro) {
        fprintf(stderr, "%s: %s\n", row->why, mcv_udp_path_name(facts.path));
        _exit(1);
    }
}

static void the_probe_finds_what_the_system_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) in_child(run_probe, &probes[i]);
}

static const struct fall_row {
    enum mcv_udp_path from, to;
    uint64_t n;
    const struct refusal *refusal;
} falls[] = {
    {MCV_UDP_GSO, MCV_UDP_MMSG, 1, &no_sendmsg},
    {MCV_UDP_MMSG, MCV_UDP_PLAIN, 10, &no_sendmmsg},
};

/* The device is another one than at start. */
static void run_fall(const void *arg)
{
    const struct fall_row *row = arg;
    struct pair p;

    open_pair(&p, row->from);
    refuse(row->refusal);
    for (unsigned i = 0; i < 2; i++) {
        send_sizes(&p, equal, 10);
        assert_int_equal(p.tx->path, row->to);
        assert_bursts(&p, row->to, row->n);
        assert_heard(&p, equal, 10);
    }
    close_pair(&p);
}

static void a_refused_burst_is_sent_by_the_next_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof falls / sizeof *falls; i++) in_child(run_fall, &falls[i]);
}

static void run_small_mtu(const void *arg)
{
    const size_t large[] = {1400, 1400}, small[] = {1200, 1200};
    struct pair p;

    (void)arg;
    open_pair(&p, MCV_UDP_GSO);
    for (unsigned i = 0; i < 2; i++) { /* the second time nothing is tried in vain */
        send_sizes(&p, large, 2);
        assert_int_equal(p.tx->max_segment_bytes, 1399);
        assert_bursts(&p, MCV_UDP_MMSG, 1);
        assert_heard(&p, large, 2);
    }
    send_sizes(&p, small, 2);
    assert_bursts(&p, MCV_UDP_GSO, 1);
    assert_heard(&p, small, 2);
    close_pair(&p);
}

/* Segments must fit the interface; longer packets go as fragments of IP, as always. */
static void packets_above_the_mtu_leave_without_gso(void **state)
{
    (void)state;
    if (!netns_run(run_small_mtu, NULL, 1280)) skip();
}

static void run_quiet_probe(const void *arg)
{
    const struct mcv_addr own = {.family = MCV_IPV4, .b = {10, 31, 4, 1}, .port = 9};
    static const char text[] = "left";
    struct mcv_udp_facts facts;
    struct mcv_netif radio;
    struct mcv_addr group = {.family = MCV_IPV4, .b = {239, 31, 4, 4}, .port = 9};
    struct sockaddr_storage sa;
    struct mcv_why why;
    int fd;

    (void)arg;
    const int medium = netns_tun("radio0", own.b);
    if (medium < 0) return;
    assert_int_equal(mcv_netif_find(&radio, "radio0", &why), MCV_OK);
    mcv_udp_probe(&facts, &own, &radio, MCV_UDP_GSO);
    assert_int_equal(facts.path, MCV_UDP_GSO);
    assert_int_equal(netns_tun_n_udp(medium), 0);
    assert_int_equal(mcv_sock_unicast(&fd, &own, &radio, &why), MCV_OK); /* others do leave */
    const socklen_t n = mcv_sock_addr(&sa, &group);
    assert_int_equal(sendto(fd, text, 4, 0, (const struct sockaddr *)&sa, n), 4);
    assert_int_equal(netns_tun_n_udp(medium), 1);
    close(fd);
    close(medium);
}

static void the_probe_sends_nothing_over_the_interface(void **state)
{
    (void)state;
    if (!netns_run(run_quiet_probe, NULL, 65536)) skip();
}

static void run_without_rights(const void *arg)
{
    FILE *f = fopen("/proc/sys/net/core/rmem_max", "r");
    char text[32] = "";

    (void)arg;
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof text, f));
    fclose(f);
    const int most = (int)strtol(text, NULL, 10);
    if (geteuid() == 0) {
        assert_true(probe(MCV_UDP_PLAIN).receive_bytes >= MCV_SOCK_RECEIVE_BYTES);
        assert_int_equal(setuid(65534), 0);
    }
    assert_int_equal(probe(MCV_UDP_PLAIN).receive_bytes,
                     most < MCV_SOCK_RECEIVE_BYTES ? most : MCV_SOCK_RECEIVE_BYTES);
}

static void the_receive_buffer_is_what_the_system_gives(void **state)
{
    (void)state;
    in_child(run_without_rights, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_sends_each_packet_once),
        cmocka_unit_test(joined_datagrams_arrive_one_by_one),
        cmocka_unit_test(what_is_old_leaves_when_the_next_one_comes),
        cmocka_unit_test(what_waits_leaves_before_a_socket_closes),
        cmocka_unit_test(datagrams_of_every_size_arrive_whole),
        cmocka_unit_test(loopback_addresses_have_no_gso),
        cmocka_unit_test(the_probe_finds_what_the_system_takes),
        cmocka_unit_test(a_refused_burst_is_sent_by_the_next_path),
        cmocka_unit_test(packets_above_the_mtu_leave_without_gso),
        cmocka_unit_test(the_probe_sends_nothing_over_the_interface),
        cmocka_unit_test(the_receive_buffer_is_what_the_system_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
