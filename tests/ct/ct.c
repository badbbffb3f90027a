/* Constant time: every operation on secrets under valgrind, with the secrets marked undefined. valgrind
 * then reports each branch and each address that depends on one. Runs on the back-end that MCV_FP names:
 * portable, adx, or ifma-emulated, which is the code of ifma on plain C vectors.
 *
 *   ct_all [operation]    all of them, or one; "leak-branch" and "leak-index" must be reported. */
#include "crypto/aead.h"
#include "crypto/eccsi.h"
#include "crypto/kdf.h"
#include "crypto/key_table.h"
#include "crypto/keys.h"
#include "crypto/kms_issue.h"
#include "crypto/sakke.h"
#include "crypto/srtp.h"
#include "crypto/uid.h"
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
static const struct mcv_rng secret_rng = {.fill = fill_secret, .ctx = &prng};

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
    struct mcv_sed own;
    bool ambiguous;

    ok(mcv_rng_bytes(&secret_rng, s->ssv.b, sizeof s->ssv.b));
    ok(mcv_sakke_encapsulate(&s->sed, &ambiguous, s->pub, id, &s->ssv));
    check(!ambiguous || s->sed.b[257] == 0 || ambiguous, "a flag that may be branched on");
    ok(mcv_sakke_encapsulate_own(&own, &ambiguous, s->key, &s->ssv));
    check(memcmp(&own, &s->sed, sizeof own) == 0, "another SED to the own identifier");
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

/* Both masters of a KMS, both keys of two users */
static void issue_both(struct sakke *s)
{
    const struct mcv_bytes ids[] = {id, mcv_bytes_str("another identifier")};
    struct mcv_kpak kpak;
    struct mcv_ksak ksak;
    struct mcv_issued_keys keys[2];
    const struct mcv_kms_masters masters = {&ksak, &kpak, &s->z_secret, s->pub};

    ok(mcv_eccsi_kms_generate(&ksak, &kpak, &secret_rng));
    public(&kpak, sizeof kpak);
    ok(mcv_kms_issue_many(keys, &masters, ids, 2, &secret_rng));
    mcv_wipe(keys, sizeof keys);
}

static void sakke_full(void)
{
    struct sakke s;

    open_sakke(&s, MCV_SAKKE_TABLES_FULL);
    send_and_receive(&s);
    many(&s);
    issue_both(&s);
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
    struct mcv_eccsi_sender sender = {0};
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
    ok(mcv_eccsi_verify_from(&sender, &kpak, id, msg, mcv_bytes_of(sig.b, sizeof sig.b)));
    mcv_eccsi_key_wipe(&key);
}

/* ---- What is derived from a GMK or PCK, and sealed with it ---- */

static void derive(void)
{
    static const uint8_t rand[16] = {1, 2, 3};
    struct mcv_srtp_master master;
    struct mcv_srtp_session session;
    struct mcv_kdf_output out;
    struct mcv_xml_key xml;
    struct mcv_dpck dpck;
    uint32_t salt;
    struct mcv_gmk gmk;
    struct mcv_pck pck;
    const struct mcv_bytes user = mcv_bytes_str("sip:alice@example.org");

    ok(mcv_rng_bytes(&secret_rng, gmk.b, sizeof gmk.b));
    ok(mcv_rng_bytes(&secret_rng, pck.b, sizeof pck.b));
    ok(mcv_kdf_3gpp(&out, gmk.b, MCV_KDF_USER_SALT, &user, 1));
    ok(mcv_user_salt(&salt, &gmk, user));
    ok(mcv_kdf_xml_key(&xml, pck.b, MCV_KDF_XML_CONFIDENTIALITY, user, 1));
    ok(mcv_kdf_dpck(&dpck, pck.b, 1));
    ok(mcv_kdf_srtp_master(&master, gmk.b, 5, 0x01020304, mcv_bytes_of(rand, sizeof rand)));
    ok(mcv_kdf_srtp_session(&session, &master));
    mcv_srtp_session_wipe(&session);
    mcv_srtp_master_wipe(&master);
}

static void print_aead(void)
{
    const char *asked = getenv("MCV_AEAD"), *ran = mcv_aead_backend();

    check(ran != NULL && (asked == NULL || strcmp(asked, ran) == 0),
          "not the library that was asked for");
    printf("back-end %s\n", ran);
}

static void seal_and_open(void)
{
    static const uint8_t iv[12] = {1};
    uint8_t plain[40] = "a plain text", sealed[56], opened[40];
    const struct mcv_bytes aad = mcv_bytes_str("header");
    struct mcv_pck pck;
    struct mcv_aead a;

    print_aead();
    ok(mcv_rng_bytes(&secret_rng, pck.b, sizeof pck.b));
    ok(mcv_aead_init(&a, pck.b, MCV_AEAD_SEAL, sizeof iv));
    ok(mcv_aead_seal(&a, sealed, iv, aad, mcv_bytes_of(plain, sizeof plain)));
    mcv_aead_wipe(&a);
    public(sealed, sizeof sealed);
    ok(mcv_aead_init(&a, pck.b, MCV_AEAD_OPEN, sizeof iv));
    ok(mcv_aead_open(&a, opened, iv, aad, mcv_bytes_of(sealed, sizeof sealed)));
    mcv_aead_wipe(&a);
}

