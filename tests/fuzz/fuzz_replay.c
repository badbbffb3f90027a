/* Saved states of a replay cache; what is taken is given back, and is then known. */
#include "proto/replay.h"

#define CAP 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t room[1024];
    struct mcv_replay_entry entries[CAP], again[CAP];
    struct mcv_replay c, d;
    struct mcv_writer w = mcv_writer_of(room, sizeof room);

    mcv_replay_init(&c, entries, CAP, 600, 0);
    mcv_replay_init(&d, again, CAP, 600, 0);
    const mcv_err err = mcv_replay_import(&c, mcv_bytes_of(data, n), 1000);
    for (size_t i = 0; i < CAP; i++) MCV_ASSERT(err == MCV_OK || entries[i].until_s == 0);
    mcv_replay_export(&w, &c, 1000);
    MCV_ASSERT(w.err == MCV_OK && w.n <= mcv_replay_export_bytes(CAP));
    MCV_ASSERT(mcv_replay_import(&d, mcv_wr_done(&w), 1000) == MCV_OK);
    for (size_t i = 0; i < CAP; i++)
        MCV_ASSERT(entries[i].until_s == 0 ||
                   mcv_replay_find(&d, &entries[i].id, 1, 1000) == MCV_REPLAY_SEEN);
    return 0;
}
