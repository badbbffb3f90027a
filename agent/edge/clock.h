/* The clocks of the machine, as an input of the agent. */
#ifndef MCV_AGENT_EDGE_CLOCK_H
#define MCV_AGENT_EDGE_CLOCK_H

#include "crypto/base/now.h"

/* utc_floor_s: the latest trusted time; a wall clock below it does not make expired keys valid
 * again. 0: none. */
struct mcv_now mcv_clock_now(int64_t utc_floor_s);

#endif
