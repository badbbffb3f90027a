/* Every key of the configuration file: type, default and range. */
#include "agent/edge/burst.h"
#include "agent/edge/config.h"
#include "crypto/key_table.h"
#include "proto/addr_text.h"
#include "proto/monp.h"
#include "proto/tc.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define S        1000000u /* microseconds of a second */

#define TEXT(T, k, f)                                                                              \
    {                                                                                              \
        .key = k, .type = MCV_YAML_TEXT, .offset = offsetof(T, f)                                  \
    }
#define BOOL(T, k, f)                                                                              \
    {                                                                                              \
        .key = k, .type = MCV_YAML_BOOL, .offset = offsetof(T, f)                                  \
    }
#define ADDR(T, k, f)                                                                              \
    {                                                                                              \
        .key = k, .type = MCV_YAML_CUSTOM, .offset = offsetof(T, f), .parse = parse_addr           \
    }
#define U32(T, k, f, lo, hi)                                                                       \
    {                                                                                              \
        .key = k, .type = MCV_YAML_U32, .offset = offsetof(T, f), .min = lo, .max = hi             \
    }
#define TIME(T, k, f, lo, hi)                                                                      \
    {                                                                                              \
        .key = k, .type = MCV_YAML_DURATION, .offset = offsetof(T, f), .min = lo, .max = hi        \
    }
#define NAME(T, k, f, n)                                                                           \
    {                                                                                              \
        .key = k, .type = MCV_YAML_NAME, .offset = offsetof(T, f), .names = n                      \
    }
#define MAP(T, k, f, s)                                                                            \
    {                                                                                              \
        .key = k, .type = MCV_YAML_MAP, .offset = offsetof(T, f), .sub = &s                        \
    }
#define LIST(T, k, f, s)                                                                           \
    {                                                                                              \
        .key = k, .type = MCV_YAML_LIST, .offset = offsetof(T, f), .sub = &s                       \
    }
#define SCHEMA(name, T, init)                                                                      \
    static const struct mcv_yaml_schema name = {name##_fields, COUNT(name##_fields), sizeof(T),    \
                                                init}

/* "127.0.1.1", "127.0.1.1:8809", "fe80::1", "[fe80::1]:8809". */
static const char *parse_addr(void *out, const char *text)
{
    static const char expected[] = "expected an IPv4 or IPv6 address, with :port if it is another "
                                   "than the default ([address]:port for IPv6)";
    const char *colon = strrchr(text, ':');
    const bool is_bracketed = *text == '[';
    struct mcv_bytes host = mcv_bytes_str(text);
    unsigned long port = 0;

    if (is_bracketed) {
        const char *end = strchr(text, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':')) return expected;
        host = mcv_bytes_of(text + 1, (size_t)(end - text - 1));
        colon = end[1] == ':' ? end + 1 : NULL;
    } else if (colon != NULL && strchr(text, ':') == colon) {
        host.n = (size_t)(colon - text);
    } else {
        colon = NULL;
    }
    if (colon != NULL) {
        char *end;
        port = strtoul(colon + 1, &end, 10);
        if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port == 0 || port > 65535)
            return expected;
    }
    struct mcv_addr *a = out;
    if (mcv_addr_parse(a, host) != MCV_OK) return expected;
    a->port = (uint16_t)port;
    return NULL;
}

static const struct mcv_yaml_field pppp_fields[] = {
    U32(struct mcv_config_pppp, "basic", basic, 1, 8),
    U32(struct mcv_config_pppp, "imminent_peril", imminent_peril, 1, 8),
    U32(struct mcv_config_pppp, "emergency", emergency, 1, 8),
};
SCHEMA(pppp, struct mcv_config_pppp, NULL);

/* Spec: TS 24.581 9.2.3.2: one octet. */
static const struct mcv_yaml_field priority_fields[] = {
    U32(struct mcv_config_priority, "basic", basic, 0, 255),
    U32(struct mcv_config_priority, "imminent_peril", imminent_peril, 0, 255),
    U32(struct mcv_config_priority, "emergency", emergency, 0, 255),
};
SCHEMA(priority, struct mcv_config_priority, NULL);

