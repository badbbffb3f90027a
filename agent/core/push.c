#include "agent/core/push.h"

#include "agent/core/agent_private.h"
#include "agent/core/push_steps.h"

static const struct mcv_push_input no_message;

/* Flows of TS 23.281; who asks is in V1 and V2, who pushes in V3 and V4. */
static const struct {
    enum mcv_push_state next;
    mcv_push_action *action; /* NULL: counted and ignored */
} rules[MCV_N_PUSH_STATES][MCV_N_PUSH_EVENTS] = {
    [MCV_V0_START_STOP] =
        {
            [MCV_V_REQUEST] = {MCV_V1_WAITING_TRYING, mcv_push_send_request}, /* 7.4.3.2.1 */
            [MCV_V_ASKED] = {MCV_V3_SETTING_UP, mcv_push_follow},             /* 7.4.3.2.1 */
            [MCV_V_BORROWED] = {MCV_V3_SETTING_UP, mcv_push_nothing},         /* 7.4.3.3.2 */
        },
    [MCV_V1_WAITING_TRYING] =
        {
            [MCV_V_RESEND] = {MCV_V1_WAITING_TRYING, mcv_push_send_again},
            [MCV_V_RESEND_LIMIT] = {MCV_V5_IGNORING, mcv_push_no_response},
            [MCV_V_TRYING] = {MCV_V2_WAITING_RESULT, mcv_push_trying}, /* 7.4.3.2.2 */
            [MCV_V_SUCCESS] = {MCV_V5_IGNORING, mcv_push_done},        /* TRYING was lost */
            [MCV_V_FAILURE] = {MCV_V5_IGNORING, mcv_push_refused},     /* as above */
            [MCV_V_CANCEL] = {MCV_V5_IGNORING, mcv_push_cancel},
            [MCV_V_STOPPED] = {MCV_V0_START_STOP, mcv_push_abort},
        },
    [MCV_V2_WAITING_RESULT] =
        {
            [MCV_V_SUCCESS] = {MCV_V5_IGNORING, mcv_push_done},    /* 7.4.3.2.3 */
            [MCV_V_FAILURE] = {MCV_V5_IGNORING, mcv_push_refused}, /* 7.4.3.2.3 */
            [MCV_V_NO_RESULT] = {MCV_V5_IGNORING, mcv_push_no_result},
            [MCV_V_CANCEL] = {MCV_V5_IGNORING, mcv_push_cancel},
            [MCV_V_STOPPED] = {MCV_V0_START_STOP, mcv_push_abort},
        },
    [MCV_V3_SETTING_UP] =
        {
            [MCV_V_AGAIN] = {MCV_V3_SETTING_UP, mcv_push_send_trying},    /* TRYING was lost */
            [MCV_V_ESTABLISHED] = {MCV_V4_PUSHING, mcv_push_tell_result}, /* 7.4.3.2.3 */
            [MCV_V_FAILED] = {MCV_V5_IGNORING, mcv_push_tell_failure},    /* 7.4.3.2.3 */
            [MCV_V_STOPPED] = {MCV_V0_START_STOP, mcv_push_stop},
        },
    [MCV_V4_PUSHING] =
        {
            [MCV_V_AGAIN] = {MCV_V4_PUSHING, mcv_push_send_trying}, /* as in V3 */
            [MCV_V_ENDED] = {MCV_V5_IGNORING, mcv_push_ignore},     /* no message */
            [MCV_V_STOPPED] = {MCV_V0_START_STOP, mcv_push_stop},
        },
    [MCV_V5_IGNORING] =
        {
            [MCV_V_AGAIN] = {MCV_V5_IGNORING, mcv_push_send_trying}, /* as in V3 */
            [MCV_V_FORGET] = {MCV_V0_START_STOP, mcv_push_stop},
            [MCV_V_STOPPED] = {MCV_V0_START_STOP, mcv_push_stop},
        },
};

bool mcv_push_step(struct mcv_agent *a, struct mcv_push *p, enum mcv_push_event event,
                   const struct mcv_push_input *in)
{
    const uint8_t from = p->state;

    if (!rules[from][event].action) {
        mcv_count(a, in->m ? MCV_N_MONP_IGNORED : MCV_N_EVENT_IGNORED);
        return false;
    }
    p->state = (uint8_t)rules[from][event].next;
    mcv_out_trace(a, MCV_MACHINE_PUSH, p->push, from, p->state, (uint8_t)event);
    rules[from][event].action(a, p, in);
    return true;
}

