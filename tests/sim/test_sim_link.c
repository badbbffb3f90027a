#include "crypto/base/now.h"
#include "sim/link.h"
#include "tests/support/cmocka.h"

#define N 20000

struct sums {
    unsigned lost, copies, corrupt, late, longest_run;
    uint64_t min_us, max_us;
};

static struct sums run(const struct mcv_link_model *m, uint32_t from, uint32_t to)
{
    struct mcv_link link;
    struct sums s = {.min_us = UINT64_MAX};
    unsigned in_a_row = 0;

    mcv_link_init(&link, m, 1, from, to);
    for (unsigned i = 0; i < N; i++) {
        struct mcv_link_fate fate;

        mcv_link_submit(&link, &fate, 0, 100, 0);
        in_a_row = fate.n_copies == 0 ? in_a_row + 1 : 0;
        if (in_a_row > s.longest_run) s.longest_run = in_a_row;
        s.lost += fate.n_copies == 0;
        s.copies += fate.n_copies;
        s.corrupt += fate.is_corrupt;
        for (unsigned j = 0; j < fate.n_copies; j++) {
            s.late += fate.at_us[j] >= 1000000;
            if (fate.at_us[j] < s.min_us) s.min_us = fate.at_us[j];
            if (fate.at_us[j] > s.max_us) s.max_us = fate.at_us[j];
        }
    }
    return s;
}

static void a_plain_link_delays(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.delay_us = 5000};
    const struct sums s = run(&m, 1, 2);

    assert_int_equal(s.lost, 0);
    assert_int_equal(s.copies, N);
    assert_int_equal(s.min_us, 5000);
    assert_int_equal(s.max_us, 5000);
}

static void jitter_fills_its_range(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.delay_us = 5000, .jitter_us = 9};
    const struct sums s = run(&m, 1, 2);

    assert_int_equal(s.min_us, 5000);
    assert_int_equal(s.max_us, 5009);
}

/* Bounds are five standard deviations of the binomial distribution wide. */
static void ratios_are_kept(void **state)
{
    (void)state;
    const struct mcv_link_model lossy = {.loss_ppm = 100000};
    const struct mcv_link_model twice = {.duplicate_ppm = 100000};
    const struct mcv_link_model bits = {.corrupt_ppm = 100000};
    const struct mcv_link_model late = {.late_ppm = 100000, .late_us = 1000000};
    const struct mcv_link_model none = {.loss_ppm = MCV_PPM};

    assert_in_range(run(&lossy, 1, 2).lost, 1788, 2212);
    assert_in_range(run(&twice, 1, 2).copies, N + 1788, N + 2212);
    assert_in_range(run(&bits, 1, 2).corrupt, 1788, 2212);
    assert_in_range(run(&late, 1, 2).late, 1788, 2212);
    assert_int_equal(run(&none, 1, 2).lost, N);
}

/* Gilbert-Elliott with a bad state of 1 % to 10 %: one packet in eleven is lost, in bursts with a mean
 * of ten. Uniform loss of the same ratio has runs of a handful. */
static void bursts_come_in_the_bad_state(void **state)
{
    (void)state;
    const struct mcv_link_model bursts = {
        .bad_ppm = 10000, .good_ppm = 100000, .bad_loss_ppm = MCV_PPM};
    const struct mcv_link_model uniform = {.loss_ppm = MCV_PPM / 11};
    const struct sums b = run(&bursts, 1, 2), u = run(&uniform, 1, 2);

    assert_in_range(b.lost, N / 11 - 500, N / 11 + 500);
    assert_true(b.longest_run > 25);
    assert_true(u.longest_run < 10);
}

static void links_have_streams_of_their_own(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.loss_ppm = 500000};
    struct mcv_link ab, ab2, ba;
    unsigned same = 0;

    mcv_link_init(&ab, &m, 1, 1, 2);
    mcv_link_init(&ab2, &m, 1, 1, 2);
    mcv_link_init(&ba, &m, 1, 2, 1);
    for (int i = 0; i < 1000; i++) {
        struct mcv_link_fate x, y, z;

        mcv_link_submit(&ab, &x, 0, 1, 0);
        mcv_link_submit(&ba, &z, 0, 1, 0);
        mcv_link_submit(&ab2, &y, 0, 1, 0);
        assert_int_equal(x.n_copies, y.n_copies);
        same += x.n_copies == z.n_copies;
    }
    assert_in_range(same, 400, 600);
}

