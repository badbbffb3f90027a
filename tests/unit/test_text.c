/* Lines, words and numbers. Spec: RFC 4566 5 (line ends), 9 (token). */
#include "proto/text.h"
#include "tests/support/cmocka.h"

static void lines(void **state)
{
    struct mcv_reader r = mcv_reader_of(mcv_bytes_str("a\r\nbc\n\r\n\nd"));

    (void)state;
    assert_true(mcv_bytes_equal(mcv_text_line(&r), mcv_bytes_str("a")));
    assert_true(mcv_bytes_equal(mcv_text_line(&r), mcv_bytes_str("bc")));
    assert_true(mcv_bytes_equal(mcv_text_line(&r), mcv_bytes_str("")));
    assert_true(mcv_bytes_equal(mcv_text_line(&r), mcv_bytes_str("")));
    assert_int_equal(r.err, MCV_OK);
    assert_int_equal(mcv_text_line(&r).n, 0);
    assert_int_equal(r.err, MCV_E_TRUNCATED);
    assert_int_equal(mcv_text_line(&r).n, 0);

    r = mcv_reader_of(mcv_bytes_str("a\rb\n"));
    assert_int_equal(mcv_text_line(&r).n, 0);
    assert_int_equal(r.err, MCV_E_MALFORMED);
    r = mcv_reader_of(mcv_bytes_of("a\0\n", 3));
    assert_int_equal(mcv_text_line(&r).n, 0);
    assert_int_equal(r.err, MCV_E_MALFORMED);
}

static void words(void **state)
{
    struct mcv_reader r = mcv_reader_of(mcv_bytes_str("a  b c"));

    (void)state;
    assert_true(mcv_bytes_equal(mcv_text_until(&r, ' '), mcv_bytes_str("a")));
    assert_true(mcv_bytes_equal(mcv_text_until(&r, ' '), mcv_bytes_str("")));
    assert_true(mcv_bytes_equal(mcv_text_until(&r, ' '), mcv_bytes_str("b")));
    assert_true(mcv_bytes_equal(mcv_text_until(&r, ' '), mcv_bytes_str("c")));
    assert_int_equal(mcv_text_until(&r, ' ').n, 0);
    assert_int_equal(mcv_rd_finish(&r), MCV_OK);
    assert_true(mcv_bytes_equal(mcv_text_trim(mcv_bytes_str("  a b ")), mcv_bytes_str("a b")));
    assert_int_equal(mcv_text_trim(mcv_bytes_str("   ")).n, 0);
    assert_true(mcv_text_is(mcv_bytes_str("aMr-Wb"), "AMR-WB"));
    assert_false(mcv_text_is(mcv_bytes_str("AMR-W"), "AMR-WB"));
    assert_false(mcv_text_is(mcv_bytes_str("@"), "`"));
    assert_true(mcv_text_is_token(mcv_bytes_str("H264-x.y+1~")));
    assert_false(mcv_text_is_token(mcv_bytes_str("")));
    assert_false(mcv_text_is_token(mcv_bytes_str("a/b")));
    assert_false(mcv_text_is_token(mcv_bytes_str("a b")));
    assert_false(mcv_text_is_token(mcv_bytes_of("a\0", 2)));
    assert_false(mcv_text_is_token(mcv_bytes_str("a\x80")));
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t max, want;
        bool is_number;
    } rows[] = {
        {"0", 0, 0, true},
        {"1", 0, 0, false},
        {"9", 5, 0, false},
        {"255", 255, 255, true},
        {"256", 255, 0, false},
        {"00000000000000000000000000255", 255, 255, true},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
        {"18446744073709551616", UINT64_MAX, 0, false},
        {"99999999999999999999", UINT64_MAX, 0, false},
        {"", 9, 0, false},
        {"+1", 9, 0, false},
        {"-1", 9, 0, false},
        {" 1", 9, 0, false},
        {"1 ", 9, 0, false},
        {"0x1", 9, 0, false},
        {":", 99, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t v = 77;
        print_message("%s\n", rows[i].text);
        assert_true(mcv_text_uint(&v, mcv_bytes_str(rows[i].text), rows[i].max) ==
                    rows[i].is_number);
        assert_true(v == rows[i].want);
    }
}

static void written(void **state)
{
    uint8_t out[64];
    struct mcv_writer w = mcv_writer_of(out, sizeof out);

    (void)state;
    mcv_text_write(&w, "a=");
    mcv_text_write_uint(&w, 0);
    mcv_text_write(&w, " ");
    mcv_text_write_uint(&w, 10203);
    mcv_text_write(&w, " ");
    mcv_text_write_uint(&w, UINT64_MAX);
    mcv_text_write_line_part(&w, mcv_bytes_str(" x\ty"));
    assert_true(
        mcv_bytes_equal(mcv_wr_done(&w), mcv_bytes_str("a=0 10203 18446744073709551615 x\ty")));
    mcv_text_write_line_part(&w, mcv_bytes_str("x\n"));
    assert_int_equal(w.err, MCV_E_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(words),
        cmocka_unit_test(numbers),
        cmocka_unit_test(written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
