#include "tests/support/sakke_oracle.h"

#include "tests/support/cmocka.h"

#include <openssl/evp.h>

/* p, P and g of RFC 6509 Appendix A; q = (p + 1)/4. */
#define P_HEX                                                                                      \
    "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e"                             \
    "f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0"                             \
    "e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa"                             \
    "9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb"
#define PX_HEX                                                                                     \
    "53fc09ee332c29ad0a7990053ed9b52a2b1a2fd60aec69c698b2f204b6ff7cbf"                             \
    "b5edb6c0f6ce2308ab10db9030b09e1043d5f22cdb9dfa55718bd9e7406ce890"                             \
    "9760af765dd5bccb337c86548b72f2e1a702c3397a60de74a7c1514dba66910d"                             \
    "d5cfb4cc80728d87ee9163a5b63f73ec80ec46c4967e0979880dc8abeae63895"
#define PY_HEX                                                                                     \
    "0a8249063f6009f1f9f1f0533634a135d3e82016029906963d778d821e141178"                             \
    "f5ea69f4654ec2b9e7f7f5e5f0de55f66b598ccf9a140b2e416cff0ca9e032b9"                             \
    "70dae117ad547c6ccad696b5b7652fe0ac6f1e80164aa989492d979fc5a4d5f2"                             \
    "13515ad7e9cb99a980bdad5ad5bb4636adb9b5706a67dcde75573fd71bef16d7"
#define G_HEX                                                                                      \
    "66fc2a432b6ea392148f15867d623068c6a87bd1fb94c41e27fabe658e015a87"                             \
    "371e94744c96feda449ae9563f8bc446cbfda85d5d00ef577072da8f541721be"                             \
    "ee0faed1828eab90b99dfb0138c7843355df0460b4a9fd74b4f1a32bcafa1ffa"                             \
    "d682c033a7942bcce3720f20b9b7b0403c8cae87b7a0042acde0fab36461ea46"

static struct {
    BIGNUM *p, *q, *g;
    BN_CTX *bn;
} o;

static BIGNUM *from_hex(const char *hex)
{
    BIGNUM *a = NULL;

    assert_true(BN_hex2bn(&a, hex) > 0);
    return a;
}

static BIGNUM *new_bn(void)
{
    BIGNUM *a = BN_new();

    assert_non_null(a);
    return a;
}

void oracle_open(void)
{
    o.p = from_hex(P_HEX);
    o.g = from_hex(G_HEX);
    o.q = BN_dup(o.p);
    o.bn = BN_CTX_new();
    assert_true(o.q != NULL && o.bn != NULL && BN_add_word(o.q, 1) && BN_rshift(o.q, o.q, 2));
}

void oracle_close(void)
{
    BN_free(o.p);
    BN_free(o.q);
    BN_free(o.g);
    BN_CTX_free(o.bn);
}

const BIGNUM *oracle_p(void)
{
    return o.p;
}

const BIGNUM *oracle_q(void)
{
    return o.q;
}

const BIGNUM *oracle_g(void)
{
    return o.g;
}

/* ---- F_p: new values ---- */

static BIGNUM *mod_add(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *r = new_bn();

    assert_true(BN_mod_add(r, a, b, o.p, o.bn));
    return r;
}

static BIGNUM *mod_sub(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *r = new_bn();

    assert_true(BN_mod_sub(r, a, b, o.p, o.bn));
    return r;
}

static BIGNUM *mod_mul(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *r = new_bn();

    assert_true(BN_mod_mul(r, a, b, o.p, o.bn));
    return r;
}

static BIGNUM *mod_div(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *r = new_bn();

    assert_true(BN_mod_inverse(r, b, o.p, o.bn) != NULL && BN_mod_mul(r, r, a, o.p, o.bn));
    return r;
}

/* ---- E: y^2 = x^3 - 3x ---- */

struct oracle_point oracle_base(void)
{
    return (struct oracle_point){from_hex(PX_HEX), from_hex(PY_HEX)};
}

