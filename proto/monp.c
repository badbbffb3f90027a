#include "proto/monp.h"

#include "crypto/base/reader.h"

#include <string.h>

/* How a mandatory element is coded, and in what it is kept. Spec: TS 24.379 I.2. */
enum form {
    END, /* of a list */
    V1,  /* uint8_t with a rule for reserved values */
    V2,  /* uint16_t */
    V5,  /* uint64_t */
    LVE, /* struct mcv_bytes, at least one octet */
};

struct element {
    enum form form;
    uint8_t min;    /* V1: values below are reserved */
    uint8_t max;    /* V1: values above are reserved */
    uint8_t stands; /* V1: what reserved values are read as; REFUSE: they are not */
    size_t offset;  /* in struct mcv_monp */
};

#define REFUSE   0xff
#define AT(name) offsetof(struct mcv_monp, name)

/* Spec: TS 24.281 17.2.2 to 17.2.18. */
#define CALL_ID                                                                                    \
    {                                                                                              \
        V2, 0, 0, 0, AT(call_id)                                                                   \
    }
#define CALL_TYPE                                                                                  \
    {                                                                                              \
        V1, MCV_CALL_BASIC_GROUP, MCV_CALL_EMERGENCY_PRIVATE, REFUSE, AT(call_type)                \
    }
#define COMMENCEMENT                                                                               \
    {                                                                                              \
        V1, 0, MCV_COMMENCEMENT_MANUAL, REFUSE, AT(commencement_mode)                              \
    }
#define REASON                                                                                     \
    {                                                                                              \
        V1, 0, MCV_REASON_FAILED, MCV_REASON_FAILED, AT(reason)                                    \
    }
#define PUSH_RESULT                                                                                \
    {                                                                                              \
        V1, 0, MCV_PUSH_FAILURE, MCV_PUSH_FAILURE, AT(push_result)                                 \
    }
#define REFRESH                                                                                    \
    {                                                                                              \
        V2, 0, 0, 0, AT(refresh_interval_ms)                                                       \
    }
#define START_TIME                                                                                 \
    {                                                                                              \
        V5, 0, 0, 0, AT(call_start_s)                                                              \
    }
#define CHANGE_TIME                                                                                \
    {                                                                                              \
        V5, 0, 0, 0, AT(last_change_s)                                                             \
    }
#define TEXT(name)                                                                                 \
    {                                                                                              \
        LVE, 0, 0, 0, AT(name)                                                                     \
    }

/* Optional elements. Spec: TS 24.281 17.1; identifiers are hexadecimal there. */
enum option_form {
    NONE, /* end of a list */
    T,    /* bool */
    TV,   /* the reason, and has_reason */
    TLVE, /* struct mcv_bytes, at least one octet */
    VIDEO,
};

struct option {
    enum option_form form;
    uint8_t iei;
    uint8_t decimal_iei; /* what is sent by those who read the identifier as decimal; 0: nobody */
    size_t offset;
};

#define CONFIRM_MODE                                                                               \
    {                                                                                              \
        T, 0x80, 0x50, AT(has_confirm_mode)                                                        \
    }
#define PROBE_RESPONSE                                                                             \
    {                                                                                              \
        T, 0x81, 0x51, AT(has_probe_response)                                                      \
    }
#define LOCATION                                                                                   \
    {                                                                                              \
        TLVE, 0x78, 0x4e, AT(location)                                                             \
    }
#define VIDEO_INFO                                                                                 \
    {                                                                                              \
        VIDEO, 0x79, 0, AT(video_info)                                                             \
    }
#define RECIPIENT_USER                                                                             \
    {                                                                                              \
        TLVE, 0x7a, 0, AT(recipient_user)                                                          \
    }
#define RECIPIENT_GROUP                                                                            \
    {                                                                                              \
        TLVE, 0x7b, 0, AT(recipient_group)                                                         \
    }
#define PUSH_REASON                                                                                \
    {                                                                                              \
        TV, PUSH_REASON_IEI, 0, AT(reason)                                                         \
    }
#define PUSH_REASON_IEI 0x20 /* the only TV there is: not skipped as a TLV */

#define MAX_ELEMENTS 10
#define MAX_OPTIONS  4

struct message {
    const char *name;
    struct element elements[MAX_ELEMENTS];
    struct option options[MAX_OPTIONS];
};

