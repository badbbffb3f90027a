/* A private call between two daemons, with plain RTP in at one end and out at the other.
 * Spec: TS 24.281 10.3.2.4 (call), RFC 3550 5.1 (SSRC, SEQ, timestamp of the agent), RFC 7714 8.1 (no
 * index twice under one key). */
#include "tests/edge/pair.h"
#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define RIG       1
#define N_PACKETS 60

struct fixture {
    struct mcv_pair p;
    long long n_heard; /* RTP packets that bob has taken */
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

/* The only stream that bob receives, in `mcvctl stats`. */
static void check_stream(struct fixture *f, json_int_t n_received)
{
    json_t *stats = mcv_device_ctl(&f->p.bob, NULL, "stats", NULL);
    const json_t *streams = json_object_get(stats, "streams");

    assert_int_equal(json_array_size(streams), 1);
    const json_t *s = json_array_get(streams, 0);
    assert_string_equal(json_string_value(json_object_get(s, "user")), f->p.alice.uri);
    assert_string_equal(json_string_value(json_object_get(s, "medium")), "video");
    assert_int_equal(json_integer_value(json_object_get(s, "received")), n_received);
    assert_int_equal(json_integer_value(json_object_get(s, "lost")), 0);
    assert_true(json_is_integer(json_object_get(s, "jitter_us")));
    assert_null(json_object_get(s, "lip_sync_us")); /* there is no audio to compare with */
    json_decref(stats);
}

static void media_is_carried_and_an_encoder_restart_repeats_nothing(void **state)
{
    struct fixture *f = *state;
    struct mcv_rtp first = {0}, last = {0};

    mcv_pair_call(&f->p);
    for (unsigned run = 0; run < 2; run++) { /* the second run is the encoder started again */
        for (unsigned i = 0; i < N_PACKETS; i++) {
            mcv_app_send(&f->p.app, i);
            const struct mcv_rtp h = mcv_app_take(&f->p.app, i);
            if (run == 0 && i == 0) first = h;
            if (run + i > 0) assert_int_equal(h.seq, (uint16_t)(last.seq + 1));
            if (i > 0) assert_int_equal(h.ts, last.ts + APP_TS_STEP);
            assert_int_equal(h.ssrc, first.ssrc);
            last = h;
        }
    }
    assert_true(first.ssrc != 0x11223344);
    assert_true(first.seq < 32768); /* RFC 3711 3.3.1: no wrap at the beginning */
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_received"), 2 * N_PACKETS);
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_replay"), 0);
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_auth"), 0);
    check_stream(f, 2 * N_PACKETS);
}

/* What is no packet of media, or hard to read as one. Spec: RFC 3550 5.1, RFC 5761 4. */
static const struct {
    const char *why, *counter; /* NULL: it is carried */
    size_t n;
    uint8_t head[32];
} odd[] = {
    {"nothing", "local_malformed", 0, {0}},
    {"one octet", "local_malformed", 1, {0x80}},
    {"version 1", "local_malformed", 700, {0x40, 33}},
    {"RTCP on the port of RTP", "local_malformed", 28, {0x80, 200, 0, 6}},
    {"CSRC list beyond the end", "local_malformed", 20, {0x8f, 33}},
    {"extension beyond the end", "local_malformed", 20, {0x90, 33, [14] = 0, 9}},
    {"more padding than octets", "local_malformed", 20, {0xa0, 33, [19] = 200}},
    {"a jumbo packet", "local_too_large", 9000, {0x80, 33}},
    {"the longest datagram", "local_too_large", 65507, {0x80, 33}},
    {"CSRC list", NULL, 32, {0x82, 33, 0, 1}},
    {"extension", NULL, 32, {0x90, 33, 0, 2, [14] = 0, 1}},
    {"padding", NULL, 32, {0xa0, 33, 0, 3, [31] = 4}},
};

static void send_odd(const struct fixture *f, size_t i)
{
    static uint8_t packet[65507];

    memset(packet, 0, sizeof packet);
    memcpy(packet, odd[i].head, sizeof odd[i].head);
    assert_int_equal(sendto(f->p.app.source, packet, odd[i].n, 0,
                            (const struct sockaddr *)&f->p.app.local_in, sizeof f->p.app.local_in),
                     odd[i].n);
}

/* In bursts, between good packets: each is carried whole or dropped under its name. */
static void odd_packets_between_good_ones(void **state)
{
    enum { N_ROUNDS = 4, N_ODD = sizeof odd / sizeof *odd };
    struct fixture *f = *state;
    uint8_t packet[2048];
    unsigned n_malformed = 0, n_large = 0, n_carried = 0;

    for (size_t i = 0; i < N_ROUNDS * N_ODD; i++) {
        const char *counter = odd[i % N_ODD].counter;
        send_odd(f, i % N_ODD);
        if (counter == NULL) n_carried++;
        if (counter != NULL && strcmp(counter, "local_malformed") == 0) n_malformed++;
        if (counter != NULL && strcmp(counter, "local_too_large") == 0) n_large++;
        mcv_app_send(&f->p.app, (unsigned)i);
    }
    for (size_t i = 0; i < N_ROUNDS * N_ODD; i++) {
        if (odd[i % N_ODD].counter == NULL) {
            const ssize_t n = recv(f->p.app.sink, packet, sizeof packet, 0);
            assert_int_equal(n, odd[i % N_ODD].n);
            assert_int_equal(packet[0], odd[i % N_ODD].head[0]);
            assert_memory_equal(packet + 12, odd[i % N_ODD].head + 12, 20);
        }
        (void)mcv_app_take(&f->p.app, (unsigned)i);
    }
    assert_int_equal(mcv_device_counter(&f->p.alice, "local_malformed"), n_malformed);
    assert_int_equal(mcv_device_counter(&f->p.alice, "local_too_large"), n_large);
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_received"),
                     2 * N_PACKETS + n_carried + N_ROUNDS * N_ODD);
    f->n_heard = 2 * N_PACKETS + n_carried + N_ROUNDS * N_ODD;
}

