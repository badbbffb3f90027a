/* Does the right one transmit? Among those of a group who hear each other no more have permission than
 * the group allows, and one arbitrates (TS 24.581 7.1). What differs is counted as often as it begins
 * and as long as it lasts: some of it cannot be avoided while messages are on their way, or lost.
 *
 * What users do is noted when it happens, and looked at now and then, in the order of time: so it makes
 * no difference which process of a divided run noted it. */
#include "sim/play_watch.h"

#include "sim/play_private.h"

#include <stdlib.h>

/* ---- notes --------------------------------------------------------------------------------- */

static void add_note(struct mcv_play *p, struct mcv_watch_note note)
{
    struct mcv_watch *w = &p->watch;

    if (!mcv_play_is_here(p, note.user)) return; /* where he is, it is noted too */
    if (w->n == w->cap) {
        const size_t cap = w->cap > 0 ? 2 * w->cap : 64;
        struct mcv_watch_note *notes = realloc(w->notes, cap * sizeof *notes);

        if (notes == NULL) {
            p->is_out_of_memory = true;
            return;
        }
        w->notes = notes;
        w->cap = cap;
    }
    note.at_us = mcv_world_now_us(p->world);
    note.number = w->n_noted++;
    w->notes[w->n++] = note;
}

void mcv_play_watch_leave(struct mcv_play *p, uint32_t user, uint32_t call)
{
    if (p->players[user].has_held)
        add_note(p, (struct mcv_watch_note){.what = MCV_WATCH_LEAVE, .user = user, .call = call});
}

void mcv_play_watch_side(struct mcv_play *p, uint32_t user, uint16_t side)
{
    add_note(p, (struct mcv_watch_note){.what = MCV_WATCH_SIDE, .user = user, .side = side});
}

void mcv_play_watch_move(struct mcv_play *p, uint32_t user, struct mcv_point to, uint64_t for_us)
{
    add_note(p, (struct mcv_watch_note){
                    .what = MCV_WATCH_MOVE, .user = user, .point = to, .for_us = for_us});
}

static bool find_call(const struct mcv_play *p, uint32_t user, uint32_t call,
                      struct mcv_call_info *info)
{
    const struct mcv_agent *a = mcv_world_agent(p->world, user);

    for (size_t i = 0; a != NULL && mcv_agent_call_info(a, i, info); i++)
        if (info->call == call && info->kind == MCV_KIND_GROUP) return info->has_ptt;
    return false;
}

static uint32_t group_of(const struct mcv_play *p, uint32_t user, struct mcv_bytes uri)
{
    size_t n;
    const uint32_t *groups = mcv_cast_groups(p->cast, user, &n);

    for (size_t i = 0; i < n; i++)
        if (mcv_bytes_equal(mcv_cast_group_uri(p->cast, groups[i]), uri)) return groups[i];
    return MCV_NOBODY;
}

void mcv_play_watch(struct mcv_play *p, uint32_t user, const struct mcv_trace *trace)
{
    struct mcv_call_info info;

    if (!find_call(p, user, trace->call, &info) || !info.ptt.may_transmit) {
        mcv_play_watch_leave(p, user, trace->call);
        return;
    }
    const uint32_t group = group_of(p, user, info.group);
    if (group == MCV_NOBODY) return;
    p->players[user].has_held = true;
    add_note(p, (struct mcv_watch_note){.what = MCV_WATCH_HOLD,
                                        .user = user,
                                        .call = trace->call,
                                        .group = group,
                                        .is_arbitrator = info.ptt.is_arbitrator});
}

/* ---- looked at ----------------------------------------------------------------------------- */

static bool hears(const struct mcv_play *p, uint32_t who, uint32_t other, uint64_t at_us)
{
    if (p->watch.sides[who] != p->watch.sides[other]) return false;
    return p->watch.radio == NULL ||
           mcv_radio_loss_ppm(p->watch.radio, other, who, at_us) < MCV_PPM;
}

