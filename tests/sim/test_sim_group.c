/* Group calls through the world: members, late comers, eavesdroppers, loss, keys. */
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/stage.h"

#define ALICE 0u
#define BOB   1u
#define CAROL 2u
#define DAVE  3u

static void start_call(struct stage *s)
{
    stage_command(s, ALICE, MCV_CMD_GROUP_START);
    stage_wait(s, ALICE, MCV_EVENT_GROUP_STARTED);
    stage_wait(s, BOB, MCV_EVENT_GROUP_JOINED);
}

static void media_reaches_all_members(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 4, STAGE_COSTED);
    stage_start(&s);
    start_call(&s);
    stage_run(&s, STAGE_S);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 100, 20 * STAGE_MS, 1);
    for (uint32_t u = BOB; u <= DAVE; u++) {
        assert_int_equal(stage_count(&s, u, MCV_EVENT_GROUP_JOINED), 1);
        assert_int_equal(s.heard[u][MCV_AUDIO], 100);
    }
    stage_talk(&s, CAROL, MCV_KIND_GROUP, 50, 20 * STAGE_MS, 3);
    assert_int_equal(s.heard[ALICE][MCV_AUDIO], 50);
    assert_int_equal(s.heard[CAROL][MCV_AUDIO], 100);
    stage_close(&s);
}

/* RFC 4771 mode 3: the ROC of the sender is in the packets; without it the first packet after a wrap
 * would not authenticate. The SEQ begins in 0 .. 32767, so 70 000 packets wrap once at least. */
static void a_late_comer_after_the_sequence_number_wrapped(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_call_info info;

    stage_open(&s, 3, STAGE_COSTED);
    mcv_cast_node(s.cast, CAROL)->is_off = true;
    stage_start(&s);
    start_call(&s);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 70000, 100, 1);
    stage_run(&s, STAGE_S);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 70000);
    assert_int_equal(mcv_world_power(s.w, CAROL, true), MCV_OK);
    stage_command(&s, CAROL, MCV_CMD_GROUP_START);
    stage_wait(&s, CAROL, MCV_EVENT_GROUP_JOINED);
    assert_true(stage_info(&s, CAROL, MCV_KIND_GROUP, &info));
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 1, 20 * STAGE_MS, 9);
    assert_int_equal(s.heard[CAROL][MCV_AUDIO], 1); /* the first packet */
    assert_int_equal(s.last_payload[CAROL], 9);
    assert_int_equal(stage_counter(&s, CAROL, MCV_N_RTP_AUTH), 0);
    stage_close(&s);
}

/* Somebody with the configuration of the group, but without its key, hears the same packets. */
static void without_the_key_nothing_is_heard(void **state)
{
    (void)state;
    struct stage s;
    uint32_t eve;

    stage_open(&s, 2, STAGE_COSTED);
    assert_int_equal(
        mcv_cast_add_user(s.cast, &eve, "sip:eve@example.org", s.kms, MCV_SIM_IDENTITY_COSTED),
        MCV_OK);
    assert_int_equal(mcv_cast_add_member(s.cast, s.group, eve, false), MCV_OK);
    stage_start(&s);
    start_call(&s);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 100, 20 * STAGE_MS, 1);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 100);
    assert_int_equal(s.heard[eve][MCV_AUDIO], 0);
    assert_int_equal(stage_counter(&s, eve, MCV_N_RTP_RECEIVED), 0);
    stage_close(&s);
}

/* A key of another time: the member is in the call, and counts what he cannot open. */
static void a_member_without_the_new_key_says_so_once(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 3, STAGE_COSTED);
    stage_start(&s);
    start_call(&s);
    stage_run(&s, STAGE_S);
    /* a new key for alice and bob; carol's view of her keys is not renewed */
    assert_int_equal(mcv_sim_keys_add_gmk(mcv_cast_keys(s.cast), NULL, 0, 1760000000, 0), MCV_OK);
    assert_int_equal(mcv_cast_renew_keys(s.cast, ALICE), MCV_OK);
    assert_int_equal(mcv_cast_renew_keys(s.cast, BOB), MCV_OK);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 100, 20 * STAGE_MS, 1);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 100);
    assert_int_equal(s.heard[CAROL][MCV_AUDIO], 0);
    assert_int_equal(stage_counter(&s, CAROL, MCV_N_RTP_UNKNOWN_MKI), 100);
    assert_int_equal(stage_count(&s, CAROL, MCV_EVENT_KEY_MISSING), 1);
    assert_int_equal(mcv_cast_renew_keys(s.cast, CAROL), MCV_OK);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 10, 20 * STAGE_MS, 2);
    assert_int_equal(s.heard[CAROL][MCV_AUDIO], 10);
    stage_close(&s);
}

/* TS 33.180 5.7: in mid-stream, without a lost packet. */
static void keys_roll_without_a_gap(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 3, STAGE_COSTED);
    stage_start(&s);
    start_call(&s);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 50, 20 * STAGE_MS, 1);
    assert_int_equal(mcv_cast_roll(s.cast, s.group, 1760000000 + 4), MCV_OK);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 250, 20 * STAGE_MS, 2);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 300);
    assert_int_equal(s.heard[CAROL][MCV_AUDIO], 300);
    stage_close(&s);
}

