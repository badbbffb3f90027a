#include "proto/rtp_stats.h"

#define SEQ_MOD      65536u
#define MAX_DROPOUT  3000u
#define MAX_MISORDER 100u
#define NO_JUMP      (SEQ_MOD + 1)
#define US_PER_S     1000000u

void mcv_rtp_stats_init(struct mcv_rtp_stats *s, uint32_t clock_hz)
{
    MCV_ASSERT(clock_hz > 0);
    *s = (struct mcv_rtp_stats){.clock_hz = clock_hz, .bad_seq = NO_JUMP};
}

static uint32_t in_clock_units(const struct mcv_rtp_stats *s, uint64_t us)
{
    return (uint32_t)(us / US_PER_S * s->clock_hz + us % US_PER_S * s->clock_hz / US_PER_S);
}

static void start(struct mcv_rtp_stats *s, uint16_t seq)
{
    mcv_rtp_stats_init(s, s->clock_hz);
    s->is_started = true;
    s->base_seq = seq;
    s->max_seq = seq;
    s->n_received = 1;
}

/* Spec: RFC 3550 A.8. */
static void add_jitter(struct mcv_rtp_stats *s, uint32_t transit)
{
    const uint32_t d = transit - s->transit;
    const uint32_t distance = d > INT32_MAX ? 0u - d : d;

    s->jitter_16th += distance;
    s->jitter_16th -= (s->jitter_16th - distance + 8) >> 4;
}

bool mcv_rtp_stats_add(struct mcv_rtp_stats *s, uint16_t seq, uint32_t ts, uint64_t arrival_us)
{
    const uint16_t ahead = (uint16_t)(seq - s->max_seq);
    const bool is_jump = ahead >= MAX_DROPOUT && ahead <= SEQ_MOD - MAX_MISORDER;
    const uint32_t transit = in_clock_units(s, arrival_us) - ts;

    if (!s->is_started || (is_jump && seq == s->bad_seq)) {
        start(s, seq);
        s->transit = transit;
        return true;
    }
    if (is_jump) {
        s->bad_seq = (seq + 1u) % SEQ_MOD;
        return false;
    }
    if (ahead < MAX_DROPOUT) {
        if (seq < s->max_seq) s->cycles += SEQ_MOD;
        s->max_seq = seq;
    }
    s->n_received++;
    add_jitter(s, transit);
    s->transit = transit;
    return true;
}

static uint32_t extended_max(const struct mcv_rtp_stats *s)
{
    return s->cycles + s->max_seq;
}

uint32_t mcv_rtp_stats_expected(const struct mcv_rtp_stats *s)
{
    return s->is_started ? extended_max(s) - s->base_seq + 1 : 0;
}

int64_t mcv_rtp_stats_lost(const struct mcv_rtp_stats *s)
{
    return (int64_t)mcv_rtp_stats_expected(s) - s->n_received;
}

uint32_t mcv_rtp_stats_jitter(const struct mcv_rtp_stats *s)
{
    return (uint32_t)(s->jitter_16th >> 4);
}

uint64_t mcv_rtp_stats_jitter_us(const struct mcv_rtp_stats *s)
{
    return (uint64_t)mcv_rtp_stats_jitter(s) * US_PER_S / s->clock_hz;
}

/* Spec: RFC 3550 A.3. */
static uint8_t fraction_lost(uint32_t n_expected, uint32_t n_received)
{
    if (n_expected == 0 || n_received >= n_expected) return 0;
    const uint64_t fraction = ((uint64_t)(n_expected - n_received) << 8) / n_expected;
    return fraction > UINT8_MAX ? UINT8_MAX : (uint8_t)fraction;
}

static int32_t clamp_lost(int64_t lost)
{
    if (lost > 0x7fffff) return 0x7fffff;
    return lost < -0x800000 ? -0x800000 : (int32_t)lost;
}

void mcv_rtp_stats_report(struct mcv_rtp_stats *s, struct mcv_rtcp_report *out)
{
    const uint32_t n_expected = mcv_rtp_stats_expected(s);

    out->fraction_lost = fraction_lost(n_expected - s->expected_prior,
                                       s->n_received - s->received_prior);
    out->lost_pkts = clamp_lost(mcv_rtp_stats_lost(s));
    out->max_seq = extended_max(s);
    out->jitter = mcv_rtp_stats_jitter(s);
    s->expected_prior = n_expected;
    s->received_prior = s->n_received;
}
