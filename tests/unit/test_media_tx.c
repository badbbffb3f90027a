/* What an agent makes of the packets of local applications: its own SSRC, SEQ, payload type and
 * timestamps, protected. Spec: RFC 3550 5.1, RFC 3711 3.3.1 and 9.1, RFC 7714 8.1. */
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

#include <stdlib.h>

static struct stage_agent alice, bob;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    stage_start(&alice, &mcv_limits_small);
    stage_start(&bob, &mcv_limits_small);
}

static void end(void)
{
    if (alice.m != NULL) stage_close(&alice);
    if (bob.m != NULL) stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

static void begin_group(const struct mcv_srtp_backend *backend)
{
    begin(backend);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
}

/* ---- the header ---------------------------------------------------------------------------- */

static void the_agent_owns_ssrc_seq_and_timestamp(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 0xdeadbeef,
                                  .seq = 40000,
                                  .ts = 12345,
                                  .pt = 97,
                                  .is_marked = true,
                                  .n_payload = 700};
    uint8_t plain[MCV_MAX_PACKET_BYTES];

    begin_group(*state);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &rtp), MCV_OK);
    assert_int_equal(alice.sent.n, 1);
    const struct mcv_rtp h = stage_header(&alice.sent.p[0]);
    assert_int_equal(h.ssrc, alice.m->tx[MCV_VIDEO].now.ssrc);
    assert_int_not_equal(h.ssrc, rtp.ssrc);
    assert_int_not_equal(h.ssrc, alice.m->tx[MCV_AUDIO].now.ssrc);
    assert_true(h.seq < 32768);
    assert_int_not_equal(h.ts, rtp.ts);
    assert_int_equal(h.pt, 97);
    assert_true(h.is_marked);
    assert_int_equal(alice.sent.p[0].channel, MCV_CH_VIDEO_RTP);
    assert_int_equal(alice.sent.p[0].to.port, 50002);
    assert_true(mcv_addr_is_multicast(&alice.sent.p[0].to));
    assert_int_equal(alice.sent.p[0].n, 12 + 700 + MCV_SRTP_MAX_OVERHEAD_BYTES);

    assert_int_equal(stage_carry(&alice, 0, &bob), 1);
    assert_int_equal(bob.local.n, 1);
    assert_int_equal(bob.local.p[0].medium, MCV_VIDEO);
    assert_int_equal(bob.local.p[0].n, 12 + 700);
    const struct mcv_bytes octets = stage_rtp_octets(plain, &rtp);
    assert_memory_equal(bob.local.p[0].b + 12, octets.p + 12, 700);
    assert_int_equal(stage_header(&bob.local.p[0]).ssrc, h.ssrc);
    end();
}

/* CSRC list, extension, marker and padding are the application's. */
static void the_rest_of_the_packet_is_kept(void **state)
{
    static const uint8_t octets[] = {
        0xb2, 0xe1, 0x00, 0x01, 0,    0,    0,    9,    1, 2, 3, 4, /* V2, P, X, CC 2, M, PT 97 */
        0xc1, 0xc2, 0xc3, 0xc4, 0xd1, 0xd2, 0xd3, 0xd4,             /* CSRCs */
        0xbe, 0xde, 0x00, 0x01, 0x10, 0xff, 0x00, 0x00,             /* extension */
        0x65, 0x66, 0x67, 0x68, 0x69, 0x00, 0x00, 0x03,             /* payload, padding */
    };

    begin_group(*state);
    assert_int_equal(stage_local_octets(&alice, MCV_VIDEO, mcv_bytes_of(octets, sizeof octets)),
                     MCV_OK);
    assert_int_equal(alice.m->tx[MCV_VIDEO].n_octets, 5); /* RFC 3550 6.4.1: without padding */
    assert_int_equal(stage_carry(&alice, 0, &bob), 1);
    assert_int_equal(bob.local.p[0].n, sizeof octets);
    assert_int_equal(bob.local.p[0].b[0], octets[0]);
    assert_int_equal(bob.local.p[0].b[1], octets[1]);
    assert_memory_equal(bob.local.p[0].b + 12, octets + 12, sizeof octets - 12);
    end();
}

