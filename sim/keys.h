/* Keys of simulated users, issued in process: KMS domains, identity keys, groups with their GMKs.
 *
 * Spec: TS 33.180 5.2 (KMS, UID, key periods), 5.2.3 (GMK-ID, GUK-ID), RFC 6507 and RFC 6508 (key
 * issue). Everything follows from the seed: the same calls in the same order give the same keys,
 * and a domain, user or group more does not change those before it. Groups take their keys at
 * once, without an I_MESSAGE: a thousand members do not mean a thousand pairings.
 * One thread; the keyrings may be shared by threads. NOT for keys of a real device. */
#ifndef MCV_SIM_KEYS_H
#define MCV_SIM_KEYS_H

#include "agent/core/keyring.h"
#include "crypto/base/err.h"
#include "crypto/uid.h"

#include <stddef.h>
#include <stdint.h>

struct mcv_sim_keys;

/* Identity keys of a user. */
enum mcv_sim_identity {
    MCV_SIM_IDENTITY_NONE,   /* group keys only: no private calls */
    MCV_SIM_IDENTITY_REAL,   /* issued and installed: some 10 ms and 100 kB per period */
    MCV_SIM_IDENTITY_COSTED, /* nothing but identifiers: no message opens with them; for jobs that
                              * are costed, not run (sim/costed.h) */
};

/* utc_s  when the simulation starts: identity keys are issued for its key period and for
 *        periods_around periods before and after.
 * MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_sim_keys_open(struct mcv_sim_keys **out, uint64_t seed, int64_t utc_s,
                                       unsigned periods_around);

/* Wipes everything, keyrings included; NULL is allowed. */
void mcv_sim_keys_close(struct mcv_sim_keys *keys);

/* A KMS with its key pairs. kms: out, 0, 1, ... MCV_E_IO, MCV_E_CRYPTO, MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_sim_keys_add_kms(struct mcv_sim_keys *keys, size_t *kms, const char *uri,
                                          const struct mcv_key_period *period);

/* Users of `kms` hold the certificate of `other`. Their own they always hold. */
MCV_MUST_USE mcv_err mcv_sim_keys_trust(struct mcv_sim_keys *keys, size_t kms, size_t other);

/* user: out, 0, 1, ... MCV_E_IO, MCV_E_CRYPTO, MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_sim_keys_add_user(struct mcv_sim_keys *keys, size_t *user, const char *uri,
                                           size_t kms, enum mcv_sim_identity identity);

/* A group without a key. group: out, 0, 1, ... */
MCV_MUST_USE mcv_err mcv_sim_keys_add_group(struct mcv_sim_keys *keys, size_t *group,
                                            const char *uri);

/* Another GMK of the group, with GMK-ID and RAND. Instants: Unix seconds; 0: no bound.
 * gmk_id: out, may be NULL. */
MCV_MUST_USE mcv_err mcv_sim_keys_add_gmk(struct mcv_sim_keys *keys, uint32_t *gmk_id, size_t group,
                                          int64_t activation_s, int64_t expiry_s);

/* Keyrings made after this hold the key as revoked. MCV_E_NOT_FOUND. */
MCV_MUST_USE mcv_err mcv_sim_keys_revoke_gmk(struct mcv_sim_keys *keys, size_t group,
                                             uint32_t gmk_id);

/* The GMK-ID of the oldest key that is not revoked; MCV_NO_KEY_ID: none. */
uint32_t mcv_sim_keys_oldest_gmk(const struct mcv_sim_keys *keys, size_t group);

MCV_MUST_USE mcv_err mcv_sim_keys_add_member(struct mcv_sim_keys *keys, size_t group, size_t user);

/* What the user holds now. Real users are added before: as long as there are none, KMSs have no
 * key pairs either. Valid until close, and not changed by later calls: after an add or a
 * revoke take a new one. MCV_E_IO, MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_sim_keys_ring(struct mcv_sim_keys *keys, const struct mcv_keyring **out,
                                       size_t user);

/* ---- for tests and reports ----------------------------------------------------------------- */

struct mcv_bytes mcv_sim_keys_user_uri(const struct mcv_sim_keys *keys, size_t user);
struct mcv_bytes mcv_sim_keys_group_uri(const struct mcv_sim_keys *keys, size_t group);
struct mcv_bytes mcv_sim_keys_kms_uri(const struct mcv_sim_keys *keys, size_t kms);
size_t mcv_sim_keys_user_kms(const struct mcv_sim_keys *keys, size_t user);

/* Memory taken from the system. */
size_t mcv_sim_keys_bytes(const struct mcv_sim_keys *keys);

#endif
