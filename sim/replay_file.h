/* A flight record, read back frame by frame. */
#ifndef MCV_SIM_REPLAY_FILE_H
#define MCV_SIM_REPLAY_FILE_H

#include "agent/record/recorder.h"
#include "agent/store/arena.h"
#include "proto/schema/record.pb-c.h"

struct mcv_replay_file {
    uint8_t *content; /* key memory */
    size_t n, at;
    bool is_sealed;
    struct mcv_arena arena; /* of the frame */
};

/* secret  for a sealed record; NULL: there is none.
 * MCV_E_CONFIG: sealed, and there is no secret. MCV_E_MALFORMED: not a record. Else as
 * mcv_sealed_read. */
MCV_MUST_USE mcv_err mcv_replay_file_open(struct mcv_replay_file *f, const char *path,
                                          const struct mcv_seal_secret *secret,
                                          struct mcv_why *why);
void mcv_replay_file_close(struct mcv_replay_file *f);

/* The next frame, valid until the one after it; NULL at the end. MCV_E_TRUNCATED: the file ends within
 * a frame (mcvd was killed). MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_replay_file_next(struct mcv_replay_file *f, Mcv__RecordFrame **frame);

/* Back to the first frame. */
void mcv_replay_file_rewind(struct mcv_replay_file *f);

#endif
