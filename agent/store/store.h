/* The device store: the keys of one user of one device, sealed on disk, validated in memory.
 *
 * Spec: TS 33.180 5.11 (what persists), Annex D (what is received), 5.2 and E.2 (group keys).
 * A store is a directory, mode 0700, with
 *   keys      sealed: KMS certificates, key sets, group master keys
 *   ssrc      which SSRC was used under which (GMK-ID, GUK-ID); append only, no secret
 *   clock     latest trusted time, and which I_MESSAGEs were accepted; append only, no secret
 *   lock      held while the store is open: one process at a time
 * Key sets and group keys enter by mcv_store_import alone: Annex D documents through the
 * checks of TS 33.180 D.3 and group keys as signed I_MESSAGEs, never as raw keys.
 *
 * Threads: every function belongs to the thread that opened the store, except
 * mcv_store_import_run, which is made for a worker thread.
 * struct mcv_why gets one line on each failure; it may be NULL. */
#ifndef MCV_AGENT_STORE_STORE_H
#define MCV_AGENT_STORE_STORE_H

#include "agent/store/sealed.h"
#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/sakke.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_keyring; /* agent/core/keyring.h */
struct mcv_store;

/* Who the device is. Texts are copied. */
struct mcv_store_owner {
    const char *user_uri; /* MCVideo ID; all key sets must be for it */
    const char *gms_uri;  /* group management server; NULL: no group key is accepted */
    const char *kms_uri;  /* home KMS; NULL: the first import decides */
};

struct mcv_store_options {
    struct mcv_store_owner owner;
    const struct mcv_rng *rng; /* retained: salts and nonces of the sealed file */
    bool lock_memory;          /* mlock what holds keys; failure to is MCV_E_CONFIG */
    enum mcv_sakke_tables tables;
};

/* Opens the store, making an empty one where there is none (the directory's parent exists).
 * Reads and validates every key: some ms per key set; 0.1 s more with a passphrase.
 * out     NULL unless MCV_OK; close it.
 * dir, secret   copied.
 * utc_s   the time now; periods and validity are judged against it.
 * MCV_E_BUSY: another process holds the store. MCV_E_POLICY: mode or owner of the directory or
 * a file. MCV_E_AUTH: wrong secret, or changed on disk. MCV_E_CONFIG: the store belongs to
 * another user, or memory cannot be locked. MCV_E_IO, MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_store_open(struct mcv_store **out, const char *dir,
                                    const struct mcv_seal_secret *secret,
                                    const struct mcv_store_options *options, int64_t utc_s,
                                    struct mcv_why *why);

/* Wipes what is in memory and unlocks; nothing is written. NULL is allowed. */
void mcv_store_close(struct mcv_store *store);

/* ---- Keys in use ---------------------------------------------------------------------- */

/* One unchanging set of validated keys. A job on a worker thread holds it while it runs, so
 * that an import or zeroize on the loop does not take the keys away under it. */
struct mcv_store_keys;

/* The present set; hold and release on the thread of the store. The memory is wiped when the
 * store has moved on and the last holder has released it. Never NULL: it may be empty. */
const struct mcv_store_keys *mcv_store_keys_hold(struct mcv_store *store);
void mcv_store_keys_release(const struct mcv_store_keys *keys);

/* The keys in the form of the agent; valid while the set is held. */
const struct mcv_keyring *mcv_store_keyring(const struct mcv_store_keys *keys);

/* ---- Import --------------------------------------------------------------------------- */

/* What an import did. */
struct mcv_store_report {
    unsigned certs;        /* KMS certificates added or replaced */
    unsigned key_sets;     /* key sets added or replaced */
    unsigned gmks;         /* group keys added or replaced */
    unsigned gmks_older;   /* group keys left as they were: the store has the same or a newer T */
    unsigned gmks_revoked; /* group keys that the store now holds as revoked, without the key */
    unsigned documents;    /* group documents added or replaced */
    unsigned dropped;      /* key sets whose period ended more than one period ago */
};

/* A bundle is added to the store, replacing what it names again and keeping the rest:
 *   - a certificate replaces that of the same KMS URI; the home KMS cannot change its public
 *     keys this way (zeroize first), and never becomes another one;
 *   - a key set replaces that of the same KMS and period;
 *   - a group key replaces that of the same GMK-ID when its T is newer (TS 33.180 5.2.3); one
 *     with the status "revoked" removes the key and stays as a record that refuses it;
 *   - expired key sets (older than the previous period) are dropped.
 * One wrong item refuses the whole bundle, and nothing changes, in memory or on disk.
 *
 * Three steps, so that the loop is never blocked: begin (loop), run (worker), end (loop). */
struct mcv_store_import;

/* bundle_path, secret   copied. One import at a time: MCV_E_BUSY. */
MCV_MUST_USE mcv_err mcv_store_import_begin(struct mcv_store_import **out, struct mcv_store *store,
                                            const char *bundle_path,
                                            const struct mcv_seal_secret *secret, int64_t utc_s);

/* The same three steps for a revocation by hand: the GMK goes, and a record that refuses it for ever
 * stays. Spec: TS 33.180 E.2. Ends with MCV_E_NOT_FOUND: there is no such GMK. MCV_E_BUSY. */
MCV_MUST_USE mcv_err mcv_store_revoke_begin(struct mcv_store_import **out, struct mcv_store *store,
                                            uint32_t gmk_id, int64_t utc_s);

/* Reads, checks, validates and writes. Some ms per key, 0.1 s per passphrase. Touches no
 * state that the loop uses. Call it exactly once. */
