#include "proto/sdp.h"

#include "crypto/base/reader.h"
#include "proto/addr_text.h"
#include "proto/text.h"

/* Lines that must come first, in this order. Spec: RFC 4566 5. */
static const char first_lines[] = "vos";
#define N_FIRST_LINES 3

enum section { SESSION, RTP_MEDIUM, CONTROL, IGNORED };

struct parse {
    struct mcv_sdp s;
    size_t n_lines;
    bool has_time;
    enum section section;
    struct mcv_sdp_media *medium; /* in RTP_MEDIUM */
    /* Of the section: */
    struct mcv_addr *connection;
    bool *has_key_mgmt;
    struct mcv_bytes *key_mgmt;
    mcv_err err; /* the first */
};

static void fail(struct parse *p, mcv_err err)
{
    if (p->err == MCV_OK) p->err = err;
}

static void enter(struct parse *p, enum section section, struct mcv_addr *connection,
                  bool *has_key_mgmt, struct mcv_bytes *key_mgmt)
{
    p->section = section;
    p->connection = connection;
    p->has_key_mgmt = has_key_mgmt;
    p->key_mgmt = key_mgmt;
}

/* "IN IP4" or "IN IP6". */
static uint8_t read_family(struct parse *p, struct mcv_reader *r)
{
    const struct mcv_bytes net = mcv_text_until(r, ' ');
    const struct mcv_bytes type = mcv_text_until(r, ' ');
    const bool is_ip4 = mcv_text_is(type, "IP4");

    if (!mcv_text_is(net, "IN") || (!is_ip4 && !mcv_text_is(type, "IP6")))
        fail(p, MCV_E_UNSUPPORTED);
    return is_ip4 ? MCV_IPV4 : MCV_IPV6;
}

static void read_version(struct parse *p, struct mcv_reader *r)
{
    if (!mcv_text_is(mcv_rd_rest(r), "0")) fail(p, MCV_E_UNSUPPORTED);
}

/* o=<user> <id> <version> IN IP4|IP6 <address or host> */
static void read_origin(struct parse *p, struct mcv_reader *r)
{
    const struct mcv_bytes user = mcv_text_until(r, ' ');
    const bool has_id = mcv_text_uint(&p->s.session_id, mcv_text_until(r, ' '), UINT64_MAX);
    const bool has_version = mcv_text_uint(&p->s.session_version, mcv_text_until(r, ' '),
                                           UINT64_MAX);
    const uint8_t family = read_family(p, r);
    const struct mcv_bytes host = mcv_rd_rest(r);

    if (user.n == 0 || !has_id || !has_version || host.n == 0) fail(p, MCV_E_MALFORMED);
    if (mcv_addr_parse(&p->s.origin, host) == MCV_OK && p->s.origin.family != family)
        fail(p, MCV_E_MALFORMED);
}

static void read_nothing(struct parse *p, struct mcv_reader *r)
{
    (void)p;
    (void)mcv_rd_rest(r);
}

static void read_time(struct parse *p, struct mcv_reader *r)
{
    if (p->section == SESSION) p->has_time = true;
    (void)mcv_rd_rest(r);
}

/* Behind the address: "/<ttl>" of IPv4 multicast, "/<count>" of addresses. */
static void read_scope(struct parse *p, struct mcv_reader *r, const struct mcv_addr *a)
{
    uint64_t ttl, n_addresses = 1;

    if (mcv_rd_left(r) == 0) return;
    if (!mcv_addr_is_multicast(a)) fail(p, MCV_E_MALFORMED);
    if (a->family == MCV_IPV4 && !mcv_text_uint(&ttl, mcv_text_until(r, '/'), UINT8_MAX))
        fail(p, MCV_E_MALFORMED);
    if (mcv_rd_left(r) == 0) return;
    if (!mcv_text_uint(&n_addresses, mcv_rd_rest(r), UINT16_MAX)) fail(p, MCV_E_MALFORMED);
    if (n_addresses != 1) fail(p, MCV_E_UNSUPPORTED);
}

/* c=IN IP4|IP6 <address>, once in each section. */
static void read_connection(struct parse *p, struct mcv_reader *r)
{
    struct mcv_addr a;

    if (p->section == IGNORED) return;
    const uint8_t family = read_family(p, r);
    if (p->connection->family != MCV_FAMILY_NONE) fail(p, MCV_E_MALFORMED);
    if (mcv_addr_parse(&a, mcv_text_until(r, '/')) != MCV_OK || a.family != family)
        fail(p, MCV_E_MALFORMED);
    read_scope(p, r, &a);
    *p->connection = a;
}

