/* The inside of a recorder. */
#ifndef MCV_AGENT_RECORD_RECORDER_PRIVATE_H
#define MCV_AGENT_RECORD_RECORDER_PRIVATE_H

#include "agent/record/record_parts.h"
#include "agent/record/recorder.h"
#include "crypto/srtp_backend.h"

#include <stdio.h>

struct mcv_recorder {
    struct mcv_srtp_backend tap; /* what the agent gets: `srtp`, and what it answers is noted */
    const struct mcv_srtp_backend *srtp;
    struct mcv_rng rng;
    char *path;
    bool has_secrets;
    size_t max_bytes, n_bytes;
    FILE *file;                    /* redacted; NULL: ended */
    uint8_t *sealed;               /* full: key memory of max_bytes; NULL: ended */
    struct mcv_seal_secret secret; /* full */
    void (*ended)(void *ctx, const char *why);
    void *ctx;

    struct mcv_arena arena; /* of the frame */
    Mcv__RecordFrame frame; /* under way when its `what_case` is set */
    bool is_full;           /* the arena was */
    bool is_rare;           /* something else than media was written since the last flush */
    uint64_t digest, flushed_at_us;
};

/* Is there a frame under way, of a recorder that has not ended? */
bool mcv_recorder_is_taking(const struct mcv_recorder *r);

/* Adds to the frame under way. NULL: no memory for the item was left. */
void mcv_recorder_add(struct mcv_recorder *r, void *array_field, size_t *n_field, void *item);

/* Turns r->tap into a back-end that does what r->srtp does. */
void mcv_recorder_tap(struct mcv_recorder *r);

#endif
