/* Network namespaces for agents: each has an interface of one bridge, over which multicast reaches all
 * the others, and which loses packets.
 *
 * The namespaces have no names: they are gone when this process is, however it ends. They need the
 * programs ip(8) and, for loss, nft(8); and CAP_SYS_ADMIN, or user namespaces for everybody. Linux
 * gives a bridge a thousand ports: with more agents several share a namespace. */
#ifndef MCV_SIM_LIVE_NETNS_H
#define MCV_SIM_LIVE_NETNS_H

#include "agent/store/sealed.h"

#include <stdint.h>

#define MCV_LIVE_NETNS_INTERFACE "veth0"
#define MCV_LIVE_NETNS_MAX       1000

struct mcv_live_netns;

/* The calling thread stays where it is, so that it reaches other hosts; without privileges it is in the
 * namespace of the bridge from then on, and nothing of the process may run on another thread yet. Takes
 * some 10 ms for each agent.
 * first_user  address of agent 0, of 10.0.0.0/8; agent i has the i-th after it.
 * loss_ppm    of UDP packets, for each receiver.
 * MCV_E_CONFIG: not permitted, or a program lacks. MCV_E_IO. why: one line. */
MCV_MUST_USE mcv_err mcv_live_netns_open(struct mcv_live_netns **out, uint32_t n_agents,
                                         uint32_t first_user, uint32_t loss_ppm,
                                         struct mcv_why *why);

/* NULL is allowed. */
void mcv_live_netns_close(struct mcv_live_netns *ns);

/* Sockets that are opened between these are of the agent's namespace. NULL: nothing happens. */
void mcv_live_netns_enter(const struct mcv_live_netns *ns, uint32_t agent);
void mcv_live_netns_leave(const struct mcv_live_netns *ns);

/* Since open, where packets are lost: those on their way to one namespace, and how many of them were
 * dropped. NULL: none. */
void mcv_live_netns_count(const struct mcv_live_netns *ns, uint64_t *n_air, uint64_t *n_lost);

#endif
