/* I_MESSAGEs that cannot be built, and private call keys that are drawn again. */
#include "tests/support/cmocka.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"
#include "tests/support/rng_script.h"

#define N_OF(a)         (sizeof(a) / sizeof((a)[0]))
#define PCK_BYTES       537
#define FIRST_AMBIGUOUS 19

static const struct mcv_key_params gmk_params = {.type = MCV_KEY_GMK};
static const struct mcv_key_params long_params = {.type = MCV_KEY_PCK,
                                                  .text = {scene_home.kms.kpak.b, UINT16_MAX + 1}};

static struct mcv_imsg_own changed_own;
static struct mcv_imsg_kms changed_kms;

static void unknown_type(struct scene *s)
{
    s->spec.type = MCV_KEY_NONE;
}

static void server_key(struct scene *s)
{
    s->spec.type = MCV_KEY_SPK;
    s->spec.key_id = 0x31111111;
}

static void key_id_of_another_type(struct scene *s)
{
    s->spec.key_id = IMSG_GMK_ID;
}

static void short_rand(struct scene *s)
{
    s->spec.rand.n--;
}

static void nobody(struct scene *s)
{
    s->spec.to.n = 0;
}

static void long_responder(struct scene *s)
{
    static const uint8_t text[256] = {'s'};

    s->spec.to = mcv_bytes_of(text, sizeof text);
}

static void too_many_sessions(struct scene *s)
{
    s->spec.n_cs = MCV_MIKEY_MAX_CS + 1;
}

static void session_twice(struct scene *s)
{
    s->spec.n_cs = 2;
}

static void rate_2(struct scene *s)
{
    s->spec.profile.roc_rate = 2;
}

static void params_of_another_type(struct scene *s)
{
    s->spec.params = &gmk_params;
}

static void params_too_long(struct scene *s)
{
    s->spec.params = &long_params;
}

static void before_1900(struct scene *s)
{
    s->spec.utc_s = -MCV_NTP_UNIX_OFFSET_S - 1;
}

static void change_kms(struct scene *s)
{
    changed_kms = *s->spec.to_kms;
    s->spec.to_kms = &changed_kms;
}

static void change_own(struct scene *s)
{
    changed_own = *s->spec.from;
    s->spec.from = &changed_own;
}

static void before_the_first_period(struct scene *s)
{
    change_kms(s);
    changed_kms.period = (struct mcv_key_period){UINT64_MAX, UINT64_MAX - 1};
}

static void next_period(struct scene *s)
{
    s->spec.utc_s += 2592000;
}

static void responders_kms_revoked(struct scene *s)
{
    change_kms(s);
    changed_kms.is_revoked = true;
}

static void responders_kms_over(struct scene *s)
{
    change_kms(s);
    changed_kms.valid_to_s = IMSG_UTC_S - 1;
}

static void own_kms_revoked(struct scene *s)
{
    changed_kms = *s->spec.from_kms;
    changed_kms.is_revoked = true;
    s->spec.from_kms = &changed_kms;
}

static void own_over(struct scene *s)
{
    change_own(s);
    changed_own.valid_to_s = IMSG_UTC_S - 1;
}

static void own_cannot_sign(struct scene *s)
{
    change_own(s);
    changed_own.eccsi = NULL;
}

static void responders_kms_without_z(struct scene *s)
{
    change_kms(s);
    changed_kms.sakke = NULL;
}

static void own_cannot_open(struct scene *s)
{
    change_own(s);
    changed_own.sakke = NULL;
    s->spec.to_self = true;
}

