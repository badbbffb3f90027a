/* Identifiers derived from a user's name: UID, key periods, User Salt, GUK-ID.
 *
 * Spec: TS 33.180 F.2.1 (UID and key periods), 5.2.3 and F.1.3 (GUK-ID).
 * Texts are the identifiers exactly as provisioned, byte by byte: no case
 * folding, no percent-decoding, no terminator. No state between calls. */
#ifndef MCV_CRYPTO_UID_H
#define MCV_CRYPTO_UID_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/now.h"
#include "crypto/keys.h"

#include <stdbool.h>
#include <stdint.h>

/* From a KMS certificate. Spec: TS 33.180 D.3.2 */
struct mcv_key_period {
    uint64_t period_s; /* UserKeyPeriod, P3: > 0 */
    uint64_t offset_s; /* UserKeyOffset, P4: < period_s */
};

static inline bool mcv_key_period_is_valid(const struct mcv_key_period *k)
{
    return k->period_s > 0 && k->offset_s < k->period_s;
}

/* UID = SHA-256( 00 | P0 | L0 | ... | P5 | L5 ). Spec: TS 33.180 F.2.1.
 * out        zero unless MCV_OK.
 * user       P1, MC service user identifier (or server URI), 1 .. 65535 octets.
 * kms_uri    P2, KmsUri of the user's KMS, 1 .. 65535 octets.
 * period_no  P5, see mcv_key_period_at.
 * MCV_E_MALFORMED: a text is empty or too long, or the period length is 0. */
MCV_MUST_USE mcv_err mcv_uid_derive(struct mcv_uid *out, struct mcv_bytes user,
                                    struct mcv_bytes kms_uri, const struct mcv_key_period *k,
                                    uint64_t period_no);

/* Seconds since 1900 of all eras, from the 32 bits of a T payload: the value
 * nearest to our clock (era 1 begins 2036-02-07T06:28:16Z). Spec: RFC 5905 6. */
uint64_t mcv_ntp_unwrap(uint32_t ntp_s, int64_t utc_s);

/* Seconds since 1900 of all eras; utc_s must not lie before 1900. */
uint64_t mcv_ntp_of_utc(int64_t utc_s);

/* P5 = floor( (TIME - P4) / P3 ). Spec: TS 33.180 F.2.1.
 * ntp_s  unwrapped; of the T payload that is sent or was received, not the clock.
 * MCV_E_MALFORMED: the period is not valid. MCV_E_TIME: before the first period. */
MCV_MUST_USE mcv_err mcv_key_period_at(uint64_t *period_no, const struct mcv_key_period *k,
                                       uint64_t ntp_s);

/* First second of a period, unwrapped; it ends where the next begins. */
uint64_t mcv_key_period_start_ntp_s(const struct mcv_key_period *k, uint64_t period_no);

/* User Salt: 28 bits of KDF(GMK, 0x50, user). Spec: TS 33.180 F.1.3.
 * MCV_E_MALFORMED: user is empty or too long. MCV_E_CRYPTO: OpenSSL failed. *salt is then 0. */
MCV_MUST_USE mcv_err mcv_user_salt(uint32_t *salt, const struct mcv_gmk *gmk,
                                   struct mcv_bytes user);

/* GUK-ID of the member with this salt. Spec: TS 33.180 5.2.3: only the low 28 bits change. */
static inline uint32_t mcv_guk_id_of(uint32_t gmk_id, uint32_t salt)
{
    return gmk_id ^ (salt & MCV_KEY_ID_MASK);
}

/* The inverse: GMK-ID from the own GUK-ID and the own salt. */
static inline uint32_t mcv_gmk_id_of(uint32_t guk_id, uint32_t salt)
{
    return guk_id ^ (salt & MCV_KEY_ID_MASK);
}

#endif
