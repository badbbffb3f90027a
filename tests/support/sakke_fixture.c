#include "tests/support/sakke_fixture.h"

#include "sim/prng.h"
#include "tests/support/backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/sakke_oracle.h"

#include <stdlib.h>

static struct mcv_prng prng;
static struct mcv_rng rng;
struct sakke_kms full, small, other;
struct sakke_user alice, bob, alice_small;

static void open_kms(struct sakke_kms *k, enum mcv_sakke_tables tables,
                     const struct sakke_kms *same_as)
{
    const size_t n = mcv_sakke_public_size(tables);

    if (same_as != NULL)
        *k = *same_as;
    else
        assert_int_equal(mcv_sakke_kms_generate(&k->secret, &k->z, &rng), MCV_OK);
    k->mem = malloc(n);
    assert_non_null(k->mem);
    assert_int_equal(mcv_sakke_public_init(&k->pub, k->mem, n, tables, &k->z), MCV_OK);
    backend_ran(mcv_sakke_backend(k->pub));
}

static void open_user(struct sakke_user *u, const struct sakke_kms *k, uint8_t fill)
{
    memset(u->id_b, fill, sizeof u->id_b);
    u->id = mcv_bytes_of(u->id_b, sizeof u->id_b);
    assert_int_equal(mcv_sakke_issue(&u->rsk, k->pub, &k->secret, u->id), MCV_OK);
    const size_t n = mcv_sakke_key_size(k->pub);
    u->mem = malloc(n);
    assert_non_null(u->mem);
    assert_int_equal(mcv_sakke_key_install(&u->key, u->mem, n, k->pub, u->id, &u->rsk), MCV_OK);
}

static void close_user(struct sakke_user *u)
{
    mcv_sakke_key_wipe(u->key);
    free(u->mem);
}

int sakke_open_all(void **state)
{
    (void)state;
    mcv_prng_init(&prng, 6508, 2);
    rng = mcv_prng_rng(&prng);
    oracle_open();
    open_kms(&full, MCV_SAKKE_TABLES_FULL, NULL);
    open_kms(&small, MCV_SAKKE_TABLES_SMALL, &full);
    open_kms(&other, MCV_SAKKE_TABLES_FULL, NULL);
    open_user(&alice, &full, 0xa1);
    open_user(&bob, &full, 0xb0);
    open_user(&alice_small, &small, 0xa1);
    return 0;
}

int sakke_close_all(void **state)
{
    (void)state;
    close_user(&alice);
    close_user(&bob);
    close_user(&alice_small);
    free(full.mem);
    free(small.mem);
    free(other.mem);
    oracle_close();
    return 0;
}

struct mcv_ssv random_ssv(void)
{
    struct mcv_ssv ssv;

    assert_int_equal(mcv_rng_bytes(&rng, ssv.b, sizeof ssv.b), MCV_OK);
    return ssv;
}

struct mcv_sed encapsulate(const struct sakke_user *to, const struct mcv_ssv *ssv)
{
    struct mcv_sed sed;

    assert_int_equal(mcv_sakke_encapsulate(&sed, NULL, full.pub, to->id, ssv), MCV_OK);
    return sed;
}

struct mcv_bytes octets(const struct mcv_sed *sed)
{
    return mcv_bytes_of(sed->b, sizeof sed->b);
}

void expect_open(const struct mcv_sakke_key *key, struct mcv_bytes sed, enum mcv_sakke_mode mode,
                 mcv_err want, const char *why)
{
    static const struct mcv_ssv none;
    struct mcv_ssv got;

    memset(&got, 0x5a, sizeof got);
    const mcv_err err = mcv_sakke_decapsulate(&got, key, sed, mode);
    if (err != want) fail_msg("%s: %s", why, mcv_err_name(err));
    if (err != MCV_OK) assert_memory_equal(&got, &none, sizeof got);
}

void expect_ssv(const struct sakke_user *u, struct mcv_bytes sed, const struct mcv_ssv *want)
{
    struct mcv_ssv got;

    assert_int_equal(mcv_sakke_decapsulate(&got, u->key, sed, MCV_SAKKE_LENIENT), MCV_OK);
    assert_memory_equal(&got, want, sizeof got);
}
