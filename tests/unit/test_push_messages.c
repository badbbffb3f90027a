/* What messages of video pushes say, whom they are believed, and the call that pushes.
 * Spec: TS 24.281 13.3, 17.1.20 to 17.1.23; TS 23.281 7.4.3. */
#include "agent/core/push.h"

#include "tests/support/cmocka.h"
#include "tests/support/pushes.h"

/* ---- what the messages say -------------------------------------------------------------------- */

static void assert_text(struct mcv_bytes text, const char *want)
{
    assert_true(mcv_bytes_equal(text, mcv_bytes_str(want)));
}

/* 17.1.20, 17.1.21 */
static void a_request_says_who_whose_and_to_whom(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    push_request(&l);
    assert_int_equal(l.last.type, MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST);
    assert_int_equal(l.last.call_id, push_first(&l).call_id);
    assert_text(l.last.requester, LONE_ALICE);
    assert_text(l.last.push_originator, LONE_BOB);
    assert_text(l.last.recipient_user, LONE_CAROL);
    assert_true(l.last.has_video_info);
    assert_int_equal(l.last.video_source, MCV_PUSH_SOURCE_USER);
    assert_text(l.last.video_info, "roof");
    assert_true(mcv_addr_equal(&l.last_to, &l.bob));
    assert_int_equal(l.last_pppp, l.config.private_signalling.basic);

    assert_int_equal(lone_full_command(&l, &(struct mcv_command){.type = MCV_CMD_PUSH_REQUEST_GROUP,
                                                                 .source = mcv_bytes_str(PUSH_DAVE),
                                                                 .target = mcv_bytes_str("sip:g")}),
                     MCV_OK);
    assert_int_equal(l.last.type, MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST);
    assert_text(l.last.recipient_group, "sip:g");
    assert_false(l.last.has_video_info);
    lone_close(&l);
}

/* 17.1.22, 17.1.23 */
static void the_requester_hears_with_his_own_identifier(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    push_to_v4(&l);
    assert_int_equal(l.last.type, MCV_MONP_NOTIFY_VIDEO_PUSH);
    assert_int_equal(l.last.call_id, 0x4711);
    assert_int_equal(l.last.push_result, MCV_PUSH_SUCCESS);
    assert_false(l.last.has_reason);
    assert_text(l.last.notifier, LONE_ALICE);
    assert_text(l.last.notified, LONE_BOB);
    assert_text(l.last.recipient_user, PUSH_DAVE);
    assert_int_equal(l.last.recipient_group.n, 0);
    assert_true(mcv_addr_equal(&l.last_to, &l.bob));
    assert_int_not_equal(lone_call(&l).call_id, 0x4711); /* the call has another */
    assert_true(lone_call(&l).is_push);
    lone_close(&l);

    push_open(&l);
    push_asked_for_group(&l);
    assert_text(l.last.recipient_group, LONE_GROUP);
    assert_int_equal(l.last.recipient_user.n, 0);
    lone_close(&l);

    push_open(&l);
    push_to_v4_borrowed(&l); /* nobody asked: the identifier of the call */
    assert_int_equal(l.last.call_id, lone_call(&l).call_id);
    assert_text(l.last.notified, LONE_BOB);
    lone_close(&l);
}

static void dave_rejects_with(struct lone *l, enum mcv_reason reason)
{
    const struct mcv_addr from = push_dave(l);
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_REJECT, lone_call(l).call_id, true);

    m.callee = mcv_bytes_str(PUSH_DAVE);
    m.reason = (uint8_t)reason;
    (void)lone_hear_at(l, &m, &from, &l->alice);
}