/* ---- SRTP and SRTCP ---- */

#define PACKET_BYTES 60
#define SSRC         0x01020304u

/* One packet of each kind, from the sender's object to the receiver's; what is on the air is public. */
static void through(struct mcv_srtp_tx *tx, struct mcv_srtp_rx *rx)
{
    uint8_t rtp[PACKET_BYTES] = {0x80, 96, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4};
    uint8_t rtcp[PACKET_BYTES] = {0x80, 200, 0, 14, 1, 2, 3, 4};
    uint8_t air[PACKET_BYTES + MCV_SRTP_MAX_OVERHEAD_BYTES], plain[sizeof air];
    struct mcv_srtp_packet packet = {
        .bytes = mcv_bytes_of(rtp, sizeof rtp), .header_bytes = 12, .ssrc = SSRC, .seq = 1};
    struct mcv_srtp_origin origin;
    struct mcv_bytes sealed, opened;

    ok(mcv_srtp_tx_seal(tx, &sealed, air, sizeof air, &packet));
    public(air, sizeof air);
    packet.bytes = sealed;
    ok(mcv_srtp_rx_open(rx, &origin, &opened, plain, sizeof plain, &packet));
    ok(mcv_srtp_tx_seal_rtcp(tx, &sealed, air, sizeof air, mcv_bytes_of(rtcp, sizeof rtcp)));
    public(air, sizeof air);
    ok(mcv_srtp_rx_open_rtcp(rx, &origin, &opened, plain, sizeof plain, sealed));
}

static void srtp_with(const uint8_t tgk[static MCV_KEY_BYTES], bool is_group)
{
    static const uint8_t rand[16] = {1, 2, 3};
    const struct mcv_srtp_rx_limits limits = {1, 1, 1};
    const struct mcv_srtp_backend *backend;
    const uint32_t key_id = 0x01020304;
    uint32_t guk_id = key_id;
    struct mcv_srtp_rx_key key = {
        .key_id = key_id, .rand = mcv_bytes_of(rand, sizeof rand), .cs_id = is_group ? 5 : 2};
    struct mcv_srtp_master master;
    struct mcv_srtp_tx tx;
    struct mcv_gmk gmk;
    struct mcv_pck pck;

    memcpy(gmk.b, tgk, sizeof gmk.b);
    memcpy(pck.b, tgk, sizeof pck.b);
    ok(mcv_srtp_backend_find(&backend, "openssl"));
    if (is_group) ok(mcv_user_salt(&guk_id, &gmk, mcv_bytes_str("sip:alice@example.org")));
    public(&guk_id, sizeof guk_id); /* the MKI of its packets says it */
    ok(mcv_kdf_srtp_master(&master, tgk, key.cs_id, guk_id, key.rand));
    const struct mcv_srtp_tx_params params = {
        .master = &master,
        .mki = is_group ? mcv_srtp_mki_group(key_id, guk_id) : mcv_srtp_mki_private(key_id),
        .ssrc = SSRC,
        .roc_every = is_group ? MCV_SRTP_ROC_GROUP : MCV_SRTP_ROC_NONE};
    ok(mcv_srtp_tx_init(&tx, backend, &params));
    void *mem = malloc(mcv_srtp_rx_size(&limits));
    struct mcv_srtp_rx *rx = mcv_srtp_rx_init(
        mem, &(struct mcv_srtp_rx_params){
                 .backend = backend, .limits = limits, .mki_bytes = params.mki.n_bytes});
    key.roc_every = params.roc_every;
    ok(is_group ? mcv_srtp_rx_add_gmk(rx, &gmk, &key) : mcv_srtp_rx_add_pck(rx, &pck, &key));
    through(&tx, rx);
    mcv_srtp_rx_wipe(rx);
    mcv_srtp_tx_wipe(&tx);
    free(mem);
}

static void srtp(void)
{
    uint8_t tgk[MCV_KEY_BYTES];

    print_aead();
    ok(mcv_rng_bytes(&secret_rng, tgk, sizeof tgk));
    srtp_with(tgk, false);
    srtp_with(tgk, true);
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
    {"sakke", sakke_full, false},
    {"sakke-small", sakke_small, false},
    {"eccsi", eccsi, false},
    {"derive", derive, false},
    {"seal", seal_and_open, false},
    {"srtp", srtp, false},
    {"leak-branch", leak_branch, true},
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