/* How many transmit, and arbitrate, as far as this one hears; with himself. */
static void count_heard(const struct mcv_play *p, const struct mcv_watch_group *g,
                        const struct mcv_holder *who, uint64_t at_us, unsigned *n,
                        unsigned *n_arbitrators)
{
    *n = *n_arbitrators = 0;
    for (const struct mcv_holder *h = g->holders; h != NULL; h = h->next) {
        if (h != who && !hears(p, who->user, h->user, at_us)) continue;
        ++*n;
        *n_arbitrators += h->is_arbitrator && who->is_arbitrator;
    }
}

/* total: as often; the next one: so many milliseconds. */
static void count(struct mcv_play *p, uint64_t *since_us, bool is_wrong, enum mcv_total_id total,
                  uint64_t at_us)
{
    if (is_wrong == (*since_us != 0)) return;
    if (is_wrong)
        p->kpis.totals[total]++;
    else
        p->kpis.totals[total + 1] += (at_us + 1 - *since_us) / 1000;
    *since_us = is_wrong ? at_us + 1 : 0;
}

static void check(struct mcv_play *p, uint32_t group, uint64_t at_us)
{
    const uint16_t n_max = mcv_cast_group_config(p->cast, group)->ptt.n_max;
    struct mcv_watch_group *g = &p->watch.groups[group];
    bool are_too_many = false, are_two = false;

    for (const struct mcv_holder *h = g->holders; h != NULL; h = h->next) {
        unsigned n, n_arbitrators;

        count_heard(p, g, h, at_us, &n, &n_arbitrators);
        are_too_many = are_too_many || n > n_max;
        are_two = are_two || n_arbitrators > 1;
    }
    g->is_touched = false;
    count(p, &g->too_many_us, are_too_many, MCV_TOTAL_DOUBLE_GRANTS, at_us);
    count(p, &g->two_arbitrators_us, are_two, MCV_TOTAL_WRONG_ARBITRATORS, at_us);
}

static struct mcv_holder **find(struct mcv_watch_group *g, uint32_t user, uint32_t call)
{
    struct mcv_holder **at = &g->holders;

    while (*at != NULL && ((*at)->user != user || (call != MCV_NOBODY && (*at)->call != call)))
        at = &(*at)->next;
    return at;
}

static void tell_arbitrator(struct mcv_play *p, struct mcv_holder *h, bool is_one, uint64_t at_us)
{
    if (h->is_arbitrator == is_one) return;
    h->is_arbitrator = is_one;
    if (p->options.keeps_story)
        mcv_story_beat(&p->story, at_us, h->user,
                       is_one ? MCV_BEAT_ARBITRATOR : MCV_BEAT_NO_ARBITRATOR, MCV_NOBODY);
}

static void touch(struct mcv_play *p, uint32_t group)
{
    struct mcv_watch *w = &p->watch;

    if (!w->groups[group].is_touched) w->touched[w->n_touched++] = group;
    w->groups[group].is_touched = true;
}

static void touch_all(struct mcv_play *p, uint32_t user)
{
    size_t n;
    const uint32_t *groups = mcv_cast_groups(p->cast, user, &n);

    for (size_t i = 0; i < n; i++) touch(p, groups[i]);
}

static struct mcv_holder *add_holder(struct mcv_play *p, const struct mcv_watch_note *note)
{
    struct mcv_watch_group *g = &p->watch.groups[note->group];
    struct mcv_holder *h = p->watch.free_holders;

    if (h != NULL) {
        p->watch.free_holders = h->next;
    } else if ((h = mcv_pool_alloc(&p->pool, sizeof *h)) == NULL) {
        p->is_out_of_memory = true;
        return NULL;
    }
    *h = (struct mcv_holder){.next = g->holders, .user = note->user, .call = note->call};
    g->holders = h;
    p->watch.n_holds[note->user]++;
    return h;
}

