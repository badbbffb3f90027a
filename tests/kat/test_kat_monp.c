/* Known answers of MONP: datagrams of TS 24.281 17.1, at least one of each of the 22 types. */
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/monp_vectors.h"

static void every_type_has_a_vector_and_a_name(void **state)
{
    (void)state;
    for (unsigned type = MCV_MONP_TYPE_FIRST; type <= MCV_MONP_TYPE_LAST; type++) {
        const struct monp_vector *v = monp_vector_of((uint8_t)type);
        assert_non_null(strstr(v->why, mcv_monp_type_name((uint8_t)type)));
    }
    assert_string_equal(mcv_monp_type_name(0x80), "unknown");
    assert_string_equal(mcv_monp_type_name(0x97), "unknown");
}

static void datagrams_decode_to_their_meaning(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_monp_vectors; i++) {
        uint8_t datagram[256];
        struct mcv_monp m;
        const size_t n = mcv_hex_decode(datagram, sizeof datagram, monp_vectors[i].hex);

        print_message("%s\n", monp_vectors[i].why);
        assert_int_equal(mcv_monp_decode(&m, mcv_bytes_of(datagram, n), MCV_MONP_IEI_HEX), MCV_OK);
        assert_monp_equal(&m, &monp_vectors[i].m);
    }
}

static void meaning_encodes_to_the_datagrams(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_monp_vectors; i++) {
        uint8_t datagram[256];
        struct mcv_writer w = mcv_writer_of(datagram, sizeof datagram);

        print_message("%s\n", monp_vectors[i].why);
        mcv_monp_encode(&w, &monp_vectors[i].m);
        mcv_assert_hex(mcv_wr_done(&w), monp_vectors[i].hex);
    }
}

/* The first octets and the sizes, once more without the macros of the vector file. */
static void sizes_of_the_common_messages(void **state)
{
    static const struct {
        uint8_t type;
        size_t n;
    } rows[] = {{0x81, 21}, {0x82, 88}, {0x84, 72}, {0x88, 55}, {0x89, 46},
                {0x8b, 47}, {0x8e, 46}, {0x8f, 55}, {0x95, 4}};
    uint8_t datagram[256];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            mcv_hex_decode(datagram, sizeof datagram, monp_vector_of(rows[i].type)->hex),
            rows[i].n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_a_vector_and_a_name),
        cmocka_unit_test(datagrams_decode_to_their_meaning),
        cmocka_unit_test(meaning_encodes_to_the_datagrams),
        cmocka_unit_test(sizes_of_the_common_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
