#include "tests/bench/batch.h"

#include "agent/cli/kms.h"
#include "crypto/rng_system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define N_USERS  10000
#define TARGET_S 3.0
#define NOW_S    1767225600 /* 2026-01-01T00:00:00Z */
#define GROUP    "sip:team@example.org"

struct world {
    char dir[64], file[96];
    struct mcv_kms kms;
    struct mcv_kms_batch_report report;
    uint64_t period;
    char (*text)[40];
    const char **users;
};

static void ok(mcv_err err)
{
    mcv_bench_check(err == MCV_OK, mcv_err_name(err));
}

static void open_world(struct world *w)
{
    const struct mcv_kms_params params = {.uri = "kms.example.org",
                                          .gms_uri = "sip:gms@example.org",
                                          .period = {.period_s = 30u * 86400u}};
    const struct mcv_kms_validity always = {0};
    struct mcv_seal_secret secret = {.kind = MCV_SEAL_KEY_FILE, .n = MCV_SEAL_KEY_BYTES};

    *w = (struct world){.dir = "/tmp/mcv-bench-XXXXXX"};
    mcv_bench_check(mkdtemp(w->dir) != NULL, "a directory");
    snprintf(w->file, sizeof w->file, "%s/messages", w->dir);
    ok(mcv_kms_create(&w->kms, w->dir, &secret, &params, &mcv_rng_system, NULL));
    ok(mcv_kms_group_create(&w->kms, GROUP, "Team", &always, NULL));
    ok(mcv_kms_period_no(&w->period, &w->kms, NOW_S, NULL));
    w->text = calloc(N_USERS, sizeof *w->text);
    w->users = calloc(N_USERS, sizeof *w->users);
    mcv_bench_check(w->text != NULL && w->users != NULL, "memory");
    for (size_t i = 0; i < N_USERS; i++) {
        snprintf(w->text[i], sizeof w->text[i], "sip:user%05zu@example.org", i);
        w->users[i] = w->text[i];
    }
}

static void close_world(struct world *w)
{
    static const char *const names[] = {"kms", "lock", "messages"};
    char path[96];

    mcv_kms_close(&w->kms);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", w->dir, names[i]);
        (void)unlink(path);
    }
    mcv_bench_check(rmdir(w->dir) == 0, "the directory is not empty");
    free(w->text);
    free(w->users);
}

static void issue(struct world *w)
{
    const struct mcv_kms_watch quiet = {0};

    ok(mcv_kms_issue_users(&w->kms, &w->report, w->users, N_USERS, w->period, 1, &quiet, NULL));
    mcv_bench_check(w->report.n_done == N_USERS, "keys for all");
    ok(mcv_kms_group_add_users(&w->kms, GROUP, w->users, N_USERS, NULL));
}

static void write_messages(struct world *w)
{
    const struct mcv_kms_watch quiet = {0};

    ok(mcv_kms_group_messages(&w->kms, &w->report, w->file, GROUP, MCV_NO_KEY_ID, NOW_S, &quiet,
                              NULL));
    mcv_bench_check(w->report.n_done == N_USERS, "messages for all");
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(struct mcv_bench *b, struct world *w, void (*run)(struct world *w),
                    const char *name)
{
    char cpu[64];
    const double wall_s = seconds(CLOCK_MONOTONIC), cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID);

    run(w);
    snprintf(cpu, sizeof cpu, "%s_cpu", name);
    mcv_bench_target(b, name, seconds(CLOCK_MONOTONIC) - wall_s, "s", "target_3s", TARGET_S);
    mcv_bench_value(b, cpu, (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_s) * 1e3, "ms");
}

void mcv_bench_batch(struct mcv_bench *b)
{
    struct world w;

    open_world(&w);
    mcv_bench_unpin();
    measure(b, &w, issue, "key_sets_10000");
    measure(b, &w, write_messages, "gmk_messages_10000");
    close_world(&w);
}
