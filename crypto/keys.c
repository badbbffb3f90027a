#include "crypto/keys.h"

const char *mcv_key_type_name(enum mcv_key_type type)
{
    static const char *const names[MCV_N_KEY_TYPES] = {
        [MCV_KEY_GMK] = "GMK",     [MCV_KEY_PCK] = "PCK",   [MCV_KEY_CSK] = "CSK",
        [MCV_KEY_SPK] = "SPK",     [MCV_KEY_MKFC] = "MKFC", [MCV_KEY_MSCCK] = "MSCCK",
        [MCV_KEY_MUSIK] = "MuSiK",
    };

    return (unsigned)type < MCV_N_KEY_TYPES ? names[type] : "none";
}

mcv_err mcv_key_id_make(uint32_t *key_id, enum mcv_key_type type, const struct mcv_rng *rng)
{
    uint32_t value;

    MCV_ASSERT((unsigned)type < MCV_N_KEY_TYPES);
    *key_id = MCV_NO_KEY_ID;
    mcv_err err = mcv_rng_u32(rng, &value);
    if (err != MCV_OK) return err;
    *key_id = mcv_key_id_of(type, value);
    return MCV_OK;
}
