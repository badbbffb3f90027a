/* Any text as base64; what decodes is the one text of its octets. */
#include "proto/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t octets[1u << 16], text[1u << 17];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_writer w = mcv_writer_of(text, sizeof text);
    size_t n_octets = 0;

    if (mcv_base64_decode(octets, sizeof octets, &n_octets, mcv_bytes_of(data, n)) != MCV_OK) {
        MCV_ASSERT(n_octets == 0);
        return 0;
    }
    mcv_base64_encode(&w, mcv_bytes_of(octets, n_octets));
    MCV_ASSERT(mcv_bytes_equal(mcv_wr_done(&w), mcv_bytes_of(data, n)));
    return 0;
}
