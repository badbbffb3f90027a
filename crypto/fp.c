#include "crypto/fp.h"

#include "crypto/base/secret.h"
#include "crypto/cpu.h"
#include "crypto/modinv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N MCV_SAKKE_LIMBS

static bool always(void)
{
    return true;
}

/* Fastest first. */
static const struct {
    const struct mcv_fp_kernel *k;
    bool (*runs_here)(void);
} kernels[] = {
#if defined(MCV_HAVE_IFMA)
    {&mcv_fp_ifma, mcv_cpu_has_ifma},
#endif
#if defined(MCV_HAVE_ADX)
    {&mcv_fp_adx, mcv_cpu_has_adx},
#endif
    {&mcv_fp_portable, always},
};

/* valgrind runs instructions that its CPUID does not show. */
#if defined(MCV_CT_TEST)
#define TRUST_THE_NAME true
#else
#define TRUST_THE_NAME false
#endif

/* The one that is named, or with NULL the fastest one that runs here. NULL, and why, if there is none. */
static const struct mcv_fp_kernel *choose(const char *name, const char **fault)
{
    *fault = "this program has no such arithmetic";
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (name != NULL && strcmp(name, kernels[i].k->name) != 0) continue;
        if (kernels[i].runs_here() || (name != NULL && TRUST_THE_NAME)) {
            *fault = NULL;
            return kernels[i].k;
        }
        *fault = "this CPU does not run it";
    }
    return NULL;
}

const char *mcv_field_fault(void)
{
    const char *fault;

    (void)choose(getenv("MCV_FP"), &fault);
    return fault;
}

mcv_err mcv_field_init(struct mcv_field *f)
{
    static const mcv_limb one[N] = {1};
    const char *fault;

    *f = (struct mcv_field){.k = choose(getenv("MCV_FP"), &fault)};
    if (f->k == NULL) return MCV_E_CONFIG;
    f->k->load(&f->one, one);
    f->k->load(&f->s, mcv_sakke_s);
    f->k->load(&f->inv_s, mcv_sakke_inv_s);
    f->k->load(&f->m, mcv_sakke_m);
    f->k->load(&f->inv_m, mcv_sakke_inv_m);
    return MCV_OK;
}

void mcv_fp_inv(const struct mcv_field *f, struct mcv_fp *r, const struct mcv_fp *a)
{
    mcv_limb t[N];

    f->k->store(t, a);
    mcv_modinv(t, t, mcv_sakke_p, N);
    f->k->load(r, t);
    mcv_wipe(t, sizeof t);
}

/* One inversion of the product of all lanes, then 1/a_i = (a_0 .. a_(i-1)) (1/(a_0 .. a_i)). */
void mcv_fp8_inv(const struct mcv_field *f, struct mcv_fp8 *r, const struct mcv_fp8 *a)
{
    struct {
        struct mcv_fp lane[MCV_FP_LANES], upto[MCV_FP_LANES], inv, t;
    } w;

    for (size_t i = 0; i < MCV_FP_LANES; i++) {
        f->k->get8(&w.lane[i], a, i);
        if (i == 0)
            w.upto[0] = w.lane[0];
        else
            f->k->mul(&w.upto[i], &w.upto[i - 1], &w.lane[i]);
    }
    mcv_fp_inv(f, &w.inv, &w.upto[MCV_FP_LANES - 1]);
    for (size_t i = MCV_FP_LANES - 1; i > 0; i--) {
        f->k->mul2(&w.t, &w.inv, &w.upto[i - 1], &w.inv, &w.inv, &w.lane[i]);
        f->k->set8(r, i, &w.t);
    }
    f->k->set8(r, 0, &w.inv);
    mcv_wipe(&w, sizeof w);
}

void mcv_fp8_set_all(const struct mcv_field *f, struct mcv_fp8 *r, const struct mcv_fp *a)
{
    for (size_t i = 0; i < MCV_FP_LANES; i++) f->k->set8(r, i, a);
}

mcv_limb mcv_fp_is_zero(const struct mcv_field *f, const struct mcv_fp *a)
{
    mcv_limb t[N];

    f->k->store(t, a);
    const mcv_limb zero = mcv_mp_is_zero(t, N);
    mcv_wipe(t, sizeof t);
    return zero;
}

void mcv_fp_cmov(struct mcv_fp *r, const struct mcv_fp *a, mcv_limb mask)
{
    mcv_mp_cmov(r->v, a->v, mask, MCV_FP_WORDS);
}

mcv_limb mcv_fp_decode(const struct mcv_field *f, struct mcv_fp *r, const uint8_t be[128])
{
    mcv_limb t[N];

    mcv_mp_load(t, be, N);
    const mcv_limb good = mcv_mp_less(t, mcv_sakke_p, N);
    for (size_t i = 0; i < N; i++) t[i] &= mcv_mp_mask(good);
    f->k->load(r, t);
    mcv_wipe(t, sizeof t);
    return good;
}

void mcv_fp_encode(const struct mcv_field *f, uint8_t be[128], const struct mcv_fp *a)
{
    mcv_limb t[N];

    f->k->store(t, a);
    mcv_mp_store(be, t, N);
    mcv_wipe(t, sizeof t);
}
