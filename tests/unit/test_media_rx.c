/* Datagrams of a call that are taken: whose they are, and the streams that they make.
 * Spec: RFC 3550 8.2, A.1; TS 24.581 13.1; TS 33.180 5.2.2, 5.2.3, 7.4. */
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

static struct stage_agent alice, bob;

static void begin(const struct mcv_srtp_backend *backend, const struct mcv_limits *limits)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    stage_start(&alice, limits);
    stage_start(&bob, limits);
}

static void begin_group(const struct mcv_srtp_backend *backend)
{
    begin(backend, &mcv_limits_small);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
}

static void begin_private(const struct mcv_srtp_backend *backend)
{
    begin(backend, &mcv_limits_small);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, true), MCV_OK);
}

static void end(void)
{
    stage_close(&alice);
    stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

/* ---- who sent it --------------------------------------------------------------------------- */

static void media_of_a_private_call_come_from_the_peer(void **state)
{
    struct mcv_addr other_port = mcv_addr_with_port(stage_addr(0, MCV_IPV4), 999);

    begin_private(*state);
    struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&bob, 2, p->channel, mcv_bytes_of(p->b, p->n)), MCV_E_NOT_FOR_US);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_WRONG_SOURCE), 1);
    assert_int_equal(stage_hear_from(&bob, &other_port, p->channel, mcv_bytes_of(p->b, p->n)),
                     MCV_OK);
    assert_int_equal(bob.local.n, 1);
    assert_int_equal(bob.events[0].type, MCV_EVENT_MEDIA_STARTED);
    assert_int_equal(bob.events[0].key_id, STAGE_PCK_ID);

    /* Clear RTP: the identifier at its end is that of no private call. */
    p = stage_next_rtp(&alice);
    memset(p->b + 12, 0x77, p->n - 12);
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_E_POLICY);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_CLEAR), 1);
    p->b[p->n - 4] = 0x12; /* the key of another call */
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_E_UNKNOWN_KEY);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_UNKNOWN_MKI), 1);
    end();
}

/* Each direction has its key: what comes back is not taken for the other's. */
static void a_private_packet_that_comes_back(void **state)
{
    begin_private(*state);
    const struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&alice, 1, p->channel, mcv_bytes_of(p->b, p->n)), MCV_E_AUTH);
    assert_int_equal(stage_count(&alice, MCV_N_RTP_AUTH), 1);
    end();
}

static void own_packets_come_back_from_a_group(void **state)
{
    begin_group(*state);
    struct stage_packet p = *stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&alice, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_NOT_FOR_US);
    p = *stage_next_rtcp(&alice);
    assert_int_equal(stage_hear(&alice, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_NOT_FOR_US);
    assert_int_equal(stage_count(&alice, MCV_N_RTP_OWN), 2);
    assert_int_equal(alice.local.n, 0);

    /* From an earlier call, too: the record knows. */
    p = *stage_next_rtp(&alice);
    stage_close(&alice);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_hear(&alice, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_NOT_FOR_US);
    assert_int_equal(stage_count(&alice, MCV_N_RTP_OWN), 3);
    end();
}

static void the_sender_is_told_by_his_guk_id(void **state)
{
    begin_group(*state);
    const struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
    assert_int_equal(bob.n_events, 1);
    assert_int_equal(bob.events[0].type, MCV_EVENT_MEDIA_STARTED);
    assert_true(mcv_bytes_equal(bob.events[0].user, alice.config.user));
    assert_true(mcv_bytes_equal(bob.events[0].group, mcv_bytes_str(STAGE_GROUP)));
    assert_int_equal(bob.events[0].medium, MCV_VIDEO);
    assert_int_equal(bob.events[0].ssrc, alice.m->tx[MCV_VIDEO].now.ssrc);
    assert_int_equal(bob.events[0].key_id, stage_gmk_ids[STAGE_GMK_A]);
    assert_true(
        mcv_bytes_equal(mcv_media_user_of(bob.a, bob.m, &bob.m->streams[0]), alice.config.user));
    p = stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
    assert_int_equal(bob.n_events, 1);
    end();
}

/* Once per key, and for a bounded number of keys. */
static void a_missing_key_is_told_once(void **state)
{
    begin_group(*state);
    for (int round = 0; round < 2; round++) {
        for (uint8_t id = 0; id < 12; id++) {
            struct stage_packet *p = stage_next_rtp(&alice);
            p->b[p->n - 9] = id;
            assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)),
                             MCV_E_UNKNOWN_KEY);
        }
    }
    assert_int_equal(stage_count(&bob, MCV_N_RTP_UNKNOWN_MKI), 24);
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_KEY_MISSING), MCV_MEDIA_MAX_MISSING);
    assert_int_equal(bob.events[1].key_id, (stage_gmk_ids[STAGE_GMK_A] & ~0xffu) | 1);
    end();
}

/* ---- streams ------------------------------------------------------------------------------- */

static void loss_and_jitter_are_counted(void **state)
{
    begin_group(*state);
    for (int i = 0; i < 20; i++) {
        const struct stage_packet *p = stage_next_rtp(&alice);
        stage_run_ms(&alice, 20);
        bob.now = alice.now;
        if (i == 5 || i == 6) continue;
        assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
    }
    const struct mcv_media_rx *rx = &bob.m->streams[0];
    assert_int_equal(rx->stats.n_received, 18);
    assert_int_equal(mcv_rtp_stats_lost(&rx->stats), 2);
    assert_int_equal(rx->stats.clock_hz, 90000);
    assert_true(mcv_rtp_stats_jitter(&rx->stats) > 0); /* timestamps stood still */
    assert_int_equal(bob.m->rx_pkts[MCV_VIDEO], 18);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_RECEIVED), 18);
    end();
}

