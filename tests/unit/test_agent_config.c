/* What no agent can run with, and the table of timers. Spec: TS 24.281 B.3, TS 24.481, TS 24.484. */
#include "agent/core/config.h"

#include "agent/core/counters.h"
#include "agent/core/event.h"
#include "agent/core/job.h"
#include "tests/support/cmocka.h"

static struct mcv_peer_config peers[2];
static struct mcv_group_config groups[2];

static struct mcv_agent_config usable(void)
{
    struct mcv_agent_config c = mcv_agent_config_default();
    const struct mcv_addr unicast = {.family = MCV_IPV4, .b = {10, 0, 0, 1}, .port = 8809};
    const struct mcv_addr multicast = {.family = MCV_IPV4, .b = {239, 1, 1, 1}, .port = 8809};
    const struct mcv_pppp pppp = {5, 3, 1};

    peers[0] = (struct mcv_peer_config){.user = mcv_bytes_str("sip:b@x"), .addr = unicast};
    peers[1] = (struct mcv_peer_config){.user = mcv_bytes_str("sip:c@x")};
    for (size_t i = 0; i < 2; i++) {
        groups[i] = (struct mcv_group_config){
            .group = mcv_bytes_str(i == 0 ? "sip:g@x" : "sip:h@x"),
            .addr = multicast,
            .media_port = 51000,
            .signalling = pppp,
            .media = pppp};
    }
    c.user = mcv_bytes_str("sip:a@x");
    c.own[0] = unicast;
    c.n_own = 1;
    c.peers = peers;
    c.n_peers = 2;
    c.groups = groups;
    c.n_groups = 2;
    return c;
}

/* Each breaks one thing. */
static void no_user(struct mcv_agent_config *c)
{
    c->user.n = 0;
}
static void long_user(struct mcv_agent_config *c)
{
    c->user.n = 256;
}
static void no_own(struct mcv_agent_config *c)
{
    c->n_own = 0;
}
static void own_multicast(struct mcv_agent_config *c)
{
    c->own[0].b[0] = 239;
}
static void own_no_port(struct mcv_agent_config *c)
{
    c->own[0].port = 0;
}
static void own_twice(struct mcv_agent_config *c)
{
    c->own[1] = c->own[0];
    c->n_own = 2;
}
static void no_format(struct mcv_agent_config *c)
{
    c->formats[MCV_AUDIO].n = c->formats[MCV_VIDEO].n = 0;
}
static void static_pt(struct mcv_agent_config *c)
{
    c->formats[MCV_AUDIO].f[0].pt = 8;
}
static void pt_twice(struct mcv_agent_config *c)
{
    c->formats[MCV_AUDIO].f[1].pt = c->formats[MCV_AUDIO].f[0].pt;
}
static void no_clock(struct mcv_agent_config *c)
{
    c->formats[MCV_VIDEO].f[0].clock_hz = 0;
}
static void fmtp_lines(struct mcv_agent_config *c)
{
    c->formats[MCV_VIDEO].f[0].fmtp = mcv_bytes_str("a=1\r\nm=audio");
}
static void odd_port(struct mcv_agent_config *c)
{
    c->media_port = 50001;
}
static void high_port(struct mcv_agent_config *c)
{
    c->media_port = 65530;
}
static void peer_twice(struct mcv_agent_config *c)
{
    (void)c;
    peers[1].user = peers[0].user;
}
static void peer_multicast(struct mcv_agent_config *c)
{
    (void)c;
    peers[0].addr.b[0] = 224;
}
static void group_unicast(struct mcv_agent_config *c)
{
    (void)c;
    groups[1].addr.b[0] = 10;
}
static void group_twice(struct mcv_agent_config *c)
{
    (void)c;
    groups[1].group = groups[0].group;
}
static void group_priority(struct mcv_agent_config *c)
{
    (void)c;
    groups[0].media.emergency = 9;
}
static struct mcv_addr members[1];
static void fan_out(uint8_t family, uint16_t port, uint16_t media_port)
{
    members[0] = (struct mcv_addr){.family = family, .b = {10, 0, 0, 9}, .port = port};
    groups[0].fan_out = (struct mcv_fan_out){.to = members, .n = 1};
    groups[0].media_port = media_port;
}
static void fan_out_family(struct mcv_agent_config *c)
{
    (void)c;
    fan_out(MCV_IPV6, 8809, 42000);
}
static void fan_out_no_port(struct mcv_agent_config *c)
{
    (void)c;
    fan_out(MCV_IPV4, 0, 42000);
}
static void fan_out_no_own(struct mcv_agent_config *c)
{
    fan_out(MCV_IPV4, 8809, 42000);
    c->own[0].family = MCV_IPV6;
    c->n_own = 1;
}
static void fan_out_on_private_ports(struct mcv_agent_config *c)
{
    fan_out(MCV_IPV4, 8809, (uint16_t)(c->media_port - 14));
}
static void fan_out_on_ports_of_another(struct mcv_agent_config *c)
{
    (void)c;
    fan_out(MCV_IPV4, 8809, 42000);
    groups[1].fan_out = groups[0].fan_out;
    groups[1].media_port = 42014;
}
static void fan_out_on_monp(struct mcv_agent_config *c)
{
    fan_out(MCV_IPV4, 8809, (uint16_t)(c->own[0].port - 1));
}
static void many_groups(struct mcv_agent_config *c)
{
    c->n_groups = 100;
}
static void timer_low(struct mcv_agent_config *c)
{
    c->timers.tfp1_ms = 9;
}
static void timer_high(struct mcv_agent_config *c)
{
    c->timers.tfp2_s = 61;
}
static void count_zero(struct mcv_agent_config *c)
{
    c->timers.cfp1_count = 0;
}
static void no_burst(struct mcv_agent_config *c)
{
    c->admission.burst = 0;
}
static void many_at_once(struct mcv_agent_config *c)
{
    c->admission.n_at_once = 100;
}
static void priority_0(struct mcv_agent_config *c)
{
    c->private_signalling.basic = 0;
}
static void no_skew(struct mcv_agent_config *c)
{
    c->replay_skew_s = 0;
}
static void no_srtp(struct mcv_agent_config *c)
{
    c->srtp = NULL;
}

