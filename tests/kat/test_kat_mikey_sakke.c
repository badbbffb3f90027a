/* The two messages of tests/support/imsg_vectors.h, built octet by octet and opened as bob. The
 * derived keys were computed with them. Spec: RFC 6509; TS 33.180 E.2, E.3, 7.4.1, 7.4.2 */
#include "crypto/kdf.h"
#include "crypto/key_table.h"
#include "proto/mikey_sakke.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/imsg_fixture.h"
#include "tests/support/imsg_vectors.h"
#include "tests/support/rng_script.h"

static struct fix_home home;
static uint8_t octets[MCV_MIKEY_MAX_BYTES], rand_octets[MCV_MIKEY_RAND_BYTES], script_octets[64];
static struct mcv_rng_script script;

static struct mcv_rng rng_of(const char *hex)
{
    script = (struct mcv_rng_script){script_octets,
                                     mcv_hex_decode(script_octets, sizeof script_octets, hex)};
    return mcv_rng_script(&script);
}

static int open_home(void **state)
{
    (void)state;
    fix_home_open(&home);
    return 0;
}

static int close_home(void **state)
{
    (void)state;
    fix_home_close(&home);
    return 0;
}

static void pck_message_built(void **state)
{
    (void)state;
    const struct mcv_imsg_spec spec = fix_pck_spec(&home, rand_octets);
    const struct mcv_rng rng = rng_of(IMSG_PCK IMSG_NONCE);
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_pck pck;

    mcv_hex_exact(rand_octets, sizeof rand_octets, IMSG_PCK_RAND);
    assert_int_equal(mcv_imsg_build_pck(&w, &pck, &spec, &rng), MCV_OK);
    mcv_assert_hex(mcv_wr_done(&w), IMSG_PCK_MESSAGE);
    mcv_assert_hex(mcv_bytes_of(pck.b, sizeof pck.b), IMSG_PCK);
    assert_int_equal(script.n, 0);
}

static void gmk_message_built(void **state)
{
    (void)state;
    const struct mcv_imsg_spec spec = fix_gmk_spec(&home, rand_octets);
    const struct mcv_rng rng = rng_of(IMSG_GMK_IV IMSG_NONCE);
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_ssv gmk;

    mcv_hex_exact(rand_octets, sizeof rand_octets, IMSG_GMK_RAND);
    mcv_hex_exact(gmk.b, sizeof gmk.b, IMSG_GMK);
    assert_int_equal(mcv_imsg_build(&w, NULL, &spec, &gmk, &rng), MCV_OK);
    mcv_assert_hex(mcv_wr_done(&w), IMSG_GMK_MESSAGE);
    assert_int_equal(script.n, 0);
}

static struct mcv_imsg_key opened(const char *message, enum mcv_key_type type,
                                  const char *initiator, uint16_t roc_rate)
{
    const size_t n = mcv_hex_decode(octets, sizeof octets, message);
    const struct mcv_imsg_trust trust = {
        .kms = &home.kms.kms, .n_kms = 1, .own = &home.bob.own, .n_own = 1};
    const struct mcv_imsg_context context = {.trust = &trust,
                                             .call_id = MCV_REPLAY_NO_CALL,
                                             .utc_s = IMSG_UTC_S,
                                             .sakke_mode = MCV_SAKKE_STRICT};
    struct mcv_imsg m;
    static struct mcv_imsg_job job;
    struct mcv_imsg_key key;

    assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(octets, n), type), MCV_OK);
    assert_int_equal(mcv_imsg_resolve(&job, NULL, &m, &context), MCV_OK);
    assert_int_equal(mcv_imsg_verify(&job), MCV_OK);
    assert_int_equal(mcv_imsg_authorise(&job, mcv_bytes_str(initiator)), MCV_OK);
    assert_int_equal(mcv_imsg_decapsulate(&key, &job), MCV_OK);
    assert_int_equal(key.type, type);
    assert_int_equal(key.t_utc_s, IMSG_UTC_S);
    assert_false(key.is_revoked);
    assert_int_equal(mcv_imsg_profile(&job, 5).roc_rate, roc_rate);
    return key;
}