void mcv_store_import_run(struct mcv_store_import *import);

/* Makes the new keys the present set, and frees the import. Without a run before it, it only
 * frees (MCV_E_MISUSE).
 * report  out, may be NULL; zero unless MCV_OK.
 * MCV_OK: hold the keys anew. Otherwise what mcv_sealed_read says, or
 * MCV_E_MALFORMED, MCV_E_UNSUPPORTED: not a bundle, or a document that does not parse;
 * MCV_E_NOT_FOR_US: for another user; MCV_E_AUTH: a key or signature that does not validate;
 * MCV_E_POLICY: an issuer or role that is not accepted; MCV_E_TIME, MCV_E_EXPIRED: period or
 * validity; MCV_E_FULL: more than a store holds; MCV_E_IO: the store could not be written. */
MCV_MUST_USE mcv_err mcv_store_import_end(struct mcv_store_import *import,
                                          struct mcv_store_report *report, struct mcv_why *why);

/* The three steps in one, for a program without a loop. */
MCV_MUST_USE mcv_err mcv_store_import(struct mcv_store *store, const char *bundle_path,
                                      const struct mcv_seal_secret *secret, int64_t utc_s,
                                      struct mcv_store_report *report, struct mcv_why *why);

/* Destroys every stored key: the present set becomes empty at once, the files are overwritten,
 * synced, unlinked, and the directory synced. Also what an interrupted write left behind.
 * What was used and when stays: `ssrc` and `clock` hold no secret, and a key that comes back must
 * not repeat itself.
 * Not while an import is under way (MCV_E_BUSY): end it first. On MCV_E_IO the memory is empty
 * all the same, and `why` names the file that may still exist. */
MCV_MUST_USE mcv_err mcv_store_zeroize(struct mcv_store *store, struct mcv_why *why);

/* ---- What is in it -------------------------------------------------------------------- */

/* Texts stay valid while the set is held. Instants are Unix seconds; 0: no such bound. */
struct mcv_store_cert_info {
    const char *kms_uri;
    bool is_home, is_revoked;
    int64_t valid_from_s, valid_to_s;
    uint64_t period_s, offset_s;
};

struct mcv_store_key_set_info {
    const char *user_uri, *kms_uri;
    uint64_t period_no;
    int64_t from_s, until_s; /* the key period: from_s <= now < until_s */
};

struct mcv_store_gmk_info {
    uint32_t gmk_id, guk_id; /* guk_id: our own */
    int64_t activation_s, expiry_s;
    bool is_revoked;
    size_t n_groups;
    const char *const *group_ids;
};

size_t mcv_store_n_certs(const struct mcv_store_keys *keys);
size_t mcv_store_n_key_sets(const struct mcv_store_keys *keys);
size_t mcv_store_n_gmks(const struct mcv_store_keys *keys);
struct mcv_store_cert_info mcv_store_cert_at(const struct mcv_store_keys *keys, size_t i);
struct mcv_store_key_set_info mcv_store_key_set_at(const struct mcv_store_keys *keys, size_t i);
struct mcv_store_gmk_info mcv_store_gmk_at(const struct mcv_store_keys *keys, size_t i);

/* Group documents (TS 24.481), decoded when they were imported; valid while the set is held. */
size_t mcv_store_n_documents(const struct mcv_store_keys *keys);
struct mcv_bytes mcv_store_document_at(const struct mcv_store_keys *keys, size_t i);

/* ---- Records that survive a restart ----------------------------------------------------- */

/* Records that this device sends with `ssrc` under the group key, before its first packet:
 * the same (key, SSRC) must never start again at index 0 (RFC 7714 8.4). On disk when it
 * returns (one fsync).
 * MCV_E_REPLAY: used before: draw another one. MCV_E_IO: do not send. */
MCV_MUST_USE mcv_err mcv_store_ssrc_claim(struct mcv_store *store, uint32_t gmk_id, uint32_t guk_id,
                                          uint32_t ssrc);

/* Has it been used before? */
bool mcv_store_ssrc_is_used(const struct mcv_store *store, uint32_t gmk_id, uint32_t guk_id,
                            uint32_t ssrc);

/* Walks what was claimed, oldest first, to fill the record of crypto/ssrc_record.h at start.
 * i < mcv_store_n_ssrcs(store). */
size_t mcv_store_n_ssrcs(const struct mcv_store *store);
void mcv_store_ssrc_at(const struct mcv_store *store, size_t i, uint32_t *gmk_id, uint32_t *guk_id,
                       uint32_t *ssrc);

/* I_MESSAGEs whose T is at or before this (Unix seconds) are refused: the replay cache of an
 * earlier run stood for them, and it is gone. The latest of what the two saves below were given
 * before this open; 0 without a record. Fixed at open. */
int64_t mcv_store_refuse_until(const struct mcv_store *store);

/* The latest trusted time ever saved: a clock below it is wrong, and no expired key becomes
 * valid again (judge by the later of both). 0 without a record. */
int64_t mcv_store_latest_time(const struct mcv_store *store);

/* Saves our own time: at shutdown (the shutdown record), and now and then while running. An
 * earlier time than the latest changes nothing. On disk when it returns (one fsync). */
MCV_MUST_USE mcv_err mcv_store_time_save(struct mcv_store *store, int64_t utc_s);

/* Saves the T of an I_MESSAGE that was accepted, so that it cannot be replayed after a crash
 * either. T may be ahead of our clock; it is not taken for the time. One fsync, or none when a
 * later T is saved already. */
MCV_MUST_USE mcv_err mcv_store_accepted_save(struct mcv_store *store, int64_t t_s);

#endif
