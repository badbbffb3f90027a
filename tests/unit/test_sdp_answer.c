/* Answers to an offer. Spec: RFC 3264 6, TS 24.281 10.3.1.1.2, TS 24.581 12.1.2, RFC 6184 8.2.2 and
 * RFC 4867 8.3.1 (what both sides must use alike). */
#include "proto/sdp.h"
#include "tests/support/cmocka.h"
#include "tests/support/sdp_vectors.h"

#define HEAD     "v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.7\r\nt=0 0\r\n"
#define OWN_HEAD "v=0\r\no=- 2 5 IN IP4 10.0.0.8\r\ns=-\r\nc=IN IP4 10.0.0.8\r\nt=0 0\r\n"
#define KEY      "a=key-mgmt:mikey AQID\r\n"

#define A_LINES(port, rtcp, pts)                                                                   \
    "m=audio " port " RTP/AVP " pts "\r\ni=audio component of MCVideo\r\n" rtcp
#define V_LINES(port, pts) "m=video " port " RTP/AVP " pts "\r\ni=video component of MCVideo\r\n"
#define CTRL(port)         "m=application " port " udp MCVideo\r\n"

/* What the answering side can do. */
#define OWN                                                                                        \
    OWN_HEAD "m=audio 6000 RTP/AVP 110 111\r\na=rtpmap:110 AMR-WB/16000\r\n"                       \
             "a=rtpmap:111 opus/48000/2\r\na=rtcp:6001\r\n"                                        \
             "m=video 6002 RTP/AVP 112\r\na=rtpmap:112 H264/90000\r\n"                             \
             "a=fmtp:112 packetization-mode=1;profile-level-id=42e01f\r\na=rtcp:6003\r\n"          \
             "m=application 6004 udp MCVideo\r\n"                                                  \
             "a=fmtp:MCVideo mc_queueing;mc_priority=4;mc_reception_priority=9\r\n"