/* The Reason of a REJECT is handed on; both ends of it. */
static void reasons_are_handed_on(void **state)
{
    static const struct {
        enum mcv_reason reason;
        enum mcv_end end;
    } reasons[] = {
        {MCV_REASON_REJECT, MCV_END_REMOTE_REJECT},
        {MCV_REASON_MEDIA_FAILURE, MCV_END_REMOTE_MEDIA},
        {MCV_REASON_BUSY, MCV_END_REMOTE_BUSY},
        {MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE, MCV_END_REMOTE_SECURITY},
        {MCV_REASON_FAILED, MCV_END_REMOTE_FAILED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct lone l;
        push_open(&l);
        push_asked(&l);
        dave_rejects_with(&l, reasons[i].reason);
        assert_int_equal(l.last.push_result, MCV_PUSH_FAILURE);
        assert_true(l.last.has_reason);
        assert_int_equal(l.last.reason, reasons[i].reason);
        lone_close(&l);

        push_open(&l);
        push_to_v2(&l);
        struct mcv_monp m = {.type = MCV_MONP_NOTIFY_VIDEO_PUSH,
                             .call_id = push_first(&l).call_id,
                             .push_result = MCV_PUSH_FAILURE,
                             .has_reason = true,
                             .reason = (uint8_t)reasons[i].reason,
                             .notifier = mcv_bytes_str(LONE_BOB),
                             .notified = mcv_bytes_str(LONE_ALICE)};
        (void)bob_sends(&l, &m);
        assert_int_equal(l.last_event.reason, reasons[i].end);
        lone_close(&l);
    }
}

/* No answer, our user's own end, a group that is not ours. */
static void what_fails_here_has_a_reason_too(void **state)
{
    struct lone l;
    struct mcv_monp m = push_request_of_bob(MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST);
    (void)state;

    push_open(&l);
    push_asked(&l);
    lone_run_ms(&l, 120);
    assert_int_equal(l.last.type, MCV_MONP_NOTIFY_VIDEO_PUSH);
    assert_int_equal(l.last.reason, MCV_REASON_FAILED);
    lone_close(&l);

    push_open(&l);
    push_asked(&l);
    assert_int_equal(lone_call_command(&l, MCV_CMD_RELEASE), MCV_OK);
    while (l.last.type != MCV_MONP_NOTIFY_VIDEO_PUSH) lone_run_ms(&l, 40);
    assert_int_equal(l.last.reason, MCV_REASON_REJECT);
    lone_close(&l);

    push_open(&l);
    m.recipient_group = mcv_bytes_str("sip:none@mc.example");
    (void)bob_sends(&l, &m);
    assert_int_equal(l.last.push_result, MCV_PUSH_FAILURE);
    assert_int_equal(l.last.reason, MCV_REASON_FAILED);
    lone_close(&l);
}

/* ---- bad input -------------------------------------------------------------------------------- */

enum sender { BOB, DAVE_, CAROL };

static void make_requester_carol(struct mcv_monp *m)
{
    m->requester = mcv_bytes_str(LONE_CAROL);
}

static void make_source_bob(struct mcv_monp *m)
{
    m->push_originator = mcv_bytes_str(LONE_BOB);
}

static void make_requester_us(struct mcv_monp *m)
{
    m->requester = mcv_bytes_str(LONE_ALICE);
}

static void make_recipient_us(struct mcv_monp *m)
{
    m->recipient_user = mcv_bytes_str(LONE_ALICE);
}

static void make_nothing(struct mcv_monp *m)
{
    (void)m;
}

/* Nothing is sent, nothing is told: MONP has no authentication, the address is what there is. */
static void requests_that_are_not_followed(void **state)
{
    static const struct {
        const char *why;
        void (*change)(struct mcv_monp *m);
        enum sender from;
        bool to_group;
        enum mcv_counter counter;
    } cases[] = {
        {"bob's name from dave's address", make_nothing, DAVE_, false, MCV_N_MONP_WRONG_SOURCE},
        {"a user whose address is not known", make_requester_carol, CAROL, false,
         MCV_N_MONP_WRONG_SOURCE},
        {"for another device", make_source_bob, BOB, false, MCV_N_MONP_NOT_FOR_US},
        {"in our name", make_requester_us, BOB, false, MCV_N_MONP_NOT_FOR_US},
        {"to ourselves", make_recipient_us, BOB, false, MCV_N_MONP_NOT_FOR_US},
        {"to a group's address", make_nothing, BOB, true, MCV_N_MONP_NOT_FOR_US},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lone l;
        struct mcv_monp m = push_request_of_bob(MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST);
        print_message("%s\n", cases[i].why);
        push_open(&l);
        const struct mcv_addr from[] = {l.bob, push_dave(&l), l.carol};
        cases[i].change(&m);
        (void)lone_hear_at(&l, &m, &from[cases[i].from], cases[i].to_group ? &l.group : &l.alice);
        assert_string_equal(lone_take(&l), "");
        assert_int_equal(lone_count(&l, cases[i].counter), 1);
        lone_close(&l);
    }
}

/* What is not authorised is answered, but not done. */
static void a_device_may_refuse_requests(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    l.config.push.on_request = false;
    push_asked(&l);
    assert_string_equal(lone_take(&l), "tx:NOTIFY+failed");
    assert_int_equal(l.last.reason, MCV_REASON_REJECT);
    assert_int_equal(l.last.call_id, 0x4711);
    lone_close(&l);
}

static void switched_off_nothing_happens(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    l.config.push.is_enabled = false;
    push_asked(&l);
    push_asked_for_group(&l);
    push_trying(&l);
    push_success(&l);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_count(&l, MCV_N_MONP_IGNORED), 4);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH, "", PUSH_DAVE), MCV_E_POLICY);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH_REQUEST, LONE_BOB, PUSH_DAVE), MCV_E_POLICY);
    lone_close(&l);
}

