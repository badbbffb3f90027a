/* MONP codec: what is refused, what is skipped, what may be cut off. Spec: TS 24.281 17, TS 24.379 I,
 * TS 24.007 11.2.4. */
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/monp_vectors.h"

#define A     "0001 61" /* texts of one octet */
#define B     "0001 62"
#define C     "0001 63"
#define SETUP "16 88 1234 00 05" A B C
#define ALERT "16 8f" A B C
#define PUSH  "16 93 0001" A B C
#define CALL  "16 82 1234 01 2710 0000000001 0000000002" A B C A
#define TOLD  "16 96 0001 01" A B

static uint8_t datagram[70000];
static uint8_t encoded[70000];

static mcv_err decode(struct mcv_monp *m, const char *hex, enum mcv_monp_iei iei)
{
    const size_t n = mcv_hex_decode(datagram, sizeof datagram, hex);

    return mcv_monp_decode(m, mcv_bytes_of(datagram, n), iei);
}

static void assert_neutral(const struct mcv_monp *m)
{
    static const struct mcv_monp zero;

    assert_monp_equal(m, &zero);
}

static void bad_datagrams_are_refused(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"empty payload", "", MCV_E_TRUNCATED},
        {"carrier only", "16", MCV_E_TRUNCATED},
        {"an MCPTT message", "09 1234" A B, MCV_E_UNSUPPORTED},
        {"the carrier of MCData", "15 81" A, MCV_E_UNSUPPORTED},
        {"no carrier", "81" A, MCV_E_UNSUPPORTED},
        {"type below the list", "16 80" A, MCV_E_UNSUPPORTED},
        {"type above the list", "16 97" A, MCV_E_UNSUPPORTED},
        {"the carrier twice", "16 16 81" A, MCV_E_UNSUPPORTED},
        {"mandatory text of length 0", "16 81 0000", MCV_E_MALFORMED},
        {"length 0 in the middle", "16 89 1234 0000" B, MCV_E_MALFORMED},
        {"length beyond the end", "16 81 0002 61", MCV_E_TRUNCATED},
        {"largest length", "16 81 ffff 61", MCV_E_TRUNCATED},
        {"half a length", "16 81 00", MCV_E_TRUNCATED},
        {"half a call identifier", "16 95 12", MCV_E_TRUNCATED},
        {"half a time", "16 84 1234 00000000", MCV_E_TRUNCATED},
        {"commencement mode 2", "16 88 1234 02 05" A B C, MCV_E_UNSUPPORTED},
        {"commencement mode 255", "16 88 1234 ff 05" A B C, MCV_E_UNSUPPORTED},
        {"call type 0", "16 88 1234 00 00" A B C, MCV_E_UNSUPPORTED},
        {"call type 7", "16 88 1234 00 07" A B C, MCV_E_UNSUPPORTED},
        {"call type 0 in ACCEPT", "16 83 1234 00" A B, MCV_E_UNSUPPORTED},
        {"call type 7 in BROADCAST", "16 86 1234 07" A B C, MCV_E_UNSUPPORTED},
        {"location of length 0", SETUP "78 0000", MCV_E_MALFORMED},
        {"location beyond the end", SETUP "78 0002 61", MCV_E_TRUNCATED},
        {"location without a length", SETUP "78", MCV_E_TRUNCATED},
        {"unknown TLV-E beyond the end", SETUP "7f 0002 61", MCV_E_TRUNCATED},
        {"unknown TLV beyond the end", SETUP "10 02 61", MCV_E_TRUNCATED},
        {"unknown TLV without a length", SETUP "10", MCV_E_TRUNCATED},
        {"reason without its value", TOLD "20", MCV_E_TRUNCATED},
        {"second location broken", SETUP "78 0001 61 78 0000", MCV_E_MALFORMED},
        {"video information of length 0", PUSH "79 0000", MCV_E_MALFORMED},
        {"video information beyond the end", PUSH "79 0009 00 61", MCV_E_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_monp m;
        memset(&m, 0xff, sizeof m);
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&m, rows[i].hex, MCV_MONP_IEI_HEX), rows[i].want);
        assert_neutral(&m);
    }
}

