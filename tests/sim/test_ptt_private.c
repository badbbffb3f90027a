/* Private calls: whoever has permission decides. Spec: TS 24.380 7.2.3 with the messages of TS 24.581. */
#include "agent/core/agent_private.h"
#include "tests/support/cmocka.h"
#include "tests/support/duo.h"

enum { ALICE = DUO_ALICE, BOB = DUO_BOB };

static void open_call(struct duo *d, uint16_t n_max, uint16_t n_queue)
{
    for (int i = 0; i < DUO_N; i++) {
        d->config[i].private_ptt = (struct mcv_ptt_config){
            .mode = MCV_PTT_MANUAL, .n_max = n_max, .n_queue = n_queue};
    }
    duo_open(d);
    assert_int_equal(duo_call(d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(d, 200);
    assert_int_equal(duo_state(d, DUO_ALICE), MCV_P4_ONGOING);
    assert_int_equal(duo_state(d, DUO_BOB), MCV_P4_ONGOING);
}

static void begin(struct duo *d, uint16_t n_max, uint16_t n_queue)
{
    duo_defaults(d);
    open_call(d, n_max, n_queue);
}

static struct mcv_ptt_info ptt(const struct duo *d, enum duo_agent who)
{
    struct mcv_call_info info;

    assert_true(mcv_agent_call_info(mcv_world_agent(d->w, who), 0, &info));
    assert_true(info.has_ptt);
    return info.ptt;
}

static void assert_states(const struct duo *d, const char *why, uint8_t alice, uint8_t bob)
{
    const uint8_t a = ptt(d, DUO_ALICE).state, b = ptt(d, DUO_BOB).state;

    if (a == alice && b == bob) return;
    fail_msg("%s: \"%s\" and \"%s\"", why, mcv_state_name(MCV_MACHINE_TRANSMISSION, a),
             mcv_state_name(MCV_MACHINE_TRANSMISSION, b));
}

static void press(struct duo *d, enum duo_agent who, bool is_emergency)
{
    const struct mcv_command c = {
        .type = MCV_CMD_PTT_PRESS, .call = d->call[who], .is_emergency = is_emergency};

    assert_int_equal(mcv_world_command(d->w, who, &c, NULL, NULL), MCV_OK);
}

/* A packet of voice every 20 ms for so long. */
static void speak(struct duo *d, enum duo_agent who, unsigned ms)
{
    static uint16_t seq;
    uint8_t rtp[] = {0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 1, 2, 3, 4};

    for (unsigned at = 0; at < ms; at += 20) {
        seq++;
        mcv_store_be16(rtp + 2, seq);
        mcv_store_be32(rtp + 4, seq * 320u);
        (void)mcv_world_local(d->w, who, 0, MCV_AUDIO, mcv_bytes_of(rtp, sizeof rtp));
        duo_run_ms(d, 20);
    }
}

static void one_after_the_other(void **state)
{
    (void)state;
    struct duo d;

    begin(&d, 1, 0);
    assert_states(&d, "the caller begins", MCV_O_ARBITRATOR, MCV_O_NO_PERMISSION);
    press(&d, DUO_ALICE, false);
    speak(&d, DUO_ALICE, 200);
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 100);
    assert_int_equal(d.n_events[BOB][MCV_EVENT_PTT_REJECTED], 1);
    assert_states(&d, "refused", MCV_O_ARBITRATOR, MCV_O_NO_PERMISSION);

    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_PTT_RELEASE), MCV_OK);
    duo_run_ms(&d, 100);
    assert_states(&d, "silence", MCV_O_SILENCE, MCV_O_SILENCE);
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 20); /* no three requests: the other one grants */
    assert_states(&d, "granted", MCV_O_PENDING_GRANTED, MCV_O_ARBITRATOR);
    speak(&d, DUO_BOB, 100);
    assert_states(&d, "used", MCV_O_NO_PERMISSION, MCV_O_ARBITRATOR);
    assert_true(duo_count(&d, DUO_ALICE, MCV_N_RTP_RECEIVED) >= 4);
    duo_close(&d);
}

static void who_waits_is_served(void **state)
{
    (void)state;
    struct duo d;

    begin(&d, 1, 1);
    press(&d, DUO_ALICE, false);
    speak(&d, DUO_ALICE, 100);
    press(&d, DUO_BOB, false);
    speak(&d, DUO_ALICE, 100);
    assert_states(&d, "waits", MCV_O_ARBITRATOR, MCV_O_QUEUED);
    assert_int_equal(ptt(&d, DUO_BOB).position, 1);
    assert_int_equal(ptt(&d, DUO_ALICE).n_queued, 1);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_PTT_RELEASE), MCV_OK);
    duo_run_ms(&d, 20);
    speak(&d, DUO_BOB, 100);
    assert_states(&d, "served", MCV_O_NO_PERMISSION, MCV_O_ARBITRATOR);
    duo_close(&d);
}

static void an_emergency_pre_empts(void **state)
{
    (void)state;
    struct duo d;

    begin(&d, 1, 0);
    press(&d, DUO_ALICE, false);
    speak(&d, DUO_ALICE, 100);
    press(&d, DUO_BOB, true);
    duo_run_ms(&d, 20);
    speak(&d, DUO_BOB, 100);
    assert_states(&d, "pre-empted", MCV_O_NO_PERMISSION, MCV_O_ARBITRATOR);
    assert_int_equal(d.n_events[ALICE][MCV_EVENT_PTT_REVOKED], 1);
    duo_close(&d);
}

