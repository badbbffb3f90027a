/* Sender reports, names and goodbyes of own streams, and what is kept of others'.
 * Spec: RFC 3550 6.2, 6.3.1, 6.3.5, 6.4.1, 6.5.1, 6.6. */
#include "proto/ntp.h"
#include "proto/rtcp.h"
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

static struct stage_agent alice, bob;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    alice.config.rtcp_interval_ms = bob.config.rtcp_interval_ms = 2000;
    stage_start(&alice, &mcv_limits_small);
    stage_start(&bob, &mcv_limits_small);
}

static void begin_group(const struct mcv_srtp_backend *backend)
{
    begin(backend);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
}

static void end(void)
{
    if (alice.m != NULL) stage_close(&alice);
    if (bob.m != NULL) stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

/* A compound packet as the application of bob gets it. */
struct compound {
    struct mcv_rtcp_reports sr;
    struct mcv_bytes cname;
    bool has_bye;
    size_t n_packets;
};

static struct compound read_compound(const struct stage_packet *p)
{
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(p->b, p->n));
    struct compound c = {0};
    struct mcv_rtcp part;

    assert_true(p->is_rtcp);
    assert_int_equal(mcv_rtcp_check(mcv_bytes_of(p->b, p->n)), MCV_OK);
    for (; mcv_rtcp_next(&part, &r); c.n_packets++) {
        if (c.n_packets == 0) assert_int_equal(mcv_rtcp_reports_decode(&c.sr, &part), MCV_OK);
        if (part.pt == MCV_RTCP_SDES) {
            assert_int_equal(mcv_rtcp_cname(&c.cname, &part, c.sr.ssrc), MCV_OK);
        }
        if (part.pt != MCV_RTCP_BYE) continue;
        assert_int_equal(mcv_rtcp_bye_names(&c.has_bye, &part, c.sr.ssrc), MCV_OK);
    }
    return c;
}

/* The only report that bob has got of what alice has sent. */
static struct compound the_report(enum mcv_medium medium)
{
    const struct stage_packet *found = NULL;

    (void)stage_carry(&alice, 0, &bob);
    for (size_t i = 0; i < bob.local.n; i++) {
        const struct stage_packet *p = &bob.local.p[i];
        if (!p->is_rtcp || p->medium != medium) continue;
        assert_null(found);
        found = p;
    }
    assert_non_null(found);
    const struct compound c = read_compound(found);
    bob.local.n = 0;
    return c;
}

/* One packet of both media at the same time, timestamps that nobody can compare. */
static void send_both(uint16_t seq)
{
    const struct stage_rtp audio = {.ssrc = 5, .seq = seq, .pt = 96, .n_payload = 40};
    const struct stage_rtp video = {.ssrc = 6, .seq = seq, .pt = 97, .n_payload = 1000};

    assert_int_equal(stage_local(&alice, MCV_AUDIO, &audio), MCV_OK);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &video), MCV_OK);
}

static uint64_t ntp_us(uint64_t ntp)
{
    return (ntp >> 32) * 1000000 + ((ntp & 0xffffffff) * 1000000 >> 32);
}

static void a_report_says_what_was_sent(void **state)
{
    begin_group(*state);
    for (uint16_t i = 0; i < 3; i++) send_both(i);
    const uint32_t ts = alice.m->tx[MCV_AUDIO].ts;
    const uint64_t sent_at_us = alice.now.mono_us;
    stage_run_ms(&alice, 1500);
    const struct compound c = the_report(MCV_AUDIO);
    assert_int_equal(c.n_packets, 2);
    assert_false(c.has_bye);
    assert_true(c.sr.has_sender);
    assert_int_equal(c.sr.ssrc, alice.m->tx[MCV_AUDIO].now.ssrc);
    assert_int_equal(c.sr.n_pkts, 3);
    assert_int_equal(c.sr.n_bytes, 120);
    assert_int_equal(c.sr.n_reports, 0); /* a group: nobody reports on all */
    assert_true(mcv_bytes_equal(c.cname, alice.config.user));

    /* The timestamp is that of the moment of the report, at 16 kHz. */
    const uint64_t began_us = ntp_us(mcv_ntp_at(&alice.m->clock, sent_at_us));
    const uint64_t passed_us = ntp_us(c.sr.ntp) - began_us;
    assert_true(passed_us >= 500000 && passed_us <= 1500000);
    assert_in_range(c.sr.rtp_ts - ts, passed_us * 16 / 1000 - 1, passed_us * 16 / 1000 + 1);
    end();
}

