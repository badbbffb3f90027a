/* What the push machine does. Spec: TS 24.281 13.3, TS 23.281 7.4.3. */
#include "agent/core/agent_private.h"
#include "agent/core/push_steps.h"

#define US_PER_MS UINT64_C(1000)
#define US_PER_S  UINT64_C(1000000)

static void send(struct mcv_agent *a, const struct mcv_push *p, const struct mcv_monp *m)
{
    mcv_agent_send_monp(a, m, &p->addr, a->config->private_signalling.basic);
}

static void tell(struct mcv_agent *a, const struct mcv_push *p, enum mcv_event_type type,
                 enum mcv_end end)
{
    struct mcv_event e = {
        .type = type,
        .call = p->push,
        .call_id = p->call_id,
        .user = mcv_push_peer(p),
        .is_outgoing = !p->is_source,
        .reason = end,
    };

    *(p->is_to_group ? &e.group : &e.recipient) = mcv_push_recipient(p);
    mcv_out_event(a, &e);
}

void mcv_push_nothing(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)a;
    (void)p;
    (void)in;
}

/* ---- we ask --------------------------------------------------------------------------------- */

static void request(struct mcv_agent *a, struct mcv_push *p)
{
    struct mcv_monp m = {
        .type = p->is_to_group ? MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST
                               : MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST,
        .call_id = p->call_id,
        .requester = a->config->user,
        .push_originator = mcv_push_peer(p),
        .has_video_info = p->n_video > 0,
        .video_source = MCV_PUSH_SOURCE_USER,
        .video_info = mcv_bytes_of(p->video, p->n_video),
    };

    *(p->is_to_group ? &m.recipient_group : &m.recipient_user) = mcv_push_recipient(p);
    send(a, p, &m);
    p->n_sent++;
    p->at_us = a->now.mono_us + a->config->timers.push_request_ms * US_PER_MS;
}

void mcv_push_send_request(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    request(a, p);
    tell(a, p, MCV_EVENT_PUSH_REQUESTED, MCV_END_NONE);
}

void mcv_push_send_again(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    request(a, p);
}

void mcv_push_trying(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    p->at_us = a->now.mono_us + a->config->timers.push_result_s * US_PER_S;
    tell(a, p, MCV_EVENT_PUSH_TRYING, MCV_END_NONE);
}

/* Repetitions of the result come later than those of a request: the source sends it when it likes. */
static void finish_request(struct mcv_agent *a, struct mcv_push *p, enum mcv_event_type type,
                           enum mcv_end end)
{
    p->at_us = a->now.mono_us + a->config->timers.push_result_s * US_PER_S;
    tell(a, p, type, end);
}

void mcv_push_done(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    finish_request(a, p, MCV_EVENT_PUSH_DONE, MCV_END_NONE);
}

void mcv_push_refused(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    const bool is_said = in->m->has_reason;

    finish_request(a, p, MCV_EVENT_PUSH_FAILED,
                   is_said ? mcv_private_end_of_reason(in->m->reason) : MCV_END_REMOTE_FAILED);
}

void mcv_push_no_response(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    finish_request(a, p, MCV_EVENT_PUSH_FAILED, MCV_END_NO_RESPONSE);
}

void mcv_push_no_result(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    finish_request(a, p, MCV_EVENT_PUSH_FAILED, MCV_END_NO_ANSWER);
}

void mcv_push_cancel(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    finish_request(a, p, MCV_EVENT_PUSH_FAILED, MCV_END_LOCAL_RELEASE);
}

/* ---- we push -------------------------------------------------------------------------------- */

void mcv_push_send_trying(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    if (!p->is_asked) return;
    send(a, p,
         &(struct mcv_monp){.type = MCV_MONP_VIDEO_PUSH_TRYING_RESPONSE, .call_id = p->call_id});
}

void mcv_push_notify(struct mcv_agent *a, const struct mcv_push *p, enum mcv_push_result result,
                     enum mcv_reason reason)
{
    struct mcv_monp m = {
        .type = MCV_MONP_NOTIFY_VIDEO_PUSH,
        .call_id = p->call_id,
        .push_result = (uint8_t)result,
        .has_reason = result == MCV_PUSH_FAILURE,
        .reason = (uint8_t)reason,
        .notifier = a->config->user,
        .notified = mcv_push_peer(p),
    };

