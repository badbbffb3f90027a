#include "tests/support/lone.h"

#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

static const char sdp_text[] =
    "v=0\r\n"
    "o=- 7 1 IN IP4 239.1.1.1\r\n"
    "s=-\r\n"
    "c=IN IP4 239.1.1.1/255\r\n"
    "t=0 0\r\n"
    "m=audio 60000 RTP/AVP 96\r\n"
    "i=audio component of MCVideo\r\n"
    "a=rtpmap:96 AMR-WB/16000\r\n"
    "a=fmtp:96 octet-align=1\r\n"
    "a=rtcp:60001\r\n"
    "m=video 60002 RTP/AVP 97\r\n"
    "i=video component of MCVideo\r\n"
    "a=rtpmap:97 H264/90000\r\n"
    "a=fmtp:97 profile-level-id=42e01f;packetization-mode=1\r\n"
    "a=rtcp:60003\r\n"
    "m=application 60004 udp MCVideo\r\n"
    "a=fmtp:MCVideo mc_queueing;mc_priority=5;mc_reception_priority=5\r\n";

static struct mcv_addr ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {a, b, c, d}, .port = MCV_MONP_PORT};
}

static struct mcv_group_config group_of(const char *name, struct mcv_addr addr)
{
    return (struct mcv_group_config){
        .group = mcv_bytes_str(name),
        .addr = addr,
        .media_port = 51000,
        .wants_confirm = true,
        .max_duration_s = 3600,
        .emergency_cancel_s = 600,
        .peril_cancel_s = 300,
        .may_emergency = true,
        .may_peril = true,
        .may_cancel = true,
        .may_broadcast = true,
        .signalling = {.basic = 5, .imminent_peril = 3, .emergency = 1},
        .media = {.basic = 6, .imminent_peril = 4, .emergency = 2},
    };
}

void lone_defaults(struct lone *l)
{
    *l = (struct lone){
        .config = mcv_agent_config_default(),
        .limits = mcv_limits_small,
        .seed = 1,
        .alice = ipv4(127, 0, 0, 10),
        .bob = ipv4(127, 0, 0, 20),
        .carol = ipv4(127, 0, 0, 30),
        .group = ipv4(239, 1, 1, 1),
        .other = ipv4(239, 1, 1, 2),
    };
    l->groups[0] = group_of(LONE_GROUP, l->group);
    l->groups[1] = group_of(LONE_OTHER, l->other);
    l->peers[0] = (struct mcv_peer_config){.user = mcv_bytes_str(LONE_BOB), .addr = l->bob};
    l->config.user = mcv_bytes_str(LONE_ALICE);
    l->config.organization = mcv_bytes_str("Fire");
    l->config.own[0] = l->alice;
    l->config.n_own = 1;
    l->config.groups = l->groups;
    l->config.n_groups = 2;
    l->config.peers = l->peers;
    l->config.n_peers = 1;
}

static void say(struct lone *l, const char *text)
{
    const size_t n = strlen(text);

    if (l->is_quiet) return;
    assert_true(l->n_log + n + 2 < sizeof l->log);
    if (l->n_log > 0) l->log[l->n_log++] = ' ';
    memcpy(l->log + l->n_log, text, n + 1);
    l->n_log += n;
}

static void log_packet(struct lone *l, const struct mcv_out_packet *p)
{
    static const char *const names[MCV_MONP_N_TYPES] = {
        "PROBE",         "ANNOUNCEMENT", "ACCEPT",  "EMERGENCY-END", "PERIL-END", "BROADCAST",
        "BROADCAST-END", "SETUP",        "RINGING", "ACCEPT",        "REJECT",    "RELEASE",
        "RELEASE-ACK",   "ACCEPT-ACK",   "ALERT",   "ALERT-ACK",     "CANCEL",    "CANCEL-ACK",
        "PUSH",          "PUSH-GROUP",   "TRYING",  "NOTIFY"};
    char text[64];

    if (p->channel != MCV_CH_MONP) return;
    assert_true(p->bytes.n <= sizeof l->last_bytes);
    assert_int_equal(p->is_multicast, mcv_addr_is_multicast(&p->to));
    memcpy(l->last_bytes, p->bytes.p, p->bytes.n);
    l->n_last = p->bytes.n;
    assert_int_equal(
        mcv_monp_decode(&l->last, mcv_bytes_of(l->last_bytes, l->n_last), MCV_MONP_IEI_HEX),
        MCV_OK);
    l->last_pppp = p->pppp;
    l->last_to = p->to;
    l->last_at_us = l->now.mono_us;
    l->n_sent[l->last.type]++;
    snprintf(text, sizeof text, "tx:%s%s%s%s", names[l->last.type - MCV_MONP_TYPE_FIRST],
             l->last.has_confirm_mode ? "+confirm" : "", l->last.has_probe_response ? "+probe" : "",
             l->last.push_result == MCV_PUSH_FAILURE ? "+failed" : "");
    say(l, text);
}

