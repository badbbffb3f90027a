/* The processes of one run that is divided: MPI behind few functions, so that the rest knows nothing of
 * it. Every function but the first ones is called by all processes, in the same order.
 *
 * A program that was not started by mpirun or srun has one process, and NULL for it. One thread. */
#ifndef MCV_SIM_RANKS_H
#define MCV_SIM_RANKS_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_ranks;

/* Once; from then on the program ends by mcv_ranks_close.
 * out  NULL: one process. MCV_E_UNSUPPORTED: several were started, and this build has no MPI.
 * MCV_E_CONFIG: srun started several that do not know of each other. MCV_E_IO: no memory, or MPI
 * does not start. */
MCV_MUST_USE mcv_err mcv_ranks_open(struct mcv_ranks **out);
void mcv_ranks_close(struct mcv_ranks *r);

unsigned mcv_ranks_n(const struct mcv_ranks *r);  /* 1 for NULL */
unsigned mcv_ranks_me(const struct mcv_ranks *r); /* 0 .. n - 1 */

/* Octets for another process, at the next exchange. MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_ranks_stage(struct mcv_ranks *r, unsigned to, const void *p, size_t n);

/* What others staged for this process, in the order of the processes; valid until the next exchange.
 * A process that has no memory for it ends all of them: the others wait for it. */
struct mcv_bytes mcv_ranks_exchange(struct mcv_ranks *r);

/* The smallest of one number and the largest of another, of all processes. */
void mcv_ranks_min_max(struct mcv_ranks *r, uint64_t *least, uint64_t *most);

/* Element by element, of all processes. */
void mcv_ranks_sum(struct mcv_ranks *r, uint64_t *v, size_t n);

#endif
