#include "crypto/ec.h"

#include "crypto/base/secret.h"

#include <string.h>

#define N MCV_SAKKE_LIMBS

/* r = x^3 - 3x */
static void curve_rhs(const struct mcv_field *f, struct mcv_fp *r, const struct mcv_fp *x)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp xx, three;

    k->add(&three, &f->one, &f->one);
    k->add(&three, &three, &f->one);
    k->mul(&xx, x, x);
    k->sub(&xx, &xx, &three);
    k->mul(r, &xx, x); /* (x^2 - 3) x */
}

mcv_limb mcv_ec_decode(const struct mcv_field *f, struct mcv_ec_affine *r, const uint8_t *b)
{
    struct mcv_fp left, right;
    mcv_limb good = mcv_mp_is_zero(&(mcv_limb){(mcv_limb)(b[0] ^ 4u)}, 1);

    good &= mcv_fp_decode(f, &r->x, b + 1);
    good &= mcv_fp_decode(f, &r->y, b + 129);
    f->k->mul(&left, &r->y, &r->y);
    curve_rhs(f, &right, &r->x);
    f->k->sub(&left, &left, &right);
    good &= mcv_fp_is_zero(f, &left);
    good &= 1u ^ mcv_fp_is_zero(f, &r->y);
    return good;
}

void mcv_ec_base(const struct mcv_field *f, struct mcv_ec_affine *r)
{
    f->k->load(&r->x, mcv_sakke_px);
    f->k->load(&r->y, mcv_sakke_py);
}

/* u = (1 + Y)/(1 - Y), v = u/(c X):
 * x = s u       = s (z + y) x   / ((z - y) x)
 * y = s^(3/2) v = m (z + y) z   / ((z - y) x)     with m = s^(3/2)/c */
void mcv_ec_to_fractions(const struct mcv_field *f, struct mcv_fp *xn, struct mcv_fp *yn,
                         struct mcv_fp *d, const struct mcv_ec_point *a)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp plus, minus, sx, mz;

    k->add(&plus, &a->z, &a->y);
    k->sub(&minus, &a->z, &a->y);
    k->mul2(&sx, &f->s, &a->x, &mz, &f->m, &a->z);
    k->mul2(xn, &plus, &sx, yn, &plus, &mz);
    k->mul(d, &minus, &a->x);
}

void mcv_ec_encode(const struct mcv_field *f, uint8_t b[MCV_POINT_BYTES],
                   const struct mcv_ec_point *a)
{
    struct {
        struct mcv_fp xn, yn, d;
    } w;

    mcv_ec_to_fractions(f, &w.xn, &w.yn, &w.d, a);
    mcv_fp_inv(f, &w.d, &w.d);
    f->k->mul2(&w.xn, &w.xn, &w.d, &w.yn, &w.yn, &w.d);
    b[0] = 4;
    mcv_fp_encode(f, b + 1, &w.xn);
    mcv_fp_encode(f, b + 129, &w.yn);
    mcv_wipe(&w, sizeof w);
}

/* X = (x/s) / (y/m), Y = (u - 1)/(u + 1): over the denominator z = y/m (u + 1)
 * x = u (u + 1), y = (u - 1) y/m, t = X Y z = u (u - 1) */
void mcv_ec_from_affine(const struct mcv_field *f, struct mcv_ec_point *r,
                        const struct mcv_ec_affine *a)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp u, v, plus, minus;

    k->mul2(&u, &a->x, &f->inv_s, &v, &a->y, &f->inv_m);
    k->add(&plus, &u, &f->one);
    k->sub(&minus, &u, &f->one);
    k->mul2(&r->x, &u, &plus, &r->y, &minus, &v);
    k->mul2(&r->t, &u, &minus, &r->z, &v, &plus);
}

void mcv_ec_neutral(const struct mcv_field *f, struct mcv_ec_point *r)
{
    *r = (struct mcv_ec_point){.x = f->zero, .y = f->one, .z = f->one, .t = f->zero};
}

