/* Group keys that come and go while media flow, and the keys of the two sides of a private call.
 * Spec: TS 33.180 5.7.1 (several keys, activation, expiry, revocation), 7.4 and Table E.1.3-1;
 * RFC 3711 3.3.1, 3.4 (a change of keys does not start the counters anew); RFC 3550 8.2. */
#include "agent/core/media_parts.h"
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

#define A stage_gmk_ids[STAGE_GMK_A]
#define B stage_gmk_ids[STAGE_GMK_B]
#define C stage_gmk_ids[STAGE_GMK_C]

static struct stage_agent alice, bob;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    stage_start(&alice, &mcv_limits_small);
    stage_start(&bob, &mcv_limits_small);
}

static void open_both(void)
{
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
}

static void end(void)
{
    stage_close(&alice);
    stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

/* Both hold the keys from now on. */
static void set_times(enum stage_gmk i, int64_t activation_s, int64_t expiry_s)
{
    alice.gmks[i].activation_s = bob.gmks[i].activation_s = activation_s;
    alice.gmks[i].expiry_s = bob.gmks[i].expiry_s = expiry_s;
}

static uint32_t key_of(const struct stage_packet *p)
{
    return mcv_load_be32(p->b + p->n - 12);
}

/* A second of media, 50 packets, which all arrive; the key of the last one. */
static uint32_t play_a_second(void)
{
    uint32_t key_id = 0;

    for (int i = 0; i < 50; i++) {
        const struct stage_packet p = *stage_next_rtp(&alice);
        key_id = key_of(&p);
        bob.now = alice.now;
        stage_run_ms(&bob, 0);
        assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
        alice.camera.ts += 1800;
        stage_run_ms(&alice, 20);
    }
    stage_forget(&bob);
    return key_id;
}

/* ---- roll-over ----------------------------------------------------------------------------- */

/* B is there a minute and a half before it is to be used. Nothing is lost, and an application sees
 * one stream. */
static void a_stream_changes_its_key_without_loss(void **state)
{
    enum { AT = 90 };

    begin(*state);
    alice.camera.seq = 100;
    open_both();
    const uint32_t ssrc = alice.m->tx[MCV_VIDEO].now.ssrc;
    set_times(STAGE_GMK_B, STAGE_UTC_S + AT, 0);
    stage_set_keys(&alice, 2);
    stage_set_keys(&bob, 2);
    assert_int_equal(alice.n_claims, 2);
    for (int s = 0; s < AT + 5; s++) {
        const uint32_t key_id = play_a_second();
        if (s < AT - 1) assert_int_equal(key_id, A);
        if (s > AT) assert_int_equal(key_id, B);
        if (s == 25) assert_int_equal(alice.n_claims, 2);
        if (s == 35) assert_int_equal(alice.n_claims, 4); /* a minute ahead, the same SSRCs */
    }
    assert_int_equal(alice.n_claims, 4);
    assert_int_equal(alice.claimed[2] == ssrc || alice.claimed[3] == ssrc, true);
    assert_int_equal(alice.m->tx[MCV_VIDEO].now.ssrc, ssrc);
    assert_int_equal(alice.m->tx_mki.key_id, B);

    const struct mcv_media_rx *rx = &bob.m->streams[0];
    assert_int_equal(bob.m->stream_slots.n_used, 1);
    assert_int_equal(mcv_rtp_stats_lost(&rx->stats), 0);
    assert_int_equal(rx->stats.n_received, 50 * (AT + 5));
    assert_int_equal(rx->key_id, B);
    assert_true(mcv_bytes_equal(bob.a->config->peers[rx->peer].user, alice.config.user));
    end();
}

/* The SRTCP index goes on, too; ROC is tested where SEQ starts high. */
static void the_srtcp_index_goes_on(void **state)
{
    begin(*state);
    open_both();
    uint32_t last = 0;
    for (int i = 0; i < 6; i++) {
        const struct stage_packet p = *stage_next_rtcp(&alice);
        const uint32_t index = mcv_load_be32(p.b + p.n - 12) & 0x7fffffff;
        assert_int_equal(mcv_load_be32(p.b + p.n - 8), i < 3 ? A : B);
        assert_int_equal(index, last + 1);
        bob.now = alice.now;
        assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
        last = index;
        if (i != 2) continue;
        stage_set_keys(&alice, 2);
        stage_set_keys(&bob, 2);
    }
    end();
}

/* A key that is to be used at once is used when its claims are back, the old one until then. */
static void a_key_that_is_active_already(void **state)
{
    begin(*state);
    open_both();
    alice.holds_claims = true;
    stage_set_keys(&alice, 2);
    stage_set_keys(&bob, 2);
    assert_int_equal(play_a_second(), A);
    stage_release_claims(&alice);
    assert_int_equal(play_a_second(), B);
    end();
}

/* The SSRC of the stream was used under B in an earlier call: the stream goes on with another. */
static void an_ssrc_that_the_new_key_has_seen(void **state)
{
    begin(*state);
    open_both();
    (void)play_a_second();
    const uint32_t ssrc = alice.m->tx[MCV_VIDEO].now.ssrc;
    const struct mcv_srtp_mki mki = mcv_srtp_mki_group(B, alice.gmks[STAGE_GMK_B].guk_id);
    assert_int_equal(mcv_ssrc_record_claim(&alice.a->ssrcs.used, &mki, ssrc), MCV_OK);
    stage_set_keys(&bob, 2);
    stage_forget(&alice);
    stage_set_keys(&alice, 2);
    assert_int_equal(alice.sent.n, 1); /* BYE of the old one */
    assert_int_equal(alice.sent.p[0].channel, MCV_CH_VIDEO_RTCP);
    assert_int_equal(play_a_second(), B);
    assert_int_not_equal(alice.m->tx[MCV_VIDEO].now.ssrc, ssrc);
    assert_int_equal(bob.m->stream_slots.n_used, 2);
    end();
}

/* ---- the end of a key ---------------------------------------------------------------------- */

static void a_key_expires_without_another(void **state)
{
    begin(*state);
    set_times(STAGE_GMK_A, 0, STAGE_UTC_S + 3);
    open_both();
    assert_int_equal(play_a_second(), A);
    assert_int_equal(play_a_second(), A);
    const struct stage_packet p = *stage_next_rtp(&alice);
    stage_run_ms(&alice, 2000);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &alice.camera), MCV_E_EXPIRED);
    assert_int_equal(stage_count(&alice, MCV_N_LOCAL_NO_KEY), 1);
    assert_int_equal(alice.m->tx_mki.key_id, MCV_NO_KEY_ID);

    /* Nor is it received, even if the wall clock is set back. */
    bob.now = alice.now;
    assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_UNKNOWN_KEY);
    bob.now.utc_s -= 3600;
    alice.now.utc_s -= 3600;
    stage_set_keys(&bob, 1);
    stage_set_keys(&alice, 1);
    assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_UNKNOWN_KEY);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &alice.camera), MCV_E_EXPIRED);
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_KEY_MISSING), 1);
    end();
}

