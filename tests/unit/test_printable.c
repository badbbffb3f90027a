/* Texts of peers as mcvctl shows them. Spec: RFC 3629 (UTF-8), RFC 8259 8.1 (JSON is UTF-8). */
#include "agent/edge/printable.h"
#include "tests/support/cmocka.h"

#include <string.h>

static const struct {
    const char *why, *text, *want;
} rows[] = {
    {"nothing", "", ""},
    {"words", "by the pond", "by the pond"},
    {"an identity", "sip:alice@mc.example", "sip:alice@mc.example"},
    {"umlaut, euro, emoji", "\xc3\xbc \xe2\x82\xac \xf0\x9f\x9a\x92",
     "\xc3\xbc \xe2\x82\xac \xf0\x9f\x9a\x92"},
    {"a new line", "a\nb", "a\\x0ab"},
    {"an escape sequence", "\x1b[2J", "\\x1b[2J"},
    {"delete", "\x7f", "\\x7f"},
    {"a backslash, or escapes could be forged", "\\x0a", "\\x5cx0a"},
    {"C1 control", "\xc2\x9b", "\\xc2\\x9b"},
    {"the other direction",
     "a\xe2\x80\xae"
     "b",
     "a\\xe2\\x80\\xae"
     "b"},
    {"line separator", "\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
    {"Latin-1",
     "\xfc"
     "ber",
     "\\xfc"
     "ber"},
    {"cut in a character", "\xe2\x82", "\\xe2\\x82"},
    {"continuation alone", "\x80", "\\x80"},
    {"longer than needed: NUL in two octets", "\xc0\x80", "\\xc0\\x80"},
    {"longer than needed: slash in three", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"above U+10FFFF", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    {"no such octet", "\xff", "\\xff"},
};

static void peer_texts_are_shown_without_effect(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[MCV_PRINTABLE_BYTES(64)];
        mcv_printable(out, sizeof out, mcv_bytes_str(rows[i].text));
        if (strcmp(out, rows[i].want) != 0) fail_msg("%s: %s", rows[i].why, out);
    }
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
    static const char *const want[] = {"",          "a",         "a",         "a\xc3\xbc",
                                       "a\xc3\xbc", "a\xc3\xbc", "a\xc3\xbc", "a\xc3\xbc\\x01"};
    (void)state;
    for (size_t cap = 1; cap <= sizeof want / sizeof want[0]; cap++) {
        char out[16];
        mcv_printable(out, cap, mcv_bytes_str("a\xc3\xbc\x01"));
        assert_string_equal(out, want[cap - 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peer_texts_are_shown_without_effect),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