static const char *const mode_names[] = {"auto", "manual", NULL};
static const char *const approach_names[] = {"single", "self", NULL};
static const char *const reception_names[] = {"automatic", "manual", NULL};

/* Of private calls there are two participants, and one who can wait. */
#define TRANSMISSION_FIELDS(most, waiting)                                                         \
    NAME(struct mcv_config_transmission, "ptt", mode, mode_names),                                 \
        U32(struct mcv_config_transmission, "maximum_simultaneous", n_max, 1, most),               \
        U32(struct mcv_config_transmission, "queue", n_queue, 0, waiting),                         \
        MAP(struct mcv_config_transmission, "priority", priority, priority),                       \
        BOOL(struct mcv_config_transmission, "receive_only", is_receive_only),                     \
        BOOL(struct mcv_config_transmission, "ask_when_served", asks_when_served),                 \
        NAME(struct mcv_config_transmission, "reception", reception, reception_names),             \
        U32(struct mcv_config_transmission, "maximum_received", n_shown, 0, 64)

static const struct mcv_yaml_field transmission_fields[] = {
    NAME(struct mcv_config_transmission, "arbitration_approach", arbitration, approach_names),
    TRANSMISSION_FIELDS(64, MCV_TC_MAX_QUEUE),
};
SCHEMA(transmission, struct mcv_config_transmission, NULL);

static const struct mcv_yaml_field private_transmission_fields[] = {TRANSMISSION_FIELDS(2, 1)};
SCHEMA(private_transmission, struct mcv_config_transmission, NULL);

static const struct mcv_yaml_field format_fields[] = {
    {.key = "pt",
     .type = MCV_YAML_U32,
     .offset = offsetof(struct mcv_config_format, pt),
     .min = 96,
     .max = 127,
     .is_required = true},
    {.key = "name",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_format, name),
     .is_required = true},
    {.key = "clock",
     .type = MCV_YAML_U32,
     .offset = offsetof(struct mcv_config_format, clock_hz),
     .min = 1000,
     .max = 1000000,
     .is_required = true},
    U32(struct mcv_config_format, "channels", channels, 1, 8),
    TEXT(struct mcv_config_format, "fmtp", fmtp),
};
SCHEMA(format, struct mcv_config_format, NULL);

static const struct mcv_yaml_field peer_fields[] = {
    {.key = "user",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_peer, user),
     .is_required = true},
    ADDR(struct mcv_config_peer, "address", addr),
    TEXT(struct mcv_config_peer, "kms", kms),
};
SCHEMA(peer, struct mcv_config_peer, NULL);

void mcv_config_group_defaults(struct mcv_config_group *group)
{
    *group = (struct mcv_config_group){
        .protect_media = true,
        .protect_control = true,
        .wants_confirm = true,
        .may_emergency = true,
        .may_peril = true,
        .may_broadcast = true,
        .max_duration_us = 3600ull * S,
        .emergency_cancel_us = 1800ull * S,
        .peril_cancel_us = 1800ull * S,
        .signalling = {.basic = 4, .imminent_peril = 2, .emergency = 1},
        .media = {.basic = 5, .imminent_peril = 3, .emergency = 2},
    };
}

static void group_init(void *p)
{
    mcv_config_group_defaults(p);
}

