#include "sim/scenario_schema.h"

#include "agent/core/agent.h"
#include "proto/tc.h"
#include "sim/fault.h"
#include "sim/scenario.h"

#define SECOND   UINT64_C(1000000)
#define HOUR     (3600 * SECOND)
#define MANY     1000000u /* peers, calls, groups */
#define MAX_AREA 1000000u
#define MAX_LOAD 1400u /* octets of an RTP payload */

#define TEXT(T, k, f)                                                                              \
    {                                                                                              \
        .key = k, .type = MCV_YAML_TEXT, .offset = offsetof(struct T, f)                           \
    }
#define YES_NO(T, k, f)                                                                            \
    {                                                                                              \
        .key = k, .type = MCV_YAML_BOOL, .offset = offsetof(struct T, f)                           \
    }
#define TEXTS(T, k, f)                                                                             \
    {                                                                                              \
        .key = k, .type = MCV_YAML_TEXTS, .offset = offsetof(struct T, f)                          \
    }
#define NEEDED(T, k, f)                                                                            \
    {                                                                                              \
        .key = k, .type = MCV_YAML_TEXT, .offset = offsetof(struct T, f), .is_required = true      \
    }
#define U32(T, k, f, lo, hi)                                                                       \
    {                                                                                              \
        .key = k, .type = MCV_YAML_U32, .offset = offsetof(struct T, f), .min = lo, .max = hi      \
    }
#define TIME(T, k, f, lo, hi)                                                                      \
    {                                                                                              \
        .key = k, .type = MCV_YAML_DURATION, .offset = offsetof(struct T, f), .min = lo, .max = hi \
    }
#define RATIO(T, k, f)                                                                             \
    {                                                                                              \
        .key = k, .type = MCV_YAML_RATIO, .offset = offsetof(struct T, f), .max = MCV_PPM          \
    }
#define WORD(T, k, f, w)                                                                           \
    {                                                                                              \
        .key = k, .type = MCV_YAML_NAME, .offset = offsetof(struct T, f), .names = w               \
    }
#define MAP(T, k, f, s)                                                                            \
    {                                                                                              \
        .key = k, .type = MCV_YAML_MAP, .offset = offsetof(struct T, f), .sub = &(s)               \
    }
#define LIST(T, k, f, s)                                                                           \
    {                                                                                              \
        .key = k, .type = MCV_YAML_LIST, .offset = offsetof(struct T, f), .sub = &(s)              \
    }
#define SCHEMA(name, T, start)                                                                     \
    static const struct mcv_yaml_schema name##_schema = {                                          \
        name##_fields, sizeof name##_fields / sizeof *name##_fields, sizeof(struct T), start}

const char *const mcv_verb_names[MCV_N_VERBS + 1] = {
#define MCV_VERB_WORD(NAME, word, user, to, group) word,
    MCV_VERB_LIST(MCV_VERB_WORD)
#undef MCV_VERB_WORD
};

static const char *const crypto_names[] = {"real", "costed", NULL};
static const char *const limits_names[] = {"sim", "small", "device", NULL};
static const char *const ptt_names[] = {
    [MCV_PTT_AUTO] = "auto", [MCV_PTT_MANUAL] = "manual", [MCV_PTT_MANUAL + 1] = NULL};
static const char *const arbitration_names[] = {[MCV_ARBITRATION_SINGLE] = "single",
                                                [MCV_ARBITRATION_SELF] = "self",
                                                [MCV_ARBITRATION_SELF + 1] = NULL};
static const char *const channel_names[] = {"monp",       "audio",   "audio_rtcp", "video",
                                            "video_rtcp", "control", NULL};
static const char *const fault_names[] = {"drop", "duplicate", "delay", "flip", NULL};

/* ---- network ------------------------------------------------------------------------------- */

