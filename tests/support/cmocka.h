/* cmocka with the headers that it needs first. */
#ifndef MCV_TESTS_SUPPORT_CMOCKA_H
#define MCV_TESTS_SUPPORT_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
