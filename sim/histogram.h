/* How often a time was measured: buckets of at most 1/32 width, from 1 us to 2^36 us. Two of them add
 * up to one, so that several processes can measure the same thing. */
#ifndef MCV_SIM_HISTOGRAM_H
#define MCV_SIM_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define MCV_HISTOGRAM_SUB_BITS 5
#define MCV_HISTOGRAM_BUCKETS  ((36 - MCV_HISTOGRAM_SUB_BITS + 1) << MCV_HISTOGRAM_SUB_BITS)

struct mcv_histogram {
    uint64_t n, sum_us, min_us, max_us;
    uint64_t count[MCV_HISTOGRAM_BUCKETS];
};

void mcv_histogram_add(struct mcv_histogram *h, uint64_t us);
void mcv_histogram_merge(struct mcv_histogram *h, const struct mcv_histogram *other);

/* The smallest time that at least this share of the values does not exceed (upper end of its
 * bucket, never above the largest value); 0 for an empty one. */
uint64_t mcv_histogram_quantile(const struct mcv_histogram *h, uint32_t share_ppm);

/* Largest value of a bucket. */
uint64_t mcv_histogram_upper_us(size_t bucket);

#endif
