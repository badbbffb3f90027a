/* Does multicast get through the network? What the sockets saw, told once in the log and in status.
 *
 * The decision is in evidence.h; here are its timer, the sockets that hear queries, and the words. */
#ifndef MCV_AGENT_EDGE_MULTICAST_H
#define MCV_AGENT_EDGE_MULTICAST_H

#include "agent/edge/config.h"
#include "agent/edge/evidence.h"

#include <uv.h>

struct mcv_multicast;

/* NULL: no memory. config: borrowed until mcv_multicast_configure. Opens the sockets for queries:
 * before privileges are dropped. */
struct mcv_multicast *mcv_multicast_new(uv_loop_t *loop, const struct mcv_edge_config *config);
void mcv_multicast_free(struct mcv_multicast *m); /* NULL is allowed; the loop frees the memory */

/* The interface is there, or there again: everything begins anew. iface  NULL: it is gone, and nothing
 * is expected. */
void mcv_multicast_begin(struct mcv_multicast *m, const struct mcv_netif *iface);

/* Another configuration, with the same interface. */
void mcv_multicast_configure(struct mcv_multicast *m, const struct mcv_edge_config *config);

/* Datagrams of others, as struct mcv_evidence takes them. */
void mcv_multicast_heard(struct mcv_multicast *m, const struct mcv_addr *from, uint32_t call,
                         bool is_media);
void mcv_multicast_unicast(struct mcv_multicast *m, const struct mcv_addr *from);
void mcv_multicast_astray(struct mcv_multicast *m, const struct mcv_addr *from);
void mcv_multicast_call_over(struct mcv_multicast *m, uint32_t call);

enum mcv_multicast_state {
    MCV_MULTICAST_UNUSED,   /* no group of the configuration is reached by it */
    MCV_MULTICAST_UNPROVEN, /* nothing of others was heard */
    MCV_MULTICAST_HEARD,
    MCV_MULTICAST_FILTERED, /* the fault says what it is told from */
};

struct mcv_multicast_info {
    enum mcv_multicast_state state;
    enum mcv_evidence_fault fault;
    struct mcv_bytes user; /* of MCV_EVIDENCE_PEER; lives in the configuration */
    uint64_t for_s;        /* of the fault */
    bool hears_queries;    /* else a missing querier is not seen: no CAP_NET_RAW */
};

struct mcv_multicast_info mcv_multicast_info(const struct mcv_multicast *m);

/* What a fault means and what to do, in one line; static. */
const char *mcv_multicast_text(enum mcv_evidence_fault fault);

#endif
