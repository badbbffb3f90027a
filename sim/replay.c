#include "sim/replay.h"

#include "agent/edge/config.h"
#include "agent/record/record_parts.h"
#include "agent/store/files.h"
#include "sim/replay_jobs.h"
#include "sim/replay_oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES  (64u << 20) /* keyrings and salts; only what is needed is touched */
#define US_PER_S    1000000
#define MAX_MONO_US (UINT64_C(1) << 55) /* a thousand years: sums with timers do not wrap */
#define MAX_UTC_S   (INT64_C(1) << 40)
#define MAX_WAKES   10000 /* between two frames of a record */
#define MAX_TAIL    MCV_RECORD_TAIL_BYTES
#define NAL_IDR     0x65 /* RFC 6184 5.3: nal_ref_idc 3, type 5 */
#define NAL_NO_IDR  0x41 /* nal_ref_idc 2, type 1 */

struct player {
    struct mcv_replay_result *result;
    const struct mcv_replay_changes *changes;
    const struct mcv_replay_listener *listener;
    struct mcv_why *why;
    bool is_sealed, is_changed;
    struct mcv_arena kept;
    struct mcv_replay_oracle oracle;
    struct mcv_prng losses;
    struct mcv_edge_config *config, *old; /* old: what is polled may still point into it */
    struct mcv_limits limits;
    void *agent_mem, *scratch_mem;
    struct mcv_agent *agent;
    struct mcv_replay_jobs jobs;
    uint64_t digest, recorded_wake_us; /* as the last turn left it */
    struct mcv_now now;
};

/* ---- configuration and keys ---------------------------------------------------------------- */

static void set_scopes(struct mcv_edge_config *c, const Mcv__RecordConfig *recorded)
{
    for (size_t i = 0; i < c->agent.n_own && i < recorded->n_scopes; i++)
        c->agent.own[i].scope = recorded->scopes[i];
    for (size_t i = 0; i < c->agent.n_peers && c->agent.n_own + i < recorded->n_scopes; i++)
        c->peers[i].addr.scope = recorded->scopes[c->agent.n_own + i];
}

static void change_timers(const struct player *p, struct mcv_timers *timers)
{
    for (size_t i = 0; i < p->changes->n_timers; i++)
        memcpy((char *)timers + p->changes->timers[i]->offset, &p->changes->values[i],
               sizeof p->changes->values[i]);
}

static mcv_err read_config(struct player *p, struct mcv_edge_config *c,
                           const Mcv__RecordConfig *recorded)
{
    struct mcv_yaml_why why = {0};
    struct mcv_bytes *documents = calloc(recorded->n_documents + 1, sizeof *documents);

    if (documents == NULL) return MCV_E_FULL;
    for (size_t i = 0; i < recorded->n_documents; i++)
        documents[i] = mcv_pb_bytes(&recorded->documents[i]);
    mcv_err err = mcv_edge_config_read_text(c, "the recorded configuration",
                                            mcv_pb_bytes(&recorded->text), &why);
    if (err == MCV_OK)
        err = mcv_edge_config_add_documents(c, documents, recorded->n_documents, &why);
    free(documents);
    if (err != MCV_OK) return mcv_why_set(p->why, err, "%.300s", why.text);
    set_scopes(c, recorded);
    change_timers(p, &c->agent.timers);
    if (!p->is_sealed) c->agent.srtp = &p->oracle.srtp;
    return MCV_OK;
}

static void close_config(struct mcv_edge_config **c)
{
    if (*c != NULL) mcv_edge_config_close(*c);
    free(*c);
    *c = NULL;
}

static mcv_err new_config(struct player *p, struct mcv_edge_config **out,
                          const Mcv__RecordConfig *recorded)
{
    struct mcv_edge_config *c = calloc(1, sizeof *c);

    *out = c;
    if (c == NULL) return mcv_why_set(p->why, MCV_E_FULL, "no memory");
    if (recorded == NULL)
        return mcv_why_set(p->why, MCV_E_MALFORMED, "no configuration in the record");
    return read_config(p, c, recorded);
}