static const struct {
    const char *why, *offer, *own, *want;
    bool is_usable;
} rows[] = {
    {"the offer of the specification", SDP_PRIVATE, OWN,
     OWN_HEAD A_LINES("6000", "", "96") "a=rtpmap:96 AMR-WB/16000\r\na=rtcp:6001\r\n" V_LINES(
         "6002",
         "97") "a=rtpmap:97 H264/90000\r\n"
               "a=fmtp:97 profile-level-id=42e00c;packetization-mode=1\r\na=rtcp:6003\r\n" CTRL(
                   "6004") "a=fmtp:MCVideo mc_queueing;mc_priority=4;mc_reception_priority=5\r\n",
     true},
    {"numbers and order of the offer, only what both have",
     HEAD KEY
     "m=audio 5000 RTP/AVP 0 98 97 99\r\na=rtpmap:98 OPUS/48000/2\r\na=rtpmap:97 X/8000\r\n"
     "a=rtpmap:99 amr-wb/16000/1\r\n" CTRL("5004"),
     OWN,
     OWN_HEAD A_LINES("6000", "",
                      "98 99") "a=rtpmap:98 OPUS/48000/2\r\n"
                               "a=rtpmap:99 amr-wb/16000/1\r\na=rtcp:6001\r\n" CTRL("6004"),
     true},
    {"nothing in common: refused with the offered payload types",
     HEAD
     "m=audio 5000 RTP/AVP 98 0\r\na=rtpmap:98 EVS/16000\r\n"
     "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 packetization-mode=1\r\n" CTRL(
         "5004"),
     OWN,
     OWN_HEAD A_LINES("0", "", "98 0")
         V_LINES("6002", "97") "a=rtpmap:97 H264/90000\r\n"
                               "a=fmtp:97 packetization-mode=1\r\na=rtcp:6003\r\n" CTRL("6004"),
     true},
    {"another packetization mode (absent: 0)",
     HEAD "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n" CTRL("5004"), OWN,
     OWN_HEAD V_LINES("0", "97") CTRL("6004"), false},
    {"another octet alignment",
     HEAD "m=audio 5000 RTP/AVP 98\r\na=rtpmap:98 AMR-WB/16000\r\na=fmtp:98 octet-align=1\r\n" CTRL(
         "5004"),
     OWN, OWN_HEAD A_LINES("0", "", "98") CTRL("6004"), false},
    {"another clock", HEAD "m=audio 5000 RTP/AVP 98\r\na=rtpmap:98 AMR-WB/8000\r\n" CTRL("5004"),
     OWN, OWN_HEAD A_LINES("0", "", "98") CTRL("6004"), false},
    {"other channels", HEAD "m=audio 5000 RTP/AVP 98\r\na=rtpmap:98 opus/48000\r\n" CTRL("5004"),
     OWN, OWN_HEAD A_LINES("0", "", "98") CTRL("6004"), false},
    {"a payload type without rtpmap", HEAD "m=audio 5000 RTP/AVP 96\r\n" CTRL("5004"), OWN,
     OWN_HEAD A_LINES("0", "", "96") CTRL("6004"), false},
    {"refused by the offer", HEAD "m=audio 0 RTP/AVP 96\r\na=rtpmap:96 AMR-WB/16000\r\n" CTRL("0"),
     OWN, OWN_HEAD A_LINES("0", "", "96") CTRL("0"), false},
    {"no transmission control", HEAD "m=audio 5000 RTP/AVP 96\r\na=rtpmap:96 AMR-WB/16000\r\n", OWN,
     OWN_HEAD A_LINES("6000", "", "96") "a=rtpmap:96 AMR-WB/16000\r\na=rtcp:6001\r\n", false},
    {"transmission control that we refuse",
     HEAD "m=audio 5000 RTP/AVP 96\r\na=rtpmap:96 AMR-WB/16000\r\n" CTRL("5004"),
     OWN_HEAD "m=audio 6000 RTP/AVP 96\r\na=rtpmap:96 AMR-WB/16000\r\n" CTRL("0"),
     OWN_HEAD A_LINES("6000", "", "96") "a=rtpmap:96 AMR-WB/16000\r\na=rtcp:6001\r\n" CTRL("0"),
     false},
    {"a medium that we do not have",
     HEAD "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n" CTRL("5004"),
     OWN_HEAD "m=audio 6000 RTP/AVP 96\r\na=rtpmap:96 AMR-WB/16000\r\n" CTRL("6004"),
     OWN_HEAD V_LINES("0", "97") CTRL("6004"), false},
    {"only transmission control", HEAD CTRL("5004"), OWN, OWN_HEAD CTRL("6004"), false},
    {"parameters that we do not have, flags of the offer",
     HEAD CTRL(
         "5004") "a=fmtp:MCVideo mc_queueing;mc_priority=5;mc_granted;mc_implicit_request\r\n",
     OWN_HEAD CTRL("6004"), OWN_HEAD CTRL("6004"), false},
    {"parameters that the offer does not have", HEAD CTRL("5004"), OWN, OWN_HEAD CTRL("6004"),
     false},
    {"priorities below ours",
     HEAD CTRL("5004") "a=fmtp:MCVideo mc_priority=3;mc_reception_priority=255\r\n", OWN,
     OWN_HEAD CTRL("6004") "a=fmtp:MCVideo mc_priority=3;mc_reception_priority=9\r\n", false},
};

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t text[2048];
        struct mcv_writer w = mcv_writer_of(text, sizeof text);
        struct mcv_sdp offer, own, answer;

        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_sdp_decode(&offer, mcv_bytes_str(rows[i].offer)), MCV_OK);
        assert_int_equal(mcv_sdp_decode(&own, mcv_bytes_str(rows[i].own)), MCV_OK);
        assert_true(mcv_sdp_answer(&answer, &offer, &own) == rows[i].is_usable);
        mcv_sdp_encode(&w, &answer);
        assert_int_equal(w.err, MCV_OK);
        if (!mcv_bytes_equal(mcv_wr_done(&w), mcv_bytes_str(rows[i].want)))
            fail_msg("got\n%.*swant\n%s", (int)w.n, (const char *)text, rows[i].want);
    }
}

static void formats(void **state)
{
    static const struct {
        const char *why, *a, *b;
        bool is_equal;
    } pairs[] = {
        {"H264 level differs", "H264/90000", "h264/90000", true},
        {"octet-align=0 is the default", "AMR-WB/16000 octet-align=0", "AMR-WB/16000", true},
        {"octet-align among others", "AMR-WB/16000 mode-set=2; octet-align=1 ;x",
         "AMR-WB/16000 octet-align=1", true},
        {"octet-align of another codec does not count", "X/8000 octet-align=1", "X/8000", true},
        {"packetization modes", "H264/90000 packetization-mode=1",
         "H264/90000 packetization-mode=0", false},
        {"a prefix is another encoding", "H264/90000", "H26/90000", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct mcv_sdp_format f[2] = {{0}, {0}};
        const char *texts[2] = {pairs[i].a, pairs[i].b};
        print_message("%s\n", pairs[i].why);
        for (size_t k = 0; k < 2; k++) {
            const char *slash = strchr(texts[k], '/'), *space = strchr(texts[k], ' ');
            f[k].encoding = mcv_bytes_of(texts[k], (size_t)(slash - texts[k]));
            f[k].clock_hz = 90000;
            if (space != NULL) f[k].fmtp = mcv_bytes_str(space + 1);
        }
        assert_true(mcv_sdp_format_equal(&f[0], &f[1]) == pairs[i].is_equal);
        assert_true(mcv_sdp_format_equal(&f[1], &f[0]) == pairs[i].is_equal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
