/* Numbers on the command line of mcvsim. */
#ifndef MCV_SIM_OPTION_H
#define MCV_SIM_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#define MCV_MAX_SEED ((UINT64_C(1) << 53) - 1) /* every reader of results.json reads it exactly */

/* Decimal digits alone, 0 .. max. *out is to be used only when it is true. */
bool mcv_option_number(uint64_t *out, const char *text, uint64_t max);

#endif
