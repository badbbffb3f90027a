/* Off-network call control messages of MCVideo (MONP), read and written.
 *
 * Spec: TS 24.281 17.1 (messages) and 17.2 (information elements), TS 24.379 15.1.22 (the carrier)
 * and Annex I (formats). One message is a whole UDP payload: the carrier octet 0x16, then a message
 * of TS 24.281. All 22 messages; messages of MCPTT and MCData are refused (MCV_E_UNSUPPORTED).
 * Identities and texts are octets: never terminated, never normalised, compared byte by byte.
 * MONP has no protection of its own: whatever is read here may be forged.
 * Not done here: which message fits which state, SDP (proto/sdp.h), the content of a location.
 * No state between calls. */
#ifndef MCV_PROTO_MONP_H
#define MCV_PROTO_MONP_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define MCV_MONP_PORT                8809  /* UDP. Spec: TS 24.281 9.3.1.1.1, 10.3.1.1.1 */
#define MCV_MONP_TTL                 255   /* and hop limit, unicast too. Spec: same */
#define MCV_MONP_CARRIER             0x16  /* MCVIDEO MESSAGE CARRIER. Spec: TS 24.379 15.2.2 */
#define MCV_MONP_REFRESH_INTERVAL_MS 10000 /* what we announce. Spec: TS 36.579-1 5.5.14.2 */

/* Message type. Spec: TS 24.281 17.2.2. */
enum mcv_monp_type {
    MCV_MONP_GROUP_CALL_PROBE = 0x81,
    MCV_MONP_GROUP_CALL_ANNOUNCEMENT = 0x82,
    MCV_MONP_GROUP_CALL_ACCEPT = 0x83,
    MCV_MONP_GROUP_CALL_EMERGENCY_END = 0x84,
    MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END = 0x85,
    MCV_MONP_GROUP_CALL_BROADCAST = 0x86,
    MCV_MONP_GROUP_CALL_BROADCAST_END = 0x87,
    MCV_MONP_PRIVATE_CALL_SETUP_REQUEST = 0x88,
    MCV_MONP_PRIVATE_CALL_RINGING = 0x89,
    MCV_MONP_PRIVATE_CALL_ACCEPT = 0x8a,
    MCV_MONP_PRIVATE_CALL_REJECT = 0x8b,
    MCV_MONP_PRIVATE_CALL_RELEASE = 0x8c,
    MCV_MONP_PRIVATE_CALL_RELEASE_ACK = 0x8d,
    MCV_MONP_PRIVATE_CALL_ACCEPT_ACK = 0x8e,
    MCV_MONP_GROUP_EMERGENCY_ALERT = 0x8f,
    MCV_MONP_GROUP_EMERGENCY_ALERT_ACK = 0x90,
    MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL = 0x91,
    MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK = 0x92,
    MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST = 0x93,
    MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST = 0x94,
    MCV_MONP_VIDEO_PUSH_TRYING_RESPONSE = 0x95,
    MCV_MONP_NOTIFY_VIDEO_PUSH = 0x96,
};
#define MCV_MONP_TYPE_FIRST 0x81
#define MCV_MONP_TYPE_LAST  0x96
#define MCV_MONP_N_TYPES    22

/* Commencement mode. Spec: TS 24.281 17.2.7. */
enum mcv_commencement { MCV_COMMENCEMENT_AUTOMATIC = 0, MCV_COMMENCEMENT_MANUAL = 1 };

/* Reason. Spec: TS 24.281 17.2.8. Reserved values are read as FAILED. */
enum mcv_reason {
    MCV_REASON_REJECT = 0,
    MCV_REASON_MEDIA_FAILURE = 1, /* early releases: NO ANSWER */
    MCV_REASON_BUSY = 2,
    MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE = 3,
    MCV_REASON_FAILED = 4,
};

/* Call type. Spec: TS 24.281 17.2.11. */
enum mcv_call_type {
    MCV_CALL_BASIC_GROUP = 1,
    MCV_CALL_BROADCAST_GROUP = 2,
    MCV_CALL_EMERGENCY_GROUP = 3,
    MCV_CALL_IMMINENT_PERIL_GROUP = 4,
    MCV_CALL_PRIVATE = 5,
    MCV_CALL_EMERGENCY_PRIVATE = 6,
};

