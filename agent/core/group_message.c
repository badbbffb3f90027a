#include "agent/core/agent_private.h"
#include "agent/core/group_media.h"
#include "agent/core/group_steps.h"

struct mcv_bytes mcv_group_originator(const struct mcv_group_call *g)
{
    return mcv_bytes_of(g->stored.originator, g->stored.n_originator);
}

struct mcv_bytes mcv_group_last_user(const struct mcv_group_call *g)
{
    return mcv_bytes_of(g->stored.last_user, g->stored.n_last_user);
}

void mcv_group_set_originator(struct mcv_group_call *g, struct mcv_bytes user)
{
    MCV_ASSERT(user.n <= sizeof g->stored.originator);
    memcpy(g->stored.originator, user.p, user.n);
    g->stored.n_originator = (uint8_t)user.n;
}

void mcv_group_set_last_user(struct mcv_group_call *g, struct mcv_bytes user)
{
    MCV_ASSERT(user.n <= sizeof g->stored.last_user);
    memcpy(g->stored.last_user, user.p, user.n);
    g->stored.n_last_user = (uint8_t)user.n;
}

void mcv_group_store_change(struct mcv_group_call *g, const struct mcv_monp *m)
{
    g->stored.change_s = m->last_change_s;
    mcv_group_set_last_user(g, m->last_user);
}

void mcv_group_store(struct mcv_group_call *g, const struct mcv_group_input *in)
{
    const struct mcv_monp *m = in->m;

    g->stored.call_id = m->call_id;
    g->stored.refresh_ms = m->refresh_interval_ms;
    g->stored.start_s = m->call_start_s;
    g->stored.call_type = m->call_type;
    g->stored.sdp = *in->sdp;
    memcpy(g->sdp_text, m->sdp.p, m->sdp.n);
    g->stored.n_sdp_text = (uint16_t)m->sdp.n;
    mcv_group_set_originator(g, m->originator);
    mcv_group_store_change(g, m);
}

mcv_err mcv_group_store_own_sdp(struct mcv_agent *a, struct mcv_group_call *g)
{
    struct mcv_writer w = mcv_writer_of(g->sdp_text, a->limits.n_sdp_bytes);
    const struct mcv_addr addr = mcv_addr_with_port(g->config->addr, 0);
    uint32_t session_id = 0;
    mcv_err err = mcv_rng_u32(&a->rng, &session_id);

    if (err) return err;
    mcv_call_sdp_ours(&g->stored.sdp, a->config, &addr, g->config->media_port);
    mcv_call_sdp_write(&w, &g->stored.sdp, a->config, (struct mcv_bytes){0}, session_id);
    g->stored.n_sdp_text = (uint16_t)w.n;
    return w.err;
}

static void send(struct mcv_agent *a, const struct mcv_group_call *g, const struct mcv_monp *m)
{
    mcv_agent_send_to_group(a, m, g->config,
                            mcv_group_pppp(&g->config->signalling, g->stored.call_type));
}

void mcv_group_send_probe(struct mcv_agent *a, struct mcv_group_call *g)
{
    send(a, g, &(struct mcv_monp){.type = MCV_MONP_GROUP_CALL_PROBE, .group = g->config->group});
}

void mcv_group_send_announcement(struct mcv_agent *a, struct mcv_group_call *g, bool has_confirm,
                                 bool has_probe_response)
{
    const struct mcv_group_stored *s = &g->stored;
    const struct mcv_monp m = {
        .type = MCV_MONP_GROUP_CALL_ANNOUNCEMENT,
        .call_id = s->call_id,
        .call_type = s->call_type,
        .refresh_interval_ms = s->refresh_ms,
        .call_start_s = s->start_s,
        .last_change_s = s->change_s,
        .group = g->config->group,
        .sdp = mcv_bytes_of(g->sdp_text, s->n_sdp_text),
        .originator = mcv_group_originator(g),
        .last_user = mcv_group_last_user(g),
        .has_confirm_mode = has_confirm,
        .has_probe_response = has_probe_response,
    };

    send(a, g, &m);
}

void mcv_group_send_accept(struct mcv_agent *a, struct mcv_group_call *g)
{
    const struct mcv_monp m = {
        .type = MCV_MONP_GROUP_CALL_ACCEPT,
        .call_id = g->stored.call_id,
        .call_type = g->stored.call_type,
        .group = g->config->group,
        .sender = a->config->user,
    };

    send(a, g, &m);
}

void mcv_group_send_end(struct mcv_agent *a, struct mcv_group_call *g, uint8_t type)
{
    const struct mcv_monp m = {
        .type = type,
        .call_id = g->stored.call_id,
        .last_change_s = g->stored.change_s,
        .last_user = mcv_group_last_user(g),
        .group = g->config->group,
        .originator = mcv_group_originator(g),
    };

    send(a, g, &m);
}
