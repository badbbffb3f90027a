/* What came of received streams: loss, jitter, lip sync. Spec: RFC 3550 6.4.1, 6.5.1, A.3, A.8. */
#include "agent/core/media_parts.h"

/* A sender reports all the time, and a member can be many senders: the user hears of a stream at
 * these intervals, of all of them so often, and of so many when a call ends. */
enum { REPORT_EVERY_US = 30000000, REPORTS_BURST = 16, ENDED_BURST = 16, REFILL_US = 1000000 };

/* One sender: the same name, and keys that do not say otherwise. Spec: RFC 3550 6.5.1 */
static bool is_same_sender(const struct mcv_media_rx *a, const struct mcv_media_rx *b)
{
    if (a->cname == 0 || a->cname != b->cname || a->peer != b->peer) return false;
    return a->key_id != b->key_id || a->guk_id == b->guk_id;
}

/* His other medium; NULL: he sends none. Of several the one that came last. */
static const struct mcv_media_rx *partner(const struct mcv_media *m, const struct mcv_media_rx *rx)
{
    const struct mcv_media_rx *last = NULL;

    for (uint16_t i = 0; rx->cname != 0 && i < m->n_streams; i++) {
        const struct mcv_media_rx *other = &m->streams[i];
        if (other->ssrc == 0 || other->medium == rx->medium || !is_same_sender(rx, other)) continue;
        if (last == NULL || other->last_at_us > last->last_at_us) last = other;
    }
    return last;
}

struct mcv_reception mcv_media_reception(const struct mcv_media *m, const struct mcv_media_rx *rx)
{
    const struct mcv_media_rx *other = partner(m, rx);
    const bool is_audio = rx->medium == MCV_AUDIO;
    struct mcv_reception r = {.n_received = rx->stats.n_received};

    if (!rx->stats.is_started) return r;
    r.n_lost = mcv_rtp_stats_lost(&rx->stats);
    r.jitter_us = mcv_rtp_stats_jitter_us(&rx->stats);
    r.has_lip_sync = other != NULL &&
                     mcv_rtp_sync_lip_us(&r.lip_sync_us, is_audio ? &rx->sync : &other->sync,
                                         is_audio ? &other->sync : &rx->sync);
    return r;
}

static void tell(struct mcv_agent *a, const struct mcv_media *m, const struct mcv_media_rx *rx,
                 enum mcv_event_type type)
{
    const struct mcv_event event = {.type = type,
                                    .call = m->call,
                                    .user = mcv_media_user_of(a, m, rx),
                                    .group = m->group,
                                    .key_id = rx->key_id,
                                    .ssrc = rx->ssrc,
                                    .medium = rx->medium,
                                    .is_unverified = !m->is_protected,
                                    .reception = mcv_media_reception(m, rx)};

    mcv_out_event(a, &event);
}

void mcv_media_tell_report(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_rx *rx)
{
    if (a->now.mono_us - rx->told_at_us < REPORT_EVERY_US) return;
    if (!mcv_pace_take(&m->reported, a->now.mono_us, REFILL_US, REPORTS_BURST)) return;
    rx->told_at_us = a->now.mono_us;
    tell(a, m, rx, MCV_EVENT_MEDIA_REPORT);
}

void mcv_media_tell_ended(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_rx *rx)
{
    if (rx->has_ended) return;
    rx->has_ended = true;
    if (mcv_pace_take(&m->ended, a->now.mono_us, REFILL_US, ENDED_BURST)) {
        tell(a, m, rx, MCV_EVENT_MEDIA_ENDED);
    }
}

void mcv_media_tell_all_ended(struct mcv_agent *a, struct mcv_media *m)
{
    for (uint16_t i = 0; i < m->n_streams; i++) {
        if (m->streams[i].ssrc != 0) mcv_media_tell_ended(a, m, &m->streams[i]);
    }
}
