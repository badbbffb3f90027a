/* Video push and remote video push, V0 .. V5. Spec: TS 24.281 13.3, TS 23.281 7.4.3. */
#include "agent/core/push.h"

#include "tests/support/cmocka.h"
#include "tests/support/pushes.h"

/* ---- every state, everything that can happen -------------------------------------------------- */

enum place {
    V0,
    V1,
    V1_LAST,
    V2,
    V3,
    V3_BORROWED,
    V4,
    V4_BORROWED,
    V4_GROUP,
    V5,
    V5_SOURCE,
    N_PLACES
};

static const struct {
    enum mcv_push_state state;
    void (*go)(struct lone *l);
} places[N_PLACES] = {
    [V0] = {MCV_V0_START_STOP, push_to_v0},
    [V1] = {MCV_V1_WAITING_TRYING, push_request},
    [V1_LAST] = {MCV_V1_WAITING_TRYING, push_to_v1_last},
    [V2] = {MCV_V2_WAITING_RESULT, push_to_v2},
    [V3] = {MCV_V3_SETTING_UP, push_asked},
    [V3_BORROWED] = {MCV_V3_SETTING_UP, push_borrowed},
    [V4] = {MCV_V4_PUSHING, push_to_v4},
    [V4_BORROWED] = {MCV_V4_PUSHING, push_to_v4_borrowed},
    [V4_GROUP] = {MCV_V4_PUSHING, push_asked_for_group},
    [V5] = {MCV_V5_IGNORING, push_to_v5},
    [V5_SOURCE] = {MCV_V5_IGNORING, push_to_v5_source},
};

static void (*const acts[])(struct lone *l) = {
    push_request,       push_asked,      push_asked_for_group, push_borrowed,     push_trying,
    push_success,       push_failure,    push_cancel,          push_dave_accepts, push_dave_rejects,
    push_dave_releases, push_next_timer, push_zeroize,
};

#define REQUESTED "V0>V1 tx:PUSH ev:push.requested"
#define FOLLOWED  "V0>V3 tx:TRYING ev:push.asked P0>P2 tx:SETUP ev:call.outgoing"
#define BORROWED  "P0>P2 tx:SETUP ev:call.outgoing V0>V3"
#define BROADCAST                                                                                  \
    "V0>V3 tx:TRYING ev:push.asked B1>B2 open ev:broadcast.started tx:BROADCAST V3>V4 tx:NOTIFY "  \
    "ev:push.done"

