#include "sim/histogram.h"
#include "sim/kpi.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"

static void buckets_are_narrow_and_without_gaps(void **state)
{
    (void)state;
    for (size_t i = 1; i < MCV_HISTOGRAM_BUCKETS; i++) {
        const uint64_t below = mcv_histogram_upper_us(i - 1), upper = mcv_histogram_upper_us(i);
        struct mcv_histogram h = {0};

        assert_true(upper > below);
        assert_true(upper - below <= 1 || (upper - below - 1) * 32 <= upper);
        mcv_histogram_add(&h, below + 1);
        mcv_histogram_add(&h, upper);
        assert_int_equal(h.count[i], 2);
    }
}

static void quantiles_of_known_values(void **state)
{
    (void)state;
    struct mcv_histogram h = {0};
    static const struct {
        const char *why;
        uint32_t share_ppm;
        uint64_t least_us, most_us;
    } rows[] = {
        {"nothing at all is the least value", 0, 1000, 1031},
        {"half", 500000, 50000, 52000},
        {"95 %", 950000, 95000, 98500},
        {"everything is the largest value, exactly", 1000000, 100000, 100000},
    };

    assert_int_equal(mcv_histogram_quantile(&h, 500000), 0);
    for (uint64_t i = 1; i <= 100; i++) mcv_histogram_add(&h, i * 1000);
    assert_int_equal(h.min_us, 1000);
    assert_int_equal(h.sum_us, 5050000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t us = mcv_histogram_quantile(&h, rows[i].share_ppm);

        if (us < rows[i].least_us || us > rows[i].most_us)
            fail_msg("%s: %u", rows[i].why, (unsigned)us);
    }
}

static void two_add_up_to_one(void **state)
{
    (void)state;
    struct mcv_histogram all = {0}, a = {0}, b = {0};
    struct mcv_prng g;

    mcv_prng_init(&g, 1, 1);
    for (int i = 0; i < 5000; i++) {
        const uint64_t us = mcv_prng_exponential(&g, 40000);

        mcv_histogram_add(&all, us);
        mcv_histogram_add(i % 3 == 0 ? &a : &b, us);
    }
    mcv_histogram_merge(&a, &b);
    assert_memory_equal(&a, &all, sizeof a);
}

static void exponential_draws_have_mean_and_median(void **state)
{
    (void)state;
    struct mcv_prng g;
    uint64_t sum = 0, below = 0;

    mcv_prng_init(&g, 1, 2);
    for (int i = 0; i < 100000; i++) {
        const uint64_t v = mcv_prng_exponential(&g, 4690000);

        sum += v;
        below += v < 3250860; /* mean times ln 2 */
    }
    assert_in_range(sum / 100000, 4615000, 4765000);
    assert_in_range(below, 49200, 50800);
    mcv_prng_init(&g, 7, 7);
    assert_int_equal(mcv_prng_exponential(&g, 1000000), 865918); /* the same everywhere */
    mcv_prng_init(&g, 7, 7);
    assert_int_equal(mcv_prng_exponential(&g, UINT64_C(1000000) << 32) >> 32, 865918); /* days */
}

static void add_times(struct mcv_kpis *k, enum mcv_kpi_id id, uint64_t value_us, unsigned n)
{
    const struct mcv_sample s = {.value_us = value_us};

    for (unsigned i = 0; i < n; i++) mcv_kpis_time(k, id, &s, false);
}

/* TS 22.179 6.15.3, to the microsecond, which buckets are not. */
static void limits_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum mcv_kpi_id id;
        uint64_t limit_us;
        unsigned most_above; /* of a hundred */
    } rows[] = {
        {"KPI 1", MCV_KPI_ACCESS, 300000, 5},
        {"KPI 2", MCV_KPI_END_TO_END, 1000000, 0},
        {"KPI 3", MCV_KPI_MOUTH_TO_EAR, 300000, 5},
        {"KPI 4 with end-to-end protection", MCV_KPI_LATE_ENTRY, 350000, 5},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const unsigned n = rows[i].most_above;
        struct mcv_kpis k;

        mcv_kpis_init(&k, 0);
        if (!mcv_kpis_pass(&k, rows[i].id)) fail_msg("%s: nothing measured", rows[i].why);
        add_times(&k, rows[i].id, rows[i].limit_us, 100 - n);
        add_times(&k, rows[i].id, rows[i].limit_us + 1, n);
        if (!mcv_kpis_pass(&k, rows[i].id)) fail_msg("%s: as many as may", rows[i].why);
        add_times(&k, rows[i].id, rows[i].limit_us + 1, 1);
        if (mcv_kpis_pass(&k, rows[i].id)) fail_msg("%s: one more", rows[i].why);
        add_times(&k, MCV_KPI_VIDEO_DELAY, 9000000, 1); /* has no limit */
        assert_true(mcv_kpis_pass(&k, MCV_KPI_VIDEO_DELAY));
        mcv_kpis_wipe(&k);
    }
}

static void samples_end_where_they_must(void **state)
{
    (void)state;
    struct mcv_kpis k;
    const struct mcv_sample s = {.value_us = 5, .agent = 3};

    mcv_kpis_init(&k, 300);
    for (int i = 0; i < 400; i++) mcv_kpis_time(&k, MCV_KPI_ACCESS, &s, i % 2 == 0);
    assert_int_equal(k.n_samples, 200);
    for (int i = 0; i < 200; i++) mcv_kpis_time(&k, MCV_KPI_ACCESS, &s, true);
    assert_int_equal(k.n_samples, 300);
    assert_int_equal(k.n_left_out, 100);
    assert_int_equal(k.times[MCV_KPI_ACCESS].n, 600);
    mcv_kpis_wipe(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_narrow_and_without_gaps),
        cmocka_unit_test(quantiles_of_known_values),
        cmocka_unit_test(two_add_up_to_one),
        cmocka_unit_test(exponential_draws_have_mean_and_median),
        cmocka_unit_test(limits_of_the_specification),
        cmocka_unit_test(samples_end_where_they_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
