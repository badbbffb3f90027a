#include "sim/live_report.h"

#include <inttypes.h>
#include <string.h>

const struct mcv_live_resource_row mcv_live_resource_rows[MCV_LIVE_N_RESOURCES] = {
#define MCV_LIVE_RESOURCE_ROW(NAME, name, text) {name, text},
    MCV_LIVE_RESOURCE_LIST(MCV_LIVE_RESOURCE_ROW)
#undef MCV_LIVE_RESOURCE_ROW
};

void mcv_live_report_init(struct mcv_live_report *r)
{
    memset(r, 0, sizeof *r);
    r->n_launchers = 1;
    for (unsigned i = 0; i < MCV_LIVE_N_RESOURCES; i++) r->first_us[i] = MCV_LIVE_NEVER;
}

void mcv_live_report_merge(struct mcv_live_report *r, const struct mcv_live_report *other)
{
    r->is_cut |= other->is_cut;
    r->is_interrupted |= other->is_interrupted;
    r->n_launchers += other->n_launchers;
    r->n_agents += other->n_agents;
    if (other->wall_us > r->wall_us) r->wall_us = other->wall_us;
    r->cpu_us += other->cpu_us;
    r->loop_cpu_us += other->loop_cpu_us;
    r->loop_wait_us += other->loop_wait_us;
    if (other->busiest_ppm > r->busiest_ppm) r->busiest_ppm = other->busiest_ppm;
    r->n_sent += other->n_sent;
    r->n_delivered += other->n_delivered;
    r->n_jobs += other->n_jobs;
    r->n_queue_lost += other->n_queue_lost;
    r->n_send_failed += other->n_send_failed;
    r->n_sockets_failed += other->n_sockets_failed;
    r->n_air += other->n_air;
    r->n_air_lost += other->n_air_lost;
    mcv_histogram_merge(&r->late, &other->late);
    mcv_histogram_merge(&r->job_wait, &other->job_wait);
    for (unsigned i = 0; i < MCV_LIVE_N_RESOURCES; i++)
        if (other->first_us[i] < r->first_us[i]) r->first_us[i] = other->first_us[i];
}

bool mcv_live_report_collect(struct mcv_live_report *r, struct mcv_ranks *ranks)
{
    struct mcv_live_report other;
    bool is_staged = true;

    if (mcv_ranks_n(ranks) == 1) return true;
    if (mcv_ranks_me(ranks) != 0) is_staged = mcv_ranks_stage(ranks, 0, r, sizeof *r) == MCV_OK;
    struct mcv_bytes in = mcv_ranks_exchange(ranks);
    for (; in.n >= sizeof other; in = mcv_bytes_of(in.p + sizeof other, in.n - sizeof other)) {
        memcpy(&other, in.p, sizeof other);
        mcv_live_report_merge(r, &other);
    }
    return is_staged;
}

enum mcv_live_resource mcv_live_report_first(const struct mcv_live_report *r)
{
    unsigned first = MCV_LIVE_N_RESOURCES;
    uint64_t at_us = MCV_LIVE_NEVER;

    for (unsigned i = 0; i < MCV_LIVE_N_RESOURCES; i++) {
        if (r->first_us[i] >= at_us) continue;
        first = i;
        at_us = r->first_us[i];
    }
    return (enum mcv_live_resource)first;
}

static double seconds(uint64_t us)
{
    return (double)us / 1e6;
}

static double per_second(uint64_t n, const struct mcv_live_report *r)
{
    return r->wall_us > 0 ? (double)n / seconds(r->wall_us) : 0;
}

/* Of the time that it took. */
static double share(uint64_t us, const struct mcv_live_report *r)
{
    return r->wall_us > 0 ? (double)us / (double)r->wall_us : 0;
}

/* Of one agent, in percent of a core. */
static double cpu_per_agent(const struct mcv_live_report *r)
{
    return r->n_agents > 0 ? 100 * share(r->cpu_us, r) / r->n_agents : 0;
}

/* ---- for people ---------------------------------------------------------------------------- */

#define BAR_MAX 40

/* One line for each doubling from 1 ms on. */
static void print_histogram(const struct mcv_histogram *h, const char *what, FILE *to)
{
    uint64_t n[MCV_HISTOGRAM_BUCKETS] = {0}, most = 0;
    unsigned first = 0, last = 0;

    if (h->n == 0) return;
    for (size_t i = 0; i < MCV_HISTOGRAM_BUCKETS; i++) {
        unsigned row = 0;

        if (h->count[i] == 0) continue;
        while (mcv_histogram_upper_us(i) >= UINT64_C(1000) << row) row++;
        n[row] += h->count[i];
        if (row > last) last = row;
    }
    for (unsigned row = 0; row <= last; row++)
        if (n[row] > most) most = n[row];
    while (n[first] == 0) first++;
    fprintf(to, "  %s:\n", what);
    for (unsigned row = first; row <= last; row++)
        fprintf(to, "  below %6" PRIu64 " ms %8" PRIu64 " %.*s\n", UINT64_C(1) << row, n[row],
                (int)((n[row] * BAR_MAX + most - 1) / most),
                "########################################");
}

