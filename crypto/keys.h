/* The keys of the 3GPP security architecture as C types, and their identifiers.
 *
 * Spec: TS 33.180 5.2.2, E.1.1, Annex G. Every symmetric key has 16 octets.
 * A key identifier has 32 bits: a 4-bit purpose tag, most significant, and 28
 * bits that are random unless a clause says otherwise.
 * Not done here: storage, activation and expiry times. */
#ifndef MCV_CRYPTO_KEYS_H
#define MCV_CRYPTO_KEYS_H

#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/base/secret.h"

#include <stdbool.h>
#include <stdint.h>

#define MCV_KEY_BYTES      16
#define MCV_SALT_BYTES     12          /* of AEAD_AES_128_GCM. Spec: RFC 7714 12 */
#define MCV_KEY_ID_MASK    0x0fffffffu /* the 28 bits below the purpose tag */
#define MCV_RAND_MIN_BYTES 16          /* MIKEY RAND payload. Spec: RFC 3830 6.11 */
#define MCV_RAND_MAX_BYTES 255
#define MCV_NO_KEY_ID      0xffffffffu /* tag 15 is not defined: no key has this identifier */

MCV_SECRET(gmk, MCV_KEY_BYTES)   /* group master key */
MCV_SECRET(pck, MCV_KEY_BYTES)   /* private call key */
MCV_SECRET(csk, MCV_KEY_BYTES)   /* client-server key */
MCV_SECRET(spk, MCV_KEY_BYTES)   /* signalling protection key, between servers */
MCV_SECRET(mkfc, MCV_KEY_BYTES)  /* multicast key for floor control */
MCV_SECRET(mscck, MCV_KEY_BYTES) /* MBMS subchannel control key */
MCV_SECRET(musik, MCV_KEY_BYTES) /* multicast signalling key */

MCV_SECRET(dpck, MCV_KEY_BYTES) /* payload cipher key. Spec: TS 33.180 F.1.5 */

MCV_SECRET(srtp_master_key, MCV_KEY_BYTES)
MCV_SECRET(srtp_master_salt, MCV_SALT_BYTES)

/* Purpose tag of a key identifier, and the key type octet of the key parameters.
 * Spec: TS 33.180 Annex G, E.6.11. Tags 7 .. 15 are not defined. */
enum mcv_key_type {
    MCV_KEY_GMK = 0,
    MCV_KEY_PCK = 1,
    MCV_KEY_CSK = 2,
    MCV_KEY_SPK = 3,
    MCV_KEY_MKFC = 4,
    MCV_KEY_MSCCK = 5,
    MCV_KEY_MUSIK = 6,
    MCV_N_KEY_TYPES,
    MCV_KEY_NONE = MCV_N_KEY_TYPES,
};

/* "GMK"; static; "none" for MCV_KEY_NONE and anything beyond. */
const char *mcv_key_type_name(enum mcv_key_type type);

/* The purpose of a key identifier; MCV_KEY_NONE for an undefined tag. */
static inline enum mcv_key_type mcv_key_id_type(uint32_t key_id)
{
    const uint32_t tag = key_id >> 28;

    return tag < MCV_N_KEY_TYPES ? (enum mcv_key_type)tag : MCV_KEY_NONE;
}

/* tag | low 28 bits of `value`. */
static inline uint32_t mcv_key_id_of(enum mcv_key_type type, uint32_t value)
{
    return (uint32_t)type << 28 | (value & MCV_KEY_ID_MASK);
}

/* A key identifier with 28 random bits. Spec: TS 33.180 5.2.2.
 * MCV_E_CRYPTO: the generator failed; *key_id is MCV_NO_KEY_ID. */
MCV_MUST_USE mcv_err mcv_key_id_make(uint32_t *key_id, enum mcv_key_type type,
                                     const struct mcv_rng *rng);

/* MIKEY-SAKKE UID of a user in one key period: public. Spec: TS 33.180 F.2.1. See crypto/uid.h. */
struct mcv_uid {
    uint8_t b[32];
};

#endif
