/* Session descriptions from peers: what is refused, what is ignored, where they may be cut off.
 * Spec: RFC 4566 5, RFC 3605, RFC 4567, TS 24.581 12.1.2. */
#include "proto/base64.h"
#include "proto/sdp.h"
#include "tests/support/cmocka.h"
#include "tests/support/sdp_vectors.h"

#define HEAD  "v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\n"
#define IP    "c=IN IP4 10.0.0.7\r\n"
#define T     "t=0 0\r\n"
#define AUDIO "m=audio 5000 RTP/AVP 96\r\n"
#define VIDEO "m=video 5002 RTP/AVP 97\r\n"
#define CTRL  "m=application 5004 udp MCVideo\r\n"

static uint8_t text[2 * MCV_SDP_MAX_BYTES];
static uint8_t encoded[2 * MCV_SDP_MAX_BYTES];

static bool is_zero(const struct mcv_sdp *s)
{
    static const struct mcv_sdp zero;

    return memcmp(s, &zero, sizeof zero) == 0;
}

static void check_refused(const char *why, struct mcv_bytes in, mcv_err want)
{
    struct mcv_sdp s;

    memset(&s, 0xff, sizeof s);
    print_message("%s\n", why);
    assert_int_equal(mcv_sdp_decode(&s, in), want);
    assert_true(is_zero(&s));
}

