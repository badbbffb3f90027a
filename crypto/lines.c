/* The table of the fixed-argument pairing: building and evaluating the functions
 * A(x) + y B(x) of pairing.h, eight steps of one form at a time. */
#include "crypto/pairing.h"

#include "crypto/base/secret.h"

#define N        MCV_SAKKE_LIMBS
#define N_DIGITS 511 /* of q - 1 in base 4 */
#define MAX_DEG  4

/* The table keeps A's coefficients from x^0, then B's but the leading 1. */
static const struct form {
    size_t deg_a, deg_b;
} forms[MCV_LINE_FORMS] = {{2, 1}, {3, 1}, {3, 2}};

static size_t form_of(int digit)
{
    return digit < 0 ? 1 : (size_t)digit;
}

static size_t n_coefficients(size_t form)
{
    return forms[form].deg_a + 1 + forms[form].deg_b;
}

/* q - 1 = sum of d[i] 4^(N_DIGITS - 1 - i), d in -1, 0, 1, 2; q - 1 is even. */
static void write_digits(int8_t d[N_DIGITS])
{
    int carry = 0;

    for (size_t i = 0; i < N_DIGITS; i++) {
        const size_t bit = 2 * i;
        const mcv_limb limb = mcv_sakke_q[bit / MCV_LIMB_BITS] - (bit < MCV_LIMB_BITS ? 1u : 0u);
        const int v = (int)(limb >> (bit % MCV_LIMB_BITS) & 3u) + carry;
        carry = v > 2;
        d[N_DIGITS - 1 - i] = (int8_t)(v - 4 * carry);
    }
    MCV_ASSERT(carry == 0 && d[0] == 2);
}

/* Chunks of eight lanes that a form needs. */
static void count_chunks(size_t n[MCV_LINE_FORMS], const int8_t d[N_DIGITS])
{
    size_t steps[MCV_LINE_FORMS] = {0};

    for (size_t i = 1; i < N_DIGITS; i++) steps[form_of(d[i])]++;
    for (size_t m = 0; m < MCV_LINE_FORMS; m++) n[m] = (steps[m] + MCV_FP_LANES - 1) / MCV_FP_LANES;
}

size_t mcv_lines_elements(void)
{
    int8_t d[N_DIGITS];
    size_t n[MCV_LINE_FORMS], sum = 0;

    write_digits(d);
    count_chunks(n, d);
    for (size_t m = 0; m < MCV_LINE_FORMS; m++) sum += n[m] * n_coefficients(m);
    return sum;
}

/* Degree and coefficients, from x^0. */
struct poly {
    size_t deg;
    struct mcv_fp8 c[MAX_DEG + 1];
};

struct xy8 {
    struct mcv_fp8 x, y;
};

/* alpha y + beta x + gamma */
struct line8 {
    struct mcv_fp8 alpha, beta, gamma;
};

/* Steps of one form that wait for their lanes to be full: T, 2T, 4T in Edwards form. */
struct pending {
    size_t n, chunk;
    struct mcv_fp8 x[3], y[3], z[3];
    mcv_limb minus[MCV_FP_LANES]; /* mask: d = -1 */
};

struct build {
    const struct mcv_field *f;
    struct mcv_lines *lines;
    struct pending wait[MCV_LINE_FORMS];
    struct xy8 k, k2; /* K and 2K, affine */
    struct line8 tangent_k;
    struct mcv_fp8 zero;
    /* scratch */
    struct mcv_fp8 num, den[3], upto[3], inv, t, u;
    struct xy8 p[3], q;
    struct line8 l, l2;
    struct poly a, b, ta, tb;
    struct mcv_ec_point point;
};

/* r = a - 3 b, b tight */
static void sub3(const struct mcv_fp_kernel *k, struct mcv_fp8 *r, const struct mcv_fp8 *a,
                 const struct mcv_fp8 *b)
{
    k->sub8(r, a, b);
    k->sub8(r, r, b);
    k->sub8(r, r, b);
}

