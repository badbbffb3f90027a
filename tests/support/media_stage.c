#include "tests/support/media_stage.h"

#include "crypto/uid.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>

#define N_AGENTS 3

static const char *const users[N_AGENTS] = {"sip:alice@mc.example", "sip:bob@mc.example",
                                            "sip:carol@mc.example"};

const uint32_t stage_gmk_ids[STAGE_N_GMKS] = {0x0aaaaaaa, 0x0bbbbbbb, 0x0ccccccc};
static const struct mcv_gmk gmk_values[STAGE_N_GMKS] = {{{0xa1, 1}}, {{0xb2, 2}}, {{0xc3, 3}}};
static const struct mcv_pck pck = {{0x70, 0x63, 0x6b}};
static const uint8_t rands[STAGE_N_GMKS + 1][16] = {{1}, {2}, {3}, {4}};
static const struct mcv_bytes group_ids[] = {
    {(const uint8_t *)STAGE_GROUP, sizeof STAGE_GROUP - 1}};

struct mcv_addr stage_addr(unsigned number, uint8_t family)
{
    struct mcv_addr addr = {.family = family, .port = 8809};

    if (family == MCV_IPV4) {
        addr.b[0] = 10;
        addr.b[3] = (uint8_t)(number + 1);
    } else {
        addr.b[0] = 0xfe;
        addr.b[1] = 0x80;
        addr.b[15] = (uint8_t)(number + 1);
        addr.scope = 7;
    }
    return addr;
}

/* ---- made and ended ------------------------------------------------------------------------ */

static void make_gmk(struct stage_agent *s, unsigned number, enum stage_gmk i)
{
    uint32_t salt;

    assert_int_equal(mcv_user_salt(&salt, &gmk_values[i], mcv_bytes_str(users[number])), MCV_OK);
    s->gmks[i] = (struct mcv_keyring_gmk){
        .gmk_id = stage_gmk_ids[i],
        .guk_id = mcv_guk_id_of(stage_gmk_ids[i], salt),
        .gmk = &gmk_values[i],
        .rand = mcv_bytes_of(rands[i], sizeof rands[i]),
        .group_ids = group_ids,
        .n_groups = 1,
    };
}

void stage_new(struct stage_agent *s, unsigned number, const struct mcv_srtp_backend *backend)
{
    memset(s, 0, sizeof *s);
    s->config = mcv_agent_config_default();
    s->config.srtp = backend;
    s->config.user = mcv_bytes_str(users[number]);
    s->config.n_own = 2;
    s->config.own[0] = stage_addr(number, MCV_IPV4);
    s->config.own[1] = stage_addr(number, MCV_IPV6);
    for (unsigned i = 0; i < N_AGENTS; i++) {
        s->peers[i] = (struct mcv_peer_config){.user = mcv_bytes_str(users[i]),
                                               .addr = stage_addr(i, MCV_IPV4)};
        make_gmk(s, number, (enum stage_gmk)i);
    }
    s->config.peers = s->peers;
    s->config.n_peers = N_AGENTS;
    s->ring = (struct mcv_keyring){.gmks = s->gmks, .n_gmks = 1};
    s->now = (struct mcv_now){.mono_us = 1000000, .utc_s = STAGE_UTC_S};
    s->camera = (struct stage_rtp){.ssrc = 1, .pt = 97, .n_payload = 60};
    mcv_prng_init(&s->prng, 7, number);
}

void stage_start(struct stage_agent *s, const struct mcv_limits *limits)
{
    s->mem = malloc(mcv_agent_size(limits));
    s->scratch = malloc(mcv_scratch_size(limits));
    assert_true(s->mem != NULL && s->scratch != NULL);
    const struct mcv_agent_params params = {
        .config = &s->config,
        .keys = &s->ring,
        .scratch = mcv_scratch_init(s->scratch, limits),
        .rng = mcv_prng_rng(&s->prng),
        .job_rng = mcv_prng_rng(&s->prng),
    };
    s->a = mcv_agent_init(s->mem, limits, &params, s->now);
}

void stage_end(struct stage_agent *s)
{
    mcv_agent_wipe(s->a);
    free(s->mem);
    free(s->scratch);
}

/* ---- outputs ------------------------------------------------------------------------------- */

static struct stage_packet *keep(struct stage_packets *list, struct mcv_bytes octets)
{
    assert_true(list->n < STAGE_MAX_PACKETS);
    struct stage_packet *p = &list->p[list->n++];
    *p = (struct stage_packet){.n = octets.n};
    memcpy(p->b, octets.p, octets.n);
    return p;
}

static void keep_sent(struct stage_agent *s, const struct mcv_out_packet *out)
{
    struct stage_packet *p = keep(&s->sent, out->bytes);

    assert_int_equal(out->call, s->m->call);
    p->channel = out->channel;
    p->to = out->to;
    p->pppp = out->pppp;
}

static void keep_local(struct stage_agent *s, const struct mcv_out_local *out)
{
    struct stage_packet *p = keep(&s->local, out->bytes);

    p->medium = out->medium;
    p->is_rtcp = out->is_rtcp;
}

