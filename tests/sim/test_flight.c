/* Flight records in virtual time: what comes out again, and what is not in them. */
#include "agent/record/record_parts.h"
#include "crypto/kdf.h"
#include "sim/replay_file.h"
#include "tests/support/cmocka.h"
#include "tests/support/flight_script.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what comes out again ------------------------------------------------------------------ */

static void both_forms_come_out_as_they_were(void **state)
{
    static struct flight f;
    struct mcv_replay_result r;
    (void)state;

    for (enum flight_form form = FLIGHT_REDACTED; form <= FLIGHT_FULL; form++) {
        flight_fly(&f, form, flight_everything);
        for (enum flight_who who = 0; who < FLIGHT_N; who++) {
            const struct mcv_replay_counts *was = &f.agents[who].counts;
            assert_true(who == FLIGHT_ALICE || was->events[MCV_EVENT_MEDIA_REPORT] > 0);
            assert_int_equal(flight_replay(&f, who, NULL, NULL, &r), MCV_OK);
            if (!r.is_same)
                fail_msg("%s: %llu us", flight_uri(who), (unsigned long long)r.differs_at_us);
            assert_true(r.is_whole && r.counts.n_outputs == was->n_outputs);
            assert_true(flight_is_equal(flight_uri(who), &r.counts, was) && r.counts.n_beyond == 0);
        }
        flight_close(&f);
    }
}

/* The record with the first frame changed that can be. */
static bool is_same_with(bool (*change)(Mcv__RecordFrame *f))
{
    enum { CAP = 1 << 16 };
    static uint8_t content[CAP];
    struct mcv_replay_file file, made = {.content = content, .n = MCV_RECORD_MAGIC_BYTES};
    struct mcv_replay_result r;
    struct mcv_why why;
    Mcv__RecordFrame *frame;
    bool is_done = false;

    flight_read_record(&file, FLIGHT_REDACTED, flight_call_of_two, FLIGHT_BOB);
    while (mcv_replay_file_next(&file, &frame) == MCV_OK && frame != NULL) {
        is_done = is_done || change(frame);
        flight_put_frame(&made, CAP, frame);
    }
    assert_true(is_done);
    assert_int_equal(flight_play_made(&made, &r, &why), MCV_OK);
    mcv_replay_file_close(&file);
    return r.is_same;
}

static bool of_nothing(Mcv__RecordFrame *f)
{
    (void)f;
    return true;
}

static bool of_a_timer(Mcv__RecordFrame *f)
{
    if (f->what_case != MCV__RECORD_FRAME__WHAT_POLLED || f->polled->wake_at_us == 0) return false;
    f->polled->wake_at_us++;
    return true;
}

static bool of_a_choice(Mcv__RecordFrame *f)
{
    if (f->n_choices == 0) return false;
    f->choices[0]->value ^= 1;
    return true;
}

static bool of_a_verdict(Mcv__RecordFrame *f)
{
    if (f->n_verdicts == 0) return false;
    f->verdicts[0]->err = MCV_E_AUTH;
    return true;
}

static bool of_a_verification(Mcv__RecordFrame *f)
{
    if (f->what_case != MCV__RECORD_FRAME__WHAT_JOB || f->job->kind != MCV_JOB_VERIFY) return false;
    f->job->err = MCV_E_AUTH;
    return true;
}

static bool of_a_decapsulation(Mcv__RecordFrame *f)
{
    if (f->what_case != MCV__RECORD_FRAME__WHAT_JOB || f->job->kind != MCV_JOB_DECAPSULATE)
        return false;
    f->job->err = MCV_E_AUTH;
    return true;
}

static bool of_an_output(Mcv__RecordFrame *f)
{
    if (f->what_case != MCV__RECORD_FRAME__WHAT_POLLED || f->polled->n == 0) return false;
    f->polled->digest ^= 1;
    return true;
}

static void everything_that_is_recorded_counts(void **state)
{
    (void)state;

    assert_true(is_same_with(of_nothing));
    assert_false(is_same_with(of_a_timer));
    assert_false(is_same_with(of_a_choice));
    assert_false(is_same_with(of_a_verdict));
    assert_false(is_same_with(of_a_verification));
    assert_false(is_same_with(of_a_decapsulation));
    assert_false(is_same_with(of_an_output));
}

/* ---- what is not in them ------------------------------------------------------------------- */

struct content {
    struct mcv_replay_file files[2];
};

static void open_content(struct content *c, const struct flight f[static 2], enum flight_who who)
{
    for (enum flight_form form = FLIGHT_REDACTED; form <= FLIGHT_FULL; form++)
        assert_int_equal(
            mcv_replay_file_open(&c->files[form], f[form].agents[who].path, &f[form].secret, NULL),
            MCV_OK);
}

static void close_content(struct content *c)
{
    for (enum flight_form form = FLIGHT_REDACTED; form <= FLIGHT_FULL; form++)
        mcv_replay_file_close(&c->files[form]);
}

/* It is in the full record, and not in the redacted one. */
static void only_full(struct content *c, const void *secret, size_t n, const char *what)
{
    const struct mcv_replay_file *full = &c->files[FLIGHT_FULL];
    const struct mcv_replay_file *redacted = &c->files[FLIGHT_REDACTED];

    assert_true(n >= 8);
    if (memmem(full->content, full->n, secret, n) == NULL) fail_msg("%s is nowhere", what);
    if (memmem(redacted->content, redacted->n, secret, n) != NULL) fail_msg("%s is there", what);
}

