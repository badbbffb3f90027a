/* Many key sets and many group key messages at once, on all cores: the same octets as one by one. */
#include "agent/cli/crew.h"
#include "agent/cli/kms_gmk.h"
#include "crypto/rng_system.h"
#include "proto/base64.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GMS     "sip:gms@example.org"
#define GROUP   "sip:team1@example.org"
#define NOW_S   1767225600 /* 2026-01-01T00:00:00Z */
#define PERIOD  (30u * 86400u)
#define N_USERS 37 /* not a multiple of a part, nor of eight */

/* The same octets whenever it is asked, so that the order of threads does not show. */
static mcv_err same_octets(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(0x11 + 7 * i % 97);
    return MCV_OK;
}

static const struct mcv_rng same = {.fill = same_octets};

static char user_text[N_USERS][40];
static const char *users[N_USERS];

struct fixture {
    struct mcv_tmpdir dir;
    struct mcv_kms kms[2];
    struct mcv_seal_secret secret;
    struct mcv_why why;
    uint64_t period;
};

static int setup(void **state)
{
    static const char *const names[] = {"one", "other"};
    static struct fixture f;
    const struct mcv_kms_params params = {
        .uri = "kms.example.org", .gms_uri = GMS, .period = {.period_s = PERIOD}};

    f = (struct fixture){.secret = {.kind = MCV_SEAL_KEY_FILE, .n = MCV_SEAL_KEY_BYTES}};
    mcv_tmpdir_make(&f.dir);
    for (size_t i = 0; i < N_USERS; i++) {
        snprintf(user_text[i], sizeof user_text[i], "sip:user%zu@example.org", i * 7919 % N_USERS);
        users[i] = user_text[i];
    }
    for (int i = 0; i < 2; i++) /* twins: the same masters */
        assert_int_equal(mcv_kms_create(&f.kms[i], mcv_tmpdir_file(&f.dir, names[i]), &f.secret,
                                        &params, &same, &f.why),
                         MCV_OK);
    assert_int_equal(mcv_kms_period_no(&f.period, &f.kms[0], NOW_S, &f.why), MCV_OK);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) mcv_kms_close(&f->kms[i]);
    mcv_tmpdir_remove(&f->dir);
    return 0;
}

/* What a batch told. */
struct told {
    size_t n_calls, last, n;
    const char *failed;
    mcv_err err;
    unsigned n_failed;
};

static void take_progress(void *ctx, size_t n_done, size_t n)
{
    struct told *t = ctx;

    assert_true(n_done >= t->last && n_done <= n);
    *t = (struct told){t->n_calls + 1, n_done, n, t->failed, t->err, t->n_failed};
}

static void take_failed(void *ctx, const char *user, mcv_err err)
{
    struct told *t = ctx;

    t->failed = user;
    t->err = err;
    t->n_failed++;
}

static void assert_twins(const struct fixture *f)
{
    uint8_t *packed[2];
    size_t n[2];

    for (int i = 0; i < 2; i++)
        assert_int_equal(mcv_pb_pack(&packed[i], &n[i], &f->kms[i].file->base), MCV_OK);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(packed[0], packed[1], n[0]);
    for (int i = 0; i < 2; i++) mcv_keymem_free(packed[i], n[i]);
}