static void reserved_reasons_and_results_have_a_meaning(void **state)
{
    struct mcv_monp m;

    (void)state;
    assert_int_equal(decode(&m, "16 8b 1234 05" A B, MCV_MONP_IEI_HEX), MCV_OK);
    assert_int_equal(m.reason, MCV_REASON_FAILED);
    assert_int_equal(decode(&m, "16 8b 1234 ff" A B, MCV_MONP_IEI_HEX), MCV_OK);
    assert_int_equal(m.reason, MCV_REASON_FAILED);
    assert_int_equal(decode(&m, "16 96 0001 02" A B, MCV_MONP_IEI_HEX), MCV_OK);
    assert_int_equal(m.push_result, MCV_PUSH_FAILURE);
    assert_int_equal(decode(&m, TOLD "20 ee", MCV_MONP_IEI_HEX), MCV_OK);
    assert_int_equal(m.reason, MCV_REASON_FAILED);
}

/* Each row decodes to the message of `same`. */
static void optional_elements(void **state)
{
    static const struct {
        const char *why, *hex, *same;
        enum mcv_monp_iei iei;
    } rows[] = {
        {"unknown type 1 or 2: one octet", SETUP "90 ff", SETUP, MCV_MONP_IEI_HEX},
        {"confirm mode where it has no meaning", SETUP "80 81", SETUP, MCV_MONP_IEI_HEX},
        {"unknown TLV", SETUP "10 02 ffff", SETUP, MCV_MONP_IEI_HEX},
        {"unknown, marked as required", SETUP "0f 01 ff", SETUP, MCV_MONP_IEI_HEX},
        {"unknown TLV of length 0", SETUP "77 00", SETUP, MCV_MONP_IEI_HEX},
        {"unknown TLV-E", SETUP "7c 0003 ffffff", SETUP, MCV_MONP_IEI_HEX},
        {"unknown TLV-E of length 0", SETUP "7f 0000", SETUP, MCV_MONP_IEI_HEX},
        {"reason where it has no meaning is a TV", SETUP "20 90", SETUP, MCV_MONP_IEI_HEX},
        {"unknown before known", SETUP "7c 0001 ff 10 00 78 0001 64", SETUP "78 0001 64",
         MCV_MONP_IEI_HEX},
        {"unknown after known", SETUP "78 0001 64 ff", SETUP "78 0001 64", MCV_MONP_IEI_HEX},
        {"any order", CALL "81 80", CALL "80 81", MCV_MONP_IEI_HEX},
        {"location twice: the first", SETUP "78 0001 64 78 0001 65", SETUP "78 0001 64",
         MCV_MONP_IEI_HEX},
        {"reason twice: the first", TOLD "20 01 20 02", TOLD "20 01", MCV_MONP_IEI_HEX},
        {"flags twice", CALL "80 80 81 81", CALL "80 81", MCV_MONP_IEI_HEX},
        {"video information twice: the first", PUSH "79 0001 00 79 0002 01 61", PUSH "79 0001 00",
         MCV_MONP_IEI_HEX},
        {"options where the message has none", "16 95 1234 78 0001 61 80", "16 95 1234",
         MCV_MONP_IEI_HEX},
        {"decimal confirm mode, switched on", CALL "50", CALL "80", MCV_MONP_IEI_HEX_OR_DECIMAL},
        {"decimal probe response, switched on", CALL "51", CALL "81", MCV_MONP_IEI_HEX_OR_DECIMAL},
        {"decimal location, switched on", ALERT "4e 0001 64", ALERT "78 0001 64",
         MCV_MONP_IEI_HEX_OR_DECIMAL},
        {"decimal and hexadecimal: the first", SETUP "4e 0001 64 78 0001 65", SETUP "78 0001 64",
         MCV_MONP_IEI_HEX_OR_DECIMAL},
        {"hexadecimal, with decimal switched on", CALL "80 81", CALL "80 81",
         MCV_MONP_IEI_HEX_OR_DECIMAL},
        {"decimal confirm mode, not switched on: a TLV", CALL "50 01 ff", CALL, MCV_MONP_IEI_HEX},
        {"decimal location, not switched on: a TLV", SETUP "4e 00 10 00", SETUP, MCV_MONP_IEI_HEX},
        {"decimal location where it has no meaning: a TLV", CALL "4e 01 ff", CALL,
         MCV_MONP_IEI_HEX_OR_DECIMAL},
        {"video information, length behind the source type", PUSH "79 01 0002 6162",
         PUSH "79 0003 01 6162", MCV_MONP_IEI_HEX},
        {"both readings end with the message: TLV-E", PUSH "79 0003 00 0000", PUSH "79 0003 000000",
         MCV_MONP_IEI_HEX},
        {"video information and an unknown element: TLV-E", PUSH "79 0002 01 61 ff",
         PUSH "79 0002 01 61", MCV_MONP_IEI_HEX},
        {"reserved source type is kept", PUSH "79 0002 09 61", PUSH "79 0002 09 61",
         MCV_MONP_IEI_HEX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_monp m;
        struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
        print_message("%s\n", rows[i].why);
        assert_int_equal(decode(&m, rows[i].hex, rows[i].iei), MCV_OK);
        mcv_monp_encode(&w, &m);
        mcv_assert_hex(mcv_wr_done(&w), rows[i].same);
    }
}

static void decimal_flag_at_the_end_is_truncated_when_not_switched_on(void **state)
{
    struct mcv_monp m;

    (void)state;
    assert_int_equal(decode(&m, CALL "50", MCV_MONP_IEI_HEX), MCV_E_TRUNCATED);
    assert_int_equal(decode(&m, SETUP "4e 0001 64", MCV_MONP_IEI_HEX), MCV_E_TRUNCATED);
}

/* What may be cut off: whole optional elements at the end, nothing else. */
static const struct {
    const char *why; /* the vector */
    size_t n_cuts;   /* shorter datagrams that are messages */
    size_t octets[3];
} cuts[] = {
    {"17.1.3 GROUP CALL ANNOUNCEMENT, confirm mode", 1, {1}},
    {"17.1.3 GROUP CALL ANNOUNCEMENT, probe response, every field another value", 1, {1}},
    {"17.1.3 GROUP CALL ANNOUNCEMENT, both options", 2, {1, 2}},
    {"17.1.5 PRIVATE CALL SETUP REQUEST, emergency, manual, location", 1, {6}},
    {"17.1.14 GROUP EMERGENCY ALERT, location", 1, {6}},
    {"17.1.20 PRIVATE REMOTE VIDEO PUSH REQUEST, video information", 1, {8}},
    {"17.1.21 GROUP REMOTE VIDEO PUSH REQUEST, video information without text", 1, {4}},
    {"17.1.23 NOTIFY VIDEO PUSH, success to a user", 1, {23}},
    {"17.1.23 NOTIFY VIDEO PUSH, failure to a group, with reason", 2, {2, 22}},
    {"17.1.23 NOTIFY VIDEO PUSH, everything optional", 3, {2, 22, 45}},
};

static bool may_be_cut(const char *why, size_t octets)
{
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
        for (size_t k = 0; strcmp(cuts[i].why, why) == 0 && k < cuts[i].n_cuts; k++)
            if (cuts[i].octets[k] == octets) return true;
    return false;
}

static void truncations(void **state)
{
    size_t n_cut = 0, n_listed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) n_listed += cuts[i].n_cuts;
    for (size_t i = 0; i < n_monp_vectors; i++) {
        const struct monp_vector *v = &monp_vectors[i];
        const size_t n = mcv_hex_decode(datagram, sizeof datagram, v->hex);
        for (size_t octets = 1; octets <= n; octets++) {
            const struct mcv_bytes cut = mcv_bytes_of(datagram, n - octets);
            struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
            struct mcv_monp m;
            const mcv_err err = mcv_monp_decode(&m, cut, MCV_MONP_IEI_HEX);
            if (!may_be_cut(v->why, octets)) {
                if (err != MCV_E_TRUNCATED) fail_msg("%s: %zu cut off", v->why, octets);
                assert_neutral(&m);
                continue;
            }
            n_cut++;
            assert_int_equal(err, MCV_OK);
            mcv_monp_encode(&w, &m);
            assert_true(mcv_bytes_equal(mcv_wr_done(&w), cut));
        }
    }
    assert_int_equal(n_cut, n_listed);
}

