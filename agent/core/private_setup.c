/* SETUP REQUESTs that we receive, up to a machine of their own.
 *
 * Spec: TS 24.379 11.2.2.4 (terminating), TS 33.180 E.1.2. Order of the checks: what is known
 * already, rate of the source, limit of calls (BUSY), security (E2E SECURITY CONTEXT FAILURE), media
 * (MEDIA FAILURE), commencement mode. A context of an earlier call is not kept: without an I_MESSAGE
 * there is no security, although TS 24.379 lets a caller use such a context again. */
#include "agent/core/private_machine.h"
#include "proto/sdp.h"

/* ---- refused ------------------------------------------------------------------------------- */

void mcv_private_refuse(struct mcv_agent *a, const struct mcv_setup *setup, enum mcv_reason reason)
{
    const struct mcv_bytes caller = mcv_bytes_of(setup->caller, setup->n_caller);
    const uint64_t until_us = a->now.mono_us + (uint64_t)a->config->timers.tfp7_s * 1000000u;
    const struct mcv_monp m = {.type = MCV_MONP_PRIVATE_CALL_REJECT,
                               .call_id = setup->call_id,
                               .reason = (uint8_t)reason,
                               .caller = caller,
                               .callee = a->config->user};

    mcv_agent_send_monp(a, &m, &setup->addr,
                        mcv_private_pppp(&a->config->private_signalling, setup->call_type));
    mcv_admission_ignore(&a->admission, &setup->addr, caller, setup->call_id, until_us);
}

/* ---- verified ------------------------------------------------------------------------------ */

static void take_key(struct mcv_private_call *c, const struct mcv_private_key *key)
{
    memcpy(c->pck.b, key->key->key.b, sizeof c->pck.b);
    c->pck_id = key->key->key_id;
    c->n_rand = (uint8_t)key->key->n_rand;
    memcpy(c->rand, key->key->rand, key->key->n_rand);
    c->roc_every = key->roc_every;
    c->has_key = true;
    c->replay_id = *key->replay_id;
    c->has_replay_id = true;
}

static void take_setup(struct mcv_private_call *c, const struct mcv_setup *setup)
{
    c->call_id = setup->call_id;
    c->call_type = setup->call_type;
    c->is_manual = setup->is_manual;
    c->peer_sdp = setup->offer;
    c->is_push = setup->offer.direction == MCV_SDP_SENDONLY;
    c->started_at_us = setup->started_at_us;
    c->setup = setup->times;
}

static enum mcv_private_event event_of(const struct mcv_setup *setup)
{
    if (!setup->has_media) return MCV_PE_SETUP_NO_MEDIA;
    return setup->is_manual ? MCV_PE_SETUP_MANUAL : MCV_PE_SETUP_AUTO;
}

/* Does the machine of this peer take the request? Time has passed since it came. */
static bool is_wanted(struct mcv_agent *a, struct mcv_private_call *c,
                      const struct mcv_setup *setup)
{
    if (c == NULL) return true;
    if (mcv_private_is_calling(c)) return mcv_private_fire(a, c, MCV_PE_GLARE, NULL);
    return c->state == MCV_P1_IGNORING && c->call_id != setup->call_id;
}

void mcv_private_verified(struct mcv_agent *a, const struct mcv_setup *setup,
                          const struct mcv_private_key *key)
{
    const struct mcv_bytes caller = mcv_bytes_of(setup->caller, setup->n_caller);

    if (key != NULL) mcv_peers_learn(&a->peers, a->config, caller, &setup->addr);
    if (!is_wanted(a, mcv_private_of_peer(a, caller), setup)) {
        if (key != NULL) mcv_replay_close(&a->replay, key->replay_id);
        mcv_count(a, MCV_N_MONP_IGNORED);
        return;
    }
    struct mcv_private_call *c = mcv_private_take(a, caller, &setup->addr);
    if (c == NULL) {
        if (key != NULL) mcv_replay_close(&a->replay, key->replay_id);
        mcv_private_refuse(a, setup, MCV_REASON_BUSY);
        return;
    }
    const struct mcv_monp m = {.type = MCV_MONP_PRIVATE_CALL_SETUP_REQUEST,
                               .location = mcv_bytes_of(setup->location, setup->n_location)};
    take_setup(c, setup);
    if (key != NULL) take_key(c, key);
    (void)mcv_private_fire(a, c, event_of(setup), &m);
}

/* ---- received ------------------------------------------------------------------------------ */

