/* Control messages and assigned SSRCs: no nonce twice. Video with permission begins with a picture.
 * Spec: TS 24.581 13, RFC 3711 9.1, RFC 7714 8.1, RFC 6184 5.2. */
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

static struct stage_agent alice;
static struct mcv_ptt_config ptt;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_start(&alice, &mcv_limits_small);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
}

static void end(void)
{
    stage_close(&alice);
    stage_end(&alice);
}

static bool assign(uint32_t ssrc)
{
    mcv_agent_begin(alice.a, alice.now);
    const bool is_taken = mcv_media_assign(alice.a, alice.m, MCV_VIDEO, ssrc);
    stage_run_ms(&alice, 0);
    return is_taken;
}

static uint32_t srtcp_index(const struct stage_packet *p)
{
    return mcv_load_be32(p->b + p->n - 12) & 0x7fffffff; /* E and index, then the MKI */
}

/* Reports and control messages of an SSRC count together. */
static void one_index_for_control_and_reports(void **state)
{
    static const uint8_t message[12] = {0x80, 204, 0, 2, 0, 0, 0, 0, 'M', 'C', 'V', '0'};
    struct stage_rtp rtp = {.ssrc = 1, .pt = 96, .n_payload = 20};
    uint8_t octets[sizeof message];
    uint32_t last = 0;
    unsigned n = 0;

    begin(*state);
    memcpy(octets, message, sizeof octets);
    mcv_store_be32(octets + 4, mcv_media_control_ssrc(alice.m));
    assert_int_equal(mcv_media_control_ssrc(alice.m), alice.m->tx[MCV_AUDIO].now.ssrc);
    while (n < 12) {
        stage_forget(&alice);
        stage_play(&alice, MCV_AUDIO, &rtp, 20);
        mcv_agent_begin(alice.a, alice.now);
        assert_int_equal(
            mcv_media_send_control(alice.a, alice.m, mcv_bytes_of(octets, sizeof octets)), MCV_OK);
        stage_run_ms(&alice, 100);
        for (size_t i = 0; i < alice.sent.n; i++) {
            const struct stage_packet *p = &alice.sent.p[i];
            if (p->channel != MCV_CH_CONTROL && p->channel != MCV_CH_AUDIO_RTCP) continue;
            assert_int_equal(srtcp_index(p), last + 1);
            last++;
            n++;
        }
        rtp.seq++;
    }
    end();
}

/* An SSRC with which only a control message was sent is used: another call has another one. */
static void control_alone_uses_an_ssrc(void **state)
{
    static const uint8_t message[12] = {0x80, 204, 0, 2, 0, 0, 0, 0, 'M', 'C', 'V', '0'};
    uint8_t octets[sizeof message];

    begin(*state);
    const uint32_t first = mcv_media_control_ssrc(alice.m);
    memcpy(octets, message, sizeof octets);
    mcv_store_be32(octets + 4, first);
    mcv_agent_begin(alice.a, alice.now);
    assert_int_equal(mcv_media_send_control(alice.a, alice.m, mcv_bytes_of(octets, sizeof octets)),
                     MCV_OK);
    stage_run_ms(&alice, 1);
    stage_close(&alice);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_not_equal(mcv_media_control_ssrc(alice.m), first);
    assert_int_not_equal(mcv_media_tx_ssrc(alice.m, MCV_VIDEO), first);
    end();
}

static void an_assigned_ssrc_is_taken_once(void **state)
{
    begin(*state);
    const uint32_t own = alice.m->tx[MCV_VIDEO].now.ssrc;
    const uint32_t audio = alice.m->tx[MCV_AUDIO].now.ssrc;
    const size_t n_claims = alice.n_claims;

    assert_true(assign(own)); /* it has it already */
    assert_int_equal(alice.n_claims, n_claims);
    assert_true(assign(0x12345678));
    assert_int_equal(alice.n_claims, n_claims + 1); /* on disk before the first packet */
    assert_int_equal(alice.m->tx[MCV_VIDEO].now.ssrc, 0x12345678);
    assert_int_equal(stage_header(stage_next_rtp(&alice)).ssrc, 0x12345678);

    assert_true(assign(0x22345678));
    assert_false(assign(0x12345678)); /* used before under this key */
    assert_false(assign(audio));      /* of our other stream */
    assert_false(assign(0));
    assert_int_equal(stage_count(&alice, MCV_N_SSRC_REFUSED), 3);
    assert_int_equal(stage_header(stage_next_rtp(&alice)).ssrc, 0x22345678);
    end();
}