/* r = a (l1 x + l0) */
static void poly_mul_linear(const struct mcv_fp_kernel *k, struct poly *r, const struct poly *a,
                            const struct mcv_fp8 *l1, const struct mcv_fp8 *l0)
{
    r->deg = a->deg + 1;
    k->mul8(&r->c[0], &a->c[0], l0);
    for (size_t i = 1; i <= a->deg; i++) {
        const struct mcv_fp8 *const x[] = {&a->c[i], &a->c[i - 1]};
        const struct mcv_fp8 *const y[] = {l0, l1};
        k->dot8(&r->c[i], x, y, 2);
    }
    k->mul8(&r->c[r->deg], &a->c[a->deg], l1);
}

/* r += a (x^3 - 3x), a linear with tight coefficients */
static void poly_add_times_curve(struct build *w, struct poly *r, const struct poly *a)
{
    const struct mcv_fp_kernel *k = w->f->k;

    MCV_ASSERT(a->deg == 1);
    for (; r->deg < 4; r->deg++) r->c[r->deg + 1] = w->zero;
    sub3(k, &r->c[1], &r->c[1], &a->c[0]);
    sub3(k, &r->c[2], &r->c[2], &a->c[1]);
    k->add8(&r->c[3], &r->c[3], &a->c[0]);
    k->add8(&r->c[4], &r->c[4], &a->c[1]);
}

/* a /= x - x0, exact: the remainder is dropped. */
static void poly_divide(struct build *w, struct poly *a, const struct mcv_fp8 *x0)
{
    const struct mcv_fp_kernel *k = w->f->k;

    for (size_t i = a->deg; i-- > 1;) {
        k->mul8(&w->t, &a->c[i + 1], x0);
        k->add8(&a->c[i], &a->c[i], &w->t);
    }
    for (size_t i = 0; i < a->deg; i++) a->c[i] = a->c[i + 1];
    a->deg--;
}

/* gamma such that the line meets p */
static void line_through(struct build *w, struct line8 *l, const struct xy8 *p)
{
    const struct mcv_fp8 *const a[] = {&l->alpha, &l->beta};
    const struct mcv_fp8 *const b[] = {&p->y, &p->x};

    w->f->k->dot8(&w->t, a, b, 2);
    w->f->k->sub8(&l->gamma, &w->zero, &w->t);
}

/* 2y (Y - y) - 3(x^2 - 1)(X - x) */
static void tangent(struct build *w, struct line8 *l, const struct xy8 *p)
{
    const struct mcv_fp_kernel *k = w->f->k;

    k->add8(&l->alpha, &p->y, &p->y);
    k->mul8(&w->t, &p->x, &p->x);
    mcv_fp8_set_all(w->f, &w->u, &w->f->one);
    k->sub8(&w->u, &w->u, &w->t);
    k->add8(&l->beta, &w->u, &w->u);
    k->add8(&l->beta, &l->beta, &w->u);
    line_through(w, l, p);
}

/* (x_p - x_q)(Y - y_q) - (y_p - y_q)(X - x_q), p tight */
static void chord(struct build *w, struct line8 *l, const struct xy8 *p, const struct xy8 *q)
{
    const struct mcv_fp_kernel *k = w->f->k;

    k->sub8(&l->alpha, &p->x, &q->x);
    k->sub8(&l->beta, &q->y, &p->y);
    line_through(w, l, q);
}

/* Edwards to affine for T, 2T, 4T with one inversion; see mcv_ec_to_fractions. */
static void normalise(struct build *w, const struct pending *s)
{
    const struct mcv_fp_kernel *k = w->f->k;

    for (size_t i = 0; i < 3; i++) {
        k->sub8(&w->t, &s->z[i], &s->y[i]);
        k->mul8(&w->den[i], &w->t, &s->x[i]);
        if (i == 0)
            w->upto[0] = w->den[0];
        else
            k->mul8(&w->upto[i], &w->upto[i - 1], &w->den[i]);
    }
    mcv_fp8_inv(w->f, &w->inv, &w->upto[2]);
    for (size_t i = 3; i-- > 0;) {
        if (i > 0)
            k->mul8(&w->num, &w->inv, &w->upto[i - 1]);
        else
            w->num = w->inv;
        k->mul8(&w->inv, &w->inv, &w->den[i]);
        k->add8(&w->t, &s->z[i], &s->y[i]);
        k->mul8(&w->num, &w->num, &w->t); /* (z + y)/((z - y) x) */
        mcv_fp8_set_all(w->f, &w->t, &w->f->s);
        k->mul8(&w->t, &w->t, &s->x[i]);
        k->mul8(&w->p[i].x, &w->num, &w->t);
        mcv_fp8_set_all(w->f, &w->t, &w->f->m);
        k->mul8(&w->t, &w->t, &s->z[i]);
        k->mul8(&w->p[i].y, &w->num, &w->t);
    }
}

