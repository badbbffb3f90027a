/* Steps 7 to 11 of opening an I_MESSAGE: signature, authorisation, key, replay cache. */
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"
#include "tests/support/rng_script.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct mcv_key_params pck_params = {.type = MCV_KEY_PCK,
                                                 .status = MCV_KEY_STATUS_VALID};

/* ---- what is built ------------------------------------------------------------------------- */

static void hidden_both(struct scene *s)
{
    s->spec.hide_initiator = s->spec.hide_responder = true;
}

static void from_dave(struct scene *s)
{
    s->spec.from = &scene_dave.own;
    s->spec.from_kms = &scene_other_kms.kms;
    s->caller = scene_dave.own.uri;
}

static void with_params(struct scene *s)
{
    s->spec.params = &pck_params;
}

static void with_all(struct scene *s)
{
    with_params(s);
    s->spec.to_self = true;
    s->spec.n_cs = 2;
    s->spec.cs_ids[0] = 2;
    s->spec.cs_ids[1] = 3;
}

/* ---- what is signed again ------------------------------------------------------------------ */

static void as_it_is(struct mcv_mikey_msg *m)
{
    (void)m;
}

static void uid_of_carol(struct mcv_mikey_msg *m)
{
    static uint8_t uid[32];

    memcpy(uid, m->ids[MCV_ROLE_INITIATOR_UID].data.p, sizeof uid);
    uid[31] ^= 1;
    m->ids[MCV_ROLE_INITIATOR_UID].data.p = uid;
}

static void identity_of_carol(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR].data = mcv_bytes_str("sip:carol@example.org");
}

static struct mcv_sed changed_sed;

static void change_sed(struct mcv_mikey_msg *m, size_t at)
{
    memcpy(changed_sed.b, m->sed.p, sizeof changed_sed.b);
    changed_sed.b[at] ^= 1;
    m->sed.p = changed_sed.b;
}

static void r_off_the_curve(struct mcv_mikey_msg *m)
{
    change_sed(m, 256);
}

static void h_changed(struct mcv_mikey_msg *m)
{
    change_sed(m, MCV_SAKKE_SED_BYTES - 1);
}

static void h_shortened(struct mcv_mikey_msg *m)
{
    m->sed.n = MCV_SAKKE_SED_BYTES - 1;
}

static void key_for_alice(struct mcv_mikey_msg *m)
{
    static const struct mcv_ssv key = {{1}};
    const struct mcv_uid *uid = &scene_home.alice.own.uid;

    assert_int_equal(mcv_sakke_encapsulate(&changed_sed, NULL, scene_home.kms.sakke,
                                           mcv_bytes_of(uid->b, sizeof uid->b), &key),
                     MCV_OK);
    m->sed.p = changed_sed.b;
}

static uint8_t ext_room[256];

static void change_params(struct mcv_mikey_msg *m, size_t from_end)
{
    memcpy(ext_room, m->ext[0].data.p, m->ext[0].data.n);
    ext_room[m->ext[0].data.n - from_end] ^= 1;
    m->ext[0].data.p = ext_room;
}

static void params_changed(struct mcv_mikey_msg *m)
{
    change_params(m, 1);
}

static void params_of_another_key_id(struct mcv_mikey_msg *m)
{
    change_params(m, m->ext[0].data.n - (MCV_PAYLOAD_HEAD_BYTES - 1));
}

static void seal_params(struct mcv_mikey_msg *m, const char *key_hex, enum mcv_key_type type)
{
    static const uint8_t iv[MCV_PAYLOAD_IV_BYTES];
    const struct mcv_key_params p = {.type = type, .status = MCV_KEY_STATUS_VALID};
    struct mcv_writer w = mcv_writer_of(ext_room, sizeof ext_room);
    uint8_t key[MCV_KEY_BYTES];

    mcv_hex_exact(key, sizeof key, key_hex);
    mcv_key_params_seal(&w, &p, key, m->csb_id, iv, IMSG_UTC_S);
    assert_int_equal(w.err, MCV_OK);
    m->ext[0].data = mcv_wr_done(&w);
}

static void params_of_another_key(struct mcv_mikey_msg *m)
{
    seal_params(m, IMSG_GMK, MCV_KEY_PCK);
}

