/* Local media wait here while there is no permission to transmit: bounded in time and octets, in the
 * order in which they came. Private to agent/core.
 *
 * When the gate opens, video begins with a decodable picture: what is held before the first one is
 * left out, and what comes without one waits for it, but not for ever (RFC 6184 5). */
#ifndef MCV_AGENT_CORE_MEDIA_GATE_H
#define MCV_AGENT_CORE_MEDIA_GATE_H

#include "agent/core/config.h"
#include "crypto/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_media_gate {
    uint8_t *mem; /* n_bytes: records one behind the other, moved to the front when one leaves */
    uint32_t n_bytes, n_used;
    uint16_t n_held;
};

/* One held packet, borrowed until the next change of the gate. */
struct mcv_held {
    uint64_t at_us; /* when it came */
    enum mcv_medium medium;
    bool is_start; /* video: a decodable picture begins with it, or with its parameter sets */
    struct mcv_bytes rtp;
};

/* mem  n_bytes octets, kept. */
void mcv_media_gate_init(struct mcv_media_gate *g, void *mem, uint32_t n_bytes);

/* Keeps a copy; older ones give way. How many packets were lost for it: 1 as well when it does not
 * fit at all. */
unsigned mcv_media_gate_put(struct mcv_media_gate *g, const struct mcv_held *packet);

/* The oldest one; false: none. */
bool mcv_media_gate_first(const struct mcv_media_gate *g, struct mcv_held *out);
void mcv_media_gate_remove_first(struct mcv_media_gate *g);

/* Leaves out what came before at_us. How many. */
unsigned mcv_media_gate_expire(struct mcv_media_gate *g, uint64_t at_us);

/* Leaves out video before the first decodable picture. false: there is none, all video is gone. */
bool mcv_media_gate_start_video(struct mcv_media_gate *g);

void mcv_media_gate_forget(struct mcv_media_gate *g);

#endif
