/* A lone agent in a private call with bob and in a group call, both protected, and all that can reach
 * it: joined datagrams on every socket, packets of applications, time. What a script marks as bob's is
 * sealed with his keys, so that it comes behind the authentication. */
#ifndef MCV_TESTS_SUPPORT_HEARING_H
#define MCV_TESTS_SUPPORT_HEARING_H

#include "tests/support/lone.h"

enum hearing_call { HEARING_PRIVATE, HEARING_GROUP, HEARING_N_CALLS };

/* First octet of a step: what it is, and flags. Then for a message: size of the datagrams that are
 * joined in it (2 octets; 0: it is one), length (2), octets. For time: 4 ms units (2). */
enum {
    HEARING_LOCAL = 6, /* below: enum mcv_channel */
    HEARING_TIME = 7,
    HEARING_WHAT = 7,
    HEARING_OF_GROUP = 8,
    HEARING_SEALED = 16,   /* by bob */
    HEARING_STRANGE = 32,  /* from an address that is not his */
    HEARING_IS_VIDEO = 64, /* LOCAL */
};

/* Runs the script. Aborts when a datagram was neither taken nor counted, when something that was not
 * sealed came out as media, or when the agent has to be woken in the past. */
void hearing_run(struct mcv_bytes script);

#endif
