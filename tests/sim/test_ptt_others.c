/* Self arbitration, broadcasts, automatic requests, what is shown, who a message is of.
 * Spec: TS 24.581 7.1, 13; TS 33.180 5.2.3; TS 23.281 A.2-1 (Nc5). */
#include "agent/core/transmission.h"
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/talk.h"

enum { A, B, C, D };

/* ---- self arbitration ---------------------------------------------------------------------- */

static void begin_self(struct talk *s, size_t n, uint16_t n_max, uint64_t seed)
{
    talk_defaults(s, n, n_max);
    s->p.params.seed = seed; /* of the SSRCs */
    for (size_t i = 0; i < n; i++) {
        s->p.members[i].group.ptt.arbitration = MCV_ARBITRATION_SELF;
    }
    talk_begin(s);
}

static void everybody_decides_for_himself(void **state)
{
    (void)state;
    struct talk s;

    begin_self(&s, 3, 2, 1);
    assert_int_equal(talk_state(&s, A), MCV_O_PERMISSION);
    talk_press(&s, B);
    talk_run_ms(&s, 300);
    talk_expect_log(&s, "room", "1:Taken 1:Granted(1)");
    assert_int_equal(talk_state(&s, B), MCV_O_PERMISSION);
    assert_true(s.heard[C][A] > 10 && s.heard[C][B] > 10);

    talk_forget(&s);
    talk_press(&s, C); /* he does not even ask: he outranks nobody */
    talk_run_ms(&s, 300);
    talk_expect_log(&s, "no room", "");
    assert_int_equal(talk_n_events(&s, C, MCV_EVENT_PTT_REJECTED), 1);
    assert_int_equal(s.heard[A][C], 0);

    talk_press_as(&s, C, 3, false);
    talk_run_ms(&s, 500);
    assert_int_equal(talk_state(&s, C), MCV_O_PERMISSION);
    assert_int_equal(talk_n_transmitting(&s), 2);
    assert_int_equal(s.n_messages[MCV_TC_REQUEST], 1);
    assert_int_equal(s.n_messages[MCV_TC_RELEASE], 1); /* of the one who gave way */
    talk_close(&s);
}

static void who_starts_at_once_finds_out(void **state)
{
    (void)state;
    struct talk s;

    begin_self(&s, 4, 1, 1);
    talk_release(&s, A);
    talk_run_ms(&s, 300);
    talk_press(&s, B);
    talk_press(&s, C);
    talk_press(&s, D);
    talk_run_ms(&s, 3000);
    assert_int_equal(talk_n_transmitting(&s), 1);
    talk_close(&s);
}

/* Of those who began elsewhere only media are heard at first: they have to say their rank. */
static void islands_of_self_arbitration_merge(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct talk s;
        const uint8_t priority = seed % 2 == 0 ? 0 : 3; /* 0: the SSRC decides */
        begin_self(&s, 4, 1, seed);
        mcv_world_set_partition(s.p.world, C, 1);
        mcv_world_set_partition(s.p.world, D, 1);
        talk_run_ms(&s, 5000);
        talk_press_as(&s, C, priority, false);
        talk_run_ms(&s, 1000);
        assert_int_equal(talk_n_transmitting(&s), 2);
        mcv_world_set_partition(s.p.world, C, 0);
        mcv_world_set_partition(s.p.world, D, 0);
        talk_run_ms(&s, 3000);
        const bool is_c = priority > 0 || party_call(&s.p, C).tx_ssrc[MCV_AUDIO] >
                                              party_call(&s.p, A).tx_ssrc[MCV_AUDIO];
        assert_int_equal(talk_n_transmitting(&s), 1);
        assert_true(talk_info(&s, is_c ? C : A).may_transmit);
        talk_close(&s);
    }
}

/* ---- without a button ---------------------------------------------------------------------- */

static void local_media_ask_and_silence_releases(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 1);
    for (size_t i = 0; i < 3; i++) s.p.members[i].group.ptt.mode = MCV_PTT_AUTO;
    talk_begin(&s);
    s.is_sending[A] = false;
    talk_run_ms(&s, 450);
    assert_int_equal(s.n_messages[MCV_TC_RELEASE], 0);
    talk_run_ms(&s, 100);
    talk_expect_log(&s, "after 500 ms", "0:Release");

    talk_forget(&s);
    s.is_sending[B] = true;
    talk_run_ms(&s, 2000);
    s.is_sending[B] = false;
    talk_run_ms(&s, 1000);
    talk_expect_log(&s, "a burst", "1:Request 1:Request 1:Request 1:Taken 1:Release");
    assert_int_equal(s.heard[A][B], s.seq[B]); /* every packet of it, the first ones too */
    assert_int_equal(s.heard[C][B], s.seq[B]);

    talk_forget(&s);
    s.is_sending[A] = s.is_sending[C] = true;
    talk_run_ms(&s, 3000);
    assert_int_equal(talk_n_transmitting(&s), 1);
    assert_true(s.n_messages[MCV_TC_REQUEST] < 12); /* not with every packet */
    talk_close(&s);
}

