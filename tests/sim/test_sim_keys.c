#include "crypto/eccsi.h"
#include "crypto/sakke.h"
#include "sim/keys.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"

#define SEED  11
#define UTC_S 1760000000

static const struct mcv_key_period month = {.period_s = 2592000, .offset_s = 0};

/* Two domains that trust one way; alice and bob at home, dave abroad; a group of the first two. */
struct fixture {
    struct mcv_sim_keys *keys;
    size_t home, abroad, alice, bob, dave, group;
    uint32_t gmk_id;
};

static void set_up(struct fixture *f, unsigned periods_around)
{
    assert_int_equal(mcv_sim_keys_open(&f->keys, SEED, UTC_S, periods_around), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(f->keys, &f->home, "kms.one.example", &month), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(f->keys, &f->abroad, "kms.two.example", &month), MCV_OK);
    assert_int_equal(mcv_sim_keys_trust(f->keys, f->home, f->abroad), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_user(f->keys, &f->alice, "sip:alice@one.example", f->home,
                                           MCV_SIM_IDENTITY_REAL),
                     MCV_OK);
    assert_int_equal(mcv_sim_keys_add_user(f->keys, &f->bob, "sip:bob@one.example", f->home,
                                           MCV_SIM_IDENTITY_REAL),
                     MCV_OK);
    assert_int_equal(mcv_sim_keys_add_user(f->keys, &f->dave, "sip:dave@two.example", f->abroad,
                                           MCV_SIM_IDENTITY_NONE),
                     MCV_OK);
    assert_int_equal(mcv_sim_keys_add_group(f->keys, &f->group, "sip:team@one.example"), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_member(f->keys, f->group, f->alice), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_member(f->keys, f->group, f->bob), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_gmk(f->keys, &f->gmk_id, f->group, 0, 0), MCV_OK);
}

static const struct mcv_keyring *ring_of(const struct fixture *f, size_t user)
{
    const struct mcv_keyring *ring;

    assert_int_equal(mcv_sim_keys_ring(f->keys, &ring, user), MCV_OK);
    return ring;
}

static struct mcv_bytes uid_of(const struct mcv_imsg_own *own)
{
    return mcv_bytes_of(own->uid.b, sizeof own->uid.b);
}

static void what_one_signs_the_other_verifies(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_prng prng;
    struct mcv_eccsi_sig sig;
    const struct mcv_bytes msg = mcv_bytes_str("a message");

    set_up(&f, 0);
    mcv_prng_init(&prng, 1, 1);
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    const struct mcv_imsg_own *alice = ring_of(&f, f.alice)->trust.own;
    const struct mcv_imsg_kms *kms = ring_of(&f, f.bob)->trust.kms;
    assert_int_equal(mcv_eccsi_sign(&sig, alice->eccsi, msg, &rng), MCV_OK);
    assert_int_equal(
        mcv_eccsi_verify(kms[0].kpak, uid_of(alice), msg, mcv_bytes_of(sig.b, sizeof sig.b)),
        MCV_OK);
    assert_int_equal(
        mcv_eccsi_verify(kms[1].kpak, uid_of(alice), msg, mcv_bytes_of(sig.b, sizeof sig.b)),
        MCV_E_AUTH);
    mcv_sim_keys_close(f.keys);
}

static void what_one_encapsulates_the_other_opens(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_sed sed;
    const struct mcv_ssv ssv = {.b = {1, 2, 3}};
    struct mcv_ssv got;

    set_up(&f, 0);
    const struct mcv_imsg_own *bob = ring_of(&f, f.bob)->trust.own;
    const struct mcv_imsg_kms *kms = ring_of(&f, f.alice)->trust.kms;
    assert_int_equal(mcv_sakke_encapsulate(&sed, NULL, kms[0].sakke, uid_of(bob), &ssv), MCV_OK);
    assert_int_equal(mcv_sakke_decapsulate(&got, bob->sakke, mcv_bytes_of(sed.b, sizeof sed.b),
                                           MCV_SAKKE_STRICT),
                     MCV_OK);
    assert_true(mcv_ssv_equal(&got, &ssv));
    mcv_sim_keys_close(f.keys);
}

static void trust_has_a_direction(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f, 0);
    const struct mcv_keyring *alice = ring_of(&f, f.alice), *dave = ring_of(&f, f.dave);
    assert_int_equal(alice->trust.n_kms, 2);
    assert_true(mcv_bytes_equal(alice->trust.kms[1].uri, mcv_bytes_str("kms.two.example")));
    assert_int_equal(dave->trust.n_kms, 1);
    assert_true(mcv_bytes_equal(dave->home_kms_uri, mcv_bytes_str("kms.two.example")));
    assert_int_equal(mcv_sim_keys_trust(f.keys, f.abroad, f.home), MCV_OK);
    assert_int_equal(dave->trust.n_kms, 1); /* a keyring does not change */
    assert_int_equal(ring_of(&f, f.dave)->trust.n_kms, 2);
    mcv_sim_keys_close(f.keys);
}

