/* What strangers may cost us: how many SETUP REQUESTs of one source are looked at, and which call
 * identifiers of callers without a machine are ignored (their state P1). Private to agent/core.
 *
 * Spec: TS 24.281 10.3: after a REJECT its call identifier is ignored for TFP7, except RELEASE.
 * MONP has no authentication: both tables are bounded, a source has a bounded share of the second
 * one, and the oldest entry gives way. */
#ifndef MCV_AGENT_CORE_ADMISSION_H
#define MCV_AGENT_CORE_ADMISSION_H

#include "agent/core/config.h"
#include "agent/core/pace.h"
#include "crypto/base/lru.h"

/* A sender of SETUP REQUESTs. */
struct mcv_source {
    struct mcv_addr host;
    struct mcv_pace pace;
};

/* An ended or refused call. */
struct mcv_ignored_call {
    struct mcv_addr host;
    uint64_t until_us;    /* TFP7; 0: a free slot */
    uint32_t caller_hash; /* two callers on one host; a collision harms only them */
    uint16_t call_id;
};

struct mcv_admission {
    struct mcv_lru table;
    struct mcv_source *sources;
    struct mcv_ignored_call *ignored;
    uint16_t n_ignored;
};

size_t mcv_admission_size(const struct mcv_limits *limits);
void mcv_admission_init(struct mcv_admission *t, void *mem, const struct mcv_limits *limits);

/* May another SETUP REQUEST of this host be looked at? Takes a token. */
bool mcv_admission_take(struct mcv_admission *t, const struct mcv_admission_config *config,
                        const struct mcv_addr *from, uint64_t now_us);

/* Ignores a call identifier until until_us. */
void mcv_admission_ignore(struct mcv_admission *t, const struct mcv_addr *from,
                          struct mcv_bytes caller, uint16_t call_id, uint64_t until_us);

bool mcv_admission_is_ignored(const struct mcv_admission *t, const struct mcv_addr *from,
                              struct mcv_bytes caller, uint16_t call_id, uint64_t now_us);

#endif
