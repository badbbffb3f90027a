/* Private calls through the world: every flow, and what becomes of it when any one of its messages
 * is lost, comes twice or comes late. */
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/stage.h"

#define ALICE 0u
#define BOB   1u

/* ---- flows --------------------------------------------------------------------------------- */

static void automatic(struct stage *s)
{
    stage_call(s, ALICE, BOB, false);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
    stage_wait(s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    stage_command(s, ALICE, MCV_CMD_RELEASE);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ENDED);
    stage_wait(s, BOB, MCV_EVENT_CALL_ENDED);
}

static void manual(struct stage *s)
{
    stage_call(s, ALICE, BOB, true);
    stage_wait(s, BOB, MCV_EVENT_CALL_INCOMING);
    stage_run(s, STAGE_S);
    stage_command(s, BOB, MCV_CMD_ACCEPT);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
    stage_wait(s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    stage_command(s, BOB, MCV_CMD_RELEASE);
    stage_wait(s, BOB, MCV_EVENT_CALL_ENDED);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ENDED);
}

static void rejected(struct stage *s)
{
    stage_call(s, ALICE, BOB, true);
    stage_wait(s, BOB, MCV_EVENT_CALL_INCOMING);
    stage_run(s, STAGE_S);
    stage_command(s, BOB, MCV_CMD_REJECT);
    stage_wait(s, BOB, MCV_EVENT_CALL_ENDED);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ENDED);
}

static void given_up(struct stage *s)
{
    stage_call(s, ALICE, BOB, true);
    stage_wait(s, BOB, MCV_EVENT_CALL_INCOMING);
    stage_run(s, STAGE_S);
    stage_command(s, ALICE, MCV_CMD_RELEASE);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ENDED);
    stage_wait(s, BOB, MCV_EVENT_CALL_ENDED);
}

/* Nobody is left in a call, and a second one works. */
static void assert_over(struct stage *s)
{
    struct mcv_call_info info;

    stage_run(s, 3 * STAGE_S);
    if (stage_info(s, ALICE, MCV_KIND_PRIVATE, &info)) fail_msg("alice is in state %u", info.state);
    if (stage_info(s, BOB, MCV_KIND_PRIVATE, &info)) fail_msg("bob is in state %u", info.state);
    mcv_world_clear_faults(s->w);
    stage_call(s, BOB, ALICE, false);
    stage_wait(s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    stage_wait(s, ALICE, MCV_EVENT_CALL_ESTABLISHED);
}

static const struct {
    const char *why;
    void (*flow)(struct stage *s);
    const char *end_of_alice, *end_of_bob;
} flows[] = {
    {"TS 24.281 10.3: automatic commencement, release by the caller", automatic, "released",
     "released_by_peer"},
    {"TS 24.281 10.3: manual commencement, release by the callee", manual, "released_by_peer",
     "released"},
    {"TS 24.281 10.3: the user rejects", rejected, "rejected_by_peer", "rejected"},
    {"TS 24.281 10.3: the caller gives up while it rings", given_up, "released",
     "released_by_peer"},
};

static const char *end_of(const struct stage *s, uint32_t user)
{
    const struct mcv_world_event *e;

    for (size_t i = 0; (e = mcv_world_event(s->w, user, i)) != NULL; i++)
        if (e->e.type == MCV_EVENT_CALL_ENDED) return mcv_end_name(e->e.reason);
    return "none";
}

static void flows_without_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        struct stage s;

        stage_open(&s, 2, STAGE_REAL);
        stage_start(&s);
        flows[i].flow(&s);
        if (strcmp(end_of(&s, ALICE), flows[i].end_of_alice) != 0 ||
            strcmp(end_of(&s, BOB), flows[i].end_of_bob) != 0)
            fail_msg("%s: %s, %s", flows[i].why, end_of(&s, ALICE), end_of(&s, BOB));
        assert_over(&s);
        stage_close(&s);
    }
}

/* How many messages each sends in a flow without faults. */
static void count_messages(size_t flow, unsigned n[static 2])
{
    struct stage s;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    flows[flow].flow(&s);
    n[ALICE] = n[BOB] = 0;
    for (size_t i = 0; i < s.n_messages; i++) n[s.messages[i].from]++;
    stage_close(&s);
}

