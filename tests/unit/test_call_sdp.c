/* Bodies of private and group calls as an agent writes, reads and answers them.
 * Spec: TS 24.281 9.3.1.1.2, 10.3.1.1.2; RFC 3264 6; TS 24.581 12.1.2. */
#include "agent/core/call_sdp.h"
#include "tests/support/cmocka.h"
#include "tests/support/sdp_vectors.h"

#define AUDIO(pts)   "m=audio 50000 RTP/AVP " pts "\r\ni=audio component of MCVideo\r\n"
#define VIDEO(pts)   "m=video 50002 RTP/AVP " pts "\r\ni=video component of MCVideo\r\n"
#define AMR(pt)      "a=rtpmap:" pt " AMR-WB/16000\r\na=fmtp:" pt " octet-align=1\r\n"
#define OPUS(pt)     "a=rtpmap:" pt " opus/48000/2\r\n"
#define H264_PARAMS  "profile-level-id=42e01f;packetization-mode=1\r\n"
#define H264(pt)     "a=rtpmap:" pt " H264/90000\r\na=fmtp:" pt " " H264_PARAMS
#define CONTROL      "m=application 50004 udp MCVideo\r\n"
#define BOTH         "a=fmtp:MCVideo mc_queueing;mc_priority=5;mc_reception_priority=5\r\n"
#define HEAD(own, c) "v=0\r\no=- 7 1 IN " own "\r\ns=-\r\nc=IN " c "\r\nt=0 0\r\n"
#define OWN4         HEAD("IP4 10.0.0.7", "IP4 10.0.0.7")
#define ALL_MEDIA                                                                                  \
    AUDIO("96 99 98")                                                                              \
    AMR("96")                                                                                      \
    "a=rtpmap:99 AMR-WB/16000\r\n" OPUS("98") "a=rtcp:50001\r\n" VIDEO("97")                       \
        H264("97") "a=rtcp:50003\r\n"

static struct mcv_addr ip4(uint8_t first, uint8_t last)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {first, 0, 0, last}, .port = 8809};
}

static struct mcv_addr ip6(uint8_t first, uint8_t last)
{
    struct mcv_addr a = {.family = MCV_IPV6, .b = {first}, .port = 8809};

    if (first == 0xfe) a.b[1] = 0x80;
    if (first == 0xff) a.b[1] = 0x02;
    a.b[15] = last;
    return a;
}

static struct mcv_agent_config config_of_two_families(void)
{
    struct mcv_agent_config c = mcv_agent_config_default();

    c.n_own = 2;
    c.own[0] = ip4(10, 7);
    c.own[1] = ip6(0xfe, 0x0a);
    return c;
}

static void assert_body(const struct mcv_call_sdp *sdp, const struct mcv_agent_config *config,
                        struct mcv_bytes key_mgmt, const char *want)
{
    uint8_t out[MCV_MAX_MONP_BYTES];
    struct mcv_writer w = mcv_writer_of(out, sizeof out - 1);

    mcv_call_sdp_write(&w, sdp, config, key_mgmt, 7);
    assert_int_equal(w.err, MCV_OK);
    out[w.n] = '\0';
    assert_string_equal((char *)out, want);
}

/* ---- ours ---------------------------------------------------------------------------------- */

