/* SRTP and SRTCP with AEAD_AES_128_GCM, an MKI on every packet and RCCm3.
 *
 * Spec: RFC 3711, RFC 7714, RFC 4771 (mode 3); TS 33.180 7.4, 7.5.
 *   SRTP   header | ciphertext | tag(16) | MKI(4 or 8) | ROC(4, with RCCm3)
 *   SRTCP  8 octets | ciphertext | tag(16) | E, index(4) | MKI(4 or 8)
 * RTP is parsed by the caller, once: header length, SSRC and SEQ are arguments.
 * Input and output never overlap. Key derivation rate 0. Not done: other ciphers,
 * SRTCP without encryption (E = 0 is refused).
 * The objects hold keys: wipe them. One thread per object. Times are for one
 * packet on a known stream: about 0.3 us + 0.2 ns per octet; see tests/bench. */
#ifndef MCV_CRYPTO_SRTP_H
#define MCV_CRYPTO_SRTP_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/kdf.h"
#include "crypto/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_SRTP_TAG_BYTES          16
#define MCV_SRTP_ROC_BYTES          4
#define MCV_SRTP_INDEX_BYTES        4
#define MCV_SRTP_MKI_PRIVATE_BYTES  4  /* PCK-ID */
#define MCV_SRTP_MKI_GROUP_BYTES    8  /* GMK-ID | GUK-ID of the sender */
#define MCV_SRTP_MAX_OVERHEAD_BYTES 28 /* what seal adds at most: tag, group MKI, ROC or index */
#define MCV_SRTP_WINDOW_PKTS        128 /* replay window of SRTP and of SRTCP. Spec: RFC 3711 3.3.2 */

/* ---- Back-ends: two implementations of the packet transform behind one interface ---- */

struct mcv_srtp_backend;

/* "openssl" or, when built with MCV_LIBSRTP2, "libsrtp2". Call it before the threads start.
 * *out  static; NULL unless MCV_OK. The first call for libsrtp2 starts that library: about 24 ms.
 * MCV_E_NOT_FOUND: no such back-end in this build. MCV_E_CRYPTO: the library did not start. */
MCV_MUST_USE mcv_err mcv_srtp_backend_find(const struct mcv_srtp_backend **out, const char *name);

const char *mcv_srtp_backend_name(const struct mcv_srtp_backend *backend);

/* mcv_user_salt (crypto/uid.h), as this back-end has it: one that plays a record back without keys
 * knows salts from the record. Errors as there. */
MCV_MUST_USE mcv_err mcv_srtp_user_salt(const struct mcv_srtp_backend *backend, uint32_t *salt,
                                        uint32_t gmk_id, const struct mcv_gmk *gmk,
                                        struct mcv_bytes user);

/* ---- What both directions share ---- */

/* The key identifiers of a packet. Spec: TS 33.180 7.4.1, 7.4.2. */
struct mcv_srtp_mki {
    uint32_t key_id; /* PCK-ID or GMK-ID */
    uint32_t guk_id; /* of the sender; 0 in a private call */
    uint8_t n_bytes; /* 4: private, 8: group */
};

static inline struct mcv_srtp_mki mcv_srtp_mki_private(uint32_t pck_id)
{
    return (struct mcv_srtp_mki){.key_id = pck_id, .n_bytes = MCV_SRTP_MKI_PRIVATE_BYTES};
}

static inline struct mcv_srtp_mki mcv_srtp_mki_group(uint32_t gmk_id, uint32_t guk_id)
{
    return (struct mcv_srtp_mki){
        .key_id = gmk_id, .guk_id = guk_id, .n_bytes = MCV_SRTP_MKI_GROUP_BYTES};
}

/* RCCm3: packets whose SEQ is a multiple of `roc_every` (R) carry the ROC. Spec: RFC 4771 3.
 * Group keys 1, private calls 0 (none) unless the key message says otherwise. */
#define MCV_SRTP_ROC_NONE  0
#define MCV_SRTP_ROC_GROUP 1

/* One RTP or SRTP packet, parsed by the caller. */
struct mcv_srtp_packet {
    struct mcv_bytes bytes; /* borrowed for the call */
    size_t header_bytes;    /* fixed header, CSRC list and extension: 12 .. bytes.n */
    uint32_t ssrc;
    uint16_t seq;
    const uint8_t *header; /* for sealing: header_bytes in place of those in bytes, also where the
                            * output begins; NULL: those in bytes */
};

