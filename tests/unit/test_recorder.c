/* What a flight record keeps, where it ends, and what is left out of a redacted one. */
#include "agent/record/recorder.h"
#include "agent/store/files.h"
#include "crypto/rng_system.h"
#include "sim/replay_file.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct mcv_tmpdir dir;
    char path[320];
    struct mcv_seal_secret secret;
    const struct mcv_srtp_backend *srtp;
    char why[64]; /* of an end */
};

static void on_ended(void *ctx, const char *why)
{
    struct fixture *f = ctx;

    assert_string_equal(f->why, ""); /* once */
    snprintf(f->why, sizeof f->why, "%s", why);
}

static const struct mcv_now at_end = {.mono_us = 1000000, .utc_s = 7};

static int setup(void **state)
{
    static struct fixture f;

    f = (struct fixture){.secret = {.kind = MCV_SEAL_KEY_FILE, .n = MCV_SEAL_KEY_BYTES}};
    mcv_tmpdir_make(&f.dir);
    snprintf(f.path, sizeof f.path, "%s/record", f.dir.path);
    assert_int_equal(mcv_srtp_backend_find(&f.srtp, "openssl"), MCV_OK);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_tmpdir_remove(&f->dir);
    return 0;
}

static struct mcv_recorder *open_recorder(struct fixture *f, bool has_secrets)
{
    const struct mcv_recorder_params params = {.path = f->path,
                                               .has_secrets = has_secrets,
                                               .max_bytes = MCV_RECORD_MIN_BYTES,
                                               .secret = &f->secret,
                                               .rng = mcv_rng_system,
                                               .srtp = f->srtp,
                                               .ended = on_ended,
                                               .ctx = f};
    struct mcv_recorder *r;

    f->why[0] = '\0';
    assert_int_equal(mcv_recorder_open(&r, &params, NULL), MCV_OK);
    return r;
}

/* An RTP packet with 1 000 octets of the value 0xab behind its header. */
static void give_packet(struct mcv_recorder *r, uint64_t at_us)
{
    static uint8_t packet[12 + 1000] = {0x80, 97};
    const struct mcv_datagram d = {
        .channel = MCV_CH_VIDEO_RTP, .call = 1, .bytes = mcv_bytes_of(packet, sizeof packet)};

    memset(packet + 12, 0xab, 1000);
    mcv_recorder_datagram(r, (struct mcv_now){.mono_us = at_us, .utc_s = 7}, &d);
}

/* The frames of the file: how many, and the last one's reason. */
static size_t count_frames(struct fixture *f, size_t *n_bytes, char why[static 64])
{
    struct mcv_replay_file file;
    Mcv__RecordFrame *frame;
    size_t n = 0;

    assert_int_equal(mcv_replay_file_open(&file, f->path, &f->secret, NULL), MCV_OK);
    *n_bytes = file.n;
    why[0] = '\0';
    while (mcv_replay_file_next(&file, &frame) == MCV_OK && frame != NULL) {
        assert_string_equal(why, ""); /* nothing comes after the end */
        if (frame->what_case == MCV__RECORD_FRAME__WHAT_END)
            snprintf(why, 64, "%s", frame->end->why);
        n++;
    }
    mcv_replay_file_close(&file);
    return n;
}

static void a_record_ends_at_its_bound(void **state)
{
    struct fixture *f = *state;
    char why[64];
    size_t n_bytes;

    for (int secrets = 0; secrets < 2; secrets++) {
        struct mcv_recorder *r = open_recorder(f, secrets != 0);
        for (unsigned i = 0; i < 40000; i++) give_packet(r, i);
        assert_string_equal(f->why, "the bound was reached");
        assert_int_equal(mcv_recorder_close(r, at_end, NULL), MCV_OK);
        const size_t n = count_frames(f, &n_bytes, why);
        assert_string_equal(why, "the bound was reached");
        assert_true(n_bytes <= MCV_RECORD_MIN_BYTES && n_bytes > MCV_RECORD_MIN_BYTES - 4096);
        assert_true(secrets ? n < 1100 : n > 5000); /* media are left out of a redacted one */
        assert_int_equal(remove(f->path), 0);
    }
}

static void a_record_that_is_closed_says_so(void **state)
{
    struct fixture *f = *state;
    char why[64];
    size_t n_bytes;
    struct mcv_recorder *r = open_recorder(f, false);

    give_packet(r, 1);
    assert_int_equal(mcv_recorder_close(r, at_end, NULL), MCV_OK);
    assert_int_equal(count_frames(f, &n_bytes, why), 2);
    assert_string_equal(why, "stopped");
    assert_string_equal(f->why, "");
    assert_int_equal(remove(f->path), 0);
}

