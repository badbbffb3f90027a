#include "proto/tc.h"

#include "proto/tc_field.h"

#define VERSION_2    0x80u
#define VERSION_MASK 0xc0u
#define PADDING_BIT  0x20u
#define PT_APP       204u /* Spec: RFC 3550 6.7 */
#define LONG_LENGTH  192u /* identifiers from here on have two length octets */
#define ID_24        24u  /* Video SSRC in V18.5.0; V18.8.0 has 23 */
#define MAX_ITEMS    9

/* ---- Messages. Spec: TS 24.581 Table 9.2.2.1-1 to -3 ---- */

static const struct {
    const char *text;
    uint8_t name, subtype;
} messages[MCV_N_TC_TYPES] = {
    [MCV_TC_REQUEST] = {"Transmission Request", 0, 0},
    [MCV_TC_RELEASE] = {"Transmission Release", 0, 2},
    [MCV_TC_QUEUE_POSITION_REQUEST] = {"Queue Position Request", 0, 3},
    [MCV_TC_RECEIVE_MEDIA_REQUEST] = {"Receive Media Request", 0, 4},
    [MCV_TC_REMOTE_REQUEST] = {"Remote Transmission Request", 0, 7},
    [MCV_TC_REMOTE_CANCEL_REQUEST] = {"Remote Transmission Cancel Request", 0, 8},
    [MCV_TC_GRANTED] = {"Transmission Granted", 1, 0},
    [MCV_TC_REJECTED] = {"Transmission Rejected", 1, 1},
    [MCV_TC_ARBITRATION_TAKEN] = {"Transmission Arbitration Taken", 1, 2},
    [MCV_TC_ARBITRATION_RELEASE] = {"Transmission Arbitration Release", 1, 3},
    [MCV_TC_REVOKED] = {"Transmission Revoked", 1, 4},
    [MCV_TC_QUEUE_POSITION_INFO] = {"Queue Position Info", 1, 5},
    [MCV_TC_MEDIA_TRANSMISSION_NOTIFICATION] = {"Media Transmission Notification", 1, 6},
    [MCV_TC_RECEIVE_MEDIA_RESPONSE] = {"Receive Media Response", 1, 7},
    [MCV_TC_MEDIA_RECEPTION_NOTIFICATION] = {"Media Reception Notification", 1, 8},
    [MCV_TC_CANCEL_REQUEST_NOTIFY] = {"Transmission Cancel Request Notify", 1, 10},
    [MCV_TC_REMOTE_RESPONSE] = {"Remote Transmission Response", 1, 11},
    [MCV_TC_REMOTE_CANCEL_RESPONSE] = {"Remote Transmission Cancel Response", 1, 12},
    [MCV_TC_RECEPTION_OVERRIDE_NOTIFICATION] = {"Media Reception Override Notification", 1, 13},
    [MCV_TC_END_NOTIFY] = {"Transmission End Notify", 1, 14},
    [MCV_TC_IDLE] = {"Transmission Idle", 1, 15},
    [MCV_TC_END_REQUEST] = {"Transmission End Request", 2, 0},
    [MCV_TC_END_RESPONSE] = {"Transmission End Response", 2, 1},
    [MCV_TC_RECEPTION_END_REQUEST] = {"Media Reception End Request", 2, 2},
    [MCV_TC_RECEPTION_END_RESPONSE] = {"Media Reception End Response", 2, 3},
    [MCV_TC_ACK] = {"Transmission Control Ack", 2, 4},
};

/* What a message is made of, in the order of its table. Queued users (SSRC, user, info each) stand
 * under QUEUED_USER. */
enum rule { END, MUST, DEFAULTS, MAY };

/* M: sent always; received without it, the message is discarded. D: sent always; received without
 * it, a default holds. C: sent when in `has`. */
#define M(f)           (MUST << 8 | MCV_TCF_##f)
#define D(f)           (DEFAULTS << 8 | MCV_TCF_##f)
#define C(f)           (MAY << 8 | MCV_TCF_##f)
#define RULE_OF(item)  ((enum rule)((item) >> 8))
#define FIELD_OF(item) ((enum mcv_tc_field)((item)&0xff))

