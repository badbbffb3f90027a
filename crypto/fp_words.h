/* What the kernels on words of the machine share: R = 2^1024, elements are always below p, eight
 * elements are eight in a row. A source file defines N, the words of an element, P, the prime, and
 *
 *   mcv_limb add_words(mcv_limb *r, const mcv_limb *a, const mcv_limb *b);   the carry out
 *   mcv_limb sub_words(mcv_limb *r, const mcv_limb *a, const mcv_limb *b);   the borrow
 *   void choose_words(mcv_limb *r, mcv_limb mask, const mcv_limb *a, const mcv_limb *b);
 *     r = mask ? a : b
 *   void dot(mcv_limb *r, const mcv_limb *const *a, const mcv_limb *const *b, size_t n);
 *     r = (a[0] b[0] + ... + a[n-1] b[n-1]) / R mod p, n = 1 .. 4
 *
 * and includes this. r may be a or b everywhere. */
#if !defined(N) || !defined(P)
#error "include it as described above"
#endif

MCV_INLINE void add_mod(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    mcv_limb sum[N], less[N];
    const mcv_limb carry = add_words(sum, a, b);
    const mcv_limb borrow = sub_words(less, sum, P);

    choose_words(r, mcv_mp_mask(carry | (borrow ^ 1u)), less, sum);
}

MCV_INLINE void sub_mod(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    mcv_limb difference[N], more[N];
    const mcv_limb borrow = sub_words(difference, a, b);

    add_words(more, difference, P);
    choose_words(r, mcv_mp_mask(borrow), more, difference);
}

MCV_INLINE void mul_mod(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    dot(r, &a, &b, 1);
}

static void load(struct mcv_fp *r, const mcv_limb *a)
{
    memset(r, 0, sizeof *r);
    mul_mod(r->v, a, mcv_sakke_r2);
}

static void store(mcv_limb *r, const struct mcv_fp *a)
{
    static const mcv_limb one[N] = {1};

    mul_mod(r, a->v, one);
}

static void add(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    add_mod(r->v, a->v, b->v);
}

static void sub(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    sub_mod(r->v, a->v, b->v);
}

static void mul(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    mul_mod(r->v, a->v, b->v);
}

static void mul2(struct mcv_fp *r0, const struct mcv_fp *a0, const struct mcv_fp *b0,
                 struct mcv_fp *r1, const struct mcv_fp *a1, const struct mcv_fp *b1)
{
    mcv_limb t[N];

    mul_mod(t, a0->v, b0->v);
    mul_mod(r1->v, a1->v, b1->v);
    memcpy(r0->v, t, sizeof t);
}

#define REAL(x)      ((x)->v)
#define IMAGINARY(x) ((x)->v + N)

static void fp2_set(struct mcv_fp2 *r, const struct mcv_fp *a, const struct mcv_fp *b)
{
    memcpy(REAL(r), a->v, N * sizeof r->v[0]);
    memcpy(IMAGINARY(r), b->v, N * sizeof r->v[0]);
}

static void fp2_get(struct mcv_fp *a, struct mcv_fp *b, const struct mcv_fp2 *x)
{
    memcpy(a->v, REAL(x), N * sizeof x->v[0]);
    memcpy(b->v, IMAGINARY(x), N * sizeof x->v[0]);
}

/* (a + b i)^2 = (a + b)(a - b) + 2ab i */
static void fp2_sqr(struct mcv_fp2 *r, const struct mcv_fp2 *x)
{
    mcv_limb sum[N], difference[N], twice[N];

    add_mod(sum, REAL(x), IMAGINARY(x));
    sub_mod(difference, REAL(x), IMAGINARY(x));
    add_mod(twice, REAL(x), REAL(x));
    mul_mod(IMAGINARY(r), twice, IMAGINARY(x));
    mul_mod(REAL(r), sum, difference);
}

/* (a + b i)(c + d i) = (ac - bd) + (ad + bc) i */
static void fp2_mul(struct mcv_fp2 *r, const struct mcv_fp2 *x, const struct mcv_fp2 *y)
{
    static const mcv_limb zero[N];
    mcv_limb minus_d[N], t[N];

    sub_mod(minus_d, zero, IMAGINARY(y));
    const mcv_limb *const left[] = {REAL(x), IMAGINARY(x)};
    const mcv_limb *const real[] = {REAL(y), minus_d};
    const mcv_limb *const imaginary[] = {IMAGINARY(y), REAL(y)};
    dot(t, left, real, 2);
    dot(IMAGINARY(r), left, imaginary, 2);
    memcpy(REAL(r), t, sizeof t);
}

