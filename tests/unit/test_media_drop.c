/* Datagrams of a call that are not taken: each has one counter and changes nothing.
 * Spec: RFC 3711 3.3, 3.4; RFC 5761 4; TS 33.180 5.2.2, 5.2.3, 8.2. */
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

static void end(void)
{
    stage_close(&alice);
    stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

/* ---- drops --------------------------------------------------------------------------------- */

static void as_it_is(struct stage_packet *p)
{
    (void)p;
}

static void flip_payload(struct stage_packet *p)
{
    p->b[13] ^= 1;
}

static void flip_header(struct stage_packet *p)
{
    p->b[5] ^= 1; /* timestamp; in RTCP the SSRC */
}

static void other_roc(struct stage_packet *p)
{
    p->b[p->n - 1] = 1;
}

static void other_gmk_id(struct stage_packet *p)
{
    p->b[p->n - 12] ^= 1;
}

static void other_guk_id(struct stage_packet *p)
{
    p->b[p->n - 5] ^= 1;
}

static void other_rtcp_gmk_id(struct stage_packet *p)
{
    p->b[p->n - 8] ^= 1;
}

static void not_encrypted(struct stage_packet *p)
{
    p->b[p->n - 12] &= 0x7f; /* E */
}

static void no_version(struct stage_packet *p)
{
    p->b[0] &= 0x3f;
}

static void nothing(struct stage_packet *p)
{
    p->n = 0;
}

static void only_a_header(struct stage_packet *p)
{
    p->n = 12;
}

static void cut(struct stage_packet *p)
{
    p->n -= 20; /* ends in payload, which is no key identifier */
}

static void too_many_csrcs(struct stage_packet *p)
{
    p->b[0] |= 0x0f;
    p->n = 40;
}

static void clear_payload(struct stage_packet *p)
{
    for (size_t i = 12; i < p->n; i++) p->b[i] = (uint8_t)(0x35 + i);
}

static void clear_zeros(struct stage_packet *p)
{
    memset(p->b + 12, 0, p->n - 12);
}

static void an_rtcp_packet(struct stage_packet *p)
{
    p->b[1] = 200;
}

static void an_rtp_packet(struct stage_packet *p)
{
    p->b[1] = 97;
}

static void clear_report(struct stage_packet *p)
{
    static const uint8_t receiver_report[] = {0x80, 201, 0, 1, 1, 2, 3, 4};

    memcpy(p->b, receiver_report, sizeof receiver_report);
    p->n = sizeof receiver_report;
}

static const struct drop_row {
    const char *why;
    bool is_rtcp;
    void (*change)(struct stage_packet *p);
    enum mcv_counter counter;
    mcv_err want;
} drops[] = {
    {"one bit of the payload", false, flip_payload, MCV_N_RTP_AUTH, MCV_E_AUTH},
    {"one bit of the header", false, flip_header, MCV_N_RTP_AUTH, MCV_E_AUTH},
    {"a member that is none", false, other_guk_id, MCV_N_RTP_AUTH, MCV_E_AUTH},
    {"RFC 4771 3: a forged ROC", false, other_roc, MCV_N_RTP_AUTH, MCV_E_AUTH},
    {"a key that is not held", false, other_gmk_id, MCV_N_RTP_UNKNOWN_MKI, MCV_E_UNKNOWN_KEY},
    {"RFC 3550 5.1: not version 2", false, no_version, MCV_N_RTP_MALFORMED, MCV_E_UNSUPPORTED},
    {"zero octets", false, nothing, MCV_N_RTP_MALFORMED, MCV_E_TRUNCATED},
    {"RFC 3550 5.1: CSRC list beyond the end", false, too_many_csrcs, MCV_N_RTP_MALFORMED,
     MCV_E_TRUNCATED},
    {"RFC 5761 4: RTCP on the port of RTP", false, an_rtcp_packet, MCV_N_RTP_MALFORMED,
     MCV_E_UNSUPPORTED},
    {"a header alone is not protected", false, only_a_header, MCV_N_RTP_CLEAR, MCV_E_POLICY},
    {"a protected packet cut off looks like clear RTP", false, cut, MCV_N_RTP_CLEAR, MCV_E_POLICY},
    {"clear RTP", false, clear_payload, MCV_N_RTP_CLEAR, MCV_E_POLICY},
    {"clear RTP with zeros at its end", false, clear_zeros, MCV_N_RTP_CLEAR, MCV_E_POLICY},
    {"one bit of a report", true, flip_payload, MCV_N_RTCP_AUTH, MCV_E_AUTH},
    {"another SSRC in a report", true, flip_header, MCV_N_RTCP_AUTH, MCV_E_AUTH},
    {"RFC 3711 3.4: E = 0", true, not_encrypted, MCV_N_RTCP_AUTH, MCV_E_POLICY},
    {"a report under a key that is not held", true, other_rtcp_gmk_id, MCV_N_RTCP_UNKNOWN_MKI,
     MCV_E_UNKNOWN_KEY},
    {"a report of version 0", true, no_version, MCV_N_RTCP_MALFORMED, MCV_E_UNSUPPORTED},
    {"a report of zero octets", true, nothing, MCV_N_RTCP_MALFORMED, MCV_E_TRUNCATED},
    {"RTP on the port of RTCP", true, an_rtp_packet, MCV_N_RTCP_MALFORMED, MCV_E_UNSUPPORTED},
    {"a clear report", true, clear_report, MCV_N_RTCP_CLEAR, MCV_E_POLICY},
};

static void assert_dropped(const struct drop_row *row, const struct stage_packet *p)
{
    struct mcv_counters want = bob.a->counters;

    want.n[row->counter]++;
    const mcv_err err = stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n));
    if (err != row->want) fail_msg("%s: %s", row->why, mcv_err_name(err));
    if (memcmp(&want, &bob.a->counters, sizeof want) != 0) fail_msg("%s: counters", row->why);
    if (bob.local.n != 0) fail_msg("%s: handed over", row->why);
}