/* What follows; a pair that is not here: nothing. Clauses of TS 23.281. */
static const struct {
    const char *why;
    enum place place;
    void (*act)(struct lone *l);
    const char *log;
} rows[] = {
    {"7.4.3.2.1 our user asks", V0, push_request, REQUESTED},
    {"7.4.3.2.1 somebody asks us", V0, push_asked, FOLLOWED},
    {"the same for a group: a broadcast, set up at once", V0, push_asked_for_group, BROADCAST},
    {"7.4.3.3.2 the video of a third user", V0, push_borrowed, BORROWED},
    {"somebody pushes our video", V0, push_success, "ev:push.notified"},
    {"keys destroyed", V0, push_zeroize, "ev:keys.destroyed"},

    {"beside it", V1, push_asked, FOLLOWED},
    {"beside it", V1, push_asked_for_group, BROADCAST},
    {"beside it", V1, push_borrowed, BORROWED},
    {"7.4.3.2.2 the source works on it", V1, push_trying, "V1>V2 ev:push.trying"},
    {"TRYING RESPONSE was lost", V1, push_success, "V1>V5 ev:push.done"},
    {"TRYING RESPONSE was lost", V1, push_failure, "V1>V5 ev:push.failed/peer_busy"},
    {"our user does not wait", V1, push_cancel, "V1>V5 ev:push.failed/released"},
    {"PUSH_REQUEST", V1, push_next_timer, "V1>V1 tx:PUSH"},
    {"keys destroyed", V1, push_zeroize, "V1>V0 ev:push.failed/keys_destroyed ev:keys.destroyed"},

    {"beside it", V1_LAST, push_asked, FOLLOWED},
    {"beside it", V1_LAST, push_asked_for_group, BROADCAST},
    {"beside it", V1_LAST, push_borrowed, BORROWED},
    {"at the last moment", V1_LAST, push_trying, "V1>V2 ev:push.trying"},
    {"at the last moment", V1_LAST, push_success, "V1>V5 ev:push.done"},
    {"at the last moment", V1_LAST, push_failure, "V1>V5 ev:push.failed/peer_busy"},
    {"our user does not wait", V1_LAST, push_cancel, "V1>V5 ev:push.failed/released"},
    {"PUSH_REQUESTS exhausted", V1_LAST, push_next_timer, "V1>V5 ev:push.failed/no_response"},
    {"keys destroyed", V1_LAST, push_zeroize,
     "V1>V0 ev:push.failed/keys_destroyed ev:keys.destroyed"},

    {"beside it", V2, push_asked, FOLLOWED},
    {"beside it", V2, push_asked_for_group, BROADCAST},
    {"beside it", V2, push_borrowed, BORROWED},
    {"7.4.3.2.3 it is pushed", V2, push_success, "V2>V5 ev:push.done"},
    {"7.4.3.2.3 it is not", V2, push_failure, "V2>V5 ev:push.failed/peer_busy"},
    {"our user does not wait", V2, push_cancel, "V2>V5 ev:push.failed/released"},
    {"PUSH_RESULT", V2, push_next_timer, "V2>V5 ev:push.failed/no_answer"},
    {"keys destroyed", V2, push_zeroize, "V2>V0 ev:push.failed/keys_destroyed ev:keys.destroyed"},

    {"beside it", V3, push_request, REQUESTED},
    {"TRYING RESPONSE was lost", V3, push_asked, "V3>V3 tx:TRYING"},
    {"same identifier, same user: the same request", V3, push_asked_for_group, "V3>V3 tx:TRYING"},
    {"somebody pushes our video", V3, push_success, "ev:push.notified"},
    {"7.4.3.2.3 the requester is told", V3, push_dave_accepts,
     "P2>P4 tx:ACCEPT-ACK open ev:call.established V3>V4 tx:NOTIFY ev:push.done"},
    {"7.4.3.2.3 with the reason", V3, push_dave_rejects,
     "P2>P1 ev:call.ended/rejected_by_peer V3>V5 tx:NOTIFY+failed ev:push.failed/rejected_by_peer"},
    {"TFP1 of the call", V3, push_next_timer, "P2>P2 tx:SETUP"},
    {"keys destroyed", V3, push_zeroize,
     "P2>P1 tx:RELEASE ev:call.ended/keys_destroyed V3>V5 tx:NOTIFY+failed "
     "ev:push.failed/keys_destroyed V5>V0 ev:keys.destroyed"},

    {"beside it", V3_BORROWED, push_request, REQUESTED},
    {"the recipient has that call", V3_BORROWED, push_asked,
     "V0>V3 tx:TRYING ev:push.asked V3>V5 tx:NOTIFY+failed ev:push.failed/busy"},
    {"beside it", V3_BORROWED, push_asked_for_group, BROADCAST},
    {"somebody pushes our video", V3_BORROWED, push_success, "ev:push.notified"},
    {"7.4.3.3.2 the owner of the video is told", V3_BORROWED, push_dave_accepts,
     "P2>P4 tx:ACCEPT-ACK open ev:call.established V3>V4 tx:NOTIFY ev:push.done"},
    {"he is not told", V3_BORROWED, push_dave_rejects,
     "P2>P1 ev:call.ended/rejected_by_peer V3>V5 ev:push.failed/rejected_by_peer"},
    {"TFP1 of the call", V3_BORROWED, push_next_timer, "P2>P2 tx:SETUP"},
    {"keys destroyed", V3_BORROWED, push_zeroize,
     "P2>P1 tx:RELEASE ev:call.ended/keys_destroyed V3>V5 ev:push.failed/keys_destroyed V5>V0 "
     "ev:keys.destroyed"},

    {"beside it", V4, push_request, REQUESTED},
    {"a late copy", V4, push_asked, "V4>V4 tx:TRYING"},
    {"same identifier, same user: the same request", V4, push_asked_for_group, "V4>V4 tx:TRYING"},
    {"somebody pushes our video", V4, push_success, "ev:push.notified"},
    {"of the call", V4, push_dave_accepts, "P4>P4 tx:ACCEPT-ACK"},
    {"no message", V4, push_dave_releases,
     "P4>P1 tx:RELEASE-ACK close ev:call.ended/released_by_peer V4>V5"},
    {"keys destroyed", V4, push_zeroize,
     "P4>P1 tx:RELEASE close ev:call.ended/keys_destroyed V4>V5 V5>V0 ev:keys.destroyed"},

    {"beside it", V4_BORROWED, push_request, REQUESTED},
    {"the recipient has that call", V4_BORROWED, push_asked,
     "V0>V3 tx:TRYING ev:push.asked V3>V5 tx:NOTIFY+failed ev:push.failed/busy"},
    {"beside it", V4_BORROWED, push_asked_for_group, BROADCAST},
    {"somebody pushes our video", V4_BORROWED, push_success, "ev:push.notified"},
    {"of the call", V4_BORROWED, push_dave_accepts, "P4>P4 tx:ACCEPT-ACK"},
    {"no message", V4_BORROWED, push_dave_releases,
     "P4>P1 tx:RELEASE-ACK close ev:call.ended/released_by_peer V4>V5"},
    {"keys destroyed", V4_BORROWED, push_zeroize,
     "P4>P1 tx:RELEASE close ev:call.ended/keys_destroyed V4>V5 V5>V0 ev:keys.destroyed"},

    {"beside it", V4_GROUP, push_request, REQUESTED},
    {"a late copy", V4_GROUP, push_asked, "V4>V4 tx:TRYING"},
    {"a late copy", V4_GROUP, push_asked_for_group, "V4>V4 tx:TRYING"},
    {"beside it", V4_GROUP, push_borrowed, BORROWED},
    {"somebody pushes our video", V4_GROUP, push_success, "ev:push.notified"},
    {"keys destroyed", V4_GROUP, push_zeroize,
     "B2>B1 close ev:broadcast.ended/keys_destroyed V4>V5 V5>V0 ev:keys.destroyed"},

    {"beside it", V5, push_request, REQUESTED},
    {"beside it", V5, push_asked, FOLLOWED},
    {"beside it", V5, push_asked_for_group, BROADCAST},
    {"beside it", V5, push_borrowed, BORROWED},
    {"PUSH_RESULT: late copies of the result are known until then", V5, push_next_timer, "V5>V0"},
    {"keys destroyed", V5, push_zeroize, "V5>V0 ev:keys.destroyed"},

    {"beside it", V5_SOURCE, push_request, REQUESTED},
    {"PUSH_REPEAT: a late copy", V5_SOURCE, push_asked, "V5>V5 tx:TRYING"},
    {"same identifier, same user: the same request", V5_SOURCE, push_asked_for_group,
     "V5>V5 tx:TRYING"},
    {"beside it", V5_SOURCE, push_borrowed, "P1>P0 P0>P2 tx:SETUP ev:call.outgoing V0>V3"},
    {"somebody pushes our video", V5_SOURCE, push_success, "ev:push.notified"},
    {"of the call", V5_SOURCE, push_dave_releases, "P1>P1 tx:RELEASE-ACK"},
    {"TFP7 of the call, PUSH_REPEAT", V5_SOURCE, push_next_timer, "P1>P0 V5>V0"},
    {"keys destroyed", V5_SOURCE, push_zeroize, "V5>V0 ev:keys.destroyed"},
};

