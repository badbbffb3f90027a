/* Octets as the life of a lone agent: messages from several hosts to several addresses, commands,
 * time, broken sockets. For fuzzing and its corpus. One step after the other, the first octet says
 * which (modulo 4):
 *   0  a MONP datagram: host (0 bob, 1 carol, others: a stranger), address (0 LONE_GROUP, 1
 *      LONE_OTHER, others: alice), 2 octets length, the datagram
 *   1  time passes: 2 octets, in units of 4 ms
 *   2  a command: its type, and the target (0 LONE_GROUP, 1 LONE_OTHER, 2 bob, others: none)
 *   3  the sockets of the last call fail */
#ifndef MCV_TESTS_SUPPORT_LONE_SCRIPT_H
#define MCV_TESTS_SUPPORT_LONE_SCRIPT_H

#include "tests/support/lone.h"

/* Fails (cmocka) when the agent is inconsistent after a step. */
void lone_script_run(struct lone *l, struct mcv_bytes script);

#endif
