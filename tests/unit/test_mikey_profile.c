/* Security policies and crypto sessions. Spec: RFC 3830 6.10, RFC 6309, RFC 4771 4, RFC 7714 14. */
#include "proto/mikey.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/mikey_parts.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t octets[MCV_MIKEY_MAX_BYTES];

static mcv_err decode(struct mcv_mikey_msg *m, const char *hex)
{
    return mcv_mikey_decode(m, mcv_bytes_of(octets, mcv_hex_decode(octets, sizeof octets, hex)));
}

/* Spec: RFC 3830 6.10.1, RFC 4771 4, TS 33.180 E.2.2 and E.3.2. */
static void profile_of_parameters(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
        uint16_t roc_rate;
    } rows[] = {
        {"default of a private call", "000106 010110 04010c 050100 060100 140110", MCV_OK, 0},
        {"default of a group call",
         "000106 010110 020104 04010c 050100 060100 0d0101 120104 130100 140110", MCV_OK, 1},
        {"the cipher alone", "000106", MCV_OK, 0},
        {"RFC 4771: RCCm3 without a rate", "000106 020104", MCV_OK, 1},
        {"rate of one octet", "000106 020104 0d0119", MCV_OK, 25},
        {"rate of two octets", "000106 020104 0d020100", MCV_OK, 256},
        {"rate 0", "000106 020104 0d0100", MCV_E_UNSUPPORTED, 0},
        {"rate 0 of two octets", "000106 020104 0d020000", MCV_E_UNSUPPORTED, 0},
        {"rate of three octets", "000106 020104 0d03000001", MCV_E_UNSUPPORTED, 0},
        {"rate of no octet", "000106 020104 0d00", MCV_E_UNSUPPORTED, 0},
        {"rate says nothing without RCC", "000106 0d0101", MCV_OK, 0},
        {"authentication NULL", "000106 020100", MCV_OK, 0},
        {"no cipher: AES-CM is meant", "010110", MCV_E_UNSUPPORTED, 0},
        {"nothing", "", MCV_E_UNSUPPORTED, 0},
        {"AES-CM", "000101", MCV_E_UNSUPPORTED, 0},
        {"NULL cipher", "000100", MCV_E_UNSUPPORTED, 0},
        {"256-bit key", "000106 010120", MCV_E_UNSUPPORTED, 0},
        {"HMAC-SHA-1", "000106 020101", MCV_E_UNSUPPORTED, 0},
        {"RCCm1", "000106 020102", MCV_E_UNSUPPORTED, 0},
        {"an authentication key has no use", "000106 030114", MCV_OK, 0},
        {"14-octet salt", "000106 04010e", MCV_E_UNSUPPORTED, 0},
        {"another SRTP PRF", "000106 050101", MCV_E_UNSUPPORTED, 0},
        {"key derivation rate", "000106 060101", MCV_E_UNSUPPORTED, 0},
        {"SRTP encryption off", "000106 070100", MCV_E_UNSUPPORTED, 0},
        {"SRTCP encryption off", "000106 080100", MCV_E_UNSUPPORTED, 0},
        {"both on", "000106 070101 080101", MCV_OK, 0},
        {"FEC order 1", "000106 090101", MCV_E_UNSUPPORTED, 0},
        {"SRTP prefix", "000106 0c0101", MCV_E_UNSUPPORTED, 0},
        {"ROC tag without RCC", "000106 120104", MCV_E_UNSUPPORTED, 0},
        {"RCC without ROC tag", "000106 020104 120100", MCV_E_UNSUPPORTED, 0},
        {"ROC with SRTCP", "000106 020104 130104", MCV_E_UNSUPPORTED, 0},
        {"8-octet tag", "000106 140108", MCV_E_UNSUPPORTED, 0},
        {"value of two octets", "00020006", MCV_E_UNSUPPORTED, 0},
        {"value of no octet", "0000", MCV_E_UNSUPPORTED, 0},
        {"one type twice", "000106 000106", MCV_E_UNSUPPORTED, 0},
        {"unknown type: ignored", "000106 150163 ff00", MCV_OK, 0},
        {"parameter that ends early", "000106 0101", MCV_E_TRUNCATED, 0},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        const size_t n = mcv_hex_decode(octets, sizeof octets, rows[i].hex);
        struct mcv_mikey_profile p = {77};
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_mikey_profile_of(&p, mcv_bytes_of(octets, n)), rows[i].want);
        assert_int_equal(p.roc_rate, rows[i].roc_rate);
    }
    mcv_assert_hex(mcv_mikey_params_of(MCV_PROFILE_PRIVATE), rows[0].hex);
    mcv_assert_hex(mcv_mikey_params_of(MCV_PROFILE_GROUP), rows[1].hex);
}

