/* Who listens on which address and port: sockets of the virtual network, unicast and multicast. */
#ifndef MCV_SIM_PORTS_H
#define MCV_SIM_PORTS_H

#include "crypto/base/err.h"
#include "proto/addr.h"

#include <stddef.h>
#include <stdint.h>

struct mcv_listener {
    uint32_t agent;
    uint32_t call;   /* handle; 0: MONP */
    uint8_t channel; /* enum mcv_channel */
};

struct mcv_ports {
    struct mcv_port *slots; /* open addressing */
    size_t n_slots, n_used;
};

/* A zero object is empty. MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_ports_add(struct mcv_ports *ports, const struct mcv_addr *addr,
                                   const struct mcv_listener *listener);

/* The listener of this agent and call; nothing when there is none. */
void mcv_ports_remove(struct mcv_ports *ports, const struct mcv_addr *addr, uint32_t agent,
                      uint32_t call);

/* Everybody who listens there, *n of them; valid until the next add or remove. */
const struct mcv_listener *mcv_ports_at(const struct mcv_ports *ports, const struct mcv_addr *addr,
                                        size_t *n);

void mcv_ports_wipe(struct mcv_ports *ports);

#endif