/* State of the packet transform under one master key; fields are the back-end's. */
struct mcv_srtp_cipher {
    const struct mcv_srtp_backend *backend; /* NULL: nothing to wipe */
    void *rtp;                              /* library contexts, made when first needed */
    void *rtcp;
    struct mcv_srtp_mki mki;
    bool is_sender;
    struct mcv_srtp_session session; /* the salts; a key only until its context exists */
    struct mcv_srtp_master master;   /* only where the back-end derives by itself */
};

/* ---- Sender: one object per own stream ---- */

/* One (master key, SSRC). Audio RTP, its RTCP and the control messages of that SSRC share the
 * object, and so the one SRTCP index. Fields are private. */
struct mcv_srtp_tx {
    struct mcv_srtp_cipher cipher;
    uint64_t next_index; /* lowest 48-bit RTP index not used */
    uint32_t next_rtcp_index;
    uint32_t ssrc;
    uint16_t roc_every;
    bool has_sent; /* an RTP packet */
};

struct mcv_srtp_tx_params {
    const struct mcv_srtp_master *master; /* of this sender; not retained outside the object */
    struct mcv_srtp_mki mki;
    uint32_t ssrc;      /* never used before under this master key: see crypto/ssrc_record.h */
    uint16_t roc_every; /* MCV_SRTP_ROC_... */
};

/* ROC 0, first SRTCP index 1. Wipe it after use, whatever this returns.
 * MCV_E_CRYPTO: the library failed. */
MCV_MUST_USE mcv_err mcv_srtp_tx_init(struct mcv_srtp_tx *tx,
                                      const struct mcv_srtp_backend *backend,
                                      const struct mcv_srtp_tx_params *params);

/* Also for an object of zeros. */
void mcv_srtp_tx_wipe(struct mcv_srtp_tx *tx);

/* The stream of `before` goes on with the key of tx, which has sent nothing: a change of keys does
 * not start ROC and SRTCP index anew. Same SSRC (MCV_ASSERT). Spec: RFC 3711 3.3.1, 3.4. */
void mcv_srtp_tx_continue(struct mcv_srtp_tx *tx, const struct mcv_srtp_tx *before);

/* Protects one RTP packet. The index (ROC, SEQ) must rise from call to call: a SEQ that is not
 * after the last one (in the shorter way round) is refused, so no nonce is used twice.
 * out     caller's memory, cap >= bytes.n + MCV_SRTP_MAX_OVERHEAD_BYTES is always enough.
 * sealed  what was written; empty unless MCV_OK.
 * MCV_E_SPACE: cap too small. MCV_E_REPLAY: not after the last SEQ. MCV_E_EXPIRED: 2^48 packets,
 * take a new key. MCV_E_MISUSE: header length or SSRC is not this stream's. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_srtp_tx_seal(struct mcv_srtp_tx *tx, struct mcv_bytes *sealed,
                                      uint8_t *out, size_t cap,
                                      const struct mcv_srtp_packet *packet);

/* Protects one RTCP packet (compound or APP) whose first SSRC is this stream's. A control message
 * goes alone into its datagram. Errors as above; MCV_E_EXPIRED: 2^31 packets. MCV_E_MISUSE: shorter
 * than 8 octets or another SSRC. */
MCV_MUST_USE mcv_err mcv_srtp_tx_seal_rtcp(struct mcv_srtp_tx *tx, struct mcv_bytes *sealed,
                                           uint8_t *out, size_t cap, struct mcv_bytes rtcp);

/* ---- Receiver: one object per call, in the caller's memory ---- */

/* Known keys, senders and streams. A sender is one (key, GUK-ID), a stream one (MKI, SSRC). A sender
 * costs about 0.2 kB here and 1.2 kB of OpenSSL's per direction of use (SRTP, SRTCP), made when first
 * needed; a stream about 0.1 kB. */
struct mcv_srtp_rx;

struct mcv_srtp_rx_limits {
    uint16_t n_keys;
    uint16_t n_senders;
    uint16_t n_streams;
};

struct mcv_srtp_past; /* crypto/srtp_past.h */

struct mcv_srtp_rx_params {
    const struct mcv_srtp_backend *backend;
    struct mcv_srtp_past
        *past; /* of receivers with the same keys; NULL: their keys are of one call */
    struct mcv_srtp_rx_limits limits; /* each > 0 */
    uint8_t mki_bytes;                /* 4: private call, 8: group call */
};

size_t mcv_srtp_rx_size(const struct mcv_srtp_rx_limits *limits);

/* mem  mcv_srtp_rx_size octets, aligned as malloc does; the caller keeps and frees it after wipe.
 * Parameters in range (MCV_ASSERT). */
