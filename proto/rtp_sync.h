/* How long the media of one RTP stream are under way, on the wall clock of their sender: two streams
 * of one sender can be compared (lip sync).
 *
 * Spec: RFC 3550 6.4.1: a sender report names one moment by the wall clock and by the media clock.
 * The clocks of sender and receiver differ by an amount that nobody knows; it is the same for all
 * streams of a sender. One object per received SSRC, integers only. */
#ifndef MCV_PROTO_RTP_SYNC_H
#define MCV_PROTO_RTP_SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct mcv_rtp_sync {
    uint32_t clock_hz;
    bool is_started, has_report;
    uint32_t ts;       /* the newest */
    int64_t units;     /* the same, counted from the first one without wraps */
    int64_t lag_us;    /* arrival less media time, since the first packet; smoothed as jitter is */
    int64_t report_us; /* media time less wall clock, of the last report */
};

/* clock_hz of the payload format; > 0 (MCV_ASSERT). */
void mcv_rtp_sync_init(struct mcv_rtp_sync *s, uint32_t clock_hz);

/* A packet. The first one of each timestamp counts: the others of a picture come behind it. A step
 * by more than a second against the clock waits for the next report. */
void mcv_rtp_sync_packet(struct mcv_rtp_sync *s, uint32_t ts, uint64_t arrival_us);

/* A sender report: ntp and rtp_ts are the same moment. Ignored before the first packet. */
void mcv_rtp_sync_report(struct mcv_rtp_sync *s, uint64_t ntp, uint32_t rtp_ts);

/* How much later video arrives than audio of the same moment; negative: earlier. false: one of them
 * has no packet or no report yet. Both of one sender. */
bool mcv_rtp_sync_lip_us(int64_t *out, const struct mcv_rtp_sync *audio,
                         const struct mcv_rtp_sync *video);

#endif