static mcv_err take_keys(struct player *p, const struct mcv_keyring **out,
                         const Mcv__RecordKeys *recorded)
{
    Mcv__RecordKeys *copy;

    *out = NULL;
    if (recorded == NULL) return mcv_why_set(p->why, MCV_E_MALFORMED, "no keys in the record");
    const size_t n = mcv__record_keys__get_packed_size(recorded);
    uint8_t *packed = mcv_arena_alloc(&p->kept, n + 1);
    if (packed == NULL) return mcv_why_set(p->why, MCV_E_FULL, "no memory");
    mcv__record_keys__pack(recorded, packed);
    copy = mcv__record_keys__unpack(&p->kept.pb, n, packed); /* it outlives the frame */
    if (copy == NULL) return mcv_why_set(p->why, MCV_E_FULL, "no memory");
    const mcv_err err = mcv_record_get_keys(out, &p->kept, copy);
    return err == MCV_OK ? err : mcv_why_set(p->why, err, "the keys of the record are damaged");
}

static mcv_err load_ssrcs(struct player *p, const Mcv__RecordStart *s)
{
    mcv_err err = MCV_OK;

    for (size_t i = 0; err == MCV_OK && i < s->n_ssrcs; i++)
        err = mcv_agent_ssrc_load(p->agent, s->ssrcs[i]->gmk_id, s->ssrcs[i]->guk_id,
                                  s->ssrcs[i]->ssrc);
    return err;
}

static mcv_err start(struct player *p, const Mcv__RecordStart *s)
{
    const struct mcv_keyring *keys;

    if (p->agent != NULL) return mcv_why_set(p->why, MCV_E_MALFORMED, "it begins twice");
    if (s->version != MCV_RECORD_VERSION)
        return mcv_why_set(p->why, MCV_E_UNSUPPORTED, "a record of version %u; this is for %u",
                           s->version, MCV_RECORD_VERSION);
    mcv_err err = new_config(p, &p->config, s->config);
    if (err == MCV_OK) err = take_keys(p, &keys, s->keys);
    if (err != MCV_OK) return err;
    p->limits = p->config->limits;
    p->agent_mem = mcv_keymem_alloc(mcv_agent_size(&p->limits), false);
    p->scratch_mem = mcv_keymem_alloc(mcv_scratch_size(&p->limits), false);
    if (p->agent_mem == NULL || p->scratch_mem == NULL)
        return mcv_why_set(p->why, MCV_E_FULL, "no memory");
    const struct mcv_agent_params params = {
        .config = &p->config->agent,
        .keys = keys,
        .scratch = mcv_scratch_init(p->scratch_mem, &p->limits),
        .rng = mcv_replay_oracle_rng(&p->oracle),
        .job_rng = mcv_replay_oracle_rng(&p->oracle),
        .refuse_until_s = s->refuse_until_s,
    };
    p->agent = mcv_agent_init(p->agent_mem, &p->limits, &params, p->now);
    return load_ssrcs(p, s);
}

/* ---- outputs ------------------------------------------------------------------------------- */

static void count(struct mcv_replay_counts *c, const struct mcv_out *out)
{
    c->n_outputs++;
    if (out->kind == MCV_OUT_EVENT) c->events[out->u.event.type]++;
    if (out->kind == MCV_OUT_LOCAL) c->local++;
    if (out->kind != MCV_OUT_PACKET) return;
    if (out->u.packet.channel == MCV_CH_MONP)
        c->monp[mcv_record_monp_type(out->u.packet.bytes)]++;
    else
        c->media++;
}

static bool next_output(struct player *p)
{
    struct mcv_out out;

    if (!mcv_agent_poll(p->agent, &out, p->now)) return false;
    p->digest = mcv_record_digest(p->digest, &out, p->is_sealed);
    count(&p->result->counts, &out);
    if (out.kind == MCV_OUT_JOB) mcv_replay_jobs_add(&p->jobs, out.u.job);
    if (p->listener != NULL && p->listener->output != NULL)
        p->listener->output(p->listener->ctx, p->now.mono_us, &out);
    return true;
}

/* With changes. */
static mcv_err poll_all(struct player *p)
{
    struct mcv_job *job;
    mcv_err err;

    do {
        while (next_output(p)) continue;
        err = mcv_replay_jobs_ready(&p->jobs, &job);
        if (job != NULL) mcv_agent_job_done(p->agent, p->now, job);
    } while (err == MCV_OK && job != NULL);
    return err;
}

