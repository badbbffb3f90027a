/* Reports of own streams and of others. Spec: RFC 3550 6.2, 6.3, 6.4, 6.5, 6.6. */
#include "agent/core/media_parts.h"
#include "agent/core/text_hash.h"

#define US_PER_MS UINT64_C(1000)

/* SR with one block, SDES with the longest CNAME, BYE. */
#define MAX_REPORT_BYTES 384

/* Spec: RFC 3550 6.3.5: who sent nothing for two intervals is no sender. */
#define SILENT_INTERVALS 2

static uint64_t interval_us(const struct mcv_agent *a)
{
    return a->config->rtcp_interval_ms * US_PER_MS;
}

/* Half to one and a half of the interval, so that senders do not report together.
 * Spec: RFC 3550 6.3.1 */
static uint64_t spread_us(struct mcv_agent *a, uint64_t us)
{
    uint32_t more_ms = 0;

    if (mcv_rng_below(&a->rng, &more_ms, (uint32_t)(us / US_PER_MS) + 1)) more_ms = 0;
    return us / 2 + more_ms * US_PER_MS;
}

void mcv_media_plan_report(struct mcv_agent *a, struct mcv_media_tx *tx)
{
    if (tx->report_at_us != MCV_NEVER && tx->n_pkts != 1) return;
    const uint64_t at_us = a->now.mono_us + spread_us(a, interval_us(a) / 2);
    mcv_agent_replan(a);
    if (at_us < tx->report_at_us) tx->report_at_us = at_us; /* the first packet: soon */
}

/* What we have received of the other party of a private call. In a group nobody reports on all. */
static void add_block(const struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                      struct mcv_rtcp_reports *out)
{
    struct mcv_media_rx *last = NULL;

    for (uint16_t i = 0; !m->is_group && i < m->n_streams; i++) {
        struct mcv_media_rx *rx = &m->streams[i];
        if (rx->ssrc == 0 || rx->medium != medium || !rx->stats.is_started) continue;
        if (last == NULL || rx->last_at_us > last->last_at_us) last = rx;
    }
    if (last == NULL) return;
    struct mcv_rtcp_report *block = &out->reports[0];
    out->n_reports = 1;
    block->ssrc = last->ssrc;
    mcv_rtp_stats_report(&last->stats, block);
    if (last->report_ntp == 0) return;
    block->last_sr = mcv_ntp_middle(last->report_ntp);
    block->since_sr = mcv_ntp_short_of_us(a->now.mono_us - last->report_at_us);
}

/* Who sent something lately. */
static bool is_sender(const struct mcv_agent *a, const struct mcv_media_tx *tx)
{
    return tx->has_sent && a->now.mono_us - tx->sent_at_us <= SILENT_INTERVALS * interval_us(a);
}

static void write_report(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                         struct mcv_writer *w, bool is_end)
{
    const struct mcv_media_tx *tx = &m->tx[medium];
    const uint64_t since_us = a->now.mono_us - tx->sent_at_us;
    struct mcv_rtcp_reports sr = {
        .ssrc = tx->now.ssrc,
        .has_sender = is_sender(a, tx),
        .ntp = mcv_ntp_at(&m->clock, a->now.mono_us),
        .rtp_ts = tx->ts + mcv_media_clock_units(tx->clock_hz, since_us),
        .n_pkts = (uint32_t)tx->n_pkts,
        .n_bytes = (uint32_t)tx->n_octets,
    };

    add_block(a, m, medium, &sr);
    mcv_rtcp_reports_encode(w, &sr);
    mcv_rtcp_sdes_encode(w, tx->now.ssrc, a->config->user); /* the same for all media */
    if (is_end) mcv_rtcp_bye_encode(w, tx->now.ssrc);
}

