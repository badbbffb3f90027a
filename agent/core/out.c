#include "agent/core/out.h"

#include "agent/core/agent_private.h"
#include "agent/core/layout.h"

enum part {
    PART_SCRATCH,
    PART_QUEUE,
    PART_PACKETS,
    PART_MONP,
    PART_TEXTS,
    PART_JOBS,
    PART_JOB_STATE,
    N_PARTS
};

static size_t places(size_t at[N_PARTS], const struct mcv_limits *limits)
{
    size_t n = 0;

    at[PART_SCRATCH] = mcv_layout_add(&n, sizeof(struct mcv_scratch));
    at[PART_QUEUE] = mcv_layout_add(&n, limits->n_outputs * sizeof(struct mcv_out));
    at[PART_PACKETS] = mcv_layout_add(&n, (size_t)limits->n_packets * MCV_MAX_PACKET_BYTES);
    at[PART_MONP] = mcv_layout_add(&n, (size_t)MCV_OUT_N_MONP * MCV_MAX_MONP_BYTES);
    at[PART_TEXTS] = mcv_layout_add(&n, MCV_OUT_TEXT_BYTES);
    at[PART_JOBS] = mcv_layout_add(&n, limits->n_jobs * sizeof(struct mcv_job));
    at[PART_JOB_STATE] = mcv_layout_add(&n, limits->n_jobs);
    return n;
}

size_t mcv_scratch_size(const struct mcv_limits *limits)
{
    size_t at[N_PARTS];

    return places(at, limits);
}

struct mcv_scratch *mcv_scratch_init(void *mem, const struct mcv_limits *limits)
{
    size_t at[N_PARTS];
    const size_t n = places(at, limits);
    struct mcv_scratch *s = mem;

    memset(mem, 0, n);
    s->queue = mcv_layout_at(mem, at[PART_QUEUE]);
    s->n_queue = limits->n_outputs;
    s->packets = mcv_layout_at(mem, at[PART_PACKETS]);
    s->n_packets = limits->n_packets;
    s->monp = mcv_layout_at(mem, at[PART_MONP]);
    s->texts = mcv_layout_at(mem, at[PART_TEXTS]);
    s->jobs = mcv_layout_at(mem, at[PART_JOBS]);
    s->job_state = mcv_layout_at(mem, at[PART_JOB_STATE]);
    s->n_jobs = limits->n_jobs;
    return s;
}

uint8_t *mcv_out_packet_room(struct mcv_agent *a)
{
    struct mcv_scratch *s = a->scratch;

    if (s->n_packets_used == s->n_packets) {
        mcv_count(a, MCV_N_OUTPUT_FULL);
        return NULL;
    }
    return s->packets + (size_t)s->n_packets_used++ * MCV_MAX_PACKET_BYTES;
}

void mcv_out_packet_return(struct mcv_agent *a)
{
    MCV_ASSERT(a->scratch->n_packets_used > 0);
    a->scratch->n_packets_used--;
}

uint8_t *mcv_out_monp_room(struct mcv_agent *a)
{
    struct mcv_scratch *s = a->scratch;

    if (s->n_monp_used == MCV_OUT_N_MONP) {
        mcv_count(a, MCV_N_OUTPUT_FULL);
        return NULL;
    }
    return s->monp + (size_t)s->n_monp_used++ * MCV_MAX_MONP_BYTES;
}

/* The next place in the queue; NULL: it is full. */
static struct mcv_out *append(struct mcv_agent *a)
{
    struct mcv_scratch *s = a->scratch;

    if (s->n_queued == s->n_queue) {
        mcv_count(a, MCV_N_OUTPUT_FULL);
        return NULL;
    }
    return &s->queue[(s->head + s->n_queued++) % s->n_queue];
}

bool mcv_out_push(struct mcv_agent *a, const struct mcv_out *out)
{
    struct mcv_out *place = append(a);

    if (place != NULL) *place = *out;
    return place != NULL;
}

void mcv_out_local(struct mcv_agent *a, const struct mcv_out_local *local)
{
    struct mcv_out *place = append(a);

    if (place == NULL) return;
    place->kind = MCV_OUT_LOCAL;
    place->u.local = *local;
}

/* A packet, and reports, events and claims that it happens to bring. */
bool mcv_out_has_room(const struct mcv_scratch *s)
{
    return s->n_packets_used + 4 <= s->n_packets && s->n_queued + 16 <= s->n_queue &&
           s->n_texts_used + 4 * MCV_MAX_URI_BYTES <= MCV_OUT_TEXT_BYTES;
}

void mcv_out_reset(struct mcv_agent *a)
{
    struct mcv_scratch *s = a->scratch;

    MCV_ASSERT(s->n_queued == 0);
    s->head = 0;
    s->n_packets_used = 0;
    s->n_monp_used = 0;
    s->n_texts_used = 0;
}

/* A text that does not fit any more is left out of its event, and counted. */
static void keep_text(struct mcv_agent *a, struct mcv_bytes *text)
{
    struct mcv_scratch *s = a->scratch;
    uint8_t *to = s->texts + s->n_texts_used;

    if (text->n == 0) return;
    if (text->n > (size_t)(MCV_OUT_TEXT_BYTES - s->n_texts_used)) {
        mcv_count(a, MCV_N_OUTPUT_FULL);
        *text = (struct mcv_bytes){0};
        return;
    }
    memcpy(to, text->p, text->n);
    s->n_texts_used = (uint16_t)(s->n_texts_used + text->n);
    text->p = to;
}

void mcv_out_event(struct mcv_agent *a, const struct mcv_event *event)
{
    struct mcv_out out = {.kind = MCV_OUT_EVENT, .u.event = *event};

    if (event->call_id == 0) out.u.event.call_id = mcv_agent_call_id(a, event->call);
    keep_text(a, &out.u.event.user);
    keep_text(a, &out.u.event.group);
    keep_text(a, &out.u.event.recipient);
    keep_text(a, &out.u.event.organization);
    keep_text(a, &out.u.event.location);
    (void)mcv_out_push(a, &out);
}

void mcv_out_trace(struct mcv_agent *a, enum mcv_machine machine, uint32_t call, uint8_t from,
                   uint8_t to, uint8_t event)
{
    const struct mcv_out out = {
        .kind = MCV_OUT_TRACE,
        .u.trace = {
            .machine = (uint8_t)machine, .from = from, .to = to, .event = event, .call = call}};

    (void)mcv_out_push(a, &out);
}
