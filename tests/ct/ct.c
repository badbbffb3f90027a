/* Constant time: every operation on secrets under valgrind, with the secrets marked undefined. valgrind
 * then reports each branch and each address that depends on one. Runs on the back-end that MCV_FP names:
 * portable, adx, or ifma-emulated, which is the code of ifma on plain C vectors.
 *
 *   ct_all [operation]    all of them, or one; "leak-branch" and "leak-index" must be reported. */
#include "crypto/aead.h"
#include "crypto/eccsi.h"
#include "crypto/kdf.h"
#include "crypto/keys.h"
#include "crypto/sakke.h"
#include "sim/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

static void check(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "ct: %s\n", what);
    exit(2);
}

static void ok(mcv_err err)
{
    VALGRIND_MAKE_MEM_DEFINED(&err, sizeof err); /* what the caller is told */
    check(err == MCV_OK, mcv_err_name(err));
}

static void secret(void *p, size_t n)
{
    VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

static void public(void *p, size_t n)
{
    VALGRIND_MAKE_MEM_DEFINED(p, n);
}

static struct mcv_prng prng;

static mcv_err fill_secret(void *ctx, uint8_t *out, size_t n)
{
    const struct mcv_rng plain = mcv_prng_rng(ctx);
    const mcv_err err = mcv_rng_bytes(&plain, out, n);

    secret(out, n);
    return err;
}

/* What comes from it is secret: z_T, KSAK, v, j, SSVs. */
static const struct mcv_rng secret_rng = {fill_secret, &prng};

static const struct mcv_bytes id = {(const uint8_t *)"the 32 octets of an identifier..", 32};

/* ---- SAKKE ---- */

struct sakke {
    struct mcv_z_secret z_secret;
    struct mcv_sakke_z z;
    struct mcv_rsk rsk;
    struct mcv_ssv ssv;
    struct mcv_sed sed;
    void *pub_mem, *key_mem;
    struct mcv_sakke_public *pub;
    struct mcv_sakke_key *key;
};

static void open_sakke(struct sakke *s, enum mcv_sakke_tables tables)
{
    const size_t n = mcv_sakke_public_size(tables);

    ok(mcv_sakke_kms_generate(&s->z_secret, &s->z, &secret_rng));
    public(&s->z, sizeof s->z);
    s->pub_mem = malloc(n);
    ok(mcv_sakke_public_init(&s->pub, s->pub_mem, n, tables, &s->z));
    const char *asked = getenv("MCV_FP"), *ran = mcv_sakke_backend(s->pub);
    printf("back-end %s\n", ran);
    check(asked == NULL || strcmp(asked, ran) == 0, "not the back-end that was asked for");
    ok(mcv_sakke_issue(&s->rsk, s->pub, &s->z_secret, id));
    const size_t n_key = mcv_sakke_key_size(s->pub);
    s->key_mem = malloc(n_key);
    secret(&s->rsk, sizeof s->rsk);
    ok(mcv_sakke_key_install(&s->key, s->key_mem, n_key, s->pub, id, &s->rsk));
}

static void close_sakke(struct sakke *s)
{
    mcv_sakke_key_wipe(s->key);
    free(s->key_mem);
    free(s->pub_mem);
}

static void send_and_receive(struct sakke *s)
{
    struct mcv_ssv got;
    bool ambiguous;

    ok(mcv_rng_bytes(&secret_rng, s->ssv.b, sizeof s->ssv.b));
    ok(mcv_sakke_encapsulate(&s->sed, &ambiguous, s->pub, id, &s->ssv));
    check(!ambiguous || s->sed.b[257] == 0 || ambiguous, "a flag that may be branched on");
    ok(mcv_sakke_decapsulate(&got, s->key, mcv_bytes_of(s->sed.b, sizeof s->sed.b),
                             MCV_SAKKE_LENIENT));
    bool same = mcv_ssv_equal(&got, &s->ssv);
    public(&same, sizeof same);
    check(same, "another SSV");
    s->sed.b[260] ^= 1;
    check(mcv_sakke_decapsulate(&got, s->key, mcv_bytes_of(s->sed.b, sizeof s->sed.b),
                                MCV_SAKKE_LENIENT) == MCV_E_AUTH,
          "changed H");
}

static void many(struct sakke *s)
{
    const struct mcv_bytes ids[] = {id, mcv_bytes_str("another identifier")};
    struct mcv_rsk rsks[2];
    struct mcv_sed seds[2];
    bool ambiguous[2];

    ok(mcv_sakke_issue_many(rsks, s->pub, &s->z_secret, ids, 2));
    ok(mcv_sakke_encapsulate_many(seds, ambiguous, s->pub, ids, 2, &s->ssv));
    check(!ambiguous[0] || seds[0].b[257] == 0 || ambiguous[0], "a flag that may be branched on");
}

static void sakke_full(void)
{
    struct sakke s;

    open_sakke(&s, MCV_SAKKE_TABLES_FULL);
    send_and_receive(&s);
    many(&s);
    close_sakke(&s);
}

static void sakke_small(void)
{
    struct sakke s;

    open_sakke(&s, MCV_SAKKE_TABLES_SMALL);
    send_and_receive(&s);
    close_sakke(&s);
}

/* ---- ECCSI ---- */

static void eccsi(void)
{
    const struct mcv_bytes msg = mcv_bytes_str("a message");
    struct mcv_eccsi_sig sig;
    struct mcv_eccsi_key key;
    struct mcv_kpak kpak;
    struct mcv_ksak ksak;
    struct mcv_pvt pvt;
    struct mcv_ssk ssk;

    ok(mcv_eccsi_kms_generate(&ksak, &kpak, &secret_rng));
    public(&kpak, sizeof kpak);
    ok(mcv_eccsi_issue(&ssk, &pvt, &ksak, &kpak, id, &secret_rng));
    public(&pvt, sizeof pvt);
    secret(&ssk, sizeof ssk);
    ok(mcv_eccsi_key_install(&key, &kpak, id, &ssk, &pvt));
    ok(mcv_eccsi_sign(&sig, &key, msg, &secret_rng));
    public(&sig, sizeof sig);
    ok(mcv_eccsi_verify(&kpak, id, msg, mcv_bytes_of(sig.b, sizeof sig.b)));
    mcv_eccsi_key_wipe(&key);
}

/* ---- What is derived from a GMK or PCK, and sealed with it ---- */

static void derive(void)
{
    static const uint8_t rand[16] = {1, 2, 3};
    struct mcv_srtp_master master;
    struct mcv_srtp_session session;
    struct mcv_kdf_output out;
    struct mcv_dpck dpck;
    struct mcv_gmk gmk;
    struct mcv_pck pck;
    const struct mcv_bytes user = mcv_bytes_str("sip:alice@example.org");

    ok(mcv_rng_bytes(&secret_rng, gmk.b, sizeof gmk.b));
    ok(mcv_rng_bytes(&secret_rng, pck.b, sizeof pck.b));
    ok(mcv_kdf_3gpp(&out, gmk.b, MCV_KDF_USER_SALT, &user, 1));
    ok(mcv_kdf_dpck(&dpck, pck.b, 1));
    ok(mcv_kdf_srtp_master(&master, gmk.b, 5, 0x01020304, mcv_bytes_of(rand, sizeof rand)));
    ok(mcv_kdf_srtp_session(&session, &master));
    mcv_srtp_session_wipe(&session);
    mcv_srtp_master_wipe(&master);
}

static void seal_and_open(void)
{
    static const uint8_t iv[12] = {1};
    uint8_t plain[40] = "a plain text", sealed[56], opened[40];
    const struct mcv_bytes aad = mcv_bytes_str("header");
    struct mcv_pck pck;
    struct mcv_aead a;

    ok(mcv_rng_bytes(&secret_rng, pck.b, sizeof pck.b));
    ok(mcv_aead_init(&a, pck.b, MCV_AEAD_SEAL, sizeof iv));
    ok(mcv_aead_seal(&a, sealed, iv, aad, mcv_bytes_of(plain, sizeof plain)));
    mcv_aead_wipe(&a);
    public(sealed, sizeof sealed);
    ok(mcv_aead_init(&a, pck.b, MCV_AEAD_OPEN, sizeof iv));
    ok(mcv_aead_open(&a, opened, iv, aad, mcv_bytes_of(sealed, sizeof sealed)));
    mcv_aead_wipe(&a);
}

/* ---- What must be found ---- */

static void leak_branch(void)
{
    static volatile int n_large;
    uint8_t b;

    ok(mcv_rng_bytes(&secret_rng, &b, 1));
    if (b > 127) n_large++;
}

static void leak_index(void)
{
    static volatile uint8_t table[256];
    uint8_t b;

    ok(mcv_rng_bytes(&secret_rng, &b, 1));
    table[b]++;
}

static const struct {
    const char *name;
    void (*run)(void);
    bool must_be_found;
} operations[] = {
    {"sakke", sakke_full, false},     {"sakke-small", sakke_small, false},
    {"eccsi", eccsi, false},          {"derive", derive, false},
    {"seal", seal_and_open, false},   {"leak-branch", leak_branch, true},
    {"leak-index", leak_index, true},
};

int main(int argc, char **argv)
{
    bool done = false;

    check(RUNNING_ON_VALGRIND != 0, "runs under valgrind only");
    mcv_prng_init(&prng, 6508, 5);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (argc > 1 ? strcmp(argv[1], operations[i].name) != 0 : operations[i].must_be_found)
            continue;
        printf("%s\n", operations[i].name);
        operations[i].run();
        done = true;
    }
    check(done, "no such operation");
    return 0;
}
