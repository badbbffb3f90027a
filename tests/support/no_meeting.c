/* Transmission control without its rule for two arbitrators that hear each other: linked in front of
 * mcv::core, in place of transmission_meeting.c. A search that does not notice it is worth nothing. */
#include "agent/core/transmission_steps.h"

bool mcv_ptt_other_wins(const struct mcv_transmission *t, uint8_t call_class, uint32_t ssrc)
{
    (void)t;
    (void)call_class;
    (void)ssrc;
    return false;
}

void mcv_ptt_meet(struct mcv_agent *a, struct mcv_transmission *t, const struct mcv_ptt_input *in)
{
    (void)mcv_ptt_note_transmitter(a, t, in, in->m->user_id);
}
