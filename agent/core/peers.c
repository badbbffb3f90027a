#include "agent/core/peers.h"

#include "agent/core/text_hash.h"

static size_t table_bytes(const struct mcv_limits *limits)
{
    return mcv_lru_size(limits->n_learnt_peers);
}

size_t mcv_peers_size(const struct mcv_limits *limits)
{
    return limits->n_learnt_peers * sizeof(struct mcv_peer) + table_bytes(limits);
}

void mcv_peers_init(struct mcv_peers *p, void *mem, const struct mcv_limits *limits)
{
    p->learnt = mem;
    mcv_lru_init(&p->table, p->learnt + limits->n_learnt_peers, limits->n_learnt_peers);
}

const struct mcv_peer_config *mcv_peers_config_of(const struct mcv_agent_config *config,
                                                  struct mcv_bytes user)
{
    for (size_t i = 0; i < config->n_peers; i++) {
        if (mcv_bytes_equal(config->peers[i].user, user)) return &config->peers[i];
    }
    return NULL;
}

static bool has_address(const struct mcv_peer_config *c)
{
    return c != NULL && c->addr.family != MCV_FAMILY_NONE;
}

static uint16_t slot_of(const struct mcv_peers *p, struct mcv_bytes user)
{
    uint16_t i = mcv_lru_first(&p->table, mcv_text_hash(user));

    while (i != MCV_LRU_NIL) {
        const struct mcv_peer *peer = &p->learnt[i];
        if (mcv_bytes_equal(mcv_bytes_of(peer->user, peer->n_user), user)) break;
        i = mcv_lru_next(&p->table, i);
    }
    return i;
}

bool mcv_peers_find(struct mcv_addr *out, const struct mcv_peers *p,
                    const struct mcv_agent_config *config, struct mcv_bytes user)
{
    const struct mcv_peer_config *c = mcv_peers_config_of(config, user);
    if (has_address(c)) {
        *out = c->addr;
        return true;
    }
    const uint16_t i = slot_of(p, user);
    if (i == MCV_LRU_NIL) return false;
    *out = p->learnt[i].addr;
    return true;
}

void mcv_peers_learn(struct mcv_peers *p, const struct mcv_agent_config *config,
                     struct mcv_bytes user, const struct mcv_addr *addr)
{
    if (has_address(mcv_peers_config_of(config, user))) return;
    if (user.n > MCV_MAX_URI_BYTES) return;

    uint16_t i = slot_of(p, user);
    if (i != MCV_LRU_NIL) {
        mcv_lru_touch(&p->table, i);
    } else {
        i = mcv_lru_take(&p->table, mcv_text_hash(user));
    }
    if (i == MCV_LRU_NIL) {
        mcv_lru_release(&p->table, mcv_lru_oldest(&p->table));
        i = mcv_lru_take(&p->table, mcv_text_hash(user));
    }
    struct mcv_peer *peer = &p->learnt[i];
    peer->n_user = (uint8_t)user.n;
    memcpy(peer->user, user.p, user.n);
    peer->addr = *addr;
}

static uint16_t own_port(const struct mcv_agent_config *config, uint8_t family)
{
    for (size_t i = 0; i < config->n_own; i++) {
        if (config->own[i].family == family) return config->own[i].port;
    }
    return config->own[0].port;
}

struct mcv_addr mcv_peers_answer_addr(const struct mcv_agent_config *config, struct mcv_bytes user,
                                      const struct mcv_addr *from)
{
    const struct mcv_peer_config *c = mcv_peers_config_of(config, user);
    const uint16_t port = has_address(c) ? c->addr.port : own_port(config, from->family);

    return mcv_addr_with_port(*from, port);
}
