/* Commands of users and what their agents tell them: times, successes, answers. */
#include "sim/play_private.h"

static void count(struct mcv_play *p, enum mcv_total_id id)
{
    p->kpis.totals[id]++;
}

static void measure(struct mcv_play *p, enum mcv_kpi_id id, uint32_t user, uint64_t from_us)
{
    const uint64_t now_us = mcv_world_now_us(p->world);
    const struct mcv_sample sample = {
        .at_us = now_us, .value_us = now_us - from_us, .agent = user, .other = MCV_NOBODY};

    mcv_kpis_time(&p->kpis, id, &sample, true);
}

uint32_t mcv_play_group_of(const struct mcv_play *p, uint32_t user, const char *pattern)
{
    size_t n;
    const uint32_t *groups = mcv_cast_groups(p->cast, user, &n);

    for (size_t i = 0; i < n; i++)
        if (pattern == NULL || mcv_roster_matches(pattern, p->file->roster.groups[groups[i]].name))
            return groups[i];
    return MCV_NOBODY;
}

/* ---- commands ------------------------------------------------------------------------------ */

static mcv_err command(struct mcv_play *p, uint32_t user, const struct mcv_command *c,
                       uint32_t *call)
{
    const mcv_err err = mcv_world_command(p->world, user, c, call, NULL);

    if (err != MCV_OK) count(p, MCV_TOTAL_REFUSED);
    return err;
}

void mcv_play_command(struct mcv_play *p, uint32_t user, enum mcv_command_type type, uint32_t call,
                      struct mcv_bytes target)
{
    const struct mcv_command c = {.type = type, .call = call, .target = target};

    if (!mcv_play_is_here(p, user)) return;
    if (command(p, user, &c, NULL) != MCV_OK) return;
    if (type == MCV_CMD_GROUP_EMERGENCY || type == MCV_CMD_GROUP_PERIL)
        count(p, MCV_TOTAL_EMERGENCIES);
}

struct mcv_own_call *mcv_play_own_call(const struct mcv_play *p, uint32_t user, uint32_t call)
{
    struct mcv_own_call *own = p->players[user].calls;

    while (own != NULL && own->call != call) own = own->next;
    return own;
}

static struct mcv_own_call *add_own(struct mcv_play *p, uint32_t user,
                                    const struct mcv_own_call *what)
{
    struct mcv_own_call *own = p->free_calls;

    if (own != NULL) {
        p->free_calls = own->next;
    } else if ((own = mcv_pool_alloc(&p->pool, sizeof *own)) == NULL) {
        p->is_out_of_memory = true;
        return NULL;
    }
    *own = *what;
    own->next = p->players[user].calls;
    p->players[user].calls = own;
    return own;
}

static void remove_own(struct mcv_play *p, uint32_t user, struct mcv_own_call *own)
{
    struct mcv_own_call **at = &p->players[user].calls;

    while (*at != own) at = &(*at)->next;
    *at = own->next;
    own->next = p->free_calls;
    p->free_calls = own;
}

/* An event of this call; the agent may answer within the command that asks for one. */
static struct mcv_own_call *own_of(const struct mcv_play *p, uint32_t user, uint32_t call)
{
    struct mcv_own_call *own = mcv_play_own_call(p, user, call);

    return own != NULL ? own : mcv_play_own_call(p, user, 0);
}

/* false: refused. *call: its handle. */
static bool ask(struct mcv_play *p, uint32_t user, const struct mcv_command *c,
                const struct mcv_own_call *what, uint32_t *call)
{
    if (add_own(p, user, what) == NULL) return false;
    const bool is_good = command(p, user, c, call) == MCV_OK;
    struct mcv_own_call *own = mcv_play_own_call(p, user, 0); /* NULL: it is over already */

    if (own != NULL && is_good) own->call = *call;
    if (own != NULL && !is_good) remove_own(p, user, own);
    return is_good;
}