static void bad_descriptions_are_refused(void **state)
{
    static const struct {
        const char *why, *text;
        mcv_err want;
    } rows[] = {
        {"nothing", "", MCV_E_MALFORMED},
        {"an empty line", "\r\n", MCV_E_MALFORMED},
        {"a line of one letter", "v\r\n", MCV_E_MALFORMED},
        {"no line end", "v=0", MCV_E_TRUNCATED},
        {"CR alone at the end", HEAD IP "t=0 0\r", MCV_E_TRUNCATED},
        {"CR inside a line", HEAD IP "t=0\r0\r\n", MCV_E_MALFORMED},
        {"CR twice", HEAD IP "t=0 0\r\r\n", MCV_E_MALFORMED},
        {"upper-case letter", HEAD IP T "A=x\r\n", MCV_E_MALFORMED},
        {"space before =", HEAD IP "t =0 0\r\n", MCV_E_MALFORMED},
        {"empty line inside", HEAD IP T "\r\n" AUDIO, MCV_E_MALFORMED},
        {"version 1", "v=1\r\no=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\n" IP T, MCV_E_UNSUPPORTED},
        {"no version", "o=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\n" IP T, MCV_E_MALFORMED},
        {"version twice", HEAD "v=0\r\n" IP T, MCV_E_MALFORMED},
        {"origin twice", HEAD "o=- 1 1 IN IP4 10.0.0.7\r\n" IP T, MCV_E_MALFORMED},
        {"name before origin", "v=0\r\ns=-\r\no=- 1 1 IN IP4 10.0.0.7\r\n" IP T, MCV_E_MALFORMED},
        {"no name", "v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\n" IP T, MCV_E_MALFORMED},
        {"no time", HEAD IP, MCV_E_MALFORMED},
        {"time behind a medium", HEAD IP AUDIO T, MCV_E_MALFORMED},
        {"origin without user", "v=0\r\no= 1 1 IN IP4 10.0.0.7\r\ns=-\r\n" IP T, MCV_E_MALFORMED},
        {"origin without host", "v=0\r\no=- 1 1 IN IP4\r\ns=-\r\n" IP T, MCV_E_MALFORMED},
        {"session id not a number", "v=0\r\no=- x 1 IN IP4 10.0.0.7\r\ns=-\r\n" IP T,
         MCV_E_MALFORMED},
        {"session id of 65 bits",
         "v=0\r\no=- 18446744073709551616 1 IN IP4 1.1.1.1\r\ns=-\r\n" IP T, MCV_E_MALFORMED},
        {"origin of the other family", "v=0\r\no=- 1 1 IN IP6 10.0.0.7\r\ns=-\r\n" IP T,
         MCV_E_MALFORMED},
        {"origin of another network", "v=0\r\no=- 1 1 ATM IP4 10.0.0.7\r\ns=-\r\n" IP T,
         MCV_E_UNSUPPORTED},
        {"no address", HEAD T AUDIO, MCV_E_MALFORMED},
        {"no address and no medium", HEAD T, MCV_E_MALFORMED},
        {"one medium without an address", HEAD T AUDIO IP VIDEO, MCV_E_MALFORMED},
        {"control without an address", HEAD T AUDIO IP CTRL, MCV_E_MALFORMED},
        {"address of another network", HEAD "c=TN RFC2543 +1\r\n" T, MCV_E_UNSUPPORTED},
        {"address of another type", HEAD "c=IN IP5 1.1.1.1\r\n" T, MCV_E_UNSUPPORTED},
        {"a host name", HEAD "c=IN IP4 host.example\r\n" T, MCV_E_MALFORMED},
        {"IPv6 as IP4", HEAD "c=IN IP4 fe80::1\r\n" T, MCV_E_MALFORMED},
        {"IPv4 as IP6", HEAD "c=IN IP6 1.1.1.1\r\n" T, MCV_E_MALFORMED},
        {"a zone", HEAD "c=IN IP6 fe80::1%eth0\r\n" T, MCV_E_MALFORMED},
        {"address missing", HEAD "c=IN IP4\r\n" T, MCV_E_MALFORMED},
        {"space behind the address", HEAD "c=IN IP4 1.1.1.1 \r\n" T, MCV_E_MALFORMED},
        {"two addresses of the session", HEAD IP IP T, MCV_E_MALFORMED},
        {"two addresses of a medium", HEAD T AUDIO IP IP, MCV_E_MALFORMED},
        {"TTL on unicast", HEAD "c=IN IP4 10.0.0.7/255\r\n" T, MCV_E_MALFORMED},
        {"TTL 256", HEAD "c=IN IP4 239.1.1.1/256\r\n" T, MCV_E_MALFORMED},
        {"TTL not a number", HEAD "c=IN IP4 239.1.1.1/x\r\n" T, MCV_E_MALFORMED},
        {"three multicast addresses", HEAD "c=IN IP4 239.1.1.1/255/3\r\n" T, MCV_E_UNSUPPORTED},
        {"three IPv6 multicast addresses", HEAD "c=IN IP6 ff02::9/3\r\n" T, MCV_E_UNSUPPORTED},
        {"medium of one word", HEAD IP T "m=audio\r\n", MCV_E_MALFORMED},
        {"medium without formats", HEAD IP T "m=audio 5000 RTP/AVP\r\n", MCV_E_MALFORMED},
        {"medium with an empty format list", HEAD IP T "m=audio 5000 RTP/AVP \r\n",
         MCV_E_MALFORMED},
        {"two spaces", HEAD IP T "m=audio  5000 RTP/AVP 96\r\n", MCV_E_MALFORMED},
        {"two spaces between formats", HEAD IP T "m=audio 5000 RTP/AVP 96  97\r\n",
         MCV_E_MALFORMED},
        {"port 65536", HEAD IP T "m=audio 65536 RTP/AVP 96\r\n", MCV_E_MALFORMED},
        {"port of 2^64 + 1", HEAD IP T "m=audio 18446744073709551617 RTP/AVP 96\r\n",
         MCV_E_MALFORMED},
        {"negative port", HEAD IP T "m=audio -1 RTP/AVP 96\r\n", MCV_E_MALFORMED},
        {"no next port for RTCP", HEAD IP T "m=audio 65535 RTP/AVP 96\r\n", MCV_E_MALFORMED},
        {"two ports", HEAD IP T "m=audio 5000/2 RTP/AVP 96\r\n", MCV_E_UNSUPPORTED},
        {"port count not a number", HEAD IP T "m=audio 5000/x RTP/AVP 96\r\n", MCV_E_MALFORMED},
        {"payload type 128", HEAD IP T "m=audio 5000 RTP/AVP 128\r\n", MCV_E_MALFORMED},
        {"payload type a word", HEAD IP T "m=audio 5000 RTP/AVP pcmu\r\n", MCV_E_MALFORMED},
        {"17 payload types",
         HEAD IP T "m=audio 5000 RTP/AVP 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 "
                   "111 112\r\n",
         MCV_E_UNSUPPORTED},
        {"control port 65536", HEAD IP T "m=application 65536 udp MCVideo\r\n", MCV_E_MALFORMED},
        {"rtpmap without a clock", HEAD IP T AUDIO "a=rtpmap:96 AMR-WB\r\n", MCV_E_MALFORMED},
        {"rtpmap with clock 0", HEAD IP T AUDIO "a=rtpmap:96 AMR-WB/0\r\n", MCV_E_MALFORMED},
        {"rtpmap with a clock of 33 bits", HEAD IP T AUDIO "a=rtpmap:96 X/4294967296\r\n",
         MCV_E_MALFORMED},
        {"rtpmap without an encoding", HEAD IP T AUDIO "a=rtpmap:96 /8000\r\n", MCV_E_MALFORMED},
        {"rtpmap with an encoding of two words", HEAD IP T AUDIO "a=rtpmap:96 A B/8000\r\n",
         MCV_E_MALFORMED},
        {"rtpmap with no channels", HEAD IP T AUDIO "a=rtpmap:96 X/8000/0\r\n", MCV_E_MALFORMED},
        {"rtpmap with 256 channels", HEAD IP T AUDIO "a=rtpmap:96 X/8000/256\r\n", MCV_E_MALFORMED},
        {"rtpmap for payload type 128", HEAD IP T AUDIO "a=rtpmap:128 X/8000\r\n", MCV_E_MALFORMED},
        {"fmtp for payload type 128", HEAD IP T AUDIO "a=fmtp:128 x=1\r\n", MCV_E_MALFORMED},
        {"fmtp without parameters", HEAD IP T AUDIO "a=fmtp:96\r\n", MCV_E_MALFORMED},
        {"RTCP port 0", HEAD IP T AUDIO "a=rtcp:0\r\n", MCV_E_MALFORMED},
        {"RTCP port 65536", HEAD IP T AUDIO "a=rtcp:65536\r\n", MCV_E_MALFORMED},
        {"RTCP port missing", HEAD IP T AUDIO "a=rtcp\r\n", MCV_E_MALFORMED},
        {"priority 0", HEAD IP T CTRL "a=fmtp:MCVideo mc_priority=0\r\n", MCV_E_MALFORMED},
        {"priority 256", HEAD IP T CTRL "a=fmtp:MCVideo mc_priority=256\r\n", MCV_E_MALFORMED},
        {"priority without a value", HEAD IP T CTRL "a=fmtp:MCVideo mc_priority\r\n",
         MCV_E_MALFORMED},
        {"priority not a number", HEAD IP T CTRL "a=fmtp:MCVideo mc_reception_priority=high\r\n",
         MCV_E_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_refused(rows[i].why, mcv_bytes_str(rows[i].text), rows[i].want);
}

static void nul_octets_are_refused(void **state)
{
    static const char in_value[] = HEAD IP "t=0\0 0\r\n", at_end[] = HEAD IP T "\0",
                      in_ignored[] = HEAD IP T "x=\0\r\n";

    (void)state;
    check_refused("NUL in a value", mcv_bytes_of(in_value, sizeof in_value - 1), MCV_E_MALFORMED);
    check_refused("NUL in an ignored line", mcv_bytes_of(in_ignored, sizeof in_ignored - 1),
                  MCV_E_MALFORMED);
    check_refused("NUL behind the last line", mcv_bytes_of(at_end, sizeof at_end - 1),
                  MCV_E_TRUNCATED);
}

static void giant_descriptions(void **state)
{
    static const char head[] = HEAD IP T "a=x:", tail[] = "\r\n" AUDIO;
    struct mcv_sdp s;

    (void)state;
    memset(text, 'y', sizeof text);
    memcpy(text, head, sizeof head - 1);
    check_refused("a line without end", mcv_bytes_of(text, MCV_SDP_MAX_BYTES), MCV_E_TRUNCATED);
    memcpy(text + MCV_SDP_MAX_BYTES - (sizeof tail - 1), tail, sizeof tail - 1);
    assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_of(text, MCV_SDP_MAX_BYTES)), MCV_OK);
    assert_int_equal(s.media[MCV_SDP_AUDIO].port, 5000);
    memcpy(text + MCV_SDP_MAX_BYTES, "a=\r\n", 4);
    check_refused("too long", mcv_bytes_of(text, MCV_SDP_MAX_BYTES + 4), MCV_E_MALFORMED);
}