static void what_cannot_run_is_named(void **state)
{
    static const struct {
        void (*spoil)(struct mcv_agent_config *);
        const char *what; /* the answer contains it */
    } rows[] = {
        {no_user, "MCVideo ID"},
        {long_user, "MCVideo ID"},
        {no_own, "own address"},
        {own_multicast, "unicast"},
        {own_no_port, "MONP port"},
        {own_twice, "different families"},
        {no_format, "format"},
        {static_pt, "96..127"},
        {pt_twice, "twice"},
        {no_clock, "clock"},
        {fmtp_lines, "one line"},
        {odd_port, "media port"},
        {high_port, "media port"},
        {peer_twice, "peer is there twice"},
        {peer_multicast, "unicast"},
        {group_unicast, "multicast"},
        {group_twice, "group is there twice"},
        {group_priority, "priority"},
        {fan_out_family, "unicast address of the group's family"},
        {fan_out_no_port, "with a port"},
        {fan_out_no_own, "own address of the group's family"},
        {fan_out_on_private_ports, "16 ports"},
        {fan_out_on_ports_of_another, "16 ports"},
        {fan_out_on_monp, "16 ports"},
        {many_groups, "limit"},
        {timer_low, "TFP1"},
        {timer_high, "TFP2"},
        {count_zero, "CFP1"},
        {no_burst, "burst"},
        {many_at_once, "at once"},
        {priority_0, "priority"},
        {no_skew, "clock difference"},
        {no_srtp, "SRTP"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_agent_config c = usable();
        const char *what = "";
        assert_int_equal(mcv_agent_config_check(&c, &mcv_limits_small, &what), MCV_OK);
        assert_null(what);
        rows[i].spoil(&c);
        assert_int_equal(mcv_agent_config_check(&c, &mcv_limits_small, &what), MCV_E_CONFIG);
        if (strstr(what, rows[i].what) == NULL) fail_msg("%s: %s", rows[i].what, what);
    }
}

/* Spec: TS 24.281 B.3.1.1 (TFG1, TFG3, TFG4) and the defaults of ours. */
static void timers_have_their_defaults(void **state)
{
    static const struct {
        const char *name, *unit;
        uint32_t def;
    } rows[] = {
        {"TFP1", "ms", 40},  {"TFP2", "s", 30},    {"TFP3", "ms", 40},   {"TFP4", "ms", 40},
        {"TFP7", "s", 1},    {"CFP1", "count", 3}, {"CFP3", "count", 3}, {"CFP4", "count", 3},
        {"TFG1", "ms", 150}, {"TFG3", "ms", 40},   {"TFG4", "s", 30},
    };
    const struct mcv_timers timers = mcv_timers_default();
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t k = 0;
        while (k < mcv_n_timer_rows && strcmp(mcv_timer_rows[k].name, rows[i].name) != 0) k++;
        assert_true(k < mcv_n_timer_rows);
        const struct mcv_timer_row *row = &mcv_timer_rows[k];
        uint32_t value;
        memcpy(&value, (const uint8_t *)&timers + row->offset, sizeof value);
        assert_string_equal(row->unit, rows[i].unit);
        assert_int_equal(row->def, rows[i].def);
        assert_int_equal(value, rows[i].def);
        assert_true(row->min <= row->def && row->def <= row->max);
    }
}

static bool is_stable_name(const char *name)
{
    return name != NULL && name[0] != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == strlen(name);
}

/* Scripts read them. */
static void names_are_there_and_differ(void **state)
{
    (void)state;
    for (int i = 0; i < MCV_N_COUNTERS; i++) {
        assert_true(is_stable_name(mcv_counter_name((enum mcv_counter)i)));
        assert_non_null(mcv_counter_text((enum mcv_counter)i));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(mcv_counter_name((enum mcv_counter)i),
                                    mcv_counter_name((enum mcv_counter)k));
        }
    }
    for (int i = 0; i < MCV_N_EVENTS; i++) {
        assert_true(is_stable_name(mcv_event_name((enum mcv_event_type)i)));
    }
    for (int i = 0; i < MCV_N_ENDS; i++) {
        assert_true(is_stable_name(mcv_end_name((enum mcv_end)i)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_run_is_named),
        cmocka_unit_test(timers_have_their_defaults),
        cmocka_unit_test(names_are_there_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
