#include "tests/support/duo.h"

#include "agent/core/private_call.h"
#include "proto/base64.h"
#include "proto/monp.h"
#include "sim/costed.h"
#include "sim/fault.h"
#include "tests/support/cmocka.h"

static const char *const uris[DUO_N] = {"sip:alice@mc.example", "sip:bob@mc.example",
                                        "sip:carol@mc.example", "sip:dave@other.example"};

#define HOME_KMS  "kms.mc.example"
#define OTHER_KMS "kms.other.example"

const char *duo_uri(enum duo_agent who)
{
    return uris[who];
}

struct mcv_addr duo_addr(enum duo_agent who)
{
    return (struct mcv_addr){
        .family = MCV_IPV4, .b = {10, 0, 0, (uint8_t)(who + 1)}, .port = MCV_MONP_PORT};
}

/* ---- keys ---------------------------------------------------------------------------------- */

static struct mcv_sim_keys *all_keys;
static const struct mcv_keyring *rings[DUO_N];

static void issue_keys(void)
{
    const struct mcv_key_period period = {.period_s = 2592000, .offset_s = 0};
    size_t home, other, user;

    if (all_keys != NULL) return;
    assert_int_equal(mcv_sim_keys_open(&all_keys, 7, DUO_UTC_S, 1), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(all_keys, &home, HOME_KMS, &period), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(all_keys, &other, OTHER_KMS, &period), MCV_OK);
    for (size_t i = 0; i < DUO_N; i++) {
        const size_t kms = i == DUO_DAVE ? other : home;
        assert_int_equal(
            mcv_sim_keys_add_user(all_keys, &user, uris[i], kms, MCV_SIM_IDENTITY_REAL), MCV_OK);
    }
    assert_int_equal(mcv_sim_keys_trust(all_keys, other, home), MCV_OK);
    /* alice's view is of before her KMS trusts the other one */
    assert_int_equal(mcv_sim_keys_ring(all_keys, &rings[DUO_ALICE], DUO_ALICE), MCV_OK);
    assert_int_equal(mcv_sim_keys_trust(all_keys, home, other), MCV_OK);
    for (size_t i = DUO_BOB; i < DUO_N; i++) {
        assert_int_equal(mcv_sim_keys_ring(all_keys, &rings[i], i), MCV_OK);
    }
}

const struct mcv_keyring *duo_keys(enum duo_agent who)
{
    issue_keys();
    return rings[who];
}

void duo_forget_keys(void)
{
    mcv_sim_keys_close(all_keys);
    all_keys = NULL;
}

/* ---- what the network sees ----------------------------------------------------------------- */

static void tamper(struct duo *d, struct mcv_world_packet *p)
{
    static const char mark[] = "a=key-mgmt:mikey ";
    uint8_t imsg[MCV_MIKEY_MAX_BYTES];
    size_t n_imsg, at = 0;

    while (at + sizeof mark < p->n && memcmp(p->bytes + at, mark, sizeof mark - 1) != 0) at++;
    if (at + sizeof mark >= p->n) return;
    uint8_t *text = p->bytes + at + sizeof mark - 1;
    size_t n = 0;
    while (text[n] != '\r') n++;
    assert_int_equal(mcv_base64_decode(imsg, sizeof imsg, &n_imsg, mcv_bytes_of(text, n)), MCV_OK);
    d->tamper(imsg, n_imsg);
    struct mcv_writer w = mcv_writer_of(text, n);
    mcv_base64_encode(&w, mcv_bytes_of(imsg, n_imsg));
    assert_int_equal(mcv_wr_done(&w).n, n);
}

static bool on_tap(void *ctx, struct mcv_world_packet *p)
{
    struct duo *d = ctx;
    const uint8_t type = mcv_fault_monp_type(mcv_bytes_of(p->bytes, p->n));
    const bool is_setup = p->channel == MCV_CH_MONP && type == MCV_MONP_PRIVATE_CALL_SETUP_REQUEST;

    if (is_setup && d->tamper != NULL) tamper(d, p);
    return d->tap == NULL || d->tap(d, p);
}

static void on_sent(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_packet *p)
{
    struct duo *d = ctx;
    struct duo_sent *s = &d->sent[agent];
    struct mcv_monp m;
    (void)at_us;

    if (p->channel != MCV_CH_MONP) return;
    assert_int_equal(mcv_monp_decode(&m, p->bytes, MCV_MONP_IEI_HEX), MCV_OK);
    s->n[m.type]++;
    if (m.type == MCV_MONP_PRIVATE_CALL_REJECT) s->last_reason = m.reason;
    if (m.type != MCV_MONP_PRIVATE_CALL_SETUP_REQUEST) return;
    memcpy(s->setup, p->bytes.p, p->bytes.n);
    s->n_setup = p->bytes.n;
}

static void on_event(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_event *e)
{
    struct duo *d = ctx;
    (void)at_us;

    d->n_events[agent][e->type]++;
    if (e->call != 0) d->call[agent] = e->call;
    if (e->type == MCV_EVENT_CALL_ENDED) d->end[agent] = e->reason;
}

