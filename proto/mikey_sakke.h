/* I_MESSAGEs: keys sent to one user, signed by another. Built and opened.
 *
 * Spec: RFC 6509; TS 33.180 5.2, E.1 to E.7: PCK, GMK, CSK and MuSiK. Payloads:
 * proto/mikey.h.
 *
 * A message is opened in steps, the cheap ones first (TS 33.180 E.1.2, RFC 3830 5.4):
 *   parse        the octets                                            some us
 *   resolve      who, which keys, time window, replay cache: a job     some us
 *   verify       the signature                                         0.1 ms  (worker thread)
 *   authorise    is this initiator the one that we expect?             some us
 *   decapsulate  the key and its parameters                            some ms (worker thread)
 *   accept       the replay cache                                      < 1 us
 * A job holds a copy of the message; the only pointer in it is that to our own SAKKE key, which
 * its owner keeps until the job is done. A failure at any step ends it: tell the peer nothing
 * but that it failed. Threads may share const objects; the replay cache belongs to one thread.
 *
 * Not done here: encrypted or signed KMS documents (proto/kms_xml.h), storing keys. */
#ifndef MCV_PROTO_MIKEY_SAKKE_H
#define MCV_PROTO_MIKEY_SAKKE_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/base/writer.h"
#include "crypto/eccsi.h"
#include "crypto/keys.h"
#include "crypto/sakke.h"
#include "crypto/uid.h"
#include "proto/key_params.h"
#include "proto/mikey.h"
#include "proto/replay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_IMSG_MAX_URI_BYTES 255

/* ---- what we hold -------------------------------------------------------------------------- */

/* A KMS whose certificate we hold and checked when it was installed. Everything is borrowed.
 * Instants are Unix seconds; 0: no such bound. */
struct mcv_imsg_kms {
    struct mcv_bytes uri;
    struct mcv_key_period period;
    bool is_revoked;
    int64_t valid_from_s, valid_to_s;     /* both included */
    const struct mcv_kpak *kpak;          /* needed to open its users' messages */
    const struct mcv_sakke_public *sakke; /* needed to build for its users; NULL: cannot */
};

/* A key set of one own identity for one key period, installed. Everything is borrowed. */
struct mcv_imsg_own {
    struct mcv_bytes uri; /* 1 .. MCV_IMSG_MAX_URI_BYTES */
    struct mcv_bytes kms_uri;
    uint64_t period_no;
    struct mcv_uid uid;
    int64_t valid_from_s, valid_to_s;
    const struct mcv_eccsi_key *eccsi; /* NULL: cannot sign */
    const struct mcv_sakke_key *sakke; /* NULL: cannot open */
};

/* A read-only view of both. */
struct mcv_imsg_trust {
    const struct mcv_imsg_kms *kms;
    size_t n_kms;
    const struct mcv_imsg_own *own;
    size_t n_own;
};

/* NULL: not held. */
const struct mcv_imsg_kms *mcv_imsg_find_kms(const struct mcv_imsg_trust *trust,
                                             struct mcv_bytes uri);

/* Is the certificate valid at this time? */
bool mcv_imsg_kms_is_usable(const struct mcv_imsg_kms *kms, int64_t utc_s);

/* Is the key set within its bounds? Its period is another matter: see find_own. */
bool mcv_imsg_own_is_usable(const struct mcv_imsg_own *own, int64_t utc_s);

/* The own key set for messages made at utc_s: of this identity, home or not.
 * MCV_E_NOT_FOUND: no key set of this identity. MCV_E_EXPIRED: none for the period of utc_s,
 * or it or its KMS is not valid now. *out is NULL unless MCV_OK. */
MCV_MUST_USE mcv_err mcv_imsg_find_own(const struct mcv_imsg_own **out,
                                       const struct mcv_imsg_trust *trust, struct mcv_bytes uri,
                                       int64_t utc_s);

/* ---- building ------------------------------------------------------------------------------ */

/* A message to be. Everything is borrowed for the call. */
struct mcv_imsg_spec {
    enum mcv_key_type type; /* GMK, PCK, CSK or MUSIK */
    uint32_t key_id;        /* PCK-ID, GMK-ID, ...: its tag fits the type. A GMK goes out under
                             * the GUK-ID of the responder, which follows from it */
    struct mcv_bytes rand;  /* MCV_MIKEY_RAND_BYTES; for a GMK the same for all members */
    int64_t utc_s;          /* T: seconds, and binary fraction */
    uint32_t fraction;

