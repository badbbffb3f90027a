#include "sim/story.h"

#include <stdlib.h>
#include <string.h>

const char *mcv_beat_name(enum mcv_beat_what what)
{
    static const char *const names[MCV_N_BEATS] = {
#define MCV_BEAT_NAME(NAME, word) word,
        MCV_BEAT_LIST(MCV_BEAT_NAME)
#undef MCV_BEAT_NAME
    };

    MCV_ASSERT(what < MCV_N_BEATS);
    return names[what];
}

mcv_err mcv_story_init(struct mcv_story *s, size_t n_sums, size_t n_placed)
{
    memset(s, 0, sizeof *s);
    s->cap_sums = n_sums;
    s->n_placed = n_placed < MCV_STORY_MAX_PLACED ? n_placed : MCV_STORY_MAX_PLACED;
    s->sums = calloc(n_sums + 1, sizeof *s->sums);
    if (s->n_placed > 0) s->places = calloc((n_sums + 1) * s->n_placed, sizeof *s->places);
    return s->sums != NULL && (s->n_placed == 0 || s->places != NULL) ? MCV_OK : MCV_E_IO;
}

void mcv_story_wipe(struct mcv_story *s)
{
    free(s->beats);
    free(s->sums);
    free(s->places);
    memset(s, 0, sizeof *s);
}

static bool has_room(struct mcv_story *s)
{
    if (s->n_beats < s->cap_beats) return true;
    if (s->n_beats >= MCV_STORY_MAX_BEATS) return false;
    const size_t cap = s->cap_beats > 0 ? 2 * s->cap_beats : 256;
    struct mcv_beat *beats = realloc(s->beats, cap * sizeof *beats);

    if (beats == NULL) return false;
    s->beats = beats;
    s->cap_beats = cap < MCV_STORY_MAX_BEATS ? cap : MCV_STORY_MAX_BEATS;
    return true;
}

void mcv_story_beat(struct mcv_story *s, uint64_t at_us, uint32_t user, enum mcv_beat_what what,
                    uint32_t other)
{
    if (!has_room(s)) {
        s->n_left_out++;
        return;
    }
    s->beats[s->n_beats++] = (struct mcv_beat){
        .at_us = at_us, .user = user, .other = other, .what = (uint8_t)what};
}

void mcv_story_add_sums(struct mcv_story *s, const struct mcv_story_sums *sums,
                        struct mcv_radio *radio)
{
    if (s->n_sums >= s->cap_sums) return;
    for (size_t i = 0; radio != NULL && i < s->n_placed; i++)
        s->places[s->n_sums * s->n_placed + i] = mcv_radio_where(radio, (uint32_t)i, sums->at_us);
    s->sums[s->n_sums++] = *sums;
}