/* The larger MCVideo ID gives way, so that one of two attempts that cross succeeds. */
static bool gives_way(const struct mcv_agent *a, struct mcv_bytes peer)
{
    const struct mcv_bytes own = a->config->user;
    const int order = memcmp(own.p, peer.p, own.n < peer.n ? own.n : peer.n);

    return a->config->glare_rule && (order != 0 ? order > 0 : own.n > peer.n);
}

/* What a machine of this peer says to it. MCV_OK: go on. */
static mcv_err ask_machine(struct mcv_agent *a, const struct mcv_datagram *d,
                           const struct mcv_monp *m, struct mcv_private_call *c)
{
    if (c == NULL) return MCV_OK;
    const bool is_its = c->call_id == m->call_id && !c->is_outgoing && !c->is_preparing;
    const bool is_calling = mcv_private_is_calling(c);

    if ((is_its || is_calling) && !mcv_addr_same_host(&c->addr, &d->from)) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_AUTH);
    }
    if (is_its) {
        (void)mcv_private_fire(a, c, MCV_PE_SETUP_AGAIN, m);
        return MCV_E_REPLAY;
    }
    if (is_calling ? gives_way(a, m->caller) : c->state == MCV_P1_IGNORING) return MCV_OK;
    return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_BUSY);
}

static bool is_repeated(const struct mcv_agent *a, const struct mcv_datagram *d,
                        const struct mcv_monp *m)
{
    return mcv_validation_find(a, &d->from, m->caller, m->call_id) != NULL ||
           mcv_admission_is_ignored(&a->admission, &d->from, m->caller, m->call_id, a->now.mono_us);
}

static struct mcv_setup setup_of(const struct mcv_agent *a, const struct mcv_datagram *d,
                                 const struct mcv_monp *m)
{
    struct mcv_setup s = {.addr = mcv_peers_answer_addr(a->config, m->caller, &d->from),
                          .call_id = m->call_id,
                          .call_type = m->call_type,
                          .is_manual = m->commencement_mode == MCV_COMMENCEMENT_MANUAL,
                          .n_caller = (uint8_t)m->caller.n,
                          .started_at_us = a->now.mono_us};

    memcpy(s.caller, m->caller.p, m->caller.n);
    if (m->call_type == MCV_CALL_EMERGENCY_PRIVATE && m->location.n > 0 &&
        m->location.n <= sizeof s.location) {
        s.n_location = (uint8_t)m->location.n;
        memcpy(s.location, m->location.p, m->location.n);
    }
    return s;
}

/* Security before media: an offer that cannot be read has no I_MESSAGE. */
static mcv_err check_offer(struct mcv_agent *a, struct mcv_setup *setup, struct mcv_bytes sdp)
{
    struct mcv_bytes key_mgmt = {0};
    mcv_err err = mcv_call_sdp_read(&setup->offer, &key_mgmt, sdp, a->config);

    setup->has_media = err == MCV_OK && mcv_private_can_send_to(a, &setup->offer.addr);
    if (key_mgmt.n > 0) {
        err = mcv_validation_start(a, setup, key_mgmt);
    } else if (a->config->needs_security) {
        err = mcv_drop(a, MCV_N_IMSG_MISSING, MCV_E_POLICY);
    } else {
        mcv_private_verified(a, setup, NULL);
        return MCV_OK;
    }
    if (err && err != MCV_E_BUSY) {
        mcv_private_refuse(a, setup, MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE);
    }
    return err;
}

mcv_err mcv_private_setup(struct mcv_agent *a, const struct mcv_datagram *d,
                          const struct mcv_monp *m)
{
    if (m->call_type != MCV_CALL_PRIVATE && m->call_type != MCV_CALL_EMERGENCY_PRIVATE) {
        return mcv_drop(a, MCV_N_MONP_MALFORMED, MCV_E_MALFORMED);
    }
    const mcv_err err = ask_machine(a, d, m, mcv_private_of_peer(a, m->caller));
    if (err) return err;
    if (is_repeated(a, d, m)) return mcv_drop(a, MCV_N_SETUP_REPEATED, MCV_E_REPLAY);
    if (!mcv_admission_take(&a->admission, &a->config->admission, &d->from, a->now.mono_us)) {
        return mcv_drop(a, MCV_N_SETUP_RATE_LIMITED, MCV_E_POLICY);
    }
    struct mcv_setup setup = setup_of(a, d, m);
    const struct mcv_private_call *calling = mcv_private_of_peer(a, m->caller);
    if (calling == NULL && !mcv_private_has_room(a, m->caller)) {
        mcv_private_refuse(a, &setup, MCV_REASON_BUSY);
        return MCV_E_FULL;
    }
    return check_offer(a, &setup, m->sdp);
}
