#include "sim/play_private.h"

#include "sim/costed.h"
#include "sim/costed_srtp.h"
#include "sim/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LIVE_JOBS 4096 /* at one time, of all agents */

void mcv_play_stream(const struct mcv_play *p, struct mcv_prng *g, enum mcv_play_stream stream,
                     uint64_t i)
{
    mcv_prng_init(g, p->options.seed, (uint64_t)stream << 56 | i);
}

void mcv_play_at(struct mcv_play *p, uint64_t at_us, void (*act)(struct mcv_world *, void *),
                 void *ctx)
{
    if (mcv_world_at(p->world, at_us, act, ctx) != MCV_OK) p->is_out_of_memory = true;
}

void mcv_play_beat(struct mcv_play *p, uint32_t user, enum mcv_beat_what what, uint32_t other)
{
    if (p->options.keeps_story)
        mcv_story_beat(&p->story, mcv_world_now_us(p->world), user, what, other);
}

/* ---- making it ----------------------------------------------------------------------------- */

static void on_event(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_event *event)
{
    (void)at_us;
    mcv_play_event(ctx, agent, event);
}

static void on_local(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_local *local)
{
    (void)at_us;
    mcv_play_hear(ctx, agent, local);
}

static void on_trace(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_trace *trace)
{
    (void)at_us;
    if (trace->machine == MCV_MACHINE_TRANSMISSION) mcv_play_watch(ctx, agent, trace);
}

static uint32_t far_ppm(void *ctx, uint32_t from, uint32_t to, uint64_t at_us)
{
    const struct mcv_play *p = ctx;

    return mcv_radio_loss_ppm(p->radio, from, to, at_us);
}

static void run_costed(void *ctx, uint32_t agent, struct mcv_job *job)
{
    (void)ctx;
    (void)agent;
    mcv_costed_run(job);
}

static bool is_costed(const struct mcv_play *p)
{
    return p->file->s.crypto == MCV_CRYPTO_COSTED && p->options.stage == NULL;
}

static struct mcv_world_params world_params(struct mcv_play *p)
{
    const struct mcv_scenario *s = &p->file->s;
    struct mcv_world_params params = mcv_world_params_default();

    params.seed = p->options.seed;
    params.utc_s = s->utc_s;
    params.limits = &p->limits;
    params.link = mcv_scenario_link_model(&s->link);
    params.radio = (struct mcv_radio_model){.rate_bps = UINT64_C(1000) * s->radio.rate_kbps,
                                            .period_us = (uint32_t)s->radio.period_us,
                                            .is_half_duplex = s->radio.is_half_duplex};
    params.keeps_events = false;
    params.hooks = (struct mcv_world_hooks){
        .ctx = p, .event = on_event, .local = on_local, .trace = on_trace};
    if (p->radio != NULL) params.hooks.far_ppm = far_ppm;
    if (is_costed(p)) params.hooks.run_job = run_costed;
    if (p->options.stage != NULL) params.transport = p->options.stage->transport;
    if (mcv_ranks_n(p->options.ranks) > 1) params.division = &p->division;
    return params;
}

static mcv_err add_domains(struct mcv_play *p)
{
    const struct mcv_scenario *s = &p->file->s;
    const struct mcv_scenario_kms *kms = s->kms.items;
    size_t at;
    mcv_err err = MCV_OK;

    if (s->kms.n == 0) return mcv_cast_add_kms(p->cast, &at, "kms.example.org");
    for (size_t i = 0; i < s->kms.n && err == MCV_OK; i++)
        err = mcv_cast_add_kms(p->cast, &at, kms[i].uri);
    for (size_t i = 0; i < s->kms.n; i++)
        for (size_t k = 0; k < kms[i].trusts.n; k++)
            for (size_t j = 0; j < s->kms.n && err == MCV_OK; j++)
                if (strcmp(kms[j].uri, ((const char *const *)kms[i].trusts.items)[k]) == 0)
                    err = mcv_cast_trust(p->cast, i, j);
    return err;
}