/* No fact about an octet may crash the decoder or make it say two things of one datagram. */
static void every_octet_set_to_every_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_monp_vectors; i++) {
        const size_t n = mcv_hex_decode(datagram, sizeof datagram, monp_vectors[i].hex);
        for (size_t at = 0; at < n; at++) {
            const uint8_t was = datagram[at];
            for (unsigned v = 0; v < 256; v++) {
                struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);
                struct mcv_monp m, again;
                datagram[at] = (uint8_t)v;
                const mcv_err err = mcv_monp_decode(&m, mcv_bytes_of(datagram, n),
                                                    MCV_MONP_IEI_HEX);
                if (err != MCV_OK) {
                    assert_int_equal(mcv_err_class(err), MCV_CLASS_PEER);
                    continue;
                }
                mcv_monp_encode(&w, &m);
                assert_int_equal(mcv_monp_decode(&again, mcv_wr_done(&w), MCV_MONP_IEI_HEX),
                                 MCV_OK);
                assert_monp_equal(&again, &m);
            }
            datagram[at] = was;
        }
    }
}

static mcv_err encode_err(const struct mcv_monp *m, size_t cap)
{
    struct mcv_writer w = mcv_writer_of(encoded, cap);

    mcv_monp_encode(&w, m);
    return w.err;
}

