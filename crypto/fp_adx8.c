/* Eight products at once with AVX2, in two runs of four: limb i of all lanes is one vector.
 *
 * The multiplier reads the even limbs of a vector; those of the other four lanes lie 4 octets
 * further. A weak limb is at most 2^29 + 3, that of p at most 2^29 - 1 and 19 2^29 all together: a
 * column of 36 weak products and 36 of p is below (36 + 19) 2^58 + 2^55, in 64 bits. */
#include "crypto/fp_adx.h"

#include <immintrin.h>
#include <string.h>

#define N    MCV_SAKKE_LIMBS
#define P    mcv_sakke_p
#define L    MCV_FP_LANES
#define B    29 /* bits of a limb */
#define M    36 /* limbs */
#define LOW  ((UINT32_C(1) << B) - 1u)
#define MORE 20 /* bits of 2^1044 above the 2^1024 of one element */

typedef uint32_t v8 __attribute__((vector_size(32)));
typedef uint64_t v4 __attribute__((vector_size(32)));

#define MINUS_1_OVER_P UINT64_C(0x1c8f2f3d) /* mod 2^29 */

/* p in all lanes, in memory as the other factors are */
#define ALL(x)                                                                                     \
    {                                                                                              \
        x, x, x, x, x, x, x, x                                                                     \
    }
static alignas(32) const uint32_t p_rows[M][L] = {
    ALL(0x1ea85feb), ALL(0x136c03d7), ALL(0x1eb3a1d9), ALL(0x0bbe2158), ALL(0x17db080c),
    ALL(0x1411c4c2), ALL(0x1c7ff38f), ALL(0x15ead2e3), ALL(0x0a9f94d6), ALL(0x10e1e04d),
    ALL(0x09f3cf14), ALL(0x030a5505), ALL(0x0aff4a83), ALL(0x140e70db), ALL(0x0b173595),
    ALL(0x099a8a25), ALL(0x0487326b), ALL(0x16871363), ALL(0x1d2999a9), ALL(0x126ada4f),
    ALL(0x1f7c88a1), ALL(0x13c8d9cf), ALL(0x069672c3), ALL(0x10e61aa6), ALL(0x1c0f1b22),
    ALL(0x15593f17), ALL(0x068bbd02), ALL(0x06b167c0), ALL(0x061be9ae), ALL(0x10ce5a41),
    ALL(0x0905b033), ALL(0x1b5a0caf), ALL(0x05c61198), ALL(0x12b1fed3), ALL(0x1eaec7c2),
    ALL(0x00000132)};

/* 8p, no limb of it less than a weak one, so that no limb of a difference is negative */
static const uint32_t eight_p[M] = {
    0x5542ff58, 0x5b601ebd, 0x559d0eca, 0x5df10ac5, 0x5ed84060, 0x408e2613, 0x43ff9c7b, 0x4f56971d,
    0x54fca6b3, 0x470f0268, 0x4f9e78a2, 0x5852a828, 0x57fa5416, 0x407386d8, 0x58b9acab, 0x4cd45128,
    0x44399358, 0x54389b17, 0x494ccd4b, 0x5356d27d, 0x5be4450a, 0x5e46ce7d, 0x54b3961a, 0x4730d52f,
    0x4078d912, 0x4ac9f8bd, 0x545de813, 0x558b3dff, 0x50df4d6f, 0x4672d207, 0x482d819a, 0x5ad06578,
    0x4e308cc4, 0x558ff697, 0x55763e12, 0x00000995};

/* 2^20 as an element of fp_adx.c: from 2^1024 to 2^1044 */
static const mcv_limb two_20[N] = {
    0xde2f10758995d093, 0xc989eb7de0e6dcc1, 0xd29040ecb303238b, 0x8186ca539338791d,
    0xcf86083ef8623981, 0x2fe7a5d4c6dcf802, 0x48fb1517b75f7a5c, 0x14312ebe0caeb00c,
    0x6fb2cf7bef4ad59d, 0x4146f1e85403777e, 0x27140d37dec79329, 0x9bfcd841f7f76cca,
    0x367488265a1a37da, 0x9e469fc35f7fe08e, 0x41f63538701e87b4, 0x6bd87e48ef8fc4f1};

/* Limb i of lane l is number L i + l. Read and written by memcpy only: the memory is one of words. */
MCV_INLINE const uint32_t *rows(const struct mcv_fp8 *a)
{
    return (const void *)a->v;
}

