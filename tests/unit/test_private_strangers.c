/* What strangers can cost and disturb: replays, copies, floods, forged crossing calls.
 * Spec: RFC 3830 5.4 and TS 33.180 E.1.2 (replay), TS 33.180 8.3 (retransmissions), TS 24.281 10.3. */
#include "agent/core/agent_private.h"
#include "proto/monp.h"
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

/* ---- replay -------------------------------------------------------------------------------- */

static void a_replay_is_rejected(void **state)
{
    (void)state;
    struct duo d;
    uint8_t buf[MCV_MAX_MONP_BYTES];
    const struct mcv_addr alice = duo_addr(DUO_ALICE), carol = duo_addr(DUO_CAROL);

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    const uint16_t call_id = call_of(&d, DUO_ALICE)->call_id;
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 2000); /* the call is over and its identifier forgotten */
    (void)duo_inject(&d, DUO_BOB, &alice, duo_setup_again(&d, DUO_ALICE, buf, call_id));
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_REPLAY), 1);
    (void)duo_inject(&d, DUO_BOB, &carol, duo_setup_again(&d, DUO_ALICE, buf, 99));
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_REPLAY), 2);
    duo_run_ms(&d, 2000);
    assert_int_equal(d.sent[DUO_BOB].n[REJECT], 2);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_VERIFY], 1);
    assert_int_equal(d.n_events[DUO_BOB][MCV_EVENT_CALL_INCOMING], 1);
    duo_close(&d);
}

static void a_replay_after_a_restart_is_rejected(void **state)
{
    (void)state;
    struct duo d;
    uint8_t buf[MCV_MAX_MONP_BYTES];
    const struct mcv_addr alice = duo_addr(DUO_ALICE);

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(mcv_world_power(d.w, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(mcv_world_power(d.w, DUO_BOB, true), MCV_OK);
    (void)duo_inject(&d, DUO_BOB, &alice, duo_setup_again(&d, DUO_ALICE, buf, 99));
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_TIME), 1);
    assert_int_equal(d.sent[DUO_BOB].n[REJECT], 1);
    duo_close(&d);
}

/* Whoever hears a request can send it too, at once, from elsewhere or as another call. */
static void a_copy_does_not_disturb_the_call(void **state)
{
    (void)state;
    struct duo d;
    uint8_t buf[MCV_MAX_MONP_BYTES];
    const struct mcv_addr alice = duo_addr(DUO_ALICE), carol = duo_addr(DUO_CAROL);

    duo_defaults(&d);
    d.config[DUO_BOB].admission.n_at_once = 2;
    d.params.costs.us[MCV_JOB_VERIFY] = 10000;
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 10); /* the signature is being verified */
    assert_int_equal(n_under_way(&d, DUO_BOB), 1);
    const uint16_t call_id = call_of(&d, DUO_ALICE)->call_id;
    (void)duo_inject(&d, DUO_BOB, &carol, duo_setup_again(&d, DUO_ALICE, buf, call_id));
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_REPLAY), 1);
    (void)duo_inject(&d, DUO_BOB, &alice, duo_setup_again(&d, DUO_ALICE, buf, call_id));
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_SETUP_REPEATED), 1);
    duo_run_ms(&d, 90);
    assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P4_ONGOING);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    duo_close(&d);
}

/* ---- while a request is being verified ----------------------------------------------------- */

static void open_slow(struct duo *d)
{
    duo_defaults(d);
    d->params.costs.us[MCV_JOB_VERIFY] = 20000;
    duo_open(d);
    assert_int_equal(duo_call(d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(d, 10);
    assert_int_equal(n_under_way(d, DUO_BOB), 1);
}

static void a_release_ends_the_verification(void **state)
{
    (void)state;
    struct duo d;

    open_slow(&d);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 10);
    assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P1_IGNORING); /* it was acknowledged */
    duo_run_ms(&d, 2000);
    assert_false(has_event(&d, DUO_BOB));
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_DECAPSULATE], 0);
    assert_int_equal(n_under_way(&d, DUO_BOB), 0);
    duo_close(&d);
}

