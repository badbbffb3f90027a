/* Cost of protecting media: our SRTP against raw AES-GCM of OpenSSL (the practical limit with it)
 * and against libsrtp2 called directly, in place, without the ROC tag. Group keys, 8-octet MKI. */
#include "tests/bench/bench_media.h"
#include "crypto/aead.h"
#include "tests/support/srtp_fixture.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH 256

struct slot {
    uint8_t in[1280], out[1280];
    size_t n_in, n_head;
};

struct side {
    struct slot slots[BATCH];
    size_t n_payload;
    uint32_t next; /* packets made so far */
    struct mcv_srtp_tx tx;
    struct mcv_srtp_rx *rx;
    EVP_CIPHER_CTX *evp_tx, *evp_rx;
    uint8_t iv[12];
    struct mcv_aead aead;
    void *srtp_tx, *srtp_rx;
};

/* Sealing and opening have their own objects: a receiver hears all that its sender sends. */
enum { SEALING, OPENING, N_JOBS };

static struct side ours[N_JOBS], evp[N_JOBS], raw[N_JOBS];

static void make_plain(struct side *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct fix_rtp rtp;
        fix_rtp(&rtp, MCV_BENCH_SSRC, (uint16_t)s->next++, 0, s->n_payload);
        memcpy(s->slots[i].in, rtp.b, rtp.packet.bytes.n);
        s->slots[i].n_in = rtp.packet.bytes.n;
    }
}

/* ---- Ours ---- */

static void ours_prepare_seal(void *ctx, unsigned n)
{
    make_plain(ctx, n);
}

static void ours_seal(void *ctx, unsigned n)
{
    struct side *s = ctx;
    struct mcv_bytes sealed;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        const struct mcv_srtp_packet packet = fix_parse(mcv_bytes_of(p->in, p->n_in));
        const mcv_err err = mcv_srtp_tx_seal(&s->tx, &sealed, p->out, sizeof p->out, &packet);
        mcv_bench_check(err == MCV_OK, "seal");
        p->n_head = sealed.n;
    }
}

static void ours_prepare_open(void *ctx, unsigned n)
{
    struct side *s = ctx;

    make_plain(s, n);
    ours_seal(s, n);
    for (unsigned i = 0; i < n; i++) {
        memcpy(s->slots[i].in, s->slots[i].out, s->slots[i].n_head);
        s->slots[i].n_in = s->slots[i].n_head;
    }
}

static void ours_open(void *ctx, unsigned n)
{
    struct side *s = ctx;
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        const struct mcv_srtp_packet packet = fix_parse(mcv_bytes_of(p->in, p->n_in));
        const mcv_err err = mcv_srtp_rx_open(s->rx, &origin, &plain, p->out, sizeof p->out,
                                             &packet);
        mcv_bench_check(err == MCV_OK, "open");
    }
}

/* A GUK-ID that nobody has: keys are derived, the tag fails, nothing is kept. */
static void ours_open_forged(void *ctx, unsigned n)
{
    struct side *s = ctx;
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        p->in[p->n_in - 5] ^= 1; /* last octet of the MKI */
        const struct mcv_srtp_packet packet = fix_parse(mcv_bytes_of(p->in, p->n_in));
        const mcv_err err = mcv_srtp_rx_open(s->rx, &origin, &plain, p->out, sizeof p->out,
                                             &packet);
        mcv_bench_check(err == MCV_E_AUTH, "forged");
    }
}

/* ---- Raw AES-GCM: a keyed context, a new IV for each packet ---- */

static void next_iv(struct side *s, uint32_t index)
{
    mcv_store_be32(s->iv + 8, index);
}

static void evp_seal(void *ctx, unsigned n)
{
    struct side *s = ctx;
    int len;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        const int n_payload = (int)s->n_payload;
        next_iv(s, s->next - n + i);
        const int ok = EVP_EncryptInit_ex(s->evp_tx, NULL, NULL, NULL, s->iv) &
                       EVP_EncryptUpdate(s->evp_tx, NULL, &len, p->in, 12) &
                       EVP_EncryptUpdate(s->evp_tx, p->out + 12, &len, p->in + 12, n_payload) &
                       EVP_EncryptFinal_ex(s->evp_tx, p->out + 12 + n_payload, &len) &
                       EVP_CIPHER_CTX_ctrl(s->evp_tx, EVP_CTRL_AEAD_GET_TAG, 16,
                                           p->out + 12 + n_payload);
        mcv_bench_check(ok == 1, "evp seal");
    }
}

static void evp_prepare_open(void *ctx, unsigned n)
{
    struct side *s = ctx;

    make_plain(s, n);
    evp_seal(s, n);
    for (unsigned i = 0; i < n; i++) {
        memcpy(s->slots[i].in + 12, s->slots[i].out + 12, s->n_payload + 16);
    }
}

