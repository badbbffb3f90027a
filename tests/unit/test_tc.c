/* Transmission control messages: what a decoder must take, leave and refuse. Spec: TS 24.581 9. */
#include "proto/tc.h"
#include "tests/kat/tc_messages.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/tc_equal.h"

#include <stdlib.h>

/* A block of its own for exactly n octets: AddressSanitizer sees a read beyond it. */
static mcv_err decode_exact(struct mcv_tc *m, const uint8_t *p, size_t n)
{
    static const struct mcv_tc zero;
    uint8_t *copy = malloc(n + (n == 0));

    assert_non_null(copy);
    if (n > 0) memcpy(copy, p, n);
    const mcv_err err = mcv_tc_decode(m, mcv_bytes_of(copy, n));
    if (err != MCV_OK) assert_memory_equal(m, &zero, sizeof zero);
    free(copy);
    return err;
}

/* Header of type and name with a length that fits, then the fields. */
static mcv_err decode_fields(struct mcv_tc *m, uint8_t *octets, const char *head,
                             const char *fields)
{
    size_t n = mcv_hex_decode(octets, 12, head);

    assert_int_equal(n, 12);
    n += mcv_hex_decode(octets + 12, 500, fields);
    mcv_store_be16(octets + 2, (uint16_t)(n / 4 - 1));
    return mcv_tc_decode(m, mcv_bytes_of(octets, n));
}

#define REQUEST   "80cc0000 11111111 4d435630"
#define GRANTED   "80cc0000 22222222 4d435631"
#define TAKEN     "82cc0000 22222222 4d435631"
#define INFO      "85cc0000 22222222 4d435631"
#define ACK       "84cc0000 22222222 4d435632"
#define ON_NET    "88cc0000 22222222 4d435630" /* Remote Transmission Cancel Request */
#define ZEROS_29  "0000000000000000000000000000000000000000000000000000000000"
#define ZEROS_261 ZEROS_29 ZEROS_29 ZEROS_29 ZEROS_29 ZEROS_29 ZEROS_29 ZEROS_29 ZEROS_29 ZEROS_29
#define USER_1    "06" TC_U1
#define GRANT_1   "0102001e " TC_U1_A USER_1

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TC_KNOWN; i++) {
        uint8_t octets[256];
        struct mcv_tc m;
        const size_t n = mcv_hex_decode(octets, sizeof octets, tc_known[i].hex);

        for (size_t cut = 0; cut < n; cut++) {
            assert_int_equal(decode_exact(&m, octets, cut), MCV_E_TRUNCATED);
        }
    }
}

/* With the length in the header corrected: a message that lost fields it can work without, or none. */
static void shortened_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TC_KNOWN; i++) {
        uint8_t octets[256];
        struct mcv_tc m;
        const size_t n = mcv_hex_decode(octets, sizeof octets, tc_known[i].hex);

        for (size_t cut = 12; cut < n; cut += 4) {
            mcv_store_be16(octets + 2, (uint16_t)(cut / 4 - 1));
            const mcv_err err = decode_exact(&m, octets, cut);
            if (err == MCV_E_TRUNCATED || err == MCV_E_MALFORMED) continue;
            assert_int_equal(err, MCV_OK);
            assert_int_equal(m.has & ~tc_known[i].m.has, 0);
            assert_int_not_equal(m.has, tc_known[i].m.has);
        }
    }
}

