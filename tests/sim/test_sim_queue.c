#include "sim/prng.h"
#include "sim/queue.h"
#include "tests/support/cmocka.h"

static void push(struct mcv_queue *q, uint64_t at_us, uint64_t order)
{
    const struct mcv_queue_item item = {.at_us = at_us, .order = order};

    assert_int_equal(mcv_queue_push(q, &item), MCV_OK);
}

static void comes_out_by_time_then_order(void **state)
{
    (void)state;
    struct mcv_queue q = {0};
    struct mcv_queue_item got, last = {0};
    struct mcv_prng g;

    mcv_prng_init(&g, 3, 0);
    for (uint64_t i = 0; i < 5000; i++) push(&q, mcv_prng_below(&g, 100), i * 7919 % 5000);
    for (size_t i = 0; i < 5000; i++) {
        assert_non_null(mcv_queue_first(&q));
        const uint64_t first_us = mcv_queue_first(&q)->at_us;
        assert_true(mcv_queue_pop(&q, &got));
        assert_int_equal(got.at_us, first_us);
        if (i > 0)
            assert_true(last.at_us < got.at_us ||
                        (last.at_us == got.at_us && last.order < got.order));
        last = got;
    }
    assert_false(mcv_queue_pop(&q, &got));
    assert_null(mcv_queue_first(&q));
    mcv_queue_wipe(&q);
}

static void stays_a_heap_while_pushed_and_popped(void **state)
{
    (void)state;
    struct mcv_queue q = {0};
    struct mcv_queue_item got;
    struct mcv_prng g;
    uint64_t now_us = 0, n = 0;

    mcv_prng_init(&g, 4, 0);
    for (uint64_t i = 0; i < 50; i++) push(&q, i, n++);
    for (int i = 0; i < 20000; i++) {
        assert_true(mcv_queue_pop(&q, &got));
        assert_true(got.at_us >= now_us);
        now_us = got.at_us;
        push(&q, now_us + mcv_prng_below(&g, 1000), n++);
    }
    assert_int_equal(q.n, 50);
    mcv_queue_wipe(&q);
}

static void order_is_kind_then_agent_then_count(void **state)
{
    (void)state;
    const struct {
        const char *why;
        uint64_t less, more;
    } rows[] = {
        {"kind first", mcv_queue_order(1, 0xffffff, UINT64_MAX), mcv_queue_order(2, 0, 0)},
        {"then agent", mcv_queue_order(1, 5, UINT64_MAX), mcv_queue_order(1, 6, 0)},
        {"then count", mcv_queue_order(1, 5, 9), mcv_queue_order(1, 5, 10)},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].less >= rows[i].more) fail_msg("%s", rows[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_out_by_time_then_order),
        cmocka_unit_test(stays_a_heap_while_pushed_and_popped),
        cmocka_unit_test(order_is_kind_then_agent_then_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
