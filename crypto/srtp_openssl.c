/* The transform on reused EVP contexts. Spec: RFC 7714 8, 9. */
#include "crypto/aead.h"
#include "crypto/srtp_backend.h"

#define IV_BYTES 12

static mcv_err start(void)
{
    return MCV_OK;
}

static mcv_err cipher_init(struct mcv_srtp_cipher *c, const struct mcv_srtp_master *master)
{
    return mcv_kdf_srtp_session(&c->session, master);
}

static void cipher_wipe(struct mcv_srtp_cipher *c)
{
    struct mcv_aead rtp = {.ctx = c->rtp}, rtcp = {.ctx = c->rtcp};

    mcv_aead_wipe(&rtp);
    mcv_aead_wipe(&rtcp);
    c->rtp = NULL;
    c->rtcp = NULL;
}

/* The context of one direction, made when first needed; the key is then no longer ours to keep. */
static mcv_err context(struct mcv_aead *a, void **slot, struct mcv_srtp_session_key *key,
                       bool is_sender)
{
    const enum mcv_aead_use use = is_sender ? MCV_AEAD_SEAL : MCV_AEAD_OPEN;

    if (*slot == NULL) {
        mcv_err err = mcv_aead_init(a, key->b, use, IV_BYTES);
        if (err != MCV_OK) return err;
        *slot = a->ctx;
        mcv_srtp_session_key_wipe(key);
    }
    *a = (struct mcv_aead){.ctx = *slot, .iv_bytes = IV_BYTES, .use = (uint8_t)use};
    return MCV_OK;
}

/* (00 00 | SSRC | high | low) ^ salt: RTP has ROC and SEQ, RTCP 00 00 and the index. */
static void make_iv(uint8_t iv[static IV_BYTES], const struct mcv_srtp_session_salt *salt,
                    uint32_t ssrc, uint64_t index48)
{
    mcv_store_be16(iv, 0);
    mcv_store_be32(iv + 2, ssrc);
    mcv_store_be32(iv + 6, (uint32_t)(index48 >> 16));
    mcv_store_be16(iv + 10, (uint16_t)index48);
    for (size_t i = 0; i < IV_BYTES; i++) iv[i] ^= salt->b[i];
}

static mcv_err seal_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, uint32_t roc)
{
    const struct mcv_bytes in = packet->bytes;
    const uint8_t *header = mcv_srtp_header(packet);
    const size_t head = packet->header_bytes;
    uint8_t iv[IV_BYTES];
    struct mcv_aead a;

    mcv_err err = context(&a, &c->rtp, &c->session.rtp_key, c->is_sender);
    if (err != MCV_OK) return err;
    make_iv(iv, &c->session.rtp_salt, packet->ssrc, (uint64_t)roc << 16 | packet->seq);
    err = mcv_aead_seal(&a, out + head, iv, mcv_bytes_of(header, head),
                        mcv_bytes_of(in.p + head, in.n - head));
    if (err != MCV_OK) return err;
    if (out != header) memcpy(out, header, head);
    mcv_srtp_mki_store(out + in.n + MCV_SRTP_TAG_BYTES, &c->mki);
    return MCV_OK;
}

static mcv_err open_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    const uint8_t *in = packet->bytes.p;
    const size_t n_sealed = n - c->mki.n_bytes;
    const size_t head = packet->header_bytes;
    uint8_t iv[IV_BYTES];
    struct mcv_aead a;

    mcv_err err = context(&a, &c->rtp, &c->session.rtp_key, c->is_sender);
    if (err != MCV_OK) return err;
    make_iv(iv, &c->session.rtp_salt, packet->ssrc, (uint64_t)roc << 16 | packet->seq);
    err = mcv_aead_open(&a, out + head, iv, mcv_bytes_of(in, head),
                        mcv_bytes_of(in + head, n_sealed - head));
    memset(out, 0, head);
    if (err == MCV_OK) memcpy(out, in, head);
    return err;
}

/* AAD of SRTCP: the clear 8 octets | ESRTCP word. Spec: RFC 7714 9.2 */
static void make_aad(uint8_t aad[static 12], const uint8_t *rtcp, uint32_t esrtcp)
{
    memcpy(aad, rtcp, MCV_RTCP_FIXED_BYTES);
    mcv_store_be32(aad + MCV_RTCP_FIXED_BYTES, esrtcp);
}

static mcv_err seal_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes rtcp,
                         uint32_t index)
{
    const size_t head = MCV_RTCP_FIXED_BYTES;
    uint8_t iv[IV_BYTES], aad[12];
    struct mcv_aead a;

    mcv_err err = context(&a, &c->rtcp, &c->session.rtcp_key, c->is_sender);
    if (err != MCV_OK) return err;
    make_iv(iv, &c->session.rtcp_salt, mcv_load_be32(rtcp.p + 4), index);
    make_aad(aad, rtcp.p, MCV_SRTCP_E_FLAG | index);
    err = mcv_aead_seal(&a, out + head, iv, mcv_bytes_of(aad, sizeof aad),
                        mcv_bytes_of(rtcp.p + head, rtcp.n - head));
    if (err != MCV_OK) return err;
    memcpy(out, rtcp.p, head);
    out += rtcp.n + MCV_SRTP_TAG_BYTES;
    mcv_store_be32(out, MCV_SRTCP_E_FLAG | index);
    mcv_srtp_mki_store(out + MCV_SRTP_INDEX_BYTES, &c->mki);
    return MCV_OK;
}

static mcv_err open_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes srtcp)
{
    const size_t head = MCV_RTCP_FIXED_BYTES;
    const size_t n = srtcp.n - c->mki.n_bytes - MCV_SRTP_INDEX_BYTES;
    const uint32_t esrtcp = mcv_load_be32(srtcp.p + n);
    uint8_t iv[IV_BYTES], aad[12];
    struct mcv_aead a;

    mcv_err err = context(&a, &c->rtcp, &c->session.rtcp_key, c->is_sender);
    if (err != MCV_OK) return err;
    make_iv(iv, &c->session.rtcp_salt, mcv_load_be32(srtcp.p + 4), esrtcp & MCV_SRTCP_INDEX_MAX);
    make_aad(aad, srtcp.p, esrtcp);
    err = mcv_aead_open(&a, out + head, iv, mcv_bytes_of(aad, sizeof aad),
                        mcv_bytes_of(srtcp.p + head, n - head));
    memset(out, 0, head);
    if (err == MCV_OK) memcpy(out, srtcp.p, head);
    return err;
}

/* The contexts belong to the master key: nothing is kept per SSRC. */
static void forget(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    (void)c;
    (void)ssrc;
}

const struct mcv_srtp_backend mcv_srtp_openssl = {
    .name = "openssl",
    .start = start,
    .cipher_init = cipher_init,
    .cipher_wipe = cipher_wipe,
    .seal_rtp = seal_rtp,
    .open_rtp = open_rtp,
    .seal_rtcp = seal_rtcp,
    .open_rtcp = open_rtcp,
    .forget = forget,
};
