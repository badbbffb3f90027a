/* Encapsulation and decapsulation. */
#include "crypto/declassify.h"
#include "crypto/sakke_object.h"

#include <string.h>

struct encapsulation {
    struct mcv_sakke_sending s;
    struct mcv_fp ga, gb, xn, yn, d, inv, w;
    uint8_t w_be[128];
};

mcv_err mcv_sakke_begin(struct mcv_sakke_sending *s, const struct mcv_sakke_public *pub,
                        struct mcv_bytes id, const struct mcv_ssv *ssv)
{
    const struct mcv_comb *const combs[] = {&pub->p, &pub->z};
    struct mcv_zq b;

    mcv_err err = mcv_sakke_id_scalar(&b, id);
    if (err != MCV_OK) return err;
    err = mcv_sakke_hash_r(&s->k[1], ssv, id);
    if (err != MCV_OK) return err;
    mcv_zq_mul(&s->k[0], &s->k[1], &b);
    mcv_comb_point_mul(&pub->f, &s->r, combs, s->k, 2); /* R = [r]([b]P + Z) */
    mcv_comb_g_pow(&pub->f, &s->g, &pub->g, &s->k[1]);
    return MCV_OK;
}

/* [r]([id]P + Z) for our own identifier; k has room for two scalars, the last is r. */
static void own_point(struct mcv_ec_point *p, const struct mcv_sakke_key *key, struct mcv_zq k[2])
{
    const struct mcv_sakke_public *pub = key->pub;

    if (pub->tables == MCV_SAKKE_TABLES_FULL) {
        const struct mcv_comb *const own[] = {&key->own};
        mcv_comb_point_mul(&pub->f, p, own, &k[1], 1);
    } else {
        const struct mcv_comb *const combs[] = {&pub->p, &pub->z};
        mcv_zq_mul(&k[0], &k[1], &key->id_scalar);
        mcv_comb_point_mul(&pub->f, p, combs, k, 2);
    }
}

static mcv_err begin_own(struct mcv_sakke_sending *s, const struct mcv_sakke_key *key,
                         const struct mcv_ssv *ssv)
{
    const mcv_err err = mcv_sakke_hash_r(&s->k[1], ssv, mcv_bytes_of(key->id, key->id_bytes));

    if (err != MCV_OK) return err;
    own_point(&s->r, key, s->k);
    mcv_comb_g_pow(&key->pub->f, &s->g, &key->pub->g, &s->k[1]);
    return MCV_OK;
}

/* R and w from their fractions with one inversion. */
static void finish(const struct mcv_field *f, struct mcv_sed *sed, struct encapsulation *e)
{
    const struct mcv_fp_kernel *k = f->k;

    mcv_ec_to_fractions(f, &e->xn, &e->yn, &e->d, &e->s.r);
    k->fp2_get(&e->ga, &e->gb, &e->s.g);
    k->mul(&e->inv, &e->d, &e->ga);
    mcv_fp_inv(f, &e->inv, &e->inv);
    k->mul2(&e->w, &e->inv, &e->d, &e->d, &e->inv, &e->ga); /* 1/a and 1/d */
    k->mul(&e->w, &e->w, &e->gb);                           /* w = b/a */
    k->mul2(&e->xn, &e->xn, &e->d, &e->yn, &e->yn, &e->d);
    sed->b[0] = 4;
    mcv_fp_encode(f, sed->b + 1, &e->xn);
    mcv_fp_encode(f, sed->b + 129, &e->yn);
    mcv_fp_encode(f, e->w_be, &e->w);
}

/* Leading zero octets of w, almost always none. It decides whether a sender draws another PCK, and
 * whether a receiver whose TEST differs tries again: the only place that makes it public. */
static size_t n_leading_zeros(const uint8_t w[128])
{
    size_t n = 0, open = 1;

    for (size_t i = 0; i < 128; i++) {
        open &= (size_t)(((unsigned)w[i] - 1u) >> 8 & 1u); /* w[i] is 0 */
        n += open;
    }
    MCV_DECLASSIFY(&n, sizeof n); /* "w begins with octet 00" */
    return n;
}

mcv_err mcv_sakke_seal(struct mcv_sed *sed, bool *ambiguous, const struct mcv_ssv *ssv,
                       const uint8_t w[128])
{
    const mcv_err err = mcv_sakke_mask(sed->b + MCV_POINT_BYTES, ssv->b, mcv_bytes_of(w, 128));

    MCV_DECLASSIFY(sed->b, sizeof sed->b); /* it is sent */
    if (ambiguous != NULL) *ambiguous = n_leading_zeros(w) > 0 || sed->b[MCV_POINT_BYTES] == 0;
    return err;
}

