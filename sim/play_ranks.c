/* A play that is divided over processes: each runs the agents of some users. All plan the same load and
 * script, and give inputs to their own agents alone. Users are dealt out like cards, so that every process
 * has as much of each group: what a packet costs is its deliveries, and they are shared evenly at any
 * time. Rejected: whole groups, of which at a time few talk, by chance more in one process.
 *
 * Time goes on in windows as long as the smallest delay of a link: what is sent in one reaches nobody
 * before the next. At its end datagrams go to the processes whose agents may hear them, each once; then
 * the next window begins with the earliest step of all. */
#include "sim/play_private.h"

#include "sim/play_ranks.h"

#include <stdlib.h>

/* Of a datagram between processes; its octets follow. */
struct wire {
    struct mcv_world_flight flight; /* bytes.p is not used there */
};

static unsigned rank_of(const struct mcv_play *p, uint32_t user)
{
    return user % mcv_ranks_n(p->options.ranks);
}

bool mcv_play_is_here(const struct mcv_play *p, uint32_t user)
{
    return rank_of(p, user) == mcv_ranks_me(p->options.ranks);
}

/* ---- what goes where ----------------------------------------------------------------------- */

static bool is_here(void *ctx, uint32_t agent)
{
    return mcv_play_is_here(ctx, agent);
}

/* Does the process have members of the group? */
static bool *has_members(const struct mcv_play *p, uint32_t group, unsigned rank)
{
    return &p->has_members[(size_t)group * mcv_ranks_n(p->options.ranks) + rank];
}

static void stage(struct mcv_play *p, unsigned rank, const struct mcv_world_flight *f)
{
    struct wire wire;

    memset(&wire, 0, sizeof wire); /* also what is between the fields */
    wire.flight = *f;
    wire.flight.bytes.p = NULL;
    if (mcv_ranks_stage(p->options.ranks, rank, &wire, sizeof wire) != MCV_OK ||
        mcv_ranks_stage(p->options.ranks, rank, f->bytes.p, f->bytes.n) != MCV_OK)
        p->is_out_of_memory = true;
}

static void send(void *ctx, const struct mcv_world_flight *f)
{
    struct mcv_play *p = ctx;
    const unsigned n = mcv_ranks_n(p->options.ranks), me = mcv_ranks_me(p->options.ranks);
    const uint32_t user = mcv_cast_user_at(p->cast, &f->to);
    const uint32_t group = mcv_cast_group_at(p->cast, &f->to);

    for (unsigned rank = 0; rank < n; rank++) {
        const bool is_heard = (user != MCV_NOBODY && rank_of(p, user) == rank) ||
                              (group != MCV_NOBODY && *has_members(p, group, rank));
        if (rank == me || !is_heard) continue;
        stage(p, rank, f);
        p->n_crossed++;
    }
}

static bool receive(struct mcv_play *p)
{
    struct mcv_bytes in = mcv_ranks_exchange(p->options.ranks);

    while (in.n > 0) {
        struct wire wire;

        MCV_ASSERT(in.n >= sizeof wire);
        memcpy(&wire, in.p, sizeof wire);
        MCV_ASSERT(in.n - sizeof wire >= wire.flight.bytes.n);
        wire.flight.bytes.p = in.p + sizeof wire;
        if (mcv_world_import(p->world, &wire.flight) != MCV_OK) return false;
        in = mcv_bytes_of(in.p + sizeof wire + wire.flight.bytes.n,
                          in.n - sizeof wire - wire.flight.bytes.n);
    }
    return true;
}

/* ---- time ---------------------------------------------------------------------------------- */

enum mcv_world_stop mcv_play_advance(struct mcv_play *p, uint64_t until_us)
{
    const uint64_t window_us = mcv_world_lookahead_us(p->world);
    enum mcv_world_stop stop = MCV_WORLD_REACHED;

    if (mcv_ranks_n(p->options.ranks) == 1) return mcv_world_run(p->world, until_us);
    for (;;) {
        uint64_t next_us = mcv_world_next_at(p->world), worst = stop;

        mcv_ranks_min_max(p->options.ranks, &next_us, &worst);
        if (worst != MCV_WORLD_REACHED) return (enum mcv_world_stop)worst;
        if (next_us > until_us) break;
        p->n_windows++;
        const uint64_t last_us = next_us + window_us - 1;
        stop = mcv_world_run(p->world, last_us < until_us ? last_us : until_us);
        if (!receive(p) || p->is_out_of_memory) stop = MCV_WORLD_NO_MEMORY;
    }
    return mcv_world_run(p->world, until_us); /* nothing is left: only the clock */
}

/* ---- what was measured --------------------------------------------------------------------- */

/* The items of all processes, one after the other, to the first one; the others keep none.
 * Returns new memory, or NULL: no memory (noted), or no item. */
