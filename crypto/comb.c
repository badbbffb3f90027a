#include "crypto/comb.h"

#include "crypto/base/secret.h"

#include <string.h>

#define N       MCV_SAKKE_LIMBS
#define CHUNK   8 /* table entries normalised by one inversion */
#define COORDS  3 /* of a point in Niels form: (y - x)/2, (y + x)/2, xy */
#define K_LIMBS (N + 1)

const struct mcv_comb_shape mcv_comb_full = {.window = 6, .digits = 4, .n_tables = 44};
const struct mcv_comb_shape mcv_comb_small = {.window = 4, .digits = 8, .n_tables = 33};

struct point8 {
    struct mcv_fp8 x, y, z, t;
};

static size_t n_entries(const struct mcv_comb_shape *s)
{
    return (size_t)1 << (s->window - 1);
}

/* of one look-up table */
static size_t table_limbs(const struct mcv_comb_shape *s)
{
    return n_entries(s) * MCV_FP_WORDS;
}

size_t mcv_comb_point_limbs(const struct mcv_comb_shape *s)
{
    return s->n_tables * COORDS * table_limbs(s);
}

size_t mcv_comb_g_limbs(const struct mcv_comb_shape *s)
{
    return s->n_tables * table_limbs(s);
}

/* A scalar as indices into the tables and signs. */
struct digits {
    uint8_t index[MCV_COMB_MAX_DIGITS];
    mcv_limb minus[MCV_COMB_MAX_DIGITS]; /* mask */
};

/* With k odd and k' = (k - 1)/2 + 2^1055, k = sum of (2 b_j - 1) 2^j over the bits b_j
 * of k'. A window W of k' is the digit 2W - (2^w - 1). */
static void recode(struct digits *d, const struct mcv_zq *k, const struct mcv_comb_shape *s)
{
    mcv_limb a[K_LIMBS + 1] = {0}, even = mcv_mp_mask(1u ^ (k->v[0] & 1u)), q[N];

    for (size_t i = 0; i < N; i++) q[i] = mcv_sakke_q[i] & even;
    a[N] = mcv_mp_add(a, k->v, q, N);
    for (size_t i = 0; i < N; i++)
        a[i] = (mcv_limb)(a[i] >> 1) | (mcv_limb)(a[i + 1] << (MCV_LIMB_BITS - 1));
    a[(MCV_COMB_BITS - 1) / MCV_LIMB_BITS] |= (mcv_limb)1 << ((MCV_COMB_BITS - 1) % MCV_LIMB_BITS);
    for (size_t i = 0; i < MCV_COMB_BITS / s->window; i++) {
        const size_t bit = i * s->window, at = bit / MCV_LIMB_BITS, off = bit % MCV_LIMB_BITS;
        mcv_dlimb w = (mcv_dlimb)a[at] | (mcv_dlimb)a[at + 1] << MCV_LIMB_BITS;
        const unsigned v = (unsigned)(w >> off) & ((1u << s->window) - 1u);
        d->minus[i] = mcv_mp_mask(1u ^ (v >> (s->window - 1)));
        d->index[i] = (uint8_t)((v ^ (unsigned)d->minus[i]) & ((1u << (s->window - 1)) - 1u));
    }
    mcv_wipe(a, sizeof a);
}

/* Extended addition, see mcv_ec_add; unified, so it doubles too. */
static void point8_add(const struct mcv_field *f, struct point8 *r, const struct point8 *p,
                       const struct point8 *q)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp8 a, b, c, d, e, g;

    k->sub8(&a, &p->y, &p->x);
    k->sub8(&e, &q->y, &q->x);
    k->mul8(&a, &a, &e);
    k->add8(&b, &p->y, &p->x);
    k->add8(&e, &q->y, &q->x);
    k->mul8(&b, &b, &e);
    k->mul8(&c, &p->t, &q->t);
    k->add8(&c, &c, &c);
    k->mul8(&d, &p->z, &q->z);
    k->add8(&d, &d, &d);
    k->sub8(&e, &b, &a); /* E */
    k->add8(&b, &b, &a); /* H */
    k->sub8(&a, &d, &c); /* F */
    k->add8(&g, &d, &c); /* G */
    k->mul8(&r->x, &e, &a);
    k->mul8(&r->y, &g, &b);
    k->mul8(&r->z, &a, &g);
    k->mul8(&r->t, &e, &b);
}