/* The wall clock is set forward while nothing is sent: found within a minute, or with a packet. */
static void the_wall_clock_is_set(void **state)
{
    begin(*state);
    set_times(STAGE_GMK_A, 0, STAGE_UTC_S + 7200);
    open_both();
    (void)play_a_second();
    alice.now.utc_s += 7200;
    alice.sent.n = 0;
    mcv_agent_begin(alice.a, alice.now);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &alice.camera), MCV_E_EXPIRED);
    assert_true(mcv_media_wake_at(bob.m) <= bob.now.mono_us + 60000000);
    end();
}

static void a_revoked_key_is_not_used_once_more(void **state)
{
    begin(*state);
    open_both();
    (void)play_a_second();
    const struct stage_packet p = *stage_next_rtp(&alice);
    stage_forget(&alice);
    alice.gmks[STAGE_GMK_A].is_revoked = bob.gmks[STAGE_GMK_A].is_revoked = true;
    stage_set_keys(&alice, 1);
    stage_set_keys(&bob, 1);
    assert_int_equal(stage_local(&alice, MCV_VIDEO, &alice.camera), MCV_E_EXPIRED);
    assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_UNKNOWN_KEY);
    stage_run_ms(&alice, 20000);
    assert_int_equal(alice.sent.n, 0); /* no report, no BYE */

    /* A new key, and the stream is a new one. */
    stage_set_keys(&alice, 2);
    bob.now = alice.now;
    stage_set_keys(&bob, 2);
    assert_int_equal(play_a_second(), B);
    end();
}