static void a_release_of_somebody_else_does_not(void **state)
{
    (void)state;
    struct duo d;
    uint8_t buf[128];
    const struct mcv_addr carol = duo_addr(DUO_CAROL);
    struct mcv_writer w = mcv_writer_of(buf, sizeof buf);

    open_slow(&d);
    const struct mcv_monp m = {.type = MCV_MONP_PRIVATE_CALL_RELEASE,
                               .call_id = call_of(&d, DUO_ALICE)->call_id,
                               .caller = mcv_bytes_str(duo_uri(DUO_ALICE)),
                               .callee = mcv_bytes_str(duo_uri(DUO_BOB))};
    mcv_monp_encode(&w, &m);
    (void)duo_inject(&d, DUO_BOB, &carol, mcv_wr_done(&w));
    duo_run_ms(&d, 90);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    duo_close(&d);
}

static void new_keys_start_the_verification_anew(void **state)
{
    (void)state;
    struct duo d;

    open_slow(&d);
    mcv_world_set_keys(d.w, DUO_BOB, d.keys[DUO_BOB]);
    duo_run_ms(&d, 100); /* the request is repeated after 40 ms */
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_VERIFY], 2);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    duo_close(&d);
}

static void destroyed_keys_end_everything(void **state)
{
    static const unsigned after_ms[] = {1, 5, 10, 28, 60}; /* built, verified, ..., in the call */
    (void)state;

    for (size_t i = 0; i < sizeof after_ms / sizeof *after_ms; i++) {
        for (enum duo_agent who = DUO_ALICE; who <= DUO_BOB; who++) {
            struct duo d;
            duo_defaults(&d);
            d.params.costs.us[MCV_JOB_VERIFY] = 20000;
            duo_open(&d);
            assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
            duo_run_ms(&d, after_ms[i]);
            assert_int_equal(duo_command(&d, who, MCV_CMD_ZEROIZE), MCV_OK);
            assert_int_equal(d.n_events[who][MCV_EVENT_KEYS_DESTROYED], 1);
            const struct mcv_private_call *c = call_of(&d, who);
            static const struct mcv_pck none;
            assert_true(c == NULL || (!c->has_key && mcv_pck_equal(&c->pck, &none)));
            assert_int_equal(duo_call(&d, who, DUO_CAROL, false), MCV_E_UNKNOWN_KEY);
            duo_run_ms(&d, 2000);
            assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P0_START_STOP);
            assert_int_equal(duo_state(&d, DUO_BOB), MCV_P0_START_STOP);
            assert_int_equal(n_under_way(&d, DUO_BOB), 0);
            duo_close(&d);
        }
    }
}

static void a_call_that_is_being_prepared_can_be_released(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 1);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 1000);
    assert_int_equal(d.end[DUO_ALICE], MCV_END_LOCAL_RELEASE);
    assert_int_equal(d.sent[DUO_ALICE].n[SETUP], 0);
    assert_int_equal(d.n_events[DUO_ALICE][MCV_EVENT_CALL_OUTGOING], 0);
    duo_close(&d);
}

/* ---- floods -------------------------------------------------------------------------------- */

/* A forged request: alice's with another RAND, of a caller without a machine; only the signature
 * and the caller do not fit. */
static void forge(struct duo *d, uint32_t number, const struct mcv_addr *from)
{
    static const char mark[] = "a=key-mgmt:mikey ";
    uint8_t buf[MCV_MAX_MONP_BYTES];
    const struct mcv_bytes setup = duo_setup_again(d, DUO_ALICE, buf, (uint16_t)number);
    size_t at = 0;

    while (memcmp(buf + at, mark, sizeof mark - 1) != 0) at++;
    uint8_t *text = buf + at + sizeof mark - 1 + 32; /* octet 24 on: inside RAND */
    for (size_t i = 0; i < 4; i++) text[i] = (uint8_t)('A' + (number >> (4 * i) & 15));
    at = 0;
    while (memcmp(buf + at, "alice", 5) != 0) at++;
    memcpy(buf + at, "elice", 5);
    (void)duo_inject(d, DUO_BOB, from, setup);
}