/* p += +-((y - x)/2, (y + x)/2, xy), 7 products. The negative has the first two exchanged and the
 * third negated, which exchanges F and G. The halves make all of p a quarter of what is usual. */
static void point8_add_niels(const struct mcv_field *f, struct point8 *p, struct mcv_fp8 n[COORDS],
                             const mcv_limb minus[MCV_FP_LANES])
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp8 a, b, c, e, g;

    k->cswap8(&n[0], &n[1], minus);
    k->sub8(&a, &p->y, &p->x);
    k->mul8(&a, &n[0], &a); /* A = (Y - X)(y - x)/2 */
    k->add8(&b, &p->y, &p->x);
    k->mul8(&b, &n[1], &b);    /* B = (Y + X)(y + x)/2 */
    k->mul8(&c, &n[2], &p->t); /* C = T xy */
    k->sub8(&e, &b, &a);       /* E = B - A */
    k->add8(&b, &b, &a);       /* H = B + A */
    k->sub8(&a, &p->z, &c);    /* F = Z - C */
    k->add8(&g, &p->z, &c);    /* G = Z + C */
    k->cswap8(&a, &g, minus);
    k->mul8(&p->x, &e, &a);
    k->mul8(&p->y, &g, &b);
    k->mul8(&p->z, &a, &g);
    k->mul8(&p->t, &e, &b);
}

/* p = +-((y - x)/2, (y + x)/2, xy), with Z = 1. */
static void point8_set_niels(const struct mcv_field *f, struct point8 *p, struct mcv_fp8 n[COORDS],
                             const mcv_limb minus[MCV_FP_LANES])
{
    const struct mcv_fp_kernel *k = f->k;

    k->cswap8(&n[0], &n[1], minus);
    k->sub8(&p->x, &n[1], &n[0]);
    k->add8(&p->y, &n[1], &n[0]);
    mcv_fp8_set_all(f, &p->z, &f->one);
    p->t = n[2];
    k->cneg8(&p->t, minus);
}

/* inv[e] = 1/z[e], CHUNK of them, by one inversion. */
static void invert_chunk(const struct mcv_field *f, struct mcv_fp8 inv[CHUNK],
                         const struct mcv_fp8 *const z[CHUNK])
{
    struct mcv_fp8 t;

    inv[0] = *z[0];
    for (size_t e = 1; e < CHUNK; e++) f->k->mul8(&inv[e], &inv[e - 1], z[e]);
    mcv_fp8_inv(f, &t, &inv[CHUNK - 1]);
    for (size_t e = CHUNK - 1; e > 0; e--) {
        f->k->mul8(&inv[e], &t, &inv[e - 1]);
        f->k->mul8(&t, &t, z[e]);
    }
    inv[0] = t;
}

/* Entries at .. at + CHUNK - 1 of tables j .. j + 7, as far as there are such. */
static void store_coord(const struct mcv_field *f, struct mcv_comb *c, size_t n_coords,
                        size_t coord, size_t j, size_t at, const struct mcv_fp8 *value)
{
    const size_t n = n_entries(c->shape), limbs = table_limbs(c->shape);
    struct mcv_fp one;

    for (size_t l = 0; l < MCV_FP_LANES && j + l < c->shape->n_tables; l++) {
        f->k->get8(&one, value, l);
        f->k->table_set(c->mem + ((j + l) * n_coords + coord) * limbs, n, at, &one);
    }
}

static void store_points(const struct mcv_field *f, struct mcv_comb *c, size_t j, size_t first,
                         const struct point8 p[CHUNK], const struct mcv_fp8 *half)
{
    const struct mcv_fp_kernel *k = f->k;
    const struct mcv_fp8 *z[CHUNK];
    struct mcv_fp8 inv[CHUNK], x, y, t;

    for (size_t e = 0; e < CHUNK; e++) z[e] = &p[e].z;
    invert_chunk(f, inv, z);
    for (size_t e = 0; e < CHUNK; e++) {
        k->mul8(&x, &p[e].x, &inv[e]);
        k->mul8(&y, &p[e].y, &inv[e]);
        k->sub8(&t, &y, &x);
        k->mul8(&t, &t, half);
        store_coord(f, c, COORDS, 0, j, first + e, &t);
        k->add8(&t, &y, &x);
        k->mul8(&t, &t, half);
        store_coord(f, c, COORDS, 1, j, first + e, &t);
        k->mul8(&t, &x, &y);
        store_coord(f, c, COORDS, 2, j, first + e, &t);
    }
}

