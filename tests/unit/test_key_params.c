/* Key parameters of a group key. Spec: TS 33.180 E.6, TS 24.282 15.2.14. */
#include "proto/key_params.h"

#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* type status activation expiry text; the group list comes after it */
#define FIXED(type)                                                                                \
    type "00000001"                                                                                \
         "0000000010"                                                                              \
         "00000000ff"
#define G1                                                                                         \
    "7b"                                                                                           \
    "0002"                                                                                         \
    "6731" /* g1 */
#define G16 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1

static uint8_t octets[70000];

static struct mcv_bytes hex(const char *text)
{
    return mcv_bytes_of(octets, mcv_hex_decode(octets, sizeof octets, text));
}

/* Spec: TS 33.180 Table E.6.1-1. */
static void content_refused_or_accepted(void **state)
{
    static const struct {
        const char *why, *hex;
        mcv_err want;
        size_t n_groups, n_text;
    } rows[] = {
        {"GMK with one group",
         FIXED("00") "0002"
                     "4731"
                     "0006"
                     "01" G1,
         MCV_OK, 1, 2},
        {"no text, no group",
         FIXED("00") "0000"
                     "0001"
                     "00",
         MCV_OK, 0, 0},
        {"PCK without list", FIXED("01") "0000", MCV_OK, 0, 0},
        {"GMK without list", FIXED("00") "0000", MCV_OK, 0, 0},
        {"E.6.11: MuSiK is the last type", FIXED("06") "0000", MCV_OK, 0, 0},
        {"key type 7", FIXED("07") "0000", MCV_E_UNSUPPORTED, 0, 0},
        {"reserved octets after the list",
         FIXED("00") "0000"
                     "0001"
                     "00"
                     "ffff",
         MCV_OK, 0, 0},
        {"another IEI of the group",
         FIXED("00") "0000"
                     "0006"
                     "01"
                     "7a"
                     "0002"
                     "6731",
         MCV_OK, 1, 0},
        {"sixteen groups",
         FIXED("00") "0000"
                     "0051"
                     "10" G16,
         MCV_OK, 16, 0},
        {"seventeen groups",
         FIXED("00") "0000"
                     "0056"
                     "11" G16 G1,
         MCV_E_FULL, 0, 0},
        {"fewer groups than counted",
         FIXED("00") "0000"
                     "0006"
                     "02" G1,
         MCV_E_TRUNCATED, 0, 0},
        {"more groups than counted",
         FIXED("00") "0000"
                     "000b"
                     "01" G1 G1,
         MCV_E_MALFORMED, 0, 0},
        {"group beyond the list",
         FIXED("00") "0000"
                     "0005"
                     "01" G1,
         MCV_E_TRUNCATED, 0, 0},
        {"empty group",
         FIXED("00") "0000"
                     "0004"
                     "01"
                     "7b"
                     "0000",
         MCV_E_MALFORMED, 0, 0},
        {"list without number",
         FIXED("00") "0000"
                     "0000",
         MCV_E_TRUNCATED, 0, 0},
        {"half a list length",
         FIXED("00") "0000"
                     "00",
         MCV_E_TRUNCATED, 0, 0},
        {"text beyond the end",
         FIXED("00") "0003"
                     "4731",
         MCV_E_TRUNCATED, 0, 0},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static const struct mcv_key_params nothing;
        struct mcv_key_params p;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_key_params_decode(&p, hex(rows[i].hex)), rows[i].want);
        assert_int_equal(p.n_groups, rows[i].n_groups);
        assert_int_equal(p.text.n, rows[i].n_text);
        if (rows[i].want != MCV_OK) {
            assert_memory_equal(&p, &nothing, sizeof p);
            continue;
        }
        assert_int_equal(p.activation_s, 0x10);
        assert_int_equal(p.expiry_s, 0xff);
        assert_false(mcv_key_params_is_revoked(&p));
    }
}

