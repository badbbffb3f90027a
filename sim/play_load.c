/* What random users do: private calls, talk in groups, late comers, churn, emergencies. Nothing here
 * depends on what agents answer, so every process of a divided run plans the same. */
#include "sim/play_private.h"

#define EMERGENCY_US 20000000u /* then the group is back to normal */
#define START_US     1000000u  /* group calls begin within this time */
#define SETTLE_US    2000000u  /* before anybody talks */

static const struct mcv_scenario_load *load_of(const struct mcv_play *p)
{
    return &p->file->s.load;
}

static uint64_t until_us(const struct mcv_play *p)
{
    const uint64_t until = load_of(p)->until_us;

    return until != 0 && until < p->end_us ? until : p->end_us;
}

static bool draws(struct mcv_prng *g, uint32_t ppm)
{
    return ppm > 0 && mcv_prng_below(g, MCV_PPM) < ppm;
}

static void *piece(struct mcv_play *p, size_t n)
{
    void *mem = mcv_pool_alloc(&p->pool, n);

    if (mem == NULL) p->is_out_of_memory = true;
    return mem;
}

/* ---- private calls ------------------------------------------------------------------------- */

struct mcv_play_call {
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t n_left;
};

struct drawn_call {
    uint64_t gap_us, hold_us;
    uint32_t from, to;
    bool is_manual;
};

static struct drawn_call draw_call(struct mcv_play *p, struct mcv_prng *g)
{
    const struct mcv_scenario_load *l = load_of(p);
    const uint32_t n = p->file->roster.n_users;
    struct drawn_call c = {.gap_us = mcv_prng_exponential(g, l->private_every_us),
                           .hold_us = mcv_prng_exponential(g, l->private_hold_us) + 1,
                           .from = (uint32_t)mcv_prng_below(g, n),
                           .to = (uint32_t)mcv_prng_below(g, n - 1)};

    if (c.to >= c.from) c.to++;
    c.is_manual = draws(g, l->manual_ppm);
    return c;
}

/* The same draws once before the start, for the addresses, and once in the run. */
static mcv_err know_each_other(struct mcv_play *p)
{
    struct mcv_prng g;
    mcv_err err = MCV_OK;

    mcv_play_stream(p, &g, MCV_PLAY_STREAM_PRIVATE, 0);
    for (uint32_t i = 0; i < load_of(p)->private_calls && err == MCV_OK; i++) {
        const struct drawn_call c = draw_call(p, &g);

        err = mcv_cast_add_contact(p->cast, c.from, c.to);
        if (err == MCV_OK) err = mcv_cast_add_contact(p->cast, c.to, c.from);
    }
    return err;
}

static void next_call(struct mcv_world *w, void *ctx)
{
    struct mcv_play_call *calls = ctx;
    struct mcv_play *p = calls->p;
    const struct drawn_call c = draw_call(p, &calls->prng);
    const uint64_t now_us = mcv_world_now_us(w);

    mcv_play_call(p, c.from, c.to, c.is_manual, c.hold_us);
    if (--calls->n_left == 0) return;
    struct mcv_prng ahead = calls->prng;
    const uint64_t at_us = now_us + draw_call(p, &ahead).gap_us;
    if (at_us < until_us(p)) mcv_play_at(p, at_us, next_call, calls);
}

static void plan_calls(struct mcv_play *p)
{
    struct mcv_play_call *calls = piece(p, sizeof *calls);

    if (calls == NULL || load_of(p)->private_calls == 0) return;
    calls->p = p;
    calls->n_left = load_of(p)->private_calls;
    mcv_play_stream(p, &calls->prng, MCV_PLAY_STREAM_PRIVATE, 0);
    struct mcv_prng ahead = calls->prng;
    mcv_play_at(p, load_of(p)->from_us + draw_call(p, &ahead).gap_us, next_call, calls);
}

/* ---- talk ---------------------------------------------------------------------------------- */

static void begin_session(struct mcv_world *w, void *ctx);

static void end_session(struct mcv_talk *t, uint64_t now_us, uint64_t began_us)
{
    const uint64_t per_ppm = t->talked_us * MCV_PPM / load_of(t->p)->busy_ppm;
    const uint64_t lasted_us = now_us - began_us;
    const uint64_t idle_us = per_ppm > lasted_us ? per_ppm - lasted_us : 0;
    const uint64_t at_us = now_us + mcv_prng_exponential(&t->prng, idle_us);

    if (at_us < until_us(t->p)) mcv_play_at(t->p, at_us, begin_session, t);
}

/* Somebody else wants to speak, at a random time of the burst. */
struct mcv_play_interruption {
    struct mcv_play *p;
    struct mcv_press press;
};