/* ---- slots ---------------------------------------------------------------------------------- */

void mcv_push_init(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        a->pushes[i] = (struct mcv_push){.at_us = MCV_NEVER};
    }
}

static bool is_better(const struct mcv_push *p, const struct mcv_push *than)
{
    const bool is_usable = p->push == 0 || p->state == MCV_V5_IGNORING;

    if (!is_usable || than == NULL) return is_usable;
    if (than->push == 0) return false;
    return p->push == 0 || p->at_us < than->at_us;
}

struct mcv_push *mcv_push_take(struct mcv_agent *a, struct mcv_bytes peer,
                               const struct mcv_addr *addr)
{
    struct mcv_push *best = NULL;
    size_t n_of_peer = 0;

    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        struct mcv_push *p = &a->pushes[i];
        if (is_better(p, best)) best = p;
        n_of_peer += p->push != 0 && p->state != MCV_V5_IGNORING &&
                     mcv_bytes_equal(mcv_push_peer(p), peer);
    }
    if (best == NULL || n_of_peer >= (a->limits.n_pushes + 1u) / 2u) return NULL;
    if (best->push != 0) mcv_push_step(a, best, MCV_V_STOPPED, &no_message);
    *best = (struct mcv_push){
        .push = mcv_agent_handle(a), .n_peer = (uint8_t)peer.n, .addr = *addr, .at_us = MCV_NEVER};
    memcpy(best->peer, peer.p, peer.n);
    return best;
}

bool mcv_agent_push_info(const struct mcv_agent *a, size_t i, struct mcv_push_info *out)
{
    for (size_t k = 0; k < a->limits.n_pushes; k++) {
        const struct mcv_push *p = &a->pushes[k];
        if (p->push == 0 || i-- > 0) continue;
        *out = (struct mcv_push_info){
            .push = p->push,
            .call = p->call,
            .call_id = p->call_id,
            .state = p->state,
            .is_source = p->is_source,
            .is_asked = p->is_asked,
            .user = mcv_push_peer(p),
        };
        *(p->is_to_group ? &out->group : &out->recipient) = mcv_push_recipient(p);
        return true;
    }
    return false;
}

/* ---- what becomes of calls -------------------------------------------------------------------- */

static struct mcv_push *of_call(const struct mcv_agent *a, uint32_t call)
{
    for (size_t i = 0; call != 0 && i < a->limits.n_pushes; i++) {
        if (a->pushes[i].push != 0 && a->pushes[i].call == call) return &a->pushes[i];
    }
    return NULL;
}

void mcv_push_call_established(struct mcv_agent *a, uint32_t call)
{
    struct mcv_push *p = of_call(a, call);

    if (p != NULL) mcv_push_step(a, p, MCV_V_ESTABLISHED, &no_message);
}

void mcv_push_call_ended(struct mcv_agent *a, uint32_t call, enum mcv_end end)
{
    struct mcv_push *p = of_call(a, call);
    const struct mcv_push_input in = {.end = end};

    if (p == NULL) return;
    mcv_push_step(a, p, p->state == MCV_V3_SETTING_UP ? MCV_V_FAILED : MCV_V_ENDED, &in);
}

void mcv_push_end_all(struct mcv_agent *a)
{
    const struct mcv_push_input in = {.end = MCV_END_KEYS_DESTROYED};

    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        if (a->pushes[i].push != 0) mcv_push_step(a, &a->pushes[i], MCV_V_STOPPED, &in);
    }
}

/* ---- timers --------------------------------------------------------------------------------- */

static enum mcv_push_event expiry(const struct mcv_agent *a, const struct mcv_push *p)
{
    switch (p->state) {
    case MCV_V1_WAITING_TRYING:
        return p->n_sent < a->config->timers.push_requests_count ? MCV_V_RESEND
                                                                 : MCV_V_RESEND_LIMIT;
    case MCV_V2_WAITING_RESULT:
        return MCV_V_NO_RESULT;
    default:
        return MCV_V_FORGET;
    }
}

void mcv_push_run(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        struct mcv_push *p = &a->pushes[i];
        if (p->at_us > a->now.mono_us) continue;
        p->at_us = MCV_NEVER;
        mcv_push_step(a, p, expiry(a, p), &no_message);
    }
}

uint64_t mcv_push_wake_at(const struct mcv_agent *a)
{
    uint64_t at_us = MCV_NEVER;

    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        if (a->pushes[i].at_us < at_us) at_us = a->pushes[i].at_us;
    }
    return at_us;
}