static void held_media_are_bounded(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 2, 1);
    s.p.members[B].group.ptt.n_queue = s.p.members[A].group.ptt.n_queue = 1;
    talk_begin(&s);
    talk_press(&s, B); /* waits for 2 s */
    talk_run_ms(&s, 2000);
    assert_int_equal(talk_state(&s, B), MCV_O_QUEUED);
    const unsigned n_before = s.seq[B];
    talk_release(&s, A);
    talk_run_ms(&s, 1000);
    talk_release(&s, B);
    talk_run_ms(&s, 100);
    const unsigned n_after = s.seq[B] - n_before;
    /* what came in the last 400 ms before permission, and all after it */
    assert_in_range(s.heard[A][B], n_after + 15, n_after + 21);
    assert_true(talk_count(&s, B, MCV_N_LOCAL_EXPIRED) > 50);
    talk_close(&s);
}

/* What is said before the button is pressed is nobody's business. */
static void nothing_leaves_before_the_press(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    talk_begin(&s);
    s.is_sending[B] = true;
    talk_run_ms(&s, 500);
    talk_press(&s, B);
    talk_run_ms(&s, 500);
    assert_in_range(s.heard[A][B], 20, 26);
    assert_true(talk_count(&s, B, MCV_N_LOCAL_NO_PERMISSION) >= 24);
    talk_close(&s);
}

/* ---- rights -------------------------------------------------------------------------------- */

static void who_only_receives_never_asks(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    s.p.members[B].group.ptt.is_receive_only = true;
    talk_begin(&s);
    assert_int_equal(talk_command(&s, B, MCV_CMD_PTT_PRESS, ""), MCV_E_POLICY);
    s.is_sending[B] = true;
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "nothing", "");
    assert_int_equal(s.heard[A][B], 0);
    talk_close(&s);
}

static void only_the_originator_of_a_broadcast_transmits(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    talk_open(&s);
    assert_int_equal(party_command(&s.p, A, MCV_CMD_BROADCAST_START), MCV_OK);
    talk_run_ms(&s, 1000);
    talk_press(&s, A);
    talk_run_ms(&s, 500);
    assert_int_equal(talk_state(&s, A), MCV_O_ARBITRATOR);
    assert_int_equal(talk_state(&s, B), MCV_O_NO_PERMISSION);
    assert_true(s.heard[B][A] > 15 && s.heard[C][A] > 15);
    assert_int_equal(talk_command(&s, B, MCV_CMD_PTT_PRESS, ""), MCV_E_POLICY);
    talk_close(&s);
}

/* A member of another vendor asks all the same, with the highest rank; and waits for nothing. */
static void nobody_is_granted_in_a_broadcast(void **state)
{
    (void)state;
    struct talk s;
    uint8_t octets[256];
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_tc m = {
        .type = MCV_TC_REQUEST, .ssrc = 0xb0b, .priority = 255, .indicator = MCV_TC_EMERGENCY_CALL};

    talk_defaults(&s, 3, 2);
    for (size_t i = 0; i < 3; i++) s.p.members[i].group.ptt.n_queue = 1;
    talk_open(&s);
    assert_int_equal(party_command(&s.p, A, MCV_CMD_BROADCAST_START), MCV_OK);
    talk_press(&s, A);
    talk_run_ms(&s, 1000);
    m.user_id = s.p.members[B].config.user;
    mcv_tc_encode(&w, &m);
    talk_forget(&s);
    const struct mcv_datagram d = {.channel = MCV_CH_CONTROL,
                                   .call = party_call(&s.p, A).call,
                                   .from = s.p.members[B].config.own[0],
                                   .bytes = mcv_wr_done(&w)};
    assert_int_equal(mcv_world_inject(s.p.world, A, &d), MCV_OK);
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "the originator transmits", "0:Rejected#5(1)");
    assert_int_equal(talk_state(&s, A), MCV_O_ARBITRATOR);
    talk_release(&s, A);
    talk_run_ms(&s, 500);
    talk_expect_log(&s, "nobody waits", "0:Rejected#5(1) 0:Release");
    talk_close(&s);
}

/* ---- what is shown ------------------------------------------------------------------------- */

static void no_more_are_shown_than_may(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 4, 3);
    s.p.members[D].group.ptt.n_shown = 1;
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 300);
    assert_int_equal(s.heard[D][B], 0); /* A was there first */
    assert_true(s.heard[D][A] > 10 && s.heard[C][B] > 10);

    talk_press_as(&s, C, 0, true); /* an emergency comes first */
    talk_run_ms(&s, 300);
    talk_forget(&s);
    talk_run_ms(&s, 300);
    assert_true(s.heard[D][C] > 10);
    assert_int_equal(s.heard[D][A] + s.heard[D][B], 0);
    assert_true(talk_count(&s, D, MCV_N_RTP_NOT_SHOWN) > 20);
    talk_close(&s);
}