static void until_the_claim_is_written_the_old_one_goes_on(void **state)
{
    begin(*state);
    const uint32_t own = stage_header(stage_next_rtp(&alice)).ssrc;
    alice.holds_claims = true;
    assert_true(assign(0x12345678));
    assert_int_equal(stage_header(stage_next_rtp(&alice)).ssrc, own);
    stage_release_claims(&alice);
    assert_int_equal(stage_header(stage_next_rtp(&alice)).ssrc, 0x12345678);
    end();
}

/* ---- the gate ------------------------------------------------------------------------------ */

static void start_transmission(void)
{
    mcv_agent_begin(alice.a, alice.now);
    mcv_transmission_start(alice.a, alice.m,
                           &(struct mcv_ptt_call){.role = MCV_ROLE_JOINER,
                                                  .approach = MCV_APPROACH_SINGLE,
                                                  .config = &ptt});
    stage_run_ms(&alice, 0);
}

static void camera(uint8_t nal)
{
    static uint16_t seq;
    uint8_t rtp[12 + 4] = {0x80, 97};

    seq++;
    mcv_store_be16(rtp + 2, seq);
    mcv_store_be32(rtp + 4, seq * 3000u);
    rtp[11] = 9;
    rtp[12] = nal;
    mcv_agent_begin(alice.a, alice.now);
    assert_int_equal(mcv_transmission_local(alice.a, alice.m->transmission, MCV_VIDEO,
                                            mcv_bytes_of(rtp, sizeof rtp)),
                     MCV_OK);
    stage_run_ms(&alice, 10);
}

static unsigned n_video(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < alice.sent.n; i++) n += alice.sent.p[i].channel == MCV_CH_VIDEO_RTP;
    return n;
}

enum { SLICE = 0x41, IDR = 0x65 };

static void held_video_starts_with_its_idr(void **state)
{
    begin(*state);
    start_transmission();
    camera(SLICE); /* asks for permission: 120 ms */
    camera(SLICE);
    camera(IDR);
    camera(SLICE);
    assert_int_equal(n_video(), 0);
    stage_run_ms(&alice, 120);
    assert_int_equal(n_video(), 2);
    assert_int_equal(stage_count(&alice, MCV_N_LOCAL_BEFORE_IDR), 2);
    assert_int_equal(stage_n_events(&alice, MCV_EVENT_PTT_IDR_WANTED), 0);
    end();
}

static void without_an_idr_the_encoder_is_asked(void **state)
{
    begin(*state);
    start_transmission();
    camera(SLICE);
    stage_run_ms(&alice, 150);
    camera(SLICE);
    assert_int_equal(n_video(), 0);
    assert_int_equal(stage_n_events(&alice, MCV_EVENT_PTT_IDR_WANTED), 1);
    camera(IDR);
    camera(SLICE);
    assert_int_equal(n_video(), 2);
    assert_int_equal(stage_n_events(&alice, MCV_EVENT_PTT_IDR_WANTED), 1);
    end();
}

/* An encoder that refreshes in another way is not held back for ever. */
static void video_does_not_wait_for_ever(void **state)
{
    unsigned n = 0;

    begin(*state);
    start_transmission();
    for (unsigned i = 0; i < 400; i++) {
        stage_forget(&alice);
        camera(SLICE);
        n += n_video();
    }
    assert_in_range(n, 180, 195); /* 120 ms, then 2 s of 4 s */
    end();
}

static int run_all(void *backend)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(one_index_for_control_and_reports, backend),
        cmocka_unit_test_prestate(control_alone_uses_an_ssrc, backend),
        cmocka_unit_test_prestate(an_assigned_ssrc_is_taken_once, backend),
        cmocka_unit_test_prestate(until_the_claim_is_written_the_old_one_goes_on, backend),
        cmocka_unit_test_prestate(held_video_starts_with_its_idr, backend),
        cmocka_unit_test_prestate(without_an_idr_the_encoder_is_asked, backend),
        cmocka_unit_test_prestate(video_does_not_wait_for_ever, backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run_all);
}
