/* What an I_MESSAGE can carry, in both directions; other devices of the initiator; times. */
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define MDSI    "mcvideo.example.org" /* MC domain security identifier: the server of a CSK */

static struct fix_user server;

static int open_users(void **state)
{
    scene_users_open(state);
    fix_user_open(&server, &scene_home.kms, MDSI, 0x999, IMSG_UTC_S);
    return 0;
}

static int close_users(void **state)
{
    fix_user_close(&server);
    return scene_users_close(state);
}

/* From one user of the home KMS to another, who holds nothing but their own keys. */
static void scene_between(struct scene *s, const struct fix_user *from, const struct fix_user *to,
                          enum mcv_key_type type, uint32_t key_id)
{
    scene_open(s);
    s->want = s->spec.type = type;
    s->spec.key_id = key_id;
    s->spec.from = &from->own;
    s->spec.to = to->own.uri;
    s->signer = from->own.eccsi;
    s->caller = from->own.uri;
    s->own[0] = to->own;
}

static void assert_opens(struct scene *s)
{
    mcv_err err;

    assert_int_equal(scene_run(s, &err), OPENED);
    assert_int_equal(s->opened.type, s->spec.type);
    assert_int_equal(s->opened.key_id, s->spec.key_id);
    assert_true(mcv_ssv_equal(&s->opened.key, &s->key));
}

/* Spec: TS 33.180 E.2 to E.4. */
static void every_type_and_direction(void **state)
{
    const struct {
        const char *why;
        const struct fix_user *from, *to;
        enum mcv_key_type type;
        uint32_t key_id;
        uint16_t roc_rate;
    } rows[] = {
        {"PCK, alice to bob", &scene_home.alice, &scene_home.bob, MCV_KEY_PCK, 0x1fffffff, 0},
        {"PCK, bob to alice", &scene_home.bob, &scene_home.alice, MCV_KEY_PCK, 0x10000000, 0},
        {"GMK to bob", &scene_home.gms, &scene_home.bob, MCV_KEY_GMK, 0x0fffffff, 1},
        {"GMK to alice", &scene_home.gms, &scene_home.alice, MCV_KEY_GMK, 0, 1},
        {"CSK, upload", &scene_home.alice, &server, MCV_KEY_CSK, 0x21234567, 0},
        {"CSK, download", &server, &scene_home.alice, MCV_KEY_CSK, 0x27654321, 0},
        {"MuSiK, download", &server, &scene_home.alice, MCV_KEY_MUSIK, 0x61234567, 0},
        {"MuSiK, to the server", &scene_home.alice, &server, MCV_KEY_MUSIK, 0x67654321, 0},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static struct scene s;
        print_message("%s\n", rows[i].why);
        scene_between(&s, rows[i].from, rows[i].to, rows[i].type, rows[i].key_id);
        scene_build(&s);
        assert_opens(&s);
        assert_int_equal(mcv_imsg_profile(&s.job, 5).roc_rate, rows[i].roc_rate);
        assert_int_equal(s.opened.csb_id == s.spec.key_id, rows[i].type != MCV_KEY_GMK);
    }
}

/* The sessions are listed, with a policy that is not the default of the type. */
static void listed_sessions(void **state)
{
    static struct scene s;
    struct mcv_imsg m;
    (void)state;

    scene_open(&s);
    s.spec.n_cs = 1;
    s.spec.cs_ids[0] = 2;
    s.spec.profile = MCV_PROFILE_GROUP;
    scene_build(&s);
    assert_opens(&s);
    assert_int_equal(mcv_imsg_profile(&s.job, 2).roc_rate, 1);
    assert_int_equal(mcv_imsg_profile(&s.job, 3).roc_rate, 0); /* not listed: the default */
    assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(s.octets, s.n), MCV_KEY_PCK), MCV_OK);
    mcv_assert_hex(m.msg.cs[0].spi, "1abcdef1");
}

/* ---- GMK ----------------------------------------------------------------------------------- */

