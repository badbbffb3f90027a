/* Which key protects which traffic on which interface.
 *
 * Spec: TS 33.180 7.4, 8; TS 24.581 13.1; TS 33.180 Table E.1.3-1 for CS-IDs.
 * Off-network there is no server: only the two off-network rows are used by the
 * agent; the on-network rows make the mapping complete. Constant tables. */
#ifndef MCV_CRYPTO_KEY_TABLE_H
#define MCV_CRYPTO_KEY_TABLE_H

#include "crypto/keys.h"

#include <stdbool.h>
#include <stdint.h>

enum mcv_traffic {
    MCV_TRAFFIC_MEDIA,                /* RTP */
    MCV_TRAFFIC_MEDIA_CONTROL,        /* RTCP SR, RR, SDES */
    MCV_TRAFFIC_TRANSMISSION_CONTROL, /* RTCP APP: transmission and reception control */
    MCV_TRAFFIC_SUBCHANNEL_CONTROL,   /* MBMS subchannel control */
    MCV_N_TRAFFICS,
};

enum mcv_interface {
    MCV_IF_OFF_NETWORK_GROUP,   /* member to members, end to end */
    MCV_IF_OFF_NETWORK_PRIVATE, /* client to client, end to end */
    MCV_IF_GROUP_UNICAST,       /* group call: client to participating function */
    MCV_IF_GROUP_MBMS,          /* group call: participating function to clients, multicast */
    MCV_IF_GROUP_SERVER,        /* group call: participating to (non-)controlling function */
    MCV_IF_PRIVATE_UNICAST,     /* private call: client to participating function */
    MCV_IF_PRIVATE_SERVER,      /* private call: server to server */
    MCV_IF_MBMS_SUBCHANNEL,     /* subchannel control on MBMS */
    MCV_N_INTERFACES,
};

struct mcv_key_choice {
    enum mcv_key_type key;       /* MCV_KEY_NONE: this traffic does not occur here */
    enum mcv_key_type otherwise; /* when no `key` is associated; MCV_KEY_NONE: nothing else */
    bool is_end_to_end;          /* servers on the way do not open it */
};

/* Static; never NULL. Arguments in range (MCV_ASSERT). */
const struct mcv_key_choice *mcv_key_choice_for(enum mcv_interface on, enum mcv_traffic what);

enum mcv_service { MCV_SERVICE_MCPTT, MCV_SERVICE_MCVIDEO, MCV_N_SERVICES };

/* What a crypto session belongs to. */
enum mcv_cs_use {
    MCV_CS_PRIVATE_INITIATOR, /* packets of the party that sent the I_MESSAGE */
    MCV_CS_PRIVATE_RECEIVER,  /* packets of the other party */
    MCV_CS_GROUP,
    MCV_CS_CSK,   /* SRTCP protected by the CSK */
    MCV_CS_MUSIK, /* SRTCP protected by the MuSiK */
    MCV_N_CS_USES,
};

#define MCV_CS_ID_MCVIDEO_GROUP 5 /* default of the configurable group value */

/* Spec: TS 33.180 Table E.1.3-1. MCVideo: private call 2 (initiator) and 3 (receiver),
 * group call 5. It follows from service and role, never from the CS ID map of a message.
 * A configuration may replace the group value when a peer derives MCVideo keys with 4. */
uint8_t mcv_cs_id_of(enum mcv_service service, enum mcv_cs_use use);

#endif
