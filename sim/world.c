#include "sim/world_private.h"

#include <stdlib.h>

const struct mcv_world_costs mcv_world_costs_default = {.us = {
                                                            [MCV_JOB_BUILD_PCK] = 4000,
                                                            [MCV_JOB_VERIFY] = 400,
                                                            [MCV_JOB_DECAPSULATE] = 6000,
                                                        }};

struct mcv_world_params mcv_world_params_default(void)
{
    return (struct mcv_world_params){.seed = 1,
                                     .utc_s = 1760000000,
                                     .limits = &mcv_limits_sim,
                                     .link = {.delay_us = 2000},
                                     .costs = mcv_world_costs_default,
                                     .keeps_events = true};
}

void mcv_world_no_memory(struct mcv_world *w)
{
    w->is_out_of_memory = true;
}

void *mcv_world_grow(struct mcv_world *w, void *p, size_t old_bytes, size_t new_bytes)
{
    void *q = realloc(p, new_bytes);

    if (q == NULL)
        mcv_world_no_memory(w);
    else
        w->n_bytes += new_bytes - old_bytes;
    return q;
}

mcv_err mcv_world_add_rooms(struct mcv_world *w)
{
    while (w->rooms.n_free < w->limits.n_private_calls) {
        void *room = mcv_slab_take(&w->room_slab);

        if (room == NULL) {
            mcv_world_no_memory(w);
            return MCV_E_IO;
        }
        mcv_rooms_add(&w->rooms, room);
    }
    return MCV_OK;
}

void mcv_world_push(struct mcv_world *w, enum mcv_step kind, uint64_t at_us, uint32_t who,
                    uint64_t count, void *what)
{
    const struct mcv_queue_item item = {.at_us = at_us,
                                        .order = mcv_queue_order(kind, who, count),
                                        .what = what,
                                        .who = who,
                                        .kind = (uint8_t)kind};

    if (mcv_queue_push(&w->queue, &item) == MCV_OK) return;
    mcv_world_discard(w, &item);
    mcv_world_no_memory(w);
}

mcv_err mcv_world_open(struct mcv_world **out, const struct mcv_world_params *params)
{
    struct mcv_world *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL) return MCV_E_IO;
    w->params = *params;
    w->limits = *params->limits;
    w->limits.shares_rooms = true;
    w->params.limits = &w->limits;
    w->lookahead_us = params->link.delay_us;
    mcv_slab_init(&w->slab, MCV_NODE_BYTES + mcv_agent_size(&w->limits));
    mcv_slab_init(&w->room_slab, mcv_room_size(&w->limits));
    w->n_bytes = sizeof *w + mcv_scratch_size(&w->limits) + MCV_MAX_MONP_BYTES;
    void *mem = malloc(mcv_scratch_size(&w->limits));
    if (mem != NULL) w->scratch = mcv_scratch_init(mem, &w->limits);
    w->copy = malloc(MCV_MAX_MONP_BYTES);
    if (w->scratch == NULL || w->copy == NULL || mcv_world_add_rooms(w) != MCV_OK) {
        mcv_world_close(w);
        return MCV_E_IO;
    }
    *out = w;
    return MCV_OK;
}

static void free_node(struct mcv_node *node)
{
    free(node->sent);
    free(node->sockets);
    free(node->jobs);
    free(node->claims);
    free(node->events);
}

void mcv_world_close(struct mcv_world *w)
{
    if (w == NULL) return;
    for (uint32_t i = 0; i < w->n_nodes; i++) mcv_world_halt(w, i);
    mcv_world_net_wipe(w);
    for (uint32_t i = 0; i < w->n_nodes; i++) free_node(w->nodes[i]);
    for (struct mcv_act *a = w->free_acts; a != NULL; a = w->free_acts) {
        w->free_acts = a->next;
        free(a);
    }
    free(w->nodes);
    free(w->faults);
    free(w->copy);
    if (w->scratch != NULL) mcv_wipe(w->scratch, mcv_scratch_size(&w->limits));
    free(w->scratch);
    mcv_queue_wipe(&w->queue);
    mcv_slab_wipe(&w->slab);
    mcv_slab_wipe(&w->room_slab);
    mcv_pool_wipe(&w->pool);
    free(w);
}

