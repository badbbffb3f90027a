/* MIKEY messages of the type "SAKKE msg": payloads, read and written.
 *
 * Spec: RFC 3830 6, RFC 4563 (empty map), RFC 6043 6 (GENERIC-ID, IDR), RFC 6309 and RFC 4771
 * (security policies), RFC 6509 4.2 (SAKKE), TS 33.180 E.1 to E.7 (roles 8 and 9, extensions).
 * Nothing here is secret and nothing is cryptography: see proto/mikey_sakke.h.
 * Not done here: which payloads a profile demands, all other data types, PRFs, signatures and
 * identifier schemes than those of TS 33.180 (MCV_E_UNSUPPORTED).
 * No state between calls. Integers are big endian; lengths are octets. */
#ifndef MCV_PROTO_MIKEY_H
#define MCV_PROTO_MIKEY_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_MIKEY_MAX_BYTES     4096 /* of a message */
#define MCV_MIKEY_MAX_CS        16   /* crypto sessions in a CS ID map */
#define MCV_MIKEY_MAX_POLICIES  4    /* of one crypto session */
#define MCV_MIKEY_MAX_SP        8    /* SP payloads in a message */
#define MCV_MIKEY_MAX_EXT       8    /* General Extension payloads in a message */
#define MCV_MIKEY_SIGN_BYTES    129  /* an ECCSI signature. Spec: RFC 6507 5.2.1 */
#define MCV_MIKEY_SED_BYTES     273  /* what we send */
#define MCV_MIKEY_SED_MIN_BYTES 258  /* what senders that drop zero octets may send */
#define MCV_MIKEY_RAND_BYTES    16   /* what we send, and the least that is accepted */

/* Next payload. Spec: RFC 3830 6.1, RFC 6043 6, RFC 6509 4. */
enum mcv_mikey_payload {
    MCV_MIKEY_LAST = 0,
    MCV_MIKEY_SIGN = 4,
    MCV_MIKEY_T = 5,
    MCV_MIKEY_SP = 10,
    MCV_MIKEY_RAND = 11,
    MCV_MIKEY_IDR = 14,
    MCV_MIKEY_EXT = 21,
    MCV_MIKEY_SAKKE = 26,
};

/* CS ID map type. Spec: RFC 3830 6.1.1, RFC 4563 3, RFC 6043 6.1.1. */
enum mcv_mikey_map { MCV_MAP_SRTP_ID = 0, MCV_MAP_EMPTY = 1, MCV_MAP_GENERIC_ID = 2 };

/* ID role. Spec: RFC 6043 6.6, RFC 6509 4.4, TS 33.180 E.7. */
enum mcv_mikey_role {
    MCV_ROLE_INITIATOR = 1,
    MCV_ROLE_RESPONDER = 2,
    MCV_ROLE_KMS = 3,
    MCV_ROLE_PSK = 4,
    MCV_ROLE_APPLICATION = 5,
    MCV_ROLE_INITIATOR_KMS = 6,
    MCV_ROLE_RESPONDER_KMS = 7,
    MCV_ROLE_INITIATOR_UID = 8, /* the UID in place of the identity */
    MCV_ROLE_RESPONDER_UID = 9,
    MCV_N_ROLES,
};

enum mcv_mikey_id_type { MCV_ID_NAI = 0, MCV_ID_URI = 1, MCV_ID_BYTES = 2 };

/* General Extension type. Spec: RFC 3830 6.15, RFC 4563, TS 33.180 E.5 and E.6.1. */
enum mcv_mikey_ext_type {
    MCV_EXT_VENDOR = 0,
    MCV_EXT_SDP_IDS = 1,
    MCV_EXT_KEY_ID = 3,
    MCV_EXT_SAKKE_TO_SELF = 6,
    MCV_EXT_KEY_PARAMS = 7,
};

/* One crypto session of the map. */
struct mcv_mikey_cs {
    uint8_t cs_id;      /* SRTP-ID: counted from 1, not on the wire */
    uint8_t prot_type;  /* 0: SRTP */
    bool has_roc;       /* S flag: entries of `session` carry ROC and SEQ */
    uint8_t n_policies; /* SRTP-ID: 1 */
    uint8_t policies[MCV_MIKEY_MAX_POLICIES];
    uint32_t ssrc, roc;       /* SRTP-ID only */
    struct mcv_bytes session; /* GENERIC-ID: SSRC(4), and with S ROC(4) and SEQ(2), each entry */
    struct mcv_bytes spi;     /* GENERIC-ID: the MKI */
};

/* An identity; data.n 0: not in the message. */
struct mcv_mikey_id {
    uint8_t type;
    struct mcv_bytes data;
};

/* Security policy; what the parameters mean: mcv_mikey_profile_of. */
struct mcv_mikey_sp {
    uint8_t policy_no;
    struct mcv_bytes params; /* type(1) length(1) value, each; bounds were checked */
};

