/* Spec: RFC 4648 4 and 10. */
#include "proto/base64.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

static void test_vectors_of_the_rfc(void **state)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[16];
        size_t n;
        struct mcv_writer w = mcv_writer_of(out, sizeof out);

        mcv_base64_encode(&w, mcv_bytes_str(rows[i].plain));
        assert_true(mcv_bytes_equal(mcv_wr_done(&w), mcv_bytes_str(rows[i].text)));
        assert_int_equal(w.n, MCV_BASE64_CHARS(strlen(rows[i].plain)));
        assert_int_equal(mcv_base64_decode(out, sizeof out, &n, mcv_bytes_str(rows[i].text)),
                         MCV_OK);
        assert_true(mcv_bytes_equal(mcv_bytes_of(out, n), mcv_bytes_str(rows[i].plain)));
    }
}

static void whole_alphabet(void **state)
{
    static const char text[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t out[48], again[64];
    size_t n;
    struct mcv_writer w = mcv_writer_of(again, sizeof again);

    (void)state;
    assert_int_equal(mcv_base64_decode(out, sizeof out, &n, mcv_bytes_str(text)), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(out, n), "00108310518720928b30d38f41149351559761969b71d79f"
                                         "8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3dfbf");
    mcv_base64_encode(&w, mcv_bytes_of(out, n));
    assert_true(mcv_bytes_equal(mcv_wr_done(&w), mcv_bytes_str(text)));
}

static void what_is_not_canonical_is_refused(void **state)
{
    static const struct {
        const char *why;
        struct mcv_bytes text;
    } rows[] = {
        {"one character", {(const uint8_t *)"Z", 1}},
        {"no padding", {(const uint8_t *)"Zg", 2}},
        {"half the padding", {(const uint8_t *)"Zg=", 3}},
        {"a group of padding", {(const uint8_t *)"====", 4}},
        {"three of padding", {(const uint8_t *)"Z===", 4}},
        {"padding inside a group", {(const uint8_t *)"Z=g=", 4}},
        {"padding in front", {(const uint8_t *)"=Zg=", 4}},
        {"padding inside the text", {(const uint8_t *)"Zg==Zg==", 8}},
        {"bits behind one octet", {(const uint8_t *)"Zh==", 4}},
        {"bits behind two octets", {(const uint8_t *)"Zm9=", 4}},
        {"URL alphabet", {(const uint8_t *)"-_-_", 4}},
        {"space", {(const uint8_t *)"Zm9v Zm9", 8}},
        {"line break", {(const uint8_t *)"Zm9\n", 4}},
        {"NUL", {(const uint8_t *)"Zm\0v", 4}},
        {"octet above 127", {(const uint8_t *)"Zm\xc3v", 4}},
        {"characters next to the ranges", {(const uint8_t *)"@[`{", 4}},
        {"characters next to the digits", {(const uint8_t *)"Zm9:", 4}},
    };
    uint8_t out[16];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = 9;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_base64_decode(out, sizeof out, &n, rows[i].text), MCV_E_MALFORMED);
        assert_int_equal(n, 0);
    }
}

static void room_is_respected(void **state)
{
    uint8_t out[4];
    size_t n = 9;
    struct mcv_writer w = mcv_writer_of(out, 3);

    (void)state;
    assert_int_equal(mcv_base64_decode(out, 2, &n, mcv_bytes_str("Zm9v")), MCV_E_SPACE);
    assert_int_equal(n, 0);
    assert_int_equal(mcv_base64_decode(out, 2, &n, mcv_bytes_str("Zm8=")), MCV_OK);
    assert_int_equal(n, 2);
    assert_int_equal(mcv_base64_decode(out, 0, &n, mcv_bytes_str("Zg==")), MCV_E_SPACE);
    mcv_base64_encode(&w, mcv_bytes_str("f"));
    assert_int_equal(w.err, MCV_E_SPACE);
}

static void lengths_up_to_a_message_come_back(void **state)
{
    static uint8_t in[300], text[400], out[300];

    (void)state;
    for (size_t i = 0; i < sizeof in; i++) in[i] = (uint8_t)(i * 7 + 3);
    for (size_t n_in = 0; n_in <= sizeof in; n_in++) {
        struct mcv_writer w = mcv_writer_of(text, sizeof text);
        size_t n;
        mcv_base64_encode(&w, mcv_bytes_of(in, n_in));
        assert_int_equal(mcv_base64_decode(out, sizeof out, &n, mcv_wr_done(&w)), MCV_OK);
        assert_true(mcv_bytes_equal(mcv_bytes_of(out, n), mcv_bytes_of(in, n_in)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_the_rfc),           cmocka_unit_test(whole_alphabet),
        cmocka_unit_test(what_is_not_canonical_is_refused),  cmocka_unit_test(room_is_respected),
        cmocka_unit_test(lengths_up_to_a_message_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
