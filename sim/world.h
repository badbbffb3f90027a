/* N agents of agent/core, the network between them, and a clock that jumps from event to event.
 *
 * The agents are the shipped code; the world does what agent/edge does for a device: it carries
 * datagrams by address and port, opens sockets, runs jobs, wakes. Virtual time begins at 0. A job
 * takes the time of a table (struct mcv_world_costs) whatever this machine needs for it; jobs of one
 * agent run one after the other. Everything follows from the seed: the same calls give the same
 * trace hash on every machine.
 *
 * A packet that an agent sends leaves at once, or when its radio is free; it reaches everybody who
 * listens on its address when it arrives, each over a link of its own (sim/link.h). An agent does
 * not hear itself.
 *
 * One thread. Functions that return mcv_err: MCV_E_IO is "no memory". */
#ifndef MCV_SIM_WORLD_H
#define MCV_SIM_WORLD_H

#include "agent/core/agent.h"
#include "sim/fault.h"
#include "sim/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_world;

/* Virtual microseconds of a job, by kind; durable writes take none. */
struct mcv_world_costs {
    uint32_t us[MCV_N_JOB_KINDS];
};

/* Times of a small handset core. */
extern const struct mcv_world_costs mcv_world_costs_default;

/* The air that an agent sends on. Zero: no limits. */
struct mcv_radio_model {
    uint64_t rate_bps;   /* of a sender; packets queue behind each other */
    uint32_t period_us;  /* sidelink period: sending begins at a multiple of it (0: at any time) */
    bool is_half_duplex; /* what is sent while the receiver sends is lost to it */
};

/* A datagram on its way into one agent. */
struct mcv_world_packet {
    uint32_t from, to; /* agents */
    uint64_t at_us;
    enum mcv_channel channel;
    struct mcv_addr source, destination;
    uint8_t *bytes; /* may be changed */
    size_t n;       /* may be made smaller */
};

/* What the owner of a world sees; any may be NULL. Pointers are borrowed for the call. None of them
 * may give the agents inputs at once: mcv_world_at does it as the next step. */
struct mcv_world_hooks {
    void *ctx;
    /* false: the datagram is lost */
    bool (*tap)(void *ctx, struct mcv_world_packet *packet);
    void (*sent)(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_packet *packet);
    void (*event)(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_event *event);
    void (*local)(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_local *local);
    void (*trace)(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_trace *trace);
    void (*job)(void *ctx, uint32_t agent, uint64_t at_us, enum mcv_job_kind kind,
                uint32_t cost_us);
    /* How many packets are lost for the distance alone, parts per million; NULL: none. */
    uint32_t (*far_ppm)(void *ctx, uint32_t from, uint32_t to, uint64_t at_us);
    /* Does the work of a job; NULL: mcv_job_run. */
    void (*run_job)(void *ctx, uint32_t agent, struct mcv_job *job);
};

/* In place of the virtual network and of jobs at once: real sockets and threads (sim/live.h). */
struct mcv_world_transport {
    void *ctx;
    void (*send)(void *ctx, uint32_t agent, const struct mcv_addr *source,
                 const struct mcv_out_packet *packet);
    /* After the packets that one input of an agent brought; may be NULL. */
    void (*flush)(void *ctx);
    /* What was opened is closed once. false: they cannot be opened, and the call ends. */
    bool (*sockets)(void *ctx, uint32_t agent, const struct mcv_out_sockets *s);
    /* MONP sockets of an agent that starts; config NULL: that ends. false: they cannot be opened. */
    bool (*power)(void *ctx, uint32_t agent, const struct mcv_agent_config *config);
    /* The job comes back through mcv_world_job_back. */
    void (*give)(void *ctx, uint32_t agent, struct mcv_job *job);
    /* Returns when nobody works on the job any more; it does not come back then. */
    void (*recall)(void *ctx, uint32_t agent, struct mcv_job *job);
};

/* A datagram on its way to another process. */
struct mcv_world_flight {
    uint32_t from;
    uint64_t number, left_us, air_us; /* see struct mcv_flight */
    struct mcv_addr source, to;
    bool is_multicast;
    struct mcv_bytes bytes;
};

/* A world that is divided over several processes: each has all the agents by number, and runs some. */
struct mcv_world_division {
    void *ctx;
    bool (*is_here)(void *ctx, uint32_t agent);
    /* An agent that is here has sent this; where it is to be heard elsewhere, mcv_world_import. */
    void (*send)(void *ctx, const struct mcv_world_flight *flight);
};