static void params_of_another_type(struct mcv_mikey_msg *m)
{
    seal_params(m, IMSG_PCK, MCV_KEY_CSK);
}

static void params_sealed_again(struct mcv_mikey_msg *m)
{
    seal_params(m, IMSG_PCK, MCV_KEY_PCK);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void signature_bit(struct scene *s)
{
    s->octets[s->n - 66] ^= 1; /* the last of s */
}

static void signature_r_too_large(struct scene *s)
{
    memset(s->octets + s->n - MCV_MIKEY_SIGN_BYTES, 0xff, 32);
}

static void rand_bit(struct scene *s)
{
    s->octets[22] ^= 1;
}

static void csb_bit(struct scene *s)
{
    s->octets[7] ^= 1;
}

static void sed_bit(struct scene *s)
{
    s->octets[s->n - MCV_MIKEY_SIGN_BYTES - 3] ^= 1;
}

static void signed_by_dave(struct scene *s)
{
    struct mcv_mikey_msg m;

    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(s->octets, s->n)), MCV_OK);
    s->signer = &scene_dave.eccsi;
    scene_sign(s, &m);
}

static void kpak_of_other_kms(struct scene *s)
{
    s->kms[0].kpak = &scene_other_kms.kpak;
}

/* As some products sign. */
static void signed_without_head(struct scene *s)
{
    const struct mcv_bytes covered = {s->octets, s->n - MCV_MIKEY_SIGN_BYTES - 2};
    static const uint8_t j[32] = {[31] = 77};
    struct mcv_rng_script script = {j, sizeof j};
    const struct mcv_rng rng = mcv_rng_script(&script);
    struct mcv_eccsi_sig sig;

    assert_int_equal(mcv_eccsi_sign(&sig, s->signer, covered, &rng), MCV_OK);
    memcpy(s->octets + s->n - sizeof sig.b, sig.b, sizeof sig.b);
}

static void signed_without_head_and_accepted(struct scene *s)
{
    signed_without_head(s);
    s->context.accept_short_coverage = true;
}

static void wrong_and_short_coverage_accepted(struct scene *s)
{
    signature_bit(s);
    s->context.accept_short_coverage = true;
}

static void caller_is_carol(struct scene *s)
{
    s->caller = mcv_bytes_str("sip:carol@example.org");
}

static void no_caller(struct scene *s)
{
    s->caller.n = 0;
}

static void caller_too_long(struct scene *s)
{
    static const uint8_t text[UINT16_MAX + 1] = {'s'};

    s->caller = mcv_bytes_of(text, sizeof text);
}

static void strict(struct scene *s)
{
    s->context.sakke_mode = MCV_SAKKE_STRICT;
}

