/* Does the right one transmit? Among those of a group who hear each other no more have permission than
 * the group allows, and one arbitrates (TS 24.581 7.1). What differs is counted as often as it begins
 * and as long as it lasts: some of it cannot be avoided while messages are on their way, or lost. */
#include "sim/play_private.h"

static bool hears(const struct mcv_play *p, uint32_t who, uint32_t other)
{
    if (p->players[who].side != p->players[other].side) return false;
    return p->radio == NULL ||
           mcv_radio_loss_ppm(p->radio, other, who, mcv_world_now_us(p->world)) < MCV_PPM;
}

/* How many transmit, and arbitrate, as far as this one hears; with himself. */
static void count_heard(const struct mcv_play *p, const struct mcv_talk *t,
                        const struct mcv_holder *who, unsigned *n, unsigned *n_arbitrators)
{
    *n = *n_arbitrators = 0;
    for (const struct mcv_holder *h = t->holders; h != NULL; h = h->next) {
        if (h != who && !hears(p, who->user, h->user)) continue;
        ++*n;
        *n_arbitrators += h->is_arbitrator && who->is_arbitrator;
    }
}

/* total: as often; the next one: so many milliseconds. */
static void note(struct mcv_play *p, uint64_t *since_us, bool is_wrong, enum mcv_total_id total)
{
    const uint64_t now_us = mcv_world_now_us(p->world);

    if (is_wrong == (*since_us != 0)) return;
    if (is_wrong)
        p->kpis.totals[total]++;
    else
        p->kpis.totals[total + 1] += (now_us + 1 - *since_us) / 1000;
    *since_us = is_wrong ? now_us + 1 : 0;
}

static void check(struct mcv_play *p, uint32_t group)
{
    const uint16_t n_max = mcv_cast_group_config(p->cast, group)->ptt.n_max;
    struct mcv_talk *t = &p->talks[group];
    bool are_too_many = false, are_two = false;

    for (const struct mcv_holder *h = t->holders; h != NULL; h = h->next) {
        unsigned n, n_arbitrators;

        count_heard(p, t, h, &n, &n_arbitrators);
        are_too_many = are_too_many || n > n_max;
        are_two = are_two || n_arbitrators > 1;
    }
    note(p, &t->too_many_us, are_too_many, MCV_TOTAL_DOUBLE_GRANTS);
    note(p, &t->two_arbitrators_us, are_two, MCV_TOTAL_WRONG_ARBITRATORS);
}

static struct mcv_holder **find(struct mcv_talk *t, uint32_t user, uint32_t call)
{
    struct mcv_holder **at = &t->holders;

    while (*at != NULL && ((*at)->user != user || (call != MCV_NOBODY && (*at)->call != call)))
        at = &(*at)->next;
    return at;
}

static void tell_arbitrator(struct mcv_play *p, struct mcv_holder *h, bool is_one)
{
    if (h->is_arbitrator == is_one) return;
    h->is_arbitrator = is_one;
    mcv_play_beat(p, h->user, is_one ? MCV_BEAT_ARBITRATOR : MCV_BEAT_NO_ARBITRATOR, MCV_NOBODY);
}

static void add(struct mcv_play *p, uint32_t group, uint32_t user, uint32_t call)
{
    struct mcv_holder *h = p->free_holders;

    if (h != NULL) {
        p->free_holders = h->next;
    } else if ((h = mcv_pool_alloc(&p->pool, sizeof *h)) == NULL) {
        p->is_out_of_memory = true;
        return;
    }
    *h = (struct mcv_holder){.next = p->talks[group].holders, .user = user, .call = call};
    p->talks[group].holders = h;
    p->players[user].n_holds++;
}

static void take_out(struct mcv_play *p, struct mcv_holder **at)
{
    struct mcv_holder *h = *at;

    tell_arbitrator(p, h, false);
    *at = h->next;
    h->next = p->free_holders;
    p->free_holders = h;
    p->players[h->user].n_holds--;
}

void mcv_play_watch_leave(struct mcv_play *p, uint32_t user, uint32_t call)
{
    size_t n;
    const uint32_t *groups = mcv_cast_groups(p->cast, user, &n);

    for (size_t i = 0; i < n && p->players[user].n_holds > 0; i++) {
        struct mcv_holder **at = find(&p->talks[groups[i]], user, call);

        if (*at == NULL) continue;
        take_out(p, at);
        check(p, groups[i]);
    }
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
    if (*find(&p->talks[group], user, trace->call) == NULL) add(p, group, user, trace->call);
    struct mcv_holder *h = *find(&p->talks[group], user, trace->call);
    if (h != NULL) tell_arbitrator(p, h, info.ptt.is_arbitrator);
    check(p, group);
}

void mcv_play_watch_sides(struct mcv_play *p)
{
    for (uint32_t g = 0; g < p->file->roster.n_groups; g++) check(p, g);
}

void mcv_play_watch_end(struct mcv_play *p)
{
    for (uint32_t g = 0; g < p->file->roster.n_groups; g++) {
        note(p, &p->talks[g].too_many_us, false, MCV_TOTAL_DOUBLE_GRANTS);
        note(p, &p->talks[g].two_arbitrators_us, false, MCV_TOTAL_WRONG_ARBITRATORS);
    }
}
