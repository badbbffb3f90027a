/* What the broadcast machine does. Spec: TS 24.281 9.4.2.4. */
#include "agent/core/agent_private.h"
#include "agent/core/broadcast_steps.h"
#include "agent/core/group_media.h"

#define US_PER_S UINT64_C(1000000)

/* Broadcasts use other ports of the group than its group call: both may run. */
#define PORT_OFFSET 8u

static const struct mcv_broadcast_input no_message;

static void start(struct mcv_agent *a, struct mcv_broadcast_call *b, enum mcv_broadcast_timer timer,
                  uint32_t in_s)
{
    b->timer_at_us[timer] = a->now.mono_us + in_s * US_PER_S;
}

static void tell(struct mcv_agent *a, const struct mcv_broadcast_call *b, enum mcv_event_type type,
                 enum mcv_end end, bool is_unverified)
{
    const struct mcv_event e = {
        .type = type,
        .call = b->call,
        .call_id = b->call_id,
        .call_type = MCV_CALL_BROADCAST_GROUP,
        .group = b->config->group,
        .user = mcv_bytes_of(b->originator, b->n_originator),
        .is_outgoing = b->is_outgoing,
        .is_unverified = is_unverified,
        .reason = end,
        .setup.total_us = b->setup_us,
    };

    mcv_out_event(a, &e);
}

static void set_originator(struct mcv_broadcast_call *b, struct mcv_bytes user)
{
    MCV_ASSERT(user.n <= sizeof b->originator);
    memcpy(b->originator, user.p, user.n);
    b->n_originator = (uint8_t)user.n;
}

static void send(struct mcv_agent *a, const struct mcv_broadcast_call *b, const struct mcv_monp *m)
{
    mcv_agent_send_to_group(a, m, b->config, b->config->signalling.basic);
}

/* The body is written again each time: nothing in it changes. */
static void send_broadcast(struct mcv_agent *a, const struct mcv_broadcast_call *b)
{
    uint8_t *text = mcv_out_monp_room(a);
    struct mcv_writer w;

    if (!text) return;
    w = mcv_writer_of(text, MCV_MAX_SDP_BYTES);
    mcv_call_sdp_write(&w, &b->sdp, a->config, (struct mcv_bytes){0}, b->call);
    if (w.err) return;
    send(a, b,
         &(struct mcv_monp){
             .type = MCV_MONP_GROUP_CALL_BROADCAST,
             .call_id = b->call_id,
             .call_type = MCV_CALL_BROADCAST_GROUP,
             .originator = mcv_bytes_of(b->originator, b->n_originator),
             .group = b->config->group,
             .sdp = mcv_wr_done(&w),
         });
}

/* B2 was entered. false: it could not be, and B2 was left again. */
static bool take_part(struct mcv_agent *a, struct mcv_broadcast_call *b)
{
    struct mcv_broadcast_input in = {.end = MCV_END_NONE};

    b->media = mcv_group_media_open(a, &in.end, b->config, b->call, &b->sdp);
    if (!b->media) {
        mcv_broadcast_step(a, b, b->is_outgoing ? MCV_B_MEDIA_FAILED_OWN : MCV_B_MEDIA_FAILED, &in);
        return false;
    }
    b->media->pppp = b->config->media.basic;
    b->media->control_pppp = b->config->signalling.basic;
    b->media->is_listening = !b->is_outgoing;
    mcv_transmission_start(
        a, b->media,
        &(struct mcv_ptt_call){.role = b->is_outgoing ? MCV_ROLE_ORIGINATOR : MCV_ROLE_LISTENER,
                               .approach = MCV_APPROACH_SINGLE,
                               .is_broadcast = true,
                               .call_type = MCV_CALL_BROADCAST_GROUP,
                               .config = &b->config->ptt});
    b->setup_us = a->now.mono_us - b->started_at_us;
    start(a, b, MCV_TFB1, a->config->timers.tfb1_s);
    return true;
}

void mcv_broadcast_originate(struct mcv_agent *a, struct mcv_broadcast_call *b,
                             const struct mcv_broadcast_input *in)
{
    const struct mcv_addr addr = mcv_addr_with_port(b->config->addr, 0);

    (void)in;
    b->is_outgoing = true;
    set_originator(b, a->config->user);
    mcv_call_sdp_ours(&b->sdp, a->config, &addr, (uint16_t)(b->config->media_port + PORT_OFFSET));
    if (mcv_agent_draw_call_id(a, &b->call_id)) {
        mcv_broadcast_step(a, b, MCV_B_MEDIA_FAILED_OWN,
                           &(struct mcv_broadcast_input){.end = MCV_END_MEDIA_FAILURE});
        return;
    }
    if (!take_part(a, b)) return;
    tell(a, b, MCV_EVENT_BROADCAST_STARTED, MCV_END_NONE, false);
    mcv_broadcast_repeat(a, b, &no_message);
}

void mcv_broadcast_repeat(struct mcv_agent *a, struct mcv_broadcast_call *b,
                          const struct mcv_broadcast_input *in)
{
    (void)in;
    send_broadcast(a, b);
    start(a, b, MCV_TFB2, a->config->timers.tfb2_s);
}