/* Each text means the same as `same`. */
static void tolerated_descriptions(void **state)
{
    static const struct {
        const char *why, *text, *same;
    } rows[] = {
        {"LF alone", "v=0\no=- 1 1 IN IP4 10.0.0.7\ns=-\nc=IN IP4 10.0.0.7\nt=0 0\n" AUDIO,
         HEAD IP T AUDIO},
        {"unknown lines",
         HEAD "i=x\r\nu=y\r\ne=z\r\n" IP "b=AS:64\r\n" T "z=1 2\r\nk=clear:x\r\n"
              "a=group:BUNDLE 1\r\n" AUDIO "b=RR:0\r\na=ptime:20\r\nq=?\r\n",
         HEAD IP T AUDIO},
        {"a direction twice: the first", HEAD IP T "a=sendonly\r\na=inactive\r\n" AUDIO,
         HEAD IP T "a=sendonly\r\n" AUDIO},
        {"a direction of transmission control", HEAD IP T AUDIO CTRL "a=sendonly\r\n",
         HEAD IP T AUDIO CTRL},
        {"a direction with a value", HEAD IP T "a=recvonly:1\r\n" AUDIO,
         HEAD IP T "a=recvonly\r\n" AUDIO},
        {"empty values", HEAD IP T "a=\r\nb=\r\n" AUDIO "i=\r\n", HEAD IP T AUDIO},
        {"another user name", "v=0\r\no=alice 1 1 IN IP4 10.0.0.7\r\ns= \r\n" IP T AUDIO,
         HEAD IP T AUDIO},
        {"multicast without TTL", HEAD "c=IN IP4 239.1.1.1\r\n" T AUDIO,
         HEAD "c=IN IP4 239.1.1.1/255\r\n" T AUDIO},
        {"multicast with another TTL", HEAD "c=IN IP4 239.1.1.1/1\r\n" T AUDIO,
         HEAD "c=IN IP4 239.1.1.1/255\r\n" T AUDIO},
        {"multicast with a count of 1", HEAD "c=IN IP4 239.1.1.1/255/1\r\n" T AUDIO,
         HEAD "c=IN IP4 239.1.1.1/255\r\n" T AUDIO},
        {"IPv6 multicast with a count of 1", HEAD "c=IN IP6 ff02::9/1\r\n" T AUDIO,
         HEAD "c=IN IP6 ff02::9\r\n" T AUDIO},
        {"address behind the time", HEAD T IP AUDIO, HEAD IP T AUDIO},
        {"no a=rtcp", HEAD IP T AUDIO, HEAD IP T AUDIO "a=rtcp:5001\r\n"},
        {"a=rtcp with an address", HEAD IP T AUDIO "a=rtcp:5001 IN IP4 10.9.9.9\r\n",
         HEAD IP T AUDIO},
        {"a=rtcp twice: the first", HEAD IP T AUDIO "a=rtcp:5003\r\na=rtcp:5005\r\n",
         HEAD IP T AUDIO "a=rtcp:5003\r\n"},
        {"one port", HEAD IP T "m=audio 5000/1 RTP/AVP 96\r\n", HEAD IP T AUDIO},
        {"lower-case transport", HEAD IP T "m=audio 5000 rtp/avp 96\r\n", HEAD IP T AUDIO},
        {"upper-case control", HEAD IP T "m=application 5004 UDP mcvideo\r\n", HEAD IP T CTRL},
        {"a payload type twice", HEAD IP T "m=audio 5000 RTP/AVP 96 97 96\r\n",
         HEAD IP T "m=audio 5000 RTP/AVP 96 97\r\n"},
        {"rtpmap for another payload type", HEAD IP T AUDIO "a=rtpmap:97 X/8000\r\n",
         HEAD IP T AUDIO},
        {"rtpmap twice: the first", HEAD IP T AUDIO "a=rtpmap:96 X/8000\r\na=rtpmap:96 Y/16000\r\n",
         HEAD IP T AUDIO "a=rtpmap:96 X/8000\r\n"},
        {"rtpmap at session level", HEAD IP T "a=rtpmap:96 X/8000\r\n" AUDIO, HEAD IP T AUDIO},
        {"fmtp twice: the first", HEAD IP T AUDIO "a=fmtp:96 x=1\r\na=fmtp:96 x=2\r\n",
         HEAD IP T AUDIO "a=fmtp:96 x=1\r\n"},
        {"a second audio medium", HEAD IP T AUDIO "m=audio 6000 RTP/AVP 98\r\na=rtcp:0\r\n" VIDEO,
         HEAD IP T AUDIO VIDEO},
        {"a second control medium", HEAD IP T CTRL "m=application 6004 udp MCVideo\r\n",
         HEAD IP T CTRL},
        {"other media",
         HEAD IP T "m=text 6000 RTP/AVP 98\r\nc=x\r\na=key-mgmt:mikey AAAA\r\n" AUDIO
                   "m=message 9 TCP/MSRP *\r\n",
         HEAD IP T AUDIO},
        {"another transport", HEAD IP T "m=audio 6000 RTP/SAVP 98\r\n" AUDIO, HEAD IP T AUDIO},
        {"another application", HEAD IP T "m=application 6000 udp MCPTT\r\n" CTRL, HEAD IP T CTRL},
        {"video in front of audio", HEAD IP T VIDEO AUDIO, HEAD IP T AUDIO VIDEO},
        {"spaces between parameters",
         HEAD IP T CTRL "a=fmtp:MCVideo  mc_queueing ; mc_priority = 7 ;\r\n",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_queueing;mc_priority=7\r\n"},
        {"unknown and on-network parameters",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_audio_ssrc=1;mc_x;mc_granted;mc_transmission_ssrc=9\r\n",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_granted\r\n"},
        {"a parameter twice: the first",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_priority=3;mc_priority=9\r\n",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_priority=3\r\n"},
        {"parameters in two lines",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_queueing\r\na=fmtp:MCVideo mc_priority=3\r\n",
         HEAD IP T CTRL "a=fmtp:MCVideo mc_queueing;mc_priority=3\r\n"},
        {"parameters of another application", HEAD IP T CTRL "a=fmtp:MCPTT mc_priority=0\r\n",
         HEAD IP T CTRL},
        {"key management of another protocol",
         HEAD IP T "a=key-mgmt:other AAAA\r\na=key-mgmt:mikey AQID\r\n" AUDIO,
         HEAD IP T "a=key-mgmt:mikey AQID\r\n" AUDIO},
        {"key management with a space in front", HEAD IP T "a=key-mgmt: mikey AQID\r\n" AUDIO,
         HEAD IP T "a=key-mgmt:mikey AQID\r\n" AUDIO},
        {"key management twice: the first",
         HEAD IP T "a=key-mgmt:mikey AQID\r\na=key-mgmt:mikey BBBB\r\n" AUDIO,
         HEAD IP T "a=key-mgmt:mikey AQID\r\n" AUDIO},
        {"a refused medium needs no address",
         HEAD T "m=audio 0 RTP/AVP 96\r\na=rtcp:9\r\n" VIDEO IP,
         HEAD T "m=audio 0 RTP/AVP 96\r\n" VIDEO IP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_writer w = mcv_writer_of(text, sizeof text);
        struct mcv_writer w_same = mcv_writer_of(encoded, sizeof encoded);
        struct mcv_sdp s;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(rows[i].text)), MCV_OK);
        mcv_sdp_encode(&w, &s);
        assert_int_equal(w.err, MCV_OK);
        assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(rows[i].same)), MCV_OK);
        mcv_sdp_encode(&w_same, &s);
        assert_true(mcv_bytes_equal(mcv_wr_done(&w), mcv_wr_done(&w_same)));
    }
}

