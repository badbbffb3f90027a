/* Marks a value that was computed from secrets as public, for the constant-time
 * tests (tests/ct compiles crypto/ with MCV_CT_TEST and runs under valgrind).
 * Each use says why the value may be known. Nothing in other builds. */
#ifndef MCV_CRYPTO_DECLASSIFY_H
#define MCV_CRYPTO_DECLASSIFY_H

#if defined(MCV_CT_TEST)
#include <valgrind/memcheck.h>
#define MCV_DECLASSIFY(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED((p), (n)))
#else
#define MCV_DECLASSIFY(p, n) ((void)(p), (void)(n))
#endif

#endif
