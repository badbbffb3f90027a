/* One off-network MCVideo client as a machine without sockets, clocks, threads or memory of its own.
 *
 * Spec: TS 24.281 9.3, 10.3 (call control), TS 24.581 13 and TS 33.180 7, 8 (protection).
 * Time, packets, commands and finished jobs go in; packets, jobs and events are polled out:
 *
 *     err = mcv_agent_receive(a, now, &datagram);
 *     while (mcv_agent_poll(a, &out, now)) do_it(&out);
 *     arm(mcv_agent_wake_at(a));
 *
 * After every input the owner polls until there is nothing left; packets of media may be given
 * several at a time (mcv_agent_has_room). Timers run inside poll. There are
 * no callbacks. One thread per object; jobs run on any thread (agent/core/job.h).
 * `now` never goes back (MCV_ASSERT). */
#ifndef MCV_AGENT_CORE_AGENT_H
#define MCV_AGENT_CORE_AGENT_H

#include "agent/core/config.h"
#include "agent/core/counters.h"
#include "agent/core/event.h"
#include "agent/core/job.h"
#include "agent/core/keyring.h"
#include "agent/core/limits.h"
#include "crypto/base/now.h"
#include "crypto/base/rng.h"
#include "proto/addr.h"

struct mcv_agent;

/* ---- creation ------------------------------------------------------------------------------ */

/* Buffers of outputs, and the jobs. Agents of one thread may share one: outputs are in it only from
 * an input of an agent to the end of its polling. */
struct mcv_scratch;
size_t mcv_scratch_size(const struct mcv_limits *limits);
struct mcv_scratch *mcv_scratch_init(void *mem, const struct mcv_limits *limits);

/* Memory of private calls that agents of one thread share: an agent has a room while it has a call, so
 * that thousands of agents, of which few call each other, take less. Starts as {0}. Where there is
 * none, an agent is busy: the owner adds rooms before it polls. */
struct mcv_private_call;
struct mcv_rooms {
    struct mcv_private_call *first;
    size_t n_free;
};

/* One room of mcv_room_size octets, the caller's, aligned as malloc does. It may be freed when every
 * agent that shares the rooms is wiped. */
size_t mcv_room_size(const struct mcv_limits *limits);
void mcv_rooms_add(struct mcv_rooms *rooms, void *mem);

struct mcv_agent_params {
    const struct mcv_agent_config *config; /* borrowed; passed mcv_agent_config_check */
    const struct mcv_keyring *keys;        /* borrowed; see mcv_agent_set_keys. Never NULL */
    struct mcv_scratch *scratch;           /* made with the same limits */
    struct mcv_rooms *rooms;               /* with limits.shares_rooms */
    struct mcv_rng rng;                    /* call identifiers, SSRCs, back-offs: this thread */
    struct mcv_rng job_rng;                /* keys and nonces of jobs: any thread */
    int64_t
        refuse_until_s; /* T of I_MESSAGEs at or before it is refused; see mcv_store_refuse_until */
};

size_t mcv_agent_size(const struct mcv_limits *limits);

/* mem  mcv_agent_size octets, aligned as malloc does, the caller's; wipe before it is freed. */
struct mcv_agent *mcv_agent_init(void *mem, const struct mcv_limits *limits,
                                 const struct mcv_agent_params *params, struct mcv_now now);

/* Wipes every key and gives library contexts back. No job may be out. */
void mcv_agent_wipe(struct mcv_agent *a);

/* An SSRC that was used in an earlier run; before the first input. One of a key that is not held
 * takes no room. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_agent_ssrc_load(struct mcv_agent *a, uint32_t gmk_id, uint32_t guk_id,
                                         uint32_t ssrc);

/* ---- inputs -------------------------------------------------------------------------------- */

/* What a socket is for. */
enum mcv_channel {
    MCV_CH_MONP,
    MCV_CH_AUDIO_RTP,
    MCV_CH_AUDIO_RTCP,
    MCV_CH_VIDEO_RTP,
    MCV_CH_VIDEO_RTCP,
    MCV_CH_CONTROL, /* transmission control */
    MCV_N_CHANNELS,
};

struct mcv_datagram {
    enum mcv_channel channel;
    uint32_t call; /* handle of the call whose socket received it; MONP: 0 */
    struct mcv_addr from;
    struct mcv_addr to; /* own address or group address: where it arrived */
    struct mcv_bytes bytes;
};

/* A datagram from the network. What is wrong with it is counted already; the return value is for
 * tests and traces: MCV_OK, or an error of the class PEER (dropped) or LOCAL. */
mcv_err mcv_agent_receive(struct mcv_agent *a, struct mcv_now now, const struct mcv_datagram *d);