/* Both media of a sender can be laid side by side: one name, one clock. */
static void lip_sync(void **state)
{
    begin_group(*state);
    send_both(1);
    const uint32_t audio_ts = alice.m->tx[MCV_AUDIO].ts, video_ts = alice.m->tx[MCV_VIDEO].ts;
    stage_run_ms(&alice, 1500);
    const struct stage_packets sent = alice.sent;
    const struct compound a = the_report(MCV_AUDIO);
    alice.sent = sent;
    (void)stage_carry(&alice, 0, &bob); /* heard already: refused */
    for (size_t i = 0; i < bob.m->n_streams; i++) {
        const struct mcv_media_rx *rx = &bob.m->streams[i];
        if (rx->ssrc == 0) continue;
        const bool is_audio = rx->medium == MCV_AUDIO;
        const uint64_t began_us = ntp_us(mcv_ntp_at(&alice.m->clock, 1000000));
        const uint64_t since_us = ntp_us(rx->report_ntp) - began_us;
        const uint64_t units = rx->report_ts - (is_audio ? audio_ts : video_ts);
        /* What was sent at one moment comes to one moment again. */
        assert_in_range(units * 1000 / (is_audio ? 16 : 90), since_us - 100, since_us + 100);
    }
    assert_int_equal(bob.m->stream_slots.n_used, 2);
    assert_true(mcv_bytes_equal(a.cname, alice.config.user));
    end();
}

/* Between half and one and a half of the interval; never to the same beat. */
static void reports_come_at_intervals(void **state)
{
    struct stage_rtp rtp = {.ssrc = 5, .pt = 96, .n_payload = 40};
    uint64_t last_us = 0, first_gap_us = 0;
    bool is_varied = false;
    int n = 0;

    begin_group(*state);
    while (n < 20) {
        stage_play(&alice, MCV_AUDIO, &rtp, 1);
        for (size_t i = 0; i < alice.sent.n; i++) {
            if (alice.sent.p[i].channel != MCV_CH_AUDIO_RTCP) continue;
            const uint64_t gap_us = alice.now.mono_us - last_us;
            if (n == 1) first_gap_us = gap_us;
            if (n > 0) assert_in_range(gap_us, 1000000 - 20000, 3000000 + 20000);
            if (n > 1 && gap_us + 100000 < first_gap_us) is_varied = true;
            last_us = alice.now.mono_us;
            n++;
        }
        alice.sent.n = 0;
    }
    assert_true(is_varied);
    assert_int_equal(stage_count(&alice, MCV_N_RTCP_SENT), 20);
    end();
}

/* Spec: RFC 3550 6.3.5: who is silent is no sender; who speaks again is one. Nothing wakes us up
 * meanwhile. */
static void who_is_silent_does_not_report(void **state)
{
    begin_group(*state);
    stage_run_ms(&alice, 10000);
    assert_int_equal(alice.sent.n, 0);
    send_both(1);
    stage_run_ms(&alice, 20000);
    const uint64_t n = stage_count(&alice, MCV_N_RTCP_SENT);
    assert_in_range(n, 2, 8);
    assert_int_equal(mcv_media_wake_at(alice.m), MCV_NEVER);
    stage_run_ms(&alice, 60000);
    assert_int_equal(stage_count(&alice, MCV_N_RTCP_SENT), n);
    send_both(2);
    assert_true(mcv_media_wake_at(alice.m) <= alice.now.mono_us + 1500000);
    end();
}

