/* Video pushes of a lone agent (alice), who knows the addresses of bob and dave. Calls are not
 * protected. */
#ifndef MCV_TESTS_SUPPORT_PUSHES_H
#define MCV_TESTS_SUPPORT_PUSHES_H

#include "tests/support/bob.h"

#define PUSH_DAVE "sip:dave@mc.example"

void push_open(struct lone *l);
struct mcv_addr push_dave(const struct lone *l);
/* A command, for the video "roof". */
mcv_err push_ask(struct lone *l, enum mcv_command_type type, const char *source,
                 const char *target);
/* The first push of the agent; all zero: none. */
struct mcv_push_info push_first(const struct lone *l);
/* alice asks bob to push to carol. */
void push_request(struct lone *l);
void push_cancel(struct lone *l);
/* bob asks alice to push to dave, or to LONE_GROUP. */
struct mcv_monp push_request_of_bob(enum mcv_monp_type type);
void push_asked(struct lone *l);
void push_asked_for_group(struct lone *l);
/* alice pushes bob's video to dave. */
void push_borrowed(struct lone *l);
/* bob answers. */
void push_trying(struct lone *l);
void push_success(struct lone *l);
void push_failure(struct lone *l);
/* dave, in the call that pushes. */
void push_dave_accepts(struct lone *l);
void push_dave_rejects(struct lone *l);
void push_dave_releases(struct lone *l);
/* The next wake. */
void push_next_timer(struct lone *l);
void push_zeroize(struct lone *l);

/* Into a state; _last: the next expiry is that at the limit; _source: alice pushes. */
void push_to_v0(struct lone *l);
void push_to_v1_last(struct lone *l);
void push_to_v2(struct lone *l);
void push_to_v4(struct lone *l);
void push_to_v4_borrowed(struct lone *l);
void push_to_v5(struct lone *l); /* she asked */
void push_to_v5_source(struct lone *l);

#endif
