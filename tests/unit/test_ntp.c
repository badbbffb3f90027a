/* NTP time stamps. Spec: RFC 3550 4 and 6.4.1. */
#include "proto/ntp.h"
#include "tests/support/cmocka.h"

static void wall_time_of_moments(void **state)
{
    static const struct {
        const char *why;
        int64_t utc_s;
        uint64_t clock_us, at_us, want;
    } rows[] = {
        {"1970", 0, 5000000, 5000000, UINT64_C(0x83aa7e8000000000)},
        {"2026-01-01, half a second later", 1767225600, 5000000, 5500000,
         UINT64_C(0xed00378080000000)},
        {"one and a quarter seconds later", 1767225600, 5000000, 6250000,
         UINT64_C(0xed00378140000000)},
        {"a quarter before", 1767225600, 5000000, 4750000, UINT64_C(0xed00377fc0000000)},
        {"one second before", 1767225600, 5000000, 4000000, UINT64_C(0xed00377f00000000)},
        {"one microsecond", 1767225600, 0, 1, UINT64_C(0xed003780000010c6)},
        {"the last microsecond of a second", 1767225600, 0, 999999, UINT64_C(0xed003780ffffef39)},
        {"first second of the next era, 2036", 2085978496, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_ntp_clock c = mcv_ntp_clock_of(
            (struct mcv_now){.mono_us = rows[i].clock_us, .utc_s = rows[i].utc_s});
        print_message("%s\n", rows[i].why);
        assert_true(mcv_ntp_at(&c, rows[i].at_us) == rows[i].want);
    }
}

/* RFC 3550 6.4.1, the example of figure 2: sent b44d:b705, received at b710:8000. */
static void round_trip_of_the_rfc(void **state)
{
    (void)state;
    assert_int_equal(mcv_ntp_middle(UINT64_C(0xb44db70520000000)), 0xb7052000u);
    assert_int_equal(mcv_ntp_short_of_us(5250000), 0x00054000u);
    assert_int_equal(mcv_ntp_round_trip_us(0xb7108000u, 0xb7052000u, 0x00054000u), 6125000);
}

static void round_trip_edges(void **state)
{
    (void)state;
    assert_int_equal(mcv_ntp_round_trip_us(10, 0, 0), 0);
    assert_int_equal(mcv_ntp_round_trip_us(100, 50, 51), 0);
    assert_int_equal(mcv_ntp_round_trip_us(100, 50, 50), 0);
    assert_int_equal(mcv_ntp_round_trip_us(0x00008000u, 0xffff8000u, 0), 1000000);
    assert_int_equal(mcv_ntp_short_of_us(0), 0);
    assert_int_equal(mcv_ntp_short_of_us(UINT64_C(65535999999)), 0xffffffffu);
    assert_int_equal(mcv_ntp_short_of_us(UINT64_C(65536000000)), 0xffffffffu);
    assert_int_equal(mcv_ntp_short_of_us(UINT64_MAX), 0xffffffffu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_time_of_moments),
        cmocka_unit_test(round_trip_of_the_rfc),
        cmocka_unit_test(round_trip_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
