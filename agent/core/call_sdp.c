#include "agent/core/call_sdp.h"

#include "proto/base64.h"
#include "proto/mikey.h"
#include "proto/sdp.h"

/* What we ask to receive. Spec: TS 24.581 12.1.2; absent means the default priority. */
#define OWN_RECEPTION_PRIORITY 5

/* Which part of a session description a medium is, and its channels. */
static const struct {
    enum mcv_sdp_kind kind;
    enum mcv_channel rtp, rtcp;
} parts[MCV_N_MEDIA] = {
    [MCV_AUDIO] = {MCV_SDP_AUDIO, MCV_CH_AUDIO_RTP, MCV_CH_AUDIO_RTCP},
    [MCV_VIDEO] = {MCV_SDP_VIDEO, MCV_CH_VIDEO_RTP, MCV_CH_VIDEO_RTCP},
};

/* Each channel has its place, so that ports do not move when a medium is not used. */
static uint16_t port_of(uint16_t first_port, enum mcv_channel channel)
{
    return (uint16_t)(first_port + (channel - MCV_CH_AUDIO_RTP));
}

static void give_ports(struct mcv_call_sdp *s, uint16_t first_port)
{
    MCV_ASSERT(first_port <= UINT16_MAX - MCV_N_CHANNELS);
    for (size_t m = 0; m < MCV_N_MEDIA; m++) {
        if (!s->medium[m].is_used) continue;
        s->ports[parts[m].rtp] = port_of(first_port, parts[m].rtp);
        s->ports[parts[m].rtcp] = port_of(first_port, parts[m].rtcp);
    }
    if (s->has_control) s->ports[MCV_CH_CONTROL] = port_of(first_port, MCV_CH_CONTROL);
}

static struct mcv_addr without_port(const struct mcv_addr *addr)
{
    return mcv_addr_with_port(*addr, 0);
}

/* ---- ours ---------------------------------------------------------------------------------- */

void mcv_call_sdp_ours(struct mcv_call_sdp *out, const struct mcv_agent_config *config,
                       const struct mcv_addr *addr, uint16_t first_port)
{
    *out = (struct mcv_call_sdp){
        .addr = without_port(addr),
        .has_control = true,
        .has_queueing = true,
        .priority = config->max_priority,
        /* Said to one peer only: a group has no common limit of what its members receive. */
        .reception_priority = mcv_addr_is_multicast(addr) ? 0 : OWN_RECEPTION_PRIORITY,
    };
    for (size_t m = 0; m < MCV_N_MEDIA; m++) {
        const struct mcv_formats *fs = &config->formats[m];
        out->medium[m].is_used = fs->n > 0;
        out->medium[m].n_formats = (uint8_t)fs->n;
        for (size_t i = 0; i < fs->n; i++) {
            out->medium[m].pt[i] = fs->f[i].pt;
            out->medium[m].config_index[i] = (uint8_t)i;
        }
    }
    give_ports(out, first_port);
}

/* ---- written ------------------------------------------------------------------------------- */

static struct mcv_sdp_format format_of(const struct mcv_format *f, uint8_t pt)
{
    return (struct mcv_sdp_format){.pt = pt,
                                   .channels = f->channels,
                                   .clock_hz = f->clock_hz,
                                   .encoding = f->name,
                                   .fmtp = f->fmtp};
}

static void describe_medium(struct mcv_sdp_media *out, const struct mcv_call_sdp *s, size_t m,
                            const struct mcv_agent_config *config)
{
    out->is_present = s->medium[m].is_used || s->medium[m].is_refused;
    if (!s->medium[m].is_used) {
        out->n_formats = 1;
        out->formats[0] = (struct mcv_sdp_format){.pt = s->medium[m].pt[0]};
        return;
    }
    out->port = s->ports[parts[m].rtp];
    out->rtcp_port = s->ports[parts[m].rtcp];
    out->n_formats = s->medium[m].n_formats;
    for (size_t i = 0; i < out->n_formats; i++) {
        const uint8_t at = s->medium[m].config_index[i];
        out->formats[i] = format_of(&config->formats[m].f[at], s->medium[m].pt[i]);
    }
}

/* Who speaks: a group address is not the address of anybody. */
static struct mcv_addr origin_of(const struct mcv_agent_config *config, const struct mcv_addr *addr)
{
    for (size_t i = 0; mcv_addr_is_multicast(addr) && i < config->n_own; i++) {
        if (config->own[i].family == addr->family) return without_port(&config->own[i]);
    }
    return *addr;
}

void mcv_call_sdp_write(struct mcv_writer *w, const struct mcv_call_sdp *sdp,
                        const struct mcv_agent_config *config, struct mcv_bytes key_mgmt,
                        uint32_t session_id)
{
    uint8_t base64[MCV_BASE64_CHARS(MCV_MIKEY_MAX_BYTES)];
    struct mcv_writer text = mcv_writer_of(base64, sizeof base64);
    struct mcv_sdp s = {
        .session_id = session_id,
        .session_version = 1,
        .origin = origin_of(config, &sdp->addr),
        .connection = sdp->addr,
        .direction = sdp->direction,
        .has_key_mgmt = key_mgmt.n > 0,
        .control = {.is_present = true,
                    .port = sdp->ports[MCV_CH_CONTROL],
                    .mc_queueing = sdp->has_queueing,
                    .mc_priority = sdp->priority,
                    .mc_reception_priority = sdp->reception_priority},
    };

    mcv_base64_encode(&text, key_mgmt);
    if (text.err) mcv_wr_fail(w, text.err);
    s.key_mgmt = mcv_wr_done(&text);
    for (size_t m = 0; m < MCV_N_MEDIA; m++) {
        describe_medium(&s.media[parts[m].kind], sdp, m, config);
    }
    mcv_sdp_encode(w, &s);
}

