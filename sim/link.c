#include "sim/link.h"

#include "crypto/base/now.h"
#include "sim/prng.h"

/* Draws of one packet: their place in its block of the stream is fixed, so that a model with one
 * fault more leaves the others as they are. */
enum draw {
    DRAW_STATE,
    DRAW_LOSS,
    DRAW_JITTER,
    DRAW_DUPLICATE,
    DRAW_JITTER_2,
    DRAW_LATE,
    DRAW_CORRUPT,
    DRAW_BIT,
    DRAW_FAR,
    N_DRAWS,
};

const char *mcv_link_model_check(const struct mcv_link_model *m)
{
    const uint32_t ppm[] = {m->loss_ppm,      m->bad_ppm,  m->good_ppm,   m->bad_loss_ppm,
                            m->duplicate_ppm, m->late_ppm, m->corrupt_ppm};

    for (size_t i = 0; i < sizeof ppm / sizeof ppm[0]; i++)
        if (ppm[i] > MCV_PPM) return "a ratio above 100 %";
    if (m->bad_ppm > 0 && m->good_ppm == 0) return "a bad state that is never left";
    return NULL;
}

void mcv_link_init(struct mcv_link *link, const struct mcv_link_model *model, uint64_t seed,
                   uint32_t from, uint32_t to)
{
    *link = (struct mcv_link){.model = model,
                              .stream = mcv_prng_mix(seed, (uint64_t)from << 32 | to)};
}

static uint64_t draw(const struct mcv_link *link, enum draw which)
{
    return mcv_prng_mix(link->stream, link->n_packets * N_DRAWS + which);
}

/* 0 .. bound-1, bound <= 2^32; biased by less than 2^-32 of it. */
static uint64_t draw_below(const struct mcv_link *link, enum draw which, uint64_t bound)
{
    return (draw(link, which) >> 32) * bound >> 32;
}

static bool happens(const struct mcv_link *link, enum draw which, uint32_t ppm)
{
    return ppm > 0 && draw_below(link, which, MCV_PPM) < ppm;
}

static bool is_lost(struct mcv_link *link)
{
    const struct mcv_link_model *m = link->model;
    const bool is_masked = (link->loss_mask & 1) != 0;

    link->loss_mask >>= 1;
    if (happens(link, DRAW_STATE, link->is_bad ? m->good_ppm : m->bad_ppm))
        link->is_bad = !link->is_bad;
    return is_masked || happens(link, DRAW_LOSS, link->is_bad ? m->bad_loss_ppm : m->loss_ppm);
}

static uint64_t leave_at_us(struct mcv_link *link, uint64_t now_us, size_t n_bytes)
{
    const uint64_t rate_bps = link->model->rate_bps;

    if (rate_bps == 0) return now_us;
    const uint64_t start_us = link->free_at_us > now_us ? link->free_at_us : now_us;
    link->free_at_us = start_us + n_bytes * UINT64_C(8000000) / rate_bps;
    return link->free_at_us;
}

static uint64_t arrive_at_us(const struct mcv_link *link, uint64_t left_us, enum draw jitter)
{
    const struct mcv_link_model *m = link->model;
    const uint64_t jitter_us = m->jitter_us > 0
                                   ? draw_below(link, jitter, UINT64_C(1) + m->jitter_us)
                                   : 0;
    const uint64_t late_us = happens(link, DRAW_LATE, m->late_ppm) ? m->late_us : 0;
    const uint64_t at_us = left_us + m->delay_us + jitter_us + late_us;

    return at_us > link->resume_at_us ? at_us : link->resume_at_us;
}

void mcv_link_submit(struct mcv_link *link, struct mcv_link_fate *fate, uint64_t now_us,
                     size_t n_bytes, uint32_t far_ppm)
{
    const struct mcv_link_model *m = link->model;
    const uint64_t left_us = leave_at_us(link, now_us, n_bytes);

    *fate = (struct mcv_link_fate){0};
    if (!is_lost(link) && !happens(link, DRAW_FAR, far_ppm) && link->resume_at_us != MCV_NEVER) {
        fate->at_us[fate->n_copies++] = arrive_at_us(link, left_us, DRAW_JITTER);
        if (happens(link, DRAW_DUPLICATE, m->duplicate_ppm))
            fate->at_us[fate->n_copies++] = arrive_at_us(link, left_us, DRAW_JITTER_2);
        fate->is_corrupt = happens(link, DRAW_CORRUPT, m->corrupt_ppm);
        if (fate->is_corrupt) fate->corrupt_draw = draw(link, DRAW_BIT);
    }
    link->n_packets++;
}