static void with_fault(size_t flow, uint32_t from, unsigned k, enum mcv_fault_action action,
                       uint64_t delay_us)
{
    struct stage s;
    struct mcv_fault fault;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    stage_drop(&s, &fault, from, k);
    fault.action = action;
    fault.delay_us = delay_us;
    flows[flow].flow(&s);
    assert_int_equal(fault.n_hit, 1);
    assert_over(&s);
    stage_close(&s);
}

static void for_each_message(enum mcv_fault_action action, uint64_t delay_us)
{
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        unsigned n[2];

        count_messages(i, n);
        assert_true(n[ALICE] >= 2 && n[BOB] >= 1);
        for (uint32_t from = 0; from < 2; from++)
            for (unsigned k = 0; k < n[from]; k++) {
                print_message("%s: message %u of %s\n", flows[i].why, k,
                              from == ALICE ? "alice" : "bob");
                with_fault(i, from, k, action, delay_us);
            }
    }
}

static void any_one_message_may_be_lost(void **state)
{
    (void)state;
    for_each_message(MCV_FAULT_DROP, 0);
}

static void any_one_message_may_come_twice(void **state)
{
    (void)state;
    for_each_message(MCV_FAULT_DUPLICATE, 15 * STAGE_MS);
    for_each_message(MCV_FAULT_DUPLICATE, 1500 * STAGE_MS);
}

static void any_one_message_may_come_late(void **state)
{
    (void)state;
    for_each_message(MCV_FAULT_DELAY, 50 * STAGE_MS);
}

/* ---- what cannot succeed ------------------------------------------------------------------- */

static void nobody_there(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 2, STAGE_COSTED);
    mcv_cast_node(s.cast, BOB)->is_off = true;
    stage_start(&s);
    stage_call(&s, ALICE, BOB, false);
    assert_int_equal(stage_wait(&s, ALICE, MCV_EVENT_CALL_ENDED)->reason, MCV_END_NO_RESPONSE);
    assert_int_equal(s.n_messages, 3); /* CFP1 */
    stage_close(&s);
}

static void the_peer_disappears_before_the_ack(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_fault acks = {.from = ALICE,
                             .to = BOB,
                             .channel = MCV_CH_MONP,
                             .monp_type = MCV_MONP_PRIVATE_CALL_ACCEPT_ACK,
                             .mask = MCV_FAULT_EVERY};

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    assert_int_equal(mcv_world_add_fault(s.w, &acks), MCV_OK);
    stage_call(&s, ALICE, BOB, false);
    assert_int_equal(stage_wait(&s, BOB, MCV_EVENT_CALL_ENDED)->reason, MCV_END_NOT_CONFIRMED);
    assert_int_equal(acks.n_hit, 3);
    stage_close(&s);
}

/* TS 24.281 10.3: reason E2E SECURITY CONTEXT FAILURE; nobody is asked. */
static void assert_refused(struct stage *s)
{
    assert_int_equal(stage_wait(s, ALICE, MCV_EVENT_CALL_ENDED)->reason, MCV_END_REMOTE_SECURITY);
    assert_int_equal(stage_count(s, BOB, MCV_EVENT_CALL_INCOMING), 0);
    assert_int_equal(stage_count(s, BOB, MCV_EVENT_CALL_ESTABLISHED), 0);
}

static void an_untrusted_kms(void **state)
{
    (void)state;
    struct stage s;
    size_t other;
    uint32_t mallory;

    stage_open(&s, 2, STAGE_REAL);
    assert_int_equal(mcv_cast_add_kms(s.cast, &other, "kms.evil.example"), MCV_OK);
    assert_int_equal(mcv_cast_trust(s.cast, other, s.kms), MCV_OK); /* not the other way round */
    assert_int_equal(mcv_cast_add_user(s.cast, &mallory, "sip:mallory@evil.example", other,
                                       MCV_SIM_IDENTITY_REAL),
                     MCV_OK);
    assert_int_equal(mcv_cast_add_contact(s.cast, mallory, BOB), MCV_OK);
    stage_start(&s);
    stage_call(&s, mallory, BOB, true);
    assert_int_equal(stage_wait(&s, mallory, MCV_EVENT_CALL_ENDED)->reason,
                     MCV_END_REMOTE_SECURITY);
    assert_int_equal(stage_count(&s, BOB, MCV_EVENT_CALL_INCOMING), 0);
    assert_int_equal(stage_counter(&s, BOB, MCV_N_IMSG_UNTRUSTED), 1);
    stage_close(&s);
}

