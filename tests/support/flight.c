#include "tests/support/flight.h"

#include "proto/monp.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#define KMS       "kms.mc.example"
#define DELAY_US  1000
#define JOB_US    2000
#define PACKET_US 20000
#define N_QUEUE   1024

static const char *const uris[FLIGHT_N] = {"sip:alice@mc.example", "sip:bob@mc.example",
                                           "sip:carol@mc.example"};

const char *flight_uri(enum flight_who who)
{
    return uris[who];
}

/* ---- keys ---------------------------------------------------------------------------------- */

static struct mcv_sim_keys *all_keys;

static void issue_keys(void)
{
    const struct mcv_key_period period = {.period_s = 2592000, .offset_s = 0};
    size_t kms, user, group;

    if (all_keys != NULL) return;
    assert_int_equal(mcv_sim_keys_open(&all_keys, 7, FLIGHT_UTC_S, 1), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(all_keys, &kms, KMS, &period), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_group(all_keys, &group, FLIGHT_GROUP), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_gmk(all_keys, NULL, group, 0, 0), MCV_OK);
    for (size_t i = 0; i < FLIGHT_N; i++) {
        assert_int_equal(
            mcv_sim_keys_add_user(all_keys, &user, uris[i], kms, MCV_SIM_IDENTITY_REAL), MCV_OK);
        assert_int_equal(mcv_sim_keys_add_member(all_keys, group, user), MCV_OK);
    }
}

int flight_end(void **state)
{
    (void)state;
    mcv_sim_keys_close(all_keys);
    all_keys = NULL;
    return 0;
}

/* ---- outputs ------------------------------------------------------------------------------- */

static bool is_open_at(const struct mcv_out_sockets *s, const struct mcv_out_packet *p)
{
    return s->call != 0 && s->ports[p->channel] == p->to.port &&
           mcv_addr_same_host(&s->addr, &p->to);
}

/* The call whose socket hears it; UINT32_MAX: none. */
static uint32_t listener(const struct flight *f, uint32_t who, const struct mcv_out_packet *p)
{
    const struct flight_agent *a = &f->agents[who];
    const bool is_for_him = p->is_multicast || mcv_addr_same_host(&p->to, &a->config.agent.own[0]);

    if (f->is_off[who]) return UINT32_MAX;
    if (p->channel == MCV_CH_MONP) return is_for_him ? 0 : UINT32_MAX;
    for (size_t i = 0; i < FLIGHT_MAX_CALLS; i++)
        if (is_open_at(&a->sockets[i], p)) return a->sockets[i].call;
    return UINT32_MAX;
}

static uint16_t port_of(const struct flight_agent *a, const struct mcv_out_packet *p)
{
    for (size_t i = 0; i < FLIGHT_MAX_CALLS; i++)
        if (p->call != 0 && a->sockets[i].call == p->call) return a->sockets[i].ports[p->channel];
    return MCV_MONP_PORT;
}

static void send_packet(struct flight *f, uint32_t from, const struct mcv_out_packet *p)
{
    struct flight_agent *a = &f->agents[from];

    assert_true(a->n_sent + p->bytes.n <= FLIGHT_SENT && p->bytes.n <= sizeof f->queue->bytes);
    memcpy(a->sent + a->n_sent, p->bytes.p, p->bytes.n);
    a->n_sent += p->bytes.n;
    for (uint32_t to = 0; to < FLIGHT_N; to++) {
        const uint32_t call = to == from ? UINT32_MAX : listener(f, to, p);
        if (call == UINT32_MAX) continue;
        assert_true(f->n_queued < N_QUEUE);
        struct flight_datagram *d = &f->queue[(f->head + f->n_queued++) % N_QUEUE];
        *d = (struct flight_datagram){.at_us = f->now.mono_us + DELAY_US,
                                      .to = to,
                                      .call = call,
                                      .channel = p->channel,
                                      .from = a->config.agent.own[0],
                                      .dest = p->to,
                                      .n = p->bytes.n};
        d->from.port = port_of(a, p);
        memcpy(d->bytes, p->bytes.p, p->bytes.n);
    }
}

static void keep_sockets(struct flight_agent *a, const struct mcv_out_sockets *s)
{
    size_t i = 0;

    while (i < FLIGHT_MAX_CALLS && a->sockets[i].call != (s->is_open ? 0 : s->call)) i++;
    assert_true(i < FLIGHT_MAX_CALLS);
    a->sockets[i] = s->is_open ? *s : (struct mcv_out_sockets){0};
}