static const struct mcv_yaml_field link_fields[] = {
    TIME(mcv_scenario_link, "delay", delay_us, 0, 60 * SECOND),
    TIME(mcv_scenario_link, "jitter", jitter_us, 0, 60 * SECOND),
    RATIO(mcv_scenario_link, "loss", loss_ppm),
    RATIO(mcv_scenario_link, "to_bad", bad_ppm),
    RATIO(mcv_scenario_link, "to_good", good_ppm),
    RATIO(mcv_scenario_link, "bad_loss", bad_loss_ppm),
    RATIO(mcv_scenario_link, "duplicate", duplicate_ppm),
    RATIO(mcv_scenario_link, "late", late_ppm),
    TIME(mcv_scenario_link, "late_by", late_us, 0, 60 * SECOND),
    RATIO(mcv_scenario_link, "corrupt", corrupt_ppm),
    U32(mcv_scenario_link, "rate_kbps", rate_kbps, 0, 100000000),
};
SCHEMA(link, mcv_scenario_link, NULL);

static const struct mcv_yaml_field radio_fields[] = {
    U32(mcv_scenario_radio, "rate_kbps", rate_kbps, 0, 100000000),
    TIME(mcv_scenario_radio, "period", period_us, 0, SECOND),
    YES_NO(mcv_scenario_radio, "half_duplex", is_half_duplex),
};
SCHEMA(radio, mcv_scenario_radio, NULL);

static const struct mcv_yaml_field area_fields[] = {
    U32(mcv_scenario_area, "width_m", width_m, 1, MAX_AREA),
    U32(mcv_scenario_area, "height_m", height_m, 1, MAX_AREA),
    U32(mcv_scenario_area, "sure_m", sure_m, 0, MAX_AREA),
    U32(mcv_scenario_area, "range_m", range_m, 1, MAX_AREA),
    U32(mcv_scenario_area, "slowest_cm_s", slowest_cm_s, 1, 100000),
    U32(mcv_scenario_area, "fastest_cm_s", fastest_cm_s, 1, 100000),
    TIME(mcv_scenario_area, "rests", rest_us, 0, HOUR),
};
SCHEMA(area, mcv_scenario_area, NULL);

static const struct mcv_yaml_field place_fields[] = {
    U32(mcv_scenario_place, "x_m", x_m, 0, MAX_AREA),
    U32(mcv_scenario_place, "y_m", y_m, 0, MAX_AREA),
};
SCHEMA(place, mcv_scenario_place, NULL);

static const struct mcv_yaml_field which_fields[] = {
    U32(mcv_scenario_which, "n", n, 1, 64),
};
SCHEMA(which, mcv_scenario_which, NULL);

static const struct mcv_yaml_field fault_fields[] = {
    TEXT(mcv_scenario_fault, "message", message),
    WORD(mcv_scenario_fault, "channel", channel, channel_names),
    TEXT(mcv_scenario_fault, "from", from),
    TEXT(mcv_scenario_fault, "to", to),
    LIST(mcv_scenario_fault, "which", which, which_schema),
    WORD(mcv_scenario_fault, "do", action, fault_names),
    TIME(mcv_scenario_fault, "by", by_us, 0, 60 * SECOND),
    U32(mcv_scenario_fault, "bit", bit, 0, 0),
};
SCHEMA(fault, mcv_scenario_fault, NULL);

/* ---- who ----------------------------------------------------------------------------------- */

static const struct mcv_yaml_field kms_fields[] = {
    NEEDED(mcv_scenario_kms, "uri", uri),
    TEXTS(mcv_scenario_kms, "trusts", trusts),
};
SCHEMA(kms, mcv_scenario_kms, NULL);

static void user_start(void *item)
{
    struct mcv_scenario_user *u = item;

    u->has_keys = true;
}

static const struct mcv_yaml_field user_fields[] = {
    NEEDED(mcv_scenario_user, "name", name),
    TEXT(mcv_scenario_user, "kms", kms),
    U32(mcv_scenario_user, "count", count, 1, MANY),
    TIME(mcv_scenario_user, "behind", behind_us, 0, 24 * HOUR),
    TIME(mcv_scenario_user, "ahead", ahead_us, 0, 24 * HOUR),
    TIME(mcv_scenario_user, "answers", answers_us, 1, HOUR),
    YES_NO(mcv_scenario_user, "off", is_off),
    YES_NO(mcv_scenario_user, "group_keys", has_keys),
    MAP(mcv_scenario_user, "place", place, place_schema),
};
SCHEMA(user, mcv_scenario_user, user_start);

