/* mcvd: the agent with its sockets, keys and clients on one loop.
 *
 * Everything runs on the loop's thread but jobs and imports. */
#ifndef MCV_AGENT_EDGE_DAEMON_H
#define MCV_AGENT_EDGE_DAEMON_H

#include "agent/core/agent.h"
#include "agent/edge/config.h"
#include "agent/edge/multicast.h"
#include "agent/edge/net.h"
#include "agent/store/store.h"

struct mcv_daemon;

/* A flight record of all that the agent is given; see agent/record/recorder.h. */
struct mcv_daemon_record {
    const char *path;
    bool has_secrets; /* sealed with the secret of the store */
    size_t max_bytes;
};

/* Opens everything; nothing is left half open on failure. `why` is one line that names file, line
 * and value where the configuration is at fault.
 * config  read with mcv_edge_config_read, from malloc; the daemon's when MCV_OK.
 * record  borrowed for the call; NULL: none. */
MCV_MUST_USE mcv_err mcv_daemon_open(struct mcv_daemon **out, struct mcv_edge_config *config,
                                     const struct mcv_daemon_record *record,
                                     struct mcv_yaml_why *why);

/* Runs until SIGINT, SIGTERM or mcv_daemon_stop: then calls are released and the loop ends. */
void mcv_daemon_run(struct mcv_daemon *d);
void mcv_daemon_stop(struct mcv_daemon *d);

/* Reads the configuration file again: groups, peers, rights, timers and priorities change without
 * touching calls in progress. On failure nothing changes and `why` says what and where.
 * MCV_E_CONFIG: the file is wrong, or changes what needs a restart. MCV_E_BUSY: a call in progress
 * would lose its group. MCV_E_IO, MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_daemon_reload(struct mcv_daemon *d, struct mcv_yaml_why *why);

/* Wipes and frees. NULL is allowed. */
void mcv_daemon_close(struct mcv_daemon *d);

/* ---- for the control socket --------------------------------------------------------------- */

/* As mcv_agent_command, and carries out what follows from it. *why: static, NULL when MCV_OK.
 * MCV_CMD_ZEROIZE also destroys the store; MCV_E_BUSY while an import runs. */
MCV_MUST_USE mcv_err mcv_daemon_command(struct mcv_daemon *d, const struct mcv_command *command,
                                        uint32_t *call, const char **why);

const struct mcv_agent *mcv_daemon_agent(const struct mcv_daemon *d);
const struct mcv_edge_config *mcv_daemon_config(const struct mcv_daemon *d);
const struct mcv_store_keys *mcv_daemon_keys(const struct mcv_daemon *d);
struct mcv_now mcv_daemon_now(const struct mcv_daemon *d);

/* What the edge counts besides the agent. */
struct mcv_daemon_stats {
    uint64_t n_send_failed, n_local_foreign;
    uint64_t n_built, n_verified, n_decapsulated; /* I_MESSAGEs: jobs begun */
    unsigned n_jobs, n_clients;
    int64_t started_s;
    enum mcv_net_state network;
    struct mcv_udp_facts udp;
    struct mcv_multicast_info multicast;
};
struct mcv_daemon_stats mcv_daemon_stats(const struct mcv_daemon *d);

/* Imports a bundle on a worker thread; done runs on the loop, once, also at shutdown.
 * report, why: valid during the call. MCV_E_BUSY: an import runs. */
typedef void mcv_daemon_imported(void *ctx, mcv_err err, const struct mcv_store_report *report,
                                 const struct mcv_why *why);
MCV_MUST_USE mcv_err mcv_daemon_import(struct mcv_daemon *d, const char *bundle_path,
                                       const struct mcv_seal_secret *secret,
                                       mcv_daemon_imported *done, void *ctx);

/* Revokes a GMK in the store and in calls under way; done and errors as above, and
 * MCV_E_NOT_FOUND to done: there is no such GMK. */
MCV_MUST_USE mcv_err mcv_daemon_revoke(struct mcv_daemon *d, uint32_t gmk_id,
                                       mcv_daemon_imported *done, void *ctx);

/* The SDP that a local application needs to receive a call: MCV_E_NOT_FOUND, MCV_E_SPACE.
 * out  text, *n octets of cap. */
MCV_MUST_USE mcv_err mcv_daemon_local_sdp(const struct mcv_daemon *d, uint32_t call, char *out,
                                          size_t cap, size_t *n);

#endif
