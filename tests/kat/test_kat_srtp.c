/* Known answers of whole protected packets, through both back-ends.
 *
 * Sources: RFC 7714 16.1 and 17.1 (session keys given; the AEAD of RFC 5116 5.1); packets of group and private keys computed by a
 * reference script and confirmed with libsrtp 2 (TS 33.180 7.4, 7.5); key parameters of a GMK message
 * (TS 33.180 E.6, 16-octet IV of SP 800-38D 7.1). */
#include "crypto/aead.h"
#include "crypto/srtp.h"
#include "crypto/srtp_backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#include <stdlib.h>

#define RTP_HELLO "80600001 00000000 11223344 68656C6C6F"
#define RTCP_MCV0 "80CC0002 11223344 4D435630"
#define AB16      "ABABABABABABABABABABABABABABABAB"

static struct mcv_srtp_packet rtp_of(const uint8_t *p, size_t n)
{
    return (struct mcv_srtp_packet){.bytes = mcv_bytes_of(p, n),
                                    .header_bytes = MCV_RTP_FIXED_BYTES,
                                    .ssrc = mcv_load_be32(p + 8),
                                    .seq = mcv_load_be16(p + 2)};
}

/* Master keys; guk_id 0: four octets of MKI, no ROC tag. The transmission request is that of
 * TS 24.581 9.2.4 with priority 5 from sip:u1@mc.example. */
static const struct row {
    const char *why, *key, *salt;
    uint32_t key_id, guk_id;
    bool is_rtcp;
    const char *plain, *sealed;
} rows[] = {
    {"bob to the group", "CA415C87849A0ABB519FC064D02AAE92", "45E7AE2BBC46A92121312580", 0x0badf00d,
     0x00dbc209, false, RTP_HELLO,
     "8060000100000000112233440DBC956073B89B72CABB885D88C3BC6784C77BD52C0BADF00D00DBC20900000000"},
    {"alice to the group", "04093C16027A96133F01DA8C939E7473", "528376FA242C1E752E502882",
     0x0badf00d, 0x0220ea49, false, RTP_HELLO,
     "806000010000000011223344EC768F7316E2D9BB1012FEC51361846F5B946A2A8B0BADF00D0220EA4900000000"},
    {"control of bob", "CA415C87849A0ABB519FC064D02AAE92", "45E7AE2BBC46A92121312580", 0x0badf00d,
     0x00dbc209, true, RTCP_MCV0,
     "80CC000211223344296C8203B4414ABCF8AFC64B89466DA39AD5AB54800000010BADF00D00DBC209"},
    {"control of alice", "04093C16027A96133F01DA8C939E7473", "528376FA242C1E752E502882", 0x0badf00d,
     0x0220ea49, true, RTCP_MCV0,
     "80CC000211223344AACEE7CEC18C26BC15886B90E62791DC32932732800000010BADF00D0220EA49"},
    {"transmission request", "acb1b4e2b2dca12291e1794a8ef84947", "ee2f78e5ef16939d4a938327",
     0x0df9bc39, 0x06a12aea, true,
     "80cc0009 11111111 4d435630 00020500 06117369 703a7531 406d632e 6578616d 706c6500 0d028000",
     "80cc0009111111114245b40ff691e2e20e35ac7e14cfc574c74d26a42bfd7b15"
     "57728ae97b7bce0145cab98e52a74a010bc9bf46b872abc9 80000001 0df9bc3906a12aea"},
    {"media under the same key", "acb1b4e2b2dca12291e1794a8ef84947", "ee2f78e5ef16939d4a938327",
     0x0df9bc39, 0x06a12aea, false, "80600001 00000000 11111111 f0f1f2f3",
     "806000010000000011111111fa7a2fb680f451a3087b75b028c56f74920a4a12 0df9bc3906a12aea 00000000"},
};

static mcv_err seal_row(struct mcv_bytes *sealed, uint8_t *out, size_t cap, struct mcv_srtp_tx *tx,
                        const struct row *r)
{
    uint8_t plain[128];
    const size_t n = mcv_hex_decode(plain, sizeof plain, r->plain);
    const struct mcv_srtp_packet packet = rtp_of(plain, n);

    if (r->is_rtcp) {
        return mcv_srtp_tx_seal_rtcp(tx, sealed, out, cap, mcv_bytes_of(plain, n));
    }
    return mcv_srtp_tx_seal(tx, sealed, out, cap, &packet);
}