/* a + y b = (alpha1 y + L1)^2 (alpha2 y + L2) / (x - x_2T)^2: the tangents l at T, l2 at 2T.
 * With F = x^3 - 3x and Q = alpha1^2 F + L1^2:
 *   b = alpha2 Q + 2 alpha1 L1 L2,  a = Q L2 + 2 alpha1 alpha2 L1 F */
static void merge_tangents(struct build *w)
{
    const struct mcv_fp_kernel *k = w->f->k;
    struct poly *q = &w->ta, *l1 = &w->tb;

    k->mul8(&q->c[3], &w->l.alpha, &w->l.alpha);
    k->mul8(&q->c[2], &w->l.beta, &w->l.beta);
    k->mul8(&q->c[1], &w->l.beta, &w->l.gamma);
    k->add8(&q->c[1], &q->c[1], &q->c[1]);
    sub3(k, &q->c[1], &q->c[1], &q->c[3]);
    k->mul8(&q->c[0], &w->l.gamma, &w->l.gamma);
    q->deg = 3;
    k->add8(&w->t, &w->l.alpha, &w->l.alpha);
    k->mul8(&l1->c[1], &w->t, &w->l.beta);
    k->mul8(&l1->c[0], &w->t, &w->l.gamma);
    l1->deg = 1; /* 2 alpha1 L1 */
    poly_mul_linear(k, &w->b, l1, &w->l2.beta, &w->l2.gamma);
    for (size_t i = 0; i <= 3; i++) {
        k->mul8(&w->t, &q->c[i], &w->l2.alpha);
        if (i < 3)
            k->add8(&w->b.c[i], &w->b.c[i], &w->t);
        else
            w->b.c[3] = w->t;
    }
    w->b.deg = 3;
    poly_mul_linear(k, &w->a, q, &w->l2.beta, &w->l2.gamma);
    k->mul8(&l1->c[1], &l1->c[1], &w->l2.alpha);
    k->mul8(&l1->c[0], &l1->c[0], &w->l2.alpha);
    poly_add_times_curve(w, &w->a, l1);
    for (int i = 0; i < 2; i++) {
        poly_divide(w, &w->a, &w->p[1].x);
        poly_divide(w, &w->b, &w->p[1].x);
    }
}

/* (a + y b)(alpha y + L) / (x - x0): a = (a L + alpha b F), b = (alpha a + b L) */
static void merge_line(struct build *w, const struct line8 *l, const struct mcv_fp8 *x0)
{
    const struct mcv_fp_kernel *k = w->f->k;

    poly_mul_linear(k, &w->ta, &w->a, &l->beta, &l->gamma);
    poly_mul_linear(k, &w->tb, &w->b, &l->beta, &l->gamma);
    for (size_t i = 0; i <= w->a.deg; i++) {
        k->mul8(&w->t, &w->a.c[i], &l->alpha);
        if (i <= w->tb.deg)
            k->add8(&w->tb.c[i], &w->tb.c[i], &w->t);
        else
            w->tb.c[i] = w->t;
    }
    if (w->tb.deg < w->a.deg) w->tb.deg = w->a.deg;
    for (size_t i = 0; i <= w->b.deg; i++) k->mul8(&w->b.c[i], &w->b.c[i], &l->alpha);
    poly_add_times_curve(w, &w->ta, &w->b);
    poly_divide(w, &w->ta, x0);
    poly_divide(w, &w->tb, x0);
    w->a = w->ta;
    w->b = w->tb;
}

