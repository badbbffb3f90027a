#include "sim/radio.h"

#include "crypto/base/now.h"
#include "sim/link.h"

#include <stdlib.h>

#define MM 1000

/* The present leg of a node: it rests at `to` from arrive_us to leave_us. */
struct leg {
    struct mcv_point from, to;
    uint64_t start_us, arrive_us, leave_us;
};

struct walker {
    struct leg leg;
    struct mcv_prng prng;
};

struct mcv_radio {
    struct mcv_radio_params params;
    size_t n;
    struct walker walkers[];
};

static struct mcv_point random_point(struct mcv_radio *r, struct mcv_prng *g)
{
    return (struct mcv_point){
        .x_mm = (int32_t)mcv_prng_below(g, (uint64_t)r->params.width_m * MM + 1),
        .y_mm = (int32_t)mcv_prng_below(g, (uint64_t)r->params.height_m * MM + 1)};
}

static void stand(struct leg *leg, struct mcv_point at, uint64_t leave_us)
{
    *leg = (struct leg){.from = at, .to = at, .leave_us = leave_us};
}

mcv_err mcv_radio_open(struct mcv_radio **out, const struct mcv_radio_params *params,
                       size_t n_nodes)
{
    struct mcv_radio *r = calloc(1, sizeof *r + n_nodes * sizeof *r->walkers);

    *out = r;
    if (r == NULL) return MCV_E_IO;
    r->params = *params;
    r->n = n_nodes;
    for (size_t i = 0; i < n_nodes; i++) {
        struct walker *w = &r->walkers[i];

        mcv_prng_init(&w->prng, params->seed, mcv_prng_mix(3, i));
        stand(&w->leg, random_point(r, &w->prng), params->fastest_cm_s > 0 ? 0 : MCV_NEVER);
    }
    return MCV_OK;
}

void mcv_radio_close(struct mcv_radio *radio)
{
    free(radio);
}

void mcv_radio_place(struct mcv_radio *r, uint32_t node, struct mcv_point at)
{
    MCV_ASSERT(node < r->n);
    stand(&r->walkers[node].leg, at, MCV_NEVER);
}

void mcv_radio_send(struct mcv_radio *r, uint32_t node, struct mcv_point to, uint64_t now_us,
                    uint64_t for_us)
{
    const struct mcv_point from = mcv_radio_where(r, node, now_us);

    r->walkers[node].leg = (struct leg){.from = from,
                                        .to = to,
                                        .start_us = now_us,
                                        .arrive_us = now_us + for_us,
                                        .leave_us = MCV_NEVER};
}

/* The largest whole number whose square does not exceed v. */
static uint64_t root(uint64_t v)
{
    uint64_t r = 0;

    for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1)
        if ((r + bit) * (r + bit) <= v) r += bit;
    return r;
}

static uint64_t distance_mm(struct mcv_point a, struct mcv_point b)
{
    const int64_t dx = (int64_t)a.x_mm - b.x_mm, dy = (int64_t)a.y_mm - b.y_mm;

    return root((uint64_t)(dx * dx) + (uint64_t)(dy * dy));
}

static void next_leg(struct mcv_radio *r, struct walker *w)
{
    const struct mcv_radio_params *p = &r->params;
    struct leg *leg = &w->leg;
    const struct mcv_point to = random_point(r, &w->prng);
    const uint64_t speed_cm_s = p->slowest_cm_s +
                                mcv_prng_below(&w->prng, p->fastest_cm_s - p->slowest_cm_s + 1);
    const uint64_t walk_us = distance_mm(leg->to, to) * UINT64_C(100000) /
                             (speed_cm_s > 0 ? speed_cm_s : 1);

    leg->from = leg->to;
    leg->to = to;
    leg->start_us = leg->leave_us;
    leg->arrive_us = leg->start_us + walk_us;
    leg->leave_us = leg->arrive_us + mcv_prng_exponential(&w->prng, p->rest_us) + 1;
}

static int32_t between(int32_t from, int32_t to, uint64_t part, uint64_t whole)
{
    const int64_t way = (int64_t)to - from;

    return (int32_t)(from + way * (int64_t)(part >> 10) / (int64_t)((whole >> 10) + 1));
}

struct mcv_point mcv_radio_where(struct mcv_radio *r, uint32_t node, uint64_t now_us)
{
    MCV_ASSERT(node < r->n);
    struct leg *leg = &r->walkers[node].leg;

    while (now_us >= leg->leave_us) next_leg(r, &r->walkers[node]);
    if (now_us >= leg->arrive_us) return leg->to;
    const uint64_t part = now_us > leg->start_us ? now_us - leg->start_us : 0;
    const uint64_t whole = leg->arrive_us - leg->start_us;
    return (struct mcv_point){.x_mm = between(leg->from.x_mm, leg->to.x_mm, part, whole),
                              .y_mm = between(leg->from.y_mm, leg->to.y_mm, part, whole)};
}

uint32_t mcv_radio_loss_ppm(struct mcv_radio *r, uint32_t from, uint32_t to, uint64_t now_us)
{
    const uint64_t mm = distance_mm(mcv_radio_where(r, from, now_us),
                                    mcv_radio_where(r, to, now_us));
    const uint64_t sure_mm = (uint64_t)r->params.sure_m * MM;
    const uint64_t range_mm = (uint64_t)r->params.range_m * MM;

    if (mm <= sure_mm) return 0;
    return mm >= range_mm ? MCV_PPM : (uint32_t)((mm - sure_mm) * MCV_PPM / (range_mm - sure_mm));
}

size_t mcv_radio_bytes(const struct mcv_radio *r)
{
    return sizeof *r + r->n * sizeof *r->walkers;
}
