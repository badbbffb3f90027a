/* Agents that are recorded, in virtual time: alice, bob and carol with real keys, who know each other and
 * are members of one group. A datagram takes 1 ms, a job 2 ms, and timers are served in whole
 * milliseconds, as mcvd does. The same flight is the same to the last octet, with either form of record. */
#ifndef MCV_TESTS_SUPPORT_FLIGHT_H
#define MCV_TESTS_SUPPORT_FLIGHT_H

#include "agent/edge/config.h"
#include "agent/record/recorder.h"
#include "sim/keys.h"
#include "sim/prng.h"
#include "sim/replay.h"
#include "tests/support/tmpdir.h"

#define FLIGHT_GROUP     "sip:team@mc.example"
#define FLIGHT_UTC_S     1767225600
#define FLIGHT_MAX_CALLS 8
#define FLIGHT_SEED      5
#define FLIGHT_SENT      (1u << 20)

enum flight_who { FLIGHT_ALICE, FLIGHT_BOB, FLIGHT_CAROL, FLIGHT_N };
enum flight_form { FLIGHT_REDACTED, FLIGHT_FULL };

struct flight_job {
    struct mcv_job *job;
    uint64_t done_at_us;
};

struct flight_agent {
    char text[2048];
    struct mcv_edge_config config;
    const struct mcv_keyring *keys;
    struct mcv_agent *a;
    void *mem, *scratch;
    struct mcv_prng prng, job_prng, losses;
    struct mcv_recorder *recorder;
    char path[340];
    struct mcv_out_sockets sockets[FLIGHT_MAX_CALLS]; /* call 0: free */
    struct flight_job jobs[16];
    size_t n_jobs;
    uint32_t call;                   /* of the last event that has one */
    struct mcv_replay_counts counts; /* of what came out */
    uint8_t *sent;                   /* what left, FLIGHT_SENT octets at most */
    size_t n_sent;
    uint16_t seq[MCV_N_MEDIA];
};

struct flight_datagram {
    uint64_t at_us;
    uint32_t to, call;
    enum mcv_channel channel;
    struct mcv_addr from, dest;
    size_t n;
    uint8_t bytes[1600];
};

struct flight {
    /* may be set before flight_open */
    enum flight_form form;        /* of the records */
    const char *timers[FLIGHT_N]; /* "TFP2_s: 5, T201_ms: 80"; NULL: TFP2 alone */
    bool is_off[FLIGHT_N];        /* hears nothing */
    uint32_t loss_ppm[FLIGHT_N];  /* on the way to him; which: FLIGHT_SEED */

    struct mcv_tmpdir dir;
    struct mcv_seal_secret secret;
    struct flight_agent agents[FLIGHT_N];
    struct mcv_now now;
    struct flight_datagram *queue; /* ring; in order of at_us */
    size_t head, n_queued;
};

void flight_open(struct flight *f);
/* Ends the records; the agents are gone. */
void flight_land(struct flight *f);
void flight_close(struct flight *f);
/* At the end of the program. */
int flight_end(void **state);

const char *flight_uri(enum flight_who who);

/* call: that of his last event. */
mcv_err flight_command(struct flight *f, enum flight_who who, enum mcv_command_type type,
                       const char *target);
void flight_run_ms(struct flight *f, uint64_t ms);

/* n times a packet of audio and one of video into his only call, every 20 ms. */
void flight_talk(struct flight *f, enum flight_who who, unsigned n);

/* Plays the record of an agent that has landed; the error of mcv_replay_run. changes, listener: may be
 * NULL. */
mcv_err flight_replay(struct flight *f, enum flight_who who,
                      const struct mcv_replay_changes *changes,
                      const struct mcv_replay_listener *listener, struct mcv_replay_result *result);

#endif
