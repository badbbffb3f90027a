/* An offline key management server with a group manager: its state and what it does.
 *
 * Spec: TS 33.180 5.3 and Annex D (what a KMS issues), 5.7.1 and E.2 (group keys, made and
 * signed by the group management server), F.2.1 (UIDs); RFC 6507 4.2, RFC 6508 6.1.1.
 * A KMS is a directory, mode 0700, with `kms` (sealed: master secrets, issued key sets, groups,
 * trusted foreign certificates) and `lock`. All changes are in memory until mcv_kms_save.
 * One thread. Every function that fails says why in one line (why may be NULL). */
#ifndef MCV_AGENT_CLI_KMS_H
#define MCV_AGENT_CLI_KMS_H

#include "agent/store/arena.h"
#include "agent/store/files.h"
#include "agent/store/sealed.h"
#include "crypto/base/rng.h"
#include "crypto/sakke.h"
#include "crypto/uid.h"
#include "proto/schema/kms.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

#define MCV_KMS_URI_MAX_BYTES 255

struct mcv_kms {
    Mcv__KmsFile *file; /* lengths and ranges were checked when it was opened */
    struct mcv_arena arena;
    struct mcv_seal_secret secret;
    const struct mcv_rng *rng;
    struct mcv_sakke_public *pub; /* made when first needed */
    void *pub_mem;
    int lock_fd;
    char path[MCV_PATH_BYTES];
};

struct mcv_kms_params {
    const char *uri;
    const char *gms_uri; /* NULL: no group manager */
    struct mcv_key_period period;
};

/* Makes a KMS with fresh master secrets in an empty or missing directory, and saves it.
 * MCV_E_MALFORMED: a URI or the period is not usable. MCV_E_BUSY: there is a KMS already.
 * Otherwise as mcv_sealed_write. On failure there is nothing to close. */
MCV_MUST_USE mcv_err mcv_kms_create(struct mcv_kms *kms, const char *dir,
                                    const struct mcv_seal_secret *secret,
                                    const struct mcv_kms_params *params, const struct mcv_rng *rng,
                                    struct mcv_why *why);

/* Opens it and takes its lock. As mcv_sealed_read; MCV_E_BUSY: in use. */
MCV_MUST_USE mcv_err mcv_kms_open(struct mcv_kms *kms, const char *dir,
                                  const struct mcv_seal_secret *secret, const struct mcv_rng *rng,
                                  struct mcv_why *why);

MCV_MUST_USE mcv_err mcv_kms_save(struct mcv_kms *kms, struct mcv_why *why);

/* Wipes; a zero object is allowed. */
void mcv_kms_close(struct mcv_kms *kms);

/* Makes kms->pub, the tables of the KMS's public key, unless they are there. Some ms. */
MCV_MUST_USE mcv_err mcv_kms_need_public(struct mcv_kms *kms);

struct mcv_key_period mcv_kms_period(const struct mcv_kms *kms);

/* The key period of this time. MCV_E_TIME: before the first one. */
MCV_MUST_USE mcv_err mcv_kms_period_no(uint64_t *period_no, const struct mcv_kms *kms,
                                       int64_t utc_s, struct mcv_why *why);

/* A user's or server's identifier: 1 .. 255 printable octets without spaces. */
MCV_MUST_USE mcv_err mcv_kms_check_uri(const char *uri, struct mcv_why *why);

/* Issues the key set of a user for one period; one that was issued stays as it is.
 * is_new  out, may be NULL. Some ms, and some ms once per KMS. */
MCV_MUST_USE mcv_err mcv_kms_issue(struct mcv_kms *kms, bool *is_new, const char *user,
                                   uint64_t period_no, struct mcv_why *why);

/* Are all fields there, with their lengths? */
bool mcv_kms_is_whole(const Mcv__IssuedKeySet *k);

/* How a batch goes on, for somebody to look at; called by the caller's thread. Both may be NULL. */
struct mcv_kms_watch {
    void (*progress)(void *ctx, size_t n_done, size_t n);
    void (*failed)(void *ctx, const char *user, mcv_err err);
    void *ctx;
};

struct mcv_kms_batch_report {
    unsigned n_done;   /* key sets that are new, or messages */
    unsigned n_failed; /* users that got none */
};

/* The key sets of many users for n_periods periods, on all cores: those of mcv_kms_issue. Each user
 * gets all that it lacks or, when one of them fails, none; it stops no other.
 * MCV_E_FULL: no memory; nobody got anything. */
MCV_MUST_USE mcv_err mcv_kms_issue_users(struct mcv_kms *kms, struct mcv_kms_batch_report *report,
                                         const char *const *users, size_t n, uint64_t first_period,
                                         unsigned n_periods, const struct mcv_kms_watch *watch,
                                         struct mcv_why *why);

/* NULL when it was not issued. */
const Mcv__IssuedKeySet *mcv_kms_key_set(const struct mcv_kms *kms, const char *user,
                                         uint64_t period_no);

/* Has the user any key set? */
bool mcv_kms_has_user(const struct mcv_kms *kms, const char *user);

/* ---- Groups ------------------------------------------------------------------------------ */

/* When a group key is used. Unix seconds. */
struct mcv_kms_validity {
    int64_t activation_s; /* 0: at once */
    int64_t expiry_s;     /* 0: never */
};

/* A group without members, with its first GMK, GMK-ID and RAND.
 * MCV_E_POLICY: the KMS has no group manager, or there is such a group already. */
MCV_MUST_USE mcv_err mcv_kms_group_create(struct mcv_kms *kms, const char *group, const char *name,
                                          const struct mcv_kms_validity *v, struct mcv_why *why);