/* The eight waiting steps of one form become a part of the table. */
static void write_chunk(struct build *w, size_t form)
{
    const struct mcv_fp_kernel *k = w->f->k;
    struct pending *s = &w->wait[form];
    struct mcv_fp8 *out = w->lines->form[form] + s->chunk * n_coefficients(form);

    normalise(w, s);
    tangent(w, &w->l, &w->p[0]);
    tangent(w, &w->l2, &w->p[1]);
    merge_tangents(w);
    if (form > 0) {
        w->q = form == 2 ? w->k2 : w->k;
        k->cneg8(&w->q.y, s->minus);
        chord(w, &w->l, &w->p[2], &w->q);
        merge_line(w, &w->l, &w->p[2].x);
    }
    if (form == 2) merge_line(w, &w->tangent_k, &w->k2.x);
    mcv_fp8_inv(w->f, &w->inv, &w->b.c[w->b.deg]);
    for (size_t i = 0; i <= forms[form].deg_a; i++) k->mul8(out++, &w->a.c[i], &w->inv);
    for (size_t i = 0; i < forms[form].deg_b; i++) k->mul8(out++, &w->b.c[i], &w->inv);
    s->chunk++;
    s->n = 0;
}

static void set_pending(struct build *w, struct pending *s, size_t multiple, size_t lane)
{
    w->f->k->set8(&s->x[multiple], lane, &w->point.x);
    w->f->k->set8(&s->y[multiple], lane, &w->point.y);
    w->f->k->set8(&s->z[multiple], lane, &w->point.z);
}

/* One step T -> 4T + dK; the point of w moves on. */
static void add_step(struct build *w, int digit, const struct mcv_ec_point *dk)
{
    struct pending *s = &w->wait[form_of(digit)];
    const size_t lane = s->n++;

    /* lanes that stay empty at the end repeat the last step */
    for (size_t l = lane; l < MCV_FP_LANES; l++) s->minus[l] = mcv_mp_mask(digit < 0);
    for (size_t l = lane; l < MCV_FP_LANES; l++) set_pending(w, s, 0, l);
    for (size_t i = 1; i < 3; i++) {
        mcv_ec_double(w->f, &w->point, &w->point);
        for (size_t l = lane; l < MCV_FP_LANES; l++) set_pending(w, s, i, l);
    }
    if (digit != 0) mcv_ec_add(w->f, &w->point, &w->point, dk);
    if (s->n == MCV_FP_LANES) write_chunk(w, form_of(digit));
}

static void set_up(struct build *w, const struct mcv_ec_affine *key, struct mcv_ec_point *k2)
{
    const struct mcv_fp_kernel *k = w->f->k;
    struct mcv_fp x, y, d;

    mcv_fp8_set_all(w->f, &w->zero, &w->f->zero);
    mcv_fp8_set_all(w->f, &w->k.x, &key->x);
    mcv_fp8_set_all(w->f, &w->k.y, &key->y);
    mcv_ec_to_fractions(w->f, &x, &y, &d, k2);
    mcv_fp_inv(w->f, &d, &d);
    k->mul2(&x, &x, &d, &y, &y, &d);
    mcv_fp8_set_all(w->f, &w->k2.x, &x);
    mcv_fp8_set_all(w->f, &w->k2.y, &y);
    tangent(w, &w->tangent_k, &w->k);
    k->get8(&w->lines->alpha, &w->tangent_k.alpha, 0);
    k->get8(&w->lines->beta, &w->tangent_k.beta, 0);
    k->get8(&w->lines->gamma, &w->tangent_k.gamma, 0);
}

void mcv_lines_build(const struct mcv_field *f, struct mcv_lines *lines, struct mcv_fp8 *mem,
                     const struct mcv_ec_affine *key)
{
    struct build w;
    struct mcv_ec_point multiple[3]; /* K, 2K, -K */
    int8_t d[N_DIGITS];
    size_t n[MCV_LINE_FORMS];

    write_digits(d);
    count_chunks(n, d);
    w.f = f;
    w.lines = lines;
    for (size_t m = 0; m < MCV_LINE_FORMS; m++) {
        lines->form[m] = mem;
        mem += n[m] * n_coefficients(m);
        w.wait[m].n = w.wait[m].chunk = 0;
    }
    mcv_ec_from_affine(f, &multiple[0], key);
    mcv_ec_double(f, &multiple[1], &multiple[0]);
    multiple[2] = multiple[0];
    f->k->sub(&multiple[2].x, &f->zero, &multiple[0].x);
    f->k->sub(&multiple[2].t, &f->zero, &multiple[0].t);
    set_up(&w, key, &multiple[1]);
    w.point = multiple[1]; /* the first digit is 2 */
    for (size_t i = 1; i < N_DIGITS; i++)
        add_step(&w, d[i], &multiple[d[i] < 0 ? 2 : d[i] - (d[i] > 0)]);
    for (size_t m = 0; m < MCV_LINE_FORMS; m++)
        if (w.wait[m].n > 0) write_chunk(&w, m);
    mcv_wipe(&w, sizeof w);
    mcv_wipe(multiple, sizeof multiple);
}

