#include "sim/report.h"

#include <string.h>

/* The page, embedded when the program is built. */
extern const char mcv_report_page[];

#define PLACE "@DATA@"

static json_t *users_json(const struct mcv_result *r)
{
    const struct mcv_roster *roster = &r->file->roster;
    json_t *list = json_array();

    for (uint32_t i = 0; i < roster->n_users; i++) {
        const struct mcv_roster_user *u = &roster->users[i];
        const uint32_t group = mcv_play_home_group(r->play, i);

        json_array_append_new(list, json_pack("[s,I,b]", u->name,
                                              group != MCV_NOBODY ? (json_int_t)group : -1,
                                              mcv_play_was_off(r->play, i)));
    }
    return list;
}

static json_t *groups_json(const struct mcv_result *r)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < r->file->roster.n_groups; i++)
        json_array_append_new(list, json_string(r->file->roster.groups[i].name));
    return list;
}

static json_t *sums_json(const struct mcv_story *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_sums; i++) {
        const struct mcv_story_sums *x = &s->sums[i];

        json_array_append_new(list, json_pack("[I,I,I,I,I,I,I]", (json_int_t)x->at_us,
                                              (json_int_t)x->n_sent, (json_int_t)x->n_delivered,
                                              (json_int_t)x->n_lost, (json_int_t)x->n_bytes,
                                              (json_int_t)x->air_us, (json_int_t)x->job_us));
    }
    return list;
}

static json_t *places_json(const struct mcv_story *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_sums && s->places != NULL; i++) {
        json_t *row = json_array();

        for (size_t u = 0; u < s->n_placed; u++) {
            json_array_append_new(row, json_integer(s->places[i * s->n_placed + u].x_mm));
            json_array_append_new(row, json_integer(s->places[i * s->n_placed + u].y_mm));
        }
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *beats_json(const struct mcv_story *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_beats; i++) {
        const struct mcv_beat *b = &s->beats[i];

        json_array_append_new(list, json_pack("[I,I,i,I]", (json_int_t)b->at_us,
                                              (json_int_t)b->user, b->what,
                                              b->other != MCV_NOBODY ? (json_int_t)b->other : -1));
    }
    return list;
}

static json_t *story_json(const struct mcv_result *r)
{
    const struct mcv_story *s = mcv_play_story(r->play);
    const struct mcv_scenario_area *a = &r->file->s.area;
    json_t *names = json_array();

    for (unsigned i = 0; i < MCV_N_BEATS; i++)
        json_array_append_new(names, json_string(mcv_beat_name((enum mcv_beat_what)i)));
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I}", "users", users_json(r), "groups",
                     groups_json(r), "beat_names", names, "beats", beats_json(s), "sums",
                     sums_json(s), "places", places_json(s), "area",
                     a->width_m > 0 ? json_pack("[i,i]", (int)a->width_m, (int)a->height_m)
                                    : json_null(),
                     "left_out", (json_int_t)s->n_left_out);
}

bool mcv_report_write(const struct mcv_result *r, json_t *result, FILE *to)
{
    const char *place = strstr(mcv_report_page, PLACE);
    json_t *all = json_copy(result); /* shallow: the original stays as it is */
    bool is_good;

    MCV_ASSERT(place != NULL);
    json_object_set_new(all, "story", story_json(r));
    is_good = fwrite(mcv_report_page, 1, (size_t)(place - mcv_report_page), to) ==
              (size_t)(place - mcv_report_page);
    /* "</script>" in a name must not end the data: slashes are escaped */
    is_good = json_dumpf(all, to, JSON_COMPACT | JSON_ESCAPE_SLASH | JSON_REAL_PRECISION(9)) == 0 &&
              is_good;
    is_good = fputs(place + strlen(PLACE), to) >= 0 && is_good;
    json_decref(all);
    return is_good;
}