/* May another packet of media, from the network or from an application, be given before what the last
 * ones brought is polled? Its outputs join theirs. Every other input is polled for by itself. */
bool mcv_agent_has_room(const struct mcv_agent *a);

/* A plain RTP packet of a local application, for the call in this slot (mcv_call_info.slot).
 * The agent sets SSRC, SEQ and payload type. Errors as above. */
mcv_err mcv_agent_local(struct mcv_agent *a, struct mcv_now now, uint16_t slot,
                        enum mcv_medium medium, struct mcv_bytes rtp);

enum mcv_command_type {
    MCV_CMD_CALL,            /* target: user; is_manual, is_emergency */
    MCV_CMD_ACCEPT,          /* call */
    MCV_CMD_REJECT,          /* call */
    MCV_CMD_RELEASE,         /* call, private or group */
    MCV_CMD_GROUP_START,     /* target: group; starts it, or joins the one that runs */
    MCV_CMD_GROUP_LEAVE,     /* target: group */
    MCV_CMD_GROUP_EMERGENCY, /* target: group; raises its call, or starts one of this type */
    MCV_CMD_GROUP_PERIL,     /* as above: imminent peril */
    MCV_CMD_GROUP_NORMAL,    /* target: group; cancels emergency or imminent peril */
    MCV_CMD_BROADCAST_START, /* target: group */
    MCV_CMD_BROADCAST_END,   /* target: group; our own. RELEASE stops to listen to another's */
    MCV_CMD_ALERT_RAISE,     /* target: group; location, or the one told before */
    MCV_CMD_ALERT_CANCEL,    /* target: whose alert; empty: our own */
    MCV_CMD_LOCATION,        /* location: where we are now; sent with alerts and emergency calls */
    MCV_CMD_PTT_PRESS,    /* call; is_video, is_emergency, priority: our user wants to transmit */
    MCV_CMD_PTT_RELEASE,  /* call: no longer */
    MCV_CMD_PTT_POSITION, /* call: asks for the position in the queue again */
    MCV_CMD_SHOW,         /* call, target: a user whose transmission is handed on ... */
    MCV_CMD_HIDE,         /* ... or is not */
    MCV_CMD_PUSH, /* target: user, who only receives; is_manual; source: whose video it is, who
                           * is told; empty: ours */
    MCV_CMD_PUSH_REQUEST, /* source: user whose device shall push; target: to this user; video */
    MCV_CMD_PUSH_REQUEST_GROUP, /* the same; target: to this group */
    MCV_CMD_PUSH_CANCEL,        /* call: of a push.requested that we do not wait for any longer */
    MCV_CMD_ZEROIZE, /* ends every call and forgets every key; the owner destroys the store */
};

struct mcv_command {
    enum mcv_command_type type;
    struct mcv_bytes target;
    struct mcv_bytes location; /* opaque, at most MCV_MAX_ALERT_TEXT_BYTES; empty: not known */
    struct mcv_bytes source;   /* MCV_CMD_PUSH... */
    struct mcv_bytes video;    /* MCV_CMD_PUSH_REQUEST...: names the video; may be empty */
    uint32_t call;
    bool is_manual;
    bool is_emergency; /* MCV_CMD_CALL: EMERGENCY PRIVATE CALL; MCV_CMD_PTT_PRESS */
    bool is_video;     /* MCV_CMD_PTT_PRESS: video too */
    bool has_priority; /* MCV_CMD_PTT_PRESS; false: that of the configuration */
    uint8_t priority;
};

/* *call  out, may be NULL: the handle of the call concerned; 0: none.
 * *why   out, may be NULL: a static text on failure.
 * MCV_E_NOT_FOUND: no such call, group or peer address. MCV_E_BUSY: the state does not allow it, or
 * there is such a call. MCV_E_FULL: limit of calls. MCV_E_POLICY: not authorised. MCV_E_EXPIRED,
 * MCV_E_UNKNOWN_KEY: no usable key. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_agent_command(struct mcv_agent *a, struct mcv_now now,
                                       const struct mcv_command *command, uint32_t *call,
                                       const char **why);

/* A job is back. */
void mcv_agent_job_done(struct mcv_agent *a, struct mcv_now now, struct mcv_job *job);

/* The sockets of a call could not be opened (or failed later): the call ends with media failure. */
void mcv_agent_sockets_failed(struct mcv_agent *a, struct mcv_now now, uint32_t call);

/* New keys, after an import. Running calls keep the keys they have; group calls take new group keys
 * and drop revoked ones. The old keyring lives until every job handed out before is back. */
void mcv_agent_set_keys(struct mcv_agent *a, struct mcv_now now, const struct mcv_keyring *keys);

