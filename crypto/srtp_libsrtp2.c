/* The transform on libsrtp2: a second, independent implementation.
 *
 * One session per master key, one stream in it per SSRC. libsrtp2 derives the session keys, places the
 * MKI and keeps its own replay data; the common code has then already decided that the index is
 * fresh, with a smaller window. Three of its habits shape this file:
 *   - it works in place and destroys a packet that fails: every call works on a copy in `out`;
 *   - srtp_set_stream_roc knows only existing streams: a stream is added before its first packet
 *     is verified, and `forget` removes it when that fails;
 *   - a ROC that was set stays until a packet uses it: it is set before every packet. */
#include "crypto/srtp_backend.h"

#include <limits.h>
#include <srtp2/srtp.h>

#define WINDOW_PKTS 1024 /* wider than ours, so that ours decides */

static mcv_err start(void)
{
    return srtp_init() == srtp_err_status_ok ? MCV_OK : MCV_E_CRYPTO;
}

static mcv_err cipher_init(struct mcv_srtp_cipher *c, const struct mcv_srtp_master *master)
{
    srtp_t session = NULL;

    if (srtp_create(&session, NULL) != srtp_err_status_ok) return MCV_E_CRYPTO;
    c->rtp = session;
    c->master = *master; /* every stream that is added needs it */
    return MCV_OK;
}

static void cipher_wipe(struct mcv_srtp_cipher *c)
{
    if (c->rtp != NULL) (void)srtp_dealloc(c->rtp);
    c->rtp = NULL;
    mcv_srtp_master_wipe(&c->master);
}

static mcv_err add_stream(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    uint8_t mki[MCV_SRTP_MKI_GROUP_BYTES];
    uint8_t key[MCV_KEY_BYTES + MCV_SALT_BYTES];
    srtp_master_key_t master = {.key = key, .mki_id = mki, .mki_size = c->mki.n_bytes};
    srtp_master_key_t *masters[] = {&master};
    srtp_policy_t policy = {
        .ssrc = {.type = ssrc_specific, .value = ssrc},
        .key = key,
        .window_size = WINDOW_PKTS,
    };

    if (c->mki.n_bytes > 0) { /* keys with an MKI and a bare key exclude each other */
        policy.key = NULL;
        policy.keys = masters;
        policy.num_master_keys = 1;
    }
    mcv_srtp_mki_store(mki, &c->mki);
    memcpy(key, c->master.key.b, MCV_KEY_BYTES);
    memcpy(key + MCV_KEY_BYTES, c->master.salt.b, MCV_SALT_BYTES);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    const srtp_err_status_t status = srtp_add_stream(c->rtp, &policy);
    mcv_wipe(key, sizeof key);
    return status == srtp_err_status_ok ? MCV_OK : MCV_E_CRYPTO;
}

static mcv_err ensure_stream(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    uint32_t roc;

    if (srtp_get_stream_roc(c->rtp, ssrc, &roc) == srtp_err_status_ok) return MCV_OK;
    return add_stream(c, ssrc);
}

/* 0 means "unset": the library's own estimate, which is then 0 as well. */
static mcv_err prepare(struct mcv_srtp_cipher *c, uint32_t ssrc, uint32_t roc)
{
    mcv_err err = ensure_stream(c, ssrc);

    if (err != MCV_OK) return err;
    return srtp_set_stream_roc(c->rtp, ssrc, roc) == srtp_err_status_ok ? MCV_OK : MCV_E_CRYPTO;
}

/* Its verdict on a packet of a peer. A replay that only the library sees cannot happen: the common
 * window is the smaller one; whatever it says then is no proof of authenticity. */
static mcv_err verdict(srtp_err_status_t status, uint8_t *out, size_t n)
{
    if (status == srtp_err_status_ok) return MCV_OK;
    mcv_wipe(out, n);
    return status == srtp_err_status_alloc_fail ? MCV_E_CRYPTO : MCV_E_AUTH;
}

