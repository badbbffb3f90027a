/* Private: what an SRTP back-end does. One packet, one master key, an index given from outside.
 *
 * Roll-over counters, replay windows, tables and the ROC tag are common code (srtp.c, srtp_rx.c); a
 * back-end transforms. Lengths are checked before it is called. `mki` and `is_sender` of the cipher
 * are set before cipher_init. Outputs never overlap inputs; after a failure they are zero. */
#ifndef MCV_CRYPTO_SRTP_BACKEND_H
#define MCV_CRYPTO_SRTP_BACKEND_H

#include "crypto/srtp.h"

#define MCV_RTP_FIXED_BYTES  12          /* Spec: RFC 3550 5.1 */
#define MCV_RTCP_FIXED_BYTES 8           /* header and first SSRC; clear in SRTCP */
#define MCV_SRTCP_E_FLAG     0x80000000u /* Spec: RFC 3711 3.4 */
#define MCV_SRTCP_INDEX_MAX  0x7fffffffu
#define MCV_SRTP_INDEX_MAX   0xffffffffffffu

struct mcv_srtp_backend {
    const char *name;
    mcv_err (*start)(void);

    /* MCV_E_CRYPTO; cipher_wipe also after a failure. */
    mcv_err (*cipher_init)(struct mcv_srtp_cipher *c, const struct mcv_srtp_master *master);
    void (*cipher_wipe)(struct mcv_srtp_cipher *c);

    /* out: header | ciphertext | tag | MKI. */
    mcv_err (*seal_rtp)(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, uint32_t roc);
    /* n: octets of the packet up to and with its MKI; out has room for them and receives header |
     * payload. MCV_E_AUTH: the tag differs. */
    mcv_err (*open_rtp)(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, size_t n, uint32_t roc);
    /* out: 8 octets | ciphertext | tag | E, index | MKI. */
    mcv_err (*seal_rtcp)(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes rtcp,
                         uint32_t index);
    /* As open_rtp; E is set. */
    mcv_err (*open_rtcp)(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes srtcp);

    /* A stream that is not known any more, or that did not authenticate. */
    void (*forget)(struct mcv_srtp_cipher *c, uint32_t ssrc);

    /* See mcv_srtp_user_salt; NULL: computed from the key. */
    mcv_err (*user_salt)(const struct mcv_srtp_backend *backend, uint32_t *salt, uint32_t gmk_id,
                         const struct mcv_gmk *gmk, struct mcv_bytes user);
};

extern const struct mcv_srtp_backend mcv_srtp_openssl;
extern const struct mcv_srtp_backend mcv_srtp_libsrtp2; /* when built with MCV_LIBSRTP2 */

/* The header that a packet is sealed with. */
static inline const uint8_t *mcv_srtp_header(const struct mcv_srtp_packet *packet)
{
    return packet->header != NULL ? packet->header : packet->bytes.p;
}

static inline void mcv_srtp_mki_store(uint8_t *out, const struct mcv_srtp_mki *mki)
{
    if (mki->n_bytes >= 4) mcv_store_be32(out, mki->key_id);
    if (mki->n_bytes >= 8) mcv_store_be32(out + 4, mki->guk_id);
}

/* Also for an object of zeros. */
static inline void mcv_srtp_cipher_wipe(struct mcv_srtp_cipher *c)
{
    if (c->backend != NULL) c->backend->cipher_wipe(c);
    mcv_wipe(c, sizeof *c);
}

#endif
