/* Every timer and counter limit, in one table: name, unit, default, range, clause.
 *
 * Spec: TS 24.281 B.3 and C.3 with its twin TS 24.379 B.3; TS 24.483 OffNetwork/Timers and
 * OffNetwork/Counters for names and widths; TS 24.581 7 with its twin TS 24.380 11.1.2 for T2xx and
 * C2xx, TAx and the rows without a number being ours. A limit n means n transmissions in all:
 * counters start at 1 with the first one. Timers of one value only are stored in milliseconds.
 * Not here: TFG2 is drawn from REFRESH; TFG6, TFG13 and TFG14 count from times of the call with a
 * duration of its group; TFP6, TFP8 and CFP6 are of MCPTT alone (no PRIVATE EMERGENCY CALL CANCEL). */
#ifndef MCV_AGENT_CORE_TIMERS_H
#define MCV_AGENT_CORE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* X(NAME, field, unit, default, min, max, "clause, purpose"); unit: ms, s or count. */
#define MCV_TIMER_LIST(X)                                                                          \
    X(TFP1, tfp1, ms, 40, 10, 65535, "TS 24.281 10.3: private call request retransmission")        \
    X(TFP2, tfp2, s, 30, 1, 60, "TS 24.281 10.3: waiting for call response")                       \
    X(TFP3, tfp3, ms, 40, 10, 65535, "TS 24.281 10.3: private call release retransmission")        \
    X(TFP4, tfp4, ms, 40, 10, 65535, "TS 24.281 10.3: private call accept retransmission")         \
    X(TFP5, tfp5, s, 255, 1, 65535, "TS 24.281 10.3: maximum duration of a private call")          \
    X(TFP7, tfp7, s, 1, 1, 255, "TS 24.281 10.3: ignoring the call identifier of an ended call")   \
    X(CFP1, cfp1, count, 3, 1, 255, "TS 24.281 10.3: transmissions of a SETUP REQUEST")            \
    X(CFP3, cfp3, count, 3, 1, 255, "TS 24.281 10.3: transmissions of a RELEASE")                  \
    X(CFP4, cfp4, count, 3, 1, 255, "TS 24.281 10.3: transmissions of an ACCEPT")                  \
    X(TFG1, tfg1, ms, 150, 10, 65535, "TS 24.281 B.3.1.1: wait for call announcement")             \
    X(TFG3, tfg3, ms, 40, 10, 65535, "TS 24.281 B.3.1.1: call probe retransmission")               \
    X(TFG4, tfg4, s, 30, 1, 60, "TS 24.281 B.3.1.1: waiting for the user")                         \
    X(TFG5, tfg5, s, 30, 1, 255, "TS 24.281 9.3: not presenting announcements of a left call")     \
    X(TFG11, tfg11, s, 1, 1, 255, "TS 24.281 9.3.3: emergency end retransmission")                 \
    X(TFG12, tfg12, s, 1, 1, 255, "TS 24.281 9.3.3: imminent peril end retransmission")            \
    X(CFG11, cfg11, count, 5, 1, 255, "TS 24.281 9.3.3: transmissions of EMERGENCY END")           \
    X(CFG12, cfg12, count, 5, 1, 255, "TS 24.281 9.3.3: transmissions of IMMINENT PERIL END")      \
    X(TFB1, tfb1, s, 300, 1, 65535, "TS 24.281 9.4: maximum duration of a broadcast call")         \
    X(TFB2, tfb2, s, 3, 1, 10, "TS 24.281 9.4: broadcast retransmission")                          \
    X(TFB3, tfb3, s, 30, 1, 255, "TS 24.281 9.4: waiting for the user")                            \
    X(TFE1, tfe1, s, 30, 1, 255, "TS 24.281 11.3: emergency alert of another user")                \
    X(TFE2, tfe2, s, 5, 1, 255, "TS 24.281 11.3: emergency alert retransmission")                  \
    X(REFRESH, refresh, ms, 10000, 1000, 65535, "TS 24.281 9.3.2.4.3.1: refresh interval")         \
    X(PUSH_REQUEST, push_request, ms, 40, 10, 65535,                                               \
      "TS 24.281 13.3: remote video push request retransmission")                                  \
    X(PUSH_REQUESTS, push_requests, count, 3, 1, 255,                                              \
      "TS 24.281 13.3: transmissions of a remote video push request")                              \
    X(PUSH_RESULT, push_result, s, 60, 1, 255, "TS 24.281 13.3: waiting for NOTIFY VIDEO PUSH")    \
    X(PUSH_REPEAT, push_repeat, s, 1, 1, 255,                                                      \
      "TS 24.281 13.3: knowing a request of a push that is over")                                  \
    X(T201, t201, ms, 40, 10, 65535, "TS 24.581 7: Transmission Request retransmission")           \
    X(T203, t203, ms, 4000, 200, 65535, "TS 24.581 7: end of RTP media")                           \
    X(T204, t204, ms, 80, 10, 65535, "TS 24.581 7: Queue Position Request retransmission")         \
    X(T205, t205, ms, 80, 10, 65535, "TS 24.581 7: Granted and hand-over retransmission")          \
    X(T206, t206, s, 27, 0, 65535, "TS 24.581 7: warning before the end; 0: no longest time")      \
    X(T207, t207, s, 3, 1, 255, "TS 24.581 7: end of the transmission after the warning")          \
    X(T230, t230, s, 600, 1, 65535, "TS 24.581 7: inactivity")                                     \
    X(T233, t233, s, 3, 1, 60, "TS 24.581 7: waiting for the user who was queued")                 \
    X(TA1, ta1, ms, 40, 10, 1000, "TS 24.581 7: step of the back-off before arbitration is taken") \
    X(TA2, ta2, ms, 80, 10, 65535, "TS 24.581 7: Transmission Revoked retransmission")             \
    X(TA3, ta3, ms, 6000, 200, 10000, "TS 24.581 7: a request that nobody answers is given up")    \
    X(C201, c201, count, 3, 1, 255, "TS 24.581 7: transmissions of a Transmission Request")        \
    X(C204, c204, count, 3, 1, 255, "TS 24.581 7: transmissions of a Queue Position Request")      \
    X(C205, c205, count, 4, 1, 255, "TS 24.581 7: transmissions of Granted, Revoked, hand-over")   \
    X(HOLD, hold, ms, 400, 0, 10000, "TS 24.581 7: local media kept until there is permission")    \
    X(IDR_WAIT, idr_wait, ms, 2000, 0, 60000, "RFC 6184 5: video waits for a decodable picture")   \
    X(PTT_SILENCE, ptt_silence, ms, 500, 50, 60000,                                                \
      "TS 24.581 7: ptt auto releases after so long without local media")                          \
    X(PTT_RETRY, ptt_retry, ms, 1000, 100, 60000,                                                  \
      "TS 24.581 7: ptt auto asks again so long after a refusal")

/* Values in the unit of the table. */
struct mcv_timers {
#define MCV_TIMER_FIELD(NAME, field, unit, def, min, max, clause) uint32_t field##_##unit;
    MCV_TIMER_LIST(MCV_TIMER_FIELD)
#undef MCV_TIMER_FIELD
};

struct mcv_timer_row {
    const char *name; /* "TFP1": the key of the configuration */
    const char *unit; /* "ms", "s" or "count" */
    const char *clause;
    size_t offset; /* of the uint32_t in struct mcv_timers */
    uint32_t def, min, max;
};

extern const struct mcv_timer_row mcv_timer_rows[];
extern const size_t mcv_n_timer_rows;

struct mcv_timers mcv_timers_default(void);

#endif
