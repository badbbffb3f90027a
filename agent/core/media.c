/* Media of a call: opened, moved, closed, and when they want to run. */
#include "agent/core/media.h"

#include "agent/core/layout.h"
#include "agent/core/media_parts.h"

/* A private call has one sender; an application of the peer that starts again is a new stream. */
#define N_PRIVATE_STREAMS 4

#define LOWEST_PPPP 8

const struct mcv_media_channels mcv_media_channels[MCV_N_MEDIA] = {
    [MCV_AUDIO] = {MCV_CH_AUDIO_RTP, MCV_CH_AUDIO_RTCP},
    [MCV_VIDEO] = {MCV_CH_VIDEO_RTP, MCV_CH_VIDEO_RTCP},
};

bool mcv_media_has(const struct mcv_media *m, enum mcv_medium medium)
{
    return m->sdp.medium[medium].is_used && m->peer_ports[mcv_media_channels[medium].rtp] != 0;
}

/* ---- memory -------------------------------------------------------------------------------- */

enum part { PART_RX, PART_KEYS, PART_STREAMS, N_PARTS };

static struct mcv_srtp_rx_limits rx_limits(const struct mcv_limits *l, bool is_group)
{
    if (!is_group) return (struct mcv_srtp_rx_limits){1, 1, N_PRIVATE_STREAMS};
    return (struct mcv_srtp_rx_limits){
        .n_keys = l->n_gmks_per_group, .n_senders = l->n_senders, .n_streams = l->n_streams};
}

static size_t places(size_t at[N_PARTS], const struct mcv_limits *l, bool is_group)
{
    const struct mcv_srtp_rx_limits limits = rx_limits(l, is_group);
    size_t n = 0;

    at[PART_RX] = mcv_layout_add(&n, mcv_srtp_rx_size(&limits));
    at[PART_KEYS] = mcv_layout_add(&n, limits.n_keys * sizeof(struct mcv_media_key));
    at[PART_STREAMS] = mcv_layout_add(&n, mcv_media_streams_size(limits.n_streams));
    return n;
}

size_t mcv_media_size(const struct mcv_limits *limits, bool is_group)
{
    size_t at[N_PARTS];

    return places(at, limits, is_group);
}

void mcv_media_init(struct mcv_agent *a, struct mcv_media *m, void *mem, bool is_group)
{
    size_t at[N_PARTS];

    (void)places(at, &a->limits, is_group);
    *m = (struct mcv_media){
        .is_group = is_group,
        .mem = mem,
        .keys = mcv_layout_at(mem, at[PART_KEYS]),
        .n_streams = rx_limits(&a->limits, is_group).n_streams,
        .tx_mki = {.key_id = MCV_NO_KEY_ID},
        .rekey_at_s = INT64_MAX,
        .rekey_at_us = MCV_NEVER,
    };
    mcv_media_streams_init(m, mcv_layout_at(mem, at[PART_STREAMS]));
}

/* Every key is wiped; nothing of the call stays. */
static void forget(struct mcv_agent *a, struct mcv_media *m)
{
    struct mcv_transmission *transmission = m->transmission;
    void *mem = m->mem;
    const bool is_group = m->is_group;

    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        mcv_media_end_stream(a, m, (enum mcv_medium)i);
    }
    if (m->rx != NULL) mcv_srtp_rx_wipe(m->rx);
    if (!is_group && mcv_media_has_keys(m))
        mcv_ssrc_record_forget(&a->ssrcs.used, m->tx_mki.key_id);
    mcv_wipe(m, sizeof *m);
    mcv_media_init(a, m, mem, is_group);
    m->transmission = transmission;
}

/* ---- opened and closed --------------------------------------------------------------------- */

static bool push_sockets(struct mcv_agent *a, const struct mcv_media *m, bool is_open)
{
    struct mcv_out out = {.kind = MCV_OUT_SOCKETS,
                          .u.sockets = {.call = m->call,
                                        .slot = m->slot,
                                        .is_open = is_open,
                                        .is_multicast = mcv_addr_is_multicast(&m->own),
                                        .addr = mcv_addr_with_port(m->own, 0)}};

    memcpy(out.u.sockets.ports, m->sdp.ports, sizeof out.u.sockets.ports);
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        if (mcv_media_has(m, (enum mcv_medium)i)) continue;
        out.u.sockets.ports[mcv_media_channels[i].rtp] = 0;
        out.u.sockets.ports[mcv_media_channels[i].rtcp] = 0;
    }
    return mcv_out_push(a, &out);
}

static mcv_err install_keys(struct mcv_agent *a, struct mcv_media *m,
                            const struct mcv_media_keys *keys)
{
    const struct mcv_srtp_rx_params params = {
        .backend = a->config->srtp,
        .past = m->is_group ? a->past : NULL,
        .limits = rx_limits(&a->limits, m->is_group),
        .mki_bytes = m->is_group ? MCV_SRTP_MKI_GROUP_BYTES : MCV_SRTP_MKI_PRIVATE_BYTES,
    };

    if (!m->is_protected && !m->is_control_protected) return MCV_OK;
    m->rx = mcv_srtp_rx_init(m->mem, &params);
    if (!m->is_group) return mcv_media_install_pck(m, keys);
    mcv_media_install_gmks(a, m);
    return m->is_protected && m->n_keys == 0 ? MCV_E_UNKNOWN_KEY : MCV_OK;
}

