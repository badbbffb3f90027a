/* Whole MONP datagrams with what they mean, written by hand from the message tables of
 * TS 24.281 17.1 and the element coding of 17.2; none comes from our encoder. */
#ifndef MCV_TESTS_SUPPORT_MONP_VECTORS_H
#define MCV_TESTS_SUPPORT_MONP_VECTORS_H

#include "proto/monp.h"

struct monp_vector {
    const char *why; /* clause of the message, and what the row shows */
    const char *hex;
    struct mcv_monp m;
};

extern const struct monp_vector monp_vectors[];
extern const size_t n_monp_vectors;

/* The first vector of a type. */
const struct monp_vector *monp_vector_of(uint8_t type);

/* Fails the test, naming the field, unless both messages say the same. */
void assert_monp_equal(const struct mcv_monp *got, const struct mcv_monp *want);

#endif
