#include "sim/histogram.h"

#define SUB (UINT64_C(1) << MCV_HISTOGRAM_SUB_BITS)

/* Values below SUB have a bucket each; above, SUB buckets for every power of two. */
static size_t bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2 * SUB) shift++;
    const uint64_t i = (us >> shift) + shift * SUB;
    return i < MCV_HISTOGRAM_BUCKETS ? (size_t)i : MCV_HISTOGRAM_BUCKETS - 1;
}

uint64_t mcv_histogram_upper_us(size_t bucket)
{
    if (bucket < 2 * SUB) return bucket;
    const unsigned shift = (unsigned)(bucket / SUB - 1);
    return ((bucket - shift * SUB + 1) << shift) - 1;
}

void mcv_histogram_add(struct mcv_histogram *h, uint64_t us)
{
    if (h->n == 0 || us < h->min_us) h->min_us = us;
    if (us > h->max_us) h->max_us = us;
    h->n++;
    h->sum_us += us;
    h->count[bucket_of(us)]++;
}

void mcv_histogram_merge(struct mcv_histogram *h, const struct mcv_histogram *other)
{
    if (other->n == 0) return;
    if (h->n == 0 || other->min_us < h->min_us) h->min_us = other->min_us;
    if (other->max_us > h->max_us) h->max_us = other->max_us;
    h->n += other->n;
    h->sum_us += other->sum_us;
    for (size_t i = 0; i < MCV_HISTOGRAM_BUCKETS; i++) h->count[i] += other->count[i];
}

uint64_t mcv_histogram_quantile(const struct mcv_histogram *h, uint32_t share_ppm)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < MCV_HISTOGRAM_BUCKETS && h->n > 0; i++) {
        seen += h->count[i];
        if (seen * 1000000u < h->n * share_ppm || seen == 0) continue;
        const uint64_t us = mcv_histogram_upper_us(i);
        return us < h->max_us ? us : h->max_us;
    }
    return h->n > 0 ? h->max_us : 0;
}
