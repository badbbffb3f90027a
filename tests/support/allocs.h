/* Counts what this process allocates, by a hook in the allocator of a sanitizer. */
#ifndef MCV_TESTS_SUPPORT_ALLOCS_H
#define MCV_TESTS_SUPPORT_ALLOCS_H

#include <stdbool.h>

/* Starts at 0. false: built without such an allocator (said on standard error). */
bool allocs_begin(void);

/* How many since then, of all threads; counts no more. */
unsigned allocs_end(void);

#endif
