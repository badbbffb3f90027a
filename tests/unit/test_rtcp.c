/* RTCP packets. Spec: RFC 3550 6.4 to 6.7, A.2. Octets written by hand from the figures. */
#include "proto/rtcp.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#define SR       "80c8 0006 11111111 ed003780 80000000 00000e10 0000000a 000003e8"
#define SR_1     "81c8 000c 11111111 ed003780 80000000 00000e10 0000000a 000003e8" BLOCK
#define RR       "80c9 0001 11111111"
#define BLOCK    "22222222 40 000064 00010003 0000005a b7052000 00054000"
#define SDES     "81ca 0003 11111111 01 03 616263 000000" /* "abc" and three zero octets */
#define BYE      "81cb 0001 11111111"
#define APP      "84cc 0003 11111111 4d435630 01020304"
#define FEEDBACK "81ce 0002 11111111 22222222"

static uint8_t packet[2048];
static uint8_t encoded[2048];

static struct mcv_bytes octets(const char *hex)
{
    return mcv_bytes_of(packet, mcv_hex_decode(packet, sizeof packet, hex));
}

static struct mcv_rtcp first(const char *hex)
{
    struct mcv_reader r = mcv_reader_of(octets(hex));
    struct mcv_rtcp p;

    assert_true(mcv_rtcp_next(&p, &r));
    return p;
}

static void compounds(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"SR alone", SR, MCV_OK},
        {"RR alone", RR, MCV_OK},
        {"SR, SDES", SR SDES, MCV_OK},
        {"SR with a report, SDES, BYE", SR_1 SDES BYE, MCV_OK},
        {"feedback and unknown types in between", RR FEEDBACK SDES "80d0 0000", MCV_OK},
        {"padded last packet", RR "a1cb 0002 11111111 00000004", MCV_OK},
        {"padded last packet, eight octets", RR "a1cb 0003 11111111 00000000 00000008", MCV_OK},
        {"nothing but padding in the last packet", RR "a0cb 0001 00000004", MCV_OK},
        {"empty", "", MCV_E_TRUNCATED},
        {"SDES first", SDES, MCV_E_MALFORMED},
        {"APP first", APP, MCV_E_MALFORMED},
        {"BYE first", BYE RR, MCV_E_MALFORMED},
        {"padded first packet", "a0c9 0002 11111111 00000004", MCV_E_MALFORMED},
        {"padding in front of the last packet", RR "a1cb 0002 11111111 00000004" SDES,
         MCV_E_MALFORMED},
        {"padding of 0 octets", RR "a1cb 0001 11111100", MCV_E_MALFORMED},
        {"padding of 3 octets", RR "a1cb 0002 11111111 00000003", MCV_E_MALFORMED},
        {"padding of more than the packet", RR "a1cb 0002 11111111 0000000c", MCV_E_MALFORMED},
        {"padding without room", RR "a0cb 0000", MCV_E_MALFORMED},
        {"version 1", "40c9 0001 11111111", MCV_E_UNSUPPORTED},
        {"version 3 behind the first", RR "c1cb 0001 11111111", MCV_E_UNSUPPORTED},
        {"length beyond the end", "80c9 0002 11111111", MCV_E_TRUNCATED},
        {"largest length", "80c9 ffff 11111111", MCV_E_TRUNCATED},
        {"three octets", "80c900", MCV_E_TRUNCATED},
        {"octets behind the last packet", RR "80", MCV_E_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_rtcp_check(octets(rows[i].hex)), rows[i].want);
    }
}

static void packets_are_walked(void **state)
{
    static const struct {
        uint8_t pt, count;
        size_t n_body, n_whole;
    } want[] = {{200, 0, 24, 28}, {202, 1, 12, 16}, {203, 1, 4, 12}};
    struct mcv_reader r = mcv_reader_of(octets(SR SDES "a1cb 0002 11111111 00000004"));
    struct mcv_rtcp p;
    size_t n = 0;

    (void)state;
    for (; mcv_rtcp_next(&p, &r); n++) {
        assert_int_equal(p.pt, want[n].pt);
        assert_int_equal(p.count, want[n].count);
        assert_int_equal(p.body.n, want[n].n_body);
        assert_int_equal(p.whole.n, want[n].n_whole);
    }
    assert_int_equal(n, 3);
    assert_int_equal(mcv_rd_finish(&r), MCV_OK);
}