struct oracle_point oracle_decode(const uint8_t b[257])
{
    const struct oracle_point a = {BN_bin2bn(b + 1, 128, NULL), BN_bin2bn(b + 129, 128, NULL)};

    assert_true(a.x != NULL && a.y != NULL);
    return a;
}

void oracle_encode(uint8_t b[257], const struct oracle_point *a)
{
    b[0] = 4;
    assert_int_equal(BN_bn2binpad(a->x, b + 1, 128), 128);
    assert_int_equal(BN_bn2binpad(a->y, b + 129, 128), 128);
}

void oracle_free(struct oracle_point *a)
{
    BN_free(a->x);
    BN_free(a->y);
    *a = (struct oracle_point){NULL, NULL};
}

/* 3x^2 - 3 */
static BIGNUM *slope_numerator(const BIGNUM *x)
{
    BIGNUM *r = mod_mul(x, x);

    assert_true(BN_sub_word(r, 1) && BN_mul_word(r, 3) && BN_nnmod(r, r, o.p, o.bn));
    return r;
}

bool oracle_on_curve(const struct oracle_point *a)
{
    BIGNUM *left = mod_mul(a->y, a->y), *right = mod_mul(a->x, a->x);

    assert_true(BN_sub_word(right, 3) && BN_mod_mul(right, right, a->x, o.p, o.bn));
    const bool same = BN_cmp(left, right) == 0;
    BN_free(left);
    BN_free(right);
    return same;
}

/* Slope of the tangent at a; new. */
static BIGNUM *tangent(const struct oracle_point *a)
{
    BIGNUM *up = slope_numerator(a->x), *down = mod_add(a->y, a->y), *l = mod_div(up, down);

    BN_free(up);
    BN_free(down);
    return l;
}

/* Slope of the chord; new. */
static BIGNUM *chord(const struct oracle_point *a, const struct oracle_point *b)
{
    BIGNUM *up = mod_sub(b->y, a->y), *down = mod_sub(b->x, a->x), *l = mod_div(up, down);

    BN_free(up);
    BN_free(down);
    return l;
}

/* The third point on the line of slope l through a and b, negated. */
static struct oracle_point third(const BIGNUM *l, const struct oracle_point *a,
                                 const struct oracle_point *b)
{
    struct oracle_point r = {mod_mul(l, l), NULL};

    assert_true(BN_mod_sub(r.x, r.x, a->x, o.p, o.bn) && BN_mod_sub(r.x, r.x, b->x, o.p, o.bn));
    r.y = mod_sub(a->x, r.x);
    assert_true(BN_mod_mul(r.y, r.y, l, o.p, o.bn) && BN_mod_sub(r.y, r.y, a->y, o.p, o.bn));
    return r;
}

static struct oracle_point copy(const struct oracle_point *a)
{
    struct oracle_point r = {NULL, NULL};

    if (a->x != NULL) r = (struct oracle_point){BN_dup(a->x), BN_dup(a->y)};
    return r;
}

struct oracle_point oracle_add(const struct oracle_point *a, const struct oracle_point *b)
{
    if (a->x == NULL) return copy(b);
    if (b->x == NULL) return copy(a);
    const bool same_x = BN_cmp(a->x, b->x) == 0;
    if (same_x && (BN_cmp(a->y, b->y) != 0 || BN_is_zero(a->y)))
        return (struct oracle_point){NULL, NULL};
    BIGNUM *l = same_x ? tangent(a) : chord(a, b);
    const struct oracle_point r = third(l, a, b);
    BN_free(l);
    return r;
}

struct oracle_point oracle_mul(const BIGNUM *k, const struct oracle_point *a)
{
    struct oracle_point r = {NULL, NULL};

    for (int bit = BN_num_bits(k); bit-- > 0;) {
        struct oracle_point t = oracle_add(&r, &r);
        oracle_free(&r);
        r = t;
        if (!BN_is_bit_set(k, bit)) continue;
        t = oracle_add(&r, a);
        oracle_free(&r);
        r = t;
    }
    return r;
}

