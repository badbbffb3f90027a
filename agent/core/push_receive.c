/* Messages of video pushes: which machine they are for, and whom they are believed.
 * Spec: TS 24.281 17.1.20 to 17.1.23. */
#include "agent/core/agent_private.h"
#include "agent/core/push_steps.h"

/* Requests of others that are followed, notices of which the user is told. */
enum { BURST = 4, EVERY_US = 1000000 };

static const struct mcv_push_input no_message;

/* A machine of the side that pushes, or asked, by what the message has. peer  empty: not in it. */
static struct mcv_push *find(const struct mcv_agent *a, bool is_source, uint16_t call_id,
                             struct mcv_bytes peer, const struct mcv_addr *from)
{
    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        struct mcv_push *p = &a->pushes[i];
        if (p->push == 0 || p->is_source != is_source || p->call_id != call_id) continue;
        if (is_source && !p->is_asked) continue;
        if (peer.n > 0 && !mcv_bytes_equal(mcv_push_peer(p), peer)) continue;
        if (mcv_addr_same_host(&p->addr, from)) return p;
    }
    return NULL;
}

/* ---- somebody asks -------------------------------------------------------------------------- */

static mcv_err refuse(struct mcv_agent *a, const struct mcv_push *asked, enum mcv_reason reason,
                      mcv_err err)
{
    mcv_push_notify(a, asked, MCV_PUSH_FAILURE, reason);
    return err;
}

static void fill(struct mcv_push *p, const struct mcv_monp *m)
{
    const bool is_group = m->type == MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST;

    p->is_source = p->is_asked = true;
    p->call_id = m->call_id;
    mcv_push_set_recipient(p, is_group ? m->recipient_group : m->recipient_user, is_group);
}

/* The answer to who is not followed needs no slot. */
static struct mcv_push stranger(const struct mcv_monp *m, const struct mcv_addr *addr)
{
    struct mcv_push p = {.n_peer = (uint8_t)m->requester.n, .addr = *addr};

    memcpy(p.peer, m->requester.p, m->requester.n);
    fill(&p, m);
    return p;
}

static mcv_err follow(struct mcv_agent *a, const struct mcv_monp *m, const struct mcv_addr *addr)
{
    const struct mcv_push asked = stranger(m, addr);

    if (!a->config->push.on_request) return refuse(a, &asked, MCV_REASON_REJECT, MCV_E_POLICY);
    struct mcv_push *p = mcv_push_take(a, m->requester, addr);
    if (p == NULL) return refuse(a, &asked, MCV_REASON_BUSY, MCV_E_FULL);
    fill(p, m);
    mcv_push_step(a, p, MCV_V_ASKED, &no_message);
    return MCV_OK;
}

static bool is_for_us(const struct mcv_agent *a, const struct mcv_monp *m)
{
    const struct mcv_bytes own = a->config->user;

    return mcv_bytes_equal(m->push_originator, own) && !mcv_bytes_equal(m->requester, own) &&
           !mcv_bytes_equal(m->recipient_user, own);
}

static mcv_err asked(struct mcv_agent *a, const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_push *again = find(a, true, m->call_id, m->requester, &d->from);
    const struct mcv_push_input in = {.m = m};
    struct mcv_addr addr;

    if (!is_for_us(a, m)) return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    if (m->requester.n > MCV_MAX_URI_BYTES || m->recipient_user.n > MCV_MAX_URI_BYTES ||
        m->recipient_group.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    if (again != NULL) {
        mcv_push_step(a, again, MCV_V_AGAIN, &in);
        return MCV_E_REPLAY;
    }
    if (!mcv_peers_find(&addr, &a->peers, a->config, m->requester) ||
        !mcv_addr_same_host(&addr, &d->from)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_AUTH);
    }
    if (!mcv_pace_take(&a->push_asks, a->now.mono_us, EVERY_US, BURST)) {
        return mcv_drop(a, MCV_N_MONP_PACED, MCV_E_POLICY);
    }
    return follow(a, m, &addr);
}

/* ---- answers -------------------------------------------------------------------------------- */

static mcv_err trying(struct mcv_agent *a, const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_push *p = find(a, false, m->call_id, (struct mcv_bytes){0}, &d->from);
    const struct mcv_push_input in = {.m = m};

    if (p == NULL) return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOUND);
    return mcv_push_step(a, p, MCV_V_TRYING, &in) ? MCV_OK : MCV_E_POLICY;
}

/* Nothing that we asked for: somebody pushes our video, and says so. Spec: TS 23.281 7.4.3.3.2 */
static mcv_err told(struct mcv_agent *a, const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_addr addr;
    const bool is_known = mcv_peers_find(&addr, &a->peers, a->config, m->notifier);

    if (is_known && !mcv_addr_same_host(&addr, &d->from)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_AUTH);
    }
    if (m->push_result != MCV_PUSH_SUCCESS) {
        return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOUND);
    }
    if (!mcv_pace_take(&a->push_notices, a->now.mono_us, EVERY_US, BURST)) {
        return mcv_drop(a, MCV_N_MONP_PACED, MCV_E_POLICY);
    }
    mcv_out_event(a, &(struct mcv_event){
                         .type = MCV_EVENT_PUSH_NOTIFIED,
                         .call_id = m->call_id,
                         .user = m->notifier,
                         .recipient = m->recipient_user,
                         .group = m->recipient_group,
                         .is_unverified = !is_known,
                     });
    return MCV_OK;
}

static mcv_err notified(struct mcv_agent *a, const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_push *p = find(a, false, m->call_id, m->notifier, &d->from);
    const bool is_done = m->push_result == MCV_PUSH_SUCCESS;
    const struct mcv_push_input in = {.m = m};

    if (!mcv_bytes_equal(m->notified, a->config->user) ||
        mcv_bytes_equal(m->notifier, a->config->user)) {
        return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    }
    if (m->notifier.n > MCV_MAX_URI_BYTES || m->recipient_user.n > MCV_MAX_URI_BYTES ||
        m->recipient_group.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    if (p == NULL) return told(a, d, m);
    return mcv_push_step(a, p, is_done ? MCV_V_SUCCESS : MCV_V_FAILURE, &in) ? MCV_OK
                                                                             : MCV_E_POLICY;
}

mcv_err mcv_push_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                         const struct mcv_monp *m)
{
    typedef mcv_err receiver(struct mcv_agent *, const struct mcv_datagram *,
                             const struct mcv_monp *);
    static receiver *const receivers[] = {asked, asked, trying, notified};
    const size_t kind = (size_t)m->type - MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST;

    MCV_ASSERT(kind < sizeof receivers / sizeof receivers[0]);
    if (!a->config->push.is_enabled) return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_UNSUPPORTED);
    if (mcv_addr_is_multicast(&d->to)) {
        return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    }
    return receivers[kind](a, d, m);
}