static void set_lane(const struct mcv_field *f, struct point8 *r, size_t l,
                     const struct mcv_ec_point *p)
{
    f->k->set8(&r->x, l, &p->x);
    f->k->set8(&r->y, l, &p->y);
    f->k->set8(&r->z, l, &p->z);
    f->k->set8(&r->t, l, &p->t);
}

void mcv_comb_point_build(const struct mcv_field *f, struct mcv_comb *c,
                          const struct mcv_ec_point *base)
{
    const size_t stride = c->shape->window * c->shape->digits;
    struct mcv_ec_point p = *base;
    struct point8 entry[CHUNK], two;
    struct mcv_fp8 half;
    struct mcv_fp inv_two;

    f->k->add(&inv_two, &f->one, &f->one);
    mcv_fp_inv(f, &inv_two, &inv_two);
    mcv_fp8_set_all(f, &half, &inv_two);
    for (size_t j = 0; j < c->shape->n_tables; j += MCV_FP_LANES) {
        for (size_t l = 0; l < MCV_FP_LANES; l++) {
            set_lane(f, &entry[0], l, &p); /* 2^(stride (j + l)) base */
            for (size_t i = 0; i < stride; i++) mcv_ec_double(f, &p, &p);
        }
        point8_add(f, &two, &entry[0], &entry[0]);
        for (size_t first = 0; first < n_entries(c->shape); first += CHUNK) {
            if (first > 0) point8_add(f, &entry[0], &entry[CHUNK - 1], &two);
            for (size_t e = 1; e < CHUNK; e++) point8_add(f, &entry[e], &entry[e - 1], &two);
            store_points(f, c, j, first, entry, &half);
        }
    }
}

/* One round of one comb: eight digits, signed. */
static void look_up(const struct mcv_field *f, struct mcv_fp8 *n, size_t n_coords,
                    const struct mcv_comb *c, const struct digits *d, size_t round)
{
    const size_t per_table = c->shape->digits, limbs = table_limbs(c->shape);
    const size_t i = round * MCV_FP_LANES, stride = n_coords * limbs;
    const mcv_limb *table = c->mem + i / per_table * stride;

    for (size_t coord = 0; coord < n_coords; coord++)
        f->k->table_get(&n[coord], table + coord * limbs, n_entries(c->shape), per_table, stride,
                        d->index + i);
}

static size_t n_rounds(const struct mcv_comb_shape *s)
{
    return MCV_COMB_BITS / s->window / MCV_FP_LANES;
}

/* The sum of the lanes, lane l counting 2^(window (l mod digits)). */
static void join_lanes(const struct mcv_field *f, struct mcv_ec_point *r, const struct point8 *acc,
                       const struct mcv_comb_shape *s)
{
    struct mcv_ec_point p;

    mcv_ec_neutral(f, r);
    for (size_t v = s->digits; v-- > 0;) {
        for (size_t i = 0; i < s->window && v + 1 < s->digits; i++) mcv_ec_double(f, r, r);
        for (size_t l = v; l < MCV_FP_LANES; l += s->digits) {
            f->k->get8(&p.x, &acc->x, l);
            f->k->get8(&p.y, &acc->y, l);
            f->k->get8(&p.z, &acc->z, l);
            f->k->get8(&p.t, &acc->t, l);
            mcv_ec_add(f, r, r, &p);
        }
    }
    mcv_wipe(&p, sizeof p);
}

void mcv_comb_point_mul(const struct mcv_field *f, struct mcv_ec_point *r,
                        const struct mcv_comb *const *c, const struct mcv_zq *k, size_t n)
{
    struct {
        struct digits d;
        struct point8 acc;
        struct mcv_fp8 niels[COORDS];
    } w;

    for (size_t i = 0; i < n; i++) {
        recode(&w.d, &k[i], c[i]->shape);
        for (size_t round = 0; round < n_rounds(c[i]->shape); round++) {
            const mcv_limb *minus = w.d.minus + round * MCV_FP_LANES;
            look_up(f, w.niels, COORDS, c[i], &w.d, round);
            if (i == 0 && round == 0)
                point8_set_niels(f, &w.acc, w.niels, minus);
            else
                point8_add_niels(f, &w.acc, w.niels, minus);
        }
    }
    join_lanes(f, r, &w.acc, c[0]->shape);
    mcv_wipe(&w, sizeof w);
}

