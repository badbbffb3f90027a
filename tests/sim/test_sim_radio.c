#include "sim/link.h"
#include "sim/radio.h"
#include "tests/support/cmocka.h"

#define S UINT64_C(1000000)

static const struct mcv_radio_params walking = {.seed = 1,
                                                .width_m = 1000,
                                                .height_m = 500,
                                                .sure_m = 100,
                                                .range_m = 200,
                                                .slowest_cm_s = 50,
                                                .fastest_cm_s = 200,
                                                .rest_us = 5 * S};

static struct mcv_point metres(int32_t x, int32_t y)
{
    return (struct mcv_point){x * 1000, y * 1000};
}

static void loss_grows_with_the_distance(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t x, y;
        uint32_t least_ppm, most_ppm;
    } rows[] = {
        {"the same place", 0, 0, 0, 0},
        {"within the sure range", 60, 80, 0, 0},
        {"half way to the range", 150, 0, 499000, 501000},
        {"almost out of range", 0, 199, 980000, 999999},
        {"out of range", 0, 200, MCV_PPM, MCV_PPM},
        {"far away", 1000, 500, MCV_PPM, MCV_PPM},
    };
    struct mcv_radio *r;

    assert_int_equal(mcv_radio_open(&r, &walking, 2), MCV_OK);
    mcv_radio_place(r, 0, metres(0, 0));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mcv_radio_place(r, 1, metres(rows[i].x, rows[i].y));
        const uint32_t ppm = mcv_radio_loss_ppm(r, 0, 1, 0);

        if (ppm < rows[i].least_ppm || ppm > rows[i].most_ppm) fail_msg("%s: %u", rows[i].why, ppm);
        assert_int_equal(mcv_radio_loss_ppm(r, 1, 0, 0), ppm);
    }
    mcv_radio_close(r);
}

/* Nobody leaves the area or is faster than the fastest; everybody moves. */
static void walkers_keep_to_area_and_speed(void **state)
{
    (void)state;
    struct mcv_radio *r;

    assert_int_equal(mcv_radio_open(&r, &walking, 20), MCV_OK);
    for (uint32_t n = 0; n < 20; n++) {
        struct mcv_point last = mcv_radio_where(r, n, 0);
        const struct mcv_point first = last;
        unsigned n_moves = 0;

        for (uint64_t s = 1; s < 2000; s++) {
            const struct mcv_point p = mcv_radio_where(r, n, s * S);
            const int64_t dx = p.x_mm - last.x_mm, dy = p.y_mm - last.y_mm;

            assert_in_range(p.x_mm, 0, 1000000);
            assert_in_range(p.y_mm, 0, 500000);
            assert_true(dx * dx + dy * dy <= 2100 * 2100);
            n_moves += dx != 0 || dy != 0;
            last = p;
        }
        assert_true(n_moves > 500);
        assert_true(first.x_mm != last.x_mm);
    }
    mcv_radio_close(r);
}

static void a_script_leads_to_the_place_in_time(void **state)
{
    (void)state;
    struct mcv_radio *r;

    assert_int_equal(mcv_radio_open(&r, &walking, 1), MCV_OK);
    mcv_radio_place(r, 0, metres(10, 20));
    mcv_radio_send(r, 0, metres(110, 220), 5 * S, 10 * S);
    const struct mcv_point half = mcv_radio_where(r, 0, 10 * S);
    assert_in_range(half.x_mm, 59900, 60100);
    assert_in_range(half.y_mm, 119800, 120200);
    const struct mcv_point there = mcv_radio_where(r, 0, 15 * S);
    assert_int_equal(there.x_mm, 110000);
    assert_int_equal(there.y_mm, 220000);
    assert_int_equal(mcv_radio_where(r, 0, 5000 * S).x_mm, 110000);
    mcv_radio_close(r);
}

static void one_more_node_shifts_nobody(void **state)
{
    (void)state;
    struct mcv_radio *a, *b;

    assert_int_equal(mcv_radio_open(&a, &walking, 5), MCV_OK);
    assert_int_equal(mcv_radio_open(&b, &walking, 6), MCV_OK);
    for (uint64_t s = 0; s < 500; s += 10)
        for (uint32_t n = 0; n < 5; n++)
            assert_int_equal(mcv_radio_where(a, n, s * S).x_mm, mcv_radio_where(b, n, s * S).x_mm);
    mcv_radio_close(a);
    mcv_radio_close(b);
}

/* On machines of any word and byte order; after some sixty walks and rests. */
static void everybody_is_where_he_is_on_every_machine(void **state)
{
    (void)state;
    struct mcv_radio *r;

    assert_int_equal(mcv_radio_open(&r, &walking, 3), MCV_OK);
    const struct mcv_point at = mcv_radio_where(r, 2, 20000 * S);
    assert_int_equal(at.x_mm, 53350);
    assert_int_equal(at.y_mm, 201102);
    mcv_radio_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_grows_with_the_distance),
        cmocka_unit_test(walkers_keep_to_area_and_speed),
        cmocka_unit_test(a_script_leads_to_the_place_in_time),
        cmocka_unit_test(everybody_is_where_he_is_on_every_machine),
        cmocka_unit_test(one_more_node_shifts_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