struct mcv_srtp_rx *mcv_srtp_rx_init(void *mem, const struct mcv_srtp_rx_params *params);

/* Wipes every key and gives the library contexts back. How far its streams came stays in past. */
void mcv_srtp_rx_wipe(struct mcv_srtp_rx *rx);

/* Where the keys of a sender come from. Borrowed for the call. */
struct mcv_srtp_rx_key {
    uint32_t key_id;       /* GMK-ID or PCK-ID */
    struct mcv_bytes rand; /* of the I_MESSAGE, 16 .. 255 octets */
    uint8_t cs_id;         /* group: 5; private: 2 or 3, that of the packets we receive */
    uint16_t roc_every;    /* MCV_SRTP_ROC_... */
};

/* Installs a GMK (group receiver) or the PCK (private receiver). The same key again changes nothing;
 * another key of the same identifier replaces it, and its senders are forgotten.
 * MCV_E_FULL: no key slot left. MCV_E_MALFORMED: length of RAND. */
MCV_MUST_USE mcv_err mcv_srtp_rx_add_gmk(struct mcv_srtp_rx *rx, const struct mcv_gmk *gmk,
                                         const struct mcv_srtp_rx_key *key);
MCV_MUST_USE mcv_err mcv_srtp_rx_add_pck(struct mcv_srtp_rx *rx, const struct mcv_pck *pck,
                                         const struct mcv_srtp_rx_key *key);

/* Wipes a key, its senders and its streams. False when there is no such key. */
bool mcv_srtp_rx_remove_key(struct mcv_srtp_rx *rx, uint32_t key_id);

/* Who authenticated a packet. */
struct mcv_srtp_origin {
    struct mcv_srtp_mki mki; /* compare guk_id with that of the claimed user */
    uint32_t ssrc;
    uint64_t index;     /* ROC << 16 | SEQ, or the SRTCP index */
    bool is_new_stream; /* first packet of this (MKI, SSRC) */
};

/* What a packet says of itself; anybody can write it. */
struct mcv_srtp_claim {
    struct mcv_srtp_mki mki;
    uint32_t roc; /* of the ROC tag; 0: none */
};

/* Reads it without opening. false: too short to be protected; *out is then zero. */
bool mcv_srtp_rx_claim(struct mcv_srtp_claim *out, const struct mcv_srtp_rx *rx,
                       const struct mcv_srtp_packet *packet);
bool mcv_srtp_rx_claim_rtcp(struct mcv_srtp_claim *out, const struct mcv_srtp_rx *rx,
                            struct mcv_bytes srtcp);

/* Opens one SRTP packet. Nothing in rx changes unless MCV_OK: no slot, no ROC, no window. A packet of
 * an unknown stream costs a key derivation (about 10 us) and never a slot before its tag is verified;
 * then the least recently used stream or sender gives way when the table is full.
 * out     caller's memory, cap >= packet->bytes.n is always enough.
 * plain   header and payload in out; empty unless MCV_OK (out is then zero or untouched).
 * origin  zero unless MCV_OK.
 * MCV_E_TRUNCATED: too short. MCV_E_MALFORMED: header length. MCV_E_UNKNOWN_KEY: no key of that
 * identifier. MCV_E_REPLAY: seen before or older than the window. MCV_E_AUTH: the tag differs, also
 * because of a forged ROC. MCV_E_SPACE: cap too small. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_srtp_rx_open(struct mcv_srtp_rx *rx, struct mcv_srtp_origin *origin,
                                      struct mcv_bytes *plain, uint8_t *out, size_t cap,
                                      const struct mcv_srtp_packet *packet);

/* Opens one SRTCP packet: compound or control. As above; MCV_E_POLICY: E = 0, not encrypted. */
MCV_MUST_USE mcv_err mcv_srtp_rx_open_rtcp(struct mcv_srtp_rx *rx, struct mcv_srtp_origin *origin,
                                           struct mcv_bytes *plain, uint8_t *out, size_t cap,
                                           struct mcv_bytes srtcp);

/* Asks for the memory of the sender and the stream that were heard last (crypto/base/cache.h), which the
 * beginning of the object says: it should have come. */
#define MCV_SRTP_RX_BEGINNING_BYTES 128
void mcv_srtp_rx_expect(const struct mcv_srtp_rx *rx);

struct mcv_srtp_rx_stats {
    uint16_t n_keys, n_senders, n_streams; /* now in the tables */
    uint32_t n_evicted_senders, n_evicted_streams;
};

struct mcv_srtp_rx_stats mcv_srtp_rx_stats(const struct mcv_srtp_rx *rx);

#endif
