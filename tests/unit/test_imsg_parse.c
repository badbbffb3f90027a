/* Step 1 of opening an I_MESSAGE: what the profile of TS 33.180 demands. */
#include "tests/support/cmocka.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t long_uri[256] = {'s'};
static const uint8_t uid[32] = {1};

static struct mcv_mikey_id id_of(uint8_t type, const uint8_t *p, size_t n)
{
    return (struct mcv_mikey_id){type, {p, n}};
}

static void no_t(struct mcv_mikey_msg *m)
{
    m->has_t = false;
}

static void no_rand(struct mcv_mikey_msg *m)
{
    m->rand.n = 0;
}

static void no_sakke(struct mcv_mikey_msg *m)
{
    m->sed.n = 0;
}

static void no_initiator(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR].data.n = 0;
}

static void initiator_twice(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR_UID] = id_of(MCV_ID_URI, uid, sizeof uid);
}

static void no_responder(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_RESPONDER].data.n = 0;
}

static void short_uid(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR].data.n = 0;
    m->ids[MCV_ROLE_INITIATOR_UID] = id_of(MCV_ID_URI, uid, 31);
}

static void no_initiator_kms(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR_KMS].data.n = 0;
}

static void kms_in_role_3(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_KMS] = m->ids[MCV_ROLE_RESPONDER_KMS];
    m->ids[MCV_ROLE_RESPONDER_KMS].data.n = 0;
}

static void initiator_nai(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR].type = MCV_ID_NAI;
}

static void kms_bytes(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_RESPONDER_KMS].type = MCV_ID_BYTES;
}

static void long_initiator(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR] = id_of(MCV_ID_URI, long_uri, sizeof long_uri);
}

static void long_kms(struct mcv_mikey_msg *m)
{
    m->ids[MCV_ROLE_INITIATOR_KMS] = id_of(MCV_ID_URI, long_uri, sizeof long_uri);
}

static void policy_of_other_cipher(struct mcv_mikey_msg *m)
{
    static const uint8_t aes_cm[] = {0, 1, 1};

    m->n_sp = 1;
    m->sp[0] = (struct mcv_mikey_sp){0, {aes_cm, sizeof aes_cm}};
}

static void session_without_its_policy(struct mcv_mikey_msg *m)
{
    m->map = MCV_MAP_GENERIC_ID;
    m->n_cs = 1;
    m->cs[0] = (struct mcv_mikey_cs){.cs_id = 2, .n_policies = 1, .policies = {3}};
}

static void policies_without_map(struct mcv_mikey_msg *m)
{
    m->n_sp = 2;
    m->sp[0] = (struct mcv_mikey_sp){0, mcv_mikey_params_of(MCV_PROFILE_PRIVATE)};
    m->sp[1] = (struct mcv_mikey_sp){1, mcv_mikey_params_of(MCV_PROFILE_GROUP)};
}

static void policy_without_session(struct mcv_mikey_msg *m)
{
    policies_without_map(m);
    m->map = MCV_MAP_GENERIC_ID;
    m->n_cs = 1;
    m->cs[0] = (struct mcv_mikey_cs){.cs_id = 2, .n_policies = 1, .policies = {1}};
    m->sp[0].params.n = 0;
}

static void put_ext(struct mcv_mikey_msg *m, enum mcv_mikey_ext_type type)
{
    m->n_ext = 1;
    m->ext[0] = (struct mcv_mikey_ext){(uint8_t)type, {uid, sizeof uid}};
}

static void broken_to_self(struct mcv_mikey_msg *m)
{
    put_ext(m, MCV_EXT_SAKKE_TO_SELF);
}

static void params_in_clear(struct mcv_mikey_msg *m)
{
    put_ext(m, MCV_EXT_KEY_PARAMS);
}

static void other_extension(struct mcv_mikey_msg *m)
{
    put_ext(m, MCV_EXT_VENDOR);
}

static void want_gmk(struct scene *s)
{
    s->want = MCV_KEY_GMK;
}

static void no_purpose(struct scene *s)
{
    s->octets[4] |= 0xf0;
}

static void octet_after_sign(struct scene *s)
{
    s->octets[s->n++] = 0;
}