/* Policy 0: private call, 1: group call, 2: not ours. */
static void profile_of_a_session(void **state)
{
#define SPS                                                                                        \
    "0a"                                                                                           \
    "00"                                                                                           \
    "00"                                                                                           \
    "0003"                                                                                         \
    "000106"                                                                                       \
    "0a"                                                                                           \
    "01"                                                                                           \
    "00"                                                                                           \
    "0006"                                                                                         \
    "000106020104"                                                                                 \
    "1a"                                                                                           \
    "02"                                                                                           \
    "00"                                                                                           \
    "0003"                                                                                         \
    "000101"
#define SESSION(id, policies)                                                                      \
    id "00" policies "0000"                                                                        \
       "00"
    static const struct {
        const char *why, *hex;
        uint8_t cs_id;
        mcv_err want;
        uint16_t roc_rate; /* 9: fallback */
    } rows[] = {
        {"empty map: the default", HDR("1a") TAIL, 5, MCV_OK, 9},
        {"empty map, one policy: that one", HDR("0a") SP0("1a") TAIL, 5, MCV_OK, 0},
        {"empty map, three policies: none is named", HDR("0a") SPS TAIL, 5, MCV_E_MALFORMED, 0},
        {"the second policy", HDR_CS("0a") "0102" SESSION("05", "0101") SPS TAIL, 5, MCV_OK, 1},
        {"two policies: the first", HDR_CS("0a") "0102" SESSION("05", "020001") SPS TAIL, 5, MCV_OK,
         0},
        {"session not listed", HDR_CS("0a") "0102" SESSION("04", "0102") SPS TAIL, 5, MCV_OK, 9},
        {"session without policy", HDR_CS("0a") "0102" SESSION("05", "00") SPS TAIL, 5, MCV_OK, 9},
        {"policy is not ours", HDR_CS("0a") "0102" SESSION("05", "0102") SPS TAIL, 5,
         MCV_E_UNSUPPORTED, 0},
        {"policy is missing", HDR_CS("0a") "0102" SESSION("05", "0103") SPS TAIL, 5,
         MCV_E_MALFORMED, 0},
        {"session is not SRTP",
         HDR_CS("0a") "0102"
                      "05"
                      "01"
                      "0101"
                      "0000"
                      "00" SPS TAIL,
         5, MCV_E_UNSUPPORTED, 0},
        {"SRTP-ID: the second session is 2",
         HDR_CS("0a") "0200"
                      "00"
                      "0000000000000000"
                      "01"
                      "0000000000000000" SPS TAIL,
         2, MCV_OK, 1},
        {"SRTP-ID: session 0 does not exist",
         HDR_CS("0a") "0100"
                      "01"
                      "0000000000000000" SPS TAIL,
         0, MCV_OK, 9},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct mcv_mikey_msg m;
        struct mcv_mikey_profile p = {77};
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&m, rows[i].hex), MCV_OK);
        assert_int_equal(
            mcv_mikey_profile_for(&p, &m, rows[i].cs_id, (struct mcv_mikey_profile){9}),
            rows[i].want);
        assert_int_equal(p.roc_rate, rows[i].roc_rate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_of_parameters),
        cmocka_unit_test(profile_of_a_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
