#include "tests/support/stage.h"

#include "proto/rtp.h"
#include "sim/costed.h"
#include "sim/costed_srtp.h"
#include "tests/support/cmocka.h"

/* Of users who talk at the same time: nothing here is about who may. */
#define MANY_TRANSMISSIONS 4
/* More than it takes to get permission where nobody arbitrates. */
#define ACCESS_US (150 * STAGE_MS)

static const char *const names[STAGE_MAX_USERS] = {"alice", "bob",   "carol", "dave",
                                                   "erin",  "frank", "grace", "heidi"};

static void on_sent(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_packet *p)
{
    struct stage *s = ctx;

    if (p->channel != MCV_CH_MONP) return;
    assert_true(s->n_messages < STAGE_MAX_MESSAGES);
    s->messages[s->n_messages++] = (struct stage_message){
        .at_us = at_us, .from = agent, .type = mcv_fault_monp_type(p->bytes)};
}

static void on_local(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_local *local)
{
    struct stage *s = ctx;

    (void)at_us;
    if (local->is_rtcp) return;
    s->heard[agent][local->medium]++;
    s->last_payload[agent] = local->bytes.p[local->bytes.n - 1];
}

static bool on_tap(void *ctx, struct mcv_world_packet *packet)
{
    struct stage *s = ctx;

    return s->tap == NULL || s->tap(ctx, packet);
}

static void run_costed(void *ctx, uint32_t agent, struct mcv_job *job)
{
    (void)ctx;
    (void)agent;
    mcv_costed_run(job);
}

void stage_open(struct stage *s, unsigned n_users, enum stage_crypto crypto)
{
    stage_open_with(s, n_users, crypto,
                    &(struct stage_options){.seed = 1, .link = {.delay_us = 2000}});
}

void stage_open_with(struct stage *s, unsigned n_users, enum stage_crypto crypto,
                     const struct stage_options *options)
{
    struct mcv_world_params params = mcv_world_params_default();

    assert_true(n_users <= STAGE_MAX_USERS);
    *s = (struct stage){0};
    params.seed = options->seed;
    params.link = options->link;
    params.radio = options->radio;
    params.transport = options->transport;
    params.limits = &mcv_limits_small;
    params.hooks = (struct mcv_world_hooks){
        .ctx = s, .sent = on_sent, .local = on_local, .tap = on_tap};
    if (crypto == STAGE_COSTED) params.hooks.run_job = run_costed;
    assert_int_equal(mcv_cast_open(&s->cast, &params, 0), MCV_OK);
    assert_int_equal(mcv_cast_add_kms(s->cast, &s->kms, "kms.example.org"), MCV_OK);
    assert_int_equal(mcv_cast_add_group(s->cast, &s->group, "sip:team@example.org"), MCV_OK);
    for (unsigned i = 0; i < n_users; i++) {
        char uri[64] = "sip:";
        uint32_t user;

        memcpy(uri + 4, names[i], strlen(names[i]));
        memcpy(uri + 4 + strlen(names[i]), "@example.org", sizeof "@example.org");
        assert_int_equal(mcv_cast_add_user(s->cast, &user, uri, s->kms,
                                           crypto == STAGE_REAL ? MCV_SIM_IDENTITY_REAL
                                                                : MCV_SIM_IDENTITY_COSTED),
                         MCV_OK);
        assert_int_equal(user, i);
        if (crypto == STAGE_COSTED) mcv_cast_config(s->cast, user)->srtp = &mcv_srtp_costed;
        assert_int_equal(mcv_cast_add_member(s->cast, s->group, user, true), MCV_OK);
        for (uint32_t k = 0; k < i; k++) {
            assert_int_equal(mcv_cast_add_contact(s->cast, i, k), MCV_OK);
            assert_int_equal(mcv_cast_add_contact(s->cast, k, i), MCV_OK);
        }
    }
}

void stage_start(struct stage *s)
{
    const char *why = NULL;
    mcv_cast_group_config(s->cast, s->group)->ptt.n_max = MANY_TRANSMISSIONS;
    const mcv_err err = mcv_cast_start(s->cast, &why);

    if (err != MCV_OK) fail_msg("%s: %s", mcv_err_name(err), why != NULL ? why : "");
    s->w = mcv_cast_world(s->cast);
}

void stage_close(struct stage *s)
{
    if (s->w != NULL) assert_int_equal(mcv_world_totals(s->w)->n_wrong_socket, 0);
    mcv_cast_close(s->cast);
}

void stage_run(struct stage *s, uint64_t for_us)
{
    const enum mcv_world_stop stop = mcv_world_run(s->w, mcv_world_now_us(s->w) + for_us);

    if (stop != MCV_WORLD_REACHED) fail_msg("%s", mcv_world_stop_name(stop));
}

