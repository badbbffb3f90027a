/* Which parts of a scenario mean something on real sockets, and whether the machine is large enough. */
#include "sim/live_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static mcv_err check_actions(const struct mcv_scenario_file *f, struct mcv_yaml_why *why)
{
    const struct mcv_scenario_action *actions = f->s.actions.items;

    for (size_t i = 0; i < f->s.actions.n; i++) {
        const int verb = actions[i].verb;

        if (verb == MCV_VERB_PARTITION || verb == MCV_VERB_HEAL)
            return mcv_yaml_refuse(f->doc, why, &actions[i].verb,
                                   "cannot be played live: everybody hears everybody");
    }
    return MCV_OK;
}

static bool has_more_than_loss(const struct mcv_scenario_link *l)
{
    return l->jitter_us > 0 || l->rate_kbps > 0 || l->bad_ppm > 0 || l->duplicate_ppm > 0 ||
           l->late_ppm > 0 || l->corrupt_ppm > 0;
}

/* What is passed over: nothing that is looked at depends on it alone. */
static void tell(const struct mcv_scenario_file *f, const struct mcv_live_options *o)
{
    const bool is_lossless = o->tier != MCV_LIVE_NETNS;
    const struct {
        bool is_there;
        const char *text;
    } rows[] = {
        {f->s.crypto == MCV_CRYPTO_COSTED, "passed over: crypto: costed (all of it is real)"},
        {is_lossless && mcv_yaml_has(f->doc, &f->s.link),
         "passed over: network (nothing is lost or delayed)"},
        {!is_lossless && has_more_than_loss(&f->s.link),
         "passed over: network, except the share of loss"},
        {mcv_yaml_has(f->doc, &f->s.radio), "passed over: radio"},
        {mcv_yaml_has(f->doc, &f->s.area), "passed over: area, and who moves in it"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].is_there && o->notice != NULL) o->notice(o->ctx, rows[i].text);
}

mcv_err mcv_live_check(const struct mcv_scenario_file *f, const struct mcv_live_options *o,
                       struct mcv_yaml_why *why)
{
    if (f->s.faults.n > 0)
        return mcv_yaml_refuse(f->doc, why, &f->s.faults,
                               "cannot be played live: nobody holds single packets back");
    if (f->roster.n_groups > MCV_LIVE_MAX_GROUPS)
        return mcv_yaml_refuse(f->doc, why, &f->s.groups, "a live run has at most %d groups",
                               MCV_LIVE_MAX_GROUPS);
    if (f->roster.n_users > MCV_LIVE_MAX_AGENTS)
        return mcv_yaml_refuse(f->doc, why, &f->s, "a live run has at most %d agents",
                               MCV_LIVE_MAX_AGENTS);
    const mcv_err err = check_actions(f, why);
    if (err == MCV_OK) tell(f, o);
    return err;
}

/* ---- descriptors --------------------------------------------------------------------------- */

#define OTHER_FDS 64 /* of the program, the loop and MPI */
#define HELD_FDS  32 /* see mcv_live_hold_files */

static uint64_t n_memberships(const struct mcv_scenario_file *f)
{
    const struct mcv_roster *r = &f->roster;
    uint64_t n = 0;

    for (uint32_t g = 0; g < r->n_groups; g++) {
        const struct mcv_yaml_list *members = &r->groups[g].entry->members;

        n += r->groups[g].n_peers;
        for (size_t k = 0; k < members->n; k++)
            for (uint32_t u = 0; u < r->n_users; u++)
                n += mcv_roster_matches(((const char *const *)members->items)[k], r->users[u].name);
    }
    return n;
}

struct room {
    uint64_t fixed, least, most; /* files: whoever takes part; opened in any case; at most */
};

/* A socket for MONP, and one for each channel of a call: for every group, and for every agent who has a
 * private call or sends from there. */
static struct room room_of(const struct mcv_scenario_file *f, enum mcv_live_tier tier)
{
    const uint64_t n_users = f->roster.n_users, n_groups = f->roster.n_groups;
    const uint64_t n_netns = n_users < MCV_LIVE_NETNS_MAX ? n_users : MCV_LIVE_NETNS_MAX;
    const uint64_t n_own = tier == MCV_LIVE_SHARED ? n_users : n_users + n_memberships(f);
    struct room r = {.fixed = OTHER_FDS + HELD_FDS};

    if (tier == MCV_LIVE_SHARED) r.fixed += n_groups * MCV_N_CHANNELS;
    if (tier == MCV_LIVE_NETNS) r.fixed += n_netns;
    r.least = r.fixed + n_own;
    r.most = r.fixed + n_own * MCV_N_CHANNELS;
    return r;
}

/* As far as that is permitted; the limit from then on. */
static uint64_t raise_limit(uint64_t n)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= n) return n;
    const struct rlimit all = {.rlim_cur = n, .rlim_max = limit.rlim_max > n ? limit.rlim_max : n};
    if (setrlimit(RLIMIT_NOFILE, &all) == 0) return n;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max;
}

/* How many agents fit. */
static uint64_t n_fitting(const struct mcv_scenario_file *f, const struct room *r, uint64_t limit)
{
    if (limit <= r->fixed) return 0;
    return f->roster.n_users * (limit - r->fixed) / (r->least - r->fixed);
}

mcv_err mcv_live_make_room(const struct mcv_scenario_file *f, const struct mcv_live_options *o,
                           struct mcv_yaml_why *why)
{
    const struct room r = room_of(f, o->tier);
    const uint64_t limit = raise_limit(r.most);
    char text[200];

    if (limit < r.least)
        return mcv_yaml_refuse(
            NULL, why, NULL,
            "%" PRIu32 " agents of tier %d open %" PRIu64 " files, and the limit is %" PRIu64
            ", enough for %" PRIu64 " agents: raise it as root (`ulimit -n %" PRIu64
            "`), or fewer --peers%s",
            f->roster.n_users, (int)o->tier, r.least, limit, n_fitting(f, &r, limit), r.most,
            o->tier != MCV_LIVE_SHARED ? ", or --tier 1" : "");
    if (limit >= r.most || o->notice == NULL) return MCV_OK;
    snprintf(text, sizeof text,
             "at most %" PRIu64 " files can be open (`ulimit -Hn`): if everybody speaks and calls, "
             "which takes %" PRIu64 ", some have no sockets",
             limit, r.most);
    o->notice(o->ctx, text);
    return MCV_OK;
}

void mcv_live_hold_files(struct mcv_live *live, bool is_held)
{
    struct rlimit limit;

    if (live->holds_files == is_held || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    live->holds_files = is_held;
    limit.rlim_cur = is_held ? limit.rlim_cur - HELD_FDS : limit.rlim_cur + HELD_FDS;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}
