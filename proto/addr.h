/* An IP address with a port, as the machine without sockets sees it. Plain data. */
#ifndef MCV_PROTO_ADDR_H
#define MCV_PROTO_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum mcv_family { MCV_FAMILY_NONE = 0, MCV_IPV4 = 4, MCV_IPV6 = 6 };

struct mcv_addr {
    uint8_t family; /* enum mcv_family */
    uint8_t b[16];  /* network order; IPv4: the first four, the rest zero */
    uint16_t port;
    uint32_t scope; /* IPv6 link-local: interface index; otherwise 0 */
};

/* The same host: address and family; port and scope do not count. */
static inline bool mcv_addr_same_host(const struct mcv_addr *a, const struct mcv_addr *b)
{
    return a->family == b->family && memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool mcv_addr_equal(const struct mcv_addr *a, const struct mcv_addr *b)
{
    return mcv_addr_same_host(a, b) && a->port == b->port;
}

static inline struct mcv_addr mcv_addr_with_port(struct mcv_addr a, uint16_t port)
{
    a.port = port;
    return a;
}

static inline bool mcv_addr_is_multicast(const struct mcv_addr *a)
{
    return a->family == MCV_IPV4 ? (a->b[0] & 0xf0u) == 0xe0u
                                 : a->family == MCV_IPV6 && a->b[0] == 0xffu;
}

#endif
