#include "tests/support/flight_script.h"

#include "tests/support/cmocka.h"

void flight_must(struct flight *f, enum flight_who who, enum mcv_command_type type,
                 const char *target)
{
    assert_int_equal(flight_command(f, who, type, target), MCV_OK);
}

void flight_press_and_talk(struct flight *f, enum flight_who who, unsigned n)
{
    flight_must(f, who, MCV_CMD_PTT_PRESS, NULL);
    flight_run_ms(f, 200);
    flight_talk(f, who, n);
    flight_must(f, who, MCV_CMD_PTT_RELEASE, NULL);
    flight_run_ms(f, 1000);
}

void flight_everything(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_CALL, flight_uri(FLIGHT_BOB));
    flight_run_ms(f, 500);
    flight_talk(f, FLIGHT_ALICE, 50);
    flight_talk(f, FLIGHT_BOB, 50);
    flight_run_ms(f, 9000);
    flight_must(f, FLIGHT_ALICE, MCV_CMD_RELEASE, NULL);
    flight_run_ms(f, 2000);
    flight_must(f, FLIGHT_ALICE, MCV_CMD_GROUP_START, FLIGHT_GROUP);
    flight_run_ms(f, 1000);
    flight_press_and_talk(f, FLIGHT_ALICE, 50);
    flight_press_and_talk(f, FLIGHT_BOB, 50);
    flight_run_ms(f, 25000);
    flight_press_and_talk(f, FLIGHT_ALICE, 400); /* listeners are told of her reports after 30 s */
    flight_run_ms(f, 6000);
    flight_must(f, FLIGHT_CAROL, MCV_CMD_ALERT_RAISE, FLIGHT_GROUP);
    flight_run_ms(f, 6000);
    flight_must(f, FLIGHT_BOB, MCV_CMD_GROUP_LEAVE, FLIGHT_GROUP);
    flight_run_ms(f, 1000);
}

void flight_call_of_two(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_CALL, flight_uri(FLIGHT_BOB));
    flight_run_ms(f, 3000);
}

void flight_alone_in_the_group(struct flight *f)
{
    flight_must(f, FLIGHT_ALICE, MCV_CMD_GROUP_START, FLIGHT_GROUP);
    flight_run_ms(f, 2000);
    (void)flight_command(f, FLIGHT_ALICE, MCV_CMD_PTT_RELEASE, NULL);
    flight_run_ms(f, 5000);
    (void)flight_command(f, FLIGHT_ALICE, MCV_CMD_PTT_PRESS, NULL);
    flight_talk(f, FLIGHT_ALICE, 10);
    (void)flight_command(f, FLIGHT_ALICE, MCV_CMD_PTT_RELEASE, NULL);
    flight_run_ms(f, 20000);
}

void flight_fly(struct flight *f, enum flight_form form, flight_script *play)
{
    f->form = form;
    flight_open(f);
    play(f);
    flight_land(f);
}

bool flight_is_equal(const char *why, const struct mcv_replay_counts *got,
                     const struct mcv_replay_counts *want)
{
    bool is_same = got->media == want->media && got->local == want->local;

    if (!is_same)
        print_error("%s: media %llu, %llu; local %llu, %llu\n", why, (unsigned long long)got->media,
                    (unsigned long long)want->media, (unsigned long long)got->local,
                    (unsigned long long)want->local);
    for (unsigned i = 0; i < MCV_N_EVENTS; i++) {
        if (got->events[i] == want->events[i]) continue;
        print_error("%s: %s %llu, %llu\n", why, mcv_event_name((enum mcv_event_type)i),
                    (unsigned long long)got->events[i], (unsigned long long)want->events[i]);
        is_same = false;
    }
    for (unsigned i = 0; i < 256; i++) {
        if (got->monp[i] == want->monp[i]) continue;
        print_error("%s: MONP %u: %llu, %llu\n", why, i, (unsigned long long)got->monp[i],
                    (unsigned long long)want->monp[i]);
        is_same = false;
    }
    return is_same;
}

void flight_read_record(struct mcv_replay_file *file, enum flight_form form, flight_script *play,
                        enum flight_who who)
{
    static struct flight f;

    f.is_off[FLIGHT_BOB] = f.is_off[FLIGHT_CAROL] = play == flight_alone_in_the_group;
    flight_fly(&f, form, play);
    assert_int_equal(mcv_replay_file_open(file, f.agents[who].path, &f.secret, NULL), MCV_OK);
    flight_close(&f);
}

mcv_err flight_play(struct mcv_replay_file *file, struct mcv_replay_result *r, struct mcv_why *why)
{
    static const struct mcv_replay_changes none;

    why->text[0] = '\0';
    return mcv_replay_run(r, file, &none, NULL, why);
}

void flight_put_frame(struct mcv_replay_file *file, size_t cap, const Mcv__RecordFrame *f)
{
    const size_t n = mcv__record_frame__get_packed_size(f);

    assert_true(file->n + 4 + n <= cap);
    mcv_store_be32(file->content + file->n, (uint32_t)n);
    mcv__record_frame__pack(f, file->content + file->n + 4);
    file->n += 4 + n;
}

mcv_err flight_play_made(struct mcv_replay_file *file, struct mcv_replay_result *r,
                         struct mcv_why *why)
{
    assert_int_equal(mcv_arena_init(&file->arena, 1u << 20, false), MCV_OK);
    const mcv_err err = flight_play(file, r, why);
    mcv_arena_wipe(&file->arena);
    return err;
}
