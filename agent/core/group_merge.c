#include "agent/core/group_steps.h"

unsigned mcv_group_rank(uint8_t call_type)
{
    if (call_type == MCV_CALL_EMERGENCY_GROUP) return 2;
    return call_type == MCV_CALL_IMMINENT_PERIL_GROUP ? 1 : 0;
}

/* The start time belongs to it: a user may call twice with one identifier. */
static bool is_our_call(const struct mcv_group_stored *s, const struct mcv_monp *m,
                        struct mcv_bytes originator)
{
    return s->call_id == m->call_id && s->start_s == m->call_start_s &&
           mcv_bytes_equal(originator, m->originator);
}

/* Spec: TS 24.281 9.3.2.4: a call of a higher type, else the one that started earlier, else the one
 * with the lower call identifier goes on. A strict order, so that all members end in one call. */
static bool is_better(const struct mcv_group_stored *s, const struct mcv_monp *m)
{
    const unsigned own = mcv_group_rank(s->call_type), other = mcv_group_rank(m->call_type);

    if (own != other) return other > own;
    if (s->start_s != m->call_start_s) return m->call_start_s < s->start_s;
    return m->call_id < s->call_id;
}

static enum mcv_group_event classify_in_call(const struct mcv_group_call *g,
                                             const struct mcv_monp *m)
{
    const struct mcv_group_stored *s = &g->stored;

    if (!is_our_call(s, m, mcv_group_originator(g))) {
        return is_better(s, m) ? MCV_G_ANNOUNCED_BETTER : MCV_G_ANNOUNCED_WORSE;
    }
    if (s->call_type == m->call_type && s->change_s == m->last_change_s &&
        mcv_bytes_equal(mcv_group_last_user(g), m->last_user)) {
        return MCV_G_ANNOUNCED_EQUAL;
    }
    return MCV_G_ANNOUNCED_CHANGED;
}

enum mcv_group_event mcv_group_classify(const struct mcv_group_call *g, const struct mcv_monp *m)
{
    if (g->state == MCV_S3_ONGOING) return classify_in_call(g, m);
    if (g->state != MCV_S1_START_STOP || !g->config->needs_user_ack) return MCV_G_ANNOUNCED;
    return m->has_confirm_mode ? MCV_G_ANNOUNCED_ASK_CONFIRM : MCV_G_ANNOUNCED_ASK;
}

/* Spec: TS 24.281 9.3.3.4: the user who changed the type last may also lower it; what somebody else
 * says may only raise it. */
enum mcv_type_event mcv_group_classify_change(const struct mcv_group_call *g,
                                              const struct mcv_monp *m)
{
    const struct mcv_group_stored *s = &g->stored;
    const bool is_same_user = mcv_bytes_equal(mcv_group_last_user(g), m->last_user);
    const unsigned own = mcv_group_rank(s->call_type), other = mcv_group_rank(m->call_type);

    if (is_same_user && m->last_change_s <= s->change_s) return MCV_N_TYPE_EVENTS;
    if (own == other) return MCV_T_ANNOUNCED_SAME;
    if (!is_same_user && other < own) return MCV_N_TYPE_EVENTS;
    return (enum mcv_type_event)(MCV_T_ANNOUNCED_BASIC + other);
}