MCV_INLINE uint32_t get_limb(const struct mcv_fp8 *a, size_t i, size_t lane)
{
    uint32_t x;

    memcpy(&x, rows(a) + i * L + lane, sizeof x);
    return x;
}

MCV_INLINE void put_limb(struct mcv_fp8 *a, size_t i, size_t lane, uint32_t x)
{
    memcpy((uint8_t *)a->v + (i * L + lane) * sizeof x, &x, sizeof x);
}

/* ---- Sums ---- */

MCV_INLINE v8 limb(const struct mcv_fp8 *a, size_t i)
{
    v8 r;

    memcpy(&r, a->v + i * L / 2, sizeof r);
    return r;
}

MCV_INLINE void set_limb(struct mcv_fp8 *r, size_t i, v8 x)
{
    memcpy(r->v + i * L / 2, &x, sizeof x);
}

/* The next limb of a sum, made weak: a carry goes one limb far. */
MCV_INLINE void put(struct mcv_fp8 *r, size_t i, v8 raw, v8 *carry)
{
    set_limb(r, i, (i + 1 < M ? raw & LOW : raw) + *carry);
    *carry = raw >> B;
}

void mcv_adx_add8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    v8 carry = {0};

    for (size_t i = 0; i < M; i++) put(r, i, limb(a, i) + limb(b, i), &carry);
}

void mcv_adx_sub8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    v8 carry = {0};

    for (size_t i = 0; i < M; i++) put(r, i, limb(a, i) + (eight_p[i] - limb(b, i)), &carry);
}

/* ---- Products ---- */

MCV_INLINE v4 all(uint64_t x)
{
    return (v4){x, x, x, x};
}

/* Four lanes of a limb: the even ones from row on. */
MCV_INLINE v4 four(const uint32_t *row)
{
    v4 r;

    memcpy(&r, row, sizeof r);
    return r;
}

MCV_INLINE v4 mul(v4 a, v4 b)
{
    return (v4)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

/* The empty asm keeps the order of sums: a compiler that makes trees of them runs out of registers. */
MCV_INLINE void mul_add(v4 *c, v4 a, v4 b)
{
    *c += mul(a, b);
    __asm__("" : "+x"(*c));
}

/* c[k] += x[0] y[k] + x[1] y[k - 1] + ... + x[4n - 1] y[k - 4n + 1] */
MCV_INLINE void add_rows(v4 c[4], const uint32_t *x, const uint32_t *y, size_t n)
{
    v4 y0, y1 = four(y + L), y2 = four(y + 2 * L), y3 = four(y + 3 * L);
    v4 c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3];

#define ROW(at, y0, y1, y2, y3)                                                                    \
    y0 = four(y - (at)*L);                                                                         \
    a = four(x + (at)*L);                                                                          \
    mul_add(&c0, a, y0);                                                                           \
    mul_add(&c1, a, y1);                                                                           \
    mul_add(&c2, a, y2);                                                                           \
    mul_add(&c3, a, y3);

    for (; n > 0; n--) {
        v4 a;
        ROW(0, y0, y1, y2, y3)
        ROW(1, y3, y0, y1, y2)
        ROW(2, y2, y3, y0, y1)
        ROW(3, y1, y2, y3, y0)
        x += 4 * L;
        y -= 4 * L;
    }
    c[0] = c0;
    c[1] = c1;
    c[2] = c2;
    c[3] = c3;
}

/* Columns k .. k + 3 of x y, k < M */
MCV_INLINE void add_low(v4 c[4], const uint32_t *x, const uint32_t *y, size_t k)
{
    add_rows(c, x, y + k * L, k / 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = i; j < 4; j++) mul_add(&c[j], four(x + (k + i) * L), four(y + (j - i) * L));
}

