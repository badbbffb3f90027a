#include "agent/edge/local_media.h"

#include <stdlib.h>

struct port {
    struct mcv_local *local;
    struct mcv_udp *udp;
    uint16_t slot;
    enum mcv_medium medium;
};

struct mcv_local {
    struct mcv_local_params p;
    size_t n_ports; /* slots x media */
    uint64_t n_foreign;
    struct port ports[];
};

static size_t n_ports_of(const struct mcv_edge_config *c)
{
    return (size_t)(c->limits.n_private_calls + c->limits.n_group_calls) * MCV_N_MEDIA;
}

struct mcv_local *mcv_local_new(const struct mcv_local_params *params)
{
    const size_t n = n_ports_of(params->config);
    struct mcv_local *l = calloc(1, sizeof *l + n * sizeof l->ports[0]);

    if (l == NULL) return NULL;
    l->p = *params;
    l->n_ports = n;
    for (size_t i = 0; i < n; i++)
        l->ports[i] = (struct port){.local = l,
                                    .slot = (uint16_t)(i / MCV_N_MEDIA),
                                    .medium = (enum mcv_medium)(i % MCV_N_MEDIA)};
    return l;
}

void mcv_local_set_config(struct mcv_local *local, const struct mcv_edge_config *config)
{
    local->p.config = config;
}

static void close_port(struct port *p)
{
    mcv_udp_close(p->udp);
    p->udp = NULL;
}

void mcv_local_free(struct mcv_local *local)
{
    if (local == NULL) return;
    for (size_t i = 0; i < local->n_ports; i++) close_port(&local->ports[i]);
    free(local);
}

static void on_rtp(void *ctx, const struct mcv_addr *from, struct mcv_bytes bytes)
{
    const struct port *p = ctx;
    struct mcv_local *l = p->local;

    if (!mcv_addr_same_host(from, &l->p.config->file.media.local.addr)) {
        l->n_foreign++;
        return;
    }
    l->p.receive(l->p.ctx, p->slot, p->medium, bytes);
}

static mcv_err open_port(struct port *p, struct mcv_why *why)
{
    const struct mcv_local_params *params = &p->local->p;
    const struct mcv_addr at = mcv_addr_with_port(
        params->config->file.media.local.addr,
        mcv_local_port(params->config, p->slot, p->medium, MCV_LOCAL_IN));
    int fd;

    const mcv_err err = mcv_sock_local(&fd, &at, why);
    if (err != MCV_OK) return err;
    return mcv_udp_start(&p->udp, params->loop, params->batch, fd, &at, on_rtp, p);
}

mcv_err mcv_local_call(struct mcv_local *local, const struct mcv_out_sockets *s,
                       struct mcv_why *why)
{
    static const enum mcv_channel rtp_of[MCV_N_MEDIA] = {MCV_CH_AUDIO_RTP, MCV_CH_VIDEO_RTP};
    mcv_err err = MCV_OK;

    mcv_local_call_close(local, s->slot);
    for (size_t i = 0; i < local->n_ports && err == MCV_OK; i++) {
        struct port *p = &local->ports[i];
        if (p->slot == s->slot && s->is_open && s->ports[rtp_of[p->medium]] != 0)
            err = open_port(p, why);
    }
    if (err != MCV_OK) mcv_local_call_close(local, s->slot);
    return err;
}

void mcv_local_call_close(struct mcv_local *local, uint16_t slot)
{
    for (size_t i = 0; i < local->n_ports; i++)
        if (local->ports[i].slot == slot) close_port(&local->ports[i]);
}

void mcv_local_send(struct mcv_local *local, const struct mcv_out_local *packet)
{
    const struct port *p = &local->ports[packet->slot * (size_t)MCV_N_MEDIA + packet->medium];
    const uint16_t port = (uint16_t)(mcv_local_port(local->p.config, packet->slot, packet->medium,
                                                    MCV_LOCAL_OUT) +
                                     (packet->is_rtcp ? 1u : 0u));
    const struct mcv_addr to = mcv_addr_with_port(local->p.config->file.media.local.addr, port);

    if (p->udp != NULL) mcv_udp_send(p->udp, &to, 0, packet->bytes);
}

uint64_t mcv_local_n_foreign(const struct mcv_local *local)
{
    return local->n_foreign;
}
