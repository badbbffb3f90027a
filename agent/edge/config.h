/* The configuration file of mcvd: read, checked, and turned into what the agent needs.
 *
 * One schema table says every key, its unit, default and range (config_schema.c); the timers come
 * from agent/core/timers.h. agent/edge/mcvd.example.yaml shows all of them. Reading opens nothing:
 * interfaces, ports and keys are tried when the daemon starts. */
#ifndef MCV_AGENT_EDGE_CONFIG_H
#define MCV_AGENT_EDGE_CONFIG_H

#include "agent/core/config.h"
#include "agent/edge/sock.h"
#include "agent/yaml/yaml.h"
#include "proto/group_xml.h"

#include <stdbool.h>
#include <stdint.h>

enum mcv_log_level { MCV_LOG_ERROR, MCV_LOG_WARNING, MCV_LOG_NOTICE, MCV_LOG_INFO, MCV_LOG_DEBUG };

/* ---- as it stands in the file --------------------------------------------------------------- */

struct mcv_config_format {
    uint32_t pt, clock_hz, channels;
    const char *name, *fmtp;
};

struct mcv_config_peer {
    const char *user, *kms;
    struct mcv_addr addr;
};

struct mcv_config_pppp {
    uint32_t basic, imminent_peril, emergency;
};

struct mcv_config_priority {
    uint32_t basic, imminent_peril, emergency;
};

enum mcv_config_reception { MCV_RECEPTION_AUTOMATIC, MCV_RECEPTION_MANUAL };

/* See struct mcv_ptt_config. */
struct mcv_config_transmission {
    int mode, arbitration; /* enum mcv_ptt_mode, enum mcv_arbitration */
    uint32_t n_max, n_queue, n_shown;
    struct mcv_config_priority priority;
    bool is_receive_only, asks_when_served;
    int reception; /* enum mcv_config_reception */
};

struct mcv_config_group {
    const char *id;
    struct mcv_addr addr;
    struct mcv_yaml_list fan_out; /* const char *: users of `peers` */
    uint32_t media_port;
    bool protect_media, protect_control, needs_user_ack, wants_confirm;
    bool may_emergency, may_peril, may_cancel, may_broadcast;
    uint64_t max_duration_us, emergency_cancel_us, peril_cancel_us;
    struct mcv_config_pppp signalling, media;
    struct mcv_config_transmission transmission; /* where nothing is given that of all counts */
};

struct mcv_config_mark {
    uint32_t dscp, priority;
};

/* Do switches of the network snoop? auto: where a querier was heard, or a bridge of this machine does. */
enum mcv_config_snooping { MCV_SNOOPING_AUTO, MCV_SNOOPING_YES, MCV_SNOOPING_NO };

struct mcv_config_network {
    const char *interface;
    struct mcv_yaml_list addresses; /* const char * */
    uint32_t monp_port, media_port;
    int monp_iei; /* enum mcv_monp_iei */
    int snooping; /* enum mcv_config_snooping */
    uint64_t query_timeout_us;
    struct mcv_yaml_list marks; /* struct mcv_config_mark, by PPPP; empty: the default */
};

struct mcv_config_store {
    const char *dir, *passphrase_file, *key_file;
    int tables; /* enum mcv_sakke_tables */
};

struct mcv_config_local {
    struct mcv_addr addr; /* where local applications are */
    uint32_t port;        /* slot i uses 8 ports from port + 8 i on, see mcv_local_port */
};

enum mcv_config_gso { MCV_GSO_AUTO, MCV_GSO_OFF };

struct mcv_config_media {
    const char *srtp;
    struct mcv_yaml_list audio, video; /* struct mcv_config_format */
    uint64_t rtcp_interval_us;
    uint32_t mc_priority;
    struct mcv_config_pppp pppp;
    struct mcv_config_local local;
    int gso; /* enum mcv_config_gso */
    uint32_t burst_pkts;
    uint64_t burst_time_us;
};

struct mcv_config_security {
    bool is_required, hide_identity, may_call, may_auto, may_manual, glare_rule;
    bool may_alert, may_cancel_alert, may_call_emergency;
    uint64_t replay_skew_us, peer_lost_us, key_warning_us;
    uint32_t group_cs_id, verify_at_once, verify_burst, verify_per_minute;
};

struct mcv_config_push {
    bool is_enabled, on_request, notifies_source;
};

struct mcv_config_limits {
    int preset;                          /* index into "device", "small" */
    uint32_t private_calls, group_calls; /* 0: of the preset, also below */
    uint32_t hold_bytes;
};

struct mcv_config_file {
    const char *user, *organization, *gms, *kms, *run_as, *control_socket;
    int log_level; /* enum mcv_log_level */
    struct mcv_config_network network;
    struct mcv_config_store store;
    struct mcv_config_media media;
    struct mcv_config_security security;
    struct mcv_config_push push;
    struct mcv_config_limits limits;
    struct mcv_config_pppp signalling;
    struct mcv_config_transmission transmission, private_transmission;
    struct mcv_yaml_list peers;  /* struct mcv_config_peer */
    struct mcv_yaml_list groups; /* struct mcv_config_group */
    struct mcv_timers timers;
};

/* ---- read and checked ------------------------------------------------------------------------ */

struct mcv_edge_config {
    const char *path;     /* of the file; borrowed */
    struct mcv_yaml *doc; /* for later complaints: mcv_yaml_refuse(doc, ...) */
    struct mcv_config_file file;
    struct mcv_limits limits;
    struct mcv_agent_config agent;
    struct mcv_marks marks;
    struct mcv_peer_config *peers;
    struct mcv_group_config *groups;
    struct mcv_addr *fan_out; /* of all groups, one behind the other */
    size_t n_fan_out;
    struct mcv_group_xml *documents; /* texts of groups that came as documents */
};

/* Reads the file. On failure `why` is one line with file, line, key and value.
 * config does not move until it is closed; path is borrowed.
 * config  out; close it, also after a failure. MCV_E_IO, MCV_E_CONFIG. */
MCV_MUST_USE mcv_err mcv_edge_config_read(struct mcv_edge_config *config, const char *path,
                                          struct mcv_yaml_why *why);

/* The same for the content of a file that is called `name`. */
MCV_MUST_USE mcv_err mcv_edge_config_read_text(struct mcv_edge_config *config, const char *name,
                                               struct mcv_bytes text, struct mcv_yaml_why *why);

/* Adds the groups of imported group documents; one that the file describes stays as the file says.
 * documents  n of them, borrowed for the call. MCV_E_CONFIG: two of one group, or one that cannot be
 * used. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_edge_config_add_documents(struct mcv_edge_config *config,
                                                   const struct mcv_bytes *documents, size_t n,
                                                   struct mcv_yaml_why *why);

void mcv_edge_config_close(struct mcv_edge_config *config);

/* The schema of the file, for mcv_yaml_read. Private to config*.c. */
extern const struct mcv_yaml_schema mcv_config_schema;
void mcv_config_defaults(struct mcv_config_file *file);
void mcv_config_group_defaults(struct mcv_config_group *group);

/* Local ports of a call slot: plain RTP in and out; RTCP to the application is on the next port. */
enum mcv_local_use { MCV_LOCAL_IN, MCV_LOCAL_OUT };
uint16_t mcv_local_port(const struct mcv_edge_config *config, uint16_t slot, enum mcv_medium medium,
                        enum mcv_local_use use);

#endif
