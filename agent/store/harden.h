/* What every program of ours does to itself before it touches a key or a packet. Every failure says why in one line. */
#ifndef MCV_AGENT_STORE_HARDEN_H
#define MCV_AGENT_STORE_HARDEN_H

#include "agent/store/sealed.h"

/* No core dumps, no ptrace by the same user (PR_SET_DUMPABLE, RLIMIT_CORE), no new privileges, a
 * umask that closes files to others, and as much lockable memory as the limits allow. */
MCV_MUST_USE mcv_err mcv_harden_process(struct mcv_why *why);

/* Becomes this user, with its groups and no capabilities, for good. NULL: stays who it is.
 * MCV_E_NOT_FOUND: no such user. MCV_E_CONFIG: not permitted (only root can). */
MCV_MUST_USE mcv_err mcv_harden_drop(const char *user, struct mcv_why *why);

#endif
