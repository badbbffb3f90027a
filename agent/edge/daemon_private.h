/* The inside of the daemon. */
#ifndef MCV_AGENT_EDGE_DAEMON_PRIVATE_H
#define MCV_AGENT_EDGE_DAEMON_PRIVATE_H

#include "agent/edge/control.h"
#include "agent/edge/daemon.h"
#include "agent/edge/jobs.h"
#include "agent/edge/local_media.h"
#include "agent/record/recorder.h"

#define MCV_DAEMON_MAX_WRITES 64
#define MCV_DAEMON_N_SIGNALS  3

struct mcv_daemon {
    uv_loop_t loop;
    uv_timer_t wake;    /* the agent's next deadline */
    uv_timer_t save;    /* our time, now and then */
    uv_timer_t give_up; /* of a shutdown that waits for peers */
    uv_signal_t signals[MCV_DAEMON_N_SIGNALS];
    bool is_loop_open, is_stopping;
    struct mcv_edge_config *config;
    struct mcv_limits limits; /* of the agent: those of the first configuration */
    struct mcv_rng rng;
    struct mcv_seal_secret secret; /* wiped once the store is open */
    struct mcv_store *store;
    const struct mcv_store_keys *keys; /* held: those that the agent uses */
    void *agent_mem, *scratch_mem;
    size_t agent_bytes, scratch_bytes;
    struct mcv_agent *agent;
    struct mcv_recorder *recorder; /* NULL: none */
    struct mcv_udp_batch *batch;
    struct mcv_udp_facts udp; /* of the probe */
    bool is_fed;              /* media were given to the agent, and it was not polled */
    uint64_t fed_at_us;       /* the first of them */
    uint64_t armed_at_us;     /* the deadline for which `wake` runs; 0: it does not */
    struct mcv_net *net;
    struct mcv_local *local;
    struct mcv_jobs *jobs;
    struct mcv_control *control;
    struct mcv_job *writes[MCV_DAEMON_MAX_WRITES]; /* durable writes to do when polling is over */
    size_t n_writes;
    struct mcv_daemon_import *import; /* the one that runs */
    int64_t utc_floor_s;              /* the latest trusted time */
    int64_t started_s;
};

/* Takes every output of the agent and carries it out; after each input. */
void mcv_daemon_pump(struct mcv_daemon *d);

/* Inputs that come from more than one place. */
void mcv_daemon_give_job(struct mcv_daemon *d, struct mcv_job *job);
MCV_MUST_USE mcv_err mcv_daemon_give_command(struct mcv_daemon *d,
                                             const struct mcv_command *command, uint32_t *call,
                                             const char **why);

/* Finds out how packets leave and arrive best, and says so; before the sockets of calls. */
void mcv_daemon_probe_udp(struct mcv_daemon *d);

/* Takes over from the configuration how packets leave. */
void mcv_daemon_set_sending(struct mcv_daemon *d, const struct mcv_edge_config *config);

/* Inputs from the sockets, ctx is the daemon. Packets of media are given to the agent one after the
 * other; what becomes of all that one system call brought is sent together. */
void mcv_daemon_on_network(void *ctx, const struct mcv_datagram *datagram);
void mcv_daemon_on_local(void *ctx, uint16_t slot, enum mcv_medium medium, struct mcv_bytes rtp);
void mcv_daemon_after_batch(void *ctx);

/* Reads the secret of the store into d->secret: wipe it. */
MCV_MUST_USE mcv_err mcv_daemon_read_secret(struct mcv_daemon *d, struct mcv_yaml_why *why);

/* Opens the flight record and puts it between the agent and its configuration and generator. */
MCV_MUST_USE mcv_err mcv_daemon_open_record(struct mcv_daemon *d,
                                            const struct mcv_daemon_record *record,
                                            struct mcv_yaml_why *why);

/* Records the configuration, the first one with all that the agent begins with. */
void mcv_daemon_record_start(struct mcv_daemon *d, struct mcv_now now);
void mcv_daemon_record_config(struct mcv_daemon *d, struct mcv_now now,
                              const struct mcv_edge_config *config);
void mcv_daemon_close_record(struct mcv_daemon *d);

/* Gives the agent the present keys of the store. */
void mcv_daemon_take_keys(struct mcv_daemon *d);

/* Adds the groups of the imported documents to a configuration that was just read. */
MCV_MUST_USE mcv_err mcv_daemon_add_documents(const struct mcv_daemon *d,
                                              struct mcv_edge_config *config,
                                              struct mcv_yaml_why *why);

/* Ends the loop when a shutdown has nothing left to wait for. */
void mcv_daemon_check_stop(struct mcv_daemon *d);

#endif
