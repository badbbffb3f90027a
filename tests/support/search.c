#include "tests/support/search.h"

#include "agent/core/transmission.h"
#include "crypto/key_table.h"
#include "proto/monp.h"
#include "tests/support/search_parts.h"

#include <stdlib.h>
#include <string.h>

#define RTP_EVERY_MS 1000u
#define UTC_S        1767225600
#define URI          "sip:user%zu@mc.example"

/* T203 + C205 x T205 + 680 ms. */
#define OVER_LIMIT_US    (5000 * MS)
#define REQUEST_LIMIT_US (10000 * MS)

static const struct search_case no_case = {.late = -1};

/* ---- agents -------------------------------------------------------------------------------- */

static const struct mcv_keyring no_keys;

static struct mcv_addr address(uint8_t a, uint8_t d)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {a, 1, 1, d}, .port = MCV_MONP_PORT};
}

struct mcv_now search_now(const struct search *s)
{
    return (struct mcv_now){.mono_us = s->m.now_us,
                            .utc_s = UTC_S + (int64_t)(s->m.now_us / 1000000)};
}

/* Agents 0 and 1 call each other, without keys. */
static void configure_private(struct node *n, size_t i)
{
    const size_t other = 1 - i;

    snprintf(n->peer_uri, sizeof n->peer_uri, URI, other);
    n->peers[0] = (struct mcv_peer_config){.user = mcv_bytes_str(n->peer_uri),
                                           .addr = address(10, (uint8_t)(other + 1))};
    n->config.peers = n->peers;
    n->config.n_peers = 1;
    n->config.needs_security = false;
    n->config.private_ptt = n->group.ptt;
}

static void configure(struct search *s, size_t i)
{
    struct node *n = &s->nodes[i];

    snprintf(n->uri, sizeof n->uri, URI, i);
    n->group = (struct mcv_group_config){
        .group = mcv_bytes_str("sip:g1@mc.example"),
        .addr = address(239, 1),
        .media_port = 40000,
        .max_duration_s = 3600,
        .signalling = {.basic = 3, .imminent_peril = 2, .emergency = 1},
        .media = {.basic = 4, .imminent_peril = 2, .emergency = 1},
        .ptt = {.mode = MCV_PTT_MANUAL,
                .arbitration = s->situation.call == SEARCH_SELF ? MCV_ARBITRATION_SELF
                                                                : MCV_ARBITRATION_SINGLE,
                .n_max = s->situation.n_max,
                .n_queue = s->situation.n_queue},
    };
    n->config = mcv_agent_config_default();
    n->config.user = mcv_bytes_str(n->uri);
    n->config.own[0] = address(10, (uint8_t)(i + 1));
    n->config.n_own = 1;
    n->config.admission.n_at_once = 1;
    n->config.groups = &n->group;
    n->config.n_groups = 1;
    n->config.timers.t206_s = 0;
    if (s->situation.t201_ms > 0) n->config.timers.t201_ms = s->situation.t201_ms;
    if (s->situation.call == SEARCH_PRIVATE) configure_private(n, i);
    n->config.formats[MCV_VIDEO].n = 0;
}

static void start_agent(struct search *s, size_t i)
{
    struct node *n = &s->nodes[i];
    const size_t bytes = mcv_agent_size(&s->limits);
    void *mem = malloc(bytes);

    n->saved = malloc(bytes);
    MCV_ASSERT(mem != NULL && n->saved != NULL);
    mcv_prng_init(&n->prng, 1, i);
    const struct mcv_agent_params params = {.config = &n->config,
                                            .keys = &no_keys,
                                            .scratch = s->scratch,
                                            .rng = mcv_prng_rng(&n->prng),
                                            .job_rng = mcv_prng_rng(&n->prng)};
    n->agent = mcv_agent_init(mem, &s->limits, &params, search_now(s));
}

struct mcv_call_info search_call(const struct search *s, size_t i)
{
    struct mcv_call_info info;

    if (!mcv_agent_call_info(s->nodes[i].agent, 0, &info)) info = (struct mcv_call_info){0};
    return info;
}

/* What happened to one agent, after each of its inputs. */
static void look_at(struct search *s, size_t i)
{
    const struct mcv_ptt_info ptt = search_call(s, i).ptt;
    const bool asks = ptt.state == MCV_O_PENDING_REQUEST;

    if (ptt.state != s->m.state[i]) search_say_state(s, i, ptt.state);
    if (ptt.may_transmit && !s->m.may[i]) s->m.rtp_at_us[i] = s->m.now_us;
    if (asks && s->m.state[i] != MCV_O_PENDING_REQUEST) s->m.asks_since_us[i] = s->m.now_us;
    if (!asks) s->m.asks_since_us[i] = MCV_NEVER;
    if (s->m.state[i] == MCV_O_PENDING_REQUEST && ptt.state == MCV_O_ARBITRATOR) {
        s->m.has_claimed[i] = true;
    }
    s->m.state[i] = ptt.state;
    s->m.may[i] = ptt.may_transmit;
}

