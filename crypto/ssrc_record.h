/* The record of SSRCs used under each own master key, so that none is used twice.
 *
 * Spec: RFC 3711 9.1, RFC 7714 8.1: an (SSRC, index) pair must never repeat under one key. A group
 * master key lives longer than a call, a process or a device's battery: the record is written to
 * disk by its owner BEFORE a drawn SSRC is used, and loaded again at start.
 * A master key is named by its MKI. Fixed capacity, caller's memory, one thread. No secrets. */
#ifndef MCV_CRYPTO_SSRC_RECORD_H
#define MCV_CRYPTO_SSRC_RECORD_H

#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/srtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_ssrc_use {
    uint32_t key_id; /* GMK-ID or PCK-ID */
    uint32_t guk_id; /* 0 for a PCK */
    uint32_t ssrc;
    uint32_t is_used; /* 0: empty slot */
};

struct mcv_ssrc_record {
    struct mcv_ssrc_use *slots; /* open addressing, caller's memory */
    size_t n_slots;
    size_t n_used;
};

/* slots  n_slots >= 4 elements, zeroed here; three quarters of them can be filled. */
void mcv_ssrc_record_init(struct mcv_ssrc_record *r, struct mcv_ssrc_use *slots, size_t n_slots);

/* Has this SSRC been used under this key? */
bool mcv_ssrc_record_has(const struct mcv_ssrc_record *r, const struct mcv_srtp_mki *mki,
                         uint32_t ssrc);

/* Notes an SSRC: one loaded from disk, or one that somebody assigned to us.
 * MCV_E_REPLAY: used before under this key. MCV_E_FULL: no room; the stream must not start. */
MCV_MUST_USE mcv_err mcv_ssrc_record_claim(struct mcv_ssrc_record *r,
                                           const struct mcv_srtp_mki *mki, uint32_t ssrc);

/* Draws a fresh random SSRC (never 0) and notes it.
 * MCV_E_FULL as above. MCV_E_CRYPTO: the generator failed. *ssrc is then 0. */
MCV_MUST_USE mcv_err mcv_ssrc_record_draw(struct mcv_ssrc_record *r, uint32_t *ssrc,
                                          const struct mcv_srtp_mki *mki,
                                          const struct mcv_rng *rng);

/* Drops what is noted under a key identifier that was destroyed for good. */
void mcv_ssrc_record_forget(struct mcv_ssrc_record *r, uint32_t key_id);

/* Walks the record for saving: start with *at = 0; NULL at the end. */
const struct mcv_ssrc_use *mcv_ssrc_record_next(const struct mcv_ssrc_record *r, size_t *at);

#endif