static void a_host_name_as_origin_is_read_and_not_written(void **state)
{
    struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
    struct mcv_sdp s;

    (void)state;
    assert_int_equal(
        mcv_sdp_decode(&s, mcv_bytes_str("v=0\r\no=- 1 1 IN IP4 phone.example\r\ns=-\r\n" IP T)),
        MCV_OK);
    assert_int_equal(s.origin.family, MCV_FAMILY_NONE);
    mcv_sdp_encode(&w, &s);
    assert_int_equal(w.err, MCV_E_MALFORMED);
}

/* What may be cut off: whole lines behind t=, while each medium keeps an address. */
static void check_truncations(const char *whole, size_t n_want)
{
    const size_t n = strlen(whole);
    size_t n_accepted = 0;

    for (size_t cut = 0; cut < n; cut++) {
        struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
        struct mcv_sdp s, again;
        const mcv_err err = mcv_sdp_decode(&s, mcv_bytes_of(whole, cut));
        if (cut > 0 && whole[cut - 1] != '\n') {
            assert_int_equal(err, MCV_E_TRUNCATED);
            continue;
        }
        if (err != MCV_OK) {
            assert_int_equal(err, MCV_E_MALFORMED);
            continue;
        }
        n_accepted++;
        assert_non_null(strstr(whole, "t=0 0\r\n"));
        assert_true(strstr(whole, "t=0 0\r\n") < whole + cut);
        mcv_sdp_encode(&w, &s);
        assert_int_equal(mcv_sdp_decode(&again, mcv_wr_done(&w)), MCV_OK);
        assert_int_equal(again.control.is_present, s.control.is_present);
    }
    assert_int_equal(n_accepted, n_want);
}

