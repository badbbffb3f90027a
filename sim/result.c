#include "sim/result.h"

#include "sim/machine.h"
#include "sim/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint32_t quantiles[] = {500000, 950000, 990000, 1000000};
static const char *const quantile_names[] = {"p50_us", "p95_us", "p99_us", "max_us"};

/* ---- table --------------------------------------------------------------------------------- */

static void print_kpi(const struct mcv_kpis *k, unsigned id, FILE *to)
{
    const struct mcv_kpi_row *row = &mcv_kpi_rows[id];
    const struct mcv_histogram *h = &k->times[id];

    if (h->n == 0) return;
    fprintf(to, "  %-14s %8" PRIu64, row->name, h->n);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        fprintf(to, " %10.1f", (double)mcv_histogram_quantile(h, quantiles[i]) / 1e3);
    if (row->limit_us != 0)
        fprintf(to, "   %s: %g %% within %" PRIu64 " ms",
                mcv_kpis_pass(k, (enum mcv_kpi_id)id) ? "pass" : "FAIL", row->share_ppm / 1e4,
                row->limit_us / 1000);
    fputc('\n', to);
}

static void print_loads(const struct mcv_kpis *k, FILE *to)
{
    fprintf(to, "  %-14s %8s %10s %10s %10s\n", "of a peer", "mean", "p50", "p95", "max");
    for (unsigned i = 0; i < MCV_N_LOADS; i++) {
        const struct mcv_histogram *h = &k->loads[i];

        if (h->max_us == 0) continue;
        fprintf(to, "  %-14s %8" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "   %s\n",
                mcv_load_rows[i].name, h->sum_us / h->n, mcv_histogram_quantile(h, 500000),
                mcv_histogram_quantile(h, 950000), h->max_us, mcv_load_rows[i].text);
    }
    fputc('\n', to);
}

/* A live run may be shorter than the scenario. */
static bool is_judged(const struct mcv_result *r)
{
    return r->live == NULL || !r->live->is_cut;
}

static void print_verdicts(const struct mcv_result *r, FILE *to)
{
    struct mcv_verdict v;

    for (size_t i = 0; mcv_play_verdict(r->play, i, &v); i++)
        fprintf(to, "  %-4s %s (%s)\n", v.is_met ? "ok" : "NOT", v.text, v.detail);
}

static const char *outcome(const struct mcv_result *r)
{
    if (r->live != NULL && r->live->is_interrupted) return "interrupted";
    if (!r->is_ok) return "FAILED";
    return is_judged(r) ? "passed" : "not judged";
}

