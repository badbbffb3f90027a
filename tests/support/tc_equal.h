/* Compares two transmission control messages, fields that `has` does not name too. */
#ifndef MCV_TESTS_SUPPORT_TC_EQUAL_H
#define MCV_TESTS_SUPPORT_TC_EQUAL_H

#include "proto/tc.h"

/* Fails the test and names the first difference. */
void mcv_assert_tc_equal(const struct mcv_tc *got, const struct mcv_tc *want);

#endif
