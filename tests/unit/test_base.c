#include "crypto/base/err.h"
#include "crypto/base/reader.h"
#include "crypto/base/rng.h"
#include "crypto/base/secret.h"
#include "crypto/base/writer.h"
#include "crypto/rng_system.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

static void every_error_has_name_text_and_class(void **state)
{
    (void)state;
    for (int e = 0; e < MCV_N_ERRS; e++) {
        assert_non_null(strstr(mcv_err_name((mcv_err)e), "MCV_"));
        assert_true(strlen(mcv_err_text((mcv_err)e)) > 0);
        assert_true((mcv_err_class((mcv_err)e) == MCV_CLASS_NONE) == (e == MCV_OK));
    }
    assert_string_equal(mcv_err_name(MCV_E_AUTH), "MCV_E_AUTH");
    assert_int_equal(mcv_err_class(MCV_E_REPLAY), MCV_CLASS_PEER);
    assert_string_equal(mcv_err_name((mcv_err)99), "MCV_E_MISUSE");
}

static void reader_reads_big_endian_and_ends_exactly(void **state)
{
    (void)state;
    static const uint8_t in[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(in, sizeof in));

    assert_int_equal(mcv_rd_peek(&r), 1);
    assert_int_equal(mcv_rd_u8(&r), 0x01);
    assert_int_equal(mcv_rd_u16(&r), 0x0203);
    assert_int_equal(mcv_rd_u32(&r), 0x04050607);
    assert_true(mcv_rd_u40(&r) == 0x08090a0b0cu);
    assert_int_equal(mcv_rd_finish(&r), MCV_OK);
}

static void reader_error_is_sticky_and_gives_zeros(void **state)
{
    (void)state;
    static const uint8_t in[] = {0xff, 0xff, 0xff};
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(in, sizeof in));

    assert_int_equal(mcv_rd_u32(&r), 0);
    assert_int_equal(mcv_rd_left(&r), 0);
    assert_int_equal(mcv_rd_u8(&r), 0);
    mcv_rd_fail(&r, MCV_E_UNSUPPORTED);
    assert_int_equal(mcv_rd_finish(&r), MCV_E_TRUNCATED);
}

static void reader_reports_octets_left_over(void **state)
{
    (void)state;
    static const uint8_t in[] = {1, 2};
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(in, sizeof in));

    (void)mcv_rd_u8(&r);
    assert_int_equal(mcv_rd_finish(&r), MCV_E_MALFORMED);
}

static void sub_reader_is_bounded_and_carries_the_error(void **state)
{
    (void)state;
    static const uint8_t in[] = {1, 2, 3};
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(in, sizeof in));
    struct mcv_reader sub = mcv_rd_sub(&r, 2);

    assert_int_equal(mcv_rd_u16(&sub), 0x0102);
    assert_int_equal(mcv_rd_finish(&sub), MCV_OK);
    sub = mcv_rd_sub(&r, 2);
    assert_int_equal(mcv_rd_finish(&sub), MCV_E_TRUNCATED);
    assert_int_equal(mcv_rd_finish(&r), MCV_E_TRUNCATED);
}

static void writer_fills_lengths_and_stops_at_its_end(void **state)
{
    (void)state;
    uint8_t out[8];
    struct mcv_writer w = mcv_writer_of(out, sizeof out);

    mcv_wr_u8(&w, 0xaa);
    const size_t mark = mcv_wr_len16_begin(&w);
    mcv_wr_u32(&w, 0x01020304);
    mcv_wr_len16_end(&w, mark);
    mcv_assert_hex(mcv_wr_done(&w), "aa 0004 01020304");
    mcv_wr_u16(&w, 1);
    assert_int_equal(w.err, MCV_E_SPACE);
    assert_int_equal(mcv_wr_done(&w).n, 0);
}

static void writer_refuses_a_length_that_does_not_fit(void **state)
{
    (void)state;
    uint8_t out[300];
    struct mcv_writer w = mcv_writer_of(out, sizeof out);
    const size_t mark = mcv_wr_len8_begin(&w);

    mcv_wr_zeros(&w, 256);
    mcv_wr_len8_end(&w, mark);
    assert_int_equal(w.err, MCV_E_SPACE);
}

MCV_SECRET(sample, 16)

static void secrets_compare_and_wipe(void **state)
{
    (void)state;
    struct mcv_sample a = {{1}}, b = {{1}};
    static const struct mcv_sample zero;

    assert_true(mcv_sample_equal(&a, &b));
    b.b[15] = 0x80;
    assert_false(mcv_sample_equal(&a, &b));
    mcv_sample_wipe(&b);
    assert_true(mcv_sample_equal(&b, &zero));
}

static void sequence_order_survives_the_wrap(void **state)
{
    (void)state;
    assert_true(mcv_seq_less(1, 2));
    assert_true(mcv_seq_less(65535, 0));
    assert_false(mcv_seq_less(0, 65535));
    assert_false(mcv_seq_less(7, 7));
}

static void generators_differ_by_stream_and_repeat_by_seed(void **state)
{
    (void)state;
    struct mcv_prng a, b, c;

    mcv_prng_init(&a, 1, 0);
    mcv_prng_init(&b, 1, 0);
    mcv_prng_init(&c, 1, 1);
    const uint64_t first = mcv_prng_u64(&a);
    assert_true(first == mcv_prng_u64(&b));
    assert_true(first != mcv_prng_u64(&c));
}

static mcv_err broken_fill(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    memset(out, 0x55, n);
    return MCV_E_CRYPTO;
}

static void failing_generator_leaves_zeros(void **state)
{
    (void)state;
    const struct mcv_rng broken = {.fill = broken_fill};
    uint8_t out[4] = {9, 9, 9, 9};
    uint32_t v = 9;

    assert_int_equal(mcv_rng_bytes(&broken, out, sizeof out), MCV_E_CRYPTO);
    mcv_assert_hex(mcv_bytes_of(out, sizeof out), "00000000");
    assert_int_equal(mcv_rng_below(&broken, &v, 10), MCV_E_CRYPTO);
    assert_int_equal(v, 0);
}

static void system_generator_is_bounded_and_moves(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    uint32_t v;

    assert_int_equal(mcv_rng_bytes(&mcv_rng_system, a, sizeof a), MCV_OK);
    assert_int_equal(mcv_rng_bytes(&mcv_rng_system, b, sizeof b), MCV_OK);
    assert_memory_not_equal(a, b, sizeof a);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(mcv_rng_below(&mcv_rng_system, &v, 3), MCV_OK);
        assert_true(v < 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_name_text_and_class),
        cmocka_unit_test(reader_reads_big_endian_and_ends_exactly),
        cmocka_unit_test(reader_error_is_sticky_and_gives_zeros),
        cmocka_unit_test(reader_reports_octets_left_over),
        cmocka_unit_test(sub_reader_is_bounded_and_carries_the_error),
        cmocka_unit_test(writer_fills_lengths_and_stops_at_its_end),
        cmocka_unit_test(writer_refuses_a_length_that_does_not_fit),
        cmocka_unit_test(secrets_compare_and_wipe),
        cmocka_unit_test(sequence_order_survives_the_wrap),
        cmocka_unit_test(generators_differ_by_stream_and_repeat_by_seed),
        cmocka_unit_test(failing_generator_leaves_zeros),
        cmocka_unit_test(system_generator_is_bounded_and_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
