/* SAKKE: identity-based key encapsulation, parameter set 1 (128-bit SSV).
 *
 * Spec: RFC 6508; parameters of RFC 6509 Appendix A; TS 33.180 E.1.1.
 * Points are 04 | x(128) | y(128), canonical; other forms are refused.
 * An identifier is 1 .. 128 octets (the 32-octet UID of TS 33.180 F.2.1).
 * No function's time depends on an SSV, an RSK, a z_T or what follows from them.
 * Two things are declassified: whether TEST of a received SED differs, and with
 * how many octets 00 w begins, almost always none.
 *
 * What can be computed ahead of a message lives in two objects in the caller's
 * memory: `public` per KMS and `key` per RSK. They are built by init and install
 * and are read-only afterwards, so threads may share them. */
#ifndef MCV_CRYPTO_SAKKE_H
#define MCV_CRYPTO_SAKKE_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/rng.h"
#include "crypto/base/secret.h"

#include <stdbool.h>
#include <stdint.h>

#define MCV_SAKKE_SED_BYTES     273 /* R(257) | H(16). Spec: RFC 6508 4 */
#define MCV_SAKKE_SED_MIN_BYTES 258 /* H shortened to one octet, see decapsulate */
#define MCV_SAKKE_ID_MAX_BYTES  128

MCV_SECRET(ssv, 16)       /* shared secret value: GMK, PCK, CSK, MuSiK */
MCV_SECRET(rsk, 257)      /* receiver secret key of one identifier and period */
MCV_SECRET(z_secret, 128) /* z_T, KMS master secret, 2 .. q-1 */

/* Z_T, KMS public key. */
struct mcv_sakke_z {
    uint8_t b[257];
};

/* Encapsulated data. */
struct mcv_sed {
    uint8_t b[MCV_SAKKE_SED_BYTES];
};

/* How much memory to spend on speed. */
enum mcv_sakke_tables {
    MCV_SAKKE_TABLES_FULL,  /* 2.7 MB */
    MCV_SAKKE_TABLES_SMALL, /* public and key together below 300 kB */
};

/* A validated Z with the tables of P, Z and g. Nothing in it is secret. */
struct mcv_sakke_public;

/* A validated RSK with its identifier and its table. All of it is secret. */
struct mcv_sakke_key;

/* Octets of memory that init needs, alignment included. */
size_t mcv_sakke_public_size(enum mcv_sakke_tables tables);

/* Builds the object of one KMS in mem; any alignment. Some ms.
 * out   points into mem, NULL unless MCV_OK; mem must outlive it, and every key made with it.
 *       There is nothing to close: free mem.
 * MCV_E_SPACE: mem_bytes is less than mcv_sakke_public_size.
 * MCV_E_MALFORMED: Z is not a point of order q.
 * MCV_E_CONFIG: the environment variable MCV_FP asks for arithmetic that this program or
 * CPU does not have. */
MCV_MUST_USE mcv_err mcv_sakke_public_init(struct mcv_sakke_public **out, void *mem,
                                           size_t mem_bytes, enum mcv_sakke_tables tables,
                                           const struct mcv_sakke_z *z);

/* Why the arithmetic that MCV_FP asks for cannot be had: it is not in this program, or this CPU does not
 * run it; static. NULL: it can. */
const char *mcv_sakke_backend_fault(void);

/* "portable", "adx" or "ifma": the arithmetic in use; static. */
const char *mcv_sakke_backend(const struct mcv_sakke_public *pub);

/* Octets of memory that install needs, alignment included. */
size_t mcv_sakke_key_size(const struct mcv_sakke_public *pub);

/* Validates an RSK of identifier `id` and builds its table in mem. Spec: RFC 6508 6.1.2. Some ms.
 * out   points into mem, NULL unless MCV_OK (mem is then wiped).
 * pub   retained: the KMS that issued the RSK; must outlive the key.
 * MCV_E_SPACE: mem_bytes is less than mcv_sakke_key_size.
 * MCV_E_MALFORMED: RSK is not a point of the curve, or id is empty or too long.
 * MCV_E_AUTH: the RSK does not belong to this identifier and KMS. */
MCV_MUST_USE mcv_err mcv_sakke_key_install(struct mcv_sakke_key **out, void *mem, size_t mem_bytes,
                                           const struct mcv_sakke_public *pub, struct mcv_bytes id,
                                           const struct mcv_rsk *rsk);

/* Wipes the key and its table; NULL is allowed. The memory is the caller's again. */
void mcv_sakke_key_wipe(struct mcv_sakke_key *key);

