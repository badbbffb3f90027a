/* Packets of local applications. Spec: RFC 3550 5.1, RFC 3711 3.3.1, 9.1. */
#include "agent/core/media_parts.h"
#include "proto/h264.h"
#include "proto/rtp.h"

/* A step of the application's SEQ up to this is a loss on the way to us, and shown to receivers as
 * one; any other step is a new start of the application. */
#define MAX_STEP 128

#define US_PER_S 1000000u

uint32_t mcv_media_clock_units(uint32_t clock_hz, uint64_t us)
{
    return (uint32_t)(us / US_PER_S * clock_hz + us % US_PER_S * clock_hz / US_PER_S);
}

/* ---- payload type -------------------------------------------------------------------------- */

/* Which agreed format the application sends: the one that is configured with its payload type,
 * else the one that the call gives this number, else the first. */
static size_t format_of(const struct mcv_agent *a, const struct mcv_media *m,
                        enum mcv_medium medium, uint8_t pt)
{
    const struct mcv_format *configured = a->config->formats[medium].f;
    const uint8_t *index = m->sdp.medium[medium].config_index;
    const size_t n = m->sdp.medium[medium].n_formats;

    for (size_t i = 0; i < n; i++) {
        if (configured[index[i]].pt == pt) return i;
    }
    for (size_t i = 0; i < n; i++) {
        if (m->sdp.medium[medium].pt[i] == pt) return i;
    }
    return 0;
}

static void set_format(const struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                       struct mcv_rtp *h)
{
    const size_t i = format_of(a, m, medium, h->pt);
    const uint8_t index = m->sdp.medium[medium].config_index[i];

    h->pt = m->sdp.medium[medium].pt[i];
    m->tx[medium].clock_hz = a->config->formats[medium].f[index].clock_hz;
}

/* ---- SEQ and timestamp --------------------------------------------------------------------- */

/* Of a packet that is not the next one of the same application: time passed on its clock. */
static uint32_t jump(const struct mcv_agent *a, const struct mcv_media_tx *tx)
{
    const uint32_t n = mcv_media_clock_units(tx->clock_hz, a->now.mono_us - tx->sent_at_us);

    return tx->ts + (n > 0 ? n : 1);
}

static uint32_t random_ts(const struct mcv_agent *a)
{
    uint32_t ts = 0;

    return mcv_rng_u32(&a->rng, &ts) ? 0 : ts;
}

/* The packet becomes the next one of our stream; what the application said of it is remembered. */
static void stamp(struct mcv_agent *a, struct mcv_media_tx *tx, struct mcv_rtp *h)
{
    const uint16_t step = (uint16_t)(h->seq - tx->source_seq);
    const bool goes_on = tx->has_source && h->ssrc == tx->source_ssrc && step >= 1 &&
                         step <= MAX_STEP;
    const uint32_t source_ts = h->ts;

    if (!tx->has_source) {
        tx->ts = random_ts(a);
    } else {
        tx->ts = goes_on ? tx->ts + (source_ts - tx->source_ts) : jump(a, tx);
    }
    if (tx->has_sent) {
        tx->seq = (uint16_t)(tx->seq + (goes_on ? step : 1u));
    } else {
        tx->seq = mcv_media_first_seq(&a->rng);
    }
    tx->has_source = tx->has_sent = true;
    tx->source_ssrc = h->ssrc;
    tx->source_seq = h->seq;
    tx->source_ts = source_ts;
    tx->sent_at_us = a->now.mono_us;
    h->ssrc = tx->now.ssrc;
    h->seq = tx->seq;
    h->ts = tx->ts;
}

/* ---- protected and sent -------------------------------------------------------------------- */

/* From the packet of the application into the one that leaves: header rewritten, payload sealed. */
static mcv_err seal(struct mcv_media *m, struct mcv_media_tx *tx, uint8_t *room,
                    struct mcv_bytes *sealed, struct mcv_bytes rtp, const struct mcv_rtp *h)
{
    const struct mcv_srtp_packet packet = {.bytes = rtp,
                                           .header_bytes = h->header_bytes,
                                           .ssrc = h->ssrc,
                                           .seq = h->seq,
                                           .header = room};
    const size_t n_clear = m->is_protected ? h->header_bytes : rtp.n;

