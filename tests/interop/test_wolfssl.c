/* ECCSI, SAKKE and I_MESSAGEs against wolfSSL, both ways. Spec: RFC 6507, RFC 6508, RFC 6509 */
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/id_keys.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"
#include "tests/support/wolf.h"

#define N_ROUNDS 8

static struct wolf *wolf;
static struct mcv_prng prng;

static int open_all(void **state)
{
    struct mcv_sakke_z z;

    scene_users_open(state);
    mcv_hex_exact(z.b, sizeof z.b, MCV_TEST_Z);
    wolf = wolf_open(&z, &scene_home.kms.z_secret, &scene_home.kms.kpak);
    mcv_prng_init(&prng, 6507, 6508);
    return 0;
}

static int close_all(void **state)
{
    wolf_close(wolf);
    return scene_users_close(state);
}

static struct mcv_bytes uid_of(const struct fix_user *u)
{
    return mcv_bytes_of(u->own.uid.b, sizeof u->own.uid.b);
}

static struct mcv_ssv random_ssv(void)
{
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    struct mcv_ssv ssv;

    assert_int_equal(mcv_rng_bytes(&rng, ssv.b, sizeof ssv.b), MCV_OK);
    return ssv;
}

static struct mcv_rsk rsk_of(struct mcv_bytes id)
{
    struct mcv_rsk rsk;

    assert_int_equal(mcv_sakke_issue(&rsk, scene_home.kms.sakke, &scene_home.kms.z_secret, id),
                     MCV_OK);
    return rsk;
}

static void install_bob(void)
{
    const struct mcv_rsk rsk = rsk_of(uid_of(&scene_home.bob));

    wolf_sakke_install(wolf, uid_of(&scene_home.bob), &rsk);
}

/* ---- SAKKE --------------------------------------------------------------------------------- */

static void receiver_keys_are_the_same(void **state)
{
    const struct fix_user *users[] = {&scene_home.alice, &scene_home.bob, &scene_home.gms};
    (void)state;

    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        struct mcv_rsk theirs;
        const struct mcv_rsk ours = rsk_of(uid_of(users[i]));
        wolf_sakke_issue(wolf, &theirs, uid_of(users[i]));
        assert_true(mcv_rsk_equal(&ours, &theirs));
    }
}

/* The same SSV, identity and KMS give the same octets, and each side opens them. */
static bool assert_same_data(const struct mcv_ssv *ssv)
{
    const struct mcv_bytes bob = uid_of(&scene_home.bob);
    struct mcv_sed ours, theirs;
    struct mcv_ssv got;
    bool is_ambiguous;

    assert_int_equal(mcv_sakke_encapsulate(&ours, &is_ambiguous, scene_home.kms.sakke, bob, ssv),
                     MCV_OK);
    wolf_sakke_encapsulate(wolf, &theirs, bob, ssv);
    assert_memory_equal(ours.b, theirs.b, sizeof ours.b);
    assert_true(wolf_sakke_decapsulate(wolf, &got, &ours));
    assert_true(mcv_ssv_equal(&got, ssv));
    assert_int_equal(mcv_sakke_decapsulate(&got, scene_home.bob.sakke,
                                           mcv_bytes_of(theirs.b, sizeof theirs.b),
                                           MCV_SAKKE_STRICT),
                     MCV_OK);
    assert_true(mcv_ssv_equal(&got, ssv));
    return is_ambiguous;
}

static void encapsulated_data_is_the_same(void **state)
{
    (void)state;
    install_bob();
    wolf_sakke_know(wolf, uid_of(&scene_home.bob));
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        const struct mcv_ssv ssv = random_ssv();
        (void)assert_same_data(&ssv);
    }
}

/* w or H begins with octet 00: wolfSSL pads as we do. Spec: RFC 6508 4 */
static void leading_zero_octets_are_kept(void **state)
{
    const struct mcv_bytes bob = uid_of(&scene_home.bob);
    unsigned n_found = 0;
    (void)state;

    install_bob();
    wolf_sakke_know(wolf, bob);
    for (unsigned i = 0; n_found < 2; i++) {
        const struct mcv_ssv ssv = random_ssv();
        struct mcv_sed sed;
        bool is_ambiguous;
        assert_true(i < 5000);
        assert_int_equal(
            mcv_sakke_encapsulate(&sed, &is_ambiguous, scene_home.kms.sakke, bob, &ssv), MCV_OK);
        if (!is_ambiguous || (sed.b[257] == 0) != (n_found == 0)) continue; /* H first, then w */
        assert_true(assert_same_data(&ssv));
        n_found++;
    }
}