static void packets_of_calls(void **state)
{
    const struct mcv_srtp_backend *backend = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct mcv_srtp_master master;
        struct mcv_srtp_tx_params params = {
            .master = &master,
            .mki = mcv_srtp_mki_group(r->key_id, r->guk_id),
            .roc_every = MCV_SRTP_ROC_GROUP,
        };
        struct mcv_srtp_tx tx;
        struct mcv_bytes sealed;
        uint8_t plain[128], out[160];

        print_message("%s\n", r->why);
        mcv_hex_exact(master.key.b, sizeof master.key.b, r->key);
        mcv_hex_exact(master.salt.b, sizeof master.salt.b, r->salt);
        (void)mcv_hex_decode(plain, sizeof plain, r->plain);
        params.ssrc = mcv_load_be32(plain + (r->is_rtcp ? 4 : 8));
        assert_int_equal(mcv_srtp_tx_init(&tx, backend, &params), MCV_OK);
        assert_int_equal(seal_row(&sealed, out, sizeof out, &tx, r), MCV_OK);
        mcv_assert_hex(sealed, r->sealed);
        mcv_srtp_tx_wipe(&tx);
    }
}

/* The transform alone: a master key without an MKI. */
static void packets_without_mki(void **state)
{
    const struct mcv_srtp_backend *backend = *state;
    struct mcv_srtp_cipher tx = {.backend = backend, .is_sender = true};
    struct mcv_srtp_cipher rx = {.backend = backend};
    struct mcv_srtp_master master;
    uint8_t plain[32], sealed[64], opened[64];
    size_t n;

    mcv_hex_exact(master.key.b, sizeof master.key.b, "000102030405060708090A0B0C0D0E0F");
    mcv_hex_exact(master.salt.b, sizeof master.salt.b, "A0A1A2A3A4A5A6A7A8A9AAAB");
    assert_int_equal(backend->cipher_init(&tx, &master), MCV_OK);
    assert_int_equal(backend->cipher_init(&rx, &master), MCV_OK);

    n = mcv_hex_decode(plain, sizeof plain, "800F1234 DECAFBAD CAFEBABE " AB16);
    struct mcv_srtp_packet packet = rtp_of(plain, n);
    assert_int_equal(backend->seal_rtp(&tx, sealed, &packet, 0), MCV_OK);
    mcv_assert_hex(
        mcv_bytes_of(sealed, n + 16),
        "800F1234 DECAFBAD CAFEBABE C5002EDE 04CFDD2E B91159E0 880AA06E D2976826 F796B201"
        "DF3131A1 27E8A392");
    packet.bytes = mcv_bytes_of(sealed, n + 16);
    assert_int_equal(backend->open_rtp(&rx, opened, &packet, n + 16, 0), MCV_OK);
    assert_memory_equal(opened, plain, n);

    n = mcv_hex_decode(plain, sizeof plain, "81C8000B CAFEBABE " AB16);
    assert_int_equal(backend->seal_rtcp(&tx, sealed, mcv_bytes_of(plain, n), 1), MCV_OK);
    mcv_assert_hex(
        mcv_bytes_of(sealed, n + 20),
        "81C8000B CAFEBABE C98B8B5D F0392A55 852B6C21 AC8E7025 C52C6FBE A2B3B446 EA31123B"
        "A88CE61E 80000001");
    assert_int_equal(backend->open_rtcp(&rx, opened, mcv_bytes_of(sealed, n + 20)), MCV_OK);
    assert_memory_equal(opened, plain, n);
    mcv_srtp_cipher_wipe(&tx);
    mcv_srtp_cipher_wipe(&rx);
}

/* RFC 7714 gives session keys, which only our own transform takes. */
static void rfc_7714_with_session_keys(void **state)
{
    (void)state;
    struct mcv_srtp_cipher c = {.backend = &mcv_srtp_openssl, .is_sender = true};
    uint8_t plain[64], sealed[96];
    size_t n;

    mcv_hex_exact(c.session.rtp_key.b, 16, "000102030405060708090a0b0c0d0e0f");
    mcv_hex_exact(c.session.rtp_salt.b, 12, "51756964 2070726f 2071756f");
    c.session.rtcp_key = c.session.rtp_key;
    c.session.rtcp_salt = c.session.rtp_salt;

    /* RFC 7714 16.1.1 */
    n = mcv_hex_decode(plain, sizeof plain,
                       "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976"
                       "69736120 696e2070 61727465 73207472 6573");
    const struct mcv_srtp_packet packet = rtp_of(plain, n);
    assert_int_equal(mcv_srtp_openssl.seal_rtp(&c, sealed, &packet, 0), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(sealed, n + 16),
                   "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5"
                   "0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce");

    /* RFC 7714 17.1 */
    n = mcv_hex_decode(plain, sizeof plain,
                       "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61"
                       "deadbeef deadbeef deadbeef deadbeef deadbeef");
    assert_int_equal(mcv_srtp_openssl.seal_rtcp(&c, sealed, mcv_bytes_of(plain, n), 0x5d4), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(sealed, n + 20),
                   "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d"
                   "c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872"
                   "45d9eade 800005d4");
    mcv_srtp_cipher_wipe(&c);
}

