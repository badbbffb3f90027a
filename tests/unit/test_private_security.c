/* Who gets through to our user, and what strangers can cost.
 * Spec: TS 33.180 E.1.2 and RFC 3830 5.4 (checks and their order), 8.3 (private calls off-network),
 * TS 24.281 10.3 and 17.2.8 (REJECT, reason E2E SECURITY CONTEXT FAILURE). */
#include "agent/core/agent_private.h"
#include "proto/monp.h"
#include "sim/fault.h"
#include "tests/support/cmocka.h"
#include "tests/support/duo.h"

#define SETUP  MCV_MONP_PRIVATE_CALL_SETUP_REQUEST
#define REJECT MCV_MONP_PRIVATE_CALL_REJECT

static const struct mcv_private_call *call_of(const struct duo *d, enum duo_agent who)
{
    return mcv_world_agent(d->w, who)->privates[0];
}

static unsigned n_under_way(const struct duo *d, enum duo_agent who)
{
    const struct mcv_agent *a = mcv_world_agent(d->w, who);
    unsigned n = 0;

    for (uint16_t i = 0; i < a->limits.n_validations; i++) {
        n += a->validations[i].stage != MCV_VALIDATION_FREE;
    }
    return n;
}

static bool has_event(const struct duo *d, enum duo_agent who)
{
    for (size_t i = 0; i < MCV_N_EVENTS; i++) {
        if (d->n_events[who][i] != 0) return true;
    }
    return false;
}

/* ---- calls that succeed -------------------------------------------------------------------- */

static void both_ends_hold_the_same_fresh_key(void **state)
{
    (void)state;
    struct duo d;
    struct mcv_pck first;
    uint32_t first_id;

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    const struct mcv_private_call *alice = call_of(&d, DUO_ALICE), *bob = call_of(&d, DUO_BOB);
    assert_int_equal(alice->state, MCV_P4_ONGOING);
    assert_int_equal(bob->state, MCV_P4_ONGOING);
    assert_true(mcv_pck_equal(&alice->pck, &bob->pck));
    assert_int_equal(alice->pck_id, bob->pck_id);
    assert_int_equal(mcv_key_id_type(alice->pck_id), MCV_KEY_PCK);
    assert_int_equal(alice->n_rand, bob->n_rand);
    assert_memory_equal(alice->rand, bob->rand, alice->n_rand);
    first = alice->pck;
    first_id = alice->pck_id;

    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 10);
    assert_int_equal(alice->state, MCV_P1_IGNORING);
    assert_false(alice->has_key || bob->has_key);
    static const struct mcv_pck none;
    assert_true(mcv_pck_equal(&alice->pck, &none) && mcv_pck_equal(&bob->pck, &none));

    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_false(mcv_pck_equal(&alice->pck, &first));
    assert_int_not_equal(alice->pck_id, first_id);
    duo_close(&d);
}

static void calls_across_kms_and_with_hidden_identities(void **state)
{
    static const struct {
        const char *why;
        enum duo_agent from, to;
        bool hide;
    } cases[] = {
        {"to another KMS", DUO_BOB, DUO_DAVE, false},
        {"from another KMS", DUO_DAVE, DUO_BOB, false},
        {"hidden identities", DUO_ALICE, DUO_BOB, true},
        {"hidden identities, another KMS", DUO_DAVE, DUO_CAROL, true},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct duo d;
        duo_defaults(&d);
        d.config[cases[i].from].hide_identity = cases[i].hide;
        duo_open(&d);
        assert_int_equal(duo_call(&d, cases[i].from, cases[i].to, false), MCV_OK);
        duo_run_ms(&d, 110);
        if (duo_state(&d, cases[i].from) != MCV_P4_ONGOING ||
            duo_state(&d, cases[i].to) != MCV_P4_ONGOING) {
            fail_msg("%s", cases[i].why);
        }
        duo_close(&d);
    }
}

