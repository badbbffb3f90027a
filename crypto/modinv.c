#include "crypto/modinv.h"

#include "crypto/base/err.h"
#include "crypto/base/secret.h"

/* Signed limbs of B bits, least significant first; only the top one is negative. */
#define B     ((int)MCV_LIMB_BITS - 2)
#define MAX_N (1024 / B + 1)

#if MCV_LIMB_BITS == 64
typedef int64_t slimb;
__extension__ typedef __int128 dslimb;
#else
typedef int32_t slimb;
typedef int64_t dslimb;
#endif

#define LOW_BITS ((mcv_limb)(((mcv_limb)1 << B) - 1))

/* B steps as one matrix, scaled by 2^B. */
struct matrix {
    slimb u, v, q, r;
};

struct work {
    slimb f[MAX_N], g[MAX_N]; /* gcd runs on these */
    slimb d[MAX_N], e[MAX_N]; /* f = d*x, g = e*x mod m, up to powers of two */
    slimb m[MAX_N];
    struct matrix t;
};

/* Steps for an input of so many bits: floor((45907 bits + 26313) / 19929). */
static int n_batches(size_t n)
{
    const int bits = (int)n * MCV_LIMB_BITS;
    const int steps = (45907 * bits + 26313) / 19929;

    return (steps + B - 1) / B;
}

static void to_signed(slimb *r, size_t rn, const mcv_limb *a, size_t n)
{
    for (size_t i = 0; i < rn; i++) {
        const size_t bit = i * (size_t)B, at = bit / MCV_LIMB_BITS, off = bit % MCV_LIMB_BITS;
        mcv_dlimb w = at < n ? a[at] : 0;
        if (at + 1 < n) w |= (mcv_dlimb)a[at + 1] << MCV_LIMB_BITS;
        r[i] = (slimb)((mcv_limb)(w >> off) & LOW_BITS);
    }
}

static void from_signed(mcv_limb *r, size_t n, const slimb *a, size_t an)
{
    for (size_t i = 0; i < n; i++) {
        const size_t bit = i * MCV_LIMB_BITS, at = bit / (size_t)B, off = bit % (size_t)B;
        mcv_dlimb w = (mcv_dlimb)(mcv_limb)a[at] >> off;
        if (at + 1 < an) w |= (mcv_dlimb)(mcv_limb)a[at + 1] << ((size_t)B - off);
        if (at + 2 < an && 2 * (size_t)B - off < MCV_LIMB_BITS)
            w |= (mcv_dlimb)(mcv_limb)a[at + 2] << (2 * (size_t)B - off);
        r[i] = (mcv_limb)w;
    }
}

