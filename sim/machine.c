#include "sim/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

static void read_cpu(char *out, size_t n)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(out, n, "unknown");
    if (f == NULL) return;
    while (fgets(line, sizeof line, f) != NULL) {
        const char *colon = strchr(line, ':');

        if (colon == NULL || strncmp(line, "model name", 10) != 0) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, n, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    fclose(f);
}

void mcv_machine_read(struct mcv_machine_record *out)
{
    struct utsname u;

    read_cpu(out->cpu, sizeof out->cpu);
    snprintf(out->compiler, sizeof out->compiler, "%s", COMPILER);
    out->n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    out->kernel[0] = '\0';
    if (uname(&u) == 0)
        snprintf(out->kernel, sizeof out->kernel, "%.60s %.60s %.60s", u.sysname, u.release,
                 u.machine);
}

uint64_t mcv_machine_memory_bytes(void)
{
    const long n = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);

    return n > 0 && page_bytes > 0 ? (uint64_t)n * (uint64_t)page_bytes : UINT64_MAX;
}
