/* Hostile packets into a group receiver. The corpus holds packets that open: mutations start there. */
#include "tests/support/srtp_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct mcv_bytes in = mcv_bytes_of(data, n < FIX_MAX_PACKET ? n : FIX_MAX_PACKET);
    const struct mcv_srtp_backend *backend = fix_backend("openssl");
    struct mcv_srtp_rx *rx = fix_group_rx(backend, (struct mcv_srtp_rx_limits){1, 1, 1}, 1);

    for (int is_rtcp = 0; is_rtcp < 2; is_rtcp++) {
        const unsigned n_before = mcv_srtp_rx_stats(rx).n_streams;
        const mcv_err err = is_rtcp ? fix_open_rtcp(rx, in) : fix_open_any(rx, in);
        MCV_ASSERT(mcv_err_class(err) == MCV_CLASS_PEER || err == MCV_OK);
        MCV_ASSERT(err == MCV_OK || mcv_srtp_rx_stats(rx).n_streams == n_before);
        if (err != MCV_OK) continue;
        MCV_ASSERT((is_rtcp ? fix_open_rtcp(rx, in) : fix_open_any(rx, in)) == MCV_E_REPLAY);
    }
    fix_rx_free(rx);
    return 0;
}