static void requests_come_at_a_rate(void **state)
{
    struct lone l;
    struct mcv_monp m = push_request_of_bob(MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST);
    (void)state;

    push_open(&l);
    m.recipient_user = mcv_bytes_str("sip:nobody@mc.example");
    for (unsigned i = 0; i < 1000; i++) {
        m.call_id = (uint16_t)i;
        (void)bob_sends(&l, &m);
    }
    assert_int_equal(l.n_events[MCV_EVENT_PUSH_ASKED], 4);
    assert_int_equal(lone_count(&l, MCV_N_MONP_PACED), 996);
    lone_run_ms(&l, 2000);
    m.call_id = 0x7000;
    (void)bob_sends(&l, &m);
    assert_int_equal(l.n_events[MCV_EVENT_PUSH_ASKED], 5);
    lone_close(&l);
}

/* Half of the table for one user, and he is told that it is full. */
static void one_user_gets_half(void **state)
{
    struct lone l;
    struct mcv_monp m = push_request_of_bob(MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST);
    (void)state;

    push_open(&l);
    (void)bob_sends(&l, &m);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH_REQUEST, LONE_BOB, LONE_CAROL), MCV_OK);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH_REQUEST, LONE_BOB, "sip:x@mc.example"), MCV_E_FULL);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH_REQUEST, PUSH_DAVE, LONE_CAROL), MCV_OK);
    m.call_id++;
    (void)bob_sends(&l, &m);
    assert_int_equal(l.last.push_result, MCV_PUSH_FAILURE);
    assert_int_equal(l.last.reason, MCV_REASON_BUSY);
    lone_close(&l);
}

/* Answers count from the address of the source alone. */
static void answers_of_others_change_nothing(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    push_request(&l);
    (void)lone_take(&l);
    const uint16_t call_id = push_first(&l).call_id;
    const struct mcv_monp t = {.type = MCV_MONP_VIDEO_PUSH_TRYING_RESPONSE, .call_id = call_id};
    const struct mcv_monp n = {.type = MCV_MONP_NOTIFY_VIDEO_PUSH,
                               .call_id = call_id,
                               .notifier = mcv_bytes_str(LONE_BOB),
                               .notified = mcv_bytes_str(LONE_ALICE)};
    struct mcv_monp other = n;
    (void)lone_hear_at(&l, &t, &l.carol, &l.alice);
    (void)lone_hear_at(&l, &n, &l.carol, &l.alice);
    other.notified = mcv_bytes_str(LONE_CAROL);
    (void)bob_sends(&l, &other);
    assert_string_equal(lone_take(&l), "");
    assert_int_equal(lone_count(&l, MCV_N_MONP_UNKNOWN_CALL), 1);
    assert_int_equal(lone_count(&l, MCV_N_MONP_WRONG_SOURCE), 1);
    assert_int_equal(lone_count(&l, MCV_N_MONP_NOT_FOR_US), 1);
    assert_int_equal(push_first(&l).state, MCV_V1_WAITING_TRYING);
    lone_close(&l);
}