static void headers_that_are_refused(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
    } rows[] = {
        {"length of less than a header", "80cc0001 11111111 4d435630", MCV_E_TRUNCATED},
        {"length beyond the packet", "80cc0003 11111111 4d435630", MCV_E_TRUNCATED},
        {"length 65535", "80ccffff 11111111 4d435630", MCV_E_TRUNCATED},
        {"octets after the packet", "83cc0007 11111111 4d435630 06" TC_U1 "00000000",
         MCV_E_MALFORMED},
        {"something after the packet", "83cc0007 11111111 4d435630 06" TC_U1 "01", MCV_E_MALFORMED},
        {"version 1", "43cc0007 11111111 4d435630 06" TC_U1, MCV_E_UNSUPPORTED},
        {"padding bit", "a3cc0007 11111111 4d435630 06" TC_U1, MCV_E_UNSUPPORTED},
        {"sender report", "83c80007 11111111 4d435630 06" TC_U1, MCV_E_UNSUPPORTED},
        {"MCV3 is MBMS", "83cc0007 11111111 4d435633 06" TC_U1, MCV_E_UNSUPPORTED},
        {"MCPT is another service", "83cc0007 11111111 4d435054 06" TC_U1, MCV_E_UNSUPPORTED},
        {"below MCV0", "83cc0007 11111111 4d43562f 06" TC_U1, MCV_E_UNSUPPORTED},
        {"MCV0 has no type 1", "81cc0007 11111111 4d435630 06" TC_U1, MCV_E_UNSUPPORTED},
        {"MCV0 type 5 is void", "85cc0007 11111111 4d435630 06" TC_U1, MCV_E_UNSUPPORTED},
        {"MCV1 type 9 is void", "89cc0007 11111111 4d435631 06" TC_U1, MCV_E_UNSUPPORTED},
        {"MCV2 ends with 4", "85cc0007 11111111 4d435632 06" TC_U1, MCV_E_UNSUPPORTED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t octets[64];
        struct mcv_tc m;
        const size_t n = mcv_hex_decode(octets, sizeof octets, rows[i].hex);

        print_message("%s\n", rows[i].why);
        assert_int_equal(decode_exact(&m, octets, n), rows[i].want);
    }
}