static void group_start(void *item)
{
    struct mcv_scenario_group *g = item;

    g->n_max = 1;
}

static const struct mcv_yaml_field group_fields[] = {
    NEEDED(mcv_scenario_group, "name", name),
    U32(mcv_scenario_group, "count", count, 1, MANY),
    U32(mcv_scenario_group, "peers", peers, 1, MANY),
    TEXTS(mcv_scenario_group, "members", members),
    YES_NO(mcv_scenario_group, "asks", asks),
    YES_NO(mcv_scenario_group, "confirms", confirms),
    YES_NO(mcv_scenario_group, "clear", is_clear),
    WORD(mcv_scenario_group, "arbitration", arbitration, arbitration_names),
    U32(mcv_scenario_group, "transmissions", n_max, 1, 16),
    U32(mcv_scenario_group, "queue", n_queue, 0, MCV_TC_MAX_QUEUE),
    MAP(mcv_scenario_group, "place", place, place_schema),
};
SCHEMA(group, mcv_scenario_group, group_start);

/* ---- what they do -------------------------------------------------------------------------- */

static const struct mcv_yaml_field action_fields[] = {
    {.key = "at",
     .type = MCV_YAML_DURATION,
     .offset = offsetof(struct mcv_scenario_action, at_us),
     .is_required = true,
     .max = 1000 * HOUR},
    {.key = "do",
     .type = MCV_YAML_NAME,
     .offset = offsetof(struct mcv_scenario_action, verb),
     .is_required = true,
     .names = mcv_verb_names},
    TIME(mcv_scenario_action, "spread", spread_us, 0, HOUR),
    TEXT(mcv_scenario_action, "user", user),
    TEXT(mcv_scenario_action, "to", to),
    TEXT(mcv_scenario_action, "group", group),
    YES_NO(mcv_scenario_action, "manual", is_manual),
    TIME(mcv_scenario_action, "for", for_us, 1, 1000 * HOUR),
    TIME(mcv_scenario_action, "after", after_us, 0, 1000 * HOUR),
    YES_NO(mcv_scenario_action, "emergency", is_emergency),
    U32(mcv_scenario_action, "priority", priority, 0, UINT8_MAX),
    U32(mcv_scenario_action, "side", side, 0, UINT16_MAX),
    MAP(mcv_scenario_action, "place", place, place_schema),
};
SCHEMA(action, mcv_scenario_action, NULL);

static const struct mcv_yaml_field load_fields[] = {
    TIME(mcv_scenario_load, "from", from_us, 0, 1000 * HOUR),
    TIME(mcv_scenario_load, "until", until_us, 1, 1000 * HOUR),
    U32(mcv_scenario_load, "private_calls", private_calls, 0, MANY),
    TIME(mcv_scenario_load, "private_every", private_every_us, 1, HOUR),
    TIME(mcv_scenario_load, "private_hold", private_hold_us, 1, HOUR),
    RATIO(mcv_scenario_load, "manual", manual_ppm),
    YES_NO(mcv_scenario_load, "groups_start", groups_start),
    RATIO(mcv_scenario_load, "busy", busy_ppm),
    TIME(mcv_scenario_load, "burst", burst_us, 1, HOUR),
    TIME(mcv_scenario_load, "session", session_us, 1, HOUR),
    TIME(mcv_scenario_load, "pause", pause_us, 0, HOUR),
    RATIO(mcv_scenario_load, "video", video_ppm),
    RATIO(mcv_scenario_load, "interrupts", interrupt_ppm),
    RATIO(mcv_scenario_load, "late", late_ppm),
    TIME(mcv_scenario_load, "late_within", late_within_us, 1, 1000 * HOUR),
    TIME(mcv_scenario_load, "churn_on", churn_on_us, 1, 1000 * HOUR),
    TIME(mcv_scenario_load, "churn_off", churn_off_us, 1, 1000 * HOUR),
    TIME(mcv_scenario_load, "emergency_every", emergency_every_us, 1, 1000 * HOUR),
};
SCHEMA(load, mcv_scenario_load, NULL);

