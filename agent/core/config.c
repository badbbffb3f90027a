#include "agent/core/config.h"

#include "agent/core/fan_out.h"
#include "crypto/key_table.h"

/* ---- defaults ------------------------------------------------------------------------------ */

static struct mcv_formats default_audio(void)
{
    return (struct mcv_formats){
        .n = 3, /* both ways to pack AMR-WB: an offer without fmtp means the other. RFC 4867 8.1 */
        .f = {{.pt = 96,
               .name = mcv_bytes_str("AMR-WB"),
               .clock_hz = 16000,
               .fmtp = mcv_bytes_str("octet-align=1")},
              {.pt = 99, .name = mcv_bytes_str("AMR-WB"), .clock_hz = 16000},
              {.pt = 98, .name = mcv_bytes_str("opus"), .clock_hz = 48000, .channels = 2}}};
}

static struct mcv_formats default_video(void)
{
    return (struct mcv_formats){
        .n = 1,
        .f = {{.pt = 97,
               .name = mcv_bytes_str("H264"),
               .clock_hz = 90000,
               .fmtp = mcv_bytes_str("profile-level-id=42e01f;packetization-mode=1")}}};
}

struct mcv_agent_config mcv_agent_config_default(void)
{
    struct mcv_agent_config c = {
        .media_port = 50000,
        .formats = {[MCV_AUDIO] = default_audio(), [MCV_VIDEO] = default_video()},
        .needs_security = true,
        .glare_rule = true,
        .may_call = true,
        .may_auto = true,
        .may_manual = true,
        .may_alert = true,
        .may_cancel_alert = false,
        .may_call_emergency = true,
        .peer_lost_s = 30,
        .key_warning_s = 86400, /* time to meet a KMS once more */
        .group_cs_id = MCV_CS_ID_MCVIDEO_GROUP,
        .replay_skew_s = 600, /* no network time off-network. Spec: RFC 3830 5.4 leaves it open */
        .rtcp_interval_ms = 5000, /* Spec: RFC 3550 6.2 */
        .private_signalling = {.basic = 3, .imminent_peril = 2, .emergency = 1},
        .private_media = {.basic = 4, .imminent_peril = 2, .emergency = 1},
        .private_ptt = {.n_max = 2,
                        .n_queue = 1}, /* who sends all the time shall not keep the other one out */
        .max_priority = 5,
        .push = {.is_enabled = true, .on_request = true, .notifies_source = true},
        .admission = {.n_at_once = 2, .burst = 8, .per_minute = 60},
        .timers = mcv_timers_default(),
    };

    if (mcv_srtp_backend_find(&c.srtp, "openssl")) c.srtp = NULL;
    return c;
}

/* ---- checks: each returns what is wrong, or NULL ------------------------------------------- */

typedef const char *check(const struct mcv_agent_config *c, const struct mcv_limits *l);

static bool is_uri(struct mcv_bytes text)
{
    return text.n > 0 && text.n <= MCV_MAX_URI_BYTES;
}

static const char *check_user(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    (void)l;
    return is_uri(c->user) ? NULL : "the MCVideo ID must have 1 to 255 octets";
}

static const char *check_own(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    (void)l;
    if (c->n_own < 1 || c->n_own > 2) return "one or two own addresses are needed";
    for (size_t i = 0; i < c->n_own; i++) {
        const struct mcv_addr *a = &c->own[i];
        if (a->family == MCV_FAMILY_NONE || mcv_addr_is_multicast(a)) {
            return "an own address must be a unicast address";
        }
        if (a->port == 0) return "an own address needs the MONP port";
    }
    if (c->n_own == 2 && c->own[0].family == c->own[1].family) {
        return "two own addresses must be of different families";
    }
    return NULL;
}

static bool is_text(struct mcv_bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < 0x20) return false;
    }
    return text.n <= MCV_MAX_FORMAT_BYTES;
}

static const char *check_format(const struct mcv_format *f)
{
    if (f->pt < 96 || f->pt > 127) return "a payload type must be in 96..127";
    if (f->name.n == 0 || !is_text(f->name)) return "an encoding name must be a short text";
    if (f->clock_hz == 0) return "a payload format needs a clock rate";
    return is_text(f->fmtp) ? NULL : "format parameters must be a short text in one line";
}

static const char *check_formats(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    (void)l;
    if (c->formats[MCV_AUDIO].n + c->formats[MCV_VIDEO].n == 0) {
        return "an audio or a video format is needed";
    }
    for (size_t m = 0; m < MCV_N_MEDIA; m++) {
        const struct mcv_formats *fs = &c->formats[m];
        if (fs->n > MCV_MAX_FORMATS) return "too many payload formats for one medium";
        for (size_t i = 0; i < fs->n; i++) {
            const char *what = check_format(&fs->f[i]);
            if (what != NULL) return what;
            for (size_t k = 0; k < i; k++) {
                if (fs->f[k].pt == fs->f[i].pt) return "a payload type is there twice";
            }
        }
    }
    return NULL;
}

static bool is_port_range(uint16_t first, uint32_t n)
{
    return first >= MCV_FIRST_PORT && first % 2 == 0 && first + n <= 65536;
}

static const char *check_media_port(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    return is_port_range(c->media_port, (uint32_t)l->n_private_calls * MCV_PRIVATE_PORTS)
               ? NULL
               : "the first media port must be even, above 1023, with 8 ports per private call";
}

