/* Messages from peers, payload by payload. Spec: RFC 3830 6, RFC 4563 3, RFC 6043 6.1.1 and 6.6,
 * RFC 6509 4. */
#include "proto/mikey.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/mikey_parts.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t octets[MCV_MIKEY_MAX_BYTES + 1];

static mcv_err decode(struct mcv_mikey_msg *m, const char *hex)
{
    return mcv_mikey_decode(m, mcv_bytes_of(octets, mcv_hex_decode(octets, sizeof octets, hex)));
}

static void refused_or_accepted(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"no payload but SAKKE and SIGN: the profile is not judged here", HDR("1a") TAIL, MCV_OK},
        {"RFC 3830 6.1: version 2",
         "021a1a01"
         "1abcdef1"
         "0001" TAIL,
         MCV_E_UNSUPPORTED},
        {"data type 0, pre-shared key",
         "01001a01"
         "1abcdef1"
         "0001" TAIL,
         MCV_E_UNSUPPORTED},
        {"PRF MIKEY-1",
         "011a1a00"
         "1abcdef1"
         "0001" TAIL,
         MCV_E_UNSUPPORTED},
        {"V flag: ignored",
         "011a1a81"
         "1abcdef1"
         "0001" TAIL,
         MCV_OK},
        {"map type 3", HDR_CS("1a") "0003" TAIL, MCV_E_UNSUPPORTED},
        {"RFC 4563 3: empty map with a session", HDR_CS("1a") "0101" TAIL, MCV_E_MALFORMED},
        {"SRTP-ID map without session", HDR_CS("1a") "0000" TAIL, MCV_E_MALFORMED},
        {"GENERIC-ID map without session", HDR_CS("1a") "0002" TAIL, MCV_E_MALFORMED},
        {"SRTP-ID map of two", HDR_CS("1a") "0200" B16 "0011" TAIL, MCV_OK},
        {"GENERIC-ID, no policy, no session data, no SPI",
         HDR_CS("1a") "0102"
                      "05"
                      "00"
                      "00"
                      "0000"
                      "00" TAIL,
         MCV_OK},
        {"GENERIC-ID, S set: SSRC, ROC, SEQ",
         HDR_CS("1a") "0102"
                      "05"
                      "00"
                      "81"
                      "00"
                      "000a"
                      "00112233445566778899"
                      "00" TAIL,
         MCV_OK},
        {"GENERIC-ID, S set: half an entry",
         HDR_CS("1a") "0102"
                      "05"
                      "00"
                      "80"
                      "0004"
                      "00112233"
                      "00" TAIL,
         MCV_E_MALFORMED},
        {"GENERIC-ID, session data of another protocol: opaque",
         HDR_CS("1a") "0102"
                      "05"
                      "07"
                      "00"
                      "0003"
                      "001122"
                      "00" TAIL,
         MCV_OK},
        {"GENERIC-ID, four policies",
         HDR_CS("1a") "0102"
                      "05"
                      "00"
                      "04"
                      "00010203"
                      "0000"
                      "00" TAIL,
         MCV_OK},
        {"GENERIC-ID, more policies than fit",
         HDR_CS("1a") "0102"
                      "05"
                      "00"
                      "05"
                      "0001020304"
                      "0000"
                      "00" TAIL,
         MCV_E_MALFORMED},
        {"GENERIC-ID, one session twice",
         HDR_CS("1a") "0202"
                      "05"
                      "00"
                      "00"
                      "0000"
                      "00"
                      "05"
                      "00"
                      "00"
                      "0000"
                      "00" TAIL,
         MCV_E_MALFORMED},
        {"more sessions than fit", HDR_CS("1a") "1100" B64 B64 B16 "000102030405060708" TAIL,
         MCV_E_MALFORMED},
        {"T", HDR("05") T("1a") TAIL, MCV_OK},
        {"T twice", HDR("05") T("05") T("1a") TAIL, MCV_E_MALFORMED},
        {"TS type COUNTER",
         HDR("05") "1a"
                   "02"
                   "d6b4323200000000" TAIL,
         MCV_E_UNSUPPORTED},
        {"RAND", HDR("0b") RAND("1a") TAIL, MCV_OK},
        {"RAND twice", HDR("0b") RAND("0b") RAND("1a") TAIL, MCV_E_MALFORMED},
        {"RFC 3830 6.11: RAND of 15 octets",
         HDR("0b") "1a"
                   "0f"
                   "000102030405060708090a0b0c0d0e" TAIL,
         MCV_E_MALFORMED},
        {"RAND of 17 octets",
         HDR("0b") "1a"
                   "11" B16 "10" TAIL,
         MCV_OK},
        {"identity",
         HDR("0e") "1a"
                   "01"
                   "01"
                   "0001"
                   "61" TAIL,
         MCV_OK},
        {"identity twice",
         HDR("0e") "0e"
                   "01"
                   "01"
                   "0001"
                   "61"
                   "1a"
                   "01"
                   "01"
                   "0001"
                   "61" TAIL,
         MCV_E_MALFORMED},
        {"empty identity",
         HDR("0e") "1a"
                   "01"
                   "01"
                   "0000" TAIL,
         MCV_E_MALFORMED},
        {"role 0",
         HDR("0e") "1a"
                   "00"
                   "01"
                   "0001"
                   "61" TAIL,
         MCV_E_UNSUPPORTED},
        {"TS 33.180 E.7: role 9, byte string",
         HDR("0e") "1a"
                   "09"
                   "02"
                   "0001"
                   "61" TAIL,
         MCV_OK},
        {"role 10",
         HDR("0e") "1a"
                   "0a"
                   "01"
                   "0001"
                   "61" TAIL,
         MCV_E_UNSUPPORTED},
        {"ID type 3",
         HDR("0e") "1a"
                   "01"
                   "03"
                   "0001"
                   "61" TAIL,
         MCV_E_UNSUPPORTED},
        {"policy", HDR("0a") SP0("1a") TAIL, MCV_OK},
        {"policy number twice", HDR("0a") SP0("0a") SP0("1a") TAIL, MCV_E_MALFORMED},
        {"policy of another protocol",
         HDR("0a") "1a"
                   "00"
                   "01"
                   "0003"
                   "000106" TAIL,
         MCV_E_UNSUPPORTED},
        {"policy without parameters",
         HDR("0a") "1a"
                   "00"
                   "00"
                   "0000" TAIL,
         MCV_OK},
        {"parameter beyond the policy",
         HDR("0a") "1a"
                   "00"
                   "00"
                   "0003"
                   "000206" TAIL,
         MCV_E_MALFORMED},
        {"half a parameter",
         HDR("0a") "1a"
                   "00"
                   "00"
                   "0004"
                   "00010600" TAIL,
         MCV_E_MALFORMED},
        {"more policies than fit",
         HDR("0a") "0a00000000"
                   "0a01000000"
                   "0a02000000"
                   "0a03000000"
                   "0a04000000"
                   "0a05000000"
                   "0a06000000"
                   "0a07000000"
                   "1a08000000" TAIL,
         MCV_E_MALFORMED},
        {"SAKKE twice", HDR("1a") SAKKE("1a") TAIL, MCV_E_MALFORMED},
        {"SAKKE parameter set 2",
         HDR("1a") "04"
                   "02"
                   "02"
                   "0111" SED SIGN,
         MCV_E_UNSUPPORTED},
        {"RFC 6509: tel URI with monthly keys",
         HDR("1a") "04"
                   "01"
                   "01"
                   "0111" SED SIGN,
         MCV_E_UNSUPPORTED},
        {"H of one octet",
         HDR("1a") "04"
                   "01"
                   "02"
                   "0102"
                   "04" B256 "00" SIGN,
         MCV_OK},
        {"no H",
         HDR("1a") "04"
                   "01"
                   "02"
                   "0101"
                   "04" B256 SIGN,
         MCV_E_MALFORMED},
        {"H of 17 octets",
         HDR("1a") "04"
                   "01"
                   "02"
                   "0112" SED "00" SIGN,
         MCV_E_MALFORMED},
        {"extension of no known type",
         HDR("15") "1a"
                   "63"
                   "0002"
                   "abcd" TAIL,
         MCV_OK},
        {"RFC 4563 key ID, twice and empty",
         HDR("15") "15"
                   "03"
                   "0000"
                   "1a"
                   "03"
                   "0000" TAIL,
         MCV_OK},
        {"key parameters twice",
         HDR("15") "15"
                   "07"
                   "0000"
                   "1a"
                   "07"
                   "0000" TAIL,
         MCV_E_MALFORMED},
        {"SAKKE-to-self twice",
         HDR("15") "15"
                   "06"
                   "0000"
                   "1a"
                   "06"
                   "0000" TAIL,
         MCV_E_MALFORMED},
        {"more extensions than fit",
         HDR("15") "15000000"
                   "15000000"
                   "15000000"
                   "15000000"
                   "15000000"
                   "15000000"
                   "15000000"
                   "15000000"
                   "1a000000" TAIL,
         MCV_E_MALFORMED},
        {"any order",
         HDR("1a") SAKKE("0b") RAND("0e") "05"
                                          "02"
                                          "01"
                                          "0001"
                                          "61" T("04") SIGN,
         MCV_OK},
        {"no SIGN", HDR("1a") SAKKE("00"), MCV_E_MALFORMED},
        {"no payload at all", HDR("00"), MCV_E_MALFORMED},
        {"SIGN alone", HDR("04") SIGN, MCV_OK},
        {"RSA signature",
         HDR("04") "1081"
                   "04" B64 B64,
         MCV_E_UNSUPPORTED},
        {"TS 33.180 E.1.2 taken literally: 32 octets", HDR("04") "2020" B16 B16, MCV_E_MALFORMED},
        {"octet after SIGN", HDR("1a") TAIL "00", MCV_E_MALFORMED},
        {"KEMAC",
         HDR("01") "1a"
                   "00" TAIL,
         MCV_E_UNSUPPORTED},
        {"payload 27, beyond the table",
         HDR("1b") "1a"
                   "00" TAIL,
         MCV_E_UNSUPPORTED},
        {"payload 255",
         HDR("ff") "1a"
                   "00" TAIL,
         MCV_E_UNSUPPORTED},
        {"nothing", "", MCV_E_TRUNCATED},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static const struct mcv_mikey_msg nothing;
        struct mcv_mikey_msg m;
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&m, rows[i].hex), rows[i].want);
        if (rows[i].want != MCV_OK) assert_memory_equal(&m, &nothing, sizeof m);
    }
}

