#include "crypto/key_table.h"

/* clang-format off */
#define END_TO_END(k)   { MCV_KEY_##k, MCV_KEY_NONE, true }
#define PER_HOP(k)      { MCV_KEY_##k, MCV_KEY_NONE, false }
#define PER_HOP2(k, o)  { MCV_KEY_##k, MCV_KEY_##o, false }
#define NOT_HERE        { MCV_KEY_NONE, MCV_KEY_NONE, false }

/* Columns in the order of enum mcv_traffic: media, media control, transmission control, subchannel. */
static const struct mcv_key_choice table[MCV_N_INTERFACES][MCV_N_TRAFFICS] = {
    /* Spec: TS 33.180 7.4.2: off-network SRTCP uses the keys of SRTP. */
    [MCV_IF_OFF_NETWORK_GROUP]   = { END_TO_END(GMK), END_TO_END(GMK), END_TO_END(GMK), NOT_HERE },
    /* Spec: TS 33.180 7.4.1. */
    [MCV_IF_OFF_NETWORK_PRIVATE] = { END_TO_END(PCK), END_TO_END(PCK), END_TO_END(PCK), NOT_HERE },
    /* Spec: TS 24.581 13.1 for the on-network rows. */
    [MCV_IF_GROUP_UNICAST]       = { END_TO_END(GMK), PER_HOP(CSK), PER_HOP(CSK), NOT_HERE },
    /* MuSiK when one is associated with the group, else the older MKFC. */
    [MCV_IF_GROUP_MBMS]          = { END_TO_END(GMK), PER_HOP2(MUSIK, MKFC), PER_HOP2(MUSIK, MKFC),
                                     NOT_HERE },
    [MCV_IF_GROUP_SERVER]        = { END_TO_END(GMK), PER_HOP(SPK), PER_HOP(SPK), NOT_HERE },
    [MCV_IF_PRIVATE_UNICAST]     = { END_TO_END(PCK), PER_HOP(CSK), PER_HOP(CSK), NOT_HERE },
    [MCV_IF_PRIVATE_SERVER]      = { END_TO_END(PCK), PER_HOP(SPK), PER_HOP(SPK), NOT_HERE },
    [MCV_IF_MBMS_SUBCHANNEL]     = { NOT_HERE, NOT_HERE, NOT_HERE, PER_HOP(MSCCK) },
};

/* Spec: TS 33.180 Table E.1.3-1. */
static const uint8_t cs_ids[MCV_N_SERVICES][MCV_N_CS_USES] = {
    /*                       initiator, receiver, group, CSK, MuSiK */
    [MCV_SERVICE_MCPTT]   = { 0, 1, 4, 6, 7 },
    [MCV_SERVICE_MCVIDEO] = { 2, 3, MCV_CS_ID_MCVIDEO_GROUP, 8, 9 },
};
/* clang-format on */

const struct mcv_key_choice *mcv_key_choice_for(enum mcv_interface on, enum mcv_traffic what)
{
    MCV_ASSERT((unsigned)on < MCV_N_INTERFACES && (unsigned)what < MCV_N_TRAFFICS);
    return &table[on][what];
}

uint8_t mcv_cs_id_of(enum mcv_service service, enum mcv_cs_use use)
{
    MCV_ASSERT((unsigned)service < MCV_N_SERVICES && (unsigned)use < MCV_N_CS_USES);
    return cs_ids[service][use];
}
