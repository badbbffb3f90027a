/* Steps 2 to 6 of opening an I_MESSAGE: for whom, from whom, when, and whether it was seen before. */
#include "tests/support/cmocka.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what is built ------------------------------------------------------------------------- */

static void to_carol(struct scene *s)
{
    s->spec.to = mcv_bytes_str("sip:carol@example.org");
}

static void hidden_both(struct scene *s)
{
    s->spec.hide_initiator = s->spec.hide_responder = true;
}

static void to_hidden_carol(struct scene *s)
{
    to_carol(s);
    hidden_both(s);
}

static void to_bob_of_other_kms(struct scene *s)
{
    s->spec.to_kms = &scene_other_kms.kms;
}

static void from_dave(struct scene *s)
{
    s->spec.from = &scene_dave.own;
    s->spec.from_kms = &scene_other_kms.kms;
    s->caller = scene_dave.own.uri;
}

static void to_bob_of_unknown_kms(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_RESPONDER_KMS].data = mcv_bytes_str("kms.nowhere.org");
}

static void uid_as_byte_string(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR_UID].type = MCV_ID_BYTES;
    m->ids[MCV_ROLE_RESPONDER_UID].type = MCV_ID_NAI;
}

/* ---- what bob holds ------------------------------------------------------------------------ */

static void key_set_of_next_period(struct scene *s)
{
    s->own[0].period_no++;
}

static void key_set_cannot_open(struct scene *s)
{
    s->own[0].sakke = NULL;
}

static void key_set_over(struct scene *s)
{
    s->own[0].valid_to_s = IMSG_UTC_S - 1;
}

static void key_set_in_its_last_second(struct scene *s)
{
    s->own[0].valid_to_s = IMSG_UTC_S;
}

static void key_set_not_yet_valid(struct scene *s)
{
    s->own[0].valid_from_s = IMSG_UTC_S + 1;
}

static void home_revoked(struct scene *s)
{
    s->kms[0].is_revoked = true;
}

static void home_over(struct scene *s)
{
    s->kms[0].valid_to_s = IMSG_UTC_S - 1;
}

static void other_kms_not_held(struct scene *s)
{
    s->trust.n_kms = 1;
}

static void other_kms_revoked(struct scene *s)
{
    s->kms[1].is_revoked = true;
}

static void other_kms_not_yet_valid(struct scene *s)
{
    s->kms[1].valid_from_s = IMSG_UTC_S + 1;
}

static void other_kms_without_kpak(struct scene *s)
{
    s->kms[1].kpak = NULL;
}

static void home_period_starts_later(struct scene *s)
{
    s->kms[0].period = (struct mcv_key_period){UINT64_MAX, UINT64_MAX - 1};
}

static void other_period_starts_later(struct scene *s)
{
    s->kms[1].period = (struct mcv_key_period){UINT64_MAX, UINT64_MAX - 1};
}

/* ---- when ---------------------------------------------------------------------------------- */

static void clock_late(struct scene *s)
{
    s->context.utc_s = IMSG_UTC_S + SCENE_SKEW + 1;
}

static void clock_late_within_skew(struct scene *s)
{
    s->context.utc_s = IMSG_UTC_S + SCENE_SKEW;
}

static void clock_early(struct scene *s)
{
    s->context.utc_s = IMSG_UTC_S - SCENE_SKEW - 1;
}

static void clock_early_within_skew(struct scene *s)
{
    s->context.utc_s = IMSG_UTC_S - SCENE_SKEW;
}

static void stored_long_ago(struct scene *s)
{
    s->context.utc_s = IMSG_UTC_S + 100 * SCENE_SKEW;
    s->context.replay = NULL;
}

static void shut_down_after_it(struct scene *s)
{
    s->replay.refuse_until_s = IMSG_UTC_S;
}

/* ---- seen before --------------------------------------------------------------------------- */

static void accept_first(struct scene *s)
{
    mcv_err err;

    assert_int_equal(scene_run(s, &err), OPENED);
}

static void seen_in_this_call(struct scene *s)
{
    s->own[0].sakke = scene_home.bob.sakke;
    accept_first(s);
    s->own[0].sakke = (const struct mcv_sakke_key *)(uintptr_t)16;
    memset(&s->opened, 0, sizeof s->opened);
}

static void seen_in_another_call(struct scene *s)
{
    seen_in_this_call(s);
    s->context.call_id++;
}

static void seen_and_signed_again(struct scene *s)
{
    struct mcv_mikey_msg m;
    static uint8_t copy[MCV_MIKEY_MAX_BYTES];

    seen_in_this_call(s);
    memcpy(copy, s->octets, s->n);
    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(copy, s->n)), MCV_OK);
    scene_sign(s, &m);
    assert_memory_not_equal(copy, s->octets, s->n);
}

