#include "proto/rtcp.h"

#define VERSION      2
#define PADDING      0x20
#define COUNT        0x1f
#define UNIT_BYTES   4
#define HEADER_BYTES 4
#define ITEM_END     0
#define ITEM_CNAME   1
#define MAX_LOST     0x7fffff
#define MIN_LOST     (-0x800000)

/* The last packet of a compound may be padded; the last octet says how much. */
static void take_padding(struct mcv_bytes *body, struct mcv_reader *r)
{
    const size_t n = body->n > 0 ? body->p[body->n - 1] : 0;

    if (mcv_rd_left(r) > 0 || n == 0 || n % UNIT_BYTES != 0 || n > body->n)
        mcv_rd_fail(r, MCV_E_MALFORMED);
    else
        body->n -= n;
}

bool mcv_rtcp_next(struct mcv_rtcp *out, struct mcv_reader *r)
{
    struct mcv_rtcp p = {0};

    *out = p;
    if (mcv_rd_left(r) == 0) return false;
    const uint8_t *start = r->p;
    const uint8_t flags = mcv_rd_u8(r);
    p.pt = mcv_rd_u8(r);
    p.count = flags & COUNT;
    p.body = mcv_rd_bytes(r, (size_t)mcv_rd_u16(r) * UNIT_BYTES);
    p.whole = mcv_bytes_of(start, HEADER_BYTES + p.body.n);
    if (r->err == MCV_OK && flags >> 6 != VERSION) mcv_rd_fail(r, MCV_E_UNSUPPORTED);
    if (r->err == MCV_OK && (flags & PADDING)) take_padding(&p.body, r);
    if (r->err != MCV_OK) return false;
    *out = p;
    return true;
}

static bool is_report(const struct mcv_rtcp *p)
{
    return p->pt == MCV_RTCP_SR || p->pt == MCV_RTCP_RR;
}

mcv_err mcv_rtcp_check(struct mcv_bytes compound)
{
    struct mcv_reader r = mcv_reader_of(compound);
    struct mcv_rtcp p;
    bool is_first = true, starts_well = false;

    while (mcv_rtcp_next(&p, &r)) {
        if (is_first) starts_well = is_report(&p) && p.whole.n == HEADER_BYTES + p.body.n;
        is_first = false;
    }
    const mcv_err err = mcv_rd_finish(&r);
    if (err != MCV_OK) return err;
    if (is_first) return MCV_E_TRUNCATED;
    return starts_well ? MCV_OK : MCV_E_MALFORMED;
}

static int32_t read_lost(struct mcv_reader *r)
{
    const uint32_t high = mcv_rd_u8(r);
    const uint32_t v = high << 16 | mcv_rd_u16(r);

    return v > MAX_LOST ? (int32_t)v - 0x1000000 : (int32_t)v;
}

static void read_report(struct mcv_reader *r, struct mcv_rtcp_report *out)
{
    out->ssrc = mcv_rd_u32(r);
    out->fraction_lost = mcv_rd_u8(r);
    out->lost_pkts = read_lost(r);
    out->max_seq = mcv_rd_u32(r);
    out->jitter = mcv_rd_u32(r);
    out->last_sr = mcv_rd_u32(r);
    out->since_sr = mcv_rd_u32(r);
}

mcv_err mcv_rtcp_reports_decode(struct mcv_rtcp_reports *out, const struct mcv_rtcp *p)
{
    struct mcv_reader r = mcv_reader_of(p->body);
    struct mcv_rtcp_reports s = {0};

    *out = s;
    if (!is_report(p)) return MCV_E_UNSUPPORTED;
    s.ssrc = mcv_rd_u32(&r);
    s.has_sender = p->pt == MCV_RTCP_SR;
    if (s.has_sender) {
        s.ntp = mcv_rd_u64(&r);
        s.rtp_ts = mcv_rd_u32(&r);
        s.n_pkts = mcv_rd_u32(&r);
        s.n_bytes = mcv_rd_u32(&r);
    }
    s.n_reports = p->count;
    for (size_t i = 0; i < s.n_reports; i++) read_report(&r, &s.reports[i]);
    (void)mcv_rd_rest(&r); /* profile-specific extensions */
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = s;
    return err;
}

/* Version, count and type; the length is filled in by end_packet. */
static size_t begin_packet(struct mcv_writer *w, enum mcv_rtcp_type type, size_t count)
{
    const size_t at = w->n;

    mcv_wr_u8(w, (uint8_t)(VERSION << 6 | (count & COUNT)));
    mcv_wr_u8(w, (uint8_t)type);
    mcv_wr_u16(w, 0);
    return at;
}

static void end_packet(struct mcv_writer *w, size_t at)
{
    if (w->err != MCV_OK) return;
    mcv_store_be16(w->p + at + 2, (uint16_t)((w->n - at) / UNIT_BYTES - 1));
}

