/* One agent of the world: start, outputs, jobs, wakes. */
#include "crypto/rng_system.h"
#include "sim/world_private.h"

#include <stdlib.h>

static void note(const struct mcv_world *w, struct mcv_node *node, enum mcv_out_kind kind,
                 uint64_t what)
{
    mcv_node_note(node, w->now_us << 3 | (uint64_t)kind);
    mcv_node_note(node, what);
}

/* ---- start and end ------------------------------------------------------------------------- */

static mcv_err load_claims(struct mcv_node *node)
{
    for (uint32_t i = 0; i < node->n_claims; i++) {
        const struct mcv_node_claim *c = &node->claims[i];
        const mcv_err err = mcv_agent_ssrc_load(node->agent, c->gmk_id, c->guk_id, c->ssrc);

        if (err != MCV_OK) return err;
    }
    return MCV_OK;
}

/* Jobs of a transport run on other threads. */
static struct mcv_rng job_rng_of(const struct mcv_world *w, struct mcv_node *node)
{
    return w->params.transport != NULL ? mcv_rng_system : mcv_prng_rng(&node->job_rng);
}

static bool switch_sockets(const struct mcv_world *w, uint32_t agent,
                           const struct mcv_agent_config *config)
{
    const struct mcv_world_transport *t = w->params.transport;

    return t == NULL || t->power(t->ctx, agent, config);
}

mcv_err mcv_world_boot(struct mcv_world *w, uint32_t agent)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    const struct mcv_agent_params params = {.config = node->config.config,
                                            .keys = node->config.keys,
                                            .scratch = w->scratch,
                                            .rooms = &w->rooms,
                                            .rng = mcv_prng_rng(&node->rng),
                                            .job_rng = job_rng_of(w, node),
                                            .refuse_until_s = node->refuse_until_s};

    node->agent = mcv_agent_init(mcv_node_memory(node), &w->limits, &params,
                                 mcv_world_clock(w, node));
    mcv_err err = load_claims(node);
    if (err == MCV_OK) err = mcv_world_listen_monp(w, agent);
    if (err == MCV_OK && !switch_sockets(w, agent, node->config.config)) err = MCV_E_IO;
    if (err == MCV_OK) mcv_world_drain(w, agent);
    return err;
}

static void discard_outputs(struct mcv_world *w, struct mcv_node *node)
{
    struct mcv_out out;

    while (mcv_agent_poll(node->agent, &out, mcv_world_clock(w, node))) {
        if (out.kind != MCV_OUT_JOB) continue;
        out.u.job->err = MCV_E_CRYPTO;
        mcv_agent_job_done(node->agent, mcv_world_clock(w, node), out.u.job);
    }
}

void mcv_world_halt(struct mcv_world *w, uint32_t agent)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL) return;
    while (node->n_jobs > 0) {
        const struct mcv_node_job it = node->jobs[--node->n_jobs];
        struct mcv_job *job = it.job;

        if (it.done_us == MCV_NEVER)
            w->params.transport->recall(w->params.transport->ctx, agent, job);
        job->err = MCV_E_CRYPTO;
        mcv_agent_job_done(node->agent, mcv_world_clock(w, node), job);
        discard_outputs(w, node);
    }
    mcv_world_close_sockets(w, agent);
    (void)switch_sockets(w, agent, NULL);
    mcv_agent_wipe(node->agent);
    node->agent = NULL;
    node->queued_us = MCV_NEVER;
    node->is_suspended = false;
}

/* ---- jobs ---------------------------------------------------------------------------------- */

static void claim(struct mcv_world *w, struct mcv_node *node, struct mcv_job *job)
{
    if (node->n_claims == node->cap_claims) {
        const uint32_t cap = node->cap_claims > 0 ? 2 * node->cap_claims : 2;
        struct mcv_node_claim *claims = mcv_world_grow(
            w, node->claims, node->cap_claims * sizeof *claims, cap * sizeof *claims);

        if (claims == NULL) return;
        node->claims = claims;
        node->cap_claims = cap;
    }
    node->claims[node->n_claims++] = (struct mcv_node_claim){
        .gmk_id = job->gmk_id, .guk_id = job->guk_id, .ssrc = job->ssrc};
    job->err = MCV_OK;
}

static void save_accepted(struct mcv_node *node, struct mcv_job *job)
{
    if (job->t_utc_s > node->refuse_until_s) node->refuse_until_s = job->t_utc_s;
    job->err = MCV_OK;
}

static bool is_durable(const struct mcv_job *job)
{
    return job->kind == MCV_JOB_CLAIM_SSRC || job->kind == MCV_JOB_SAVE_ACCEPTED;
}

