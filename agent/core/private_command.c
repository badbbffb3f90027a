/* What the user can do with private calls, and the making of an I_MESSAGE.
 * Spec: TS 24.281 10.3.2.4 (originating), TS 33.180 8.3, E.3. */
#include "agent/core/private_machine.h"
#include "proto/sdp.h"

/* ---- who signs, who is it for -------------------------------------------------------------- */

struct ends {
    const struct mcv_imsg_own *from;
    const struct mcv_imsg_kms *from_kms, *to_kms;
};

/* A message made now; a clock that was set back does not bring an old key set back. */
static mcv_err find_own(const struct mcv_imsg_own **own, const struct mcv_agent *a)
{
    const struct mcv_imsg_trust *trust = &a->keys->trust;
    const struct mcv_imsg_own *latest;

    const mcv_err err = mcv_imsg_find_own(own, trust, a->config->user, a->now.utc_s);
    if (err) return err;
    return mcv_imsg_find_own(&latest, trust, a->config->user, a->latest_s) == MCV_OK &&
                   latest == *own
               ? MCV_OK
               : MCV_E_EXPIRED;
}

static mcv_err find_ends(struct ends *e, const struct mcv_agent *a, struct mcv_bytes user,
                         const char **why)
{
    const struct mcv_imsg_trust *trust = &a->keys->trust;
    const struct mcv_peer_config *peer = mcv_peers_config_of(a->config, user);
    const bool is_foreign = peer != NULL && peer->kms_uri.n > 0;
    const int64_t utc_s = a->latest_s;

    const mcv_err err = find_own(&e->from, a);
    if (err == MCV_E_EXPIRED)
        return mcv_refuse(why, "our keys are not valid now: import new ones", err);
    if (err || e->from->eccsi == NULL) {
        return mcv_refuse(why, "we hold no keys to call with: import some", MCV_E_UNKNOWN_KEY);
    }
    e->from_kms = mcv_imsg_find_kms(trust, e->from->kms_uri);
    e->to_kms = is_foreign ? mcv_imsg_find_kms(trust, peer->kms_uri) : e->from_kms;
    if (e->from_kms == NULL || e->to_kms == NULL || e->to_kms->sakke == NULL) {
        return mcv_refuse(why, "the certificate of the KMS of this user is not held",
                          MCV_E_UNKNOWN_KEY);
    }
    if (!mcv_imsg_kms_is_usable(e->from_kms, utc_s) || !mcv_imsg_kms_is_usable(e->to_kms, utc_s)) {
        return mcv_refuse(why, "the certificate of a KMS is not valid now", MCV_E_EXPIRED);
    }
    return MCV_OK;
}

/* ---- the I_MESSAGE ------------------------------------------------------------------------- */

static mcv_err fill_job(struct mcv_agent *a, struct mcv_private_call *c, struct mcv_job *job,
                        const struct ends *e)
{
    struct mcv_job_build *b = &job->build;

    memcpy(b->to, c->peer, c->n_peer);
    b->spec = (struct mcv_imsg_spec){.type = MCV_KEY_PCK,
                                     .rand = mcv_bytes_of(b->rand, sizeof b->rand),
                                     .utc_s = a->now.utc_s,
                                     .from = e->from,
                                     .from_kms = e->from_kms,
                                     .to = mcv_bytes_of(b->to, c->n_peer),
                                     .to_kms = e->to_kms,
                                     .hide_initiator = a->config->hide_identity,
                                     .hide_responder = a->config->hide_identity};
    const mcv_err err = mcv_key_id_make(&b->spec.key_id, MCV_KEY_PCK, &a->rng);
    return err ? err : mcv_rng_bytes(&a->rng, b->rand, sizeof b->rand);
}