static size_t kms_of(const struct mcv_scenario *s, const struct mcv_scenario_user *u)
{
    const struct mcv_scenario_kms *kms = s->kms.items;
    size_t i = 0;

    if (u == NULL || u->kms == NULL) return 0;
    while (strcmp(kms[i].uri, u->kms) != 0) i++; /* it is there: checked */
    return i;
}

/* Keys of a user who has no private call are not looked at: live they are not even made, which takes
 * some milliseconds each. */
static enum mcv_sim_identity identity_of(const struct mcv_play *p,
                                         const struct mcv_scenario_user *entry)
{
    if (is_costed(p)) return MCV_SIM_IDENTITY_COSTED;
    if (p->options.stage != NULL && entry == NULL && p->file->s.load.private_calls == 0)
        return MCV_SIM_IDENTITY_NONE;
    return MCV_SIM_IDENTITY_REAL;
}

static mcv_err add_users(struct mcv_play *p)
{
    const struct mcv_roster *r = &p->file->roster;

    for (uint32_t i = 0; i < r->n_users; i++) {
        const struct mcv_scenario_user *e = r->users[i].entry;
        char uri[MCV_MAX_URI_BYTES];
        uint32_t user;

        snprintf(uri, sizeof uri, "sip:%.200s@example.org", r->users[i].name);
        const mcv_err err = mcv_cast_add_user(p->cast, &user, uri, kms_of(&p->file->s, e),
                                              identity_of(p, e));
        if (err != MCV_OK) return err;
        struct mcv_agent_config *c = mcv_cast_config(p->cast, user);
        c->private_ptt.mode = (enum mcv_ptt_mode)p->file->s.ptt;
        c->timers = p->file->s.timers;
        if (is_costed(p)) c->srtp = &mcv_srtp_costed;
        if (e == NULL) continue;
        mcv_cast_node(p->cast, user)->is_off = e->is_off;
        mcv_cast_node(p->cast, user)->utc_skew_us = (int64_t)e->ahead_us - (int64_t)e->behind_us;
    }
    return MCV_OK;
}

static mcv_err add_members(struct mcv_play *p, uint32_t group)
{
    const struct mcv_roster *r = &p->file->roster;
    const struct mcv_roster_group *g = &r->groups[group];
    const char *const *members = g->entry->members.items;
    mcv_err err = MCV_OK;

    for (size_t k = 0; k < g->entry->members.n; k++)
        for (uint32_t u = mcv_roster_next(r, members[k], 0); u != MCV_NOBODY && err == MCV_OK;
             u = mcv_roster_next(r, members[k], u + 1)) {
            const struct mcv_scenario_user *e = r->users[u].entry;

            err = mcv_cast_add_member(p->cast, group, u, e == NULL || e->has_keys);
        }
    for (uint32_t i = 0; i < g->n_peers && err == MCV_OK; i++)
        err = mcv_cast_add_member(p->cast, group, g->first_peer + i, true);
    return err;
}

static mcv_err add_groups(struct mcv_play *p)
{
    const struct mcv_roster *r = &p->file->roster;
    mcv_err err = MCV_OK;

    for (uint32_t i = 0; i < r->n_groups && err == MCV_OK; i++) {
        const struct mcv_scenario_group *e = r->groups[i].entry;
        char uri[MCV_MAX_URI_BYTES];
        size_t group;

        snprintf(uri, sizeof uri, "sip:%.200s@groups.example.org", r->groups[i].name);
        err = mcv_cast_add_group(p->cast, &group, uri);
        if (err != MCV_OK) break;
        struct mcv_group_config *c = mcv_cast_group_config(p->cast, group);
        c->needs_user_ack = e->asks;
        c->wants_confirm = e->confirms;
        c->protect_media = c->protect_control = !e->is_clear;
        c->ptt.mode = (enum mcv_ptt_mode)p->file->s.ptt;
        c->ptt.arbitration = (enum mcv_arbitration)e->arbitration;
        c->ptt.n_max = (uint16_t)e->n_max;
        if (mcv_yaml_has(p->file->doc, &e->n_queue)) c->ptt.n_queue = (uint16_t)e->n_queue;
        err = add_members(p, i);
    }
    return err;
}