/* ---- F_p2 and PF_p ---- */

struct fp2 {
    BIGNUM *a, *b; /* a + b i */
};

static void fp2_mul(struct fp2 *r, const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *aa = mod_mul(r->a, a), *bb = mod_mul(r->b, b), *ab = mod_mul(r->a, b),
           *ba = mod_mul(r->b, a);

    assert_true(BN_mod_sub(r->a, aa, bb, o.p, o.bn) && BN_mod_add(r->b, ab, ba, o.p, o.bn));
    BN_free(aa);
    BN_free(bb);
    BN_free(ab);
    BN_free(ba);
}

static void fp2_sqr(struct fp2 *r)
{
    BIGNUM *a = BN_dup(r->a), *b = BN_dup(r->b);

    fp2_mul(r, a, b);
    BN_free(a);
    BN_free(b);
}

/* b/a as 128 octets */
static void represent(uint8_t w[128], const struct fp2 *f)
{
    BIGNUM *t = mod_div(f->b, f->a);

    assert_int_equal(BN_bn2binpad(t, w, 128), 128);
    BN_free(t);
}

static struct fp2 fp2_one(void)
{
    const struct fp2 r = {new_bn(), new_bn()};

    assert_true(BN_one(r.a));
    return r;
}

static void fp2_free(struct fp2 *f)
{
    BN_free(f->a);
    BN_free(f->b);
}

/* f *= ( l (x_Q + x_C) - y_C , y_Q ); C moves on along the line of slope l */
static void miller_line(struct fp2 *f, BIGNUM *l, struct oracle_point *c,
                        const struct oracle_point *with, const struct oracle_point *q)
{
    BIGNUM *t = mod_add(q->x, c->x);
    const struct oracle_point next = third(l, c, with);

    assert_true(BN_mod_mul(t, t, l, o.p, o.bn) && BN_mod_sub(t, t, c->y, o.p, o.bn));
    fp2_mul(f, t, q->y);
    BN_free(t);
    BN_free(l);
    oracle_free(c);
    *c = next;
}

/* Spec: RFC 6508 3.2 */
void oracle_pair(uint8_t w[128], const struct oracle_point *a, const struct oracle_point *q)
{
    struct fp2 f = fp2_one();
    struct oracle_point c = copy(a);
    BIGNUM *n = BN_dup(o.q);

    assert_true(n != NULL && BN_sub_word(n, 1));
    for (int bit = BN_num_bits(n) - 1; bit-- > 0;) {
        fp2_sqr(&f);
        miller_line(&f, tangent(&c), &c, &c, q);
        if (BN_is_bit_set(n, bit)) miller_line(&f, chord(&c, a), &c, a, q);
    }
    fp2_sqr(&f);
    fp2_sqr(&f);
    represent(w, &f);
    oracle_free(&c);
    fp2_free(&f);
    BN_free(n);
}

/* ---- SAKKE ---- */

static void sha256(uint8_t out[32], const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    assert_true(md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(md, a, n_a) && EVP_DigestUpdate(md, b, n_b) &&
                EVP_DigestFinal_ex(md, out, NULL));
    EVP_MD_CTX_free(md);
}

/* v_1 | ... | v_l. Spec: RFC 6508 5.1 */
static void hash_blocks(uint8_t *v, size_t l, const uint8_t *s, size_t n_s, struct mcv_bytes more)
{
    uint8_t a[32], h[32] = {0};

    sha256(a, s, n_s, more.p, more.n);
    for (size_t i = 0; i < l; i++) {
        sha256(h, h, sizeof h, NULL, 0);
        sha256(v + 32 * i, h, sizeof h, a, sizeof a);
    }
}

/* r = HashToIntegerRange(SSV | id, q); new */
static BIGNUM *hash_r(const struct mcv_ssv *ssv, struct mcv_bytes id)
{
    uint8_t v[128];

    hash_blocks(v, 4, ssv->b, sizeof ssv->b, id);
    BIGNUM *r = BN_bin2bn(v, sizeof v, NULL);
    assert_true(r != NULL && BN_nnmod(r, r, o.q, o.bn));
    return r;
}

