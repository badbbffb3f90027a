#include "sim/scenario.h"

#include "agent/core/agent.h"
#include "proto/monp.h"
#include "sim/fault.h"
#include "sim/kpi.h"
#include "sim/scenario_schema.h"

#include <string.h>

#define MAX_NAME 100

/* What the file does not say. */
static const struct mcv_scenario defaults = {
    .utc_s = 1760000000,
    .seed = 1,
    .crypto = MCV_CRYPTO_REAL,
    .limits = MCV_LIMITS_SMALL,
    .ptt = MCV_PTT_MANUAL,
    .link = {.delay_us = 2000},
    .load = {.private_every_us = 1000000,
             .private_hold_us = 10000000,
             .burst_us = 4690000, /* measured in public-safety logs, as the PTT pusher of NIST's */
             .session_us = 8580000, /* psc-ns3 uses them */
             .pause_us = 500000,
             .late_within_us = 10000000},
    .audio = {.every_us = 20000, .bytes = 61}, /* AMR-WB 23.85 kbit/s */
    .video = {.every_us = 8000, .bytes = 1100},
};

const struct mcv_limits *mcv_scenario_limits(const struct mcv_scenario *s)
{
    static const struct mcv_limits *const limits[] = {[MCV_LIMITS_SIM] = &mcv_limits_sim,
                                                      [MCV_LIMITS_SMALL] = &mcv_limits_small,
                                                      [MCV_LIMITS_DEVICE] = &mcv_limits_device};

    return limits[s->limits];
}

unsigned mcv_scenario_event(const char *name)
{
    unsigned i = 0;

    while (i < MCV_N_EVENTS && strcmp(mcv_event_name((enum mcv_event_type)i), name) != 0) i++;
    return i;
}

unsigned mcv_scenario_reason(const char *name)
{
    unsigned i = 0;

    while (i < MCV_N_ENDS && strcmp(mcv_end_name((enum mcv_end)i), name) != 0) i++;
    return i;
}

unsigned mcv_scenario_counter(const char *name)
{
    unsigned i = 0;

    while (i < MCV_N_COUNTERS && strcmp(mcv_counter_name((enum mcv_counter)i), name) != 0) i++;
    return i;
}

uint8_t mcv_scenario_message(const char *name)
{
    for (uint8_t t = MCV_MONP_TYPE_FIRST; t <= MCV_MONP_TYPE_LAST; t++)
        if (strcmp(mcv_monp_type_name(t), name) == 0) return t;
    return MCV_ANY_TYPE;
}

struct mcv_link_model mcv_scenario_link_model(const struct mcv_scenario_link *l)
{
    return (struct mcv_link_model){.delay_us = (uint32_t)l->delay_us,
                                   .jitter_us = (uint32_t)l->jitter_us,
                                   .rate_bps = UINT64_C(1000) * l->rate_kbps,
                                   .loss_ppm = l->loss_ppm,
                                   .bad_ppm = l->bad_ppm,
                                   .good_ppm = l->good_ppm,
                                   .bad_loss_ppm = l->bad_loss_ppm,
                                   .duplicate_ppm = l->duplicate_ppm,
                                   .late_ppm = l->late_ppm,
                                   .late_us = (uint32_t)l->late_us,
                                   .corrupt_ppm = l->corrupt_ppm};
}

/* ---- checks that the table cannot say ------------------------------------------------------ */

typedef mcv_err check(const struct mcv_scenario_file *f, struct mcv_yaml_why *why);

#define REFUSE(at, ...) return mcv_yaml_refuse(f->doc, why, at, __VA_ARGS__)

static mcv_err check_link(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_link_model m = mcv_scenario_link_model(&f->s.link);
    const char *what = mcv_link_model_check(&m);

    if (what != NULL) REFUSE(&f->s.link, "%s", what);
    return MCV_OK;
}

static mcv_err check_radio(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_radio *r = &f->s.radio;

    if (r->is_half_duplex && r->rate_kbps == 0)
        REFUSE(&r->is_half_duplex, "needs a rate_kbps: without it nobody sends for any time");
    return MCV_OK;
}

static mcv_err check_area(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_area *a = &f->s.area;

    if (!mcv_yaml_has(f->doc, a)) return MCV_OK;
    if (a->width_m == 0 || a->height_m == 0 || a->range_m == 0)
        REFUSE(a, "needs width_m, height_m and range_m");
    if (a->sure_m > a->range_m) REFUSE(&a->sure_m, "is above range_m");
    if (a->fastest_cm_s > 0 && a->slowest_cm_s > a->fastest_cm_s)
        REFUSE(&a->slowest_cm_s, "is above fastest_cm_s");
    return MCV_OK;
}

