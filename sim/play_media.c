/* Voice and video: what applications give to agents, and what comes out of them. Every packet says
 * who sent it and when, so that its receiver knows how long it took and whether it is whole. */
#include "sim/play_private.h"

#include "proto/rtp.h"

#include <stdlib.h>

#define MAGIC       0x65637673u /* as H.264 it begins like an IDR picture */
#define HEAD_BYTES  32          /* of a payload: magic, sender, number, times (16), check */
#define MAX_PAYLOAD 1400

static const struct {
    uint8_t pt;
    uint32_t clock_hz;
} media[MCV_N_MEDIA] = {[MCV_AUDIO] = {96, 16000}, [MCV_VIDEO] = {97, 90000}};

static uint64_t load_be64(const uint8_t *p)
{
    return (uint64_t)mcv_load_be32(p) << 32 | mcv_load_be32(p + 4);
}

static void store_be64(uint8_t *p, uint64_t v)
{
    mcv_store_be32(p, (uint32_t)(v >> 32));
    mcv_store_be32(p + 4, (uint32_t)v);
}

static uint32_t check_of(const uint8_t *head)
{
    return (uint32_t)mcv_prng_mix(mcv_prng_mix(load_be64(head + 4), load_be64(head + 12)),
                                  load_be64(head + 20));
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
    store_be64(head + 12, now_us);
    store_be64(head + 20, b->began_us);
    mcv_store_be32(head + 28, check_of(head));
    b->p->kpis.totals[b->medium == MCV_AUDIO ? MCV_TOTAL_VOICE_SENT : MCV_TOTAL_VIDEO_SENT]++;
    (void)mcv_world_local(b->p->world, b->user, b->slot, b->medium,
                          mcv_bytes_of(packet, MCV_RTP_HEADER_BYTES + n)); /* the agent counts */
}

/* By the time that was planned: live the clock may be late, and packets that wait for each other are to
 * show it. */
static void go_on(struct mcv_world *w, void *ctx)
{
    struct mcv_burst *b = ctx;

    (void)w;
    if (!b->is_sending || b->due_us >= b->until_us) {
        mcv_play_burst_done(b);
        return;
    }
    const uint64_t gap = gap_us(b);
    send_one(b, b->due_us);
    b->due_us += gap;
    b->number++;
    b->seq++;
    b->ts += (uint32_t)(gap * media[b->medium].clock_hz / 1000000);
    mcv_play_at(b->p, b->due_us, go_on, b);
}

void mcv_play_speak(struct mcv_burst *b)
{
    struct mcv_play *p = b->p;

    b->is_sending = true;
    mcv_play_beat(p, b->user, b->medium == MCV_AUDIO ? MCV_BEAT_TALK : MCV_BEAT_VIDEO, MCV_NOBODY);
    b->began_us = b->due_us = mcv_world_now_us(p->world);
    mcv_play_stream(p, &b->prng, MCV_PLAY_STREAM_MEDIA,
                    (uint64_t)b->user << 24 ^ p->players[b->user].n_bursts++);
    p->kpis.totals[MCV_TOTAL_BURSTS]++;
    b->n_acts++;
    mcv_play_at(p, b->began_us, go_on, b);
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* What a packet says of itself. */
struct heard {
    uint32_t sender, number;
    uint64_t sent_us, began_us; /* began: the burst */
};

static bool read_payload(struct heard *out, struct mcv_bytes packet)
{
    struct mcv_rtp rtp;

    if (mcv_rtp_decode(&rtp, packet) != MCV_OK || rtp.payload.n < HEAD_BYTES) return false;
    const uint8_t *head = rtp.payload.p;
    if (mcv_load_be32(head) != MAGIC || mcv_load_be32(head + 28) != check_of(head)) return false;
    *out = (struct heard){.sender = mcv_load_be32(head + 4),
                          .number = mcv_load_be32(head + 8),
                          .sent_us = load_be64(head + 12),
                          .began_us = load_be64(head + 20)};
    return true;
}

/* The first voice in a group call that he turned to, if somebody spoke then. */
static void entered(struct mcv_play *p, uint32_t user, uint32_t call, const struct heard *h)
{
    struct mcv_own_call *own = mcv_play_own_call(p, user, call);
    const uint64_t now_us = mcv_world_now_us(p->world);

    if (own == NULL || !own->awaits_voice) return;
    own->awaits_voice = false;
    if (h->began_us >= own->asked_us) return;
    const struct mcv_sample sample = {
        .at_us = now_us, .value_us = now_us - own->asked_us, .agent = user, .other = h->sender};
    mcv_kpis_time(&p->kpis, MCV_KPI_LATE_ENTRY, &sample, true);
}

void mcv_play_hear(struct mcv_play *p, uint32_t user, const struct mcv_out_local *local)
{
    const bool is_voice = local->medium == MCV_AUDIO;
    const uint64_t now_us = mcv_world_now_us(p->world);
    struct heard h;

    if (local->is_rtcp) return;
    if (!read_payload(&h, local->bytes) || h.sent_us > now_us) {
        p->kpis.totals[MCV_TOTAL_WRONG_MEDIA]++;
        return;
    }
    const struct mcv_sample sample = {
        .at_us = now_us, .value_us = now_us - h.sent_us, .agent = user, .other = h.sender};
    p->kpis.totals[is_voice ? MCV_TOTAL_VOICE_HEARD : MCV_TOTAL_VIDEO_SEEN]++;
    mcv_kpis_time(&p->kpis, is_voice ? MCV_KPI_MOUTH_TO_EAR : MCV_KPI_VIDEO_DELAY, &sample,
                  h.number == 0);
    if (is_voice) entered(p, user, local->call, &h);
}