/* "<port>" or "<port>/1" */
static uint16_t read_port(struct parse *p, struct mcv_bytes text)
{
    struct mcv_reader r = mcv_reader_of(text);
    uint64_t port, n_ports = 1;

    if (!mcv_text_uint(&port, mcv_text_until(&r, '/'), UINT16_MAX)) fail(p, MCV_E_MALFORMED);
    if (mcv_rd_left(&r) > 0 && !mcv_text_uint(&n_ports, mcv_rd_rest(&r), UINT16_MAX))
        fail(p, MCV_E_MALFORMED);
    if (n_ports != 1) fail(p, MCV_E_UNSUPPORTED);
    return (uint16_t)port;
}

static struct mcv_sdp_format *find_format(struct mcv_sdp_media *m, uint64_t pt)
{
    for (size_t i = 0; i < m->n_formats; i++)
        if (m->formats[i].pt == pt) return &m->formats[i];
    return NULL;
}

static void read_formats(struct parse *p, struct mcv_reader *r, struct mcv_sdp_media *m)
{
    while (mcv_rd_left(r) > 0) {
        uint64_t pt;
        if (!mcv_text_uint(&pt, mcv_text_until(r, ' '), 127)) fail(p, MCV_E_MALFORMED);
        if (find_format(m, pt) != NULL) continue;
        if (m->n_formats == MCV_SDP_MAX_FORMATS) {
            fail(p, MCV_E_UNSUPPORTED);
            return;
        }
        m->formats[m->n_formats++] = (struct mcv_sdp_format){.pt = (uint8_t)pt};
    }
    if (m->n_formats == 0) fail(p, MCV_E_MALFORMED);
}

static void enter_rtp(struct parse *p, enum mcv_sdp_kind kind, struct mcv_bytes port,
                      struct mcv_reader *r)
{
    struct mcv_sdp_media *m = &p->s.media[kind];

    m->is_present = true;
    m->port = read_port(p, port);
    read_formats(p, r, m);
    p->medium = m;
    enter(p, RTP_MEDIUM, &m->connection, &m->has_key_mgmt, &m->key_mgmt);
}

static void enter_control(struct parse *p, struct mcv_bytes port)
{
    struct mcv_sdp_control *c = &p->s.control;

    c->is_present = true;
    c->port = read_port(p, port);
    enter(p, CONTROL, &c->connection, &c->has_key_mgmt, &c->key_mgmt);
}

/* m=<medium> <port> <transport> <formats> */
static void read_medium(struct parse *p, struct mcv_reader *r)
{
    const struct mcv_bytes medium = mcv_text_until(r, ' ');
    const struct mcv_bytes port = mcv_text_until(r, ' ');
    const struct mcv_bytes transport = mcv_text_until(r, ' ');
    const bool is_rtp = mcv_text_is(transport, "RTP/AVP");
    const bool is_udp = mcv_text_is(transport, "udp");

    if (!p->has_time || medium.n == 0 || port.n == 0 || transport.n == 0 || mcv_rd_left(r) == 0)
        fail(p, MCV_E_MALFORMED);
    if (is_rtp && mcv_text_is(medium, "audio") && !p->s.media[MCV_SDP_AUDIO].is_present)
        enter_rtp(p, MCV_SDP_AUDIO, port, r);
    else if (is_rtp && mcv_text_is(medium, "video") && !p->s.media[MCV_SDP_VIDEO].is_present)
        enter_rtp(p, MCV_SDP_VIDEO, port, r);
    else if (is_udp && mcv_text_is(medium, "application") && !p->s.control.is_present &&
             mcv_text_is(mcv_rd_rest(r), "MCVideo"))
        enter_control(p, port);
    else
        enter(p, IGNORED, NULL, NULL, NULL);
}

/* a=rtpmap:<pt> <encoding>/<clock>[/<channels>] */
static void read_rtpmap(struct parse *p, struct mcv_reader *r)
{
    uint64_t pt, clock_hz, channels = 0;

    if (p->section != RTP_MEDIUM) return;
    const bool has_pt = mcv_text_uint(&pt, mcv_text_until(r, ' '), 127);
    const struct mcv_bytes encoding = mcv_text_until(r, '/');
    const bool has_clock = mcv_text_uint(&clock_hz, mcv_text_until(r, '/'), UINT32_MAX);
    if (!has_pt || !has_clock || clock_hz == 0 || !mcv_text_is_token(encoding))
        fail(p, MCV_E_MALFORMED);
    if (mcv_rd_left(r) > 0 &&
        (!mcv_text_uint(&channels, mcv_rd_rest(r), UINT8_MAX) || channels == 0))
        fail(p, MCV_E_MALFORMED);
    struct mcv_sdp_format *f = find_format(p->medium, pt);
    if (f == NULL || f->clock_hz != 0) return;
    f->encoding = encoding;
    f->clock_hz = (uint32_t)clock_hz;
    f->channels = (uint8_t)channels;
}

