/* How often an agent without a call wakes up: its threads give the CPU back once for each time. */
#include "tests/bench/bench_media.h"
#include "tests/edge/rig.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RIG      32
#define SETTLE_s 2 /* the last command is over */
#define LASTS_s  60

static struct mcv_rig rig;
static struct mcv_device device;
static struct timespec since;
static unsigned long n_before;

static unsigned long read_task(const char *path)
{
    static const char key[] = "voluntary_ctxt_switches:";
    char line[128];
    unsigned long n = 0;
    FILE *f = fopen(path, "r");

    mcv_bench_check(f != NULL, path);
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, sizeof key - 1) == 0) n = strtoul(line + sizeof key - 1, NULL, 10);
    fclose(f);
    return n;
}

static unsigned long n_wakeups(void)
{
    char path[512], tasks[64];
    unsigned long n = 0;
    const struct dirent *e;

    snprintf(tasks, sizeof tasks, "/proc/%d/task", (int)device.pid);
    DIR *dir = opendir(tasks);
    mcv_bench_check(dir != NULL, tasks);
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s/status", tasks, e->d_name);
        n += read_task(path);
    }
    closedir(dir);
    return n;
}

static void pause_s(double s)
{
    const struct timespec t = {.tv_sec = (time_t)s,
                               .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};

    if (s > 0) nanosleep(&t, NULL);
}

static double elapsed_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - since.tv_sec) + (double)(now.tv_nsec - since.tv_nsec) / 1e9;
}

void mcv_bench_idle_begin(void)
{
    mcv_rig_open(&rig, RIG);
    mcv_device_init(&device, &rig, "alice", 1,
                    "groups:\n  - {id: \"sip:team@rig.example\", address: 239.77.32.1}\n");
    mcv_device_start(&device);
    mcv_device_import(&device);
    pause_s(SETTLE_s);
    clock_gettime(CLOCK_MONOTONIC, &since);
    n_before = n_wakeups();
}

void mcv_bench_idle_end(struct mcv_bench *b)
{
    pause_s(LASTS_s - elapsed_s());
    const double per_minute = (double)(n_wakeups() - n_before) * 60 / elapsed_s();
    mcv_bench_value(b, "idle_wakeups", per_minute, "1/min");
    (void)mcv_device_stop(&device, SIGTERM);
    mcv_rig_close(&rig);
}
