/* EC_POINTs_mul, deprecated in 3.0, sums three products at the cost of two. */
#define OPENSSL_API_COMPAT 10101

#include "crypto/eccsi.h"

#include "crypto/declassify.h"
#include "crypto/hash.h"
#include "crypto/p256_scalar.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdatomic.h>

#define POINT_BYTES 65

/* Gx, Gy of P-256. Spec: FIPS 186-4 D.1.2.3 */
static const uint8_t base_point[POINT_BYTES] = {
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
    0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
    0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
    0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

/* p of P-256: r is a coordinate and is not reduced mod q. */
static const mcv_limb field_prime[MCV_P256_LIMBS] = {
    MCV_LIMB2(FFFFFFFF, FFFFFFFF), MCV_LIMB2(00000000, FFFFFFFF), MCV_LIMB2(00000000, 00000000),
    MCV_LIMB2(FFFFFFFF, 00000001)};

/* OpenSSL's description of the curve takes longer to make than [k]G, so it is made once. It is
 * only read afterwards; of threads that make it at the same time one wins. */
static const EC_GROUP *shared_group(void)
{
    static _Atomic(EC_GROUP *) shared;
    EC_GROUP *group = atomic_load(&shared);

    if (group != NULL) return group;
    EC_GROUP *made = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    if (made == NULL || atomic_compare_exchange_strong(&shared, &group, made)) return made;
    EC_GROUP_free(made);
    return group;
}

/* OpenSSL's objects of one call. */
struct curve {
    const EC_GROUP *group;
    BN_CTX *bn;
    EC_POINT *sum, *kpak, *pvt;
    BIGNUM *k[3];
};

static void curve_close(struct curve *c)
{
    for (int i = 0; i < 3; i++) BN_clear_free(c->k[i]);
    EC_POINT_clear_free(c->sum);
    EC_POINT_free(c->kpak);
    EC_POINT_free(c->pvt);
    BN_CTX_free(c->bn);
}

static mcv_err curve_open(struct curve *c)
{
    *c = (struct curve){.group = shared_group(), .bn = BN_CTX_new()};
    if (c->group == NULL || c->bn == NULL) return MCV_E_CRYPTO;
    c->sum = EC_POINT_new(c->group);
    c->kpak = EC_POINT_new(c->group);
    c->pvt = EC_POINT_new(c->group);
    for (int i = 0; i < 3; i++) {
        c->k[i] = BN_new();
        if (c->k[i] == NULL) return MCV_E_CRYPTO;
        BN_set_flags(c->k[i], BN_FLG_CONSTTIME);
    }
    return c->sum == NULL || c->kpak == NULL || c->pvt == NULL ? MCV_E_CRYPTO : MCV_OK;
}

static mcv_err set_scalar(BIGNUM *out, const struct mcv_p256_scalar *k)
{
    uint8_t be[32];

    mcv_p256_scalar_encode(be, k);
    const BIGNUM *done = BN_bin2bn(be, sizeof be, out);
    mcv_wipe(be, sizeof be);
    return done != NULL ? MCV_OK : MCV_E_CRYPTO;
}

/* Uncompressed, canonical, on the curve; infinity has another form. */
static mcv_err set_point(const struct curve *c, EC_POINT *out, const uint8_t b[POINT_BYTES])
{
    if (b[0] != POINT_CONVERSION_UNCOMPRESSED) return MCV_E_MALFORMED;
    return EC_POINT_oct2point(c->group, out, b, POINT_BYTES, c->bn) == 1 ? MCV_OK : MCV_E_MALFORMED;
}

/* EC_POINT_point2oct would do without memory, but it jumps into OpenSSL's inside: the constant-time
 * tests could not tell by its name what is OpenSSL's. */
static mcv_err get_point(const struct curve *c, uint8_t out[POINT_BYTES], const EC_POINT *p)
{
    uint8_t *made = NULL;
    const size_t n = EC_POINT_point2buf(c->group, p, POINT_CONVERSION_UNCOMPRESSED, &made, c->bn);

    if (n == POINT_BYTES) memcpy(out, made, POINT_BYTES);
    OPENSSL_clear_free(made, n);
    return n == POINT_BYTES ? MCV_OK : MCV_E_CRYPTO;
}

/* out = [k]G, in constant time: OpenSSL's P-256 takes a single scalar of G through its comb. */
static mcv_err mul_base(struct curve *c, uint8_t out[POINT_BYTES], const struct mcv_p256_scalar *k)
{
    mcv_err err = set_scalar(c->k[0], k);

    if (err != MCV_OK) return err;
    if (EC_POINT_mul(c->group, c->sum, c->k[0], NULL, NULL, c->bn) != 1) return MCV_E_CRYPTO;
    return get_point(c, out, c->sum);
}

/* HS = SHA-256( G | KPAK | ID | PVT ). Spec: RFC 6507 5.1.1 step 2 */
static mcv_err hash_id(uint8_t hs[32], const struct mcv_kpak *kpak, struct mcv_bytes id,
                       const struct mcv_pvt *pvt)
{
    const struct mcv_bytes parts[] = {mcv_bytes_of(base_point, sizeof base_point),
                                      mcv_bytes_of(kpak->b, sizeof kpak->b), id,
                                      mcv_bytes_of(pvt->b, sizeof pvt->b)};

    return mcv_sha256(hs, parts, sizeof parts / sizeof parts[0]);
}

/* HE = SHA-256( HS | r | M ), mod q. Spec: RFC 6507 5.2.1 step 3 */
static mcv_err hash_msg(struct mcv_p256_scalar *he, const uint8_t hs[32], const uint8_t r[32],
                        struct mcv_bytes msg)
{
    const struct mcv_bytes parts[] = {mcv_bytes_of(hs, 32), mcv_bytes_of(r, 32), msg};
    uint8_t digest[32];
    mcv_err err = mcv_sha256(digest, parts, sizeof parts / sizeof parts[0]);

    mcv_p256_scalar_reduce(he, digest);
    return err;
}

void mcv_eccsi_key_wipe(struct mcv_eccsi_key *key)
{
    mcv_wipe(key, sizeof *key);
}

/* [SSK]G = KPAK + [HS]PVT. Spec: RFC 6507 5.1.2 step 3 */
static mcv_err check_ssk(struct curve *c, const struct mcv_p256_scalar *ssk, const uint8_t hs[32])
{
    struct mcv_p256_scalar h;
    uint8_t left[POINT_BYTES], right[POINT_BYTES];
    mcv_err err = mul_base(c, left, ssk);

    if (err != MCV_OK) return err;
    mcv_p256_scalar_reduce(&h, hs);
    if (mcv_p256_scalar_is_zero(&h)) return MCV_E_AUTH;
    err = set_scalar(c->k[1], &h);
    if (err != MCV_OK) return err;
    if (EC_POINT_mul(c->group, c->sum, NULL, c->pvt, c->k[1], c->bn) != 1 ||
        EC_POINT_add(c->group, c->sum, c->sum, c->kpak, c->bn) != 1)
        return MCV_E_CRYPTO;
    if (EC_POINT_is_at_infinity(c->group, c->sum)) return MCV_E_AUTH;
    err = get_point(c, right, c->sum);
    if (err != MCV_OK) return err;
    bool same = mcv_ct_equal(left, right, sizeof left); /* [SSK]G is public */
    MCV_DECLASSIFY(&same, sizeof same);
    return same ? MCV_OK : MCV_E_AUTH;
}

mcv_err mcv_eccsi_key_install(struct mcv_eccsi_key *key, const struct mcv_kpak *kpak,
                              struct mcv_bytes id, const struct mcv_ssk *ssk,
                              const struct mcv_pvt *pvt)
{
    struct mcv_eccsi_key made = {.ssk = *ssk, .pvt = *pvt};
    struct mcv_p256_scalar k = {0};
    struct curve c;
    mcv_err err = curve_open(&c);

    mcv_wipe(key, sizeof *key);
    if (err != MCV_OK) goto out;
    err = set_point(&c, c.kpak, kpak->b);
    if (err != MCV_OK) goto out;
    err = set_point(&c, c.pvt, pvt->b);
    if (err != MCV_OK) goto out;
    bool in_range = mcv_p256_scalar_decode(&k, ssk->b);
    MCV_DECLASSIFY(&in_range, sizeof in_range); /* a key out of range is none */
    err = in_range ? hash_id(made.hs, kpak, id, pvt) : MCV_E_MALFORMED;
    if (err != MCV_OK) goto out;
    err = check_ssk(&c, &k, made.hs);
    if (err == MCV_OK) *key = made;
out:
    curve_close(&c);
    mcv_wipe(&k, sizeof k);
    mcv_eccsi_key_wipe(&made);
    return err;
}

struct sign_work {
    struct mcv_p256_scalar ssk, j, he, r, s;
    uint8_t point[POINT_BYTES];
};

/* One nonce; again is set where RFC 6507 5.2.1 step 4 asks for another one. */
static mcv_err sign_once(struct curve *c, struct sign_work *w, const struct mcv_eccsi_key *key,
                         struct mcv_bytes msg, const struct mcv_rng *rng, bool *again)
{
    mcv_err err = mcv_p256_scalar_random(&w->j, rng);

    if (err != MCV_OK) return err;
    err = mul_base(c, w->point, &w->j);
    if (err != MCV_OK) return err;
    err = hash_msg(&w->he, key->hs, w->point + 1, msg);
    if (err != MCV_OK) return err;
    mcv_p256_scalar_reduce(&w->r, w->point + 1);
    mcv_p256_scalar_mul(&w->s, &w->r, &w->ssk);
    mcv_p256_scalar_add(&w->s, &w->s, &w->he); /* HE + r SSK */
    *again = mcv_p256_scalar_is_zero(&w->s);
    MCV_DECLASSIFY(again, sizeof *again); /* true once in 2^256: that nonce is not used */
    mcv_p256_scalar_inv(&w->s, &w->s);
    mcv_p256_scalar_mul(&w->s, &w->s, &w->j);
    return MCV_OK;
}

mcv_err mcv_eccsi_sign(struct mcv_eccsi_sig *sig, const struct mcv_eccsi_key *key,
                       struct mcv_bytes msg, const struct mcv_rng *rng)
{
    struct sign_work w = {0};
    struct curve c;
    bool again = true;
    mcv_err err = curve_open(&c);

    *sig = (struct mcv_eccsi_sig){0};
    if (err != MCV_OK) goto out;
    bool in_range = mcv_p256_scalar_decode(&w.ssk, key->ssk.b);
    MCV_DECLASSIFY(&in_range, sizeof in_range); /* false only for a key never installed */
    MCV_ASSERT(in_range);
    while (again) {
        err = sign_once(&c, &w, key, msg, rng, &again);
        if (err != MCV_OK) goto out;
    }
    memcpy(sig->b, w.point + 1, 32);
    mcv_p256_scalar_encode(sig->b + 32, &w.s); /* q has 256 bits: s = s' in step 6 */
    memcpy(sig->b + 64, key->pvt.b, sizeof key->pvt.b);
out:
    curve_close(&c);
    mcv_wipe(&w, sizeof w);
    return err;
}

struct signature {
    struct mcv_p256_scalar he, r, s;
    uint8_t hs[32];
};

/* J = [s]( [HE]G + [r]( [HS]PVT + KPAK ) ) as three scalars: s HE, s r, s r HS. */
static mcv_err verify_point(struct curve *c, const struct signature *v)
{
    struct mcv_p256_scalar k[3], h;

    mcv_p256_scalar_reduce(&h, v->hs);
    mcv_p256_scalar_mul(&k[0], &v->s, &v->he);
    mcv_p256_scalar_mul(&k[1], &v->s, &v->r);
    mcv_p256_scalar_mul(&k[2], &k[1], &h);
    for (int i = 0; i < 3; i++) {
        mcv_err err = set_scalar(c->k[i], &k[i]);
        if (err != MCV_OK) return err;
    }
    const EC_POINT *points[] = {c->kpak, c->pvt};
    const BIGNUM *scalars[] = {c->k[1], c->k[2]};
    const int done = EC_POINTs_mul(c->group, c->sum, c->k[0], 2, points, scalars, c->bn);
    return done == 1 ? MCV_OK : MCV_E_CRYPTO;
}

/* Y = [HS]PVT + KPAK, where the sender has none; in c->pvt. Spec: RFC 6507 5.2.2 step 3 */
static mcv_err find_y(struct curve *c, struct mcv_eccsi_sender *sender, const struct signature *v)
{
    struct mcv_p256_scalar h;

    if (memcmp(sender->hs, v->hs, sizeof v->hs) == 0) return set_point(c, c->pvt, sender->y);
    mcv_p256_scalar_reduce(&h, v->hs);
    mcv_err err = set_scalar(c->k[0], &h);
    if (err != MCV_OK) return err;
    if (EC_POINT_mul(c->group, c->sum, NULL, c->pvt, c->k[0], c->bn) != 1 ||
        EC_POINT_add(c->group, c->pvt, c->sum, c->kpak, c->bn) != 1)
        return MCV_E_CRYPTO;
    if (EC_POINT_is_at_infinity(c->group, c->pvt)) return MCV_E_AUTH;
    memcpy(sender->hs, v->hs, sizeof v->hs);
    return get_point(c, sender->y, c->pvt);
}

/* J = [s HE]G + [s r]Y */
static mcv_err verify_point_from(struct curve *c, struct mcv_eccsi_sender *sender,
                                 const struct signature *v)
{
    struct mcv_p256_scalar k[2];
    mcv_err err = find_y(c, sender, v);

    if (err != MCV_OK) return err;
    mcv_p256_scalar_mul(&k[0], &v->s, &v->he);
    mcv_p256_scalar_mul(&k[1], &v->s, &v->r);
    for (int i = 0; i < 2; i++) {
        err = set_scalar(c->k[i], &k[i]);
        if (err != MCV_OK) return err;
    }
    const int done = EC_POINT_mul(c->group, c->sum, c->k[0], c->pvt, c->k[1], c->bn);
    return done == 1 ? MCV_OK : MCV_E_CRYPTO;
}

/* r is a coordinate: 1 .. p-1. */
static bool decode_r(struct mcv_p256_scalar *r, const uint8_t be[32])
{
    mcv_limb v[MCV_P256_LIMBS];

    mcv_mp_load(v, be, MCV_P256_LIMBS);
    mcv_p256_scalar_reduce(r, be);
    return mcv_mp_less(v, field_prime, MCV_P256_LIMBS) && !mcv_mp_is_zero(v, MCV_P256_LIMBS);
}

/* Everything before the point arithmetic; the points of c are set. */
static mcv_err read_signature(struct curve *c, struct signature *v, const struct mcv_kpak *kpak,
                              struct mcv_bytes id, struct mcv_bytes msg, const uint8_t *sig)
{
    struct mcv_pvt pvt;

    memcpy(pvt.b, sig + 64, sizeof pvt.b);
    mcv_err err = set_point(c, c->pvt, pvt.b);
    if (err != MCV_OK) return err;
    err = set_point(c, c->kpak, kpak->b);
    if (err != MCV_OK) return err;
    err = hash_id(v->hs, kpak, id, &pvt);
    if (err != MCV_OK) return err;
    return hash_msg(&v->he, v->hs, sig, msg);
}

mcv_err mcv_eccsi_verify_from(struct mcv_eccsi_sender *sender, const struct mcv_kpak *kpak,
                              struct mcv_bytes id, struct mcv_bytes msg, struct mcv_bytes sig)
{
    struct mcv_eccsi_sender next = {{0}, {0}};
    struct signature v;
    uint8_t j[POINT_BYTES];
    struct curve c;

    if (sig.n != MCV_ECCSI_SIG_BYTES) return MCV_E_MALFORMED;
    if (!decode_r(&v.r, sig.p) || !mcv_p256_scalar_decode(&v.s, sig.p + 32)) return MCV_E_MALFORMED;
    if (sender != NULL) next = *sender;
    mcv_err err = curve_open(&c);
    if (err != MCV_OK) goto out;
    err = read_signature(&c, &v, kpak, id, msg, sig.p);
    if (err != MCV_OK) goto out;
    err = sender != NULL ? verify_point_from(&c, &next, &v) : verify_point(&c, &v);
    if (err != MCV_OK) goto out;
    err = EC_POINT_is_at_infinity(c.group, c.sum) ? MCV_E_AUTH : get_point(&c, j, c.sum);
    if (err == MCV_OK && memcmp(j + 1, sig.p, 32) != 0) err = MCV_E_AUTH; /* r is not 0 */
    if (err == MCV_OK && sender != NULL) *sender = next;
out:
    curve_close(&c);
    return err;
}

mcv_err mcv_eccsi_verify(const struct mcv_kpak *kpak, struct mcv_bytes id, struct mcv_bytes msg,
                         struct mcv_bytes sig)
{
    return mcv_eccsi_verify_from(NULL, kpak, id, msg, sig);
}

mcv_err mcv_eccsi_kms_generate(struct mcv_ksak *ksak, struct mcv_kpak *kpak,
                               const struct mcv_rng *rng)
{
    struct mcv_p256_scalar k = {0};
    struct curve c;
    mcv_err err = curve_open(&c);

    mcv_ksak_wipe(ksak);
    *kpak = (struct mcv_kpak){0};
    if (err == MCV_OK) err = mcv_p256_scalar_random(&k, rng);
    if (err == MCV_OK) err = mul_base(&c, kpak->b, &k);
    if (err == MCV_OK) mcv_p256_scalar_encode(ksak->b, &k);
    curve_close(&c);
    mcv_wipe(&k, sizeof k);
    return err;
}

mcv_err mcv_eccsi_kpak_check(const struct mcv_kpak *kpak)
{
    struct curve c;
    mcv_err err = curve_open(&c);

    if (err == MCV_OK) err = set_point(&c, c.kpak, kpak->b);
    curve_close(&c);
    return err;
}

struct issue_work {
    struct mcv_p256_scalar ksak, v, h, ssk;
};

/* SSK = KSAK + HS v; again where RFC 6507 5.1.1 step 4 asks for another v. */
static mcv_err issue_once(struct curve *c, struct issue_work *w, struct mcv_pvt *pvt,
                          const struct mcv_kpak *kpak, struct mcv_bytes id,
                          const struct mcv_rng *rng, bool *again)
{
    uint8_t hs[32];
    mcv_err err = mcv_p256_scalar_random(&w->v, rng);

    if (err != MCV_OK) return err;
    err = mul_base(c, pvt->b, &w->v);
    if (err != MCV_OK) return err;
    err = hash_id(hs, kpak, id, pvt);
    if (err != MCV_OK) return err;
    mcv_p256_scalar_reduce(&w->h, hs);
    mcv_p256_scalar_mul(&w->ssk, &w->h, &w->v);
    mcv_p256_scalar_add(&w->ssk, &w->ssk, &w->ksak);
    *again = (int)mcv_p256_scalar_is_zero(&w->h) | (int)mcv_p256_scalar_is_zero(&w->ssk);
    MCV_DECLASSIFY(again, sizeof *again); /* true once in 2^255: that v is not used */
    return MCV_OK;
}

mcv_err mcv_eccsi_issue(struct mcv_ssk *ssk, struct mcv_pvt *pvt, const struct mcv_ksak *ksak,
                        const struct mcv_kpak *kpak, struct mcv_bytes id, const struct mcv_rng *rng)
{
    struct issue_work w = {0};
    struct mcv_pvt made = {0};
    struct curve c;
    bool again = true;
    mcv_err err = curve_open(&c);

    mcv_ssk_wipe(ssk);
    *pvt = made;
    if (err != MCV_OK) goto out;
    bool in_range = mcv_p256_scalar_decode(&w.ksak, ksak->b);
    MCV_DECLASSIFY(&in_range, sizeof in_range); /* a key out of range is none */
    err = in_range ? MCV_OK : MCV_E_MALFORMED;
    while (err == MCV_OK && again) err = issue_once(&c, &w, &made, kpak, id, rng, &again);
    if (err != MCV_OK) goto out;
    mcv_p256_scalar_encode(ssk->b, &w.ssk);
    *pvt = made;
out:
    curve_close(&c);
    mcv_wipe(&w, sizeof w);
    return err;
}