static bool has_kms(const struct mcv_scenario *s, const char *uri)
{
    const struct mcv_scenario_kms *kms = s->kms.items;

    for (size_t i = 0; i < s->kms.n; i++)
        if (strcmp(kms[i].uri, uri) == 0) return true;
    return false;
}

static mcv_err check_kms(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_kms *kms = f->s.kms.items;

    for (size_t i = 0; i < f->s.kms.n; i++) {
        const char *const *trusts = kms[i].trusts.items;

        for (size_t k = 0; k < i; k++)
            if (strcmp(kms[k].uri, kms[i].uri) == 0) REFUSE(&kms[i].uri, "there is such a KMS");
        for (size_t k = 0; k < kms[i].trusts.n; k++)
            if (!has_kms(&f->s, trusts[k])) REFUSE(&trusts[k], "no such KMS");
    }
    return MCV_OK;
}

/* Names become parts of URIs and of tables. */
static bool is_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    const size_t n = strlen(name);

    return n <= MAX_NAME && strspn(name, letters) == n;
}

static mcv_err check_name(const struct mcv_scenario_file *f, const char *const *name,
                          struct mcv_yaml_why *why)
{
    if (!is_name(*name))
        REFUSE(name, "a name has at most 100 letters, digits, \"-\", \".\" and \"_\"");
    return MCV_OK;
}

static mcv_err check_place(const struct mcv_scenario_file *f,
                           const struct mcv_scenario_place *place, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_area *a = &f->s.area;

    if (!mcv_yaml_has(f->doc, place)) return MCV_OK;
    if (a->width_m == 0) REFUSE(place, "needs an area");
    if (place->x_m > a->width_m || place->y_m > a->height_m) REFUSE(place, "is outside the area");
    return MCV_OK;
}

/* Also of users and groups that counts have made. */
static mcv_err check_twins(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_roster *r = &f->roster;
    uint32_t user, group;
    const mcv_err err = mcv_roster_twins(r, &user, &group);

    if (err != MCV_OK) REFUSE(&f->s, "no memory");
    if (group != MCV_NOBODY)
        REFUSE(&r->groups[group].entry->name, "two groups are called %s", r->groups[group].name);
    if (user == MCV_NOBODY) return MCV_OK;
    const struct mcv_roster_user *u = &r->users[user];
    REFUSE(u->entry != NULL ? &u->entry->name : &r->groups[u->group].entry->name,
           "two users are called %s", u->name);
}

/* The users of the file know each other. */
static mcv_err check_acquaintance(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const uint32_t most = mcv_scenario_limits(&f->s)->n_peers;
    uint32_t n = 0;

    while (n < f->roster.n_users && f->roster.users[n].entry != NULL) n++;
    if (n > most + 1)
        REFUSE(&f->s.users, "%u users who know each other, and the limits hold %u others",
               (unsigned)n, (unsigned)most);
    return MCV_OK;
}

static mcv_err check_users(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_user *users = f->s.users.items;

    if (f->roster.n_users == 0) REFUSE(&f->s, "a scenario needs users, or groups with peers");
    for (size_t i = 0; i < f->s.users.n; i++) {
        const struct mcv_scenario_user *u = &users[i];

        mcv_err err = check_name(f, &u->name, why);
        if (err == MCV_OK) err = check_place(f, &u->place, why);
        if (err != MCV_OK) return err;
        if (u->kms != NULL && !has_kms(&f->s, u->kms)) REFUSE(&u->kms, "no such KMS");
    }
    return check_acquaintance(f, why);
}

static mcv_err check_groups(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_group *groups = f->s.groups.items;
    const struct mcv_limits *l = mcv_scenario_limits(&f->s);

    for (size_t i = 0; i < f->s.groups.n; i++) {
        const struct mcv_scenario_group *g = &groups[i];
        const char *const *members = g->members.items;

        mcv_err err = check_name(f, &g->name, why);
        if (err == MCV_OK) err = check_place(f, &g->place, why);
        if (err != MCV_OK) return err;
        if (g->n_max > l->n_transmitters) REFUSE(&g->n_max, "is more than the limits hold");
        if (g->n_queue > l->n_queued) REFUSE(&g->n_queue, "is more than the limits hold");
        if (g->peers == 0 && g->members.n == 0) REFUSE(&g->name, "a group needs members or peers");
        for (size_t k = 0; k < g->members.n; k++)
            if (mcv_roster_next(&f->roster, members[k], 0) == MCV_NOBODY)
                REFUSE(&members[k], "no such user");
    }
    return MCV_OK;
}