/* A new configuration: groups and peers come and go, rights, timers and priorities change. Calls in
 * progress go on as they are. On failure the old one stays in force.
 * config  passed mcv_agent_config_check with the same limits; borrowed.
 * *why    out, may be NULL: a static text on failure.
 * MCV_E_CONFIG: own identity, addresses, media ports, back-end, group CS-ID or accepted clock
 * difference are others: that needs a new agent. MCV_E_BUSY: a call or alert in progress would lose
 * its group, or calls their payload formats. */
MCV_MUST_USE mcv_err mcv_agent_set_config(struct mcv_agent *a, struct mcv_now now,
                                          const struct mcv_agent_config *config, const char **why);

/* ---- outputs ------------------------------------------------------------------------------- */

enum mcv_out_kind {
    MCV_OUT_PACKET,  /* send it */
    MCV_OUT_LOCAL,   /* plain RTP or RTCP for the local application */
    MCV_OUT_SOCKETS, /* open or close the sockets of a call; comes before its first packet */
    MCV_OUT_JOB,
    MCV_OUT_EVENT,
    MCV_OUT_TRACE,
};

struct mcv_out_packet {
    enum mcv_channel channel; /* which socket */
    uint32_t call;            /* 0: MONP */
    struct mcv_addr to;
    bool is_multicast;
    struct mcv_fan_out
        fan_out;  /* n > 0: these octets to each of these hosts in place of `to`; MONP to
                                 * their ports, the rest to that of `to` */
    uint8_t pppp; /* 1 (highest) .. 8 */
    struct mcv_bytes bytes;
};

struct mcv_out_local {
    uint32_t call;
    uint16_t slot;
    enum mcv_medium medium;
    bool is_rtcp;
    struct mcv_bytes bytes;
};

struct mcv_out_sockets {
    uint32_t call;
    uint16_t slot;
    bool is_open;         /* false: close them */
    bool is_multicast;    /* join; bind to the group address */
    struct mcv_addr addr; /* own address or group address; port 0 */
    uint16_t
        ports[MCV_N_CHANNELS]; /* by channel; 0: not used; the same for sending and receiving */
};

/* A state machine moved: for simulations, flight records and debug logs. */
struct mcv_trace {
    uint8_t machine; /* enum mcv_machine */
    uint8_t from, to, event;
    uint32_t call;
};

enum mcv_machine {
    MCV_MACHINE_PRIVATE,
    MCV_MACHINE_GROUP,
    MCV_MACHINE_CALL_TYPE,
    MCV_MACHINE_BROADCAST,
    MCV_MACHINE_ALERT,
    MCV_MACHINE_TRANSMISSION,
    MCV_MACHINE_PUSH,
};

/* "P2", "S3", "T1" and "waiting for call response", ...: the words of the specification; static. */
const char *mcv_state_name(enum mcv_machine machine, uint8_t state);
const char *mcv_state_text(enum mcv_machine machine, uint8_t state);

struct mcv_out {
    enum mcv_out_kind kind;
    union {
        struct mcv_out_packet packet;
        struct mcv_out_local local;
        struct mcv_out_sockets sockets;
        struct mcv_job *job;
        struct mcv_event event;
        struct mcv_trace trace;
    } u;
};

/* The next output, in the order in which it arose; false: nothing left. Runs due timers.
 * What out points to stays valid until the next input of an agent that shares the scratch. */
bool mcv_agent_poll(struct mcv_agent *a, struct mcv_out *out, struct mcv_now now);

/* Will poll give an output before it looks at timers? What was taken so far need not wait for that. */
bool mcv_agent_has_output(const struct mcv_agent *a);

/* For who has thousands of agents: asks the processor for the memory that a packet of the media of a
 * group call will touch, in steps 0 .. MCV_AGENT_N_EXPECT-1 with something else to do between them,
 * because what one step asked for is where the next one looks. Nothing changes. */
#define MCV_AGENT_N_EXPECT 3
void mcv_agent_expect(const struct mcv_agent *a, unsigned step);

/* When poll must be called again without an input; mono_us, or MCV_NEVER. */
uint64_t mcv_agent_wake_at(const struct mcv_agent *a);

/* ---- what is going on ---------------------------------------------------------------------- */

enum mcv_call_kind { MCV_KIND_PRIVATE, MCV_KIND_GROUP, MCV_KIND_BROADCAST };

/* One received stream. */
struct mcv_stream_info {
    struct mcv_bytes user; /* when known */
    uint32_t ssrc, guk_id;
    enum mcv_medium medium;
    struct mcv_reception reception;
};