/* ---- read ---------------------------------------------------------------------------------- */

/* Formats that we have too, in the order of the body. */
static void match_formats(struct mcv_call_sdp *out, size_t m, const struct mcv_sdp_media *theirs,
                          const struct mcv_formats *ours)
{
    uint8_t n = 0;

    for (size_t i = 0; i < theirs->n_formats && n < MCV_MAX_FORMATS; i++) {
        for (size_t k = 0; k < ours->n; k++) {
            const struct mcv_sdp_format own = format_of(&ours->f[k], ours->f[k].pt);
            if (!mcv_sdp_format_equal(&theirs->formats[i], &own)) continue;
            out->medium[m].pt[n] = theirs->formats[i].pt;
            out->medium[m].config_index[n++] = (uint8_t)k;
            break;
        }
    }
    out->medium[m].n_formats = n;
    if (n == 0 && theirs->n_formats > 0) out->medium[m].pt[0] = theirs->formats[0].pt;
}

/* The session has one address: the first one in use counts. */
static bool is_there(struct mcv_call_sdp *out, const struct mcv_addr *addr)
{
    if (out->addr.family == MCV_FAMILY_NONE) out->addr = without_port(addr);
    return mcv_addr_same_host(&out->addr, addr);
}

static void read_medium(struct mcv_call_sdp *out, size_t m, const struct mcv_sdp *s,
                        const struct mcv_agent_config *config)
{
    const struct mcv_sdp_media *theirs = &s->media[parts[m].kind];
    const struct mcv_addr rtp = mcv_sdp_rtp_addr(s, parts[m].kind);

    if (!theirs->is_present) return;
    match_formats(out, m, theirs, &config->formats[m]);
    out->medium[m].is_used = rtp.port != 0 && out->medium[m].n_formats > 0 && is_there(out, &rtp);
    out->medium[m].is_refused = !out->medium[m].is_used;
    if (!out->medium[m].is_used) return;
    out->ports[parts[m].rtp] = rtp.port;
    out->ports[parts[m].rtcp] = mcv_sdp_rtcp_addr(s, parts[m].kind).port;
}

static void read_control(struct mcv_call_sdp *out, const struct mcv_sdp *s)
{
    const struct mcv_addr addr = mcv_sdp_control_addr(s);

    out->has_control = addr.port != 0 && is_there(out, &addr);
    if (!out->has_control) return;
    out->ports[MCV_CH_CONTROL] = addr.port;
    out->has_queueing = s->control.mc_queueing;
    out->priority = s->control.mc_priority;
    out->reception_priority = s->control.mc_reception_priority;
}

/* One that all media in use have. */
static uint8_t common_direction(const struct mcv_call_sdp *sdp, const struct mcv_sdp *s)
{
    uint8_t common = MCV_SDP_NOT_SAID;

    for (size_t m = 0; m < MCV_N_MEDIA; m++) {
        if (!sdp->medium[m].is_used) continue;
        const uint8_t direction = (uint8_t)mcv_sdp_direction_of(s, parts[m].kind);
        if (common != MCV_SDP_NOT_SAID && common != direction) return MCV_SDP_NOT_SAID;
        common = direction;
    }
    return common != MCV_SDP_SENDRECV ? common : MCV_SDP_NOT_SAID;
}

mcv_err mcv_call_sdp_read(struct mcv_call_sdp *out, struct mcv_bytes *key_mgmt,
                          struct mcv_bytes body, const struct mcv_agent_config *config)
{
    struct mcv_bytes mikey = {0};
    bool has_mikey = false;
    struct mcv_sdp s;

    *out = (struct mcv_call_sdp){0};
    if (key_mgmt != NULL) *key_mgmt = mikey;
    mcv_err err = mcv_sdp_decode(&s, body);
    if (!err) err = mcv_sdp_key_mgmt(&mikey, &has_mikey, &s);
    if (!err && has_mikey && mikey.n == 0) err = MCV_E_MALFORMED; /* never a call without keys */
    if (err) return err;
    if (key_mgmt != NULL) *key_mgmt = mikey;
    for (size_t m = 0; m < MCV_N_MEDIA; m++) read_medium(out, m, &s, config);
    read_control(out, &s);
    out->direction = common_direction(out, &s);
    const bool has_media = out->medium[MCV_AUDIO].is_used || out->medium[MCV_VIDEO].is_used;
    return has_media && out->has_control ? MCV_OK : MCV_E_POLICY;
}

/* ---- answered ------------------------------------------------------------------------------ */

static uint8_t at_most(uint8_t ours, uint8_t offered)
{
    return offered < ours ? offered : ours; /* 0: absent stays absent */
}

void mcv_call_sdp_answer(struct mcv_call_sdp *out, const struct mcv_call_sdp *offer,
                         const struct mcv_agent_config *config, const struct mcv_addr *addr,
                         uint16_t first_port)
{
    struct mcv_call_sdp s = {
        .addr = without_port(addr),
        .direction = (uint8_t)mcv_sdp_direction_answer(offer->direction),
        .has_control = offer->has_control,
        .has_queueing = offer->has_queueing,
        .priority = at_most(config->max_priority, offer->priority),
        .reception_priority = at_most(OWN_RECEPTION_PRIORITY, offer->reception_priority),
    };

    memcpy(s.medium, offer->medium, sizeof s.medium);
    give_ports(&s, first_port);
    *out = s;
}
