/* Reception statistics. Spec: RFC 3550 A.1, A.3, A.8. */
#include "proto/rtp_stats.h"
#include "tests/support/cmocka.h"

#define HZ     90000u
#define GAP_US 40000u /* between packets */
#define GAP_TS 3600u

/* Packet number n of an even stream. */
static bool add(struct mcv_rtp_stats *s, uint64_t n)
{
    return mcv_rtp_stats_add(s, (uint16_t)n, (uint32_t)(n * GAP_TS), 1000000 + n * GAP_US);
}

static void an_even_stream(void **state)
{
    struct mcv_rtp_stats s;
    struct mcv_rtcp_report b = {.ssrc = 7, .last_sr = 8, .since_sr = 9};

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    assert_int_equal(mcv_rtp_stats_expected(&s), 0);
    assert_int_equal(mcv_rtp_stats_lost(&s), 0);
    for (unsigned n = 100; n < 200; n++) assert_true(add(&s, n));
    assert_int_equal(mcv_rtp_stats_expected(&s), 100);
    assert_int_equal(mcv_rtp_stats_lost(&s), 0);
    assert_int_equal(mcv_rtp_stats_jitter(&s), 0);
    mcv_rtp_stats_report(&s, &b);
    assert_int_equal(b.fraction_lost, 0);
    assert_int_equal(b.lost_pkts, 0);
    assert_int_equal(b.max_seq, 199);
    assert_true(b.ssrc == 7 && b.last_sr == 8 && b.since_sr == 9);
}

static void sequence_wraps_are_counted(void **state)
{
    struct mcv_rtp_stats s;
    struct mcv_rtcp_report b = {0};

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    for (uint64_t n = 65530; n < 3 * 65536 + 5; n++) assert_true(add(&s, n));
    mcv_rtp_stats_report(&s, &b);
    assert_int_equal(b.max_seq, 0x30004);
    assert_int_equal(mcv_rtp_stats_expected(&s), 3 * 65536 + 5 - 65530);
    assert_int_equal(mcv_rtp_stats_lost(&s), 0);
    assert_int_equal(mcv_rtp_stats_jitter(&s), 0);
}

static void a_late_packet_behind_a_wrap(void **state)
{
    struct mcv_rtp_stats s;

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    assert_true(add(&s, 65534));
    assert_true(add(&s, 65536));
    assert_int_equal(mcv_rtp_stats_lost(&s), 1);
    assert_true(add(&s, 65535));
    assert_int_equal(mcv_rtp_stats_lost(&s), 0);
    assert_int_equal(mcv_rtp_stats_expected(&s), 3);
}

static void loss_by_interval(void **state)
{
    static const struct {
        const char *why;
        unsigned n_sent, every; /* one of so many is lost, never the last one; 0: none */
        uint8_t fraction;
        int32_t lost;
    } rows[] = {
        {"one of four lost", 400, 4, 64, 100},
        {"nothing lost since", 400, 0, 0, 100},
        {"one of five lost since", 400, 5, 51, 180},
        {"nothing arrived", 0, 0, 0, 180},
    };
    struct mcv_rtp_stats s;
    unsigned n = 0;

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_rtcp_report b = {0};
        print_message("%s\n", rows[i].why);
        for (unsigned k = 0; k < rows[i].n_sent; k++, n++)
            if (rows[i].every == 0 || k % rows[i].every != 1) assert_true(add(&s, n));
        mcv_rtp_stats_report(&s, &b);
        assert_int_equal(b.lost_pkts, rows[i].lost);
        assert_int_equal(b.fraction_lost, rows[i].fraction);
    }
}

static void duplicates_make_the_loss_negative(void **state)
{
    struct mcv_rtp_stats s;
    struct mcv_rtcp_report b = {0};

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    for (unsigned n = 0; n < 10; n++) {
        assert_true(add(&s, n));
        assert_true(add(&s, n));
    }
    mcv_rtp_stats_report(&s, &b);
    assert_int_equal(b.lost_pkts, -10);
    assert_int_equal(b.fraction_lost, 0);
}

