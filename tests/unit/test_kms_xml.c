/* KMS documents. Spec: TS 33.180 Annex D. The documents here are written by hand from the schema
 * in D.3; the points are the published ones (RFC 6507 A, RFC 6509 A) or digits of no meaning:
 * this decoder does not judge them. */
#include "proto/kms_xml.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#include <stdio.h>
#include <stdlib.h>

#define NS   "xmlns=\"urn:3gpp:ns:mcsecKMSInterface:1.0\""
#define D32  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define D64  D32 "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF"
#define D256 D64 D64 D64 D64
#define KPAK "04" D64
#define Z    "04" D256
#define CERT_TAIL                                                                                  \
    "<UserIdFormat>2</UserIdFormat><UserKeyPeriod>2592000</UserKeyPeriod>"                         \
    "<UserKeyOffset>0</UserKeyOffset><PubEncKey>" Z "</PubEncKey><PubAuthKey>" KPAK                \
    "</PubAuthKey>"
#define CERT(inside)                                                                               \
    "<KmsCertificate Version=\"1.1.0\" Role=\"Root\"><KmsUri>kms.example.org</KmsUri>" inside      \
        CERT_TAIL "</KmsCertificate>"
#define INIT(cert) "<KmsInit " NS " Version=\"1.0.0\">" cert "</KmsInit>"
#define KEYS                                                                                       \
    "<UserDecryptKey xsi:type=\"KeyContentType\">" Z "</UserDecryptKey>"                           \
    "<UserSigningKeySSK xsi:type=\"KeyContentType\">" D32 "</UserSigningKeySSK>"                   \
    "<UserPubTokenPVT xsi:type=\"KeyContentType\">" KPAK "</UserPubTokenPVT>"
#define SET(id, keys)                                                                              \
    "<KmsKeySet Version=\"1.1.0\"><KmsUri>kms.example.org</KmsUri>"                                \
    "<UserUri>sip:user@example.org</UserUri><UserID>" id                                           \
    "</UserID><KeyPeriodNo>1388</KeyPeriodNo>" keys "</KmsKeySet>"
#define PROV(sets)                                                                                 \
    "<KmsKeyProv " NS " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" sets             \
    "</KmsKeyProv>"

static mcv_err init(struct mcv_kms_cert *out, const char **what, const char *xml)
{
    return mcv_kms_init_decode(out, what, mcv_bytes_str(xml));
}

static void reads_a_certificate(void **state)
{
    (void)state;
    struct mcv_kms_cert c;
    const char *what = "";

    assert_int_equal(init(&c, &what,
                          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" INIT(
                              CERT("<ValidFrom>2014-02-23T08:39:14</ValidFrom>"
                                   "<ValidTo>2014-02-23T10:39:14.25+02:00</ValidTo>"
                                   "<Revoked>false</Revoked>"))),
                     MCV_OK);
    assert_null(what);
    assert_string_equal(c.kms_uri, "kms.example.org");
    assert_false(c.is_external || c.is_revoked);
    /* D6B43232 in NTP seconds; without a zone it is UTC */
    assert_true(c.valid_from_s == 0xD6B43232 - 2208988800);
    assert_true(c.valid_to_s == c.valid_from_s);
    assert_true(c.period.period_s == 2592000 && c.period.offset_s == 0);
    mcv_assert_hex(mcv_bytes_of(c.z.b, sizeof c.z.b), Z);
    mcv_assert_hex(mcv_bytes_of(c.kpak.b, sizeof c.kpak.b), KPAK);
    assert_int_equal(c.n_domains, 0);
}