static void do_claim(struct stage_agent *s, struct mcv_job *job)
{
    assert_int_equal(job->kind, MCV_JOB_CLAIM_SSRC);
    s->claimed[s->n_claims++ % 256] = job->ssrc;
    assert_true(s->n_held < 8);
    s->held[s->n_held++] = job;
}

static void drain(struct stage_agent *s)
{
    struct mcv_out out;

    while (mcv_agent_poll(s->a, &out, s->now)) {
        if (out.kind == MCV_OUT_PACKET) keep_sent(s, &out.u.packet);
        if (out.kind == MCV_OUT_LOCAL) keep_local(s, &out.u.local);
        if (out.kind == MCV_OUT_JOB) do_claim(s, out.u.job);
        if (out.kind == MCV_OUT_EVENT && s->n_events < STAGE_MAX_EVENTS) {
            s->events[s->n_events++] = out.u.event;
        }
        if (out.kind != MCV_OUT_SOCKETS) continue;
        s->sockets = out.u.sockets;
        s->n_sockets++;
    }
}

static uint64_t wake_at(const struct stage_agent *s)
{
    if (s->m == NULL) return MCV_NEVER;
    return mcv_earlier(mcv_media_wake_at(s->m), mcv_transmission_wake_at(s->m->transmission));
}

/* Everything that an input leads to, jobs included. */
static void settle(struct stage_agent *s)
{
    drain(s);
    if (!s->holds_claims) stage_release_claims(s);
    if (wake_at(s) <= s->now.mono_us) {
        mcv_agent_begin(s->a, s->now);
        mcv_media_run(s->a, s->m);
        settle(s);
    }
}

void stage_release_claims(struct stage_agent *s)
{
    for (size_t n = s->n_held; n > 0; n--) { /* what comes of them waits for the next time */
        struct mcv_job *job = s->held[0];
        s->n_held--;
        memmove(&s->held[0], &s->held[1], s->n_held * sizeof s->held[0]);
        job->err = s->claim_result;
        mcv_agent_job_done(s->a, s->now, job);
        drain(s);
    }
}

void stage_forget(struct stage_agent *s)
{
    s->sent.n = s->local.n = s->n_events = 0;
}

/* ---- calls --------------------------------------------------------------------------------- */

static mcv_err open_call(struct stage_agent *s, struct mcv_media *m, uint16_t slot,
                         const struct mcv_media_keys *keys, const struct mcv_addr *own,
                         const struct mcv_addr *peer)
{
    struct mcv_call_sdp sdp;

    mcv_agent_begin(s->a, s->now);
    s->m = m;
    mcv_call_sdp_ours(&sdp, s->a->config, own, 50000);
    if (s->sdp != NULL) sdp = *s->sdp;
    const mcv_err err = mcv_media_open(s->a, m, mcv_agent_handle(s->a), slot, keys, &sdp, own, peer,
                                       sdp.ports);
    settle(s);
    return err;
}

mcv_err stage_open_group(struct stage_agent *s, bool is_protected)
{
    const struct mcv_media_keys keys = {.is_protected = is_protected,
                                        .is_control_protected = is_protected,
                                        .is_group = true,
                                        .group = group_ids[0]};
    const struct mcv_addr group = {.family = MCV_IPV4, .b = {239, 1, 2, 3}};

    return open_call(s, &s->a->group_media[0], s->a->limits.n_private_calls, &keys, &group, &group);
}

mcv_err stage_open_private(struct stage_agent *s, unsigned peer, bool is_initiator,
                           bool is_protected)
{
    const struct mcv_media_keys keys = {.is_protected = is_protected,
                                        .is_control_protected = is_protected,
                                        .pck = &pck,
                                        .pck_id = STAGE_PCK_ID,
                                        .rand = mcv_bytes_of(rands[STAGE_N_GMKS], 16),
                                        .is_initiator = is_initiator};
    const struct mcv_addr own = mcv_addr_with_port(s->config.own[0], 0);
    const struct mcv_addr other = mcv_addr_with_port(stage_addr(peer, MCV_IPV4), 0);

    return open_call(s, &s->a->privates[0]->media, 0, &keys, &own, &other);
}

void stage_close(struct stage_agent *s)
{
    mcv_agent_begin(s->a, s->now);
    const uint32_t call = s->m->call;
    mcv_media_close(s->a, s->m);
    s->m->call = call; /* its last packets leave after it */
    drain(s);
    s->m->call = 0;
    s->m = NULL;
}

void stage_run_ms(struct stage_agent *s, uint64_t ms)
{
    const uint64_t end_us = s->now.mono_us + ms * 1000;

    for (;;) {
        const uint64_t wake_us = wake_at(s);
        const uint64_t at_us = wake_us < end_us ? wake_us : end_us;
        if (at_us > s->now.mono_us) s->now.mono_us = at_us;
        s->now.utc_s = STAGE_UTC_S + (int64_t)(s->now.mono_us / 1000000) - 1;
        mcv_agent_begin(s->a, s->now);
        settle(s);
        if (at_us == end_us) return;
    }
}

