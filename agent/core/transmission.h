/* Transmission control of one call: who may transmit, decided without a server. Private to
 * agent/core.
 *
 * Spec: TS 24.581 7 (off-network), 9.2 (messages), with its twin TS 24.380 7.2; TS 23.281 7.7.2.
 * One object per call that has media: group, broadcast or private. Three tables (approaches):
 * single arbitrator, self arbitration, private calls. Local media pass only with permission.
 * An arbitrator decides for all in range; messages are bound to their sender by the GUK-ID of the
 * authenticated packet. Not done: what needs a server (MCV2, reception control, MBMS). */
#ifndef MCV_AGENT_CORE_TRANSMISSION_H
#define MCV_AGENT_CORE_TRANSMISSION_H

#include "agent/core/agent.h"
#include "agent/core/media_gate.h"
#include "agent/core/pace.h"
#include "agent/core/transmission_queue.h"
#include "agent/core/transmission_tx.h"
#include "proto/tc.h"

struct mcv_media;

/* Spec: TS 24.380 7.2.3, C.2.1, with the names of TS 24.581. */
enum mcv_transmission_state {
    MCV_O_START_STOP,
    MCV_O_SILENCE,
    MCV_O_NO_PERMISSION,
    MCV_O_PENDING_REQUEST,
    MCV_O_PERMISSION,
    MCV_O_ARBITRATOR, /* has permission, and arbitrates (private calls: has permission) */
    MCV_O_PENDING_GRANTED,
    MCV_O_QUEUED,
    MCV_N_O_STATES,
};

enum mcv_ptt_timer {
    MCV_PT_201,      /* Transmission Request again */
    MCV_PT_GIVE_UP,  /* TA3: nobody answers */
    MCV_PT_203_ARB,  /* the arbitrator is gone */
    MCV_PT_204,      /* Queue Position Request again */
    MCV_PT_205,      /* hand-over again */
    MCV_PT_206,      /* our transmission ends soon */
    MCV_PT_207,      /* it ends */
    MCV_PT_230,      /* inactivity */
    MCV_PT_233,      /* our user who was queued has to accept */
    MCV_PT_A1,       /* claim of arbitration */
    MCV_PT_POLL,     /* queued for long: is the arbitrator still aware of us? */
    MCV_PT_ANNOUNCE, /* our first Granted, or Arbitration Taken, once more */
    MCV_PT_QUIET,    /* no local media: our transmission is over */
    MCV_PT_RETRY,    /* our user, or his applications, still want to transmit */
    MCV_PT_FLUSH,    /* more held media than one input may send */
    MCV_N_PTT_TIMERS,
};

enum mcv_ptt_approach { MCV_APPROACH_SINGLE, MCV_APPROACH_SELF, MCV_APPROACH_PRIVATE };

enum mcv_ptt_role {
    MCV_ROLE_ORIGINATOR,
    MCV_ROLE_JOINER,
    MCV_ROLE_LISTENER, /* of a broadcast, or called: somebody else begins */
};

struct mcv_arbitrator {
    bool is_known;
    uint8_t call_class;
    uint32_t ssrc;
    struct mcv_member who;
};

/* Who was named to follow him. */
struct mcv_candidate {
    bool is_known;
    uint32_t ssrc;
};

/* How our user asked last; all zero: his applications did. */
struct mcv_ptt_press {
    bool is_emergency, has_priority;
    uint8_t priority;
};

/* Who stopped last: media of his that come later were on their way, and are no new transmission. */
struct mcv_gone {
    uint32_t ssrc[MCV_N_MEDIA];
    uint64_t until_us;
    bool is_shown;
};

/* What the media of others touch comes first. */
struct mcv_transmission {
    struct mcv_media *media; /* NULL: no call */
    const struct mcv_ptt_config *config;
    struct mcv_transmitters tx;             /* with ourselves while we have permission */
    uint64_t timer_at_us[MCV_N_PTT_TIMERS]; /* MCV_NEVER: not running */
    enum mcv_ptt_approach approach;
    bool is_broadcast, is_originator, is_blocked; /* blocked: Permission to Request is 0 */
    uint8_t call_class;                           /* of the call: 0, 1 peril, 2 emergency */
    uint8_t state;                                /* enum mcv_transmission_state */
    struct mcv_arbitrator arb;
    struct mcv_bytes peer; /* private calls; lives in the call */