/* Source ID type. Spec: TS 24.281 17.2.17. */
enum mcv_push_source { MCV_PUSH_SOURCE_USER = 0, MCV_PUSH_SOURCE_GROUP = 1 };

/* Push result. Spec: TS 24.281 17.2.18. Reserved values are read as FAILURE. */
enum mcv_push_result { MCV_PUSH_SUCCESS = 0, MCV_PUSH_FAILURE = 1 };

#define MCV_MONP_MAX_S ((UINT64_C(1) << 40) - 1) /* of a time: seconds since 1970 */

/* A message: every field that any message has. Which ones count follows from the type (the table in
 * monp.c); the others are zero after decode and not read by encode. Texts are borrowed. */
struct mcv_monp {
    uint8_t type;              /* enum mcv_monp_type */
    uint8_t commencement_mode; /* enum mcv_commencement */
    uint8_t call_type;         /* enum mcv_call_type */
    uint8_t reason;            /* enum mcv_reason; in NOTIFY VIDEO PUSH only with has_reason */
    uint8_t push_result;       /* enum mcv_push_result */
    bool has_confirm_mode;     /* announcement: receivers that accept send GROUP CALL ACCEPT */
    bool has_probe_response;   /* announcement: answers a probe */
    bool has_reason;           /* NOTIFY VIDEO PUSH; other messages: not used */
    bool has_video_info;       /* REMOTE VIDEO PUSH REQUEST */
    uint8_t video_source;      /* enum mcv_push_source, reserved values kept */
    uint16_t call_id;
    uint16_t refresh_interval_ms;
    uint64_t call_start_s;  /* UTC, seconds since 1970, 40 bits */
    uint64_t last_change_s; /* of the call type; as above */

    struct mcv_bytes caller;          /* private call: sender of the SETUP REQUEST */
    struct mcv_bytes callee;          /* private call: whom it calls */
    struct mcv_bytes group;           /* MCVideo group ID */
    struct mcv_bytes originator;      /* originating MCVideo user ID */
    struct mcv_bytes last_user;       /* last user to change the call type */
    struct mcv_bytes sender;          /* sending MCVideo user ID */
    struct mcv_bytes sdp;             /* offer, answer or announced session */
    struct mcv_bytes organization;    /* alert */
    struct mcv_bytes location;        /* opaque; optional, n 0: none */
    struct mcv_bytes requester;       /* remote push: who asks */
    struct mcv_bytes push_originator; /* remote push: whose video is pushed */
    struct mcv_bytes recipient_user;  /* push to a user; in NOTIFY optional, n 0: none */
    struct mcv_bytes recipient_group; /* push to a group; in NOTIFY optional, n 0: none */
    struct mcv_bytes notifier;        /* NOTIFY VIDEO PUSH: who tells */
    struct mcv_bytes notified;        /* NOTIFY VIDEO PUSH: who is told */
    struct mcv_bytes video_info; /* with has_video_info: text that names the video; may be empty */
};

/* How identifiers of optional elements are read. TS 24.281 prints them in hexadecimal; some
 * implementations send confirm mode, probe response and location as decimal 80, 81 and 78. */
enum mcv_monp_iei { MCV_MONP_IEI_HEX, MCV_MONP_IEI_HEX_OR_DECIMAL };

/* Reads a datagram. Unknown optional elements are skipped, of a repeated one the first counts,
 * octets after the mandatory part are optional elements.
 * out  zero unless MCV_OK; borrows from datagram.
 * MCV_E_TRUNCATED: an element goes beyond the end. MCV_E_MALFORMED: a text of length 0.
 * MCV_E_UNSUPPORTED: another carrier, message type, commencement mode or call type. */
MCV_MUST_USE mcv_err mcv_monp_decode(struct mcv_monp *out, struct mcv_bytes datagram,
                                     enum mcv_monp_iei iei);

/* Writes a datagram. MCV_E_MALFORMED in the writer: unknown type, a mandatory text that is empty, a
 * value that is reserved or does not fit its field. Room that lacks is MCV_E_SPACE. */
void mcv_monp_encode(struct mcv_writer *w, const struct mcv_monp *m);

/* "PRIVATE CALL SETUP REQUEST"; static, never NULL ("unknown" for other values). */
const char *mcv_monp_type_name(uint8_t type);

#endif
