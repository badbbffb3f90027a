/* One element: mulx does not touch the flags, adcx and adox keep a carry each, so a row of products
 * runs in two chains. Blocks of 8 x 8 words keep eight accumulators in registers. */
#include "crypto/fp_adx.h"

#include <string.h>

#define N MCV_SAKKE_LIMBS
#define P mcv_sakke_p
#define H (N / 2) /* words of a block */

/* clang-format off */
#define CLOBBERED "rax", "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory"

/* Word `at` of (rdi) = that of (rsi) op that of (rdx) */
#define WORD(op, at)                                                                               \
    "movq " #at "(%%rsi), %%rax\n\t"                                                               \
    op " " #at "(%%rdx), %%rax\n\t"                                                                \
    "movq %%rax, " #at "(%%rdi)\n\t"
#define ALL_WORDS(first, next)                                                                     \
    WORD(first, 0) WORD(next, 8) WORD(next, 16) WORD(next, 24)                                     \
    WORD(next, 32) WORD(next, 40) WORD(next, 48) WORD(next, 56)                                    \
    WORD(next, 64) WORD(next, 72) WORD(next, 80) WORD(next, 88)                                    \
    WORD(next, 96) WORD(next, 104) WORD(next, 112) WORD(next, 120)

/* (lo, hi) += word `at` of (rsi) * rdx */
#define STEP(at, lo, hi)                                                                           \
    "mulxq " #at "(%%rsi), %%rax, %%rbx\n\t"                                                       \
    "adcxq %%rax, %%" lo "\n\t"                                                                    \
    "adoxq %%rbx, %%" hi "\n\t"

/* (r0 .. r7) += (rsi) rdx; the low word leaves, its register becomes the high one. The moves keep
 * the flags. */
#define ROW(leave, r0, r1, r2, r3, r4, r5, r6, r7)                                                 \
    "xorl %%eax, %%eax\n\t"                                                                        \
    STEP(0, r0, r1)                                                                                \
    leave                                                                                          \
    "movq $0, %%" r0 "\n\t"                                                                        \
    STEP(8, r1, r2) STEP(16, r2, r3) STEP(24, r3, r4) STEP(32, r4, r5)                             \
    STEP(40, r5, r6) STEP(48, r6, r7) STEP(56, r7, r0)                                             \
    "movq $0, %%rax\n\t"                                                                           \
    "adcxq %%rax, %%" r0 "\n\t"