static void reads_the_forms_that_occur(void **state)
{
    (void)state;
    static const struct {
        const char *why, *xml;
    } rows[] = {
        {"alone", INIT(CERT(""))},
        {"signed certificate", INIT("<SignedKmsCertificate>" CERT("") "</SignedKmsCertificate>")},
        {"in the response of a KMS",
         "<KmsResponse " NS " Id=\"xmldoc\" Version=\"1.0.0\"><UserUri>u</UserUri>"
         "<KmsUri>k</KmsUri><Time>2014-02-23T08:39:14</Time><ClientReqUrl>c</ClientReqUrl>"
         "<KmsMessage><KmsInit Version=\"1.0.0\">" CERT("") "</KmsInit></KmsMessage>"
                                                            "</KmsResponse>"},
        {"in a signed response",
         "<SignedKmsResponse " NS "><KmsResponse><KmsMessage><KmsInit>" CERT(
             "") "</KmsInit></KmsMessage></KmsResponse>"
                 "<x:Signature xmlns:x=\"http://www.w3.org/2000/09/xmldsig#\"/>"
                 "</SignedKmsResponse>"},
        {"a prefix, space around values, a comment, another namespace",
         "<k:KmsInit xmlns:k=\"urn:3gpp:ns:mcsecKMSInterface:1.0\"><k:KmsCertificate "
         "Role=\"Root\">\n <k:KmsUri>\n kms.example.org </k:KmsUri><!-- c -->"
         "<KmsUri xmlns=\"urn:other\">z</KmsUri><k:UserIdFormat>2</k:UserIdFormat>"
         "<k:UserKeyPeriod> 2592000</k:UserKeyPeriod><k:UserKeyOffset>0</k:UserKeyOffset>"
         "<k:PubEncKey>" Z "\n</k:PubEncKey><k:PubAuthKey>" KPAK
         "</k:PubAuthKey></k:KmsCertificate></k:KmsInit>"},
        {"ParameterSet 1", INIT(CERT("<ParameterSet>1</ParameterSet>"))},
    };
    struct mcv_kms_cert c;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *what = NULL;
        const mcv_err got = init(&c, &what, rows[i].xml);
        if (got != MCV_OK) fail_msg("%s: %s at %s", rows[i].why, mcv_err_name(got), what);
        assert_string_equal(c.kms_uri, "kms.example.org");
        mcv_assert_hex(mcv_bytes_of(c.kpak.b, sizeof c.kpak.b), KPAK);
    }
}

static void refuses_certificates_and_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *why, *xml, *what;
        mcv_err want;
    } rows[] = {
        {"empty", "", "document", MCV_E_MALFORMED},
        {"not well formed", INIT(CERT("")) ">", "document", MCV_E_MALFORMED},
        {"an entity", "<!DOCTYPE a [<!ENTITY e \"x\">]>" INIT(CERT("")), "document",
         MCV_E_MALFORMED},
        {"another namespace", "<KmsInit xmlns=\"urn:x\">" CERT("") "</KmsInit>", "document",
         MCV_E_UNSUPPORTED},
        {"no namespace", "<KmsInit>" CERT("") "</KmsInit>", "document", MCV_E_UNSUPPORTED},
        {"another document", PROV(""), "document", MCV_E_UNSUPPORTED},
        {"no certificate", INIT(""), "KmsCertificate", MCV_E_MALFORMED},
        {"two certificates", INIT(CERT("") CERT("")), "KmsCertificate", MCV_E_MALFORMED},
        {"no role", INIT("<KmsCertificate><KmsUri>k</KmsUri>" CERT_TAIL "</KmsCertificate>"),
         "Role", MCV_E_MALFORMED},
        {"no KmsUri", INIT("<KmsCertificate Role=\"Root\">" CERT_TAIL "</KmsCertificate>"),
         "KmsUri", MCV_E_MALFORMED},
        {"two KmsUri", INIT(CERT("<KmsUri>b</KmsUri>")), "KmsUri", MCV_E_MALFORMED},
        {"an element in a text",
         INIT("<KmsCertificate Role=\"Root\"><KmsUri>k<b/></KmsUri>" CERT_TAIL "</KmsCertificate>"),
         "KmsUri", MCV_E_MALFORMED},
        {"parameter set 2", INIT(CERT("<ParameterSet>2</ParameterSet>")), "ParameterSet",
         MCV_E_UNSUPPORTED},
        {"no such day", INIT(CERT("<ValidTo>2015-02-29T00:00:00</ValidTo>")), "ValidTo",
         MCV_E_MALFORMED},
        {"before 1970 in UTC", INIT(CERT("<ValidTo>1970-01-01T00:00:00+01:00</ValidTo>")),
         "ValidTo", MCV_E_MALFORMED},
        {"not a time", INIT(CERT("<ValidFrom>now</ValidFrom>")), "ValidFrom", MCV_E_MALFORMED},
        {"neither true nor false", INIT(CERT("<Revoked>maybe</Revoked>")), "Revoked",
         MCV_E_MALFORMED},
    };
    struct mcv_kms_cert c;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *what = NULL;
        const mcv_err got = init(&c, &what, rows[i].xml);
        if (got != rows[i].want || what == NULL || strcmp(what, rows[i].what) != 0)
            fail_msg("%s: %s at %s", rows[i].why, mcv_err_name(got), what);
        assert_string_equal(c.kms_uri, "");
    }
}