/* 7.4.3.3.2: a notice of a user whose address is not known is told as unverified, and paced. */
static void notices_of_strangers(void **state)
{
    struct lone l;
    const struct mcv_monp m = {.type = MCV_MONP_NOTIFY_VIDEO_PUSH,
                               .call_id = 9,
                               .notifier = mcv_bytes_str(LONE_CAROL),
                               .notified = mcv_bytes_str(LONE_ALICE),
                               .recipient_group = mcv_bytes_str(LONE_GROUP)};
    (void)state;

    push_open(&l);
    for (int i = 0; i < 100; i++) (void)lone_hear_at(&l, &m, &l.carol, &l.alice);
    assert_string_equal(lone_take(&l), "ev:push.notified? ev:push.notified? ev:push.notified? "
                                       "ev:push.notified?");
    assert_int_equal(l.last_event.group.n, strlen(LONE_GROUP));
    lone_close(&l);
}

/* ---- our user --------------------------------------------------------------------------------- */

static void commands_that_are_refused(void **state)
{
    static const struct {
        const char *why;
        enum mcv_command_type type;
        const char *source, *target;
        mcv_err want;
    } cases[] = {
        {"no recipient", MCV_CMD_PUSH_REQUEST, LONE_BOB, "", MCV_E_NOT_FOUND},
        {"our own video is no remote one", MCV_CMD_PUSH_REQUEST, LONE_ALICE, PUSH_DAVE,
         MCV_E_POLICY},
        {"to whom it comes from", MCV_CMD_PUSH_REQUEST, LONE_BOB, LONE_BOB, MCV_E_POLICY},
        {"a source without an address", MCV_CMD_PUSH_REQUEST, LONE_CAROL, PUSH_DAVE,
         MCV_E_NOT_FOUND},
        {"nobody to be asked", MCV_CMD_PUSH_REQUEST_GROUP, "", LONE_GROUP, MCV_E_NOT_FOUND},
        {"an owner without an address", MCV_CMD_PUSH, LONE_CAROL, PUSH_DAVE, MCV_E_NOT_FOUND},
        {"an owner who gets it", MCV_CMD_PUSH, PUSH_DAVE, PUSH_DAVE, MCV_E_POLICY},
        {"a recipient without an address", MCV_CMD_PUSH, "", LONE_CAROL, MCV_E_NOT_FOUND},
        {"nothing to cancel", MCV_CMD_PUSH_CANCEL, "", "", MCV_E_NOT_FOUND},
    };
    struct lone l;
    (void)state;

    push_open(&l);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("%s\n", cases[i].why);
        assert_int_equal(push_ask(&l, cases[i].type, cases[i].source, cases[i].target),
                         cases[i].want);
    }
    assert_string_equal(lone_take(&l), "");
    push_request(&l);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH_REQUEST, LONE_BOB, LONE_CAROL), MCV_E_BUSY);
    lone_close(&l);
}

/* The owner of the video is told when that is configured. */
static void an_owner_need_not_be_told(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    l.config.push.notifies_source = false;
    push_to_v4_borrowed(&l);
    assert_int_equal(l.n_sent[MCV_MONP_NOTIFY_VIDEO_PUSH], 0);
    assert_int_equal(push_first(&l).push, 0);
    assert_true(lone_call(&l).is_push);
    lone_close(&l);
}