void search_drain(struct search *s, size_t i)
{
    struct mcv_agent *a = s->nodes[i].agent;
    struct mcv_out out;

    while (mcv_agent_poll(a, &out, search_now(s))) {
        MCV_ASSERT(out.kind != MCV_OUT_JOB);
        if (out.kind != MCV_OUT_PACKET) continue;
        if (out.u.packet.channel == MCV_CH_CONTROL) s->m.is_recording = true;
        search_launch(s, i, &out.u.packet);
    }
    look_at(s, i);
}

/* ---- users --------------------------------------------------------------------------------- */

static void send_rtp(struct search *s, size_t i)
{
    uint8_t packet[12 + 8] = {0x80, 96};
    const uint32_t every_ms = s->situation.rtp_every_ms;

    s->m.rtp_at_us[i] = s->m.now_us + (every_ms > 0 ? every_ms : RTP_EVERY_MS) * MS;
    mcv_store_be16(packet + 2, ++s->m.seq[i]);
    mcv_store_be32(packet + 4, s->m.seq[i] * 8000u);
    packet[11] = (uint8_t)(i + 1);
    (void)mcv_agent_local(s->nodes[i].agent, search_now(s), search_call(s, i).slot, MCV_AUDIO,
                          mcv_bytes_of(packet, sizeof packet));
    search_drain(s, i);
}

static void command(struct search *s, size_t i, const struct mcv_command *c)
{
    struct mcv_command with_call = *c;

    with_call.call = search_call(s, i).call;
    const mcv_err err = mcv_agent_command(s->nodes[i].agent, search_now(s), &with_call, NULL, NULL);
    MCV_ASSERT(err == MCV_OK);
    search_drain(s, i);
}

static void press(struct search *s, size_t i, uint8_t priority, bool is_emergency)
{
    s->m.is_wanted[i] = true;
    command(s, i,
            &(struct mcv_command){.type = MCV_CMD_PTT_PRESS,
                                  .has_priority = true,
                                  .priority = priority,
                                  .is_emergency = is_emergency});
}

static void leave(struct search *s, size_t i)
{
    const bool is_private = s->situation.call == SEARCH_PRIVATE;

    command(s, i,
            &(struct mcv_command){.type = is_private ? MCV_CMD_RELEASE : MCV_CMD_GROUP_LEAVE,
                                  .target = s->nodes[i].group.group});
    s->m.is_dead[i] = true;
}

static void act(struct search *s, const struct search_step *step)
{
    static const char *const names[] = {
        [SEARCH_PRESS] = "presses",
        [SEARCH_EMERGENCY] = "presses, emergency",
        [SEARCH_RELEASE] = "releases",
        [SEARCH_PAUSE] = "pauses",
        [SEARCH_LEAVE] = "leaves the call",
        [SEARCH_DIE] = "dies",
        [SEARCH_SPLIT] = "goes to the other side",
        [SEARCH_HEAL] = "(everybody is together)",
    };
    const uint8_t i = step->who;
    const bool is_over = search_call(s, i).call == 0; /* the other party has left */

    if (s->trace != NULL)
        fprintf(s->trace, "%8u ms  %u      %s\n", step->at_ms, i, names[step->verb]);
    if (step->verb == SEARCH_HEAL) memset(s->m.side, 0, sizeof s->m.side);
    if (s->m.is_dead[i] || is_over) return;
    if (step->verb == SEARCH_PRESS) press(s, i, step->priority, false);
    if (step->verb == SEARCH_EMERGENCY) press(s, i, step->priority, true);
    if (step->verb == SEARCH_LEAVE) leave(s, i);
    if (step->verb == SEARCH_DIE) s->m.is_dead[i] = true;
    if (step->verb == SEARCH_SPLIT) s->m.side[i] ^= 1;
    if (step->verb == SEARCH_PAUSE) s->m.is_wanted[i] = false;
    if (step->verb != SEARCH_RELEASE) return;
    s->m.is_wanted[i] = false;
    command(s, i, &(struct mcv_command){.type = MCV_CMD_PTT_RELEASE});
}

/* ---- judged -------------------------------------------------------------------------------- */

/* Are there living ones on both sides? */
static bool is_split(const struct search *s)
{
    bool has[2] = {false, false};

    for (size_t i = 0; i < s->n; i++) has[s->m.side[i]] |= !s->m.is_dead[i];
    return has[0] && has[1];
}

static unsigned n_with_permission(const struct search *s)
{
    unsigned n = 0;

    for (size_t i = 0; i < s->n; i++) n += s->m.may[i] && !s->m.is_dead[i];
    return n;
}