/* Rows are fields behind a header; what a row needs to be a message is in it. */
static void fields_that_make_no_message(void **state)
{
    static const struct {
        const char *why, *head, *fields;
        mcv_err want;
    } rows[] = {
        {"no field", REQUEST, "", MCV_E_MALFORMED},
        {"request of nobody", REQUEST, "00020500 0d028000", MCV_E_MALFORMED},
        {"empty identity", REQUEST, "06000000", MCV_E_MALFORMED},
        {"identity with NUL", REQUEST, "06036100 62000000", MCV_E_MALFORMED},
        {"grant without duration", GRANTED, TC_U1_A USER_1, MCV_E_MALFORMED},
        {"duration of three octets", GRANTED, "01030000 1e000000" TC_U1_A USER_1, MCV_E_MALFORMED},
        {"grant without SSRC", GRANTED, "0102001e" USER_1, MCV_E_MALFORMED},
        {"SSRC of four octets", GRANTED, "0102001e 0e041111 11110000" USER_1, MCV_E_MALFORMED},
        {"the only SSRC is a queued user's", GRANTED,
         "0102001e" USER_1 TC_U1_A "09" TC_U1 "03020105", MCV_E_MALFORMED},
        {"grant of nobody", GRANTED, "0102001e" TC_U1_A, MCV_E_MALFORMED},
        {"rejection without cause", "81cc0000 22222222 4d435631", USER_1, MCV_E_MALFORMED},
        {"cause of one octet", "81cc0000 22222222 4d435631", "02010100" USER_1, MCV_E_MALFORMED},
        {"rejection of nobody", "81cc0000 22222222 4d435631", "02020001", MCV_E_MALFORMED},
        {"taken without sequence number", TAKEN, "04" TC_U1 USER_1 TC_U1_A TC_U1_V,
         MCV_E_MALFORMED},
        {"taken without video SSRC", TAKEN, "04" TC_U1 USER_1 "08020001" TC_U1_A, MCV_E_MALFORMED},
        {"video SSRC 24 of five octets", TAKEN,
         "04" TC_U1 USER_1 "08020001" TC_U1_A "18051111 11110000", MCV_E_MALFORMED},
        {"queue position without info", INFO, USER_1 TC_U1_A "09" TC_U1, MCV_E_MALFORMED},
        {"queue position of nobody", INFO, USER_1 TC_U1_A "03020105", MCV_E_MALFORMED},
        {"queue position without SSRC", INFO, USER_1 "09" TC_U1 "03020105", MCV_E_MALFORMED},
        {"ack of MCV3", ACK, "0a020000 10064d43 56330000 0c020000", MCV_E_MALFORMED},
        {"value beyond the end", REQUEST, USER_1 "00030500", MCV_E_TRUNCATED},
        {"two-octet length beyond the end", REQUEST, USER_1 "c0ffff00", MCV_E_TRUNCATED},
        {"unknown field beyond the end", REQUEST, USER_1 "19020000 19050000", MCV_E_TRUNCATED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t octets[512];
        struct mcv_tc m;

        print_message("%s\n", rows[i].why);
        assert_int_equal(decode_fields(&m, octets, rows[i].head, rows[i].fields), rows[i].want);
    }
}

/* Fields that must not matter, around a request of u1 with priority 5. */
static void fields_that_do_not_matter(void **state)
{
    static const struct {
        const char *why, *head, *fields;
    } rows[] = {
        {"as it is", REQUEST, "00020500" USER_1 "0d028000"},
        {"any order", REQUEST, "0d028000" USER_1 "00020500"},
        {"Ack wanted", "90cc0000 11111111 4d435630", "00020500" USER_1 "0d028000"},
        {"repeated: the first counts", REQUEST,
         "00020500" USER_1 "0d028000 00020900 06" TC_U2 "0d021000"},
        {"impossible length, then a good one", REQUEST,
         "00030500 00000000 00020500 06000000" USER_1 "0d028000"},
        {"spare octets and padding are not zero", REQUEST,
         "000205ff 06117369 703a7531 406d632e 6578616d 706c65ff 0d028000"},
        {"unknown field of no length", REQUEST, "19000000 00020500" USER_1 "0d028000"},
        {"unknown field 191: one length octet", REQUEST,
         "bf050102 03040500 00020500" USER_1 "0d028000"},
        {"unknown field 192: two length octets", REQUEST,
         "c0000501 02030405 00020500" USER_1 "0d028000"},
        {"unknown field 255 with a long value", REQUEST,
         "ff0105" ZEROS_261 "00020500" USER_1 "0d028000"},
        {"a video SSRC 24 that is too long", REQUEST, "18020000 00020500" USER_1 "0d028000"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t octets[512];
        struct mcv_tc m;

        print_message("%s\n", rows[i].why);
        assert_int_equal(decode_fields(&m, octets, rows[i].head, rows[i].fields), MCV_OK);
        mcv_assert_tc_equal(&m, &tc_known[0].m);
    }
}

/* Every rotation and the reverse order of the fields of each known message. */
static void fields_in_any_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TC_KNOWN; i++) {
        uint8_t from[256], to[256];
        size_t start[24], n_units = 0;
        const size_t n = mcv_hex_decode(from, sizeof from, tc_known[i].hex);
        const bool is_grant = tc_known[i].m.type == MCV_TC_GRANTED;

        for (size_t at = 12; at < n; at += (2u + from[at + 1] + 3u) / 4u * 4u) {
            const bool in_queue = is_grant && (from[at] == MCV_TCF_QUEUED_USER ||
                                               from[at] == MCV_TCF_QUEUE_INFO);
            if (!in_queue) start[n_units++] = at; /* SSRC, user and info of a queue stay together */
        }
        start[n_units] = n;
        for (size_t turn = 0; turn <= n_units; turn++) {
            size_t at = 12;
            struct mcv_tc m;
            memcpy(to, from, 12);
            for (size_t k = 0; k < n_units; k++) {
                const size_t unit = turn == n_units ? n_units - 1 - k : (k + turn) % n_units;
                memcpy(to + at, from + start[unit], start[unit + 1] - start[unit]);
                at += start[unit + 1] - start[unit];
            }
            if (tc_known[i].m.n_queued > 1 && turn > 0)
                continue; /* order of a queue means something */
            assert_int_equal(mcv_tc_decode(&m, mcv_bytes_of(to, n)), MCV_OK);
            mcv_assert_tc_equal(&m, &tc_known[i].m);
        }
    }
}