    /* What our user wants. */
    bool is_wanted, is_video_wanted;
    bool is_start_due;   /* originator: not yet said, there is no SSRC */
    bool is_first_grant; /* of the originator: repeated as such */
    bool is_ending;      /* Release waits until what is held has left */
    bool is_place_asked; /* by our user, who is told also when it is the same */
    struct mcv_ptt_press pressed;
    uint16_t wanted_rank;
    uint64_t pressed_at_us; /* access time is counted from here */

    struct mcv_candidate cand;
    struct mcv_gone gone;
    struct mcv_queue queue; /* arbitrator */
    uint16_t seq;           /* Message Sequence-Number of our last new message */
    uint8_t c201, c204, c205;
    uint8_t position;        /* queued: ours */
    uint8_t n_announce;      /* repetitions left */
    uint16_t duration_s;     /* granted; 65535: no limit */
    uint32_t own_ssrc;       /* that others know us by */
    bool has_entered;        /* the action of the present step chose the state */
    struct mcv_pace claims;  /* Arbitration Taken because somebody does not know of us, */
    struct mcv_pace replies; /* because another arbitrator has to give way */

    struct mcv_media_gate gate;
    bool has_said_idr;       /* asked for a picture in this transmission */
    bool is_video_started;   /* a decodable picture has left in this transmission */
    uint64_t video_until_us; /* waits for one no longer */
    void *mem;
    bool is_for_private; /* the slot */
};

/* Octets behind the object of a private or another call. */
size_t mcv_transmission_size(const struct mcv_limits *limits, bool is_private);
void mcv_transmission_init(struct mcv_transmission *t, void *mem, const struct mcv_limits *limits,
                           bool is_private);

struct mcv_ptt_call {
    enum mcv_ptt_role role;
    enum mcv_ptt_approach approach;
    bool is_broadcast;
    uint8_t call_type;                   /* enum mcv_call_type of proto/monp.h */
    const struct mcv_ptt_config *config; /* lives as long as the call */
    struct mcv_bytes peer;               /* private calls */
};

/* The media of a call are open: transmission control begins. */
void mcv_transmission_start(struct mcv_agent *a, struct mcv_media *m,
                            const struct mcv_ptt_call *call);

/* The call is over, or we leave it: says so, as far as there is a key, and forgets everything. */
void mcv_transmission_stop(struct mcv_agent *a, struct mcv_transmission *t);

/* The type of the call changed: ranks follow. */
void mcv_transmission_retype(struct mcv_agent *a, struct mcv_media *m, uint8_t call_type);

/* Somebody may have joined who does not know that we transmit or arbitrate. */
void mcv_transmission_announced(struct mcv_agent *a, struct mcv_media *m);

/* One datagram of the control channel in clear, of this authenticated sender. */
mcv_err mcv_transmission_receive(struct mcv_agent *a, struct mcv_transmission *t,
                                 const struct mcv_ptt_source *from, struct mcv_bytes octets);

/* An authentic RTP packet came, of this user when he is known. Is it handed on? */
bool mcv_transmission_hear(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_source *from, enum mcv_medium medium,
                           struct mcv_bytes user);

/* A packet of a local application; errors of mcv_media_local, MCV_OK when it is held. */
mcv_err mcv_transmission_local(struct mcv_agent *a, struct mcv_transmission *t,
                               enum mcv_medium medium, struct mcv_bytes rtp);

/* What is due, and what became possible because SSRCs are ready. */
void mcv_transmission_run(struct mcv_agent *a, struct mcv_transmission *t);
uint64_t mcv_transmission_wake_at(const struct mcv_transmission *t);

/* MCV_CMD_PTT_..., MCV_CMD_SHOW, MCV_CMD_HIDE. */
mcv_err mcv_transmission_command(struct mcv_agent *a, const struct mcv_command *command,
                                 uint32_t *call, const char **why);

void mcv_transmission_info(const struct mcv_transmission *t, struct mcv_ptt_info *out);

#endif
