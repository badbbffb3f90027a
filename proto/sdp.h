/* The session description of an off-network MCVideo call: read and written.
 *
 * Spec: TS 24.281 9.3.1.1.2, 10.3.1.1.2; RFC 4566; RFC 3605 (a=rtcp); RFC 4567 (a=key-mgmt);
 * RFC 3264 (directions); TS 24.581 12.1.2 (a=fmtp:MCVideo).
 * One audio, one video and one transmission control medium, in this order; lines end in CRLF or LF,
 * the last one too. What is not known is ignored: other attributes and lines, other media, another
 * transport than RTP/AVP or "udp MCVideo", a second medium of one kind (it is not mirrored in an
 * answer either: TS 24.281 knows one of each).
 * Not done here: answers, bandwidth, AVPF, times, k=, the address in a=rtcp, multiplexed RTCP.
 * Texts are borrowed from the octets that were decoded, or from the caller. No state. */
#ifndef MCV_PROTO_SDP_H
#define MCV_PROTO_SDP_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"
#include "proto/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_SDP_MAX_BYTES   8192 /* of a description */
#define MCV_SDP_MAX_FORMATS 16   /* payload types of one medium */
#define MCV_SDP_TTL         255  /* written in c= of an IPv4 multicast address */

/* One payload type of an m= line. */
struct mcv_sdp_format {
    uint8_t pt;                /* 0..127 */
    uint8_t channels;          /* 0: not said, which means 1 */
    uint32_t clock_hz;         /* 0: no a=rtpmap */
    struct mcv_bytes encoding; /* "AMR-WB"; compare without case */
    struct mcv_bytes fmtp;     /* what follows "a=fmtp:<pt> "; n 0: none */
};

/* Who sends, as the side that wrote the description says it. Spec: RFC 4566 6. */
enum mcv_sdp_direction {
    MCV_SDP_NOT_SAID, /* means both, or what the session says */
    MCV_SDP_SENDRECV,
    MCV_SDP_SENDONLY,
    MCV_SDP_RECVONLY,
    MCV_SDP_INACTIVE,
};

enum mcv_sdp_kind { MCV_SDP_AUDIO, MCV_SDP_VIDEO, MCV_SDP_N_RTP };

struct mcv_sdp_media {
    bool is_present;
    uint16_t port;              /* 0: refused */
    uint16_t rtcp_port;         /* of a=rtcp, else port + 1; 0 when refused */
    struct mcv_addr connection; /* c= of the medium; family 0: that of the session */
    uint8_t direction;          /* enum mcv_sdp_direction */
    size_t n_formats;           /* at least 1 when present */
    struct mcv_sdp_format formats[MCV_SDP_MAX_FORMATS];
    bool has_key_mgmt;
    struct mcv_bytes key_mgmt; /* base64 text */
};

/* Transmission control: m=application <port> udp MCVideo. */
struct mcv_sdp_control {
    bool is_present;
    uint16_t port;              /* 0: refused */
    struct mcv_addr connection; /* as above */
    bool mc_queueing;
    bool mc_granted;
    bool mc_implicit_request;
    uint8_t mc_priority;           /* 1..255; 0: absent */
    uint8_t mc_reception_priority; /* 1..255; 0: absent */
    bool has_key_mgmt;
    struct mcv_bytes key_mgmt;
};

struct mcv_sdp {
    uint64_t session_id, session_version; /* o= */
    struct mcv_addr origin;               /* o=; family 0: a host name (read only) */
    struct mcv_addr connection; /* c= of the session; family 0: each medium has its own. Port 0. */
    uint8_t direction;          /* of media that do not say one */
    bool has_key_mgmt;          /* at session level */
    struct mcv_bytes key_mgmt;
    struct mcv_sdp_media media[MCV_SDP_N_RTP]; /* by enum mcv_sdp_kind */
    struct mcv_sdp_control control;
};

/* Reads a description.
 * out  zero unless MCV_OK; borrows from text. A key-mgmt text is not judged here: what is wrong
 *      with it is a failure of the security context, not of the description.
 * MCV_E_TRUNCATED: ends inside a line. MCV_E_MALFORMED: above MCV_SDP_MAX_BYTES, NUL or CR inside a
 * line, not "<letter>=", v=, o=, s=, t= or c= missing or out of place, a number out of range, a
 * line of ours that does not read.
 * MCV_E_UNSUPPORTED: version, address type, more than one address or port, more than
 * MCV_SDP_MAX_FORMATS payload types. */
MCV_MUST_USE mcv_err mcv_sdp_decode(struct mcv_sdp *out, struct mcv_bytes text);

/* Writes a description, lines in the order of TS 24.281 10.3.1.1.2, ending in CRLF. A refused medium
 * is its m= and i= lines. Key management is written at session level and at the media that have it.
 * MCV_E_MALFORMED in the writer: no address, a present medium without formats, a text with a line
 * break or a NUL in it. */
void mcv_sdp_encode(struct mcv_writer *w, const struct mcv_sdp *s);

/* Whether each medium in use has an address, its own or that of the session; a session without one
 * in use has its own. Both decode and encode demand it. */
bool mcv_sdp_has_addresses(const struct mcv_sdp *s);

/* Where a medium is sent: its own c=, else that of the session, with its port (for RTCP: that one).
 * Port 0 when the medium is absent or refused. */
struct mcv_addr mcv_sdp_rtp_addr(const struct mcv_sdp *s, enum mcv_sdp_kind kind);
struct mcv_addr mcv_sdp_rtcp_addr(const struct mcv_sdp *s, enum mcv_sdp_kind kind);
struct mcv_addr mcv_sdp_control_addr(const struct mcv_sdp *s);

/* Who sends a medium: what it says, else what the session says, else both. */
enum mcv_sdp_direction mcv_sdp_direction_of(const struct mcv_sdp *s, enum mcv_sdp_kind kind);

/* As the other side says it: who is sent to receives. Spec: RFC 3264 6.1. */
enum mcv_sdp_direction mcv_sdp_direction_answer(uint8_t offered);

/* The I_MESSAGE of the call, as base64 text: that of the media in use, else that of the session.
 * Spec: RFC 4567 3.1. *is_present is false when there is none; *out is then empty.
 * MCV_E_UNSUPPORTED: media in use have different ones, but a call has one key here. */
MCV_MUST_USE mcv_err mcv_sdp_key_mgmt(struct mcv_bytes *out, bool *is_present,
                                      const struct mcv_sdp *s);

/* The same payload format: encoding without case, clock, channels, and the parameters that both
 * sides must use alike (RFC 6184 packetization-mode, RFC 4867 octet-align). */
bool mcv_sdp_format_equal(const struct mcv_sdp_format *a, const struct mcv_sdp_format *b);

#endif
