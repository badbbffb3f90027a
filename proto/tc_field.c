#include "proto/tc_field.h"

static void *member(struct mcv_tc *m, size_t at)
{
    return (uint8_t *)m + at;
}

static const void *const_member(const struct mcv_tc *m, size_t at)
{
    return (const uint8_t *)m + at;
}

static bool read_raw(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    *(struct mcv_bytes *)member(m, at) = v;
    return true;
}

static bool read_text(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    return memchr(v.p, 0, v.n) == NULL && read_raw(m, at, v);
}

static void write_text(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    const struct mcv_bytes *text = const_member(m, at);

    if (text->n == 0) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_bytes(w, *text);
}

static bool read_octet(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    *(uint8_t *)member(m, at) = v.p[0];
    return true;
}

static void write_octet(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    mcv_wr_u8(w, *(const uint8_t *)const_member(m, at));
    mcv_wr_zeros(w, 1);
}

static bool read_number(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    *(uint16_t *)member(m, at) = mcv_load_be16(v.p);
    return true;
}

static void write_number(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    mcv_wr_u16(w, *(const uint16_t *)const_member(m, at));
}

static bool read_flag(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    *(bool *)member(m, at) = mcv_load_be16(v.p) != 0;
    return true;
}

static void write_flag(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    mcv_wr_u16(w, *(const bool *)const_member(m, at));
}

static bool read_ssrc(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    *(uint32_t *)member(m, at) = mcv_load_be32(v.p);
    return true;
}

static void write_ssrc(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    mcv_wr_u32(w, *(const uint32_t *)const_member(m, at));
    mcv_wr_zeros(w, 2);
}

static bool read_cause(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    m->phrase = mcv_bytes_of(v.p + 2, v.n - 2);
    return read_number(m, at, v);
}

static void write_cause(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    write_number(w, m, at);
    mcv_wr_bytes(w, m->phrase);
}

static bool read_queue_info(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    struct mcv_tc_queued *q = member(m, at);

    q->position = v.p[0];
    q->priority = v.p[1];
    return true;
}

static void write_queue_info(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    const struct mcv_tc_queued *q = const_member(m, at);

    mcv_wr_u8(w, q->position);
    mcv_wr_u8(w, q->priority);
}

static bool read_subtype(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    *(uint8_t *)member(m, at) = v.p[0] & MCV_TC_TYPE_MASK;
    return true;
}

static bool read_name(struct mcv_tc *m, size_t at, struct mcv_bytes v)
{
    const uint32_t n = mcv_load_be32(v.p) - MCV_TC_NAME_MCV0;

    if (n >= MCV_TC_N_NAMES) return false;
    *(uint8_t *)member(m, at) = (uint8_t)n;
    return true;
}

static void write_name(struct mcv_writer *w, const struct mcv_tc *m, size_t at)
{
    mcv_wr_u32(w, MCV_TC_NAME_MCV0 + *(const uint8_t *)const_member(m, at));
    mcv_wr_zeros(w, 2);
}

enum kind { RAW, TEXT, OCTET, NUMBER, FLAG, SSRC, CAUSE, QUEUE_INFO, NAME, SUBTYPE, N_KINDS };

/* read: false when the value is not possible. Without write: in no message that we send. */
static const struct {
    uint8_t min, max; /* octets of the value, with the spare ones */
    bool (*read)(struct mcv_tc *m, size_t at, struct mcv_bytes v);
    void (*write)(struct mcv_writer *w, const struct mcv_tc *m, size_t at);
} kinds[N_KINDS] = {
    [RAW] = {0, 255, read_raw, NULL},
    [TEXT] = {1, 255, read_text, write_text},
    [OCTET] = {2, 2, read_octet, write_octet},
    [NUMBER] = {2, 2, read_number, write_number},
    [FLAG] = {2, 2, read_flag, write_flag},
    [SSRC] = {MCV_TC_SSRC_BYTES, MCV_TC_SSRC_BYTES, read_ssrc, write_ssrc},
    [CAUSE] = {2, 255, read_cause, write_cause},
    [QUEUE_INFO] = {2, 2, read_queue_info, write_queue_info},
    [NAME] = {6, 6, read_name, write_name},
    [SUBTYPE] = {2, 2, read_subtype, write_octet},
};

#define AT(member) offsetof(struct mcv_tc, member)

static const struct field {
    enum kind kind;
    size_t at;
} fields[MCV_N_TCF] = {
    [MCV_TCF_PRIORITY] = {OCTET, AT(priority)},
    [MCV_TCF_DURATION] = {NUMBER, AT(duration_s)},
    [MCV_TCF_CAUSE] = {CAUSE, AT(cause)},
    [MCV_TCF_QUEUE_INFO] = {QUEUE_INFO, AT(queued[0])},
    [MCV_TCF_TRANSMITTING_USER] = {TEXT, AT(transmitting_user)},
    [MCV_TCF_PERMISSION] = {FLAG, AT(may_request)},
    [MCV_TCF_USER_ID] = {TEXT, AT(user_id)},
    [MCV_TCF_QUEUE_SIZE] = {NUMBER, AT(queue_size)},
    [MCV_TCF_SEQ] = {NUMBER, AT(seq)},
    [MCV_TCF_QUEUED_USER] = {TEXT, AT(queued[0].user_id)},
    [MCV_TCF_SOURCE] = {NUMBER, AT(source)},
    [MCV_TCF_TRACK_INFO] = {RAW, AT(track_info)},
    [MCV_TCF_MESSAGE_TYPE] = {SUBTYPE, AT(acked_subtype)},
    [MCV_TCF_INDICATOR] = {NUMBER, AT(indicator)},
    [MCV_TCF_AUDIO_SSRC] = {SSRC, AT(audio_ssrc)},
    [MCV_TCF_RESULT] = {FLAG, AT(is_granted)},
    [MCV_TCF_MESSAGE_NAME] = {NAME, AT(acked_name)},
    [MCV_TCF_OVERRIDING_ID] = {TEXT, AT(overriding_id)},
    [MCV_TCF_OVERRIDDEN_ID] = {TEXT, AT(overridden_id)},
    [MCV_TCF_RECEPTION_PRIORITY] = {OCTET, AT(reception_priority)},
    [MCV_TCF_GROUP_ID] = {TEXT, AT(group_id)},
    [MCV_TCF_FUNCTIONAL_ALIAS] = {TEXT, AT(functional_alias)},
    [MCV_TCF_RECEPTION_MODE] = {NUMBER, AT(reception_mode)},
    [MCV_TCF_VIDEO_SSRC] = {SSRC, AT(video_ssrc)},
};

bool mcv_tc_field_fits(uint8_t id, struct mcv_bytes value)
{
    if (id >= MCV_N_TCF) return false;
    const enum kind kind = fields[id].kind;
    return value.n >= kinds[kind].min && value.n <= kinds[kind].max;
}

bool mcv_tc_field_read(struct mcv_tc *m, enum mcv_tc_field id, struct mcv_bytes value)
{
    return kinds[fields[id].kind].read(m, fields[id].at, value);
}

void mcv_tc_field_write(struct mcv_writer *w, const struct mcv_tc *m, enum mcv_tc_field id)
{
    mcv_wr_u8(w, (uint8_t)id);
    const size_t mark = mcv_wr_len8_begin(w);
    kinds[fields[id].kind].write(w, m, fields[id].at);
    mcv_wr_len8_end(w, mark);
    mcv_wr_zeros(w, mcv_tc_padding_of(w->n));
}