static void cannot_be_built(void **state)
{
    static const struct {
        const char *why;
        void (*spoil)(struct scene *s);
        mcv_err want;
    } rows[] = {
        {"no type", unknown_type, MCV_E_MALFORMED},
        {"SPK: not sent to users", server_key, MCV_E_MALFORMED},
        {"key ID of another type", key_id_of_another_type, MCV_E_MALFORMED},
        {"RAND of 15 octets", short_rand, MCV_E_MALFORMED},
        {"no responder", nobody, MCV_E_MALFORMED},
        {"responder of 256 octets", long_responder, MCV_E_MALFORMED},
        {"too many sessions", too_many_sessions, MCV_E_MALFORMED},
        {"one session twice", session_twice, MCV_E_MALFORMED},
        {"ROC with every second packet", rate_2, MCV_E_MALFORMED},
        {"key parameters of another type", params_of_another_type, MCV_E_MALFORMED},
        {"key parameters too long", params_too_long, MCV_E_MALFORMED},
        {"before 1900", before_1900, MCV_E_TIME},
        {"before the first period", before_the_first_period, MCV_E_TIME},
        {"T in the next period", next_period, MCV_E_EXPIRED},
        {"responder's KMS is revoked", responders_kms_revoked, MCV_E_EXPIRED},
        {"responder's KMS is over", responders_kms_over, MCV_E_EXPIRED},
        {"own KMS is revoked", own_kms_revoked, MCV_E_EXPIRED},
        {"own key set is over", own_over, MCV_E_EXPIRED},
        {"no signing key", own_cannot_sign, MCV_E_NOT_FOUND},
        {"responder's KMS without Z", responders_kms_without_z, MCV_E_NOT_FOUND},
        {"no own key to open, for the own devices", own_cannot_open, MCV_E_NOT_FOUND},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        static struct scene s;
        const uint8_t octets[128] = {[15] = 1, [47] = 1};
        struct mcv_rng_script script = {octets, sizeof octets};
        const struct mcv_rng rng = mcv_rng_script(&script);
        struct mcv_writer w = mcv_writer_of(s.octets, sizeof s.octets);
        print_message("%s\n", rows[i].why);
        scene_open(&s);
        mcv_wr_u16(&w, 0xaaaa);
        rows[i].spoil(&s);
        assert_int_equal(mcv_imsg_build(&w, NULL, &s.spec, &s.key, &rng), rows[i].want);
        assert_int_equal(w.n, 2);
        assert_int_equal(w.err, MCV_OK);
    }
}

/* In the header, in the SED, at the end of what is signed, in the signature, not at all. */
static void no_room(void **state)
{
    static const size_t caps[] = {0, 200, PCK_BYTES - MCV_MIKEY_SIGN_BYTES, PCK_BYTES - 1,
                                  PCK_BYTES};
    static const struct mcv_pck no_pck;
    static struct scene s;
    const uint8_t octets[48] = {[15] = 1, [47] = 1};
    (void)state;

    scene_open(&s);
    for (size_t i = 0; i < N_OF(caps); i++) {
        struct mcv_rng_script script = {octets, sizeof octets};
        const struct mcv_rng rng = mcv_rng_script(&script);
        struct mcv_writer w = mcv_writer_of(s.octets, caps[i]);
        struct mcv_pck pck;
        const mcv_err want = caps[i] < PCK_BYTES ? MCV_E_SPACE : MCV_OK;
        assert_int_equal(mcv_imsg_build_pck(&w, &pck, &s.spec, &rng), want);
        assert_int_equal(w.n, want == MCV_OK ? PCK_BYTES : 0);
        assert_int_equal(mcv_pck_equal(&pck, &no_pck), want != MCV_OK);
    }
}

/* No randomness for the key, the IV or the nonce. */
static void generator_fails(void **state)
{
    static const struct mcv_key_params params = {.type = MCV_KEY_PCK};
    static const size_t given[] = {0, 15, 16, 31, 32, 63};
    static struct scene s;
    const uint8_t octets[64] = {[63] = 1};
    (void)state;

    scene_open(&s);
    s.spec.params = &params;
    for (size_t i = 0; i < N_OF(given); i++) {
        struct mcv_rng_script script = {octets, given[i]};
        const struct mcv_rng rng = mcv_rng_script(&script);
        struct mcv_writer w = mcv_writer_of(s.octets, sizeof s.octets);
        struct mcv_pck pck;
        assert_int_equal(mcv_imsg_build_pck(&w, &pck, &s.spec, &rng), MCV_E_CRYPTO);
        assert_int_equal(w.n, 0);
    }
}