static void *collect(struct mcv_play *p, struct mcv_ranks *ranks, const void *items, size_t *n,
                     size_t bytes)
{
    struct mcv_bytes in;

    if (mcv_ranks_n(ranks) == 1) {
        in = mcv_bytes_of(items, *n * bytes);
    } else {
        if (*n > 0 && mcv_ranks_stage(ranks, 0, items, *n * bytes) != MCV_OK)
            p->is_out_of_memory = true;
        in = mcv_ranks_exchange(ranks);
    }
    *n = in.n / bytes;
    if (*n == 0) return NULL;
    void *all = malloc(in.n);
    if (all == NULL) {
        p->is_out_of_memory = true;
        *n = 0;
        return NULL;
    }
    memcpy(all, in.p, in.n);
    return all;
}

void mcv_play_collect_notes(struct mcv_play *p)
{
    struct mcv_watch *w = &p->watch;

    if (mcv_ranks_n(p->options.ranks) == 1) return;
    struct mcv_watch_note *all = collect(p, p->options.ranks, w->notes, &w->n, sizeof *all);
    free(w->notes);
    w->notes = all;
    w->cap = w->n;
}

static int compare_samples(const void *a, const void *b)
{
    const struct mcv_sample *x = a, *y = b;

    if (x->at_us != y->at_us) return x->at_us < y->at_us ? -1 : 1;
    if (x->agent != y->agent) return x->agent < y->agent ? -1 : 1;
    if (x->kpi != y->kpi) return x->kpi < y->kpi ? -1 : 1;
    if (x->other != y->other) return x->other < y->other ? -1 : 1;
    if (x->launcher != y->launcher) return x->launcher < y->launcher ? -1 : 1;
    return x->value_us < y->value_us ? -1 : x->value_us > y->value_us;
}

static void merge_samples(struct mcv_play *p, struct mcv_ranks *ranks)
{
    struct mcv_kpis *k = &p->kpis;
    struct mcv_sample *all = collect(p, ranks, k->samples, &k->n_samples, sizeof *all);

    free(k->samples);
    k->samples = all;
    mcv_ranks_sum(ranks, &k->n_left_out, 1);
    if (k->n_samples > 1) qsort(k->samples, k->n_samples, sizeof *k->samples, compare_samples);
    if (k->n_samples > k->max_samples) {
        k->n_left_out += k->n_samples - k->max_samples;
        k->n_samples = k->max_samples;
    }
    k->cap_samples = k->n_samples;
}

static void merge_histograms(struct mcv_histogram *all, unsigned n, struct mcv_ranks *ranks)
{
    for (unsigned i = 0; i < n; i++) {
        struct mcv_histogram *h = &all[i];
        uint64_t least = h->n > 0 ? h->min_us : UINT64_MAX, most = h->max_us;

        mcv_ranks_min_max(ranks, &least, &most);
        mcv_ranks_sum(ranks, &h->n, 1);
        mcv_ranks_sum(ranks, &h->sum_us, 1);
        mcv_ranks_sum(ranks, h->count, MCV_HISTOGRAM_BUCKETS);
        h->min_us = h->n > 0 ? least : 0;
        h->max_us = most;
    }
}

struct placed_beat {
    struct mcv_beat beat;
    size_t at;
};

