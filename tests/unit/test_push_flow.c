/* Each message of a remote video push lost once, lost always, doubled, overtaken, two seconds late;
 * with real keys, in virtual time. Spec: TS 24.281 13.3, TS 23.281 7.4.3. */
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/duo.h"

#include <stdio.h>

#define GROUP "sip:team@mc.example"

/* The group of bob and carol; its media are in clear, so that nobody needs a key. */
static struct mcv_group_config group;

static void join(struct mcv_agent_config *c)
{
    group = (struct mcv_group_config){
        .group = mcv_bytes_str(GROUP),
        .addr = {.family = MCV_IPV4, .b = {239, 1, 1, 1}, .port = MCV_MONP_PORT},
        .media_port = 42000,
        .may_broadcast = true,
        .signalling = {.basic = 3, .imminent_peril = 2, .emergency = 1},
        .media = {.basic = 4, .imminent_peril = 2, .emergency = 1},
    };
    c->groups = &group;
    c->n_groups = 1;
}

enum recipient { USER, TEAM };

/* alice asks bob to push to carol, or to the group; all three know each other. */
static mcv_err request(struct duo *d, enum recipient to)
{
    const struct mcv_command k = {.type = to == TEAM ? MCV_CMD_PUSH_REQUEST_GROUP
                                                     : MCV_CMD_PUSH_REQUEST,
                                  .source = mcv_bytes_str(duo_uri(DUO_BOB)),
                                  .target = mcv_bytes_str(to == TEAM ? GROUP : duo_uri(DUO_CAROL))};

    return mcv_world_command(d->w, DUO_ALICE, &k, NULL, NULL);
}

static void add(char *text, size_t size, const char *word)
{
    const size_t n = strlen(text);

    snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "", word);
}

/* What a user was told, in order. */
static void told(const struct duo *d, enum duo_agent who, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0;; i++) {
        const struct mcv_world_event *e = mcv_world_event(d->w, who, i);
        if (e == NULL) return;
        switch ((int)e->e.type) {
        case MCV_EVENT_PUSH_TRYING:
            add(text, size, "trying");
            break;
        case MCV_EVENT_PUSH_ASKED:
            add(text, size, "asked");
            break;
        case MCV_EVENT_PUSH_DONE:
            add(text, size, "done");
            break;
        case MCV_EVENT_PUSH_NOTIFIED:
            add(text, size, "notified");
            break;
        case MCV_EVENT_PUSH_FAILED:
            add(text, size, mcv_end_name(e->e.reason));
            break;
        case MCV_EVENT_CALL_ESTABLISHED:
            if (who == DUO_CAROL) add(text, size, "established");
            break;
        case MCV_EVENT_BROADCAST_JOINED:
            if (who == DUO_CAROL) add(text, size, "joined");
            break;
        default:
            break;
        }
    }
}

#define FIRST  MCV_FAULT_FIRST
#define EVERY  MCV_FAULT_EVERY
#define ASK    MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST
#define ASK_G  MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST
#define TRYING MCV_MONP_VIDEO_PUSH_TRYING_RESPONSE
#define NOTIFY MCV_MONP_NOTIFY_VIDEO_PUSH
#define GOOD   "trying, done", "asked, done", "established"
#define GOOD_G "trying, done", "asked, done", "joined"

enum { DROP = MCV_FAULT_DROP, TWICE = MCV_FAULT_DUPLICATE, LATE = MCV_FAULT_DELAY };

/* 40 ms between requests: a fault of 50 ms lets the second one overtake the first. */
static const struct {
    const char *why;
    enum recipient to;
    uint8_t type; /* 0: no fault */
    uint64_t mask;
    int action;
    uint64_t ms;
    const char *alice, *bob, *carol;
} rows[] = {
    {"nothing is lost", USER, 0, 0, DROP, 0, GOOD},
    {"first request lost", USER, ASK, FIRST, DROP, 0, GOOD},
    {"every request lost", USER, ASK, EVERY, DROP, 0, "no_response", "", ""},
    {"requests doubled", USER, ASK, EVERY, TWICE, 1, GOOD},
    {"a request once more, much later", USER, ASK, FIRST, TWICE, 500, GOOD},
    {"a request once more, two seconds later: the push goes on", USER, ASK, FIRST, TWICE, 2000,
     GOOD},
    {"first request behind the second", USER, ASK, FIRST, LATE, 50, GOOD},
    {"every request 2 s late: followed, and told to who gave up", USER, ASK, EVERY, LATE, 2000,
     "no_response", "asked, done", "established"},
    {"first TRYING lost: the result is faster than the next request", USER, TRYING, FIRST, DROP, 0,
     "done", "asked, done", "established"},
    {"every TRYING lost: the result stands for it", USER, TRYING, EVERY, DROP, 0, "done",
     "asked, done", "established"},
    {"TRYING doubled", USER, TRYING, EVERY, TWICE, 1, GOOD},
    {"TRYING behind NOTIFY", USER, TRYING, EVERY, LATE, 100, "done", "asked, done", "established"},
    {"every TRYING 2 s late", USER, TRYING, EVERY, LATE, 2000, "done", "asked, done",
     "established"},
    {"NOTIFY lost: it is sent once", USER, NOTIFY, FIRST, DROP, 0, "trying, no_answer",
     "asked, done", "established"},
    {"every NOTIFY lost", USER, NOTIFY, EVERY, DROP, 0, "trying, no_answer", "asked, done",
     "established"},
    {"NOTIFY doubled", USER, NOTIFY, EVERY, TWICE, 1, GOOD},
    {"NOTIFY once more, two seconds later", USER, NOTIFY, EVERY, TWICE, 2000, GOOD},
    {"NOTIFY 2 s late", USER, NOTIFY, EVERY, LATE, 2000, GOOD},

    {"team: nothing is lost", TEAM, 0, 0, DROP, 0, GOOD_G},
    {"team: first request lost", TEAM, ASK_G, FIRST, DROP, 0, GOOD_G},
    {"team: every request lost", TEAM, ASK_G, EVERY, DROP, 0, "no_response", "", ""},
    {"team: requests doubled", TEAM, ASK_G, EVERY, TWICE, 1, GOOD_G},
    {"team: a request once more, much later", TEAM, ASK_G, FIRST, TWICE, 500, GOOD_G},
    {"team: a request once more, two seconds later", TEAM, ASK_G, FIRST, TWICE, 2000, GOOD_G},
    {"team: first request behind the second", TEAM, ASK_G, FIRST, LATE, 50, GOOD_G},
    {"team: every request 2 s late: followed, and told to who gave up", TEAM, ASK_G, EVERY, LATE,
     2000, "no_response", "asked, done", "joined"},
    {"team: first TRYING lost: the result comes at once", TEAM, TRYING, FIRST, DROP, 0, "done",
     "asked, done", "joined"},
    {"team: every TRYING 2 s late", TEAM, TRYING, EVERY, LATE, 2000, "done", "asked, done",
     "joined"},
    {"team: NOTIFY lost: it is sent once", TEAM, NOTIFY, EVERY, DROP, 0, "trying, no_answer",
     "asked, done", "joined"},
    {"team: NOTIFY doubled", TEAM, NOTIFY, EVERY, TWICE, 1, GOOD_G},
    {"team: NOTIFY 2 s late", TEAM, NOTIFY, EVERY, LATE, 2000, GOOD_G},
};