/* (a + b i)(c + d i) in eight lanes */
static void fp2_mul8(const struct mcv_field *f, struct mcv_fp8 r[2], const struct mcv_fp8 x[2],
                     const struct mcv_fp8 y[2])
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp8 bd;
    const struct mcv_fp8 *const left[] = {&x[0], &x[1]};
    const struct mcv_fp8 *const right[] = {&y[1], &y[0]};
    struct mcv_fp8 imaginary;

    k->mul8(&bd, &x[1], &y[1]);
    k->dot8(&imaginary, left, right, 2);
    k->mul8(&r[0], &x[0], &y[0]);
    k->sub8(&r[0], &r[0], &bd);
    r[1] = imaginary;
}

static void store_g(const struct mcv_field *f, struct mcv_comb *c, size_t j, size_t first,
                    struct mcv_fp8 e[CHUNK][2])
{
    const struct mcv_fp8 *real[CHUNK];
    struct mcv_fp8 inv[CHUNK], t;

    for (size_t i = 0; i < CHUNK; i++) real[i] = &e[i][0];
    invert_chunk(f, inv, real);
    for (size_t i = 0; i < CHUNK; i++) {
        f->k->mul8(&t, &e[i][1], &inv[i]); /* 1 + t i */
        store_coord(f, c, 1, 0, j, first + i, &t);
    }
}

void mcv_comb_g_build(const struct mcv_field *f, struct mcv_comb *c, const struct mcv_fp *g)
{
    const size_t stride = c->shape->window * c->shape->digits;
    struct mcv_fp2 p;
    struct mcv_fp a, b;
    struct mcv_fp8 e[CHUNK][2], two[2];

    f->k->fp2_set(&p, &f->one, g);
    for (size_t j = 0; j < c->shape->n_tables; j += MCV_FP_LANES) {
        for (size_t l = 0; l < MCV_FP_LANES; l++) {
            f->k->fp2_get(&a, &b, &p);
            f->k->set8(&e[0][0], l, &a);
            f->k->set8(&e[0][1], l, &b);
            for (size_t i = 0; i < stride; i++) f->k->fp2_sqr(&p, &p);
        }
        fp2_mul8(f, two, e[0], e[0]);
        for (size_t first = 0; first < n_entries(c->shape); first += CHUNK) {
            if (first > 0) fp2_mul8(f, e[0], e[CHUNK - 1], two);
            for (size_t i = 1; i < CHUNK; i++) fp2_mul8(f, e[i], e[i - 1], two);
            store_g(f, c, j, first, e);
        }
    }
}

void mcv_comb_g_pow(const struct mcv_field *f, struct mcv_fp2 *r, const struct mcv_comb *c,
                    const struct mcv_zq *k)
{
    const struct mcv_comb_shape *s = c->shape;
    struct {
        struct digits d;
        struct mcv_fp8 a, b, t, at, bt;
        struct mcv_fp2 lane[MCV_FP_LANES];
    } w;

    recode(&w.d, k, s);
    mcv_fp8_set_all(f, &w.a, &f->one);
    for (size_t round = 0; round < n_rounds(s); round++) {
        look_up(f, &w.t, 1, c, &w.d, round);
        f->k->cneg8(&w.t, w.d.minus + round * MCV_FP_LANES); /* 1/(1 + t i) = 1 - t i in PF_p */
        if (round == 0) {
            w.b = w.t;
            continue;
        }
        f->k->mul8(&w.at, &w.t, &w.a);
        f->k->mul8(&w.bt, &w.t, &w.b);
        f->k->sub8(&w.a, &w.a, &w.bt); /* (a + b i)(1 + t i) */
        f->k->add8(&w.b, &w.b, &w.at);
    }
    f->k->fp2_set8(w.lane, &w.a, &w.b);
    f->k->fp2_set(r, &f->one, &f->zero);
    for (size_t v = s->digits; v-- > 0;) {
        for (size_t i = 0; i < s->window && v + 1 < s->digits; i++) f->k->fp2_sqr(r, r);
        for (size_t l = v; l < MCV_FP_LANES; l += s->digits) f->k->fp2_mul(r, &w.lane[l], r);
    }
    mcv_wipe(&w, sizeof w);
}
