/* SAKKE against RFC 6508 Appendix A and the keys of tests/support/id_keys.h. */
#include "crypto/sakke.h"
#include "tests/kat/rfc6507_6508.h"
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/id_keys.h"
#include "tests/support/rng_script.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
    void *pub_mem, *key_mem;
    struct mcv_sakke_public *pub;
    struct mcv_sakke_key *key;
    uint8_t id[32];
    struct mcv_bytes id_bytes;
};

static void open_public(struct fixture *f, enum mcv_sakke_tables tables)
{
    const size_t n = mcv_sakke_public_size(tables);
    struct mcv_sakke_z z;

    mcv_hex_exact(z.b, sizeof z.b, MCV_TEST_Z);
    f->pub_mem = malloc(n);
    assert_non_null(f->pub_mem);
    assert_int_equal(mcv_sakke_public_init(&f->pub, f->pub_mem, n, tables, &z), MCV_OK);
    backend_ran(mcv_sakke_backend(f->pub));
}

static void install(struct fixture *f, const char *id, const char *rsk_hex)
{
    const size_t n = mcv_sakke_key_size(f->pub);
    struct mcv_rsk rsk;

    f->id_bytes = mcv_bytes_of(f->id, mcv_hex_decode(f->id, sizeof f->id, id));
    mcv_hex_exact(rsk.b, sizeof rsk.b, rsk_hex);
    f->key_mem = malloc(n);
    assert_non_null(f->key_mem);
    assert_int_equal(mcv_sakke_key_install(&f->key, f->key_mem, n, f->pub, f->id_bytes, &rsk),
                     MCV_OK);
}

static void close_all(struct fixture *f)
{
    mcv_sakke_key_wipe(f->key);
    free(f->key_mem);
    free(f->pub_mem);
}

static void message_of_rfc6508(enum mcv_sakke_tables tables)
{
    struct fixture f = {0};
    struct mcv_ssv ssv, got;
    struct mcv_sed sed;
    bool ambiguous = true;

    open_public(&f, tables);
    install(&f, RFC_ID, RFC_RSK);
    mcv_hex_exact(ssv.b, sizeof ssv.b, RFC_SSV);
    assert_int_equal(mcv_sakke_encapsulate(&sed, &ambiguous, f.pub, f.id_bytes, &ssv), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(sed.b, sizeof sed.b), RFC_R RFC_H);
    assert_false(ambiguous);
    assert_int_equal(
        mcv_sakke_decapsulate(&got, f.key, mcv_bytes_of(sed.b, sizeof sed.b), MCV_SAKKE_STRICT),
        MCV_OK);
    assert_true(mcv_ssv_equal(&got, &ssv));
    close_all(&f);
}

static void full_tables(void **state)
{
    (void)state;
    message_of_rfc6508(MCV_SAKKE_TABLES_FULL);
}

static void small_tables(void **state)
{
    (void)state;
    message_of_rfc6508(MCV_SAKKE_TABLES_SMALL);
}

static void kms_key_pair_of_rfc6508(void **state)
{
    (void)state;
    uint8_t script[128];
    struct mcv_z_secret secret;
    struct mcv_sakke_z z;

    mcv_hex_exact(script, sizeof script, MCV_TEST_Z_SECRET);
    struct mcv_rng_script rs = {script, sizeof script};
    const struct mcv_rng rng = mcv_rng_script(&rs);
    assert_int_equal(mcv_sakke_kms_generate(&secret, &z, &rng), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(secret.b, sizeof secret.b), MCV_TEST_Z_SECRET);
    mcv_assert_hex(mcv_bytes_of(z.b, sizeof z.b), MCV_TEST_Z);
    assert_int_equal(mcv_sakke_z_check(&z), MCV_OK);
}

static void issue_row(const struct fixture *f, const char *id, const char *want)
{
    struct mcv_z_secret secret;
    struct mcv_rsk rsk;
    uint8_t b[32];

    mcv_hex_exact(secret.b, sizeof secret.b, MCV_TEST_Z_SECRET);
    const size_t n = mcv_hex_decode(b, sizeof b, id);
    assert_int_equal(mcv_sakke_issue(&rsk, f->pub, &secret, mcv_bytes_of(b, n)), MCV_OK);
    mcv_assert_hex(mcv_bytes_of(rsk.b, sizeof rsk.b), want);
}

static void receiver_keys(void **state)
{
    (void)state;
    struct fixture f = {0};

    open_public(&f, MCV_SAKKE_TABLES_FULL);
    issue_row(&f, RFC_ID, RFC_RSK);
    for (size_t i = 0; i < sizeof mcv_test_id_keys / sizeof mcv_test_id_keys[0]; i++) {
        const struct mcv_test_id_keys *k = &mcv_test_id_keys[i];
        if (k->rsk == NULL) continue;
        issue_row(&f, k->uid, k->rsk);
        install(&f, k->uid, k->rsk);
        free(f.key_mem);
        f.key = NULL;
        f.key_mem = NULL;
    }
    close_all(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kms_key_pair_of_rfc6508),
        cmocka_unit_test(receiver_keys),
        cmocka_unit_test(full_tables),
        cmocka_unit_test(small_tables),
    };
    backend_or_skip();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
