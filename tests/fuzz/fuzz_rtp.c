/* Any packet as RTP; its header is written over itself without a change. */
#include "proto/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t header[MCV_RTP_HEADER_BYTES];
    struct mcv_rtp h;

    if (mcv_rtp_decode(&h, mcv_bytes_of(data, n)) != MCV_OK) return 0;
    MCV_ASSERT(h.header_bytes >= sizeof header && h.header_bytes + h.payload.n == n);
    memcpy(header, data, sizeof header);
    mcv_rtp_rewrite(header, &h);
    MCV_ASSERT(memcmp(header, data, sizeof header) == 0);
    if (mcv_rtp_unpad(&h) == MCV_OK) MCV_ASSERT(h.header_bytes + h.payload.n <= n);
    return 0;
}