static const struct mcv_yaml_field group_fields[] = {
    {.key = "id",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_group, id),
     .is_required = true},
    {.key = "address",
     .type = MCV_YAML_CUSTOM,
     .offset = offsetof(struct mcv_config_group, addr),
     .parse = parse_addr,
     .is_required = true},
    {.key = "fan_out",
     .type = MCV_YAML_TEXTS,
     .offset = offsetof(struct mcv_config_group, fan_out),
     .max = MCV_MAX_FAN_OUT},
    U32(struct mcv_config_group, "media_port", media_port, 1024, 65528),
    BOOL(struct mcv_config_group, "protect_media", protect_media),
    BOOL(struct mcv_config_group, "protect_transmission_control", protect_control),
    BOOL(struct mcv_config_group, "user_acknowledgement", needs_user_ack),
    BOOL(struct mcv_config_group, "confirm_mode", wants_confirm),
    BOOL(struct mcv_config_group, "may_emergency", may_emergency),
    BOOL(struct mcv_config_group, "may_imminent_peril", may_peril),
    BOOL(struct mcv_config_group, "may_cancel", may_cancel),
    BOOL(struct mcv_config_group, "may_broadcast", may_broadcast),
    TIME(struct mcv_config_group, "maximum_duration", max_duration_us, S, 86400ull * S),
    TIME(struct mcv_config_group, "emergency_cancel", emergency_cancel_us, S, 86400ull * S),
    TIME(struct mcv_config_group, "imminent_peril_cancel", peril_cancel_us, S, 86400ull * S),
    MAP(struct mcv_config_group, "signalling_pppp", signalling, pppp),
    MAP(struct mcv_config_group, "media_pppp", media, pppp),
    MAP(struct mcv_config_group, "transmission", transmission, transmission),
};
SCHEMA(group, struct mcv_config_group, group_init);

static const struct mcv_yaml_field mark_fields[] = {
    {.key = "dscp",
     .type = MCV_YAML_U32,
     .offset = offsetof(struct mcv_config_mark, dscp),
     .max = 63,
     .is_required = true},
    {.key = "priority",
     .type = MCV_YAML_U32,
     .offset = offsetof(struct mcv_config_mark, priority),
     .max = 6,
     .is_required = true},
};
SCHEMA(mark, struct mcv_config_mark, NULL);

static const char *const iei_names[] = {"hexadecimal", "both", NULL};
static const char *const snooping_names[] = {"auto", "yes", "no", NULL};

static const struct mcv_yaml_field network_fields[] = {
    {.key = "interface",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_network, interface),
     .is_required = true},
    {.key = "addresses",
     .type = MCV_YAML_TEXTS,
     .offset = offsetof(struct mcv_config_network, addresses),
     .min = 1,
     .max = 2,
     .is_required = true},
    U32(struct mcv_config_network, "monp_port", monp_port, 1, 65535),
    NAME(struct mcv_config_network, "monp_identifiers", monp_iei, iei_names),
    U32(struct mcv_config_network, "media_port", media_port, 1024, 65000),
    NAME(struct mcv_config_network, "snooping", snooping, snooping_names),
    TIME(struct mcv_config_network, "query_timeout", query_timeout_us, S, 86400ull * S),
    {.key = "marks",
     .type = MCV_YAML_LIST,
     .offset = offsetof(struct mcv_config_network, marks),
     .min = MCV_N_PPPP,
     .max = MCV_N_PPPP,
     .sub = &mark},
};
SCHEMA(network, struct mcv_config_network, NULL);

static const char *const tables_names[] = {"full", "small", NULL}; /* enum mcv_sakke_tables */

static const struct mcv_yaml_field store_fields[] = {
    {.key = "dir",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_store, dir),
     .is_required = true},
    TEXT(struct mcv_config_store, "passphrase_file", passphrase_file),
    TEXT(struct mcv_config_store, "key_file", key_file),
    {.key = "tables",
     .type = MCV_YAML_NAME,
     .offset = offsetof(struct mcv_config_store, tables),
     .names = tables_names},
};
SCHEMA(store, struct mcv_config_store, NULL);

static const struct mcv_yaml_field local_fields[] = {
    ADDR(struct mcv_config_local, "address", addr),
    U32(struct mcv_config_local, "port", port, 1024, 65000),
};
SCHEMA(local, struct mcv_config_local, NULL);

static const char *const gso_names[] = {"auto", "off", NULL};