void mcv_result_print(const struct mcv_result *r, FILE *to)
{
    const struct mcv_kpis *k = mcv_play_kpis(r->play);
    const struct mcv_play_division d = mcv_play_division(r->play);
    const size_t n_users = mcv_cast_n_users(mcv_play_cast(r->play));
    const double virtual_s = (double)mcv_world_now_us(mcv_play_world(r->play)) / 1e6;
    const double wall_s = (double)r->wall_us / 1e6;

    if (r->live != NULL) {
        fprintf(to, "%s: %zu peers, seed %" PRIu64 ", live\n", r->file->s.name, n_users, r->seed);
        mcv_live_report_print(r->live, k, to);
    } else {
        fprintf(to, "%s: %zu peers, seed %" PRIu64 ", %.3f s of virtual time in %.3f s (%.1f x)\n",
                r->file->s.name, n_users, r->seed, virtual_s, wall_s,
                wall_s > 0 ? virtual_s / wall_s : 0);
        fprintf(to, "  trace %016" PRIx64 ", %zu octets of memory per peer\n",
                mcv_play_trace(r->play), mcv_play_all_bytes(r->play) / n_users);
        if (d.n_processes > 1)
            fprintf(to, "  %u processes, %" PRIu64 " windows, %" PRIu64 " datagrams between them\n",
                    d.n_processes, d.n_windows, d.n_crossed);
    }
    fputc('\n', to);
    fprintf(to, "  %-14s %8s %10s %10s %10s %10s\n", "times (ms)", "n", "p50", "p95", "p99", "max");
    for (unsigned i = 0; i < MCV_N_KPIS; i++) print_kpi(k, i, to);
    fputc('\n', to);
    for (unsigned i = 0; i < MCV_N_TOTALS; i++)
        if (k->totals[i] != 0)
            fprintf(to, "  %-16s %12" PRIu64 "  %s\n", mcv_total_rows[i].name, k->totals[i],
                    mcv_total_rows[i].text);
    fputc('\n', to);
    print_loads(k, to);
    if (is_judged(r)) print_verdicts(r, to);
    if (r->stop != MCV_WORLD_REACHED)
        fprintf(to, "  the run ended early: %s\n", mcv_world_stop_name(r->stop));
    fprintf(to, "%s\n", outcome(r));
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *histogram_json(const struct mcv_histogram *h)
{
    json_t *list = json_array();

    for (size_t i = 0; i < MCV_HISTOGRAM_BUCKETS; i++)
        if (h->count[i] != 0)
            json_array_append_new(list, json_pack("[I,I]", (json_int_t)mcv_histogram_upper_us(i),
                                                  (json_int_t)h->count[i]));
    return list;
}

static json_t *kpi_json(const struct mcv_kpis *k, unsigned id)
{
    const struct mcv_kpi_row *row = &mcv_kpi_rows[id];
    const struct mcv_histogram *h = &k->times[id];
    json_t *o = json_pack("{s:s,s:s,s:I,s:I}", "name", row->name, "what", row->text, "n",
                          (json_int_t)h->n, "mean_us",
                          (json_int_t)(h->n > 0 ? h->sum_us / h->n : 0));

    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        json_object_set_new(o, quantile_names[i],
                            json_integer((json_int_t)mcv_histogram_quantile(h, quantiles[i])));
    if (row->limit_us != 0) {
        json_object_set_new(o, "limit_us", json_integer((json_int_t)row->limit_us));
        json_object_set_new(o, "limit_share", json_real(row->share_ppm / 1e6));
        json_object_set_new(o, "pass",
                            h->n > 0 ? json_boolean(mcv_kpis_pass(k, (enum mcv_kpi_id)id))
                                     : json_null());
    }
    json_object_set_new(o, "histogram", histogram_json(h));
    return o;
}

static json_t *totals_json(const struct mcv_kpis *k)
{
    json_t *o = json_object();

    for (unsigned i = 0; i < MCV_N_TOTALS; i++)
        json_object_set_new(o, mcv_total_rows[i].name, json_integer((json_int_t)k->totals[i]));
    return o;
}

static json_t *loads_json(const struct mcv_kpis *k)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < MCV_N_LOADS; i++) {
        const struct mcv_histogram *h = &k->loads[i];

        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o}", "name",
                                        mcv_load_rows[i].name, "what", mcv_load_rows[i].text,
                                        "mean", (json_int_t)(h->n > 0 ? h->sum_us / h->n : 0),
                                        "p50", (json_int_t)mcv_histogram_quantile(h, 500000), "p95",
                                        (json_int_t)mcv_histogram_quantile(h, 950000), "max",
                                        (json_int_t)h->max_us, "histogram", histogram_json(h)));
    }
    return list;
}

static json_t *verdicts_json(const struct mcv_result *r)
{
    json_t *list = json_array();
    struct mcv_verdict v;

    for (size_t i = 0; mcv_play_verdict(r->play, i, &v); i++)
        json_array_append_new(
            list, json_pack("{s:s,s:b,s:s}", "name", v.text, "ok", v.is_met, "detail", v.detail));
    return list;
}

static json_t *machine_json(void)
{
    struct mcv_machine_record m;

    mcv_machine_read(&m);
    return json_pack("{s:s,s:I,s:s,s:s}", "cpu", m.cpu, "cores", (json_int_t)m.n_cores, "kernel",
                     m.kernel, "compiler", m.compiler);
}

/* Of a run that is not divided: null. */
static json_t *division_json(const struct mcv_result *r)
{
    const struct mcv_play_division d = mcv_play_division(r->play);

    if (d.n_processes == 1) return json_null();
    return json_pack("{s:i,s:I,s:I}", "processes", (int)d.n_processes, "windows",
                     (json_int_t)d.n_windows, "datagrams", (json_int_t)d.n_crossed);
}

