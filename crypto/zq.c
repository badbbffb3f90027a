#include "crypto/zq.h"

#include "crypto/base/secret.h"
#include "crypto/modinv.h"

#define N MCV_SAKKE_LIMBS

mcv_limb mcv_zq_decode_secret(struct mcv_zq *r, const uint8_t be[128])
{
    static const mcv_limb two[N] = {2};

    mcv_mp_load(r->v, be, N);
    const mcv_limb good = mcv_mp_less(r->v, mcv_sakke_q, N) & (1u ^ mcv_mp_less(r->v, two, N));
    for (size_t i = 0; i < N; i++) r->v[i] &= mcv_mp_mask(good);
    return good;
}

/* 2^1024 < 7q: take away 4q, 2q, q where they fit. */
void mcv_zq_reduce(struct mcv_zq *r, const uint8_t be[128])
{
    mcv_limb q2[N], q4[N];

    mcv_mp_add(q2, mcv_sakke_q, mcv_sakke_q, N);
    mcv_mp_add(q4, q2, q2, N);
    mcv_mp_load(r->v, be, N);
    mcv_mp_reduce_once(r->v, 0, q4, N);
    mcv_mp_reduce_once(r->v, 0, q2, N);
    mcv_mp_reduce_once(r->v, 0, mcv_sakke_q, N);
}

void mcv_zq_add(struct mcv_zq *r, const struct mcv_zq *a, const struct mcv_zq *b)
{
    const mcv_limb carry = mcv_mp_add(r->v, a->v, b->v, N);

    mcv_mp_reduce_once(r->v, carry, mcv_sakke_q, N);
}

void mcv_zq_mul(struct mcv_zq *r, const struct mcv_zq *a, const struct mcv_zq *b)
{
    mcv_limb t[N];

    mcv_mp_mont_mul(t, a->v, b->v, mcv_sakke_q, MCV_SAKKE_MINUS_1_OVER_Q, N);
    mcv_mp_mont_mul(r->v, t, mcv_sakke_q_r2, mcv_sakke_q, MCV_SAKKE_MINUS_1_OVER_Q, N);
    mcv_wipe(t, sizeof t);
}

void mcv_zq_inv(struct mcv_zq *r, const struct mcv_zq *a)
{
    mcv_modinv(r->v, a->v, mcv_sakke_q, N);
}

mcv_limb mcv_zq_is_zero(const struct mcv_zq *a)
{
    return mcv_mp_is_zero(a->v, N);
}