static mcv_err start_build(struct mcv_agent *a, struct mcv_private_call *c, const struct ends *e,
                           const char **why)
{
    struct mcv_job *job = mcv_job_take(a, MCV_JOB_BUILD_PCK, c->call);
    if (job == NULL) return mcv_refuse(why, "too many calls are being set up", MCV_E_FULL);

    mcv_err err = fill_job(a, c, job, e);
    if (!err && !mcv_job_hand_out(a, job)) err = MCV_E_FULL;
    if (err) mcv_job_free(a, job);
    c->is_preparing = !err;
    return err ? mcv_refuse(why, "the call could not be prepared", err) : MCV_OK;
}

static void take_key(struct mcv_private_call *c, const struct mcv_job *job)
{
    c->pck = job->pck;
    c->pck_id = job->build.spec.key_id;
    c->n_rand = sizeof job->build.rand;
    memcpy(c->rand, job->build.rand, sizeof job->build.rand);
    c->roc_every = MCV_PROFILE_PRIVATE.roc_rate;
    c->has_key = true;
}

void mcv_private_job_done(struct mcv_agent *a, struct mcv_job *job)
{
    struct mcv_private_call *c = mcv_private_find(a, job->token);

    if (c != NULL && c->is_preparing) {
        mcv_err err = job->err;
        if (!err) {
            take_key(c, job);
            c->setup.build_us = a->now.mono_us - job->at_us;
            err = mcv_private_write_setup(a, c,
                                          mcv_bytes_of(job->build.message, job->build.n_message));
        }
        (void)mcv_private_fire(a, c, err ? MCV_PE_PREPARE_FAILED : MCV_PE_OFFER_READY, NULL);
    }
    mcv_job_free(a, job);
}

/* ---- call ---------------------------------------------------------------------------------- */

static mcv_err check_call(struct mcv_agent *a, const struct mcv_command *k, struct mcv_addr *addr,
                          const char **why)
{
    const struct mcv_agent_config *config = a->config;
    const struct mcv_private_call *c = mcv_private_of_peer(a, k->target);

    if (k->target.n == 0 || k->target.n > MCV_MAX_URI_BYTES) {
        return mcv_refuse(why, "an MCVideo ID has 1 to 255 octets", MCV_E_NOT_FOUND);
    }
    if (mcv_bytes_equal(k->target, config->user)) {
        return mcv_refuse(why, "this is our own MCVideo ID", MCV_E_POLICY);
    }
    if (!config->may_call) return mcv_refuse(why, "private calls are not authorised", MCV_E_POLICY);
    if (k->is_manual ? !config->may_manual : !config->may_auto) {
        return mcv_refuse(why, "this commencement mode is not authorised", MCV_E_POLICY);
    }
    if (k->is_emergency && !config->may_call_emergency) {
        return mcv_refuse(why, "emergency private calls are not authorised", MCV_E_POLICY);
    }
    if (c != NULL && c->state != MCV_P1_IGNORING) {
        return mcv_refuse(why, "there is a call with this user", MCV_E_BUSY);
    }
    if (!mcv_peers_find(addr, &a->peers, config, k->target) ||
        mcv_agent_own(a, addr->family) == NULL) {
        return mcv_refuse(why, "no address of this user is known", MCV_E_NOT_FOUND);
    }
    return MCV_OK;
}

/* Without an I_MESSAGE only when that is permitted and there are no keys at all: keys that have
 * expired are a reason to stop, not to go on in the clear. */
static bool goes_unprotected(const struct mcv_agent *a)
{
    return !a->config->needs_security && a->keys->home_kms_uri.n == 0;
}

static mcv_err begin_call(struct mcv_agent *a, struct mcv_private_call *c, const struct ends *e,
                          const char **why)
{
    const struct mcv_addr *own = mcv_agent_own(a, c->addr.family);
    mcv_err err = mcv_agent_draw_call_id(a, &c->call_id);

    if (err) return mcv_refuse(why, "the random generator failed", err);
    mcv_call_sdp_ours(&c->own_sdp, a->config, own, mcv_private_port(a, c));
    if (c->is_push) c->own_sdp.direction = MCV_SDP_SENDONLY;
    if (e->from != NULL) return start_build(a, c, e, why);
    err = mcv_private_write_setup(a, c, (struct mcv_bytes){0});
    if (err) return mcv_refuse(why, "the SETUP REQUEST is too long", err);
    (void)mcv_private_fire(a, c, MCV_PE_OFFER_READY, NULL);
    return MCV_OK;
}

