/* RTCP: compound packets read and written.
 *
 * Spec: RFC 3550 6.1 to 6.7, A.2; RFC 3550 6.4.1 (LSR, DLSR, round trip).
 * SR, RR, SDES (CNAME), BYE and APP. Not done here: report intervals, profile extensions (skipped),
 * feedback (RFC 4585, walked over), what an APP packet contains.
 * Plain data and pure functions; texts are borrowed. */
#ifndef MCV_PROTO_RTCP_H
#define MCV_PROTO_RTCP_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/reader.h"
#include "crypto/base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_RTCP_MAX_REPORTS     31 /* also sources of an SDES or BYE */
#define MCV_RTCP_MAX_CNAME_BYTES 255

enum mcv_rtcp_type {
    MCV_RTCP_SR = 200,
    MCV_RTCP_RR = 201,
    MCV_RTCP_SDES = 202,
    MCV_RTCP_BYE = 203,
    MCV_RTCP_APP = 204,
};

/* One packet of a compound. */
struct mcv_rtcp {
    uint8_t pt;
    uint8_t count;          /* reports, sources or subtype: 0..31 */
    struct mcv_bytes body;  /* after the first four octets, without padding; borrowed */
    struct mcv_bytes whole; /* with them and the padding; borrowed */
};

/* The next packet of r; false at the end and on an error, which stays in r (mcv_rd_finish).
 * MCV_E_TRUNCATED: length beyond the end. MCV_E_MALFORMED: padding not in the last packet, or of a
 * length that is not a multiple of four inside the packet. MCV_E_UNSUPPORTED: not version 2. */
bool mcv_rtcp_next(struct mcv_rtcp *out, struct mcv_reader *r);

/* Judges a compound packet before it is walked: all of mcv_rtcp_next, and that it starts with an SR
 * or RR without padding (MCV_E_MALFORMED). Spec: RFC 3550 A.2. */
MCV_MUST_USE mcv_err mcv_rtcp_check(struct mcv_bytes compound);

/* A report block. Spec: RFC 3550 6.4.1. */
struct mcv_rtcp_report {
    uint32_t ssrc;         /* of the stream that was received */
    uint8_t fraction_lost; /* of 256, since the last report */
    int32_t lost_pkts;     /* -0x800000..0x7fffff */
    uint32_t max_seq;      /* with cycles in the upper half */
    uint32_t jitter;       /* timestamp units */
    uint32_t last_sr;      /* middle of the NTP time of the last SR; 0: none */
    uint32_t since_sr;     /* of 65536 s; 0: none */
};

/* An SR (has_sender) or an RR. */
struct mcv_rtcp_reports {
    uint32_t ssrc; /* of who sends it */
    bool has_sender;
    uint64_t ntp;     /* sender: wall clock, 32.32 seconds since 1900 */
    uint32_t rtp_ts;  /* sender: the same moment on the media clock */
    uint32_t n_pkts;  /* sender: sent so far */
    uint32_t n_bytes; /* sender: payload octets so far */
    size_t n_reports;
    struct mcv_rtcp_report reports[MCV_RTCP_MAX_REPORTS];
};

/* Reads an SR or RR (another type is MCV_E_UNSUPPORTED). out: zero unless MCV_OK. MCV_E_TRUNCATED. */
MCV_MUST_USE mcv_err mcv_rtcp_reports_decode(struct mcv_rtcp_reports *out,
                                             const struct mcv_rtcp *p);

/* Writes one. MCV_E_MALFORMED in the writer: too many reports. Lost packets are clamped. */
void mcv_rtcp_reports_encode(struct mcv_writer *w, const struct mcv_rtcp_reports *s);

/* The CNAME of a source in an SDES packet; empty with MCV_OK when it is not there.
 * MCV_E_UNSUPPORTED: not SDES. MCV_E_TRUNCATED: chunk or item beyond the end. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_rtcp_cname(struct mcv_bytes *out, const struct mcv_rtcp *p, uint32_t ssrc);

/* Writes an SDES with one CNAME of 1..255 octets (else MCV_E_MALFORMED in the writer). */
void mcv_rtcp_sdes_encode(struct mcv_writer *w, uint32_t ssrc, struct mcv_bytes cname);

/* Whether a BYE names the source. *is_named is false unless MCV_OK.
 * MCV_E_UNSUPPORTED: not BYE. MCV_E_TRUNCATED: fewer sources than its count, or the reason. */
MCV_MUST_USE mcv_err mcv_rtcp_bye_names(bool *is_named, const struct mcv_rtcp *p, uint32_t ssrc);

void mcv_rtcp_bye_encode(struct mcv_writer *w, uint32_t ssrc);

struct mcv_rtcp_app {
    uint8_t subtype;
    uint32_t ssrc;
    uint8_t name[4];
    struct mcv_bytes data; /* borrowed */
};

/* MCV_E_UNSUPPORTED: not APP. MCV_E_TRUNCATED. out: zero unless MCV_OK. */
MCV_MUST_USE mcv_err mcv_rtcp_app_decode(struct mcv_rtcp_app *out, const struct mcv_rtcp *p);

#endif