Mcv__Group *mcv_kms_group(const struct mcv_kms *kms, const char *group);

/* All of the users or, when one cannot be a member, none. Who is a member already stays one.
 * MCV_E_NOT_FOUND: no such group, or a user has no key set here. */
MCV_MUST_USE mcv_err mcv_kms_group_add_users(struct mcv_kms *kms, const char *group,
                                             const char *const *users, size_t n,
                                             struct mcv_why *why);

/* What a group shall be like. Everything is copied. */
struct mcv_kms_group_content {
    const char *group, *name;
    struct mcv_bytes document; /* TS 24.481 */
    const char *const *users;
    size_t n_users;
    struct mcv_kms_validity validity; /* of the first key of a group that is made */
};

/* Makes the group where there is none (is_new), adds the users that have keys here and are not members
 * yet, counts the others, and keeps the document for the devices: all of it or, on failure, nothing.
 * Errors of mcv_kms_group_create. */
MCV_MUST_USE mcv_err mcv_kms_group_take(struct mcv_kms *kms, bool *is_new, size_t *n_unknown,
                                        const struct mcv_kms_group_content *c, struct mcv_why *why);

/* What a group document did. */
struct mcv_kms_document_report {
    char group[MCV_KMS_URI_MAX_BYTES + 1];
    bool is_new;      /* the group was made */
    size_t n_members; /* entries that have keys here: now members */
    size_t n_unknown; /* entries that have none */
};

/* Takes a group document (TS 24.481) as mcv_kms_group_take does; devices get it with their next bundles.
 * MCV_E_IO, MCV_E_NOT_FOUND: the file. MCV_E_MALFORMED, MCV_E_UNSUPPORTED: not a group document. */
MCV_MUST_USE mcv_err mcv_kms_group_document(struct mcv_kms *kms,
                                            struct mcv_kms_document_report *report,
                                            const char *path, const struct mcv_kms_validity *v,
                                            struct mcv_why *why);

/* Members who leave keep the keys that they have: roll the group over afterwards. */
MCV_MUST_USE mcv_err mcv_kms_group_remove(struct mcv_kms *kms, const char *group, const char *user,
                                          struct mcv_why *why);

/* A further GMK with its own GMK-ID and RAND; the older ones stay until they expire or are
 * revoked. Senders use the one that was activated last. Spec: TS 33.180 5.2.3 */
MCV_MUST_USE mcv_err mcv_kms_group_roll(struct mcv_kms *kms, const char *group,
                                        const struct mcv_kms_validity *v, struct mcv_why *why);

/* Marks a GMK as revoked (gmk_id MCV_NO_KEY_ID: all of the group); bundles made from now on
 * say so. Spec: TS 33.180 E.6.9. MCV_E_NOT_FOUND: no such group or key. */
MCV_MUST_USE mcv_err mcv_kms_group_revoke(struct mcv_kms *kms, const char *group, uint32_t gmk_id,
                                          struct mcv_why *why);

/* Writes a file with each member's I_MESSAGE for each key of the group that has not expired, or for
 * one (gmk_id, or MCV_NO_KEY_ID), made on all cores: a line is user, GMK-ID (hexadecimal) and
 * message (base64), with a space between them. The messages are those of mcv_kms_bundle; one that
 * fails stops no other. The group manager's key set is issued if it is missing.
 * T of the messages is utc_s. MCV_E_NOT_FOUND: no such group or key. On failure no file is written. */
MCV_MUST_USE mcv_err mcv_kms_group_messages(struct mcv_kms *kms,
                                            struct mcv_kms_batch_report *report, const char *path,
                                            const char *group, uint32_t gmk_id, int64_t utc_s,
                                            const struct mcv_kms_watch *watch, struct mcv_why *why);

/* ---- Documents --------------------------------------------------------------------------- */

/* The KMS's own certificate as a KmsInit document, for devices of other domains. Public. */
MCV_MUST_USE mcv_err mcv_kms_cert_export(const struct mcv_kms *kms, const char *path,
                                         struct mcv_why *why);

/* Takes the certificate in a KmsInit document as that of a foreign KMS that our users may talk
 * to (TS 33.180 5.2.7); replaces an earlier one of the same KMS URI.
 * kms_uri  out, may be NULL; lives as long as the KMS is open.
 * MCV_E_POLICY: it is our own. Otherwise what the document lacks. */
MCV_MUST_USE mcv_err mcv_kms_cert_trust(struct mcv_kms *kms, const char **kms_uri, const char *path,
                                        int64_t utc_s, struct mcv_why *why);

/* Marks it as revoked: devices stop trusting it with their next bundle. */
MCV_MUST_USE mcv_err mcv_kms_cert_revoke(struct mcv_kms *kms, const char *kms_uri,
                                         struct mcv_why *why);

/* What went into a bundle. */
struct mcv_kms_bundle_report {
    unsigned key_sets, certs, gmks;
};

/* Writes the sealed bundle of a user's device: KmsInit, KmsKeyProv (the periods from the
 * previous one on), KmsCertCache, and an I_MESSAGE for each GMK of each group of the user that
 * has not expired, signed by the group manager, whose key set is issued if it is missing.
 * T of the messages is utc_s.
 * MCV_E_NOT_FOUND: the user has no key set for the period of utc_s. */
MCV_MUST_USE mcv_err mcv_kms_bundle(struct mcv_kms *kms, struct mcv_kms_bundle_report *report,
                                    const char *path, const char *user,
                                    const struct mcv_seal_secret *secret, int64_t utc_s,
                                    struct mcv_why *why);

#endif