static const struct mcv_yaml_field media_fields[] = {
    TEXT(struct mcv_config_media, "srtp", srtp),
    {.key = "audio",
     .type = MCV_YAML_LIST,
     .offset = offsetof(struct mcv_config_media, audio),
     .max = MCV_MAX_FORMATS,
     .sub = &format},
    {.key = "video",
     .type = MCV_YAML_LIST,
     .offset = offsetof(struct mcv_config_media, video),
     .max = MCV_MAX_FORMATS,
     .sub = &format},
    U32(struct mcv_config_media, "mc_priority", mc_priority, 1, 255), /* Spec: TS 24.581 12.1.2 */
    TIME(struct mcv_config_media, "rtcp_interval", rtcp_interval_us, S, 3600ull * S),
    MAP(struct mcv_config_media, "private_pppp", pppp, pppp),
    MAP(struct mcv_config_media, "local", local, local),
    NAME(struct mcv_config_media, "gso", gso, gso_names),
    U32(struct mcv_config_media, "burst_packets", burst_pkts, 1, MCV_BURST_MAX_PKTS),
    TIME(struct mcv_config_media, "burst_time", burst_time_us, 100, 100000),
};
SCHEMA(media, struct mcv_config_media, NULL);

static const struct mcv_yaml_field security_fields[] = {
    BOOL(struct mcv_config_security, "required", is_required),
    BOOL(struct mcv_config_security, "hide_identity", hide_identity),
    BOOL(struct mcv_config_security, "may_call", may_call),
    BOOL(struct mcv_config_security, "may_call_automatic", may_auto),
    BOOL(struct mcv_config_security, "may_call_manual", may_manual),
    BOOL(struct mcv_config_security, "may_call_emergency", may_call_emergency),
    BOOL(struct mcv_config_security, "may_alert", may_alert),
    BOOL(struct mcv_config_security, "may_cancel_alert", may_cancel_alert),
    BOOL(struct mcv_config_security, "glare_rule", glare_rule),
    TIME(struct mcv_config_security, "peer_lost", peer_lost_us, 0, 86400ull * S),
    TIME(struct mcv_config_security, "key_warning", key_warning_us, 0, 365ull * 86400 * S),
    TIME(struct mcv_config_security, "clock_skew", replay_skew_us, S, 86400ull * S),
    U32(struct mcv_config_security, "group_cs_id", group_cs_id, 4, 5),
    U32(struct mcv_config_security, "verify_at_once", verify_at_once, 1, 64),
    U32(struct mcv_config_security, "verify_burst", verify_burst, 1, 1000),
    U32(struct mcv_config_security, "verify_per_minute", verify_per_minute, 1, 60000),
};
SCHEMA(security, struct mcv_config_security, NULL);

static const struct mcv_yaml_field push_fields[] = {
    BOOL(struct mcv_config_push, "enabled", is_enabled),
    BOOL(struct mcv_config_push, "on_request", on_request),
    BOOL(struct mcv_config_push, "notify_source", notifies_source),
};
SCHEMA(push, struct mcv_config_push, NULL);

static const char *const preset_names[] = {"device", "small", NULL};

static const struct mcv_yaml_field limits_fields[] = {
    NAME(struct mcv_config_limits, "preset", preset, preset_names),
    U32(struct mcv_config_limits, "private_calls", private_calls, 1, 64),
    U32(struct mcv_config_limits, "group_calls", group_calls, 1, 64),
    U32(struct mcv_config_limits, "hold_bytes", hold_bytes, 4096, 16u << 20),
};
SCHEMA(limits, struct mcv_config_limits, NULL);

