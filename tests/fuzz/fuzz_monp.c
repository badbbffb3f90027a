/* Any datagram as MONP; what decodes is written again and decodes to the same. */
#include "proto/monp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t again[1u << 16];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_monp m, m2;

    for (int iei = MCV_MONP_IEI_HEX; iei <= MCV_MONP_IEI_HEX_OR_DECIMAL; iei++) {
        struct mcv_writer w = mcv_writer_of(again, sizeof again);
        if (mcv_monp_decode(&m, mcv_bytes_of(data, n), (enum mcv_monp_iei)iei) != MCV_OK) continue;
        mcv_monp_encode(&w, &m);
        if (w.err == MCV_E_SPACE) continue; /* above the size of a datagram */
        MCV_ASSERT(mcv_monp_decode(&m2, mcv_wr_done(&w), MCV_MONP_IEI_HEX) == MCV_OK);
        MCV_ASSERT(m2.type == m.type && mcv_bytes_equal(m2.video_info, m.video_info));
        MCV_ASSERT(mcv_bytes_equal(m2.sdp, m.sdp) && mcv_bytes_equal(m2.location, m.location));
    }
    return 0;
}
