/* Two arbitrators hear each other: partitions merged, or both had asked in vain.
 * Spec: TS 24.581 7.1: one client arbitrates for all that are in range. */
#include "agent/core/transmission_steps.h"

#define REPLY_EVERY_US 100000u

/* Both sides have to come to the same answer: only what an Arbitration Taken says counts, the class
 * of the call and the SSRC. The priority of a transmission is not in it. */
bool mcv_ptt_other_wins(const struct mcv_transmission *t, uint8_t call_class, uint32_t ssrc)
{
    if (call_class != t->call_class) return call_class > t->call_class;
    return ssrc > t->own_ssrc;
}

void mcv_ptt_meet(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    if (mcv_ptt_other_wins(t, mcv_ptt_class(in->m->indicator), in->m->ssrc)) {
        mcv_ptt_enter(t, MCV_O_PERMISSION); /* goes on to transmit, until he says otherwise */
        mcv_ptt_handed_over(a, t, in);
        return;
    }
    (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
    if (mcv_pace_take(&t->replies, a->now.mono_us, REPLY_EVERY_US, 1)) mcv_ptt_send_taken(a, t);
    mcv_ptt_shed(a, t);
}