static void cache_full(struct scene *s)
{
    for (uint8_t i = 0; i < SCENE_CAP; i++) {
        const struct mcv_replay_id id = {{i}, {i}};
        assert_int_equal(mcv_replay_add(&s->replay, &id, 1, IMSG_UTC_S, IMSG_UTC_S), MCV_OK);
    }
}

static const struct scene_row rows[] = {
    {"hidden identities", hidden_both, NULL, NULL, OPENED, MCV_OK},
    {"TS 33.180 E.7: UIDs with any ID type", hidden_both, uid_as_byte_string, NULL, OPENED, MCV_OK},
    {"from another domain", from_dave, NULL, NULL, OPENED, MCV_OK},

    {"for somebody else", to_carol, NULL, NULL, RESOLVE, MCV_E_NOT_FOR_US},
    {"for somebody else, hidden", to_hidden_carol, NULL, NULL, RESOLVE, MCV_E_NOT_FOR_US},
    {"for bob of a KMS that we know, where he holds no key", to_bob_of_other_kms, NULL, NULL,
     RESOLVE, MCV_E_NOT_FOR_US},
    {"for bob of a KMS that we do not know", NULL, to_bob_of_unknown_kms, NULL, RESOLVE,
     MCV_E_NOT_FOR_US},
    {"no key set for the period of T", NULL, NULL, key_set_of_next_period, RESOLVE,
     MCV_E_UNKNOWN_KEY},
    {"no key set for the period of T, hidden", hidden_both, NULL, key_set_of_next_period, RESOLVE,
     MCV_E_UNKNOWN_KEY},
    {"key set without SAKKE key", NULL, NULL, key_set_cannot_open, RESOLVE, MCV_E_UNKNOWN_KEY},
    {"key set is over", NULL, NULL, key_set_over, RESOLVE, MCV_E_EXPIRED},
    {"key set in its last second", NULL, NULL, key_set_in_its_last_second, OPENED, MCV_OK},
    {"key set is not valid yet", NULL, NULL, key_set_not_yet_valid, RESOLVE, MCV_E_EXPIRED},
    {"our KMS is revoked", from_dave, NULL, home_revoked, RESOLVE, MCV_E_EXPIRED},
    {"our KMS is over", from_dave, NULL, home_over, RESOLVE, MCV_E_EXPIRED},
    {"T before the first period of our KMS", from_dave, NULL, home_period_starts_later, RESOLVE,
     MCV_E_TIME},

    {"initiator's KMS is not held", from_dave, NULL, other_kms_not_held, RESOLVE, MCV_E_POLICY},
    {"initiator's KMS is revoked", from_dave, NULL, other_kms_revoked, RESOLVE, MCV_E_POLICY},
    {"initiator's KMS is not valid yet", from_dave, NULL, other_kms_not_yet_valid, RESOLVE,
     MCV_E_POLICY},
    {"initiator's KMS without KPAK", from_dave, NULL, other_kms_without_kpak, RESOLVE,
     MCV_E_POLICY},
    {"T before the first period of the initiator's KMS", from_dave, NULL, other_period_starts_later,
     RESOLVE, MCV_E_TIME},

    {"RFC 3830 5.4: T too old", NULL, NULL, clock_late, RESOLVE, MCV_E_TIME},
    {"T as old as the skew allows", NULL, NULL, clock_late_within_skew, OPENED, MCV_OK},
    {"T too far ahead", NULL, NULL, clock_early, RESOLVE, MCV_E_TIME},
    {"T as far ahead as the skew allows", NULL, NULL, clock_early_within_skew, OPENED, MCV_OK},
    {"stored: T is not judged", NULL, NULL, stored_long_ago, OPENED, MCV_OK},
    {"from before the last shutdown", NULL, NULL, shut_down_after_it, RESOLVE, MCV_E_TIME},

    {"retransmission", NULL, NULL, seen_in_this_call, RESOLVE, MCV_E_REPLAY},
    {"replay in another call", NULL, NULL, seen_in_another_call, RESOLVE, MCV_E_REPLAY},
    {"same T, RAND and PCK-ID, signed again", NULL, NULL, seen_and_signed_again, RESOLVE,
     MCV_E_REPLAY},
    {"no room to remember it", NULL, NULL, cache_full, RESOLVE, MCV_E_FULL},
};

static void stops_or_opens(void **state)
{
    (void)state;
    scene_check_rows(rows, N_OF(rows));
}

