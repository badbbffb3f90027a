/* Key derivation: the generic KDF of 3GPP, the MIKEY PRF and the SRTP PRF.
 *
 * Spec: TS 33.220 Annex B; TS 33.180 F.1; RFC 3830 4.1, RFC 6043 6.1; RFC 3711 4.3.
 * No state between calls. Every function can return MCV_E_CRYPTO (OpenSSL
 * failed: out of memory); its outputs are zero unless MCV_OK. The caller wipes
 * what it receives. */
#ifndef MCV_CRYPTO_KDF_H
#define MCV_CRYPTO_KDF_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/keys.h"

#include <stddef.h>
#include <stdint.h>

/* FC of TS 33.180 F.1. */
enum mcv_kdf_fc {
    MCV_KDF_USER_SALT = 0x50,           /* F.1.3 */
    MCV_KDF_XML_CONFIDENTIALITY = 0x51, /* F.1.4 */
    MCV_KDF_XML_INTEGRITY = 0x52,       /* F.1.4 */
    MCV_KDF_PAYLOAD_CIPHER = 0x53,      /* F.1.5 */
};

MCV_SECRET(kdf_output, 32)
MCV_SECRET(xml_key, MCV_KEY_BYTES)

/* HMAC-SHA-256( key, FC | P0 | L0 | P1 | L1 ... ). Spec: TS 33.220 B.2.
 * key     16 octets: a GMK, CSK, SPK or DPPK (its field b).
 * params  n_params <= 4, each at most 65535 octets (MCV_ASSERT). */
MCV_MUST_USE mcv_err mcv_kdf_3gpp(struct mcv_kdf_output *out,
                                  const uint8_t key[static MCV_KEY_BYTES], enum mcv_kdf_fc fc,
                                  const struct mcv_bytes *params, size_t n_params);

/* Payload cipher key: the last 16 octets of KDF(DPPK, 0x53, DPPK-ID). Spec: TS 33.180 F.1.5.
 * dppk  a PCK, GMK, CSK or SPK (its field b). */
MCV_MUST_USE mcv_err mcv_kdf_dpck(struct mcv_dpck *out, const uint8_t dppk[static MCV_KEY_BYTES],
                                  uint32_t dppk_id);

/* XML protection key (fc 0x51 or 0x52) of a 128-bit XPK. Spec: TS 33.180 F.1.4.
 * user  MC service user identifier. */
MCV_MUST_USE mcv_err mcv_kdf_xml_key(struct mcv_xml_key *out,
                                     const uint8_t xpk[static MCV_KEY_BYTES], enum mcv_kdf_fc fc,
                                     struct mcv_bytes user, uint32_t xpk_id);

/* PRF-HMAC-SHA-256(inkey, label), its first n octets. Spec: RFC 3830 4.1.2, RFC 6043 6.1.
 * inkey  1 .. 32 octets: one block (MCV_ASSERT; no MCX key is longer). */
MCV_MUST_USE mcv_err mcv_kdf_mikey(uint8_t *out, size_t n, struct mcv_bytes inkey,
                                   struct mcv_bytes label);

/* SRTP master key and salt of one sender. */
struct mcv_srtp_master {
    struct mcv_srtp_master_key key;
    struct mcv_srtp_master_salt salt;
};

void mcv_srtp_master_wipe(struct mcv_srtp_master *master);

/* Spec: RFC 3830 4.1.3; TS 33.180 7.4.1, 7.4.2. About 5 us.
 * tgk     16 octets: the PCK, GMK, CSK or MuSiK (its field b).
 * cs_id   see mcv_cs_id_of in crypto/key_table.h.
 * csb_id  PCK-ID, or for group media the sender's own GUK-ID.
 * rand    RAND of the I_MESSAGE that carried the key, all of it: 16 .. 255 octets (MCV_ASSERT). */
MCV_MUST_USE mcv_err mcv_kdf_srtp_master(struct mcv_srtp_master *out,
                                         const uint8_t tgk[static MCV_KEY_BYTES], uint8_t cs_id,
                                         uint32_t csb_id, struct mcv_bytes rand);

#define MCV_KDF_CM_SALT_BYTES 14 /* a 12-octet salt is followed by two zero octets */

/* AES-CM PRF of SRTP, key derivation rate 0. Spec: RFC 3711 4.3.3.
 * n <= 1024 octets of key stream. */
MCV_MUST_USE mcv_err mcv_kdf_aes_cm(uint8_t *out, size_t n,
                                    const uint8_t master_key[static MCV_KEY_BYTES],
                                    const uint8_t salt[static MCV_KDF_CM_SALT_BYTES],
                                    uint8_t label);

MCV_SECRET(srtp_session_key, MCV_KEY_BYTES)
MCV_SECRET(srtp_session_salt, MCV_SALT_BYTES)

/* Session keys of AEAD_AES_128_GCM. */
struct mcv_srtp_session {
    struct mcv_srtp_session_key rtp_key;    /* label 00 */
    struct mcv_srtp_session_salt rtp_salt;  /* label 02 */
    struct mcv_srtp_session_key rtcp_key;   /* label 03 */
    struct mcv_srtp_session_salt rtcp_salt; /* label 05 */
};

void mcv_srtp_session_wipe(struct mcv_srtp_session *session);

/* Spec: RFC 3711 4.3, RFC 7714 11 and 12. About 3 us. */
MCV_MUST_USE mcv_err mcv_kdf_srtp_session(struct mcv_srtp_session *out,
                                          const struct mcv_srtp_master *master);

#endif
