/* Media between the sockets and the agent, many packets at a time. */
#include "agent/edge/daemon_private.h"
#include "agent/edge/log.h"

/* ---- how packets leave --------------------------------------------------------------------- */

void mcv_daemon_set_sending(struct mcv_daemon *d, const struct mcv_edge_config *config)
{
    const struct mcv_config_media *m = &config->file.media;
    const struct mcv_udp_sending sending = {
        .path = d->udp.path,
        .limits = {.max_pkts = (uint16_t)m->burst_pkts, .max_age_us = (uint32_t)m->burst_time_us}};

    mcv_udp_batch_set_sending(d->batch, &sending);
}

/* On loopback a capture shows one datagram per packet: no UDP_SEGMENT there. */
void mcv_daemon_probe_udp(struct mcv_daemon *d)
{
    const struct mcv_netif *iface = mcv_net_interface(d->net);
    const bool has_gso = d->config->file.media.gso == MCV_GSO_AUTO && !iface->is_loopback;

    mcv_udp_probe(&d->udp, &d->config->agent.own[0], iface, has_gso ? MCV_UDP_GSO : MCV_UDP_MMSG);
    mcv_daemon_set_sending(d, d->config);
    mcv_log_info("udp sends=%s receives=%s receive_buffer=%d", mcv_udp_path_name(d->udp.path),
                 d->udp.has_gro ? "gro" : "recvmmsg", d->udp.receive_bytes);
    mcv_log_notice("multicast probe=%s proves=\"the stack of this machine alone\"",
                   d->udp.has_multicast ? "ok" : "failed");
    if (d->udp.receive_bytes < MCV_SOCK_RECEIVE_BYTES)
        mcv_log_warning("receive buffers of %d octets in place of %d: packets of a burst may be "
                        "lost; `sysctl -w net.core.rmem_max=%d` allows more",
                        d->udp.receive_bytes, MCV_SOCK_RECEIVE_BYTES, MCV_SOCK_RECEIVE_BYTES);
}

/* ---- inputs -------------------------------------------------------------------------------- */

static struct mcv_now begin_feed(struct mcv_daemon *d)
{
    const struct mcv_now now = mcv_daemon_now(d);

    if (!d->is_fed) d->fed_at_us = now.mono_us;
    d->is_fed = true;
    return now;
}

/* Held back only until the turn ends, the rooms are full or the burst is old. */
static void end_feed(struct mcv_daemon *d, struct mcv_now now)
{
    if (!mcv_agent_has_room(d->agent) ||
        now.mono_us - d->fed_at_us >= d->config->file.media.burst_time_us)
        mcv_daemon_pump(d);
}

static bool is_media(enum mcv_channel channel)
{
    return channel != MCV_CH_MONP && channel != MCV_CH_CONTROL;
}

/* What the agent says of a datagram. A message of a multicast group that came by unicast is a sign
 * that its sender takes another way than we do. */
static void feed(struct mcv_daemon *d, struct mcv_now now, const struct mcv_datagram *datagram)
{
    const struct mcv_counters *counters = mcv_agent_counters(d->agent);
    const uint64_t n_before = counters->n[MCV_N_MONP_WRONG_ADDRESS];

    const mcv_err err = mcv_agent_receive(d->agent, now, datagram); /* counted by the agent */
    if (err == MCV_E_NOT_FOR_US && counters->n[MCV_N_MONP_WRONG_ADDRESS] != n_before &&
        !mcv_addr_is_multicast(&datagram->to))
        mcv_net_astray(d->net, &datagram->from);
}

void mcv_daemon_on_network(void *ctx, const struct mcv_datagram *datagram)
{
    struct mcv_daemon *d = ctx;
    const bool is_alone = !is_media(datagram->channel);

    if (is_alone && d->is_fed) mcv_daemon_pump(d);
    const struct mcv_now now = begin_feed(d);
    mcv_recorder_datagram(d->recorder, now, datagram);
    feed(d, now, datagram);
    if (is_alone)
        mcv_daemon_pump(d);
    else
        end_feed(d, now);
}

void mcv_daemon_on_local(void *ctx, uint16_t slot, enum mcv_medium medium, struct mcv_bytes rtp)
{
    struct mcv_daemon *d = ctx;
    const struct mcv_now now = begin_feed(d);

    mcv_recorder_local(d->recorder, now, slot, medium, rtp);
    (void)mcv_agent_local(d->agent, now, slot, medium, rtp);
    end_feed(d, now);
}

void mcv_daemon_after_batch(void *ctx)
{
    struct mcv_daemon *d = ctx;

    if (d->is_fed) mcv_daemon_pump(d);
}