static void start_job(struct flight *f, struct flight_agent *a, struct mcv_job *job)
{
    const bool is_write = job->kind == MCV_JOB_CLAIM_SSRC || job->kind == MCV_JOB_SAVE_ACCEPTED;

    assert_true(a->n_jobs < sizeof a->jobs / sizeof *a->jobs);
    if (!is_write) mcv_job_run(job);
    a->jobs[a->n_jobs++] = (struct flight_job){job, f->now.mono_us + JOB_US};
}

static void count(struct mcv_replay_counts *c, const struct mcv_out *out)
{
    c->n_outputs++;
    if (out->kind == MCV_OUT_EVENT) c->events[out->u.event.type]++;
    if (out->kind == MCV_OUT_LOCAL) c->local++;
    if (out->kind == MCV_OUT_PACKET && out->u.packet.channel == MCV_CH_MONP)
        c->monp[out->u.packet.bytes.p[1]]++;
    if (out->kind == MCV_OUT_PACKET && out->u.packet.channel != MCV_CH_MONP) c->media++;
}

static void do_output(struct flight *f, uint32_t who, const struct mcv_out *out)
{
    struct flight_agent *a = &f->agents[who];

    count(&a->counts, out);
    if (out->kind == MCV_OUT_PACKET) send_packet(f, who, &out->u.packet);
    if (out->kind == MCV_OUT_SOCKETS) keep_sockets(a, &out->u.sockets);
    if (out->kind == MCV_OUT_JOB) start_job(f, a, out->u.job);
    if (out->kind == MCV_OUT_EVENT && out->u.event.call != 0) a->call = out->u.event.call;
}

static bool next_output(struct flight *f, struct flight_agent *a, struct mcv_out *out)
{
    mcv_recorder_poll(a->recorder, f->now);
    const bool is_there = mcv_agent_poll(a->a, out, f->now);
    mcv_recorder_polled(a->recorder, a->a, is_there ? out : NULL);
    return is_there;
}

static void poll_all(struct flight *f, uint32_t who)
{
    struct mcv_out out;

    while (next_output(f, &f->agents[who], &out)) do_output(f, who, &out);
}

/* ---- inputs -------------------------------------------------------------------------------- */

static void arrive(struct flight *f)
{
    struct flight_datagram *d = &f->queue[f->head];
    struct flight_agent *a = &f->agents[d->to];
    const struct mcv_datagram in = {.channel = d->channel,
                                    .call = d->call,
                                    .from = d->from,
                                    .to = d->dest,
                                    .bytes = mcv_bytes_of(d->bytes, d->n)};
    const uint32_t loss_ppm = f->loss_ppm[d->to];

    f->head = (f->head + 1) % N_QUEUE;
    f->n_queued--;
    if (loss_ppm > 0 && mcv_prng_below(&a->losses, 1000000) < loss_ppm) return;
    mcv_recorder_datagram(a->recorder, f->now, &in);
    (void)mcv_agent_receive(a->a, f->now, &in);
    poll_all(f, d->to);
}

static void finish_job(struct flight *f, uint32_t who)
{
    struct flight_agent *a = &f->agents[who];
    struct mcv_job *job = a->jobs[0].job;

    memmove(a->jobs, a->jobs + 1, --a->n_jobs * sizeof *a->jobs);
    mcv_recorder_job(a->recorder, f->now, job);
    mcv_agent_job_done(a->a, f->now, job);
    poll_all(f, who);
}

mcv_err flight_command(struct flight *f, enum flight_who who, enum mcv_command_type type,
                       const char *target)
{
    struct flight_agent *a = &f->agents[who];
    const struct mcv_command k = {.type = type,
                                  .target = mcv_bytes_str(target != NULL ? target : ""),
                                  .call = a->call,
                                  .is_video = type == MCV_CMD_PTT_PRESS};

    mcv_recorder_command(a->recorder, f->now, &k);
    const mcv_err err = mcv_agent_command(a->a, f->now, &k, NULL, NULL);
    poll_all(f, who);
    return err;
}

