#include "proto/sdp.h"

#include "crypto/base/reader.h"
#include "proto/text.h"

bool mcv_sdp_has_addresses(const struct mcv_sdp *s)
{
    const struct mcv_sdp_control *c = &s->control;
    bool is_used = false;

    if (s->connection.family != MCV_FAMILY_NONE) return true;
    for (size_t i = 0; i < MCV_SDP_N_RTP; i++) {
        if (!s->media[i].is_present || s->media[i].port == 0) continue;
        if (s->media[i].connection.family == MCV_FAMILY_NONE) return false;
        is_used = true;
    }
    if (!c->is_present || c->port == 0) return is_used;
    return c->connection.family != MCV_FAMILY_NONE;
}

static struct mcv_addr addr_of(const struct mcv_sdp *s, const struct mcv_addr *own, uint16_t port)
{
    return mcv_addr_with_port(own->family != MCV_FAMILY_NONE ? *own : s->connection, port);
}

struct mcv_addr mcv_sdp_rtp_addr(const struct mcv_sdp *s, enum mcv_sdp_kind kind)
{
    const struct mcv_sdp_media *m = &s->media[kind];

    return addr_of(s, &m->connection, m->is_present ? m->port : 0);
}

struct mcv_addr mcv_sdp_rtcp_addr(const struct mcv_sdp *s, enum mcv_sdp_kind kind)
{
    const struct mcv_sdp_media *m = &s->media[kind];

    return addr_of(s, &m->connection, m->is_present && m->port != 0 ? m->rtcp_port : 0);
}

struct mcv_addr mcv_sdp_control_addr(const struct mcv_sdp *s)
{
    const struct mcv_sdp_control *c = &s->control;

    return addr_of(s, &c->connection, c->is_present ? c->port : 0);
}

/* Joins the key management of a medium in use to what others have said; false: they differ. */
static bool join_key_mgmt(struct mcv_bytes *out, bool *is_present, uint16_t port, bool has_key_mgmt,
                          struct mcv_bytes key_mgmt)
{
    if (port == 0 || !has_key_mgmt) return true;
    if (*is_present) return mcv_bytes_equal(*out, key_mgmt);
    *is_present = true;
    *out = key_mgmt;
    return true;
}

mcv_err mcv_sdp_key_mgmt(struct mcv_bytes *out, bool *is_present, const struct mcv_sdp *s)
{
    const struct mcv_sdp_control *c = &s->control;
    struct mcv_bytes found = {0};
    bool is_found = false, is_one = true;

    *out = found;
    *is_present = false;
    for (size_t i = 0; i < MCV_SDP_N_RTP; i++) {
        const struct mcv_sdp_media *m = &s->media[i];
        is_one = is_one && join_key_mgmt(&found, &is_found, m->port, m->has_key_mgmt, m->key_mgmt);
    }
    is_one = is_one && join_key_mgmt(&found, &is_found, c->port, c->has_key_mgmt, c->key_mgmt);
    if (!is_one) return MCV_E_UNSUPPORTED;
    *out = is_found ? found : s->key_mgmt;
    *is_present = is_found || s->has_key_mgmt;
    return MCV_OK;
}

/* Parameters that both directions must use alike, with the value of a text without them. */
static const struct {
    const char *encoding, *name, *absent;
} symmetric[] = {
    {"H264", "packetization-mode", "0"}, /* Spec: RFC 6184 8.2.2 */
    {"AMR-WB", "octet-align", "0"},      /* Spec: RFC 4867 8.3.1 */
};

static struct mcv_bytes param_of(struct mcv_bytes fmtp, const char *name, const char *absent)
{
    struct mcv_reader r = mcv_reader_of(fmtp);

    while (mcv_rd_left(&r) > 0) {
        struct mcv_reader value = mcv_reader_of(mcv_text_until(&r, ';'));
        if (mcv_text_is(mcv_text_trim(mcv_text_until(&value, '=')), name))
            return mcv_text_trim(mcv_rd_rest(&value));
    }
    return mcv_bytes_str(absent);
}

static unsigned channels_of(const struct mcv_sdp_format *f)
{
    return f->channels == 0 ? 1 : f->channels;
}

bool mcv_sdp_format_equal(const struct mcv_sdp_format *a, const struct mcv_sdp_format *b)
{
    if (a->clock_hz == 0 || a->clock_hz != b->clock_hz || channels_of(a) != channels_of(b))
        return false;
    if (!mcv_text_equal(a->encoding, b->encoding)) return false;
    for (size_t i = 0; i < sizeof symmetric / sizeof symmetric[0]; i++) {
        if (!mcv_text_is(a->encoding, symmetric[i].encoding)) continue;
        const struct mcv_bytes x = param_of(a->fmtp, symmetric[i].name, symmetric[i].absent);
        const struct mcv_bytes y = param_of(b->fmtp, symmetric[i].name, symmetric[i].absent);
        if (!mcv_text_equal(x, y)) return false;
    }
    return true;
}

enum mcv_sdp_direction mcv_sdp_direction_of(const struct mcv_sdp *s, enum mcv_sdp_kind kind)
{
    const uint8_t own = s->media[kind].direction;
    const uint8_t said = own != MCV_SDP_NOT_SAID ? own : s->direction;

    return said != MCV_SDP_NOT_SAID ? (enum mcv_sdp_direction)said : MCV_SDP_SENDRECV;
}

enum mcv_sdp_direction mcv_sdp_direction_answer(uint8_t offered)
{
    static const enum mcv_sdp_direction answers[] = {
        [MCV_SDP_NOT_SAID] = MCV_SDP_NOT_SAID, [MCV_SDP_SENDRECV] = MCV_SDP_SENDRECV,
        [MCV_SDP_SENDONLY] = MCV_SDP_RECVONLY, [MCV_SDP_RECVONLY] = MCV_SDP_SENDONLY,
        [MCV_SDP_INACTIVE] = MCV_SDP_INACTIVE,
    };

    MCV_ASSERT(offered < sizeof answers / sizeof answers[0]);
    return answers[offered];
}
