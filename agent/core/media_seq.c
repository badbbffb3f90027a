#include "agent/core/media_parts.h"

#define FIRST_SEQS 32768u

uint16_t mcv_media_first_seq(const struct mcv_rng *rng)
{
#ifdef MCV_TEST_FIRST_SEQ /* of a test program only: it links this file again */
    (void)rng;
    return MCV_TEST_FIRST_SEQ;
#else
    uint32_t seq = 0;

    if (mcv_rng_below(rng, &seq, FIRST_SEQS)) return 0;
    return (uint16_t)seq;
#endif
}
