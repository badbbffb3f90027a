/* Flight records that are torn, damaged or made up: played as far as they go, refused, and bounded. */
#include "tests/support/cmocka.h"
#include "tests/support/flight_script.h"

#include <stdlib.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* mcvd was killed, or the disk was full: what is there is played, and it is the same. */
static void a_record_may_end_anywhere(void **state)
{
    struct mcv_replay_file file;
    struct mcv_replay_result r;
    struct mcv_why why;
    (void)state;

    flight_read_record(&file, FLIGHT_REDACTED, flight_call_of_two, FLIGHT_BOB);
    const size_t n = file.n;
    for (file.n = MCV_RECORD_MAGIC_BYTES; file.n < n; file.n += 7) {
        const mcv_err err = flight_play(&file, &r, &why);
        assert_true(err == MCV_OK || err == MCV_E_TRUNCATED);
        assert_true(r.is_same && !r.is_whole);
    }
    mcv_replay_file_close(&file);
}

/* Killed in a quiet moment: what was done before is there. */
static void what_was_done_is_there(void **state)
{
    static struct flight f;
    struct mcv_replay_file file;
    struct mcv_replay_result r;
    struct mcv_why why;
    (void)state;

    flight_open(&f);
    flight_call_of_two(&f);
    for (enum flight_who who = FLIGHT_ALICE; who <= FLIGHT_BOB; who++) {
        assert_int_equal(mcv_replay_file_open(&file, f.agents[who].path, NULL, NULL), MCV_OK);
        assert_int_equal(flight_play(&file, &r, &why), MCV_OK);
        assert_true(r.is_same && !r.is_whole);
        assert_true(flight_is_equal(flight_uri(who), &r.counts, &f.agents[who].counts));
        mcv_replay_file_close(&file);
    }
    flight_land(&f);
    flight_close(&f);
}

/* A bit that is turned is refused, or it is seen, or it is of something that nobody asks for. */
static void a_record_may_be_damaged_anywhere(void **state)
{
    struct mcv_replay_file file;
    struct mcv_replay_result r;
    struct mcv_why why;
    unsigned n_seen = 0, n_refused = 0;
    (void)state;

    for (enum flight_form form = FLIGHT_REDACTED; form <= FLIGHT_FULL; form++) {
        flight_read_record(&file, form, flight_call_of_two, FLIGHT_BOB);
        for (size_t at = MCV_RECORD_MAGIC_BYTES; at < file.n; at += 5) {
            file.content[at] ^= (uint8_t)(1u << at % 8);
            const mcv_err err = flight_play(&file, &r, &why);
            n_refused += err != MCV_OK;
            n_seen += err == MCV_OK && !r.is_same;
            assert_true(err == MCV_OK || why.text[0] != '\0');
            file.content[at] ^= (uint8_t)(1u << at % 8);
        }
        mcv_replay_file_close(&file);
    }
    assert_true(n_seen > 100 && n_refused > 100);
}

/* The first frame, with something changed in it. */
static mcv_err play_start(void (*change)(Mcv__RecordFrame *f), struct mcv_why *why)
{
    static uint8_t packed[8192];
    struct mcv_replay_file file;
    struct mcv_replay_result r;
    Mcv__RecordFrame *start;

    flight_read_record(&file, FLIGHT_REDACTED, flight_call_of_two, FLIGHT_BOB);
    assert_int_equal(mcv_replay_file_next(&file, &start), MCV_OK);
    change(start);
    const size_t n = mcv__record_frame__get_packed_size(start);
    assert_true(n < sizeof packed && n <= file.n - MCV_RECORD_MAGIC_BYTES - 4);
    mcv__record_frame__pack(start, packed);
    mcv_store_be32(file.content + MCV_RECORD_MAGIC_BYTES, (uint32_t)n);
    memcpy(file.content + MCV_RECORD_MAGIC_BYTES + 4, packed, n);
    file.n = MCV_RECORD_MAGIC_BYTES + 4 + n;
    const mcv_err err = flight_play(&file, &r, why);
    mcv_replay_file_close(&file);
    return err;
}

static void as_it_is(Mcv__RecordFrame *f)
{
    (void)f;
}

static void of_version_1(Mcv__RecordFrame *f)
{
    f->start->version = 1;
}

static void without_keys(Mcv__RecordFrame *f)
{
    f->start->keys = NULL;
}

static void without_configuration(Mcv__RecordFrame *f)
{
    f->start->config = NULL;
}

static void before_time(Mcv__RecordFrame *f)
{
    f->utc_s = INT64_MIN;
}

static void after_time(Mcv__RecordFrame *f)
{
    f->mono_us = UINT64_MAX - 1;
}

static void that_is_a_command(Mcv__RecordFrame *f)
{
    static Mcv__RecordCommand command;

    mcv__record_command__init(&command);
    f->what_case = MCV__RECORD_FRAME__WHAT_COMMAND;
    f->command = &command;
}

static void a_beginning_that_cannot_be_is_refused(void **state)
{
    static const struct {
        void (*change)(Mcv__RecordFrame *f);
        mcv_err want;
        const char *why;
    } cases[] = {
        {as_it_is, MCV_OK, ""},
        {of_version_1, MCV_E_UNSUPPORTED, "a record of version 1; this is for 2"},
        {without_keys, MCV_E_MALFORMED, "no keys in the record"},
        {without_configuration, MCV_E_MALFORMED, "no configuration in the record"},
        {before_time, MCV_E_MALFORMED, "the record is damaged after 0 inputs"},
        {after_time, MCV_E_MALFORMED, "the record is damaged after 0 inputs"},
        {that_is_a_command, MCV_E_MALFORMED, "the record is damaged after 0 inputs"},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        struct mcv_why why = {0};
        assert_int_equal(play_start(cases[i].change, &why), cases[i].want);
        assert_string_equal(why.text, cases[i].why);
    }
}