/* ---- the call ---------------------------------------------------------------------------------- */

static bool has_line(struct mcv_bytes sdp, const char *line)
{
    const size_t n = strlen(line);

    for (size_t i = 0; i + n <= sdp.n; i++) {
        if (memcmp(sdp.p + i, line, n) == 0) return true;
    }
    return false;
}

static mcv_err speak(struct lone *l)
{
    const uint8_t rtp[] = {0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 1, 2, 3, 4};

    return mcv_agent_local(l->a, l->now, lone_call(l).slot, MCV_AUDIO,
                           mcv_bytes_of(rtp, sizeof rtp));
}

/* 13.3.2.1: who is called only receives; the offer says so, RFC 3264 5.1. */
static void the_caller_sends(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    assert_int_equal(push_ask(&l, MCV_CMD_PUSH, "", LONE_BOB), MCV_OK);
    assert_true(has_line(l.last.sdp, "a=sendonly\r\n"));
    step_accept(&l);
    assert_true(l.last_event.is_push);
    assert_int_equal(lone_call(&l).state, 4); /* P4 */
    assert_int_equal(speak(&l), MCV_OK);
    lone_close(&l);

    push_open(&l); /* an ordinary call says nothing of it */
    step_call_auto(&l);
    assert_false(has_line(l.last.sdp, "a=sendonly\r\n"));
    assert_false(l.last_event.is_push);
    lone_close(&l);
}

static void push_of_bob(struct lone *l, enum mcv_commencement mode)
{
    static uint8_t body[512];
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 0x7777, false);
    struct mcv_writer w = mcv_writer_of(body, sizeof body);

    mcv_wr_bytes(&w, m.sdp);
    mcv_wr_bytes(&w, mcv_bytes_str("a=inactive\r\n")); /* of transmission control: nothing */
    const struct mcv_bytes text = mcv_wr_done(&w);
    for (size_t i = 0; i + 5 < text.n; i++) { /* in front of the media */
        if (memcmp(body + i, "t=0 0", 5) != 0) continue;
        memmove(body + i + 7 + 12, body + i + 7, text.n - i - 7);
        memcpy(body + i + 7, "a=sendonly\r\n", 12);
        break;
    }
    m.sdp = mcv_bytes_of(body, text.n + 12);
    m.commencement_mode = (uint8_t)mode;
    (void)bob_sends(l, &m);
}

static void the_called_side_listens(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    push_of_bob(&l, MCV_COMMENCEMENT_MANUAL);
    assert_true(l.last_event.is_push);
    assert_int_equal(lone_call_command(&l, MCV_CMD_ACCEPT), MCV_OK);
    assert_true(has_line(l.last.sdp, "a=recvonly\r\n"));
    step_accept_ack(&l);
    assert_true(lone_call(&l).is_established && lone_call(&l).is_push);
    assert_int_not_equal(speak(&l), MCV_OK);
    assert_int_equal(lone_count(&l, MCV_N_LOCAL_IGNORED), 1);
    assert_int_equal(lone_call_command(&l, MCV_CMD_PTT_PRESS), MCV_E_POLICY);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_says_who_whose_and_to_whom),
        cmocka_unit_test(the_requester_hears_with_his_own_identifier),
        cmocka_unit_test(reasons_are_handed_on),
        cmocka_unit_test(what_fails_here_has_a_reason_too),
        cmocka_unit_test(requests_that_are_not_followed),
        cmocka_unit_test(a_device_may_refuse_requests),
        cmocka_unit_test(switched_off_nothing_happens),
        cmocka_unit_test(requests_come_at_a_rate),
        cmocka_unit_test(one_user_gets_half),
        cmocka_unit_test(answers_of_others_change_nothing),
        cmocka_unit_test(notices_of_strangers),
        cmocka_unit_test(commands_that_are_refused),
        cmocka_unit_test(an_owner_need_not_be_told),
        cmocka_unit_test(the_caller_sends),
        cmocka_unit_test(the_called_side_listens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