struct mcv_node *mcv_world_node_at(const struct mcv_world *w, uint32_t agent)
{
    MCV_ASSERT(agent < w->n_nodes);
    return w->nodes[agent];
}

struct mcv_now mcv_world_clock(const struct mcv_world *w, const struct mcv_node *node)
{
    const int64_t us = (int64_t)w->now_us + node->utc_skew_us;
    const int64_t s = us / 1000000 - (us % 1000000 < 0); /* rounds down */

    return (struct mcv_now){.mono_us = w->now_us + MCV_WORLD_BOOT_US, .utc_s = w->params.utc_s + s};
}

/* ---- agents -------------------------------------------------------------------------------- */

static struct mcv_node *add_node(struct mcv_world *w, const struct mcv_world_node *config)
{
    const struct mcv_world_division *d = w->params.division;
    const bool is_elsewhere = d != NULL && !d->is_here(d->ctx, w->n_nodes);
    struct mcv_node *node = is_elsewhere ? mcv_pool_alloc(&w->pool, MCV_NODE_BYTES)
                                         : mcv_slab_take(&w->slab);
    const uint64_t stream = config->random != 0 ? config->random : w->n_nodes;

    if (node == NULL) return NULL;
    node->is_elsewhere = is_elsewhere;
    node->config = *config;
    node->utc_skew_us = config->utc_skew_us;
    node->queued_us = MCV_NEVER;
    mcv_prng_init(&node->rng, w->params.seed, mcv_prng_mix(1, stream));
    mcv_prng_init(&node->job_rng, w->params.seed, mcv_prng_mix(2, stream));
    return node;
}

mcv_err mcv_world_add(struct mcv_world *w, uint32_t *agent, const struct mcv_world_node *config,
                      const char **why)
{
    const char *what = NULL;
    const mcv_err err = mcv_agent_config_check(config->config, &w->limits, &what);

    if (why != NULL) *why = what;
    if (err != MCV_OK) return err;
    if (w->n_nodes == w->cap_nodes) {
        const uint32_t cap = w->cap_nodes > 0 ? 2 * w->cap_nodes : 16;
        struct mcv_node **nodes = mcv_world_grow(w, w->nodes, w->cap_nodes * sizeof *nodes,
                                                 cap * sizeof *nodes);

        if (nodes == NULL) return MCV_E_IO;
        w->nodes = nodes;
        w->cap_nodes = cap;
    }
    struct mcv_node *node = add_node(w, config);
    if (node == NULL) return MCV_E_IO;
    *agent = w->n_nodes;
    w->nodes[w->n_nodes++] = node;
    return config->is_off || node->is_elsewhere ? MCV_OK : mcv_world_boot(w, *agent);
}

size_t mcv_world_n_agents(const struct mcv_world *w)
{
    return w->n_nodes;
}

const struct mcv_agent *mcv_world_agent(const struct mcv_world *w, uint32_t agent)
{
    return mcv_world_node_at(w, agent)->agent;
}

mcv_err mcv_world_command(struct mcv_world *w, uint32_t agent, const struct mcv_command *command,
                          uint32_t *call, const char **why)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL || node->is_suspended) return MCV_E_BUSY;
    const mcv_err err = mcv_agent_command(node->agent, mcv_world_clock(w, node), command, call,
                                          why);
    mcv_world_drain(w, agent);
    return err;
}

mcv_err mcv_world_local(struct mcv_world *w, uint32_t agent, uint16_t slot, enum mcv_medium medium,
                        struct mcv_bytes rtp)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL || node->is_suspended) return MCV_E_BUSY;
    const mcv_err err = mcv_agent_local(node->agent, mcv_world_clock(w, node), slot, medium, rtp);
    mcv_world_drain(w, agent);
    return err;
}

