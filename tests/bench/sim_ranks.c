/* A run divided over two processes beside the same run in one: elapsed time of the whole run, the
 * two in turn. The outcome is the same; sim/play_ranks.c. */
#include "tests/bench/bench_sim.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_ROUNDS 3

static const char scenario[] = "name: divided\n"
                               "duration: 20s\n"
                               "crypto: costed\n"
                               "network: {delay: 10ms, loss: 1%}\n"
                               "groups: [{name: team, count: 100, peers: 100}]\n"
                               "load: {groups_start: yes, busy: 10%}\n";

struct outcome {
    double wall_us;
    char trace[20];
};

/* Our mcvsim is beside this program. */
static void beside(char *out, size_t cap, const char *name)
{
    const ssize_t n = readlink("/proc/self/exe", out, cap - 1);

    mcv_bench_check(n > 0, "/proc/self/exe");
    out[n] = '\0';
    char *end = strrchr(out, '/') + 1;
    snprintf(end, cap - (size_t)(end - out), "%s", name);
}

static void read_outcome(struct outcome *out, const char *dir)
{
    char path[300];

    snprintf(path, sizeof path, "%s/results.json", dir);
    json_t *o = json_load_file(path, 0, NULL);
    mcv_bench_check(o != NULL, path);
    out->wall_us = (double)json_integer_value(json_object_get(o, "wall_us"));
    snprintf(out->trace, sizeof out->trace, "%s", json_string_value(json_object_get(o, "trace")));
    json_decref(o);
}

/* One run in n processes. */
static void play(struct outcome *out, const char *dir, unsigned n)
{
    char program[4096], command[9000];

    beside(program, sizeof program, "mcvsim");
    snprintf(
        command, sizeof command,
        "mpirun --allow-run-as-root --oversubscribe -n %u '%s' run '%s/divided.yaml' --out '%s' "
        ">'%s/log' 2>&1",
        n, program, dir, dir, dir);
    const int status = system(command); /* 1: expectations of the load are not looked at here */
    mcv_bench_check(status != -1 && WEXITSTATUS(status) <= 1, command);
    read_outcome(out, dir);
}

static bool has_mpi(void)
{
    char program[4096], command[5000];

    beside(program, sizeof program, "mcvsim");
    snprintf(command, sizeof command,
             "command -v mpirun >/dev/null && nm -D '%s' | grep MPI_Init >/dev/null", program);
    return system(command) == 0;
}

void mcv_bench_ranks(struct mcv_bench *b)
{
    char dir[] = "/tmp/mcv-bench-XXXXXX", path[64];
    double one[N_ROUNDS], two[N_ROUNDS];
    struct outcome o[2];

    if (!has_mpi()) {
        fprintf(stderr,
                "mpi_2_ranks: left out, mcvsim is built without MPI or there is no mpirun\n");
        return;
    }
    mcv_bench_unpin();
    mcv_bench_check(mkdtemp(dir) != NULL, "mkdtemp");
    snprintf(path, sizeof path, "%s/divided.yaml", dir);
    FILE *f = fopen(path, "w");
    mcv_bench_check(f != NULL && fputs(scenario, f) >= 0 && fclose(f) == 0, path);
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        play(&o[0], dir, 1);
        play(&o[1], dir, 2);
        mcv_bench_check(strcmp(o[0].trace, o[1].trace) == 0, "the same trace");
        one[i] = o[0].wall_us / 1e6;
        two[i] = o[1].wall_us / 1e6;
    }
    mcv_bench_target(b, "mpi_2_ranks", mcv_bench_median(two, N_ROUNDS), "s", "one_rank",
                     mcv_bench_median(one, N_ROUNDS));
    snprintf(path, sizeof path, "rm -rf '%s'", dir);
    mcv_bench_check(system(path) == 0, path);
}