static void in_neither(struct content *c, const void *secret, size_t n, const char *what)
{
    for (enum flight_form form = FLIGHT_REDACTED; form <= FLIGHT_FULL; form++)
        if (memmem(c->files[form].content, c->files[form].n, secret, n) != NULL)
            fail_msg("%s is there", what);
}

/* Secrets, one behind the other. */
struct secrets {
    uint8_t b[4096];
    size_t n;
};

static void add(struct secrets *s, struct mcv_bytes b)
{
    assert_true(s->n + b.n <= sizeof s->b);
    if (b.n > 0) memcpy(s->b + s->n, b.p, b.n);
    s->n += b.n;
}

/* What protects media and reports of the group is derived from the GMK. */
static void no_group_keys(struct content *c, const struct flight_agent *a, struct secrets *s)
{
    struct mcv_srtp_master master;

    for (size_t i = 0; i < a->keys->n_gmks; i++) {
        const struct mcv_keyring_gmk *g = &a->keys->gmks[i];
        only_full(c, g->gmk->b, sizeof g->gmk->b, "GMK");
        only_full(c, g->rand.p, g->rand.n, "RAND of the GMK");
        assert_int_equal(mcv_kdf_srtp_master(&master, g->gmk->b, a->config.agent.group_cs_id,
                                             g->guk_id, g->rand),
                         MCV_OK);
        in_neither(c, master.key.b, sizeof master.key.b, "SRTP master key");
        in_neither(c, master.salt.b, sizeof master.salt.b, "SRTP master salt");
        add(s, mcv_bytes_of(g->gmk->b, sizeof g->gmk->b));
        add(s, g->rand);
    }
}

/* Drawn, and what came of jobs: the full record says what that was. */
static unsigned no_drawn_keys(struct content *c, struct secrets *s)
{
    Mcv__RecordFrame *f;
    unsigned n = 0;

    while (mcv_replay_file_next(&c->files[FLIGHT_FULL], &f) == MCV_OK && f != NULL) {
        for (size_t i = 0; i < f->n_draws; i++, n++) {
            only_full(c, f->draws[i].data, f->draws[i].len, "draw");
            add(s, mcv_pb_bytes(&f->draws[i]));
        }
        if (f->what_case != MCV__RECORD_FRAME__WHAT_JOB) continue;
        const Mcv__RecordJob *j = f->job;
        const ProtobufCBinaryData fields[] = {j->pck, j->key, j->rand, j->message};
        for (size_t i = 0; i < N_OF(fields); i++) {
            if (fields[i].len == 0) continue;
            n++;
            if (j->message.len == 0 || i < 3) add(s, mcv_pb_bytes(&fields[i]));
            /* a RAND that was received stands in the I_MESSAGE */
            if (i != 2) only_full(c, fields[i].data, fields[i].len, "what a job made");
        }
    }
    return n;
}

/* Nor is what was chosen a part of any. */
static unsigned no_part_of_a_key(struct content *c, const struct secrets *s)
{
    Mcv__RecordFrame *f;
    unsigned n = 0;

    while (mcv_replay_file_next(&c->files[FLIGHT_REDACTED], &f) == MCV_OK && f != NULL) {
        assert_int_equal(f->n_draws, 0);
        for (size_t i = 0; i < f->n_choices; i++) {
            uint8_t b[4];
            if (f->choices[i]->bound != 0) continue; /* 16 bits, or a time to wait */
            mcv_store_be32(b, f->choices[i]->value);
            assert_null(memmem(s->b, s->n, b, sizeof b));
            n++;
        }
    }
    return n;
}

/* The same flight, recorded in both forms. Spec: TS 33.180 5.11 (keys are kept sealed). */
static void a_redacted_record_has_no_key_and_no_draw(void **state)
{
    static struct flight f[2];
    unsigned n_drawn = 0, n_chosen = 0;
    (void)state;

    flight_fly(&f[FLIGHT_REDACTED], FLIGHT_REDACTED, flight_everything);
    flight_fly(&f[FLIGHT_FULL], FLIGHT_FULL, flight_everything);
    for (enum flight_who who = 0; who < FLIGHT_N; who++) {
        const struct flight_agent *a = &f[FLIGHT_FULL].agents[who];
        struct secrets secrets = {0};
        struct content c;
        assert_int_equal(f[FLIGHT_REDACTED].agents[who].n_sent, a->n_sent);
        assert_memory_equal(f[FLIGHT_REDACTED].agents[who].sent, a->sent, a->n_sent);
        open_content(&c, f, who);
        no_group_keys(&c, a, &secrets);
        n_drawn += no_drawn_keys(&c, &secrets);
        n_chosen += no_part_of_a_key(&c, &secrets);
        in_neither(&c, f[FLIGHT_FULL].secret.b, MCV_SEAL_KEY_BYTES, "secret of the store");
        close_content(&c);
    }
    assert_true(n_drawn >= 4 && n_chosen >= 8); /* RAND, message, PCK twice; SSRCs, PCK-ID, ... */
    flight_close(&f[FLIGHT_REDACTED]);
    flight_close(&f[FLIGHT_FULL]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_come_out_as_they_were),
        cmocka_unit_test(everything_that_is_recorded_counts),
        cmocka_unit_test(a_redacted_record_has_no_key_and_no_draw),
    };

    return cmocka_run_group_tests(tests, NULL, flight_end);
}