static void break_in(struct mcv_world *w, void *ctx)
{
    const struct mcv_play_interruption *it = ctx;

    (void)w;
    mcv_play_press(it->p, &it->press);
}

static void interrupt(struct mcv_talk *t, uint64_t burst_us)
{
    struct mcv_play *p = t->p;
    size_t n;
    const uint32_t *members = mcv_cast_members(p->cast, t->group, &n);

    if (!draws(&t->prng, load_of(p)->interrupt_ppm)) return;
    struct mcv_play_interruption *it = piece(p, sizeof *it);
    if (it == NULL) return;
    *it = (struct mcv_play_interruption){
        .p = p,
        .press = {.user = members[mcv_prng_below(&t->prng, n)],
                  .group = t->group,
                  .medium = MCV_AUDIO,
                  .for_us = mcv_prng_exponential(&t->prng, load_of(p)->burst_us) + 1}};
    mcv_play_at(p, mcv_world_now_us(p->world) + mcv_prng_below(&t->prng, burst_us), break_in, it);
}

static void go_on(struct mcv_world *w, void *ctx)
{
    struct mcv_talk *t = ctx;
    struct mcv_play *p = t->p;
    const struct mcv_scenario_load *l = load_of(p);
    const uint64_t now_us = mcv_world_now_us(w);
    size_t n;
    const uint32_t *members = mcv_cast_members(p->cast, t->group, &n);

    if (now_us >= t->session_end_us) {
        end_session(t, now_us, t->session_began_us);
        return;
    }
    const uint32_t who = members[mcv_prng_below(&t->prng, n)];
    const uint64_t burst_us = mcv_prng_exponential(&t->prng, l->burst_us) + 1;
    const enum mcv_medium medium = draws(&t->prng, l->video_ppm) ? MCV_VIDEO : MCV_AUDIO;
    const uint64_t pause_us = mcv_prng_exponential(&t->prng, l->pause_us);

    t->talked_us += burst_us;
    mcv_play_press(p, &(struct mcv_press){
                          .user = who, .group = t->group, .medium = medium, .for_us = burst_us});
    interrupt(t, burst_us);
    mcv_play_at(p, now_us + burst_us + pause_us, go_on, t);
}

static void begin_session(struct mcv_world *w, void *ctx)
{
    struct mcv_talk *t = ctx;
    const uint64_t now_us = mcv_world_now_us(w);

    t->session_began_us = now_us;
    t->session_end_us = now_us + mcv_prng_exponential(&t->prng, load_of(t->p)->session_us) + 1;
    t->talked_us = 0;
    go_on(w, t);
}

static void start_group(struct mcv_world *w, void *ctx)
{
    struct mcv_talk *t = ctx;
    size_t n;
    const uint32_t *members = mcv_cast_members(t->p->cast, t->group, &n);

    (void)w;
    if (n > 0) mcv_play_enter_group(t->p, members[0], t->group);
}

static void plan_groups(struct mcv_play *p)
{
    const struct mcv_scenario_load *l = load_of(p);

    for (uint32_t g = 0; g < p->file->roster.n_groups; g++) {
        struct mcv_talk *t = &p->talks[g];

        t->p = p;
        t->group = g;
        mcv_play_stream(p, &t->prng, MCV_PLAY_STREAM_GROUP, g);
        const uint64_t start_us = l->from_us + mcv_prng_below(&t->prng, START_US);
        if (l->groups_start) mcv_play_at(p, start_us, start_group, t);
        if (l->busy_ppm == 0) continue;
        /* silence has no memory: the first session comes as late as any other */
        const uint64_t cycle_us = (l->session_us + l->burst_us) * MCV_PPM / l->busy_ppm;
        const uint64_t first_us = l->from_us + SETTLE_US + mcv_prng_exponential(&t->prng, cycle_us);
        if (first_us < until_us(p)) mcv_play_at(p, first_us, begin_session, t);
    }
}

/* ---- coming and going ---------------------------------------------------------------------- */

/* One peer of a group that comes late or goes and comes. */
struct mcv_play_peer {
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t user, group;
};

static void go(struct mcv_world *w, void *ctx);

static void come(struct mcv_world *w, void *ctx)
{
    struct mcv_play_peer *peer = ctx;
    struct mcv_play *p = peer->p;

    mcv_play_power(p, peer->user, true);
    mcv_play_enter_group(p, peer->user, peer->group);
    if (load_of(p)->churn_on_us == 0) return;
    const uint64_t at_us = mcv_world_now_us(w) +
                           mcv_prng_exponential(&peer->prng, load_of(p)->churn_on_us);
    if (at_us < until_us(p)) mcv_play_at(p, at_us, go, peer);
}