/* A call with other numbers than the configuration. */
static void payload_types_are_those_of_the_call(void **state)
{
    static const struct {
        const char *why;
        uint8_t local, wire;
    } rows[] = {
        {"configured number of the second format", 96, 111},
        {"configured number of the first format", 98, 110},
        {"the number that the call gives a format", 111, 111},
        {"any other number: the first format", 35, 110},
    };
    struct mcv_call_sdp sdp;

    begin(*state);
    mcv_call_sdp_ours(&sdp, &alice.config, &alice.config.own[0], 50000);
    sdp.medium[MCV_AUDIO].pt[0] = 110; /* opus */
    sdp.medium[MCV_AUDIO].pt[1] = 111; /* AMR-WB */
    sdp.medium[MCV_AUDIO].config_index[0] = 2;
    sdp.medium[MCV_AUDIO].config_index[1] = 0;
    sdp.medium[MCV_AUDIO].n_formats = 2;
    alice.sdp = bob.sdp = &sdp;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct stage_rtp rtp = {.ssrc = 1, .seq = (uint16_t)i, .pt = rows[i].local};
        assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
        if (stage_header(&alice.sent.p[i]).pt != rows[i].wire) fail_msg("%s", rows[i].why);
    }
    assert_int_equal(stage_carry(&alice, 0, &bob), 4);
    end();
}

/* ---- the course of a stream ---------------------------------------------------------------- */

/* SEQ and timestamp of what was sent last, as steps from what was sent before. */
static void assert_step(uint16_t seq_step, uint32_t ts_step)
{
    const struct mcv_rtp before = stage_header(&alice.sent.p[alice.sent.n - 2]);
    const struct mcv_rtp last = stage_header(&alice.sent.p[alice.sent.n - 1]);

    assert_int_equal(last.ssrc, before.ssrc);
    assert_int_equal((uint16_t)(last.seq - before.seq), seq_step);
    assert_int_equal(last.ts - before.ts, ts_step);
}

static void steps_of_the_application_are_kept(void **state)
{
    static const struct {
        const char *why;
        uint32_t ssrc;
        uint16_t seq;
        uint32_t ts, after_ms;
        uint16_t seq_step;
        uint32_t ts_step;
    } rows[] = {
        {"the next packet", 1, 101, 1000, 20, 1, 320},
        {"of the same frame", 1, 102, 1000, 0, 1, 0},
        {"a silence of the application", 1, 103, 9000, 30, 1, 8000},
        {"reordered frames: a timestamp before", 1, 104, 8000, 20, 1, (uint32_t)-1000},
        {"lost on the way to us: shown as lost", 1, 107, 8320, 20, 3, 320},
        {"the longest gap", 1, 107 + 128, 8640, 20, 128, 320},
        {"a longer one is a new start: time goes on at 16 kHz", 1, 107 + 257, 7, 50, 1, 800},
        {"and on", 1, 107 + 258, 327, 20, 1, 320},
        {"the same SSRC and SEQ again", 1, 100, 680, 1000, 1, 16000},
        {"another SSRC, at once: the timestamp moves", 2, 101, 50, 0, 1, 1},
        {"SEQ of the application wraps", 2, 102, 50, 0, 1, 0},
    };
    struct stage_rtp rtp = {.ssrc = 1, .seq = 100, .ts = 680, .pt = 96, .n_payload = 50};

    begin_group(*state);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].why);
        stage_run_ms(&alice, rows[i].after_ms);
        alice.sent.n = 1 + i; /* without reports */
        rtp.ssrc = rows[i].ssrc;
        rtp.seq = rows[i].seq;
        rtp.ts = rows[i].ts;
        assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
        assert_step(rows[i].seq_step, rows[i].ts_step);
    }
    assert_int_equal(stage_carry(&alice, 0, &bob), 12);
    end();
}

