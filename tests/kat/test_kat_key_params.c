/* The key parameters of the GMK message of tests/support/imsg_vectors.h. Spec: TS 33.180 E.6, F.1.5 */
#include "proto/key_params.h"
#include "proto/mikey.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/imsg_vectors.h"

static uint8_t octets[MCV_MIKEY_MAX_BYTES];

static struct mcv_bytes payload(void)
{
    const size_t n = mcv_hex_decode(octets, sizeof octets, IMSG_GMK_MESSAGE);
    struct mcv_mikey_msg m;

    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(octets, n)), MCV_OK);
    return mcv_mikey_find_ext(&m, MCV_EXT_KEY_PARAMS)->data;
}

static struct mcv_key_params params(void)
{
    return (struct mcv_key_params){.type = MCV_KEY_GMK,
                                   .status = MCV_KEY_STATUS_VALID,
                                   .text = mcv_bytes_str("G1"),
                                   .n_groups = 1,
                                   .groups = {mcv_bytes_str("sip:group1@example.org")}};
}

static void content(void **state)
{
    (void)state;
    const struct mcv_key_params p = params();
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);

    mcv_key_params_encode(&w, &p);
    mcv_assert_hex(mcv_wr_done(&w), IMSG_PARAMS);
}

static void opened(void **state)
{
    (void)state;
    uint8_t gmk[MCV_KEY_BYTES], plain[MCV_KEY_PARAMS_MAX_BYTES];
    size_t n;

    mcv_hex_exact(gmk, sizeof gmk, IMSG_GMK);
    assert_int_equal(mcv_key_params_open(plain, &n, payload(), gmk, IMSG_GUK_ID), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(plain, n), IMSG_PARAMS);
}

static void sealed(void **state)
{
    (void)state;
    uint8_t gmk[MCV_KEY_BYTES], iv[MCV_PAYLOAD_IV_BYTES], room[128];
    const struct mcv_bytes want = payload();
    const struct mcv_key_params p = params();
    struct mcv_writer w = mcv_writer_of(room, sizeof room);

    mcv_hex_exact(gmk, sizeof gmk, IMSG_GMK);
    mcv_hex_exact(iv, sizeof iv, IMSG_GMK_IV);
    mcv_key_params_seal(&w, &p, gmk, IMSG_GUK_ID, iv, IMSG_UTC_S);
    assert_int_equal(w.n, want.n);
    assert_memory_equal(room, want.p, want.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content),
        cmocka_unit_test(opened),
        cmocka_unit_test(sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