static void goodbye(void **state)
{
    begin_group(*state);
    send_both(1);
    alice.sent.n = 0;
    stage_close(&alice);
    assert_int_equal(alice.sent.n, 2);
    assert_false(alice.sockets.is_open);
    const struct compound c = the_report(MCV_VIDEO);
    assert_true(c.has_bye);
    assert_int_equal(c.n_packets, 3);
    assert_true(c.sr.has_sender);

    /* Who has not sent has nothing to say. */
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    stage_close(&alice);
    assert_int_equal(alice.sent.n, 0);
    end();
}

/* In a private call a sender tells the other what came of his stream. */
static void the_other_side_of_a_private_call(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, true), MCV_OK);

    struct stage_rtp from_bob = {.ssrc = 8, .seq = 9, .pt = 96, .n_payload = 40};
    stage_play(&bob, MCV_AUDIO, &from_bob, 10);
    bob.sent.n--; /* the last one is lost */
    stage_play(&bob, MCV_AUDIO, &from_bob, 40);
    stage_run_ms(&bob, 600);
    alice.now = bob.now;
    (void)stage_carry(&bob, 1, &alice);
    const struct mcv_media_rx *rx = &alice.m->streams[0];
    assert_true(rx->report_ntp != 0);

    stage_run_ms(&alice, 0); /* what is due of a receiver */
    alice.sent.n = 0;
    send_both(1);
    stage_run_ms(&alice, 1500);
    const struct compound c = the_report(MCV_AUDIO);
    assert_int_equal(c.sr.n_reports, 1);
    assert_int_equal(c.sr.reports[0].ssrc, bob.m->tx[MCV_AUDIO].now.ssrc);
    assert_int_equal(c.sr.reports[0].lost_pkts, 1);
    assert_int_equal(c.sr.reports[0].last_sr, mcv_ntp_middle(rx->report_ntp));
    assert_true(c.sr.reports[0].since_sr > 0);
    end();
}

/* Who only listens reports too, and says goodbye. */
static void the_listener_of_a_private_call(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, true), MCV_OK);
    stage_run_ms(&alice, 1500);
    struct compound c = the_report(MCV_AUDIO);
    assert_false(c.sr.has_sender);
    assert_int_equal(c.sr.n_reports, 0);
    assert_true(mcv_bytes_equal(c.cname, alice.config.user));
    alice.sent.n = 0;
    stage_close(&alice);
    c = the_report(MCV_AUDIO);
    assert_true(c.has_bye);
    end();
}

static void reports_without_protection(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, false), MCV_OK);
    assert_int_equal(stage_open_group(&bob, false), MCV_OK);
    send_both(1);
    stage_run_ms(&alice, 1500);
    const struct compound c = the_report(MCV_VIDEO);
    assert_int_equal(c.sr.n_pkts, 1);
    assert_int_equal(c.sr.n_bytes, 1000);
    end();
}

/* The longest name and block fit into a report. */
static void the_longest_report(void **state)
{
    static char name[256];

    memset(name, 'x', 255);
    begin(*state);
    alice.config.user = mcv_bytes_str(name);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, true), MCV_OK);
    const struct stage_packet p = *stage_next_rtp(&bob);
    assert_int_equal(stage_hear(&alice, 1, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    (void)stage_next_rtp(&alice);
    stage_close(&alice);
    const struct compound c = the_report(MCV_VIDEO);
    assert_int_equal(c.cname.n, 255);
    assert_int_equal(c.sr.n_reports, 1);
    assert_true(c.has_bye);
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(a_report_says_what_was_sent),
        ROW(lip_sync),
        ROW(reports_come_at_intervals),
        ROW(who_is_silent_does_not_report),
        ROW(goodbye),
        ROW(the_other_side_of_a_private_call),
        ROW(the_listener_of_a_private_call),
        ROW(reports_without_protection),
        ROW(the_longest_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
