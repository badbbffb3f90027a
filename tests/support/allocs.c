#include "tests/support/allocs.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *))
    __attribute__((weak));

static atomic_bool is_counting;
static atomic_uint n_allocs;

static void count(const volatile void *p, size_t n)
{
    (void)p;
    (void)n;
    if (atomic_load(&is_counting)) atomic_fetch_add(&n_allocs, 1);
}

static void ignore(const volatile void *p)
{
    (void)p;
}

bool allocs_begin(void)
{
    static bool is_hooked;

    if (!is_hooked)
        is_hooked = __sanitizer_install_malloc_and_free_hooks != NULL &&
                    __sanitizer_install_malloc_and_free_hooks(count, ignore) != 0;
    if (!is_hooked) fprintf(stderr, "allocations are counted with a sanitizer only\n");
    atomic_store(&n_allocs, 0);
    atomic_store(&is_counting, is_hooked);
    return is_hooked;
}

unsigned allocs_end(void)
{
    atomic_store(&is_counting, false);
    return atomic_load(&n_allocs);
}
