/* One agent whose network, clock and user are the test. What it puts out becomes a line of words,
 * in order: "S1>S2 T0>T0 ev:group.probing tx:PROBE". Group media are not protected unless the test
 * says so; sockets always open; jobs succeed at once. */
#ifndef MCV_TESTS_SUPPORT_LONE_H
#define MCV_TESTS_SUPPORT_LONE_H

#include "agent/core/agent.h"
#include "proto/monp.h"
#include "sim/prng.h"

#define LONE_ALICE "sip:alice@mc.example" /* the agent */
#define LONE_BOB   "sip:bob@mc.example"   /* his address is configured */
#define LONE_CAROL "sip:carol@mc.example" /* hers is not known */
#define LONE_GROUP "sip:g1@mc.example"
#define LONE_OTHER "sip:g2@mc.example" /* a second group of alice, at another address */
#define LONE_UTC_S 1767225600          /* at mono_us 0 */

struct lone {
    struct mcv_agent_config config; /* may be changed before lone_open */
    struct mcv_group_config groups[2];
    struct mcv_peer_config peers[1];
    struct mcv_limits limits;
    struct mcv_keyring keys;
    uint64_t seed;

    struct mcv_agent *a;
    void *mem, *scratch;
    struct mcv_prng prng;
    struct mcv_now now;
    struct mcv_addr alice, bob, carol, group, other;

    char log[8192]; /* since lone_take */
    size_t n_log;
    bool is_quiet;        /* nothing is written to the log */
    unsigned n_sent[256]; /* messages by type */
    uint64_t n_local;     /* packets for applications */
    struct mcv_monp last; /* the last message sent; texts point into last_bytes */
    uint8_t last_bytes[MCV_MAX_MONP_BYTES];
    size_t n_last;
    uint8_t last_pppp;
    struct mcv_addr last_to;
    uint64_t last_at_us;
    struct mcv_event last_event; /* texts are gone; n tells their length */
    unsigned n_events[MCV_N_EVENTS];
    uint32_t call; /* of the last event that has one */
};

/* Fills in config, groups, peers, limits. */
void lone_defaults(struct lone *l);
void lone_open(struct lone *l);
void lone_close(struct lone *l);

/* What was logged since the last time; "" for nothing. Valid until the next one. */
const char *lone_take(struct lone *l);

/* Lets time pass; every wake on the way is served. */
void lone_run_ms(struct lone *l, uint64_t ms);

mcv_err lone_command(struct lone *l, enum mcv_command_type type, const char *target);
/* Of the last call. */
mcv_err lone_call_command(struct lone *l, enum mcv_command_type type);
/* With everything a command can have. */
mcv_err lone_full_command(struct lone *l, const struct mcv_command *command);
void lone_break_sockets(struct lone *l);
mcv_err lone_set_config(struct lone *l, const struct mcv_agent_config *config, const char **why);
void lone_set_keys(struct lone *l, const struct mcv_keyring *keys);

/* A packet of an application for the call in this slot. */
mcv_err lone_local(struct lone *l, uint16_t slot, enum mcv_medium medium, struct mcv_bytes rtp);
mcv_err lone_hear_octets(struct lone *l, const struct mcv_datagram *d);
/* A message arrives from this host at this address (port: MONP). */
mcv_err lone_hear_at(struct lone *l, const struct mcv_monp *m, const struct mcv_addr *from,
                     const struct mcv_addr *to);
/* From carol, at the address of LONE_GROUP. */
mcv_err lone_hear(struct lone *l, const struct mcv_monp *m);

/* Messages for LONE_GROUP: a basic call of carol, started ten seconds before LONE_UTC_S; a test
 * changes what it needs. */
struct mcv_monp lone_announcement(void);
struct mcv_monp lone_message(enum mcv_monp_type type);
/* Their session, with another text (a port) of the same length everywhere. Valid until the next one. */
struct mcv_bytes lone_sdp_with(const char *old, const char *text);

uint64_t lone_count(const struct lone *l, enum mcv_counter counter);

/* The group call (or the first call) of the agent; state S1 when there is none. */
struct mcv_call_info lone_call(const struct lone *l);

#endif