static void write_job(struct mcv_world *w, uint32_t agent, struct mcv_job *job)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    w->totals.n_jobs[job->kind]++;
    if (w->params.hooks.job != NULL)
        w->params.hooks.job(w->params.hooks.ctx, agent, w->now_us, job->kind, 0);
    if (job->kind == MCV_JOB_CLAIM_SSRC)
        claim(w, node, job);
    else
        save_accepted(node, job);
}

static void run_job(struct mcv_world *w, uint32_t agent, struct mcv_job *job)
{
    if (w->params.hooks.run_job != NULL)
        w->params.hooks.run_job(w->params.hooks.ctx, agent, job);
    else
        mcv_job_run(job);
}

static bool add_job(struct mcv_world *w, struct mcv_node *node, const struct mcv_node_job *job)
{
    if (node->n_jobs == node->cap_jobs) {
        const uint16_t cap = node->cap_jobs > 0 ? (uint16_t)(2 * node->cap_jobs) : 2;
        struct mcv_node_job *jobs = mcv_world_grow(w, node->jobs, node->cap_jobs * sizeof *jobs,
                                                   cap * sizeof *jobs);

        if (jobs == NULL) return false;
        node->jobs = jobs;
        node->cap_jobs = cap;
    }
    node->jobs[node->n_jobs++] = *job;
    return true;
}

/* To the threads of the transport. */
static void give_job(struct mcv_world *w, uint32_t agent, struct mcv_job *job)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    const struct mcv_node_job it = {.job = job, .done_us = MCV_NEVER, .number = node->n_steps++};

    w->totals.n_jobs[job->kind]++;
    if (add_job(w, node, &it)) w->params.transport->give(w->params.transport->ctx, agent, job);
}

/* The work is done at once, and handed back when its time has passed: so the draws of an agent's
 * jobs come in the order in which they were given. */
static void start_job(struct mcv_world *w, uint32_t agent, struct mcv_job *job)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    const uint32_t cost_us = w->params.costs.us[job->kind];
    const uint64_t start_us = node->cpu_free_us > w->now_us ? node->cpu_free_us : w->now_us;
    const struct mcv_node_job it = {
        .job = job, .done_us = start_us + cost_us, .number = node->n_steps++};

    node->cpu_free_us = it.done_us;
    node->load.job_us += cost_us;
    w->totals.n_jobs[job->kind]++;
    w->totals.job_us += cost_us;
    note(w, node, MCV_OUT_JOB, job->kind);
    if (w->params.hooks.job != NULL)
        w->params.hooks.job(w->params.hooks.ctx, agent, w->now_us, job->kind, cost_us);
    run_job(w, agent, job);
    if (add_job(w, node, &it)) mcv_world_push(w, MCV_STEP_JOB, it.done_us, agent, it.number, NULL);
}

void mcv_world_job_step(struct mcv_world *w, uint32_t agent, uint64_t number)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->is_suspended) return; /* it is pushed again at the resumption */
    for (uint16_t i = 0; i < node->n_jobs; i++) {
        if (node->jobs[i].number != number) continue;
        mcv_world_finish_job(w, agent, i);
        return;
    }
}

void mcv_world_finish_job(struct mcv_world *w, uint32_t agent, uint16_t i)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    struct mcv_job *job = node->jobs[i].job;

    node->jobs[i] = node->jobs[--node->n_jobs];
    w->n_outputs++;
    mcv_agent_job_done(node->agent, mcv_world_clock(w, node), job);
    mcv_world_drain(w, agent);
}

void mcv_world_job_back(struct mcv_world *w, uint32_t agent, struct mcv_job *job)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    for (uint16_t i = 0; i < node->n_jobs; i++) {
        if (node->jobs[i].job != job) continue;
        mcv_world_finish_job(w, agent, i);
        return;
    }
}

/* ---- outputs ------------------------------------------------------------------------------- */

static void take_packet(struct mcv_world *w, uint32_t agent, struct mcv_out *out)
{
    const struct mcv_out_packet *p = &out->u.packet;
    const uint8_t type = p->channel == MCV_CH_MONP ? mcv_fault_monp_type(p->bytes) : 0;

    note(w, mcv_world_node_at(w, agent), MCV_OUT_PACKET,
         (uint64_t)p->bytes.n << 16 | (uint64_t)type << 8 | (uint64_t)p->channel);
    if (w->params.hooks.sent != NULL)
        w->params.hooks.sent(w->params.hooks.ctx, agent, w->now_us, p);
    mcv_world_send(w, agent, p);
}