struct mcv_world_params {
    uint64_t seed;
    int64_t utc_s;                   /* at virtual time 0 */
    const struct mcv_limits *limits; /* of every agent */
    struct mcv_link_model link;      /* between any two */
    struct mcv_radio_model radio;    /* of every agent */
    struct mcv_world_costs costs;
    struct mcv_world_hooks hooks;
    const struct mcv_world_transport *transport; /* retained; NULL: the virtual network */
    const struct mcv_world_division *division;   /* retained; NULL: every agent is here */
    bool keeps_events;                           /* for mcv_world_wait and mcv_world_event */
};

/* Defaults: limits_sim, a link of 2 ms, no radio limits, the default costs, events kept. */
struct mcv_world_params mcv_world_params_default(void);

MCV_MUST_USE mcv_err mcv_world_open(struct mcv_world **out, const struct mcv_world_params *params);
void mcv_world_close(struct mcv_world *w);

/* ---- agents -------------------------------------------------------------------------------- */

struct mcv_world_node {
    const struct mcv_agent_config *config; /* retained; outlives the world */
    const struct mcv_keyring *keys;        /* retained */
    int64_t utc_skew_us;                   /* of its clock */
    bool is_off;                           /* see mcv_world_power */
    uint64_t random;                       /* 0: its draws follow from seed and index */
};

/* agent: out, 0, 1, ... MCV_E_CONFIG: mcv_agent_config_check refuses it (why: out, static text, may
 * be NULL). */
MCV_MUST_USE mcv_err mcv_world_add(struct mcv_world *w, uint32_t *agent,
                                   const struct mcv_world_node *node, const char **why);

size_t mcv_world_n_agents(const struct mcv_world *w);

/* For mcv_agent_counters, mcv_agent_call_info, ...; NULL while it is off, and for one elsewhere. */
const struct mcv_agent *mcv_world_agent(const struct mcv_world *w, uint32_t agent);

/* Inputs now. As mcv_agent_command; MCV_E_BUSY while it is off. */
MCV_MUST_USE mcv_err mcv_world_command(struct mcv_world *w, uint32_t agent,
                                       const struct mcv_command *command, uint32_t *call,
                                       const char **why);
mcv_err mcv_world_local(struct mcv_world *w, uint32_t agent, uint16_t slot, enum mcv_medium medium,
                        struct mcv_bytes rtp);
void mcv_world_set_keys(struct mcv_world *w, uint32_t agent, const struct mcv_keyring *keys);
/* A datagram that no agent sent, at once. */
mcv_err mcv_world_inject(struct mcv_world *w, uint32_t agent, const struct mcv_datagram *d);
struct mcv_received {
    struct mcv_addr from;
    struct mcv_bytes bytes;
};

/* Datagrams that the transport received, n of them in the order in which they came, for everybody who
 * listens on `to`. */
void mcv_world_received(struct mcv_world *w, const struct mcv_addr *to,
                        const struct mcv_received *all, size_t n);
/* One, for one agent; nothing happens while it is off. */
void mcv_world_received_by(struct mcv_world *w, uint32_t agent, const struct mcv_datagram *d);

/* A datagram that an agent elsewhere sent, at least the look-ahead before it reaches anybody. */
MCV_MUST_USE mcv_err mcv_world_import(struct mcv_world *w, const struct mcv_world_flight *flight);

/* What is sent now reaches nobody before so many microseconds: the smallest delay of any link. */
uint64_t mcv_world_lookahead_us(const struct mcv_world *w);

/* A job that the transport was given is done. */
void mcv_world_job_back(struct mcv_world *w, uint32_t agent, struct mcv_job *job);

/* The sockets of a call fail. */
void mcv_world_break_sockets(struct mcv_world *w, uint32_t agent, uint32_t call);

/* Off: forgets everything but its used SSRCs and its record of accepted I_MESSAGEs, sends nothing,
 * hears nothing. On: starts anew, as after a restart of the device. */
MCV_MUST_USE mcv_err mcv_world_power(struct mcv_world *w, uint32_t agent, bool is_on);

/* Stands still: hears nothing, wakes and jobs wait for its resumption. */
void mcv_world_suspend(struct mcv_world *w, uint32_t agent, bool is_suspended);