/* Parameters of transmission control. Spec: TS 24.581 12.1.2. */
enum mc_form { MC_FLAG, MC_PRIORITY };

static const struct mc_param {
    const char *name;
    enum mc_form form;
    size_t offset; /* in struct mcv_sdp_control */
} mc_params[] = {
    {"mc_queueing", MC_FLAG, offsetof(struct mcv_sdp_control, mc_queueing)},
    {"mc_priority", MC_PRIORITY, offsetof(struct mcv_sdp_control, mc_priority)},
    {"mc_reception_priority", MC_PRIORITY, offsetof(struct mcv_sdp_control, mc_reception_priority)},
    {"mc_granted", MC_FLAG, offsetof(struct mcv_sdp_control, mc_granted)},
    {"mc_implicit_request", MC_FLAG, offsetof(struct mcv_sdp_control, mc_implicit_request)},
};

static void read_mc_param(struct parse *p, const struct mc_param *param, struct mcv_reader *value)
{
    uint8_t *field = (uint8_t *)&p->s.control + param->offset;
    const bool yes = true;
    uint64_t v;

    if (param->form == MC_FLAG) {
        memcpy(field, &yes, sizeof yes);
        return;
    }
    if (!mcv_text_uint(&v, mcv_text_trim(mcv_rd_rest(value)), UINT8_MAX) || v == 0)
        fail(p, MCV_E_MALFORMED);
    if (*field == 0) *field = (uint8_t)v;
}

/* a=fmtp:MCVideo <parameters>, separated by ';' */
static void read_mc_params(struct parse *p, struct mcv_reader *r)
{
    if (!mcv_text_is(mcv_text_until(r, ' '), "MCVideo")) return;
    while (mcv_rd_left(r) > 0) {
        struct mcv_reader value = mcv_reader_of(mcv_text_until(r, ';'));
        const struct mcv_bytes name = mcv_text_trim(mcv_text_until(&value, '='));
        for (size_t i = 0; i < sizeof mc_params / sizeof mc_params[0]; i++)
            if (mcv_text_is(name, mc_params[i].name)) read_mc_param(p, &mc_params[i], &value);
    }
}

/* a=fmtp:<pt> <parameters> */
static void read_fmtp(struct parse *p, struct mcv_reader *r)
{
    uint64_t pt;

    if (p->section == CONTROL) read_mc_params(p, r);
    if (p->section != RTP_MEDIUM) return;
    const bool has_pt = mcv_text_uint(&pt, mcv_text_until(r, ' '), 127);
    const struct mcv_bytes params = mcv_rd_rest(r);
    if (!has_pt || params.n == 0) fail(p, MCV_E_MALFORMED);
    struct mcv_sdp_format *f = find_format(p->medium, pt);
    if (f != NULL && f->fmtp.n == 0) f->fmtp = params;
}

/* a=rtcp:<port>[ IN IP4|IP6 <address>] */
static void read_rtcp(struct parse *p, struct mcv_reader *r)
{
    uint64_t port;

    if (p->section != RTP_MEDIUM) return;
    if (!mcv_text_uint(&port, mcv_text_until(r, ' '), UINT16_MAX) || port == 0)
        fail(p, MCV_E_MALFORMED);
    if (p->medium->rtcp_port == 0) p->medium->rtcp_port = (uint16_t)port;
}

/* a=key-mgmt:mikey <base64>; the first of each section. */
static void read_key_mgmt(struct parse *p, struct mcv_reader *r)
{
    if (p->section == IGNORED) return;
    if (mcv_rd_peek(r) == ' ') mcv_rd_skip(r, 1);
    if (!mcv_text_is(mcv_text_until(r, ' '), "mikey") || *p->has_key_mgmt) return;
    *p->has_key_mgmt = true;
    *p->key_mgmt = mcv_rd_rest(r);
}

