/* Timers of private calls. Spec: TS 24.281 B.3 and 10.3: a counter is 1 when the first copy is sent;
 * on expiry below its limit it goes up and the copy is sent again. */
#include "agent/core/private_machine.h"

/* TFP1, TFP3 or TFP4: which one follows from the state. */
static enum mcv_private_event resend_event(const struct mcv_agent *a,
                                           const struct mcv_private_call *c)
{
    const struct mcv_timers *t = &a->config->timers;

    switch (c->state) {
    case MCV_P2_WAITING_CALL:
        if (c->n_sent < t->cfp1_count) return MCV_PE_TFP1;
        return c->is_manual ? MCV_PE_TFP1_LIMIT_MANUAL : MCV_PE_TFP1_LIMIT_AUTO;
    case MCV_P3_WAITING_RELEASE:
        return c->n_sent < t->cfp3_count ? MCV_PE_TFP3 : MCV_PE_TFP3_LIMIT;
    default:
        return c->n_sent < t->cfp4_count ? MCV_PE_TFP4 : MCV_PE_TFP4_LIMIT;
    }
}

/* Both sides of a call report by RTCP, whether they send media or not. */
static uint64_t lost_at_us(const struct mcv_agent *a, const struct mcv_private_call *c)
{
    if (c->state != MCV_P4_ONGOING || a->config->peer_lost_s == 0) return MCV_NEVER;
    return c->heard_at_us + (uint64_t)a->config->peer_lost_s * 1000000u;
}

static uint64_t media_at(const struct mcv_private_call *c)
{
    return mcv_earlier(mcv_media_wake_at(&c->media),
                       mcv_transmission_wake_at(c->media.transmission));
}

/* An expired timer has stopped before its event is handled. */
static bool take_due(uint64_t *at_us, uint64_t now_us)
{
    if (*at_us > now_us) return false;
    *at_us = MCV_NEVER;
    return true;
}

static void run(struct mcv_agent *a, struct mcv_private_call *c)
{
    const uint64_t now_us = a->now.mono_us;

    if (take_due(&c->resend_at_us, now_us)) {
        (void)mcv_private_fire(a, c, resend_event(a, c), NULL);
    }
    if (take_due(&c->answer_at_us, now_us)) (void)mcv_private_fire(a, c, MCV_PE_TFP2, NULL);
    if (take_due(&c->end_at_us, now_us)) {
        const bool is_ignoring = c->state == MCV_P1_IGNORING;
        (void)mcv_private_fire(a, c, is_ignoring ? MCV_PE_TFP7 : MCV_PE_TFP5, NULL);
    }
    if (lost_at_us(a, c) <= now_us) (void)mcv_private_fire(a, c, MCV_PE_PEER_LOST, NULL);
    if (c->media.is_open && media_at(c) <= now_us) mcv_media_run(a, &c->media);
}

void mcv_private_run(struct mcv_agent *a)
{
    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        struct mcv_private_call *c = a->privates[i];
        if (c != NULL && c->call != 0) run(a, c);
    }
}

uint64_t mcv_private_wake_at(const struct mcv_agent *a)
{
    uint64_t at_us = MCV_NEVER;

    for (uint16_t i = 0; i < a->limits.n_private_calls; i++) {
        const struct mcv_private_call *c = a->privates[i];
        if (c == NULL || c->call == 0) continue;
        at_us = mcv_earlier(at_us, mcv_earlier(c->resend_at_us, c->answer_at_us));
        at_us = mcv_earlier(at_us, mcv_earlier(c->end_at_us, lost_at_us(a, c)));
        if (c->media.is_open) at_us = mcv_earlier(at_us, media_at(c));
    }
    return at_us;
}