/* The users of the file know each other; peers of groups are called only by the load. */
static mcv_err add_contacts(struct mcv_play *p)
{
    const struct mcv_roster *r = &p->file->roster;
    mcv_err err = MCV_OK;

    for (uint32_t i = 0; i < r->n_users && r->users[i].entry != NULL; i++)
        for (uint32_t k = 0; k < r->n_users && r->users[k].entry != NULL && err == MCV_OK; k++)
            if (i != k) err = mcv_cast_add_contact(p->cast, i, k);
    return err;
}

static mcv_err add_faults(struct mcv_play *p)
{
    const struct mcv_scenario *s = &p->file->s;
    const struct mcv_scenario_fault *faults = s->faults.items;

    p->faults = mcv_pool_alloc(&p->pool, (s->faults.n + 1) * sizeof *p->faults);
    if (p->faults == NULL) return MCV_E_IO;
    for (size_t i = 0; i < s->faults.n; i++) {
        const struct mcv_scenario_fault *x = &faults[i];
        const struct mcv_scenario_which *which = x->which.items;
        struct mcv_fault *f = &p->faults[i];

        *f = (struct mcv_fault){
            .from = x->from ? mcv_roster_user(&p->file->roster, x->from) : MCV_ANY_AGENT,
            .to = x->to ? mcv_roster_user(&p->file->roster, x->to) : MCV_ANY_AGENT,
            .channel = (uint8_t)x->channel,
            .monp_type = x->message ? mcv_scenario_message(x->message) : MCV_ANY_TYPE,
            .mask = x->which.n == 0 ? MCV_FAULT_EVERY : 0,
            .action = (enum mcv_fault_action)x->action,
            .delay_us = x->by_us,
            .bit = x->bit};
        for (size_t k = 0; k < x->which.n; k++) f->mask |= UINT64_C(1) << (which[k].n - 1);
        if (mcv_world_add_fault(p->world, f) != MCV_OK) return MCV_E_IO;
    }
    return MCV_OK;
}

/* Those who have a place in the file stand there. */
static void place(const struct mcv_play *p, struct mcv_radio *radio, uint32_t user)
{
    const struct mcv_roster *r = &p->file->roster;
    const struct mcv_roster_user *u = &r->users[user];
    const struct mcv_scenario_place *place = u->entry != NULL ? &u->entry->place
                                                              : &r->groups[u->group].entry->place;

    if (mcv_yaml_has(p->file->doc, place))
        mcv_radio_place(radio, user,
                        (struct mcv_point){.x_mm = (int32_t)place->x_m * 1000,
                                           .y_mm = (int32_t)place->y_m * 1000});
}

static mcv_err make_radio(const struct mcv_play *p, struct mcv_radio **out)
{
    const struct mcv_scenario_area *a = &p->file->s.area;
    const struct mcv_radio_params params = {.seed = p->options.seed,
                                            .width_m = a->width_m,
                                            .height_m = a->height_m,
                                            .sure_m = a->sure_m,
                                            .range_m = a->range_m,
                                            .slowest_cm_s = a->slowest_cm_s,
                                            .fastest_cm_s = a->fastest_cm_s,
                                            .rest_us = a->rest_us};

    if (a->width_m == 0) return MCV_OK;
    const mcv_err err = mcv_radio_open(out, &params, p->file->roster.n_users);
    for (uint32_t i = 0; i < p->file->roster.n_users && err == MCV_OK; i++) place(p, *out, i);
    return err;
}

