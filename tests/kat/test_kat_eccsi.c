/* ECCSI against RFC 6507 Appendix A, on the curve of FIPS 186-4 D.1.2.3, and the keys of
 * tests/support/id_keys.h. */
#include "crypto/eccsi.h"
#include "tests/kat/rfc6507_6508.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/id_keys.h"
#include "tests/support/rng_script.h"

struct fixture {
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    uint8_t id[32], script[32];
    struct mcv_bytes id_bytes;
    struct mcv_rng_script rs;
    struct mcv_rng rng;
};

static void set_up(struct fixture *f, const char *id, const char *script)
{
    mcv_hex_exact(f->ksak.b, sizeof f->ksak.b, MCV_TEST_KSAK);
    mcv_hex_exact(f->kpak.b, sizeof f->kpak.b, MCV_TEST_KPAK);
    f->id_bytes = mcv_bytes_of(f->id, mcv_hex_decode(f->id, sizeof f->id, id));
    mcv_hex_exact(f->script, sizeof f->script, script);
    f->rs = (struct mcv_rng_script){f->script, sizeof f->script};
    f->rng = mcv_rng_script(&f->rs);
}

static void kms_key_pair_of_rfc6507(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;

    set_up(&f, RFC_ID, MCV_TEST_KSAK);
    assert_int_equal(mcv_eccsi_kms_generate(&ksak, &kpak, &f.rng), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(ksak.b, sizeof ksak.b), MCV_TEST_KSAK);
    mcv_assert_hex(mcv_bytes_of(kpak.b, sizeof kpak.b), MCV_TEST_KPAK);
    assert_int_equal(mcv_eccsi_kpak_check(&kpak), MCV_OK);
}

static void issue_row(const char *id, const char *v, const char *hs, const char *ssk_hex,
                      const char *pvt_hex)
{
    struct fixture f;
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;
    struct mcv_eccsi_key key;

    set_up(&f, id, v);
    assert_int_equal(mcv_eccsi_issue(&ssk, &pvt, &f.ksak, &f.kpak, f.id_bytes, &f.rng), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(ssk.b, sizeof ssk.b), ssk_hex);
    mcv_assert_hex(mcv_bytes_of(pvt.b, sizeof pvt.b), pvt_hex);
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id_bytes, &ssk, &pvt), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(key.hs, sizeof key.hs), hs);
}

static void user_keys(void **state)
{
    (void)state;
    issue_row(RFC_ID, RFC_V, RFC_HS, RFC_SSK, RFC_PVT);
    for (size_t i = 0; i < sizeof mcv_test_id_keys / sizeof mcv_test_id_keys[0]; i++) {
        const struct mcv_test_id_keys *k = &mcv_test_id_keys[i];
        issue_row(k->uid, k->v, k->hs, k->ssk, k->pvt);
    }
}

static void signature_of_rfc6507(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;
    struct mcv_eccsi_key key;
    struct mcv_eccsi_sig sig;
    uint8_t msg[8];

    set_up(&f, RFC_ID, RFC_J);
    mcv_hex_exact(ssk.b, sizeof ssk.b, RFC_SSK);
    mcv_hex_exact(pvt.b, sizeof pvt.b, RFC_PVT);
    mcv_hex_exact(msg, sizeof msg, RFC_MSG);
    const struct mcv_bytes m = mcv_bytes_of(msg, sizeof msg);
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id_bytes, &ssk, &pvt), MCV_OK);
    assert_int_equal(mcv_eccsi_sign(&sig, &key, m, &f.rng), MCV_OK);
    const struct mcv_bytes s = mcv_bytes_of(sig.b, sizeof sig.b);
    mcv_assert_hex(s, RFC_SIG_R RFC_SIG_S RFC_PVT);
    assert_int_equal(mcv_eccsi_verify(&f.kpak, f.id_bytes, m, s), MCV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kms_key_pair_of_rfc6507),
        cmocka_unit_test(user_keys),
        cmocka_unit_test(signature_of_rfc6507),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
