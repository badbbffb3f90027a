/* Ranks of MPI. */
#include "sim/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>

struct buffer {
    uint8_t *p;
    size_t n, cap;
};

struct mcv_ranks {
    int me, n;
    struct buffer *out; /* by rank */
    struct buffer sent, received;
    int *counts, *places;       /* of what is sent, by rank */
    int *in_counts, *in_places; /* of what is received */
};

static bool is_started_by_mpi(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL) return true;
    return false;
}

/* Each of them would play all of it, and write over the results of the others. */
static bool are_strangers(void)
{
    const char *n = getenv("SLURM_STEP_NUM_TASKS");

    return n != NULL && strcmp(n, "1") != 0;
}

mcv_err mcv_ranks_open(struct mcv_ranks **out)
{
    *out = NULL;
    if (!is_started_by_mpi()) return are_strangers() ? MCV_E_CONFIG : MCV_OK;
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS) return MCV_E_IO;
    struct mcv_ranks *r = calloc(1, sizeof *r);
    if (r == NULL) return MCV_E_IO;
    MPI_Comm_rank(MPI_COMM_WORLD, &r->me);
    MPI_Comm_size(MPI_COMM_WORLD, &r->n);
    const size_t n = (size_t)r->n;
    r->out = calloc(n, sizeof *r->out);
    r->counts = calloc(4 * n, sizeof *r->counts);
    if (r->out == NULL || r->counts == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
    r->places = r->counts + n;
    r->in_counts = r->places + n;
    r->in_places = r->in_counts + n;
    *out = r;
    return MCV_OK;
}

void mcv_ranks_close(struct mcv_ranks *r)
{
    if (r == NULL) return;
    for (int i = 0; i < r->n; i++) free(r->out[i].p);
    free(r->out);
    free(r->counts);
    free(r->sent.p);
    free(r->received.p);
    free(r);
    MPI_Finalize();
}

unsigned mcv_ranks_n(const struct mcv_ranks *r)
{
    return r != NULL ? (unsigned)r->n : 1;
}

unsigned mcv_ranks_me(const struct mcv_ranks *r)
{
    return r != NULL ? (unsigned)r->me : 0;
}

static bool make_room(struct buffer *b, size_t n)
{
    size_t cap = b->cap > 0 ? b->cap : 4096;

    while (cap < n) cap *= 2;
    if (cap == b->cap) return true;
    uint8_t *p = realloc(b->p, cap);
    if (p == NULL) return false;
    b->p = p;
    b->cap = cap;
    return true;
}

mcv_err mcv_ranks_stage(struct mcv_ranks *r, unsigned to, const void *p, size_t n)
{
    struct buffer *b = &r->out[to];

    if (!make_room(b, b->n + n)) return MCV_E_IO;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return MCV_OK;
}

/* Where each part stands, behind the one before it. */
static size_t lay_out(const struct mcv_ranks *r, const int *counts, int *places)
{
    size_t n = 0;

    for (int i = 0; i < r->n; i++) {
        MCV_ASSERT(n <= INT_MAX); /* what MPI can name */
        places[i] = (int)n;
        n += (size_t)counts[i];
    }
    return n;
}

struct mcv_bytes mcv_ranks_exchange(struct mcv_ranks *r)
{
    for (int i = 0; i < r->n; i++) {
        MCV_ASSERT(r->out[i].n <= INT_MAX);
        r->counts[i] = (int)r->out[i].n;
    }
    MPI_Alltoall(r->counts, 1, MPI_INT, r->in_counts, 1, MPI_INT, MPI_COMM_WORLD);
    const bool has_room = make_room(&r->sent, lay_out(r, r->counts, r->places)) &&
                          make_room(&r->received, lay_out(r, r->in_counts, r->in_places));
    if (!has_room) MPI_Abort(MPI_COMM_WORLD, 1); /* the others wait */
    for (int i = 0; i < r->n; i++) {
        if (r->out[i].n > 0) memcpy(r->sent.p + r->places[i], r->out[i].p, r->out[i].n);
        r->out[i].n = 0;
    }
    MPI_Alltoallv(r->sent.p, r->counts, r->places, MPI_BYTE, r->received.p, r->in_counts,
                  r->in_places, MPI_BYTE, MPI_COMM_WORLD);
    return mcv_bytes_of(r->received.p, lay_out(r, r->in_counts, r->in_places));
}

void mcv_ranks_min_max(struct mcv_ranks *r, uint64_t *least, uint64_t *most)
{
    uint64_t v[2] = {*least, UINT64_MAX - *most};

    if (r == NULL) return;
    MPI_Allreduce(MPI_IN_PLACE, v, 2, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD);
    *least = v[0];
    *most = UINT64_MAX - v[1];
}

void mcv_ranks_sum(struct mcv_ranks *r, uint64_t *v, size_t n)
{
    while (r != NULL && n > 0) {
        const int part = n < INT_MAX ? (int)n : INT_MAX;

        MPI_Allreduce(MPI_IN_PLACE, v, part, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
        v += part;
        n -= (size_t)part;
    }
}