static void changed_data_is_opened_by_nobody(void **state)
{
    const struct mcv_bytes bob = uid_of(&scene_home.bob);
    const struct mcv_ssv ssv = random_ssv();
    struct mcv_sed sed;
    struct mcv_ssv got;
    (void)state;

    install_bob();
    assert_int_equal(mcv_sakke_encapsulate(&sed, NULL, scene_home.kms.sakke, bob, &ssv), MCV_OK);
    sed.b[sizeof sed.b - 1] ^= 1;
    assert_false(wolf_sakke_decapsulate(wolf, &got, &sed));
    assert_int_equal(mcv_sakke_decapsulate(&got, scene_home.bob.sakke,
                                           mcv_bytes_of(sed.b, sizeof sed.b), MCV_SAKKE_LENIENT),
                     MCV_E_AUTH);
}

/* ---- ECCSI --------------------------------------------------------------------------------- */

static void install_alice(void)
{
    const struct mcv_eccsi_key *key = &scene_home.alice.eccsi;

    wolf_eccsi_install(wolf, uid_of(&scene_home.alice), &key->ssk, &key->pvt);
}

static void signatures_both_ways(void **state)
{
    const struct mcv_bytes alice = uid_of(&scene_home.alice), bob = uid_of(&scene_home.bob);
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    uint8_t msg[300];
    (void)state;

    install_alice();
    assert_int_equal(mcv_rng_bytes(&rng, msg, sizeof msg), MCV_OK);
    for (size_t n = 0; n <= sizeof msg; n += 50) {
        const struct mcv_bytes m = mcv_bytes_of(msg, n);
        struct mcv_eccsi_sig ours, theirs;
        assert_int_equal(mcv_eccsi_sign(&ours, &scene_home.alice.eccsi, m, &rng), MCV_OK);
        assert_true(wolf_eccsi_verify(wolf, alice, m, &ours));
        assert_false(wolf_eccsi_verify(wolf, bob, m, &ours));
        wolf_eccsi_sign(wolf, &theirs, m);
        assert_int_equal(mcv_eccsi_verify(&scene_home.kms.kpak, alice, m,
                                          mcv_bytes_of(theirs.b, sizeof theirs.b)),
                         MCV_OK);
        assert_int_equal(
            mcv_eccsi_verify(&scene_home.kms.kpak, bob, m, mcv_bytes_of(theirs.b, sizeof theirs.b)),
            MCV_E_AUTH);
        ours.b[63] ^= 1;
        assert_false(wolf_eccsi_verify(wolf, alice, m, &ours));
    }
}

/* ---- a whole message ------------------------------------------------------------------------ */

static void our_message_opened_by_wolfssl(void **state)
{
    static struct scene s;
    struct mcv_mikey_msg m;
    struct mcv_eccsi_sig sig;
    struct mcv_sed sed;
    struct mcv_ssv got;
    (void)state;

    install_bob();
    scene_open(&s);
    scene_build(&s);
    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(s.octets, s.n)), MCV_OK);
    memcpy(sig.b, m.signature.p, sizeof sig.b);
    memcpy(sed.b, m.sed.p, sizeof sed.b);
    assert_true(wolf_eccsi_verify(wolf, uid_of(&scene_home.alice), m.covered, &sig));
    assert_true(wolf_sakke_decapsulate(wolf, &got, &sed));
    assert_true(mcv_ssv_equal(&got, &s.key));
}

static void message_of_wolfssl_opened_by_us(void **state)
{
    static struct scene s;
    uint8_t room[MCV_MIKEY_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(room, sizeof room);
    struct mcv_mikey_msg m;
    struct mcv_eccsi_sig sig;
    struct mcv_sed sed;
    mcv_err err;
    (void)state;

    install_alice();
    scene_open(&s);
    scene_build(&s);
    s.key = random_ssv();
    wolf_sakke_know(wolf, uid_of(&scene_home.bob));
    wolf_sakke_encapsulate(wolf, &sed, uid_of(&scene_home.bob), &s.key);
    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(s.octets, s.n)), MCV_OK);
    m.sed = mcv_bytes_of(sed.b, sizeof sed.b);
    mcv_mikey_encode(&w, &m);
    wolf_eccsi_sign(wolf, &sig, mcv_wr_done(&w));
    mcv_wr_bytes(&w, mcv_bytes_of(sig.b, sizeof sig.b));
    memcpy(s.octets, room, w.n);
    s.n = w.n;
    assert_int_equal(scene_run(&s, &err), OPENED);
    assert_true(mcv_ssv_equal(&s.opened.key, &s.key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receiver_keys_are_the_same),
        cmocka_unit_test(encapsulated_data_is_the_same),
        cmocka_unit_test(leading_zero_octets_are_kept),
        cmocka_unit_test(changed_data_is_opened_by_nobody),
        cmocka_unit_test(signatures_both_ways),
        cmocka_unit_test(our_message_opened_by_wolfssl),
        cmocka_unit_test(message_of_wolfssl_opened_by_us),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