/* Both lists end with a zero entry. Spec: TS 24.281 17.1.2 to 17.1.23. */
static const struct message messages[MCV_MONP_N_TYPES] = {
    {"GROUP CALL PROBE", {TEXT(group)}, {{0}}},
    {"GROUP CALL ANNOUNCEMENT",
     {CALL_ID, CALL_TYPE, REFRESH, START_TIME, CHANGE_TIME, TEXT(group), TEXT(sdp),
      TEXT(originator), TEXT(last_user)},
     {CONFIRM_MODE, PROBE_RESPONSE}},
    {"GROUP CALL ACCEPT", {CALL_ID, CALL_TYPE, TEXT(group), TEXT(sender)}, {{0}}},
    {"GROUP CALL EMERGENCY END",
     {CALL_ID, CHANGE_TIME, TEXT(last_user), TEXT(group), TEXT(originator)},
     {{0}}},
    {"GROUP CALL IMMINENT PERIL END",
     {CALL_ID, CHANGE_TIME, TEXT(last_user), TEXT(group), TEXT(originator)},
     {{0}}},
    {"GROUP CALL BROADCAST", {CALL_ID, CALL_TYPE, TEXT(originator), TEXT(group), TEXT(sdp)}, {{0}}},
    {"GROUP CALL BROADCAST END", {CALL_ID, TEXT(group), TEXT(originator)}, {{0}}},
    {"PRIVATE CALL SETUP REQUEST",
     {CALL_ID, COMMENCEMENT, CALL_TYPE, TEXT(caller), TEXT(callee), TEXT(sdp)},
     {LOCATION}},
    {"PRIVATE CALL RINGING", {CALL_ID, TEXT(caller), TEXT(callee)}, {{0}}},
    {"PRIVATE CALL ACCEPT", {CALL_ID, TEXT(caller), TEXT(callee), TEXT(sdp)}, {{0}}},
    {"PRIVATE CALL REJECT", {CALL_ID, REASON, TEXT(caller), TEXT(callee)}, {{0}}},
    {"PRIVATE CALL RELEASE", {CALL_ID, TEXT(caller), TEXT(callee)}, {{0}}},
    {"PRIVATE CALL RELEASE ACK", {CALL_ID, TEXT(caller), TEXT(callee)}, {{0}}},
    {"PRIVATE CALL ACCEPT ACK", {CALL_ID, TEXT(caller), TEXT(callee)}, {{0}}},
    {"GROUP EMERGENCY ALERT", {TEXT(group), TEXT(originator), TEXT(organization)}, {LOCATION}},
    {"GROUP EMERGENCY ALERT ACK", {TEXT(group), TEXT(originator), TEXT(sender)}, {{0}}},
    {"GROUP EMERGENCY ALERT CANCEL", {TEXT(group), TEXT(originator), TEXT(sender)}, {{0}}},
    {"GROUP EMERGENCY ALERT CANCEL ACK", {TEXT(group), TEXT(originator), TEXT(sender)}, {{0}}},
    {"PRIVATE REMOTE VIDEO PUSH REQUEST",
     {CALL_ID, TEXT(requester), TEXT(push_originator), TEXT(recipient_user)},
     {VIDEO_INFO}},
    {"GROUP REMOTE VIDEO PUSH REQUEST",
     {CALL_ID, TEXT(requester), TEXT(push_originator), TEXT(recipient_group)},
     {VIDEO_INFO}},
    {"VIDEO PUSH TRYING RESPONSE", {CALL_ID}, {{0}}},
    {"NOTIFY VIDEO PUSH",
     {CALL_ID, PUSH_RESULT, TEXT(notifier), TEXT(notified)},
     {RECIPIENT_USER, RECIPIENT_GROUP, PUSH_REASON}},
};

static const struct element reason_element = REASON;

static const struct message *message_of(uint8_t type)
{
    if (type < MCV_MONP_TYPE_FIRST || type > MCV_MONP_TYPE_LAST) return NULL;
    return &messages[type - MCV_MONP_TYPE_FIRST];
}

const char *mcv_monp_type_name(uint8_t type)
{
    const struct message *message = message_of(type);

    return message != NULL ? message->name : "unknown";
}

static bool is_reserved(const struct element *e, uint8_t v)
{
    return v < e->min || v > e->max;
}

/* A field is reached by its offset, and copied: no assumption on alignment. */
static void set_field(struct mcv_monp *m, size_t offset, const void *value, size_t n)
{
    memcpy((uint8_t *)m + offset, value, n);
}

