/* What the files of the media share. Private to agent/core/media*.c. */
#ifndef MCV_AGENT_CORE_MEDIA_PARTS_H
#define MCV_AGENT_CORE_MEDIA_PARTS_H

#include "agent/core/agent_private.h"
#include "agent/core/media.h"
#include "agent/core/transmission.h"

/* ---- channels (media.c) -------------------------------------------------------------------- */

/* Of each medium. */
struct mcv_media_channels {
    enum mcv_channel rtp, rtcp;
};
extern const struct mcv_media_channels mcv_media_channels[MCV_N_MEDIA];

/* Is anything of the call protected? */
static inline bool mcv_media_has_keys(const struct mcv_media *m)
{
    return m->rx != NULL;
}

/* Queues octets that lie in a packet room. MCV_E_FULL. */
mcv_err mcv_media_push(struct mcv_agent *a, const struct mcv_media *m, enum mcv_channel channel,
                       struct mcv_bytes octets);

/* ---- keys (media_keys.c) ------------------------------------------------------------------- */

/* How long before it sends a key is made ready: SSRCs under it are written to disk. */
#define MCV_MEDIA_AHEAD_S 60

/* Master keys of a private call. MCV_E_MALFORMED, MCV_E_CRYPTO. */
mcv_err mcv_media_install_pck(struct mcv_media *m, const struct mcv_media_keys *keys);

/* Group keys in the receiver: what is valid now. */
void mcv_media_install_gmks(struct mcv_agent *a, struct mcv_media *m);

/* The keys as the time wants them; cheap when nothing has changed. */
void mcv_media_check_keys(struct mcv_agent *a, struct mcv_media *m);

/* Our own key of this MKI; NULL: not installed. */
const struct mcv_media_key *mcv_media_key_of(const struct mcv_media *m, uint32_t key_id);

/* ---- own streams (media_send.c) ------------------------------------------------------------ */

/* Makes the stream ready to send, as far as keys, jobs and time allow. */
void mcv_media_prepare(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium);

/* Somebody else uses the SSRC of our stream. Spec: RFC 3550 8.2 */
void mcv_media_collided(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium);

/* SSRCs and keys of an own stream are gone; what was not used serves another. */
void mcv_media_end_stream(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium);

/* The first SEQ of a stream: uniform in 0 .. 32767. Spec: RFC 3711 3.3.1: no wrap before a receiver
 * has heard of it (media_seq.c). */
uint16_t mcv_media_first_seq(const struct mcv_rng *rng);

/* Elapsed time on the clock of the stream. */
uint32_t mcv_media_clock_units(uint32_t clock_hz, uint64_t us);

/* ---- RTCP (media_rtcp.c) ------------------------------------------------------------------- */

/* SR or RR with SDES of an own stream, and the time of the next; with BYE when it ends. */
void mcv_media_report(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                      bool is_end);

/* The first packet of a stream, or the first after a silence, was sent; a private call began. */
void mcv_media_plan_report(struct mcv_agent *a, struct mcv_media_tx *tx);

/* Notes sender report, name and BYE of a compound packet that authenticated. */
void mcv_media_hear_report(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                           struct mcv_bytes compound, const struct mcv_srtp_mki *mki);

/* ---- received streams (media_streams.c) ---------------------------------------------------- */

size_t mcv_media_streams_size(uint16_t n_streams);
void mcv_media_streams_init(struct mcv_media *m, void *mem);

/* NULL: none. */
struct mcv_media_rx *mcv_media_stream_find(struct mcv_media *m, enum mcv_medium medium,
                                           uint32_t ssrc, const struct mcv_srtp_mki *mki);

/* The stream of a packet that authenticated; a new one is told to the user, and the one that was
 * silent longest gives way. */
struct mcv_media_rx *mcv_media_stream_of(struct mcv_agent *a, struct mcv_media *m,
                                         enum mcv_medium medium, uint32_t ssrc,
                                         const struct mcv_srtp_mki *mki);

/* ---- what came of received streams (media_reception.c) ------------------------------------- */

/* The sender has reported: the user is told now and then. */
void mcv_media_tell_report(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_rx *rx);

/* The last figures of a stream, once; of all streams when the call ends, as far as it is bounded. */
void mcv_media_tell_ended(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_rx *rx);
void mcv_media_tell_all_ended(struct mcv_agent *a, struct mcv_media *m);

#endif
