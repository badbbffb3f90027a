#include "tests/support/imsg_fixture.h"

#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/id_keys.h"
#include "tests/support/imsg_vectors.h"
#include "tests/support/rng_script.h"

#include <stdlib.h>

#define PERIOD_S 2592000

static void *must_malloc(size_t n)
{
    void *mem = malloc(n);

    assert_non_null(mem);
    return mem;
}

void fix_kms_open(struct fix_kms *k, const char *uri, const char *ksak_hex,
                  const char *z_secret_hex)
{
    uint8_t octets[128];
    struct mcv_sakke_z z;
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_FULL);

    *k = (struct fix_kms){.mem = must_malloc(n)};
    struct mcv_rng_script script = {octets, mcv_hex_decode(octets, sizeof octets, ksak_hex)};
    struct mcv_rng rng = mcv_rng_script(&script);
    assert_int_equal(mcv_eccsi_kms_generate(&k->ksak, &k->kpak, &rng), MCV_OK);

    script = (struct mcv_rng_script){octets, mcv_hex_decode(octets, sizeof octets, z_secret_hex)};
    assert_int_equal(mcv_sakke_kms_generate(&k->z_secret, &z, &rng), MCV_OK);
    assert_int_equal(mcv_sakke_public_init(&k->sakke, k->mem, n, MCV_SAKKE_TABLES_FULL, &z),
                     MCV_OK);
    k->kms = (struct mcv_imsg_kms){.uri = mcv_bytes_str(uri),
                                   .period = {.period_s = PERIOD_S},
                                   .kpak = &k->kpak,
                                   .sakke = k->sakke};
}

void fix_kms_close(struct fix_kms *k)
{
    free(k->mem);
}

static void issue_eccsi(struct fix_user *u, const struct fix_kms *k, struct mcv_bytes uid,
                        uint32_t v)
{
    uint8_t octets[32] = {0};
    struct mcv_rng_script script = {octets, sizeof octets};
    const struct mcv_rng rng = mcv_rng_script(&script);
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;

    mcv_store_be32(octets + 28, v);
    assert_int_equal(mcv_eccsi_issue(&ssk, &pvt, &k->ksak, &k->kpak, uid, &rng), MCV_OK);
    assert_int_equal(mcv_eccsi_key_install(&u->eccsi, &k->kpak, uid, &ssk, &pvt), MCV_OK);
}

static void issue_sakke(struct fix_user *u, const struct fix_kms *k, struct mcv_bytes uid)
{
    const size_t n = mcv_sakke_key_size(k->sakke);
    struct mcv_rsk rsk;

    u->mem = must_malloc(n);
    assert_int_equal(mcv_sakke_issue(&rsk, k->sakke, &k->z_secret, uid), MCV_OK);
    assert_int_equal(mcv_sakke_key_install(&u->sakke, u->mem, n, k->sakke, uid, &rsk), MCV_OK);
}

void fix_user_open(struct fix_user *u, const struct fix_kms *k, const char *uri, uint32_t v,
                   int64_t utc_s)
{
    struct mcv_imsg_own own = {.uri = mcv_bytes_str(uri), .kms_uri = k->kms.uri};

    assert_int_equal(mcv_key_period_at(&own.period_no, &k->kms.period, mcv_ntp_of_utc(utc_s)),
                     MCV_OK);
    assert_int_equal(mcv_uid_derive(&own.uid, own.uri, own.kms_uri, &k->kms.period, own.period_no),
                     MCV_OK);
    const struct mcv_bytes uid = mcv_bytes_of(own.uid.b, sizeof own.uid.b);
    issue_eccsi(u, k, uid, v);
    issue_sakke(u, k, uid);
    u->own = own;
    u->own.eccsi = &u->eccsi;
    u->own.sakke = u->sakke;
}

void fix_user_close(struct fix_user *u)
{
    mcv_sakke_key_wipe(u->sakke);
    free(u->mem);
}

void fix_home_open(struct fix_home *h)
{
    fix_kms_open(&h->kms, IMSG_KMS, MCV_TEST_KSAK, MCV_TEST_Z_SECRET);
    fix_user_open(&h->alice, &h->kms, IMSG_ALICE, 0x23456, IMSG_UTC_S);
    fix_user_open(&h->bob, &h->kms, IMSG_BOB, 0x23457, IMSG_UTC_S);
    fix_user_open(&h->gms, &h->kms, IMSG_GMS, 0x23458, IMSG_UTC_S);
}

void fix_home_close(struct fix_home *h)
{
    fix_user_close(&h->gms);
    fix_user_close(&h->bob);
    fix_user_close(&h->alice);
    fix_kms_close(&h->kms);
}

struct mcv_imsg_spec fix_pck_spec(const struct fix_home *h, const uint8_t *rand)
{
    return (struct mcv_imsg_spec){.type = MCV_KEY_PCK,
                                  .key_id = IMSG_PCK_ID,
                                  .rand = mcv_bytes_of(rand, MCV_MIKEY_RAND_BYTES),
                                  .utc_s = IMSG_UTC_S,
                                  .from = &h->alice.own,
                                  .from_kms = &h->kms.kms,
                                  .to = h->bob.own.uri,
                                  .to_kms = &h->kms.kms};
}

struct mcv_imsg_spec fix_gmk_spec(const struct fix_home *h, const uint8_t *rand)
{
    static const struct mcv_key_params params = {.type = MCV_KEY_GMK,
                                                 .status = MCV_KEY_STATUS_VALID,
                                                 .text = {(const uint8_t *)"G1", 2},
                                                 .n_groups = 1,
                                                 .groups = {{(const uint8_t *)IMSG_GROUP, 22}}};

    return (struct mcv_imsg_spec){.type = MCV_KEY_GMK,
                                  .key_id = IMSG_GMK_ID,
                                  .rand = mcv_bytes_of(rand, MCV_MIKEY_RAND_BYTES),
                                  .utc_s = IMSG_UTC_S,
                                  .from = &h->gms.own,
                                  .from_kms = &h->kms.kms,
                                  .to = h->bob.own.uri,
                                  .to_kms = &h->kms.kms,
                                  .params = &params,
                                  .n_cs = 1,
                                  .cs_ids = {5},
                                  .profile = MCV_PROFILE_GROUP};
}