static void test_ours(void **state)
{
    (void)state;
    const struct mcv_agent_config config = config_of_two_families();
    const struct {
        const char *why;
        struct mcv_addr addr;
        const char *key, *want;
    } rows[] = {
        {"private, IPv4", ip4(10, 7), "", OWN4 ALL_MEDIA CONTROL BOTH},
        {"private with an I_MESSAGE at session level, IPv6", ip6(0xfe, 0x0a), "\x01\x02\x03\x04",
         HEAD("IP6 fe80::a", "IP6 fe80::a") "a=key-mgmt:mikey AQIDBA==\r\n" ALL_MEDIA CONTROL BOTH},
        {"group, IPv4: TTL, own address as origin, no reception priority", ip4(239, 1), "",
         HEAD("IP4 10.0.0.7", "IP4 239.0.0.1/255") ALL_MEDIA CONTROL
         "a=fmtp:MCVideo mc_queueing;mc_priority=5\r\n"},
        {"group, IPv6: no TTL", ip6(0xff, 1), "",
         HEAD("IP6 fe80::a", "IP6 ff02::1") ALL_MEDIA CONTROL
         "a=fmtp:MCVideo mc_queueing;mc_priority=5\r\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_call_sdp ours;
        mcv_call_sdp_ours(&ours, &config, &rows[i].addr, 50000);
        assert_body(&ours, &config, mcv_bytes_str(rows[i].key), rows[i].want);
    }
}

static void test_a_medium_without_formats_is_not_offered(void **state)
{
    (void)state;
    struct mcv_agent_config config = config_of_two_families();
    struct mcv_call_sdp ours;
    const struct mcv_addr addr = ip4(10, 7);

    config.formats[MCV_AUDIO].n = 0;
    mcv_call_sdp_ours(&ours, &config, &addr, 50000);
    assert_body(&ours, &config, (struct mcv_bytes){0},
                OWN4 VIDEO("97") H264("97") "a=rtcp:50003\r\n" CONTROL BOTH);
}

static void test_no_room_for_the_body(void **state)
{
    (void)state;
    const struct mcv_agent_config config = config_of_two_families();
    const struct mcv_addr addr = ip4(10, 7);
    struct mcv_call_sdp ours;
    uint8_t out[100];
    struct mcv_writer w = mcv_writer_of(out, sizeof out);

    mcv_call_sdp_ours(&ours, &config, &addr, 50000);
    mcv_call_sdp_write(&w, &ours, &config, (struct mcv_bytes){0}, 7);
    assert_int_equal(w.err, MCV_E_SPACE);
}

/* What we write, we read back as it was. */
static void test_read_is_the_inverse(void **state)
{
    (void)state;
    const struct mcv_agent_config config = config_of_two_families();
    const struct mcv_addr addrs[] = {ip4(10, 7), ip6(0xfe, 0x0a), ip4(239, 1), ip6(0xff, 1)};

    for (size_t i = 0; i < sizeof addrs / sizeof *addrs; i++) {
        struct mcv_call_sdp ours, read;
        uint8_t out[MCV_MAX_SDP_BYTES];
        struct mcv_writer w = mcv_writer_of(out, sizeof out);

        memset(&ours, 0, sizeof ours);
        memset(&read, 0, sizeof read);
        mcv_call_sdp_ours(&ours, &config, &addrs[i], 50000);
        mcv_call_sdp_write(&w, &ours, &config, (struct mcv_bytes){0}, 7);
        assert_int_equal(mcv_call_sdp_read(&read, NULL, mcv_wr_done(&w), &config), MCV_OK);
        assert_true(mcv_addr_equal(&read.addr, &ours.addr));
        assert_memory_equal(read.ports, ours.ports, sizeof read.ports);
        assert_memory_equal(read.medium, ours.medium, sizeof read.medium);
        assert_true(read.has_control && read.has_queueing);
        assert_int_equal(read.priority, ours.priority);
        assert_int_equal(read.reception_priority, ours.reception_priority);
    }
}

/* ---- read and answered --------------------------------------------------------------------- */

#define FROM4 "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
#define AMR_OFFER                                                                                  \
    "m=audio 6000 RTP/AVP 101\r\na=rtpmap:101 amr-wb/16000\r\na=fmtp:101 octet-align=1\r\n"
#define EVS_OFFER "m=audio 6000 RTP/AVP 110\r\na=rtpmap:110 EVS/16000\r\n"
#define H264_OFFER                                                                                 \
    "m=video 6002 RTP/AVP 102\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n"   \
    "a=rtcp:6009\r\n"
#define CONTROL_OFFER "m=application 6004 udp MCVideo\r\n"

/* The answer is empty where there is nothing to answer. */
static const struct {
    const char *why, *offer;
    mcv_err want;
    const char *answer;
} rows[] = {
    {"payload types of the offer, our ports and address",
     FROM4 AMR_OFFER H264_OFFER CONTROL_OFFER
     "a=fmtp:MCVideo mc_priority=3;mc_reception_priority=200\r\n",
     MCV_OK,
     OWN4 AUDIO("101") AMR("101") "a=rtcp:50001\r\n" VIDEO("102")
         H264("102") "a=rtcp:50003\r\n" CONTROL
                     "a=fmtp:MCVideo mc_priority=3;mc_reception_priority=5\r\n"},
    {"no more priority than we have",
     FROM4 AMR_OFFER CONTROL_OFFER "a=fmtp:MCVideo mc_priority=200\r\n", MCV_OK,
     OWN4 AUDIO("101") AMR("101") "a=rtcp:50001\r\n" CONTROL "a=fmtp:MCVideo mc_priority=5\r\n"},
    {"the order of the offer, not ours",
     FROM4 "m=audio 6000 RTP/AVP 0 105 96\r\na=rtpmap:105 opus/48000/2\r\n"
           "a=rtpmap:96 AMR-WB/16000\r\na=fmtp:96 octet-align=1\r\n" CONTROL_OFFER,
     MCV_OK, OWN4 AUDIO("105 96") OPUS("105") AMR("96") "a=rtcp:50001\r\n" CONTROL},
    {"RFC 4867 8.1: no fmtp means the bandwidth-efficient form",
     FROM4 "m=audio 6000 RTP/AVP 101\r\na=rtpmap:101 AMR-WB/16000\r\n" CONTROL_OFFER, MCV_OK,
     OWN4 AUDIO("101") "a=rtpmap:101 AMR-WB/16000\r\na=rtcp:50001\r\n" CONTROL},
    {"RFC 3264 6: no common audio, port 0", FROM4 EVS_OFFER H264_OFFER CONTROL_OFFER, MCV_OK,
     OWN4 "m=audio 0 RTP/AVP 110\r\ni=audio component of MCVideo\r\n" VIDEO("102")
         H264("102") "a=rtcp:50003\r\n" CONTROL},
    {"a medium that was refused stays refused",
     FROM4 AMR_OFFER "m=video 0 RTP/AVP 102\r\n" CONTROL_OFFER, MCV_OK,
     OWN4 AUDIO("101")
         AMR("101") "a=rtcp:50001\r\n"
                    "m=video 0 RTP/AVP 102\r\ni=video component of MCVideo\r\n" CONTROL},
    {"a medium at another address than the first is refused",
     FROM4 AMR_OFFER H264_OFFER "c=IN IP4 10.0.0.10\r\n" CONTROL_OFFER, MCV_OK,
     OWN4 AUDIO("101")
         AMR("101") "a=rtcp:50001\r\n"
                    "m=video 0 RTP/AVP 102\r\ni=video component of MCVideo\r\n" CONTROL},
    {"RFC 3264 6.1: who is sent to only receives", FROM4 "a=sendonly\r\n" AMR_OFFER CONTROL_OFFER,
     MCV_OK, OWN4 "a=recvonly\r\n" AUDIO("101") AMR("101") "a=rtcp:50001\r\n" CONTROL},
    {"a direction that not all media have is none",
     FROM4 AMR_OFFER "a=sendonly\r\n" H264_OFFER CONTROL_OFFER, MCV_OK,
     OWN4 AUDIO("101") AMR("101") "a=rtcp:50001\r\n" VIDEO("102")
         H264("102") "a=rtcp:50003\r\n" CONTROL},
    {"another clock, other channels, no rtpmap: no common format",
     FROM4 "m=audio 6000 RTP/AVP 98 99 100\r\na=rtpmap:98 AMR-WB/8000\r\n"
           "a=rtpmap:99 opus/48000\r\n" CONTROL_OFFER,
     MCV_E_POLICY, ""},
    {"another packetization mode (absent: 0)",
     FROM4 "m=video 6002 RTP/AVP 102\r\na=rtpmap:102 H264/90000\r\n" CONTROL_OFFER, MCV_E_POLICY,
     ""},
    {"flags of the offer are not answered",
     FROM4 AMR_OFFER CONTROL_OFFER
     "a=fmtp:MCVideo mc_queueing;mc_priority=5;mc_granted;mc_implicit_request\r\n",
     MCV_OK,
     OWN4 AUDIO("101") AMR("101") "a=rtcp:50001\r\n" CONTROL
                                  "a=fmtp:MCVideo mc_queueing;mc_priority=5\r\n"},
    {"no common audio and no common video", FROM4 EVS_OFFER CONTROL_OFFER, MCV_E_POLICY, ""},
    {"no transmission control", FROM4 AMR_OFFER H264_OFFER, MCV_E_POLICY, ""},
    {"transmission control refused", FROM4 AMR_OFFER "m=application 0 udp MCVideo\r\n",
     MCV_E_POLICY, ""},
    {"transmission control elsewhere", FROM4 AMR_OFFER CONTROL_OFFER "c=IN IP4 10.0.0.10\r\n",
     MCV_E_POLICY, ""},
    {"SAVP is another transport",
     FROM4 "m=audio 6000 RTP/SAVP 101\r\na=rtpmap:101 AMR-WB/16000\r\n" CONTROL_OFFER, MCV_E_POLICY,
     ""},
    {"two keys for one call",
     FROM4 AMR_OFFER "a=key-mgmt:mikey AQID\r\n" H264_OFFER
                     "a=key-mgmt:mikey AQIE\r\n" CONTROL_OFFER,
     MCV_E_UNSUPPORTED, ""},
    {"a key that is not there is no call without keys",
     FROM4 "a=key-mgmt:mikey \r\n" AMR_OFFER CONTROL_OFFER, MCV_E_MALFORMED, ""},
    {"no address", "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nt=0 0\r\n" AMR_OFFER CONTROL_OFFER,
     MCV_E_MALFORMED, ""},
    {"ends inside a line", FROM4 AMR_OFFER "m=appl", MCV_E_TRUNCATED, ""},
    {"not SDP", "", MCV_E_MALFORMED, ""},
};

static void test_answer(void **state)
{
    (void)state;
    const struct mcv_agent_config config = config_of_two_families();
    const struct mcv_addr own = config.own[0];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_call_sdp offer, answer;
        const mcv_err err = mcv_call_sdp_read(&offer, NULL, mcv_bytes_str(rows[i].offer), &config);
        if (err != rows[i].want) fail_msg("%s: %s", rows[i].why, mcv_err_name(err));
        if (rows[i].answer[0] == '\0') continue;
        mcv_call_sdp_answer(&answer, &offer, &config, &own, 50000);
        assert_body(&answer, &config, (struct mcv_bytes){0}, rows[i].answer);
    }
}