/* Spec: TS 24.581 9.2.4 to 9.2.12, 9.2.31 */
static const uint16_t layouts[MCV_N_TC_TYPES][MAX_ITEMS] = {
    [MCV_TC_REQUEST] = {D(PRIORITY), M(USER_ID), D(INDICATOR)},
    [MCV_TC_RELEASE] = {M(USER_ID), D(INDICATOR)},
    [MCV_TC_QUEUE_POSITION_REQUEST] = {M(USER_ID)},
    [MCV_TC_GRANTED] = {M(DURATION), M(AUDIO_SSRC), C(VIDEO_SSRC), D(PRIORITY), M(USER_ID),
                        C(QUEUE_SIZE), C(QUEUED_USER), D(INDICATOR)},
    [MCV_TC_REJECTED] = {M(CAUSE), M(USER_ID), C(INDICATOR)},
    [MCV_TC_ARBITRATION_TAKEN] = {M(TRANSMITTING_USER), D(PERMISSION), M(USER_ID), M(SEQ),
                                  D(INDICATOR), M(AUDIO_SSRC), M(VIDEO_SSRC)},
    [MCV_TC_ARBITRATION_RELEASE] = {M(USER_ID), M(SEQ), D(INDICATOR), C(TRANSMITTING_USER),
                                    C(AUDIO_SSRC), C(VIDEO_SSRC)},
    /* Table 9.2.10 has no addressee; on a multicast channel the last two are needed */
    [MCV_TC_REVOKED] = {M(CAUSE), D(INDICATOR), C(USER_ID), C(AUDIO_SSRC)},
    [MCV_TC_QUEUE_POSITION_INFO] = {M(USER_ID), M(QUEUED_USER), C(INDICATOR)},
    [MCV_TC_ACK] = {M(SOURCE), M(MESSAGE_NAME), M(MESSAGE_TYPE)},
};

/* ---- Decoding ---- */

/* SSRC, Queued User ID and Queue Info of one user follow each other: how many are there. */
enum entry { NO_ENTRY, HAS_SSRC, HAS_USER };

struct parse {
    struct mcv_tc m;
    enum entry entry; /* the queued user of a Granted that is being read */
    struct mcv_tc_queued queued;
    struct mcv_bytes id_24;
};

/* The identifier and the value of the next field; the error stays in r. */
static uint8_t take_field(struct mcv_bytes *value, struct mcv_reader *r)
{
    const uint8_t id = mcv_rd_u8(r);
    const size_t n_length = id < LONG_LENGTH ? 1 : 2;
    const size_t n = n_length == 1 ? mcv_rd_u8(r) : mcv_rd_u16(r);

    *value = mcv_rd_bytes(r, n);
    mcv_rd_skip(r, mcv_tc_padding_of(1 + n_length + n));
    return id;
}

static void push_queued(struct mcv_tc *m, const struct mcv_tc_queued *q)
{
    m->has |= MCV_TC_HAS(QUEUED_USER) | MCV_TC_HAS(QUEUE_INFO);
    if (m->n_queued < MCV_TC_MAX_QUEUE) m->queued[m->n_queued++] = *q;
}

/* In Granted an SSRC right before a Queued User ID is that user's, not that of the granted one.
 * True: the field belongs to the queue. */
static bool read_queue(struct parse *p, enum mcv_tc_field id, struct mcv_bytes v, uint8_t next_id)
{
    const bool is_ssrc = id == MCV_TCF_AUDIO_SSRC && next_id == MCV_TCF_QUEUED_USER;
    const enum entry entry = p->entry;

    p->entry = NO_ENTRY;
    if (is_ssrc) {
        p->queued = (struct mcv_tc_queued){.ssrc = mcv_load_be32(v.p)};
        p->entry = HAS_SSRC;
        return true;
    }
    if (id == MCV_TCF_QUEUED_USER && entry == HAS_SSRC && memchr(v.p, 0, v.n) == NULL) {
        p->queued.user_id = v;
        p->entry = HAS_USER;
    }
    if (id == MCV_TCF_QUEUE_INFO && entry == HAS_USER) {
        p->queued.position = v.p[0];
        p->queued.priority = v.p[1];
        push_queued(&p->m, &p->queued);
    }
    return id == MCV_TCF_QUEUED_USER || id == MCV_TCF_QUEUE_INFO;
}