/* Spec: TS 33.180 E.6.9: the identifier is known, the key is not to be used. */
static void revoked_gmk(void **state)
{
    static struct scene s;
    static const struct mcv_key_params revoked = {.type = MCV_KEY_GMK, .status = 0};
    static const struct mcv_ssv no_key;
    struct mcv_key_params p;
    mcv_err err;
    (void)state;

    scene_between(&s, &scene_home.gms, &scene_home.bob, MCV_KEY_GMK, IMSG_GMK_ID);
    s.spec.params = &revoked;
    scene_build(&s);
    assert_int_equal(scene_run(&s, &err), OPENED);
    assert_true(s.opened.is_revoked);
    assert_int_equal(s.opened.key_id, IMSG_GMK_ID);
    assert_true(mcv_ssv_equal(&s.opened.key, &no_key));
    assert_int_equal(mcv_imsg_key_params(&p, &s.opened), MCV_OK);
    assert_true(mcv_key_params_is_revoked(&p));
}

/* The policy of the group says R, in one octet or two. Spec: RFC 4771 3, TS 33.180 E.2.2 */
static void gmk_with_another_r(void **state)
{
    static const struct {
        const char *hex;
        uint16_t r;
    } rows[] = {
        {"000106 010110 020104 04010c 050100 060100 0d0104 120104 130100 140110", 4},
        {"000106 010110 020104 04010c 050100 060100 0d02012c 120104 130100 140110", 300},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static struct scene s;
        static uint8_t octets[MCV_MIKEY_MAX_BYTES];
        uint8_t params[64];
        struct mcv_imsg m;

        scene_between(&s, &scene_home.gms, &scene_home.bob, MCV_KEY_GMK, IMSG_GMK_ID);
        s.spec.n_cs = 1;
        s.spec.cs_ids[0] = 5;
        s.spec.profile = MCV_PROFILE_GROUP;
        scene_build(&s);
        memcpy(octets, s.octets, s.n);
        assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(octets, s.n), MCV_KEY_GMK), MCV_OK);
        assert_int_equal(m.msg.n_sp, 1);
        m.msg.sp[0].params = mcv_bytes_of(params,
                                          mcv_hex_decode(params, sizeof params, rows[i].hex));
        scene_sign(&s, &m.msg);
        assert_opens(&s);
        assert_int_equal(mcv_imsg_profile(&s.job, 5).roc_rate, rows[i].r);
    }
}

/* Hidden, the salt is found with our own identity. Spec: TS 33.180 5.2.3, E.7 */
static void gmk_for_a_hidden_member(void **state)
{
    static struct scene s;
    (void)state;

    scene_between(&s, &scene_home.gms, &scene_home.bob, MCV_KEY_GMK, IMSG_GMK_ID);
    s.spec.hide_responder = true;
    scene_build(&s);
    assert_opens(&s);
}

/* ---- other devices of the initiator ---------------------------------------------------------- */

/* Spec: TS 33.180 5.2.5, E.5. */
static void sakke_to_self(void **state)
{
    const struct {
        const char *why;
        enum mcv_key_type type;
        uint32_t key_id;
        bool to_self, hide_initiator, hide_responder;
        enum scene_step step;
        mcv_err want;
    } rows[] = {
        {"PCK", MCV_KEY_PCK, 0x11111111, true, false, false, OPENED, MCV_OK},
        {"PCK, hidden", MCV_KEY_PCK, 0x11111111, true, true, true, OPENED, MCV_OK},
        {"GMK", MCV_KEY_GMK, 0x01111111, true, true, false, OPENED, MCV_OK},
        {"GMK whose member is hidden: no GMK-ID", MCV_KEY_GMK, 0x01111111, true, false, true,
         RESOLVE, MCV_E_UNKNOWN_KEY},
        {"not for the initiator", MCV_KEY_PCK, 0x11111111, false, false, false, RESOLVE,
         MCV_E_UNKNOWN_KEY},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static struct scene s;
        mcv_err err;
        print_message("%s\n", rows[i].why);
        scene_between(&s, &scene_home.alice, &scene_home.bob, rows[i].type, rows[i].key_id);
        s.spec.to_self = rows[i].to_self;
        s.spec.hide_initiator = rows[i].hide_initiator;
        s.spec.hide_responder = rows[i].hide_responder;
        scene_build(&s);
        s.own[0] = scene_home.alice.own;
        s.context.as = MCV_IMSG_AS_INITIATOR;
        assert_int_equal(scene_run(&s, &err), rows[i].step);
        assert_int_equal(err, rows[i].want);
        if (rows[i].step != OPENED) continue;
        assert_int_equal(s.opened.key_id, rows[i].key_id);
        assert_true(mcv_ssv_equal(&s.opened.key, &s.key));
    }
}