void mcv_world_set_keys(struct mcv_world *w, uint32_t agent, const struct mcv_keyring *keys)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    node->config.keys = keys;
    if (node->agent == NULL) return;
    mcv_agent_set_keys(node->agent, mcv_world_clock(w, node), keys);
    mcv_world_drain(w, agent);
}

mcv_err mcv_world_inject(struct mcv_world *w, uint32_t agent, const struct mcv_datagram *d)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL || node->is_suspended) return MCV_E_BUSY;
    const mcv_err err = mcv_agent_receive(node->agent, mcv_world_clock(w, node), d);
    mcv_world_drain(w, agent);
    return err;
}

void mcv_world_break_sockets(struct mcv_world *w, uint32_t agent, uint32_t call)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    if (node->agent == NULL) return;
    mcv_agent_sockets_failed(node->agent, mcv_world_clock(w, node), call);
    mcv_world_drain(w, agent);
}

mcv_err mcv_world_power(struct mcv_world *w, uint32_t agent, bool is_on)
{
    const struct mcv_node *node = mcv_world_node_at(w, agent);

    if (is_on == (node->agent != NULL)) return MCV_OK;
    if (is_on && !node->is_elsewhere) return mcv_world_boot(w, agent);
    mcv_world_halt(w, agent);
    return MCV_OK;
}

void mcv_world_suspend(struct mcv_world *w, uint32_t agent, bool is_suspended)
{
    struct mcv_node *node = mcv_world_node_at(w, agent);

    node->is_suspended = is_suspended;
    if (is_suspended || node->agent == NULL) return;
    for (uint16_t i = 0; i < node->n_jobs; i++)
        if (node->jobs[i].done_us <= w->now_us)
            mcv_world_push(w, MCV_STEP_JOB, w->now_us, agent, node->jobs[i].number, NULL);
    mcv_world_drain(w, agent);
}

void mcv_world_set_partition(struct mcv_world *w, uint32_t agent, uint16_t partition)
{
    mcv_world_node_at(w, agent)->partition = partition;
}

void mcv_world_set_skew(struct mcv_world *w, uint32_t agent, int64_t utc_skew_us)
{
    mcv_world_node_at(w, agent)->utc_skew_us = utc_skew_us;
}

/* ---- time ---------------------------------------------------------------------------------- */

mcv_err mcv_world_at(struct mcv_world *w, uint64_t at_us, void (*act)(struct mcv_world *, void *),
                     void *ctx)
{
    struct mcv_act *a = w->free_acts;

    if (a != NULL)
        w->free_acts = a->next;
    else if ((a = calloc(1, sizeof *a)) == NULL)
        return MCV_E_IO;
    *a = (struct mcv_act){.act = act, .ctx = ctx};
    mcv_world_push(w, MCV_STEP_ACT, at_us > w->now_us ? at_us : w->now_us, 0, w->n_acts++, a);
    return MCV_OK;
}

static void do_act(struct mcv_world *w, struct mcv_act *a)
{
    const struct mcv_act it = *a;

    a->next = w->free_acts;
    w->free_acts = a;
    it.act(w, it.ctx);
    w->n_outputs++; /* an act is progress */
}

static void step(struct mcv_world *w, const struct mcv_queue_item *item)
{
    switch ((enum mcv_step)item->kind) {
    case MCV_STEP_ACT:
        do_act(w, item->what);
        break;
    case MCV_STEP_REACH:
        mcv_world_reach(w, item->what);
        break;
    case MCV_STEP_ARRIVE:
        mcv_world_arrive(w, item->what);
        break;
    case MCV_STEP_JOB:
        mcv_world_job_step(w, item->who, item->order & ((UINT64_C(1) << MCV_QUEUE_COUNT_BITS) - 1));
        break;
    case MCV_STEP_WAKE:
        mcv_world_wake(w, item->who, item->at_us);
        break;
    }
}