static void get_field(void *value, const struct mcv_monp *m, size_t offset, size_t n)
{
    memcpy(value, (const uint8_t *)m + offset, n);
}

static void read_octet(struct mcv_reader *r, struct mcv_monp *m, const struct element *e)
{
    uint8_t v = mcv_rd_u8(r);

    if (is_reserved(e, v)) {
        if (e->stands == REFUSE) mcv_rd_fail(r, MCV_E_UNSUPPORTED);
        v = e->stands;
    }
    set_field(m, e->offset, &v, sizeof v);
}

static struct mcv_bytes read_text(struct mcv_reader *r)
{
    const uint16_t n = mcv_rd_u16(r);

    if (n == 0) mcv_rd_fail(r, MCV_E_MALFORMED);
    return mcv_rd_bytes(r, n);
}

static void read_element(struct mcv_reader *r, struct mcv_monp *m, const struct element *e)
{
    uint16_t v2;
    uint64_t v5;
    struct mcv_bytes text;

    switch (e->form) {
    case V1:
        read_octet(r, m, e);
        return;
    case V2:
        v2 = mcv_rd_u16(r);
        set_field(m, e->offset, &v2, sizeof v2);
        return;
    case V5:
        v5 = mcv_rd_u40(r);
        set_field(m, e->offset, &v5, sizeof v5);
        return;
    case LVE:
        text = read_text(r);
        set_field(m, e->offset, &text, sizeof text);
        return;
    case END:
        return;
    }
}

/* The length may be counted from the source type on, as of every TLV-E, or stand after the source
 * type. The reading that ends with the message is taken, the first one if both or none does. */
static void read_video_info(struct mcv_reader *r, struct mcv_monp *m)
{
    struct mcv_reader first = *r, second = *r;
    const size_t n_first = mcv_rd_u16(&first);
    const uint8_t source = mcv_rd_u8(&second);
    const size_t n_second = mcv_rd_u16(&second);
    const bool is_first_exact = n_first == mcv_rd_left(&first);
    const bool is_second_exact = second.err == MCV_OK && n_second == mcv_rd_left(&second);

    if (!is_first_exact && is_second_exact && source <= MCV_PUSH_SOURCE_GROUP) {
        m->video_source = source;
        m->video_info = mcv_rd_rest(&second);
        *r = second;
    } else {
        struct mcv_reader value = mcv_reader_of(read_text(r));
        m->video_source = mcv_rd_u8(&value);
        m->video_info = mcv_rd_rest(&value);
    }
    m->has_video_info = r->err == MCV_OK;
}

static void read_option(struct mcv_reader *r, struct mcv_monp *m, const struct option *o)
{
    const bool yes = true;
    struct mcv_bytes text;

    switch (o->form) {
    case T:
        set_field(m, o->offset, &yes, sizeof yes);
        return;
    case TV:
        read_octet(r, m, &reason_element);
        m->has_reason = true;
        return;
    case TLVE:
        text = read_text(r);
        set_field(m, o->offset, &text, sizeof text);
        return;
    case VIDEO:
        read_video_info(r, m);
        return;
    case NONE:
        return;
    }
}

/* Steps over an element behind its identifier. Spec: TS 24.007 11.2.4, the same rule. */
static void skip_option(struct mcv_reader *r, uint8_t iei)
{
    if (iei & 0x80) return;
    if ((iei & 0xf8) == 0x78) {
        mcv_rd_skip(r, mcv_rd_u16(r));
        return;
    }
    if (iei == PUSH_REASON_IEI) {
        mcv_rd_skip(r, 1);
        return;
    }
    mcv_rd_skip(r, mcv_rd_u8(r));
}

/* Index in the message's options; MAX_OPTIONS: not one of them. */
static size_t find_option(const struct message *message, uint8_t iei, enum mcv_monp_iei how)
{
    for (size_t i = 0; i < MAX_OPTIONS && message->options[i].form != NONE; i++) {
        const struct option *o = &message->options[i];
        if (iei == o->iei) return i;
        if (how == MCV_MONP_IEI_HEX_OR_DECIMAL && iei == o->decimal_iei && iei != 0) return i;
    }
    return MAX_OPTIONS;
}

static void read_options(struct mcv_reader *r, struct mcv_monp *m, const struct message *message,
                         enum mcv_monp_iei how)
{
    bool is_seen[MAX_OPTIONS] = {false};
    struct mcv_monp repeated = {0}; /* the first one counts */

