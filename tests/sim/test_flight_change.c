/* Flight records with changes: what a replay tells is what really happens then.
 * Played in virtual time: a record of how it was, and the same flight with the change. */
#include "agent/record/record_parts.h"
#include "tests/support/cmocka.h"
#include "tests/support/flight_script.h"

#include <stdio.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what happens -------------------------------------------------------------------------- */

static void call_given_up(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_CALL, flight_uri(FLIGHT_BOB));
    flight_run_ms(f, 300);
    (void)flight_command(f, FLIGHT_ALICE, MCV_CMD_RELEASE, NULL);
    flight_run_ms(f, 3000);
}

/* Alice, who arbitrated, hears nothing any more; bob presses for 200 ms and speaks all the while. */
static void unanswered(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_GROUP_START, FLIGHT_GROUP);
    flight_run_ms(f, 1000);
    flight_press_and_talk(f, FLIGHT_ALICE, 10);
    f->is_off[FLIGHT_ALICE] = f->is_off[FLIGHT_CAROL] = true;
    flight_run_ms(f, 1000);
    flight_must(f, FLIGHT_BOB, MCV_CMD_PTT_PRESS, NULL);
    flight_talk(f, FLIGHT_BOB, 10);
    flight_run_ms(f, 5); /* no timer is due at that moment */
    (void)flight_command(f, FLIGHT_BOB, MCV_CMD_PTT_RELEASE, NULL);
    flight_run_ms(f, 5000);
}

/* Before she was in the call: nothing was claimed and nothing sent. */
static void left_early(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_GROUP_START, FLIGHT_GROUP);
    flight_run_ms(f, 55);
    (void)flight_command(f, FLIGHT_ALICE, MCV_CMD_PTT_PRESS, NULL);
    flight_talk(f, FLIGHT_ALICE, 3);
    flight_must(f, FLIGHT_ALICE, MCV_CMD_GROUP_LEAVE, FLIGHT_GROUP);
    flight_run_ms(f, 1000);
}

/* Bob listens to alice and says nothing that changes what she does. */
static void listening(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_GROUP_START, FLIGHT_GROUP);
    flight_run_ms(f, 1000);
    for (unsigned i = 0; i < 5; i++) {
        flight_press_and_talk(f, FLIGHT_ALICE, 50);
        flight_run_ms(f, 2000);
    }
}

/* ---- what would have happened -------------------------------------------------------------- */

static const struct what_if {
    const char *why;
    flight_script *play;
    enum flight_who who;
    const char *timer; /* "CFP1_count"; NULL: none */
    uint32_t value;
    uint32_t loss_ppm;
    bool is_alone; /* nobody hears alice */
} rows[] = {
    {"CFP1 with nobody there", flight_call_of_two, FLIGHT_ALICE, "CFP1", 7, 0, true},
    {"TFP1 longer than the user waits", call_given_up, FLIGHT_ALICE, "TFP1", 200, 0, true},
    {"TFP1 with nobody there", flight_call_of_two, FLIGHT_ALICE, "TFP1", 2000, 0, true},
    {"the caller hears nothing", flight_call_of_two, FLIGHT_ALICE, NULL, 0, 1000000, false},
    {"the callee hears nothing", flight_call_of_two, FLIGHT_BOB, NULL, 0, 1000000, false},
    {"TFG1 of who is alone", flight_alone_in_the_group, FLIGHT_ALICE, "TFG1", 600, 0, true},
    {"TFG1 of who is answered", listening, FLIGHT_ALICE, "TFG1", 100, 0, false},
    {"TFG1 of who leaves before", left_early, FLIGHT_ALICE, "TFG1", 20, 0, true},
    {"TFG3 of who is alone", flight_alone_in_the_group, FLIGHT_ALICE, "TFG3", 20, 0, true},
    {"REFRESH of who is alone", flight_alone_in_the_group, FLIGHT_ALICE, "REFRESH", 3000, 0, true},
    {"T206 of who is alone", flight_alone_in_the_group, FLIGHT_ALICE, "T206", 1, 0, true},
    {"a listener loses one of fifty", listening, FLIGHT_BOB, NULL, 0, 20000, false},
    {"a listener loses one of five", listening, FLIGHT_BOB, NULL, 0, 200000, false},
    {"a listener loses half", listening, FLIGHT_CAROL, NULL, 0, 500000, false},
    {"T201 of who presses when nobody answers", unanswered, FLIGHT_BOB, "T201", 150, 0, false},
    {"C201 of who presses when nobody answers", unanswered, FLIGHT_BOB, "C201", 6, 0, false},
    {"HOLD of who presses when nobody answers", unanswered, FLIGHT_BOB, "HOLD", 0, 0, false},
    {"T203 of a listener who loses", listening, FLIGHT_BOB, "T203", 500, 200000, false},
};

static const struct mcv_timer_row *find_timer(const char *name)
{
    for (size_t i = 0; i < mcv_n_timer_rows; i++)
        if (strcmp(mcv_timer_rows[i].name, name) == 0) return &mcv_timer_rows[i];
    fail_msg("%s", name);
    return NULL;
}