static void judge(struct search *s)
{
    const bool is_lossy = s->c->loss_ppm > 0 &&
                          s->m.now_us - s->m.begun_us < s->c->loss_until_ms * MS;
    const bool is_over = n_with_permission(s) > s->situation.n_max && !is_split(s) && !is_lossy;

    if (!is_over) s->m.over_since_us = MCV_NEVER;
    if (is_over && s->m.over_since_us == MCV_NEVER) s->m.over_since_us = s->m.now_us;
    if (is_over && s->m.now_us - s->m.over_since_us > OVER_LIMIT_US) {
        s->wrong = "more transmit than may, for more than 5 s";
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->m.is_dead[i] || s->m.asks_since_us[i] == MCV_NEVER) continue;
        if (s->m.now_us - s->m.asks_since_us[i] > REQUEST_LIMIT_US) {
            s->wrong = "a request without an answer for more than 10 s";
        }
    }
}

static void judge_end(struct search *s)
{
    unsigned n_arbitrators = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (!s->m.is_dead[i]) n_arbitrators += search_call(s, i).ptt.is_arbitrator;
    }
    if (s->wrong != NULL || is_split(s)) return;
    if (n_with_permission(s) > s->situation.n_max) s->wrong = "at the end more transmit than may";
    if (s->situation.call != SEARCH_SINGLE) return;
    if (n_with_permission(s) > 0 && n_arbitrators == 0) s->wrong = "at the end nobody arbitrates";
    if (n_arbitrators > 1) s->wrong = "at the end more than one arbitrates";
}

/* ---- time ---------------------------------------------------------------------------------- */

enum due_what { DUE_END, DUE_STEP, DUE_FLIGHT, DUE_RTP, DUE_WAKE };

struct due {
    uint64_t at_us;
    enum due_what what;
    uint16_t index;
};

static void earlier(struct due *d, uint64_t at_us, enum due_what what, uint16_t index)
{
    if (at_us >= d->at_us) return;
    d->at_us = at_us;
    d->what = what;
    d->index = index;
}

static struct due next_due(const struct search *s, uint64_t end_us)
{
    struct due d = {.at_us = end_us, .what = DUE_END};
    uint64_t order = UINT64_MAX;

    if (s->m.is_recording && s->m.n_done < s->situation.n_steps) {
        earlier(&d, s->m.begun_us + s->situation.script[s->m.n_done].at_ms * MS, DUE_STEP, 0);
    }
    for (uint16_t i = 0; i < s->m.n_flights; i++) {
        const struct flight *f = &s->m.flights[i];
        if (f->at_us == d.at_us && d.what == DUE_FLIGHT && f->order < order) {
            d.index = i;
            order = f->order;
        } else if (f->at_us < d.at_us) {
            earlier(&d, f->at_us, DUE_FLIGHT, i);
            order = f->order;
        }
    }
    for (uint16_t i = 0; i < s->n; i++) {
        if (s->m.is_dead[i]) continue;
        if (s->m.may[i] && s->m.is_wanted[i]) earlier(&d, s->m.rtp_at_us[i], DUE_RTP, i);
        const uint64_t wake_us = mcv_agent_wake_at(s->nodes[i].agent);
        earlier(&d, wake_us > s->m.now_us ? wake_us : s->m.now_us, DUE_WAKE, i);
    }
    return d;
}

/* One thing; false: the end. */
static bool advance(struct search *s, uint64_t end_us)
{
    const struct due d = next_due(s, end_us);

    if (d.at_us > s->m.now_us) s->m.now_us = d.at_us;
    switch (d.what) {
    case DUE_END:
        return false;
    case DUE_STEP:
        act(s, &s->situation.script[s->m.n_done++]);
        break;
    case DUE_FLIGHT:
        search_arrive(s, d.index);
        break;
    case DUE_RTP:
        send_rtp(s, d.index);
        break;
    case DUE_WAKE:
        search_drain(s, d.index);
        break;
    }
    return true;
}

/* ---- made and ended ------------------------------------------------------------------------ */

static void begin_moment(struct search *s)
{
    s->m = (struct moment){.now_us = 1000 * MS, .over_since_us = MCV_NEVER};
    for (size_t i = 0; i < SEARCH_MAX_AGENTS; i++) {
        s->m.rtp_at_us[i] = s->m.asks_since_us[i] = MCV_NEVER;
    }
}

static void start_call(struct search *s)
{
    const bool is_private = s->situation.call == SEARCH_PRIVATE;
    const struct node *n = &s->nodes[0];

    command(s, 0,
            &(struct mcv_command){.type = is_private ? MCV_CMD_CALL : MCV_CMD_GROUP_START,
                                  .target = is_private ? n->peers[0].user : n->group.group});
}

