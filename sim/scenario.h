/* A scenario file: who takes part, over which network, what they do, and what must come out.
 *
 * Read from YAML through one table (sim/scenario_schema.c); values that cannot be are refused with
 * file, line and key before anything runs. sim/scenarios/README.md says what each key means. */
#ifndef MCV_SIM_SCENARIO_H
#define MCV_SIM_SCENARIO_H

#include "agent/core/limits.h"
#include "agent/core/timers.h"
#include "agent/yaml/yaml.h"
#include "sim/link.h"
#include "sim/roster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mcv_scenario_crypto { MCV_CRYPTO_REAL, MCV_CRYPTO_COSTED };
enum mcv_scenario_limits { MCV_LIMITS_SIM, MCV_LIMITS_SMALL, MCV_LIMITS_DEVICE };

struct mcv_scenario_link {
    uint64_t delay_us, jitter_us, late_us;
    uint32_t loss_ppm, bad_ppm, good_ppm, bad_loss_ppm, duplicate_ppm, late_ppm, corrupt_ppm;
    uint32_t rate_kbps;
};

struct mcv_scenario_radio {
    uint32_t rate_kbps;
    uint64_t period_us;
    bool is_half_duplex;
};

/* Where everybody is; width 0: everybody hears everybody. */
struct mcv_scenario_area {
    uint32_t width_m, height_m, sure_m, range_m;
    uint32_t slowest_cm_s, fastest_cm_s; /* of those who walk; fastest 0: nobody walks */
    uint64_t rest_us;
};

struct mcv_scenario_place {
    uint32_t x_m, y_m;
};

struct mcv_scenario_kms {
    const char *uri;
    struct mcv_yaml_list trusts; /* const char *: URIs */
};

/* One user, or `count` of them: NAME-1, NAME-2, ... */
struct mcv_scenario_user {
    const char *name;
    const char *kms; /* NULL: the first */
    uint32_t count;
    uint64_t behind_us, ahead_us;    /* of his clock */
    uint64_t answers_us;             /* accepts what he is asked, after this time; 0: does not */
    bool is_off;                     /* at the start */
    bool has_keys;                   /* false: an eavesdropper, no group keys */
    struct mcv_scenario_place place; /* where he stands, when it is in the file */
};

struct mcv_scenario_group {
    const char *name;
    uint32_t count; /* groups NAME-1, ...; each with `peers` users of its own NAME-1-1, ... */
    uint32_t peers;
    struct mcv_yaml_list members; /* const char *: names of users */
    bool asks;                    /* members are asked before they join */
    bool confirms;
    bool is_clear;                   /* media and control are not protected */
    int arbitration;                 /* enum mcv_arbitration */
    uint32_t n_max, n_queue;         /* simultaneous transmissions; requests that wait */
    struct mcv_scenario_place place; /* where its own peers stand, when it is in the file */
};

/* X(NAME, "word in the file", needs user, needs `to`, needs group) */
#define MCV_VERB_LIST(X)                                                                           \
    X(CALL, "call", true, true, false)                                                             \
    X(ACCEPT, "accept", true, false, false)                                                        \
    X(REJECT, "reject", true, false, false)                                                        \
    X(RELEASE, "release", true, false, false)                                                      \
    X(START, "start", true, false, true)                                                           \
    X(LEAVE, "leave", true, false, true)                                                           \
    X(EMERGENCY, "emergency", true, false, true)                                                   \
    X(PERIL, "peril", true, false, true)                                                           \
    X(NORMAL, "normal", true, false, true)                                                         \
    X(BROADCAST, "broadcast", true, false, true)                                                   \
    X(BROADCAST_END, "broadcast_end", true, false, true)                                           \
    X(ALERT, "alert", true, false, true)                                                           \
    X(ALERT_CANCEL, "alert_cancel", true, false, false)                                            \
    X(TALK, "talk", true, false, false)                                                            \
    X(VIDEO, "video", true, false, false)                                                          \
    X(OFF, "off", true, false, false)                                                              \
    X(ON, "on", true, false, false)                                                                \
    X(SUSPEND, "suspend", true, false, false)                                                      \
    X(RESUME, "resume", true, false, false)                                                        \
    X(PARTITION, "partition", true, false, false)                                                  \
    X(HEAL, "heal", false, false, false)                                                           \
    X(MOVE, "move", true, false, false)                                                            \
    X(ROLL, "roll", false, false, true)                                                            \
    X(REVOKE, "revoke", false, false, true)                                                        \
    X(ZEROIZE, "zeroize", true, false, false)

enum mcv_verb {
#define MCV_VERB_CODE(NAME, word, user, to, group) MCV_VERB_##NAME,
    MCV_VERB_LIST(MCV_VERB_CODE)
#undef MCV_VERB_CODE
        MCV_N_VERBS
};

