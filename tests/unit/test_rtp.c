/* RTP headers. Spec: RFC 3550 5.1, 5.3.1, RFC 5761 4. Octets written by hand from the figures. */
#include "proto/rtp.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#define FIXED "8060 0001 00000002 11223344"

static uint8_t packet[512];

static mcv_err decode(struct mcv_rtp *h, const char *hex)
{
    return mcv_rtp_decode(h, mcv_bytes_of(packet, mcv_hex_decode(packet, sizeof packet, hex)));
}

static void headers(void **state)
{
    static const struct {
        const char *why, *hex;
        struct mcv_rtp h;
        const char *payload;
    } rows[] = {
        {"fixed header, no payload",
         FIXED,
         {.pt = 96, .seq = 1, .ts = 2, .ssrc = 0x11223344, .header_bytes = 12},
         ""},
        {"marker, largest values",
         "80ff ffff ffffffff ffffffff aabb",
         {.pt = 127,
          .is_marked = true,
          .seq = 65535,
          .ts = UINT32_MAX,
          .ssrc = UINT32_MAX,
          .header_bytes = 12},
         "aabb"},
        {"two CSRCs",
         "8260 0001 00000002 11223344 00000001 00000002 cc",
         {.pt = 96, .n_csrc = 2, .seq = 1, .ts = 2, .ssrc = 0x11223344, .header_bytes = 20},
         "cc"},
        {"fifteen CSRCs",
         "8f60 0001 00000002 11223344"
         "0000000000000000000000000000000000000000"
         "0000000000000000000000000000000000000000"
         "0000000000000000000000000000000000000000",
         {.pt = 96, .n_csrc = 15, .seq = 1, .ts = 2, .ssrc = 0x11223344, .header_bytes = 72},
         ""},
        {"extension of one word",
         "9060 0001 00000002 11223344 bede 0001 10aa0000 dd",
         {.pt = 96,
          .has_extension = true,
          .seq = 1,
          .ts = 2,
          .ssrc = 0x11223344,
          .header_bytes = 20},
         "dd"},
        {"extension of no words",
         "9060 0001 00000002 11223344 bede 0000 dd",
         {.pt = 96,
          .has_extension = true,
          .seq = 1,
          .ts = 2,
          .ssrc = 0x11223344,
          .header_bytes = 16},
         "dd"},
        {"CSRC, extension and padding",
         "b160 0001 00000002 11223344 00000009 0000 0001 00000000 ee01",
         {.pt = 96,
          .n_csrc = 1,
          .has_extension = true,
          .has_padding = true,
          .seq = 1,
          .ts = 2,
          .ssrc = 0x11223344,
          .header_bytes = 24},
         "ee01"},
        {"payload type 72 without the marker is RTP",
         "8048 0001 00000002 11223344",
         {.pt = 72, .seq = 1, .ts = 2, .ssrc = 0x11223344, .header_bytes = 12},
         ""},
        {"payload type 77 with the marker is RTP",
         "80cd 0001 00000002 11223344",
         {.pt = 77, .is_marked = true, .seq = 1, .ts = 2, .ssrc = 0x11223344, .header_bytes = 12},
         ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_rtp *want = &rows[i].h;
        struct mcv_rtp h;
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&h, rows[i].hex), MCV_OK);
        assert_int_equal(h.pt, want->pt);
        assert_int_equal(h.is_marked, want->is_marked);
        assert_int_equal(h.has_padding, want->has_padding);
        assert_int_equal(h.has_extension, want->has_extension);
        assert_int_equal(h.n_csrc, want->n_csrc);
        assert_int_equal(h.seq, want->seq);
        assert_int_equal(h.ts, want->ts);
        assert_int_equal(h.ssrc, want->ssrc);
        assert_int_equal(h.header_bytes, want->header_bytes);
        mcv_assert_hex(h.payload, rows[i].payload);
    }
}

static void bad_packets(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"empty", "", MCV_E_TRUNCATED},
        {"one octet", "80", MCV_E_TRUNCATED},
        {"eleven octets", "8060 0001 00000002 112233", MCV_E_TRUNCATED},
        {"RFC 3550 5.1 CC=2, no CSRC follows", "8260 0001 00000002 11223344", MCV_E_TRUNCATED},
        {"CC=2, one CSRC and a half", "8260 0001 00000002 11223344 00000001 0000", MCV_E_TRUNCATED},
        {"extension without its header", "9060 0001 00000002 11223344", MCV_E_TRUNCATED},
        {"extension without its length", "9060 0001 00000002 11223344 bede", MCV_E_TRUNCATED},
        {"extension beyond the end", "9060 0001 00000002 11223344 bede 0001 10aa00",
         MCV_E_TRUNCATED},
        {"largest extension", "9060 0001 00000002 11223344 bede ffff 00000000", MCV_E_TRUNCATED},
        {"version 0", "0060 0001 00000002 11223344", MCV_E_UNSUPPORTED},
        {"version 1", "4060 0001 00000002 11223344", MCV_E_UNSUPPORTED},
        {"version 3", "c060 0001 00000002 11223344", MCV_E_UNSUPPORTED},
        {"an RTCP sender report", "80c8 0006 11223344 00000000", MCV_E_UNSUPPORTED},
        {"an RTCP APP packet", "80cc 0002 11223344 4d435630", MCV_E_UNSUPPORTED},
        {"a short RTCP BYE", "81cb 0001 11223344", MCV_E_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const struct mcv_rtp zero;
        struct mcv_rtp h;
        memset(&h, 0xff, sizeof h);
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&h, rows[i].hex), rows[i].want);
        assert_int_equal(h.header_bytes, zero.header_bytes);
        assert_int_equal(h.ssrc, zero.ssrc);
        assert_int_equal(h.payload.n, 0);
    }
}