/* One more kind of fault leaves the losses where they were. */
static void faults_do_not_shift_each_other(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.loss_ppm = 300000};
    const struct mcv_link_model more = {
        .loss_ppm = 300000, .jitter_us = 100, .duplicate_ppm = 200000, .corrupt_ppm = 100000};
    struct mcv_link a, b;

    mcv_link_init(&a, &m, 1, 1, 2);
    mcv_link_init(&b, &more, 1, 1, 2);
    for (int i = 0; i < 1000; i++) {
        struct mcv_link_fate x, y;

        mcv_link_submit(&a, &x, 0, 1, 0);
        mcv_link_submit(&b, &y, 0, 1, 0);
        assert_int_equal(x.n_copies == 0, y.n_copies == 0);
    }
}

static void a_rate_spreads_packets(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.delay_us = 1000, .rate_bps = 1000000};
    struct mcv_link link;
    struct mcv_link_fate fate;
    static const struct {
        const char *why;
        uint64_t now_us, at_us;
    } rows[] = {
        {"1000 octets at 1 Mbit/s take 8 ms", 0, 9000},
        {"the second waits for the first", 0, 17000},
        {"the third comes while the second leaves", 15000, 25000},
        {"the line is free again", 50000, 59000},
    };

    mcv_link_init(&link, &m, 1, 1, 2);
    assert_true(mcv_link_has_state(&m));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mcv_link_submit(&link, &fate, rows[i].now_us, 1000, 0);
        if (fate.n_copies != 1 || fate.at_us[0] != rows[i].at_us)
            fail_msg("%s: %u", rows[i].why, (unsigned)fate.at_us[0]);
    }
}

static void mask_and_suspension(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.delay_us = 10};
    struct mcv_link link;
    struct mcv_link_fate fate;
    static const unsigned want[] = {1, 0, 0, 1, 1};

    mcv_link_init(&link, &m, 1, 1, 2);
    link.loss_mask = 0x6;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        mcv_link_submit(&link, &fate, i, 1, 0);
        assert_int_equal(fate.n_copies, want[i]);
    }
    link.resume_at_us = 500;
    mcv_link_submit(&link, &fate, 100, 1, 0);
    assert_int_equal(fate.at_us[0], 500);
    mcv_link_submit(&link, &fate, 495, 1, 0);
    assert_int_equal(fate.at_us[0], 505);
    link.resume_at_us = MCV_NEVER;
    mcv_link_submit(&link, &fate, 600, 1, 0);
    assert_int_equal(fate.n_copies, 0);
}

static void distance_alone_loses_packets(void **state)
{
    (void)state;
    const struct mcv_link_model m = {.delay_us = 10};
    struct mcv_link link;
    struct mcv_link_fate fate;
    unsigned n_lost = 0;

    mcv_link_init(&link, &m, 1, 1, 2);
    for (int i = 0; i < 1000; i++) {
        mcv_link_submit(&link, &fate, 0, 1, 250000);
        n_lost += fate.n_copies == 0;
    }
    assert_in_range(n_lost, 180, 320);
    mcv_link_submit(&link, &fate, 0, 1, MCV_PPM);
    assert_int_equal(fate.n_copies, 0);
}

static void impossible_models_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct mcv_link_model m;
        bool is_possible;
    } rows[] = {
        {"nothing set", {.delay_us = 0}, true},
        {"everything lost", {.loss_ppm = MCV_PPM}, true},
        {"loss above 100 %", {.loss_ppm = MCV_PPM + 1}, false},
        {"loss in the bad state above 100 %", {.bad_loss_ppm = MCV_PPM + 1}, false},
        {"bad for ever", {.bad_ppm = 1}, false},
        {"bad for a while", {.bad_ppm = 1, .good_ppm = 1}, true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((mcv_link_model_check(&rows[i].m) == NULL) != rows[i].is_possible)
            fail_msg("%s", rows[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_link_delays),
        cmocka_unit_test(jitter_fills_its_range),
        cmocka_unit_test(ratios_are_kept),
        cmocka_unit_test(bursts_come_in_the_bad_state),
        cmocka_unit_test(links_have_streams_of_their_own),
        cmocka_unit_test(faults_do_not_shift_each_other),
        cmocka_unit_test(a_rate_spreads_packets),
        cmocka_unit_test(mask_and_suspension),
        cmocka_unit_test(distance_alone_loses_packets),
        cmocka_unit_test(impossible_models_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
