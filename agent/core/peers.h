/* Where users are reached: configured addresses, and those learnt from requests that were verified.
 * Private to agent/core.
 *
 * Spec: TS 23.379 10.7.3: the ProSe layer finds the address of a user; without it a table does.
 * A configured address is never replaced by a learnt one. A learnt address serves later calls only:
 * the call that it came with is answered where it came from. */
#ifndef MCV_AGENT_CORE_PEERS_H
#define MCV_AGENT_CORE_PEERS_H

#include "agent/core/config.h"
#include "crypto/base/lru.h"

struct mcv_peer {
    uint8_t n_user;
    uint8_t user[MCV_MAX_URI_BYTES];
    struct mcv_addr addr;
};

/* Learnt addresses; the one that was used longest ago gives way. */
struct mcv_peers {
    struct mcv_lru table;
    struct mcv_peer *learnt;
};

size_t mcv_peers_size(const struct mcv_limits *limits);
void mcv_peers_init(struct mcv_peers *p, void *mem, const struct mcv_limits *limits);

/* The entry of the configuration; NULL: none. */
const struct mcv_peer_config *mcv_peers_config_of(const struct mcv_agent_config *config,
                                                  struct mcv_bytes user);

/* Where to call this user; false: not known. */
bool mcv_peers_find(struct mcv_addr *out, const struct mcv_peers *p,
                    const struct mcv_agent_config *config, struct mcv_bytes user);

/* A verified request of this user came from here (with the MONP port of the answer). */
void mcv_peers_learn(struct mcv_peers *p, const struct mcv_agent_config *config,
                     struct mcv_bytes user, const struct mcv_addr *addr);

/* Where a message of this user is answered: the host that it came from, and the MONP port of his
 * entry or else our own; never the source port. */
struct mcv_addr mcv_peers_answer_addr(const struct mcv_agent_config *config, struct mcv_bytes user,
                                      const struct mcv_addr *from);

#endif