/* Agents of different partitions do not hear each other. All begin in 0. */
void mcv_world_set_partition(struct mcv_world *w, uint32_t agent, uint16_t partition);
void mcv_world_set_skew(struct mcv_world *w, uint32_t agent, int64_t utc_skew_us);

/* ---- network ------------------------------------------------------------------------------- */

/* From now on between these two, in this direction; the model is copied. */
MCV_MUST_USE mcv_err mcv_world_set_link(struct mcv_world *w, uint32_t from, uint32_t to,
                                        const struct mcv_link_model *model);

/* The link with its state (mask, suspension), made when it is not there. NULL: no memory. */
struct mcv_link *mcv_world_link(struct mcv_world *w, uint32_t from, uint32_t to);

/* fault is retained until mcv_world_clear_faults or close; its counts go on in place. */
MCV_MUST_USE mcv_err mcv_world_add_fault(struct mcv_world *w, struct mcv_fault *fault);
void mcv_world_clear_faults(struct mcv_world *w);

/* ---- time ---------------------------------------------------------------------------------- */

enum mcv_world_stop {
    MCV_WORLD_REACHED,   /* the time */
    MCV_WORLD_FOUND,     /* the condition is true */
    MCV_WORLD_STALLED,   /* MCV_WORLD_STALL_STEPS steps of an agent without progress */
    MCV_WORLD_NO_MEMORY, /* something could not be queued: the run says nothing */
};

#define MCV_WORLD_STALL_STEPS 512

const char *mcv_world_stop_name(enum mcv_world_stop stop);

uint64_t mcv_world_now_us(const struct mcv_world *w);

/* Every step up to and with this time; the clock then stands there. */
enum mcv_world_stop mcv_world_run(struct mcv_world *w, uint64_t until_us);

/* Until the condition holds after a step (or now), at most until_us. */
enum mcv_world_stop mcv_world_run_until(struct mcv_world *w, bool (*is_true)(void *ctx), void *ctx,
                                        uint64_t until_us);

/* The clock goes on without steps: those that were due by then come late. Not back. */
void mcv_world_set_now(struct mcv_world *w, uint64_t now_us);

/* Calls act at this time (now: as the next step). Of one time, in the order of the calls. */
MCV_MUST_USE mcv_err mcv_world_at(struct mcv_world *w, uint64_t at_us,
                                  void (*act)(struct mcv_world *w, void *ctx), void *ctx);

/* When the next step is due; MCV_NEVER: nothing is left to do. */
uint64_t mcv_world_next_at(const struct mcv_world *w);

/* ---- what happened ------------------------------------------------------------------------- */

/* An event with texts of its own; valid until close. */
struct mcv_world_event {
    uint64_t at_us;
    struct mcv_event e;
};

/* The i-th event of an agent; NULL: it has not had so many. */
const struct mcv_world_event *mcv_world_event(const struct mcv_world *w, uint32_t agent, size_t i);

/* The next event of this type after the last one that was waited for, within this time from now;
 * NULL: none came. Earlier events of other types are passed over. */
const struct mcv_world_event *mcv_world_wait(struct mcv_world *w, uint32_t agent,
                                             enum mcv_event_type type, uint64_t within_us);

struct mcv_world_totals {
    uint64_t n_steps;
    uint64_t n_sent, n_sent_bytes; /* datagrams that agents sent */
    uint64_t n_delivered;          /* datagrams that went into an agent */
    uint64_t n_lost;               /* on links, by faults, partitions, radio, agents that are off */
    uint64_t n_unheard;            /* nobody listens there */
    uint64_t air_us;
    uint64_t n_jobs[MCV_N_JOB_KINDS];
    uint64_t job_us;
    uint64_t n_wrong_socket; /* packets of a call without open sockets: never by a right agent */
};

const struct mcv_world_totals *mcv_world_totals(const struct mcv_world *w);

/* Of one agent. */
struct mcv_world_load {
    uint64_t n_sent, n_sent_bytes, n_received, air_us, job_us;
};
const struct mcv_world_load *mcv_world_load(const struct mcv_world *w, uint32_t agent);

/* States, events, message types, sizes and times of every agent; no octets that follow from keys. Of a
 * divided world that of the agents that are here: the sum over all processes is that of the whole. */
uint64_t mcv_world_trace_hash(const struct mcv_world *w);

/* Memory that the world took, agents included. */
size_t mcv_world_bytes(const struct mcv_world *w);

#endif
