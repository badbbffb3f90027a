/* What our user wants of video pushes. Spec: TS 24.281 13.3.2.1. */
#include "agent/core/agent_private.h"
#include "agent/core/push_steps.h"

static const struct mcv_push_input no_message;

void mcv_push_set_recipient(struct mcv_push *p, struct mcv_bytes recipient, bool is_group)
{
    MCV_ASSERT(recipient.n <= sizeof p->recipient);
    memcpy(p->recipient, recipient.p, recipient.n);
    p->n_recipient = (uint8_t)recipient.n;
    p->is_to_group = is_group;
}

/* The other device: whose video it is, or who is asked for it. */
static mcv_err find_source(struct mcv_agent *a, const struct mcv_command *k, struct mcv_addr *addr,
                           const char **why)
{
    if (k->source.n > MCV_MAX_URI_BYTES || mcv_bytes_equal(k->source, a->config->user) ||
        mcv_bytes_equal(k->source, k->target)) {
        return mcv_refuse(why, "the video must be that of a third user", MCV_E_POLICY);
    }
    if (!mcv_peers_find(addr, &a->peers, a->config, k->source) ||
        mcv_agent_own(a, addr->family) == NULL) {
        return mcv_refuse(why, "no address of the source is known", MCV_E_NOT_FOUND);
    }
    return MCV_OK;
}

/* A call; beside it a machine that tells the owner of the video when it is set up. */
static mcv_err push(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                    const char **why)
{
    const bool is_told = k->source.n > 0 && a->config->push.notifies_source;
    struct mcv_addr addr;
    struct mcv_push *p;

    if (k->source.n > 0) {
        const mcv_err err = find_source(a, k, &addr, why);
        if (err) return err;
    }
    const mcv_err err = mcv_private_command(a, k, call, why);
    if (err || !is_told) return err;
    p = mcv_push_take(a, k->source, &addr);
    if (p == NULL) {
        mcv_count(a, MCV_N_PUSH_FULL); /* the push goes on, its owner is not told */
        return MCV_OK;
    }
    p->is_source = true;
    p->call = *call;
    p->call_id = mcv_private_find(a, *call)->call_id;
    mcv_push_set_recipient(p, k->target, false);
    mcv_push_step(a, p, MCV_V_BORROWED, &no_message);
    return MCV_OK;
}

static bool is_waiting_for(const struct mcv_agent *a, const struct mcv_command *k)
{
    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        const struct mcv_push *p = &a->pushes[i];
        const bool is_waiting = p->state == MCV_V1_WAITING_TRYING ||
                                p->state == MCV_V2_WAITING_RESULT;
        if (is_waiting && mcv_bytes_equal(mcv_push_peer(p), k->source) &&
            mcv_bytes_equal(mcv_push_recipient(p), k->target)) {
            return true;
        }
    }
    return false;
}

static mcv_err request(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                       const char **why)
{
    struct mcv_addr addr;
    uint16_t call_id;

    if (k->target.n == 0 || k->target.n > MCV_MAX_URI_BYTES) {
        return mcv_refuse(why, "a recipient has 1 to 255 octets", MCV_E_NOT_FOUND);
    }
    if (k->video.n > MCV_MAX_ALERT_TEXT_BYTES) {
        return mcv_refuse(why, "the name of the video is too long", MCV_E_SPACE);
    }
    mcv_err err = find_source(a, k, &addr, why);
    if (!err && is_waiting_for(a, k)) {
        return mcv_refuse(why, "this was asked for and not answered yet", MCV_E_BUSY);
    }
    if (err) return err;
    err = mcv_agent_draw_call_id(a, &call_id);
    if (err) return mcv_refuse(why, "the random generator failed", err);
    struct mcv_push *p = mcv_push_take(a, k->source, &addr);
    if (p == NULL) return mcv_refuse(why, "the limit of video pushes is reached", MCV_E_FULL);
    p->call_id = call_id;
    mcv_push_set_recipient(p, k->target, k->type == MCV_CMD_PUSH_REQUEST_GROUP);
    p->n_video = (uint8_t)k->video.n;
    if (k->video.n > 0) memcpy(p->video, k->video.p, k->video.n);
    *call = p->push;
    mcv_push_step(a, p, MCV_V_REQUEST, &no_message);
    return MCV_OK;
}

static mcv_err cancel(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                      const char **why)
{
    for (size_t i = 0; i < a->limits.n_pushes; i++) {
        struct mcv_push *p = &a->pushes[i];
        if (k->call == 0 || p->push != k->call) continue;
        *call = p->push;
        if (mcv_push_step(a, p, MCV_V_CANCEL, &no_message)) return MCV_OK;
        return mcv_refuse(why, "nothing is waited for: release the call that pushes", MCV_E_BUSY);
    }
    return mcv_refuse(why, "no such video push", MCV_E_NOT_FOUND);
}

mcv_err mcv_push_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                         const char **why)
{
    static mcv_err (*const run[])(struct mcv_agent *, const struct mcv_command *, uint32_t *,
                                  const char **) = {
        [MCV_CMD_PUSH] = push,
        [MCV_CMD_PUSH_REQUEST] = request,
        [MCV_CMD_PUSH_REQUEST_GROUP] = request,
        [MCV_CMD_PUSH_CANCEL] = cancel,
    };

    if (!a->config->push.is_enabled) {
        return mcv_refuse(why, "video push is switched off", MCV_E_POLICY);
    }
    return run[command->type](a, command, call, why);
}