/* (key, SSRC, ROC, SEQ) of a sealed packet, as they are in its trailer and header; no padding. */
struct nonce {
    uint32_t key_id, guk_id, ssrc, roc, seq;
};

static struct nonce nonce_of(const struct stage_packet *p)
{
    const uint8_t *tail = p->b + p->n - 12;

    return (struct nonce){.key_id = mcv_load_be32(tail),
                          .guk_id = mcv_load_be32(tail + 4),
                          .ssrc = mcv_load_be32(p->b + 8),
                          .roc = mcv_load_be32(tail + 8),
                          .seq = mcv_load_be16(p->b + 2)};
}

static int nonce_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct nonce));
}

/* An encoder that starts again and again with the same SSRC and SEQ, in calls that follow each other
 * under one key, over several wraps of SEQ. */
static void no_nonce_repeats(void **state)
{
    enum { CALLS = 3, STARTS = 40, PACKETS = 150, N = CALLS * STARTS * PACKETS };
    static struct nonce nonces[N];
    size_t n = 0;

    memset(nonces, 0, sizeof nonces);
    begin(*state);
    for (int call = 0; call < CALLS; call++) {
        assert_int_equal(stage_open_group(&alice, true), MCV_OK);
        for (int start = 0; start < STARTS; start++) {
            struct stage_rtp rtp = {.ssrc = 5, .seq = 1000, .pt = 96, .n_payload = 20};
            for (int i = 0; i < PACKETS; i++, rtp.seq = (uint16_t)(rtp.seq + 60)) {
                alice.sent.n = 0;
                assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
                assert_int_equal(alice.sent.n, 1);
                nonces[n++] = nonce_of(&alice.sent.p[0]);
            }
        }
        assert_true(nonces[n - 1].roc >= 4);
        stage_close(&alice);
    }
    assert_int_equal(n, N);
    qsort(nonces, N, sizeof nonces[0], nonce_order);
    for (size_t i = 1; i < N; i++)
        assert_memory_not_equal(&nonces[i], &nonces[i - 1], sizeof nonces[0]);
    end();
}

/* Spec: RFC 3711 3.3.1: the first SEQ is in the lower half, and random. */
static void first_sequence_numbers(void **state)
{
    enum { N = 16 };
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 60000, .pt = 96};
    uint16_t seqs[N], highest = 0;

    begin(*state);
    for (int i = 0; i < N; i++) {
        assert_int_equal(stage_open_group(&alice, true), MCV_OK);
        assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
        seqs[i] = stage_header(&alice.sent.p[0]).seq;
        assert_true(seqs[i] < 32768);
        if (seqs[i] > highest) highest = seqs[i];
        for (int k = 0; k < i; k++) assert_int_not_equal(seqs[i], seqs[k]);
        stage_close(&alice);
        stage_forget(&alice);
    }
    assert_true(highest > 20000);
    end();
}

/* ---- not protected ------------------------------------------------------------------------- */

static void a_call_without_protection_is_rewritten_only(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 9, .seq = 50000, .pt = 98, .n_payload = 30};

    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, false), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, false), MCV_OK);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    assert_int_equal(alice.sent.p[0].n, 12 + 30);
    const struct mcv_rtp h = stage_header(&alice.sent.p[0]);
    assert_int_equal(h.ssrc, alice.m->tx[MCV_AUDIO].now.ssrc);
    assert_true(h.seq < 32768);
    assert_int_equal(stage_carry(&alice, 0, &bob), 1);
    assert_int_equal(bob.local.n, 1);
    end();
}

/* ---- refused ------------------------------------------------------------------------------- */