static void differs(struct player *p)
{
    if (p->result->is_same) p->result->differs_at_us = p->now.mono_us;
    p->result->is_same = false;
}

static mcv_err polled(struct player *p, const Mcv__RecordPolled *recorded)
{
    uint32_t n = 0;

    p->recorded_wake_us = recorded->is_end ? recorded->wake_at_us : 0;
    if (p->is_changed) return poll_all(p);
    while (n < recorded->n && next_output(p)) n++;
    if (n < recorded->n || (recorded->is_end && next_output(p)) || p->digest != recorded->digest)
        differs(p);
    if (recorded->is_end && mcv_record_wake_at(p->agent) != recorded->wake_at_us) differs(p);
    return MCV_OK;
}

/* With changes, timers come when they come; one that was due at that time then, too, when it came. */
static mcv_err wake_until(struct player *p, struct mcv_now until)
{
    mcv_err err = MCV_OK;

    for (unsigned n = 0; err == MCV_OK; n++) {
        const uint64_t at_us = mcv_agent_wake_at(p->agent);
        if (at_us == MCV_NEVER || at_us >= until.mono_us || at_us == p->recorded_wake_us) break;
        if (n == MAX_WAKES) return MCV_E_MALFORMED;
        const uint64_t before = p->result->counts.n_outputs;
        p->now.mono_us = at_us > p->now.mono_us ? at_us : p->now.mono_us;
        p->now.utc_s = until.utc_s - (int64_t)((until.mono_us - p->now.mono_us) / US_PER_S);
        err = poll_all(p);
        if (mcv_agent_wake_at(p->agent) <= at_us && p->result->counts.n_outputs == before) break;
    }
    return err;
}

/* ---- inputs -------------------------------------------------------------------------------- */

/* The octets of a packet of which only the ends were kept. */
static mcv_err whole(struct mcv_bytes *out, uint8_t *room, const ProtobufCBinaryData *head,
                     const ProtobufCBinaryData *tail, uint32_t n)
{
    if (n > UINT16_MAX || head->len > n || tail->len > n - head->len) return MCV_E_MALFORMED;
    memset(room, 0, n);
    if (head->len > 0) memcpy(room, head->data, head->len);
    if (tail->len > 0) memcpy(room + n - tail->len, tail->data, tail->len);
    *out = mcv_bytes_of(room, n);
    return MCV_OK;
}

static mcv_err give_datagram(struct player *p, const Mcv__RecordDatagram *r)
{
    static uint8_t room[UINT16_MAX];
    struct mcv_datagram d = {.channel = (enum mcv_channel)r->channel, .call = r->call};

    if (r->channel >= MCV_N_CHANNELS || mcv_record_get_addr(&d.from, &r->from) ||
        mcv_record_get_addr(&d.to, &r->to) || whole(&d.bytes, room, &r->head, &r->tail, r->n))
        return MCV_E_MALFORMED;
    (void)mcv_agent_receive(p->agent, p->now, &d);
    return MCV_OK;
}

static mcv_err give_local(struct player *p, const Mcv__RecordLocal *r)
{
    static uint8_t room[UINT16_MAX];
    struct mcv_bytes rtp;

    if (r->medium >= MCV_N_MEDIA || r->slot > UINT16_MAX ||
        whole(&rtp, room, &r->head, &r->tail, r->n))
        return MCV_E_MALFORMED;
    if (r->head.len + r->tail.len < r->n) /* the payload was left out */
        room[r->head.len] = r->is_start ? NAL_IDR : NAL_NO_IDR;
    (void)mcv_agent_local(p->agent, p->now, (uint16_t)r->slot, (enum mcv_medium)r->medium, rtp);
    return MCV_OK;
}

