/* Addresses as text. Spec: RFC 791, RFC 4291 2.2, RFC 5952 4. */
#include "proto/addr_text.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

static void addresses(void **state)
{
    static const struct {
        const char *text, *hex, *written; /* written NULL: as text */
    } rows[] = {
        {"0.0.0.0", "00000000", NULL},
        {"10.0.0.7", "0a000007", NULL},
        {"239.20.1.5", "ef140105", NULL},
        {"255.255.255.255", "ffffffff", NULL},
        {"127.100.20.3", "7f641403", NULL},
        {"::", "00000000000000000000000000000000", NULL},
        {"::1", "00000000000000000000000000000001", NULL},
        {"1::", "00010000000000000000000000000000", NULL},
        {"fe80::a", "fe80000000000000000000000000000a", NULL},
        {"ff02::1:ff00:1", "ff0200000000000000000001ff000001", NULL},
        {"2001:db8:0:1:1:1:1:1", "20010db8000000010001000100010001", NULL},
        {"2001:DB8::AbCd", "20010db800000000000000000000abcd", "2001:db8::abcd"},
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "20010db8000000000001000000000001",
         "2001:db8::1:0:0:1"},
        {"2001:0:0:1:0:0:0:1", "20010000000000010000000000000001", "2001:0:0:1::1"},
        {"1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "00000002000300040005000600070008", "0:2:3:4:5:6:7:8"},
        {"1:0:0:4:5:6:0:0", "00010000000000040005000600000000", "1::4:5:6:0:0"},
        {"::ffff:10.0.0.7", "00000000000000000000ffff0a000007", "::ffff:a00:7"},
        {"1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304", "1:2:3:4:5:6:102:304"},
        {"64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221", "64:ff9b::c000:221"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *written = rows[i].written != NULL ? rows[i].written : rows[i].text;
        struct mcv_addr a, again;
        uint8_t want[16] = {0}, out[MCV_ADDR_TEXT_BYTES];
        struct mcv_writer w = mcv_writer_of(out, sizeof out);
        const size_t n = mcv_hex_decode(want, sizeof want, rows[i].hex);

        print_message("%s\n", rows[i].text);
        assert_int_equal(mcv_addr_parse(&a, mcv_bytes_str(rows[i].text)), MCV_OK);
        assert_int_equal(a.family, n == 4 ? MCV_IPV4 : MCV_IPV6);
        assert_memory_equal(a.b, want, sizeof want);
        assert_true(a.port == 0 && a.scope == 0);
        mcv_addr_format(&w, &a);
        assert_true(mcv_bytes_equal(mcv_wr_done(&w), mcv_bytes_str(written)));
        assert_int_equal(mcv_addr_parse(&again, mcv_wr_done(&w)), MCV_OK);
        assert_true(mcv_addr_equal(&a, &again));
    }
}

static void texts_that_are_no_address(void **state)
{
    static const char *const rows[] = {
        "",
        ".",
        "1",
        "1.2.3",
        "1.2.3.4.",
        ".1.2.3",
        "1.2.3.4.5",
        "1..2.3",
        "256.1.1.1",
        "1.2.3.999",
        "01.2.3.4",
        "1.2.3.00",
        "1.2.3.0004",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "a.b.c.d",
        "10.0.0.7/255",
        ":",
        ":::",
        "1:",
        ":1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8:",
        "1:2:3:4::5:6:7:8",
        "::1::2",
        "1:::2",
        "12345::",
        "g::",
        "fe80::a%1",
        "fe80::a/64",
        "[::1]",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "::1.2.3.4:5",
        "::1.2.3.256",
        "1.2.3.4::",
        "::f1.2.3.4",
        "host.example",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const struct mcv_addr none;
        struct mcv_addr a = {.family = MCV_IPV4, .port = 1};
        print_message("%s\n", rows[i]);
        assert_int_equal(mcv_addr_parse(&a, mcv_bytes_str(rows[i])), MCV_E_MALFORMED);
        assert_true(mcv_addr_equal(&a, &none));
    }
    struct mcv_addr a;
    assert_int_equal(mcv_addr_parse(&a, mcv_bytes_of("1.2.3.4\0", 8)), MCV_E_MALFORMED);
    assert_int_equal(mcv_addr_parse(&a, mcv_bytes_of("\0::", 3)), MCV_E_MALFORMED);
}

static void an_address_without_family_is_not_written(void **state)
{
    const struct mcv_addr none = {0};
    uint8_t out[8];
    struct mcv_writer w = mcv_writer_of(out, sizeof out);

    (void)state;
    mcv_addr_format(&w, &none);
    assert_int_equal(w.err, MCV_E_MISUSE);
}

static void multicast_and_hosts(void **state)
{
    static const struct {
        const char *text;
        bool is_multicast;
    } rows[] = {{"223.255.255.255", false}, {"224.0.0.1", true}, {"239.1.2.3", true},
                {"240.0.0.1", false},       {"ff02::1", true},   {"fe80::1", false}};
    struct mcv_addr a;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(mcv_addr_parse(&a, mcv_bytes_str(rows[i].text)), MCV_OK);
        assert_true(mcv_addr_is_multicast(&a) == rows[i].is_multicast);
        const struct mcv_addr with_port = mcv_addr_with_port(a, 8809);
        assert_true(mcv_addr_same_host(&a, &with_port));
        assert_false(mcv_addr_equal(&a, &with_port));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(texts_that_are_no_address),
        cmocka_unit_test(an_address_without_family_is_not_written),
        cmocka_unit_test(multicast_and_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
