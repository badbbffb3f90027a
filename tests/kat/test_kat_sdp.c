/* Known answers of SDP: whole descriptions, field by field and byte by byte. */
#include "proto/sdp.h"
#include "proto/text.h"
#include "tests/support/cmocka.h"
#include "tests/support/sdp_vectors.h"

static uint8_t text[MCV_SDP_MAX_BYTES];

static void assert_text(struct mcv_bytes got, const char *want)
{
    if (!mcv_bytes_equal(got, mcv_bytes_str(want)))
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.n, got.n > 0 ? (const char *)got.p : "",
                 want);
}

static void assert_addr(struct mcv_addr got, uint8_t family, const uint8_t *b, size_t n,
                        uint16_t port)
{
    struct mcv_addr want = {.family = family, .port = port};

    memcpy(want.b, b, n);
    assert_true(mcv_addr_equal(&got, &want));
}

static void offer_of_a_private_call(void **state)
{
    static const uint8_t fe80_a[16] = {0xfe, 0x80, [15] = 0x0a};
    struct mcv_sdp s;
    struct mcv_bytes key_mgmt;
    bool has_key_mgmt;

    (void)state;
    assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(SDP_PRIVATE)), MCV_OK);
    assert_int_equal(s.session_id, 3967);
    assert_int_equal(s.session_version, 1);
    assert_addr(s.origin, MCV_IPV6, fe80_a, 16, 0);
    assert_addr(s.connection, MCV_IPV6, fe80_a, 16, 0);
    assert_int_equal(mcv_sdp_key_mgmt(&key_mgmt, &has_key_mgmt, &s), MCV_OK);
    assert_true(has_key_mgmt);
    assert_text(key_mgmt, "AQAFgBAA");

    const struct mcv_sdp_media *audio = &s.media[MCV_SDP_AUDIO], *video = &s.media[MCV_SDP_VIDEO];
    assert_true(audio->is_present && video->is_present && s.control.is_present);
    assert_int_equal(audio->n_formats, 1);
    assert_int_equal(audio->formats[0].pt, 96);
    assert_int_equal(audio->formats[0].clock_hz, 16000);
    assert_int_equal(audio->formats[0].channels, 0);
    assert_text(audio->formats[0].encoding, "AMR-WB");
    assert_int_equal(audio->formats[0].fmtp.n, 0);
    assert_int_equal(video->formats[0].pt, 97);
    assert_int_equal(video->formats[0].clock_hz, 90000);
    assert_text(video->formats[0].encoding, "H264");
    assert_text(video->formats[0].fmtp, "profile-level-id=42e00c;packetization-mode=1");
    assert_addr(mcv_sdp_rtp_addr(&s, MCV_SDP_AUDIO), MCV_IPV6, fe80_a, 16, 50000);
    assert_addr(mcv_sdp_rtcp_addr(&s, MCV_SDP_AUDIO), MCV_IPV6, fe80_a, 16, 50001);
    assert_addr(mcv_sdp_rtp_addr(&s, MCV_SDP_VIDEO), MCV_IPV6, fe80_a, 16, 50002);
    assert_addr(mcv_sdp_rtcp_addr(&s, MCV_SDP_VIDEO), MCV_IPV6, fe80_a, 16, 50003);
    assert_addr(mcv_sdp_control_addr(&s), MCV_IPV6, fe80_a, 16, 50004);
    assert_true(s.control.mc_queueing);
    assert_int_equal(s.control.mc_priority, 5);
    assert_int_equal(s.control.mc_reception_priority, 5);
    assert_false(s.control.mc_granted || s.control.mc_implicit_request);
}

static void session_of_a_group_call(void **state)
{
    static const uint8_t group[4] = {239, 20, 1, 5}, user[4] = {10, 0, 0, 7};
    struct mcv_sdp s;
    struct mcv_bytes key_mgmt;
    bool has_key_mgmt;

    (void)state;
    assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(SDP_GROUP)), MCV_OK);
    assert_addr(s.origin, MCV_IPV4, user, 4, 0);
    assert_addr(s.connection, MCV_IPV4, group, 4, 0);
    assert_int_equal(mcv_sdp_key_mgmt(&key_mgmt, &has_key_mgmt, &s), MCV_OK);
    assert_false(has_key_mgmt);
    assert_int_equal(s.media[MCV_SDP_AUDIO].formats[0].channels, 1);
    assert_addr(mcv_sdp_rtp_addr(&s, MCV_SDP_VIDEO), MCV_IPV4, group, 4, 40002);
    assert_addr(mcv_sdp_control_addr(&s), MCV_IPV4, group, 4, 40004);
    assert_true(s.control.mc_queueing);
    assert_int_equal(s.control.mc_priority, 5);
    assert_int_equal(s.control.mc_reception_priority, 0);
}