/* Row `at` of a product: times word `at` of (rcx); the low word goes to (rdi). */
#define MUL_ROW(at, r0, r1, r2, r3, r4, r5, r6, r7)                                                \
    "movq " #at "(%%rcx), %%rdx\n\t"                                                               \
    ROW("movq %%" r0 ", " #at "(%%rdi)\n\t", r0, r1, r2, r3, r4, r5, r6, r7)

/* u = t (-1/p) mod 2^128 for the words t = r0, r1, to word `at` and the next of (rcx). Two words at
 * once halve the time in which nothing but the next u is waited for. */
#define FIND_U(at, r0, r1)                                                                         \
    "movq 128(%%rsi), %%rdx\n\t"                                                                   \
    "mulxq %%" r0 ", %%rax, %%rbx\n\t"                                                             \
    "imulq %%" r1 ", %%rdx\n\t"                                                                    \
    "addq %%rdx, %%rbx\n\t"                                                                        \
    "movq 136(%%rsi), %%rdx\n\t"                                                                   \
    "imulq %%" r0 ", %%rdx\n\t"                                                                    \
    "addq %%rdx, %%rbx\n\t"                                                                        \
    "movq %%rax, " #at "(%%rcx)\n\t"                                                               \
    "movq %%rbx, 8+" #at "(%%rcx)\n\t"

/* Rows `at` and the next of a reduction: times u, which makes the low words zero. */
#define REDUCE_ROWS(at, r0, r1, r2, r3, r4, r5, r6, r7)                                            \
    FIND_U(at, r0, r1)                                                                             \
    "movq %%rax, %%rdx\n\t"                                                                        \
    ROW("", r0, r1, r2, r3, r4, r5, r6, r7)                                                        \
    "movq 8+" #at "(%%rcx), %%rdx\n\t"                                                             \
    ROW("", r1, r2, r3, r4, r5, r6, r7, r0)

#define FOUR_ROWS_TWICE(rows)                                                                      \
    rows(0, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")                                  \
    rows(16, "r10", "r11", "r12", "r13", "r14", "r15", "r8", "r9")                                 \
    rows(32, "r12", "r13", "r14", "r15", "r8", "r9", "r10", "r11")                                 \
    rows(48, "r14", "r15", "r8", "r9", "r10", "r11", "r12", "r13")

#define EIGHT_ROWS(row)                                                                            \
    row(0, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")                                   \
    row(8, "r9", "r10", "r11", "r12", "r13", "r14", "r15", "r8")                                   \
    row(16, "r10", "r11", "r12", "r13", "r14", "r15", "r8", "r9")                                  \
    row(24, "r11", "r12", "r13", "r14", "r15", "r8", "r9", "r10")                                  \
    row(32, "r12", "r13", "r14", "r15", "r8", "r9", "r10", "r11")                                  \
    row(40, "r13", "r14", "r15", "r8", "r9", "r10", "r11", "r12")                                  \
    row(48, "r14", "r15", "r8", "r9", "r10", "r11", "r12", "r13")                                  \
    row(56, "r15", "r8", "r9", "r10", "r11", "r12", "r13", "r14")

/* op the 8 words of (rdi) from `at` on and r8 .. r15 */
#define EACH_WORD(first, next, at)                                                                 \
    first " " #at "+0(%%rdi), %%r8\n\t"                                                            \
    next " " #at "+8(%%rdi), %%r9\n\t"                                                             \
    next " " #at "+16(%%rdi), %%r10\n\t"                                                           \
    next " " #at "+24(%%rdi), %%r11\n\t"                                                           \
    next " " #at "+32(%%rdi), %%r12\n\t"                                                           \
    next " " #at "+40(%%rdi), %%r13\n\t"                                                           \
    next " " #at "+48(%%rdi), %%r14\n\t"                                                           \
    next " " #at "+56(%%rdi), %%r15\n\t"
#define STORE_HIGH                                                                                 \
    "movq %%r8, 64(%%rdi)\n\t"                                                                     \
    "movq %%r9, 72(%%rdi)\n\t"                                                                     \
    "movq %%r10, 80(%%rdi)\n\t"                                                                    \
    "movq %%r11, 88(%%rdi)\n\t"                                                                    \
    "movq %%r12, 96(%%rdi)\n\t"                                                                    \
    "movq %%r13, 104(%%rdi)\n\t"                                                                   \
    "movq %%r14, 112(%%rdi)\n\t"                                                                   \
    "movq %%r15, 120(%%rdi)\n\t"
#define CARRY_TO(reg)                                                                              \
    "movq $0, %%" reg "\n\t"                                                                       \
    "adcq $0, %%" reg "\n\t"
/* clang-format on */

MCV_INLINE mcv_limb add_words(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    mcv_limb carry;

    __asm__ volatile(ALL_WORDS("addq", "adcq") CARRY_TO("rcx")
                     : "=&c"(carry)
                     : "D"(r), "S"(a), "d"(b)
                     : "rax", "cc", "memory");
    return carry;
}

MCV_INLINE mcv_limb sub_words(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    mcv_limb borrow;

    __asm__ volatile(ALL_WORDS("subq", "sbbq") CARRY_TO("rcx")
                     : "=&c"(borrow)
                     : "D"(r), "S"(a), "d"(b)
                     : "rax", "cc", "memory");
    return borrow;
}

typedef mcv_limb four __attribute__((vector_size(32)));

MCV_INLINE void choose_words(mcv_limb *r, mcv_limb mask, const mcv_limb *a, const mcv_limb *b)
{
    four x, y;

    for (size_t i = 0; i < N; i += 4) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        y ^= mask & (x ^ y);
        memcpy(r + i, &y, sizeof y);
    }
}

/* t = the low 8 words of t + a b, 16 words */
__attribute__((noinline)) static void mul_from(mcv_limb *t, const mcv_limb *a, const mcv_limb *b)
{
    __asm__ volatile(EACH_WORD("movq", "movq", 0) EIGHT_ROWS(MUL_ROW) STORE_HIGH
                     :
                     : "D"(t), "S"(a), "c"(b)
                     : "rdx", CLOBBERED);
}

/* t += a b, 16 words; the carry out. */
__attribute__((noinline)) static mcv_limb mul_add(mcv_limb *t, const mcv_limb *a, const mcv_limb *b)
{
    mcv_limb carry;

    __asm__ volatile(EACH_WORD("movq", "movq", 0) EIGHT_ROWS(MUL_ROW) /* */
                     EACH_WORD("addq", "adcq", 64) STORE_HIGH CARRY_TO("rdx")
                     : "=&d"(carry)
                     : "D"(t), "S"(a), "c"(b)
                     : CLOBBERED);
    return carry;
}

/* p and -1/p mod 2^128 */
struct modulus {
    mcv_limb p[N], minus_inverse[2];
};

/* u such that the low 8 words of t + u p_low are zero; their carry, 8 words, is added to the next
 * ones of t; the carry out. */
__attribute__((noinline)) static mcv_limb reduce_low(mcv_limb *u, mcv_limb *t,
                                                     const struct modulus *m)
{
    mcv_limb carry;

    __asm__ volatile(EACH_WORD("movq", "movq", 0) FOUR_ROWS_TWICE(REDUCE_ROWS) /* */
                     EACH_WORD("addq", "adcq", 64) STORE_HIGH CARRY_TO("rdx")
                     : "=&d"(carry)
                     : "D"(t), "S"(m), "c"(u)
                     : CLOBBERED);
    return carry;
}

/* t += carry, 8 words; the carry out. */
MCV_INLINE mcv_limb propagate(mcv_limb *t, mcv_limb carry)
{
    __asm__ volatile("addq %0, (%1)\n\tadcq $0, 8(%1)\n\tadcq $0, 16(%1)\n\tadcq $0, 24(%1)\n\t"
                     "adcq $0, 32(%1)\n\tadcq $0, 40(%1)\n\tadcq $0, 48(%1)\n\tadcq $0, 56(%1)\n\t"
                     "movl $0, %k0\n\tadcq $0, %0"
                     : "+r"(carry)
                     : "r"(t)
                     : "cc", "memory");
    return carry;
}

/* t = a b, 2N words */
MCV_INLINE void wide_mul(mcv_limb *t, const mcv_limb *a, const mcv_limb *b)
{
    memset(t, 0, H * sizeof t[0]);
    mul_from(t, a, b);
    mul_from(t + H, a + H, b);
    const mcv_limb carry = mul_add(t + H, a, b + H);
    mul_from(t + 2 * H, a + H, b + H);
    propagate(t + 3 * H, carry);
}

/* The upper N words of t + u p, u such that the others are zero; the carry out. */
MCV_INLINE mcv_limb wide_reduce(mcv_limb *t)
{
    static const struct modulus m = {{MCV_SAKKE_P},
                                     {MCV_SAKKE_MINUS_1_OVER_P, UINT64_C(0x4150A68C1AC88808)}};
    mcv_limb u[H], c[4];

    c[0] = reduce_low(u, t, &m);
    c[1] = mul_add(t + H, u, m.p + H);
    c[2] = reduce_low(u, t + H, &m);
    c[3] = mul_add(t + 2 * H, u, m.p + H);
    c[2] += propagate(t + 2 * H, c[0]);
    return c[3] + propagate(t + 3 * H, c[1] + c[2]);
}

static void dot(mcv_limb *r, const mcv_limb *const *a, const mcv_limb *const *b, size_t n)
{
    mcv_limb t[2 * N], more[2 * N], less[N], over = 0;

    wide_mul(t, a[0], b[0]);
    for (size_t k = 1; k < n; k++) {
        wide_mul(more, a[k], b[k]);
        const mcv_limb carry = add_words(t, t, more);
        over += propagate(t + 3 * H, propagate(t + N, carry)) + add_words(t + N, t + N, more + N);
    }
    over += wide_reduce(t);
    /* 1.6 p for one product, 2.2 p for two, 3.4 p for four */
    for (size_t k = n < 2 ? 1 : n / 2 + 1; k > 0; k--) {
        const mcv_limb borrow = sub_words(less, t + N, P);
        const mcv_limb is_less = borrow & mcv_mp_is_zero(&over, 1);
        over -= borrow ^ is_less;
        choose_words(k > 1 ? t + N : r, mcv_mp_mask(is_less), t + N, less);
    }
}

#include "crypto/fp_words.inc"

void mcv_adx_mul(mcv_limb *r, const mcv_limb *a, const mcv_limb *b)
{
    mul_mod(r, a, b);
}

static void fp2_set8(struct mcv_fp2 r[MCV_FP_LANES], const struct mcv_fp8 *a,
                     const struct mcv_fp8 *b)
{
    struct mcv_fp x, y;

    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        mcv_adx_get8(&x, a, l);
        mcv_adx_get8(&y, b, l);
        fp2_set(&r[l], &x, &y);
    }
}

const struct mcv_fp_kernel mcv_fp_adx = {
    .name = "adx",
    MCV_FP_WORDS_ONE,
    .fp2_set8 = fp2_set8,
    .add8 = mcv_adx_add8,
    .sub8 = mcv_adx_sub8,
    .mul8 = mcv_adx_mul8,
    .dot8 = mcv_adx_dot8,
    .get8 = mcv_adx_get8,
    .set8 = mcv_adx_set8,
    .cswap8 = mcv_adx_cswap8,
    .cneg8 = mcv_adx_cneg8,
    .table_set = mcv_adx_table_set,
    .table_get = mcv_adx_table_get,
};
