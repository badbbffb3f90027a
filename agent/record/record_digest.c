#include "agent/record/record_parts.h"
#include "proto/monp.h"

#define FNV_START         UINT64_C(0xcbf29ce484222325)
#define MONP_HEADER_BYTES 2  /* with the message type */
#define RTP_HEADER_BYTES  12 /* without CSRCs */
#define RTCP_HEADER_BYTES 8  /* with the SSRC; of transmission control too: it names the message */
#define FNV_PRIME         UINT64_C(0x100000001b3)

static uint64_t fold(uint64_t d, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++) d = (d ^ b[i]) * FNV_PRIME;
    return d;
}

static uint64_t number(uint64_t d, uint64_t v)
{
    uint8_t b[8];

    mcv_store_be32(b, (uint32_t)(v >> 32));
    mcv_store_be32(b + 4, (uint32_t)v);
    return fold(d, b, sizeof b);
}

static uint64_t octets(uint64_t d, struct mcv_bytes b)
{
    return fold(number(d, b.n), b.p, b.n);
}

static uint64_t addr(uint64_t d, const struct mcv_addr *a)
{
    uint8_t b[MCV_RECORD_ADDR_BYTES];

    mcv_record_put_addr(b, a);
    return fold(d, b, sizeof b);
}

/* What is in clear also where it is protected. Spec: RFC 3711 3.1, 3.4 */
static uint64_t header(uint64_t d, struct mcv_bytes b, size_t n)
{
    return octets(number(d, b.n), mcv_bytes_of(b.p, b.n < n ? b.n : n));
}

/* All but those that carry an I_MESSAGE. */
static bool is_monp_without_key(const struct mcv_out_packet *p)
{
    return p->channel == MCV_CH_MONP &&
           mcv_record_monp_type(p->bytes) != MCV_MONP_PRIVATE_CALL_SETUP_REQUEST;
}

static uint64_t packet(uint64_t d, const struct mcv_out_packet *p, bool has_octets)
{
    const bool is_rtp = p->channel == MCV_CH_AUDIO_RTP || p->channel == MCV_CH_VIDEO_RTP;

    d = number(number(d, p->channel), p->call);
    d = number(number(addr(d, &p->to), p->is_multicast), p->pppp);
    d = number(d, p->fan_out.n);
    for (uint16_t i = 0; i < p->fan_out.n; i++) d = addr(d, &p->fan_out.to[i]);
    if (has_octets || is_monp_without_key(p)) return octets(d, p->bytes);
    if (p->channel == MCV_CH_MONP) return header(d, p->bytes, MONP_HEADER_BYTES);
    return header(d, p->bytes, is_rtp ? RTP_HEADER_BYTES : RTCP_HEADER_BYTES);
}

static uint64_t local(uint64_t d, const struct mcv_out_local *l, bool has_octets)
{
    d = number(number(number(number(d, l->call), l->slot), l->medium), l->is_rtcp);
    return has_octets || l->is_rtcp ? octets(d, l->bytes) : header(d, l->bytes, RTP_HEADER_BYTES);
}

static uint64_t sockets(uint64_t d, const struct mcv_out_sockets *s)
{
    d = number(number(number(number(d, s->call), s->slot), s->is_open), s->is_multicast);
    d = addr(d, &s->addr);
    for (size_t i = 0; i < MCV_N_CHANNELS; i++) d = number(d, s->ports[i]);
    return d;
}

static uint64_t event(uint64_t d, const struct mcv_event *e)
{
    const struct mcv_bytes texts[] = {e->user, e->group, e->recipient, e->organization,
                                      e->location};
    const struct mcv_setup_times *t = &e->setup;
    const struct mcv_reception *r = &e->reception;
    const uint64_t numbers[] = {e->type,           e->call,         e->call_id,
                                e->is_manual,      e->is_outgoing,  e->is_push,
                                e->is_unverified,  e->call_type,    e->reason,
                                e->key_id,         e->ssrc,         e->medium,
                                e->cause,          e->position,     t->total_us,
                                t->build_us,       t->network_us,   t->verify_us,
                                t->decapsulate_us, r->n_received,   (uint64_t)r->n_lost,
                                r->jitter_us,      r->has_lip_sync, (uint64_t)r->lip_sync_us};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) d = octets(d, texts[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) d = number(d, numbers[i]);
    if (e->left_s != 0) d = number(d, (uint64_t)e->left_s);
    return e->why != NULL ? octets(d, mcv_bytes_str(e->why)) : d;
}

static uint64_t trace(uint64_t d, const struct mcv_trace *t)
{
    return number(number(number(number(number(d, t->machine), t->call), t->from), t->to), t->event);
}

uint64_t mcv_record_digest(uint64_t d, const struct mcv_out *out, bool has_octets)
{
    d = number(d == 0 ? FNV_START : d, out->kind);
    switch (out->kind) {
    case MCV_OUT_PACKET:
        return packet(d, &out->u.packet, has_octets);
    case MCV_OUT_LOCAL:
        return local(d, &out->u.local, has_octets);
    case MCV_OUT_SOCKETS:
        return sockets(d, &out->u.sockets);
    case MCV_OUT_JOB:
        return number(number(d, out->u.job->kind), out->u.job->token);
    case MCV_OUT_EVENT:
        return event(d, &out->u.event);
    case MCV_OUT_TRACE:
        return trace(d, &out->u.trace);
    }
    return d;
}