/* A draw of n octets, then a choice: the file has both, or the choice alone. */
static void draw_and_choose(struct fixture *f, bool has_secrets, size_t n)
{
    struct mcv_recorder *r = open_recorder(f, has_secrets);
    const struct mcv_rng rng = mcv_recorder_rng(r, mcv_rng_system);
    struct mcv_replay_file file;
    Mcv__RecordFrame *frame;
    uint8_t drawn[64];
    uint32_t chosen[2];

    give_packet(r, 1);
    assert_int_equal(mcv_rng_bytes(&rng, drawn, n), MCV_OK);
    assert_int_equal(mcv_rng_u32(&rng, &chosen[0]), MCV_OK);
    assert_int_equal(mcv_rng_below(&rng, &chosen[1], 1000), MCV_OK);
    assert_true(chosen[1] < 1000);
    assert_int_equal(mcv_recorder_close(r, at_end, NULL), MCV_OK);
    assert_int_equal(mcv_replay_file_open(&file, f->path, &f->secret, NULL), MCV_OK);
    assert_int_equal(mcv_replay_file_next(&file, &frame), MCV_OK);
    assert_int_equal(frame->n_draws, has_secrets ? 1 : 0);
    if (has_secrets) assert_memory_equal(frame->draws[0].data, drawn, n);
    if (n >= 4) assert_int_equal(memmem(file.content, file.n, drawn, n) != NULL, has_secrets);
    assert_int_equal(frame->n_choices, 2);
    assert_int_equal(frame->choices[0]->value, chosen[0]);
    assert_int_equal(frame->choices[1]->value, chosen[1]);
    assert_int_equal(frame->choices[1]->bound, 1000);
    mcv_replay_file_close(&file);
    assert_int_equal(remove(f->path), 0);
}

/* However short: the length does not say what it is for. */
static void no_draw_is_in_a_redacted_record(void **state)
{
    for (size_t n = 1; n <= 64; n++) draw_and_choose(*state, false, n);
    draw_and_choose(*state, true, 1);
    draw_and_choose(*state, true, 64);
}

/* As many as an agent takes: a record with them begins. */
static void all_ssrcs_of_earlier_runs_fit(void **state)
{
    enum { N = 6144 };
    struct fixture *f = *state;
    const struct mcv_agent_config config = mcv_agent_config_default();
    const struct mcv_record_config recorded = {.agent = &config};
    const struct mcv_keyring keys = {.home_kms_uri = {0}};
    struct mcv_recorder *r = open_recorder(f, false);
    struct mcv_replay_file file;
    Mcv__RecordFrame *frame;

    mcv_recorder_start(r, at_end, &recorded, &keys, 0);
    for (uint32_t i = 0; i < N; i++) mcv_recorder_ssrc(r, 1, 2, i);
    assert_int_equal(mcv_recorder_close(r, at_end, NULL), MCV_OK);
    assert_string_equal(f->why, "");
    assert_int_equal(mcv_replay_file_open(&file, f->path, NULL, NULL), MCV_OK);
    assert_int_equal(mcv_replay_file_next(&file, &frame), MCV_OK);
    assert_int_equal(frame->start->n_ssrcs, N);
    for (uint32_t i = 0; i < N; i++) assert_int_equal(frame->start->ssrcs[i]->ssrc, i);
    mcv_replay_file_close(&file);
    assert_int_equal(remove(f->path), 0);
}

static void a_folder_that_is_missing_is_told(void **state)
{
    struct fixture *f = *state;
    struct mcv_recorder_params params = {.path = "/nowhere/at/all",
                                         .max_bytes = MCV_RECORD_MIN_BYTES,
                                         .rng = mcv_rng_system,
                                         .srtp = f->srtp};
    struct mcv_recorder *r;
    struct mcv_why why = {0};

    assert_int_equal(mcv_recorder_open(&r, &params, &why), MCV_E_IO);
    assert_non_null(strstr(why.text, "/nowhere/at/all"));
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ends_at_its_bound),
        cmocka_unit_test(a_record_that_is_closed_says_so),
        cmocka_unit_test(no_draw_is_in_a_redacted_record),
        cmocka_unit_test(all_ssrcs_of_earlier_runs_fit),
        cmocka_unit_test(a_folder_that_is_missing_is_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