static const struct mcv_yaml_field timers_fields[] = {
#define TIMER(NAME, field, unit, def, lo, hi, clause)                                              \
    U32(struct mcv_timers, #NAME "_" #unit, field##_##unit, lo, hi),
    MCV_TIMER_LIST(TIMER)
#undef TIMER
};
SCHEMA(timers, struct mcv_timers, NULL);

static const char *const level_names[] = {"error", "warning", "notice", "info", "debug", NULL};

static const struct mcv_yaml_field file_fields[] = {
    {.key = "user",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_file, user),
     .is_required = true},
    TEXT(struct mcv_config_file, "organization", organization),
    TEXT(struct mcv_config_file, "gms", gms),
    TEXT(struct mcv_config_file, "kms", kms),
    TEXT(struct mcv_config_file, "run_as", run_as),
    {.key = "control_socket",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct mcv_config_file, control_socket),
     .is_required = true},
    NAME(struct mcv_config_file, "log_level", log_level, level_names),
    {.key = "network",
     .type = MCV_YAML_MAP,
     .offset = offsetof(struct mcv_config_file, network),
     .sub = &network,
     .is_required = true},
    {.key = "store",
     .type = MCV_YAML_MAP,
     .offset = offsetof(struct mcv_config_file, store),
     .sub = &store,
     .is_required = true},
    MAP(struct mcv_config_file, "media", media, media),
    MAP(struct mcv_config_file, "security", security, security),
    MAP(struct mcv_config_file, "push", push, push),
    MAP(struct mcv_config_file, "limits", limits, limits),
    MAP(struct mcv_config_file, "private_signalling_pppp", signalling, pppp),
    MAP(struct mcv_config_file, "transmission", transmission, transmission),
    MAP(struct mcv_config_file, "private_transmission", private_transmission, private_transmission),
    LIST(struct mcv_config_file, "peers", peers, peer),
    LIST(struct mcv_config_file, "groups", groups, group),
    MAP(struct mcv_config_file, "timers", timers, timers),
};

const struct mcv_yaml_schema mcv_config_schema = {file_fields, COUNT(file_fields),
                                                  sizeof(struct mcv_config_file), NULL};

static struct mcv_config_pppp pppp_of(const struct mcv_pppp *p)
{
    return (struct mcv_config_pppp){
        .basic = p->basic, .imminent_peril = p->imminent_peril, .emergency = p->emergency};
}

/* Those of the agent, and what only the edge has. */
void mcv_config_defaults(struct mcv_config_file *file)
{
    const struct mcv_agent_config d = mcv_agent_config_default();

    *file = (struct mcv_config_file){
        .log_level = MCV_LOG_NOTICE,
        .network = {.monp_port = MCV_MONP_PORT,
                    .media_port = d.media_port,
                    .query_timeout_us = 260ull * S}, /* Spec: RFC 3376 8.4 */
        .media = {.srtp = "openssl",
                  .mc_priority = d.max_priority,
                  .rtcp_interval_us = 1000ull * d.rtcp_interval_ms,
                  .pppp = pppp_of(&d.private_media),
                  .burst_pkts = mcv_burst_limits_default.max_pkts,
                  .burst_time_us = mcv_burst_limits_default.max_age_us,
                  .local = {.addr = {.family = MCV_IPV4, .b = {127, 0, 0, 1}}, .port = 5000}},
        .security = {.is_required = d.needs_security,
                     .hide_identity = d.hide_identity,
                     .may_call = d.may_call,
                     .may_auto = d.may_auto,
                     .may_manual = d.may_manual,
                     .may_call_emergency = d.may_call_emergency,
                     .may_alert = d.may_alert,
                     .may_cancel_alert = d.may_cancel_alert,
                     .glare_rule = d.glare_rule,
                     .peer_lost_us = (uint64_t)S * d.peer_lost_s,
                     .key_warning_us = (uint64_t)S * d.key_warning_s,
                     .replay_skew_us = (uint64_t)S * d.replay_skew_s,
                     .group_cs_id = d.group_cs_id,
                     .verify_at_once = d.admission.n_at_once,
                     .verify_burst = d.admission.burst,
                     .verify_per_minute = d.admission.per_minute},
        .push = {.is_enabled = d.push.is_enabled,
                 .on_request = d.push.on_request,
                 .notifies_source = d.push.notifies_source},
        .signalling = pppp_of(&d.private_signalling),
        .transmission = {.n_max = 1, .n_queue = 8},
        .private_transmission = {.n_max = d.private_ptt.n_max, .n_queue = d.private_ptt.n_queue},
        .timers = d.timers,
    };
}
