/* Group keys that expire soon: our user is told once while there is time to bring new ones. Private to
 * agent/core.
 *
 * Spec: TS 33.180 5.7.1 and E.6.10 (expiry of a GMK); the warning is ours. What counts is when a group
 * has no key any more: a key whose successor is here is no reason to warn. */
#ifndef MCV_AGENT_CORE_KEY_WATCH_H
#define MCV_AGENT_CORE_KEY_WATCH_H

#include "agent/core/agent.h"

struct mcv_key_watch {
    int64_t at_s;   /* when something may have to be told; INT64_MAX: nothing will */
    uint64_t at_us; /* the same, or earlier: the clock of the wall may be set */
};

/* Keys or configuration are others. */
void mcv_key_watch_reset(struct mcv_agent *a);
void mcv_key_watch_run(struct mcv_agent *a);
uint64_t mcv_key_watch_wake_at(const struct mcv_agent *a);

/* When to look whether this trusted time has come, which is not before latest_s: mono_us, at most a minute
 * ahead; MCV_NEVER for INT64_MAX. */
uint64_t mcv_key_look_at(const struct mcv_agent *a, int64_t at_s);

#endif
