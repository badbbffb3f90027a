/* Who transmits in a call, as far as we know: with permission, or just heard. Private to agent/core.
 *
 * Spec: TS 24.581 7 (limits, pre-emption), TS 33.180 5.2.3 (GUK-ID). */
#ifndef MCV_AGENT_CORE_TRANSMISSION_TX_H
#define MCV_AGENT_CORE_TRANSMISSION_TX_H

#include "agent/core/config.h"
#include "crypto/base/bytes.h"
#include "crypto/srtp.h"
#include "proto/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who authenticated a packet, or where it came from when nothing is protected. */
struct mcv_ptt_source {
    struct mcv_srtp_mki mki; /* key_id MCV_NO_KEY_ID: not protected */
    struct mcv_addr addr;
    uint32_t ssrc;
};

/* A member of the call, and how his packets are known again. */
struct mcv_member {
    struct mcv_srtp_mki mki; /* n_bytes 0: not known */
    struct mcv_addr addr;    /* family NONE: not known */
    uint8_t n_uri;           /* 0: not known */
    uint8_t uri[MCV_MAX_URI_BYTES];
};

enum mcv_ptt_phase {
    MCV_PHASE_NONE,
    MCV_PHASE_PROVISIONAL, /* heard, and nobody said that he may */
    MCV_PHASE_GRANTED,     /* not heard yet */
    MCV_PHASE_ACTIVE,
    MCV_PHASE_REVOKING,
};

/* What the user chose. */
enum mcv_ptt_choice { MCV_CHOICE_NONE, MCV_CHOICE_SHOW, MCV_CHOICE_HIDE };

/* What his media touch comes first. */
struct mcv_transmitter {
    uint8_t phase; /* NONE: removed */
    bool is_me, was_queued, was_named, is_told, is_shown;
    uint8_t choice;
    uint8_t n_sent;        /* Granted or Revoked: C205 */
    uint16_t rank;         /* see mcv_ptt_rank */
    uint16_t cause;        /* of the Revoked */
    uint64_t silent_at_us; /* T203 */
    uint64_t resend_at_us; /* T205, TA2 */
    uint64_t accept_at_us; /* T233 */
    uint32_t ssrc[MCV_N_MEDIA];
    uint32_t control_ssrc; /* of his messages: the audio SSRC */
    struct mcv_member who;
    uint64_t since_us;
    uint64_t told_at_us; /* last Revoked of one without permission */
};

#define MCV_MAX_TRANSMITTERS 64

struct mcv_transmitters {
    struct mcv_transmitter *slots;
    uint64_t used;    /* bit i: slots[i] is somebody's */
    uint16_t n, next; /* next: where a free slot is looked for, so that texts live for a while */
};

/* class: 0 normal, 1 imminent peril, 2 emergency. Spec: TS 24.581 7, TS 24.380 4.1.1.4 */
static inline uint16_t mcv_ptt_rank(uint8_t call_class, uint8_t priority)
{
    return (uint16_t)(call_class << 8 | priority);
}

struct mcv_bytes mcv_member_uri(const struct mcv_member *m);
void mcv_member_set_uri(struct mcv_member *m, struct mcv_bytes uri);

/* n <= MCV_MAX_TRANSMITTERS (MCV_ASSERT) */
void mcv_transmitters_init(struct mcv_transmitters *t, void *mem, uint16_t n);
void mcv_transmitters_forget(struct mcv_transmitters *t);

/* NULL: the table is full. The slot is zero but for times that never come. */
struct mcv_transmitter *mcv_transmitters_add(struct mcv_transmitters *t, enum mcv_ptt_phase phase,
                                             uint64_t now_us);
void mcv_transmitters_remove(struct mcv_transmitters *t, struct mcv_transmitter *tx);

/* One after the other: NULL begins, and ends. The one that was given may be removed meanwhile. */
struct mcv_transmitter *mcv_transmitters_next(const struct mcv_transmitters *t,
                                              const struct mcv_transmitter *tx);

/* Ourselves; NULL: we do not transmit. */
struct mcv_transmitter *mcv_transmitters_me(const struct mcv_transmitters *t);

/* How many transmit. */
uint16_t mcv_transmitters_load(const struct mcv_transmitters *t);

/* The lowest rank; of equals the one that came last; not one that is being revoked. NULL: none. */
struct mcv_transmitter *mcv_transmitters_weakest(const struct mcv_transmitters *t, bool with_me);

/* Whom to name as next arbitrator: the highest rank of those that are heard, then the one who
 * transmits longest, then the larger SSRC; if none is heard, one that was granted. Not one that was
 * named before. NULL: none. Spec: TS 23.281 7.7.2.9.2 */
struct mcv_transmitter *mcv_transmitters_delegate(const struct mcv_transmitters *t);

#endif