static void key_sets(void **state)
{
    struct fixture *f = *state;
    struct mcv_kms_batch_report r;
    struct told told = {0};
    const struct mcv_kms_watch watch = {take_progress, take_failed, &told};
    const char *list[N_USERS + 2];

    for (int i = 0; i < 2; i++) /* one user has keys of one of the periods already */
        assert_int_equal(mcv_kms_issue(&f->kms[i], NULL, users[5], f->period + 1, &f->why), MCV_OK);
    for (size_t i = 0; i < N_USERS; i++)
        for (unsigned p = 0; p < 3; p++)
            assert_int_equal(mcv_kms_issue(&f->kms[0], NULL, users[i], f->period + p, &f->why),
                             MCV_OK);
    memcpy(list, users, sizeof users);
    list[N_USERS] = users[3]; /* named twice */
    list[N_USERS + 1] = users[0];
    assert_int_equal(
        mcv_kms_issue_users(&f->kms[1], &r, list, N_USERS + 2, f->period, 3, &watch, &f->why),
        MCV_OK);
    assert_int_equal(r.n_done, 3 * N_USERS - 1);
    assert_int_equal(r.n_failed, 0);
    assert_int_equal(told.n, r.n_done);
    assert_int_equal(told.last, told.n);
    assert_twins(f);
    told = (struct told){0}; /* once more: nothing is left to do */
    assert_int_equal(
        mcv_kms_issue_users(&f->kms[1], &r, list, N_USERS, f->period, 3, &watch, &f->why), MCV_OK);
    assert_int_equal(r.n_done, 0);
    assert_twins(f);
}

/* One user's failure is its own. */
static void a_user_fails(void **state)
{
    struct fixture *f = *state;
    struct mcv_kms_batch_report r;
    struct told told = {0};
    const struct mcv_kms_watch watch = {NULL, take_failed, &told};
    const char *const list[] = {users[0], "sip:no good@example.org", users[1]};

    assert_int_equal(mcv_kms_issue_users(&f->kms[1], &r, list, 3, f->period, 2, &watch, &f->why),
                     MCV_OK);
    assert_int_equal(r.n_done, 4);
    assert_int_equal(r.n_failed, 1);
    assert_int_equal(told.n_failed, 1);
    assert_string_equal(told.failed, list[1]);
    assert_int_equal(told.err, MCV_E_MALFORMED);
    assert_true(mcv_kms_has_user(&f->kms[1], users[1]));
    assert_false(mcv_kms_has_user(&f->kms[1], list[1]));
}

static mcv_err no_octets(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    (void)out;
    (void)n;
    return MCV_E_CRYPTO;
}

/* Where every user fails, nobody has half a set. */
static void all_users_fail(void **state)
{
    static const struct mcv_rng none = {.fill = no_octets};
    struct fixture *f = *state;
    struct mcv_kms_batch_report r;
    struct told told = {0};
    const struct mcv_kms_watch watch = {NULL, take_failed, &told};

    f->kms[1].rng = &none;
    assert_int_equal(
        mcv_kms_issue_users(&f->kms[1], &r, users, N_USERS, f->period, 2, &watch, &f->why), MCV_OK);
    assert_int_equal(r.n_done, 0);
    assert_int_equal(r.n_failed, N_USERS);
    assert_int_equal(told.err, MCV_E_CRYPTO);
    assert_int_equal(f->kms[1].file->n_key_sets, 0);
    f->kms[1].rng = &same;
}

static void members(void **state)
{
    struct fixture *f = *state;
    const struct mcv_kms_validity always = {0};
    struct mcv_kms_batch_report r;
    const struct mcv_kms_watch quiet = {0};
    const char *const list[] = {users[0], users[1], "sip:nobody@example.org"};

    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            mcv_kms_issue_users(&f->kms[i], &r, users, N_USERS, f->period, 1, &quiet, &f->why),
            MCV_OK);
        assert_int_equal(mcv_kms_group_create(&f->kms[i], GROUP, "Team", &always, &f->why), MCV_OK);
        assert_int_equal(mcv_kms_group_add_users(&f->kms[i], GROUP, &users[9], 1, &f->why), MCV_OK);
    }
    assert_int_equal(mcv_kms_group_add_users(&f->kms[1], GROUP, list, 3, &f->why), MCV_E_NOT_FOUND);
    assert_non_null(strstr(f->why.text, "sip:nobody@example.org: has no keys here"));
    assert_twins(f); /* not one of them */
    for (size_t i = 0; i < N_USERS; i++)
        assert_int_equal(mcv_kms_group_add_users(&f->kms[0], GROUP, &users[i], 1, &f->why), MCV_OK);
    assert_int_equal(mcv_kms_group_add_users(&f->kms[1], GROUP, users, N_USERS, &f->why), MCV_OK);
    assert_twins(f);
}