static void setup_times_are_told(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    d.params.costs.us[MCV_JOB_BUILD_PCK] = 4000;
    d.params.costs.us[MCV_JOB_VERIFY] = 500;
    d.params.costs.us[MCV_JOB_DECAPSULATE] = 6000;
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    const struct mcv_world_event *e = mcv_world_wait(d.w, DUO_ALICE, MCV_EVENT_CALL_ESTABLISHED,
                                                     100000);
    assert_non_null(e);
    assert_int_equal(e->e.setup.build_us, 4000);
    assert_int_equal(e->e.setup.network_us, 2000 + 500 + 6000 + 2000);
    assert_int_equal(e->e.setup.total_us, 4000 + 10500);
    e = mcv_world_wait(d.w, DUO_BOB, MCV_EVENT_CALL_ESTABLISHED, 100000);
    assert_non_null(e);
    assert_int_equal(e->e.setup.verify_us, 500);
    assert_int_equal(e->e.setup.decapsulate_us, 6000);
    assert_int_equal(e->e.setup.total_us, 6500 + 4000);
    duo_close(&d);
}

static void an_accepted_message_is_saved(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_SAVE_ACCEPTED], 1);
    assert_int_equal(d.n_jobs[DUO_ALICE][MCV_JOB_SAVE_ACCEPTED], 0);
    duo_close(&d);
}

/* ---- calls that do not get through --------------------------------------------------------- */

static void flip_signature(uint8_t *imsg, size_t n)
{
    imsg[n - 1] ^= 1;
}

static void flip_sed(uint8_t *imsg, size_t n)
{
    imsg[n - MCV_MIKEY_SIGN_BYTES - 10] ^= 1; /* the end of the SAKKE payload */
}

static void flip_rand(uint8_t *imsg, size_t n)
{
    (void)n;
    imsg[10 + 10 + 2] ^= 1; /* HDR with the empty map, T, then RAND */
}

static void another_purpose(uint8_t *imsg, size_t n)
{
    (void)n;
    imsg[4] = (uint8_t)(imsg[4] & 0x0f) | 0x20; /* CSB ID: the tag of a CSK */
}

static void another_version(uint8_t *imsg, size_t n)
{
    (void)n;
    imsg[0] = 2;
}

static const struct {
    const char *why;
    enum duo_agent from;
    enum duo_agent to;
    void (*tamper)(uint8_t *imsg, size_t n);
    int64_t skew_s; /* of the caller's clock */
    enum mcv_counter counter;
    unsigned n_verify;
} rejected[] = {
    {"one bit of the signature", DUO_ALICE, DUO_BOB, flip_signature, 0, MCV_N_IMSG_SIGNATURE, 1},
    {"one bit of the SED", DUO_ALICE, DUO_BOB, flip_sed, 0, MCV_N_IMSG_SIGNATURE, 1},
    {"one bit of RAND", DUO_ALICE, DUO_BOB, flip_rand, 0, MCV_N_IMSG_SIGNATURE, 1},
    {"another purpose", DUO_ALICE, DUO_BOB, another_purpose, 0, MCV_N_IMSG_MALFORMED, 0},
    {"another version", DUO_ALICE, DUO_BOB, another_version, 0, MCV_N_IMSG_MALFORMED, 0},
    {"KMS not trusted", DUO_DAVE, DUO_ALICE, NULL, 0, MCV_N_IMSG_UNTRUSTED, 0},
    {"clock ahead", DUO_ALICE, DUO_BOB, NULL, 601, MCV_N_IMSG_TIME, 0},
    {"clock behind", DUO_ALICE, DUO_BOB, NULL, -601, MCV_N_IMSG_TIME, 0},
    {"a key period later", DUO_ALICE, DUO_BOB, NULL, 2592000, MCV_N_IMSG_TIME, 0},
};

