/* Ports, keys and addresses of the media of a private call.
 * Spec: TS 24.281 10.3.1.1.2 (unicast, one address), TS 33.180 7.4.1 (PCK). */
#include "agent/core/private_machine.h"
#include "proto/sdp.h"

uint16_t mcv_private_port(const struct mcv_agent *a, const struct mcv_private_call *c)
{
    return (uint16_t)(a->config->media_port + c->slot * MCV_PRIVATE_PORTS);
}

bool mcv_private_can_send_to(const struct mcv_agent *a, const struct mcv_addr *addr)
{
    const struct mcv_addr nowhere = {.family = addr->family};

    return mcv_agent_own(a, addr->family) != NULL && !mcv_addr_is_multicast(addr) &&
           !mcv_addr_same_host(addr, &nowhere);
}

mcv_err mcv_private_open_media(struct mcv_agent *a, struct mcv_private_call *c)
{
    const struct mcv_media_keys keys = {.is_protected = c->has_key,
                                        .is_control_protected = c->has_key,
                                        .pck = &c->pck,
                                        .pck_id = c->pck_id,
                                        .rand = mcv_bytes_of(c->rand, c->n_rand),
                                        .is_initiator = c->is_outgoing,
                                        .roc_every = c->roc_every};

    if (c->peer_sdp.addr.family != c->own_sdp.addr.family ||
        !mcv_private_can_send_to(a, &c->peer_sdp.addr)) {
        return MCV_E_UNSUPPORTED;
    }
    const mcv_err err = mcv_media_open(a, &c->media, c->call, c->slot, &keys, &c->own_sdp,
                                       &c->own_sdp.addr, &c->peer_sdp.addr, c->peer_sdp.ports);

    if (err) return err;
    c->media.pppp = mcv_private_pppp(&a->config->private_media, c->call_type);
    c->media.is_listening = c->own_sdp.direction == MCV_SDP_RECVONLY ||
                            c->own_sdp.direction == MCV_SDP_INACTIVE;
    c->media.control_pppp = mcv_private_pppp(&a->config->private_signalling, c->call_type);
    mcv_transmission_start(
        a, &c->media,
        &(struct mcv_ptt_call){.role = c->is_outgoing ? MCV_ROLE_ORIGINATOR : MCV_ROLE_LISTENER,
                               .approach = MCV_APPROACH_PRIVATE,
                               .call_type = c->call_type,
                               .config = &a->config->private_ptt,
                               .peer = mcv_private_peer(c)});
    return MCV_OK;
}