/* Into his private call, or where that of a group is or will be; a picture that can be decoded where it is video. */
static void speak(struct flight *f, enum flight_who who, enum mcv_medium medium)
{
    struct flight_agent *a = &f->agents[who];
    uint8_t rtp[52] = {0x80, medium == MCV_AUDIO ? 96 : 97 | 0x80, [11] = 7};
    struct mcv_call_info info;
    const bool is_private = mcv_agent_call_info(a->a, 0, &info) && info.kind == MCV_KIND_PRIVATE;
    const uint16_t slot = is_private ? info.slot : a->config.limits.n_private_calls;

    mcv_store_be16(rtp + 2, a->seq[medium]);
    mcv_store_be32(rtp + 4, a->seq[medium]++ * (medium == MCV_AUDIO ? 320u : 1800u));
    for (size_t i = 12; i < sizeof rtp; i++) rtp[i] = (uint8_t)(0xa0 + i);
    if (medium == MCV_VIDEO) rtp[12] = 0x65; /* RFC 6184 5.3: IDR */
    const struct mcv_bytes packet = mcv_bytes_of(rtp, sizeof rtp);
    mcv_recorder_local(a->recorder, f->now, slot, medium, packet);
    (void)mcv_agent_local(a->a, f->now, slot, medium, packet);
    poll_all(f, who);
}

void flight_talk(struct flight *f, enum flight_who who, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        speak(f, who, MCV_AUDIO);
        speak(f, who, MCV_VIDEO);
        flight_run_ms(f, PACKET_US / 1000);
    }
}

/* ---- time ---------------------------------------------------------------------------------- */

/* When mcvd would look: libuv counts in milliseconds. */
static uint64_t served_at(const struct flight_agent *a)
{
    const uint64_t at_us = mcv_agent_wake_at(a->a);

    return at_us == MCV_NEVER ? MCV_NEVER : (at_us + 999) / 1000 * 1000;
}

static void pass_to(struct flight *f, uint64_t at_us)
{
    if (at_us > f->now.mono_us) f->now.mono_us = at_us;
    f->now.utc_s = FLIGHT_UTC_S + (int64_t)(f->now.mono_us / 1000000);
}

/* What comes first: a datagram, a job, a timer; false: nothing until then. */
static bool step(struct flight *f, uint64_t until_us)
{
    uint64_t first_us = f->n_queued > 0 ? f->queue[f->head].at_us : MCV_NEVER;
    uint32_t who = FLIGHT_N;
    bool is_job = false;

    for (uint32_t i = 0; i < FLIGHT_N; i++) {
        const struct flight_agent *a = &f->agents[i];
        if (a->n_jobs > 0 && a->jobs[0].done_at_us < first_us) {
            first_us = a->jobs[0].done_at_us;
            who = i;
            is_job = true;
        }
        if (served_at(a) < first_us) {
            first_us = served_at(a);
            who = i;
            is_job = false;
        }
    }
    if (first_us > until_us) return false;
    pass_to(f, first_us);
    if (who == FLIGHT_N)
        arrive(f);
    else if (is_job)
        finish_job(f, who);
    else
        poll_all(f, who);
    return true;
}

void flight_run_ms(struct flight *f, uint64_t ms)
{
    const uint64_t until_us = f->now.mono_us + ms * 1000;

    while (step(f, until_us)) continue;
    pass_to(f, until_us);
}

/* ---- open and close ------------------------------------------------------------------------ */

static void write_config(const struct flight *f, struct flight_agent *a, uint32_t who)
{
    const int n = snprintf(
        a->text, sizeof a->text,
        "user: %s\n"
        "control_socket: /nowhere/sock\n"
        "network: {interface: lo, addresses: [10.0.0.%u]}\n"
        "store: {dir: /nowhere, key_file: /nowhere/key}\n"
        "limits: {preset: small}\n"
        "transmission: {ptt: manual}\n"
        "private_transmission: {ptt: auto}\n"
        "peers:\n"
        "  - {user: \"sip:alice@mc.example\", address: 10.0.0.1}\n"
        "  - {user: \"sip:bob@mc.example\", address: 10.0.0.2}\n"
        "  - {user: \"sip:carol@mc.example\", address: 10.0.0.3}\n"
        "groups: [{id: \"" FLIGHT_GROUP "\", address: 239.1.1.1, media_port: 42000}]\n"
        "timers: {%s}\n",
        uris[who], who + 1, f->timers[who] != NULL ? f->timers[who] : "TFP2_s: 5");

    assert_true(n > 0 && (size_t)n < sizeof a->text);
}