static void evp_open(void *ctx, unsigned n)
{
    struct side *s = ctx;
    int len;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        const int n_payload = (int)s->n_payload;
        uint8_t none[16];
        next_iv(s, s->next - n + i);
        const int ok = EVP_DecryptInit_ex(s->evp_rx, NULL, NULL, NULL, s->iv) &
                       EVP_DecryptUpdate(s->evp_rx, NULL, &len, p->in, 12) &
                       EVP_DecryptUpdate(s->evp_rx, p->out + 12, &len, p->in + 12, n_payload) &
                       EVP_CIPHER_CTX_ctrl(s->evp_rx, EVP_CTRL_AEAD_SET_TAG, 16,
                                           p->in + 12 + n_payload) &
                       EVP_DecryptFinal_ex(s->evp_rx, none, &len);
        mcv_bench_check(ok == 1, "evp open");
    }
}

static const uint8_t raw_key[16] = {1, 2, 3};

static EVP_CIPHER_CTX *evp_new(int is_seal)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    mcv_bench_check(
        c != NULL && EVP_CipherInit_ex(c, EVP_aes_128_gcm(), NULL, raw_key, NULL, is_seal), "evp");
    return c;
}

/* ---- crypto/aead alone, on the library that it chose ---- */

static void aead_seal(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        next_iv(s, s->next - n + i);
        const mcv_err err = mcv_aead_seal(&s->aead, p->out + 12, s->iv, mcv_bytes_of(p->in, 12),
                                          mcv_bytes_of(p->in + 12, s->n_payload));
        mcv_bench_check(err == MCV_OK, "aead seal");
    }
}

static void aead_open(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (unsigned i = 0; i < n; i++) {
        struct slot *p = &s->slots[i];
        next_iv(s, s->next - n + i);
        const mcv_err err = mcv_aead_open(&s->aead, p->out + 12, s->iv, mcv_bytes_of(p->in, 12),
                                          mcv_bytes_of(p->in + 12, s->n_payload + 16));
        mcv_bench_check(err == MCV_OK, "aead open");
    }
}

/* The row is wanted at 2.5 with ipsec-mb: 0.4 of the time of EVP. */
static void compare_aead(struct mcv_bench *b, size_t n_payload)
{
    const struct mcv_bench_side evp_s = {ours_prepare_seal, evp_seal, &evp[SEALING]};
    const struct mcv_bench_side evp_o = {evp_prepare_open, evp_open, &evp[OPENING]};
    const struct mcv_bench_side our_s = {ours_prepare_seal, aead_seal, &raw[SEALING]};
    const struct mcv_bench_side our_o = {evp_prepare_open, aead_open, &raw[OPENING]};
    char seal[48], open[48];

    snprintf(seal, sizeof seal, "%s_seal_%zu", mcv_aead_backend(), n_payload);
    snprintf(open, sizeof open, "%s_open_%zu", mcv_aead_backend(), n_payload);
    raw[OPENING].evp_tx = evp[OPENING].evp_tx; /* seals what is opened */
    for (int i = 0; i < N_JOBS; i++) {
        raw[i].n_payload = evp[i].n_payload = n_payload;
        const mcv_err err = mcv_aead_init(&raw[i].aead, raw_key,
                                          i == SEALING ? MCV_AEAD_SEAL : MCV_AEAD_OPEN, 12);
        mcv_bench_check(err == MCV_OK, "aead");
    }
    mcv_bench_compare(b, seal, BATCH, &our_s, "evp", &evp_s);
    mcv_bench_compare(b, open, BATCH, &our_o, "evp", &evp_o);
    for (int i = 0; i < N_JOBS; i++) mcv_aead_wipe(&raw[i].aead);
}

/* ---- libsrtp2, called as its own users do: one session, in place ---- */

#ifdef MCV_HAVE_LIBSRTP2
static struct side lib[N_JOBS];

srtp_t mcv_bench_lib_session(void)
{
    static uint8_t key[28] = {1, 2, 3}, mki[8] = {4, 5};
    srtp_master_key_t master = {.key = key, .mki_id = mki, .mki_size = sizeof mki};
    srtp_master_key_t *masters[] = {&master};
    srtp_policy_t policy = {.ssrc = {.type = ssrc_specific, .value = MCV_BENCH_SSRC},
                            .keys = masters,
                            .num_master_keys = 1,
                            .window_size = 128};
    srtp_t session;

    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    mcv_bench_check(srtp_create(&session, &policy) == srtp_err_status_ok, "srtp_create");
    return session;
}

static void lib_seal(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (unsigned i = 0; i < n; i++) {
        int len = (int)s->slots[i].n_in;
        const srtp_err_status_t status = srtp_protect_mki(s->srtp_tx, s->slots[i].in, &len, 1, 0);
        mcv_bench_check(status == srtp_err_status_ok, "srtp_protect_mki");
        s->slots[i].n_in = (size_t)len;
    }
}

static void lib_prepare_open(void *ctx, unsigned n)
{
    make_plain(ctx, n);
    lib_seal(ctx, n);
}