static void truncations(void **state)
{
    (void)state;
    check_truncations(SDP_PRIVATE, 12); /* of 17 lines, behind the 5th to the 16th */
    check_truncations(SDP_GROUP, 11);   /* of 16 lines, behind the 5th to the 15th */
    check_truncations(SDP_MEDIA, 10);   /* of 18: not in front of the first c= of a medium */
}

static void each_octet_changed(void **state)
{
    static const char *const rows[] = {SDP_PRIVATE, SDP_GROUP, SDP_MEDIA, SDP_PUSH};
    static const uint8_t values[] = {0, '\t', '\n', '\r', ' ', '/', '0', '9', ':', '=', 'a', 0xff};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t n = strlen(rows[i]);
        memcpy(text, rows[i], n);
        for (size_t at = 0; at < n; at++) {
            for (size_t v = 0; v < sizeof values; v++) {
                struct mcv_sdp s, again;
                struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
                text[at] = values[v];
                if (mcv_sdp_decode(&s, mcv_bytes_of(text, n)) != MCV_OK) continue;
                if (s.origin.family == MCV_FAMILY_NONE) continue;
                mcv_sdp_encode(&w, &s);
                assert_int_equal(mcv_sdp_decode(&again, mcv_wr_done(&w)), MCV_OK);
            }
            text[at] = (uint8_t)rows[i][at];
        }
    }
}

