/* The inside of a world. Private to sim/world*.c. */
#ifndef MCV_SIM_WORLD_PRIVATE_H
#define MCV_SIM_WORLD_PRIVATE_H

#include "sim/pool.h"
#include "sim/ports.h"
#include "sim/prng.h"
#include "sim/queue.h"
#include "sim/slab.h"
#include "sim/world.h"

/* The clock of an agent is not 0 when it starts: an instant of 0 often means "none". */
#define MCV_WORLD_BOOT_US 1000000u

/* Durable writes that one agent hands out between two inputs. */
#define MCV_WORLD_MAX_WRITES 64

/* Of a node before its agent: whole cache lines. */
#define MCV_NODE_BYTES ((sizeof(struct mcv_node) + 63) / 64 * 64)

/* What a step is, in the order of one instant. */
enum mcv_step {
    MCV_STEP_ACT,    /* mcv_world_at */
    MCV_STEP_REACH,  /* a flight comes to its receivers */
    MCV_STEP_ARRIVE, /* a copy of it, later than the others */
    MCV_STEP_JOB,    /* a job is back */
    MCV_STEP_WAKE,
};

/* A datagram in the air. */
struct mcv_flight {
    struct mcv_flight *next; /* in the free list */
    uint32_t from;
    uint32_t n_refs;
    uint64_t number;  /* of the sender's datagrams */
    uint64_t left_us; /* its last octet */
    uint64_t air_us;  /* how long it took to send */
    struct mcv_addr source, to;
    bool is_multicast;
    uint8_t size_class;
    uint32_t n;
    uint8_t bytes[];
};

#define MCV_N_FLIGHT_CLASSES 3

struct mcv_arrival {
    struct mcv_arrival *next;
    struct mcv_flight *flight;
    struct mcv_listener who;
    bool is_corrupt;
    uint32_t bit;
};

struct mcv_act {
    struct mcv_act *next;
    void (*act)(struct mcv_world *w, void *ctx);
    void *ctx;
};

struct mcv_node_job {
    struct mcv_job *job;
    uint64_t done_us;
    uint64_t number;
};

/* Its radio sends. */
struct mcv_node_span {
    uint64_t from_us, to_us;
};

struct mcv_node_claim {
    uint32_t gmk_id, guk_id, ssrc;
};

/* The memory of its agent follows it. What every delivery touches comes first. */
struct mcv_node {
    struct mcv_agent *agent; /* NULL: off */
    uint64_t hash;
    uint64_t queued_us;         /* earliest wake in the queue; MCV_NEVER: none */
    uint64_t sending_to_us;     /* the end of the last transmission */
    struct mcv_node_span *sent; /* half duplex: those that somebody may ask for */
    uint32_t n_sent, cap_sent;
    int64_t utc_skew_us;
    uint64_t n_flights, n_steps; /* counts for the order of steps */

    struct mcv_world_load load;
    struct mcv_out_sockets *sockets;
    uint16_t n_sockets, cap_sockets;
    uint16_t partition;
    bool is_suspended;
    bool is_elsewhere; /* in another process: no memory for an agent follows */
    uint16_t n_idle;
    uint64_t idle_at_us; /* steps that changed nothing: when, and n_idle of them */

    struct mcv_world_node config;
    struct mcv_prng rng, job_rng;
    uint64_t cpu_free_us;
    int64_t refuse_until_s;
    uint16_t n_jobs, cap_jobs;
    struct mcv_node_job *jobs;
    uint32_t n_claims, cap_claims;
    struct mcv_node_claim *claims;
    struct mcv_world_event **events;
    size_t n_events, cap_events, waited_to;
};

struct mcv_link_slot {
    uint64_t key; /* from << 32 | to; 0 with link.model NULL: free */
    struct mcv_link link;
};

struct mcv_links {
    struct mcv_link_slot *slots;
    size_t n_slots, n_used;
};

struct mcv_world {
    struct mcv_world_params params;
    struct mcv_limits limits;
    struct mcv_scratch *scratch;
    struct mcv_pool pool; /* texts of events, models of links */
    struct mcv_slab slab; /* nodes with their agents */
    struct mcv_slab room_slab;
    struct mcv_rooms rooms; /* of private calls: so many are free that no agent lacks one */
    struct mcv_queue queue;
    struct mcv_ports ports;
    struct mcv_links links;
    struct mcv_node **nodes;
    uint32_t n_nodes, cap_nodes;
    struct mcv_fault **faults;
    size_t n_faults, cap_faults;
    struct mcv_flight *free_flights[MCV_N_FLIGHT_CLASSES];
    struct mcv_arrival *free_arrivals;
    struct mcv_act *free_acts;
    struct mcv_listener *receivers; /* of the flight that is being delivered */
    size_t cap_receivers;
    uint8_t *copy; /* of a datagram that is changed for one receiver */
    uint64_t now_us;
    uint64_t lookahead_us; /* the smallest delay of any link */
    uint64_t n_acts;
    uint64_t n_outputs;                           /* of all agents: progress */
    struct mcv_job *writes[MCV_WORLD_MAX_WRITES]; /* of the agent that is polled */
    unsigned n_writes;
    bool is_out_of_memory;
    size_t n_bytes;
    struct mcv_world_totals totals;
};