static void hold(struct mcv_play *p, const struct mcv_watch_note *note)
{
    struct mcv_watch_group *g = &p->watch.groups[note->group];
    struct mcv_holder *h = *find(g, note->user, note->call);

    if (h == NULL) h = add_holder(p, note);
    touch(p, note->group);
    if (h != NULL) tell_arbitrator(p, h, note->is_arbitrator, note->at_us);
}

static void leave(struct mcv_play *p, const struct mcv_watch_note *note)
{
    size_t n;
    const uint32_t *groups = mcv_cast_groups(p->cast, note->user, &n);

    for (size_t i = 0; i < n && p->watch.n_holds[note->user] > 0; i++) {
        struct mcv_watch_group *g = &p->watch.groups[groups[i]];
        struct mcv_holder **at = find(g, note->user, note->call), *h = *at;

        if (h == NULL) continue;
        tell_arbitrator(p, h, false, note->at_us);
        *at = h->next;
        h->next = p->watch.free_holders;
        p->watch.free_holders = h;
        p->watch.n_holds[note->user]--;
        touch(p, groups[i]);
    }
}

static void apply(struct mcv_play *p, const struct mcv_watch_note *note)
{
    switch ((enum mcv_watch_what)note->what) {
    case MCV_WATCH_HOLD:
        hold(p, note);
        break;
    case MCV_WATCH_LEAVE:
        leave(p, note);
        break;
    case MCV_WATCH_SIDE:
        p->watch.sides[note->user] = note->side;
        touch_all(p, note->user);
        break;
    case MCV_WATCH_MOVE:
        mcv_radio_send(p->watch.radio, note->user, note->point, note->at_us, note->for_us);
        break;
    }
}

static int compare(const void *a, const void *b)
{
    const struct mcv_watch_note *x = a, *y = b;

    if (x->at_us != y->at_us) return x->at_us < y->at_us ? -1 : 1;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Everything of one instant, then what follows from it. */
void mcv_play_watch_settle(struct mcv_play *p)
{
    struct mcv_watch *w = &p->watch;

    if (w->n > 1) qsort(w->notes, w->n, sizeof *w->notes, compare);
    for (size_t i = 0; i < w->n; i++) {
        apply(p, &w->notes[i]);
        if (i + 1 < w->n && w->notes[i + 1].at_us == w->notes[i].at_us) continue;
        while (w->n_touched > 0) check(p, w->touched[--w->n_touched], w->notes[i].at_us);
    }
    w->n = 0;
}

void mcv_play_watch_end(struct mcv_play *p)
{
    const uint64_t now_us = mcv_world_now_us(p->world);

    for (uint32_t g = 0; g < p->file->roster.n_groups; g++) {
        count(p, &p->watch.groups[g].too_many_us, false, MCV_TOTAL_DOUBLE_GRANTS, now_us);
        count(p, &p->watch.groups[g].two_arbitrators_us, false, MCV_TOTAL_WRONG_ARBITRATORS,
              now_us);
    }
}

mcv_err mcv_play_watch_open(struct mcv_play *p)
{
    const size_t n_users = p->file->roster.n_users, n_groups = p->file->roster.n_groups;
    struct mcv_watch *w = &p->watch;

    w->sides = mcv_pool_alloc(&p->pool, n_users * sizeof *w->sides);
    w->n_holds = mcv_pool_alloc(&p->pool, n_users * sizeof *w->n_holds);
    w->groups = mcv_pool_alloc(&p->pool, (n_groups + 1) * sizeof *w->groups);
    w->touched = mcv_pool_alloc(&p->pool, (n_groups + 1) * sizeof *w->touched);
    if (w->sides == NULL || w->n_holds == NULL) return MCV_E_IO;
    return w->groups != NULL && w->touched != NULL ? MCV_OK : MCV_E_IO;
}

void mcv_play_watch_close(struct mcv_play *p)
{
    free(p->watch.notes);
    mcv_radio_close(p->watch.radio);
}