static mcv_err seal(struct mcv_media *m, struct mcv_media_tx *tx, uint8_t *room,
                    struct mcv_bytes *sealed, struct mcv_bytes rtcp)
{
    if (m->is_protected) {
        return mcv_srtp_tx_seal_rtcp(&tx->now.srtp, sealed, room, MCV_MAX_PACKET_BYTES, rtcp);
    }
    memcpy(room, rtcp.p, rtcp.n);
    *sealed = mcv_bytes_of(room, rtcp.n);
    return MCV_OK;
}

static void send_report(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                        bool is_end)
{
    struct mcv_media_tx *tx = &m->tx[medium];
    uint8_t plain[MAX_REPORT_BYTES];
    struct mcv_writer w = mcv_writer_of(plain, sizeof plain);
    uint8_t *room = mcv_out_packet_room(a);
    struct mcv_bytes sealed;

    if (room == NULL) return;
    write_report(a, m, medium, &w, is_end);
    MCV_ASSERT(w.err == MCV_OK);
    if (seal(m, tx, room, &sealed, mcv_wr_done(&w))) {
        mcv_out_packet_return(a);
        mcv_count(a, MCV_N_MEDIA_CRYPTO);
        return;
    }
    if (!mcv_media_push(a, m, mcv_media_channels[medium].rtcp, sealed)) {
        mcv_count(a, MCV_N_RTCP_SENT);
    }
}

/* Who is in a private call reports also when he sends nothing: so the other one sees that he is
 * there. In a group only senders report. BYE is for those who were heard. */
static bool reports(const struct mcv_agent *a, const struct mcv_media *m,
                    const struct mcv_media_tx *tx, bool is_end)
{
    if (tx->now.state != MCV_TX_READY) return false;
    if (is_end) return tx->has_sent || tx->has_reported;
    return !m->is_group || is_sender(a, tx);
}

void mcv_media_report(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium, bool is_end)
{
    struct mcv_media_tx *tx = &m->tx[medium];

    mcv_agent_replan(a);
    tx->report_at_us = MCV_NEVER;
    if (!mcv_media_has(m, medium) || !reports(a, m, tx, is_end)) return;
    send_report(a, m, medium, is_end);
    tx->has_reported = true;
    if (!is_end) tx->report_at_us = a->now.mono_us + spread_us(a, interval_us(a));
}

static void take_sender_report(struct mcv_agent *a, struct mcv_media_rx *rx,
                               const struct mcv_rtcp_reports *sr)
{
    if (!sr->has_sender) return;
    rx->report_ntp = sr->ntp;
    rx->report_ts = sr->rtp_ts;
    rx->report_at_us = a->now.mono_us;
    mcv_rtp_sync_report(&rx->sync, sr->ntp, sr->rtp_ts);
}

static void take_name(struct mcv_media_rx *rx, const struct mcv_rtcp *sdes)
{
    struct mcv_bytes cname;

    if (mcv_rtcp_cname(&cname, sdes, rx->ssrc) || cname.n == 0) return;
    rx->cname = mcv_text_hash(cname);
}

void mcv_media_hear_report(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                           struct mcv_bytes compound, const struct mcv_srtp_mki *mki)
{
    struct mcv_reader r = mcv_reader_of(compound);
    struct mcv_rtcp_reports sr;
    struct mcv_rtcp p;
    bool is_bye = false;

    if (!mcv_rtcp_next(&p, &r) || mcv_rtcp_reports_decode(&sr, &p)) return;
    struct mcv_media_rx *rx = mcv_media_stream_find(m, medium, sr.ssrc, mki);
    if (rx == NULL) return;
    take_sender_report(a, rx, &sr);
    while (mcv_rtcp_next(&p, &r)) {
        if (p.pt == MCV_RTCP_SDES) take_name(rx, &p);
        if (p.pt == MCV_RTCP_BYE && mcv_rtcp_bye_names(&is_bye, &p, rx->ssrc)) is_bye = false;
    }
    if (is_bye) {
        mcv_media_tell_ended(a, m, rx);
    } else {
        mcv_media_tell_report(a, m, rx);
    }
}
