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
    const uint8_t *p =
        packet.p; /* one bounded read of the fixed header: it is read for every packet */

    *out = (struct mcv_rtp){0};
    if (packet.n > 1 && (p[0] >> 6 != VERSION || (p[1] >= RTCP_FIRST && p[1] <= RTCP_LAST)))
        return MCV_E_UNSUPPORTED;
    if (packet.n < MCV_RTP_HEADER_BYTES) return MCV_E_TRUNCATED;
    mcv_rd_skip(&r, MCV_RTP_HEADER_BYTES);
    mcv_rd_skip(&r, (size_t)(p[0] & N_CSRC) * CSRC_BYTES);
    if (p[0] & EXTENSION) {
        mcv_rd_skip(&r, EXT_ID_BYTES);
        mcv_rd_skip(&r, (size_t)mcv_rd_u16(&r) * EXT_UNIT_BYTES);
    }
    const struct mcv_bytes payload = mcv_rd_rest(&r);
    const mcv_err err = mcv_rd_finish(&r);
    if (err != MCV_OK) return err;
    *out = (struct mcv_rtp){.has_padding = p[0] & PADDING,
                            .has_extension = p[0] & EXTENSION,
                            .n_csrc = p[0] & N_CSRC,
                            .is_marked = p[1] & MARKER,
                            .pt = p[1] & MAX_PT,
                            .seq = mcv_load_be16(p + 2),
                            .ts = mcv_load_be32(p + 4),
                            .ssrc = mcv_load_be32(p + 8),
                            .payload = payload,
                            .header_bytes = packet.n - payload.n};
    return MCV_OK;
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