static void queues_of_granted(void **state)
{
#define ENTRY(ssrc, info) "0e06" ssrc "0000 09" TC_U2 "0302" info
    static const struct {
        const char *why, *fields;
        size_t n;
        uint32_t audio_ssrc;
    } rows[] = {
        {"none", GRANT_1, 0, TC_U1_SSRC},
        {"one before everything else", ENTRY("33333333", "0107") GRANT_1, 1, TC_U1_SSRC},
        {"one between the others", "0102001e" ENTRY("33333333", "0107") USER_1 TC_U1_A, 1,
         TC_U1_SSRC},
        {"a later single SSRC is nobody's", GRANT_1 "0e062222 22220000" ENTRY("33333333", "0107"),
         1, TC_U1_SSRC},
        {"user without SSRC", GRANT_1 "09" TC_U2 "03020107", 0, TC_U1_SSRC},
        {"user without info", GRANT_1 "0e063333 33330000 09" TC_U2, 0, TC_U1_SSRC},
        {"info after another field", GRANT_1 "0e063333 33330000 09" TC_U2 "0d028000 03020107", 0,
         TC_U1_SSRC},
        {"info after an unknown field", GRANT_1 "0e063333 33330000 09" TC_U2 "19000000 03020107", 0,
         TC_U1_SSRC},
        {"info of one octet", GRANT_1 "0e063333 33330000 09" TC_U2 "03010100", 0, TC_U1_SSRC},
        {"user with NUL", GRANT_1 "0e063333 33330000 09020000 03020107", 0, TC_U1_SSRC},
        {"two", GRANT_1 ENTRY("33333333", "0107") ENTRY("33333333", "0207"), 2, TC_U1_SSRC},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t octets[512];
        struct mcv_tc m;

        print_message("%s\n", rows[i].why);
        assert_int_equal(decode_fields(&m, octets, GRANTED, rows[i].fields), MCV_OK);
        assert_int_equal(m.n_queued, rows[i].n);
        assert_int_equal(m.audio_ssrc, rows[i].audio_ssrc);
        for (size_t k = 0; k < m.n_queued; k++) {
            assert_int_equal(m.queued[k].ssrc, 0x33333333);
            assert_true(mcv_bytes_equal(m.queued[k].user_id, mcv_bytes_str("sip:u2@mc.example")));
            assert_int_equal(m.queued[k].position, k + 1);
            assert_int_equal(m.queued[k].priority, 7);
        }
    }
}

static void long_queue_is_capped(void **state)
{
    (void)state;
    uint8_t octets[2048];
    struct mcv_tc m = tc_known[2].m;
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);

    m.n_queued = MCV_TC_MAX_QUEUE;
    for (size_t i = 0; i < m.n_queued; i++) {
        m.queued[i] = tc_known[2].m.queued[0];
        m.queued[i].position = (uint8_t)(i + 1);
    }
    mcv_tc_encode(&w, &m);
    assert_int_equal(w.err, MCV_OK);
    struct mcv_tc back;
    assert_int_equal(mcv_tc_decode(&back, mcv_wr_done(&w)), MCV_OK);
    mcv_assert_tc_equal(&back, &m);

    const size_t n_more = mcv_hex_decode(octets + w.n, 64, ENTRY("33333333", "1107"));
    mcv_store_be16(octets + 2, (uint16_t)((w.n + n_more) / 4 - 1));
    assert_int_equal(mcv_tc_decode(&back, mcv_bytes_of(octets, w.n + n_more)), MCV_OK);
    mcv_assert_tc_equal(&back, &m);

    w = mcv_writer_of(octets, sizeof octets);
    m.n_queued = MCV_TC_MAX_QUEUE + 1;
    mcv_tc_encode(&w, &m);
    assert_int_equal(w.err, MCV_E_MALFORMED);
}