static void write_report(struct mcv_writer *w, const struct mcv_rtcp_report *b)
{
    int32_t lost = b->lost_pkts < MIN_LOST ? MIN_LOST : b->lost_pkts;

    if (lost > MAX_LOST) lost = MAX_LOST;
    mcv_wr_u32(w, b->ssrc);
    mcv_wr_u32(w, (uint32_t)b->fraction_lost << 24 | ((uint32_t)lost & 0xffffffu));
    mcv_wr_u32(w, b->max_seq);
    mcv_wr_u32(w, b->jitter);
    mcv_wr_u32(w, b->last_sr);
    mcv_wr_u32(w, b->since_sr);
}

void mcv_rtcp_reports_encode(struct mcv_writer *w, const struct mcv_rtcp_reports *s)
{
    if (s->n_reports > MCV_RTCP_MAX_REPORTS) {
        mcv_wr_fail(w, MCV_E_MALFORMED);
        return;
    }
    const size_t at = begin_packet(w, s->has_sender ? MCV_RTCP_SR : MCV_RTCP_RR, s->n_reports);
    mcv_wr_u32(w, s->ssrc);
    if (s->has_sender) {
        mcv_wr_u64(w, s->ntp);
        mcv_wr_u32(w, s->rtp_ts);
        mcv_wr_u32(w, s->n_pkts);
        mcv_wr_u32(w, s->n_bytes);
    }
    for (size_t i = 0; i < s->n_reports; i++) write_report(w, &s->reports[i]);
    end_packet(w, at);
}

/* One source and its items, up to the next multiple of four. Spec: RFC 3550 6.5. */
static void read_chunk(struct mcv_reader *r, uint32_t ssrc, struct mcv_bytes *cname)
{
    const bool is_ours = mcv_rd_u32(r) == ssrc;

    for (uint8_t type; (type = mcv_rd_u8(r)) != ITEM_END;) {
        const struct mcv_bytes text = mcv_rd_bytes(r, mcv_rd_u8(r));
        if (is_ours && type == ITEM_CNAME && cname->n == 0) *cname = text;
    }
    mcv_rd_skip(r, mcv_rd_left(r) % UNIT_BYTES);
}

mcv_err mcv_rtcp_cname(struct mcv_bytes *out, const struct mcv_rtcp *p, uint32_t ssrc)
{
    struct mcv_reader r = mcv_reader_of(p->body);
    struct mcv_bytes cname = {0};

    *out = cname;
    if (p->pt != MCV_RTCP_SDES) return MCV_E_UNSUPPORTED;
    for (size_t i = 0; i < p->count; i++) read_chunk(&r, ssrc, &cname);
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = cname;
    return err;
}

void mcv_rtcp_sdes_encode(struct mcv_writer *w, uint32_t ssrc, struct mcv_bytes cname)
{
    if (cname.n == 0 || cname.n > MCV_RTCP_MAX_CNAME_BYTES) {
        mcv_wr_fail(w, MCV_E_MALFORMED);
        return;
    }
    const size_t at = begin_packet(w, MCV_RTCP_SDES, 1);
    mcv_wr_u32(w, ssrc);
    mcv_wr_u8(w, ITEM_CNAME);
    mcv_wr_u8(w, (uint8_t)cname.n);
    mcv_wr_bytes(w, cname);
    mcv_wr_zeros(w, UNIT_BYTES - (2 + cname.n) % UNIT_BYTES); /* at least the end of the list */
    end_packet(w, at);
}

mcv_err mcv_rtcp_bye_names(bool *is_named, const struct mcv_rtcp *p, uint32_t ssrc)
{
    struct mcv_reader r = mcv_reader_of(p->body);
    bool is_found = false;

    *is_named = false;
    if (p->pt != MCV_RTCP_BYE) return MCV_E_UNSUPPORTED;
    for (size_t i = 0; i < p->count; i++)
        if (mcv_rd_u32(&r) == ssrc && r.err == MCV_OK) is_found = true;
    if (mcv_rd_left(&r) > 0) mcv_rd_skip(&r, mcv_rd_u8(&r)); /* the reason */
    (void)mcv_rd_rest(&r);
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *is_named = is_found;
    return err;
}

void mcv_rtcp_bye_encode(struct mcv_writer *w, uint32_t ssrc)
{
    const size_t at = begin_packet(w, MCV_RTCP_BYE, 1);

    mcv_wr_u32(w, ssrc);
    end_packet(w, at);
}

mcv_err mcv_rtcp_app_decode(struct mcv_rtcp_app *out, const struct mcv_rtcp *p)
{
    struct mcv_reader r = mcv_reader_of(p->body);
    struct mcv_rtcp_app app = {.subtype = p->count};

    memset(out, 0, sizeof *out);
    if (p->pt != MCV_RTCP_APP) return MCV_E_UNSUPPORTED;
    app.ssrc = mcv_rd_u32(&r);
    mcv_rd_copy(&r, app.name, sizeof app.name);
    app.data = mcv_rd_rest(&r);
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = app;
    return err;
}