static const struct mcv_yaml_field weight_fields[] = {
    U32(mcv_scenario_weight, "bytes", bytes, 0, MAX_LOAD),
    TIME(mcv_scenario_weight, "gap", gap_us, 0, HOUR),
    U32(mcv_scenario_weight, "weight", weight, 1, MANY),
};
SCHEMA(weight, mcv_scenario_weight, NULL);

static const struct mcv_yaml_field stream_fields[] = {
    TIME(mcv_scenario_stream, "every", every_us, 100, HOUR),
    U32(mcv_scenario_stream, "bytes", bytes, 32, MAX_LOAD),
    LIST(mcv_scenario_stream, "sizes", sizes, weight_schema),
    LIST(mcv_scenario_stream, "gaps", gaps, weight_schema),
};
SCHEMA(stream, mcv_scenario_stream, NULL);

/* ---- what must come out -------------------------------------------------------------------- */

static void expect_start(void *item)
{
    struct mcv_scenario_expect *e = item;

    e->max = UINT32_MAX;
    e->at_ppm = 950000;
}

static const struct mcv_yaml_field expect_fields[] = {
    TEXT(mcv_scenario_expect, "user", user),
    TEXT(mcv_scenario_expect, "event", event),
    TEXT(mcv_scenario_expect, "reason", reason),
    TEXT(mcv_scenario_expect, "counter", counter),
    TEXT(mcv_scenario_expect, "kpi", kpi),
    TEXT(mcv_scenario_expect, "total", total),
    TIME(mcv_scenario_expect, "after", after_us, 0, 1000 * HOUR),
    TIME(mcv_scenario_expect, "by", by_us, 1, 1000 * HOUR),
    U32(mcv_scenario_expect, "min", min, 0, 0),
    U32(mcv_scenario_expect, "max", max, 0, 0),
    RATIO(mcv_scenario_expect, "at", at_ppm),
    TIME(mcv_scenario_expect, "limit", limit_us, 1, HOUR),
};
SCHEMA(expect, mcv_scenario_expect, expect_start);

static const struct mcv_yaml_field timers_fields[] = {
#define TIMER(NAME, field, unit, def, lo, hi, clause)                                              \
    U32(mcv_timers, #NAME "_" #unit, field##_##unit, lo, hi),
    MCV_TIMER_LIST(TIMER)
#undef TIMER
};
SCHEMA(timers, mcv_timers, NULL);

static const struct mcv_yaml_field scenario_fields[] = {
    NEEDED(mcv_scenario, "name", name),
    TEXT(mcv_scenario, "about", about),
    {.key = "duration",
     .type = MCV_YAML_DURATION,
     .offset = offsetof(struct mcv_scenario, duration_us),
     .is_required = true,
     .min = 1,
     .max = 1000 * HOUR},
    U32(mcv_scenario, "utc", utc_s, 0, 0),
    U32(mcv_scenario, "seed", seed, 0, 0),
    WORD(mcv_scenario, "crypto", crypto, crypto_names),
    WORD(mcv_scenario, "limits", limits, limits_names),
    WORD(mcv_scenario, "ptt", ptt, ptt_names),
    MAP(mcv_scenario, "timers", timers, timers_schema),
    MAP(mcv_scenario, "network", link, link_schema),
    MAP(mcv_scenario, "radio", radio, radio_schema),
    MAP(mcv_scenario, "area", area, area_schema),
    LIST(mcv_scenario, "kms", kms, kms_schema),
    LIST(mcv_scenario, "users", users, user_schema),
    LIST(mcv_scenario, "groups", groups, group_schema),
    LIST(mcv_scenario, "script", actions, action_schema),
    LIST(mcv_scenario, "faults", faults, fault_schema),
    MAP(mcv_scenario, "load", load, load_schema),
    MAP(mcv_scenario, "audio", audio, stream_schema),
    MAP(mcv_scenario, "video", video, stream_schema),
    YES_NO(mcv_scenario, "judge_kpis", judges_kpis),
    LIST(mcv_scenario, "expect", expects, expect_schema),
};

const struct mcv_yaml_schema mcv_scenario_schema = {
    scenario_fields, sizeof scenario_fields / sizeof *scenario_fields, sizeof(struct mcv_scenario),
    NULL};
