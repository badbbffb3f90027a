/* Every message of group calls, broadcasts and alerts lost once, lost always, duplicated, overtaken
 * and two seconds late. Spec: TS 24.281 9.3, 9.4, 11.3.
 *
 * One life of three members: user 0 starts a call, the others join; user 2 makes it an emergency
 * and ends that; the same with imminent peril; user 1 broadcasts and ends it; user 2 raises an
 * alert and cancels it. */
#include "proto/monp.h"
#include "tests/support/cmocka.h"
#include "tests/support/party.h"

#include <stdio.h>

enum { ALICE, BOB, CAROL, N_USERS };

static const struct {
    uint64_t at_ms;
    uint32_t who;
    enum mcv_command_type type;
} life[] = {
    {0, ALICE, MCV_CMD_GROUP_START},       {20000, CAROL, MCV_CMD_GROUP_EMERGENCY},
    {25000, CAROL, MCV_CMD_GROUP_NORMAL},  {45000, CAROL, MCV_CMD_GROUP_PERIL},
    {50000, CAROL, MCV_CMD_GROUP_NORMAL},  {70000, BOB, MCV_CMD_BROADCAST_START},
    {80000, BOB, MCV_CMD_BROADCAST_END},   {90000, CAROL, MCV_CMD_ALERT_RAISE},
    {102000, CAROL, MCV_CMD_ALERT_CANCEL},
};
enum { END_MS = 150000 };

/* What went well, as bits. */
enum outcome {
    SOON = 1,         /* everybody was in the call after half a second */
    JOINED = 2,       /* and at the end */
    TOLD = 4,         /* alice was told of both members, once */
    EMERGENCY = 8,    /* seen by alice and bob within 2.5 s */
    CANCELLED = 16,   /* its end too, within a periodic announcement (13.4 s) */
    PERIL = 32,       /* as above */
    PERIL_OFF = 64,   /* as above */
    BROADCAST = 128,  /* alice and carol listen within 4.5 s */
    ENDED = 256,      /* and are told of its end within 3 s */
    ALERT = 512,      /* alice and bob hear of it within 7.5 s */
    ACKED = 1024,     /* carol hears that they did, once */
    ALL_CLEAR = 2048, /* and they that it is over, 3 s after the CANCEL */
    ONCE = 4096,      /* nobody was told anything else twice */
    FORGOTTEN = 8192, /* at the end no alert is listed */
    ALL = 16383,
};

struct observation {
    struct party p;
    unsigned got;
};

static void note(struct observation *o, enum outcome bit, bool is_so)
{
    if (is_so) o->got |= (unsigned)bit;
}

static bool has_type(const struct observation *o, uint8_t type)
{
    return party_call(&o->p, ALICE).call_type == type && party_call(&o->p, BOB).call_type == type;
}

static size_t n_told(const struct observation *o, enum mcv_event_type type)
{
    return party_n_events(&o->p, ALICE, type) + party_n_events(&o->p, BOB, type) +
           party_n_events(&o->p, CAROL, type);
}

static bool is_alert_listed(const struct observation *o, uint32_t who)
{
    struct mcv_alert_info info;

    return mcv_agent_alert_info(mcv_world_agent(o->p.world, who), 0, &info);
}

/* ---- what to look at, when -------------------------------------------------------------------- */

static void look_call(struct observation *o)
{
    note(o, SOON, party_agrees(&o->p));
}

static void look_members(struct observation *o)
{
    note(o, TOLD, party_n_events(&o->p, ALICE, MCV_EVENT_GROUP_MEMBER) == 2);
}

static void look_emergency(struct observation *o)
{
    note(o, EMERGENCY, has_type(o, MCV_CALL_EMERGENCY_GROUP));
}

static void look_emergency_end(struct observation *o)
{
    note(o, CANCELLED, has_type(o, MCV_CALL_BASIC_GROUP));
}

static void look_peril(struct observation *o)
{
    note(o, PERIL, has_type(o, MCV_CALL_IMMINENT_PERIL_GROUP));
}

static void look_peril_end(struct observation *o)
{
    note(o, PERIL_OFF, has_type(o, MCV_CALL_BASIC_GROUP));
}