void stage_call(struct stage *s, uint32_t from, uint32_t to, bool is_manual)
{
    const struct mcv_command c = {
        .type = MCV_CMD_CALL, .target = mcv_cast_user_uri(s->cast, to), .is_manual = is_manual};
    const char *why = NULL;
    const mcv_err err = mcv_world_command(s->w, from, &c, NULL, &why);

    if (err != MCV_OK) fail_msg("%s: %s", mcv_err_name(err), why != NULL ? why : "");
}

static bool is_of_group(enum mcv_command_type type)
{
    return type != MCV_CMD_ACCEPT && type != MCV_CMD_REJECT && type != MCV_CMD_RELEASE &&
           type != MCV_CMD_ZEROIZE;
}

/* The private call that goes on: not one whose identifier is only being ignored. */
static uint32_t ongoing_call(const struct stage *s, uint32_t user)
{
    struct mcv_call_info info;

    for (size_t i = 0; mcv_agent_call_info(mcv_world_agent(s->w, user), i, &info); i++)
        if (info.kind == MCV_KIND_PRIVATE &&
            strcmp(mcv_state_name(MCV_MACHINE_PRIVATE, info.state), "P1") != 0)
            return info.call;
    return 0;
}

mcv_err stage_try(struct stage *s, uint32_t user, enum mcv_command_type type)
{
    struct mcv_command c = {.type = type};

    if (is_of_group(type))
        c.target = mcv_cast_group_uri(s->cast, s->group);
    else if (mcv_world_agent(s->w, user) != NULL)
        c.call = ongoing_call(s, user);
    return mcv_world_command(s->w, user, &c, NULL, NULL);
}

void stage_command(struct stage *s, uint32_t user, enum mcv_command_type type)
{
    assert_int_equal(stage_try(s, user, type), MCV_OK);
}

const struct mcv_event *stage_wait(struct stage *s, uint32_t user, enum mcv_event_type type)
{
    const struct mcv_world_event *e = mcv_world_wait(s->w, user, type, 40 * STAGE_S);

    if (e == NULL) fail_msg("%s did not get %s", names[user], mcv_event_name(type));
    return &e->e;
}

size_t stage_count(const struct stage *s, uint32_t user, enum mcv_event_type type)
{
    const struct mcv_world_event *e;
    size_t n = 0;

    for (size_t i = 0; (e = mcv_world_event(s->w, user, i)) != NULL; i++) n += e->e.type == type;
    return n;
}

bool stage_info(const struct stage *s, uint32_t user, enum mcv_call_kind kind,
                struct mcv_call_info *out)
{
    const struct mcv_agent *a = mcv_world_agent(s->w, user);

    for (size_t i = 0; a != NULL && mcv_agent_call_info(a, i, out); i++)
        if (out->kind == kind) return true;
    return false;
}

void stage_talk(struct stage *s, uint32_t user, enum mcv_call_kind kind, unsigned n,
                uint64_t gap_us, uint8_t mark)
{
    struct mcv_call_info info;

    assert_true(stage_info(s, user, kind, &info));
    const bool has_to_ask = !info.ptt.may_transmit;
    for (unsigned i = 0; i < n; i++) {
        uint8_t packet[MCV_RTP_HEADER_BYTES + 40] = {0};
        struct mcv_writer w = mcv_writer_of(packet, sizeof packet);
        const struct mcv_rtp rtp = {
            .pt = 96, .seq = s->seq[user]++, .ts = s->ts[user], .ssrc = 77 + user};

        mcv_rtp_encode(&w, &rtp);
        packet[sizeof packet - 1] = mark;
        s->ts[user] += 320;
        mcv_world_local(s->w, user, info.slot, MCV_AUDIO, mcv_bytes_of(packet, sizeof packet));
        stage_run(s, gap_us);
    }
    if (has_to_ask) stage_run(s, ACCESS_US);
}

uint64_t stage_counter(const struct stage *s, uint32_t user, enum mcv_counter counter)
{
    return mcv_agent_counters(mcv_world_agent(s->w, user))->n[counter];
}

void stage_drop(struct stage *s, struct mcv_fault *fault, uint32_t from, unsigned k)
{
    *fault = (struct mcv_fault){.from = from,
                                .to = MCV_ANY_AGENT,
                                .channel = MCV_CH_MONP,
                                .monp_type = MCV_ANY_TYPE,
                                .mask = UINT64_C(1) << k,
                                .action = MCV_FAULT_DROP};
    assert_int_equal(mcv_world_add_fault(s->w, fault), MCV_OK);
}