/* Between the activation of B and the expiry of A both are heard: clocks differ. */
static void both_keys_are_heard(void **state)
{
    begin(*state);
    set_times(STAGE_GMK_B, STAGE_UTC_S + 300, 0);
    bob.ring.n_gmks = 2;
    open_both();
    assert_int_equal(play_a_second(), A);
    alice.gmks[STAGE_GMK_B].activation_s = STAGE_UTC_S; /* her clock is five minutes fast */
    stage_set_keys(&alice, 2);
    assert_int_equal(play_a_second(), B);
    assert_int_equal(bob.m->tx_mki.key_id, A);
    end();
}

/* Room for two keys: the one that sends, then the newest. */
static void more_keys_than_fit(void **state)
{
    begin(*state);
    set_times(STAGE_GMK_A, STAGE_UTC_S - 10, 0);
    set_times(STAGE_GMK_B, STAGE_UTC_S + 100, 0);
    set_times(STAGE_GMK_C, STAGE_UTC_S - 20, 0);
    bob.ring.n_gmks = 3;
    open_both();
    assert_int_equal(mcv_srtp_rx_stats(bob.m->rx).n_keys, 2);
    assert_non_null(mcv_media_key_of(bob.m, A));
    assert_non_null(mcv_media_key_of(bob.m, B));
    stage_run_ms(&bob, 102000);
    assert_int_equal(bob.m->tx_mki.key_id, B);
    assert_non_null(mcv_media_key_of(bob.m, A));
    bob.gmks[STAGE_GMK_A].is_revoked = true;
    stage_set_keys(&bob, 3);
    assert_null(mcv_media_key_of(bob.m, A));
    assert_non_null(mcv_media_key_of(bob.m, C));
    end();
}

/* A group value of a peer that derives its keys with another one. Spec: TS 33.180 Table E.1.3-1 */
static void the_cs_id_of_groups_is_configured(void **state)
{
    for (int is_same = 0; is_same < 2; is_same++) {
        stage_new(&alice, 0, *state);
        stage_new(&bob, 1, *state);
        alice.config.group_cs_id = 4;
        bob.config.group_cs_id = is_same ? 4 : 5;
        stage_start(&alice, &mcv_limits_small);
        stage_start(&bob, &mcv_limits_small);
        open_both();
        const struct stage_packet p = *stage_next_rtp(&alice);
        assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)),
                         is_same ? MCV_OK : MCV_E_AUTH);
        end();
    }
}

/* ---- collisions ---------------------------------------------------------------------------- */

