/* Plain RTP from and to the applications on this device, on the ports of a call slot.
 *
 * Sockets exist while the call is open. Packets come only from the configured local address; what
 * goes to the application leaves by the socket of the same medium. */
#ifndef MCV_AGENT_EDGE_LOCAL_MEDIA_H
#define MCV_AGENT_EDGE_LOCAL_MEDIA_H

#include "agent/core/agent.h"
#include "agent/edge/config.h"
#include "agent/edge/udp.h"

typedef void mcv_local_receive(void *ctx, uint16_t slot, enum mcv_medium medium,
                               struct mcv_bytes rtp);

struct mcv_local_params {
    uv_loop_t *loop;
    struct mcv_udp_batch *batch;
    const struct mcv_edge_config *config;
    mcv_local_receive *receive;
    void *ctx;
};

struct mcv_local;

/* NULL: no memory. Opens nothing yet. */
struct mcv_local *mcv_local_new(const struct mcv_local_params *params);
void mcv_local_free(struct mcv_local *local); /* NULL is allowed */

/* Another configuration with the same ports. */
void mcv_local_set_config(struct mcv_local *local, const struct mcv_edge_config *config);

/* Opens or closes the sockets of a slot, as a SOCKETS output says. MCV_E_BUSY: a port is in use. */
MCV_MUST_USE mcv_err mcv_local_call(struct mcv_local *local, const struct mcv_out_sockets *s,
                                    struct mcv_why *why);

void mcv_local_call_close(struct mcv_local *local, uint16_t slot);

/* What a LOCAL output says. */
void mcv_local_send(struct mcv_local *local, const struct mcv_out_local *packet);

/* Packets that did not come from the configured address. */
uint64_t mcv_local_n_foreign(const struct mcv_local *local);

#endif
