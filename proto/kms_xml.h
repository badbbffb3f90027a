/* KMS documents: KmsInit, KmsKeyProv and KmsCertCache, read and written through libxml2.
 *
 * Spec: TS 33.180 Annex D (D.3), namespace urn:3gpp:ns:mcsecKMSInterface:1.0.
 * Read as the root element, or inside KmsResponse or SignedKmsResponse / KmsMessage; written as
 * the root element. Elements of other namespaces are ignored. Keys are read in plain form
 * (KeyContentType) only.
 * Not done here: signatures of documents (the sealed bundle authenticates them), encrypted keys
 * (EncKeyContentType: MCV_E_UNSUPPORTED), NewTransportKey and NewIntegrityKey (ignored), and the
 * checks of a certificate or key set against time, role, curve and identity.
 *
 * A document with a DOCTYPE, above MCV_KMS_XML_MAX_BYTES, or with a field twice is refused.
 * libxml2 allocates; its memory is wiped when it is freed, because of the keys in it (the
 * allocator of libxml2 is set once, for the whole process). Threads may call at the same time.
 *
 * `what`, where there is one, is out and may be NULL: the element that is wrong or missing; static,
 * "document" when it is none in particular; NULL on success. */
#ifndef MCV_PROTO_KMS_XML_H
#define MCV_PROTO_KMS_XML_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"
#include "crypto/eccsi.h"
#include "crypto/sakke.h"
#include "crypto/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_KMS_XML_MAX_BYTES (1u << 20)
#define MCV_KMS_URI_BYTES     256 /* of a URI here, terminator included */
#define MCV_KMS_MAX_DOMAINS   8

/* KmsCertificate. Instants are Unix seconds; 0: the document has no such bound. */
struct mcv_kms_cert {
    char kms_uri[MCV_KMS_URI_BYTES];
    bool is_external; /* Role "External"; otherwise "Root" */
    bool is_revoked;
    int64_t valid_from_s, valid_to_s;
    struct mcv_key_period period; /* as it stands: not judged */
    struct mcv_sakke_z z;         /* PubEncKey: not judged */
    struct mcv_kpak kpak;         /* PubAuthKey: not judged */
    size_t n_domains;
    char domains[MCV_KMS_MAX_DOMAINS][MCV_KMS_URI_BYTES];
};

/* KmsKeySet, plain keys. Secret: wipe it. */
struct mcv_kms_key_set {
    char kms_uri[MCV_KMS_URI_BYTES];
    char user_uri[MCV_KMS_URI_BYTES];
    struct mcv_uid uid; /* UserID, base64 or hex; recompute and compare it */
    bool is_revoked;
    int64_t valid_from_s, valid_to_s;
    uint64_t period_no;
    struct mcv_rsk rsk; /* UserDecryptKey */
    struct mcv_ssk ssk; /* UserSigningKeySSK */
    struct mcv_pvt pvt; /* UserPubTokenPVT */
};

void mcv_kms_key_set_wipe(struct mcv_kms_key_set *set);

/* Reads KmsInit.
 * out  zero unless MCV_OK.
 * MCV_E_MALFORMED: not well formed, or a field missing, twice, too long or not of its type.
 * MCV_E_UNSUPPORTED: another document, UserIdFormat other than 2, ParameterSet other than 1.
 * MCV_E_CRYPTO: libxml2 has no memory. The same below. */
MCV_MUST_USE mcv_err mcv_kms_init_decode(struct mcv_kms_cert *out, const char **what,
                                         struct mcv_bytes xml);

/* Reads KmsCertCache.
 * out  cap certificates; *n of them are set, 0 unless MCV_OK. MCV_E_FULL: there are more.
 * cache_num  out, may be NULL. */
MCV_MUST_USE mcv_err mcv_kms_cert_cache_decode(struct mcv_kms_cert *out, size_t cap, size_t *n,
                                               uint64_t *cache_num, const char **what,
                                               struct mcv_bytes xml);

/* Reads KmsKeyProv.
 * out  cap key sets, *n of them set; all are zero and *n is 0 unless MCV_OK. MCV_E_FULL: there
 *      are more. MCV_E_UNSUPPORTED: also when a key is encrypted. */
MCV_MUST_USE mcv_err mcv_kms_key_prov_decode(struct mcv_kms_key_set *out, size_t cap, size_t *n,
                                             const char **what, struct mcv_bytes xml);

/* Write the documents. Errors go to the writer: MCV_E_SPACE, MCV_E_CRYPTO (no memory),
 * MCV_E_MALFORMED (a URI that XML cannot carry). */
void mcv_kms_init_encode(struct mcv_writer *w, const struct mcv_kms_cert *cert);
void mcv_kms_cert_cache_encode(struct mcv_writer *w, const struct mcv_kms_cert *certs, size_t n,
                               uint64_t cache_num);
void mcv_kms_key_prov_encode(struct mcv_writer *w, const struct mcv_kms_key_set *sets, size_t n);

#endif
