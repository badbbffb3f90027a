#include "crypto/pairing.h"

#include "crypto/base/secret.h"

/* T in Jacobian coordinates: x = X/Z^2, y = Y/Z^3. */
struct miller {
    struct mcv_fp x, y, z;
    struct mcv_fp line_a, line_b;
    struct mcv_fp2 f, line;
    const struct mcv_ec_affine *at;
};

/* r = n a, by additions; n = 2 .. 8 */
static void times(const struct mcv_fp_kernel *k, struct mcv_fp *r, const struct mcv_fp *a, int n)
{
    struct mcv_fp sum = *a;

    for (int i = 1; i < n; i++) k->add(&sum, &sum, a);
    *r = sum;
}

/* r = a - n b */
static void sub_times(const struct mcv_fp_kernel *k, struct mcv_fp *r, const struct mcv_fp *a,
                      const struct mcv_fp *b, int n)
{
    struct mcv_fp t = *a;

    for (int i = 0; i < n; i++) k->sub(&t, &t, b);
    *r = t;
}

/* https://hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-3.html#doubling-dbl-2001-b
 * and the tangent, scaled by 2YZ^3:  alpha (x_R Z^2 + X) - 2Y^2 + 2YZ^3 y_R i */
static void miller_double(const struct mcv_field *f, struct miller *m)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp delta, gamma, beta, alpha, t, u;

    k->mul2(&delta, &m->z, &m->z, &gamma, &m->y, &m->y);
    k->sub(&t, &m->x, &delta);
    k->add(&u, &m->x, &delta);
    k->mul2(&alpha, &t, &u, &beta, &m->x, &gamma);
    times(k, &alpha, &alpha, 3); /* 3 (X - Z^2)(X + Z^2) */
    k->mul(&t, &m->at->x, &delta);
    k->add(&t, &t, &m->x);
    k->mul2(&t, &alpha, &t, &u, &m->y, &m->z);
    sub_times(k, &m->line_a, &t, &gamma, 2);
    k->add(&u, &u, &u); /* 2YZ */
    k->mul(&t, &delta, &m->at->y);
    k->mul2(&m->line_b, &t, &u, &m->z, &u, &f->one);
    k->mul2(&t, &alpha, &alpha, &gamma, &gamma, &gamma);
    sub_times(k, &t, &t, &beta, 8);
    k->mul(&m->x, &t, &f->one); /* X3 = alpha^2 - 8 beta, tight again */
    times(k, &beta, &beta, 4);
    k->sub(&beta, &beta, &m->x);
    k->mul(&t, &alpha, &beta);
    sub_times(k, &t, &t, &gamma, 8); /* Y3 = alpha (4 beta - X3) - 8 gamma^2 */
    k->mul(&m->y, &t, &f->one);
}

/* T + K with the chord, scaled by Z3 = Z H:  r (x_R + x_K) - Z3 y_K + Z3 y_R i */
static void miller_add(const struct mcv_field *f, struct miller *m, const struct mcv_ec_affine *p)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp zz, h, r, hh, hhh, v, t;

    k->mul2(&zz, &m->z, &m->z, &t, &p->y, &m->z);
    k->mul2(&h, &p->x, &zz, &r, &t, &zz);
    k->sub(&h, &h, &m->x); /* H = x_K Z^2 - X */
    k->sub(&r, &r, &m->y); /* r = y_K Z^3 - Y */
    k->mul2(&m->z, &m->z, &h, &hh, &h, &h);
    k->add(&t, &m->at->x, &p->x);
    k->mul2(&t, &r, &t, &v, &m->z, &p->y);
    k->sub(&m->line_a, &t, &v);
    k->mul(&m->line_b, &m->z, &m->at->y);
    k->mul2(&hhh, &hh, &h, &v, &m->x, &hh);
    k->mul2(&t, &r, &r, &zz, &m->y, &hhh);
    k->sub(&t, &t, &hhh);
    sub_times(k, &t, &t, &v, 2);
    k->mul(&m->x, &t, &f->one); /* X3 = r^2 - H^3 - 2XH^2 */
    k->sub(&v, &v, &m->x);
    k->mul(&t, &r, &v);
    k->sub(&t, &t, &zz);
    k->mul(&m->y, &t, &f->one); /* Y3 = r (XH^2 - X3) - YH^3 */
}

static void times_line(const struct mcv_field *f, struct miller *m)
{
    f->k->fp2_set(&m->line, &m->line_a, &m->line_b);
    f->k->fp2_mul(&m->f, &m->f, &m->line);
}

void mcv_pairing(const struct mcv_field *f, struct mcv_fp2 *r, const struct mcv_ec_affine *key,
                 const struct mcv_ec_affine *at)
{
    struct miller m = {.x = key->x, .y = key->y, .z = f->one, .at = at};
    size_t bit = 1021; /* the top bit of q - 1; q is odd, so q - 1 ends with 0 */

    f->k->fp2_set(&m.f, &f->one, &f->zero);
    while (bit-- > 0) {
        f->k->fp2_sqr(&m.f, &m.f);
        miller_double(f, &m);
        times_line(f, &m);
        if (bit > 0 && (mcv_sakke_q[bit / MCV_LIMB_BITS] >> (bit % MCV_LIMB_BITS) & 1u)) {
            miller_add(f, &m, key);
            times_line(f, &m);
        }
    }
    f->k->fp2_sqr(&m.f, &m.f); /* (p + 1)/q = 4 */
    f->k->fp2_sqr(r, &m.f);
    mcv_wipe(&m, sizeof m);
}
