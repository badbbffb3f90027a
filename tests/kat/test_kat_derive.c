/* Known answers of everything that is derived: UIDs, GUK-IDs, payload cipher keys, SRTP keys.
 *
 * Sources: TS 33.180 F.2.1 and F.1.3 (UID and GUK-ID vectors, cross-checked with independent
 * implementations), RFC 3711 B.3, RFC 4231 4.3 (HMAC of RFC 2104), FIPS 180-4, and a PCK and a GMK
 * message computed by an independent reference script from RFC 3830 4.1, RFC 6043 6.1, TS 33.220 B.2 and
 * TS 33.180 7.4. */
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/key_table.h"
#include "crypto/uid.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

static const char gmk_hex[] = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";
static const char gmk_rand_hex[] = "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF";
#define GMK_ID 0x0badf00du

static void sha256_and_hmac(void **state)
{
    (void)state;
    const struct mcv_bytes abc[] = {mcv_bytes_str("a"), mcv_bytes_str(""), mcv_bytes_str("bc")};
    const struct mcv_bytes text[] = {mcv_bytes_str("what do ya want "),
                                     mcv_bytes_str("for nothing?")};
    uint8_t out[MCV_SHA256_BYTES];

    assert_int_equal(mcv_sha256(out, abc, 3), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(out, sizeof out),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* RFC 4231 4.3 */
    assert_int_equal(mcv_hmac_sha256(out, mcv_bytes_str("Jefe"), text, 2), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(out, sizeof out),
                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* Spec: TS 33.180 F.2.1; kms.example.org. */
static void uid_of_user_and_period(void **state)
{
    static const struct {
        const char *why, *user;
        uint64_t period_s, offset_s, no;
        const char *uid;
    } rows[] = {
        {"offset 0 is one octet", "sip:user@example.org", 2592000, 0, 1,
         "74e2af803ab5d72841bbced0ce319ffe64f6fe23c88a2d258aabcf6ac5658ef4"},
        {"one-octet integers", "sip:user@example.org", 10, 0, 10,
         "94fb1a697c15d7e9d6b7062066affebda2d9e346e0090d67525c0c3ce666eafa"},
        {"four-octet period", "sip:user@example.org", 25920000, 100, 1,
         "3c0ad8828cfae1ad1d08b27cc7b61258c6cfcd405081b68cd778f1e1c7f562a7"},
        {"two-octet number", "sip:user@example.org", 25920000, 100, 2048,
         "c88b3fa5e36a08985d10f7b31a631b0265e8249f0312435e4984dbc3765c7f0c"},
        {"four-octet offset and number (no valid offset: coding only)", "sip:user@example.org",
         25920000, 45920000, 20393844,
         "8dc05540167345538475101514f4eabd384abd6ba665782abb312ecaf05934e1"},
        {"a present period", "sip:user@example.org", 2592000, 0, 1388,
         "3a81fb14c3b1d0fe43c9c577104d55a6d81788bfd2f09743c4557746a5a0353b"},
        {"alice of the PCK message", "sip:alice@example.org", 2592000, 0, 1389,
         "A14A71DBCDBFB3F6EAF08AC66B4F4784AA354F5C47F033AA3BECB736C272E66B"},
        {"bob of the PCK message", "sip:bob@example.org", 2592000, 0, 1389,
         "11059EEBBD057BD267AB8C316540C0AA6A543D9CE80D2F41BDD19394DECCCCEE"},
        {"group management server", "sip:gms@example.org", 2592000, 0, 1389,
         "ADE33D67686434D2E30B24038DC4E5E753F2FF355DFF79A64DDA9954D6AB619C"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_key_period k = {rows[i].period_s, rows[i].offset_s};
        struct mcv_uid uid;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_uid_derive(&uid, mcv_bytes_str(rows[i].user),
                                        mcv_bytes_str("kms.example.org"), &k, rows[i].no),
                         MCV_OK);
        mcv_assert_hex(mcv_bytes_of(uid.b, sizeof uid.b), rows[i].uid);
    }
}

/* Spec: TS 33.180 5.2.3, F.1.3. */
static void guk_id_of_member_and_back(void **state)
{
    static const struct {
        const char *gmk, *user;
        uint32_t gmk_id, salt, guk_id;
    } rows[] = {
        {"07D1A1677AC36D8E81620484689B3C2D", "sip:alice@streamwide.com", 0x0df9bc39, 0x0b5896d3,
         0x06a12aea},
        {gmk_hex, "sip:bob@example.org", GMK_ID, 0x0b763204, 0x00dbc209},
        {gmk_hex, "sip:alice@example.org", GMK_ID, 0x098d1a44, 0x0220ea49},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_gmk gmk;
        uint32_t salt;
        mcv_hex_exact(gmk.b, sizeof gmk.b, rows[i].gmk);
        assert_int_equal(mcv_user_salt(&salt, &gmk, mcv_bytes_str(rows[i].user)), MCV_OK);
        assert_int_equal(salt, rows[i].salt);
        assert_int_equal(mcv_guk_id_of(rows[i].gmk_id, salt), rows[i].guk_id);
        assert_int_equal(mcv_gmk_id_of(rows[i].guk_id, salt), rows[i].gmk_id);
    }
}

/* Spec: TS 33.180 F.1.5; the GMK message's key parameters. */
static void payload_cipher_key(void **state)
{
    (void)state;
    struct mcv_gmk gmk;
    struct mcv_dpck dpck;

    mcv_hex_exact(gmk.b, sizeof gmk.b, gmk_hex);
    assert_int_equal(mcv_kdf_dpck(&dpck, gmk.b, 0x00dbc209), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(dpck.b, sizeof dpck.b), "DDC4CE4F1569DC4548B1754F4D52ACCF");
}

/* Spec: RFC 3830 4.1.3, TS 33.180 7.4.1 and 7.4.2, RFC 3711 4.3. */
static void srtp_keys_of_calls(void **state)
{
    static const char pck[] = "00112233445566778899AABBCCDDEEFF";
    static const char pck_rand[] = "101112131415161718191A1B1C1D1E1F";
    static const struct {
        const char *why, *tgk, *rand;
        uint8_t cs_id;
        uint32_t csb_id;
        const char *key, *salt, *rtp_key, *rtp_salt, *rtcp_key, *rtcp_salt;
    } rows[] = {
        {"PCK, initiator", pck, pck_rand, 2, 0x1abcdef1, "2860448517A2CFAD5059D0BC36793EFC",
         "23DE2674BDD7629C7665D2D2", "960E58558682B6C69B4979271966408F", "E07A03B0EBAD7042AD603325",
         "B7DDC158C767A0CA1AE4D3D766D14547", "DB229F8F3A51F08488C7502F"},
        {"PCK, receiver", pck, pck_rand, 3, 0x1abcdef1, "7A98E71B7FD7D3754FBB15FFE9DE0BDA",
         "54A548825AD85A766582A38D", "EA2D60A763C31091613DB4CED5625C10", "DA667F33F6BB076306FFEDCD",
         "B1B0C094A1A812286885CD4E40400D2F", "A760520534C248D72E8A64DF"},
        {"GMK, bob sends", gmk_hex, gmk_rand_hex, 5, 0x00dbc209, "CA415C87849A0ABB519FC064D02AAE92",
         "45E7AE2BBC46A92121312580", "24298E0F689BF7287F70F46E6D8A8C54", "06B09CD038CAD242A64D0E86",
         "AC855746F9E28FA9976C027810678A0B", "4AF4FFA5539CF3E7721F3638"},
        {"GMK, alice sends", gmk_hex, gmk_rand_hex, 5, 0x0220ea49,
         "04093C16027A96133F01DA8C939E7473", "528376FA242C1E752E502882",
         "AF18249A2BA2BACFE0710D57C6EF6EC1", "9805A65D867957251CB828A6",
         "B396E04C702329DB641FF8359BA600E6", "2135E5F36BA26272ED83D71C"},
        {"GMK, CS-ID 4, RAND of another message", "07d1a1677ac36d8e81620484689b3c2d",
         "ca2f5d51ff0866362c1d85a56f84651e", 4, 0x06a12aea, "acb1b4e2b2dca12291e1794a8ef84947",
         "ee2f78e5ef16939d4a938327", "6631580053d088e9f13e718d2ee3e012", "ebc84d2e7d63baa2397556ef",
         "6dc18dee76b236306c19f21f01a6fb40", "24a19aa1293b1fa7528a1d85"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t tgk[MCV_KEY_BYTES], rand[MCV_RAND_MIN_BYTES];
        struct mcv_srtp_master m;
        struct mcv_srtp_session s;
        print_message("%s\n", rows[i].why);
        mcv_hex_exact(tgk, sizeof tgk, rows[i].tgk);
        mcv_hex_exact(rand, sizeof rand, rows[i].rand);
        assert_int_equal(mcv_kdf_srtp_master(&m, tgk, rows[i].cs_id, rows[i].csb_id,
                                             mcv_bytes_of(rand, sizeof rand)),
                         MCV_OK);
        mcv_assert_hex(mcv_bytes_of(m.key.b, sizeof m.key.b), rows[i].key);
        mcv_assert_hex(mcv_bytes_of(m.salt.b, sizeof m.salt.b), rows[i].salt);
        assert_int_equal(mcv_kdf_srtp_session(&s, &m), MCV_OK);
        mcv_assert_hex(mcv_bytes_of(s.rtp_key.b, sizeof s.rtp_key.b), rows[i].rtp_key);
        mcv_assert_hex(mcv_bytes_of(s.rtp_salt.b, sizeof s.rtp_salt.b), rows[i].rtp_salt);
        mcv_assert_hex(mcv_bytes_of(s.rtcp_key.b, sizeof s.rtcp_key.b), rows[i].rtcp_key);
        mcv_assert_hex(mcv_bytes_of(s.rtcp_salt.b, sizeof s.rtcp_salt.b), rows[i].rtcp_salt);
    }
}

static void aes_cm_prf(void **state)
{
    static const char b3_key[] = "E1F97A0D3E018BE0D64FA32C06DE4139";
    static const char b3_salt[] = "0EC675AD498AFEEBB6960B3AABE6";
    static const char gcm_key[] = "000102030405060708090A0B0C0D0E0F";
    static const char gcm_salt[] = "A0A1A2A3A4A5A6A7A8A9AAAB0000";
    static const struct {
        const char *why, *key, *salt;
        uint8_t label;
        const char *out;
    } rows[] = {
        {"RFC 3711 B.3 cipher key", b3_key, b3_salt, 0, "C61E7A93744F39EE10734AFE3FF7A087"},
        {"RFC 3711 B.3 cipher salt", b3_key, b3_salt, 2, "30CBBC08863D8C85D49DB34A9AE1"},
        {"RFC 3711 B.3 auth key", b3_key, b3_salt, 1, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"},
        {"12-octet salt, SRTP key", gcm_key, gcm_salt, 0, "077C6143CB221BC355FF23D5F984A16E"},
        {"12-octet salt, SRTP salt", gcm_key, gcm_salt, 2, "9AF3E95364EBAC9C99C5A7C4"},
        {"12-octet salt, SRTCP key", gcm_key, gcm_salt, 3, "615DCD9042600666F6FD4D9E4FE4519F"},
        {"12-octet salt, SRTCP salt", gcm_key, gcm_salt, 5, "FCCA937B9112A500DAC72269"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t key[MCV_KEY_BYTES], salt[MCV_KDF_CM_SALT_BYTES], out[32];
        const size_t n = strlen(rows[i].out) / 2;
        print_message("%s\n", rows[i].why);
        mcv_hex_exact(key, sizeof key, rows[i].key);
        mcv_hex_exact(salt, sizeof salt, rows[i].salt);
        assert_int_equal(mcv_kdf_aes_cm(out, n, key, salt, rows[i].label), MCV_OK);
        mcv_assert_hex(mcv_bytes_of(out, n), rows[i].out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_and_hmac),           cmocka_unit_test(uid_of_user_and_period),
        cmocka_unit_test(guk_id_of_member_and_back), cmocka_unit_test(payload_cipher_key),
        cmocka_unit_test(srtp_keys_of_calls),        cmocka_unit_test(aes_cm_prf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
