/* Key identifiers, the key table, key periods. */
#include "crypto/key_table.h"
#include "crypto/keys.h"
#include "crypto/rng_system.h"
#include "crypto/uid.h"
#include "tests/support/cmocka.h"

/* Spec: TS 33.180 Annex G. */
static void purpose_tags(void **state)
{
    static const char *const names[] = {"GMK", "PCK", "CSK", "SPK", "MKFC", "MSCCK", "MuSiK"};
    (void)state;

    for (uint32_t tag = 0; tag < 16; tag++) {
        const enum mcv_key_type type = mcv_key_id_type(tag << 28 | 0x0abcdef);
        assert_int_equal(type, tag < 7 ? tag : MCV_KEY_NONE);
        assert_string_equal(mcv_key_type_name(type), tag < 7 ? names[tag] : "none");
    }
    assert_int_equal(mcv_key_id_of(MCV_KEY_PCK, 0xfabcdef1), 0x1abcdef1);
    assert_int_equal(mcv_key_id_type(MCV_NO_KEY_ID), MCV_KEY_NONE);
}

static mcv_err ones(void *ctx, uint8_t *out, size_t n)
{
    memset(out, 0xff, n);
    return ctx == NULL ? MCV_OK : MCV_E_CRYPTO;
}

static void key_ids_have_28_random_bits(void **state)
{
    (void)state;
    int fault = 1;
    const struct mcv_rng full = {.fill = ones}, broken = {.fill = ones, .ctx = &fault};
    uint32_t id, any = 0, all = 0xffffffff;

    assert_int_equal(mcv_key_id_make(&id, MCV_KEY_CSK, &full), MCV_OK);
    assert_int_equal(id, 0x2fffffff);
    assert_int_equal(mcv_key_id_make(&id, MCV_KEY_CSK, &broken), MCV_E_CRYPTO);
    assert_int_equal(id, MCV_NO_KEY_ID);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(mcv_key_id_make(&id, MCV_KEY_PCK, &mcv_rng_system), MCV_OK);
        any |= id;
        all &= id;
    }
    assert_int_equal(any, 0x1fffffff);
    assert_int_equal(all, 0x10000000);
}

/* Spec: TS 33.180 7.4, TS 24.581 13.1. The expectation is the clause's text, row by row. */
static void which_key_protects_what(void **state)
{
    static const struct {
        const char *why;
        enum mcv_interface on;
        enum mcv_traffic what;
        const char *key, *otherwise;
        bool is_end_to_end;
    } rows[] = {
        {"off-network group media", MCV_IF_OFF_NETWORK_GROUP, MCV_TRAFFIC_MEDIA, "GMK", "none", 1},
        {"and reports", MCV_IF_OFF_NETWORK_GROUP, MCV_TRAFFIC_MEDIA_CONTROL, "GMK", "none", 1},
        {"and control", MCV_IF_OFF_NETWORK_GROUP, MCV_TRAFFIC_TRANSMISSION_CONTROL, "GMK", "none",
         1},
        {"off-network private", MCV_IF_OFF_NETWORK_PRIVATE, MCV_TRAFFIC_MEDIA, "PCK", "none", 1},
        {"and reports", MCV_IF_OFF_NETWORK_PRIVATE, MCV_TRAFFIC_MEDIA_CONTROL, "PCK", "none", 1},
        {"and control", MCV_IF_OFF_NETWORK_PRIVATE, MCV_TRAFFIC_TRANSMISSION_CONTROL, "PCK", "none",
         1},
        {"media stays end to end", MCV_IF_GROUP_UNICAST, MCV_TRAFFIC_MEDIA, "GMK", "none", 1},
        {"client and its server", MCV_IF_GROUP_UNICAST, MCV_TRAFFIC_TRANSMISSION_CONTROL, "CSK",
         "none", 0},
        {"multicast", MCV_IF_GROUP_MBMS, MCV_TRAFFIC_MEDIA_CONTROL, "MuSiK", "MKFC", 0},
        {"multicast", MCV_IF_GROUP_MBMS, MCV_TRAFFIC_TRANSMISSION_CONTROL, "MuSiK", "MKFC", 0},
        {"between servers", MCV_IF_GROUP_SERVER, MCV_TRAFFIC_TRANSMISSION_CONTROL, "SPK", "none",
         0},
        {"media stays end to end", MCV_IF_PRIVATE_SERVER, MCV_TRAFFIC_MEDIA, "PCK", "none", 1},
        {"client and its server", MCV_IF_PRIVATE_UNICAST, MCV_TRAFFIC_MEDIA_CONTROL, "CSK", "none",
         0},
        {"between servers", MCV_IF_PRIVATE_SERVER, MCV_TRAFFIC_MEDIA_CONTROL, "SPK", "none", 0},
        {"subchannel control", MCV_IF_MBMS_SUBCHANNEL, MCV_TRAFFIC_SUBCHANNEL_CONTROL, "MSCCK",
         "none", 0},
        {"no media there", MCV_IF_MBMS_SUBCHANNEL, MCV_TRAFFIC_MEDIA, "none", "none", 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_key_choice *c = mcv_key_choice_for(rows[i].on, rows[i].what);
        print_message("%s\n", rows[i].why);
        assert_string_equal(mcv_key_type_name(c->key), rows[i].key);
        assert_string_equal(mcv_key_type_name(c->otherwise), rows[i].otherwise);
        assert_int_equal(c->is_end_to_end, rows[i].is_end_to_end);
    }
}

static void every_key_type_protects_something(void **state)
{
    (void)state;
    bool is_used[MCV_N_KEY_TYPES + 1] = {false};

    for (int on = 0; on < MCV_N_INTERFACES; on++) {
        for (int what = 0; what < MCV_N_TRAFFICS; what++) {
            const struct mcv_key_choice *c = mcv_key_choice_for((enum mcv_interface)on,
                                                                (enum mcv_traffic)what);
            is_used[c->key] = true;
            is_used[c->otherwise] = true;
            /* off-network there is no server key */
            if (on <= MCV_IF_OFF_NETWORK_PRIVATE && c->key != MCV_KEY_NONE) {
                assert_true(c->key == MCV_KEY_GMK || c->key == MCV_KEY_PCK);
            }
        }
    }
    for (int k = 0; k < MCV_N_KEY_TYPES; k++) assert_true(is_used[k]);
}

/* Spec: TS 33.180 Table E.1.3-1. */
static void cs_ids(void **state)
{
    (void)state;
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCPTT, MCV_CS_PRIVATE_INITIATOR), 0);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCPTT, MCV_CS_PRIVATE_RECEIVER), 1);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_INITIATOR), 2);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_RECEIVER), 3);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCPTT, MCV_CS_GROUP), 4);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_GROUP), 5);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCPTT, MCV_CS_CSK), 6);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCPTT, MCV_CS_MUSIK), 7);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_CSK), 8);
    assert_int_equal(mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_MUSIK), 9);
}

