#include "agent/edge/clock.h"

#include <time.h>

struct mcv_now mcv_clock_now(int64_t utc_floor_s)
{
    struct timespec mono, wall;

    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &wall);
    return (struct mcv_now){
        .mono_us = (uint64_t)mono.tv_sec * 1000000u + (uint64_t)mono.tv_nsec / 1000u,
        .utc_s = wall.tv_sec > utc_floor_s ? wall.tv_sec : utc_floor_s,
    };
}
