#include "proto/rtp_sync.h"

#include "crypto/base/err.h"

#define US_PER_S INT64_C(1000000)
#define MAX_STEP US_PER_S
#define SMOOTH   16 /* Spec: RFC 3550 A.8: the gain of jitter */

void mcv_rtp_sync_init(struct mcv_rtp_sync *s, uint32_t clock_hz)
{
    MCV_ASSERT(clock_hz > 0);
    *s = (struct mcv_rtp_sync){.clock_hz = clock_hz};
}

static int64_t us_of(const struct mcv_rtp_sync *s, int64_t units)
{
    return units / s->clock_hz * US_PER_S + units % s->clock_hz * US_PER_S / s->clock_hz;
}

static int64_t units_at(const struct mcv_rtp_sync *s, uint32_t ts)
{
    const uint32_t ahead = ts - s->ts;

    return ahead <= INT32_MAX ? s->units + ahead : s->units - (0u - ahead);
}

static void start(struct mcv_rtp_sync *s, uint32_t ts, uint64_t arrival_us)
{
    s->is_started = true;
    s->has_report = false;
    s->ts = ts;
    s->units = 0;
    s->lag_us = (int64_t)arrival_us;
}

void mcv_rtp_sync_packet(struct mcv_rtp_sync *s, uint32_t ts, uint64_t arrival_us)
{
    const int64_t units = units_at(s, ts);

    if (!s->is_started) {
        start(s, ts, arrival_us);
        return;
    }
    if (units <= s->units) return;
    const int64_t step_us = (int64_t)arrival_us - us_of(s, units) - s->lag_us;
    if (step_us > MAX_STEP || step_us < -MAX_STEP) { /* anew: jumps do not add up */
        start(s, ts, arrival_us);
        return;
    }
    s->ts = ts;
    s->units = units;
    s->lag_us += step_us / SMOOTH;
}

static int64_t ntp_us(uint64_t ntp)
{
    return (int64_t)(ntp >> 32) * US_PER_S + (int64_t)((ntp & UINT32_MAX) * 1000000u >> 32);
}

void mcv_rtp_sync_report(struct mcv_rtp_sync *s, uint64_t ntp, uint32_t rtp_ts)
{
    if (!s->is_started) return;
    s->report_us = us_of(s, units_at(s, rtp_ts)) - ntp_us(ntp);
    s->has_report = true;
}

bool mcv_rtp_sync_lip_us(int64_t *out, const struct mcv_rtp_sync *audio,
                         const struct mcv_rtp_sync *video)
{
    *out = 0;
    if (!audio->has_report || !video->has_report) return false;
    *out = (video->lag_us + video->report_us) - (audio->lag_us + audio->report_us);
    return true;
}
