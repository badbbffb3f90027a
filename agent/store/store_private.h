/* What the files of agent/store share about a store. */
#ifndef MCV_AGENT_STORE_STORE_PRIVATE_H
#define MCV_AGENT_STORE_STORE_PRIVATE_H

#include "agent/store/files.h"
#include "agent/store/keys.h"
#include "agent/store/records.h"

struct mcv_store {
    /* constant after open, so that the worker of an import may read it */
    char dir[MCV_PATH_BYTES];
    char keys_path[MCV_PATH_BYTES];
    char user_uri[MCV_STORE_MAX_URI_BYTES + 1];
    char gms_uri[MCV_STORE_MAX_URI_BYTES + 1]; /* empty: none */
    char kms_uri[MCV_STORE_MAX_URI_BYTES + 1]; /* empty: the first import decides */
    struct mcv_seal_secret secret;
    struct mcv_store_options options; /* its texts point to the fields above */

    /* of the thread of the store */
    int lock_fd;
    struct mcv_store_keys *keys;
    struct mcv_ssrc_log ssrc;
    struct mcv_clock_log clock;
    int64_t refuse_until_s;
    bool is_importing;
};

/* Merges a bundle into a set of keys that nobody else sees yet, and installs all of it.
 * keys    its file is what the store has; on failure it is only good for freeing.
 * bundle  packed.
 * As mcv_store_import_end. */
MCV_MUST_USE mcv_err mcv_store_merge(struct mcv_store_keys *keys, struct mcv_store_report *report,
                                     struct mcv_bytes bundle, const struct mcv_store *store,
                                     int64_t utc_s, struct mcv_why *why);

/* Takes one GMK I_MESSAGE with the key sets installed in `keys`. Spec: TS 33.180 E.2, 5.2.3.
 * As mcv_store_import_end. */
MCV_MUST_USE mcv_err mcv_store_take_gmk(struct mcv_store_keys *keys,
                                        struct mcv_store_report *report, struct mcv_bytes message,
                                        const struct mcv_store *store, int64_t utc_s,
                                        struct mcv_why *why);

/* Marks a GMK as revoked and wipes it. MCV_E_NOT_FOUND. */
MCV_MUST_USE mcv_err mcv_store_revoke_gmk(struct mcv_store_keys *keys,
                                          struct mcv_store_report *report, uint32_t gmk_id,
                                          struct mcv_why *why);

#endif