static void media_with_their_own_address(void **state)
{
    static const uint8_t media[4] = {127, 1, 2, 3}, control[4] = {127, 1, 2, 4};
    struct mcv_sdp s;
    struct mcv_bytes key_mgmt;
    bool has_key_mgmt;

    (void)state;
    assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(SDP_MEDIA)), MCV_OK);
    assert_true(s.session_id == UINT64_MAX);
    assert_int_equal(s.connection.family, MCV_FAMILY_NONE);
    assert_int_equal(s.media[MCV_SDP_AUDIO].n_formats, 3);
    assert_int_equal(s.media[MCV_SDP_AUDIO].formats[1].pt, 0);
    assert_int_equal(s.media[MCV_SDP_AUDIO].formats[1].clock_hz, 0);
    assert_text(s.media[MCV_SDP_AUDIO].formats[0].fmtp, "useinbandfec=1; stereo=1");
    assert_addr(mcv_sdp_rtp_addr(&s, MCV_SDP_AUDIO), MCV_IPV4, media, 4, 50000);
    assert_addr(mcv_sdp_rtcp_addr(&s, MCV_SDP_AUDIO), MCV_IPV4, media, 4, 50009);
    assert_addr(mcv_sdp_control_addr(&s), MCV_IPV4, control, 4, 65535);
    assert_int_equal(mcv_sdp_rtp_addr(&s, MCV_SDP_VIDEO).port, 0);
    assert_int_equal(mcv_sdp_rtcp_addr(&s, MCV_SDP_VIDEO).port, 0);
    assert_int_equal(mcv_sdp_key_mgmt(&key_mgmt, &has_key_mgmt, &s), MCV_OK);
    assert_text(key_mgmt, "AQID");
    assert_true(s.control.mc_granted && s.control.mc_implicit_request && !s.control.mc_queueing);
    assert_int_equal(s.control.mc_priority, 0);
    assert_int_equal(s.control.mc_reception_priority, 255);
}

static void descriptions_are_written_octet_by_octet(void **state)
{
    static const char *const rows[] = {SDP_PRIVATE, SDP_GROUP, SDP_MEDIA, SDP_PUSH};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_writer w = mcv_writer_of(text, sizeof text);
        struct mcv_sdp s;
        assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(rows[i])), MCV_OK);
        mcv_sdp_encode(&w, &s);
        assert_int_equal(w.err, MCV_OK);
        assert_text(mcv_wr_done(&w), rows[i]);
    }
}

/* From fields that nobody has read: the encoder against the text of the specification's example. */
static void a_description_from_its_fields(void **state)
{
    static const struct mcv_sdp s = {
        .session_id = 3851,
        .session_version = 1,
        .origin = {.family = MCV_IPV4, .b = {10, 0, 0, 7}},
        .connection = {.family = MCV_IPV4, .b = {239, 20, 1, 5}},
        .media = {[MCV_SDP_AUDIO] = {.is_present = true,
                                     .port = 40000,
                                     .rtcp_port = 40001,
                                     .n_formats = 1,
                                     .formats = {{.pt = 99,
                                                  .channels = 1,
                                                  .clock_hz = 16000,
                                                  .encoding = {(const uint8_t *)"AMR-WB", 6}}}},
                  [MCV_SDP_VIDEO] = {.is_present = true,
                                     .port = 40002,
                                     .rtcp_port = 40003,
                                     .n_formats = 1,
                                     .formats = {{.pt = 100,
                                                  .clock_hz = 90000,
                                                  .encoding = {(const uint8_t *)"H264", 4},
                                                  .fmtp = {(const uint8_t *)"profile-level-id="
                                                                            "42e01f;"
                                                                            "packetization-mode="
                                                                            "1",
                                                           44}}}}},
        .control = {.is_present = true, .port = 40004, .mc_queueing = true, .mc_priority = 5},
    };
    struct mcv_writer w = mcv_writer_of(text, sizeof text);

    (void)state;
    mcv_sdp_encode(&w, &s);
    assert_text(mcv_wr_done(&w), SDP_GROUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offer_of_a_private_call),
        cmocka_unit_test(session_of_a_group_call),
        cmocka_unit_test(media_with_their_own_address),
        cmocka_unit_test(descriptions_are_written_octet_by_octet),
        cmocka_unit_test(a_description_from_its_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
