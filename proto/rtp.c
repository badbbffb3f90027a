#include "proto/rtp.h"

#include "crypto/base/reader.h"

#define VERSION        2
#define RTCP_FIRST     200 /* SR; as an RTP octet: marker and payload type 72 */
#define RTCP_LAST      204
#define MARKER         0x80
#define PADDING        0x20
#define EXTENSION      0x10
#define N_CSRC         0x0f
#define MAX_PT         0x7f
#define CSRC_BYTES     4
#define EXT_ID_BYTES   2
#define EXT_UNIT_BYTES 4

mcv_err mcv_rtp_decode(struct mcv_rtp *out, struct mcv_bytes packet)
{
    struct mcv_reader r = mcv_reader_of(packet);
    struct mcv_rtp h = {0};

    *out = h;
    const uint8_t flags = mcv_rd_u8(&r);
    const uint8_t kind = mcv_rd_u8(&r);
    h.has_padding = flags & PADDING;
    h.has_extension = flags & EXTENSION;
    h.n_csrc = flags & N_CSRC;
    h.is_marked = kind & MARKER;
    h.pt = kind & MAX_PT;
    h.seq = mcv_rd_u16(&r);
    h.ts = mcv_rd_u32(&r);
    h.ssrc = mcv_rd_u32(&r);
    mcv_rd_skip(&r, (size_t)h.n_csrc * CSRC_BYTES);
    if (h.has_extension) {
        mcv_rd_skip(&r, EXT_ID_BYTES);
        mcv_rd_skip(&r, (size_t)mcv_rd_u16(&r) * EXT_UNIT_BYTES);
    }
    h.payload = mcv_rd_rest(&r);
    h.header_bytes = packet.n - h.payload.n;
    if (packet.n > 1 && (flags >> 6 != VERSION || (kind >= RTCP_FIRST && kind <= RTCP_LAST)))
        return MCV_E_UNSUPPORTED;
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = h;
    return err;
}

mcv_err mcv_rtp_unpad(struct mcv_rtp *h)
{
    if (!h->has_padding) return MCV_OK;
    if (h->payload.n == 0) return MCV_E_MALFORMED;
    const size_t n = h->payload.p[h->payload.n - 1];
    if (n == 0 || n > h->payload.n) return MCV_E_MALFORMED;
    h->payload.n -= n;
    h->has_padding = false;
    return MCV_OK;
}

void mcv_rtp_rewrite(uint8_t packet[static MCV_RTP_HEADER_BYTES], const struct mcv_rtp *h)
{
    packet[1] = (uint8_t)((h->is_marked ? MARKER : 0) | (h->pt & MAX_PT));
    mcv_store_be16(packet + 2, h->seq);
    mcv_store_be32(packet + 4, h->ts);
    mcv_store_be32(packet + 8, h->ssrc);
}

void mcv_rtp_encode(struct mcv_writer *w, const struct mcv_rtp *h)
{
    if (h->pt > MAX_PT) mcv_wr_fail(w, MCV_E_MALFORMED);
    uint8_t *at = mcv_wr_room(w, MCV_RTP_HEADER_BYTES);
    if (at == NULL) return;
    at[0] = VERSION << 6;
    mcv_rtp_rewrite(at, h);
}
