/* Sockets: addresses of the core in the form of the system, and how each kind is opened.
 *
 * A unicast socket is bound to one own address without SO_REUSEADDR, so that a port in use is seen.
 * A group socket is bound to the group address, so that it hears that group alone, and joins it on
 * the configured interface. Nothing leaves by another interface than that. TTL and hop limit are
 * 255 (TS 24.281 9.3.1.1.1). Every failure says why in one line. */
#ifndef MCV_AGENT_EDGE_SOCK_H
#define MCV_AGENT_EDGE_SOCK_H

#include "agent/store/sealed.h"
#include "proto/addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define MCV_SOCK_TEXT_BYTES 64 /* "[address]:port", terminated */

/* out of at least sizeof(struct sockaddr_in6); its length. */
socklen_t mcv_sock_addr(struct sockaddr_storage *out, const struct mcv_addr *a);
struct mcv_addr mcv_sock_addr_of(const struct sockaddr_storage *in);
const char *mcv_sock_text(char out[static MCV_SOCK_TEXT_BYTES], const struct mcv_addr *a);

struct mcv_netif {
    unsigned index;
    bool is_loopback;
    bool has_multicast; /* also loopback, although Linux does not flag it */
};

/* MCV_E_NOT_FOUND: no such interface. MCV_E_CONFIG: it is down. */
MCV_MUST_USE mcv_err mcv_netif_find(struct mcv_netif *out, const char *name, struct mcv_why *why);

/* Is this address on this machine? On loopback all of 127.0.0.0/8 is. */
bool mcv_netif_has(const struct mcv_netif *iface, const struct mcv_addr *addr);

/* Opens a non-blocking UDP socket bound to addr. MCV_E_BUSY: the port is in use. MCV_E_CONFIG: not
 * an address of this machine, or not permitted. MCV_E_IO. *fd is -1 unless MCV_OK. */
MCV_MUST_USE mcv_err mcv_sock_unicast(int *fd, const struct mcv_addr *addr,
                                      const struct mcv_netif *iface, struct mcv_why *why);

/* Opens a socket of a multicast group; what it sends comes from `own`. Errors as above; MCV_E_CONFIG: the
 * interface has no multicast. */
MCV_MUST_USE mcv_err mcv_sock_group(int *fd, const struct mcv_addr *group,
                                    const struct mcv_addr *own, const struct mcv_netif *iface,
                                    struct mcv_why *why);

/* A socket for plain RTP of local applications: bound to addr. */
MCV_MUST_USE mcv_err mcv_sock_local(int *fd, const struct mcv_addr *addr, struct mcv_why *why);

/* Each socket asks for this receive buffer: the default of Linux overflows at 92 packets of 1200
 * octets. Without CAP_NET_ADMIN it gets at most net.core.rmem_max. */
#define MCV_SOCK_RECEIVE_BYTES (4 << 20)

/* What it was given. */
int mcv_sock_receive_bytes(int fd);

/* Datagrams that its receive buffer had no room for, since it was opened. */
uint32_t mcv_sock_n_dropped(int fd);

/* How a ProSe per-packet priority is marked. Spec: TS 23.303 (PPPP), RFC 4594, RFC 8325. */
struct mcv_mark {
    uint8_t dscp;     /* 0 .. 63 */
    uint8_t priority; /* SO_PRIORITY, 0 .. 6: what a Linux queue or driver looks at */
};

#define MCV_N_PPPP 8

/* PPPP 1 (highest) .. 8. */
struct mcv_marks {
    struct mcv_mark of[MCV_N_PPPP];
};

/* CS6, CS5, EF, AF41, AF31, AF21, CS0, CS1. */
extern const struct mcv_marks mcv_marks_default;

/* Marks what is sent from now on; pppp out of range: as PPPP 7. */
void mcv_sock_priority(int fd, uint8_t family, const struct mcv_marks *marks, uint8_t pppp);

#endif