/* Both: played back with the change, and flown with it. */
static bool is_what_it_does(const struct what_if *row, enum flight_form form)
{
    static struct flight was, is;
    struct mcv_replay_changes changes = {.loss_ppm = row->loss_ppm, .seed = FLIGHT_SEED};
    struct mcv_replay_result told;
    char timers[64];

    is = was = (struct flight){.is_off = {false, row->is_alone, row->is_alone}};
    is.loss_ppm[row->who] = row->loss_ppm;
    if (row->timer != NULL) {
        changes.timers[changes.n_timers] = find_timer(row->timer);
        changes.values[changes.n_timers] = row->value;
        snprintf(timers, sizeof timers, "TFP2_s: 5, %s_%s: %u", row->timer,
                 changes.timers[changes.n_timers++]->unit, row->value);
        is.timers[row->who] = timers;
    }
    flight_fly(&was, form, row->play);
    flight_fly(&is, form, row->play);
    const struct mcv_replay_counts *really = &is.agents[row->who].counts;
    assert_int_equal(flight_replay(&was, row->who, &changes, NULL, &told), MCV_OK);
    bool is_so = flight_is_equal(row->why, &told.counts, really);
    if (really->n_outputs == was.agents[row->who].counts.n_outputs) {
        print_error("%s: changes nothing\n", row->why);
        is_so = false;
    }
    flight_close(&was);
    flight_close(&is);
    return is_so;
}

static void a_change_does_what_it_really_does(void **state)
{
    unsigned n_wrong = 0;
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++)
        n_wrong += !is_what_it_does(&rows[i], i % 2 == 0 ? FLIGHT_REDACTED : FLIGHT_FULL);
    assert_int_equal(n_wrong, 0);
}

/* When each output came and what it was. */
static void add_output(void *ctx, uint64_t at_us, const struct mcv_out *out)
{
    uint64_t *sum = ctx;

    *sum = mcv_record_digest(*sum, out, false) ^ at_us * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t outputs_of(struct flight *f, enum flight_who who,
                           const struct mcv_replay_changes *changes, struct mcv_replay_result *r)
{
    uint64_t sum = 0;
    const struct mcv_replay_listener listener = {.output = add_output, .ctx = &sum};

    assert_int_equal(flight_replay(f, who, changes, &listener, r), MCV_OK);
    return sum;
}

/* Timers run by themselves then, and choices are looked up: all comes out as it was, when it did. */
static void a_change_that_changes_nothing_changes_nothing(void **state)
{
    static struct flight f;
    const struct mcv_timer_row *t = find_timer("TFB1");
    const struct mcv_replay_changes none = {0},
                                    same = {.n_timers = 1, .timers = {t}, .values = {t->def}};
    struct mcv_replay_result r;
    (void)state;

    for (enum flight_form form = FLIGHT_REDACTED; form <= FLIGHT_FULL; form++) {
        flight_fly(&f, form, flight_everything);
        for (enum flight_who who = 0; who < FLIGHT_N; who++) {
            const uint64_t was = outputs_of(&f, who, &none, &r);
            assert_true(outputs_of(&f, who, &same, &r) == was && was != 0);
            assert_true(flight_is_equal(flight_uri(who), &r.counts, &f.agents[who].counts));
            assert_true(r.counts.n_beyond == 0);
        }
        flight_close(&f);
    }
}

static void in_emergency(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_ALERT_RAISE, FLIGHT_GROUP);
    flight_run_ms(f, 1000);
}

/* A year of alerts, of which the record has none. */
static void time_without_end_is_refused(void **state)
{
    enum { CAP = 1 << 16 };
    static uint8_t content[CAP];
    const struct mcv_replay_changes changes = {
        .n_timers = 1, .timers = {find_timer("TFE2")}, .values = {2}};
    struct mcv_replay_file file, made = {.content = content, .n = MCV_RECORD_MAGIC_BYTES};
    struct mcv_replay_result r;
    struct mcv_why why = {0};
    Mcv__RecordFrame *f;
    (void)state;

    flight_read_record(&file, FLIGHT_REDACTED, in_emergency, FLIGHT_ALICE);
    while (mcv_replay_file_next(&file, &f) == MCV_OK && f != NULL) {
        if (f->what_case == MCV__RECORD_FRAME__WHAT_END) f->mono_us += UINT64_C(1) << 45;
        flight_put_frame(&made, CAP, f);
    }
    mcv_replay_file_close(&file);
    assert_int_equal(flight_play_made(&made, &r, &why), MCV_OK);
    assert_int_equal(mcv_arena_init(&made.arena, 1u << 20, false), MCV_OK);
    assert_int_equal(mcv_replay_run(&r, &made, &changes, NULL, &why), MCV_E_MALFORMED);
    assert_non_null(strstr(why.text, "damaged after"));
    mcv_arena_wipe(&made.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_does_what_it_really_does),
        cmocka_unit_test(a_change_that_changes_nothing_changes_nothing),
        cmocka_unit_test(time_without_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, flight_end);
}
