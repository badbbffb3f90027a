/* Some users of one group in a virtual network, all members with the group's key. Each announces
 * other media ports, so that a merge really moves sockets. */
#ifndef MCV_TESTS_SUPPORT_PARTY_H
#define MCV_TESTS_SUPPORT_PARTY_H

#include "sim/world.h"

#define PARTY_MAX   20
#define PARTY_GROUP "sip:g1@mc.example"

struct party_member {
    char uri[32];
    struct mcv_agent_config config;
    struct mcv_group_config group;
    struct mcv_peer_config peers[PARTY_MAX];
    struct mcv_keyring_gmk gmk;
    struct mcv_keyring keys;
    struct mcv_world_node node;
};

struct party {
    struct mcv_world_params params; /* may be changed before party_open */
    size_t n;
    struct party_member members[PARTY_MAX];
    struct mcv_world *world;
};

/* n users, all of whom know the addresses of the others. */
void party_defaults(struct party *p, size_t n);
void party_open(struct party *p);
void party_close(struct party *p);

/* For the group; alerts are cancelled by their own user. */
mcv_err party_command(struct party *p, uint32_t who, enum mcv_command_type type);

void party_run_to_ms(struct party *p, uint64_t ms);

/* The group call; all zero: none (S1). */
struct mcv_call_info party_call(const struct party *p, uint32_t who);

/* Is everybody in the same call: identifier, start, type? */
bool party_agrees(const struct party *p);

/* Events of this type that he had. */
size_t party_n_events(const struct party *p, uint32_t who, enum mcv_event_type type);

#endif
