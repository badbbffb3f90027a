/* A program without the arithmetic of some CPUs: who asks for it is told so. Built of crypto/fp.c alone. */
#include "crypto/fp.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>

static void what_is_not_compiled_in_is_an_error(void **state)
{
    (void)state;
    static const char *const names[] = {"adx", "ifma", "fastest", ""};
    struct mcv_field f;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv("MCV_FP", names[i], 1);
        assert_int_equal(mcv_field_init(&f), MCV_E_CONFIG);
        assert_string_equal(mcv_field_fault(), "this program has no such arithmetic");
    }
}

static void what_is_there_runs(void **state)
{
    (void)state;
    struct mcv_field f;

    setenv("MCV_FP", "portable", 1);
    assert_null(mcv_field_fault());
    assert_int_equal(mcv_field_init(&f), MCV_OK);
    assert_string_equal(f.k->name, "portable");
    unsetenv("MCV_FP");
    assert_null(mcv_field_fault());
    assert_int_equal(mcv_field_init(&f), MCV_OK);
    assert_string_equal(f.k->name, "portable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_compiled_in_is_an_error),
        cmocka_unit_test(what_is_there_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
