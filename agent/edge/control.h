/* The control socket: commands of mcvctl in, answers and events out.
 *
 * A Unix stream socket, mode 0600; only the user of the daemon and root are served (SO_PEERCRED).
 * Messages are proto/schema/control.proto, each behind a 4-octet length, big endian, of at most
 * MCV_CONTROL_MAX_BYTES. A client that does not read its events is cut off; nothing waits for it. */
#ifndef MCV_AGENT_EDGE_CONTROL_H
#define MCV_AGENT_EDGE_CONTROL_H

#include "agent/core/agent.h"
#include "agent/store/sealed.h"

#include <uv.h>

#define MCV_CONTROL_MAX_BYTES (1u << 20)

struct mcv_control;
struct mcv_daemon;

/* Opens the socket; a stale one is replaced, one that is in use is MCV_E_BUSY.
 * *out is NULL unless MCV_OK. daemon: borrowed. */
MCV_MUST_USE mcv_err mcv_control_open(struct mcv_control **out, uv_loop_t *loop, const char *path,
                                      struct mcv_daemon *daemon, struct mcv_why *why);

/* Closes every connection and removes the socket; memory goes when the loop has turned. NULL is
 * allowed. */
void mcv_control_close(struct mcv_control *control);

/* Tells every client that follows events. */
void mcv_control_event(struct mcv_control *control, const struct mcv_event *event, int64_t utc_s);

/* Clients connected now. */
unsigned mcv_control_n_clients(const struct mcv_control *control);

#endif
