/* A group and a private call with known keys, and RTP packets, for tests of SRTP. */
#ifndef MCV_TESTS_SUPPORT_SRTP_FIXTURE_H
#define MCV_TESTS_SUPPORT_SRTP_FIXTURE_H

#include "crypto/srtp.h"

#define FIX_GMK_ID     0x0badf00du
#define FIX_PCK_ID     0x1abcdef1u
#define FIX_MAX_PACKET 1600

/* One RTP packet: 12 octets of header, n_csrc CSRCs, payload of a pattern that depends on ssrc, seq. */
struct fix_rtp {
    uint8_t b[FIX_MAX_PACKET];
    struct mcv_srtp_packet packet;
};
void fix_rtp(struct fix_rtp *out, uint32_t ssrc, uint16_t seq, unsigned n_csrc, size_t n_payload);

/* A received packet as its parser would describe it: CSRCs counted, no extension. */
struct mcv_srtp_packet fix_parse(struct mcv_bytes packet);

/* Stops on failure: these run in fuzz targets too. */
const struct mcv_srtp_backend *fix_backend(const char *name);

/* A member of the group that sends; its GUK-ID is tx->cipher.mki.guk_id. */
void fix_group_tx(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend, const char *user,
                  uint32_t ssrc, uint16_t roc_every);

/* A receiver with the group's GMK. */
struct mcv_srtp_rx *fix_group_rx(const struct mcv_srtp_backend *backend,
                                 struct mcv_srtp_rx_limits limits, uint16_t roc_every);
/* One of several calls of that group, in turn or at once. */
struct mcv_srtp_rx *fix_group_rx_after(const struct mcv_srtp_backend *backend,
                                       struct mcv_srtp_rx_limits limits,
                                       struct mcv_srtp_past *past);
void fix_add_gmk(struct mcv_srtp_rx *rx, uint16_t roc_every);

/* One direction of a private call: CS-ID 2 or 3. */
void fix_private_tx(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend, uint8_t cs_id,
                    uint32_t ssrc);
struct mcv_srtp_rx *fix_private_rx(const struct mcv_srtp_backend *backend, uint8_t cs_id);

void fix_rx_free(struct mcv_srtp_rx *rx);

/* One sealed packet with its memory. */
struct fix_sealed {
    uint8_t b[FIX_MAX_PACKET];
    struct mcv_bytes bytes;
};

/* Seals an RTP packet with 100 octets of payload, or an RTCP packet. */
mcv_err fix_seal(struct fix_sealed *out, struct mcv_srtp_tx *tx, uint16_t seq);
mcv_err fix_seal_rtcp(struct fix_sealed *out, struct mcv_srtp_tx *tx, struct mcv_bytes rtcp);

/* Opens what fix_seal made and stops unless the outputs are those of the contract. */
mcv_err fix_open_into(struct mcv_srtp_origin *origin, struct mcv_srtp_rx *rx,
                      struct mcv_bytes sealed);
mcv_err fix_open(struct mcv_srtp_rx *rx, const struct fix_sealed *s);
/* Any octets as one RTP packet; MCV_E_TRUNCATED below a header. */
mcv_err fix_open_any(struct mcv_srtp_rx *rx, struct mcv_bytes srtp);
mcv_err fix_open_rtcp(struct mcv_srtp_rx *rx, struct mcv_bytes srtcp);

#endif