static void take_local(struct mcv_world *w, uint32_t agent, struct mcv_out *out)
{
    if (w->params.hooks.local != NULL)
        w->params.hooks.local(w->params.hooks.ctx, agent, w->now_us, &out->u.local);
}

static void take_sockets(struct mcv_world *w, uint32_t agent, struct mcv_out *out)
{
    mcv_world_set_sockets(w, agent, &out->u.sockets);
}

static void take_job(struct mcv_world *w, uint32_t agent, struct mcv_out *out)
{
    if (is_durable(out->u.job)) {
        MCV_ASSERT(w->n_writes < MCV_WORLD_MAX_WRITES);
        w->writes[w->n_writes++] = out->u.job;
    } else if (w->params.transport != NULL) {
        give_job(w, agent, out->u.job);
    } else {
        start_job(w, agent, out->u.job);
    }
}

static void take_event(struct mcv_world *w, uint32_t agent, struct mcv_out *out)
{
    const struct mcv_event *e = &out->u.event;

    note(w, mcv_world_node_at(w, agent), MCV_OUT_EVENT,
         (uint64_t)e->type | (uint64_t)e->reason << 8 | (uint64_t)e->call_type << 16 |
             (uint64_t)e->is_manual << 24 | (uint64_t)e->is_outgoing << 25 |
             (uint64_t)e->medium << 26);
    if (w->params.hooks.event != NULL)
        w->params.hooks.event(w->params.hooks.ctx, agent, w->now_us, e);
    if (w->params.keeps_events) mcv_world_log(w, agent, e);
}

static void take_trace(struct mcv_world *w, uint32_t agent, struct mcv_out *out)
{
    const struct mcv_trace *t = &out->u.trace;

    note(w, mcv_world_node_at(w, agent), MCV_OUT_TRACE,
         (uint64_t)t->machine << 24 | (uint64_t)t->from << 16 | (uint64_t)t->to << 8 | t->event);
    if (w->params.hooks.trace != NULL)
        w->params.hooks.trace(w->params.hooks.ctx, agent, w->now_us, t);
}

static void (*const takers[])(struct mcv_world *, uint32_t, struct mcv_out *) = {
    [MCV_OUT_PACKET] = take_packet, [MCV_OUT_LOCAL] = take_local, [MCV_OUT_SOCKETS] = take_sockets,
    [MCV_OUT_JOB] = take_job,       [MCV_OUT_EVENT] = take_event, [MCV_OUT_TRACE] = take_trace,
};

static void arm(struct mcv_world *w, uint32_t agent)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);
    const uint64_t wake_us = mcv_agent_wake_at(node->agent);

    if (wake_us == MCV_NEVER) return;
    uint64_t at_us = wake_us > MCV_WORLD_BOOT_US ? wake_us - MCV_WORLD_BOOT_US : 0;
    if (at_us < w->now_us) at_us = w->now_us;
    if (at_us >= node->queued_us) return;
    node->queued_us = at_us;
    mcv_world_push(w, MCV_STEP_WAKE, at_us, agent, node->n_steps++, NULL);
}

static void poll_all(struct mcv_world *w, uint32_t agent)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);
    struct mcv_out out;

    while (mcv_agent_poll(node->agent, &out, mcv_world_clock(w, node))) {
        w->n_outputs++;
        takers[out.kind](w, agent, &out);
    }
    if (w->params.transport != NULL && w->params.transport->flush != NULL)
        w->params.transport->flush(w->params.transport->ctx);
}

/* Durable writes take no time and are done when polling is over, as the daemon does them: so jobs of
 * many agents that join a call at one instant do not wait for each other. */
void mcv_world_drain(struct mcv_world *w, uint32_t agent)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    poll_all(w, agent);
    (void)mcv_world_add_rooms(w); /* noted */
    while (w->n_writes > 0) {
        struct mcv_job *job = w->writes[0];

        memmove(w->writes, w->writes + 1, --w->n_writes * sizeof(struct mcv_job *));
        write_job(w, agent, job);
        mcv_agent_job_done(node->agent, mcv_world_clock(w, node), job);
        poll_all(w, agent);
    }
    arm(w, agent);
}

/* A wake that an earlier one replaced comes at another time than the one that is noted. */
void mcv_world_wake(struct mcv_world *w, uint32_t agent, uint64_t at_us)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL || at_us != node->queued_us) return;
    node->queued_us = MCV_NEVER;
    if (!node->is_suspended) mcv_world_drain(w, agent);
}