/* Steps of one agent at one instant that change nothing: for ever, if it is never content with the
 * time at which it is woken. */
static bool is_stalled(struct mcv_world *w, const struct mcv_queue_item *item, bool is_progress)
{
    if (item->kind != MCV_STEP_WAKE) return false;
    struct mcv_node *node = mcv_world_node_at(w, item->who);

    if (is_progress || node->idle_at_us != w->now_us) node->n_idle = 0;
    node->idle_at_us = w->now_us;
    return !is_progress && ++node->n_idle >= MCV_WORLD_STALL_STEPS;
}

/* One step. */
static enum mcv_world_stop advance(struct mcv_world *w)
{
    struct mcv_queue_item item;
    const uint64_t n_outputs = w->n_outputs;

    if (!mcv_queue_pop(&w->queue, &item)) return MCV_WORLD_REACHED;
    if (item.at_us > w->now_us) w->now_us = item.at_us;
    w->totals.n_steps++;
    step(w, &item);
    if (w->is_out_of_memory) return MCV_WORLD_NO_MEMORY;
    return is_stalled(w, &item, w->n_outputs != n_outputs) ? MCV_WORLD_STALLED : MCV_WORLD_FOUND;
}

enum mcv_world_stop mcv_world_run_until(struct mcv_world *w, bool (*is_true)(void *), void *ctx,
                                        uint64_t until_us)
{
    if (w->is_out_of_memory) return MCV_WORLD_NO_MEMORY;
    for (;;) {
        if (is_true != NULL && is_true(ctx)) return MCV_WORLD_FOUND;
        const struct mcv_queue_item *first = mcv_queue_first(&w->queue);
        if (first == NULL || first->at_us > until_us) break;
        const enum mcv_world_stop stop = advance(w);
        if (stop != MCV_WORLD_FOUND) return stop;
    }
    if (until_us > w->now_us && until_us != MCV_NEVER) w->now_us = until_us;
    return MCV_WORLD_REACHED;
}

enum mcv_world_stop mcv_world_run(struct mcv_world *w, uint64_t until_us)
{
    return mcv_world_run_until(w, NULL, NULL, until_us);
}

void mcv_world_set_now(struct mcv_world *w, uint64_t now_us)
{
    if (now_us > w->now_us) w->now_us = now_us;
}

uint64_t mcv_world_now_us(const struct mcv_world *w)
{
    return w->now_us;
}

uint64_t mcv_world_lookahead_us(const struct mcv_world *w)
{
    return w->lookahead_us;
}

uint64_t mcv_world_next_at(const struct mcv_world *w)
{
    const struct mcv_queue_item *first = mcv_queue_first(&w->queue);

    return first != NULL ? first->at_us : MCV_NEVER;
}

const char *mcv_world_stop_name(enum mcv_world_stop stop)
{
    static const char *const names[] = {[MCV_WORLD_REACHED] = "reached",
                                        [MCV_WORLD_FOUND] = "found",
                                        [MCV_WORLD_STALLED] = "stalled",
                                        [MCV_WORLD_NO_MEMORY] = "no memory"};

    return names[stop];
}

mcv_err mcv_world_add_fault(struct mcv_world *w, struct mcv_fault *fault)
{
    if (w->n_faults == w->cap_faults) {
        const size_t cap = w->cap_faults > 0 ? 2 * w->cap_faults : 4;
        struct mcv_fault **faults = mcv_world_grow(w, w->faults,
                                                   w->cap_faults * sizeof(struct mcv_fault *),
                                                   cap * sizeof(struct mcv_fault *));

        if (faults == NULL) return MCV_E_IO;
        w->faults = faults;
        w->cap_faults = cap;
    }
    w->faults[w->n_faults++] = fault;
    return MCV_OK;
}

void mcv_world_clear_faults(struct mcv_world *w)
{
    w->n_faults = 0;
}
