/* The protected payload around the key parameters. */
#include "proto/key_params.h"

#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

#define FIXED(type)                                                                                \
    type "00000001"                                                                                \
         "0000000010"                                                                              \
         "00000000ff"

static uint8_t octets[70000];

static struct mcv_bytes hex(const char *text)
{
    return mcv_bytes_of(octets, mcv_hex_decode(octets, sizeof octets, text));
}

static struct mcv_key_params full_params(void)
{
    struct mcv_key_params p = {.type = MCV_KEY_MUSIK,
                               .status = 0x80000002,
                               .activation_s = 0xffffffffff,
                               .expiry_s = 0x0123456789,
                               .text = mcv_bytes_str("name"),
                               .n_groups = MCV_KEY_PARAMS_MAX_GROUPS};

    for (size_t i = 0; i < p.n_groups; i++) p.groups[i] = mcv_bytes_str("sip:group@example.org");
    return p;
}

#define IV "303132333435363738393a3b3c3d3e3f"
#define HEAD                                                                                       \
    "43"                                                                                           \
    "0001020304"                                                                                   \
    "00000007"                                                                                     \
    "08"                                                                                           \
    "01" IV "00dbc209"
#define TAG "000102030405060708090a0b0c0d0e0f"

/* Spec: TS 33.180 Table 8.5.4.1-1. */
static void payload_refused_or_accepted(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"a tag alone",
         HEAD "00"
              "0010" TAG,
         MCV_OK},
        {"any IEI",
         HEAD "78"
              "0010" TAG,
         MCV_OK},
        {"not encrypted",
         "03"
         "0001020304"
         "00000007"
         "08"
         "01" IV "00dbc209"
         "00"
         "0010" TAG,
         MCV_E_UNSUPPORTED},
        {"signed",
         "c3"
         "0001020304"
         "00000007"
         "08"
         "01" IV "00dbc209"
         "00"
         "0010" TAG,
         MCV_E_UNSUPPORTED},
        {"another message",
         "41"
         "0001020304"
         "00000007"
         "08"
         "01" IV "00dbc209"
         "00"
         "0010" TAG,
         MCV_E_UNSUPPORTED},
        {"AEAD_AES_256_GCM",
         "43"
         "0001020304"
         "00000007"
         "08"
         "02" IV "00dbc209"
         "00"
         "0010" TAG,
         MCV_E_UNSUPPORTED},
        {"less than a tag",
         HEAD "00"
              "000f"
              "000102030405060708090a0b0c0d0e",
         MCV_E_MALFORMED},
        {"octet left over",
         HEAD "00"
              "0010" TAG "00",
         MCV_E_MALFORMED},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static const struct mcv_protected_payload nothing;
        struct mcv_protected_payload p;
        const struct mcv_bytes in = hex(rows[i].hex);
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_protected_payload_decode(&p, in), rows[i].want);
        if (rows[i].want != MCV_OK) {
            assert_memory_equal(&p, &nothing, sizeof p);
            continue;
        }
        assert_int_equal(p.date_s, 0x01020304);
        assert_int_equal(p.payload_id, 7);
        assert_int_equal(p.sequence_no, 8);
        assert_int_equal(p.dppk_id, 0x00dbc209);
        mcv_assert_hex(mcv_bytes_of(p.iv, MCV_PAYLOAD_IV_BYTES), IV);
        mcv_assert_hex(p.head, HEAD);
        mcv_assert_hex(p.sealed, TAG);
        for (size_t cut = 0; cut < in.n; cut++)
            assert_int_equal(mcv_protected_payload_decode(&p, mcv_bytes_of(in.p, cut)),
                             MCV_E_TRUNCATED);
    }
}

static const uint8_t dppk[MCV_KEY_BYTES] = {1, 2, 3};
static const uint8_t iv[MCV_PAYLOAD_IV_BYTES] = {4, 5, 6};

static size_t seal_full(void)
{
    const struct mcv_key_params p = full_params();
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);

    mcv_key_params_seal(&w, &p, dppk, 0x1abcdef1, iv, 1393144754);
    assert_int_equal(w.err, MCV_OK);
    return w.n;
}

static void assert_nothing(const uint8_t *plain, size_t n)
{
    static const uint8_t zeros[MCV_KEY_PARAMS_MAX_BYTES];

    assert_int_equal(n, 0);
    assert_memory_equal(plain, zeros, sizeof zeros);
}

static void sealed_and_opened(void **state)
{
    uint8_t plain[MCV_KEY_PARAMS_MAX_BYTES], other[MCV_KEY_BYTES] = {1};
    struct mcv_key_params got;
    const size_t n = seal_full();
    const struct mcv_bytes sealed = mcv_bytes_of(octets, n);
    size_t plain_n = 1;
    (void)state;

    assert_int_equal(mcv_key_params_open(plain, &plain_n, sealed, dppk, 0x1abcdef1), MCV_OK);
    assert_int_equal(mcv_key_params_decode(&got, mcv_bytes_of(plain, plain_n)), MCV_OK);
    assert_int_equal(got.n_groups, MCV_KEY_PARAMS_MAX_GROUPS);
    assert_int_equal(mcv_key_params_open(plain, &plain_n, sealed, other, 0x1abcdef1), MCV_E_AUTH);
    assert_nothing(plain, plain_n);
    assert_int_equal(mcv_key_params_open(plain, &plain_n, sealed, dppk, 0x1abcdef2),
                     MCV_E_UNKNOWN_KEY);
    assert_nothing(plain, plain_n);
}