static bool has_stream(uint32_t ssrc)
{
    for (uint16_t i = 0; i < bob.m->n_streams; i++) {
        if (bob.m->streams[i].ssrc == ssrc) return true;
    }
    return false;
}

/* A flood without the key takes no slot; streams of members give way in the order of last use. */
static void the_table_of_streams_is_bounded(void **state)
{
    enum { N = 12 };
    const uint16_t n_slots = mcv_limits_sim.n_streams;

    begin(*state, &mcv_limits_sim);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    for (int i = 0; i < N; i++) {
        alice.a->ssrcs.used.n_used = 0;
        memset(alice.a->ssrcs.used.slots, 0,
               alice.a->ssrcs.used.n_slots * sizeof *alice.a->ssrcs.used.slots);
        assert_int_equal(stage_open_group(&alice, true), MCV_OK);
        struct stage_packet p = *stage_next_rtp(&alice);
        p.b[20] ^= 1;
        assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_AUTH);
        assert_int_equal(bob.m->stream_slots.n_used, i < n_slots ? i : n_slots);
        p.b[20] ^= 1;
        assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
        assert_true(has_stream(mcv_load_be32(p.b + 8)));
        stage_close(&alice);
        stage_forget(&alice);
    }
    assert_int_equal(bob.m->stream_slots.n_used, n_slots);
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_MEDIA_STARTED), N);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    end();
}

/* ---- other channels ------------------------------------------------------------------------ */

static void a_call_without_protection(void **state)
{
    static const uint8_t bad_report[] = {0x80, 203, 0, 1, 1, 2, 3, 4}; /* BYE first */
    uint8_t octets[MCV_MAX_PACKET_BYTES];
    const struct stage_rtp rtp = {.ssrc = 77, .seq = 5, .ts = 9, .pt = 97, .n_payload = 40};
    const struct mcv_bytes clear = stage_rtp_octets(octets, &rtp);

    begin(*state, &mcv_limits_small);
    assert_int_equal(stage_open_group(&alice, false), MCV_OK);
    assert_int_equal(stage_open_group(&bob, false), MCV_OK);
    assert_int_equal(stage_hear(&bob, 2, MCV_CH_VIDEO_RTP, clear), MCV_OK);
    assert_int_equal(bob.local.p[0].n, clear.n);
    assert_memory_equal(bob.local.p[0].b, clear.p, clear.n);
    assert_true(bob.events[0].is_unverified);
    assert_int_equal(bob.events[0].key_id, MCV_NO_KEY_ID);
    assert_int_equal(
        stage_hear(&bob, 2, MCV_CH_VIDEO_RTCP, mcv_bytes_of(bad_report, sizeof bad_report)),
        MCV_E_MALFORMED);
    assert_int_equal(stage_count(&bob, MCV_N_RTCP_MALFORMED), 1);

    const struct stage_packet p = *stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&alice, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_NOT_FOR_US);
    assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    end();
}

/* Nobody reads control messages here, but they are judged. */
static void transmission_control(void **state)
{
    static const uint8_t app[] = {0x80, 204, 0, 2, 0, 0, 0, 7, 'M', 'C', 'V', '0'};
    const struct mcv_bytes clear = mcv_bytes_of(app, sizeof app);

    begin_group(*state);
    assert_int_equal(stage_hear(&bob, 0, MCV_CH_CONTROL, clear), MCV_E_POLICY);
    assert_int_equal(stage_count(&bob, MCV_N_RTCP_CLEAR), 1);
    const struct stage_packet p = *stage_next_rtcp(&alice);
    assert_int_equal(stage_hear(&bob, 0, MCV_CH_CONTROL, mcv_bytes_of(p.b, p.n)), MCV_OK);
    assert_int_equal(stage_count(&bob, MCV_N_RTCP_RECEIVED), 1);
    assert_int_equal(bob.local.n, 0);
    end();
}

/* Two calls of a group become one: other ports, the same keys and streams. */
static void a_call_moves_to_other_ports(void **state)
{
    struct mcv_call_sdp sdp;

    begin_group(*state);
    const uint32_t ssrc = alice.m->tx[MCV_VIDEO].now.ssrc;
    (void)stage_next_rtp(&alice);
    mcv_call_sdp_ours(&sdp, &alice.config, &alice.m->own, 52000);
    sdp.medium[MCV_AUDIO].is_used = false;
    mcv_agent_begin(alice.a, alice.now);
    mcv_media_move(alice.a, alice.m, &sdp, sdp.ports);
    stage_run_ms(&alice, 1);
    assert_true(alice.sockets.is_open);
    assert_int_equal(alice.sockets.ports[MCV_CH_VIDEO_RTP], 52002);
    assert_int_equal(alice.sockets.ports[MCV_CH_AUDIO_RTP], 0);
    assert_int_equal(alice.m->tx[MCV_AUDIO].now.state, MCV_TX_NONE);
    const struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(p->to.port, 52002);
    assert_int_equal(stage_header(p).ssrc, ssrc);
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(media_of_a_private_call_come_from_the_peer),
        ROW(a_private_packet_that_comes_back),
        ROW(own_packets_come_back_from_a_group),
        ROW(the_sender_is_told_by_his_guk_id),
        ROW(a_missing_key_is_told_once),
        ROW(loss_and_jitter_are_counted),
        ROW(the_table_of_streams_is_bounded),
        ROW(a_call_without_protection),
        ROW(transmission_control),
        ROW(a_call_moves_to_other_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