static bool is_as_expected(const struct duo *d, const char *why, const char *const want[])
{
    static const enum duo_agent who[] = {DUO_ALICE, DUO_BOB, DUO_CAROL};
    bool is_so = true;

    for (size_t i = 0; i < sizeof who / sizeof *who; i++) {
        char text[256];
        told(d, who[i], text, sizeof text);
        if (strcmp(text, want[i]) == 0) continue;
        print_error("%s: %s was told \"%s\", not \"%s\"\n", why, duo_uri(who[i]), text, want[i]);
        is_so = false;
    }
    return is_so;
}

static void every_message_lost_doubled_or_late(void **state)
{
    size_t n_wrong = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const want[] = {rows[i].alice, rows[i].bob, rows[i].carol};
        struct mcv_fault fault = {.from = MCV_ANY_AGENT,
                                  .to = MCV_ANY_AGENT,
                                  .channel = MCV_CH_MONP,
                                  .monp_type = rows[i].type,
                                  .mask = rows[i].mask,
                                  .action = (enum mcv_fault_action)rows[i].action,
                                  .delay_us = rows[i].ms * 1000};
        struct duo d;
        duo_defaults(&d);
        d.params.keeps_events = true;
        join(&d.config[DUO_BOB]);
        join(&d.config[DUO_CAROL]);
        duo_open(&d);
        if (rows[i].type != 0) assert_int_equal(mcv_world_add_fault(d.w, &fault), MCV_OK);
        assert_int_equal(request(&d, rows[i].to), MCV_OK);
        duo_run_ms(&d, 62000);
        if (rows[i].type != 0) assert_true(fault.n_hit > 0);
        if (!is_as_expected(&d, rows[i].why, want)) n_wrong++;
        duo_close(&d);
    }
    assert_int_equal(n_wrong, 0);
}

/* The call that pushes is protected as any call, and only the source is heard. */
static void what_is_pushed_arrives(void **state)
{
    struct duo d;
    struct mcv_call_info info;
    (void)state;

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(request(&d, USER), MCV_OK);
    duo_run_ms(&d, 200);
    assert_true(mcv_agent_call_info(mcv_world_agent(d.w, DUO_CAROL), 0, &info));
    assert_true(info.is_push && info.is_protected && info.is_established);
    for (uint16_t i = 1; i <= 10; i++) {
        duo_speak(&d, DUO_BOB, i);
        duo_run_ms(&d, 20);
    }
    duo_run_ms(&d, 500);
    assert_int_equal(duo_count(&d, DUO_CAROL, MCV_N_RTP_RECEIVED), 10);
    assert_false(mcv_agent_call_info(mcv_world_agent(d.w, DUO_ALICE), 0, &info));
    duo_close(&d);
}

/* Who only receives reports all the same: the push outlives peer_lost_s, and ends when he is gone. */
static void a_receiver_is_not_lost(void **state)
{
    struct duo d;
    (void)state;

    duo_defaults(&d);
    d.config[DUO_BOB].timers.tfp5_s = 60000;
    d.config[DUO_CAROL].timers.tfp5_s = 60000;
    duo_open(&d);
    assert_int_equal(request(&d, USER), MCV_OK);
    duo_run_ms(&d, 120000);
    assert_int_equal(duo_state(&d, DUO_BOB), 4); /* P4 */
    assert_int_equal(mcv_world_power(d.w, DUO_CAROL, false), MCV_OK);
    duo_run_ms(&d, 40000);
    assert_int_equal(d.end[DUO_BOB], MCV_END_PEER_LOST);
    duo_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_lost_doubled_or_late),
        cmocka_unit_test(what_is_pushed_arrives),
        cmocka_unit_test(a_receiver_is_not_lost),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    duo_forget_keys();
    return failed;
}