static void nobody_gets_through_without_a_valid_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rejected / sizeof *rejected; i++) {
        const enum duo_agent from = rejected[i].from, to = rejected[i].to;
        struct duo d;
        duo_defaults(&d);
        d.tamper = rejected[i].tamper;
        d.skew_us[from] = rejected[i].skew_s * 1000000;
        duo_open(&d);
        assert_int_equal(duo_call(&d, from, to, true), MCV_OK);
        duo_run_ms(&d, 2000);
        const bool is_right = d.sent[to].n[REJECT] == 1 &&
                              d.sent[to].n[MCV_MONP_PRIVATE_CALL_RINGING] == 0 &&
                              d.sent[to].last_reason == MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE &&
                              !has_event(&d, to) && d.end[from] == MCV_END_REMOTE_SECURITY &&
                              duo_count(&d, to, rejected[i].counter) == 1 &&
                              d.n_jobs[to][MCV_JOB_VERIFY] == rejected[i].n_verify &&
                              d.n_jobs[to][MCV_JOB_DECAPSULATE] == 0 && n_under_way(&d, to) == 0;
        if (!is_right) fail_msg("%s", rejected[i].why);
        duo_close(&d);
    }
}

static bool is_type(const struct mcv_world_packet *p, uint8_t type)
{
    return p->channel == MCV_CH_MONP && mcv_fault_monp_type(mcv_bytes_of(p->bytes, p->n)) == type;
}

/* Replaces octets of the message, wherever they first stand. */
static void replace(struct mcv_world_packet *p, const char *old, const char *with)
{
    const size_t n = strlen(old);

    for (size_t i = 0; i + n <= p->n; i++) {
        if (memcmp(p->bytes + i, old, n) != 0) continue;
        memcpy(p->bytes + i, with, n);
        return;
    }
    fail_msg("%s is not there", old);
}

static bool tap_caller(struct duo *d, struct mcv_world_packet *p)
{
    (void)d;
    if (is_type(p, SETUP)) replace(p, "sip:alice@", "sip:elice@");
    return true;
}

static bool tap_base64(struct duo *d, struct mcv_world_packet *p)
{
    (void)d;
    if (is_type(p, SETUP)) replace(p, "a=key-mgmt:mikey A", "a=key-mgmt:mikey !");
    return true;
}

static bool tap_no_key(struct duo *d, struct mcv_world_packet *p)
{
    (void)d;
    if (is_type(p, SETUP)) replace(p, "a=key-mgmt:mikey", "a=key-xxxx:mikey");
    return true;
}

static void what_is_around_the_message_must_fit_too(void **state)
{
    static const struct {
        const char *why;
        bool (*tap)(struct duo *d, struct mcv_world_packet *p);
        enum mcv_counter counter;
    } cases[] = {
        {"the caller is somebody else", tap_caller, MCV_N_IMSG_IDENTITY},
        {"not base64", tap_base64, MCV_N_IMSG_MALFORMED},
        {"no I_MESSAGE", tap_no_key, MCV_N_IMSG_MISSING},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct duo d;
        duo_defaults(&d);
        d.tap = cases[i].tap;
        duo_open(&d);
        assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, true), MCV_OK);
        duo_run_ms(&d, 2000);
        if (d.sent[DUO_BOB].n[REJECT] != 1 || has_event(&d, DUO_BOB) ||
            d.sent[DUO_BOB].last_reason != MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE ||
            d.n_jobs[DUO_BOB][MCV_JOB_DECAPSULATE] != 0 ||
            duo_count(&d, DUO_BOB, cases[i].counter) != 1) {
            fail_msg("%s", cases[i].why);
        }
        duo_close(&d);
    }
}

/* Signed by alice over a SED that nobody made for bob. */
static void break_sed(void *ctx, uint32_t agent, struct mcv_job *job)
{
    struct mcv_job_build *b = &job->build;
    struct mcv_eccsi_sig sig;
    (void)ctx;
    (void)agent;

    mcv_job_run(job);
    if (job->kind != MCV_JOB_BUILD_PCK) return;
    const size_t n = b->n_message - MCV_MIKEY_SIGN_BYTES;
    b->message[n - 3] ^= 1; /* the last octet of the SED: the masked key */
    assert_int_equal(
        mcv_eccsi_sign(&sig, b->spec.from->eccsi, mcv_bytes_of(b->message, n), &job->rng), MCV_OK);
    memcpy(b->message + n, sig.b, sizeof sig.b);
}