static void log_event(struct lone *l, const struct mcv_event *e)
{
    char text[64];

    if (e->type >= MCV_EVENT_PTT_GRANTED && e->type <= MCV_EVENT_PTT_IDR_WANTED) return;
    l->last_event = *e;
    l->n_events[e->type]++;
    if (e->call) l->call = e->call;
    snprintf(text, sizeof text, "ev:%s%s%s%s", mcv_event_name(e->type), e->reason ? "/" : "",
             e->reason ? mcv_end_name(e->reason) : "", e->is_unverified ? "?" : "");
    say(l, text);
}

static void log_trace(struct lone *l, const struct mcv_trace *t)
{
    char text[16];

    if (t->machine == MCV_MACHINE_TRANSMISSION) return; /* call control is what is tested */
    snprintf(text, sizeof text, "%s>%s", mcv_state_name(t->machine, t->from),
             mcv_state_name(t->machine, t->to));
    say(l, text);
}

/* Whatever it was given: a key of zeros. */
static void succeed(struct mcv_job *job)
{
    job->err = MCV_OK;
    if (job->kind != MCV_JOB_DECAPSULATE) return;
    job->key.key_id = mcv_key_id_of(MCV_KEY_PCK, 1);
    job->key.n_rand = MCV_RAND_MIN_BYTES;
}

static void poll(struct lone *l)
{
    struct mcv_out out;

    while (mcv_agent_poll(l->a, &out, l->now)) {
        switch (out.kind) {
        case MCV_OUT_PACKET:
            log_packet(l, &out.u.packet);
            break;
        case MCV_OUT_SOCKETS:
            say(l, out.u.sockets.is_open ? "open" : "close");
            break;
        case MCV_OUT_EVENT:
            log_event(l, &out.u.event);
            break;
        case MCV_OUT_TRACE:
            log_trace(l, &out.u.trace);
            break;
        case MCV_OUT_JOB:
            succeed(out.u.job);
            mcv_agent_job_done(l->a, l->now, out.u.job);
            break;
        case MCV_OUT_LOCAL:
            l->n_local++;
            break;
        }
    }
}

void lone_open(struct lone *l)
{
    const struct mcv_now now = {.mono_us = 0, .utc_s = LONE_UTC_S};
    const char *what = NULL;

    assert_int_equal(mcv_agent_config_check(&l->config, &l->limits, &what), MCV_OK);
    l->mem = malloc(mcv_agent_size(&l->limits));
    l->scratch = malloc(mcv_scratch_size(&l->limits));
    assert_true(l->mem && l->scratch);
    mcv_prng_init(&l->prng, l->seed, 0);
    const struct mcv_agent_params params = {
        .config = &l->config,
        .keys = &l->keys,
        .scratch = mcv_scratch_init(l->scratch, &l->limits),
        .rng = mcv_prng_rng(&l->prng),
        .job_rng = mcv_prng_rng(&l->prng),
    };
    l->now = now;
    l->a = mcv_agent_init(l->mem, &l->limits, &params, now);
}

void lone_close(struct lone *l)
{
    mcv_agent_wipe(l->a);
    free(l->mem);
    free(l->scratch);
}

const char *lone_take(struct lone *l)
{
    l->log[l->n_log] = 0;
    l->n_log = 0;
    return l->log;
}

static void set_time(struct lone *l, uint64_t mono_us)
{
    l->now.mono_us = mono_us;
    l->now.utc_s = LONE_UTC_S + (int64_t)(mono_us / 1000000u);
}

void lone_run_ms(struct lone *l, uint64_t ms)
{
    const uint64_t until_us = l->now.mono_us + ms * 1000u;

    for (;;) {
        const uint64_t wake_us = mcv_agent_wake_at(l->a);
        if (wake_us > until_us) break;
        if (wake_us > l->now.mono_us) set_time(l, wake_us);
        poll(l);
    }
    set_time(l, until_us);
    poll(l);
}