static const struct scene_row rows[] = {
    {"as it is", NULL, NULL, NULL, OPENED, MCV_OK},
    {"octet after SIGN", NULL, NULL, octet_after_sign, PARSE, MCV_E_MALFORMED},
    {"TS 33.180 Annex G: a PCK where a GMK is expected", NULL, NULL, want_gmk, PARSE, MCV_E_POLICY},
    {"purpose tag 15", NULL, NULL, no_purpose, PARSE, MCV_E_POLICY},
    {"no T", NULL, no_t, NULL, PARSE, MCV_E_MALFORMED},
    {"no RAND", NULL, no_rand, NULL, PARSE, MCV_E_MALFORMED},
    {"no SAKKE", NULL, no_sakke, NULL, PARSE, MCV_E_MALFORMED},
    {"no initiator", NULL, no_initiator, NULL, PARSE, MCV_E_MALFORMED},
    {"initiator in clear and hidden", NULL, initiator_twice, NULL, PARSE, MCV_E_MALFORMED},
    {"no responder", NULL, no_responder, NULL, PARSE, MCV_E_MALFORMED},
    {"TS 33.180 E.7: UID of 31 octets", NULL, short_uid, NULL, PARSE, MCV_E_MALFORMED},
    {"no KMS of the initiator", NULL, no_initiator_kms, NULL, PARSE, MCV_E_MALFORMED},
    {"KMS in role 3", NULL, kms_in_role_3, NULL, PARSE, MCV_E_MALFORMED},
    {"initiator is an NAI", NULL, initiator_nai, NULL, PARSE, MCV_E_UNSUPPORTED},
    {"KMS is a byte string", NULL, kms_bytes, NULL, PARSE, MCV_E_UNSUPPORTED},
    {"identity of 256 octets", NULL, long_initiator, NULL, PARSE, MCV_E_MALFORMED},
    {"KMS of 256 octets", NULL, long_kms, NULL, PARSE, MCV_E_MALFORMED},
    {"policy with AES-CM", NULL, policy_of_other_cipher, NULL, PARSE, MCV_E_UNSUPPORTED},
    {"session whose policy is missing", NULL, session_without_its_policy, NULL, PARSE,
     MCV_E_MALFORMED},
    {"two policies and no session", NULL, policies_without_map, NULL, PARSE, MCV_E_MALFORMED},
    {"policy of no session, not ours", NULL, policy_without_session, NULL, PARSE,
     MCV_E_UNSUPPORTED},
    {"SAKKE-to-self is none", NULL, broken_to_self, NULL, PARSE, MCV_E_UNSUPPORTED},
    {"key parameters in clear, of early releases", NULL, params_in_clear, NULL, PARSE,
     MCV_E_TRUNCATED},
    {"another extension: skipped", NULL, other_extension, NULL, OPENED, MCV_OK},
};

static void refused_or_accepted(void **state)
{
    (void)state;
    scene_check_rows(rows, N_OF(rows));
}

/* All payloads and both extensions. */
static void no_truncation_is_accepted(void **state)
{
    static struct scene s;
    static const struct mcv_key_params params = {.type = MCV_KEY_PCK,
                                                 .status = MCV_KEY_STATUS_VALID};
    struct mcv_imsg m;
    (void)state;

    scene_open(&s);
    s.spec.to_self = s.spec.hide_initiator = s.spec.hide_responder = true;
    s.spec.params = &params;
    s.spec.n_cs = 2;
    s.spec.cs_ids[0] = 2;
    s.spec.cs_ids[1] = 3;
    scene_build(&s);
    assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(s.octets, s.n), MCV_KEY_PCK), MCV_OK);
    for (size_t cut = 0; cut < s.n; cut++) {
        static const struct mcv_imsg nothing;
        assert_int_equal(mcv_imsg_parse(&m, mcv_bytes_of(s.octets, cut), MCV_KEY_PCK),
                         MCV_E_TRUNCATED);
        assert_memory_equal(&m, &nothing, sizeof m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_or_accepted),
        cmocka_unit_test(no_truncation_is_accepted),
    };
    return cmocka_run_group_tests(tests, scene_users_open, scene_users_close);
}