void stage_set_keys(struct stage_agent *s, unsigned n_gmks)
{
    s->ring.n_gmks = n_gmks;
    mcv_agent_begin(s->a, s->now);
    mcv_media_rekey(s->a, s->m);
    settle(s);
}

/* ---- packets ------------------------------------------------------------------------------- */

struct mcv_bytes stage_rtp_octets(uint8_t out[static MCV_MAX_PACKET_BYTES],
                                  const struct stage_rtp *rtp)
{
    struct mcv_writer w = mcv_writer_of(out, MCV_MAX_PACKET_BYTES);
    const struct mcv_rtp h = {.pt = rtp->pt,
                              .is_marked = rtp->is_marked,
                              .seq = rtp->seq,
                              .ts = rtp->ts,
                              .ssrc = rtp->ssrc};

    mcv_rtp_encode(&w, &h);
    for (size_t i = 0; i < rtp->n_payload; i++) mcv_wr_u8(&w, (uint8_t)(rtp->seq + 3 * i + 0x41));
    assert_int_equal(w.err, MCV_OK);
    return mcv_wr_done(&w);
}

mcv_err stage_local_octets(struct stage_agent *s, enum mcv_medium medium, struct mcv_bytes rtp)
{
    mcv_agent_begin(s->a, s->now);
    const mcv_err err = mcv_media_local(s->a, s->m, medium, rtp);
    settle(s);
    return err;
}

mcv_err stage_local(struct stage_agent *s, enum mcv_medium medium, const struct stage_rtp *rtp)
{
    uint8_t octets[MCV_MAX_PACKET_BYTES];

    return stage_local_octets(s, medium, stage_rtp_octets(octets, rtp));
}

void stage_play(struct stage_agent *s, enum mcv_medium medium, struct stage_rtp *rtp, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(stage_local(s, medium, rtp), MCV_OK);
        rtp->seq++;
        rtp->ts += 320;
        stage_run_ms(s, 20);
    }
}

struct stage_packet *stage_next_rtp(struct stage_agent *s)
{
    s->camera.seq++;
    s->sent.n = 0;
    assert_int_equal(stage_local(s, MCV_VIDEO, &s->camera), MCV_OK);
    return &s->sent.p[0];
}

struct stage_packet *stage_next_rtcp(struct stage_agent *s)
{
    (void)stage_next_rtp(s);
    for (;;) {
        s->sent.n = 0;
        stage_run_ms(s, 100);
        if (s->sent.n > 0) return &s->sent.p[0];
    }
}

mcv_err stage_hear_from(struct stage_agent *s, const struct mcv_addr *from,
                        enum mcv_channel channel, struct mcv_bytes octets)
{
    const struct mcv_datagram d = {
        .channel = channel, .call = s->m->call, .from = *from, .to = s->m->own, .bytes = octets};
    bool is_authentic = true;

    mcv_agent_begin(s->a, s->now);
    const mcv_err err = mcv_media_receive(s->a, s->m, &d, &is_authentic);
    if (err == MCV_OK) assert_true(is_authentic);
    settle(s);
    return err;
}

mcv_err stage_hear(struct stage_agent *s, unsigned from, enum mcv_channel channel,
                   struct mcv_bytes octets)
{
    const struct mcv_addr addr = mcv_addr_with_port(stage_addr(from, MCV_IPV4), 50000);

    return stage_hear_from(s, &addr, channel, octets);
}

unsigned stage_carry(struct stage_agent *from, unsigned number, struct stage_agent *to)
{
    unsigned n = 0;

    to->now = from->now;
    for (size_t i = 0; i < from->sent.n; i++) {
        const struct stage_packet *p = &from->sent.p[i];
        n += stage_hear(to, number, p->channel, mcv_bytes_of(p->b, p->n)) == MCV_OK;
    }
    from->sent.n = 0;
    return n;
}

struct mcv_rtp stage_header(const struct stage_packet *p)
{
    struct mcv_rtp h;

    assert_int_equal(mcv_rtp_decode(&h, mcv_bytes_of(p->b, p->n)), MCV_OK);
    return h;
}

/* ---- asked --------------------------------------------------------------------------------- */

uint64_t stage_count(const struct stage_agent *s, enum mcv_counter counter)
{
    return s->a->counters.n[counter];
}

unsigned stage_n_events(const struct stage_agent *s, enum mcv_event_type type)
{
    unsigned n = 0;

    for (size_t i = 0; i < s->n_events; i++) n += s->events[i].type == type;
    return n;
}

int stage_each_backend(stage_program *program)
{
    static const char *const names[] = {"openssl", "libsrtp2"};
    int n_failed = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct mcv_srtp_backend *backend;
        const mcv_err err = mcv_srtp_backend_find(&backend, names[i]);
        if (err == MCV_E_NOT_FOUND) continue; /* not in this build */
        if (err != MCV_OK) return 1;
        print_message("back-end %s\n", names[i]);
        n_failed += program((void *)(uintptr_t)backend); /* cmocka's state is not const */
    }
    return n_failed;
}