static void members_share_the_group_key_under_ids_of_their_own(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t salt;

    set_up(&f, 0);
    const struct mcv_keyring *alice = ring_of(&f, f.alice), *bob = ring_of(&f, f.bob);
    assert_int_equal(alice->n_gmks, 1);
    assert_int_equal(bob->n_gmks, 1);
    assert_int_equal(ring_of(&f, f.dave)->n_gmks, 0);
    assert_int_equal(alice->gmks[0].gmk_id, f.gmk_id);
    assert_int_equal(mcv_key_id_type(f.gmk_id), MCV_KEY_GMK);
    assert_ptr_equal(alice->gmks[0].gmk, bob->gmks[0].gmk);
    assert_int_not_equal(alice->gmks[0].guk_id, bob->gmks[0].guk_id);
    assert_int_equal(mcv_user_salt(&salt, bob->gmks[0].gmk, mcv_bytes_str("sip:bob@one.example")),
                     MCV_OK);
    assert_int_equal(mcv_gmk_id_of(bob->gmks[0].guk_id, salt), f.gmk_id);
    assert_true(
        mcv_bytes_equal(alice->gmks[0].group_ids[0], mcv_bytes_str("sip:team@one.example")));
    mcv_sim_keys_close(f.keys);
}

static void revoked_and_new_keys_show_in_new_rings(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t second;

    set_up(&f, 0);
    const struct mcv_keyring *before = ring_of(&f, f.alice);
    assert_int_equal(mcv_sim_keys_add_gmk(f.keys, &second, f.group, UTC_S + 60, UTC_S + 600),
                     MCV_OK);
    assert_int_equal(mcv_sim_keys_revoke_gmk(f.keys, f.group, f.gmk_id), MCV_OK);
    assert_int_equal(mcv_sim_keys_revoke_gmk(f.keys, f.group, MCV_NO_KEY_ID), MCV_E_NOT_FOUND);
    const struct mcv_keyring *after = ring_of(&f, f.alice);
    assert_int_equal(before->n_gmks, 1);
    assert_false(before->gmks[0].is_revoked);
    assert_int_equal(after->n_gmks, 2);
    assert_true(after->gmks[0].is_revoked);
    assert_null(after->gmks[0].gmk);
    assert_int_equal(after->gmks[1].gmk_id, second);
    assert_int_equal(after->gmks[1].activation_s, UTC_S + 60);
    mcv_sim_keys_close(f.keys);
}

static void one_more_user_or_domain_shifts_nobody(void **state)
{
    (void)state;
    struct fixture f, g;
    size_t extra;

    set_up(&f, 0);
    assert_int_equal(mcv_sim_keys_open(&g.keys, SEED, UTC_S, 0), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(g.keys, &g.home, "kms.one.example", &month), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_user(g.keys, &g.alice, "sip:alice@one.example", g.home,
                                           MCV_SIM_IDENTITY_REAL),
                     MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(g.keys, &extra, "kms.three.example", &month), MCV_OK);
    const struct mcv_keyring *a = ring_of(&f, f.alice), *b = ring_of(&g, g.alice);
    assert_memory_equal(a->trust.own->eccsi->pvt.b, b->trust.own->eccsi->pvt.b,
                        sizeof a->trust.own->eccsi->pvt.b);
    assert_memory_equal(a->trust.kms[0].kpak->b, b->trust.kms[0].kpak->b,
                        sizeof a->trust.kms[0].kpak->b);
    mcv_sim_keys_close(f.keys);
    mcv_sim_keys_close(g.keys);
}

static void periods_around_the_present_are_issued(void **state)
{
    (void)state;
    struct fixture f;
    uint64_t present;

    set_up(&f, 1);
    const struct mcv_keyring *alice = ring_of(&f, f.alice);
    assert_int_equal(mcv_key_period_at(&present, &month, mcv_ntp_of_utc(UTC_S)), MCV_OK);
    assert_int_equal(alice->trust.n_own, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(alice->trust.own[i].period_no, present - 1 + i);
    assert_memory_not_equal(alice->trust.own[0].uid.b, alice->trust.own[1].uid.b, 32);
    mcv_sim_keys_close(f.keys);
}

static void stand_ins_are_shared(void **state)
{
    (void)state;
    struct fixture f;
    size_t x, y;

    set_up(&f, 1);
    assert_int_equal(
        mcv_sim_keys_add_user(f.keys, &x, "sip:x@two.example", f.abroad, MCV_SIM_IDENTITY_COSTED),
        MCV_OK);
    const size_t n = mcv_sim_keys_bytes(f.keys);
    for (int i = 0; i < 100; i++)
        assert_int_equal(mcv_sim_keys_add_user(f.keys, &y, "sip:y@two.example", f.abroad,
                                               MCV_SIM_IDENTITY_COSTED),
                         MCV_OK);
    assert_true(mcv_sim_keys_bytes(f.keys) - n <= 100 * 2048);
    const struct mcv_imsg_own *a = ring_of(&f, x)->trust.own, *b = ring_of(&f, y)->trust.own;
    assert_ptr_equal(a->sakke, b->sakke);
    assert_ptr_equal(a->eccsi, b->eccsi);
    assert_memory_not_equal(a->uid.b, b->uid.b, 32);
    mcv_sim_keys_close(f.keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_signs_the_other_verifies),
        cmocka_unit_test(what_one_encapsulates_the_other_opens),
        cmocka_unit_test(trust_has_a_direction),
        cmocka_unit_test(members_share_the_group_key_under_ids_of_their_own),
        cmocka_unit_test(revoked_and_new_keys_show_in_new_rings),
        cmocka_unit_test(one_more_user_or_domain_shifts_nobody),
        cmocka_unit_test(periods_around_the_present_are_issued),
        cmocka_unit_test(stand_ins_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