/* a=sendonly and its like, the first of each section. Transmission control has none. */
static void read_direction(struct parse *p, enum mcv_sdp_direction direction)
{
    uint8_t *of = NULL;

    if (p->section == SESSION) of = &p->s.direction;
    if (p->section == RTP_MEDIUM) of = &p->medium->direction;
    if (of != NULL && *of == MCV_SDP_NOT_SAID) *of = (uint8_t)direction;
}

static void read_sendrecv(struct parse *p, struct mcv_reader *r)
{
    (void)r;
    read_direction(p, MCV_SDP_SENDRECV);
}

static void read_sendonly(struct parse *p, struct mcv_reader *r)
{
    (void)r;
    read_direction(p, MCV_SDP_SENDONLY);
}

static void read_recvonly(struct parse *p, struct mcv_reader *r)
{
    (void)r;
    read_direction(p, MCV_SDP_RECVONLY);
}

static void read_inactive(struct parse *p, struct mcv_reader *r)
{
    (void)r;
    read_direction(p, MCV_SDP_INACTIVE);
}

static void read_attribute(struct parse *p, struct mcv_reader *r)
{
    static const struct {
        const char *name;
        void (*read)(struct parse *p, struct mcv_reader *r);
    } attributes[] = {
        {"rtpmap", read_rtpmap},     {"fmtp", read_fmtp},         {"rtcp", read_rtcp},
        {"key-mgmt", read_key_mgmt}, {"sendrecv", read_sendrecv}, {"sendonly", read_sendonly},
        {"recvonly", read_recvonly}, {"inactive", read_inactive},
    };
    const struct mcv_bytes name = mcv_text_until(r, ':');

    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if (!mcv_text_is(name, attributes[i].name)) continue;
        attributes[i].read(p, r);
        return;
    }
}

static void read_line(struct parse *p, struct mcv_bytes line)
{
    static const struct {
        char letter;
        void (*read)(struct parse *p, struct mcv_reader *r);
    } lines[] = {
        {'v', read_version},    {'o', read_origin}, {'s', read_nothing},   {'t', read_time},
        {'c', read_connection}, {'m', read_medium}, {'a', read_attribute},
    };
    struct mcv_reader r = mcv_reader_of(line);
    const char letter = (char)mcv_rd_u8(&r);
    const bool is_first = letter != '\0' && strchr(first_lines, letter) != NULL;
    const size_t n = p->n_lines++;

    if (letter < 'a' || letter > 'z' || mcv_rd_u8(&r) != '=') fail(p, MCV_E_MALFORMED);
    if (n < N_FIRST_LINES ? letter != first_lines[n] : is_first) fail(p, MCV_E_MALFORMED);
    for (size_t i = 0; p->err == MCV_OK && i < sizeof lines / sizeof lines[0]; i++) {
        if (lines[i].letter != letter) continue;
        lines[i].read(p, &r);
        return;
    }
}

/* A medium in use has a port for RTCP, the next one where a=rtcp is missing; a refused one has none,
 * and no direction. */
static bool finish_medium(struct mcv_sdp_media *m)
{
    if (m->port == 0) {
        m->rtcp_port = 0;
        m->direction = MCV_SDP_NOT_SAID;
        return true;
    }
    if (m->rtcp_port != 0) return true;
    m->rtcp_port = (uint16_t)(m->port + 1);
    return m->rtcp_port != 0;
}

mcv_err mcv_sdp_decode(struct mcv_sdp *out, struct mcv_bytes text)
{
    struct mcv_reader r = mcv_reader_of(text);
    struct parse p = {.section = SESSION};

    memset(out, 0, sizeof *out);
    enter(&p, SESSION, &p.s.connection, &p.s.has_key_mgmt, &p.s.key_mgmt);
    if (text.n > MCV_SDP_MAX_BYTES) return MCV_E_MALFORMED;
    while (mcv_rd_left(&r) > 0 && p.err == MCV_OK) {
        const struct mcv_bytes line = mcv_text_line(&r);
        if (r.err == MCV_OK) read_line(&p, line);
    }
    if (p.err == MCV_OK) p.err = mcv_rd_finish(&r);
    if (p.err == MCV_OK && (p.n_lines < N_FIRST_LINES || !p.has_time)) p.err = MCV_E_MALFORMED;
    for (size_t i = 0; i < MCV_SDP_N_RTP; i++)
        if (!finish_medium(&p.s.media[i])) fail(&p, MCV_E_MALFORMED);
    if (!mcv_sdp_has_addresses(&p.s)) fail(&p, MCV_E_MALFORMED);
    if (p.err == MCV_OK) *out = p.s;
    return p.err;
}