static mcv_err give_command(struct player *p, const Mcv__RecordCommand *r)
{
    const struct mcv_command c = {.type = (enum mcv_command_type)r->type,
                                  .target = mcv_pb_bytes(&r->target),
                                  .location = mcv_pb_bytes(&r->location),
                                  .source = mcv_pb_bytes(&r->source),
                                  .video = mcv_pb_bytes(&r->video),
                                  .call = r->call,
                                  .is_manual = r->manual,
                                  .is_emergency = r->emergency,
                                  .is_video = r->is_video,
                                  .has_priority = r->has_priority,
                                  .priority = (uint8_t)r->priority};

    if (r->type > MCV_CMD_ZEROIZE) return MCV_E_MALFORMED;
    const mcv_err err = mcv_agent_command(p->agent, p->now, &c, NULL, NULL);
    (void)err; /* as it was then */
    return MCV_OK;
}

/* A result whose job is not out: only with changes, and it may be handed out later. */
static mcv_err give_job(struct player *p, const Mcv__RecordJob *r)
{
    struct mcv_job *job;
    const mcv_err err = mcv_replay_jobs_take(&p->jobs, &job, r);

    if (job != NULL) mcv_agent_job_done(p->agent, p->now, job);
    if (job != NULL || err != MCV_OK) return err;
    differs(p);
    return p->is_changed ? mcv_replay_jobs_keep(&p->jobs, &p->kept, r) : MCV_OK;
}

static mcv_err give_keys(struct player *p, const Mcv__RecordKeys *r)
{
    const struct mcv_keyring *keys;
    const mcv_err err = take_keys(p, &keys, r);

    if (err == MCV_OK) mcv_agent_set_keys(p->agent, p->now, keys);
    return err;
}

static mcv_err give_config(struct player *p, const Mcv__RecordConfig *r)
{
    struct mcv_edge_config *next;
    const char *what;

    while (mcv_agent_has_output(p->agent) && next_output(p)) continue;
    close_config(&p->old);
    mcv_err err = new_config(p, &next, r);
    p->old = next;
    if (err == MCV_OK) err = mcv_agent_config_check(&next->agent, &p->limits, &what);
    if (err != MCV_OK || mcv_agent_set_config(p->agent, p->now, &next->agent, NULL) != MCV_OK)
        return err; /* refused: as it was then */
    p->old = p->config;
    p->config = next;
    return MCV_OK;
}