static void lib_open(void *ctx, unsigned n)
{
    struct side *s = ctx;

    for (unsigned i = 0; i < n; i++) {
        int len = (int)s->slots[i].n_in;
        const srtp_err_status_t status = srtp_unprotect_mki(s->srtp_rx, s->slots[i].in, &len, 1);
        mcv_bench_check(status == srtp_err_status_ok, "srtp_unprotect_mki");
    }
}
#endif

static void compare_all(struct mcv_bench *b, size_t n_payload)
{
    const struct mcv_bench_side our_seal = {ours_prepare_seal, ours_seal, &ours[SEALING]};
    const struct mcv_bench_side our_open = {ours_prepare_open, ours_open, &ours[OPENING]};
    const struct mcv_bench_side evp_s = {ours_prepare_seal, evp_seal, &evp[SEALING]};
    const struct mcv_bench_side evp_o = {evp_prepare_open, evp_open, &evp[OPENING]};
    char seal[32], open[32];

    snprintf(seal, sizeof seal, "srtp_seal_%zu", n_payload);
    snprintf(open, sizeof open, "srtp_open_%zu", n_payload);
    for (int i = 0; i < N_JOBS; i++) {
        ours[i].n_payload = n_payload;
        evp[i].n_payload = n_payload;
    }
    mcv_bench_compare(b, seal, BATCH, &our_seal, "evp", &evp_s);
    mcv_bench_compare(b, open, BATCH, &our_open, "evp", &evp_o);
#ifdef MCV_HAVE_LIBSRTP2
    const struct mcv_bench_side lib_s = {ours_prepare_seal, lib_seal, &lib[SEALING]};
    const struct mcv_bench_side lib_o = {lib_prepare_open, lib_open, &lib[OPENING]};
    for (int i = 0; i < N_JOBS; i++) lib[i].n_payload = n_payload;
    mcv_bench_compare(b, seal, BATCH, &our_seal, "libsrtp2", &lib_s);
    mcv_bench_compare(b, open, BATCH, &our_open, "libsrtp2", &lib_o);
#endif
}

/* The packets of one stream. */
static void one_stream(struct mcv_bench *b)
{
    const struct mcv_srtp_backend *backend = fix_backend("openssl");

    for (int i = 0; i < N_JOBS; i++) {
        fix_group_tx(&ours[i].tx, backend, "sip:alice@example.org", MCV_BENCH_SSRC, 1);
        ours[i].rx = fix_group_rx(backend, (struct mcv_srtp_rx_limits){2, 64, 128}, 1);
        evp[i].evp_tx = evp_new(1);
        evp[i].evp_rx = evp_new(0);
#ifdef MCV_HAVE_LIBSRTP2
        lib[i].srtp_tx = mcv_bench_lib_session();
        lib[i].srtp_rx = mcv_bench_lib_session();
#endif
    }
    compare_all(b, 160);
    const struct mcv_bench_side forged = {ours_prepare_open, ours_open_forged, &ours[SEALING]};
    ours[SEALING].n_payload = 160;
    mcv_bench_compare(b, "srtp_open_forged_sender_160", 64, &forged, NULL, NULL);
    compare_all(b, 1200);
    compare_aead(b, 160);
    compare_aead(b, 1200);
    for (int i = 0; i < N_JOBS; i++) {
        mcv_srtp_tx_wipe(&ours[i].tx);
        fix_rx_free(ours[i].rx);
        EVP_CIPHER_CTX_free(evp[i].evp_tx);
        EVP_CIPHER_CTX_free(evp[i].evp_rx);
#ifdef MCV_HAVE_LIBSRTP2
        (void)srtp_dealloc(lib[i].srtp_tx);
        (void)srtp_dealloc(lib[i].srtp_rx);
#endif
    }
}

/* Each runs alone with --only NAME. */
static const struct {
    const char *name;
    void (*run)(struct mcv_bench *b);
} parts[] = {
    {"stream", one_stream},         {"senders", mcv_bench_senders},
#ifdef MCV_HAVE_LIBSRTP2
    {"bursts", mcv_bench_bursts},
#endif
#ifdef MCV_HAVE_AGENT
    {"latency", mcv_bench_latency}, {"access", mcv_bench_access},
#endif
};

int main(int argc, char **argv)
{
    struct mcv_bench b;

    mcv_bench_start(&b, argc, argv);
#ifdef MCV_HAVE_AGENT
    const bool has_idle = mcv_bench_runs(&b, "idle"); /* beside all the others */
    if (has_idle) mcv_bench_idle_begin();
#endif
#ifdef MCV_HAVE_LIBSRTP2
    (void)fix_backend("libsrtp2"); /* starts the library */
#endif
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (mcv_bench_runs(&b, parts[i].name)) parts[i].run(&b);
    }
#ifdef MCV_HAVE_AGENT
    if (has_idle) mcv_bench_idle_end(&b);
#endif
    mcv_bench_finish(&b);
    return 0;
}
