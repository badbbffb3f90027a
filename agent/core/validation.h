/* SETUP REQUESTs whose I_MESSAGE is being verified. Private to agent/core.
 *
 * Spec: TS 33.180 E.1.2 and RFC 3830 5.4 (order of the checks), TS 24.379 11.2.2.4.3: before
 * ringing, accepting or any notice to the user. Until a caller has authenticated he holds one of
 * these, never a private call:
 *   VERIFY       the signature is with a worker
 *   DECAPSULATE  it verified, he is who he says; the key is with a worker
 *   CANCELLED    released meanwhile, or the keys changed: waits for the worker
 * How many are under way is bounded by the configuration, half of them (rounded up) for one
 * source. */
#ifndef MCV_AGENT_CORE_VALIDATION_H
#define MCV_AGENT_CORE_VALIDATION_H

#include "agent/core/agent.h"
#include "agent/core/call_sdp.h"
#include "proto/mikey_sakke.h"
#include "proto/monp.h"
#include "proto/replay.h"

enum mcv_validation_stage {
    MCV_VALIDATION_FREE,
    MCV_VALIDATION_VERIFY,
    MCV_VALIDATION_DECAPSULATE,
    MCV_VALIDATION_CANCELLED,
};

/* A SETUP REQUEST without its texts. */
struct mcv_setup {
    struct mcv_addr addr; /* where it is answered */
    uint16_t call_id;
    uint8_t call_type; /* enum mcv_call_type */
    bool is_manual;
    bool has_media; /* a media session can be established from the offer */
    uint8_t n_caller;
    uint8_t caller[MCV_MAX_URI_BYTES];
    uint8_t n_location; /* of an emergency call; a longer one is not kept */
    uint8_t location[MCV_MAX_ALERT_TEXT_BYTES];
    struct mcv_call_sdp offer;
    uint64_t started_at_us;
    struct mcv_setup_times times;
};

struct mcv_validation {
    uint8_t stage;  /* enum mcv_validation_stage */
    uint32_t token; /* of its job */
    const struct mcv_keyring *keys;
    struct mcv_replay_id replay_id;
    struct mcv_setup setup;
};

/* Starts one. key_mgmt: base64 of the I_MESSAGE.
 * MCV_E_BUSY: none is free now (counted); say nothing, the caller repeats his request.
 * Others: the message is refused (counted). */
MCV_MUST_USE mcv_err mcv_validation_start(struct mcv_agent *a, const struct mcv_setup *setup,
                                          struct mcv_bytes key_mgmt);

/* The one of this caller, source and call; NULL: none. */
struct mcv_validation *mcv_validation_find(const struct mcv_agent *a, const struct mcv_addr *from,
                                           struct mcv_bytes caller, uint16_t call_id);

/* VERIFY or DECAPSULATE is back: goes on, or ends in mcv_private_verified or _refuse. */
void mcv_validation_job_done(struct mcv_agent *a, struct mcv_job *job);

void mcv_validation_cancel(struct mcv_validation *v);
void mcv_validation_cancel_all(struct mcv_agent *a);

#endif