/* On loopback nothing is joined, so that a capture shows packets. */
static void status_says_how_packets_leave(void **state)
{
    struct fixture *f = *state;
    json_t *status = mcv_device_ctl(&f->p.alice, NULL, "status", NULL);
    const json_t *path = json_object_get(status, "path");

    assert_string_equal(json_string_value(json_object_get(path, "sends")), "sendmmsg");
    assert_string_equal(json_string_value(json_object_get(path, "receives")), "gro");
    assert_int_equal(json_integer_value(json_object_get(path, "burst_packets")), 10);
    assert_int_equal(json_integer_value(json_object_get(path, "burst_us")), 2000);
    assert_true(json_integer_value(json_object_get(path, "receive_bytes")) > 0);
    json_decref(status);
}

static void a_call_ends_on_both_sides(void **state)
{
    struct fixture *f = *state;
    json_t *call = mcv_device_call(&f->p.alice);
    char handle[16];
    int status = 1;

    snprintf(handle, sizeof handle, "%d", (int)json_integer_value(json_object_get(call, "call")));
    json_decref(call);
    json_decref(mcv_device_ctl(&f->p.alice, &status, "release", handle, NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(&f->p.alice, "call.ended"));
    json_decref(mcv_device_wait(&f->p.bob, "call.ended"));
    mcv_app_send(&f->p.app, 0); /* nobody takes local media any more */
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_received"), f->n_heard);
    json_decref(mcv_device_ctl(&f->p.alice, &status, "sdp", handle, NULL));
    assert_int_equal(status, 1);
}

static void local_media_of_others_is_not_taken(void **state)
{
    struct fixture *f = *state;
    const int stranger = mcv_rig_udp("127.77.1.200", 7000);
    const uint8_t packet[MCV_RTP_HEADER_BYTES + 1] = {0x80, 33};

    assert_int_equal(sendto(stranger, packet, sizeof packet, 0,
                            (const struct sockaddr *)&f->p.app.local_in, sizeof f->p.app.local_in),
                     sizeof packet);
    while (mcv_device_counter(&f->p.alice, "local_foreign") == 0) usleep(10000);
    assert_int_equal(mcv_device_counter(&f->p.bob, "rtp_received"), f->n_heard);
    close(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_is_carried_and_an_encoder_restart_repeats_nothing),
        cmocka_unit_test(odd_packets_between_good_ones),
        cmocka_unit_test(status_says_how_packets_leave),
        cmocka_unit_test(local_media_of_others_is_not_taken),
        cmocka_unit_test(a_call_ends_on_both_sides),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