static void packets_that_are_refused(void **state)
{
    static uint8_t large[MCV_MAX_PACKET_BYTES] = {0x80, 97};
    static const uint8_t short_header[11] = {0x80, 97};
    static const uint8_t version1[12] = {0x40, 97};
    static const uint8_t rtcp[12] = {0x80, 200};
    static const uint8_t csrcs[12] = {0x8f, 97};
    static const uint8_t bad_padding[13] = {0xa0, 97, [12] = 2};
    const struct {
        const char *why;
        struct mcv_bytes octets;
        enum mcv_counter counter;
    } rows[] = {
        {"zero octets", {NULL, 0}, MCV_N_LOCAL_MALFORMED},
        {"shorter than a header", {short_header, 11}, MCV_N_LOCAL_MALFORMED},
        {"RFC 3550 5.1: version 1", {version1, 12}, MCV_N_LOCAL_MALFORMED},
        {"RTCP on the port of RTP", {rtcp, 12}, MCV_N_LOCAL_MALFORMED},
        {"CSRC list beyond the end", {csrcs, 12}, MCV_N_LOCAL_MALFORMED},
        {"padding beyond the payload", {bad_padding, 13}, MCV_N_LOCAL_MALFORMED},
        {"no room for what protection adds", {large, sizeof large - 27}, MCV_N_LOCAL_TOO_LARGE},
    };

    begin_group(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t before = stage_count(&alice, rows[i].counter);
        assert_int_not_equal(stage_local_octets(&alice, MCV_VIDEO, rows[i].octets), MCV_OK);
        if (stage_count(&alice, rows[i].counter) != before + 1) fail_msg("%s", rows[i].why);
    }
    assert_int_equal(alice.sent.n, 0);
    const struct mcv_bytes largest = {large, sizeof large - 28};
    assert_int_equal(stage_local_octets(&alice, MCV_VIDEO, largest), MCV_OK);
    assert_int_equal(alice.sent.p[0].n, MCV_MAX_PACKET_BYTES);
    end();
}

static void media_that_are_not_sent(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96};
    struct mcv_call_sdp sdp;

    begin(*state);
    mcv_call_sdp_ours(&sdp, &alice.config, &alice.config.own[0], 50000);
    sdp.medium[MCV_VIDEO].is_used = false;
    alice.sdp = &sdp;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(alice.n_claims, 1);
    assert_int_equal(alice.sockets.ports[MCV_CH_AUDIO_RTP], 50000);
    assert_int_equal(alice.sockets.ports[MCV_CH_VIDEO_RTP], 0);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &rtp), MCV_E_NOT_FOUND);
    alice.m->is_listening = true;
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_E_NOT_FOUND);
    assert_int_equal(stage_count(&alice, MCV_N_LOCAL_IGNORED), 2);
    assert_int_equal(alice.sent.n, 0);
    end();
}

/* What could not leave is missing for the receivers, who can see it. */
static void a_packet_lost_here_is_a_gap(void **state)
{
    struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96, .n_payload = 10};

    begin_group(*state);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    mcv_agent_begin(alice.a, alice.now);
    while (mcv_out_packet_room(alice.a) != NULL) {
    }
    const struct mcv_out event = {.kind = MCV_OUT_EVENT};
    assert_true(mcv_out_push(alice.a, &event)); /* the rooms stay taken */
    rtp.seq++;
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_E_FULL);
    rtp.seq++;
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    assert_step(2, 0);
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(the_agent_owns_ssrc_seq_and_timestamp),
        ROW(the_rest_of_the_packet_is_kept),
        ROW(payload_types_are_those_of_the_call),
        ROW(steps_of_the_application_are_kept),
        ROW(no_nonce_repeats),
        ROW(first_sequence_numbers),
        ROW(a_call_without_protection_is_rewritten_only),
        ROW(packets_that_are_refused),
        ROW(media_that_are_not_sent),
        ROW(a_packet_lost_here_is_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