void oracle_mask(uint8_t out[16], const uint8_t in[16], struct mcv_bytes w)
{
    uint8_t v[32];

    hash_blocks(v, 1, w.p, w.n, (struct mcv_bytes){NULL, 0});
    for (size_t i = 0; i < 16; i++) out[i] = in[i] ^ v[16 + i];
}

void oracle_z(struct mcv_sakke_z *z, const struct mcv_z_secret *z_secret)
{
    BIGNUM *k = BN_bin2bn(z_secret->b, sizeof z_secret->b, NULL);
    struct oracle_point base = oracle_base(), r = oracle_mul(k, &base);

    oracle_encode(z->b, &r);
    oracle_free(&base);
    oracle_free(&r);
    BN_free(k);
}

void oracle_issue(struct mcv_rsk *rsk, const struct mcv_z_secret *z_secret, struct mcv_bytes id)
{
    BIGNUM *k = BN_bin2bn(z_secret->b, sizeof z_secret->b, NULL);
    BIGNUM *a = BN_bin2bn(id.p, (int)id.n, NULL);

    assert_true(BN_mod_add(k, k, a, o.q, o.bn) && BN_mod_inverse(k, k, o.q, o.bn) != NULL);
    struct oracle_point base = oracle_base(), r = oracle_mul(k, &base);
    oracle_encode(rsk->b, &r);
    oracle_free(&base);
    oracle_free(&r);
    BN_free(k);
    BN_free(a);
}

/* [r]( [id]P + Z ) */
static void encrypt(uint8_t b[257], const BIGNUM *r, struct mcv_bytes id,
                    const struct mcv_sakke_z *z)
{
    BIGNUM *a = BN_bin2bn(id.p, (int)id.n, NULL);
    struct oracle_point base = oracle_base(), ap = oracle_mul(a, &base), zp = oracle_decode(z->b);
    struct oracle_point sum = oracle_add(&ap, &zp), point = oracle_mul(r, &sum);

    oracle_encode(b, &point);
    oracle_free(&base);
    oracle_free(&ap);
    oracle_free(&zp);
    oracle_free(&sum);
    oracle_free(&point);
    BN_free(a);
}

void oracle_w(uint8_t w[128], struct mcv_bytes id, const struct mcv_ssv *ssv)
{
    struct fp2 f = fp2_one();
    BIGNUM *r = hash_r(ssv, id), *one = new_bn();

    assert_true(BN_one(one));
    for (int bit = BN_num_bits(r); bit-- > 0;) {
        fp2_sqr(&f);
        if (BN_is_bit_set(r, bit)) fp2_mul(&f, one, o.g);
    }
    represent(w, &f);
    fp2_free(&f);
    BN_free(r);
    BN_free(one);
}

void oracle_encapsulate(struct mcv_sed *sed, const struct mcv_sakke_z *z, struct mcv_bytes id,
                        const struct mcv_ssv *ssv)
{
    BIGNUM *r = hash_r(ssv, id);
    uint8_t w[128];

    encrypt(sed->b, r, id, z);
    oracle_w(w, id, ssv);
    oracle_mask(sed->b + 257, ssv->b, mcv_bytes_of(w, sizeof w));
    BN_free(r);
}

bool oracle_decapsulate(struct mcv_ssv *ssv, const struct mcv_sed *sed, const struct mcv_sakke_z *z,
                        struct mcv_bytes id, const struct mcv_rsk *rsk)
{
    struct oracle_point r = oracle_decode(sed->b), k = oracle_decode(rsk->b);
    uint8_t w[128], test[257];

    oracle_pair(w, &r, &k);
    oracle_mask(ssv->b, sed->b + 257, mcv_bytes_of(w, sizeof w));
    BIGNUM *e = hash_r(ssv, id);
    encrypt(test, e, id, z);
    oracle_free(&r);
    oracle_free(&k);
    BN_free(e);
    return memcmp(test, sed->b, sizeof test) == 0;
}