static void both_at_once_when_two_may(void **state)
{
    (void)state;
    struct duo d;

    begin(&d, 2, 0);
    press(&d, DUO_ALICE, false);
    speak(&d, DUO_ALICE, 100);
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 20);
    assert_states(&d, "both", MCV_O_ARBITRATOR, MCV_O_ARBITRATOR);
    speak(&d, DUO_BOB, 100);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_PTT_RELEASE), MCV_OK);
    speak(&d, DUO_BOB, 100);
    assert_states(&d, "one", MCV_O_NO_PERMISSION, MCV_O_ARBITRATOR);
    press(&d, DUO_ALICE, false); /* the one who was granted decides as well */
    duo_run_ms(&d, 20);
    assert_states(&d, "both again", MCV_O_ARBITRATOR, MCV_O_ARBITRATOR);
    duo_close(&d);
}

/* Neither heard that the other one asked. */
static void both_took_it(void **state)
{
    (void)state;
    struct duo d;
    struct mcv_fault lost = {.from = MCV_ANY_AGENT,
                             .to = MCV_ANY_AGENT,
                             .channel = MCV_CH_CONTROL,
                             .mask = MCV_FAULT_EVERY};

    begin(&d, 1, 0);
    duo_run_ms(&d, 5000); /* the caller said nothing */
    assert_states(&d, "silence", MCV_O_SILENCE, MCV_O_SILENCE);
    assert_int_equal(mcv_world_add_fault(d.w, &lost), MCV_OK);
    press(&d, DUO_ALICE, false);
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 200);
    assert_states(&d, "both took it", MCV_O_ARBITRATOR, MCV_O_ARBITRATOR);
    mcv_world_clear_faults(d.w);
    for (int i = 0; i < 20; i++) {
        speak(&d, DUO_ALICE, 20);
        speak(&d, DUO_BOB, 20);
    }
    assert_true(ptt(&d, DUO_ALICE).may_transmit != ptt(&d, DUO_BOB).may_transmit);
    duo_close(&d);
}

/* Bob takes alice for one who transmits, until T203; when she asks, she does not. */
static void a_release_is_lost(void **state)
{
    (void)state;
    struct duo d;
    struct mcv_fault lost = {
        .from = DUO_ALICE, .to = DUO_BOB, .channel = MCV_CH_CONTROL, .mask = MCV_FAULT_EVERY};

    begin(&d, 1, 0);
    press(&d, DUO_ALICE, false);
    speak(&d, DUO_ALICE, 100);
    assert_int_equal(mcv_world_add_fault(d.w, &lost), MCV_OK);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_PTT_RELEASE), MCV_OK);
    duo_run_ms(&d, 100);
    mcv_world_clear_faults(d.w);
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 20);
    speak(&d, DUO_BOB, 100);
    assert_states(&d, "granted", MCV_O_NO_PERMISSION, MCV_O_ARBITRATOR);
    press(&d, DUO_ALICE, false);
    duo_run_ms(&d, 20);
    assert_states(&d, "refused", MCV_O_NO_PERMISSION, MCV_O_ARBITRATOR);
    assert_int_equal(d.n_events[ALICE][MCV_EVENT_PTT_REJECTED], 1);
    duo_close(&d);
}

/* What was granted is not used: T205, C205, silence. */
static void a_grant_that_nobody_takes(void **state)
{
    (void)state;
    struct duo d;
    struct mcv_fault lost = {
        .from = DUO_ALICE, .to = DUO_BOB, .channel = MCV_CH_CONTROL, .mask = MCV_FAULT_EVERY};

    begin(&d, 1, 0);
    duo_run_ms(&d, 5000);
    assert_int_equal(mcv_world_add_fault(d.w, &lost), MCV_OK);
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 50);
    assert_int_equal(ptt(&d, DUO_ALICE).state, MCV_O_PENDING_GRANTED);
    duo_run_ms(&d, 1000);
    assert_int_equal(ptt(&d, DUO_BOB).state, MCV_O_ARBITRATOR); /* nobody answered him */
    assert_true(lost.n_hit >= 4);
    duo_close(&d);
}

/* T230 in a private call. */
static void silence_ends_in_start_stop(void **state)
{
    (void)state;
    struct duo d;

    duo_defaults(&d);
    for (int i = 0; i < DUO_N; i++) d.config[i].timers.t230_s = 20;
    open_call(&d, 1, 0);
    duo_run_ms(&d, 5000); /* the caller says nothing */
    assert_states(&d, "silence", MCV_O_SILENCE, MCV_O_SILENCE);
    duo_run_ms(&d, 20000);
    assert_states(&d, "T230", MCV_O_START_STOP, MCV_O_START_STOP);
    for (uint32_t i = ALICE; i <= BOB; i++) {
        const struct mcv_agent *a = mcv_world_agent(d.w, i);
        assert_int_equal(mcv_transmission_wake_at(a->privates[0]->media.transmission), MCV_NEVER);
        assert_int_equal(duo_state(&d, (enum duo_agent)i), MCV_P4_ONGOING); /* the call goes on */
    }
    press(&d, DUO_BOB, false);
    duo_run_ms(&d, 100);
    assert_int_equal(ptt(&d, DUO_BOB).state, MCV_O_ARBITRATOR);
    duo_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),    cmocka_unit_test(who_waits_is_served),
        cmocka_unit_test(an_emergency_pre_empts), cmocka_unit_test(both_at_once_when_two_may),
        cmocka_unit_test(both_took_it),           cmocka_unit_test(a_grant_that_nobody_takes),
        cmocka_unit_test(a_release_is_lost),      cmocka_unit_test(silence_ends_in_start_stop),
    };
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    duo_forget_keys();
    return n_failed;
}