/* The caller learns from the answer what of his offer is used, under his own ports. */
static void test_the_side_that_offered(void **state)
{
    (void)state;
    const struct mcv_agent_config config = config_of_two_families();
    const struct mcv_addr own = config.own[0];
    struct mcv_call_sdp theirs, used;

    assert_int_equal(
        mcv_call_sdp_read(&theirs, NULL,
                          mcv_bytes_str(FROM4 "m=audio 0 RTP/AVP 96\r\n" H264_OFFER CONTROL_OFFER),
                          &config),
        MCV_OK);
    mcv_call_sdp_answer(&used, &theirs, &config, &own, 51000);
    assert_false(used.medium[MCV_AUDIO].is_used);
    assert_true(used.medium[MCV_VIDEO].is_used);
    assert_int_equal(used.ports[MCV_CH_MONP], 0);
    assert_int_equal(used.ports[MCV_CH_AUDIO_RTP], 0);
    assert_int_equal(used.ports[MCV_CH_VIDEO_RTP], 51002);
    assert_int_equal(used.ports[MCV_CH_VIDEO_RTCP], 51003);
    assert_int_equal(used.ports[MCV_CH_CONTROL], 51004);
    assert_int_equal(used.priority, 0);
    assert_int_equal(theirs.ports[MCV_CH_VIDEO_RTP], 6002);
    assert_int_equal(theirs.ports[MCV_CH_VIDEO_RTCP], 6009);
}

