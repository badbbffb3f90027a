/* RTP packets: header read, rewritten in place, built.
 *
 * Spec: RFC 3550 5.1, 5.3.1. Plain data and pure functions; the octets are the caller's. The header
 * of a protected packet is in clear, its padding is not: see mcv_rtp_unpad. */
#ifndef MCV_PROTO_RTP_H
#define MCV_PROTO_RTP_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_RTP_HEADER_BYTES 12 /* without CSRC list and extension */

struct mcv_rtp {
    uint8_t pt; /* 0..127 */
    bool is_marked;
    bool has_padding;
    bool has_extension;
    uint8_t n_csrc;
    uint16_t seq;
    uint32_t ts;
    uint32_t ssrc;
    size_t header_bytes;      /* fixed header, CSRC list and extension */
    struct mcv_bytes payload; /* after it, to the end of the packet; borrowed */
};

/* Reads the header of a packet, protected or plain; padding stays in the payload.
 * out  zero unless MCV_OK.
 * MCV_E_TRUNCATED: CSRC list or extension goes beyond the end. MCV_E_UNSUPPORTED: not version 2, or
 * an RTCP packet type (RFC 5761 4: 72..76 with the marker). */
MCV_MUST_USE mcv_err mcv_rtp_decode(struct mcv_rtp *out, struct mcv_bytes packet);

/* Takes the padding off the payload of a plain packet, if it has some. Clears has_padding.
 * MCV_E_MALFORMED: padding of 0 octets or of more than the payload; h is unchanged. */
MCV_MUST_USE mcv_err mcv_rtp_unpad(struct mcv_rtp *h);

/* Writes pt, marker, seq, ts and ssrc over those of the packet; everything else stays. */
void mcv_rtp_rewrite(uint8_t packet[static MCV_RTP_HEADER_BYTES], const struct mcv_rtp *h);

/* Writes 12 octets of header from pt, marker, seq, ts and ssrc: no CSRC, extension or padding. A
 * payload type above 127 is MCV_E_MALFORMED in the writer. */
void mcv_rtp_encode(struct mcv_writer *w, const struct mcv_rtp *h);

#endif