static mcv_err seal_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, uint32_t roc)
{
    const size_t n = packet->bytes.n + MCV_SRTP_TAG_BYTES + c->mki.n_bytes;
    const size_t head = packet->header_bytes;
    const uint8_t *header = mcv_srtp_header(packet);
    int len = (int)packet->bytes.n;

    if (packet->bytes.n > INT_MAX - MCV_SRTP_MAX_OVERHEAD_BYTES) return MCV_E_CRYPTO;
    mcv_err err = prepare(c, packet->ssrc, roc);
    if (err != MCV_OK) return err;
    if (out != header) memcpy(out, header, head);
    memcpy(out + head, packet->bytes.p + head, packet->bytes.n - head);
    if (srtp_protect_mki(c->rtp, out, &len, c->mki.n_bytes > 0, 0) == srtp_err_status_ok &&
        (size_t)len == n) {
        return MCV_OK;
    }
    mcv_wipe(out, n);
    return MCV_E_CRYPTO;
}

static mcv_err open_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    int len = (int)n;

    if (n > INT_MAX) return MCV_E_CRYPTO;
    mcv_err err = prepare(c, packet->ssrc, roc);
    if (err != MCV_OK) return err;
    memcpy(out, packet->bytes.p, n);
    return verdict(srtp_unprotect_mki(c->rtp, out, &len, c->mki.n_bytes > 0), out, n);
}

static mcv_err seal_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes rtcp,
                         uint32_t index)
{
    const size_t n = rtcp.n + MCV_SRTP_TAG_BYTES + MCV_SRTP_INDEX_BYTES + c->mki.n_bytes;
    uint32_t at;

    if (rtcp.n > INT_MAX - MCV_SRTP_MAX_OVERHEAD_BYTES) return MCV_E_CRYPTO;
    mcv_err err = ensure_stream(c, mcv_load_be32(rtcp.p + 4));
    if (err != MCV_OK) return err;
    /* The library counts by itself and cannot be told where a stream goes on with a new key: what
     * it makes of earlier indices is never sent, and no other packet had them under this key. */
    do {
        int len = (int)rtcp.n;
        memcpy(out, rtcp.p, rtcp.n);
        const srtp_err_status_t status = srtp_protect_rtcp_mki(c->rtp, out, &len,
                                                               c->mki.n_bytes > 0, 0);
        const bool is_whole = status == srtp_err_status_ok && (size_t)len == n;
        at = is_whole ? mcv_load_be32(out + rtcp.n + MCV_SRTP_TAG_BYTES) : UINT32_MAX;
    } while (at < (MCV_SRTCP_E_FLAG | index));
    if (at == (MCV_SRTCP_E_FLAG | index)) return MCV_OK;
    mcv_wipe(out, n);
    return MCV_E_CRYPTO;
}

static mcv_err open_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes srtcp)
{
    int len = (int)srtcp.n;

    if (srtcp.n > INT_MAX) return MCV_E_CRYPTO;
    mcv_err err = ensure_stream(c, mcv_load_be32(srtcp.p + 4));
    if (err != MCV_OK) return err;
    memcpy(out, srtcp.p, srtcp.n);
    return verdict(srtp_unprotect_rtcp_mki(c->rtp, out, &len, c->mki.n_bytes > 0), out, srtcp.n);
}

/* The library compares here, and only here, with the SSRC as it stands on the wire. */
static void forget(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    uint8_t wire[4];
    unsigned int as_on_wire;

    mcv_store_be32(wire, ssrc);
    memcpy(&as_on_wire, wire, sizeof as_on_wire);
    (void)srtp_remove_stream(c->rtp, as_on_wire);
}

const struct mcv_srtp_backend mcv_srtp_libsrtp2 = {
    .name = "libsrtp2",
    .start = start,
    .cipher_init = cipher_init,
    .cipher_wipe = cipher_wipe,
    .seal_rtp = seal_rtp,
    .open_rtp = open_rtp,
    .seal_rtcp = seal_rtcp,
    .open_rtcp = open_rtcp,
    .forget = forget,
};
