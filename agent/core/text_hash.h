/* FNV-1a of octets: spreads entries of bounded tables. Not for secrets, no proof of anything: who
 * finds collisions makes a chain as long as the table, which is short. Private to agent/core. */
#ifndef MCV_AGENT_CORE_TEXT_HASH_H
#define MCV_AGENT_CORE_TEXT_HASH_H

#include "crypto/base/bytes.h"

static inline uint32_t mcv_text_hash(struct mcv_bytes text)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < text.n; i++) h = (h ^ text.p[i]) * 16777619u;
    return h;
}

#endif
