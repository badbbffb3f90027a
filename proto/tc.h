/* Transmission control messages MCV0, MCV1 and MCV2: RTCP APP packets, read and written.
 *
 * Spec: TS 24.581 9.1 (framing), 9.2.2 (names and subtypes), 9.2.3 (fields), 9.2.4 to 9.2.12 and
 * 9.2.31 (messages); RFC 3550 6.7.
 * Off-network messages and the Ack are read and written. On-network messages are read, field by
 * field, and no field of them is demanded. Not done here: MCV3 (MBMS), what Track Info contains,
 * protection (crypto/srtp.h), and whether a text is UTF-8.
 * A message asks nobody for an Ack: off-network there is none, the request bit is ignored on
 * receipt. No state between calls. */
#ifndef MCV_PROTO_TC_H
#define MCV_PROTO_TC_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/reader.h"
#include "crypto/base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_TC_HEADER_BYTES   12
#define MCV_TC_MAX_QUEUE      16 /* queued users in one message; the rest of a longer queue is dropped */
#define MCV_TC_MAX_TEXT_BYTES 255  /* one length octet. Spec: TS 24.581 9.1.3 */
#define MCV_TC_MAX_BYTES      8192 /* a message that encode makes is never longer */

/* Spec: TS 24.581 Table 9.2.2.1-1 to -3. */
enum mcv_tc_type {
    MCV_TC_REQUEST,
    MCV_TC_RELEASE,
    MCV_TC_QUEUE_POSITION_REQUEST,
    MCV_TC_RECEIVE_MEDIA_REQUEST,
    MCV_TC_REMOTE_REQUEST,
    MCV_TC_REMOTE_CANCEL_REQUEST,
    MCV_TC_GRANTED,
    MCV_TC_REJECTED,
    MCV_TC_ARBITRATION_TAKEN,
    MCV_TC_ARBITRATION_RELEASE,
    MCV_TC_REVOKED,
    MCV_TC_QUEUE_POSITION_INFO,
    MCV_TC_MEDIA_TRANSMISSION_NOTIFICATION,
    MCV_TC_RECEIVE_MEDIA_RESPONSE,
    MCV_TC_MEDIA_RECEPTION_NOTIFICATION,
    MCV_TC_CANCEL_REQUEST_NOTIFY,
    MCV_TC_REMOTE_RESPONSE,
    MCV_TC_REMOTE_CANCEL_RESPONSE,
    MCV_TC_RECEPTION_OVERRIDE_NOTIFICATION,
    MCV_TC_END_NOTIFY,
    MCV_TC_IDLE,
    MCV_TC_END_REQUEST,
    MCV_TC_END_RESPONSE,
    MCV_TC_RECEPTION_END_REQUEST,
    MCV_TC_RECEPTION_END_RESPONSE,
    MCV_TC_ACK,
    MCV_N_TC_TYPES,
};

/* Field identifiers. Spec: TS 24.581 Table 9.2.3.1-1. */
enum mcv_tc_field {
    MCV_TCF_PRIORITY = 0,
    MCV_TCF_DURATION = 1,
    MCV_TCF_CAUSE = 2,
    MCV_TCF_QUEUE_INFO = 3,
    MCV_TCF_TRANSMITTING_USER = 4,
    MCV_TCF_PERMISSION = 5,
    MCV_TCF_USER_ID = 6,
    MCV_TCF_QUEUE_SIZE = 7,
    MCV_TCF_SEQ = 8,
    MCV_TCF_QUEUED_USER = 9,
    MCV_TCF_SOURCE = 10,
    MCV_TCF_TRACK_INFO = 11,
    MCV_TCF_MESSAGE_TYPE = 12,
    MCV_TCF_INDICATOR = 13,
    MCV_TCF_AUDIO_SSRC = 14,
    MCV_TCF_RESULT = 15,
    MCV_TCF_MESSAGE_NAME = 16,
    MCV_TCF_OVERRIDING_ID = 17,
    MCV_TCF_OVERRIDDEN_ID = 18,
    MCV_TCF_RECEPTION_PRIORITY = 19,
    MCV_TCF_GROUP_ID = 20,
    MCV_TCF_FUNCTIONAL_ALIAS = 21,
    MCV_TCF_RECEPTION_MODE = 22,
    MCV_TCF_VIDEO_SSRC = 23, /* 24 is read as this one when there is no 23 */
    MCV_N_TCF,
};

#define MCV_TC_HAS(field) (UINT32_C(1) << MCV_TCF_##field)

/* Transmission Indicator. Spec: TS 24.581 9.2.3.11. */
#define MCV_TC_NORMAL_CALL     0x8000u
#define MCV_TC_BROADCAST_CALL  0x4000u
#define MCV_TC_SYSTEM_CALL     0x2000u
#define MCV_TC_EMERGENCY_CALL  0x1000u
#define MCV_TC_IMMINENT_PERIL  0x0800u
#define MCV_TC_INDICATOR_KNOWN 0xf800u