/* A document with one piece of text exchanged. */
static const char *with(char out[8192], const char *xml, const char *from, const char *to)
{
    const char *at = strstr(xml, from);

    assert_non_null(at);
    (void)snprintf(out, 8192, "%.*s%s%s", (int)(at - xml), xml, to, at + strlen(from));
    return out;
}

static void refuses_fields_out_of_form(void **state)
{
    (void)state;
    static const struct {
        const char *why, *from, *to, *what;
        mcv_err want;
    } rows[] = {
        {"UID of another generation", ">2</UserIdFormat", ">1</UserIdFormat", "UserIdFormat",
         MCV_E_UNSUPPORTED},
        {"negative", "2592000", "-1", "UserKeyPeriod", MCV_E_MALFORMED},
        {"20 digits", "2592000", "11111111111111111111", "UserKeyPeriod", MCV_E_MALFORMED},
        {"a digit short", Z "<", "04" D64 "<", "PubEncKey", MCV_E_MALFORMED},
        {"not hex", KPAK "</PubAuth", "0g" D64 "</PubAuth", "PubAuthKey", MCV_E_MALFORMED},
        {"a digit long", KPAK "</PubAuth", KPAK "0</PubAuth", "PubAuthKey", MCV_E_MALFORMED},
    };
    struct mcv_kms_cert c;
    static char xml[8192];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *what = NULL;
        const mcv_err got = init(&c, &what, with(xml, INIT(CERT("")), rows[i].from, rows[i].to));
        if (got != rows[i].want || what == NULL || strcmp(what, rows[i].what) != 0)
            fail_msg("%s: %s at %s", rows[i].why, mcv_err_name(got), what);
    }
}

static void reads_key_sets_with_either_form_of_the_uid(void **state)
{
    (void)state;
    struct mcv_kms_key_set s[2];
    size_t n = 0;
    static const char uid_hex[] =
        "3a81fb14c3b1d0fe43c9c577104d55a6d81788bfd2f09743c4557746a5a0353b";

    assert_int_equal(mcv_kms_key_prov_decode(
                         s, 2, &n, NULL,
                         mcv_bytes_str(PROV(
                             SET("3a81fb14c3b1d0fe43c9c577104d55a6d81788bfd2f09743c4557746a5a0353b",
                                 KEYS) SET("OoH7FMOx0P5DycV3EE1VptgXiL/S8JdDxFV3RqWgNTs=", KEYS)))),
                     MCV_OK);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(s[i].user_uri, "sip:user@example.org");
        assert_true(s[i].period_no == 1388);
        mcv_assert_hex(mcv_bytes_of(s[i].uid.b, 32), uid_hex);
        mcv_assert_hex(mcv_bytes_of(s[i].rsk.b, sizeof s[i].rsk.b), Z);
        mcv_assert_hex(mcv_bytes_of(s[i].ssk.b, sizeof s[i].ssk.b), D32);
        mcv_assert_hex(mcv_bytes_of(s[i].pvt.b, sizeof s[i].pvt.b), KPAK);
    }
}

static void refuses_key_sets_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *why, *xml, *what;
        mcv_err want;
    } rows[] = {
        {"more than there is room for", PROV(SET(D32, KEYS) SET(D32, KEYS)), "KmsKeySet",
         MCV_E_FULL},
        {"an encrypted key",
         PROV(SET(D32, "<UserDecryptKey xsi:type=\"EncKeyContentType\"/>"
                       "<UserSigningKeySSK>" D32 "</UserSigningKeySSK>"
                       "<UserPubTokenPVT>" KPAK "</UserPubTokenPVT>")),
         "UserDecryptKey", MCV_E_UNSUPPORTED},
        {"no PVT",
         PROV(SET(D32, "<UserDecryptKey>" Z "</UserDecryptKey>"
                       "<UserSigningKeySSK>" D32 "</UserSigningKeySSK>")),
         "UserPubTokenPVT", MCV_E_MALFORMED},
        {"UserID of 31 octets",
         PROV(SET("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", KEYS)),
         "UserID", MCV_E_MALFORMED},
        {"UserID with bits beyond its octets",
         PROV(SET("OoH7FMOx0P5DycV3EE1VptgXiL/S8JdDxFV3RqWgNTt=", KEYS)), "UserID",
         MCV_E_MALFORMED},
    };
    struct mcv_kms_key_set s;
    static const struct mcv_kms_key_set zero;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *what = NULL;
        size_t n = 9;
        const mcv_err got = mcv_kms_key_prov_decode(&s, 1, &n, &what, mcv_bytes_str(rows[i].xml));
        if (got != rows[i].want || what == NULL || strcmp(what, rows[i].what) != 0)
            fail_msg("%s: %s at %s", rows[i].why, mcv_err_name(got), what);
        assert_int_equal(n, 0);
        assert_memory_equal(&s, &zero, sizeof s);
    }
}

