/* Own SSRCs: those that were used under each key, and those that are on disk but were not used yet.
 * Private to agent/core.
 *
 * Spec: RFC 3711 9.1, RFC 7714 8.1: an SSRC is used once under a key. A claim is a write to disk
 * that stays for the life of the key; who joins calls and does not send shall not make one each time,
 * so what was claimed for a stream that never sent serves the next one. */
#ifndef MCV_AGENT_CORE_OWN_SSRCS_H
#define MCV_AGENT_CORE_OWN_SSRCS_H

#include "crypto/ssrc_record.h"

struct mcv_agent;

#define MCV_MAX_SPARE_SSRCS 8

struct mcv_own_ssrcs {
    struct mcv_ssrc_record used;
    struct mcv_ssrc_use spare[MCV_MAX_SPARE_SSRCS]; /* on record as used, too */
    uint8_t n_spare;
};

/* One for a new stream under a group key.
 * wanted      of the stream that goes on under this key; 0: none.
 * is_claimed  out: it is on disk already.
 * MCV_E_FULL, MCV_E_CRYPTO: as mcv_ssrc_record_draw. */
MCV_MUST_USE mcv_err mcv_own_ssrcs_take(struct mcv_own_ssrcs *s, uint32_t *ssrc, bool *is_claimed,
                                        const struct mcv_srtp_mki *mki, uint32_t wanted,
                                        const struct mcv_rng *rng);

/* It is on disk, and nothing was sent with it. */
void mcv_own_ssrcs_give_back(struct mcv_own_ssrcs *s, const struct mcv_srtp_mki *mki,
                             uint32_t ssrc);

/* Forgets what belongs to group keys that are not held: if one comes back, its claims are refused by
 * what is on disk. */
void mcv_own_ssrcs_follow_keys(struct mcv_agent *a);

#endif