static void the_user_chooses(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 2);
    s.p.members[C].group.ptt.is_shown_manually = true;
    talk_begin(&s);
    talk_press(&s, B);
    talk_run_ms(&s, 300);
    assert_int_equal(s.heard[C][A] + s.heard[C][B], 0);
    assert_int_equal(talk_command(&s, C, MCV_CMD_SHOW, s.p.members[B].uri), MCV_OK);
    talk_run_ms(&s, 300);
    assert_int_equal(s.heard[C][A], 0);
    assert_true(s.heard[C][B] > 10);
    assert_int_equal(talk_command(&s, C, MCV_CMD_HIDE, s.p.members[B].uri), MCV_OK);
    talk_forget(&s);
    talk_run_ms(&s, 300);
    assert_int_equal(s.heard[C][B], 0);
    assert_int_equal(talk_command(&s, C, MCV_CMD_SHOW, "sip:nobody@mc.example"), MCV_E_NOT_FOUND);
    talk_close(&s);
}

/* ---- who a message is of ------------------------------------------------------------------- */

/* Every member protects with his own key: a message that says it is of another one is dropped. Here C
 * has A's name in his configuration, and his own key. */
static void a_message_of_somebody_else_is_dropped(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, 3, 1);
    for (size_t i = 0; i < 3; i++) s.p.members[i].group.protect_control = true;
    talk_open(&s);
    assert_int_equal(party_command(&s.p, B, MCV_CMD_GROUP_START), MCV_OK);
    talk_run_ms(&s, 6000); /* B says nothing: silence */
    assert_int_equal(talk_state(&s, A), MCV_O_SILENCE);
    s.p.members[C].config.user = s.p.members[A].config.user;
    talk_press(&s, C);
    talk_run_ms(&s, 1000);
    assert_int_equal(talk_state(&s, C), MCV_O_ARBITRATOR); /* he thinks */
    assert_true(talk_count(&s, B, MCV_N_TC_IDENTITY) > 0); /* Request, Taken */
    assert_true(talk_count(&s, A, MCV_N_TC_IDENTITY) > 0);
    assert_int_equal(talk_n_events(&s, B, MCV_EVENT_PTT_TAKEN), 1); /* of his media, not of A */
    assert_false(mcv_bytes_equal(talk_last_event(&s, B, MCV_EVENT_PTT_TAKEN)->user,
                                 s.p.members[A].config.user));
    assert_int_equal(talk_info(&s, B).arbitrator.n, 0);
    talk_close(&s);
}

/* The same conversation with everything protected, and with everything in clear. */
static void protected_or_not(void **state)
{
    static const struct {
        const char *why;
        bool media, control;
    } rows[] = {{"both protected", true, true},
                {"media only", true, false},
                {"control only", false, true},
                {"nothing", false, false}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk s;
        talk_defaults(&s, 3, 2);
        for (size_t k = 0; k < 3; k++) {
            s.p.members[k].group.protect_media = rows[i].media;
            s.p.members[k].group.protect_control = rows[i].control;
        }
        talk_begin(&s);
        talk_press(&s, B);
        talk_run_ms(&s, 500);
        talk_release(&s, A);
        talk_run_ms(&s, 500);
        if (talk_state(&s, B) != MCV_O_ARBITRATOR) fail_msg("%s", rows[i].why);
        assert_int_equal(talk_state(&s, A), MCV_O_NO_PERMISSION);
        assert_true(s.heard[C][A] > 20 && s.heard[C][B] > 40);
        assert_true(mcv_bytes_equal(talk_info(&s, C).arbitrator, s.p.members[B].config.user));
        for (uint32_t k = 0; k < 3; k++) {
            assert_int_equal(talk_count(&s, k, MCV_N_TC_IDENTITY), 0);
            assert_int_equal(talk_count(&s, k, MCV_N_RTCP_AUTH), 0);
            assert_int_equal(talk_count(&s, k, MCV_N_RTCP_REPLAY), 0); /* one index counter */
        }
        talk_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_decides_for_himself),
        cmocka_unit_test(who_starts_at_once_finds_out),
        cmocka_unit_test(islands_of_self_arbitration_merge),
        cmocka_unit_test(local_media_ask_and_silence_releases),
        cmocka_unit_test(held_media_are_bounded),
        cmocka_unit_test(nothing_leaves_before_the_press),
        cmocka_unit_test(who_only_receives_never_asks),
        cmocka_unit_test(only_the_originator_of_a_broadcast_transmits),
        cmocka_unit_test(nobody_is_granted_in_a_broadcast),
        cmocka_unit_test(no_more_are_shown_than_may),
        cmocka_unit_test(the_user_chooses),
        cmocka_unit_test(a_message_of_somebody_else_is_dropped),
        cmocka_unit_test(protected_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