static struct mcv_kms_cert some_cert(void)
{
    struct mcv_kms_cert c = {.is_external = true,
                             .is_revoked = true,
                             .valid_from_s = 951782400, /* 2000-02-29 */
                             .valid_to_s = 4102444799,  /* 2099-12-31T23:59:59Z */
                             .period = {.period_s = 25920000, .offset_s = 45920000},
                             .n_domains = 2};

    (void)snprintf(c.kms_uri, sizeof c.kms_uri, "kms&<>\"'.example.net");
    (void)snprintf(c.domains[0], sizeof c.domains[0], "example.net");
    (void)snprintf(c.domains[1], sizeof c.domains[1], "d\xc3\xb6main.example");
    mcv_hex_exact(c.z.b, sizeof c.z.b, Z);
    mcv_hex_exact(c.kpak.b, sizeof c.kpak.b, KPAK);
    return c;
}

static void what_is_written_reads_the_same(void **state)
{
    (void)state;
    static uint8_t text[16384];
    struct mcv_writer w = mcv_writer_of(text, sizeof text);
    const struct mcv_kms_cert c = some_cert();
    struct mcv_kms_cert got[2];
    struct mcv_kms_key_set set, set_again;
    uint64_t num = 0;
    size_t n = 0;

    mcv_kms_cert_cache_encode(&w, &c, 1, 77);
    assert_int_equal(w.err, MCV_OK);
    assert_int_equal(mcv_kms_cert_cache_decode(got, 2, &n, &num, NULL, mcv_wr_done(&w)), MCV_OK);
    assert_true(n == 1 && num == 77);
    assert_memory_equal(&got[0], &c, sizeof c);

    w = mcv_writer_of(text, sizeof text);
    mcv_kms_init_encode(&w, &c);
    assert_int_equal(mcv_kms_init_decode(&got[0], NULL, mcv_wr_done(&w)), MCV_OK);
    assert_memory_equal(&got[0], &c, sizeof c);

    assert_int_equal(
        mcv_kms_key_prov_decode(&set, 1, &n, NULL, mcv_bytes_str(PROV(SET(D32, KEYS)))), MCV_OK);
    set.valid_to_s = 1;
    w = mcv_writer_of(text, sizeof text);
    mcv_kms_key_prov_encode(&w, &set, 1);
    assert_int_equal(mcv_kms_key_prov_decode(&set_again, 1, &n, NULL, mcv_wr_done(&w)), MCV_OK);
    assert_memory_equal(&set, &set_again, sizeof set);
    /* the form of the schema */
    assert_non_null(memmem(text, w.n, "xsi:type=\"KeyContentType\"", 25));
}

static void every_truncation_of_a_document_is_refused(void **state)
{
    (void)state;
    static uint8_t text[8192];
    struct mcv_writer w = mcv_writer_of(text, sizeof text);
    const struct mcv_kms_cert c = some_cert();
    struct mcv_kms_cert got;
    size_t whole;

    mcv_kms_init_encode(&w, &c);
    for (whole = w.n; text[whole - 1] != '>';) whole--; /* the line end is no part of it */
    for (size_t n = 0; n < whole; n++) {
        assert_int_not_equal(mcv_kms_init_decode(&got, NULL, mcv_bytes_of(text, n)), MCV_OK);
        assert_string_equal(got.kms_uri, "");
    }
}

static void writer_errors_are_kept(void **state)
{
    (void)state;
    uint8_t text[100];
    struct mcv_writer w = mcv_writer_of(text, sizeof text);
    struct mcv_kms_cert c = some_cert();

    mcv_kms_init_encode(&w, &c);
    assert_int_equal(w.err, MCV_E_SPACE);
    w = mcv_writer_of(text, sizeof text);
    c.kms_uri[0] = (char)0xff; /* not UTF-8 */
    mcv_kms_init_encode(&w, &c);
    assert_int_equal(w.err, MCV_E_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_certificate),
        cmocka_unit_test(reads_the_forms_that_occur),
        cmocka_unit_test(refuses_certificates_and_says_where),
        cmocka_unit_test(refuses_fields_out_of_form),
        cmocka_unit_test(reads_key_sets_with_either_form_of_the_uid),
        cmocka_unit_test(refuses_key_sets_and_leaves_nothing),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(every_truncation_of_a_document_is_refused),
        cmocka_unit_test(writer_errors_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