static void read_field(struct parse *p, struct mcv_reader *r)
{
    struct mcv_bytes v;
    const uint8_t id = take_field(&v, r);

    if (r->err != MCV_OK) return;
    if (id == ID_24 && p->id_24.n == 0 && v.n == MCV_TC_SSRC_BYTES) p->id_24 = v;
    if (!mcv_tc_field_fits(id, v)) {
        p->entry = NO_ENTRY;
        return;
    }
    if (p->m.type == MCV_TC_GRANTED && read_queue(p, id, v, mcv_rd_peek(r))) return;
    const uint32_t bit = UINT32_C(1) << id;
    if ((p->m.has & bit) == 0 && mcv_tc_field_read(&p->m, id, v)) p->m.has |= bit;
}

/* Nothing, or fewer than four octets of zero. */
static bool is_at_end(const struct mcv_reader *r)
{
    static const uint8_t zeros[3];
    const size_t left = mcv_rd_left(r);

    return left == 0 || (left < 4 && memcmp(r->p, zeros, left) == 0);
}

static mcv_err read_fields(struct parse *p, struct mcv_reader *r)
{
    while (!is_at_end(r)) read_field(p, r);
    if (r->err != MCV_OK) return r->err;
    if ((p->m.has & MCV_TC_HAS(VIDEO_SSRC)) == 0 && p->id_24.n > 0) {
        p->m.video_ssrc = mcv_load_be32(p->id_24.p);
        p->m.has |= MCV_TC_HAS(VIDEO_SSRC);
    }
    return MCV_OK;
}

static uint32_t needs_of(enum mcv_tc_type type)
{
    uint32_t needs = 0;

    for (const uint16_t *item = layouts[type]; *item != END; item++) {
        if (RULE_OF(*item) == MUST) needs |= UINT32_C(1) << FIELD_OF(*item);
    }
    if (needs & MCV_TC_HAS(QUEUED_USER)) needs |= MCV_TC_HAS(AUDIO_SSRC) | MCV_TC_HAS(QUEUE_INFO);
    return needs;
}

static enum mcv_tc_type find_type(uint32_t name, unsigned subtype)
{
    enum mcv_tc_type type = 0;

    while (type < MCV_N_TC_TYPES &&
           (MCV_TC_NAME_MCV0 + messages[type].name != name || messages[type].subtype != subtype)) {
        type++;
    }
    return type;
}

/* The header; r is then a reader of the fields. */
static mcv_err read_header(struct mcv_tc *m, struct mcv_reader *r)
{
    struct mcv_reader packet = *r;
    const uint8_t first = mcv_rd_u8(&packet);
    const uint8_t packet_type = mcv_rd_u8(&packet);
    const size_t n = 4 * ((size_t)mcv_rd_u16(&packet) + 1);

    m->ssrc = mcv_rd_u32(&packet);
    const uint32_t name = mcv_rd_u32(&packet);
    if (packet.err != MCV_OK || n < MCV_TC_HEADER_BYTES) return MCV_E_TRUNCATED;
    m->type = find_type(name, first & MCV_TC_TYPE_MASK);
    if ((first & (VERSION_MASK | PADDING_BIT)) != VERSION_2 || packet_type != PT_APP ||
        m->type == MCV_N_TC_TYPES) {
        return MCV_E_UNSUPPORTED;
    }
    *r = mcv_rd_sub(&packet, n - MCV_TC_HEADER_BYTES);
    if (r->err != MCV_OK) return r->err;
    return is_at_end(&packet) ? MCV_OK : MCV_E_MALFORMED;
}

mcv_err mcv_tc_decode(struct mcv_tc *out, struct mcv_bytes packet)
{
    struct mcv_reader r = mcv_reader_of(packet);
    struct parse p = {.m = {.may_request = true}};

    *out = (struct mcv_tc){0};
    mcv_err err = read_header(&p.m, &r);
    if (err != MCV_OK) return err;
    err = read_fields(&p, &r);
    if (err != MCV_OK) return err;
    const uint32_t needs = needs_of(p.m.type);
    if ((p.m.has & needs) != needs) return MCV_E_MALFORMED;
    if (p.m.type == MCV_TC_QUEUE_POSITION_INFO) {
        p.m.queued[0].ssrc = p.m.audio_ssrc;
        p.m.n_queued = 1;
    }
    *out = p.m;
    return MCV_OK;
}