static struct mcv_rng open_recorder(struct flight *f, struct flight_agent *a, uint32_t who)
{
    snprintf(a->path, sizeof a->path, "%s/%u", f->dir.path, who);
    const struct mcv_recorder_params params = {.path = a->path,
                                               .has_secrets = f->form == FLIGHT_FULL,
                                               .max_bytes = 8u << 20,
                                               .secret = &f->secret,
                                               .rng = mcv_prng_rng(&a->prng),
                                               .srtp = a->config.agent.srtp};
    assert_int_equal(mcv_recorder_open(&a->recorder, &params, NULL), MCV_OK);
    a->config.agent.srtp = mcv_recorder_srtp(a->recorder, a->config.agent.srtp);
    return mcv_recorder_rng(a->recorder, params.rng);
}

static void open_agent(struct flight *f, uint32_t who)
{
    struct flight_agent *a = &f->agents[who];
    struct mcv_yaml_why why = {0};

    write_config(f, a, who);
    if (mcv_edge_config_read_text(&a->config, "flight", mcv_bytes_str(a->text), &why) != MCV_OK)
        fail_msg("%s", why.text);
    assert_int_equal(mcv_sim_keys_ring(all_keys, &a->keys, who), MCV_OK);
    mcv_prng_init(&a->prng, 11, who);
    mcv_prng_init(&a->job_prng, 12, who);
    mcv_prng_init(&a->losses, FLIGHT_SEED, 1); /* as mcv_replay_run */
    const struct mcv_rng rng = open_recorder(f, a, who);
    a->sent = malloc(FLIGHT_SENT);
    a->mem = malloc(mcv_agent_size(&a->config.limits));
    a->scratch = malloc(mcv_scratch_size(&a->config.limits));
    assert_true(a->sent != NULL && a->mem != NULL && a->scratch != NULL);
    const struct mcv_agent_params params = {
        .config = &a->config.agent,
        .keys = a->keys,
        .scratch = mcv_scratch_init(a->scratch, &a->config.limits),
        .rng = rng,
        .job_rng = mcv_prng_rng(&a->job_prng)};
    const struct mcv_record_config recorded = {.text = mcv_bytes_str(a->text),
                                               .agent = &a->config.agent};
    mcv_recorder_start(a->recorder, f->now, &recorded, a->keys, 0);
    a->a = mcv_agent_init(a->mem, &a->config.limits, &params, f->now);
    poll_all(f, who);
}

void flight_open(struct flight *f)
{
    issue_keys();
    memset(f->agents, 0, sizeof f->agents);
    f->head = f->n_queued = 0;
    f->now = (struct mcv_now){.mono_us = 5000000, .utc_s = FLIGHT_UTC_S};
    f->secret = (struct mcv_seal_secret){.kind = MCV_SEAL_KEY_FILE, .n = MCV_SEAL_KEY_BYTES};
    memset(f->secret.b, 0x5e, MCV_SEAL_KEY_BYTES);
    f->queue = calloc(N_QUEUE, sizeof *f->queue);
    assert_non_null(f->queue);
    mcv_tmpdir_make(&f->dir);
    pass_to(f, f->now.mono_us);
    for (uint32_t i = 0; i < FLIGHT_N; i++) open_agent(f, i);
}

void flight_land(struct flight *f)
{
    for (uint32_t i = 0; i < FLIGHT_N; i++) {
        mcv_agent_wipe(f->agents[i].a);
        assert_int_equal(mcv_recorder_close(f->agents[i].recorder, f->now, NULL), MCV_OK);
    }
}

void flight_close(struct flight *f)
{
    for (uint32_t i = 0; i < FLIGHT_N; i++) {
        struct flight_agent *a = &f->agents[i];
        mcv_edge_config_close(&a->config);
        free(a->sent);
        free(a->mem);
        free(a->scratch);
    }
    free(f->queue);
    mcv_tmpdir_remove(&f->dir);
}

mcv_err flight_replay(struct flight *f, enum flight_who who,
                      const struct mcv_replay_changes *changes,
                      const struct mcv_replay_listener *listener, struct mcv_replay_result *result)
{
    static const struct mcv_replay_changes none;
    struct mcv_replay_file file;
    struct mcv_why why = {0};

    assert_int_equal(mcv_replay_file_open(&file, f->agents[who].path, &f->secret, NULL), MCV_OK);
    const mcv_err err = mcv_replay_run(result, &file, changes != NULL ? changes : &none, listener,
                                       &why);
    if (err != MCV_OK) print_error("%s: %s\n", uris[who], why.text);
    mcv_replay_file_close(&file);
    return err;
}