    *(p->is_to_group ? &m.recipient_group : &m.recipient_user) = mcv_push_recipient(p);
    send(a, p, &m);
}

enum mcv_end mcv_push_end_of(mcv_err err)
{
    static const enum mcv_end ends[] = {
        [MCV_E_BUSY] = MCV_END_BUSY,
        [MCV_E_FULL] = MCV_END_BUSY,
        [MCV_E_POLICY] = MCV_END_LOCAL_REJECT,
        [MCV_E_EXPIRED] = MCV_END_SECURITY,
        [MCV_E_CRYPTO] = MCV_END_SECURITY,
        [MCV_E_UNKNOWN_KEY] = MCV_END_SECURITY,
        [MCV_E_NOT_FOUND] = MCV_END_NO_RESPONSE,
    };
    const bool is_known = (size_t)err < sizeof ends / sizeof ends[0];

    return is_known && ends[err] != MCV_END_NONE ? ends[err] : MCV_END_MEDIA_FAILURE;
}

/* To a user: a call; with a group: a broadcast, which is set up at once. */
static mcv_err start_call(struct mcv_agent *a, struct mcv_push *p)
{
    const struct mcv_command k = {
        .type = p->is_to_group ? MCV_CMD_BROADCAST_START : MCV_CMD_PUSH,
        .target = mcv_push_recipient(p),
        .is_manual = !a->config->may_auto,
    };
    const char *why = NULL;

    if (!p->is_to_group) return mcv_private_command(a, &k, &p->call, &why);
    const mcv_err err = mcv_broadcast_command(a, &k, &p->call, &why);
    if (err) return err;
    return mcv_broadcast_find(a, p->call) != NULL ? MCV_OK : MCV_E_IO; /* it ended at once */
}

void mcv_push_follow(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    mcv_push_send_trying(a, p, in);
    tell(a, p, MCV_EVENT_PUSH_ASKED, MCV_END_NONE);
    const mcv_err err = start_call(a, p);
    const struct mcv_push_input failed = {.end = mcv_push_end_of(err)};

    if (err) {
        p->call = 0;
        mcv_push_step(a, p, MCV_V_FAILED, &failed);
    } else if (p->is_to_group) {
        mcv_push_step(a, p, MCV_V_ESTABLISHED, in);
    }
}

void mcv_push_tell_result(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    mcv_push_notify(a, p, MCV_PUSH_SUCCESS, MCV_REASON_REJECT);
    tell(a, p, MCV_EVENT_PUSH_DONE, MCV_END_NONE);
}

static enum mcv_reason reason_of(enum mcv_end end)
{
    static const struct {
        enum mcv_end end;
        enum mcv_reason reason;
    } rows[] = {
        {MCV_END_LOCAL_RELEASE, MCV_REASON_REJECT},
        {MCV_END_LOCAL_REJECT, MCV_REASON_REJECT},
        {MCV_END_REMOTE_REJECT, MCV_REASON_REJECT},
        {MCV_END_BUSY, MCV_REASON_BUSY},
        {MCV_END_REMOTE_BUSY, MCV_REASON_BUSY},
        {MCV_END_REMOTE_MEDIA, MCV_REASON_MEDIA_FAILURE},
        {MCV_END_MEDIA_FAILURE, MCV_REASON_MEDIA_FAILURE},
        {MCV_END_REMOTE_SECURITY, MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE},
        {MCV_END_SECURITY, MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].end == end) return rows[i].reason;
    }
    return MCV_REASON_FAILED;
}

/* Who did not ask is told of nothing that did not happen. */
void mcv_push_tell_failure(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    if (p->is_asked) mcv_push_notify(a, p, MCV_PUSH_FAILURE, reason_of(in->end));
    tell(a, p, MCV_EVENT_PUSH_FAILED, in->end);
    mcv_push_ignore(a, p, in);
}

void mcv_push_ignore(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)in;
    p->call = 0;
    p->at_us = a->now.mono_us + a->config->timers.push_repeat_s * US_PER_S;
}

void mcv_push_abort(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    tell(a, p, MCV_EVENT_PUSH_FAILED, in->end);
    mcv_push_stop(a, p, in);
}

void mcv_push_stop(struct mcv_agent *a, struct mcv_push *p, const struct mcv_push_input *in)
{
    (void)a;
    (void)in;
    *p = (struct mcv_push){.at_us = MCV_NEVER};
}