static void sender_and_receiver_reports(void **state)
{
    struct mcv_rtcp_reports s;
    struct mcv_rtcp p = first(SR_1 SDES);

    (void)state;
    assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_OK);
    assert_true(s.has_sender);
    assert_int_equal(s.ssrc, 0x11111111);
    assert_true(s.ntp == UINT64_C(0xed00378080000000));
    assert_int_equal(s.rtp_ts, 3600);
    assert_int_equal(s.n_pkts, 10);
    assert_int_equal(s.n_bytes, 1000);
    assert_int_equal(s.n_reports, 1);
    assert_int_equal(s.reports[0].ssrc, 0x22222222);
    assert_int_equal(s.reports[0].fraction_lost, 64);
    assert_int_equal(s.reports[0].lost_pkts, 100);
    assert_int_equal(s.reports[0].max_seq, 0x10003);
    assert_int_equal(s.reports[0].jitter, 90);
    assert_int_equal(s.reports[0].last_sr, 0xb7052000u);
    assert_int_equal(s.reports[0].since_sr, 0x00054000);

    p = first("81c9 0008 11111111" BLOCK "deadbeef"); /* a profile-specific extension */
    assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_OK);
    assert_false(s.has_sender);
    assert_true(s.ntp == 0);
    assert_int_equal(s.reports[0].jitter, 90);
}

static void reports_are_written_octet_by_octet(void **state)
{
    static const char *const rows[] = {SR, SR_1, RR, "81c9 0007 11111111" BLOCK,
                                       "82c9 000d 11111111" BLOCK BLOCK};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
        struct mcv_rtcp_reports s;
        const struct mcv_rtcp p = first(rows[i]);
        assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_OK);
        mcv_rtcp_reports_encode(&w, &s);
        mcv_assert_hex(mcv_wr_done(&w), rows[i]);
    }
}

static void a_compound_as_it_is_sent(void **state)
{
    const struct mcv_rtcp_reports s = {.ssrc = 0x11111111,
                                       .has_sender = true,
                                       .ntp = UINT64_C(0xed00378080000000),
                                       .rtp_ts = 3600,
                                       .n_pkts = 10,
                                       .n_bytes = 1000};
    struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);

    (void)state;
    mcv_rtcp_reports_encode(&w, &s);
    mcv_rtcp_sdes_encode(&w, 0x11111111, mcv_bytes_str("abc"));
    mcv_rtcp_bye_encode(&w, 0x11111111);
    mcv_assert_hex(mcv_wr_done(&w), SR SDES BYE);
    assert_int_equal(mcv_rtcp_check(mcv_wr_done(&w)), MCV_OK);
}

static void lost_packets_have_24_bits(void **state)
{
    static const struct {
        int32_t lost;
        const char *hex;
        int32_t back;
    } rows[] = {
        {0, "000000", 0},
        {-1, "ffffff", -1},
        {8388607, "7fffff", 8388607},
        {8388608, "7fffff", 8388607},
        {-8388608, "800000", -8388608},
        {-8388609, "800000", -8388608},
        {INT32_MAX, "7fffff", 8388607},
        {INT32_MIN, "800000", -8388608},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_rtcp_reports s = {.n_reports = 1, .reports = {{.lost_pkts = rows[i].lost}}};
        struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
        struct mcv_reader r;
        struct mcv_rtcp p;
        mcv_rtcp_reports_encode(&w, &s);
        mcv_assert_hex(mcv_bytes_of(encoded + 13, 3), rows[i].hex);
        r = mcv_reader_of(mcv_wr_done(&w));
        assert_true(mcv_rtcp_next(&p, &r));
        assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_OK);
        assert_int_equal(s.reports[0].lost_pkts, rows[i].back);
    }
}