/* https://hyperelliptic.org/EFD/g1p/auto-twisted-extended-1.html#doubling-dbl-2008-hwcd, a = -1 */
void mcv_ec_double(const struct mcv_field *f, struct mcv_ec_point *r, const struct mcv_ec_point *p)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp a, b, c, s, e, g, h, ff;

    k->add(&s, &p->x, &p->y);
    k->mul2(&a, &p->x, &p->x, &b, &p->y, &p->y); /* A = X^2, B = Y^2 */
    k->mul2(&c, &p->z, &p->z, &e, &s, &s);
    k->add(&c, &c, &c);  /* C = 2 Z^2 */
    k->add(&h, &a, &b);  /* -H = A + B */
    k->sub(&e, &e, &h);  /* E = (X + Y)^2 - A - B */
    k->sub(&g, &b, &a);  /* G = B - A */
    k->sub(&ff, &g, &c); /* F = G - C */
    k->sub(&h, &f->zero, &h);
    k->mul2(&r->x, &e, &ff, &r->y, &g, &h); /* X = E F, Y = G H */
    k->mul2(&r->z, &ff, &g, &r->t, &e, &h); /* Z = F G, T = E H */
}

/* https://hyperelliptic.org/EFD/g1p/auto-twisted-extended-1.html#addition-add-2008-hwcd-3, d = 1 */
void mcv_ec_add(const struct mcv_field *f, struct mcv_ec_point *r, const struct mcv_ec_point *p,
                const struct mcv_ec_point *q)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp a, b, c, d, e, g, h, ff, pm, pp, qm, qp;

    k->sub(&pm, &p->y, &p->x);
    k->add(&pp, &p->y, &p->x);
    k->sub(&qm, &q->y, &q->x);
    k->add(&qp, &q->y, &q->x);
    k->mul2(&a, &pm, &qm, &b, &pp, &qp); /* A, B */
    k->mul2(&c, &p->t, &q->t, &d, &p->z, &q->z);
    k->add(&c, &c, &c);  /* C = 2 T1 T2 */
    k->add(&d, &d, &d);  /* D = 2 Z1 Z2 */
    k->sub(&e, &b, &a);  /* E = B - A */
    k->sub(&ff, &d, &c); /* F = D - C */
    k->add(&g, &d, &c);  /* G = D + C */
    k->add(&h, &b, &a);  /* H = B + A */
    k->mul2(&r->x, &e, &ff, &r->y, &g, &h);
    k->mul2(&r->z, &ff, &g, &r->t, &e, &h);
}

void mcv_ec_mul(const struct mcv_field *f, struct mcv_ec_point *r, const mcv_limb *k,
                const struct mcv_ec_point *a)
{
    struct {
        struct mcv_ec_point acc, sum;
    } w;

    mcv_ec_neutral(f, &w.acc);
    for (size_t bit = N * MCV_LIMB_BITS; bit-- > 0;) {
        const mcv_limb set = mcv_mp_mask(k[bit / MCV_LIMB_BITS] >> (bit % MCV_LIMB_BITS) & 1u);
        mcv_ec_double(f, &w.acc, &w.acc);
        mcv_ec_add(f, &w.sum, &w.acc, a);
        mcv_fp_cmov(&w.acc.x, &w.sum.x, set);
        mcv_fp_cmov(&w.acc.y, &w.sum.y, set);
        mcv_fp_cmov(&w.acc.z, &w.sum.z, set);
        mcv_fp_cmov(&w.acc.t, &w.sum.t, set);
    }
    *r = w.acc;
    mcv_wipe(&w, sizeof w);
}

/* X c v = u and Y (u + 1) = u - 1, times z; c v = y/m. */
mcv_limb mcv_ec_equals(const struct mcv_field *f, const struct mcv_ec_point *a,
                       const struct mcv_ec_affine *b)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp u, v, plus, minus, l, r;

    k->mul2(&u, &b->x, &f->inv_s, &v, &b->y, &f->inv_m);
    k->add(&plus, &u, &f->one);
    k->sub(&minus, &u, &f->one);
    k->mul2(&l, &a->x, &v, &r, &u, &a->z);
    k->sub(&l, &l, &r);
    mcv_limb same = mcv_fp_is_zero(f, &l);
    k->mul2(&l, &a->y, &plus, &r, &minus, &a->z);
    k->sub(&l, &l, &r);
    same &= mcv_fp_is_zero(f, &l);
    same &= 1u ^ mcv_fp_is_zero(f, &a->z);
    return same;
}

mcv_limb mcv_ec_has_order_q(const struct mcv_field *f, const struct mcv_ec_affine *a)
{
    struct mcv_ec_point p;
    struct mcv_fp d;

    mcv_ec_from_affine(f, &p, a);
    mcv_ec_mul(f, &p, mcv_sakke_q, &p);
    f->k->sub(&d, &p.y, &p.z);
    return mcv_fp_is_zero(f, &p.x) & mcv_fp_is_zero(f, &d) & (1u ^ mcv_fp_is_zero(f, &p.z));
}