static void longer_than_any_message(void **state)
{
    (void)state;
    struct mcv_mikey_msg m;

    memset(octets, 0, sizeof octets);
    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(octets, sizeof octets)), MCV_E_MALFORMED);
}

static void truncated_anywhere(void **state)
{
    static const char *const messages[] = {
        HDR_CS("05") "0200" B16 "0011" T("0b") RAND("0e") "0a"
                                                          "02"
                                                          "01"
                                                          "0001"
                                                          "61" SP0("15") "1a"
                                                                         "06"
                                                                         "0002"
                                                                         "abcd" TAIL,
        HDR_CS("0a") "0202"
                     "05"
                     "00"
                     "81"
                     "00"
                     "000a"
                     "00112233445566778899"
                     "04"
                     "0badf00d"
                     "04"
                     "00"
                     "00"
                     "0000"
                     "00"
                     "0a"
                     "00"
                     "00"
                     "0003"
                     "000106"
                     "1a"
                     "01"
                     "00"
                     "0000" TAIL,
    };
    (void)state;

    for (size_t i = 0; i < N_OF(messages); i++) {
        struct mcv_mikey_msg m;
        const size_t n = mcv_hex_decode(octets, sizeof octets, messages[i]);
        assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(octets, n)), MCV_OK);
        for (size_t cut = 0; cut < n; cut++)
            assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(octets, cut)), MCV_E_TRUNCATED);
    }
}