/* An address of a link is one of our link: a session description does not say which. */
static void take_addresses(struct mcv_media *m, const struct mcv_addr *own,
                           const struct mcv_addr *peer)
{
    m->own = *own;
    m->peer = *peer;
    if (m->peer.scope == 0 && m->peer.family == own->family) m->peer.scope = own->scope;
}

mcv_err mcv_media_open(struct mcv_agent *a, struct mcv_media *m, uint32_t call, uint16_t slot,
                       const struct mcv_media_keys *keys, const struct mcv_call_sdp *sdp,
                       const struct mcv_addr *own, const struct mcv_addr *peer,
                       const uint16_t peer_ports[static MCV_N_CHANNELS])
{
    MCV_ASSERT(!m->is_open && m->is_group == keys->is_group);
    m->call = call;
    m->slot = slot;
    m->is_protected = keys->is_protected;
    m->is_control_protected = keys->is_control_protected;
    m->group = keys->group;
    m->roc_every = keys->roc_every;
    m->pppp = m->control_pppp = LOWEST_PPPP;
    m->sdp = *sdp;
    memcpy(m->peer_ports, peer_ports, sizeof m->peer_ports);
    take_addresses(m, own, peer);
    m->clock = mcv_ntp_clock_of(a->now);
    m->rekey_at_us = a->now.mono_us;
    for (size_t i = 0; i < MCV_N_MEDIA; i++) m->tx[i].report_at_us = MCV_NEVER;

    mcv_err err = install_keys(a, m, keys);
    if (!err && !push_sockets(a, m, true)) err = MCV_E_FULL;
    if (err) forget(a, m);
    m->is_open = !err;
    return err;
}

void mcv_media_move(struct mcv_agent *a, struct mcv_media *m, const struct mcv_call_sdp *sdp,
                    const uint16_t peer_ports[static MCV_N_CHANNELS])
{
    m->sdp = *sdp;
    memcpy(m->peer_ports, peer_ports, sizeof m->peer_ports);
    (void)push_sockets(a, m, true);
    m->rekey_at_us = a->now.mono_us; /* a medium may be new */
}

void mcv_media_readdress(struct mcv_agent *a, struct mcv_media *m, const struct mcv_addr *own)
{
    const bool is_same = mcv_addr_same_host(&m->own, own);

    m->own = *own;
    if (!is_same) (void)push_sockets(a, m, true);
}

void mcv_media_close(struct mcv_agent *a, struct mcv_media *m)
{
    if (!m->is_open) return;
    if (m->transmission != NULL) mcv_transmission_stop(a, m->transmission);
    for (size_t i = 0; i < MCV_N_MEDIA; i++) mcv_media_report(a, m, (enum mcv_medium)i, true);
    mcv_media_tell_all_ended(a, m);
    (void)push_sockets(a, m, false);
    forget(a, m);
}

mcv_err mcv_media_push(struct mcv_agent *a, const struct mcv_media *m, enum mcv_channel channel,
                       struct mcv_bytes octets)
{
    const struct mcv_out out = {
        .kind = MCV_OUT_PACKET,
        .u.packet = {.channel = channel,
                     .call = m->call,
                     .to = mcv_addr_with_port(m->peer, m->peer_ports[channel]),
                     .is_multicast = mcv_addr_is_multicast(&m->peer) && m->fan_out.n == 0,
                     .fan_out = m->fan_out,
                     .pppp = channel == MCV_CH_CONTROL ? m->control_pppp : m->pppp,
                     .bytes = octets}};

    return mcv_out_push(a, &out) ? MCV_OK : MCV_E_FULL;
}

/* ---- time ---------------------------------------------------------------------------------- */

void mcv_media_run(struct mcv_agent *a, struct mcv_media *m)
{
    if (!m->is_open) return;
    mcv_media_check_keys(a, m);
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        const struct mcv_media_tx *tx = &m->tx[i];
        const bool is_retry = tx->next.state == MCV_TX_WAITING &&
                              tx->next.retry_at_us <= a->now.mono_us;
        if (is_retry) mcv_media_prepare(a, m, (enum mcv_medium)i);
        if (tx->report_at_us <= a->now.mono_us) mcv_media_report(a, m, (enum mcv_medium)i, false);
    }
    if (m->transmission != NULL) mcv_transmission_run(a, m->transmission);
}

uint64_t mcv_media_wake_at(const struct mcv_media *m)
{
    uint64_t at_us = m->is_open ? m->rekey_at_us : MCV_NEVER;

    for (size_t i = 0; m->is_open && i < MCV_N_MEDIA; i++) {
        const struct mcv_media_tx *tx = &m->tx[i];
        at_us = mcv_earlier(at_us, tx->report_at_us);
        if (tx->next.state == MCV_TX_WAITING) at_us = mcv_earlier(at_us, tx->next.retry_at_us);
    }
    return at_us;
}
