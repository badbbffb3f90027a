/* The SSRC and clock records of a store: they survive, and damage is seen. */
#include "agent/store/records.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <unistd.h>

struct fixture {
    struct mcv_tmpdir dir;
    char path[300];
};

static int setup(void **state)
{
    static struct fixture f;

    mcv_tmpdir_make(&f.dir);
    (void)snprintf(f.path, sizeof f.path, "%s/log", f.dir.path);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_tmpdir_remove(&f->dir);
    return 0;
}

static const struct mcv_ssrc_log_use one = {0x0df9bc39, 0x06a12aea, 1};
static const struct mcv_ssrc_log_use two = {0x0df9bc39, 0x06a12aea, 0xffffffff};

static void an_ssrc_is_claimed_once_and_for_ever(void **state)
{
    struct fixture *f = *state;
    struct mcv_ssrc_log log;
    struct mcv_ssrc_log_use other = one;

    assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
    assert_false(mcv_ssrc_log_has(&log, &one));
    assert_int_equal(mcv_ssrc_log_add(&log, &one), MCV_OK);
    assert_int_equal(mcv_ssrc_log_add(&log, &one), MCV_E_REPLAY);
    assert_int_equal(mcv_ssrc_log_add(&log, &two), MCV_OK);
    mcv_ssrc_log_close(&log);

    assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
    assert_int_equal(mcv_ssrc_log_add(&log, &one), MCV_E_REPLAY);
    assert_int_equal(mcv_ssrc_log_add(&log, &two), MCV_E_REPLAY);
    other.gmk_id++; /* another key: the SSRC is free */
    assert_int_equal(mcv_ssrc_log_add(&log, &other), MCV_OK);
    other = one;
    other.guk_id++;
    assert_int_equal(mcv_ssrc_log_add(&log, &other), MCV_OK);
    mcv_ssrc_log_close(&log);
}

static void a_claim_is_on_disk_when_it_returns(void **state)
{
    struct fixture *f = *state;
    struct mcv_ssrc_log log, second;

    assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
    assert_int_equal(mcv_ssrc_log_add(&log, &one), MCV_OK);
    /* as a program that starts after a crash sees it */
    assert_int_equal(mcv_ssrc_log_open(&second, f->path, NULL), MCV_OK);
    assert_true(mcv_ssrc_log_has(&second, &one));
    mcv_ssrc_log_close(&second);
    mcv_ssrc_log_close(&log);
}

static void a_torn_record_at_the_end_is_dropped(void **state)
{
    struct fixture *f = *state;
    uint8_t file[64];
    struct mcv_ssrc_log log;

    for (size_t torn = MCV_RECORD_BYTES + 1; torn < 2 * (size_t)MCV_RECORD_BYTES; torn++) {
        (void)unlink(f->path);
        assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
        assert_int_equal(mcv_ssrc_log_add(&log, &one), MCV_OK);
        assert_int_equal(mcv_ssrc_log_add(&log, &two), MCV_OK);
        mcv_ssrc_log_close(&log);
        (void)mcv_tmpfile_read(f->path, file, sizeof file);
        mcv_tmpfile_write(f->path, file, torn, 0600);

        assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
        assert_true(mcv_ssrc_log_has(&log, &one));
        assert_false(mcv_ssrc_log_has(&log, &two));
        assert_int_equal(mcv_ssrc_log_add(&log, &two), MCV_OK); /* follows the good ones */
        mcv_ssrc_log_close(&log);
        assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
        assert_int_equal(log.n, 2);
        mcv_ssrc_log_close(&log);
    }
}

static void damage_before_the_end_is_refused(void **state)
{
    struct fixture *f = *state;
    uint8_t file[64];
    struct mcv_ssrc_log log;
    struct mcv_why why = {0};

    assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_OK);
    assert_int_equal(mcv_ssrc_log_add(&log, &one), MCV_OK);
    assert_int_equal(mcv_ssrc_log_add(&log, &two), MCV_OK);
    mcv_ssrc_log_close(&log);
    const size_t n = mcv_tmpfile_read(f->path, file, sizeof file);
    for (size_t bit = 0; bit < 8u * MCV_RECORD_BYTES; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        mcv_tmpfile_write(f->path, file, n, 0600);
        assert_int_equal(mcv_ssrc_log_open(&log, f->path, &why), MCV_E_MALFORMED);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_non_null(strstr(why.text, "damaged"));
    mcv_tmpfile_write(f->path, file, n, 0644);
    assert_int_equal(mcv_ssrc_log_open(&log, f->path, NULL), MCV_E_POLICY);
}

static void time_only_grows_and_survives(void **state)
{
    struct fixture *f = *state;
    struct mcv_clock_log log;

    assert_int_equal(mcv_clock_log_open(&log, f->path, NULL), MCV_OK);
    assert_true(log.latest[MCV_CLOCK_TIME] == 0 && log.latest[MCV_CLOCK_ACCEPTED] == 0);
    assert_int_equal(mcv_clock_log_add(&log, MCV_CLOCK_TIME, 1000), MCV_OK);
    assert_int_equal(mcv_clock_log_add(&log, MCV_CLOCK_TIME, 900), MCV_OK);
    assert_int_equal(mcv_clock_log_add(&log, MCV_CLOCK_ACCEPTED, 5000000000), MCV_OK);
    mcv_clock_log_close(&log);
    assert_int_equal(mcv_clock_log_open(&log, f->path, NULL), MCV_OK);
    assert_true(log.latest[MCV_CLOCK_TIME] == 1000);
    assert_true(log.latest[MCV_CLOCK_ACCEPTED] == 5000000000);
    assert_int_equal(log.n, 2);
    mcv_clock_log_close(&log);
}

static void the_clock_file_stays_small(void **state)
{
    struct fixture *f = *state;
    struct mcv_clock_log log;

    assert_int_equal(mcv_clock_log_open(&log, f->path, NULL), MCV_OK);
    assert_int_equal(mcv_clock_log_add(&log, MCV_CLOCK_ACCEPTED, 77), MCV_OK);
    for (int64_t t = 1; t <= 1030; t++)
        assert_int_equal(mcv_clock_log_add(&log, MCV_CLOCK_TIME, t), MCV_OK);
    assert_true(log.n < 100);
    mcv_clock_log_close(&log);
    assert_int_equal(mcv_clock_log_open(&log, f->path, NULL), MCV_OK);
    assert_true(log.n < 100);
    assert_true(log.latest[MCV_CLOCK_TIME] == 1030 && log.latest[MCV_CLOCK_ACCEPTED] == 77);
    mcv_clock_log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_ssrc_is_claimed_once_and_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(a_claim_is_on_disk_when_it_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_torn_record_at_the_end_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_before_the_end_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(time_only_grows_and_survives, setup, teardown),
        cmocka_unit_test_setup_teardown(the_clock_file_stays_small, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
