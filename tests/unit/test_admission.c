/* What strangers may cost: token buckets and the table of ignored calls.
 * Spec: TS 24.281 10.3 (TFP7: a call identifier is ignored after its call). */
#include "agent/core/admission.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>

#define SECOND 1000000u

struct fixture {
    struct mcv_admission t;
    struct mcv_admission_config config;
    void *mem;
};

static void open_table(struct fixture *f, uint16_t n_sources, uint16_t n_ignored)
{
    const struct mcv_limits limits = {.n_sources = n_sources, .n_ignored_calls = n_ignored};

    *f = (struct fixture){.config = {.n_at_once = 1, .burst = 3, .per_minute = 30}};
    f->mem = malloc(mcv_admission_size(&limits));
    assert_non_null(f->mem);
    mcv_admission_init(&f->t, f->mem, &limits);
}

static struct mcv_addr host(uint8_t last)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {10, 0, 0, last}, .port = 8809};
}

static bool take(struct fixture *f, uint8_t last, uint64_t at_us)
{
    const struct mcv_addr from = host(last);

    return mcv_admission_take(&f->t, &f->config, &from, at_us);
}

static void a_source_has_a_burst_and_a_rate(void **state)
{
    (void)state;
    struct fixture f;

    open_table(&f, 4, 4);
    for (int i = 0; i < 3; i++) assert_true(take(&f, 1, 0));
    assert_false(take(&f, 1, 0));
    assert_true(take(&f, 2, 0));               /* another host has its own */
    assert_false(take(&f, 1, 2 * SECOND - 1)); /* 30 a minute: one every 2 s */
    assert_true(take(&f, 1, 2 * SECOND));
    assert_false(take(&f, 1, 2 * SECOND));
    for (int i = 0; i < 3; i++) assert_true(take(&f, 1, 60 * SECOND)); /* never more than a burst */
    assert_false(take(&f, 1, 60 * SECOND));
    free(f.mem);
}

static void another_port_is_the_same_source(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_addr from = host(1);

    open_table(&f, 4, 4);
    for (int i = 0; i < 3; i++) assert_true(take(&f, 1, 0));
    from.port = 40000;
    assert_false(mcv_admission_take(&f.t, &f.config, &from, 0));
    free(f.mem);
}

static void the_source_seen_longest_ago_gives_way(void **state)
{
    (void)state;
    struct fixture f;

    open_table(&f, 2, 4);
    for (int i = 0; i < 3; i++) assert_true(take(&f, 1, 0));
    assert_true(take(&f, 2, 1));
    assert_false(take(&f, 1, 2)); /* now 2 is the older one */
    assert_true(take(&f, 3, 3));
    assert_false(take(&f, 1, 4)); /* still known */
    free(f.mem);
}

static void ignore(struct fixture *f, uint8_t last, const char *caller, uint16_t call_id,
                   uint64_t until_us)
{
    const struct mcv_addr from = host(last);

    mcv_admission_ignore(&f->t, &from, mcv_bytes_str(caller), call_id, until_us);
}

static bool is_ignored(const struct fixture *f, uint8_t last, const char *caller, uint16_t call_id,
                       uint64_t now_us)
{
    const struct mcv_addr from = host(last);

    return mcv_admission_is_ignored(&f->t, &from, mcv_bytes_str(caller), call_id, now_us);
}

static void a_call_is_ignored_for_its_time_only(void **state)
{
    (void)state;
    struct fixture f;

    open_table(&f, 1, 8);
    ignore(&f, 1, "sip:a@x", 7, SECOND);
    assert_true(is_ignored(&f, 1, "sip:a@x", 7, SECOND - 1));
    assert_false(is_ignored(&f, 1, "sip:a@x", 7, SECOND));
    assert_false(is_ignored(&f, 1, "sip:a@x", 8, 0));
    assert_false(is_ignored(&f, 1, "sip:b@x", 7, 0));
    assert_false(is_ignored(&f, 2, "sip:a@x", 7, 0));
    ignore(&f, 1, "sip:a@x", 7, 3 * SECOND); /* again: the time is prolonged, no second entry */
    assert_true(is_ignored(&f, 1, "sip:a@x", 7, 2 * SECOND));
    free(f.mem);
}

static void one_source_cannot_push_out_the_others(void **state)
{
    (void)state;
    struct fixture f;

    open_table(&f, 1, 8);
    ignore(&f, 1, "sip:a@x", 1, 10);
    for (uint16_t id = 0; id < 1000; id++) ignore(&f, 2, "sip:evil@x", id, 100u + id);
    assert_true(is_ignored(&f, 1, "sip:a@x", 1, 9));
    assert_true(is_ignored(&f, 2, "sip:evil@x", 999, 99)); /* its share: the last two */
    assert_true(is_ignored(&f, 2, "sip:evil@x", 998, 99));
    assert_false(is_ignored(&f, 2, "sip:evil@x", 997, 99));
    free(f.mem);
}

static void many_sources_push_out_the_oldest(void **state)
{
    (void)state;
    struct fixture f;

    open_table(&f, 1, 8);
    for (uint8_t i = 0; i < 200; i++) ignore(&f, i, "sip:evil@x", i, 100u + i);
    for (uint8_t i = 0; i < 200; i++) {
        assert_int_equal(is_ignored(&f, i, "sip:evil@x", i, 50), i >= 192);
    }
    free(f.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_has_a_burst_and_a_rate),
        cmocka_unit_test(another_port_is_the_same_source),
        cmocka_unit_test(the_source_seen_longest_ago_gives_way),
        cmocka_unit_test(a_call_is_ignored_for_its_time_only),
        cmocka_unit_test(one_source_cannot_push_out_the_others),
        cmocka_unit_test(many_sources_push_out_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