static void sakke_to_self(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"next payload 0",
         "00"
         "0102"
         "0111" SED,
         MCV_OK},
        {"TS 33.180 E.5: any next payload",
         "1a"
         "0102"
         "0111" SED,
         MCV_OK},
        {"octet left over",
         "00"
         "0102"
         "0111" SED "00",
         MCV_E_MALFORMED},
        {"SED too short",
         "00"
         "0102"
         "0101"
         "04" B256,
         MCV_E_MALFORMED},
        {"another parameter set",
         "00"
         "0202"
         "0111" SED,
         MCV_E_UNSUPPORTED},
        {"ends early",
         "00"
         "0102"
         "0111"
         "04" B256,
         MCV_E_TRUNCATED},
        {"nothing", "", MCV_E_TRUNCATED},
    };
    uint8_t room[300];
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        const size_t n = mcv_hex_decode(octets, sizeof octets, rows[i].hex);
        struct mcv_bytes sed;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_mikey_to_self_decode(&sed, mcv_bytes_of(octets, n)), rows[i].want);
        assert_int_equal(sed.n, rows[i].want == MCV_OK ? MCV_MIKEY_SED_BYTES : 0);
        if (rows[i].want != MCV_OK) continue;
        struct mcv_writer w = mcv_writer_of(room, sizeof room);
        mcv_mikey_to_self_encode(&w, sed);
        mcv_assert_hex(mcv_wr_done(&w), rows[0].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_or_accepted),
        cmocka_unit_test(longer_than_any_message),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(sakke_to_self),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
