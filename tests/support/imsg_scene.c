#include "tests/support/imsg_scene.h"

#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/imsg_vectors.h"

struct fix_home scene_home;
struct fix_kms scene_other_kms;
struct fix_user scene_dave;

static struct mcv_prng prng;

int scene_users_open(void **state)
{
    (void)state;
    fix_home_open(&scene_home);
    fix_kms_open(&scene_other_kms, "kms.other.org", FIX_OTHER_KSAK, FIX_OTHER_Z_SECRET);
    fix_user_open(&scene_dave, &scene_other_kms, "sip:dave@other.org", 0x3456, IMSG_UTC_S);
    return 0;
}

int scene_users_close(void **state)
{
    (void)state;
    fix_user_close(&scene_dave);
    fix_kms_close(&scene_other_kms);
    fix_home_close(&scene_home);
    return 0;
}

void scene_open(struct scene *s)
{
    static uint8_t rand[MCV_MIKEY_RAND_BYTES];

    *s = (struct scene){.want = MCV_KEY_PCK, .signer = &scene_home.alice.eccsi};
    mcv_prng_init(&prng, 1, 0);
    mcv_hex_exact(rand, sizeof rand, IMSG_PCK_RAND);
    mcv_hex_exact(s->key.b, sizeof s->key.b, IMSG_PCK);
    s->spec = fix_pck_spec(&scene_home, rand);
    s->kms[0] = scene_home.kms.kms;
    s->kms[1] = scene_other_kms.kms;
    s->own[0] = scene_home.bob.own;
    s->trust = (struct mcv_imsg_trust){.kms = s->kms, .n_kms = 2, .own = s->own, .n_own = 1};
    mcv_replay_init(&s->replay, s->entries, SCENE_CAP, SCENE_SKEW, 0);
    s->context = (struct mcv_imsg_context){
        .trust = &s->trust, .replay = &s->replay, .call_id = SCENE_CALL, .utc_s = IMSG_UTC_S};
    s->caller = mcv_bytes_str(IMSG_ALICE);
}

void scene_build(struct scene *s)
{
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    struct mcv_writer w = mcv_writer_of(s->octets, sizeof s->octets);

    assert_int_equal(mcv_imsg_build(&w, NULL, &s->spec, &s->key, &rng), MCV_OK);
    s->n = w.n;
}

void scene_sign(struct scene *s, const struct mcv_mikey_msg *m)
{
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    uint8_t room[MCV_MIKEY_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(room, sizeof room);
    struct mcv_eccsi_sig sig;

    mcv_mikey_encode(&w, m);
    assert_int_equal(mcv_eccsi_sign(&sig, s->signer, mcv_wr_done(&w), &rng), MCV_OK);
    mcv_wr_bytes(&w, mcv_bytes_of(sig.b, sizeof sig.b));
    assert_int_equal(w.err, MCV_OK);
    memcpy(s->octets, room, w.n);
    s->n = w.n;
}

static void edit(struct scene *s, void (*msg)(struct mcv_mikey_msg *m))
{
    struct mcv_mikey_msg m;

    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(s->octets, s->n)), MCV_OK);
    msg(&m);
    scene_sign(s, &m);
}

enum scene_step scene_run(struct scene *s, mcv_err *err)
{
    struct mcv_imsg m;

    *err = mcv_imsg_parse(&m, mcv_bytes_of(s->octets, s->n), s->want);
    if (*err != MCV_OK) return PARSE;
    *err = mcv_imsg_resolve(&s->job, &s->verdict, &m, &s->context);
    if (*err != MCV_OK) return RESOLVE;
    *err = mcv_imsg_verify(&s->job);
    if (*err != MCV_OK) return VERIFY;
    *err = mcv_imsg_authorise(&s->job, s->caller);
    if (*err != MCV_OK) return AUTHORISE;
    *err = mcv_imsg_decapsulate(&s->opened, &s->job);
    if (*err != MCV_OK) return DECAPSULATE;
    if (s->context.replay != NULL)
        *err = mcv_imsg_accept(&s->replay, &s->job, s->context.call_id, s->context.utc_s);
    return *err != MCV_OK ? ACCEPT : OPENED;
}

/* Nothing is left behind by a step that stops. */
static void assert_neutral(const struct scene *s, enum scene_step step)
{
    static const struct mcv_imsg_job no_job;
    static const struct mcv_imsg_key no_key;

    if (step == RESOLVE) assert_memory_equal(&s->job, &no_job, sizeof no_job);
    if (step <= DECAPSULATE) assert_memory_equal(&s->opened, &no_key, sizeof no_key);
}

static void check_row(const struct scene_row *row)
{
    static struct scene s;
    mcv_err err;

    print_message("%s\n", row->why);
    scene_open(&s);
    if (row->spec != NULL) row->spec(&s);
    scene_build(&s);
    if (row->msg != NULL) edit(&s, row->msg);
    if (row->step < DECAPSULATE) s.own[0].sakke = (const struct mcv_sakke_key *)(uintptr_t)16;
    if (row->rest != NULL) row->rest(&s);
    const enum scene_step step = scene_run(&s, &err);
    assert_int_equal(err, row->want);
    assert_int_equal(step, row->step);
    assert_neutral(&s, step);
    if (step == OPENED) assert_true(mcv_ssv_equal(&s.opened.key, &s.key));
}

void scene_check_rows(const struct scene_row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) check_row(&rows[i]);
}
