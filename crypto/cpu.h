/* What this CPU and its operating system run. Private to crypto/. */
#ifndef MCV_CRYPTO_CPU_H
#define MCV_CRYPTO_CPU_H

#include <stdbool.h>

bool mcv_cpu_has_adx(void);  /* ADX, BMI2 and AVX2 */
bool mcv_cpu_has_ifma(void); /* AVX-512F and IFMA, and the system saves their registers */

#endif