static const struct {
    bool user, to, group;
} needs[MCV_N_VERBS] = {
#define MCV_VERB_NEEDS(NAME, word, user, to, group) {user, to, group},
    MCV_VERB_LIST(MCV_VERB_NEEDS)
#undef MCV_VERB_NEEDS
};

static mcv_err check_action(const struct mcv_scenario_file *f, const struct mcv_scenario_action *a,
                            struct mcv_yaml_why *why)
{
    if (needs[a->verb].user && a->user == NULL) REFUSE(&a->verb, "needs a key \"user\"");
    if (needs[a->verb].to && a->to == NULL) REFUSE(&a->verb, "needs a key \"to\"");
    if (needs[a->verb].group && a->group == NULL) REFUSE(&a->verb, "needs a key \"group\"");
    if ((a->verb == MCV_VERB_TALK || a->verb == MCV_VERB_VIDEO) && a->for_us == 0)
        REFUSE(&a->verb, "needs a key \"for\"");
    if (a->user != NULL && mcv_roster_next(&f->roster, a->user, 0) == MCV_NOBODY)
        REFUSE(&a->user, "no such user");
    if (a->to != NULL && mcv_roster_user(&f->roster, a->to) == MCV_NOBODY)
        REFUSE(&a->to, "no such user");
    if (a->group != NULL && mcv_roster_next_group(&f->roster, a->group, 0) == MCV_NOBODY)
        REFUSE(&a->group, "no such group");
    if (a->verb == MCV_VERB_MOVE && (f->s.area.width_m == 0 || !mcv_yaml_has(f->doc, &a->place)))
        REFUSE(&a->verb, "needs a key \"place\", and an area");
    if (a->at_us > f->s.duration_us) REFUSE(&a->at_us, "is after the end of the scenario");
    return check_place(f, &a->place, why);
}

static mcv_err check_actions(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_action *actions = f->s.actions.items;

    for (size_t i = 0; i < f->s.actions.n; i++) {
        const mcv_err err = check_action(f, &actions[i], why);

        if (err != MCV_OK) return err;
    }
    return MCV_OK;
}

static mcv_err check_faults(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_fault *faults = f->s.faults.items;

    for (size_t i = 0; i < f->s.faults.n; i++) {
        const struct mcv_scenario_fault *x = &faults[i];

        if (x->message != NULL && mcv_scenario_message(x->message) == MCV_ANY_TYPE)
            REFUSE(&x->message, "no such message; expected one such as PRIVATE CALL ACCEPT");
        if (x->from != NULL && mcv_roster_user(&f->roster, x->from) == MCV_NOBODY)
            REFUSE(&x->from, "no such user");
        if (x->to != NULL && mcv_roster_user(&f->roster, x->to) == MCV_NOBODY)
            REFUSE(&x->to, "no such user");
    }
    return MCV_OK;
}

/* What says nothing would come true whatever happens. */
static mcv_err check_reach(const struct mcv_scenario_file *f, const struct mcv_scenario_expect *e,
                           struct mcv_yaml_why *why)
{
    if (e->user != NULL && e->event == NULL && e->counter == NULL)
        REFUSE(&e->user, "is for events and counters");
    if (e->event == NULL && (e->reason != NULL || e->after_us != 0 || e->by_us != 0))
        REFUSE(e, "reason, after and by are for events");
    if (e->kpi == NULL && (e->limit_us != 0 || mcv_yaml_has(f->doc, &e->at_ppm)))
        REFUSE(e, "at and limit are for a KPI");
    if (e->kpi == NULL && e->min == 0 && e->max == UINT32_MAX)
        REFUSE(e, "needs a key \"min\" or \"max\"");
    return MCV_OK;
}

static mcv_err check_expect(const struct mcv_scenario_file *f, const struct mcv_scenario_expect *e,
                            struct mcv_yaml_why *why)
{
    const int n = (e->event != NULL) + (e->counter != NULL) + (e->kpi != NULL) + (e->total != NULL);

