/* Constants of SAKKE parameter set 1 as plain integers, least significant limb
 * first. Private to crypto/. Spec: RFC 6509 Appendix A. */
#ifndef MCV_CRYPTO_SAKKE_CONST_H
#define MCV_CRYPTO_SAKKE_CONST_H

#include "crypto/mp.h"

#define MCV_SAKKE_LIMBS MCV_LIMBS(1024)

extern const mcv_limb mcv_sakke_p[MCV_SAKKE_LIMBS];  /* Field prime */
extern const mcv_limb mcv_sakke_q[MCV_SAKKE_LIMBS];  /* Order of P: (p + 1) / 4 */
extern const mcv_limb mcv_sakke_g[MCV_SAKKE_LIMBS];  /* <P, P> */
extern const mcv_limb mcv_sakke_px[MCV_SAKKE_LIMBS]; /* P */
extern const mcv_limb mcv_sakke_py[MCV_SAKKE_LIMBS]; /* P */
extern const mcv_limb
    mcv_sakke_s[MCV_SAKKE_LIMBS]; /* s = sqrt(-3), the one of the two roots that is a square */
extern const mcv_limb mcv_sakke_inv_s[MCV_SAKKE_LIMBS]; /* 1 / s */
extern const mcv_limb mcv_sakke_m[MCV_SAKKE_LIMBS];     /* s^(3/2) / c, with c = sqrt(-1/2) */
extern const mcv_limb mcv_sakke_inv_m[MCV_SAKKE_LIMBS]; /* c / s^(3/2) */
extern const mcv_limb
    mcv_sakke_r2[MCV_SAKKE_LIMBS]; /* 2^2048 mod p: into Montgomery form with R = 2^1024 */
extern const mcv_limb mcv_sakke_q_r2[MCV_SAKKE_LIMBS]; /* 2^2048 mod q */

/* Limbs of p. */
#define MCV_SAKKE_P                                                                                \
    MCV_LIMB2(666D807A, FEA85FEB), MCV_LIMB2(80C5DF10, AC7ACE87), MCV_LIMB2(FCE3E823, 89857DB0),   \
        MCV_LIMB2(9F94D6AF, 56971F1F), MCV_LIMB2(A7CF3C52, 1C3C09AA),                              \
        MCV_LIMB2(B6AFF4A8, 31852A82), MCV_LIMB2(512AC5CD, 65681CE1),                              \
        MCV_LIMB2(E26C6487, 326B4CD4), MCV_LIMB2(356D27F4, A666A6D0),                              \
        MCV_LIMB2(E791B39F, F7C88A19), MCV_LIMB2(228730D5, 31A59CB0),                              \
        MCV_LIMB2(F40AAB27, E2FC0F1B), MCV_LIMB2(BE9AE358, B3E01A2E),                              \
        MCV_LIMB2(416C0CE1, 9CB48261), MCV_LIMB2(65C61198, DAD0657A),                              \
        MCV_LIMB2(997ABB1F, 0A563FDA)
#define MCV_SAKKE_MINUS_1_OVER_P ((mcv_limb)UINT64_C(0x290420077C8F2F3D))
#define MCV_SAKKE_MINUS_1_OVER_Q ((mcv_limb)UINT64_C(0xB8A1D17D46EAA4CD))

#endif