/* B divsteps on the low limbs. zeta = -(delta + 1/2). */
static slimb divsteps(slimb zeta, slimb f0, slimb g0, struct matrix *t)
{
    mcv_limb u = 1, v = 0, q = 0, r = 1, f = (mcv_limb)f0, g = (mcv_limb)g0;

    for (int i = 0; i < B; i++) {
        mcv_limb swap = mcv_mp_mask((mcv_limb)zeta >> (MCV_LIMB_BITS - 1)); /* delta > 0 */
        const mcv_limb odd = mcv_mp_mask(g & 1u);
        /* g odd: g = g - f if delta > 0, else g + f */
        g += ((f ^ swap) - swap) & odd;
        q += ((u ^ swap) - swap) & odd;
        r += ((v ^ swap) - swap) & odd;
        swap &= odd;
        /* g odd and delta > 0: f takes the old g, delta = -delta */
        zeta = (slimb)(((mcv_limb)zeta ^ swap) - 1u);
        f += g & swap;
        u += q & swap;
        v += r & swap;
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    *t = (struct matrix){(slimb)u, (slimb)v, (slimb)q, (slimb)r};
    return zeta;
}

/* (f, g) = t (f, g) / 2^B, exact. */
static void update_fg(struct work *w, size_t n)
{
    const struct matrix t = w->t;
    dslimb cf = (dslimb)t.u * w->f[0] + (dslimb)t.v * w->g[0];
    dslimb cg = (dslimb)t.q * w->f[0] + (dslimb)t.r * w->g[0];

    cf >>= B;
    cg >>= B;
    for (size_t i = 1; i < n; i++) {
        cf += (dslimb)t.u * w->f[i] + (dslimb)t.v * w->g[i];
        cg += (dslimb)t.q * w->f[i] + (dslimb)t.r * w->g[i];
        w->f[i - 1] = (slimb)((mcv_limb)cf & LOW_BITS);
        w->g[i - 1] = (slimb)((mcv_limb)cg & LOW_BITS);
        cf >>= B;
        cg >>= B;
    }
    w->f[n - 1] = (slimb)cf;
    w->g[n - 1] = (slimb)cg;
}

/* (d, e) = t (d, e) / 2^B mod m; both stay in (-2m, m). */
static void update_de(struct work *w, mcv_limb m_inv, size_t n)
{
    const struct matrix t = w->t;
    const slimb d_neg = w->d[n - 1] >> (MCV_LIMB_BITS - 1);
    const slimb e_neg = w->e[n - 1] >> (MCV_LIMB_BITS - 1);
    slimb md = (t.u & d_neg) + (t.v & e_neg); /* how often m is added */
    slimb me = (t.q & d_neg) + (t.r & e_neg);
    dslimb cd = (dslimb)t.u * w->d[0] + (dslimb)t.v * w->e[0];
    dslimb ce = (dslimb)t.q * w->d[0] + (dslimb)t.r * w->e[0];

    /* the low B bits become zero; m_inv = 1/m mod 2^B */
    md -= (slimb)((m_inv * (mcv_limb)cd + (mcv_limb)md) & LOW_BITS);
    me -= (slimb)((m_inv * (mcv_limb)ce + (mcv_limb)me) & LOW_BITS);
    cd = (cd + (dslimb)w->m[0] * md) >> B;
    ce = (ce + (dslimb)w->m[0] * me) >> B;
    for (size_t i = 1; i < n; i++) {
        cd += (dslimb)t.u * w->d[i] + (dslimb)t.v * w->e[i] + (dslimb)w->m[i] * md;
        ce += (dslimb)t.q * w->d[i] + (dslimb)t.r * w->e[i] + (dslimb)w->m[i] * me;
        w->d[i - 1] = (slimb)((mcv_limb)cd & LOW_BITS);
        w->e[i - 1] = (slimb)((mcv_limb)ce & LOW_BITS);
        cd >>= B;
        ce >>= B;
    }
    w->d[n - 1] = (slimb)cd;
    w->e[n - 1] = (slimb)ce;
}

/* a = (negate ? -a : a) + (add_m ? m : 0), carried; the masks are 0 or -1. */
static void adjust(slimb *a, const slimb *m, slimb negate, slimb add_m, size_t n)
{
    dslimb c = 0;

    for (size_t i = 0; i < n; i++) {
        c += (dslimb)((a[i] ^ negate) - negate) + (m[i] & add_m);
        a[i] = i + 1 < n ? (slimb)((mcv_limb)c & LOW_BITS) : (slimb)c;
        c >>= B;
    }
}

void mcv_modinv(mcv_limb *r, const mcv_limb *x, const mcv_limb *m, size_t n)
{
    struct work w = {0};
    const size_t sn = n * MCV_LIMB_BITS / (size_t)B + 1;
    slimb zeta = -1; /* delta = 1/2 */
    mcv_limb m_inv = m[0];

    MCV_ASSERT(n <= MCV_MODINV_MAX_LIMBS);
    for (int i = 0; i < 5; i++) m_inv *= 2u - m[0] * m_inv; /* Newton: 3 bits to 96 */
    to_signed(w.m, sn, m, n);
    to_signed(w.f, sn, m, n);
    to_signed(w.g, sn, x, n);
    w.e[0] = 1;
    for (int i = n_batches(n); i > 0; i--) {
        zeta = divsteps(zeta, w.f[0], w.g[0], &w.t);
        update_de(&w, m_inv, sn);
        update_fg(&w, sn);
    }
    /* f = +-1 now, g = 0; d = +-1/x in (-2m, m) */
    const slimb f_neg = w.f[sn - 1] >> (MCV_LIMB_BITS - 1);
    adjust(w.d, w.m, 0, w.d[sn - 1] >> (MCV_LIMB_BITS - 1), sn); /* (-m, m) */
    adjust(w.d, w.m, f_neg, 0, sn);
    adjust(w.d, w.m, 0, w.d[sn - 1] >> (MCV_LIMB_BITS - 1), sn); /* [0, m) */
    from_signed(r, n, w.d, sn);
    mcv_wipe(&w, sizeof w);
}
