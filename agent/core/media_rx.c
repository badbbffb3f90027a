/* Datagrams of the sockets of a call: opened, judged, handed to the local application.
 * Spec: TS 24.581 13, RFC 3711 3.3, RFC 3550 8.2. */
#include "agent/core/fan_out.h"
#include "agent/core/media_parts.h"
#include "proto/rtp.h"

/* A ROC above this is no ROC: 2^32 packets are weeks of the fastest stream. */
#define MAX_LIKELY_ROC 0xffffu

#define FIRST_RTCP_TYPE 192 /* Spec: RFC 5761 4: 192 .. 223 on the wire are RTCP */
#define LAST_RTCP_TYPE  223
#define RTCP_VERSION    2
#define RTCP_MIN_BYTES  8 /* header and SSRC */

/* One received packet; what is said of the sender is trusted when it was opened. */
struct packet {
    const struct mcv_datagram *d;
    enum mcv_medium medium;
    bool is_rtcp;
    bool is_protected; /* must be */
    uint32_t ssrc;
    struct mcv_rtp h; /* RTP */
    bool has_claim;
    struct mcv_srtp_claim claim;
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;
};

static struct mcv_srtp_packet srtp_of(const struct packet *p)
{
    return (struct mcv_srtp_packet){
        .bytes = p->d->bytes, .header_bytes = p->h.header_bytes, .ssrc = p->ssrc, .seq = p->h.seq};
}

/* ---- counted ------------------------------------------------------------------------------- */

struct cause {
    enum mcv_counter rtp, rtcp;
};

static mcv_err drop(struct mcv_agent *a, const struct packet *p, struct cause cause, mcv_err err)
{
    return mcv_drop(a, p->is_rtcp ? cause.rtcp : cause.rtp, err);
}

static const struct cause malformed = {MCV_N_RTP_MALFORMED, MCV_N_RTCP_MALFORMED};
static const struct cause unknown_mki = {MCV_N_RTP_UNKNOWN_MKI, MCV_N_RTCP_UNKNOWN_MKI};
static const struct cause not_authentic = {MCV_N_RTP_AUTH, MCV_N_RTCP_AUTH};
static const struct cause replayed = {MCV_N_RTP_REPLAY, MCV_N_RTCP_REPLAY};
static const struct cause in_clear = {MCV_N_RTP_CLEAR, MCV_N_RTCP_CLEAR};

/* Once for each key. */
static void tell_missing(struct mcv_agent *a, struct mcv_media *m, uint32_t key_id)
{
    const struct mcv_event event = {
        .type = MCV_EVENT_KEY_MISSING, .call = m->call, .group = m->group, .key_id = key_id};

    if (!m->is_group || m->n_missing == MCV_MEDIA_MAX_MISSING) return;
    for (uint8_t i = 0; i < m->n_missing; i++) {
        if (m->missing[i] == key_id) return;
    }
    m->missing[m->n_missing++] = key_id;
    mcv_out_event(a, &event);
}

/* Could these be the identifiers of a protected packet of such a call? A packet in clear ends in
 * payload, which passes once in some millions (private calls: in sixteen).
 * Spec: TS 33.180 5.2.2, 5.2.3: a GUK-ID has the purpose tag of its GMK-ID and differs from it. */
static bool is_likely(const struct mcv_media *m, const struct packet *p)
{
    const struct mcv_srtp_mki *mki = &p->claim.mki;

    if (!p->has_claim) return false;
    if (!m->is_group) return mcv_key_id_type(mki->key_id) == MCV_KEY_PCK;
    return mcv_key_id_type(mki->key_id) == MCV_KEY_GMK &&
           mcv_key_id_type(mki->guk_id) == MCV_KEY_GMK && mki->key_id != mki->guk_id &&
           p->claim.roc <= MAX_LIKELY_ROC;
}

/* It could not be opened. */
static mcv_err refuse(struct mcv_agent *a, struct mcv_media *m, const struct packet *p, mcv_err err)
{
    if (err == MCV_E_AUTH) return drop(a, p, not_authentic, err);
    if (err == MCV_E_REPLAY) return drop(a, p, replayed, err);
    if (mcv_err_class(err) == MCV_CLASS_CRYPTO) return mcv_drop(a, MCV_N_MEDIA_CRYPTO, err);
    if (!is_likely(m, p)) return drop(a, p, in_clear, MCV_E_POLICY);
    if (err == MCV_E_POLICY) return drop(a, p, not_authentic, err); /* E = 0 */
    if (err != MCV_E_UNKNOWN_KEY) return drop(a, p, malformed, err);
    tell_missing(a, m, p->claim.mki.key_id);
    return drop(a, p, unknown_mki, err);
}

/* ---- read ---------------------------------------------------------------------------------- */

