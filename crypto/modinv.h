/* Inverse modulo an odd number in constant time. Private to crypto/.
 *
 * The divstep iteration of Bernstein and Yang, "Fast constant-time gcd
 * computation and modular inversion" (2019), in the variant that starts with
 * delta = 1/2, in batches on signed limbs two bits shorter than a limb.
 * The number of steps depends on the size of the modulus alone. */
#ifndef MCV_CRYPTO_MODINV_H
#define MCV_CRYPTO_MODINV_H

#include "crypto/mp.h"

#define MCV_MODINV_MAX_LIMBS MCV_LIMBS(1024)

/* r = 1/x mod m, below m; 0 when x is 0. x < m, m odd and prime, both of n
 * limbs, n = MCV_LIMBS(256) or MCV_LIMBS(1024). r may be x. About 15 us for 1024 bits. */
void mcv_modinv(mcv_limb *r, const mcv_limb *x, const mcv_limb *m, size_t n);

#endif