    if (n != 1) REFUSE(e, "an expectation has one of event, counter, kpi, total");
    if ((e->event != NULL || e->counter != NULL) && e->user == NULL)
        REFUSE(e, "needs a key \"user\"");
    if (e->user != NULL && mcv_roster_next(&f->roster, e->user, 0) == MCV_NOBODY)
        REFUSE(&e->user, "no such user");
    if (e->event != NULL && mcv_scenario_event(e->event) == MCV_N_EVENTS)
        REFUSE(&e->event, "no such event; expected one such as call.established");
    if (e->reason != NULL && mcv_scenario_reason(e->reason) == MCV_N_ENDS)
        REFUSE(&e->reason, "no such reason; expected one such as released");
    if (e->counter != NULL && mcv_scenario_counter(e->counter) == MCV_N_COUNTERS)
        REFUSE(&e->counter, "no such counter; expected one such as rtp_received");
    if (e->kpi != NULL && mcv_kpi_of(e->kpi) == MCV_N_KPIS)
        REFUSE(&e->kpi, "no such KPI; expected one such as mouth_to_ear");
    if (e->kpi != NULL && e->limit_us == 0) REFUSE(e, "needs a key \"limit\"");
    if (e->total != NULL && mcv_total_of(e->total) == MCV_N_TOTALS)
        REFUSE(&e->total, "no such total; expected one such as calls_failed");
    if (e->by_us > f->s.duration_us) REFUSE(&e->by_us, "is after the end of the scenario");
    if (e->min > e->max) REFUSE(&e->min, "is above max");
    return check_reach(f, e, why);
}

static mcv_err check_expects(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_expect *expects = f->s.expects.items;

    for (size_t i = 0; i < f->s.expects.n; i++) {
        const mcv_err err = check_expect(f, &expects[i], why);

        if (err != MCV_OK) return err;
    }
    return MCV_OK;
}

static bool has_peers(const struct mcv_scenario_file *f)
{
    const struct mcv_roster *r = &f->roster;

    return r->n_users > 0 && r->users[r->n_users - 1].entry == NULL; /* they come last */
}

static mcv_err check_load(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_load *l = &f->s.load;

    if (l->private_calls > 0 && f->roster.n_users < 2) REFUSE(&l->private_calls, "needs two users");
    if (l->busy_ppm > 0 && f->roster.n_groups == 0) REFUSE(&l->busy_ppm, "needs a group");
    if (l->groups_start && f->roster.n_groups == 0) REFUSE(&l->groups_start, "needs a group");
    if (l->emergency_every_us > 0 && f->roster.n_groups == 0)
        REFUSE(&l->emergency_every_us, "needs a group");
    if (l->late_ppm > 0 && !has_peers(f)) REFUSE(&l->late_ppm, "needs a group with peers");
    if (l->churn_on_us > 0 && !has_peers(f)) REFUSE(&l->churn_on_us, "needs a group with peers");
    if (l->until_us != 0 && l->until_us <= l->from_us) REFUSE(&l->until_us, "is not after from");
    if (l->churn_on_us != 0 && l->churn_off_us == 0)
        REFUSE(&l->churn_on_us, "needs a key \"churn_off\"");
    return MCV_OK;
}

static check *const checks[] = {check_area,   check_radio,   check_link,  check_kms,
                                check_users,  check_groups,  check_twins, check_actions,
                                check_faults, check_expects, check_load};

static const char *why_no_roster(mcv_err err)
{
    return err == MCV_E_CONFIG      ? "fewer peers than groups"
           : err == MCV_E_NOT_FOUND ? "no group has peers, and --peers is for them"
           : err == MCV_E_FULL      ? "too many users or groups"
                                    : "no memory";
}

mcv_err mcv_scenario_open(struct mcv_scenario_file *f, const char *path, uint32_t peers,
                          struct mcv_yaml_why *why)
{
    *f = (struct mcv_scenario_file){.s = defaults};
    f->s.timers = mcv_timers_default();
    mcv_err err = mcv_yaml_read(&f->doc, path, &mcv_scenario_schema, &f->s, why);

    if (err != MCV_OK) return err;
    err = mcv_roster_init(&f->roster, &f->s, peers);
    if (err != MCV_OK)
        return mcv_yaml_refuse(f->doc, why, f->s.groups.n > 0 ? (const void *)&f->s.groups : &f->s,
                               "%s", why_no_roster(err));
    for (size_t i = 0; i < sizeof checks / sizeof *checks && err == MCV_OK; i++)
        err = checks[i](f, why);
    return err;
}

void mcv_scenario_close(struct mcv_scenario_file *f)
{
    mcv_roster_wipe(&f->roster);
    mcv_yaml_close(f->doc);
    f->doc = NULL;
}