    const struct mcv_imsg_own *from; /* initiator, for the period of T */
    const struct mcv_imsg_kms *from_kms;
    struct mcv_bytes to; /* responder */
    const struct mcv_imsg_kms *to_kms;

    bool hide_initiator, hide_responder; /* UID instead of identity. Spec: TS 33.180 5.2.6, E.7 */
    bool to_self;                        /* also for our other devices. Spec: TS 33.180 E.5 */
    const struct mcv_key_params *params; /* NULL: none. Spec: TS 33.180 E.6 */

    /* Explicit crypto sessions (GENERIC-ID map, one policy, SPI = MKI); n_cs 0: the empty map,
     * which means the default profile of the type. */
    size_t n_cs; /* <= MCV_MIKEY_MAX_CS */
    uint8_t cs_ids[MCV_MIKEY_MAX_CS];
    struct mcv_mikey_profile profile;
};

/* Writes the message that carries `key`. One or two encapsulations and a signature: 0.5 ms to
 * 5 ms, a job.
 * ambiguous  out, may be NULL: see mcv_sakke_encapsulate.
 * rng        gives the IV of the key parameters (16 octets, if any), then the nonce.
 * Errors (w is then as before the call): MCV_E_MALFORMED: an identity, RAND or number that
 * cannot be sent. MCV_E_EXPIRED: `from` is not for the period of T, or a KMS or key set is not
 * valid at utc_s. MCV_E_NOT_FOUND: a key that is needed is NULL. MCV_E_TIME: before the first
 * period. MCV_E_SPACE. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_imsg_build(struct mcv_writer *w, bool *ambiguous,
                                    const struct mcv_imsg_spec *spec, const struct mcv_ssv *key,
                                    const struct mcv_rng *rng);

/* One key to n responders, without SAKKE-to-self (MCV_ASSERT): a GMK to the members of a group. Each
 * message is the one of mcv_imsg_build, some percent faster; of two with the same octets from rng
 * that is true to the octet. No thread is started: the caller gives each of its threads a range.
 * w         n writers, one for each responder.
 * outcomes  n of them: that of mcv_imsg_build for this responder. One that fails stops no other.
 * spec      its `to` is not looked at. */
void mcv_imsg_build_many(struct mcv_writer *w, mcv_err *outcomes, const struct mcv_imsg_spec *spec,
                         const struct mcv_bytes *to, size_t n, const struct mcv_ssv *key,
                         const struct mcv_rng *rng);

/* Draws a PCK and writes its message; draws again while it is ambiguous, so that receivers that
 * drop leading zero octets find the same key. spec->type is MCV_KEY_PCK (MCV_ASSERT).
 * pck  out, zero unless MCV_OK; the caller wipes it. rng: 16 octets of the key, then as build. */
MCV_MUST_USE mcv_err mcv_imsg_build_pck(struct mcv_writer *w, struct mcv_pck *pck,
                                        const struct mcv_imsg_spec *spec,
                                        const struct mcv_rng *rng);

/* ---- opening ------------------------------------------------------------------------------- */

/* A message whose octets are in order and whose purpose fits: parsed, nothing else. */
struct mcv_imsg {
    struct mcv_bytes octets; /* borrowed */
    struct mcv_mikey_msg msg;
    enum mcv_key_type type; /* from the purpose tag of the CSB ID */
};

/* Step 1. Everything of mcv_mikey_decode, and what the profile demands: T, RAND, one initiator,
 * one responder, both KMS identities as URIs, SAKKE; every policy one that we can follow.
 * out   zero unless MCV_OK; borrows from in.
 * want  the key that this place may receive. MCV_E_POLICY: another purpose.
 * MCV_E_TRUNCATED, MCV_E_MALFORMED, MCV_E_UNSUPPORTED: as mcv_mikey_decode. */
MCV_MUST_USE mcv_err mcv_imsg_parse(struct mcv_imsg *out, struct mcv_bytes in,
                                    enum mcv_key_type want);

enum mcv_imsg_as {
    MCV_IMSG_AS_RESPONDER,
    MCV_IMSG_AS_INITIATOR, /* another device of the initiator: opens the SAKKE-to-self part */
};

/* How a message is looked at. */
struct mcv_imsg_context {
    const struct mcv_imsg_trust *trust;
    const struct mcv_replay *replay; /* NULL: T and repetition are not judged (a stored GMK
                                      * message; its key parameters say when it is used) */
    uint32_t call_id;                /* MCV_REPLAY_NO_CALL: not part of a call */
    int64_t utc_s;                   /* our clock */
    enum mcv_imsg_as as;
    /* For interworking only: also take a signature that leaves out the type and length octets
     * of SIGN. Spec: RFC 3830 5.2 includes them. */
    bool accept_short_coverage;
    enum mcv_sakke_mode sakke_mode;
};

