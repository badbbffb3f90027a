/* What else arrives on the sockets of a call: from the peer and from strangers, between packets of a
 * stream that stays whole. Each is dropped under its name.
 * Spec: RFC 3550 5.1, RFC 5761 4, TS 33.180 8.3 (no clear media), TS 24.281 9.3.1.1.1. */
#include "tests/edge/pair.h"
#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RIG      14
#define N_ROUNDS 3

/* Of bob's first call. */
enum { RTP = 50000, RTCP = 50001, CONTROL = 50004, MONP = 8809 };

enum sender { PEER, STRANGER, N_SENDERS };

static const struct {
    const char *why, *counter;
    enum sender sender;
    unsigned port;
    size_t n;
    uint8_t head[32];
} rows[] = {
    {"RTP of a stranger", "rtp_wrong_source", STRANGER, RTP, 60, {0x80, 96}},
    {"nothing of a stranger", "rtp_wrong_source", STRANGER, RTP, 0, {0}},
    {"a report of a stranger", "rtp_wrong_source", STRANGER, RTCP, 28, {0x80, 200, 0, 6}},
    {"control of a stranger", "rtp_wrong_source", STRANGER, CONTROL, 12, {0x80, 204, 0, 2}},
    {"nothing", "rtp_malformed", PEER, RTP, 0, {0}},
    {"one octet", "rtp_malformed", PEER, RTP, 1, {0x80}},
    {"version 1", "rtp_malformed", PEER, RTP, 60, {0x40, 96}},
    {"RTCP on the port of RTP", "rtp_malformed", PEER, RTP, 28, {0x80, 200, 0, 6}},
    {"CSRC list beyond the end", "rtp_malformed", PEER, RTP, 20, {0x8f, 96}},
    {"extension beyond the end", "rtp_malformed", PEER, RTP, 20, {0x90, 96, [14] = 9}},
    {"clear RTP", "rtp_clear", PEER, RTP, 60, {0x80, 96}},
    {"clear RTP of another payload type", "rtp_clear", PEER, RTP, 60, {0x80, 33}},
    {"clear RTP with a CSRC list", "rtp_clear", PEER, RTP, 60, {0x82, 96}},
    {"clear RTP with an extension", "rtp_clear", PEER, RTP, 60, {0x90, 96, [15] = 1}},
    {"clear RTP with padding", "rtp_clear", PEER, RTP, 60, {0xa0, 96}},
    {"a jumbo packet", "rtp_malformed", PEER, RTP, 9000, {0x80, 96}},
    {"the longest datagram", "rtp_malformed", PEER, RTP, 65507, {0x80, 96}},
    {"no report", "rtcp_malformed", PEER, RTCP, 0, {0}},
    {"RTP on the port of RTCP", "rtcp_malformed", PEER, RTCP, 60, {0x80, 96}},
    {"a clear report", "rtcp_clear", PEER, RTCP, 28, {0x80, 200, 0, 6}},
    {"clear control", "rtcp_clear", PEER, CONTROL, 32, {0x80, 204, 0, 7, [8] = 'M', 'C', 'V', '0'}},
    {"no message", "monp_malformed", STRANGER, MONP, 0, {0}},
    {"one octet of a message", "monp_malformed", STRANGER, MONP, 1, {0x16}},
    {"a message of MCPTT", "monp_malformed", STRANGER, MONP, 40, {0x01}},
    {"a jumbo message", "monp_malformed", STRANGER, MONP, 9000, {0x16, 0x88}},
};
#define N_ROWS (sizeof rows / sizeof *rows)

struct fixture {
    struct mcv_pair p;
    int senders[N_SENDERS];
};

static int setup(void **state)
{
    static struct fixture f;

    mcv_pair_open(&f.p, RIG);
    mcv_pair_call(&f.p);
    f.senders[PEER] = mcv_rig_udp(f.p.alice.address, 7777);
    f.senders[STRANGER] = mcv_rig_udp("127.77.14.200", 7777);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_SENDERS; i++) close(f->senders[i]);
    mcv_pair_close(&f->p);
    return 0;
}

static void send_row(const struct fixture *f, size_t i)
{
    static uint8_t packet[65507];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)rows[i].port)};

    assert_int_equal(inet_pton(AF_INET, f->p.bob.address, &to.sin_addr), 1);
    memset(packet, 0, sizeof packet);
    memcpy(packet, rows[i].head, sizeof rows[i].head);
    assert_int_equal(sendto(f->senders[rows[i].sender], packet, rows[i].n, 0,
                            (const struct sockaddr *)&to, sizeof to),
                     rows[i].n);
}

/* How many of the rows before the i-th count as it does. */
static unsigned n_alike(size_t i, size_t end)
{
    unsigned n = 0;

    for (size_t k = 0; k < end; k++) n += strcmp(rows[k].counter, rows[i].counter) == 0;
    return n;
}

static void each_is_dropped_under_its_name(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_ROWS; i++) {
        const long long n_before = mcv_device_counter(&f->p.bob, rows[i].counter);
        send_row(f, i);
        for (unsigned turn = 0; mcv_device_counter(&f->p.bob, rows[i].counter) == n_before;
             turn++) {
            if (turn > MCV_RIG_WAIT_S * 10) fail_msg("%s: not %s", rows[i].why, rows[i].counter);
            usleep(100000);
        }
        assert_int_equal(mcv_device_counter(&f->p.bob, rows[i].counter), n_before + 1);
    }
}

static void the_stream_between_them_stays_whole(void **state)
{
    struct fixture *f = *state;
    uint16_t next_seq = 0;

    for (unsigned i = 0; i < N_ROUNDS * N_ROWS; i++) {
        send_row(f, i % N_ROWS);
        mcv_app_send(&f->p.app, i);
        const struct mcv_rtp h = mcv_app_take(&f->p.app, i);
        if (i > 0) assert_int_equal(h.seq, next_seq);
        next_seq = (uint16_t)(h.seq + 1);
    }
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_received"), N_ROUNDS * N_ROWS);
    for (size_t i = 0; i < N_ROWS; i++) {
        assert_int_equal(mcv_device_counter(&f->p.bob, rows[i].counter),
                         (N_ROUNDS + 1) * n_alike(i, N_ROWS));
    }
    json_t *call = mcv_device_call(&f->p.bob);
    assert_string_equal(json_string_value(json_object_get(call, "state")), "P4");
    json_decref(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_dropped_under_its_name),
        cmocka_unit_test(the_stream_between_them_stays_whole),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