/* Of one user in the order in which they came; who arbitrates is found out later than the rest. */
static int compare_beats(const void *a, const void *b)
{
    const struct placed_beat *x = a, *y = b;
    const bool x_last = x->beat.what == MCV_BEAT_ARBITRATOR ||
                        x->beat.what == MCV_BEAT_NO_ARBITRATOR;
    const bool y_last = y->beat.what == MCV_BEAT_ARBITRATOR ||
                        y->beat.what == MCV_BEAT_NO_ARBITRATOR;

    if (x->beat.at_us != y->beat.at_us) return x->beat.at_us < y->beat.at_us ? -1 : 1;
    if (x->beat.user != y->beat.user) return x->beat.user < y->beat.user ? -1 : 1;
    if (x_last != y_last) return x_last ? 1 : -1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_beats(struct mcv_play *p)
{
    struct mcv_story *s = &p->story;
    struct placed_beat *all = malloc((s->n_beats + 1) * sizeof *all);

    if (all == NULL) {
        p->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < s->n_beats; i++)
        all[i] = (struct placed_beat){.beat = s->beats[i], .at = i};
    qsort(all, s->n_beats, sizeof *all, compare_beats);
    for (size_t i = 0; i < s->n_beats; i++) s->beats[i] = all[i].beat;
    free(all);
}

static void merge_story(struct mcv_play *p)
{
    struct mcv_story *s = &p->story;
    struct mcv_beat *all = collect(p, p->options.ranks, s->beats, &s->n_beats, sizeof *all);

    free(s->beats);
    s->beats = all;
    mcv_ranks_sum(p->options.ranks, &s->n_left_out, 1);
    sort_beats(p);
    if (s->n_beats > MCV_STORY_MAX_BEATS) {
        s->n_left_out += s->n_beats - MCV_STORY_MAX_BEATS;
        s->n_beats = MCV_STORY_MAX_BEATS;
    }
    s->cap_beats = s->n_beats;
}

void mcv_play_sum_totals(struct mcv_play *p, struct mcv_world_totals *totals)
{
    uint64_t v[sizeof *totals / sizeof(uint64_t)];

    *totals = *mcv_world_totals(p->world);
    memcpy(v, totals, sizeof *totals);
    mcv_ranks_sum(p->options.ranks, v, sizeof v / sizeof *v);
    memcpy(totals, v, sizeof *totals);
}

static void take_loads(struct mcv_play *p)
{
    for (uint32_t u = 0; u < p->file->roster.n_users; u++) {
        if (!mcv_play_is_here(p, u)) continue;
        const struct mcv_world_load *l = mcv_world_load(p->world, u);
        const uint64_t values[MCV_N_LOADS] = {[MCV_LOAD_SENT] = l->n_sent,
                                              [MCV_LOAD_RECEIVED] = l->n_received,
                                              [MCV_LOAD_BYTES] = l->n_sent_bytes,
                                              [MCV_LOAD_AIR] = l->air_us,
                                              [MCV_LOAD_CRYPTO] = l->job_us};
        for (unsigned i = 0; i < MCV_N_LOADS; i++) mcv_histogram_add(&p->kpis.loads[i], values[i]);
    }
}

static void merge_kpis(struct mcv_play *p, struct mcv_ranks *ranks)
{
    uint64_t bytes = p->all_bytes;

    mcv_ranks_sum(ranks, &p->trace, 1);
    mcv_ranks_sum(ranks, &bytes, 1);
    p->all_bytes = (size_t)bytes;
    mcv_ranks_sum(ranks, p->kpis.totals, MCV_N_TOTALS);
    merge_histograms(p->kpis.times, MCV_N_KPIS, ranks);
    mcv_ranks_sum(ranks, p->kpis.n_within, MCV_N_KPIS);
    merge_histograms(p->kpis.loads, MCV_N_LOADS, ranks);
    merge_samples(p, ranks);
}

void mcv_play_merge(struct mcv_play *p)
{
    p->trace = mcv_world_trace_hash(p->world);
    p->all_bytes = mcv_play_bytes(p);
    take_loads(p);
    merge_kpis(p, p->options.ranks);
    mcv_ranks_sum(p->options.ranks, &p->n_crossed, 1);
    if (p->options.keeps_story) merge_story(p);
    for (size_t i = 0; i < p->file->s.expects.n; i++)
        if (p->counts[i] != NULL)
            mcv_ranks_sum(p->options.ranks, p->counts[i], p->file->roster.n_users);
}

bool mcv_play_add_up(struct mcv_play *p, struct mcv_ranks *ranks)
{
    MCV_ASSERT(p->options.ranks == NULL);
    for (size_t i = 0; i < p->kpis.n_samples; i++)
        p->kpis.samples[i].launcher = (uint16_t)mcv_ranks_me(ranks);
    merge_kpis(p, ranks);
    mcv_play_judge_all(p, ranks);
    return !p->is_out_of_memory;
}

/* ---- start --------------------------------------------------------------------------------- */

mcv_err mcv_play_divide(struct mcv_play *p)
{
    const struct mcv_roster *r = &p->file->roster;

    p->division = (struct mcv_world_division){.ctx = p, .is_here = is_here, .send = send};
    p->has_members = mcv_pool_alloc(&p->pool,
                                    ((size_t)r->n_groups + 1) * mcv_ranks_n(p->options.ranks));
    return p->has_members != NULL ? MCV_OK : MCV_E_IO;
}

void mcv_play_find_members(struct mcv_play *p)
{
    for (uint32_t g = 0; g < p->file->roster.n_groups; g++) {
        size_t n;
        const uint32_t *members = mcv_cast_members(p->cast, g, &n);

        for (size_t i = 0; i < n; i++) *has_members(p, g, rank_of(p, members[i])) = true;
    }
}

mcv_err mcv_play_check_division(const struct mcv_play *p, struct mcv_yaml_why *why)
{
    const struct mcv_scenario *s = &p->file->s;
    const struct mcv_scenario_fault *faults = s->faults.items;

    if (mcv_ranks_n(p->options.ranks) == 1) return MCV_OK;
    if (mcv_ranks_n(p->options.ranks) > p->file->roster.n_users)
        return mcv_yaml_refuse(p->file->doc, why, &s->groups,
                               "fewer users than processes over which they are divided");
    if (mcv_scenario_link_model(&s->link).delay_us == 0)
        return mcv_yaml_refuse(p->file->doc, why, &s->link.delay_us,
                               "a link without delay cannot be divided over processes");
    for (size_t i = 0; i < s->faults.n; i++)
        if (faults[i].to == NULL)
            return mcv_yaml_refuse(p->file->doc, why, &faults[i],
                                   "a fault that counts over many receivers cannot be divided over "
                                   "processes: give it a `to`");
    return MCV_OK;
}