/* To the situation: a call in which so many transmit. The script does not run meanwhile. */
static void prepare(struct search *s)
{
    const size_t n_steps = s->situation.n_steps;

    s->situation.n_steps = 0;
    s->m.is_wanted[0] = s->situation.is_call_start;
    start_call(s);
    while (!s->m.is_recording) MCV_ASSERT(advance(s, MCV_NEVER));
    if (!s->situation.is_call_start) {
        const bool is_silent = s->situation.n_transmitting == 0;
        if (!is_silent) s->m.is_wanted[0] = true;
        uint64_t until_us = s->m.now_us + (is_silent ? 6000 : 1000) * MS;
        while (advance(s, until_us)) continue;
        if (!is_silent) press(s, 0, 0, false);
        for (uint8_t i = 1; i < s->situation.n_transmitting; i++) press(s, i, 0, false);
        until_us += 1000 * MS;
        while (advance(s, until_us)) continue;
        MCV_ASSERT(n_with_permission(s) == s->situation.n_transmitting);
    } else {
        press(s, 0, 0, false);
    }
    s->situation.n_steps = n_steps;
    s->m.begun_us = s->m.now_us;
    s->m.n_control = 0;
}

static void save(struct search *s)
{
    uint16_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        memcpy(s->nodes[i].saved, s->nodes[i].agent, mcv_agent_size(&s->limits));
        s->nodes[i].saved_prng = s->nodes[i].prng;
    }
    for (uint16_t i = 0; i < s->m.n_flights; i++) { /* to the front */
        if (s->m.flights[i].slot > n) n = s->m.flights[i].slot;
    }
    s->n_saved_slots = (uint16_t)(n + 1u);
    s->saved = s->m;
}

struct search *search_open(const struct search_situation *situation)
{
    struct search *s = calloc(1, sizeof *s);

    MCV_ASSERT(s != NULL && situation->n_agents <= SEARCH_MAX_AGENTS);
    s->situation = *situation;
    s->n = situation->n_agents;
    s->c = &no_case;
    s->limits = mcv_limits_sim;
    s->limits.n_transmitters = SEARCH_MAX_AGENTS;
    s->limits.n_hold_bytes = 512;
    s->limits.n_peers = situation->call == SEARCH_PRIVATE;
    s->scratch = malloc(mcv_scratch_size(&s->limits));
    s->slots = calloc(MAX_SLOTS, sizeof *s->slots);
    MCV_ASSERT(s->scratch != NULL && s->slots != NULL);
    s->scratch = mcv_scratch_init(s->scratch, &s->limits);
    mcv_prng_init(&s->losses, 1, 99);
    begin_moment(s);
    for (size_t i = 0; i < s->n; i++) {
        configure(s, i);
        start_agent(s, i);
    }
    prepare(s);
    save(s);
    return s;
}

void search_close(struct search *s)
{
    for (size_t i = 0; i < s->n; i++) {
        mcv_agent_wipe(s->nodes[i].agent);
        free(s->nodes[i].agent);
        free(s->nodes[i].saved);
    }
    free(s->scratch);
    free(s->slots);
    free(s);
}

/* ---- played -------------------------------------------------------------------------------- */

static void set_back(struct search *s, uint64_t seed)
{
    s->m = s->saved;
    for (size_t i = 0; i < s->n; i++) {
        memcpy(s->nodes[i].agent, s->nodes[i].saved, mcv_agent_size(&s->limits));
        s->nodes[i].prng = s->nodes[i].saved_prng;
        if (seed != 0) mcv_prng_init(&s->nodes[i].prng, seed, i);
    }
    for (uint16_t i = 0; i < MAX_SLOTS; i++) s->slots[i].n_users = 0;
    for (uint16_t i = 0; i < s->m.n_flights; i++) s->slots[s->m.flights[i].slot].n_users++;
    s->next_slot = s->n_saved_slots;
    s->wrong = NULL;
}

const char *search_run(struct search *s, const struct search_case *c, FILE *trace)
{
    set_back(s, c->seed);
    s->c = c;
    s->trace = trace;
    mcv_prng_init(&s->losses, c->seed, 99);
    if (s->situation.radio != NULL) {
        s->phase_us = mcv_prng_below(&s->losses, s->situation.radio->period_us);
    }
    const uint32_t late_ms = c->late >= 0 ? c->late_ms : 0;
    const uint64_t end_us = s->m.begun_us + (s->situation.end_ms + late_ms) * MS;
    while (s->wrong == NULL && advance(s, end_us)) judge(s);
    judge_end(s);
    s->c = &no_case;
    return s->wrong;
}

bool search_has_claimed(const struct search *s, size_t who)
{
    return s->m.has_claimed[who];
}
