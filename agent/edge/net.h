/* The sockets of an agent towards the network: MONP for ever, media while a call has them.
 *
 * MONP: one unicast socket per own address and one per group. A call: one socket per channel, bound
 * to the own address (private) or to the group's. A group with a fan-out has unicast sockets alone, and
 * a packet for it is one packet for each of its members. Datagrams that we sent ourselves to a group are
 * dropped here by their source address.
 *
 * The interface may go down, be deleted and made again, or lose its addresses: the sockets and their
 * memberships come back with it. The agent does not notice that its index is another one. */
#ifndef MCV_AGENT_EDGE_NET_H
#define MCV_AGENT_EDGE_NET_H

#include "agent/core/agent.h"
#include "agent/edge/config.h"
#include "agent/edge/udp.h"

typedef void mcv_net_receive(void *ctx, const struct mcv_datagram *d);

struct mcv_net_params {
    uv_loop_t *loop;
    struct mcv_udp_batch *batch;
    struct mcv_edge_config *config; /* link-local addresses get the scope of the interface */
    mcv_net_receive *receive;
    void *ctx;
    bool is_fixed; /* the interface never changes: nobody watches it */
};

struct mcv_net;

/* Groups that imported documents may add to those of the configuration at start. */
#define MCV_NET_SPARE_GROUPS 64

/* The interface of the configuration. */
const struct mcv_netif *mcv_net_interface(const struct mcv_net *net);

/* Finds the interface and opens the MONP sockets. `why` names file, line and value.
 * MCV_E_CONFIG: interface, address or port cannot be used. MCV_E_IO, MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_net_open(struct mcv_net **out, const struct mcv_net_params *params,
                                  struct mcv_yaml_why *why);
void mcv_net_close(struct mcv_net *net); /* NULL is allowed */

/* What a SOCKETS output says. Opening a call that is open replaces its sockets. */
MCV_MUST_USE mcv_err mcv_net_call(struct mcv_net *net, const struct mcv_out_sockets *s,
                                  struct mcv_why *why);

/* Gives link-local addresses of a configuration the scope of the interface. */
void mcv_net_set_scopes(const struct mcv_net *net, struct mcv_edge_config *config);

/* Another configuration with the same interface and addresses: opens the MONP sockets of new groups.
 * On failure nothing changes. Then mcv_net_drop_groups closes those of groups that are gone. */
MCV_MUST_USE mcv_err mcv_net_add_groups(struct mcv_net *net, struct mcv_edge_config *next,
                                        struct mcv_yaml_why *why);
void mcv_net_drop_groups(struct mcv_net *net, struct mcv_edge_config *next);

void mcv_net_call_close(struct mcv_net *net, uint32_t call);

/* What a PACKET output says: it is queued, see mcv_udp_flush. MCV_E_NOT_FOUND: no such socket. */
mcv_err mcv_net_send(struct mcv_net *net, const struct mcv_out_packet *packet);

enum mcv_net_state { MCV_NET_UP, MCV_NET_DOWN, MCV_NET_NO_ADDRESS };

/* DOWN: the interface is gone or down. NO_ADDRESS: it has not all own addresses. */
enum mcv_net_state mcv_net_state(const struct mcv_net *net);

/* A message of a multicast group came by unicast. */
void mcv_net_astray(struct mcv_net *net, const struct mcv_addr *from);

/* Whether multicast gets through, see multicast.h. */
struct mcv_multicast;
const struct mcv_multicast *mcv_net_multicast(const struct mcv_net *net);

/* Datagrams that the system did not take, and those that a receive buffer had no room for, since the
 * start. */
uint64_t mcv_net_n_send_failed(const struct mcv_net *net);
uint64_t mcv_net_n_dropped(const struct mcv_net *net);

#endif
