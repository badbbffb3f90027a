/* The media of a call are opened and closed: SSRCs are claimed before they are used, keys are wiped
 * on every way out. Spec: RFC 3711 9.1, RFC 7714 8.1, TS 33.180 5.11, 8.2. */
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

static struct stage_agent alice;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_start(&alice, &mcv_limits_small);
}

static void end(void)
{
    if (alice.m != NULL) stage_close(&alice);
    stage_end(&alice);
}

/* ---- the claim of an SSRC ------------------------------------------------------------------ */

static void nothing_is_sent_before_the_claim_is_on_disk(void **state)
{
    struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96, .n_payload = 10};

    begin(*state);
    alice.holds_claims = true;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(alice.n_claims, 2); /* both media, before anything is sent */
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_E_EXPIRED);
    assert_int_equal(stage_count(&alice, MCV_N_LOCAL_NO_KEY), 1);
    assert_int_equal(alice.sent.n, 0);
    stage_release_claims(&alice);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    assert_int_equal(alice.sent.n, 1);
    assert_true(stage_header(&alice.sent.p[0]).ssrc == alice.claimed[0] ||
                stage_header(&alice.sent.p[0]).ssrc == alice.claimed[1]);
    end();
}

static void a_claim_that_fails_is_tried_again_with_another_ssrc(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96};

    begin(*state);
    alice.claim_result = MCV_E_IO;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_count(&alice, MCV_N_STORE_FAILED), 2);
    stage_run_ms(&alice, 4900);
    assert_int_equal(alice.n_claims, 2);
    alice.claim_result = MCV_OK;
    stage_run_ms(&alice, 200);
    assert_int_equal(alice.n_claims, 4);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_not_equal(stage_header(&alice.sent.p[0]).ssrc, alice.claimed[i]);
    }
    end();
}

/* An SSRC that is on disk and was not used serves the next stream under its key: who only listens
 * writes nothing. */
static void a_claim_that_was_not_used_is_kept(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96};

    begin(*state);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(stage_open_group(&alice, true), MCV_OK);
        assert_int_equal(alice.n_claims, 2);
        assert_int_equal(alice.m->tx[MCV_AUDIO].now.state, MCV_TX_READY);
        stage_close(&alice);
    }
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    const uint32_t used = stage_header(&alice.sent.p[0]).ssrc;
    stage_close(&alice);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stage_open_group(&alice, true), MCV_OK);
        assert_int_equal(alice.n_claims, 3);
        assert_int_not_equal(alice.m->tx[MCV_AUDIO].now.ssrc, used);
        assert_int_not_equal(alice.m->tx[MCV_VIDEO].now.ssrc, used);
        assert_int_not_equal(alice.m->tx[MCV_AUDIO].now.ssrc, alice.m->tx[MCV_VIDEO].now.ssrc);
        stage_close(&alice);
    }

    /* It is of no use under another key. */
    stage_forget(&alice);
    alice.gmks[STAGE_GMK_A].expiry_s = STAGE_UTC_S;
    alice.ring.n_gmks = 2;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(alice.n_claims, 5);
    end();
}

/* Its call was over when the claim was on disk. */
static void a_claim_that_comes_back_too_late(void **state)
{
    begin(*state);
    alice.holds_claims = true;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    stage_close(&alice);
    stage_release_claims(&alice);
    assert_int_equal(alice.a->ssrcs.n_spare, 2);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(alice.n_claims, 2);
    assert_int_equal(alice.a->ssrcs.n_spare, 0);
    assert_int_equal(alice.m->tx[MCV_VIDEO].now.state, MCV_TX_READY);
    end();
}

/* A key is not held for a while: its record goes, and what is on disk refuses what was used. */
static void a_key_that_comes_back(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    (void)stage_next_rtp(&alice);
    stage_close(&alice);
    const struct mcv_keyring none = {0}, *ring = &alice.ring;
    assert_int_equal(alice.a->ssrcs.used.n_used, 2);
    mcv_agent_set_keys(alice.a, alice.now, &none);
    assert_int_equal(alice.a->ssrcs.used.n_used, 0);
    assert_int_equal(alice.a->ssrcs.n_spare, 0);
    assert_int_equal(mcv_agent_ssrc_load(alice.a, stage_gmk_ids[0], 1, 2), MCV_OK);
    assert_int_equal(alice.a->ssrcs.used.n_used, 0);
    mcv_agent_set_keys(alice.a, alice.now, ring);
    alice.n_claims = 0;
    alice.holds_claims = true;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(alice.n_claims, 2);
    alice.claim_result = MCV_E_REPLAY;
    stage_release_claims(&alice);
    assert_int_equal(alice.n_claims, 4); /* others, at once */
    assert_int_equal(stage_count(&alice, MCV_N_STORE_FAILED), 0);
    alice.claim_result = MCV_OK;
    stage_release_claims(&alice);
    assert_int_equal(alice.m->tx[MCV_AUDIO].now.state, MCV_TX_READY);
    end();
}

static void a_claim_waits_for_a_free_job(void **state)
{
    struct mcv_job *taken[64];
    size_t n = 0;

    begin(*state);
    while ((taken[n] = mcv_job_take(alice.a, MCV_JOB_VERIFY, 0)) != NULL) n++;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    stage_run_ms(&alice, 100);
    assert_int_equal(alice.n_claims, 0);
    while (n > 0) mcv_job_free(alice.a, taken[--n]);
    stage_run_ms(&alice, 20);
    assert_int_equal(alice.n_claims, 2);
    assert_int_equal(alice.m->tx[MCV_VIDEO].now.state, MCV_TX_READY);
    end();
}

