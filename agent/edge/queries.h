/* Hears the queries of IGMP and MLD routers, which no UDP socket gets: raw sockets, for which the
 * process needs CAP_NET_RAW when they are opened. Nothing is sent.
 *
 * Spec: RFC 3376 4.1 (type 0x11, all versions), RFC 3810 5.1 (ICMPv6 type 130). */
#ifndef MCV_AGENT_EDGE_QUERIES_H
#define MCV_AGENT_EDGE_QUERIES_H

#include "crypto/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* A query came on the interface of this index. family: MCV_IPV4, MCV_IPV6. */
typedef void mcv_queries_heard(void *ctx, uint8_t family, unsigned index);

struct mcv_queries;

/* out  NULL unless MCV_OK. MCV_E_POLICY: not permitted. MCV_E_IO, MCV_E_FULL. A machine without IPv6
 * hears IGMP alone. */
MCV_MUST_USE mcv_err mcv_queries_open(struct mcv_queries **out, uv_loop_t *loop,
                                      mcv_queries_heard *heard, void *ctx);
void mcv_queries_close(struct mcv_queries *q); /* NULL is allowed */

/* Is the interface a bridge of this machine, or a port of one, that snoops? */
bool mcv_queries_bridge_snoops(const char *interface);

#endif
