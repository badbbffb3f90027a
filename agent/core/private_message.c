/* Messages of a private call. Spec: TS 24.281 17.1.5 to 17.1.11, 10.3.1.1.2 (SDP body). */
#include "agent/core/private_machine.h"

uint8_t mcv_private_pppp(const struct mcv_pppp *p, uint8_t call_type)
{
    return call_type == MCV_CALL_EMERGENCY_PRIVATE ? p->emergency : p->basic;
}

static uint8_t signalling_pppp(const struct mcv_agent *a, const struct mcv_private_call *c)
{
    return mcv_private_pppp(&a->config->private_signalling, c->call_type);
}

/* In every private message the caller is who sent the SETUP REQUEST, whichever side sends. */
static struct mcv_monp message_of(const struct mcv_agent *a, const struct mcv_private_call *c,
                                  enum mcv_monp_type type)
{
    const struct mcv_bytes own = a->config->user, peer = mcv_private_peer(c);

    return (struct mcv_monp){.type = (uint8_t)type,
                             .call_id = c->call_id,
                             .caller = c->is_outgoing ? own : peer,
                             .callee = c->is_outgoing ? peer : own};
}

void mcv_private_send(struct mcv_agent *a, const struct mcv_private_call *c,
                      enum mcv_monp_type type)
{
    const struct mcv_monp m = message_of(a, c, type);

    mcv_agent_send_monp(a, &m, &c->addr, signalling_pppp(a, c));
}

void mcv_private_send_reject(struct mcv_agent *a, const struct mcv_private_call *c,
                             enum mcv_reason reason)
{
    struct mcv_monp m = message_of(a, c, MCV_MONP_PRIVATE_CALL_REJECT);

    m.reason = (uint8_t)reason;
    mcv_agent_send_monp(a, &m, &c->addr, signalling_pppp(a, c));
}

static mcv_err write_message(struct mcv_agent *a, struct mcv_private_call *c,
                             const struct mcv_monp *m)
{
    struct mcv_writer w = mcv_writer_of(c->monp, a->limits.n_resend_bytes);

    mcv_monp_encode(&w, m);
    c->n_monp = (uint16_t)mcv_wr_done(&w).n;
    return w.err;
}

/* With own_sdp as the body. */
static mcv_err write_with_sdp(struct mcv_agent *a, struct mcv_private_call *c, struct mcv_monp *m,
                              struct mcv_bytes key_mgmt)
{
    uint8_t body[MCV_MAX_SDP_BYTES];
    struct mcv_writer w = mcv_writer_of(body, sizeof body);
    uint32_t session_id;

    const mcv_err err = mcv_rng_u32(&a->rng, &session_id);
    if (err) return err;
    mcv_call_sdp_write(&w, &c->own_sdp, a->config, key_mgmt, session_id);
    if (w.err) return w.err;
    m->sdp = mcv_wr_done(&w);
    return write_message(a, c, m);
}

mcv_err mcv_private_write_setup(struct mcv_agent *a, struct mcv_private_call *c,
                                struct mcv_bytes key_mgmt)
{
    struct mcv_monp m = message_of(a, c, MCV_MONP_PRIVATE_CALL_SETUP_REQUEST);

    m.commencement_mode = c->is_manual ? MCV_COMMENCEMENT_MANUAL : MCV_COMMENCEMENT_AUTOMATIC;
    m.call_type = c->call_type;
    if (c->call_type == MCV_CALL_EMERGENCY_PRIVATE) {
        m.location = mcv_bytes_of(a->alerts.location, a->alerts.n_location);
    }
    return write_with_sdp(a, c, &m, key_mgmt);
}

mcv_err mcv_private_write_accept(struct mcv_agent *a, struct mcv_private_call *c)
{
    struct mcv_monp m = message_of(a, c, MCV_MONP_PRIVATE_CALL_ACCEPT);

    return write_with_sdp(a, c, &m, (struct mcv_bytes){0});
}

void mcv_private_write_release(struct mcv_agent *a, struct mcv_private_call *c)
{
    const struct mcv_monp m = message_of(a, c, MCV_MONP_PRIVATE_CALL_RELEASE);
    const mcv_err err = write_message(a, c, &m);

    MCV_ASSERT(err == MCV_OK); /* two identities always fit */
}

void mcv_private_send_written(struct mcv_agent *a, const struct mcv_private_call *c)
{
    mcv_agent_send_monp_again(a, mcv_bytes_of(c->monp, c->n_monp), &c->addr, signalling_pppp(a, c));
}
