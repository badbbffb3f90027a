#include "crypto/srtp.h"

#include "crypto/srtp_backend.h"
#include "crypto/uid.h"

static const struct mcv_srtp_backend *const backends[] = {
    &mcv_srtp_openssl,
#ifdef MCV_HAVE_LIBSRTP2
    &mcv_srtp_libsrtp2,
#endif
};

mcv_err mcv_srtp_backend_find(const struct mcv_srtp_backend **out, const char *name)
{
    *out = NULL;
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        if (strcmp(backends[i]->name, name) != 0) continue;
        mcv_err err = backends[i]->start();
        if (err == MCV_OK) *out = backends[i];
        return err;
    }
    return MCV_E_NOT_FOUND;
}

const char *mcv_srtp_backend_name(const struct mcv_srtp_backend *backend)
{
    return backend->name;
}

mcv_err mcv_srtp_user_salt(const struct mcv_srtp_backend *backend, uint32_t *salt, uint32_t gmk_id,
                           const struct mcv_gmk *gmk, struct mcv_bytes user)
{
    if (backend->user_salt == NULL) return mcv_user_salt(salt, gmk, user);
    return backend->user_salt(backend, salt, gmk_id, gmk, user);
}

mcv_err mcv_srtp_tx_init(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend,
                         const struct mcv_srtp_tx_params *params)
{
    MCV_ASSERT(params->mki.n_bytes == MCV_SRTP_MKI_PRIVATE_BYTES ||
               params->mki.n_bytes == MCV_SRTP_MKI_GROUP_BYTES);
    *tx = (struct mcv_srtp_tx){
        .cipher = {.backend = backend, .mki = params->mki, .is_sender = true},
        .next_rtcp_index = 1,
        .ssrc = params->ssrc,
        .roc_every = params->roc_every,
    };
    return backend->cipher_init(&tx->cipher, params->master);
}

void mcv_srtp_tx_wipe(struct mcv_srtp_tx *tx)
{
    mcv_srtp_cipher_wipe(&tx->cipher);
    mcv_wipe(tx, sizeof *tx);
}

void mcv_srtp_tx_continue(struct mcv_srtp_tx *tx, const struct mcv_srtp_tx *before)
{
    MCV_ASSERT(tx->ssrc == before->ssrc && !tx->has_sent && tx->next_rtcp_index == 1);
    tx->next_index = before->next_index;
    tx->next_rtcp_index = before->next_rtcp_index;
    tx->has_sent = before->has_sent;
}

/* The 48-bit index of a SEQ; only a later one than the last gets an index. */
static mcv_err next_index(uint64_t *index, const struct mcv_srtp_tx *tx, uint16_t seq)
{
    if (!tx->has_sent) {
        *index = tx->next_index + seq; /* ROC 0, whatever the first SEQ is */
        return MCV_OK;
    }
    const uint64_t last = tx->next_index - 1;
    if (!mcv_seq_less((uint16_t)last, seq)) return MCV_E_REPLAY;
    *index = last + (uint16_t)(seq - (uint16_t)last);
    return *index <= MCV_SRTP_INDEX_MAX ? MCV_OK : MCV_E_EXPIRED;
}

mcv_err mcv_srtp_tx_seal(struct mcv_srtp_tx *tx, struct mcv_bytes *sealed, uint8_t *out, size_t cap,
                         const struct mcv_srtp_packet *packet)
{
    const size_t n_in = packet->bytes.n;
    const bool has_roc = tx->roc_every != 0 && packet->seq % tx->roc_every == 0;
    size_t n = n_in + MCV_SRTP_TAG_BYTES + tx->cipher.mki.n_bytes;
    uint64_t index;

    *sealed = mcv_bytes_of(NULL, 0);
    if (packet->ssrc != tx->ssrc || packet->header_bytes < MCV_RTP_FIXED_BYTES ||
        packet->header_bytes > n_in) {
        return MCV_E_MISUSE;
    }
    if (cap < n + (has_roc ? MCV_SRTP_ROC_BYTES : 0)) return MCV_E_SPACE;
    mcv_err err = next_index(&index, tx, packet->seq);
    if (err != MCV_OK) return err;

    tx->next_index = index + 1; /* spent, even if the library fails now */
    tx->has_sent = true;
    err = tx->cipher.backend->seal_rtp(&tx->cipher, out, packet, (uint32_t)(index >> 16));
    if (err != MCV_OK) return err;
    if (has_roc) {
        mcv_store_be32(out + n, (uint32_t)(index >> 16));
        n += MCV_SRTP_ROC_BYTES;
    }
    *sealed = mcv_bytes_of(out, n);
    return MCV_OK;
}

mcv_err mcv_srtp_tx_seal_rtcp(struct mcv_srtp_tx *tx, struct mcv_bytes *sealed, uint8_t *out,
                              size_t cap, struct mcv_bytes rtcp)
{
    const size_t n = rtcp.n + MCV_SRTP_TAG_BYTES + MCV_SRTP_INDEX_BYTES + tx->cipher.mki.n_bytes;

    *sealed = mcv_bytes_of(NULL, 0);
    if (rtcp.n < MCV_RTCP_FIXED_BYTES || mcv_load_be32(rtcp.p + 4) != tx->ssrc) return MCV_E_MISUSE;
    if (cap < n) return MCV_E_SPACE;
    if (tx->next_rtcp_index > MCV_SRTCP_INDEX_MAX) return MCV_E_EXPIRED;

    const uint32_t index = tx->next_rtcp_index++;
    mcv_err err = tx->cipher.backend->seal_rtcp(&tx->cipher, out, rtcp, index);
    if (err == MCV_OK) *sealed = mcv_bytes_of(out, n);
    return err;
}
