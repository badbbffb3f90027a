/* Flight records, behind their magic: played back as redacted ones and as full ones, and with changes. */
#include "sim/replay.h"

#include <stdlib.h>

#define MAX_SPAN_US 600000000u /* a change is not played over years of timers */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void play(struct mcv_replay_file *file, const struct mcv_replay_changes *changes,
                 struct mcv_replay_result *result)
{
    struct mcv_why why = {0};
    const mcv_err err = mcv_replay_run(result, file, changes, NULL, &why);

    MCV_ASSERT(err == MCV_OK || why.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct mcv_replay_file file;
    static const struct mcv_replay_changes none;
    const struct mcv_replay_changes changes = {
        .loss_ppm = 300000,
        .seed = n,
        .n_timers = 1,
        .timers = {&mcv_timer_rows[n % mcv_n_timer_rows]},
        .values = {mcv_timer_rows[n % mcv_n_timer_rows].min}};
    struct mcv_replay_result result;

    if (file.arena.p == NULL) MCV_ASSERT(mcv_arena_init(&file.arena, 8u << 20, false) == MCV_OK);
    file.n = MCV_RECORD_MAGIC_BYTES + n;
    file.content = calloc(1, file.n);
    MCV_ASSERT(file.content != NULL);
    if (n > 0) memcpy(file.content + MCV_RECORD_MAGIC_BYTES, data, n);
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        file.is_sealed = is_sealed != 0;
        play(&file, &none, &result);
        if (result.last_us - result.first_us < MAX_SPAN_US) play(&file, &changes, &result);
    }
    free(file.content);
    return 0;
}
