/* What a run is judged by: times as histograms, totals as numbers.
 *
 * Spec: TS 22.179 6.15.3 and 6.15.4: KPI 1 to KPI 4 with their limits for MCPTT; TS 22.281 names
 * none of its own for video. */
#ifndef MCV_SIM_KPI_H
#define MCV_SIM_KPI_H

#include "crypto/base/err.h"
#include "sim/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, "name", limit us (0: none), share of values within it in ppm, "what") */
#define MCV_KPI_LIST(X)                                                                            \
    X(ACCESS, "access", 300000, 950000, "KPI 1: request to speak until the right to speak")        \
    X(END_TO_END, "end_to_end", 1000000, 1000000,                                                  \
      "KPI 2: request of a call without an ongoing one until its caller may speak")                \
    X(MOUTH_TO_EAR, "mouth_to_ear", 300000, 950000,                                                \
      "KPI 3: voice into one agent until it comes out of another")                                 \
    X(LATE_ENTRY, "late_entry", 350000, 950000,                                                    \
      "KPI 4: a user turns to an ongoing group call until he hears it")                            \
    X(PRIVATE_SETUP, "private_setup", 0, 0, "private call, automatic: request until established")  \
    X(VIDEO_DELAY, "video_delay", 0, 0, "video into one agent until it comes out of another")      \
    X(QUEUE, "queue", 0, 0, "request to speak until the right to speak, of those who were queued")

enum mcv_kpi_id {
#define MCV_KPI_CODE(NAME, name, limit, share, text) MCV_KPI_##NAME,
    MCV_KPI_LIST(MCV_KPI_CODE)
#undef MCV_KPI_CODE
        MCV_N_KPIS
};

/* X(NAME, "name", "what") */
#define MCV_TOTAL_LIST(X)                                                                          \
    X(CALLS_TRIED, "calls_tried", "private calls that users asked for")                            \
    X(CALLS_MADE, "calls_made", "private calls established at the caller")                         \
    X(CALLS_FAILED, "calls_failed", "private calls that ended without being established")          \
    X(GROUP_TRIED, "group_tried", "group calls that users asked for")                              \
    X(GROUP_MADE, "group_made", "group calls started or joined on request")                        \
    X(GROUP_JOINED, "group_joined", "members that joined by themselves")                           \
    X(EMERGENCIES, "emergencies", "group calls raised to emergency or imminent peril")             \
    X(PTT_PRESSED, "ptt_pressed", "times somebody pressed the button")                             \
    X(PTT_GRANTED, "ptt_granted", "... and was permitted to speak")                                \
    X(PTT_QUEUED, "ptt_queued", "... and was queued before that")                                  \
    X(PTT_REJECTED, "ptt_rejected", "... and was rejected")                                        \
    X(PTT_REVOKED, "ptt_revoked", "... and was stopped while he spoke")                            \
    X(PTT_GIVEN_UP, "ptt_given_up", "... and released it before he was permitted to speak")        \
    X(DOUBLE_GRANTS, "double_grants", "times more had permission than may, hearing each other")    \
    X(DOUBLE_GRANTS_MS, "double_grants_ms", "... and for how long in all")                         \
    X(WRONG_ARBITRATORS, "wrong_arbitrators", "times two arbitrated who hear each other")          \
    X(WRONG_ARBITRATORS_MS, "wrong_arbitrators_ms", "... and for how long in all")                 \
    X(BURSTS, "bursts", "times somebody began to speak")                                           \
    X(VOICE_SENT, "voice_sent", "packets of voice given to agents")                                \
    X(VOICE_HEARD, "voice_heard", "packets of voice that came out of agents")                      \
    X(VIDEO_SENT, "video_sent", "packets of video given to agents")                                \
    X(VIDEO_SEEN, "video_seen", "packets of video that came out of agents")                        \
    X(WRONG_MEDIA, "wrong_media", "packets that came out changed, or of nobody")                   \
    X(REFUSED, "refused", "commands that agents refused")                                          \
    X(PACKETS, "packets", "datagrams sent")                                                        \
    X(DELIVERIES, "deliveries", "datagrams that reached an agent")                                 \
    X(LOST, "lost", "datagrams lost on the way to one receiver")                                   \
    X(BYTES, "bytes", "octets sent")                                                               \
    X(AIR_MS, "air_ms", "time that radios sent")                                                   \
    X(CRYPTO_MS, "crypto_ms", "time of jobs")                                                      \
    X(WRONG_SOCKET, "wrong_socket", "packets of a call without sockets")

enum mcv_total_id {
#define MCV_TOTAL_CODE(NAME, name, text) MCV_TOTAL_##NAME,
    MCV_TOTAL_LIST(MCV_TOTAL_CODE)
#undef MCV_TOTAL_CODE
        MCV_N_TOTALS
};

/* X(NAME, "name", "what"): of each peer, as a distribution. */
#define MCV_LOAD_LIST(X)                                                                           \
    X(SENT, "sent", "datagrams sent")                                                              \
    X(RECEIVED, "received", "datagrams that reached it")                                           \
    X(BYTES, "bytes", "octets sent")                                                               \
    X(AIR, "air_us", "time that its radio sent, us")                                               \
    X(CRYPTO, "crypto_us", "time of its jobs, us")

enum mcv_load_id {
#define MCV_LOAD_CODE(NAME, name, text) MCV_LOAD_##NAME,
    MCV_LOAD_LIST(MCV_LOAD_CODE)
#undef MCV_LOAD_CODE
        MCV_N_LOADS
};

struct mcv_kpi_row {
    const char *name, *text;
    uint64_t limit_us; /* 0: no limit in TS 22.179 */
    uint32_t share_ppm;
};

struct mcv_total_row {
    const char *name, *text;
};

extern const struct mcv_kpi_row mcv_kpi_rows[MCV_N_KPIS];
extern const struct mcv_total_row mcv_total_rows[MCV_N_TOTALS];
extern const struct mcv_total_row mcv_load_rows[MCV_N_LOADS];

/* MCV_N_KPIS, MCV_N_TOTALS: no such name. */
unsigned mcv_kpi_of(const char *name);
unsigned mcv_total_of(const char *name);

/* One measured time, for the list of samples. */
struct mcv_sample {
    uint64_t at_us;
    uint64_t value_us;
    uint32_t agent, other; /* other: who spoke, ... */
    uint16_t launcher;     /* process that measured it, where each plays all of it; else 0 */
    uint8_t kpi;
};

struct mcv_kpis {
    struct mcv_histogram times[MCV_N_KPIS];
    uint64_t n_within[MCV_N_KPIS]; /* of these values keep the limit of TS 22.179 */
    uint64_t totals[MCV_N_TOTALS];
    struct mcv_histogram loads[MCV_N_LOADS]; /* a value for each peer, when the run is over */
    struct mcv_sample *samples; /* of mouth_to_ear and video_delay only the first of a burst */
    size_t n_samples, cap_samples, max_samples;
    uint64_t n_left_out; /* samples beyond max_samples */
};

/* max_samples: 0: none are kept. */
void mcv_kpis_init(struct mcv_kpis *k, size_t max_samples);
void mcv_kpis_wipe(struct mcv_kpis *k);

/* is_sample  keep it in the list too. */
void mcv_kpis_time(struct mcv_kpis *k, enum mcv_kpi_id id, const struct mcv_sample *sample,
                   bool is_sample);

/* Does the KPI keep the limit of TS 22.179? true also without a limit or a value. */
bool mcv_kpis_pass(const struct mcv_kpis *k, enum mcv_kpi_id id);

#endif
