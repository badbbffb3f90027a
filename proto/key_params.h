/* The key parameters of an I_MESSAGE, and the protected payload that carries them.
 *
 * Spec: TS 33.180 E.6 (key parameters), 8.5.4 (MCData protected payload), F.1.5 (DPCK).
 * The cipher is AEAD_AES_128_GCM with a 16-octet IV; other algorithms are refused. No state. */
#ifndef MCV_PROTO_KEY_PARAMS_H
#define MCV_PROTO_KEY_PARAMS_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"
#include "crypto/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_KEY_PARAMS_MAX_GROUPS 16
#define MCV_KEY_PARAMS_MAX_BYTES  2048 /* of the content, decrypted */
#define MCV_KEY_PARAMS_GROUP_IEI  0x7b /* MCData group ID. Spec: TS 24.282 15.2.14 */

/* Status. Spec: TS 33.180 E.6.9. */
#define MCV_KEY_STATUS_VALID   0x00000001u /* clear: revoked */
#define MCV_KEY_STATUS_GATEWAY 0x00000002u /* shared with a security gateway */

#define MCV_PAYLOAD_HEAD_BYTES 32 /* message type .. DPPK-ID: authenticated, not encrypted */
#define MCV_PAYLOAD_IV_BYTES   16

/* Texts are borrowed. */
struct mcv_key_params {
    enum mcv_key_type type;
    uint32_t status;
    uint64_t activation_s; /* Unix seconds, 40 bits; 0: from the time in T on */
    uint64_t expiry_s;     /* 0: never */
    struct mcv_bytes text; /* a name of the key for people; may be empty */
    size_t n_groups;
    struct mcv_bytes groups[MCV_KEY_PARAMS_MAX_GROUPS]; /* group identities */
};

static inline bool mcv_key_params_is_revoked(const struct mcv_key_params *p)
{
    return (p->status & MCV_KEY_STATUS_VALID) == 0;
}

/* The content in clear. The group list is left out when there is no group and the type is not
 * one that belongs to groups. What does not fit is MCV_E_SPACE or MCV_E_MALFORMED in w. */
void mcv_key_params_encode(struct mcv_writer *w, const struct mcv_key_params *p);

/* out  zero unless MCV_OK; borrows from in. Octets after the known fields are ignored.
 * MCV_E_TRUNCATED, MCV_E_MALFORMED: not key parameters. MCV_E_UNSUPPORTED: key type not known.
 * MCV_E_FULL: more than MCV_KEY_PARAMS_MAX_GROUPS groups. */
MCV_MUST_USE mcv_err mcv_key_params_decode(struct mcv_key_params *out, struct mcv_bytes in);

/* The protected payload around it, as it stands. Borrowed from in. */
struct mcv_protected_payload {
    uint64_t date_s;         /* Unix seconds; not judged */
    uint32_t payload_id;     /* ignored in an I_MESSAGE */
    uint8_t sequence_no;     /* ignored in an I_MESSAGE */
    const uint8_t *iv;       /* MCV_PAYLOAD_IV_BYTES */
    uint32_t dppk_id;        /* which key */
    struct mcv_bytes head;   /* what is authenticated besides: MCV_PAYLOAD_HEAD_BYTES */
    struct mcv_bytes sealed; /* ciphertext | tag(16) */
};

/* out  zero unless MCV_OK.
 * MCV_E_TRUNCATED, MCV_E_MALFORMED. MCV_E_UNSUPPORTED: not an encrypted DATA PAYLOAD, or
 * another algorithm. */
MCV_MUST_USE mcv_err mcv_protected_payload_decode(struct mcv_protected_payload *out,
                                                  struct mcv_bytes in);

/* Writes the whole protected payload with the key parameters inside.
 * dppk  16 octets: the key that the I_MESSAGE carries (its field b).
 * iv    MCV_PAYLOAD_IV_BYTES random octets. date_s: when it is made, Unix seconds.
 * Errors go to w: MCV_E_SPACE, MCV_E_MALFORMED, MCV_E_CRYPTO. */
void mcv_key_params_seal(struct mcv_writer *w, const struct mcv_key_params *p,
                         const uint8_t dppk[static MCV_KEY_BYTES], uint32_t dppk_id,
                         const uint8_t iv[static MCV_PAYLOAD_IV_BYTES], int64_t date_s);

/* Decrypts and authenticates it.
 * plain, *plain_n  out, MCV_KEY_PARAMS_MAX_BYTES of room: the content that decodes; zero unless
 *                  MCV_OK. The caller wipes it.
 * sealed           peer bytes: the data of the extension.
 * MCV_E_TRUNCATED, MCV_E_MALFORMED, MCV_E_UNSUPPORTED, MCV_E_FULL as above.
 * MCV_E_UNKNOWN_KEY: DPPK-ID is not dppk_id. MCV_E_AUTH: the tag differs. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_key_params_open(uint8_t plain[static MCV_KEY_PARAMS_MAX_BYTES],
                                         size_t *plain_n, struct mcv_bytes sealed,
                                         const uint8_t dppk[static MCV_KEY_BYTES],
                                         uint32_t dppk_id);

#endif