/* Each is counted under one name and leaves nothing behind; what it was made of is taken after it. */
static void every_drop_has_its_counter(void **state)
{
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        begin_group(*state);
        struct stage_packet p = drops[i].is_rtcp ? *stage_next_rtcp(&alice)
                                                 : *stage_next_rtp(&alice);
        const struct stage_packet whole = p;
        drops[i].change(&p);
        assert_dropped(&drops[i], &p);
        assert_int_equal(bob.m->stream_slots.n_used, 0);
        assert_int_equal(mcv_srtp_rx_stats(bob.m->rx).n_senders, 0);
        assert_int_equal(stage_hear(&bob, 0, whole.channel, mcv_bytes_of(whole.b, whole.n)),
                         MCV_OK);
        assert_int_equal(bob.local.n, 1);
        end();
    }
}

static void what_was_heard_is_not_heard_again(void **state)
{
    static const struct drop_row rtp = {"again", false, as_it_is, MCV_N_RTP_REPLAY, MCV_E_REPLAY};
    static const struct drop_row rtcp = {"again", true, as_it_is, MCV_N_RTCP_REPLAY, MCV_E_REPLAY};

    begin_group(*state);
    const struct stage_packet p = *stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&bob, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    stage_forget(&bob);
    assert_dropped(&rtp, &p);
    const struct stage_packet report = *stage_next_rtcp(&alice);
    assert_int_equal(stage_hear(&bob, 0, report.channel, mcv_bytes_of(report.b, report.n)), MCV_OK);
    stage_forget(&bob);
    assert_dropped(&rtcp, &report);
    end();
}

static void datagrams_above_the_packet_size(void **state)
{
    static uint8_t jumbo[9000] = {0x80, 97};
    static uint8_t report[9000] = {0x80, 200};

    begin_group(*state);
    assert_int_equal(stage_hear(&bob, 0, MCV_CH_VIDEO_RTP, mcv_bytes_of(jumbo, sizeof jumbo)),
                     MCV_E_SPACE);
    assert_int_equal(stage_hear(&bob, 0, MCV_CH_VIDEO_RTCP, mcv_bytes_of(report, sizeof report)),
                     MCV_E_SPACE);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_MALFORMED), 1);
    assert_int_equal(stage_count(&bob, MCV_N_RTCP_MALFORMED), 1);
    end();
}

static void a_payload_type_that_was_not_agreed(void **state)
{
    struct mcv_call_sdp sdp;

    begin(*state, &mcv_limits_small);
    mcv_call_sdp_ours(&sdp, &alice.config, &alice.config.own[0], 50000);
    sdp.medium[MCV_VIDEO].pt[0] = 120;
    alice.sdp = &sdp;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    const struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_E_UNSUPPORTED);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_PAYLOAD_TYPE), 1);
    assert_int_equal(bob.local.n, 0);
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_MEDIA_STARTED), 0);
    end();
}

static void a_medium_that_is_not_used(void **state)
{
    struct mcv_call_sdp sdp;

    begin(*state, &mcv_limits_small);
    mcv_call_sdp_ours(&sdp, &bob.config, &bob.config.own[0], 50000);
    sdp.medium[MCV_VIDEO].is_used = false;
    bob.sdp = &sdp;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    const struct stage_packet *p = stage_next_rtp(&alice);
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_E_NOT_FOUND);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_NO_CALL), 1);
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(every_drop_has_its_counter),      ROW(what_was_heard_is_not_heard_again),
        ROW(datagrams_above_the_packet_size), ROW(a_payload_type_that_was_not_agreed),
        ROW(a_medium_that_is_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
