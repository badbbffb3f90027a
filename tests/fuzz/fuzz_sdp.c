/* Any text as a session description; what decodes is written and read again. */
#include "proto/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t text[4 * MCV_SDP_MAX_BYTES], text2[4 * MCV_SDP_MAX_BYTES];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_writer w = mcv_writer_of(text, sizeof text), w2 = mcv_writer_of(text2, sizeof text2);
    struct mcv_sdp s, again;
    struct mcv_bytes key_mgmt;
    bool has_key_mgmt;

    if (mcv_sdp_decode(&s, mcv_bytes_of(data, n)) != MCV_OK) return 0;
    if (mcv_sdp_key_mgmt(&key_mgmt, &has_key_mgmt, &s) != MCV_OK) MCV_ASSERT(!has_key_mgmt);
    if (s.origin.family == MCV_FAMILY_NONE) return 0;
    mcv_sdp_encode(&w, &s);
    MCV_ASSERT(w.err == MCV_OK);
    if (w.n > MCV_SDP_MAX_BYTES) return 0; /* grown by i= and a=rtcp */
    MCV_ASSERT(mcv_sdp_decode(&again, mcv_wr_done(&w)) == MCV_OK);
    mcv_sdp_encode(&w2, &again);
    MCV_ASSERT(mcv_bytes_equal(mcv_wr_done(&w), mcv_wr_done(&w2)));
    return 0;
}