/* Asked for, or our user is in emergency. */
static bool is_emergency(const struct mcv_agent *a, const struct mcv_command *k)
{
    return k->is_emergency || (a->config->may_call_emergency && mcv_alert_is_emergency(a));
}

static mcv_err call_user(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                         const char **why)
{
    struct ends ends = {0};
    struct mcv_addr addr;

    mcv_err err = check_call(a, k, &addr, why);
    if (!err && !goes_unprotected(a)) err = find_ends(&ends, a, k->target, why);
    if (err) return err;
    struct mcv_private_call *c = mcv_private_take(a, k->target, &addr);
    if (c == NULL) return mcv_refuse(why, "the limit of private calls is reached", MCV_E_FULL);
    c->is_outgoing = true;
    c->is_manual = k->is_manual;
    c->is_push = k->type == MCV_CMD_PUSH;
    c->call_type = is_emergency(a, k) ? MCV_CALL_EMERGENCY_PRIVATE : MCV_CALL_PRIVATE;
    *call = c->call;
    err = begin_call(a, c, &ends, why);
    if (err) {
        mcv_private_give_back(a, c);
        *call = 0;
    }
    return err;
}

/* ---- calls that exist ---------------------------------------------------------------------- */

static mcv_err fire(struct mcv_agent *a, struct mcv_private_call *c, enum mcv_private_event event,
                    const char **why)
{
    if (mcv_private_rules[c->state][event].action == NULL) {
        return mcv_refuse(why, "the state of the call does not allow it", MCV_E_BUSY);
    }
    (void)mcv_private_fire(a, c, event, NULL);
    return MCV_OK;
}

static mcv_err answer(struct mcv_agent *a, const struct mcv_command *k,
                      enum mcv_private_event event, uint32_t *call, const char **why)
{
    struct mcv_private_call *c = mcv_private_find(a, k->call);

    if (c == NULL) return mcv_refuse(why, "there is no such call", MCV_E_NOT_FOUND);
    *call = c->call;
    if (c->is_answered) return mcv_refuse(why, "the call has been accepted", MCV_E_BUSY);
    return fire(a, c, event, why);
}

static mcv_err accept_call(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                           const char **why)
{
    return answer(a, k, MCV_PE_USER_ACCEPT, call, why);
}

static mcv_err reject_call(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                           const char **why)
{
    return answer(a, k, MCV_PE_USER_REJECT, call, why);
}

static mcv_err release_call(struct mcv_agent *a, const struct mcv_command *k, uint32_t *call,
                            const char **why)
{
    struct mcv_private_call *c = mcv_private_find(a, k->call);

    if (c == NULL) return mcv_refuse(why, "there is no such call", MCV_E_NOT_FOUND);
    *call = c->call;
    const bool is_ringing = c->state == MCV_P5_PENDING && !c->is_answered;
    return fire(a, c, is_ringing ? MCV_PE_USER_REJECT : MCV_PE_USER_RELEASE, why);
}

mcv_err mcv_private_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                            const char **why)
{
    static mcv_err (*const run[])(struct mcv_agent *, const struct mcv_command *, uint32_t *,
                                  const char **) = {
        [MCV_CMD_CALL] = call_user,       [MCV_CMD_PUSH] = call_user,
        [MCV_CMD_ACCEPT] = accept_call,   [MCV_CMD_REJECT] = reject_call,
        [MCV_CMD_RELEASE] = release_call,
    };

    MCV_ASSERT((size_t)command->type < sizeof run / sizeof *run && run[command->type] != NULL);
    return run[command->type](a, command, call, why);
}