static void video_ssrc_has_two_identifiers(void **state)
{
#define TAKEN_1 "04" TC_U1 USER_1 "08020001" TC_U1_A
    static const struct {
        const char *why, *fields;
        uint32_t want;
    } rows[] = {
        {"23", TAKEN_1 "1706aaaa aaaa0000", 0xaaaaaaaa},
        {"24 alone", TAKEN_1 "1806bbbb bbbb0000", 0xbbbbbbbb},
        {"23 before 24", TAKEN_1 "1706aaaa aaaa0000 1806bbbb bbbb0000", 0xaaaaaaaa},
        {"24 before 23", TAKEN_1 "1806bbbb bbbb0000 1706aaaa aaaa0000", 0xaaaaaaaa},
        {"24 twice", TAKEN_1 "1806bbbb bbbb0000 1806cccc cccc0000", 0xbbbbbbbb},
        {"24 of five octets, then 24", TAKEN_1 "1805bbbb bbbb0000 1806cccc cccc0000", 0xcccccccc},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t octets[512];
        struct mcv_tc m;

        print_message("%s\n", rows[i].why);
        assert_int_equal(decode_fields(&m, octets, TAKEN, rows[i].fields), MCV_OK);
        assert_int_equal(m.video_ssrc, rows[i].want);
        assert_true(m.may_request); /* no Permission field */
        assert_int_equal(m.indicator, 0);
    }
}

/* Every field of the table, in a message that demands none. */
static void reads_every_field(void **state)
{
    (void)state;
    uint8_t octets[512];
    struct mcv_tc m;
    const struct mcv_tc want = {
        .type = MCV_TC_REMOTE_CANCEL_REQUEST,
        .ssrc = TC_U2_SSRC,
        .has = (UINT32_C(1) << MCV_N_TCF) - 1,
        .priority = 1,
        .duration_s = 0x0203,
        .cause = 255,
        .phrase = TC_TEXT("x"),
        .queued = {{0, TC_TEXT("q"), 254, 9}},
        .transmitting_user = TC_TEXT("t"),
        .may_request = false,
        .user_id = TC_TEXT("u"),
        .queue_size = 0x0405,
        .seq = 0xfffe,
        .source = MCV_TC_FROM_NON_CONTROLLING,
        .track_info = TC_TEXT("\x01\x00"),
        .acked_subtype = 0x0f,
        .indicator = 0x7800,
        .audio_ssrc = 0xdeadbeef,
        .is_granted = true,
        .acked_name = 2,
        .overriding_id = TC_TEXT("o"),
        .overridden_id = TC_TEXT("v"),
        .reception_priority = 200,
        .group_id = TC_TEXT("g"),
        .functional_alias = TC_TEXT("f"),
        .reception_mode = 1,
        .video_ssrc = 0xcafebabe,
    };

    assert_int_equal(
        decode_fields(&m, octets, ON_NET,
                      "00020100 01020203 020300ff 78000000 0302fe09 04017400 05020000 06017500"
                      "07020405 0802fffe 09017100 0a020003 0b020100 0c021f00 0d027800 0e06dead"
                      "beef0000 0f020001 10064d43 56320000 11016f00 12017600 1302c800 14016700"
                      "15016600 16020001 1706cafe babe0000"),
        MCV_OK);
    mcv_assert_tc_equal(&m, &want);
    assert_int_equal(m.queued[0].position, 254);
    assert_int_equal(m.queued[0].priority, 9);
    assert_true(mcv_bytes_equal(m.queued[0].user_id, mcv_bytes_str("q")));
}

