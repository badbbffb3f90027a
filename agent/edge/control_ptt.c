/* Transmission control of a call, as a message of the control socket. Spec: TS 24.581 7. */
#include "agent/edge/control_reply.h"

static const char *class_name(uint8_t call_class)
{
    static const char *const names[] = {"normal", "imminent_peril", "emergency"};

    return names[call_class];
}

static mcv_err add_transmitters(Mcv__ControlPtt *out, struct mcv_arena *a,
                                const struct mcv_daemon *d, uint32_t call)
{
    struct mcv_transmitter_info info;
    mcv_err err = MCV_OK;

    for (size_t i = 0;
         err == MCV_OK && mcv_agent_transmitter_info(mcv_daemon_agent(d), call, i, &info); i++) {
        Mcv__ControlTransmitter *p = mcv_arena_alloc(a, sizeof *p);
        if (p == NULL) return MCV_E_FULL;
        mcv__control_transmitter__init(p);
        p->user = mcv_reply_text(a, info.user);
        p->own = info.is_own;
        p->shown = info.is_shown;
        p->phase = mcv_reply_word(a, info.phase);
        p->call_class = mcv_reply_word(a, class_name(info.call_class));
        p->priority = info.priority;
        p->audio_ssrc = info.ssrc[MCV_AUDIO];
        p->video_ssrc = info.ssrc[MCV_VIDEO];
        const bool is_whole = p->user != NULL && p->phase != NULL && p->call_class != NULL;
        err = is_whole ? mcv_arena_append(a, &out->transmitters, &out->n_transmitters, p)
                       : MCV_E_FULL;
    }
    return err;
}

static mcv_err add_queue(Mcv__ControlPtt *out, struct mcv_arena *a, const struct mcv_daemon *d,
                         uint32_t call)
{
    struct mcv_queued_info info;
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && mcv_agent_queued_info(mcv_daemon_agent(d), call, i, &info);
         i++) {
        Mcv__ControlQueued *p = mcv_arena_alloc(a, sizeof *p);
        if (p == NULL) return MCV_E_FULL;
        mcv__control_queued__init(p);
        p->user = mcv_reply_text(a, info.user);
        p->position = (uint32_t)i + 1;
        p->call_class = mcv_reply_word(a, class_name(info.call_class));
        p->priority = info.priority;
        const bool is_whole = p->user != NULL && p->call_class != NULL;
        err = is_whole ? mcv_arena_append(a, &out->queue, &out->n_queue, p) : MCV_E_FULL;
    }
    return err;
}

mcv_err mcv_reply_ptt(Mcv__ControlCall *call, struct mcv_arena *arena, const struct mcv_daemon *d,
                      const struct mcv_call_info *info)
{
    const struct mcv_ptt_info *ptt = &info->ptt;
    Mcv__ControlPtt *p = mcv_arena_alloc(arena, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__control_ptt__init(p);
    call->ptt = p;
    p->state = mcv_reply_word(arena, mcv_state_name(MCV_MACHINE_TRANSMISSION, ptt->state));
    p->state_text = mcv_reply_word(arena, mcv_state_text(MCV_MACHINE_TRANSMISSION, ptt->state));
    p->approach = mcv_reply_word(arena, ptt->approach);
    p->mode = mcv_reply_word(arena, ptt->mode == MCV_PTT_MANUAL ? "manual" : "auto");
    p->wanted = ptt->is_wanted;
    p->may_transmit = ptt->may_transmit;
    p->arbitrating = ptt->is_arbitrator;
    p->arbitrator = mcv_reply_text(arena, ptt->arbitrator);
    p->position = ptt->position;
    p->maximum_simultaneous = ptt->n_max;
    const bool is_whole = p->state != NULL && p->state_text != NULL && p->approach != NULL &&
                          p->mode != NULL && p->arbitrator != NULL;
    mcv_err err = is_whole ? add_transmitters(p, arena, d, info->call) : MCV_E_FULL;
    return err == MCV_OK ? add_queue(p, arena, d, info->call) : err;
}
