/* alice and bob, two daemons that know each other, with a private call between them and its local
 * applications. */
#ifndef MCV_TESTS_EDGE_PAIR_H
#define MCV_TESTS_EDGE_PAIR_H

#include "tests/edge/app.h"

struct mcv_pair {
    struct mcv_rig rig;
    struct mcv_device alice, bob; /* devices 1 and 2; she knows his address */
    struct mcv_app app;           /* alice's encoder, bob's decoder */
    bool has_app;
};

/* Both are started and have their keys. */
void mcv_pair_open(struct mcv_pair *p, unsigned number);
void mcv_pair_close(struct mcv_pair *p);

/* She calls, he accepts, the applications are there. */
void mcv_pair_call(struct mcv_pair *p);

#endif