/* Causes that off-network procedures use. Spec: TS 24.581 9.2.6.2, 9.2.10.2. */
#define MCV_TC_REJECTED_LIMIT_REACHED    1
#define MCV_TC_REJECTED_ONLY_PARTICIPANT 3
#define MCV_TC_REJECTED_RETRY_AFTER      4
#define MCV_TC_REJECTED_RECEIVE_ONLY     5
#define MCV_TC_REJECTED_NO_RESOURCES     6
#define MCV_TC_REVOKED_TOO_LONG          2
#define MCV_TC_REVOKED_NO_PERMISSION     3
#define MCV_TC_REVOKED_PREEMPTED         4
#define MCV_TC_REVOKED_NO_RESOURCES      6
#define MCV_TC_CAUSE_OTHER               255

/* Position in the queue: 1 is next. Spec: TS 24.581 9.2.3.5. */
#define MCV_TC_POSITION_NOT_QUEUED 254
#define MCV_TC_POSITION_UNKNOWN    255

/* Spec: TS 24.581 9.2.3.12. */
enum mcv_tc_source {
    MCV_TC_FROM_PARTICIPANT = 0,
    MCV_TC_FROM_PARTICIPATING = 1,
    MCV_TC_FROM_CONTROLLING = 2,
    MCV_TC_FROM_NON_CONTROLLING = 3,
};

/* One queued user: SSRC, Queued User ID and Queue Info, in this order on the wire. */
struct mcv_tc_queued {
    uint32_t ssrc;
    struct mcv_bytes user_id;
    uint8_t position; /* 1 .. 253 or MCV_TC_POSITION_... */
    uint8_t priority;
};

/* A message. Texts are borrowed from the octets that were decoded, or from the caller when it is
 * encoded; they have 1 .. MCV_TC_MAX_TEXT_BYTES octets without NUL.
 * `has` (MCV_TC_HAS bits) says which fields there are. decode sets it. encode always writes what
 * its message demands and looks in `has` only for the fields that a message may leave out: Video
 * SSRC and Queue Size of Granted, the delegate of Arbitration Release (Transmitting User, Audio and
 * Video SSRC), the addressee of Revoked (User ID, Audio SSRC), and the Indicator of Rejected and
 * of Queue Position Info. */
struct mcv_tc {
    enum mcv_tc_type type;
    uint32_t ssrc; /* header: who sends this message */
    uint32_t has;
    uint8_t priority; /* larger is more important; absent: 0 */
    uint8_t reception_priority;
    uint16_t duration_s;
    uint16_t cause;
    struct mcv_bytes phrase; /* of the cause; n 0: none. At most 253 octets */
    struct mcv_bytes transmitting_user;
    bool may_request; /* Permission to Request the Transmission; absent: true */
    struct mcv_bytes user_id;
    uint16_t queue_size;
    uint16_t seq; /* Message Sequence-Number */
    uint16_t source;
    struct mcv_bytes track_info; /* not read further */
    uint8_t acked_subtype;       /* Message Type, without the request bit */
    uint8_t acked_name;          /* Message Name: 0, 1, 2 for MCV0, MCV1, MCV2 */
    uint16_t indicator;          /* absent: 0, a normal call */
    uint32_t audio_ssrc, video_ssrc;
    bool is_granted; /* Result */
    struct mcv_bytes overriding_id, overridden_id, group_id, functional_alias;
    uint16_t reception_mode; /* 0 automatic, 1 manual */
    /* Granted: any number; Queue Position Info: 1, its SSRC is audio_ssrc too */
    size_t n_queued;
    struct mcv_tc_queued queued[MCV_TC_MAX_QUEUE];
};

/* Cuts the next APP packet off a datagram of clear packets. Spec: TS 24.581 9.1.1.
 * False at the end, and when the length of a packet goes beyond it: the rest is dropped then and
 * datagram->err tells. Fewer than four zero octets after the last packet are no error. */
bool mcv_tc_next(struct mcv_bytes *packet, struct mcv_reader *datagram);

/* Reads one APP packet in clear, fields in any order. Spec: TS 24.581 9.1.4. Unknown fields are
 * skipped, known fields of an impossible length ignored, of a repeated field the first counts.
 * out  zero unless MCV_OK; borrows from packet.
 * MCV_E_TRUNCATED: header, length or a field goes beyond the end. MCV_E_UNSUPPORTED: version,
 * padding bit, packet type, name or subtype. MCV_E_MALFORMED: a field that the message cannot work
 * without is not there, or octets are left over. */
MCV_MUST_USE mcv_err mcv_tc_decode(struct mcv_tc *out, struct mcv_bytes packet);

/* Appends one APP packet in clear, fields in the order of the message's table. w->n is a multiple
 * of four. In the writer: MCV_E_SPACE when a text or the packet does not fit, MCV_E_MALFORMED when
 * a demanded text is empty or n_queued above MCV_TC_MAX_QUEUE, MCV_E_UNSUPPORTED for a message
 * that exists on-network only. */
void mcv_tc_encode(struct mcv_writer *w, const struct mcv_tc *m);

/* "Transmission Request"; static, never NULL. */
const char *mcv_tc_name(enum mcv_tc_type type);

/* "Transmission limit reached"; static, NULL when the message has no such cause. */
const char *mcv_tc_cause_text(enum mcv_tc_type type, uint16_t cause);

#endif