mcv_err lone_full_command(struct lone *l, const struct mcv_command *command)
{
    const char *why = NULL;
    const mcv_err err = mcv_agent_command(l->a, l->now, command, NULL, &why);

    assert_true((err == MCV_OK) == (why == NULL));
    poll(l);
    return err;
}

mcv_err lone_command(struct lone *l, enum mcv_command_type type, const char *target)
{
    return lone_full_command(l,
                             &(struct mcv_command){.type = type, .target = mcv_bytes_str(target)});
}

mcv_err lone_call_command(struct lone *l, enum mcv_command_type type)
{
    return lone_full_command(l, &(struct mcv_command){.type = type, .call = l->call});
}

void lone_break_sockets(struct lone *l)
{
    mcv_agent_sockets_failed(l->a, l->now, l->call);
    poll(l);
}

mcv_err lone_set_config(struct lone *l, const struct mcv_agent_config *config, const char **why)
{
    const mcv_err err = mcv_agent_set_config(l->a, l->now, config, why);

    poll(l);
    return err;
}

void lone_set_keys(struct lone *l, const struct mcv_keyring *keys)
{
    mcv_agent_set_keys(l->a, l->now, keys);
    poll(l);
}

mcv_err lone_hear_octets(struct lone *l, const struct mcv_datagram *d)
{
    const mcv_err err = mcv_agent_receive(l->a, l->now, d);

    poll(l);
    return err;
}

mcv_err lone_local(struct lone *l, uint16_t slot, enum mcv_medium medium, struct mcv_bytes rtp)
{
    const mcv_err err = mcv_agent_local(l->a, l->now, slot, medium, rtp);

    poll(l);
    return err;
}

mcv_err lone_hear_at(struct lone *l, const struct mcv_monp *m, const struct mcv_addr *from,
                     const struct mcv_addr *to)
{
    uint8_t bytes[MCV_MAX_MONP_BYTES];
    struct mcv_writer w = mcv_writer_of(bytes, sizeof bytes);

    mcv_monp_encode(&w, m);
    assert_int_equal(w.err, MCV_OK);
    const struct mcv_datagram d = {
        .channel = MCV_CH_MONP, .from = *from, .to = *to, .bytes = mcv_wr_done(&w)};
    return lone_hear_octets(l, &d);
}

mcv_err lone_hear(struct lone *l, const struct mcv_monp *m)
{
    return lone_hear_at(l, m, &l->carol, &l->group);
}

struct mcv_monp lone_announcement(void)
{
    return (struct mcv_monp){
        .type = MCV_MONP_GROUP_CALL_ANNOUNCEMENT,
        .call_id = 0x8000,
        .call_type = MCV_CALL_BASIC_GROUP,
        .refresh_interval_ms = MCV_MONP_REFRESH_INTERVAL_MS,
        .call_start_s = LONE_UTC_S - 10,
        .last_change_s = LONE_UTC_S - 10,
        .group = mcv_bytes_str(LONE_GROUP),
        .sdp = mcv_bytes_str(sdp_text),
        .originator = mcv_bytes_str(LONE_CAROL),
        .last_user = mcv_bytes_str(LONE_CAROL),
    };
}

struct mcv_bytes lone_sdp_with(const char *old, const char *text)
{
    static char changed[sizeof sdp_text];

    assert_int_equal(strlen(old), strlen(text));
    memcpy(changed, sdp_text, sizeof changed);
    for (char *at = changed; (at = strstr(at, old)) != NULL; at += strlen(old))
        memcpy(at, text, strlen(text));
    return mcv_bytes_str(changed);
}

struct mcv_monp lone_message(enum mcv_monp_type type)
{
    struct mcv_monp m = lone_announcement();

    m.type = (uint8_t)type;
    m.sender = mcv_bytes_str(LONE_CAROL);
    m.organization = mcv_bytes_str("Police");
    if (type == MCV_MONP_GROUP_CALL_BROADCAST) m.call_type = MCV_CALL_BROADCAST_GROUP;
    return m;
}

uint64_t lone_count(const struct lone *l, enum mcv_counter counter)
{
    return mcv_agent_counters(l->a)->n[counter];
}

struct mcv_call_info lone_call(const struct lone *l)
{
    struct mcv_call_info info;

    if (!mcv_agent_call_info(l->a, 0, &info)) info = (struct mcv_call_info){0};
    return info;
}
