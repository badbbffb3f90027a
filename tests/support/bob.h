/* Private calls of a lone agent (alice) with bob, step by step. Calls are not protected. */
#ifndef MCV_TESTS_SUPPORT_BOB_H
#define MCV_TESTS_SUPPORT_BOB_H

#include "tests/support/lone.h"

typedef void step(struct lone *l);

/* alice permits calls without an I_MESSAGE. defaults: to be changed before lone_open. */
void bob_defaults(struct lone *l);
void bob_open(struct lone *l);

/* A message of a call of alice or of bob, with bob's session. */
struct mcv_monp bob_says(enum mcv_monp_type type, uint16_t call_id, bool is_alices);
mcv_err bob_sends(struct lone *l, const struct mcv_monp *m);

/* Anything, on the sockets of alice's call or her MONP socket. */
void bob_sends_octets(struct lone *l, enum mcv_channel channel, bool to_group,
                      struct mcv_bytes octets);

/* What bob sends: of the call that alice has; a SETUP REQUEST has the call identifier 0x7777, or
 * once more that of the call. */
void step_ringing(struct lone *l);
void step_accept(struct lone *l);
void step_reject(struct lone *l);
void step_release(struct lone *l);
void step_release_ack(struct lone *l);
void step_accept_ack(struct lone *l);
void step_setup_again(struct lone *l);
void step_setup_auto(struct lone *l);
void step_setup_manual(struct lone *l);
void step_setup_no_media(struct lone *l);

/* What alice's user does. */
void step_call_auto(struct lone *l);
void step_call_manual(struct lone *l);
void step_user_accept(struct lone *l);
void step_user_reject(struct lone *l);
void step_user_release(struct lone *l);
void step_zeroize(struct lone *l);
void step_sockets_fail(struct lone *l);

/* What time does. */
void step_ms_40(struct lone *l);
void step_ms_80(struct lone *l);
void step_s_1(struct lone *l);
void step_s_30(struct lone *l);

/* Into a state: our call and his; `last`: the next expiry is that at the limit; `answer`: TFP2 runs. */
void step_to_p0(struct lone *l);
void step_to_p2_auto(struct lone *l);
void step_to_p2_manual(struct lone *l);
void step_to_p2_last(struct lone *l);
void step_to_p2_answer(struct lone *l);
void step_to_p1_out(struct lone *l);
void step_to_p1_in(struct lone *l);
void step_to_p3(struct lone *l);
void step_to_p3_last(struct lone *l);
void step_to_p4_out(struct lone *l);
void step_to_p4_in(struct lone *l);
void step_to_p5_ringing(struct lone *l);
void step_to_p5_accepted(struct lone *l);
void step_to_p5_last(struct lone *l);

/* Into a group call: she waits for an announcement; she has joined. */
void step_start_group(struct lone *l);
void step_hear_group(struct lone *l);

#endif