static const char *check_peers(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    if (c->n_peers > l->n_peers) return "more peers than the limit";
    for (size_t i = 0; i < c->n_peers; i++) {
        const struct mcv_peer_config *p = &c->peers[i];
        if (!is_uri(p->user)) return "the MCVideo ID of a peer must have 1 to 255 octets";
        if (p->kms_uri.n > MCV_MAX_URI_BYTES) return "the KMS URI of a peer is too long";
        if (p->addr.family != MCV_FAMILY_NONE &&
            (mcv_addr_is_multicast(&p->addr) || p->addr.port == 0)) {
            return "the address of a peer must be a unicast address with a port";
        }
        for (size_t k = 0; k < i; k++) {
            if (mcv_bytes_equal(c->peers[k].user, p->user)) return "a peer is there twice";
        }
    }
    return NULL;
}

static bool is_pppp(const struct mcv_pppp *p)
{
    const uint8_t all[] = {p->basic, p->imminent_peril, p->emergency};

    for (size_t i = 0; i < sizeof all; i++) {
        if (all[i] < 1 || all[i] > 8) return false;
    }
    return true;
}

static const char *check_ptt(const struct mcv_ptt_config *p, uint16_t n_max, uint16_t n_queued)
{
    if (p->n_max > n_max) return "more simultaneous transmissions than the limit";
    return p->n_queue > n_queued ? "more queued requests than the limit" : NULL;
}

static bool has_own(const struct mcv_agent_config *c, uint8_t family)
{
    return c->own[0].family == family || (c->n_own == 2 && c->own[1].family == family);
}

static const char *check_fan_out(const struct mcv_agent_config *c, const struct mcv_group_config *g)
{
    if (g->fan_out.n == 0) return NULL;
    if (g->fan_out.n > MCV_MAX_FAN_OUT) return "more members in a fan-out than the limit";
    if (!has_own(c, g->addr.family)) return "a fan-out needs an own address of the group's family";
    for (uint16_t i = 0; i < g->fan_out.n; i++) {
        const struct mcv_addr *to = &g->fan_out.to[i];
        if (to->family != g->addr.family || mcv_addr_is_multicast(to) || to->port == 0) {
            return "a member in a fan-out needs a unicast address of the group's family, with a "
                   "port";
        }
    }
    return NULL;
}

static const char *check_fan_out_ports(const struct mcv_agent_config *c, const struct mcv_limits *l,
                                       const struct mcv_group_config *g)
{
    const bool may = g->fan_out.n == 0 ||
                     mcv_fan_out_may_have(c, l, g, g->media_port, MCV_GROUP_PORTS);

    return may ? NULL
               : "a group with a fan-out needs 16 ports from its media port on that no other such "
                 "group, no private call and no MONP has";
}

static const char *check_group(const struct mcv_group_config *g, const struct mcv_limits *l)
{
    if (!is_uri(g->group)) return "an MCVideo group ID must have 1 to 255 octets";
    if (!mcv_addr_is_multicast(&g->addr) || g->addr.port == 0) {
        return "a group needs a multicast address with a port";
    }
    if (!is_port_range(g->media_port, MCV_GROUP_PORTS)) {
        return "the media port of a group must be even and above 1023";
    }
    if (!is_pppp(&g->signalling) || !is_pppp(&g->media)) return "a priority must be in 1..8";
    return check_ptt(&g->ptt, l->n_transmitters, l->n_queued);
}

static const char *check_groups(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    if (c->n_groups > l->n_groups) return "more groups than the limit";
    for (size_t i = 0; i < c->n_groups; i++) {
        const char *what = check_group(&c->groups[i], l);
        if (what == NULL) what = check_fan_out(c, &c->groups[i]);
        if (what == NULL) what = check_fan_out_ports(c, l, &c->groups[i]);
        if (what != NULL) return what;
        for (size_t k = 0; k < i; k++) {
            if (mcv_bytes_equal(c->groups[k].group, c->groups[i].group)) {
                return "a group is there twice";
            }
        }
    }
    return NULL;
}

static const char *check_timers(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    (void)l;
    for (size_t i = 0; i < mcv_n_timer_rows; i++) {
        const struct mcv_timer_row *row = &mcv_timer_rows[i];
        uint32_t v;
        memcpy(&v, (const uint8_t *)&c->timers + row->offset, sizeof v);
        if (v < row->min || v > row->max) return row->name;
    }
    return NULL;
}

static const char *check_rest(const struct mcv_agent_config *c, const struct mcv_limits *l)
{
    const struct mcv_admission_config *ad = &c->admission;
    const char *what = check_ptt(&c->private_ptt, 2, 1);

    if (what != NULL) return what;
    if (ad->n_at_once < 1 || ad->n_at_once > l->n_validations) {
        return "verifications at once must be in 1..limit";
    }
    if (ad->burst < 1 || ad->per_minute < 1) {
        return "burst and rate of SETUP REQUESTs must be at least 1";
    }
    if (c->organization.n > MCV_MAX_ALERT_TEXT_BYTES) {
        return "the organization must have at most 255 octets";
    }
    if (!is_pppp(&c->private_signalling) || !is_pppp(&c->private_media)) {
        return "a priority must be in 1..8";
    }
    if (c->replay_skew_s < 1) return "the accepted clock difference must be at least 1 s";
    if (c->rtcp_interval_ms < 100) return "sender reports must be at least 100 ms apart";
    return c->srtp != NULL ? NULL : "there is no SRTP back-end";
}

mcv_err mcv_agent_config_check(const struct mcv_agent_config *config,
                               const struct mcv_limits *limits, const char **what)
{
    static check *const checks[] = {check_user,  check_own,    check_formats, check_media_port,
                                    check_peers, check_groups, check_timers,  check_rest};

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        *what = checks[i](config, limits);
        if (*what != NULL) return MCV_E_CONFIG;
    }
    return MCV_OK;
}
