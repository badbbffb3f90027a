/* A group call of three daemons without multicast: call control, media and reports go to each member by
 * unicast, the same octets to all; what does not come from a member is not for the group. */
#include "tests/edge/app.h"
#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED        77 /* SKIP_RETURN_CODE of this test */
#define RIG            14
#define TEAM           "sip:team@rig.example"
#define MEDIA_PORT     42000
#define VIDEO_PORT     (MEDIA_PORT + 2)
#define MONP_PORT      8809
#define BROADCAST_PORT (MEDIA_PORT + 8)
#define N_PACKETS      8

enum who { ALICE, BOB, CAROL, N };

struct fixture {
    struct mcv_rig rig;
    struct mcv_device d[N];
    struct mcv_app app[N]; /* of app i: the sink of device i; of app BOB: alice's encoder */
};

static const char *const names[N] = {"alice", "bob", "carol"};
static int packets; /* all IPv4 packets of the loopback */

/* Everybody may have the same list: one's own name in it does not matter. */
static const char *config_of(const char *fan_out)
{
    static char text[1024];

    snprintf(text, sizeof text,
             "peers:\n"
             "  - {user: \"sip:alice@rig.example\", address: 127.77.14.1}\n"
             "  - {user: \"sip:bob@rig.example\", address: 127.77.14.2}\n"
             "  - {user: \"sip:carol@rig.example\", address: 127.77.14.3}\n"
             "groups:\n"
             "  - {id: \"" TEAM "\", address: 239.77.14.1, media_port: %d, fan_out: [%s]}\n",
             MEDIA_PORT, fan_out);
    return text;
}

#define ALL "\"sip:alice@rig.example\", \"sip:bob@rig.example\", \"sip:carol@rig.example\""

