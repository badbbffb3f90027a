/* mcvsim: scenarios in virtual time, and on real sockets. */
#include "crypto/sakke.h"
#include "sim/live.h"
#include "sim/option.h"
#include "sim/replay_command.h"
#include "sim/result.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES      1000000
#define MAX_STATE_LINES  50 /* of a run that ended early */
#define EXIT_NOT_MET     1
#define EXIT_WRONG       2 /* command line or scenario */
#define EXIT_ENDED_EARLY 3

static const char usage[] =
    "usage: mcvsim run SCENARIO.yaml [--seed S] [--peers N] [--out DIR] [--progress=KIND]\n"
    "       mcvsim live SCENARIO.yaml [--tier T] [--seconds S] [the same options]\n"
    "       mcvsim check SCENARIO.yaml\n"
    "       mcvsim replay FILE ...    a flight record of mcvd; see mcvsim replay --help\n"
    "The agents of mcvd by the thousand: run, in virtual time, over a simulated network; live, in\n"
    "real time, on sockets of this machine, with real cryptography.\n"
    "\n"
    "  -s, --seed S         another run of the same scenario; default: the seed of the file\n"
    "  -p, --peers N        peers in all, shared by the groups of the file that have some\n"
    "  -o, --out DIR        write results.json, samples.csv and report.html there\n"
    "  -P, --progress=KIND  bar (default on a terminal), json (a line of JSON now and then), off\n"
    "  -t, --tier T         live: 1 one socket per group for all of its members (default),\n"
    "                       2 sockets for each agent, 3 and a network namespace with loss\n"
    "  -n, --seconds S      live: how long; default: the duration of the scenario\n"
    "  -V, --version        print the version and exit\n"
    "  -h, --help           print this and exit\n"
    "\n"
    "Same scenario, seed and peers: same trace, on every machine. Under mpirun or srun --mpi=pmix "
    "the\n"
    "processes share the users of a run; live, each plays all of it, and what is told is of all.\n"
    "Exit status: 0 all that the scenario expects came true, 1 not all, 2 wrong command line or\n"
    "scenario, 3 the run ended early (stalled, out of memory, interrupted).\n";

enum progress { PROGRESS_OFF, PROGRESS_BAR, PROGRESS_JSON };

struct arguments {
    const char *verb, *path, *out;
    uint64_t seed;
    bool has_seed;
    uint32_t peers, seconds;
    enum mcv_live_tier tier; /* 0: not said */
    enum progress progress;
    struct mcv_ranks *ranks; /* NULL: one process */
};

static bool read_progress(enum progress *out, const char *text)
{
    static const char *const names[] = {"off", "bar", "json"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *out = (enum progress)i;
        return true;
    }
    return false;
}

static bool wrong(const char *what, const char *value)
{
    fprintf(stderr, "mcvsim: %s \"%s\"; see mcvsim --help\n", what, value);
    return false;
}

static bool read_option(struct arguments *out, int c)
{
    uint64_t n;

    switch (c) {
    case 's':
        out->has_seed = mcv_option_number(&out->seed, optarg, MCV_MAX_SEED);
        return out->has_seed || wrong("--seed needs a number below 2^53, not", optarg);
    case 'p':
        if (!mcv_option_number(&n, optarg, UINT32_MAX) || n == 0)
            return wrong("--peers needs a number above 0, not", optarg);
        out->peers = (uint32_t)n;
        return true;
    case 't':
        if (!mcv_option_number(&n, optarg, MCV_LIVE_NETNS) || n == 0)
            return wrong("--tier needs 1, 2 or 3, not", optarg);
        out->tier = (enum mcv_live_tier)n;
        return true;
    case 'n':
        if (!mcv_option_number(&n, optarg, MCV_LIVE_MAX_S) || n == 0)
            return wrong("--seconds needs a number from 1 to 86400, not", optarg);
        out->seconds = (uint32_t)n;
        return true;
    case 'o':
        out->out = optarg;
        return true;
    case 'P':
        return read_progress(&out->progress, optarg) ||
               wrong("--progress needs bar, json or off, not", optarg);
    case 'V':
        printf("mcvsim %s\n", MCV_VERSION);
        exit(0);
    case 'h':
        fputs(usage, stdout);
        exit(0);
    default:
        return false;
    }
}

typedef int run_verb(const struct arguments *a, const struct mcv_scenario_file *file);

static run_verb run_virtual, run_live, run_check;

struct verb {
    const char *name;
    run_verb *run;
};

