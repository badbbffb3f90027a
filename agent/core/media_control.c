/* What transmission control needs of the media of its call. */
#include "agent/core/media_parts.h"

/* So much of the record of SSRCs stays for streams that we begin ourselves. */
#define ASSIGNED_SHARE 2u

static enum mcv_medium control_medium(const struct mcv_media *m)
{
    return mcv_media_has(m, MCV_AUDIO) ? MCV_AUDIO : MCV_VIDEO;
}

bool mcv_media_is_ready(const struct mcv_media *m, enum mcv_medium medium)
{
    return m->tx[medium].now.state == MCV_TX_READY;
}

uint32_t mcv_media_control_ssrc(const struct mcv_media *m)
{
    const struct mcv_media_send *s = &m->tx[control_medium(m)].now;

    return s->state == MCV_TX_READY ? s->ssrc : 0;
}

static mcv_err seal(struct mcv_media *m, struct mcv_media_send *s, uint8_t *room,
                    struct mcv_bytes *sealed, struct mcv_bytes message)
{
    if (m->is_control_protected) {
        return mcv_srtp_tx_seal_rtcp(&s->srtp, sealed, room, MCV_MAX_PACKET_BYTES, message);
    }
    memcpy(room, message.p, message.n);
    *sealed = mcv_bytes_of(room, message.n);
    return MCV_OK;
}

mcv_err mcv_media_send_control(struct mcv_agent *a, struct mcv_media *m, struct mcv_bytes message)
{
    struct mcv_media_tx *tx = &m->tx[control_medium(m)];
    struct mcv_bytes sealed;

    MCV_ASSERT(message.n <= MCV_MAX_PACKET_BYTES - MCV_SRTP_MAX_OVERHEAD_BYTES);
    mcv_media_check_keys(a, m);
    if (tx->now.state != MCV_TX_READY) return MCV_E_EXPIRED;
    uint8_t *room = mcv_out_packet_room(a);
    if (room == NULL) return MCV_E_FULL;
    const mcv_err err = seal(m, &tx->now, room, &sealed, message);
    tx->has_controlled = true;
    if (!err) return mcv_media_push(a, m, MCV_CH_CONTROL, sealed);
    mcv_out_packet_return(a);
    return mcv_drop(a, MCV_N_MEDIA_CRYPTO, err);
}

uint32_t mcv_media_tx_ssrc(const struct mcv_media *m, enum mcv_medium medium)
{
    const struct mcv_media_tx *tx = &m->tx[medium];

    if (tx->assigned_ssrc != 0) return tx->assigned_ssrc;
    return tx->now.ssrc != 0 ? tx->now.ssrc : tx->next.ssrc;
}

uint32_t mcv_media_rx_ssrc(const struct mcv_media *m, enum mcv_medium medium,
                           const struct mcv_srtp_mki *mki)
{
    const struct mcv_media_rx *last = NULL;

    for (uint16_t i = 0; i < m->n_streams; i++) {
        const struct mcv_media_rx *rx = &m->streams[i];
        if (rx->ssrc == 0 || rx->medium != medium || rx->guk_id != mki->guk_id) continue;
        if (rx->key_id != mki->key_id) continue;
        if (last == NULL || rx->last_at_us > last->last_at_us) last = rx;
    }
    return last != NULL ? last->ssrc : 0;
}

static bool is_own_ssrc(const struct mcv_media *m, uint32_t ssrc)
{
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        if (m->tx[i].now.ssrc == ssrc || m->tx[i].next.ssrc == ssrc) return true;
    }
    return false;
}

bool mcv_media_assign(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                      uint32_t ssrc)
{
    struct mcv_media_tx *tx = &m->tx[medium];
    const bool is_used = mcv_media_has_keys(m) &&
                         mcv_ssrc_record_has(&a->ssrcs.used, &m->tx_mki, ssrc);
    const bool has_room = a->ssrcs.used.n_used < a->ssrcs.used.n_slots / ASSIGNED_SHARE;

    if (ssrc == tx->now.ssrc && tx->now.state == MCV_TX_READY) return true;
    if (ssrc != 0 && ssrc == tx->assigned_ssrc) return true;
    if (ssrc == 0 || !mcv_media_has(m, medium) || is_used || is_own_ssrc(m, ssrc) || !has_room) {
        mcv_count(a, MCV_N_SSRC_REFUSED);
        return false;
    }
    tx->assigned_ssrc = ssrc;
    mcv_media_prepare(a, m, medium);
    return tx->assigned_ssrc == ssrc || tx->now.ssrc == ssrc;
}