static mcv_err read_rtcp(struct packet *p)
{
    const struct mcv_bytes b = p->d->bytes;

    if (b.n < RTCP_MIN_BYTES) return MCV_E_TRUNCATED;
    if (b.p[0] >> 6 != RTCP_VERSION || b.p[1] < FIRST_RTCP_TYPE || b.p[1] > LAST_RTCP_TYPE) {
        return MCV_E_UNSUPPORTED;
    }
    p->ssrc = mcv_load_be32(b.p + 4);
    return MCV_OK;
}

static mcv_err read_rtp(struct packet *p)
{
    const mcv_err err = mcv_rtp_decode(&p->h, p->d->bytes);

    p->ssrc = p->h.ssrc;
    return err;
}

static mcv_err read_packet(const struct mcv_media *m, struct packet *p)
{
    const struct mcv_bytes b = p->d->bytes;
    mcv_err err = b.n > MCV_MAX_PACKET_BYTES ? MCV_E_SPACE : MCV_OK;

    if (!err) err = p->is_rtcp ? read_rtcp(p) : read_rtp(p);
    if (err || !p->is_protected) return err;
    const struct mcv_srtp_packet packet = srtp_of(p);
    p->has_claim = p->is_rtcp ? mcv_srtp_rx_claim_rtcp(&p->claim, m->rx, b)
                              : mcv_srtp_rx_claim(&p->claim, m->rx, &packet);
    return MCV_OK;
}

/* Private calls have one peer; without multicast a group has those whom we know. Whom multicast
 * brings is told by his key. */
static bool is_from_known(const struct mcv_media *m, const struct mcv_addr *from)
{
    if (!m->is_group) return mcv_addr_same_host(from, &m->peer);
    return m->fan_out.n == 0 || mcv_fan_out_has(&m->fan_out, from);
}

static bool is_own_host(const struct mcv_agent *a, const struct mcv_addr *from)
{
    for (size_t i = 0; i < a->config->n_own; i++) {
        if (mcv_addr_same_host(&a->config->own[i], from)) return true;
    }
    return false;
}

/* What we send to a group comes back. All SSRCs that we ever used under a key are on record. */
static bool is_own(const struct mcv_agent *a, const struct mcv_media *m, const struct packet *p)
{
    const struct mcv_media_key *key;

    if (!m->is_group) return false;
    if (!p->is_protected) {
        const bool is_control = p->d->channel == MCV_CH_CONTROL;
        const uint32_t own = is_control ? mcv_media_control_ssrc(m) : m->tx[p->medium].now.ssrc;
        return p->ssrc == own && is_own_host(a, &p->d->from);
    }
    key = p->has_claim ? mcv_media_key_of(m, p->claim.mki.key_id) : NULL;
    return key != NULL && key->own_guk_id == p->claim.mki.guk_id &&
           mcv_ssrc_record_has(&a->ssrcs.used, &p->claim.mki, p->ssrc);
}

/* ---- opened -------------------------------------------------------------------------------- */

static mcv_err open_into(struct mcv_media *m, struct packet *p, uint8_t *room)
{
    const struct mcv_bytes b = p->d->bytes;
    const struct mcv_srtp_packet packet = srtp_of(p);

    if (!p->is_protected) {
        memcpy(room, b.p, b.n);
        p->plain = mcv_bytes_of(room, b.n);
        p->origin = (struct mcv_srtp_origin){.mki = {.key_id = MCV_NO_KEY_ID}, .ssrc = p->ssrc};
        return MCV_OK;
    }
    if (p->is_rtcp) {
        return mcv_srtp_rx_open_rtcp(m->rx, &p->origin, &p->plain, room, MCV_MAX_PACKET_BYTES, b);
    }
    return mcv_srtp_rx_open(m->rx, &p->origin, &p->plain, room, MCV_MAX_PACKET_BYTES, &packet);
}

/* The clock of the format; 0: the payload type was not agreed. */
static uint32_t clock_of(const struct mcv_agent *a, const struct mcv_media *m,
                         const struct packet *p)
{
    for (size_t i = 0; i < m->sdp.medium[p->medium].n_formats; i++) {
        const uint8_t index = m->sdp.medium[p->medium].config_index[i];
        if (m->sdp.medium[p->medium].pt[i] != p->h.pt) continue;
        return a->config->formats[p->medium].f[index].clock_hz;
    }
    return 0;
}

static void hand_over(struct mcv_agent *a, const struct mcv_media *m, const struct packet *p)
{
    const struct mcv_out_local local = {.call = m->call,
                                        .slot = m->slot,
                                        .medium = p->medium,
                                        .is_rtcp = p->is_rtcp,
                                        .bytes = p->plain};

    mcv_out_local(a, &local);
}

static struct mcv_ptt_source source_of(const struct packet *p)
{
    return (struct mcv_ptt_source){.mki = p->origin.mki, .addr = p->d->from, .ssrc = p->ssrc};
}