/* Somebody else's stream has our SSRC: ours leaves with BYE and goes on with another, once. */
static void a_collision_changes_the_ssrc(void **state)
{
    begin(*state);
    open_both();
    (void)play_a_second();
    const uint32_t ssrc = alice.m->tx[MCV_VIDEO].now.ssrc;
    const struct mcv_srtp_mki mki = mcv_srtp_mki_group(A, bob.gmks[STAGE_GMK_A].guk_id);
    mcv_media_end_stream(bob.a, bob.m, MCV_VIDEO);
    bob.m->tx[MCV_VIDEO].now.ssrc = ssrc;
    struct mcv_srtp_master master;
    assert_int_equal(
        mcv_kdf_srtp_master(&master, bob.gmks[0].gmk->b, 5, mki.guk_id, bob.gmks[0].rand), MCV_OK);
    const struct mcv_srtp_tx_params params = {
        .master = &master, .mki = mki, .ssrc = ssrc, .roc_every = 1};
    assert_int_equal(mcv_srtp_tx_init(&bob.m->tx[MCV_VIDEO].now.srtp, bob.config.srtp, &params),
                     MCV_OK);
    bob.m->tx[MCV_VIDEO].now.mki = mki;
    bob.m->tx[MCV_VIDEO].now.state = MCV_TX_READY;

    struct stage_packet p = *stage_next_rtp(&bob);
    stage_forget(&alice);
    alice.n_claims = 0;
    assert_int_equal(stage_hear(&alice, 1, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    assert_int_equal(alice.n_claims, 1);
    assert_int_equal(alice.sent.n, 1);
    assert_int_equal(alice.sent.p[0].channel, MCV_CH_VIDEO_RTCP);
    assert_int_not_equal(alice.m->tx[MCV_VIDEO].now.ssrc, ssrc);
    (void)stage_next_rtp(&alice);

    /* Whoever follows every change makes us write once in ten seconds. */
    alice.m->tx[MCV_VIDEO].now.ssrc = ssrc;
    p = *stage_next_rtp(&bob);
    assert_int_equal(stage_hear(&alice, 1, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    assert_int_equal(alice.n_claims, 1);
    end();
}

/* ---- private calls ------------------------------------------------------------------------- */

/* Spec: TS 33.180 Table E.1.3-1: CS-ID 2 from the initiator, 3 from the receiver. */
static void each_side_of_a_private_call_has_its_key(void **state)
{
    static const uint8_t pck[16] = {0x70, 0x63, 0x6b}, rand[16] = {4};
    struct mcv_srtp_master want;

    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, true), MCV_OK);
    assert_int_equal(mcv_kdf_srtp_master(&want, pck, 2, STAGE_PCK_ID, mcv_bytes_of(rand, 16)),
                     MCV_OK);
    assert_memory_equal(&want, &alice.m->tx_master, sizeof want);
    assert_int_equal(mcv_kdf_srtp_master(&want, pck, 3, STAGE_PCK_ID, mcv_bytes_of(rand, 16)),
                     MCV_OK);
    assert_memory_equal(&want, &bob.m->tx_master, sizeof want);

    const struct stage_packet p = *stage_next_rtp(&alice), q = *stage_next_rtp(&bob);
    assert_int_equal(mcv_load_be32(p.b + p.n - 4), STAGE_PCK_ID);
    assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    assert_int_equal(stage_hear(&alice, 1, q.channel, mcv_bytes_of(q.b, q.n)), MCV_OK);
    end();
}

static void a_private_call_without_a_usable_key(void **state)
{
    begin(*state);
    struct mcv_media *m = &alice.a->privates[0]->media;
    struct mcv_media_keys keys = {.is_protected = true, .pck_id = STAGE_PCK_ID};
    const struct mcv_pck pck = {{1}};
    const uint16_t ports[MCV_N_CHANNELS] = {0};
    const struct mcv_call_sdp sdp = {.has_control = true};
    const struct mcv_addr addr = stage_addr(1, MCV_IPV4);

    assert_int_equal(mcv_media_open(alice.a, m, 1, 0, &keys, &sdp, &addr, &addr, ports),
                     MCV_E_UNKNOWN_KEY);
    keys.pck = &pck;
    keys.rand = mcv_bytes_of("short", 5);
    assert_int_equal(mcv_media_open(alice.a, m, 1, 0, &keys, &sdp, &addr, &addr, ports),
                     MCV_E_MALFORMED);
    assert_false(m->is_open);
    open_both();
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(a_stream_changes_its_key_without_loss),
        ROW(the_srtcp_index_goes_on),
        ROW(a_key_that_is_active_already),
        ROW(an_ssrc_that_the_new_key_has_seen),
        ROW(a_key_expires_without_another),
        ROW(the_wall_clock_is_set),
        ROW(a_revoked_key_is_not_used_once_more),
        ROW(both_keys_are_heard),
        ROW(more_keys_than_fit),
        ROW(the_cs_id_of_groups_is_configured),
        ROW(a_collision_changes_the_ssrc),
        ROW(each_side_of_a_private_call_has_its_key),
        ROW(a_private_call_without_a_usable_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