static void a_signed_message_that_does_not_decapsulate(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    d.params.hooks.run_job = break_sed;
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, true), MCV_OK);
    duo_run_ms(&d, 2000);
    assert_int_equal(d.sent[DUO_BOB].n[REJECT], 1);
    assert_int_equal(d.sent[DUO_BOB].last_reason, MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_DECAPSULATION), 1);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_DECAPSULATE], 1);
    assert_false(has_event(&d, DUO_BOB));
    duo_close(&d);
}

static void a_message_for_bob_is_not_for_carol(void **state)
{
    (void)state;
    struct duo d;
    uint8_t buf[MCV_MAX_MONP_BYTES], again[MCV_MAX_MONP_BYTES];
    struct mcv_monp m;
    const struct mcv_addr alice = duo_addr(DUO_ALICE);

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    const struct mcv_bytes setup = duo_setup_again(&d, DUO_ALICE, buf, 1);
    assert_int_equal(mcv_monp_decode(&m, setup, MCV_MONP_IEI_HEX), MCV_OK);
    m.callee = mcv_bytes_str(duo_uri(DUO_CAROL));
    struct mcv_writer w = mcv_writer_of(again, sizeof again);
    mcv_monp_encode(&w, &m);
    (void)duo_inject(&d, DUO_CAROL, &alice, mcv_wr_done(&w));
    assert_int_equal(duo_count(&d, DUO_CAROL, MCV_N_IMSG_NOT_FOR_US), 1);
    assert_int_equal(d.sent[DUO_CAROL].n[REJECT], 1);
    duo_close(&d);
}

/* ---- who may call without an I_MESSAGE ----------------------------------------------------- */

static void a_call_without_a_message_needs_permission(void **state)
{
    static const struct mcv_keyring no_keys;
    (void)state;

    for (int is_permitted = 0; is_permitted <= 1; is_permitted++) {
        struct duo d;
        duo_defaults(&d);
        d.keys[DUO_ALICE] = &no_keys;
        d.config[DUO_ALICE].needs_security = false;
        d.config[DUO_BOB].needs_security = !is_permitted;
        duo_open(&d);
        assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
        duo_run_ms(&d, 100);
        assert_int_equal(duo_state(&d, DUO_BOB) == MCV_P4_ONGOING, is_permitted);
        assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_MISSING), !is_permitted);
        duo_close(&d);
    }
}

static void permission_does_not_make_a_bad_message_good(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    d.tamper = flip_signature;
    d.config[DUO_BOB].needs_security = false;
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(d.sent[DUO_BOB].n[REJECT], 1);
    assert_false(has_event(&d, DUO_BOB));
    duo_close(&d);
}

/* ---- addresses ----------------------------------------------------------------------------- */

static void an_address_is_learnt_from_a_verified_request_only(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    d.peers[DUO_ALICE].addr = (struct mcv_addr){0};
    d.tamper = flip_signature;
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 2000);
    assert_int_equal(duo_call(&d, DUO_BOB, DUO_ALICE, false), MCV_E_NOT_FOUND);
    d.tamper = NULL;
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(duo_call(&d, DUO_BOB, DUO_ALICE, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    duo_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_hold_the_same_fresh_key),
        cmocka_unit_test(calls_across_kms_and_with_hidden_identities),
        cmocka_unit_test(setup_times_are_told),
        cmocka_unit_test(an_accepted_message_is_saved),
        cmocka_unit_test(nobody_gets_through_without_a_valid_message),
        cmocka_unit_test(what_is_around_the_message_must_fit_too),
        cmocka_unit_test(a_signed_message_that_does_not_decapsulate),
        cmocka_unit_test(a_message_for_bob_is_not_for_carol),
        cmocka_unit_test(a_call_without_a_message_needs_permission),
        cmocka_unit_test(permission_does_not_make_a_bad_message_good),
        cmocka_unit_test(an_address_is_learnt_from_a_verified_request_only),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    duo_forget_keys();
    return failed;
}