/* Transmission control of a call. */
struct mcv_ptt_info {
    uint8_t state;        /* of MCV_MACHINE_TRANSMISSION */
    const char *approach; /* "single", "self", "private"; static */
    enum mcv_ptt_mode mode;
    bool may_transmit, is_arbitrator, is_wanted; /* wanted: pressed, or local media flow */
    struct mcv_bytes arbitrator;                 /* empty: not known, or ourselves */
    uint8_t position;                            /* in his queue; 0: we do not wait */
    uint16_t n_max, n_transmitters, n_queued;    /* queued: with us, when we arbitrate */
};

/* A call. Texts are borrowed until the next input. */
struct mcv_call_info {
    uint32_t call;
    uint16_t call_id;
    uint16_t slot; /* of the local media ports: 0 .. n_private_calls + n_group_calls - 1 */
    enum mcv_call_kind kind;
    uint8_t state;              /* see mcv_state_name */
    uint8_t type_state;         /* group: of MCV_MACHINE_CALL_TYPE */
    uint8_t call_type;          /* enum mcv_call_type of proto/monp.h; 0: not known yet */
    uint64_t start_s, change_s; /* group: of the call, of its type; UTC */
    bool is_outgoing, is_manual, is_established, is_protected;
    bool is_push;          /* private: a video push, the called side only receives */
    struct mcv_bytes user; /* private: the other party; group: the originator */
    struct mcv_bytes group;
    uint32_t key_id; /* PCK-ID, or GMK-ID that we send with; MCV_NO_KEY_ID: none */
    struct mcv_setup_times setup;
    bool has_medium[MCV_N_MEDIA];
    struct mcv_format format[MCV_N_MEDIA]; /* that is sent and received */
    uint32_t tx_ssrc[MCV_N_MEDIA];         /* 0: nothing sent yet */
    uint64_t tx_pkts[MCV_N_MEDIA], rx_pkts[MCV_N_MEDIA];
    bool has_ptt; /* transmission control runs, and the rest is filled in: */
    struct mcv_ptt_info ptt;
};

/* Calls one by one: i = 0, 1, ... until false. */
bool mcv_agent_call_info(const struct mcv_agent *a, size_t i, struct mcv_call_info *out);

/* Received streams of a call, one by one. */
bool mcv_agent_stream_info(const struct mcv_agent *a, uint32_t call, size_t i,
                           struct mcv_stream_info *out);

/* Somebody who transmits, or is about to. */
struct mcv_transmitter_info {
    struct mcv_bytes user;        /* when known */
    bool is_own, is_shown;        /* shown: what he sends is handed on */
    const char *phase;            /* "granted", "active", "revoking", "unknown"; static */
    uint8_t call_class, priority; /* class: 0, 1 imminent peril, 2 emergency */
    uint32_t ssrc[MCV_N_MEDIA];
};

/* Transmitters of a call, one by one. Texts are borrowed until the next input. */
bool mcv_agent_transmitter_info(const struct mcv_agent *a, uint32_t call, size_t i,
                                struct mcv_transmitter_info *out);

/* Somebody who waits for our decision, first in the queue first. */
struct mcv_queued_info {
    struct mcv_bytes user;
    uint8_t call_class, priority;
};
bool mcv_agent_queued_info(const struct mcv_agent *a, uint32_t call, size_t i,
                           struct mcv_queued_info *out);

/* Somebody in emergency. */
struct mcv_alert_info {
    bool is_own, is_verified; /* verified: it came from the known address of the user */
    struct mcv_bytes user, group, organization, location;
};

/* Alerts one by one, our own first. Texts are borrowed until the next input. */
bool mcv_agent_alert_info(const struct mcv_agent *a, size_t i, struct mcv_alert_info *out);

/* A video push: a request of ours, or what we push because another asked or owns the video. */
struct mcv_push_info {
    uint32_t push; /* handle */
    uint32_t call; /* that carries it; 0: none */
    uint16_t call_id;
    uint8_t state;                     /* of MCV_MACHINE_PUSH */
    bool is_source, is_asked;          /* we push; because the user asked */
    struct mcv_bytes user;             /* whom we asked; who asked, or is told */
    struct mcv_bytes recipient, group; /* one of them */
};

/* Pushes one by one. Texts are borrowed until the next input. */
bool mcv_agent_push_info(const struct mcv_agent *a, size_t i, struct mcv_push_info *out);

/* How long a group that is protected has a key, when no more keys come. */
struct mcv_group_key_info {
    struct mcv_bytes group;
    bool has_key, is_expiring; /* expiring: within key_warning_s of the configuration */
    uint32_t key_id;           /* GMK-ID of the last one */
    int64_t until_s, left_s;   /* until: 0: it does not end */
};

/* Protected groups one by one. */
bool mcv_agent_group_key_info(const struct mcv_agent *a, size_t i, struct mcv_group_key_info *out);

const struct mcv_counters *mcv_agent_counters(const struct mcv_agent *a);

#endif
