/* mcvsim with what it wants for taken away; linked with --wrap for each of these functions.
 * MCV_TEST_MEMORY=N: every request for memory after the N-th fails.
 * MCV_TEST_STALL=N: after N times every agent wants to be woken at once, for ever. */
#include "agent/core/agent.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
uint64_t __real_mcv_agent_wake_at(const struct mcv_agent *a);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
uint64_t __wrap_mcv_agent_wake_at(const struct mcv_agent *a);

/* So many are left; without the variable there is no end to them. */
static bool is_used_up(long *n_left, bool *is_known, const char *name)
{
    if (!*is_known) {
        const char *text = getenv(name);

        *n_left = text != NULL ? strtol(text, NULL, 10) : -1;
        *is_known = true;
    }
    if (*n_left > 0)
        --*n_left;
    else if (*n_left == 0)
        return true;
    return false;
}

static bool is_memory_out(void)
{
    static long n_left;
    static bool is_known;

    if (!is_used_up(&n_left, &is_known, "MCV_TEST_MEMORY")) return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return is_memory_out() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_memory_out() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return is_memory_out() ? NULL : __real_realloc(p, n);
}

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    return is_memory_out() ? MAP_FAILED : __real_mmap(at, n, protection, flags, fd, offset);
}

uint64_t __wrap_mcv_agent_wake_at(const struct mcv_agent *a)
{
    static long n_left;
    static bool is_known;

    return is_used_up(&n_left, &is_known, "MCV_TEST_STALL") ? 1 : __real_mcv_agent_wake_at(a);
}