static const struct scene_row rows[] = {
    {"as it is", NULL, NULL, NULL, OPENED, MCV_OK},
    {"everything at once", with_all, NULL, NULL, OPENED, MCV_OK},
    {"signed again", NULL, as_it_is, NULL, OPENED, MCV_OK},

    {"one bit of the signature", NULL, NULL, signature_bit, VERIFY, MCV_E_AUTH},
    {"RFC 6507 5.2.2: r out of range", NULL, NULL, signature_r_too_large, VERIFY, MCV_E_MALFORMED},
    {"one bit of RAND", NULL, NULL, rand_bit, VERIFY, MCV_E_AUTH},
    {"one bit of the PCK-ID", NULL, NULL, csb_bit, VERIFY, MCV_E_AUTH},
    {"one bit of the SED", NULL, NULL, sed_bit, VERIFY, MCV_E_AUTH},
    {"signed by somebody else", NULL, NULL, signed_by_dave, VERIFY, MCV_E_AUTH},
    {"the name of somebody else", NULL, identity_of_carol, NULL, VERIFY, MCV_E_AUTH},
    {"the UID of somebody else", hidden_both, uid_of_carol, NULL, VERIFY, MCV_E_AUTH},
    {"KPAK of another KMS", NULL, NULL, kpak_of_other_kms, VERIFY, MCV_E_AUTH},
    {"RFC 3830 5.2: signed without the head of SIGN", NULL, NULL, signed_without_head, VERIFY,
     MCV_E_AUTH},
    {"the same, accepted by configuration", NULL, NULL, signed_without_head_and_accepted, OPENED,
     MCV_OK},
    {"a wrong signature stays wrong then", NULL, NULL, wrong_and_short_coverage_accepted, VERIFY,
     MCV_E_AUTH},

    {"caller is somebody else", NULL, NULL, caller_is_carol, AUTHORISE, MCV_E_POLICY},
    {"hidden caller is somebody else", hidden_both, NULL, caller_is_carol, AUTHORISE, MCV_E_POLICY},
    {"TS 33.180 E.7: hidden caller is alice", hidden_both, NULL, NULL, OPENED, MCV_OK},
    {"caller of another domain", from_dave, NULL, NULL, OPENED, MCV_OK},
    {"no caller", NULL, NULL, no_caller, AUTHORISE, MCV_E_POLICY},
    {"caller longer than any identity", hidden_both, NULL, caller_too_long, AUTHORISE,
     MCV_E_POLICY},

    {"R is not on the curve", NULL, r_off_the_curve, NULL, DECAPSULATE, MCV_E_AUTH},
    {"H changed, TEST differs", NULL, h_changed, NULL, DECAPSULATE, MCV_E_AUTH},
    {"H without its last octet", NULL, h_shortened, NULL, DECAPSULATE, MCV_E_AUTH},
    {"H without its last octet, strict", NULL, h_shortened, strict, DECAPSULATE, MCV_E_AUTH},
    {"encapsulated for alice", NULL, key_for_alice, NULL, DECAPSULATE, MCV_E_AUTH},
    {"strict", NULL, NULL, strict, OPENED, MCV_OK},
    {"key parameters changed", with_params, params_changed, NULL, DECAPSULATE, MCV_E_AUTH},
    {"key parameters of another key ID", with_params, params_of_another_key_id, NULL, DECAPSULATE,
     MCV_E_AUTH},
    {"key parameters under another key", with_params, params_of_another_key, NULL, DECAPSULATE,
     MCV_E_AUTH},
    {"key parameters of a CSK", with_params, params_of_another_type, NULL, DECAPSULATE, MCV_E_AUTH},
    {"key parameters sealed again", with_params, params_sealed_again, NULL, OPENED, MCV_OK},
};

static void stops_or_opens(void **state)
{
    (void)state;
    scene_check_rows(rows, N_OF(rows));
}

/* Two copies under way at once: the second is found out at the end. */
static void accepted_once(void **state)
{
    static struct scene s;
    static struct mcv_imsg_job second;
    struct mcv_imsg m;
    mcv_err err;
    (void)state;

    scene_open(&s);
    scene_build(&s);
    assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(s.octets, s.n), MCV_KEY_PCK), MCV_OK);
    assert_int_equal(mcv_imsg_resolve(&second, NULL, &m, &s.context), MCV_OK);
    assert_int_equal(scene_run(&s, &err), OPENED);
    assert_memory_equal(&second.replay_id, &s.job.replay_id, sizeof second.replay_id);
    assert_int_equal(mcv_imsg_accept(&s.replay, &second, SCENE_CALL, IMSG_UTC_S), MCV_E_REPLAY);
}

/* The octets of the message may go once the job is made. */
static void job_borrows_nothing_of_the_message(void **state)
{
    static struct scene s;
    struct mcv_imsg m;
    (void)state;

    scene_open(&s);
    scene_build(&s);
    assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(s.octets, s.n), MCV_KEY_PCK), MCV_OK);
    assert_int_equal(mcv_imsg_resolve(&s.job, NULL, &m, &s.context), MCV_OK);
    memset(s.octets, 0xff, sizeof s.octets);
    memset(s.own, 0xff, sizeof s.own);
    memset(s.kms, 0xff, sizeof s.kms);
    assert_int_equal(mcv_imsg_verify(&s.job), MCV_OK);
    assert_int_equal(mcv_imsg_authorise(&s.job, s.caller), MCV_OK);
    assert_int_equal(mcv_imsg_decapsulate(&s.opened, &s.job), MCV_OK);
    assert_true(mcv_ssv_equal(&s.opened.key, &s.key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_or_opens),
        cmocka_unit_test(accepted_once),
        cmocka_unit_test(job_borrows_nothing_of_the_message),
    };
    return cmocka_run_group_tests(tests, scene_users_open, scene_users_close);
}
