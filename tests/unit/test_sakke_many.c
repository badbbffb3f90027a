/* Many identifiers at once give the same as one by one, for every number of them. */
#include "crypto/kms_issue.h"
#include "sim/prng.h"
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/sakke_fixture.h"
#include "tests/support/sakke_oracle.h"

#define MAX_IDS 19

static uint8_t id_b[MAX_IDS][32];
static struct mcv_bytes ids[MAX_IDS];

static void set_ids(void)
{
    for (size_t i = 0; i < MAX_IDS; i++) {
        memset(id_b[i], (int)i + 1, sizeof id_b[i]);
        ids[i] = mcv_bytes_of(id_b[i], sizeof id_b[i]);
    }
}

static bool is_zero(const void *p, size_t n)
{
    const uint8_t *b = p;
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++) any |= b[i];
    return any == 0;
}

static void messages(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 7, 8, 9, 16, 19};
    const struct mcv_ssv ssv = random_ssv();
    struct mcv_sed seds[MAX_IDS], want;
    bool ambiguous[MAX_IDS], one;

    set_ids();
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        assert_int_equal(
            mcv_sakke_encapsulate_many(seds, ambiguous, full.pub, ids, counts[c], &ssv), MCV_OK);
        for (size_t i = 0; i < counts[c]; i++) {
            assert_int_equal(mcv_sakke_encapsulate(&want, &one, full.pub, ids[i], &ssv), MCV_OK);
            assert_memory_equal(&seds[i], &want, sizeof want);
            assert_int_equal(ambiguous[i], one);
        }
    }
    ids[9].n = 0;
    assert_int_equal(mcv_sakke_encapsulate_many(seds, NULL, full.pub, ids, MAX_IDS, &ssv),
                     MCV_E_MALFORMED);
    assert_true(is_zero(seds, sizeof seds));
}

static void receiver_keys(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 7, 8, 9, 19};
    struct mcv_z_secret zero = {{0}};
    struct mcv_rsk rsks[MAX_IDS], want;
    uint8_t minus_z[128];
    BIGNUM *t = BN_bin2bn(full.secret.b, sizeof full.secret.b, NULL);

    set_ids();
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        assert_int_equal(mcv_sakke_issue_many(rsks, full.pub, &full.secret, ids, counts[c]),
                         MCV_OK);
        for (size_t i = 0; i < counts[c]; i++) {
            assert_int_equal(mcv_sakke_issue(&want, full.pub, &full.secret, ids[i]), MCV_OK);
            assert_memory_equal(&rsks[i], &want, sizeof want);
        }
    }
    assert_int_equal(mcv_sakke_issue_many(rsks, full.pub, &zero, ids, MAX_IDS), MCV_E_MALFORMED);
    assert_true(is_zero(rsks, sizeof rsks));
    /* id + z_T = 0 mod q in the second eight */
    assert_true(BN_sub(t, oracle_q(), t) && BN_bn2binpad(t, minus_z, sizeof minus_z) == 128);
    ids[12] = mcv_bytes_of(minus_z, sizeof minus_z);
    assert_int_equal(mcv_sakke_issue_many(rsks, full.pub, &full.secret, ids, MAX_IDS),
                     MCV_E_MALFORMED);
    assert_true(is_zero(rsks, sizeof rsks));
    BN_free(t);
}

static void keys_of_both_kinds(void **state)
{
    (void)state;
    struct mcv_prng prng;
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    const struct mcv_kms_masters masters = {&ksak, &kpak, &full.secret, full.pub};
    struct mcv_issued_keys out[MAX_IDS];
    struct mcv_eccsi_key key;
    struct mcv_rsk want;

    set_ids();
    mcv_prng_init(&prng, 6507, 1);
    assert_int_equal(mcv_eccsi_kms_generate(&ksak, &kpak, &rng), MCV_OK);
    assert_int_equal(mcv_kms_issue_many(out, &masters, ids, MAX_IDS, &rng), MCV_OK);
    for (size_t i = 0; i < MAX_IDS; i++) {
        assert_int_equal(mcv_sakke_issue(&want, full.pub, &full.secret, ids[i]), MCV_OK);
        assert_memory_equal(&out[i].rsk, &want, sizeof want);
        assert_int_equal(mcv_eccsi_key_install(&key, &kpak, ids[i], &out[i].ssk, &out[i].pvt),
                         MCV_OK);
    }
    ids[18].n = 0;
    assert_int_equal(mcv_kms_issue_many(out, &masters, ids, MAX_IDS, &rng), MCV_E_MALFORMED);
    assert_true(is_zero(out, sizeof out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(receiver_keys),
        cmocka_unit_test(keys_of_both_kinds),
    };
    backend_or_skip();
    return cmocka_run_group_tests(tests, sakke_open_all, sakke_close_all);
}