static void walks_a_datagram(void **state)
{
#define RELEASE "82cc0008 11111111 4d435630 06" TC_U1 "0d028000"
#define POLL    "83cc0007 11111111 4d435630 06" TC_U1
    static const struct {
        const char *why, *hex;
        unsigned n_packets;
        mcv_err err;
    } rows[] = {
        {"one", RELEASE, 1, MCV_OK},
        {"two", RELEASE POLL, 2, MCV_OK},
        {"trailing zeros", RELEASE POLL "000000", 2, MCV_OK},
        {"nothing", "", 0, MCV_OK},
        {"zeros alone", "0000", 0, MCV_OK},
        {"a second one that is cut", RELEASE "83cc0007 11111111", 1, MCV_E_TRUNCATED},
        {"a second one of three octets", RELEASE "83cc00", 1, MCV_E_TRUNCATED},
        {"a second one of five octets", RELEASE "83cc0001 00", 1, MCV_E_TRUNCATED},
        {"a broken one does not hide the next", "03cc0000" POLL, 2, MCV_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t octets[256];
        const size_t n = mcv_hex_decode(octets, sizeof octets, rows[i].hex);
        struct mcv_reader datagram = mcv_reader_of(mcv_bytes_of(octets, n));
        struct mcv_bytes packet;
        unsigned n_packets = 0;

        print_message("%s\n", rows[i].why);
        while (mcv_tc_next(&packet, &datagram)) n_packets++;
        assert_int_equal(packet.n, 0);
        assert_int_equal(n_packets, rows[i].n_packets);
        assert_int_equal(datagram.err, rows[i].err);
    }
}

static void encoder_refuses(void **state)
{
    (void)state;
    char long_text[256];
    uint8_t out[600];
    struct mcv_tc m = tc_known[0].m;

    memset(long_text, 'x', sizeof long_text);
    for (size_t cap = 0; cap < 40; cap++) { /* no octet more than there is room for */
        uint8_t *exact = malloc(cap + (cap == 0));
        assert_non_null(exact);
        struct mcv_writer w = mcv_writer_of(exact, cap);
        mcv_tc_encode(&w, &m);
        assert_int_equal(w.err, MCV_E_SPACE);
        free(exact);
    }
    static const struct {
        const char *why;
        enum mcv_tc_type type;
        size_t n_text;
        mcv_err want;
    } rows[] = {
        {"text of 255 octets", MCV_TC_REQUEST, 255, MCV_OK},
        {"text of 256 octets", MCV_TC_REQUEST, 256, MCV_E_SPACE},
        {"no text", MCV_TC_REQUEST, 0, MCV_E_MALFORMED},
        {"queue position of nobody", MCV_TC_QUEUE_POSITION_INFO, 1, MCV_E_MALFORMED},
        {"on-network only", MCV_TC_END_REQUEST, 1, MCV_E_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_writer w = mcv_writer_of(out, sizeof out);
        print_message("%s\n", rows[i].why);
        m.type = rows[i].type;
        m.user_id = mcv_bytes_of(long_text, rows[i].n_text);
        mcv_tc_encode(&w, &m);
        assert_int_equal(w.err, rows[i].want);
    }
}

/* Names are those of the types, subtypes are not shared, causes end where the table ends. */
static void texts(void **state)
{
    (void)state;
    for (enum mcv_tc_type t = 0; t < MCV_N_TC_TYPES; t++) {
        assert_non_null(mcv_tc_name(t));
        for (enum mcv_tc_type u = 0; u < t; u++)
            assert_string_not_equal(mcv_tc_name(t), mcv_tc_name(u));
        assert_null(mcv_tc_cause_text(t, 0));
        assert_null(mcv_tc_cause_text(t, 9));
        assert_null(mcv_tc_cause_text(t, 65535));
    }
    assert_string_equal(mcv_tc_name(MCV_TC_ACK), "Transmission Control Ack");
    assert_string_equal(mcv_tc_cause_text(MCV_TC_REJECTED, 1), "Transmission limit reached");
    assert_string_equal(mcv_tc_cause_text(MCV_TC_REVOKED, 8), "No receiving participant");
    assert_string_equal(mcv_tc_cause_text(MCV_TC_RECEIVE_MEDIA_RESPONSE, 5), "Send only");
    assert_null(mcv_tc_cause_text(MCV_TC_REJECTED, 7));
    assert_string_equal(mcv_tc_cause_text(MCV_TC_REVOKED, 255), "Other reason");
    assert_null(mcv_tc_cause_text(MCV_TC_REQUEST, 255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(shortened_messages),
        cmocka_unit_test(headers_that_are_refused),
        cmocka_unit_test(fields_that_make_no_message),
        cmocka_unit_test(fields_that_do_not_matter),
        cmocka_unit_test(fields_in_any_order),
        cmocka_unit_test(queues_of_granted),
        cmocka_unit_test(long_queue_is_capped),
        cmocka_unit_test(video_ssrc_has_two_identifiers),
        cmocka_unit_test(reads_every_field),
        cmocka_unit_test(walks_a_datagram),
        cmocka_unit_test(encoder_refuses),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