static void fp2_step(struct mcv_fp2 *r, const struct mcv_fp2 *a)
{
    fp2_sqr(r, r);
    fp2_sqr(r, r);
    fp2_mul(r, r, a);
}

#define LANE(x, l) ((x)->v + (l)*N)

static void get8(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane)
{
    memcpy(r->v, LANE(a, lane), N * sizeof r->v[0]);
}

static void set8(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a)
{
    memcpy(LANE(r, lane), a->v, N * sizeof a->v[0]);
}

static void fp2_set8(struct mcv_fp2 r[MCV_FP_LANES], const struct mcv_fp8 *a,
                     const struct mcv_fp8 *b)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        memcpy(REAL(&r[l]), LANE(a, l), N * sizeof r->v[0]);
        memcpy(IMAGINARY(&r[l]), LANE(b, l), N * sizeof r->v[0]);
    }
}

static void add8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) add_mod(LANE(r, l), LANE(a, l), LANE(b, l));
}

static void sub8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) sub_mod(LANE(r, l), LANE(a, l), LANE(b, l));
}

static void mul8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) mul_mod(LANE(r, l), LANE(a, l), LANE(b, l));
}

static void dot8(struct mcv_fp8 *r, const struct mcv_fp8 *const *a, const struct mcv_fp8 *const *b,
                 size_t n)
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        const mcv_limb *x[4], *y[4];
        for (size_t k = 0; k < n; k++) {
            x[k] = LANE(a[k], l);
            y[k] = LANE(b[k], l);
        }
        dot(LANE(r, l), x, y, n);
    }
}

static void cswap8(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[MCV_FP_LANES])
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        mcv_limb *x = LANE(a, l), *y = LANE(b, l);
        for (size_t i = 0; i < N; i++) {
            const mcv_limb d = mask[l] & (x[i] ^ y[i]);
            x[i] ^= d;
            y[i] ^= d;
        }
    }
}

static void cneg8(struct mcv_fp8 *a, const mcv_limb mask[MCV_FP_LANES])
{
    static const mcv_limb zero[N];
    mcv_limb minus[N];

    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        sub_mod(minus, zero, LANE(a, l));
        choose_words(LANE(a, l), mask[l], minus, LANE(a, l));
    }
}

static void table_set(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a)
{
    (void)n;
    memcpy(table + at * N, a->v, N * sizeof a->v[0]);
}

#if defined(__AVX2__)
typedef mcv_limb words __attribute__((vector_size(32)));
#elif defined(__GNUC__)
typedef mcv_limb words __attribute__((vector_size(16)));
#else
typedef mcv_limb words;
#endif
#define VECTORS (N * sizeof(mcv_limb) / sizeof(words))

static void table_get(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                      size_t stride, const uint8_t index[MCV_FP_LANES])
{
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        const mcv_limb *entry = table + l / lanes * stride;
        words found[VECTORS], w;
        MCV_UNROLL for (size_t i = 0; i < VECTORS; i++) found[i] = (words){0};
        for (size_t e = 0; e < n; e++, entry += N) {
            const mcv_limb d = (mcv_limb)(index[l] ^ e);
            const mcv_limb hit = mcv_mp_mask(((d - 1u) & ~d) >> (MCV_LIMB_BITS - 1));
            MCV_UNROLL for (size_t i = 0; i < VECTORS; i++)
            {
                memcpy(&w, entry + i * sizeof w / sizeof *entry, sizeof w);
                found[i] |= w & hit;
            }
        }
        MCV_UNROLL for (size_t i = 0; i < VECTORS; i++)
            memcpy(LANE(r, l) + i * sizeof w / sizeof *entry, &found[i], sizeof w);
    }
}

#define MCV_FP_WORDS_KERNEL(label)                                                                 \
    {                                                                                              \
        .name = (label), .load = load, .store = store, .add = add, .sub = sub, .mul = mul,         \
        .mul2 = mul2, .fp2_set = fp2_set, .fp2_get = fp2_get, .fp2_sqr = fp2_sqr,                  \
        .fp2_mul = fp2_mul, .fp2_step = fp2_step, .fp2_set8 = fp2_set8, .add8 = add8,              \
        .sub8 = sub8, .mul8 = mul8, .dot8 = dot8, .get8 = get8, .set8 = set8, .cswap8 = cswap8,    \
        .cneg8 = cneg8, .table_set = table_set, .table_get = table_get,                            \
    }
