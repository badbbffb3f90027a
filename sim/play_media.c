/* Voice and video: what applications give to agents, and what comes out of them. Every packet says
 * who sent it and when, so that its receiver knows how long it took and whether it is whole. */
#include "sim/play_private.h"

#include "proto/rtp.h"

#include <stdlib.h>

#define MAGIC       0x65637673u /* as H.264 it begins like an IDR picture */
#define HEAD_BYTES  24          /* of a payload: magic, sender, number, time (8), check */
#define MAX_PAYLOAD 1400

static const struct {
    uint8_t pt;
    uint32_t clock_hz;
} media[MCV_N_MEDIA] = {[MCV_AUDIO] = {96, 16000}, [MCV_VIDEO] = {97, 90000}};

static uint32_t check_of(const uint8_t *head)
{
    const uint64_t a = (uint64_t)mcv_load_be32(head + 4) << 32 | mcv_load_be32(head + 8);
    const uint64_t b = (uint64_t)mcv_load_be32(head + 12) << 32 | mcv_load_be32(head + 16);

    return (uint32_t)mcv_prng_mix(a, b);
}

/* ---- sending ------------------------------------------------------------------------------- */

static const struct mcv_scenario_stream *stream_of(const struct mcv_burst *b)
{
    return b->medium == MCV_AUDIO ? &b->p->file->s.audio : &b->p->file->s.video;
}

/* One of the weighted entries; NULL: there are none. */
static const struct mcv_scenario_weight *pick(struct mcv_burst *b, const struct mcv_yaml_list *l)
{
    const struct mcv_scenario_weight *w = l->items;
    uint64_t sum = 0;

    if (l->n == 0) return NULL;
    for (size_t i = 0; i < l->n; i++) sum += w[i].weight;
    uint64_t at = mcv_prng_below(&b->prng, sum);
    while (at >= w->weight) at -= w++->weight;
    return w;
}

static size_t payload_bytes(struct mcv_burst *b)
{
    const struct mcv_scenario_weight *w = pick(b, &stream_of(b)->sizes);
    const size_t n = w != NULL ? w->bytes : stream_of(b)->bytes;

    return n > HEAD_BYTES ? n : HEAD_BYTES;
}

static uint64_t gap_us(struct mcv_burst *b)
{
    const struct mcv_scenario_weight *w = pick(b, &stream_of(b)->gaps);

    return w != NULL ? w->gap_us : stream_of(b)->every_us;
}

static void send_one(struct mcv_burst *b, uint64_t now_us)
{
    uint8_t packet[MCV_RTP_HEADER_BYTES + MAX_PAYLOAD];
    uint8_t *head = packet + MCV_RTP_HEADER_BYTES;
    struct mcv_writer w = mcv_writer_of(packet, sizeof packet);
    const struct mcv_rtp rtp = {.pt = media[b->medium].pt,
                                .is_marked = b->number == 0,
                                .seq = b->seq,
                                .ts = b->ts,
                                .ssrc = b->user + 1};
    const size_t n = payload_bytes(b);

    mcv_rtp_encode(&w, &rtp);
    memset(head, 0, n);
    mcv_store_be32(head, MAGIC);
    mcv_store_be32(head + 4, b->user);
    mcv_store_be32(head + 8, b->number);
    mcv_store_be32(head + 12, (uint32_t)(now_us >> 32));
    mcv_store_be32(head + 16, (uint32_t)now_us);
    mcv_store_be32(head + 20, check_of(head));
    b->p->kpis.totals[b->medium == MCV_AUDIO ? MCV_TOTAL_VOICE_SENT : MCV_TOTAL_VIDEO_SENT]++;
    (void)mcv_world_local(b->p->world, b->user, b->slot, b->medium,
                          mcv_bytes_of(packet, MCV_RTP_HEADER_BYTES + n)); /* the agent counts */
}

static void go_on(struct mcv_world *w, void *ctx)
{
    struct mcv_burst *b = ctx;
    const uint64_t now_us = mcv_world_now_us(w);

    if (!b->is_sending || now_us >= b->until_us) {
        mcv_play_burst_done(b);
        return;
    }
    const uint64_t gap = gap_us(b);
    send_one(b, now_us);
    b->number++;
    b->seq++;
    b->ts += (uint32_t)(gap * media[b->medium].clock_hz / 1000000);
    mcv_play_at(b->p, now_us + gap, go_on, b);
}

void mcv_play_speak(struct mcv_burst *b)
{
    struct mcv_play *p = b->p;

    b->is_sending = true;
    mcv_play_beat(p, b->user, b->medium == MCV_AUDIO ? MCV_BEAT_TALK : MCV_BEAT_VIDEO, MCV_NOBODY);
    if (b->group != MCV_NOBODY && b->medium == MCV_AUDIO &&
        p->talks[b->group].burst_end_us < b->until_us)
        p->talks[b->group].burst_end_us = b->until_us;
    mcv_play_stream(p, &b->prng, MCV_PLAY_STREAM_MEDIA,
                    (uint64_t)b->user << 24 ^ p->kpis.totals[MCV_TOTAL_BURSTS]);
    p->kpis.totals[MCV_TOTAL_BURSTS]++;
    b->n_acts++;
    mcv_play_at(p, mcv_world_now_us(p->world), go_on, b);
}

/* ---- receiving ----------------------------------------------------------------------------- */

static bool read_payload(struct mcv_bytes packet, uint32_t *sender, uint32_t *number,
                         uint64_t *sent_us)
{
    struct mcv_rtp rtp;

    if (mcv_rtp_decode(&rtp, packet) != MCV_OK || rtp.payload.n < HEAD_BYTES) return false;
    const uint8_t *head = rtp.payload.p;
    if (mcv_load_be32(head) != MAGIC || mcv_load_be32(head + 20) != check_of(head)) return false;
    *sender = mcv_load_be32(head + 4);
    *number = mcv_load_be32(head + 8);
    *sent_us = (uint64_t)mcv_load_be32(head + 12) << 32 | mcv_load_be32(head + 16);
    return true;
}

void mcv_play_hear(struct mcv_play *p, uint32_t user, const struct mcv_out_local *local)
{
    const bool is_voice = local->medium == MCV_AUDIO;
    struct mcv_player *player = &p->players[user];
    const uint64_t now_us = mcv_world_now_us(p->world);
    uint32_t sender, number;
    uint64_t sent_us;

    if (local->is_rtcp) return;
    if (!read_payload(local->bytes, &sender, &number, &sent_us) || sent_us > now_us) {
        p->kpis.totals[MCV_TOTAL_WRONG_MEDIA]++;
        return;
    }
    struct mcv_sample sample = {
        .at_us = now_us, .value_us = now_us - sent_us, .agent = user, .other = sender};
    p->kpis.totals[is_voice ? MCV_TOTAL_VOICE_HEARD : MCV_TOTAL_VIDEO_SEEN]++;
    mcv_kpis_time(&p->kpis, is_voice ? MCV_KPI_MOUTH_TO_EAR : MCV_KPI_VIDEO_DELAY, &sample,
                  number == 0);
    if (player->entered_us == 0 || !is_voice) return;
    sample.value_us = now_us - (player->entered_us - 1);
    player->entered_us = 0;
    if (sent_us >= player->entered_until_us) return; /* somebody else, later */
    mcv_kpis_time(&p->kpis, MCV_KPI_LATE_ENTRY, &sample, true);
}