struct mcv_mikey_ext {
    uint8_t type;
    struct mcv_bytes data;
};

/* A message. Everything of the type mcv_bytes is borrowed from the octets that were decoded,
 * or from the caller when it is encoded. */
struct mcv_mikey_msg {
    bool wants_response; /* V flag: ignored on receipt, there is no response to these messages */
    uint32_t csb_id;
    enum mcv_mikey_map map;
    size_t n_cs;
    struct mcv_mikey_cs cs[MCV_MIKEY_MAX_CS];
    bool has_t;
    uint64_t t;            /* NTP-UTC: seconds since 1900 of this era, 32-bit fraction */
    struct mcv_bytes rand; /* n 0: not in the message */
    struct mcv_mikey_id ids[MCV_N_ROLES]; /* by role; [0] is not used */
    size_t n_sp;
    struct mcv_mikey_sp sp[MCV_MIKEY_MAX_SP];
    struct mcv_bytes sed; /* of the SAKKE payload; n 0: not in the message */
    size_t n_ext;
    struct mcv_mikey_ext ext[MCV_MIKEY_MAX_EXT];
    struct mcv_bytes signature; /* MCV_MIKEY_SIGN_BYTES */
    struct mcv_bytes covered;   /* decoded only: what is signed, HDR up to the length of SIGN */
};

/* Reads a message. Spec: RFC 3830 5.4, RFC 6509 2.2. HDR is first and SIGN last, the payloads
 * between them may come in any order. Unknown extensions are kept.
 * out  zero unless MCV_OK; borrows from in.
 * MCV_E_TRUNCATED: a payload goes beyond the end. MCV_E_MALFORMED: octets after SIGN, no SIGN, a
 * payload, role, session or policy twice, a length out of range, above MCV_MIKEY_MAX_BYTES, more
 * items than fit. MCV_E_UNSUPPORTED: version, data type, PRF, map, payload, role, timestamp,
 * policy, SAKKE or signature of another kind than TS 33.180 uses. */
MCV_MUST_USE mcv_err mcv_mikey_decode(struct mcv_mikey_msg *out, struct mcv_bytes in);

/* Writes everything up to the length field of SIGN, in the order of TS 33.180 E.1.2: what is
 * signed. The signature itself comes after it (mcv_wr_bytes). `signature` and `covered` are not
 * read. What does not fit in its length field, or a message that decode would refuse because
 * something is there too often or too long, is MCV_E_MALFORMED in the writer. */
void mcv_mikey_encode(struct mcv_writer *w, const struct mcv_mikey_msg *m);

/* The first extension of this type; NULL: none. */
const struct mcv_mikey_ext *mcv_mikey_find_ext(const struct mcv_mikey_msg *m,
                                               enum mcv_mikey_ext_type type);

/* The SED of a SAKKE payload inside a SAKKE-to-self extension, and its mirror.
 * Spec: TS 33.180 E.5. Errors as mcv_mikey_decode; *sed is empty unless MCV_OK. */
MCV_MUST_USE mcv_err mcv_mikey_to_self_decode(struct mcv_bytes *sed, struct mcv_bytes ext_data);
void mcv_mikey_to_self_encode(struct mcv_writer *w, struct mcv_bytes sed);

/* What a security policy says, as far as TS 33.180 leaves a choice: always AES-128-GCM with a
 * 12-octet salt and a 16-octet tag, encryption on, key derivation rate 0. */
struct mcv_mikey_profile {
    uint16_t roc_rate; /* RCCm3: the ROC goes with every roc_rate-th packet; 0: never */
};

#define MCV_PROFILE_PRIVATE ((struct mcv_mikey_profile){.roc_rate = 0}) /* TS 33.180 E.3.2 */
#define MCV_PROFILE_GROUP   ((struct mcv_mikey_profile){.roc_rate = 1}) /* TS 33.180 E.2.2 */

/* Judges the parameters of an SP payload. Unknown types are ignored.
 * MCV_E_UNSUPPORTED: a known type with a value that is not ours, or twice; do not use the key.
 * MCV_E_TRUNCATED: not parameters. */
MCV_MUST_USE mcv_err mcv_mikey_profile_of(struct mcv_mikey_profile *out, struct mcv_bytes params);

/* The parameters that say this profile; static. roc_rate 0 or 1 (MCV_ASSERT). */
struct mcv_bytes mcv_mikey_params_of(struct mcv_mikey_profile profile);

/* The profile of one crypto session: by the CS ID map; without an entry there, or with the empty
 * map and no SP, `fallback`; with the empty map and one SP, that one.
 * MCV_E_MALFORMED: the policy is not in the message, or with the empty map one of several.
 * MCV_E_UNSUPPORTED: see profile_of; not an SRTP session. */
MCV_MUST_USE mcv_err mcv_mikey_profile_for(struct mcv_mikey_profile *out,
                                           const struct mcv_mikey_msg *m, uint8_t cs_id,
                                           struct mcv_mikey_profile fallback);

#endif