/* Cut after the text it is the same without groups; every other cut is refused. */
static void content_truncated(void **state)
{
    (void)state;
    const struct mcv_bytes whole = hex(FIXED("00") "0002"
                                                   "4731"
                                                   "000b"
                                                   "02" G1 G1);
    const size_t after_text = 15 + 2 + 2;
    struct mcv_key_params p;

    assert_int_equal(mcv_key_params_decode(&p, whole), MCV_OK);
    for (size_t cut = 0; cut < whole.n; cut++) {
        const mcv_err err = mcv_key_params_decode(&p, mcv_bytes_of(whole.p, cut));
        assert_int_equal(err, cut == after_text ? MCV_OK : MCV_E_TRUNCATED);
        assert_int_equal(p.n_groups, 0);
    }
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

static void written_and_read_again(void **state)
{
    (void)state;
    const struct mcv_key_params p = full_params();
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_key_params got;

    mcv_key_params_encode(&w, &p);
    assert_int_equal(mcv_key_params_decode(&got, mcv_wr_done(&w)), MCV_OK);
    assert_int_equal(got.type, p.type);
    assert_int_equal(got.status, p.status);
    assert_true(mcv_key_params_is_revoked(&got));
    assert_int_equal(got.activation_s, p.activation_s);
    assert_int_equal(got.expiry_s, p.expiry_s);
    assert_true(mcv_bytes_equal(got.text, p.text));
    assert_int_equal(got.n_groups, p.n_groups);
    for (size_t i = 0; i < p.n_groups; i++)
        assert_true(mcv_bytes_equal(got.groups[i], p.groups[i]));
}

/* The list belongs to the keys of groups. */
static void list_without_groups(void **state)
{
    static const struct {
        enum mcv_key_type type;
        const char *hex;
    } rows[] = {
        {MCV_KEY_GMK, "00"
                      "00000001"
                      "0000000000"
                      "0000000000"
                      "0000"
                      "0001"
                      "00"},
        {MCV_KEY_PCK, "01"
                      "00000001"
                      "0000000000"
                      "0000000000"
                      "0000"},
        {MCV_KEY_CSK, "02"
                      "00000001"
                      "0000000000"
                      "0000000000"
                      "0000"},
        {MCV_KEY_MKFC, "04"
                       "00000001"
                       "0000000000"
                       "0000000000"
                       "0000"
                       "0001"
                       "00"},
        {MCV_KEY_MUSIK, "06"
                        "00000001"
                        "0000000000"
                        "0000000000"
                        "0000"
                        "0001"
                        "00"},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct mcv_key_params p = {.type = rows[i].type, .status = MCV_KEY_STATUS_VALID};
        struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
        mcv_key_params_encode(&w, &p);
        mcv_assert_hex(mcv_wr_done(&w), rows[i].hex);
    }
}

static const char *spoil(struct mcv_key_params *p, unsigned row)
{
    static uint8_t much[UINT16_MAX + 1];

    switch (row) {
    case 0:
        p->type = MCV_KEY_NONE;
        return "no key type";
    case 1:
        p->activation_s = 0x10000000000;
        return "activation beyond 40 bits";
    case 2:
        p->expiry_s = 0x10000000000;
        return "expiry beyond 40 bits";
    case 3:
        p->text = mcv_bytes_of(much, sizeof much);
        return "text does not fit in its length";
    case 4:
        p->n_groups = MCV_KEY_PARAMS_MAX_GROUPS + 1;
        return "more groups than are read";
    case 5:
        p->groups[3] = (struct mcv_bytes){NULL, 0};
        return "empty group";
    case 6:
        p->groups[3] = mcv_bytes_of(much, sizeof much);
        return "group does not fit in its length";
    default:
        return NULL;
    }
}

static void content_that_cannot_be_written(void **state)
{
    static uint8_t room[3 * UINT16_MAX];
    struct mcv_key_params p = full_params();
    const char *why;
    (void)state;

    for (unsigned row = 0; (why = spoil(&p, row)) != NULL; row++, p = full_params()) {
        struct mcv_writer w = mcv_writer_of(room, sizeof room);
        print_message("%s\n", why);
        mcv_key_params_encode(&w, &p);
        assert_int_equal(w.err, MCV_E_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_refused_or_accepted),    cmocka_unit_test(content_truncated),
        cmocka_unit_test(written_and_read_again),         cmocka_unit_test(list_without_groups),
        cmocka_unit_test(content_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