static void key_management_by_level(void **state)
{
    static const struct {
        const char *why, *text;
        mcv_err want;
        const char *key_mgmt; /* NULL: none */
    } rows[] = {
        {"none", HEAD IP T AUDIO, MCV_OK, NULL},
        {"session", HEAD IP T "a=key-mgmt:mikey AQID\r\n" AUDIO VIDEO, MCV_OK, "AQID"},
        {"a medium goes before the session",
         HEAD IP T "a=key-mgmt:mikey AAAA\r\n" AUDIO "a=key-mgmt:mikey AQID\r\n", MCV_OK, "AQID"},
        {"one medium of three", HEAD IP T AUDIO VIDEO "a=key-mgmt:mikey AQID\r\n" CTRL, MCV_OK,
         "AQID"},
        {"control", HEAD IP T AUDIO CTRL "a=key-mgmt:mikey AQID\r\n", MCV_OK, "AQID"},
        {"the same in two media",
         HEAD IP T AUDIO "a=key-mgmt:mikey AQID\r\n" VIDEO "a=key-mgmt:mikey AQID\r\n", MCV_OK,
         "AQID"},
        {"different ones in two media",
         HEAD IP T AUDIO "a=key-mgmt:mikey AQID\r\n" VIDEO "a=key-mgmt:mikey AAAA\r\n",
         MCV_E_UNSUPPORTED, NULL},
        {"different ones in audio and control",
         HEAD IP T AUDIO "a=key-mgmt:mikey AQID\r\n" CTRL "a=key-mgmt:mikey AAAA\r\n",
         MCV_E_UNSUPPORTED, NULL},
        {"a refused medium does not count",
         HEAD IP T "m=audio 0 RTP/AVP 96\r\na=key-mgmt:mikey AAAA\r\n" VIDEO
                   "a=key-mgmt:mikey AQID\r\n",
         MCV_OK, "AQID"},
        {"without data it is there, and empty", HEAD IP T "a=key-mgmt:mikey\r\n" AUDIO, MCV_OK, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_sdp s;
        struct mcv_bytes key_mgmt = mcv_bytes_str("unset");
        bool is_present = true;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(rows[i].text)), MCV_OK);
        assert_int_equal(mcv_sdp_key_mgmt(&key_mgmt, &is_present, &s), rows[i].want);
        assert_true(is_present == (rows[i].key_mgmt != NULL));
        assert_true(mcv_bytes_equal(
            key_mgmt, mcv_bytes_str(rows[i].key_mgmt != NULL ? rows[i].key_mgmt : "")));
    }
}

