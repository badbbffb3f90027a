/* The payloads of the two messages of tests/support/imsg_vectors.h. */
#include "proto/mikey.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/imsg_vectors.h"

static uint8_t octets[MCV_MIKEY_MAX_BYTES];

static struct mcv_mikey_msg decoded(const char *hex)
{
    struct mcv_mikey_msg m;
    const size_t n = mcv_hex_decode(octets, sizeof octets, hex);

    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(octets, n)), MCV_OK);
    assert_int_equal(m.covered.n + MCV_MIKEY_SIGN_BYTES, n);
    assert_ptr_equal(m.covered.p, octets);
    assert_int_equal(m.signature.n, MCV_MIKEY_SIGN_BYTES);
    assert_int_equal(m.sed.n, MCV_MIKEY_SED_BYTES);
    assert_true(m.has_t);
    assert_int_equal(m.t, IMSG_T);
    assert_false(m.wants_response);
    return m;
}

static void assert_id(const struct mcv_mikey_msg *m, enum mcv_mikey_role role, const char *text)
{
    assert_int_equal(m->ids[role].type, MCV_ID_URI);
    assert_true(mcv_bytes_equal(m->ids[role].data, mcv_bytes_str(text)));
}

static void assert_only_ids(const struct mcv_mikey_msg *m, const char *initiator)
{
    assert_id(m, MCV_ROLE_INITIATOR, initiator);
    assert_id(m, MCV_ROLE_RESPONDER, IMSG_BOB);
    assert_id(m, MCV_ROLE_INITIATOR_KMS, IMSG_KMS);
    assert_id(m, MCV_ROLE_RESPONDER_KMS, IMSG_KMS);
    assert_int_equal(m->ids[MCV_ROLE_INITIATOR_UID].data.n, 0);
    assert_int_equal(m->ids[MCV_ROLE_RESPONDER_UID].data.n, 0);
}

static void assert_written_again(const struct mcv_mikey_msg *m)
{
    uint8_t room[MCV_MIKEY_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(room, sizeof room);

    mcv_mikey_encode(&w, m);
    assert_int_equal(w.err, MCV_OK);
    assert_true(mcv_bytes_equal(mcv_wr_done(&w), m->covered));
}

/* Spec: TS 33.180 E.3. */
static void pck_message(void **state)
{
    (void)state;
    const struct mcv_mikey_msg m = decoded(IMSG_PCK_MESSAGE);
    struct mcv_mikey_profile profile;

    assert_int_equal(m.csb_id, IMSG_PCK_ID);
    assert_int_equal(m.map, MCV_MAP_EMPTY);
    assert_int_equal(m.n_cs, 0);
    assert_only_ids(&m, IMSG_ALICE);
    mcv_assert_hex(m.rand, IMSG_PCK_RAND);
    assert_int_equal(m.n_sp, 0);
    assert_int_equal(m.n_ext, 0);
    assert_int_equal(mcv_mikey_profile_for(&profile, &m, 2, MCV_PROFILE_PRIVATE), MCV_OK);
    assert_int_equal(profile.roc_rate, 0);
    assert_written_again(&m);
}

/* Spec: TS 33.180 E.2, E.6.1. */
static void gmk_message(void **state)
{
    (void)state;
    const struct mcv_mikey_msg m = decoded(IMSG_GMK_MESSAGE);
    struct mcv_mikey_profile profile;

    assert_int_equal(m.csb_id, IMSG_GUK_ID);
    assert_int_equal(m.map, MCV_MAP_GENERIC_ID);
    assert_int_equal(m.n_cs, 1);
    assert_int_equal(m.cs[0].cs_id, 5);
    assert_int_equal(m.cs[0].n_policies, 1);
    assert_false(m.cs[0].has_roc);
    assert_int_equal(m.cs[0].session.n, 0);
    mcv_assert_hex(m.cs[0].spi, "0badf00d 00dbc209");
    assert_only_ids(&m, IMSG_GMS);
    mcv_assert_hex(m.rand, IMSG_GMK_RAND);
    assert_int_equal(m.n_sp, 1);
    assert_true(mcv_bytes_equal(m.sp[0].params, mcv_mikey_params_of(MCV_PROFILE_GROUP)));
    mcv_assert_hex(m.sp[0].params,
                   "000106 010110 020104 04010c 050100 060100 0d0101 120104 130100 140110");
    assert_int_equal(m.n_ext, 1);
    assert_non_null(mcv_mikey_find_ext(&m, MCV_EXT_KEY_PARAMS));
    assert_int_equal(m.ext[0].data.n, 98);
    assert_int_equal(mcv_mikey_profile_for(&profile, &m, 5, MCV_PROFILE_PRIVATE), MCV_OK);
    assert_int_equal(profile.roc_rate, 1);
    assert_written_again(&m);
}

static void no_truncation_decodes(void **state)
{
    static const char *const messages[] = {IMSG_PCK_MESSAGE, IMSG_GMK_MESSAGE};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        const size_t n = mcv_hex_decode(octets, sizeof octets, messages[i]);
        for (size_t cut = 0; cut < n; cut++) {
            struct mcv_mikey_msg m;
            assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(octets, cut)), MCV_E_TRUNCATED);
            assert_int_equal(m.signature.n, 0);
            assert_int_equal(m.csb_id, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pck_message),
        cmocka_unit_test(gmk_message),
        cmocka_unit_test(no_truncation_decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
