#include "proto/mikey.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

static uint8_t octets[MCV_MIKEY_MAX_BYTES];

/* Every field is used; lives as long as `octets`. */
static struct mcv_mikey_msg full_message(void)
{
    static uint8_t uid[32] = {1, 2, 3}, rand[255] = {9}, sed[258] = {4};
    static const uint8_t session[20] = {7}, spi[8] = {8};
    struct mcv_mikey_msg m = {.wants_response = true,
                              .csb_id = 0x12345678,
                              .map = MCV_MAP_GENERIC_ID,
                              .n_cs = 2,
                              .has_t = true,
                              .t = 0x0123456789abcdef,
                              .rand = {rand, sizeof rand},
                              .n_sp = 2,
                              .sed = {sed, sizeof sed},
                              .n_ext = 2};

    m.cs[0] = (struct mcv_mikey_cs){.cs_id = 2,
                                    .n_policies = 4,
                                    .policies = {9, 8, 7, 6},
                                    .has_roc = true,
                                    .session = {session, sizeof session},
                                    .spi = {spi, sizeof spi}};
    m.cs[1] = (struct mcv_mikey_cs){.cs_id = 3, .prot_type = 1, .session = {session, 3}};
    for (size_t role = 1; role < MCV_N_ROLES; role++)
        m.ids[role] = (struct mcv_mikey_id){(uint8_t)(role % 3), {uid, 32 - role}};
    m.sp[0] = (struct mcv_mikey_sp){9, mcv_mikey_params_of(MCV_PROFILE_GROUP)};
    m.sp[1] = (struct mcv_mikey_sp){6, {NULL, 0}};
    m.ext[0] = (struct mcv_mikey_ext){MCV_EXT_VENDOR, {uid, 5}};
    m.ext[1] = (struct mcv_mikey_ext){MCV_EXT_KEY_PARAMS, {sed, sizeof sed}};
    return m;
}

static void assert_same_cs(const struct mcv_mikey_cs *a, const struct mcv_mikey_cs *b)
{
    assert_int_equal(a->cs_id, b->cs_id);
    assert_int_equal(a->prot_type, b->prot_type);
    assert_int_equal(a->has_roc, b->has_roc);
    assert_int_equal(a->n_policies, b->n_policies);
    assert_memory_equal(a->policies, b->policies, sizeof a->policies);
    assert_int_equal(a->ssrc, b->ssrc);
    assert_int_equal(a->roc, b->roc);
    assert_true(mcv_bytes_equal(a->session, b->session));
    assert_true(mcv_bytes_equal(a->spi, b->spi));
}

static void assert_same(const struct mcv_mikey_msg *a, const struct mcv_mikey_msg *b)
{
    assert_int_equal(a->wants_response, b->wants_response);
    assert_int_equal(a->csb_id, b->csb_id);
    assert_int_equal(a->map, b->map);
    assert_int_equal(a->n_cs, b->n_cs);
    for (size_t i = 0; i < a->n_cs; i++) assert_same_cs(&a->cs[i], &b->cs[i]);
    assert_int_equal(a->has_t, b->has_t);
    assert_int_equal(a->t, b->t);
    assert_true(mcv_bytes_equal(a->rand, b->rand));
    for (size_t i = 0; i < MCV_N_ROLES; i++) {
        assert_int_equal(a->ids[i].type, b->ids[i].type);
        assert_true(mcv_bytes_equal(a->ids[i].data, b->ids[i].data));
    }
    assert_int_equal(a->n_sp, b->n_sp);
    for (size_t i = 0; i < a->n_sp; i++) {
        assert_int_equal(a->sp[i].policy_no, b->sp[i].policy_no);
        assert_true(mcv_bytes_equal(a->sp[i].params, b->sp[i].params));
    }
    assert_true(mcv_bytes_equal(a->sed, b->sed));
    assert_int_equal(a->n_ext, b->n_ext);
    for (size_t i = 0; i < a->n_ext; i++) {
        assert_int_equal(a->ext[i].type, b->ext[i].type);
        assert_true(mcv_bytes_equal(a->ext[i].data, b->ext[i].data));
    }
}

static void assert_identity(const struct mcv_mikey_msg *m)
{
    static const uint8_t signature[MCV_MIKEY_SIGN_BYTES] = {0x77};
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_mikey_msg got;

    mcv_mikey_encode(&w, m);
    mcv_wr_bytes(&w, mcv_bytes_of(signature, sizeof signature));
    assert_int_equal(mcv_mikey_decode(&got, mcv_wr_done(&w)), MCV_OK);
    assert_same(m, &got);
    assert_int_equal(got.covered.n + MCV_MIKEY_SIGN_BYTES, w.n);
    assert_memory_equal(got.signature.p, signature, sizeof signature);
}

