/* Objects of sakke.h and the KMS side. */
#include "crypto/sakke.h"

#include "crypto/declassify.h"
#include "crypto/sakke_object.h"

#include <string.h>

#define ALIGN 64

static const struct mcv_comb_shape *shape_of(enum mcv_sakke_tables tables)
{
    return tables == MCV_SAKKE_TABLES_SMALL ? &mcv_comb_small : &mcv_comb_full;
}

static size_t rounded(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static uint8_t *aligned(void *mem)
{
    const uintptr_t off = (uintptr_t)mem % ALIGN;

    return (uint8_t *)mem + (off == 0 ? 0 : ALIGN - off);
}

static size_t point_comb_bytes(enum mcv_sakke_tables tables)
{
    return rounded(mcv_comb_point_limbs(shape_of(tables)) * sizeof(mcv_limb));
}

static size_t g_comb_bytes(enum mcv_sakke_tables tables)
{
    return rounded(mcv_comb_g_limbs(shape_of(tables)) * sizeof(mcv_limb));
}

size_t mcv_sakke_public_size(enum mcv_sakke_tables tables)
{
    return ALIGN + rounded(sizeof(struct mcv_sakke_public)) + 2 * point_comb_bytes(tables) +
           g_comb_bytes(tables);
}

/* Alignment was made sure by the caller. */
static mcv_limb *limbs_at(uint8_t *p)
{
    void *v = p;

    return v;
}

mcv_err mcv_sakke_public_init(struct mcv_sakke_public **out, void *mem, size_t mem_bytes,
                              enum mcv_sakke_tables tables, const struct mcv_sakke_z *z)
{
    struct mcv_ec_affine affine;
    struct mcv_ec_point point;
    struct mcv_fp g;

    *out = NULL;
    if (mem_bytes < mcv_sakke_public_size(tables)) return MCV_E_SPACE;
    uint8_t *at = aligned(mem);
    void *place = at;
    struct mcv_sakke_public *pub = place;
    mcv_err err = mcv_field_init(&pub->f);
    if (err != MCV_OK) return err;
    if (!mcv_ec_decode(&pub->f, &affine, z->b)) return MCV_E_MALFORMED;
    if (!mcv_ec_has_order_q(&pub->f, &affine)) return MCV_E_MALFORMED;
    pub->tables = tables;
    at += rounded(sizeof *pub);
    pub->p = (struct mcv_comb){shape_of(tables), limbs_at(at)};
    at += point_comb_bytes(tables);
    pub->z = (struct mcv_comb){shape_of(tables), limbs_at(at)};
    at += point_comb_bytes(tables);
    pub->g = (struct mcv_comb){shape_of(tables), limbs_at(at)};
    mcv_ec_from_affine(&pub->f, &point, &affine);
    mcv_comb_point_build(&pub->f, &pub->z, &point);
    mcv_ec_base(&pub->f, &affine);
    mcv_ec_from_affine(&pub->f, &point, &affine);
    mcv_comb_point_build(&pub->f, &pub->p, &point);
    pub->f.k->load(&g, mcv_sakke_g);
    mcv_comb_g_build(&pub->f, &pub->g, &g);
    *out = pub;
    return MCV_OK;
}

const char *mcv_sakke_backend_fault(void)
{
    return mcv_field_fault();
}

const char *mcv_sakke_backend(const struct mcv_sakke_public *pub)
{
    return pub->f.k->name;
}

size_t mcv_sakke_key_size(const struct mcv_sakke_public *pub)
{
    size_t n = ALIGN + rounded(sizeof(struct mcv_sakke_key));

    if (pub->tables == MCV_SAKKE_TABLES_FULL)
        n += mcv_lines_elements() * sizeof(struct mcv_fp8) + point_comb_bytes(pub->tables);
    return n;
}

/* <[a]P + Z, K> = g. Spec: RFC 6508 6.1.2 */
static mcv_err check_rsk(const struct mcv_sakke_key *key, const struct mcv_ec_affine *own)
{
    const struct mcv_field *f = &key->pub->f;
    struct mcv_fp2 w;
    struct mcv_fp g, a, b;

    if (key->pub->tables == MCV_SAKKE_TABLES_FULL)
        mcv_pairing_fixed(f, &w, &key->lines, own);
    else
        mcv_pairing(f, &w, &key->rsk, own);
    f->k->load(&g, mcv_sakke_g);
    f->k->fp2_get(&a, &b, &w);
    f->k->mul(&g, &g, &a);
    f->k->sub(&g, &b, &g);
    mcv_limb good = mcv_fp_is_zero(f, &g) & (1u ^ mcv_fp_is_zero(f, &a));
    MCV_DECLASSIFY(&good, sizeof good); /* the answer of install */
    mcv_wipe(&w, sizeof w);
    return good ? MCV_OK : MCV_E_AUTH;
}

/* The tables of a key whose rsk and identifier are set. */
static mcv_err build_key(struct mcv_sakke_key *key, uint8_t *at)
{
    const struct mcv_sakke_public *pub = key->pub;
    const struct mcv_comb *const combs[] = {&pub->p, &pub->z};
    const struct mcv_zq k[] = {key->id_scalar, {{1}}};
    struct mcv_ec_point point;
    struct mcv_ec_affine own;
    uint8_t encoded[MCV_POINT_BYTES];

    mcv_comb_point_mul(&pub->f, &point, combs, k, 2); /* [id]P + Z */
    mcv_ec_encode(&pub->f, encoded, &point);
    if (!mcv_ec_decode(&pub->f, &own, encoded)) return MCV_E_AUTH; /* infinity */
    if (pub->tables == MCV_SAKKE_TABLES_FULL) {
        void *lines = at;
        mcv_lines_build(&pub->f, &key->lines, lines, &key->rsk);
        at += mcv_lines_elements() * sizeof(struct mcv_fp8);
        key->own = (struct mcv_comb){shape_of(pub->tables), limbs_at(at)};
        mcv_comb_point_build(&pub->f, &key->own, &point);
    }
    return check_rsk(key, &own);
}

mcv_err mcv_sakke_key_install(struct mcv_sakke_key **out, void *mem, size_t mem_bytes,
                              const struct mcv_sakke_public *pub, struct mcv_bytes id,
                              const struct mcv_rsk *rsk)
{
    *out = NULL;
    if (mem_bytes < mcv_sakke_key_size(pub)) return MCV_E_SPACE;
    uint8_t *at = aligned(mem);
    void *place = at;
    struct mcv_sakke_key *key = place;
    memset(key, 0, sizeof *key);
    key->pub = pub;
    key->wipe_bytes = mcv_sakke_key_size(pub) - ALIGN;
    mcv_err err = mcv_sakke_id_scalar(&key->id_scalar, id);
    if (err != MCV_OK) goto out;
    memcpy(key->id, id.p, id.n);
    key->id_bytes = id.n;
    mcv_limb is_point = mcv_ec_decode(&pub->f, &key->rsk, rsk->b);
    MCV_DECLASSIFY(&is_point, sizeof is_point); /* the answer of install */
    err = is_point ? build_key(key, at + rounded(sizeof *key)) : MCV_E_MALFORMED;
out:
    if (err == MCV_OK)
        *out = key;
    else
        mcv_sakke_key_wipe(key);
    mcv_sakke_burn_stack();
    return err;
}

void mcv_sakke_key_wipe(struct mcv_sakke_key *key)
{
    if (key != NULL) mcv_wipe(key, key->wipe_bytes);
}

mcv_err mcv_sakke_kms_generate(struct mcv_z_secret *z_secret, struct mcv_sakke_z *z,
                               const struct mcv_rng *rng)
{
    struct mcv_field f;
    struct mcv_ec_affine base;
    struct mcv_ec_point point;
    struct mcv_zq k = {{0}};
    uint8_t be[128];
    mcv_limb good = 0;
    mcv_err err = mcv_field_init(&f);

    mcv_z_secret_wipe(z_secret);
    *z = (struct mcv_sakke_z){{0}};
    while (err == MCV_OK && !good) {
        err = mcv_rng_bytes(rng, be, sizeof be);
        be[0] &= 0x3f; /* q has 1022 bits */
        good = mcv_zq_decode_secret(&k, be);
        MCV_DECLASSIFY(&good, sizeof good); /* a candidate that fails is never used */
    }
    if (err == MCV_OK) {
        mcv_ec_base(&f, &base);
        mcv_ec_from_affine(&f, &point, &base);
        mcv_ec_mul(&f, &point, k.v, &point);
        mcv_ec_encode(&f, z->b, &point);
        memcpy(z_secret->b, be, sizeof be);
    }
    mcv_wipe(be, sizeof be);
    mcv_wipe(&k, sizeof k);
    mcv_sakke_burn_stack();
    return err;
}

mcv_err mcv_sakke_z_check(const struct mcv_sakke_z *z)
{
    struct mcv_field f;
    struct mcv_ec_affine affine;
    mcv_err err = mcv_field_init(&f);

    if (err != MCV_OK) return err;
    if (!mcv_ec_decode(&f, &affine, z->b)) return MCV_E_MALFORMED;
    return mcv_ec_has_order_q(&f, &affine) ? MCV_OK : MCV_E_MALFORMED;
}

mcv_err mcv_sakke_issue(struct mcv_rsk *rsk, const struct mcv_sakke_public *pub,
                        const struct mcv_z_secret *z_secret, struct mcv_bytes id)
{
    const struct mcv_comb *const combs[] = {&pub->p};
    struct mcv_zq a, k = {{0}};
    struct mcv_ec_point point;
    mcv_err err = mcv_sakke_id_scalar(&a, id);

    mcv_rsk_wipe(rsk);
    if (err != MCV_OK) return err;
    mcv_limb good = mcv_zq_decode_secret(&k, z_secret->b);
    mcv_zq_add(&k, &k, &a);
    good &= 1u ^ mcv_zq_is_zero(&k);
    MCV_DECLASSIFY(&good, sizeof good); /* the answer of issue */
    if (good) {
        mcv_zq_inv(&k, &k);
        mcv_comb_point_mul(&pub->f, &point, combs, &k, 1); /* [1/(a + z)]P */
        mcv_ec_encode(&pub->f, rsk->b, &point);
    }
    mcv_wipe(&k, sizeof k);
    mcv_wipe(&point, sizeof point);
    mcv_sakke_burn_stack();
    return good ? MCV_OK : MCV_E_MALFORMED;
}
