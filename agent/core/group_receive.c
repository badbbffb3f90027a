/* Messages of group calls: which call they are for and what they are to it. */
#include "agent/core/agent_private.h"
#include "agent/core/fan_out.h"
#include "agent/core/group_media.h"
#include "agent/core/group_steps.h"

static mcv_err step(struct mcv_agent *a, struct mcv_group_call *g, enum mcv_group_event event,
                    const struct mcv_group_input *in)
{
    return mcv_group_step(a, g, event, in) ? MCV_OK : MCV_E_POLICY;
}

static mcv_err probe(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_datagram *d,
                     const struct mcv_monp *m)
{
    (void)d;
    return step(a, g, MCV_G_PROBE, &(struct mcv_group_input){.m = m});
}

static bool is_group_type(uint8_t call_type)
{
    return call_type == MCV_CALL_BASIC_GROUP || call_type == MCV_CALL_EMERGENCY_GROUP ||
           call_type == MCV_CALL_IMMINENT_PERIL_GROUP;
}

/* Octets that were read before are not read again: each member gets them every few seconds. */
static mcv_err read_sdp(const struct mcv_agent *a, const struct mcv_group_call *g,
                        struct mcv_bytes text, struct mcv_call_sdp *sdp)
{
    const struct mcv_bytes known = mcv_bytes_of(g->sdp_text, g->stored.n_sdp_text);

    if (text.n > a->limits.n_sdp_bytes) return MCV_E_SPACE;
    if (g->state == MCV_S1_START_STOP || !mcv_bytes_equal(text, known))
        return mcv_call_sdp_read(sdp, NULL, text, a->config);
    *sdp = g->stored.sdp;
    return MCV_OK;
}

static mcv_err announcement(struct mcv_agent *a, struct mcv_group_call *g,
                            const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_call_sdp sdp;
    const struct mcv_group_input in = {.m = m, .sdp = &sdp};

    (void)d;
    if (!is_group_type(m->call_type) || m->originator.n > MCV_MAX_URI_BYTES ||
        m->last_user.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    const mcv_err err = read_sdp(a, g, m->sdp, &sdp);
    if (err) return mcv_drop(a, MCV_N_MONP_BAD_SDP, err);
    if (!mcv_addr_same_host(&sdp.addr, &g->config->addr)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_ADDRESS, MCV_E_POLICY);
    }
    if (!mcv_fan_out_takes(a->config, &a->limits, g->config, &sdp)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_PORTS, MCV_E_POLICY);
    }
    if (mcv_group_left_s(a, g->config->max_duration_s, m->call_start_s) <= 0) {
        return mcv_drop(a, MCV_N_MONP_OVER, MCV_E_TIME);
    }
    if (g->state == MCV_S1_START_STOP && !mcv_group_media_has_room(a)) {
        return mcv_drop(a, MCV_N_GROUP_LIMIT, MCV_E_FULL);
    }
    return step(a, g, mcv_group_classify(g, m), &in);
}

static mcv_err member(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_datagram *d,
                      const struct mcv_monp *m)
{
    (void)d;
    if (m->sender.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    if (g->state == MCV_S3_ONGOING && m->call_id != g->stored.call_id) {
        return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOR_US);
    }
    return step(a, g, MCV_G_MEMBER, &(struct mcv_group_input){.m = m});
}

/* An END that was sent before the change that we know, by the same user, comes late. */
static bool is_late_end(const struct mcv_group_call *g, const struct mcv_monp *m)
{
    return m->last_change_s < g->stored.change_s &&
           mcv_bytes_equal(m->last_user, mcv_group_last_user(g));
}

static mcv_err type_end(struct mcv_agent *a, struct mcv_group_call *g, const struct mcv_datagram *d,
                        const struct mcv_monp *m)
{
    struct mcv_addr addr;
    const bool is_known = mcv_peers_find(&addr, &a->peers, a->config, m->last_user);
    const struct mcv_group_input in = {.m = m, .is_unverified = !is_known};
    const enum mcv_type_event event = m->type == MCV_MONP_GROUP_CALL_EMERGENCY_END
                                          ? MCV_T_EMERGENCY_END
                                          : MCV_T_PERIL_END;

    if (m->last_user.n > MCV_MAX_URI_BYTES) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    if (is_known && !mcv_addr_same_host(&addr, &d->from)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_POLICY);
    }
    if (g->state == MCV_S3_ONGOING && m->call_id != g->stored.call_id) {
        return mcv_drop(a, MCV_N_MONP_UNKNOWN_CALL, MCV_E_NOT_FOR_US);
    }
    if (!mcv_type_handles(g, event) || is_late_end(g, m)) {
        return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_POLICY);
    }
    return step(a, g, MCV_G_TYPE_END, &in);
}

typedef mcv_err receiver(struct mcv_agent *a, struct mcv_group_call *g,
                         const struct mcv_datagram *d, const struct mcv_monp *m);

static receiver *const receivers[] = {
    [MCV_MONP_GROUP_CALL_PROBE - MCV_MONP_TYPE_FIRST] = probe,
    [MCV_MONP_GROUP_CALL_ANNOUNCEMENT - MCV_MONP_TYPE_FIRST] = announcement,
    [MCV_MONP_GROUP_CALL_ACCEPT - MCV_MONP_TYPE_FIRST] = member,
    [MCV_MONP_GROUP_CALL_EMERGENCY_END - MCV_MONP_TYPE_FIRST] = type_end,
    [MCV_MONP_GROUP_CALL_IMMINENT_PERIL_END - MCV_MONP_TYPE_FIRST] = type_end,
};

mcv_err mcv_group_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                          const struct mcv_monp *m)
{
    struct mcv_group_call *g = mcv_group_by_id(a, m->group);
    const size_t kind = (size_t)m->type - MCV_MONP_TYPE_FIRST;

    MCV_ASSERT(kind < sizeof receivers / sizeof receivers[0]);
    if (!g) return mcv_drop(a, MCV_N_MONP_NOT_FOR_US, MCV_E_NOT_FOR_US);
    if (!mcv_fan_out_is_to_group(g->config, d)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_ADDRESS, MCV_E_NOT_FOR_US);
    }
    return receivers[kind](a, g, d, m);
}
