#include "crypto/p256_scalar.h"

#include "crypto/base/secret.h"
#include "crypto/declassify.h"
#include "crypto/modinv.h"

#define N MCV_P256_LIMBS

static const mcv_limb order[N] = {MCV_LIMB2(F3B9CAC2, FC632551), MCV_LIMB2(BCE6FAAD, A7179E84),
                                  MCV_LIMB2(FFFFFFFF, FFFFFFFF), MCV_LIMB2(FFFFFFFF, 00000000)};

/* 2^512 mod q */
static const mcv_limb r_squared[N] = {MCV_LIMB2(83244C95, BE79EEA2), MCV_LIMB2(4699799C, 49BD6FA6),
                                      MCV_LIMB2(2845B239, 2B6BEC59), MCV_LIMB2(66E12D94, F3D95620)};

#define MINUS_1_OVER_Q ((mcv_limb)UINT64_C(0xCCD1C8AAEE00BC4F))

bool mcv_p256_scalar_decode(struct mcv_p256_scalar *r, const uint8_t be[32])
{
    mcv_mp_load(r->v, be, N);
    const mcv_limb good = mcv_mp_less(r->v, order, N) & (1u ^ mcv_mp_is_zero(r->v, N));
    const mcv_limb keep = mcv_mp_mask(good);
    for (size_t i = 0; i < N; i++) r->v[i] &= keep;
    return good != 0;
}

void mcv_p256_scalar_reduce(struct mcv_p256_scalar *r, const uint8_t be[32])
{
    mcv_mp_load(r->v, be, N);
    mcv_mp_reduce_once(r->v, 0, order, N); /* 2^256 < 2q */
}

void mcv_p256_scalar_encode(uint8_t be[32], const struct mcv_p256_scalar *a)
{
    mcv_mp_store(be, a->v, N);
}

mcv_err mcv_p256_scalar_random(struct mcv_p256_scalar *r, const struct mcv_rng *rng)
{
    uint8_t be[32];
    bool good = false;

    while (!good) {
        mcv_err err = mcv_rng_bytes(rng, be, sizeof be);
        if (err != MCV_OK) {
            mcv_wipe(r, sizeof *r);
            return err;
        }
        good = mcv_p256_scalar_decode(r, be);
        MCV_DECLASSIFY(&good, sizeof good); /* a candidate that fails is never used */
    }
    mcv_wipe(be, sizeof be);
    return MCV_OK;
}

void mcv_p256_scalar_add(struct mcv_p256_scalar *r, const struct mcv_p256_scalar *a,
                         const struct mcv_p256_scalar *b)
{
    const mcv_limb carry = mcv_mp_add(r->v, a->v, b->v, N);

    mcv_mp_reduce_once(r->v, carry, order, N);
}

void mcv_p256_scalar_mul(struct mcv_p256_scalar *r, const struct mcv_p256_scalar *a,
                         const struct mcv_p256_scalar *b)
{
    mcv_limb t[N];

    mcv_mp_mont_mul(t, a->v, b->v, order, MINUS_1_OVER_Q, N);      /* a b / 2^256 */
    mcv_mp_mont_mul(r->v, t, r_squared, order, MINUS_1_OVER_Q, N); /* a b */
    mcv_wipe(t, sizeof t);
}

void mcv_p256_scalar_inv(struct mcv_p256_scalar *r, const struct mcv_p256_scalar *a)
{
    mcv_modinv(r->v, a->v, order, N);
}

bool mcv_p256_scalar_is_zero(const struct mcv_p256_scalar *a)
{
    return mcv_mp_is_zero(a->v, N) != 0;
}
