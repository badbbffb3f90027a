/* NTP time stamps from the time that is handed in.
 *
 * Spec: RFC 3550 4 (format), 6.4.1 (LSR, DLSR). Wall time comes in whole seconds, so the fraction
 * is taken from the monotonic clock: read both once, and all streams of one sender that use the
 * same mcv_ntp_clock keep lip sync, whatever happens to the wall clock later. */
#ifndef MCV_PROTO_NTP_H
#define MCV_PROTO_NTP_H

#include "crypto/base/now.h"

#include <stdint.h>

struct mcv_ntp_clock {
    int64_t utc_s; /* at mono_us */
    uint64_t mono_us;
};

struct mcv_ntp_clock mcv_ntp_clock_of(struct mcv_now now);

/* 32.32 seconds since 1900 of the current era. mono_us may lie before the clock's start. */
uint64_t mcv_ntp_at(const struct mcv_ntp_clock *c, uint64_t mono_us);

/* The middle 32 bits: what LSR carries. */
uint32_t mcv_ntp_middle(uint64_t ntp);

/* A duration in 1/65536 s, as DLSR carries it; above 18 hours the largest value. */
uint32_t mcv_ntp_short_of_us(uint64_t us);

/* Round trip from a report block: now, last_sr and since_sr in 1/65536 s.
 * 0 when last_sr is 0 or the report contradicts itself. */
uint64_t mcv_ntp_round_trip_us(uint32_t now_middle, uint32_t last_sr, uint32_t since_sr);

#endif
