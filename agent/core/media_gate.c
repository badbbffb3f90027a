#include "agent/core/media_gate.h"

#include "crypto/base/err.h"

#include <string.h>

/* In front of the octets of each packet, copied in and out: no alignment is assumed. */
struct record {
    uint64_t at_us;
    uint16_t n;
    uint8_t medium, is_start;
};

void mcv_media_gate_init(struct mcv_media_gate *g, void *mem, uint32_t n_bytes)
{
    *g = (struct mcv_media_gate){.mem = mem, .n_bytes = n_bytes};
}

static struct record record_at(const struct mcv_media_gate *g, uint32_t at)
{
    struct record r;

    memcpy(&r, g->mem + at, sizeof r);
    return r;
}

static uint32_t bytes_of(const struct record *r)
{
    return (uint32_t)sizeof *r + r->n;
}

static void cut(struct mcv_media_gate *g, uint32_t at, uint32_t n)
{
    memmove(g->mem + at, g->mem + at + n, g->n_used - at - n);
    g->n_used -= n;
    g->n_held--;
}

bool mcv_media_gate_first(const struct mcv_media_gate *g, struct mcv_held *out)
{
    if (g->n_held == 0) return false;
    const struct record r = record_at(g, 0);
    *out = (struct mcv_held){.at_us = r.at_us,
                             .medium = (enum mcv_medium)r.medium,
                             .is_start = r.is_start != 0,
                             .rtp = mcv_bytes_of(g->mem + sizeof r, r.n)};
    return true;
}

void mcv_media_gate_remove_first(struct mcv_media_gate *g)
{
    MCV_ASSERT(g->n_held > 0);
    const struct record r = record_at(g, 0);
    cut(g, 0, bytes_of(&r));
}

unsigned mcv_media_gate_put(struct mcv_media_gate *g, const struct mcv_held *packet)
{
    const struct record r = {.at_us = packet->at_us,
                             .n = (uint16_t)packet->rtp.n,
                             .medium = (uint8_t)packet->medium,
                             .is_start = packet->is_start};
    unsigned n_lost = 0;

    if (packet->rtp.n > UINT16_MAX || bytes_of(&r) > g->n_bytes) return 1;
    while (g->n_bytes - g->n_used < bytes_of(&r)) {
        mcv_media_gate_remove_first(g);
        n_lost++;
    }
    memcpy(g->mem + g->n_used, &r, sizeof r);
    memcpy(g->mem + g->n_used + sizeof r, packet->rtp.p, packet->rtp.n);
    g->n_used += bytes_of(&r);
    g->n_held++;
    return n_lost;
}

unsigned mcv_media_gate_expire(struct mcv_media_gate *g, uint64_t at_us)
{
    unsigned n = 0;

    while (g->n_held > 0 && record_at(g, 0).at_us < at_us) {
        mcv_media_gate_remove_first(g);
        n++;
    }
    return n;
}

bool mcv_media_gate_start_video(struct mcv_media_gate *g)
{
    uint32_t at = 0;

    while (at < g->n_used) {
        const struct record r = record_at(g, at);
        if (r.medium == MCV_VIDEO && r.is_start) return true;
        if (r.medium == MCV_VIDEO) {
            cut(g, at, bytes_of(&r));
        } else {
            at += bytes_of(&r);
        }
    }
    return false;
}

void mcv_media_gate_forget(struct mcv_media_gate *g)
{
    g->n_used = 0;
    g->n_held = 0;
}