static const char *expected(enum place place, void (*act)(struct lone *l))
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].place == place && rows[i].act == act) return rows[i].log;
    }
    return "";
}

static void every_event_in_every_state(void **state)
{
    (void)state;
    for (int p = 0; p < N_PLACES; p++) {
        for (size_t k = 0; k < sizeof acts / sizeof *acts; k++) {
            struct lone l;
            push_open(&l);
            places[p].go(&l);
            assert_int_equal(push_first(&l).state, places[p].state);
            (void)lone_take(&l);
            acts[k](&l);
            const char *log = lone_take(&l);
            const char *want = expected((enum place)p, acts[k]);
            if (strcmp(log, want) != 0) fail_msg("place %d, act %zu: %s, not %s", p, k, log, want);
            lone_close(&l);
        }
    }
}

/* ---- timers and counters ---------------------------------------------------------------------- */

/* Three requests 40 ms apart, octet by octet the same, then an end. */
static void requests_are_repeated(void **state)
{
    struct lone l;
    uint8_t first[256];
    (void)state;

    push_open(&l);
    push_request(&l);
    const size_t n = l.n_last;
    assert_true(n < sizeof first);
    memcpy(first, l.last_bytes, n);
    for (unsigned ms = 0; ms < 120; ms++) {
        assert_int_equal(l.n_sent[MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST], 1 + ms / 40);
        lone_run_ms(&l, 1);
    }
    assert_int_equal(l.n_last, n);
    assert_memory_equal(l.last_bytes, first, n);
    assert_int_equal(l.n_events[MCV_EVENT_PUSH_FAILED], 1);
    assert_int_equal(l.last_event.reason, MCV_END_NO_RESPONSE);
    lone_run_ms(&l, 1000000);
    assert_int_equal(l.n_sent[MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST], 3);
    assert_int_equal(push_first(&l).push, 0);
    lone_close(&l);
}

static void times_come_from_the_configuration(void **state)
{
    struct lone l;
    (void)state;

    push_open(&l);
    l.config.timers.push_request_ms = 500;
    l.config.timers.push_requests_count = 2;
    l.config.timers.push_result_s = 7;
    l.config.timers.push_repeat_s = 9;
    push_request(&l);
    lone_run_ms(&l, 999);
    assert_int_equal(l.n_sent[MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST], 2);
    push_trying(&l);
    lone_run_ms(&l, 6999);
    assert_int_equal(push_first(&l).state, MCV_V2_WAITING_RESULT);
    lone_run_ms(&l, 1);
    assert_int_equal(push_first(&l).state, MCV_V5_IGNORING);
    lone_run_ms(&l, 7000);
    assert_int_equal(push_first(&l).push, 0);
    push_to_v5_source(&l);
    lone_run_ms(&l, 8999);
    assert_int_equal(push_first(&l).state, MCV_V5_IGNORING);
    lone_run_ms(&l, 1);
    assert_int_equal(push_first(&l).push, 0);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_in_every_state),
        cmocka_unit_test(requests_are_repeated),
        cmocka_unit_test(times_come_from_the_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
