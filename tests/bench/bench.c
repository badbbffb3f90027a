#include "tests/bench/bench.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define MAX_ROUNDS 1001

#if defined(__clang__)
#define COMPILER __VERSION__ /* says clang itself */
#else
#define COMPILER "gcc " __VERSION__
#endif

void mcv_bench_check(int cond, const char *what)
{
    if (cond) return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void line_to(FILE *to, const char *format, va_list args)
{
    if (to == NULL) return;
    vfprintf(to, format, args);
    fputc('\n', to);
    fflush(to);
}

__attribute__((format(printf, 2, 3))) static void line(struct mcv_bench *b, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    line_to(stdout, format, args);
    line_to(b->json, format, again);
    va_end(again);
    va_end(args);
}

/* First match of a key in a text file, or of a command's output with an empty key. */
static void read_word(char *out, size_t cap, FILE *f, const char *key)
{
    char text[512];

    snprintf(out, cap, "unknown");
    if (f == NULL) return;
    while (fgets(text, sizeof text, f) != NULL) {
        if (strncmp(text, key, strlen(key)) != 0) continue;
        const char *from = key[0] != '\0' ? strchr(text, ':') : text - 1;
        if (from == NULL) continue;
        from += 1 + strspn(from + 1, " \t");
        snprintf(out, cap, "%.*s", (int)strcspn(from, "\n\"\\"), from);
        break;
    }
}

static cpu_set_t all_cpus;

/* The CPU on which we are: the scheduler chose it as the idle one. */
static void pin(void)
{
    cpu_set_t set;
    const int cpu = sched_getcpu();

    if (cpu < 0 || sched_getaffinity(0, sizeof all_cpus, &all_cpus) != 0) return;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fprintf(stderr, "bench: not pinned\n");
}

void mcv_bench_unpin(void)
{
    if (CPU_COUNT(&all_cpus) > 0) (void)sched_setaffinity(0, sizeof all_cpus, &all_cpus);
}

static void print_machine(struct mcv_bench *b)
{
    char cpu[128], commit[64];
    struct utsname os;
    FILE *info = fopen("/proc/cpuinfo", "r");
    FILE *git = popen("git -C '" MCV_TEST_DIR "' describe --always --dirty 2>/dev/null", "r");

    read_word(cpu, sizeof cpu, info, "model name");
    read_word(commit, sizeof commit, git, "");
    if (info != NULL) fclose(info);
    if (git != NULL) pclose(git);
    mcv_bench_check(uname(&os) == 0, strerror(errno));
    FILE *const json = b->json;
    if (json != NULL && ftell(json) > 0) b->json = NULL; /* another program has written it */
    line(b,
         "{\"machine\":{\"cpu\":\"%s\",\"cores\":%ld,\"kernel\":\"%s %s %s\",\"compiler\":\"%s\"},"
         "\"commit\":\"%s\",\"build\":\"%s\",\"rounds\":%u}",
         cpu, sysconf(_SC_NPROCESSORS_ONLN), os.sysname, os.release, os.machine, COMPILER, commit,
         MCV_BUILD_TYPE, b->n_rounds);
    b->json = json;
}

void mcv_bench_start(struct mcv_bench *b, int argc, char **argv)
{
    *b = (struct mcv_bench){.n_rounds = 101};
    for (int i = 1; i < argc; i += 2) {
        mcv_bench_check(i + 1 < argc, "an option has no value");
        if (strcmp(argv[i], "--json") == 0) {
            b->json = fopen(argv[i + 1], "a");
            mcv_bench_check(b->json != NULL && fseek(b->json, 0, SEEK_END) == 0, strerror(errno));
        } else if (strcmp(argv[i], "--rounds") == 0) {
            b->n_rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
            mcv_bench_check(b->n_rounds >= 9 && b->n_rounds <= MAX_ROUNDS, "rounds: 9 .. 1001");
        } else if (strcmp(argv[i], "--only") == 0) {
            b->only = argv[i + 1];
        } else {
            mcv_bench_check(0, "usage: [--json FILE] [--rounds N] [--only PART]");
        }
    }
    pin();
    print_machine(b);
}

void mcv_bench_finish(struct mcv_bench *b)
{
    if (b->json != NULL) fclose(b->json);
    b->json = NULL;
}

static double one_batch(const struct mcv_bench_side *s, unsigned n_ops)
{
    struct timespec from, to;

    if (s->prepare != NULL) s->prepare(s->ctx, n_ops);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    s->run(s->ctx, n_ops);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / n_ops;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double mcv_bench_median(double *v, unsigned n)
{
    qsort(v, n, sizeof *v, by_value);
    return n % 2 != 0 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

void mcv_bench_compare(struct mcv_bench *b, const char *name, unsigned n_ops,
                       const struct mcv_bench_side *ours, const char *peer,
                       const struct mcv_bench_side *theirs)
{
    double our_ns[MAX_ROUNDS], their_ns[MAX_ROUNDS];

    for (unsigned i = 0; i < (b->n_warm > 0 ? b->n_warm : 1); i++) {
        (void)one_batch(ours, n_ops);
        if (theirs != NULL) (void)one_batch(theirs, n_ops);
    }
    for (unsigned i = 0; i < b->n_rounds; i++) { /* who goes first alternates */
        if (theirs != NULL && i % 2 == 0) their_ns[i] = one_batch(theirs, n_ops);
        our_ns[i] = one_batch(ours, n_ops);
        if (theirs != NULL && i % 2 != 0) their_ns[i] = one_batch(theirs, n_ops);
    }
    const double value = mcv_bench_median(our_ns, b->n_rounds);
    if (theirs == NULL) {
        mcv_bench_value(b, name, value, "ns");
        return;
    }
    const double peer_value = mcv_bench_median(their_ns, b->n_rounds);
    mcv_bench_target(b, name, value, "ns", peer, peer_value);
}

bool mcv_bench_runs(const struct mcv_bench *b, const char *part)
{
    return b->only == NULL || strcmp(b->only, part) == 0;
}

void mcv_bench_set_backend(struct mcv_bench *b, const char *name)
{
    snprintf(b->backend_field, sizeof b->backend_field, "\"backend\":\"%s\",", name);
}

void mcv_bench_value(struct mcv_bench *b, const char *name, double value, const char *unit)
{
    mcv_bench_fields(b, name, value, unit, "%s", b->backend_field);
}

/* Fields of one row. */
struct fields {
    char text[256];
};

static struct fields fields_of(const char *format, va_list args)
{
    struct fields f;
    const int n = vsnprintf(f.text, sizeof f.text, format, args);

    mcv_bench_check(n >= 0 && (size_t)n < sizeof f.text, "fields of a row");
    return f;
}

void mcv_bench_fields(struct mcv_bench *b, const char *name, double value, const char *unit,
                      const char *fields, ...)
{
    va_list args;

    va_start(args, fields);
    const struct fields f = fields_of(fields, args);
    va_end(args);
    line(b,
         "{\"bench\":\"%s\",%s\"value\":%.1f,\"unit\":\"%s\",\"peer\":null,\"peer_value\":null,"
         "\"ratio\":null}",
         name, f.text, value, unit);
}

void mcv_bench_target(struct mcv_bench *b, const char *name, double value, const char *unit,
                      const char *peer, double peer_value)
{
    mcv_bench_target_fields(b, name, value, unit, peer, peer_value, "%s", b->backend_field);
}

void mcv_bench_target_fields(struct mcv_bench *b, const char *name, double value, const char *unit,
                             const char *peer, double peer_value, const char *fields, ...)
{
    va_list args;

    va_start(args, fields);
    const struct fields f = fields_of(fields, args);
    va_end(args);
    line(b,
         "{\"bench\":\"%s\",%s\"value\":%.3f,\"unit\":\"%s\",\"peer\":\"%s\",\"peer_value\":%.1f,"
         "\"ratio\":%.3f}",
         name, f.text, value, unit, peer, peer_value, peer_value / value);
}
