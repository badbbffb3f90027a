/* Many identifiers at once: eight of them share the inversions, in the eight lanes. */
#include "crypto/declassify.h"
#include "crypto/sakke_object.h"

#include <string.h>

#define L MCV_FP_LANES

/* One element of each of eight points. */
struct points8 {
    struct mcv_fp8 xn, yn, d;
};

static void set_point(const struct mcv_field *f, struct points8 *p, size_t lane,
                      const struct mcv_ec_point *point)
{
    struct mcv_fp xn, yn, d;

    mcv_ec_to_fractions(f, &xn, &yn, &d, point);
    f->k->set8(&p->xn, lane, &xn);
    f->k->set8(&p->yn, lane, &yn);
    f->k->set8(&p->d, lane, &d);
}

/* d is 1/d already */
static void put_points(const struct mcv_field *f, struct points8 *p)
{
    f->k->mul8(&p->xn, &p->xn, &p->d);
    f->k->mul8(&p->yn, &p->yn, &p->d);
}

static void encode_point(const struct mcv_field *f, uint8_t b[MCV_POINT_BYTES],
                         const struct points8 *p, size_t lane)
{
    struct mcv_fp t;

    b[0] = 4;
    f->k->get8(&t, &p->xn, lane);
    mcv_fp_encode(f, b + 1, &t);
    f->k->get8(&t, &p->yn, lane);
    mcv_fp_encode(f, b + 129, &t);
}

struct sending8 {
    struct points8 r;
    struct mcv_fp8 ga, gb, t;
    struct mcv_sakke_sending s;
    struct mcv_fp a, b;
    uint8_t w[128];
};

/* n <= 8; lanes without an identifier repeat the last. */
static mcv_err encapsulate8(struct mcv_sed *seds, bool *ambiguous, struct sending8 *e,
                            const struct mcv_sakke_public *pub, const struct mcv_bytes *ids,
                            size_t n, const struct mcv_ssv *ssv)
{
    const struct mcv_field *f = &pub->f;

    for (size_t l = 0; l < L; l++) {
        mcv_err err = l < n ? mcv_sakke_begin(&e->s, pub, ids[l], ssv) : MCV_OK;
        if (err != MCV_OK) return err;
        set_point(f, &e->r, l, &e->s.r);
        f->k->fp2_get(&e->a, &e->b, &e->s.g);
        f->k->set8(&e->ga, l, &e->a);
        f->k->set8(&e->gb, l, &e->b);
    }
    f->k->mul8(&e->t, &e->r.d, &e->ga);
    mcv_fp8_inv(f, &e->t, &e->t);
    f->k->mul8(&e->gb, &e->gb, &e->r.d);
    f->k->mul8(&e->gb, &e->gb, &e->t);  /* w = b/a */
    f->k->mul8(&e->r.d, &e->t, &e->ga); /* 1/d */
    put_points(f, &e->r);
    for (size_t l = 0; l < n; l++) {
        encode_point(f, seds[l].b, &e->r, l);
        f->k->get8(&e->a, &e->gb, l);
        mcv_fp_encode(f, e->w, &e->a);
        mcv_err err = mcv_sakke_seal(&seds[l], ambiguous == NULL ? NULL : &ambiguous[l], ssv, e->w);
        if (err != MCV_OK) return err;
    }
    return MCV_OK;
}

mcv_err mcv_sakke_encapsulate_many(struct mcv_sed *seds, bool *ambiguous,
                                   const struct mcv_sakke_public *pub, const struct mcv_bytes *ids,
                                   size_t n, const struct mcv_ssv *ssv)
{
    struct sending8 e;
    mcv_err err = MCV_OK;

    memset(seds, 0, n * sizeof *seds);
    for (size_t i = 0; i < n && err == MCV_OK; i += L)
        err = encapsulate8(seds + i, ambiguous == NULL ? NULL : ambiguous + i, &e, pub, ids + i,
                           n - i < L ? n - i : L, ssv);
    if (err != MCV_OK) memset(seds, 0, n * sizeof *seds);
    mcv_wipe(&e, sizeof e);
    mcv_sakke_burn_stack();
    return err;
}

struct issuing8 {
    struct points8 p;
    struct mcv_zq z, k[L], upto[L], inv, t;
    struct mcv_ec_point point;
};

/* k[l] = 1/(id + z_T) for n identifiers by one inversion; MCV_E_MALFORMED if there is none. */
static mcv_err invert_scalars(struct issuing8 *w, const struct mcv_bytes *ids, size_t n)
{
    for (size_t l = 0; l < n; l++) {
        mcv_err err = mcv_sakke_id_scalar(&w->t, ids[l]);
        if (err != MCV_OK) return err;
        mcv_zq_add(&w->k[l], &w->z, &w->t);
        mcv_limb is_zero = mcv_zq_is_zero(&w->k[l]);
        MCV_DECLASSIFY(&is_zero, sizeof is_zero); /* the answer */
        if (is_zero) return MCV_E_MALFORMED;
        if (l == 0)
            w->upto[0] = w->k[0];
        else
            mcv_zq_mul(&w->upto[l], &w->upto[l - 1], &w->k[l]);
    }
    mcv_zq_inv(&w->inv, &w->upto[n - 1]);
    for (size_t l = n - 1; l > 0; l--) {
        mcv_zq_mul(&w->t, &w->inv, &w->upto[l - 1]);
        mcv_zq_mul(&w->inv, &w->inv, &w->k[l]);
        w->k[l] = w->t;
    }
    w->k[0] = w->inv;
    return MCV_OK;
}

static mcv_err issue8(struct mcv_rsk *rsks, struct issuing8 *w, const struct mcv_sakke_public *pub,
                      const struct mcv_bytes *ids, size_t n)
{
    const struct mcv_comb *const combs[] = {&pub->p};
    mcv_err err = invert_scalars(w, ids, n);

    if (err != MCV_OK) return err;
    for (size_t l = 0; l < L; l++) {
        if (l < n) mcv_comb_point_mul(&pub->f, &w->point, combs, &w->k[l], 1);
        set_point(&pub->f, &w->p, l, &w->point);
    }
    mcv_fp8_inv(&pub->f, &w->p.d, &w->p.d);
    put_points(&pub->f, &w->p);
    for (size_t l = 0; l < n; l++) encode_point(&pub->f, rsks[l].b, &w->p, l);
    return MCV_OK;
}

mcv_err mcv_sakke_issue_many(struct mcv_rsk *rsks, const struct mcv_sakke_public *pub,
                             const struct mcv_z_secret *z_secret, const struct mcv_bytes *ids,
                             size_t n)
{
    struct issuing8 w;
    mcv_limb is_secret = mcv_zq_decode_secret(&w.z, z_secret->b);

    MCV_DECLASSIFY(&is_secret, sizeof is_secret); /* a z_T out of range is none */
    mcv_err err = is_secret ? MCV_OK : MCV_E_MALFORMED;
    mcv_wipe(rsks, n * sizeof *rsks);
    for (size_t i = 0; i < n && err == MCV_OK; i += L)
        err = issue8(rsks + i, &w, pub, ids + i, n - i < L ? n - i : L);
    if (err != MCV_OK) mcv_wipe(rsks, n * sizeof *rsks);
    mcv_wipe(&w, sizeof w);
    mcv_sakke_burn_stack();
    return err;
}
