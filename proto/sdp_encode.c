#include "proto/sdp.h"

#include "proto/addr_text.h"
#include "proto/text.h"

static const char *const kind_names[MCV_SDP_N_RTP] = {"audio", "video"};

static void end_line(struct mcv_writer *w)
{
    mcv_text_write(w, "\r\n");
}

/* "IN IP6 fe80::a" */
static void write_address(struct mcv_writer *w, const struct mcv_addr *a)
{
    if (a->family == MCV_FAMILY_NONE) {
        mcv_wr_fail(w, MCV_E_MALFORMED);
        return;
    }
    mcv_text_write(w, a->family == MCV_IPV4 ? "IN IP4 " : "IN IP6 ");
    mcv_addr_format(w, a);
}

static void write_connection(struct mcv_writer *w, const struct mcv_addr *a)
{
    if (a->family == MCV_FAMILY_NONE) return;
    mcv_text_write(w, "c=");
    write_address(w, a);
    if (a->family == MCV_IPV4 && mcv_addr_is_multicast(a)) {
        mcv_text_write(w, "/");
        mcv_text_write_uint(w, MCV_SDP_TTL);
    }
    end_line(w);
}

static void write_key_mgmt(struct mcv_writer *w, bool has_key_mgmt, struct mcv_bytes key_mgmt)
{
    if (!has_key_mgmt) return;
    mcv_text_write(w, "a=key-mgmt:mikey ");
    mcv_text_write_line_part(w, key_mgmt);
    end_line(w);
}

static void write_direction(struct mcv_writer *w, uint8_t direction)
{
    static const char *const lines[] = {
        [MCV_SDP_NOT_SAID] = "",
        [MCV_SDP_SENDRECV] = "a=sendrecv\r\n",
        [MCV_SDP_SENDONLY] = "a=sendonly\r\n",
        [MCV_SDP_RECVONLY] = "a=recvonly\r\n",
        [MCV_SDP_INACTIVE] = "a=inactive\r\n",
    };

    MCV_ASSERT(direction < sizeof lines / sizeof lines[0]);
    mcv_text_write(w, lines[direction]);
}

static void write_session(struct mcv_writer *w, const struct mcv_sdp *s)
{
    mcv_text_write(w, "v=0\r\no=- ");
    mcv_text_write_uint(w, s->session_id);
    mcv_text_write(w, " ");
    mcv_text_write_uint(w, s->session_version);
    mcv_text_write(w, " ");
    write_address(w, &s->origin);
    mcv_text_write(w, "\r\ns=-\r\n");
    write_connection(w, &s->connection);
    mcv_text_write(w, "t=0 0\r\n");
    write_key_mgmt(w, s->has_key_mgmt, s->key_mgmt);
    write_direction(w, s->direction);
}

static void write_rtpmap(struct mcv_writer *w, const struct mcv_sdp_format *f)
{
    if (f->clock_hz == 0) return;
    if (!mcv_text_is_token(f->encoding)) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_text_write(w, "a=rtpmap:");
    mcv_text_write_uint(w, f->pt);
    mcv_text_write(w, " ");
    mcv_wr_bytes(w, f->encoding);
    mcv_text_write(w, "/");
    mcv_text_write_uint(w, f->clock_hz);
    if (f->channels != 0) {
        mcv_text_write(w, "/");
        mcv_text_write_uint(w, f->channels);
    }
    end_line(w);
}

static void write_fmtp(struct mcv_writer *w, const struct mcv_sdp_format *f)
{
    if (f->fmtp.n == 0) return;
    mcv_text_write(w, "a=fmtp:");
    mcv_text_write_uint(w, f->pt);
    mcv_text_write(w, " ");
    mcv_text_write_line_part(w, f->fmtp);
    end_line(w);
}

static void write_medium_line(struct mcv_writer *w, const char *kind, const struct mcv_sdp_media *m)
{
    if (m->n_formats == 0 || m->n_formats > MCV_SDP_MAX_FORMATS) {
        mcv_wr_fail(w, MCV_E_MALFORMED);
        return;
    }
    mcv_text_write(w, "m=");
    mcv_text_write(w, kind);
    mcv_text_write(w, " ");
    mcv_text_write_uint(w, m->port);
    mcv_text_write(w, " RTP/AVP");
    for (size_t i = 0; i < m->n_formats; i++) {
        if (m->formats[i].pt > 127) mcv_wr_fail(w, MCV_E_MALFORMED);
        mcv_text_write(w, " ");
        mcv_text_write_uint(w, m->formats[i].pt);
    }
    mcv_text_write(w, "\r\ni=");
    mcv_text_write(w, kind);
    mcv_text_write(w, " component of MCVideo\r\n");
}

static void write_medium(struct mcv_writer *w, const char *kind, const struct mcv_sdp_media *m)
{
    write_medium_line(w, kind, m);
    if (w->err != MCV_OK || m->port == 0) return;
    write_connection(w, &m->connection);
    write_key_mgmt(w, m->has_key_mgmt, m->key_mgmt);
    for (size_t i = 0; i < m->n_formats; i++) {
        write_rtpmap(w, &m->formats[i]);
        write_fmtp(w, &m->formats[i]);
    }
    if (m->rtcp_port == 0) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_text_write(w, "a=rtcp:");
    mcv_text_write_uint(w, m->rtcp_port);
    end_line(w);
    write_direction(w, m->direction);
}

struct params {
    struct mcv_writer *w;
    bool is_first;
};

static void write_param(struct params *p, const char *name, bool is_present)
{
    if (!is_present) return;
    mcv_text_write(p->w, p->is_first ? "a=fmtp:MCVideo " : ";");
    mcv_text_write(p->w, name);
    p->is_first = false;
}

static void write_priority(struct params *p, const char *name, uint8_t value)
{
    write_param(p, name, value != 0);
    if (value != 0) mcv_text_write_uint(p->w, value);
}

static void write_control(struct mcv_writer *w, const struct mcv_sdp_control *c)
{
    struct params p = {.w = w, .is_first = true};

    mcv_text_write(w, "m=application ");
    mcv_text_write_uint(w, c->port);
    mcv_text_write(w, " udp MCVideo\r\n");
    if (c->port == 0) return;
    write_connection(w, &c->connection);
    write_key_mgmt(w, c->has_key_mgmt, c->key_mgmt);
    write_param(&p, "mc_queueing", c->mc_queueing);
    write_priority(&p, "mc_priority=", c->mc_priority);
    write_priority(&p, "mc_reception_priority=", c->mc_reception_priority);
    write_param(&p, "mc_granted", c->mc_granted);
    write_param(&p, "mc_implicit_request", c->mc_implicit_request);
    if (!p.is_first) end_line(w);
}

void mcv_sdp_encode(struct mcv_writer *w, const struct mcv_sdp *s)
{
    if (!mcv_sdp_has_addresses(s)) mcv_wr_fail(w, MCV_E_MALFORMED);
    write_session(w, s);
    for (size_t i = 0; i < MCV_SDP_N_RTP; i++)
        if (s->media[i].is_present) write_medium(w, kind_names[i], &s->media[i]);
    if (s->control.is_present) write_control(w, &s->control);
}