/* Bob does not take what was encapsulated for alice, nor alice what bob sent. */
static void to_self_of_somebody_else(void **state)
{
    static struct scene s;
    mcv_err err;
    (void)state;

    scene_open(&s);
    s.spec.to_self = true;
    scene_build(&s);
    s.context.as = MCV_IMSG_AS_INITIATOR;
    assert_int_equal(scene_run(&s, &err), RESOLVE);
    assert_int_equal(err, MCV_E_NOT_FOR_US);
}

/* ---- times --------------------------------------------------------------------------------- */

/* T alone decides the key period of both ends, whatever our clock says. Spec: TS 33.180 F.2.1 */
static void around_the_end_of_a_period(void **state)
{
    const uint64_t period_no = scene_home.bob.own.period_no;
    const struct mcv_key_period *period = &scene_home.kms.kms.period;
    const int64_t end_s = (int64_t)mcv_key_period_start_ntp_s(period, period_no + 1) -
                          (int64_t)MCV_NTP_UNIX_OFFSET_S;
    const struct {
        const char *why;
        int64_t t_s, clock_s;
    } rows[] = {
        {"last second", end_s - 1, end_s - 1},
        {"last second, our clock in the next period", end_s - 1, end_s + 10},
        {"seconds before the end, our clock behind", end_s - 5, end_s - 100},
    };
    static struct scene s;
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        print_message("%s\n", rows[i].why);
        scene_open(&s);
        s.spec.utc_s = rows[i].t_s;
        s.context.utc_s = rows[i].clock_s;
        scene_build(&s);
        assert_opens(&s);
        assert_int_equal(s.job.t_utc_s, rows[i].t_s);
    }

    /* the first second of the next one: neither end has a key set for it */
    const struct mcv_rng no_rng = {0};
    struct mcv_writer w = mcv_writer_of(s.octets, sizeof s.octets);
    s.spec.utc_s = end_s;
    assert_int_equal(mcv_imsg_build(&w, NULL, &s.spec, &s.key, &no_rng), MCV_E_EXPIRED);
}

/* The 32 bits of T wrap on 2036-02-07; the nearest time is meant. Spec: RFC 5905 6 */
static void around_the_end_of_era_0(void **state)
{
    const int64_t era_1_s = 0x100000000 - MCV_NTP_UNIX_OFFSET_S;
    const struct {
        const char *why;
        int64_t t_s, clock_s;
    } rows[] = {
        {"T in era 0, our clock in era 1", era_1_s - 5, era_1_s + 5},
        {"T in era 1, our clock in era 0", era_1_s + 5, era_1_s - 5},
        {"both in era 1", era_1_s + 1000, era_1_s + 1001},
    };
    struct fix_user alice, bob;
    (void)state;

    fix_user_open(&alice, &scene_home.kms, IMSG_ALICE, 0x77, era_1_s);
    fix_user_open(&bob, &scene_home.kms, IMSG_BOB, 0x78, era_1_s);
    for (size_t i = 0; i < N_OF(rows); i++) {
        static struct scene s;
        print_message("%s\n", rows[i].why);
        scene_between(&s, &alice, &bob, MCV_KEY_PCK, 0x12345678);
        s.spec.utc_s = rows[i].t_s;
        s.context.utc_s = rows[i].clock_s;
        scene_build(&s);
        assert_opens(&s);
        assert_int_equal(s.opened.t_utc_s, rows[i].t_s);
    }
    fix_user_close(&bob);
    fix_user_close(&alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_direction),
        cmocka_unit_test(listed_sessions),
        cmocka_unit_test(revoked_gmk),
        cmocka_unit_test(gmk_with_another_r),
        cmocka_unit_test(gmk_for_a_hidden_member),
        cmocka_unit_test(sakke_to_self),
        cmocka_unit_test(to_self_of_somebody_else),
        cmocka_unit_test(around_the_end_of_a_period),
        cmocka_unit_test(around_the_end_of_era_0),
    };
    return cmocka_run_group_tests(tests, open_users, close_users);
}