/* Spec: TS 33.180 F.2.1. */
static void key_periods(void **state)
{
    static const struct {
        const char *why;
        uint64_t period_s, offset_s, ntp_s;
        mcv_err want;
        uint64_t no;
    } rows[] = {
        {"T of 2014-02-23T08:39:14Z", 2592000, 0, 0xd6b43232, MCV_OK, 1389},
        {"first second of a period", 100, 40, 240, MCV_OK, 2},
        {"last second before it", 100, 40, 239, MCV_OK, 1},
        {"beyond 32 bits", 2592000, 0, 0x100000000, MCV_OK, 1657},
        {"before the first period", 100, 40, 39, MCV_E_TIME, 0},
        {"no length", 0, 0, 1000, MCV_E_MALFORMED, 0},
        {"offset not below the length", 100, 100, 1000, MCV_E_MALFORMED, 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mcv_key_period k = {rows[i].period_s, rows[i].offset_s};
        uint64_t no = 77;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_key_period_at(&no, &k, rows[i].ntp_s), rows[i].want);
        assert_true(no == rows[i].no);
        if (rows[i].want != MCV_OK) continue;
        assert_true(mcv_key_period_start_ntp_s(&k, no) <= rows[i].ntp_s);
        assert_true(mcv_key_period_start_ntp_s(&k, no + 1) > rows[i].ntp_s);
    }
}

/* Era 1 begins 2036-02-07T06:28:16Z = 2085978496 of Unix time. */
static void eras_follow_our_clock(void **state)
{
    (void)state;
    assert_true(mcv_ntp_unwrap(0xd6b43232, 1393144754) == 0xd6b43232);
    assert_true(mcv_ntp_unwrap(0, 2085978495) == 0x100000000);
    assert_true(mcv_ntp_unwrap(5, 2085978496) == 0x100000005);
    assert_true(mcv_ntp_unwrap(0xfffffff0, 2085978500) == 0xfffffff0);
    assert_true(mcv_ntp_unwrap(0, -2208988800) == 0);
    assert_true(mcv_ntp_unwrap(0xffffffff, -2208988800) == 0xffffffff); /* no era before 0 */
    assert_true(mcv_ntp_of_utc(0) == 2208988800u);
}

static void texts_are_checked(void **state)
{
    (void)state;
    const struct mcv_key_period k = {2592000, 0};
    const struct mcv_bytes kms = mcv_bytes_str("kms.example.org"), none = {0};
    static uint8_t long_text[65536];
    const struct mcv_bytes too_long = {long_text, sizeof long_text};
    const struct mcv_gmk gmk = {{1}};
    struct mcv_uid uid;
    uint32_t salt = 1;

    assert_int_equal(mcv_uid_derive(&uid, none, kms, &k, 1), MCV_E_MALFORMED);
    assert_int_equal(mcv_uid_derive(&uid, kms, none, &k, 1), MCV_E_MALFORMED);
    assert_int_equal(mcv_uid_derive(&uid, too_long, kms, &k, 1), MCV_E_MALFORMED);
    assert_int_equal(mcv_user_salt(&salt, &gmk, none), MCV_E_MALFORMED);
    assert_int_equal(salt, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(purpose_tags),
        cmocka_unit_test(key_ids_have_28_random_bits),
        cmocka_unit_test(which_key_protects_what),
        cmocka_unit_test(every_key_type_protects_something),
        cmocka_unit_test(cs_ids),
        cmocka_unit_test(key_periods),
        cmocka_unit_test(eras_follow_our_clock),
        cmocka_unit_test(texts_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