static void look_broadcast(struct observation *o)
{
    note(o, BROADCAST,
         party_n_events(&o->p, ALICE, MCV_EVENT_BROADCAST_JOINED) == 1 &&
             party_n_events(&o->p, CAROL, MCV_EVENT_BROADCAST_JOINED) == 1);
}

static void look_broadcast_end(struct observation *o)
{
    note(o, ENDED, n_told(o, MCV_EVENT_BROADCAST_ENDED) == 3);
}

static void look_alert(struct observation *o)
{
    note(o, ALERT, is_alert_listed(o, ALICE) && is_alert_listed(o, BOB));
    note(o, ACKED, party_n_events(&o->p, CAROL, MCV_EVENT_ALERT_ACKNOWLEDGED) == 2);
}

static void look_clear(struct observation *o)
{
    note(o, ALL_CLEAR, !is_alert_listed(o, ALICE) && !is_alert_listed(o, BOB));
}

static void look_back(struct observation *o)
{
    note(o, JOINED, party_agrees(&o->p));
    note(o, FORGOTTEN, !is_alert_listed(o, ALICE) && !is_alert_listed(o, BOB));
    note(o, ONCE,
         n_told(o, MCV_EVENT_GROUP_JOINED) <= 2 && n_told(o, MCV_EVENT_GROUP_TYPE_CHANGED) <= 12 &&
             n_told(o, MCV_EVENT_ALERT_RECEIVED) <= 2 && n_told(o, MCV_EVENT_ALERT_ENDED) <= 3 &&
             n_told(o, MCV_EVENT_BROADCAST_JOINED) <= 2 && n_told(o, MCV_EVENT_GROUP_LEFT) == 0);
}

static const struct {
    uint64_t at_ms;
    void (*look)(struct observation *o);
} looks[] = {
    {500, look_call},        {10000, look_members},
    {22500, look_emergency}, {39000, look_emergency_end},
    {47500, look_peril},     {64000, look_peril_end},
    {74500, look_broadcast}, {83000, look_broadcast_end},
    {97500, look_alert},     {105000, look_clear},
    {END_MS, look_back},
};

static unsigned live(uint8_t monp_type, uint64_t mask, enum mcv_fault_action action,
                     uint64_t delay_us, uint64_t *n_hit)
{
    struct mcv_fault fault = {
        .from = MCV_ANY_AGENT,
        .to = MCV_ANY_AGENT,
        .channel = MCV_CH_MONP,
        .monp_type = monp_type,
        .mask = mask,
        .action = action,
        .delay_us = delay_us,
    };
    struct observation o = {.got = 0};
    size_t c = 0;

    party_defaults(&o.p, N_USERS);
    o.p.params.limits = &mcv_limits_small; /* a broadcast beside the call */
    party_open(&o.p);
    assert_int_equal(mcv_world_add_fault(o.p.world, &fault), MCV_OK);
    for (size_t k = 0; k < sizeof looks / sizeof *looks; k++) {
        for (; c < sizeof life / sizeof *life && life[c].at_ms < looks[k].at_ms; c++) {
            party_run_to_ms(&o.p, life[c].at_ms);
            (void)party_command(&o.p, life[c].who, life[c].type);
        }
        party_run_to_ms(&o.p, looks[k].at_ms);
        looks[k].look(&o);
    }
    party_close(&o.p);
    *n_hit = fault.n_hit;
    return o.got;
}

/* ---- each message, each fault ----------------------------------------------------------------- */

/* Each message goes to two receivers. */
#define FIRST_MESSAGE 3u

static const struct {
    const char *name;
    uint64_t mask;
    enum mcv_fault_action action;
    uint64_t delay_us;
} faults[] = {
    {"lost once", FIRST_MESSAGE, MCV_FAULT_DROP, 0},
    {"lost always", MCV_FAULT_EVERY, MCV_FAULT_DROP, 0},
    {"duplicated", MCV_FAULT_EVERY, MCV_FAULT_DUPLICATE, 5000},
    {"overtaken", FIRST_MESSAGE, MCV_FAULT_DELAY, 150000},
    {"two seconds late", MCV_FAULT_EVERY, MCV_FAULT_DELAY, 2000000},
};
enum { LOST_ONCE, LOST_ALWAYS, DUPLICATED, OVERTAKEN, LATE, N_FAULTS };