/* A path may have octets that JSON has not. */
static json_t *path_json(const char *path)
{
    json_t *o = json_string(path);

    return o != NULL ? o : json_string("(not UTF-8)");
}

json_t *mcv_result_json(const struct mcv_result *r)
{
    const struct mcv_kpis *k = mcv_play_kpis(r->play);
    const struct mcv_world *w = mcv_play_world(r->play);
    json_t *kpis = json_array();
    char hash[20];

    for (unsigned i = 0; i < MCV_N_KPIS; i++) json_array_append_new(kpis, kpi_json(k, i));
    snprintf(hash, sizeof hash, "%016" PRIx64, mcv_play_trace(r->play));
    json_t *o = json_pack(
        "{s:b,s:s,s:o,s:I,s:s,s:o,s:I,s:I,s:I,s:I,s:s,s:s,s:o,s:o,s:o,s:I,s:I,s:I}", "ok", r->is_ok,
        "scenario", r->file->s.name, "file", path_json(r->path), "seed", (json_int_t)r->seed,
        "version", MCV_VERSION, "machine", machine_json(), "peers",
        (json_int_t)mcv_cast_n_users(mcv_play_cast(r->play)), "virtual_us",
        (json_int_t)mcv_world_now_us(w), "wall_us", (json_int_t)r->wall_us, "steps",
        (json_int_t)mcv_world_totals(w)->n_steps, "trace", hash, "stop",
        mcv_world_stop_name(r->stop), "expectations",
        is_judged(r) ? verdicts_json(r) : json_array(), "kpis", kpis, "totals", totals_json(k),
        "samples", (json_int_t)k->n_samples, "samples_left_out", (json_int_t)k->n_left_out,
        "memory_bytes", (json_int_t)mcv_play_all_bytes(r->play));
    json_object_set_new(o, "loads", loads_json(k));
    json_object_set_new(o, "division", division_json(r));
    if (r->live != NULL) json_object_set_new(o, "live", mcv_live_report_json(r->live));
    return o;
}

/* ---- files --------------------------------------------------------------------------------- */

static FILE *open_in(const char *dir, const char *name)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return fopen(path, "w");
}

static bool close_well(FILE *f, bool is_good)
{
    const bool was_written = ferror(f) == 0;

    return fclose(f) == 0 && was_written && is_good;
}

/* results.json, and report.html with the same in it. */
static bool write_json(const struct mcv_result *r, const char *dir)
{
    json_t *o = mcv_result_json(r);
    FILE *f = open_in(dir, "results.json");
    bool is_good = f != NULL &&
                   close_well(f, json_dumpf(o, f, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0);

    f = is_good ? open_in(dir, "report.html") : NULL;
    is_good = f != NULL && close_well(f, mcv_report_write(r, o, f));
    json_decref(o);
    return is_good;
}

static bool write_samples(const struct mcv_result *r, const char *dir)
{
    const struct mcv_kpis *k = mcv_play_kpis(r->play);
    const struct mcv_roster *roster = &r->file->roster;
    FILE *f = open_in(dir, "samples.csv");

    if (f == NULL) return false;
    fprintf(f, "at_us,kpi,value_us,user,other%s\n", r->live != NULL ? ",launcher" : "");
    for (size_t i = 0; i < k->n_samples; i++) {
        const struct mcv_sample *s = &k->samples[i];

        fprintf(f, "%" PRIu64 ",%s,%" PRIu64 ",%s,%s", s->at_us, mcv_kpi_rows[s->kpi].name,
                s->value_us, roster->users[s->agent].name,
                s->other < roster->n_users ? roster->users[s->other].name : "");
        if (r->live != NULL) fprintf(f, ",%u", s->launcher + 1u);
        fputc('\n', f);
    }
    return close_well(f, true);
}

bool mcv_result_make_dir(const char *dir)
{
    struct stat st;

    if (mkdir(dir, 0777) != 0 && errno != EEXIST) return false;
    if (stat(dir, &st) != 0) return false;
    if (!S_ISDIR(st.st_mode)) errno = ENOTDIR;
    return S_ISDIR(st.st_mode) && access(dir, W_OK | X_OK) == 0;
}

bool mcv_result_write(const struct mcv_result *r, const char *dir)
{
    return write_json(r, dir) && write_samples(r, dir);
}
