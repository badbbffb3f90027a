/* Private: a received SRTP or SRTCP packet, cut into its parts. Nothing of it is trusted. */
#ifndef MCV_CRYPTO_SRTP_WIRE_H
#define MCV_CRYPTO_SRTP_WIRE_H

#include "crypto/srtp.h"

struct mcv_srtp_wire {
    const struct mcv_srtp_packet *rtp; /* or NULL: RTCP */
    struct mcv_bytes bytes;            /* without the ROC tag */
    struct mcv_srtp_mki mki;
    size_t n_plain;
    uint64_t index; /* RTCP: exact; RTP: set for each attempt */
    uint32_t ssrc;
    uint32_t roc; /* from the ROC tag */
    uint16_t seq;
    bool has_roc;
};

static inline bool mcv_srtp_mki_equal(const struct mcv_srtp_mki *a, const struct mcv_srtp_mki *b)
{
    return a->key_id == b->key_id && a->guk_id == b->guk_id;
}

/* For tables of streams. Odd constants spread each number over 64 bits; the sum is folded once more. */
static inline uint32_t mcv_srtp_stream_hash(const struct mcv_srtp_mki *mki, uint32_t ssrc)
{
    const uint64_t h = mki->key_id * 0x9e3779b97f4a7c15u + mki->guk_id * 0xbf58476d1ce4e5b9u +
                       ssrc * 0x94d049bb133111ebu;

    return (uint32_t)((h ^ h >> 32) * 0xd6e8feb86659fd93u >> 32);
}

/* has_roc: the packet ends with the ROC. MCV_E_MALFORMED: header length. MCV_E_TRUNCATED. */
MCV_MUST_USE mcv_err mcv_srtp_wire_rtp(struct mcv_srtp_wire *w,
                                       const struct mcv_srtp_packet *packet, uint8_t mki_bytes,
                                       bool has_roc);

/* MCV_E_TRUNCATED. MCV_E_POLICY: not encrypted; w is filled all the same. */
MCV_MUST_USE mcv_err mcv_srtp_wire_rtcp(struct mcv_srtp_wire *w, struct mcv_bytes srtcp,
                                        uint8_t mki_bytes);

#endif
