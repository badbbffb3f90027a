/* The MONP datagrams of a private call as they cross the network, as tshark reads them.
 * Spec: TS 24.281 9.3.1.1.1 (UDP port 8809, TTL 255), 9.3.2.2 (ProSe per-packet priority), 17.2.2
 * (message types) */
#include "crypto/base/writer.h"
#include "tests/edge/pair.h"
#include "tests/support/cmocka.h"
#include "tests/support/pcap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SKIPPED      77 /* SKIP_RETURN_CODE of this test */
#define RIG          4
#define MONP_PORT    "8809"
#define PCAP_BYTES   (1 << 20)
#define OUTPUT_BYTES 65536

struct fixture {
    struct mcv_pair p;
    int packets; /* all IPv4 packets of the loopback */
};

static int capture;

static int setup(void **state)
{
    static struct fixture f;

    f.packets = capture;
    mcv_pair_open(&f.p, RIG);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    close(f->packets);
    mcv_pair_close(&f->p);
    return 0;
}

static void act(struct mcv_device *d, const char *verb, const char *object, const char *option)
{
    int status = 1;

    json_decref(mcv_device_ctl(d, &status, verb, object, option, NULL));
    assert_int_equal(status, 0);
}

/* alice calls, bob's phone rings, bob accepts, alice releases. */
static void whole_call(struct fixture *f)
{
    char handle[16];

    act(&f->p.alice, "call", f->p.bob.uri, "--manual");
    json_t *ringing = mcv_device_wait(&f->p.bob, "call.incoming");
    snprintf(handle, sizeof handle, "%d",
             (int)json_integer_value(json_object_get(ringing, "call")));
    json_decref(ringing);
    act(&f->p.bob, "accept", handle, NULL);
    json_decref(mcv_device_wait(&f->p.bob, "call.established"));
    json_t *established = mcv_device_wait(&f->p.alice, "call.established");
    snprintf(handle, sizeof handle, "%d",
             (int)json_integer_value(json_object_get(established, "call")));
    json_decref(established);
    act(&f->p.alice, "release", handle, NULL);
    json_decref(mcv_device_wait(&f->p.alice, "call.ended"));
    json_decref(mcv_device_wait(&f->p.bob, "call.ended"));
}

/* What the loopback carried so far; it shows each packet leaving and coming. */
static void write_pcap(const struct fixture *f, const char *path)
{
    static uint8_t room[PCAP_BYTES], ip[65536];
    struct mcv_writer w = mcv_writer_of(room, sizeof room);
    struct sockaddr_ll from;
    socklen_t n_from = sizeof from;
    ssize_t n;

    mcv_pcap_begin(&w);
    while ((n = recvfrom(f->packets, ip, sizeof ip, MSG_DONTWAIT, (struct sockaddr *)&from,
                         &n_from)) > 0) {
        const uint8_t rig[3] = {127, 77, RIG};
        const bool is_ours = n >= 20 && memcmp(ip + 12, rig, sizeof rig) == 0;
        if (is_ours && from.sll_pkttype != PACKET_OUTGOING)
            mcv_pcap_packet(&w, 0, mcv_bytes_of(ip, (size_t)n));
        n_from = sizeof from;
    }
    assert_int_equal(w.err, MCV_OK);
    mcv_tmpfile_write(path, room, w.n, 0600);
}

/* Source, destination, TTL, DSCP (of PPPP 3), carrier and type of the message, one line for each in
 * the order of the call; repetitions are told once. */
static void monp_datagrams_are_those_of_the_specification(void **state)
{
    static const char expected[] =
        "127.77.4.1\t127.77.4.2\t255\t46\t1688\n"  /* PRIVATE CALL SETUP REQUEST */
        "127.77.4.2\t127.77.4.1\t255\t46\t1689\n"  /* RINGING */
        "127.77.4.2\t127.77.4.1\t255\t46\t168a\n"  /* ACCEPT */
        "127.77.4.1\t127.77.4.2\t255\t46\t168e\n"  /* ACCEPT ACK */
        "127.77.4.1\t127.77.4.2\t255\t46\t168c\n"  /* RELEASE */
        "127.77.4.2\t127.77.4.1\t255\t46\t168d\n"; /* RELEASE ACK */
    static char output[OUTPUT_BYTES];
    struct fixture *f = *state;
    char command[512];
    const char *pcap = mcv_tmpdir_file(&f->p.rig.dir, "air.pcap");

    whole_call(f);
    write_pcap(f, pcap);
    snprintf(command, sizeof command,
             "tshark -r '%s' -Y 'udp.dstport == " MONP_PORT " && udp.srcport == " MONP_PORT "'"
             " -T fields -e ip.src -e ip.dst -e ip.ttl -e ip.dsfield.dscp -e udp.payload | cut "
             "-c1-33 | uniq",
             pcap);
    mcv_shell_output(output, sizeof output, command);
    assert_string_equal(output, expected);
}

/* Nothing of the agents is broken below MONP either. What the system says of a port that is closed
 * already (ICMP) is not theirs; what is in SRTCP tshark can only guess. */
static void every_datagram_is_well_formed(void **state)
{
    static char output[OUTPUT_BYTES];
    struct fixture *f = *state;
    char command[512];

    snprintf(command, sizeof command,
             "tshark -r '%s' -Y '!icmp && (!udp || udp.length.bad_zero || ip.flags.mf == 1 || "
             "ip.frag_offset > 0 || udp.port == " MONP_PORT " && _ws.malformed)'",
             mcv_tmpdir_file(&f->p.rig.dir, "air.pcap"));
    mcv_shell_output(output, sizeof output, command);
    assert_string_equal(output, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monp_datagrams_are_those_of_the_specification),
        cmocka_unit_test(every_datagram_is_well_formed),
    };
    const struct sockaddr_ll lo = {.sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_IP),
                                   .sll_ifindex = (int)if_nametoindex("lo")};

    if (system("tshark --version >/dev/null 2>&1") != 0) {
        fprintf(stderr, "no tshark\n");
        return SKIPPED;
    }
    capture = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
    if (capture < 0 && errno == EPERM) {
        fprintf(stderr, "to capture needs CAP_NET_RAW\n");
        return SKIPPED;
    }
    if (capture < 0 || bind(capture, (const struct sockaddr *)&lo, sizeof lo) != 0) {
        perror("capture");
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
