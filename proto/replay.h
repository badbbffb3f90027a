/* Replay cache of I_MESSAGEs.
 *
 * Spec: RFC 3830 5.4, TS 33.180 E.1.2. A message is a replay when it is in the cache octet by
 * octet, or when one of the same initiator with the same T, RAND and CSB ID is (so that a second
 * signature over the same content does not make it new). Only messages whose signature was
 * verified are added, so a stranger cannot fill the cache; it never drops an entry that is still
 * needed: full is MCV_E_FULL. One thread per object; time is an input. */
#ifndef MCV_PROTO_REPLAY_H
#define MCV_PROTO_REPLAY_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"
#include "crypto/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_REPLAY_NO_CALL UINT32_MAX /* the message belongs to no call */

/* What makes a message the same. */
struct mcv_replay_id {
    uint8_t message[32]; /* SHA-256 of all of it */
    uint8_t content[32]; /* SHA-256( initiator's UID | T | CSB ID | RAND ) */
};

struct mcv_replay_entry {
    struct mcv_replay_id id;
    int64_t until_s;  /* Unix seconds; 0: a free slot */
    uint32_t call_id; /* MCV_REPLAY_NO_CALL once the call is no longer being set up */
};

/* Memory is the caller's: `entries`, cap of them. */
struct mcv_replay {
    struct mcv_replay_entry *entries;
    size_t cap;
    uint32_t skew_s;        /* accepted difference between T and our clock */
    int64_t refuse_until_s; /* T at or before this (Unix seconds) is refused: an earlier run */
};

enum mcv_replay_verdict {
    MCV_REPLAY_NEW,
    MCV_REPLAY_AGAIN, /* octet by octet, same call, still being set up: answer it as before */
    MCV_REPLAY_SEEN,  /* drop it */
    MCV_REPLAY_FULL,  /* no room for it: refuse it */
};

/* All slots free.
 * refuse_until_s  0, or until when messages may have been accepted that are not in the cache:
 *                 the record of the last run, unless its state is imported. */
void mcv_replay_init(struct mcv_replay *c, struct mcv_replay_entry *entries, size_t cap,
                     uint32_t skew_s, int64_t refuse_until_s);

/* message  all its octets. uid: the initiator's. t: T as it stands. rand: all of it.
 * MCV_E_CRYPTO: OpenSSL failed; out is zero. About 2 us. */
MCV_MUST_USE mcv_err mcv_replay_id_of(struct mcv_replay_id *out, struct mcv_bytes message,
                                      const struct mcv_uid *uid, uint64_t t, uint32_t csb_id,
                                      struct mcv_bytes rand);

/* MCV_E_TIME unless |T - utc_s| <= skew_s and T is after refuse_until_s.
 * t_utc_s, utc_s  Unix seconds: T of the message in its era, and our clock. */
MCV_MUST_USE mcv_err mcv_replay_check_time(const struct mcv_replay *c, int64_t t_utc_s,
                                           int64_t utc_s);

/* Changes nothing. call_id: MCV_REPLAY_NO_CALL, or that of the signalling around it. */
enum mcv_replay_verdict mcv_replay_find(const struct mcv_replay *c, const struct mcv_replay_id *id,
                                        uint32_t call_id, int64_t utc_s);

/* Enters a message whose signature was verified; kept until twice the skew after the later of
 * T and now. MCV_E_REPLAY: it is there already. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_replay_add(struct mcv_replay *c, const struct mcv_replay_id *id,
                                    uint32_t call_id, int64_t t_utc_s, int64_t utc_s);

/* The call of this message is set up, or has failed: from now on the message is a replay. */
void mcv_replay_close(struct mcv_replay *c, const struct mcv_replay_id *id);

/* The state for the next run; MCV_E_SPACE in w when it does not fit (see export_bytes).
 * Entries that have expired are left out. Calls do not survive. */
void mcv_replay_export(struct mcv_writer *w, const struct mcv_replay *c, int64_t utc_s);

/* Octets that an export of cap entries needs. */
size_t mcv_replay_export_bytes(size_t cap);

/* Adds the entries of an export that have not expired.
 * MCV_E_TRUNCATED, MCV_E_MALFORMED, MCV_E_UNSUPPORTED: not an export; nothing is added.
 * MCV_E_FULL: nothing is added. */
MCV_MUST_USE mcv_err mcv_replay_import(struct mcv_replay *c, struct mcv_bytes state, int64_t utc_s);

#endif