static const struct verb *verb_of(const char *name)
{
    static const struct verb verbs[] = {
        {"run", run_virtual}, {"live", run_live}, {"check", run_check}};

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

static bool parse(struct arguments *out, int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},
        {"peers", required_argument, NULL, 'p'},
        {"out", required_argument, NULL, 'o'},
        {"progress", required_argument, NULL, 'P'},
        {"tier", required_argument, NULL, 't'},
        {"seconds", required_argument, NULL, 'n'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };

    *out = (struct arguments){.progress = isatty(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_OFF};
    for (int c; (c = getopt_long(argc, argv, "s:p:o:P:t:n:Vh", options, NULL)) != -1;)
        if (!read_option(out, c)) return false;
    if (argc - optind != 2) {
        fputs("mcvsim: a verb and a scenario file are needed; see mcvsim --help\n", stderr);
        return false;
    }
    out->verb = argv[optind];
    out->path = argv[optind + 1];
    if (verb_of(out->verb) == NULL) return wrong("the verb is run, live or check, not", out->verb);
    if (verb_of(out->verb)->run != run_live && (out->tier != 0 || out->seconds != 0))
        return wrong("--tier and --seconds are not for", out->verb);
    if (verb_of(out->verb)->run == run_check && (out->out != NULL || out->has_seed))
        return wrong("--out and --seed are not for", out->verb);
    return true;
}

static uint64_t wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void show_bar(void *ctx, uint64_t now_us, uint64_t end_us)
{
    const unsigned done = end_us > 0 ? (unsigned)(now_us * 40 / end_us) : 40;

    (void)ctx;
    fprintf(stderr, "\r[%-40.*s] %3u %%", (int)done, "########################################",
            done * 100 / 40);
    if (now_us >= end_us) fputc('\n', stderr);
}

static void show_json(void *ctx, uint64_t now_us, uint64_t end_us)
{
    uint64_t *told_us = ctx;

    if (now_us < end_us && wall_us() - *told_us < 500000) return;
    *told_us = wall_us();
    fprintf(stderr, "{\"progress\":{\"virtual_us\":%" PRIu64 ",\"end_us\":%" PRIu64 "}}\n", now_us,
            end_us);
}

static void (*const shows[])(void *, uint64_t,
                             uint64_t) = {[PROGRESS_BAR] = show_bar, [PROGRESS_JSON] = show_json};

/* One process tells what came of all. */
static bool is_first(const struct arguments *a)
{
    return mcv_ranks_me(a->ranks) == 0;
}

/* What everybody was doing when the run ended early. */
static void print_states(const struct mcv_play *p)
{
    char line[200];
    uint32_t i = 0;
    unsigned n = 0;

    for (; n < MAX_STATE_LINES && mcv_play_describe(p, i, line); i++)
        if (*line != '\0') n += fprintf(stderr, "%s\n", line) > 0;
    if (mcv_play_describe(p, i, line)) fputs("...\n", stderr);
}

static bool is_interrupted(const struct mcv_result *r)
{
    return r->live != NULL && r->live->is_interrupted;
}

static bool is_cut(const struct mcv_result *r)
{
    return r->live != NULL && r->live->is_cut;
}

/* Of a launcher beside the first one, whose table says how many there are. */
static void print_unmet(const struct mcv_result *r)
{
    struct mcv_verdict v;
    char host[64] = "";

    (void)gethostname(host, sizeof host - 1);
    for (size_t i = 0; mcv_play_verdict(r->play, i, &v); i++)
        if (!v.is_met_here)
            fprintf(stderr, "mcvsim: %s: not met: %s (%s)\n", host, v.text, v.detail);
}

static int finish(const struct arguments *a, struct mcv_result *r)
{
    r->is_ok = r->stop == MCV_WORLD_REACHED && !is_interrupted(r) &&
               (is_cut(r) || mcv_play_is_met(r->play));
    if (is_first(a) && a->progress == PROGRESS_BAR && r->stop != MCV_WORLD_REACHED)
        fputc('\n', stderr); /* the bar did not come to its end */
    if (is_first(a)) mcv_result_print(r, stdout);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "mcvsim: standard output: %s\n", strerror(errno));
        return EXIT_WRONG;
    }
    if (!is_first(a) && r->live != NULL && !is_cut(r)) print_unmet(r);
    if (r->stop != MCV_WORLD_REACHED) print_states(r->play);
    if (is_first(a) && a->out != NULL && !mcv_result_write(r, a->out)) {
        fprintf(stderr, "mcvsim: %s: %s\n", a->out, strerror(errno));
        return EXIT_WRONG;
    }
    if (r->stop != MCV_WORLD_REACHED || is_interrupted(r)) return EXIT_ENDED_EARLY;
    return r->is_ok ? 0 : EXIT_NOT_MET;
}

static struct mcv_play_options play_options(const struct arguments *a,
                                            const struct mcv_scenario_file *file, uint64_t *told_us)
{
    return (struct mcv_play_options){.seed = a->has_seed ? a->seed : file->s.seed,
                                     .max_samples = MAX_SAMPLES,
                                     .keeps_story = a->out != NULL,
                                     .ranks = a->ranks,
                                     .progress = is_first(a) ? shows[a->progress] : NULL,
                                     .ctx = told_us};
}

