/* Datagrams and local packets into the media of a call: to a decision that has a counter. The first
 * octet says which call (two bits) and what comes (channel, or 0: from an application). */
#include "tests/support/media_stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct stage_agent s;
    struct mcv_limits limits = mcv_limits_sim;
    const struct mcv_srtp_backend *backend = NULL;
    const unsigned kind = n > 0 ? data[0] : 0, channel = (kind >> 2) % MCV_N_CHANNELS;
    const struct mcv_bytes in = n > 1 ? mcv_bytes_of(data + 1, n - 1) : (struct mcv_bytes){0};

    MCV_ASSERT(mcv_srtp_backend_find(&backend, "openssl") == MCV_OK);
    stage_new(&s, 1, backend);
    limits.n_jobs = limits.n_packets = 4; /* little memory: more runs */
    limits.n_outputs = 16;
    stage_start(&s, &limits);
    MCV_ASSERT((kind & 1 ? stage_open_private(&s, 0, false, (kind & 2) == 0)
                         : stage_open_group(&s, (kind & 2) == 0)) == MCV_OK);
    const mcv_err err = channel == 0 ? stage_local_octets(&s, MCV_VIDEO, in)
                                     : stage_hear(&s, 0, (enum mcv_channel)channel, in);
    uint64_t n_counted = 0;
    for (unsigned i = 0; i < MCV_N_COUNTERS; i++) n_counted += stage_count(&s, i);
    /* Counted once more: what was received and is then of no use. No transmission control runs here. */
    MCV_ASSERT(n_counted ==
               1 + stage_count(&s, MCV_N_RTP_PAYLOAD_TYPE) + stage_count(&s, MCV_N_TC_IGNORED));
    MCV_ASSERT(s.local.n + s.sent.n <= (err == MCV_OK ? 1u : 0u));
    stage_close(&s);
    stage_end(&s);
    return 0;
}