    memcpy(room, rtp.p, n_clear);
    mcv_rtp_rewrite(room, h);
    *sealed = mcv_bytes_of(room, rtp.n);
    if (!m->is_protected) return MCV_OK;
    return mcv_srtp_tx_seal(&tx->now.srtp, sealed, room, MCV_MAX_PACKET_BYTES, &packet);
}

static mcv_err send(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                    struct mcv_bytes rtp, const struct mcv_rtp *h, size_t n_payload)
{
    struct mcv_media_tx *tx = &m->tx[medium];
    uint8_t *room = mcv_out_packet_room(a);
    struct mcv_bytes sealed;

    if (room == NULL) return MCV_E_FULL;
    mcv_err err = seal(m, tx, room, &sealed, rtp, h);
    if (err) {
        mcv_out_packet_return(a);
        if (err == MCV_E_EXPIRED) mcv_media_collided(a, m, medium); /* 2^48 packets: a new SSRC */
        return mcv_drop(a, MCV_N_MEDIA_CRYPTO, err);
    }
    err = mcv_media_push(a, m, mcv_media_channels[medium].rtp, sealed);
    if (err) return err;
    mcv_count(a, MCV_N_RTP_SENT);
    tx->n_pkts++;
    tx->n_octets += n_payload;
    mcv_media_plan_report(a, tx);
    return MCV_OK;
}

static bool is_h264(const struct mcv_agent *a, const struct mcv_media *m, enum mcv_medium medium,
                    uint8_t pt)
{
    static const char name[] = "h264";
    const uint8_t index = m->sdp.medium[medium].config_index[format_of(a, m, medium, pt)];
    const struct mcv_bytes n = a->config->formats[medium].f[index].name;
    size_t i = 0;

    while (i < n.n && i < sizeof name - 1 && (n.p[i] | 0x20) == (name[i] | 0x20)) i++;
    return i == n.n && i == sizeof name - 1;
}

mcv_err mcv_media_check_local(struct mcv_agent *a, const struct mcv_media *m,
                              enum mcv_medium medium, struct mcv_bytes rtp,
                              struct mcv_local_rtp *out)
{
    struct mcv_rtp unpadded;

    if (m->is_listening || !mcv_media_has(m, medium)) {
        return mcv_drop(a, MCV_N_LOCAL_IGNORED, MCV_E_NOT_FOUND);
    }
    if (rtp.n > MCV_MAX_PACKET_BYTES - MCV_SRTP_MAX_OVERHEAD_BYTES) {
        return mcv_drop(a, MCV_N_LOCAL_TOO_LARGE, MCV_E_SPACE);
    }
    *out = (struct mcv_local_rtp){.octets = rtp};
    mcv_err err = mcv_rtp_decode(&out->h, rtp);
    unpadded = out->h;
    if (!err) err = mcv_rtp_unpad(&unpadded);
    if (err) return mcv_drop(a, MCV_N_LOCAL_MALFORMED, err);
    out->n_payload = unpadded.payload.n;
    out->is_start = medium == MCV_AUDIO || !is_h264(a, m, medium, out->h.pt) ||
                    mcv_h264_is_start(unpadded.payload);
    return MCV_OK;
}

mcv_err mcv_media_send_local(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                             const struct mcv_local_rtp *packet)
{
    struct mcv_media_tx *tx = &m->tx[medium];
    struct mcv_rtp h = packet->h;

    mcv_media_check_keys(a, m);
    if (tx->now.state != MCV_TX_READY) return mcv_drop(a, MCV_N_LOCAL_NO_KEY, MCV_E_EXPIRED);
    set_format(a, m, medium, &h);
    stamp(a, tx, &h);
    return send(a, m, medium, packet->octets, &h, packet->n_payload);
}

mcv_err mcv_media_local(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                        struct mcv_bytes rtp)
{
    struct mcv_local_rtp packet;
    const mcv_err err = mcv_media_check_local(a, m, medium, rtp, &packet);

    return err ? err : mcv_media_send_local(a, m, medium, &packet);
}