/* Spec: TS 33.180 E.6: the payload cipher with its 16-octet IV. */
static void key_parameters_payload(void **state)
{
    static const char plain_hex[] = "00000000 01000000 00000000 00000000 02473100 1A017B00 16736970"
                                    "3A67726F 75703140 6578616D 706C652E 6F7267";
    static const char sealed_hex[] =
        "E57B0616 4B227E1D 1970D113 B1860563 E7C79165 F2B2D168 5F637A31 485A7D3E B211F65B 39972E68"
        "9D5C6435 E9FBB6D0 7F6B847C 7C193CF2 C67FF430 A96092";
    (void)state;
    uint8_t key[16], iv[16], aad[32], plain[47], sealed[63], opened[47];
    struct mcv_aead seal, open;

    mcv_hex_exact(key, sizeof key, "DDC4CE4F1569DC4548B1754F4D52ACCF");
    mcv_hex_exact(iv, sizeof iv, "303132333435363738393A3B3C3D3E3F");
    mcv_hex_exact(aad, sizeof aad,
                  "43005309 B3B20000 00000001 30313233 34353637 38393A3B 3C3D3E3F 00DBC209");
    mcv_hex_exact(plain, sizeof plain, plain_hex);
    assert_int_equal(mcv_aead_init(&seal, key, MCV_AEAD_SEAL, 16), MCV_OK);
    assert_int_equal(mcv_aead_init(&open, key, MCV_AEAD_OPEN, 16), MCV_OK);
    for (int i = 0; i < 2; i++) { /* a reused context gives the same */
        assert_int_equal(mcv_aead_seal(&seal, sealed, iv, mcv_bytes_of(aad, sizeof aad),
                                       mcv_bytes_of(plain, sizeof plain)),
                         MCV_OK);
        mcv_assert_hex(mcv_bytes_of(sealed, sizeof sealed), sealed_hex);
        assert_int_equal(mcv_aead_open(&open, opened, iv, mcv_bytes_of(aad, sizeof aad),
                                       mcv_bytes_of(sealed, sizeof sealed)),
                         MCV_OK);
        assert_memory_equal(opened, plain, sizeof plain);
    }
    aad[31] ^= 1;
    assert_int_equal(mcv_aead_open(&open, opened, iv, mcv_bytes_of(aad, sizeof aad),
                                   mcv_bytes_of(sealed, sizeof sealed)),
                     MCV_E_AUTH);
    for (size_t i = 0; i < sizeof opened; i++) assert_int_equal(opened[i], 0);
    assert_int_equal(
        mcv_aead_open(&open, opened, iv, mcv_bytes_of(aad, sizeof aad), mcv_bytes_of(sealed, 15)),
        MCV_E_TRUNCATED);
    mcv_aead_wipe(&seal);
    mcv_aead_wipe(&open);
}

static int run_backend(const char *name)
{
    const struct mcv_srtp_backend *backend;

    mcv_err err = mcv_srtp_backend_find(&backend, name);
    if (err == MCV_E_NOT_FOUND) return 0; /* not in this build */
    if (err != MCV_OK) return 1;
    void *state = (void *)(uintptr_t)backend; /* cmocka's state is not const */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(packets_of_calls, state),
        cmocka_unit_test_prestate(packets_without_mki, state),
    };
    print_message("back-end %s\n", name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* MCV_AEAD=rot13 would be another program: the choice is made once. */
static void the_library_that_was_asked_for(void **state)
{
    (void)state;
    const char *asked = getenv("MCV_AEAD"), *ran = mcv_aead_backend();

    assert_non_null(ran);
    print_message("back-end %s\n", ran);
    if (asked != NULL) assert_string_equal(ran, asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_7714_with_session_keys),
        cmocka_unit_test(key_parameters_payload),
        cmocka_unit_test(the_library_that_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) + run_backend("openssl") +
           run_backend("libsrtp2");
}