/* realloc that counts; NULL: no memory (noted in the world). */
void *mcv_world_grow(struct mcv_world *w, void *p, size_t old_bytes, size_t new_bytes);
/* Rooms enough for what one input of an agent can take. MCV_E_IO: no memory (noted). */
mcv_err mcv_world_add_rooms(struct mcv_world *w);
/* Notes that memory lacks, so that the run ends. */
void mcv_world_no_memory(struct mcv_world *w);
/* A step; without memory for it `what` is gone, and the run ends. */
void mcv_world_push(struct mcv_world *w, enum mcv_step kind, uint64_t at_us, uint32_t who,
                    uint64_t count, void *what);

struct mcv_node *mcv_world_node_at(const struct mcv_world *w, uint32_t agent);
struct mcv_now mcv_world_clock(const struct mcv_world *w, const struct mcv_node *node);

/* Where its agent is, when it has one. Does not look at the node. */
static inline struct mcv_agent *mcv_node_memory(struct mcv_node *node)
{
    return (void *)((uint8_t *)node + MCV_NODE_BYTES);
}

/* Folds values into the trace of an agent. */
static inline void mcv_node_note(struct mcv_node *node, uint64_t v)
{
    node->hash = (node->hash << 7 | node->hash >> 57) ^ v;
    node->hash *= UINT64_C(0x9e3779b97f4a7c15);
}

/* world_agent.c: after every input of an agent, takes its outputs and arms its wake. */
void mcv_world_drain(struct mcv_world *w, uint32_t agent);
void mcv_world_wake(struct mcv_world *w, uint32_t agent, uint64_t at_us);
void mcv_world_finish_job(struct mcv_world *w, uint32_t agent, uint16_t i);
void mcv_world_job_step(struct mcv_world *w, uint32_t agent, uint64_t number);
mcv_err mcv_world_boot(struct mcv_world *w, uint32_t agent);
void mcv_world_halt(struct mcv_world *w, uint32_t agent);

/* world_net.c */
void mcv_world_send(struct mcv_world *w, uint32_t agent, const struct mcv_out_packet *packet);
void mcv_world_set_sockets(struct mcv_world *w, uint32_t agent, const struct mcv_out_sockets *s);
void mcv_world_close_sockets(struct mcv_world *w, uint32_t agent);
void mcv_world_reach(struct mcv_world *w, struct mcv_flight *flight);
void mcv_world_arrive(struct mcv_world *w, struct mcv_arrival *arrival);
/* Gives back what a step is about. */
void mcv_world_discard(struct mcv_world *w, const struct mcv_queue_item *item);
void mcv_world_net_wipe(struct mcv_world *w);
/* The own address of the family of the destination, with the port of the channel. */
bool mcv_world_source_of(struct mcv_addr *out, const struct mcv_node *node,
                         const struct mcv_out_packet *p);
/* Copies who listens there into receivers (one may open and close sockets); how many. */
size_t mcv_world_find_receivers(struct mcv_world *w, const struct mcv_addr *to);
/* The i-th of n receivers is served; the memory of those after him is asked for. */
void mcv_world_expect(const struct mcv_world *w, size_t i, size_t n);
mcv_err mcv_world_listen_monp(struct mcv_world *w, uint32_t agent);

/* world_transport.c */
void mcv_world_send_really(struct mcv_world *w, uint32_t agent, const struct mcv_out_packet *p);

/* world_air.c: when the radio of the sender is free, and how long it sends; does the receiver send at that
 * time himself? */
void mcv_world_transmit(struct mcv_world *w, struct mcv_node *node, struct mcv_flight *f);
bool mcv_world_is_deaf(const struct mcv_world *w, const struct mcv_node *receiver,
                       const struct mcv_flight *f);

/* world_links.c: what becomes of a flight on its way to one receiver. */
void mcv_world_submit(struct mcv_world *w, struct mcv_link_fate *fate,
                      const struct mcv_flight *flight, uint32_t to);

/* world_log.c */
void mcv_world_log(struct mcv_world *w, uint32_t agent, const struct mcv_event *event);

#endif