static mcv_err make(struct mcv_play *p, const char **what)
{
    mcv_err err = make_radio(p, &p->radio);
    if (err == MCV_OK) err = make_radio(p, &p->watch.radio);
    if (err == MCV_OK) err = mcv_play_watch_open(p);
    if (err == MCV_OK) err = mcv_play_divide(p);
    const struct mcv_world_params params = world_params(p);
    const size_t n_users = p->file->roster.n_users, n_groups = p->file->roster.n_groups;
    const struct mcv_play_stage *stage = p->options.stage;

    p->players = mcv_pool_alloc(&p->pool, n_users * sizeof *p->players);
    p->talks = mcv_pool_alloc(&p->pool, (n_groups + 1) * sizeof *p->talks);
    if (p->players == NULL || p->talks == NULL) return MCV_E_IO;
    if (err == MCV_OK && p->options.keeps_story)
        err = mcv_story_init(&p->story, MCV_PLAY_SLICES + 2, p->radio != NULL ? n_users : 0);
    if (err == MCV_OK) err = mcv_cast_open(&p->cast, &params, 0);
    if (err == MCV_OK && stage != NULL)
        mcv_cast_set_addresses(p->cast, stage->first_user, stage->first_group);
    if (err == MCV_OK) err = add_domains(p);
    if (err == MCV_OK) err = add_users(p);
    if (err == MCV_OK) err = add_groups(p);
    if (err == MCV_OK) err = add_contacts(p);
    if (err == MCV_OK) mcv_play_find_members(p);
    if (err == MCV_OK) err = mcv_play_prepare_load(p);
    if (err == MCV_OK) err = mcv_play_plan_verdicts(p);
    if (err == MCV_OK) err = mcv_cast_start(p->cast, what);
    if (p->cast != NULL) p->world = mcv_cast_world(p->cast);
    if (err == MCV_OK) err = add_faults(p);
    if (err == MCV_OK) err = mcv_play_plan_script(p);
    if (err == MCV_OK) err = mcv_play_plan_load(p);
    return err;
}

/* Whom the configuration of an agent was refused for. */
static const void *refused_entry(const struct mcv_play *p)
{
    const struct mcv_roster *r = &p->file->roster;
    const struct mcv_roster_user *u = &r->users[mcv_world_n_agents(p->world)];

    return u->entry != NULL ? &u->entry->name : &r->groups[u->group].entry->name;
}

/* Before anything is made: Linux promises memory that it does not have. */
static mcv_err check_memory(const struct mcv_play *p, struct mcv_yaml_why *why)
{
    const uint64_t n = p->file->roster.n_users / mcv_ranks_n(p->options.ranks);
    const uint64_t need_mb = n * mcv_agent_size(&p->limits) >> 20;
    const uint64_t have_mb = mcv_machine_memory_bytes() >> 20;

    if (need_mb <= have_mb) return MCV_OK;
    return mcv_yaml_refuse(p->file->doc, why, &p->file->s,
                           "%" PRIu32 " users need %" PRIu64 " MB, this machine has %" PRIu64 " MB",
                           p->file->roster.n_users, need_mb, have_mb);
}

/* All agents take their jobs out of one scratch; on threads they take as long as they take. */
static void share_jobs(struct mcv_limits *l, uint32_t n_agents)
{
    const uint32_t n = n_agents < MAX_LIVE_JOBS / l->n_jobs ? n_agents * l->n_jobs : MAX_LIVE_JOBS;

    l->n_jobs = (uint16_t)n;
}

