/* The queue of outputs. */
#include "agent/core/agent_private.h"
#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

#include <string.h>

/* What a call says last is told after its memory is cleared. */
static void test_texts_of_events_outlive_what_they_come_from(void **state)
{
    struct lone l;
    struct mcv_out out;
    char user[] = LONE_BOB;

    (void)state;
    lone_defaults(&l);
    lone_open(&l);
    mcv_out_event(l.a, &(struct mcv_event){.type = MCV_EVENT_CALL_ENDED,
                                           .user = mcv_bytes_str(user),
                                           .group = mcv_bytes_str(LONE_GROUP)});
    memset(user, 0, sizeof user);
    assert_true(mcv_agent_poll(l.a, &out, l.now));
    assert_int_equal(out.kind, MCV_OUT_EVENT);
    assert_true(mcv_bytes_equal(out.u.event.user, mcv_bytes_str(LONE_BOB)));
    assert_true(mcv_bytes_equal(out.u.event.group, mcv_bytes_str(LONE_GROUP)));
    lone_close(&l);
}

static void test_texts_are_bounded(void **state)
{
    struct lone l;
    struct mcv_out out;
    char long_text[MCV_MAX_URI_BYTES];
    size_t n = 0, n_whole = 0;

    (void)state;
    lone_defaults(&l);
    l.limits.n_outputs = 100;
    lone_open(&l);
    memset(long_text, 'x', sizeof long_text);
    for (int i = 0; i < 100; i++)
        mcv_out_event(l.a, &(struct mcv_event){.type = MCV_EVENT_CALL_ENDED,
                                               .user = mcv_bytes_of(long_text, sizeof long_text)});
    while (mcv_agent_poll(l.a, &out, l.now)) {
        n++;
        n_whole += out.u.event.user.n == sizeof long_text ? 1 : 0;
    }
    assert_int_equal(n, 100);
    assert_int_equal(n_whole, MCV_OUT_TEXT_BYTES / sizeof long_text);
    assert_int_equal(lone_count(&l, MCV_N_OUTPUT_FULL), 100 - n_whole);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_of_events_outlive_what_they_come_from),
        cmocka_unit_test(test_texts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