/* ---- configurations ------------------------------------------------------------------------ */

/* Puts `to` in place of `from`. */
static void edit(char *text, size_t cap, const char *from, const char *to)
{
    char *at = strstr(text, from);

    assert_non_null(at);
    const size_t n_from = strlen(from), n_to = strlen(to), n_rest = strlen(at + n_from) + 1;
    assert_true((size_t)(at - text) + n_to + n_rest <= cap);
    memmove(at + n_to, at + n_from, n_rest);
    memcpy(at, to, n_to);
}

/* A record of n configurations that were read again, all of these limits and with these groups more. */
static mcv_err play_reloads(unsigned n, const char *preset, const char *groups, struct mcv_why *why)
{
    enum { CAP = 1 << 20 };
    static uint8_t content[CAP];
    struct mcv_replay_file file, made = {.content = content, .n = MCV_RECORD_MAGIC_BYTES};
    struct mcv_replay_result r;
    Mcv__RecordFrame *start, reload = MCV__RECORD_FRAME__INIT;
    Mcv__RecordConfig config = MCV__RECORD_CONFIG__INIT;
    char text[2200] = "";

    flight_read_record(&file, FLIGHT_REDACTED, flight_call_of_two, FLIGHT_BOB);
    assert_int_equal(mcv_replay_file_next(&file, &start), MCV_OK);
    flight_put_frame(&made, CAP, start);
    const struct mcv_bytes was = mcv_pb_bytes(&start->start->config->text);
    memcpy(text, was.p, was.n);
    edit(text, sizeof text, "preset: small", preset);
    edit(text, sizeof text, "groups: [", groups);
    config.text = (ProtobufCBinaryData){.data = (uint8_t *)text, .len = strlen(text)};
    reload.mono_us = start->mono_us;
    reload.utc_s = start->utc_s;
    reload.what_case = MCV__RECORD_FRAME__WHAT_CONFIG;
    reload.config = &config;
    for (unsigned i = 0; i < n; i++) flight_put_frame(&made, CAP, &reload);
    const mcv_err err = flight_play_made(&made, &r, why);
    mcv_replay_file_close(&file);
    return err;
}

static void a_configuration_may_be_read_again_and_again(void **state)
{
    struct mcv_why why;
    (void)state;

    assert_int_equal(play_reloads(300, "preset: small", "groups: [", &why), MCV_OK);
}

/* Limits are those of the beginning: the agent has no more room. */
static void a_configuration_beyond_the_limits_is_refused(void **state)
{
    static const char more[] = "groups: [{id: \"sip:a@x\", address: 239.1.1.2, media_port: 42100},"
                               "{id: \"sip:b@x\", address: 239.1.1.3, media_port: 42200},"
                               "{id: \"sip:c@x\", address: 239.1.1.4, media_port: 42300},"
                               "{id: \"sip:d@x\", address: 239.1.1.5, media_port: 42400},";
    struct mcv_why why;
    (void)state;

    assert_int_equal(play_reloads(1, "preset: device", "groups: [", &why), MCV_OK);
    assert_int_equal(play_reloads(1, "preset: device", more, &why), MCV_E_CONFIG);
    assert_int_equal(play_reloads(1, "preset: small", more, &why), MCV_E_CONFIG);
    assert_int_equal(play_reloads(1, "preset: none", "groups: [", &why), MCV_E_CONFIG);
}

/* Frames that claim more than there is, or that would unpack into more than a frame may take. */
static void a_frame_cannot_take_more_than_its_arena(void **state)
{
    enum { N_VERDICTS = 8000000 };
    struct mcv_replay_file file = {0};
    Mcv__RecordFrame *frame;
    const size_t n_frame = N_VERDICTS * 3;
    uint8_t *p = malloc(MCV_RECORD_MAGIC_BYTES + 4 + n_frame);
    (void)state;

    assert_non_null(p);
    assert_int_equal(mcv_arena_init(&file.arena, 64u << 20, false), MCV_OK);
    mcv_store_be32(p + MCV_RECORD_MAGIC_BYTES, UINT32_MAX);
    file.content = p;
    file.n = MCV_RECORD_MAGIC_BYTES + 4 + n_frame;
    mcv_replay_file_rewind(&file);
    assert_int_equal(mcv_replay_file_next(&file, &frame), MCV_E_TRUNCATED);
    mcv_store_be32(p + MCV_RECORD_MAGIC_BYTES, (uint32_t)n_frame);
    for (size_t i = 0; i < N_VERDICTS; i++) /* field 31, of no octets */
        memcpy(p + MCV_RECORD_MAGIC_BYTES + 4 + 3 * i, "\xfa\x01\x00", 3);
    mcv_replay_file_rewind(&file);
    assert_int_equal(mcv_replay_file_next(&file, &frame), MCV_E_MALFORMED);
    mcv_arena_wipe(&file.arena);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_may_end_anywhere),
        cmocka_unit_test(what_was_done_is_there),
        cmocka_unit_test(a_record_may_be_damaged_anywhere),
        cmocka_unit_test(a_beginning_that_cannot_be_is_refused),
        cmocka_unit_test(a_configuration_may_be_read_again_and_again),
        cmocka_unit_test(a_configuration_beyond_the_limits_is_refused),
        cmocka_unit_test(a_frame_cannot_take_more_than_its_arena),
    };

    return cmocka_run_group_tests(tests, NULL, flight_end);
}