/* What both encapsulations end with; err is what begin returned. */
static mcv_err end(struct mcv_sed *sed, bool *ambiguous, struct encapsulation *e,
                   const struct mcv_sakke_public *pub, const struct mcv_ssv *ssv, mcv_err err)
{
    memset(sed, 0, sizeof *sed);
    if (err == MCV_OK) {
        finish(&pub->f, sed, e);
        err = mcv_sakke_seal(sed, ambiguous, ssv, e->w_be);
    }
    if (err != MCV_OK) memset(sed, 0, sizeof *sed);
    mcv_wipe(e, sizeof *e);
    mcv_sakke_burn_stack();
    return err;
}

mcv_err mcv_sakke_encapsulate(struct mcv_sed *sed, bool *ambiguous,
                              const struct mcv_sakke_public *pub, struct mcv_bytes id,
                              const struct mcv_ssv *ssv)
{
    struct encapsulation e;
    const mcv_err err = mcv_sakke_begin(&e.s, pub, id, ssv);

    return end(sed, ambiguous, &e, pub, ssv, err);
}

mcv_err mcv_sakke_encapsulate_own(struct mcv_sed *sed, bool *ambiguous,
                                  const struct mcv_sakke_key *key, const struct mcv_ssv *ssv)
{
    struct encapsulation e;
    const mcv_err err = begin_own(&e.s, key, ssv);

    return end(sed, ambiguous, &e, key->pub, ssv, err);
}

struct decapsulation {
    struct mcv_ec_affine r;
    uint8_t h[16];
    struct mcv_fp2 f;
    struct mcv_fp a, b, w;
    uint8_t w_be[128];
    struct mcv_ssv ssv;
    struct mcv_zq k[2];
    struct mcv_ec_point test;
};

/* SSV from H and w, then TEST = R. Spec: RFC 6508 6.2.2 steps 3 to 5 */
static mcv_err open_with(struct decapsulation *d, const struct mcv_sakke_key *key,
                         struct mcv_bytes w)
{
    const struct mcv_sakke_public *pub = key->pub;
    mcv_err err = mcv_sakke_mask(d->ssv.b, d->h, w);

    if (err != MCV_OK) return err;
    err = mcv_sakke_hash_r(&d->k[1], &d->ssv, mcv_bytes_of(key->id, key->id_bytes));
    if (err != MCV_OK) return err;
    own_point(&d->test, key, d->k);
    mcv_limb same = mcv_ec_equals(&pub->f, &d->test, &d->r);
    MCV_DECLASSIFY(&same, sizeof same); /* "TEST differs" */
    return same ? MCV_OK : MCV_E_AUTH;
}

/* w = <R, K> as 128 octets. */
static void pair(struct decapsulation *d, const struct mcv_sakke_key *key)
{
    const struct mcv_field *f = &key->pub->f;

    if (key->pub->tables == MCV_SAKKE_TABLES_FULL)
        mcv_pairing_fixed(f, &d->f, &key->lines, &d->r);
    else
        mcv_pairing(f, &d->f, &key->rsk, &d->r);
    f->k->fp2_get(&d->a, &d->b, &d->f);
    mcv_fp_inv(f, &d->w, &d->a);
    f->k->mul(&d->w, &d->w, &d->b);
    mcv_fp_encode(f, d->w_be, &d->w);
}

mcv_err mcv_sakke_decapsulate(struct mcv_ssv *ssv, const struct mcv_sakke_key *key,
                              struct mcv_bytes sed, enum mcv_sakke_mode mode)
{
    struct decapsulation d = {.h = {0}};

    mcv_ssv_wipe(ssv);
    if (sed.n < MCV_SAKKE_SED_MIN_BYTES || sed.n > MCV_SAKKE_SED_BYTES) return MCV_E_MALFORMED;
    if (mode == MCV_SAKKE_STRICT && sed.n != MCV_SAKKE_SED_BYTES) return MCV_E_MALFORMED;
    if (!mcv_ec_decode(&key->pub->f, &d.r, sed.p)) return MCV_E_MALFORMED;
    const size_t n_h = sed.n - MCV_POINT_BYTES;
    memcpy(d.h + sizeof d.h - n_h, sed.p + MCV_POINT_BYTES, n_h);
    pair(&d, key);
    mcv_err err = open_with(&d, key, mcv_bytes_of(d.w_be, sizeof d.w_be));
    if (err == MCV_E_AUTH && mode == MCV_SAKKE_LENIENT) {
        const size_t skip = n_leading_zeros(d.w_be);
        if (skip > 0) err = open_with(&d, key, mcv_bytes_of(d.w_be + skip, sizeof d.w_be - skip));
    }
    if (err == MCV_OK) *ssv = d.ssv;
    mcv_wipe(&d, sizeof d);
    mcv_sakke_burn_stack();
    return err;
}
