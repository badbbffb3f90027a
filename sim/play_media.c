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

static const struct mcv_scenario_stream *stream_of(const struct mcv_source *s)
{
    return s->medium == MCV_AUDIO ? &s->p->file->s.audio : &s->p->file->s.video;
}

/* One of the weighted entries; NULL: there are none. */
static const struct mcv_scenario_weight *pick(struct mcv_source *s, const struct mcv_yaml_list *l)
{
    const struct mcv_scenario_weight *w = l->items;
    uint64_t sum = 0;

    if (l->n == 0) return NULL;
    for (size_t i = 0; i < l->n; i++) sum += w[i].weight;
    uint64_t at = mcv_prng_below(&s->prng, sum);
    while (at >= w->weight) at -= w++->weight;
    return w;
}

static size_t payload_bytes(struct mcv_source *s)
{
    const struct mcv_scenario_weight *w = pick(s, &stream_of(s)->sizes);
    const size_t n = w != NULL ? w->bytes : stream_of(s)->bytes;

    return n > HEAD_BYTES ? n : HEAD_BYTES;
}

static uint64_t gap_us(struct mcv_source *s)
{
    const struct mcv_scenario_weight *w = pick(s, &stream_of(s)->gaps);

    return w != NULL ? w->gap_us : stream_of(s)->every_us;
}

static void send_one(struct mcv_source *s, uint64_t now_us)
{
    uint8_t packet[MCV_RTP_HEADER_BYTES + MAX_PAYLOAD];
    uint8_t *head = packet + MCV_RTP_HEADER_BYTES;
    struct mcv_writer w = mcv_writer_of(packet, sizeof packet);
    const struct mcv_rtp rtp = {.pt = media[s->medium].pt,
                                .is_marked = s->number == 0,
                                .seq = s->seq,
                                .ts = s->ts,
                                .ssrc = s->agent + 1};
    const size_t n = payload_bytes(s);

    mcv_rtp_encode(&w, &rtp);
    memset(head, 0, n);
    mcv_store_be32(head, MAGIC);
    mcv_store_be32(head + 4, s->agent);
    mcv_store_be32(head + 8, s->number);
    mcv_store_be32(head + 12, (uint32_t)(now_us >> 32));
    mcv_store_be32(head + 16, (uint32_t)now_us);
    mcv_store_be32(head + 20, check_of(head));
    s->p->kpis.totals[s->medium == MCV_AUDIO ? MCV_TOTAL_VOICE_SENT : MCV_TOTAL_VIDEO_SENT]++;
    (void)mcv_world_local(s->p->world, s->agent, s->slot, s->medium,
                          mcv_bytes_of(packet, MCV_RTP_HEADER_BYTES + n)); /* the agent counts */
}

static void stop(struct mcv_source *s)
{
    struct mcv_play *p = s->p;

    p->players[s->agent].is_sending[s->medium] = false;
    mcv_play_beat(p, s->agent, MCV_BEAT_SILENT, MCV_NOBODY);
    s->next = p->free_sources;
    p->free_sources = s;
}

static void go_on(struct mcv_world *w, void *ctx)
{
    struct mcv_source *s = ctx;
    const uint64_t now_us = mcv_world_now_us(w);

    if (now_us >= s->until_us || !s->p->players[s->agent].is_sending[s->medium]) {
        stop(s);
        return;
    }
    const uint64_t gap = gap_us(s);
    send_one(s, now_us);
    s->number++;
    s->seq++;
    s->ts += (uint32_t)(gap * media[s->medium].clock_hz / 1000000);
    mcv_play_at(s->p, now_us + gap, go_on, s);
}

/* The slot of the ongoing call with this group, or of any private call. */
static bool find_slot(const struct mcv_play *p, uint32_t user, uint32_t group, uint16_t *slot)
{
    const struct mcv_agent *a = mcv_world_agent(p->world, user);
    struct mcv_call_info info;

    for (size_t i = 0; a != NULL && mcv_agent_call_info(a, i, &info); i++) {
        const bool is_it = group == MCV_NOBODY
                               ? info.kind == MCV_KIND_PRIVATE
                               : info.kind != MCV_KIND_PRIVATE &&
                                     mcv_bytes_equal(info.group,
                                                     mcv_cast_group_uri(p->cast, group));

        if (!is_it || !info.is_established) continue;
        *slot = info.slot;
        return true;
    }
    return false;
}

void mcv_play_send(struct mcv_play *p, uint32_t user, uint32_t group, enum mcv_medium medium,
                   uint64_t for_us)
{
    struct mcv_player *player = &p->players[user];
    struct mcv_source *s = p->free_sources;
    const uint64_t now_us = mcv_world_now_us(p->world);
    uint16_t slot;

    if (player->is_sending[medium] || !find_slot(p, user, group, &slot)) {
        p->kpis.totals[MCV_TOTAL_REFUSED]++;
        return;
    }
    if (s != NULL) {
        p->free_sources = s->next;
    } else if ((s = mcv_pool_alloc(&p->pool, sizeof *s)) == NULL) {
        p->is_out_of_memory = true;
        return;
    }
    *s = (struct mcv_source){.p = p,
                             .agent = user,
                             .group = group,
                             .medium = medium,
                             .slot = slot,
                             .until_us = now_us + for_us};
    mcv_play_stream(p, &s->prng, MCV_PLAY_STREAM_MEDIA,
                    (uint64_t)user << 24 ^ p->kpis.totals[MCV_TOTAL_BURSTS]);
    player->is_sending[medium] = true;
    mcv_play_beat(p, user, medium == MCV_AUDIO ? MCV_BEAT_TALK : MCV_BEAT_VIDEO, MCV_NOBODY);
    if (group != MCV_NOBODY && medium == MCV_AUDIO && p->talks[group].burst_end_us < s->until_us)
        p->talks[group].burst_end_us = s->until_us;
    p->kpis.totals[MCV_TOTAL_BURSTS]++;
    mcv_play_at(p, now_us, go_on, s);
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