void mcv_play_call(struct mcv_play *p, uint32_t user, uint32_t to, bool is_manual, uint64_t hold_us)
{
    const struct mcv_command c = {
        .type = MCV_CMD_CALL, .target = mcv_cast_user_uri(p->cast, to), .is_manual = is_manual};
    const struct mcv_own_call what = {.asked_us = mcv_world_now_us(p->world),
                                      .hold_us = hold_us,
                                      .is_awaited = true,
                                      .awaits_speaking = !is_manual};
    uint32_t call = 0;

    if (!mcv_play_is_here(p, user)) return;
    count(p, MCV_TOTAL_CALLS_TRIED);
    if (ask(p, user, &c, &what, &call))
        p->players[user].call = call;
    else
        count(p, MCV_TOTAL_CALLS_FAILED);
}

void mcv_play_enter_group(struct mcv_play *p, uint32_t user, uint32_t group)
{
    const struct mcv_command c = {.type = MCV_CMD_GROUP_START,
                                  .target = mcv_cast_group_uri(p->cast, group)};
    const struct mcv_own_call what = {.asked_us = mcv_world_now_us(p->world),
                                      .is_group = true,
                                      .is_awaited = true,
                                      .awaits_speaking = true,
                                      .awaits_voice = true};
    uint32_t call = 0;

    if (!mcv_play_is_here(p, user)) return;
    count(p, MCV_TOTAL_GROUP_TRIED);
    (void)ask(p, user, &c, &what, &call); /* counted */
}

static void forget_calls(struct mcv_play *p, uint32_t user)
{
    struct mcv_own_call *own;

    while ((own = p->players[user].calls) != NULL) {
        if (own->is_awaited && !own->is_group) count(p, MCV_TOTAL_CALLS_FAILED);
        remove_own(p, user, own);
    }
}

void mcv_play_power(struct mcv_play *p, uint32_t user, bool is_on)
{
    if (!mcv_play_is_here(p, user)) return;
    forget_calls(p, user);
    mcv_play_hang_up(p, user, MCV_NOBODY);
    mcv_play_watch_leave(p, user, MCV_NOBODY);
    p->players[user] = (struct mcv_player){.n_bursts = p->players[user].n_bursts,
                                           .has_held = p->players[user].has_held};
    mcv_play_beat(p, user, is_on ? MCV_BEAT_ON : MCV_BEAT_OFF, MCV_NOBODY);
    if (mcv_world_power(p->world, user, is_on) != MCV_OK) p->is_out_of_memory = true;
}

/* ---- events -------------------------------------------------------------------------------- */

struct later {
    struct mcv_play *p;
    uint32_t user, call;
    enum mcv_command_type type;
};

static void do_later(struct mcv_world *w, void *ctx)
{
    const struct later *l = ctx;

    (void)w;
    mcv_play_command(l->p, l->user, l->type, l->call, mcv_bytes_of(NULL, 0));
}

static void plan(struct mcv_play *p, uint32_t user, uint32_t call, enum mcv_command_type type,
                 uint64_t after_us)
{
    struct later *l = mcv_pool_alloc(&p->pool, sizeof *l);

    if (l == NULL) {
        p->is_out_of_memory = true;
        return;
    }
    *l = (struct later){.p = p, .user = user, .call = call, .type = type};
    mcv_play_at(p, mcv_world_now_us(p->world) + after_us, do_later, l);
}

static void asked(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    const struct mcv_scenario_user *entry = p->file->roster.users[user].entry;

    p->players[user].call = e->call;
    if (entry != NULL && entry->answers_us > 0)
        plan(p, user, e->call, MCV_CMD_ACCEPT, entry->answers_us);
}

static void incoming(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    if (e->is_manual)
        asked(p, user, e);
    else
        p->players[user].call = e->call;
}

/* Whom an event names; only for the story. */
static uint32_t peer_of(const struct mcv_play *p, const struct mcv_event *e)
{
    for (uint32_t i = 0; p->options.keeps_story && i < p->file->roster.n_users; i++)
        if (mcv_bytes_equal(mcv_cast_user_uri(p->cast, i), e->user)) return i;
    return MCV_NOBODY;
}

