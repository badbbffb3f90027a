/* What says that multicast does not get through the network, from what came and what did not.
 *
 * A probe proves the stack of this machine alone. Two things tell of the network:
 *   a peer    sent media to a group, broke off without a word, and is still there by unicast 30 s later;
 *             or sends messages of a multicast group by unicast, and nothing by multicast for 30 s.
 *             Who ends a transmission says so by multicast (Release, reports, BYE), so the last thing of
 *             him is no packet of media. Who sends nothing to the group owes nothing, whatever he sends
 *             in private calls.
 *   queries   of IGMP or MLD do not come for a Group Membership Interval: a switch that snoops forgets
 *             who is in a group. Spec: RFC 3376 8.4, RFC 3810 9.4, RFC 4541 2.1.1
 * Nothing here touches a socket or a clock. */
#ifndef MCV_AGENT_EDGE_EVIDENCE_H
#define MCV_AGENT_EDGE_EVIDENCE_H

#include "proto/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_EVIDENCE_PEER_US   UINT64_C(30000000)
#define MCV_EVIDENCE_N_SENDERS 64 /* of groups that are remembered; more: by chance */
#define MCV_EVIDENCE_N_V       2  /* IGMP, MLD */

enum mcv_evidence_fault {
    MCV_EVIDENCE_NONE,
    MCV_EVIDENCE_PEER,
    MCV_EVIDENCE_NO_IGMP_QUERY,
    MCV_EVIDENCE_NO_MLD_QUERY,
};

struct mcv_evidence_sender {
    struct mcv_addr host; /* family NONE: a free slot */
    uint32_t call;        /* of his media */
    uint64_t last_us;     /* by multicast; where nothing came: since when he owes */
    bool is_owed;         /* more must come by multicast */
};

struct mcv_evidence_queries {
    bool is_watched, is_missing, was_seen;
    uint64_t last_us; /* or since when they are watched */
};

struct mcv_evidence {
    struct mcv_evidence_sender senders[MCV_EVIDENCE_N_SENDERS];
    size_t last; /* who sent to a group last: most often he who sends next */
    struct mcv_evidence_queries queries[MCV_EVIDENCE_N_V];
    uint64_t query_us; /* Group Membership Interval */
    bool was_heard;    /* multicast of others came */
    bool is_silent;    /* `silent` is a finding: */
    struct mcv_addr silent;
    uint64_t silent_since_us;
};

/* Forgets everything but that queries were seen: at start, and when the interface comes back. */
void mcv_evidence_init(struct mcv_evidence *e, uint64_t query_us);

/* A datagram came to a group. media: RTP, in the call; false: anything else. */
void mcv_evidence_group(struct mcv_evidence *e, uint64_t now_us, const struct mcv_addr *from,
                        uint32_t call, bool is_media);

/* A message of a multicast group came by unicast. */
void mcv_evidence_astray(struct mcv_evidence *e, uint64_t now_us, const struct mcv_addr *from);

/* Any datagram came by unicast. true: it is evidence, if the sender is who we think he is. */
bool mcv_evidence_unicast(const struct mcv_evidence *e, uint64_t now_us,
                          const struct mcv_addr *from);

/* He is: a finding, until a datagram of his comes to a group. */
void mcv_evidence_find(struct mcv_evidence *e, const struct mcv_addr *from);

/* Nothing of this call is owed any more: we have left it. */
void mcv_evidence_call_over(struct mcv_evidence *e, uint32_t call);

/* Are queries of this family (MCV_IPV4, MCV_IPV6) expected? Their time begins when this changes. */
void mcv_evidence_watch(struct mcv_evidence *e, uint64_t now_us, uint8_t family, bool is_watched);
void mcv_evidence_query(struct mcv_evidence *e, uint64_t now_us, uint8_t family);

/* Time has passed; due at mcv_evidence_wake_at, UINT64_MAX: never. */
void mcv_evidence_run(struct mcv_evidence *e, uint64_t now_us);
uint64_t mcv_evidence_wake_at(const struct mcv_evidence *e);

/* The first finding, and since when. */
enum mcv_evidence_fault mcv_evidence_fault(const struct mcv_evidence *e, uint64_t *since_us);

#endif