static void written_and_read_again(void **state)
{
    (void)state;
    struct mcv_mikey_msg m = full_message();

    assert_identity(&m);
    m.map = MCV_MAP_SRTP_ID;
    m.cs[0] = (struct mcv_mikey_cs){
        .cs_id = 1, .n_policies = 1, .policies = {9}, .ssrc = 0xfedcba98, .roc = 1};
    m.cs[1] = (struct mcv_mikey_cs){.cs_id = 2, .n_policies = 1, .policies = {6}};
    assert_identity(&m);
    m = (struct mcv_mikey_msg){.map = MCV_MAP_EMPTY};
    assert_identity(&m);
}

/* Row by row, until NULL: what makes the full message one that cannot be sent. */
static const char *spoil(struct mcv_mikey_msg *m, unsigned row)
{
    static uint8_t much[UINT16_MAX + 1];

    switch (row) {
    case 0:
        m->rand.n = MCV_MIKEY_RAND_BYTES - 1;
        return "RFC 3830 6.11: RAND of 15 octets";
    case 1:
        m->rand = mcv_bytes_of(much, 256);
        return "RAND does not fit in its length";
    case 2:
        m->ids[MCV_ROLE_KMS].data = mcv_bytes_of(much, sizeof much);
        return "identity does not fit in its length";
    case 3:
        m->sp[0].params = mcv_bytes_of(much, sizeof much);
        return "policy does not fit in its length";
    case 4:
        m->ext[0].data = mcv_bytes_of(much, sizeof much);
        return "extension does not fit in its length";
    case 5:
        m->cs[0].session = mcv_bytes_of(much, sizeof much);
        return "session data does not fit in its length";
    case 6:
        m->cs[0].spi = mcv_bytes_of(much, 256);
        return "SPI does not fit in its length";
    case 7:
        m->cs[0].n_policies = MCV_MIKEY_MAX_POLICIES + 1;
        return "more policies of a session than are read";
    case 8:
        m->n_cs = MCV_MIKEY_MAX_CS + 1;
        return "more sessions than are read";
    case 9:
        m->n_cs = 0;
        return "GENERIC-ID map without session";
    case 10:
        m->map = MCV_MAP_EMPTY;
        return "RFC 4563 3: empty map with sessions";
    case 11:
        m->n_sp = MCV_MIKEY_MAX_SP + 1;
        return "more policies than are read";
    case 12:
        m->n_ext = MCV_MIKEY_MAX_EXT + 1;
        return "more extensions than are read";
    case 13:
        m->sed.n = MCV_MIKEY_SED_MIN_BYTES - 1;
        return "SED too short";
    case 14:
        m->sed = mcv_bytes_of(much, MCV_MIKEY_SED_BYTES + 1);
        return "SED too long";
    case 15:
        m->ext[0].data = mcv_bytes_of(much, MCV_MIKEY_MAX_BYTES);
        return "longer than any message";
    case 16:
        m->cs[1].cs_id = m->cs[0].cs_id;
        return "one session twice";
    case 17:
        m->sp[1].policy_no = m->sp[0].policy_no;
        return "one policy twice";
    case 18:
        m->ext[0].type = m->ext[1].type;
        return "key parameters twice";
    default:
        return NULL;
    }
}

static void what_cannot_be_written(void **state)
{
    static uint8_t room[3 * UINT16_MAX];
    struct mcv_mikey_msg m = full_message();
    const char *why;
    (void)state;

    for (unsigned row = 0; (why = spoil(&m, row)) != NULL; row++, m = full_message()) {
        struct mcv_writer w = mcv_writer_of(room, sizeof room);
        print_message("%s\n", why);
        mcv_mikey_encode(&w, &m);
        assert_int_equal(w.err, MCV_E_MALFORMED);
    }
}

static void no_room(void **state)
{
    (void)state;
    const struct mcv_mikey_msg m = full_message();
    struct mcv_writer whole = mcv_writer_of(octets, sizeof octets);

    mcv_mikey_encode(&whole, &m);
    assert_int_equal(whole.err, MCV_OK);
    for (size_t cap = 0; cap < whole.n; cap++) {
        uint8_t room[MCV_MIKEY_MAX_BYTES];
        struct mcv_writer w = mcv_writer_of(room, cap);
        mcv_mikey_encode(&w, &m);
        assert_int_equal(w.err, MCV_E_SPACE);
    }
}

/* A message may follow other octets in the same writer. */
static void message_after_other_octets(void **state)
{
    (void)state;
    const struct mcv_mikey_msg m = {.map = MCV_MAP_EMPTY, .has_t = true};
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);

    mcv_wr_u16(&w, 0xaaaa);
    mcv_mikey_encode(&w, &m);
    mcv_assert_hex(mcv_wr_done(&w), "aaaa"
                                    "011a050100000000"
                                    "0001"
                                    "04000000000000000000"
                                    "2081");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read_again),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(no_room),
        cmocka_unit_test(message_after_other_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