bool mcv_tc_next(struct mcv_bytes *packet, struct mcv_reader *datagram)
{
    struct mcv_reader head = *datagram;

    *packet = (struct mcv_bytes){0};
    if (is_at_end(datagram)) return false;
    mcv_rd_skip(&head, 2);
    const size_t n = 4 * ((size_t)mcv_rd_u16(&head) + 1);
    *packet = mcv_rd_bytes(datagram, head.err == MCV_OK ? n : SIZE_MAX);
    return datagram->err == MCV_OK;
}

/* ---- Encoding ---- */

static void write_queue(struct mcv_writer *w, const struct mcv_tc *m)
{
    struct mcv_tc one = {0};

    if (m->n_queued > MCV_TC_MAX_QUEUE) mcv_wr_fail(w, MCV_E_MALFORMED);
    for (size_t i = 0; w->err == MCV_OK && i < m->n_queued; i++) {
        one.audio_ssrc = m->queued[i].ssrc;
        one.queued[0] = m->queued[i];
        mcv_tc_field_write(w, &one, MCV_TCF_AUDIO_SSRC);
        mcv_tc_field_write(w, &one, MCV_TCF_QUEUED_USER);
        mcv_tc_field_write(w, &one, MCV_TCF_QUEUE_INFO);
    }
}

static void write_item(struct mcv_writer *w, const struct mcv_tc *m, uint16_t item)
{
    const enum mcv_tc_field field = FIELD_OF(item);

    if (field == MCV_TCF_QUEUED_USER) {
        if (RULE_OF(item) == MUST && m->n_queued != 1) mcv_wr_fail(w, MCV_E_MALFORMED);
        write_queue(w, m);
    } else if (RULE_OF(item) != MAY || (m->has >> field & 1) != 0) {
        mcv_tc_field_write(w, m, field);
    }
}

void mcv_tc_encode(struct mcv_writer *w, const struct mcv_tc *m)
{
    const uint16_t *item = layouts[m->type];
    const size_t start = w->n;

    MCV_ASSERT(start % 4 == 0 || w->err != MCV_OK);
    if (*item == END) mcv_wr_fail(w, MCV_E_UNSUPPORTED);
    mcv_wr_u8(w, (uint8_t)(VERSION_2 | messages[m->type].subtype));
    mcv_wr_u8(w, PT_APP);
    uint8_t *length = mcv_wr_room(w, 2);
    mcv_wr_u32(w, m->ssrc);
    mcv_wr_u32(w, MCV_TC_NAME_MCV0 + messages[m->type].name);
    for (; *item != END; item++) write_item(w, m, *item);
    if (w->err == MCV_OK) mcv_store_be16(length, (uint16_t)((w->n - start) / 4 - 1));
}

/* ---- Texts ---- */

#define MAX_CAUSE 9

/* Spec: TS 24.581 9.2.6.2, 9.2.10.2, 9.2.15.2 */
static const char *const causes[MCV_N_TC_TYPES][MAX_CAUSE] = {
    [MCV_TC_REJECTED] = {NULL, "Transmission limit reached",
                         "Internal transmission control server error", "Only one participant",
                         "Retry-after timer has not expired", "Receive only",
                         "No resources available"},
    [MCV_TC_REVOKED] = {NULL, "Only one MCVideo client", "Media burst too long",
                        "No permission to send a Media Burst", "Media Burst pre-empted",
                        "Terminate the RTP stream", "No resources available",
                        "Queue the transmission", "No receiving participant"},
    [MCV_TC_RECEIVE_MEDIA_RESPONSE] = {NULL, NULL, "Internal transmission control server error",
                                       NULL, "Retry-after timer has not expired", "Send only",
                                       "No resources available",
                                       "Max no of simultaneous stream to receive is reached"},
};

const char *mcv_tc_cause_text(enum mcv_tc_type type, uint16_t cause)
{
    const bool has_causes = causes[type][MCV_TC_REJECTED_NO_RESOURCES] != NULL;

    if (cause == MCV_TC_CAUSE_OTHER && has_causes) return "Other reason";
    return cause < MAX_CAUSE ? causes[type][cause] : NULL;
}

const char *mcv_tc_name(enum mcv_tc_type type)
{
    return messages[type].text;
}