/* The description stays usable: the answer to a bad I_MESSAGE is a reason of its own. */
static void bad_base64_is_left_to_the_security_context(void **state)
{
    static const char *const rows[] = {"AQI", "AQI=AQI=", "A QI", "AQ\x80=", "====", "AQID "};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_writer w = mcv_writer_of(text, sizeof text);
        struct mcv_sdp s;
        struct mcv_bytes key_mgmt;
        uint8_t out[64];
        bool is_present;
        size_t n;
        mcv_wr_bytes(&w, mcv_bytes_str(HEAD IP T "a=key-mgmt:mikey "));
        mcv_wr_bytes(&w, mcv_bytes_str(rows[i]));
        mcv_wr_bytes(&w, mcv_bytes_str("\r\n" AUDIO));
        assert_int_equal(mcv_sdp_decode(&s, mcv_wr_done(&w)), MCV_OK);
        assert_int_equal(mcv_sdp_key_mgmt(&key_mgmt, &is_present, &s), MCV_OK);
        assert_int_equal(mcv_base64_decode(out, sizeof out, &n, key_mgmt), MCV_E_MALFORMED);
    }
}

static void encoder_refuses_what_it_could_not_read(void **state)
{
    static const char injected[] = "x=1\r\na=rtcp:9";
    struct mcv_sdp good, bad[16];
    size_t n = 0;

    (void)state;
    assert_int_equal(mcv_sdp_decode(&good, mcv_bytes_str(SDP_PRIVATE)), MCV_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) bad[i] = good;
    bad[n++].origin.family = MCV_FAMILY_NONE;
    bad[n++].connection.family = MCV_FAMILY_NONE;
    bad[n++].key_mgmt = mcv_bytes_of(injected, sizeof injected - 1);
    bad[n++].key_mgmt = mcv_bytes_of("A\0", 2);
    bad[n++].media[MCV_SDP_AUDIO].n_formats = 0;
    bad[n++].media[MCV_SDP_AUDIO].n_formats = MCV_SDP_MAX_FORMATS + 1;
    bad[n++].media[MCV_SDP_AUDIO].formats[0].pt = 128;
    bad[n++].media[MCV_SDP_AUDIO].formats[0].encoding = mcv_bytes_str("A B");
    bad[n++].media[MCV_SDP_AUDIO].formats[0].encoding.n = 0;
    bad[n++].media[MCV_SDP_VIDEO].formats[0].fmtp = mcv_bytes_of(injected, sizeof injected - 1);
    bad[n++].media[MCV_SDP_VIDEO].rtcp_port = 0;
    for (size_t i = 0; i < n; i++) {
        struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
        mcv_sdp_encode(&w, &bad[i]);
        assert_int_equal(w.err, MCV_E_MALFORMED);
    }
    for (size_t cap = 0; cap < strlen(SDP_PRIVATE); cap++) {
        struct mcv_writer w = mcv_writer_of(encoded, cap);
        mcv_sdp_encode(&w, &good);
        assert_int_equal(w.err, MCV_E_SPACE);
    }
}