/* Cut off inside the header: refused. Inside the payload: the same packet with less payload. */
static void truncations(void **state)
{
    static const char hex[] =
        "9260 0001 00000002 11223344 00000001 00000002 bede 0001 10aa0000 0102";
    const size_t n = mcv_hex_decode(packet, sizeof packet, hex);

    (void)state;
    for (size_t cut = 0; cut <= n; cut++) {
        struct mcv_rtp h;
        const mcv_err err = mcv_rtp_decode(&h, mcv_bytes_of(packet, cut));
        assert_int_equal(err, cut < 28 ? MCV_E_TRUNCATED : MCV_OK);
        if (err == MCV_OK) assert_int_equal(h.payload.n, cut - 28);
    }
}

static void padding(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
        const char *payload;
    } rows[] = {
        {"no padding: nothing happens", "8060 0001 00000002 11223344 aa05", MCV_OK, "aa05"},
        {"one octet", "a060 0001 00000002 11223344 aa01", MCV_OK, "aa"},
        {"three octets", "a060 0001 00000002 11223344 aa000003", MCV_OK, "aa"},
        {"nothing but padding", "a060 0001 00000002 11223344 00000004", MCV_OK, ""},
        {"padding of 0 octets", "a060 0001 00000002 11223344 aa00", MCV_E_MALFORMED, "aa00"},
        {"more than the payload", "a060 0001 00000002 11223344 aa03", MCV_E_MALFORMED, "aa03"},
        {"no payload at all", "a060 0001 00000002 11223344", MCV_E_MALFORMED, ""},
        {"padding must not reach into the header", "a060 0001 00000002 11223344 05",
         MCV_E_MALFORMED, "05"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_rtp h;
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&h, rows[i].hex), MCV_OK);
        assert_int_equal(mcv_rtp_unpad(&h), rows[i].want);
        mcv_assert_hex(h.payload, rows[i].payload);
        if (rows[i].want == MCV_OK) assert_false(h.has_padding);
    }
}

static void rewriting_leaves_the_rest(void **state)
{
    const struct mcv_rtp h = {
        .pt = 97, .is_marked = true, .seq = 0xfffe, .ts = 0x01020304, .ssrc = 0xaabbccdd};
    const size_t n = mcv_hex_decode(
        packet, sizeof packet, "b160 0001 00000002 11223344 00000009 bede 0001 10aa0000 0102 02");

    (void)state;
    mcv_rtp_rewrite(packet, &h);
    mcv_assert_hex(mcv_bytes_of(packet, n),
                   "b1e1 fffe 01020304 aabbccdd 00000009 bede 0001 10aa0000 0102 02");
}

static void built_headers_are_read_back(void **state)
{
    const struct mcv_rtp h = {.pt = 97,
                              .is_marked = true,
                              .seq = 0xfffe,
                              .ts = 0x01020304,
                              .ssrc = 0xaabbccdd,
                              .has_padding = true,
                              .n_csrc = 3};
    struct mcv_writer w = mcv_writer_of(packet, sizeof packet);
    struct mcv_rtp again, bad = h;

    (void)state;
    mcv_rtp_encode(&w, &h);
    mcv_assert_hex(mcv_wr_done(&w), "80e1 fffe 01020304 aabbccdd");
    assert_int_equal(mcv_rtp_decode(&again, mcv_wr_done(&w)), MCV_OK);
    assert_true(again.pt == h.pt && again.is_marked && again.seq == h.seq && again.ts == h.ts &&
                again.ssrc == h.ssrc && again.payload.n == 0);
    w = mcv_writer_of(packet, 11);
    mcv_rtp_encode(&w, &h);
    assert_int_equal(w.err, MCV_E_SPACE);
    bad.pt = 128;
    w = mcv_writer_of(packet, sizeof packet);
    mcv_rtp_encode(&w, &bad);
    assert_int_equal(w.err, MCV_E_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(bad_packets),
        cmocka_unit_test(truncations),
        cmocka_unit_test(padding),
        cmocka_unit_test(rewriting_leaves_the_rest),
        cmocka_unit_test(built_headers_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