static int run_virtual(const struct arguments *a, const struct mcv_scenario_file *file)
{
    uint64_t told_us = 0;
    const struct mcv_play_options options = play_options(a, file, &told_us);
    struct mcv_play *play;
    struct mcv_yaml_why why;

    if (mcv_play_open(&play, file, &options, &why) != MCV_OK) {
        if (is_first(a)) fprintf(stderr, "mcvsim: %s\n", why.text);
        return EXIT_WRONG;
    }
    const uint64_t from_us = wall_us();
    struct mcv_result r = {.file = file, .path = a->path, .play = play, .seed = options.seed};
    r.stop = mcv_play_run(play);
    r.wall_us = wall_us() - from_us;
    const int status = finish(a, &r);
    mcv_play_close(play);
    return status;
}

static void notice(void *ctx, const char *text)
{
    const struct arguments *a = ctx;

    if (is_first(a)) fprintf(stderr, "mcvsim: %s: %s\n", a->path, text);
}

static int run_live(const struct arguments *a, const struct mcv_scenario_file *file)
{
    uint64_t told_us = 0;
    struct arguments ctx = *a;
    const struct mcv_live_options options = {.tier = a->tier != 0 ? a->tier : MCV_LIVE_SHARED,
                                             .play = play_options(a, file, &told_us),
                                             .seconds = a->seconds,
                                             .notice = notice,
                                             .ctx = &ctx};
    struct mcv_live *live;
    struct mcv_yaml_why why;
    uint64_t is_open = mcv_live_open(&live, file, &options, &why) == MCV_OK, most = 0;

    if (!is_open) fprintf(stderr, "mcvsim: %s\n", why.text);
    mcv_ranks_min_max(a->ranks, &is_open, &most); /* all begin at one time, or nobody */
    if (!is_open) {
        mcv_live_close(live);
        return EXIT_WRONG;
    }
    const uint64_t from_us = wall_us();
    struct mcv_result r = {.file = file,
                           .path = a->path,
                           .play = mcv_live_play(live),
                           .seed = options.play.seed,
                           .live = mcv_live_report(live)};
    (void)mcv_live_run(live);
    r.wall_us = wall_us() - from_us;
    r.stop = mcv_live_collect(live, a->ranks);
    if (*mcv_live_why(live) != '\0')
        fprintf(stderr, "mcvsim: sockets could not be opened: %s\n", mcv_live_why(live));
    const int status = finish(a, &r);
    mcv_live_close(live);
    return status;
}

static int run_check(const struct arguments *a, const struct mcv_scenario_file *file)
{
    (void)a;
    (void)file;
    return 0;
}

/* All processes begin, or none. */
static bool make_out(const struct arguments *a)
{
    const bool is_wanted = a->out != NULL && is_first(a);
    uint64_t is_made = !is_wanted || mcv_result_make_dir(a->out), most = 0;

    if (!is_made) fprintf(stderr, "mcvsim: %s: %s\n", a->out, strerror(errno));
    mcv_ranks_min_max(a->ranks, &is_made, &most);
    return is_made;
}

/* The command line has been read. */
static int carry_out(const struct arguments *a)
{
    struct mcv_scenario_file file;
    struct mcv_yaml_why why;
    int status = EXIT_WRONG;
    const char *fault = mcv_sakke_backend_fault();

    if (fault != NULL) {
        fprintf(stderr, "mcvsim: MCV_FP=%s: %s\n", getenv("MCV_FP"), fault);
        return EXIT_WRONG;
    }
    if (mcv_scenario_open(&file, a->path, a->peers, &why) != MCV_OK) {
        if (is_first(a)) fprintf(stderr, "mcvsim: %s\n", why.text);
    } else if (make_out(a)) {
        status = verb_of(a->verb)->run(a, &file);
    }
    mcv_scenario_close(&file);
    return status;
}

static const char *ranks_fault(mcv_err err)
{
    if (err == MCV_E_UNSUPPORTED)
        return "this build is without MPI: start one process, not several";
    if (err == MCV_E_CONFIG)
        return "srun has started several processes without MPI: srun --mpi=pmix; for runs of their "
               "own, env -u SLURM_STEP_NUM_TASKS mcvsim ...";
    return "MPI does not start";
}

/* Of jansson: a result is written whole or not at all. */
static void *get_memory(size_t n)
{
    void *p = malloc(n);

    if (p != NULL) return p;
    fputs("mcvsim: no memory for the results\n", stderr);
    _exit(EXIT_ENDED_EARLY); /* nothing can be freed from here */
}

int main(int argc, char **argv)
{
    struct arguments a;

    json_set_alloc_funcs(get_memory, free);
    if (argc > 1 && strcmp(argv[1], "replay") == 0) return mcv_replay_command(argc - 1, argv + 1);
    if (!parse(&a, argc, argv)) return EXIT_WRONG;
    const mcv_err err = mcv_ranks_open(&a.ranks);
    if (err != MCV_OK) {
        fprintf(stderr, "mcvsim: %s\n", ranks_fault(err));
        return EXIT_WRONG;
    }
    const int status = carry_out(&a);
    mcv_ranks_close(a.ranks);
    return status;
}