/* Powers of X = -x_R, over y_R for A. */
struct powers {
    struct mcv_fp8 a[4]; /* X^k / y_R */
    struct mcv_fp8 x, xx;
};

struct evaluated {
    size_t n, chunk;
    struct mcv_fp2 line[MCV_FP_LANES];
};

struct pairing_work {
    struct powers x;
    struct evaluated at[MCV_LINE_FORMS];
    struct mcv_fp8 a, b;
    struct mcv_fp2 f;
};

static void set_powers(const struct mcv_field *f, struct powers *r, const struct mcv_ec_affine *at)
{
    const struct mcv_fp_kernel *k = f->k;
    struct mcv_fp x, power;

    k->sub(&x, &f->zero, &at->x);
    k->mul(&x, &x, &f->one); /* tight */
    mcv_fp_inv(f, &power, &at->y);
    for (size_t i = 0; i < 4; i++) {
        mcv_fp8_set_all(f, &r->a[i], &power);
        k->mul(&power, &power, &x);
    }
    mcv_fp8_set_all(f, &r->x, &x);
    k->mul8(&r->xx, &r->x, &r->x);
}

/* The next eight functions of one form at R. */
static void evaluate(const struct mcv_field *f, struct pairing_work *w,
                     const struct mcv_lines *lines, size_t form)
{
    const struct mcv_fp_kernel *k = f->k;
    struct evaluated *e = &w->at[form];
    const struct mcv_fp8 *c = lines->form[form] + e->chunk * n_coefficients(form);
    const size_t n = forms[form].deg_a + 1;
    const struct mcv_fp8 *left[4], *right[4];

    for (size_t i = 0; i < n; i++) {
        left[i] = c + i;
        right[i] = &w->x.a[i];
    }
    k->dot8(&w->a, left, right, n);
    if (forms[form].deg_b == 1) {
        k->add8(&w->b, &w->x.x, c + n); /* x + b0 */
    } else {
        k->mul8(&w->b, &w->x.x, c + n + 1);
        k->add8(&w->b, &w->b, c + n);
        k->add8(&w->b, &w->b, &w->x.xx); /* x^2 + b1 x + b0 */
    }
    k->fp2_set8(e->line, &w->a, &w->b);
    e->chunk++;
    e->n = MCV_FP_LANES;
}

void mcv_pairing_fixed(const struct mcv_field *f, struct mcv_fp2 *r, const struct mcv_lines *lines,
                       const struct mcv_ec_affine *at)
{
    const struct mcv_fp_kernel *k = f->k;
    struct pairing_work w;
    int8_t d[N_DIGITS];
    struct mcv_fp t, u;

    write_digits(d);
    set_powers(f, &w.x, at);
    for (size_t m = 0; m < MCV_LINE_FORMS; m++) w.at[m].n = w.at[m].chunk = 0;
    /* the tangent at K, times y_R: alpha y_R i - beta x_R + gamma */
    k->mul2(&t, &lines->beta, &at->x, &u, &lines->alpha, &at->y);
    k->sub(&t, &lines->gamma, &t);
    k->fp2_set(&w.f, &t, &u);
    for (size_t i = 1; i < N_DIGITS; i++) {
        struct evaluated *e = &w.at[form_of(d[i])];
        if (e->n == 0) evaluate(f, &w, lines, form_of(d[i]));
        k->fp2_step(&w.f, &e->line[MCV_FP_LANES - e->n]);
        e->n--;
    }
    k->fp2_sqr(&w.f, &w.f); /* (p + 1)/q = 4 */
    k->fp2_sqr(r, &w.f);
    mcv_wipe(&w, sizeof w);
    mcv_wipe(&t, sizeof t);
    mcv_wipe(&u, sizeof u);
}