/* Encapsulates ssv to identifier `id` of the KMS of pub. Spec: RFC 6508 6.2.1. Some 0.1 ms to 2 ms.
 * sed         out, zero unless MCV_OK.
 * ambiguous   out, may be NULL: w or H begins with octet 00, and a receiver that drops
 *             leading zero octets would find another SSV. The sender of a fresh PCK draws
 *             another one and starts again; a GMK is sent as it is.
 * MCV_E_MALFORMED: id is empty or too long. */
MCV_MUST_USE mcv_err mcv_sakke_encapsulate(struct mcv_sed *sed, bool *ambiguous,
                                           const struct mcv_sakke_public *pub, struct mcv_bytes id,
                                           const struct mcv_ssv *ssv);

/* The same octets as encapsulation to the identifier of our own key (SAKKE-to-self), in two thirds of
 * the time: its tables are there.
 * MCV_E_CRYPTO: the hash. */
MCV_MUST_USE mcv_err mcv_sakke_encapsulate_own(struct mcv_sed *sed, bool *ambiguous,
                                               const struct mcv_sakke_key *key,
                                               const struct mcv_ssv *ssv);

/* One SSV (a GMK) to n identifiers: the same octets as one by one, some percent faster. No
 * thread is started: the caller gives each of its threads a range.
 * seds        n of them, zero unless MCV_OK.
 * ambiguous   out, n of them, may be NULL.
 * MCV_E_MALFORMED: any id is empty or too long. */
MCV_MUST_USE mcv_err mcv_sakke_encapsulate_many(struct mcv_sed *seds, bool *ambiguous,
                                                const struct mcv_sakke_public *pub,
                                                const struct mcv_bytes *ids, size_t n,
                                                const struct mcv_ssv *ssv);

/* What to accept of a sender that drops leading zero octets. */
enum mcv_sakke_mode {
    MCV_SAKKE_LENIENT, /* H of 1 .. 16 octets; w also without its leading zeros */
    MCV_SAKKE_STRICT,  /* RFC 6508 only: 273 octets */
};

/* Decapsulates a SED sent to us. Spec: RFC 6508 6.2.2. One pairing, 0.5 ms to 5 ms: a job,
 * not for the event loop.
 * ssv   out, zero unless MCV_OK; the caller wipes it.
 * sed   peer bytes, borrowed for the call: 258 .. 273 octets (273 in strict mode).
 * MCV_E_MALFORMED: wrong length, or R is not a point of the curve or y = 0.
 * MCV_E_AUTH: not encapsulated for this identifier and KMS, or changed on the way. */
MCV_MUST_USE mcv_err mcv_sakke_decapsulate(struct mcv_ssv *ssv, const struct mcv_sakke_key *key,
                                           struct mcv_bytes sed, enum mcv_sakke_mode mode);

/* KMS side. Spec: RFC 6508 6.1.1: z_T and Z_T; outputs zero unless MCV_OK.
 * rng gives z_T: 128 octets big endian per try with the top two bits cleared, tried again
 * unless 2 .. q-1 (a scripted generator can give it). MCV_E_CONFIG as in public_init. */
MCV_MUST_USE mcv_err mcv_sakke_kms_generate(struct mcv_z_secret *z_secret, struct mcv_sakke_z *z,
                                            const struct mcv_rng *rng);

/* MCV_E_MALFORMED unless z is a point of order q, in the only accepted form. Some ms. */
MCV_MUST_USE mcv_err mcv_sakke_z_check(const struct mcv_sakke_z *z);

/* KMS side. Spec: RFC 6508 6.1.1: the RSK of one identifier; zero unless MCV_OK.
 * pub   the object of this KMS (its Z is [z_secret]P), for the table of P.
 * MCV_E_MALFORMED: id is empty or too long, z_secret is not in 2 .. q-1, or id + z_T = 0
 * mod q (this identifier cannot be served). */
MCV_MUST_USE mcv_err mcv_sakke_issue(struct mcv_rsk *rsk, const struct mcv_sakke_public *pub,
                                     const struct mcv_z_secret *z_secret, struct mcv_bytes id);

/* The RSKs of n identifiers in the manner of mcv_sakke_encapsulate_many; errors as above. */
MCV_MUST_USE mcv_err mcv_sakke_issue_many(struct mcv_rsk *rsks, const struct mcv_sakke_public *pub,
                                          const struct mcv_z_secret *z_secret,
                                          const struct mcv_bytes *ids, size_t n);

#endif