    while (mcv_rd_left(r) > 0) {
        const uint8_t iei = mcv_rd_u8(r);
        const size_t i = find_option(message, iei, how);
        if (i == MAX_OPTIONS) {
            skip_option(r, iei);
            continue;
        }
        read_option(r, is_seen[i] ? &repeated : m, &message->options[i]);
        is_seen[i] = true;
    }
}

mcv_err mcv_monp_decode(struct mcv_monp *out, struct mcv_bytes datagram, enum mcv_monp_iei iei)
{
    struct mcv_reader r = mcv_reader_of(datagram);
    struct mcv_monp m = {0};

    *out = m;
    const uint8_t carrier = mcv_rd_u8(&r);
    m.type = mcv_rd_u8(&r);
    const struct message *message = message_of(m.type);
    if (r.err != MCV_OK) return r.err;
    if (carrier != MCV_MONP_CARRIER || message == NULL) return MCV_E_UNSUPPORTED;
    for (size_t i = 0; message->elements[i].form != END; i++)
        read_element(&r, &m, &message->elements[i]);
    read_options(&r, &m, message, iei);
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = m;
    return err;
}

static void write_octet(struct mcv_writer *w, const struct mcv_monp *m, const struct element *e)
{
    uint8_t v;

    get_field(&v, m, e->offset, sizeof v);
    if (is_reserved(e, v)) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_u8(w, v);
}

static void write_text(struct mcv_writer *w, struct mcv_bytes text)
{
    if (text.n == 0 || text.n > UINT16_MAX) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_u16(w, (uint16_t)text.n);
    mcv_wr_bytes(w, text);
}

static void write_element(struct mcv_writer *w, const struct mcv_monp *m, const struct element *e)
{
    uint16_t v2;
    uint64_t v5;
    struct mcv_bytes text;

    switch (e->form) {
    case V1:
        write_octet(w, m, e);
        return;
    case V2:
        get_field(&v2, m, e->offset, sizeof v2);
        mcv_wr_u16(w, v2);
        return;
    case V5:
        get_field(&v5, m, e->offset, sizeof v5);
        if (v5 > MCV_MONP_MAX_S) mcv_wr_fail(w, MCV_E_MALFORMED);
        mcv_wr_u40(w, v5);
        return;
    case LVE:
        get_field(&text, m, e->offset, sizeof text);
        write_text(w, text);
        return;
    case END:
        return;
    }
}

static void write_video_info(struct mcv_writer *w, const struct mcv_monp *m)
{
    if (m->video_info.n > UINT16_MAX - 1u) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_u16(w, (uint16_t)(1 + m->video_info.n));
    mcv_wr_u8(w, m->video_source);
    mcv_wr_bytes(w, m->video_info);
}

static bool is_option_present(const struct mcv_monp *m, const struct option *o)
{
    bool flag;
    struct mcv_bytes text;

    switch (o->form) {
    case T:
        get_field(&flag, m, o->offset, sizeof flag);
        return flag;
    case TV:
        return m->has_reason;
    case TLVE:
        get_field(&text, m, o->offset, sizeof text);
        return text.n > 0;
    case VIDEO:
        return m->has_video_info;
    case NONE:
        return false;
    }
    return false;
}

static void write_option(struct mcv_writer *w, const struct mcv_monp *m, const struct option *o)
{
    struct mcv_bytes text;

    if (!is_option_present(m, o)) return;
    mcv_wr_u8(w, o->iei);
    switch (o->form) {
    case TV:
        write_octet(w, m, &reason_element);
        return;
    case TLVE:
        get_field(&text, m, o->offset, sizeof text);
        write_text(w, text);
        return;
    case VIDEO:
        write_video_info(w, m);
        return;
    case T:
    case NONE:
        return;
    }
}

void mcv_monp_encode(struct mcv_writer *w, const struct mcv_monp *m)
{
    const struct message *message = message_of(m->type);

    if (message == NULL) {
        mcv_wr_fail(w, MCV_E_MALFORMED);
        return;
    }
    mcv_wr_u8(w, MCV_MONP_CARRIER);
    mcv_wr_u8(w, m->type);
    for (size_t i = 0; message->elements[i].form != END; i++)
        write_element(w, m, &message->elements[i]);
    for (size_t i = 0; message->options[i].form != NONE; i++)
        write_option(w, m, &message->options[i]);
}