static void store(struct mcv_broadcast_call *b, const struct mcv_broadcast_input *in)
{
    b->call_id = in->m->call_id;
    b->source = *in->from;
    b->sdp = *in->sdp;
    set_originator(b, in->m->originator);
}

static void join(struct mcv_agent *a, struct mcv_broadcast_call *b)
{
    if (take_part(a, b)) tell(a, b, MCV_EVENT_BROADCAST_JOINED, MCV_END_NONE, false);
}

void mcv_broadcast_join(struct mcv_agent *a, struct mcv_broadcast_call *b,
                        const struct mcv_broadcast_input *in)
{
    store(b, in);
    join(a, b);
}

void mcv_broadcast_ask(struct mcv_agent *a, struct mcv_broadcast_call *b,
                       const struct mcv_broadcast_input *in)
{
    store(b, in);
    start(a, b, MCV_TFB3, a->config->timers.tfb3_s);
    tell(a, b, MCV_EVENT_BROADCAST_INCOMING, MCV_END_NONE, false);
}

void mcv_broadcast_accept(struct mcv_agent *a, struct mcv_broadcast_call *b,
                          const struct mcv_broadcast_input *in)
{
    (void)in;
    b->timer_at_us[MCV_TFB3] = MCV_NEVER;
    join(a, b);
}

static void close_call(struct mcv_agent *a, struct mcv_broadcast_call *b, enum mcv_end end,
                       bool is_unverified)
{
    for (int t = 0; t < MCV_N_BROADCAST_TIMERS; t++) b->timer_at_us[t] = MCV_NEVER;
    if (b->media) mcv_media_close(a, b->media);
    b->media = NULL;
    tell(a, b, MCV_EVENT_BROADCAST_ENDED, end, is_unverified);
    mcv_push_call_ended(a, b->call, end);
}

/* To B1: the slot is free again. */
static void finish(struct mcv_agent *a, struct mcv_broadcast_call *b, enum mcv_end end,
                   bool is_unverified)
{
    close_call(a, b, end, is_unverified);
    mcv_broadcast_clear(b);
}

/* To B4, until TFB1. */
static void ignore(struct mcv_agent *a, struct mcv_broadcast_call *b, enum mcv_end end)
{
    close_call(a, b, end, false);
    start(a, b, MCV_TFB1, a->config->timers.tfb1_s);
}

void mcv_broadcast_expire(struct mcv_agent *a, struct mcv_broadcast_call *b,
                          const struct mcv_broadcast_input *in)
{
    (void)in;
    finish(a, b, MCV_END_MAX_DURATION, false);
}

static void send_end(struct mcv_agent *a, struct mcv_broadcast_call *b)
{
    send(a, b,
         &(struct mcv_monp){
             .type = MCV_MONP_GROUP_CALL_BROADCAST_END,
             .call_id = b->call_id,
             .group = b->config->group,
             .originator = mcv_bytes_of(b->originator, b->n_originator),
         });
}

void mcv_broadcast_end(struct mcv_agent *a, struct mcv_broadcast_call *b,
                       const struct mcv_broadcast_input *in)
{
    (void)in;
    send_end(a, b);
    finish(a, b, MCV_END_LOCAL_RELEASE, false);
}

void mcv_broadcast_ended(struct mcv_agent *a, struct mcv_broadcast_call *b,
                         const struct mcv_broadcast_input *in)
{
    finish(a, b, MCV_END_REMOTE_RELEASE, in->is_unverified);
}

void mcv_broadcast_failed_own(struct mcv_agent *a, struct mcv_broadcast_call *b,
                              const struct mcv_broadcast_input *in)
{
    if (b->media) send_end(a, b); /* it was announced */
    finish(a, b, in->end, false);
}

void mcv_broadcast_stop(struct mcv_agent *a, struct mcv_broadcast_call *b,
                        const struct mcv_broadcast_input *in)
{
    finish(a, b, in->end, false);
}

void mcv_broadcast_leave(struct mcv_agent *a, struct mcv_broadcast_call *b,
                         const struct mcv_broadcast_input *in)
{
    (void)in;
    ignore(a, b, MCV_END_LOCAL_RELEASE);
}

void mcv_broadcast_failed(struct mcv_agent *a, struct mcv_broadcast_call *b,
                          const struct mcv_broadcast_input *in)
{
    ignore(a, b, in->end);
}

void mcv_broadcast_reject(struct mcv_agent *a, struct mcv_broadcast_call *b,
                          const struct mcv_broadcast_input *in)
{
    (void)in;
    ignore(a, b, MCV_END_LOCAL_REJECT);
}

void mcv_broadcast_no_answer(struct mcv_agent *a, struct mcv_broadcast_call *b,
                             const struct mcv_broadcast_input *in)
{
    (void)in;
    ignore(a, b, MCV_END_NO_ANSWER);
}

void mcv_broadcast_keep(struct mcv_agent *a, struct mcv_broadcast_call *b,
                        const struct mcv_broadcast_input *in)
{
    (void)in;
    start(a, b, MCV_TFB1, a->config->timers.tfb1_s);
}

void mcv_broadcast_forget(struct mcv_agent *a, struct mcv_broadcast_call *b,
                          const struct mcv_broadcast_input *in)
{
    (void)a;
    (void)in;
    mcv_broadcast_clear(b);
}
