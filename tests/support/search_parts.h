/* What the files of the search share: its agents, what is under way between them, its time. */
#ifndef MCV_TESTS_SUPPORT_SEARCH_PARTS_H
#define MCV_TESTS_SUPPORT_SEARCH_PARTS_H

#include "proto/tc.h"
#include "sim/prng.h"
#include "tests/support/search.h"

#define MS          UINT64_C(1000)
#define MAX_FLIGHTS 192
#define MAX_OCTETS  1400
#define MAX_SLOTS   1024

/* A datagram on its way. Octets lie in a slot that several deliveries share. */
struct flight {
    uint64_t at_us, order;
    uint16_t slot;
    uint8_t from, to, channel;
    bool is_multicast;
};

struct slot {
    uint16_t n;
    uint8_t n_users;
    uint8_t b[MAX_OCTETS];
};

struct node {
    struct mcv_agent_config config;
    struct mcv_group_config group;
    struct mcv_peer_config peers[SEARCH_MAX_AGENTS];
    struct mcv_prng prng;
    struct mcv_agent *agent;
    void *saved;
    struct mcv_prng saved_prng;
    char uri[24], peer_uri[24];
};

/* Everything that changes, agents apart: set back by a copy. */
struct moment {
    uint64_t now_us, begun_us, order;
    uint16_t n_flights;
    struct flight flights[MAX_FLIGHTS];
    bool is_wanted[SEARCH_MAX_AGENTS], is_dead[SEARCH_MAX_AGENTS], may[SEARCH_MAX_AGENTS];
    bool has_claimed[SEARCH_MAX_AGENTS];
    uint8_t side[SEARCH_MAX_AGENTS], state[SEARCH_MAX_AGENTS];
    uint64_t rtp_at_us[SEARCH_MAX_AGENTS], asks_since_us[SEARCH_MAX_AGENTS];
    uint16_t seq[SEARCH_MAX_AGENTS];
    uint64_t n_control; /* deliveries counted so far */
    uint64_t over_since_us;
    size_t n_done; /* steps of the script */
    bool is_recording;
};

struct search {
    struct search_situation situation;
    size_t n;
    struct mcv_limits limits;
    struct mcv_scratch *scratch;
    struct node nodes[SEARCH_MAX_AGENTS];
    struct moment m, saved;
    struct slot *slots; /* of flights: MAX_SLOTS; those of the saved moment are never reused */
    uint16_t n_saved_slots, next_slot;
    const struct search_case *c;
    struct mcv_prng losses;
    uint64_t phase_us; /* of the periods of the radio */
    const char *wrong;
    FILE *trace;
};

/* ---- what is under way (search_air.c) ---- */

void search_launch(struct search *s, size_t from, const struct mcv_out_packet *p);

/* The flight arrives, is lost, or is put off. */
void search_arrive(struct search *s, uint16_t index);

void search_say_state(const struct search *s, size_t i, uint8_t state);

/* ---- agents (search.c) ---- */

struct mcv_now search_now(const struct search *s);
struct mcv_call_info search_call(const struct search *s, size_t i);
void search_drain(struct search *s, size_t i); /* what an agent puts out */

#endif