static void as_many_reports_as_fit(void **state)
{
    static struct mcv_rtcp_reports s = {
        .ssrc = 1, .has_sender = true, .n_reports = MCV_RTCP_MAX_REPORTS};
    struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
    struct mcv_reader r;
    struct mcv_rtcp p;

    (void)state;
    s.reports[30].ssrc = 31;
    mcv_rtcp_reports_encode(&w, &s);
    r = mcv_reader_of(mcv_wr_done(&w));
    assert_true(mcv_rtcp_next(&p, &r));
    assert_int_equal(p.count, 31);
    assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_OK);
    assert_int_equal(s.reports[30].ssrc, 31);
    s.n_reports = MCV_RTCP_MAX_REPORTS + 1;
    w = mcv_writer_of(encoded, sizeof encoded);
    mcv_rtcp_reports_encode(&w, &s);
    assert_int_equal(w.err, MCV_E_MALFORMED);
}

static void source_descriptions(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
        const char *cname; /* of 11111111 */
    } rows[] = {
        {"one source", SDES, MCV_OK, "abc"},
        {"four octets of end", "81ca 0003 11111111 01 02 6162 00000000", MCV_OK, "ab"},
        {"one octet of end", "81ca 0003 11111111 01 05 6162636465 00", MCV_OK, "abcde"},
        {"other items", "81ca 0004 11111111 02 01 61 06 01 62 01 01 63 000000", MCV_OK, "c"},
        {"another source first", "82ca 0005 22222222 01 01 78 00 11111111 01 02 6162 00000000",
         MCV_OK, "ab"},
        {"CNAME twice: the first", "81ca 0003 11111111 01 01 61 01 01 62 0000", MCV_OK, "a"},
        {"another source only", "81ca 0002 22222222 01 01 78 00", MCV_OK, ""},
        {"no source", "80ca 0000", MCV_OK, ""},
        {"a source without items", "81ca 0002 11111111 00000000", MCV_OK, ""},
        {"not SDES", RR, MCV_E_UNSUPPORTED, ""},
        {"no end of the list", "81ca 0002 11111111 01 02 6162", MCV_E_TRUNCATED, ""},
        {"item beyond the end", "81ca 0002 11111111 01 09 6162", MCV_E_TRUNCATED, ""},
        {"fewer chunks than the count", "82ca 0003 11111111 01 03 616263 000000", MCV_E_TRUNCATED,
         ""},
        {"more than the count", "81ca 0004 11111111 01 02 6162 00000000 00000000", MCV_E_MALFORMED,
         ""},
        {"half a source", "81ca 0000", MCV_E_TRUNCATED, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_rtcp p = first(rows[i].hex);
        struct mcv_bytes cname = mcv_bytes_str("unset");
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_rtcp_cname(&cname, &p, 0x11111111), rows[i].want);
        assert_true(mcv_bytes_equal(cname, mcv_bytes_str(rows[i].cname)));
    }
}

static void cnames_of_every_length(void **state)
{
    static uint8_t text[MCV_RTCP_MAX_CNAME_BYTES + 1];

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t n = 0; n <= sizeof text; n++) {
        struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
        struct mcv_bytes cname;
        struct mcv_rtcp p;
        mcv_rtcp_sdes_encode(&w, 5, mcv_bytes_of(text, n));
        if (n == 0 || n == sizeof text) {
            assert_int_equal(w.err, MCV_E_MALFORMED);
            continue;
        }
        assert_int_equal(w.n % 4, 0);
        struct mcv_reader r = mcv_reader_of(mcv_wr_done(&w));
        assert_true(mcv_rtcp_next(&p, &r));
        assert_int_equal(mcv_rd_finish(&r), MCV_OK);
        assert_int_equal(mcv_rtcp_cname(&cname, &p, 5), MCV_OK);
        assert_true(mcv_bytes_equal(cname, mcv_bytes_of(text, n)));
    }
}

