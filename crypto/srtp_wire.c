#include "crypto/srtp_wire.h"

#include "crypto/srtp_backend.h"

static struct mcv_srtp_mki load_mki(const uint8_t *p, uint8_t n_bytes)
{
    if (n_bytes == MCV_SRTP_MKI_PRIVATE_BYTES) return mcv_srtp_mki_private(mcv_load_be32(p));
    return mcv_srtp_mki_group(mcv_load_be32(p), mcv_load_be32(p + 4));
}

mcv_err mcv_srtp_wire_rtp(struct mcv_srtp_wire *w, const struct mcv_srtp_packet *packet,
                          uint8_t mki_bytes, bool has_roc)
{
    const size_t trailer = MCV_SRTP_TAG_BYTES + mki_bytes;
    size_t n = packet->bytes.n;

    *w = (struct mcv_srtp_wire){
        .rtp = packet, .ssrc = packet->ssrc, .seq = packet->seq, .has_roc = has_roc};
    if (packet->header_bytes < MCV_RTP_FIXED_BYTES) return MCV_E_MALFORMED;
    if (has_roc) {
        if (n < MCV_SRTP_ROC_BYTES) return MCV_E_TRUNCATED;
        n -= MCV_SRTP_ROC_BYTES;
        w->roc = mcv_load_be32(packet->bytes.p + n);
    }
    if (n < trailer || n - trailer < packet->header_bytes) return MCV_E_TRUNCATED;
    w->bytes = mcv_bytes_of(packet->bytes.p, n);
    w->n_plain = n - trailer;
    w->mki = load_mki(packet->bytes.p + n - mki_bytes, mki_bytes);
    return MCV_OK;
}

mcv_err mcv_srtp_wire_rtcp(struct mcv_srtp_wire *w, struct mcv_bytes srtcp, uint8_t mki_bytes)
{
    const size_t trailer = MCV_SRTP_INDEX_BYTES + mki_bytes;
    const size_t n = srtcp.n;

    *w = (struct mcv_srtp_wire){.bytes = srtcp};
    if (n < MCV_RTCP_FIXED_BYTES + MCV_SRTP_TAG_BYTES + trailer) return MCV_E_TRUNCATED;
    const uint32_t esrtcp = mcv_load_be32(srtcp.p + n - trailer);
    w->ssrc = mcv_load_be32(srtcp.p + 4);
    w->index = esrtcp & MCV_SRTCP_INDEX_MAX;
    w->n_plain = n - trailer - MCV_SRTP_TAG_BYTES;
    w->mki = load_mki(srtcp.p + n - mki_bytes, mki_bytes);
    return esrtcp & MCV_SRTCP_E_FLAG ? MCV_OK : MCV_E_POLICY;
}
