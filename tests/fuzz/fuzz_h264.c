/* Any payload as H.264: where it begins does not depend on what lies behind a whole unit. */
#include "proto/h264.h"

#include "crypto/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const bool is_start = mcv_h264_is_start(mcv_bytes_of(data, n));

    if (n > 2 && (data[0] & 0x1f) < 24)
        MCV_ASSERT(is_start == mcv_h264_is_start(mcv_bytes_of(data, 1)));
    return 0;
}