static const uint8_t types[] = {
    MCV_MONP_GROUP_CALL_PROBE,
    MCV_MONP_GROUP_CALL_ANNOUNCEMENT,
    MCV_MONP_GROUP_CALL_ACCEPT,
    MCV_MONP_GROUP_CALL_EMERGENCY_END,
    MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END,
    MCV_MONP_GROUP_CALL_BROADCAST,
    MCV_MONP_GROUP_CALL_BROADCAST_END,
    MCV_MONP_GROUP_EMERGENCY_ALERT,
    MCV_MONP_GROUP_EMERGENCY_ALERT_ACK,
    MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL,
    MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK,
};

/* What is missing then; a pair that is not here: nothing. */
static const struct {
    uint8_t type;
    int fault;
    unsigned missing;
    const char *why;
} rows[] = {
    {MCV_MONP_GROUP_CALL_ANNOUNCEMENT, LOST_ONCE, SOON | TOLD,
     "the periodic one brings the member in, without confirmation"},
    {MCV_MONP_GROUP_CALL_ANNOUNCEMENT, LOST_ALWAYS,
     SOON | JOINED | TOLD | EMERGENCY | CANCELLED | PERIL | PERIL_OFF, "nobody hears of any call"},
    {MCV_MONP_GROUP_CALL_ANNOUNCEMENT, LATE, SOON, "two seconds later"},
    {MCV_MONP_GROUP_CALL_ACCEPT, LOST_ONCE, TOLD, "it is sent once"},
    {MCV_MONP_GROUP_CALL_ACCEPT, LOST_ALWAYS, TOLD, "it is sent once"},
    {MCV_MONP_GROUP_CALL_ACCEPT, DUPLICATED, TOLD, "a copy is told as well"},
    {MCV_MONP_GROUP_CALL_BROADCAST, LOST_ALWAYS, BROADCAST | ENDED, "nobody hears of it"},
    {MCV_MONP_GROUP_CALL_BROADCAST, LATE, ONCE,
     "the last one comes after the END: listeners are in the call until TFB1"},
    {MCV_MONP_GROUP_CALL_BROADCAST_END, LOST_ONCE, ENDED, "it is sent once; TFB1 ends the call"},
    {MCV_MONP_GROUP_CALL_BROADCAST_END, LOST_ALWAYS, ENDED, "TFB1 ends the call"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT, LOST_ALWAYS, ALERT | ACKED, "nobody hears of it"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT, LATE, ALL_CLEAR | ONCE,
     "the last one comes after the CANCEL: TFE1 forgets it"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT_ACK, LOST_ONCE, ACKED, "it is sent once"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT_ACK, LOST_ALWAYS, ACKED, "it is informative"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT_ACK, DUPLICATED, ACKED, "a copy is told as well"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL, LOST_ONCE, ALL_CLEAR, "it is sent once; TFE1 forgets"},
    {MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL, LOST_ALWAYS, ALL_CLEAR, "TFE1 forgets it"},
};

static unsigned expected(uint8_t type, int fault)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].type == type && rows[i].fault == fault) return ALL & ~rows[i].missing;
    }
    return ALL;
}

static void without_faults_all_is_well(void **state)
{
    (void)state;
    uint64_t n_hit;
    assert_int_equal(live(MCV_MONP_GROUP_CALL_PROBE, 0, MCV_FAULT_DROP, 0, &n_hit), ALL);
}

static void every_message_meets_every_fault(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        for (int f = 0; f < N_FAULTS; f++) {
            uint64_t n_hit = 0;
            const unsigned got = live(types[t], faults[f].mask, faults[f].action,
                                      faults[f].delay_us, &n_hit);
            const unsigned want = expected(types[t], f);
            if (got != want) {
                print_message("%s, %s: missing %04x, unexpected %04x\n",
                              mcv_monp_type_name(types[t]), faults[f].name, want & ~got,
                              got & ~want);
            }
            assert_int_equal(got, want);
            assert_true(n_hit > 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_all_is_well),
        cmocka_unit_test(every_message_meets_every_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
