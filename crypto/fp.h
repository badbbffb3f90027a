/* The field F_p of SAKKE (1024 bits) and F_p2 = F_p[i], i^2 = -1, behind a table
 * of kernels. Private to crypto/. Spec: RFC 6508 2, RFC 6509 Appendix A.
 *
 * Everything above this header is one algorithm layer for all kernels; only the
 * functions of struct mcv_fp_kernel know how an element is stored. Elements are
 * Montgomery residues and may be larger than p. Rules for the layer above, so
 * that a kernel need not reduce:
 *   - the result of a product is below 2p ("tight");
 *   - what is subtracted is below 4p: a tight value, or the sum of two or three of them; so
 *     are both parts of what is squared in F_p2, and of the second factor of a product there;
 *   - no element exceeds 512p.
 * All functions take the same time for all values. Outputs may be inputs. */
#ifndef MCV_CRYPTO_FP_H
#define MCV_CRYPTO_FP_H

#include "crypto/base/err.h"
#include "crypto/sakke_const.h"

#include <stdalign.h>

#if MCV_LIMB_BITS == 64 && defined(__x86_64__)
#define MCV_FP_WORDS 20 /* room for 20 limbs of 52 bits, or 36 of 29 in 32 */
#else
#define MCV_FP_WORDS MCV_SAKKE_LIMBS
#endif
#define MCV_FP_LANES 8

struct mcv_fp {
    mcv_limb v[MCV_FP_WORDS];
};

/* a + b i, in the kernel's order */
struct mcv_fp2 {
    alignas(64) mcv_limb v[2 * MCV_FP_WORDS];
};

/* Eight elements on which the same is done; the order inside is the kernel's. */
struct mcv_fp8 {
    alignas(64) mcv_limb v[MCV_FP_WORDS * MCV_FP_LANES];
};

typedef void mcv_fp_op(struct mcv_fp *r, const struct mcv_fp *a, const struct mcv_fp *b);
typedef void mcv_fp8_op(struct mcv_fp8 *r, const struct mcv_fp8 *a, const struct mcv_fp8 *b);

struct mcv_fp_kernel {
    const char *name;

    void (*load)(struct mcv_fp *r, const mcv_limb *a);  /* plain integer below p */
    void (*store)(mcv_limb *r, const struct mcv_fp *a); /* below p */

    mcv_fp_op *add, *sub, *mul;
    /* two independent products */
    void (*mul2)(struct mcv_fp *r0, const struct mcv_fp *a0, const struct mcv_fp *b0,
                 struct mcv_fp *r1, const struct mcv_fp *a1, const struct mcv_fp *b1);

    void (*fp2_set)(struct mcv_fp2 *r, const struct mcv_fp *a, const struct mcv_fp *b);
    void (*fp2_get)(struct mcv_fp *a, struct mcv_fp *b, const struct mcv_fp2 *x);
    void (*fp2_sqr)(struct mcv_fp2 *r, const struct mcv_fp2 *a);
    void (*fp2_mul)(struct mcv_fp2 *r, const struct mcv_fp2 *a, const struct mcv_fp2 *b);
    /* r = r^4 a */
    void (*fp2_step)(struct mcv_fp2 *r, const struct mcv_fp2 *a);
    /* r[l] is a + b i of lane l */
    void (*fp2_set8)(struct mcv_fp2 r[MCV_FP_LANES], const struct mcv_fp8 *a,
                     const struct mcv_fp8 *b);

    mcv_fp8_op *add8, *sub8, *mul8;
    /* r = a[0] b[0] + ... + a[n-1] b[n-1], n = 1 .. 4 */
    void (*dot8)(struct mcv_fp8 *r, const struct mcv_fp8 *const *a, const struct mcv_fp8 *const *b,
                 size_t n);
    void (*get8)(struct mcv_fp *r, const struct mcv_fp8 *a, size_t lane);
    void (*set8)(struct mcv_fp8 *r, size_t lane, const struct mcv_fp *a);
    /* per lane, masks of all ones or zero: swap a and b; a = -a (a tight) */
    void (*cswap8)(struct mcv_fp8 *a, struct mcv_fp8 *b, const mcv_limb mask[MCV_FP_LANES]);
    void (*cneg8)(struct mcv_fp8 *a, const mcv_limb mask[MCV_FP_LANES]);

    /* Look-up tables of n elements (8 or 32) in n * MCV_FP_WORDS limbs, aligned to 64 octets. */
    void (*table_set)(mcv_limb *table, size_t n, size_t at, const struct mcv_fp *a);
    /* r[l] = entry index[l] of the table of lane l; reads all of the tables. One table serves
     * lanes (4 or 8) of them, the next one lies stride limbs further. */
    void (*table_get)(struct mcv_fp8 *r, const mcv_limb *table, size_t n, size_t lanes,
                      size_t stride, const uint8_t index[MCV_FP_LANES]);
};

/* A kernel and the constants in its form. */
struct mcv_field {
    const struct mcv_fp_kernel *k;
    struct mcv_fp zero, one, s, inv_s, m, inv_m;
};

/* The kernel that the environment variable MCV_FP names, or the fastest one that
 * this CPU runs. MCV_E_CONFIG: the named one is not there. */
MCV_MUST_USE mcv_err mcv_field_init(struct mcv_field *f);

/* Why init would fail; static. NULL: it would not. */
const char *mcv_field_fault(void);

/* r = 1/a, 0 for 0. About 15 us. */
void mcv_fp_inv(const struct mcv_field *f, struct mcv_fp *r, const struct mcv_fp *a);

/* All eight lanes; every lane is 0 if one is. */
void mcv_fp8_inv(const struct mcv_field *f, struct mcv_fp8 *r, const struct mcv_fp8 *a);

/* The same element in all lanes. */
void mcv_fp8_set_all(const struct mcv_field *f, struct mcv_fp8 *r, const struct mcv_fp *a);

/* 1 if a is 0, else 0. */
mcv_limb mcv_fp_is_zero(const struct mcv_field *f, const struct mcv_fp *a);

/* r = mask ? a : r; the mask is all ones or zero. */
void mcv_fp_cmov(struct mcv_fp *r, const struct mcv_fp *a, mcv_limb mask);

/* 1 and r set if the octets are an integer below p, else 0. */
mcv_limb mcv_fp_decode(const struct mcv_field *f, struct mcv_fp *r, const uint8_t be[128]);
void mcv_fp_encode(const struct mcv_field *f, uint8_t be[128], const struct mcv_fp *a);

extern const struct mcv_fp_kernel mcv_fp_portable;
extern const struct mcv_fp_kernel mcv_fp_adx;  /* with MCV_HAVE_ADX */
extern const struct mcv_fp_kernel mcv_fp_ifma; /* with MCV_HAVE_IFMA */

#endif
