/* Media of agents side by side: what one sends is kept until the test hands it to another. Jobs come
 * back at once unless they are held. Group keys and the key of a private call are known.
 *
 * Calls are opened without call control: the media are what is tested. */
#ifndef MCV_TESTS_SUPPORT_MEDIA_STAGE_H
#define MCV_TESTS_SUPPORT_MEDIA_STAGE_H

#include "agent/core/agent_private.h"
#include "proto/rtp.h"
#include "sim/prng.h"

#define STAGE_UTC_S       1767225600 /* at mono_us 0 */
#define STAGE_MAX_PACKETS 64
#define STAGE_MAX_EVENTS  32
#define STAGE_GROUP       "sip:g1@mc.example"
#define STAGE_PCK_ID      0x1abcdef1u

/* Group keys in the order in which they are in the ring. */
enum stage_gmk { STAGE_GMK_A, STAGE_GMK_B, STAGE_GMK_C, STAGE_N_GMKS };
extern const uint32_t stage_gmk_ids[STAGE_N_GMKS];

/* One plain RTP packet of a local application. */
struct stage_rtp {
    uint32_t ssrc;
    uint16_t seq;
    uint32_t ts;
    uint8_t pt;
    bool is_marked;
    size_t n_payload; /* octets that depend on seq */
};

struct stage_packet {
    enum mcv_channel channel; /* of the network */
    enum mcv_medium medium;   /* local */
    bool is_rtcp;
    struct mcv_addr to;
    uint8_t pppp;
    size_t n;
    uint8_t b[MCV_MAX_PACKET_BYTES];
};

/* Outputs of one kind since stage_forget. */
struct stage_packets {
    size_t n;
    struct stage_packet p[STAGE_MAX_PACKETS];
};

struct stage_agent {
    struct mcv_agent *a;
    struct mcv_media *m; /* of the call that is open */
    struct mcv_agent_config config;
    struct mcv_peer_config peers[3];
    struct mcv_group_config group;
    struct mcv_keyring ring;
    struct mcv_keyring_gmk gmks[STAGE_N_GMKS];
    struct mcv_prng prng;
    void *mem, *scratch;
    struct mcv_now now;
    struct stage_rtp camera;
    const struct mcv_call_sdp *sdp; /* of the next call; NULL: all that the configuration has */

    struct stage_packets sent, local;
    struct mcv_event events[STAGE_MAX_EVENTS];
    size_t n_events;
    struct mcv_out_sockets sockets; /* the last ones */
    size_t n_sockets;
    mcv_err claim_result;
    bool holds_claims;
    struct mcv_job *held[8];
    size_t n_held, n_claims;
    uint32_t claimed[256];
};

/* Agent 0, 1, 2 are alice, bob and carol at 10.0.0.1, 10.0.0.2, 10.0.0.3 and fe80::1 and so on.
 * The configuration may be changed until stage_open. One group key, A, without bounds. */
void stage_new(struct stage_agent *s, unsigned number, const struct mcv_srtp_backend *backend);
void stage_start(struct stage_agent *s, const struct mcv_limits *limits);
void stage_end(struct stage_agent *s);

/* Opens the media of a group call: every configured format, ports from 50000 on. */
mcv_err stage_open_group(struct stage_agent *s, bool is_protected);

/* Opens a private call of s with the agent of this number. */
mcv_err stage_open_private(struct stage_agent *s, unsigned peer, bool is_initiator,
                           bool is_protected);

void stage_close(struct stage_agent *s);

/* Time passes; what is due runs on the way. */
void stage_run_ms(struct stage_agent *s, uint64_t ms);

/* Gives the ring to the agent again after a change of gmks. */
void stage_set_keys(struct stage_agent *s, unsigned n_gmks);

/* Jobs that were held come back. */
void stage_release_claims(struct stage_agent *s);

struct mcv_bytes stage_rtp_octets(uint8_t out[static MCV_MAX_PACKET_BYTES],
                                  const struct stage_rtp *rtp);

mcv_err stage_local(struct stage_agent *s, enum mcv_medium medium, const struct stage_rtp *rtp);
mcv_err stage_local_octets(struct stage_agent *s, enum mcv_medium medium, struct mcv_bytes rtp);

/* The next n packets of an application with 20 ms between them. */
void stage_play(struct stage_agent *s, enum mcv_medium medium, struct stage_rtp *rtp, unsigned n);

/* The next packet of a camera, or the next report; nothing else stays in s->sent. */
struct stage_packet *stage_next_rtp(struct stage_agent *s);
struct stage_packet *stage_next_rtcp(struct stage_agent *s);

/* A datagram reaches s; from: the number of an agent. */
mcv_err stage_hear(struct stage_agent *s, unsigned from, enum mcv_channel channel,
                   struct mcv_bytes octets);
mcv_err stage_hear_from(struct stage_agent *s, const struct mcv_addr *from,
                        enum mcv_channel channel, struct mcv_bytes octets);

/* Everything that `from` has sent reaches `to`; forgotten there. How many were taken. */
unsigned stage_carry(struct stage_agent *from, unsigned number, struct stage_agent *to);

/* Outputs and events are forgotten. */
void stage_forget(struct stage_agent *s);

uint64_t stage_count(const struct stage_agent *s, enum mcv_counter counter);
unsigned stage_n_events(const struct stage_agent *s, enum mcv_event_type type);

/* The header of a packet that was sent or handed over; the test fails when it is none. */
struct mcv_rtp stage_header(const struct stage_packet *p);

struct mcv_addr stage_addr(unsigned number, uint8_t family);

/* Runs a test program for each back-end of this build. */
typedef int stage_program(void *backend);
int stage_each_backend(stage_program *program);

#endif