/* The same, k >= M */
MCV_INLINE void add_high(v4 c[4], const uint32_t *x, const uint32_t *y, size_t k)
{
    for (size_t i = 1; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            mul_add(&c[j], four(x + (k + i - M) * L), four(y + (M + j - i) * L));
    add_rows(c, x + (k + 4 - M) * L, y + (M - 4) * L, (2 * M - 4 - k) / 4);
}

/* Makes the columns limbs; the carry. */
MCV_INLINE v4 spill(v4 c[4])
{
    const v4 low = all(LOW);

    for (size_t i = 1; i < 4; i++) c[i] += c[i - 1] >> B;
    const v4 carry = c[3] >> B;
    for (size_t i = 0; i < 4; i++) c[i] &= low;
    return carry;
}

/* u[0 .. 3] such that the columns + u p are zero; the carry. */
MCV_INLINE v4 reduce(v4 c[4], uint32_t *u)
{
    for (size_t i = 0; i < 4; i++) {
        const v4 ui = mul(c[i], all(MINUS_1_OVER_P)) & all(LOW);
        memcpy(u + i * L, &ui, sizeof ui);
        for (size_t j = i; j < 4; j++) mul_add(&c[j], ui, four(p_rows[j - i]));
        if (i < 3) c[i + 1] += c[i] >> B;
    }
    return c[3] >> B;
}

/* The even lanes, or the odd ones, of the sum of n products, over 2^1044 */
MCV_INLINE void dot4(v4 r[M], const struct mcv_fp8 *const *a, const struct mcv_fp8 *const *b,
                     size_t n, size_t odd)
{
    alignas(32) uint32_t u[M * L];
    v4 carry = {0};

    for (size_t k = 0; k < M; k += 4) {
        v4 c[4] = {carry};
        carry = all(0);
        for (size_t e = 0; e < n; e++) {
            if (e > 0) carry += spill(c);
            add_low(c, rows(a[e]) + odd, rows(b[e]) + odd, k);
        }
        add_rows(c, u, p_rows[k], k / 4);
        carry += reduce(c, u + k * L);
    }
    for (size_t k = M; k < 2 * M; k += 4) {
        v4 c[4] = {carry};
        carry = all(0);
        for (size_t e = 0; e < n; e++) {
            add_high(c, rows(a[e]) + odd, rows(b[e]) + odd, k);
            carry += spill(c);
        }
        add_high(c, u, p_rows[0], k);
        carry += spill(c);
        memcpy(r + k - M, c, sizeof c);
    }
}

/* The number of products known to the compiler, where there is one only. */
__attribute__((noinline)) static void mul4(v4 r[M], const struct mcv_fp8 *a,
                                           const struct mcv_fp8 *b, size_t odd)
{
    dot4(r, &a, &b, 1, odd);
}

MCV_INLINE void join(struct mcv_fp8 *r, const v4 even[M], const v4 odd[M])
{
    for (size_t i = 0; i < M; i++) set_limb(r, i, (v8)(even[i] | odd[i] << 32));
}

void mcv_adx_mul8(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b)
{
    v4 even[M], odd[M];

    mul4(even, a, b, 0);
    mul4(odd, a, b, 1);
    join(r, even, odd);
}

void mcv_adx_dot8(struct mcv_fp8 *r, const struct mcv_fp8 *const *a, const struct mcv_fp8 *const *b,
                  size_t n)
{
    v4 even[M], odd[M];

    dot4(even, a, b, n, 0);
    dot4(odd, a, b, n, 1);
    join(r, even, odd);
}

/* ---- One lane ---- */

/* Limb i of 16 words */
MCV_INLINE uint32_t limb_of(const mcv_limb *a, size_t i)
{
    const size_t at = i * B / 64, off = i * B % 64;
    mcv_limb x = a[at] >> off;

    if (off > 64 - B && at + 1 < N) x |= a[at + 1] << (64 - off);
    return (uint32_t)x & LOW;
}

/* An element of 2^1044 as one of 2^1024, t being its limbs in 17 words: (t + u p)/2^20. */
MCV_INLINE void leave(mcv_limb r[N], mcv_limb t[N + 1])
{
    const mcv_limb u = t[0] * MCV_SAKKE_MINUS_1_OVER_P & ((1u << MORE) - 1u);
    mcv_dlimb up = 0;

    for (size_t i = 0; i < N; i++) {
        up = (mcv_dlimb)u * P[i] + t[i] + (mcv_limb)(up >> 64);
        t[i] = (mcv_limb)up;
    }
    t[N] += (mcv_limb)(up >> 64);
    for (size_t i = 0; i < N; i++) r[i] = t[i] >> MORE | t[i + 1] << (64 - MORE);
    mcv_mp_reduce_once(r, 0, P, N);
}

void mcv_adx_get8(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane)
{
    mcv_limb t[N + 1];
    mcv_dlimb acc = 0;
    size_t bits = 0, at = 0;

    for (size_t i = 0; i < M; i++) {
        acc += (mcv_dlimb)get_limb(a, i, lane) << bits;
        bits += B;
        if (bits < 64) continue;
        t[at++] = (mcv_limb)acc;
        acc >>= 64;
        bits -= 64;
    }
    t[at] = (mcv_limb)acc;
    leave(r->v, t);
}

void mcv_adx_set8(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a)
{
    mcv_limb t[N];

    mcv_adx_mul(t, a->v, two_20);
    for (size_t i = 0; i < M; i++) put_limb(r, i, lane, limb_of(t, i));
}

/* ---- Masks ---- */

MCV_INLINE v8 lanes_of(const mcv_limb mask[L])
{
    v8 r;

    for (size_t l = 0; l < L; l++) r[l] = (uint32_t)mask[l];
    return r;
}

void mcv_adx_cswap8(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[L])
{
    const v8 m = lanes_of(mask);

    for (size_t i = 0; i < M; i++) {
        const v8 x = limb(a, i), y = limb(b, i), d = m & (x ^ y);
        set_limb(a, i, x ^ d);
        set_limb(b, i, y ^ d);
    }
}

void mcv_adx_cneg8(struct mcv_fp8 *a, const mcv_limb mask[L])
{
    const v8 m = lanes_of(mask);
    v8 carry = {0};

    for (size_t i = 0; i < M; i++) {
        const v8 x = limb(a, i);
        put(a, i, x ^ (m & (x ^ (eight_p[i] - x))), &carry);
    }
}

/* ---- Tables: elements of 16 words, but of 2^1044 ---- */

void mcv_adx_table_set(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a)
{
    (void)n;
    mcv_adx_mul(table + at * N, a->v, two_20);
}

/* Two entries of n, at the indices of two lanes, four words a vector; reads all of them. */
MCV_INLINE void look_up(v4 r[2][N / 4], const mcv_limb *entry, size_t n, const uint8_t index[2])
{
    const v4 wanted[] = {all(index[0]), all(index[1])}, one = all(1);
    v4 e = {0}, w;

    MCV_UNROLL for (size_t i = 0; i < N / 4; i++) r[0][i] = r[1][i] = all(0);
    for (; n > 0; n--, entry += N, e += one) {
        const v4 hit[] = {(v4)(e == wanted[0]), (v4)(e == wanted[1])};
        MCV_UNROLL for (size_t i = 0; i < N / 4; i++)
        {
            memcpy(&w, entry + 4 * i, sizeof w);
            r[0][i] |= w & hit[0];
            r[1][i] |= w & hit[1];
        }
    }
}

/* Rows become columns. */
MCV_INLINE void transpose(v4 r[4], v4 a, v4 b, v4 c, v4 d)
{
    const __m256i ab0 = _mm256_unpacklo_epi64((__m256i)a, (__m256i)b);
    const __m256i ab1 = _mm256_unpackhi_epi64((__m256i)a, (__m256i)b);
    const __m256i cd0 = _mm256_unpacklo_epi64((__m256i)c, (__m256i)d);
    const __m256i cd1 = _mm256_unpackhi_epi64((__m256i)c, (__m256i)d);

    r[0] = (v4)_mm256_permute2x128_si256(ab0, cd0, 0x20);
    r[1] = (v4)_mm256_permute2x128_si256(ab1, cd1, 0x20);
    r[2] = (v4)_mm256_permute2x128_si256(ab0, cd0, 0x31);
    r[3] = (v4)_mm256_permute2x128_si256(ab1, cd1, 0x31);
}

/* The limbs of every second lane from the first on */
MCV_INLINE void split(v4 r[M], v4 lane[L][N / 4], size_t first)
{
    v4 w[N + 1];

    for (size_t i = 0; i < N / 4; i++)
        transpose(w + 4 * i, lane[first][i], lane[first + 2][i], lane[first + 4][i],
                  lane[first + 6][i]);
    w[N] = all(0);
    for (size_t i = 0; i < M; i++) {
        const size_t at = i * B / 64, off = i * B % 64;
        r[i] = (w[at] >> off | (w[at + 1] << 1) << (63 - off)) & all(LOW);
    }
}

void mcv_adx_table_get(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                       size_t stride, const uint8_t index[L])
{
    v4 lane[L][N / 4], even[M], odd[M];

    for (size_t l = 0; l < L; l += 2) look_up(lane + l, table + l / lanes * stride, n, index + l);
    split(even, lane, 0);
    split(odd, lane, 1);
    join(r, even, odd);
}