/* An answer above the offer raises nothing. Spec: TS 24.581 12.1.2 */
static void test_an_answer_above_the_offer(void **state)
{
    (void)state;
    const struct mcv_agent_config config = config_of_two_families();
    struct mcv_call_sdp theirs, used;

    assert_int_equal(mcv_call_sdp_read(&theirs, NULL,
                                       mcv_bytes_str(FROM4 AMR_OFFER CONTROL_OFFER
                                                     "a=fmtp:MCVideo mc_priority=9\r\n"),
                                       &config),
                     MCV_OK);
    mcv_call_sdp_answer(&used, &theirs, &config, &config.own[0], 51000);
    assert_int_equal(used.priority, config.max_priority);
}

static void test_key_management(void **state)
{
    (void)state;
    struct mcv_agent_config config = config_of_two_families();
    struct mcv_call_sdp offer;
    struct mcv_bytes key;

    config.formats[MCV_AUDIO].f[0].fmtp = (struct mcv_bytes){0};
    assert_int_equal(mcv_call_sdp_read(&offer, &key, mcv_bytes_str(SDP_PRIVATE), &config), MCV_OK);
    assert_true(mcv_bytes_equal(key, mcv_bytes_str("AQAFgBAA")));
    assert_int_equal(offer.addr.family, MCV_IPV6);

    /* Security is judged before the media: it is there when nothing can be established. */
    config.formats[MCV_AUDIO].n = config.formats[MCV_VIDEO].n = 0;
    assert_int_equal(mcv_call_sdp_read(&offer, &key, mcv_bytes_str(SDP_PRIVATE), &config),
                     MCV_E_POLICY);
    assert_true(mcv_bytes_equal(key, mcv_bytes_str("AQAFgBAA")));

    assert_int_equal(mcv_call_sdp_read(&offer, &key, mcv_bytes_str("v=0\r\n"), &config),
                     MCV_E_MALFORMED);
    assert_int_equal(key.n, 0);
    assert_int_equal(offer.addr.family, MCV_FAMILY_NONE);
}

