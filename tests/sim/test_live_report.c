#include "sim/live_report.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static void reports_of_two_launchers_add_up(void **state)
{
    (void)state;
    struct mcv_live_report a, b;

    mcv_live_report_init(&a);
    mcv_live_report_init(&b);
    a.n_agents = 10;
    b.n_agents = 30;
    a.wall_us = 5000000;
    b.wall_us = 4000000;
    a.n_delivered = 100;
    b.n_delivered = 200;
    a.busiest_ppm = 700000;
    b.busiest_ppm = 960000;
    b.is_interrupted = true;
    mcv_histogram_add(&a.late, 100);
    mcv_histogram_add(&b.late, 300);
    a.n_air = 50;
    b.n_air = 60;
    b.n_air_lost = 6;
    a.first_us[MCV_LIVE_TIMERS] = 3000000;
    b.first_us[MCV_LIVE_TIMERS] = 2000000;
    mcv_live_report_merge(&a, &b);
    assert_int_equal(a.n_launchers, 2);
    assert_int_equal(a.n_agents, 40);
    assert_int_equal(a.wall_us, 5000000);
    assert_int_equal(a.n_delivered, 300);
    assert_int_equal(a.busiest_ppm, 960000);
    assert_true(a.is_interrupted);
    assert_int_equal(a.late.n, 2);
    assert_int_equal(a.late.max_us, 300);
    assert_int_equal(a.n_air, 110);
    assert_int_equal(a.n_air_lost, 6);
    assert_int_equal(a.first_us[MCV_LIVE_TIMERS], 2000000);
    assert_int_equal(a.first_us[MCV_LIVE_CORE], MCV_LIVE_NEVER);
}

static void what_was_used_up_first_is_the_bottleneck(void **state)
{
    (void)state;
    struct mcv_live_report r;

    mcv_live_report_init(&r);
    assert_int_equal(mcv_live_report_first(&r), MCV_LIVE_N_RESOURCES);
    r.first_us[MCV_LIVE_TIMERS] = 1000;
    assert_int_equal(mcv_live_report_first(&r), MCV_LIVE_TIMERS);
    r.first_us[MCV_LIVE_QUEUE] = 900;
    assert_int_equal(mcv_live_report_first(&r), MCV_LIVE_QUEUE);
    r.first_us[MCV_LIVE_CORE] = 900; /* a cause comes before its consequence */
    assert_int_equal(mcv_live_report_first(&r), MCV_LIVE_CORE);
}

/* What is told of several launchers: shares are of all of their cores and agents. */
static void people_read_what_is_of_all(void **state)
{
    (void)state;
    struct mcv_live_report r;
    struct mcv_kpis k;
    char *text;
    size_t n;

    mcv_live_report_init(&r);
    mcv_kpis_init(&k, 0);
    r.tier = 3;
    r.n_launchers = 2;
    r.n_agents = 20;
    r.wall_us = 1000000;
    r.cpu_us = 400000;
    r.loop_wait_us = 1000000; /* each for half of the time */
    r.n_air = 1000;
    r.n_air_lost = 205;
    mcv_histogram_add(&k.times[MCV_KPI_PRIVATE_SETUP], 20000);
    FILE *f = open_memstream(&text, &n);
    mcv_live_report_print(&r, &k, f);
    fclose(f);
    assert_non_null(strstr(text, "2 launchers, 20 agents"));
    assert_non_null(strstr(text, "CPU 2.000 % of a core per agent; 0.40 cores in all"));
    assert_non_null(strstr(text, "it waited for a core 50 % of the time"));
    assert_non_null(strstr(text, "lost on purpose: 205 of 1000 (20.5 %)"));
    assert_non_null(
        strstr(text, "private calls, request to established:\n  below     32 ms        1"));
    assert_null(strstr(text, "calls started")); /* nobody did */
    free(text);
}

static void programs_find_what_people_read(void **state)
{
    (void)state;
    struct mcv_live_report r;

    mcv_live_report_init(&r);
    r.tier = 2;
    r.n_agents = 4;
    r.wall_us = 2000000;
    r.cpu_us = 400000;
    r.n_delivered = 500;
    r.first_us[MCV_LIVE_QUEUE] = 1500000;
    mcv_histogram_add(&r.late, 7);
    json_t *o = mcv_live_report_json(&r);
    assert_non_null(o);
    assert_float_equal(json_real_value(json_object_get(o, "deliveries_per_s")), 250, 0.001);
    assert_float_equal(
        json_real_value(json_object_get(json_object_get(o, "cpu"), "percent_per_agent")), 5, 0.001);
    assert_string_equal(json_string_value(json_object_get(o, "first_bottleneck")), "receive_queue");
    const json_t *used = json_object_get(o, "used_up_after_us");
    assert_int_equal(json_integer_value(json_object_get(used, "receive_queue")), 1500000);
    assert_true(json_is_null(json_object_get(used, "core")));
    assert_int_equal(json_array_size(json_object_get(o, "timers_late_us")), 1);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_of_two_launchers_add_up),
        cmocka_unit_test(what_was_used_up_first_is_the_bottleneck),
        cmocka_unit_test(people_read_what_is_of_all),
        cmocka_unit_test(programs_find_what_people_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