/* Changes one base64 digit near the end of the I_MESSAGE: within the signature. */
static bool flip_signature(void *ctx, struct mcv_world_packet *packet)
{
    static const char marker[] = "mikey ";

    (void)ctx;
    if (mcv_fault_monp_type(mcv_bytes_of(packet->bytes, packet->n)) !=
        MCV_MONP_PRIVATE_CALL_SETUP_REQUEST)
        return true;
    for (size_t i = 0; i + sizeof marker < packet->n; i++) {
        if (memcmp(packet->bytes + i, marker, sizeof marker - 1) != 0) continue;
        size_t end = i + sizeof marker - 1;
        while (packet->bytes[end] != '\r') end++;
        uint8_t *digit = &packet->bytes[end - 20]; /* within PVT */
        *digit = *digit == 'A' ? 'B' : 'A';
        return true;
    }
    fail_msg("a SETUP REQUEST without an I_MESSAGE");
    return true;
}

static void a_changed_signature(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 2, STAGE_REAL);
    s.tap = flip_signature;
    stage_start(&s);
    stage_call(&s, ALICE, BOB, false);
    assert_refused(&s);
    assert_true(stage_counter(&s, BOB, MCV_N_IMSG_SIGNATURE) > 0);
    stage_close(&s);
}

/* ---- media --------------------------------------------------------------------------------- */

static void media_flows_both_ways_and_only_in_the_call(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_call_info info;

    stage_open(&s, 2, STAGE_REAL);
    stage_start(&s);
    stage_call(&s, ALICE, BOB, false);
    stage_wait(&s, BOB, MCV_EVENT_CALL_ESTABLISHED);
    stage_talk(&s, ALICE, MCV_KIND_PRIVATE, 50, 20 * STAGE_MS, 11);
    stage_talk(&s, BOB, MCV_KIND_PRIVATE, 30, 20 * STAGE_MS, 22);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 50);
    assert_int_equal(s.heard[ALICE][MCV_AUDIO], 30);
    assert_int_equal(s.last_payload[BOB], 11);
    assert_int_equal(s.last_payload[ALICE], 22);
    assert_true(stage_info(&s, ALICE, MCV_KIND_PRIVATE, &info));
    stage_command(&s, ALICE, MCV_CMD_RELEASE);
    stage_wait(&s, BOB, MCV_EVENT_CALL_ENDED);
    mcv_world_local(s.w, ALICE, info.slot, MCV_AUDIO, mcv_bytes_of("\x80\x60", 2));
    stage_run(&s, STAGE_S);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 50);
    stage_close(&s);
}

static void a_clock_five_minutes_off(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t skew_s;
        bool is_accepted;
    } rows[] = {
        {"five minutes behind", -300, true},
        {"five minutes ahead", 300, true},
        {"an hour behind: T is not in the window", -3600, false},
        {"an hour ahead", 3600, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage s;

        stage_open(&s, 2, STAGE_COSTED);
        mcv_cast_node(s.cast, BOB)->utc_skew_us = rows[i].skew_s * 1000000;
        stage_start(&s);
        stage_call(&s, ALICE, BOB, false);
        stage_run(&s, STAGE_S);
        if ((stage_count(&s, BOB, MCV_EVENT_CALL_ESTABLISHED) == 1) != rows[i].is_accepted)
            fail_msg("%s", rows[i].why);
        if (!rows[i].is_accepted) assert_refused(&s);
        stage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_without_loss),
        cmocka_unit_test(any_one_message_may_be_lost),
        cmocka_unit_test(any_one_message_may_come_twice),
        cmocka_unit_test(any_one_message_may_come_late),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(the_peer_disappears_before_the_ack),
        cmocka_unit_test(an_untrusted_kms),
        cmocka_unit_test(a_changed_signature),
        cmocka_unit_test(media_flows_both_ways_and_only_in_the_call),
        cmocka_unit_test(a_clock_five_minutes_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