static void almost_everything_lost_stays_below_256(void **state)
{
    struct mcv_rtp_stats s;
    struct mcv_rtcp_report b = {0};

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    assert_true(add(&s, 0));
    mcv_rtp_stats_report(&s, &b);
    assert_true(add(&s, 2999));
    mcv_rtp_stats_report(&s, &b);
    assert_int_equal(b.fraction_lost, 255);
    assert_int_equal(b.lost_pkts, 2998);
}

static void a_jump_counts_when_the_next_packet_follows_it(void **state)
{
    struct mcv_rtp_stats s;

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    for (unsigned n = 0; n < 10; n++) assert_true(add(&s, n));
    assert_false(add(&s, 20000)); /* alone: held back */
    assert_true(add(&s, 10));     /* the stream goes on */
    assert_int_equal(mcv_rtp_stats_lost(&s), 0);
    assert_false(add(&s, 30000));
    assert_true(add(&s, 30001));
    assert_int_equal(mcv_rtp_stats_expected(&s), 1);
    assert_int_equal(mcv_rtp_stats_lost(&s), 0);
    assert_int_equal(s.base_seq, 30001);
    assert_true(add(&s, 30002));
    assert_int_equal(mcv_rtp_stats_expected(&s), 2);
}

static void borders_of_a_jump(void **state)
{
    static const struct {
        const char *why;
        uint16_t seq;
        bool is_counted;
        uint32_t n_expected;
    } rows[] = {
        {"2999 ahead", 1000 + 2999, true, 3000},
        {"3000 ahead", 1000 + 3000, false, 1},
        {"99 behind", 1000 - 99, true, 1},
        {"100 behind", 1000 - 100, false, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_rtp_stats s;
        print_message("%s\n", rows[i].why);
        mcv_rtp_stats_init(&s, HZ);
        assert_true(mcv_rtp_stats_add(&s, 1000, 0, 0));
        assert_true(mcv_rtp_stats_add(&s, rows[i].seq, 0, 0) == rows[i].is_counted);
        assert_int_equal(mcv_rtp_stats_expected(&s), rows[i].n_expected);
    }
}

/* Each second packet 1 ms late: distances of 90 units; J goes to 90 by J += (90 - J)/16. */
static void jitter_converges(void **state)
{
    static const uint32_t want[] = {0, 5, 10, 15, 20, 24, 28, 32, 36, 39};
    struct mcv_rtp_stats s;

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    for (unsigned n = 0; n < 1000; n++) {
        assert_true(
            mcv_rtp_stats_add(&s, (uint16_t)n, n * GAP_TS, (uint64_t)n * GAP_US + (n % 2) * 1000));
        if (n < sizeof want / sizeof want[0]) assert_int_equal(mcv_rtp_stats_jitter(&s), want[n]);
    }
    assert_in_range(mcv_rtp_stats_jitter(&s), 89, 90);
    assert_in_range(mcv_rtp_stats_jitter_us(&s), 988, 1000);
}

static void hostile_time_stamps_stay_in_range(void **state)
{
    struct mcv_rtp_stats s;
    struct mcv_rtcp_report b = {0};

    (void)state;
    mcv_rtp_stats_init(&s, HZ);
    for (unsigned n = 0; n < 5000; n++)
        (void)mcv_rtp_stats_add(&s, (uint16_t)n, n % 2 ? 0x7fffffffu : 0, UINT64_MAX - n);
    mcv_rtp_stats_report(&s, &b);
    assert_true(b.jitter > 0x7fff0000u && b.jitter <= 0x80000000u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_even_stream),
        cmocka_unit_test(sequence_wraps_are_counted),
        cmocka_unit_test(a_late_packet_behind_a_wrap),
        cmocka_unit_test(loss_by_interval),
        cmocka_unit_test(duplicates_make_the_loss_negative),
        cmocka_unit_test(almost_everything_lost_stays_below_256),
        cmocka_unit_test(a_jump_counts_when_the_next_packet_follows_it),
        cmocka_unit_test(borders_of_a_jump),
        cmocka_unit_test(jitter_converges),
        cmocka_unit_test(hostile_time_stamps_stay_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