static void encoder_refuses_what_it_could_not_read(void **state)
{
    static const uint8_t long_text[UINT16_MAX + 1];
    struct mcv_monp m;

    (void)state;
    m = monp_vector_of(MCV_MONP_GROUP_CALL_PROBE)->m;
    m.type = 0x80;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_GROUP_CALL_PROBE)->m;
    m.group.n = 0;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m.group = mcv_bytes_of(long_text, sizeof long_text);
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST)->m;
    m.call_type = 0;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST)->m;
    m.commencement_mode = 2;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_PRIVATE_CALL_REJECT)->m;
    m.reason = 5;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_NOTIFY_VIDEO_PUSH)->m;
    m.push_result = 2;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_GROUP_CALL_ANNOUNCEMENT)->m;
    m.call_start_s = UINT64_C(1) << 40;
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
    m = monp_vector_of(MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST)->m;
    m.has_video_info = true;
    m.video_info = mcv_bytes_of(long_text, UINT16_MAX);
    assert_int_equal(encode_err(&m, sizeof encoded), MCV_E_MALFORMED);
}

static void encoder_stops_at_the_end_of_its_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_monp_vectors; i++) {
        const size_t n = mcv_hex_decode(datagram, sizeof datagram, monp_vectors[i].hex);
        for (size_t cap = 0; cap < n; cap++)
            assert_int_equal(encode_err(&monp_vectors[i].m, cap), MCV_E_SPACE);
        assert_int_equal(encode_err(&monp_vectors[i].m, n), MCV_OK);
    }
}

static void fields_of_other_messages_are_not_written(void **state)
{
    struct mcv_monp m = monp_vector_of(MCV_MONP_VIDEO_PUSH_TRYING_RESPONSE)->m;
    struct mcv_writer w = mcv_writer_of(encoded, sizeof encoded);

    (void)state;
    m.has_confirm_mode = true;
    m.has_reason = true;
    m.has_video_info = true;
    m.location = mcv_bytes_str("here");
    m.caller = mcv_bytes_str("sip:alice@mc.example");
    mcv_monp_encode(&w, &m);
    mcv_assert_hex(mcv_wr_done(&w), "16 95 0a0b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_datagrams_are_refused),
        cmocka_unit_test(reserved_reasons_and_results_have_a_meaning),
        cmocka_unit_test(optional_elements),
        cmocka_unit_test(decimal_flag_at_the_end_is_truncated_when_not_switched_on),
        cmocka_unit_test(truncations),
        cmocka_unit_test(every_octet_set_to_every_value),
        cmocka_unit_test(encoder_refuses_what_it_could_not_read),
        cmocka_unit_test(encoder_stops_at_the_end_of_its_room),
        cmocka_unit_test(fields_of_other_messages_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