/* A key whose w or H begins with octet 00 for bob: the first such number. */
static struct mcv_ssv ambiguous_key(const struct scene *s)
{
    const struct mcv_bytes bob = mcv_bytes_of(scene_home.bob.own.uid.b,
                                              sizeof scene_home.bob.own.uid.b);
    struct mcv_ssv key = {{0}};
    struct mcv_sed sed;
    bool is_ambiguous;

    mcv_store_be32(key.b + 12, FIRST_AMBIGUOUS);
    assert_int_equal(mcv_sakke_encapsulate(&sed, &is_ambiguous, s->spec.to_kms->sakke, bob, &key),
                     MCV_OK);
    assert_true(is_ambiguous);
    return key;
}

/* A receiver that drops leading zero octets would find another key. */
static void ambiguous_pck_is_drawn_again(void **state)
{
    static struct scene s;
    uint8_t octets[96] = {0};
    struct mcv_pck pck;
    mcv_err err;
    (void)state;

    scene_open(&s);
    const struct mcv_ssv ambiguous = ambiguous_key(&s);
    memcpy(octets, ambiguous.b, 16);
    octets[47] = 1; /* nonce */
    memcpy(octets + 48, s.key.b, 16);
    octets[95] = 2;
    struct mcv_rng_script script = {octets, sizeof octets};
    const struct mcv_rng rng = mcv_rng_script(&script);
    struct mcv_writer w = mcv_writer_of(s.octets, sizeof s.octets);

    assert_int_equal(mcv_imsg_build_pck(&w, &pck, &s.spec, &rng), MCV_OK);
    assert_int_equal(script.n, 0);
    assert_memory_equal(pck.b, s.key.b, sizeof pck.b);
    s.n = w.n;
    assert_int_equal(scene_run(&s, &err), OPENED);
    assert_memory_equal(s.opened.key.b, pck.b, sizeof pck.b);
}

static mcv_err repeat(void *ctx, uint8_t *out, size_t n)
{
    memset(out, 0, n);
    memcpy(out, ctx, 16);
    return MCV_OK;
}

static void generator_that_repeats_itself(void **state)
{
    static struct scene s;
    struct mcv_pck pck;
    (void)state;

    scene_open(&s);
    struct mcv_ssv ambiguous = ambiguous_key(&s);
    const struct mcv_rng rng = {.fill = repeat, .ctx = ambiguous.b};
    struct mcv_writer w = mcv_writer_of(s.octets, sizeof s.octets);
    assert_int_equal(mcv_imsg_build_pck(&w, &pck, &s.spec, &rng), MCV_E_CRYPTO);
    assert_int_equal(w.n, 0);
}

/* A GMK is one for all members: it goes out as it is, and is opened. */
static void ambiguous_gmk_is_sent(void **state)
{
    static struct scene s;
    const uint8_t octets[32] = {[31] = 1};
    struct mcv_rng_script script = {octets, sizeof octets};
    const struct mcv_rng rng = mcv_rng_script(&script);
    bool is_ambiguous = false;
    mcv_err err;
    (void)state;

    scene_open(&s);
    s.key = ambiguous_key(&s);
    s.spec.type = s.want = MCV_KEY_GMK;
    s.spec.key_id = IMSG_GMK_ID;
    struct mcv_writer w = mcv_writer_of(s.octets, sizeof s.octets);
    assert_int_equal(mcv_imsg_build(&w, &is_ambiguous, &s.spec, &s.key, &rng), MCV_OK);
    assert_true(is_ambiguous);
    s.n = w.n;
    assert_int_equal(scene_run(&s, &err), OPENED);
    assert_true(mcv_ssv_equal(&s.opened.key, &s.key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cannot_be_built),
        cmocka_unit_test(no_room),
        cmocka_unit_test(generator_fails),
        cmocka_unit_test(ambiguous_pck_is_drawn_again),
        cmocka_unit_test(generator_that_repeats_itself),
        cmocka_unit_test(ambiguous_gmk_is_sent),
    };
    return cmocka_run_group_tests(tests, scene_users_open, scene_users_close);
}
