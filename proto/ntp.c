#include "proto/ntp.h"

#include <stdbool.h>

#define US_PER_S 1000000

struct mcv_ntp_clock mcv_ntp_clock_of(struct mcv_now now)
{
    return (struct mcv_ntp_clock){.utc_s = now.utc_s, .mono_us = now.mono_us};
}

uint64_t mcv_ntp_at(const struct mcv_ntp_clock *c, uint64_t mono_us)
{
    const bool is_before = mono_us < c->mono_us;
    const uint64_t us = is_before ? c->mono_us - mono_us : mono_us - c->mono_us;
    uint64_t s = us / US_PER_S, part_us = us % US_PER_S;

    if (is_before) { /* -(s + part) as whole seconds and a part that is not negative */
        s = 0 - s - (part_us > 0 ? 1u : 0u);
        part_us = part_us > 0 ? US_PER_S - part_us : 0;
    }
    s += (uint64_t)c->utc_s + (uint64_t)MCV_NTP_UNIX_OFFSET_S;
    return s << 32 | (part_us << 32) / US_PER_S;
}

uint32_t mcv_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

uint32_t mcv_ntp_short_of_us(uint64_t us)
{
    if (us / US_PER_S > UINT16_MAX) return UINT32_MAX;
    return (uint32_t)((us << 16) / US_PER_S);
}

uint64_t mcv_ntp_round_trip_us(uint32_t now_middle, uint32_t last_sr, uint32_t since_sr)
{
    const uint32_t since_sent = now_middle - last_sr;

    if (last_sr == 0 || since_sent < since_sr) return 0;
    return (uint64_t)(since_sent - since_sr) * US_PER_S >> 16;
}