static void loss_of_media_is_only_loss_of_media(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_fault every_third = {.from = ALICE,
                                    .to = BOB,
                                    .channel = MCV_CH_AUDIO_RTP,
                                    .mask = UINT64_C(0x9249249249249249)};

    stage_open(&s, 3, STAGE_COSTED);
    stage_start(&s);
    start_call(&s);
    stage_run(&s, STAGE_S);
    assert_int_equal(mcv_world_add_fault(s.w, &every_third), MCV_OK);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 63, 20 * STAGE_MS, 1);
    assert_int_equal(every_third.n_hit, 21);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 42);
    assert_int_equal(s.heard[CAROL][MCV_AUDIO], 63);
    stage_close(&s);
}

/* ---- set-up -------------------------------------------------------------------------------- */

static void one_joins_another(struct stage *s)
{
    stage_command(s, ALICE, MCV_CMD_GROUP_START);
    stage_wait(s, ALICE, MCV_EVENT_GROUP_STARTED);
    stage_run(s, 15 * STAGE_S); /* an announcement more */
    stage_command(s, BOB, MCV_CMD_GROUP_LEAVE);
    stage_run(s, STAGE_S);
}

static void any_one_message_of_a_group_call_may_be_lost(void **state)
{
    (void)state;
    unsigned n[2] = {0, 0};
    struct stage s;

    stage_open(&s, 2, STAGE_COSTED);
    stage_start(&s);
    one_joins_another(&s);
    for (size_t i = 0; i < s.n_messages; i++) n[s.messages[i].from]++;
    assert_int_equal(stage_count(&s, BOB, MCV_EVENT_GROUP_JOINED), 1);
    stage_close(&s);
    for (uint32_t from = 0; from < 2; from++)
        for (unsigned k = 0; k < n[from]; k++) {
            struct mcv_fault fault;
            struct mcv_call_info info;

            stage_open(&s, 2, STAGE_COSTED);
            stage_start(&s);
            stage_drop(&s, &fault, from, k);
            one_joins_another(&s);
            assert_int_equal(fault.n_hit, 1);
            assert_int_equal(stage_count(&s, BOB, MCV_EVENT_GROUP_JOINED), 1);
            assert_true(stage_info(&s, ALICE, MCV_KIND_GROUP, &info));
            assert_true(info.is_established);
            stage_close(&s);
        }
}

/* TS 24.281 9.3.2: two who start at once end in one call. */
static void two_who_start_at_once_end_in_one_call(void **state)
{
    (void)state;
    struct stage s;
    struct mcv_call_info a, b;

    stage_open(&s, 3, STAGE_COSTED);
    mcv_cast_node(s.cast, CAROL)->is_off = true;
    stage_start(&s);
    mcv_world_set_partition(s.w, BOB, 1);
    stage_command(&s, ALICE, MCV_CMD_GROUP_START);
    stage_run(&s, 50 * STAGE_MS);
    stage_command(&s, BOB, MCV_CMD_GROUP_START);
    stage_wait(&s, ALICE, MCV_EVENT_GROUP_STARTED);
    stage_wait(&s, BOB, MCV_EVENT_GROUP_STARTED);
    stage_run(&s, 20 * STAGE_S);
    assert_true(stage_info(&s, ALICE, MCV_KIND_GROUP, &a) &&
                stage_info(&s, BOB, MCV_KIND_GROUP, &b));
    assert_int_not_equal(a.call_id, b.call_id);
    mcv_world_set_partition(s.w, BOB, 0);
    stage_run(&s, 40 * STAGE_S);
    assert_true(stage_info(&s, ALICE, MCV_KIND_GROUP, &a) &&
                stage_info(&s, BOB, MCV_KIND_GROUP, &b));
    assert_int_equal(a.call_id, b.call_id);
    stage_talk(&s, ALICE, MCV_KIND_GROUP, 10, 20 * STAGE_MS, 5);
    assert_int_equal(s.heard[BOB][MCV_AUDIO], 10);
    stage_talk(&s, BOB, MCV_KIND_GROUP, 10, 20 * STAGE_MS, 6);
    assert_int_equal(s.heard[ALICE][MCV_AUDIO], 10);
    stage_close(&s);
}

static void emergency_reaches_all_members(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s, 4, STAGE_COSTED);
    stage_start(&s);
    start_call(&s);
    stage_run(&s, STAGE_S);
    stage_command(&s, BOB, MCV_CMD_GROUP_EMERGENCY);
    for (uint32_t u = ALICE; u <= DAVE; u++) {
        const struct mcv_event *e = stage_wait(&s, u, MCV_EVENT_GROUP_TYPE_CHANGED);

        assert_int_equal(e->call_type, MCV_CALL_EMERGENCY_GROUP);
    }
    stage_command(&s, BOB, MCV_CMD_GROUP_NORMAL);
    for (uint32_t u = ALICE; u <= DAVE; u++)
        assert_int_equal(stage_wait(&s, u, MCV_EVENT_GROUP_TYPE_CHANGED)->call_type,
                         MCV_CALL_BASIC_GROUP);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_reaches_all_members),
        cmocka_unit_test(a_late_comer_after_the_sequence_number_wrapped),
        cmocka_unit_test(without_the_key_nothing_is_heard),
        cmocka_unit_test(a_member_without_the_new_key_says_so_once),
        cmocka_unit_test(keys_roll_without_a_gap),
        cmocka_unit_test(loss_of_media_is_only_loss_of_media),
        cmocka_unit_test(any_one_message_of_a_group_call_may_be_lost),
        cmocka_unit_test(two_who_start_at_once_end_in_one_call),
        cmocka_unit_test(emergency_reaches_all_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
