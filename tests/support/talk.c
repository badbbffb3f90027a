#include "tests/support/talk.h"

#include "tests/support/cmocka.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- log ----------------------------------------------------------------------------------- */

static void say(struct talk *s, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    const int n = vsnprintf(s->log + s->n_log, sizeof s->log - s->n_log, format, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof s->log - s->n_log);
    s->n_log += (size_t)n;
}

/* The number of the member with this URI; -1: nobody. */
static int member_of(const struct talk *s, struct mcv_bytes uri)
{
    for (uint32_t i = 0; i < s->p.n; i++) {
        if (mcv_bytes_equal(s->p.members[i].config.user, uri)) return (int)i;
    }
    return -1;
}

static void say_message(struct talk *s, uint32_t from, const struct mcv_tc *m)
{
    static const char *const names[MCV_N_TC_TYPES] = {
        [MCV_TC_REQUEST] = "Request",
        [MCV_TC_RELEASE] = "Release",
        [MCV_TC_QUEUE_POSITION_REQUEST] = "PositionRequest",
        [MCV_TC_GRANTED] = "Granted",
        [MCV_TC_REJECTED] = "Rejected",
        [MCV_TC_ARBITRATION_TAKEN] = "Taken",
        [MCV_TC_ARBITRATION_RELEASE] = "Hands",
        [MCV_TC_REVOKED] = "Revoked",
        [MCV_TC_QUEUE_POSITION_INFO] = "Position",
    };

    assert_non_null(names[m->type]);
    say(s, "%s%u:%s", s->n_log > 0 ? " " : "", (unsigned)from, names[m->type]);
    if (m->type == MCV_TC_REJECTED || m->type == MCV_TC_REVOKED) say(s, "#%u", m->cause);
    if (m->type == MCV_TC_QUEUE_POSITION_INFO) {
        say(s, "(%d,%u)", member_of(s, m->queued[0].user_id), m->queued[0].position);
    } else if (m->type == MCV_TC_ARBITRATION_RELEASE) {
        say(s, "(%d)", member_of(s, m->transmitting_user));
    } else if (m->type == MCV_TC_GRANTED || m->type == MCV_TC_REJECTED ||
               m->type == MCV_TC_REVOKED) {
        say(s, "(%d)", member_of(s, m->user_id));
    }
}

/* ---- hooks --------------------------------------------------------------------------------- */

static void on_sent(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_packet *p)
{
    struct talk *s = ctx;
    struct mcv_tc m;

    (void)at_us;
    if (p->channel != MCV_CH_CONTROL || s->p.members[0].group.protect_control) return;
    assert_int_equal(mcv_tc_decode(&m, p->bytes), MCV_OK);
    s->n_messages[m.type]++;
    say_message(s, agent, &m);
}

static bool on_tap(void *ctx, struct mcv_world_packet *packet)
{
    struct talk *s = ctx;
    struct mcv_tc m;

    if (packet->channel != MCV_CH_CONTROL) return true;
    if (s->is_deaf[packet->to]) return false;
    if (s->loses == NULL) return true;
    assert_int_equal(mcv_tc_decode(&m, mcv_bytes_of(packet->bytes, packet->n)), MCV_OK);
    return !s->loses(s, packet->from, packet->to, &m);
}

static void on_local(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_local *local)
{
    struct talk *s = ctx;

    if (local->is_rtcp) return;
    const uint8_t who = local->bytes.p[local->bytes.n - 1];
    const uint64_t gap_us = at_us - s->last_heard_us[agent][who];
    if (s->heard[agent][who]++ > 0 && gap_us > s->longest_gap_us[agent][who]) {
        s->longest_gap_us[agent][who] = gap_us;
    }
    s->last_heard_us[agent][who] = at_us;
}

/* ---- media --------------------------------------------------------------------------------- */

static void send_one(struct talk *s, uint32_t who)
{
    uint8_t packet[12 + 20] = {0x80, 96};

    packet[sizeof packet - 1] = (uint8_t)who;
    mcv_store_be16(packet + 2, s->seq[who]);
    mcv_store_be32(packet + 4, s->seq[who] * 320u);
    mcv_store_be32(packet + 8, 0x11110000 + who);
    s->seq[who]++;
    (void)mcv_world_local(s->p.world, who, party_call(&s->p, who).slot, MCV_AUDIO,
                          mcv_bytes_of(packet, sizeof packet));
}

static void tick(struct mcv_world *w, void *ctx)
{
    struct talk *s = ctx;

    for (uint32_t i = 0; i < s->p.n; i++) {
        if (s->is_sending[i] && mcv_world_agent(w, i) != NULL) send_one(s, i);
    }
    assert_int_equal(mcv_world_at(w, mcv_world_now_us(w) + s->every_us, tick, s), MCV_OK);
}

/* ---- made and ended ------------------------------------------------------------------------ */