static void go(struct mcv_world *w, void *ctx)
{
    struct mcv_play_peer *peer = ctx;
    const uint64_t off_us = mcv_prng_exponential(&peer->prng, load_of(peer->p)->churn_off_us);

    mcv_play_power(peer->p, peer->user, false);
    mcv_play_at(peer->p, mcv_world_now_us(w) + off_us + 1, come, peer);
}

static bool is_first(const struct mcv_play *p, uint32_t user)
{
    return p->file->roster.groups[p->file->roster.users[user].group].first_peer == user;
}

static void plan_peer(struct mcv_play *p, uint32_t user)
{
    const struct mcv_scenario_load *l = load_of(p);
    struct mcv_play_peer *peer = piece(p, sizeof *peer);

    if (peer == NULL) return;
    *peer = (struct mcv_play_peer){
        .p = p, .user = user, .group = p->file->roster.users[user].group};
    mcv_play_stream(p, &peer->prng, MCV_PLAY_STREAM_CHURN, user);
    if (draws(&peer->prng, l->late_ppm)) {
        mcv_play_at(p, l->from_us + START_US + mcv_prng_below(&peer->prng, l->late_within_us), come,
                    peer);
    } else if (l->churn_on_us > 0) {
        const uint64_t at_us = l->from_us + mcv_prng_exponential(&peer->prng, l->churn_on_us);

        if (at_us < until_us(p)) mcv_play_at(p, at_us, go, peer);
    }
}

/* The first peer of a group is always there. */
static void plan_peers(struct mcv_play *p)
{
    if (load_of(p)->late_ppm == 0 && load_of(p)->churn_on_us == 0) return;
    for (uint32_t u = 0; u < p->file->roster.n_users; u++)
        if (p->file->roster.users[u].entry == NULL && !is_first(p, u)) plan_peer(p, u);
}

static void mark_late(struct mcv_play *p)
{
    for (uint32_t u = 0; u < p->file->roster.n_users; u++) {
        struct mcv_prng g;

        if (p->file->roster.users[u].entry != NULL || is_first(p, u)) continue;
        mcv_play_stream(p, &g, MCV_PLAY_STREAM_CHURN, u);
        if (draws(&g, load_of(p)->late_ppm)) mcv_cast_node(p->cast, u)->is_off = true;
    }
}

/* ---- emergencies --------------------------------------------------------------------------- */

struct mcv_play_emergency {
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t user, group;
    bool is_on;
};

static void emergency(struct mcv_world *w, void *ctx)
{
    struct mcv_play_emergency *e = ctx;
    struct mcv_play *p = e->p;
    size_t n;

    if (!e->is_on) {
        e->group = (uint32_t)mcv_prng_below(&e->prng, p->file->roster.n_groups);
        const uint32_t *members = mcv_cast_members(p->cast, e->group, &n);
        e->user = members[mcv_prng_below(&e->prng, n)];
    }
    mcv_play_command(p, e->user, e->is_on ? MCV_CMD_GROUP_NORMAL : MCV_CMD_GROUP_EMERGENCY, 0,
                     mcv_cast_group_uri(p->cast, e->group));
    e->is_on = !e->is_on;
    const uint64_t after_us = e->is_on
                                  ? EMERGENCY_US
                                  : mcv_prng_exponential(&e->prng, load_of(p)->emergency_every_us);
    if (mcv_world_now_us(w) + after_us < until_us(p))
        mcv_play_at(p, mcv_world_now_us(w) + after_us, emergency, e);
}

static void plan_emergencies(struct mcv_play *p)
{
    const struct mcv_scenario_load *l = load_of(p);
    struct mcv_play_emergency *e = piece(p, sizeof *e);

    if (e == NULL || l->emergency_every_us == 0 || p->file->roster.n_groups == 0) return;
    e->p = p;
    mcv_play_stream(p, &e->prng, MCV_PLAY_STREAM_EMERGENCY, 0);
    mcv_play_at(p, l->from_us + SETTLE_US + mcv_prng_exponential(&e->prng, l->emergency_every_us),
                emergency, e);
}

mcv_err mcv_play_prepare_load(struct mcv_play *p)
{
    if (load_of(p)->late_ppm > 0) mark_late(p);
    return load_of(p)->private_calls > 0 ? know_each_other(p) : MCV_OK;
}

mcv_err mcv_play_plan_load(struct mcv_play *p)
{
    plan_calls(p);
    plan_groups(p);
    plan_peers(p);
    plan_emergencies(p);
    return p->is_out_of_memory ? MCV_E_IO : MCV_OK;
}