static void print_first(const struct mcv_live_report *r, FILE *to)
{
    const enum mcv_live_resource first = mcv_live_report_first(r);

    if (first == MCV_LIVE_N_RESOURCES) {
        fprintf(to, "  first bottleneck: none (the loop had work for at most %.0f %%)\n",
                r->busiest_ppm / 1e4);
        return;
    }
    fprintf(to, "  first bottleneck: %s, after %.1f s: %s\n", mcv_live_resource_rows[first].name,
            seconds(r->first_us[first]), mcv_live_resource_rows[first].text);
    for (unsigned i = 0; i < MCV_LIVE_N_RESOURCES; i++)
        if (i != first && r->first_us[i] != MCV_LIVE_NEVER)
            fprintf(to, "  then %s, after %.1f s\n", mcv_live_resource_rows[i].name,
                    seconds(r->first_us[i]));
}

void mcv_live_report_print(const struct mcv_live_report *r, const struct mcv_kpis *k, FILE *to)
{
    fprintf(to, "  tier %u, %.3f s%s%s\n", r->tier, seconds(r->wall_us),
            r->is_interrupted ? ", interrupted" : "",
            r->is_cut ? ", shorter than the scenario: what it expects is not judged" : "");
    if (r->n_launchers > 1)
        fprintf(to, "  %u launchers, %u agents: everything here is of all of them\n",
                r->n_launchers, r->n_agents);
    fprintf(to, "  deliveries %" PRIu64 ", %.0f a second; %" PRIu64 " datagrams sent\n",
            r->n_delivered, per_second(r->n_delivered, r), r->n_sent);
    fprintf(to,
            "  failures: %" PRIu64 " not sent, %" PRIu64 " lost in receive queues, %" PRIu64
            " times without sockets",
            r->n_send_failed, r->n_queue_lost, r->n_sockets_failed);
    if (r->n_air > 0)
        fprintf(to, "\n  lost on purpose: %" PRIu64 " of %" PRIu64 " (%.1f %%)", r->n_air_lost,
                r->n_air, 100 * (double)r->n_air_lost / (double)r->n_air);
    fprintf(
        to,
        "\n  CPU %.3f %% of a core per agent; %.2f cores in all, the loop %.2f; it waited for a "
        "core %.0f %% of the time\n",
        cpu_per_agent(r), share(r->cpu_us, r), share(r->loop_cpu_us, r),
        100 * share(r->loop_wait_us, r) / r->n_launchers);
    fprintf(to, "  timers late by %.1f ms (99 %%), jobs waited for %.1f ms (99 %%)\n",
            (double)mcv_histogram_quantile(&r->late, 990000) / 1e3,
            (double)mcv_histogram_quantile(&r->job_wait, 990000) / 1e3);
    print_first(r, to);
    fputc('\n', to);
    print_histogram(&k->times[MCV_KPI_PRIVATE_SETUP], "private calls, request to established", to);
    print_histogram(&k->times[MCV_KPI_END_TO_END], "calls started, private and group", to);
}

/* ---- for programs -------------------------------------------------------------------------- */

static json_t *histogram_json(const struct mcv_histogram *h)
{
    json_t *list = json_array();

    for (size_t i = 0; i < MCV_HISTOGRAM_BUCKETS; i++)
        if (h->count[i] != 0)
            json_array_append_new(list, json_pack("[I,I]", (json_int_t)mcv_histogram_upper_us(i),
                                                  (json_int_t)h->count[i]));
    return list;
}

static json_t *resources_json(const struct mcv_live_report *r)
{
    json_t *o = json_object();

    for (unsigned i = 0; i < MCV_LIVE_N_RESOURCES; i++)
        json_object_set_new(o, mcv_live_resource_rows[i].name,
                            r->first_us[i] != MCV_LIVE_NEVER
                                ? json_integer((json_int_t)r->first_us[i])
                                : json_null());
    return o;
}

json_t *mcv_live_report_json(const struct mcv_live_report *r)
{
    const enum mcv_live_resource first = mcv_live_report_first(r);

    return json_pack(
        "{s:i,s:I,s:I,s:b,s:I,s:I,s:f,s:I,s:{s:I,s:I,s:I},s:I,s:I,s:{s:I,s:I,s:I,s:f,s:f},s:I,s:s?,"
        "s:o,s:o,s:o}",
        "tier", r->tier, "launchers", (json_int_t)r->n_launchers, "agents", (json_int_t)r->n_agents,
        "interrupted", r->is_interrupted, "sent", (json_int_t)r->n_sent, "deliveries",
        (json_int_t)r->n_delivered, "deliveries_per_s", per_second(r->n_delivered, r), "jobs",
        (json_int_t)r->n_jobs, "failures", "send", (json_int_t)r->n_send_failed, "receive_queue",
        (json_int_t)r->n_queue_lost, "sockets", (json_int_t)r->n_sockets_failed, "air_packets",
        (json_int_t)r->n_air, "air_lost", (json_int_t)r->n_air_lost, "cpu", "all_us",
        (json_int_t)r->cpu_us, "loop_us", (json_int_t)r->loop_cpu_us, "loop_waited_us",
        (json_int_t)r->loop_wait_us, "percent_per_agent", cpu_per_agent(r), "busiest_share",
        r->busiest_ppm / 1e6, "wall_us", (json_int_t)r->wall_us, "first_bottleneck",
        first != MCV_LIVE_N_RESOURCES ? mcv_live_resource_rows[first].name : NULL,
        "used_up_after_us", resources_json(r), "timers_late_us", histogram_json(&r->late),
        "job_wait_us", histogram_json(&r->job_wait));
}
