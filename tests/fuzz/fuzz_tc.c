/* Hostile datagrams of transmission control: every packet in them, and each message once more. */
#include "proto/tc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_reader datagram = mcv_reader_of(mcv_bytes_of(data, n));
    struct mcv_bytes packet;

    while (mcv_tc_next(&packet, &datagram)) {
        static uint8_t out[MCV_TC_MAX_BYTES];
        struct mcv_writer w = mcv_writer_of(out, sizeof out);
        struct mcv_tc m;
        if (mcv_tc_decode(&m, packet) != MCV_OK) continue;
        mcv_tc_encode(&w, &m);
        MCV_ASSERT(w.err == MCV_OK || w.err == MCV_E_UNSUPPORTED);
        MCV_ASSERT(w.err != MCV_OK || mcv_tc_decode(&m, mcv_wr_done(&w)) == MCV_OK);
    }
    return 0;
}