static int setup(void **state)
{
    static struct fixture f;
    const struct mcv_kms_validity always = {0};

    mcv_rig_open(&f.rig, RIG);
    assert_int_equal(mcv_kms_group_create(&f.rig.kms, TEAM, "team", &always, NULL), MCV_OK);
    for (unsigned i = 0; i < N; i++) {
        mcv_device_init(&f.d[i], &f.rig, names[i], i + 1, config_of(ALL));
        mcv_device_start(&f.d[i]);
        mcv_device_import(&f.d[i]); /* issues the keys of a member */
        const char *user = f.d[i].uri;
        assert_int_equal(mcv_kms_group_add_users(&f.rig.kms, TEAM, &user, 1, NULL), MCV_OK);
        mcv_device_import(&f.d[i]); /* with the group's key */
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_app_close(&f->app[BOB]);
    mcv_app_close(&f->app[CAROL]);
    for (unsigned i = 0; i < N; i++) assert_int_equal(mcv_device_stop(&f->d[i], SIGTERM), 0);
    mcv_rig_close(&f->rig);
    close(packets);
    return 0;
}

/* ---- what the loopback carried -------------------------------------------------------------- */

struct seen {
    uint8_t from, to; /* the last octet of the addresses of devices */
    bool is_multicast;
    unsigned port;
    const uint8_t *bytes;
    size_t n;
};

/* The next datagram that a device of this rig sent; false: no more was captured. */
static bool next_seen(struct seen *out)
{
    static uint8_t b[65536];
    struct sockaddr_ll at;

    for (;;) {
        socklen_t n_at = sizeof at;
        const ssize_t n = recvfrom(packets, b, sizeof b, MSG_DONTWAIT, (struct sockaddr *)&at,
                                   &n_at);
        if (n < 0) return false;
        const size_t header = (size_t)(b[0] & 15) * 4;
        const bool is_ours = b[12] == 127 && b[13] == 77 && b[14] == RIG && b[15] <= N;
        if (at.sll_pkttype == PACKET_OUTGOING || !is_ours || b[9] != IPPROTO_UDP) continue;
        *out = (struct seen){.from = b[15],
                             .to = b[19],
                             .is_multicast = (b[16] & 0xf0) == 0xe0,
                             .port = (unsigned)b[header + 2] << 8 | b[header + 3],
                             .bytes = b + header + 8,
                             .n = (size_t)n - header - 8};
        return true;
    }
}

static void forget_seen(void)
{
    struct seen s;

    while (next_seen(&s)) {
    }
}

/* ---- what is done --------------------------------------------------------------------------- */

static void act(struct mcv_device *d, const char *noun, const char *verb, const char *object)
{
    int status = 1;

    json_decref(mcv_device_ctl(d, &status, noun, verb, object, NULL));
    assert_int_equal(status, 0);
}

/* Numbers whose payload is an IDR picture in H.264 (NAL unit type 5): each may be the first. */
static unsigned number_of(unsigned k)
{
    return 5 + 32 * k;
}

static void send_packets(struct fixture *f, unsigned from, unsigned until)
{
    for (unsigned k = from; k < until; k++) mcv_app_send(&f->app[BOB], number_of(k));
}

static void take_packets(struct fixture *f, enum who who, unsigned from, unsigned until)
{
    for (unsigned k = from; k < until; k++) (void)mcv_app_take(&f->app[who], number_of(k));
}

static void wait_for(struct fixture *f, enum who who, const char *event)
{
    json_decref(mcv_device_wait(&f->d[who], event));
}

static void a_call_of_three(void **state)
{
    struct fixture *f = *state;

    forget_seen();
    act(&f->d[ALICE], "group", "start", TEAM);
    wait_for(f, ALICE, "group.started");
    wait_for(f, BOB, "group.joined");
    wait_for(f, CAROL, "group.joined");
    mcv_app_open(&f->app[BOB], &f->d[ALICE], &f->d[BOB]);
    mcv_app_open(&f->app[CAROL], &f->d[CAROL], &f->d[CAROL]);
    send_packets(f, 0, N_PACKETS);
    take_packets(f, BOB, 0, N_PACKETS);
    take_packets(f, CAROL, 0, N_PACKETS);
    act(&f->d[CAROL], "alert", "raise", TEAM);
    wait_for(f, ALICE, "alert.received");
    wait_for(f, BOB, "alert.received");
    act(&f->d[BOB], "broadcast", "start", TEAM);
    wait_for(f, ALICE, "broadcast.joined");
    wait_for(f, CAROL, "broadcast.joined");
    act(&f->d[BOB], "broadcast", "end", TEAM);
    wait_for(f, ALICE, "broadcast.ended");
}

/* Nothing left by multicast, and each packet of media was protected once for all. */
static void the_same_octets_to_each_member(void **state)
{
    static uint8_t sent[N + 1][N_PACKETS][2048];
    static size_t n_octets[N + 1][N_PACKETS];
    unsigned n[N + 1] = {0};
    struct seen s;

    (void)state;
    while (next_seen(&s)) {
        assert_false(s.is_multicast);
        if (s.from != ALICE + 1 || s.port != VIDEO_PORT) continue;
        assert_in_range(s.to, BOB + 1, CAROL + 1);
        assert_true(n[s.to] < N_PACKETS && s.n <= sizeof sent[0][0]);
        n_octets[s.to][n[s.to]] = s.n;
        memcpy(sent[s.to][n[s.to]++], s.bytes, s.n);
    }
    assert_int_equal(n[BOB + 1], N_PACKETS);
    assert_int_equal(n[CAROL + 1], N_PACKETS);
    for (unsigned i = 0; i < N_PACKETS; i++) {
        assert_int_equal(n_octets[BOB + 1][i], n_octets[CAROL + 1][i]);
        assert_memory_equal(sent[BOB + 1][i], sent[CAROL + 1][i], n_octets[BOB + 1][i]);
    }
}

/* ---- somebody else -------------------------------------------------------------------------- */

static void wait_counter(struct mcv_device *d, const char *name, long long at_least)
{
    for (unsigned i = 0; mcv_device_counter(d, name) < at_least; i++) {
        assert_true(i < MCV_RIG_WAIT_S * 50);
        usleep(20000);
    }
}

/* Bob's messages again, from another address. */
static void who_is_not_in_the_list_is_not_heard(void **state)
{
    struct fixture *f = *state;
    const int stranger = mcv_rig_udp("127.77.14.9", MONP_PORT);
    struct sockaddr_in alice = {.sin_family = AF_INET, .sin_port = htons(MONP_PORT)};
    const long long wrong = mcv_device_counter(&f->d[ALICE], "monp_wrong_address");
    const long long foreign = mcv_device_counter(&f->d[ALICE], "rtp_wrong_source");
    const long long auth = mcv_device_counter(&f->d[ALICE], "rtp_auth");
    struct seen s;
    bool is_sent = false;

    inet_pton(AF_INET, f->d[ALICE].address, &alice.sin_addr);
    forget_seen();
    act(&f->d[BOB], "group", "emergency", TEAM); /* an announcement */
    wait_for(f, ALICE, "group.type_changed");
    while (!is_sent) {
        assert_true(next_seen(&s));
        if (s.from != BOB + 1 || s.port != MONP_PORT) continue;
        assert_int_equal(sendto(stranger, s.bytes, s.n, 0, (struct sockaddr *)&alice, sizeof alice),
                         s.n);
        is_sent = true;
    }
    wait_counter(&f->d[ALICE], "monp_wrong_address", wrong + 1);
    alice.sin_port = htons(VIDEO_PORT);
    assert_int_equal(sendto(stranger, "nothing", 7, 0, (struct sockaddr *)&alice, sizeof alice), 7);
    wait_counter(&f->d[ALICE], "rtp_wrong_source", foreign + 1);
    assert_int_equal(mcv_device_counter(&f->d[ALICE], "rtp_auth"), auth);
    close(stranger);
}

/* A port of the call is in use on our address: the call ends, the daemon does not. */
static void a_port_in_use_ends_the_call(void **state)
{
    struct fixture *f = *state;
    const int other = mcv_rig_udp(f->d[CAROL].address, BROADCAST_PORT);

    act(&f->d[CAROL], "broadcast", "start", TEAM);
    json_t *ended = mcv_device_wait(&f->d[CAROL], "broadcast.ended");
    while (strcmp(json_string_value(json_object_get(ended, "reason")), "media_failure") != 0) {
        json_decref(ended); /* that of the call of bob */
        ended = mcv_device_wait(&f->d[CAROL], "broadcast.ended");
    }
    json_decref(ended);
    close(other);
}

/* ---- another configuration ------------------------------------------------------------------ */

static void reload(struct mcv_device *d, const char *fan_out)
{
    int status = 1;

    mcv_device_configure(d, config_of(fan_out));
    json_decref(mcv_device_ctl(d, &status, "reload", NULL));
    assert_int_equal(status, 0);
}

static void members_come_and_go_in_the_call(void **state)
{
    struct fixture *f = *state;
    const long long before = mcv_device_counter(&f->d[CAROL], "rtp_received");

    reload(&f->d[ALICE], "\"sip:bob@rig.example\"");
    send_packets(f, N_PACKETS, 2 * N_PACKETS);
    take_packets(f, BOB, N_PACKETS, 2 * N_PACKETS);
    assert_int_equal(mcv_device_counter(&f->d[CAROL], "rtp_received"), before);
    reload(&f->d[ALICE], ALL);
    send_packets(f, 2 * N_PACKETS, 3 * N_PACKETS);
    take_packets(f, BOB, 2 * N_PACKETS, 3 * N_PACKETS);
    take_packets(f, CAROL, 2 * N_PACKETS, 3 * N_PACKETS);
}

/* The bearer has multicast after all: the call goes on with it. */
static void multicast_comes_in_the_call(void **state)
{
    struct fixture *f = *state;
    unsigned n_multicast = 0;
    struct seen s;

    for (unsigned i = 0; i < N; i++) reload(&f->d[i], "");
    forget_seen();
    send_packets(f, 3 * N_PACKETS, 4 * N_PACKETS);
    take_packets(f, BOB, 3 * N_PACKETS, 4 * N_PACKETS);
    take_packets(f, CAROL, 3 * N_PACKETS, 4 * N_PACKETS);
    while (next_seen(&s)) {
        if (s.port != VIDEO_PORT) continue;
        assert_true(s.is_multicast);
        n_multicast++;
    }
    assert_int_equal(n_multicast, N_PACKETS);
}

int main(void)
{
    const struct sockaddr_ll lo = {.sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_IP),
                                   .sll_ifindex = (int)if_nametoindex("lo")};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_of_three),
        cmocka_unit_test(the_same_octets_to_each_member),
        cmocka_unit_test(who_is_not_in_the_list_is_not_heard),
        cmocka_unit_test(a_port_in_use_ends_the_call),
        cmocka_unit_test(members_come_and_go_in_the_call),
        cmocka_unit_test(multicast_comes_in_the_call),
    };
    const int room = 16 << 20;

    packets = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
    if (packets < 0 && errno == EPERM) {
        fprintf(stderr, "to capture needs CAP_NET_RAW\n");
        return SKIPPED;
    }
    (void)setsockopt(packets, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    if (packets < 0 || bind(packets, (const struct sockaddr *)&lo, sizeof lo) != 0) {
        perror("capture");
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
