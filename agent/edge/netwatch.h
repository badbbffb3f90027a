/* Tells when links or addresses of this machine change (rtnetlink, RFC 3549).
 *
 * It does not say what changed: the receiver looks at what it needs, and a lost notice is a notice. */
#ifndef MCV_AGENT_EDGE_NETWATCH_H
#define MCV_AGENT_EDGE_NETWATCH_H

#include "crypto/base/err.h"

#include <uv.h>

typedef void mcv_netwatch_changed(void *ctx);

struct mcv_netwatch;

/* out  NULL unless MCV_OK. MCV_E_IO: the system gives no such socket. MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_netwatch_open(struct mcv_netwatch **out, uv_loop_t *loop,
                                       mcv_netwatch_changed *changed, void *ctx);
void mcv_netwatch_close(struct mcv_netwatch *w); /* NULL is allowed */

#endif