static mcv_err give(struct player *p, const Mcv__RecordFrame *f)
{
    switch (f->what_case) {
    case MCV__RECORD_FRAME__WHAT_START:
        return start(p, f->start);
    case MCV__RECORD_FRAME__WHAT_DATAGRAM:
        return give_datagram(p, f->datagram);
    case MCV__RECORD_FRAME__WHAT_LOCAL:
        return give_local(p, f->local);
    case MCV__RECORD_FRAME__WHAT_COMMAND:
        return give_command(p, f->command);
    case MCV__RECORD_FRAME__WHAT_JOB:
        return give_job(p, f->job);
    case MCV__RECORD_FRAME__WHAT_SOCKETS_FAILED:
        mcv_agent_sockets_failed(p->agent, p->now, f->sockets_failed);
        return MCV_OK;
    case MCV__RECORD_FRAME__WHAT_KEYS:
        return give_keys(p, f->keys);
    case MCV__RECORD_FRAME__WHAT_CONFIG:
        return give_config(p, f->config);
    case MCV__RECORD_FRAME__WHAT_POLLED:
        return polled(p, f->polled);
    case MCV__RECORD_FRAME__WHAT_END:
        p->result->is_whole = true;
        snprintf(p->result->why_ended, sizeof p->result->why_ended, "%s", f->end->why);
        return MCV_OK;
    case MCV__RECORD_FRAME__WHAT__NOT_SET:
    case _MCV__RECORD_FRAME__WHAT__CASE_IS_INT_SIZE:
        break;
    }
    return MCV_E_MALFORMED;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool is_lost(struct player *p, const Mcv__RecordFrame *f)
{
    return f->what_case == MCV__RECORD_FRAME__WHAT_DATAGRAM && p->changes->loss_ppm > 0 &&
           mcv_prng_below(&p->losses, 1000000) < p->changes->loss_ppm;
}

static bool is_possible(const struct player *p, const Mcv__RecordFrame *f)
{
    const bool is_start = f->what_case == MCV__RECORD_FRAME__WHAT_START;

    return (p->agent == NULL) == is_start && f->mono_us >= p->now.mono_us &&
           f->mono_us <= MAX_MONO_US && f->utc_s >= -MAX_UTC_S && f->utc_s <= MAX_UTC_S;
}

static mcv_err turn(struct player *p, const Mcv__RecordFrame *f)
{
    const struct mcv_now now = {.mono_us = f->mono_us, .utc_s = f->utc_s};
    mcv_err err = MCV_OK;

    if (!is_possible(p, f)) return MCV_E_MALFORMED;
    if (p->agent == NULL) p->result->first_us = now.mono_us;
    if (p->is_changed && p->agent != NULL) err = wake_until(p, now);
    p->now = now;
    p->result->last_us = now.mono_us;
    mcv_replay_oracle_turn(&p->oracle, f);
    const bool is_dropped = is_lost(p, f);
    if (f->what_case != MCV__RECORD_FRAME__WHAT_POLLED) p->result->counts.n_inputs++;
    p->result->counts.n_dropped += is_dropped;
    if (p->listener != NULL && p->listener->input != NULL)
        p->listener->input(p->listener->ctx, now.mono_us, f, is_dropped);
    if (err == MCV_OK && !is_dropped) err = give(p, f);
    mcv_replay_oracle_pause(&p->oracle);
    return err;
}

static mcv_err learn(struct player *p, struct mcv_replay_file *file)
{
    Mcv__RecordFrame *f;
    mcv_err err = MCV_OK;

    mcv_replay_file_rewind(file);
    while (err == MCV_OK && mcv_replay_file_next(file, &f) == MCV_OK && f != NULL) {
        mcv_replay_jobs_learn(&p->jobs, f);
        err = mcv_replay_oracle_learn(&p->oracle, &p->kept, f);
    }
    mcv_replay_file_rewind(file);
    return err;
}

/* Jobs that the record does not end. */
static void end_jobs(struct player *p)
{
    for (struct mcv_job *job; (job = mcv_replay_jobs_any(&p->jobs)) != NULL;) {
        struct mcv_out out;
        job->err = MCV_E_BUSY;
        mcv_agent_job_done(p->agent, p->now, job);
        while (mcv_agent_poll(p->agent, &out, p->now))
            if (out.kind == MCV_OUT_JOB) mcv_replay_jobs_add(&p->jobs, out.u.job);
    }
}

static void close_player(struct player *p)
{
    p->listener = NULL;
    end_jobs(p);
    if (p->agent != NULL) mcv_agent_wipe(p->agent);
    mcv_keymem_free(p->agent_mem, p->agent_mem != NULL ? mcv_agent_size(&p->limits) : 0);
    mcv_keymem_free(p->scratch_mem, p->scratch_mem != NULL ? mcv_scratch_size(&p->limits) : 0);
    close_config(&p->config);
    close_config(&p->old);
    mcv_arena_wipe(&p->kept);
    mcv_wipe(p, sizeof *p);
}

mcv_err mcv_replay_run(struct mcv_replay_result *result, struct mcv_replay_file *file,
                       const struct mcv_replay_changes *changes,
                       const struct mcv_replay_listener *listener, struct mcv_why *why)
{
    struct player *p = calloc(1, sizeof *p);
    Mcv__RecordFrame *f;

    if (p == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    *p = (struct player){.result = result,
                         .changes = changes,
                         .listener = listener,
                         .why = why,
                         .is_sealed = file->is_sealed,
                         .is_changed = mcv_replay_is_changed(changes)};
    *result = (struct mcv_replay_result){.is_same = !p->is_changed};
    mcv_replay_oracle_init(&p->oracle);
    mcv_prng_init(&p->losses, changes->seed, 1);
    mcv_err err = mcv_arena_init(&p->kept, KEPT_BYTES, false);
    if (err == MCV_OK) err = learn(p, file);
    while (err == MCV_OK && (err = mcv_replay_file_next(file, &f)) == MCV_OK && f != NULL)
        err = turn(p, f);
    if (err != MCV_OK && why != NULL && why->text[0] == '\0')
        mcv_why_set(why, err,
                    err == MCV_E_FULL ? "no memory after %llu inputs"
                                      : "the record is damaged after %llu inputs",
                    (unsigned long long)result->counts.n_inputs);
    result->counts.n_beyond = p->oracle.n_beyond + p->jobs.n_out;
    close_player(p);
    free(p);
    return err;
}