/* RFC 4566 6: what a medium says goes before what the session says; RFC 3264 6.1: the answer. */
static void directions(void **state)
{
    static const struct {
        const char *why, *text;
        enum mcv_sdp_direction audio, video, answer;
    } rows[] = {
        {"nothing said: both", HEAD IP T AUDIO VIDEO, MCV_SDP_SENDRECV, MCV_SDP_SENDRECV,
         MCV_SDP_SENDRECV},
        {"the session", HEAD IP T "a=sendonly\r\n" AUDIO VIDEO, MCV_SDP_SENDONLY, MCV_SDP_SENDONLY,
         MCV_SDP_RECVONLY},
        {"a medium goes before the session",
         HEAD IP T "a=inactive\r\n" AUDIO "a=recvonly\r\n" VIDEO, MCV_SDP_RECVONLY,
         MCV_SDP_INACTIVE, MCV_SDP_SENDONLY},
        {"one medium alone", HEAD IP T AUDIO VIDEO "a=sendonly\r\n", MCV_SDP_SENDRECV,
         MCV_SDP_SENDONLY, MCV_SDP_SENDRECV},
        {"said to be both", HEAD IP T "a=inactive\r\n" AUDIO "a=sendrecv\r\n" VIDEO,
         MCV_SDP_SENDRECV, MCV_SDP_INACTIVE, MCV_SDP_SENDRECV},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_sdp s;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_sdp_decode(&s, mcv_bytes_str(rows[i].text)), MCV_OK);
        const enum mcv_sdp_direction audio = mcv_sdp_direction_of(&s, MCV_SDP_AUDIO);
        assert_int_equal(audio, rows[i].audio);
        assert_int_equal(mcv_sdp_direction_of(&s, MCV_SDP_VIDEO), rows[i].video);
        assert_int_equal(mcv_sdp_direction_answer((uint8_t)audio), rows[i].answer);
    }
    assert_int_equal(mcv_sdp_direction_answer(MCV_SDP_NOT_SAID), MCV_SDP_NOT_SAID);
    assert_int_equal(mcv_sdp_direction_answer(MCV_SDP_INACTIVE), MCV_SDP_INACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_descriptions_are_refused),
        cmocka_unit_test(nul_octets_are_refused),
        cmocka_unit_test(giant_descriptions),
        cmocka_unit_test(tolerated_descriptions),
        cmocka_unit_test(a_host_name_as_origin_is_read_and_not_written),
        cmocka_unit_test(truncations),
        cmocka_unit_test(each_octet_changed),
        cmocka_unit_test(key_management_by_level),
        cmocka_unit_test(bad_base64_is_left_to_the_security_context),
        cmocka_unit_test(encoder_refuses_what_it_could_not_read),
        cmocka_unit_test(directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