/* A group with two keys, one of which has expired, and all users. */
static struct mcv_kms *open_group(struct fixture *f)
{
    const struct mcv_kms_validity expired = {.expiry_s = NOW_S - 1}, always = {0};
    const struct mcv_kms_watch quiet = {0};
    struct mcv_kms_batch_report r;
    struct mcv_kms *kms = &f->kms[0];

    assert_int_equal(mcv_kms_issue_users(kms, &r, users, N_USERS, f->period, 1, &quiet, &f->why),
                     MCV_OK);
    kms->rng = &mcv_rng_system; /* two keys are not the same */
    assert_int_equal(mcv_kms_group_create(kms, GROUP, "Team", &expired, &f->why), MCV_OK);
    assert_int_equal(mcv_kms_group_roll(kms, GROUP, &always, &f->why), MCV_OK);
    assert_int_equal(mcv_kms_group_roll(kms, GROUP, &always, &f->why), MCV_OK);
    kms->rng = &same;
    assert_int_equal(mcv_kms_group_add_users(kms, GROUP, users, N_USERS, &f->why), MCV_OK);
    return kms;
}

static void expect_line(const char **at, const struct mcv_kms_gmk_sender *sender, const char *user,
                        const Mcv__Group *g, const Mcv__GroupKey *k)
{
    uint8_t message[MCV_KMS_GMK_MAX_BYTES], text[2 * MCV_KMS_GMK_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(message, sizeof message);
    struct mcv_writer t = mcv_writer_of(text, sizeof text);
    char id[12];

    assert_int_equal(mcv_kms_gmk_write(&w, sender, user, g, k), MCV_OK);
    snprintf(id, sizeof id, " %08x ", (unsigned)k->gmk_id);
    mcv_wr_bytes(&t, mcv_bytes_str(user));
    mcv_wr_bytes(&t, mcv_bytes_str(id));
    mcv_base64_encode(&t, mcv_wr_done(&w));
    mcv_wr_u8(&t, '\n');
    assert_int_equal(t.err, MCV_OK);
    assert_memory_equal(*at, text, t.n);
    *at += t.n;
}

static void messages(void **state)
{
    static char text[1u << 20];
    struct fixture *f = *state;
    struct mcv_kms *kms = open_group(f);
    struct mcv_kms_batch_report r;
    struct told told = {0};
    const struct mcv_kms_watch watch = {take_progress, take_failed, &told};
    const Mcv__Group *g = mcv_kms_group(kms, GROUP);
    struct mcv_kms_gmk_sender sender;
    const char *path = mcv_tmpdir_file(&f->dir, "messages"), *at = text;

    assert_int_equal(
        mcv_kms_group_messages(kms, &r, path, GROUP, MCV_NO_KEY_ID, NOW_S, &watch, &f->why),
        MCV_OK);
    assert_int_equal(r.n_done, 2 * N_USERS);
    assert_int_equal(r.n_failed, 0);
    assert_int_equal(told.n, 2 * N_USERS);
    assert_int_equal(told.last, 2 * N_USERS);
    text[mcv_tmpfile_read(path, (uint8_t *)text, sizeof text - 1)] = '\0';
    assert_int_equal(mcv_kms_gmk_sender_begin(&sender, kms, NOW_S), MCV_OK);
    for (size_t j = 1; j < 3; j++) /* key 0 has expired */
        for (size_t i = 0; i < g->n_members; i++)
            expect_line(&at, &sender, g->members[i], g, g->keys[j]);
    assert_int_equal(*at, '\0');
    /* one key by its name, though it has expired */
    told = (struct told){0};
    assert_int_equal(
        mcv_kms_group_messages(kms, &r, path, GROUP, g->keys[0]->gmk_id, NOW_S, &watch, &f->why),
        MCV_OK);
    assert_int_equal(r.n_done, N_USERS);
    mcv_kms_gmk_sender_wipe(&sender);
}

static void no_messages(void **state)
{
    static const struct mcv_rng none = {.fill = no_octets};
    struct fixture *f = *state;
    struct mcv_kms *kms = open_group(f);
    struct mcv_kms_batch_report r;
    struct told told = {0};
    const struct mcv_kms_watch watch = {NULL, take_failed, &told};
    const char *path = mcv_tmpdir_file(&f->dir, "messages");
    uint8_t b[8];

    assert_int_equal(mcv_kms_group_messages(kms, &r, path, "sip:none@example.org", MCV_NO_KEY_ID,
                                            NOW_S, &watch, &f->why),
                     MCV_E_NOT_FOUND);
    assert_int_equal(mcv_kms_group_messages(kms, &r, path, GROUP, 7, NOW_S, &watch, &f->why),
                     MCV_E_NOT_FOUND);
    kms->rng = &none; /* no nonces: every message fails, and each member is told of */
    assert_int_equal(
        mcv_kms_group_messages(kms, &r, path, GROUP, MCV_NO_KEY_ID, NOW_S, &watch, &f->why),
        MCV_OK);
    kms->rng = &same;
    assert_int_equal(r.n_done, 0);
    assert_int_equal(r.n_failed, 2 * N_USERS);
    assert_int_equal(told.n_failed, 2 * N_USERS);
    assert_int_equal(mcv_tmpfile_read(path, b, sizeof b), 0);
}

/* A member whose message cannot be written leaves the others theirs. */
static void a_message_fails(void **state)
{
    struct fixture *f = *state;
    struct mcv_kms *kms = open_group(f);
    const Mcv__Group *g = mcv_kms_group(kms, GROUP);
    struct mcv_kms_gmk_sender sender;
    static uint8_t b[11][MCV_KMS_GMK_MAX_BYTES];
    uint8_t one[MCV_KMS_GMK_MAX_BYTES];
    struct mcv_writer w[11], want;
    struct mcv_bytes to[11];
    mcv_err outcomes[11];

    assert_int_equal(mcv_kms_gmk_sender_begin(&sender, kms, NOW_S), MCV_OK);
    for (size_t i = 0; i < 11; i++) {
        w[i] = mcv_writer_of(b[i], i == 2 ? 100 : sizeof b[i]); /* too small */
        to[i] = mcv_bytes_str(i == 9 ? "" : users[i]);          /* nobody */
    }
    mcv_kms_gmk_write_many(w, outcomes, &sender, to, 11, g, g->keys[1]);
    for (size_t i = 0; i < 11; i++) {
        want = mcv_writer_of(one, i == 2 ? 100 : sizeof one);
        assert_int_equal(outcomes[i],
                         mcv_kms_gmk_write(&want, &sender, i == 9 ? "" : users[i], g, g->keys[1]));
        assert_int_equal(outcomes[i], i == 2 ? MCV_E_SPACE : i == 9 ? MCV_E_MALFORMED : MCV_OK);
        assert_int_equal(w[i].n, want.n);
        assert_memory_equal(b[i], one, want.n);
    }
    mcv_kms_gmk_sender_wipe(&sender);
}

#define MAX_ITEMS 1000

struct tally {
    atomic_uint n[MAX_ITEMS];
    size_t n_items;
};

static void count(void *ctx, size_t first, size_t n)
{
    struct tally *t = ctx;

    assert_true(n > 0 && first + n <= t->n_items);
    for (size_t i = first; i < first + n; i++) atomic_fetch_add(&t->n[i], 1);
}

static void every_item_once(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 15, 16, 17, 63, 1000};
    static struct tally t;

    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        t = (struct tally){.n_items = counts[c]};
        const struct mcv_crew crew = {
            .n_items = counts[c], .step = 1 + c % 3 * 7, .work = count, .ctx = &t};
        mcv_crew_run(&crew);
        for (size_t i = 0; i < MAX_ITEMS; i++) assert_int_equal(t.n[i], i < counts[c]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),
        cmocka_unit_test_setup_teardown(key_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(all_users_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(members, setup, teardown),
        cmocka_unit_test_setup_teardown(messages, setup, teardown),
        cmocka_unit_test_setup_teardown(no_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