static void on_job(void *ctx, uint32_t agent, uint64_t at_us, enum mcv_job_kind kind,
                   uint32_t cost_us)
{
    struct duo *d = ctx;
    (void)at_us;
    (void)cost_us;

    d->n_jobs[agent][kind]++;
}

/* ---- the stage ----------------------------------------------------------------------------- */

void duo_defaults(struct duo *d)
{
    issue_keys();
    *d = (struct duo){.params = mcv_world_params_default()};
    d->params.utc_s = DUO_UTC_S;
    d->params.limits = &mcv_limits_small;
    d->params.hooks = (struct mcv_world_hooks){
        .ctx = d, .tap = on_tap, .sent = on_sent, .event = on_event, .job = on_job};
    for (size_t i = 0; i < DUO_N; i++) {
        d->peers[i] = (struct mcv_peer_config){
            .user = mcv_bytes_str(uris[i]),
            .addr = duo_addr((enum duo_agent)i),
            .kms_uri = mcv_bytes_str(i == DUO_DAVE ? OTHER_KMS : HOME_KMS)};
        d->config[i] = mcv_agent_config_default();
        d->config[i].user = mcv_bytes_str(uris[i]);
        d->config[i].own[0] = duo_addr((enum duo_agent)i);
        d->config[i].n_own = 1;
        d->config[i].timers.tfp2_s = 5;
        d->keys[i] = rings[i];
    }
}

static void run_costed(void *ctx, uint32_t agent, struct mcv_job *job)
{
    (void)ctx;
    (void)agent;
    mcv_costed_run(job);
}

void duo_defaults_costed(struct duo *d)
{
    duo_defaults(d);
    d->params.hooks.run_job = run_costed;
}

void duo_open(struct duo *d)
{
    assert_int_equal(mcv_world_open(&d->w, &d->params), MCV_OK);
    for (size_t i = 0; i < DUO_N; i++) {
        uint32_t agent;
        d->config[i].peers = d->peers;
        d->config[i].n_peers = DUO_N;
        const struct mcv_world_node node = {
            .config = &d->config[i], .keys = d->keys[i], .utc_skew_us = d->skew_us[i]};
        assert_int_equal(mcv_world_add(d->w, &agent, &node, NULL), MCV_OK);
        assert_int_equal(agent, i);
    }
}

void duo_close(struct duo *d)
{
    assert_int_equal(mcv_world_totals(d->w)->n_wrong_socket, 0);
    mcv_world_close(d->w);
}

mcv_err duo_call(struct duo *d, enum duo_agent from, enum duo_agent to, bool is_manual)
{
    const struct mcv_command k = {
        .type = MCV_CMD_CALL, .target = mcv_bytes_str(uris[to]), .is_manual = is_manual};

    return mcv_world_command(d->w, from, &k, &d->call[from], NULL);
}

mcv_err duo_command(struct duo *d, enum duo_agent who, enum mcv_command_type type)
{
    const struct mcv_command k = {.type = type, .call = d->call[who]};

    return mcv_world_command(d->w, who, &k, NULL, NULL);
}

void duo_speak(struct duo *d, enum duo_agent who, uint16_t seq)
{
    uint8_t rtp[52] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, [11] = 7};
    const uint32_t ts = seq * 320u;

    mcv_store_be32(rtp + 4, ts);
    assert_int_equal(mcv_world_local(d->w, who, 0, MCV_AUDIO, mcv_bytes_of(rtp, sizeof rtp)),
                     MCV_OK);
}

void duo_run_ms(struct duo *d, uint64_t ms)
{
    const enum mcv_world_stop stop = mcv_world_run(d->w, mcv_world_now_us(d->w) + ms * 1000u);

    assert_string_equal(mcv_world_stop_name(stop), mcv_world_stop_name(MCV_WORLD_REACHED));
}

mcv_err duo_inject(struct duo *d, enum duo_agent to, const struct mcv_addr *from,
                   struct mcv_bytes bytes)
{
    const struct mcv_datagram datagram = {
        .channel = MCV_CH_MONP, .from = *from, .to = duo_addr(to), .bytes = bytes};

    return mcv_world_inject(d->w, to, &datagram);
}

struct mcv_bytes duo_setup_again(const struct duo *d, enum duo_agent from, uint8_t *buf,
                                 uint16_t call_id)
{
    const struct duo_sent *s = &d->sent[from];
    struct mcv_writer w = mcv_writer_of(buf, MCV_MAX_MONP_BYTES);
    struct mcv_monp m;

    assert_int_equal(mcv_monp_decode(&m, mcv_bytes_of(s->setup, s->n_setup), MCV_MONP_IEI_HEX),
                     MCV_OK);
    m.call_id = call_id;
    mcv_monp_encode(&w, &m);
    assert_int_equal(w.err, MCV_OK);
    return mcv_wr_done(&w);
}

uint64_t duo_count(const struct duo *d, enum duo_agent who, enum mcv_counter counter)
{
    return mcv_agent_counters(mcv_world_agent(d->w, who))->n[counter];
}

uint8_t duo_state(const struct duo *d, enum duo_agent who)
{
    struct mcv_call_info info;

    return mcv_agent_call_info(mcv_world_agent(d->w, who), 0, &info) ? info.state
                                                                     : (uint8_t)MCV_P0_START_STOP;
}