mcv_err mcv_play_open(struct mcv_play **out, const struct mcv_scenario_file *file,
                      const struct mcv_play_options *options, struct mcv_yaml_why *why)
{
    struct mcv_play *p = calloc(1, sizeof *p);
    const char *what = NULL;

    *out = p;
    if (p == NULL) {
        (void)mcv_yaml_refuse(file->doc, why, &file->s, "no memory");
        return MCV_E_IO;
    }
    p->file = file;
    p->options = *options;
    p->limits = *mcv_scenario_limits(&file->s);
    if (options->stage != NULL) share_jobs(&p->limits, file->roster.n_users);
    p->end_us = options->stage != NULL ? options->stage->end_us : file->s.duration_us;
    mcv_kpis_init(&p->kpis, options->max_samples);
    mcv_err err = mcv_play_check_division(p, why);
    if (err == MCV_OK) err = check_memory(p, why);
    const bool is_refused = err != MCV_OK;
    if (!is_refused) err = make(p, &what);
    if (err == MCV_OK) return MCV_OK;
    if (!is_refused)
        (void)mcv_yaml_refuse(file->doc, why, what != NULL ? refused_entry(p) : &file->s,
                              "cannot be played: %s",
                              what != NULL      ? what
                              : err == MCV_E_IO ? "no memory"
                                                : mcv_err_text(err));
    mcv_play_close(p);
    *out = NULL;
    return err;
}

void mcv_play_close(struct mcv_play *p)
{
    if (p == NULL) return;
    mcv_cast_close(p->cast);
    mcv_radio_close(p->radio);
    mcv_play_watch_close(p);
    mcv_kpis_wipe(&p->kpis);
    mcv_story_wipe(&p->story);
    mcv_pool_wipe(&p->pool);
    free(p);
}

/* ---- running it ---------------------------------------------------------------------------- */

/* Times are rounded when they are those of all processes. */
static void take_totals(struct mcv_play *p)
{
    struct mcv_world_totals t;

    mcv_play_sum_totals(p, &t);
    if (mcv_ranks_me(p->options.ranks) != 0) return; /* counted once */
    p->kpis.totals[MCV_TOTAL_PACKETS] = t.n_sent;
    p->kpis.totals[MCV_TOTAL_DELIVERIES] = t.n_delivered;
    p->kpis.totals[MCV_TOTAL_LOST] = t.n_lost;
    p->kpis.totals[MCV_TOTAL_BYTES] = t.n_sent_bytes;
    p->kpis.totals[MCV_TOTAL_AIR_MS] = t.air_us / 1000;
    p->kpis.totals[MCV_TOTAL_CRYPTO_MS] = t.job_us / 1000;
    p->kpis.totals[MCV_TOTAL_WRONG_SOCKET] = t.n_wrong_socket;
}

static void tell_sums(struct mcv_play *p)
{
    struct mcv_world_totals t;

    if (!p->options.keeps_story) return;
    mcv_play_sum_totals(p, &t);
    const struct mcv_story_sums sums = {.at_us = mcv_world_now_us(p->world),
                                        .n_sent = t.n_sent,
                                        .n_delivered = t.n_delivered,
                                        .n_lost = t.n_lost,
                                        .n_bytes = t.n_sent_bytes,
                                        .air_us = t.air_us,
                                        .job_us = t.job_us};
    mcv_story_add_sums(&p->story, &sums, p->radio);
}

bool mcv_play_note(struct mcv_play *p)
{
    mcv_play_collect_notes(p);
    mcv_play_watch_settle(p);
    tell_sums(p);
    if (p->options.progress != NULL)
        p->options.progress(p->options.ctx, mcv_world_now_us(p->world), p->end_us);
    return !p->is_out_of_memory;
}

void mcv_play_finish(struct mcv_play *p)
{
    mcv_play_watch_end(p);
    mcv_play_count_counters(p);
    take_totals(p);
    mcv_play_merge(p);
    mcv_play_judge(p);
}

enum mcv_world_stop mcv_play_run(struct mcv_play *p)
{
    const uint64_t n = MCV_PLAY_SLICES;
    enum mcv_world_stop stop = MCV_WORLD_REACHED;

    (void)mcv_play_note(p);
    for (uint64_t i = 1; i <= n && stop == MCV_WORLD_REACHED; i++) {
        stop = mcv_play_advance(p, p->end_us / n * i + p->end_us % n * i / n);
        if (!mcv_play_note(p)) stop = MCV_WORLD_NO_MEMORY;
    }
    mcv_play_finish(p);
    return stop;
}
