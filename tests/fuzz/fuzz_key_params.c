/* Protected payloads, and key parameters in clear: what decodes is written again and decodes. */
#include "proto/key_params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t dppk[MCV_KEY_BYTES];
    static uint8_t room[1 << 16], plain[MCV_KEY_PARAMS_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(room, sizeof room);
    const struct mcv_bytes in = mcv_bytes_of(data, n);
    struct mcv_protected_payload payload;
    struct mcv_key_params p, again;
    size_t plain_n = 0;

    if (mcv_protected_payload_decode(&payload, in) == MCV_OK)
        MCV_ASSERT(mcv_key_params_open(plain, &plain_n, in, dppk, payload.dppk_id) != MCV_OK);
    MCV_ASSERT(plain_n == 0);
    if (n >= sizeof room || mcv_key_params_decode(&p, in) != MCV_OK) return 0;
    mcv_key_params_encode(&w, &p);
    MCV_ASSERT(mcv_key_params_decode(&again, mcv_wr_done(&w)) == MCV_OK);
    MCV_ASSERT(again.n_groups == p.n_groups && mcv_bytes_equal(again.text, p.text));
    return 0;
}