/* The announcement of the specification, with the formats that it has. */
static void test_announced_session(void **state)
{
    (void)state;
    struct mcv_agent_config config = config_of_two_families();
    struct mcv_call_sdp s;

    config.formats[MCV_AUDIO].f[0].fmtp = (struct mcv_bytes){0};
    assert_int_equal(mcv_call_sdp_read(&s, NULL, mcv_bytes_str(SDP_GROUP), &config), MCV_OK);
    assert_true(mcv_addr_is_multicast(&s.addr));
    assert_int_equal(s.addr.port, 0);
    assert_int_equal(s.medium[MCV_AUDIO].pt[0], 99);
    assert_int_equal(s.medium[MCV_AUDIO].config_index[0], 0);
    assert_int_equal(s.medium[MCV_VIDEO].pt[0], 100);
    assert_int_equal(s.ports[MCV_CH_AUDIO_RTP], 40000);
    assert_int_equal(s.ports[MCV_CH_VIDEO_RTCP], 40003);
    assert_int_equal(s.ports[MCV_CH_CONTROL], 40004);
    assert_true(s.has_queueing);
    assert_int_equal(s.priority, 5);
    assert_int_equal(s.reception_priority, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours),
        cmocka_unit_test(test_a_medium_without_formats_is_not_offered),
        cmocka_unit_test(test_no_room_for_the_body),
        cmocka_unit_test(test_read_is_the_inverse),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_the_side_that_offered),
        cmocka_unit_test(test_an_answer_above_the_offer),
        cmocka_unit_test(test_key_management),
        cmocka_unit_test(test_announced_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
