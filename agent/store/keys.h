/* One unchanging set of keys: the records of a store file, and what was validated of them.
 * Private to agent/store. Spec: TS 33.180 D.3, RFC 6507 5.1.2, RFC 6508 6.1.2. */
#ifndef MCV_AGENT_STORE_KEYS_H
#define MCV_AGENT_STORE_KEYS_H

#include "agent/core/keyring.h"
#include "agent/store/arena.h"
#include "agent/store/store.h"
#include "crypto/eccsi.h"
#include "crypto/sakke.h"
#include "crypto/uid.h"
#include "proto/schema/store.pb-c.h"

#define MCV_STORE_VERSION       1
#define MCV_STORE_MAX_CERTS     16
#define MCV_STORE_MAX_KEY_SETS  32
#define MCV_STORE_MAX_GMKS      256
#define MCV_STORE_MAX_DOCUMENTS 64
#define MCV_STORE_MAX_URI_BYTES 255

struct mcv_store_cert {
    const Mcv__StoredCert *rec;
    struct mcv_key_period period;
    struct mcv_kpak kpak;
    struct mcv_sakke_public *pub;
    void *mem;
    size_t mem_bytes;
};

struct mcv_store_set {
    const Mcv__StoredKeySet *rec;
    const struct mcv_store_cert *cert;
    struct mcv_uid uid;
    struct mcv_eccsi_key eccsi;
    struct mcv_sakke_key *sakke;
    void *mem;
    size_t mem_bytes;
};

struct mcv_store_keys {
    unsigned holders;
    bool lock;
    enum mcv_sakke_tables tables;
    struct mcv_arena arena;
    Mcv__StoreFile *file; /* what is or will be on disk */
    struct mcv_store_cert certs[MCV_STORE_MAX_CERTS];
    size_t n_certs;
    struct mcv_store_set sets[MCV_STORE_MAX_KEY_SETS];
    size_t n_sets;
    /* the same in the form of the agent: see mcv_store_keys_view */
    struct mcv_imsg_kms view_kms[MCV_STORE_MAX_CERTS];
    struct mcv_imsg_own view_own[MCV_STORE_MAX_KEY_SETS];
    struct mcv_gmk gmks[MCV_STORE_MAX_GMKS];
    struct mcv_keyring_gmk view_gmks[MCV_STORE_MAX_GMKS];
    struct mcv_keyring ring;
};

/* Unpacks a store file (an empty one makes an empty set for this user), installs nothing.
 * out  one holder; NULL unless MCV_OK.
 * MCV_E_MALFORMED, MCV_E_UNSUPPORTED: not a store file. MCV_E_CONFIG: of another user, or the
 * memory cannot be locked. */
MCV_MUST_USE mcv_err mcv_store_keys_new(struct mcv_store_keys **out, struct mcv_bytes packed,
                                        const struct mcv_store_options *options,
                                        struct mcv_why *why);

/* Validates every certificate and key set of the file, and makes them usable.
 * MCV_E_MALFORMED, MCV_E_AUTH: which one does not validate stands in why. */
MCV_MUST_USE mcv_err mcv_store_keys_install(struct mcv_store_keys *keys, struct mcv_why *why);

/* Makes `ring` say what the file and the installed keys say; after install, and after group keys
 * were added. MCV_E_MALFORMED: a group key of another size. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_store_keys_view(struct mcv_store_keys *keys);

void mcv_store_keys_free(struct mcv_store_keys *keys);

/* The record of this KMS; NULL: none. */
Mcv__StoredCert *mcv_store_find_cert(const Mcv__StoreFile *file, const char *kms_uri);
const Mcv__StoredCert *mcv_store_home(const Mcv__StoreFile *file);

#endif
