/* Keys of SAKKE on one back-end: what is refused. */
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/sakke_fixture.h"
#include "tests/support/sakke_oracle.h"

#include <stdlib.h>

/* ---- Refused: keys ---- */

static void expect_install(const struct sakke_kms *k, struct mcv_bytes id,
                           const struct mcv_rsk *rsk, mcv_err want, const char *why)
{
    const size_t n = mcv_sakke_key_size(k->pub);
    struct mcv_sakke_key *key = alice.key;
    uint8_t *mem = malloc(n);

    assert_non_null(mem);
    const mcv_err err = mcv_sakke_key_install(&key, mem, n, k->pub, id, rsk);
    if (err != want) fail_msg("%s: %s", why, mcv_err_name(err));
    assert_null(key);
    free(mem);
}

static void keys_that_are_refused(void **state)
{
    (void)state;
    struct mcv_rsk rsk = alice.rsk;
    struct oracle_point k = oracle_decode(rsk.b), two = {BN_new(), BN_new()},
                        sum = oracle_add(&k, &two);

    expect_install(&full, bob.id, &rsk, MCV_E_AUTH, "RSK of another identity");
    expect_install(&small, bob.id, &rsk, MCV_E_AUTH, "RSK of another identity, no table");
    expect_install(&other, alice.id, &rsk, MCV_E_AUTH, "Z of another KMS");
    expect_install(&full, mcv_bytes_of(alice.id_b, 31), &rsk, MCV_E_AUTH, "identity cut");
    expect_install(&full, mcv_bytes_of(alice.id_b, 0), &rsk, MCV_E_MALFORMED, "no identity");
    oracle_encode(rsk.b, &sum);
    expect_install(&full, alice.id, &rsk, MCV_E_AUTH, "RSK of order 2q");
    BN_sub(k.y, oracle_p(), k.y);
    oracle_encode(rsk.b, &k);
    expect_install(&full, alice.id, &rsk, MCV_E_AUTH, "-RSK");
    rsk = alice.rsk;
    rsk.b[256] ^= 1;
    expect_install(&full, alice.id, &rsk, MCV_E_MALFORMED, "RSK off the curve");
    memset(rsk.b + 1, 0, 256);
    expect_install(&full, alice.id, &rsk, MCV_E_MALFORMED, "RSK (0, 0)");
    oracle_free(&k);
    oracle_free(&two);
    oracle_free(&sum);
}

static void z_that_are_refused(void **state)
{
    (void)state;
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_SMALL);
    struct oracle_point k = oracle_decode(full.z.b), two = {BN_new(), BN_new()},
                        sum = oracle_add(&k, &two);
    struct mcv_sakke_public *pub = full.pub;
    struct mcv_sakke_z z = full.z;
    void *mem = malloc(n);

    z.b[100] ^= 1;
    assert_int_equal(mcv_sakke_z_check(&z), MCV_E_MALFORMED);
    assert_int_equal(mcv_sakke_public_init(&pub, mem, n, MCV_SAKKE_TABLES_SMALL, &z),
                     MCV_E_MALFORMED);
    assert_null(pub);
    oracle_encode(z.b, &sum); /* of order 2q */
    assert_int_equal(mcv_sakke_z_check(&z), MCV_E_MALFORMED);
    assert_int_equal(mcv_sakke_public_init(&pub, mem, n, MCV_SAKKE_TABLES_SMALL, &z),
                     MCV_E_MALFORMED);
    assert_int_equal(mcv_sakke_public_init(&pub, mem, n - 1, MCV_SAKKE_TABLES_SMALL, &full.z),
                     MCV_E_SPACE);
    assert_int_equal(mcv_sakke_z_check(&full.z), MCV_OK);
    free(mem);
    oracle_free(&k);
    oracle_free(&two);
    oracle_free(&sum);
}

static void identities_that_cannot_be_served(void **state)
{
    (void)state;
    static const struct mcv_rsk none;
    uint8_t minus_z[128], long_id[129] = {1};
    BIGNUM *t = BN_bin2bn(full.secret.b, sizeof full.secret.b, NULL);
    struct mcv_z_secret bad = {{0}};
    struct mcv_rsk rsk = alice.rsk;

    assert_true(BN_sub(t, oracle_q(), t) && BN_bn2binpad(t, minus_z, sizeof minus_z) == 128);
    assert_int_equal(mcv_sakke_issue(&rsk, full.pub, &full.secret, mcv_bytes_of(minus_z, 128)),
                     MCV_E_MALFORMED);
    assert_memory_equal(&rsk, &none, sizeof rsk);
    assert_int_equal(mcv_sakke_issue(&rsk, full.pub, &full.secret, mcv_bytes_of(long_id, 129)),
                     MCV_E_MALFORMED);
    for (uint8_t z = 0; z < 2; z++) {
        bad.b[127] = z;
        assert_int_equal(mcv_sakke_issue(&rsk, full.pub, &bad, alice.id), MCV_E_MALFORMED);
    }
    assert_true(BN_copy(t, oracle_q()) != NULL && BN_bn2binpad(t, bad.b, 128) == 128);
    assert_int_equal(mcv_sakke_issue(&rsk, full.pub, &bad, alice.id), MCV_E_MALFORMED);
    BN_free(t);
}

static void mcv_fp_names_a_back_end(void **state)
{
    (void)state;
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_SMALL);
    struct mcv_sakke_public *pub;
    void *mem = malloc(n);
    const char *asked = getenv("MCV_FP");
    char *keep = asked == NULL ? NULL : strdup(asked);

    setenv("MCV_FP", "fastest", 1);
    assert_int_equal(mcv_sakke_public_init(&pub, mem, n, MCV_SAKKE_TABLES_SMALL, &full.z),
                     MCV_E_CONFIG);
    assert_null(pub);
    assert_int_equal(mcv_sakke_z_check(&full.z), MCV_E_CONFIG);
    if (keep != NULL)
        setenv("MCV_FP", keep, 1);
    else
        unsetenv("MCV_FP");
    free(keep);
    free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_are_refused),
        cmocka_unit_test(z_that_are_refused),
        cmocka_unit_test(identities_that_cannot_be_served),
        cmocka_unit_test(mcv_fp_names_a_back_end),
    };
    backend_or_skip();
    return cmocka_run_group_tests(tests, sakke_open_all, sakke_close_all);
}