/* A SETUP REQUEST is sent again with the identical message: only while its call is set up is it
 * answered as before. Spec: RFC 3830 5.4, TS 24.379 11.2 */
static void verdict_of_a_retransmission(void **state)
{
    static struct scene s;
    mcv_err err;
    (void)state;

    scene_open(&s);
    scene_build(&s);
    assert_int_equal(scene_run(&s, &err), OPENED);
    assert_int_equal(s.verdict, MCV_REPLAY_NEW);
    const struct mcv_replay_id id = s.job.replay_id;

    assert_int_equal(scene_run(&s, &err), RESOLVE);
    assert_int_equal(err, MCV_E_REPLAY);
    assert_int_equal(s.verdict, MCV_REPLAY_AGAIN);

    s.context.call_id = SCENE_CALL + 1;
    assert_int_equal(scene_run(&s, &err), RESOLVE);
    assert_int_equal(s.verdict, MCV_REPLAY_SEEN);

    s.context.call_id = SCENE_CALL;
    mcv_replay_close(&s.replay, &id);
    assert_int_equal(scene_run(&s, &err), RESOLVE);
    assert_int_equal(s.verdict, MCV_REPLAY_SEEN);
}

/* ---- key sets and certificates ------------------------------------------------------------- */

static void own_key_set_for_a_time(void **state)
{
    struct mcv_imsg_kms kms[2] = {scene_home.kms.kms, scene_other_kms.kms};
    struct mcv_imsg_own own[3] = {scene_home.bob.own, scene_home.bob.own, scene_dave.own};
    const struct mcv_imsg_trust trust = {.kms = kms, .n_kms = 2, .own = own, .n_own = 3};
    const struct mcv_bytes bob = mcv_bytes_str(IMSG_BOB);
    const int64_t next_s = IMSG_UTC_S + 2592000;
    const struct mcv_imsg_own *got;
    (void)state;

    own[1].period_no++;
    assert_int_equal(mcv_imsg_find_own(&got, &trust, bob, IMSG_UTC_S), MCV_OK);
    assert_ptr_equal(got, &own[0]);
    assert_int_equal(mcv_imsg_find_own(&got, &trust, bob, next_s), MCV_OK);
    assert_ptr_equal(got, &own[1]);
    assert_int_equal(mcv_imsg_find_own(&got, &trust, bob, next_s + 2592000), MCV_E_EXPIRED);
    assert_null(got);
    assert_int_equal(mcv_imsg_find_own(&got, &trust, scene_dave.own.uri, IMSG_UTC_S), MCV_OK);
    assert_ptr_equal(got, &own[2]);
    assert_int_equal(mcv_imsg_find_own(&got, &trust, mcv_bytes_str("sip:bob"), IMSG_UTC_S),
                     MCV_E_NOT_FOUND);

    own[0].valid_to_s = IMSG_UTC_S - 1;
    assert_int_equal(mcv_imsg_find_own(&got, &trust, bob, IMSG_UTC_S), MCV_E_EXPIRED);
    own[0].valid_to_s = 0;
    kms[0].is_revoked = true;
    assert_int_equal(mcv_imsg_find_own(&got, &trust, bob, IMSG_UTC_S), MCV_E_EXPIRED);
    kms[0].is_revoked = false;
    own[0].kms_uri = mcv_bytes_str("kms.nowhere.org");
    assert_int_equal(mcv_imsg_find_own(&got, &trust, bob, IMSG_UTC_S), MCV_E_EXPIRED);
}

static void bounds_of_a_certificate(void **state)
{
    static const struct {
        const char *why;
        int64_t from_s, to_s;
        bool is_revoked, want;
    } bounds[] = {
        {"no bounds", 0, 0, false, true},
        {"first second", IMSG_UTC_S, 0, false, true},
        {"not yet", IMSG_UTC_S + 1, 0, false, false},
        {"last second", 0, IMSG_UTC_S, false, true},
        {"over", 0, IMSG_UTC_S - 1, false, false},
        {"revoked", 0, 0, true, false},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(bounds); i++) {
        const struct mcv_imsg_kms kms = {.valid_from_s = bounds[i].from_s,
                                         .valid_to_s = bounds[i].to_s,
                                         .is_revoked = bounds[i].is_revoked};
        print_message("%s\n", bounds[i].why);
        assert_int_equal(mcv_imsg_kms_is_usable(&kms, IMSG_UTC_S), bounds[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_or_opens),
        cmocka_unit_test(verdict_of_a_retransmission),
        cmocka_unit_test(own_key_set_for_a_time),
        cmocka_unit_test(bounds_of_a_certificate),
    };
    return cmocka_run_group_tests(tests, scene_users_open, scene_users_close);
}