/* Transmission control hears who sends; it may leave a stream out. */
static bool is_shown(struct mcv_agent *a, struct mcv_media *m, const struct packet *p,
                     const struct mcv_media_rx *rx)
{
    const struct mcv_ptt_source from = source_of(p);

    return mcv_transmission_hear(a, m->transmission, &from, p->medium, mcv_media_user_of(a, m, rx));
}

static mcv_err accept_rtp(struct mcv_agent *a, struct mcv_media *m, const struct packet *p)
{
    const uint32_t clock_hz = clock_of(a, m, p);

    mcv_count(a, MCV_N_RTP_RECEIVED);
    if (clock_hz == 0) return mcv_drop(a, MCV_N_RTP_PAYLOAD_TYPE, MCV_E_UNSUPPORTED);
    struct mcv_media_rx *rx = mcv_media_stream_of(a, m, p->medium, p->ssrc, &p->origin.mki);
    if (rx->stats.clock_hz != clock_hz) {
        mcv_rtp_stats_init(&rx->stats, clock_hz);
        mcv_rtp_sync_init(&rx->sync, clock_hz);
    }
    if (mcv_rtp_stats_add(&rx->stats, p->h.seq, p->h.ts, a->now.mono_us)) {
        mcv_rtp_sync_packet(&rx->sync, p->h.ts, a->now.mono_us);
    }
    rx->last_at_us = a->now.mono_us;
    m->rx_pkts[p->medium]++;
    if (is_shown(a, m, p, rx)) hand_over(a, m, p);
    return MCV_OK;
}

static mcv_err accept_rtcp(struct mcv_agent *a, struct mcv_media *m, const struct packet *p)
{
    const mcv_err err = mcv_rtcp_check(p->plain);

    if (err) return mcv_drop(a, MCV_N_RTCP_MALFORMED, err);
    mcv_count(a, MCV_N_RTCP_RECEIVED);
    mcv_media_hear_report(a, m, p->medium, p->plain, &p->origin.mki);
    hand_over(a, m, p);
    return MCV_OK;
}

/* ---- received ------------------------------------------------------------------------------ */

/* A message of transmission control: what it says is of this sender. */
static mcv_err receive_control(struct mcv_agent *a, struct mcv_media *m, struct packet *p,
                               bool *is_authentic)
{
    uint8_t room[MCV_MAX_PACKET_BYTES];

    const mcv_err err = open_into(m, p, room);
    if (err) return refuse(a, m, p, err);
    *is_authentic = true;
    mcv_count(a, MCV_N_RTCP_RECEIVED);
    const struct mcv_ptt_source from = source_of(p);
    return mcv_transmission_receive(a, m->transmission, &from, p->plain);
}

static mcv_err receive_medium(struct mcv_agent *a, struct mcv_media *m, struct packet *p,
                              bool *is_authentic)
{
    uint8_t *room = mcv_out_packet_room(a);

    if (room == NULL) return MCV_E_FULL;
    mcv_err err = open_into(m, p, room);
    if (err) {
        mcv_out_packet_return(a);
        return refuse(a, m, p, err);
    }
    *is_authentic = true;
    if (p->ssrc == m->tx[p->medium].now.ssrc) mcv_media_collided(a, m, p->medium);
    return p->is_rtcp ? accept_rtcp(a, m, p) : accept_rtp(a, m, p);
}

static struct packet packet_of(const struct mcv_media *m, const struct mcv_datagram *d)
{
    struct packet p = {.d = d, .is_rtcp = true, .is_protected = m->is_protected};

    if (d->channel == MCV_CH_CONTROL) p.is_protected = m->is_control_protected;
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        const struct mcv_media_channels *c = &mcv_media_channels[i];
        if (d->channel != c->rtp && d->channel != c->rtcp) continue;
        p.medium = (enum mcv_medium)i;
        p.is_rtcp = d->channel == c->rtcp;
    }
    return p;
}

mcv_err mcv_media_receive(struct mcv_agent *a, struct mcv_media *m, const struct mcv_datagram *d,
                          bool *is_authentic)
{
    struct packet p = packet_of(m, d);
    const bool is_control = d->channel == MCV_CH_CONTROL;

    *is_authentic = false;
    if (!is_control && !mcv_media_has(m, p.medium)) {
        return mcv_drop(a, MCV_N_RTP_NO_CALL, MCV_E_NOT_FOUND);
    }
    if (!is_from_known(m, &d->from)) {
        return mcv_drop(a, MCV_N_RTP_WRONG_SOURCE, MCV_E_NOT_FOR_US);
    }
    mcv_media_check_keys(a, m);
    const mcv_err err = read_packet(m, &p);
    if (err) return drop(a, &p, malformed, err);
    if (is_own(a, m, &p)) return mcv_drop(a, MCV_N_RTP_OWN, MCV_E_NOT_FOR_US);
    return is_control ? receive_control(a, m, &p, is_authentic)
                      : receive_medium(a, m, &p, is_authentic);
}
