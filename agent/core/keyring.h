/* The keys that an agent uses: a read-only view of what a store (or a scenario) validated.
 *
 * Spec: TS 33.180 5.2 (own keys and KMSs), 5.7.1 and E.2 (group keys), 5.3 (validity).
 * Everything is borrowed and does not change while the keyring is in use; a change is a new
 * keyring (mcv_agent_set_keys). Instants are Unix seconds; 0: no such bound. */
#ifndef MCV_AGENT_CORE_KEYRING_H
#define MCV_AGENT_CORE_KEYRING_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/keys.h"
#include "crypto/srtp.h"
#include "proto/mikey_sakke.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So long before the last key of a group is gone its call is left, so that others hear of it. Two
 * seconds, because instants are whole ones. */
#define MCV_GMK_LAST_S 2

/* How much earlier than its activation a group key is accepted: clocks differ. TS 33.180 5.7.1
 * leaves the skew open. */
#define MCV_GMK_ACTIVATION_SKEW_S 300

struct mcv_keyring_gmk {
    uint32_t gmk_id;
    uint32_t guk_id;           /* our own */
    const struct mcv_gmk *gmk; /* NULL: revoked */
    struct mcv_bytes rand;     /* of the I_MESSAGE, 16 .. 255 octets */
    uint16_t roc_every;        /* R of its policy; 0: not known. See mcv_keyring_roc_every */
    bool has_no_roc;           /* its policy has no RCCm3 */
    int64_t activation_s, expiry_s;
    bool is_revoked;
    const struct mcv_bytes *group_ids;
    size_t n_groups;
};

struct mcv_keyring {
    struct mcv_imsg_trust trust;
    struct mcv_bytes home_kms_uri; /* empty: no keys at all */
    const struct mcv_keyring_gmk *gmks;
    size_t n_gmks;
};

/* The group key to send with: listed for the group, activated, not expired, not revoked; of
 * several the one that was activated last, then the larger GMK-ID. NULL: none. */
const struct mcv_keyring_gmk *mcv_keyring_gmk_to_send(const struct mcv_keyring *ring,
                                                      struct mcv_bytes group, int64_t utc_s);

/* The key that the group is sent under last, when no more keys come: of those that follow each other
 * without a gap from now on the one that ends last, or that does not end. NULL: none. */
const struct mcv_keyring_gmk *mcv_keyring_last_gmk(const struct mcv_keyring *ring,
                                                   struct mcv_bytes group, int64_t utc_s);

/* May packets of the group under this key be opened? Expired, revoked or foreign keys: no. */
bool mcv_keyring_gmk_may_receive(const struct mcv_keyring_gmk *key, struct mcv_bytes group,
                                 int64_t utc_s);

/* May packets of the group under any key be opened? */
bool mcv_keyring_has_gmk(const struct mcv_keyring *ring, struct mcv_bytes group, int64_t utc_s);

/* Packets under this key carry the ROC when their SEQ is a multiple of this; 1 unless the key says
 * otherwise, 0: never. Spec: TS 33.180 E.2.2, RFC 4771 3. */
static inline uint16_t mcv_keyring_roc_every(const struct mcv_keyring_gmk *key)
{
    if (key->has_no_roc) return MCV_SRTP_ROC_NONE;
    return key->roc_every != 0 ? key->roc_every : MCV_SRTP_ROC_GROUP;
}

/* The next instant after utc_s at which one of the answers above may change for the group, or
 * ahead_s before one at which the first does, or MCV_GMK_LAST_S before a key expires; INT64_MAX:
 * none is known. */
int64_t mcv_keyring_next_change(const struct mcv_keyring *ring, struct mcv_bytes group,
                                int64_t utc_s, int64_t ahead_s);

/* NULL: not held. */
const struct mcv_keyring_gmk *mcv_keyring_find_gmk(const struct mcv_keyring *ring, uint32_t gmk_id);

#endif
