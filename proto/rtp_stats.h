/* Reception statistics of one RTP stream: sequence, loss and jitter, in integers.
 *
 * Spec: RFC 3550 A.1 (sequence numbers, without probation: only packets that authenticated are
 * counted), A.3 (loss), A.8 (jitter). One object per received SSRC. */
#ifndef MCV_PROTO_RTP_STATS_H
#define MCV_PROTO_RTP_STATS_H

#include "proto/rtcp.h"

#include <stdbool.h>
#include <stdint.h>

struct mcv_rtp_stats {
    uint32_t clock_hz;
    bool is_started;
    uint16_t max_seq;
    uint32_t cycles;   /* shifted count of sequence number cycles */
    uint32_t base_seq; /* first sequence number */
    uint32_t bad_seq;  /* where a jump would go on; 0x10001: no jump seen */
    uint32_t n_received;
    uint32_t expected_prior, received_prior; /* at the last report */
    uint32_t transit;                        /* of the last packet, timestamp units */
    uint64_t jitter_16th;                    /* of a timestamp unit */
};

/* clock_hz of the payload format; > 0 (MCV_ASSERT). */
void mcv_rtp_stats_init(struct mcv_rtp_stats *s, uint32_t clock_hz);

/* Counts a packet. false: one packet of a jump beyond 3000, held back until the next one follows
 * on it (then everything starts anew from there). */
bool mcv_rtp_stats_add(struct mcv_rtp_stats *s, uint16_t seq, uint32_t ts, uint64_t arrival_us);

/* Packets that should have come so far, and those of them that did not; negative with duplicates. */
uint32_t mcv_rtp_stats_expected(const struct mcv_rtp_stats *s);
int64_t mcv_rtp_stats_lost(const struct mcv_rtp_stats *s);

uint32_t mcv_rtp_stats_jitter(const struct mcv_rtp_stats *s); /* timestamp units */
uint64_t mcv_rtp_stats_jitter_us(const struct mcv_rtp_stats *s);

/* Fills fraction, loss, sequence and jitter of a report block, and starts the next interval. SSRC
 * and the times of the last SR are the caller's. */
void mcv_rtp_stats_report(struct mcv_rtp_stats *s, struct mcv_rtcp_report *out);

#endif
