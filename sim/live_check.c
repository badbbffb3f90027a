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
        {f->s.crypto == MCV_CRYPTO_COSTED, "crypto: costed (all of it is real)"},
        {is_lossless && mcv_yaml_has(f->doc, &f->s.link), "network (nothing is lost or delayed)"},
        {!is_lossless && has_more_than_loss(&f->s.link), "network, except the share of loss"},
        {mcv_yaml_has(f->doc, &f->s.radio), "radio"},
        {mcv_yaml_has(f->doc, &f->s.area), "area, and who moves in it"},
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

#define SPARE_FDS 64

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

/* A socket for MONP and each channel of a call: for every group, and for every agent, who has a private
 * call or sends from there. */
static uint64_t n_fds(const struct mcv_scenario_file *f, enum mcv_live_tier tier)
{
    const uint64_t n_users = f->roster.n_users;

    if (tier == MCV_LIVE_SHARED) return SPARE_FDS + (n_users + f->roster.n_groups) * MCV_N_CHANNELS;
    const uint64_t n_netns = tier == MCV_LIVE_NETNS ? MCV_LIVE_NETNS_MAX : 0;
    return SPARE_FDS + n_netns + (n_users + n_memberships(f)) * MCV_N_CHANNELS;
}

mcv_err mcv_live_make_room(const struct mcv_scenario_file *f, const struct mcv_live_options *o,
                           struct mcv_yaml_why *why)
{
    const uint64_t n = n_fds(f, o->tier);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= n) return MCV_OK;
    struct rlimit wanted = {.rlim_cur = n, .rlim_max = limit.rlim_max > n ? limit.rlim_max : n};
    if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) return MCV_OK;
    return mcv_yaml_refuse(NULL, why, NULL,
                           "%" PRIu32 " agents of tier %d need up to %" PRIu64
                           " open files, and the limit is %" PRIu64
                           " (`ulimit -Hn`): fewer --peers%s",
                           f->roster.n_users, (int)o->tier, n, (uint64_t)limit.rlim_max,
                           o->tier != MCV_LIVE_SHARED ? ", or --tier 1" : "");
}
