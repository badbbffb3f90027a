/* A build without MPI: one process. */
#include "sim/ranks.h"

#include <stdlib.h>

/* How OpenMPI, MPICH and Slurm tell a process how many there are. */
static bool are_several(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *n = getenv(names[i]);

        if (n != NULL && strcmp(n, "1") != 0) return true;
    }
    return false;
}

mcv_err mcv_ranks_open(struct mcv_ranks **out)
{
    *out = NULL;
    return are_several() ? MCV_E_UNSUPPORTED : MCV_OK;
}

void mcv_ranks_close(struct mcv_ranks *r)
{
    (void)r;
}

unsigned mcv_ranks_n(const struct mcv_ranks *r)
{
    (void)r;
    return 1;
}

unsigned mcv_ranks_me(const struct mcv_ranks *r)
{
    (void)r;
    return 0;
}

mcv_err mcv_ranks_stage(struct mcv_ranks *r, unsigned to, const void *p, size_t n)
{
    (void)r, (void)to, (void)p, (void)n;
    return MCV_E_UNSUPPORTED;
}

struct mcv_bytes mcv_ranks_exchange(struct mcv_ranks *r)
{
    (void)r;
    return mcv_bytes_of(NULL, 0);
}

void mcv_ranks_min_max(struct mcv_ranks *r, uint64_t *least, uint64_t *most)
{
    (void)r, (void)least, (void)most;
}

void mcv_ranks_sum(struct mcv_ranks *r, uint64_t *v, size_t n)
{
    (void)r, (void)v, (void)n;
}