static void established(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    struct mcv_own_call *own = e->is_outgoing ? own_of(p, user, e->call) : NULL;

    mcv_play_beat(p, user, MCV_BEAT_IN_CALL, peer_of(p, e));
    if (own == NULL) {
        (void)add_own(p, user, &(struct mcv_own_call){.call = e->call});
        return;
    }
    own->is_awaited = false;
    count(p, MCV_TOTAL_CALLS_MADE);
    if (!e->is_manual) measure(p, MCV_KPI_PRIVATE_SETUP, user, own->asked_us);
    if (own->hold_us > 0) plan(p, user, e->call, MCV_CMD_RELEASE, own->hold_us);
}

static void ended(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    struct mcv_own_call *own = own_of(p, user, e->call);

    mcv_play_hang_up(p, user, e->call);
    if (own == NULL) return;
    if (own->is_awaited)
        count(p, MCV_TOTAL_CALLS_FAILED);
    else
        mcv_play_beat(p, user, MCV_BEAT_OUT_CALL, MCV_NOBODY);
    remove_own(p, user, own);
}

static void in_group(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    struct mcv_own_call *own = own_of(p, user, e->call);

    mcv_play_beat(p, user, MCV_BEAT_IN_GROUP, MCV_NOBODY);
    if (own == NULL || !own->is_awaited) {
        if (e->type == MCV_EVENT_GROUP_JOINED) count(p, MCV_TOTAL_GROUP_JOINED);
        return;
    }
    count(p, MCV_TOTAL_GROUP_MADE);
    own->is_awaited = false;
    if (e->type == MCV_EVENT_GROUP_JOINED) own->awaits_speaking = false; /* it was ongoing */
}

/* The caller has permission from the start of his call on. */
static void may_speak(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    struct mcv_own_call *own = own_of(p, user, e->call);

    if (own != NULL && own->awaits_speaking) {
        measure(p, MCV_KPI_END_TO_END, user, own->asked_us);
        own->awaits_speaking = false;
    }
    mcv_play_ptt_event(p, user, e);
}

static void left_group(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    struct mcv_own_call *own = mcv_play_own_call(p, user, e->call);

    mcv_play_hang_up(p, user, e->call);
    mcv_play_beat(p, user, MCV_BEAT_OUT_GROUP, MCV_NOBODY);
    if (own != NULL) remove_own(p, user, own);
}

static void type_changed(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    mcv_play_beat(p, user, MCV_BEAT_TYPE, e->call_type);
}

static void (*const handlers[MCV_N_EVENTS])(struct mcv_play *, uint32_t,
                                            const struct mcv_event *) = {
    [MCV_EVENT_CALL_INCOMING] = incoming,
    [MCV_EVENT_CALL_ESTABLISHED] = established,
    [MCV_EVENT_CALL_ENDED] = ended,
    [MCV_EVENT_GROUP_INCOMING] = asked,
    [MCV_EVENT_BROADCAST_INCOMING] = asked,
    [MCV_EVENT_GROUP_STARTED] = in_group,
    [MCV_EVENT_GROUP_JOINED] = in_group,
    [MCV_EVENT_GROUP_LEFT] = left_group,
    [MCV_EVENT_GROUP_TYPE_CHANGED] = type_changed,
    [MCV_EVENT_PTT_GRANTED] = may_speak,
    [MCV_EVENT_PTT_REJECTED] = mcv_play_ptt_event,
    [MCV_EVENT_PTT_REVOKED] = mcv_play_ptt_event,
    [MCV_EVENT_PTT_QUEUED] = mcv_play_ptt_event,
};

void mcv_play_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event)
{
    if (handlers[event->type] != NULL) handlers[event->type](p, user, event);
    mcv_play_count_event(p, user, event);
}
