#include "sim/ranks.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>

/* A build without MPI, started as one of several: each would play all of it. */
static void several_processes_need_mpi(void **state)
{
    (void)state;
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
    struct mcv_ranks *r;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv(names[i], "2", 1);
        assert_int_equal(mcv_ranks_open(&r), MCV_E_UNSUPPORTED);
        setenv(names[i], "1", 1);
        assert_int_equal(mcv_ranks_open(&r), MCV_OK);
        unsetenv(names[i]);
        assert_null(r);
    }
    assert_int_equal(mcv_ranks_open(&r), MCV_OK);
    assert_int_equal(mcv_ranks_n(r), 1);
    assert_int_equal(mcv_ranks_me(r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(several_processes_need_mpi)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