static void open_flood(struct duo *d)
{
    duo_defaults(d);
    d->config[DUO_BOB].admission = (struct mcv_admission_config){
        .n_at_once = 2, .burst = 5, .per_minute = 60};
    duo_open(d);
    assert_int_equal(duo_call(d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(d, 100);
    assert_int_equal(duo_state(d, DUO_BOB), MCV_P4_ONGOING);
}

static void one_source_gets_its_rate(void **state)
{
    (void)state;
    struct duo d;
    const struct mcv_addr evil = {.family = MCV_IPV4, .b = {10, 9, 9, 9}, .port = 8809};

    open_flood(&d);
    for (uint32_t i = 0; i < 10000; i++) { /* in one second */
        forge(&d, i, &evil);
        assert_true(n_under_way(&d, DUO_BOB) <= 1); /* half of two */
        if (i % 10 == 9) duo_run_ms(&d, 1);
    }
    const unsigned n = d.n_jobs[DUO_BOB][MCV_JOB_VERIFY] - 1;
    assert_true(n >= 1 && n <= 6); /* the burst, and one a second */
    assert_true(duo_count(&d, DUO_BOB, MCV_N_SETUP_RATE_LIMITED) > 9000);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);

    /* carol is not hindered */
    assert_int_equal(duo_call(&d, DUO_CAROL, DUO_BOB, true), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(d.n_events[DUO_CAROL][MCV_EVENT_CALL_RINGING], 1);
    duo_close(&d);
}

static void many_sources_share_what_may_be_under_way(void **state)
{
    uint16_t n_spoken = 0;
    (void)state;
    struct duo d;

    open_flood(&d);
    for (uint32_t i = 0; i < 10000; i++) {
        const struct mcv_addr evil = {
            .family = MCV_IPV4, .b = {10, 9, (uint8_t)(i >> 8), (uint8_t)i}, .port = 8809};
        forge(&d, i, &evil);
        assert_true(n_under_way(&d, DUO_BOB) <= 2);
        if (i % 100 == 99) duo_run_ms(&d, 1);
        if (i % 1000 == 999) duo_speak(&d, DUO_ALICE, ++n_spoken);
    }
    duo_run_ms(&d, 3);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_RTP_RECEIVED), n_spoken); /* each at once */
    assert_true(duo_count(&d, DUO_BOB, MCV_N_SETUP_BUSY) > 5000);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_DECAPSULATE], 1); /* alice's alone */
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 30);
    assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P1_IGNORING); /* acknowledged at once */
    duo_close(&d);
}

/* ---- both call ----------------------------------------------------------------------------- */

static void of_two_calls_that_cross_one_succeeds(void **state)
{
    (void)state;
    for (unsigned apart_ms = 0; apart_ms <= 30; apart_ms++) {
        struct duo d;
        duo_defaults_costed(&d);
        d.params.link.delay_us = 7000;
        duo_open(&d);
        assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
        duo_run_ms(&d, apart_ms);
        (void)duo_call(&d, DUO_BOB, DUO_ALICE, false); /* late: BUSY, he is being called */
        duo_run_ms(&d, 300);
        const struct mcv_private_call *alice = call_of(&d, DUO_ALICE), *bob = call_of(&d, DUO_BOB);
        if (alice->state != MCV_P4_ONGOING || bob->state != MCV_P4_ONGOING ||
            alice->call_id != bob->call_id || !mcv_pck_equal(&alice->pck, &bob->pck)) {
            fail_msg("%u ms apart", apart_ms);
        }
        duo_close(&d);
    }
}

/* A forged request of the peer does not end our own attempt. */
static void a_forged_crossing_call_changes_nothing(void **state)
{
    (void)state;
    struct duo d;
    uint8_t buf[MCV_MAX_MONP_BYTES];
    const struct mcv_addr alice = duo_addr(DUO_ALICE);

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 2000);
    assert_int_equal(duo_call(&d, DUO_BOB, DUO_ALICE, false), MCV_OK);
    duo_run_ms(&d, 5); /* bob, the larger ID, waits for a response */
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P2_WAITING_CALL);
    (void)duo_inject(&d, DUO_BOB, &alice, duo_setup_again(&d, DUO_ALICE, buf, 77));
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_REPLAY), 1);
    duo_run_ms(&d, 100);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    assert_true(call_of(&d, DUO_BOB)->is_outgoing);
    duo_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_is_rejected),
        cmocka_unit_test(a_replay_after_a_restart_is_rejected),
        cmocka_unit_test(a_copy_does_not_disturb_the_call),
        cmocka_unit_test(a_release_ends_the_verification),
        cmocka_unit_test(a_release_of_somebody_else_does_not),
        cmocka_unit_test(new_keys_start_the_verification_anew),
        cmocka_unit_test(destroyed_keys_end_everything),
        cmocka_unit_test(a_call_that_is_being_prepared_can_be_released),
        cmocka_unit_test(one_source_gets_its_rate),
        cmocka_unit_test(many_sources_share_what_may_be_under_way),
        cmocka_unit_test(of_two_calls_that_cross_one_succeeds),
        cmocka_unit_test(a_forged_crossing_call_changes_nothing),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    duo_forget_keys();
    return failed;
}