static void assert_srtp_keys(const struct mcv_imsg_key *key, uint8_t cs_id, uint32_t csb_id,
                             const char *const want[6])
{
    struct mcv_srtp_master m;
    struct mcv_srtp_session s;

    assert_int_equal(
        mcv_kdf_srtp_master(&m, key->key.b, cs_id, csb_id, mcv_bytes_of(key->rand, key->n_rand)),
        MCV_OK);
    mcv_assert_hex(mcv_bytes_of(m.key.b, sizeof m.key.b), want[0]);
    mcv_assert_hex(mcv_bytes_of(m.salt.b, sizeof m.salt.b), want[1]);
    assert_int_equal(mcv_kdf_srtp_session(&s, &m), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(s.rtp_key.b, sizeof s.rtp_key.b), want[2]);
    mcv_assert_hex(mcv_bytes_of(s.rtp_salt.b, sizeof s.rtp_salt.b), want[3]);
    mcv_assert_hex(mcv_bytes_of(s.rtcp_key.b, sizeof s.rtcp_key.b), want[4]);
    mcv_assert_hex(mcv_bytes_of(s.rtcp_salt.b, sizeof s.rtcp_salt.b), want[5]);
}

static void pck_message_opened(void **state)
{
    static const char *const initiator[] = {
        "2860448517A2CFAD5059D0BC36793EFC", "23DE2674BDD7629C7665D2D2",
        "960E58558682B6C69B4979271966408F", "E07A03B0EBAD7042AD603325",
        "B7DDC158C767A0CA1AE4D3D766D14547", "DB229F8F3A51F08488C7502F"};
    static const char *const receiver[] = {
        "7A98E71B7FD7D3754FBB15FFE9DE0BDA", "54A548825AD85A766582A38D",
        "EA2D60A763C31091613DB4CED5625C10", "DA667F33F6BB076306FFEDCD",
        "B1B0C094A1A812286885CD4E40400D2F", "A760520534C248D72E8A64DF"};
    const struct mcv_imsg_key key = opened(IMSG_PCK_MESSAGE, MCV_KEY_PCK, IMSG_ALICE, 0);
    const uint8_t cs_initiator = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_INITIATOR);
    const uint8_t cs_receiver = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_RECEIVER);
    struct mcv_key_params p;
    (void)state;

    mcv_assert_hex(mcv_bytes_of(key.key.b, sizeof key.key.b), IMSG_PCK);
    mcv_assert_hex(mcv_bytes_of(key.rand, key.n_rand), IMSG_PCK_RAND);
    assert_int_equal(key.key_id, IMSG_PCK_ID);
    assert_int_equal(key.csb_id, IMSG_PCK_ID);
    assert_int_equal(mcv_imsg_key_params(&p, &key), MCV_E_NOT_FOUND);
    assert_srtp_keys(&key, cs_initiator, key.csb_id, initiator);
    assert_srtp_keys(&key, cs_receiver, key.csb_id, receiver);
}

static void gmk_message_opened(void **state)
{
    static const char *const bob[] = {
        "CA415C87849A0ABB519FC064D02AAE92", "45E7AE2BBC46A92121312580",
        "24298E0F689BF7287F70F46E6D8A8C54", "06B09CD038CAD242A64D0E86",
        "AC855746F9E28FA9976C027810678A0B", "4AF4FFA5539CF3E7721F3638"};
    static const char *const alice[] = {
        "04093C16027A96133F01DA8C939E7473", "528376FA242C1E752E502882",
        "AF18249A2BA2BACFE0710D57C6EF6EC1", "9805A65D867957251CB828A6",
        "B396E04C702329DB641FF8359BA600E6", "2135E5F36BA26272ED83D71C"};
    const struct mcv_imsg_key key = opened(IMSG_GMK_MESSAGE, MCV_KEY_GMK, IMSG_GMS, 1);
    struct mcv_key_params p;
    (void)state;

    mcv_assert_hex(mcv_bytes_of(key.key.b, sizeof key.key.b), IMSG_GMK);
    mcv_assert_hex(mcv_bytes_of(key.rand, key.n_rand), IMSG_GMK_RAND);
    assert_int_equal(key.key_id, IMSG_GMK_ID);
    assert_int_equal(key.csb_id, IMSG_GUK_ID);
    mcv_assert_hex(mcv_bytes_of(key.params, key.n_params), IMSG_PARAMS);
    assert_int_equal(mcv_imsg_key_params(&p, &key), MCV_OK);
    assert_int_equal(p.n_groups, 1);
    assert_true(mcv_bytes_equal(p.groups[0], mcv_bytes_str(IMSG_GROUP)));
    assert_srtp_keys(&key, MCV_CS_ID_MCVIDEO_GROUP, key.csb_id, bob);
    assert_srtp_keys(&key, MCV_CS_ID_MCVIDEO_GROUP, 0x0220ea49, alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pck_message_built),
        cmocka_unit_test(gmk_message_built),
        cmocka_unit_test(pck_message_opened),
        cmocka_unit_test(gmk_message_opened),
    };
    return cmocka_run_group_tests(tests, open_home, close_home);
}