static void goodbyes(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
        bool is_named; /* 11111111 */
    } rows[] = {
        {"one source", BYE, MCV_OK, true},
        {"the second of two", "82cb 0002 22222222 11111111", MCV_OK, true},
        {"another source", "81cb 0001 22222222", MCV_OK, false},
        {"no source", "80cb 0000", MCV_OK, false},
        {"a reason", "81cb 0003 11111111 05 6162636465 0000", MCV_OK, true},
        {"a reason that looks like the source", "80cb 0002 04 11111111 000000", MCV_OK, false},
        {"a reason beyond the end", "81cb 0002 11111111 04 616263", MCV_E_TRUNCATED, false},
        {"fewer sources than the count", "82cb 0001 11111111", MCV_E_TRUNCATED, false},
        {"zeros read beyond the end are no source", "82cb 0001 22222222", MCV_E_TRUNCATED, false},
        {"not BYE", RR, MCV_E_UNSUPPORTED, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_rtcp p = first(rows[i].hex);
        bool is_named = true;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_rtcp_bye_names(&is_named, &p, 0x11111111), rows[i].want);
        assert_int_equal(is_named, rows[i].is_named);
    }
}

static void app_packets(void **state)
{
    struct mcv_rtcp_app app;
    struct mcv_rtcp p = first(APP);

    (void)state;
    assert_int_equal(mcv_rtcp_app_decode(&app, &p), MCV_OK);
    assert_int_equal(app.subtype, 4);
    assert_int_equal(app.ssrc, 0x11111111);
    assert_memory_equal(app.name, "MCV0", 4);
    mcv_assert_hex(app.data, "01020304");
    p = first("80cc 0002 11111111 4d435630");
    assert_int_equal(mcv_rtcp_app_decode(&app, &p), MCV_OK);
    assert_int_equal(app.data.n, 0);
    p = first("80cc 0001 11111111");
    assert_int_equal(mcv_rtcp_app_decode(&app, &p), MCV_E_TRUNCATED);
    assert_int_equal(app.ssrc, 0);
    p = first(RR);
    assert_int_equal(mcv_rtcp_app_decode(&app, &p), MCV_E_UNSUPPORTED);
}

/* Cut off between packets: a shorter compound. Anywhere else: refused. */
static void truncations(void **state)
{
    static const char hex[] = SR_1 SDES BYE;
    const struct mcv_bytes whole = octets(hex);

    (void)state;
    assert_int_equal(whole.n, 52 + 16 + 8);
    for (size_t n = 0; n < whole.n; n++)
        assert_int_equal(mcv_rtcp_check(mcv_bytes_of(whole.p, n)),
                         n == 52 || n == 68 ? MCV_OK : MCV_E_TRUNCATED);
}

static void bodies_that_are_too_short(void **state)
{
    static const char *const rows[] = {
        "80c8 0005 11111111 ed003780 80000000 00000e10 0000000a",
        "80c8 0000",
        "80c9 0000",
        "81c9 0001 11111111",
        "81c9 0006 11111111 22222222 40000064 00010003 0000005a b7052000",
        ("9fc8 000c 11111111 ed003780 80000000 00000e10 0000000a 000003e8" BLOCK)};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_rtcp p = first(rows[i]);
        struct mcv_rtcp_reports s = {.n_reports = 9};
        assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_E_TRUNCATED);
        assert_true(s.n_reports == 0 && s.ssrc == 0);
    }
    const struct mcv_rtcp p = first(SDES);
    struct mcv_rtcp_reports s;
    assert_int_equal(mcv_rtcp_reports_decode(&s, &p), MCV_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compounds),
        cmocka_unit_test(packets_are_walked),
        cmocka_unit_test(sender_and_receiver_reports),
        cmocka_unit_test(reports_are_written_octet_by_octet),
        cmocka_unit_test(a_compound_as_it_is_sent),
        cmocka_unit_test(lost_packets_have_24_bits),
        cmocka_unit_test(as_many_reports_as_fit),
        cmocka_unit_test(source_descriptions),
        cmocka_unit_test(cnames_of_every_length),
        cmocka_unit_test(goodbyes),
        cmocka_unit_test(app_packets),
        cmocka_unit_test(truncations),
        cmocka_unit_test(bodies_that_are_too_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
