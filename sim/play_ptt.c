/* Users and the button: pressed, held for a burst, released. With `ptt: manual` they speak from the
 * permission on, and hold their tongue when it is refused or taken back; with `ptt: auto` they speak at
 * once, and the agent holds what they say until there is permission. */
#include "sim/play_private.h"

static void count(struct mcv_play *p, enum mcv_total_id id)
{
    p->kpis.totals[id]++;
}

static bool is_manual(const struct mcv_play *p)
{
    return p->file->s.ptt == MCV_PTT_MANUAL;
}

/* ---- press --------------------------------------------------------------------------------- */

/* The ongoing call with this group, or any private call. */
static bool find_call(const struct mcv_play *p, uint32_t user, uint32_t group,
                      struct mcv_call_info *info)
{
    const struct mcv_agent *a = mcv_world_agent(p->world, user);

    for (size_t i = 0; a != NULL && mcv_agent_call_info(a, i, info); i++) {
        const bool is_it = group == MCV_NOBODY
                               ? info->kind == MCV_KIND_PRIVATE
                               : info->kind != MCV_KIND_PRIVATE &&
                                     mcv_bytes_equal(info->group,
                                                     mcv_cast_group_uri(p->cast, group));

        if (is_it && info->is_established) return true;
    }
    return false;
}

static struct mcv_burst *new_burst(struct mcv_play *p)
{
    struct mcv_burst *b = p->free_bursts;

    if (b != NULL)
        p->free_bursts = b->next;
    else if ((b = mcv_pool_alloc(&p->pool, sizeof *b)) == NULL)
        p->is_out_of_memory = true;
    return b;
}

void mcv_play_burst_done(struct mcv_burst *b)
{
    if (--b->n_acts > 0) return;
    b->next = b->p->free_bursts;
    b->p->free_bursts = b;
}

/* The user is done with it; it is free when nothing is planned any more. */
static void leave(struct mcv_burst *b)
{
    struct mcv_play *p = b->p;

    if (b->is_over) return;
    b->is_over = true;
    p->players[b->user].bursts[b->medium] = NULL;
    mcv_play_beat(p, b->user, b->is_sending ? MCV_BEAT_SILENT : MCV_BEAT_RELEASE, MCV_NOBODY);
    b->is_sending = false;
}

static void granted(struct mcv_burst *b)
{
    struct mcv_play *p = b->p;
    const uint64_t now_us = mcv_world_now_us(p->world);
    const struct mcv_sample sample = {
        .at_us = now_us, .value_us = now_us - b->pressed_us, .agent = b->user, .other = MCV_NOBODY};

    if (b->is_granted) return;
    b->is_granted = true;
    count(p, MCV_TOTAL_PTT_GRANTED);
    mcv_kpis_time(&p->kpis, b->has_waited ? MCV_KPI_QUEUE : MCV_KPI_ACCESS, &sample, true);
    if (is_manual(p)) mcv_play_speak(b);
}

static bool command(struct mcv_burst *b, const struct mcv_command *c)
{
    if (mcv_world_command(b->p->world, b->user, c, NULL, NULL) == MCV_OK) return true;
    count(b->p, MCV_TOTAL_REFUSED);
    return false;
}

static void release(struct mcv_world *w, void *ctx)
{
    struct mcv_burst *b = ctx;
    const struct mcv_player *player = &b->p->players[b->user];
    const bool is_held = !b->is_over;

    (void)w;
    if (is_held && !b->is_granted) count(b->p, MCV_TOTAL_PTT_GIVEN_UP);
    leave(b);
    const struct mcv_burst *other = player->bursts[b->medium == MCV_AUDIO ? MCV_VIDEO : MCV_AUDIO];
    if (is_held && is_manual(b->p) && (other == NULL || other->call != b->call))
        (void)command(b, &(struct mcv_command){.type = MCV_CMD_PTT_RELEASE, .call = b->call});
    mcv_play_burst_done(b);
}

static void press(struct mcv_burst *b, const struct mcv_press *press)
{
    const struct mcv_command c = {.type = MCV_CMD_PTT_PRESS,
                                  .call = b->call,
                                  .is_video = b->medium == MCV_VIDEO,
                                  .is_emergency = press->is_emergency,
                                  .has_priority = press->has_priority,
                                  .priority = press->priority};

    mcv_play_beat(b->p, b->user, MCV_BEAT_PRESS, MCV_NOBODY);
    if (!command(b, &c)) leave(b);
}

void mcv_play_press(struct mcv_play *p, const struct mcv_press *it)
{
    struct mcv_player *player = &p->players[it->user];
    struct mcv_call_info info;

    if (!mcv_play_is_here(p, it->user)) return;
    if (player->bursts[it->medium] != NULL || !find_call(p, it->user, it->group, &info)) {
        count(p, MCV_TOTAL_REFUSED);
        return;
    }
    struct mcv_burst *b = new_burst(p);
    if (b == NULL) return;
    const uint64_t now_us = mcv_world_now_us(p->world);
    *b = (struct mcv_burst){.p = p,
                            .user = it->user,
                            .group = it->group,
                            .call = info.call,
                            .medium = it->medium,
                            .slot = info.slot,
                            .pressed_us = now_us,
                            .until_us = now_us + it->for_us,
                            .n_acts = 1};
    player->bursts[it->medium] = b;
    count(p, MCV_TOTAL_PTT_PRESSED);
    mcv_play_at(p, b->until_us, release, b);
    if (is_manual(p)) press(b, it);
    if (!is_manual(p)) mcv_play_speak(b);
    if (!b->is_over && info.has_ptt && info.ptt.may_transmit) granted(b); /* without an event */
}

void mcv_play_hang_up(struct mcv_play *p, uint32_t user, uint32_t call)
{
    for (unsigned m = 0; m < MCV_N_MEDIA; m++) {
        struct mcv_burst *b = p->players[user].bursts[m];

        if (b != NULL && (call == MCV_NOBODY || b->call == call)) leave(b);
    }
}

/* ---- what becomes of it -------------------------------------------------------------------- */

static void wait_for_turn(struct mcv_burst *b)
{
    if (b->has_waited || b->is_granted) return;
    b->has_waited = true;
    count(b->p, MCV_TOTAL_PTT_QUEUED);
    mcv_play_beat(b->p, b->user, MCV_BEAT_QUEUED, MCV_NOBODY);
}

/* Applications go on all the same. */
static void give_in(struct mcv_burst *b, enum mcv_total_id id)
{
    count(b->p, id);
    mcv_play_beat(b->p, b->user, MCV_BEAT_REFUSED, MCV_NOBODY);
    if (is_manual(b->p)) leave(b);
}

static void rejected(struct mcv_burst *b)
{
    give_in(b, MCV_TOTAL_PTT_REJECTED);
}

static void revoked(struct mcv_burst *b)
{
    give_in(b, MCV_TOTAL_PTT_REVOKED);
}

static void (*const handlers[MCV_N_EVENTS])(struct mcv_burst *) = {
    [MCV_EVENT_PTT_GRANTED] = granted,
    [MCV_EVENT_PTT_REJECTED] = rejected,
    [MCV_EVENT_PTT_REVOKED] = revoked,
    [MCV_EVENT_PTT_QUEUED] = wait_for_turn,
};

void mcv_play_ptt_event(struct mcv_play *p, uint32_t user, const struct mcv_event *e)
{
    if (handlers[e->type] == NULL) return;
    for (unsigned m = 0; m < MCV_N_MEDIA; m++) {
        struct mcv_burst *b = p->players[user].bursts[m];

        if (b != NULL && b->call == e->call) handlers[e->type](b);
    }
}
