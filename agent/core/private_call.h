/* Private calls: the machine P0 .. P5, one per peer. Private to agent/core.
 *
 * Spec: TS 24.281 10.3, with its twin TS 24.379 11.2. */
#ifndef MCV_AGENT_CORE_PRIVATE_CALL_H
#define MCV_AGENT_CORE_PRIVATE_CALL_H

#include "agent/core/agent.h"
#include "agent/core/media.h"
#include "proto/monp.h"

enum mcv_private_state {
    MCV_P0_START_STOP,
    MCV_P1_IGNORING,        /* ignoring same call identifier */
    MCV_P2_WAITING_CALL,    /* waiting for call response */
    MCV_P3_WAITING_RELEASE, /* waiting for release response */
    MCV_P4_ONGOING,         /* part of ongoing call */
    MCV_P5_PENDING,
    MCV_N_PRIVATE_STATES,
};

struct mcv_private_call {
    struct mcv_private_call *next; /* of the free rooms */
    uint32_t call;                 /* handle; 0: the slot is free */
    uint16_t slot;
    uint8_t state;     /* enum mcv_private_state */
    bool is_preparing; /* P0: the BUILD_PCK job is out */
    bool is_outgoing, is_manual;
    bool is_push;     /* the called side only receives. Spec: TS 24.281 13.3.2.1 */
    bool is_ringing;  /* caller: RINGING was told to our user */
    bool is_answered; /* callee: ACCEPT was sent */
    uint16_t call_id;
    uint8_t call_type; /* enum mcv_call_type */
    uint8_t n_sent;    /* CFP1, CFP3 or CFP4 */
    uint16_t n_peer;
    uint8_t peer[MCV_MAX_URI_BYTES];
    struct mcv_addr addr;   /* of the peer, MONP */
    uint64_t resend_at_us;  /* TFP1, TFP3, TFP4 */
    uint64_t answer_at_us;  /* TFP2 */
    uint64_t end_at_us;     /* TFP5, TFP7 */
    uint64_t heard_at_us;   /* P4: the last authentic packet of the peer, or the set-up */
    uint64_t started_at_us; /* the command, or the SETUP REQUEST */
    uint64_t sent_at_us;    /* the first SETUP REQUEST */
    struct mcv_setup_times setup;
    uint8_t end; /* enum mcv_end: what the user is told at the end */

    struct mcv_pck pck; /* secret; until the media is closed */
    uint32_t pck_id;
    uint8_t n_rand;
    uint8_t rand[MCV_RAND_MAX_BYTES];
    uint16_t roc_every;
    bool has_key;
    bool has_replay_id; /* callee: closed when the call is set up or has failed */
    struct mcv_replay_id replay_id;

    struct mcv_call_sdp own_sdp, peer_sdp;
    struct mcv_media media;
    uint8_t *monp; /* the octets to send again: limits.n_resend_bytes */
    uint16_t n_monp;
};

/* What a verified I_MESSAGE gave: borrowed for the call. */
struct mcv_private_key {
    const struct mcv_imsg_key *key;
    const struct mcv_replay_id *replay_id;
    uint16_t roc_every;
};

struct mcv_setup; /* agent/core/validation.h */

/* mem: a room for each call, unless they are shared. */
void mcv_private_init(struct mcv_agent *a, void *mem);
/* Shared rooms of calls that are over. */
void mcv_private_return_rooms(struct mcv_agent *a);
void mcv_private_wipe(struct mcv_agent *a);

mcv_err mcv_private_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                            const struct mcv_monp *m);

/* A SETUP REQUEST passed its checks; key NULL: without an I_MESSAGE, which is permitted. */
void mcv_private_verified(struct mcv_agent *a, const struct mcv_setup *setup,
                          const struct mcv_private_key *key);

/* REJECT, then its call identifier is ignored for TFP7. */
void mcv_private_refuse(struct mcv_agent *a, const struct mcv_setup *setup, enum mcv_reason reason);

mcv_err mcv_private_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                            const char **why);
void mcv_private_job_done(struct mcv_agent *a, struct mcv_job *job); /* BUILD_PCK */
void mcv_private_sockets_failed(struct mcv_agent *a, uint32_t call);

/* Media of the other party arrived: stands for an ACCEPT ACK. Spec: TS 24.281 10.3 (TFP4) */
void mcv_private_media_heard(struct mcv_agent *a, uint32_t call);

/* Runs due timers; the next deadline. */
void mcv_private_run(struct mcv_agent *a);
uint64_t mcv_private_wake_at(const struct mcv_agent *a);

/* Every call ends at once, without a message where none can be sent. */
void mcv_private_end_all(struct mcv_agent *a, enum mcv_end end);

/* enum mcv_end of a Reason. */
enum mcv_end mcv_private_end_of_reason(uint8_t reason);

/* NULL: no such call. */
struct mcv_private_call *mcv_private_find(const struct mcv_agent *a, uint32_t call);
void mcv_private_info(const struct mcv_private_call *c, struct mcv_call_info *out);

#endif