void talk_defaults(struct talk *s, size_t n, uint16_t n_max)
{
    memset(s, 0, sizeof *s);
    party_defaults(&s->p, n);
    s->limits = mcv_limits_sim;
    s->limits.n_transmitters = 8;
    s->limits.n_queued = 4;
    s->limits.n_senders = s->limits.n_streams = 8;
    s->p.params.limits = &s->limits;
    s->every_us = 20 * TALK_MS;
    s->p.params.hooks.ctx = s;
    s->p.params.hooks.sent = on_sent;
    s->p.params.hooks.tap = on_tap;
    s->p.params.hooks.local = on_local;
    for (size_t i = 0; i < n; i++) {
        struct mcv_group_config *g = &s->p.members[i].group;
        g->protect_control = false;
        g->ptt = (struct mcv_ptt_config){.mode = MCV_PTT_MANUAL, .n_max = n_max};
        s->p.members[i].config.timers.t206_s = 0; /* nobody is ended by time */
    }
}

void talk_open(struct talk *s)
{
    party_open(&s->p);
    assert_int_equal(mcv_world_at(s->p.world, 0, tick, s), MCV_OK);
}

void talk_close(struct talk *s)
{
    party_close(&s->p);
}

void talk_begin(struct talk *s)
{
    talk_open(s);
    assert_int_equal(party_command(&s->p, 0, MCV_CMD_GROUP_START), MCV_OK);
    talk_run_ms(s, 500);
    assert_true(party_agrees(&s->p));
    talk_press(s, 0);
    talk_run_ms(s, 500);
    talk_forget(s);
}

void talk_run_ms(struct talk *s, uint64_t ms)
{
    assert_int_equal(mcv_world_run(s->p.world, mcv_world_now_us(s->p.world) + ms * TALK_MS),
                     MCV_WORLD_REACHED);
}

void talk_forget(struct talk *s)
{
    s->n_log = 0;
    s->log[0] = '\0';
    memset(s->n_messages, 0, sizeof s->n_messages);
    memset(s->heard, 0, sizeof s->heard);
    memset(s->longest_gap_us, 0, sizeof s->longest_gap_us);
}

/* ---- commands ------------------------------------------------------------------------------ */

static mcv_err command(struct talk *s, uint32_t who, struct mcv_command c)
{
    c.call = party_call(&s->p, who).call;
    return mcv_world_command(s->p.world, who, &c, NULL, NULL);
}

void talk_press_as(struct talk *s, uint32_t who, uint8_t priority, bool is_emergency)
{
    const struct mcv_command c = {.type = MCV_CMD_PTT_PRESS,
                                  .has_priority = true,
                                  .priority = priority,
                                  .is_emergency = is_emergency};

    assert_int_equal(command(s, who, c), MCV_OK);
    s->is_sending[who] = true;
}

void talk_press(struct talk *s, uint32_t who)
{
    talk_press_as(s, who, 0, false);
}

void talk_release(struct talk *s, uint32_t who)
{
    assert_int_equal(talk_command(s, who, MCV_CMD_PTT_RELEASE, ""), MCV_OK);
    s->is_sending[who] = false;
}

mcv_err talk_command(struct talk *s, uint32_t who, enum mcv_command_type type, const char *target)
{
    return command(s, who, (struct mcv_command){.type = type, .target = mcv_bytes_str(target)});
}

/* ---- asked --------------------------------------------------------------------------------- */

struct mcv_ptt_info talk_info(const struct talk *s, uint32_t who)
{
    if (mcv_world_agent(s->p.world, who) == NULL) return (struct mcv_ptt_info){0};
    return party_call(&s->p, who).ptt;
}

uint8_t talk_state(const struct talk *s, uint32_t who)
{
    return talk_info(s, who).state;
}

unsigned talk_n_transmitting(const struct talk *s)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < s->p.n; i++) n += talk_info(s, i).may_transmit;
    return n;
}

unsigned talk_n_arbitrators(const struct talk *s)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < s->p.n; i++) n += talk_info(s, i).is_arbitrator;
    return n;
}

size_t talk_n_events(const struct talk *s, uint32_t who, enum mcv_event_type type)
{
    return party_n_events(&s->p, who, type);
}

const struct mcv_event *talk_last_event(const struct talk *s, uint32_t who,
                                        enum mcv_event_type type)
{
    const struct mcv_world_event *e;
    const struct mcv_event *last = NULL;

    for (size_t i = 0; (e = mcv_world_event(s->p.world, who, i)) != NULL; i++) {
        if (e->e.type == type) last = &e->e;
    }
    return last;
}

uint64_t talk_count(const struct talk *s, uint32_t who, enum mcv_counter counter)
{
    return mcv_agent_counters(mcv_world_agent(s->p.world, who))->n[counter];
}

void talk_expect_states(const struct talk *s, const char *why, const uint8_t *states)
{
    for (uint32_t i = 0; i < s->p.n; i++) {
        if (talk_state(s, i) == states[i]) continue;
        fail_msg("%s: member %u is in \"%s\", not in \"%s\"; log: %s", why, (unsigned)i,
                 mcv_state_name(MCV_MACHINE_TRANSMISSION, talk_state(s, i)),
                 mcv_state_name(MCV_MACHINE_TRANSMISSION, states[i]), s->log);
    }
}

void talk_expect_log(const struct talk *s, const char *why, const char *log)
{
    if (strcmp(s->log, log) != 0) fail_msg("%s:\n  is   %s\n  want %s", why, s->log, log);
}