/* The record is full: no SSRC is used that is not on it. */
static void no_stream_without_a_place_on_the_record(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96};
    const struct mcv_srtp_mki other = mcv_srtp_mki_group(1, 2);

    begin(*state);
    for (uint32_t ssrc = 1; mcv_ssrc_record_claim(&alice.a->ssrcs.used, &other, ssrc) == MCV_OK;)
        ssrc++;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_E_EXPIRED);
    assert_int_equal(alice.n_claims, 0);
    mcv_ssrc_record_forget(&alice.a->ssrcs.used, 1);
    stage_run_ms(&alice, 5000);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    end();
}

static void a_private_call_claims_nothing(void **state)
{
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96, .n_payload = 10};

    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(alice.n_claims, 0);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    assert_int_equal(alice.sent.p[0].n, 12 + 10 + MCV_SRTP_TAG_BYTES + MCV_SRTP_MKI_PRIVATE_BYTES);
    assert_false(mcv_addr_is_multicast(&alice.sent.p[0].to));
    assert_int_equal(alice.a->ssrcs.used.n_used, 2);
    stage_close(&alice);
    assert_int_equal(alice.a->ssrcs.used.n_used, 0); /* its key is gone for good */
    end();
}

/* An address of a link is one of our link: SDP does not say which. Spec: RFC 4007 6 */
static void the_scope_of_an_address(void **state)
{
    const struct mcv_addr own = stage_addr(0, MCV_IPV6);
    struct mcv_addr peer = stage_addr(1, MCV_IPV6);
    const struct mcv_media_keys keys = {.is_protected = false};
    struct mcv_call_sdp sdp;

    begin(*state);
    peer.scope = 0;
    mcv_call_sdp_ours(&sdp, &alice.config, &own, 50000);
    mcv_agent_begin(alice.a, alice.now);
    alice.m = &alice.a->privates[0]->media;
    assert_int_equal(mcv_media_open(alice.a, alice.m, 1, 0, &keys, &sdp, &own, &peer, sdp.ports),
                     MCV_OK);
    const struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(p->to.scope, own.scope);
    assert_int_equal(p->to.port, 50002);
    assert_int_equal(alice.sockets.addr.scope, own.scope);
    end();
}

/* ---- the end ------------------------------------------------------------------------------- */

static bool is_in_memory(const struct stage_agent *s, const void *key, size_t n)
{
    const uint8_t *at = s->mem, *end_of = at + mcv_agent_size(&mcv_limits_small) - n;

    for (; at <= end_of; at++) {
        if (memcmp(at, key, n) == 0) return true;
    }
    return false;
}

static void keys_are_wiped(void **state)
{
    static const uint8_t pck[] = {0x70, 0x63, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t gmk[] = {0xa1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const struct stage_rtp rtp = {.ssrc = 1, .seq = 1, .pt = 96};

    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_local(&alice, MCV_AUDIO, &rtp), MCV_OK);
    const struct mcv_srtp_master master = alice.m->tx_master;
    assert_true(is_in_memory(&alice, pck, sizeof pck));
    stage_close(&alice);
    assert_false(is_in_memory(&alice, pck, sizeof pck));
    assert_false(is_in_memory(&alice, master.key.b, sizeof master.key.b));
    assert_false(is_in_memory(&alice, master.salt.b, sizeof master.salt.b));

    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_true(is_in_memory(&alice, gmk, sizeof gmk));
    stage_close(&alice);
    assert_false(is_in_memory(&alice, gmk, sizeof gmk));
    end();
}

/* A call that cannot be opened leaves nothing behind either. */
static void a_call_that_cannot_be_opened(void **state)
{
    static const uint8_t gmk[] = {0xa1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    begin(*state);
    alice.gmks[0].expiry_s = STAGE_UTC_S;
    assert_int_equal(stage_open_group(&alice, true), MCV_E_UNKNOWN_KEY);
    assert_false(alice.m->is_open);
    assert_int_equal(alice.n_sockets, 0);
    alice.gmks[0].expiry_s = 0;
    const struct mcv_out event = {.kind = MCV_OUT_EVENT};
    mcv_agent_begin(alice.a, alice.now);
    while (mcv_out_push(alice.a, &event)) {
    }
    assert_int_equal(stage_open_group(&alice, true), MCV_E_FULL);
    assert_false(alice.m->is_open);
    assert_int_equal(mcv_media_wake_at(alice.m), MCV_NEVER);
    assert_false(is_in_memory(&alice, gmk, sizeof gmk));
    alice.m = NULL;
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(nothing_is_sent_before_the_claim_is_on_disk),
        ROW(a_claim_that_fails_is_tried_again_with_another_ssrc),
        ROW(a_claim_that_was_not_used_is_kept),
        ROW(a_claim_that_comes_back_too_late),
        ROW(a_key_that_comes_back),
        ROW(a_claim_waits_for_a_free_job),
        ROW(no_stream_without_a_place_on_the_record),
        ROW(a_private_call_claims_nothing),
        ROW(the_scope_of_an_address),
        ROW(keys_are_wiped),
        ROW(a_call_that_cannot_be_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