extern const char *const mcv_verb_names[MCV_N_VERBS + 1]; /* NULL at the end */

/* A name of users is a user, or a beginning and "*": every user whose name begins so. */
struct mcv_scenario_action {
    uint64_t at_us;
    uint64_t spread_us; /* each at a time of his own within it */
    int verb;           /* enum mcv_verb */
    const char *user, *to, *group;
    bool is_manual;
    uint64_t for_us;   /* talk, video: so long the button is held */
    bool is_emergency; /* talk, video: presses as one in emergency */
    uint32_t priority; /* talk, video: of the request, when it is in the file */
    uint64_t after_us; /* roll: the new key is active so long after, in whole seconds */
    uint32_t side;     /* partition */
    struct mcv_scenario_place place; /* move: takes `for` to get there */
};

struct mcv_scenario_fault {
    const char *message;        /* "PRIVATE CALL ACCEPT", or NULL: whatever is on the channel */
    int channel;                /* enum mcv_channel */
    const char *from, *to;      /* NULL: anybody */
    struct mcv_yaml_list which; /* struct mcv_scenario_which; none: every one */
    int action;                 /* enum mcv_fault_action */
    uint64_t by_us;
    uint32_t bit;
};

struct mcv_scenario_which {
    uint32_t n; /* 1: the first */
};

/* What random users do. Means are of exponential distributions. */
struct mcv_scenario_load {
    uint64_t from_us, until_us; /* 0: to the end */
    uint32_t private_calls;     /* in all */
    uint64_t private_every_us;  /* mean */
    uint64_t private_hold_us;   /* mean */
    uint32_t manual_ppm;
    bool groups_start;                       /* every group call is started, by its first member */
    uint32_t busy_ppm;                       /* of the time somebody of a group talks; 0: nobody */
    uint64_t burst_us, session_us, pause_us; /* means */
    uint32_t video_ppm;                      /* so many bursts are video */
    uint32_t interrupt_ppm;  /* in so many bursts somebody else of the group presses too */
    uint32_t late_ppm;       /* so many peers come when the load has begun ... */
    uint64_t late_within_us; /* ... within this time */
    uint64_t churn_on_us, churn_off_us; /* means; 0: nobody goes */
    uint64_t emergency_every_us;        /* mean, of all groups; 0: none */
};

/* Packets of one medium. */
struct mcv_scenario_stream {
    uint64_t every_us;
    uint32_t bytes;                   /* of RTP payload */
    struct mcv_yaml_list sizes, gaps; /* struct mcv_scenario_weight: in place of the two above */
};

struct mcv_scenario_weight {
    uint32_t bytes;
    uint64_t gap_us;
    uint32_t weight;
};

/* One of event, counter, kpi and total. Of several users each must do it. */
struct mcv_scenario_expect {
    const char *user;
    const char *event, *counter, *kpi, *total;
    const char *reason;
    uint64_t after_us, by_us; /* by 0: to the end */
    uint32_t min, max;
    uint32_t at_ppm;   /* kpi: the quantile */
    uint64_t limit_us; /* kpi */
};

struct mcv_scenario {
    const char *name, *about;
    uint64_t duration_us;
    uint32_t utc_s;
    uint32_t seed;
    int crypto, limits;
    int ptt;                  /* enum mcv_ptt_mode, of everybody */
    struct mcv_timers timers; /* of every agent */
    struct mcv_scenario_link link;
    struct mcv_scenario_radio radio;
    struct mcv_scenario_area area;
    struct mcv_yaml_list kms, users, groups, actions, faults, expects;
    struct mcv_scenario_load load;
    struct mcv_scenario_stream audio, video;
    bool judges_kpis; /* the limits of TS 22.179 decide too */
};

/* A scenario that can run. */
struct mcv_scenario_file {
    struct mcv_scenario s;
    struct mcv_roster roster;
    struct mcv_yaml *doc;
};

/* peers  see mcv_roster_init. Close it, whatever this returns.
 * MCV_E_IO, MCV_E_CONFIG: why says it in one line. */
MCV_MUST_USE mcv_err mcv_scenario_open(struct mcv_scenario_file *file, const char *path,
                                       uint32_t peers, struct mcv_yaml_why *why);
void mcv_scenario_close(struct mcv_scenario_file *file);

/* Capacities of an agent. */
const struct mcv_limits *mcv_scenario_limits(const struct mcv_scenario *scenario);

struct mcv_link_model mcv_scenario_link_model(const struct mcv_scenario_link *link);

/* MCV_N_EVENTS, MCV_N_COUNTERS, ...: no such name. */
unsigned mcv_scenario_event(const char *name);
unsigned mcv_scenario_reason(const char *name);
unsigned mcv_scenario_counter(const char *name);
uint8_t mcv_scenario_message(const char *name); /* MCV_ANY_TYPE: none */

#endif
