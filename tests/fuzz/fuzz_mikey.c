/* MIKEY messages; what decodes is written again, decodes, and is then written the same. */
#include "proto/mikey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t first[MCV_MIKEY_MAX_BYTES], second[MCV_MIKEY_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(first, sizeof first),
                      v = mcv_writer_of(second, sizeof second);
    struct mcv_mikey_msg m;
    struct mcv_mikey_profile profile;
    struct mcv_bytes sed;

    if (mcv_mikey_to_self_decode(&sed, mcv_bytes_of(data, n)) == MCV_OK) MCV_ASSERT(sed.n > 257);
    if (mcv_mikey_decode(&m, mcv_bytes_of(data, n)) != MCV_OK) return 0;
    for (unsigned id = 0; id < 256; id++)
        (void)!mcv_mikey_profile_for(&profile, &m, (uint8_t)id, MCV_PROFILE_GROUP);
    mcv_mikey_encode(&w, &m);
    mcv_wr_bytes(&w, m.signature);
    MCV_ASSERT(mcv_mikey_decode(&m, mcv_wr_done(&w)) == MCV_OK);
    mcv_mikey_encode(&v, &m);
    MCV_ASSERT(mcv_bytes_equal(m.covered, mcv_wr_done(&v)));
    return 0;
}
