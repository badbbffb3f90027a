/* Time is an input: nothing below agent/edge reads a clock. */
#ifndef MCV_CRYPTO_BASE_NOW_H
#define MCV_CRYPTO_BASE_NOW_H

#include <stdint.h>

struct mcv_now {
    uint64_t mono_us; /* monotonic, microseconds; all timers */
    int64_t utc_s;    /* seconds since 1970-01-01T00:00:00Z, no leap seconds */
};

#define MCV_NEVER             UINT64_MAX /* a deadline that does not come */
#define MCV_NTP_UNIX_OFFSET_S 2208988800 /* 1900-01-01 to 1970-01-01. Spec: RFC 3830 6.6 */

static inline uint64_t mcv_earlier(uint64_t x_us, uint64_t y_us)
{
    return x_us < y_us ? x_us : y_us;
}

#endif