/* What is left to do: plain data, 4.7 kB, nothing in it is secret. */
struct mcv_imsg_job {
    size_t n_octets;
    uint8_t octets[MCV_MIKEY_MAX_BYTES];
    enum mcv_key_type type;
    enum mcv_imsg_as as;
    enum mcv_sakke_mode sakke_mode;
    bool accept_short_coverage;
    struct mcv_kpak initiator_kpak;
    struct mcv_key_period initiator_period;
    uint64_t initiator_period_no;
    struct mcv_uid initiator_uid;
    size_t n_own_uri;
    uint8_t own_uri[MCV_IMSG_MAX_URI_BYTES]; /* the identity that it is for */
    const struct mcv_sakke_key *own_key;     /* borrowed until decapsulate has returned */
    int64_t t_utc_s;                         /* T, Unix seconds of all eras */
    struct mcv_replay_id replay_id;
};

/* Steps 2 to 6.
 * job      zero unless MCV_OK.
 * verdict  out, may be NULL: MCV_REPLAY_AGAIN with MCV_E_REPLAY is a retransmission of a message
 *          that was accepted; MCV_REPLAY_NEW when the cache was not asked. (One that is still
 *          under way is not in the cache: compare job.replay_id with those.)
 * MCV_E_NOT_FOR_US: responder or its KMS is none of ours. MCV_E_UNKNOWN_KEY: no key set for the period of T, or no SAKKE-to-self part.
 * MCV_E_EXPIRED: our key set or KMS is not valid now. MCV_E_POLICY: the initiator's KMS is not
 * held, revoked or not valid. MCV_E_TIME: T. MCV_E_REPLAY. MCV_E_FULL: the replay cache.
 * MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_imsg_resolve(struct mcv_imsg_job *job, enum mcv_replay_verdict *verdict,
                                      const struct mcv_imsg *m,
                                      const struct mcv_imsg_context *context);

/* Step 7: the signature. Any thread. MCV_E_MALFORMED, MCV_E_AUTH: not signed by the initiator. */
MCV_MUST_USE mcv_err mcv_imsg_verify(const struct mcv_imsg_job *job);

/* Step 8: is the initiator this user or server? With a hidden initiator its UID is computed
 * from `uri` and compared. Only after verify. MCV_E_POLICY: somebody else. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_imsg_authorise(const struct mcv_imsg_job *job, struct mcv_bytes uri);

/* The outcome. Secret: wipe it. */
struct mcv_imsg_key {
    enum mcv_key_type type;
    struct mcv_ssv key; /* GMK, PCK, CSK or MuSiK; zero when it is revoked */
    uint32_t key_id;    /* GMK-ID, PCK-ID, ... */
    uint32_t csb_id;    /* GMK: our GUK-ID; otherwise key_id */
    bool is_revoked;    /* remove the key with this key_id, and do not take it again */
    size_t n_rand;
    uint8_t rand[MCV_RAND_MAX_BYTES];
    int64_t t_utc_s;
    size_t n_params; /* 0: the message has no key parameters */
    uint8_t params[MCV_KEY_PARAMS_MAX_BYTES];
};

void mcv_imsg_key_wipe(struct mcv_imsg_key *key);

/* The key parameters; borrows from key. MCV_E_NOT_FOUND: none. */
MCV_MUST_USE mcv_err mcv_imsg_key_params(struct mcv_key_params *out,
                                         const struct mcv_imsg_key *key);

/* Steps 9 and 10, after verify and authorise. Any thread. One pairing.
 * out  zero unless MCV_OK.
 * MCV_E_AUTH: anything that is wrong. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_imsg_decapsulate(struct mcv_imsg_key *out, const struct mcv_imsg_job *job);

/* The profile of a crypto session. Never fails for a job that was resolved. */
struct mcv_mikey_profile mcv_imsg_profile(const struct mcv_imsg_job *job, uint8_t cs_id);

/* Step 11; replay is the cache of the context. As mcv_replay_add. */
MCV_MUST_USE mcv_err mcv_imsg_accept(struct mcv_replay *replay, const struct mcv_imsg_job *job,
                                     uint32_t call_id, int64_t utc_s);

#endif
