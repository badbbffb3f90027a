/* Expectations: counted while the play runs, judged at its end. */
#include "sim/play_private.h"

#include <inttypes.h>
#include <stdio.h>

static const struct mcv_scenario_expect *expects_of(const struct mcv_play *p)
{
    return p->file->s.expects.items;
}

mcv_err mcv_play_plan_verdicts(struct mcv_play *p)
{
    const size_t n = p->file->s.expects.n;

    p->counts = mcv_pool_alloc(&p->pool, (n + 1) * sizeof *p->counts);
    p->verdicts = mcv_pool_alloc(&p->pool, (n + 1) * sizeof *p->verdicts);
    if (p->counts == NULL || p->verdicts == NULL) return MCV_E_IO;
    for (size_t i = 0; i < n; i++) {
        if (expects_of(p)[i].event == NULL && expects_of(p)[i].counter == NULL) continue;
        p->counts[i] = mcv_pool_alloc(&p->pool, p->file->roster.n_users * sizeof **p->counts);
        if (p->counts[i] == NULL) return MCV_E_IO;
    }
    return MCV_OK;
}

void mcv_play_count_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event)
{
    const uint64_t now_us = mcv_world_now_us(p->world);

    for (size_t i = 0; i < p->file->s.expects.n; i++) {
        const struct mcv_scenario_expect *e = &expects_of(p)[i];

        if (e->event == NULL || mcv_scenario_event(e->event) != event->type) continue;
        if (e->reason != NULL && mcv_scenario_reason(e->reason) != event->reason) continue;
        if (now_us < e->after_us || (e->by_us != 0 && now_us > e->by_us)) continue;
        p->counts[i][user]++;
    }
}

void mcv_play_count_counters(struct mcv_play *p)
{
    for (size_t i = 0; i < p->file->s.expects.n; i++) {
        const struct mcv_scenario_expect *e = &expects_of(p)[i];

        for (uint32_t u = 0; e->counter != NULL && u < p->file->roster.n_users; u++) {
            const struct mcv_agent *a = mcv_world_agent(p->world, u);
            if (a != NULL)
                p->counts[i][u] = mcv_agent_counters(a)->n[mcv_scenario_counter(e->counter)];
        }
    }
}

static void judge_number(const struct mcv_scenario_expect *e, uint64_t v, const char *who,
                         struct mcv_verdict *out)
{
    if (v >= e->min && v <= e->max) return;
    out->is_met = false;
    snprintf(out->detail, sizeof out->detail, "%.80s%s%" PRIu64, who, *who != '\0' ? ": " : "", v);
}

static void judge_users(const struct mcv_play *p, size_t i, struct mcv_verdict *out)
{
    const struct mcv_scenario_expect *e = &expects_of(p)[i];
    const struct mcv_roster *r = &p->file->roster;
    uint64_t least = UINT64_MAX, most = 0;

    for (uint32_t u = mcv_roster_next(r, e->user, 0); u != MCV_NOBODY;
         u = mcv_roster_next(r, e->user, u + 1)) {
        const uint64_t v = p->counts[i][u];

        if (v < least) least = v;
        if (v > most) most = v;
        if (out->is_met) judge_number(e, v, r->users[u].name, out);
    }
    if (out->is_met)
        snprintf(out->detail, sizeof out->detail, "%" PRIu64 " .. %" PRIu64, least, most);
}

static void judge_kpi(const struct mcv_play *p, const struct mcv_scenario_expect *e,
                      struct mcv_verdict *out)
{
    const struct mcv_histogram *h = &p->kpis.times[mcv_kpi_of(e->kpi)];
    const uint64_t us = mcv_histogram_quantile(h, e->at_ppm);

    out->is_met = h->n >= (e->min > 0 ? e->min : 1) && us <= e->limit_us;
    snprintf(out->detail, sizeof out->detail, "%" PRIu64 " values, %" PRIu64 " us", h->n, us);
}

static void judge_total(const struct mcv_play *p, const struct mcv_scenario_expect *e,
                        struct mcv_verdict *out)
{
    const uint64_t v = p->kpis.totals[mcv_total_of(e->total)];

    snprintf(out->detail, sizeof out->detail, "%" PRIu64, v);
    judge_number(e, v, "", out);
}

static void write_text(const struct mcv_scenario_expect *e, struct mcv_verdict *out)
{
    size_t n = 0; /* all of it fits: names are cut */

#define ADD(...) n += (size_t)snprintf(out->text + n, sizeof out->text - n, __VA_ARGS__)
    if (e->user != NULL) ADD("%.40s ", e->user);
    ADD("%.40s", e->event ? e->event : e->counter ? e->counter : e->kpi ? e->kpi : e->total);
    if (e->reason != NULL) ADD(" (%.20s)", e->reason);
    if (e->kpi != NULL)
        ADD(" %g %% within %" PRIu64 " us", e->at_ppm / 1e4, e->limit_us);
    else if (e->max == UINT32_MAX)
        ADD(" at least %" PRIu32, e->min);
    else
        ADD(" %" PRIu32 " .. %" PRIu32, e->min, e->max);
    if (e->after_us != 0) ADD(" after %g s", (double)e->after_us / 1e6);
    if (e->by_us != 0) ADD(" by %g s", (double)e->by_us / 1e6);
#undef ADD
}

void mcv_play_judge(struct mcv_play *p)
{
    for (size_t i = 0; i < p->file->s.expects.n; i++) {
        const struct mcv_scenario_expect *e = &expects_of(p)[i];
        struct mcv_verdict *out = &p->verdicts[i];

        *out = (struct mcv_verdict){.is_met = true};
        write_text(e, out);
        if (e->kpi != NULL)
            judge_kpi(p, e, out);
        else if (e->total != NULL)
            judge_total(p, e, out);
        else
            judge_users(p, i, out);
        out->is_met_here = out->is_met;
    }
}

void mcv_play_judge_all(struct mcv_play *p, struct mcv_ranks *ranks)
{
    for (size_t i = 0; i < p->file->s.expects.n; i++) {
        struct mcv_verdict *v = &p->verdicts[i];
        const size_t n = strlen(v->detail), room = sizeof v->detail - n;
        uint64_t n_unmet = v->is_met ? 0 : 1;

        mcv_ranks_sum(ranks, &n_unmet, 1);
        v->is_met = n_unmet == 0;
        if (mcv_ranks_me(ranks) != 0) continue;
        if (v->is_met)
            snprintf(v->detail + n, room, " at the first of %u launchers", mcv_ranks_n(ranks));
        else
            snprintf(v->detail + n, room, " at the first launcher, not met at %" PRIu64 " of %u",
                     n_unmet, mcv_ranks_n(ranks));
    }
}

bool mcv_play_verdict(const struct mcv_play *p, size_t i, struct mcv_verdict *out)
{
    if (i >= p->file->s.expects.n) return false;
    *out = p->verdicts[i];
    return true;
}

bool mcv_play_is_met(const struct mcv_play *p)
{
    for (size_t i = 0; i < p->file->s.expects.n; i++)
        if (!p->verdicts[i].is_met) return false;
    for (unsigned k = 0; k < MCV_N_KPIS && p->file->s.judges_kpis; k++)
        if (!mcv_kpis_pass(&p->kpis, (enum mcv_kpi_id)k)) return false;
    return true;
}
