/* Streams that receivers had, so that what was recorded of one call does not open in a later one.
 *
 * Spec: RFC 3711 3.3.2: replay is judged for each key and SSRC, and the key of a group is that of many
 * calls. A receiver lives as long as its call, so it leaves here how far each of its streams came; the
 * next receiver goes on from there. A stream is in one receiver at a time.
 * The least recently noted stream gives way. Fixed capacity, caller's memory, one thread. No secrets. */
#ifndef MCV_CRYPTO_SRTP_PAST_H
#define MCV_CRYPTO_SRTP_PAST_H

#include "crypto/srtp.h"
#include "crypto/srtp_window.h"

size_t mcv_srtp_past_size(uint16_t n_streams);

/* mem  mcv_srtp_past_size octets, aligned as malloc does; the caller's. n_streams 1 .. 65534. */
struct mcv_srtp_past *mcv_srtp_past_init(void *mem, uint16_t n_streams);

/* The windows with which a stream begins: they refuse everything up to where it came, or are empty.
 * False: a receiver has this stream now. */
bool mcv_srtp_past_find(const struct mcv_srtp_past *past, struct mcv_srtp_window *rtp,
                        struct mcv_srtp_window *rtcp, const struct mcv_srtp_mki *mki,
                        uint32_t ssrc);

/* How far a stream is. is_open: a receiver has it from now on; else it has it no longer. */
void mcv_srtp_past_note(struct mcv_srtp_past *past, const struct mcv_srtp_mki *mki, uint32_t ssrc,
                        const struct mcv_srtp_window *rtp, const struct mcv_srtp_window *rtcp,
                        bool is_open);

#endif