/* No octet of the head or of the sealed part can change; the IEI says nothing. */
static void changed_on_the_way(void **state)
{
    uint8_t plain[MCV_KEY_PARAMS_MAX_BYTES];
    const size_t n = seal_full();
    size_t plain_n;
    (void)state;

    for (size_t i = 0; i < n; i++) {
        octets[i] ^= 1;
        const mcv_err err = mcv_key_params_open(plain, &plain_n, mcv_bytes_of(octets, n), dppk,
                                                0x1abcdef1);
        octets[i] ^= 1;
        if (i == MCV_PAYLOAD_HEAD_BYTES)
            assert_int_equal(err, MCV_OK);
        else
            assert_int_equal(mcv_err_class(err), MCV_CLASS_PEER);
    }
}

/* A sender of another make: any content, well sealed under dppk. */
static struct mcv_bytes seal_content(const char *content_hex)
{
    uint8_t content[MCV_KEY_PARAMS_MAX_BYTES];
    const size_t n = mcv_hex_decode(content, sizeof content, content_hex);
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_dpck dpck;
    struct mcv_aead aead;

    (void)mcv_wr_room(&w, hex(HEAD "00").n); /* it lies there already */
    mcv_wr_u16(&w, (uint16_t)(n + MCV_AEAD_TAG_BYTES));
    uint8_t *sealed = mcv_wr_room(&w, n + MCV_AEAD_TAG_BYTES);
    assert_int_equal(mcv_kdf_dpck(&dpck, dppk, 0x00dbc209), MCV_OK);
    assert_int_equal(mcv_aead_init(&aead, dpck.b, MCV_AEAD_SEAL, MCV_PAYLOAD_IV_BYTES), MCV_OK);
    assert_int_equal(mcv_aead_seal(&aead, sealed, octets + 12,
                                   mcv_bytes_of(octets, MCV_PAYLOAD_HEAD_BYTES),
                                   mcv_bytes_of(content, n)),
                     MCV_OK);
    mcv_aead_wipe(&aead);
    return mcv_wr_done(&w);
}

static void content_of_other_makes(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"the head of the element in clear", FIXED("00") "0000", MCV_OK},
        {"the head of the element encrypted too",
         "00"
         "0011" FIXED("00") "0000",
         MCV_OK},
        {"a head with another length",
         "00"
         "0012" FIXED("00") "0000",
         MCV_E_TRUNCATED},
        {"a head twice",
         "00"
         "0014"
         "00"
         "0011" FIXED("00") "0000",
         MCV_E_TRUNCATED},
        {"early releases: key types from 1", FIXED("07") "0000", MCV_E_UNSUPPORTED},
        {"nothing", "", MCV_E_TRUNCATED},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        uint8_t plain[MCV_KEY_PARAMS_MAX_BYTES];
        size_t n;
        print_message("%s\n", rows[i].why);
        assert_int_equal(
            mcv_key_params_open(plain, &n, seal_content(rows[i].hex), dppk, 0x00dbc209),
            rows[i].want);
        if (rows[i].want == MCV_OK)
            mcv_assert_hex(mcv_bytes_of(plain, n), rows[0].hex);
        else
            assert_nothing(plain, n);
    }
}

static void payload_that_cannot_be_written(void **state)
{
    static uint8_t text[MCV_KEY_PARAMS_MAX_BYTES];
    static const struct {
        const char *why;
        size_t n_text, cap;
        int64_t date_s;
        mcv_err want;
    } rows[] = {
        {"the longest content", MCV_KEY_PARAMS_MAX_BYTES - 17, sizeof octets, 0, MCV_OK},
        {"content longer than is opened", MCV_KEY_PARAMS_MAX_BYTES - 16, sizeof octets, 0,
         MCV_E_MALFORMED},
        {"made before 1970", 0, sizeof octets, -1, MCV_E_MALFORMED},
        {"date beyond 40 bits", 0, sizeof octets, 0x10000000000, MCV_E_MALFORMED},
        {"no room for the tag", 0, 35 + 17 + 15, 0, MCV_E_SPACE},
        {"just room enough", 0, 35 + 17 + 16, 0, MCV_OK},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct mcv_key_params p = {.type = MCV_KEY_PCK, .text = {text, rows[i].n_text}};
        struct mcv_writer w = mcv_writer_of(octets, rows[i].cap);
        print_message("%s\n", rows[i].why);
        mcv_key_params_seal(&w, &p, dppk, 1, iv, rows[i].date_s);
        assert_int_equal(w.err, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_refused_or_accepted),
        cmocka_unit_test(sealed_and_opened),
        cmocka_unit_test(changed_on_the_way),
        cmocka_unit_test(content_of_other_makes),
        cmocka_unit_test(payload_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
